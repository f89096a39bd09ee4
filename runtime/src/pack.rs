//! What the compiler hands to the runtime: rules, the fields that they read, and how to find their candidates.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// A Sigma level (specification 2.1, "Level").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `informational`
    Informational,
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `critical`
    Critical,
}

impl Level {
    /// Every level, the mildest first.
    pub const ALL: [Level; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word that rules use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The level of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

/// A number in a rule or an event: integers are exact.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// An integer.
    Int(i128),
    /// A decimal number that no [`Number::Int`] equals. Never NaN.
    Float(f64),
}

impl Number {
    /// The number that this decimal text spells, as JSON spells numbers (also a leading `+`). Whole decimals are integers.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
        if !digits.starts_with(|c: char| c.is_ascii_digit()) || !digits.bytes().all(plain) {
            return None;
        }
        if let Ok(int) = text.parse::<i128>() {
            return Some(Self::Int(int));
        }
        text.parse::<f64>().ok().and_then(Self::from_f64)
    }

    /// A number from a float: whole values become integers; NaN and infinities are none.
    pub fn from_f64(value: f64) -> Option<Self> {
        // 2^126: every whole float below it is an exact i128
        #[expect(clippy::cast_possible_truncation, reason = "whole and within range: checked in the condition")]
        match value {
            v if !v.is_finite() => None,
            v if v.fract() == 0.0 && v.abs() < 8.5e37 => Some(Self::Int(v as i128)),
            v => Some(Self::Float(v)),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(&b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(&b),
            (Self::Int(a), Self::Float(b)) => compare_int_float(a, b),
            (Self::Float(a), Self::Int(b)) => compare_int_float(b, a).reverse(),
        }
    }
}

/// `b` is not whole or lies beyond `i128`: compare with its floor.
fn compare_int_float(a: i128, b: f64) -> Ordering {
    if b >= 1.7e38 {
        return Ordering::Less;
    }
    if b <= -1.7e38 {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within range: checked above")]
    let floor = b.floor() as i128;
    if a <= floor { Ordering::Less } else { Ordering::Greater }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Int(int) => int.hash(state),
            Self::Float(float) => float.to_bits().hash(state),
        }
    }
}

/// An ordered comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompareOp {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl CompareOp {
    /// Whether `left op right` holds.
    pub fn holds(self, left: Number, right: Number) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// A part of a point in time, as the event writes it (no conversion between zones).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimePart {
    /// 0-59
    Minute,
    /// 0-23
    Hour,
    /// 1-31
    Day,
    /// ISO week, 1-53
    Week,
    /// 1-12
    Month,
    /// As written
    Year,
}

/// How many elements of an array must satisfy a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// At least one.
    Any,
    /// Every one, and there is one.
    All,
    /// Every one; an empty or missing array satisfies it.
    AllOrEmpty,
    /// Not one; an empty or missing array satisfies it.
    None,
    /// The element at this index; negative ones count from the end.
    At(i32),
}
