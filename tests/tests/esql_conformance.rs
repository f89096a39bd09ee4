//! ES|QL, case by case: a query, events, and the table that it makes of them.
//!
//! The project's own cases stand in `conformance_esql/`, each with the section of Elasticsearch's documentation that it holds. A part of Elasticsearch's own cases
//! is run where it stands beside the checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use sigil_compiler::elastic::esql::catalog::{self, Param, aggregate};
use sigil_compiler::query::{Found, print};
use sigil_runtime::table::Type;
use sigil_runtime::table::expr::Warnings;
use sigil_tests::events::files;
use sigil_tests::shared::{find, root, say};
use sigil_tests::tables::{Refused, World, run};

/// A file of cases.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    /// Events of every case that has none of its own, a line each.
    #[serde(default)]
    events: String,
    /// Types of fields.
    #[serde(default)]
    schema: String,
    /// Scalar functions.
    #[serde(default)]
    function: Vec<Examples>,
    /// Aggregate functions.
    #[serde(default)]
    aggregate: Vec<Examples>,
    /// Whole queries.
    #[serde(default)]
    case: Vec<Case>,
}

/// What a function gives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Examples {
    /// Its name, in lower case.
    name: String,
    /// The section of the documentation.
    source: String,
    /// An expression, the type of its value, and the value as Elasticsearch's `csv` shows it; then the warnings, if there are any.
    values: Vec<Vec<String>>,
    /// An expression, and a part of what is said of it.
    #[serde(default)]
    errors: Vec<(String, String)>,
}

/// A query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    source: String,
    query: String,
    events: Option<String>,
    #[serde(default)]
    tables: BTreeMap<String, String>,
    #[serde(default)]
    answers: bool,
    /// The table as `--format csv` prints it.
    table: Option<String>,
    /// Or a part of what is said.
    error: Option<String>,
    /// Or what is not supported.
    unsupported: Option<String>,
    #[serde(default)]
    warnings: String,
}

/// Functions that the analysis knows by itself.
const SPECIAL: [&str; 2] = ["case", "coalesce"];

fn own_cases() -> Vec<(String, Cases)> {
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).expect("a file");
        let cases = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, cases)
    };
    files(&root().join("tests/conformance_esql"), ".toml").iter().map(read).collect()
}

/// `multi_value 2, other 1`
fn warned(warnings: &Warnings) -> String {
    let Warnings { multi_value, overflow, division, conversion, other } = warnings;
    let kinds = [
        ("multi_value", multi_value),
        ("overflow", overflow),
        ("division", division),
        ("conversion", conversion),
        ("other", other),
    ];
    let told = kinds.iter().filter(|(_, count)| **count > 0).map(|(kind, count)| format!("{kind} {count}"));
    told.collect::<Vec<_>>().join(", ")
}

fn refused(refused: &Refused) -> String {
    match refused {
        Refused::Wrong(said) => said.clone(),
        Refused::Unsupported(feature) => format!("unsupported: {feature}"),
    }
}

/// What is wrong with the values of a function; `before` makes rows of it.
fn check_values(of: &Examples, before: &str, world: &World<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in &of.values {
        let (expression, expected) = match line.as_slice() {
            [expression, kind, value] => (expression, format!("{kind} {value}")),
            [expression, kind, value, warnings] => (expression, format!("{kind} {value} ({warnings})")),
            _ => {
                wrong.push(format!("{line:?} is no expression with a type and a value"));
                continue;
            }
        };
        let found = match run(&format!("{before} x = {expression}"), world) {
            Ok(found) => {
                let kind = found.columns.last().map(|(_, kind)| kind.to_string()).unwrap_or_default();
                let values: Vec<String> =
                    found.rows.iter().filter_map(|row| row.last()).map(ToString::to_string).collect();
                let warnings = warned(&found.warnings);
                let warnings = if warnings.is_empty() { warnings } else { format!(" ({warnings})") };
                format!("{kind} {}{warnings}", values.join(" / "))
            }
            Err(error) => refused(&error),
        };
        if found != expected {
            wrong.push(format!("{expression}\n    expected {expected}\n    found    {found}"));
        }
    }
    for (expression, expected) in &of.errors {
        match run(&format!("{before} x = {expression}"), world) {
            Ok(found) => wrong.push(format!("{expression}\n    expected {expected}\n    found    {:?}", found.rows)),
            Err(error) if refused(&error).contains(expected.as_str()) => {}
            Err(error) => {
                wrong.push(format!("{expression}\n    expected {expected}\n    found    {}", refused(&error)));
            }
        }
    }
    wrong
}

