//! The run without its two ends: whatever reads batches and whatever evaluates them, reports come out in order.
//!
//! Alerts go to one stream, remarks on broken events to another, both in the order of the events. Broken events can be many, so the
//! first ones are told in full and the rest is counted.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::args::Format;
use super::completion::Model;
use super::keeper::{Keeper, Mark};
use super::ordered;
use super::progress::Progress;
use super::render::{DIM, PLAIN, RED, YELLOW};
use super::summary::{RuleCount, Stateful, Summary};
use super::text::{counted, harmless};
use crate::input::Broken;
use crate::pack::RuleInfo;
use crate::states::HeldRow;

/// How many broken events are told in full.
const TOLD: u64 = 10;

/// So long alerts may wait for others before they leave together.
const HELD_FOR: Duration = Duration::from_millis(500);

/// A run that could not go on.
#[derive(Debug)]
pub struct RunError(Kind);

#[derive(Debug)]
enum Kind {
    NoEvents,
    Output(Option<PathBuf>, io::Error),
    /// What cannot be used, and why.
    Unusable(String),
    /// What the command line asks for and should not.
    Usage(String),
}

impl RunError {
    /// There is nothing to read: no `--events`, and standard input is a terminal.
    pub(super) fn no_events() -> Self {
        Self(Kind::NoEvents)
    }

    /// The alerts cannot be written: to this file, or to standard output.
    pub(super) fn output(path: Option<&Path>, error: io::Error) -> Self {
        Self(Kind::Output(path.map(Path::to_owned), error))
    }

    /// Something that the command line names cannot be used.
    pub(super) fn unusable(why: impl fmt::Display) -> Self {
        Self(Kind::Unusable(why.to_string()))
    }

    /// The command line asks for something that would do harm.
    pub fn usage(why: impl fmt::Display) -> Self {
        Self(Kind::Usage(why.to_string()))
    }

    /// Whether the command line is to blame.
    pub fn is_usage(&self) -> bool {
        match self.0 {
            Kind::NoEvents | Kind::Usage(_) => true,
            Kind::Output(..) | Kind::Unusable(_) => false,
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::NoEvents => {
                write!(f, "no events to read: name files with `--events FILE`, or pipe events into standard input")
            }
            Kind::Output(None, error) => write!(f, "cannot write to standard output: {error}"),
            Kind::Output(Some(path), error) => write!(f, "cannot write to `{}`: {error}", path.display()),
            Kind::Unusable(why) | Kind::Usage(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::NoEvents | Kind::Unusable(_) | Kind::Usage(_) => None,
            Kind::Output(_, error) => Some(error),
        }
    }
}

/// What came of one batch.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Alerts, rendered.
    pub out: Vec<u8>,
    /// The rule of each alert.
    pub fired: Vec<u32>,
    /// Events that were evaluated.
    pub events: u64,
    /// Bytes of input.
    pub bytes: u64,
    /// Which input the events are from, by its place among them.
    pub place: usize,
    /// How many items of it the batch covered.
    pub positions: u64,
    /// How many of them may be whole when the input is read again: the last item, if the input ended within it and it is broken.
    pub torn: u64,
    /// For rules that look at more than one event: where each event ends in what is above and below.
    pub marks: Vec<Mark>,
    /// Rows of such rules.
    pub rows: Vec<HeldRow>,
    broken: u64,
    unreadable: u64,
    remarks: Vec<Remark>,
}

#[derive(Debug)]
enum Remark {
    Broken(String),
    Unreadable(String),
    Warning(String),
}

impl Report {
    /// Notes something in the input that is not an event: a broken event, or, where it has no place among the events, an input that cannot be
    /// read, wholly or in part.
    pub(super) fn broken(&mut self, broken: &Broken) {
        if broken.index.is_none() {
            self.unreadable += 1;
            self.remarks.push(Remark::Unreadable(harmless(&broken.to_string())));
            return;
        }
        self.broken += 1;
        if self.broken <= TOLD {
            self.remarks.push(Remark::Broken(harmless(&broken.to_string())));
        }
    }

    /// Empties the report but keeps its memory, within reason.
    fn clear(&mut self) {
        const KEPT: usize = 16 << 20;
        let Self { out, fired, events, bytes, place, positions, torn, marks, rows, broken, unreadable, remarks } = self;
        out.clear();
        out.shrink_to(KEPT);
        fired.clear();
        fired.shrink_to(KEPT / size_of::<u32>());
        remarks.clear();
        marks.clear();
        marks.shrink_to(KEPT / size_of::<Mark>());
        rows.clear();
        rows.shrink_to(KEPT / size_of::<HeldRow>());
        *place = 0;
        (*events, *bytes, *positions, *torn, *broken, *unreadable) = (0, 0, 0, 0, 0, 0);
    }
}

