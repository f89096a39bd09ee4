//! Once warm, matching an event allocates nothing. Expressions with look-around are the exception: the backtracking engine does.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use sigil_compiler::ir::eval::Scoping;
use sigil_runtime::Engine;
use sigil_runtime::event::{Event, Sink};
use sigil_tests::events::{files, read};
use sigil_tests::shared::{root, rules};
use sigil_tests::verdicts::{compile_texts, engine};

/// Counts the allocations of the thread that asks for it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<Option<usize>> = const { Cell::new(None) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    // a thread that ends allocates past its own locals
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get().map(|count| count + 1)));
    let _ = BYTES.try_with(|sum| sum.set(sum.get() + bytes));
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; this one counts and hands on")]
// SAFETY: every call is handed on to the system's allocator as it is
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as the caller's
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller's
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as the caller's
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Rules of Sigma with everything that might be tempted to allocate.
const RULES: &str = r#"
title: Texts
logsource: {product: windows, category: process_creation}
detection:
    selection:
        Image|endswith: ['\cmd.exe', '\powershell.exe', '\pwsh.exe']
        CommandLine|contains|all: ['-enc', ' ']
        User|startswith: 'ÄRGER'
    filter:
        ParentImage|contains|cased: 'Services'
    condition: selection and not filter
---
title: Patterns
logsource: {product: windows}
detection:
    regex:
        CommandLine|re: '(?i)-e(nc(odedcommand)?)?\s+[a-z0-9+/=]{8,}'
    glob:
        CommandLine: '*powershell*-?nc *'
    dash:
        CommandLine|windash|contains: ' -enc '
    encoded:
        CommandLine|base64offset|contains: 'whoami'
    condition: 1 of them
---
title: Numbers, addresses, times
logsource: {product: windows}
detection:
    number: {ProcessId|gte: 4, EventID: 1}
    address: {DestinationIp|cidr: ['10.0.0.0/8', 'fe80::/10']}
    time: {UtcTime|hour: [1, 2, 3]}
    same: {User|fieldref: TargetUser}
    null: {Nothing: null}
    condition: number or address or time or same or null
---
title: Keywords
logsource: {product: linux}
detection:
    keywords: ['mimikatz', 'inv?ke*expression', 4688]
    condition: keywords
---
title: Always
logsource: {category: test}
detection:
    selection: {CommandLine|contains: never}
    condition: not selection
---
title: Array blocks
sigma-version: 3
logsource: {category: test}
detection:
    any:
        connections[any]:
            ip|cidr: '10.0.0.0/8'
            port|gt: 20
            host|contains: 'ÄB'
            tags[all]|startswith: [t, u]
    all:
        ports[all]: [443, 8443, '80']
    at:
        connections[0]:
            port: 22
            seen|hour: 3
            host|re: '^ä.$'
            path|cased: 'C:\\x'
            none|exists: false
            nothing: null
    last:
        args[-1]|endswith: '"x'
    none:
        args[none]: never
    condition: any and all and at and last and none
"#;

/// Queries of Elastic's rules; each finds one of [`EVENTS`].
const KQL: [&str; 16] = [
    "mimikatz and (brown or \"quick fox\" or 4688 or inv*)",
    "*: \"quick fox\" or *: *katz*",
    "items: { name: (Bolt or nut*) and count > 2 and not deep: { a: 2 } and deep: { a: 1 and b: x* } }",
    "not items: { name: nothing }",
    "labels.*: Ä?* or labels.*: Äpfel",
    "labels.*.port >= 80 and labels.*.port < 1000 and *.port: 443",
    "labels.*: true and labels*: * and not labels.*: \"none\"",
    "@timestamp >= \"2026-01-01\" and @timestamp < \"2026-02\"",
    "source.ip: 10.0.0.0/8 and destination.ip: (\"fe80::1\" or 1.2.3.4) and source.ip > 10.0.0.1",
    "message: (quick brown*) and message: \"quick brown fox\"",
    "process.name: (*.exe or b?sh or ba*) and process.pid >= 4 and not process.name: \"cmd.exe\"",
    "process.command_line: *-c*id*",
    "process.args: (\"-c\" and * and (not never or id))",
    "host.os.type: linux and event.category: process",
    "made.up: 5 and made.up > 4",
    "dll.pe.imports: \"one\" and dll.pe.imports.a: o* and dll.pe.imports: *w* and dll.pe.imports.b: two",
];

