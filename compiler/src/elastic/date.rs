//! Elasticsearch's date math: `now-6m`, `now-30d/d`, `2024-01-01||+1M/d`.
//!
//! Elasticsearch reference, "API conventions: date math".

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Unit};

/// A point in time, perhaps relative to now.
#[derive(Clone, Debug, PartialEq)]
pub struct DateMath {
    /// From where?
    pub anchor: Anchor,
    /// What is done to it, in order.
    pub steps: Vec<Step>,
}

/// Where date math starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Anchor {
    /// `now`: the time of the run.
    Now,
    /// A written date: the first instant that it stands for, and the first behind it (a date without a time is a whole day).
    Date {
        /// Included.
        start: Timestamp,
        /// Excluded.
        end: Timestamp,
    },
}

/// A step of date math.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `+1d`, `-6m`
    Add(i64, DateUnit),
    /// `/d`: down to the start of the unit.
    Round(DateUnit),
}

/// A unit of date math.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateUnit {
    /// `y`
    Year,
    /// `M`
    Month,
    /// `w`
    Week,
    /// `d`
    Day,
    /// `h` and `H`
    Hour,
    /// `m`
    Minute,
    /// `s`
    Second,
}

impl DateUnit {
    fn from_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'y' => Self::Year,
            'M' => Self::Month,
            'w' => Self::Week,
            'd' => Self::Day,
            'h' | 'H' => Self::Hour,
            'm' => Self::Minute,
            's' => Self::Second,
            _ => return None,
        })
    }

    fn times(self, count: i64) -> Option<Span> {
        let span = match self {
            Self::Year => Span::new().try_years(count),
            Self::Month => Span::new().try_months(count),
            Self::Week => Span::new().try_weeks(count),
            Self::Day => Span::new().try_days(count),
            Self::Hour => Span::new().try_hours(count),
            Self::Minute => Span::new().try_minutes(count),
            Self::Second => Span::new().try_seconds(count),
        };
        span.ok()
    }
}

impl DateMath {
    /// Reads date math, or a date alone.
    pub fn parse(text: &str) -> Option<Self> {
        let (anchor, math) = if let Some(math) = text.strip_prefix("now") {
            (Anchor::Now, math)
        } else {
            let (date, math) = text.split_once("||").unwrap_or((text, ""));
            let (start, end) = instants(date)?;
            (Anchor::Date { start, end }, math)
        };
        let mut steps = Vec::new();
        let mut rest = math.chars();
        while let Some(sign) = rest.next() {
            let digits: String = rest.as_str().chars().take_while(char::is_ascii_digit).collect();
            let count = match digits.as_str() {
                "" => 1,
                digits => digits.parse::<i64>().ok()?,
            };
            rest = rest.as_str().get(digits.len()..).unwrap_or_default().chars();
            let unit = DateUnit::from_letter(rest.next()?)?;
            steps.push(match sign {
                '+' => Step::Add(count, unit),
                '-' => Step::Add(-count, unit),
                '/' if digits.is_empty() => Step::Round(unit),
                _ => return None,
            });
        }
        Some(Self { anchor, steps })
    }

    /// How many milliseconds before `now` it is; `None` if that cannot be counted. Months and years count as the last ones before 2023-11-14.
    pub fn look_back(&self) -> Option<i64> {
        let now = Timestamp::from_second(1_700_000_000).ok()?;
        let (at, _) = self.resolve(Some(now))?;
        Some(now.as_millisecond() - at.as_millisecond())
    }

    /// Whether it is rounded.
    pub fn rounds(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Round(_)))
    }

    /// Whether it depends on the time of the run.
    pub fn needs_now(&self) -> bool {
        self.anchor == Anchor::Now
    }

    /// The first instant that it stands for, and the first one behind it: several where it is rounded, or a date without a time. `None`
    /// beyond the years that can be counted, and for `now` without one.
    pub fn resolve(&self, now: Option<Timestamp>) -> Option<(Timestamp, Timestamp)> {
        let millisecond = 1.millisecond();
        let anchor = match self.anchor {
            Anchor::Now => now?,
            Anchor::Date { start, end } if self.steps.is_empty() => return Some((start, end)),
            Anchor::Date { start, .. } => start,
        };
        // rounding goes down for the first instant and up for the last one, and later steps start from there
        let last = self.walked(anchor, true)?;
        Some((self.walked(anchor, false)?, last.checked_add(millisecond).ok()?))
    }

    fn walked(&self, from: Timestamp, up: bool) -> Option<Timestamp> {
        self.steps.iter().try_fold(from, |at, step| {
            let at = at.to_zoned(TimeZone::UTC).datetime();
            utc(match *step {
                Step::Add(count, unit) => at.checked_add(unit.times(count)?).ok()?,
                Step::Round(unit) if up => {
                    floor(at, unit)?.checked_add(unit.times(1)?).ok()?.checked_sub(1.millisecond()).ok()?
                }
                Step::Round(unit) => floor(at, unit)?,
            })
        })
    }
}

