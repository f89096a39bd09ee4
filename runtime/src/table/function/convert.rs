//! Conversions from type to type.

use crate::table::expr::Context;
use crate::table::value::{Type, Value};

/// Conversions from type to type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConvertFunction {
    /// `TO_KEYWORD and its kin: to the type of the result`
    To,
}

/// Calls a function of this family.
pub(super) fn call(function: ConvertFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let _ = (result, arguments, &cx);
    match function {
        ConvertFunction::To => Value::Null,
    }
}
