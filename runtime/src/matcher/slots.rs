//! An event as rules see it.

use std::cell::{Cell, RefCell};
use std::fmt;

use bumpalo::Bump;

use super::bytes;
use super::cache::{ALL_VALUES, Location, TextCache, View};
use super::element::{self, Element};
use super::formula::{Datum, Scratch};
use super::memory::{GivenJson, Memory};
use super::tests::{NumberTests, Numeric, Reading, TextTests};
use super::tokens::Words;
use super::values::{Glob, Globs, Networks, Pattern, Texts};
use crate::event::Event;
use crate::event::element::Json;
use crate::event::values::{ESCAPED, Kind, Leaf, SlotId, SlotValues, Value, Values};
use crate::generated::FieldId;
use crate::pack::{CompareOp, Number, Quantifier, TimePart, TimeRange, ValueType};
use crate::time;

/// An event as rules see it: logical fields, resolved for the event's class, with their texts folded on demand.
#[derive(Clone, Copy)]
pub struct Slots<'e> {
    pub(crate) values: &'e Values,
    /// What the ranges of `values` point into.
    pub(crate) text: &'e [u8],
    pub(crate) cache: &'e RefCell<TextCache>,
    pub(crate) resolution: &'e Resolution,
    /// Where the fields of the rule's pack start in `resolution`.
    pub(crate) base: u32,
    /// Notes what is read.
    pub(crate) reads: &'e Reads,
    /// For what tests need while they run.
    pub(crate) memory: &'e Memory,
    /// The event itself, where it is not JSON, and its JSON.
    pub(crate) given: Option<(&'e dyn Event, &'e GivenJson)>,
}

/// What an evaluation read of the event.
#[derive(Debug, Default)]
pub(crate) struct Reads(Cell<Read>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Read {
    #[default]
    Nothing,
    /// Nothing but this slot.
    Only(SlotId),
    /// Several, or all values of the event.
    More,
}

impl Reads {
    /// Before an evaluation.
    #[inline]
    pub(crate) fn reset(&self) {
        self.0.set(Read::Nothing);
    }

    /// The slot that alone was read.
    #[inline]
    pub(crate) fn only(&self) -> Option<SlotId> {
        if let Read::Only(slot) = self.0.get() { Some(slot) } else { None }
    }

    #[inline]
    fn add(&self, slot: SlotId) {
        let read = self.0.get();
        if read != Read::Only(slot) {
            self.0.set(if read == Read::Nothing { Read::Only(slot) } else { Read::More });
        }
    }

    #[inline]
    fn add_all(&self) {
        self.0.set(Read::More);
    }
}

impl fmt::Debug for Slots<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").field("text", &String::from_utf8_lossy(self.text)).finish_non_exhaustive()
    }
}

/// Which slots hold each logical field, in order: the first that is present counts.
#[derive(Debug, Default)]
pub(crate) struct Resolution {
    fields: Vec<Sources>,
    more: Vec<SlotId>,
}

#[derive(Clone, Copy, Debug)]
struct Sources {
    first: SlotId,
    /// Further slots: a range of `more`.
    start: u32,
    len: u32,
    /// Texts of more characters do not count ([`crate::pack::Field::ignore_above`]).
    limit: u32,
}

impl Resolution {
    /// Appends a field; its sources are never empty.
    pub(crate) fn push(&mut self, mut sources: impl Iterator<Item = SlotId>, ignore_above: Option<u32>) {
        let Some(first) = sources.next() else { return };
        let start = self.more.len();
        self.more.extend(sources);
        let range = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let limit = ignore_above.unwrap_or(u32::MAX);
        self.fields.push(Sources { first, start: range(start), len: range(self.more.len() - start), limit });
    }

    #[inline]
    fn limit(&self, field: usize) -> u32 {
        self.fields.get(field).map_or(u32::MAX, |sources| sources.limit)
    }

    /// Every slot that may hold the field.
    pub(crate) fn slots(&self, field: usize) -> impl Iterator<Item = SlotId> {
        let sources = self.fields.get(field);
        let more = sources.and_then(|s| self.more.get(s.start as usize..(s.start + s.len) as usize));
        sources.map(|s| s.first).into_iter().chain(more.unwrap_or_default().iter().copied())
    }
}

