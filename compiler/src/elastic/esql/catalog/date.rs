//! Functions on points in time.

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{DateFunction, Function};

use super::{DATES, Entry, Param, TEXTS};

const DATE: &[Param] = &[Param::of("date", DATES)];

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "date_diff",
        DateFunction::Diff,
        &[Param::of("unit", TEXTS), Param::of("startTimestamp", DATES), Param::of("endTimestamp", DATES)],
        3,
        |_| Type::Integer,
    ),
    entry("date_extract", DateFunction::Extract, &[Param::of("datePart", TEXTS), Param::of("date", DATES)], 2, |_| {
        Type::Long
    }),
    // with one argument, that is the date
    entry(
        "date_format",
        DateFunction::Format,
        &[Param::of("dateFormat", &[Type::Keyword, Type::Text, Type::Date, Type::DateNanos]), Param::of("date", DATES)],
        1,
        |_| Type::Keyword,
    ),
    // with one argument, that is the text
    entry(
        "date_parse",
        DateFunction::Parse,
        &[Param::of("datePattern", TEXTS), Param::of("dateString", TEXTS)],
        1,
        |_| Type::Date,
    ),
    entry(
        "date_trunc",
        DateFunction::Trunc,
        &[Param::literal("interval", &[Type::DatePeriod, Type::TimeDuration]), Param::of("date", DATES)],
        2,
        |types| match types.get(1) {
            Some(Type::DateNanos) => Type::DateNanos,
            _ => Type::Date,
        },
    ),
    entry("day", DateFunction::Day, DATE, 1, |_| Type::Long),
    entry("day_name", DateFunction::DayName, DATE, 1, |_| Type::Keyword),
    entry("hour", DateFunction::Hour, DATE, 1, |_| Type::Long),
    entry("month", DateFunction::Month, DATE, 1, |_| Type::Long),
    entry("month_name", DateFunction::MonthName, DATE, 1, |_| Type::Keyword),
    entry("now", DateFunction::Now, &[], 0, |_| Type::Date),
    entry("year", DateFunction::Year, DATE, 1, |_| Type::Long),
];

const fn entry(
    name: &'static str,
    function: DateFunction,
    params: &'static [Param],
    required: usize,
    result: fn(&[Type]) -> Type,
) -> Entry {
    Entry { name, aliases: &[], function: Function::Date(function), params, required, repeats: false, result }
}
