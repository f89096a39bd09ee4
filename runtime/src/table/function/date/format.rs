//! Points in time as texts.

use std::fmt::Write;

use super::calendar::{Moment, milliseconds};
use super::part::DatePart;
use super::pattern::{Format, Formats, Item};
use crate::table::value::{Value, date_nanos_text, date_text};

/// A point in time as a text, by the first of the formats; `None` if the format is none for writing.
pub(super) fn format(formats: &Formats, moment: &Moment, date: &Value) -> Option<String> {
    match formats.0.first()? {
        Format::Iso(_) => Some(match date {
            Value::DateNanos(at) => date_nanos_text(*at),
            date => date_text(milliseconds(date)?),
        }),
        Format::EpochMillis => milliseconds(date).map(|at| at.to_string()),
        Format::EpochSecond => milliseconds(date).map(|at| at.div_euclid(1_000).to_string()),
        Format::Pattern(items) => {
            let mut out = String::new();
            write(items, moment, &mut out)?;
            Some(out)
        }
    }
}

fn write(items: &[Item], moment: &Moment, out: &mut String) -> Option<()> {
    for item in items {
        match item {
            Item::Literal(text) => out.push_str(text),
            Item::Optional(items) => write(items, moment, out)?,
            Item::Field(letter, count) => field(*letter, *count, moment, out)?,
        }
    }
    Some(())
}

fn field(letter: char, count: usize, moment: &Moment, out: &mut String) -> Option<()> {
    let number = |part: DatePart| part.of(moment);
    let weekday = moment.day_name();
    let month = moment.month_name();
    match letter {
        'y' => year(number(DatePart::YearOfEra), count, out),
        'u' => year(number(DatePart::Year), count, out),
        'Y' => year(moment.date.iso_week_date().year().into(), count, out),
        'M' | 'L' => match count {
            1 | 2 => padded(number(DatePart::MonthOfYear), count, out),
            count => name(month, count - 2, out),
        },
        'Q' | 'q' => quarter((number(DatePart::MonthOfYear) + 2) / 3, count, out),
        'E' => name(weekday, count.saturating_sub(2).max(1), out),
        'e' | 'c' => match count {
            1 | 2 => padded(number(DatePart::DayOfWeek), count, out),
            count => name(weekday, count - 2, out),
        },
        'w' => padded(moment.date.iso_week_date().week().into(), count, out),
        'd' => padded(number(DatePart::DayOfMonth), count, out),
        'D' => padded(number(DatePart::DayOfYear), count, out),
        'H' => padded(number(DatePart::HourOfDay), count, out),
        'k' => padded(number(DatePart::ClockHourOfDay), count, out),
        'K' => padded(number(DatePart::HourOfAmPm), count, out),
        'h' => padded(number(DatePart::ClockHourOfAmPm), count, out),
        'm' => padded(number(DatePart::MinuteOfHour), count, out),
        's' => padded(number(DatePart::SecondOfMinute), count, out),
        'S' => out.extend(format!("{:09}", number(DatePart::NanoOfSecond)).chars().take(count)),
        'A' => padded(number(DatePart::MilliOfDay), count, out),
        'n' => padded(number(DatePart::NanoOfSecond), count, out),
        'N' => padded(number(DatePart::NanoOfDay), count, out),
        'a' => out.push_str(if number(DatePart::AmPmOfDay) == 0 { "AM" } else { "PM" }),
        'G' => out.push_str(match (number(DatePart::Era), count) {
            (0, 4) => "Before Christ",
            (_, 4) => "Anno Domini",
            (0, 5) => "B",
            (_, 5) => "A",
            (0, _) => "BC",
            (_, _) => "AD",
        }),
        'X' | 'z' | 'V' => out.push('Z'),
        'x' => out.push_str(match count {
            1 => "+00",
            2 | 4 => "+0000",
            _ => "+00:00",
        }),
        'Z' => out.push_str(match count {
            4 => "GMT",
            5 => "Z",
            _ => "+0000",
        }),
        'O' => out.push_str("GMT"),
        _ => return None,
    }
    Some(())
}

fn padded(number: i64, width: usize, out: &mut String) {
    let _ = write!(out, "{number:0width$}");
}

/// Two letters are the last two digits; otherwise at least so many digits.
fn year(year: i64, count: usize, out: &mut String) {
    match count {
        2 => padded(year.rem_euclid(100), 2, out),
        _ if year < 0 => {
            out.push('-');
            padded(-year, count, out);
        }
        _ => padded(year, count, out),
    }
}

/// 1: three letters, 2: the whole name, 3: one letter.
fn name(name: &str, style: usize, out: &mut String) {
    let letters = match style {
        1 => 3,
        2 => name.len(),
        _ => 1,
    };
    out.extend(name.chars().take(letters));
}

fn quarter(quarter: i64, count: usize, out: &mut String) {
    match count {
        1 | 2 => padded(quarter, count, out),
        3 => {
            let _ = write!(out, "Q{quarter}");
        }
        4 => {
            let ending = match quarter {
                1 => "st",
                2 => "nd",
                3 => "rd",
                _ => "th",
            };
            let _ = write!(out, "{quarter}{ending} quarter");
        }
        _ => padded(quarter, 1, out),
    }
}