/// Whether a text has at most so many characters.
#[cold]
fn fits(text: &[u8], limit: u32) -> bool {
    let starts = text.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    starts <= limit as usize
}

fn datum<'a>(value: Value, raw: &[u8], text: &'a [u8], limit: u32, scratch: &'a Bump) -> Datum<'a> {
    if text.len() > limit as usize && !fits(text, limit) {
        return Datum::Null;
    }
    let as_text = || match str::from_utf8(text) {
        Ok(text) => text,
        Err(_) => scratch.alloc_str(&String::from_utf8_lossy(text)),
    };
    match value.kind {
        Kind::Null | Kind::Array | Kind::Object => Datum::Null,
        Kind::True => Datum::Bool(true),
        Kind::False => Datum::Bool(false),
        Kind::String => Datum::Text(as_text()),
        Kind::Number => {
            // as the event writes it: `1.0` is no whole number here
            let text = str::from_utf8(raw).unwrap_or_default();
            match text.parse() {
                Ok(number) => Datum::Int(number),
                Err(_) => text.parse().ok().filter(|number: &f64| number.is_finite()).map_or(Datum::Null, Datum::Float),
            }
        }
    }
}

/// What a [`Text`] or [`Numbers`] looks at.
#[derive(Clone, Copy)]
enum Subject {
    Field(FieldId),
    AnyValue,
}

/// The texts of a subject.
///
/// Rules ask thousands of times. So that each question costs generated code one call and no more, the field is looked up by the
/// answer, and answers are compiled here: what [`TextTests`] would instantiate anew in every pack are methods of this type, never inlined.
#[derive(Clone, Copy)]
pub struct Text<'e> {
    event: &'e Slots<'e>,
    subject: Subject,
    view: View,
}

/// The numbers of a subject.
#[derive(Clone, Copy)]
pub struct Numbers<'e> {
    event: &'e Slots<'e>,
    subject: Subject,
    reading: Reading,
}

