//! Functions on addresses and places.

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{Function, NetFunction};

use super::{Entry, Param};

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "cidr_match",
    aliases: &[],
    function: Function::Net(NetFunction::CidrMatch),
    params: &[Param::of("ip", &[Type::Ip]), Param::of("blockX", super::TEXTS)],
    required: 2,
    repeats: false,
    result: |_| Type::Boolean,
}];
