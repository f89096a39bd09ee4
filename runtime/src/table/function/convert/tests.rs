use super::*;
use crate::matcher::formula::Datum;
use crate::table::expr::Warnings;

fn t(text: &str) -> Value {
    Value::text(text)
}

fn ip(text: &str) -> Value {
    parse_ip(text).map(Value::Ip).unwrap_or_default()
}

fn run(target: Type, arguments: &[Value]) -> (Value, Warnings) {
    let mut cx = Context::default();
    let value = call(ConvertFunction::To, target, arguments, &mut cx);
    (value, cx.warnings)
}

fn check(target: Type, value: &Value, expected: &Value) {
    let (result, warnings) = run(target, std::slice::from_ref(value));
    assert_eq!((&result, warnings.total()), (expected, 0), "{target} of {value:?}");
}

#[test]
fn values_of_every_type() {
    let date = Value::Date(1_700_000_000_123);
    for (target, value, expected) in [
        (Type::Keyword, Value::Int(-5), t("-5")),
        (Type::Keyword, Value::Unsigned(u64::MAX), t("18446744073709551615")),
        (Type::Keyword, Value::Double(1e10), t("1.0E10")),
        (Type::Keyword, Value::Bool(true), t("true")),
        (Type::Keyword, date.clone(), t("2023-11-14T22:13:20.123Z")),
        (Type::Keyword, ip("10.0.0.1"), t("10.0.0.1")),
        (Type::Keyword, Value::Point(1.0, 2.5), t("POINT (1.0 2.5)")),
        (Type::Keyword, t(""), t("")),
        (Type::Boolean, t("TRUE"), Value::Bool(true)),
        (Type::Boolean, t("1"), Value::Bool(false)),
        (Type::Boolean, t(""), Value::Bool(false)),
        (Type::Boolean, Value::Int(2), Value::Bool(true)),
        (Type::Boolean, Value::Double(0.0), Value::Bool(false)),
        (Type::Boolean, Value::Unsigned(0), Value::Bool(false)),
        (Type::Integer, t("5"), Value::Int(5)),
        (Type::Integer, t("+5"), Value::Int(5)),
        (Type::Integer, t(" 5.5 "), Value::Int(6)),
        (Type::Integer, t("1e3"), Value::Int(1_000)),
        (Type::Integer, Value::Double(-2.5), Value::Int(-2)),
        (Type::Integer, Value::Double(0.499_999_999_999_999_94), Value::Int(0)),
        (Type::Integer, Value::Bool(true), Value::Int(1)),
        (Type::Integer, Value::Long(-2_147_483_648), Value::Int(i32::MIN)),
        (Type::Long, t("9223372036854775807"), Value::Long(i64::MAX)),
        (Type::Long, t("2.5"), Value::Long(3)),
        (Type::Long, date.clone(), Value::Long(1_700_000_000_123)),
        (Type::Long, Value::DateNanos(7), Value::Long(7)),
        (Type::UnsignedLong, t("18446744073709551615"), Value::Unsigned(u64::MAX)),
        (Type::UnsignedLong, t("18446744073709551615.9"), Value::Unsigned(u64::MAX)),
        (Type::UnsignedLong, Value::Double(2.9), Value::Unsigned(2)),
        (Type::UnsignedLong, t("-0.5"), Value::Unsigned(0)),
        (Type::Double, t(" 5.20128E11"), Value::Double(5.201_28e11)),
        (Type::Double, t("1d"), Value::Double(1.0)),
        (Type::Double, t(".5"), Value::Double(0.5)),
        (Type::Double, Value::Bool(false), Value::Double(0.0)),
        (Type::Double, Value::Unsigned(3), Value::Double(3.0)),
        (Type::Date, t("2023-11-14T22:13:20.123Z"), date.clone()),
        (Type::Date, t("2023-11-14T23:13:20.123456+01:00"), date.clone()),
        (Type::Date, Value::Long(1_700_000_000_123), date.clone()),
        (Type::Date, Value::DateNanos(1_700_000_000_123_999_999), date.clone()),
        (Type::DateNanos, date.clone(), Value::DateNanos(1_700_000_000_123_000_000)),
        (Type::DateNanos, t("1970-01-01T00:00:00.000000001Z"), Value::DateNanos(1)),
        (Type::DateNanos, Value::Long(5), Value::DateNanos(5)),
        (Type::Ip, t("::1"), ip("::1")),
        (Type::Ip, t("1.1.1.1"), ip("::ffff:1.1.1.1")),
        (Type::Version, t("1.2.3"), Value::Version("1.2.3".into())),
        (Type::GeoPoint, t("POINT(42.97 14.75)"), Value::Point(42.97, 14.75)),
        (Type::GeoPoint, t("point ( -1e0 2 )"), Value::Point(-1.0, 2.0)),
        (Type::DatePeriod, t("2 weeks"), Value::Period(0, 14)),
        (Type::DatePeriod, t("1 Year"), Value::Period(12, 0)),
        (Type::TimeDuration, t("3 seconds"), Value::Duration(3_000)),
        (Type::TimeDuration, t("-5 min"), Value::Duration(-300_000)),
    ] {
        check(target, &value, &expected);
        check(target, &expected, &expected);
    }
    for target in Type::ALL {
        check(target, &Value::Null, &Value::Null);
    }
}

