use super::*;
use crate::sigma::ast::{Condition, CorrelationCondition, FilterRules, Item, ItemBody, Modifier, Search, Value};
use crate::source::Sources;
use std::collections::BTreeSet;

fn read(text: &str) -> (Vec<ParsedDocument>, Diagnostics) {
    let mut diags = Diagnostics::new();
    let documents = parse(FileId(0), text, &mut diags);
    for document in &documents {
        let errors =
            diags.as_slice()[document.diagnostics.clone()].iter().filter(|d| d.severity == Severity::Error).count();
        assert_eq!(
            document.document.is_none(),
            errors > 0,
            "rejected means an error of its own, and the reverse: {text}"
        );
    }
    (documents, diags)
}

/// Code and marked text of each message, and the outcome of each document.
fn summary(text: &str) -> String {
    let (documents, diags) = read(text);
    let said = diags.as_slice().iter().map(|diagnostic| {
        assert!(diagnostic.help.is_some(), "{diagnostic:?} has no next step");
        let at = diagnostic.labels[0].span;
        format!("{} `{}`", diagnostic.code.as_str(), &text[at.start as usize..at.end as usize])
    });
    let outcomes: String =
        documents.iter().map(|document| if document.document.is_some() { '+' } else { '-' }).collect();
    said.chain([outcomes]).collect::<Vec<_>>().join(" ")
}

const HEAD: &str = "title: t\nlogsource: {product: linux}\n";

fn rule(detection: &str) -> Rule {
    let text = format!("{HEAD}detection:\n  {}\n", detection.replace('\n', "\n  "));
    let (mut documents, diags) = read(&text);
    match documents.remove(0).document {
        Some(Document::Rule(rule)) => rule,
        other => panic!("{other:?} {diags:?}"),
    }
}

