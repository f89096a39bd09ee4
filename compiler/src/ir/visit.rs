//! Walks over expressions.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Expr, Field, Predicate, Rule, Scalar, Subject, Test};

/// Every field that an expression reads.
pub fn collect_fields(expr: &Expr, into: &mut BTreeSet<Arc<Field>>) {
    visit_fields(expr, &mut |field| {
        if !into.contains(field) {
            into.insert(Arc::clone(field));
        }
    });
}

/// Every field that an expression reads, as often as it does.
pub fn visit_fields(expr: &Expr, with: &mut dyn FnMut(&Arc<Field>)) {
    visit_tests(expr, &mut |predicate| {
        if let Test::SameAs { other, .. } = &predicate.test {
            with(other);
        }
    });
    visit_subjects(expr, &mut |subject| {
        if let Subject::Field(field) = subject {
            with(field);
        }
    });
    visit_formulas(expr, &mut |formula| formula.visit_fields(with));
}

fn visit_formulas(expr: &Expr, with: &mut dyn FnMut(&Scalar)) {
    match expr {
        Expr::Formula(formula) => with(formula),
        Expr::Not(inner) | Expr::Elements { body: inner, .. } => visit_formulas(inner, with),
        Expr::All(members) | Expr::Any(members) | Expr::AtLeast { of: members, .. } => {
            members.iter().for_each(|member| visit_formulas(member, with));
        }
        Expr::Const(_) | Expr::Test(_) | Expr::Selection(_) => {}
    }
}

/// Every subject of an expression.
pub fn visit_subjects(expr: &Expr, with: &mut dyn FnMut(&Subject)) {
    visit_tests(expr, &mut |predicate| with(&predicate.subject));
    visit_elements(expr, with);
}

fn visit_elements(expr: &Expr, with: &mut dyn FnMut(&Subject)) {
    match expr {
        Expr::Elements { of, body, .. } => {
            with(of);
            visit_elements(body, with);
        }
        Expr::Not(inner) => visit_elements(inner, with),
        Expr::All(members) | Expr::Any(members) | Expr::AtLeast { of: members, .. } => {
            members.iter().for_each(|member| visit_elements(member, with));
        }
        Expr::Const(_) | Expr::Test(_) | Expr::Selection(_) | Expr::Formula(_) => {}
    }
}

fn visit_tests(expr: &Expr, with: &mut dyn FnMut(&Predicate)) {
    match expr {
        Expr::Test(predicate) => with(predicate),
        Expr::Not(inner) | Expr::Elements { body: inner, .. } => visit_tests(inner, with),
        Expr::All(members) | Expr::Any(members) | Expr::AtLeast { of: members, .. } => {
            members.iter().for_each(|member| visit_tests(member, with));
        }
        Expr::Const(_) | Expr::Selection(_) | Expr::Formula(_) => {}
    }
}

/// What a rule's match says of each of its selections: `a and not 1 of b*` matches only where `a` holds and no `b*` does. None: either
/// may be.
pub fn known_selections(rule: &Rule) -> Vec<Option<bool>> {
    let mut known = vec![None; rule.selections.len()];
    say(&rule.condition, true, &mut known);
    known
}

fn say(expr: &Expr, holds: bool, known: &mut [Option<bool>]) {
    match expr {
        Expr::Selection(id) => {
            if let Some(known) = known.get_mut(usize::from(id.0)) {
                *known = Some(holds);
            }
        }
        Expr::Not(inner) => say(inner, !holds, known),
        Expr::All(members) if holds => members.iter().for_each(|member| say(member, true, known)),
        Expr::Any(members) if !holds => members.iter().for_each(|member| say(member, false, known)),
        Expr::Const(_)
        | Expr::Test(_)
        | Expr::All(_)
        | Expr::Any(_)
        | Expr::AtLeast { .. }
        | Expr::Elements { .. }
        | Expr::Formula(_) => {}
    }
}
