//! Places of values in rows. While a query is read, every value has a number of its own; when all is read, the rows of each part of the pipeline
//! (`STATS` makes new ones) get theirs: first what is read of events, or aggregates and keys, then what is computed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sigil_runtime::table::Expr;
use sigil_runtime::table::aggregate::AggregateCall;
use sigil_runtime::table::pipeline::{Lookup, Operator, SortKey, Stats};

use super::{AllFields, Analyzed, Analyzer, Output, scope};
use crate::elastic::esql::ast;

/// Which numbers were given out.
#[derive(Debug)]
pub(super) struct Slots {
    next: u32,
    /// The numbers of each part, in the order of their places.
    parts: Vec<Vec<u32>>,
}

impl Default for Slots {
    fn default() -> Self {
        Self { next: 0, parts: vec![Vec::new()] }
    }
}

impl Slots {
    /// A number whose place is decided later.
    pub(super) fn reserve(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// The next place of the rows that are made now.
    pub(super) fn add(&mut self) -> u32 {
        let slot = self.reserve();
        self.parts.iter_mut().last().into_iter().for_each(|part| part.push(slot));
        slot
    }

    /// New rows, which start with these.
    pub(super) fn part(&mut self, first: Vec<u32>) {
        self.parts.push(first);
    }
}

/// Everything in its place.
pub(super) fn finish(
    analyzer: Analyzer<'_>,
    query: &ast::Query,
    columns: Vec<(String, scope::Column)>,
    all_fields: Vec<AllFields>,
) -> Analyzed {
    let Analyzer { sources, slots, mut steps, indices, keys, .. } = analyzer;
    let mut used: BTreeSet<u32> = columns.iter().map(|(_, column)| column.slot).collect();
    for operator in steps.iter().flat_map(|step| &step.operators) {
        each_expr(operator, &mut |expr| expr.each_column(&mut |slot| _ = used.insert(slot)));
        if let Operator::MvExpand(slot) = operator {
            used.insert(*slot);
        }
    }
    let read: Vec<_> = sources.into_iter().filter(|(slot, _)| used.contains(slot)).collect();
    let mut places: HashMap<u32, u32> = HashMap::new();
    let mut widths = Vec::new();
    for (at, part) in slots.parts.iter().enumerate() {
        let first: &[_] = if at == 0 { &read } else { &[] };
        let mut width = 0;
        for slot in first.iter().map(|(slot, _)| *slot).chain(part.iter().copied()) {
            places.insert(slot, width);
            width += 1;
        }
        widths.push(width);
    }
    let mut places = Places { places, widths: widths.iter().skip(1).copied().collect() };
    for operator in steps.iter_mut().flat_map(|step| &mut step.operators) {
        places.operator(operator);
    }
    let output = columns.into_iter().map(|(name, column)| Output {
        name: name.into(),
        kind: column.kind,
        slot: places.slot(column.slot),
    });
    Analyzed {
        indices,
        columns: read.into_iter().map(|(_, column)| column).collect(),
        output: output.collect(),
        keys,
        all_fields,
        width: widths.first().copied().unwrap_or(0),
        is_row: matches!(query.source.kind, ast::SourceKind::Row(_)),
        aggregates: widths.len() > 1,
        steps,
    }
}

/// Calls `visit` with every expression of an operator.
fn each_expr(operator: &Operator, visit: &mut impl FnMut(&Expr)) {
    match operator {
        Operator::Where(expr)
        | Operator::Eval(_, expr)
        | Operator::Dissect(expr, ..)
        | Operator::Grok(expr, ..)
        | Operator::Completion { prompt: expr, .. } => visit(expr),
        Operator::MvExpand(_) | Operator::Sample(_) => {}
        Operator::Stats(stats) | Operator::InlineStats(stats, _) => {
            for call in &stats.aggregates {
                call.arguments.iter().chain(&call.filter).for_each(&mut *visit);
            }
            stats.keys.iter().for_each(visit);
        }
        Operator::Sort(keys) => keys.iter().for_each(|key| visit(&key.value)),
        Operator::Limit(_, by) => by.iter().for_each(visit),
        Operator::Lookup(lookup) => lookup.on.iter().for_each(|(expr, _)| visit(expr)),
    }
}

struct Places {
    places: HashMap<u32, u32>,
    /// Of the rows that each `STATS` to come makes.
    widths: std::collections::VecDeque<u32>,
}

impl Places {
    fn slot(&self, slot: u32) -> u32 {
        self.places.get(&slot).copied().unwrap_or(u32::MAX)
    }

