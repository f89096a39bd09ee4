//! Times by values: when terms were seen, until when alerts are suppressed.

use std::collections::BTreeMap;

use super::state::Limits;
use crate::table::value::Value;

/// Times by tuples of values, within limits.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    times: BTreeMap<Vec<Value>, i64>,
    bytes: usize,
}

impl Times {
    pub(super) fn get(&self, key: &[Value]) -> Option<i64> {
        self.times.get(key).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&Vec<Value>, i64)> {
        self.times.iter().map(|(key, time)| (key, *time))
    }

    /// Writes the time of a tuple.
    pub(super) fn put(&mut self, key: Vec<Value>, time: i64) {
        let size = size(&key);
        if self.times.insert(key, time).is_none() {
            self.bytes = self.bytes.saturating_add(size);
        }
    }

    /// Writes the time of a tuple, if it is later than the one that is known.
    pub(super) fn put_latest(&mut self, key: Vec<Value>, time: i64) {
        if self.get(&key).is_none_or(|known| known < time) {
            self.put(key, time);
        }
    }

    /// Forgets times before this one.
    pub(super) fn forget_before(&mut self, time: i64) {
        let bytes = &mut self.bytes;
        self.times.retain(|key, at| {
            let stays = *at >= time;
            if !stays {
                *bytes = bytes.saturating_sub(size(key));
            }
            stays
        });
    }

    /// Whether it is beyond the limits.
    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        self.times.len() > limits.terms || self.bytes > limits.bytes
    }

    /// Forgets the oldest if it is beyond the limits, and a tenth more, so that this is rare; tells how many.
    pub(super) fn bound(&mut self, limits: &Limits) -> u64 {
        if !self.is_full(limits) {
            return 0;
        }
        let (most, bytes) = (limits.terms - limits.terms / 10, limits.bytes - limits.bytes / 10);
        let mut all: Vec<(Vec<Value>, i64)> = std::mem::take(&mut self.times).into_iter().collect();
        // what is equally old stands in the order of its values
        all.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
        let before = all.len();
        self.bytes = 0;
        for (key, time) in all.into_iter().take(most) {
            let with = self.bytes.saturating_add(size(&key));
            if with > bytes {
                break;
            }
            self.bytes = with;
            self.times.insert(key, time);
        }
        before.saturating_sub(self.times.len()) as u64
    }
}

impl FromIterator<(Vec<Value>, i64)> for Times {
    fn from_iter<T: IntoIterator<Item = (Vec<Value>, i64)>>(times: T) -> Self {
        let mut all = Self::default();
        times.into_iter().for_each(|(key, time)| all.put(key, time));
        all
    }
}

/// About how many bytes a tuple takes.
pub(super) fn size(key: &[Value]) -> usize {
    key.iter().map(size_of_value).sum::<usize>().saturating_add(64)
}

/// About how many bytes a value takes.
pub(super) fn size_of_value(value: &Value) -> usize {
    let own = match value {
        Value::Text(text) | Value::Version(text) => text.len().saturating_add(16),
        Value::List(members) => members.iter().map(size_of_value).sum(),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Long(_)
        | Value::Unsigned(_)
        | Value::Double(_)
        | Value::Ip(_)
        | Value::Date(_)
        | Value::DateNanos(_)
        | Value::Period(..)
        | Value::Duration(_)
        | Value::Point(..) => 0,
    };
    own.saturating_add(size_of::<Value>())
}
