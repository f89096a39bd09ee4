//! Elastic's languages, case by case: a query or a rule, events that it matches, events that it misses.
//!
//! The project's own cases stand in `conformance_elastic/`, each with the sentence that it holds: a section of the public documentation of Elasticsearch or
//! Kibana by its title, or a decision of `docs/elastic.md` by its anchor. Elastic's own suites and rules are asked where they stand beside the checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use serde::Deserialize;
use sigil_compiler::diagnostic::Severity;
use sigil_compiler::elastic::ast::Language;
use sigil_compiler::ir::eval::Scoping;
use sigil_compiler::plan::PackPlan;
use sigil_compiler::{Compilation, Verdict};
use sigil_tests::cases::{check_decisions, read};
use sigil_tests::queries::{compile_rule, messages, rule_around, searched};
use sigil_tests::shared::{find, rules, say};
use sigil_tests::suites::{Ended, Recorded, Suite, ask, json_suite, respelled, toml_suite};
use sigil_tests::verdicts::{agreed_on_all, engine};
use toml::de::DeTable;

/// A case of `conformance_elastic/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// `D-...`, or a section of the documentation.
    cites: String,
    /// In which language the query is.
    language: Option<QueryLanguage>,
    /// The query.
    query: Option<String>,
    /// The field that `process where` tests, where it is not the usual one.
    category: Option<String>,
    /// Or a whole rule file.
    rule: Option<String>,
    /// A table of types beside the shipped one.
    schema: Option<String>,
    /// Events, a line each, that the rule matches.
    #[serde(default)]
    matches: String,
    /// Events that it does not match.
    #[serde(default)]
    misses: String,
    /// Events that it matches only where its index patterns are ignored.
    #[serde(default)]
    outside: String,
    /// How many alerts a rule that looks at several events tells of those in `matches`, as one stream.
    finds: Option<usize>,
    /// The code of the error that it is rejected with.
    rejected: Option<String>,
    /// The construct that is not supported.
    unsupported: Option<String>,
    /// The code of a warning; without it there is none.
    warns: Option<String>,
    /// Why the answer is another one for now. A case that holds must not say so.
    todo: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum QueryLanguage {
    Eql,
    Kql,
}

/// Why a case fails.
#[derive(Debug)]
enum Fault {
    /// Another answer than the case expects, or several: what `todo` excuses.
    Answer(String),
    /// The case is not well-formed.
    Broken(String),
}

/// Decisions without a case here, and why.
const ELSEWHERE: [(&str, &str); 0] = [];

#[test]
fn own_cases_hold() {
    let mut failures = Vec::new();
    let (mut count, mut excused) = (0, 0);
    for (file, cases) in own_cases() {
        for (at, case) in cases.iter().enumerate() {
            count += 1;
            let failure = match (check(case), &case.todo) {
                (Ok(()), None) => continue,
                (Err(Fault::Answer(reason)), Some(todo)) => {
                    excused += 1;
                    say(&format!("to do: {file}, case {}: {todo}: {reason}", at + 1));
                    continue;
                }
                (Ok(()), Some(todo)) => format!("it holds: remove `todo: {todo}`"),
                (Err(Fault::Answer(reason) | Fault::Broken(reason)), _) => reason,
            };
            failures.push(format!("{file}, case {} ({}): {failure}", at + 1, case.cites));
        }
    }
    say(&format!("{count} cases, {excused} of them to do"));
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
    assert!(count >= 150, "{count}");
}

#[test]
fn every_decision_has_a_case() {
    let cases = own_cases();
    let cited: BTreeSet<&str> = cases.iter().flat_map(|(_, cases)| cases).map(|case| case.cites.as_str()).collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(anchor, _)| *anchor).collect();
    check_decisions("docs/elastic.md", &cited, &elsewhere, 40);
}

fn own_cases() -> Vec<(String, Vec<Case>)> {
    read("conformance_elastic")
}

