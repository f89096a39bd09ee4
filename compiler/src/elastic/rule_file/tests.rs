use super::*;

fn read(text: &str) -> (ParsedFile, Diagnostics) {
    let mut diags = Diagnostics::new();
    let parsed = parse(FileId(0), text, &mut diags);
    (parsed, diags)
}

fn said(text: &str) -> Vec<String> {
    let (parsed, diags) = read(text);
    assert_eq!(parsed.rule.is_none(), diags.has_errors_since(0), "{diags:?}");
    let shown = |label: &crate::diagnostic::Label| text[label.span.start as usize..label.span.end as usize].to_owned();
    let each = diags.as_slice().iter().map(|problem| {
        let place = problem.labels.first().map(shown).unwrap_or_default();
        format!("{} {} | {place}", problem.code.as_str(), problem.message)
    });
    each.collect()
}

const RULE: &str = r#"
[metadata]
maturity = "deprecated"
integration = ["endpoint"]
deprecated_reason = "old"

[rule]
name = "A"
rule_id = "1"
severity = "high"
risk_score = 73
type = "eql"
index = ["logs-*"]
interval = "5m"
from = "now-9m"
max_signals = 33
timestamp_override = "event.ingested"
tags = ["OS: Linux"]
unheard_of = { a = [1, 2.5, true] }
query = "any where a == \"b\\c\""

[[rule.threat]]
framework = "MITRE ATT&CK"
tactic = { id = "TA0002", name = "Execution" }
[[rule.threat.technique]]
id = "T1059"
name = "Interpreter"
[[rule.threat.technique.subtechnique]]
id = "T1059.004"
name = "Shell"

[[rule.filters]]
[rule.filters.meta]
negate = true
[rule.filters.query.wildcard."file.path"]
case_insensitive = true
value = 'C:\\x\*'

[rule.alert_suppression]
group_by = ["host.id"]
duration = { value = 5, unit = "h" }
missing_fields_strategy = "doNotSuppress"
"#;

