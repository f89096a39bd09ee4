//! Pipeline files to [`model`]. Everything that cannot be done is refused here, by file, transformation and reason.

use fancy_regex::Regex;
use saphyr_parser::{Event, Parser};
use serde_yaml::{Mapping, Value};

use super::Loader;
use super::logic::{self, Logic};
use super::model::{
    Action, AddedItem, Addition, CaseMethod, Conditions, FieldCondition, ItemCondition, Names, Op, Pipeline,
    PlaceholderValues, Quantifier, ReplacePart, RuleCondition, StateTest, Step, Target,
};
use super::raw;
use crate::diagnostic::{Code, Diagnostics};
use crate::sigma::ast;
use crate::sigma::pcre::{self, Dialect};
use crate::source::{FileId, Span};

/// Reads one file; `None` where it was refused, with the reasons among `diags`.
pub(super) fn pipeline(
    file: FileId,
    path: &str,
    text: &str,
    load: &Loader<'_>,
    diags: &mut Diagnostics,
) -> Option<Pipeline> {
    match read(file, path, text, load, diags) {
        Ok(pipeline) => Some(pipeline),
        Err(fault) => {
            let at = fault.place.offset(text);
            let end = text[at..].find('\n').map_or(text.len(), |line| at + line);
            diags
                .push(fault.code.at(Span::new(file, at, end), format!("`{path}`: {}", fault.message)).help(fault.help));
            None
        }
    }
}

/// What is wrong with a file.
struct Fault {
    code: Code,
    message: String,
    help: String,
    place: Place,
}

enum Place {
    File,
    Offset(usize),
    /// `transformations`, by index.
    Step(usize),
}

impl Fault {
    fn invalid(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: Code::InvalidPipeline, message: message.into(), help: help.into(), place: Place::File }
    }

    fn unsupported(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: Code::UnsupportedPipeline, ..Self::invalid(message, help) }
    }

    /// What a typed read says, without the names of Rust's types.
    fn typed(error: impl std::fmt::Display, help: impl Into<String>) -> Self {
        Self::invalid(error.to_string().replace("expected i64", "expected a whole number"), help)
    }

    /// A parameter has no value that can be used.
    fn parameter(error: impl std::fmt::Display) -> Self {
        Self::typed(
            error,
            "correct this parameter; `docs/pipelines.md` lists the parameters of each transformation and condition",
        )
    }

    fn within(mut self, label: &str) -> Self {
        self.message = format!("{label}: {}", self.message);
        self
    }
}

fn read(file: FileId, path: &str, text: &str, load: &Loader<'_>, diags: &mut Diagnostics) -> Result<Pipeline, Fault> {
    // the tree first: it is bounded (depth, aliases), which a buffered typed read is not
    let tree: Value = serde_yaml::from_str(text).map_err(|error| Fault {
        place: error.location().map_or(Place::File, |at| Place::Offset(at.index())),
        ..Fault::invalid(error.to_string(), "correct the YAML")
    })?;
    let raw: raw::File = serde_yaml::from_value(tree).map_err(|error| {
        Fault::typed(error, "a pipeline has `name`, `priority`, `vars`, `allowed_backends` and `transformations`")
    })?;
    if !raw.postprocessing.is_empty() || !raw.finalizers.is_empty() {
        let what = if raw.postprocessing.is_empty() { "finalizers" } else { "postprocessing" };
        return Err(Fault::unsupported(
            format!("`{what}` work on query text, and Sigil writes none"),
            format!("remove `{what}`; transformations alone shape what Sigil matches"),
        ));
    }
    if raw.allowed_backends.is_some() {
        diags.push(Code::PipelineSettingIgnored.at(
            Span::new(file, 0, 0),
            format!("`{path}`: `allowed_backends` is ignored: the pipeline is applied because it was asked for"),
        ));
    }
    let stem = path.rsplit('/').next().unwrap_or(path);
    let stem = stem.strip_suffix(".yml").or_else(|| stem.strip_suffix(".yaml")).unwrap_or(stem);
    Ok(Pipeline {
        name: raw.name.unwrap_or_else(|| stem.to_owned()),
        path: path.to_owned(),
        priority: raw.priority,
        vars: raw.vars.0.into_iter().map(|(name, values)| (name, scalars(values))).collect(),
        steps: steps(raw.transformations, "", load)
            .map_err(|(index, fault)| Fault { place: Place::Step(index), ..fault })?,
    })
}

