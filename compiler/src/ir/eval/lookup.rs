//! Where an event holds a field.
//!
//! A flat key comes before a path; among paths, fewer and longer keys come first (`{"a.b": ..}` before `{"a": {"b": ..}}`). A path goes through every element of an array. All values
//! of a duplicate key count. Where none of that finds the field, the nested form of Windows events is tried: `Event.System` (with attributes as `Element_Attribute`), then
//! `Event.EventData`, then `Event.UserData.*` (both without the spaces in their names); the `#text` of an element is its value. `System` comes first so that the data of an event cannot
//! shadow its channel or number.

use super::Json;

/// The values of a field, by flat key or dotted path; none if it is missing.
pub(super) fn field<'a>(event: &'a Json, path: &str) -> Vec<&'a Json> {
    let found = plain(event, path);
    if found.is_empty() { windows(event, path) } else { found }
}

/// As [`field`], without the Windows form.
pub(super) fn plain<'a>(value: &'a Json, path: &str) -> Vec<&'a Json> {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
        Json::Array(elements) => elements.iter().flat_map(|element| plain(element, path)).collect(),
        Json::Object(_) => {
            let flat = members(value, path);
            if !flat.is_empty() {
                return flat;
            }
            let dots = path.rmatch_indices('.').map(|(at, _)| at);
            let nested = |at: usize| {
                members(value, &path[..at]).into_iter().flat_map(|inner| plain(inner, &path[at + 1..])).collect()
            };
            dots.map(nested).find(|found: &Vec<&Json>| !found.is_empty()).unwrap_or_default()
        }
    }
}

/// The values, arrays and scalars, of every path below an event that matches the pattern; elements of arrays have the path of the array.
pub(super) fn like<'a>(event: &'a Json, pattern: &str) -> Vec<&'a Json> {
    let mut found = Vec::new();
    collect(event, "", &mut |path, value| {
        if star(&pattern.chars().collect::<Vec<_>>(), &path.chars().collect::<Vec<_>>()) {
            found.push(value);
        }
    });
    found
}

fn collect<'a>(value: &'a Json, path: &str, found: &mut dyn FnMut(&str, &'a Json)) {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        Json::Array(elements) => elements.iter().for_each(|element| collect(element, path, found)),
        Json::Object(members) => {
            for (key, inner) in members {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                if !matches!(inner, Json::Object(_)) {
                    found(&path, inner);
                }
                collect(inner, &path, found);
            }
        }
    }
}

/// Whether a text matches a pattern with `*`.
fn star(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        (['*', rest @ ..], _) => (0..=text.len()).any(|at| star(rest, &text[at..])),
        ([first, rest @ ..], [c, text @ ..]) => first == c && star(rest, text),
        (_, []) => false,
    }
}

fn windows<'a>(event: &'a Json, name: &str) -> Vec<&'a Json> {
    let roots = || members(event, "Event").into_iter();
    let section = |section: &str| -> Vec<&'a Json> { roots().flat_map(|root| members(root, section)).collect() };
    let user_data = section("UserData").into_iter().flat_map(all_members).map(|(_, value)| value);
    let system: Vec<&Json> = section("System").into_iter().flat_map(|system| of_system(system, name)).collect();
    let event_data = section("EventData").into_iter().flat_map(|data| elements(data, name)).collect();
    [system, event_data, user_data.flat_map(|data| elements(data, name)).collect()]
        .into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Elements of `System`, and their attributes, which converters put under `#attributes` inside or `Element_attributes` beside.
fn of_system<'a>(system: &'a Json, name: &str) -> Vec<&'a Json> {
    let mut found: Vec<&Json> = members(system, name).into_iter().flat_map(with_text).collect();
    for (at, _) in name.match_indices('_') {
        let (element, attribute) = (&name[..at], &name[at + 1..]);
        let inside = members(system, element).into_iter().flat_map(|element| members(element, "#attributes"));
        let beside = members(system, &format!("{element}_attributes"));
        found.extend(inside.chain(beside).flat_map(|attributes| members(attributes, attribute)));
    }
    found
}

/// Elements of event data of this name, as it stands or without spaces.
fn elements<'a>(data: &'a Json, name: &str) -> Vec<&'a Json> {
    all_members(data)
        .iter()
        .filter(|(key, _)| key == name || key.replace(' ', "") == name)
        .flat_map(|(_, value)| with_text(value))
        .collect()
}

/// An element, and its text where it has attributes as well.
fn with_text(element: &Json) -> Vec<&Json> {
    [element].into_iter().chain(members(element, "#text")).collect()
}

/// Every value that an object holds under a key.
fn members<'a>(value: &'a Json, key: &str) -> Vec<&'a Json> {
    all_members(value).iter().filter(|(name, _)| name == key).map(|(_, value)| value).collect()
}

fn all_members(value: &Json) -> &[(String, Json)] {
    match value {
        Json::Object(members) => members,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => &[],
    }
}
