//! Patterns of points in time: those of Java's `DateTimeFormatter`, and the formats that Elasticsearch gives names ("format" of the mapping reference).

/// Longer patterns are none.
const MOST_BYTES: usize = 256;

/// What a text is written or read by.
#[derive(Clone, Debug)]
pub(super) struct Formats(pub Vec<Format>);

/// One way to write a point in time.
#[derive(Clone, Debug)]
pub(super) enum Format {
    /// ISO 8601: `strict_date_optional_time` and its kin.
    Iso(Vec<Item>),
    /// `epoch_millis`
    EpochMillis,
    /// `epoch_second`
    EpochSecond,
    /// A pattern.
    Pattern(Vec<Item>),
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Text that stands as it is.
    Literal(String),
    /// A letter, and how often it stands there.
    Field(char, usize),
    /// `[..]`
    Optional(Vec<Item>),
}

/// Stands for a fraction of any length in the patterns of this file; Java has no such letter.
pub(super) const FRACTION: char = 'f';

const ISO: &str = "uuuu[-MM[-dd['T'[HH[:mm[:ss[f]]]][XXX]]]]";

impl Formats {
    /// ISO 8601.
    pub(super) fn iso() -> Self {
        Self(iso().into_iter().collect())
    }

    /// Formats, with `||` between them; `None` if one is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > MOST_BYTES {
            return None;
        }
        text.split("||").map(format).collect::<Option<Vec<Format>>>().map(Self)
    }
}

fn iso() -> Option<Format> {
    items(ISO).map(Format::Iso)
}

fn format(text: &str) -> Option<Format> {
    let name = text.strip_prefix("strict_").unwrap_or(text);
    let pattern = match name {
        "date_optional_time" | "date_optional_time_nanos" | "iso8601" => return iso(),
        "epoch_millis" => return Some(Format::EpochMillis),
        "epoch_second" => return Some(Format::EpochSecond),
        "date" | "year_month_day" => "uuuu-MM-dd",
        "year_month" => "uuuu-MM",
        "year" => "uuuu",
        "ordinal_date" => "uuuu-DDD",
        "date_hour" => "uuuu-MM-dd'T'HH",
        "date_hour_minute" => "uuuu-MM-dd'T'HH:mm",
        "date_hour_minute_second" => "uuuu-MM-dd'T'HH:mm:ss",
        "date_hour_minute_second_millis" | "date_hour_minute_second_fraction" => "uuuu-MM-dd'T'HH:mm:ss.SSS",
        "date_time" => "uuuu-MM-dd'T'HH:mm:ss.SSSXXX",
        "date_time_no_millis" => "uuuu-MM-dd'T'HH:mm:ssXXX",
        "hour" => "HH",
        "hour_minute" => "HH:mm",
        "hour_minute_second" => "HH:mm:ss",
        "hour_minute_second_millis" | "hour_minute_second_fraction" => "HH:mm:ss.SSS",
        "time" => "HH:mm:ss.SSSXXX",
        "time_no_millis" => "HH:mm:ssXXX",
        "basic_date" => "uuuuMMdd",
        "basic_ordinal_date" => "uuuuDDD",
        "basic_date_time" => "uuuuMMdd'T'HHmmss.SSSX",
        "basic_date_time_no_millis" => "uuuuMMdd'T'HHmmssX",
        "basic_time" => "HHmmss.SSSX",
        "basic_time_no_millis" => "HHmmssX",
        pattern => {
            let items = items(pattern)?;
            return (!items.is_empty() && known(&items)).then_some(Format::Pattern(items));
        }
    };
    items(pattern).map(Format::Pattern)
}

/// Whether every letter of a pattern says something, in that number.
fn known(items: &[Item]) -> bool {
    items.iter().all(|item| match item {
        Item::Literal(_) => true,
        Item::Optional(items) => known(items),
        Item::Field(letter, count) => {
            let most = match letter {
                'y' | 'u' | 'Y' | 'A' | 'n' | 'N' => 19,
                'S' => 9,
                'M' | 'L' | 'Q' | 'q' | 'E' | 'e' | 'c' | 'G' | 'X' | 'x' | 'Z' => 5,
                'O' => 4,
                'z' => 4,
                'D' => 3,
                'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'w' => 2,
                'a' => 1,
                'V' => 2,
                _ => 0,
            };
            let least = if *letter == 'V' { 2 } else { 1 };
            (least..=most).contains(count) && (*letter != 'O' || matches!(count, 1 | 4))
        }
    })
}

fn items(pattern: &str) -> Option<Vec<Item>> {
    let mut open: Vec<Vec<Item>> = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\'' if chars.next_if_eq(&'\'').is_some() => literal(&mut items, '\''),
            '\'' => loop {
                match chars.next()? {
                    '\'' if chars.next_if_eq(&'\'').is_some() => literal(&mut items, '\''),
                    '\'' => break,
                    char => literal(&mut items, char),
                }
            },
            '[' => open.push(std::mem::take(&mut items)),
            ']' => {
                let outer = open.pop()?;
                let inner = std::mem::replace(&mut items, outer);
                items.push(Item::Optional(inner));
            }
            '{' | '}' | '#' => return None,
            letter if letter.is_ascii_alphabetic() => {
                let mut count = 1;
                while chars.next_if_eq(&letter).is_some() {
                    count += 1;
                }
                items.push(Item::Field(letter, count));
            }
            char => literal(&mut items, char),
        }
    }
    // brackets may stay open: they reach to the end
    while let Some(mut outer) = open.pop() {
        outer.push(Item::Optional(items));
        items = outer;
    }
    Some(items)
}

fn literal(items: &mut Vec<Item>, char: char) {
    match items.last_mut() {
        Some(Item::Literal(text)) => text.push(char),
        _ => items.push(Item::Literal(char.to_string())),
    }
}
