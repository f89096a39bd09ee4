use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::*;
use crate::ir::{
    self, Case, Expr, Field, FieldSource, Glob, Number, Piece, Quantifier, SelectionId, Subject, Test, TextOp,
};
use crate::source::{FileId, Span};

const HOSTILE: &str = "*/ \" \\ \n }{ \u{202e} `x` <b> [y](z) fn self r#\" \u{0} \u{2028} \u{1f980}";

fn field(name: &str) -> Subject {
    Subject::Field(Arc::new(Field::plain(name)))
}

fn text(subject: Subject, op: TextOp, values: &[&str]) -> Expr {
    Expr::test(
        subject,
        Test::Text { op, values: values.iter().map(|v| (*v).to_owned()).collect(), case: Case::Insensitive },
    )
}

fn selection(at: u16) -> Expr {
    Expr::Selection(SelectionId(at))
}

fn rule(title: &str, condition: Expr, condition_text: &str, selections: Vec<(&str, Expr)>) -> plan::Rule {
    let meta = ir::Meta {
        id: Some("5f1c".to_owned()),
        title: title.to_owned(),
        level: Some(ir::Level::High),
        tags: vec!["attack.execution".to_owned()],
        source: "rules/sigma/x.yml".to_owned(),
        logsource: [Some("linux".to_owned()), Some("process_creation".to_owned()), None],
        ..ir::Meta::default()
    };
    plan::Rule {
        symbol: format!("{}_{:04x}", names::symbol(title), plan::content_hash(title) >> 48),
        module: "linux_process_creation".to_owned(),
        scope: None,
        triggers: plan::Triggers::Always,
        rule: ir::Rule {
            meta,
            scope: Expr::Const(true),
            selections: selections.into_iter().map(|(name, expr)| (name.to_owned(), expr)).collect::<IndexMap<_, _>>(),
            condition,
            condition_text: condition_text.to_owned(),
            then: crate::ir::Then::Alert,
            span: Span::new(FileId(0), 0, 0),
        },
    }
}

/// A plan of these rules, with every field that they name.
fn plan_of(rules: Vec<plan::Rule>) -> plan::PackPlan {
    let mut fields = BTreeSet::new();
    for rule in &rules {
        for expr in rule.rule.selections.values().chain([&rule.rule.condition]) {
            crate::ir::collect_fields(expr, &mut fields);
        }
    }
    let fields = fields.into_iter().collect();
    plan::PackPlan { name: "webserver".to_owned(), fields, scopes: Vec::new(), rules }
}

/// All files of a plan in every layout; each is Rust.
fn generated(plan: &plan::PackPlan) -> BTreeMap<PathBuf, String> {
    let crate_name = "packs".to_owned();
    let runtime = RuntimeDependency::Version("0.1".to_owned());
    let mut all = BTreeMap::new();
    for layout in [Layout::File, Layout::Sources { crate_name }, Layout::Crate { runtime }, Layout::Folder] {
        all.extend(generate(plan, &layout));
    }
    for (path, text) in all.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "rs")) {
        if let Err(error) = syn::parse_file(text) {
            panic!("{}: {error}\n{text}", path.display());
        }
        assert!(!text.chars().any(|c| c == '\u{202e}' || (c.is_control() && c != '\n')), "{}", path.display());
    }
    all
}

fn web_server() -> plan::PackPlan {
    let servers: &[&str] = &["nginx", "httpd"];
    let selection_expr = Expr::all([
        text(field("process.parent.name"), TextOp::Equals, servers),
        text(field("CommandLine"), TextOp::Contains, &["-c"]),
        text(field("CommandLine"), TextOp::Contains, &["\\tmp\\"]),
    ]);
    let filter = text(field("CommandLine"), TextOp::StartsWith, &["sh -c \"/usr/bin/check\"", "bash -c true"]);
    let condition = Expr::all([selection(0), Expr::not(Expr::any([selection(1), selection(2)]))]);
    let mut rule = rule(
        "Web Server Spawns Shell",
        condition,
        "selection and not 1 of filter_*",
        vec![("selection", selection_expr), ("filter_healthcheck", filter.clone()), ("filter_other", filter)],
    );
    rule.scope = Some(plan::ScopeId(0));
    rule.triggers = plan::Triggers::AnyOf(vec![
        plan::Trigger {
            subject: field("process.parent.name"),
            op: TextOp::Equals,
            texts: servers.iter().map(|s| (*s).to_owned()).collect(),
        },
        plan::Trigger { subject: Subject::AnyValue, op: TextOp::EndsWith, texts: vec!["\\cmd.exe".to_owned()] },
    ]);
    let mut plan = plan_of(vec![rule]);
    let linux = text(field("CommandLine"), TextOp::Equals, &["linux"]);
    plan.scopes.push(plan::Scope { name: "linux_process_creation".to_owned(), expr: linux.clone() });
    let name = Field {
        name: "CommandLine".to_owned(),
        sources: vec![
            FieldSource { path: "process.command_line".to_owned(), under: Some(Arc::new(linux)) },
            FieldSource { path: "CommandLine".to_owned(), under: None },
        ],
        ignore_above: Some(1024),
    };
    plan.fields.push(Arc::new(name));
    plan
}

