//! The `sigil` binary as its users meet it: what it prints where, and how it ends.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const RULE: &str = "\
title: Whoami
id: 11111111-1111-4111-8111-111111111111
level: high
tags: [attack.discovery]
logsource:
    product: linux
    category: process_creation
detection:
    selection:
        Image|endswith: '/whoami'
    condition: selection
";

const SECOND: &str = "\
title: Anything by root
logsource:
    category: process_creation
detection:
    selection:
        User: root
    filter:
        Image: /sbin/init
    condition: selection and not filter
";

const REJECTED: &str = "\
title: Broken
id: 22222222-2222-4222-8222-222222222222
logsource:
    product: linux
detection:
    selection:
        Image|nonsense: x
    condition: selection
";

const UNSUPPORTED: &str = "\
title: Many logons
id: 33333333-3333-4333-8333-333333333333
logsource:
    product: linux
detection:
    selection:
        Image: x
    condition: selection | count() by User > 10
";

const EVENTS: &str = "\
{\"Image\":\"/usr/bin/whoami\",\"User\":\"root\",\"@timestamp\":\"2026-01-02T03:04:05Z\"}
{\"Image\":\"/usr/bin/ls\",\"User\":\"me\"}
{\"Image\":\"/usr/bin/WHOAMI\",\"User\":\"me\"}
";

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

fn sigil(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigil"));
    command.current_dir(folder).args(args).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs and checks the exit status.
fn check(folder: &Path, args: &[&str], status: i32) -> (String, String) {
    let Output { status: ended, stdout, stderr } = sigil(folder, args).output().unwrap();
    let (stdout, stderr) = (text(&stdout), text(&stderr));
    assert_eq!(ended.code(), Some(status), "sigil {args:?}\n--- out\n{stdout}\n--- err\n{stderr}");
    (stdout, stderr)
}

fn lines(ndjson: &str) -> Vec<Value> {
    ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn help_and_bad_usage() {
    let here = folder(&[]);
    let (help, _) = check(here.path(), &["--help"], 0);
    for word in ["check", "build", "run", "show", "explain", "completions", "Examples:", "Exit status:"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    for command in ["check", "build", "run", "show"] {
        assert!(check(here.path(), &[command, "--help"], 0).0.contains("Examples:"), "{command}");
    }
    check(here.path(), &["--version"], 0);
    for wrong in [
        &[][..],
        &["nonsense"],
        &["check"],
        &["check", "--format", "xml", "."],
        &["run", ".", "--threads", "0", "--events", "e"],
        &["run", ".", "--fail-on", "severe", "--events", "e"],
        &["build", "."],
        &["build", ".", "--out", "a", "--crate", "b"],
        &["explain", "SG999"],
        &["show", "a rule that is not there"],
    ] {
        let (out, err) = check(here.path(), wrong, 3);
        assert!(out.is_empty() && !err.is_empty(), "{wrong:?}: {out}{err}");
    }
}

#[test]
fn explanations_and_completions() {
    let here = folder(&[]);
    assert!(check(here.path(), &["explain", "sg001"], 0).0.starts_with("error[SG001]: "));
    assert!(check(here.path(), &["explain"], 0).0.contains("\nSG016 "));
    assert!(check(here.path(), &["completions", "bash"], 0).0.contains("_sigil"));
}

#[test]
fn checks() {
    let here =
        folder(&[("good/a.yml", RULE), ("bad/r.yml", REJECTED), ("odd/u.yml", UNSUPPORTED), ("odd/notes.txt", "x")]);
    let (out, err) = check(here.path(), &["check", "good"], 0);
    assert_eq!((out.as_str(), err.as_str()), ("1 rule: 1 compiled\n", ""));
    let (out, _) = check(here.path(), &["check", "good", "odd"], 1);
    assert!(
        out.contains("unsupported  odd/u.yml  Many logons: ") && out.ends_with("2 rules: 1 compiled, 1 unsupported\n"),
        "{out}"
    );
    let (_, err) = check(here.path(), &["check", "odd"], 1);
    assert!(err.contains("note[SG048]") && err.contains("odd/u.yml:8:28") && err.contains("help: "), "{err}");
    let (out, err) = check(here.path(), &["check", ".", "--all"], 2);
    assert!(out.contains("compiled     ") && out.contains("rejected     ") && out.contains("r.yml  Broken: "), "{out}");
    assert!(err.contains("SG016") && err.contains("r.yml:7:15"), "{err}");
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'));
    assert!(check(here.path(), &["check", ".", "--color", "always"], 2).1.contains('\u{1b}'));

    let (out, err) = check(here.path(), &["check", ".", "--format", "json"], 2);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(err, "");
    assert_eq!(
        [&report["rules"], &report["compiled"], &report["unsupported"], &report["rejected"]]
            .map(|n| n.as_u64().unwrap()),
        [3, 1, 1, 1]
    );
    let rejected =
        report["outcomes"].as_array().unwrap().iter().find(|outcome| outcome["outcome"] == "rejected").unwrap();
    assert_eq!(
        (&rejected["title"], &rejected["rule_id"]),
        (&"Broken".into(), &"22222222-2222-4222-8222-222222222222".into())
    );
    assert!(rejected["reason"].is_string());
    let said = &report["diagnostics"][0];
    assert_eq!((&said["code"], &said["severity"], &said["line"]), (&"SG016".into(), &"error".into(), &7.into()));
}

#[test]
fn what_is_not_supported_is_told_where_it_stands() {
    let rule = |name: &str, language: &str, query: &str| {
        let kind = if language == "eql" { "eql" } else { "query" };
        format!(
            "[rule]\nname = \"{name}\"\nrule_id = \"{name}\"\ntype = \"{kind}\"\nlanguage = \"{language}\"\nindex = [\"logs-*\"]\nquery = \"\"\"\n{query}\n\"\"\"\n"
        )
    };
    let steps = rule("steps", "eql", "\nsequence by host.id\n  [process where true]\n  [file where true]");
    let pipe = rule("pipe", "eql", "process where true\n  | head 5");
    let lucene = rule("lucene", "lucene", "process.name:/a.*/");
    let here = folder(&[("steps.toml", &steps), ("pipe.toml", &pipe), ("lucene.toml", &lucene)]);
    let (_, err) = check(here.path(), &["check", "."], 1);
    for place in ["steps.toml:9:1", "pipe.toml:9:5", "lucene.toml:8:1"] {
        assert!(err.contains(place), "{place}: {err}");
    }
    assert_eq!(err.matches("note[SG048]").count(), 3, "{err}");
}

#[test]
fn paths_that_lead_nowhere() {
    let here = folder(&[("empty/readme.md", "no rules"), ("good.yml", RULE), ("e.ndjson", EVENTS)]);
    for command in [
        &["check", "missing"][..],
        &["check", "empty"],
        &["run", "empty", "--events", "e.ndjson"],
        &["build", "missing", "--out", "o"],
    ] {
        let (_, err) = check(here.path(), command, 2);
        assert!(err.contains("missing") || err.contains("no rule"), "{err}");
    }
    // what is there is compiled all the same
    let (out, err) = check(here.path(), &["check", "missing", "good.yml"], 2);
    assert!(err.contains("missing") && out.contains("1 compiled"), "{out}{err}");
}

/// With a part of what was asked for, rules would mean something else.
#[test]
fn pipelines_that_cannot_be_used_leave_no_rule() {
    let rule = RULE.replace("Image", "I").replace("'/whoami'", "whoami");
    let event = "{\"I\":\"/usr/bin/whoami\"}\n";
    let here = folder(&[
        ("rule.yml", &rule),
        (
            "query.toml",
            "[rule]\nname = \"Q\"\nrule_id = \"q\"\ntype = \"query\"\nlanguage = \"kuery\"\nquery = \"I:*whoami\"\n",
        ),
        ("e.ndjson", event),
        ("good.yml", "transformations: []\n"),
        ("bad.yml", "finalizers: [{type: json}]\n"),
    ]);
    let run = |more: &[&str], status| {
        check(
            here.path(),
            &[&["run", "rule.yml", "query.toml", "-e", "e.ndjson", "--format", "ndjson"], more].concat(),
            status,
        )
    };
    assert_eq!(run(&["--pipeline", "good.yml"], 0).0.lines().count(), 2);
    let (out, err) = run(&["--pipeline", "good.yml", "bad.yml"], 2);
    assert!(out.lines().count() == 1 && out.contains("\"Q\"") && err.contains("SG061"), "{out}{err}");
    let (out, _) = check(here.path(), &["check", "rule.yml", "--pipeline", "bad.yml"], 2);
    assert!(out.contains("1 rejected"), "{out}");
}

#[test]
fn runs() {
    let here = folder(&[("rules/a.yml", RULE), ("rules/b.yml", SECOND), ("e.ndjson", EVENTS)]);
    let (out, err) = check(here.path(), &["run", "rules", "--events", "e.ndjson"], 0);
    assert_eq!(err, "");
    let alerts = lines(&out);
    let found = alerts
        .iter()
        .map(|alert| (alert["rule"]["name"].as_str().unwrap(), alert["events"][0].as_u64().unwrap()))
        .collect::<Vec<_>>();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [("Anything by root", 0), ("Whoami", 0), ("Whoami", 2)]);
    assert!(found.is_sorted_by_key(|(_, event)| *event));
    let whoami = alerts.iter().find(|alert| alert["rule"]["name"] == "Whoami").unwrap();
    let expected = serde_json::json!({
        "rule": {"id": "11111111-1111-4111-8111-111111111111", "name": "Whoami", "level": "high", "source": "rules/a.yml"},
        "tags": ["attack.discovery"],
        "timestamp": "2026-01-02T03:04:05Z",
        "events": [0],
        "selections": ["selection"],
    });
    assert_eq!(whoami, &expected);
    let root = alerts.iter().find(|alert| alert["rule"]["name"] == "Anything by root").unwrap();
    assert_eq!(
        (&root["rule"]["id"], &root["rule"]["level"], &root["selections"]),
        (&Value::Null, &Value::Null, &serde_json::json!(["selection"]))
    );

    // numbers count on over all inputs, standard input among them
    let mut child = sigil(here.path(), &["run", "rules/a.yml", "--events", "e.ndjson", "-", "e.ndjson"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(EVENTS.as_bytes()).unwrap();
    let out = text(&child.wait_with_output().unwrap().stdout);
    assert_eq!(
        lines(&out).iter().map(|alert| alert["events"][0].as_u64().unwrap()).collect::<Vec<_>>(),
        [0, 2, 3, 5, 6, 8]
    );
}

#[test]
fn formats_of_a_run() {
    let here = folder(&[("a.yml", RULE), ("e.ndjson", EVENTS)]);
    let run = |format| check(here.path(), &["run", "a.yml", "--events", "e.ndjson", "--format", format], 0);
    let (out, err) = run("human");
    assert!(out.starts_with("2026-01-02T03:04:05Z     high          Whoami  e.ndjson:1 [selection]\n"), "{out}");
    assert!(err.contains("3 events") && err.contains("2 alerts"), "{err}");
    let (out, err) = run("summary");
    assert!(out.contains("events         3\n") && out.contains("Whoami") && err.is_empty(), "{out}{err}");
    let (out, _) = run("json");
    let summary: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&summary["events"], &summary["alerts"], &summary["broken"]), (&3.into(), &2.into(), &0.into()));
    assert_eq!((&summary["rules"][0]["name"], &summary["rules"][0]["alerts"]), (&"Whoami".into(), &2.into()));
}

#[test]
fn findings() {
    let here = folder(&[("a.yml", RULE), ("e.ndjson", EVENTS), ("none.ndjson", "{}\n")]);
    let run =
        |events, level, status| check(here.path(), &["run", "a.yml", "--events", events, "--fail-on", level], status);
    run("e.ndjson", "high", 1);
    run("e.ndjson", "low", 1);
    run("e.ndjson", "critical", 0);
    run("none.ndjson", "informational", 0);
    run("missing.ndjson", "informational", 2);
}

#[test]
fn broken_events_and_inputs() {
    let broken = format!("{EVENTS}{{\"Image\": \n{}not json\n\n[1]\n{EVENTS}", "{]\n".repeat(15));
    let here = folder(&[("a.yml", RULE), ("e.ndjson", EVENTS), ("broken.ndjson", &broken)]);
    let (out, err) = check(here.path(), &["run", "a.yml", "--events", "broken.ndjson", "--format", "json"], 0);
    let summary: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&summary["events"], &summary["alerts"]), (&6.into(), &4.into()), "{out}");
    assert_eq!(summary["broken"], 18, "{out}");
    assert!(err.contains("broken.ndjson:5: ") && err.contains(" more\n"), "{err}");
    assert_eq!(err.lines().count(), 11, "{err}");
    // the others are read although one is missing
    let (out, err) = check(here.path(), &["run", "a.yml", "--events", "missing.ndjson", "e.ndjson"], 2);
    assert_eq!(lines(&out).len(), 2);
    assert!(err.contains("missing.ndjson"), "{err}");
}

#[test]
fn rules_that_are_left_out_of_a_run() {
    let here = folder(&[("a.yml", RULE), ("r.yml", REJECTED), ("u.yml", UNSUPPORTED), ("e.ndjson", EVENTS)]);
    let (out, err) = check(here.path(), &["run", "a.yml", "u.yml", "--events", "e.ndjson"], 0);
    assert_eq!(lines(&out).len(), 2);
    assert!(err.contains("1 of 2 rules left out (1 unsupported)"), "{err}");
    let (out, err) = check(here.path(), &["run", ".", "--events", "e.ndjson"], 2);
    assert_eq!(lines(&out).len(), 2);
    assert!(err.contains("SG016") && err.contains("2 of 3 rules left out (1 unsupported, 1 rejected)"), "{err}");
    check(here.path(), &["run", "r.yml", "--events", "e.ndjson"], 2);
}

#[test]
fn filters_that_are_for_nothing_are_told_by_a_run() {
    let filter = "title: F\nlogsource: {product: linux}\nfilter: {rules: [nobody], s: {A: b}, condition: not s}\n";
    let here = folder(&[("a.yml", RULE), ("f.yml", filter), ("e.ndjson", EVENTS)]);
    let (_, err) = check(here.path(), &["run", ".", "--events", "e.ndjson"], 0);
    assert!(err.contains("SG070") && err.contains("SG071") && err.contains("f.yml:3:18"), "{err}");
}

#[test]
fn threads_keep_the_order() {
    let mut events = Vec::new();
    for n in 0..40_000 {
        let program = if n % 3 == 0 { "whoami" } else { "ls" };
        writeln!(events, "{{\"Image\":\"/bin/{program}\",\"n\":{n}}}").unwrap();
    }
    let here = folder(&[("a.yml", RULE), ("e.ndjson", str::from_utf8(&events).unwrap())]);
    let (one, _) = check(here.path(), &["run", "a.yml", "--events", "e.ndjson"], 0);
    let (four, _) = check(here.path(), &["run", "a.yml", "--events", "e.ndjson", "--threads", "4"], 0);
    assert_eq!(one.lines().count(), 40_000 / 3 + 1);
    assert!(one == four);
}

const ANOMALIES: &str = "\
[rule]
name = 'Unusual logins'
rule_id = '55555555-5555-4555-8555-555555555555'
severity = 'medium'
type = 'machine_learning'
machine_learning_job_id = 'auth_spike'
anomaly_threshold = 50
";

#[test]
fn alerts_carry_events() {
    // laid out over several lines, with what the decoder lets pass
    let record = |score: u32| {
        format!(
            "{{ \"result_type\": \"record\", \"is_interim\": false,\n  \"job_id\": \"auth_spike\", \"record_score\": {score}.50,\n  \"note\": \"\\ud800 a\tb\", \"x\": 1, \"x\": 2 }}\n"
        )
    };
    let line = |score: u32| {
        format!(
            "{{\"result_type\":\"record\",\"is_interim\":false,\"job_id\":\"auth_spike\",\"record_score\":{score}.50,\"note\":\"\\ufffd a\\tb\",\"x\":1,\"x\":2}}"
        )
    };
    let events = (0..100).map(|score| format!("{}{EVENTS}", record(score))).collect::<String>();
    let here = folder(&[("rules/a.yml", RULE), ("rules/b.toml", ANOMALIES), ("e.json", &events)]);
    let run = |more: &[&str]| {
        check(here.path(), &[&["run", "rules", "--events", "e.json", "--format", "ndjson"], more].concat(), 0).0
    };
    let plain = run(&[]);
    assert_eq!(plain, run(&["--threads", "2"]));
    let (anomalies, others): (Vec<&str>, Vec<&str>) = plain.lines().partition(|line| line.contains("Unusual logins"));
    assert_eq!((anomalies.len(), others.len()), (50, 200));
    for (found, score) in anomalies.iter().zip(50..) {
        assert!(found.ends_with(&format!(",\"selections\":[\"anomaly\"],\"event\":{}}}", line(score))), "{found}");
        assert_eq!(lines(found)[0]["event"]["record_score"].as_f64(), Some(f64::from(score) + 0.5));
    }
    assert!(others.iter().all(|alert| lines(alert)[0].get("event").is_none()));

    let all = run(&["--include-event"]);
    assert_eq!(all, run(&["--include-event", "--threads", "2"]));
    assert_eq!(all.lines().count(), 250);
    for (with, without) in all.lines().zip(plain.lines()) {
        assert_eq!(with.contains("Unusual logins"), with == without);
        assert!(with.starts_with(without.trim_end_matches('}').split(",\"event\":").next().unwrap()), "{with}");
        let carried = &lines(with)[0]["event"];
        assert!(
            carried["Image"].as_str().is_some_and(|image| image.to_lowercase() == "/usr/bin/whoami")
                || carried["x"] == 2
        );
    }

    let human = |more: &[&str]| {
        check(here.path(), &[&["run", "rules", "--events", "e.json", "-f", "human"], more].concat(), 0).0
    };
    let whoami = "-                        high          Whoami  e.json:6 [selection]\n";
    assert!(human(&[]).contains(&format!("[anomaly]\n    {}\n", line(99))));
    assert!(!human(&[]).contains("/usr/bin/WHOAMI"));
    let shown = human(&["--include-event"]);
    assert!(shown.contains(&format!("{whoami}    {{\"Image\":\"/usr/bin/WHOAMI\",\"User\":\"me\"}}\n")), "{shown}");
}

#[test]
fn raw_lines() {
    let rule = "title: Refused\nlogsource:\n    product: linux\ndetection:\n    keywords:\n        - 'connection refused'\n    condition: keywords\n";
    let here = folder(&[("a.yml", rule), ("syslog", "all fine\nsshd: Connection refused by peer\n")]);
    let (out, _) = check(here.path(), &["run", "a.yml", "--events", "syslog", "--raw"], 0);
    assert_eq!(lines(&out).iter().map(|alert| alert["events"][0].as_u64().unwrap()).collect::<Vec<_>>(), [1]);
}

#[test]
fn log_sources_can_be_ignored() {
    let here = folder(&[
        ("a.yml", RULE),
        ("e.ndjson", "{\"product\":\"windows\",\"category\":\"process_creation\",\"Image\":\"/bin/whoami\"}\n"),
    ]);
    let run = ["run", "a.yml", "--events", "e.ndjson"];
    assert_eq!(check(here.path(), &run, 0).0, "");
    assert_eq!(check(here.path(), &[&run[..], &["--ignore-logsource"]].concat(), 0).0.lines().count(), 1);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let events = EVENTS.repeat(50_000);
    let here = folder(&[("a.yml", RULE), ("e.ndjson", &events)]);
    for threads in ["1", "3"] {
        let mut child = sigil(here.path(), &["run", "a.yml", "--events", "e.ndjson", "--threads", threads])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{threads} threads");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let here = folder(&[("a.yml", RULE), ("e.ndjson", EVENTS)]);
    for args in [
        &["run", "a.yml", "--events", "e.ndjson"][..],
        &["run", "a.yml", "--events", "e.ndjson", "--format", "json"],
        &["check", "a.yml"],
        &["explain", "SG001"],
    ] {
        let full = fs::File::create("/dev/full").unwrap();
        let output = sigil(here.path(), args).stdout(full).output().unwrap();
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.contains("cannot write to standard output"), "{err}");
    }
}

#[test]
fn builds() {
    let here = folder(&[("rules/a.yml", RULE), ("rules/b.yml", SECOND)]);
    let build = ["build", "rules", "--out", "out/web"];
    let check_build = [&build[..], &["--check"]].concat();
    check(here.path(), &check_build, 1);
    assert!(!here.path().join("out").exists());
    assert!(check(here.path(), &build, 0).0.contains("written"));
    assert!(here.path().join("out/web/mod.rs").exists());
    assert!(check(here.path(), &check_build, 0).0.contains("up to date"));
    fs::write(here.path().join("rules/b.yml"), SECOND.replace("root", "admin")).unwrap();
    check(here.path(), &check_build, 1);
    // a file of one's own is never overwritten
    let own = folder(&[("rules/a.yml", RULE), ("src/mod.rs", "// mine\n")]);
    assert!(check(own.path(), &["build", "rules", "--out", "src"], 2).1.contains("was not made by sigil"));
    // and a crate has what Cargo wants
    check(here.path(), &["build", "rules", "--crate", "made", "--pack", "web"], 0);
    for file in ["Cargo.toml", "src/lib.rs", "src/main.rs", "src/web/mod.rs"] {
        assert!(here.path().join("made").join(file).exists(), "{file}");
    }
}

#[test]
fn shows() {
    let here = folder(&[("rules/a.yml", RULE), ("rules/b.yml", SECOND), ("rules/r.yml", REJECTED)]);
    for (stage, part) in [("ast", "EndsWith"), ("ir", "/whoami"), ("plan", "candidate where"), ("code", "fn whoami_")] {
        for rule in ["rules/a.yml", "whoami", "11111111-1111-4111-8111-111111111111"] {
            let (out, _) = check(here.path(), &["show", rule, "--stage", stage], 0);
            assert!(out.contains(part) && !out.contains("root"), "{rule} {stage}: {out}");
        }
    }
    assert!(check(here.path(), &["show", "no such rule"], 2).1.contains("no such rule"));
    assert!(check(here.path(), &["show", "rules/r.yml"], 2).1.contains("SG016"));
}

const ELASTIC: &str = "\
[rule]
name = 'Whoami by a service'
rule_id = '44444444-4444-4444-8444-444444444444'
severity = 'low'
type = 'eql'
query = '''
process where process.name == \"whoami\" and
  process.parent.name : (\"nginx\", \"httpd*\")
'''
";

const DOCUMENTS: &str = "\
{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"event\":{\"category\":[\"process\"]},\"process\":{\"name\":\"whoami\",\"pid\":7,\"parent\":{\"name\":\"HTTPD.bin\"}}}
{\"event\":{\"category\":[\"process\"]},\"process\":{\"name\":\"ls\",\"pid\":8}}
nonsense
";

#[test]
fn both_kinds_of_rules_go_together() {
    let folder = folder(&[("rules/a.yml", RULE), ("rules/b.toml", ELASTIC), ("events.ndjson", DOCUMENTS)]);
    let (out, _) = check(folder.path(), &["check", "rules"], 0);
    assert!(out.contains("2 rules: 2 compiled"), "{out}");
    let (out, _) = check(folder.path(), &["run", "rules", "--events", "events.ndjson", "--format", "ndjson"], 0);
    let alerts = lines(&out);
    assert_eq!(alerts.len(), 1, "{out}");
    assert_eq!(alerts[0]["rule"]["name"], "Whoami by a service");
    let (out, _) = check(folder.path(), &["show", "Whoami by a service", "rules"], 0);
    assert!(out.contains("event.cased(field::PROCESS_NAME).equals(\"whoami\")"), "{out}");
    let (out, _) = check(folder.path(), &["show", "Whoami by a service", "rules", "--stage", "ast"], 0);
    assert!(out.contains("process where") && out.contains("Match {"), "{out}");
}

#[test]
fn mistakes_in_a_query_are_shown_in_its_file() {
    let folder = folder(&[("a.toml", &ELASTIC.replace("httpd*\")", "httpd*\" and true"))]);
    let (_, err) = check(folder.path(), &["check", "a.toml"], 2);
    assert!(err.contains("a.toml:8:"), "{err}");
    assert!(err.contains("process.parent.name :"), "{err}");
}

#[test]
fn queries_find_events() {
    let folder = folder(&[("events.ndjson", DOCUMENTS), ("types.csv", "process.pid,keyword\n")]);
    let query = |language: &str, query: &str, more: &[&str], status: i32| {
        let args = [&["query", "--language", language, query, "--events", "events.ndjson"], more].concat();
        check(folder.path(), &args, status)
    };
    let (out, err) = query("eql", "process where process.pid >= 7", &["--format", "ndjson"], 0);
    let found = lines(&out);
    assert_eq!(found.len(), 2, "{out}{err}");
    assert_eq!((&found[0]["line"], &found[0]["index"]), (&1.into(), &0.into()));
    assert_eq!(found[0]["timestamp"], "2026-01-02T03:04:05Z");
    assert_eq!(found[1]["event"]["process"]["name"], "ls");
    assert!(err.contains("events.ndjson:3"), "{err}");
    let (out, err) = query("kql", "process.name: who* and not user.name: *", &["--format", "table"], 0);
    assert!(out.contains("events.ndjson:1  2026-01-02T03:04:05Z  process.name=\"whoami\""), "{out}");
    assert!(err.contains("1 event of 2 events"), "{err}");
    let (_, err) = query("kql", "process.pid > 7", &["--schema", "types.csv"], 0);
    assert!(err.contains("SG114") && err.contains("keyword"), "{err}");
    let (_, err) = query("kql", "process.pid: (7 or ", &[], 2);
    assert!(err.contains("query:1:") && err.contains("SG110"), "{err}");
    let (_, err) = query("eql", "sequence [any where true] [any where true]", &[], 2);
    assert!(err.contains("EQL `sequence`"), "{err}");
    let (_, err) = query("kql", "@timestamp >= now-1d", &[], 2);
    assert!(err.contains("--now"), "{err}");
    let (out, _) = query("kql", "@timestamp >= now-1d", &["--now", "2026-01-03T00:00:00Z", "-f", "ndjson"], 0);
    assert_eq!(lines(&out).len(), 1, "{out}");
}
