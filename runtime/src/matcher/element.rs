//! Elements of arrays, for rules that test them one by one (`sigma-version: 3`).
//!
//! Few rules do, so elements are read from their JSON text again, plainly, each time they are asked.

use std::borrow::Cow;

use super::tests::{NumberTests, Numeric, TextTests};
use crate::event::element::{Json, Scalar};
use crate::event::text::number_text_into;
use crate::event::values::{ESCAPED, INSIDE, Kind, Value};
use crate::fold;
use crate::pack::{Number, Quantifier, TimePart};
use crate::time;

/// An element of an array.
///
/// Paths are dotted and lead to parts of the element; the empty path is the element itself. A path with `*`, which stands for any run of
/// characters, leads to every part whose path it matches.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    json: Json<'a>,
}

/// The scalars of a part of an element.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    scalars: Vec<Scalar<'a>>,
    folded: bool,
}

/// The numbers of a part of an element.
#[derive(Clone, Debug)]
pub struct PartNumbers<'a> {
    part: Part<'a>,
    time: Option<TimePart>,
}

impl<'a> Element<'a> {
    /// Texts, folded.
    pub fn text(&self, path: &str) -> Part<'a> {
        Part { folded: true, ..self.cased(path) }
    }

    /// Texts as they are.
    pub fn cased(&self, path: &str) -> Part<'a> {
        Part { scalars: self.at(path).into_iter().flat_map(Json::scalars).collect(), folded: false }
    }

    /// Numbers.
    pub fn number(&self, path: &str) -> PartNumbers<'a> {
        PartNumbers { part: self.cased(path), time: None }
    }

    /// Parts of points in time.
    pub fn time(&self, path: &str, part: TimePart) -> PartNumbers<'a> {
        PartNumbers { part: self.cased(path), time: Some(part) }
    }

    /// Whether the part is there, be it empty or null.
    pub fn exists(&self, path: &str) -> bool {
        !self.at(path).is_empty()
    }

    /// Whether the part is missing, null or an empty array, or one of its values is null.
    pub fn is_null(&self, path: &str) -> bool {
        let parts = self.at(path);
        parts.is_empty()
            || parts.iter().any(|part| holds_empty(*part))
            || parts.into_iter().flat_map(Json::scalars).any(|scalar| scalar == Scalar::Null)
    }

    /// Whether the part holds a scalar that is not null.
    pub fn is_present(&self, path: &str) -> bool {
        self.at(path).into_iter().flat_map(Json::scalars).any(|scalar| scalar != Scalar::Null)
    }

    /// Whether as many elements of an inner array as the quantifier asks for satisfy `test`.
    pub fn elements(&self, path: &str, quantifier: Quantifier, test: impl Fn(&Element<'_>) -> bool) -> bool {
        quantify_all(self.at(path), quantifier, &test)
    }

    /// A whole event.
    pub(crate) fn event(json: Json<'a>) -> Self {
        Self { json }
    }

    fn at(&self, path: &str) -> Vec<Json<'a>> {
        match path {
            "" => self.json.at("."),
            path if path.contains('*') => self.json.like(path),
            path => self.json.at(path),
        }
    }
}

/// Whether it is an empty array, or an array with one in it.
fn holds_empty(json: Json<'_>) -> bool {
    if !json.is_array() {
        return false;
    }
    let elements = json.elements();
    elements.is_empty() || elements.into_iter().any(holds_empty)
}

/// Applies a quantifier to the elements of a field: of its containers, and its scalars that stand alone.
pub(crate) fn quantify<'a>(
    values: impl Iterator<Item = (Value, &'a [u8])> + Clone,
    quantifier: Quantifier,
    test: &dyn Fn(&Element<'_>) -> bool,
) -> bool {
    let is_container = |value: Value| matches!(value.kind, Kind::Array | Kind::Object);
    // scalars of containers are values of the field too: they must not count twice; containers stand one behind the other
    let containers: Vec<Value> = values.clone().map(|(value, _)| value).filter(|value| is_container(*value)).collect();
    let within = |value: Value| {
        // strictly: an empty text stored just before a container starts where that does
        let before = containers.partition_point(|container| container.start < value.start);
        let container = before.checked_sub(1).and_then(|at| containers.get(at));
        container.is_some_and(|container| value.start - container.start < container.len)
    };
    let texts: Vec<Cow<'a, [u8]>> = values
        .filter(|(value, _)| is_container(*value) || !(value.flags & INSIDE != 0 || within(*value)))
        .filter_map(|(value, raw)| match value.kind {
            Kind::String => Some(quoted(value, raw).into()),
            Kind::Null => None,
            Kind::True | Kind::False | Kind::Number | Kind::Array | Kind::Object => Some(raw.into()),
        })
        .collect();
    quantify_all(texts.iter().map(|text| Json::new(text)).collect(), quantifier, test)
}

/// A string as JSON spells it.
fn quoted(value: Value, raw: &[u8]) -> Vec<u8> {
    let mut text = vec![b'"'];
    for &byte in raw {
        // the text of an event that is not JSON stands as it is
        if value.flags & ESCAPED == 0 && matches!(byte, b'"' | b'\\') {
            text.push(b'\\');
        }
        text.push(byte);
    }
    text.push(b'"');
    text
}

fn quantify_all(parts: Vec<Json<'_>>, quantifier: Quantifier, test: &dyn Fn(&Element<'_>) -> bool) -> bool {
    // null in place of an array has no elements
    let parts = parts.into_iter().filter(|part| part.scalar() != Some(Scalar::Null));
    let elements: Vec<Element<'_>> = parts.flat_map(Json::elements).map(|json| Element { json }).collect();
    match quantifier {
        Quantifier::Any => elements.iter().any(test),
        Quantifier::All => !elements.is_empty() && elements.iter().all(test),
        Quantifier::AllOrEmpty => elements.iter().all(test),
        Quantifier::None => !elements.iter().any(test),
        Quantifier::At(index) => {
            let at = usize::try_from(index).ok().or_else(|| elements.len().checked_sub(index.unsigned_abs() as usize));
            at.and_then(|at| elements.get(at)).is_some_and(test)
        }
    }
}

impl TextTests for Part<'_> {
    fn any(&self, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        self.scalars.iter().any(|scalar| match scalar {
            Scalar::Null => false,
            Scalar::Bool(value) => test(if *value { b"true" } else { b"false" }),
            Scalar::Number(number) => {
                let mut text = Vec::new();
                number_text_into(number.as_bytes(), &mut text);
                test(&text)
            }
            Scalar::Text(text) if self.folded => test(fold::fold(text).as_bytes()),
            Scalar::Text(text) => test(text.as_bytes()),
        })
    }
}

impl NumberTests for PartNumbers<'_> {
    fn any(&self, mut test: impl FnMut(Numeric<'_>) -> bool) -> bool {
        if let Some(part) = self.time {
            return TextTests::any(&self.part, |text| {
                time::part(text, part).is_some_and(|number| test(Numeric::Number(Number::Int(number))))
            });
        }
        self.part.scalars.iter().any(|scalar| match scalar {
            Scalar::Null | Scalar::Bool(_) => false,
            Scalar::Number(number) => Number::parse(number).is_some_and(|number| test(Numeric::Number(number))),
            Scalar::Text(text) => test(Numeric::Text(text.as_bytes())),
        })
    }
}
