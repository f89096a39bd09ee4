//! Looking into arrays: the elements of an array, and paths inside one element.
//!
//! Rules with array quantifiers ask which elements satisfy a body, so they need elements one by one instead of all values
//! together. Few rules do, so this reads the JSON text again, slowly and plainly. It expects text that the decoder accepted:
//! on anything else it stops early, and it never goes deeper than the decoder allows.

use super::json::MAX_DEPTH;
use super::text::unescape_into;
use crate::stars;
use std::borrow::Cow;

/// A value as JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a> {
    raw: &'a [u8],
    depth: usize,
}

/// A value without parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written.
    Number(&'a str),
    /// A string, escapes resolved.
    Text(Cow<'a, str>),
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
    pub(crate) fn elements(self) -> Vec<Json<'a>> {
        if self.is_array() { self.parts().into_iter().map(|(_, value)| value).collect() } else { vec![self] }
    }

    /// Its scalars: itself, or what arrays hold. Objects hold none.
    pub(crate) fn scalars(self) -> Vec<Scalar<'a>> {
        let mut out = Vec::new();
        self.collect_scalars(&mut out);
        out
    }

    /// What a dotted path names inside this value: the best spelling's values, arrays not taken apart. Nothing if the path is
    /// missing. `.` names the value itself. Arrays on the way are walked.
    pub(crate) fn at(self, path: &str) -> Vec<Json<'a>> {
        if path == "." {
            return vec![self];
        }
        let segments: Vec<&str> = path.split('.').collect();
        let mut best = Best { rank: (usize::MAX, Vec::new()), values: Vec::new() };
        self.descend(path, &segments, &mut Vec::new(), &mut best);
        best.values
    }

    /// The parts of this value whose dotted path matches a pattern, in which `*` stands for any run of characters; elements of arrays have the path of
    /// the array. Objects are walked, not handed over.
    pub(crate) fn like(self, pattern: &str) -> Vec<Json<'a>> {
        let mut found = Vec::new();
        self.walk(pattern, &mut String::new(), &mut found);
        found
    }

    fn walk(self, pattern: &str, path: &mut String, found: &mut Vec<Json<'a>>) {
        if !self.is_array() && !self.is_object() {
            return;
        }
        for (key, value) in self.parts() {
            let length = path.len();
            if let Some(key) = key {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&key);
                if !value.is_object() && stars::matches(pattern, path) {
                    found.push(value);
                }
            }
            value.walk(pattern, path, found);
            path.truncate(length);
        }
    }

    fn descend(self, path: &str, rest: &[&str], keys: &mut Vec<usize>, best: &mut Best<'a>) {
        if rest.is_empty() {
            return best.offer(self, keys);
        }
        for (key, value) in self.parts() {
            let Some(key) = key else {
                // an element of an array
                value.descend(path, rest, keys, best);
                continue;
            };
            let Some(segments) = consumed(path, &key) else { continue };
            keys.push(usize::MAX - segments);
            let below = path.get(key.len() + 1..).unwrap_or_default();
            value.descend(below, &rest[segments..], keys, best);
            keys.pop();
        }
    }

    fn collect_scalars(self, out: &mut Vec<Scalar<'a>>) {
        if self.is_array() {
            for (_, value) in self.parts() {
                value.collect_scalars(out);
            }
        } else {
            out.extend(self.scalar());
        }
    }

    /// The scalar that it is; containers are none.
    pub(crate) fn scalar(self) -> Option<Scalar<'a>> {
        match self.raw.first()? {
            b'"' => Some(Scalar::Text(unquote(self.raw))),
            b't' => Some(Scalar::Bool(true)),
            b'f' => Some(Scalar::Bool(false)),
            b'n' => Some(Scalar::Null),
            b'{' | b'[' => None,
            _ => std::str::from_utf8(self.raw).ok().map(Scalar::Number),
        }
    }

    /// The members of an object with their keys, or the elements of an array.
    fn parts(self) -> Vec<(Option<Cow<'a, str>>, Json<'a>)> {
        let mut parts = Vec::new();
        if self.depth >= MAX_DEPTH || !(self.is_array() || self.is_object()) {
            return parts;
        }
        let (mut at, raw) = (1, self.raw);
        let space = |mut at: usize| {
            while raw.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b':')) {
                at += 1;
            }
            at
        };
        loop {
            at = space(at);
            let mut key = None;
            if self.is_object() {
                let end = skip(raw, at);
                if end == at {
                    return parts;
                }
                key = Some(unquote(&raw[at..end]));
                at = space(end);
            }
            let end = skip(raw, at);
            if end == at {
                return parts;
            }
            parts.push((key, Json { raw: &raw[at..end], depth: self.depth + 1 }));
            at = end;
        }
    }
}