/// Transformations of a file or of a `nest`; a fault comes with the index of the transformation it is in.
fn steps(list: Vec<Value>, prefix: &str, load: &Loader<'_>) -> Result<Vec<Step>, (usize, Fault)> {
    list.into_iter()
        .enumerate()
        .map(|(index, value)| step(value, &format!("{prefix}{}", index + 1), load).map_err(|fault| (index, fault)))
        .collect()
}

fn step(value: Value, number: &str, load: &Loader<'_>) -> Result<Step, Fault> {
    let Value::Mapping(mut params) = value else {
        return Err(Fault::invalid(
            format!("transformation {number} is not a map"),
            "a transformation is a map with `type` and its parameters",
        ));
    };
    let mut head = Mapping::new();
    for key in raw::HEAD_KEYS {
        if let Some(value) = params.shift_remove(*key) {
            head.insert(Value::from(*key), value);
        }
    }
    let kind = params.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let label = match head.get("id").and_then(Value::as_str) {
        Some(id) => format!("transformation {number} `{id}` ({kind})"),
        None => format!("transformation {number} ({kind})"),
    };
    check_kind(&kind, "transformation", ACTIONS, REFUSED_ACTIONS).map_err(|fault| fault.within(&label))?;
    let read = || -> Result<Step, Fault> {
        let head: raw::Head = serde_yaml::from_value(Value::Mapping(head)).map_err(Fault::parameter)?;
        let raw: raw::Action = serde_yaml::from_value(Value::Mapping(params)).map_err(Fault::parameter)?;
        Ok(Step {
            id: head.id,
            label: label.clone(),
            action: action(raw, number, load)?,
            rules: conditions(
                head.rule_conditions,
                head.rule_cond_op,
                head.rule_cond_expr,
                head.rule_cond_not,
                "rule",
                RULE_CONDITIONS,
                rule_condition,
            )?,
            items: conditions(
                head.detection_item_conditions,
                head.detection_item_cond_op,
                head.detection_item_cond_expr,
                head.detection_item_cond_not,
                "detection item",
                ITEM_CONDITIONS,
                item_condition,
            )?,
            fields: conditions(
                head.field_name_conditions,
                head.field_name_cond_op,
                head.field_name_cond_expr,
                head.field_name_cond_not,
                "field name",
                FIELD_CONDITIONS,
                field_condition,
            )?,
        })
    };
    read().map_err(|fault| fault.within(&label))
}

const ACTIONS: &[&str] = &[
    "field_name_mapping",
    "field_name_prefix_mapping",
    "field_name_prefix",
    "field_name_suffix",
    "drop_detection_item",
    "hashes_fields",
    "wildcard_placeholders",
    "value_placeholders",
    "file_placeholders",
    "add_condition",
    "change_logsource",
    "add_field",
    "remove_field",
    "set_field",
    "replace_string",
    "map_string",
    "set_value",
    "convert_type",
    "regex",
    "case",
    "set_state",
    "set_custom_attribute",
    "rule_failure",
    "detection_item_failure",
    "strict_field_mapping_failure",
    "nest",
];

/// Transformations that exist elsewhere and cannot be done here: why, and what to do instead.
const REFUSED_ACTIONS: &[(&str, &str, &str)] = &[
    (
        "query_expression_placeholders",
        "it puts query text in place of a value, and Sigil writes no queries",
        "list the values in `vars` and use `value_placeholders`",
    ),
    (
        "command_placeholders",
        "Sigil runs no commands while it compiles",
        "run the command yourself, and use `file_placeholders` or `value_placeholders`",
    ),
    (
        "http_placeholders",
        "Sigil opens no connections while it compiles",
        "fetch the values yourself, and use `file_placeholders` or `value_placeholders`",
    ),
    (
        "field_name_transform",
        "it calls a Python function, which a YAML file cannot hold",
        "use `field_name_mapping`, `field_name_prefix` or `field_name_suffix`",
    ),
    (
        "extract_fields",
        "it depends on how a query language names parts of a field",
        "use `hashes_fields` or `field_name_mapping`",
    ),
];

