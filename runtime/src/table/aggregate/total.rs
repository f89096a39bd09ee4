//! How many numbers, and their exact sum, in three words and, if need be, a side.

use super::exact::Exact;
use super::layout::{DOUBLE, EXACT, MODE, WHOLE, low};
use super::side::{Side, Store};
use crate::table::value::Value;

/// A sum, rounded to a double if it is none of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sum {
    Whole(i128),
    /// None is as large.
    Double(Option<f64>),
}

impl Sum {
    #[expect(clippy::cast_precision_loss, reason = "rounded once")]
    pub(super) fn as_f64(self) -> Option<f64> {
        match self {
            Self::Whole(sum) => Some(sum as f64),
            Self::Double(sum) => sum,
        }
    }
}

/// Adds a number; whether it was one.
pub(super) fn add(words: &mut [u64], value: &Value, store: &mut Store) -> bool {
    match value {
        Value::Int(value) => add_whole(words, (*value).into(), store),
        Value::Long(value) => add_whole(words, (*value).into(), store),
        Value::Unsigned(value) => add_whole(words, (*value).into(), store),
        Value::Double(value) => add_double(words, *value, store),
        _ => return false,
    }
    true
}

pub(super) fn add_whole(words: &mut [u64], value: i128, store: &mut Store) {
    let [count, a, b] = words else { return };
    if *count & MODE == WHOLE
        && let Some(sum) = join(*a, *b).checked_add(value)
    {
        (*a, *b) = split(sum);
    } else if *count & MODE == DOUBLE && value.unsigned_abs() <= 1 << 53 {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
        add_to_double(count, a, b, value as f64, store);
    } else {
        spill(count, a, b, store, |sum| sum.add_whole(value));
    }
    *count = more(*count, 1);
}

pub(super) fn add_double(words: &mut [u64], value: f64, store: &mut Store) {
    let [count, a, b] = words else { return };
    if !value.is_finite() {
        return;
    }
    if *count == 0 {
        (*count, *a, *b) = (DOUBLE, (value + 0.0).to_bits(), 0);
    } else if *count & MODE == DOUBLE {
        add_to_double(count, a, b, value, store);
    } else {
        spill(count, a, b, store, |sum| sum.add_double(value));
    }
    *count = more(*count, 1);
}

fn add_to_double(count: &mut u64, a: &mut u64, b: &mut u64, value: f64, store: &mut Store) {
    let before = f64::from_bits(*a);
    let sum = before + value;
    let part = sum - before;
    let error = (before - (sum - part)) + (value - part);
    if sum.is_finite() && error == 0.0 {
        *a = (sum + 0.0).to_bits();
    } else {
        spill(count, a, b, store, |sum| sum.add_double(value));
    }
}

/// Adds to a sum that is held in a side.
fn spill(count: &mut u64, a: &mut u64, b: &mut u64, store: &mut Store, add: impl FnOnce(&mut Exact)) {
    if *count & MODE == EXACT {
        store.change(low(*a), |side, _| {
            if let Side::Exact(sum) = side {
                add(sum);
            }
        });
        return;
    }
    let mut sum = Exact::default();
    if *count & MODE == DOUBLE {
        sum.add_double(f64::from_bits(*a));
    } else {
        sum.add_whole(join(*a, *b));
    }
    add(&mut sum);
    (*a, *b) = (store.put(Side::Exact(Box::new(sum))).into(), 0);
    *count = *count & !MODE | EXACT;
}

/// Adds another sum.
pub(super) fn merge(words: &mut [u64], other: &[u64], store: &mut Store, others: &Store) {
    let &[many, x, y] = other else { return };
    let added = many & !MODE;
    if added == 0 {
        return;
    }
    match many & MODE {
        WHOLE => add_whole(words, join(x, y), store),
        DOUBLE => add_double(words, f64::from_bits(x), store),
        _ => {
            let [count, a, b] = &mut *words else { return };
            spill(count, a, b, store, |sum| {
                if let Side::Exact(other) = others.side(low(x)) {
                    sum.add(other);
                }
            });
            *count = more(*count, 1);
        }
    }
    if let [count, ..] = words {
        *count = more(*count, added - 1);
    }
}

fn more(count: u64, added: u64) -> u64 {
    let sum = (count & !MODE).saturating_add(added).min(!MODE);
    count & MODE | sum
}

/// How many numbers, and their sum.
pub(super) fn value(words: &[u64], store: &Store) -> (u64, Sum) {
    let &[count, a, b] = words else { return (0, Sum::Whole(0)) };
    let sum = match count & MODE {
        WHOLE => Sum::Whole(join(a, b)),
        DOUBLE => Sum::Double(Some(f64::from_bits(a))),
        _ => match store.side(low(a)) {
            Side::Exact(sum) => Sum::Double(sum.round()),
            _ => Sum::Double(None),
        },
    };
    (count & !MODE, sum)
}

fn join(a: u64, b: u64) -> i128 {
    (u128::from(b) << 64 | u128::from(a)).cast_signed()
}

fn split(sum: i128) -> (u64, u64) {
    let sum = sum.cast_unsigned();
    #[expect(clippy::cast_possible_truncation, reason = "both halves")]
    let halves = (sum as u64, (sum >> 64) as u64);
    halves
}
