//! Where rules that look at more than one event meet: reports come in order, and one session takes their rows event by event.
//!
//! The watermark follows the times of the events, one after another, and runs are done behind the event that moved it. So alerts and their order depend neither on
//! the size of batches nor on threads. With `--state` the keeper also saves how far it has come, between two batches.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::args::{Pace, RunArgs};
use super::drive::{Report, RunError};
use super::events::{self, Inputs};
use super::render::Renderer;
use super::resources::Output;
use super::store::{Key, Progress, Store, StoreError};
use super::summary::Stateful;
use crate::alert::Alert;
use crate::engine::Engine;
use crate::operator::{Counters, Found, Watermark, Work};
use crate::pack::Then;
use crate::session::Session;
use crate::table::pipeline::Operator;

/// Where an event ends in a report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// When it happened.
    pub time: Option<i64>,
    /// The end of its alerts.
    pub out: usize,
    /// The end of its rows.
    pub rows: usize,
}

/// Keeps the state of a run.
pub(super) struct Keeper<'r> {
    engine: &'r Engine,
    renderer: &'r Renderer,
    session: Session,
    watermark: Watermark,
    progress: Progress,
    /// By the place of an input: where its progress is kept.
    keys: Vec<Option<Key>>,
    keep_open: bool,
    store: Option<Store>,
    /// Whether the state file held how far a run had come.
    resumes: bool,
    /// The output file, and its name in the progress.
    output: Option<(File, String)>,
    pace: Pace,
    saved: Instant,
    /// How long the last save took.
    took: Duration,
    events_since: u64,
    /// What rules counted on the way to the end, where the state is not the one that was closed.
    closed: Option<Session>,
    text: Vec<u8>,
    fired: Vec<u32>,
}

impl<'r> Keeper<'r> {
    /// Starts anew, or where the state file says.
    pub(super) fn open(
        engine: &'r Engine,
        args: &RunArgs,
        renderer: &'r Renderer,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self, StoreError> {
        let mut keeper = Self {
            engine,
            renderer,
            session: engine.session(),
            watermark: Watermark::new(args.lateness),
            progress: Progress::default(),
            keys: Vec::new(),
            keep_open: args.keep_open,
            store: None,
            resumes: false,
            output: None,
            pace: args.commit_every,
            saved: Instant::now(),
            took: Duration::ZERO,
            events_since: 0,
            closed: None,
            text: Vec::new(),
            fired: Vec::new(),
        };
        let Some(path) = &args.state else { return Ok(keeper) };
        let (store, saved) = Store::open(path)?;
        if let Some((progress, session)) = saved {
            let restored = engine.restore(&session).map_err(|error| store.refuse(&error))?;
            if !restored.dropped.is_empty() {
                warn(&format!(
                    "the state of {} was dropped: changed, or gone; that of other rules lives on",
                    named(&restored.dropped)
                ));
            }
            keeper.session = restored.session;
            keeper.watermark.resume(progress.watermark);
            keeper.progress = progress;
            keeper.resumes = true;
            // of a file that is gone nothing counts
            keeper.progress.outputs.retain(|path, _| !matches!(Path::new(path).try_exists(), Ok(false)));
        }
        keeper.store = Some(store);
        Ok(keeper)
    }

    /// The inputs, from behind what was read before.
    pub(super) fn inputs(&mut self, args: &RunArgs) -> (Inputs, Option<u64>) {
        let (inputs, total, keys) = events::open(args, &mut self.progress);
        self.keys = keys;
        (inputs, total)
    }

    /// How much of an output file counts, by its full path. A file that the state does not know is kept as it is: what stands there is never told again.
    pub(super) fn counts_of(&self, path: &str) -> u64 {
        let unknown = if self.resumes { u64::MAX } else { 0 };
        self.progress.outputs.get(path).copied().unwrap_or(unknown)
    }

    /// Notes that alerts go to a file, of which so much is kept.
    pub(super) fn writes_to(&mut self, path: &Path, output: &Output) -> Result<(), RunError> {
        let Some(name) = output.name.as_ref().filter(|_| self.store.is_some()) else { return Ok(()) };
        let file = output.file.try_clone().map_err(|error| RunError::output(Some(path), error))?;
        self.output = Some((file, name.clone()));
        let before = self.progress.outputs.insert(name.clone(), output.kept);
        if before.is_none() && self.resumes {
            // after a kill, what was written from here on does not count
            self.commit().map_err(RunError::unusable)?;
        }
        Ok(())
    }

