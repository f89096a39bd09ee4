//! Computed values of EQL (Elasticsearch reference, "EQL function reference", "Math operators").
//!
//! Null is contagious; what has no result (a division by zero, a number that does not fit, a value of the wrong type) is null.

use std::cmp::Ordering;

use sigil_runtime::fold::fold_char;

use super::address;
use super::decimal::Decimal;

/// A computed value.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// None.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number; finite.
    Float(f64),
    /// A text.
    Text(String),
}

impl Datum {
    /// A number, unless it has no end.
    pub fn float(number: f64) -> Self {
        if number.is_finite() { Datum::Float(number) } else { Datum::Null }
    }

    /// A text, by its characters.
    fn chars(&self) -> Option<Vec<char>> {
        if let Datum::Text(text) = self { Some(text.chars().collect()) } else { None }
    }

    #[expect(clippy::cast_precision_loss, reason = "as Java converts a long to a double")]
    fn as_float(&self) -> Option<f64> {
        match self {
            Datum::Int(number) => Some(*number as f64),
            Datum::Float(number) => Some(*number),
            Datum::Null | Datum::Bool(_) | Datum::Text(_) => None,
        }
    }

    /// How it reads as a text.
    fn shown(&self) -> Option<String> {
        match self {
            Datum::Null => None,
            Datum::Bool(value) => Some(value.to_string()),
            Datum::Int(number) => Some(number.to_string()),
            // always with a point
            Datum::Float(number) => Some(format!("{number:?}")),
            Datum::Text(text) => Some(text.clone()),
        }
    }

    /// How two values of one type stand to each other; numbers are of one type.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Datum::Text(a), Datum::Text(b)) => Some(a.chars().cmp(b.chars())),
            (Datum::Bool(a), Datum::Bool(b)) => Some(a.cmp(b)),
            (Datum::Int(a), Datum::Int(b)) => Some(a.cmp(b)),
            (a, b) => a.as_float()?.partial_cmp(&b.as_float()?),
        }
    }
}

/// `a + b` and the like, by the sign of the operator.
pub fn arithmetic(operator: char, a: &Datum, b: &Datum) -> Datum {
    if let (Datum::Int(a), Datum::Int(b)) = (a, b) {
        let result = match operator {
            '+' => a.checked_add(*b),
            '-' => a.checked_sub(*b),
            '*' => a.checked_mul(*b),
            '/' => a.checked_div(*b),
            _ => a.checked_rem(*b),
        };
        return result.map_or(Datum::Null, Datum::Int);
    }
    let (Some(a), Some(b)) = (a.as_float(), b.as_float()) else { return Datum::Null };
    Datum::float(match operator {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        '/' => a / b,
        _ => a % b,
    })
}

/// `-a`
pub fn negative(a: &Datum) -> Datum {
    match a {
        Datum::Int(number) => number.checked_neg().map_or(Datum::Null, Datum::Int),
        Datum::Float(number) => Datum::Float(-number),
        Datum::Null | Datum::Bool(_) | Datum::Text(_) => Datum::Null,
    }
}

/// Calls a function, its name in lower case.
pub fn call(name: &str, ignore_case: bool, arguments: &[Datum]) -> Datum {
    let argument = |at: usize| arguments.get(at).unwrap_or(&Datum::Null);
    let texts = |a: usize, b: usize| Some((cased(argument(a), ignore_case)?, cased(argument(b), ignore_case)?));
    let truth = |value: Option<bool>| value.map_or(Datum::Null, Datum::Bool);
    match name {
        "add" => arithmetic('+', argument(0), argument(1)),
        "subtract" => arithmetic('-', argument(0), argument(1)),
        "multiply" => arithmetic('*', argument(0), argument(1)),
        "divide" => arithmetic('/', argument(0), argument(1)),
        "modulo" => arithmetic('%', argument(0), argument(1)),
        "length" => argument(0).chars().map_or(Datum::Null, |text| count(text.len())),
        "concat" => {
            let parts: Option<Vec<String>> = arguments.iter().map(Datum::shown).collect();
            parts.map_or(Datum::Null, |parts| Datum::Text(parts.concat()))
        }
        "string" => argument(0).shown().map_or(Datum::Null, Datum::Text),
        "number" => number(argument(0), argument(1)),
        "startswith" => truth(texts(0, 1).map(|(text, part)| text.starts_with(&part))),
        "endswith" => truth(texts(0, 1).map(|(text, part)| text.ends_with(&part))),
        "stringcontains" => {
            // known difference: "stringContains(process.command_line, "") // returns false"
            truth(texts(0, 1).map(|(text, part)| place(&text, &part, 0).is_some()))
        }
        "indexof" => {
            let start = match argument(2) {
                Datum::Int(start) => usize::try_from(*start).unwrap_or(0),
                // known difference: "indexOf(url.domain, ".", null) // returns null"
                Datum::Null | Datum::Bool(_) | Datum::Float(_) | Datum::Text(_) => 0,
            };
            let found = texts(0, 1).and_then(|(text, part)| place(&text, &part, start));
            found.map_or(Datum::Null, count)
        }
        "substring" => substring(argument(0), argument(1), argument(2)).map_or(Datum::Null, Datum::Text),
        "between" => between(arguments, ignore_case).map_or(Datum::Null, Datum::Text),
        "cidrmatch" => truth(in_networks(arguments)),
        _ => Datum::Null,
    }
}

