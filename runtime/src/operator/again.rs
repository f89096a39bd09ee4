//! Runs over kept rows. Most runs of a rule with a long window see the rows that the run before saw, and find the same: that is not computed again.

use std::collections::BTreeMap;

use super::found::Candidate;
use super::rows::{Buffer, Numbers, Seen};
use super::schedule::Window;
use super::state::{Limits, Row, of_table};
use crate::table::Pipeline;
use crate::table::expr::{Context, Warnings};
use crate::table::groups::{Limits as GroupLimits, RowOrigin};
use crate::table::run::Run;
use crate::table::tables::Host;

/// What a run found and counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) candidates: Vec<Candidate>,
    /// Rows, groups and values that it could not keep.
    pub(super) lost: u64,
    /// Rows of the result beyond those that were wanted.
    pub(super) left_out: u64,
    pub(super) warnings: Warnings,
}

/// The last run. It is no part of the state: without it the next run finds the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Last(Option<Box<(Seen, Made)>>);

/// Results with more rows are not kept.
const MOST_KEPT: usize = 1_000;

impl Last {
    /// The run over a window: what it finds with `pipeline`, the first operators of which were done when events came.
    pub(super) fn run(
        &mut self,
        (pipeline, early, most): (&Pipeline, usize, usize),
        (buffer, window): (&Buffer, Window),
        limits: &Limits,
        cx: &mut Context,
        host: Host<'_>,
    ) -> Made {
        let seen = buffer.seen(window).filter(|_| pipeline.is_repeatable());
        if let (Some(seen), Some(last)) = (seen, &self.0)
            && last.0 == seen
        {
            return last.1.clone();
        }
        let rows: Vec<&Row> = buffer.within(window).collect();
        let made = run(pipeline, early, most, &rows, limits, cx, host);
        let kept = seen.filter(|_| made.candidates.len() <= MOST_KEPT);
        self.0 = kept.map(|seen| Box::new((seen, made.clone())));
        made
    }
}

fn run(
    pipeline: &Pipeline,
    early: usize,
    most: usize,
    rows: &[&Row],
    limits: &Limits,
    cx: &mut Context,
    host: Host<'_>,
) -> Made {
    let mut run = Run::new(pipeline, GroupLimits { groups: limits.groups, bytes: limits.bytes }, limits.rows);
    let by_event = pipeline.is_row_by_row();
    let numbers = Numbers::of(rows, by_event);
    for (row, event) in rows.iter().zip(&numbers.own) {
        let origin = RowOrigin { event: *event, time: row.time };
        run.push_behind(early, pipeline, row.values.clone(), origin, cx, host);
    }
    let lost = run.lost();
    let documents = by_event.then(|| {
        let documents = numbers.own.iter().zip(rows).map(|(event, row)| (*event, row.document));
        documents.collect::<BTreeMap<u64, u128>>()
    });
    let (found, left_out) = if run.has_rows() { run.finish(pipeline, most, cx, host) } else { (Vec::new(), 0) };
    let mut candidates = of_table(pipeline, found, documents.as_ref());
    candidates.iter_mut().for_each(|candidate| numbers.put_back(&mut candidate.origins.events));
    Made { candidates, lost, left_out, warnings: std::mem::take(&mut cx.warnings) }
}
