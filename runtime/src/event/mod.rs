//! From an event to its values by slot.
//!
//! Events are mostly lines of JSON, which the engine decodes itself. A program that has its events as structs need not write JSON
//! first: it implements [`Event`], and is asked for the paths that rules read.
//!
//! ```
//! use sigil_runtime::event::{Event, Sink};
//!
//! struct ProcessStart { image: String, pid: u32, arguments: Vec<String> }
//!
//! impl Event for ProcessStart {
//!     fn field(&self, path: &str, sink: &mut Sink<'_>) {
//!         match path {
//!             "Image" => sink.text(&self.image),
//!             "ProcessId" => sink.int(self.pid.into()),
//!             "process.args" => self.arguments.iter().for_each(|argument| sink.text(argument)),
//!             _ => {}
//!         }
//!     }
//! }
//! ```

pub(crate) mod element;
pub(crate) mod json;
mod known_keys;
pub(crate) mod paths;
pub(crate) mod text;
pub(crate) mod values;

pub use json::DecodeError;

use std::fmt::{self, Write as _};

use element::{Json, Scalar, unescaped};
use paths::{EdgeId, Paths};
use values::{ESCAPED, FRACTION, INSIDE, Kind, ODD, SlotId, Value, Values};

/// The longest text that values can point into.
pub(crate) const MAX_TEXT: usize = 1 << 31;

/// An event that rules can be matched on.
///
/// The paths asked for are the field names of the rules after field mapping: `Image`, `process.command_line`. Whether a
/// dotted path means nested structs is up to the implementation. What is not answered is missing from the event.
pub trait Event {
    /// Hands the values of one field to `sink`: none if the event lacks it, several if it is a list.
    fn field(&self, path: &str, sink: &mut Sink<'_>);

    /// Hands every scalar of the event to `sink`, for rules that search an event for keywords. Without it, such rules do not
    /// match.
    fn each_value(&self, sink: &mut Sink<'_>) {
        let _ = sink;
    }

    /// Appends the event as a JSON object, for rules that name fields by patterns (`a.*.b`) and for alerts that carry the event; asked for once,
    /// when it is needed. Without it, tests of such fields do not hold.
    fn json(&self, out: &mut String) {
        let _ = out;
    }
}

/// Takes the values that an [`Event`] has for the field that it was asked for.
#[derive(Debug)]
pub struct Sink<'v> {
    values: &'v mut Values,
    /// None: the values are for keyword rules.
    slot: Option<SlotId>,
    container: bool,
}

impl Sink<'_> {
    /// A string.
    pub fn text(&mut self, text: &str) {
        let flags = if text.is_ascii() { 0 } else { ODD };
        self.store(Kind::String, flags, text.as_bytes());
    }

    /// An integer.
    pub fn int(&mut self, number: i128) {
        self.number(format_args!("{number}"));
    }

    /// A decimal number. NaN and infinities, which JSON lacks too, are null.
    pub fn float(&mut self, number: f64) {
        if !number.is_finite() {
            return self.null();
        }
        self.number(format_args!("{number}"));
    }

    fn number(&mut self, number: fmt::Arguments<'_>) {
        let mut digits = Digits { bytes: [0; LONGEST_NUMBER], len: 0 };
        // no number is longer
        let _ = digits.write_fmt(number);
        let text = digits.bytes.get(..digits.len).unwrap_or_default();
        let flags = if text.contains(&b'.') || text == b"-0" { FRACTION } else { 0 };
        self.store(Kind::Number, flags, text);
    }

    /// `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        let (kind, text) = if value { (Kind::True, "true") } else { (Kind::False, "false") };
        self.store(kind, 0, text.as_bytes());
    }

    /// The field exists and is null.
    pub fn null(&mut self) {
        self.store(Kind::Null, 0, b"null");
    }

    /// The field exists, be it an empty list or a struct without values of its own.
    pub fn present(&mut self) {
        if let Some(slot) = self.slot {
            self.values.open(slot, 0);
        }
    }

    /// A value given as JSON: the scalars of arrays are values; array quantifiers see the elements. Text that is not JSON
    /// is taken as a string.
    pub fn json(&mut self, json: &str) {
        if serde_json::from_str::<serde_json::Value>(json).is_err() {
            return self.text(json);
        }
        let value = Json::new(json.as_bytes());
        self.present();
        let whole = self.container && self.slot.is_some() && value.scalar().is_none();
        self.take_all(value, if whole { INSIDE } else { 0 });
        if whole {
            let kind = if value.is_array() { Kind::Array } else { Kind::Object };
            self.store(kind, 0, value.raw());
        }
    }

    /// The scalars of a value; an empty array, however deep, counts as null.
    fn take_all(&mut self, value: Json<'_>, inside: u8) {
        if !value.is_array() {
            value.scalar().into_iter().for_each(|scalar| self.take(scalar, inside));
            return;
        }
        if value.elements().next().is_none() {
            self.take(Scalar::Null, inside);
        }
        value.elements().for_each(|element| self.take_all(element, inside));
    }

    fn take(&mut self, scalar: Scalar<'_>, inside: u8) {
        let (kind, flags, text) = match scalar {
            Scalar::Null => (Kind::Null, 0, "null"),
            Scalar::Bool(true) => (Kind::True, 0, "true"),
            Scalar::Bool(false) => (Kind::False, 0, "false"),
            Scalar::Number(number) => {
                (Kind::Number, if number.contains(['.', 'e', 'E']) || number == "-0" { FRACTION } else { 0 }, number)
            }
            Scalar::Text(content) => {
                let mut spare = Vec::new();
                let text = unescaped(content, &mut spare);
                let flags = if text.is_ascii() { 0 } else { ODD };
                return self.store(Kind::String, flags | inside, text.as_bytes());
            }
        };
        self.store(kind, flags | inside, text.as_bytes());
    }

    /// Copies a value into the buffer; one that would outgrow it is dropped, its field is present all the same.
    fn store(&mut self, kind: Kind, flags: u8, bytes: &[u8]) {
        debug_assert_eq!(flags & ESCAPED, 0, "stored text is plain");
        self.present();
        let (Some(start), Ok(len)) = (self.values.store(bytes), u32::try_from(bytes.len())) else { return };
        let value = Value { kind, flags, start, len };
        match self.slot {
            Some(slot) => self.values.put(slot, 0, value),
            None => self.values.push_leaf(value, EdgeId::NONE),
        }
    }
}

