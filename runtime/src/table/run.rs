//! Rows through a pipeline.
//!
//! A [`Run`] takes rows one by one. What stands in front of the first command that needs all rows is done at once, row by row; what that command keeps is
//! the run's state: groups for `STATS`, else the rows. [`Run::finish`] does the rest.
//!
//! Every order of the same rows gives the same result: rows are put in the order of their events' times and numbers before a command looks at all of
//! them, groups in the order of their keys where nothing else decides.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::expr::{Context, Expr};
use super::group_rows;
use super::groups::{GroupTable, Limits, MOST_COMBINATIONS, MOST_EVENTS, RowOrigin, View};
use super::pipeline::{Lookup, Operator, Pipeline, Row, SortKey, Stats};
use super::tables::Host;
use super::value::Value;

/// The events behind a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// How many they are.
    pub count: u64,
    /// The numbers of the first of them.
    pub events: Vec<u64>,
    /// The earliest time.
    pub first: i64,
    /// The latest time.
    pub last: i64,
}

impl From<RowOrigin> for Origins {
    fn from(origin: RowOrigin) -> Self {
        Self { count: 1, events: vec![origin.event], first: origin.time, last: origin.time }
    }
}

/// A row and the events behind it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tagged {
    /// The row.
    pub row: Row,
    /// The events.
    pub origins: Origins,
}

/// What a run keeps of the rows that it was given.
#[derive(Clone, Debug)]
pub enum Kept {
    /// The groups of the first `STATS`.
    Groups(Box<GroupTable>),
    /// Rows.
    Rows(Vec<Tagged>),
}

/// A pipeline at work.
#[derive(Clone, Debug)]
pub struct Run {
    /// What it keeps.
    pub kept: Kept,
    /// At most so many rows are kept.
    most_rows: usize,
    /// Rows that were dropped because there were too many.
    pub dropped: u64,
}

/// `MV_EXPAND` and `LOOKUP JOIN` make at most so many rows of one, several of them together too.
const MOST_EXPANDED: usize = 10_000;

impl<F> Pipeline<F> {
    /// How many operators in front look at one row at a time.
    pub fn head(&self) -> usize {
        self.operators.iter().position(Operator::needs_all_rows).unwrap_or(self.operators.len())
    }

    /// Whether each row of the result stands for one event: nothing groups.
    pub fn is_row_by_row(&self) -> bool {
        !self.operators.iter().any(|operator| matches!(operator, Operator::Stats(_)))
    }

    /// The `STATS` that is the first command to need all rows, if it is one.
    pub fn first_stats(&self) -> Option<&Stats> {
        match self.operators.get(self.head()) {
            Some(Operator::Stats(stats)) => Some(stats),
            _ => None,
        }
    }

    /// How many operators in front look at one row at a time and do not ask for the time of the run: what they make of an event is the same in every run.
    ///
    /// What multiplies rows is not among them: one event stays one row as long as it is kept.
    pub fn early(&self) -> usize {
        let ends = |operator: &Operator| match operator {
            Operator::MvExpand(_) => true,
            Operator::Lookup(lookup) => lookup.multiplies,
            operator => operator.reads_now(),
        };
        let head = self.operators.get(..self.head()).unwrap_or_default();
        head.iter().position(ends).unwrap_or(head.len())
    }

    /// Which of the columns the first `early` operators look at or write.
    pub(crate) fn columns_of(&self, early: usize) -> Vec<bool> {
        let mut needed = vec![false; self.columns.len()];
        let mut need = |slot: u32| needed.get_mut(slot as usize).into_iter().for_each(|needed| *needed = true);
        for operator in self.operators.iter().take(early) {
            match operator {
                Operator::Where(value) => value.each_column(&mut need),
                Operator::Eval(slot, value) => {
                    need(*slot);
                    value.each_column(&mut need);
                }
                Operator::Dissect(value, _, slots) => {
                    slots.iter().for_each(|slot| need(*slot));
                    value.each_column(&mut need);
                }
                Operator::Grok(value, _, slots) => {
                    slots.iter().for_each(|slot| need(*slot));
                    value.each_column(&mut need);
                }
                Operator::MvExpand(slot) => need(*slot),
                Operator::Lookup(lookup) => {
                    lookup.on.iter().for_each(|(value, _)| value.each_column(&mut need));
                    lookup.with.iter().for_each(|(_, slot, _)| need(*slot));
                }
                Operator::Stats(_)
                | Operator::InlineStats(..)
                | Operator::Sort(_)
                | Operator::Limit(..)
                | Operator::Sample(_)
                | Operator::Completion { .. } => {}
            }
        }
        needed
    }

