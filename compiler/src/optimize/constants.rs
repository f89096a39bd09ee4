//! Puts `true` and `false` in place of selections that are always or never held, so that the constructors can drop what depends on them.

use super::rewrite;
use crate::ir::{Expr, Rule, SelectionId};

/// The pass.
pub(super) fn run(rule: Rule) -> Rule {
    let known: Vec<Option<bool>> = rule
        .selections
        .values()
        .map(|selection| if let Expr::Const(value) = selection { Some(*value) } else { None })
        .collect();
    if known.iter().all(Option::is_none) {
        return rule;
    }
    rewrite::rule(rule, &|node| match node {
        Expr::Selection(SelectionId(id)) => known.get(usize::from(id)).copied().flatten().map_or(node, Expr::Const),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn changes_no_verdict() {
        super::super::testing::check_pass(super::run);
    }
}
