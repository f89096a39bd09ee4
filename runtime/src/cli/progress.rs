//! A progress bar for runs that take long, on a terminal only.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::text::counted;

/// A run shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(700);

/// How far a run has come.
#[derive(Debug)]
pub(super) struct Progress {
    wanted: bool,
    total: Option<u64>,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Shows nothing yet. `total` is the size of all inputs, where it is known.
    pub(super) fn new(wanted: bool, total: Option<u64>) -> Self {
        Self { wanted, total: total.filter(|&bytes| bytes > 0), started: Instant::now(), bar: None }
    }

    /// Notes how many bytes were read and how many alerts there are.
    pub(super) fn update(&mut self, bytes: u64, events: u64, alerts: u64) {
        if !self.wanted {
            return;
        }
        if self.bar.is_none() && self.started.elapsed() >= PATIENCE {
            self.bar = Some(self.show());
        }
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
            bar.set_message(format!("{}, {}", counted(events, "event"), counted(alerts, "alert")));
        }
    }

    /// Runs `write` with the bar out of the way.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&self) -> ProgressBar {
        let (bar, template) = match self.total {
            Some(total) => {
                (ProgressBar::new(total), "{bar:30} {percent:>3}%  {decimal_bytes_per_sec}  {msg}  {eta} left")
            }
            None => (ProgressBar::new_spinner(), "{spinner} {decimal_bytes}  {decimal_bytes_per_sec}  {msg}"),
        };
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        // the rate is of the whole run, also of what was read before the bar showed
        bar.with_elapsed(self.started.elapsed())
    }
}
