//! The decoder against `serde_json` as the oracle, against itself at every vector level, and against hostile lines.

use super::super::text::unescape_into;
use super::super::values::{SlotId, SlotValues};
use super::*;
use proptest::prelude::*;
use serde_json::Value as Json;
use std::time::Instant;

/// Every value of every present slot, spelled `name=value`; a present slot without values is `name`.
fn decode_at(level: Level, line: &str, paths: &Paths) -> Result<Vec<String>, DecodeError> {
    let mut values = Values::new(paths.len());
    Decoder::with_level(level).decode(line.as_bytes(), paths, &mut values)?;
    let mut found = Vec::new();
    for number in 0..paths.len() {
        let slot = SlotId(u32::try_from(number).unwrap());
        let slot_values = values.slot(slot);
        assert_eq!(slot_values.present, values.touched().contains(&slot));
        if slot_values.present && slot_values.values.is_empty() {
            found.push(paths.name(slot).to_owned());
        }
        for value in slot_values.values {
            found.push(format!("{}={}", paths.name(slot), spell(*value, line)));
        }
    }
    if paths.wants_leaves() {
        found.extend(values.leaves().iter().map(|leaf| spell(leaf.value, line)));
    }
    Ok(found)
}

fn spell(value: Value, line: &str) -> String {
    let raw = value.bytes(line.as_bytes());
    let text = String::from_utf8(raw.to_vec()).unwrap();
    if value.kind == Kind::Null {
        return "null".to_owned();
    }
    if value.kind != Kind::String {
        let fraction = value.kind == Kind::Number && (text.contains(['.', 'e', 'E']) || text == "-0");
        assert_eq!(value.flags & FRACTION != 0, fraction, "{text}");
        return text;
    }
    assert!(value.flags & ESCAPED != 0 || !text.contains('\\'), "{text}");
    let escapes = text.replace("\\\\", "");
    let is_odd = |c: char| c < ' ' || !c.is_ascii() && fold_char(c) != c;
    let odd = text.contains(is_odd) || escapes.contains("\\u") || escapes.contains("\\/");
    assert_eq!(value.flags & ODD != 0, odd, "{text}");
    let mut unescaped = Vec::new();
    unescape_into(raw, &mut unescaped);
    format!("{:?}", String::from_utf8(unescaped).unwrap())
}

fn decode(line: &str, paths: &Paths) -> Result<Vec<String>, DecodeError> {
    let results: Vec<_> = Level::available().into_iter().map(|level| decode_at(level, line, paths)).collect();
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "levels differ on {line}");
    results.into_iter().next_back().unwrap()
}

#[track_caller]
fn check(names: &[&str], line: &str, expected: &[&str]) {
    let paths = Paths::new(names.iter().copied());
    assert_eq!(decode(line, &paths).unwrap(), expected, "{line}");
}

