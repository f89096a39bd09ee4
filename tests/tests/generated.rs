//! What generated code looks like and does. Each folder of `golden/` is named for a behaviour and holds a rule, events with what is
//! expected of them, and what the compiler made: the IR, how candidates are found, the Rust code, the alerts. The code is part of this
//! test, so rustc compiles it, and it runs on the events beside the in-process plan and the oracle.
//!
//! That the files are fresh is tested in `goldens.rs`, which does not need the code to compile.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::Args as _;
use serde_json::Value;
use sigil_compiler::ir::Then;
use sigil_compiler::ir::eval::Scoping;
use sigil_compiler::plan::PackPlan;
use sigil_runtime::cli::{self, RunArgs};
use sigil_runtime::{Engine, Pack};
use sigil_tests::golden::{Golden, folders};
use sigil_tests::verdicts::{Alerts, agreed, alerts, engine, found};

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
    anomaly_records_go_with_alerts
    array_blocks
    booleans
    cased_minds_case
    comparisons
    computed_values
    conditions_bind_as_written
    contains_all_asks_for_every_value
    encoded_values
    equals_ignores_case
    fields_compared_with_fields
    hostile_names
    indicators_have_the_values
    keywords_look_everywhere
    lists_of_maps
    log_sources_and_field_names
    neq_negates_the_item
    nested_objects_and_names_with_stars
    networks
    new_terms_are_told_once
    nothing_to_look_for
    null_present_and_exists
    numbers_are_exact
    parts_of_a_time
    places_are_far_from_each_other
    prefix_and_suffix
    regex_searches
    regex_with_lookaround
    several_rules_share_a_pack
    some_of_the_selections
    suppressed_alerts_are_one
    threshold_counts_groups
    wildcards_and_escapes
    windash_takes_any_dash
}

#[test]
fn every_folder_is_compiled() {
    assert_eq!(folders(), packs().keys().copied().collect::<Vec<_>>(), "list new folders in `golden!`");
}

#[test]
fn generated_code_is_right() {
    for (name, pack) in packs() {
        let Golden { plan, events, .. } = Golden::read(name);
        behaves(name, &plan, &events, &pack());
    }
}

fn behaves(name: &str, plan: &PackPlan, events: &str, pack: &Pack) {
    let (mut alert, mut none) = (0, 0);
    for scoping in [Scoping::Apply, Scoping::Ignore] {
        let options = sigil_runtime::Options { ignore_logsource: scoping == Scoping::Ignore };
        let generated =
            Engine::with_options(std::slice::from_ref(pack), options).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut session = generated.session();
        let mut linked = engine(plan, scoping).session();
        let mut expectations = Vec::new();
        for (event, number) in events.lines().zip(0..) {
            let mut planned: Alerts = agreed(plan, event, scoping).unwrap_or_else(|error| panic!("{name}: {error}"));
            planned.retain(|rule, _| matches!(plan.rules[*rule].rule.then, Then::Alert));
            assert_eq!(alerts(&mut linked, event.as_bytes()), planned, "{name}, event {number}");
            assert_eq!(
                alerts(&mut session, event.as_bytes()),
                planned,
                "{name}, event {number}: generated code (left), plan (right)"
            );
            let expected: Value = serde_json::from_str(event).expect("JSON");
            expectations.push((planned.is_empty(), expected["expect"].as_str().unwrap_or_default().to_owned()));
        }
        let told = found(&mut session);
        assert_eq!(told, found(&mut linked), "{name}: generated code (left), plan (right)");
        if scoping == Scoping::Ignore {
            continue;
        }
        for ((silent, expected), number) in expectations.into_iter().zip(0..) {
            match expected.as_str() {
                "alert" => alert += 1,
                "none" => none += 1,
                other => panic!("{name}, event {number}: expect {other:?}"),
            }
            let silent = silent && !told.iter().any(|(events, _)| events.contains(&number));
            assert_eq!(silent, expected == "none", "{name}, event {number}: {told:#?}");
        }
    }
    // what indicators find is tested where there are some
    let looks_up = plan.rules.iter().any(|rule| matches!(rule.rule.then, Then::Threat(_)));
    assert!((alert > 0 || looks_up) && none > 0, "{name}: events of both kinds");
}

/// The command line that generated crates share, with generated rules.
#[test]
fn alerts_of_generated_rules_carry_records() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let events = Golden::read("anomaly_records_go_with_alerts").events.replace("\":", "\" : ");
    std::fs::write(file.path(), &events).expect("written");
    let packs = [anomaly_records_go_with_alerts::pack(), booleans::pack()];
    let engine = Engine::new(&packs).expect("the packs link");
    let run = |more: &[&str]| {
        let args = ["detector", "--format", "ndjson", "--events"].map(OsString::from);
        let args = args.into_iter().chain([file.path().into()]).chain(more.iter().map(OsString::from));
        let command = RunArgs::augment_args(clap::Command::new("detector"));
        let args = cli::parse::<RunArgs>(command, args).expect("a command line");
        let (mut out, mut err) = (Vec::new(), Vec::new());
        cli::run(&engine, &args, &mut out, &mut err).expect("a run");
        assert!(err.is_empty(), "{}", String::from_utf8_lossy(&err));
        String::from_utf8(out).expect("UTF-8")
    };
    let found = run(&[]);
    assert_eq!(found, run(&["--threads", "2"]));
    assert_eq!(found, run(&["--include-event"]));
    let expected: Vec<String> = events
        .lines()
        .filter(|event| event.contains("\"alert\""))
        .map(|event| format!("\"selections\":[\"anomaly\"],\"event\":{}}}", event.replace("\" : ", "\":")))
        .collect();
    assert_eq!(expected.len(), 2);
    assert_eq!(found.lines().count(), expected.len());
    for (line, expected) in found.lines().zip(&expected) {
        assert!(line.ends_with(expected), "{line}");
    }
}
