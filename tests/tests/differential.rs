//! Several ways to the same verdict: the oracle, the engine with and without its short cuts, on recorded and on generated events.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sigil_compiler::ir::eval::{Json, Scoping, eval};
use sigil_compiler::plan::PackPlan;
use sigil_compiler::{Options, Pipelines, ir, lowered, optimize, plan};
use sigil_tests::events::sample;
use sigil_tests::shared::{find, root, rules, say};
use sigil_tests::verdicts::{Alerts, Answers, alerts, alerts_of, engine, oracle, without_triggers};

const LANES: [&str; 7] = [
    "windows_natural",
    "windows_process_heavy",
    "ecs_process_heavy",
    "peer_cisco_syslog",
    "peer_raw_windows",
    "peer_structured_windows",
    "peer_sysmon_file_event",
];

const FOLDERS: [&str; 4] = ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"];

/// Events of a lane that the engine is asked about, with and without triggers.
const EVENTS: usize = 300;
/// Events of a lane that the oracle is asked about for every rule.
const EVERY_RULE: usize = 6;
/// For other events the oracle is asked about one rule in so many, and about what the engine found.
const ONE_IN: usize = 97;

struct Corpus {
    optimized: PackPlan,
    unoptimized: PackPlan,
}

fn corpus(test: &str) -> Option<Corpus> {
    let corpus = find(test, "corpus/sigmahq")?;
    let folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| corpus.join(folder)).collect();
    let loaded = rules(&folders, &[]);
    let lowered =
        lowered(&loaded.sources, &Options { pack: "corpus", pipelines: Pipelines::Shipped, schemas: &[], tables: &[] });
    let optimized = lowered.iter().cloned().map(optimize::run).collect();
    Some(Corpus { optimized: plan::build("corpus", optimized), unoptimized: plan::build("corpus", lowered) })
}

/// Two plans of the same rules have them in the same order, or alerts could not be compared by place.
#[test]
fn recorded_events_get_one_verdict() {
    let test = "recorded_events_get_one_verdict";
    let (Some(lanes), Some(corpus)) = (find(test, "lanes"), corpus(test)) else { return };
    let Corpus { optimized, unoptimized } = &corpus;
    let ids = |plan: &PackPlan| {
        plan.rules.iter().map(|rule| (rule.rule.meta.source.clone(), rule.rule.span)).collect::<Vec<_>>()
    };
    assert_eq!(ids(optimized), ids(unoptimized));
    let bare = without_triggers(optimized);

    let mut failures = Vec::new();
    let (mut events, mut pairs, mut found) = (0, 0, [0, 0]);
    for (scoping, found) in [Scoping::Apply, Scoping::Ignore].into_iter().zip(&mut found) {
        let mut session = engine(optimized, scoping).session();
        let mut others = [
            ("without triggers", engine(&bare, scoping).session()),
            ("unoptimized", engine(unoptimized, scoping).session()),
        ];
        for lane in LANES {
            for (number, event) in sample(&lanes.join(format!("{lane}.ndjson.gz")), EVENTS).iter().enumerate() {
                let verdict = alerts(&mut session, event.as_bytes());
                events += 1;
                *found += verdict.len();
                for (who, other) in &mut others {
                    // rules in trees of their own shape: every event costs all of them
                    if number % 5 == 0 {
                        compare(&mut failures, optimized, lane, event, &verdict, &alerts(other, event.as_bytes()), who);
                    }
                }
                let json: Json = event.parse().expect("JSON");
                let asked: BTreeSet<usize> = if number % (EVENTS / EVERY_RULE) == 0 {
                    (0..optimized.rules.len()).collect()
                } else {
                    (number % ONE_IN..optimized.rules.len()).step_by(ONE_IN).chain(verdict.keys().copied()).collect()
                };
                pairs += asked.len();
                let known: Alerts = verdict
                    .iter()
                    .filter(|(rule, _)| asked.contains(rule))
                    .map(|(rule, held)| (*rule, held.clone()))
                    .collect();
                compare(
                    &mut failures,
                    optimized,
                    lane,
                    event,
                    &known,
                    &oracle(optimized, asked, &json, scoping),
                    "the oracle",
                );
                if number % 10 == 0 {
                    compare(
                        &mut failures,
                        optimized,
                        lane,
                        event,
                        &verdict,
                        &alerts_of(&mut session, &Answers(&json)),
                        "the engine on an `Event`",
                    );
                }
            }
        }
    }
    say(&format!(
        "{events} events, {pairs} verdicts of the oracle, {} alerts, {} with log sources ignored",
        found[0], found[1]
    ));
    assert!(
        failures.is_empty(),
        "{} differences, as\n{}",
        failures.len(),
        failures[..failures.len().min(20)].join("\n")
    );
}

