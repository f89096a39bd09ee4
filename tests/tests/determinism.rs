//! The same inputs give the same bytes, in whatever order they come.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sigil_compiler::codegen::{Layout, generate};
use sigil_compiler::source::Sources;
use sigil_compiler::{Compilation, Options, compile};
use sigil_tests::events::files;
use sigil_tests::shared::{find, root};

/// Texts of the rules in a folder, under their names in it.
fn texts(folder: &Path, count: usize) -> Vec<(String, String)> {
    let name = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    let all = files(folder, ".yml");
    let step = (all.len() / count).max(1);
    all.iter().step_by(step).map(|path| (name(path), std::fs::read_to_string(path).expect("a rule"))).collect()
}

fn compiled(texts: &[(String, String)]) -> Compilation {
    let mut sources = Sources::new();
    for (path, text) in texts {
        sources.add(path, text);
    }
    compile(&sources, &Options::new("tests"))
}

/// Everything of a plan but the places of rules in their sources, which are numbered in the order of the files.
fn shown(compilation: &Compilation) -> String {
    let plan = &compilation.plan;
    let rules = plan
        .rules
        .iter()
        .map(|rule| format!("{} {} {:?} {:?}\n{}", rule.module, rule.symbol, rule.scope, rule.triggers, rule.rule));
    format!("{:?}\n{:?}\n{}", plan.fields, plan.scopes, rules.collect::<String>())
}

fn check(texts: Vec<(String, String)>, orders: u32) {
    let expected = compiled(&texts);
    let layout = Layout::Folder;
    let (plan, code) = (shown(&expected), generate(&expected.plan, &layout));
    let config = ProptestConfig { cases: orders, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&Just(texts).prop_shuffle(), |texts| {
        let compilation = compiled(&texts);
        prop_assert!(shown(&compilation) == plan, "another plan");
        prop_assert!(generate(&compilation.plan, &layout) == code, "other code");
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn the_order_of_own_rules_changes_nothing() {
    check(texts(&root().join("rules/sigma"), usize::MAX), 8);
}

#[test]
fn the_order_of_public_rules_changes_nothing() {
    if let Some(folder) = find("the_order_of_public_rules_changes_nothing", "corpus/sigmahq/rules") {
        check(texts(&folder, 300), 3);
    }
}

/// Rules that share a title, an id, or everything: each is in the pack once, under its own name.
#[test]
fn the_order_of_twins_changes_nothing() {
    let rule = |title: &str, id: &str, value: &str| {
        format!(
            "title: {title}\nid: {id}\nlogsource: {{category: test}}\ndetection: {{sel: {{F: {value}}}, condition: sel}}\n"
        )
    };
    let id = "6b1d3c1e-0000-4000-8000-000000000000";
    let twins = [
        rule("Twin", id, "a"),
        rule("Twin", id, "b"),
        rule("Twin", id, "a"),
        rule("Other", id, "a"),
        rule("twin!", "another", "a"),
    ];
    check((0..).zip(twins).map(|(number, text): (u32, String)| (format!("{number}.yml"), text)).collect(), 16);
}
