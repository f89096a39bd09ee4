//! Rule files: TOML text to [`ast::Rule`].

mod filter;
mod literal;
mod read;

use std::collections::BTreeSet;
use std::ops::Range;

use indexmap::IndexMap;
use toml::de::{DeTable, DeValue};

use self::read::Table;
use super::date::{self, Anchor, DateMath};
use super::{ast, short};
use crate::diagnostic::{Code, Diagnostics, closest};
use crate::source::{FileId, Span, Spanned};

/// What a file holds.
#[derive(Clone, Debug)]
pub struct ParsedFile {
    /// The whole text.
    pub span: Span,
    /// `rule_id`, as far as it could be read.
    pub id: Option<String>,
    /// `name`, as far as it could be read.
    pub name: Option<String>,
    /// The rule; `None` where something is wrong with it.
    pub rule: Option<ast::Rule>,
    /// What was said of it.
    pub diagnostics: Range<usize>,
}

/// The largest file that is read, in bytes: real ones have some 30 KB.
const MAX_LENGTH: usize = 4 << 20;

/// At most this many messages about the TOML of one file.
const MAX_REPORTED: usize = 20;

/// Reads a rule file. There is always one rule in it, be it a broken one.
pub fn parse(file: FileId, text: &str, diags: &mut Diagnostics) -> ParsedFile {
    let mark = diags.len();
    let span = Span::new(file, 0, text.len());
    let start = Span::new(file, 0, 0);
    let mut parsed = ParsedFile { span, id: None, name: None, rule: None, diagnostics: mark..mark };
    if text.len() > MAX_LENGTH {
        let message = format!("the file has {} bytes, the limit is {MAX_LENGTH}", text.len());
        diags.push(Code::LimitExceeded.at(start, message).help("is this a rule?"));
    } else if text.trim().is_empty() {
        diags.push(Code::EmptyFile.at(start, "the file is empty").help("write a rule, or remove the file"));
    } else {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors.iter().take(MAX_REPORTED) {
            let place = error.span().unwrap_or(0..0);
            let place = Span::new(file, place.start, place.end);
            let problem = Code::InvalidToml.at(place, format!("the TOML cannot be read: {}", error.message()));
            diags.push(
                problem.help("see https://toml.io/en/v1.0.0; backslashes are best written in '''literal strings'''"),
            );
        }
        let rule = read(file, text, table.get_ref(), span, &mut parsed, diags);
        parsed.rule = rule.filter(|_| !diags.has_errors_since(mark));
    }
    parsed.diagnostics = mark..diags.len();
    parsed
}

fn read(
    file: FileId,
    text: &str,
    root: &DeTable<'_>,
    span: Span,
    parsed: &mut ParsedFile,
    diags: &mut Diagnostics,
) -> Option<ast::Rule> {
    let broken = !diags.is_empty() && diags.has_errors_since(parsed.diagnostics.start);
    let mut file_table = Table::new(file, "", root, 0..text.len(), diags);
    let mut meta = ast::Meta::default();
    let mut other = IndexMap::new();
    if let Some(mut metadata) = file_table.table("metadata") {
        meta.maturity = metadata.plain_text("maturity");
        meta.integrations = metadata.plain_texts("integration");
        meta.min_stack_version = metadata.plain_text("min_stack_version");
        meta.dates = ["creation_date", "updated_date", "deprecation_date"].map(|key| metadata.plain_text(key));
        other.extend(metadata.rest());
    }
    if file_table.node("rule").is_none() {
        // a file that is broken earlier may well have one
        if !broken {
            let help = "a rule file has a table `[rule]` with `name`, `type`, `query`; is this file a rule?";
            file_table.missing("rule", help);
        }
        return None;
    }
    other.extend(file_table.rest());
    let mut table = file_table.table("rule")?;
    about(&mut table, &mut meta);
    parsed.id.clone_from(&meta.rule_id);
    parsed.name = Some(meta.name.clone()).filter(|name| !name.is_empty());
    let schedule = schedule(&mut table);
    let index = table.texts("index");
    // `data_view_id` names a list of indices that only Kibana knows
    let _ = table.plain_text("data_view_id").map(|view| other.insert("rule.data_view_id".to_owned(), view.into()));
    let filters = table.tables("filters", filter::read);
    let suppression = suppression(&mut table);
    let exceptions = table.tables("exceptions_list", |mut entry| {
        Some(ast::ExceptionList {
            id: entry.plain_text("id").unwrap_or_default(),
            list_id: entry.plain_text("list_id")?,
            namespace: entry.plain_text("namespace_type").unwrap_or_default(),
            kind: entry.plain_text("type").unwrap_or_default(),
        })
    });
    let severity_mapping = table.tables("severity_mapping", |mut entry| {
        Some(ast::SeverityMapping {
            field: entry.plain_text("field")?,
            value: entry.plain_text("value").unwrap_or_default(),
            severity: severity(&mut entry)?.value,
        })
    });
    let risk_score_mapping = table.tables("risk_score_mapping", |mut entry| entry.plain_text("field"));
    let kind = kind(&mut table, text);
    let suppresses_by_its_fields = matches!(kind, Some(ast::Kind::Threshold { .. }));
    if let Some(suppression) = &suppression
        && suppression.group_by.is_empty()
        && !suppresses_by_its_fields
    {
        let message = "`rule.alert_suppression.group_by` is missing: all alerts would be one";
        let help = "name the fields whose values alerts must have in common";
        table.diags.push(Code::MissingRuleField.at(suppression.span, message).help(help));
    }
    if let Some(ast::Kind::NewTerms { history: Some(history), .. }) = &kind
        && history.look_back().is_some_and(|history| history <= schedule.look_back())
    {
        let message = "the history does not reach behind the window: every term is new in every run";
        let help = "let `history_window_start` lie further back than `from`";
        let place = Span { end: table.span().start, ..table.span() };
        table.diags.push(Code::ContentIgnored.at(place, message).help(help));
    }
    table.no_misspelt();
    other.extend(table.rest());
    Some(ast::Rule {
        meta,
        schedule,
        index,
        filters,
        kind: kind?,
        suppression,
        exceptions,
        severity_mapping,
        risk_score_mapping,
        other,
        span,
    })
}