#[test]
fn a_rule_reads_like_its_source() {
    let files = generated(&web_server());
    insta::assert_snapshot!(files[&PathBuf::from("linux_process_creation.rs")]);
    insta::assert_snapshot!(files[&PathBuf::from("webserver.rs")]);
}

#[test]
fn layouts_have_their_files() {
    let check = |layout: &Layout, expected: &[&str]| {
        let files = generate(&web_server(), layout);
        let paths: Vec<String> = files.keys().map(|path| path.display().to_string()).collect();
        assert_eq!(paths, expected);
    };
    check(&Layout::Folder, &["field.rs", "linux_process_creation.rs", "mod.rs", "scope.rs"]);
    check(&Layout::File, &["webserver.rs"]);
    let sources = ["src/lib.rs", "src/main.rs", "src/webserver/field.rs", "src/webserver/linux_process_creation.rs"];
    let sources: Vec<&str> = sources.into_iter().chain(["src/webserver/mod.rs", "src/webserver/scope.rs"]).collect();
    check(&Layout::Sources { crate_name: "a-b".to_owned() }, &sources);
    let whole: Vec<&str> = ["Cargo.toml"].into_iter().chain(sources).collect();
    check(&Layout::Crate { runtime: RuntimeDependency::Version("0.1".to_owned()) }, &whole);
}

/// Every kind of test on every kind of subject.
fn every_test(subject: &Subject) -> Vec<Expr> {
    let other = Arc::new(Field::plain("Other"));
    let mut tests = vec![Test::Exists, Test::Null, Test::Present];
    for case in [Case::Insensitive, Case::Sensitive] {
        for op in [TextOp::Equals, TextOp::StartsWith, TextOp::EndsWith, TextOp::Contains] {
            tests.push(Test::Text { op, values: vec!["a".to_owned(), HOSTILE.to_owned()], case });
            tests.push(Test::Text { op, values: vec![HOSTILE.to_owned()], case });
            tests.push(Test::SameAs { other: other.clone(), op, case });
        }
        let glob = Glob::new([Piece::Literal(HOSTILE.to_owned()), Piece::AnyRun, Piece::AnyChar, Piece::Dash]);
        tests.push(Test::Glob { patterns: vec![glob.clone()], case });
        tests.push(Test::Glob { patterns: vec![glob.clone(), Glob::new([Piece::AnyRun])], case });
    }
    tests.push(Test::Regex { pattern: format!("(?i){HOSTILE}\\d+"), lookaround: true });
    tests.push(Test::Cidr(vec!["10.0.0.0/8".parse().unwrap(), "fe80::/10".parse().unwrap()]));
    tests.push(Test::Words {
        phrases: vec![vec!["a".to_owned(), HOSTILE.to_owned()], vec!["b".to_owned()]],
        patterns: vec![Glob::new([Piece::Literal(HOSTILE.to_owned()), Piece::AnyRun])],
    });
    tests.push(Test::Within(ir::TimeRange::new(Some(-1), None)));
    tests.push(Test::Within(ir::TimeRange::new(None, Some(i64::MAX))));
    tests.push(Test::Number(vec![Number::Int(-5)]));
    tests.push(Test::Number(vec![Number::Int(i128::MIN), Number::Int(i128::MAX), Number::Float(-1.5e300)]));
    for op in [ir::CompareOp::Less, ir::CompareOp::LessOrEqual, ir::CompareOp::Greater, ir::CompareOp::GreaterOrEqual] {
        tests.push(Test::Compare { op, to: Number::Int(3) });
        tests.push(Test::Order { op, to: HOSTILE.to_owned() });
        tests.push(Test::Time { part: ir::TimePart::Week, op: Some(op), values: vec![Number::Int(3)] });
    }
    tests.push(Test::Long { op: None, values: vec![Number::Int(3), Number::Int(-4)] });
    tests.push(Test::Long { op: Some(ir::CompareOp::Less), values: vec![Number::Float(2.5)] });
    tests.push(Test::Time { part: ir::TimePart::Hour, op: None, values: vec![Number::Int(3), Number::Int(4)] });
    for of in
        [ir::ValueType::Text, ir::ValueType::Number, ir::ValueType::Boolean, ir::ValueType::Date, ir::ValueType::Ip]
    {
        tests.push(Test::Single(of));
    }
    tests.into_iter().map(|test| Expr::test(subject.clone(), test)).collect()
}