fn count(number: usize) -> Datum {
    i64::try_from(number).map_or(Datum::Null, Datum::Int)
}

fn cased(value: &Datum, ignore_case: bool) -> Option<Vec<char>> {
    let text = value.chars()?;
    Some(if ignore_case { text.into_iter().map(fold_char).collect() } else { text })
}

/// The first place from `start` on where the part stands.
fn place(text: &[char], part: &[char], start: usize) -> Option<usize> {
    (start..=text.len()).find(|at| text[*at..].starts_with(part))
}

/// As slices of Python.
fn substring(text: &Datum, start: &Datum, end: &Datum) -> Option<String> {
    let text = text.chars()?;
    let length = i64::try_from(text.len()).ok()?;
    let position = |value: &Datum, default: i64| match value {
        Datum::Null => Some(default),
        Datum::Int(at) if *at < 0 => Some(length.saturating_add(*at).max(0)),
        Datum::Int(at) => Some(length.min(*at)),
        Datum::Bool(_) | Datum::Float(_) | Datum::Text(_) => None,
    };
    let (start, end) = (position(start, 0)?, position(end, length)?);
    let places = (0..length).zip(text).filter(|(at, _)| start <= *at && *at < end);
    Some(places.map(|(_, c)| c).collect())
}

fn between(arguments: &[Datum], ignore_case: bool) -> Option<String> {
    let (whole, text) = (arguments.first()?.chars()?, cased(arguments.first()?, ignore_case)?);
    let (left, right) = (cased(arguments.get(1)?, ignore_case)?, cased(arguments.get(2)?, ignore_case)?);
    let greedy = arguments.get(3) == Some(&Datum::Bool(true));
    let Some(start) = place(&text, &left, 0).map(|at| at + left.len()) else { return Some(String::new()) };
    let mut ends = (start..=text.len()).filter(|at| text[*at..].starts_with(&right));
    let end = if greedy { ends.next_back() } else { ends.next() };
    Some(end.map_or(String::new(), |end| whole[start..end].iter().collect()))
}

fn number(text: &Datum, base: &Datum) -> Datum {
    // "surrounding whitespace is ignored", and `0x` alone says base 16 ("auto-detected as hexadecimal")
    let text = &if let Datum::Text(text) = text { Datum::Text(text.trim().to_owned()) } else { text.clone() };
    let base = match base {
        Datum::Null if matches!(text, Datum::Text(text) if text.starts_with("0x")) => 16,
        Datum::Null => 10,
        Datum::Int(base @ 2..=36) => u32::try_from(*base).unwrap_or(10),
        Datum::Int(_) | Datum::Bool(_) | Datum::Float(_) | Datum::Text(_) => return Datum::Null,
    };
    let digits = |text: &str| i64::from_str_radix(text, base).map_or(Datum::Null, Datum::Int);
    match (text, base) {
        (Datum::Text(text), 10) => spelled(text),
        (Datum::Text(text), 16) => digits(text.strip_prefix("0x").unwrap_or(text)),
        (Datum::Text(text), _) => digits(text),
        (Datum::Int(_) | Datum::Float(_), _) => text.clone(),
        (Datum::Null | Datum::Bool(_), _) => Datum::Null,
    }
}

/// The number that a text spells; a whole one if it is spelled without point and exponent.
pub fn spelled(text: &str) -> Datum {
    if Decimal::parse(text).is_none() {
        return Datum::Null;
    }
    match text.parse::<i64>() {
        Ok(number) => Datum::Int(number),
        Err(_) => text.parse().map_or(Datum::Null, Datum::float),
    }
}

fn in_networks(arguments: &[Datum]) -> Option<bool> {
    let (value, networks) = arguments.split_first()?;
    let networks: Option<Vec<String>> = networks.iter().map(Datum::shown).collect();
    let (Datum::Text(text), networks) = (value, networks?) else { return None };
    let wanted = address::address(text);
    Some(wanted.is_some_and(|wanted| networks.iter().any(|network| address::contains(network, wanted) == Some(true))))
}
