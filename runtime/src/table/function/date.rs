//! Functions on points in time.

use crate::table::expr::Context;
use crate::table::value::{Type, Value};

/// Functions on points in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateFunction {
    /// `NOW`
    Now,
}

/// Calls a function of this family.
pub(super) fn call(function: DateFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let _ = (result, arguments, &cx);
    match function {
        DateFunction::Now => Value::Date(cx.now),
    }
}
