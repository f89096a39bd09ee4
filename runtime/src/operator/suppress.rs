//! Alert suppression.

use std::collections::BTreeMap;

use super::Suppression;
use super::memory::Times;
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
