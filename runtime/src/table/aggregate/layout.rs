//! The words of an accumulator: what each of them holds.

use super::Aggregate;
use super::intern::Interner;
use super::side::{Side, Store};
use crate::table::value::Value;

/// A few words with one purpose. All zero: nothing was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// One word: a count or a flag.
    Plain,
    /// One word: up to two different values, or where there are more.
    Ids,
    /// Two words: a value.
    Cell,
    /// Three words: a count and a sum.
    Total,
    /// One word: 0, or one more than the place of a side.
    Side,
    /// Three words: a value and by what it was chosen.
    Chosen,
}

impl Part {
    /// What an aggregate function needs.
    pub(crate) const fn of(aggregate: Aggregate) -> &'static [Part] {
        match aggregate {
            Aggregate::Count | Aggregate::Absent | Aggregate::Present => &[Self::Plain],
            Aggregate::CountDistinct | Aggregate::Values => &[Self::Ids],
            Aggregate::Min | Aggregate::Max => &[Self::Cell],
            Aggregate::Sum | Aggregate::Avg => &[Self::Total],
            Aggregate::Median
            | Aggregate::Percentile
            | Aggregate::MedianAbsoluteDeviation
            | Aggregate::StdDev
            | Aggregate::Variance
            | Aggregate::Top
            | Aggregate::Sample => &[Self::Side],
            Aggregate::WeightedAvg | Aggregate::Centroid => &[Self::Total, Self::Total],
            Aggregate::First | Aggregate::Last => &[Self::Chosen],
        }
    }

    /// How many words it takes.
    pub(crate) const fn width(self) -> usize {
        match self {
            Self::Plain | Self::Ids | Self::Side => 1,
            Self::Cell => 2,
            Self::Total | Self::Chosen => 3,
        }
    }

    /// How many words an aggregate function takes.
    pub(crate) fn words(aggregate: Aggregate) -> usize {
        Self::of(aggregate).iter().map(|part| part.width()).sum()
    }

    /// The place of its side.
    pub(crate) fn side(self, words: &[u64]) -> Option<u32> {
        match (self, words) {
            (Self::Ids, [word]) if word & SPILLED != 0 => Some(low(*word)),
            (Self::Side, [word]) => word.checked_sub(1).map(low),
            (Self::Total, [count, at, _]) if count & MODE == EXACT => Some(low(*at)),
            _ => None,
        }
    }

    /// Puts its side, which it has, into another place.
    pub(crate) fn set_side(self, words: &mut [u64], place: u32) {
        match (self, words) {
            (Self::Ids, [word]) => *word = SPILLED | u64::from(place),
            (Self::Side, [word]) => *word = u64::from(place) + 1,
            (Self::Total, [_, at, _]) => *at = place.into(),
            _ => {}
        }
    }

    /// Puts other numbers in place of the numbers of values that its words hold.
    pub(crate) fn renumber(self, words: &mut [u64], number: &mut impl FnMut(u32) -> u32) {
        match (self, words) {
            (Self::Ids, [word]) if *word & SPILLED == 0 => {
                let mut ids = inline(*word).map(|id| id.map(&mut *number)).into_iter().flatten();
                *word = pack(ids.next(), ids.next());
            }
            (Self::Cell, [kind, bits]) if *kind == Kind::Interned as u64 => *bits = number(low(*bits)).into(),
            (Self::Chosen, [flags, _, bits]) if *flags >> 8 == Kind::Interned as u64 => {
                *bits = number(low(*bits)).into();
            }
            _ => {}
        }
    }

    /// Whether its words can be what was written: values below `values`.
    pub(crate) fn is_sound(self, words: &[u64], values: usize) -> bool {
        let known = |id: u32| (id as usize) < values;
        match (self, words) {
            (Self::Plain, [_]) => true,
            (Self::Ids, [word]) if word & SPILLED != 0 => (word & !SPILLED) >> 32 == 0,
            (Self::Ids, [word]) => match inline(*word) {
                [None, Some(_)] => false,
                [first, second] => {
                    (first.is_none() || first != second) && [first, second].into_iter().flatten().all(known)
                }
            },
            (Self::Cell, [kind, bits]) => Kind::is_sound(*kind, *bits, values),
            (Self::Chosen, [flags, _, bits]) => {
                Kind::is_sound(flags >> 8, *bits, values) && flags & 0xff <= 3 && (flags & 1 == 1 || *flags == 0)
            }
            (Self::Total, [count, a, b]) => match count & MODE {
                WHOLE => true,
                DOUBLE => f64::from_bits(*a).is_finite() && *b == 0,
                EXACT => a >> 32 == 0 && *b == 0,
                _ => false,
            },
            (Self::Side, [word]) => u32::try_from(*word).is_ok(),
            _ => false,
        }
    }

    /// Whether a side can belong to it.
    pub(crate) fn fits(self, aggregate: Aggregate, side: &Side) -> bool {
        match side {
            Side::Ids(set) => self == Self::Ids && !set.ids().is_empty(),
            Side::Sketch(_) => aggregate == Aggregate::CountDistinct,
            Side::Exact(_) => self == Self::Total,
            Side::Numbers(_) => {
                matches!(aggregate, Aggregate::Median | Aggregate::Percentile | Aggregate::MedianAbsoluteDeviation)
            }
            Side::Moments(_) => matches!(aggregate, Aggregate::StdDev | Aggregate::Variance),
            Side::Ranked(_) => aggregate == Aggregate::Top,
            Side::Sampled(_) => aggregate == Aggregate::Sample,
            Side::Events(_) | Side::Free => false,
        }
    }
}

