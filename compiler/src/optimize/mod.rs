//! Passes over the IR. A pass may change the shape of a rule, never its answer: each has a property test against the oracle.

mod absorb;
mod constants;
mod dedup;
mod glob_to_text;
mod merge_values;
mod order_by_cost;
mod rewrite;

use crate::ir;

/// All passes, in order.
pub const PASSES: &[Pass] = &[
    Pass { name: "constants", run: constants::run },
    Pass { name: "glob_to_text", run: glob_to_text::run },
    Pass { name: "merge_values", run: merge_values::run },
    Pass { name: "dedup", run: dedup::run },
    Pass { name: "absorb", run: absorb::run },
    Pass { name: "order_by_cost", run: order_by_cost::run },
];

/// Runs all passes.
pub fn run(rule: ir::Rule) -> ir::Rule {
    PASSES.iter().fold(rule, |rule, pass| (pass.run)(rule))
}

/// One step of optimization.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// What it does, in a word.
    pub name: &'static str,
    /// The step itself.
    pub run: fn(ir::Rule) -> ir::Rule,
}

/// What every pass is tested by.
#[cfg(test)]
mod testing {
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;

    use crate::ir::arbitrary;
    use crate::ir::eval::{Scoping, eval};
    use crate::ir::{Expr, Rule};

    /// The pass changes no verdict of generated rules on generated events.
    pub(super) fn check_pass(pass: fn(Rule) -> Rule) {
        let config = ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() };
        let result = TestRunner::new(config).run(
            &(arbitrary::rule(), prop::collection::vec(arbitrary::event(), 4..12)),
            |(rule, events)| {
                let passed = pass(rule.clone());
                for event in &events {
                    for scoping in [Scoping::Apply, Scoping::Ignore] {
                        prop_assert_eq!(
                            eval(&rule, event, scoping),
                            eval(&passed, event, scoping),
                            "{}\nbefore:\n{}\nafter:\n{}",
                            event,
                            rule,
                            passed
                        );
                    }
                }
                Ok(())
            },
        );
        if let Err(error) = result {
            panic!("{error}");
        }
    }

    /// What the pass makes of a selection, printed.
    pub(super) fn after(pass: fn(Rule) -> Rule, selection: Expr) -> String {
        let rule = Rule {
            meta: crate::ir::Meta::default(),
            scope: Expr::Const(true),
            selections: [("selection".to_owned(), selection)].into_iter().collect(),
            condition: Expr::Selection(crate::ir::SelectionId(0)),
            condition_text: String::new(),
            then: crate::ir::Then::Alert,
            span: crate::source::Span::new(crate::source::FileId(0), 0, 0),
        };
        pass(rule).selections[0].to_string().trim_end().to_owned()
    }

    /// A case-insensitive text test, values separated by spaces.
    pub(super) fn text(field: &str, op: crate::ir::TextOp, values: &str) -> Expr {
        let subject = crate::ir::Subject::Field(std::sync::Arc::new(crate::ir::Field::plain(field)));
        let values = values.split(' ').map(str::to_owned).collect();
        Expr::test(subject, crate::ir::Test::Text { op, values, case: crate::ir::Case::Insensitive })
    }

    #[test]
    fn all_passes_together_change_no_verdict() {
        check_pass(super::run);
    }
}