/// The values of the best spelling so far: fewest keys, then the longest first keys.
struct Best<'a> {
    rank: (usize, Vec<usize>),
    values: Vec<Json<'a>>,
}

impl<'a> Best<'a> {
    fn offer(&mut self, value: Json<'a>, keys: &[usize]) {
        let rank = (keys.len(), keys.to_vec());
        if rank < self.rank {
            self.rank = rank;
            self.values.clear();
        } else if rank > self.rank {
            return;
        }
        self.values.push(value);
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

/// The text of a quoted string.
fn unquote(raw: &[u8]) -> Cow<'_, str> {
    let content = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if memchr::memchr(b'\\', content).is_none() {
        return String::from_utf8_lossy(content);
    }
    let mut text = Vec::with_capacity(content.len());
    unescape_into(content, &mut text);
    Cow::Owned(String::from_utf8(text).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, path: &str, expected: &[&str]) {
        let found: Vec<_> = Json::new(json.as_bytes())
            .at(path)
            .into_iter()
            .map(|value| std::str::from_utf8(value.raw()).unwrap())
            .collect();
        assert_eq!(found, expected, "{path} in {json}");
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
    }

    #[test]
    fn patterns_of_paths() {
        let event = Json::new(br#"{"a":[{"x":{"v":1}},{"y":{"v":[2,3]}}],"a.z":{"v":{}},"av":4,"b":{"a.v":5}}"#);
        let like = |pattern: &str| -> Vec<_> {
            event.like(pattern).into_iter().map(|value| std::str::from_utf8(value.raw()).unwrap()).collect()
        };
        assert_eq!(like("a.*.v"), ["1", "[2,3]"]);
        assert_eq!(like("*v"), ["1", "[2,3]", "4", "5"]);
        assert_eq!(like("a*v"), ["1", "[2,3]", "4"]);
        assert_eq!(like("*.a.*"), ["5"]);
        assert_eq!(like("av"), ["4"]);
        assert_eq!(like("a").len(), 1, "an array has the path too");
        assert!(like("").is_empty() && like("b").is_empty());
    }

    #[test]
    fn elements_and_scalars() {
        let array = Json::new(br#"[1, "a,]\"\\", [true, null], {"b": [1]}]"#);
        let elements: Vec<_> =
            array.elements().into_iter().map(|element| std::str::from_utf8(element.raw()).unwrap()).collect();
        assert_eq!(elements, ["1", r#""a,]\"\\""#, "[true, null]", r#"{"b": [1]}"#]);
        assert_eq!(
            array.scalars(),
            [Scalar::Number("1"), Scalar::Text("a,]\"\\".into()), Scalar::Bool(true), Scalar::Null]
        );
        assert!(Json::new(b"[]").elements().is_empty());
    }

    #[test]
    fn broken_text_ends_early() {
        for raw in ["", "[", "{", "{\"a", "{\"a\":", "[1,,", "]", "[}", "\"\\", "{\"a\":}", "[[[", "{:::}", "[:]"] {
            let json = Json::new(raw.as_bytes());
            let _ = (json.elements(), json.scalars(), json.at("a.b"));
        }
        let deep = "[".repeat(100_000);
        let _ = (Json::new(deep.as_bytes()).scalars(), Json::new(deep.as_bytes()).at("a"));
    }
}
