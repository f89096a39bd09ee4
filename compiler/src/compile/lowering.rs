//! From what was parsed to the IR: one rule at a time, on any thread.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::{Outcome, Parsed, Verdict};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::elastic::{self, schema::Schema};
use crate::ir::{self, Feature, Lowered};
use crate::pipeline::{self, Body, PipelineSet, Variant};
use crate::sigma::ast::{self, Document};
use crate::sigma::lower::{self, Renaming, SoundRegexes};

/// What every rule is lowered by.
pub(super) struct Lowering<'a> {
    pub(super) pipelines: PipelineSet,
    pub(super) schema: Cow<'static, Schema>,
    /// Why there are no pipelines, among what was said earlier.
    pub(super) unmapped: Option<Range<usize>>,
    /// What was said before any rule was lowered.
    pub(super) earlier: &'a Diagnostics,
}

impl Lowering<'_> {
    /// Where a rule ends, and the rule if it compiles; `None` of what is no rule. What is said of it goes to `diags`, which nothing else was said to yet.
    pub(super) fn outcome(
        &self,
        path: &str,
        parsed: Parsed,
        diags: &mut Diagnostics,
    ) -> Option<(Outcome, Option<ir::Rule>)> {
        let (span, rule_id, title, lowered) = match parsed {
            Parsed::Sigma(parsed) => {
                let lowered = match &parsed.document {
                    // a filter is no rule: what it does shows in the rules that it is for
                    Some(Document::Filter(_)) => return None,
                    Some(Document::Correlation(correlation)) => {
                        let feature = Feature::Correlation(correlation.kind.value.clone());
                        diags.push(Code::unsupported(&feature, correlation.kind.span).help(lower::STATE_HELP));
                        Ok(Lowered::Unsupported(feature))
                    }
                    Some(Document::Rule(rule)) => match &self.unmapped {
                        None => Ok(self.lower_rule(rule, path, diags)),
                        Some(said) => Err(said.clone()),
                    },
                    None => Err(parsed.diagnostics),
                };
                (parsed.span, parsed.id, parsed.title, lowered)
            }
            Parsed::Elastic(parsed) => {
                let lowered = match &parsed.rule {
                    Some(rule) => Ok(elastic::lower(rule, path, &self.schema, diags)),
                    None => Err(parsed.diagnostics),
                };
                (parsed.span, parsed.id, parsed.name, lowered)
            }
        };
        let (verdict, rule) = match lowered {
            Ok(Lowered::Rule(rule)) => (Verdict::Compiled, Some(*rule)),
            Ok(Lowered::Unsupported(feature)) => (Verdict::Unsupported(feature), None),
            Ok(Lowered::Rejected) => (Verdict::Rejected(first_error(diags.as_slice())), None),
            Err(said) => {
                let said = self.earlier.as_slice().get(said).unwrap_or_default();
                (Verdict::Rejected(first_error(said)), None)
            }
        };
        Some((Outcome { path: path.to_owned(), span, rule_id, title: title.unwrap_or_default(), verdict }, rule))
    }

    /// Lowers a rule under every pipeline that knows its log source, and makes one rule of the variants.
    fn lower_rule(&self, rule: &ast::Rule, path: &str, diags: &mut Diagnostics) -> Lowered {
        let Some(variants) = pipeline::apply(&self.pipelines, rule, diags) else { return Lowered::Rejected };
        let Some(conditions) = self.conditions_of(rule, &variants, diags) else { return Lowered::Rejected };
        let lowered = match self.renamings(rule, &variants, &conditions) {
            Some(renamings) => lower::lower(rule, path, &renamings, &mut SoundRegexes::default(), diags),
            None => lower_variants(&self.pipelines, rule, path, &variants, &conditions, diags),
        };
        let Lowered::Rule(mut merged) = lowered else { return lowered };
        merged.scope = pipeline::scope::scope_of(&rule.logsource, &conditions);
        Lowered::Rule(merged)
    }

    /// What each variant says of the log source; `None` if a pipeline's condition cannot be lowered.
    fn conditions_of(&self, rule: &ast::Rule, variants: &[Variant], diags: &mut Diagnostics) -> Option<Vec<ir::Expr>> {
        let mut bounds = Vec::new();
        for alternatives in pipeline::of_both(&self.pipelines, rule).iter().filter(|some| !some.is_empty()) {
            let lowered = alternatives.iter().map(|conditions| pipeline::scope::lower(conditions, rule.span, diags));
            bounds.push(ir::Expr::any(lowered.collect::<Option<Vec<_>>>()?));
        }
        let mut conditions = Vec::with_capacity(variants.len());
        for variant in variants {
            let condition = pipeline::scope::lower(&variant.conditions, rule.span, diags)?;
            conditions.push(ir::Expr::all([condition].into_iter().chain(bounds.iter().cloned())));
        }
        Some(conditions)
    }

    /// What the variants of a rule do to its fields, if that is all they do: nearly always. The rule is lowered once then.
    fn renamings<'v>(
        &self,
        rule: &ast::Rule,
        variants: &'v [Variant],
        conditions: &[ir::Expr],
    ) -> Option<Vec<Renaming<'v>>> {
        // with version 3, names hold quantifiers: `ports[any]`
        if self.pipelines.is_chained() || rule.version >= 3 {
            return None;
        }
        let renaming = |(variant, condition): (&'v Variant, &ir::Expr)| match &variant.body {
            Body::Renamed(names) => {
                let under = (*condition != ir::Expr::Const(true)).then(|| Arc::new(condition.clone()));
                Some(Renaming { names, under })
            }
            Body::Rewritten(_) => None,
        };
        variants.iter().zip(conditions).map(renaming).collect()
    }
}

