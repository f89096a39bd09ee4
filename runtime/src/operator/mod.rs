//! Rules that look at more than one event: counting, grouping, remembering.
//!
//! A stateful rule has a matcher like any other: what it lets through becomes a row of the columns that the rule reads ([`Operation::columns`]), and is handed to the
//! rule's state with the event's time. At each multiple of the rule's interval the state is asked what the events of the window `[tick - from, tick]` amount to, as
//! Kibana runs rules on schedule.
//!
//! **The contract.** [`step`] takes a rule's state, rows and a watermark, and gives the state, alerts, and the time at which the rule must be asked again. It reads no
//! clock; the same rows and watermarks give the same alerts, in any batching and in any order of rows within the watermark. State may be split by the values of
//! [`Operation::partition`]: a program that spreads a stream over machines sends rows of one partition to one place.

mod again;
mod begun;
pub(crate) mod extract;
mod found;
mod memory;
mod place;
mod rows;
mod schedule;
mod snapshot;
mod state;
mod suppress;
mod terms;
mod threat;
mod threshold;
mod watermark;

pub(crate) use begun::{Begun, Scratch};
pub use found::{AlertId, Found};
pub use schedule::{Schedule, Window};
pub use state::{Counters, Limits, Row, RuleState, Step, step};
pub use threat::{IndicatorFilter, Indicators, Pair, Recent, ThreatMatch};
pub use watermark::{Watermark, WatermarkState};

use std::sync::Arc;

use crate::generated::FieldId;
use crate::table::Pipeline;
use crate::table::pipeline::Column;

/// What a stateful rule does with the events that its matcher lets through.
#[derive(Clone, Debug)]
pub struct Operation<F = FieldId> {
    /// What it looks for.
    pub work: Work<F>,
    /// When it runs, and over which events.
    pub schedule: Schedule<F>,
    /// Which alerts become one.
    pub suppression: Option<Suppression>,
    /// `_index` and `_id`: what tells an event, where it has them; else its content does.
    pub document: [F; 2],
    /// Tells the rule's content: state of a rule whose content changed is not taken up again.
    pub hash: u64,
}

/// What a stateful rule looks for.
#[derive(Clone, Debug)]
pub enum Work<F = FieldId> {
    /// The rows that an ES|QL pipeline makes.
    Table(Pipeline<F>),
    /// `threshold`: groups of so many events.
    Threshold(Threshold<F>),
    /// `new_terms`: values that were not seen before.
    NewTerms(NewTerms<F>),
    /// Each event: a rule for single events whose alerts are suppressed.
    Events(Vec<NamedColumn<F>>),
}

/// A column of rows that an event makes, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedColumn<F = FieldId> {
    /// The field's name.
    pub name: Arc<str>,
    /// Where its value comes from.
    pub column: Column<F>,
}

/// Threshold rules (Elastic Security, "Threshold rule").
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold<F = FieldId> {
    /// The fields that make groups, then the field whose values are counted if [`Self::cardinality`] asks for it, then others.
    pub columns: Vec<NamedColumn<F>>,
    /// How many of the columns make groups; none: all events are one group.
    pub keys: usize,
    /// At least so many events.
    pub value: u64,
    /// At least so many values of the column behind the keys.
    pub cardinality: Option<u64>,
}

/// New terms rules (Elastic Security, "New terms rule").
#[derive(Clone, Debug, PartialEq)]
pub struct NewTerms<F = FieldId> {
    /// The fields whose values must be new together, then others.
    pub columns: Vec<NamedColumn<F>>,
    /// How many of the columns are terms: 1 to 3.
    pub terms: usize,
    /// How far before a run terms must not have been seen: milliseconds.
    pub history: i64,
}

/// Alert suppression (Elastic Security, "Suppress detection alerts").
#[derive(Clone, Debug, PartialEq)]
pub struct Suppression {
    /// The slots, in rows that alerts are made of, by which they are one.
    pub by: Vec<u32>,
    /// For how long, in milliseconds; within one run if there is none.
    pub duration: Option<i64>,
    /// Alerts that lack such a value are suppressed too.
    pub missing_too: bool,
    /// An event with several values of a column gives an alert for each of them, which is suppressed by it. Else all of them together are its value.
    pub each_value: bool,
}

