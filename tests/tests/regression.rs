//! Recorded attacks: each public rule that comes with a recording fires on it, from JSON and from the Windows event log.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use sigil_compiler::ir::eval::Scoping;
use sigil_tests::events::{files, read};
use sigil_tests::shared::{find, rules, say};
use sigil_tests::verdicts::engine;

#[derive(Debug, Deserialize)]
struct Info {
    rule_metadata: Vec<RuleName>,
    #[serde(default)]
    regression_tests_info: Vec<Recording>,
}

#[derive(Debug, Deserialize)]
struct RuleName {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Recording {
    #[serde(default)]
    match_count: Option<usize>,
    path: String,
}

/// Recordings of rules that are no longer what they were when the recording was made, with the reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

#[test]
fn recorded_attacks_are_found() {
    let Some(corpus) = find("recorded_attacks_are_found", "corpus/sigmahq") else { return };
    let folders = ["rules", "rules-emerging-threats", "rules-threat-hunting"].map(|folder| corpus.join(folder));
    let compilation = rules(&folders, &[]).compile("corpus");
    let engines = [Scoping::Apply, Scoping::Ignore].map(|scoping| engine(&compilation.plan, scoping));
    let places: BTreeMap<&str, usize> =
        (0..).zip(&compilation.plan.rules).filter_map(|(at, rule)| Some((rule.rule.meta.id.as_deref()?, at))).collect();

    let mut failures = Vec::new();
    let (mut cases, mut pairs, mut events) = (0, [0, 0], 0);
    for info in files(&corpus.join("regression_data"), "info.yml") {
        let text = fs::read_to_string(&info).expect("info.yml");
        let info: Info = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", info.display()));
        for recording in &info.regression_tests_info {
            for end in ["json", "evtx"] {
                let path = corpus.join(Path::new(&recording.path)).with_extension(end);
                let recorded = read(&path);
                cases += 1;
                events += recorded.len();
                let mut counts = [BTreeMap::new(), BTreeMap::new()];
                for (engine, counts) in engines.iter().zip(&mut counts) {
                    let mut session = engine.session();
                    for event in &recorded {
                        session
                            .process_json(event, |alert| *counts.entry(alert.rule_index()).or_insert(0) += 1)
                            .expect("an event");
                    }
                }
                for (pairs, counts) in pairs.iter_mut().zip(&counts) {
                    *pairs += counts.values().sum::<usize>();
                }
                for RuleName { id } in &info.rule_metadata {
                    let place = places.get(id.as_str()).unwrap_or_else(|| panic!("no rule {id}"));
                    let found = counts[0].get(place).copied().unwrap_or(0);
                    let wanted = recording.match_count.unwrap_or(1);
                    if found < wanted && !EXCEPTIONS.iter().any(|(exception, _)| exception == id) {
                        let plan = &compilation.plan.rules[*place];
                        failures.push(format!(
                            "{} ({}): {found} of {wanted} in {}",
                            plan.rule.meta.title,
                            id,
                            path.display()
                        ));
                    }
                }
            }
        }
    }
    say(&format!("{cases} recordings, {events} events: {} alerts, {} with log sources ignored", pairs[0], pairs[1]));
    assert!(failures.is_empty(), "{} recordings are missed:\n{}", failures.len(), failures.join("\n"));
}