    /// Whether there is anything to keep.
    pub(super) fn is_needed(&self) -> bool {
        self.session.is_stateful() || self.saves()
    }

    /// Whether the state is saved.
    pub(super) fn saves(&self) -> bool {
        self.store.is_some()
    }

    /// Applies the rows of a report, and puts what runs found behind the alerts of the event that let them run.
    pub(super) fn take(&mut self, report: &mut Report) {
        let mut rows = report.rows.drain(..);
        let (mut taken, mut copied) = (0, 0);
        for mark in &report.marks {
            rows.by_ref().take(mark.rows.saturating_sub(taken)).for_each(|row| self.session.apply(row));
            taken = mark.rows;
            let Some(watermark) = mark.time.and_then(|time| self.watermark.observe(time)) else { continue };
            if self.session.watermark().is_some_and(|before| before >= watermark) {
                continue;
            }
            let (renderer, early) = (self.renderer, &mut self.progress.early);
            let (text, fired) = (&mut self.text, &mut self.fired);
            self.session.advance(watermark, |alert| {
                // what was told early is told; its run comes once
                if early.is_empty() || early.remove(&alert.id()).is_none() {
                    text.extend_from_slice(report.out.get(copied..mark.out).unwrap_or_default());
                    copied = copied.max(mark.out);
                    tell(renderer, alert, text, fired);
                }
            });
        }
        drop(rows);
        if copied > 0 || !self.text.is_empty() {
            self.text.extend_from_slice(report.out.get(copied..).unwrap_or_default());
            std::mem::swap(&mut self.text, &mut report.out);
            self.text.clear();
        }
        report.fired.append(&mut self.fired);
    }

    /// Notes that a report was written; whether it is time to save.
    pub(super) fn read(&mut self, report: &Report) -> bool {
        self.progress.next = self.progress.next.saturating_add(report.positions);
        let key = self.keys.get(report.place).and_then(Option::as_ref);
        if let Some(input) = key.and_then(|key| self.progress.inputs.get_mut(key)) {
            input.done = input.done.saturating_add(report.positions.saturating_sub(report.torn));
        }
        let name = self.output.as_ref().map(|(_, name)| name);
        if let Some(len) = name.and_then(|name| self.progress.outputs.get_mut(name)) {
            *len = len.saturating_add(report.out.len() as u64);
        }
        self.events_since = self.events_since.saturating_add(report.positions);
        self.saves()
            && match self.pace {
                Pace::Events(events) => self.events_since >= events,
                // a large state is saved less often: not more than a tenth of the time goes there
                Pace::Time(time) => self.saved.elapsed() >= time.max(self.took.saturating_mul(10)),
            }
    }

    /// After the last event: alerts of open runs go into a report. A state that is kept stays open.
    pub(super) fn end(&mut self, report: &mut Report) -> Result<(), StoreError> {
        if self.keep_open {
            return Ok(());
        }
        let (renderer, out, fired) = (self.renderer, &mut report.out, &mut report.fired);
        let Some(store) = &self.store else {
            self.session.finish(|alert| tell(renderer, alert, out, fired));
            return Ok(());
        };
        let restored = self.engine.restore(&self.session.snapshot()).map_err(|error| store.refuse(&error))?;
        let mut session = restored.session;
        let (engine, early) = (self.engine, &mut self.progress.early);
        let mut until = i64::MIN;
        session.finish(|alert| {
            // an alert of an alert belongs to the run before it
            until = alert.found().map_or(until, |found| last_run(engine, alert, found));
            if early.insert(alert.id(), until).is_none() {
                tell(renderer, alert, out, fired);
            }
        });
        self.closed = Some(session);
        Ok(())
    }

    /// Saves how far the run has come.
    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let start = Instant::now();
        if let Some((file, _)) = &self.output {
            file.sync_data().map_err(|error| store.error(format!("the output cannot be saved before it: {error}")))?;
        }
        if let Some(watermark) = self.session.watermark() {
            // these runs are over
            self.progress.early.retain(|_, until| *until > watermark);
        }
        self.progress.watermark = self.watermark.state();
        store.commit(&self.progress, &self.session.snapshot())?;
        self.took = start.elapsed();
        self.saved = Instant::now();
        self.events_since = 0;
        Ok(())
    }

    /// What rules counted; `None` if no rule looks at more than one event.
    pub(super) fn counts(&self) -> Option<Stateful> {
        let session = self.closed.as_ref().unwrap_or(&self.session);
        let rules: Vec<_> = self.engine.rules().collect();
        let mut stateful = Stateful::default();
        for (rule, counters) in session.counters() {
            stateful.rules += 1;
            stateful.total.add(counters);
            if Stateful::is_loss(counters)
                && let Some(info) = rules.get(rule)
            {
                let id = info.id.as_deref().map(str::to_owned);
                stateful.losses.push((id, info.title.clone().into_owned(), Counters::clone(counters)));
            }
        }
        (stateful.rules > 0).then_some(stateful)
    }
}

