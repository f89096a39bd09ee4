//! Conditions, and the names in them.
//!
//! Decided here:
//! - `them` leaves out selections whose names start with `_`; so does a pattern that does not start with `_` itself.
//! - A pattern is for the whole name; `*` may stand anywhere. `selection*` is also for `selection`.
//! - `all of` a pattern that no name fits is an error: holding for nothing, it would hold always. `1 of` is a warning: it never holds.
//! - Several conditions: any of them.

use crate::diagnostic::Code;
use crate::ir::Expr;
use crate::sigma::ast;
use crate::source::{Span, Spanned};

use super::{Ctx, Feature};

/// The meaning of a detection's conditions; `selection` gives that of the selection at an index.
pub(super) fn lower(detection: &ast::Detection, ctx: &mut Ctx<'_>, selection: impl Fn(usize) -> Expr) -> Expr {
    let conditions: Vec<Expr> = detection.conditions.iter().map(|condition| one(&condition.value, condition.span, detection, 0, ctx, &selection)).collect();
    Expr::any(conditions)
}

fn one(condition: &ast::Condition, span: Span, detection: &ast::Detection, depth: usize, ctx: &mut Ctx<'_>, selection: &impl Fn(usize) -> Expr) -> Expr {
    if !ctx.allows_depth(depth, span) {
        return Expr::Const(false);
    }
    let each = |members: &[ast::Condition], ctx: &mut Ctx<'_>| -> Vec<Expr> { members.iter().map(|member| one(member, span, detection, depth + 1, ctx, selection)).collect() };
    match condition {
        ast::Condition::Name(name) => {
            if let Some(index) = detection.selections.get_index_of(&name.value) {
                return selection(index);
            }
            ctx.diags.push(unknown(name, detection));
            Expr::Const(false)
        }
        ast::Condition::Of { count, of } => some_of(*count, of, detection, ctx, selection),
        ast::Condition::Not(inner) => Expr::not(one(inner, span, detection, depth + 1, ctx, selection)),
        ast::Condition::And(members) => Expr::all(each(members, ctx)),
        ast::Condition::Or(members) => Expr::any(each(members, ctx)),
        ast::Condition::Pipe { search, aggregation } => {
            let feature = match &aggregation.value {
                ast::Aggregation::Function { function, .. } => Feature::Aggregation(function.clone()),
                ast::Aggregation::Near(_) => Feature::Near,
            };
            ctx.unsupported.get_or_insert(feature);
            one(search, span, detection, depth + 1, ctx, selection)
        }
    }
}

fn some_of(count: ast::Count, of: &Spanned<ast::Names>, detection: &ast::Detection, ctx: &mut Ctx<'_>, selection: &impl Fn(usize) -> Expr) -> Expr {
    let fits = |name: &str| match &of.value {
        ast::Names::Them => !name.starts_with('_'),
        ast::Names::Pattern(pattern) => (pattern.starts_with('_') || !name.starts_with('_')) && name_fits(pattern, name),
    };
    let members: Vec<usize> = detection.selections.keys().enumerate().filter(|(_, name)| fits(name)).map(|(index, _)| index).collect();
    let found = members.len();
    let members = members.into_iter().map(selection);
    match count {
        ast::Count::All if found == 0 => {
            ctx.diags.push(Code::NoSelectionForAll.at(of.span, "`all of` finds no selection, so it would hold for every event").help(selections_here(detection)));
            Expr::Const(false)
        }
        ast::Count::All => Expr::all(members),
        ast::Count::AtLeast(0) => {
            ctx.diags.push(Code::NoSelectionForAll.at(of.span, "`0 of` would hold for every event").help("write `not 1 of` if none may hold"));
            Expr::Const(false)
        }
        ast::Count::AtLeast(needed) => {
            if (needed as usize) > found {
                ctx.diags.push(Code::NoSelectionForSome.at(of.span, format!("`{needed} of` can never hold: {found} selections fit")).help(selections_here(detection)));
            }
            Expr::at_least(needed, members)
        }
    }
}

/// Whether `*` in the pattern can stand for something that makes it the name.
fn name_fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn unknown(name: &Spanned<String>, detection: &ast::Detection) -> crate::diagnostic::Diagnostic {
    Code::UnknownSelection.at(name.span, format!("the condition names `{}`, but no such selection exists", name.value)).help(selections_here(detection))
}

fn selections_here(detection: &ast::Detection) -> String {
    const SHOWN: usize = 12;
    let names: Vec<String> = detection.selections.keys().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if detection.selections.len() > SHOWN { ", .." } else { "" };
    format!("selections here are {}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_fit_patterns() {
        let check = |pattern: &str, name: &str, expected: bool| assert_eq!(super::name_fits(pattern, name), expected, "{pattern} {name}");
        check("selection*", "selection", true);
        check("selection*", "selection_2", true);
        check("selection*", "a_selection", false);
        check("*_main*", "filter_main_x", true);
        check("a*b", "ab", true);
        check("a*b", "acbd", false);
        check("ab*b", "ab", false);
        check("a*b*c", "axbxbc", true);
        check("a", "ab", false);
        check("*", "", true);
    }
}
