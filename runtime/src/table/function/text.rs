//! Functions on texts (ES|QL reference, "String functions").

mod fuzzy;
mod hash;
mod java;
mod json;
mod lucene;
mod replace;
#[cfg(test)]
mod tests;
mod url;
mod wildcard;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation as _;

pub use java::is_java_pattern;
pub(crate) use replace::Replacers;

use super::singles;
use crate::table::expr::{Context, single};
use crate::table::value::{Type, Value};

/// Functions on texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextFunction {
    /// `CONCAT(string1, string2, ..)`
    Concat,
    /// `LENGTH`: in code points.
    Length,
    /// `BIT_LENGTH`: in bits of UTF-8.
    BitLength,
    /// `BYTE_LENGTH`: in bytes of UTF-8.
    ByteLength,
    /// `SUBSTRING(string, start, length)`: counted from 1, from the end if `start` is negative; without `length`, to the end.
    Substring,
    /// `LEFT(string, length)`
    Left,
    /// `RIGHT(string, length)`
    Right,
    /// `TRIM`
    Trim,
    /// `LTRIM`
    LTrim,
    /// `RTRIM`
    RTrim,
    /// `TO_LOWER`: of each value.
    ToLower,
    /// `TO_UPPER`: of each value.
    ToUpper,
    /// `REVERSE`: what a reader takes for one character stays as it is.
    Reverse,
    /// `REPLACE(string, regex, newString)`, with expressions of `java.util.regex`.
    Replace,
    /// `SPLIT(string, delim)`: the delimiter is one byte.
    Split,
    /// `LOCATE(string, substring, start)`: counted from 1; 0 if it is not there.
    Locate,
    /// `STARTS_WITH(string, prefix)`
    StartsWith,
    /// `ENDS_WITH(string, suffix)`
    EndsWith,
    /// `CONTAINS(string, substring)`
    Contains,
    /// `REPEAT(string, number)`
    Repeat,
    /// `SPACE(number)`
    Space,
    /// `HASH(algorithm, input)`, with the names of Java's algorithms.
    Hash,
    /// `MD5`
    Md5,
    /// `SHA1`
    Sha1,
    /// `SHA256`
    Sha256,
    /// `FROM_BASE64`: what is no UTF-8 becomes U+FFFD.
    FromBase64,
    /// `TO_BASE64`
    ToBase64,
    /// `URL_ENCODE`: a blank becomes `+`.
    UrlEncode,
    /// `URL_ENCODE_COMPONENT`: a blank becomes `%20`.
    UrlEncodeComponent,
    /// `URL_DECODE`
    UrlDecode,
    /// `JSON_EXTRACT(string, path)`
    JsonExtract,
    /// `MATCH(field, text, {"fuzziness": n})` on a keyword: `(field, text, fuzziness, prefix_length)`. True if some whole value is at most so many
    /// edits away, else false. The fuzziness is a whole number or `AUTO`, the prefix is not edited; both may be left out (no edit, no prefix).
    Fuzzy,
    /// The same on a text: true if some word of some value, in lower case, is so close to some word of the text.
    FuzzyWords,
    /// `value LIKE pattern`, with a pattern that is a value.
    MatchesLike,
    /// `value RLIKE pattern`, with a pattern that is a value.
    MatchesRlike,
}

/// No function makes a longer text (Elasticsearch, `MAX_BYTES_REF_RESULT_SIZE`).
const MAX_BYTES: usize = 1 << 20;

/// As Java's decoder: bits behind the last byte are ignored, and padding is whole or missing.
const BASE64: GeneralPurpose = base64_with(DecodePaddingMode::RequireCanonical);
const BASE64_WITHOUT_PADDING: GeneralPurpose = base64_with(DecodePaddingMode::RequireNone);

const fn base64_with(padding: DecodePaddingMode) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(padding).with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::STANDARD, config)
}

/// Calls a function of this family.
pub(super) fn call(function: TextFunction, _result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    computed(function, arguments, cx).unwrap_or_default()
}

