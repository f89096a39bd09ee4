//! Which rules are worth trying on an event?
//!
//! Every value of a field that rules ask for is looked up in the [`Memo`]; one that is not there is scanned for the triggers of its field.
//! Triggers of keyword rules, which may stand in any value, are looked for in the text of all others at once.

use std::ops::Range;

use crate::engine::Class;
use crate::event::values::{FRACTION, Leaf, ODD, SlotId, Value, Values};
use crate::matcher::bytes;
use crate::matcher::cache::{TextCache, fold_value_into};
use crate::matcher::memo::{self, EntryId, Key, Memo};
use crate::matcher::scanner::Scanner;
use crate::simd;

/// Rules to try on an event, each once.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    rules: Vec<u32>,
    /// By rule: the event that it was last a candidate for, and the first of `hits` that made it one.
    stamps: Vec<(u32, u32)>,
    epoch: u32,
    /// Values of the event that the memo knew and that are the only ones of their slots, with their entries there.
    hits: Vec<(SlotId, EntryId)>,
    search: Search,
}

#[derive(Debug, Default)]
struct Search {
    memo: Memo,
    /// Values of the event as scanners want them.
    spelled: Vec<u8>,
    /// Where those start in which keywords are looked for, and which they are.
    parts: Vec<Part>,
    folded: Vec<u8>,
    /// The rules that one value makes candidates.
    found: Vec<u32>,
}

/// A value in which keywords are looked for.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Where its spelling starts.
    start: u32,
    /// Its number among the leaves.
    leaf: u32,
}

/// Stands between values: what is found across it is within none of them.
const BETWEEN: u8 = b'"';

/// In place of a number of a hit.
const NO_HIT: u32 = u32::MAX;

/// More room than this is given back after the event that needed it.
const KEPT_TEXT: usize = 4 << 20;

impl Candidates {
    /// For an engine of so many rules.
    pub(crate) fn new(rules: usize) -> Self {
        Self { stamps: vec![(0, NO_HIT); rules], ..Self::default() }
    }

    /// Finds the rules to try, in order. Returns how many.
    pub(crate) fn find(&mut self, class: &Class, values: &Values, text: &[u8], cache: &mut TextCache) -> usize {
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.stamps.fill((0, NO_HIT));
            self.epoch = 1;
        }
        self.rules.clear();
        self.hits.clear();
        self.rules.extend_from_slice(&class.always);
        let Self { rules, stamps, epoch, hits, search } = self;
        let mut add = |rule: u32, hit: u32| {
            if let Some(stamp) = stamps.get_mut(rule as usize)
                && stamp.0 != *epoch
            {
                *stamp = (*epoch, hit);
                rules.push(rule);
            }
        };
        let is_json = !values.is_gathered();
        for (slot, rules) in &class.when_present {
            let slot = values.slot(*slot);
            // in JSON, values are looked at one by one
            if slot.present && !(is_json && slot.values.iter().any(|value| value.is_scalar())) {
                rules.iter().for_each(|rule| add(*rule, NO_HIT));
            }
        }
        if is_json {
            search.json(class, values, text, cache, hits, &mut add);
        } else {
            search.gathered(class, values, text, cache, &mut |rule| add(rule, NO_HIT));
        }
        search.give_back();
        self.rules.sort_unstable();
        self.rules.len()
    }

    /// The rules that were found.
    #[inline]
    pub(crate) fn rules(&self) -> &[u32] {
        &self.rules
    }

    /// The rule is false, and its evaluation read nothing but this slot.
    #[inline]
    pub(crate) fn refute(&mut self, rule: u32, slot: SlotId) {
        let hit = self.stamps.get(rule as usize).and_then(|(_, hit)| self.hits.get(*hit as usize));
        if let Some((by, entry)) = hit
            && *by == slot
        {
            self.search.memo.refute(*entry, rule);
        }
    }
}