/// Every function, every kind of value.
fn every_formula() -> Expr {
    use ir::Scalar;
    let (a, b) = (Field::plain(HOSTILE), Field { ignore_above: Some(8), ..Field::plain("Other") });
    let (a, b) = (Scalar::Field(Arc::new(a)), Scalar::Field(Arc::new(b)));
    let glob = Glob::new([Piece::Literal(HOSTILE.to_owned()), Piece::AnyRun]);
    let values = vec![
        a.clone(),
        b.clone(),
        Scalar::Null,
        Scalar::Bool(true),
        Scalar::Int(i64::MIN),
        Scalar::float(-1.5e300),
        Scalar::float(66.0),
        Scalar::Text(HOSTILE.to_owned()),
        Scalar::Matches(Box::new(a.clone()), vec![glob], Case::Insensitive),
        Scalar::IsMatch { of: Box::new(b), pattern: format!("(?i){HOSTILE}"), lookaround: false },
        Scalar::InNetworks(Box::new(a.clone()), vec!["10.0.0.0/8".parse().unwrap()]),
    ];
    let calls = ir::Function::all().map(|function| Scalar::Call(function, values.clone()));
    let formulas = calls.chain([a, Scalar::Bool(false), Scalar::Null]);
    Expr::Any(formulas.map(|formula| Expr::Formula(Box::new(formula))).collect())
}

fn everything() -> plan::PackPlan {
    let mut selections = vec![
        ("on_field", Expr::Any(every_test(&field(HOSTILE)))),
        ("on_any", Expr::Any(every_test(&Subject::AnyValue))),
        ("on_paths", Expr::Any(every_test(&Subject::Paths(format!("{HOSTILE}.*"))))),
        ("computed", every_formula()),
    ];
    let inner = Expr::Elements {
        of: Subject::Element(HOSTILE.to_owned()),
        quantifier: Quantifier::At(-1),
        body: Box::new(Expr::All(every_test(&Subject::Element(String::new())))),
    };
    let mut parts = every_test(&Subject::Element("port.x".to_owned()));
    parts.push(inner);
    for (name, quantifier) in [("any", Quantifier::Any), ("all", Quantifier::All), ("none", Quantifier::None)] {
        let body = Box::new(Expr::all(parts.clone()));
        selections.push((name, Expr::Elements { of: field("list"), quantifier, body }));
    }
    let names: Vec<String> =
        ["fn", "self", "event", "held", "at_least", "element", "part_1", "Self", "_", "1", "\u{1f980}", HOSTILE]
            .iter()
            .map(|name| (*name).to_owned())
            .chain(["long ".repeat(2_000)])
            .collect();
    selections.extend(names.iter().map(|name| (name.as_str(), Expr::Const(true))));
    let of = (0..4).map(selection).chain([Expr::not(selection(9)), Expr::Any(every_test(&field("x")))]).collect();
    let mut hostile = rule(HOSTILE, Expr::any([selection(5), Expr::AtLeast { count: 2, of }]), HOSTILE, selections);
    hostile.rule.meta.id = Some(HOSTILE.to_owned());
    hostile.rule.meta.source = format!("rules/{HOSTILE}.yml");
    hostile.rule.meta.tags = vec![HOSTILE.to_owned()];
    hostile.rule.meta.logsource = [Some(HOSTILE.to_owned()), None, None];
    let never = rule("Never", Expr::Const(false), "never", vec![("unused", text(field("x"), TextOp::Equals, &["y"]))]);
    let mut always = rule("Always", Expr::Const(true), "always", vec![]);
    always.module = "self".to_owned();
    plan_of(vec![hostile, never, always])
}

