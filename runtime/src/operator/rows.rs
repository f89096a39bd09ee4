//! Rows that windows still see, in the order of their times.

use std::collections::BTreeMap;

use super::memory::size_of_value;
use super::schedule::{Schedule, Window};
use super::state::Row;

/// Rows by time and number; events that have both in common stand in the order of their content.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffer {
    rows: BTreeMap<(i64, u64, u128, u32), Row>,
    bytes: usize,
}

impl Buffer {
    pub(super) fn add(&mut self, row: Row) {
        self.bytes += size(&row);
        let (time, event, document) = (row.time, row.event, row.document);
        let alike = self.rows.range((time, event, document, 0)..=(time, event, document, u32::MAX));
        let nth = alike.map(|((.., nth), _)| nth.saturating_add(1)).next_back().unwrap_or(0);
        self.rows.insert((time, event, document, nth), row);
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
        let mut start = schedule.window(first).from;
        loop {
            let time = self.rows.range((start, 0, 0, 0)..).next().map(|((time, ..), _)| *time)?;
            if let Some((first, _)) = schedule.ticks(time, closed) {
                return Some(first);
            }
            // between two windows: the next one that starts behind it
            start = schedule.window(schedule.tick_at_or_after(time)).from.max(time.checked_add(1)?);
        }
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Row> {
        self.rows.values()
    }
}

/// About how many bytes a row takes.
fn size(row: &Row) -> usize {
    size_of::<Row>() + 40 + row.values.iter().map(size_of_value).sum::<usize>()
}
