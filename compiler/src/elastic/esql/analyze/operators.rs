//! Arithmetic: which functions compute it, and of which type the result is (ES|QL reference, "Operators").

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{Function, MathFunction};

use crate::elastic::esql::ast::ArithmeticOp;

/// What computes an operator; none of those that the runtime does not have.
pub(super) fn function(op: ArithmeticOp) -> Option<Function> {
    match op {
        ArithmeticOp::Add => Some(Function::Math(MathFunction::Add)),
        ArithmeticOp::Subtract | ArithmeticOp::Multiply | ArithmeticOp::Divide | ArithmeticOp::Modulo => None,
    }
}

/// What computes the negative of a number or a span of time.
pub(super) fn negate() -> Option<Function> {
    None
}

/// The type of a result; none if the operator does not take values of these types.
pub(super) fn result(op: ArithmeticOp, left: Type, right: Type) -> Option<Type> {
    let additive = matches!(op, ArithmeticOp::Add | ArithmeticOp::Subtract);
    let amount = |kind: Type| matches!(kind, Type::DatePeriod | Type::TimeDuration);
    match (left, right) {
        (Type::Null, other) | (other, Type::Null) => {
            (other == Type::Null || other.is_number() || (additive && (other.is_date() || amount(other))))
                .then_some(other)
        }
        _ if left.is_number() && right.is_number() => Some(wider(left, right)),
        _ if additive && left.is_date() && amount(right) => Some(left),
        _ if op == ArithmeticOp::Add && amount(left) && right.is_date() => Some(right),
        _ if additive && left == right && amount(left) => Some(left),
        _ => None,
    }
}

/// The type that numbers of two types have in common.
pub(super) fn wider(left: Type, right: Type) -> Type {
    let rank = |kind: Type| match kind {
        Type::Double => 3,
        Type::UnsignedLong => 2,
        Type::Long => 1,
        _ => 0,
    };
    if rank(left) >= rank(right) { left } else { right }
}
