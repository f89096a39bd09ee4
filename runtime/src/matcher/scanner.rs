//! Finds the candidates: which rules' triggers occur in a field's value, or anywhere in an event?

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::OnceLock;

use memchr::memrchr2;

use super::bytes;
use super::grams::GramSet;
use super::literals::{Edge, EdgeSet, ExactSet};
use crate::pack::TextOp;

/// The triggers of one field (or of any value) for one class of events.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    exact: ExactSet,
    /// Suffixes that start with a path separator and have no other: looked up by what stands behind the last separator.
    basenames: ExactSet,
    starts: EdgeSet,
    ends: EdgeSet,
    parts: GramSet,
    /// The rules of each trigger, which is known by where they start; the last of them has the bit [`LAST`].
    rules: Vec<u32>,
}

/// A scanner that is built when a value is first looked at: a stream has few of the fields that rules name.
#[derive(Debug)]
pub(crate) struct LazyScanner {
    key: Key,
    scanner: OnceLock<Scanner>,
    /// Rules that are candidates whenever the field is present, sorted.
    whenever_present: Box<[u32]>,
}

/// The last rule of a trigger.
const LAST: u32 = 1 << 31;

/// What a scanner looks for: triggers by their rules and their numbers within them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key {
    triggers: Vec<(u32, u32)>,
}

impl Key {
    /// The rule is a candidate where its trigger of this number occurs.
    pub(crate) fn add(&mut self, rule: u32, trigger: u32) {
        self.triggers.push((rule, trigger));
    }

    /// Leaves out rules (sorted) that are candidates anyway.
    pub(crate) fn leave_out(&mut self, rules: &[u32]) {
        self.triggers.retain(|(rule, _)| rules.binary_search(rule).is_err());
    }

    /// No triggers?
    pub(crate) fn is_empty(&self) -> bool {
        self.triggers.is_empty()
    }

