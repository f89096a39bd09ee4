//! Random events.

use sigil_compiler::elastic::schema::FieldType;
use sigil_compiler::ir::eval::Json;

use super::{FIELDS, IN_LIST, IN_SUB, Random, literal};
use crate::elastic::decimal::Decimal;

/// An event: some fields of the small world, flat, nested or mixed, as scalars, lists, lists in lists and nulls.
pub fn event(random: &mut Random) -> Json {
    let mut event = Vec::new();
    let dense = random.chance(50);
    for (name, kind) in FIELDS {
        if random.chance(if dense { 75 } else { 35 }) {
            let value = value(random, kind);
            place(random, &mut event, name, value);
        }
    }
    if random.chance(60) {
        let list = list(random, object);
        place(random, &mut event, "list", list);
    }
    if random.chance(20) {
        let name = random.pick(&["d.w", "d.w.caseless"]);
        let value = value(random, FieldType::Keyword);
        place(random, &mut event, name, value);
    }
    Json::Object(event)
}

/// An object of `list`.
fn object(random: &mut Random) -> Json {
    let mut members = fields(random, &IN_LIST);
    if random.chance(40) {
        let sub = list(random, |random| Json::Object(fields(random, &IN_SUB)));
        place(random, &mut members, "sub", sub);
    }
    Json::Object(members)
}

fn fields(random: &mut Random, of: &[(&str, FieldType)]) -> Vec<(String, Json)> {
    let mut members = Vec::new();
    for (name, kind) in of {
        if random.chance(70) {
            let value = value(random, *kind);
            place(random, &mut members, name, value);
        }
    }
    members
}

/// A list of objects, or an object alone.
fn list(random: &mut Random, mut make: impl FnMut(&mut Random) -> Json) -> Json {
    match random.weighted(&[80, 15, 5]) {
        0 => Json::Array(random.several(0, 3, make)),
        1 => make(random),
        _ => Json::Null,
    }
}

fn value(random: &mut Random, kind: FieldType) -> Json {
    match random.weighted(&[70, 22, 3, 5]) {
        0 => scalar(random, kind),
        1 => Json::Array(random.several(0, 3, |random| match random.weighted(&[88, 6, 6]) {
            0 => scalar(random, kind),
            1 => Json::Null,
            _ => Json::Array(random.several(0, 2, |random| scalar(random, kind))),
        })),
        2 => Json::Array(Vec::new()),
        _ => Json::Null,
    }
}

/// What a literal spells, as a string or, where it can be, as a number or a boolean.
fn scalar(random: &mut Random, kind: FieldType) -> Json {
    let literal =
        if kind == FieldType::Ip && random.chance(10) { "::ffff:10.0.0.1".to_owned() } else { literal(random, kind) };
    match literal.as_str() {
        "true" | "false" if random.chance(60) => Json::Bool(literal == "true"),
        text if is_json_number(text) && random.chance(60) => Json::Number(literal),
        _ => Json::String(literal),
    }
}

/// Numbers of JSON have no leading zeros, no plus, and digits behind the point.
fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    Decimal::parse(text).is_some() && !leading_zero && !digits.starts_with('+') && !digits.ends_with('.')
}

/// Puts a value under a dotted name: as one key, or cut at some of the dots; what is there already is shared.
fn place(random: &mut Random, members: &mut Vec<(String, Json)>, name: &str, value: Json) {
    let dots: Vec<usize> = name.match_indices('.').map(|(at, _)| at).collect();
    if dots.is_empty() || random.chance(25) {
        members.push((name.to_owned(), value));
        return;
    }
    let at = random.pick(&dots);
    let (key, rest) = (&name[..at], &name[at + 1..]);
    if let Some((_, inner)) = members.iter_mut().find(|(existing, _)| existing == key).filter(|_| random.0 & 8 != 0) {
        match inner {
            Json::Object(inner) => return place(random, inner, rest, value),
            Json::Array(elements) => {
                let chosen = random.below(elements.len());
                if let Some(Json::Object(inner)) = elements.get_mut(chosen) {
                    return place(random, inner, rest, value);
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
    if members.iter().any(|(existing, _)| existing == key) && random.chance(80) {
        // a key that is there twice is rare
        members.push((name.to_owned(), value));
        return;
    }
    let mut inner = Vec::new();
    place(random, &mut inner, rest, value);
    let inner = Json::Object(inner);
    let inner = if random.chance(15) {
        let mut elements = random.several(0, 1, |_| Json::Object(Vec::new()));
        elements.push(inner);
        Json::Array(elements)
    } else {
        inner
    };
    members.push((key.to_owned(), inner));
}
