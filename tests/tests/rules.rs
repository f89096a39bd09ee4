//! The project's own rules on the events beside them: `expect` says whether the rule of the same name alerts. The events
//! of a file are one stream: a rule that looks at several events sees them together, and an event alerts if it is behind something that the rule found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sigil_compiler::ir::eval::Scoping;
use sigil_runtime::Engine;
use sigil_tests::events::files;
use sigil_tests::shared::{root, rules};
use sigil_tests::verdicts::engine;

/// By event: titles of the rules that alert, with their selections. Of a stateful rule, every event behind what it found.
fn alerts(engine: &Engine, events: &str) -> Vec<BTreeSet<(String, Vec<String>)>> {
    let mut found = vec![BTreeSet::new(); events.lines().count()];
    let mut session = engine.session();
    let mut note = |alert: &sigil_runtime::Alert<'_>| {
        assert_eq!(alert.event_count(), alert.events().len() as u64, "every event is told");
        for event in alert.events() {
            let at = usize::try_from(*event).expect("a number");
            found[at].insert((alert.rule().title.to_string(), alert.selections().map(str::to_owned).collect()));
        }
    };
    for event in events.lines() {
        session.process_json(event.as_bytes(), &mut note).expect("an event");
    }
    session.finish(&mut note);
    found
}

fn in_process() -> Engine {
    let folders = ["rules/sigma", "rules/elastic"].map(|folder| root().join(folder));
    engine(&rules(&folders, &[]).compile("packs").plan, Scoping::Apply)
}

fn recorded() -> Vec<PathBuf> {
    let folders = ["rules/sigma", "rules/elastic"].map(|folder| files(&root().join(folder), ".events.ndjson"));
    assert!(folders.iter().all(|found| !found.is_empty()));
    folders.concat()
}

/// The title of the rule that these events stand beside.
fn title(events: &Path) -> String {
    let beside = |end: &str| fs::read_to_string(events.to_string_lossy().replace(".events.ndjson", end));
    if let Ok(text) = beside(".toml") {
        let line = text.lines().find_map(|line| line.strip_prefix("name = "));
        return line.expect("a name").trim_matches('"').to_owned();
    }
    let rule: serde_yaml::Value = serde_yaml::from_str(&beside(".yml").expect("a rule")).expect("YAML");
    rule["title"].as_str().expect("a title").to_owned()
}

#[test]
fn rules_alert_where_their_events_say_so() {
    let engine = in_process();
    let mut failures = Vec::new();
    for path in recorded() {
        let rule = title(&path);
        let text = fs::read_to_string(&path).expect("events");
        let (mut expected_alerts, mut expected_silence) = (0, 0);
        for ((line, alerts), number) in text.lines().zip(alerts(&engine, &text)).zip(1..) {
            let event: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{}:{number}: {error}", path.display()));
            let expected = match event["expect"].as_str() {
                Some("alert") => true,
                Some("none") => false,
                other => panic!("{}:{number}: expect {other:?}", path.display()),
            };
            *if expected { &mut expected_alerts } else { &mut expected_silence } += 1;
            if alerts.iter().any(|(title, _)| *title == rule) != expected {
                failures.push(format!("{}:{number}: expects {}: {}", path.display(), event["expect"], event["note"]));
            }
        }
        assert!(expected_alerts > 0 && expected_silence > 0, "{} tests one side only", path.display());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_generated_pack_says_the_same() {
    let (in_process, generated) = (in_process(), Engine::new(&[sigil_packs::pack()]).expect("the pack links"));
    for path in recorded() {
        let text = fs::read_to_string(&path).expect("events");
        assert_eq!(alerts(&in_process, &text), alerts(&generated, &text), "{}", path.display());
    }
}

/// What the README's first command shows.
#[test]
fn the_recorded_attack_is_seen_by_every_kind_of_rule() {
    let generated = Engine::new(&[sigil_packs::pack()]).expect("the pack links");
    let events = fs::read_to_string(root().join("rules/web_server_attack.ndjson")).expect("events");
    let found = alerts(&generated, &events);
    assert_eq!(found, alerts(&in_process(), &events));
    let seen = |title: &str| -> Vec<usize> {
        let lines = found.iter().zip(1..);
        lines.filter(|(alerts, _)| alerts.iter().any(|alert| alert.0 == title)).map(|(_, line)| line).collect()
    };
    assert_eq!(seen("Web Server Spawns Shell Running Suspicious Commands"), [7, 8, 10, 17]);
    assert_eq!(seen("Web Server in a Container Runs a Suspicious Shell Command"), [17]);
    assert_eq!(seen("Unusual Process From Web Server Parent"), [11, 14, 15]);

    let mut told = BTreeSet::new();
    let mut session = generated.session();
    let mut note = |alert: &sigil_runtime::Alert<'_>| {
        let level = alert.rule().level.map(sigil_runtime::pack::Level::as_str).unwrap_or_default();
        told.insert(format!("{} {level:<13} {}", alert.timestamp().unwrap_or_default(), alert.rule().title));
    };
    for event in events.lines() {
        session.process_json(event.as_bytes(), &mut note).expect("an event");
    }
    session.finish(note);
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let shown: Vec<&str> = readme.lines().filter(|line| line.starts_with("2026-11-23T")).collect();
    assert_eq!(shown.len(), 3, "an alert of each kind of rule");
    for line in shown {
        assert!(told.iter().any(|alert| line.starts_with(&format!("{alert}  "))), "{line}: {told:#?}");
    }
}
