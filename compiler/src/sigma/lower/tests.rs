//! Rules through a small YAML reader of their own: what is tested is their meaning, not the front end.

use indexmap::IndexMap;
use serde_yaml::Value as Yaml;

use super::SoundRegexes;
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
            ("condition", Yaml::Sequence(list)) => {
                texts.extend(list.iter().map(|text| text.as_str().expect("a condition").to_owned()));
            }
            ("condition", text) => texts.push(text.as_str().expect("a condition").to_owned()),
            (name, search) => drop(selections.insert(name.to_owned(), at(read_search(search)))),
        }
    }
    ast::Detection {
        selections,
        conditions: texts.iter().map(|text| at(read_condition(text))).collect(),
        condition_texts: texts,
        timeframe: None,
    }
}

fn read_search(yaml: &Yaml) -> Search {
    match yaml {
        Yaml::Mapping(map) => {
            Search::Map(map.iter().map(|(key, value)| read_item(key.as_str().expect("a key"), value)).collect())
        }
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
        Yaml::Mapping(map) => {
            ItemBody::Elements(map.iter().map(|(key, value)| read_item(key.as_str().expect("a key"), value)).collect())
        }
        Yaml::Sequence(list) => {
            ItemBody::Values { values: list.iter().map(|value| at(read_value(value))).collect(), list: true }
        }
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
    (lower(&rule(detection, condition, version), "test.yml", &[], &mut SoundRegexes::default(), &mut diags), diags)
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

#[expect(clippy::print_stderr, reason = "a test that is skipped should say so")]
fn report_skip(path: &str) {
    eprintln!("skipped: no conformance cases at {path}");
}

/// Every visible case of the shared conformance file, where it is there.
#[test]
fn conformance_cases_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/conformance/sigma_cases.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        report_skip(path);
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

/// The IR of selections: escapes, encodings, classes and lists as they end up.
#[test]
fn selections_lower_to() {
    let check = |item: &str, expected: &str| {
        let rule = compiled(&format!("sel: {item}"), None, 3);
        assert_eq!(rule.selections["sel"].to_string().trim_end(), expected.trim(), "{item}");
    };
    // texts
    check(r"{F: 'a\*b\\c\d'}", r#"F equals "a*b\\c\\d""#);
    check(r"{F|contains: '\Temp\'}", r#"F contains "\\temp\\""#);
    check("{F: ['*.exe', B?, b, '']}", "any\n  F glob [* \".exe\", \"b\" ?]\n  F equals [\"b\", \"\"]");
    check("{F|startswith: ['a*c', '*']}", "any\n  F glob \"a\" * \"c\" *\n  F is present");
    check("{F|contains: ''}", "F is present");
    check("{F|cased|endswith: Ä}", "F cased endswith \"Ä\"");
    check("{F|contains: '%TEMP%'}", "F contains \"%temp%\"");
    check("{F|expand: '100\\%'}", "F equals \"100%\"");
    // types
    check("{F: [1, x, 2.5, null, true]}", "any\n  F = [1, 2.5]\n  F equals [\"x\", \"true\"]\n  F is null");
    check("{F: 1.0}", "F = 1");
    check("{F|contains: -5}", "F contains \"-5\"");
    check("{F: []}", "F is null");
    check("{F|exists: false}", "not\n  F exists");
    check("{F|neq: [a, 1]}", "not\n  any\n    F equals \"a\"\n    F = 1");
    // several
    check("{F|contains|all: [a, 'b*c']}", "all\n  F contains \"a\"\n  F glob * \"b\" * \"c\" *");
    check(
        "{F|base64offset|contains|all: [foobar, abc]}",
        "all\n  F contains [\"zm9vymfy\", \"zvb2jhc\", \"mb29iyx\"]\n  F contains [\"ywjj\", \"fiy\", \"hym\"]",
    );
    // dashes
    check("{F|windash|contains: [' -a/b', c]}", "any\n  F glob * \" \" - \"a\" - \"b\" *\n  F contains \"c\"");
    check("{F|windash|base64|cased: '-'}", "F cased equals [\"LQ==\", \"Lw==\", \"4oCT\", \"4oCU\", \"4oCV\"]");
    // encodings
    check("{F|base64|base64|cased: a}", "F cased equals \"WVE9PQ==\"");
    check("{F|utf16be|base64|cased: ab}", "F cased equals \"AGEAYg==\"");
    check("{F|wide|contains: 'A*b'}", "F glob * \"a\\0\" * \"b\\0\" *");
    // expressions
    check("{F|re|i|s: 'a.$'}", r#"F regex "(?is)a.(?:\\n?\\z)""#);
    check("{F|re: 'a(?=b)'}", r#"F backtracking regex "a(?=b)""#);
    check("{F|re: 5}", "F regex \"5\"");
    // numbers and addresses
    check("{F|gte: 5, G|hour|lt: 6, H|minute: [0, 30]}", "all\n  F >= 5\n  G hour < 6\n  H minute = [0, 30]");
    check("{F|cidr: [10.1.2.3/8, '::1', 1.2.3.4]}", "F in [10.0.0.0/8, ::1/128, 1.2.3.4/32]");
    check("{F|fieldref|startswith|cased: G.x}", "F cased startswith field G.x");
    // keywords
    check(
        "[a, 'b*', 5, {F: x}, [c, d]]",
        "any\n  (any value) contains [\"a\", \"5\"]\n  (any value) glob * \"b\" *\n  F equals \"x\"\n  (any value) contains [\"c\", \"d\"]",
    );
    check("{'|all': [a, b]}", "all\n  (any value) contains \"a\"\n  (any value) contains \"b\"");
    check("{'|re': 'a.c'}", "(any value) regex \"a.c\"");
    // arrays
    check(
        "{'f[any]': {a: 1, 'b[0].c': x}}",
        "any element of f\n  all\n    .a = 1\n    element 0 of .b\n      .c equals \"x\"",
    );
    check(
        "{'f[all]|contains': x, 'g\\[1\\]': y}",
        "all\n  all elements (some) of f\n    . contains \"x\"\n  \"g[1]\" equals \"y\"",
    );
    check(
        "{'f[none]': {x: {'.': 1}, y: {'.': 2}, condition: x or not y}}",
        "no element of f\n  any\n    . = 1\n    not\n      . = 2",
    );
    check("{'f[all_or_empty][-1]': null}", "all elements of f\n  element -1 of .\n    . is null");
}

/// What is said of items that are not sound, or odd: the codes, in order.
#[test]
fn faults_are_reported() {
    let check = |item: &str, expected: &str| {
        let (outcome, diags) = lowered(&format!("sel: {item}"), None, 3);
        let codes: Vec<&str> = diags.as_slice().iter().map(|diagnostic| diagnostic.code.as_str()).collect();
        assert_eq!(codes.join(" "), expected, "{item}: {diags:?}");
        assert_eq!(matches!(outcome, Lowered::Rejected), diags.has_errors_since(0), "{item}");
    };
    check("{F|contains|base64: a}", "SG031");
    check("{F|startswith|endswith: a}", "SG030");
    check("{F|startswith|fieldref: a}", "SG031");
    check("{F|gte|hour: 5}", "SG031");
    check("{F|i: a}", "SG031");
    check("{F|contains|contains: a}", "SG032");
    check("{F|re|contains: a}", "SG032");
    check("{F|re|cased: a}", "SG032");
    check("{F|re|i|cased: a}", "SG030");
    check("{F|wide|re: a}", "SG030");
    check("{F|re|base64: a}", "SG030");
    check("{F|exists|neq: true}", "SG030");
    check("{F|exists: 'yes'}", "SG033");
    check("{F|all: a}", "SG032");
    check("{F|contains: null}", "SG033");
    check("{F|gt: abc}", "SG033");
    check("{F|gt: '5'}", "SG039");
    check("{F|base64|contains: 'a*'}", "SG033");
    check("{F|base64offset|contains: a}", "SG033");
    check("{F|base64offset: abc}", "SG039");
    check("{F|windash|base64: '----'}", "SG033");
    check("{F|wide: a}", "SG039");
    check("{F|wide|windash: a}", "SG033");
    check("{F|re: '('}", "SG034");
    check("{F|re: '(\\w{1000}){1000}'}", "SG034");
    check("{F|re: '(a)\\1'}", "SG035");
    check(&format!("{{F|re: '{}a{}'}}", "(".repeat(20_000), ")".repeat(20_000)), "SG034");
    check(&format!("{{F|re: '(?=a){}a{}'}}", "(".repeat(20_000), ")".repeat(20_000)), "SG034");
    check("{F|cidr: 10.0.0.0/33}", "SG036");
    check("{F|cidr: 10.0.0.1/8}", "SG037");
    check("{F|contains|expand: 'a%b_1%'}", "SG038");
    check("{F|expand: 'C:\\\\%b%'}", "SG038");
    check("{F|expand: 'C:\\\\\\%b%'}", "");
    check("{F|expand: '50% off 100%'}", "");
    check("{}", "SG040");
    check("[]", "SG040");
    check("{'|exists': true}", "SG041");
    check("{'|gt': 5}", "SG041");
    check("{F: {a: 1}}", "SG042");
    check("{'F[some]': 1}", "SG042");
    check("{'F[any]x': 1}", "SG042");
    check("{'F[any]': {'|all': [a, b]}}", "SG042");
    check(&format!("{}a{}", "[".repeat(70), "]".repeat(70)), "SG043");
    let nested =
        (0..30).fold("{'.': 1}".to_owned(), |inner, _| format!("{{'.[any]': {{s: {inner}, condition: s and s}}}}"));
    check(&nested.replacen("'.[any]'", "'f[any]'", 1), "SG043");
}

#[test]
fn conditions_are_resolved() {
    let check = |condition: &str, expected: &str| {
        let (outcome, diags) = lowered("{a_1: {F: 1}, a_2: {F: 2}, b: {F: 3}, _c: {F: 4}}", Some(condition), 2);
        let found = match outcome {
            Lowered::Rule(rule) => {
                rule.condition.to_string().replace("selection ", "").split_whitespace().collect::<Vec<_>>().join(" ")
            }
            other => format!("{other:?}"),
        };
        let codes: Vec<&str> = diags.as_slice().iter().map(|diagnostic| diagnostic.code.as_str()).collect();
        assert_eq!(format!("{found} {}", codes.join(" ")).trim(), expected, "{condition}");
    };
    check("1 of them", "any #0 #1 #2");
    check("2 of them", "at least 2 #0 #1 #2");
    check("all of a*", "all #0 #1");
    check("1 of *", "any #0 #1 #2");
    check("1 of _*", "#3");
    // parsing warns of these or rejects them
    check("b and not 1 of x*", "#2");
    check("3 of a_*", "false");
    check("all of x*", "false");
    check("b or x", "#2");
}

#[test]
fn unsupported_constructs_are_named() {
    let mut rule = rule("sel: {F: 1}", None, 2);
    let search = rule.detection.conditions[0].value.clone();
    let aggregation = ast::Aggregation::Function {
        function: "count".to_owned(),
        field: None,
        by: None,
        operator: ">".to_owned(),
        threshold: Value::Int(5),
    };
    rule.detection.conditions[0].value = Condition::Pipe { search: Box::new(search), aggregation: at(aggregation) };
    let outcome = lower(&rule, "test.yml", &[], &mut SoundRegexes::default(), &mut Diagnostics::new());
    assert!(
        matches!(&outcome, Lowered::Unsupported(feature) if feature.to_string() == "`count()` aggregation"),
        "{outcome:?}"
    );
}

/// Variants of a rule, as a pipeline would make them, become one rule.
#[test]
fn variants_are_merged() {
    let scope = |channel: &str| compiled(&format!("sel: {{Channel: {channel}}}"), None, 2).selections["sel"].clone();
    let variant = |channel: &str, detection: &str| ir::Rule { scope: scope(channel), ..compiled(detection, None, 2) };
    let variants = || {
        vec![
            variant("sysmon", "sel: {Image|endswith: [a, b], User: x, Level: 1, ParentImage|fieldref: Image}"),
            variant("security", "sel: {NewName|endswith: [a, b], User: x, Level: high, Parent|fieldref: NewName}"),
        ]
    };
    let own = compiled("sel: {Image|endswith: [a, b], User: x, Level: 1, ParentImage|fieldref: Image}", None, 2);
    let merged = merge_variants(variants(), Some(own)).expect("a rule");
    let expected = "all\n  Image endswith [\"a\", \"b\"]\n  User equals \"x\"\n  any\n    Level = 1\n    all\n      Channel equals \"security\"\n      Level equals \"high\"\n  ParentImage equals field Image\n";
    assert_eq!(merged.selections["sel"].to_string(), expected);
    let fields = "\
field Image:
  Image if Channel equals \"sysmon\"
  NewName if Channel equals \"security\"
  Image
field ParentImage:
  ParentImage if Channel equals \"sysmon\"
  Parent if Channel equals \"security\"
  ParentImage
";
    assert!(merged.to_string().contains(fields), "{merged}");
    assert_eq!(merged.scope, ir::Expr::Const(true));
    assert!(matches(&merged, r#"{"Channel":"Security","NewName":"xb","User":"X","Level":"HIGH","Parent":"XB"}"#));
    assert!(!matches(&merged, r#"{"Channel":"Sysmon","NewName":"xb","User":"X","Level":"HIGH","Parent":"XB"}"#));
    assert!(matches(&merged, r#"{"Image":"xb","User":"X","Level":1,"ParentImage":"XB"}"#));

    let alone = merge_variants(vec![variant("security", "sel: {NewName: a}")], None).expect("a rule");
    assert_eq!(
        (alone.selections["sel"].to_string().as_str(), alone.scope),
        ("NewName equals \"a\"\n", scope("security"))
    );
}
