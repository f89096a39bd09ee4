//! Inputs that nobody should write and somebody will: answered, within bounds, without a panic.

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "texts are put together where nothing is measured"
)]

use std::fs;
use std::time::{Duration, Instant};

use sigil_compiler::builder::{Inputs, load};
use sigil_compiler::codegen::{Layout, generate};
use sigil_compiler::ir::eval::Scoping;
use sigil_compiler::{Compilation, Verdict};
use sigil_runtime::Session;
use sigil_runtime::input::{Batch, Options, Reader, Source};
use sigil_tests::verdicts::{compile_texts, engine};

/// Generous: what is tested is that nothing explodes, on slow machines too.
const LONG: Duration = Duration::from_secs(30);

fn compile(text: &str) -> Compilation {
    let start = Instant::now();
    let compilation = compile_texts(&[("hostile.yml", text)]);
    assert!(start.elapsed() < LONG, "{:?}: {}", start.elapsed(), &text[..text.len().min(100)]);
    assert_eq!(
        compilation.plan.rules.len(),
        compilation.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Compiled).count()
    );
    compilation
}

fn rule(detection: &str) -> String {
    format!("title: Hostile\nlogsource: {{category: test}}\ndetection:\n{detection}\n")
}

fn is_rejected(text: &str) {
    let compilation = compile(text);
    assert!(!compilation.outcomes.is_empty(), "nothing is left out: {}", &text[..text.len().min(100)]);
    for outcome in &compilation.outcomes {
        assert!(
            matches!(outcome.verdict, Verdict::Rejected(_)),
            "{:?}: {}",
            outcome.verdict,
            &text[..text.len().min(100)]
        );
    }
}

/// One rule that compiles; its code is Rust.
fn session(text: &str, scoping: Scoping) -> Session {
    let compilation = compile(text);
    assert_eq!(compilation.plan.rules.len(), 1, "{:?}", compilation.diagnostics);
    for (path, code) in generate(&compilation.plan, &Layout::Folder) {
        syn::parse_file(&code).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    engine(&compilation.plan, scoping).session()
}

fn matches(session: &mut Session, event: &[u8]) -> Result<bool, String> {
    let mut matched = false;
    session.process_json(event, |_| matched = true).map(|()| matched).map_err(|error| error.to_string())
}

#[test]
fn deep_documents() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        is_rejected(&rule(&format!("    sel: {}x{}\n    condition: sel", open.repeat(10_000), close.repeat(10_000))));
    }
    let mut block = String::from("    sel:\n");
    for depth in 0..3_000 {
        block += &format!("{}- a:\n", " ".repeat(6 + 2 * depth));
    }
    is_rejected(&rule(&(block + "    condition: sel")));
    for condition in [
        format!("{}sel{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("{}sel", "not ".repeat(10_000)),
        "sel and ".repeat(10_000) + "sel",
    ] {
        is_rejected(&rule(&format!("    sel: {{F: x}}\n    condition: {condition}")));
    }
}

#[test]
fn alias_bombs() {
    let mut text = String::from(
        "title: Bomb\nlogsource: {category: test}\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n",
    );
    for level in 1..12 {
        let before = level - 1;
        text += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", "));
    }
    is_rejected(&(text + "detection: {sel: {F: *a11}, condition: sel}\n"));
    is_rejected("title: Itself\nlogsource: {category: test}\ndetection: &d {sel: *d, condition: sel}\n");
    is_rejected(&format!(
        "title: Long\nlogsource: {{category: test}}\nt: &t {}\ndetection: {{sel: {{F: [{}]}}, condition: sel}}\n",
        "x".repeat(1 << 20),
        vec!["*t"; 64].join(", ")
    ));
}