fn check(case: &Case) -> Result<(), Fault> {
    let schema = case.schema.as_deref();
    let query = match (case.language, &case.query, &case.rule) {
        (Some(language), Some(query), None) => {
            let language = match language {
                QueryLanguage::Eql => Language::Eql,
                QueryLanguage::Kql => Language::Kuery,
            };
            Some((language, query.as_str()))
        }
        (None, None, Some(_)) => None,
        _ => return Err(Fault::Broken("give either `language` and `query`, or `rule`".to_owned())),
    };
    let category = case.category.as_deref();
    let text = query.map(|(language, query)| rule_around(language, query, category)).or_else(|| case.rule.clone());
    let compilation = compile_rule(&text.unwrap_or_default(), schema);
    outcome(case, &compilation)?;
    said(case, &compilation)?;
    if let Some((language, query)) = query {
        let found = searched(language, query, category, schema);
        match (&compilation.outcomes.first().map(|outcome| &outcome.verdict), &found) {
            (Some(Verdict::Compiled), Some(Ok(plan))) => answers(case, plan)?,
            (Some(Verdict::Unsupported(feature)), Some(Err(same))) if feature == same => {}
            (Some(Verdict::Rejected(_)), None) => {}
            (verdict, found) => {
                let found = found.as_ref().map(|found| found.as_ref().map(|_| "a plan"));
                return Err(Fault::Answer(format!("the rule is {verdict:?}, but a search {found:?}")));
            }
        }
    }
    answers(case, &compilation.plan)?;
    found_in_all(case, &compilation.plan)
}

/// What a rule finds in all events that it matches is as much as the case says.
fn found_in_all(case: &Case, plan: &PackPlan) -> Result<(), Fault> {
    let Some(expected) = case.finds else { return Ok(()) };
    let mut session = engine(plan, Scoping::Apply).session();
    for event in case.matches.lines().filter(|line| !line.is_empty()) {
        session.process_json(event.as_bytes(), |_| ()).map_err(|error| Fault::Broken(format!("{event}: {error}")))?;
    }
    let mut found = Vec::new();
    session.finish(|alert| found.push(format!("{alert:?}")));
    if found.len() == expected {
        return Ok(());
    }
    Err(Fault::Answer(format!("it finds {}: {}", found.len(), found.join("; "))))
}

/// The rule ended as the case says.
fn outcome(case: &Case, compilation: &Compilation) -> Result<(), Fault> {
    let [outcome] = compilation.outcomes.as_slice() else {
        return Err(Fault::Broken(format!("there are {} rules", compilation.outcomes.len())));
    };
    let codes: Vec<&str> = compilation.diagnostics.as_slice().iter().map(|said| said.code.as_str()).collect();
    match (&outcome.verdict, &case.rejected, &case.unsupported) {
        (Verdict::Compiled, None, None) => Ok(()),
        (Verdict::Rejected(_), Some(code), None) if codes.contains(&code.as_str()) => Ok(()),
        (Verdict::Unsupported(feature), None, Some(expected)) if feature.to_string().contains(expected) => Ok(()),
        (verdict, ..) => Err(Fault::Answer(format!("it is {verdict:?}: {}", messages(compilation)))),
    }
}

/// What is said of the rule is what the case says.
fn said(case: &Case, compilation: &Compilation) -> Result<(), Fault> {
    let said = compilation.diagnostics.as_slice();
    let warned = said.iter().any(|said| said.severity == Severity::Warning);
    match &case.warns {
        Some(code) if !said.iter().any(|said| said.code.as_str() == code) => {
            Err(Fault::Answer(format!("{code} is not said, but {}", messages(compilation))))
        }
        None if warned && case.rejected.is_none() => Err(Fault::Answer(format!("it warns: {}", messages(compilation)))),
        _ => Ok(()),
    }
}

/// Every event is matched or missed as the case says. Index patterns only ever take events away.
fn answers(case: &Case, plan: &PackPlan) -> Result<(), Fault> {
    let lists = [(&case.matches, true, true), (&case.misses, false, false), (&case.outside, false, true)];
    for (events, applied, ignored) in lists {
        let events: Vec<&str> = events.lines().filter(|line| !line.is_empty()).collect();
        for (scoping, expected) in [(Scoping::Apply, applied), (Scoping::Ignore, ignored)] {
            let found = agreed_on_all(plan, &events, scoping).map_err(Fault::Answer)?;
            if let Some((event, _)) = events.iter().zip(&found).find(|(_, alerts)| alerts.is_empty() == expected) {
                let does = if expected { "does not match" } else { "matches" };
                return Err(Fault::Answer(format!("{event} {does} ({scoping:?})")));
            }
        }
    }
    Ok(())
}

