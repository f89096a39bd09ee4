//! A watermark from the times of events.

/// Follows the times of events: the watermark is the latest time so far, less the lateness that is allowed, less one.
///
/// A clock that jumps far ahead would make all that follows late. So a jump of more than a day counts only when ten more events stood beyond it than did not, counted from the
/// first one beyond: neither a few events from the future nor a few from a clock that stopped in 1970 decide for all others. Nor do they where they come first: there is no
/// watermark before a second event within a day of the first one, and the earlier of two that are further apart counts as the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    lateness: i64,
    latest: Option<i64>,
    /// Whether a second event confirmed the first time.
    confirmed: bool,
    /// How many more events stood beyond a jump than did not, and the earliest of them.
    beyond: Option<(u32, i64)>,
}

/// What [`Watermark::resume`] takes up: the latest time so far; whether it is more than the time of one event; how many more events stood beyond a jump than did
/// not, and the earliest of them.
pub type WatermarkState = (Option<i64>, bool, Option<(u32, i64)>);

/// A jump: milliseconds.
const JUMP: i64 = 86_400_000;
/// So many events more than stand before it confirm it.
const CONFIRMED: u32 = 10;

impl Watermark {
    /// No event so far; events may come this many milliseconds late.
    pub fn new(lateness: i64) -> Self {
        Self { lateness: lateness.max(0), latest: None, confirmed: false, beyond: None }
    }

    /// The watermark behind an event of this time.
    pub fn observe(&mut self, time: i64) -> Option<i64> {
        if !super::schedule::is_time(time) {
            return self.at();
        }
        let Some(latest) = self.latest else {
            self.latest = Some(time);
            return None;
        };
        if time > latest.saturating_add(JUMP) {
            self.jump(time);
        } else if self.confirmed || time >= latest.saturating_sub(JUMP) {
            self.latest = Some(latest.max(time));
            self.confirmed = true;
            self.beyond = self.beyond.and_then(|(count, earliest)| (count > 1).then_some((count - 1, earliest)));
        } else {
            // the first one came from the future, or this one comes from the past: whichever it is, those that follow tell
            self.latest = Some(time);
            self.beyond = Some((1, latest));
        }
        self.at()
    }

    /// An event beyond a jump.
    fn jump(&mut self, time: i64) {
        let (count, earliest) =
            self.beyond.map_or((1, time), |(count, earliest)| (count.saturating_add(1), earliest.min(time)));
        if count >= CONFIRMED {
            self.latest = Some(earliest);
            self.confirmed = true;
            self.beyond = None;
        } else {
            self.beyond = Some((count, earliest));
        }
    }

    /// The watermark now; `None` before the second event that has a time.
    pub fn at(&self) -> Option<i64> {
        let latest = self.latest.filter(|_| self.confirmed);
        latest.map(|latest| latest.saturating_sub(self.lateness).saturating_sub(1))
    }

    /// Takes up where another left ([`Self::state`]).
    pub fn resume(&mut self, (latest, confirmed, beyond): WatermarkState) {
        self.latest = latest;
        self.confirmed = confirmed;
        self.beyond = beyond;
    }

    /// What [`Self::resume`] takes.
    pub fn state(&self) -> WatermarkState {
        (self.latest, self.confirmed, self.beyond)
    }

    /// The latest time so far.
    pub fn latest(&self) -> Option<i64> {
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The watermark behind each of these events.
    fn check(lateness: i64, times: &[i64], seen: &[Option<i64>]) {
        let mut watermark = Watermark::new(lateness);
        let mut again = Watermark::new(lateness);
        for (time, seen) in times.iter().zip(seen) {
            assert_eq!((watermark.observe(*time), watermark.at()), (*seen, *seen), "{time} of {times:?}");
            // the same if it is put away in between
            let mut next = Watermark::new(lateness);
            next.resume(again.state());
            again = next;
            assert_eq!(again.observe(*time), *seen);
        }
        assert_eq!(times.len(), seen.len());
    }

    #[test]
    fn the_watermark_follows_the_latest_event() {
        check(5, &[10, 30, 20, i64::MAX, 31], &[None, Some(24), Some(24), Some(24), Some(25)]);
        check(0, &[-5, -7], &[None, Some(-6)]);
    }

    #[test]
    fn one_event_from_the_future_changes_nothing() {
        check(0, &[0, 0, 10 * JUMP, 1], &[None, Some(-1), Some(-1), Some(0)]);
        let times: Vec<i64> = [0, 1].into_iter().chain((0..10).map(|n| 20 * JUMP + n)).collect();
        let seen: Vec<Option<i64>> = [None].into_iter().chain([Some(0); 10]).chain([Some(20 * JUMP - 1)]).collect();
        check(0, &times, &seen);
    }

    #[test]
    fn most_events_decide_where_a_jump_goes() {
        // a clock that stopped, first of all and every third time from then on: ten more of the others than of its own move the watermark
        let times: Vec<i64> = (0..40).map(|n| if n % 3 == 0 { n } else { 900 * JUMP + n }).collect();
        let mut watermark = Watermark::new(0);
        let seen: Vec<Option<i64>> = times.iter().map(|time| watermark.observe(*time)).collect();
        assert_eq!(seen[3], Some(2));
        assert_eq!(seen.iter().position(|at| *at > Some(JUMP)), Some(26), "{seen:?}");
        assert_eq!(watermark.latest(), Some(900 * JUMP + 38));
        // one that runs ahead, every third time, never does
        let mut watermark = Watermark::new(0);
        assert!((0..3_000).all(|n| watermark.observe(if n % 3 == 2 { 900 * JUMP } else { n }) < Some(JUMP)));
    }

    #[test]
    fn the_first_event_may_come_from_anywhere() {
        // from the future
        check(0, &[900 * JUMP, 3, 5], &[None, None, Some(4)]);
        check(0, &[900 * JUMP, 800 * JUMP, 3, 800 * JUMP, 5], &[None, None, None, None, Some(4)]);
        // another one from the future behind it
        check(0, &[3, 900 * JUMP, 5, 4], &[None, None, Some(4), Some(4)]);
        // from the past: ten confirm the jump
        let times: Vec<i64> = [3].into_iter().chain((0..10).map(|n| 900 * JUMP + n)).collect();
        let seen: Vec<Option<i64>> = [None; 10].into_iter().chain([Some(900 * JUMP - 1)]).collect();
        check(0, &times, &seen);
        check(0, &[900 * JUMP, 3, 900 * JUMP + 1], &[None, None, None]);
        // from the newest to the oldest: nothing is ever late
        check(0, &[9 * JUMP, 6 * JUMP, 3 * JUMP, 0], &[None; 4]);
        // a day to either side is no jump
        check(0, &[JUMP, 0], &[None, Some(JUMP - 1)]);
        check(0, &[0, JUMP], &[None, Some(JUMP - 1)]);
    }
}
