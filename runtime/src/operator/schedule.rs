//! When a rule runs, and over which events.

use crate::generated::FieldId;

/// A rule's schedule. Times are milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule<F = FieldId> {
    /// A run at time `t` looks at events from `t - from` on.
    pub from: i64,
    /// Runs are at the multiples of this; at least 1.
    pub interval: i64,
    /// `timestamp_override`: the field that tells an event's time, if the event has it.
    pub time: Option<F>,
    /// `@timestamp`: the field that tells it else. The same as [`Self::time`] if nothing does.
    pub timestamp: F,
    /// So many alerts of a run are told at most.
    pub max_signals: u32,
}

/// The time that a run looks at; both ends are within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// Its start.
    pub from: i64,
    /// Its end: the time of the run.
    pub to: i64,
}

/// Times of events that are taken for times: the years 0 to 9999.
const TIMES: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// Whether an event's time can be one.
pub(crate) fn is_time(at: i64) -> bool {
    TIMES.contains(&at)
}

impl<F: PartialEq> Schedule<F> {
    /// Whether an event without the field of `timestamp_override` has a time.
    pub fn falls_back(&self) -> bool {
        self.time.as_ref() != Some(&self.timestamp)
    }
}

impl<F> Schedule<F> {
    /// The window of a run.
    pub fn window(&self, tick: i64) -> Window {
        Window { from: tick.saturating_sub(self.from), to: tick }
    }

    /// The first run at this time or later.
    pub fn tick_at_or_after(&self, at: i64) -> i64 {
        let interval = self.interval.max(1);
        let before = at.div_euclid(interval).saturating_mul(interval);
        if before < at { before.saturating_add(interval) } else { before }
    }

    /// The last run at this time or before it.
    pub fn tick_at_or_before(&self, at: i64) -> i64 {
        let interval = self.interval.max(1);
        at.div_euclid(interval).saturating_mul(interval)
    }

    /// The runs behind `closed` that see an event of this time: the first and the last of them. `None` if all of them are over.
    pub fn ticks(&self, at: i64, closed: i64) -> Option<(i64, i64)> {
        let first = self.tick_at_or_after(at).max(self.tick_at_or_after(closed.saturating_add(1)));
        let last = self.tick_at_or_before(at.saturating_add(self.from));
        (first <= last).then_some((first, last))
    }

    /// In how many runs an event is seen, at most.
    pub fn overlap(&self) -> i64 {
        self.from / self.interval.max(1) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(from: i64, interval: i64) -> Schedule {
        Schedule { from, interval, time: None, timestamp: FieldId(0), max_signals: 100 }
    }

    #[test]
    fn events_are_seen_by_runs_whose_window_holds_them() {
        for (from, interval) in [(9, 5), (5, 5), (3, 5), (60, 5), (1, 1), (7, 3)] {
            let schedule = schedule(from, interval);
            for closed in [-100, -1, 0, 7, 12] {
                for at in -20..40 {
                    let seen: Vec<i64> = (-200..300)
                        .filter(|tick| tick % interval == 0 && *tick > closed && (tick - from..=*tick).contains(&at))
                        .collect();
                    let expected = seen.first().copied().zip(seen.last().copied());
                    assert_eq!(schedule.ticks(at, closed), expected, "{from} {interval} {closed} {at}");
                    assert!(i64::try_from(seen.len()).unwrap() <= schedule.overlap());
                }
            }
        }
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let schedule = schedule(i64::MAX, 1);
        for at in [i64::MIN, -1, 0, i64::MAX] {
            for closed in [i64::MIN, 0, i64::MAX] {
                let _ = schedule.ticks(at, closed);
            }
            let _ = schedule.window(at);
        }
    }
}
