//! Functions on addresses and places.

use crate::table::expr::Context;
use crate::table::value::{Type, Value};

/// Functions on addresses and places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NetFunction {
    /// `CIDR_MATCH`
    CidrMatch,
}

/// Calls a function of this family.
pub(super) fn call(function: NetFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let _ = (result, arguments, &cx);
    match function {
        NetFunction::CidrMatch => Value::Null,
    }
}