#[test]
fn what_does_not_convert_is_null_with_a_warning() {
    for (target, value) in [
        (Type::Integer, t("abc")),
        (Type::Integer, t("")),
        (Type::Integer, t("NaN")),
        (Type::Integer, ip("::1")),
        (Type::Long, t("5x")),
        (Type::UnsignedLong, t("x.5")),
        (Type::Double, t("abc")),
        (Type::Double, t("inf")),
        (Type::Double, t("")),
        (Type::Date, t("1964-06-02 00:00:00")),
        (Type::Date, t("1700000000123")),
        (Type::Date, t("2023-13-01")),
        (Type::Date, t("2023-02-30")),
        (Type::Date, t("")),
        (Type::DateNanos, t("1969-12-31")),
        (Type::Ip, t("")),
        (Type::Ip, t("1.1.1")),
        (Type::Ip, t("1.1.1.256")),
        (Type::Ip, t("1.1.1.01")),
        (Type::Ip, t("1.1.1.1 ")),
        (Type::GeoPoint, t("POINT(1)")),
        (Type::GeoPoint, t("POINT(181 0)")),
        (Type::GeoPoint, t("1,2")),
        (Type::DatePeriod, t("1 hour")),
        (Type::DatePeriod, t("day")),
        (Type::TimeDuration, t("1 day")),
        (Type::Boolean, ip("::1")),
        (Type::Version, Value::Int(1)),
    ] {
        let (result, warnings) = run(target, std::slice::from_ref(&value));
        assert_eq!((result, warnings.conversion, warnings.total()), (Value::Null, 1, 1), "{target} of {value:?}");
    }
    for (target, value) in [
        (Type::Integer, t("2147483648")),
        (Type::Integer, Value::Long(i64::MAX)),
        (Type::Integer, Value::Double(2_147_483_647.5)),
        (Type::Integer, Value::Double(2_147_483_647.4)),
        (Type::Integer, t("-2147483648.4")),
        (Type::Long, t("9223372036854775808")),
        (Type::Long, Value::Unsigned(u64::MAX)),
        (Type::Long, Value::Double(1e300)),
        (Type::UnsignedLong, t("-1")),
        (Type::UnsignedLong, Value::Int(-1)),
        (Type::UnsignedLong, t("18446744073709551616")),
        (Type::Double, t("1e999")),
        (Type::DateNanos, Value::Date(-1)),
        (Type::DateNanos, Value::Date(i64::MAX)),
        (Type::DateNanos, Value::Long(-1)),
    ] {
        let (result, warnings) = run(target, std::slice::from_ref(&value));
        assert_eq!((result, warnings.overflow, warnings.total()), (Value::Null, 1, 1), "{target} of {value:?}");
    }
}