fn about(table: &mut Table<'_, '_>, meta: &mut ast::Meta) {
    meta.rule_id = table.plain_text("rule_id");
    table.plain_text("name").unwrap_or_default().trim().clone_into(&mut meta.name);
    if meta.name.is_empty() {
        let start = Span { end: table.span().start, ..table.span() };
        table.diags.push(
            Code::MissingTitle.at(start, "the rule has no `name`").help("add one: alerts and generated code show it"),
        );
    }
    meta.description = table.plain_text("description");
    meta.severity = severity(table);
    meta.risk_score = table.integer("risk_score", 0..=100).and_then(|score| u8::try_from(score).ok());
    meta.tags = table.plain_texts("tags");
    meta.author = table.plain_texts("author");
    meta.license = table.plain_text("license");
    meta.references = table.plain_texts("references");
    meta.false_positives = table.plain_texts("false_positives");
    meta.note = table.plain_text("note");
    meta.setup = table.plain_text("setup");
    meta.building_block = table.plain_text("building_block_type");
    meta.name_override = table.plain_text("rule_name_override");
    if let Some(mut fields) = table.table("investigation_fields") {
        meta.investigation_fields = fields.plain_texts("field_names");
    }
    meta.threat = table.tables("threat", |mut entry| {
        let tactic = entry.table("tactic").and_then(named);
        let mut techniques = Vec::new();
        entry.tables("technique", |mut technique| {
            let below = technique.tables("subtechnique", named);
            techniques.extend(named(technique));
            techniques.extend(below);
            Some(())
        });
        Some(ast::Threat { tactic, techniques })
    });
}

fn named(mut entry: Table<'_, '_>) -> Option<(String, String)> {
    Some((entry.plain_text("id")?, entry.plain_text("name").unwrap_or_default()))
}

fn severity(table: &mut Table<'_, '_>) -> Option<Spanned<ast::Severity>> {
    let text = table.text("severity")?;
    let severity = match text.value.as_str() {
        "low" => ast::Severity::Low,
        "medium" => ast::Severity::Medium,
        "high" => ast::Severity::High,
        "critical" => ast::Severity::Critical,
        other => {
            let message = format!("severity `{}` is unknown", short(other));
            let problem = Code::UnknownAttributeValue.at(text.span, message);
            table.diags.push(problem.help("write `low`, `medium`, `high` or `critical`"));
            return None;
        }
    };
    Some(Spanned::new(severity, text.span))
}

