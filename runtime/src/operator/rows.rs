//! Rows that windows still see, in the order of their times.

use std::collections::BTreeMap;

use super::schedule::{Schedule, Window};
use super::state::Row;
use crate::table::value::Value;

/// Rows by time and number; events that have both in common stand in the order of their content.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffer {
    rows: BTreeMap<(i64, u64, u128, u32), Row>,
    bytes: usize,
}

impl Buffer {
    pub(super) fn add(&mut self, row: Row) {
        self.bytes += size(&row);
        let mut nth = 0;
        while self.rows.contains_key(&(row.time, row.event, row.document, nth)) {
            nth += 1;
        }
        self.rows.insert((row.time, row.event, row.document, nth), row);
    }

    /// Lets the oldest rows go; tells how many.
    pub(super) fn bound(&mut self, rows: usize, bytes: usize) -> u64 {
        let mut gone = 0;
        while (self.rows.len() > rows || self.bytes > bytes)
            && let Some((_, row)) = self.rows.pop_first()
        {
            self.bytes -= size(&row);
            gone += 1;
        }
        gone
    }

    /// The rows of a window.
    pub(super) fn within(&self, window: Window) -> impl Iterator<Item = &Row> + Clone {
        let end = (window.to, u64::MAX, u128::MAX, u32::MAX);
        let start = (window.from.min(window.to), 0, 0, 0);
        self.rows.range(start..=end).map(|(_, row)| row)
    }

    /// The rows up to a time, itself included.
    pub(super) fn up_to(&self, time: i64) -> impl Iterator<Item = &Row> {
        self.rows.range(..=(time, u64::MAX, u128::MAX, u32::MAX)).map(|(_, row)| row)
    }

    /// Lets rows before a time go.
    pub(super) fn forget_before(&mut self, time: i64) {
        let kept = self.rows.split_off(&(time, 0, 0, 0));
        let gone = std::mem::replace(&mut self.rows, kept);
        self.bytes -= gone.values().map(size).sum::<usize>();
    }

    /// The next run behind `closed` that sees a row.
    pub(super) fn due(&self, schedule: &Schedule, closed: i64) -> Option<i64> {
        // rows that no run behind `closed` sees any more are skipped
        let first = schedule.tick_at_or_after(closed.saturating_add(1));
        let seen = self.rows.range((schedule.window(first).from, 0, 0, 0)..).next();
        let time = seen.map(|((time, ..), _)| *time)?;
        schedule.ticks(time, closed).map(|(first, _)| first)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Row> {
        self.rows.values()
    }
}

/// About how many bytes a row takes.
fn size(row: &Row) -> usize {
    fn of(value: &Value) -> usize {
        size_of::<Value>()
            + match value {
                Value::Text(text) | Value::Version(text) => text.len() + 16,
                Value::List(members) => members.iter().map(of).sum(),
                _ => 0,
            }
    }
    size_of::<Row>() + 40 + row.values.iter().map(of).sum::<usize>()
}
