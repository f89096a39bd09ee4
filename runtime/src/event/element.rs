//! Looking into arrays: the elements of an array, and paths inside one element.
//!
//! Rules with array quantifiers ask which elements satisfy a body, so they need elements one by one instead of all values
//! together. Few rules do, so this reads the JSON text again, slowly and plainly, into memory that the caller lends. It expects text that the
//! decoder accepted: on anything else it stops early, and it never goes deeper than the decoder allows.

use std::borrow::Cow;
use std::cmp::Ordering;

use bumpalo::Bump;
use bumpalo::collections::{String, Vec as List};

use super::json::MAX_DEPTH;
use super::text::unescape_into;
use crate::stars;

/// A value as JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a> {
    raw: &'a [u8],
    depth: usize,
}

/// A value without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written.
    Number(&'a str),
    /// A string: what stands between its quotes, escapes and all.
    Text(&'a [u8]),
}

impl<'a> Json<'a> {
    /// The value that this text is.
    pub(crate) fn new(raw: &'a [u8]) -> Self {
        Self { raw: raw.trim_ascii(), depth: 0 }
    }

    /// Its text.
    pub(crate) fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// Whether it is an array.
    pub(crate) fn is_array(self) -> bool {
        self.raw.first() == Some(&b'[')
    }

    /// Whether it is an object.
    pub(crate) fn is_object(self) -> bool {
        self.raw.first() == Some(&b'{')
    }

    /// The elements of an array; of anything else, itself as the only one.
    pub(crate) fn elements(self) -> impl Iterator<Item = Json<'a>> + Clone {
        let itself = (!self.is_array()).then_some(self);
        let parts = if itself.is_some() { Parts { of: self, at: self.raw.len() } } else { self.parts() };
        itself.into_iter().chain(parts.map(|(_, value)| value))
    }

    /// The keys of an object, as [`Scalar::Text`] has them, and their values.
    pub(crate) fn members(self) -> impl Iterator<Item = (&'a [u8], Json<'a>)> {
        self.parts().filter_map(|(key, value)| Some((key?, value)))
    }

    /// Whether a scalar satisfies `test`: itself, or one that arrays hold. Objects hold none.
    pub(crate) fn any_scalar(self, test: &mut dyn FnMut(Scalar<'a>) -> bool) -> bool {
        if self.is_array() {
            self.parts().any(|(_, value)| value.any_scalar(test))
        } else {
            self.scalar().is_some_and(test)
        }
    }

    /// What a dotted path names inside this value: the best spelling's values, arrays not taken apart. Nothing if the path is
    /// missing. `.` names the value itself. Arrays on the way are walked. `spare` is room for a key.
    pub(crate) fn at<'m>(self, path: &str, memory: &'m Bump, spare: &mut Vec<u8>) -> List<'m, Json<'a>> {
        if path == "." {
            return bumpalo::vec![in memory; self];
        }
        let mut best = Best { rank: None, values: List::new_in(memory) };
        self.descend(Some(path), &mut List::new_in(memory), spare, &mut best);
        best.values
    }

    /// The parts of this value whose dotted path matches a pattern, in which `*` stands for any run of characters; elements of arrays have the path of
    /// the array. Objects are walked, not handed over.
    pub(crate) fn like<'m>(self, pattern: &str, memory: &'m Bump, spare: &mut Vec<u8>) -> List<'m, Json<'a>> {
        let mut found = List::new_in(memory);
        if self.may_have(pattern) {
            self.walk(pattern, &mut String::new_in(memory), spare, &mut found);
        }
        found
    }

    /// Every text inside this value: its dotted path, and what stands between its quotes. Texts in arrays have the path of the array.
    pub(crate) fn each_text(self, found: &mut dyn FnMut(&str, &'a [u8])) {
        self.each_text_below(&mut std::string::String::new(), &mut Vec::new(), found);
    }

    fn each_text_below(
        self,
        path: &mut std::string::String,
        spare: &mut Vec<u8>,
        found: &mut dyn FnMut(&str, &'a [u8]),
    ) {
        if let Some(Scalar::Text(content)) = self.scalar() {
            return found(path, content);
        }
        for (key, value) in self.parts() {
            let length = path.len();
            if let Some(key) = key {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&unescaped(key, spare));
            }
            value.each_text_below(path, spare, found);
            path.truncate(length);
        }
    }

    /// Whether the keys in front of the pattern's first `*` can stand here: a look at the text, 25 times faster than a walk over it.
    fn may_have(self, pattern: &str) -> bool {
        let fixed = pattern.split_once('*').map_or(pattern, |(fixed, _)| fixed);
        let Some((keys, _)) = fixed.rsplit_once('.') else { return true };
        if keys.contains(['\\', '/', '"']) {
            return true;
        }
        let has = |key: &str| {
            let is_key = |at: usize| {
                let Some((before, rest)) = self.raw.split_at_checked(at) else { return false };
                let behind = rest.get(key.len()..).unwrap_or_default();
                (before.ends_with(b"\"") || before.ends_with(b"."))
                    && (behind.starts_with(b".") || behind.starts_with(b"\""))
            };
            memchr::memmem::find_iter(self.raw, key).any(is_key)
        };
        // the last one is the rarest
        keys.rsplit('.').all(has) || memchr::memmem::find(self.raw, b"\\u").is_some()
    }

    fn walk(self, pattern: &str, path: &mut String<'_>, spare: &mut Vec<u8>, found: &mut List<'_, Json<'a>>) {
        if !self.is_array() && !self.is_object() {
            return;
        }
        let fixed = pattern.split('*').next().unwrap_or_default();
        for (key, value) in self.parts() {
            let length = path.len();
            if let Some(key) = key {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&unescaped(key, spare));
                if !value.is_object() && stars::matches(pattern, path) {
                    found.push(value);
                }
            }
            if leads_to(path, fixed) {
                value.walk(pattern, path, spare, found);
            }
            path.truncate(length);
        }
    }

    /// `path` is what of the path lies below this value; none at its end.
    fn descend<'m>(self, path: Option<&str>, keys: &mut List<'m, usize>, spare: &mut Vec<u8>, best: &mut Best<'m, 'a>) {
        let Some(path) = path else { return best.offer(self, keys) };
        for (key, value) in self.parts() {
            let Some(key) = key else {
                // an element of an array
                value.descend(Some(path), keys, spare, best);
                continue;
            };
            let key = unescaped(key, spare);
            let Some(segments) = consumed(path, &key) else { continue };
            let below = path.get(key.len() + 1..);
            keys.push(usize::MAX - segments);
            value.descend(below, keys, spare, best);
            keys.pop();
        }
    }

    /// The scalar that it is; containers are none.
    pub(crate) fn scalar(self) -> Option<Scalar<'a>> {
        match self.raw.first()? {
            b'"' => Some(Scalar::Text(content(self.raw))),
            b't' => Some(Scalar::Bool(true)),
            b'f' => Some(Scalar::Bool(false)),
            b'n' => Some(Scalar::Null),
            b'{' | b'[' => None,
            _ => std::str::from_utf8(self.raw).ok().map(Scalar::Number),
        }
    }

    /// The members of an object with their keys, or the elements of an array.
    fn parts(self) -> Parts<'a> {
        let has_parts = self.depth < MAX_DEPTH && (self.is_array() || self.is_object());
        Parts { of: self, at: if has_parts { 1 } else { self.raw.len() } }
    }
}