    /// Each rule and the number of its trigger.
    pub(crate) fn triggers(&self) -> impl Iterator<Item = (u32, u32)> {
        self.triggers.iter().copied()
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // keys are long, and there is one for each field of each class
        let mix = |so_far: u64, (rule, trigger): &(u32, u32)| {
            (so_far.rotate_left(5) ^ u64::from(*rule) << 8 ^ u64::from(*trigger)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        state.write_u64(self.triggers.iter().fold(0, mix));
    }
}

/// Collects triggers for a [`Scanner`].
#[derive(Debug, Default)]
pub(crate) struct Builder<'a> {
    /// Each with its first bytes, by which most are put in order.
    triggers: Vec<(TextOp, u64, &'a str, u32)>,
}

impl<'a> Builder<'a> {
    /// The rule is a candidate where this text occurs.
    pub(crate) fn add(&mut self, op: TextOp, text: &'a str, rule: u32) {
        let mut first = [0; 8];
        first.iter_mut().zip(text.as_bytes()).for_each(|(to, from)| *to = *from);
        self.triggers.push((op, u64::from_be_bytes(first), text, rule));
    }

    /// Builds the scanner. Texts that stand in every value are left out, see [`LazyScanner::whenever_present`].
    pub(crate) fn build(mut self) -> Scanner {
        self.triggers.sort_unstable();
        self.triggers.dedup();
        let mut scanner = Scanner::default();
        // all texts as scanners see them, end to end
        let mut spelled = Vec::new();
        let mut lists: [Vec<(u32, Range<usize>)>; 5] = Default::default();
        let [exact, basenames, starts, ends, parts] = &mut lists;
        for group in self.triggers.chunk_by(|a, b| (a.0, a.2) == (b.0, b.2)) {
            let Some(&(op, _, text, _)) = group.first() else { continue };
            if stands_everywhere(op, text) {
                continue;
            }
            let id = u32::try_from(scanner.rules.len()).unwrap_or(u32::MAX);
            let list = match op {
                TextOp::Equals => &mut *exact,
                TextOp::StartsWith => &mut *starts,
                TextOp::EndsWith if is_basename(text.as_bytes()) => &mut *basenames,
                TextOp::EndsWith => &mut *ends,
                TextOp::Contains => &mut *parts,
            };
            let mut start = spelled.len();
            bytes::spell_into(text.as_bytes(), &mut spelled);
            if op == TextOp::EndsWith && is_basename(text.as_bytes()) && text.starts_with('\\') {
                // but the second of the two backslashes that JSON spells
                start += 1;
            }
            list.push((id, start..spelled.len()));
            scanner.rules.extend(group.iter().map(|(.., rule)| *rule));
            scanner.rules.last_mut().into_iter().for_each(|rule| *rule |= LAST);
        }
        let text_of = |(id, text): &(u32, Range<usize>)| (*id, spelled.get(text.clone()).unwrap_or_default());
        let [exact, basenames, starts, ends, parts] = &lists;
        scanner.exact = ExactSet::new(exact.iter().map(text_of));
        scanner.basenames = ExactSet::new(basenames.iter().map(text_of));
        scanner.starts = EdgeSet::new(Edge::Start, starts.iter().map(text_of));
        scanner.ends = EdgeSet::new(Edge::End, ends.iter().map(text_of));
        scanner.parts = GramSet::new(parts.iter().map(text_of));
        scanner
    }
}

/// Whether every value has this text.
pub(crate) fn stands_everywhere(op: TextOp, text: &str) -> bool {
    text.is_empty() && op != TextOp::Equals
}

/// A separator, and behind it nothing that could be taken for one where backslashes are spelled with the case bit, as `|`.
fn is_basename(text: &[u8]) -> bool {
    let is_plain = |byte: &u8| *byte >= b' ' && !matches!(byte, b'\\' | b'/' | b'|' | b'"');
    matches!(text, [b'\\' | b'/', rest @ ..] if rest.iter().all(is_plain))
}

impl Scanner {
    /// Calls `found` with every rule that may have a trigger in the value, perhaps several times. The value is spelled as by
    /// [`bytes::spell_into`].
    pub(crate) fn scan(&self, text: &[u8], found: &mut dyn FnMut(u32)) {
        self.scan_whole(text, found);
        if !self.parts.is_empty() {
            self.scan_parts(text, &mut |rule, _| found(rule));
        }
    }

    /// As [`Scanner::scan`], of triggers that stand anywhere in the text; `found` gets the place too.
    pub(crate) fn scan_parts(&self, text: &[u8], found: &mut dyn FnMut(u32, Range<usize>)) {
        self.parts.scan(text, &mut |trigger, place| {
            self.rules_of(trigger).for_each(|rule| found(rule, place.clone()));
            false
        });
    }

    /// As [`Scanner::scan`], of triggers that are the whole value, its beginning or its end. One function for all who call, see [`GramSet::scan`].
    #[inline(never)]
    pub(crate) fn scan_whole(&self, text: &[u8], found: &mut dyn FnMut(u32)) {
        let mut hit = |trigger: u32| {
            self.rules_of(trigger).for_each(&mut *found);
            false
        };
        if !self.exact.is_empty() {
            self.exact.find(text, &mut hit);
        }
        if !self.basenames.is_empty()
            && let Some(at) = memrchr2(b'\\' | bytes::CASE_BIT, b'/', text)
        {
            self.basenames.find(text.get(at..).unwrap_or_default(), &mut hit);
        }
        if !self.starts.is_empty() {
            self.starts.find(text, &mut hit);
        }
        if !self.ends.is_empty() {
            self.ends.find(text, &mut hit);
        }
    }

    /// Whether there are triggers for [`Scanner::scan_whole`].
    pub(crate) fn has_whole(&self) -> bool {
        !(self.exact.is_empty() && self.basenames.is_empty() && self.starts.is_empty() && self.ends.is_empty())
    }

    #[inline]
    fn rules_of(&self, trigger: u32) -> impl Iterator<Item = u32> {
        let rules = self.rules.get(trigger as usize..).unwrap_or_default();
        let count = rules.iter().position(|rule| rule & LAST != 0).map_or(0, |last| last + 1);
        rules.iter().take(count).map(|rule| rule & !LAST)
    }
}

impl LazyScanner {
    pub(crate) fn new(key: Key, whenever_present: Vec<u32>) -> Self {
        Self { key, scanner: OnceLock::new(), whenever_present: whenever_present.into() }
    }

    /// The scanner; `build` makes it of what it looks for, the first time.
    #[inline]
    pub(crate) fn get(&self, build: impl FnOnce(&Key) -> Scanner) -> &Scanner {
        self.scanner.get_or_init(|| build(&self.key))
    }

    /// The rules that are candidates whenever the field is present.
    #[inline]
    pub(crate) fn whenever_present(&self) -> &[u32] {
        &self.whenever_present
    }
}
