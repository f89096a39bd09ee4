//! Values that rules compute: arithmetic, parts of texts, comparisons of fields with each other.
//!
//! A formula is asked for every choice of one value of each field that it reads; a field without values counts as null. It holds if one choice makes it true.
//! Null is contagious, except where a function says otherwise. Every function is total: what has no result (a division by zero, a number that
//! does not fit, a value of the wrong type) is null.

use std::cmp::Ordering;
use std::fmt;

use bumpalo::Bump;

use super::values::{Globs, Networks, Pattern};
use crate::fold;
use crate::pack::Number;

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Datum<'a> {
    /// None.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number; never NaN or infinite.
    Float(f64),
    /// A text.
    Text(&'a str),
}

/// Where formulas put the texts that they make; emptied for each choice of values without giving memory back.
#[derive(Clone, Copy)]
pub struct Scratch<'a>(pub(crate) &'a Bump);

impl fmt::Debug for Scratch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scratch").field(&self.0.allocated_bytes()).finish()
    }
}

/// What a formula may do with values that are computed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// `a + b`; whole numbers stay whole.
    Add,
    /// `a - b`
    Subtract,
    /// `a * b`
    Multiply,
    /// `a / b`; whole numbers are divided towards zero.
    Divide,
    /// `a % b`, with the sign of `a`.
    Modulo,
    /// `-a`
    Negate,
    /// `a == b`: numbers as numbers, texts with case; values of different types are not equal.
    Equals,
    /// `a < b`; texts by their characters.
    Less,
    /// `a <= b`
    LessOrEqual,
    /// `a > b`
    Greater,
    /// `a >= b`
    GreaterOrEqual,
    /// False if one is false, else null if one is null.
    And,
    /// True if one is true, else null if one is null.
    Or,
    /// The other boolean.
    Not,
    /// Whether it is null: never null itself.
    IsNull,
    /// The texts of all arguments one behind another.
    Concat,
    /// How many characters a text has.
    Length,
    /// `substring(text, start, end)`: characters from `start` to before `end` (null: to the end); negative ones count from the end.
    Substring,
    /// `between(text, left, right, greedy)`: what stands behind the first `left` and before the next `right` (greedy: the last one); empty where either is missing.
    Between {
        /// Is case ignored?
        ignore_case: bool,
    },
    /// `index_of(text, part, from)`: where `part` first stands, from character `from` on (null: 0); null where it does not.
    IndexOf {
        /// Is case ignored?
        ignore_case: bool,
    },
    /// `starts_with(text, prefix)`
    StartsWith {
        /// Is case ignored?
        ignore_case: bool,
    },
    /// `ends_with(text, suffix)`
    EndsWith {
        /// Is case ignored?
        ignore_case: bool,
    },
    /// `contains(text, part)`
    Contains {
        /// Is case ignored?
        ignore_case: bool,
    },
    /// The text of a value.
    ToText,
    /// `to_number(text, base)`: the number that a text spells, blanks around it left out; where the base is null, 16 for `0x..`, else 10.
    ToNumber,
    /// A number, also one that a text spells; a whole one of a whole spelling.
    AsNumber,
    /// A whole number: fractions are cut off.
    AsInt,
    /// A boolean, also one that a text spells.
    AsBool,
    /// A number as in [`Function::AsNumber`], never a whole one.
    AsDouble,
    /// The text of a value as tests of texts see it: `1000` for the number `1e3`.
    AsText,
    /// The text of [`Function::AsText`], folded.
    AsFolded,
}

macro_rules! functions {
    ($($function:expr => $name:ident,)*) => {
        impl Function {
            /// Every function with its name in generated code.
            const NAMES: &'static [(Self, &'static str)] = &[$(($function, stringify!($name)),)*];
        }

        impl<'a> Scratch<'a> {
            $(
                /// The [`Function`] of this name.
                #[allow(clippy::should_implement_trait, reason = "named as the function, which takes a list")]
                pub fn $name(self, arguments: &[Datum<'a>]) -> Datum<'a> {
                    self.call($function, arguments)
                }
            )*
        }
    };
}

