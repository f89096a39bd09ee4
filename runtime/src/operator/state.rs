//! The state of a stateful rule, and what a run makes of it.

use std::collections::BTreeMap;

use super::again::Last;
use super::begun::{Begun, Early};
use super::extract;
use super::found::{AlertId, Candidate, Found};
use super::rows::Buffer;
use super::schedule::{self, Schedule, Window};
use super::suppress::{self, First, Suppressed, Verdict};
use super::terms::History;
use super::threshold::{self, LastAlerts};
use super::{Operation, Work};
use crate::table::expr::{Context, Warnings};
use crate::table::groups::{Limits as GroupLimits, RowOrigin};
use crate::table::pipeline;
use crate::table::run::{Run, Tagged};
use crate::table::tables::Host;
use crate::table::value::Value;

/// A row that an event makes for a stateful rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The event's time: milliseconds since 1970.
    pub time: i64,
    /// The event's number: it is told with alerts.
    pub event: u64,
    /// Tells the event, where the rule tells events apart: a digest of what identifies it.
    pub document: u128,
    /// The values of [`Operation::columns`].
    pub values: pipeline::Row,
}

/// What a rule may keep. What is beyond goes, and is counted: the oldest first, but of windows those that are due last, so that events from the
/// future push out nothing of the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Groups, over all open windows.
    pub groups: usize,
    /// Bytes of groups, over all open windows.
    pub bytes: usize,
    /// Rows.
    pub rows: usize,
    /// Tuples of terms, and entries of other memories.
    pub terms: usize,
    /// Open windows.
    pub windows: usize,
}

impl Limits {
    /// Those of one table of groups: the tables of all windows that see an event have room together.
    pub(super) fn of_groups(self, operation: &Operation) -> GroupLimits {
        let windows = usize::try_from(operation.schedule.overlap().clamp(1, MOST_OVERLAP)).unwrap_or(1);
        GroupLimits { groups: self.groups / windows, bytes: self.bytes / windows }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { groups: 2_000_000, bytes: 1 << 30, rows: 200_000, terms: 2_000_000, windows: 1_000 }
    }
}

/// What a rule's state counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events that the rule's matcher let through.
    pub events: u64,
    /// Events that came when all runs that would see them were over.
    pub late: u64,
    /// Events without a time, or with one that no calendar holds.
    pub untimed: u64,
    /// Rows, groups, terms and windows that had to go because there were too many.
    pub evicted: u64,
    /// Alerts beyond `max_signals` of a run.
    pub over_limit: u64,
    /// Alerts that others stand for.
    pub suppressed: u64,
    /// Runs.
    pub runs: u64,
    /// Warnings of expressions.
    pub warnings: Warnings,
}

impl Counters {
    /// Adds those of another state.
    pub fn add(&mut self, other: &Self) {
        self.events = self.events.saturating_add(other.events);
        self.late = self.late.saturating_add(other.late);
        self.untimed = self.untimed.saturating_add(other.untimed);
        self.evicted = self.evicted.saturating_add(other.evicted);
        self.over_limit = self.over_limit.saturating_add(other.over_limit);
        self.suppressed = self.suppressed.saturating_add(other.suppressed);
        self.runs = self.runs.saturating_add(other.runs);
        self.warnings.add(&other.warnings);
    }
}

/// The state of one rule, or of one partition of it.
#[derive(Clone, Debug)]
pub struct RuleState {
    /// Runs up to this time are over.
    pub(super) closed: i64,
    pub(super) body: Body,
    /// Alerts of the last runs that a later run could find again, and until which run that is.
    pub(super) told: BTreeMap<AlertId, i64>,
    pub(super) suppressed: Suppressed,
    pub(super) counters: Counters,
    limits: Limits,
    /// What is done when an event comes.
    early: Early,
    last: Last,
    /// Keeps what was compiled for expressions.
    cx: Context,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    /// Groups of each open window, by the time of its run.
    Windows(BTreeMap<i64, Run>),
    /// Rows that windows still see.
    Rows(Buffer),
    /// Rows, and the latest alert of each group.
    Threshold(Buffer, LastAlerts),
    /// Rows, and when terms were seen before.
    Terms(Buffer, History),
}

/// Milliseconds.
const A_DAY: i64 = 86_400_000;

/// Whether there are too many groups is asked once for so many events.
const EVENTS_BETWEEN_CHECKS: u64 = 64;

