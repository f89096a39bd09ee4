//! Functions on addresses and places (ES|QL reference, "IP functions", "Spatial functions").

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{Function, NetFunction};

use super::{Entry, Param, TEXTS};

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        repeats: true,
        ..entry("cidr_match", NetFunction::CidrMatch, &[ip("ip"), Param::of("blockX", TEXTS)], |_| Type::Boolean)
    },
    entry("ip_prefix", NetFunction::IpPrefix, &[ip("ip"), int("prefixLengthV4"), int("prefixLengthV6")], |_| Type::Ip),
    entry(
        "network_direction",
        NetFunction::NetworkDirection,
        &[ip("source_ip"), ip("destination_ip"), Param::of("internal_networks", TEXTS)],
        |_| Type::Keyword,
    ),
    entry("st_x", NetFunction::StX, &[point("point")], |_| Type::Double),
    entry("st_y", NetFunction::StY, &[point("point")], |_| Type::Double),
    entry("st_distance", NetFunction::StDistance, &[point("geomA"), point("geomB")], |_| Type::Double),
];

const fn ip(name: &'static str) -> Param {
    Param::of(name, &[Type::Ip])
}

const fn int(name: &'static str) -> Param {
    Param::of(name, &[Type::Integer])
}

const fn point(name: &'static str) -> Param {
    Param::of(name, &[Type::GeoPoint])
}

const fn entry(
    name: &'static str,
    function: NetFunction,
    params: &'static [Param],
    result: fn(&[Type]) -> Type,
) -> Entry {
    Entry {
        name,
        aliases: &[],
        function: Function::Net(function),
        params,
        required: params.len(),
        repeats: false,
        result,
    }
}