/// The parts of a value from some place on.
#[derive(Clone)]
struct Parts<'a> {
    of: Json<'a>,
    at: usize,
}

impl<'a> Iterator for Parts<'a> {
    /// A key, as [`Scalar::Text`] has it, and the value.
    type Item = (Option<&'a [u8]>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = if self.of.is_object() { Some(content(self.token()?)) } else { None };
        let raw = self.token()?;
        Some((key, Json { raw, depth: self.of.depth + 1 }))
    }
}

impl<'a> Parts<'a> {
    /// The next key or value; none at the end, which stays the end.
    fn token(&mut self) -> Option<&'a [u8]> {
        let raw = self.of.raw;
        let is_between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b':');
        let start = self.at + raw.get(self.at..)?.iter().take_while(|byte| is_between(byte)).count();
        let end = skip(raw, start);
        self.at = if end == start { raw.len() } else { end };
        raw.get(start..end).filter(|token| !token.is_empty())
    }
}

/// The values of the best spelling so far: fewest keys, then the longest first keys.
struct Best<'m, 'a> {
    /// None before there is one.
    rank: Option<List<'m, usize>>,
    values: List<'m, Json<'a>>,
}

impl<'m, 'a> Best<'m, 'a> {
    fn offer(&mut self, value: Json<'a>, keys: &List<'m, usize>) {
        let order = self.rank.as_ref().map(|rank| keys.len().cmp(&rank.len()).then_with(|| keys.cmp(rank)));
        match order {
            Some(Ordering::Greater) => return,
            Some(Ordering::Equal) => {}
            Some(Ordering::Less) | None => {
                self.rank = Some(keys.clone());
                self.values.clear();
            }
        }
        self.values.push(value);
    }
}