const RULE_CONDITIONS: &[&str] = &[
    "logsource",
    "contains_detection_item",
    "contains_field",
    "processing_item_applied",
    "processing_state",
    "is_sigma_rule",
    "is_sigma_correlation_rule",
    "rule_attribute",
    "tag",
];
const ITEM_CONDITIONS: &[&str] =
    &["match_string", "match_value", "contains_wildcard", "is_null", "processing_item_applied", "processing_state"];
const FIELD_CONDITIONS: &[&str] = &["include_fields", "exclude_fields", "processing_item_applied", "processing_state"];

fn check_kind(kind: &str, what: &str, known: &[&str], refused: &[(&str, &str, &str)]) -> Result<(), Fault> {
    if known.contains(&kind) {
        return Ok(());
    }
    if let Some((_, reason, help)) = refused.iter().find(|(name, ..)| *name == kind) {
        return Err(Fault::unsupported(format!("not supported: {reason}"), *help));
    }
    let message =
        if kind.is_empty() { format!("a {what} without `type`") } else { format!("`{kind}` is not a {what}") };
    Err(Fault::unsupported(message, format!("known here: {}", known.join(", "))))
}

fn action(raw: raw::Action, number: &str, load: &Loader<'_>) -> Result<Action, Fault> {
    Ok(match raw {
        raw::Action::FieldNameMapping { mapping } => Action::MapFields(names(mapping)?),
        raw::Action::FieldNamePrefixMapping { mapping } => Action::MapPrefixes(names(mapping)?),
        raw::Action::FieldNamePrefix { prefix } => Action::Prefix(prefix),
        raw::Action::FieldNameSuffix { suffix } => Action::Suffix(suffix),
        raw::Action::DropDetectionItem {} => Action::DropItem,
        raw::Action::HashesFields { valid_hash_algos, field_prefix, drop_algo_prefix } => Action::SplitHashes {
            algorithms: valid_hash_algos.iter().map(|name| name.to_ascii_uppercase()).collect(),
            prefix: field_prefix,
            drop_algorithm: drop_algo_prefix,
        },
        raw::Action::WildcardPlaceholders { include, exclude } => {
            placeholders(include, exclude, PlaceholderValues::Wildcard)?
        }
        raw::Action::ValuePlaceholders { include, exclude } => placeholders(include, exclude, PlaceholderValues::Vars)?,
        raw::Action::FilePlaceholders { path, format, filter, include, exclude } => {
            let values = file_values(&path, format.as_deref(), filter.as_deref(), load)?;
            placeholders(include, exclude, PlaceholderValues::Listed(values))?
        }
        raw::Action::AddCondition { conditions, negated, template, _name } => {
            Action::AddCondition { search: addition(conditions)?, negated, template }
        }
        raw::Action::ChangeLogsource { category, product, service } => {
            Action::ChangeLogSource(ast::LogSource { product, category, service, definition: None })
        }
        raw::Action::AddField { field } => Action::AddFields(field.0),
        raw::Action::RemoveField { field } => Action::RemoveFields(field.0),
        raw::Action::SetField { fields } => Action::SetFields(fields),
        raw::Action::ReplaceString { regex: pattern, replacement, skip_special, interpret_special } => {
            let pattern = regex(&pattern)?;
            let replacement = replacement_parts(&replacement);
            let groups = pattern.captures_len();
            if let Some(ReplacePart::Group(group)) =
                replacement.iter().find(|part| matches!(part, ReplacePart::Group(group) if *group >= groups))
            {
                return Err(Fault::parameter(format!(
                    "`replacement` asks for group {group}, and `regex` has no such group"
                )));
            }
            Action::Replace { pattern, replacement, skip_special, interpret_special }
        }
        raw::Action::MapString { mapping } => Action::MapStrings(names(mapping)?),
        raw::Action::SetValue { value, force_type } => Action::SetValue(match force_type {
            None => value.0,
            Some(raw::Target::Str) => super::value::to_text(&value.0),
            Some(raw::Target::Num) => super::value::to_number(&value.0)
                .ok_or_else(|| Fault::parameter("`value` is not a number, as `force_type: num` demands"))?,
        }),
        raw::Action::ConvertType { target_type } => Action::Convert(match target_type {
            raw::Target::Str => Target::Text,
            raw::Target::Num => Target::Number,
        }),
        raw::Action::Regex { method } => Action::ToRegex {
            ignore_case: match method {
                raw::RegexMethod::Plain => false,
                raw::RegexMethod::IgnoreCaseFlag | raw::RegexMethod::IgnoreCaseBrackets => true,
            },
        },
        raw::Action::Case { method } => Action::Case(match method {
            raw::CaseMethod::Lower => CaseMethod::Lower,
            raw::CaseMethod::Upper => CaseMethod::Upper,
            raw::CaseMethod::SnakeCase => CaseMethod::Snake,
        }),
        raw::Action::SetState { key, val } => Action::SetState(key, val.0),
        raw::Action::SetCustomAttribute { attribute, value } => Action::SetAttribute(attribute, value.0),
        raw::Action::RuleFailure { message } => Action::FailRule(message),
        raw::Action::DetectionItemFailure { message } => Action::FailItem(message),
        raw::Action::StrictFieldMappingFailure {} => Action::FailUnmapped,
        raw::Action::Nest { items } => {
            Action::Nest(steps(items, &format!("{number}."), load).map_err(|(_, fault)| fault)?)
        }
    })
}