fn utc(at: DateTime) -> Option<Timestamp> {
    at.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn floor(at: DateTime, unit: DateUnit) -> Option<DateTime> {
    let midnight = at.date().to_datetime(jiff::civil::Time::midnight());
    Some(match unit {
        DateUnit::Year => at.date().first_of_year().to_datetime(jiff::civil::Time::midnight()),
        DateUnit::Month => at.date().first_of_month().to_datetime(jiff::civil::Time::midnight()),
        DateUnit::Week => midnight.checked_sub(i64::from(at.date().weekday().to_monday_zero_offset()).days()).ok()?,
        DateUnit::Day => midnight,
        DateUnit::Hour => midnight.with().hour(at.hour()).build().ok()?,
        DateUnit::Minute => midnight.with().hour(at.hour()).minute(at.minute()).build().ok()?,
        DateUnit::Second => midnight.with().hour(at.hour()).minute(at.minute()).second(at.second()).build().ok()?,
    })
}

/// What a date stands for under `strict_date_optional_time||epoch_millis`: `2024`, `2024-05`, `2024-05-06`, `2024-05-06T07`, with minutes,
/// seconds, a fraction and a zone; or milliseconds since 1970 (more than four digits).
pub fn instants(text: &str) -> Option<(Timestamp, Timestamp)> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if (unsigned.len() != 4 || unsigned.len() != text.len())
        && !unsigned.is_empty()
        && unsigned.bytes().all(|byte| byte.is_ascii_digit())
    {
        let start = Timestamp::from_millisecond(text.parse().ok()?).ok()?;
        return Some((start, start.checked_add(1.millisecond()).ok()?));
    }
    let (date, clock) = text.split_once(['T', 't']).map_or((text, None), |(date, clock)| (date, Some(clock)));
    let numbers: Vec<&str> = date.split('-').collect();
    let number = |at: usize, width: usize| -> Option<Option<i16>> {
        match numbers.get(at) {
            None => Some(None),
            Some(text) if text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok().map(Some)
            }
            Some(_) => None,
        }
    };
    let (year, month, day) = (number(0, 4)??, number(1, 2)?, number(2, 2)?);
    if numbers.len() > 3 || (clock.is_some() && day.is_none()) {
        return None;
    }
    let small = |n: Option<i16>| i8::try_from(n.unwrap_or(1)).ok();
    let date = jiff::civil::Date::new(year, small(month)?, small(day)?).ok()?;
    let (time, zone, unit) = match clock {
        None => {
            let unit = match (month, day) {
                (None, _) => Unit::Year,
                (_, None) => Unit::Month,
                (Some(_), Some(_)) => Unit::Day,
            };
            (jiff::civil::Time::midnight(), TimeZone::UTC, unit)
        }
        Some(clock) => time_of_day(clock)?,
    };
    let start = date.to_datetime(time);
    let one = match unit {
        // a missing month or day is the first, also where a bound is rounded up ("Range query: missing date components")
        Unit::Year | Unit::Month | Unit::Day => 1.day(),
        Unit::Hour => 1.hour(),
        Unit::Minute => 1.minute(),
        Unit::Second => 1.second(),
        _ => 1.millisecond(),
    };
    let instant = |at: DateTime| at.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    Some((instant(start)?, instant(start.checked_add(one).ok()?)?))
}