    /// Whether something up to the first command that needs all rows, itself included, reads the time of the run.
    pub fn head_reads_now(&self) -> bool {
        let mut head = self.operators.iter().take(self.head() + 1);
        head.any(Operator::reads_now)
    }

    /// Whether the same rows give the same result at any time, and asking for it again changes nothing for anybody.
    pub(crate) fn is_repeatable(&self) -> bool {
        let asks = |operator: &Operator| operator.reads_now() || matches!(operator, Operator::Completion { .. });
        !self.operators.iter().any(asks)
    }

    /// The rows that the first `early` operators, at most [`Self::early`], make of an event's row.
    pub(crate) fn begin(
        &self,
        early: usize,
        row: Row,
        cx: &mut Context,
        host: Host<'_>,
        out: &mut dyn FnMut(Row, &mut Context),
    ) {
        let mut room = MOST_EXPANDED;
        each_row(self.operators.get(..early).unwrap_or_default(), row, cx, host, &mut room, out);
    }
}

impl Operator {
    fn needs_all_rows(&self) -> bool {
        match self {
            Self::Where(_)
            | Self::Eval(..)
            | Self::MvExpand(_)
            | Self::Dissect(..)
            | Self::Grok(..)
            | Self::Lookup(_) => false,
            // a model is asked about what is left in the end, not about every event
            Self::Completion { .. }
            | Self::Stats(_)
            | Self::InlineStats(..)
            | Self::Sort(_)
            | Self::Limit(..)
            | Self::Sample(_) => true,
        }
    }

    fn reads_now(&self) -> bool {
        match self {
            Self::Where(value)
            | Self::Eval(_, value)
            | Self::Dissect(value, ..)
            | Self::Grok(value, ..)
            | Self::Completion { prompt: value, .. } => value.reads_now(),
            Self::Stats(stats) | Self::InlineStats(stats, _) => {
                let calls = stats.aggregates.iter();
                let mut read = calls.flat_map(|call| call.arguments.iter().chain(&call.filter)).chain(&stats.keys);
                read.any(Expr::reads_now)
            }
            Self::Sort(keys) => keys.iter().any(|key| key.value.reads_now()),
            Self::Limit(_, by) => by.iter().any(Expr::reads_now),
            Self::Lookup(lookup) => lookup.on.iter().any(|(value, _)| value.reads_now()),
            Self::MvExpand(_) | Self::Sample(_) => false,
        }
    }
}

impl Run {
    /// A run without rows.
    pub fn new<F>(pipeline: &Pipeline<F>, limits: Limits, most_rows: usize) -> Self {
        let kept = match pipeline.first_stats() {
            Some(stats) => Kept::Groups(Box::new(GroupTable::new(stats, limits))),
            None => Kept::Rows(Vec::new()),
        };
        Self { kept, most_rows, dropped: 0 }
    }

    /// A run that goes on with what another kept.
    pub fn resumed(kept: Kept, most_rows: usize) -> Self {
        Self { kept, most_rows, dropped: 0 }
    }

    /// How many groups it keeps.
    pub fn groups(&self) -> usize {
        match &self.kept {
            Kept::Groups(groups) => groups.len(),
            Kept::Rows(_) => 0,
        }
    }

    /// About how many bytes its groups take.
    pub fn memory(&self) -> usize {
        match &self.kept {
            Kept::Groups(groups) => groups.used(),
            Kept::Rows(_) => 0,
        }
    }

