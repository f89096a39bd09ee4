//! What functions on numbers compute.

use super::MathFunction as F;
use crate::table::expr::Context;
use crate::table::function::{Function, call};
use crate::table::value::Value::{self, Duration, Int, Null, Period, Unsigned};
use crate::table::value::{Type, Value as V};

/// Calls a function; tells what comes out, and what is warned of.
pub(in crate::table::function) fn check(
    function: Function,
    result: Type,
    arguments: &[Value],
    expected: &Value,
    warned: &str,
) {
    let mut cx = Context::at(0);
    let value = call(function, result, arguments, &mut cx);
    let warnings = &cx.warnings;
    let counts = [
        ("multi_value", warnings.multi_value),
        ("overflow", warnings.overflow),
        ("division", warnings.division),
        ("conversion", warnings.conversion),
        ("other", warnings.other),
    ];
    let said: Vec<&str> = counts.into_iter().filter(|(_, count)| *count > 0).map(|(name, _)| name).collect();
    // the text tells -0.0 from 0.0
    assert_eq!((&value, value.to_string()), (expected, expected.to_string()), "{function:?} {arguments:?}");
    assert_eq!(said.join(","), warned, "{function:?} {arguments:?}");
}

fn all(result: Type, table: &[(F, &[Value], Value, &str)]) {
    for (function, arguments, expected, warned) in table {
        check(Function::Math(*function), result, arguments, expected, warned);
    }
}

const fn d(value: f64) -> Value {
    V::Double(value)
}

fn list(values: &[Value]) -> Value {
    V::list(values.iter().cloned())
}

const L: fn(i64) -> Value = V::Long;

#[test]
fn operators() {
    all(
        Type::Integer,
        &[
            (F::Add, &[Int(2), Int(3)], Int(5), ""),
            (F::Add, &[Int(i32::MAX), Int(1)], Null, "overflow"),
            (F::Subtract, &[Int(i32::MIN), Int(1)], Null, "overflow"),
            (F::Multiply, &[Int(-4), Int(3)], Int(-12), ""),
            (F::Divide, &[Int(7), Int(-2)], Int(-3), ""),
            (F::Divide, &[Int(1), Int(0)], Null, "division"),
            (F::Divide, &[Int(i32::MIN), Int(-1)], Null, "overflow"),
            (F::Modulo, &[Int(-7), Int(2)], Int(-1), ""),
            (F::Modulo, &[Int(7), Int(0)], Null, "division"),
            (F::Modulo, &[Int(i32::MIN), Int(-1)], Int(0), ""),
            (F::Add, &[Null, Int(3)], Null, ""),
            (F::Add, &[list(&[Int(1), Int(2)]), Int(3)], Null, "multi_value"),
            (F::Add, &[V::text("1"), Int(3)], Null, ""),
            (F::Add, &[], Null, ""),
            (F::Negate, &[Int(5)], Int(-5), ""),
            (F::Negate, &[Int(i32::MIN)], Null, "overflow"),
            (F::Negate, &[Null], Null, ""),
            (F::Negate, &[V::text("a")], Null, ""),
        ],
    );
    all(
        Type::Long,
        &[
            (F::Add, &[Int(2), L(3)], L(5), ""),
            (F::Add, &[Int(i32::MAX), L(1)], L(2_147_483_648), ""),
            (F::Multiply, &[L(i64::MAX), L(2)], Null, "overflow"),
            (F::Divide, &[L(i64::MAX), L(2)], L(4_611_686_018_427_387_903), ""),
            (F::Negate, &[L(i64::MIN)], Null, "overflow"),
        ],
    );
    all(
        Type::UnsignedLong,
        &[
            (F::Add, &[Unsigned(u64::MAX), Unsigned(1)], Null, "overflow"),
            (F::Subtract, &[Unsigned(1), Unsigned(2)], Null, "overflow"),
            (F::Multiply, &[Unsigned(u64::MAX), Unsigned(u64::MAX)], Null, "overflow"),
            (F::Divide, &[Unsigned(u64::MAX), Unsigned(2)], Unsigned(u64::MAX / 2), ""),
            (F::Modulo, &[Unsigned(7), Unsigned(4)], Unsigned(3), ""),
        ],
    );
    all(
        Type::Double,
        &[
            (F::Add, &[Int(1), d(0.5)], d(1.5), ""),
            (F::Divide, &[d(7.0), Int(2)], d(3.5), ""),
            (F::Divide, &[d(7.0), d(0.0)], Null, "division"),
            (F::Modulo, &[d(-7.5), d(2.0)], d(-1.5), ""),
            (F::Modulo, &[d(7.5), L(0)], Null, "division"),
            (F::Multiply, &[d(1e300), d(1e300)], Null, "overflow"),
            (F::Negate, &[d(1.5)], d(-1.5), ""),
        ],
    );
}