fn schedule(table: &mut Table<'_, '_>) -> ast::Schedule {
    let schedule = ast::Schedule {
        from: table.text("from").and_then(|text| date_math(table, &text)).filter(|from| looks_back(table, from)),
        interval: table.text("interval").and_then(|text| interval(table, &text)),
        timestamp_override: table.plain_text("timestamp_override"),
        no_fallback: table.bool("timestamp_override_fallback_disabled").unwrap_or(false),
        max_signals: table.integer("max_signals", 1..=1_000_000).and_then(|count| u32::try_from(count).ok()),
    };
    if let Some(to) = table.text("to").filter(|to| to.value.trim() != "now") {
        let message = "`rule.to` has no effect: windows end when the rule runs";
        table.diags.push(Code::ContentIgnored.at(to.span, message).help("write `now`, or leave it out"));
    }
    let from = schedule.look_back();
    let interval = schedule.interval.and_then(|interval| i64::try_from(interval).ok());
    if let (Some(interval), Some(place)) = (interval, schedule.from.as_ref().map(|from| from.span))
        && from < interval
    {
        let message = "runs are further apart than they look back: events in between are seen by none";
        table.diags.push(Code::ContentIgnored.at(place, message).help("let `from` reach back at least one `interval`"));
    }
    schedule
}

/// Whether a window that starts there has a length that does not depend on when it is.
fn looks_back(table: &mut Table<'_, '_>, from: &Spanned<DateMath>) -> bool {
    let problem = if from.value.anchor != Anchor::Now {
        "a window that starts at a fixed time grows without end"
    } else if from.value.rounds() {
        "a window that starts at a rounded time has another length in every run"
    } else if from.value.look_back().is_none_or(|length| length <= 0) {
        "the window has no length, or one that cannot be counted"
    } else {
        return true;
    };
    let help = "write how far a run looks back: `now-6m`, `now-1h`, `now-7d`";
    table.diags.push(Code::WrongType.at(from.span, problem).help(help));
    false
}

fn date_math(table: &mut Table<'_, '_>, text: &Spanned<String>) -> Option<Spanned<DateMath>> {
    let math = DateMath::parse(&text.value);
    if math.is_none() {
        let message = format!("`{}` is not a date", short(&text.value));
        table.diags.push(Code::WrongType.at(text.span, message).help("write date math: `now-6m`, `now-30d/d`"));
    }
    math.map(|math| Spanned::new(math, text.span))
}

fn interval(table: &mut Table<'_, '_>, text: &Spanned<String>) -> Option<u64> {
    let length = date::duration(&text.value).filter(|length| *length > 0);
    if length.is_none() {
        let message = format!("`{}` is not a length of time", short(&text.value));
        table.diags.push(Code::WrongType.at(text.span, message).help("write a number with a unit: `5m`, `1h`, `30s`"));
    }
    length
}

fn suppression(table: &mut Table<'_, '_>) -> Option<ast::Suppression> {
    let mut inner = table.table("alert_suppression")?;
    let mut group_by: Vec<String> = Vec::new();
    for name in inner.texts("group_by") {
        if group_by.contains(&name.value) {
            let message = format!("`{}` stands twice in `rule.alert_suppression.group_by`", short(&name.value));
            inner.diags.push(Code::DuplicateValue.at(name.span, message).help("name each field once"));
        } else {
            group_by.push(name.value);
        }
    }
    let duration = inner.table("duration").and_then(|mut duration| {
        let value = duration.integer("value", 1..=1_000_000)?;
        let unit = duration.text("unit")?;
        let length = date::duration(&format!("{value}{}", unit.value));
        if length.is_none() {
            let message = format!("`{}` is no unit of time", short(&unit.value));
            duration.diags.push(Code::WrongType.at(unit.span, message).help("write `s`, `m`, `h` or `d`"));
        }
        duration.no_others();
        length
    });
    let missing_too = match inner.text("missing_fields_strategy") {
        None => true,
        Some(strategy) => match strategy.value.as_str() {
            "suppress" => true,
            "doNotSuppress" => false,
            other => {
                let message = format!("the strategy `{}` is not known", short(other));
                let help = "write `suppress` or `doNotSuppress`";
                inner.diags.push(Code::UnknownAttributeValue.at(strategy.span, message).help(help));
                true
            }
        },
    };
    inner.no_others();
    Some(ast::Suppression { group_by, duration, missing_too, span: inner.span() })
}

const TYPES: [&str; 7] = ["eql", "query", "new_terms", "threshold", "threat_match", "machine_learning", "esql"];