    /// Rows, groups and values that it could not keep.
    pub fn lost(&self) -> u64 {
        let groups = match &self.kept {
            Kept::Groups(groups) => groups.evicted().saturating_add(groups.dropped()).saturating_add(groups.lost()),
            Kept::Rows(_) => 0,
        };
        self.dropped.saturating_add(groups)
    }

    /// Whether a row reached the first command that needs all rows.
    pub fn has_rows(&self) -> bool {
        match &self.kept {
            Kept::Groups(groups) => !groups.is_empty(),
            Kept::Rows(rows) => !rows.is_empty(),
        }
    }

    /// Takes a row as an event makes it: its width is [`Pipeline::width`], slots that nothing has written yet are null.
    pub fn push<F>(&mut self, pipeline: &Pipeline<F>, row: Row, origin: RowOrigin, cx: &mut Context, host: Host<'_>) {
        self.push_behind(0, pipeline, row, origin, cx, host);
    }

    /// Takes a row that went through the [`Pipeline::early`] operators.
    pub(crate) fn push_behind<F>(
        &mut self,
        early: usize,
        pipeline: &Pipeline<F>,
        row: Row,
        origin: RowOrigin,
        cx: &mut Context,
        host: Host<'_>,
    ) {
        let operators = pipeline.operators.get(early..pipeline.head()).unwrap_or_default();
        let stats = pipeline.first_stats();
        let mut room = MOST_EXPANDED;
        each_row(operators, row, cx, host, &mut room, &mut |row, cx| match (&mut self.kept, stats) {
            (Kept::Groups(groups), Some(stats)) => groups.add(stats, &row, origin, cx),
            (Kept::Rows(rows), _) if rows.len() < self.most_rows => rows.push(Tagged { row, origins: origin.into() }),
            _ => self.dropped += 1,
        });
    }

    /// The rows of the result, in order; their values stand where [`Pipeline::output`] says.
    ///
    /// No more than `most` rows are wanted. Others may be left out, and then are counted: that is the second part of what is returned.
    pub fn finish<F>(
        mut self,
        pipeline: &Pipeline<F>,
        most: usize,
        cx: &mut Context,
        host: Host<'_>,
    ) -> (Vec<Tagged>, u64) {
        self.result(pipeline, most, cx, host)
    }

    /// As [`Self::finish`]; groups stay as they are, so that the run can go on. Rows do not stay.
    pub(crate) fn result<F>(
        &mut self,
        pipeline: &Pipeline<F>,
        most: usize,
        cx: &mut Context,
        host: Host<'_>,
    ) -> (Vec<Tagged>, u64) {
        let mut left_out = 0;
        let mut rest = pipeline.operators.get(pipeline.head()..).unwrap_or_default();
        let mut rows = match (&mut self.kept, pipeline.first_stats()) {
            (Kept::Groups(groups), Some(stats)) => {
                rest = rest.get(1..).unwrap_or_default();
                group_rows::rows_of(groups, stats, &mut rest, Some((most, &mut left_out)), cx)
            }
            (Kept::Rows(rows), _) => {
                let mut rows = std::mem::take(rows);
                in_order(&mut rows);
                rows
            }
            (Kept::Groups(_), None) => Vec::new(),
        };
        // rows that are made of others: what a query multiplies again and again comes to an end
        let mut room = self.most_rows.max(MOST_EXPANDED);
        for operator in rest {
            rows = apply(operator, rows, cx, host, &mut room);
        }
        (rows, left_out)
    }
}

/// By time, then by number, then by content: an order that does not depend on when rows came.
fn in_order(rows: &mut [Tagged]) {
    rows.sort_by(|a, b| {
        (a.origins.first, &a.origins.events).cmp(&(b.origins.first, &b.origins.events)).then_with(|| a.row.cmp(&b.row))
    });
}

