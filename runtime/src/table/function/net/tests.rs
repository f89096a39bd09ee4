use super::*;
use crate::table::expr::Warnings;
use crate::table::function::convert::parse_ip;
use NetFunction as F;

fn t(text: &str) -> Value {
    Value::text(text)
}

fn ip(text: &str) -> Value {
    parse_ip(text).map(Value::Ip).unwrap_or_default()
}

fn run(function: F, arguments: &[Value]) -> (Value, Warnings) {
    let mut cx = Context::default();
    let value = call(function, Type::Null, arguments, &mut cx);
    (value, cx.warnings)
}

fn check(function: F, arguments: &[Value], expected: &Value) {
    let (value, warnings) = run(function, arguments);
    assert_eq!((&value, warnings.total()), (expected, 0), "{function:?} {arguments:?}");
}

#[test]
fn blocks() {
    for (address, block, expected) in [
        ("10.1.2.3", "10.0.0.0/8", true),
        ("11.1.2.3", "10.0.0.0/8", false),
        ("10.1.2.3", "10.9.9.9/8", true),
        ("10.1.2.3", "0.0.0.0/0", true),
        ("::1", "0.0.0.0/0", false),
        ("10.1.2.3", "::/0", true),
        ("10.1.2.3", "10.1.2.3/32", true),
        ("10.1.2.3", "10.1.2.3", true),
        ("fe80::1", "fe80::/10", true),
        ("fec0::1", "fe80::/10", false),
        ("::1", "::1/128", true),
    ] {
        check(F::CidrMatch, &[ip(address), t(block)], &Value::Bool(expected));
    }
    check(F::CidrMatch, &[ip("::1"), t("10.0.0.0/8"), t("::/64")], &Value::Bool(true));
    check(F::CidrMatch, &[Value::Null, t("10.0.0.0/8")], &Value::Null);
    check(F::CidrMatch, &[ip("::1"), Value::Null], &Value::Null);
    for block in ["", "10.0.0.0/33", "10.0.0/8", "x", "::/129", "::ffff:10.0.0.0/104", "10.0.0.0/-1", "10.0.0.0/8/8"] {
        let (value, warnings) = run(F::CidrMatch, &[ip("10.0.0.1"), t(block)]);
        assert_eq!((value, warnings.conversion), (Value::Null, 1), "{block}");
    }
    let several = Value::list([ip("10.0.0.1"), ip("::1")]);
    let (value, warnings) = run(F::CidrMatch, &[several, t("10.0.0.0/8")]);
    assert_eq!((value, warnings.multi_value), (Value::Null, 1));
    let (value, warnings) = run(F::CidrMatch, &[ip("::1"), Value::list([t("::/0"), t("::/1")])]);
    assert_eq!((value, warnings.multi_value), (Value::Null, 1));
    check(F::CidrMatch, &[t("10.0.0.1"), t("::/0")], &Value::Null);
}

#[test]
fn prefixes() {
    for (address, v4, v6, expected) in [
        ("1.2.3.4", 24, 0, "1.2.3.0"),
        ("1.2.3.4", 0, 128, "0.0.0.0"),
        ("1.2.3.255", 31, 0, "1.2.3.254"),
        ("fe80::cae2:65ff:fece:feb9", 0, 112, "fe80::cae2:65ff:fece:0"),
        ("fe80::1", 0, 128, "fe80::1"),
        ("fe80::1", 32, 0, "::"),
    ] {
        check(F::IpPrefix, &[ip(address), Value::Int(v4), Value::Int(v6)], &ip(expected));
    }
    for (v4, v6) in [(33, 0), (-1, 0), (0, 129), (0, -1)] {
        let (value, warnings) = run(F::IpPrefix, &[ip("1.2.3.4"), Value::Int(v4), Value::Int(v6)]);
        assert_eq!((value, warnings.other), (Value::Null, 1), "{v4} {v6}");
    }
    check(F::IpPrefix, &[ip("1.2.3.4"), Value::Null, Value::Int(0)], &Value::Null);
    let several = Value::list([ip("10.0.0.1"), ip("::1")]);
    let (value, warnings) = run(F::IpPrefix, &[several, Value::Int(0), Value::Int(0)]);
    assert_eq!((value, warnings.multi_value), (Value::Null, 1));
}