#[test]
fn dates_and_spans() {
    const DAY: i64 = 86_400_000;
    // 2024-01-31T00:00:00Z
    const END_OF_JANUARY: i64 = 1_706_659_200_000;
    all(
        Type::Date,
        &[
            (F::Add, &[V::Date(0), Duration(5)], V::Date(5), ""),
            (F::Add, &[Duration(5), V::Date(1)], V::Date(6), ""),
            (F::Subtract, &[V::Date(0), Duration(3_600_000)], V::Date(-3_600_000), ""),
            (F::Subtract, &[Duration(5), V::Date(1)], Null, ""),
            (F::Add, &[V::Date(i64::MAX), Duration(1)], Null, "overflow"),
            (F::Add, &[V::Date(END_OF_JANUARY), Period(1, 0)], V::Date(END_OF_JANUARY + 29 * DAY), ""),
            (F::Add, &[V::Date(END_OF_JANUARY + 7), Period(1, 1)], V::Date(END_OF_JANUARY + 30 * DAY + 7), ""),
            (F::Subtract, &[V::Date(END_OF_JANUARY), Period(2, 0)], V::Date(END_OF_JANUARY - 62 * DAY), ""),
            (F::Add, &[Period(0, 7), V::Date(-1)], V::Date(7 * DAY - 1), ""),
            (F::Add, &[V::Date(0), Period(i32::MAX, 0)], Null, "overflow"),
            (F::Add, &[V::Date(0), Period(0, i32::MAX)], Null, "overflow"),
            (F::Subtract, &[V::Date(0), Period(i32::MIN, 0)], Null, "overflow"),
            (F::Multiply, &[V::Date(1), Duration(2)], Null, ""),
            (F::Add, &[Null, Duration(2)], Null, ""),
            (F::Add, &[list(&[V::Date(1), V::Date(2)]), Duration(2)], Null, "multi_value"),
        ],
    );
    all(
        Type::DateNanos,
        &[
            (F::Add, &[V::DateNanos(5), Duration(1)], V::DateNanos(1_000_005), ""),
            (F::Subtract, &[V::DateNanos(5), Duration(1)], Null, "overflow"),
            (F::Add, &[V::DateNanos(5), Period(0, 1)], V::DateNanos(DAY * 1_000_000 + 5), ""),
            (F::Add, &[V::DateNanos(i64::MAX), Period(12, 0)], Null, "overflow"),
        ],
    );
    all(
        Type::DatePeriod,
        &[
            (F::Add, &[Period(1, 2), Period(3, 4)], Period(4, 6), ""),
            (F::Subtract, &[Period(1, 2), Period(3, 4)], Period(-2, -2), ""),
            (F::Add, &[Period(i32::MAX, 2), Period(3, 4)], Null, "overflow"),
            (F::Negate, &[Period(1, 2)], Period(-1, -2), ""),
            (F::Negate, &[Period(1, i32::MIN)], Null, "overflow"),
            (F::Add, &[Period(1, 2), Duration(1)], Null, ""),
            (F::Subtract, &[Duration(1), Duration(3)], Duration(-2), ""),
            (F::Add, &[Duration(i64::MAX), Duration(3)], Null, "overflow"),
            (F::Negate, &[Duration(3)], Duration(-3), ""),
        ],
    );
}