/// How a run is to be done.
#[derive(Debug)]
pub(super) struct Manner {
    pub threads: NonZeroUsize,
    pub format: Format,
    pub color_stderr: bool,
    pub progress: bool,
    /// The size of all inputs, where it is known: all of them are files.
    pub total_bytes: Option<u64>,
    /// How many rules ask a model that there is not.
    pub needs_inference: u64,
    /// Who answers prompts.
    pub model: Option<Arc<Model>>,
}

/// Where a run writes.
pub(super) struct Outputs<'w> {
    /// Alerts, if they go to a file.
    pub file: Option<(&'w mut (dyn Write + Send), &'w Path)>,
    /// Standard output.
    pub out: &'w mut (dyn Write + Send),
    /// Remarks.
    pub err: &'w mut (dyn Write + Send),
}

/// Reads, evaluates and writes until the input ends. `keeper` keeps the state of rules that look at more than one event.
pub(super) fn drive<'r, B: Default, W: FnMut(&mut B, &mut Report)>(
    manner: &Manner,
    rules: impl Iterator<Item = &'r RuleInfo>,
    read: impl FnMut(&mut B) -> bool + Send,
    worker: impl Fn() -> W + Sync,
    keeper: Option<&mut Keeper<'_>>,
    Outputs { file, out, err }: Outputs<'_>,
) -> Result<Summary, RunError> {
    let started = Instant::now();
    let rules = rules.collect::<Vec<_>>();
    let path = file.as_ref().map(|(_, path)| *path);
    let mut desk = Desk {
        file: file.map(|(file, _)| file),
        path,
        out,
        err,
        keeper,
        summary: Summary::default(),
        fired: vec![0; rules.len()],
        progress: Progress::new(manner.progress, manner.total_bytes),
        told: 0,
        bytes: 0,
        color: manner.color_stderr,
        follows: manner.total_bytes.is_none() || manner.model.is_some(),
        flushed: started,
    };
    let outcome = ordered::run(manner.threads, read, worker, |report: &mut Report| desk.take(report));
    let outcome = outcome.and_then(|()| desk.end());
    desk.progress.finish();
    let Desk { mut summary, fired, out, err, told, keeper, .. } = desk;
    if let Some(keeper) = keeper {
        summary.stateful = keeper.counts();
    }
    summary.elapsed = started.elapsed();
    summary.rules = busiest(&rules, &fired);
    if summary.broken > told {
        writeln!(err, "... and {} more", counted(summary.broken - told, "broken event")).ok();
    }
    summary.needs_inference = manner.needs_inference;
    summary.failed_completions = manner.model.as_ref().map_or(0, |model| model.failures());
    if let Some(text) = Model::warning(summary.failed_completions) {
        remark(err, &[Remark::Warning(text)], &mut 0, manner.color_stderr);
    }
    if let (Format::Human | Format::Ndjson, Some(text)) =
        (manner.format, summary.stateful.as_ref().and_then(Stateful::lost))
    {
        remark(err, &[Remark::Warning(text)], &mut 0, manner.color_stderr);
    }
    let outcome = outcome.and_then(|()| {
        let written = match manner.format {
            Format::Human => {
                let (dim, plain) = if manner.color_stderr { (DIM, PLAIN) } else { ("", "") };
                write!(err, "{dim}{}{plain}", summary.line()).ok();
                Ok(())
            }
            Format::Ndjson => Ok(()),
            Format::Summary => out.write_all(summary.table().as_bytes()),
            Format::Json => out.write_all(summary.json().as_bytes()),
        };
        written.and_then(|()| out.flush()).map_err(|error| RunError::output(None, error))
    });
    match outcome {
        Ok(()) => Ok(summary),
        // who closed the pipe has seen enough: `sigil run .. | head`
        Err(RunError(Kind::Output(None, error))) if error.kind() == ErrorKind::BrokenPipe => {
            Ok(Summary { closed: true, ..summary })
        }
        Err(error) => Err(error),
    }
}

/// Where reports arrive, in order.
struct Desk<'w, 'k, 'e> {
    file: Option<&'w mut (dyn Write + Send)>,
    path: Option<&'w Path>,
    keeper: Option<&'k mut Keeper<'e>>,
    out: &'w mut (dyn Write + Send),
    err: &'w mut (dyn Write + Send),
    summary: Summary,
    fired: Vec<u64>,
    progress: Progress,
    told: u64,
    bytes: u64,
    color: bool,
    /// Alerts leave with their batch: who follows a live stream, or waits for a model, waits for no buffer to fill.
    follows: bool,
    /// When alerts left last, whether or not there were enough to fill a block.
    flushed: Instant,
}