/// Whether a query needs more than one event, by its text: its first word, or a bar outside of quotes.
fn needs_more_than_one_event(query: &str) -> bool {
    let first = query.split_whitespace().next().unwrap_or_default();
    let outside = query.split('"').step_by(2);
    ["sequence", "sample", "join"].contains(&first) || outside.into_iter().any(|part| part.contains('|'))
}

/// Asks a suite; `left_out` are names of queries that need not hold. Says how it went, and returns what is wrong.
fn ask_all(title: &str, suites: &[Suite], recorded: &Recorded, left_out: &BTreeMap<&str, &str>) -> Vec<String> {
    let (mut held, mut skipped, mut unsupported) = (0, BTreeMap::new(), BTreeMap::new());
    let mut wrong = Vec::new();
    for suite in suites {
        let ended = ask(suite, recorded);
        let Suite { name, query, .. } = suite;
        match (&ended, left_out.get(name.as_str())) {
            (Ended::Held, None) => held += 1,
            (Ended::Held, Some(reason)) => wrong.push(format!("{name} holds, but is left out ({reason}): {query}")),
            (Ended::Failed(_), Some(reason)) => *skipped.entry(*reason).or_insert(0) += 1,
            (Ended::Failed(reason), None) => wrong.push(format!("{name}: {reason}: {query}")),
            (Ended::Unsupported(feature), None) if needs_more_than_one_event(query) => {
                *unsupported.entry(feature.to_string()).or_insert(0) += 1;
            }
            (Ended::Unsupported(feature), _) => wrong.push(format!("{name} ends as {feature}: {query}")),
        }
        if needs_more_than_one_event(query) && ended == Ended::Held {
            wrong.push(format!("{name} needs more than one event: {query}"));
        }
    }
    say(&format!("{title}: {} queries, {held} hold, unsupported {unsupported:?}, left out {skipped:?}", suites.len()));
    let unknown = left_out.keys().filter(|name| !suites.iter().any(|suite| suite.name == **name));
    wrong.extend(unknown.map(|name| format!("{name} is left out, but there is no such query")));
    wrong
}

