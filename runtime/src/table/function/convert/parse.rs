//! Values that texts spell.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Why a text was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It spells no such value.
    Spelling,
    /// The value does not fit its type.
    Size,
}

/// Whole numbers that texts spell: with a fraction, too.
pub(super) struct Number;

impl Number {
    /// Of an integer: rounded.
    pub(super) fn integer(text: &str) -> Result<i128, Unread> {
        Self::read::<i32>(text, round_to_integer)
    }

    /// Of a long: rounded.
    pub(super) fn long(text: &str) -> Result<i128, Unread> {
        Self::read::<i64>(text, round)
    }

    /// Of an unsigned long: cut off.
    pub(super) fn unsigned(text: &str) -> Result<i128, Unread> {
        let whole = text.split_once('.').filter(|(_, fraction)| fraction.bytes().all(|byte| byte.is_ascii_digit()));
        Self::read::<u64>(whole.map_or(text, |(whole, _)| whole), truncate).or_else(|_| truncate(double(text)?))
    }

    fn read<T: std::str::FromStr + Into<i128>>(
        text: &str,
        cut: fn(f64) -> Result<i128, Unread>,
    ) -> Result<i128, Unread> {
        match text.parse::<T>() {
            Ok(number) => Ok(number.into()),
            Err(_) => cut(double(text)?),
        }
    }
}

/// To the nearest whole number; halves up.
pub(super) fn round(value: f64) -> Result<i128, Unread> {
    // 0.49999999999999994 + 0.5 is 1.0
    let floor = value.floor();
    truncate(if value - floor >= 0.5 { floor + 1.0 } else { floor })
}

/// To the nearest integer; what is out of range before it is rounded does not fit.
pub(super) fn round_to_integer(value: f64) -> Result<i128, Unread> {
    if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value) { round(value) } else { Err(Unread::Size) }
}

/// Without its fraction.
#[expect(clippy::cast_possible_truncation, reason = "in range")]
pub(super) fn truncate(value: f64) -> Result<i128, Unread> {
    if value.is_finite() && value.abs() < 1e30 { Ok(value.trunc() as i128) } else { Err(Unread::Size) }
}

/// A double as Java reads it (`Double.parseDouble`): blanks around it, `1.`, `.5`, `1e5`, `1d`; no infinities.
pub(super) fn double(text: &str) -> Result<f64, Unread> {
    let text = text.trim_matches(|c| c <= ' ');
    let text = match text.strip_suffix(['d', 'D', 'f', 'F']) {
        Some(number) if number.ends_with(|c: char| c.is_ascii_digit() || c == '.') => number,
        _ => text,
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return Err(Unread::Spelling);
    }
    let value: f64 = text.parse().map_err(|_| Unread::Spelling)?;
    if value.is_finite() { Ok(value) } else { Err(Unread::Size) }
}

/// A whole number of this base; those of base 16 may start with `0x`.
pub(super) fn in_base(text: &str, base: u32) -> Result<i128, Unread> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = match base {
        16 => digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits),
        _ => digits,
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(Unread::Spelling);
    }
    i128::from_str_radix(digits, base).map(|number| sign * number).map_err(|_| Unread::Size)
}

/// `TO_BOOLEAN`: true for `true` in any case.
pub fn parse_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

/// `TO_INTEGER`; fractions are rounded.
pub fn parse_integer(text: &str) -> Option<i32> {
    Number::integer(text).ok()?.try_into().ok()
}

/// `TO_LONG`; fractions are rounded.
pub fn parse_long(text: &str) -> Option<i64> {
    Number::long(text).ok()?.try_into().ok()
}

/// `TO_UNSIGNED_LONG`; fractions are cut off.
pub fn parse_unsigned(text: &str) -> Option<u64> {
    Number::unsigned(text).ok()?.try_into().ok()
}

/// `TO_DOUBLE`
pub fn parse_double(text: &str) -> Option<f64> {
    double(text).ok()
}

/// `TO_VERSION`: every text is one; what is no version is ordered behind all that are.
pub fn parse_version(text: &str) -> Arc<str> {
    Arc::from(text)
}

/// What zeros in front of the parts of an address of version 4 mean (`TO_IP`, `leading_zeros`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeadingZeros {
    /// The address is none.
    #[default]
    Reject,
    /// The part is of base 8.
    Octal,
    /// They are left out.
    Decimal,
}

impl LeadingZeros {
    /// By the name in the query.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "reject" => Self::Reject,
            "octal" => Self::Octal,
            "decimal" => Self::Decimal,
            _ => return None,
        })
    }
}

/// `TO_IP`: an address of either version.
pub fn parse_ip(text: &str) -> Option<Ipv6Addr> {
    parse_ip_as(text, LeadingZeros::Reject)
}

/// `TO_IP` with `leading_zeros`.
pub fn parse_ip_as(text: &str, zeros: LeadingZeros) -> Option<Ipv6Addr> {
    if text.contains(':') {
        return text.parse().ok();
    }
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next().filter(|part| (1..=4).contains(&part.len()))?;
        let leading = part.len() > 1 && part.starts_with('0');
        let base = match zeros {
            LeadingZeros::Reject if leading => return None,
            LeadingZeros::Octal if leading => 8,
            LeadingZeros::Reject | LeadingZeros::Octal | LeadingZeros::Decimal => 10,
        };
        part.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        *octet = u8::from_str_radix(part, base).ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets).to_ipv6_mapped())
}

