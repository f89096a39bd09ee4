//! Parts of points in time, as events write them.

use crate::pack::TimePart;

/// A civil date and time as written: no conversion between zones.
struct Civil {
    date: jiff::civil::Date,
    /// Hour and minute, where the text has them.
    time: Option<(i128, i128)>,
}

/// A count has at least so many digits (1973 in seconds): shorter ones may be dates without dashes, or no times at all.
const MIN_COUNT: usize = 9;

/// A part of the point in time that the text spells: `2024-01-02`, `2024-01-02T23:10:00+05:00`, `2024-01-02 23:10:00.5`, or a
/// count of seconds (also with a fraction), milliseconds, microseconds or nanoseconds since 1970 (told apart by size), read as UTC.
///
/// The offset of a zone is not applied: the part is the one that is written (specification 2.1: time modifiers are "not designed for" conversions).
pub(crate) fn part(text: &[u8], part: TimePart) -> Option<i128> {
    let text = str::from_utf8(text).ok()?;
    // a fraction of a second changes no part
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_count = whole.len() >= MIN_COUNT
        && [whole, fraction].iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let civil = if is_count { epoch(whole)? } else { written(text)? };
    let date = civil.date;
    Some(match part {
        TimePart::Minute => civil.time?.1,
        TimePart::Hour => civil.time?.0,
        TimePart::Day => i128::from(date.day()),
        TimePart::Week => i128::from(date.iso_week_date().week()),
        TimePart::Month => i128::from(date.month()),
        TimePart::Year => i128::from(date.year()),
    })
}

/// The point in time that the text spells, in milliseconds since 1970: what Elasticsearch's `strict_date_optional_time||epoch_millis` reads (a date, perhaps with a
/// time of day and a zone, UTC where it has none; or milliseconds), and also a blank in place of the `T`.
pub(crate) fn instant(text: &[u8]) -> Option<i64> {
    if let Some(instant) = plain_instant(text) {
        return Some(instant);
    }
    let text = str::from_utf8(text).ok()?;
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.len() != 4 && !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(floor_milliseconds(instant));
    }
    let utc =
        |at: jiff::civil::DateTime| Some(floor_milliseconds(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp()));
    if let Ok(at) = text.parse::<jiff::civil::DateTime>() {
        return utc(at);
    }
    let (year, month) = text.split_once('-').unwrap_or((text, "01"));
    let [year] = numbers(year, '-', [4])?;
    let [month] = numbers(month, '-', [2])?;
    let date = jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    utc(date.into())
}

