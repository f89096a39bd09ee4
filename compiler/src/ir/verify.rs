//! Findings that need no event: what can never hold, what says nothing, what is said twice.
//!
//! Only what is certain is reported. A field may hold an array, so `F: a` and `F: b` are no contradiction; `x` and `not x` are. All checks are nearly linear in the size of the pack.

use std::hash::{BuildHasher, Hash, Hasher};

use sigil_runtime::operator;

use super::display::number;
use super::shadow::shadows;
use crate::hash::{HashMap, HashSet, RandomState};

use super::{Expr, Predicate, Rule, SelectionId, Subject, Test, TextOp, Then};
use crate::diagnostic::{Code, Diagnostics};
use crate::parallel;

/// Reports what is odd about one rule.
pub fn verify_rule(rule: &Rule, diags: &mut Diagnostics) {
    let same = same_selections(rule);
    for (at, (name, selection)) in rule.selections.iter().enumerate() {
        walk(selection, &mut |node| verify_node(rule, name, node, diags));
        if let Some((other, _)) = rule.selections.get_index(same[at]).filter(|_| same[at] != at) {
            diags.push(
                Code::RepeatedSelection
                    .at(rule.span, format!("selections `{other}` and `{name}` say the same"))
                    .help("remove one of them"),
            );
        }
    }
    match constant(&rule.condition, rule, &same) {
        Some(false) => diags.push(
            Code::NeverHolds
                .at(rule.span, "the rule can never match")
                .help("look for a filter that excludes what a selection asks for"),
        ),
        Some(true) => diags.push(Code::AlwaysHolds.at(rule.span, "the rule matches every event")),
        None => {}
    }
}

/// For each selection the first one that says the same.
fn same_selections(rule: &Rule) -> Vec<usize> {
    let mut first: HashMap<&Expr, usize> = HashMap::default();
    rule.selections.values().enumerate().map(|(at, selection)| *first.entry(selection).or_insert(at)).collect()
}

fn verify_node(rule: &Rule, selection: &str, node: &Expr, diags: &mut Diagnostics) {
    match node {
        Expr::Test(predicate) => verify_lists(rule, selection, predicate, diags),
        Expr::All(members) => {
            if let Some((subject, Conflict { reason, help })) = contradiction(members) {
                diags.push(
                    Code::ContradictoryItems
                        .at(
                            rule.span,
                            format!("in `{selection}`, items on `{subject}` contradict each other: {reason}"),
                        )
                        .help(help),
                );
            }
        }
        Expr::Const(_)
        | Expr::Selection(_)
        | Expr::Not(_)
        | Expr::Any(_)
        | Expr::AtLeast { .. }
        | Expr::Elements { .. }
        | Expr::Formula(_) => {}
    }
}

fn verify_lists(rule: &Rule, selection: &str, predicate: &Predicate, diags: &mut Diagnostics) {
    let subject = &predicate.subject;
    let twice = match &predicate.test {
        Test::Text { op, values, .. } => {
            let shadowed = shadows(*op, values);
            let narrow = || values.iter().zip(&shadowed).filter_map(|(value, by)| by.map(|by| (value, &values[by])));
            if *op != TextOp::Equals {
                let mut narrower = narrow().filter(|(value, broad)| value != broad);
                if let Some((value, broad)) = narrower.next() {
                    let more = narrower.count();
                    diags.push(
                        Code::ShadowedValue
                            .at(
                                rule.span,
                                format!(
                                    "in `{selection}`, `{subject}` {op} {value:?} changes nothing beside {broad:?}{}",
                                    and_more(more)
                                ),
                            )
                            .help("remove the narrower value"),
                    );
                }
            }
            narrow().find(|(value, broad)| value == broad).map(|(value, _)| format!("{value:?}"))
        }
        Test::Glob { patterns, .. } => repeated(patterns).map(ToString::to_string),
        Test::Number(numbers) | Test::Long { op: None, values: numbers } => repeated(numbers).map(number),
        Test::Cidr(networks) => repeated(networks).map(ToString::to_string),
        Test::Words { phrases, .. } => repeated(phrases).map(|phrase| format!("{:?}", phrase.join(" "))),
        Test::Time { .. }
        | Test::Long { op: Some(_), .. }
        | Test::Order { .. }
        | Test::Within(_)
        | Test::Regex { .. }
        | Test::Compare { .. }
        | Test::SameAs { .. }
        | Test::Exists
        | Test::Null
        | Test::Present
        | Test::Single(_) => None,
    };
    if let Some(value) = twice {
        diags.push(
            Code::DuplicateValue
                .at(rule.span, format!("in `{selection}`, the values of `{subject}` hold {value} twice"))
                .help(if matches!(predicate.test, Test::Text { .. } | Test::Glob { .. } | Test::Words { .. }) {
                    "case does not distinguish values, unless `cased` is given"
                } else {
                    "remove one: they are the same however they are written"
                }),
        );
    }
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" (and {more} more)") }
}