functions! {
    Function::Add => add,
    Function::Subtract => subtract,
    Function::Multiply => multiply,
    Function::Divide => divide,
    Function::Modulo => modulo,
    Function::Negate => negate,
    Function::Equals => equals,
    Function::Less => less,
    Function::LessOrEqual => at_most,
    Function::Greater => greater,
    Function::GreaterOrEqual => at_least,
    Function::And => and,
    Function::Or => or,
    Function::Not => not,
    Function::IsNull => is_null,
    Function::Concat => concat,
    Function::Length => length,
    Function::Substring => substring,
    Function::Between { ignore_case: false } => between,
    Function::Between { ignore_case: true } => between_ignoring_case,
    Function::IndexOf { ignore_case: false } => index_of,
    Function::IndexOf { ignore_case: true } => index_of_ignoring_case,
    Function::StartsWith { ignore_case: false } => starts_with,
    Function::StartsWith { ignore_case: true } => starts_with_ignoring_case,
    Function::EndsWith { ignore_case: false } => ends_with,
    Function::EndsWith { ignore_case: true } => ends_with_ignoring_case,
    Function::Contains { ignore_case: false } => contains,
    Function::Contains { ignore_case: true } => contains_ignoring_case,
    Function::ToText => to_text,
    Function::ToNumber => to_number,
    Function::AsNumber => as_number,
    Function::AsInt => as_int,
    Function::AsBool => as_bool,
    Function::AsDouble => as_double,
    Function::AsText => as_text,
    Function::AsFolded => as_folded,
}

impl Function {
    /// Every function.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.iter().map(|(function, _)| *function)
    }

    /// Its name in generated code.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(function, _)| *function == self).map_or("", |(_, name)| name)
    }
}