/// `07`, `07:08`, `07:08:09.5`, each perhaps with `Z`, `+01:00`, `+0100` or `+01`.
fn time_of_day(text: &str) -> Option<(jiff::civil::Time, TimeZone, Unit)> {
    let (clock, zone) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, "Z"),
    };
    let zone = match zone {
        "Z" | "z" => TimeZone::UTC,
        signed => {
            let digits: String = signed.get(1..)?.chars().filter(|c| *c != ':').collect();
            let number = |range: std::ops::Range<usize>| digits.get(range).map_or(Some(0), |n| n.parse::<i32>().ok());
            if !matches!(digits.len(), 2 | 4) {
                return None;
            }
            let seconds = number(0..2)? * 3600 + number(2..4)? * 60;
            let seconds = if signed.starts_with('-') { -seconds } else { seconds };
            jiff::tz::Offset::from_seconds(seconds).ok()?.to_time_zone()
        }
    };
    let (whole, fraction) = clock.split_once(['.', ',']).map_or((clock, None), |(whole, rest)| (whole, Some(rest)));
    let mut numbers = [0_i8; 3];
    let mut count = 0;
    for (at, part) in whole.split(':').enumerate() {
        let fits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        *numbers.get_mut(at).filter(|_| fits)? = part.parse().ok()?;
        count = at + 1;
    }
    let nanos = match fraction {
        None => 0,
        Some(digits) if count == 3 && (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{digits:0<9}").parse().ok()?
        }
        Some(_) => return None,
    };
    let [hour, minute, second] = numbers;
    let unit = match (count, fraction) {
        (1, _) => Unit::Hour,
        (2, _) => Unit::Minute,
        (_, None) => Unit::Second,
        (_, Some(_)) => Unit::Millisecond,
    };
    Some((jiff::civil::Time::new(hour, minute, second, nanos).ok()?, zone, unit))
}

/// A length of time: `5m`, `1h`, `30s`, in milliseconds.
pub fn duration(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits)?;
    let unit: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(unit)
}

impl fmt::Display for DateMath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.anchor {
            Anchor::Now => f.write_str("now")?,
            Anchor::Date { start, .. } => write!(f, "{start}{}", if self.steps.is_empty() { "" } else { "||" })?,
        }
        let letter = |unit: DateUnit| match unit {
            DateUnit::Year => 'y',
            DateUnit::Month => 'M',
            DateUnit::Week => 'w',
            DateUnit::Day => 'd',
            DateUnit::Hour => 'h',
            DateUnit::Minute => 'm',
            DateUnit::Second => 's',
        };
        self.steps.iter().try_for_each(|step| match *step {
            Step::Add(count, unit) => write!(f, "{count:+}{}", letter(unit)),
            Step::Round(unit) => write!(f, "/{}", letter(unit)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Option<String> {
        let now = "2026-11-23T16:57:29.5Z".parse().ok();
        let (start, end) = DateMath::parse(text)?.resolve(now)?;
        Some(format!("{start} {end}"))
    }

    #[test]
    fn math_is_done_in_order() {
        let check = |text: &str, start: &str, end: &str| {
            assert_eq!(resolved(text).as_deref(), Some(format!("{start} {end}").as_str()), "{text}");
        };
        check("now", "2026-11-23T16:57:29.5Z", "2026-11-23T16:57:29.501Z");
        check("now-6m", "2026-11-23T16:51:29.5Z", "2026-11-23T16:51:29.501Z");
        check("now-30d/d", "2026-10-24T00:00:00Z", "2026-10-25T00:00:00Z");
        check("now/w", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z");
        check("2024-01-31||+1M/d", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z");
        check("2024", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z");
        check("2024-05", "2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z");
        check("2024-05-06T07:08", "2024-05-06T07:08:00Z", "2024-05-06T07:09:00Z");
        check("2024-05-06T07:08:09+01:00", "2024-05-06T06:08:09Z", "2024-05-06T06:08:10Z");
        check("2024-05-06T07:08:09.25-0130", "2024-05-06T08:38:09.25Z", "2024-05-06T08:38:09.251Z");
        check("1704236999123", "2024-01-02T23:09:59.123Z", "2024-01-02T23:09:59.124Z");
        check("now+h", "2026-11-23T17:57:29.5Z", "2026-11-23T17:57:29.501Z");
        for text in
            ["now-", "now-6", "now-6x", "now/2d", "2024-13", "2024-1-1", "24-01-01", "", "x", "now-99999999999y"]
        {
            assert_eq!(resolved(text), None, "{text}");
        }
    }

    #[test]
    fn math_is_printed_as_it_is_read() {
        for text in ["now", "now-6m", "now-30d/d", "now+1y/M"] {
            assert_eq!(DateMath::parse(text).map(|math| math.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("5m"), Some(300_000));
        assert_eq!(duration("24h"), Some(86_400_000));
        for text in ["", "5", "m", "5 m", "-5m", "99999999999999999999s", "9999999999999999w"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