fn repeated<T: Eq + Hash>(values: &[T]) -> Option<&T> {
    let mut seen = HashSet::default();
    values.iter().find(|value| !seen.insert(*value))
}

/// Why members cannot hold together, and what to do.
#[derive(Clone, Copy)]
struct Conflict {
    reason: &'static str,
    help: &'static str,
}

impl Conflict {
    const DENIED: Self = Self { reason: "one says what another denies", help: "no event can satisfy both: remove one" };
    const MISSING: Self = Self { reason: "one says that it is missing", ..Self::DENIED };
    const NULL: Self = Self {
        reason: "one says that it is null",
        help: "only an array that holds null beside the value satisfies both: remove one",
    };
}

/// Members that cannot hold together.
fn contradiction(members: &[Expr]) -> Option<(&Subject, Conflict)> {
    let mut negated: HashSet<&Expr> = HashSet::default();
    let mut absent: HashMap<&Subject, Conflict> = HashMap::default();
    for member in members {
        match member {
            Expr::Not(inner) => {
                negated.insert(inner);
                if let Expr::Test(Predicate { subject, test: Test::Exists | Test::Present }) = &**inner {
                    absent.insert(subject, Conflict::MISSING);
                }
            }
            // an array may hold null beside a value, but no rule means that
            Expr::Test(Predicate { subject, test: Test::Null }) => {
                absent.insert(subject, Conflict::NULL);
            }
            _ => {}
        }
    }
    members.iter().find_map(|member| {
        let Expr::Test(predicate) = member else { return None };
        if negated.contains(member) {
            return Some((&predicate.subject, Conflict::DENIED));
        }
        absent
            .get(&predicate.subject)
            .filter(|_| needs_value(&predicate.test))
            .map(|conflict| (&predicate.subject, *conflict))
    })
}

/// Whether only a field with a value passes.
fn needs_value(test: &Test) -> bool {
    match test {
        Test::Text { .. }
        | Test::Glob { .. }
        | Test::Regex { .. }
        | Test::Cidr(_)
        | Test::Number(_)
        | Test::Compare { .. }
        | Test::Long { .. }
        | Test::Time { .. }
        | Test::Words { .. }
        | Test::Order { .. }
        | Test::Within(_)
        | Test::SameAs { .. }
        | Test::Present
        | Test::Single(_) => true,
        Test::Exists | Test::Null => false,
    }
}

/// The value of a condition that is the same for every event. Equal selections count as one.
fn constant(expr: &Expr, rule: &Rule, same: &[usize]) -> Option<bool> {
    let selection = |id: SelectionId| same.get(usize::from(id.0)).copied();
    match expr {
        Expr::Const(value) => Some(*value),
        Expr::Selection(id) => match selection(*id).and_then(|at| rule.selections.get_index(at)) {
            Some((_, Expr::Const(value))) => Some(*value),
            _ => None,
        },
        Expr::Not(inner) => constant(inner, rule, same).map(|value| !value),
        Expr::All(members) => of_list(members, false, rule, same),
        Expr::Any(members) => of_list(members, true, rule, same),
        Expr::Test(_) | Expr::AtLeast { .. } | Expr::Elements { .. } | Expr::Formula(_) => None,
    }
}

/// `decisive` is the value that, in one member, decides the list.
fn of_list(members: &[Expr], decisive: bool, rule: &Rule, same: &[usize]) -> Option<bool> {
    let id = |expr: &Expr| {
        if let Expr::Selection(SelectionId(id)) = expr { same.get(usize::from(*id)).copied() } else { None }
    };
    let asked: HashSet<usize> = members.iter().filter_map(id).collect();
    let clash = members.iter().any(|member| match member {
        Expr::Not(inner) => match &**inner {
            // `not 1 of filter*`: each of them is denied
            Expr::Any(denied) if !decisive => denied.iter().filter_map(id).any(|id| asked.contains(&id)),
            inner => id(inner).is_some_and(|id| asked.contains(&id)),
        },
        _ => false,
    });
    let known: Vec<Option<bool>> = members.iter().map(|member| constant(member, rule, same)).collect();
    if clash || known.contains(&Some(decisive)) {
        return Some(decisive);
    }
    known.iter().all(|value| *value == Some(!decisive)).then_some(!decisive)
}

/// A hash of what a rule looks for.
fn body(rule: &Rule, state: &RandomState) -> u64 {
    let mut hasher = state.build_hasher();
    rule.scope.hash(&mut hasher);
    rule.condition.hash(&mut hasher);
    rule.selections.values().for_each(|selection| selection.hash(&mut hasher));
    hasher.finish()
}

