//! The language, case by case: a detection, events that it matches, events that it misses.
//!
//! The project's own cases stand in `conformance/`, each with the sentence that it holds: a heading of the specification, or a decision
//! of `docs/sigma.md` by its anchor. Every way to evaluate a rule must give the same answer.

use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize;
use serde_json::Value;
use sigil_compiler::diagnostic::Severity;
use sigil_compiler::ir::eval::Scoping;
use sigil_compiler::{Compilation, Verdict};
use sigil_tests::cases::{check_decisions, read};
use sigil_tests::shared::{find, say};
use sigil_tests::verdicts::{agreed, compile_texts, compile_under};

/// A case of `conformance/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// `D-...`, or a heading of the specification.
    cites: String,
    /// What is under `detection:`; the condition is `sel` where it names none.
    detection: Option<String>,
    /// Or the whole file.
    file: Option<String>,
    /// `sigma-version`.
    version: Option<u32>,
    /// The only pipeline, instead of the shipped ones.
    pipeline: Option<String>,
    /// Whether log sources count; they are ignored by default.
    #[serde(default)]
    scoped: bool,
    /// Events, a line each, that some rule matches.
    #[serde(default)]
    matches: String,
    /// Events that no rule matches.
    #[serde(default)]
    misses: String,
    /// The code of the error that the rule is rejected with.
    rejected: Option<String>,
    /// The construct that is not supported.
    unsupported: Option<String>,
    /// The code of a warning; without it there is none.
    warns: Option<String>,
}

/// Decisions without a case here, and why.
const ELSEWHERE: [(&str, &str); 7] = [
    ("D-raw", "an option of the command: compiler/tests/cli.rs"),
    ("D-correlation-defaults", "correlations are not run yet"),
    ("D-correlation-group", "correlations are not run yet"),
    ("D-correlation-window", "correlations are not run yet"),
    ("D-correlation-end", "correlations are not run yet"),
    ("D-correlation-late", "correlations are not run yet"),
    ("D-scope-off", "the default of all cases here"),
];

#[test]
fn own_cases_hold() {
    let mut failures = Vec::new();
    let mut count = 0;
    for (file, cases) in own_cases() {
        for (at, case) in cases.iter().enumerate() {
            count += 1;
            if let Err(reason) = check(case) {
                failures.push(format!("{file}, case {} ({}): {reason}", at + 1, case.cites));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_decision_has_a_case() {
    let cases = own_cases();
    let cited: BTreeSet<&str> = cases.iter().flat_map(|(_, cases)| cases).map(|case| case.cites.as_str()).collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(anchor, _)| *anchor).collect();
    check_decisions("docs/sigma.md", &cited, &elsewhere, 81);
}

fn own_cases() -> Vec<(String, Vec<Case>)> {
    read("conformance")
}

fn check(case: &Case) -> Result<(), String> {
    let text = match (&case.file, &case.detection) {
        (Some(file), None) => file.clone(),
        (None, Some(detection)) => rule(detection, None, case.version),
        _ => return Err("give either `detection` or `file`".to_owned()),
    };
    let texts = [("case.yml", text.as_str())];
    let compilation = match &case.pipeline {
        Some(pipeline) => compile_under(&texts, pipeline),
        None => compile_texts(&texts),
    };
    let said: Vec<&str> = compilation.diagnostics.as_slice().iter().map(|said| said.code.as_str()).collect();
    let messages = || {
        compilation
            .diagnostics
            .as_slice()
            .iter()
            .map(|said| format!("{}: {}", said.code.as_str(), said.message))
            .collect::<Vec<_>>()
            .join("; ")
    };
    let warned = compilation.diagnostics.as_slice().iter().any(|said| said.severity == Severity::Warning);
    match (outcome(&compilation)?, &case.rejected, &case.unsupported) {
        (Ended::Rejected(_), Some(code), None) if said.contains(&code.as_str()) => return Ok(()),
        (Ended::Unsupported(feature), None, Some(expected)) if feature.contains(expected) => return Ok(()),
        (Ended::Compiled, None, None) => {}
        (ended, ..) => return Err(format!("it is {ended:?}: {}", messages())),
    }
    match &case.warns {
        Some(code) if !said.contains(&code.as_str()) => return Err(format!("{code} is not said, but {}", messages())),
        None if warned => return Err(format!("it warns: {}", messages())),
        _ => {}
    }
    let scoping = if case.scoped { Scoping::Apply } else { Scoping::Ignore };
    for (events, expected) in [(&case.matches, true), (&case.misses, false)] {
        for event in events.lines().filter(|line| !line.is_empty()) {
            let matched = !agreed(&compilation.plan, event, scoping)?.is_empty();
            if matched != expected {
                return Err(format!("{event} {}", if matched { "matches" } else { "does not match" }));
            }
        }
    }
    Ok(())
}

#[derive(Debug)]
enum Ended {
    Compiled,
    Unsupported(String),
    #[expect(dead_code, reason = "shown where a case fails")]
    Rejected(String),
}

/// The worst that happened to a rule.
fn outcome(compilation: &Compilation) -> Result<Ended, String> {
    if compilation.outcomes.is_empty() {
        return Err("there is no rule".to_owned());
    }
    let mut ended = Ended::Compiled;
    for outcome in &compilation.outcomes {
        match &outcome.verdict {
            Verdict::Compiled => {}
            Verdict::Unsupported(feature) => ended = Ended::Unsupported(feature.to_string()),
            Verdict::Rejected(reason) => return Ok(Ended::Rejected(reason.clone())),
        }
    }
    Ok(ended)
}

/// A rule around a detection.
fn rule(detection: &str, condition: Option<&str>, version: Option<u32>) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("title: A case\nlogsource:\n    category: test\n");
    if let Some(version) = version {
        let _ = writeln!(text, "sigma-version: {version}");
    }
    text.push_str("detection:\n");
    for line in detection.lines() {
        let _ = writeln!(text, "    {line}");
    }
    let has_condition = detection.lines().any(|line| line.starts_with("condition:"));
    if let Some(condition) = condition.or((!has_condition).then_some("sel")) {
        let _ = writeln!(text, "    condition: {}", Value::from(condition));
    }
    text
}

/// Cases of the reference data that are decided otherwise, and why.
const DECIDED_OTHERWISE: [(&str, &str); 0] = [];

#[derive(Debug, Deserialize)]
struct Reference {
    id: String,
    detection: String,
    condition: Option<String>,
    event: Box<serde_json::value::RawValue>,
    expect: bool,
}

#[test]
fn reference_cases_hold() {
    let Some(path) = find("reference_cases_hold", "conformance/sigma_cases.json") else { return };
    let text = fs::read_to_string(path).expect("the cases");
    let cases: Vec<Reference> = serde_json::from_str(&text).expect("cases");
    let mut failures = Vec::new();
    for case in &cases {
        let text = rule(&case.detection, case.condition.as_deref(), None);
        let compilation = compile_texts(&[("case.yml", &text)]);
        let held = match compilation.plan.rules.len() {
            1 => agreed(&compilation.plan, case.event.get(), Scoping::Ignore).map(|alerts| !alerts.is_empty()),
            _ => Err(format!("{:?}", compilation.outcomes)),
        };
        if held != Ok(case.expect) && !DECIDED_OTHERWISE.iter().any(|(id, _)| *id == case.id) {
            failures.push(format!("{}: {held:?}, not {}: {} on {}", case.id, case.expect, case.detection, case.event));
        }
    }
    say(&format!("{} reference cases", cases.len()));
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}
