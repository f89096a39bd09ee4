//! Patterns that only say "starts with", "ends with", "contains" or "equals" become text tests, which scanners and plain comparisons can serve.

use super::rewrite;
use crate::ir::{Case, Expr, Glob, Piece, Predicate, Rule, Test, TextOp};

/// The pass.
pub(super) fn run(rule: Rule) -> Rule {
    rewrite::rule(rule, &|node| match node {
        Expr::Test(Predicate { subject, test: Test::Glob { patterns, case } }) => {
            let mut tests: Vec<Test> = Vec::new();
            for pattern in patterns {
                add(&mut tests, simplify(pattern), case);
            }
            Expr::any(tests.into_iter().map(|test| Expr::test(subject.clone(), test)))
        }
        other => other,
    })
}

/// What a pattern says.
enum Simple {
    Text(TextOp, String),
    Present,
    Glob(Glob),
}

fn simplify(pattern: Glob) -> Simple {
    match pattern.0.as_slice() {
        [] => Simple::Text(TextOp::Equals, String::new()),
        [Piece::AnyRun] => Simple::Present,
        [Piece::Literal(text)] => Simple::Text(TextOp::Equals, text.clone()),
        [Piece::Literal(text), Piece::AnyRun] => Simple::Text(TextOp::StartsWith, text.clone()),
        [Piece::AnyRun, Piece::Literal(text)] => Simple::Text(TextOp::EndsWith, text.clone()),
        [Piece::AnyRun, Piece::Literal(text), Piece::AnyRun] => Simple::Text(TextOp::Contains, text.clone()),
        _ => Simple::Glob(pattern),
    }
}

/// Puts it into the list that it belongs to.
fn add(tests: &mut Vec<Test>, simple: Simple, case: Case) {
    match simple {
        Simple::Present => {
            if !tests.contains(&Test::Present) {
                tests.push(Test::Present);
            }
        }
        Simple::Text(wanted, value) => match tests.iter_mut().find_map(|test| {
            if let Test::Text { op, values, .. } = test { (*op == wanted).then_some(values) } else { None }
        }) {
            Some(values) => values.push(value),
            None => tests.push(Test::Text { op: wanted, values: vec![value], case }),
        },
        Simple::Glob(pattern) => match tests
            .iter_mut()
            .find_map(|test| if let Test::Glob { patterns, .. } = test { Some(patterns) } else { None })
        {
            Some(patterns) => patterns.push(pattern),
            None => tests.push(Test::Glob { patterns: vec![pattern], case }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use crate::ir::{Case, Expr, Field, Glob, Piece, Subject, Test};

    #[test]
    fn changes_no_verdict() {
        testing::check_pass(super::run);
    }

    #[test]
    fn simple_patterns_become_texts() {
        let (a, run) = (|| Piece::Literal("a".to_owned()), || Piece::AnyRun);
        let patterns = vec![
            Glob(vec![a(), run()]),
            Glob(vec![run(), a()]),
            Glob(vec![run(), a(), run()]),
            Glob(vec![a()]),
            Glob(vec![a(), run(), a()]),
            Glob(vec![a(), run()]),
        ];
        let globs =
            Expr::test(Subject::Field(Field::plain("F").into()), Test::Glob { patterns, case: Case::Insensitive });
        let expected = "any\n  F startswith [\"a\", \"a\"]\n  F endswith \"a\"\n  F contains \"a\"\n  F equals \"a\"\n  F glob \"a\" * \"a\"";
        assert_eq!(testing::after(super::run, globs), expected);
    }
}