/// `-0.000..`, with as many zeros as an `f64` can have, and its digits.
const LONGEST_NUMBER: usize = 352;

/// A number being spelled.
struct Digits {
    bytes: [u8; LONGEST_NUMBER],
    len: usize,
}

impl fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Asks an event for everything that the engine reads. `out` is reset first; its text is its own ([`Values::text`]).
pub(crate) fn gather(event: &dyn Event, paths: &Paths, out: &mut Values) {
    out.reset();
    // the values of no field at all still do not point into a line
    let _ = out.store(b"");
    for number in 0..paths.len() {
        let slot = SlotId(u32::try_from(number).unwrap_or(u32::MAX));
        let container = paths.wants_container(slot);
        event.field(paths.name(slot), &mut Sink { values: out, slot: Some(slot), container });
    }
    if paths.wants_leaves() {
        event.each_value(&mut Sink { values: out, slot: None, container: false });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample;

    impl Event for Sample {
        fn field(&self, path: &str, sink: &mut Sink<'_>) {
            match path {
                "text" => ["a\\b", "\u{e9}"].iter().for_each(|text| sink.text(text)),
                "int" => sink.int(-7),
                "float" => [1.5, 2.0, f64::NAN].iter().for_each(|&number| sink.float(number)),
                "bool" => sink.bool(true),
                "empty" => sink.present(),
                "json" => sink.json(r#"[1.0, ["x\n"], {"a": 1}]"#),
                "broken" => sink.json("tru"),
                _ => {}
            }
        }

        fn each_value(&self, sink: &mut Sink<'_>) {
            sink.text("leaf");
        }
    }

    #[test]
    fn structs_are_events() {
        let names = ["text", "int", "float", "bool", "empty", "json", "broken", "missing"];
        let mut paths = Paths::new(names.into_iter());
        paths.want_leaves(true);
        paths.want_container(SlotId(5));
        let mut values = Values::new(paths.len());
        for _ in 0..2 {
            gather(&Sample, &paths, &mut values);
            let text = values.text(b"");
            let spell = |value: &Value| {
                format!("{:?} {} {}", value.kind, value.flags, String::from_utf8_lossy(value.bytes(text)))
            };
            let found: Vec<Vec<String>> =
                (0..8).map(|slot| values.slot(SlotId(slot)).values.iter().map(spell).collect()).collect();
            let expected: [&[&str]; 8] = [
                &["String 0 a\\b", "String 2 \u{e9}"],
                &["Number 0 -7"],
                &["Number 4 1.5", "Number 0 2", "Null 0 null"],
                &["True 0 true"],
                &[],
                &["Number 12 1.0", "String 8 x\n", "Array 0 [1.0, [\"x\\n\"], {\"a\": 1}]"],
                &["String 0 tru"],
                &[],
            ];
            assert_eq!(found, expected);
            assert!(values.slot(SlotId(4)).present && !values.slot(SlotId(7)).present);
            assert_eq!(values.leaves().iter().map(|leaf| spell(&leaf.value)).collect::<Vec<_>>(), ["String 0 leaf"]);
        }
    }
}
