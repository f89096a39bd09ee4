//! Functions on numbers (ES|QL reference, "Mathematical functions", "Operators", "Conditional functions": greatest and least, "Grouping functions":
//! bucket).

mod arithmetic;
mod bucket;
mod choose;
mod round;
#[cfg(test)]
pub(super) mod tests;

use super::singles;
use crate::table::expr::Context;
use crate::table::value::{Type, Value};
use arithmetic::Operator;

/// Functions on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MathFunction {
    /// `+`: numbers, points in time and spans of time.
    Add,
    /// `-` with two sides.
    Subtract,
    /// `*`
    Multiply,
    /// `/`: of whole numbers without the fraction.
    Divide,
    /// `%`: of the sign of the left side.
    Modulo,
    /// `-` in front of a number or a span of time.
    Negate,
    /// `ABS`
    Abs,
    /// `ACOS`
    Acos,
    /// `ACOSH`
    Acosh,
    /// `ASIN`
    Asin,
    /// `ASINH`
    Asinh,
    /// `ATAN`
    Atan,
    /// `ATAN2(y, x)`
    Atan2,
    /// `ATANH`
    Atanh,
    /// `BUCKET(value, size)` and `BUCKET(value, count, from, to)`
    Bucket,
    /// `CBRT`
    Cbrt,
    /// `CEIL`
    Ceil,
    /// `CLAMP(value, least, most)`
    Clamp,
    /// `CLAMP_MAX(value, most)`
    ClampMax,
    /// `CLAMP_MIN(value, least)`
    ClampMin,
    /// `COPY_SIGN(magnitude, sign)`
    CopySign,
    /// `COS`
    Cos,
    /// `COSH`
    Cosh,
    /// `E`
    E,
    /// `EXP`
    Exp,
    /// `FLOOR`
    Floor,
    /// `GREATEST`: of several values of one argument, the greatest counts.
    Greatest,
    /// `HYPOT`
    Hypot,
    /// `LEAST`: of several values of one argument, the least counts.
    Least,
    /// `LOG(value)` and `LOG(base, value)`
    Log,
    /// `LOG10`
    Log10,
    /// `PI`
    Pi,
    /// `POW`
    Pow,
    /// `ROUND(value)` and `ROUND(value, decimals)`: halves go away from zero.
    Round,
    /// `ROUND_TO(value, point, ..)`: down to the next point, or up to the first.
    RoundTo,
    /// `SCALB(value, exponent)`: times a power of two.
    Scalb,
    /// `SIGNUM`
    Signum,
    /// `SIN`
    Sin,
    /// `SINH`
    Sinh,
    /// `SQRT`
    Sqrt,
    /// `TAN`
    Tan,
    /// `TANH`
    Tanh,
    /// `TAU`
    Tau,
}

/// Calls a function of this family.
pub(super) fn call(function: MathFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    use MathFunction as F;
    match function {
        F::Add => arithmetic::call(Operator::Add, result, arguments, cx),
        F::Subtract => arithmetic::call(Operator::Subtract, result, arguments, cx),
        F::Multiply => arithmetic::call(Operator::Multiply, result, arguments, cx),
        F::Divide => arithmetic::call(Operator::Divide, result, arguments, cx),
        F::Modulo => arithmetic::call(Operator::Modulo, result, arguments, cx),
        F::Negate => arithmetic::negate(arguments, cx),
        F::Abs => abs(arguments, cx),
        F::Acos => real(arguments, cx, |[x]| within(x.abs() <= 1.0, x.acos())),
        F::Acosh => real(arguments, cx, |[x]| within(x >= 1.0, x.acosh())),
        F::Asin => real(arguments, cx, |[x]| within(x.abs() <= 1.0, x.asin())),
        F::Asinh => real(arguments, cx, |[x]| Ok(x.asinh())),
        F::Atan => real(arguments, cx, |[x]| Ok(x.atan())),
        F::Atan2 => real(arguments, cx, |[y, x]| Ok(y.atan2(x))),
        F::Atanh => real(arguments, cx, |[x]| within(x.abs() < 1.0, x.atanh())),
        F::Bucket => bucket::call(arguments, cx),
        F::Cbrt => real(arguments, cx, |[x]| Ok(x.cbrt())),
        F::Ceil => round::to_whole(arguments, cx, f64::ceil),
        F::Clamp => choose::clamp(result, arguments, cx),
        F::ClampMax => choose::clamp_max(result, arguments, cx),
        F::ClampMin => choose::clamp_min(result, arguments, cx),
        F::CopySign => copy_sign(arguments, cx),
        F::Cos => real(arguments, cx, |[x]| Ok(x.cos())),
        F::Cosh => real(arguments, cx, |[x]| Ok(x.cosh())),
        F::E => Value::Double(std::f64::consts::E),
        F::Exp => real(arguments, cx, |[x]| Ok(x.exp())),
        F::Floor => round::to_whole(arguments, cx, f64::floor),
        F::Greatest => choose::most(result, arguments, cx, std::cmp::Ordering::Greater),
        F::Hypot => real(arguments, cx, |[x, y]| Ok(x.hypot(y))),
        F::Least => choose::most(result, arguments, cx, std::cmp::Ordering::Less),
        F::Log if arguments.len() < 2 => real(arguments, cx, |[x]| within(x > 0.0, x.ln())),
        F::Log => real(arguments, cx, |[base, x]| match base {
            1.0 => Err(Fault::Division),
            base => within(base > 0.0 && x > 0.0, x.log10() / base.log10()),
        }),
        F::Log10 => real(arguments, cx, |[x]| within(x > 0.0, x.log10())),
        F::Pi => Value::Double(std::f64::consts::PI),
        F::Pow => real(arguments, cx, |[base, exponent]| Ok(base.powf(exponent))),
        F::Round => round::round(result, arguments, cx),
        F::RoundTo => choose::round_to(result, arguments, cx),
        F::Scalb => round::scalb(arguments, cx),
        F::Signum => real(arguments, cx, |[x]| Ok(if x == 0.0 { x } else { x.signum() })),
        F::Sin => real(arguments, cx, |[x]| Ok(x.sin())),
        F::Sinh => real(arguments, cx, |[x]| Ok(x.sinh())),
        F::Sqrt => real(arguments, cx, |[x]| within(x >= 0.0, x.sqrt())),
        F::Tan => real(arguments, cx, |[x]| Ok(x.tan())),
        F::Tanh => real(arguments, cx, |[x]| Ok(x.tanh())),
        F::Tau => Value::Double(std::f64::consts::TAU),
    }
}

