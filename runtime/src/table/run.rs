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
use super::groups::{GroupTable, Limits, RowOrigin};
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

/// `MV_EXPAND` makes at most so many rows of one.
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

    /// Whether something in front of the first command that needs all rows reads the time of the run.
    pub fn head_reads_now(&self) -> bool {
        let mut head = self.operators.iter().take(self.head() + 1);
        head.any(Operator::reads_now)
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
            Kept::Groups(groups) => groups.memory(),
            Kept::Rows(_) => 0,
        }
    }

    /// How many groups had to go because there were too many.
    pub fn evicted(&self) -> u64 {
        match &self.kept {
            Kept::Groups(groups) => groups.evicted(),
            Kept::Rows(_) => 0,
        }
    }

    /// Takes a row as an event makes it: its width is [`Pipeline::width`], slots that nothing has written yet are null.
    pub fn push<F>(&mut self, pipeline: &Pipeline<F>, row: Row, origin: RowOrigin, cx: &mut Context, host: &Host<'_>) {
        let operators = pipeline.operators.get(..pipeline.head()).unwrap_or_default();
        let stats = pipeline.first_stats();
        each_row(operators, row, cx, host, &mut |row, cx| match (&mut self.kept, stats) {
            (Kept::Groups(groups), Some(stats)) => groups.add(stats, &row, origin, cx),
            (Kept::Rows(rows), _) if rows.len() < self.most_rows => rows.push(Tagged { row, origins: origin.into() }),
            _ => self.dropped += 1,
        });
    }

    /// The rows of the result, in order; their values stand where [`Pipeline::output`] says.
    pub fn finish<F>(self, pipeline: &Pipeline<F>, cx: &mut Context, host: &Host<'_>) -> Vec<Tagged> {
        let mut rest = pipeline.operators.get(pipeline.head()..).unwrap_or_default();
        let mut rows = match (self.kept, pipeline.first_stats()) {
            (Kept::Groups(groups), Some(stats)) => {
                rest = rest.get(1..).unwrap_or_default();
                finish_groups(&groups, stats, &mut rest, cx)
            }
            (Kept::Rows(mut rows), _) => {
                in_order(&mut rows);
                rows
            }
            (Kept::Groups(_), None) => Vec::new(),
        };
        for operator in rest {
            rows = apply(operator, rows, cx, host);
        }
        rows
    }
}

/// By time, then by number, then by content: an order that does not depend on when rows came.
fn in_order(rows: &mut [Tagged]) {
    rows.sort_by(|a, b| {
        (a.origins.first, &a.origins.events).cmp(&(b.origins.first, &b.origins.events)).then_with(|| a.row.cmp(&b.row))
    });
}