/// Beyond this many windows that see the same event, rows are kept in place of each window's groups.
const MOST_OVERLAP: i64 = 12;

/// What [`step`] gives.
#[derive(Clone, Debug)]
pub struct Step {
    /// The state after it.
    pub state: RuleState,
    /// Alerts, in the order of runs.
    pub alerts: Vec<Found>,
    /// The time of the next run that could find something; `None` if only new rows can change that.
    pub next_timer: Option<i64>,
}

/// Takes rows, then does all runs up to the watermark: there will be no more events of that time or earlier.
pub fn step(
    operation: &Operation,
    mut state: RuleState,
    rows: impl IntoIterator<Item = Row>,
    watermark: i64,
    host: Host<'_>,
) -> Step {
    for row in rows {
        state.add(operation, row, host);
    }
    let mut alerts = Vec::new();
    while let Some(tick) = state.due(operation).filter(|tick| *tick <= watermark) {
        state.run(operation, tick, host, &mut alerts);
    }
    state.close(watermark);
    let next_timer = state.due(operation);
    Step { state, alerts, next_timer }
}

impl RuleState {
    /// The state before the first event.
    pub fn new(operation: &Operation, limits: Limits) -> Self {
        let buffer = Buffer::default;
        let body = match &operation.work {
            Work::Table(pipeline)
                if pipeline.first_stats().is_some()
                    && !pipeline.head_reads_now()
                    && operation.schedule.overlap() <= MOST_OVERLAP =>
            {
                Body::Windows(BTreeMap::new())
            }
            Work::Table(_) | Work::Events(_) => Body::Rows(buffer()),
            Work::Threshold(_) => Body::Threshold(buffer(), LastAlerts::default()),
            Work::NewTerms(_) => Body::Terms(buffer(), History::default()),
        };
        Self {
            closed: i64::MIN,
            body,
            early: Early::of(operation),
            last: Last::default(),
            cx: Context::default(),
            told: BTreeMap::new(),
            suppressed: Suppressed::default(),
            counters: Counters::default(),
            limits,
        }
    }

    /// What it counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What is done when an event comes.
    pub(crate) fn early(&self) -> &Early {
        &self.early
    }

    /// Counts an event that has no time.
    pub(crate) fn count_untimed(&mut self) {
        add(&mut self.counters.events, 1);
        add(&mut self.counters.untimed, 1);
    }

    /// Takes a row.
    pub fn add(&mut self, operation: &Operation, row: Row, host: Host<'_>) {
        let begun = Begun::of_row(operation, &self.early, row, &mut self.cx, host);
        self.add_begun(operation, begun, host);
    }

    /// Takes what an event became. Tells which run sees it first, if one does.
    pub(crate) fn add_begun(&mut self, operation: &Operation, begun: Begun, host: Host<'_>) -> Option<i64> {
        let Begun { time, event, document, rows, warnings } = begun;
        add(&mut self.counters.events, 1);
        if !schedule::is_time(time) {
            add(&mut self.counters.untimed, 1);
            return None;
        }
        let ticks = operation.schedule.ticks(time, self.closed);
        match ticks {
            Some(_) => self.counters.warnings.add(&warnings),
            None => add(&mut self.counters.late, 1),
        }
        let mut due = None;
        for values in rows {
            let row = Row { time, event, document, values };
            match ticks {
                Some(ticks) => {
                    self.keep(operation, row, ticks, host);
                    due = Some(ticks.0);
                }
                None => self.remember_late(operation, row),
            }
        }
        due
    }

    /// A row that no run sees may be history.
    fn remember_late(&mut self, operation: &Operation, row: Row) {
        let horizon = self.horizon(operation);
        if let (Body::Terms(buffer, history), Work::NewTerms(terms)) = (&mut self.body, &operation.work) {
            if row.time > self.closed {
                // no run sees it, but it is history only for those that are behind it
                buffer.add(row);
                add(&mut self.counters.evicted, buffer.bound(&self.limits, horizon, || operation.shares()));
            } else {
                history.remember(terms, &row);
                add(&mut self.counters.evicted, history.bound(&self.limits, i64::MIN));
            }
        }
    }

    /// Rows later than this are from the future: they go first when there is no room.
    fn horizon(&self, operation: &Operation) -> i64 {
        if self.closed == i64::MIN {
            return i64::MAX;
        }
        let Schedule { from, interval, .. } = operation.schedule;
        self.closed.saturating_add(from).saturating_add(interval).saturating_add(A_DAY)
    }