fn first_error(said: &[Diagnostic]) -> String {
    let error = said.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    error.map_or_else(|| "see the messages".to_owned(), |error| error.message.clone())
}

/// Lowers each variant and, beside pipelines that stand apart, the author's own version, and makes one rule of them.
fn lower_variants(
    pipelines: &PipelineSet,
    rule: &ast::Rule,
    path: &str,
    variants: &[Variant],
    conditions: &[ir::Expr],
    diags: &mut Diagnostics,
) -> Lowered {
    let mut sound = SoundRegexes::default();
    let mut lowered = Vec::with_capacity(variants.len());
    for (variant, condition) in variants.iter().zip(conditions) {
        // what is wrong with the author's text is said once, by the author's own version
        let said = diags.len();
        match lower::lower(&variant.rule(rule), path, &[], &mut sound, diags) {
            Lowered::Rule(mut rule) => {
                rule.scope = condition.clone();
                lowered.push(*rule);
            }
            other => return other,
        }
        if !pipelines.is_chained() && matches!(variant.body, Body::Renamed(_)) {
            diags.truncate(said);
        }
    }
    let own = if pipelines.is_chained() {
        None
    } else {
        match lower::lower(rule, path, &[], &mut sound, diags) {
            Lowered::Rule(rule) => Some(*rule),
            other => return other,
        }
    };
    let Some(merged) = lower::merge_variants(lowered, own) else {
        diags.push(Code::EmptyDetection.at(rule.span, "nothing is left of the rule under its pipelines"));
        return Lowered::Rejected;
    };
    Lowered::Rule(Box::new(merged))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigma;
    use crate::source::FileId;

    /// A rule that is lowered once, with all names of its fields, is what its variants together make.
    #[test]
    fn renamed_fields_are_what_variants_make_of_them() {
        let lowering = Lowering {
            pipelines: PipelineSet::shipped(),
            schema: Cow::Borrowed(Schema::shipped()),
            unmapped: None,
            earlier: &Diagnostics::new(),
        };
        let sources =
            ["{product: windows, category: process_creation}", "{category: process_creation}", "{product: linux}"];
        let sources = sources.iter().chain(&["{product: windows, service: security}", "{category: nobody_knows_it}"]);
        let selections = [
            "{CommandLine|contains: ['a', '-b*c'], Image|endswith: x, ParentImage: null}",
            "[{User: a}, {Own: 1}, keyword]",
            "{CommandLine|fieldref: ParentCommandLine, TargetUserName|fieldref|neq: User, Own|re: '^a'}",
        ];
        let mut fields = 0;
        for source in sources {
            for selection in selections {
                let text = format!(
                    "title: t\nlogsource: {source}\ndetection:\n  s: {selection}\n  t: {{User|exists: true}}\n  condition: s and not t\n"
                );
                let mut diags = Diagnostics::new();
                let mut documents = sigma::parse(FileId(0), &text, &mut diags);
                let Some(Document::Rule(rule)) = documents.pop().and_then(|document| document.document) else {
                    panic!("{text}: {diags:?}")
                };
                let variants = pipeline::apply(&lowering.pipelines, &rule, &mut diags).expect("variants");
                let conditions = lowering.conditions_of(&rule, &variants, &mut diags).expect("conditions");
                let renamings = lowering.renamings(&rule, &variants, &conditions).expect("new names and no more");
                let once = lower::lower(&rule, "p", &renamings, &mut SoundRegexes::default(), &mut diags);
                let apart = lower_variants(&lowering.pipelines, &rule, "p", &variants, &conditions, &mut diags);
                let (Lowered::Rule(once), Lowered::Rule(mut apart)) = (once, apart) else {
                    panic!("{text}: {diags:?}")
                };
                // the caller narrows both
                apart.scope = once.scope.clone();
                assert_eq!(once, apart, "{text}");
                let mut read = |field: &Arc<ir::Field>| fields += usize::from(field.sources.len() > 2);
                once.selections.values().for_each(|selection| ir::visit_fields(selection, &mut read));
            }
        }
        assert!(fields > 10, "{fields} fields have several names");
    }
}
