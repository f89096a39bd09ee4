//! Functions on multi-values.

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{Function, MultiFunction};

use super::{Entry, Param};

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "mv_count",
    aliases: &[],
    function: Function::Multi(MultiFunction::MvCount),
    params: &[Param::of("field", &Type::ALL)],
    required: 1,
    repeats: false,
    result: |_| Type::Integer,
}];