/// Sends a row through operators that look at one row at a time.
fn each_row(
    operators: &[Operator],
    mut row: Row,
    cx: &mut Context,
    host: &Host<'_>,
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
                    for member in members.iter().take(MOST_EXPANDED) {
                        let mut row = row.clone();
                        put(&mut row, *slot, member.clone());
                        each_row(rest, row, cx, host, out);
                    }
                    return;
                }
            }
            Operator::Lookup(lookup) => {
                let found = host.look_up(lookup, &row, cx);
                if lookup.multiplies && found.len() > 1 {
                    let rest = operators.get(at + 1..).unwrap_or_default();
                    for found in found.iter().take(MOST_EXPANDED) {
                        let mut row = row.clone();
                        write_found(&mut row, lookup, found);
                        each_row(rest, row, cx, host, out);
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
fn put(row: &mut Row, slot: u32, value: Value) {
    let slot = slot as usize;
    if row.len() <= slot {
        row.resize(slot + 1, Value::Null);
    }
    if let Some(place) = row.get_mut(slot) {
        *place = value;
    }
}

/// Sends rows through one operator.
fn apply(operator: &Operator, rows: Vec<Tagged>, cx: &mut Context, host: &Host<'_>) -> Vec<Tagged> {
    match operator {
        Operator::Where(_)
        | Operator::Eval(..)
        | Operator::MvExpand(_)
        | Operator::Dissect(..)
        | Operator::Grok(..)
        | Operator::Lookup(_) => {
            let mut out = Vec::with_capacity(rows.len());
            for Tagged { row, origins } in rows {
                each_row(std::slice::from_ref(operator), row, cx, host, &mut |row, _| {
                    out.push(Tagged { row, origins: origins.clone() });
                });
            }
            out
        }
        Operator::Stats(stats) => {
            let mut no_more: &[Operator] = &[];
            finish_groups(&grouped(stats, &rows, cx), stats, &mut no_more, cx)
        }
        Operator::InlineStats(stats, slots) => inline(stats, slots, rows, cx),
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
    use std::hash::{Hash, Hasher};
    let mut hasher = super::groups::stable_hasher();
    tagged.row.hash(&mut hasher);
    tagged.origins.events.hash(&mut hasher);
    (hasher.finish() >> 11) as f64 / (1_u64 << 53) as f64
}

fn grouped(stats: &Stats, rows: &[Tagged], cx: &mut Context) -> GroupTable {
    let mut groups = GroupTable::new(stats, Limits::default());
    for (number, tagged) in (0..).zip(rows) {
        groups.add_row(stats, &tagged.row, number, &tagged.origins, cx);
    }
    groups
}

/// Rows of groups. Conditions that stand directly behind `STATS` are asked before a group's row is complete, and if a `SORT` and a `LIMIT` follow, only
/// rows that the limit lets through are made.
fn finish_groups(groups: &GroupTable, stats: &Stats, rest: &mut &[Operator], cx: &mut Context) -> Vec<Tagged> {
    let made = stats.aggregates.len() + stats.keys.len();
    let width = made.max(stats.width as usize);
    let conditions = rest.iter().take_while(|operator| matches!(operator, Operator::Where(_))).count();
    let (conditions, behind) = rest.split_at(conditions);
    let mut first_slots = Vec::new();
    let mut want = |slot: u32| {
        let slot = slot as usize;
        if slot < made && !first_slots.contains(&slot) {
            first_slots.push(slot);
        }
    };
    let conditions: Vec<&Expr> = conditions
        .iter()
        .filter_map(|operator| if let Operator::Where(condition) = operator { Some(condition) } else { None })
        .collect();
    conditions.iter().for_each(|condition| condition.each_column(&mut want));
    let order = match behind.first() {
        Some(Operator::Sort(keys)) => Some((keys, limit_behind(behind.get(1..).unwrap_or_default()))),
        _ => None,
    };
    if let Some((keys, Some(_))) = order {
        keys.iter().for_each(|key| key.value.each_column(&mut want));
    }
    *rest = behind;
    let mut partial: Vec<(Vec<Value>, usize)> = Vec::new();
    let mut rows = Vec::new();
    let mut row: Row = vec![Value::Null; width];
    let most = order.and_then(|(_, limit)| limit);
    for group in 0..groups.len() {
        for slot in &first_slots {
            put(&mut row, u32::try_from(*slot).unwrap_or(u32::MAX), groups.slot(stats, group, *slot));
        }
        if !conditions.iter().all(|condition| condition.holds(&row, cx)) {
            continue;
        }
        match (order, most) {
            (Some((keys, _)), Some(most)) => {
                let values = keys.iter().map(|key| key.value.eval(&row, cx)).collect();
                partial.push((values, group));
                if partial.len() >= most.saturating_mul(2).saturating_add(1_024) {
                    keep_first(&mut partial, keys, groups, most);
                }
            }
            _ => rows.push(complete(groups, stats, group, width)),
        }
    }
    if let (Some((keys, _)), Some(most)) = (order, most) {
        keep_first(&mut partial, keys, groups, most);
        rows = partial.into_iter().map(|(_, group)| complete(groups, stats, group, width)).collect();
        return rows;
    }
    // groups have no order of their own
    rows.sort_by(|a, b| {
        let keys = |tagged: &'_ Tagged| tagged.row.get(stats.aggregates.len()..made).unwrap_or_default().to_vec();
        keys(a).cmp(&keys(b))
    });
    rows
}

fn complete(groups: &GroupTable, stats: &Stats, group: usize, width: usize) -> Tagged {
    let mut row: Row = Vec::with_capacity(width);
    row.extend((0..stats.aggregates.len() + stats.keys.len()).map(|slot| groups.slot(stats, group, slot)));
    row.resize(width, Value::Null);
    Tagged { row, origins: groups.origins(group) }
}

/// The limit that follows, if nothing before it changes which rows there are.
fn limit_behind(operators: &[Operator]) -> Option<usize> {
    let next = operators.iter().find(|operator| !matches!(operator, Operator::Eval(..)))?;
    match next {
        Operator::Limit(count, by) if by.is_empty() => usize::try_from(*count).ok(),
        _ => None,
    }
}

fn keep_first(partial: &mut Vec<(Vec<Value>, usize)>, keys: &[SortKey], groups: &GroupTable, most: usize) {
    let order = |a: &(Vec<Value>, usize), b: &(Vec<Value>, usize)| {
        by_keys(keys, &a.0, &b.0).then_with(|| groups.compare_keys(a.1, b.1))
    };
    if partial.len() > most {
        partial.select_nth_unstable_by(most, order);
        partial.truncate(most);
    }
    partial.sort_by(order);
}

fn by_keys(keys: &[SortKey], a: &[Value], b: &[Value]) -> Ordering {
    let pairs = keys.iter().zip(a.iter().zip(b));
    pairs.map(|(key, (a, b))| by_key(key, a, b)).fold(Ordering::Equal, Ordering::then)
}

/// A multi-value sorts by its smallest member, or by its largest in descending order (ES|QL reference, "SORT").
fn by_key(key: &SortKey, a: &Value, b: &Value) -> Ordering {
    let nulls = if key.nulls_first { Ordering::Less } else { Ordering::Greater };
    let extreme = |value: &Value| {
        let values = value.values().iter();
        if key.descending { values.max().cloned() } else { values.min().cloned() }
    };
    match (extreme(a), extreme(b)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => nulls,
        (Some(_), None) => nulls.reverse(),
        (Some(a), Some(b)) => {
            let order = super::expr::compare(&a, &b).unwrap_or_else(|| a.cmp(&b));
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

/// `INLINE STATS`: what the groups of a row say is written into it; if it is in several groups, there is a row for each.
fn inline(stats: &Stats, slots: &[u32], rows: Vec<Tagged>, cx: &mut Context) -> Vec<Tagged> {
    let groups = grouped(stats, &rows, cx);
    let count = stats.aggregates.len();
    let by_key: HashMap<Vec<Value>, usize> = (0..groups.len())
        .map(|group| ((0..stats.keys.len()).map(|key| groups.slot(stats, group, count + key)).collect(), group))
        .collect();
    let mut out = Vec::with_capacity(rows.len());
    for tagged in rows {
        for key in super::groups::keys_of(stats, &tagged.row, cx) {
            let mut tagged = tagged.clone();
            if let Some(group) = by_key.get(&key) {
                for (at, slot) in slots.iter().enumerate() {
                    put(&mut tagged.row, *slot, groups.slot(stats, *group, at));
                }
            }
            out.push(tagged);
        }
    }
    out
}
