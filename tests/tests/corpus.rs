//! The public rules: all of them compile, and what does not by design says why.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sigil_compiler::{Compilation, Verdict};
use sigil_tests::shared::{find, root, rules, say};

fn compile(test: &str, folders: &[&str], pipeline: Option<&str>) -> Option<Compilation> {
    let folders: Option<Vec<PathBuf>> =
        folders.iter().map(|folder| find(test, &format!("corpus/sigmahq/{folder}"))).collect();
    let pipelines: Vec<PathBuf> = pipeline.iter().map(|name| root().join("tests/data").join(name)).collect();
    let loaded = rules(&folders?, &pipelines);
    let rule_files = loaded.sources.iter().count() - pipelines.len();
    let compilation = loaded.compile("corpus");
    assert!(compilation.outcomes.len() >= rule_files, "{} outcomes of {rule_files} files", compilation.outcomes.len());
    Some(compilation)
}

/// Everything that is not compiled, by reason.
fn left_out(compilation: &Compilation) -> BTreeMap<String, Vec<&str>> {
    let mut reasons = BTreeMap::<String, Vec<&str>>::new();
    for outcome in &compilation.outcomes {
        let reason = match &outcome.verdict {
            Verdict::Compiled => continue,
            Verdict::Unsupported(feature) => format!("unsupported: {feature}"),
            Verdict::Rejected(reason) => format!("rejected: {reason}"),
        };
        reasons.entry(reason).or_default().push(&outcome.path);
    }
    reasons
}

const MAIN: [&str; 4] = ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"];

/// Two rules have placeholders, which only a pipeline can fill.
#[test]
fn every_current_rule_compiles() {
    let Some(compilation) = compile("every_current_rule_compiles", &MAIN, Some("placeholders.yml")) else { return };
    assert_eq!(left_out(&compilation), BTreeMap::new());
    assert_eq!(compilation.plan.rules.len(), compilation.outcomes.len());
    assert!(compilation.plan.rules.len() > 2_500);
}

#[test]
fn without_a_pipeline_only_placeholders_are_in_the_way() {
    let Some(compilation) = compile("without_a_pipeline_only_placeholders_are_in_the_way", &MAIN, None) else { return };
    let reasons = left_out(&compilation);
    assert!(
        reasons.keys().all(|reason| reason.starts_with("rejected: ") && reason.contains("placeholder")),
        "{reasons:#?}"
    );
    assert!(reasons.values().map(Vec::len).sum::<usize>() <= 4, "{reasons:#?}");
}

#[test]
fn rules_with_placeholders_compile_once_they_have_values() {
    let test = "rules_with_placeholders_compile_once_they_have_values";
    let Some(compilation) = compile(test, &["rules-placeholder"], Some("placeholders.yml")) else { return };
    assert_eq!(left_out(&compilation), BTreeMap::new());
}

/// What public rules use that needs state over many events, or is no longer Sigma.
const EXPECTED: [&str; 8] = [
    "unsupported: `count()` aggregation",
    "unsupported: `sum()` aggregation",
    "unsupported: `min()` aggregation",
    "unsupported: `max()` aggregation",
    "unsupported: `avg()` aggregation",
    "unsupported: `near` aggregation",
    "unsupported: correlation `",
    "rejected: ",
];

#[test]
fn every_other_rule_has_an_outcome() {
    let test = "every_other_rule_has_an_outcome";
    let Some(compilation) = compile(test, &["unsupported", "deprecated"], None) else { return };
    let reasons = left_out(&compilation);
    for (reason, paths) in &reasons {
        say(&format!("{:4} {reason}, as {}", paths.len(), paths[0]));
        assert!(EXPECTED.iter().any(|expected| reason.starts_with(expected)), "{reason}: {paths:?}");
    }
    let left_out: usize = reasons.values().map(Vec::len).sum();
    let rejected: usize =
        reasons.iter().filter(|(reason, _)| reason.starts_with("rejected")).map(|(_, paths)| paths.len()).sum();
    assert_eq!(compilation.plan.rules.len() + left_out, compilation.outcomes.len());
    assert!(rejected * 20 < compilation.outcomes.len(), "{rejected} of {} are rejected", compilation.outcomes.len());
}