/// Why there is no number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// The function is not defined there.
    Domain,
    /// Something was divided by zero.
    Division,
    /// The number does not fit its type.
    Overflow,
}

impl Fault {
    /// Null, with a warning.
    pub(super) fn null(self, cx: &mut Context) -> Value {
        let count = match self {
            Self::Domain => &mut cx.warnings.other,
            Self::Division => &mut cx.warnings.division,
            Self::Overflow => &mut cx.warnings.overflow,
        };
        *count += 1;
        Value::Null
    }
}

/// A number if the function is defined.
fn within(defined: bool, value: f64) -> Result<f64, Fault> {
    if defined { Ok(value) } else { Err(Fault::Domain) }
}

/// A double of doubles.
fn real<const N: usize>(
    arguments: &[Value],
    cx: &mut Context,
    compute: impl FnOnce([f64; N]) -> Result<f64, Fault>,
) -> Value {
    let Some(values) = singles::<N>(arguments, cx) else { return Value::Null };
    let mut numbers = [0.0; N];
    for (number, value) in numbers.iter_mut().zip(&values) {
        match value.as_f64() {
            Some(value) => *number = value,
            None => return Value::Null,
        }
    }
    match compute(numbers) {
        Ok(number) => finite(number, cx),
        Err(fault) => fault.null(cx),
    }
}

/// A double; null with a warning if it is none.
pub(super) fn finite(value: f64, cx: &mut Context) -> Value {
    if value.is_finite() { Value::Double(value) } else { Fault::Overflow.null(cx) }
}

/// A whole number as a value of its type; null with a warning if it does not fit.
pub(super) fn whole(kind: Type, value: i128, cx: &mut Context) -> Value {
    whole_of(kind, value).unwrap_or_else(|| Fault::Overflow.null(cx))
}

fn whole_of(kind: Type, value: i128) -> Option<Value> {
    match kind {
        Type::Integer => i32::try_from(value).ok().map(Value::Int),
        Type::Long => i64::try_from(value).ok().map(Value::Long),
        Type::UnsignedLong => u64::try_from(value).ok().map(Value::Unsigned),
        Type::Date => i64::try_from(value).ok().map(Value::Date),
        Type::DateNanos => i64::try_from(value).ok().filter(|value| *value >= 0).map(Value::DateNanos),
        _ => None,
    }
}

/// A number as one of another type; anything else as it is.
pub(super) fn promoted(kind: Type, value: Value, cx: &mut Context) -> Value {
    let same = matches!(
        (kind, &value),
        (Type::Integer, Value::Int(_))
            | (Type::Long, Value::Long(_))
            | (Type::UnsignedLong, Value::Unsigned(_))
            | (Type::Double, Value::Double(_))
    );
    if same || !kind.is_number() {
        return value;
    }
    match (kind, &value) {
        (Type::Double, Value::Int(_) | Value::Long(_) | Value::Unsigned(_)) => {
            value.as_f64().map_or(Value::Null, |number| finite(number, cx))
        }
        (_, Value::Int(_) | Value::Long(_) | Value::Unsigned(_)) => {
            value.as_i128().map_or(Value::Null, |number| whole(kind, number, cx))
        }
        _ => Value::Null,
    }
}

/// The type of a number.
fn kind_of(value: &Value) -> Option<Type> {
    match value {
        Value::Int(_) => Some(Type::Integer),
        Value::Long(_) => Some(Type::Long),
        Value::Unsigned(_) => Some(Type::UnsignedLong),
        Value::Double(_) => Some(Type::Double),
        _ => None,
    }
}

fn abs(arguments: &[Value], cx: &mut Context) -> Value {
    let Some([value]) = singles(arguments, cx) else { return Value::Null };
    match (kind_of(&value), &value) {
        (_, Value::Double(number)) => Value::Double(number.abs()),
        (Some(kind), value) => value.as_i128().map_or(Value::Null, |number| whole(kind, number.abs(), cx)),
        (None, _) => Value::Null,
    }
}

fn copy_sign(arguments: &[Value], cx: &mut Context) -> Value {
    let Some([magnitude, sign]) = singles(arguments, cx) else { return Value::Null };
    let Some(sign) = sign.as_f64() else { return Value::Null };
    match (kind_of(&magnitude), &magnitude) {
        (_, Value::Double(number)) => Value::Double(number.copysign(sign)),
        (Some(kind), value) => value.as_i128().map_or(Value::Null, |number| {
            let number = number.abs();
            whole(kind, if sign.is_sign_negative() { -number } else { number }, cx)
        }),
        (None, _) => Value::Null,
    }
}