/// Reports rules that say the same as another. Behind the passes: what is written otherwise and comes out the same counts too.
pub fn find_same_bodies(rules: &[Rule], diags: &mut Diagnostics) {
    let state = RandomState::default();
    let bodies = parallel::map(rules.iter().collect(), |rule| body(rule, &state));
    let same = |one: &Rule, other: &Rule| {
        one.scope == other.scope
            && one.condition == other.condition
            && one.meta.logsource == other.meta.logsource
            && one.selections.values().eq(other.selections.values())
            && same_then(&one.then, &other.then)
    };
    let mut first: HashMap<u64, &Rule> = HashMap::default();
    for (rule, body) in rules.iter().zip(bodies) {
        let known = *first.entry(body).or_insert(rule);
        if !std::ptr::eq(known, rule) && same(known, rule) {
            diags.push(
                Code::SameAsOther
                    .at(
                        rule.span,
                        format!(
                            "`{}` says the same as `{}` in {}",
                            rule.meta.title, known.meta.title, known.meta.source
                        ),
                    )
                    .label(known.span, "the other rule")
                    .help("remove one of them: both alert on the same events"),
            );
        }
    }
}

/// Whether the same follows, whatever rule it is of.
fn same_then(one: &Then, other: &Then) -> bool {
    match (one, other) {
        (Then::Operation(one), Then::Operation(other)) => {
            let content = |operation: &super::Operation| {
                let operator::Operation { work, schedule, suppression, .. } = &operation.plan;
                format!("{work:?} {schedule:?} {suppression:?}")
            };
            content(one) == content(other)
        }
        (one, other) => one == other,
    }
}

fn walk<'e>(expr: &'e Expr, visit: &mut impl FnMut(&'e Expr)) {
    visit(expr);
    match expr {
        Expr::Const(_) | Expr::Test(_) | Expr::Selection(_) | Expr::Formula(_) => {}
        Expr::Not(inner) => walk(inner, visit),
        Expr::All(members) | Expr::Any(members) | Expr::AtLeast { of: members, .. } => {
            members.iter().for_each(|member| walk(member, visit));
        }
        Expr::Elements { body, .. } => walk(body, visit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Case, Field, Meta};
    use crate::source::{FileId, Span};

    fn text(field: &str, op: TextOp, values: &str) -> Expr {
        let values = values.split(' ').map(str::to_owned).collect();
        Expr::test(Subject::Field(Field::plain(field).into()), Test::Text { op, values, case: Case::Insensitive })
    }

    fn codes(selections: &[Expr], condition: Expr) -> String {
        let rule = Rule {
            meta: Meta::default(),
            scope: Expr::Const(true),
            selections: selections
                .iter()
                .zip(0..)
                .map(|(selection, at)| (format!("s{at}"), selection.clone()))
                .collect(),
            condition,
            condition_text: String::new(),
            then: crate::ir::Then::Alert,
            span: Span::new(FileId(0), 0, 0),
        };
        let mut diags = Diagnostics::new();
        let rules = [rule.clone(), rule];
        rules.iter().for_each(|rule| verify_rule(rule, &mut diags));
        find_same_bodies(&rules, &mut diags);
        let all: Vec<&str> = diags.as_slice().iter().map(|diagnostic| diagnostic.code.as_str()).collect();
        // each rule's own, once, then that they are the same
        assert_eq!(all.last(), Some(&"SG086"));
        all[..all.len() / 2].join(" ")
    }

    #[test]
    fn findings() {
        let id = |id| Expr::Selection(SelectionId(id));
        let null = || Expr::test(Subject::Field(Field::plain("F").into()), Test::Null);
        let (equals, contains) =
            (|values| text("F", TextOp::Equals, values), |values| text("F", TextOp::Contains, values));
        assert_eq!(codes(&[equals("a b")], id(0)), "");
        assert_eq!(codes(&[equals("a b a")], id(0)), "SG081");
        assert_eq!(codes(&[contains("abc b")], id(0)), "SG082");
        assert_eq!(codes(&[Expr::all([equals("a"), equals("b")])], id(0)), "");
        assert_eq!(codes(&[Expr::all([equals("a"), Expr::not(equals("a"))])], id(0)), "SG080");
        assert_eq!(codes(&[Expr::all([equals("a"), null()])], id(0)), "SG080");
        assert_eq!(codes(&[equals("a"), equals("a")], Expr::all([id(0), Expr::not(id(1))])), "SG083 SG084");
        assert_eq!(
            codes(&[equals("a"), equals("b"), equals("a")], Expr::all([id(0), Expr::not(Expr::any([id(1), id(2)]))])),
            "SG083 SG084"
        );
        assert_eq!(codes(&[equals("a")], Expr::any([id(0), Expr::not(id(0))])), "SG085");
    }
}
