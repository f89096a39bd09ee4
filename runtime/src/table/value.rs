//! Typed values (ES|QL reference, "Data types").

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::Ipv6Addr;
use std::sync::Arc;

/// The type of a column or of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Of what is always null.
    Null,
    /// `boolean`
    Boolean,
    /// `integer`: 32 bits, signed.
    Integer,
    /// `long`: 64 bits, signed.
    Long,
    /// `unsigned_long`: 64 bits.
    UnsignedLong,
    /// `double`
    Double,
    /// `keyword`
    Keyword,
    /// `text`: as a keyword, but the match operator looks at its words.
    Text,
    /// `ip`: both versions.
    Ip,
    /// `version`: ordered by its numbers.
    Version,
    /// `date`: milliseconds since 1970, UTC.
    Date,
    /// `date_nanos`: nanoseconds since 1970, UTC.
    DateNanos,
    /// `date_period`: days and months. Of literals only.
    DatePeriod,
    /// `time_duration`: milliseconds. Of literals only.
    TimeDuration,
    /// `geo_point`: longitude and latitude in degrees.
    GeoPoint,
    /// `_source`: the event as JSON.
    Source,
}

impl Type {
    /// Every type.
    pub const ALL: [Type; 16] = [
        Type::Null,
        Type::Boolean,
        Type::Integer,
        Type::Long,
        Type::UnsignedLong,
        Type::Double,
        Type::Keyword,
        Type::Text,
        Type::Ip,
        Type::Version,
        Type::Date,
        Type::DateNanos,
        Type::DatePeriod,
        Type::TimeDuration,
        Type::GeoPoint,
        Type::Source,
    ];

