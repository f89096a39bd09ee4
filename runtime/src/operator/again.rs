//! Runs over kept rows. Most runs of a rule with a long window see the rows that the run before saw, or these and later ones: what was found is not computed again,
//! and groups go on with the later rows.

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
pub(super) struct Last(Option<Box<Done>>);

#[derive(Clone, Debug)]
struct Done {
    seen: Seen,
    /// What it found, if it finds the same whenever it is asked.
    made: Option<Made>,
    /// Groups of the rows, and the warnings that they made.
    groups: Option<(Run, Warnings)>,
}

/// Results with more rows are not kept.
const MOST_KEPT: usize = 1_000;
/// Groups that take more bytes are not kept.
const MOST_BYTES: usize = 16 << 20;

impl Last {
    /// The run over a window: what it finds with `pipeline`, the first operators of which were done when events came.
    pub(super) fn run(
        &mut self,
        work @ (pipeline, ..): Work<'_>,
        (buffer, window): (&mut Buffer, Window),
        limits: &Limits,
        cx: &mut Context,
        host: Host<'_>,
    ) -> Made {
        let seen = buffer.see(window).filter(|_| !pipeline.head_reads_now());
        let before = self.0.take().filter(|before| seen.is_some_and(|seen| before.seen.starts(&seen)));
        if let Some(made) =
            before.as_ref().filter(|before| seen == Some(before.seen)).and_then(|before| before.made.clone())
        {
            self.0 = before;
            return made;
        }
        let (rows, groups) = match before.map(|before| *before) {
            Some(Done { seen, groups: Some(groups), .. }) => (buffer.behind(&seen, window).collect(), Some(groups)),
            Some(Done { groups: None, .. }) | None => (buffer.within(window).collect::<Vec<_>>(), None),
        };
        let (made, groups) = if pipeline.first_stats().is_some() {
            let (mut run, mut warnings) = groups.unwrap_or_else(|| (new(pipeline, limits), Warnings::default()));
            let made = of_groups(work, &rows, (&mut run, &mut warnings), cx, host);
            (made, (run.memory() <= MOST_BYTES).then_some((run, warnings)))
        } else {
            (of_rows(work, &rows, limits, cx, host), None)
        };
        let keeps = pipeline.is_repeatable() && made.candidates.len() <= MOST_KEPT;
        self.0 = seen.map(|seen| Box::new(Done { seen, made: keeps.then(|| made.clone()), groups }));
        made
    }
}

/// A pipeline, how many of its operators are done, and how many rows of its result are wanted.
type Work<'w> = (&'w Pipeline, usize, usize);

fn new(pipeline: &Pipeline, limits: &Limits) -> Run {
    Run::new(pipeline, GroupLimits { groups: limits.groups, bytes: limits.bytes }, limits.rows)
}

/// A run goes on with further rows, up to the result. `warnings` are those of all its rows.
fn of_groups(
    (pipeline, early, most): Work<'_>,
    rows: &[&Row],
    (run, warnings): (&mut Run, &mut Warnings),
    cx: &mut Context,
    host: Host<'_>,
) -> Made {
    for row in rows {
        let origin = RowOrigin { event: row.event, time: row.time };
        run.push_behind(early, pipeline, row.values.clone(), origin, cx, host);
    }
    warnings.add(&std::mem::take(&mut cx.warnings));
    let lost = run.lost();
    let (found, left_out) = if run.has_rows() { run.result(pipeline, most, cx, host) } else { (Vec::new(), 0) };
    let mut all = std::mem::take(&mut cx.warnings);
    all.add(warnings);
    Made { candidates: of_table(pipeline, found, None), lost, left_out, warnings: all }
}

fn of_rows(
    (pipeline, early, most): Work<'_>,
    rows: &[&Row],
    limits: &Limits,
    cx: &mut Context,
    host: Host<'_>,
) -> Made {
    let mut run = new(pipeline, limits);
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
