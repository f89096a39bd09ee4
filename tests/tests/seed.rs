//! Elastic's rule "Unusual Process Spawned from Web Server Parent", as published and as it was when it was deprecated, on events of our own: what must
//! come of missing values, of several values, of patterns and of groups.

use serde_json::{Map, Value as Json, json};
use sigil_compiler::ir::eval::Scoping;
use sigil_runtime::table::Value;
use sigil_tests::shared::{find, rules};
use sigil_tests::verdicts::engine;

const PUBLISHED: &str = "seeds/unusual_process_spawned_from_web_server_parent.toml";
const DEPRECATED: &str = "corpus/elastic/rules/_deprecated/persistence_web_server_sus_child_spawned.toml";

/// A shell below nginx, with some fields changed; null takes a field away.
fn event(changes: Json) -> String {
    let base = json!({
        "@timestamp": "2026-11-24T10:15:00.000Z",
        "data_stream.type": "logs",
        "data_stream.dataset": "endpoint.events.process",
        "data_stream.namespace": "default",
        "event.dataset": "endpoint.events.process",
        "event.type": "start",
        "event.action": "exec",
        "host.os.type": "linux",
        "host.name": "web-01",
        "agent.id": "a1",
        "user.name": "shop",
        "user.id": "1001",
        "process.name": "bash",
        "process.executable": "/usr/bin/bash",
        "process.working_directory": "/srv/shop",
        "process.parent.name": "nginx",
        "process.parent.executable": "/usr/sbin/nginx",
    });
    let (Json::Object(mut fields), Json::Object(changes)) = (base, changes) else { panic!("objects") };
    fields.extend(changes);
    let fields: Map<String, Json> = fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
    Json::Object(fields).to_string()
}

/// The numbers of an alert's events, and its values by name.
type Told = (Vec<u64>, Vec<(String, Value)>);

/// What a rule finds in these events: by alert, the events behind it and what it says; `None` where the rule is not there.
fn found(test: &str, path: &str, events: &[String]) -> Option<Vec<Told>> {
    let path = find(test, path)?;
    let compilation = rules(std::slice::from_ref(&path), &[]).compile("seed");
    assert_eq!(compilation.plan.rules.len(), 1, "{:#?}", compilation.outcomes);
    let engine = engine(&compilation.plan, Scoping::Apply);
    let mut session = engine.session();
    for event in events {
        session.process_json(event.as_bytes(), |alert| panic!("{alert:?} before its run")).expect("an event");
    }
    let mut found = Vec::new();
    session.finish(|alert| {
        assert!(alert.found().is_some_and(|found| found.window.to - found.window.from == 61 * 60_000));
        let values = alert.values().iter().map(|(name, value)| (name.to_string(), value.clone()));
        found.push((alert.events().to_vec(), values.collect()));
    });
    Some(found)
}

/// Both rules find alerts with these events behind them, in this order.
fn check(test: &str, events: &[Json], expected: &[&[u64]]) {
    let events: Vec<String> = events.iter().cloned().map(event).collect();
    for path in [PUBLISHED, DEPRECATED] {
        let Some(found) = found(test, path, &events) else { continue };
        let found: Vec<&[u64]> = found.iter().map(|(events, _)| events.as_slice()).collect();
        assert_eq!(found, expected, "{path}: {events:#?}");
    }
}

/// Each event alone: the rules alert, or they do not.
fn check_each(test: &str, events: &[(Json, bool)]) {
    for (changes, alerts) in events {
        let expected: &[&[u64]] = if *alerts { &[&[0]] } else { &[] };
        check(test, std::slice::from_ref(changes), expected);
    }
}

#[test]
fn what_is_missing_below_not_drops_the_event() {
    let cases = [
        (json!({}), true),
        // `NOT (null OR null OR null OR false)` is null
        (json!({"process.working_directory": null}), false),
        (json!({"process.parent.executable": null}), false),
        (json!({"process.working_directory": null, "process.parent.executable": null}), false),
        (json!({"process.working_directory": "/"}), false),
        (json!({"process.working_directory": "/home/shop"}), false),
        // `*` is any text, `/` too
        (json!({"process.working_directory": "/var/www/shop/x.ch"}), false),
        (json!({"process.working_directory": "/var/www/shop"}), true),
        (json!({"process.parent.executable": "/vscode/vscode-server/bin/node"}), false),
    ];
    check_each("what_is_missing_below_not_drops_the_event", &cases);
}

#[test]
fn several_actions_become_rows_and_several_types_are_not_compared() {
    let cases = [
        (json!({"event.action": ["exec", "fork"]}), true),
        (json!({"event.action": ["fork", "end"]}), false),
        (json!({"event.action": null}), false),
        (json!({"event.type": ["start"]}), true),
        (json!({"event.type": ["start", "start"]}), true),
        (json!({"event.type": ["start", "change"]}), false),
        (json!({"host.os.type": ["linux", "windows"]}), false),
    ];
    let test = "several_actions_become_rows_and_several_types_are_not_compared";
    check_each(test, &cases);
    // of an event with two actions one row is left: it counts once
    let one = json!({"event.action": ["exec", "fork"]});
    check(test, &[one.clone(), one.clone(), one.clone(), one], &[&[0, 1, 2, 3]]);
}

