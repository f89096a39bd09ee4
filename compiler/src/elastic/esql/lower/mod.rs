//! What one event decides of a query: the `WHERE`s in front, in the two-valued IR, with the triggers and scanners of any other rule.
//!
//! ES|QL is three-valued: a comparison is null where its field has no value, or several, and a row is kept only if the condition is true. So a condition
//! is lowered twice over: to what holds where it is true and to what holds where it is false; `NOT` exchanges them, and a leaf says with
//! [`Test::Single`](crate::ir::Test::Single) when it is null. What cannot be said by one event's fields is taken to hold: the pipeline then decides.

mod case;
mod computed;
mod condition;
mod leaf;
mod names;
mod numeric;
mod search;

#[cfg(test)]
mod tests;

use super::ast::{self, CommandKind, SourceKind};
use crate::diagnostic::Diagnostics;
use crate::elastic::leaf::Context;
use crate::ir::Expr;
use names::Names;

/// What can be said of an event before it becomes a row.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::elastic) struct Prefix {
    /// Holds for every event of which some row passes all `WHERE` commands before the first command that needs other rows.
    pub(in crate::elastic) condition: Expr,
    /// So many leading commands are decided: where the condition holds, the `WHERE`s among them keep every row, and need not be repeated.
    /// The others (`EVAL` and so on) are counted, but still have to be done.
    pub(in crate::elastic) exact: usize,
}

/// What the commands in front say of one event (ES|QL reference, "WHERE", "Null values", "Multivalued fields"). What is wrong with the query is
/// not told: types are checked elsewhere.
pub(in crate::elastic) fn prefix(query: &ast::Query, cx: &Context<'_>) -> Prefix {
    let SourceKind::From(indices) = &query.source.kind else {
        return Prefix { condition: Expr::Const(true), exact: 0 };
    };
    let of_events = |target: &ast::Target| match target {
        ast::Target::Index(_) => true,
        ast::Target::Subquery(_) => false,
    };
    if !indices.targets.iter().all(of_events) || !query.settings.is_empty() {
        return Prefix { condition: Expr::Const(true), exact: 0 };
    }
    let mut diags = Diagnostics::new();
    let mut cx = Context { schema: cx.schema, now: cx.now, diags: &mut diags, computed: 0 };
    let numeric = numeric::fields(query);
    let mut names = Names::new(indices.metadata.iter().map(|name| name.value.as_str()));
    let (mut conditions, mut exact, mut is_exact) = (Vec::new(), 0, true);
    for (at, command) in query.commands.iter().enumerate() {
        match &command.kind {
            CommandKind::Where(condition) => {
                let (condition, decided) = condition::holds(condition, &names, &numeric, &mut cx);
                conditions.push(condition);
                is_exact &= decided;
            }
            // rows stay what they are, or become several: names change
            CommandKind::Dissect(_)
            | CommandKind::Drop(_)
            | CommandKind::Enrich(_)
            | CommandKind::Eval(_)
            | CommandKind::Extract(_)
            | CommandKind::Grok(_)
            | CommandKind::Keep(_)
            | CommandKind::LookupJoin(_)
            | CommandKind::MvExpand(_)
            | CommandKind::Rename(_) => names.change(&command.kind, cx.schema),
            CommandKind::ChangePoint(_)
            | CommandKind::Completion(_)
            | CommandKind::Fork(_)
            | CommandKind::Fuse(_)
            | CommandKind::InlineStats(_)
            | CommandKind::Limit(_)
            | CommandKind::MetricsInfo
            | CommandKind::Rerank(_)
            | CommandKind::Sample(_)
            | CommandKind::Sort(_)
            | CommandKind::Stats(_)
            | CommandKind::TsInfo => break,
        }
        if is_exact {
            exact = at + 1;
        }
    }
    Prefix { condition: Expr::all(conditions), exact }
}