fn check(case: &Case, world: &World<'_>) -> Result<(), String> {
    let world = World {
        events: case.events.as_deref().unwrap_or(world.events),
        tables: case.tables.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        answers: case.answers,
        ..world.clone()
    };
    let said = |expected: &str, found: String| Err(format!("expected {expected}\n    found    {found}"));
    match (run(&case.query, &world), &case.table, &case.error, &case.unsupported) {
        (Ok(found), Some(table), None, None) => {
            let (printed, warnings) = (print::csv(&found).replace("\r\n", "\n"), warned(&found.warnings));
            if printed.trim_end() == table.trim_end() && warnings == case.warnings {
                return Ok(());
            }
            said(&format!("\n{}\n{}", table.trim_end(), case.warnings), format!("\n{}\n{warnings}", printed.trim_end()))
        }
        (Err(Refused::Wrong(found)), None, Some(expected), None) if found.contains(expected.as_str()) => Ok(()),
        (Err(Refused::Unsupported(found)), None, None, Some(expected)) if found.contains(expected.as_str()) => Ok(()),
        (Ok(found), ..) => said(&format!("{case:?}"), print::csv(&found)),
        (Err(error), ..) => said(&format!("{case:?}"), refused(&error)),
    }
}

#[test]
fn own_cases_hold() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (file, cases) in own_cases() {
        let world = World { events: &cases.events, schema: &cases.schema, ..World::default() };
        for (functions, before) in [(&cases.function, "ROW"), (&cases.aggregate, "FROM events | STATS")] {
            for function in functions {
                count += function.values.len() + function.errors.len();
                let found = check_values(function, before, &world);
                wrong.extend(found.into_iter().map(|wrong| format!("{file}, {}: {wrong}", function.name)));
            }
        }
        for case in &cases.case {
            count += 1;
            if let Err(found) = check(case, &world) {
                wrong.push(format!("{file}, {}: {}\n    {found}", case.name, case.query));
            }
        }
        let sources = cases.case.iter().map(|case| &case.source);
        let functions = cases.function.iter().chain(&cases.aggregate).map(|function| &function.source);
        assert!(sources.chain(functions).all(|source| !source.is_empty()), "{file}: a case without a source");
    }
    say(&format!("{count} cases"));
    assert!(wrong.is_empty(), "{} of {count} cases fail:\n{}", wrong.len(), wrong.join("\n"));
}

/// Arguments that functions of the catalogue have to be tried with. In values, what a function gives of null and of several values (columns of cases of aggregates
/// have the names `no_..` and `many`) and, of aggregates, of no rows (`WHERE false`); in values or errors, an empty text where a text is taken. And an error:
/// for wrong types, or for a wrong number of arguments where any type will do. A function without arguments has a value and an error. Spans of time are literals,
/// neither null nor several.
fn lacks(of: &Examples, params: &[Param], aggregate: bool) -> Vec<&'static str> {
    let in_values = |what: &[&str]| {
        let mut lines = of.values.iter().filter_map(|line| line.first());
        lines.any(|line| what.iter().any(|what| line.contains(what)))
    };
    let in_errors = |what: &str| of.errors.iter().any(|(line, _)| line.contains(what));
    let takes = |wanted: &[Type]| params.iter().any(|param| param.types.iter().any(|kind| wanted.contains(kind)));
    let spans = [Type::DatePeriod, Type::TimeDuration];
    let is_span = |param: &Param| param.literal && param.types.iter().any(|kind| spans.contains(kind));
    let is_plain = params.is_empty() || (params.len() == 1 && params.iter().all(is_span));
    let text = in_values(&["\"\""]) || in_errors("\"\"");
    let demands = [
        ("a value", !of.values.is_empty()),
        ("an error", !of.errors.is_empty()),
        ("null", is_plain || in_values(if aggregate { &["no_"] } else { &["null"] })),
        ("several values", is_plain || in_values(if aggregate { &["many"] } else { &["[", "SPLIT"] })),
        ("an empty text", text || !takes(&[Type::Keyword, Type::Text])),
        ("no rows", !aggregate || in_values(&["WHERE false"])),
    ];
    demands.into_iter().filter(|(_, met)| !met).map(|(demand, _)| demand).collect()
}

