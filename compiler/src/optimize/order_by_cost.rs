//! Tests that decide for little come first: cheap ones, and of those of one cost the likelier to decide. What costs about the same keeps
//! the author's order.

use super::rewrite;
use crate::frequency;
use crate::ir::{Expr, Predicate, Rule, SelectionId, Subject, Test, TextOp, ValueType};

/// The pass.
pub(super) fn run(rule: Rule) -> Rule {
    let selections: Vec<Guess> = rule.selections.values().map(|selection| guess(selection, &[])).collect();
    rewrite::rule(rule, &|node| match node {
        Expr::All(members) => Expr::all(sorted(members, &selections, |chance| 1.0 - chance)),
        Expr::Any(members) => Expr::any(sorted(members, &selections, |chance| chance)),
        Expr::AtLeast { count, of } => Expr::at_least(count, sorted(of, &selections, |_| 1.0)),
        Expr::Const(_) | Expr::Test(_) | Expr::Selection(_) | Expr::Not(_) => node,
        Expr::Elements { .. } | Expr::Formula(_) => node,
    })
}

/// Sorts by what a decision costs: a test's cost over the chance that it decides.
fn sorted(members: Vec<Expr>, selections: &[Guess], decides: impl Fn(f64) -> f64) -> Vec<Expr> {
    let price = |member: &Expr| {
        let Guess { cost, chance } = guess(member, selections);
        // guesses within some 40 % of each other are the same: the author's order stands
        (2.0 * (cost / decides(chance).max(0.01)).max(0.01).log2()).round()
    };
    let mut members: Vec<(f64, Expr)> = members.into_iter().map(|member| (price(&member), member)).collect();
    members.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    members.into_iter().map(|(_, member)| member).collect()
}

/// What is expected of an expression.
#[derive(Clone, Copy, Debug)]
struct Guess {
    /// In units of one comparison of short texts.
    cost: f64,
    /// How likely it holds, for an event for which its rule is tried: 0 to 1.
    chance: f64,
}

fn guess(expr: &Expr, selections: &[Guess]) -> Guess {
    // members are asked until one decides
    let series = |members: &[Expr], goes_on: &dyn Fn(f64) -> f64| {
        let (mut cost, mut reached) = (0.0, 1.0);
        for member in members {
            let guess = guess(member, selections);
            cost += reached * guess.cost;
            reached *= goes_on(guess.chance);
        }
        (cost, reached)
    };
    match expr {
        Expr::Const(truth) => Guess { cost: 0.0, chance: f64::from(u8::from(*truth)) },
        Expr::Test(predicate) => Guess { cost: test_cost(predicate), chance: test_chance(predicate) },
        Expr::Selection(SelectionId(id)) => {
            selections.get(usize::from(*id)).copied().unwrap_or(Guess { cost: 1.0, chance: 0.5 })
        }
        Expr::Not(inner) => {
            let Guess { cost, chance } = guess(inner, selections);
            Guess { cost, chance: 1.0 - chance }
        }
        Expr::All(members) => {
            let (cost, chance) = series(members, &|chance| chance);
            Guess { cost, chance }
        }
        Expr::Any(members) => {
            let (cost, none) = series(members, &|chance| 1.0 - chance);
            Guess { cost, chance: 1.0 - none }
        }
        Expr::AtLeast { of, .. } => {
            let (cost, _) = series(of, &|_| 1.0);
            Guess { cost, chance: 0.1 }
        }
        Expr::Elements { body, .. } => {
            let Guess { cost, chance } = guess(body, selections);
            Guess { cost: cost * 4.0 + 4.0, chance }
        }
        Expr::Formula(_) => Guess { cost: 20.0, chance: 0.1 },
    }
}

/// For events that have the field.
fn test_chance(predicate: &Predicate) -> f64 {
    /// Texts of a list that are looked up; the others are taken to be like them.
    const LOOKED_UP: usize = 16;
    let any_of = |op: TextOp, values: &[String]| {
        let rate = |value: &String| frequency::of(&predicate.subject, op, value);
        let looked_up: f64 = values.iter().take(LOOKED_UP).map(rate).sum();
        let all = looked_up * number(values.len()) / number(values.len().clamp(1, LOOKED_UP));
        all / frequency::of(&predicate.subject, op, "")
    };
    let chance = match &predicate.test {
        Test::Text { op, values, .. } => any_of(*op, values),
        Test::Exists | Test::Present | Test::Single(_) => 0.9,
        Test::Compare { .. } | Test::Order { .. } | Test::Time { .. } | Test::Within(_) | Test::Cidr(_) => 0.3,
        Test::Long { op: Some(_), .. } => 0.3,
        Test::Number(_) | Test::Long { .. } | Test::Glob { .. } | Test::Regex { .. } | Test::SameAs { .. } => 0.05,
        Test::Words { .. } => 0.05,
        Test::Null => 0.02,
    };
    chance.clamp(0.001, 0.95)
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn test_cost(predicate: &Predicate) -> f64 {
    let many = |values: usize, each: f64| each * number(values);
    let once = match &predicate.test {
        Test::Exists | Test::Null | Test::Present => 1.0,
        Test::Single(ValueType::Text) => 1.5,
        Test::Single(ValueType::Number | ValueType::Boolean) => 2.0,
        Test::Single(ValueType::Ip) => 6.0,
        Test::Single(ValueType::Date) => 20.0,
        Test::Number(values) | Test::Long { values, .. } => 1.0 + many(values.len(), 0.25),
        Test::Compare { .. } | Test::Order { .. } => 2.0,
        // most comparisons fail on the length or the first bytes
        Test::Text { op: TextOp::Equals, values, .. } => 1.0 + many(values.len(), 0.5),
        Test::Text { op: TextOp::StartsWith | TextOp::EndsWith, values, .. } => 1.0 + many(values.len(), 1.0),
        Test::Text { op: TextOp::Contains, values, .. } => 2.0 + many(values.len(), 6.0),
        Test::SameAs { .. } => 6.0,
        Test::Cidr(networks) => 6.0 + many(networks.len(), 1.0),
        Test::Time { .. } | Test::Within(_) => 20.0,
        Test::Words { phrases, patterns } => 10.0 + many(phrases.len() + patterns.len(), 10.0),
        Test::Glob { patterns, .. } => 4.0 + many(patterns.len(), 8.0),
        Test::Regex { lookaround: false, .. } => 60.0,
        Test::Regex { lookaround: true, .. } => 1_000.0,
    };
    match predicate.subject {
        Subject::Field(_) | Subject::Element(_) => once,
        Subject::AnyValue | Subject::Paths(_) => once * 20.0,
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

    #[test]
    fn likely_tests_come_first_where_one_suffices() {
        let tests = || [r"c:\perflogs\", r"c:\windows\"].map(|folder| text("Image", TextOp::StartsWith, folder));
        let [rare, common] = ["perflogs", "windows"].map(|name| format!(r#"  Image startswith "c:\\{name}\\""#));
        assert_eq!(testing::after(super::run, Expr::any(tests())), format!("any\n{common}\n{rare}"));
        assert_eq!(testing::after(super::run, Expr::all(tests())), format!("all\n{rare}\n{common}"));
    }
}
