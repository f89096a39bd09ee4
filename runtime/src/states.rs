//! The states of a session's stateful rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bytes::{ReadError, Reader};
use crate::engine::Linked;
use crate::generated::Held;
use crate::matcher::slots::Slots;
use crate::operator::{Begun, Counters, Found, Indicators, Limits, Operation, RuleState, Scratch};
use crate::pack::Then;
use crate::table::tables::Resources;

/// What surrounds rules: tables, a model, indicators.
#[derive(Clone, Debug, Default)]
pub(crate) struct Around {
    pub(crate) resources: Resources,
    /// By rule; empty for rules that compare nothing with indicators.
    pub(crate) indicators: Vec<Indicators>,
    pub(crate) limits: Limits,
}

/// States by rule.
pub(crate) struct States {
    around: Arc<Around>,
    /// By rule: its place in `states`, or `NONE`.
    by_rule: Vec<u32>,
    rules: Vec<State>,
    /// By place in `rules`: when the rule runs next; `i64::MAX` if only new rows can make it run.
    due: Vec<i64>,
    watermark: Option<i64>,
    /// No state is due before this time.
    next_due: i64,
    none: Indicators,
    /// Rows are held back here, if somebody else keeps the state.
    held: Option<Vec<HeldRow>>,
}

/// A row of a stateful rule that a session held back.
#[derive(Clone, Debug)]
pub struct HeldRow {
    rule: u32,
    row: Result<Begun, ()>,
    /// How many alerts are between it and events.
    depth: u8,
}

struct State {
    rule: u32,
    operation: Arc<Operation>,
    kept: RuleState,
    scratch: Scratch,
    /// By the first run that sees them: how deep alerts are that the rule took.
    depths: BTreeMap<i64, u8>,
}

const NONE: u32 = u32::MAX;

/// The depths of so many runs are kept; later ones are those of alerts from the future.
const MOST_DEPTHS: usize = 10_000;

impl States {
    pub(crate) fn new(linked: &Linked, around: Arc<Around>) -> Self {
        let mut by_rule = vec![NONE; linked.rule_count()];
        let mut rules = Vec::new();
        for (rule, place) in (0..).zip(&mut by_rule) {
            if let Some(Then::Operation(operation)) = linked.rule(rule).map(|(rule, _)| &rule.then) {
                *place = u32::try_from(rules.len()).unwrap_or(NONE);
                let kept = RuleState::new(operation, around.limits);
                rules.push(State {
                    rule,
                    operation: Arc::clone(operation),
                    kept,
                    scratch: Scratch::default(),
                    depths: BTreeMap::new(),
                });
            }
        }
        let due = vec![i64::MAX; rules.len()];
        Self {
            around,
            by_rule,
            rules,
            due,
            watermark: None,
            next_due: i64::MAX,
            none: Indicators::default(),
            held: None,
        }
    }

    pub(crate) fn hold_rows(&mut self) {
        self.held.get_or_insert_default();
    }

    pub(crate) fn take_rows(&mut self, into: &mut Vec<HeldRow>) {
        self.held.iter_mut().for_each(|held| into.append(held));
    }

