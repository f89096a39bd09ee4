//! Chooses each rule's triggers: the cheapest set of texts of which at least one must occur in an event that the rule matches.
//!
//! Over `All` the cheapest member will do; over `Any` every member needs its own; a negated test promises nothing. The price of a
//! text is how often it is expected in events ([`crate::frequency`]), because each occurrence costs an evaluation of the rule.

use sigil_runtime::fold;

use super::{Trigger, Triggers, regex_literals};
use crate::frequency;
use crate::ir::{self, Expr, Piece, Predicate, Subject, Test, TextOp};

/// The triggers of a rule.
pub(super) fn choose(rule: &ir::Rule) -> Triggers {
    let selections: Vec<&Expr> = rule.selections.values().collect();
    match (Chooser { selections: &selections }).witness(&rule.condition, true, 0) {
        Some(witness) => Triggers::AnyOf(merge(witness.triggers)),
        None => Triggers::Always,
    }
}

/// Triggers of which at least one fires where an expression holds.
struct Witness {
    /// Expected firings per event.
    cost: f64,
    triggers: Vec<Trigger>,
}

struct Chooser<'a> {
    selections: &'a [&'a Expr],
}

/// Deeper expressions promise nothing; nothing that people write comes near.
const MAX_DEPTH: usize = 200;

impl Chooser<'_> {
    /// A witness of `expr` (or of its negation); `None` where it may hold for an event in which no text is certain.
    fn witness(&self, expr: &Expr, positive: bool, depth: usize) -> Option<Witness> {
        if depth > MAX_DEPTH {
            return None;
        }
        let down = |expr: &Expr, positive| self.witness(expr, positive, depth + 1);
        match (expr, positive) {
            (Expr::Const(value), _) => (*value != positive).then(|| Witness { cost: 0.0, triggers: Vec::new() }),
            (Expr::Test(predicate), true) => of_test(&predicate.subject, &predicate.test),
            // what is not null is present
            (Expr::Test(Predicate { subject: subject @ Subject::Field(_), test: Test::Null }), false) => {
                of_test(subject, &Test::Exists)
            }
            (Expr::Test(_) | Expr::Elements { .. } | Expr::Formula(_), _) => None,
            (Expr::Selection(id), _) => down(self.selections.get(usize::from(id.0))?, positive),
            (Expr::Not(inner), _) => down(inner, !positive),
            (Expr::All(members), true) | (Expr::Any(members), false) => {
                let witnesses = members.iter().filter_map(|member| down(member, positive));
                witnesses.min_by(|a, b| a.cost.total_cmp(&b.cost))
            }
            (Expr::Any(members), true) | (Expr::All(members), false) => {
                sum(members.iter().map(|member| down(member, positive)).collect::<Option<Vec<_>>>()?)
            }
            // of m members n hold: of any m - n + 1 members at least one does
            (Expr::AtLeast { count, of }, true) => {
                let mut witnesses: Vec<Witness> = of.iter().filter_map(|member| down(member, true)).collect();
                let needed = (of.len() + 1).checked_sub(*count as usize)?;
                if witnesses.len() < needed {
                    return None;
                }
                witnesses.sort_by(|a, b| a.cost.total_cmp(&b.cost));
                witnesses.truncate(needed);
                sum(witnesses)
            }
            (Expr::AtLeast { .. }, false) => None,
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "ends arms that are options")]
fn sum(witnesses: Vec<Witness>) -> Option<Witness> {
    let cost = witnesses.iter().map(|witness| witness.cost).sum();
    Some(Witness { cost, triggers: witnesses.into_iter().flat_map(|witness| witness.triggers).collect() })
}

