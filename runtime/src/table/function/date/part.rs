//! Parts of points in time that `DATE_EXTRACT` knows.

use super::calendar::Moment;

macro_rules! parts {
    ($($variant:ident $name:literal $of:expr;)*) => {
        /// A part of a point in time; Java's `ChronoField`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum DatePart {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl DatePart {
            /// The part of this name, in any case.
            pub fn named(name: &str) -> Option<Self> {
                if name.len() > "aligned_day_of_week_in_month".len() {
                    return None;
                }
                match name.to_ascii_lowercase().as_str() {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// What it is for a point in time.
            pub(super) fn of(self, moment: &Moment) -> i64 {
                let of: fn(&Moment) -> i64 = match self {
                    $(Self::$variant => $of,)*
                };
                of(moment)
            }
        }
    };
}

parts! {
    AlignedDayOfWeekInMonth "aligned_day_of_week_in_month" |m| (day_of_month(m) - 1) % 7 + 1;
    AlignedDayOfWeekInYear "aligned_day_of_week_in_year" |m| (day_of_year(m) - 1) % 7 + 1;
    AlignedWeekOfMonth "aligned_week_of_month" |m| (day_of_month(m) - 1) / 7 + 1;
    AlignedWeekOfYear "aligned_week_of_year" |m| (day_of_year(m) - 1) / 7 + 1;
    AmPmOfDay "ampm_of_day" |m| hour(m) / 12;
    ClockHourOfAmPm "clock_hour_of_ampm" |m| (hour(m) + 11) % 12 + 1;
    ClockHourOfDay "clock_hour_of_day" |m| (hour(m) + 23) % 24 + 1;
    DayOfMonth "day_of_month" day_of_month;
    DayOfWeek "day_of_week" |m| m.date.weekday().to_monday_one_offset().into();
    DayOfYear "day_of_year" day_of_year;
    EpochDay "epoch_day" |m| m.day;
    Era "era" |m| i64::from(m.date.year() > 0);
    HourOfAmPm "hour_of_ampm" |m| hour(m) % 12;
    HourOfDay "hour_of_day" hour;
    InstantSeconds "instant_seconds" |m| m.day * 86_400 + m.nanos / SECOND;
    MicroOfDay "micro_of_day" |m| m.nanos / 1_000;
    MicroOfSecond "micro_of_second" |m| m.nanos % SECOND / 1_000;
    MilliOfDay "milli_of_day" |m| m.nanos / 1_000_000;
    MilliOfSecond "milli_of_second" |m| m.nanos % SECOND / 1_000_000;
    MinuteOfDay "minute_of_day" |m| m.nanos / (60 * SECOND);
    MinuteOfHour "minute_of_hour" |m| m.nanos / (60 * SECOND) % 60;
    MonthOfYear "month_of_year" |m| m.date.month().into();
    NanoOfDay "nano_of_day" |m| m.nanos;
    NanoOfSecond "nano_of_second" |m| m.nanos % SECOND;
    OffsetSeconds "offset_seconds" |_| 0;
    ProlepticMonth "proleptic_month" |m| i64::from(m.date.year()) * 12 + i64::from(m.date.month()) - 1;
    SecondOfDay "second_of_day" |m| m.nanos / SECOND;
    SecondOfMinute "second_of_minute" |m| m.nanos / SECOND % 60;
    Year "year" |m| m.date.year().into();
    YearOfEra "year_of_era" |m| if m.date.year() > 0 { m.date.year().into() } else { 1 - i64::from(m.date.year()) };
}

const SECOND: i64 = 1_000_000_000;

fn hour(moment: &Moment) -> i64 {
    moment.nanos / (3_600 * SECOND)
}

fn day_of_month(moment: &Moment) -> i64 {
    moment.date.day().into()
}

fn day_of_year(moment: &Moment) -> i64 {
    moment.date.day_of_year().into()
}