#[test]
fn curves() {
    use std::f64::consts::{E, FRAC_PI_2, FRAC_PI_4, LN_2, PI, TAU};
    all(
        Type::Double,
        &[
            (F::Acos, &[Int(1)], d(0.0), ""),
            (F::Acos, &[d(1.5)], Null, "other"),
            (F::Acosh, &[Int(1)], d(0.0), ""),
            (F::Acosh, &[d(0.5)], Null, "other"),
            (F::Asin, &[L(1)], d(FRAC_PI_2), ""),
            (F::Asin, &[d(-1.5)], Null, "other"),
            (F::Asinh, &[Int(0)], d(0.0), ""),
            (F::Atan, &[Int(1)], d(FRAC_PI_4), ""),
            (F::Atan2, &[Int(1), Int(0)], d(FRAC_PI_2), ""),
            (F::Atan2, &[Null, Int(0)], Null, ""),
            (F::Atanh, &[Int(0)], d(0.0), ""),
            (F::Atanh, &[Int(1)], Null, "other"),
            (F::Cbrt, &[Unsigned(27)], d(3.0), ""),
            (F::Cbrt, &[d(-8.0)], d(-2.0), ""),
            (F::Cos, &[Int(0)], d(1.0), ""),
            (F::Cosh, &[Int(0)], d(1.0), ""),
            (F::Cosh, &[Int(1_000)], Null, "overflow"),
            (F::E, &[], d(E), ""),
            (F::Exp, &[Int(0)], d(1.0), ""),
            (F::Exp, &[Int(1_000)], Null, "overflow"),
            (F::Hypot, &[Int(3), d(4.0)], d(5.0), ""),
            (F::Hypot, &[d(1.7e308), d(1.7e308)], Null, "overflow"),
            (F::Log, &[Int(2)], d(LN_2), ""),
            (F::Log, &[Int(0)], Null, "other"),
            (F::Log, &[d(2.0), d(8.0)], d(3.0), ""),
            (F::Log, &[Int(1), Int(8)], Null, "division"),
            (F::Log, &[Int(-2), Int(8)], Null, "other"),
            (F::Log, &[Int(2), Null], Null, ""),
            (F::Log10, &[Int(1_000)], d(3.0), ""),
            (F::Log10, &[d(-1.0)], Null, "other"),
            (F::Pi, &[], d(PI), ""),
            (F::Pow, &[Int(2), Int(10)], d(1024.0), ""),
            (F::Pow, &[Int(-8), d(0.5)], Null, "overflow"),
            (F::Pow, &[d(10.0), Int(400)], Null, "overflow"),
            (F::Scalb, &[d(3.0), Int(2)], d(12.0), ""),
            (F::Scalb, &[Int(1), Int(-1_074)], d(5e-324), ""),
            (F::Scalb, &[d(5e-324), Int(2_097)], d(2_f64.powi(1_023)), ""),
            (F::Scalb, &[d(3.0), Int(2_000)], Null, "overflow"),
            (F::Scalb, &[d(3.0), Int(i32::MIN)], d(0.0), ""),
            (F::Scalb, &[d(3.0), L(i64::MAX)], Null, "overflow"),
            (F::Signum, &[Int(-7)], d(-1.0), ""),
            (F::Signum, &[Int(0)], d(0.0), ""),
            (F::Signum, &[Unsigned(u64::MAX)], d(1.0), ""),
            (F::Sin, &[Int(0)], d(0.0), ""),
            (F::Sinh, &[Int(1_000)], Null, "overflow"),
            (F::Sqrt, &[Int(9)], d(3.0), ""),
            (F::Sqrt, &[Int(-9)], Null, "other"),
            (F::Tan, &[Int(0)], d(0.0), ""),
            (F::Tanh, &[Int(1_000)], d(1.0), ""),
            (F::Tau, &[], d(TAU), ""),
        ],
    );
    // null, several values, a text, nothing: the same for all
    for function in [
        F::Abs,
        F::Acos,
        F::Acosh,
        F::Asin,
        F::Asinh,
        F::Atan,
        F::Atanh,
        F::Cbrt,
        F::Ceil,
        F::Cos,
        F::Cosh,
        F::Exp,
        F::Floor,
        F::Log,
        F::Log10,
        F::Round,
        F::Signum,
        F::Sin,
        F::Sinh,
        F::Sqrt,
        F::Tan,
        F::Tanh,
        F::Negate,
    ] {
        all(
            Type::Double,
            &[
                (function, &[Null], Null, ""),
                (function, &[list(&[d(0.5), d(1.0)])], Null, "multi_value"),
                (function, &[V::text("1")], Null, ""),
                (function, &[], Null, ""),
            ],
        );
    }
}