    /// Keeps a row for the runs that see it.
    fn keep(&mut self, operation: &Operation, row: Row, (first, last): (i64, i64), host: Host<'_>) {
        let (keys, most) = match &operation.work {
            Work::Threshold(threshold) => (threshold.keys, threshold::most_groups(threshold, &row)),
            Work::NewTerms(terms) => (terms.terms, usize::MAX),
            Work::Table(_) | Work::Events(_) => (0, usize::MAX),
        };
        add(&mut self.counters.evicted, threshold::left_out(row.values.get(..keys).unwrap_or_default(), most));
        if let (Work::Events(_), Some(suppression)) = (&operation.work, &operation.suppression) {
            add(&mut self.counters.evicted, suppression.left_out(&row.values));
        }
        let horizon = self.horizon(operation);
        match (&mut self.body, &operation.work) {
            (Body::Windows(windows), Work::Table(pipeline)) => {
                let origin = RowOrigin { event: row.event, time: row.time };
                let mut tick = first;
                let mut values = row.values;
                let open = windows.len();
                while tick <= last {
                    let next = tick.saturating_add(operation.schedule.interval.max(1));
                    let values = if next <= last { values.clone() } else { std::mem::take(&mut values) };
                    self.cx.now = tick;
                    let Limits { rows, .. } = self.limits;
                    let limits = self.limits.of_groups(operation);
                    let run = windows.entry(tick).or_insert_with(|| Run::new(pipeline, limits, rows));
                    run.push_behind(self.early.operators(), pipeline, values, origin, &mut self.cx, host);
                    self.counters.warnings.add(&std::mem::take(&mut self.cx.warnings));
                    if next == tick {
                        break;
                    }
                    tick = next;
                }
                // to look at all windows for each event would be slow where many are open
                if windows.len() > open || self.counters.events.is_multiple_of(EVENTS_BETWEEN_CHECKS) {
                    self.bound_windows();
                }
            }
            (Body::Rows(buffer) | Body::Threshold(buffer, _) | Body::Terms(buffer, _), _) => {
                buffer.add(row);
                add(&mut self.counters.evicted, buffer.bound(&self.limits, horizon, || operation.shares()));
            }
            (Body::Windows(_), Work::Threshold(_) | Work::NewTerms(_) | Work::Events(_)) => {}
        }
    }

    /// Lets the window go that is due last, while there is more than the limits allow.
    fn bound_windows(&mut self) {
        let Body::Windows(windows) = &mut self.body else { return };
        let size = |windows: &BTreeMap<i64, Run>| {
            windows.values().fold((0, 0), |(groups, bytes), run| (groups + run.groups(), bytes + run.memory()))
        };
        while windows.len() > 1 {
            let (groups, bytes) = size(windows);
            if windows.len() <= self.limits.windows && groups <= self.limits.groups && bytes <= self.limits.bytes {
                break;
            }
            if let Some((_, run)) = windows.pop_last() {
                add(&mut self.counters.evicted, run.lost().saturating_add(run.groups().max(1) as u64));
            }
        }
    }

    /// The time of the next run that sees an event.
    pub fn due(&self, operation: &Operation) -> Option<i64> {
        match &self.body {
            Body::Windows(windows) => windows.keys().next().copied(),
            Body::Rows(buffer) | Body::Threshold(buffer, _) | Body::Terms(buffer, _) => {
                buffer.due(&operation.schedule, self.closed)
            }
        }
    }

    /// Nothing of this time or earlier comes any more.
    pub(crate) fn close(&mut self, watermark: i64) {
        self.closed = self.closed.max(watermark);
    }

