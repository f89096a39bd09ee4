//! Functions on texts.

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{Function, TextFunction};

use super::{Entry, Param};

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "concat",
    aliases: &[],
    function: Function::Text(TextFunction::Concat),
    params: &[Param::of("string", super::TEXTS)],
    required: 2,
    repeats: false,
    result: |_| Type::Keyword,
}];