fn names(table: raw::Table<raw::Many<String>>) -> Result<indexmap::IndexMap<String, Vec<String>>, Fault> {
    let check = |(from, to): (String, raw::Many<String>)| {
        if to.0.is_empty() {
            Err(Fault::parameter(format!("`{from}` is mapped to an empty list")))
        } else {
            Ok((from, to.0))
        }
    };
    table.0.into_iter().map(check).collect()
}

fn placeholders(
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
    by: PlaceholderValues,
) -> Result<Action, Fault> {
    if include.is_some() && exclude.is_some() {
        return Err(Fault::parameter("`include` and `exclude` cannot be given together"));
    }
    Ok(Action::Placeholders { include, exclude: exclude.unwrap_or_default(), by })
}

fn file_values(
    path: &str,
    format: Option<&str>,
    filter: Option<&str>,
    load: &Loader<'_>,
) -> Result<Vec<ast::Value>, Fault> {
    match format {
        None | Some("plaintext") => {}
        Some(other) => {
            return Err(Fault::unsupported(
                format!("`format: {other}` is not supported"),
                "write the values one a line, and use `format: plaintext`",
            ));
        }
    }
    let filter = filter.map(anchored).transpose()?;
    let text = load(path).map_err(|error| {
        Fault::invalid(
            format!("`{path}` cannot be read: {error}"),
            "check the path: it is relative to the working directory",
        )
    })?;
    let wanted =
        |line: &&str| !line.is_empty() && filter.as_ref().is_none_or(|filter| filter.is_match(*line).unwrap_or(false));
    Ok(text.lines().map(str::trim).filter(wanted).map(|line| ast::Value::String(line.to_owned())).collect())
}

fn addition(raw: raw::Many<raw::Table<Value>>) -> Result<Addition, Fault> {
    let item = |(key, value): (String, Value)| -> Result<AddedItem, Fault> {
        let mut parts = key.split('|');
        let field = parts.next().unwrap_or_default().to_owned();
        if field.is_empty() {
            return Err(Fault::parameter("`conditions` holds a line without a field"));
        }
        let modifier = |name: &str| {
            ast::Modifier::from_name(name)
                .ok_or_else(|| Fault::parameter(format!("`{name}` in `{key}` is not a modifier")))
        };
        let modifiers = parts.map(modifier).collect::<Result<_, _>>()?;
        let (list, members) = match value {
            Value::Sequence(members) => (true, members),
            other => (false, vec![other]),
        };
        let values = members
            .iter()
            .map(|member| raw::scalar(member).map_err(|error| Fault::parameter(format!("`{key}`: {error}"))))
            .collect::<Result<_, _>>()?;
        Ok(AddedItem { field, modifiers, values, list })
    };
    let map = |table: raw::Table<Value>| -> Result<Vec<AddedItem>, Fault> {
        if table.0.is_empty() {
            return Err(Fault::parameter("`conditions` is empty"));
        }
        table.0.into_iter().map(item).collect()
    };
    if raw.0.is_empty() {
        return Err(Fault::parameter("`conditions` is empty"));
    }
    raw.0.into_iter().map(map).collect()
}