#[test]
fn every_field_has_its_type() {
    let (parsed, diags) = read(RULE);
    assert!(diags.is_empty(), "{diags:?}");
    assert_eq!((parsed.id.as_deref(), parsed.name.as_deref()), (Some("1"), Some("A")));
    let rule = parsed.rule.expect("a rule");
    assert_eq!(rule.meta.maturity.as_deref(), Some("deprecated"));
    assert_eq!(rule.meta.severity.map(|severity| severity.value), Some(ast::Severity::High));
    assert_eq!(rule.meta.risk_score, Some(73));
    let techniques: Vec<&str> = rule.meta.threat[0].techniques.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(techniques, ["T1059", "T1059.004"]);
    assert_eq!((rule.schedule.interval, rule.schedule.max_signals), (Some(300_000), Some(33)));
    assert_eq!(rule.schedule.from.map(|from| from.value.to_string()).as_deref(), Some("now-9m"));
    let ast::Kind::Eql { query, category_field: None } = &rule.kind else { panic!("{:?}", rule.kind) };
    assert_eq!(query.text.as_str(), r#"any where a == "b\c""#);
    let at = query.text.as_str().find('\\').expect("a backslash");
    let place = query.text.span(at..at + 1);
    assert_eq!(&RULE[place.start as usize..place.end as usize], r"\\", "places are those in the file");
    let filter = &rule.filters[0];
    assert!(filter.negate && !filter.disabled);
    assert!(matches!(&filter.clause, ast::Clause::Wildcard { field, ignore_case: true, .. } if field == "file.path"));
    let suppression = rule.suppression.expect("a suppression");
    assert_eq!((suppression.duration, suppression.missing_too), (Some(18_000_000), false));
    assert_eq!(rule.other["rule.unheard_of"].to_string(), r#"{"a":[1,2.5,true]}"#);
    assert_eq!(rule.other["metadata.deprecated_reason"], "old");
}

#[test]
fn wrong_types_are_told_at_their_place() {
    let with = |line: &str| said(&format!("[rule]\nname = 'a'\ntype = 'query'\nquery = 'a: b'\n{line}\n"));
    assert!(with("").is_empty());
    assert_eq!(
        with("max_signals = '5'"),
        ["SG008 `rule.max_signals` is a text, not a whole number from 1 to 1000000 | '5'"]
    );
    assert_eq!(with("max_signals = 0"), ["SG008 `rule.max_signals` is 0 | 0"]);
    assert_eq!(with("index = ['a', 5]"), ["SG008 `rule.index` is a number, not a text | 5"]);
    assert_eq!(with("interval = '5 minutes'"), ["SG008 `5 minutes` is not a length of time | '5 minutes'"]);
    assert_eq!(with("from = 'yesterday'"), ["SG008 `yesterday` is not a date | 'yesterday'"]);
    assert_eq!(with("risk_score = 101"), ["SG008 `rule.risk_score` is 101 | 101"]);
    assert_eq!(with("severity = 'High'"), ["SG011 severity `High` is unknown | 'High'"]);
    assert_eq!(with("language = 'eql'"), ["SG102 a rule of this type is not written in `eql` | 'eql'"]);
    assert_eq!(
        with("filters = [{ query = { fuzzy = { a = 1 } } }]"),
        ["SG103 conditions of kind `fuzzy` are not known | fuzzy"]
    );
}

/// D-filter-parameters
#[test]
fn what_a_filter_cannot_say() {
    let with =
        |line: &str| said(&format!("[rule]\nname = 'a'\ntype = 'query'\nquery = 'a: b'\n[[rule.filters]]\n{line}\n"));
    for fine in [
        "query.match.a = { query = 'x y', operator = 'AND', boost = 2.0, lenient = true, fuzziness = 0, zero_terms_query = 'none' }",
        "query.match.a = { query = 'x y', type = 'phrase', slop = 0 }",
        "query.wildcard.a = { wildcard = 'x', rewrite = 'constant_score' }",
        "query.range.a = { gt = 1, _name = 'n' }",
        "query.bool = { must_not = [{ exists = { field = 'a', boost = 1 } }], adjust_pure_negative = true }",
        "meta = { negate = true, key = 'a', alias = 'b', type = 'phrase', disabled = false, value = 'x' }\nquery.match_all = {}\n\"$state\".store = 'appState'\n\"$$hashKey\" = 'object:1'",
    ] {
        assert!(with(fine).is_empty(), "{fine}: {:?}", with(fine));
    }
    for (line, problem) in [
        ("query.bool.mustnot = []", "`mustnot` is not known in `bool` | mustnot"),
        (
            "query.term.a = { value = 'x', case_insensitve = true }",
            "`case_insensitve` is not known in `term` | case_insensitve",
        ),
        (
            "query.match.a = { query = 'x', case_insensitive = true }",
            "`case_insensitive` is not known in `match` | case_insensitive",
        ),
        ("query.match.a = { value = 'x' }", "`value` is not known in `match` | value"),
        ("query.match.a = { query = 'x', operator = 'nor' }", "`operator` is `and` or `or` | operator"),
        ("query.match.a = { query = 'x', type = 'fraze' }", "`fraze` is no type of `match` | type"),
        ("query.wildcard.a = { value = 'x', wildcard = 'y' }", "`wildcard` has two values | wildcard"),
        ("query.wildcard.a = { boost = 1 }", "`wildcard` has no value for `a` | { boost = 1 }"),
        ("query.exists = { field = 'a', fields = 'b' }", "`fields` is not known in `exists` | fields"),
        ("query.range.a = { gtee = 1 }", "`gtee` is not known in `range` | gtee"),
        ("query.range.a = { gte = [1] }", "`gte` is no text, number or boolean | [1]"),
        ("query.term.a = 'x'\nexists.field = 'b'", "a filter has exactly one condition | exists"),
        ("term.a = 'x'\nexists.field = 'b'", "a filter has exactly one condition | term"),
        ("exists.field = 'b'\nfuzzy.a = 'x'", "`fuzzy` is not known in a filter | fuzzy"),
        ("query.term.a = 'x'\nmeta.negated = true", "`negated` is not known in `meta` | negated"),
    ] {
        assert_eq!(with(line), [format!("SG103 {problem}")], "{line}");
    }
}

#[test]
fn schedules_that_cannot_be_meant() {
    let with = |lines: &str| said(&format!("[rule]\nname = 'a'\ntype = 'query'\nquery = 'a: b'\n{lines}\n"));
    assert!(with("from = 'now-9m'\ninterval = '9m'").is_empty());
    for (from, problem) in [
        ("now+6m", "the window has no length, or one that cannot be counted"),
        ("now", "the window has no length, or one that cannot be counted"),
        ("now-99999999999999999d", "the window has no length, or one that cannot be counted"),
        ("now-1h/h", "a window that starts at a rounded time has another length in every run"),
        ("2026-01-01T00:00:00Z", "a window that starts at a fixed time grows without end"),
    ] {
        assert_eq!(with(&format!("from = '{from}'")), [format!("SG008 {problem} | '{from}'")]);
    }
    assert_eq!(with("interval = '0m'"), ["SG008 `0m` is not a length of time | '0m'"]);
    let gap = "SG021 runs are further apart than they look back: events in between are seen by none | 'now-1m'";
    assert_eq!(with("from = 'now-1m'\ninterval = '5m'"), [gap]);
    assert!(with("to = 'now'\ntimestamp_override = 'a'\ntimestamp_override_fallback_disabled = true").is_empty());
    let to = "SG021 `rule.to` has no effect: windows end when the rule runs | 'now-1m'";
    assert_eq!(with("to = 'now-1m'"), [to]);
    assert!(with("timestamp_override_fallback_disabled = 'no'")[0].starts_with("SG008 "));
    assert_eq!(with("intervall = '5m'"), ["SG021 `rule.intervall` is not known and has no effect | intervall"]);
    assert!(with("unheard_of = 5").is_empty(), "keys of others are kept");
}

#[test]
fn suppression_thresholds_and_terms_that_cannot_be_meant() {
    let with =
        |kind: &str, lines: &str| said(&format!("[rule]\nname = 'a'\ntype = '{kind}'\nquery = 'a: b'\n{lines}\n"));
    let suppressed = |lines: &str| with("query", &format!("[rule.alert_suppression]\n{lines}"));
    assert!(suppressed("group_by = ['a']\nmissing_fields_strategy = 'doNotSuppress'").is_empty());
    assert_eq!(
        suppressed("group_by = ['a']\nmissing_fields_strategy = 'doNotSupress'"),
        ["SG011 the strategy `doNotSupress` is not known | 'doNotSupress'"]
    );
    assert_eq!(
        suppressed("group_by = ['a', 'b', 'a']"),
        ["SG081 `a` stands twice in `rule.alert_suppression.group_by` | 'a'"]
    );
    let problems = suppressed("groupby = ['a']");
    assert_eq!(problems[0], "SG021 `rule.alert_suppression.groupby` is not known and has no effect | groupby");
    assert!(problems[1].starts_with("SG101 `rule.alert_suppression.group_by` is missing: all alerts would be one"));
    let threshold = |lines: &str| with("threshold", &format!("[rule.threshold]\n{lines}"));
    assert!(
        threshold("field = ['a', 'a']\nvalue = 2\n[rule.alert_suppression.duration]\nvalue = 1\nunit = 'h'").is_empty()
    );
    assert_eq!(
        threshold("feild = ['a']\nvalue = 2"),
        ["SG021 `rule.threshold.feild` is not known and has no effect | feild"]
    );
    let problems = threshold("field = []\nvalue = 2\n[[rule.threshold.cardinality]]\nfield = 'a'");
    assert!(problems[0].starts_with("SG101 `rule.threshold.cardinality.value` is missing"), "{problems:?}");
    let terms = |start: &str| with("new_terms", &format!("new_terms_fields = ['a']\nfrom = 'now-9m'\n{start}"));
    assert!(terms("history_window_start = 'now-7d'").is_empty());
    assert_eq!(terms(""), ["SG101 `rule.history_window_start` is missing | "]);
    let problems = terms("history_window_start = 'now-9m'");
    assert!(problems[0].starts_with("SG021 the history does not reach behind the window"), "{problems:?}");
}

#[test]
fn entries_that_cannot_be_compared() {
    let with = |lines: &str| {
        said(&format!("[rule]\nname = 'a'\ntype = 'threat_match'\nquery = 'a: b'\n[[rule.threat_mapping]]\n{lines}\n"))
    };
    let entry = |more: &str| format!("{{ field = 'a', value = 'b'{more} }}");
    let entries = |entries: &[String]| with(&format!("entries = [{}]", entries.join(", ")));
    let (plain, negated) = (entry(", type = 'mapping'"), "{ field = 'c', value = 'd', negate = true }".to_owned());
    assert!(entries(&[plain.clone(), negated.clone()]).is_empty());
    assert!(entries(&[plain.clone(), entry(", negate = false")]).is_empty());
    let nothing = "SG101 nothing here must be equal: nearly every event would alert | ";
    assert!(entries(&[negated])[0].starts_with(nothing));
    assert!(with("")[0].starts_with(nothing));
    let both = entries(&[plain, entry(", negate = true")]);
    assert!(both[0].starts_with("SG101 two fields must be equal here and must not be"), "{both:?}");
    assert_eq!(entries(&[entry(", type = 'x'")]), ["SG008 entries of type `x` are not known | 'x'"]);
    assert_eq!(
        entries(&[entry(", negated = true")]),
        ["SG021 `rule.threat_mapping.entries.negated` is not known and has no effect | negated"]
    );
    assert!(entries(&["{ field = 'a' }".to_owned()])[0].starts_with("SG101 `rule.threat_mapping.entries.value` is"));
    let none = said("[rule]\nname = 'a'\ntype = 'threat_match'\nquery = 'a: b'\n");
    assert!(none[0].starts_with("SG101 `rule.threat_mapping` is missing"), "{none:?}");
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(said(""), ["SG004 the file is empty | "]);
    assert_eq!(said("[package]\nname = 'x'\n"), ["SG101 `rule` is missing | "]);
    assert_eq!(said("[rule]\nname = 'a'\n"), ["SG101 `rule.type` is missing | "]);
    assert_eq!(said("[rule]\nname = 'a'\ntype = 'eqk'\n"), ["SG102 rules of type `eqk` are not known | 'eqk'"]);
    assert_eq!(said("[rule]\nname = 'a'\ntype = 'eql'\n"), ["SG101 `rule.query` is missing | "]);
    let jobs = said("[rule]\nname = 'a'\ntype = 'machine_learning'\nanomaly_threshold = 5\n");
    assert_eq!(jobs, ["SG101 `rule.machine_learning_job_id` is missing | "]);
}

#[test]
fn broken_files_say_where() {
    let problems = said("[rule]\nname = 'a\ntype = 'eql'\nquery = \"C:\\Users\"\n");
    assert!(problems.len() >= 2 && problems.iter().all(|problem| problem.starts_with("SG100 ")), "{problems:?}");
    for hostile in ["[", "a", "\0", "=", "[[rule]]", "rule = 5", "[rule]\ntype = [[[[", "[rule.rule.rule]"] {
        let (parsed, diags) = read(hostile);
        assert!(parsed.rule.is_none() && diags.has_errors_since(0), "{hostile}");
    }
    let deep = format!("[rule]\na = {}", "[".repeat(100_000));
    assert!(read(&deep).1.has_errors_since(0));
    let large = format!("[rule]\nnote = '{}'", "x".repeat(5 << 20));
    assert_eq!(read(&large).1.as_slice()[0].code, Code::LimitExceeded);
}
