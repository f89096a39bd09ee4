//! A session remembers which rules a value makes candidates, and which of them it refutes: that must change no verdict.

use std::collections::BTreeSet;

use sigil_compiler::ir::eval::{Json, Scoping};
use sigil_tests::verdicts::{alerts, compile_texts, engine, oracle};

/// Rules whose fields decide together, alone, by absence, as arrays, and by numbers.
const DETECTIONS: [&str; 9] = [
    "one: {F: one, G|contains: alpha}\n  two: {F: none, G|contains: beta}\n  condition: one or two",
    "one: {F|endswith: ne}\n  filter: {F|startswith: on}\n  condition: one and not filter",
    "one: {F|endswith: ne}\n  filter: {G: null}\n  condition: one and not filter",
    "one: {F|contains: '*'}\n  filter: {F|re: 'n.n', G|exists: false}\n  condition: one and not filter",
    "one: {F|fieldref: G}\n  condition: one",
    "one: [alpha, none]\n  filter: {F: one}\n  condition: one and not filter",
    "one: {G|contains: [alpha, beta]}\n  filter: {F|all|contains: [o, e]}\n  condition: one and not filter",
    "one: {G: [1, alpha]}\n  filter: {G|lt: 5}\n  condition: one and not filter",
    "one: {F|cased: One}\n  two: {F: one}\n  condition: two and not one",
];

/// The number of events, its square, has no prime factors but 11.
const VALUES: [&str; 11] = [
    "",
    "null",
    "\"one\"",
    "\"One\"",
    "\"none\"",
    "\"alpha\"",
    "\"beta\"",
    "1",
    "[\"one\",\"two\"]",
    "[\"alpha\",\"beta\",7]",
    "{\"a\":\"alpha\"}",
];

/// Of a field that only keywords are looked for in: plain, spelled otherwise, longer than what is copied at once, at the end of the event.
const OTHERS: [&str; 7] = [
    "0",
    "\"alpha\"",
    "\"\\u0061lpha\"",
    "\"none of it\\n\"",
    "\"----------------------------------------------------------------alpha\"",
    "\"alph\",\"x\":\"a\"",
    "\"no\",\"y\":\"ne\",\"z\":\"------------------------------------------------------------------------------------------\"",
];

#[test]
fn what_a_session_remembers_changes_no_verdict() {
    let files: Vec<(String, String)> = (0..)
        .zip(DETECTIONS)
        .map(|(number, detection)| {
            let text = format!("title: Rule {number}\nlogsource: {{category: test}}\ndetection:\n  {detection}\n");
            (format!("{number}.yml"), text)
        })
        .collect();
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let plan = compile_texts(&texts).plan;
    assert_eq!(plan.rules.len(), DETECTIONS.len());

    let member = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!(",\"{name}\":{value}"),
    };
    let events: Vec<String> = VALUES
        .iter()
        .flat_map(|f| VALUES.iter().map(move |g| (f, g)))
        .zip(OTHERS.iter().cycle())
        .map(|((f, g), other)| format!("{{\"id\":{other}{}{}}}", member("F", f), member("G", g)))
        .collect();
    let expected: Vec<_> = events
        .iter()
        .map(|event| {
            let event: Json = event.parse().expect("JSON");
            oracle(&plan, 0..plan.rules.len(), &event, Scoping::Ignore)
        })
        .collect();
    let fired: BTreeSet<usize> = expected.iter().flat_map(|alerts| alerts.keys().copied()).collect();
    assert_eq!(fired.len(), DETECTIONS.len(), "each rule matches something");

    let count = events.len();
    // each step visits all events, in another order
    for step in [1, 2, 7, 31, 60, 97, count - 1] {
        assert_ne!(step % VALUES.len(), 0);
        let mut session = engine(&plan, Scoping::Ignore).session();
        for number in 0..count * 5 {
            let at = number * step % count;
            assert_eq!(alerts(&mut session, events[at].as_bytes()), expected[at], "{} at {number}", events[at]);
        }
    }
}
