//! Which rules are worth trying on an event?
//!
//! Every value of a field that rules ask for is looked up in the [`Memo`]; one that is not there is scanned for the triggers of its field.
//! Triggers of keyword rules, which may stand in any value, are looked for in the event's text as a whole.

use std::ops::Range;

use crate::engine::Class;
use crate::event::values::{FRACTION, Leaf, ODD, Value, Values};
use crate::matcher::bytes;
use crate::matcher::memo::{self, Key, Memo};
use crate::matcher::scanner::Scanner;
use crate::matcher::slots::{TextCache, fold_value_into};
use crate::simd;

/// Rules to try on an event, each once.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    rules: Vec<u32>,
    /// By rule: the event that it was last a candidate for.
    stamps: Vec<u32>,
    epoch: u32,
    search: Search,
}

#[derive(Debug, Default)]
struct Search {
    memo: Memo,
    /// The event's text as scanners want it: right for all values but the odd ones.
    spelled: Vec<u8>,
    /// An odd value as scanners want it.
    odd: Vec<u8>,
    folded: Vec<u8>,
    /// The rules that one value makes candidates.
    found: Vec<u32>,
}

/// More room than this is given back after the event that needed it.
const KEPT_TEXT: usize = 4 << 20;

impl Candidates {
    /// For an engine of so many rules.
    pub(crate) fn new(rules: usize) -> Self {
        Self { stamps: vec![0; rules], ..Self::default() }
    }

    /// Finds the rules to try, in order.
    pub(crate) fn find(&mut self, class: &Class, values: &Values, text: &[u8], cache: &mut TextCache) -> &[u32] {
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.stamps.fill(0);
            self.epoch = 1;
        }
        self.rules.clear();
        self.rules.extend_from_slice(&class.always);
        let Self { rules, stamps, epoch, search } = self;
        let mut add = |rule: u32| {
            if let Some(stamp) = stamps.get_mut(rule as usize)
                && *stamp != *epoch
            {
                *stamp = *epoch;
                rules.push(rule);
            }
        };
        for (slot, rules) in &class.when_present {
            if values.slot(*slot).present {
                rules.iter().for_each(|rule| add(*rule));
            }
        }
        if values.is_gathered() {
            search.gathered(class, values, text, cache, &mut add);
        } else {
            search.json(class, values, text, cache, &mut add);
        }
        self.rules.sort_unstable();
        &self.rules
    }
}

impl Search {
    /// Looks at the values of an event in JSON.
    fn json(&mut self, class: &Class, values: &Values, text: &[u8], cache: &mut TextCache, add: &mut impl FnMut(u32)) {
        self.spelled.clear();
        simd::or_into(text, bytes::CASE_BIT, &mut self.spelled);
        if let Some(scanner) = &class.any_value {
            scanner.scan_parts(&self.spelled, &mut |rule, place| {
                if let Some(value) = value_around(values.leaves(), &place) {
                    cache.add_hot(value, place, text);
                    add(rule);
                }
            });
        }
        let has_whole = class.any_value.as_ref().is_some_and(Scanner::has_whole);
        for Leaf { value, edge } in values.leaves() {
            let (has_scanners, is_odd) = (class.has_scanners(*edge), is_odd(*value));
            if !(has_scanners || is_odd || has_whole) || !value.is_scalar() {
                continue;
            }
            let raw = value.bytes(text);
            // the kinds of scalars are not 0
            let key = Key { class: class.id, place: edge.0 << 3 | value.kind as u32 };
            let hash = memo::hash(key, raw);
            if let Some(rules) = self.memo.get(key, hash, raw) {
                if is_odd && !rules.is_empty() {
                    cache.add_hot(*value, value.range(), text);
                }
                rules.iter().for_each(|rule| add(*rule));
                continue;
            }
            self.found.clear();
            let spelled = if is_odd {
                self.odd.clear();
                spell(*value, raw, &mut self.odd, &mut self.folded);
                &self.odd
            } else {
                self.spelled.get(value.range()).unwrap_or_default()
            };
            let mut found = |rule| self.found.push(rule);
            class.scanners(*edge).for_each(|scanner| scanner.scan(spelled, &mut found));
            match &class.any_value {
                Some(scanner) if is_odd => {
                    scanner.scan(spelled, &mut |rule| {
                        cache.add_hot(*value, value.range(), text);
                        found(rule);
                    });
                }
                Some(scanner) => scanner.scan_whole(spelled, &mut found),
                None => {}
            }
            self.found.iter().for_each(|rule| add(*rule));
            self.memo.keep(key, hash, raw, &self.found);
        }
        if self.spelled.capacity() + self.odd.capacity() > KEPT_TEXT {
            (self.spelled, self.odd, self.folded) = (Vec::new(), Vec::new(), Vec::new());
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
            self.odd.clear();
            spell(value, value.bytes(text), &mut self.odd, &mut self.folded);
            scanner.scan(&self.odd, &mut |rule| found(rule));
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

/// JSON has other ways to spell this value, or it is a number whose text is not as written.
fn is_odd(value: Value) -> bool {
    value.flags & (ODD | FRACTION) != 0
}

/// The value within which this part of the event's text lies; none if that is odd, and has to be looked at by itself.
fn value_around(leaves: &[Leaf], place: &Range<usize>) -> Option<Value> {
    let after = leaves.partition_point(|leaf| leaf.value.range().start <= place.start);
    let value = leaves.get(after.checked_sub(1)?)?.value;
    (place.end <= value.range().end && value.is_scalar() && !is_odd(value)).then_some(value)
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