fn conditions<R: serde::de::DeserializeOwned, C>(
    listed: raw::Listed,
    link: Option<raw::Link>,
    expression: Option<String>,
    negated: bool,
    level: &str,
    known: &[&str],
    convert: fn(R) -> Result<C, Fault>,
) -> Result<Conditions<C>, Fault> {
    let mut ids = Vec::new();
    let mut list = Vec::new();
    for (id, value) in listed.0 {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        let within = |fault: Fault| fault.within(&format!("{level} condition `{id}` ({kind})"));
        check_kind(kind, &format!("{level} condition"), known, &[]).map_err(within)?;
        let raw = serde_yaml::from_value(value.clone()).map_err(|error| within(Fault::parameter(error)))?;
        list.push(convert(raw).map_err(within)?);
        ids.push(id);
    }
    let leaves = || (0..list.len()).map(Logic::Leaf).collect();
    let logic = match (expression, link) {
        (Some(_), Some(_)) => {
            return Err(Fault::parameter(format!("{level} conditions have both an operator and an expression")));
        }
        (Some(text), None) => logic::parse(&text, &|name| ids.iter().position(|id| id == name))
            .map_err(|error| Fault::parameter(format!("the expression `{text}` over {level} conditions: {error}")))?,
        (None, Some(raw::Link::Or)) if !list.is_empty() => Logic::Any(leaves()),
        (None, _) => Logic::All(leaves()),
    };
    Ok(Conditions { list, logic, negated })
}

#[expect(clippy::unnecessary_wraps, reason = "one of three functions that are handed on as values")]
fn rule_condition(raw: raw::RuleCondition) -> Result<RuleCondition, Fault> {
    Ok(match raw {
        raw::RuleCondition::Logsource { category, product, service } => {
            RuleCondition::LogSource(ast::LogSource { product, category, service, definition: None })
        }
        raw::RuleCondition::ContainsDetectionItem { field, value } => {
            RuleCondition::ContainsItem { field, value: value.0 }
        }
        raw::RuleCondition::ContainsField { field } => RuleCondition::ContainsField(field),
        raw::RuleCondition::ProcessingItemApplied { processing_item_id } => RuleCondition::Applied(processing_item_id),
        raw::RuleCondition::ProcessingState { key, val, op } => {
            RuleCondition::State(StateTest { key, value: val.0, op: operator(op) })
        }
        raw::RuleCondition::IsSigmaRule {} => RuleCondition::IsRule,
        raw::RuleCondition::IsSigmaCorrelationRule {} => RuleCondition::IsCorrelation,
        raw::RuleCondition::RuleAttribute { attribute, value, op } => {
            RuleCondition::Attribute { name: attribute, value: scalars(value), op: operator(op) }
        }
        raw::RuleCondition::Tag { tag } => RuleCondition::Tag(tag),
    })
}

fn item_condition(raw: raw::ItemCondition) -> Result<ItemCondition, Fault> {
    Ok(match raw {
        raw::ItemCondition::MatchString { cond, pattern, negate } => {
            ItemCondition::MatchString { quantifier: quantifier(cond), pattern: anchored(&pattern)?, negated: negate }
        }
        raw::ItemCondition::MatchValue { cond, value } => ItemCondition::MatchValue(quantifier(cond), value.0),
        raw::ItemCondition::ContainsWildcard { cond } => ItemCondition::ContainsWildcard(quantifier(cond)),
        raw::ItemCondition::IsNull { cond } => ItemCondition::IsNull(quantifier(cond)),
        raw::ItemCondition::ProcessingItemApplied { processing_item_id } => ItemCondition::Applied(processing_item_id),
        raw::ItemCondition::ProcessingState { key, val, op } => {
            ItemCondition::State(StateTest { key, value: val.0, op: operator(op) })
        }
    })
}

fn field_condition(raw: raw::FieldCondition) -> Result<FieldCondition, Fault> {
    let names = |fields: Vec<String>, mode| -> Result<Names, Fault> {
        Ok(match mode {
            raw::NameMode::Plain => Names::Plain(fields),
            raw::NameMode::Re => {
                Names::Regex(fields.iter().map(|pattern| anchored(pattern)).collect::<Result<_, _>>()?)
            }
        })
    };
    Ok(match raw {
        raw::FieldCondition::IncludeFields { fields, mode } => FieldCondition::Include(names(fields, mode)?),
        raw::FieldCondition::ExcludeFields { fields, mode } => FieldCondition::Exclude(names(fields, mode)?),
        raw::FieldCondition::ProcessingItemApplied { processing_item_id } => {
            FieldCondition::Applied(processing_item_id)
        }
        raw::FieldCondition::ProcessingState { key, val, op } => {
            FieldCondition::State(StateTest { key, value: val.0, op: operator(op) })
        }
    })
}