#[test]
fn every_function_has_cases() {
    let all = own_cases();
    let mut wrong = Vec::new();
    let (mut functions, mut aggregates) = (BTreeSet::new(), BTreeSet::new());
    for function in all.iter().flat_map(|(_, cases)| &cases.function) {
        let name = function.name.as_str();
        if !functions.insert(name) {
            wrong.push(format!("`{name}` stands there twice"));
        }
        let lacking = match catalog::find(name) {
            Some(known) if known.name == name => lacks(function, known.params, false),
            None if SPECIAL.contains(&name) => lacks(function, &[Param::of("any", catalog::TEXTS)], false),
            Some(_) | None => vec!["an entry in the catalogue"],
        };
        wrong.extend(lacking.iter().map(|lacking| format!("`{name}` lacks {lacking}")));
    }
    for aggregate in all.iter().flat_map(|(_, cases)| &cases.aggregate) {
        let name = aggregate.name.as_str();
        if !aggregates.insert(name) {
            wrong.push(format!("the aggregate `{name}` stands there twice"));
        }
        let lacking = match aggregate::find(name) {
            Some(known) if known.name == name => lacks(aggregate, known.params, true),
            Some(_) | None => vec!["an entry in the catalogue"],
        };
        wrong.extend(lacking.iter().map(|lacking| format!("the aggregate `{name}` lacks {lacking}")));
    }
    let known = catalog::all().map(|entry| entry.name).chain(SPECIAL);
    wrong.extend(known.filter(|name| !functions.contains(name)).map(|name| format!("`{name}` has no case")));
    let known = aggregate::all().map(|entry| entry.name);
    wrong.extend(
        known.filter(|name| !aggregates.contains(name)).map(|name| format!("the aggregate `{name}` has no case")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A condition that the event decides says what the same condition says of columns.
#[test]
fn conditions_on_events_are_those_on_columns() {
    let types = [
        ("k", "keyword"),
        ("t", "text"),
        ("n", "integer"),
        ("l", "long"),
        ("u", "unsigned_long"),
        ("d", "double"),
        ("b", "boolean"),
        ("at", "date"),
        ("nanos", "date_nanos"),
        ("i", "ip"),
        ("v", "version"),
    ];
    let schema: String = types.iter().map(|(name, kind)| format!("{name},{kind}\n")).collect();
    let texts = [
        "",
        "a",
        "B b",
        "5",
        "true",
        "1.9.0",
        "1.10.0",
        "1.9.0-rc1",
        "2024-01-02",
        "2024-01-02T00:00:00.001Z",
        "2024-01-02T00:00:00.000000001Z",
        "10.0.0.1",
        "::1",
    ];
    let numbers = ["5", "5.5", "-1", "0", "-0.0", "9007199254740992", "1704153600000"];
    let quoted = texts.map(|text| format!("\"{text}\""));
    let mut values: Vec<String> = quoted
        .iter()
        .cloned()
        .chain(numbers.iter().chain(&["true", "false", "null"]).map(ToString::to_string))
        .collect();
    values.extend(["[5, 5]", "[\"a\", \"a\"]", "[1, \"5\"]", "[true, true]", "[false, \"\"]", "[]"].map(str::to_owned));
    // events with these are none that an index takes
    let refused = [("n", "9007199254740992"), ("n", "1704153600000"), ("u", "-1"), ("at", "5.5")];
    let mut events = String::new();
    for (id, value) in values.iter().enumerate() {
        let held = types.iter().filter(|(name, _)| !refused.contains(&(name, value.as_str())));
        let fields: Vec<String> = held.map(|(name, _)| format!(r#""{name}": {value}"#)).collect();
        events += &format!("{{\"id\": {id}, {}}}\n", fields.join(", "));
    }
    let schema = format!("field,type\nid,long\n{schema}");
    let world = World { events: &events, schema: &schema, ..World::default() };
    let mut literals = quoted.to_vec();
    literals.extend(numbers.iter().chain(&["true", "null"]).map(ToString::to_string));
    let (mut conditions, mut wrong) = (0, Vec::new());
    for (name, _) in types {
        let mut all =
            vec![name.to_owned(), format!("NOT {name}"), format!("{name} IS NULL"), format!("{name} IS NOT NULL")];
        for literal in &literals {
            all.extend(["==", "!=", "<", "<=", ">", ">="].map(|op| format!("{name} {op} {literal}")));
            all.push(format!("{name} IN ({literal}, null)"));
            all.push(format!("{name} NOT IN ({literal}, {literal})"));
            all.push(format!("{literal} == {name}"));
            all.extend(["LIKE", "NOT LIKE", "RLIKE"].map(|op| format!("{name} {op} {literal}")));
        }
        for condition in all {
            let [decided, computed] = [
                format!("FROM e | WHERE {condition} | SORT id | KEEP id"),
                format!("FROM e | EVAL c = {condition} | WHERE c | SORT id | KEEP id"),
            ]
            .map(|query| run(&query, &world).map(|found| cells(&found)));
            if let (Ok(decided), Ok(computed)) = (decided, computed) {
                conditions += 1;
                if decided != computed {
                    let shown = |rows: &[Vec<String>]| {
                        let at = |row: &Vec<String>| values[row[0].parse::<usize>().expect("a number")].clone();
                        rows.iter().map(at).collect::<Vec<_>>().join(" ")
                    };
                    wrong.push(format!("{condition}: {} / {}", shown(&decided), shown(&computed)));
                }
            }
        }
    }
    say(&format!("{conditions} conditions"));
    assert!(wrong.is_empty(), "{} of {conditions} conditions differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(conditions > 500, "{conditions}");
}

/// `SAMPLE` knows no chance: the same rows stay each time, about as many as were asked for.
#[test]
fn samples_are_the_same_every_time() {
    let events: Vec<String> = (0..1_000).map(|n| format!(r#"{{"n": {n}}}"#)).collect();
    let (forth, back) = (events.join("\n"), events.iter().rev().map(String::as_str).collect::<Vec<_>>().join("\n"));
    let sampled = |events: &str, share: &str| {
        let world = World { events, schema: "field,type\nn,integer\n", ..World::default() };
        let found = run(&format!("FROM events | SAMPLE {share} | SORT n | KEEP n"), &world);
        cells(&found.unwrap_or_else(|error| panic!("{}", refused(&error))))
    };
    assert_eq!(sampled(&forth, "0.5"), sampled(&forth, "0.5"));
    for (share, least, most) in [("0.1", 50, 150), ("0.5", 400, 600), ("0.9", 850, 950)] {
        for events in [&forth, &back] {
            let count = sampled(events, share).len();
            assert!((least..=most).contains(&count), "{count} of 1000 rows by SAMPLE {share}");
        }
    }
}

/// A case of Elasticsearch: its name, the query, and the expected table, its heading first.
struct Spec {
    name: String,
    query: String,
    table: Vec<Vec<String>>,
}

/// Cases stand one behind the other: a name, the query up to a line `;`, lines `W:` of warnings and the table up to another.
fn specs(text: &str) -> Vec<Spec> {
    let mut lines = text.lines().filter(|line| !line.starts_with("//") && !line.trim().is_empty());
    let mut specs = Vec::new();
    while let Some(name) = lines.next() {
        let query: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != ";").collect();
        let table = lines.by_ref().take_while(|line| line.trim() != ";").filter(|line| !line.starts_with("W:"));
        let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
        specs.push(Spec { name: name.to_owned(), query: query.join("\n"), table: table.map(cells).collect() });
    }
    specs
}

fn cells(found: &Found) -> Vec<Vec<String>> {
    found.rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

fn check_spec(spec: &Spec, world: &World<'_>) -> Result<(), String> {
    let found = run(&spec.query, world).map_err(|error| refused(&error))?;
    let heading: Vec<String> = found.columns.iter().map(|(name, kind)| format!("{name}:{kind}")).collect();
    let (expected_heading, expected) = spec.table.split_first().ok_or("no table")?;
    if heading != *expected_heading {
        return Err(format!("expected {expected_heading:?}, found {heading:?}"));
    }
    let words: Vec<String> = spec.query.split_whitespace().map(str::to_ascii_lowercase).collect();
    let (mut expected, mut rows) = (expected.to_vec(), cells(&found));
    let same = if words.iter().any(|word| word == "sort") {
        rows == expected
    } else {
        // any rows of the unlimited result will do
        if let Some((unlimited, _)) = spec.query.rsplit_once("| limit") {
            let all = cells(&run(unlimited, world).map_err(|error| refused(&error))?);
            if rows.len() == expected.len() && rows.iter().chain(&expected).all(|row| all.contains(row)) {
                return Ok(());
            }
        }
        expected.sort();
        rows.sort();
        rows == expected
    };
    if same { Ok(()) } else { Err(format!("\n    expected {expected:?}\n    found    {rows:?}")) }
}

#[test]
fn cases_of_elasticsearch_hold() {
    let test = "cases_of_elasticsearch_hold";
    let Some(folder) = find(test, "conformance/esql") else { return };
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    let (events, schema) = (read("employees.jsonl"), read("employees.schema.csv"));
    let world = World { events: &events, schema: &schema, ..World::default() };
    let specs = specs(&read("esql-subset.csv-spec"));
    let failures: Vec<String> = specs
        .iter()
        .filter_map(|spec| {
            let reason = check_spec(spec, &world).err()?;
            Some(format!("{}: {}: {reason}", spec.name, spec.query))
        })
        .collect();
    say(&format!("{} cases of Elasticsearch", specs.len()));
    assert!(failures.is_empty(), "{} of {} fail:\n{}", failures.len(), specs.len(), failures.join("\n"));
    assert!(specs.len() >= 59, "{}", specs.len());
}