fn of_test(subject: &Subject, test: &Test) -> Option<Witness> {
    if matches!(subject, Subject::Element(_) | Subject::Paths(_)) {
        return None;
    }
    let one = |op: TextOp, texts: Vec<String>| {
        let cost = texts.iter().map(|text| frequency::of(subject, op, text)).sum();
        Some(Witness { cost, triggers: vec![Trigger { subject: subject.clone(), op, texts }] })
    };
    // an empty text stands for a field that is present
    let any_value = || one(TextOp::StartsWith, vec![String::new()]);
    match test {
        Test::Text { op, values, case: ir::Case::Insensitive } => one(*op, values.clone()),
        // what is equal is equal when folded
        Test::Text { op, values, case: ir::Case::Sensitive } => {
            one(*op, values.iter().map(|text| fold::fold(text)).collect())
        }
        Test::Glob { patterns, .. } => {
            let mut all = Vec::with_capacity(patterns.len());
            for glob in patterns {
                let best = literals_of(glob).map(|(op, text)| (frequency::of(subject, op, &text), op, text));
                let best = best.min_by(|a, b| a.0.total_cmp(&b.0));
                let (op, text) = best.map_or((TextOp::StartsWith, String::new()), |(_, op, text)| (op, text));
                all.push(one(op, vec![text])?);
            }
            sum(all)
        }
        Test::Regex { pattern, lookaround: false } => match regex_literals::required(pattern) {
            Some(texts) => one(TextOp::Contains, texts),
            None => any_value(),
        },
        Test::Words { phrases, patterns } => {
            let rarest = |texts: &mut dyn Iterator<Item = &String>| {
                let best = texts.map(|text| (frequency::of(subject, TextOp::Contains, text), text));
                best.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, text)| text.clone()).unwrap_or_default()
            };
            let mut texts: Vec<String> = phrases.iter().map(|phrase| rarest(&mut phrase.iter())).collect();
            texts.extend(patterns.iter().map(|glob| {
                rarest(&mut glob.0.iter().filter_map(|piece| match piece {
                    Piece::Literal(text) => Some(text),
                    Piece::AnyRun | Piece::AnyChar | Piece::Dash => None,
                }))
            }));
            if texts.iter().any(String::is_empty) { any_value() } else { one(TextOp::Contains, texts) }
        }
        Test::Number(numbers) => {
            let texts = numbers.iter().map(|number| match number {
                ir::Number::Int(int) => Some(int.to_string()),
                // events may write the same fraction in several ways
                ir::Number::Float(_) => None,
            });
            texts.collect::<Option<Vec<_>>>().map_or_else(any_value, |texts| one(TextOp::Equals, texts))
        }
        Test::Long { op: None, values } => {
            let texts = values.iter().map(|number| match number {
                ir::Number::Int(int) => Some(int.to_string()),
                ir::Number::Float(_) => None,
            });
            let Some(texts) = texts.collect::<Option<Vec<_>>>() else { return any_value() };
            // other spellings, too rare to count: `5.7`, `05`, `+5`, `-0.7`, `"5e0"`
            let mut starts: Vec<String> = texts.iter().map(|text| format!("{text}.")).collect();
            starts.extend(["0", "+", "-0"].map(str::to_owned));
            let trigger = |op, texts| Trigger { subject: subject.clone(), op, texts };
            let mut witness = one(TextOp::Equals, texts)?;
            witness.triggers.push(trigger(TextOp::StartsWith, starts));
            witness.triggers.push(trigger(TextOp::Contains, vec!["e".to_owned()]));
            Some(witness)
        }
        Test::Long { op: Some(_), .. } => any_value(),
        Test::Regex { lookaround: true, .. } | Test::Cidr(_) | Test::Compare { .. } => any_value(),
        Test::Order { .. } | Test::Time { .. } | Test::Within(_) => any_value(),
        Test::SameAs { .. } | Test::Present | Test::Single(_) => any_value(),
        Test::Exists => any_value(),
        Test::Null => None,
    }
}

/// Texts that stand in every match of the pattern, and where.
fn literals_of(glob: &ir::Glob) -> impl Iterator<Item = (TextOp, String)> {
    let last = glob.0.len().wrapping_sub(1);
    glob.0.iter().enumerate().filter_map(move |(at, piece)| match piece {
        Piece::Literal(text) => {
            let op = match at {
                0 if last == 0 => TextOp::Equals,
                0 => TextOp::StartsWith,
                _ if at == last => TextOp::EndsWith,
                _ => TextOp::Contains,
            };
            Some((op, fold::fold(text)))
        }
        Piece::AnyRun | Piece::AnyChar | Piece::Dash => None,
    })
}

/// One trigger for each subject and operation, texts in their order without repeats.
fn merge(triggers: Vec<Trigger>) -> Vec<Trigger> {
    let mut merged: indexmap::IndexMap<(Subject, TextOp), indexmap::IndexSet<String>> = indexmap::IndexMap::new();
    for trigger in triggers {
        merged.entry((trigger.subject, trigger.op)).or_default().extend(trigger.texts);
    }
    let each =
        merged.into_iter().map(|((subject, op), texts)| Trigger { subject, op, texts: texts.into_iter().collect() });
    each.collect()
}
