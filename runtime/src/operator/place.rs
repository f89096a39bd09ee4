//! Places as events have them: what Elasticsearch takes for a `geo_point` ("Geopoint field type").

use crate::event::element::{Json, Scalar, unescaped};
use crate::matcher::formula::Datum;
use crate::table::function::convert::{self, on_earth};
use crate::table::value::{Type, Value};

/// Calls `found` with every place that a value names; with null where it should be one and is none.
///
/// - an object with `lat` and `lon`, with `geohash`, or of the form `{"type": "Point", "coordinates": [lon, lat]}`
/// - an array of longitude and latitude
/// - a text, as [`convert::from_event`] reads it
/// - an array of these
pub(super) fn places(value: Json<'_>, found: &mut dyn FnMut(Value)) {
    if value.is_array() && !value.elements().next().is_some_and(is_number) {
        return value.elements().for_each(|element| places(element, found));
    }
    found(place(value).map_or(Value::Null, |(x, y)| Value::Point(x, y)));
}

fn place(value: Json<'_>) -> Option<(f64, f64)> {
    if value.is_array() {
        return position(value);
    }
    if !value.is_object() {
        return text(value);
    }
    let (mut lat, mut lon, mut geohash) = (None, None, None);
    let (mut kind, mut coordinates) = (None, None);
    for (key, member) in value.members() {
        match &*unescaped(key, &mut Vec::new()) {
            "lat" => lat = Some(member),
            "lon" => lon = Some(member),
            "geohash" => geohash = Some(member),
            "type" => kind = Some(member),
            "coordinates" => coordinates = Some(member),
            _ => {}
        }
    }
    match (lat, lon, geohash) {
        (Some(lat), Some(lon), _) => on_earth(number(lon)?, number(lat)?),
        (None, None, Some(geohash)) => text(geohash),
        (None, None, None) => {
            let Scalar::Text(name) = kind?.scalar()? else { return None };
            unescaped(name, &mut Vec::new()).eq_ignore_ascii_case("point").then_some(())?;
            position(coordinates?)
        }
        (Some(_), None, _) | (None, Some(_), _) => None,
    }
}

/// `[longitude, latitude]`, and perhaps a height behind them.
fn position(value: Json<'_>) -> Option<(f64, f64)> {
    let mut numbers = value.elements().take(4).map(number);
    let (x, y, height) = (numbers.next()??, numbers.next()??, numbers.next());
    let is_whole = height.is_none_or(|height| height.is_some()) && numbers.next().is_none();
    if is_whole { on_earth(x, y) } else { None }
}

fn text(value: Json<'_>) -> Option<(f64, f64)> {
    let Scalar::Text(content) = value.scalar()? else { return None };
    match convert::from_event(Type::GeoPoint, &Datum::Text(&unescaped(content, &mut Vec::new()))) {
        Value::Point(x, y) => Some((x, y)),
        _ => None,
    }
}

fn is_number(value: Json<'_>) -> bool {
    matches!(value.scalar(), Some(Scalar::Number(_)))
}

/// A number, also one that a text spells.
fn number(value: Json<'_>) -> Option<f64> {
    let number: f64 = match value.scalar()? {
        Scalar::Number(number) => number.parse().ok()?,
        Scalar::Text(content) => unescaped(content, &mut Vec::new()).trim().parse().ok()?,
        Scalar::Null | Scalar::Bool(_) => return None,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &[Option<(f64, f64)>]) {
        let mut all = Vec::new();
        places(Json::new(json.as_bytes()), &mut |value| all.push(value));
        let expected: Vec<Value> =
            expected.iter().map(|place| place.map_or(Value::Null, |(x, y)| Value::Point(x, y))).collect();
        assert_eq!(all, expected, "{json}");
    }

    #[test]
    fn places_are_read_in_every_form() {
        let place = Some((-71.34, 41.12));
        for json in [
            r#"{"lat": 41.12, "lon": -71.34}"#,
            r#"{"lon": "-71.34", "l\u0061t": "41.12"}"#,
            r#"{"type": "Point", "coordinates": [-71.34, 41.12]}"#,
            r#"{"coordinates": [-71.34, 41.12, 17], "type": "point"}"#,
            "[-71.34, 41.12]",
            "[-71.34, 41.12, 17]",
            "\"41.12,-71.34\"",
            "\"41.12, -71.34, 17\"",
            "\"POINT (-71.34 41.12)\"",
        ] {
            check(json, &[place]);
            check(&format!("[{json}, {json}]"), &[place, place]);
        }
        // the corner of the cell in the south and west
        check("\"drm3btev3e86\"", &[Some((-71.340_000_294_148_92, 41.119_999_922_811_985))]);
        check(r#"{"geohash": "s"}"#, &[Some((0.0, 0.0))]);
        check("\"0\"", &[Some((-180.0, -90.0))]);
        check("[]", &[]);
    }

    #[test]
    fn what_is_no_place_is_null() {
        for json in [
            "null",
            "7",
            "true",
            "{}",
            r#"{"lat": 41.12}"#,
            r#"{"lat": 91, "lon": 0}"#,
            r#"{"lat": null, "lon": 0}"#,
            r#"{"lat": [1], "lon": 0}"#,
            r#"{"type": "Polygon", "coordinates": [1, 2]}"#,
            r#"{"coordinates": [1, 2]}"#,
            r#"{"type": "Point", "coordinates": 1}"#,
            "[1]",
            "[181, 0]",
            "[1, 2, 3, 4]",
            "[1, 2, null]",
            "\"\"",
            "\"nowhere\"",
            "\"1,2,x\"",
        ] {
            check(json, &[None]);
        }
    }
}