#[test]
fn odd_bytes_in_rules() {
    is_rejected("title: Nul\nlogsource: {category: test}\ndetection: {sel: {F: 'a\0b'}, condition: sel}\n");
    let mut escaped = session(&rule("    sel: {F: \"a\\0b\\u202e\\U0001F600\"}\n    condition: sel"), Scoping::Ignore);
    assert_eq!(matches(&mut escaped, r#"{"F":"A\u0000B\u202e😀"}"#.as_bytes()), Ok(true));
    for text in ["", "\n", "---\n", "---\n---\n", "# nothing\n", "\u{feff}"] {
        let compilation = compile(text);
        assert!(
            compilation.plan.rules.is_empty() && compilation.diagnostics.as_slice().len() < 4,
            "{text:?}: {:?}",
            compilation.outcomes
        );
    }
    for text in [
        "null",
        "42",
        "[]",
        "- a\n- b\n",
        "just words",
        "title: x",
        "{",
        "a: b: c",
        "%YAML 9.9\n---\nx: y",
        "\t",
        "&a",
        "*a",
        "!!binary x",
        "? ",
        "detection:",
    ] {
        is_rejected(text);
    }
    let marked = format!("\u{feff}{}", rule("    sel: {F: x}\n    condition: sel"));
    assert_eq!(compile(&marked).plan.rules.len(), 1, "a byte order mark is no harm");
    assert_eq!(compile(&marked.replace('\n', "\r\n")).plan.rules.len(), 1, "nor are line ends of another system");
}

#[test]
fn long_lists() {
    let values: String = (0..50_000).map(|number| format!("            - '\\tool{number}.exe'\n")).collect();
    let mut session =
        session(&rule(&format!("    sel:\n        Image|endswith:\n{values}    condition: sel")), Scoping::Ignore);
    let start = Instant::now();
    assert_eq!(matches(&mut session, br#"{"Image":"C:\\TOOL49999.EXE"}"#), Ok(true));
    for _ in 0..1_000 {
        assert_eq!(matches(&mut session, br#"{"Image":"C:\\tool50000.exe"}"#), Ok(false));
    }
    assert!(start.elapsed() < LONG);
    let names: String = (0..3_000).map(|number| format!("    sel{number}: {{F{number}: x}}\n")).collect();
    assert_eq!(compile(&rule(&(names + "    condition: 1 of sel*"))).outcomes.len(), 1);
}

#[test]
fn patterns_that_blow_up() {
    for pattern in [
        "(a{1000}){1000}",
        "(((((a{30}){30}){30}){30}){30})",
        "(?P<a>",
        "[",
        "(?i",
        "\\p{Nonsense}",
        "a{99999999999}",
        "(?=",
        "\\1",
    ] {
        is_rejected(&rule(&format!("    sel: {{F|re: '{pattern}'}}\n    condition: sel")));
    }
    is_rejected(&rule(&format!(
        "    sel: {{F|re: '{}a{}'}}\n    condition: sel",
        "(".repeat(5_000),
        ")".repeat(5_000)
    )));
    let text = format!(r#"{{"F":"{}!"}}"#, "a".repeat(5_000));
    for (pattern, held) in
        [("^(a+)+$", false), ("(a|aa)*b", false), ("(?:a?){500}a{500}", true), ("(?=(a+)+b)c", false)]
    {
        let mut session =
            session(&rule(&format!("    sel: {{F|re: '{pattern}'}}\n    condition: sel")), Scoping::Ignore);
        let start = Instant::now();
        assert_eq!(matches(&mut session, text.as_bytes()), Ok(held), "{pattern}");
        assert!(start.elapsed() < LONG, "{pattern}: {:?}", start.elapsed());
    }
    let glob = format!("    sel: {{F: '{}b'}}\n    condition: sel", "*a".repeat(300));
    let mut session = session(&rule(&glob), Scoping::Ignore);
    let start = Instant::now();
    assert_eq!(matches(&mut session, text.as_bytes()), Ok(false));
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn odd_events() {
    let rules = rule(
        "    sel: {F|contains: x}\n    deep: {a.b.c.d: 1}\n    keys: [needle]\n    condition: sel or deep or keys",
    );
    let mut session = session(&rules, Scoping::Ignore);
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!(r#"{{"F":"x","g":{}1{}}}"#, open.repeat(10_000), close.repeat(10_000));
        // however deep it is: an event is read, or refused with a reason
        if let Err(reason) = matches(&mut session, deep.as_bytes()) {
            assert!(reason.contains("deep") || reason.contains("nest"), "{reason}");
        }
        let open = open.repeat(10_000);
        assert!(matches(&mut session, format!(r#"{{"F":"x","g":{open}"#).as_bytes()).is_err());
    }
    for broken in [
        "",
        "{",
        "[",
        "[]",
        "null",
        "\"x\"",
        "{]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1}x",
        "{\"a\":tru}",
        "{\"a\":\"\\x\"}",
        "{\"a\":01}",
        "{\"a\":\"",
        "\u{feff}",
        "\0",
    ] {
        assert!(matches(&mut session, broken.as_bytes()).is_err(), "{broken:?}");
    }
    for (event, held) in [
        (&b"{\"F\":\"\xff\xfex\"}"[..], true),
        (b"{\"F\":\"a\0\x01x\"}", true),
        (br#"{"F":"\ud800x"}"#, true),
        (br#"{"F":"\udc00\ud800"}"#, false),
        (b"{\"\xff\":\"needle\"}", true),
        (br#"{"":"needle"}"#, true),
        (br#"{"a":{"b":{"c":{"d":1e0}}}}"#, true),
        (br#"{"F":1e999999999999}"#, false),
        (br#"{"F":"a","F":"x"}"#, true),
        (b" \t{\"F\" : \"x\"}\r\n", true),
    ] {
        assert_eq!(matches(&mut session, event), Ok(held), "{}", String::from_utf8_lossy(event));
    }
    let wide: String = (0..100_000).map(|number| format!("\"k{number}\":{number},")).collect();
    assert_eq!(matches(&mut session, format!("{{{wide}\"F\":\"x\"}}").as_bytes()), Ok(true));
    let long = format!(r#"{{"F":"{}x"}}"#, "é".repeat(4 << 20));
    assert_eq!(matches(&mut session, long.as_bytes()), Ok(true));
}

/// Sixty-four thousand values in the fields that tell log sources apart: no class of events is kept for each.
#[test]
fn many_log_sources() {
    let text = "title: Scoped\nlogsource: {product: windows, category: process_creation}\ndetection: {sel: {Image: x}, condition: sel}\n";
    let mut session = session(text, Scoping::Apply);
    for number in 0..64_000 {
        let event = format!(r#"{{"Channel":"c{number}","EventID":{number},"Image":"x"}}"#);
        assert_eq!(matches(&mut session, event.as_bytes()), Ok(false), "{event}");
    }
    assert_eq!(matches(&mut session, br#"{"category":"process_creation","Image":"x"}"#), Ok(true));
}

#[test]
fn odd_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let rules = |name: &str| Inputs { rules: vec![path(name)], ..Inputs::default() };
    fs::create_dir_all(path("rules/folder.yml/inner")).expect("a folder");
    fs::write(path("rules/good.yml"), rule("    sel: {F: x}\n    condition: sel")).expect("a file");
    fs::write(path("rules/latin.yml"), b"title: \xe9\n").expect("a file");
    fs::write(path("rules/empty.yml"), "").expect("a file");
    fs::write(path("rules/picture.png"), b"\x89PNG\r\n\x1a\n\0\0").expect("a file");
    fs::write(path("rules/picture.yml"), b"\x89PNG\r\n\x1a\n\0\0").expect("a file");
    let loaded = load(&rules("rules"));
    assert_eq!(loaded.problems.len(), 2, "{:?}", loaded.problems);
    assert_eq!(loaded.compile("odd").plan.rules.len(), 1);

    fs::create_dir_all(path("pictures")).expect("a folder");
    fs::write(path("pictures/a.png"), b"\x89PNG").expect("a file");
    for nothing in ["pictures", "missing", "rules/folder.yml"] {
        let loaded = load(&rules(nothing));
        assert!(loaded.problems.len() == 1 && loaded.sources.iter().count() == 0, "{nothing}: {:?}", loaded.problems);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(path("rules"), path("rules/folder.yml/inner/round")).expect("a link");
        std::os::unix::fs::symlink(path("nowhere"), path("rules/nowhere.yml")).expect("a link");
        let loaded = load(&rules("rules"));
        assert_eq!(loaded.problems.len(), 3, "{:?}", loaded.problems);
        assert_eq!(loaded.compile("odd").plan.rules.len(), 1);
    }
}

#[test]
fn odd_inputs() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("empty"), "").expect("a file");
    fs::write(path("blank"), "\n\r\n  \n").expect("a file");
    fs::write(path("half.evtx"), b"ElfFile\0\0\0").expect("a file");
    fs::write(path("bytes"), b"{\"F\":\"x\"}\n\xff\xfe\0\0\n{\"F\":\"y\"}\n").expect("a file");
    fs::write(path("long"), format!("{{\"F\":\"{}\"}}\n{{\"F\":\"x\"}}\n", "a".repeat(3 << 20))).expect("a file");
    let inputs = ["empty", "blank", "half.evtx", "bytes", "long", "missing", ""].map(|name| Source::File(path(name)));
    let mut reader = Reader::new(inputs, Options { max_event: 1 << 20, ..Options::default() });
    let mut batch = Batch::default();
    let (mut events, mut broken) = (Vec::new(), Vec::new());
    while reader.next_batch(&mut batch) {
        events.extend(batch.events().map(|(item, text)| (item.line, text.to_vec())));
        broken.extend(batch.broken().iter().map(ToString::to_string));
    }
    let readable =
        events.iter().filter(|(_, text)| text.starts_with(b"{\"F\"")).map(|(line, _)| *line).collect::<Vec<_>>();
    assert_eq!(readable, [1, 3, 2], "{broken:?}");
    for name in ["half.evtx", "long", "missing"] {
        assert!(broken.iter().any(|reason| reason.contains(name)), "{name}: {broken:?}");
    }
}

/// A value in which triggers stand a million times makes the same alerts, and is remembered and collected within bounds.
#[test]
fn triggers_may_stand_a_million_times() {
    let text = rule(
        "    keywords: ['delete', 'erase']\n    tool:\n        CommandLine|contains: ['whoami', 'ipconfig']\n    condition: keywords and tool",
    );
    let mut session = session(&text, Scoping::Ignore);
    let event = |commands: &str| {
        format!("{{\"message\":\"{}\",\"CommandLine\":\"{commands}\"}}", "delete erase ".repeat(500_000))
    };
    let start = Instant::now();
    for _ in 0..3 {
        assert_eq!(matches(&mut session, event(&"whoami ipconfig ".repeat(500_000)).as_bytes()), Ok(true));
        assert_eq!(matches(&mut session, event("who am i").as_bytes()), Ok(false));
    }
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}
