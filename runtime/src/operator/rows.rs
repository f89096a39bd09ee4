//! Rows that windows still see, in the order of their times.

use std::collections::btree_map::{Entry, Range};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use super::memory::size_of_value;
use super::schedule::{Schedule, Window};
use super::state::{Limits, Row};
use crate::table::value::Value;

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

    /// Lets rows go if there are too many: those later than `horizon`, which stand in the way of the present, then the oldest of those that share their
    /// key with the most others, so that who is loud pushes out nobody else. Tells how many.
    pub(super) fn bound(&mut self, limits: &Limits, horizon: i64, shares: impl FnOnce() -> Vec<usize>) -> u64 {
        let mut gone = 0;
        while self.is_full(limits)
            && let Some(last) = self.rows.last_entry().filter(|last| last.key().0 > horizon)
        {
            self.bytes -= size(&last.remove());
            gone += 1;
        }
        if self.is_full(limits) {
            gone += self.thin(limits, &shares());
        }
        self.version += gone;
        gone
    }

    fn is_full(&self, limits: &Limits) -> bool {
        self.rows.len() > limits.rows || self.bytes > limits.bytes
    }

    /// Makes room for an eighth of the limits, so that this is rare. Each key, which are the values of these columns, keeps what fits an equal share of the room.
    fn thin(&mut self, limits: &Limits, columns: &[usize]) -> u64 {
        // a row takes its bytes, and of them at least what the limit of rows leaves for one
        let each = limits.bytes.min(1 << 60) / limits.rows.max(1);
        let room = each.saturating_mul(limits.rows - limits.rows / 8);
        let weight = |row: &Row| size(row).max(each);
        let key = |row: &Row| columns.iter().map(|at| row.values.get(*at).cloned().unwrap_or_default()).collect();
        let mut weights: HashMap<Vec<Value>, usize> = HashMap::new();
        for row in self.rows.values() {
            *weights.entry(key(row)).or_default() += weight(row);
        }
        let mut all: usize = weights.values().sum();
        let share = fair_share(weights.values().copied().collect(), room);
        let mut gone = Vec::new();
        for (place, row) in &self.rows {
            if all <= room {
                break;
            }
            if let Some(of_key) = weights.get_mut(&key(row)).filter(|of_key| **of_key > share) {
                *of_key -= weight(row);
                all -= weight(row);
                gone.push(*place);
            }
        }
        for place in &gone {
            self.bytes -= self.rows.remove(place).as_ref().map_or(0, size);
        }
        gone.len() as u64
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

/// What each may keep at most so that all fit the room, and those that need less keep it all.
fn fair_share(mut needs: Vec<usize>, mut room: usize) -> usize {
    needs.sort_unstable();
    let count = needs.len();
    for (at, need) in needs.into_iter().enumerate() {
        let share = room / (count - at);
        if need > share {
            return share;
        }
        room -= need;
    }
    usize::MAX
}

/// About how many bytes a row takes.
fn size(row: &Row) -> usize {
    size_of::<Row>() + 40 + row.values.iter().map(size_of_value).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_loud_pushes_out_nobody_else() {
        let limits = Limits { rows: 80, ..Limits::default() };
        let mut buffer = Buffer::default();
        let mut gone = 0;
        let events = [("rare", 3), ("seldom", 20), ("busy", 500)];
        let keys = events.iter().flat_map(|(key, count)| std::iter::repeat_n(*key, *count));
        for ((event, time), key) in (0..).zip(0..).zip(keys) {
            buffer.add(Row { time, event, document: 0, values: vec![Value::text(key)] });
            gone += buffer.bound(&limits, i64::MAX, || vec![0]);
        }
        let left = |buffer: &Buffer, key: &str| buffer.iter().filter(|row| row.values == [Value::text(key)]).count();
        assert_eq!((left(&buffer, "rare"), left(&buffer, "seldom")), (3, 20));
        assert!((47..=57).contains(&left(&buffer, "busy")), "{}", left(&buffer, "busy"));
        assert_eq!(gone, 523 - buffer.iter().len() as u64);
        // of those that are alike in how many they are, the oldest go
        for (event, time) in (1_000..1_200).zip(1_000..) {
            buffer.add(Row { time, event, document: 0, values: vec![Value::Long(time)] });
            buffer.bound(&limits, i64::MAX, || vec![0]);
        }
        assert_eq!(left(&buffer, "rare") + left(&buffer, "seldom") + left(&buffer, "busy"), 0);
        assert_eq!(buffer.iter().last().map(|row| row.time), Some(1_199));
    }

    #[test]
    fn what_is_from_the_future_goes_first() {
        let limits = Limits { rows: 3, ..Limits::default() };
        let mut buffer = Buffer::default();
        let mut gone = 0;
        for (event, time) in [(1, 900), (2, 901), (3, 10), (4, 11), (5, 902), (6, 12), (7, 13)] {
            buffer.add(Row { time, event, document: 0, values: Vec::new() });
            gone += buffer.bound(&limits, 100, Vec::new);
        }
        assert_eq!((buffer.iter().map(|row| row.time).collect::<Vec<_>>(), gone), (vec![11, 12, 13], 4));
    }
}
