//! Which rules are worth trying on an event?
//!
//! Every value of a field that rules ask for is looked up in the [`Memo`]; one that is not there is scanned for the triggers of its field.
//! Triggers of keyword rules, which may stand in any value, are looked for in all values at once that are not in the memo ([`Spelled`]).

use std::ops::Range;

use crate::engine::{Class, Linked};
use crate::event::values::{FRACTION, Leaf, ODD, SlotId, Value, Values};
use crate::matcher::bytes;
use crate::matcher::cache::{TextCache, fold_value_into};
use crate::matcher::memo::{self, EntryId, Key, Memo};
use crate::matcher::scanner::Scanner;
use crate::spelled::Spelled;

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
    spelled: Spelled,
    folded: Vec<u8>,
    /// The rules that one value makes candidates.
    found: Vec<u32>,
}

/// An event, while its values are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Looked<'e> {
    pub linked: &'e Linked,
    pub class: &'e Class,
    pub values: &'e Values,
    pub text: &'e [u8],
}

/// More room than this is given back after the event that needed it.
const KEPT_TEXT: usize = 4 << 20;

/// In place of a number of a hit.
const NO_HIT: u32 = u32::MAX;

impl Candidates {
    /// For an engine of so many rules.
    pub(crate) fn new(rules: usize) -> Self {
        Self { stamps: vec![(0, NO_HIT); rules], ..Self::default() }
    }

    /// Finds the rules to try, in order. Returns how many.
    pub(crate) fn find(&mut self, event: Looked<'_>, cache: &mut TextCache) -> usize {
        let Looked { class, values, .. } = event;
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
            search.json(event, cache, hits, &mut add);
        } else {
            search.gathered(event, cache, &mut |rule| add(rule, NO_HIT));
        }
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
        event: Looked<'_>,
        cache: &mut TextCache,
        hits: &mut Vec<(SlotId, EntryId)>,
        add: &mut impl FnMut(u32, u32),
    ) {
        let Looked { linked, class, values, text } = event;
        self.spelled.start(text.len(), values.leaves().len());
        self.folded.shrink_to(KEPT_TEXT);
        let any = class.any_value(linked);
        let has_whole = any.is_some_and(Scanner::has_whole);
        for (number, leaf) in (0..).zip(values.leaves()) {
            if !leaf.value.is_scalar() {
                continue;
            }
            if has_whole || class.has_scanners(leaf.edge) {
                self.look_at(event, number, leaf, cache, hits, add);
            } else if any.is_some() {
                self.spell(number, leaf.value, text);
            }
        }
        if let Some(scanner) = any {
            scanner.scan_parts(self.spelled.all(), &mut |rule, place| {
                let Some((leaf, within)) = self.spelled.leaf_around(place) else { return };
                let Some(Leaf { value, .. }) = values.leaves().get(leaf) else { return };
                let Range { start, end } = value.range();
                let place = if is_odd(*value) { start..end } else { start + within.start..start + within.end };
                cache.add_hot(*value, place, text);
                add(rule, NO_HIT);
            });
        }
    }

    /// Looks a value up, the leaf of this number, or scans it. Apart, so that the loop over all values is small.
    #[inline(never)]
    fn look_at(
        &mut self,
        Looked { linked, class, values, text }: Looked<'_>,
        number: u32,
        Leaf { value, edge }: &Leaf,
        cache: &mut TextCache,
        hits: &mut Vec<(SlotId, EntryId)>,
        add: &mut impl FnMut(u32, u32),
    ) {
        let any = class.any_value(linked);
        let raw = value.bytes(text);
        // the kinds of scalars are not 0
        let key = Key { class: class.id, place: edge.0 << 3 | value.kind as u32 };
        let only = || class.slot(*edge).filter(|slot| values.slot(*slot).values == [*value]);
        let (hash, known) = self.memo.find(key, text, value.range());
        if let Some(known) = known {
            if known.rules.is_empty() {
                return;
            }
            if known.is_hot {
                cache.add_hot(*value, value.range(), text);
            }
            let (rules, hit) = match only() {
                Some(_) if known.kept.is_empty() => return,
                Some(slot) => (known.kept, add_hit(hits, slot, known.entry)),
                None => (known.rules, NO_HIT),
            };
            rules.iter().for_each(|rule| add(*rule, hit));
            return;
        }
        let recurs = self.memo.recurs(hash, raw.len());
        let start = self.spell(number, *value, text);
        let spelled = self.spelled.last(start);
        self.found.clear();
        // of a value that makes too many candidates to be remembered, the rest is not collected: it may be long
        let mut found = |rule| {
            if self.found.len() <= memo::MAX_RULES { self.found.push(rule) } else { add(rule, NO_HIT) }
        };
        for (scanner, whenever_present) in class.scanners(*edge, linked) {
            scanner.scan(spelled, &mut found);
            whenever_present.iter().for_each(|rule| found(*rule));
        }
        if let Some(scanner) = any {
            scanner.scan_whole(spelled, &mut found);
        }
        let mut hit = NO_HIT;
        if recurs {
            // it will be known: keywords are looked for in it now, and not in what is scanned of the event as a whole
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
            self.spelled.pop(start);
        }
        self.found.iter().for_each(|rule| add(*rule, hit));
    }

    /// Spells a value. Returns where it starts.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "for most values it is a few instructions: measured")]
    fn spell(&mut self, leaf: u32, value: Value, text: &[u8]) -> usize {
        if is_odd(value) {
            self.spelled.push_with(leaf, |out| spell(value, value.bytes(text), out, &mut self.folded))
        } else {
            self.spelled.push(leaf, value, text)
        }
    }

    /// Looks at the values of an event that was asked field by field: those of fields, and those that stand behind no field.
    fn gathered(&mut self, event: Looked<'_>, cache: &mut TextCache, add: &mut impl FnMut(u32)) {
        let Looked { linked, class, values, text } = event;
        let mut scan = |scanner: &Scanner, value: Value, found: &mut dyn FnMut(u32)| {
            self.spelled.start(0, 1);
            self.folded.shrink_to(KEPT_TEXT);
            let start = self.spelled.push_with(0, |out| spell(value, value.bytes(text), out, &mut self.folded));
            scanner.scan(self.spelled.last(start), &mut |rule| found(rule));
        };
        for slot in values.touched() {
            let Some(scanner) = class.scanner(*slot, linked) else { continue };
            for value in values.slot(*slot).values.iter().filter(|value| value.is_scalar()) {
                scan(scanner, *value, add);
            }
        }
        let Some(scanner) = class.any_value(linked) else { return };
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
                crate::simd::or_into(value.bytes(line.as_bytes()), bytes::CASE_BIT, &mut spelled);
            }
            let text: String = pieces().map(|(_, text)| *text).collect();
            bytes::spell_into(fold(&text).as_bytes(), &mut expected);
            prop_assert_eq!(String::from_utf8_lossy(&spelled), String::from_utf8_lossy(&expected), "{}", line);
        }
    }
}