#[test]
fn digits() {
    all(
        Type::Double,
        &[
            (F::Abs, &[d(-1.5)], d(1.5), ""),
            (F::Ceil, &[d(1.2)], d(2.0), ""),
            (F::Floor, &[d(-1.2)], d(-2.0), ""),
            (F::Round, &[d(2.5)], d(3.0), ""),
            (F::Round, &[d(-2.5)], d(-3.0), ""),
            (F::Round, &[d(0.499_999_999_999_999_94)], d(0.0), ""),
            (F::Round, &[d(1.2345), Int(2)], d(1.23), ""),
            (F::Round, &[d(-1.2355), Int(3)], d(-1.236), ""),
            (F::Round, &[d(12_345.6), Int(-2)], d(12_300.0), ""),
            (F::Round, &[d(1e300), Int(5)], d(1e300), ""),
            (F::Round, &[d(1.5), L(i64::MAX)], d(1.5), ""),
            (F::Round, &[d(1.5), L(i64::MIN)], d(0.0), ""),
            (F::Round, &[d(1.5), Null], Null, ""),
            (F::Round, &[d(1.5), list(&[Int(1), Int(2)])], Null, "multi_value"),
            (F::CopySign, &[d(1.5), Int(-1)], d(-1.5), ""),
        ],
    );
    all(
        Type::Integer,
        &[
            (F::Abs, &[Int(-3)], Int(3), ""),
            (F::Abs, &[Int(i32::MIN)], Null, "overflow"),
            (F::Ceil, &[Int(3)], Int(3), ""),
            (F::Round, &[Int(123)], Int(123), ""),
            (F::Round, &[Int(123), Int(2)], Int(123), ""),
            (F::Round, &[Int(125), Int(-1)], Int(130), ""),
            (F::Round, &[Int(-125), Int(-1)], Int(-130), ""),
            (F::Round, &[Int(124), Int(-1)], Int(120), ""),
            (F::Round, &[Int(999), Int(-3)], Int(0), ""),
            (F::Round, &[Int(999), Int(-400)], Int(0), ""),
            (F::Round, &[Int(i32::MAX), Int(-1)], Null, "overflow"),
            (F::CopySign, &[Int(5), d(-0.5)], Int(-5), ""),
            (F::CopySign, &[Int(-5), L(1)], Int(5), ""),
            (F::CopySign, &[Int(i32::MIN), L(1)], Null, "overflow"),
            (F::CopySign, &[Null, L(1)], Null, ""),
        ],
    );
    all(
        Type::UnsignedLong,
        &[
            (F::Abs, &[Unsigned(u64::MAX)], Unsigned(u64::MAX), ""),
            (F::Floor, &[Unsigned(u64::MAX)], Unsigned(u64::MAX), ""),
            (F::Round, &[Unsigned(u64::MAX), Int(-1)], Null, "overflow"),
            (F::Round, &[Unsigned(18), Int(-1)], Unsigned(20), ""),
        ],
    );
}

#[test]
fn choices() {
    let three = list(&[Int(1), Int(9), Int(3)]);
    all(
        Type::Integer,
        &[
            (F::Greatest, &[Int(1), Int(3), Int(2)], Int(3), ""),
            (F::Greatest, &[Int(1)], Int(1), ""),
            (F::Greatest, &[Int(1), Null], Null, ""),
            (F::Greatest, &[three.clone(), Int(2)], Int(9), ""),
            (F::Greatest, &[], Null, ""),
            (F::Least, &[three.clone(), Int(2)], Int(1), ""),
            (F::Least, &[V::text("a"), Null], Null, ""),
            (F::Clamp, &[Int(5), Int(1), Int(3)], Int(3), ""),
            (F::Clamp, &[Int(0), Int(1), Int(3)], Int(1), ""),
            (F::Clamp, &[Int(2), Int(1), Int(3)], Int(2), ""),
            (F::Clamp, &[Int(2), Int(9), Int(3)], Int(3), ""),
            (F::Clamp, &[Int(2), Null, Int(3)], Null, ""),
            (F::Clamp, &[three.clone(), Int(1), Int(3)], Null, "multi_value"),
            (F::ClampMin, &[Int(2), Int(9)], Int(9), ""),
            (F::ClampMax, &[Int(2), Int(1)], Int(1), ""),
            (F::ClampMax, &[Int(2), V::text("a")], Null, ""),
            (F::RoundTo, &[Int(5), Int(8), Int(1), Int(4)], Int(4), ""),
            (F::RoundTo, &[Int(4), Int(8), Int(4)], Int(4), ""),
            (F::RoundTo, &[Int(-5), Int(8), Int(1), Int(4)], Int(1), ""),
            (F::RoundTo, &[Null, Int(8)], Null, ""),
            (F::RoundTo, &[three, Int(8)], Null, "multi_value"),
            (F::RoundTo, &[Int(5), V::text("a")], Null, ""),
            (F::RoundTo, &[Int(5), Null], Int(5), ""),
        ],
    );
    all(
        Type::Long,
        &[
            (F::ClampMin, &[Unsigned(u64::MAX), L(9)], Null, "overflow"),
            (F::RoundTo, &[Int(5), L(3), Int(4)], L(4), ""),
        ],
    );
    all(
        Type::Double,
        &[
            (F::ClampMin, &[Int(2), d(1.0)], d(2.0), ""),
            (F::RoundTo, &[d(5.5), Int(3), Int(6)], d(3.0), ""),
            (F::Greatest, &[d(-0.5), d(0.25)], d(0.25), ""),
        ],
    );
    all(
        Type::Keyword,
        &[
            (F::Greatest, &[V::text("a"), V::text("b"), V::text("")], V::text("b"), ""),
            (F::Least, &[V::text("a"), V::text("b"), V::text("")], V::text(""), ""),
            (F::Clamp, &[V::text("z"), V::text("a"), V::text("c")], V::text("c"), ""),
        ],
    );
    all(
        Type::Version,
        &[(F::Greatest, &[V::Version("1.9".into()), V::Version("1.10".into())], V::Version("1.10".into()), "")],
    );
    all(Type::Boolean, &[(F::Greatest, &[V::Bool(false), V::Bool(true)], V::Bool(true), "")]);
    all(Type::Date, &[(F::RoundTo, &[V::Date(7), V::Date(9), V::Date(5)], V::Date(5), "")]);
}