#[test]
fn each_fault_has_its_code_and_place() {
    let mut seen = BTreeSet::new();
    let whole = [
        ("a: [", "SG001 `` -"),
        ("title: é\ntitle: t", "SG002 `title` -"),
        ("", "SG004 `` -"),
        ("# only\n---\n", "SG004 `` -"),
        ("action: global\ntitle: t\n", "SG004 `` -"),
        ("- a\n", "SG005 `` -"),
        ("action: gloabl", "SG006 `gloabl` -"),
        ("action: repeat", "SG006 `action` -"),
        ("title: t\nlogsource: {product: x}", "SG007 `` -"),
        ("title: t\nlogsource: {product: x}\ndetection:", "SG007 `detection` -"),
        ("title: t\nlogsource: {product: x}\ndetection: [a]", "SG008 `detection` -"),
        ("title: t\nlogsource: linux\ndetection: {a: [b], condition: a}", "SG008 `logsource` -"),
        (
            "title: 1\ntags: a\nauthor: [b]\nlogsource: {product: x}\ndetection: {a: [b], condition: a}",
            "SG009 `title` SG009 `tags` SG009 `author` +",
        ),
        ("logsource: {product: x}\ndetection: {a: [b], condition: a}", "SG010 `` +"),
        (
            "title: t\nlevel: hihg\nstatus: x\nlogsource: {product: x}\ndetection: {a: [b], condition: a}",
            "SG011 `hihg` SG011 `x` +",
        ),
        ("title: t\nlevel: High\nlogsource: {product: x}\ndetection: {a: [b], condition: a}", "SG011 `High` +"),
        ("title: t\ndetection: {a: [b], condition: a}", "SG012 `` +"),
        ("title: t\nsigma-version: 4.1\nlogsource: {product: x}\ndetection: {a: [b], condition: a}", "SG018 `4.1` -"),
        ("title: t\nlogsource: {product: x}\nfilter: {a: {b: c}, condition: a}", "SG019 `filter` -"),
        (
            "title: t\ncorrelation: {type: event_cuont, rules: [a], timespan: 5x, condition: {gte: x}}",
            "SG020 `x` SG020 `event_cuont` SG020 `correlation` SG020 `5x` -",
        ),
        (
            "title: t\nx: 1\naction: reset\n---\ntitle: t\nlogsource: {product: x}\ndetection: {a: [b], condition: a}",
            "SG021 `title` +",
        ),
    ];
    for (text, expected) in whole {
        assert_eq!(summary(text), expected, "{text}");
        seen.extend(read(text).1.as_slice().iter().map(|diagnostic| diagnostic.code));
    }
    let detections = [
        ("{a: {}, condition: a}", "SG013 `a` -"),
        ("{a: , b: [[]], condition: 1 of them}", "SG013 `a` SG013 `[]` -"),
        ("{a: {F: []}, condition: a}", "SG014 `[]` +"),
        ("{a: {F: [x, null, ~]}, condition: a}", "SG015 `null` +"),
        ("{a: {'é|contians|al': x}, condition: a}", "SG016 `contians` SG016 `al` -"),
        ("{a: {F|Contains|: x}, condition: a}", "SG016 `Contains` SG016 `F|Contains|` -"),
        ("{a: {F: {G: x}}, condition: a}", "SG017 `F` -"),
        ("{a: {F: [{G: x}, [y]]}, condition: a}", "SG017 `{G: x}` -"),
        ("{a: [b], condition: a and}", "SG050 `` -"),
        ("{a: [b], condition: 'a or c and  c'}", "SG051 `c` -"),
        ("{a: [b], condition: a and all of c*}", "SG052 `c*` -"),
        ("{_a: [b], condition: _a or all of them}", "SG052 `them` -"),
        ("{a: [b], condition: a and not 1 of c*}", "SG053 `c*` +"),
        ("{a: [b], é: [c], condition: a}", "SG054 `é` +"),
        ("{a: [b], condition: a OR a}", "SG055 `OR` +"),
        ("{a: [b]}", "SG056 `detection` -"),
        ("{a: [b], condition: []}", "SG056 `condition` -"),
        ("{a: [b], condition: !a }", "SG056 `condition` -"),
        ("{a: [b], condition: [a, [b]]}", "SG008 `condition` -"),
        ("{a1: [b], a2: [c], condition: 3 of a*}", "SG058 `a*` +"),
    ];
    for (detection, expected) in detections {
        let text = format!("{HEAD}detection: {detection}");
        assert_eq!(summary(&text), expected, "{detection}");
        seen.extend(read(&text).1.as_slice().iter().map(|diagnostic| diagnostic.code));
    }
    // what needs long inputs
    let deep = format!("{HEAD}detection: {{a: [b], condition: {}a}}", "(".repeat(10_000));
    let deep_yaml = "[".repeat(10_000);
    for text in [deep, deep_yaml] {
        seen.extend(read(&text).1.as_slice().iter().map(|diagnostic| diagnostic.code));
    }
    let own = |code: &&Code| matches!(code.as_str().as_bytes(), [b'S', b'G', b'0', b'0'..=b'2' | b'5', _]);
    // unreadable files are found before parsing
    seen.insert(Code::Unreadable);
    let missing: Vec<_> = Code::ALL.iter().filter(own).filter(|code| !seen.contains(code)).collect();
    assert!(missing.is_empty(), "no input shows {missing:?}");
}