const EQL: [&str; 14] = [
    "process where process.name : (\"B?SH\", \"ä*\") and process.args : \"-C\" and process.args like~ (\"*I*\", \"x\")",
    "any where process.name regex \"[a-z]{4}\" and process.name regex~ (\"B.SH\", \"z+\") and not process.name == \"zsh\"",
    "any where process.pid in (7, 8, 4120) and user.name in~ (\"ÄRGER\", \"root\") and user.name != null",
    "any where length(process.command_line) > 5 and process.pid + 1 == 4121 and process.pid % 2 * 3 - 1 / 2 == 0",
    "any where concat(process.name, \":\", process.pid, \":\", user.name) : \"BASH:4120:ä*\"",
    "any where concat(user.name, \"\\u{c4}\") like~ (\"*erä\", \"none\") and substring(user.name, -2) like \"*R\"",
    "any where startsWith~(user.name, substring(user.name, 0, 2)) and endsWith(process.name, between(\"(sh)\", \"(\", \")\"))",
    "any where between~(process.command_line, \"BASH \", \" ID\", true) == \"-c\" and indexOf~(process.command_line, \"-C\", 0) == 5",
    "any where stringContains~(process.command_line, user.name) == null or stringContains(process.command_line, process.name)",
    "any where number(\"0x10\") == 16 and number(string(process.pid)) == process.pid and string(process.pid) regex \"[0-9]+\"",
    "any where cidrMatch(source.ip, \"10.0.0.0/8\", \"fe80::/10\") and cidrMatch(concat(source.ip, \"\"), \"10.0.0.0/24\")",
    "any where process.name == process.parent.name or process.pid < process.ppid or process.name != process.parent.name",
    "any where add(process.pid, 1.5) > 4121 and subtract(1, 2) < 0 and divide(process.pid, 0) == null and process.args == process.name",
    "any where `flat.a` : \"ONE\" and ?missing.field == null and multiply(flat.b.c, 2) >= 4 and items.name in (\"bolt\", made.up)",
];

/// Everything that filters do.
const FILTERS: &str = r#"
[rule]
name = "Filters"
type = "query"
query = "host.os.type: linux"
index = ["logs-endpoint.*", "auditbeat-*"]
[[rule.filters]]
query.exists.field = "process.name"
[[rule.filters]]
query.terms."process.name" = ["bash", "sh"]
[[rule.filters]]
query.wildcard."process.command_line" = { value = "*-C*", case_insensitive = true }
[[rule.filters]]
query.match."message" = "brown dog"
[[rule.filters]]
query.match_phrase."message" = "quick brown"
[[rule.filters]]
query.prefix."user.name" = { value = "äRG", case_insensitive = true }
[[rule.filters]]
query.range."process.pid" = { gte = 4, lt = 5000 }
[[rule.filters]]
meta.negate = true
query.bool.should = [{ term = { "source.ip" = "10.9.9.9" } }, { range = { "@timestamp" = { gte = "2027" } } }]
"#;

const ANOMALIES: &str = r#"
[rule]
name = "Anomalies"
type = "machine_learning"
machine_learning_job_id = ["auth_spike", "auth_rare"]
anomaly_threshold = 50
"#;