fn compare(
    failures: &mut Vec<String>,
    plan: &PackPlan,
    lane: &str,
    event: &str,
    verdict: &Alerts,
    other: &Alerts,
    who: &str,
) {
    if verdict == other {
        return;
    }
    let rules: BTreeSet<&usize> = verdict.keys().chain(other.keys()).collect();
    for rule in rules.into_iter().filter(|rule| verdict.get(rule) != other.get(rule)) {
        let source = &plan.rules[*rule].rule.meta.source;
        failures.push(format!(
            "{lane}: {source}: the engine says {:?}, {who} {:?}: {event}",
            verdict.get(rule),
            other.get(rule)
        ));
    }
}

/// Generated rules on generated events. A rule stands in its plan as it is, so that the engine meets shapes that no front end makes.
#[test]
fn generated_rules_get_one_verdict() {
    let rules = prop::collection::vec(ir::arbitrary::rule(), 1..6);
    let events = prop::collection::vec(ir::arbitrary::event(), 4..16);
    let default = ProptestConfig::default();
    let config = ProptestConfig { cases: default.cases.max(1_500), failure_persistence: None, ..default };
    let result = TestRunner::new(config).run(&(rules, events), |(rules, events)| {
        let rules: Vec<ir::Rule> =
            (0..).zip(rules).map(|(number, rule): (u32, ir::Rule)| numbered(rule, number)).collect();
        let plans = [
            plan::build("generated", rules.clone()),
            plan::build("generated", rules.into_iter().map(optimize::run).collect()),
        ];
        for scoping in [Scoping::Apply, Scoping::Ignore] {
            for plan in &plans {
                let bare = without_triggers(plan);
                let (mut session, mut bare) = (engine(plan, scoping).session(), engine(&bare, scoping).session());
                // sessions remember what values mean; the third time they rely on it
                for (event, round) in (0..3).flat_map(|round| events.iter().map(move |event| (event, round))) {
                    let text = event.to_string();
                    let expected = oracle(plan, 0..plan.rules.len(), event, scoping);
                    let explain = || explain(plan, event, scoping);
                    prop_assert_eq!(
                        &expected,
                        &alerts(&mut session, text.as_bytes()),
                        "the oracle, the engine: {}",
                        explain()
                    );
                    if round > 0 {
                        continue;
                    }
                    prop_assert_eq!(
                        &expected,
                        &alerts(&mut bare, text.as_bytes()),
                        "the oracle, the engine without triggers: {}",
                        explain()
                    );
                    let answers = &Answers(event);
                    prop_assert_eq!(
                        &expected,
                        &alerts_of(&mut session, answers),
                        "the oracle, the engine on an `Event`: {}",
                        explain()
                    );
                }
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Rules of a plan have to differ in something.
fn numbered(mut rule: ir::Rule, number: u32) -> ir::Rule {
    rule.meta.title = format!("Generated {number}");
    rule
}

fn explain(plan: &PackPlan, event: &Json, scoping: Scoping) -> String {
    let rules = plan
        .rules
        .iter()
        .map(|rule| format!("{}triggers {:?}\n{:?}\n", rule.rule, rule.triggers, eval(&rule.rule, event, scoping)));
    format!("{scoping:?} {event}\n{}", rules.collect::<String>())
}

/// What is recorded beside the project's own rules, everything asked of everything.
#[test]
fn bundled_events_get_one_verdict() {
    let folder = root().join("rules/sigma");
    let compilation = rules(std::slice::from_ref(&folder), &[]).compile("bundled");
    for path in sigil_tests::events::files(&folder, ".ndjson") {
        for event in sigil_tests::events::read(&path) {
            let event = String::from_utf8(event).expect("UTF-8");
            for scoping in [Scoping::Apply, Scoping::Ignore] {
                sigil_tests::verdicts::agreed(&compilation.plan, &event, scoping)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
        }
    }
}
