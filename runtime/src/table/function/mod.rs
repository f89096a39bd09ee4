//! Scalar functions (ES|QL reference, "Functions and operators"), by family. Each family is one file: its functions, and what they compute.
//!
//! What holds for all of them unless a function says otherwise: an argument that is null makes the result null; so does one with several values, with a
//! warning; a result that does not fit its type is null, with a warning.

pub mod convert;
pub mod date;
pub mod math;
pub mod multi;
pub mod net;
pub mod text;

pub use convert::ConvertFunction;
pub use date::DateFunction;
pub use math::MathFunction;
pub use multi::MultiFunction;
pub use net::NetFunction;
pub use text::TextFunction;

use super::expr::Context;
use super::value::{Type, Value};

/// A scalar function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// On texts.
    Text(TextFunction),
    /// From type to type.
    Convert(ConvertFunction),
    /// On numbers.
    Math(MathFunction),
    /// On points in time.
    Date(DateFunction),
    /// On multi-values.
    Multi(MultiFunction),
    /// On addresses and places.
    Net(NetFunction),
}

impl Function {
    /// `NOW()`
    pub const NOW: Self = Self::Date(DateFunction::Now);
}

/// Calls a function: as many arguments as the catalogue of the compiler lets through; `result` is the type that it promised.
pub fn call(function: Function, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    match function {
        Function::Text(function) => text::call(function, result, arguments, cx),
        Function::Convert(function) => convert::call(function, result, arguments, cx),
        Function::Math(function) => math::call(function, result, arguments, cx),
        Function::Date(function) => date::call(function, result, arguments, cx),
        Function::Multi(function) => multi::call(function, result, arguments, cx),
        Function::Net(function) => net::call(function, result, arguments, cx),
    }
}

/// As many single values as there are arguments; `None` if one of them is null or has several values, of which all are warned.
pub(crate) fn singles<const N: usize>(arguments: &[Value], cx: &mut Context) -> Option<[Value; N]> {
    let mut values: [Value; N] = std::array::from_fn(|_| Value::Null);
    let mut complete = true;
    for (at, value) in values.iter_mut().enumerate() {
        match super::expr::single(arguments.get(at).cloned().unwrap_or_default(), cx) {
            Some(single) => *value = single,
            None => complete = false,
        }
    }
    complete.then_some(values)
}
