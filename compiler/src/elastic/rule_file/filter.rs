//! `filters`: conditions in Elasticsearch's Query DSL, as Kibana's filter bar writes them.
//!
//! Elasticsearch reference, "Query DSL"; Kibana API, "filters".

use super::read::{Node, Table};
use crate::diagnostic::{Code, closest};
use crate::elastic::ast::{Bound, Clause, Filter, Scalar};
use crate::elastic::short;
use crate::source::{Span, Spanned};

/// How deep `bool` conditions may nest.
const MAX_DEPTH: usize = 32;

/// The kinds of conditions that are read.
const KINDS: [&str; 10] =
    ["wildcard", "exists", "term", "terms", "match_phrase", "match", "prefix", "range", "bool", "match_all"];

/// Reads one entry.
pub(super) fn read(mut table: Table<'_, '_>) -> Option<Filter> {
    let span = table.span();
    let (mut negate, mut disabled) = (false, false);
    if let Some(mut meta) = table.table("meta") {
        negate = meta.bool("negate").unwrap_or(false);
        disabled = meta.bool("disabled").unwrap_or(false);
        // there are many others, which have no effect
        let others = meta.entries().filter(|(key, ..)| !["negate", "disabled"].contains(key));
        for (key, at, _) in others.collect::<Vec<_>>() {
            if let Some(near) = closest(key, ["negate", "disabled"]) {
                let message = format!("`{}` is not known in `meta`", short(key));
                return invalid(&mut meta, at, &message, &format!("did you mean `{near}`?"));
            }
        }
    }
    // an older form has the condition beside `meta`
    let is_condition = |key: &str| !["meta", "query"].contains(&key) && !key.starts_with('$');
    let beside: Vec<_> = table.entries().filter(|(key, ..)| is_condition(key)).collect();
    for (key, at, _) in &beside {
        if !KINDS.contains(key) {
            return unknown(&mut table, key, *at, "a filter", &["meta", "query"]);
        }
    }
    let clause = match (table.node("query"), beside.as_slice()) {
        (Some(node), []) => clause_of(&mut table, "query", node, 0)?,
        (None, [(key, place, node)]) => clause(&mut table, key, *place, node, 0)?,
        (None, []) => {
            table.missing("query", "write the condition: `query.wildcard.\"file.path\".value = \"*.exe\"`");
            return None;
        }
        (Some(_), [(_, at, _), ..]) | (None, [_, (_, at, _), ..]) => {
            return invalid(&mut table, *at, "a filter has exactly one condition", "write a filter for each");
        }
    };
    Some(Filter { negate, disabled, clause, span })
}

/// A table with one key, the kind of condition.
fn clause_of<'t>(table: &mut Table<'t, '_>, name: &str, node: &'t Node<'t>, depth: usize) -> Option<Clause> {
    let place = table.place(node);
    let Some(mut inner) = table.table_of(name, node) else {
        return invalid(table, place, "a condition is a table with its kind as the key", &kinds());
    };
    let mut entries = inner.entries();
    match (entries.next(), entries.next()) {
        (Some((kind, at, node)), None) => clause(&mut inner, kind, at, node, depth),
        (None, _) | (_, Some(_)) => invalid(table, place, "a condition has exactly one kind", &kinds()),
    }
}

fn kinds() -> String {
    format!("write one of {}", KINDS.map(|kind| format!("`{kind}`")).join(", "))
}

fn invalid<T>(table: &mut Table<'_, '_>, place: Span, message: &str, help: &str) -> Option<T> {
    table.diags.push(Code::InvalidRuleFilter.at(place, message).help(help));
    None
}

