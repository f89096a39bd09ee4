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
/// stand-in
pub fn from_event(kind: Type, datum: crate::matcher::formula::Datum<'_>) -> Value {
    use crate::matcher::formula::Datum;
    match (kind, datum) {
        (Type::Date, Datum::Text(t)) => crate::time::instant(t.as_bytes()).map_or(Value::Null, Value::Date),
        (Type::Date, Datum::Int(t)) => Value::Date(t as i64),
        (_, Datum::Text(t)) => Value::text(t),
        (Type::Long, Datum::Int(t)) => Value::Long(t as i64),
        (_, Datum::Int(t)) => Value::text(t.to_string()),
        _ => Value::Null,
    }
}
