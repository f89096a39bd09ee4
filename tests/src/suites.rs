//! Elastic's own suites of queries in EQL, which are no part of the project: queries, events, and which of them a query finds.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use sigil_compiler::Verdict;
use sigil_compiler::elastic::ast::Language;
use sigil_compiler::ir::Feature;
use sigil_compiler::ir::eval::Scoping;
use sigil_compiler::plan::PackPlan;
use toml::de::{DeTable, DeValue};

use crate::queries::{compile_rule, messages, rule_around, searched};
use crate::shared::find;
use crate::verdicts::agreed_on_all;

/// A query of a suite.
#[derive(Debug)]
pub struct Suite {
    /// What the suite calls it: a name, or its place counted from 1.
    pub name: String,
    /// The query.
    pub query: String,
    /// The events that it finds.
    pub expected: BTreeSet<i64>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
    query: String,
    expected_event_ids: Vec<i64>,
}

/// A suite in TOML, whose queries may have no names.
///
/// # Panics
/// If it cannot be read.
pub fn toml_suite(path: &Path) -> Vec<Suite> {
    let text = fs::read_to_string(path).expect("a suite");
    let table = DeTable::parse(&text).expect("TOML");
    let queries = table.get_ref().get("queries").and_then(|list| list.get_ref().as_array()).expect("queries");
    let suite = |(query, number): (&toml::Spanned<DeValue<'_>>, usize)| {
        let field = |key: &str| query.get_ref().as_table().and_then(|query| query.get(key)).map(toml::Spanned::get_ref);
        let ids = field("expected_event_ids").and_then(DeValue::as_array).expect("ids");
        let id = |id: &toml::Spanned<DeValue<'_>>| {
            id.get_ref().as_integer().and_then(|id| id.as_str().parse().ok()).expect("an id")
        };
        Suite {
            name: field("name").and_then(DeValue::as_str).map_or_else(|| number.to_string(), str::to_owned),
            query: field("query").and_then(DeValue::as_str).expect("a query").to_owned(),
            expected: ids.iter().map(id).collect(),
        }
    };
    queries.iter().zip(1..).map(suite).collect()
}

/// A suite in JSON.
///
/// # Panics
/// If it cannot be read.
pub fn json_suite(path: &Path) -> Vec<Suite> {
    let text = fs::read_to_string(path).expect("a suite");
    let queries: Vec<Named> = serde_json::from_str(&text).expect("queries");
    let suite = |named: Named| Suite {
        name: named.name,
        query: named.query,
        expected: named.expected_event_ids.into_iter().collect(),
    };
    queries.into_iter().map(suite).collect()
}

/// Events with the numbers by which suites name them.
#[derive(Debug)]
pub struct Recorded {
    texts: Vec<String>,
    ids: Vec<i64>,
}

impl Recorded {
    /// Events whose numbers stand in the field `id`.
    ///
    /// # Panics
    /// If one has no number.
    pub fn new(events: &[serde_json::Value], id: &str) -> Self {
        let ids = events.iter().map(|event| event[id].as_i64().expect("an id")).collect();
        Self { texts: events.iter().map(ToString::to_string).collect(), ids }
    }

    /// The events that most suites are over, if they stand beside the checkout.
    ///
    /// # Panics
    /// If they cannot be read.
    pub fn of_endgame(test: &str) -> Option<Self> {
        let text = fs::read_to_string(find(test, "conformance/eql/test_data.json")?).expect("events");
        Some(Self::new(&serde_json::from_str::<Vec<_>>(&text).expect("events"), "serial_event_id"))
    }

    fn found(&self, plan: &PackPlan) -> Result<BTreeSet<i64>, String> {
        let events: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let found = agreed_on_all(plan, &events, Scoping::Apply)?;
        Ok(self.ids.iter().zip(found).filter(|(_, alerts)| !alerts.is_empty()).map(|(id, _)| *id).collect())
    }
}

/// What became of a query of a suite.
#[derive(Debug, PartialEq)]
pub enum Ended {
    /// It finds the events that it should, as a rule and as a search.
    Held,
    /// It needs more than one event.
    Unsupported(Feature),
    /// It finds others, or has an error.
    Failed(String),
}

/// Asks every way to answer.
pub fn ask(suite: &Suite, recorded: &Recorded) -> Ended {
    let category = Some("event_type");
    let compilation = compile_rule(&rule_around(Language::Eql, &suite.query, category), None);
    let verdict = compilation.outcomes.first().map(|outcome| &outcome.verdict);
    let plans = match (searched(Language::Eql, &suite.query, category, None), verdict) {
        (None, Some(Verdict::Rejected(_))) => return Ended::Failed(messages(&compilation)),
        (Some(Err(feature)), Some(Verdict::Unsupported(same))) if feature == *same => {
            return Ended::Unsupported(feature);
        }
        (Some(Ok(plan)), Some(Verdict::Compiled)) => [plan, compilation.plan],
        (found, verdict) => {
            let found = found.map(|found| found.map(|_| "a plan"));
            return Ended::Failed(format!("the rule is {verdict:?}, but a search {found:?}"));
        }
    };
    for plan in plans {
        match recorded.found(&plan) {
            Err(reason) => return Ended::Failed(reason),
            Ok(found) if found != suite.expected => {
                let missed: Vec<_> = suite.expected.difference(&found).collect();
                let more: Vec<_> = found.difference(&suite.expected).collect();
                return Ended::Failed(format!("it misses {missed:?} and finds {more:?} besides"));
            }
            Ok(_) => {}
        }
    }
    Ended::Held
}

/// A query of the older language in the spelling of today: strings in double quotes, `==` for `=`, and `:` where a string with a `*` follows.
pub fn respelled(query: &str) -> String {
    let mut today = String::with_capacity(query.len());
    let mut string: Option<(char, usize)> = None;
    let mut chars = query.chars().peekable();
    while let Some(c) = chars.next() {
        let sets = || ["maxspan", "fork"].iter().any(|word| today.ends_with(word));
        match (c, string) {
            ('"' | '\'', Some((quote, start))) if quote == c => {
                let before = today[..start].trim_end();
                if let Some(field) = before.strip_suffix("==")
                    && today[start..].contains('*')
                {
                    today = format!("{field} : {}", &today[start..]);
                }
                today.push('"');
                string = None;
            }
            ('"' | '\'', None) => {
                string = Some((c, today.len()));
                today.push('"');
            }
            ('=', None) if !today.ends_with(['=', '!', '<', '>']) && chars.peek() != Some(&'=') && !sets() => {
                today.push_str("==");
            }
            _ => today.push(c),
        }
    }
    today
}