    /// As Elasticsearch names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Long => "long",
            Self::UnsignedLong => "unsigned_long",
            Self::Double => "double",
            Self::Keyword => "keyword",
            Self::Text => "text",
            Self::Ip => "ip",
            Self::Version => "version",
            Self::Date => "date",
            Self::DateNanos => "date_nanos",
            Self::DatePeriod => "date_period",
            Self::TimeDuration => "time_duration",
            Self::GeoPoint => "geo_point",
            Self::Source => "_source",
        }
    }

    /// Whether its values are numbers.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Long | Self::UnsignedLong | Self::Double)
    }

    /// Whether its values are texts.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Keyword | Self::Text)
    }

    /// Whether its values are points in time.
    pub const fn is_date(self) -> bool {
        matches!(self, Self::Date | Self::DateNanos)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value. Equal and ordered as grouping and sorting need it: by type first, numbers of one type by size, NaN above all.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// [`Type::Boolean`]
    Bool(bool),
    /// [`Type::Integer`]
    Int(i32),
    /// [`Type::Long`]
    Long(i64),
    /// [`Type::UnsignedLong`]
    Unsigned(u64),
    /// [`Type::Double`]; never NaN and never infinite: functions give null then.
    Double(f64),
    /// [`Type::Keyword`], [`Type::Text`] and [`Type::Source`].
    Text(Arc<str>),
    /// [`Type::Ip`]; version 4 as `::ffff:a.b.c.d`.
    Ip(Ipv6Addr),
    /// [`Type::Version`], as written.
    Version(Arc<str>),
    /// [`Type::Date`]
    Date(i64),
    /// [`Type::DateNanos`]
    DateNanos(i64),
    /// [`Type::DatePeriod`]: months and days.
    Period(i32, i32),
    /// [`Type::TimeDuration`]: milliseconds.
    Duration(i64),
    /// [`Type::GeoPoint`]: longitude and latitude.
    Point(f64, f64),
    /// Two values or more, none of them null or a list itself. Made by [`Value::list`] only.
    List(Arc<[Value]>),
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// A double; NaN and infinities are null (ES|QL: functions that overflow give null and a warning).
    pub fn double(value: f64) -> Self {
        if value.is_finite() { Self::Double(value) } else { Self::Null }
    }

    /// Several values as one: nulls vanish, lists are taken apart, none is null and one is itself.
    pub fn list(values: impl IntoIterator<Item = Value>) -> Self {
        let mut flat: Vec<Value> = Vec::new();
        for value in values {
            match value {
                Self::Null => {}
                Self::List(members) => flat.extend(members.iter().cloned()),
                value => flat.push(value),
            }
        }
        match flat.len() {
            0 => Self::Null,
            1 => flat.pop().unwrap_or_default(),
            _ => Self::List(flat.into()),
        }
    }

    /// Its values: none if it is null, one, or the members of the list.
    pub fn values(&self) -> &[Value] {
        match self {
            Self::Null => &[],
            Self::List(members) => members,
            one => std::slice::from_ref(one),
        }
    }

    /// Its type; of several values, that of the first.
    pub fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Boolean,
            Self::Int(_) => Type::Integer,
            Self::Long(_) => Type::Long,
            Self::Unsigned(_) => Type::UnsignedLong,
            Self::Double(_) => Type::Double,
            Self::Text(_) => Type::Keyword,
            Self::Ip(_) => Type::Ip,
            Self::Version(_) => Type::Version,
            Self::Date(_) => Type::Date,
            Self::DateNanos(_) => Type::DateNanos,
            Self::Period(..) => Type::DatePeriod,
            Self::Duration(_) => Type::TimeDuration,
            Self::Point(..) => Type::GeoPoint,
            Self::List(members) => members.first().map_or(Type::Null, Self::kind),
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is true.
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// The text of a keyword, a text, a version or a source.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Version(text) => Some(text),
            _ => None,
        }
    }

    /// A number as a double; dates count as milliseconds or nanoseconds.
    #[expect(clippy::cast_precision_loss, reason = "what a double holds of it")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(f64::from(*value)),
            Self::Long(value) | Self::Date(value) | Self::DateNanos(value) => Some(*value as f64),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Double(value) => Some(*value),
            _ => None,
        }
    }

    /// A whole number.
    pub fn as_i128(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some((*value).into()),
            Self::Long(value) | Self::Date(value) | Self::DateNanos(value) => Some((*value).into()),
            Self::Unsigned(value) => Some((*value).into()),
            _ => None,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Long(_) => 3,
            Self::Unsigned(_) => 4,
            Self::Double(_) => 5,
            Self::Text(_) => 6,
            Self::Ip(_) => 7,
            Self::Version(_) => 8,
            Self::Date(_) => 9,
            Self::DateNanos(_) => 10,
            Self::Period(..) => 11,
            Self::Duration(_) => 12,
            Self::Point(..) => 13,
            Self::List(_) => 14,
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Long(a), Self::Long(b))
            | (Self::Date(a), Self::Date(b))
            | (Self::DateNanos(a), Self::DateNanos(b))
            | (Self::Duration(a), Self::Duration(b)) => a.cmp(b),
            (Self::Unsigned(a), Self::Unsigned(b)) => a.cmp(b),
            (Self::Double(a), Self::Double(b)) => order(*a, *b),
            // rows of one event share what is long
            (Self::Text(a), Self::Text(b)) if Arc::ptr_eq(a, b) => Ordering::Equal,
            (Self::List(a), Self::List(b)) if Arc::ptr_eq(a, b) => Ordering::Equal,
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Ip(a), Self::Ip(b)) => a.cmp(b),
            (Self::Version(a), Self::Version(b)) => version_order(a, b),
            (Self::Period(a, x), Self::Period(b, y)) => (a, x).cmp(&(b, y)),
            (Self::Point(a, x), Self::Point(b, y)) => order(*a, *b).then_with(|| order(*x, *y)),
            (Self::List(a), Self::List(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// Doubles as Elasticsearch groups and sorts them: `-0.0` is `0.0`.
fn order(a: f64, b: f64) -> Ordering {
    (a + 0.0).total_cmp(&(b + 0.0))
}

/// Versions: numbers by size, what stands behind a dash before what has no dash (semantic versioning 2.0, 11); anything else as text behind all versions.
fn version_order(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> Option<(Vec<u64>, Option<Vec<String>>)> {
        let text = text.split('+').next().unwrap_or_default();
        let (main, rest) = text.split_once('-').map_or((text, None), |(main, rest)| (main, Some(rest)));
        let main: Option<Vec<u64>> = main.split('.').map(|part| part.parse().ok()).collect();
        Some((main?, rest.map(|rest| rest.split('.').map(str::to_owned).collect())))
    };
    let identifiers = |a: &[String], b: &[String]| {
        let pairs = a.iter().zip(b).map(|(a, b)| match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => a.cmp(b),
        });
        pairs.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
    };
    match (parts(a), parts(b)) {
        (Some((a_main, a_rest)), Some((b_main, b_rest))) => {
            a_main.cmp(&b_main).then_with(|| match (&a_rest, &b_rest) {
                (None, None) => Ordering::Equal,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => identifiers(a, b),
            })
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
    .then_with(|| a.cmp(b))
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::Long(value) | Self::Date(value) | Self::DateNanos(value) | Self::Duration(value) => value.hash(state),
            Self::Unsigned(value) => value.hash(state),
            Self::Double(value) => (value + 0.0).to_bits().hash(state),
            Self::Text(value) | Self::Version(value) => value.hash(state),
            Self::Ip(value) => value.hash(state),
            Self::Period(months, days) => (months, days).hash(state),
            Self::Point(x, y) => ((x + 0.0).to_bits(), (y + 0.0).to_bits()).hash(state),
            Self::List(members) => members.hash(state),
        }
    }
}

/// As Elasticsearch's `csv` shows it: lists in brackets, dates in ISO 8601.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Long(value) => write!(f, "{value}"),
            Self::Unsigned(value) => write!(f, "{value}"),
            Self::Double(value) => f.write_str(&double_text(*value)),
            Self::Text(value) | Self::Version(value) => f.write_str(value),
            Self::Ip(value) => match value.to_ipv4_mapped() {
                Some(v4) => write!(f, "{v4}"),
                None => write!(f, "{value}"),
            },
            Self::Date(at) => f.write_str(&date_text(*at)),
            Self::DateNanos(at) => f.write_str(&date_nanos_text(*at)),
            Self::Period(months, days) => write!(f, "P{months}M{days}D"),
            Self::Duration(milliseconds) => write!(f, "{milliseconds}ms"),
            Self::Point(x, y) => write!(f, "POINT ({} {})", double_text(*x), double_text(*y)),
            Self::List(members) => {
                f.write_str("[")?;
                for (at, member) in members.iter().enumerate() {
                    if at > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{member}")?;
                }
                f.write_str("]")
            }
        }
    }
}