/// `2024-01-02T23:09:59.123Z`, as most events write it, without a library's generality.
#[expect(clippy::many_single_char_names, reason = "each is a digit of the pattern")]
fn plain_instant(text: &[u8]) -> Option<i64> {
    let [a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n, rest @ ..] = text else {
        return None;
    };
    let number = |digits: &[&u8]| {
        let digit = |sum: Option<i64>, digit: &&u8| {
            Some(sum? * 10 + i64::from(digit.is_ascii_digit().then(|| **digit - b'0')?))
        };
        digits.iter().fold(Some(0), digit)
    };
    let milliseconds = match rest {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => {
            let mut first = [b'0'; 3];
            first.iter_mut().zip(digits).for_each(|(to, from)| *to = *from);
            digits.iter().all(u8::is_ascii_digit).then(|| number(&first.each_ref()))??
        }
        _ => return None,
    };
    let (year, month, day) = (number(&[a, b, c, d])?, number(&[e, f])?, number(&[g, h])?);
    let (hour, minute, second) = (number(&[i, j])?, number(&[k, l])?, number(&[m, n])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // days since 1970 of a Gregorian date: years from March on, eras of 400 years
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let since = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some((((since * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + milliseconds)
}

fn floor_milliseconds(at: jiff::Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond().div_euclid(1_000_000)).unwrap_or(i64::MAX)
}

fn written(text: &str) -> Option<Civil> {
    let (date, rest) = text.split_at_checked(10)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let date =
        jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    if rest.is_empty() {
        return Some(Civil { date, time: None });
    }
    let clock = rest.strip_prefix(['T', 't', ' '])?.get(..5)?;
    let [hour, minute] = numbers(clock, ':', [2, 2])?;
    (hour < 24 && minute < 60).then_some(Civil { date, time: Some((hour.into(), minute.into())) })
}

/// Digits of fixed widths between separators.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u16; N]> {
    let mut fields = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let field = fields.next().filter(|field| field.len() == width && field.bytes().all(|b| b.is_ascii_digit()))?;
        *number = field.parse().ok()?;
    }
    fields.next().is_none().then_some(numbers)
}

fn epoch(text: &str) -> Option<Civil> {
    let count: i64 = text.parse().ok()?;
    let seconds = match text.len() {
        ..=11 => count,
        12..=14 => count / 1_000,
        15..=17 => count / 1_000_000,
        _ => count / 1_000_000_000,
    };
    let time = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    Some(Civil { date: time.date(), time: Some((time.hour().into(), time.minute().into())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_dates_or_milliseconds() {
        let check = |text: &str, expected| assert_eq!(instant(text.as_bytes()), expected, "{text}");
        check("2024-01-02T23:09:59.1239Z", Some(1_704_236_999_123));
        check("2024-01-03T00:09:59.123+01:00", Some(1_704_236_999_123));
        check("2024-01-02 23:09:59", Some(1_704_236_999_000));
        check("2024-01-02", Some(1_704_153_600_000));
        check("2024-01", Some(1_704_067_200_000));
        check("2024", Some(1_704_067_200_000));
        check("1704236999123", Some(1_704_236_999_123));
        check("-1", Some(-1));
        for text in ["", "x", "2024-13", "24-01-01", "2024-01-02T25:00:00Z"] {
            check(text, None);
        }
    }

    #[test]
    fn the_short_way_reads_as_the_long_one() {
        for year in ["0000", "0001", "1600", "1899", "1969", "1970", "2000", "2023", "2024", "2100", "9998"] {
            for month in 0..=13 {
                for day in [0, 1, 15, 28, 29, 30, 31, 32] {
                    for clock in
                        ["00:00:00", "23:59:59.9", "12:34:56.123456789", "24:00:00", "23:60:00", "23:59:60", "1x:00:00"]
                    {
                        let text = format!("{year}-{month:02}-{day:02}T{clock}Z");
                        let long = text.parse::<jiff::Timestamp>().ok().map(floor_milliseconds);
                        if let Some(short) = plain_instant(text.as_bytes()) {
                            assert_eq!(Some(short), long, "{text}");
                        }
                    }
                }
            }
        }
        assert_eq!(plain_instant(b"2024-01-02T23:09:59.1239Z"), Some(1_704_236_999_123));
    }

    #[test]
    fn parts_are_read_as_written() {
        let check = |text: &str, which, expected| assert_eq!(part(text.as_bytes(), which), expected, "{text}");
        check("2024-01-02T23:10:00+05:00", TimePart::Hour, Some(23));
        check("2024-01-02 23:59:59.123", TimePart::Minute, Some(59));
        check("2024-01-02", TimePart::Day, Some(2));
        check("2024-01-02", TimePart::Hour, None);
        check("2024-01-02T00:00:00Z", TimePart::Week, Some(1));
        check("2024-12-30", TimePart::Week, Some(1));
        check("1704236999", TimePart::Hour, Some(23));
        check("1704236999123", TimePart::Year, Some(2024));
        check("1704236999123456", TimePart::Year, Some(2024));
        check("20240102", TimePart::Year, None);
        check("1704236999.5", TimePart::Hour, Some(23));
        check("1704236999.", TimePart::Hour, None);
        check("2024-13-02", TimePart::Day, None);
        check("yesterday", TimePart::Day, None);
        check("", TimePart::Day, None);
    }
}