/// The value; `None` for null.
fn computed(function: TextFunction, arguments: &[Value], cx: &mut Context) -> Option<Value> {
    Some(match function {
        TextFunction::Concat => concat(arguments, cx)?,
        TextFunction::Length => count(text(arguments, cx)?.chars().count(), cx),
        TextFunction::BitLength => count(text(arguments, cx)?.len().saturating_mul(8), cx),
        TextFunction::ByteLength => count(text(arguments, cx)?.len(), cx),
        TextFunction::Substring => substring(arguments, cx)?,
        TextFunction::Left => {
            let [string, length] = singles(arguments, cx)?;
            let string = string.as_text()?;
            Value::text(head(string, counted(&length)?))
        }
        TextFunction::Right => {
            let [string, length] = singles(arguments, cx)?;
            let string = string.as_text()?;
            let length = counted(&length)?;
            Value::text(tail(string, string.chars().count().saturating_sub(length)))
        }
        TextFunction::Trim => Value::text(text(arguments, cx)?.trim_matches(is_blank)),
        TextFunction::LTrim => Value::text(text(arguments, cx)?.trim_start_matches(is_blank)),
        TextFunction::RTrim => Value::text(text(arguments, cx)?.trim_end_matches(is_blank)),
        TextFunction::ToLower => each(arguments, |text| Value::text(text.to_lowercase())),
        TextFunction::ToUpper => each(arguments, |text| Value::text(text.to_uppercase())),
        TextFunction::Reverse => Value::text(text(arguments, cx)?.graphemes(true).rev().collect::<String>()),
        TextFunction::Replace => {
            let [string, pattern, replacement] = singles(arguments, cx)?;
            replace::replace(string.as_text()?, pattern.as_text()?, replacement.as_text()?, cx)?
        }
        TextFunction::Split => split(arguments, cx)?,
        TextFunction::Locate => locate(arguments, cx)?,
        TextFunction::StartsWith => {
            let [string, prefix] = singles(arguments, cx)?;
            Value::Bool(string.as_text()?.starts_with(prefix.as_text()?))
        }
        TextFunction::EndsWith => {
            let [string, suffix] = singles(arguments, cx)?;
            Value::Bool(string.as_text()?.ends_with(suffix.as_text()?))
        }
        TextFunction::Contains => {
            let [string, part] = singles(arguments, cx)?;
            Value::Bool(memchr::memmem::find(string.as_text()?.as_bytes(), part.as_text()?.as_bytes()).is_some())
        }
        TextFunction::Repeat => {
            let [string, number] = singles(arguments, cx)?;
            let string = string.as_text()?;
            repeat(string, number.as_i128()?, cx)?
        }
        TextFunction::Space => {
            let [number] = singles(arguments, cx)?;
            repeat(" ", number.as_i128()?, cx)?
        }
        TextFunction::Hash => {
            let [algorithm, input] = singles(arguments, cx)?;
            let hash = hash::named(algorithm.as_text()?, input.as_text()?.as_bytes());
            known(hash.map(Value::text), cx)?
        }
        TextFunction::Md5 => Value::text(hash::md5(text(arguments, cx)?.as_bytes())),
        TextFunction::Sha1 => Value::text(hash::sha1(text(arguments, cx)?.as_bytes())),
        TextFunction::Sha256 => Value::text(hash::sha256(text(arguments, cx)?.as_bytes())),
        TextFunction::FromBase64 => {
            let text = text(arguments, cx)?;
            let engine = if text.ends_with('=') { BASE64 } else { BASE64_WITHOUT_PADDING };
            let bytes = engine.decode(text.as_bytes()).ok();
            converted(bytes.map(|bytes| Value::text(String::from_utf8_lossy(&bytes))), cx)?
        }
        TextFunction::ToBase64 => {
            let text = text(arguments, cx)?;
            let fits = text.len() <= MAX_BYTES / 4 * 3;
            known(fits.then(|| Value::text(BASE64.encode(text.as_bytes()))), cx)?
        }
        TextFunction::UrlEncode => each(arguments, |text| Value::text(url::encode(text, "+"))),
        TextFunction::UrlEncodeComponent => each(arguments, |text| Value::text(url::encode(text, "%20"))),
        TextFunction::UrlDecode => {
            each(arguments, |text| converted(url::decode(text).map(Value::text), cx).unwrap_or_default())
        }
        TextFunction::JsonExtract => {
            let [string, path] = singles(arguments, cx)?;
            known(json::extract(string.as_text()?, path.as_text()?), cx)?
        }
        TextFunction::Fuzzy => Value::Bool(fuzzy::any_value(arguments)),
        TextFunction::FuzzyWords => Value::Bool(fuzzy::any_word(arguments)),
        TextFunction::MatchesLike => {
            let [string, pattern] = singles(arguments, cx)?;
            known(wildcard::matches(string.as_text()?, pattern.as_text()?).map(Value::Bool), cx)?
        }
        TextFunction::MatchesRlike => {
            let [string, pattern] = singles(arguments, cx)?;
            let string = string.as_text()?;
            let pattern = known(lucene::translated(pattern.as_text()?), cx)?;
            let pattern = cx.pattern(&Arc::from(pattern))?;
            known(pattern.is_match(string).ok().map(Value::Bool), cx)?
        }
    })
}

/// The only argument as one text.
fn text(arguments: &[Value], cx: &mut Context) -> Option<Arc<str>> {
    let [value] = singles(arguments, cx)?;
    match value {
        Value::Text(text) | Value::Version(text) => Some(text),
        _ => None,
    }
}

