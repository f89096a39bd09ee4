//! Finds the candidates: which rules' triggers occur in a field's value, or anywhere in an event?

use std::collections::BTreeSet;

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
    /// By trigger: a range of `rules`.
    postings: Vec<(u32, u32)>,
    rules: Vec<u32>,
    /// Rules that are candidates whenever the field is present.
    any: Vec<u32>,
}

/// Collects triggers for a [`Scanner`].
#[derive(Debug, Default)]
pub(crate) struct Builder<'a> {
    triggers: Vec<(TextOp, &'a str, u32)>,
}

impl<'a> Builder<'a> {
    /// The rule is a candidate where this text occurs.
    pub(crate) fn add(&mut self, op: TextOp, text: &'a str, rule: u32) {
        self.triggers.push((op, text, rule));
    }

    /// Leaves out rules (sorted) that are candidates anyway.
    pub(crate) fn leave_out(&mut self, rules: &[u32]) {
        self.triggers.retain(|(.., rule)| rules.binary_search(rule).is_err());
    }

    pub(crate) fn build(mut self) -> Scanner {
        let mut scanner = Scanner::default();
        let mut lists: [Vec<(u32, &[u8])>; 5] = Default::default();
        let [exact, basenames, starts, ends, parts] = &mut lists;
        self.triggers.sort_unstable();
        self.triggers.dedup();
        for group in self.triggers.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let Some(&(op, text, _)) = group.first() else { continue };
            let rules = group.iter().map(|(.., rule)| *rule);
            if text.is_empty() && op != TextOp::Equals {
                scanner.any.extend(rules);
                continue;
            }
            let id = u32::try_from(scanner.postings.len()).unwrap_or(u32::MAX);
            let list = match op {
                TextOp::Equals => &mut *exact,
                TextOp::StartsWith => &mut *starts,
                TextOp::EndsWith if is_basename(text.as_bytes()) => &mut *basenames,
                TextOp::EndsWith => &mut *ends,
                TextOp::Contains => &mut *parts,
            };
            list.push((id, text.as_bytes()));
            let start = scanner.rules.len();
            scanner.rules.extend(rules);
            let range = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            scanner.postings.push((range(start), range(scanner.rules.len())));
        }
        let [exact, basenames, starts, ends, parts] = lists;
        scanner.exact = ExactSet::new(exact);
        scanner.basenames = ExactSet::new(basenames);
        scanner.starts = EdgeSet::new(Edge::Start, starts);
        scanner.ends = EdgeSet::new(Edge::End, ends);
        scanner.parts = GramSet::new(parts);
        scanner
    }
}

fn is_basename(text: &[u8]) -> bool {
    memrchr2(b'\\', b'/', text) == Some(0)
}

impl Scanner {
    /// Calls `found` with every rule that has a trigger in the folded value, perhaps several times.
    #[inline]
    pub(crate) fn scan(&self, text: &[u8], found: &mut impl FnMut(u32)) {
        let mut hit = |trigger: u32| {
            if let Some(&(start, end)) = self.postings.get(trigger as usize) {
                for rule in self.rules.get(start as usize..end as usize).unwrap_or_default() {
                    found(*rule);
                }
            }
            false
        };
        if !self.exact.is_empty() {
            self.exact.find(text, &mut hit);
        }
        if !self.basenames.is_empty()
            && let Some(at) = memrchr2(b'\\', b'/', text)
        {
            self.basenames.find(text.get(at..).unwrap_or_default(), &mut hit);
        }
        if !self.starts.is_empty() {
            self.starts.find(text, &mut hit);
        }
        if !self.ends.is_empty() {
            self.ends.find(text, &mut hit);
        }
        if !self.parts.is_empty() {
            self.parts.scan(text, |trigger, _| hit(trigger));
        }
    }

    /// The rules that are candidates whenever the field is present.
    pub(crate) fn whenever_present(&self) -> &[u32] {
        &self.any
    }
}

/// The triggers of keyword rules: they may stand in any value of an event.
///
/// Values need not be unescaped and folded one by one to see that nothing is in them. Every literal has a run of characters that JSON
/// does not escape; the event's whole text is scanned for these runs, with the bit set in which ASCII letters differ from
/// their other case. Only values that may hold more than ASCII are folded and scanned on their own.
#[derive(Debug)]
pub(crate) struct EventScanner {
    /// Runs that JSON spells as they are, case bit set.
    runs: GramSet,
    /// By id in `runs`: a rule.
    rules: Vec<u32>,
    /// The triggers themselves, for values that are not ASCII.
    values: Scanner,
}

/// Runs under this length stand in nearly every event.
const MIN_RUN: usize = 3;

impl EventScanner {
    /// Scanner for these triggers; rules whose triggers have no run of use are added to `always`, which is sorted.
    pub(crate) fn new(mut builder: Builder<'_>, always: &mut Vec<u32>) -> Option<Self> {
        let mut runs: Vec<(Vec<u8>, u32)> =
            builder.triggers.iter().map(|(_, text, rule)| (bytes::plain_run(text.as_bytes()), *rule)).collect();
        let useless: BTreeSet<u32> =
            runs.iter().filter(|(run, _)| run.len() < MIN_RUN).map(|(_, rule)| *rule).collect();
        builder.triggers.retain(|(.., rule)| !useless.contains(rule));
        runs.retain(|(_, rule)| !useless.contains(rule));
        always.extend(useless);
        always.sort_unstable();
        always.dedup();
        if runs.is_empty() {
            return None;
        }
        Some(Self {
            rules: runs.iter().map(|(_, rule)| *rule).collect(),
            runs: GramSet::new((0..).zip(runs.iter().map(|(run, _)| run.as_slice()))),
            values: builder.build(),
        })
    }

    /// Calls `found` with every rule that may have a trigger in the event's text (case bit set), apart from values that are not ASCII.
    pub(crate) fn scan_event(&self, text: &[u8], found: &mut impl FnMut(u32)) {
        self.runs.scan(text, |id, _| {
            if let Some(rule) = self.rules.get(id as usize) {
                found(*rule);
            }
            false
        });
    }

    /// Calls `found` with every rule that has a trigger in the folded value.
    pub(crate) fn scan_value(&self, text: &[u8], found: &mut impl FnMut(u32)) {
        self.values.scan(text, found);
    }
}