#[test]
fn buckets() {
    // 1985-01-01, 1986-01-01, 1985-06-20T12:00:00Z (a Thursday)
    let (from, to, at) = (V::Date(473_385_600_000), V::Date(504_921_600_000), V::Date(488_116_800_000));
    let (june, monday, day) = (V::Date(486_432_000_000), V::Date(487_814_400_000), V::Date(488_073_600_000));
    all(
        Type::Date,
        &[
            (F::Bucket, &[at.clone(), Int(20), from.clone(), to.clone()], june, ""),
            (F::Bucket, &[at.clone(), Int(100), from.clone(), to.clone()], monday, ""),
            (F::Bucket, &[at.clone(), Int(365), from.clone(), to.clone()], day.clone(), ""),
            (F::Bucket, &[at.clone(), Int(i32::MAX), from.clone(), to.clone()], at.clone(), ""),
            (F::Bucket, &[at.clone(), Int(1), from.clone(), to.clone()], from.clone(), ""),
            (F::Bucket, &[at.clone(), Int(0), from.clone(), to.clone()], from.clone(), ""),
            (F::Bucket, &[at.clone(), Int(9), V::Date(i64::MIN), V::Date(i64::MAX)], from.clone(), ""),
            (F::Bucket, &[at.clone(), Period(0, 1)], day, ""),
            (F::Bucket, &[at.clone(), Duration(0)], Null, "other"),
            (F::Bucket, &[at.clone(), Int(5)], Null, ""),
            (F::Bucket, &[at.clone(), Int(5), d(1.0), V::text("a")], Null, ""),
            (F::Bucket, &[Null, Period(0, 1)], Null, ""),
            (F::Bucket, &[list(&[at, from]), Period(0, 1)], Null, "multi_value"),
        ],
    );
    all(
        Type::Double,
        &[
            (F::Bucket, &[Int(12), Int(5)], d(10.0), ""),
            (F::Bucket, &[Int(-12), d(5.0)], d(-15.0), ""),
            (F::Bucket, &[Int(12), Int(0)], Null, "division"),
            (F::Bucket, &[Int(48_000), Int(20), Int(25_324), Int(74_999)], d(45_000.0), ""),
            (F::Bucket, &[Int(7), Int(10), Int(0), Int(100)], d(0.0), ""),
            (F::Bucket, &[Int(17), Int(10), Int(0), Int(100)], d(10.0), ""),
            (F::Bucket, &[Int(17), Int(0), Int(0), Int(100)], Null, "other"),
            (F::Bucket, &[Int(17), Int(5), Int(100), Int(0)], Null, "other"),
            (F::Bucket, &[V::text("a"), Int(5)], Null, ""),
        ],
    );
}