/// Whether paths below `path` can start with `start`.
fn leads_to(path: &str, start: &str) -> bool {
    match start.strip_prefix(path) {
        Some(rest) => path.is_empty() || rest.is_empty() || rest.starts_with('.'),
        None => path.starts_with(start),
    }
}

/// How many segments of the path a key covers: all of it, or up to a dot.
fn consumed(path: &str, key: &str) -> Option<usize> {
    let rest = path.strip_prefix(key)?;
    if !rest.is_empty() && !rest.starts_with('.') {
        return None;
    }
    Some(key.split('.').count())
}

/// Where the value that starts at `at` ends; `at` itself where none starts.
fn skip(raw: &[u8], at: usize) -> usize {
    match raw.get(at) {
        None | Some(b']' | b'}' | b',' | b':') => at,
        Some(b'"') => skip_string(raw, at),
        Some(b'{' | b'[') => {
            let (mut depth, mut end) = (0_usize, at);
            while let Some(byte) = raw.get(end) {
                match byte {
                    b'"' => {
                        end = skip_string(raw, end);
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                end += 1;
                if depth == 0 {
                    break;
                }
            }
            end
        }
        Some(_) => {
            let is_part = |byte: &u8| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b']' | b'}' | b':');
            at + raw[at..].iter().take_while(|byte| is_part(byte)).count()
        }
    }
}

fn skip_string(raw: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(next) = raw.get(end..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        end += next;
        if raw[end] == b'"' {
            return end + 1;
        }
        end += 2;
    }
    raw.len()
}

/// What stands between the quotes of a string.
fn content(raw: &[u8]) -> &[u8] {
    raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default()
}

/// The text of a string, of what stands between its quotes; `spare` is room for it.
pub(crate) fn unescaped<'t>(content: &'t [u8], spare: &'t mut Vec<u8>) -> Cow<'t, str> {
    if memchr::memchr(b'\\', content).is_none() {
        return std::string::String::from_utf8_lossy(content);
    }
    spare.clear();
    unescape_into(content, spare);
    std::string::String::from_utf8_lossy(spare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(found: impl IntoIterator<Item = Json<'a>>) -> Vec<&'a str> {
        found.into_iter().map(|value| std::str::from_utf8(value.raw()).unwrap()).collect()
    }

    #[track_caller]
    fn check(json: &str, path: &str, expected: &[&str]) {
        let (arena, mut spare) = (Bump::new(), Vec::new());
        let found = Json::new(json.as_bytes()).at(path, &arena, &mut spare);
        assert_eq!(texts(found), expected, "{path} in {json}");
    }

    #[test]
    fn paths() {
        check(r#"{"a":1,"b":[2]}"#, "b", &["[2]"]);
        check(r#"{"a.b":1,"a":{"b":2}}"#, "a.b", &["1"]);
        check(r#"{"a":{"b":2},"a.b":1}"#, "a.b", &["1"]);
        check(r#"{"a":{"b.c":1,"b":{"c":2}},"a.b":{"c":3}}"#, "a.b.c", &["3"]);
        check(r#"{"a":[{"b":2},{"b":"x"},{"c":[]}]}"#, "a.b", &["2", "\"x\""]);
        check(r#" { "\u0061" : { "b" : null } } "#, "a.b", &["null"]);
        check(r#"{"a":1}"#, "a.b", &[]);
        check(r#"{"ab":1}"#, "a", &[]);
        check(r#""x""#, ".", &["\"x\""]);
        check(r#"{"":{"":1}}"#, ".x", &[]);
        check("7", "a", &[]);
        check(r#"{"a":{"b":1,"\u0062":2},"a.c":3}"#, "a.b", &["1", "2"]);
        check(r#"{"a":{"":1},"a.":2}"#, "a.", &["2"]);
        check(r#"{"a":{"":1}}"#, "a.", &["1"]);
    }

    #[test]
    fn patterns_of_paths() {
        let event = Json::new(br#"{"a":[{"x":{"v":1}},{"y":{"v":[2,3]}}],"a.z":{"v":{}},"av":4,"b":{"a.v":5}}"#);
        let arena = Bump::new();
        let like = |pattern: &str| texts(event.like(pattern, &arena, &mut Vec::new()));
        assert_eq!(like("a.*.v"), ["1", "[2,3]"]);
        assert_eq!(like("*v"), ["1", "[2,3]", "4", "5"]);
        assert_eq!(like("a*v"), ["1", "[2,3]", "4"]);
        assert_eq!(like("*.a.*"), ["5"]);
        assert_eq!(like("av"), ["4"]);
        assert_eq!(like("a").len(), 1, "an array has the path too");
        assert!(like("").is_empty() && like("b").is_empty());
        let escaped = Json::new(br#"{"a\u002eb":{"\u0063":1}}"#);
        assert_eq!(texts(escaped.like("a.c", &arena, &mut Vec::new())), [""; 0]);
        assert_eq!(texts(escaped.like("a.b.*", &arena, &mut Vec::new())), ["1"]);
        let keys =
            Json::new(br#"{"ab":{"c":0},"a":[{"b":{"c":1}},"a"],"a.bc":{"d":2},"x":{"a":{"b":{"c":3}}},"b":"a"}"#);
        let like = |pattern: &str| texts(keys.like(pattern, &arena, &mut Vec::new()));
        assert_eq!(like("a.b.*"), ["1"]);
        assert_eq!(like("a.b*"), ["1", "2"]);
        assert_eq!(like("a*c"), ["0", "1"]);
        assert_eq!(like("b.*"), [""; 0]);
        assert_eq!(like("c.*"), [""; 0]);
        assert_eq!(like("*.b.c"), ["1", "3"]);
    }

    fn scalars_of(json: Json<'_>) -> Vec<Scalar<'_>> {
        let mut found = Vec::new();
        json.any_scalar(&mut |scalar| {
            found.push(scalar);
            false
        });
        found
    }

    #[test]
    fn elements_and_scalars() {
        let array = Json::new(br#"[1, "a,]\"\\", [true, null], {"b": [1]}]"#);
        assert_eq!(texts(array.elements()), ["1", r#""a,]\"\\""#, "[true, null]", r#"{"b": [1]}"#]);
        let scalars = [Scalar::Number("1"), Scalar::Text(br#"a,]\"\\"#), Scalar::Bool(true), Scalar::Null];
        assert_eq!(scalars_of(array), scalars);
        assert_eq!(unescaped(br#"a,]\"\\"#, &mut Vec::new()), "a,]\"\\");
        assert_eq!(texts(Json::new(b"[]").elements()), [""; 0]);
        assert_eq!(texts(Json::new(b" {} ").elements()), ["{}"]);
        assert!(array.any_scalar(&mut |scalar| scalar == Scalar::Null));
        assert!(!array.any_scalar(&mut |scalar| scalar == Scalar::Number("2")));
    }

    #[test]
    fn broken_text_ends_early() {
        for raw in ["", "[", "{", "{\"a", "{\"a\":", "[1,,", "]", "[}", "\"\\", "{\"a\":}", "[[[", "{:::}", "[:]"] {
            read(raw);
        }
        read(&"[".repeat(100_000));
        read(&"{\"a\":".repeat(100_000));
    }

    fn read(raw: &str) {
        let (json, arena, mut spare) = (Json::new(raw.as_bytes()), Bump::new(), Vec::new());
        let _ = (json.elements().count(), scalars_of(json));
        let _ = (json.at("a.b", &arena, &mut spare), json.like("*", &arena, &mut spare));
    }
}
