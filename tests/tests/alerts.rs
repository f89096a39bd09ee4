//! What alerts of stateful rules say, case by case: their run, their key, their events.

use sigil_compiler::ir::eval::Scoping;
use sigil_tests::verdicts::{compile_texts, engine};

/// Alerts of a rule whose last lines are these: the minute of the run, the key and the first events.
#[track_caller]
fn check(rule: &str, events: &[&str], expected: &[&str]) {
    let rule = format!(
        "[rule]\nname = \"case\"\nrule_id = \"1d1e5c7e-0000-4000-8000-000000000001\"\nrisk_score = 21\nseverity = \"low\"\nfrom = \"now-9m\"\ninterval = \"5m\"\n{rule}"
    );
    let compilation = compile_texts(&[("case.toml", rule.as_str())]);
    assert_eq!(compilation.plan.rules.len(), 1, "{:#?}", compilation.outcomes);
    let mut session = engine(&compilation.plan, Scoping::Ignore).session();
    for event in events {
        let (time, rest) = event.split_once(' ').unwrap();
        let event = format!("{{\"@timestamp\":\"2026-11-24T00:{time}Z\",{rest}}}");
        session.process_json(event.as_bytes(), |alert| panic!("{alert:?} before its run")).unwrap();
    }
    let mut found = Vec::new();
    session.finish(|alert| {
        let told = alert.found().unwrap();
        let key: Vec<String> = told.key.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let minute = told.window.to.rem_euclid(3_600_000) / 60_000;
        found.push(format!("{minute:02} [{}] {:?}", key.join(" "), alert.events()));
    });
    assert_eq!(found, expected, "{rule}");
}

fn esql(query: &str) -> String {
    format!("type = \"esql\"\nlanguage = \"esql\"\nquery = '''\n{query}\n'''\n")
}

#[test]
fn keys_have_their_own_names() {
    let events = [r#"00:30.000 "host.name":"web-01","user.name":"bob","process.pid":1"#];
    for query in [
        "from logs-* | stats c = count(*), m = max(process.pid) by host.name, user.name | keep c, user.name",
        "from logs-* | stats c = count(*) by host.name, user.name | eval host.name = \"x\"",
        "from logs-* | stats c = count(*) by host.name, user.name | drop host.name",
    ] {
        check(&esql(query), &events, &["05 [host.name=web-01 user.name=bob] [0]"]);
    }
}

/// An index holds `.caseless` in lower case, whatever a rule does with it.
#[test]
fn caseless_views_are_in_lower_case() {
    let events =
        [r#"00:30.000 "process.name":"AnyDesk.EXE""#, r#"00:31.000 "process.name":["ANYDESK.exe","anydesk.exe"]"#];
    let computed =
        "from logs-* | eval v = case(process.name.caseless == \"anydesk.exe\", \"AnyDesk\") | where v is not null";
    for (rule, expected) in [
        (esql(&format!("{computed} | stats c = count(*) by v")), "05 [v=AnyDesk] [0, 1]"),
        (esql("from logs-* | stats c = count(*) by process.name.caseless"), "05 [process.name.caseless=anydesk.exe] [0, 1]"),
        (
            "type = \"threshold\"\nlanguage = \"kuery\"\nquery = \"process.name: *\"\n[rule.threshold]\nfield = [\"process.name.caseless\"]\nvalue = 2\n".to_owned(),
            "05 [process.name.caseless=anydesk.exe] [0, 1]",
        ),
    ] {
        check(&rule, &events, &[expected]);
    }
}

#[test]
fn a_run_that_no_row_reaches_finds_nothing() {
    let events = [r#"00:30.000 "user.name":"bob""#];
    for now in ["", " and now() > to_datetime(\"2020-01-01\")"] {
        let silent = format!(
            "from logs-* | eval l = length(user.name) | where l > 100{now} | stats c = count(*) | where c == 0"
        );
        check(&esql(&silent), &events, &[]);
        let loud =
            format!("from logs-* | eval l = length(user.name) | where l > 1{now} | stats c = count(*) | where c == 1");
        check(&esql(&loud), &events, &["05 [] [0]"]);
    }
}

#[test]
fn suppression_lasts_to_its_end() {
    let events = [r#"02:00.000 "user.name":"bob""#, r#"07:00.000 "user.name":"bob""#, r#"12:00.000 "user.name":"bob""#];
    let rule = "type = \"query\"\nlanguage = \"kuery\"\nquery = \"user.name: *\"\n[rule.alert_suppression]\ngroup_by = [\"user.name\"]\nduration = {value = 5, unit = \"m\"}\n";
    check(rule, &events, &["05 [] [0]", "15 [] [2]"]);
}
