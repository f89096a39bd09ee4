//! Parts of points in time, as the event writes them: `2024-01-02T23:10:00+05:00` is hour 23.
//!
//! Read are a date (`2024-01-02`; it has no hour and no minute), a date and a time (`T` or a space between; what follows hour and minute changes nothing), and counts of seconds,
//! milliseconds, microseconds or nanoseconds since 1970, in UTC, of eight digits or more, told apart by how many there are.

use jiff::civil::{Date, Time};

use super::super::TimePart;
use super::{Json, Number, text};

/// The part of the time that a scalar holds.
pub(super) fn part(part: TimePart, value: &Json) -> Option<Number> {
    let text = text(value)?;
    let (date, time) = written(&text).or_else(|| since_1970(&text))?;
    let found = match part {
        TimePart::Minute => i128::from(time?.minute()),
        TimePart::Hour => i128::from(time?.hour()),
        TimePart::Day => i128::from(date.day()),
        TimePart::Week => i128::from(date.iso_week_date().week()),
        TimePart::Month => i128::from(date.month()),
        TimePart::Year => i128::from(date.year()),
    };
    Some(Number::Int(found))
}

/// The point in time that a text spells, in milliseconds since 1970: a count of them, a date and time with a zone, or one without, which is
/// in UTC; a year, and a year with a month, are their first day.
pub(super) fn instant(text: &str) -> Option<i64> {
    let shaped = |shape: &str| digits_as(text, shape);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let civil = if !shaped("dddd") && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    } else if shaped("dddd") {
        format!("{text}-01-01")
    } else if shaped("dddd-dd") {
        format!("{text}-01")
    } else {
        text.to_owned()
    };
    let at = match civil.parse::<jiff::Timestamp>() {
        Ok(at) => at,
        Err(_) => civil.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
    };
    let exact = at.as_nanosecond();
    i64::try_from((exact - exact.rem_euclid(1_000_000)) / 1_000_000).ok()
}

fn written(text: &str) -> Option<(Date, Option<Time>)> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = digits_as(date, "dddd-dd-dd").then(|| date.parse::<Date>().ok())??;
    if rest.is_empty() {
        return Some((date, None));
    }
    let clock = rest.strip_prefix(['T', 't', ' '])?.get(..5).filter(|clock| digits_as(clock, "dd:dd"))?;
    let time = Time::new(clock[..2].parse().ok()?, clock[3..].parse().ok()?, 0, 0).ok()?;
    Some((date, Some(time)))
}

/// Whether `text` has the shape, `d` standing for a digit.
fn digits_as(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'd' { b.is_ascii_digit() } else { b == s })
}

/// A fraction is dropped.
fn since_1970(text: &str) -> Option<(Date, Option<Time>)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let count: i64 = (digits(whole) && digits(fraction) && whole.len() >= 9).then(|| whole.parse().ok())??;
    let seconds = match whole.len() {
        ..=11 => count,
        12..=14 => count / 1_000,
        15..=17 => count / 1_000_000,
        _ => count / 1_000_000_000,
    };
    let moment = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    Some((moment.date(), Some(moment.time())))
}