/// [`Part::Ids`]: there is a side.
pub(crate) const SPILLED: u64 = 1 << 63;

/// [`Part::Total`]: how the sum is held, in the highest bits of the count.
pub(crate) const MODE: u64 = 3 << 62;
/// A whole number of 128 bits.
pub(crate) const WHOLE: u64 = 0;
/// A double, which is the sum itself.
pub(crate) const DOUBLE: u64 = 1 << 62;
/// A side.
pub(crate) const EXACT: u64 = 2 << 62;

/// The lower half.
#[expect(clippy::cast_possible_truncation, reason = "what it is for")]
pub(crate) const fn low(word: u64) -> u32 {
    word as u32
}

/// The values that a word of [`Part::Ids`] without a side holds: the first place first.
pub(crate) fn inline(word: u64) -> [Option<u32>; 2] {
    [low(word).checked_sub(1), low(word >> 32).checked_sub(1)]
}

/// As [`inline`] reads it. Numbers of values fit 31 bits.
pub(crate) fn pack(first: Option<u32>, second: Option<u32>) -> u64 {
    let place = |id: Option<u32>| id.map_or(0, |id| u64::from(id) + 1);
    place(first) | place(second) << 32
}

/// What 64 bits stand for.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Nothing,
    Bool,
    Int,
    Long,
    Unsigned,
    Double,
    Date,
    DateNanos,
    Duration,
    Interned,
}

impl Kind {
    const ALL: [Kind; 10] = [
        Kind::Nothing,
        Kind::Bool,
        Kind::Int,
        Kind::Long,
        Kind::Unsigned,
        Kind::Double,
        Kind::Date,
        Kind::DateNanos,
        Kind::Duration,
        Kind::Interned,
    ];

    fn of(kind: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(kind).ok()?).copied()
    }

    fn is_sound(kind: u64, bits: u64, values: usize) -> bool {
        match Self::of(kind) {
            None => false,
            Some(Self::Nothing) => bits == 0,
            Some(Self::Bool) => bits <= 1,
            Some(Self::Int) => i32::try_from(bits.cast_signed()).is_ok(),
            Some(Self::Double) => f64::from_bits(bits).is_finite(),
            Some(Self::Interned) => usize::try_from(bits).is_ok_and(|id| id < values),
            Some(Self::Long | Self::Unsigned | Self::Date | Self::DateNanos | Self::Duration) => true,
        }
    }
}

/// A value in two words; one that does not fit is interned. `None` if there is no place for it.
pub(crate) fn to_cell(value: &Value, store: &mut Store) -> Option<(u64, u64)> {
    let (kind, bits) = match value {
        Value::Null => (Kind::Nothing, 0),
        Value::Bool(value) => (Kind::Bool, u64::from(*value)),
        Value::Int(value) => (Kind::Int, i64::from(*value).cast_unsigned()),
        Value::Long(value) => (Kind::Long, value.cast_unsigned()),
        Value::Unsigned(value) => (Kind::Unsigned, *value),
        Value::Double(value) if value.is_finite() => (Kind::Double, (value + 0.0).to_bits()),
        Value::Double(_) => (Kind::Nothing, 0),
        Value::Date(at) => (Kind::Date, at.cast_unsigned()),
        Value::DateNanos(at) => (Kind::DateNanos, at.cast_unsigned()),
        Value::Duration(value) => (Kind::Duration, value.cast_unsigned()),
        Value::Text(_) | Value::Ip(_) | Value::Version(_) | Value::Period(..) | Value::Point(..) | Value::List(_) => {
            (Kind::Interned, store.intern(value)?.into())
        }
    };
    Some((kind as u64, bits))
}

/// The value of two words.
pub(crate) fn of_cell(kind: u64, bits: u64, interner: &Interner) -> Value {
    match Kind::of(kind) {
        None | Some(Kind::Nothing) => Value::Null,
        Some(Kind::Bool) => Value::Bool(bits != 0),
        Some(Kind::Int) => i32::try_from(bits.cast_signed()).map_or(Value::Null, Value::Int),
        Some(Kind::Long) => Value::Long(bits.cast_signed()),
        Some(Kind::Unsigned) => Value::Unsigned(bits),
        Some(Kind::Double) => Value::double(f64::from_bits(bits)),
        Some(Kind::Date) => Value::Date(bits.cast_signed()),
        Some(Kind::DateNanos) => Value::DateNanos(bits.cast_signed()),
        Some(Kind::Duration) => Value::Duration(bits.cast_signed()),
        Some(Kind::Interned) => interner.value(low(bits)),
    }
}
