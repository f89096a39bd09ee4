//! `hashes_fields`: Sysmon writes `MD5=..,SHA256=..,IMPHASH=..` into one field; other logs have a field for each algorithm.

use indexmap::IndexMap;

use super::text::{self, Token};
use super::value;
use super::work::{Entry, Outcome};
use crate::sigma::ast::{ItemBody, Modifier, Value};
use crate::source::Spanned;

/// Algorithms by the number of hexadecimal digits of a hash without a name.
const BY_LENGTH: &[(&str, usize)] = &[("MD5", 32), ("SHA1", 40), ("SHA256", 64), ("SHA512", 128)];
/// The same for hashes that are told apart by name only.
const NAMED_LENGTH: &[(&str, usize)] = &[("IMPHASH", 32), ("SHA224", 56), ("SHA384", 96)];

/// Splits an item by algorithm. Values that spell no hash stay where they are.
pub(super) fn split<'r, 'p>(
    entry: Entry<'r, 'p>,
    algorithms: &[String],
    name: &dyn Fn(&str) -> String,
) -> Outcome<'r, 'p> {
    let spells = |value: &Spanned<Value>| hash(&entry, &value.value, algorithms).is_some();
    let mixed = entry.has(Modifier::Neq) && entry.has(Modifier::All);
    if mixed || !value::is_textual(&entry) || entry.field().is_none() || !entry.values().iter().any(spells) {
        return Outcome::Keep(entry);
    }
    // under `|all` each value is an item of its own; under `|neq` none of the items may hold what it names
    if entry.has(Modifier::All) || entry.has(Modifier::Neq) {
        return Outcome::AllOf(
            value::split_all(entry).iter().flat_map(|one| by_algorithm(one, algorithms, name)).collect(),
        );
    }
    Outcome::AnyOf(by_algorithm(&entry, algorithms, name))
}

/// One item for each algorithm among the values, in order of appearance.
fn by_algorithm<'r, 'p>(
    entry: &Entry<'r, 'p>,
    algorithms: &[String],
    name: &dyn Fn(&str) -> String,
) -> Vec<Entry<'r, 'p>> {
    let mut groups: IndexMap<Option<(String, bool)>, Vec<Spanned<Value>>> = IndexMap::new();
    for value in entry.values() {
        let (key, value) = match hash(entry, &value.value, algorithms) {
            Some(Hash { algorithm, digits, whole }) => {
                (Some((name(algorithm), whole)), Spanned::new(Value::String(digits), value.span))
            }
            None => (None, value.clone()),
        };
        groups.entry(key).or_default().push(value);
    }
    let make = |(key, values): (Option<(String, bool)>, Vec<Spanned<Value>>)| {
        let mut one = entry.clone();
        let item = one.item.to_mut();
        if let Some((_, whole)) = &key {
            item.modifiers.retain(|m| matches!(m.value, Modifier::Neq | Modifier::Cased));
            if !whole {
                item.modifiers.insert(0, Spanned::new(Modifier::StartsWith, item.span));
            }
        }
        item.body = ItemBody::Values { list: values.len() > 1, values };
        if let Some((field, _)) = key {
            one.renamed = Some(field);
        }
        one
    };
    groups.into_iter().map(make).collect()
}

struct Hash<'a> {
    algorithm: &'a str,
    digits: String,
    /// Whether all digits are there; the beginning of a hash otherwise.
    whole: bool,
}

/// The hash that a value spells: `NAME=digits`, or all digits of one whose length tells its name.
fn hash<'a>(entry: &Entry<'_, '_>, value: &Value, algorithms: &'a [String]) -> Option<Hash<'a>> {
    let tokens = value::with_wildcards(entry, value)?;
    let ([Token::Literal(literal)]
    | [Token::AnyRun, Token::Literal(literal)]
    | [Token::AnyRun, Token::Literal(literal), Token::AnyRun]
    | [Token::Literal(literal), Token::AnyRun]) = &tokens[..]
    else {
        return None;
    };
    let literal = literal.trim_end_matches(',').trim_start_matches(',');
    let known = |name: &str| algorithms.iter().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str);
    let (algorithm, digits) = match literal.split_once(['=', '|']) {
        Some((name, digits)) => (known(name)?, digits),
        None => (known(BY_LENGTH.iter().find(|(_, length)| *length == literal.len())?.0)?, literal),
    };
    let length = BY_LENGTH.iter().chain(NAMED_LENGTH).find(|(name, _)| *name == algorithm).map(|(_, length)| *length);
    let is_hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| Hash {
        algorithm,
        digits: text::escape(digits),
        whole: length.is_none_or(|length| length == digits.len()),
    })
}
