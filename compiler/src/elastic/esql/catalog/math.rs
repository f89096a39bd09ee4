//! Functions on numbers, and what operators give.

#[cfg(test)]
mod tests;

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{Function, MathFunction};

use super::{Entry, NUMBERS, Param};
use crate::elastic::esql::ast::ArithmeticOp;

/// Types of numbers that may be negative.
pub(super) const SIGNED: &[Type] = &[Type::Integer, Type::Long, Type::Double];
/// Types whose values have an order.
pub(super) const ORDERED: &[Type] = &[
    Type::Boolean,
    Type::Date,
    Type::DateNanos,
    Type::Double,
    Type::Integer,
    Type::Ip,
    Type::Keyword,
    Type::Long,
    Type::Text,
    Type::Version,
];
const CLAMPED: &[Type] = &[
    Type::Boolean,
    Type::Date,
    Type::Double,
    Type::Integer,
    Type::Ip,
    Type::Keyword,
    Type::Long,
    Type::UnsignedLong,
    Type::Version,
];
const POINTS: &[Type] = &[Type::Double, Type::Integer, Type::Long, Type::Date, Type::DateNanos];
const SIZES: &[Type] = &[Type::Integer, Type::Long, Type::Double, Type::DatePeriod, Type::TimeDuration];

const NUMBER: &[Param] = &[Param::of("number", NUMBERS)];
const ANGLE: &[Param] = &[Param::of("angle", NUMBERS)];

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[
    entry("abs", MathFunction::Abs, NUMBER, 1, first),
    entry("acos", MathFunction::Acos, NUMBER, 1, double),
    entry("acosh", MathFunction::Acosh, NUMBER, 1, double),
    entry("asin", MathFunction::Asin, NUMBER, 1, double),
    entry("asinh", MathFunction::Asinh, NUMBER, 1, double),
    entry("atan", MathFunction::Atan, NUMBER, 1, double),
    entry(
        "atan2",
        MathFunction::Atan2,
        &[Param::of("y_coordinate", NUMBERS), Param::of("x_coordinate", NUMBERS)],
        2,
        double,
    ),
    entry("atanh", MathFunction::Atanh, NUMBER, 1, double),
    Entry {
        aliases: &["bin"],
        ..entry(
            "bucket",
            MathFunction::Bucket,
            &[
                Param::of("field", POINTS),
                Param::literal("buckets", SIZES),
                Param::literal("from", POINTS),
                Param::literal("to", POINTS),
            ],
            2,
            |types| match first(types) {
                kind if kind.is_number() => Type::Double,
                kind => kind,
            },
        )
    },
    entry("cbrt", MathFunction::Cbrt, NUMBER, 1, double),
    entry("ceil", MathFunction::Ceil, NUMBER, 1, first),
    entry(
        "clamp",
        MathFunction::Clamp,
        &[Param::of("field", CLAMPED), Param::of("min", CLAMPED), Param::of("max", CLAMPED)],
        3,
        clamped,
    ),
    entry("clamp_max", MathFunction::ClampMax, &[Param::of("field", CLAMPED), Param::of("max", CLAMPED)], 2, clamped),
    entry("clamp_min", MathFunction::ClampMin, &[Param::of("field", CLAMPED), Param::of("min", CLAMPED)], 2, clamped),
    entry("copy_sign", MathFunction::CopySign, &[Param::of("magnitude", SIGNED), Param::of("sign", SIGNED)], 2, first),
    entry("cos", MathFunction::Cos, ANGLE, 1, double),
    entry("cosh", MathFunction::Cosh, NUMBER, 1, double),
    entry("e", MathFunction::E, &[], 0, double),
    entry("exp", MathFunction::Exp, NUMBER, 1, double),
    entry("floor", MathFunction::Floor, NUMBER, 1, first),
    Entry {
        repeats: true,
        ..entry(
            "greatest",
            MathFunction::Greatest,
            &[Param::of("first", ORDERED), Param::of("rest", ORDERED)],
            1,
            common,
        )
    },
    entry("hypot", MathFunction::Hypot, &[Param::of("number1", NUMBERS), Param::of("number2", NUMBERS)], 2, double),
    Entry {
        repeats: true,
        ..entry("least", MathFunction::Least, &[Param::of("first", ORDERED), Param::of("rest", ORDERED)], 1, common)
    },
    // with one argument, that is the number
    entry("log", MathFunction::Log, &[Param::of("base", NUMBERS), Param::of("number", NUMBERS)], 1, double),
    entry("log10", MathFunction::Log10, NUMBER, 1, double),
    entry("pi", MathFunction::Pi, &[], 0, double),
    entry("pow", MathFunction::Pow, &[Param::of("base", NUMBERS), Param::of("exponent", NUMBERS)], 2, double),
    entry(
        "round",
        MathFunction::Round,
        &[Param::of("number", NUMBERS), Param::of("decimals", &[Type::Integer, Type::Long])],
        1,
        first,
    ),
    Entry {
        repeats: true,
        ..entry(
            "round_to",
            MathFunction::RoundTo,
            &[Param::of("field", POINTS), Param::literal("points", POINTS)],
            2,
            common,
        )
    },
    entry(
        "scalb",
        MathFunction::Scalb,
        &[Param::of("d", NUMBERS), Param::of("scaleFactor", &[Type::Integer, Type::Long])],
        2,
        double,
    ),
    entry("signum", MathFunction::Signum, NUMBER, 1, double),
    entry("sin", MathFunction::Sin, ANGLE, 1, double),
    entry("sinh", MathFunction::Sinh, NUMBER, 1, double),
    entry("sqrt", MathFunction::Sqrt, NUMBER, 1, double),
    entry("tan", MathFunction::Tan, ANGLE, 1, double),
    entry("tanh", MathFunction::Tanh, NUMBER, 1, double),
    entry("tau", MathFunction::Tau, &[], 0, double),
];

