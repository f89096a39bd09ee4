//! Single values, typed by the core schema of YAML 1.2.

use super::Place;
use crate::sigma::ast::Value;
use crate::source::Span;

/// A single value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalar {
    /// What is written, without quotes and escapes.
    pub(crate) text: String,
    /// Where it stands: with quotes, without tag and anchor, and without the header of a block.
    pub(crate) span: Span,
    /// How it is written.
    pub(crate) style: Style,
    /// Whether the core schema gives it a type; quoted texts are strings.
    pub(crate) typed: bool,
}

/// How a single value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// Behind `|` or `>`.
    Block,
}

impl Scalar {
    /// Its value.
    pub(crate) fn value(&self) -> Value {
        if self.typed { core_value(&self.text) } else { None }.unwrap_or_else(|| Value::String(self.text.clone()))
    }

    /// Its value, keeping the text where it is one.
    pub(crate) fn into_value(self) -> Value {
        if self.typed { core_value(&self.text) } else { None }.unwrap_or(Value::String(self.text))
    }

    /// Whether it is `null`.
    pub(crate) fn is_null(&self) -> bool {
        self.typed && is_null(&self.text)
    }

    /// Whether it is a text.
    pub(crate) fn is_string(&self) -> bool {
        !self.typed || core_value(&self.text).is_none()
    }

    /// What kind of value it is, with an article.
    pub(crate) fn kind(&self) -> &'static str {
        match if self.typed { core_value(&self.text) } else { None } {
            Some(Value::Null) => "nothing",
            Some(Value::Bool(_)) => "`true` or `false`",
            Some(Value::Int(_) | Value::Float(_)) => "a number",
            Some(Value::String(_)) | None => "a text",
        }
    }

    /// Where the parts of its text stand.
    pub(crate) fn place(&self, source: &str) -> Place {
        Place::of(self, source)
    }
}

/// The value of an untagged plain scalar (YAML 1.2.2, 10.3.2); `None` for strings.
fn core_value(text: &str) -> Option<Value> {
    if is_null(text) {
        return Some(Value::Null);
    }
    match text.as_bytes()[0] {
        b't' | b'T' => matches!(text, "true" | "True" | "TRUE").then_some(Value::Bool(true)),
        b'f' | b'F' => matches!(text, "false" | "False" | "FALSE").then_some(Value::Bool(false)),
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text),
        _ => None,
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Value::Int);
    }
    let radix = |prefix, radix| {
        let digits = text.strip_prefix(prefix)?;
        // a sign is allowed by the parser, but not here
        digits.starts_with(|c: char| c.is_digit(radix)).then(|| i128::from_str_radix(digits, radix).ok()).flatten()
    };
    if let Some(integer) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(Value::Int(integer));
    }
    match digits {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => Some(Value::Float(f64::NEG_INFINITY)),
        ".inf" | ".Inf" | ".INF" => Some(Value::Float(f64::INFINITY)),
        _ if matches!(text, ".nan" | ".NaN" | ".NAN") => Some(Value::Float(f64::NAN)),
        _ if is_float(digits) => text.parse().ok().filter(|float: &f64| float.is_finite()).map(Value::Float),
        _ => None,
    }
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && all_digits(exponent))
}
