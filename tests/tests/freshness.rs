//! `generated/` is what the compiler makes of `rules/sigma` and `rules/elastic`: what is reviewed there is what runs.

use std::env;
use std::path::PathBuf;

use sigil_compiler::codegen::{Layout, generate};
use sigil_tests::golden;
use sigil_tests::shared::{root, rules};

#[test]
fn the_generated_pack_is_fresh() {
    // paths in generated code are those of someone who stands at the root
    env::set_current_dir(root()).expect("the root");
    let compilation = rules(&[PathBuf::from("rules/elastic"), PathBuf::from("rules/sigma")], &[]).compile("packs");
    assert_eq!(compilation.plan.rules.len(), compilation.outcomes.len(), "{:#?}", compilation.outcomes);
    golden::check(&root().join("generated/src/packs"), &generate(&compilation.plan, &Layout::Folder), true);
}

/// What the README shows of a rule and its function is what the example holds.
#[test]
fn the_readme_shows_what_is_generated() {
    let read =
        |path: &str| std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let readme = read("README.md");
    // without the indentation, which snapshots deepen
    let lines = |text: &str| text.lines().map(|line| format!("{}\n", line.trim())).collect::<String>();
    let shown = |language: &str, with: &str| -> Vec<String> {
        let fence = format!("```{language}\n");
        let blocks = readme.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
        let found: Vec<String> = blocks.filter(|block| block.contains(with)).map(lines).collect();
        assert!(!found.is_empty(), "README.md shows no {with}");
        found
    };
    let generated = lines(&read("examples/webshop/tests/snapshots/review__generated_matchers.snap"));
    let functions = shown("rust", "pub(super) fn ");
    assert_eq!(functions.len(), 2, "one of a Sigma rule, one of an Elastic rule");
    for function in functions {
        assert!(generated.contains(&function), "README.md shows another function than the example has:\n{function}");
    }
    for command in shown("rust", "fn where_") {
        let pack = lines(&read("generated/src/packs/logs_endpoint_events_process.rs"));
        assert!(pack.contains(&command), "README.md shows another command than the pack has:\n{command}");
    }
    for (language, with, path) in [
        ("yaml", "condition:", "examples/webshop/rules/admin_from_outside.yml"),
        ("toml", "query =", "examples/webshop/rules/package_manager_below_worker.toml"),
        ("text", "event 8: ", "examples/webshop/tests/snapshots/review__alerts_on_recorded_events.snap"),
    ] {
        let written = lines(&read(path));
        for shown in shown(language, with) {
            for line in shown.lines() {
                assert!(written.contains(line), "README.md shows a line that {path} has not:\n{line}");
            }
        }
    }
}
