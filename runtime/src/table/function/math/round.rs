//! Numbers with fewer digits (ES|QL reference, "Mathematical functions": ceil, floor, round, scalb).

use super::{Fault, finite, whole};
use crate::table::expr::Context;
use crate::table::function::singles;
use crate::table::value::{Type, Value};

/// From here on a double has no fraction: 2^52.
const NO_FRACTION: f64 = 4_503_599_627_370_496.0;

/// `CEIL` and `FLOOR`: whole numbers stay as they are.
pub(super) fn to_whole(arguments: &[Value], cx: &mut Context, direction: impl FnOnce(f64) -> f64) -> Value {
    let Some([value]) = singles(arguments, cx) else { return Value::Null };
    match value {
        Value::Double(number) => Value::Double(direction(number)),
        Value::Int(_) | Value::Long(_) | Value::Unsigned(_) => value,
        _ => Value::Null,
    }
}

/// `ROUND`
pub(super) fn round(result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let (value, decimals) = if arguments.len() < 2 {
        let Some([value]) = singles(arguments, cx) else { return Value::Null };
        (value, 0)
    } else {
        let Some([value, decimals]) = singles(arguments, cx) else { return Value::Null };
        let Some(decimals) = decimals.as_i128() else { return Value::Null };
        (value, decimals)
    };
    match value {
        Value::Double(number) => {
            let decimals = i32::try_from(decimals.clamp(-400, 400)).unwrap_or_default();
            finite(round_double(number, decimals), cx)
        }
        Value::Int(_) | Value::Long(_) | Value::Unsigned(_) => {
            let Some(number) = value.as_i128() else { return Value::Null };
            whole(result, round_whole(number, decimals), cx)
        }
        _ => Value::Null,
    }
}

fn round_double(number: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    if scale == 0.0 || number == 0.0 {
        return 0.0;
    }
    let scaled = number * scale;
    // there is nothing behind the point that could go
    if decimals >= 0 && (!scaled.is_finite() || scaled.abs() >= NO_FRACTION) {
        return number;
    }
    let rounded = scaled.round();
    // a negative power of ten is no double: its inverse is
    if decimals < 0 { rounded * 10_f64.powi(decimals.saturating_neg()) } else { rounded / scale }
}

fn round_whole(number: i128, decimals: i128) -> i128 {
    if decimals >= 0 || number == 0 {
        return number;
    }
    let Some(scale) = decimals
        .checked_neg()
        .and_then(|digits| u32::try_from(digits).ok())
        .and_then(|digits| 10_i128.checked_pow(digits))
    else {
        return 0;
    };
    // Elasticsearch: a number with no more digits than go away is 0, whatever they are
    if number.abs() < scale {
        return 0;
    }
    let rest = number % scale;
    let half = scale / 2;
    let step = match rest {
        rest if rest >= half => 1,
        rest if rest <= -half => -1,
        _ => 0,
    };
    number.checked_div(scale).and_then(|count| (count + step).checked_mul(scale)).unwrap_or(number)
}

/// `SCALB`
pub(super) fn scalb(arguments: &[Value], cx: &mut Context) -> Value {
    let Some([value, exponent]) = singles(arguments, cx) else { return Value::Null };
    let (Some(number), Some(exponent)) = (value.as_f64(), exponent.as_i128()) else { return Value::Null };
    match i32::try_from(exponent) {
        Ok(exponent) => finite(scaled(number, exponent), cx),
        Err(_) => Fault::Overflow.null(cx),
    }
}

/// `number * 2^exponent`, rounded once.
fn scaled(mut number: f64, exponent: i32) -> f64 {
    let mut exponent = exponent.clamp(-2_200, 2_200);
    while exponent > 1_023 {
        number *= 2_f64.powi(1_023);
        exponent -= 1_023;
    }
    // steps that leave 53 bits, so that what falls out of the smallest numbers is rounded by the last step only
    while exponent < -1_022 && number != 0.0 {
        number *= 2_f64.powi(-969);
        exponent += 969;
    }
    number * 2_f64.powi(exponent.max(-1_022))
}