    /// Does the run at this time.
    pub(crate) fn run(&mut self, operation: &Operation, tick: i64, host: Host<'_>, out: &mut Vec<Found>) {
        let window = operation.schedule.window(tick);
        let next = tick.saturating_add(operation.schedule.interval.max(1));
        let gone = operation.schedule.window(next).from;
        let mut cx = std::mem::take(&mut self.cx);
        cx.now = tick;
        // what is suppressed or was told before takes no place of another
        let most = match operation.suppression {
            None if !operation.is_for_events() => operation.schedule.max_signals as usize,
            _ => usize::MAX,
        };
        let candidates = match (&mut self.body, &operation.work) {
            (Body::Windows(windows), Work::Table(pipeline)) => {
                let run = windows.remove(&tick);
                run.filter(Run::has_rows).map_or_else(Vec::new, |run| {
                    add(&mut self.counters.evicted, run.lost());
                    let (rows, left_out) = run.finish(pipeline, most, &mut cx, host);
                    add(&mut self.counters.over_limit, left_out);
                    of_table(pipeline, rows, None)
                })
            }
            (Body::Rows(buffer), Work::Table(pipeline)) => {
                let pipeline = (pipeline, self.early.operators(), most);
                let made = self.last.run(pipeline, (buffer, window), &self.limits, &mut cx, host);
                add(&mut self.counters.evicted, made.lost);
                add(&mut self.counters.over_limit, made.left_out);
                self.counters.warnings.add(&made.warnings);
                made.candidates
            }
            (Body::Rows(buffer), Work::Events(columns)) => {
                let suppression = operation.suppression.as_ref();
                let (found, left_out) = suppress::candidates(columns, suppression, buffer.within(window), &self.limits);
                add(&mut self.counters.evicted, left_out);
                found
            }
            (Body::Threshold(buffer, last), Work::Threshold(work)) => {
                let (found, left_out) = threshold::run(work, buffer.within(window), last, window, &self.limits);
                add(&mut self.counters.evicted, left_out);
                found
            }
            (Body::Terms(buffer, history), Work::NewTerms(terms)) => {
                let evicted = history.remember_all(terms, buffer.up_to(window.from), &self.limits);
                let (found, left_out) = history.new_terms(terms, buffer.within(window), window, &self.limits);
                add(&mut self.counters.evicted, evicted.saturating_add(left_out));
                add(&mut self.counters.evicted, history.bound(&self.limits, tick.saturating_sub(terms.history)));
                found
            }
            _ => Vec::new(),
        };
        if let Body::Terms(buffer, history) = &mut self.body
            && let Work::NewTerms(terms) = &operation.work
        {
            // rows that no later run sees are history from now on
            let evicted = history.remember_all(terms, buffer.up_to(gone), &self.limits);
            add(&mut self.counters.evicted, evicted);
        }
        match &mut self.body {
            Body::Windows(_) => {}
            Body::Rows(buffer) | Body::Threshold(buffer, _) | Body::Terms(buffer, _) => buffer.forget_before(gone),
        }
        add(&mut self.counters.runs, 1);
        self.counters.warnings.add(&std::mem::take(&mut cx.warnings));
        self.cx = cx;
        self.close(tick);
        self.told.retain(|_, until| *until >= tick);
        self.tell(operation, window, candidates, out);
    }

    /// Alerts that were not told before, as many as a run may give. What finds no place in a run may be told by a later one.
    fn tell(&mut self, operation: &Operation, window: Window, candidates: Vec<Candidate>, out: &mut Vec<Found>) {
        let by_event = operation.is_for_events();
        let rule = operation.hash_of_rule();
        let most = operation.schedule.max_signals as usize;
        let mut known: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        let mut first = First::default();
        let start = out.len();
        self.suppressed.start(window.to);
        for candidate in candidates {
            // events that are the same in all that tells them apart are counted, but what has a name of its own is one
            let nth = known.entry(candidate.identity.clone()).or_default();
            if by_event && *nth > 0 && extract::is_named(&candidate.identity) {
                continue;
            }
            let number = nth.to_le_bytes();
            *nth += 1;
            let run = [window.from.to_le_bytes(), window.to.to_le_bytes()].concat();
            let when: &[u8] = if by_event { &[] } else { &run };
            let id = AlertId::of(&[&rule, when, &candidate.identity, &number]);
            if by_event && self.told.contains_key(&id) {
                continue;
            }
            let suppression = operation.suppression.as_ref();
            let verdict =
                suppression.map_or(Verdict::Told(None), |by| self.suppressed.judge(by, &candidate.row, &first));
            let place = out.len() - start;
            if matches!(verdict, Verdict::Told(_)) && place >= most {
                add(&mut self.counters.over_limit, 1);
                continue;
            }
            if by_event {
                let last = candidate.origins.last.saturating_add(operation.schedule.from);
                self.told.insert(id, operation.schedule.tick_at_or_before(last));
            }
            if let Body::Threshold(_, last) = &mut self.body {
                last.put(candidate.row.clone(), candidate.origins.last);
            }
            match verdict {
                Verdict::Told(key) => {
                    if let (Some(key), Some(by)) = (key, suppression) {
                        self.suppressed.note(by, key, window.to, place, &mut first);
                    }
                    let Candidate { key, values, origins, .. } = candidate;
                    out.push(Found { id, window, key, values, origins, suppressed: 0 });
                }
                Verdict::StoodFor(place) => {
                    add(&mut self.counters.suppressed, 1);
                    out.get_mut(start + place).into_iter().for_each(|first| first.suppressed += 1);
                }
                Verdict::Suppressed => add(&mut self.counters.suppressed, 1),
            }
        }
        self.bound_memories();
    }

