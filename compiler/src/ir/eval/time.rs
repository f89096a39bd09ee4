//! Parts of points in time, as the event writes them: `2024-01-02T23:10:00+05:00` is hour 23.
//!
//! Read are RFC 3339 and its relatives (`T` or a space between date and time; seconds, fractions and offset may be missing), a date alone (which has no hour and no minute),
//! and seconds or milliseconds since 1970, in UTC.

use jiff::civil::{Date, Time};

use super::super::TimePart;
use super::{Json, Number, text};

/// The part of the time that a scalar holds.
pub(super) fn part(part: TimePart, value: &Json) -> Option<Number> {
    let text = text(value)?;
    let (date, time) = match value {
        Json::Bool(_) | Json::Null | Json::Array(_) | Json::Object(_) => return None,
        Json::Number(_) => since_1970(&text)?,
        Json::String(_) => written(&text).or_else(|| since_1970(&text))?,
    };
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

fn written(text: &str) -> Option<(Date, Option<Time>)> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = digits_as(date, "dddd-dd-dd").then(|| date.parse::<Date>().ok())??;
    if rest.is_empty() {
        return Some((date, None));
    }
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, zone) = clock.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').map_or((clock, ""), |at| clock.split_at(at));
    let (whole, fraction) = clock.split_once('.').map_or((clock, None), |(whole, fraction)| (whole, Some(fraction)));
    let zone = zone.trim_start_matches(' ');
    let fits = (digits_as(whole, "dd:dd:dd") && fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit())) || digits_as(whole, "dd:dd") && fraction.is_none())
        && (matches!(zone, "" | "Z" | "z" | "UTC") || zone.strip_prefix(['+', '-']).is_some_and(|offset| digits_as(offset, "dd:dd") || digits_as(offset, "dddd") || digits_as(offset, "dd")));
    let number = |from: usize| whole.get(from..from + 2)?.parse::<i8>().ok();
    // a leap second is in its minute
    fits.then(|| Time::new(number(0)?, number(3)?, number(6).unwrap_or(0).min(59), 0).ok())?.map(|time| (date, Some(time)))
}

/// Whether `text` has the shape, `d` standing for a digit.
fn digits_as(text: &str, shape: &str) -> bool {
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'd' { b.is_ascii_digit() } else { b == s })
}

/// Seconds below 10^11 (the year 5138), else milliseconds.
fn since_1970(text: &str) -> Option<(Date, Option<Time>)> {
    let seconds: i128 = match Number::parse(text)? {
        Number::Int(int) => int,
        #[expect(clippy::cast_possible_truncation, reason = "saturates; the timestamp is checked below")]
        Number::Float(float) => float.floor() as i128,
    };
    let seconds = if seconds.abs() < 100_000_000_000 { seconds } else { seconds.div_euclid(1000) };
    let moment = jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    Some((moment.date(), Some(moment.time())))
}
