//! Logic that needs no knowledge of events: `x or (x and y)` is `x`, `x and not x` is never, `(x and y) or (x and z)` is `x and (y or z)`; and the same with `and` and `or` exchanged.

use super::rewrite;
use crate::hash::HashSet;
use crate::ir::{Expr, Rule};

/// The pass.
pub(super) fn run(rule: Rule) -> Rule {
    rewrite::rule(rule, &|node| match node {
        Expr::All(members) => simplify(members, &ALL),
        Expr::Any(members) => simplify(members, &ANY),
        Expr::Const(_)
        | Expr::Test(_)
        | Expr::Selection(_)
        | Expr::Not(_)
        | Expr::AtLeast { .. }
        | Expr::Elements { .. }
        | Expr::Formula(_) => node,
    })
}

/// One of the two list forms, and what it needs to know of the other.
struct Form {
    /// The members of an expression of the other form.
    other: fn(&Expr) -> Option<&[Expr]>,
    build: fn(Vec<Expr>) -> Expr,
    build_other: fn(Vec<Expr>) -> Expr,
    /// What a member and its negation make together.
    clash: bool,
}

const ALL: Form = Form {
    other: any_members,
    build: |members| Expr::all(members),
    build_other: |members| Expr::any(members),
    clash: false,
};
const ANY: Form = Form {
    other: all_members,
    build: |members| Expr::any(members),
    build_other: |members| Expr::all(members),
    clash: true,
};

fn all_members(expr: &Expr) -> Option<&[Expr]> {
    if let Expr::All(members) = expr { Some(members) } else { None }
}

fn any_members(expr: &Expr) -> Option<&[Expr]> {
    if let Expr::Any(members) = expr { Some(members) } else { None }
}

fn simplify(members: Vec<Expr>, form: &Form) -> Expr {
    if members.len() < 2 {
        return (form.build)(members);
    }
    let keep: Vec<bool> = {
        let direct: HashSet<&Expr> = members.iter().collect();
        if members.iter().any(|member| matches!(member, Expr::Not(inner) if direct.contains(&**inner))) {
            return Expr::Const(form.clash);
        }
        let absorbed =
            |member: &Expr| (form.other)(member).is_some_and(|inner| inner.iter().any(|part| direct.contains(part)));
        members.iter().map(|member| !absorbed(member)).collect()
    };
    let kept: Vec<Expr> = members.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(member, _)| member).collect();
    factor(kept, form)
}

/// Takes out what all members have in common, if all are of the other form.
fn factor(members: Vec<Expr>, form: &Form) -> Expr {
    let Some(inner) = members
        .iter()
        .map(|member| (form.other)(member))
        .collect::<Option<Vec<&[Expr]>>>()
        .filter(|inner| inner.len() > 1)
    else {
        return (form.build)(members);
    };
    let sets: Vec<HashSet<&Expr>> = inner.iter().skip(1).map(|parts| parts.iter().collect()).collect();
    let common: Vec<Expr> = inner[0].iter().filter(|part| sets.iter().all(|set| set.contains(part))).cloned().collect();
    if common.is_empty() {
        return (form.build)(members);
    }
    let in_common: HashSet<&Expr> = common.iter().collect();
    let rests = inner
        .iter()
        .map(|parts| (form.build_other)(parts.iter().filter(|part| !in_common.contains(part)).cloned().collect()))
        .collect();
    let rest = (form.build)(rests);
    drop(in_common);
    (form.build_other)(common.into_iter().chain([rest]).collect())
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
    fn laws() {
        let f = |name: &str| text(name, TextOp::Equals, "v");
        let check = |expr: Expr, expected: &str| assert_eq!(testing::after(super::run, expr), expected);
        check(Expr::any([f("x"), Expr::all([f("y"), f("x")])]), "x equals \"v\"");
        check(Expr::all([f("x"), Expr::any([f("y"), f("x")])]), "x equals \"v\"");
        check(Expr::all([f("x"), f("y"), Expr::not(f("x"))]), "false");
        check(Expr::any([f("x"), Expr::not(f("x"))]), "true");
        check(
            Expr::any([Expr::all([f("x"), f("y")]), Expr::all([f("z"), f("x")])]),
            "all\n  x equals \"v\"\n  any\n    y equals \"v\"\n    z equals \"v\"",
        );
        check(
            Expr::any([Expr::all([f("x"), f("y")]), Expr::all([f("z"), f("y"), f("x")])]),
            "all\n  x equals \"v\"\n  y equals \"v\"",
        );
    }
}