    /// Forgets the oldest of what is remembered of earlier runs, while there is more than the limits allow.
    fn bound_memories(&mut self) {
        add(&mut self.counters.evicted, self.suppressed.until.bound(&self.limits));
        if let Body::Threshold(_, last) = &mut self.body {
            add(&mut self.counters.evicted, last.bound(&self.limits));
        }
        if self.told.len() > self.limits.terms {
            let mut untils: Vec<(i64, AlertId)> = self.told.iter().map(|(id, until)| (*until, *id)).collect();
            untils.sort_unstable();
            untils.truncate(self.told.len() - (self.limits.terms - self.limits.terms / 10));
            add(&mut self.counters.evicted, untils.len() as u64);
            untils.iter().for_each(|(_, id)| {
                self.told.remove(id);
            });
        }
    }
}

/// Counts more; a counter that a snapshot brought may stand anywhere.
fn add(counter: &mut u64, more: u64) {
    *counter = counter.saturating_add(more);
}

impl Operation {
    /// Tells the content of the rule and which form its state has: rows stand behind so many operators of a pipeline.
    pub(crate) fn form(&self) -> u64 {
        self.hash ^ Early::of(self).operators() as u64
    }

    fn hash_of_rule(&self) -> [u8; 8] {
        self.hash.to_le_bytes()
    }
}

pub(super) fn named(columns: &[super::NamedColumn], values: &[Value]) -> Vec<(std::sync::Arc<str>, Value)> {
    columns.iter().zip(values).map(|(column, value)| (column.name.clone(), value.clone())).collect()
}

/// Rows of a pipeline as alerts. Where each stands for an event, the event and what the row says tell it; else its keys do.
pub(super) fn of_table(
    pipeline: &crate::table::Pipeline,
    rows: Vec<Tagged>,
    documents: Option<&BTreeMap<u64, u128>>,
) -> Vec<Candidate> {
    let pick = |row: &[Value], outputs: &[pipeline::Output]| {
        let value = |slot: u32| row.get(slot as usize).cloned().unwrap_or_default();
        outputs.iter().map(|output| (output.name.clone(), value(output.slot))).collect::<Vec<_>>()
    };
    rows.into_iter()
        .map(|Tagged { row, origins }| {
            let values = pick(&row, &pipeline.output);
            let key = pick(&row, &pipeline.keys);
            let mut identity = Vec::new();
            match documents {
                Some(documents) => {
                    let document = origins.events.first().and_then(|event| documents.get(event)).copied();
                    identity.extend(document.unwrap_or_default().to_le_bytes());
                    identify(&mut identity, &pick(&row, &pipeline.expanded));
                }
                None => identify(&mut identity, &key),
            }
            Candidate { identity, row, key, values, origins }
        })
        .collect()
}

/// Writes values so that different ones never look alike.
pub(super) fn identify(out: &mut Vec<u8>, values: &[(std::sync::Arc<str>, Value)]) {
    let mut writer = crate::bytes::Writer::default();
    values.iter().for_each(|(_, value)| writer.value(value));
    out.extend(writer.finish());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A snapshot may hold any numbers.
    #[test]
    fn counters_do_not_overflow() {
        let most = u64::MAX;
        let warnings = Warnings { multi_value: most, overflow: most, division: most, conversion: most, other: most };
        let full = Counters {
            events: most,
            late: most,
            untimed: most,
            evicted: most,
            over_limit: most,
            suppressed: most,
            runs: most,
            warnings,
        };
        let mut counters = full.clone();
        counters.add(&full);
        assert_eq!(counters, full);
        assert_eq!(counters.warnings.total(), most);
        add(&mut counters.events, 1);
        assert_eq!(counters, full);
    }
}