/// Sends a row through operators that look at one row at a time. `room` is left for rows that are made of it; what finds none is left out, which is counted.
fn each_row(
    operators: &[Operator],
    mut row: Row,
    cx: &mut Context,
    host: Host<'_>,
    room: &mut usize,
    out: &mut dyn FnMut(Row, &mut Context),
) {
    for (at, operator) in operators.iter().enumerate() {
        match operator {
            Operator::Where(condition) => {
                if !condition.holds(&row, cx) {
                    return;
                }
            }
            Operator::Eval(slot, value) => {
                let value = value.eval(&row, cx);
                put(&mut row, *slot, value);
            }
            Operator::Dissect(input, dissect, slots) => {
                let found = dissect.apply(&input.eval(&row, cx));
                slots.iter().zip(found).for_each(|(slot, value)| put(&mut row, *slot, value));
            }
            Operator::Grok(input, grok, slots) => {
                let found = grok.apply(&input.eval(&row, cx), &mut cx.warnings);
                slots.iter().zip(found).for_each(|(slot, value)| put(&mut row, *slot, value));
            }
            Operator::MvExpand(slot) => {
                let values = row.get(*slot as usize).cloned().unwrap_or_default();
                if let Value::List(members) = values {
                    let rest = operators.get(at + 1..).unwrap_or_default();
                    for member in members.iter() {
                        if !take(room, cx) {
                            break;
                        }
                        let mut row = row.clone();
                        put(&mut row, *slot, member.clone());
                        each_row(rest, row, cx, host, room, out);
                    }
                    return;
                }
            }
            Operator::Lookup(lookup) => {
                let found = host.look_up(lookup, &row, cx);
                if lookup.multiplies && found.len() > 1 {
                    let rest = operators.get(at + 1..).unwrap_or_default();
                    for found in &found {
                        if !take(room, cx) {
                            break;
                        }
                        let mut row = row.clone();
                        write_found(&mut row, lookup, found);
                        each_row(rest, row, cx, host, room, out);
                    }
                    return;
                }
                let joined = join(lookup, &found);
                write_found(&mut row, lookup, &joined);
            }
            Operator::Completion { .. }
            | Operator::Stats(_)
            | Operator::InlineStats(..)
            | Operator::Sort(_)
            | Operator::Limit(..)
            | Operator::Sample(_) => {}
        }
    }
    out(row, cx);
}

/// Takes room for a row, or values, that are made of others; warns if there is none.
fn take(room: &mut usize, cx: &mut Context) -> bool {
    let left = room.checked_sub(1);
    cx.warnings.other += u64::from(left.is_none());
    *room = left.unwrap_or(0);
    left.is_some()
}

/// The rows that were found, as one: their values as multi-values.
fn join(lookup: &Lookup, found: &[Vec<Value>]) -> Vec<Value> {
    let column = |at: usize| Value::list(found.iter().map(|row| row.get(at).cloned().unwrap_or_default()));
    (0..lookup.with.len()).map(column).collect()
}

fn write_found(row: &mut Row, lookup: &Lookup, found: &[Value]) {
    for (at, (_, slot, _)) in lookup.with.iter().enumerate() {
        put(row, *slot, found.get(at).cloned().unwrap_or_default());
    }
}

/// Writes a slot; rows grow as far as the compiler said, and no further than its largest slot.
pub(super) fn put(row: &mut Row, slot: u32, value: Value) {
    let slot = slot as usize;
    if row.len() <= slot {
        row.resize(slot + 1, Value::Null);
    }
    if let Some(place) = row.get_mut(slot) {
        *place = value;
    }
}

