//! `REPLACE` (ES|QL reference, "REPLACE"; Java, `Matcher.appendReplacement`).

use std::collections::HashMap;
use std::sync::Arc;

use super::{MAX_BYTES, java};
use crate::table::expr::{Context, MOST_PATTERNS, compiled};
use crate::table::value::Value;

/// Expressions that look around or back may take time by the square of a text's length: they are not tried on longer texts.
const MAX_HARD: usize = 16 << 10;

/// The text with all matches replaced; null with a warning if the expression or the replacement is none, or if the result is too long.
pub(super) fn replace(text: &str, pattern: &str, replacement: &str, cx: &mut Context) -> Option<Value> {
    let result = replaced(text, pattern, replacement, cx);
    cx.warnings.other += u64::from(result.is_none());
    result.map(Value::text)
}

/// Expressions that were met, by what they are in Java: one for each kind of text ([`java::Text::kind`]) that was searched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replacers(HashMap<Box<str>, [Option<Replacer>; java::Text::KINDS]>);

/// An expression, if it is one.
type Replacer = Option<(Arc<fancy_regex::Regex>, bool)>;

impl Replacers {
    /// The expression for such a text, and whether it looks around or back.
    fn find(&mut self, pattern: &str, text: java::Text) -> Replacer {
        if !self.0.contains_key(pattern) {
            if self.0.len() >= MOST_PATTERNS {
                self.0.clear();
            }
            self.0.insert(pattern.into(), Default::default());
        }
        let translate = || {
            let java::Translated { pattern, hard } = java::translated(pattern, text).ok()?;
            Some((compiled(&pattern)?, hard))
        };
        self.0.get_mut(pattern)?.get_mut(text.kind())?.get_or_insert_with(translate).clone()
    }
}

fn replaced(text: &str, pattern: &str, replacement: &str, cx: &mut Context) -> Option<String> {
    let (pattern, hard) = cx.replacers.find(pattern, java::Text::of(text))?;
    if hard && text.len() > MAX_HARD {
        return None;
    }
    let mut out = String::new();
    let mut parts: Option<Vec<Part>> = None;
    let (mut copied, mut from) = (0, 0);
    while from <= text.len() {
        let Some(found) = pattern.find_from_pos(text, from).ok()? else { break };
        // the replacement is read only if there is something to replace
        if parts.is_none() {
            parts = Some(read(replacement, &pattern)?);
        }
        let parts = parts.as_deref().unwrap_or_default();
        out.push_str(text.get(copied..found.start())?);
        let groups = match parts {
            [] | [Part::Text(_)] => None,
            [..] => pattern.captures_from_pos(text, from).ok()?,
        };
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(group) => {
                    let group = groups.as_ref().and_then(|groups| groups.get(*group));
                    out.push_str(group.map_or("", |group| group.as_str()));
                }
            }
        }
        if out.len() > MAX_BYTES {
            return None;
        }
        copied = found.end();
        // behind an empty match the search goes on one character further; one right behind another match counts, unlike in `regex`
        from = found.end();
        if found.start() == found.end() {
            from = from.saturating_add(text.get(from..)?.chars().next().map_or(1, char::len_utf8));
        }
    }
    out.push_str(text.get(copied..)?);
    (out.len() <= MAX_BYTES).then_some(out)
}

/// A piece of a replacement.
enum Part {
    Text(String),
    Group(usize),
}

/// `$1`, `${name}`, and `\` in front of what stands for itself; `None` for what Java takes for an error.
fn read(replacement: &str, pattern: &fancy_regex::Regex) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut chars = replacement.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next()?),
            '$' => {
                parts.push(Part::Text(std::mem::take(&mut text)));
                let group = if chars.next_if_eq(&'{').is_some() {
                    let mut name = String::new();
                    while let Some(c) = chars.next_if(char::is_ascii_alphanumeric) {
                        name.push(c);
                    }
                    chars.next_if_eq(&'}')?;
                    pattern.capture_names().position(|known| known == Some(name.as_str()))?
                } else {
                    let mut group = chars.next()?.to_digit(10)? as usize;
                    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                        let longer = group.saturating_mul(10).saturating_add(digit as usize);
                        if longer >= pattern.captures_len() {
                            break;
                        }
                        group = longer;
                        chars.next();
                    }
                    (group < pattern.captures_len()).then_some(group)?
                };
                parts.push(Part::Group(group));
            }
            c => text.push(c),
        }
    }
    parts.push(Part::Text(text));
    Some(parts)
}
