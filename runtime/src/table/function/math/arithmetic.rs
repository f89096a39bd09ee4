//! `+ - * / %` and the sign (ES|QL reference, "Operators", "Binary operators" and "Unary operators").

use super::{Fault, finite, kind_of, whole};
use crate::table::expr::Context;
use crate::table::function::{date, singles};
use crate::table::value::{Type, Value};

/// What is done with two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// Computes one value of two.
pub(super) fn call(op: Operator, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let Some([left, right]) = singles(arguments, cx) else { return Value::Null };
    if kind_of(&left).is_some() && kind_of(&right).is_some() {
        return numbers(op, result, &left, &right, cx);
    }
    match spans(op, &left, &right) {
        Ok(Some(value)) => value,
        Ok(None) => Value::Null,
        Err(fault) => fault.null(cx),
    }
}

/// `-` in front of a value.
pub(super) fn negate(arguments: &[Value], cx: &mut Context) -> Value {
    let Some([value]) = singles(arguments, cx) else { return Value::Null };
    let negated = match &value {
        Value::Double(number) => Some(Value::Double(-number)),
        Value::Period(months, days) => {
            months.checked_neg().zip(days.checked_neg()).map(|(months, days)| Value::Period(months, days))
        }
        Value::Duration(milliseconds) => milliseconds.checked_neg().map(Value::Duration),
        value => match (kind_of(value), value.as_i128()) {
            (Some(kind), Some(number)) => return whole(kind, -number, cx),
            _ => return Value::Null,
        },
    };
    negated.unwrap_or_else(|| Fault::Overflow.null(cx))
}

fn numbers(op: Operator, result: Type, left: &Value, right: &Value, cx: &mut Context) -> Value {
    if result == Type::Double {
        let (Some(a), Some(b)) = (left.as_f64(), right.as_f64()) else { return Value::Null };
        return match op {
            Operator::Add => finite(a + b, cx),
            Operator::Subtract => finite(a - b, cx),
            Operator::Multiply => finite(a * b, cx),
            Operator::Divide | Operator::Modulo if b == 0.0 => Fault::Division.null(cx),
            Operator::Divide => finite(a / b, cx),
            Operator::Modulo => finite(a % b, cx),
        };
    }
    let (Some(a), Some(b)) = (left.as_i128(), right.as_i128()) else { return Value::Null };
    let computed = match op {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide | Operator::Modulo if b == 0 => return Fault::Division.null(cx),
        Operator::Divide => a.checked_div(b),
        Operator::Modulo => a.checked_rem(b),
    };
    match computed {
        Some(number) => whole(result, number, cx),
        None => Fault::Overflow.null(cx),
    }
}

/// Points in time and spans of time; nothing if they do not go together.
fn spans(op: Operator, left: &Value, right: &Value) -> Result<Option<Value>, Fault> {
    let is_span = |value: &Value| matches!(value, Value::Period(..) | Value::Duration(_));
    let is_date = |value: &Value| matches!(value, Value::Date(_) | Value::DateNanos(_));
    let computed = match op {
        Operator::Add if is_date(left) && is_span(right) => date::shifted(left, right, false),
        Operator::Add if is_span(left) && is_date(right) => date::shifted(right, left, false),
        Operator::Subtract if is_date(left) && is_span(right) => date::shifted(left, right, true),
        Operator::Add => match (left, right) {
            (Value::Period(a, x), Value::Period(b, y)) => {
                a.checked_add(*b).zip(x.checked_add(*y)).map(|(months, days)| Value::Period(months, days))
            }
            (Value::Duration(a), Value::Duration(b)) => a.checked_add(*b).map(Value::Duration),
            _ => return Ok(None),
        },
        Operator::Subtract => match (left, right) {
            (Value::Period(a, x), Value::Period(b, y)) => {
                a.checked_sub(*b).zip(x.checked_sub(*y)).map(|(months, days)| Value::Period(months, days))
            }
            (Value::Duration(a), Value::Duration(b)) => a.checked_sub(*b).map(Value::Duration),
            _ => return Ok(None),
        },
        Operator::Multiply | Operator::Divide | Operator::Modulo => return Ok(None),
    };
    computed.map(Some).ok_or(Fault::Overflow)
}
