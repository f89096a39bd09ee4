//! What generated code looks like and does. Each folder of `golden/` is named for a behaviour and holds a rule, events with what is
//! expected of them, and what the compiler made: the IR, how candidates are found, the Rust code, the alerts. The code is part of this
//! test, so rustc compiles it, and it runs on the events beside the in-process plan and the oracle.
//!
//! `SIGIL_UPDATE=1 cargo test -p sigil-tests --test generated` writes the files anew; run it twice, because the first run still holds the
//! old code.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sigil_compiler::codegen::{Layout, generate};
use sigil_compiler::ir::eval::Scoping;
use sigil_compiler::plan::{PackPlan, Triggers};
use sigil_compiler::{Options, Pipelines, compile, source::Sources};
use sigil_runtime::{Engine, Pack};
use sigil_tests::golden;
use sigil_tests::verdicts::{Alerts, agreed, alerts};

/// Includes the code of each golden folder as a module, and lists the packs.
macro_rules! golden {
    ($($name:ident)*) => {
        $(include!(concat!("../golden/", stringify!($name), "/code.rs"));)*

        fn packs() -> BTreeMap<&'static str, fn() -> Pack> {
            BTreeMap::from([$((stringify!($name), $name::pack as fn() -> Pack)),*])
        }
    };
}

golden! {
    array_blocks
    booleans
    cased_minds_case
    comparisons
    conditions_bind_as_written
    contains_all_asks_for_every_value
    encoded_values
    equals_ignores_case
    fields_compared_with_fields
    hostile_names
    keywords_look_everywhere
    lists_of_maps
    log_sources_and_field_names
    neq_negates_the_item
    networks
    nothing_to_look_for
    null_present_and_exists
    numbers_are_exact
    parts_of_a_time
    prefix_and_suffix
    regex_searches
    regex_with_lookaround
    several_rules_share_a_pack
    some_of_the_selections
    wildcards_and_escapes
    windash_takes_any_dash
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

#[test]
fn every_folder_is_compiled() {
    let mut found: Vec<String> = fs::read_dir(folder()).expect("golden").map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    found.sort();
    assert_eq!(found, packs().keys().copied().collect::<Vec<_>>(), "list new folders in `golden!`");
}

#[test]
fn generated_code_is_fresh_and_right() {
    for (name, pack) in packs() {
        let folder = folder().join(name);
        let events = fs::read_to_string(folder.join("events.ndjson")).unwrap_or_else(|error| panic!("{name}: {error}"));
        let rules = fs::read_to_string(folder.join("rule.yml")).unwrap_or_else(|error| panic!("{name}: {error}"));
        let plan = plan(name, &rules);
        golden::check(&folder, &made(&plan, &events), false);
        if golden::updates() {
            // what rustc compiled is the old code
            continue;
        }
        behaves(name, &plan, &events, &pack());
    }
}

/// Rules that say so see the shipped pipelines; the others keep their goldens small.
fn plan(name: &str, rules: &str) -> PackPlan {
    let mut sources = Sources::new();
    sources.add("rule.yml", rules);
    let pipelines = if rules.starts_with("# with pipelines") { Pipelines::Shipped } else { Pipelines::None };
    let compilation = compile(&sources, &Options { pack: name, pipelines });
    assert_eq!(compilation.plan.rules.len(), compilation.outcomes.len(), "{name}: {:?} {:?}", compilation.outcomes, compilation.diagnostics);
    compilation.plan
}

/// The files that the compiler makes of a rule.
fn made(plan: &PackPlan, events: &str) -> BTreeMap<PathBuf, String> {
    let (mut ir, mut candidates, mut found) = (String::new(), String::new(), String::new());
    for planned in &plan.rules {
        let _ = writeln!(ir, "{}", planned.rule);
        let _ = writeln!(candidates, "{}::{}", planned.module, planned.symbol);
        match &planned.triggers {
            Triggers::Always => candidates.push_str("  always\n"),
            Triggers::AnyOf(triggers) => triggers.iter().for_each(|trigger| {
                let _ = writeln!(candidates, "  {} {} {:?}", trigger.subject, trigger.op, trigger.texts);
            }),
        }
    }
    for (event, number) in events.lines().zip(0..) {
        let alerts = agreed(plan, event, Scoping::Apply).unwrap_or_else(|error| panic!("{}: {error}", plan.name));
        for (rule, held) in alerts {
            let _ = writeln!(found, "event {number}: {:?} by {}", plan.rules[rule].rule.meta.title, held.join(", "));
        }
    }
    let code = generate(plan, &Layout::File).into_values().next().unwrap_or_default();
    let texts = [("ir.snap", ir), ("plan.snap", candidates), ("alerts.snap", found), ("code.rs", code)];
    texts.into_iter().map(|(name, text)| (PathBuf::from(name), text)).collect()
}

fn behaves(name: &str, plan: &PackPlan, events: &str, pack: &Pack) {
    let (mut alert, mut none) = (0, 0);
    for scoping in [Scoping::Apply, Scoping::Ignore] {
        let options = sigil_runtime::Options { ignore_logsource: scoping == Scoping::Ignore };
        let generated = Engine::with_options(std::slice::from_ref(pack), options).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut session = generated.session();
        for (event, number) in events.lines().zip(0..) {
            let planned: Alerts = agreed(plan, event, scoping).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(alerts(&mut session, event.as_bytes()), planned, "{name}, event {number}: generated code (left), plan (right)");
            if scoping == Scoping::Apply {
                let expected: Value = serde_json::from_str(event).expect("JSON");
                match expected["expect"].as_str() {
                    Some("alert") => alert += 1,
                    Some("none") => none += 1,
                    other => panic!("{name}, event {number}: expect {other:?}"),
                }
                assert_eq!(planned.is_empty(), expected["expect"] == "none", "{name}, event {number}: {event}");
            }
        }
    }
    assert!(alert > 0 && none > 0, "{name}: events of both kinds");
}
