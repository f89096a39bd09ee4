//! Walking a rule's expressions from the leaves up; rebuilt through the smart constructors, so that no pass sees a silly tree.

use crate::ir::{Expr, Rule};

/// Replaces every node of every expression of the rule, members before their parents.
pub(super) fn rule(mut rule: Rule, change: &impl Fn(Expr) -> Expr) -> Rule {
    rule.scope = expr(rule.scope, change);
    for selection in rule.selections.values_mut() {
        *selection = expr(take(selection), change);
    }
    rule.condition = expr(rule.condition, change);
    rule
}

/// The expression itself, leaving something small.
pub(super) fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::Const(false))
}

fn expr(node: Expr, change: &impl Fn(Expr) -> Expr) -> Expr {
    let all = |members: Vec<Expr>| members.into_iter().map(|member| expr(member, change));
    let rebuilt = match node {
        Expr::Const(_) | Expr::Test(_) | Expr::Selection(_) | Expr::Formula(_) => node,
        Expr::Not(inner) => Expr::not(expr(*inner, change)),
        Expr::All(members) => Expr::all(all(members)),
        Expr::Any(members) => Expr::any(all(members)),
        Expr::AtLeast { count, of } => Expr::at_least(count, all(of)),
        Expr::Elements { of, quantifier, body } => {
            Expr::Elements { of, quantifier, body: Box::new(expr(*body, change)) }
        }
    };
    change(rebuilt)
}