#[test]
fn directions() {
    for (source, destination, networks, expected) in [
        ("127.0.0.1", "10.0.0.1", vec!["loopback", "private"], "internal"),
        ("10.0.0.1", "8.8.8.8", vec!["10.0.0.0/8"], "outbound"),
        ("8.8.8.8", "fd00::1", vec!["private"], "inbound"),
        ("8.8.8.8", "1.1.1.1", vec!["private"], "external"),
        ("8.8.8.8", "10.0.0.1", vec!["public"], "outbound"),
        ("8.8.8.8", "224.0.0.1", vec!["unicast"], "outbound"),
        ("224.0.0.1", "224.0.1.1", vec!["link_local_multicast"], "outbound"),
        ("ff02::1", "ff01::1", vec!["multicast"], "internal"),
        ("ff02::1", "ff01::1", vec!["interface_local_multicast"], "inbound"),
        ("169.254.0.1", "fe80::1", vec!["link_local_unicast"], "internal"),
        ("0.0.0.0", "::", vec!["unspecified"], "internal"),
    ] {
        let networks = Value::list(networks.into_iter().map(t));
        check(F::NetworkDirection, &[ip(source), ip(destination), networks], &t(expected));
    }
    check(F::NetworkDirection, &[ip("::1"), ip("::1"), Value::Null], &Value::Null);
    check(F::NetworkDirection, &[Value::Null, ip("::1"), t("private")], &Value::Null);
    let (value, warnings) = run(F::NetworkDirection, &[ip("::1"), ip("::1"), t("home")]);
    assert_eq!((value, warnings.conversion), (Value::Null, 1));
    let several = Value::list([ip("10.0.0.1"), ip("::1")]);
    let (value, warnings) = run(F::NetworkDirection, &[several, ip("::1"), t("private")]);
    assert_eq!((value, warnings.multi_value), (Value::Null, 1));
}

#[test]
fn places() {
    let (a, b) = (Value::Point(12.565, 55.673), Value::Point(37.617, 55.755));
    check(F::StX, std::slice::from_ref(&a), &Value::Double(12.565));
    check(F::StY, std::slice::from_ref(&a), &Value::Double(55.673));
    let several = Value::list([a.clone(), b.clone()]);
    check(F::StX, std::slice::from_ref(&several), &Value::list([Value::Double(12.565), Value::Double(37.617)]));
    for function in [F::StX, F::StY] {
        check(function, &[Value::Null], &Value::Null);
        check(function, &[t("POINT(1 2)")], &Value::Null);
    }
    check(F::StDistance, &[a.clone(), a.clone()], &Value::Double(0.0));
    check(F::StDistance, &[a.clone(), Value::Null], &Value::Null);
    let (value, warnings) = run(F::StDistance, &[several, b.clone()]);
    assert_eq!((value, warnings.multi_value), (Value::Null, 1));
    for (a, b, metres) in [
        (Value::Point(0.0, 0.0), Value::Point(180.0, 0.0), std::f64::consts::PI * EARTH),
        (Value::Point(0.0, -90.0), Value::Point(0.0, 90.0), std::f64::consts::PI * EARTH),
        (Value::Point(179.5, 0.0), Value::Point(-179.5, 0.0), std::f64::consts::PI * EARTH / 180.0),
        (a, b, 1_560_000.0),
    ] {
        let distance = run(F::StDistance, &[a, b]).0.as_f64().unwrap_or(f64::NAN);
        assert!((distance - metres).abs() / metres < 0.01, "{distance} {metres}");
    }
}
