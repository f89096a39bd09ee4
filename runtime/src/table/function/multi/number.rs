//! Numbers of lists.

use super::single;
use crate::table::expr::Context;
use crate::table::function::math::{finite, whole};
use crate::table::value::{Type, Value};

/// The numbers of a list, if all are numbers and there is one.
enum Numbers {
    Whole(Vec<i128>),
    Double(Vec<f64>),
}

impl Numbers {
    fn of(list: &Value) -> Option<Self> {
        let values = list.values();
        if let Value::Double(_) = values.first()? {
            let doubles = values.iter().map(|value| match value {
                Value::Double(value) => Some(*value),
                _ => None,
            });
            return doubles.collect::<Option<_>>().map(Self::Double);
        }
        let wholes = values.iter().map(|value| match value {
            Value::Int(_) | Value::Long(_) | Value::Unsigned(_) => value.as_i128(),
            _ => None,
        });
        wholes.collect::<Option<_>>().map(Self::Whole)
    }
}

/// A sum of doubles that keeps what single additions lose (Kahan).
fn total(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let corrected = value - lost;
        let next = sum + corrected;
        lost = (next - sum) - corrected;
        if !lost.is_finite() {
            lost = 0.0;
        }
        sum = next;
    }
    sum
}

#[expect(clippy::cast_precision_loss, reason = "what a double holds of it")]
fn double(value: i128) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "what a double holds of it")]
fn count(values: usize) -> f64 {
    values as f64
}

/// `MV_SUM`
pub(super) fn sum(result: Type, list: &Value, cx: &mut Context) -> Value {
    match Numbers::of(list) {
        Some(Numbers::Whole(values)) => whole(result, values.iter().sum(), cx),
        Some(Numbers::Double(values)) => finite(total(values), cx),
        None => Value::Null,
    }
}

/// `MV_AVG`
pub(super) fn average(list: &Value, cx: &mut Context) -> Value {
    match Numbers::of(list) {
        Some(Numbers::Whole(values)) => finite(double(values.iter().sum()) / count(values.len()), cx),
        Some(Numbers::Double(values)) => {
            let length = count(values.len());
            finite(total(values) / length, cx)
        }
        None => Value::Null,
    }
}

/// `MV_MEDIAN`: of whole numbers rounded down.
pub(super) fn median(result: Type, list: &Value, cx: &mut Context) -> Value {
    match Numbers::of(list) {
        Some(Numbers::Whole(values)) => {
            middle(values, |a, b| (a + b).div_euclid(2)).map_or(Value::Null, |value| whole(result, value, cx))
        }
        Some(Numbers::Double(values)) => double_middle(values).map_or(Value::Null, |value| finite(value, cx)),
        None => Value::Null,
    }
}

/// `MV_MEDIAN_ABSOLUTE_DEVIATION`: of whole numbers rounded towards zero.
pub(super) fn deviation(result: Type, list: &Value, cx: &mut Context) -> Value {
    match Numbers::of(list) {
        Some(Numbers::Whole(values)) => {
            let Some(median) = middle(values.clone(), i128::midpoint) else { return Value::Null };
            let distances = values.into_iter().map(|value| (value - median).abs()).collect();
            middle(distances, i128::midpoint).map_or(Value::Null, |value| whole(result, value, cx))
        }
        Some(Numbers::Double(values)) => {
            let Some(median) = double_middle(values.clone()) else { return Value::Null };
            let distances = values.into_iter().map(|value| (value - median).abs()).collect();
            double_middle(distances).map_or(Value::Null, |value| finite(value, cx))
        }
        None => Value::Null,
    }
}

/// The value in the middle; of two, what is between them.
fn middle(mut values: Vec<i128>, between: impl FnOnce(i128, i128) -> i128) -> Option<i128> {
    values.sort_unstable();
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(between(*values.get(half.checked_sub(1)?)?, upper))
}

fn double_middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(values.get(half.checked_sub(1)?)? / 2.0 + upper / 2.0)
}

/// `MV_PERCENTILE`: between two values in proportion, of whole numbers towards the lower one.
pub(super) fn percentile(result: Type, list: &Value, percentile: &Value, cx: &mut Context) -> Value {
    let Some(percentile) = single(percentile.clone(), cx).and_then(|percentile| percentile.as_f64()) else {
        return Value::Null;
    };
    let Some(numbers) = Numbers::of(list) else { return Value::Null };
    if !(0.0..=100.0).contains(&percentile) {
        cx.warnings.other += 1;
        return Value::Null;
    }
    match numbers {
        Numbers::Whole(mut values) => {
            values.sort_unstable();
            let Some((lower, upper, fraction)) = around(&values, percentile) else { return Value::Null };
            whole(result, lower + share(upper - lower, fraction), cx)
        }
        Numbers::Double(mut values) => {
            values.sort_unstable_by(f64::total_cmp);
            let Some((lower, upper, fraction)) = around(&values, percentile) else { return Value::Null };
            // the difference of numbers of two signs might be no number
            let value = if lower < 0.0 && upper > 0.0 {
                (1.0 - fraction) * lower + fraction * upper
            } else {
                lower + fraction * (upper - lower)
            };
            finite(value, cx)
        }
    }
}

/// The values next to a percentile, and how far behind the lower one it lies.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative and no larger than the list")]
fn around<T: Copy>(values: &[T], percentile: f64) -> Option<(T, T, f64)> {
    let place = percentile / 100.0 * count(values.len().checked_sub(1)?);
    let at = place.floor() as usize;
    let lower = *values.get(at)?;
    let upper = values.get(at.saturating_add(1)).copied().unwrap_or(lower);
    Some((lower, upper, place - place.floor()))
}

/// A share of a whole number, without the fraction.
#[expect(clippy::cast_possible_truncation, reason = "the fraction goes, and the rest is no larger than the number")]
fn share(number: i128, fraction: f64) -> i128 {
    /// From here on doubles have no fraction: 2^52.
    const NO_FRACTION: i128 = 1 << 52;
    if number < NO_FRACTION {
        return (double(number) * fraction) as i128;
    }
    // in units of 2^-53, so that no digit is lost
    let share = (fraction * 9_007_199_254_740_992.0) as i128;
    number.checked_mul(share).map_or(0, |product| product >> 53)
}

/// `MV_PSERIES_WEIGHTED_SUM`
pub(super) fn weighted(list: &Value, power: &Value, cx: &mut Context) -> Value {
    let Some(power) = single(power.clone(), cx).and_then(|power| power.as_f64()) else { return Value::Null };
    let Some(Numbers::Double(values)) = Numbers::of(list) else { return Value::Null };
    let terms = (1_u32..).zip(values).map(|(place, value)| value / f64::from(place).powf(power));
    finite(total(terms), cx)
}
