//! New terms rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::NewTerms;
use super::found::Candidate;
use super::memory::Times;
use super::schedule::Window;
use super::state::{Limits, Row, identify};
use super::threshold::tuples;
use crate::table::groups::RowOrigin;
use crate::table::value::Value;

/// A run looks at so many new terms at most: the earliest.
const MOST_NEW: usize = 100_000;

/// When terms were seen last before the present run.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub(super) seen: Times,
    /// The size at which old ones are looked for again.
    next_purge: usize,
}

impl History {
    /// A history of these terms.
    pub(super) fn of(seen: Times) -> Self {
        Self { seen, next_purge: 0 }
    }

    /// Remembers the terms of an event.
    pub(super) fn remember(&mut self, work: &NewTerms, row: &Row) {
        for terms in tuples(row.values.get(..work.terms).unwrap_or_default()) {
            self.seen.put_latest(terms, row.time);
        }
    }

    /// As [`Self::remember`], of many events; tells how many terms were forgotten too early.
    pub(super) fn remember_all<'a>(
        &mut self,
        work: &NewTerms,
        rows: impl Iterator<Item = &'a Row>,
        limits: &Limits,
    ) -> u64 {
        let mut evicted: u64 = 0;
        for row in rows {
            self.remember(work, row);
            evicted = evicted.saturating_add(self.seen.bound(limits));
        }
        evicted
    }

    /// The terms of a window's events that were not seen in the history before it, each with its first event; and how many of them are left out because
    /// there are too many.
    pub(super) fn new_terms<'a>(
        &self,
        work: &NewTerms,
        rows: impl Iterator<Item = &'a Row>,
        window: Window,
        limits: &Limits,
    ) -> (Vec<Candidate>, u64) {
        let start = window.to.saturating_sub(work.history);
        let mut firsts: BTreeMap<Vec<Value>, &Row> = BTreeMap::new();
        let most = limits.terms.min(MOST_NEW);
        let mut left_out: u64 = 0;
        // in the order of time: the first that has the terms is the earliest
        for row in rows.filter(|row| row.time > window.from) {
            for terms in tuples(row.values.get(..work.terms).unwrap_or_default()) {
                if self.seen.get(&terms).is_some_and(|seen| seen >= start) || firsts.contains_key(&terms) {
                    continue;
                }
                if firsts.len() < most {
                    firsts.insert(terms, row);
                } else {
                    left_out = left_out.saturating_add(1);
                }
            }
        }
        let mut found: Vec<(Vec<Value>, &Row)> = firsts.into_iter().collect();
        found.sort_by(|a, b| (a.1.time, a.1.event, &a.0).cmp(&(b.1.time, b.1.event, &b.0)));
        let candidate = |(terms, row): (Vec<Value>, &Row)| {
            let names = work.columns.iter().map(|column| column.name.clone());
            let key: Vec<(Arc<str>, Value)> = names.zip(terms).collect();
            let mut identity = row.document.to_le_bytes().to_vec();
            identify(&mut identity, &key);
            let values =
                vec![("new_terms".into(), Value::list(key.iter().map(|(_, value)| Value::text(value.to_string()))))];
            let origins = RowOrigin { event: row.event, time: row.time }.into();
            Candidate { identity, row: row.values.clone(), key, values, origins }
        };
        (found.into_iter().map(candidate).collect(), left_out)
    }

    /// Forgets terms that were seen before a time, and the oldest while there are more than the limits allow; tells how many were forgotten too early.
    pub(super) fn bound(&mut self, limits: &Limits, start: i64) -> u64 {
        const SMALL: usize = 1_024;
        if self.seen.len() < self.next_purge.max(SMALL) && !self.seen.is_full(limits) {
            return 0;
        }
        self.seen.forget_before(start);
        let evicted = self.seen.bound(limits);
        self.next_purge = self.seen.len().saturating_mul(2);
        evicted
    }
}