impl Search {
    /// Looks at the values of an event in JSON.
    fn json(
        &mut self,
        class: &Class,
        values: &Values,
        text: &[u8],
        cache: &mut TextCache,
        hits: &mut Vec<(SlotId, EntryId)>,
        add: &mut impl FnMut(u32, u32),
    ) {
        self.spelled.clear();
        self.parts.clear();
        let any = class.any_value.as_deref();
        let has_whole = any.is_some_and(Scanner::has_whole);
        for (number, Leaf { value, edge }) in (0..).zip(values.leaves()) {
            if !value.is_scalar() {
                continue;
            }
            let raw = value.bytes(text);
            if !(class.has_scanners(*edge) || has_whole) {
                if any.is_some() {
                    self.add_part(number, *value, text);
                }
                continue;
            }
            // the kinds of scalars are not 0
            let key = Key { class: class.id, place: edge.0 << 3 | value.kind as u32 };
            let hash = memo::hash(key, raw);
            let only = || class.slot(*edge).filter(|slot| values.slot(*slot).values == [*value]);
            if let Some(known) = self.memo.get(key, hash, raw) {
                if known.rules.is_empty() {
                    continue;
                }
                if known.is_hot {
                    cache.add_hot(*value, value.range(), text);
                }
                let (rules, hit) = match only() {
                    Some(_) if known.kept.is_empty() => continue,
                    Some(slot) => (known.kept, add_hit(hits, slot, known.entry)),
                    None => (known.rules, NO_HIT),
                };
                rules.iter().for_each(|rule| add(*rule, hit));
                continue;
            }
            let recurs = self.memo.recurs(hash, raw);
            let start = self.add_part(number, *value, text);
            let spelled = self.spelled.get(start..self.spelled.len() - 1).unwrap_or_default();
            self.found.clear();
            // of a value that makes too many candidates to be remembered, the rest is not collected: it may be long
            let mut found = |rule| {
                if self.found.len() <= memo::MAX_RULES { self.found.push(rule) } else { add(rule, NO_HIT) }
            };
            for scanner in class.scanners(*edge) {
                scanner.scan(spelled, &mut found);
                scanner.whenever_present().iter().for_each(|rule| found(*rule));
            }
            let mut hit = NO_HIT;
            if let Some(scanner) = any {
                scanner.scan_whole(spelled, &mut found);
            }
            if recurs {
                let mut is_hot = false;
                if let Some(scanner) = any {
                    scanner.scan_parts(spelled, &mut |rule, _| {
                        is_hot = true;
                        found(rule);
                    });
                }
                if is_hot {
                    cache.add_hot(*value, value.range(), text);
                }
                let kept = self.memo.keep(key, hash, raw, &self.found, is_hot).zip(only());
                hit = kept.map_or(NO_HIT, |(entry, slot)| add_hit(hits, slot, entry));
                self.spelled.truncate(start);
                self.parts.pop();
            }
            self.found.iter().for_each(|rule| add(*rule, hit));
        }
        if let Some(scanner) = any {
            scanner.scan_parts(&self.spelled, &mut |rule, place| {
                if let Some((value, place)) = self.part_around(place, values.leaves()) {
                    cache.add_hot(value, place, text);
                    add(rule, NO_HIT);
                }
            });
        }
    }

    /// Appends a value to those in which keywords are looked for. Returns where it starts.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "for most values it is a few instructions: measured")]
    fn add_part(&mut self, leaf: u32, value: Value, text: &[u8]) -> usize {
        let start = self.spelled.len();
        if is_odd(value) {
            self.spell_part(value, text);
        } else {
            simd::or_part_into(text, value.range(), bytes::CASE_BIT, BETWEEN, &mut self.spelled);
        }
        self.parts.push(Part { start: u32::try_from(start).unwrap_or(u32::MAX), leaf });
        start
    }

    #[inline(never)]
    fn spell_part(&mut self, value: Value, text: &[u8]) {
        spell(value, value.bytes(text), &mut self.spelled, &mut self.folded);
        self.spelled.push(BETWEEN);
    }

    /// The value within which this part of the spelled text lies, and where it does so in the event's.
    fn part_around(&self, place: Range<usize>, leaves: &[Leaf]) -> Option<(Value, Range<usize>)> {
        let after = self.parts.partition_point(|part| part.start as usize <= place.start);
        let part = self.parts.get(after.checked_sub(1)?)?;
        let end = self.parts.get(after).map_or(self.spelled.len(), |part| part.start as usize) - 1;
        let value = leaves.get(part.leaf as usize)?.value;
        if place.end > end {
            return None;
        }
        let in_event = |at: usize| value.range().start + (at - part.start as usize);
        Some((value, if is_odd(value) { value.range() } else { in_event(place.start)..in_event(place.end) }))
    }

    /// Gives back what a large event needed.
    fn give_back(&mut self) {
        if self.spelled.capacity() > KEPT_TEXT {
            (self.spelled, self.folded) = (Vec::new(), Vec::new());
        }
    }

