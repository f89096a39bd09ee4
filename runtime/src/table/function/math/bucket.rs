//! `BUCKET` (ES|QL reference, "Grouping functions").

use super::{Fault, finite};
use crate::table::expr::Context;
use crate::table::function::date::{DAY, Interval, milliseconds, truncated};
use crate::table::function::singles;
use crate::table::value::Value;

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;
const SECOND: i64 = 1_000;

/// Sizes of buckets that people are used to, from coarse to fine.
const FIXED: [i64; 16] = [
    DAY,
    12 * HOUR,
    3 * HOUR,
    HOUR,
    30 * MINUTE,
    10 * MINUTE,
    5 * MINUTE,
    MINUTE,
    30 * SECOND,
    10 * SECOND,
    5 * SECOND,
    SECOND,
    100,
    50,
    10,
    1,
];

/// `BUCKET`
pub(super) fn call(arguments: &[Value], cx: &mut Context) -> Value {
    if arguments.len() < 4 {
        let Some([value, size]) = singles(arguments, cx) else { return Value::Null };
        return match (&value, &size) {
            (Value::Date(_) | Value::DateNanos(_), Value::Period(..) | Value::Duration(_)) => {
                truncated(&value, Interval::of(&size), cx)
            }
            _ => numbers(&value, size.as_f64(), cx),
        };
    }
    let Some([value, count, from, to]) = singles(arguments, cx) else { return Value::Null };
    let Some(count) = count.as_i128().and_then(|count| i32::try_from(count).ok()) else {
        return Fault::Domain.null(cx);
    };
    match &value {
        Value::Date(_) | Value::DateNanos(_) => match (milliseconds(&from), milliseconds(&to)) {
            (Some(from), Some(to)) => truncated(&value, Some(interval(count, from, to)), cx),
            _ => Value::Null,
        },
        _ => match (from.as_f64(), to.as_f64()) {
            (Some(from), Some(to)) => {
                let exact = (to - from) / f64::from(count);
                let tens = 10_f64.powf(exact.log10().ceil());
                numbers(&value, Some(if exact < tens / 2.0 { tens / 2.0 } else { tens }), cx)
            }
            _ => Value::Null,
        },
    }
}

fn numbers(value: &Value, size: Option<f64>, cx: &mut Context) -> Value {
    match (value, size) {
        (Value::Int(_) | Value::Long(_) | Value::Unsigned(_) | Value::Double(_), Some(size)) if size.is_finite() => {
            if size == 0.0 {
                return Fault::Division.null(cx);
            }
            value.as_f64().map_or(Value::Null, |value| finite((value / size).floor() * size, cx))
        }
        (Value::Int(_) | Value::Long(_) | Value::Unsigned(_) | Value::Double(_), Some(_)) => Fault::Domain.null(cx),
        _ => Value::Null,
    }
}

/// The finest size that gives at most so many buckets, or years.
fn interval(count: i32, from: i64, to: i64) -> Interval {
    let suffices = |interval: &Interval| {
        let Some(start) = interval.floor(from) else { return false };
        // an end that cannot be counted lies behind everything
        count > 0 && interval.after(start, count.into()).is_none_or(|end| end >= to)
    };
    let fixed = FIXED.iter().map(|size| Interval::Fixed(*size)).take_while(|interval| suffices(interval)).last();
    fixed
        .or_else(|| [Interval::Week, Interval::Months(1)].into_iter().find(|interval| suffices(interval)))
        .unwrap_or(Interval::Months(12))
}
