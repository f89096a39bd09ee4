//! One of several values (ES|QL reference, "Conditional functions": greatest, least, clamp; "Mathematical functions": `round_to`).

use std::cmp::Ordering;

use super::promoted;
use crate::table::expr::{Context, compare, single};
use crate::table::function::singles;
use crate::table::value::{Type, Value};

/// `GREATEST` and `LEAST`.
pub(super) fn most(result: Type, arguments: &[Value], cx: &mut Context, wanted: Ordering) -> Value {
    let mut best: Option<Value> = None;
    for argument in arguments {
        if argument.is_null() {
            return Value::Null;
        }
        for value in argument.values() {
            let value = promoted(result, value.clone(), cx);
            if value.is_null() {
                return Value::Null;
            }
            if best.as_ref().is_none_or(|best| value.cmp(best) == wanted) {
                best = Some(value);
            }
        }
    }
    best.unwrap_or_default()
}

/// `CLAMP`: the upper end wins over the lower.
pub(super) fn clamp(result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let Some([value, least, most]) = singles(arguments, cx) else { return Value::Null };
    let value = further(&value, &least, Ordering::Less);
    let value = further(&value, &most, Ordering::Greater);
    promoted(result, value, cx)
}

/// `CLAMP_MIN`
pub(super) fn clamp_min(result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let Some([value, least]) = singles(arguments, cx) else { return Value::Null };
    promoted(result, further(&value, &least, Ordering::Less), cx)
}

/// `CLAMP_MAX`
pub(super) fn clamp_max(result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let Some([value, most]) = singles(arguments, cx) else { return Value::Null };
    promoted(result, further(&value, &most, Ordering::Greater), cx)
}

/// The end, if the value is beyond it.
fn further(value: &Value, end: &Value, beyond: Ordering) -> Value {
    match compare(value, end) {
        Some(order) if order == beyond => end.clone(),
        Some(_) => value.clone(),
        None => Value::Null,
    }
}

/// `ROUND_TO`
pub(super) fn round_to(result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let mut arguments = arguments.iter();
    let Some(value) = single(arguments.next().cloned().unwrap_or_default(), cx) else { return Value::Null };
    let mut below: Option<&Value> = None;
    let mut least: Option<&Value> = None;
    for point in arguments.flat_map(Value::values) {
        let Some(order) = compare(point, &value) else { return Value::Null };
        let beats = |best: Option<&Value>, wanted| best.is_none_or(|best| compare(point, best) == Some(wanted));
        if order.is_le() && beats(below, Ordering::Greater) {
            below = Some(point);
        }
        if beats(least, Ordering::Less) {
            least = Some(point);
        }
    }
    match below.or(least) {
        Some(point) => promoted(result, point.clone(), cx),
        // without a point the value stays
        None => promoted(result, value, cx),
    }
}
