//! What an event becomes before it reaches a rule's state: the same in every run, so it is done once, where the event is matched.

use super::extract::{self, LastText};
use super::state::Row;
use super::{Operation, Work};
use crate::generated::Held;
use crate::matcher::slots::Slots;
use crate::table::expr::{Context, Warnings};
use crate::table::pipeline::{self, Column};
use crate::table::tables::Host;
use crate::table::value::Value;

/// The rows that the first operators of a rule's pipeline ([`crate::table::Pipeline::early`]) make of an event. Other rules take its row as it is.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    pub(super) time: i64,
    pub(super) event: u64,
    pub(super) document: u128,
    pub(super) rows: Vec<pipeline::Row>,
    pub(super) warnings: Warnings,
}

/// What is kept from one event of a rule to the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// What was compiled for expressions.
    cx: Context,
    /// By column.
    lasts: Vec<LastText>,
}

/// How much of a rule's work is done with an event.
#[derive(Clone, Debug)]
pub(crate) struct Early {
    /// How many operators of its pipeline.
    operators: usize,
    /// Which columns they need; the others are filled for events that pass.
    columns: Vec<bool>,
}

impl Early {
    pub(crate) fn of(operation: &Operation) -> Self {
        match &operation.work {
            Work::Table(pipeline) => {
                let operators = pipeline.early();
                Self { operators, columns: pipeline.columns_of(operators) }
            }
            Work::Threshold(_) | Work::NewTerms(_) | Work::Events(_) => {
                Self { operators: 0, columns: operation.columns().map(|_| true).collect() }
            }
        }
    }

    /// How many operators of the pipeline are done.
    pub(super) fn operators(&self) -> usize {
        self.operators
    }
}

impl Begun {
    /// Of an event; `Err` if it has no time, neither where the rule looks for it nor another.
    pub(crate) fn of_event(
        operation: &Operation,
        early: &Early,
        event: Slots<'_>,
        (held, json, other_time): (&Held, &[u8], &dyn Fn() -> Option<i64>),
        number: u64,
        Scratch { cx, lasts }: &mut Scratch,
        host: Host<'_>,
    ) -> Result<Self, ()> {
        let other_time = || if operation.schedule.falls_back() { other_time() } else { None };
        let time = extract::time(operation, event).or_else(other_time).ok_or(())?;
        lasts.resize_with(early.columns.len(), Default::default);
        let value = |column: &Column, last: &mut LastText| {
            extract::value_behind(last, column, operation.document, event, held, json)
        };
        let columns = || operation.columns().zip(&early.columns);
        let values = columns()
            .zip(&mut *lasts)
            .map(|((column, needed), last)| if *needed { value(column, last) } else { Value::Null })
            .collect();
        let (mut rows, warnings) = rows(operation, early, values, cx, host);
        let mut document = 0;
        if !rows.is_empty() {
            let rest = columns().zip(&mut *lasts).enumerate().filter(|(_, ((_, needed), _))| !**needed);
            for (slot, ((column, _), last)) in rest {
                let value = value(column, last);
                for place in rows.iter_mut().filter_map(|row| row.get_mut(slot)) {
                    place.clone_from(&value);
                }
            }
            if operation.is_for_events() {
                document = extract::document(operation.document, event, json);
            }
        }
        Ok(Self { time, event: number, document, rows, warnings })
    }

    /// Of the row of an event.
    pub(super) fn of_row(operation: &Operation, early: &Early, row: Row, cx: &mut Context, host: Host<'_>) -> Self {
        let Row { time, event, document, values } = row;
        let (rows, warnings) = rows(operation, early, values, cx, host);
        Self { time, event, document, rows, warnings }
    }

    /// The time of the event.
    pub(crate) fn time(&self) -> i64 {
        self.time
    }
}

fn rows(
    operation: &Operation,
    early: &Early,
    values: pipeline::Row,
    cx: &mut Context,
    host: Host<'_>,
) -> (Vec<pipeline::Row>, Warnings) {
    let Work::Table(pipeline) = &operation.work else { return (vec![values], Warnings::default()) };
    let mut rows = Vec::new();
    // nothing here asks for the time of the run
    pipeline.begin(early.operators, values, cx, host, &mut |values, _| rows.push(values));
    (rows, std::mem::take(&mut cx.warnings))
}