/// A double as Java writes it (`Double.toString`): `1.0`, `1.0E10`, `1.0E-5`.
pub fn double_text(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    // of one digit, Java writes the nearest number of two: `4.9E-324` for the smallest of all
    let text = if text.contains('.') { text } else { format!("{value:.1e}") };
    text.replace('e', "E")
}

/// Milliseconds since 1970 as `2024-01-02T03:04:05.006Z`; what no calendar holds, as the number.
pub fn date_text(milliseconds: i64) -> String {
    match jiff::Timestamp::from_millisecond(milliseconds) {
        Ok(at) => at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        Err(_) => milliseconds.to_string(),
    }
}

/// Nanoseconds since 1970 as `2024-01-02T03:04:05.006007008Z`; trailing zeros of the fraction beyond milliseconds are left out.
pub fn date_nanos_text(nanoseconds: i64) -> String {
    match jiff::Timestamp::from_nanosecond(nanoseconds.into()) {
        Ok(at) => {
            let digits = match nanoseconds.rem_euclid(1_000_000_000) {
                n if n % 1_000_000 == 0 => "%3f",
                n if n % 1_000 == 0 => "%6f",
                _ => "%9f",
            };
            at.strftime(&format!("%Y-%m-%dT%H:%M:%S.{digits}Z")).to_string()
        }
        Err(_) => nanoseconds.to_string(),
    }
}
