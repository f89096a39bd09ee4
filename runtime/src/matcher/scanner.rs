//! Finds the candidates: which rules' triggers occur in a field's value?

use memchr::memrchr2;

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
    /// Rules that are candidates whenever the field has a value.
    any: Vec<u32>,
    escape_free: bool,
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
        scanner.escape_free = scanner.parts.is_escape_free();
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
            self.parts.scan(text, &mut hit);
        }
        for rule in &self.any {
            found(*rule);
        }
    }

    /// Whether the raw text of a JSON string (ASCII, without `\u` escapes) must be folded and scanned; false is certain.
    #[inline]
    pub(crate) fn may_hit_raw(&self, raw: &[u8]) -> bool {
        !self.escape_free
            || !self.any.is_empty()
            || !(self.exact.is_empty() && self.basenames.is_empty() && self.starts.is_empty() && self.ends.is_empty())
            || self.parts.may_occur(raw)
    }

    /// Whether there is nothing to find.
    pub(crate) fn is_empty(&self) -> bool {
        self.postings.is_empty() && self.any.is_empty()
    }
}