#[test]
fn several_values_are_converted_one_by_one() {
    let (result, warnings) = run(Type::Long, &[Value::list([t("3"), t("x"), t("1"), t("3")])]);
    assert_eq!(result, Value::list([Value::Long(3), Value::Long(1), Value::Long(3)]));
    assert_eq!((warnings.conversion, warnings.total()), (1, 1));
    let (result, warnings) = run(Type::Long, &[Value::list([t("x"), t("y")])]);
    assert_eq!((result, warnings.conversion), (Value::Null, 2));
}

#[test]
fn options() {
    for (target, text, option, expected) in [
        (Type::Integer, "0x32", Value::Int(16), Value::Int(50)),
        (Type::Integer, "-11", Value::Int(2), Value::Int(-3)),
        (Type::Long, "zz", Value::Long(36), Value::Long(1_295)),
        (Type::UnsignedLong, "ffffffffffffffff", Value::Int(16), Value::Unsigned(u64::MAX)),
        (Type::Integer, "ffffffff", Value::Int(16), Value::Null),
        (Type::Integer, "2", Value::Int(2), Value::Null),
        (Type::Integer, "", Value::Int(2), Value::Null),
        (Type::Integer, "1", Value::Int(99), Value::Null),
        (Type::Integer, "1", Value::Null, Value::Null),
        (Type::Integer, &"9".repeat(1_000), Value::Int(10), Value::Null),
        (Type::Ip, "1.1.010.1", t("octal"), ip("1.1.8.1")),
        (Type::Ip, "1.1.010.1", t("decimal"), ip("1.1.10.1")),
        (Type::Ip, "1.1.010.1", t("reject"), Value::Null),
        (Type::Ip, "1.1.08.1", t("octal"), Value::Null),
        (Type::Ip, "1.1.1.1", t("other"), Value::Null),
    ] {
        assert_eq!(run(target, &[t(text), option.clone()]).0, expected, "{target} of {text} {option:?}");
    }
}

#[test]
fn angles() {
    let mut cx = Context::default();
    let turn = |function, value: Value, cx: &mut Context| call(function, Type::Double, &[value], cx);
    assert_eq!(turn(ConvertFunction::ToRadians, Value::Int(180), &mut cx), Value::Double(std::f64::consts::PI));
    assert_eq!(turn(ConvertFunction::ToDegrees, Value::Double(std::f64::consts::PI), &mut cx), Value::Double(180.0));
    let several = Value::list([Value::Int(0), Value::Int(0)]);
    assert_eq!(
        turn(ConvertFunction::ToDegrees, several, &mut cx),
        Value::list([Value::Double(0.0), Value::Double(0.0)])
    );
    assert_eq!(turn(ConvertFunction::ToDegrees, Value::Null, &mut cx), Value::Null);
    assert_eq!(cx.warnings.total(), 0);
    assert_eq!(turn(ConvertFunction::ToDegrees, Value::Double(f64::MAX), &mut cx), Value::Null);
    assert_eq!(cx.warnings.overflow, 1);
}

#[test]
fn points_in_time() {
    for (text, expected) in [
        ("1970", Some(0)),
        ("1970-02", Some(31 * 86_400_000)),
        ("1970-01-02", Some(86_400_000)),
        ("1970-01-02T", Some(86_400_000)),
        ("1970-01-01T01", Some(3_600_000)),
        ("1970-01-01T01Z", Some(3_600_000)),
        ("1970-01-01T00:01", Some(60_000)),
        ("1970-01-01T00:00:01", Some(1_000)),
        ("1970-01-01T00:00:00.1", Some(100)),
        ("1970-01-01T00:00:00,123456789Z", Some(123)),
        ("1970-01-01T00:00:00+0100", Some(-3_600_000)),
        ("1970-01-01T00:00:00-01", Some(3_600_000)),
        ("1969-12-31T23:59:59.9999Z", Some(-1)),
        ("0000-01-01", Some(-62_167_219_200_000)),
        ("1970-1-1", None),
        ("1970-01-01Z", None),
        ("1970-01-01T1:00", None),
        ("1970-01-01T24:00", None),
        ("1970-01-01T00:00:60", None),
        ("1970-01-01T00:00:00.", None),
        ("1970-01-01T00:00:00.1234567890", None),
        ("1970-01-01t00:00:00", None),
        ("1970-01-01T00:00:00z", None),
        ("1970-01-01T00:00:00+1", None),
        ("1970-01-01T00:00:00+99:00", None),
        ("19700101", None),
        ("ä970", None),
    ] {
        assert_eq!(parse_date(text), expected, "{text}");
    }
}