impl<'a> Scratch<'a> {
    /// Applies a function; missing arguments are null.
    pub fn call(self, function: Function, arguments: &[Datum<'a>]) -> Datum<'a> {
        let argument = |at: usize| arguments.get(at).copied().unwrap_or(Datum::Null);
        let (a, b, third, fourth) = (argument(0), argument(1), argument(2), argument(3));
        match function {
            Function::Add => arithmetic(a, b, i64::checked_add, |a, b| a + b),
            Function::Subtract => arithmetic(a, b, i64::checked_sub, |a, b| a - b),
            Function::Multiply => arithmetic(a, b, i64::checked_mul, |a, b| a * b),
            Function::Divide => arithmetic(a, b, i64::checked_div, |a, b| a / b),
            Function::Modulo => arithmetic(a, b, i64::checked_rem, |a, b| a % b),
            Function::Negate => match a {
                Datum::Int(number) => number.checked_neg().map_or(Datum::Null, Datum::Int),
                Datum::Float(number) => Datum::Float(-number),
                Datum::Null | Datum::Bool(_) | Datum::Text(_) => Datum::Null,
            },
            Function::Equals => match (a, b) {
                (Datum::Null, _) | (_, Datum::Null) => Datum::Null,
                _ => Datum::Bool(a.compare(b) == Some(Ordering::Equal)),
            },
            Function::Less => ordered(a, b, Ordering::is_lt),
            Function::LessOrEqual => ordered(a, b, Ordering::is_le),
            Function::Greater => ordered(a, b, Ordering::is_gt),
            Function::GreaterOrEqual => ordered(a, b, Ordering::is_ge),
            Function::And => {
                let falsehood = arguments.contains(&Datum::Bool(false));
                let all = arguments.iter().all(|argument| *argument == Datum::Bool(true));
                if falsehood || all { Datum::Bool(all) } else { Datum::Null }
            }
            Function::Or => {
                let truth = arguments.contains(&Datum::Bool(true));
                let none = arguments.iter().all(|argument| *argument == Datum::Bool(false));
                if truth || none { Datum::Bool(truth) } else { Datum::Null }
            }
            Function::Not => {
                if let Datum::Bool(value) = a {
                    Datum::Bool(!value)
                } else {
                    Datum::Null
                }
            }
            Function::IsNull => Datum::Bool(a == Datum::Null),
            Function::Concat => self.joined(arguments),
            Function::Length => a.text().map_or(Datum::Null, |text| count(text.chars().count())),
            Function::Substring => substring(a, b, third),
            Function::Between { ignore_case } => between(a, b, third, fourth, ignore_case),
            Function::IndexOf { ignore_case } => index_of(a, b, third, ignore_case),
            Function::StartsWith { ignore_case } => both(a, b, |text, part| {
                if ignore_case {
                    find(text, part, true).next().is_some_and(|found| found.start == 0)
                } else {
                    text.starts_with(part)
                }
            }),
            Function::EndsWith { ignore_case } => both(a, b, |text, part| {
                if ignore_case {
                    let skipped = text.chars().count().checked_sub(part.chars().count());
                    skipped.is_some_and(|skipped| same(text.chars().skip(skipped), part.chars()))
                } else {
                    text.ends_with(part)
                }
            }),
            Function::Contains { ignore_case } => {
                both(
                    a,
                    b,
                    |text, part| {
                        if ignore_case { find(text, part, true).next().is_some() } else { text.contains(part) }
                    },
                )
            }
            Function::ToText => self.text_of(a),
            Function::ToNumber => to_number(a, b),
            Function::AsNumber => as_number(a),
            Function::AsInt => match as_number(a) {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "saturates beyond the range of a long, as Java does"
                )]
                Datum::Float(number) => Datum::Int(number.trunc() as i64),
                other => other,
            },
            Function::AsBool => match a {
                Datum::Bool(_) => a,
                Datum::Text("true") => Datum::Bool(true),
                Datum::Text("false" | "") => Datum::Bool(false),
                Datum::Null | Datum::Int(_) | Datum::Float(_) | Datum::Text(_) => Datum::Null,
            },
            Function::AsDouble => as_number(a).float().map_or(Datum::Null, Datum::Float),
            Function::AsText => self.spelled(a),
            Function::AsFolded => match self.spelled(a) {
                Datum::Text(text) => Datum::Text(self.folded(text)),
                other => other,
            },
        }
    }

