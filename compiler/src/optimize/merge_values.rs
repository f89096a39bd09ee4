//! Alternatives that compare one subject in one way become one test with a list: `F contains a or F contains b` is `F contains [a, b]`.

use super::rewrite;
use crate::hash::HashMap;
use crate::ir::{Case, Expr, Predicate, Rule, Subject, Test, TextOp, TimePart};

/// The pass.
pub(super) fn run(rule: Rule) -> Rule {
    rewrite::rule(rule, &|node| match node {
        Expr::Any(members) => Expr::any(merge(members)),
        other => other,
    })
}

/// Tests with equal kinds have lists that can be put together.
#[derive(PartialEq, Eq, Hash)]
enum Kind {
    Text(TextOp, Case),
    Glob(Case),
    Number,
    Long,
    Cidr,
    Words,
    Time(TimePart),
}

fn kind(test: &Test) -> Option<Kind> {
    match test {
        Test::Text { op, case, .. } => Some(Kind::Text(*op, *case)),
        Test::Glob { case, .. } => Some(Kind::Glob(*case)),
        Test::Number(_) => Some(Kind::Number),
        Test::Long { op: None, .. } => Some(Kind::Long),
        Test::Cidr(_) => Some(Kind::Cidr),
        Test::Words { .. } => Some(Kind::Words),
        Test::Time { part, op: None, .. } => Some(Kind::Time(*part)),
        Test::Time { op: Some(_), .. }
        | Test::Long { op: Some(_), .. }
        | Test::Within(_)
        | Test::Order { .. }
        | Test::Regex { .. }
        | Test::Compare { .. }
        | Test::SameAs { .. }
        | Test::Exists
        | Test::Null
        | Test::Present
        | Test::Single(_) => None,
    }
}

/// Each test joins the first of its kind.
fn merge(members: Vec<Expr>) -> Vec<Expr> {
    let mut first: HashMap<(Subject, Kind), usize> = HashMap::default();
    let mut merged: Vec<Expr> = Vec::with_capacity(members.len());
    for member in members {
        if let Expr::Test(predicate) = &member
            && let Some(kind) = kind(&predicate.test)
        {
            let at = *first.entry((predicate.subject.clone(), kind)).or_insert(merged.len());
            if let (Some(Expr::Test(into)), Expr::Test(from)) = (merged.get_mut(at), &member) {
                append(into, from.clone());
                continue;
            }
        }
        merged.push(member);
    }
    merged
}

/// Both are of one kind.
fn append(into: &mut Predicate, from: Predicate) {
    match (&mut into.test, from.test) {
        (Test::Text { values, .. }, Test::Text { values: more, .. }) => values.extend(more),
        (Test::Glob { patterns, .. }, Test::Glob { patterns: more, .. }) => patterns.extend(more),
        (Test::Number(values), Test::Number(more))
        | (Test::Long { values, .. }, Test::Long { values: more, .. })
        | (Test::Time { values, .. }, Test::Time { values: more, .. }) => {
            values.extend(more);
        }
        (Test::Cidr(networks), Test::Cidr(more)) => networks.extend(more),
        (Test::Words { phrases, patterns }, Test::Words { phrases: more_phrases, patterns: more_patterns }) => {
            phrases.extend(more_phrases);
            patterns.extend(more_patterns);
        }
        _ => {}
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
    fn lists_are_put_together() {
        let tests = [
            text("F", TextOp::Contains, "a"),
            text("F", TextOp::EndsWith, "b"),
            text("F", TextOp::Contains, "c"),
            text("G", TextOp::Contains, "d"),
        ];
        let expected = "any\n  F contains [\"a\", \"c\"]\n  F endswith \"b\"\n  G contains \"d\"";
        assert_eq!(testing::after(super::run, Expr::any(tests)), expected);
    }
}
