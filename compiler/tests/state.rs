//! `sigil run` with rules that look at more than one event: threads, lateness, state that is kept, alerts that come back.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::Value;

fn rule(number: u32, rest: &str) -> String {
    format!(
        "[rule]\nname = 'Rule {number}'\nrule_id = '00000000-0000-4000-8000-{number:012}'\nseverity = 'medium'\nlanguage = 'kuery'\n{rest}"
    )
}

/// Three failures of a user within six minutes.
const THRESHOLD: &str = "type = 'threshold'\nquery = 'event.outcome: failure'\ntags = ['Tactic: Credential Access']\n[rule.threshold]\nfield = ['user.name']\nvalue = 3\n";
const NEW_TERMS: &str = "type = 'new_terms'\nquery = 'event.outcome: *'\nbuilding_block_type = 'default'\n[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = ['host.name']\n[[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-7d'\n";
const SUPPRESSED: &str = "type = 'query'\nquery = 'event.outcome: failure'\n[rule.alert_suppression]\ngroup_by = ['user.name']\n[rule.alert_suppression.duration]\nvalue = 1\nunit = 'h'\n";
const OVER_ALERTS: &str = "type = 'query'\nindex = ['.alerts-security.*']\nquery = 'event.kind: signal and kibana.alert.rule.threat.tactic.name: \"Credential Access\" and kibana.alert.risk_score >= 47 and signal.rule.name: Rule*'\n";

/// A folder with files in it.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// A folder with the rules above, and these events.
fn with_rules(events: &str) -> tempfile::TempDir {
    let rules = [THRESHOLD, NEW_TERMS, SUPPRESSED, OVER_ALERTS].iter().zip(1..).map(|(rest, n)| rule(n, rest));
    let rules: Vec<String> = rules.collect();
    let names = ["rules/1.toml", "rules/2.toml", "rules/3.toml", "rules/4.toml", "e.ndjson"];
    let texts = rules.iter().map(String::as_str).chain([events]);
    folder(&names.into_iter().zip(texts).collect::<Vec<_>>())
}

/// An event each seven seconds, some of them half a minute late; the same ones every time.
fn events(numbers: std::ops::Range<u64>) -> String {
    let mut text = String::new();
    for n in numbers {
        let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let second = 1_767_312_000 + n * 7 - noise % 30;
        let outcome = if noise.is_multiple_of(3) { "failure" } else { "success" };
        let (user, host) = (noise % 11, noise % 997);
        writeln!(
            text,
            "{{\"@timestamp\":{second}000,\"event\":{{\"outcome\":\"{outcome}\"}},\"user\":{{\"name\":\"u{user}\"}},\"host\":{{\"name\":\"h{host}\"}}}}"
        )
        .unwrap();
    }
    text
}

