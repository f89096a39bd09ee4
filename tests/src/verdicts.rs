//! One question, several ways to answer it: the oracle, the engine on JSON, the engine on an [`Event`], with and without triggers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sigil_compiler::ir;
use sigil_compiler::ir::eval::{Json, Scoping, eval};
use sigil_compiler::plan::link::link;
use sigil_compiler::plan::{self, PackPlan};
use sigil_compiler::source::Sources;
use sigil_compiler::{Compilation, Options, Pipelines, compile};
use sigil_runtime::event::{Event, Sink};
use sigil_runtime::{Alert, Engine, Session};

/// What matched: places of rules in the plan, and the selections of theirs that held.
pub type Alerts = BTreeMap<usize, Vec<String>>;

/// Compiles texts, each under its path, with the shipped pipelines.
pub fn compile_texts(texts: &[(&str, &str)]) -> Compilation {
    compile(&sources(texts), &Options::new("tests"))
}

/// Compiles texts under one pipeline, given as text.
pub fn compile_under(texts: &[(&str, &str)], pipeline: &str) -> Compilation {
    let mut sources = sources(texts);
    let file = sources.add("pipeline.yml", pipeline);
    let load = |name: &str| Err(format!("{name}: there are no files here"));
    compile(
        &sources,
        &Options {
            pack: "tests",
            pipelines: Pipelines::Given { files: &[file], load: &load },
            schemas: &[],
            tables: &[],
        },
    )
}

fn sources(texts: &[(&str, &str)]) -> Sources {
    let mut sources = Sources::new();
    for (path, text) in texts {
        sources.add(*path, *text);
    }
    sources
}

/// The plan, linked.
///
/// # Panics
/// If it cannot be linked.
pub fn engine(plan: &PackPlan, scoping: Scoping) -> Engine {
    let options = sigil_runtime::Options { ignore_logsource: scoping == Scoping::Ignore };
    Engine::with_options(&[link(plan)], options).expect("the plan links")
}

/// The plan with every rule a candidate for every event.
#[must_use]
pub fn without_triggers(plan: &PackPlan) -> PackPlan {
    let mut plan = plan.clone();
    for rule in &mut plan.rules {
        rule.triggers = plan::Triggers::Always;
    }
    plan
}

/// The plan with an alert for each event that a rule matches, whatever follows then.
#[must_use]
pub fn matchers(plan: &PackPlan) -> PackPlan {
    let mut plan = plan.clone();
    for rule in &mut plan.rules {
        rule.rule.then = ir::Then::Alert;
    }
    plan
}

/// What stateful rules found in all events so far: rule, id, key, values and the numbers of the events, a line each.
pub fn found(session: &mut Session) -> Vec<(Vec<u64>, String)> {
    let mut lines = Vec::new();
    session.finish(|alert| {
        let listed = |pairs: &[(std::sync::Arc<str>, sigil_runtime::table::Value)]| {
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
        };
        let (key, suppressed) =
            alert.found().map_or((String::new(), 0), |found| (listed(&found.key), found.suppressed));
        let mut line = format!("{:?} at {}", alert.rule().title, alert.timestamp().unwrap_or_default());
        let _ = write!(line, " key [{key}] values [{}] events {:?}", listed(alert.values()), alert.events());
        if suppressed > 0 {
            let _ = write!(line, " for {suppressed} more");
        }
        let _ = write!(line, " id {}", alert.id());
        lines.push((alert.events().to_vec(), line));
    });
    lines
}

/// What an engine says of an event in JSON.
///
/// # Panics
/// If the event is broken.
pub fn alerts(session: &mut Session, event: &[u8]) -> Alerts {
    let mut found = Alerts::new();
    session
        .process_json(event, |alert| note(&mut found, alert))
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(event)));
    found
}

/// What an engine says of an event that is no JSON to it.
pub fn alerts_of(session: &mut Session, event: &impl Event) -> Alerts {
    let mut found = Alerts::new();
    session.process(event, |alert| note(&mut found, alert));
    found
}

fn note(found: &mut Alerts, alert: &Alert<'_>) {
    let before = found.insert(alert.rule_index(), alert.selections().map(str::to_owned).collect());
    assert_eq!(before, None, "a rule alerts once: {alert:?}");
}

/// What the oracle says of some rules of a plan.
pub fn oracle(plan: &PackPlan, rules: impl IntoIterator<Item = usize>, event: &Json, scoping: Scoping) -> Alerts {
    let verdicts = rules.into_iter().map(|at| (at, &plan.rules[at].rule));
    let matched = verdicts.filter_map(|(at, rule)| {
        let verdict = eval(rule, event, scoping);
        let name = |id: &sigil_compiler::ir::SelectionId| {
            rule.selections.get_index(usize::from(id.0)).map(|(name, _)| name.clone())
        };
        verdict.matched.then(|| (at, verdict.selections.iter().filter_map(name).collect()))
    });
    matched.collect()
}

/// Every way to answer whether rules match, which must agree; returns what they say. What follows a match is left out.
///
/// # Errors
/// Which of them disagree, and how.
pub fn agreed(plan: &PackPlan, event: &str, scoping: Scoping) -> Result<Alerts, String> {
    agreed_on_all(plan, &[event], scoping).map(|mut each| each.pop().unwrap_or_default())
}

/// As [`agreed`], of one event after the other.
///
/// # Errors
/// Which of them disagree first, and how.
pub fn agreed_on_all(plan: &PackPlan, events: &[&str], scoping: Scoping) -> Result<Vec<Alerts>, String> {
    let plan = &matchers(plan);
    let mut session = engine(plan, scoping).session();
    let mut bare = engine(&without_triggers(plan), scoping).session();
    let mut each = Vec::with_capacity(events.len());
    for event in events {
        let json: Json = event.parse().map_err(|error| format!("not JSON: {error}: {event}"))?;
        let expected = oracle(plan, 0..plan.rules.len(), &json, scoping);
        let answers = [
            ("the engine", alerts(&mut session, event.as_bytes())),
            ("the engine, asked again", alerts(&mut session, event.as_bytes())),
            ("the engine on an `Event`", alerts_of(&mut session, &Answers(&json))),
            ("the engine without triggers", alerts(&mut bare, event.as_bytes())),
        ];
        if let Some((who, answer)) = answers.iter().find(|(_, answer)| *answer != expected) {
            return Err(format!("the oracle says {expected:?}, {who} {answer:?}, of {event}"));
        }
        each.push(expected);
    }
    Ok(each)
}

/// A tree as an [`Event`]: what a program would do whose events are its own structs.
#[derive(Debug)]
pub struct Answers<'a>(pub &'a Json);

impl Event for Answers<'_> {
    fn field(&self, path: &str, sink: &mut Sink<'_>) {
        for value in sigil_compiler::ir::eval::values(self.0, path) {
            sink.json(&value.to_string());
        }
    }

    fn each_value(&self, sink: &mut Sink<'_>) {
        each_leaf(self.0, sink);
    }

    fn json(&self, out: &mut String) {
        let _ = write!(out, "{}", self.0);
    }
}

fn each_leaf(value: &Json, sink: &mut Sink<'_>) {
    match value {
        Json::Array(elements) => elements.iter().for_each(|element| each_leaf(element, sink)),
        Json::Object(members) => members.iter().for_each(|(_, value)| each_leaf(value, sink)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => sink.json(&value.to_string()),
    }
}
