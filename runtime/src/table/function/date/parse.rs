//! Texts as points in time.

use jiff::civil::Date;

use super::calendar::{MONTHS, WEEKDAYS, day_of};
use super::pattern::{FRACTION, Format, Formats, Item};

/// The milliseconds since 1970 that a text spells by one of the formats.
pub(super) fn parse(formats: &Formats, text: &str) -> Option<i64> {
    formats.0.iter().find_map(|format| match format {
        Format::Iso(items) | Format::Pattern(items) => {
            let mut parts = Parts::default();
            let rest = read(items, text, &mut parts)?;
            if rest.is_empty() { parts.resolve() } else { None }
        }
        Format::EpochMillis => epoch(text, false),
        Format::EpochSecond => epoch(text, true),
    })
}

/// Milliseconds or seconds since 1970, with a fraction perhaps.
fn epoch(text: &str, seconds: bool) -> Option<i64> {
    let spelled = |text: &str| (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let (main, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !spelled(main.strip_prefix('-').unwrap_or(main)) || !spelled(fraction) {
        return None;
    }
    let number: i64 = main.parse().ok()?;
    if !seconds {
        return Some(number);
    }
    let milliseconds: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    number.checked_mul(1_000)?.checked_add(if main.starts_with('-') { -milliseconds } else { milliseconds })
}

/// What was read.
#[derive(Clone, Debug, Default)]
struct Parts {
    year: Option<i64>,
    before_christ: bool,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    weekday: Option<i64>,
    hour: Option<i64>,
    half_hour: Option<i64>,
    afternoon: Option<bool>,
    minute: Option<i64>,
    second: Option<i64>,
    nanos: Option<i64>,
    nanos_of_day: Option<i64>,
    offset: Option<i64>,
}

impl Parts {
    /// The point in time, if it is one: what is missing is the first of its kind, the year 1970.
    fn resolve(&self) -> Option<i64> {
        let year = self.year.unwrap_or(1970);
        let year = i16::try_from(if self.before_christ { 1 - year } else { year }).ok()?;
        let date = self.date(year)?;
        if self.weekday.is_some_and(|weekday| weekday != i64::from(date.weekday().to_monday_one_offset())) {
            return None;
        }
        let nanos = self.time()?;
        let seconds = day_of(date)?.checked_mul(86_400)?.checked_sub(self.offset.unwrap_or(0))?;
        seconds.checked_mul(1_000)?.checked_add(nanos.div_euclid(1_000_000))
    }

    fn date(&self, year: i16) -> Option<Date> {
        if let (Some(day), None) = (self.day_of_year, self.month) {
            let date = Date::new(year, 1, 1).ok()?.with().day_of_year(i16::try_from(day).ok()?).build().ok()?;
            return self.day.is_none_or(|day| i64::from(date.day()) == day).then_some(date);
        }
        let month = i8::try_from(self.month.unwrap_or(1)).ok()?;
        let date = Date::new(year, month, i8::try_from(self.day.unwrap_or(1)).ok()?).ok()?;
        self.day_of_year.is_none_or(|day| i64::from(date.day_of_year()) == day).then_some(date)
    }

    /// Nanoseconds since midnight.
    fn time(&self) -> Option<i64> {
        if let Some(nanos) = self.nanos_of_day {
            return within(nanos, 0, 86_399_999_999_999);
        }
        let hour = match (self.hour, self.half_hour, self.afternoon) {
            (Some(hour), _, _) => within(hour, 0, 23)?,
            (None, Some(hour), Some(afternoon)) => within(hour, 0, 11)? + if afternoon { 12 } else { 0 },
            (None, Some(_), None) => return None,
            (None, None, _) => 0,
        };
        let minute = within(self.minute.unwrap_or(0), 0, 59)?;
        let second = within(self.second.unwrap_or(0), 0, 59)?;
        let nanos = within(self.nanos.unwrap_or(0), 0, 999_999_999)?;
        Some(((hour * 60 + minute) * 60 + second) * 1_000_000_000 + nanos)
    }
}

fn within(number: i64, least: i64, most: i64) -> Option<i64> {
    (least..=most).contains(&number).then_some(number)
}

/// Reads the start of a text; gives what is left of it.
fn read<'t>(items: &[Item], mut text: &'t str, parts: &mut Parts) -> Option<&'t str> {
    for (at, item) in items.iter().enumerate() {
        text = match item {
            Item::Literal(literal) => text.strip_prefix(literal.as_str())?,
            Item::Optional(items) => {
                let mut tried = parts.clone();
                match read(items, text, &mut tried) {
                    Some(rest) => {
                        *parts = tried;
                        rest
                    }
                    None => text,
                }
            }
            Item::Field(letter, count) => {
                let behind = items.get(at + 1..).unwrap_or_default();
                field(*letter, *count, fixed_digits(behind), text, parts)?
            }
        };
    }
    Some(text)
}