fn sigil(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigil"));
    command.current_dir(folder).args(args).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// Runs the rules and checks the exit status.
fn run(folder: &Path, args: &[&str], status: i32) -> (String, String) {
    let args = [&["run", "rules"], args].concat();
    let Output { status: ended, stdout, stderr } = sigil(folder, &args).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(ended.code(), Some(status), "sigil {args:?}\n--- out\n{stdout}\n--- err\n{stderr}");
    (stdout, stderr)
}

/// Runs the rules on standard input, which comes in small pieces.
fn pipe(folder: &Path, args: &[&str], events: String) -> String {
    let args = [&["run", "rules", "--format", "ndjson"], args].concat();
    let mut child = sigil(folder, &args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feed = thread::spawn(move || events.as_bytes().chunks(1_777).for_each(|part| stdin.write_all(part).unwrap()));
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn lines(ndjson: &str) -> Vec<Value> {
    ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(ndjson: &str) -> Vec<String> {
    lines(ndjson).iter().filter_map(|alert| alert["id"].as_str().map(str::to_owned)).collect()
}

const LATE: [&str; 4] = ["--events", "e.ndjson", "--lateness", "30s"];

#[test]
fn threads_change_nothing() {
    let here = with_rules(&events(0..30_000));
    let one = run(here.path(), &LATE, 0).0;
    assert!(one.lines().count() > 1_000, "{}", one.lines().count());
    for threads in ["2", "4"] {
        assert!(run(here.path(), &[&LATE[..], &["--threads", threads]].concat(), 0).0 == one, "{threads} threads");
    }
    // the same with other batches: standard input comes in pieces of its own
    let piped = pipe(here.path(), &["--lateness", "30s"], events(0..30_000));
    assert!(piped == one);
    let found = lines(&one);
    let of = |name: &str| found.iter().filter(|alert| alert["rule"]["name"] == name).collect::<Vec<_>>();
    let first = of("Rule 1")[0];
    assert_eq!(first["event_count"], first["values"]["count"]);
    assert!(
        first["key"]["user.name"].is_string()
            && first["window"]["from"].is_string()
            && first["id"].as_str().unwrap().len() == 32
    );
    assert_eq!(first["timestamp"], first["window"]["to"]);
    assert_eq!(of("Rule 2")[0]["building_block"], true);
    assert!(of("Rule 3").iter().any(|alert| alert["suppressed"].as_u64() > Some(0)));
    // each alert of the first rule comes back, right behind it
    assert_eq!(of("Rule 4").len(), of("Rule 1").len());
    let again = found.iter().position(|alert| alert["rule"]["name"] == "Rule 4").unwrap();
    assert_eq!(found[again]["events"], first["events"]);
    assert_eq!(ids(&one).len(), ids(&one).iter().collect::<BTreeSet<_>>().len());
}

#[test]
fn lateness() {
    // a burst whose last event comes when later ones were seen
    let event = |second: u64| {
        format!("{{\"@timestamp\":{second}000,\"event\":{{\"outcome\":\"failure\"}},\"user\":{{\"name\":\"u\"}}}}\n")
    };
    let text = [1_767_312_001, 1_767_312_002, 1_767_313_800, 1_767_312_003].map(event).concat();
    let here = folder(&[("rules/1.toml", &rule(1, THRESHOLD)), ("e.ndjson", &text)]);
    let (out, _) = run(here.path(), &["--events", "e.ndjson", "--format", "json"], 0);
    let summary = &lines(&out)[0];
    assert_eq!((&summary["alerts"], &summary["stateful"]["late"]), (&0.into(), &1.into()), "{out}");
    assert_eq!(summary["stateful"]["losses"][0]["name"], "Rule 1");
    let (out, _) = run(here.path(), &["--events", "e.ndjson", "--format", "json", "--lateness", "1h"], 0);
    let summary = &lines(&out)[0];
    assert_eq!((&summary["alerts"], &summary["stateful"]["late"]), (&1.into(), &0.into()), "{out}");
    let (out, _) = run(here.path(), &["--events", "e.ndjson", "--format", "human", "--lateness", "1h"], 0);
    assert_eq!(out, "2026-01-02T00:05:00.000Z medium        Rule 1  user.name=u count=3, 3 events [0, 1, 3]\n");
    let (out, _) = run(here.path(), &["--events", "e.ndjson", "--format", "summary"], 0);
    assert!(out.contains("stateful rules 1: 4 events") && out.contains("  Rule 1: 4 events"), "{out}");
}

#[test]
fn events_from_the_future_make_nothing_late() {
    let usual = events(0..3_000);
    let here = with_rules(&usual);
    let told = |events: String| {
        fs::write(here.path().join("e.ndjson"), events).unwrap();
        let (out, _) = run(here.path(), &[&LATE[..], &["--format", "json", "-o", "o"]].concat(), 0);
        let alerts = lines(&fs::read_to_string(here.path().join("o")).unwrap());
        let keys = alerts.iter().map(|alert| format!("{} {} {}", alert["rule"]["name"], alert["window"], alert["key"]));
        (lines(&out)[0]["stateful"]["late"].as_u64(), keys.collect::<Vec<_>>())
    };
    let (late, expected) = told(usual.clone());
    assert!(late == Some(0) && expected.len() > 100, "{late:?}");
    let (first, rest) = usual.split_at(usual.len() / 2);
    let (first, rest) = (first.to_owned() + &rest[..=rest.find('\n').unwrap()], &rest[rest.find('\n').unwrap() + 1..]);
    for future in ["2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"] {
        let event = format!(
            "{{\"@timestamp\":\"{future}\",\"event\":{{\"outcome\":\"none\"}},\"host\":{{\"name\":\"h1\"}}}}\n"
        );
        for text in [event.clone() + &usual, format!("{first}{event}{rest}")] {
            let (late, found) = told(text);
            let is_late = u64::from(future.starts_with('1') && late == Some(1));
            assert_eq!(late, Some(is_late), "{future}");
            let missing: Vec<_> =
                expected.iter().filter(|key| key.contains("Rule 1") && !found.contains(key)).collect();
            assert!(missing.is_empty(), "{future}: {missing:?}");
        }
    }
}

#[test]
fn several_times_of_an_event() {
    // the second event says two times; the rule sees it at the earlier one, and so does the watermark
    let event = |time: &str| {
        format!("{{\"@timestamp\":{time},\"event\":{{\"outcome\":\"failure\"}},\"user\":{{\"name\":\"u\"}}}}\n")
    };
    let text =
        ["\"2026-01-02T00:00:01Z\"", "[\"2026-01-02T00:30:00Z\",\"2026-01-02T00:00:02Z\"]", "\"2026-01-02T00:00:03Z\""]
            .map(event)
            .concat();
    let here = folder(&[("rules/1.toml", &rule(1, THRESHOLD)), ("e.ndjson", &text)]);
    let (out, _) = run(here.path(), &["--events", "e.ndjson", "--format", "json"], 0);
    let summary = &lines(&out)[0];
    assert_eq!((&summary["alerts"], &summary["stateful"]["late"]), (&1.into(), &0.into()), "{out}");
}

#[test]
fn state_goes_on() {
    let whole = events(0..12_000);
    let here = with_rules(&whole);
    let expected = run(here.path(), &LATE, 0).0;
    let state = [&LATE[..], &["--state", "s", "--output", "o", "--commit-every", "500"]].concat();
    let kept = [&state[..], &["--keep-open"]].concat();
    let alerts = || fs::read_to_string(here.path().join("o")).unwrap();

    // a file that grows, three times
    for numbers in [0..5_000, 0..5_001, 0..12_000] {
        fs::write(here.path().join("e.ndjson"), events(numbers)).unwrap();
        assert_eq!(run(here.path(), &kept, 0), (String::new(), String::new()));
    }
    assert!(expected.starts_with(&alerts()) && alerts().len() * 2 > expected.len());
    // what is open is told, and told once
    run(here.path(), &state, 0);
    assert!(alerts() == expected);
    run(here.path(), &state, 0);
    assert!(alerts() == expected);
    // the same file by another name
    let full = here.path().join("e.ndjson").display().to_string();
    for name in ["./e.ndjson", "rules/../e.ndjson", &full] {
        run(here.path(), &state.iter().map(|arg| if *arg == "e.ndjson" { name } else { arg }).collect::<Vec<_>>(), 0);
        assert!(alerts() == expected, "{name}");
    }
    // more events: nothing that was told early is told again
    fs::write(here.path().join("e.ndjson"), events(0..12_500)).unwrap();
    run(here.path(), &state, 0);
    let longer = alerts();
    assert!(longer.starts_with(&expected) && longer.len() > expected.len());
    assert_eq!(ids(&longer).len(), ids(&longer).iter().collect::<BTreeSet<_>>().len());
    let at_once = run(here.path(), &LATE, 0).0;
    let missing = ids(&at_once).into_iter().collect::<BTreeSet<_>>();
    let told = ids(&longer).into_iter().collect();
    assert_eq!(missing.difference(&told).count(), 0);
    // numbers of events count on
    let last = |text: &str| {
        lines(text)
            .iter()
            .flat_map(|alert| alert["events"].as_array().unwrap().clone())
            .filter_map(|n| n.as_u64())
            .max()
    };
    assert_eq!(last(&longer), last(&at_once));

    // a file that was replaced is read anew, behind the numbers of the old one
    fs::write(here.path().join("e.ndjson"), events(12_500..14_000)).unwrap();
    run(here.path(), &state, 0);
    assert!(last(&alerts()) > Some(13_500));
}

#[test]
fn half_written_events_are_read_when_they_are_whole() {
    let mut whole = events(0..600);
    let expected = {
        let here = with_rules(&whole);
        run(here.path(), &[&LATE[..], &["--state", "s"]].concat(), 0).0
    };
    let pretty = whole.replace(",\"", ",\n  \"");
    // the file ends within an event again and again; the last one is whole without an end of line
    whole.pop();
    for (text, ends) in [
        (&whole, vec![30, 30, 31, 5_000, whole.len() / 2]),
        (&pretty, vec![pretty.find('}').unwrap() - 5, 7_000, 20_000]),
    ] {
        let here = with_rules("");
        let state = [&LATE[..], &["--state", "s", "-o", "o"]].concat();
        for end in ends.into_iter().chain([text.len()]) {
            fs::write(here.path().join("e.ndjson"), &text[..end]).unwrap();
            let (_, err) = run(here.path(), &[&state[..], &["--keep-open"]].concat(), 0);
            let is_torn = serde_json::Deserializer::from_slice(&text.as_bytes()[..end])
                .into_iter::<Value>()
                .any(|event| event.is_err());
            assert_eq!(err.lines().count(), usize::from(is_torn), "{end}: {err}");
        }
        run(here.path(), &state, 0);
        let told = fs::read_to_string(here.path().join("o")).unwrap();
        // ids of events are of their texts
        let plain = |text: &str| {
            let alerts = lines(text);
            let keys = ["rule", "window", "key", "values", "event_count"];
            alerts.iter().map(|alert| keys.map(|key| alert[key].to_string()).concat()).collect::<BTreeSet<_>>()
        };
        assert!(plain(&told) == plain(&expected) && told.lines().count() == expected.lines().count(), "{told}");
    }
    // what is broken and ended stays behind
    let here = with_rules("{\"broken\n");
    let state = [&LATE[..], &["--state", "s"]].concat();
    assert_eq!(run(here.path(), &state, 0).1.lines().count(), 1);
    assert_eq!(run(here.path(), &state, 0).1, "");
}

#[test]
fn what_was_told_early_and_finds_no_place_later_is_told_once() {
    let event = |time: &str, user: u32| {
        format!(
            "{{\"@timestamp\":\"2026-01-02T00:{time}Z\",\"event\":{{\"outcome\":\"failure\"}},\"user\":{{\"name\":\"u{user}\"}}}}\n"
        )
    };
    let text = format!("max_signals = 2\ninterval = '5m'\nfrom = 'now-16m'\n{SUPPRESSED}");
    let mut events = event("01:10", 1) + &event("01:20", 2);
    let here = folder(&[("rules/1.toml", &rule(1, &text)), ("e.ndjson", &events)]);
    let state = [&LATE[..], &["--state", "s", "-o", "o", "--commit-every", "1"]].concat();
    let alerts = || fs::read_to_string(here.path().join("o")).unwrap();
    run(here.path(), &state, 0);
    assert_eq!(alerts().lines().count(), 2);
    // late ones go before them, and a run has room for two
    for more in [event("01:01", 3) + &event("01:02", 4), event("06:00", 5), event("11:00", 6), event("50:00", 7)] {
        events += &more;
        fs::write(here.path().join("e.ndjson"), &events).unwrap();
        run(here.path(), &state, 0);
        let told = ids(&alerts());
        assert_eq!(told.len(), told.iter().collect::<BTreeSet<_>>().len(), "{}", alerts());
    }
    let users: BTreeSet<_> = lines(&alerts()).iter().map(|alert| alert["values"].to_string()).collect();
    assert_eq!(users.len(), 7, "{users:?}");
}

#[test]
#[cfg(unix)]
fn commands_that_fail_are_told_of() {
    const QUERY: &str = "from logs-* metadata _id, _index, _version | where event.outcome == \"failure\" | keep user.name, _id, _index, _version | completion told = user.name with {\"inference_id\": \"m\"}";
    let text = rule(1, &format!("type = 'esql'\nquery = '{QUERY}'\n")).replace("'kuery'", "'esql'");
    let event =
        "{\"@timestamp\":\"2026-01-02T00:00:01Z\",\"event\":{\"outcome\":\"failure\"},\"user\":{\"name\":\"u\"}}\n";
    let here = folder(&[("rules/1.toml", &text), ("e.ndjson", &event.repeat(3))]);
    let with = |command: &str, status| run(here.path(), &["--events", "e.ndjson", "--completion", command], status);
    let (out, err) = with("cat /dev/stdin /dev/null", 0);
    // the inference id is no file
    assert!(err == "warning: the command of `--completion` failed 3 times; the answers are null\n", "{err}");
    assert_eq!(lines(&out).len(), 3);
    let (out, err) = with("sh -c cat", 0);
    assert_eq!((lines(&out)[2]["values"]["told"].as_str(), err.as_str()), (Some("u"), ""));
    let (out, err) = with("no-such-program --now", 2);
    assert!(out.is_empty() && err.starts_with("error: cannot start `no-such-program` of `--completion`: "), "{err}");
    let json = ["--events", "e.ndjson", "--completion", "false", "--format", "json"];
    assert_eq!(lines(&run(here.path(), &json, 0).0)[0]["failed_completions"], 3);
    let query = "ROW a = \"x\" | COMPLETION b = a WITH {\"inference_id\": \"m\"}";
    let output = sigil(here.path(), &["query", "--language", "esql", query, "--completion", "false"]).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && err.contains("`--completion` failed 1 time; the answers are null"), "{err}");
}

#[test]
fn output_files_come_and_go() {
    let here = with_rules("");
    let path = |name: &str| here.path().join(name);
    let text = |name: &str| fs::read_to_string(path(name)).unwrap();
    let state = [&LATE[..], &["--state", "s", "--keep-open"]].concat();
    let mut until = 0;
    let mut go_on = |output: &[&str]| {
        until += 2_000;
        fs::write(path("e.ndjson"), events(0..until)).unwrap();
        run(here.path(), &[&state[..], output].concat(), 0).0
    };
    // a file from before the state began is written anew
    fs::write(path("a"), "old\n").unwrap();
    let full = path("rules/../a").display().to_string();
    let mut all = Vec::new();
    for output in [&["-o", "a"][..], &[], &["-o", "./a"], &["-o", &full], &["-o", "b"], &["-o", "a"]] {
        let (before, other) = (text("a"), fs::read_to_string(path("b")).unwrap_or_default());
        let standard = go_on(output);
        if let Some(more) = text("a").strip_prefix(&before) {
            all.push(more.to_owned());
        } else {
            assert_eq!(before, "old\n", "what was told is gone: {output:?}");
            all.push(text("a"));
        }
        all.push(standard);
        if path("b").exists() {
            all.push(text("b").strip_prefix(&other).expect("what was told stays").to_owned());
        }
    }
    // a file that the state knows nothing of is gone on with
    fs::write(path("c"), "mine\n").unwrap();
    go_on(&["-o", "c"]);
    all.push(text("c").strip_prefix("mine\n").expect("what is there stays").to_owned());
    // and from there on what counts is known
    let kept = text("c");
    fs::write(path("c"), format!("{kept}a torn li")).unwrap();
    run(here.path(), &[&state[..], &["-o", "c"]].concat(), 0);
    assert_eq!(text("c"), kept);
    let expected = run(here.path(), &[&LATE[..], &["--state", "s2", "--keep-open"]].concat(), 0).0;
    assert!(all.concat() == expected && expected.lines().count() > 500);
}

#[test]
fn standard_input_is_not_passed_over() {
    let here = with_rules("");
    let pipe = |numbers| pipe(here.path(), &["--lateness", "30s", "--state", "s", "--keep-open"], events(numbers));
    let parts = pipe(0..3_000) + &pipe(3_000..6_000);
    let here = with_rules(&events(0..6_000));
    assert!(run(here.path(), &[&LATE[..], &["--state", "s", "--keep-open"]].concat(), 0).0 == parts);
    // without a state, what is kept open would be gone
    let (_, err) = run(here.path(), &[&LATE[..], &["--keep-open"]].concat(), 3);
    assert!(err.contains("--state"), "{err}");
}

#[test]
fn state_files_that_are_none() {
    let here = with_rules(&events(0..100));
    let args = [&LATE[..], &["--state", "s"]].concat();
    run(here.path(), &args, 0);
    let path = here.path().join("s");
    let good = fs::read(&path).unwrap();
    let mut changed = good.clone();
    let at = good.windows(8).position(|bytes| bytes == b"sigil st").expect("the snapshot") + 40;
    changed[at] ^= 1;
    for bytes in [&b"notes of mine\n"[..], b"", &good[..100], &good[..good.len() / 2], &changed] {
        fs::write(&path, bytes).unwrap();
        let (out, err) = run(here.path(), &args, 2);
        assert!(
            out.is_empty() && err.contains("cannot use state file `s`: ") && err.contains("name another file"),
            "{err}"
        );
        assert!(fs::read(&path).unwrap() == bytes, "{err}");
    }
    fs::write(&path, &good).unwrap();
    assert_eq!(run(here.path(), &args, 0).0, "");
}

#[test]
fn rules_that_change_lose_their_state() {
    let here = with_rules(&events(0..2_000));
    let args = [&LATE[..], &["--state", "s", "--keep-open"]].concat();
    assert_eq!(run(here.path(), &args, 0).1, "");
    fs::write(here.path().join("rules/1.toml"), rule(1, &THRESHOLD.replace("value = 3", "value = 4"))).unwrap();
    let (_, err) = run(here.path(), &args, 0);
    assert_eq!(err, "warning: the state of `Rule 1` was dropped: changed, or gone; that of other rules lives on\n");
    assert_eq!(run(here.path(), &args, 0).1, "");
}

#[test]
fn alerts_are_not_written_over_what_is_read() {
    let here = with_rules(&events(0..100));
    fs::create_dir(here.path().join("in")).unwrap();
    fs::copy(here.path().join("e.ndjson"), here.path().join("in/e.ndjson")).unwrap();
    for (output, more) in [
        ("e.ndjson", &["--events", "./e.ndjson"][..]),
        ("in/../e.ndjson", &["--events", "e.ndjson"]),
        ("in/alerts.ndjson", &["--events", "in"]),
        ("s", &["--events", "e.ndjson", "--state", "s"]),
    ] {
        let (out, err) = run(here.path(), &[more, &["--output", output]].concat(), 3);
        assert!(out.is_empty() && err.contains("name another file with `--output`"), "{output}: {err}");
    }
    let rule = sigil(here.path(), &["run", "rules/1.toml", "-e", "e.ndjson", "-o", "rules/1.toml"]).output().unwrap();
    assert_eq!(rule.status.code(), Some(3));
    assert_eq!(fs::read_to_string(here.path().join("e.ndjson")).unwrap(), events(0..100));
    run(here.path(), &["--events", "in", "--output", "alerts.ndjson"], 0);
}

#[test]
fn what_is_lost_is_told() {
    let untimed = "{\"event\":{\"outcome\":\"failure\"}}\n";
    let here = folder(&[("rules/1.toml", &rule(1, THRESHOLD)), ("e.ndjson", &untimed.repeat(3))]);
    let told = "warning: not all is in the results of `Rule 1`: 3 events have no time; `--format summary` tells more\n";
    for format in ["ndjson", "human"] {
        let (_, err) = run(here.path(), &["--events", "e.ndjson", "--format", format], 0);
        assert!(err.contains(told), "{format}: {err}");
    }
    assert!(run(here.path(), &["--events", "e.ndjson", "--format", "summary"], 0).0.contains("3 untimed"));
    fs::write(here.path().join("e.ndjson"), untimed).unwrap();
    let (_, err) = run(here.path(), &["--events", "e.ndjson"], 0);
    assert!(err.contains(": 1 event has no time; "), "{err}");
}

#[test]
fn events_of_windows_logs_have_a_time() {
    let event = |second: u32| {
        format!(
            "{{\"Event\":{{\"System\":{{\"EventID\":1,\"TimeCreated\":{{\"#attributes\":{{\"SystemTime\":\"2026-01-02T00:00:{second:02}Z\"}}}}}},\"EventData\":{{\"A\":\"x\"}}}}}}\n"
        )
    };
    let threshold = "type = 'threshold'\nquery = 'A: x'\n[rule.threshold]\nfield = []\nvalue = 3\n";
    let text: String = (1..4).map(event).collect();
    let here = folder(&[("rules/1.toml", &rule(1, threshold)), ("e.json", &text)]);
    let (out, err) = run(here.path(), &["--events", "e.json", "--format", "ndjson"], 0);
    assert_eq!((lines(&out).len(), err.as_str()), (1, ""), "{out}");
    assert_eq!(lines(&out)[0]["timestamp"], "2026-01-02T00:05:00.000Z");
}

#[test]
fn a_document_with_an_id_alerts_once() {
    let event = |id: &str| {
        format!(
            "{{\"@timestamp\":\"2026-01-02T00:00:01Z\",{id}\"host\":{{\"name\":\"h\"}},\"event\":{{\"outcome\":\"failure\"}},\"user\":{{\"name\":\"u\"}}}}\n"
        )
    };
    let esql = "type = 'esql'\nquery = 'FROM logs-* METADATA _id | KEEP host.name'\n";
    let text = rule(1, esql).replace("'kuery'", "'esql'");
    for (id, alerts) in [("\"_id\":\"a\",", 1), ("", 3)] {
        let here = folder(&[("rules/1.toml", &text), ("e.ndjson", &event(id).repeat(3))]);
        let (out, _) = run(here.path(), &["--events", "e.ndjson", "--format", "ndjson"], 0);
        assert_eq!(lines(&out).len(), alerts, "{id}");
    }
}

#[test]
fn alerts_say_tactics_of_the_rule() {
    let threat = "[[rule.threat]]\nframework = 'MITRE ATT&CK'\n[rule.threat.tactic]\nid = 'TA0006'\nname = 'Credential Access'\n[[rule.threat.technique]]\nid = 'T1110'\nname = 'Brute Force'\n[[rule.threat.technique.subtechnique]]\nid = 'T1110.003'\nname = 'Password Spraying'\n";
    let made = rule(1, &format!("type = 'query'\nquery = 'event.outcome: failure'\n{threat}"));
    let over = "type = 'query'\nindex = ['.alerts-security.*']\nquery = 'kibana.alert.rule.threat.tactic.name: \"Credential Access\" and kibana.alert.rule.threat.technique.id: T1110 and kibana.alert.rule.threat.technique.subtechnique.id: T1110.003 and not kibana.alert.rule.threat.technique.id: T1110.003'\n";
    let here = folder(&[("rules/1.toml", &made), ("rules/2.toml", &rule(2, over)), ("e.ndjson", &events(0..40))]);
    let (out, _) = run(here.path(), &["--events", "e.ndjson", "--format", "ndjson"], 0);
    let of = |name: &str| lines(&out).iter().filter(|alert| alert["rule"]["name"] == name).count();
    assert!(of("Rule 1") > 0 && of("Rule 1") == of("Rule 2"), "{out}");
}

#[test]
fn output_files() {
    let here = with_rules(&events(0..2_000));
    let expected = run(here.path(), &LATE, 0).0;
    fs::write(here.path().join("o"), "old ".repeat(1_000_000)).unwrap();
    let to_file = [&LATE[..], &["--output", "o"]].concat();
    assert_eq!(run(here.path(), &to_file, 0).0, "");
    assert!(fs::read_to_string(here.path().join("o")).unwrap() == expected);
    let (out, _) = run(here.path(), &[&to_file[..], &["--format", "json"]].concat(), 0);
    assert_eq!(lines(&out)[0]["alerts"], expected.lines().count());
    assert!(fs::read_to_string(here.path().join("o")).unwrap() == expected);
    let (_, err) = run(here.path(), &[&LATE[..], &["--output", "missing/o"]].concat(), 2);
    assert!(err.contains("cannot write to `missing/o`"), "{err}");
}

#[test]
fn alerts_of_alerts_end() {
    // each rule reads the alerts of all others, in circles
    let circle = |number| {
        rule(
            number,
            "type = 'query'\nindex = ['.alerts-security.*', 'logs-*']\nquery = 'event.outcome: failure or event.kind: signal'\n",
        )
    };
    let counting = |number| {
        rule(
            number,
            "type = 'threshold'\nindex = ['.alerts-security.*', 'logs-*']\nquery = 'event.outcome: failure or event.kind: signal'\n[rule.threshold]\nfield = []\nvalue = 1\n",
        )
    };
    let event = "{\"@timestamp\":\"2026-01-02T00:00:01Z\",\"event\":{\"outcome\":\"failure\"}}\n";
    let here = folder(&[
        ("rules/1.toml", &circle(1)),
        ("rules/2.toml", &circle(2)),
        ("rules/3.toml", &circle(3)),
        ("e.ndjson", event),
    ]);
    let (out, _) = run(here.path(), &["--events", "e.ndjson"], 0);
    // three alerts of the event; two of each, three times
    assert_eq!(out.lines().count(), 3 + 6 + 12 + 24, "{out}");
    assert!(lines(&out).iter().all(|alert| alert["events"] == serde_json::json!([0])));
    let here = folder(&[("rules/1.toml", &counting(1)), ("rules/2.toml", &counting(2)), ("e.ndjson", event)]);
    let (out, _) = run(here.path(), &["--events", "e.ndjson"], 0);
    assert!((2..100).contains(&out.lines().count()), "{out}");
}

const THREAT: &str = "type = 'threat_match'\nquery = 'source.ip: *'\nthreat_query = 'threat.indicator.ip: *'\nthreat_index = ['logs-ti_*']\nthreat_indicator_path = 'threat.indicator'\n[[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\nfield = 'source.ip'\ntype = 'mapping'\nvalue = 'threat.indicator.ip'\n";

#[test]
fn what_rules_look_up() {
    let here = folder(&[
        ("rules/1.toml", &rule(1, THREAT)),
        ("e.ndjson", "{\"source\":{\"ip\":\"10.0.0.1\"}}\n{\"source\":{\"ip\":\"10.0.0.2\"}}\n"),
        ("i.ndjson", "{\"_id\":\"x\",\"threat\":{\"indicator\":{\"ip\":\"10.0.0.2\"}}}\n"),
        ("hosts.csv", "name:keyword,n:long\na,1\n"),
        ("bad.csv", "name:nonsense\na\n"),
    ]);
    let (out, err) = run(here.path(), &["--events", "e.ndjson"], 0);
    assert_eq!(out, "");
    assert!(err.starts_with("warning: the rule `Rule 1` compares events with indicators and has none"), "{err}");
    let (out, err) =
        run(here.path(), &["--events", "e.ndjson", "--indicators", "i.ndjson", "--table", "hosts=hosts.csv"], 0);
    assert_eq!((err.as_str(), lines(&out).len()), ("", 1), "{out}");
    assert_eq!(lines(&out)[0]["values"]["threat.enrichments.matched.id"], "x");
    let (_, err) = run(here.path(), &["--events", "e.ndjson", "--table", "hosts=bad.csv"], 2);
    assert!(err.contains("cannot read bad.csv: it is no table: no type `nonsense`"), "{err}");
    let (_, err) = run(here.path(), &["--events", "e.ndjson", "--indicators", "missing"], 2);
    assert!(err.contains("cannot use indicators: missing: "), "{err}");
    run(here.path(), &["--events", "e.ndjson", "--table", "hosts"], 3);
    run(here.path(), &["--events", "e.ndjson", "--lateness", "5"], 3);
}

/// S-threat-differs
#[test]
fn indicators_that_must_differ() {
    let unlike = "[[rule.threat_mapping.entries]]\nfield = 'host.name'\ntype = 'mapping'\nvalue = 'threat.indicator.name'\nnegate = true\n";
    let indicator = |id: &str, name: &str| {
        format!("{{\"_id\":\"{id}\",\"threat\":{{\"indicator\":{{\"ip\":\"10.0.0.{id}\"{name}}}}}}}\n")
    };
    let indicators = [
        indicator("1", ",\"name\":\"a\""),
        indicator("2", ""),
        indicator("3", ",\"name\":[\"a\",\"b\"]"),
        indicator("4", ",\"name\":\"a\""),
        indicator("4", ",\"name\":\"b\""),
    ];
    let cases = [
        ("1", "\"a\"", false),
        ("1", "\"b\"", true),
        ("1", "[\"b\",\"a\"]", false),
        ("1", "null", true),
        ("2", "\"a\"", true),
        ("2", "null", false),
        ("3", "\"b\"", false),
        ("3", "\"c\"", true),
        ("4", "\"a\"", true),
        ("5", "\"b\"", false),
    ];
    let event = |(ip, name, _): &(&str, &str, bool)| {
        format!("{{\"source\":{{\"ip\":\"10.0.0.{ip}\"}},\"host\":{{\"name\":{name}}}}}\n")
    };
    let here = folder(&[
        ("rules/1.toml", &rule(1, &format!("{THREAT}{unlike}"))),
        ("e.ndjson", &cases.iter().map(event).collect::<String>()),
        ("i.ndjson", &indicators.concat()),
    ]);
    let (out, err) = run(here.path(), &["--events", "e.ndjson", "--indicators", "i.ndjson"], 0);
    let told: Vec<u64> = lines(&out).iter().map(|alert| alert["events"][0].as_u64().unwrap()).collect();
    let expected = (0..).zip(&cases).filter(|(_, (.., alerts))| *alerts);
    assert_eq!(told, expected.map(|(event, _)| event).collect::<Vec<u64>>(), "{out}{err}");
    // only what is equal is told of the indicator
    assert!(
        lines(&out).iter().all(|alert| alert["values"]["threat.enrichments.matched.field"] == "source.ip"),
        "{out}"
    );
}

/// S-suppression-values
#[test]
fn each_value_is_suppressed_by_itself() {
    let event = |second: u32, users: &str| {
        format!(
            "{{\"@timestamp\":\"2026-11-24T00:00:{second:02}Z\",\"event\":{{\"outcome\":\"failure\"}},\"user\":{{\"name\":{users}}}}}\n"
        )
    };
    let users = ["[\"a\",\"b\"]", "\"b\"", "[\"b\",\"c\",\"b\"]", "null", "[\"c\"]"];
    let events: String = (1..).zip(users).map(|(second, users)| event(second, users)).collect();
    let found = |rest: &str| -> Vec<String> {
        let text = rule(1, rest).replace("language = 'kuery'\n", "");
        let here = folder(&[("rules/1.toml", &text), ("e.ndjson", &events)]);
        let (out, _) = run(here.path(), &["--events", "e.ndjson"], 0);
        let told = lines(&out);
        assert_eq!(ids(&out).iter().collect::<BTreeSet<_>>().len(), told.len(), "{out}");
        told.iter()
            .map(|told| format!("{}{}{}", told["events"], told["values"]["user.name"], told["suppressed"]))
            .collect()
    };
    assert_eq!(found(SUPPRESSED), ["[0]\"a\"null", "[0]\"b\"2", "[2]\"c\"1", "[3]nullnull"]);
    // alerts of other rules have all values as one
    let eql = SUPPRESSED.replace(
        "type = 'query'\nquery = 'event.outcome: failure'",
        "type = 'eql'\nquery = 'any where event.outcome == \"failure\"'",
    );
    let eql = found(&eql);
    assert_eq!(eql.len(), 5, "{eql:?}");
}

/// S-no-fallback
#[test]
fn only_the_override_tells_the_time() {
    let times = [
        "\"@timestamp\":\"2026-11-24T00:00:01Z\"",
        "\"event.ingested\":\"2026-11-24T00:00:02Z\"",
        "\"event.ingested\":\"?\",\"@timestamp\":\"2026-11-24T00:00:03Z\"",
    ];
    let events: String = times
        .map(|time| format!("{{{time},\"source\":{{\"ip\":\"10.0.0.2\"}},\"event.outcome\":\"failure\"}}\n"))
        .concat();
    let threshold = "type = 'threshold'\nquery = 'event.outcome: failure'\n";
    let query = "type = 'query'\nquery = 'event.outcome: failure'\n";
    let counted = "[rule.threshold]\nfield = []\nvalue = 1\n";
    for (disabled, of_events, of_group) in [("true", vec![1, 2], 1), ("false", vec![0, 1, 2], 3)] {
        let more =
            format!("timestamp_override = 'event.ingested'\ntimestamp_override_fallback_disabled = {disabled}\n");
        let here = folder(&[
            ("rules/1.toml", &rule(1, &format!("{query}{more}"))),
            ("rules/2.toml", &rule(2, &format!("{more}{THREAT}"))),
            ("rules/3.toml", &rule(3, &format!("{more}{threshold}{counted}"))),
            ("e.ndjson", &events),
            ("i.ndjson", "{\"_id\":\"x\",\"threat\":{\"indicator\":{\"ip\":\"10.0.0.2\"}}}\n"),
        ]);
        let (out, err) = run(here.path(), &["--events", "e.ndjson", "--indicators", "i.ndjson"], 0);
        let of = |name: &str| lines(&out).into_iter().filter(|told| told["rule"]["name"] == name).collect::<Vec<_>>();
        for name in ["Rule 1", "Rule 2"] {
            let told: Vec<u64> = of(name).iter().map(|told| told["events"][0].as_u64().unwrap()).collect();
            assert_eq!(told, of_events, "{name}: {out}");
        }
        assert_eq!(of("Rule 3")[0]["event_count"], of_group, "{out}");
        assert_eq!(err.contains("2 events have no time"), disabled == "true", "{err}");
    }
}

#[test]
fn tables_for_rules() {
    let query = "from logs-* | where user.name is not null | enrich owners on user.name with team | where team == \"red\" | stats c = count(*) by user.name, team";
    let enriches = rule(1, &format!("type = 'esql'\nquery = '{query}'\n")).replace("'kuery'", "'esql'");
    let here = folder(&[
        ("rules/1.toml", &enriches),
        (
            "e.ndjson",
            "{\"@timestamp\":\"2026-11-24T00:00:30Z\",\"user\":{\"name\":\"bob\"}}\n{\"@timestamp\":\"2026-11-24T00:00:31Z\",\"user\":{\"name\":\"ann\"}}\n",
        ),
        ("owners.csv", "user.name:keyword,team:keyword\nbob,red\nann,blue\n"),
    ]);
    let (out, err) = run(here.path(), &["--events", "e.ndjson", "--table", "owners=owners.csv"], 0);
    let keys: Vec<String> = lines(&out).iter().map(|alert| alert["key"].to_string()).collect();
    assert!(!keys.is_empty() && keys.iter().all(|key| key == "{\"user.name\":\"bob\",\"team\":\"red\"}"), "{out}{err}");
    let (_, err) = run(here.path(), &["--events", "e.ndjson"], 2);
    assert!(err.contains("there is no policy `owners`") && err.contains("--table NAME=FILE"), "{err}");
    let says = |args: &[&str], status: i32| {
        let output = sigil(here.path(), args).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{args:?}: {text}");
        text
    };
    let table = ["--table", "owners=owners.csv"];
    says(&["check", "rules"], 2);
    assert!(says(&[&["check", "rules"][..], &table].concat(), 0).contains("1 compiled"));
    assert!(says(&[&["show", "rules/1.toml"][..], &table].concat(), 0).contains("owners"));
    says(&[&["build", "rules", "--out", "out"][..], &table].concat(), 0);
    assert!(says(&["check", "rules", "--table", "owners=none.csv"], 2).contains("none.csv"));
    let built = fs::read_to_string(here.path().join("out/mod.rs")).unwrap();
    fs::write(here.path().join("owners.csv"), "user.name:keyword,team:long\nbob,1\n").unwrap();
    assert!(says(&[&["check", "rules"][..], &table].concat(), 2).contains("`long`"), "{built}");
}
