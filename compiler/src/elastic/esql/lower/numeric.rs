//! Which fields a query uses as numbers: a field that no table knows is one then, or may be.

use std::collections::HashSet;

use super::super::ast::{Arguments, Command, CommandKind, Expr, ExprKind, FunctionName, Literal, Query};

/// Functions that take texts, or anything.
const OF_ANYTHING: [&str; 24] = [
    "case",
    "coalesce",
    "concat",
    "contains",
    "count",
    "count_distinct",
    "ends_with",
    "length",
    "match",
    "match_phrase",
    "mv_concat",
    "mv_contains",
    "mv_count",
    "mv_dedupe",
    "mv_first",
    "mv_last",
    "replace",
    "split",
    "starts_with",
    "to_lower",
    "to_string",
    "to_upper",
    "trim",
    "values",
];

/// The names of fields that are used otherwise than as texts, or perhaps are.
pub(super) fn fields(query: &Query) -> HashSet<String> {
    let mut uses = Uses::default();
    query.commands.iter().for_each(|command| uses.command(command));
    // what a copy is used for, the field is used for
    for (copy, of) in uses.copies.iter().rev() {
        if uses.numeric.contains(copy) {
            uses.numeric.insert(of.clone());
        }
    }
    uses.numeric
}

#[derive(Default)]
struct Uses {
    numeric: HashSet<String>,
    /// Columns and what they are copies of, in order.
    copies: Vec<(String, String)>,
}

impl Uses {
    fn command(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::Where(condition) => self.expr(condition),
            CommandKind::Eval(columns) | CommandKind::Rerank(super::super::ast::Rerank { fields: columns, .. }) => {
                for column in columns {
                    self.expr(&column.value);
                    let (copy, of) =
                        (column.name.as_ref().and_then(super::super::ast::Name::text), field(&column.value));
                    self.copies.extend(copy.zip(of));
                }
            }
            CommandKind::Rename(renamings) => {
                let names = renamings.iter().filter_map(|renaming| renaming.new.text().zip(renaming.old.text()));
                self.copies.extend(names);
            }
            CommandKind::Stats(stats) | CommandKind::InlineStats(stats) => {
                for aggregate in &stats.aggregates {
                    self.expr(&aggregate.value);
                    aggregate.filter.iter().for_each(|filter| self.expr(filter));
                }
                stats.by.iter().for_each(|key| self.expr(&key.value));
            }
            CommandKind::Sort(keys) => keys.iter().for_each(|key| self.expr(&key.value)),
            CommandKind::Fork(branches) => branches.iter().flatten().for_each(|command| self.command(command)),
            CommandKind::Completion(completion) => self.expr(&completion.prompt),
            CommandKind::Dissect(dissect) => self.expr(&dissect.input),
            CommandKind::Grok(grok) => self.expr(&grok.input),
            CommandKind::Extract(extract) => self.expr(&extract.value),
            CommandKind::LookupJoin(join) => join.on.iter().for_each(|on| self.expr(on)),
            CommandKind::Limit(limit) => limit.by.iter().for_each(|by| self.expr(by)),
            CommandKind::ChangePoint(change) => self.numeric.extend(change.value.text()),
            CommandKind::Drop(_)
            | CommandKind::Enrich(_)
            | CommandKind::Fuse(_)
            | CommandKind::Keep(_)
            | CommandKind::MetricsInfo
            | CommandKind::MvExpand(_)
            | CommandKind::Sample(_)
            | CommandKind::TsInfo => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Match { .. } | ExprKind::Invalid => {}
            ExprKind::Not(inner) | ExprKind::IsNull { value: inner, .. } => self.expr(inner),
            ExprKind::And(members) | ExprKind::Or(members) => members.iter().for_each(|member| self.expr(member)),
            ExprKind::Compare { left, right, .. } => self.together(&[left, right], true),
            ExprKind::In { left, list, .. } => {
                let all: Vec<&Expr> = [&**left].into_iter().chain(list).collect();
                self.together(&all, true);
            }
            ExprKind::InQuery { left, .. } => self.together(&[left], false),
            ExprKind::Like { left, patterns, .. } => {
                self.expr(left);
                patterns.iter().for_each(|pattern| self.expr(pattern));
            }
            ExprKind::Arithmetic { first, rest } => {
                let all: Vec<&Expr> = [&**first].into_iter().chain(rest.iter().map(|(_, next)| next)).collect();
                self.together(&all, false);
            }
            ExprKind::Negative(inner) => self.together(&[inner], false),
            ExprKind::Cast { value, .. } => self.expr(value),
            ExprKind::Call(call) => {
                let Arguments::Values { values, .. } = &call.arguments else { return };
                let of_anything = match &call.name {
                    FunctionName::Name(name) => OF_ANYTHING.iter().any(|known| name.value.eq_ignore_ascii_case(known)),
                    FunctionName::Parameter(_) => false,
                };
                self.together(&values.iter().collect::<Vec<_>>(), of_anything);
            }
        }
    }

    /// Values whose types depend on each other; `texts`: they may be texts.
    fn together(&mut self, values: &[&Expr], texts: bool) {
        let is_text = |expr: &&Expr| match &expr.kind {
            ExprKind::Literal(literal) => matches!(literal, Literal::String(_) | Literal::Null),
            ExprKind::Like { .. } | ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) => true,
            ExprKind::Compare { .. } | ExprKind::IsNull { .. } | ExprKind::In { .. } => true,
            ExprKind::Call(call) => match &call.name {
                // their result is no number
                FunctionName::Name(name) => ["to_lower", "to_upper", "to_string", "concat", "starts_with", "ends_with"]
                    .iter()
                    .any(|known| name.value.eq_ignore_ascii_case(known)),
                FunctionName::Parameter(_) => false,
            },
            _ => false,
        };
        let fields = || values.iter().filter_map(|value| field(value));
        let others = values.iter().filter(|value| field(value).is_none());
        let single = values.len() == 1;
        let compared = fields().count() > 1;
        if !texts || compared || !(single || others.into_iter().all(is_text)) {
            self.numeric.extend(fields());
        }
        values.iter().for_each(|value| self.expr(value));
    }
}

fn field(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Field(name) => name.text(),
        _ => None,
    }
}
