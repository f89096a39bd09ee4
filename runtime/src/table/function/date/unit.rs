//! Units of `DATE_DIFF`.

use super::calendar::{DAY, Moment, nanoseconds};
use crate::table::value::Value;

/// A unit of `DATE_DIFF`; its names are not those of spans of time in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateUnit {
    /// `year`, `years`, `yyyy`, `yy`
    Year,
    /// `quarter`, `quarters`, `qq`, `q`
    Quarter,
    /// `month`, `months`, `mm`, `m`
    Month,
    /// `week`, `weeks`, `wk`, `ww`
    Week,
    /// `day`, `days`, `dd`, `d`, `dayofyear`, `dy`, `y`, `weekday`, `weekdays`, `dw`
    Day,
    /// `hour`, `hours`, `hh`
    Hour,
    /// `minute`, `minutes`, `mi`, `n`
    Minute,
    /// `second`, `seconds`, `ss`, `s`
    Second,
    /// `millisecond`, `milliseconds`, `ms`
    Millisecond,
    /// `microsecond`, `microseconds`, `mcs`
    Microsecond,
    /// `nanosecond`, `nanoseconds`, `ns`
    Nanosecond,
}

impl DateUnit {
    /// The unit of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        if name.len() > "milliseconds".len() {
            return None;
        }
        Some(match name.to_ascii_lowercase().as_str() {
            "year" | "years" | "yyyy" | "yy" => Self::Year,
            "quarter" | "quarters" | "qq" | "q" => Self::Quarter,
            "month" | "months" | "mm" | "m" => Self::Month,
            "week" | "weeks" | "wk" | "ww" => Self::Week,
            "day" | "days" | "dd" | "d" | "dayofyear" | "dy" | "y" | "weekday" | "weekdays" | "dw" => Self::Day,
            "hour" | "hours" | "hh" => Self::Hour,
            "minute" | "minutes" | "mi" | "n" => Self::Minute,
            "second" | "seconds" | "ss" | "s" => Self::Second,
            "millisecond" | "milliseconds" | "ms" => Self::Millisecond,
            "microsecond" | "microseconds" | "mcs" => Self::Microsecond,
            "nanosecond" | "nanoseconds" | "ns" => Self::Nanosecond,
            _ => return None,
        })
    }

    /// How many full units lie between two points in time; negative if the second comes first.
    pub(super) fn between(self, start: &Value, end: &Value) -> Option<i128> {
        let size: i128 = match self {
            Self::Year => return Some(i128::from(months(start, end)? / 12)),
            Self::Quarter => return Some(i128::from(months(start, end)? / 3)),
            Self::Month => return months(start, end).map(i128::from),
            Self::Week => 7 * i128::from(DAY) * 1_000_000,
            Self::Day => i128::from(DAY) * 1_000_000,
            Self::Hour => 3_600_000_000_000,
            Self::Minute => 60_000_000_000,
            Self::Second => 1_000_000_000,
            Self::Millisecond => 1_000_000,
            Self::Microsecond => 1_000,
            Self::Nanosecond => 1,
        };
        nanoseconds(end)?.checked_sub(nanoseconds(start)?)?.checked_div(size)
    }
}

/// Full months: the time of day decides whether the last day counts, the day of the month whether the last month does.
fn months(start: &Value, end: &Value) -> Option<i64> {
    let (from, to) = (Moment::of(start)?, Moment::of(end)?);
    let to_date = if to.day > from.day && to.nanos < from.nanos {
        to.date.yesterday().ok()?
    } else if to.day < from.day && to.nanos > from.nanos {
        to.date.tomorrow().ok()?
    } else {
        to.date
    };
    let days =
        |date: jiff::civil::Date| (i64::from(date.year()) * 12 + i64::from(date.month())) * 32 + i64::from(date.day());
    Some((days(to_date) - days(from.date)) / 32)
}
