//! The values that an event holds under a field.
//!
//! A flat key comes before a path, longer keys before shorter ones; lists count value by value at any depth, also lists of objects; null and empty lists are no
//! values; a text that is longer than the field's `ignore_above` is none either.

use sigil_compiler::elastic::schema::{Field, FieldType};
use sigil_compiler::ir::eval::Json;

use super::decimal::Decimal;

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// `true`, `false`
    Bool(bool),
    /// A number as the event writes it.
    Number(&'a str),
    /// A string.
    Text(&'a str),
}

impl Value<'_> {
    /// What text tests look at: whole numbers read as integers, however they are written.
    pub fn text(self) -> String {
        match self {
            Value::Bool(value) => value.to_string(),
            Value::Text(text) => text.to_owned(),
            Value::Number(raw) => match Decimal::parse(raw) {
                Some(number) if number.is_whole() => number.to_string(),
                Some(_) | None => raw.to_owned(),
            },
        }
    }

    /// The number that it is or spells.
    pub fn number(self) -> Option<Decimal> {
        match self {
            Value::Bool(_) => None,
            Value::Number(text) | Value::Text(text) => Decimal::parse(text),
        }
    }
}

/// The values of a field of an event, or of an object of a nested list.
pub fn values<'a>(event: &'a Json, field: &Field) -> Vec<Value<'a>> {
    let mut found = Vec::new();
    for source in &field.field.sources {
        let nodes = nodes(event, &source.path);
        if !nodes.is_empty() {
            nodes.into_iter().for_each(|node| collect(node, &mut found));
            break;
        }
    }
    let whole_texts = matches!(
        field.kind,
        FieldType::Keyword | FieldType::Wildcard | FieldType::Caseless | FieldType::Flattened | FieldType::Unknown
    );
    match field.field.ignore_above {
        Some(most) if whole_texts => found.retain(|value| value.text().chars().count() <= most as usize),
        Some(_) | None => {}
    }
    found
}

/// Whether a field has a value; an object has one where a field below it has one.
pub fn exists(event: &Json, field: &Field) -> bool {
    let below = match field.kind {
        FieldType::Object | FieldType::Nested | FieldType::Flattened | FieldType::Unknown | FieldType::Other => {
            let path = field.field.sources.iter().find(|source| !nodes(event, &source.path).is_empty());
            let path = path.map_or(field.field.name.as_str(), |source| source.path.as_str());
            values_like(event, &format!("{path}.*"))
        }
        FieldType::Keyword
        | FieldType::Wildcard
        | FieldType::Caseless
        | FieldType::Text
        | FieldType::Integer
        | FieldType::Float
        | FieldType::Boolean
        | FieldType::Date
        | FieldType::Ip => Vec::new(),
    };
    !values(event, field).is_empty() || !below.is_empty()
}

/// Every value of every path that matches a pattern, in which `*` stands for any characters.
pub fn values_like<'a>(event: &'a Json, pattern: &str) -> Vec<Value<'a>> {
    let pattern = super::glob::eql(&pattern.replace('?', "\u{0}"));
    let mut found = Vec::new();
    each_path(event, "", &mut |path, node| {
        if super::glob::matches(&pattern, &path.chars().collect::<Vec<_>>()) {
            collect_scalar(node, &mut found);
        }
    });
    found
}

/// Every value of an event.
pub fn all_values(event: &Json) -> Vec<Value<'_>> {
    let mut found = Vec::new();
    each_path(event, "", &mut |_, node| collect_scalar(node, &mut found));
    found
}

/// The objects of a nested list; lists in lists count as one.
pub fn objects<'a>(event: &'a Json, path: &str) -> Vec<&'a Json> {
    fn each<'a>(node: &'a Json, found: &mut Vec<&'a Json>) {
        match node {
            Json::Array(elements) => elements.iter().for_each(|element| each(element, found)),
            Json::Null => {}
            Json::Object(_) | Json::Bool(_) | Json::Number(_) | Json::String(_) => found.push(node),
        }
    }
    let mut found = Vec::new();
    nodes(event, path).into_iter().for_each(|node| each(node, &mut found));
    found
}

/// What stands under a path, lists and objects as they are.
pub fn nodes<'a>(node: &'a Json, path: &str) -> Vec<&'a Json> {
    match node {
        Json::Array(elements) => elements.iter().flat_map(|element| nodes(element, path)).collect(),
        Json::Object(members) => {
            let under = |key: &str| members.iter().filter(|(name, _)| name == key).map(|(_, inner)| inner).collect();
            let flat: Vec<&Json> = under(path);
            if !flat.is_empty() {
                return flat;
            }
            let mut parts: Vec<&str> = path.split('.').collect();
            let mut rest = Vec::new();
            while let Some(last) = parts.pop().filter(|_| !parts.is_empty()) {
                rest.insert(0, last);
                let found: Vec<&Json> =
                    under(&parts.join(".")).into_iter().flat_map(|inner| nodes(inner, &rest.join("."))).collect();
                if !found.is_empty() {
                    return found;
                }
            }
            Vec::new()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
    }
}

fn collect<'a>(node: &'a Json, found: &mut Vec<Value<'a>>) {
    match node {
        Json::Array(elements) => elements.iter().for_each(|element| collect(element, found)),
        Json::Object(_) => {}
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => collect_scalar(node, found),
    }
}

fn collect_scalar<'a>(node: &'a Json, found: &mut Vec<Value<'a>>) {
    match node {
        Json::Bool(value) => found.push(Value::Bool(*value)),
        Json::Number(raw) => found.push(Value::Number(raw)),
        Json::String(text) => found.push(Value::Text(text)),
        Json::Null | Json::Array(_) | Json::Object(_) => {}
    }
}

/// Every scalar with its path; elements of lists have the path of the list.
fn each_path<'a>(node: &'a Json, path: &str, visit: &mut dyn FnMut(&str, &'a Json)) {
    match node {
        Json::Array(elements) => elements.iter().for_each(|element| each_path(element, path, visit)),
        Json::Object(members) => {
            for (key, inner) in members {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                each_path(inner, &path, visit);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => visit(path, node),
    }
}
