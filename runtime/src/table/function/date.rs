//! Functions on points in time (ES|QL reference, "Date-time functions"). All of them count in UTC.

mod calendar;
mod format;
mod parse;
mod part;
mod pattern;
#[cfg(test)]
mod tests;
mod unit;

pub use part::DatePart;
pub use unit::DateUnit;

pub(in crate::table::function) use calendar::{DAY, Interval, milliseconds, shifted, truncated};

use super::singles;
use crate::table::expr::{Context, single};
use crate::table::value::{Type, Value, date_nanos_text, date_text};
use calendar::Moment;
use pattern::Formats;

/// Functions on points in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateFunction {
    /// `NOW`
    Now,
    /// `DATE_TRUNC(interval, date)`
    Trunc,
    /// `DATE_DIFF(unit, start, end)`: only full units count.
    Diff,
    /// `DATE_EXTRACT(part, date)`
    Extract,
    /// `DATE_FORMAT(date)` and `DATE_FORMAT(format, date)`
    Format,
    /// `DATE_PARSE(text)` and `DATE_PARSE(pattern, text)`
    Parse,
    /// `DAY`: of the month.
    Day,
    /// `DAY_NAME`: `Monday`
    DayName,
    /// `HOUR`: of the day.
    Hour,
    /// `MONTH`: from 1.
    Month,
    /// `MONTH_NAME`: `January`
    MonthName,
    /// `YEAR`
    Year,
}

/// Calls a function of this family.
pub(super) fn call(function: DateFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    match function {
        DateFunction::Now => Value::Date(cx.now),
        DateFunction::Trunc => {
            let Some([interval, date]) = singles(arguments, cx) else { return Value::Null };
            truncated(&date, Interval::of(&interval), cx)
        }
        DateFunction::Diff => diff(arguments, cx),
        DateFunction::Extract => extract(arguments, cx),
        DateFunction::Format => format(arguments, cx),
        DateFunction::Parse => parse(result, arguments, cx),
        DateFunction::Day => part_of(DatePart::DayOfMonth, arguments, cx),
        DateFunction::DayName => named(arguments, cx, Moment::day_name),
        DateFunction::Hour => part_of(DatePart::HourOfDay, arguments, cx),
        DateFunction::Month => part_of(DatePart::MonthOfYear, arguments, cx),
        DateFunction::MonthName => named(arguments, cx, Moment::month_name),
        DateFunction::Year => part_of(DatePart::Year, arguments, cx),
    }
}

fn diff(arguments: &[Value], cx: &mut Context) -> Value {
    let Some([unit, start, end]) = singles(arguments, cx) else { return Value::Null };
    let Some(unit) = unit.as_text().and_then(DateUnit::named) else { return null(&mut cx.warnings.other) };
    if !is_date(&start) || !is_date(&end) {
        return Value::Null;
    }
    match unit.between(&start, &end).and_then(|count| i32::try_from(count).ok()) {
        Some(count) => Value::Int(count),
        None => null(&mut cx.warnings.overflow),
    }
}

fn extract(arguments: &[Value], cx: &mut Context) -> Value {
    let Some([part, date]) = singles(arguments, cx) else { return Value::Null };
    match part.as_text().and_then(DatePart::named) {
        Some(part) => part_of(part, &[date], cx),
        None => null(&mut cx.warnings.other),
    }
}

fn part_of(part: DatePart, arguments: &[Value], cx: &mut Context) -> Value {
    let Some([date]) = singles(arguments, cx) else { return Value::Null };
    moment(&date, cx).map_or(Value::Null, |moment| Value::Long(part.of(&moment)))
}

fn named(arguments: &[Value], cx: &mut Context, name: impl FnOnce(&Moment) -> &'static str) -> Value {
    let Some([date]) = singles(arguments, cx) else { return Value::Null };
    moment(&date, cx).map_or(Value::Null, |moment| Value::text(name(&moment)))
}

fn format(arguments: &[Value], cx: &mut Context) -> Value {
    let (formats, date) = if arguments.len() < 2 {
        let Some([date]) = singles(arguments, cx) else { return Value::Null };
        (None, date)
    } else {
        let Some([format, date]) = singles(arguments, cx) else { return Value::Null };
        let Some(formats) = format.as_text().and_then(Formats::parse) else { return null(&mut cx.warnings.other) };
        (Some(formats), date)
    };
    let Some(formats) = formats else {
        return match date {
            Value::Date(at) => Value::text(date_text(at)),
            Value::DateNanos(at) => Value::text(date_nanos_text(at)),
            _ => Value::Null,
        };
    };
    let Some(moment) = moment(&date, cx) else { return Value::Null };
    match format::format(&formats, &moment, &date) {
        Some(text) => Value::text(text),
        None => null(&mut cx.warnings.other),
    }
}

fn parse(result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let (formats, text) = if arguments.len() < 2 {
        let Some(text) = single(arguments.first().cloned().unwrap_or_default(), cx) else { return Value::Null };
        (Formats::iso(), text)
    } else {
        let Some([pattern, text]) = singles(arguments, cx) else { return Value::Null };
        let Some(formats) = pattern.as_text().and_then(Formats::parse) else { return null(&mut cx.warnings.other) };
        (formats, text)
    };
    let Some(text) = text.as_text() else { return Value::Null };
    match parse::parse(&formats, text) {
        Some(at) if result == Type::Date => Value::Date(at),
        Some(_) => Value::Null,
        None => null(&mut cx.warnings.conversion),
    }
}

/// Null, with a warning.
fn null(warnings: &mut u64) -> Value {
    *warnings += 1;
    Value::Null
}

fn is_date(value: &Value) -> bool {
    matches!(value, Value::Date(_) | Value::DateNanos(_))
}

/// A point in time on the calendar; years that have more than four digits are none, with a warning.
fn moment(date: &Value, cx: &mut Context) -> Option<Moment> {
    if !is_date(date) {
        return None;
    }
    let moment = Moment::of(date);
    cx.warnings.overflow += u64::from(moment.is_none());
    moment
}
