//! Drops what is said twice: equal members of `all` and `any`, and values of a list that another value makes unnecessary. What stays keeps the author's order.

use std::hash::Hash;

use super::rewrite;
use crate::hash::HashSet;
use crate::ir::shadow::shadows;
use crate::ir::{Expr, Predicate, Rule, Test};

/// The pass.
pub(super) fn run(rule: Rule) -> Rule {
    rewrite::rule(rule, &|node| match node {
        Expr::All(members) => Expr::all(distinct(members)),
        Expr::Any(members) => Expr::any(distinct(members)),
        Expr::Test(Predicate { subject, test }) => Expr::test(subject, without_repetition(test)),
        // in `at least`, what is said twice counts twice
        Expr::AtLeast { .. } | Expr::Const(_) | Expr::Selection(_) | Expr::Not(_) => node,
        Expr::Elements { .. } | Expr::Formula(_) => node,
    })
}

fn without_repetition(test: Test) -> Test {
    match test {
        Test::Text { op, values, case } if values.len() > 1 => {
            let shadowed = shadows(op, &values);
            let values =
                values.into_iter().zip(shadowed).filter(|(_, by)| by.is_none()).map(|(value, _)| value).collect();
            Test::Text { op, values, case }
        }
        Test::Glob { patterns, case } => Test::Glob { patterns: distinct(patterns), case },
        Test::Number(values) => Test::Number(distinct(values)),
        Test::Long { op: None, values } => Test::Long { op: None, values: distinct(values) },
        Test::Cidr(networks) => Test::Cidr(distinct(networks)),
        Test::Time { part, op: None, values } => Test::Time { part, op: None, values: distinct(values) },
        Test::Words { phrases, patterns } => Test::Words { phrases: distinct(phrases), patterns: distinct(patterns) },
        Test::Text { .. }
        | Test::Order { .. }
        | Test::Within(_)
        | Test::Time { op: Some(_), .. }
        | Test::Long { op: Some(_), .. }
        | Test::Regex { .. }
        | Test::Compare { .. }
        | Test::SameAs { .. }
        | Test::Exists
        | Test::Null
        | Test::Present
        | Test::Single(_) => test,
    }
}

fn distinct<T: Eq + Hash>(values: Vec<T>) -> Vec<T> {
    if values.len() < 2 {
        return values;
    }
    let keep: Vec<bool> = {
        let mut seen = HashSet::default();
        values.iter().map(|value| seen.insert(value)).collect()
    };
    values.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(value, _)| value).collect()
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
    fn the_first_of_equals_stays() {
        let tests = [
            text("F", TextOp::Contains, "abc b ab b"),
            text("G", TextOp::Equals, "x y x"),
            text("G", TextOp::Equals, "x y"),
        ];
        assert_eq!(testing::after(super::run, Expr::any(tests)), "any\n  F contains \"b\"\n  G equals [\"x\", \"y\"]");
    }
}