    fn slots(&self, slots: &mut [u32]) {
        slots.iter_mut().for_each(|slot| *slot = self.slot(*slot));
    }

    fn set(&self, expr: &mut Expr) {
        *expr = self.expr(expr);
    }

    fn operator(&mut self, operator: &mut Operator) {
        match operator {
            Operator::Where(expr) => self.set(expr),
            Operator::Eval(slot, expr) | Operator::Completion { slot, prompt: expr, .. } => {
                self.set(expr);
                *slot = self.slot(*slot);
            }
            Operator::MvExpand(slot) => *slot = self.slot(*slot),
            Operator::Dissect(expr, _, slots) | Operator::Grok(expr, _, slots) => {
                self.set(expr);
                self.slots(slots);
            }
            Operator::Stats(stats) => {
                self.stats(stats);
                stats.width = self.widths.pop_front().unwrap_or(0);
            }
            Operator::InlineStats(stats, slots) => {
                self.stats(stats);
                self.slots(slots);
            }
            Operator::Sort(keys) => {
                keys.iter_mut().for_each(|SortKey { value, .. }| self.set(value));
            }
            Operator::Limit(_, by) => by.iter_mut().for_each(|expr| self.set(expr)),
            Operator::Sample(_) => {}
            Operator::Lookup(Lookup { on, with, .. }) => {
                on.iter_mut().for_each(|(expr, _)| self.set(expr));
                with.iter_mut().for_each(|(_, slot, _)| *slot = self.slot(*slot));
            }
        }
    }

    fn stats(&self, stats: &mut Stats) {
        for AggregateCall { arguments, filter, .. } in &mut stats.aggregates {
            arguments.iter_mut().chain(filter).for_each(|expr| self.set(expr));
        }
        stats.keys.iter_mut().for_each(|expr| self.set(expr));
    }

    fn expr(&self, expr: &Expr) -> Expr {
        let one = |inner: &Arc<Expr>| Arc::new(self.expr(inner));
        let list = |members: &Arc<[Expr]>| -> Arc<[Expr]> { members.iter().map(|member| self.expr(member)).collect() };
        let two = |sides: &Arc<[Expr; 2]>| {
            let [left, right] = &**sides;
            Arc::new([self.expr(left), self.expr(right)])
        };
        match expr {
            Expr::Column(slot) => Expr::Column(self.slot(*slot)),
            Expr::Literal(value) => Expr::Literal(value.clone()),
            Expr::And(members) => Expr::And(list(members)),
            Expr::Or(members) => Expr::Or(list(members)),
            Expr::Not(inner) => Expr::Not(one(inner)),
            Expr::IsNull(inner) => Expr::IsNull(one(inner)),
            Expr::Equal(sides) => Expr::Equal(two(sides)),
            Expr::Compare(op, sides) => Expr::Compare(*op, two(sides)),
            Expr::In(value, members) => Expr::In(one(value), list(members)),
            Expr::Like(inner, globs) => Expr::Like(one(inner), Arc::clone(globs)),
            Expr::Rlike(inner, pattern) => Expr::Rlike(one(inner), Arc::clone(pattern)),
            Expr::Cidr(inner, networks) => Expr::Cidr(one(inner), Arc::clone(networks)),
            Expr::Words(inner, words) => Expr::Words(one(inner), Arc::clone(words)),
            Expr::Case(members) => Expr::Case(list(members)),
            Expr::Coalesce(members) => Expr::Coalesce(list(members)),
            Expr::Call(function, result, members) => Expr::Call(*function, *result, list(members)),
        }
    }
}
