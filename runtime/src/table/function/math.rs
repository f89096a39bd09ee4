//! Functions on numbers.

use crate::table::expr::Context;
use crate::table::value::{Type, Value};

/// Functions on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MathFunction {
    /// `+`
    Add,
}

/// Calls a function of this family.
pub(super) fn call(function: MathFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let _ = (result, arguments, &cx);
    match function {
        MathFunction::Add => Value::Null,
    }
}
