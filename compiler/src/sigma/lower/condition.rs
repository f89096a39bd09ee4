//! Conditions, and the names in them.
//!
//! Decided here:
//! - `them` leaves out selections whose names start with `_`; so does a pattern that does not start with `_` itself.
//! - A pattern is for the whole name; `*` may stand anywhere. `selection*` is also for `selection`.
//! - `all of` a pattern that no name fits is an error: holding for nothing, it would hold always. `1 of` is a warning: it never holds.
//! - Several conditions: any of them.

use crate::ir::Expr;
use crate::sigma::{ast, select};
use crate::source::{Span, Spanned};

use super::Ctx;

/// The meaning of a detection's conditions; `selection` gives that of the selection at an index.
pub(super) fn lower(detection: &ast::Detection, ctx: &mut Ctx<'_>, selection: impl Fn(usize) -> Expr) -> Expr {
    let conditions: Vec<Expr> = detection
        .conditions
        .iter()
        .map(|condition| one(&condition.value, condition.span, detection, 0, ctx, &selection))
        .collect();
    Expr::any(conditions)
}

fn one(
    condition: &ast::Condition,
    span: Span,
    detection: &ast::Detection,
    depth: usize,
    ctx: &mut Ctx<'_>,
    selection: &impl Fn(usize) -> Expr,
) -> Expr {
    if !ctx.allows_depth(depth, span) {
        return Expr::Const(false);
    }
    let each = |members: &[ast::Condition], ctx: &mut Ctx<'_>| -> Vec<Expr> {
        members.iter().map(|member| one(member, span, detection, depth + 1, ctx, selection)).collect()
    };
    match condition {
        ast::Condition::Name(name) => match detection.selections.get_index_of(&name.value) {
            Some(index) => selection(index),
            // parsing rejects conditions with unknown names
            None => Expr::Const(false),
        },
        ast::Condition::Of { count, of } => some_of(*count, of, detection, selection),
        ast::Condition::Not(inner) => Expr::not(one(inner, span, detection, depth + 1, ctx, selection)),
        ast::Condition::And(members) => Expr::all(each(members, ctx)),
        ast::Condition::Or(members) => Expr::any(each(members, ctx)),
        ast::Condition::Pipe { search, aggregation } => {
            let feature = match &aggregation.value {
                ast::Aggregation::Function { function, .. } => crate::ir::Feature::Aggregation(function.clone()),
                ast::Aggregation::Near(_) => crate::ir::Feature::Near,
            };
            ctx.is_unsupported(feature, aggregation.span, super::STATE_HELP);
            one(search, span, detection, depth + 1, ctx, selection)
        }
    }
}

fn some_of(
    count: ast::Count,
    of: &Spanned<ast::Names>,
    detection: &ast::Detection,
    selection: &impl Fn(usize) -> Expr,
) -> Expr {
    let names = select(detection, &of.value);
    let members: Vec<Expr> = names.filter_map(|name| detection.selections.get_index_of(name)).map(selection).collect();
    match count {
        // parsing rejects `all of` nothing, and warns of more than there are
        ast::Count::All if members.is_empty() => Expr::Const(false),
        ast::Count::All => Expr::all(members),
        ast::Count::AtLeast(needed) => Expr::at_least(needed, members),
    }
}
