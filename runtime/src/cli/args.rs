//! What a user may ask of a run: the options that `sigil run` and generated binaries share.

use std::env;
use std::io::{IsTerminal as _, stderr, stdout};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

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

    /// How late events may come, for rules that look at more than one event: `30s`, `5m`, `1h`, `2d`
    ///
    /// Rules run by the times that events tell. A run waits until an event is this much later than the time of the run; what comes later still is counted as late.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration, help_heading = "Matching")]
    pub lateness: i64,

    /// Indicators for indicator match rules: files of JSON objects
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Matching")]
    pub indicators: Vec<PathBuf>,

    /// Tables for `ENRICH` and `LOOKUP JOIN`: CSV whose heading says `name:type`, or JSON objects
    ///
    /// `ENRICH` knows a table by the name of its policy, and looks its first column up; `LOOKUP JOIN` knows it by the name of its index. In CSV, a column without a
    /// type holds keywords, an empty cell is null, and `[a,b]` holds several values.
    #[arg(long = "table", value_name = "NAME=FILE", num_args = 1.., value_parser = named_file, help_heading = "Matching")]
    pub tables: Vec<(String, PathBuf)>,

    /// A command that answers the prompts of `COMPLETION`
    ///
    /// It is run for each prompt, with the inference id as its last argument, the prompt on standard input and the answer on standard output. If it fails, or
    /// takes more than a minute, the answer is null, which is told at the end. A prompt that was answered is not asked again (the first 10,000 of them). Words of the command are parted by blanks.
    #[arg(long, value_name = "COMMAND", help_heading = "Matching")]
    pub completion: Option<String>,

    /// Keep in this file what rules remember and how far the events were read, and go on from there
    ///
    /// The same command goes on where the last run stopped, also if that was killed: files are read from behind the last event that counted (a file that was
    /// replaced is read anew; standard input is never passed over). With `--output` every alert is then there exactly once. On standard output, alerts since the last
    /// save (every 2 seconds) come again after a kill, with the same ids.
    ///
    /// At the end of the events, runs that are still open are told as if nothing more came; the file keeps them open, so that a later run with more events
    /// goes on.
    #[arg(long, value_name = "FILE", help_heading = "State")]
    pub state: Option<PathBuf>,

    /// At the end of the events, do not tell what open runs have found so far; the file of `--state` keeps it for a later run
    #[arg(long, requires = "state", help_heading = "State")]
    pub keep_open: bool,

    /// How often the state is saved: `500ms`, `2s`, or a number of events
    #[arg(long, value_name = "N", default_value = "2s", value_parser = pace, hide = true)]
    pub commit_every: Pace,

    /// Use this many threads; the order of the alerts stays the same
    #[arg(long, short = 'j', value_name = "N", default_value = "1", value_parser = threads, help_heading = "Matching")]
    pub threads: NonZeroUsize,

    /// Write alerts to this file instead of standard output
    ///
    /// The file is written anew, unless `--state` goes on with it. With the formats `summary` and `json`, alerts go there as `ndjson`, and the summary to standard
    /// output.
    #[arg(long, short = 'o', value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

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

/// How often the state is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// After this time.
    Time(Duration),
    /// After so many events.
    Events(u64),
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
        let people = self.output.is_none() && stdout().is_terminal();
        self.format.unwrap_or(if people { Format::Human } else { Format::Ndjson })
    }

    /// The format of alerts: where they go to a file, also if standard output has a summary.
    pub(super) fn alert_format(&self) -> Format {
        match self.format() {
            Format::Summary | Format::Json if self.output.is_some() => Format::Ndjson,
            format => format,
        }
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
        let quiet =
            matches!(self.format(), Format::Summary | Format::Json) || self.output.is_some() || !stdout().is_terminal();
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
fn threads(text: &str) -> Result<NonZeroUsize, String> {
    const MOST: usize = 1_024;
    let count = text.parse::<NonZeroUsize>().ok().filter(|count| count.get() <= MOST);
    count.ok_or_else(|| format!("write a number from 1 to {MOST}"))
}

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

/// Reads a duration in milliseconds: `500ms`, `30s`, `5m`, `1h`, `2d`.
fn duration(text: &str) -> Result<i64, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let unit = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    };
    let number = digits.parse::<i64>().ok();
    let product = number.zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
    product.ok_or_else(|| "give a number with its unit, such as `30s`, `5m`, `1h` or `2d`".into())
}

/// Reads how often to save.
fn pace(text: &str) -> Result<Pace, String> {
    match text.parse::<u64>() {
        Ok(events) => Ok(Pace::Events(events)),
        Err(_) => duration(text).map(|time| Pace::Time(Duration::from_millis(time.unsigned_abs()))),
    }
}

/// Reads `NAME=FILE`.
pub fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("give the name of the table and its file, such as `hosts=hosts.csv`".into()),
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
    fn durations() {
        for (text, milliseconds) in [
            ("0s", Some(0)),
            ("30s", Some(30_000)),
            ("5m", Some(300_000)),
            ("2d", Some(172_800_000)),
            ("7", None),
            ("s", None),
            ("-1s", None),
            ("1w", None),
            ("9999999999999999d", None),
        ] {
            assert_eq!(duration(text).ok(), milliseconds, "{text}");
        }
        assert_eq!(pace("5"), Ok(Pace::Events(5)));
        assert_eq!(pace("5ms"), Ok(Pace::Time(Duration::from_millis(5))));
        assert_eq!(named_file("a=b=c").unwrap(), ("a".to_owned(), "b=c".into()));
        assert!(named_file("=b").is_err());
    }

    #[test]
    fn levels() {
        assert_eq!(level("HIGH"), Ok(Level::High));
        assert!(level("severe").unwrap_err().contains("critical"));
    }
}