const EVENTS: [&str; 10] = [
    r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Image":"C:\\Windows\\System32\\cmd.exe","CommandLine":"cmd /c powershell -enc SQBFAFgA \"\u00e4\u4e2d\ud83d\ude00\"","User":"\u00c4rger\\x","ProcessId":4120,"UtcTime":"2026-01-02 03:04:05.123"}"#,
    r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":3,"Channel":"Microsoft-Windows-Sysmon/Operational"},"EventData":{"Image":"C:\\x.exe","DestinationIp":"10.0.0.7","DestinationPort":"443"}}}"##,
    r#"{"process":{"executable":"/usr/bin/bash","args":["bash","-c","id"],"command_line":"bash -c id","parent":{"executable":"/usr/sbin/nginx"}},"event":{"category":["process"],"type":["start"]},"host":{"os":{"type":"linux"}}}"#,
    r#"{"connections":[{"ip":"10.1.2.3","port":22},{"ip":"8.8.8.8","port":1.0}],"DestinationIp":"fe80::1%eth0","a":1e3}"#,
    r#"{"User":"alice","TargetUser":"ALICE","Nothing":null,"CommandLine":["x -ENC abcdefgh","-e d2hvYW1p"],"message":"Invoke-Expression mimi\u212aatz"}"#,
    r#"{"Channel":"Security","EventID":4688,"NewProcessName":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","ParentProcessName":"C:\\a.exe","CommandLine":"powershell –enc QQBBAEEAQQA="}"#,
    r#"{"EventID":1,"EventID":2,"ProcessId":"0x10","User":"","Empty":[],"Nested":{"a":{"b":[1,[2,[3,{"c":"mimikatz"}]]]}}}"#,
    r#"{"connections":[{"ip":"10.1.2.3","port":22.0,"host":"\u00e4b","tags":["Tcp","udp"],"seen":"2026-01-02T03:04:05Z","path":"C:\\x","nothing":[[]]},null],"ports":[443,"80"],"args":["a","\"X"]}"#,
    r#"{"@timestamp":"2026-01-02T03:04:05Z","data_stream":{"type":"logs","dataset":"endpoint.events.process","namespace":"default"},"event":{"category":["process"]},"host":{"os":{"type":"linux"}},"process":{"name":"bash","pid":4120,"args":["bash","-c","id"],"command_line":"bash -c id","parent":{"name":"nginx"}},"user":{"name":"\u00c4rgeR"},"source":{"ip":"10.0.0.7"},"destination":{"ip":["fe80::1","8.8.8.8"]},"message":"The Quick brown fox, mimikatz Invoke-\u00c4","labels":{"a":"\u00c4pfel","b":{"port":443,"ok":true},"c\"":[80.0,null]},"made":{"up":[5,"5"]},"dll":{"pe":{"imports":{"a":"one","b":["two"]}}},"flat":{"a":"one","b":{"c":2}},"items":[{"name":"bolt","count":1},{"name":"Bolt","count":3,"deep":[{"a":1,"b":"xyz"}]}]}"#,
    r#"{"result_type":"record","is_interim":false,"job_id":"auth_spike","record_score":91.25,"timestamp":1767322800000}"#,
];

/// An event that is not JSON, and what gives it.
struct Given;

impl Event for Given {
    fn field(&self, path: &str, sink: &mut Sink<'_>) {
        match path {
            "process.name" => sink.text("bash"),
            "process.pid" => sink.int(4120),
            "user.name" => sink.text("\u{c4}rgeR"),
            "ports" => ["443", "80", "a\"b"].iter().for_each(|text| sink.text(text)),
            "score" => sink.float(0.25),
            _ => {}
        }
    }

    fn each_value(&self, sink: &mut Sink<'_>) {
        sink.text("mimikatz");
    }

