//! A watermark from the times of events.

/// Follows the times of events: the watermark is the latest time so far, less the lateness that is allowed, less one.
///
/// A clock that jumps far ahead would make all that follows late. So a jump of more than a day counts only when ten events in a row stand beyond it; a single event from the
/// future changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    lateness: i64,
    latest: Option<i64>,
    /// How many events in a row stood beyond a jump, and the earliest of them.
    beyond: Option<(u32, i64)>,
}

/// A jump: milliseconds.
const JUMP: i64 = 86_400_000;
/// So many events in a row confirm it.
const CONFIRMED: u32 = 10;

impl Watermark {
    /// No event so far; events may come this many milliseconds late.
    pub fn new(lateness: i64) -> Self {
        Self { lateness: lateness.max(0), latest: None, beyond: None }
    }

    /// The watermark behind an event of this time.
    pub fn observe(&mut self, time: i64) -> Option<i64> {
        if !super::schedule::is_time(time) {
            return self.at();
        }
        match self.latest {
            Some(latest) if time > latest.saturating_add(JUMP) => {
                let (count, earliest) =
                    self.beyond.map_or((1, time), |(count, earliest)| (count + 1, earliest.min(time)));
                if count >= CONFIRMED {
                    self.latest = Some(earliest);
                    self.beyond = None;
                } else {
                    self.beyond = Some((count, earliest));
                }
            }
            latest => {
                self.beyond = None;
                self.latest = Some(latest.map_or(time, |latest| latest.max(time)));
            }
        }
        self.at()
    }

    /// The watermark now; `None` before the first event that has a time.
    pub fn at(&self) -> Option<i64> {
        self.latest.map(|latest| latest.saturating_sub(self.lateness).saturating_sub(1))
    }

    /// Takes up where another left ([`Self::state`]).
    pub fn resume(&mut self, (latest, beyond): (Option<i64>, Option<(u32, i64)>)) {
        self.latest = latest;
        self.beyond = beyond;
    }

    /// What [`Self::resume`] takes: the latest time so far; how many events in a row stood beyond a jump, and the earliest of them.
    pub fn state(&self) -> (Option<i64>, Option<(u32, i64)>) {
        (self.latest, self.beyond)
    }

    /// The latest time so far.
    pub fn latest(&self) -> Option<i64> {
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watermark_follows_the_latest_event() {
        let mut watermark = Watermark::new(5);
        let seen: Vec<_> = [10, 30, 20, i64::MAX, 31].into_iter().map(|time| watermark.observe(time)).collect();
        assert_eq!(seen, [Some(4), Some(24), Some(24), Some(24), Some(25)]);
    }

    #[test]
    fn one_event_from_the_future_changes_nothing() {
        let mut watermark = Watermark::new(0);
        watermark.observe(0);
        assert_eq!(watermark.observe(10 * JUMP), Some(-1));
        assert_eq!(watermark.observe(1), Some(0));
        let at: Vec<_> = (0..10).map(|n| watermark.observe(20 * JUMP + n)).collect();
        assert_eq!((at[8], at[9]), (Some(0), Some(20 * JUMP - 1)));
    }

    #[test]
    fn the_first_event_may_stand_anywhere() {
        assert_eq!(Watermark::new(0).observe(-5), Some(-6));
    }
}
