//! An event as rules see it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;

use bumpalo::Bump;

use super::bytes;
use super::element::{self, Element};
use super::formula::{Datum, Scratch};
use super::tests::{NumberTests, Numeric, TextTests};
use super::tokens::Words;
use super::values::{Glob, Globs, Networks, Pattern, Texts};
use crate::event::element::Json;
use crate::event::text::{fold_json_into, number_text_into, unescape_into};
use crate::event::values::{ESCAPED, FRACTION, Kind, Leaf, SlotId, SlotValues, Value, Values};
use crate::generated::FieldId;
use crate::pack::{CompareOp, Number, Quantifier, TimePart, TimeRange};
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
    /// Room for what formulas make.
    pub(crate) scratch: &'e Bump,
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

/// Texts of values that had to be made: folded, unescaped. Cleared for each event, without giving memory back.
#[derive(Debug, Default)]
pub(crate) struct TextCache {
    /// By slot.
    slots: Vec<[Made; 2]>,
    /// All values of the event.
    all: [Made; 2],
    /// Parts of values in which a trigger of keyword rules may stand: where keywords are looked for first.
    hot: Vec<Value>,
    /// The text of one of them.
    part: Vec<u8>,
    /// The number of the event for which an entry of `slots` was made.
    epoch: u32,
    ranges: Vec<Location>,
    arena: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Made {
    epoch: u32,
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
struct Location {
    place: Place,
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the event's own text.
    Event,
    /// In the arena.
    Arena,
    /// Nowhere: the value has no text.
    None,
}

/// Which text of a value?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// Unescaped and folded.
    Folded,
    /// Unescaped.
    Exact,
}

impl View {
    fn of(self, [folded, exact]: &[Made; 2]) -> Made {
        match self {
            Self::Folded => *folded,
            Self::Exact => *exact,
        }
    }
}

/// In place of a slot: every value of the event.
const ALL_VALUES: usize = usize::MAX;

/// So many hot parts of an event are looked at before its values are.
const MAX_HOT: usize = 64;
/// Above this size, the text of a hot part is given back.
const KEPT_HOT: usize = 1 << 12;
/// Above this size, what one event left in the arena is given back.
const KEPT_ARENA: usize = 4 << 20;

impl TextCache {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots: vec![[Made::default(); 2]; slots], ..Self::default() }
    }

    /// Forgets the last event.
    pub(crate) fn reset(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.slots.fill([Made::default(); 2]);
            self.all = [Made::default(); 2];
            self.epoch = 1;
        }
        self.hot.clear();
        self.part.shrink_to(KEPT_HOT);
        self.ranges.clear();
        self.arena.clear();
        if self.arena.capacity() > KEPT_ARENA {
            self.arena = Vec::new();
        }
    }

    /// A trigger of keyword rules may stand at this place of the event's text, within this value.
    pub(crate) fn add_hot(&mut self, value: Value, place: Range<usize>, text: &[u8]) {
        let backslashes = |range: Range<usize>| {
            let part = text.get(range).unwrap_or_default();
            part.iter().rev().take_while(|byte| **byte == b'\\').count()
        };
        // the part must not start or end within an escape
        if self.hot.len() >= MAX_HOT {
            return;
        }
        let start = place.start - backslashes(value.range().start..place.start) % 2;
        let end = place.end - backslashes(start..place.end) % 2;
        self.hot.push(Value { start: clamp(start), len: clamp(end - start), ..value });
    }

    /// Whether the text of a hot part satisfies `test`.
    fn any_hot(&mut self, view: View, text: &[u8], mut test: impl FnMut(&[u8]) -> bool) -> bool {
        let Self { hot, part, .. } = self;
        hot.iter().any(|value| {
            part.clear();
            text_into(*value, view, value.bytes(text), part);
            test(part)
        })
    }

    fn views(&mut self, slot: usize) -> Option<&mut [Made; 2]> {
        match slot {
            ALL_VALUES => Some(&mut self.all),
            slot => self.slots.get_mut(slot),
        }
    }

    /// Makes the texts of these values, unless they are there; returns their range in `ranges`.
    #[inline]
    fn make(&mut self, slot: usize, view: View, values: impl Iterator<Item = Value>, text: &[u8]) -> (usize, usize) {
        let epoch = self.epoch;
        if let Some(made) = self.views(slot).map(|views| view.of(views))
            && made.epoch == epoch
        {
            return (made.start as usize, made.len as usize);
        }
        let start = self.ranges.len();
        for value in values {
            let range = self.text_of(value, view, text);
            self.ranges.push(range);
        }
        let len = self.ranges.len() - start;
        let made = Made { epoch, start: clamp(start), len: clamp(len) };
        if let Some([folded, exact]) = self.views(slot) {
            match view {
                View::Folded => *folded = made,
                View::Exact => *exact = made,
            }
        }
        (start, len)
    }

    #[inline]
    fn text_of(&mut self, value: Value, view: View, text: &[u8]) -> Location {
        let raw = value.bytes(text);
        let start = self.arena.len();
        match (value.kind, view) {
            (Kind::Null | Kind::Array | Kind::Object, _) => return Location { place: Place::None, start: 0, len: 0 },
            (Kind::String, View::Exact) if value.flags & ESCAPED == 0 => {
                return Location { place: Place::Event, start: value.start, len: value.len };
            }
            (Kind::Number, _) if value.flags & FRACTION == 0 => {
                return Location { place: Place::Event, start: value.start, len: value.len };
            }
            (Kind::String | Kind::Number | Kind::True | Kind::False, _) => {
                text_into(value, view, raw, &mut self.arena);
            }
        }
        Location { place: Place::Arena, start: clamp(start), len: clamp(self.arena.len() - start) }
    }

    #[inline]
    fn get<'a>(&'a self, range: Location, text: &'a [u8]) -> Option<&'a [u8]> {
        let (start, len) = (range.start as usize, range.len as usize);
        match range.place {
            Place::Event => text.get(start..start + len),
            Place::Arena => self.arena.get(start..start + len),
            Place::None => None,
        }
    }
}

