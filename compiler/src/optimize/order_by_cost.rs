//! Cheap tests first, so that dear ones run only where they decide. What costs the same keeps the author's order.

use super::rewrite;
use crate::ir::{Expr, Predicate, Rule, SelectionId, Subject, Test, TextOp};

/// The pass.
pub(super) fn run(rule: Rule) -> Rule {
    let selections: Vec<u64> = rule.selections.values().map(|selection| cost(selection, &[])).collect();
    let sorted = |mut members: Vec<Expr>| {
        members.sort_by_cached_key(|member| cost(member, &selections));
        members
    };
    rewrite::rule(rule, &|node| match node {
        Expr::All(members) => Expr::all(sorted(members)),
        Expr::Any(members) => Expr::any(sorted(members)),
        Expr::AtLeast { count, of } => Expr::at_least(count, sorted(of)),
        Expr::Const(_) | Expr::Test(_) | Expr::Selection(_) | Expr::Not(_) | Expr::Elements { .. } => node,
    })
}

/// A guess, in units of one comparison of short texts.
fn cost(expr: &Expr, selections: &[u64]) -> u64 {
    match expr {
        Expr::Const(_) => 0,
        Expr::Test(predicate) => test_cost(predicate),
        Expr::Selection(SelectionId(id)) => selections.get(usize::from(*id)).copied().unwrap_or(1),
        Expr::Not(inner) => cost(inner, selections),
        Expr::All(members) | Expr::Any(members) | Expr::AtLeast { of: members, .. } => {
            members.iter().fold(0, |sum, member| sum.saturating_add(cost(member, selections)))
        }
        Expr::Elements { body, .. } => cost(body, selections).saturating_mul(4).saturating_add(4),
    }
}

fn test_cost(predicate: &Predicate) -> u64 {
    let many = |values: usize, each: u64| each.saturating_mul(values as u64);
    let once = match &predicate.test {
        Test::Exists | Test::Null | Test::Present => 1,
        Test::Number(values) => 1 + many(values.len(), 1) / 4,
        Test::Compare { .. } => 2,
        // most comparisons fail on the length or the first bytes
        Test::Text { op: TextOp::Equals, values, .. } => 1 + many(values.len(), 1) / 2,
        Test::Text { op: TextOp::StartsWith | TextOp::EndsWith, values, .. } => 1 + many(values.len(), 1),
        Test::Text { op: TextOp::Contains, values, .. } => 2 + many(values.len(), 6),
        Test::SameAs { .. } => 6,
        Test::Cidr(networks) => 6 + many(networks.len(), 1),
        Test::Time { .. } => 20,
        Test::Glob { patterns, .. } => 4 + many(patterns.len(), 8),
        Test::Regex { lookaround: false, .. } => 60,
        Test::Regex { lookaround: true, .. } => 1_000,
    };
    match predicate.subject {
        Subject::Field(_) | Subject::Element(_) => once,
        Subject::AnyValue => once.saturating_mul(20),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, text};
    use crate::ir::{Expr, TextOp};

    #[test]
    fn changes_no_verdict() {
        testing::check_pass(super::run);
    }

    #[test]
    fn cheap_tests_come_first() {
        let tests = [
            text("F", TextOp::Contains, "a b"),
            text("G", TextOp::EndsWith, "c"),
            text("H", TextOp::EndsWith, "d"),
            text("I", TextOp::Equals, "e"),
        ];
        let expected = "all\n  I equals \"e\"\n  G endswith \"c\"\n  H endswith \"d\"\n  F contains [\"a\", \"b\"]";
        assert_eq!(testing::after(super::run, Expr::all(tests)), expected);
    }
}
