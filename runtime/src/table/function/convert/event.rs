//! Values of events as an index with that mapping holds them (Elasticsearch reference, "Field data types").

use super::parse::{double, truncate};
use super::{parse_ip, parse_point, parse_version};
use crate::matcher::formula::Datum;
use crate::table::value::{Type, Value, double_text};

/// The value of a field of this type. One that does not fit is null, as if the field ignored what is malformed.
///
/// - whole numbers: fractions are cut off, texts that spell a number are one (`coerce`)
/// - keywords: numbers and booleans as they are spelled
/// - dates: ISO 8601 or milliseconds (`strict_date_optional_time||epoch_millis`)
/// - booleans: `true`, `false`, and the empty text for false
/// - points: `POINT(x y)`, `latitude,longitude` or a geohash; objects and arrays are read elsewhere
pub fn from_event(target: Type, datum: &Datum<'_>) -> Value {
    if matches!(datum, Datum::Null) {
        return Value::Null;
    }
    let value = match target {
        Type::Null | Type::DatePeriod | Type::TimeDuration => None,
        Type::Keyword | Type::Text | Type::Source => Some(match datum {
            Datum::Text(text) => Value::text(text),
            other => Value::text(spelling(other)),
        }),
        Type::Version => Some(Value::Version(parse_version(&spelling(datum)))),
        Type::Boolean => match datum {
            Datum::Bool(value) => Some(Value::Bool(*value)),
            Datum::Text("true") => Some(Value::Bool(true)),
            Datum::Text("false" | "") => Some(Value::Bool(false)),
            Datum::Null | Datum::Int(_) | Datum::Float(_) | Datum::Text(_) => None,
        },
        Type::Integer => whole(datum).and_then(|number| number.try_into().ok()).map(Value::Int),
        Type::Long => whole(datum).and_then(|number| number.try_into().ok()).map(Value::Long),
        Type::UnsignedLong => whole(datum).and_then(|number| number.try_into().ok()).map(Value::Unsigned),
        Type::Double => match datum {
            #[expect(clippy::cast_precision_loss, reason = "what a double holds of it")]
            Datum::Int(number) => Some(Value::Double(*number as f64)),
            Datum::Float(number) => Some(Value::double(*number)),
            Datum::Text(text) => double(text).ok().map(Value::Double),
            Datum::Null | Datum::Bool(_) => None,
        },
        Type::Date => milliseconds(datum).map(Value::Date),
        Type::DateNanos => match datum {
            // the fraction beyond milliseconds
            Datum::Text(text) if super::parse_date(text).is_some() => super::parse_date_nanos(text),
            datum => milliseconds(datum).and_then(|at| at.checked_mul(1_000_000)).filter(|at| *at >= 0),
        }
        .map(Value::DateNanos),
        Type::Ip => text(datum).and_then(parse_ip).map(Value::Ip),
        Type::GeoPoint => text(datum).and_then(point).map(|(x, y)| Value::Point(x, y)),
    };
    value.unwrap_or_default()
}

fn text<'a>(datum: &Datum<'a>) -> Option<&'a str> {
    match datum {
        Datum::Text(text) => Some(text),
        Datum::Null | Datum::Bool(_) | Datum::Int(_) | Datum::Float(_) => None,
    }
}

fn spelling(datum: &Datum<'_>) -> String {
    match datum {
        Datum::Null => String::new(),
        Datum::Bool(value) => value.to_string(),
        Datum::Int(number) => number.to_string(),
        Datum::Float(number) => double_text(*number),
        Datum::Text(text) => (*text).to_owned(),
    }
}

fn whole(datum: &Datum<'_>) -> Option<i128> {
    match datum {
        Datum::Null | Datum::Bool(_) => None,
        Datum::Int(number) => Some((*number).into()),
        Datum::Float(number) => truncate(*number).ok(),
        Datum::Text(text) => match text.parse::<i128>() {
            Ok(number) => Some(number),
            Err(_) => exact(text).or_else(|| double(text).and_then(truncate).ok()),
        },
    }
}

/// The digits before the fraction, if nothing else is written: a double would lose some.
fn exact(text: &str) -> Option<i128> {
    let (number, fraction) = text.split_once('.')?;
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| number.parse().ok()).flatten()
}

fn milliseconds(datum: &Datum<'_>) -> Option<i64> {
    match datum {
        Datum::Null | Datum::Bool(_) => None,
        Datum::Int(at) => Some(*at),
        Datum::Float(at) => floor(*at).and_then(|at| at.try_into().ok()),
        Datum::Text(text) => crate::time::instant(text.as_bytes()),
    }
}

fn floor(at: f64) -> Option<i128> {
    truncate(at.floor()).ok()
}

/// `POINT(x y)`; latitude and longitude with a comma between them, and perhaps a height behind them; or a geohash.
fn point(text: &str) -> Option<(f64, f64)> {
    if let Some(point) = parse_point(text) {
        return Some(point);
    }
    let Some((y, x)) = text.split_once(',') else { return geohash(text) };
    let (x, height) = x.split_once(',').unwrap_or((x, "0"));
    double(height).ok()?;
    on_earth(double(x).ok()?, double(y).ok()?)
}

/// Longitude and latitude, if they are some.
pub(crate) fn on_earth(x: f64, y: f64) -> Option<(f64, f64)> {
    ((-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y)).then_some((x, y))
}

/// The corner of a geohash's cell in the south and west: each character halves longitude and latitude five times in turn. As in Elasticsearch, characters
/// behind the twelfth do not count.
fn geohash(text: &str) -> Option<(f64, f64)> {
    const DIGITS: &str = "0123456789bcdefghjkmnpqrstuvwxyz";
    if text.is_empty() {
        return None;
    }
    let (mut corner, mut size) = ([-180.0, -90.0], [360.0, 180.0]);
    let mut axis = 0;
    for c in text.chars().take(12) {
        let digit = DIGITS.find(c)?;
        for bit in (0..5).rev() {
            let half = size[axis] / 2.0;
            if digit >> bit & 1 == 1 {
                corner[axis] += half;
            }
            size[axis] = half;
            axis = 1 - axis;
        }
    }
    let [x, y] = corner;
    Some((x, y))
}
