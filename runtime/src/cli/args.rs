//! What a user may ask of a run: the options that `sigil run` and generated binaries share.

use std::env;
use std::io::{IsTerminal as _, stderr, stdout};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ColorChoice, ValueEnum};

use crate::pack::Level;

/// Which events to read, and what to write about them.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct RunArgs {
    /// Event files, or folders of them; `-` is standard input, which is also read when this option is absent
    ///
    /// Windows event logs (`.evtx`) are told from JSON by their content. JSON may stand one object a line (NDJSON), several objects one
    /// after another, or in one array. From a folder, every file ending in `.json`, `.jsonl`, `.ndjson`, `.log` or `.evtx` is read.
    #[arg(long, short = 'e', value_name = "FILE", num_args = 1.., help_heading = "Events")]
    pub events: Vec<PathBuf>,

    /// Take every line as one plain text event (syslog, web server logs) instead of JSON
    ///
    /// Such an event has the one field `message`; rules that search for keywords look there.
    #[arg(long, help_heading = "Events")]
    pub raw: bool,

    /// Skip events longer than this many bytes (with K, M or G), and report them as broken
    #[arg(long, value_name = "BYTES", default_value = "64M", value_parser = bytes, help_heading = "Events")]
    pub max_line_bytes: usize,

    /// Evaluate every rule on every event, whatever log source the rule is for
    #[arg(long, help_heading = "Matching")]
    pub ignore_logsource: bool,

    /// Read events and look up their fields, and match nothing: what a run takes at least, for measurements
    #[arg(long, hide = true)]
    pub decode_only: bool,

    /// Use this many threads; the order of the alerts stays the same
    #[arg(long, short = 'j', value_name = "N", default_value = "1", help_heading = "Matching")]
    pub threads: NonZeroUsize,

    /// What to write to standard output [default: human on a terminal, ndjson otherwise]
    #[arg(long, short = 'f', value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<Format>,

    /// Write with each alert the event itself, as JSON on one line
    ///
    /// In `ndjson` alerts get the key `event`, in `human` a second line. Alerts of machine-learning rules always carry the event: it is the
    /// anomaly record.
    #[arg(long, help_heading = "Output")]
    pub include_event: bool,

    /// Exit with status 1 if there is an alert of this level or above; a rule without a level counts as informational
    #[arg(long, value_name = "LEVEL", value_parser = level, help_heading = "Output")]
    pub fail_on: Option<Level>,

    /// Show no progress bar
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,

    /// Colours for people; `auto` means on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub color: ColorChoice,
}

/// What a run writes to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One line an alert, for people: time, level, title, event, selections
    Human,
    /// One JSON object a line for each alert
    Ndjson,
    /// No alerts: counts, events/s and broken events, as a table
    Summary,
    /// As `summary`, as one JSON object
    Json,
}

impl RunArgs {
    /// The format asked for, or the one that suits where standard output goes.
    pub fn format(&self) -> Format {
        self.format.unwrap_or(if stdout().is_terminal() { Format::Human } else { Format::Ndjson })
    }

    /// Whether standard output is to be coloured.
    pub fn color_stdout(&self) -> bool {
        color(self.color, stdout().is_terminal())
    }

    /// Whether standard error is to be coloured.
    pub fn color_stderr(&self) -> bool {
        color(self.color, stderr().is_terminal())
    }

    /// Whether a progress bar may be shown: only on a terminal, and not where alerts are printed to the same one.
    pub(super) fn progress(&self) -> bool {
        let quiet = matches!(self.format(), Format::Summary | Format::Json) || !stdout().is_terminal();
        !self.no_progress && stderr().is_terminal() && quiet
    }
}

/// Whether to colour a stream, after the user's choice, `NO_COLOR` (<https://no-color.org>) and what the stream is.
pub fn color(choice: ColorChoice, terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            terminal && !refused && env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// Reads a size: `4096`, `64K`, `16M`, `1G`.
fn bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.to_ascii_lowercase().trim_end_matches("ib").trim_end_matches('b') {
        lower if lower.ends_with('k') => (lower.len() - 1, 1 << 10),
        lower if lower.ends_with('m') => (lower.len() - 1, 1 << 20),
        lower if lower.ends_with('g') => (lower.len() - 1, 1 << 30),
        lower => (lower.len(), 1usize),
    };
    let number = text.get(..digits).and_then(|digits| digits.trim().parse::<usize>().ok());
    match number.and_then(|number| number.checked_mul(unit)) {
        Some(0) => Err("must be more than 0".into()),
        Some(size) => Ok(size),
        None => Err("give a number of bytes, such as `65536`, `512K` or `16M`".into()),
    }
}

/// Reads a level.
fn level(text: &str) -> Result<Level, String> {
    Level::from_name(&text.to_ascii_lowercase())
        .ok_or_else(|| format!("the levels are {}", Level::ALL.map(Level::as_str).join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, size) in [
            ("4096", Some(4096)),
            ("64K", Some(64 << 10)),
            ("16m", Some(16 << 20)),
            ("1GiB", Some(1 << 30)),
            ("2MB", Some(2 << 20)),
            ("0", None),
            ("", None),
            ("M", None),
            ("-1", None),
            ("99999999999999999999", None),
            ("99999999999999G", None),
        ] {
            assert_eq!(bytes(text).ok(), size, "{text}");
        }
    }

    #[test]
    fn levels() {
        assert_eq!(level("HIGH"), Ok(Level::High));
        assert!(level("severe").unwrap_err().contains("critical"));
    }
}
