use sigil_runtime::table::Type;

use super::super::{all, find};
use super::{cast, cast_type};

#[test]
fn names_are_found_once() {
    let mut names: Vec<&str> = all().flat_map(|entry| entry.aliases.iter().copied().chain([entry.name])).collect();
    let before = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), before);
    for (name, entry) in [("TO_STR", "to_string"), ("to_ul", "to_unsigned_long"), ("Url_Decode", "url_decode")] {
        assert_eq!(find(name).map(|entry| entry.name), Some(entry), "{name}");
    }
}

#[test]
fn required_parameters_exist() {
    for entry in all() {
        assert!(entry.required <= entry.params.len(), "{}", entry.name);
        assert!(!entry.repeats || !entry.params.is_empty(), "{}", entry.name);
    }
}

#[test]
fn casts_are_conversions() {
    for (name, target, function) in [
        ("string", Type::Keyword, "to_string"),
        ("KEYWORD", Type::Keyword, "to_string"),
        ("int", Type::Integer, "to_integer"),
        ("integer", Type::Integer, "to_integer"),
        ("long", Type::Long, "to_long"),
        ("unsigned_long", Type::UnsignedLong, "to_unsigned_long"),
        ("double", Type::Double, "to_double"),
        ("bool", Type::Boolean, "to_boolean"),
        ("boolean", Type::Boolean, "to_boolean"),
        ("datetime", Type::Date, "to_datetime"),
        ("date", Type::Date, "to_datetime"),
        ("date_nanos", Type::DateNanos, "to_date_nanos"),
        ("ip", Type::Ip, "to_ip"),
        ("version", Type::Version, "to_version"),
        ("geo_point", Type::GeoPoint, "to_geopoint"),
        ("date_period", Type::DatePeriod, "to_dateperiod"),
        ("time_duration", Type::TimeDuration, "to_timeduration"),
    ] {
        assert_eq!(cast_type(name), Some(target), "{name}");
        let entry = cast(target);
        assert_eq!(entry.map(|entry| entry.name), Some(function), "{name}");
        assert_eq!(entry.map(|entry| (entry.result)(&[Type::Keyword])), Some(target), "{name}");
    }
    for name in ["", "null", "_source", "float"] {
        assert_eq!(cast_type(name), None, "{name}");
    }
}