/// How many digits the numbers of fixed width take that follow directly.
fn fixed_digits(items: &[Item]) -> usize {
    let widths = items.iter().map_while(|item| match item {
        Item::Field('M' | 'L' | 'd' | 'H' | 'h' | 'k' | 'K' | 'm' | 's', 2) => Some(2),
        Item::Field('y' | 'u', count @ (2 | 4)) | Item::Field('S', count) | Item::Field('D', count @ 3) => Some(*count),
        _ => None,
    });
    widths.sum()
}

fn field<'t>(letter: char, count: usize, reserved: usize, text: &'t str, parts: &mut Parts) -> Option<&'t str> {
    let short = |count: usize| if count == 1 { (1, 19) } else { (count, count) };
    let (target, (least, most)) = match letter {
        'y' | 'u' => {
            let (number, rest) = match count {
                2 => digits(text, 2, 2, 0).map(|(number, rest)| (2_000 + number, rest))?,
                4 => signed(text, 4, 4, reserved)?,
                count => signed(text, count, 19, reserved)?,
            };
            set(&mut parts.year, number)?;
            return Some(rest);
        }
        'M' | 'L' if count > 2 => return name(&MONTHS, count, text, &mut parts.month),
        'E' => return name(&WEEKDAYS, count.max(3), text, &mut parts.weekday),
        'e' | 'c' if count > 2 => return name(&WEEKDAYS, count, text, &mut parts.weekday),
        'M' | 'L' => (&mut parts.month, short(count)),
        'd' => (&mut parts.day, short(count)),
        'D' => (&mut parts.day_of_year, if count == 3 { (3, 3) } else { (count, 3) }),
        'e' | 'c' => (&mut parts.weekday, short(count)),
        'H' => (&mut parts.hour, short(count)),
        'K' => (&mut parts.half_hour, short(count)),
        'm' => (&mut parts.minute, short(count)),
        's' => (&mut parts.second, short(count)),
        'n' => (&mut parts.nanos, (count, 19)),
        'N' => (&mut parts.nanos_of_day, (count, 19)),
        'k' | 'h' => {
            let (least, most) = short(count);
            let (number, rest) = digits(text, least, most, reserved)?;
            // 24 and 12 o'clock are 0
            let hours = if letter == 'k' { 24 } else { 12 };
            let target = if letter == 'k' { &mut parts.hour } else { &mut parts.half_hour };
            set(target, within(number, 1, hours)? % hours)?;
            return Some(rest);
        }
        'A' => {
            let (number, rest) = digits(text, count, 19, reserved)?;
            set(&mut parts.nanos_of_day, number.checked_mul(1_000_000)?)?;
            return Some(rest);
        }
        'S' => return fraction(text, count, count, parts),
        FRACTION => return fraction(text.strip_prefix(['.', ','])?, 1, 9, parts),
        'a' => {
            let (afternoon, rest) = match text.strip_prefix("AM") {
                Some(rest) => (false, rest),
                None => (true, text.strip_prefix("PM")?),
            };
            parts.afternoon = Some(afternoon);
            return Some(rest);
        }
        'G' => {
            let (before, rest) = match text.strip_prefix("AD") {
                Some(rest) => (false, rest),
                None => (true, text.strip_prefix("BC")?),
            };
            parts.before_christ = before;
            return Some(rest);
        }
        'X' | 'x' | 'Z' | 'z' | 'V' | 'O' => return offset(letter, text, parts),
        _ => return None,
    };
    let (number, rest) = digits(text, least, most, reserved)?;
    set(target, number)?;
    Some(rest)
}

