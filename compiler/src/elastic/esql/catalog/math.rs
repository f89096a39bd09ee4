//! Functions on numbers.

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{Function, MathFunction};

use super::{Entry, Param};

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "abs",
    aliases: &[],
    function: Function::Math(MathFunction::Add),
    params: &[Param::of("number", super::NUMBERS)],
    required: 1,
    repeats: false,
    result: |_| Type::Double,
}];
