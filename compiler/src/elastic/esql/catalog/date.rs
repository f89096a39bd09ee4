//! Functions on points in time.

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{DateFunction, Function};

use super::Entry;

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "now",
    aliases: &[],
    function: Function::Date(DateFunction::Now),
    params: &[],
    required: 0,
    repeats: false,
    result: |_| Type::Date,
}];
