//! Where an event holds a field.
//!
//! A flat key comes before a path; among paths, fewer and longer keys come first (`{"a.b": ..}` before `{"a": {"b": ..}}`). A path goes through every element of an array. All values
//! of a duplicate key count. Where none of that finds the field, the nested form of Windows events is tried: `Event.EventData`, `Event.UserData.*`, `Event.System`, in this order,
//! names without their spaces, attributes as `Name_Attribute`, the `#text` of an element as its value.

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
            let nested = |at: usize| members(value, &path[..at]).into_iter().flat_map(|inner| plain(inner, &path[at + 1..])).collect();
            dots.map(nested).find(|found: &Vec<&Json>| !found.is_empty()).unwrap_or_default()
        }
    }
}

fn windows<'a>(event: &'a Json, name: &str) -> Vec<&'a Json> {
    let roots = || members(event, "Event").into_iter();
    let section = |section: &str| -> Vec<&'a Json> { roots().flat_map(|root| members(root, section)).collect() };
    let user_data = section("UserData").into_iter().flat_map(all_members).map(|(_, value)| value).collect();
    let sections = [section("EventData"), user_data, section("System")];
    sections.into_iter().map(|sections| sections.into_iter().flat_map(|section| named(section, name)).collect()).find(|found: &Vec<&Json>| !found.is_empty()).unwrap_or_default()
}

/// What a section of a Windows event holds under a name.
fn named<'a>(section: &'a Json, name: &str) -> Vec<&'a Json> {
    let mut found = Vec::new();
    for (key, value) in all_members(section) {
        let key = key.replace(' ', "");
        if key == name {
            found.extend(if matches!(value, Json::Object(_)) { members(value, "#text") } else { vec![value] });
        }
        for (attribute, value) in members(value, "#attributes").into_iter().flat_map(all_members) {
            if format!("{key}_{}", attribute.replace(' ', "")) == name {
                found.push(value);
            }
        }
    }
    found
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