/// What a function makes of each value of its argument.
fn each(arguments: &[Value], mut make: impl FnMut(&str) -> Value) -> Value {
    let values = arguments.first().map_or(&[][..], Value::values);
    Value::list(values.iter().filter_map(Value::as_text).map(&mut make))
}

/// What is not there is counted as a warning.
fn known<T>(value: Option<T>, cx: &mut Context) -> Option<T> {
    cx.warnings.other += u64::from(value.is_none());
    value
}

/// What could not be read is counted as a warning.
fn converted<T>(value: Option<T>, cx: &mut Context) -> Option<T> {
    cx.warnings.conversion += u64::from(value.is_none());
    value
}

fn count(number: usize, cx: &mut Context) -> Value {
    let number = i32::try_from(number).ok().map(Value::Int);
    cx.warnings.overflow += u64::from(number.is_none());
    number.unwrap_or_default()
}

/// How many characters are asked for; fewer than none are none.
fn counted(value: &Value) -> Option<usize> {
    Some(usize::try_from(value.as_i128()?.max(0)).unwrap_or(usize::MAX))
}

fn head(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

fn tail(text: &str, characters: usize) -> &str {
    let start = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    text.get(start..).unwrap_or_default()
}

/// White space as Java has it (`Character.isWhitespace`): no blank that does not break, but the separators of ASCII.
fn is_blank(c: char) -> bool {
    match c {
        '\u{1c}'..='\u{1f}' => true,
        '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}' => false,
        c => c.is_whitespace(),
    }
}

fn concat(arguments: &[Value], cx: &mut Context) -> Option<Value> {
    // all arguments are looked at, so that all are warned of
    let values: Vec<Option<Value>> = arguments.iter().map(|value| single(value.clone(), cx)).collect();
    let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
    let texts: Vec<&str> = values.iter().map(Value::as_text).collect::<Option<_>>()?;
    let length = texts.iter().fold(0_usize, |sum, text| sum.saturating_add(text.len()));
    known((length <= MAX_BYTES).then(|| Value::text(texts.concat())), cx)
}

fn repeat(text: &str, number: i128, cx: &mut Context) -> Option<Value> {
    let times = usize::try_from(number).ok();
    let times = times.filter(|times| text.len().checked_mul(*times).is_some_and(|length| length <= MAX_BYTES));
    known(times.map(|times| Value::text(text.repeat(times))), cx)
}

/// Where something starts, in code points from 0: `start` counts from 1, 0 is as 1, a negative one counts from the end.
fn start_of(text: &str, start: i128) -> usize {
    let length = text.chars().count();
    let size = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
    let start = match start.signum() {
        1 => size.saturating_sub(1),
        -1 => length.saturating_sub(size),
        _ => 0,
    };
    start.min(length)
}

fn substring(arguments: &[Value], cx: &mut Context) -> Option<Value> {
    let (string, start, length) = if arguments.len() > 2 {
        let [string, start, length] = singles(arguments, cx)?;
        (string, start, Some(length))
    } else {
        let [string, start] = singles(arguments, cx)?;
        (string, start, None)
    };
    let string = string.as_text()?;
    let rest = tail(string, start_of(string, start.as_i128()?));
    let Some(length) = length else { return Some(Value::text(rest)) };
    let length = length.as_i128()?;
    // a length below zero is an error, other than that of `LEFT`
    let length = known(usize::try_from(length.min(i128::from(i32::MAX))).ok(), cx)?;
    Some(Value::text(head(rest, length)))
}

fn locate(arguments: &[Value], cx: &mut Context) -> Option<Value> {
    let (string, part, start) = if arguments.len() > 2 {
        let [string, part, start] = singles(arguments, cx)?;
        (string, part, start)
    } else {
        let [string, part] = singles(arguments, cx)?;
        (string, part, Value::Int(0))
    };
    let (string, part) = (string.as_text()?, part.as_text()?);
    let skipped = start_of(string, start.as_i128()?);
    let rest = tail(string, skipped);
    let Some(at) = memchr::memmem::find(rest.as_bytes(), part.as_bytes()) else { return Some(Value::Int(0)) };
    let before = rest.get(..at).unwrap_or_default().chars().count();
    Some(count(skipped.saturating_add(before).saturating_add(1), cx))
}

fn split(arguments: &[Value], cx: &mut Context) -> Option<Value> {
    let [string, delimiter] = singles(arguments, cx)?;
    let (string, delimiter) = (string.as_text()?, delimiter.as_text()?);
    let delimiter = known(Some(delimiter).filter(|delimiter| delimiter.len() == 1), cx)?;
    Some(Value::list(string.split(delimiter).map(Value::text)))
}
