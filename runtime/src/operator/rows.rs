//! Rows that windows still see, in the order of their times.

use std::collections::btree_map::{Entry, Range};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::memory::size_of_value;
use super::schedule::{Schedule, Window};
use super::state::{Limits, Row};

/// Rows by time and number; events that have both in common stand in the order of their content.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffer {
    rows: BTreeMap<Place, Row>,
    bytes: usize,
    /// Changes with every row that comes among those that a run has seen, and with every row that has to go.
    version: u64,
    /// The last row that a run has seen.
    mark: Option<Place>,
}

/// Time, number, document, and the how manieth row of these.
type Place = (i64, u64, u128, u32);

/// Tells the rows of a window that a run has seen: the same in one buffer means the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    version: u64,
    first: Place,
    last: Place,
}

impl Seen {
    /// Whether all of these rows are seen again, and behind them only others.
    pub(super) fn starts(&self, later: &Self) -> bool {
        (self.version, self.first) == (later.version, later.first) && self.last <= later.last
    }
}

impl Buffer {
    pub(super) fn add(&mut self, row: Row) {
        self.bytes += size(&row);
        let (time, event, document) = (row.time, row.event, row.document);
        if self.mark.is_some_and(|mark| (time, event, document, 0) <= mark) {
            self.version += 1;
        }
        let row = match self.rows.entry((time, event, document, 0)) {
            Entry::Vacant(place) => {
                place.insert(row);
                return;
            }
            Entry::Occupied(_) => row,
        };
        let alike = self.rows.range((time, event, document, 0)..=(time, event, document, u32::MAX));
        let nth = alike.map(|((.., nth), _)| nth.saturating_add(1)).next_back().unwrap_or(0);
        self.rows.insert((time, event, document, nth), row);
    }

    /// Lets rows go while there are too many: those later than `horizon`, which stand in the way of the present, then the oldest. Tells how many.
    pub(super) fn bound(&mut self, limits: &Limits, horizon: i64) -> u64 {
        let mut gone = 0;
        while self.rows.len() > limits.rows || self.bytes > limits.bytes {
            let from_the_future = self.rows.last_key_value().is_some_and(|((time, ..), _)| *time > horizon);
            let row = if from_the_future { self.rows.pop_last() } else { self.rows.pop_first() };
            let Some((_, row)) = row else { break };
            self.bytes -= size(&row);
            self.version += 1;
            gone += 1;
        }
        gone
    }

    /// The rows of a window.
    pub(super) fn within(&self, window: Window) -> impl Iterator<Item = &Row> + Clone {
        self.places(window).map(|(_, row)| row)
    }

    fn places(&self, window: Window) -> Range<'_, Place, Row> {
        let end = (window.to, u64::MAX, u128::MAX, u32::MAX);
        let start = (window.from.min(window.to), 0, 0, 0);
        self.rows.range(start..=end)
    }

    /// A run sees a window. What tells its rows; `None` if there are none.
    pub(super) fn see(&mut self, window: Window) -> Option<Seen> {
        let mut places = self.places(window).map(|(place, _)| *place);
        let first = places.next()?;
        let last = places.next_back().unwrap_or(first);
        self.mark = self.mark.max(Some(last));
        Some(Seen { version: self.version, first, last })
    }

    /// The rows of a window that stand behind those that a run has seen.
    pub(super) fn behind(&self, seen: &Seen, window: Window) -> impl Iterator<Item = &Row> {
        let end = (window.to, u64::MAX, u128::MAX, u32::MAX);
        let is_empty = seen.last >= end;
        let range = (!is_empty).then(|| self.rows.range((Bound::Excluded(seen.last), Bound::Included(end))));
        range.into_iter().flatten().map(|(_, row)| row)
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

/// The numbers of a window's events, none twice: alerts that come back may share the events behind them.
pub(super) struct Numbers {
    /// By row.
    pub(super) own: Vec<u64>,
    /// The true numbers of those that stand for another.
    instead: BTreeMap<u64, u64>,
}

impl Numbers {
    /// Where rows stand for groups, the events of a group are told apart already; so are the rows that one event made.
    pub(super) fn of(rows: &[&Row], by_event: bool) -> Self {
        let (mut own, mut instead) = (Vec::with_capacity(rows.len()), BTreeMap::new());
        let events = || rows.chunk_by(|a, b| (a.event, a.document) == (b.event, b.document));
        let taken: BTreeSet<u64> = if by_event { rows.iter().map(|row| row.event).collect() } else { BTreeSet::new() };
        if !by_event || taken.len() == events().count() {
            own.extend(rows.iter().map(|row| row.event));
            return Self { own, instead };
        }
        let mut seen = BTreeSet::new();
        let mut next = u64::MAX;
        for rows in events().rev() {
            let Some(event) = rows.first().map(|row| row.event) else { continue };
            if seen.insert(event) {
                own.extend(std::iter::repeat_n(event, rows.len()));
                continue;
            }
            while taken.contains(&next) {
                next = next.wrapping_sub(1);
            }
            instead.insert(next, event);
            own.extend(std::iter::repeat_n(next, rows.len()));
            next = next.wrapping_sub(1);
        }
        own.reverse();
        Self { own, instead }
    }

    /// Puts the true numbers in place.
    pub(super) fn put_back(&self, events: &mut Vec<u64>) {
        if !self.instead.is_empty() {
            events.iter_mut().for_each(|event| *event = self.instead.get(event).copied().unwrap_or(*event));
            events.sort_unstable();
            events.dedup();
        }
    }
}

/// About how many bytes a row takes.
fn size(row: &Row) -> usize {
    size_of::<Row>() + 40 + row.values.iter().map(size_of_value).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_from_the_future_goes_first() {
        let limits = Limits { rows: 3, ..Limits::default() };
        let mut buffer = Buffer::default();
        let mut gone = 0;
        for (event, time) in [(1, 900), (2, 901), (3, 10), (4, 11), (5, 902), (6, 12), (7, 13)] {
            buffer.add(Row { time, event, document: 0, values: Vec::new() });
            gone += buffer.bound(&limits, 100);
        }
        assert_eq!((buffer.iter().map(|row| row.time).collect::<Vec<_>>(), gone), (vec![11, 12, 13], 4));
    }
}