/// A key that nothing is known of.
fn unknown<T>(table: &mut Table<'_, '_>, key: &str, at: Span, of: &str, known: &[&str]) -> Option<T> {
    let help = closest(key, known.iter().copied()).map_or_else(
        || format!("the keys here are {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    invalid(table, at, &format!("`{}` is not known in {of}", short(key)), &help)
}

/// Rejects keys other than these.
fn only(table: &mut Table<'_, '_>, of: &str, known: &[&str]) -> Option<()> {
    let other = table.entries().find(|(key, ..)| !known.contains(key));
    other.map_or(Some(()), |(key, at, _)| unknown(table, key, at, of, known))
}

fn unsupported(kind: &str, key: &str, at: Span) -> Clause {
    Clause::Unsupported(Spanned::new(format!("`{kind}` with `{key}`"), at))
}

fn clause<'t>(table: &mut Table<'t, '_>, kind: &str, at: Span, node: &'t Node<'t>, depth: usize) -> Option<Clause> {
    if depth > MAX_DEPTH {
        return invalid(table, at, "conditions are nested too deeply", "write it with fewer `bool`s");
    }
    let place = table.place(node);
    let Some(mut inner) = table.table_of(kind, node) else {
        return invalid(table, place, &format!("`{kind}` is a table"), "write the field's name as its key");
    };
    match kind {
        "match_all" => only(&mut inner, "`match_all`", &["boost", "_name"]).map(|()| Clause::All),
        "exists" => {
            only(&mut inner, "`exists`", &["field", "boost", "_name"])?;
            let field = inner.plain_text("field");
            if field.is_none() {
                inner.missing("field", "name the field that must exist");
            }
            Some(Clause::Exists { field: field? })
        }
        "bool" => bool_clause(inner, depth),
        "wildcard" | "term" | "terms" | "match_phrase" | "match" | "prefix" | "range" => {
            let fields: Vec<_> = inner.entries().filter(|(key, ..)| !matches!(*key, "boost" | "_name")).collect();
            let [(field, _, node)] = fields.as_slice() else {
                return invalid(
                    &mut inner,
                    place,
                    &format!("`{kind}` names exactly one field"),
                    "write a condition for each field",
                );
            };
            field_clause(&mut inner, kind, field, node)
        }
        _ => invalid(table, at, &format!("conditions of kind `{kind}` are not known"), &kinds()),
    }
}

fn field_clause<'t>(table: &mut Table<'t, '_>, kind: &str, field: &str, node: &'t Node<'t>) -> Option<Clause> {
    let place = table.place(node);
    let name = field.to_owned();
    if kind == "range" {
        return range(table, name, node);
    }
    if kind == "terms" {
        if let Some(lookup) = table.table_of(field, node)
            && let Some((key, at, _)) = lookup.entries().find(|(key, ..)| matches!(*key, "index" | "id" | "path"))
        {
            return Some(unsupported(kind, key, at));
        }
        let Some(values) = node.get_ref().as_array() else {
            return invalid(table, place, "`terms` needs a list of values", "write `[\"a\", \"b\"]`");
        };
        let values: Option<Vec<_>> = values.iter().map(|value| table.scalar_of(value)).collect();
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            return invalid(
                table,
                place,
                "`terms` needs a list of texts, numbers or booleans",
                "write `[\"a\", \"b\"]`",
            );
        };
        return Some(Clause::Terms { field: name, values, ignore_case: false });
    }
    let Parameters { value, ignore_case, words, unsupported } = match table.scalar_of(node) {
        Some(value) => Parameters { value: Some(value), ..Parameters::default() },
        None => parameters(table, kind, field, node)?,
    };
    if let Some(unsupported) = unsupported {
        return Some(unsupported);
    }
    let Some(value) = value else {
        let message = format!("`{kind}` has no value for `{}`", short(field));
        let [key, ..] = known(kind).0 else { return None };
        return invalid(table, place, &message, &format!("write `{key} = \"..\"`"));
    };
    Some(match (kind, words) {
        ("wildcard", _) => Clause::Wildcard { field: name, pattern: text(value), ignore_case },
        ("prefix", _) => Clause::Prefix { field: name, value: text(value), ignore_case },
        ("match_phrase", _) | ("match", Words::Phrase) => Clause::Match { field: name, value, phrase: true },
        ("match", Words::All) => Clause::AllWords { field: name, value },
        ("match", Words::Any) => Clause::Match { field: name, value, phrase: false },
        _ => Clause::Terms { field: name, values: vec![value], ignore_case },
    })
}

/// What a condition says of its field.
#[derive(Default)]
struct Parameters {
    value: Option<Spanned<Scalar>>,
    ignore_case: bool,
    words: Words,
    /// What of it is not carried out.
    unsupported: Option<Clause>,
}

/// Which words of its value `match` looks for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Words {
    #[default]
    Any,
    All,
    /// One behind the other.
    Phrase,
}

/// The parameters of a kind of condition: names of the value, and others (Elasticsearch reference, "Query DSL").
fn known(kind: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        "wildcard" => (&["value", "wildcard"], &["case_insensitive", "rewrite", "boost", "_name"]),
        "prefix" => (&["value", "prefix"], &["case_insensitive", "rewrite", "boost", "_name"]),
        "term" => (&["value", "term"], &["case_insensitive", "boost", "_name"]),
        "match_phrase" => (&["query"], &["slop", "analyzer", "zero_terms_query", "boost", "_name"]),
        _ => (
            &["query"],
            &[
                "operator",
                "minimum_should_match",
                "type",
                "slop",
                "fuzziness",
                "prefix_length",
                "max_expansions",
                "fuzzy_transpositions",
                "fuzzy_rewrite",
                "analyzer",
                "auto_generate_synonyms_phrase_query",
                "lenient",
                "zero_terms_query",
                "cutoff_frequency",
                "boost",
                "_name",
            ],
        ),
    }
}

/// Parameters that change nothing of what is found, at least where there is no `fuzziness` and there are no synonyms.
const PASSED: [&str; 8] = [
    "boost",
    "_name",
    "lenient",
    "prefix_length",
    "max_expansions",
    "fuzzy_transpositions",
    "fuzzy_rewrite",
    "auto_generate_synonyms_phrase_query",
];

