//! Once warm, matching an event allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use sigil_compiler::ir::eval::Scoping;
use sigil_runtime::Engine;
use sigil_tests::events::{files, read};
use sigil_tests::shared::{root, rules};
use sigil_tests::verdicts::{compile_texts, engine};

/// Counts the allocations of the thread that asks for it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<Option<usize>> = const { Cell::new(None) };
}

fn count() {
    // a thread that ends allocates past its own locals
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get().map(|count| count + 1)));
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; this one counts and hands on")]
// SAFETY: every call is handed on to the system's allocator as it is
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as the caller's
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller's
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as the caller's
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Rules with everything that might be tempted to allocate, but array blocks: these read elements from their text again, which takes
/// memory; see `runtime/src/matcher/element.rs`.
const RULES: &str = r"
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
";

const EVENTS: [&str; 7] = [
    r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Image":"C:\\Windows\\System32\\cmd.exe","CommandLine":"cmd /c powershell -enc SQBFAFgA \"\u00e4\u4e2d\ud83d\ude00\"","User":"\u00c4rger\\x","ProcessId":4120,"UtcTime":"2026-01-02 03:04:05.123"}"#,
    r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":3,"Channel":"Microsoft-Windows-Sysmon/Operational"},"EventData":{"Image":"C:\\x.exe","DestinationIp":"10.0.0.7","DestinationPort":"443"}}}"##,
    r#"{"process":{"executable":"/usr/bin/bash","args":["bash","-c","id"],"command_line":"bash -c id","parent":{"executable":"/usr/sbin/nginx"}},"event":{"category":["process"],"type":["start"]},"host":{"os":{"type":"linux"}}}"#,
    r#"{"connections":[{"ip":"10.1.2.3","port":22},{"ip":"8.8.8.8","port":1.0}],"DestinationIp":"fe80::1%eth0","a":1e3}"#,
    r#"{"User":"alice","TargetUser":"ALICE","Nothing":null,"CommandLine":["x -ENC abcdefgh","-e d2hvYW1p"],"message":"Invoke-Expression mimi\u212aatz"}"#,
    r#"{"Channel":"Security","EventID":4688,"NewProcessName":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","ParentProcessName":"C:\\a.exe","CommandLine":"powershell –enc QQBBAEEAQQA="}"#,
    r#"{"EventID":1,"EventID":2,"ProcessId":"0x10","User":"","Empty":[],"Nested":{"a":{"b":[1,[2,[3,{"c":"mimikatz"}]]]}}}"#,
];

fn check(what: &str, engine: &Engine, events: &[Vec<u8>]) {
    let mut session = engine.session();
    let mut run = || {
        let mut alerts = 0;
        for event in events {
            session.process_json(event, |alert| alerts += 1 + alert.selections().count()).expect("an event");
        }
        alerts
    };
    let warm = (0..3).map(|_| run()).max().expect("three rounds");
    ALLOCATIONS.set(Some(0));
    let alerts = run();
    let allocations = ALLOCATIONS.take();
    sigil_tests::shared::say(&format!(
        "{alerts} alerts: {}",
        what.lines().find(|line| !line.is_empty()).unwrap_or_default()
    ));
    assert_eq!((alerts, allocations), (warm, Some(0)), "{what}");
}

#[test]
fn matching_allocates_nothing() {
    let folder = root().join("rules/sigma");
    let mut events: Vec<Vec<u8>> = files(&folder, ".ndjson").iter().flat_map(|path| read(path)).collect();
    events.extend(EVENTS.iter().map(|event| event.as_bytes().to_vec()));
    let bundled = rules(&[folder], &[]).compile("bundled");
    for scoping in [Scoping::Apply, Scoping::Ignore] {
        check("the bundled rules", &engine(&bundled.plan, scoping), &events);
        for rule in RULES.split("---\n") {
            let own = compile_texts(&[("own.yml", rule)]);
            assert_eq!(own.plan.rules.len(), 1, "{:?}", own.diagnostics);
            check(rule, &engine(&own.plan, scoping), &events);
        }
    }
    check("the generated pack", &Engine::new(&[sigil_packs::pack()]).expect("the pack links"), &events);
}
