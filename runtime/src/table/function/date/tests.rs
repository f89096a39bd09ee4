//! What functions on points in time compute.

use super::DateFunction as F;
use super::{DatePart, DateUnit};
use crate::table::function::Function;
use crate::table::function::math::tests::check;
use crate::table::value::Value::{self, Date, DateNanos, Duration, Int, Long, Null, Period};
use crate::table::value::{Type, Value as V};

fn all(result: Type, table: &[(F, &[Value], Value, &str)]) {
    for (function, arguments, expected, warned) in table {
        check(Function::Date(*function), result, arguments, expected, warned);
    }
}

/// A date as it is written.
fn at(text: &str) -> Value {
    Date(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn nanos(text: &str) -> Value {
    DateNanos(i64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_nanosecond()).unwrap())
}

#[test]
fn trunc() {
    let table = [
        (Duration(300_000), "2024-05-17T10:23:45.678Z", "2024-05-17T10:20:00Z"),
        (Duration(1), "2024-05-17T10:23:45.678Z", "2024-05-17T10:23:45.678Z"),
        (Duration(3_600_000), "1969-12-31T23:30:00Z", "1969-12-31T23:00:00Z"),
        (Duration(7 * 3_600_000), "1970-01-01T08:00:00Z", "1970-01-01T07:00:00Z"),
        (Period(0, 1), "2024-05-17T10:23:45Z", "2024-05-17T00:00:00Z"),
        (Period(0, 7), "2024-05-19T10:23:45Z", "2024-05-13T00:00:00Z"),
        (Period(0, 7), "2024-05-13T00:00:00Z", "2024-05-13T00:00:00Z"),
        (Period(0, 7), "1969-12-31T00:00:00Z", "1969-12-29T00:00:00Z"),
        (Period(0, 14), "1970-01-16T00:00:00Z", "1970-01-15T00:00:00Z"),
        (Period(1, 0), "2024-02-29T23:00:00Z", "2024-02-01T00:00:00Z"),
        (Period(3, 0), "2024-05-17T10:23:45Z", "2024-04-01T00:00:00Z"),
        (Period(5, 0), "2024-07-17T10:23:45Z", "2024-05-01T00:00:00Z"),
        (Period(12, 0), "1969-05-17T10:23:45Z", "1969-01-01T00:00:00Z"),
        (Period(120, 0), "2024-05-17T10:23:45Z", "2021-01-01T00:00:00Z"),
    ];
    for (interval, date, expected) in table {
        all(Type::Date, &[(F::Trunc, &[interval, at(date)], at(expected), "")]);
    }
    all(
        Type::DateNanos,
        &[
            (F::Trunc, &[Duration(60_000), nanos("2024-05-17T10:23:45.678901234Z")], nanos("2024-05-17T10:23:00Z"), ""),
            (F::Trunc, &[Period(0, 7), DateNanos(5)], Null, "overflow"),
        ],
    );
    all(
        Type::Date,
        &[
            (F::Trunc, &[Duration(0), Date(5)], Null, "other"),
            (F::Trunc, &[Duration(-1), Date(5)], Null, "other"),
            (F::Trunc, &[Period(1, 1), Date(5)], Null, "other"),
            (F::Trunc, &[Duration(1_000), Null], Null, ""),
            (F::Trunc, &[Null, Date(5)], Null, ""),
            (F::Trunc, &[Duration(1_000), V::list([Date(5), Date(6)])], Null, "multi_value"),
            (F::Trunc, &[Duration(1_000), V::text("2024")], Null, ""),
            (F::Trunc, &[Period(1, 0), Date(i64::MAX)], Null, "overflow"),
            (F::Trunc, &[Duration(i64::MAX), Date(i64::MIN)], Null, "overflow"),
            (F::Trunc, &[], Null, ""),
        ],
    );
}

#[test]
fn diff() {
    let table = [
        ("minute", "2024-01-01T00:00:00Z", "2024-01-01T00:01:59.999Z", 1),
        ("mi", "2024-01-01T00:01:59.999Z", "2024-01-01T00:00:00Z", -1),
        ("N", "2024-01-01T00:00:00Z", "2024-01-01T00:00:59Z", 0),
        ("seconds", "2024-01-01T00:00:00Z", "2024-01-01T00:01:59.999Z", 119),
        ("hh", "2024-01-01T00:00:00Z", "2024-01-02T01:59:00Z", 25),
        ("days", "2024-01-01T12:00:00Z", "2024-01-03T11:00:00Z", 1),
        ("dw", "2024-01-03T11:00:00Z", "2024-01-01T12:00:00Z", -1),
        ("y", "2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z", 2),
        ("weeks", "2024-01-01T00:00:00Z", "2024-01-15T00:00:00Z", 2),
        ("m", "2024-01-31T00:00:00Z", "2024-02-29T00:00:00Z", 0),
        ("mm", "2024-01-31T00:00:00Z", "2024-03-01T00:00:00Z", 1),
        ("month", "2023-01-31T10:00:00Z", "2023-03-01T09:00:00Z", 0),
        ("month", "2024-03-15T10:00:00Z", "2024-01-15T11:00:00Z", -1),
        ("month", "2024-03-15T10:00:00Z", "2024-01-15T10:00:00Z", -2),
        ("qq", "2023-01-01T00:00:00Z", "2023-12-31T00:00:00Z", 3),
        ("years", "2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z", 0),
        ("yyyy", "2020-02-29T00:00:00Z", "2024-02-29T00:00:00Z", 4),
        ("ms", "2024-01-01T00:00:00Z", "2024-01-01T00:00:01.5Z", 1_500),
        ("mcs", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.002Z", 2_000),
        ("ns", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.001Z", 1_000_000),
    ];
    for (unit, start, end, expected) in table {
        let arguments = [V::text(unit), at(start), at(end)];
        all(Type::Integer, &[(F::Diff, &arguments, Int(expected), "")]);
    }
    let (start, end) = (at("2024-01-01T00:00:00Z"), nanos("2024-01-01T00:00:00.000000009Z"));
    all(
        Type::Integer,
        &[
            (F::Diff, &[V::text("ns"), start.clone(), end.clone()], Int(9), ""),
            (F::Diff, &[V::text("ns"), end, start.clone()], Int(-9), ""),
            (F::Diff, &[V::text("ms"), Date(0), start.clone()], Null, "overflow"),
            (F::Diff, &[V::text("year"), Date(i64::MIN), Date(i64::MAX)], Null, "overflow"),
            (F::Diff, &[V::text("ns"), Date(i64::MIN), Date(i64::MAX)], Null, "overflow"),
            (F::Diff, &[V::text("fortnight"), Date(0), Date(1)], Null, "other"),
            (F::Diff, &[V::text(""), Date(0), Date(1)], Null, "other"),
            (F::Diff, &[V::text("day"), Null, start.clone()], Null, ""),
            (F::Diff, &[V::text("day"), V::list([Date(0), Date(1)]), start.clone()], Null, "multi_value"),
            (F::Diff, &[V::text("day"), V::text("2024"), start], Null, ""),
        ],
    );
    assert_eq!(DateUnit::named("WEEKDAY"), Some(DateUnit::Day));
}

#[test]
fn extract() {
    // a Saturday
    let date = nanos("2024-11-16T00:34:56.789012345Z");
    let table = [
        ("aligned_day_of_week_in_month", 2),
        ("aligned_day_of_week_in_year", 6),
        ("aligned_week_of_month", 3),
        ("aligned_week_of_year", 46),
        ("ampm_of_day", 0),
        ("clock_hour_of_ampm", 12),
        ("CLOCK_HOUR_OF_DAY", 24),
        ("day_of_month", 16),
        ("day_of_week", 6),
        ("day_of_year", 321),
        ("epoch_day", 20_043),
        ("era", 1),
        ("hour_of_ampm", 0),
        ("hour_of_day", 0),
        ("instant_seconds", 1_731_717_296),
        ("micro_of_day", 2_096_789_012),
        ("micro_of_second", 789_012),
        ("milli_of_day", 2_096_789),
        ("milli_of_second", 789),
        ("minute_of_day", 34),
        ("minute_of_hour", 34),
        ("month_of_year", 11),
        ("nano_of_day", 2_096_789_012_345),
        ("nano_of_second", 789_012_345),
        ("offset_seconds", 0),
        ("proleptic_month", 24_298),
        ("second_of_day", 2_096),
        ("second_of_minute", 56),
        ("Year", 2024),
        ("year_of_era", 2024),
    ];
    for (part, expected) in table {
        all(Type::Long, &[(F::Extract, &[V::text(part), date.clone()], Long(expected), "")]);
    }
    all(
        Type::Long,
        &[
            (F::Extract, &[V::text("instant_seconds"), Date(-1)], Long(-1), ""),
            (F::Extract, &[V::text("week"), date.clone()], Null, "other"),
            (F::Extract, &[V::text("year"), Null], Null, ""),
            (F::Extract, &[V::text("year"), Int(5)], Null, ""),
            (F::Extract, &[V::text("year"), Date(i64::MAX)], Null, "overflow"),
            (F::Extract, &[V::text("year"), V::list([Date(0), Date(1)])], Null, "multi_value"),
            (F::Day, std::slice::from_ref(&date), Long(16), ""),
            (F::Hour, &[Date(7_200_000)], Long(2), ""),
            (F::Month, std::slice::from_ref(&date), Long(11), ""),
            (F::Year, &[Date(-1)], Long(1969), ""),
            (F::Year, &[Null], Null, ""),
        ],
    );
    all(
        Type::Keyword,
        &[
            (F::DayName, std::slice::from_ref(&date), V::text("Saturday"), ""),
            (F::MonthName, std::slice::from_ref(&date), V::text("November"), ""),
            (F::DayName, &[Null], Null, ""),
            (F::MonthName, &[V::text("2024")], Null, ""),
            (F::MonthName, &[V::list([Date(0), Date(1)])], Null, "multi_value"),
        ],
    );
    all(Type::Date, &[(F::Now, &[], Date(0), "")]);
    assert_eq!(DatePart::named("hour_of_day"), Some(DatePart::HourOfDay));
}

#[test]
fn format() {
    let date = at("2024-03-05T07:08:09.012Z");
    let table = [
        ("yyyy-MM-dd", "2024-03-05"),
        ("uuuu-MM-dd'T'HH:mm:ss.SSSXXX", "2024-03-05T07:08:09.012Z"),
        ("yy/M/d H:m:s", "24/3/5 7:8:9"),
        ("EEE EEEE EEEEE", "Tue Tuesday T"),
        ("MMM MMMM MMMMM LLL", "Mar March M Mar"),
        ("D DDD", "65 065"),
        ("e ee eee", "2 02 Tue"),
        ("hh a", "07 AM"),
        ("kk KK", "07 07"),
        ("Q QQ QQQ QQQQ", "1 01 Q1 1st quarter"),
        ("YYYY-'W'ww", "2024-W10"),
        ("SSSSSSSSS S", "012000000 0"),
        ("A n N", "25689012 12000000 25689012000000"),
        ("x xx xxx Z ZZZZ O", "+00 +0000 +00:00 +0000 GMT GMT"),
        ("'it''s' ''yyyy''", "it's '2024'"),
        ("yyyy[-MM[-dd]]", "2024-03-05"),
        ("G y", "AD 2024"),
        ("epoch_millis", "1709622489012"),
        ("epoch_second", "1709622489"),
        ("strict_date_optional_time", "2024-03-05T07:08:09.012Z"),
        ("date_time_no_millis", "2024-03-05T07:08:09Z"),
        ("basic_date||yyyy", "20240305"),
    ];
    for (pattern, expected) in table {
        all(Type::Keyword, &[(F::Format, &[V::text(pattern), date.clone()], V::text(expected), "")]);
    }
    for pattern in ["", "yyyy'", "b", "ddd", "HHH", "f", "]", "{", "yyyy||", &"[".repeat(10_000), &"y".repeat(10_000)] {
        all(Type::Keyword, &[(F::Format, &[V::text(pattern), date.clone()], Null, "other")]);
    }
    all(
        Type::Keyword,
        &[
            (F::Format, std::slice::from_ref(&date), V::text("2024-03-05T07:08:09.012Z"), ""),
            (F::Format, &[nanos("2024-03-05T07:08:09.000000001Z")], V::text("2024-03-05T07:08:09.000000001Z"), ""),
            (F::Format, &[V::text("SSSSSSSSS"), DateNanos(5)], V::text("000000005"), ""),
            (F::Format, &[V::text("yyyy"), at("-000043-03-15T00:00:00Z")], V::text("0044"), ""),
            (F::Format, &[V::text("uuuu"), at("-000043-03-15T00:00:00Z")], V::text("-0043"), ""),
            (F::Format, &[Null], Null, ""),
            (F::Format, &[V::text("yyyy"), Null], Null, ""),
            (F::Format, &[V::text("yyyy"), V::list([Date(0), Date(1)])], Null, "multi_value"),
            (F::Format, &[V::text("yyyy"), Date(i64::MAX)], Null, "overflow"),
            (F::Format, &[V::text("yyyy"), Int(1)], Null, ""),
            (F::Format, &[Int(1)], Null, ""),
        ],
    );
}

#[test]
fn parse() {
    let good = [
        ("yyyy-MM-dd", "2022-05-06", "2022-05-06T00:00:00Z"),
        ("yyyyMMdd", "20220506", "2022-05-06T00:00:00Z"),
        ("yyyyMMddHHmmssSSS", "20220506123456789", "2022-05-06T12:34:56.789Z"),
        ("dd/MMM/yyyy:HH:mm:ss Z", "06/May/2022:12:34:56 +0200", "2022-05-06T10:34:56Z"),
        ("EEE, d MMM yyyy HH:mm:ss z", "Fri, 6 May 2022 12:34:56 GMT", "2022-05-06T12:34:56Z"),
        ("MMMM d, yyyy h:mm a", "May 6, 2022 12:34 PM", "2022-05-06T12:34:00Z"),
        ("h a", "12 AM", "1970-01-01T00:00:00Z"),
        ("kk", "24", "1970-01-01T00:00:00Z"),
        ("yy-D", "22-126", "2022-05-06T00:00:00Z"),
        ("yyyy", "2022", "2022-01-01T00:00:00Z"),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2022-05-06T12:34:56-07:30", "2022-05-06T20:04:56Z"),
        ("yyyy[-MM]", "2022", "2022-01-01T00:00:00Z"),
        ("yyyy-MM-dd||epoch_millis", "1000", "1970-01-01T00:00:01Z"),
        ("epoch_second", "-1.5", "1969-12-31T23:59:58.5Z"),
        ("strict_date_optional_time", "2022-05-06T12:34:56.123456789+01:00", "2022-05-06T11:34:56.123Z"),
        ("iso8601", "2022-05-06T12Z", "2022-05-06T12:00:00Z"),
        ("iso8601", "2022-05", "2022-05-01T00:00:00Z"),
        ("''yyyy''", "'2022'", "2022-01-01T00:00:00Z"),
    ];
    for (pattern, text, expected) in good {
        all(Type::Date, &[(F::Parse, &[V::text(pattern), V::text(text)], at(expected), "")]);
    }
    let bad = [
        ("yyyy-MM-dd", "2022-13-06"),
        ("yyyy-MM-dd", "2022-02-30"),
        ("yyyy-MM-dd", "2022-5-6"),
        ("yyyy-MM-dd", "2022-05-06 "),
        ("yyyy-MM-dd", ""),
        ("yyyy-MM-dd", "20222-05-06"),
        ("yyyy-MM-dd", "２０２２-05-06"),
        ("HH:mm", "24:00"),
        ("h", "5"),
        ("EEE yyyy-MM-dd", "Mon 2022-05-06"),
        ("MMM", "may"),
        ("epoch_millis", "1e3"),
        ("epoch_millis", ""),
        ("iso8601", "2022-05-06T12:34:56.Z"),
        ("iso8601", "99999"),
        ("yyyy yyyy", "2021 2022"),
        ("w", "5"),
    ];
    for (pattern, text) in bad {
        all(Type::Date, &[(F::Parse, &[V::text(pattern), V::text(text)], Null, "conversion")]);
    }
    all(
        Type::Date,
        &[
            (F::Parse, &[V::text("2022-05-06T00:00:00.000Z")], at("2022-05-06T00:00:00Z"), ""),
            (F::Parse, &[V::text("06.05.2022")], Null, "conversion"),
            (F::Parse, &[V::text("9".repeat(1_000_000))], Null, "conversion"),
            (F::Parse, &[V::text("nonsense"), V::text("2022")], Null, "other"),
            (F::Parse, &[Null], Null, ""),
            (F::Parse, &[V::text("yyyy"), Null], Null, ""),
            (F::Parse, &[V::text("yyyy"), V::list([V::text("2022"), V::text("2023")])], Null, "multi_value"),
            (F::Parse, &[V::text("yyyy"), Int(2022)], Null, ""),
        ],
    );
}
