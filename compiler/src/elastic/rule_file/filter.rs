//! `filters`: conditions in Elasticsearch's Query DSL, as Kibana's filter bar writes them.
//!
//! Elasticsearch reference, "Query DSL"; Kibana API, "filters".

use super::read::{Node, Table};
use crate::diagnostic::Code;
use crate::elastic::ast::{Bound, Clause, Filter, Scalar};
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
    }
    let clause = if let Some(node) = table.node("query") {
        clause_of(&mut table, "query", node, 0)?
    } else {
        // an older form has the condition beside `meta`
        let found = table.entries().find(|(key, ..)| KINDS.contains(key));
        let Some((key, place, node)) = found else {
            table.missing("query", "write the condition: `query.wildcard.\"file.path\".value = \"*.exe\"`");
            return None;
        };
        clause(&mut table, key, place, node, 0)?
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

fn clause<'t>(table: &mut Table<'t, '_>, kind: &str, at: Span, node: &'t Node<'t>, depth: usize) -> Option<Clause> {
    if depth > MAX_DEPTH {
        return invalid(table, at, "conditions are nested too deeply", "write it with fewer `bool`s");
    }
    let place = table.place(node);
    let Some(mut inner) = table.table_of(kind, node) else {
        return invalid(table, place, &format!("`{kind}` is a table"), "write the field's name as its key");
    };
    match kind {
        "match_all" => Some(Clause::All),
        "exists" => {
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
    let (value, ignore_case) = if let Some(value) = table.scalar_of(node) {
        (value, false)
    } else {
        let mut inner = table.table_of(field, node);
        let found = inner.as_mut().and_then(|inner| {
            let keys: [&'static str; 3] = ["value", "query", "wildcard"];
            let node = keys.into_iter().find_map(|key| inner.node(key))?;
            Some((inner.scalar_of(node)?, inner.bool("case_insensitive").unwrap_or(false)))
        });
        match found {
            Some(found) => found,
            None => {
                return invalid(
                    table,
                    place,
                    &format!("`{kind}` has no value for `{field}`"),
                    "write `value = \"..\"`",
                );
            }
        }
    };
    Some(match kind {
        "wildcard" => Clause::Wildcard { field: name, pattern: text(value), ignore_case },
        "prefix" => Clause::Prefix { field: name, value: text(value), ignore_case },
        "match_phrase" => Clause::Match { field: name, value, phrase: true },
        "match" => Clause::Match { field: name, value, phrase: false },
        _ => Clause::Terms { field: name, values: vec![value], ignore_case },
    })
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

fn range<'t>(table: &mut Table<'t, '_>, field: String, node: &'t Node<'t>) -> Option<Clause> {
    let place = table.place(node);
    let mut bounds = Vec::new();
    if let Some(inner) = table.table_of(&field, node) {
        for (key, _, node) in inner.entries() {
            let bound = match key {
                "gt" => Bound::Greater,
                "gte" => Bound::GreaterOrEqual,
                "lt" => Bound::Less,
                "lte" => Bound::LessOrEqual,
                // how dates are read; `strict_date_optional_time` is what is understood anyway
                "format" | "time_zone" | "relation" | "boost" => continue,
                _ => {
                    return invalid(
                        table,
                        place,
                        &format!("`{key}` is no bound of a range"),
                        "write `gt`, `gte`, `lt` or `lte`",
                    );
                }
            };
            bounds.push((bound, inner.scalar_of(node)?));
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
    let minimum = table.integer("minimum_should_match", 0..=1_000).and_then(|n| u32::try_from(n).ok());
    Some(Clause::Bool { all, any, none, minimum })
}