impl<F> Operation<F> {
    /// The columns of the rows that events become.
    pub fn columns(&self) -> impl Iterator<Item = &Column<F>> {
        let (table, named): (&[Column<F>], &[NamedColumn<F>]) = match &self.work {
            Work::Table(pipeline) => (&pipeline.columns, &[]),
            Work::Threshold(threshold) => (&[], &threshold.columns),
            Work::NewTerms(terms) => (&[], &terms.columns),
            Work::Events(columns) => (&[], columns),
        };
        table.iter().chain(named.iter().map(|named| &named.column))
    }

    /// The same with other names of fields.
    pub fn map<G>(&self, field: &mut impl FnMut(&F) -> G) -> Operation<G> {
        let named = |columns: &[NamedColumn<F>], field: &mut dyn FnMut(&F) -> G| -> Vec<NamedColumn<G>> {
            let mut field = |of: &F| field(of);
            let named = columns.iter();
            named.map(|named| NamedColumn { name: named.name.clone(), column: named.column.map(&mut field) }).collect()
        };
        let work = match &self.work {
            Work::Table(pipeline) => Work::Table(pipeline.map(field)),
            Work::Threshold(threshold) => Work::Threshold(Threshold {
                columns: named(&threshold.columns, field),
                keys: threshold.keys,
                value: threshold.value,
                cardinality: threshold.cardinality,
            }),
            Work::NewTerms(terms) => Work::NewTerms(NewTerms {
                columns: named(&terms.columns, field),
                terms: terms.terms,
                history: terms.history,
            }),
            Work::Events(columns) => Work::Events(named(columns, field)),
        };
        let Schedule { from, interval, max_signals, .. } = self.schedule;
        Operation {
            work,
            schedule: Schedule {
                from,
                interval,
                time: self.schedule.time.as_ref().map(&mut *field),
                timestamp: field(&self.schedule.timestamp),
                max_signals,
            },
            suppression: self.suppression.clone(),
            document: [field(&self.document[0]), field(&self.document[1])],
            hash: self.hash,
        }
    }

    /// Every field that it reads.
    pub fn fields(&self) -> impl Iterator<Item = &F> {
        let times = self.schedule.time.iter().chain([&self.schedule.timestamp]);
        self.columns().filter_map(Column::field).chain(times).chain(&self.document)
    }

    /// The columns by whose values the state may be split; `None` if it must stay in one place.
    pub fn partition(&self) -> Option<Vec<u32>> {
        let first = |count: usize| (count > 0).then(|| (0..u32::try_from(count).unwrap_or(0)).collect());
        if self.suppression.is_some() {
            return None;
        }
        match &self.work {
            Work::Table(pipeline) => pipeline.partition(),
            Work::Threshold(threshold) => first(threshold.keys),
            Work::NewTerms(terms) => first(terms.terms),
            Work::Events(_) => Some(Vec::new()),
        }
    }

    /// The columns by whose values rows share room, where there is not enough for all.
    pub(crate) fn shares(&self) -> Vec<usize> {
        match &self.work {
            Work::Table(pipeline) => {
                pipeline.partition().unwrap_or_default().into_iter().map(|column| column as usize).collect()
            }
            Work::Threshold(threshold) => (0..threshold.keys).collect(),
            Work::NewTerms(terms) => (0..terms.terms).collect(),
            Work::Events(_) => {
                let by = self.suppression.iter().flat_map(|suppression| &suppression.by);
                by.map(|column| *column as usize).collect()
            }
        }
    }

    /// Whether alerts stand for single events, which are then told apart.
    pub(crate) fn is_for_events(&self) -> bool {
        match &self.work {
            Work::Table(pipeline) => pipeline.is_row_by_row(),
            Work::Threshold(_) => false,
            Work::NewTerms(_) | Work::Events(_) => true,
        }
    }
}