/// Reads what stands in the table of a field. What may find other events than the condition alone is carried out, or named as unsupported; the rest is passed over.
fn parameters<'t>(table: &mut Table<'t, '_>, kind: &str, field: &str, node: &'t Node<'t>) -> Option<Parameters> {
    let mut found = Parameters::default();
    let Some(mut inner) = table.table_of(field, node) else { return Some(found) };
    let (values, others) = known(kind);
    only(&mut inner, &format!("`{kind}`"), &[values, others].concat())?;
    for (key, at, node) in inner.entries() {
        let value = inner.scalar_of(node);
        if values.contains(&key) {
            if found.value.is_some() {
                let names = values.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
                return invalid(&mut inner, at, &format!("`{kind}` has two values"), &format!("write {names}"));
            }
            found.value = value;
            continue;
        }
        let said = value.map(|value| text(value).value.to_lowercase());
        match (key, said.as_deref()) {
            ("case_insensitive", _) => found.ignore_case = inner.bool("case_insensitive").unwrap_or(false),
            ("operator", Some("and")) if found.words == Words::Any => found.words = Words::All,
            ("type", Some("phrase")) => found.words = Words::Phrase,
            ("operator", Some("or" | "and"))
            | ("type", Some("boolean"))
            | ("minimum_should_match", Some("1"))
            | ("slop" | "fuzziness", Some("0"))
            | ("zero_terms_query", Some("none")) => {}
            _ if PASSED.contains(&key) => {}
            ("rewrite", Some(how)) if !how.starts_with("top_terms") => {}
            ("operator", _) => return invalid(&mut inner, at, "`operator` is `and` or `or`", "write one of them"),
            ("type", Some(other)) if other != "phrase_prefix" => {
                let message = format!("`{}` is no type of `match`", short(other));
                return invalid(&mut inner, at, &message, "write `phrase`, or leave it out");
            }
            _ => found.unsupported = found.unsupported.or_else(|| Some(unsupported(kind, key, at))),
        }
    }
    Some(found)
}

fn text(value: Spanned<Scalar>) -> Spanned<String> {
    let text = match value.value {
        Scalar::Text(text) => text,
        Scalar::Integer(number) => number.to_string(),
        Scalar::Float(number) => number.to_string(),
        Scalar::Boolean(value) => value.to_string(),
    };
    Spanned::new(text, value.span)
}

const BOUNDS: [&str; 4] = ["gt", "gte", "lt", "lte"];

/// How dates are read (`strict_date_optional_time` is what is understood anyway), and what finds the same events.
const BESIDE_BOUNDS: [&str; 5] = ["format", "time_zone", "relation", "boost", "_name"];

/// Bounds as older versions had them.
const OLDER_BOUNDS: [&str; 4] = ["from", "to", "include_lower", "include_upper"];

fn range<'t>(table: &mut Table<'t, '_>, field: String, node: &'t Node<'t>) -> Option<Clause> {
    let place = table.place(node);
    let mut bounds = Vec::new();
    if let Some(mut inner) = table.table_of(&field, node) {
        only(&mut inner, "`range`", &[&BOUNDS[..], &BESIDE_BOUNDS, &OLDER_BOUNDS].concat())?;
        for (key, at, node) in inner.entries() {
            let bound = match key {
                "gt" => Bound::Greater,
                "gte" => Bound::GreaterOrEqual,
                "lt" => Bound::Less,
                "lte" => Bound::LessOrEqual,
                _ if OLDER_BOUNDS.contains(&key) => return Some(unsupported("range", key, at)),
                _ => continue,
            };
            let Some(value) = inner.scalar_of(node) else {
                let place = inner.place(node);
                return invalid(
                    &mut inner,
                    place,
                    &format!("`{key}` is no text, number or boolean"),
                    "write one value",
                );
            };
            bounds.push((bound, value));
        }
    }
    if bounds.is_empty() {
        return invalid(table, place, "`range` has no bounds", "write `gt`, `gte`, `lt` or `lte`");
    }
    Some(Clause::Range { field, bounds })
}

fn bool_clause<'t>(mut table: Table<'t, '_>, depth: usize) -> Option<Clause> {
    let list = |table: &mut Table<'t, '_>, key: &'static str| -> Option<Vec<Clause>> {
        let Some(node) = table.node(key) else { return Some(Vec::new()) };
        match node.get_ref().as_array() {
            Some(members) => members.iter().map(|member| clause_of(table, key, member, depth + 1)).collect(),
            None => Some(vec![clause_of(table, key, node, depth + 1)?]),
        }
    };
    let mut all = list(&mut table, "must")?;
    all.extend(list(&mut table, "filter")?);
    let any = list(&mut table, "should")?;
    let none = list(&mut table, "must_not")?;
    const KEYS: [&str; 8] =
        ["must", "filter", "should", "must_not", "minimum_should_match", "adjust_pure_negative", "boost", "_name"];
    only(&mut table, "`bool`", &KEYS)?;
    let minimum = table.integer("minimum_should_match", 0..=1_000).and_then(|n| u32::try_from(n).ok());
    if table.bool("adjust_pure_negative") == Some(false) {
        return Some(unsupported("bool", "adjust_pure_negative", table.span()));
    }
    Some(Clause::Bool { all, any, none, minimum })
}