    fn json(&self, out: &mut String) {
        out.push_str(r#"{"labels":{"a":"\u00c4pfel","b":{"port":443}}}"#);
    }
}

fn check(what: &str, engine: &Engine, events: &[Vec<u8>]) -> usize {
    let mut session = engine.session();
    counted(what, || {
        let mut alerts = 0;
        for event in events {
            session.process_json(event, |alert| alerts += 1 + alert.selections().count()).expect("an event");
        }
        alerts
    })
}

/// How many alerts there are once warm, without an allocation.
fn counted(what: &str, mut run: impl FnMut() -> usize) -> usize {
    let warm = (0..3).map(|_| run()).max().expect("three rounds");
    ALLOCATIONS.set(Some(0));
    let alerts = run();
    let allocations = ALLOCATIONS.take();
    sigil_tests::shared::say(&format!(
        "{alerts} alerts: {}",
        what.lines().find(|line| !line.is_empty()).unwrap_or_default()
    ));
    assert_eq!((alerts, allocations), (warm, Some(0)), "{what}");
    alerts
}

/// The rule alone in an engine.
fn alone(path: &str, text: &str, scoping: Scoping) -> Engine {
    let own = compile_texts(&[(path, text)]);
    assert_eq!(own.plan.rules.len(), 1, "{text}\n{:?}", own.diagnostics);
    engine(&own.plan, scoping)
}

fn toml(language: &str, query: &str) -> String {
    let kind = if language == "eql" { "eql" } else { "query" };
    format!("[rule]\nname = \"A query\"\ntype = \"{kind}\"\nlanguage = \"{language}\"\nquery = '''{query}'''\n")
}

fn own_events() -> Vec<Vec<u8>> {
    EVENTS.iter().map(|event| event.as_bytes().to_vec()).collect()
}

#[test]
fn matching_allocates_nothing() {
    let folders = ["rules/sigma", "rules/elastic"].map(|folder| root().join(folder));
    let recorded = folders.iter().flat_map(|folder| files(folder, ".ndjson"));
    let mut events: Vec<Vec<u8>> = recorded.flat_map(|path| read(&path)).collect();
    events.extend(own_events());
    let mut bundled = rules(&folders, &[]).compile("bundled");
    // events that count for a stateful rule become rows, which are kept
    bundled.plan.rules.retain(|rule| matches!(rule.rule.then, sigil_compiler::ir::Then::Alert));
    for scoping in [Scoping::Apply, Scoping::Ignore] {
        check("the bundled rules", &engine(&bundled.plan, scoping), &events);
        for rule in RULES.split("---\n") {
            assert!(check(rule, &alone("own.yml", rule, scoping), &events) > 0, "{rule}");
        }
    }
    let generated = Engine::new(&[sigil_packs::pack()]).expect("the pack links");
    let mut rows = generated.session();
    events.retain(|event| rows.rows(event).is_ok_and(|rows| rows.is_empty()));
    check("the generated pack", &generated, &events);
}

#[test]
fn elastic_rules_allocate_nothing() {
    let events = own_events();
    let queries = KQL.map(|query| ("kuery", query)).into_iter().chain(EQL.map(|query| ("eql", query)));
    for (language, query) in queries {
        let rule = toml(language, query);
        assert!(check(query, &alone("own.toml", &rule, Scoping::Apply), &events) > 0, "{query}");
    }
    for rule in [FILTERS, ANOMALIES] {
        assert!(check(rule, &alone("own.toml", rule, Scoping::Apply), &events) > 0, "{rule}");
    }
}

#[test]
fn events_that_are_not_json_allocate_nothing() {
    let array = "title: A\nsigma-version: 3\nlogsource: {category: test}\ndetection:\n  a: {'ports[any]': 'A\"b'}\n  condition: a\n";
    let queries = [
        ("own.yml", array.to_owned()),
        (
            "own.toml",
            toml("kuery", "mimikatz and process.pid > 5 and labels.*: \u{c4}* and labels.*.port: 443 and score < 1"),
        ),
        ("own.toml", toml("eql", "any where concat(user.name, process.pid) : \"\u{e4}*4120\"")),
    ];
    for (path, rule) in queries {
        let mut session = alone(path, &rule, Scoping::Apply).session();
        let alerts = counted(&rule, || {
            let mut alerts = 0;
            session.process(&Given, |alert| alerts += alert.event_json().len());
            alerts
        });
        assert!(alerts > 0, "{rule}");
    }
}

#[test]
fn what_formulas_make_does_not_add_up() {
    let texts = vec![format!("\"{}\"", "x".repeat(10_000)); 100].join(",");
    let numbers = (0..100).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let event = format!("{{\"a\":[{texts}],\"b\":[{numbers}]}}");
    let rule = toml("eql", "any where concat(a, b) : \"*y\"");
    let mut session = alone("own.toml", &rule, Scoping::Apply).session();
    let before = BYTES.get();
    session.process_json(event.as_bytes(), |_| panic!("no text ends so")).expect("an event");
    let taken = BYTES.get() - before;
    // 10,000 choices, each of which makes 20 KB
    assert!(taken < 4 << 20, "{taken} bytes");
}
