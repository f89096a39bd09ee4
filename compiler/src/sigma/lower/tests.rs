//! Rules through a small YAML reader of their own: what is tested is their meaning, not the front end.

use indexmap::IndexMap;
use serde_yaml::Value as Yaml;

use super::{Lowered, lower, merge_variants};
use crate::diagnostic::Diagnostics;
use crate::ir;
use crate::ir::eval::{Json, Scoping, eval};
use crate::sigma::ast::{self, Condition, Count, Item, ItemBody, Modifier, Names, Search, Value};
use crate::source::{FileId, Span, Spanned};

const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, NOWHERE)
}

/// A rule from its `detection` and, where that holds none, a condition (`sel` by default).
fn rule(detection: &str, condition: Option<&str>, version: u32) -> ast::Rule {
    let yaml: Yaml = serde_yaml::from_str(detection).expect("valid YAML");
    let mut detection = read_detection(&yaml);
    if detection.conditions.is_empty() {
        detection.conditions = vec![at(read_condition(condition.unwrap_or("sel")))];
        detection.condition_texts = vec![condition.unwrap_or("sel").to_owned()];
    }
    let meta = ast::Meta { title: "Test".to_owned(), ..ast::Meta::default() };
    ast::Rule { meta, version, logsource: ast::LogSource::default(), detection, span: NOWHERE }
}

fn read_detection(yaml: &Yaml) -> ast::Detection {
    let mut selections = IndexMap::new();
    let mut texts = Vec::new();
    for (key, value) in yaml.as_mapping().expect("a map") {
        match (key.as_str().expect("a name"), value) {
            ("condition", Yaml::Sequence(list)) => texts.extend(list.iter().map(|text| text.as_str().expect("a condition").to_owned())),
            ("condition", text) => texts.push(text.as_str().expect("a condition").to_owned()),
            (name, search) => drop(selections.insert(name.to_owned(), at(read_search(search)))),
        }
    }
    ast::Detection { selections, conditions: texts.iter().map(|text| at(read_condition(text))).collect(), condition_texts: texts, timeframe: None }
}

fn read_search(yaml: &Yaml) -> Search {
    match yaml {
        Yaml::Mapping(map) => Search::Map(map.iter().map(|(key, value)| read_item(key.as_str().expect("a key"), value)).collect()),
        Yaml::Sequence(list) => Search::List(list.iter().map(|member| at(read_search(member))).collect()),
        scalar => Search::Keyword(read_value(scalar)),
    }
}

fn read_item(key: &str, body: &Yaml) -> Item {
    let mut parts = key.split('|');
    let field = parts.next().filter(|name| !name.is_empty()).map(|name| at(name.to_owned()));
    let modifiers = parts.map(|name| at(Modifier::from_name(name).expect("a modifier"))).collect();
    let body = match body {
        Yaml::Mapping(map) if map.contains_key("condition") => ItemBody::Block(Box::new(read_detection(body))),
        Yaml::Mapping(map) => ItemBody::Elements(map.iter().map(|(key, value)| read_item(key.as_str().expect("a key"), value)).collect()),
        Yaml::Sequence(list) => ItemBody::Values { values: list.iter().map(|value| at(read_value(value))).collect(), list: true },
        scalar => ItemBody::Values { values: vec![at(read_value(scalar))], list: false },
    };
    Item { field, modifiers, body, span: NOWHERE }
}

fn read_value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(*value),
        Yaml::String(text) => Value::String(text.clone()),
        Yaml::Number(number) => match number.to_string().parse() {
            Ok(int) => Value::Int(int),
            Err(_) => Value::Float(number.as_f64().expect("a number")),
        },
        other => panic!("not a scalar: {other:?}"),
    }
}

fn read_condition(text: &str) -> Condition {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let condition = read_or(&mut words);
    assert_eq!(words.next(), None, "{text}");
    condition
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn read_or(words: &mut Words<'_>) -> Condition {
    let mut members = vec![read_and(words)];
    while words.next_if(|word| word.eq_ignore_ascii_case("or")).is_some() {
        members.push(read_and(words));
    }
    if members.len() == 1 { members.remove(0) } else { Condition::Or(members) }
}

fn read_and(words: &mut Words<'_>) -> Condition {
    let mut members = vec![read_not(words)];
    while words.next_if(|word| word.eq_ignore_ascii_case("and")).is_some() {
        members.push(read_not(words));
    }
    if members.len() == 1 { members.remove(0) } else { Condition::And(members) }
}

fn read_not(words: &mut Words<'_>) -> Condition {
    match words.next().expect("a word") {
        "not" => Condition::Not(Box::new(read_not(words))),
        "(" => {
            let inner = read_or(words);
            assert_eq!(words.next(), Some(")"));
            inner
        }
        count if words.peek() == Some(&"of") => {
            words.next();
            let of = words.next().expect("a name");
            Condition::Of {
                count: count.parse().map_or(Count::All, Count::AtLeast),
                of: at(if of == "them" { Names::Them } else { Names::Pattern(of.to_owned()) }),
            }
        }
        name => Condition::Name(at(name.to_owned())),
    }
}

fn lowered(detection: &str, condition: Option<&str>, version: u32) -> (Lowered, Diagnostics) {
    let mut diags = Diagnostics::new();
    (lower(&rule(detection, condition, version), "test.yml", &mut diags), diags)
}

fn compiled(detection: &str, condition: Option<&str>, version: u32) -> ir::Rule {
    match lowered(detection, condition, version) {
        (Lowered::Rule(rule), _) => *rule,
        other => panic!("{detection}: {other:?}"),
    }
}

fn matches(rule: &ir::Rule, event: &str) -> bool {
    let event: Json = event.parse().expect("valid JSON");
    eval(rule, &event, Scoping::Apply).matched
}

/// Every visible case of the shared conformance file, where it is there.
#[test]
fn conformance_cases_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/conformance/sigma_cases.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: no conformance cases at {path}");
        return;
    };
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("valid JSON");
    let mut wrong = Vec::new();
    for case in &cases {
        let text = |key: &str| case.get(key).and_then(serde_json::Value::as_str);
        let detection = text("detection").expect("a detection");
        let outcome = match lowered(detection, text("condition"), 2) {
            (Lowered::Rule(rule), _) => matches(&rule, &case["event"].to_string()),
            other => {
                wrong.push(format!("{}: {other:?}", case["id"]));
                continue;
            }
        };
        if Some(outcome) != case["expect"].as_bool() {
            wrong.push(format!("{}: {outcome}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