    fn spelled(self, value: Datum<'a>) -> Datum<'a> {
        use fmt::Write;
        let Datum::Float(number) = value else { return self.text_of(value) };
        let mut text = bumpalo::collections::String::new_in(self.0);
        // writing into memory does not fail; adding 0 takes the sign of -0
        let _ = if number.fract() == 0.0 { write!(text, "{:.0}", number + 0.0) } else { write!(text, "{number}") };
        Datum::Text(text.into_bump_str())
    }

    /// Whether the text of a value matches one of the patterns as a whole.
    pub fn matches(self, value: Datum<'a>, globs: &Globs) -> Datum<'a> {
        value.test(|text| globs.any_matches(text.as_bytes()))
    }

    /// Whether the folded text of a value matches one of the patterns, which are folded too, as a whole.
    pub fn matches_ignoring_case(self, value: Datum<'a>, globs: &Globs) -> Datum<'a> {
        value.test(|text| globs.any_matches(self.folded(text).as_bytes()))
    }

    fn folded(self, text: &str) -> &'a str {
        if text.is_ascii() {
            let folded = self.0.alloc_str(text);
            folded.make_ascii_lowercase();
            return folded;
        }
        bumpalo::collections::String::from_iter_in(text.chars().map(fold::fold_char), self.0).into_bump_str()
    }

    fn text_of(self, value: Datum<'a>) -> Datum<'a> {
        match value {
            Datum::Null | Datum::Text(_) => value,
            Datum::Bool(true) => Datum::Text("true"),
            Datum::Bool(false) => Datum::Text("false"),
            Datum::Int(_) | Datum::Float(_) => self.joined(&[value]),
        }
    }

    fn joined(self, values: &[Datum<'a>]) -> Datum<'a> {
        use fmt::Write;
        let mut text = bumpalo::collections::String::new_in(self.0);
        for value in values {
            // writing into memory does not fail
            let _ = match value {
                Datum::Null => return Datum::Null,
                Datum::Bool(value) => write!(text, "{value}"),
                Datum::Int(number) => write!(text, "{number}"),
                Datum::Float(number) => write!(text, "{number:?}"),
                Datum::Text(part) => text.write_str(part),
            };
        }
        Datum::Text(text.into_bump_str())
    }
}

impl<'a> Datum<'a> {
    /// Whether it is `true`.
    pub fn is_true(self) -> bool {
        self == Datum::Bool(true)
    }

    /// Whether the regular expression is found in its text.
    #[must_use]
    pub fn is_match(self, pattern: &Pattern) -> Datum<'static> {
        self.test(|text| pattern.is_match(text.as_bytes()))
    }

    /// Whether its text is an address in one of the networks.
    #[must_use]
    pub fn in_networks(self, networks: &Networks) -> Datum<'static> {
        self.test(|text| networks.any_contains(text.as_bytes()))
    }

    fn test(self, test: impl Fn(&str) -> bool) -> Datum<'static> {
        self.text().map_or(Datum::Null, |text| Datum::Bool(test(text)))
    }

    fn text(self) -> Option<&'a str> {
        if let Datum::Text(text) = self { Some(text) } else { None }
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Datum::Int(a), Datum::Int(b)) => Some(a.cmp(&b)),
            (Datum::Bool(a), Datum::Bool(b)) => Some(a.cmp(&b)),
            (Datum::Text(a), Datum::Text(b)) => Some(a.cmp(b)),
            // as in Java, where a long turns into a double beside one
            _ => self.float()?.partial_cmp(&other.float()?),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "as Java converts a long to a double")]
    fn float(self) -> Option<f64> {
        match self {
            Datum::Int(number) => Some(number as f64),
            Datum::Float(number) => Some(number),
            Datum::Null | Datum::Bool(_) | Datum::Text(_) => None,
        }
    }
}

fn arithmetic<'a>(
    a: Datum<'_>,
    b: Datum<'_>,
    whole: impl Fn(i64, i64) -> Option<i64>,
    other: impl Fn(f64, f64) -> f64,
) -> Datum<'a> {
    if let (Datum::Int(a), Datum::Int(b)) = (a, b) {
        return whole(a, b).map_or(Datum::Null, Datum::Int);
    }
    match (a.float(), b.float()) {
        (Some(a), Some(b)) => float(other(a, b)),
        (None, _) | (_, None) => Datum::Null,
    }
}

fn float<'a>(number: f64) -> Datum<'a> {
    if number.is_finite() { Datum::Float(number) } else { Datum::Null }
}

fn ordered<'a>(a: Datum<'_>, b: Datum<'_>, holds: impl Fn(Ordering) -> bool) -> Datum<'a> {
    a.compare(b).map_or(Datum::Null, |order| Datum::Bool(holds(order)))
}

fn both<'a>(a: Datum<'_>, b: Datum<'_>, test: impl Fn(&str, &str) -> bool) -> Datum<'a> {
    match (a.text(), b.text()) {
        (Some(text), Some(part)) => Datum::Bool(test(text, part)),
        (None, _) | (_, None) => Datum::Null,
    }
}

fn count<'a>(n: usize) -> Datum<'a> {
    i64::try_from(n).map_or(Datum::Null, Datum::Int)
}

fn same(a: impl Iterator<Item = char>, b: impl Iterator<Item = char>) -> bool {
    a.map(fold::fold_char).eq(b.map(fold::fold_char))
}

/// Where `part` stands in `text`, in bytes, first places first.
fn find<'t>(text: &'t str, part: &'t str, ignore_case: bool) -> impl Iterator<Item = std::ops::Range<usize>> + 't {
    let length = part.chars().count();
    let places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    places.filter_map(move |at| {
        let rest = text.get(at..)?;
        if !ignore_case {
            return rest.starts_with(part).then_some(at..at + part.len());
        }
        let end = rest.char_indices().map(|(at, _)| at).chain([rest.len()]).nth(length)?;
        same(rest.get(..end)?.chars(), part.chars()).then_some(at..at + end)
    })
}

