//! Files that hold what the compiler made when it was last looked at. A difference fails the test; `SIGIL_UPDATE=1` writes the files
//! anew, and the diff is what a reviewer reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sigil_compiler::builder::{stale, write_changed};
use sigil_compiler::codegen::{Layout, generate};
use sigil_compiler::ir;
use sigil_compiler::ir::eval::Scoping;
use sigil_compiler::plan::{PackPlan, Triggers};
use sigil_compiler::source::Sources;
use sigil_compiler::{Options, Pipelines, compile};

use crate::verdicts::{self, agreed, alerts, engine};

/// A folder of `golden/`: a rule, events with what is expected of them, and what the compiler makes of the rule.
#[derive(Debug)]
pub struct Golden {
    /// Where it stands.
    pub folder: PathBuf,
    /// The rule, planned.
    pub plan: PackPlan,
    /// A JSON object a line.
    pub events: String,
}

/// The names of all folders of `golden/`.
///
/// # Panics
/// If they cannot be read.
pub fn folders() -> Vec<String> {
    let entries = fs::read_dir(root()).expect("golden");
    let mut found: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    found.sort();
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

impl Golden {
    /// Reads and compiles a folder. Rules that ask for pipelines in their first line see the shipped ones; the others stay small.
    ///
    /// # Panics
    /// If something is missing, or a rule does not compile.
    pub fn read(name: &str) -> Self {
        let folder = root().join(name);
        let read =
            |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{name}/{file}: {error}"));
        let file = if folder.join("rule.toml").exists() { "rule.toml" } else { "rule.yml" };
        let (rules, events) = (read(file), read("events.ndjson"));
        let mut sources = Sources::new();
        sources.add(file, &rules);
        let pipelines = if rules.starts_with("# with pipelines") { Pipelines::Shipped } else { Pipelines::None };
        let compilation = compile(&sources, &Options { pack: name, pipelines, schemas: &[], tables: &[] });
        assert_eq!(compilation.plan.rules.len(), compilation.outcomes.len(), "{name}: {:?}", compilation.diagnostics);
        Self { folder, plan: compilation.plan, events }
    }

    /// The files that the compiler makes.
    ///
    /// # Panics
    /// If the oracle and the engine disagree on an event.
    pub fn made(&self) -> BTreeMap<PathBuf, String> {
        let plan = &self.plan;
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
        let mut session = engine(plan, Scoping::Apply).session();
        for (number, event) in self.events.lines().enumerate() {
            alerts(&mut session, event.as_bytes());
            let alerts = agreed(plan, event, Scoping::Apply).unwrap_or_else(|error| panic!("{}: {error}", plan.name));
            for (rule, held) in alerts {
                let ir::Rule { meta, then, .. } = &plan.rules[rule].rule;
                let counts = match then {
                    ir::Then::Alert => "",
                    ir::Then::Operation(_) => " counts",
                    ir::Then::Threat(_) => " is looked up",
                };
                let _ = writeln!(found, "event {number}{counts}: {:?} by {}", meta.title, held.join(", "));
            }
        }
        for (_, line) in verdicts::found(&mut session) {
            let _ = writeln!(found, "{line}");
        }
        let code = generate(plan, &Layout::File).into_values().next().unwrap_or_default();
        let texts = [("ir.snap", ir), ("plan.snap", candidates), ("alerts.snap", found), ("code.rs", code)];
        texts.into_iter().map(|(name, text)| (PathBuf::from(name), text)).collect()
    }
}

/// Whether golden files are to be written anew.
pub fn updates() -> bool {
    env::var_os("SIGIL_UPDATE").is_some_and(|value| value == "1")
}

/// The files of a folder are these, and where `whole` is set, no others.
///
/// # Panics
/// If they are not, or cannot be written when they are to be updated.
pub fn check(folder: &Path, files: &BTreeMap<PathBuf, String>, whole: bool) {
    let extra = if whole { extra(folder, files) } else { Vec::new() };
    if updates() {
        write_changed(folder, files).unwrap_or_else(|(path, error)| panic!("{}: {error}", path.display()));
        for path in extra {
            fs::remove_file(folder.join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        return;
    }
    let mut wrong = stale(folder, files);
    wrong.extend(extra);
    let shown = folder.strip_prefix(crate::shared::root()).unwrap_or(folder);
    assert!(
        wrong.is_empty(),
        "{} is not what the compiler makes now: {wrong:?}\n{}\nRun `SIGIL_UPDATE=1 cargo test -p sigil-tests`, and review the difference.",
        shown.display(),
        first_difference(folder, files, &wrong),
    );
}

fn extra(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
    let found = if folder.exists() { crate::events::files(folder, "") } else { Vec::new() };
    let relative = found.iter().filter_map(|path| path.strip_prefix(folder).ok());
    relative.filter(|path| !files.contains_key(*path)).map(Path::to_owned).collect()
}

fn first_difference(folder: &Path, files: &BTreeMap<PathBuf, String>, wrong: &[PathBuf]) -> String {
    let Some((path, new)) = wrong.iter().find_map(|path| files.get_key_value(path)) else { return String::new() };
    let old = fs::read_to_string(folder.join(path)).unwrap_or_default();
    let pairs = old.lines().chain(std::iter::repeat("(end)")).zip(new.lines().chain(["(end)"]));
    let (at, (old, new)) = pairs.enumerate().find(|(_, (old, new))| old != new).unwrap_or_default();
    format!("{}:{}\n  is:        {old}\n  should be: {new}", path.display(), at + 1)
}