/// Keeps a number; one that stands there twice must be the same.
fn set(target: &mut Option<i64>, number: i64) -> Option<()> {
    if target.is_some_and(|known| known != number) {
        return None;
    }
    *target = Some(number);
    Some(())
}

/// A number of so many digits, without those that what follows needs.
fn digits(text: &str, least: usize, most: usize, reserved: usize) -> Option<(i64, &str)> {
    let there = text.bytes().take(most.saturating_add(reserved)).take_while(u8::is_ascii_digit).count();
    let width = most.min(there.saturating_sub(reserved).max(least));
    if there < width {
        return None;
    }
    let (number, rest) = text.split_at_checked(width)?;
    Some((number.parse().ok()?, rest))
}

fn signed(text: &str, least: usize, most: usize, reserved: usize) -> Option<(i64, &str)> {
    match text.strip_prefix('-') {
        Some(text) => digits(text, least, most, reserved).map(|(number, rest)| (-number, rest)),
        None => digits(text, least, most, reserved),
    }
}

/// Digits behind the point.
fn fraction<'t>(text: &'t str, least: usize, most: usize, parts: &mut Parts) -> Option<&'t str> {
    let width = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if width < least {
        return None;
    }
    let (digits, rest) = text.split_at_checked(width)?;
    set(&mut parts.nanos, format!("{digits:0<9}").parse().ok()?)?;
    Some(rest)
}

/// A name of a list: three letters, the whole name, or one letter of it that no other one begins with.
fn name<'t>(names: &[&str], count: usize, text: &'t str, target: &mut Option<i64>) -> Option<&'t str> {
    let spelled = |name: &str| match count {
        3 => name.get(..3).and_then(|name| text.strip_prefix(name)),
        4 => text.strip_prefix(name),
        _ => None,
    };
    let (number, rest) = (1_i64..).zip(names).find_map(|(number, name)| Some((number, spelled(name)?)))?;
    set(target, number)?;
    Some(rest)
}

/// `Z`, `+01`, `+0130`, `+01:30`; `UTC` and `GMT` for names of zones.
fn offset<'t>(letter: char, text: &'t str, parts: &mut Parts) -> Option<&'t str> {
    if letter != 'x'
        && let Some(rest) = text.strip_prefix('Z')
    {
        parts.offset = Some(0);
        return Some(rest);
    }
    let text = match letter {
        'z' | 'V' | 'O' => match text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")) {
            Some(rest) if !rest.starts_with(['+', '-']) => {
                parts.offset = Some(0);
                return Some(rest);
            }
            Some(rest) => rest,
            None => text,
        },
        _ => text,
    };
    let (sign, text) = match text.strip_prefix('+') {
        Some(text) => (1, text),
        None => (-1, text.strip_prefix('-')?),
    };
    let (hours, mut rest) = digits(text, 2, 2, 0)?;
    let mut minutes = 0;
    if let Some((number, behind)) = digits(rest.strip_prefix(':').unwrap_or(rest), 2, 2, 0) {
        (minutes, rest) = (number, behind);
    }
    parts.offset = Some(sign * (within(hours, 0, 18)? * 60 + within(minutes, 0, 59)?) * 60);
    Some(rest)
}
