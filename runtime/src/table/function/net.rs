//! Functions on addresses and places (ES|QL reference, "IP functions", "Spatial functions").

mod ranges;
#[cfg(test)]
mod tests;

use std::net::Ipv6Addr;

use super::singles;
use crate::table::expr::{Context, single};
use crate::table::value::{Type, Value};
use ranges::Range;

/// Functions on addresses and places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NetFunction {
    /// `CIDR_MATCH(ip, block1, block2, ..)`
    CidrMatch,
    /// `IP_PREFIX(ip, prefixLengthV4, prefixLengthV6)`
    IpPrefix,
    /// `NETWORK_DIRECTION(source_ip, destination_ip, internal_networks)`; the networks may be several values.
    NetworkDirection,
    /// `ST_X`: longitude of each point.
    StX,
    /// `ST_Y`: latitude of each point.
    StY,
    /// `ST_DISTANCE(geomA, geomB)`: in metres.
    StDistance,
}

/// The mean radius of the earth in metres, as Lucene has it.
const EARTH: f64 = 6_371_008.771_4;

/// Calls a function of this family.
pub(super) fn call(function: NetFunction, _result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    match function {
        NetFunction::CidrMatch => cidr_match(arguments, cx),
        NetFunction::IpPrefix => prefix(arguments, cx),
        NetFunction::NetworkDirection => direction(arguments, cx),
        NetFunction::StX => Some(coordinate(arguments, |x, _| x)),
        NetFunction::StY => Some(coordinate(arguments, |_, y| y)),
        NetFunction::StDistance => distance(arguments, cx),
    }
    .unwrap_or_default()
}

fn cidr_match(arguments: &[Value], cx: &mut Context) -> Option<Value> {
    // all arguments are looked at, so that all are warned of
    let values: Vec<Option<Value>> = arguments.iter().map(|value| single(value.clone(), cx)).collect();
    let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
    let (Value::Ip(address), blocks) = values.split_first()? else { return None };
    for block in blocks {
        let Some(range) = Range::block(block.as_text()?) else {
            cx.warnings.conversion += 1;
            return None;
        };
        if range.contains(*address) {
            return Some(Value::Bool(true));
        }
    }
    Some(Value::Bool(false))
}

fn prefix(arguments: &[Value], cx: &mut Context) -> Option<Value> {
    let [address, v4, v6] = singles(arguments, cx)?;
    let Value::Ip(address) = address else { return None };
    let length = |value: &Value, most: u32| u32::try_from(value.as_i128()?).ok().filter(|length| *length <= most);
    let (Some(v4), Some(v6)) = (length(&v4, 32), length(&v6, 128)) else {
        cx.warnings.other += 1;
        return None;
    };
    let length = if address.to_ipv4_mapped().is_some() { v4 + 96 } else { v6 };
    Some(Value::Ip(Ipv6Addr::from_bits(address.to_bits() & ranges::mask(length))))
}

fn direction(arguments: &[Value], cx: &mut Context) -> Option<Value> {
    let ends = singles::<2>(arguments, cx);
    let networks = arguments.get(2).filter(|networks| !networks.is_null())?;
    let [Value::Ip(source), Value::Ip(destination)] = ends? else { return None };
    let mut internal = [false, false];
    for network in networks.values() {
        let network = network.as_text()?;
        for (inside, address) in internal.iter_mut().zip([source, destination]) {
            let Some(held) = ranges::network_contains(network, address) else {
                cx.warnings.conversion += 1;
                return None;
            };
            *inside |= held;
        }
    }
    Some(Value::text(match internal {
        [true, true] => "internal",
        [true, false] => "outbound",
        [false, true] => "inbound",
        [false, false] => "external",
    }))
}

fn coordinate(arguments: &[Value], which: fn(f64, f64) -> f64) -> Value {
    let points = arguments.first().map_or(&[][..], Value::values);
    Value::list(points.iter().filter_map(|point| match point {
        Value::Point(x, y) => Some(Value::Double(which(*x, *y))),
        _ => None,
    }))
}

/// On a sphere, by haversines.
fn distance(arguments: &[Value], cx: &mut Context) -> Option<Value> {
    let [Value::Point(x1, y1), Value::Point(x2, y2)] = singles(arguments, cx)? else { return None };
    let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let haversine = half(y1, y2) + y1.to_radians().cos() * y2.to_radians().cos() * half(x1, x2);
    Some(Value::double(2.0 * EARTH * haversine.sqrt().min(1.0).asin()))
}
