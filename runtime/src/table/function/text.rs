//! Functions on texts.

use crate::table::expr::Context;
use crate::table::value::{Type, Value};

/// Functions on texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextFunction {
    /// `CONCAT`
    Concat,
}

/// Calls a function of this family.
pub(super) fn call(function: TextFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let _ = (result, arguments, &cx);
    match function {
        TextFunction::Concat => Value::Null,
    }
}