/// Appends a scalar's text, given its bytes.
#[inline]
fn text_into(value: Value, view: View, raw: &[u8], out: &mut Vec<u8>) {
    match (value.kind, view) {
        (Kind::String, View::Exact) if value.flags & ESCAPED == 0 => out.extend_from_slice(raw),
        (Kind::String, View::Exact) => unescape_into(raw, out),
        _ => fold_value_into(value, raw, out),
    }
}

/// Appends a scalar's folded text, given its bytes.
#[inline]
pub(crate) fn fold_value_into(value: Value, raw: &[u8], out: &mut Vec<u8>) {
    match value.kind {
        Kind::String => fold_json_into(raw, value.flags, out),
        Kind::Number if value.flags & FRACTION == 0 => out.extend_from_slice(raw),
        Kind::Number => number_text_into(raw, out),
        Kind::True => out.extend_from_slice(b"true"),
        Kind::False => out.extend_from_slice(b"false"),
        Kind::Null | Kind::Array | Kind::Object => {}
    }
}

fn clamp(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Whether a text has at most so many characters.
#[cold]
fn fits(text: &[u8], limit: u32) -> bool {
    let starts = text.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    starts <= limit as usize
}

fn datum<'a>(value: Value, text: &'a [u8], limit: u32, scratch: &'a Bump) -> Datum<'a> {
    let as_text = || match str::from_utf8(text) {
        Ok(text) => text,
        Err(_) => scratch.alloc_str(&String::from_utf8_lossy(text)),
    };
    match value.kind {
        Kind::Null | Kind::Array | Kind::Object => Datum::Null,
        Kind::True => Datum::Bool(true),
        Kind::False => Datum::Bool(false),
        Kind::String if text.len() > limit as usize && !fits(text, limit) => Datum::Null,
        Kind::String => Datum::Text(as_text()),
        Kind::Number => {
            let text = as_text();
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
    part: Option<TimePart>,
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
        Numbers { event: self, subject: Subject::Field(field), part: None }
    }

    /// The numbers of every value of the event.
    #[inline]
    pub fn any_number(&self) -> Numbers<'_> {
        Numbers { event: self, subject: Subject::AnyValue, part: None }
    }

    /// A part of the points in time that a field holds.
    #[inline]
    pub fn time(&self, field: FieldId, part: TimePart) -> Numbers<'_> {
        Numbers { event: self, subject: Subject::Field(field), part: Some(part) }
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
        if limit != u32::MAX && values.iter().any(|value| value.len > limit) {
            return self.cased(field).is_present();
        }
        values.iter().any(|value| value.is_scalar())
    }

    /// Whether as many elements of the field's array as the quantifier asks for satisfy `test`.
    pub fn elements(&self, field: FieldId, quantifier: Quantifier, test: impl Fn(&Element<'_>) -> bool) -> bool {
        let SlotValues { values, .. } = self.values.slot(self.slot(field));
        element::quantify(values.iter().map(|value| (*value, value.bytes(self.text))), quantifier, &test)
    }

    /// The event as a whole, for paths with `*`. Events that are not JSON have no such parts.
    pub fn whole(&self) -> Element<'_> {
        self.reads.add_all();
        Element::event(Json::new(if self.values.is_gathered() { b"{}" } else { self.text }))
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
        const MOST: usize = 1 << 16;
        let scratch = self.scratch;
        let made = |field: &FieldId| {
            let (start, len) = self.cased(*field).make();
            (start, len, self.values.slot(self.slot(*field)).values, self.limit(*field))
        };
        let fields = bumpalo::collections::Vec::from_iter_in(fields.iter().map(made), scratch);
        let cache = self.cache.borrow();
        let mut chosen = bumpalo::vec![in scratch; Datum::Null; fields.len()];
        let mut at = bumpalo::vec![in scratch; 0_usize; fields.len()];
        for _ in 0..MOST {
            for ((chosen, (start, _, values, limit)), at) in chosen.iter_mut().zip(&fields).zip(&at) {
                let text = cache.ranges.get(start + at).and_then(|place| cache.get(*place, self.text));
                *chosen = values
                    .get(*at)
                    .map_or(Datum::Null, |value| datum(*value, text.unwrap_or_default(), *limit, scratch));
            }
            if test(Scratch(scratch), &chosen) {
                return true;
            }
            // the next choice, as a counter counts
            let mut done = true;
            for (at, (_, len, ..)) in at.iter_mut().zip(&fields) {
                *at += 1;
                if *at < *len {
                    done = false;
                    break;
                }
                *at = 0;
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
        let ((start, len), (other_start, other_len)) = (self.make(), other.make());
        let cache = self.event.cache.borrow();
        let texts = |start: usize, len: usize| {
            let ranges = cache.ranges.get(start..start + len).unwrap_or_default();
            ranges.iter().filter_map(|range| cache.get(*range, self.event.text))
        };
        texts(start, len).any(|text| texts(other_start, other_len).any(|other| test(text, other)))
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
        self.any_hot(|value| bytes::contains(value, text.as_bytes())) || TextTests::contains(&self, text)
    }

    /// [`TextTests::contains_any`]
    #[inline(never)]
    pub fn contains_any(self, texts: &Texts) -> bool {
        self.any_hot(|value| texts.any_within(value)) || TextTests::contains_any(&self, texts)
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
        if let Some(part) = self.part {
            let text = Text { event: self.event, subject: self.subject, view: View::Exact };
            return text.any(|text| time::part(text, part).is_some_and(|n| test(Numeric::Number(Number::Int(n)))));
        }
        let values = self.subject.values(self.event);
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
            let number = str::from_utf8(value.bytes(self.event.text)).ok().and_then(Number::parse);
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