#[test]
fn values_of_events() {
    let cases = [
        (Type::Keyword, Datum::Int(33), t("33")),
        (Type::Keyword, Datum::Bool(true), t("true")),
        (Type::Keyword, Datum::Float(1.5), t("1.5")),
        (Type::Text, Datum::Text("a"), t("a")),
        (Type::Long, Datum::Text("05"), Value::Long(5)),
        (Type::Long, Datum::Float(5.7), Value::Long(5)),
        (Type::Long, Datum::Text("-5.7"), Value::Long(-5)),
        (Type::Long, Datum::Text("9223372036854775807.5"), Value::Long(i64::MAX)),
        (Type::Long, Datum::Text("1e3"), Value::Long(1_000)),
        (Type::Long, Datum::Text("x"), Value::Null),
        (Type::Long, Datum::Text(""), Value::Null),
        (Type::Long, Datum::Bool(true), Value::Null),
        (Type::Long, Datum::Float(1e30), Value::Null),
        (Type::Integer, Datum::Int(1 << 31), Value::Null),
        (Type::UnsignedLong, Datum::Text("18446744073709551615"), Value::Unsigned(u64::MAX)),
        (Type::UnsignedLong, Datum::Int(-1), Value::Null),
        (Type::Double, Datum::Int(2), Value::Double(2.0)),
        (Type::Double, Datum::Text("2.5"), Value::Double(2.5)),
        (Type::Double, Datum::Text("NaN"), Value::Null),
        (Type::Boolean, Datum::Text("true"), Value::Bool(true)),
        (Type::Boolean, Datum::Text(""), Value::Bool(false)),
        (Type::Boolean, Datum::Text("TRUE"), Value::Null),
        (Type::Boolean, Datum::Int(1), Value::Null),
        (Type::Date, Datum::Int(5), Value::Date(5)),
        (Type::Date, Datum::Text("5000000"), Value::Date(5_000_000)),
        (Type::Date, Datum::Text("1970-01-01T00:00:00.005Z"), Value::Date(5)),
        (Type::Date, Datum::Float(-0.5), Value::Date(-1)),
        (Type::Date, Datum::Text("yesterday"), Value::Null),
        (Type::DateNanos, Datum::Text("1970-01-01T00:00:00.000000005Z"), Value::DateNanos(5)),
        (Type::DateNanos, Datum::Int(5), Value::DateNanos(5_000_000)),
        (Type::DateNanos, Datum::Int(-5), Value::Null),
        (Type::Ip, Datum::Text("10.0.0.1"), ip("10.0.0.1")),
        (Type::Ip, Datum::Text("10.0.0"), Value::Null),
        (Type::Ip, Datum::Int(1), Value::Null),
        (Type::Version, Datum::Text("1.2"), Value::Version("1.2".into())),
        (Type::GeoPoint, Datum::Text("2.5, 1"), Value::Point(1.0, 2.5)),
        (Type::GeoPoint, Datum::Text("POINT (1 2.5)"), Value::Point(1.0, 2.5)),
        (Type::GeoPoint, Datum::Text("2.5,1,300"), Value::Point(1.0, 2.5)),
        (Type::GeoPoint, Datum::Text("s0"), Value::Point(0.0, 0.0)),
        (Type::GeoPoint, Datum::Text("91,0"), Value::Null),
        (Type::GeoPoint, Datum::Text("nowhere"), Value::Null),
        (Type::Null, Datum::Int(1), Value::Null),
    ];
    for (target, datum, expected) in cases {
        assert_eq!(from_event(target, &datum), expected, "{target} of {datum:?}");
    }
    for target in Type::ALL {
        assert_eq!(from_event(target, &Datum::Null), Value::Null, "{target}");
    }
}