    /// Looks at the values of an event that was asked field by field: those of fields, and those that stand behind no field.
    fn gathered(
        &mut self,
        class: &Class,
        values: &Values,
        text: &[u8],
        cache: &mut TextCache,
        add: &mut impl FnMut(u32),
    ) {
        let mut scan = |scanner: &Scanner, value: Value, found: &mut dyn FnMut(u32)| {
            self.spelled.clear();
            spell(value, value.bytes(text), &mut self.spelled, &mut self.folded);
            scanner.scan(&self.spelled, &mut |rule| found(rule));
        };
        for slot in values.touched() {
            let Some(scanner) = class.scanner(*slot) else { continue };
            for value in values.slot(*slot).values.iter().filter(|value| value.is_scalar()) {
                scan(scanner, *value, add);
            }
        }
        let Some(scanner) = &class.any_value else { return };
        for value in values.leaves().iter().map(|leaf| leaf.value).filter(|value| value.is_scalar()) {
            scan(scanner, value, &mut |rule| {
                cache.add_hot(value, value.range(), text);
                add(rule);
            });
        }
    }
}

/// Adds a value that is the only one of its slot. Returns its number.
fn add_hit(hits: &mut Vec<(SlotId, EntryId)>, slot: SlotId, entry: EntryId) -> u32 {
    hits.push((slot, entry));
    u32::try_from(hits.len() - 1).unwrap_or(NO_HIT)
}

/// JSON has other ways to spell this value, or it is a number whose text is not as written.
fn is_odd(value: Value) -> bool {
    value.flags & (ODD | FRACTION) != 0
}

/// Appends an odd value, or one whose bytes are no JSON, as scanners want it, see [`bytes::spell_into`].
fn spell(value: Value, raw: &[u8], spelled: &mut Vec<u8>, folded: &mut Vec<u8>) {
    folded.clear();
    fold_value_into(value, raw, folded);
    bytes::spell_into(folded, spelled);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::json::Decoder;
    use crate::event::paths::Paths;
    use crate::fold::fold;
    use proptest::prelude::*;

    /// Pieces of a JSON string and what they stand for.
    const PIECES: &[(&str, &str)] = &[
        ("a", "a"),
        ("K", "K"),
        ("[|", "[|"),
        (r"\\", "\\"),
        (r#"\""#, "\""),
        ("/", "/"),
        (r"\/", "/"),
        (r"\n", "\n"),
        (r"\t", "\t"),
        ("\t", "\t"),
        (r"\b\f\r", "\u{8}\u{c}\r"),
        ("u0041", "u0041"),
        (r"\u0041", "A"),
        ("\u{ae}", "\u{ae}"),
        ("\u{c9}", "\u{c9}"),
        ("\u{212a}", "\u{212a}"),
        (r"\u0001", "\u{1}"),
        ("\u{1}", "\u{1}"),
        ("some more text, so that words fill", "some more text, so that words fill"),
    ];

    proptest! {
        #[test]
        fn values_are_spelled_as_triggers_are(
            before in prop::collection::vec(prop::sample::select(PIECES), 0..6),
            trigger in prop::collection::vec(prop::sample::select(PIECES), 0..6),
            after in prop::collection::vec(prop::sample::select(PIECES), 0..6),
        ) {
            let pieces = || before.iter().chain(&trigger).chain(&after);
            let line = format!("{{\"f\":\"{}\"}}", pieces().map(|(raw, _)| *raw).collect::<String>());
            let mut paths = Paths::new(std::iter::empty());
            paths.want_leaves(true);
            let mut values = Values::new(0);
            Decoder::default().decode(line.as_bytes(), &paths, &mut values).unwrap();
            let value = values.leaves()[0].value;
            let (mut spelled, mut expected, mut folded) = (Vec::new(), Vec::new(), Vec::new());
            if is_odd(value) {
                spell(value, value.bytes(line.as_bytes()), &mut spelled, &mut folded);
            } else {
                simd::or_into(value.bytes(line.as_bytes()), bytes::CASE_BIT, &mut spelled);
            }
            let text: String = pieces().map(|(_, text)| *text).collect();
            bytes::spell_into(fold(&text).as_bytes(), &mut expected);
            prop_assert_eq!(String::from_utf8_lossy(&spelled), String::from_utf8_lossy(&expected), "{}", line);
        }
    }
}