/// Sends rows through one operator.
fn apply(operator: &Operator, rows: Vec<Tagged>, cx: &mut Context, host: Host<'_>, room: &mut usize) -> Vec<Tagged> {
    match operator {
        Operator::Where(_)
        | Operator::Eval(..)
        | Operator::MvExpand(_)
        | Operator::Dissect(..)
        | Operator::Grok(..)
        | Operator::Lookup(_) => {
            let mut out = Vec::with_capacity(rows.len());
            for Tagged { row, origins } in rows {
                let most = MOST_EXPANDED.min(*room);
                let mut left = most;
                each_row(std::slice::from_ref(operator), row, cx, host, &mut left, &mut |row, _| {
                    out.push(Tagged { row, origins: origins.clone() });
                });
                *room -= most - left;
            }
            out
        }
        Operator::Stats(stats) => {
            let mut no_more: &[Operator] = &[];
            {
                let Regrouped { groups, origins } = grouped(stats, &rows, cx);
                let mut made = group_rows::rows_of(&groups, stats, &mut no_more, None, cx);
                let keys = stats.aggregates.len()..stats.aggregates.len() + stats.keys.len();
                for tagged in &mut made {
                    let key = tagged.row.get(keys.clone()).unwrap_or_default();
                    tagged.origins = origins.get(key).cloned().unwrap_or_default();
                }
                made
            }
        }
        Operator::InlineStats(stats, slots) => inline(stats, slots, rows, cx, room),
        Operator::Sort(keys) => sort(keys, rows, cx),
        Operator::Limit(count, by) if by.is_empty() => {
            let mut rows = rows;
            rows.truncate(usize::try_from(*count).unwrap_or(usize::MAX));
            rows
        }
        Operator::Limit(count, by) => {
            let mut seen: HashMap<Vec<Value>, u64> = HashMap::new();
            let mut rows = rows;
            rows.retain(|tagged| {
                let key = by.iter().map(|value| value.eval(&tagged.row, cx)).collect();
                let seen = seen.entry(key).or_default();
                *seen += 1;
                *seen <= *count
            });
            rows
        }
        Operator::Sample(probability) => {
            let mut rows = rows;
            rows.retain(|tagged| share(tagged) < *probability);
            rows
        }
        Operator::Completion { inference, prompt, slot } => {
            let mut rows = rows;
            for tagged in &mut rows {
                let prompt = prompt.eval(&tagged.row, cx);
                let answer = prompt.as_text().and_then(|prompt| host.complete(inference, prompt));
                put(&mut tagged.row, *slot, answer.map_or(Value::Null, Value::text));
            }
            rows
        }
    }
}

/// A number from 0 to 1 that the content of a row decides: `SAMPLE` without chance.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn share(tagged: &Tagged) -> f64 {
    let mut bytes = crate::bytes::Writer::default();
    tagged.row.iter().for_each(|value| bytes.value(value));
    bytes.u64s(&tagged.origins.events);
    (super::aggregate::intern::hash(&bytes.finish()) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The groups of rows that stand for groups themselves, and the events behind each.
struct Regrouped {
    groups: GroupTable,
    origins: HashMap<Vec<Value>, Origins>,
}

fn grouped(stats: &Stats, rows: &[Tagged], cx: &mut Context) -> Regrouped {
    let mut groups = GroupTable::new(stats, Limits::default());
    let mut origins: HashMap<Vec<Value>, Origins> = HashMap::new();
    for (event, tagged) in (0..).zip(rows) {
        groups.add(stats, &tagged.row, RowOrigin { event, time: tagged.origins.first }, cx);
        for key in keys_of(stats, &tagged.row, cx) {
            origins.entry(key).and_modify(|own| own.add(&tagged.origins)).or_insert_with(|| tagged.origins.clone());
        }
    }
    // a search says so; a rule counts it with what its expressions could not do
    let lost = groups.evicted().saturating_add(groups.dropped()).saturating_add(groups.lost());
    cx.warnings.other = cx.warnings.other.saturating_add(lost);
    Regrouped { groups, origins }
}

/// The keys of the groups that a row is in.
fn keys_of(stats: &Stats, row: &[Value], cx: &mut Context) -> Vec<Vec<Value>> {
    let mut keys = vec![Vec::new()];
    for key in &stats.keys {
        let value = key.eval(row, cx);
        let mut members = if value.is_null() { vec![Value::Null] } else { value.values().to_vec() };
        members.sort_unstable();
        members.dedup();
        // the first key varies fastest, as where groups are made
        let with = |key: &Vec<Value>, member: &Value| [key.as_slice(), std::slice::from_ref(member)].concat();
        let all = members.iter().flat_map(|member| keys.iter().map(move |key| with(key, member)));
        keys = all.take(MOST_COMBINATIONS).collect();
    }
    keys
}

impl Origins {
    /// Adds the events of other rows; events that are behind both count twice.
    fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.events.extend_from_slice(&other.events);
        self.events.sort_unstable();
        self.events.dedup();
        self.events.truncate(MOST_EVENTS);
    }

    pub(super) fn of(view: View<'_>) -> Self {
        let (first, last) = view.times().unwrap_or_default();
        Self { count: view.count(), events: view.events().to_vec(), first, last }
    }
}

