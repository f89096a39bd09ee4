//! `DISSECT` patterns (ES|QL reference, "Process data with DISSECT"; "Dissect processor").
//!
//! A pattern is a text to start with, then keys, each with the text that ends it. A value ends where that text stands for the first time; the last
//! key without such a text takes the rest.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use memchr::memmem::Finder;

use super::pattern::PatternError;
use super::value::Value;

/// A pattern, ready to cut texts up. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dissect(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// As it was written.
    pattern: Box<str>,
    names: Vec<Box<str>>,
    /// The pattern starts with this text.
    start: Box<str>,
    keys: Vec<Key>,
    separator: Box<str>,
}

#[derive(Debug)]
struct Key {
    target: Target,
    /// `->`: the text that ends it may stand there several times.
    padded: bool,
    /// Ends it; empty for the last key at most.
    end: Finder<'static>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Skip,
    /// The value of this name; the last one counts.
    Name(usize),
    /// A part of this name's value: where it was written, or as its number says.
    Append(usize, Option<u16>),
}

impl Dissect {
    /// Reads a pattern. `append_separator` stands between the values of `%{+key}`.
    ///
    /// An error is a key that is not closed, has no name or two modifiers, stands right behind another one, or refers to another one (`%{*a}`,
    /// `%{&a}`: not in ES|QL), and a pattern without a key that has a name.
    pub fn parse(pattern: &str, append_separator: &str) -> Result<Dissect, PatternError> {
        parse(pattern, append_separator).map(|inner| Dissect(Arc::new(inner)))
    }

    /// The pattern, as it was written.
    pub fn pattern(&self) -> &str {
        &self.0.pattern
    }

    /// What stands between the values of `%{+key}`.
    pub fn append_separator(&self) -> &str {
        &self.0.separator
    }

    /// The names of what it cuts out, in the order in which they first stand in the pattern. All are keywords.
    pub fn names(&self) -> &[Box<str>] {
        &self.0.names
    }

    /// Cuts a text up: `out` gets a value for each name, and all are null if the text does not fit, which is `false`.
    pub fn cut(&self, text: &str, out: &mut [Value]) -> bool {
        out.fill(Value::Null);
        let Some(parts) = self.parts(text) else { return false };
        for (value, part) in out.iter_mut().zip(parts) {
            *value = Value::text(part);
        }
        true
    }

    /// A value for each name: of several values each is cut up on its own, and those that do not fit give nothing.
    pub fn apply(&self, input: &Value) -> Vec<Value> {
        let mut out = vec![Value::Null; self.0.names.len()];
        match input.values() {
            [] => {}
            [one] => {
                if let Some(text) = one.as_text() {
                    self.cut(text, &mut out);
                }
            }
            several => {
                let mut columns: Vec<Vec<Value>> = vec![Vec::new(); out.len()];
                for parts in several.iter().filter_map(Value::as_text).filter_map(|text| self.parts(text)) {
                    for (column, part) in columns.iter_mut().zip(parts) {
                        column.push(Value::text(part));
                    }
                }
                out = columns.into_iter().map(Value::list).collect();
            }
        }
        out
    }

    /// A text for each name, if the text fits.
    fn parts(&self, text: &str) -> Option<Vec<String>> {
        let inner = &*self.0;
        let values = inner.split(text)?;
        let mut parts = vec![String::new(); inner.names.len()];
        let mut appended: Vec<(usize, i32, &str)> = Vec::new();
        // parts without a number come first, in order; from the thousandth on they mix with the numbered ones
        let mut place = -1_000_i32;
        for (key, value) in inner.keys.iter().zip(values) {
            match key.target {
                Target::Skip => {}
                Target::Name(name) => value.clone_into(parts.get_mut(name)?),
                Target::Append(name, Some(number)) => appended.push((name, number.into(), value)),
                Target::Append(name, None) => {
                    appended.push((name, place, value));
                    place = place.saturating_add(1);
                }
            }
        }
        appended.sort_by_key(|(name, place, _)| (*name, *place));
        let mut before = None;
        for (name, _, value) in appended {
            let part = parts.get_mut(name)?;
            if before == Some(name) {
                part.push_str(&inner.separator);
            }
            part.push_str(value);
            before = Some(name);
        }
        Some(parts)
    }
}

impl Inner {
    /// The value of each key. None if the text does not fit: the text that the pattern starts with is not there, or nothing is behind it, or the text
    /// that ends a key does not come any more.
    ///
    /// As the processor does it, the same end several times in a row gives the next keys empty values, whatever ends those; what is behind the end of
    /// the last key is left alone.
    fn split<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let mut rest = text.strip_prefix(&*self.start).filter(|rest| !rest.is_empty())?;
        let mut values = Vec::with_capacity(self.keys.len().min(text.len().saturating_add(1)));
        let mut keys = self.keys.iter();
        while let Some(key) = keys.next() {
            let end = key.end.needle();
            if end.is_empty() {
                values.push(rest);
                rest = "";
                continue;
            }
            let at = key.end.find(rest.as_bytes())?;
            values.push(rest.get(..at)?);
            rest = rest.get(at..)?.get(end.len()..)?;
            let mut padded = key.padded;
            while rest.as_bytes().starts_with(end) {
                if !padded {
                    let Some(next) = keys.next() else { break };
                    values.push("");
                    padded = next.padded;
                }
                rest = rest.get(end.len()..)?;
            }
        }
        (values.len() == self.keys.len()).then_some(values)
    }
}