impl Slots<'_> {
    /// A field's texts, folded: for comparisons that ignore case.
    #[inline]
    pub fn text(&self, field: FieldId) -> Text<'_> {
        Text { event: self, subject: Subject::Field(field), view: View::Folded }
    }

    /// A field's texts as they are.
    #[inline]
    pub fn cased(&self, field: FieldId) -> Text<'_> {
        Text { event: self, subject: Subject::Field(field), view: View::Exact }
    }

    /// The texts of every value of the event, folded.
    #[inline]
    pub fn any_value(&self) -> Text<'_> {
        Text { event: self, subject: Subject::AnyValue, view: View::Folded }
    }

    /// The texts of every value of the event, as they are.
    #[inline]
    pub fn any_value_cased(&self) -> Text<'_> {
        Text { event: self, subject: Subject::AnyValue, view: View::Exact }
    }

    /// A field's numbers.
    #[inline]
    pub fn number(&self, field: FieldId) -> Numbers<'_> {
        Numbers { event: self, subject: Subject::Field(field), reading: Reading::Exact }
    }

    /// The whole numbers that a field's values are or spell; fractions are cut off.
    #[inline]
    pub fn long(&self, field: FieldId) -> Numbers<'_> {
        Numbers { event: self, subject: Subject::Field(field), reading: Reading::Long }
    }

    /// The numbers of every value of the event.
    #[inline]
    pub fn any_number(&self) -> Numbers<'_> {
        Numbers { event: self, subject: Subject::AnyValue, reading: Reading::Exact }
    }

    /// A part of the points in time that a field holds.
    #[inline]
    pub fn time(&self, field: FieldId, part: TimePart) -> Numbers<'_> {
        Numbers { event: self, subject: Subject::Field(field), reading: Reading::Part(part) }
    }

    /// Whether the field is there, be it empty or null.
    #[inline(never)]
    pub fn exists(&self, field: FieldId) -> bool {
        self.values.slot(self.slot(field)).present
    }

    /// Whether the field is missing, null or an empty array, or one of its values is null.
    #[inline(never)]
    pub fn is_null(&self, field: FieldId) -> bool {
        // the decoder gives an empty array the value null
        let SlotValues { present, values } = self.values.slot(self.slot(field));
        !present || values.iter().any(|value| value.kind == Kind::Null)
    }

    /// Whether the field holds a scalar that is not null.
    #[inline(never)]
    pub fn is_present(&self, field: FieldId) -> bool {
        let values = self.values.slot(self.slot(field)).values;
        let limit = self.limit(field);
        if limit != u32::MAX {
            return self.cased(field).is_present();
        }
        values.iter().any(|value| value.is_scalar())
    }

    /// Whether the field holds exactly one value of this type.
    #[inline(never)]
    pub fn is_single(&self, field: FieldId, of: ValueType) -> bool {
        self.cased(field).is_single(of)
    }

    /// Whether as many elements of the field's array as the quantifier asks for satisfy `test`.
    pub fn elements(&self, field: FieldId, quantifier: Quantifier, test: impl Fn(&Element<'_>) -> bool) -> bool {
        let SlotValues { values, .. } = self.values.slot(self.slot(field));
        let values = values.iter().map(|value| (*value, value.bytes(self.text)));
        element::quantify(values, self.memory, quantifier, &test)
    }

    /// Hands what stands at the field to `visit`, objects and arrays as wholes. For fields of which the engine keeps these
    /// ([`crate::pack::Field::elements`]).
    pub(crate) fn each_part(&self, field: FieldId, visit: &mut dyn FnMut(Json<'_>)) {
        let SlotValues { values, .. } = self.values.slot(self.slot(field));
        let values = values.iter().map(|value| (*value, value.bytes(self.text)));
        self.memory.lend(|arena, _| element::standing_alone(values, arena).iter().for_each(|part| visit(*part)));
    }

    /// The event as a whole, for paths with `*`.
    pub fn whole(&self) -> Element<'_> {
        self.reads.add_all();
        let json = self.given.map_or(self.text, |(event, json)| json.of(event));
        Element::event(Json::new(json), self.memory)
    }

    /// Whether a formula is true for some choice of one value of each of these fields; fields without values are null. At most 65,536 choices
    /// are tried.
    pub fn computed<const N: usize>(
        &self,
        fields: [FieldId; N],
        formula: impl for<'a> Fn(Scratch<'a>, [Datum<'a>; N]) -> Datum<'a>,
    ) -> bool {
        self.any_choice(&fields, &mut |scratch, chosen| {
            <[Datum<'_>; N]>::try_from(chosen).is_ok_and(|chosen| formula(scratch, chosen).is_true())
        })
    }

    /// As [`Self::computed`], for any number of fields.
    pub(crate) fn any_choice(
        &self,
        fields: &[FieldId],
        test: &mut dyn for<'a> FnMut(Scratch<'a>, &[Datum<'a>]) -> bool,
    ) -> bool {
        for field in fields {
            self.cased(*field).make();
        }
        self.memory.lend(|arena, _| self.any_choice_in(arena, fields, test))
    }

    /// Hands every value of a field that is not null to `visit`; a whole number of more than 64 bits as it is written, as a double would not hold it.
    pub(crate) fn each_datum(&self, field: FieldId, visit: &mut dyn FnMut(Datum<'_>)) {
        let slot = self.slot(field);
        let limit = self.limit(field);
        if self.values.slot(slot).values.is_empty() {
            return;
        }
        if let Some(text) = self.plain_text(field) {
            return visit(Datum::Text(text));
        }
        self.cased(field).make();
        self.memory.lend(|scratch, _| {
            let cache = self.cache.borrow();
            let texts = cache.made(slot.index(), View::Exact).iter();
            for (value, place) in self.values.slot(slot).values.iter().zip(texts) {
                let text = cache.get(*place, self.text).unwrap_or_default();
                let raw = value.bytes(self.text);
                match datum(*value, raw, text, limit, scratch) {
                    Datum::Null => {}
                    Datum::Float(_) if value.kind == Kind::Number && !raw.iter().any(|byte| b".eE".contains(byte)) => {
                        visit(Datum::Text(str::from_utf8(raw).unwrap_or_default()));
                    }
                    datum => visit(datum),
                }
            }
        });
    }

    /// The text of a field that has one value, which is the text as it stands there: most fields do.
    pub(crate) fn plain_text(&self, field: FieldId) -> Option<&str> {
        match self.values.slot(self.slot(field)).values {
            [value] if value.kind == Kind::String && value.flags & ESCAPED == 0 && value.len <= self.limit(field) => {
                str::from_utf8(value.bytes(self.text)).ok()
            }
            _ => None,
        }
    }

    fn any_choice_in(
        &self,
        scratch: &Bump,
        fields: &[FieldId],
        test: &mut dyn for<'a> FnMut(Scratch<'a>, &[Datum<'a>]) -> bool,
    ) -> bool {
        const MOST: usize = 1 << 16;
        let cache = self.cache.borrow();
        let choices = fields.iter().map(|field| {
            let slot = self.slot(*field);
            let limit = self.limit(*field);
            let texts = cache.made(slot.index(), View::Exact).iter();
            let datum = |(value, place): (&Value, &Location)| {
                let text = cache.get(*place, self.text).unwrap_or_default();
                datum(*value, value.bytes(self.text), text, limit, scratch)
            };
            let values = self.values.slot(slot).values.iter().zip(texts).map(datum);
            let mut choices =
                bumpalo::collections::Vec::from_iter_in(values.filter(|value| *value != Datum::Null), scratch);
            if choices.is_empty() {
                choices.push(Datum::Null);
            }
            choices
        });
        let choices = bumpalo::collections::Vec::from_iter_in(choices, scratch);
        let firsts = choices.iter().filter_map(|choices| choices.first().copied());
        let mut chosen = bumpalo::collections::Vec::from_iter_in(firsts, scratch);
        let mut at = bumpalo::vec![in scratch; 0_usize; choices.len()];
        for _ in 0..MOST {
            // each choice starts with empty memory: texts that are made of many choices would add up
            if self.memory.lend(|arena, _| test(Scratch(arena), &chosen)) {
                return true;
            }
            // the next choice, as a counter counts
            let mut done = true;
            for ((at, chosen), choices) in at.iter_mut().zip(&mut chosen).zip(&choices) {
                *at = if *at + 1 < choices.len() { *at + 1 } else { 0 };
                *chosen = choices.get(*at).copied().unwrap_or(Datum::Null);
                if *at > 0 {
                    done = false;
                    break;
                }
            }
            if done {
                return false;
            }
        }
        false
    }

    #[inline]
    fn limit(&self, field: FieldId) -> u32 {
        self.resolution.limit((self.base + field.0) as usize)
    }

    /// The first present source of a field, or its last.
    #[inline]
    fn slot(&self, field: FieldId) -> SlotId {
        let index = (self.base + field.0) as usize;
        let Some(sources) = self.resolution.fields.get(index) else { return SlotId(u32::MAX) };
        if sources.len == 0 || self.values.slot(sources.first).present {
            self.reads.add(sources.first);
            return sources.first;
        }
        self.reads.add_all();
        let more = self
            .resolution
            .more
            .get(sources.start as usize..(sources.start + sources.len) as usize)
            .unwrap_or_default();
        let present = more.iter().find(|slot| self.values.slot(**slot).present);
        present.or(more.last()).copied().unwrap_or(sources.first)
    }
}

impl Subject {
    #[inline]
    fn values<'e>(self, event: &'e Slots<'_>) -> impl Iterator<Item = Value> + Clone + use<'e> {
        let (values, leaves): (&[Value], &[Leaf]) = match self {
            Self::Field(field) => (event.values.slot(event.slot(field)).values, &[]),
            Self::AnyValue => {
                event.reads.add_all();
                (&[], event.values.leaves())
            }
        };
        values.iter().copied().chain(leaves.iter().map(|leaf| leaf.value))
    }
}

impl Text<'_> {
    #[inline]
    fn make(self) -> (usize, usize) {
        let event = self.event;
        match self.subject {
            Subject::Field(field) => {
                let slot = event.slot(field);
                let values = event.values.slot(slot).values;
                if values.is_empty() {
                    return (0, 0);
                }
                event.cache.borrow_mut().make(slot.index(), self.view, values.iter().copied(), event.text)
            }
            Subject::AnyValue => {
                event.reads.add_all();
                let leaves = event.values.leaves().iter().map(|leaf| leaf.value);
                event.cache.borrow_mut().make(ALL_VALUES, self.view, leaves, event.text)
            }
        }
    }

    /// Whether one of the texts in this range satisfies `test`.
    #[inline]
    fn any_of(self, (start, len): (usize, usize), mut test: impl FnMut(&[u8]) -> bool) -> bool {
        if len == 0 {
            return false;
        }
        let limit = match self.subject {
            Subject::Field(field) => self.event.limit(field),
            Subject::AnyValue => u32::MAX,
        };
        let cache = self.event.cache.borrow();
        let ranges = cache.ranges.get(start..start + len).unwrap_or_default();
        ranges.iter().any(|range| {
            let text = cache.get(*range, self.event.text);
            text.is_some_and(|text| (range.len <= limit || fits(text, limit)) && test(text))
        })
    }

    /// Whether a part in which a trigger may stand satisfies `test`, which then holds for the whole value too. Spares folding long values.
    #[inline]
    fn any_hot(self, test: impl FnMut(&[u8]) -> bool) -> bool {
        match self.subject {
            Subject::Field(_) => false,
            Subject::AnyValue => {
                self.event.reads.add_all();
                self.event.cache.borrow_mut().any_hot(self.view, self.event.text, test)
            }
        }
    }

    /// Whether some text of this subject and some text of the other satisfy `test`.
    fn any_pair(self, other: Self, test: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        let (own, others) = (self.make(), other.make());
        self.any_of(own, |text| other.any_of(others, |other| test(text, other)))
    }

    /// [`TextTests::equals`]
    #[inline(never)]
    pub fn equals(self, text: &str) -> bool {
        TextTests::equals(&self, text)
    }

    /// [`TextTests::equals_any`]
    #[inline(never)]
    pub fn equals_any(self, texts: &Texts) -> bool {
        TextTests::equals_any(&self, texts)
    }

    /// [`TextTests::starts_with`]
    #[inline(never)]
    pub fn starts_with(self, text: &str) -> bool {
        TextTests::starts_with(&self, text)
    }

    /// [`TextTests::starts_with_any`]
    #[inline(never)]
    pub fn starts_with_any(self, texts: &Texts) -> bool {
        TextTests::starts_with_any(&self, texts)
    }

    /// [`TextTests::ends_with`]
    #[inline(never)]
    pub fn ends_with(self, text: &str) -> bool {
        TextTests::ends_with(&self, text)
    }

    /// [`TextTests::ends_with_any`]
    #[inline(never)]
    pub fn ends_with_any(self, texts: &Texts) -> bool {
        TextTests::ends_with_any(&self, texts)
    }

    /// [`TextTests::contains`]
    #[inline(never)]
    pub fn contains(self, text: &str) -> bool {
        TextTests::contains(&self, text)
    }

    /// [`TextTests::contains_any`]
    #[inline(never)]
    pub fn contains_any(self, texts: &Texts) -> bool {
        TextTests::contains_any(&self, texts)
    }

    /// [`TextTests::matches`]
    #[inline(never)]
    pub fn matches(self, glob: &Glob) -> bool {
        TextTests::matches(&self, glob)
    }

    /// [`TextTests::matches_any`]
    #[inline(never)]
    pub fn matches_any(self, globs: &Globs) -> bool {
        TextTests::matches_any(&self, globs)
    }

    /// [`TextTests::is_match`]
    #[inline(never)]
    pub fn is_match(self, pattern: &Pattern) -> bool {
        TextTests::is_match(&self, pattern)
    }

    /// [`TextTests::has_words`]
    #[inline(never)]
    pub fn has_words(self, words: &Words) -> bool {
        TextTests::has_words(&self, words)
    }

    /// [`TextTests::is_ordered`]
    #[inline(never)]
    pub fn is_ordered(self, op: CompareOp, text: &str) -> bool {
        TextTests::is_ordered(&self, op, text)
    }

    /// [`TextTests::within`]
    #[inline(never)]
    pub fn within(self, range: TimeRange) -> bool {
        TextTests::within(&self, range)
    }

    /// [`TextTests::in_networks`]
    #[inline(never)]
    pub fn in_networks(self, networks: &Networks) -> bool {
        TextTests::in_networks(&self, networks)
    }

    /// [`TextTests::is_present`]
    #[inline(never)]
    pub fn is_present(self) -> bool {
        TextTests::is_present(&self)
    }

    /// Equal to a text of the other subject.
    #[inline(never)]
    pub fn same_as(self, other: Self) -> bool {
        self.any_pair(other, |text, other| text == other)
    }

    /// Starting with a text of the other subject.
    #[inline(never)]
    pub fn starts_with_value_of(self, other: Self) -> bool {
        self.any_pair(other, <[u8]>::starts_with)
    }

    /// Ending with a text of the other subject.
    #[inline(never)]
    pub fn ends_with_value_of(self, other: Self) -> bool {
        self.any_pair(other, <[u8]>::ends_with)
    }

    /// With a text of the other subject in it.
    #[inline(never)]
    pub fn contains_value_of(self, other: Self) -> bool {
        self.any_pair(other, bytes::contains)
    }
}

impl TextTests for Text<'_> {
    #[inline]
    fn any(&self, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        self.any_of(self.make(), &mut test)
    }

    #[inline]
    fn contains(&self, text: &str) -> bool {
        let mut test = |value: &[u8]| bytes::contains(value, text.as_bytes());
        self.any_hot(&mut test) || self.any(test)
    }

    #[inline]
    fn contains_any(&self, texts: &Texts) -> bool {
        let mut test = |value: &[u8]| texts.any_within(value);
        self.any_hot(&mut test) || self.any(test)
    }

    fn is_one_text(&self) -> bool {
        // made once: texts cannot be made while they are looked at
        let made = self.make();
        let mut alone = false;
        self.any_of(made, |first| {
            alone = !self.any_of(made, |other| other != first);
            true
        });
        alone
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        self.any(|text| {
            list.entry(&String::from_utf8_lossy(text));
            false
        });
        list.finish()
    }
}

impl Numbers<'_> {
    /// [`NumberTests::equals`]
    #[inline(never)]
    pub fn equals(self, number: Number) -> bool {
        NumberTests::equals(&self, number)
    }

    /// [`NumberTests::equals_any`]
    #[inline(never)]
    pub fn equals_any(self, numbers: &[Number]) -> bool {
        NumberTests::equals_any(&self, numbers)
    }
}

impl NumberTests for Numbers<'_> {
    fn any(&self, mut test: impl FnMut(Numeric<'_>) -> bool) -> bool {
        if let Reading::Part(part) = self.reading {
            let text = Text { event: self.event, subject: self.subject, view: View::Exact };
            return text.any(|text| time::part(text, part).is_some_and(|n| test(Numeric::Number(Number::Int(n)))));
        }
        let values = self.subject.values(self.event);
        let mut test = |value: Numeric<'_>| self.reading.of(value).is_some_and(&mut test);
        let strings = |test: &mut dyn FnMut(Numeric<'_>) -> bool| {
            let text = Text { event: self.event, subject: self.subject, view: View::Exact };
            text.any(|text| test(Numeric::Text(text)))
        };
        let is_number = |value: &Value| value.kind == Kind::Number;
        if values.clone().any(|value| value.kind == Kind::String) && strings(&mut test) {
            // numbers of a mixed array are offered twice, as text and as number: the text of a number equals only itself
            return true;
        }
        values.filter(is_number).any(|value| {
            let number = str::from_utf8(value.bytes(self.event.text)).ok().and_then(Number::of_event);
            number.is_some_and(|number| test(Numeric::Number(number)))
        })
    }
}

impl fmt::Debug for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        NumberTests::any(self, |number| {
            list.entry(&number);
            false
        });
        list.finish()
    }
}