impl Desk<'_, '_, '_> {
    /// Writes a report and adds its numbers.
    fn take(&mut self, report: &mut Report) -> Result<(), RunError> {
        if let Some(keeper) = &mut self.keeper {
            keeper.take(report);
        }
        self.summary.events += report.events;
        self.summary.alerts += report.fired.len() as u64;
        self.summary.broken += report.broken;
        self.summary.unreadable += report.unreadable;
        self.bytes += report.bytes;
        for &rule in &report.fired {
            if let Some(count) = self.fired.get_mut(rule as usize) {
                *count += 1;
            }
        }
        if !report.remarks.is_empty() {
            self.progress.suspend(|| remark(self.err, &report.remarks, &mut self.told, self.color));
        }
        self.write(&report.out)?;
        if self.follows || self.flushed.elapsed() >= HELD_FOR {
            self.flush()?;
        }
        if let Some(keeper) = &mut self.keeper
            && keeper.read(report)
        {
            self.commit()?;
        }
        self.progress.update(self.bytes, self.summary.events, self.summary.alerts);
        report.clear();
        Ok(())
    }

    /// After the last event: what open runs found is written, and the state kept.
    fn end(&mut self) -> Result<(), RunError> {
        let Some(keeper) = &mut self.keeper else { return self.flush() };
        let mut report = Report::default();
        keeper.end(&mut report).map_err(RunError::unusable)?;
        self.take(&mut report)?;
        self.flush()?;
        self.commit()
    }

    fn write(&mut self, text: &[u8]) -> Result<(), RunError> {
        if text.is_empty() {
            return Ok(());
        }
        self.alerts_out().write_all(text).map_err(|error| RunError::output(self.path, error))
    }

    fn flush(&mut self) -> Result<(), RunError> {
        self.flushed = Instant::now();
        self.alerts_out().flush().map_err(|error| RunError::output(self.path, error))
    }

    fn alerts_out(&mut self) -> &mut (dyn Write + Send) {
        self.file.as_mut().map_or(&mut *self.out, |file| &mut **file)
    }

    /// Saves the state; alerts are written before.
    fn commit(&mut self) -> Result<(), RunError> {
        if !self.keeper.as_ref().is_some_and(|keeper| keeper.saves()) {
            return Ok(());
        }
        self.flush()?;
        self.keeper.as_mut().map_or(Ok(()), |keeper| keeper.commit()).map_err(RunError::unusable)
    }
}

/// Tells people of broken events and unreadable inputs. That standard error cannot be written is nobody's business.
fn remark(err: &mut dyn Write, remarks: &[Remark], told: &mut u64, color: bool) {
    let (red, yellow, plain) = if color { (RED, YELLOW, PLAIN) } else { ("", "", "") };
    for remark in remarks {
        match remark {
            Remark::Unreadable(text) => {
                writeln!(err, "{red}error{plain}: {text}").ok();
            }
            Remark::Broken(text) if *told < TOLD => {
                *told += 1;
                writeln!(err, "{yellow}warning{plain}: {text}; the event is skipped").ok();
            }
            Remark::Broken(_) => {}
            Remark::Warning(text) => {
                writeln!(err, "{yellow}warning{plain}: {text}").ok();
            }
        }
    }
}