    pub(crate) fn apply(&mut self, HeldRow { rule, row, depth }: HeldRow) {
        let place = self.by_rule.get(rule as usize).copied().unwrap_or(NONE);
        if let Some(State { operation, .. }) = self.rules.get(place as usize) {
            let operation = Arc::clone(operation);
            self.add(rule, &operation, row, depth);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Begins with an event of a rule.
    pub(crate) fn begin(
        &mut self,
        rule: u32,
        operation: &Operation,
        event: Slots<'_>,
        held_json_and_time: (&Held, &[u8], &dyn Fn() -> Option<i64>),
        number: u64,
    ) -> Result<Begun, ()> {
        let place = self.by_rule.get(rule as usize).copied().unwrap_or(NONE);
        let Some(State { scratch, kept, .. }) = self.rules.get_mut(place as usize) else { return Err(()) };
        Begun::of_event(
            operation,
            kept.early(),
            event,
            held_json_and_time,
            number,
            scratch,
            self.around.resources.host(),
        )
    }

    /// Takes a row for a rule, or counts that an event has no time.
    pub(crate) fn add(&mut self, rule: u32, operation: &Operation, row: Result<Begun, ()>, depth: u8) {
        if let Some(held) = &mut self.held {
            return held.push(HeldRow { rule, row, depth });
        }
        let place = self.by_rule.get(rule as usize).copied().unwrap_or(NONE);
        let (state, due) = (self.rules.get_mut(place as usize), self.due.get_mut(place as usize));
        let (Some(State { kept, depths, .. }), Some(due)) = (state, due) else { return };
        // what the watermark has passed is told to a state when it matters
        self.watermark.into_iter().for_each(|watermark| kept.close(watermark));
        match row {
            Ok(row) => {
                if depth > 0 {
                    let known = depths.entry(operation.schedule.tick_at_or_after(row.time())).or_default();
                    *known = depth.max(*known);
                    if depths.len() > MOST_DEPTHS {
                        depths.pop_last();
                    }
                }
                let evicted = kept.counters().evicted;
                let first = kept.add_begun(operation, row, self.around.resources.host());
                *due = if kept.counters().evicted == evicted {
                    (*due).min(first.unwrap_or(i64::MAX))
                } else {
                    kept.due(operation).unwrap_or(i64::MAX)
                };
                self.next_due = self.next_due.min(*due);
            }
            Err(()) => kept.count_untimed(),
        }
    }

    /// The time of the next run, if the watermark has reached it.
    pub(crate) fn due(&self, watermark: i64) -> Option<i64> {
        (self.next_due <= watermark && self.next_due < i64::MAX).then_some(self.next_due)
    }

    /// Does all runs at this time. What is found comes with its rule, and with how many alerts are at most between it and events.
    pub(crate) fn run(&mut self, tick: i64, out: &mut Vec<(u32, u8, Found)>) {
        let mut found = Vec::new();
        for at in 0..self.due.len() {
            if self.due.get(at) == Some(&tick)
                && let Some(State { rule, operation, kept, depths, .. }) = self.rules.get_mut(at)
            {
                let depth = depths.range(operation.schedule.window(tick).from..=tick).map(|(_, depth)| *depth).max();
                kept.run(operation, tick, self.around.resources.host(), &mut found);
                out.extend(found.drain(..).map(|found| (*rule, depth.unwrap_or(0), found)));
                let gone = operation.schedule.window(tick).from;
                if depths.first_key_value().is_some_and(|(first, _)| *first < gone) {
                    *depths = depths.split_off(&gone);
                }
                let due = kept.due(operation).unwrap_or(i64::MAX);
                self.due.get_mut(at).into_iter().for_each(|known| *known = due);
            }
        }
        self.next_due = self.due.iter().copied().min().unwrap_or(i64::MAX);
    }

    /// Notes that there will be no more events of this time or earlier.
    pub(crate) fn close(&mut self, watermark: i64) {
        if self.watermark.is_none_or(|before| before < watermark) {
            self.watermark = Some(watermark);
        }
    }

    /// Every state, with its rule.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (u32, &Operation, &RuleState)> {
        self.rules.iter().map(|state| (state.rule, &*state.operation, &state.kept))
    }

    /// How deep alerts are that each state took.
    pub(crate) fn depths(&self) -> impl Iterator<Item = &BTreeMap<i64, u8>> {
        self.rules.iter().map(|state| &state.depths)
    }

    pub(crate) fn read_one(&mut self, at: usize, bytes: &mut Reader<'_>) -> Result<(), ReadError> {
        if let Some(State { operation, kept, depths, .. }) = self.rules.get_mut(at) {
            *kept = RuleState::read(operation, self.around.limits, bytes)?;
            for _ in 0..bytes.count(9)? {
                depths.insert(bytes.i64()?, bytes.u8()?);
            }
        }
        Ok(())
    }

    /// After states were read: what is due, and from which watermark on.
    pub(crate) fn resume(&mut self, watermark: Option<i64>) {
        self.watermark = watermark;
        for (State { operation, kept, .. }, due) in self.rules.iter_mut().zip(&mut self.due) {
            watermark.into_iter().for_each(|watermark| kept.close(watermark));
            *due = kept.due(operation).unwrap_or(i64::MAX);
        }
        self.next_due = self.due.iter().copied().min().unwrap_or(i64::MAX);
    }

    pub(crate) fn watermark(&self) -> Option<i64> {
        self.watermark
    }

    pub(crate) fn indicators(&self, rule: u32) -> &Indicators {
        self.around.indicators.get(rule as usize).unwrap_or(&self.none)
    }

    pub(crate) fn counters(&self) -> impl Iterator<Item = (usize, &Counters)> {
        self.rules.iter().map(|state| (state.rule as usize, state.kept.counters()))
    }
}