#[test]
fn patterns_are_of_the_whole_value_and_with_case() {
    let by_name = |name: &str, executable: &str| json!({"process.name": name, "process.executable": executable});
    let java = |directory: &str| json!({"process.parent.name": "java", "process.parent.working_directory": directory});
    let cases = [
        (by_name("x", "./x"), true),
        // the dot is no placeholder
        (by_name("x", "a/x"), false),
        (by_name(".x", "/opt/x"), true),
        (by_name("ax", "/opt/ax"), false),
        (by_name("perl", "/opt/perl"), true),
        (by_name("perl5", "/opt/perl5"), false),
        (by_name("Perl", "/opt/Perl"), false),
        (by_name("python3.11", "/opt/python3.11"), true),
        (by_name("x", "/opt/tmp/x"), false),
        (by_name("x", "/tmp/a/b"), true),
        (java("/u01/app"), true),
        (java("/u0/app"), false),
        (java("/u012/app"), false),
        (java("/var/www/app"), true),
        (java("/srv"), false),
        (json!({"process.parent.name": "Nginx"}), false),
        (json!({"process.parent.name": "php-fpm8.2"}), true),
    ];
    check_each("patterns_are_of_the_whole_value_and_with_case", &cases);
}

#[test]
fn fewer_than_five_events_of_one_agent() {
    let test = "fewer_than_five_events_of_one_agent";
    let one = json!({});
    let by = |agent: Json| json!({"agent.id": agent});
    check(test, &[one.clone(), one.clone(), one.clone(), one.clone()], &[&[0, 1, 2, 3]]);
    check(test, &[one.clone(), one.clone(), one.clone(), one.clone(), one.clone()], &[]);
    check(test, &[one.clone(), one.clone(), one.clone(), by(json!("a2"))], &[]);
    // a missing agent is counted as an event, but not as an agent
    check(test, &[by(Json::Null), by(Json::Null)], &[]);
    check(test, &[one.clone(), by(Json::Null)], &[&[0, 1]]);
    check(test, &[by(json!(["a1", "a2"]))], &[]);
    // groups are by executable, working directory and parent; a missing key is a group too. The smallest come first
    let group = |executable: Json| json!({"process.executable": executable});
    check(test, &[one.clone(), one.clone(), group(json!("/bin/bash"))], &[&[2], &[0, 1]]);
    check(test, &[group(Json::Null), group(Json::Null), one], &[&[2], &[0, 1]]);
    // a key of several values is in several groups
    check(test, &[group(json!(["/a", "/b"]))], &[&[0], &[0]]);
}

#[test]
fn what_is_missing_below_or_does_not_matter() {
    let cases = [
        (json!({"process.parent.name": "sh", "user.name": "www-data", "process.parent.working_directory": null}), true),
        (json!({"process.parent.name": null, "process.parent.working_directory": "/var/www/html"}), true),
        (json!({"process.parent.name": null, "user.name": null, "user.id": null}), false),
        (json!({"process.name": null, "process.executable": "/tmp/x"}), true),
        (json!({"process.name": ["a", "b"], "process.executable": "/tmp/x"}), true),
    ];
    check_each("what_is_missing_below_or_does_not_matter", &cases);
}

#[test]
fn numbers_are_compared_as_keywords() {
    let other = |id: Json| json!({"process.parent.name": "sh", "user.id": id});
    let cases = [
        (other(json!("33")), true),
        (other(json!(33)), true),
        (other(json!(498)), true),
        (other(json!("033")), false),
        (other(json!(34)), false),
    ];
    check_each("numbers_are_compared_as_keywords", &cases);
}

#[test]
fn values_are_in_order() {
    let test = "values_are_in_order";
    let host = |name: &str| event(json!({"host.name": name}));
    let events = [host("web-9"), host("web-10"), host("Web-2"), host("web-10")];
    for path in [PUBLISHED, DEPRECATED] {
        let Some(found) = found(test, path, &events) else { continue };
        let [(behind, values)] = found.as_slice() else { panic!("{path}: {found:?}") };
        assert_eq!(behind, &[0, 1, 2, 3]);
        let value = |name: &str| values.iter().find(|(known, _)| known == name).map(|(_, value)| value.to_string());
        assert_eq!(value("Esql.event_count").as_deref(), Some("4"), "{path}: {values:?}");
        assert_eq!(value("process.executable").as_deref(), Some("/usr/bin/bash"));
        assert_eq!(value("Esql.host_name_values").as_deref(), Some("[Web-2,web-10,web-9]"), "{path}");
        assert_eq!(value("Esql.agent_id_values").as_deref(), Some("a1"));
        // the later version names one host and one agent
        let first = |of: &str| (path == DEPRECATED).then(|| of.to_owned());
        assert_eq!((value("host.name"), value("agent.id")), (first("Web-2"), first("a1")), "{path}");
    }
}

/// Runs are on the hour, over 61 minutes.
#[test]
fn hours_are_counted_apart() {
    let test = "hours_are_counted_apart";
    let at = |time: &str| json!({"@timestamp": format!("2026-11-24T{time}Z")});
    let early = at("10:15:00.000");
    let late = at("11:15:00.000");
    check(test, &[early.clone(), early.clone(), early.clone(), late.clone(), late], &[&[0, 1, 2], &[3, 4]]);
    // the last minute is seen by two runs, and told by both
    check(test, &[at("10:59:30.000")], &[&[0], &[0]]);
    // what counts is when an event arrived, where that is known
    let arrived = json!({"@timestamp": "2026-11-24T10:15:00.000Z", "event.ingested": "2026-11-24T11:20:00.000Z"});
    check(test, &[early.clone(), early.clone(), early.clone(), early, arrived], &[&[0, 1, 2, 3], &[4]]);
}