/// Rules with alerts: most alerts first, then in the order of the rules.
fn busiest(rules: &[&RuleInfo], fired: &[u64]) -> Vec<RuleCount> {
    let mut counts = rules
        .iter()
        .zip(fired)
        .filter(|&(_, &alerts)| alerts > 0)
        .map(|(rule, &alerts)| RuleCount {
            id: rule.id.as_deref().map(str::to_owned),
            title: rule.title.clone().into_owned(),
            level: rule.level,
            source: rule.source.clone().into_owned(),
            alerts,
        })
        .collect::<Vec<_>>();
    counts.sort_by_key(|count| std::cmp::Reverse(count.alerts));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Level;

    fn rule(title: &str, level: Option<Level>) -> RuleInfo {
        RuleInfo {
            id: None,
            title: title.to_owned().into(),
            level,
            tags: vec![],
            source: "a.yml".into(),
            selections: vec![],
            marks: vec![],
        }
    }

    /// Ten events a batch; every second one fires rule 0, every third one rule 1, every seventh is broken.
    fn numbers(
        threads: usize,
        format: Format,
        batches: u64,
        out: &mut (dyn Write + Send),
    ) -> (Result<Summary, RunError>, String) {
        let manner = Manner {
            threads: NonZeroUsize::new(threads).unwrap(),
            format,
            color_stderr: false,
            progress: false,
            total_bytes: None,
            needs_inference: 0,
            model: None,
        };
        let mut next = 0;
        let mut err = Vec::new();
        let read = |batch: &mut u64| {
            *batch = next;
            next += 1;
            *batch < batches
        };
        let worker = || {
            |batch: &mut u64, report: &mut Report| {
                for number in *batch * 10..(*batch + 1) * 10 {
                    report.bytes += 1;
                    if number % 7 == 6 {
                        let (line, index) = (Some(number + 1), Some(number));
                        report.broken(&Broken { source: "e\u{1b}".into(), line, index, reason: "bad".into() });
                        continue;
                    }
                    report.events += 1;
                    for (rule, every) in [(0, 2), (1, 3)] {
                        if number % every == 0 {
                            report.fired.push(rule);
                            writeln!(report.out, "{rule} {number}").unwrap();
                        }
                    }
                }
            }
        };
        let rules = [rule("even", Some(Level::Low)), rule("third", None)];
        let outcome = drive(&manner, rules.iter(), read, worker, None, Outputs { file: None, out, err: &mut err });
        (outcome, String::from_utf8(err).unwrap())
    }

    #[test]
    fn threads_change_nothing_but_the_time() {
        let mut one = Vec::new();
        let (summary, told) = numbers(1, Format::Ndjson, 200, &mut one);
        let summary = summary.unwrap();
        assert_eq!((summary.events, summary.broken, summary.alerts), (1715, 285, 1429));
        assert_eq!(summary.alerts, str::from_utf8(&one).unwrap().lines().map(|_| 1).sum::<u64>());
        assert_eq!(
            summary.rules.iter().map(|r| (r.title.as_str(), r.alerts)).collect::<Vec<_>>(),
            [("even", 857), ("third", 572)]
        );
        assert_eq!(told.lines().count(), 11, "{told}");
        assert!(told.starts_with("warning: e\\u{1b}:7: bad; the event is skipped\n"), "{told}");
        assert!(told.ends_with("... and 275 broken events more\n"), "{told}");
        for threads in [2, 3, 8] {
            let mut many = Vec::new();
            let (summary, told_too) = numbers(threads, Format::Ndjson, 200, &mut many);
            assert_eq!(
                (many == one, summary.unwrap().alerts, told_too == told),
                (true, 1429, true),
                "{threads} threads"
            );
        }
    }

    /// Counts what is written, and how often it is flushed.
    #[derive(Default)]
    struct Counting {
        written: usize,
        flushed: usize,
    }

    impl Write for Counting {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.written += text.len();
            Ok(text.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            self.flushed += 1;
            Ok(())
        }
    }

    #[test]
    fn alerts_of_a_stream_do_not_wait() {
        let run = |total_bytes, pause: Duration| {
            let mut left = 10;
            let read = |_: &mut u8| {
                left -= 1;
                left >= 0
            };
            let worker = || {
                |_: &mut u8, report: &mut Report| {
                    std::thread::sleep(pause);
                    report.out.push(b'x');
                }
            };
            let manner = Manner {
                threads: NonZeroUsize::MIN,
                format: Format::Ndjson,
                color_stderr: false,
                progress: false,
                total_bytes,
                needs_inference: 0,
                model: None,
            };
            let (mut out, mut err) = (Counting::default(), Vec::new());
            let outputs = Outputs { file: None, out: &mut out, err: &mut err };
            drive(&manner, [].iter(), read, worker, None, outputs).unwrap();
            assert_eq!(out.written, 10);
            out.flushed
        };
        // one for each batch, and two at the end
        assert_eq!(run(None, Duration::ZERO), 12);
        assert_eq!(run(Some(10), Duration::ZERO), 2);
        // files take their time too
        assert!(run(Some(10), HELD_FOR / 5) > 2);
    }

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn outputs_that_fail() {
        for format in [Format::Ndjson, Format::Summary] {
            for threads in [1, 3] {
                let batches = if format == Format::Ndjson { u64::MAX } else { 9 };
                let closed = numbers(threads, format, batches, &mut Failing(ErrorKind::BrokenPipe)).0.unwrap();
                assert!(closed.closed);
                let full = numbers(threads, format, batches, &mut Failing(ErrorKind::StorageFull)).0.unwrap_err();
                assert!(full.to_string().starts_with("cannot write to standard output: ") && !full.is_usage());
            }
        }
    }

    #[test]
    fn what_each_format_ends_with() {
        let mut out = Vec::new();
        let (_, err) = numbers(1, Format::Human, 1, &mut out);
        assert!(err.lines().last().unwrap().ends_with("7 alerts of 2 rules, 1 broken event skipped"), "{err}");
        out.clear();
        let (_, err) = numbers(1, Format::Json, 0, &mut out);
        assert_eq!((str::from_utf8(&out).unwrap().lines().count(), err.as_str()), (1, ""));
    }
}