pub(super) fn by_keys(keys: &[SortKey], a: &[Value], b: &[Value]) -> Ordering {
    let pairs = keys.iter().zip(a.iter().zip(b));
    pairs.map(|(key, (a, b))| by_key(key, a, b)).fold(Ordering::Equal, Ordering::then)
}

/// A multi-value sorts by its smallest member, or by its largest in descending order (ES|QL reference, "SORT").
fn by_key(key: &SortKey, a: &Value, b: &Value) -> Ordering {
    let nulls = if key.nulls_first { Ordering::Less } else { Ordering::Greater };
    fn extreme<'v>(key: &SortKey, value: &'v Value) -> Option<&'v Value> {
        let values = value.values().iter();
        if key.descending { values.max() } else { values.min() }
    }
    match (extreme(key, a), extreme(key, b)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => nulls,
        (Some(_), None) => nulls.reverse(),
        (Some(a), Some(b)) => {
            let order = super::expr::compare(a, b).unwrap_or_else(|| a.cmp(b));
            if key.descending { order.reverse() } else { order }
        }
    }
}

fn sort(keys: &[SortKey], rows: Vec<Tagged>, cx: &mut Context) -> Vec<Tagged> {
    let mut keyed: Vec<(Vec<Value>, Tagged)> = rows
        .into_iter()
        .map(|tagged| (keys.iter().map(|key| key.value.eval(&tagged.row, cx)).collect(), tagged))
        .collect();
    keyed.sort_by(|a, b| by_keys(keys, &a.0, &b.0));
    keyed.into_iter().map(|(_, tagged)| tagged).collect()
}

/// `INLINE STATS`: what the groups of a row say is written into it; if it is in several groups, the values of all of them.
fn inline(stats: &Stats, slots: &[u32], mut rows: Vec<Tagged>, cx: &mut Context, room: &mut usize) -> Vec<Tagged> {
    let groups = grouped(stats, &rows, cx).groups;
    let count = stats.aggregates.len();
    let mut by_key: HashMap<Vec<Value>, Vec<Value>> = HashMap::new();
    for group in groups.finish(stats, false) {
        let mut results = group.row(cx);
        let key = results.split_off(count);
        by_key.insert(key, results);
    }
    for tagged in &mut rows {
        let mut results: Vec<Value> = Vec::new();
        let mut more: Vec<Vec<Value>> = Vec::new();
        for key in keys_of(stats, &tagged.row, cx) {
            let found = by_key.get(&key).map(Vec::as_slice).unwrap_or_default();
            if results.is_empty() {
                results = found.to_vec();
            } else if take(room, cx) {
                // long lists take room too
                let longest = found.iter().map(|value| value.values().len()).max().unwrap_or(0);
                *room = room.saturating_sub(longest.saturating_sub(1));
                more.push(found.to_vec());
            } else {
                break;
            }
        }
        if !more.is_empty() {
            let all = |at: usize| {
                let of = |results: &Vec<Value>| results.get(at).map_or_else(Vec::new, |value| value.values().to_vec());
                Value::list(std::iter::once(&results).chain(&more).flat_map(of))
            };
            results = (0..count).map(all).collect();
        }
        slots.iter().zip(results).for_each(|(slot, result)| put(&mut tagged.row, *slot, result));
    }
    rows
}