#[test]
fn hostile_text_stays_text() {
    let files = generated(&everything());
    let module = &files[&PathBuf::from("linux_process_creation.rs")];
    let mut literals = Vec::new();
    for token in module.parse::<proc_macro2::TokenStream>().unwrap() {
        gather(token, &mut literals);
    }
    let found = literals.iter().filter(|literal| *literal == HOSTILE).count();
    // the title, the id, the tag, the selection, and every test
    assert!(found > 20, "{found}");
}

fn gather(token: proc_macro2::TokenTree, literals: &mut Vec<String>) {
    match token {
        proc_macro2::TokenTree::Group(group) => group.stream().into_iter().for_each(|inner| gather(inner, literals)),
        proc_macro2::TokenTree::Literal(literal) => {
            if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                literals.push(text.value());
            }
        }
        proc_macro2::TokenTree::Ident(_) | proc_macro2::TokenTree::Punct(_) => {}
    }
}

#[test]
fn deep_and_wide_rules_stay_parsable() {
    let leaf = || text(field("x"), TextOp::Equals, &["y"]);
    let mut deep = leaf();
    for level in 0..600 {
        deep = match level % 3 {
            0 => Expr::All(vec![leaf(), deep]),
            1 => Expr::Any(vec![deep, leaf()]),
            _ => Expr::Not(Box::new(deep)),
        };
    }
    let mut elements = Expr::test(Subject::Element("x".to_owned()), Test::Exists);
    for _ in 0..40 {
        elements = Expr::Elements {
            of: Subject::Element("x".to_owned()),
            quantifier: Quantifier::Any,
            body: Box::new(elements),
        };
    }
    let elements = Expr::Elements { of: field("x"), quantifier: Quantifier::Any, body: Box::new(elements) };
    let wide = Expr::All(vec![leaf(); 5_000]);
    let selections = vec![("deep", deep.clone()), ("elements", elements), ("wide", wide)];
    generated(&plan_of(vec![rule("Deep", Expr::all([selection(0), deep]), "deep", selections)]));
}

#[test]
fn order_changes_nothing_and_a_rule_changes_its_own_lines() {
    let one = |title: &str, value: &str| {
        let list = text(field("x"), TextOp::Contains, &["a", value]);
        rule(title, selection(0), "selection", vec![("selection", list)])
    };
    let plan = |titles: &[(&str, &str)]| plan_of(titles.iter().map(|(title, value)| one(title, value)).collect());
    let rules = [("A", "1"), ("B", "2"), ("C", "1")];
    let mut reversed = rules;
    reversed.reverse();
    assert_eq!(generated(&plan(&rules)), generated(&plan(&reversed)));

    let path = PathBuf::from("linux_process_creation.rs");
    let before = generated(&plan(&[rules[0], rules[2]])).remove(&path).unwrap();
    let after = generated(&plan(&rules)).remove(&path).unwrap();
    // all lines but the table of rules live on
    let lost: Vec<&str> =
        before.lines().filter(|line| !line.contains("RULES") && !after.lines().any(|l| l == *line)).collect();
    assert_eq!(lost, Vec::<&str>::new());
}

#[test]
fn large_log_sources_are_split_by_letter() {
    let titles: Vec<String> = (0..400).map(|n| format!("{} {n}", ["Alpha", "Beta"][n % 2])).collect();
    let plan = plan_of(titles.iter().map(|title| rule(title, Expr::Const(true), "x", vec![])).collect());
    let files = generate(&plan, &Layout::Folder);
    let names: Vec<String> = files.keys().map(|path| path.display().to_string()).collect();
    assert_eq!(names, ["field.rs", "linux_process_creation_a.rs", "linux_process_creation_b.rs", "mod.rs", "scope.rs"]);
}

#[test]
fn headers_name_the_common_folder() {
    let check = |sources: &[&str], expected: Option<&str>| assert_eq!(common_folder(sources), expected);
    check(&["rules/sigma/a.yml", "rules/sigma/b.yml"], Some("rules/sigma/"));
    check(&["rules/sigma/a.yml", "rules/b.yml"], Some("rules/"));
    check(&["a.yml"], Some("a.yml"));
    check(&["a.yml", "b.yml"], None);
    check(&["/a.yml", "/b.yml"], None);
    check(&["rules/a.yml", "rules/a.yml2"], Some("rules/"));
    check(&[], None);
}
