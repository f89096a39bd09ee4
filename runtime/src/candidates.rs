//! Which rules are worth trying on an event?
//!
//! Every value of the event is looked up in the [`Memo`]; one that is not there is scanned for the triggers of its field. Triggers of
//! keyword rules, which may stand anywhere, are looked for in all such values at once.

use crate::engine::Class;
use crate::event::values::{FRACTION, Kind, ODD, Value, Values};
use crate::matcher::bytes;
use crate::matcher::memo::{self, Key, Memo};
use crate::matcher::slots::{TextCache, fold_value_into};

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
    /// The values that were not in the memo, as scanners want them, [`BETWEEN`] them.
    spelled: Vec<u8>,
    missed: Vec<Missed>,
    /// The rules that one value makes candidates.
    found: Vec<u32>,
    /// Keyword rules that values of `missed` make candidates.
    keywords: Vec<(u32, u32)>,
    folded: Vec<u8>,
}

/// A value that was not in the memo.
#[derive(Clone, Copy, Debug)]
struct Missed {
    value: Value,
    key: Key,
    hash: u64,
    /// Where it stands in `spelled`.
    start: usize,
    end: usize,
}

/// Scanned values have no such byte: the case bit is set in each of theirs.
const BETWEEN: u8 = 0;
/// Stands last among the rules that a value makes candidates if one of them is a keyword rule; no rule has this number.
const KEYWORD: u32 = u32::MAX;
/// The length up to which values that no field's scanner looks at are not remembered.
const SHORT: u32 = 24;
/// More room than this is given back after the event that needed it.
const KEPT_TEXT: usize = 4 << 20;
const KEPT_VALUES: usize = 1 << 16;

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
        search.leaves(class, values, text, cache, &mut add);
        if values.is_gathered() {
            search.slots(class, values, text, &mut add);
        }
        self.rules.sort_unstable();
        &self.rules
    }
}

impl Search {
    /// Looks at the values of an event in JSON, and at those of other events that stand behind no field.
    fn leaves(
        &mut self,
        class: &Class,
        values: &Values,
        text: &[u8],
        cache: &mut TextCache,
        add: &mut impl FnMut(u32),
    ) {
        self.missed.clear();
        self.spelled.clear();
        for leaf in values.leaves() {
            let value = leaf.value;
            let has_scanners = class.has_scanners(leaf.edge);
            if !has_scanners && (value.len < class.least_keyword || is_whole_number(value)) || !value.is_scalar() {
                continue;
            }
            let raw = value.bytes(text);
            // the kinds of scalars are not 0
            let key = Key { class: class.id, place: leaf.edge.0 << 3 | value.kind as u32 };
            // looking a short one up takes as long as scanning it along with others
            let is_known = has_scanners || value.len > SHORT;
            let hash = if is_known { memo::hash(key, raw) } else { 0 };
            if is_known && let Some(rules) = self.memo.get(key, hash, raw) {
                if rules.last() == Some(&KEYWORD) {
                    cache.add_hot(value);
                }
                rules.iter().for_each(|rule| add(*rule));
                continue;
            }
            let start = self.spelled.len();
            spell(value, raw, values.is_gathered(), &mut self.spelled, &mut self.folded);
            self.missed.push(Missed { value, key, hash, start, end: self.spelled.len() });
            self.spelled.push(BETWEEN);
        }
        if self.missed.is_empty() {
            return;
        }
        self.find_keywords(class);
        let mut keywords = self.keywords.iter().peekable();
        for (number, missed) in (0..).zip(&self.missed) {
            let spelled = self.spelled.get(missed.start..missed.end);
            self.found.clear();
            for scanner in class.scanners(missed.key.place >> 3) {
                scanner.scan(spelled.unwrap_or_default(), &mut |rule| self.found.push(rule));
            }
            if keywords.peek().is_some_and(|(by, _)| *by == number) {
                while let Some((_, rule)) = keywords.next_if(|(by, _)| *by == number) {
                    self.found.push(*rule);
                }
                self.found.push(KEYWORD);
                cache.add_hot(missed.value);
            }
            self.found.iter().for_each(|rule| add(*rule));
            if missed.hash != 0 {
                self.memo.keep(missed.key, missed.hash, missed.value.bytes(text), &self.found);
            }
        }
        if self.spelled.capacity() > KEPT_TEXT {
            (self.spelled, self.folded) = (Vec::new(), Vec::new());
        }
        if self.missed.capacity() > KEPT_VALUES {
            (self.missed, self.keywords, self.found) = (Vec::new(), Vec::new(), Vec::new());
        }
    }

    /// Finds the keyword rules of all values that were not in the memo, in the order of the values.
    fn find_keywords(&mut self, class: &Class) {
        self.keywords.clear();
        let Some(scanner) = &class.any_value else { return };
        let (missed, keywords) = (&self.missed, &mut self.keywords);
        let range = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        scanner.scan_parts(&self.spelled, &mut |rule, at| {
            let after = missed.partition_point(|missed| missed.start <= at);
            keywords.push((range(after.saturating_sub(1)), rule));
        });
        if scanner.has_whole() {
            for (number, missed) in (0..).zip(missed) {
                let spelled = self.spelled.get(missed.start..missed.end);
                scanner.scan_whole(spelled.unwrap_or_default(), &mut |rule| keywords.push((number, rule)));
            }
        }
        keywords.sort_unstable();
        keywords.dedup();
    }

    /// Looks at the fields of an event that was asked field by field.
    fn slots(&mut self, class: &Class, values: &Values, text: &[u8], add: &mut impl FnMut(u32)) {
        for slot in values.touched() {
            let Some(scanner) = class.scanner(*slot) else { continue };
            for value in values.slot(*slot).values.iter().filter(|value| value.is_scalar()) {
                self.spelled.clear();
                spell(*value, value.bytes(text), true, &mut self.spelled, &mut self.folded);
                scanner.scan(&self.spelled, add);
            }
        }
    }
}

/// Digits and a sign: no keyword is looked for there, see [`Class::least_keyword`].
fn is_whole_number(value: Value) -> bool {
    value.kind == Kind::Number && value.flags & FRACTION == 0
}

/// Appends a value as scanners want it, see [`bytes::spell_into`]; `plain`: its bytes are no JSON.
#[inline]
fn spell(value: Value, raw: &[u8], plain: bool, spelled: &mut Vec<u8>, folded: &mut Vec<u8>) {
    let is_spelled = match value.flags & (ODD | FRACTION) {
        0 => !plain,
        ODD => !plain && bytes::is_spelled(raw),
        _ => false,
    };
    if is_spelled {
        let start = spelled.len();
        spelled.extend_from_slice(raw);
        spelled.get_mut(start..).unwrap_or_default().iter_mut().for_each(|byte| *byte |= bytes::CASE_BIT);
    } else {
        folded.clear();
        fold_value_into(value, raw, folded);
        bytes::spell_into(folded, spelled);
    }
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
            spell(value, value.bytes(line.as_bytes()), false, &mut spelled, &mut folded);
            let text: String = pieces().map(|(_, text)| *text).collect();
            bytes::spell_into(fold(&text).as_bytes(), &mut expected);
            prop_assert_eq!(String::from_utf8_lossy(&spelled), String::from_utf8_lossy(&expected), "{}", line);
        }
    }
}
