//! Points in time, in milliseconds since 1970, as Elasticsearch's format `strict_date_optional_time||epoch_millis` reads them.

/// What a text spells: the first millisecond that it stands for, and the first behind it.
///
/// A date without a time is a whole day; where month or day are left out, they are the first, as the range query says ("Missing date components").
pub fn span(text: &str) -> Option<(i64, i64)> {
    if let Some(millis) = epoch(text) {
        return Some((millis, millis.saturating_add(1)));
    }
    let (date, clock) = match text.split_once('T') {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let day = match parts.as_slice() {
        [year] if clock.is_none() => day(year, "01", "01")?,
        [year, month] if clock.is_none() => day(year, month, "01")?,
        [year, month, of_month] => day(year, month, of_month)?,
        _ => return None,
    };
    let midnight = day * DAY;
    match clock {
        None => Some((midnight, midnight + DAY)),
        Some(clock) => {
            let (start, length) = time(clock)?;
            Some((midnight + start, midnight + start + length))
        }
    }
}

/// The point in time of a value: the first millisecond that it stands for.
pub fn instant(text: &str) -> Option<i64> {
    span(text).map(|(start, _)| start)
}

/// Date math (`2024-01-31||+1M/d`) without `now`: what it stands for at the lower and at the upper end of a range.
pub fn math(text: &str) -> Option<(i64, i64)> {
    let Some((anchor, steps)) = text.split_once("||") else {
        // to the end of the year 9999
        return span(text).filter(|(start, _)| (-253_402_300_800_000..253_402_300_800_000).contains(start));
    };
    let start = instant(anchor)?;
    let lower = stepped(start, steps, false)?;
    let upper = stepped(start, steps, true)?;
    Some((lower, upper.checked_add(1)?))
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn epoch(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let year = digits.len() == 4 && digits.len() == text.len();
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (numeric && !year).then(|| text.parse().ok())?
}

fn number(text: &str, width: usize) -> Option<i64> {
    let fits = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

/// Days since 1970.
fn day(year: &str, month: &str, day: &str) -> Option<i64> {
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let exists = (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
    exists.then(|| days(year, month, day))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counted year by year and month by month.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let in_year = |year| if is_leap(year) { 366 } else { 365 };
    let years: i64 =
        if year >= 1970 { (1970..year).map(in_year).sum() } else { -(year..1970).map(in_year).sum::<i64>() };
    years + (1..month).map(|month| days_in(year, month)).sum::<i64>() + day - 1
}

fn civil(mut days: i64) -> (i64, i64, i64) {
    let mut year = 1970;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if days < 0 {
            year -= 1;
            days += if is_leap(year) { 366 } else { 365 };
        } else if days >= length {
            days -= length;
            year += 1;
        } else {
            break;
        }
    }
    let mut month = 1;
    while days >= days_in(year, month) {
        days -= days_in(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

/// Milliseconds since midnight in UTC, and how many the text stands for.
fn time(text: &str) -> Option<(i64, i64)> {
    let (clock, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, "Z"),
    };
    let (whole, fraction) = match clock.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (clock, None),
    };
    let parts: Option<Vec<i64>> = whole.split(':').map(|part| number(part, 2)).collect();
    let (hour, minute, second, length) = match (parts?.as_slice(), fraction) {
        ([hour], None) => (*hour, 0, 0, HOUR),
        ([hour, minute], None) => (*hour, *minute, 0, MINUTE),
        ([hour, minute, second], None) => (*hour, *minute, *second, SECOND),
        ([hour, minute, second], Some(_)) => (*hour, *minute, *second, 1),
        _ => return None,
    };
    let millis = match fraction {
        None => 0,
        Some(digits) if (1..=9).contains(&digits.len()) => {
            let padded = format!("{digits:0<3}");
            number(digits, digits.len()).and_then(|_| number(&padded[..3], 3))?
        }
        Some(_) => return None,
    };
    let offset = match zone {
        "Z" => 0,
        signed => {
            let digits: String = signed[1..].chars().filter(|c| *c != ':').collect();
            let minutes = match digits.len() {
                2 => number(&digits, 2)? * 60,
                4 => number(&digits[..2], 2)? * 60 + number(&digits[2..], 2)?,
                _ => return None,
            };
            if signed.starts_with('-') { -minutes * MINUTE } else { minutes * MINUTE }
        }
    };
    let valid = hour < 24 && minute < 60 && second < 60;
    valid.then_some((hour * HOUR + minute * MINUTE + second * SECOND + millis - offset, length))
}

/// Steps of date math one after the other; a rounding step goes to the last millisecond of its unit at the upper end of a range.
fn stepped(start: i64, steps: &str, up: bool) -> Option<i64> {
    let mut at = start;
    let mut rest = steps;
    while let Some(sign) = rest.chars().next() {
        rest = &rest[1..];
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        rest = &rest[digits.len()..];
        let unit = rest.chars().next()?;
        rest = &rest[unit.len_utf8()..];
        let count = if digits.is_empty() { 1 } else { digits.parse::<i64>().ok()? };
        at = match sign {
            '+' => moved(at, count, unit)?,
            '-' => moved(at, -count, unit)?,
            '/' if digits.is_empty() => {
                let floor = floor(at, unit)?;
                if up { moved(floor, 1, unit)? - 1 } else { floor }
            }
            _ => return None,
        };
    }
    Some(at)
}

fn moved(at: i64, count: i64, unit: char) -> Option<i64> {
    let length = match unit {
        's' => SECOND,
        'm' => MINUTE,
        'h' | 'H' => HOUR,
        'd' => DAY,
        'w' => 7 * DAY,
        'M' | 'y' => {
            let (year, month, day) = civil(at.div_euclid(DAY));
            let months = year * 12 + month - 1 + if unit == 'y' { count * 12 } else { count };
            let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
            return Some(days(year, month, day.min(days_in(year, month))) * DAY + at.rem_euclid(DAY));
        }
        _ => return None,
    };
    at.checked_add(count.checked_mul(length)?)
}

fn floor(at: i64, unit: char) -> Option<i64> {
    let day = at.div_euclid(DAY);
    let (year, month, _) = civil(day);
    Some(match unit {
        's' => at - at.rem_euclid(SECOND),
        'm' => at - at.rem_euclid(MINUTE),
        'h' | 'H' => at - at.rem_euclid(HOUR),
        'd' => day * DAY,
        // 1970-01-01 was a Thursday; weeks start on Monday
        'w' => (day - (day + 3).rem_euclid(7)) * DAY,
        'M' => days(year, month, 1) * DAY,
        'y' => days(year, 1, 1) * DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted() {
        assert_eq!(span("1970-01-01"), Some((0, DAY)));
        assert_eq!(span("2024-02-29T12:00:00.250Z"), Some((1_709_208_000_250, 1_709_208_000_251)));
        assert_eq!(span("2024-02-29T13:00+01:00"), Some((1_709_208_000_000, 1_709_208_060_000)));
        assert_eq!(span("1969-12-31"), Some((-DAY, 0)));
        assert_eq!(span("-1"), Some((-1, 0)));
        assert_eq!(math("2024-01-31||+1M/d"), span("2024-02-29"));
        assert_eq!(math("2024-02-29||/w").map(|(start, _)| start), instant("2024-02-26"));
        for text in ["", "x", "2023-02-29", "2024-1-1", "2024-01-01T", "2024-01-01T25:00", "2024-01-01 00:00"] {
            assert_eq!(span(text), None, "{text}");
        }
    }
}
