//! Conversions.

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{ConvertFunction, Function};

use super::{Entry, Param};

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "to_string",
    aliases: &[],
    function: Function::Convert(ConvertFunction::To),
    params: &[Param::of("field", &Type::ALL)],
    required: 1,
    repeats: false,
    result: |_| Type::Keyword,
}];
