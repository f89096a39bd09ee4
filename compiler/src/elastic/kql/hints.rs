//! Signs of other languages, which are plain characters in KQL.

use super::lex::is_space;

/// What to write where this word stands between two terms.
pub(super) fn joining(word: &str) -> Option<&'static str> {
    match word {
        "&&" | "&" => Some("write `and`"),
        "||" | "|" => Some("write `or`"),
        word if word.starts_with(',') => Some("write `or` between the values of a list, `and` between conditions"),
        _ => None,
    }
}

/// Whether this word compares, or negates, in other languages; what to write in KQL.
fn comparing(word: &str) -> Option<&'static str> {
    match word {
        "=" | "==" | "===" | "=~" => Some("write `field: value`"),
        "!=" | "!==" | "!~" => Some("write `not field: value`"),
        "!" => Some("write `not` in front of the condition"),
        _ => None,
    }
}

/// Where a literal stands: the same sign is more or less likely to be meant.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// A field name, or free text.
    Outer,
    /// Behind a colon or an operator.
    Value,
}

/// The first word of an unquoted literal that looks like an operator, and what to write instead.
///
/// Decision: Kibana reads such words as text, so that they are warned of and not rejected. In a value they may well be meant (`a = b` in a command
/// line): only a word that leaves no doubt counts there.
pub(super) fn operator_in(text: &str, place: Place) -> Option<(&str, &'static str)> {
    let mut words = text.split(is_space).filter(|word| !word.is_empty()).peekable();
    let first = words.next()?;
    let alone = words.peek().is_none();
    let start = match (place, comparing(first)) {
        (Place::Outer, None) if first.starts_with('!') => Some("write `not` in front of the condition"),
        (Place::Outer, found) => found,
        (Place::Value, found) => found.filter(|_| !alone),
    };
    if let Some(help) = start {
        return Some((if first.starts_with('!') && comparing(first).is_none() { "!" } else { first }, help));
    }
    let signs = std::iter::once(first).filter(|_| !alone || place == Place::Outer).chain(words);
    signs.into_iter().find_map(|word| match (word, place) {
        ("&&" | "||", _) => joining(word).map(|help| (word, help)),
        (_, Place::Outer) => comparing(word).map(|help| (word, help)),
        (_, Place::Value) => None,
    })
}

/// An operator of another language at the end of a literal in front of quotes or a parenthesis (`field == "x"`): what stands before it, the sign,
/// whether it negates. Nothing stands before a lone `!`.
pub(super) fn trailing_operator(text: &str) -> Option<(&str, &str, bool)> {
    if text == "!" {
        return Some(("", text, true));
    }
    let (sign, negates) =
        [("!==", true), ("!=", true), ("!~", true), ("===", false), ("==", false), ("=~", false), ("=", false)]
            .into_iter()
            .find(|(sign, _)| text.ends_with(sign))?;
    let head = text.get(..text.len() - sign.len())?.trim_end_matches(is_space);
    (!head.is_empty()).then_some((head, sign, negates))
}