#[test]
fn queries_of_elasticsearch_find_what_they_should() {
    let test = "queries_of_elasticsearch_find_what_they_should";
    let (Some(path), Some(recorded)) =
        (find(test, "conformance/eql/additional_test_queries.toml"), Recorded::of_endgame(test))
    else {
        return;
    };
    let wrong = ask_all("additional queries", &toml_suite(&path), &recorded, &BTreeMap::new());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn queries_about_optional_fields_find_what_they_should() {
    let test = "queries_about_optional_fields_find_what_they_should";
    let (Some(path), Some(events)) =
        (find(test, "conformance/eql/test_extra.json"), find(test, "conformance/eql/extra.jsonl"))
    else {
        return;
    };
    let text = fs::read_to_string(events).expect("events");
    let mut events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    // as the suite's mapping says (`null_value`): Elasticsearch sees this text where the event has null
    for event in &mut events {
        if let Some(value) = event.get_mut("optional_field_default_null").filter(|value| value.is_null()) {
            *value = "NULL".into();
        }
    }
    let wrong = ask_all("extra queries", &json_suite(&path), &Recorded::new(&events, "sequence"), &BTreeMap::new());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn queries_about_missing_events_are_read() {
    let test = "queries_about_missing_events_are_read";
    let (Some(path), Some(recorded)) =
        (find(test, "conformance/eql/test_missing_events.json"), Recorded::of_endgame(test))
    else {
        return;
    };
    let wrong = ask_all("missing events", &json_suite(&path), &recorded, &BTreeMap::new());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Queries of the older language that mean something else today, or nothing, by their places in the file.
const OLDER: [(&str, &[u32]); 6] = [
    (
        "texts were compared without regard to case",
        &[
            29, 38, 39, 40, 41, 65, 167, 168, 170, 171, 172, 174, 176, 181, 183, 186, 189, 192, 203, 204, 218, 228,
            229, 232, 240,
        ],
    ),
    (
        "`descendant of`, `child of` and `event of` are no more",
        &[56, 57, 58, 124, 125, 126, 127, 128, 129, 130, 132, 134],
    ),
    ("`fork` is no more", &[143]),
    ("arguments of pipes stood without commas", &[50, 52, 67, 68, 70, 71, 147, 148, 149, 150]),
    ("elements of lists cannot be asked for by their places", &[53, 153, 154, 155, 158, 159, 160]),
    (
        "the function is no more",
        &[
            151, 152, 156, 157, 161, 162, 163, 164, 165, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214, 215, 216,
            217, 219, 220, 221,
        ],
    ),
];

#[test]
fn queries_of_the_older_language_that_still_mean_the_same_hold() {
    let test = "queries_of_the_older_language_that_still_mean_the_same_hold";
    let (Some(path), Some(recorded)) =
        (find(test, "conformance/eql/endgame_test_queries.toml"), Recorded::of_endgame(test))
    else {
        return;
    };
    let mut suites = toml_suite(&path);
    suites.iter_mut().for_each(|suite| suite.query = respelled(&suite.query));
    let names: Vec<(String, &str)> =
        OLDER.iter().flat_map(|(reason, places)| places.iter().map(|place| (place.to_string(), *reason))).collect();
    let left_out: BTreeMap<&str, &str> = names.iter().map(|(name, reason)| (name.as_str(), *reason)).collect();
    assert_eq!(left_out.len(), names.len(), "every query has one reason");
    let wrong = ask_all("older queries", &suites, &recorded, &left_out);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What becomes of a rule of the corpus, by its text alone.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Compiled,
    Unsupported(String),
}

fn kind_of(text: &str) -> Kind {
    let table = DeTable::parse(text).expect("TOML");
    let rule = table.get_ref().get("rule").and_then(|rule| rule.get_ref().as_table()).expect("a rule");
    let field = |key: &str| rule.get(key).and_then(|value| value.get_ref().as_str()).unwrap_or_default();
    match field("type") {
        "query" | "machine_learning" | "esql" | "new_terms" | "threshold" | "threat_match" => Kind::Compiled,
        "eql" => {
            let query = field("query").lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('/'));
            match query.and_then(|line| line.split_whitespace().next()).unwrap_or_default() {
                word @ ("sequence" | "sample" | "join") => Kind::Unsupported(format!("EQL `{word}`")),
                _ => Kind::Compiled,
            }
        }
        other => Kind::Unsupported(format!("rule type `{other}`")),
    }
}

#[test]
fn every_rule_of_elastic_has_an_outcome() {
    let Some(folder) = find("every_rule_of_elastic_has_an_outcome", "corpus/elastic") else { return };
    let start = Instant::now();
    let loaded = rules(&[folder], &[]);
    let read = start.elapsed();
    let compilation = loaded.compile("elastic");
    let compiled = start.elapsed();
    let files: Vec<(&str, &str)> =
        loaded.sources.iter().map(|(_, source)| (source.path.as_str(), source.text.as_str())).collect();
    say(&format!("{} rules of Elastic: read in {read:.2?}, compiled in {compiled:.2?} with that", files.len()));
    assert_eq!(compilation.outcomes.len(), files.len());
    let mut counts = BTreeMap::new();
    for (outcome, (path, text)) in compilation.outcomes.iter().zip(&files) {
        assert_eq!(outcome.path, *path);
        let ended = match &outcome.verdict {
            Verdict::Compiled => Kind::Compiled,
            Verdict::Unsupported(feature) => Kind::Unsupported(feature.to_string()),
            Verdict::Rejected(reason) => panic!("{path} is rejected: {reason}"),
        };
        assert_eq!(ended, kind_of(text), "{path}");
        *counts.entry(ended).or_insert(0) += 1;
    }
    say(&format!("{counts:?}"));
    assert_eq!(counts.get(&Kind::Compiled), Some(&compilation.plan.rules.len()));
    let limit = if cfg!(debug_assertions) { Duration::from_secs(20) } else { Duration::from_secs(2) };
    assert!(compiled < limit, "{compiled:.2?}");
}
