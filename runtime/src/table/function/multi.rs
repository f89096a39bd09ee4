//! Functions on multi-values.

use crate::table::expr::Context;
use crate::table::value::{Type, Value};

/// Functions on multi-values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MultiFunction {
    /// `MV_COUNT`
    MvCount,
}

/// Calls a function of this family.
pub(super) fn call(function: MultiFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let _ = (result, arguments, &cx);
    match function {
        MultiFunction::MvCount => Value::Null,
    }
}
