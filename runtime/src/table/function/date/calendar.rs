//! Points in time on the calendar, and spans of time.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

use crate::table::expr::Context;
use crate::table::value::Value;

/// The milliseconds of a day.
pub(in crate::table::function) const DAY: i64 = 86_400_000;
/// The nanoseconds of a millisecond.
const MILLI: i64 = 1_000_000;
const DAY_NANOS: i64 = DAY * MILLI;

/// A point in time on the calendar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// The date.
    pub date: Date,
    /// Days since 1970.
    pub day: i64,
    /// Nanoseconds since midnight.
    pub nanos: i64,
}

impl Moment {
    /// Where a date stands, if the calendar holds it.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let (day, nanos) = match value {
            Value::Date(at) => (at.div_euclid(DAY), at.rem_euclid(DAY) * MILLI),
            Value::DateNanos(at) => (at.div_euclid(DAY_NANOS), at.rem_euclid(DAY_NANOS)),
            _ => return None,
        };
        Some(Self { date: date_of(day)?, day, nanos })
    }

    /// `Monday`
    pub(super) fn day_name(&self) -> &'static str {
        match self.date.weekday() {
            Weekday::Monday => "Monday",
            Weekday::Tuesday => "Tuesday",
            Weekday::Wednesday => "Wednesday",
            Weekday::Thursday => "Thursday",
            Weekday::Friday => "Friday",
            Weekday::Saturday => "Saturday",
            Weekday::Sunday => "Sunday",
        }
    }

    /// `January`
    pub(super) fn month_name(&self) -> &'static str {
        MONTHS.get(usize::from(self.date.month().unsigned_abs()).saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// The names of the months.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of the days of the week, as ISO 8601 counts them.
pub(super) const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The date of a day since 1970.
pub(super) fn date_of(day: i64) -> Option<Date> {
    let midnight = Timestamp::from_millisecond(day.checked_mul(DAY)?).ok()?;
    Some(Offset::UTC.to_datetime(midnight).date())
}

/// Days since 1970 of a date.
pub(super) fn day_of(date: Date) -> Option<i64> {
    let midnight = Offset::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok()?;
    Some(midnight.as_millisecond().div_euclid(DAY))
}

/// A point in time as nanoseconds since 1970.
pub(super) fn nanoseconds(value: &Value) -> Option<i128> {
    match value {
        Value::Date(at) => Some(i128::from(*at) * i128::from(MILLI)),
        Value::DateNanos(at) => Some((*at).into()),
        _ => None,
    }
}

/// A point in time as milliseconds since 1970.
pub(in crate::table::function) fn milliseconds(value: &Value) -> Option<i64> {
    match value {
        Value::Date(at) => Some(*at),
        Value::DateNanos(at) => Some(at.div_euclid(MILLI)),
        _ => None,
    }
}

/// A point in time that a span of time is added to, or taken off; months come first, and a day that the month lacks is its last one. `None` if no
/// point in time comes out.
pub(in crate::table::function) fn shifted(date: &Value, span: &Value, back: bool) -> Option<Value> {
    match span {
        Value::Period(months, days) => {
            let (months, days) = if back { (months.checked_neg()?, days.checked_neg()?) } else { (*months, *days) };
            let moment = Moment::of(date)?;
            let to = moment.date.checked_add(Span::new().try_months(months).ok()?).ok()?;
            let day = day_of(to)?.checked_add(days.into())?;
            date_of(day)?;
            at(date, i128::from(day) * i128::from(DAY_NANOS) + i128::from(moment.nanos))
        }
        Value::Duration(milliseconds) => {
            let milliseconds = if back { milliseconds.checked_neg()? } else { *milliseconds };
            at(date, nanoseconds(date)?.checked_add(i128::from(milliseconds) * i128::from(MILLI))?)
        }
        _ => None,
    }
}

/// A point in time of the type of another one.
fn at(like: &Value, nanoseconds: i128) -> Option<Value> {
    match like {
        Value::Date(_) => i64::try_from(nanoseconds.div_euclid(MILLI.into())).ok().map(Value::Date),
        Value::DateNanos(_) => i64::try_from(nanoseconds).ok().filter(|at| *at >= 0).map(Value::DateNanos),
        _ => None,
    }
}

/// What points in time are cut down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::table::function) enum Interval {
    /// So many milliseconds, counted from 1970.
    Fixed(i64),
    /// Weeks that start on Monday.
    Week,
    /// So many months, counted from the year 1.
    Months(i64),
}

impl Interval {
    /// The interval that a span of time stands for; `None` if it is not above zero, or mixes months and days.
    pub(in crate::table::function) fn of(span: &Value) -> Option<Self> {
        match *span {
            Value::Period(0, 7) => Some(Self::Week),
            Value::Period(0, days) if days > 0 => Some(Self::Fixed(i64::from(days) * DAY)),
            Value::Period(months, 0) if months > 0 => Some(Self::Months(months.into())),
            Value::Duration(milliseconds) if milliseconds > 0 => Some(Self::Fixed(milliseconds)),
            _ => None,
        }
    }

    /// Where the interval starts in which a point in time (in milliseconds) lies.
    pub(in crate::table::function) fn floor(self, at: i64) -> Option<i64> {
        match self {
            Self::Fixed(size) => at.checked_div_euclid(size)?.checked_mul(size),
            Self::Week => {
                let day = at.div_euclid(DAY);
                // 1970 began on a Thursday
                (day - (day + 3).rem_euclid(7)).checked_mul(DAY)
            }
            Self::Months(count) => {
                let months = month_of(date_of(at.div_euclid(DAY))?);
                month_start(months.checked_div_euclid(count)?.checked_mul(count)?)
            }
        }
    }

    /// Where an interval starts, so many behind the one that starts there.
    pub(in crate::table::function) fn after(self, start: i64, count: i64) -> Option<i64> {
        match self {
            Self::Fixed(size) => start.checked_add(size.checked_mul(count)?),
            Self::Week => start.checked_add((7 * DAY).checked_mul(count)?),
            Self::Months(months) => {
                let first = month_of(date_of(start.div_euclid(DAY))?);
                month_start(first.checked_add(months.checked_mul(count)?)?)
            }
        }
    }
}

/// Months since January of the year 1.
fn month_of(date: Date) -> i64 {
    (i64::from(date.year()) - 1) * 12 + i64::from(date.month()) - 1
}

/// Where a month starts, in milliseconds.
fn month_start(months: i64) -> Option<i64> {
    let year = i16::try_from(months.div_euclid(12).checked_add(1)?).ok()?;
    let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
    day_of(Date::new(year, month, 1).ok()?)?.checked_mul(DAY)
}

/// A point in time cut down to an interval; null with a warning if that is none.
pub(in crate::table::function) fn truncated(date: &Value, interval: Option<Interval>, cx: &mut Context) -> Value {
    let Some(at) = milliseconds(date) else { return Value::Null };
    let Some(interval) = interval else {
        cx.warnings.other += 1;
        return Value::Null;
    };
    let start = interval.floor(at).and_then(|start| match date {
        Value::DateNanos(_) => start.checked_mul(MILLI).filter(|start| *start >= 0).map(Value::DateNanos),
        _ => Some(Value::Date(start)),
    });
    start.unwrap_or_else(|| {
        cx.warnings.overflow += 1;
        Value::Null
    })
}