/// `TO_DATETIME`: milliseconds since 1970 of `2024-01-02T03:04:05.678+01:00` or the front part of that, UTC where it has no zone
/// (`strict_date_optional_time`).
pub fn parse_date(text: &str) -> Option<i64> {
    let nanoseconds = nanoseconds(text)?;
    i64::try_from(nanoseconds.div_euclid(1_000_000)).ok()
}

/// `TO_DATE_NANOS`: nanoseconds since 1970; none before.
pub fn parse_date_nanos(text: &str) -> Option<i64> {
    i64::try_from(nanoseconds(text)?).ok().filter(|at| *at >= 0)
}

fn nanoseconds(text: &str) -> Option<i128> {
    let mut rest = text;
    let before_christ = take(&mut rest, '-');
    let year: i16 = digits(&mut rest, 4)?;
    let mut month = 1;
    let mut day = 1;
    let mut time = [0_i8; 3];
    let mut fraction = 0_i32;
    let mut offset = 0_i64;
    if take(&mut rest, '-') {
        month = digits(&mut rest, 2)?;
        if take(&mut rest, '-') {
            day = digits(&mut rest, 2)?;
        }
    }
    if take(&mut rest, 'T') && !rest.is_empty() {
        for (at, part) in time.iter_mut().enumerate() {
            if at > 0 && !take(&mut rest, ':') {
                break;
            }
            *part = digits(&mut rest, 2)?;
            if at == 2 && (take(&mut rest, '.') || take(&mut rest, ',')) {
                let length = rest.bytes().take_while(u8::is_ascii_digit).count();
                let (written, behind) = rest.split_at_checked(length)?;
                (1..=9).contains(&length).then_some(())?;
                fraction = format!("{written:0<9}").parse().ok()?;
                rest = behind;
            }
        }
        offset = zone(&mut rest)?;
    }
    rest.is_empty().then_some(())?;
    let date = jiff::civil::Date::new(if before_christ { -year } else { year }, month, day).ok()?;
    let [hour, minute, second] = time;
    let time = jiff::civil::Time::new(hour, minute, second, fraction).ok()?;
    let utc = date.to_datetime(time).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(utc.timestamp().as_nanosecond() - i128::from(offset) * 1_000_000_000)
}

/// Seconds east of Greenwich: `Z`, `+01`, `+0130`, `+01:30`, or nothing.
fn zone(rest: &mut &str) -> Option<i64> {
    if rest.is_empty() || take(rest, 'Z') {
        return Some(0);
    }
    let west = take(rest, '-');
    (west || take(rest, '+')).then_some(())?;
    let hours: i64 = digits(rest, 2)?;
    let mut minutes = 0;
    if take(rest, ':') || !rest.is_empty() {
        minutes = digits(rest, 2)?;
    }
    let seconds = (hours * 60 + minutes) * 60;
    (hours <= 18 && minutes < 60).then_some(if west { -seconds } else { seconds })
}

fn take(rest: &mut &str, wanted: char) -> bool {
    match rest.strip_prefix(wanted) {
        Some(behind) => {
            *rest = behind;
            true
        }
        None => false,
    }
}

fn digits<T: std::str::FromStr>(rest: &mut &str, count: usize) -> Option<T> {
    let (digits, behind) = rest.split_at_checked(count)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    *rest = behind;
    digits.parse().ok()
}

/// `TO_GEOPOINT`: longitude and latitude of `POINT(x y)`.
pub fn parse_point(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let (name, rest) = text.split_at_checked(5)?;
    name.eq_ignore_ascii_case("point").then_some(())?;
    let inner = rest.trim_start().strip_prefix('(')?.strip_suffix(')')?;
    let mut numbers = inner.split_ascii_whitespace().map(|number| double(number).ok());
    let (x, y) = (numbers.next()??, numbers.next()??);
    (numbers.next().is_none() && (-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y)).then_some((x, y))
}

/// `TO_DATEPERIOD`: months and days of `3 days`, `2 weeks`, `1 month`, `1 quarter`, `1 year`.
pub fn parse_period(text: &str) -> Option<(i32, i32)> {
    let (number, unit) = amount(text)?;
    Some(match unit.as_str() {
        "d" | "day" | "days" => (0, number),
        "w" | "week" | "weeks" => (0, number.checked_mul(7)?),
        "mo" | "month" | "months" => (number, 0),
        "q" | "quarter" | "quarters" => (number.checked_mul(3)?, 0),
        "y" | "yr" | "year" | "years" => (number.checked_mul(12)?, 0),
        _ => return None,
    })
}

/// `TO_TIMEDURATION`: milliseconds of `500 ms`, `3 seconds`, `5 minutes`, `1 hour`.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (number, unit) = amount(text)?;
    let unit = match unit.as_str() {
        "ms" | "millisecond" | "milliseconds" => 1,
        "s" | "sec" | "second" | "seconds" => 1_000,
        "m" | "min" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        _ => return None,
    };
    i64::from(number).checked_mul(unit)
}

fn amount(text: &str) -> Option<(i32, String)> {
    let (number, unit) = text.trim().split_once(' ')?;
    Some((number.parse().ok()?, unit.trim_start().to_ascii_lowercase()))
}
