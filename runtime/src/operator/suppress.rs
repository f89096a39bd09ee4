//! Alert suppression.

use std::collections::BTreeMap;

use super::Suppression;
use super::found::{AlertId, Candidate};
use crate::table::value::Value;

/// Until when alerts with these values are suppressed.
#[derive(Clone, Debug, Default)]
pub(super) struct Suppressed {
    pub(super) until: BTreeMap<Vec<Value>, i64>,
}

impl Suppressed {
    /// The first alert of each key, and for how many others of this run it stands.
    pub(super) fn filter(
        &mut self,
        suppression: &Suppression,
        found: Vec<(AlertId, Candidate)>,
        now: i64,
    ) -> Vec<(AlertId, Candidate, u64)> {
        self.until.retain(|_, until| *until > now);
        let mut kept: Vec<(AlertId, Candidate, u64)> = Vec::new();
        let mut places: BTreeMap<Vec<Value>, usize> = BTreeMap::new();
        for (id, candidate) in found {
            let value = |slot: &u32| candidate.row.get(*slot as usize).cloned().unwrap_or_default();
            let key: Vec<Value> = suppression.by.iter().map(value).collect();
            if !suppression.missing_too && key.iter().any(Value::is_null) {
                kept.push((id, candidate, 0));
            } else if let Some(first) = places.get(&key).and_then(|at| kept.get_mut(*at)) {
                first.2 += 1;
            } else if !self.until.contains_key(&key) {
                if let Some(duration) = suppression.duration {
                    self.until.insert(key.clone(), now.saturating_add(duration));
                }
                places.insert(key, kept.len());
                kept.push((id, candidate, 0));
            }
        }
        kept
    }
}