/// The last run that may tell an alert. One of an event finds no place in its run if that has too many others, and comes with a later run that sees the event.
fn last_run(engine: &Engine, alert: &Alert<'_>, found: &Found) -> i64 {
    match engine.linked.rule(alert.index).map(|(rule, _)| &rule.then) {
        Some(Then::Operation(operation)) if operation.is_for_events() => {
            let schedule = &operation.schedule;
            schedule.tick_at_or_before(found.origins.last.saturating_add(schedule.from)).max(found.window.to)
        }
        Some(Then::Operation(_) | Then::Alert | Then::Threat(_)) | None => found.window.to,
    }
}

fn tell(renderer: &Renderer, alert: &Alert<'_>, out: &mut Vec<u8>, fired: &mut Vec<u32>) {
    fired.push(u32::try_from(alert.rule_index()).unwrap_or(u32::MAX));
    renderer.alert(out, alert, None);
}

/// Rules by their titles, the first few of them.
fn named(titles: &[String]) -> String {
    const TOLD: usize = 5;
    let mut told: Vec<String> =
        titles.iter().take(TOLD).map(|title| format!("`{}`", super::text::harmless(title))).collect();
    if titles.len() > TOLD {
        told.push(super::text::counted((titles.len() - TOLD) as u64, "other rule"));
    }
    told.join(", ")
}

/// A warning, if rules compare events with indicators and have none.
pub(super) fn without_indicators(engine: &Engine, given: &[PathBuf]) -> Option<String> {
    let rules = engine.rules().enumerate();
    let lacking: Vec<_> = rules.filter(|(rule, _)| engine.indicator_count(*rule) == Some(0)).collect();
    let (_, first) = lacking.first()?;
    let title = super::text::harmless(&first.title);
    let next = if given.is_empty() {
        "give them with `--indicators`"
    } else {
        "of those in the files of `--indicators`, `threat_query` and the mapping take none"
    };
    Some(match lacking.len() {
        1 => format!("the rule `{title}` compares events with indicators and has none; {next}"),
        count => {
            format!("{count} rules compare events with indicators and have none, `{title}` among them; {next}")
        }
    })
}

/// What rules look up in tables that are not there, or are not as they were when the rules were compiled: one text for each table.
pub(super) fn without_tables(engine: &Engine) -> Vec<String> {
    let mut said = BTreeMap::new();
    for rule in 0..u32::try_from(engine.rules().len()).unwrap_or(u32::MAX) {
        let Some((linked, _)) = engine.linked.rule(rule) else { continue };
        for operator in operators(&linked.then) {
            let Operator::Lookup(lookup) = operator else { continue };
            let Some(problem) = lookup.lacks(engine.around.resources.table(&lookup.table)) else { continue };
            let title =
                engine.rules().nth(rule as usize).map_or_else(String::new, |rule| super::text::harmless(&rule.title));
            let name = super::text::harmless(&lookup.table);
            let text = format!(
                "the rule `{title}` looks up the table `{name}`, which {problem}; give it with `--table {name}=FILE`"
            );
            said.entry(Arc::clone(&lookup.table)).or_insert(text);
        }
    }
    said.into_values().collect()
}

/// What a rule does with rows.
fn operators(then: &Then) -> &[Operator] {
    match then {
        Then::Operation(operation) => match &operation.work {
            Work::Table(pipeline) => &pipeline.operators,
            Work::Threshold(_) | Work::NewTerms(_) | Work::Events(_) => &[],
        },
        Then::Alert | Then::Threat(_) => &[],
    }
}

/// How many rules ask a model that there is not.
pub(super) fn without_model(engine: &Engine) -> u64 {
    if engine.around.resources.has_completion() {
        return 0;
    }
    let asks = |rule: u32| {
        let linked = engine.linked.rule(rule);
        linked.is_some_and(|(rule, _)| {
            operators(&rule.then).iter().any(|operator| matches!(operator, Operator::Completion { .. }))
        })
    };
    let rules = u32::try_from(engine.rules().len()).unwrap_or(u32::MAX);
    (0..rules).filter(|rule| asks(*rule)).count() as u64
}
