//! Alert suppression.

use std::collections::BTreeMap;

use super::found::Candidate;
use super::memory::{Times, size};
use super::state::{Limits, Row, identify, named};
use super::threshold::{choices, left_out_of};
use super::{NamedColumn, Suppression};
use crate::table::groups::RowOrigin;
use crate::table::value::Value;

/// Until when alerts with these values are suppressed.
#[derive(Clone, Debug, Default)]
pub(super) struct Suppressed {
    pub(super) until: Times,
}

/// Alerts of one run that stand for others.
#[derive(Debug, Default)]
pub(super) struct First {
    /// By values: which of the run's alerts it is.
    places: BTreeMap<Vec<Value>, usize>,
}

/// What becomes of an alert.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is told; alerts with these values are suppressed by it.
    Told(Option<Vec<Value>>),
    /// Another of the run stands for it.
    StoodFor(usize),
    /// One of an earlier run stands for it.
    Suppressed,
}

/// The alerts of single events, and how many there is no room for.
pub(super) fn candidates<'a>(
    columns: &[NamedColumn],
    suppression: Option<&Suppression>,
    rows: impl Iterator<Item = &'a Row>,
    limits: &Limits,
) -> (Vec<Candidate>, u64) {
    let (mut found, mut bytes, mut left_out) = (Vec::new(), 0_usize, 0_u64);
    let each_value = suppression.is_some_and(|suppression| suppression.each_value);
    for row in rows {
        let document = row.document.to_le_bytes();
        let origins = || RowOrigin { event: row.event, time: row.time }.into();
        if !each_value || row.values.iter().all(|value| value.values().len() < 2) {
            let (identity, key, values) = (document.to_vec(), Vec::new(), named(columns, &row.values));
            found.push(Candidate { identity, row: row.values.clone(), key, values, origins: origins() });
            continue;
        }
        for chosen in choices(&row.values) {
            // rows are bounded; what they are taken apart into is here
            let size = size(&chosen).saturating_add(size_of::<Candidate>());
            if found.len() >= limits.groups || bytes.saturating_add(size) > limits.bytes {
                left_out = left_out.saturating_add(1);
                continue;
            }
            bytes = bytes.saturating_add(size);
            let values = named(columns, &chosen);
            let mut identity = document.to_vec();
            let taken_apart = values.iter().zip(&row.values).filter(|(_, all)| all.values().len() > 1);
            identify(&mut identity, &taken_apart.map(|(one, _)| one.clone()).collect::<Vec<_>>());
            found.push(Candidate { identity, row: chosen, key: Vec::new(), values, origins: origins() });
        }
    }
    (found, left_out)
}

impl Suppression {
    /// How many alerts of an event are left out because it has too many values.
    pub(super) fn left_out(&self, values: &[Value]) -> u64 {
        if self.each_value { left_out_of(values) } else { 0 }
    }
}

impl Suppressed {
    /// Forgets what has come to its end.
    pub(super) fn start(&mut self, now: i64) {
        self.until.forget_before(now);
    }

    /// What becomes of an alert that is made of this row.
    pub(super) fn judge(&self, suppression: &Suppression, row: &[Value], first: &First) -> Verdict {
        let value = |slot: &u32| row.get(*slot as usize).cloned().unwrap_or_default();
        let key: Vec<Value> = suppression.by.iter().map(value).collect();
        if !suppression.missing_too && key.iter().any(Value::is_null) {
            Verdict::Told(None)
        } else if let Some(place) = first.places.get(&key) {
            Verdict::StoodFor(*place)
        } else if self.until.get(&key).is_some() {
            Verdict::Suppressed
        } else {
            Verdict::Told(Some(key))
        }
    }

    /// The alert at this place of the run's stands for others with these values from now on.
    pub(super) fn note(
        &mut self,
        suppression: &Suppression,
        key: Vec<Value>,
        now: i64,
        place: usize,
        first: &mut First,
    ) {
        if let Some(duration) = suppression.duration {
            self.until.put(key.clone(), now.saturating_add(duration));
        }
        first.places.insert(key, place);
    }
}