#[test]
fn a_rule_keeps_everything_its_author_wrote() {
    let text = "title: A rule\nid: 1f\nname: a_rule\nstatus: test\nlevel: high\ndate: 2024-01-01\nmodified: 2024/02/03\nauthor: é\n\
        tags:\n  - attack.t1059\nreferences: [u]\nrelated: [{id: 2f, type: derived}]\nscore: 7\nextra: {a: [1, null, 1.5]}\nsigma-version: '3.0'\n\
        logsource: {product: linux, category: process_creation, definition: d}\ndetection: {s: {F: 1}, condition: s, timeframe: 5m}\n";
    let (documents, diags) = read(text);
    assert!(diags.is_empty(), "{diags:?}");
    assert_eq!((documents[0].title.as_deref(), documents[0].id.as_deref()), (Some("A rule"), Some("1f")));
    let Some(Document::Rule(rule)) = &documents[0].document else { panic!() };
    assert_eq!(rule.version, 3);
    assert_eq!(rule.meta.date.as_deref(), Some("2024-01-01"));
    assert_eq!(rule.meta.related, [("2f".to_owned(), "derived".to_owned())]);
    let custom: Vec<_> = rule.meta.custom.iter().map(|(key, value)| format!("{key} {value}")).collect();
    assert_eq!(custom, ["score 7", r#"extra {"a":[1,null,1.5]}"#]);
    assert_eq!(rule.logsource.service, None);
    assert_eq!(rule.detection.selections.keys().collect::<Vec<_>>(), ["s"], "`timeframe` is not a selection");
    assert_eq!(rule.detection.timeframe.as_ref().map(|time| time.value.as_str()), Some("5m"));
    assert_eq!(rule.detection.condition_texts, ["s"]);
}

#[test]
fn selections_keep_their_shape() {
    let rule = rule(
        "m: {A|contains|all: [x, 2, true, ''], B|re|ignorecase: y, C: null}\nl:\n  - A: 1\n  - word\n  - [7, {B: z}]\nk: 'lone'\n\
         a.b|c: {'|all': [p, q], '': r}\ncondition: [1 of them, 'm']",
    );
    let Search::Map(items) = &rule.detection.selections["m"].value else { panic!() };
    let Item { field, modifiers, body, .. } = &items[0];
    assert_eq!(field.as_ref().map(|field| field.value.as_str()), Some("A"));
    assert_eq!(
        modifiers.iter().map(|modifier| modifier.value).collect::<Vec<_>>(),
        [Modifier::Contains, Modifier::All]
    );
    let ItemBody::Values { values, list: true } = body else { panic!() };
    let values: Vec<_> = values.iter().map(|value| value.value.clone()).collect();
    assert_eq!(values, [Value::String("x".into()), Value::Int(2), Value::Bool(true), Value::String(String::new())]);
    assert!(matches!(&items[2].body, ItemBody::Values { values, list: false } if values[0].value == Value::Null));
    let Search::List(members) = &rule.detection.selections["l"].value else { panic!() };
    assert!(matches!(&members[0].value, Search::Map(_)));
    assert!(matches!(&members[1].value, Search::Keyword(Value::String(word)) if word == "word"));
    assert!(matches!(&members[2].value, Search::List(inner) if inner.len() == 2));
    assert!(matches!(&rule.detection.selections["k"].value, Search::Keyword(_)));
    let Search::Map(items) = &rule.detection.selections["a.b|c"].value else { panic!("names may hold dots and bars") };
    assert!(items.iter().all(|item| item.field.is_none()));
    assert_eq!(rule.detection.conditions.len(), 2);
}

#[test]
fn version_3_has_blocks() {
    let text = format!(
        "{HEAD}sigma-version: 3\ndetection:\n  s:\n    p[any]: {{name: x, .: y}}\n    q[none]: {{a: {{n: 1}}, condition: not a}}\n    r[0]|contains: z\n  condition: s\n"
    );
    let (documents, diags) = read(&text);
    let Some(Document::Rule(rule)) = &documents[0].document else { panic!("{diags:?}") };
    let Search::Map(items) = &rule.detection.selections["s"].value else { panic!() };
    assert!(matches!(&items[0].body, ItemBody::Elements(items) if items.len() == 2));
    assert!(matches!(&items[1].body, ItemBody::Block(block) if matches!(block.conditions[0].value, Condition::Not(_))));
    assert_eq!(items[2].field.as_ref().map(|field| field.value.as_str()), Some("r[0]"));
}

#[test]
fn actions_join_documents() {
    let text = "action: global\ntitle: G\nlogsource: {product: windows, service: x}\n---\ntitle: one\nlogsource: {product: linux, category: c}\n\
        detection: {s: {F: 1}, condition: s}\n---\naction: repeat\ndetection: {s: {G: [2]}}\nlevel: low\n---\naction: reset\n---\n\
        title: last\nlogsource: {product: p}\ndetection: {s: {F: 1}, condition: s}\n---\ntitle: broken\nid: 7\nx: [\n---\n\
        title: f\nlogsource: {product: p}\nfilter: {rules: any, s: {F: 1}, condition: not s}\n";
    let (documents, _) = read(text);
    let show: Vec<_> = documents
        .iter()
        .map(|document| match &document.document {
            Some(Document::Rule(rule)) => {
                let Search::Map(items) = &rule.detection.selections["s"].value else { panic!() };
                let logsource = &rule.logsource;
                format!("{} {:?} {:?} {}", rule.meta.title, logsource.product, logsource.category, items.len())
            }
            Some(Document::Filter(filter)) => format!("filter {}", filter.meta.title),
            Some(Document::Correlation(_)) => "correlation".to_owned(),
            None => format!("rejected {:?} {:?}", document.title, document.id),
        })
        .collect();
    assert_eq!(
        show,
        [
            "G Some(\"windows\") Some(\"c\") 1",
            "G Some(\"windows\") Some(\"c\") 2",
            "last Some(\"p\") None 1",
            "rejected Some(\"broken\") Some(\"7\")",
            "filter f",
        ]
    );
}

#[test]
fn correlations_and_filters_are_read_whole() {
    let text = "title: c\nname: n\ncorrelation:\n  type: value_percentile\n  rules: [a, b]\n  group-by: [u, v]\n  timespan: 1h\n  generate: true\n  \
        aliases: {x: {a: F, b: G}}\n  condition: {gte: 10, lt: 1.5, field: f, percentile: 95}\n---\n\
        title: d\ncorrelation: {type: temporal, rules: [a, b], timespan: 10s, condition: a and not b}\n---\n\
        title: f\nlogsource: {category: process_creation}\nfilter:\n  rules: [r1, r2]\n  s: {User|startswith: adm_}\n  condition: not s\n";
    let (documents, diags) = read(text);
    assert!(diags.is_empty(), "{diags:?}");
    let Some(Document::Correlation(first)) = &documents[0].document else { panic!() };
    assert_eq!(
        (first.kind.value.as_str(), first.rules.len(), first.group_by.len(), first.generate),
        ("value_percentile", 2, 2, true)
    );
    assert_eq!(first.aliases["x"]["b"], "G");
    assert_eq!(
        first.condition,
        Some(CorrelationCondition::Compare {
            operators: vec![("gte".into(), Value::Int(10)), ("lt".into(), Value::Float(1.5))],
            fields: vec!["f".into()],
            percentile: Some(Value::Int(95)),
        })
    );
    let Some(Document::Correlation(second)) = &documents[1].document else { panic!() };
    assert!(matches!(&second.condition, Some(CorrelationCondition::Expression(_))));
    let Some(Document::Filter(filter)) = &documents[2].document else { panic!() };
    assert!(matches!(&filter.rules, FilterRules::Listed(rules) if rules.len() == 2));
    assert_eq!(filter.detection.condition_texts, ["not s"]);
}

fn numbered(count: usize, line: &str) -> String {
    (0..count).flat_map(|i| [line.replace('#', &i.to_string())]).collect()
}

#[test]
fn hostile_rules_end_in_an_error_or_a_rule() {
    let values = format!("{HEAD}detection: {{s: {{F: [{}]}}, condition: s}}", "x,".repeat(50_000));
    let nulls = format!("{HEAD}detection: {{s: {{{}}}, condition: s}}", numbered(50_000, "F#|no: , "));
    let selections = format!("{HEAD}detection:\n{}  condition: s1\n", numbered(50_000, "  s#: [a]\n"));
    let patterns =
        format!("{HEAD}detection:\n{}  condition: {}s1\n", numbered(3_000, "  s#: [a]\n"), "1 of s* or ".repeat(3_000));
    let globals = format!("action: global\nx: [{}]\n{}", "y,".repeat(10_000), "---\ntitle: t\n".repeat(5_000));
    let misses = format!(
        "{HEAD}detection:\n{}  condition: [{}s1]\n",
        numbered(3_000, "  s#: [a]\n"),
        format!("{}s1, ", "1 of x* or ".repeat(3_900)).repeat(10)
    );
    let blocks = format!(
        "{HEAD}sigma-version: 3\ndetection:\n  s:\n{}  condition: s\n",
        numbered(500, "    f#[any]: {a: {b: c}, condition: d}\n")
    );
    for (text, expected) in [
        (misses, Some("SG003")),
        (blocks, Some("SG051")),
        (values, None),
        (nulls, Some("SG016")),
        (selections, Some("SG003")),
        (patterns, Some("SG003")),
        (globals, Some("SG010")),
    ] {
        let (documents, diags) = read(&text);
        let mut errors = diags
            .as_slice()
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
            .map(|d| d.code.as_str());
        match expected {
            None => assert!(documents[0].document.is_some(), "{diags:?}"),
            Some("SG010") => assert!(errors.any(|code| code == "SG003"), "copies are bounded"),
            Some(code) => assert_eq!(errors.next(), Some(code)),
        }
        assert!(diags.len() <= 101 * documents.len(), "messages are bounded");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_panics(parts in proptest::collection::vec(proptest::sample::select(PIECES), 0..40), noise in "\\PC{0,6}") {
        for text in [parts.concat() + &noise, format!("{HEAD}detection:\n  s:\n    {}{noise}\n  condition: {}", parts.concat(), parts.concat())] {
            let (documents, diags) = read(&text);
            assert!(!documents.is_empty());
            let mut sources = Sources::new();
            sources.add("a.yml", text);
            for diagnostic in diags.as_slice() {
                assert!(crate::diagnostic::render(diagnostic, &sources, false).contains(diagnostic.code.as_str()));
            }
        }
    }
}

const PIECES: &[&str] = &[
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "---\n",
    "\n---\n",
    "\n...\n",
    "- ",
    ": ",
    "a",
    "é",
    "😀",
    "sel",
    "'",
    "\"",
    "\\",
    "|",
    ">",
    "|-\n",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "# ",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "? ",
    "%",
    "@",
    "1",
    "0x1f",
    "~",
    "\t",
    "\u{feff}",
    "title: t\n",
    "detection:\n",
    "condition: ",
    "action: ",
    "global\n",
    "repeat\n",
    "reset\n",
    "correlation:\n",
    "filter:\n",
    "rules: any\n",
    "F|contains: ",
    "F|al: ",
    "and ",
    "or ",
    "not ",
    "1 of ",
    "all of ",
    "them",
    "s*",
    "(",
    ")",
    "count() > 5",
    "near ",
    "NOT ",
    "sigma-version: 3\n",
    "p[any]:\n",
];

#[test]
fn the_public_rules_parse() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/sigmahq");
    if !root.is_dir() {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: {} is not there", root.display());
        }
        return;
    }
    let mut sources = Sources::new();
    let mut diags = Diagnostics::new();
    let mut rejected = BTreeSet::new();
    let (mut rules, mut warnings) = (0, BTreeSet::new());
    for folder in [
        "rules",
        "rules-emerging-threats",
        "rules-threat-hunting",
        "rules-compliance",
        "rules-placeholder",
        "unsupported",
        "deprecated",
    ] {
        let mut files = Vec::new();
        list(&root.join(folder), &mut files);
        files.sort();
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let id = sources.add(path.strip_prefix(&root).unwrap().display().to_string(), text.clone());
            let mark = diags.len();
            for document in parse(id, &text, &mut diags) {
                rules += 1;
                if document.document.is_none() {
                    rejected.insert(path.file_stem().unwrap().display().to_string());
                }
            }
            let active = !matches!(folder, "unsupported" | "deprecated");
            warnings.extend(
                diags.as_slice()[mark..]
                    .iter()
                    .filter(|_| active)
                    .map(|d| crate::diagnostic::render(d, &sources, false)),
            );
        }
    }
    let expected = [
        "net_dns_high_subdomain_rate",
        "sysmon_always_install_elevated_parent_child_correlated",
        "win_dumping_ntdsdit_via_dcsync",
        "win_dumping_ntdsdit_via_netsync",
    ];
    assert!(rules > 3_000, "{rules} rules found");
    assert!(rejected.iter().all(|name| expected.contains(&name.as_str())), "{rejected:?}");
    assert!(warnings.is_empty(), "{}", warnings.into_iter().collect::<String>());
}

fn list(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(path);
        }
    }
}