fn scalars(many: raw::Many<raw::Scalar>) -> Vec<ast::Value> {
    many.0.into_iter().map(|value| value.0).collect()
}

fn quantifier(raw: raw::Quantifier) -> Quantifier {
    match raw {
        raw::Quantifier::Any => Quantifier::Any,
        raw::Quantifier::All => Quantifier::All,
    }
}

fn operator(raw: raw::Op) -> Op {
    match raw {
        raw::Op::Eq => Op::Eq,
        raw::Op::Ne => Op::Ne,
        raw::Op::Gt => Op::Gt,
        raw::Op::Gte => Op::Gte,
        raw::Op::Lt => Op::Lt,
        raw::Op::Lte => Op::Lte,
        raw::Op::In => Op::In,
        raw::Op::NotIn => Op::NotIn,
    }
}

fn regex(pattern: &str) -> Result<Regex, Fault> {
    let not_one = |why: String| Fault::parameter(format!("`{pattern}` is not a regular expression: {why}"));
    let translation = pcre::translate(pattern, false, Dialect::Python).map_err(|fault| not_one(fault.message))?;
    Regex::new(&translation.pattern).map_err(|error| not_one(error.to_string()))
}

/// A regular expression that matches from the beginning of a text.
fn anchored(pattern: &str) -> Result<Regex, Fault> {
    regex(pattern)?;
    regex(&format!(r"\A(?:{pattern})"))
}

/// Takes a replacement apart: `\1`, `\g<1>`, `\g<name>`, `\n`, `\t`, `\\`; any other backslash is itself.
fn replacement_parts(text: &str) -> Vec<ReplacePart> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let digits = tail.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let named = tail.strip_prefix("g<").and_then(|inner| inner.split_once('>'));
        let (part, after) = if digits > 0 {
            (tail[..digits].parse().ok().map(ReplacePart::Group), &tail[digits..])
        } else if let Some((name, after)) = named {
            (Some(name.parse().map_or_else(|_| ReplacePart::Named(name.to_owned()), ReplacePart::Group)), after)
        } else {
            let escapes = [("n", "\n"), ("t", "\t"), ("r", "\r"), ("\\", "\\")];
            if let Some((meaning, after)) =
                escapes.iter().find_map(|(letter, meaning)| Some((*meaning, tail.strip_prefix(letter)?)))
            {
                plain.push_str(meaning);
                (None, after)
            } else {
                plain.push('\\');
                (None, tail)
            }
        };
        if let Some(part) = part {
            if !plain.is_empty() {
                parts.push(ReplacePart::Text(std::mem::take(&mut plain)));
            }
            parts.push(part);
        }
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(ReplacePart::Text(plain));
    }
    parts
}

impl Place {
    /// Where in the text? Always at a character's beginning.
    fn offset(&self, text: &str) -> usize {
        let at = match self {
            Self::File => 0,
            Self::Offset(at) => *at,
            Self::Step(index) => step_offset(text, *index).unwrap_or(0),
        };
        (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
    }
}

/// Where the transformation of this index stands. Looked for only when there is something to say about it.
fn step_offset(text: &str, index: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut seen = 0;
    let mut key = false;
    let mut inside = false;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let opens = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
        let closes = matches!(event, Event::SequenceEnd | Event::MappingEnd);
        if inside && depth == 2 && !closes {
            if seen == index {
                let line: usize =
                    text.split_inclusive('\n').take(span.start.line().saturating_sub(1)).map(str::len).sum();
                let column: usize = text[line..].chars().take(span.start.col()).map(char::len_utf8).sum();
                return Some(line + column);
            }
            seen += 1;
        }
        inside = (inside && depth >= 2) || (key && depth == 1 && matches!(event, Event::SequenceStart(..)));
        key = depth == 1 && matches!(&event, Event::Scalar(text, ..) if text == "transformations");
        depth = if opens { depth + 1 } else { depth.saturating_sub(usize::from(closes)) };
    }
    None
}