/// As slices of Python: positions beyond the text are its ends.
fn substring<'a>(text: Datum<'a>, start: Datum<'_>, end: Datum<'_>) -> Datum<'a> {
    let Some(text) = text.text() else { return Datum::Null };
    let length = text.chars().count();
    let position = |value: Datum<'_>, default: usize| match value {
        Datum::Int(n) if n < 0 => Some(length.saturating_sub(usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX))),
        Datum::Int(n) => Some(usize::try_from(n).unwrap_or(usize::MAX).min(length)),
        Datum::Null => Some(default),
        Datum::Bool(_) | Datum::Float(_) | Datum::Text(_) => None,
    };
    let (Some(start), Some(end)) = (position(start, 0), position(end, length)) else { return Datum::Null };
    let place = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    Datum::Text(text.get(place(start)..place(end)).unwrap_or_default())
}

fn between<'a>(text: Datum<'a>, left: Datum<'_>, right: Datum<'_>, greedy: Datum<'_>, ignore_case: bool) -> Datum<'a> {
    let (Some(text), Some(left), Some(right)) = (text.text(), left.text(), right.text()) else { return Datum::Null };
    let rest = find(text, left, ignore_case).next().and_then(|found| text.get(found.end..)).unwrap_or_default();
    let mut ends = find(rest, right, ignore_case);
    let end = if greedy.is_true() { ends.last() } else { ends.next() };
    Datum::Text(end.and_then(|end| rest.get(..end.start)).unwrap_or_default())
}

fn index_of<'a>(text: Datum<'_>, part: Datum<'_>, from: Datum<'_>, ignore_case: bool) -> Datum<'a> {
    let (Some(text), Some(part)) = (text.text(), part.text()) else { return Datum::Null };
    let from = if let Datum::Int(n) = from { usize::try_from(n).unwrap_or(0) } else { 0 };
    let skipped = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(from);
    let found = skipped.and_then(|at| find(text.get(at..)?, part, ignore_case).next().map(|found| at + found.start));
    found.and_then(|at| text.get(..at)).map_or(Datum::Null, |before| count(before.chars().count()))
}

fn to_number<'a>(text: Datum<'_>, base: Datum<'_>) -> Datum<'a> {
    let text = if let Datum::Text(text) = text { Datum::Text(text.trim()) } else { text };
    let base = match base {
        Datum::Null if matches!(text, Datum::Text(text) if text.starts_with("0x")) => 16,
        Datum::Null => 10,
        Datum::Int(base @ 2..=36) => u32::try_from(base).unwrap_or(10),
        Datum::Int(_) | Datum::Bool(_) | Datum::Float(_) | Datum::Text(_) => return Datum::Null,
    };
    match text {
        Datum::Text(text) if base == 10 => as_number(Datum::Text(text)),
        Datum::Text(text) => {
            let digits = if base == 16 { text.strip_prefix("0x").unwrap_or(text) } else { text };
            i64::from_str_radix(digits, base).map_or(Datum::Null, Datum::Int)
        }
        Datum::Int(number) => Datum::Int(number),
        Datum::Float(number) => Datum::Float(number),
        Datum::Null | Datum::Bool(_) => Datum::Null,
    }
}

fn as_number<'a>(value: Datum<'_>) -> Datum<'a> {
    match value {
        Datum::Int(number) => Datum::Int(number),
        Datum::Float(number) => Datum::Float(number),
        Datum::Text(text) => match text.parse::<i64>() {
            Ok(number) => Datum::Int(number),
            // what JSON writes as a number, and nothing like `inf`
            Err(_) if Number::parse(text).is_some() => text.parse().map_or(Datum::Null, float),
            Err(_) => Datum::Null,
        },
        Datum::Null | Datum::Bool(_) => Datum::Null,
    }
}