fn kind(table: &mut Table<'_, '_>, text: &str) -> Option<ast::Kind> {
    let Some(kind) = table.text("type") else {
        if table.node("type").is_none() {
            table.missing("type", &format!("add one of {}", TYPES.map(|kind| format!("`{kind}`")).join(", ")));
        }
        return None;
    };
    match kind.value.as_str() {
        "eql" => Some(ast::Kind::Eql {
            query: query(table, text, &[ast::Language::Eql])?,
            category_field: table.plain_text("event_category_override"),
        }),
        "query" => Some(ast::Kind::Query(query(table, text, &[ast::Language::Kuery, ast::Language::Lucene])?)),
        "esql" => Some(ast::Kind::Esql(query(table, text, &[ast::Language::Esql])?)),
        "new_terms" => new_terms(table, text),
        "threshold" => threshold(table, text),
        "threat_match" => threat_match(table, text),
        "machine_learning" => machine_learning(table),
        other => {
            let near = closest(other, TYPES);
            let help = near.map_or_else(
                || format!("write one of {}", TYPES.map(|kind| format!("`{kind}`")).join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("rules of type `{}` are not known", short(other));
            table.diags.push(Code::UnknownRuleType.at(kind.span, message).help(help));
            None
        }
    }
}

/// The rule's query, in one of these languages: the first where none is named.
fn query(table: &mut Table<'_, '_>, text: &str, languages: &[ast::Language]) -> Option<ast::Query> {
    query_at(table, text, "query", "language", languages)
}

fn query_at(
    table: &mut Table<'_, '_>,
    text: &str,
    key: &'static str,
    language_key: &'static str,
    languages: &[ast::Language],
) -> Option<ast::Query> {
    let language = match table.text(language_key) {
        None => languages.first().copied()?,
        Some(name) => {
            let found = languages.iter().copied().find(|language| language.name() == name.value);
            if found.is_none() {
                let known: Vec<String> = languages.iter().map(|language| format!("`{}`", language.name())).collect();
                let message = format!("a rule of this type is not written in `{}`", short(&name.value));
                let problem = Code::UnknownRuleType.at(name.span, message);
                table.diags.push(problem.help(format!("write {}", known.join(" or "))));
            }
            found?
        }
    };
    let Some(node) = table.node(key) else {
        table.missing(key, "add the query");
        return None;
    };
    let DeValue::String(decoded) = node.get_ref() else {
        let _ = table.text(key);
        return None;
    };
    let place = table.place(node);
    let text = literal::query_text(decoded, text, node.span(), place.file);
    Some(ast::Query { language, text })
}

fn new_terms(table: &mut Table<'_, '_>, text: &str) -> Option<ast::Kind> {
    let query = query(table, text, &[ast::Language::Kuery, ast::Language::Lucene])?;
    let mark = table.diags.len();
    let (mut fields, mut history) = (Vec::new(), None);
    // the repository's form: [rule.new_terms] field = "new_terms_fields", value = [..]
    if let Some(mut inner) = table.table("new_terms") {
        let _ = inner.plain_text("field");
        fields = inner.plain_texts("value");
        inner.tables("history_window_start", |mut entry| {
            let _ = entry.plain_text("field");
            let value = entry.text("value")?;
            history = date_math(&mut entry, &value).map(|math| math.value);
            Some(())
        });
        inner.no_others();
    } else {
        // the form of Kibana's API
        fields.extend(table.plain_texts("new_terms_fields"));
        history = table.text("history_window_start").and_then(|value| date_math(table, &value)).map(|math| math.value);
    }
    if history.is_none() && !table.diags.has_errors_since(mark) {
        table.missing("history_window_start", "say how far back terms are looked for: `now-7d`");
    }
    if fields.is_empty() || fields.len() > 3 {
        let message = format!("a rule of type `new_terms` has 1 to 3 fields, not {}", fields.len());
        let start = Span { end: table.span().start, ..table.span() };
        table.diags.push(Code::MissingRuleField.at(start, message).help("list them in `rule.new_terms.value`"));
    }
    Some(ast::Kind::NewTerms { query, fields, history })
}

fn threshold(table: &mut Table<'_, '_>, text: &str) -> Option<ast::Kind> {
    let query = query(table, text, &[ast::Language::Kuery, ast::Language::Lucene])?;
    let Some(mut inner) = table.table("threshold") else {
        if table.node("threshold").is_none() {
            table.missing("threshold", "add `[rule.threshold]` with `field` and `value`");
        }
        return None;
    };
    let mut fields: Vec<String> = inner.plain_texts("field").into_iter().filter(|field| !field.is_empty()).collect();
    // a field twice makes no other groups
    let mut known = BTreeSet::new();
    fields.retain(|field| known.insert(field.clone()));
    let value = inner.integer("value", 1..=u64::MAX);
    if value.is_none() && inner.node("value").is_none() {
        inner.missing("value", "say how many events give an alert");
    }
    let cardinality = inner.tables("cardinality", |mut entry| {
        let (field, value) = (entry.plain_text("field"), entry.integer("value", 1..=u64::MAX));
        if field.is_none() && entry.node("field").is_none() {
            entry.missing("field", "name the field whose values are counted");
        }
        if value.is_none() && entry.node("value").is_none() {
            entry.missing("value", "say how many different values give an alert");
        }
        entry.no_others();
        Some((field?, value?))
    });
    inner.no_others();
    Some(ast::Kind::Threshold { query, fields, value: value?, cardinality })
}

fn threat_match(table: &mut Table<'_, '_>, text: &str) -> Option<ast::Kind> {
    let languages = [ast::Language::Kuery, ast::Language::Lucene];
    let query = query(table, text, &languages)?;
    let threat_query = match table.node("threat_query") {
        Some(_) => Some(query_at(table, text, "threat_query", "threat_language", &languages)?),
        None => None,
    };
    let _ = table.plain_text("threat_language");
    if table.node("threat_mapping").is_none() {
        table.missing("threat_mapping", "say which fields of events and indicators must be equal");
    }
    let mapping = table.tables("threat_mapping", |mut group| {
        let mark = group.diags.len();
        let entries = group.tables("entries", threat_entry);
        group.no_others();
        if group.diags.has_errors_since(mark) {
            return None;
        }
        let alike = |entry: &ast::ThreatEntry| {
            entries.iter().any(|other| !other.negate && (&other.field, &other.value) == (&entry.field, &entry.value))
        };
        let problem = if entries.iter().all(|entry| entry.negate) {
            "nothing here must be equal: nearly every event would alert"
        } else if entries.iter().any(|entry| entry.negate && alike(entry)) {
            "two fields must be equal here and must not be: no event would alert"
        } else {
            return Some(entries);
        };
        let help = "add an entry without `negate`, for other fields than those with it";
        group.diags.push(Code::MissingRuleField.at(group.span(), problem).help(help));
        None
    });
    Some(ast::Kind::ThreatMatch {
        query,
        threat_query,
        threat_index: table.plain_texts("threat_index"),
        mapping,
        indicator_path: table.plain_text("threat_indicator_path"),
        threat_filters: table.tables("threat_filters", filter::read),
    })
}

fn threat_entry(mut entry: Table<'_, '_>) -> Option<ast::ThreatEntry> {
    if let Some(kind) = entry.text("type").filter(|kind| kind.value != "mapping") {
        let message = format!("entries of type `{}` are not known", short(&kind.value));
        entry.diags.push(Code::WrongType.at(kind.span, message).help("write `mapping`"));
    }
    let negate = entry.bool("negate").unwrap_or(false);
    let (field, value) = (entry.plain_text("field"), entry.plain_text("value"));
    if entry.node("field").is_none() {
        entry.missing("field", "name the field of the event");
    }
    if entry.node("value").is_none() {
        entry.missing("value", "name the field of the indicator");
    }
    entry.no_others();
    Some(ast::ThreatEntry { field: field?, value: value?, negate })
}

fn machine_learning(table: &mut Table<'_, '_>) -> Option<ast::Kind> {
    let jobs = table.plain_texts("machine_learning_job_id");
    if jobs.is_empty() {
        table.missing("machine_learning_job_id", "name the anomaly detection job, or a list of them");
    }
    let threshold = table.number("anomaly_threshold");
    match &threshold {
        Some(score) if !(0.0..=100.0).contains(&score.value) => {
            let message = format!("`anomaly_threshold` is {}", score.value);
            table.diags.push(Code::WrongType.at(score.span, message).help("scores are from 0 to 100"));
        }
        None if table.node("anomaly_threshold").is_none() => {
            table.missing("anomaly_threshold", "say from which score on (0 to 100) a record gives an alert");
        }
        Some(_) | None => {}
    }
    Some(ast::Kind::MachineLearning { jobs, threshold: threshold?.value })
}

impl ast::Language {
    /// The name that rule files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eql => "eql",
            Self::Kuery => "kuery",
            Self::Lucene => "lucene",
            Self::Esql => "esql",
        }
    }
}

#[cfg(test)]
mod tests;
