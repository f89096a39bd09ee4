//! Elements of arrays, for rules that test them one by one (`sigma-version: 3`), and parts of events that are named by patterns.
//!
//! Few rules do, so elements are read from their JSON text again, plainly, each time they are asked.

use bumpalo::Bump;
use bumpalo::collections::Vec as List;

use super::memory::Memory;
use super::tests::{NumberTests, Numeric, Reading, TextTests};
use crate::event::element::{Json, Scalar};
use crate::event::text::{fold_json_into, number_text_into, unescape_into};
use crate::event::values::{ESCAPED, INSIDE, Kind, ODD, Value};
use crate::pack::{Number, Quantifier, TimePart, ValueType};
use crate::time;

/// An element of an array.
///
/// Paths are dotted and lead to parts of the element; the empty path is the element itself. A path with `*`, which stands for any run of
/// characters, leads to every part whose path it matches.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    json: Json<'a>,
    memory: &'a Memory,
}

/// The scalars of a part of an element.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    element: Element<'a>,
    path: &'a str,
    folded: bool,
}

/// The numbers of a part of an element.
#[derive(Clone, Copy, Debug)]
pub struct PartNumbers<'a> {
    part: Part<'a>,
    reading: Reading,
}

impl<'a> Element<'a> {
    /// Texts, folded.
    pub fn text<'p>(&self, path: &'p str) -> Part<'p>
    where
        'a: 'p,
    {
        Part { element: *self, path, folded: true }
    }

    /// Texts as they are.
    pub fn cased<'p>(&self, path: &'p str) -> Part<'p>
    where
        'a: 'p,
    {
        Part { element: *self, path, folded: false }
    }

    /// Numbers.
    pub fn number<'p>(&self, path: &'p str) -> PartNumbers<'p>
    where
        'a: 'p,
    {
        PartNumbers { part: self.cased(path), reading: Reading::Exact }
    }

    /// Whole numbers that values are or spell; fractions are cut off.
    pub fn long<'p>(&self, path: &'p str) -> PartNumbers<'p>
    where
        'a: 'p,
    {
        PartNumbers { part: self.cased(path), reading: Reading::Long }
    }

    /// Parts of points in time.
    pub fn time<'p>(&self, path: &'p str, part: TimePart) -> PartNumbers<'p>
    where
        'a: 'p,
    {
        PartNumbers { part: self.cased(path), reading: Reading::Part(part) }
    }

    /// Whether the part is there, be it empty or null.
    pub fn exists(&self, path: &str) -> bool {
        self.with_parts(path, |parts, _| !parts.is_empty())
    }

    /// Whether the part is missing, null or an empty array, or one of its values is null.
    pub fn is_null(&self, path: &str) -> bool {
        self.with_parts(path, |parts, _| {
            let is_null = |part: &Json<'_>| holds_empty(*part) || part.any_scalar(&mut |scalar| scalar == Scalar::Null);
            parts.is_empty() || parts.iter().any(is_null)
        })
    }

    /// Whether the part holds a scalar that is not null.
    pub fn is_present(&self, path: &str) -> bool {
        let look = || {
            let is_present = |part: &Json<'_>| part.any_scalar(&mut |scalar| scalar != Scalar::Null);
            self.with_parts(path, |parts, _| parts.iter().any(is_present))
        };
        if path.contains('*') { self.memory.is_present(self.json.raw(), path, look) } else { look() }
    }

    /// Whether the part holds exactly one value of this type.
    pub fn is_single(&self, path: &str, of: ValueType) -> bool {
        self.cased(path).is_single(of)
    }

    /// Whether as many elements of an inner array as the quantifier asks for satisfy `test`.
    pub fn elements(&self, path: &str, quantifier: Quantifier, test: impl Fn(&Element<'_>) -> bool) -> bool {
        self.with_parts(path, |parts, _| quantify_all(parts, self.memory, quantifier, &test))
    }

    /// A whole event.
    pub(crate) fn event(json: Json<'a>, memory: &'a Memory) -> Self {
        Self { json, memory }
    }

    /// The values that the path leads to, and room for one text.
    fn with_parts<R>(&self, path: &str, work: impl FnOnce(&[Json<'a>], &mut Vec<u8>) -> R) -> R {
        self.memory.lend(|arena, spare| {
            let parts = match path {
                "" => self.json.at(".", arena, spare),
                path if path.contains('*') => self.json.like(path, arena, spare),
                path => self.json.at(path, arena, spare),
            };
            work(&parts, spare)
        })
    }
}

/// Whether it is an empty array, or an array with one in it.
fn holds_empty(json: Json<'_>) -> bool {
    json.is_array() && (json.elements().next().is_none() || json.elements().any(holds_empty))
}

/// Applies a quantifier to the elements of a field: of its containers, and its scalars that stand alone.
pub(crate) fn quantify<'a>(
    values: impl Iterator<Item = (Value, &'a [u8])> + Clone,
    memory: &Memory,
    quantifier: Quantifier,
    test: &dyn Fn(&Element<'_>) -> bool,
) -> bool {
    memory.lend(|arena, _| quantify_all(&standing_alone(values, arena), memory, quantifier, test))
}

/// The containers of a field that asked for them, and its scalars that stand in none.
pub(super) fn standing_alone<'a: 'm, 'm>(
    values: impl Iterator<Item = (Value, &'a [u8])> + Clone,
    arena: &'m Bump,
) -> List<'m, Json<'m>> {
    let is_container = |value: Value| matches!(value.kind, Kind::Array | Kind::Object);
    // scalars of containers are values of the field too: they must not count twice; containers stand one behind the other
    let containers = values.clone().map(|(value, _)| value).filter(|value| is_container(*value));
    let containers = List::from_iter_in(containers, arena);
    let within = |value: Value| {
        // strictly: an empty text stored just before a container starts where that does
        let before = containers.partition_point(|container| container.start < value.start);
        let container = before.checked_sub(1).and_then(|at| containers.get(at));
        container.is_some_and(|container| value.start - container.start < container.len)
    };
    let parts = values
        .filter(|(value, _)| is_container(*value) || !(value.flags & INSIDE != 0 || within(*value)))
        .filter_map(|(value, raw)| match value.kind {
            Kind::String => Some(quoted(value, raw, arena)),
            Kind::Null => None,
            Kind::True | Kind::False | Kind::Number | Kind::Array | Kind::Object => Some(raw),
        })
        .map(Json::new);
    List::from_iter_in(parts, arena)
}

/// A string as JSON spells it.
fn quoted<'m>(value: Value, raw: &[u8], arena: &'m Bump) -> &'m [u8] {
    let mut text = List::with_capacity_in(raw.len() + 2, arena);
    text.push(b'"');
    for &byte in raw {
        // the text of an event that is not JSON stands as it is
        if value.flags & ESCAPED == 0 && matches!(byte, b'"' | b'\\') {
            text.push(b'\\');
        }
        text.push(byte);
    }
    text.push(b'"');
    text.into_bump_slice()
}

fn quantify_all(
    parts: &[Json<'_>],
    memory: &Memory,
    quantifier: Quantifier,
    test: &dyn Fn(&Element<'_>) -> bool,
) -> bool {
    // null in place of an array has no elements
    let parts = parts.iter().filter(|part| part.scalar() != Some(Scalar::Null));
    let mut elements = parts.flat_map(|part| part.elements()).map(|json| Element { json, memory });
    let mut holds = |element: Element<'_>| test(&element);
    match quantifier {
        Quantifier::Any => elements.any(holds),
        Quantifier::All => elements.next().is_some_and(&mut holds) && elements.all(holds),
        Quantifier::AllOrEmpty => elements.all(holds),
        Quantifier::None => !elements.any(holds),
        Quantifier::At(index) => {
            let from_end = || elements.clone().count().checked_sub(index.unsigned_abs() as usize);
            let at = usize::try_from(index).ok().or_else(from_end);
            at.and_then(|at| elements.nth(at)).is_some_and(holds)
        }
    }
}

impl Part<'_> {
    /// Whether a scalar satisfies `test`, which gets room for its text.
    fn any_scalar(&self, mut test: impl FnMut(Scalar<'_>, &mut Vec<u8>) -> bool) -> bool {
        self.element.with_parts(self.path, |parts, spare| {
            parts.iter().any(|part| {
                part.any_scalar(&mut |scalar| {
                    spare.clear();
                    test(scalar, spare)
                })
            })
        })
    }
}

/// The text of a string without escapes, of what stands between its quotes.
fn plain<'t>(content: &'t [u8], spare: &'t mut Vec<u8>) -> &'t [u8] {
    if memchr::memchr(b'\\', content).is_none() {
        return content;
    }
    unescape_into(content, spare);
    spare
}

impl TextTests for Part<'_> {
    fn any(&self, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        self.any_scalar(|scalar, spare| match scalar {
            Scalar::Null => false,
            Scalar::Bool(value) => test(if value { b"true" } else { b"false" }),
            Scalar::Number(number) => {
                number_text_into(number.as_bytes(), spare);
                test(spare)
            }
            Scalar::Text(content) if self.folded => {
                fold_json_into(content, ESCAPED | ODD, spare);
                test(spare)
            }
            Scalar::Text(content) => test(plain(content, spare)),
        })
    }
}

impl NumberTests for PartNumbers<'_> {
    fn any(&self, mut test: impl FnMut(Numeric<'_>) -> bool) -> bool {
        if let Reading::Part(part) = self.reading {
            return TextTests::any(&self.part, |text| {
                time::part(text, part).is_some_and(|number| test(Numeric::Number(Number::Int(number))))
            });
        }
        let mut test = |value: Numeric<'_>| self.reading.of(value).is_some_and(&mut test);
        self.part.any_scalar(|scalar, spare| match scalar {
            Scalar::Null | Scalar::Bool(_) => false,
            Scalar::Number(number) => Number::of_event(number).is_some_and(|number| test(Numeric::Number(number))),
            Scalar::Text(content) => test(Numeric::Text(plain(content, spare))),
        })
    }
}