fn parse(pattern: &str, separator: &str) -> Result<Inner, PatternError> {
    let first = pattern.find("%{").unwrap_or(pattern.len());
    let mut names: Vec<Box<str>> = Vec::new();
    let mut slots: HashMap<&str, usize> = HashMap::new();
    let mut keys = Vec::new();
    let mut at = first;
    while let Some(open) = pattern.get(at..).and_then(|rest| rest.strip_prefix("%{")) {
        let Some((key, behind)) = open.split_once('}') else {
            return Err(PatternError::new(at, "a key of the pattern is not closed").help("write `%{name}`"));
        };
        let until = behind.find("%{").unwrap_or(behind.len());
        let end = behind.get(..until).unwrap_or_default();
        let next = pattern.len().saturating_sub(behind.len()).saturating_add(until);
        if end.is_empty() && until < behind.len() {
            return Err(PatternError::new(next, format!("nothing stands between the key `{key}` and the next one"))
                .help("write the text that ends the first of them between the two"));
        }
        let (name, modifier, padded) = read_key(key, at.saturating_add(2))?;
        let mut slot = || {
            *slots.entry(name).or_insert_with(|| {
                names.push(name.into());
                names.len().saturating_sub(1)
            })
        };
        let target = match modifier {
            Modifier::Skip => Target::Skip,
            Modifier::None => Target::Name(slot()),
            Modifier::Append(number) => Target::Append(slot(), number),
        };
        keys.push(Key { target, padded, end: Finder::new(end.as_bytes()).into_owned() });
        at = next;
    }
    if names.is_empty() {
        return Err(PatternError::new(0, "the pattern has no key with a name")
            .help("write `%{name}` for what becomes a column"));
    }
    let mut appended = vec![false; names.len()];
    for key in &keys {
        if let Target::Append(name, _) = key.target
            && let Some(appended) = appended.get_mut(name)
        {
            *appended = true;
        }
    }
    // a name that is appended to somewhere is appended to everywhere
    for key in &mut keys {
        if let Target::Name(name) = key.target
            && appended.get(name) == Some(&true)
        {
            key.target = Target::Append(name, None);
        }
    }
    let start = pattern.get(..first).unwrap_or_default().into();
    Ok(Inner { pattern: pattern.into(), names, start, keys, separator: separator.into() })
}

enum Modifier {
    None,
    Skip,
    Append(Option<u16>),
}

/// The name, the modifier and whether it ends in `->`. As in the processor, what stands before the modifier is not read.
fn read_key(key: &str, at: usize) -> Result<(&str, Modifier, bool), PatternError> {
    let (body, padded) = match key.strip_suffix("->") {
        Some(body) => (body, true),
        None => (key, false),
    };
    let mut modifiers = body.match_indices(['+', '*', '&', '?', '/']);
    let (first, second, third) = (modifiers.next(), modifiers.next(), modifiers.next());
    let Some((first_at, first)) = first else {
        return Ok((body, if body.is_empty() { Modifier::Skip } else { Modifier::None }, padded));
    };
    let place = at.saturating_add(first_at);
    let named = body.get(first_at.saturating_add(1)..).unwrap_or_default();
    let ordered = first == "+" && second.is_some_and(|(_, second)| second == "/");
    if third.is_some() || (second.is_some() && !ordered) {
        return Err(PatternError::new(place, format!("the key `{key}` has several modifiers"))
            .help("a key has one of `+`, `?` before its name, and `/1` behind the name of an appended one"));
    }
    let (name, modifier) = match first {
        "?" => (named, Modifier::Skip),
        "+" => match named.split_once('/') {
            None => (named, Modifier::Append(None)),
            Some((name, number)) => match number.parse() {
                Ok(number) if number <= 32_767 => (name, Modifier::Append(Some(number))),
                _ => {
                    return Err(PatternError::new(place, format!("`{number}` is not a place among appended values"))
                        .help("write a whole number from 0 to 32767 behind `/`"));
                }
            },
        },
        "/" => {
            return Err(PatternError::new(place, format!("the key `{key}` has a place but is not appended"))
                .help("write `%{+name/1}`"));
        }
        _ => {
            return Err(PatternError::new(
                place,
                format!("`%{{{key}}}` is a reference key, which ES|QL does not have"),
            )
            .help("give the key a name of its own"));
        }
    };
    if name.is_empty() && !matches!(modifier, Modifier::Skip) {
        return Err(PatternError::new(place, format!("the key `{key}` has no name")).help("write `%{+name}`"));
    }
    Ok((name, modifier, padded))
}