#[test]
fn values_by_path() {
    check(&["a", "b"], r#"{"a":"x","c":{"a":1},"b":-1.5e3}"#, &[r#"a="x""#, "b=-1.5e3"]);
    check(&["a"], r#" { "a" : [ "x" , [ true ] , null , { "b" : 1 } ] } "#, &[r#"a="x""#, "a=true", "a=null"]);
    check(&["a", "b", "c"], r#"{"a":[],"b":{},"c":[{}]}"#, &["a=null", "b", "c"]);
    check(&["a.b"], r#"{"a":[{"b":1},{"b":[2,3]},{"c":4},[{"b":5}]]}"#, &["a.b=1", "a.b=2", "a.b=3", "a.b=5"]);
    check(&["a"], r#"{"a":1,"a":2}"#, &["a=1", "a=2"]);
    check(&["a"], r#"{"\u0061":1}"#, &["a=1"]);
    check(&["a\"b"], r#"{"a\"b":1}"#, &["a\"b=1"]);
    check(&["", "."], r#"{"":{"":1}}"#, &["", ".=1"]);
}

#[test]
fn precedence() {
    let lines = [
        (r#"{"a.b.c":1,"a.b":{"c":2},"a":{"b.c":3,"b":{"c":4}}}"#, "a.b.c=1"),
        (r#"{"a":{"b":{"c":4},"b.c":3},"a.b":{"c":2}}"#, "a.b.c=2"),
        (r#"{"a":{"b":{"c":4},"b.c":3}}"#, "a.b.c=3"),
        (r#"{"a":{"b":{"c":4}},"a.b.c":[]}"#, "a.b.c=null"),
        (r#"{"Event":{"EventData":{"a.b.c":1}},"a":{"b":{"c":4}}}"#, "a.b.c=4"),
    ];
    for (line, expected) in lines {
        check(&["a.b.c"], line, &[expected]);
    }
}

#[test]
fn windows_events() {
    let line = r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":{"#attributes":{"Qualifiers":3},"#text":4},
        "Channel":"C","Execution_attributes":{"ProcessID":7}},"EventData":{"Channel":"shadow","Threat Name":"T","Data":{"#text":["x","y"]}},
        "UserData":{"Any":{"#attributes":{"xmlns":"y"},"F":"f","Threat Name":"worse"}}}}"##;
    let names =
        ["EventID", "Channel", "Provider_Name", "Execution_ProcessID", "ThreatName", "Data", "F", "EventID_Qualifiers"];
    let expected = [
        "EventID=4",
        "Channel=\"C\"",
        "Provider_Name=\"P\"",
        "Execution_ProcessID=7",
        "ThreatName=\"T\"",
        "Data=\"x\"",
        "Data=\"y\"",
        "F=\"f\"",
        "EventID_Qualifiers=3",
    ];
    check(&names, line, &expected);
    check(&["Data"], r#"{"Event":{"EventData":{"Data":["a","b"]}}}"#, &["Data=\"a\"", "Data=\"b\""]);
    check(&["EventID"], r#"{"Event":{"System":{"EventID":1}},"EventID":2}"#, &["EventID=2"]);
}

#[test]
fn containers_and_leaves() {
    let mut paths = Paths::new(["a", "a.b"].into_iter());
    paths.want_container(SlotId(0));
    let line = r#"{"a":[{"b":1},"x",[2]],"c":null}"#;
    assert_eq!(decode(line, &paths).unwrap(), ["a=\"x\"", "a=2", r#"a=[{"b":1},"x",[2]]"#, "a.b=1"]);
    paths.want_leaves(true);
    assert_eq!(decode(line, &paths).unwrap()[4..], ["1", "\"x\"", "2", "null"]);
}

#[test]
fn broken_lines() {
    let deep = format!("{}{}{}", r#"{"a":"#.repeat(10_000), 1, "}".repeat(10_000));
    let lines = [
        ("", "no JSON object here (byte 0)"),
        ("  \t", "no JSON object here (byte 3)"),
        ("[1]", "expected a JSON object, found an array (byte 0)"),
        ("7", "expected a JSON object, found a number (byte 0)"),
        ("\0", "expected a JSON object, found something that is not JSON (byte 0)"),
        (r#"{"a":1}}"#, "text after the end of the object (byte 7)"),
        (r#"{"a":1"#, "ends within the object (byte 6)"),
        (r#"{"a":"x"#, "ends within a string (byte 5)"),
        (r#"{"a" 1}"#, "expected `:` after the key (byte 5)"),
        (r#"{"a":1,}"#, "expected a key in quotes (byte 7)"),
        (r"{a:1}", "expected a key in quotes (byte 1)"),
        (
            r#"{"a":[1,]}"#,
            "expected a value: a string, a number, `true`, `false`, `null`, an array or an object (byte 8)",
        ),
        (r#"{"a":[1}"#, "expected `,` or `]` (byte 7)"),
        (r#"{"a":01}"#, "invalid number (byte 5)"),
        (r#"{"a":1.}"#, "invalid number (byte 5)"),
        (r#"{"a":-}"#, "invalid number (byte 5)"),
        (r#"{"a":1e}"#, "invalid number (byte 5)"),
        (r#"{"a":"\x"}"#, "invalid escape in a string (byte 7)"),
        (r#"{"a":"\u12g4"}"#, "invalid escape in a string (byte 7)"),
        (
            r#"{"a":tru}"#,
            "expected a value: a string, a number, `true`, `false`, `null`, an array or an object (byte 5)",
        ),
        (r#"{\"a":1}"#, "expected a key in quotes (byte 1)"),
        (&deep, "nested more than 512 levels deep (byte 2560)"),
    ];
    let paths = Paths::new(["a", "b.c"].into_iter());
    for (line, expected) in lines {
        assert_eq!(decode(line, &paths).unwrap_err().to_string(), expected, "{}", &line[..line.len().min(80)]);
    }
    let deep = format!("{}{}{}", r#"{"a":["#.repeat(256), 1, "]}".repeat(256));
    assert!(decode(&deep, &paths).is_ok());
}

#[test]
fn lines_that_are_not_utf8() {
    let paths = Paths::new(["a"].into_iter());
    let mut values = Values::new(1);
    let dense = [br#"{"a":""#.as_slice(), &"\u{416}".repeat(200).into_bytes(), b"\xd0\"}"].concat();
    for line in [b"{\"a\":\"x\xff\"}".as_slice(), b"{\"a\":\"\xc3\"}", &dense] {
        for level in Level::available() {
            Decoder::with_level(level).decode(line, &paths, &mut values).unwrap();
            let value = values.slot(SlotId(0)).values[0];
            assert!(value.bytes(values.text(line)).ends_with("\u{fffd}".as_bytes()));
        }
    }
    let mut decoder = Decoder::new();
    assert!(decoder.decode(b"{\"a\":\xff}", &paths, &mut values).is_err());
    decoder.decode(b"{\"a\":1}", &paths, &mut values).unwrap();
    assert_eq!(values.slot(SlotId(0)).values[0].bytes(values.text(b"{\"a\":1}")), b"1");
}

const SAMPLE: &str = r##"{"@timestamp":"2022-08-04T08:21:06.115Z","EventID":10,"Message":"Process\r\nImage: C:\\Windows\\System32\\a.exe \u00e9 \ud83d\ude00 ®","n":-0,
"tags":["a",{"b":[1.5e-3,null,true,false]}],"Event":{"System":{"EventID":{"#text":1}},"EventData":{"Some Key":"\\\\\"\\"}}, "Image":"C:\\x"}"##;

#[test]
fn truncated_and_mutated_lines() {
    let paths = Paths::new(["EventID", "Message", "Image", "SomeKey", "tags.b", "@timestamp"].into_iter());
    assert_eq!(decode(SAMPLE, &paths).unwrap().len(), 9);
    for (at, _) in SAMPLE.char_indices() {
        assert!(decode(&SAMPLE[..at], &paths).is_err());
        for replacement in ["\"", "\\", "\0", "{", "]", ",", "0", " ", "\u{e9}"] {
            let rest = SAMPLE[at..].chars().next().map_or("", |c| &SAMPLE[at + c.len_utf8()..]);
            agrees(&format!("{}{replacement}{rest}", &SAMPLE[..at]));
        }
    }
}

/// The decoder accepts what the oracle accepts, but for the documented leniencies and `serde_json`'s refusal of lone
/// surrogates; and the values are the same.
fn agrees(line: &str) {
    let names = ["a", "b", "a.b", "a.b.a", "b.a", "EventID", "Image", "tags.b", "", "c d"];
    let mut paths = Paths::new(names.into_iter());
    paths.want_leaves(true);
    let found = decode(line, &paths);
    match serde_json::from_str::<Json>(line) {
        Ok(json @ Json::Object(_)) => {
            let mut leaves = Vec::new();
            collect(&json, &mut leaves);
            let found = found.unwrap_or_else(|error| panic!("{error}: {line}"));
            // the oracle keeps the last of repeated keys and sorts them
            let (mut expected, mut all): (Vec<_>, Vec<_>) = (leaves, found.clone());
            all.retain(|value| !names.iter().any(|name| value == name || value.starts_with(&format!("{name}="))));
            // nor does it keep the spelling of exponents
            for value in all.iter_mut().chain(&mut expected).filter(|value| !value.starts_with('"')) {
                *value = value.replace('E', "e").replace('+', "");
            }
            expected.sort();
            all.sort();
            if all.len() == expected.len() {
                assert_eq!(all, expected, "{line}");
            } else {
                assert!(expected.iter().all(|leaf| all.contains(leaf)), "{line}");
            }
        }
        Ok(_) => assert!(found.is_err(), "{line}"),
        Err(error) => {
            let reason = error.to_string();
            let lenient =
                ["control character", "surrogate", "unexpected end of hex escape", "recursion", "out of range"];
            assert!(found.is_err() || lenient.iter().any(|lenient| reason.contains(lenient)), "{reason}: {line}");
        }
    }
}

fn collect(json: &Json, out: &mut Vec<String>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| collect(item, out)),
        Json::Object(members) => members.values().for_each(|member| collect(member, out)),
        Json::String(text) => out.push(format!("{text:?}")),
        Json::Null | Json::Bool(_) | Json::Number(_) => out.push(json.to_string()),
    }
}

/// What a path holds, by the rules of precedence, on a tree: the best spelling wins.
fn oracle(json: &Json, path: &[&str]) -> Option<Vec<String>> {
    match json {
        Json::Object(members) => {
            let found = spellings(path.len())
                .into_iter()
                .filter_map(|keys| follow(members, path, &keys).map(|found| (keys, found)));
            // fewest keys, then the longest first
            let best =
                found.min_by_key(|(keys, _)| (keys.len(), keys.iter().map(|len| usize::MAX - len).collect::<Vec<_>>()));
            best.map(|(_, found)| found)
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => None,
    }
}

fn spellings(len: usize) -> Vec<Vec<usize>> {
    if len == 0 {
        return vec![vec![]];
    }
    (1..=len)
        .flat_map(|first| spellings(len - first).into_iter().map(move |rest| [vec![first], rest].concat()))
        .collect()
}

fn follow(members: &serde_json::Map<String, Json>, path: &[&str], keys: &[usize]) -> Option<Vec<String>> {
    let value = members.get(&path[..keys[0]].join("."))?;
    reach(value, &path[keys[0]..], &keys[1..])
}

fn reach(value: &Json, path: &[&str], keys: &[usize]) -> Option<Vec<String>> {
    match value {
        Json::Array(items) if keys.is_empty() && items.is_empty() => Some(vec!["null".to_owned()]),
        Json::Array(items) if keys.is_empty() => {
            Some(items.iter().filter_map(|item| reach(item, path, keys)).flatten().collect())
        }
        Json::Array(items) => {
            let found: Vec<_> = items.iter().filter_map(|item| reach(item, path, keys)).collect();
            if found.is_empty() { None } else { Some(found.concat()) }
        }
        Json::Object(_) if keys.is_empty() => Some(vec![]),
        Json::Object(members) => follow(members, path, keys),
        Json::String(text) if keys.is_empty() => Some(vec![format!("{text:?}")]),
        _ if keys.is_empty() => Some(vec![value.to_string()]),
        _ => None,
    }
}

fn json() -> impl Strategy<Value = Json> {
    let number = prop_oneof![any::<i64>().prop_map(Json::from), any::<f64>().prop_map(Json::from)];
    let text = prop_oneof!["[ab\\\\\"\n]{0,80}".prop_map(Json::from), any::<String>().prop_map(Json::from)];
    let leaf = prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), number, text];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let key = prop_oneof![8 => "[ab](\\.[ab]){0,2}", 1 => "[ -~]{0,30}", 1 => any::<String>()];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::btree_map(key, inner, 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect()))
        ]
    })
}

proptest! {
    #[test]
    fn agrees_with_the_oracle(json in json(), pretty in any::<bool>()) {
        let line = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
        agrees(&line);
        if json.is_object() {
            for name in ["a", "b", "a.b", "b.a", "a.b.a", "a.b.b"] {
                let path: Vec<&str> = name.split('.').collect();
                let found = decode(&line, &Paths::new([name].into_iter())).unwrap();
                let expected: Option<Vec<String>> = oracle(&json, &path).map(|values| values.iter().map(|value| format!("{name}={value}")).collect());
                let expected = match expected { Some(values) if values.is_empty() => vec![name.to_owned()], Some(values) => values, None => vec![] };
                prop_assert_eq!(found, expected, "{} in {}", name, line);
            }
        }
    }

    #[test]
    fn mutations_agree_with_the_oracle(json in json(), at in any::<prop::sample::Index>(), with in "[\\[\\]{}\":,0-9a-z\\\\ \t.eE+-]{0,2}") {
        let line = serde_json::to_string(&json).unwrap();
        let places: Vec<usize> = line.char_indices().map(|(at, _)| at).collect();
        let at = places[at.index(places.len())];
        let rest = &line[at + line[at..].chars().next().unwrap().len_utf8()..];
        agrees(&format!("{}{with}{rest}", &line[..at]));
    }
}

/// Keys of lengths about the longest that a decoder keeps, with an escape, that lead to one slot, to several, to none.
const KEYS: [&str; 12] = [
    "",
    "a",
    "b",
    r"\u0061",
    "a.b",
    "Image",
    "exactly.twenty.four.long",
    "exactly.twenty.four.lonG",
    "of twenty-five characters",
    "of twenty-five charaCters",
    "nobody asks for this",
    "F x",
];

/// Objects of these keys, with or without spaces; their values are texts, numbers and objects.
fn objects() -> impl Strategy<Value = [String; 2]> {
    let member = |value: BoxedStrategy<[String; 2]>| (prop::sample::select(&KEYS[..]), value);
    let object = move |value, most| {
        prop::collection::vec(member(value), 0..most).prop_map(|members| {
            [(":", ","), (" : ", " , ")].map(|(colon, comma)| {
                let member = |(key, value): &(&str, [String; 2])| {
                    format!("\"{key}\"{colon}{}", &value[usize::from(colon.len() > 1)])
                };
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(comma))
            })
        })
    };
    let scalar = prop::sample::select(&[r#""x""#, r#""""#, "7", "-1", "null", r#""\n""#][..]);
    let scalar = scalar.prop_map(|text| [0; 2].map(|_| text.to_owned())).boxed();
    let inner = object(scalar.clone(), 4).boxed();
    object(prop_oneof![20 => scalar, 1 => inner].boxed(), 90)
}

proptest! {
    /// Members without spaces take the fast way, which keeps where keys lead to; the others do not.
    #[test]
    fn what_was_decoded_before_changes_nothing(objects in prop::collection::vec(objects(), 1..6)) {
        let some = ["a", "a.b", "Image", "exactly.twenty.four.long", "of twenty-five characters", "Fx", "a.Image"];
        let others = ["b", "a", "exactly.twenty.four.lonG", "Event.EventData.a", ""];
        let both = [&some[..], &others[..]].map(|names| Paths::new(names.iter().copied()));
        let mut used = Decoder::new();
        for ([close, spaced], paths) in objects.iter().flat_map(|lines| both.iter().map(move |paths| (lines, paths))) {
            let decode = |decoder: &mut Decoder, line: &str| {
                let mut values = Values::new(paths.len());
                decoder.decode(line.as_bytes(), paths, &mut values).unwrap();
                let slot = |slot| {
                    let SlotValues { present, values } = values.slot(slot);
                    (present, values.iter().map(|value| spell(*value, line)).collect::<Vec<_>>())
                };
                (0..).take(paths.len()).map(|number| slot(SlotId(number))).collect::<Vec<_>>()
            };
            prop_assert_eq!(decode(&mut used, close), decode(&mut Decoder::new(), spaced), "{}", close);
        }
    }
}

/// More values than wait for their slots at once.
#[test]
fn many_members() {
    let paths = Paths::new(["a", "b"].into_iter());
    let mut values = Values::new(2);
    let members = (0..500).map(|number| format!("\"{}\":{number}", if number % 2 == 0 { "a" } else { "b" }));
    let line = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
    Decoder::new().decode(line.as_bytes(), &paths, &mut values).unwrap();
    for (first, slot) in [(0, SlotId(0)), (1, SlotId(1))] {
        let found = values.slot(slot).values.iter().map(|value| spell(*value, &line));
        assert!(found.eq((first..500).step_by(2).map(|number| number.to_string())));
    }
}

#[test]
#[ignore = "takes 400 MB"]
fn long_lines() {
    let paths = Paths::new(["a"].into_iter());
    let mut values = Values::new(1);
    let mut decoder = Decoder::new();
    for filler in ["x", "\\\"", "\\u0041", "[", "\",\""] {
        let line = format!("{{\"a\":[\"{}\"]}}", filler.repeat(100_000_000 / filler.len()));
        assert!(decoder.decode(line.as_bytes(), &paths, &mut values).is_ok(), "{filler}");
    }
    assert!(decoder.decode(b"{\"a\":1}", &paths, &mut values).is_ok());
}

/// Nanoseconds an event over recorded events: `SIGIL_BENCH_FIELDS=names.txt SIGIL_BENCH_EVENTS=events.ndjson cargo test
/// --release -p sigil-runtime --lib bench_decode -- --ignored --nocapture`, with the fields to look up one on each line.
#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a measurement for people")]
fn bench_decode() {
    let (Ok(files), Ok(names)) = (std::env::var("SIGIL_BENCH_EVENTS"), std::env::var("SIGIL_BENCH_FIELDS")) else {
        return;
    };
    let names = std::fs::read_to_string(names).unwrap();
    for file in files.split(',') {
        let text = std::fs::read(file).unwrap();
        let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
        let report = |what: &str, run: &mut dyn FnMut(&[u8])| {
            let best = (0..3).map(|_| {
                let start = Instant::now();
                for line in &lines {
                    run(line);
                }
                start.elapsed().as_secs_f64()
            });
            let best = best.fold(f64::MAX, f64::min);
            println!(
                "{what:24} {:7.0} ns/event {:6.0} MB/s",
                best * 1e9 / lines.len() as f64,
                text.len() as f64 / best / 1e6
            );
        };
        println!("{file}: {} events of {} bytes", lines.len(), text.len() / lines.len());
        let mut paths = Paths::new(names.lines());
        for level in Level::available() {
            let mut index = Index::default();
            report(&format!("quotes {level:?}"), &mut |line| index.fill(level, line));
        }
        let mut values = Values::new(paths.len());
        for level in Level::available() {
            let mut decoder = Decoder::with_level(level);
            report(&format!("decode {level:?}"), &mut |line| decoder.decode(line, &paths, &mut values).unwrap());
        }
        let mut decoder = Decoder::new();
        let (mut touched, mut folded) = (0, Vec::new());
        report("decode and fold", &mut |line| {
            decoder.decode(line, &paths, &mut values).unwrap();
            touched += values.touched().len();
            folded.clear();
            for &slot in values.touched() {
                for value in values.slot(slot).values.iter().filter(|value| value.kind == Kind::String) {
                    super::super::text::fold_json_into(value.bytes(line), value.flags, &mut folded);
                }
            }
        });
        println!("{:24} {:.1} slots an event", "", touched as f64 / lines.len() as f64 / 3.0);
        paths.want_leaves(true);
        report("decode with leaves", &mut |line| decoder.decode(line, &paths, &mut values).unwrap());
        report("serde_json::Value", &mut |line| drop(serde_json::from_slice::<Json>(line).unwrap()));
    }
}