const fn entry(
    name: &'static str,
    function: MathFunction,
    params: &'static [Param],
    required: usize,
    result: fn(&[Type]) -> Type,
) -> Entry {
    Entry { name, aliases: &[], function: Function::Math(function), params, required, repeats: false, result }
}

fn double(_: &[Type]) -> Type {
    Type::Double
}

/// A text is a keyword once a function touched it.
pub(super) fn without_text(kind: Type) -> Type {
    if kind == Type::Text { Type::Keyword } else { kind }
}

/// The type of the first argument.
pub(super) fn first(types: &[Type]) -> Type {
    without_text(types.first().copied().unwrap_or(Type::Null))
}

/// The type that all arguments fit, nulls aside; [`Type::Null`] if there is none.
pub(super) fn common(types: &[Type]) -> Type {
    let known = types.iter().copied().map(without_text).filter(|kind| *kind != Type::Null);
    let joined = known.map(Some).reduce(|left, right| match (left?, right?) {
        (left, right) if left == right => Some(left),
        (left, right) => number(left, right),
    });
    joined.flatten().unwrap_or(Type::Null)
}

/// The type of two numbers: unsigned ones go with each other only.
fn number(left: Type, right: Type) -> Option<Type> {
    match (left, right) {
        (Type::UnsignedLong, Type::UnsignedLong) => Some(Type::UnsignedLong),
        (Type::UnsignedLong, _) | (_, Type::UnsignedLong) => None,
        (left, right) if !left.is_number() || !right.is_number() => None,
        (Type::Double, _) | (_, Type::Double) => Some(Type::Double),
        (Type::Long, _) | (_, Type::Long) => Some(Type::Long),
        (_, _) => Some(Type::Integer),
    }
}

/// The type of the value, or of an end that is larger than an integer.
fn clamped(types: &[Type]) -> Type {
    let ends = types.iter().skip(1);
    ends.fold(first(types), |kind, end| match (kind, *end) {
        (Type::Double, _) => Type::Double,
        (kind, Type::Double | Type::Long | Type::UnsignedLong) if kind.is_number() => *end,
        (Type::Null, end) => end,
        (kind, _) => kind,
    })
}

/// The type of what an operator gives; `None` if the two do not go together (ES|QL reference, "Operators", "Binary operators").
pub fn arithmetic(op: ArithmeticOp, left: Type, right: Type) -> Option<Type> {
    let is_span = |kind| matches!(kind, Type::DatePeriod | Type::TimeDuration);
    let adds = match op {
        ArithmeticOp::Add | ArithmeticOp::Subtract => true,
        ArithmeticOp::Multiply | ArithmeticOp::Divide | ArithmeticOp::Modulo => false,
    };
    match (left, right) {
        (Type::Null, kind) | (kind, Type::Null) => {
            let fits = kind == Type::Null || kind.is_number() || (adds && (kind.is_date() || is_span(kind)));
            fits.then_some(kind)
        }
        (left, right) if left.is_number() && right.is_number() => number(left, right),
        (date, span) if adds && date.is_date() && is_span(span) => Some(date),
        (span, date) if op == ArithmeticOp::Add && is_span(span) && date.is_date() => Some(date),
        (left, right) if adds && left == right && is_span(left) => Some(left),
        _ => None,
    }
}

/// The type of `-` in front of a value; `None` if it has no sign (ES|QL reference, "Operators", "Unary operators").
pub fn negative(kind: Type) -> Option<Type> {
    let signed = SIGNED.contains(&kind) || matches!(kind, Type::Null | Type::DatePeriod | Type::TimeDuration);
    signed.then_some(kind)
}

/// What computes an operator.
pub fn operator(op: ArithmeticOp) -> Function {
    Function::Math(match op {
        ArithmeticOp::Add => MathFunction::Add,
        ArithmeticOp::Subtract => MathFunction::Subtract,
        ArithmeticOp::Multiply => MathFunction::Multiply,
        ArithmeticOp::Divide => MathFunction::Divide,
        ArithmeticOp::Modulo => MathFunction::Modulo,
    })
}
