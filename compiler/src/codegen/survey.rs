//! What a pack asks of the decoder, beyond its list of fields.

use std::collections::{BTreeSet, HashSet};

use crate::ir;
use crate::plan;

/// What rules and scopes look at.
#[derive(Debug, Default)]
pub(super) struct Survey<'p> {
    /// Fields whose elements are tested one by one.
    pub(super) arrays: HashSet<&'p ir::Field>,
    /// Whether some test is for any value of an event.
    pub(super) any_value: bool,
    /// Fields that are read, in their order.
    pub(super) reads: BTreeSet<&'p ir::Field>,
}

/// Looks through a whole pack. [`Survey::reads`] is left empty: the plan lists the fields.
pub(super) fn pack(plan: &plan::PackPlan) -> Survey<'_> {
    let mut survey = Survey::default();
    for rule in &plan.rules {
        rule.rule.selections.values().for_each(|selection| survey.walk(selection, false));
        survey.walk(&rule.rule.condition, false);
        if let plan::Triggers::AnyOf(triggers) = &rule.triggers {
            survey.any_value |= triggers.iter().any(|trigger| trigger.subject == ir::Subject::AnyValue);
        }
    }
    plan.scopes.iter().for_each(|scope| survey.walk(&scope.expr, false));
    survey
}

/// Looks through one expression.
pub(super) fn expr(expr: &ir::Expr) -> Survey<'_> {
    let mut survey = Survey::default();
    survey.walk(expr, true);
    survey
}

impl<'p> Survey<'p> {
    fn walk(&mut self, expr: &'p ir::Expr, reads: bool) {
        match expr {
            ir::Expr::Const(_) | ir::Expr::Selection(_) => {}
            ir::Expr::Test(predicate) => {
                self.subject(&predicate.subject, reads);
                if let ir::Test::SameAs { other, .. } = &predicate.test
                    && reads
                {
                    self.reads.insert(other);
                }
            }
            ir::Expr::Not(inner) => self.walk(inner, reads),
            ir::Expr::All(members) | ir::Expr::Any(members) | ir::Expr::AtLeast { of: members, .. } => {
                members.iter().for_each(|member| self.walk(member, reads));
            }
            ir::Expr::Elements { of, body, .. } => {
                self.subject(of, reads);
                if let ir::Subject::Field(field) = of {
                    self.arrays.insert(field);
                }
                self.walk(body, reads);
            }
        }
    }

    fn subject(&mut self, subject: &'p ir::Subject, reads: bool) {
        match subject {
            ir::Subject::Field(field) if reads => {
                self.reads.insert(field);
            }
            ir::Subject::Field(_) | ir::Subject::Element(_) => {}
            ir::Subject::AnyValue => self.any_value = true,
        }
    }
}
