//! Loads rule files and writes what the compiler makes of them: the only library code that touches disk.
//!
//! A build script needs three lines:
//!
//! ```no_run
//! // build.rs
//! # fn main() -> Result<(), sigil_compiler::builder::BuildError> {
//! sigil_compiler::builder::Builder::new("webserver").rules("rules").build()?;
//! # Ok(()) }
//! ```
//!
//! and one in the crate itself: `sigil_runtime::include_pack!("webserver");` makes the module `webserver`, whose `pack()` an engine links.

mod load;
mod write;

use std::env;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use crate::codegen::{self, Layout};
use crate::diagnostic::record;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Sources;
use crate::{Compilation, Verdict};

pub use load::{Inputs, Loaded, Problem, load};
pub use write::{stale, write_changed};

/// Compiles a folder of rules in a build script.
#[derive(Clone, Debug)]
pub struct Builder {
    pack: String,
    inputs: Inputs,
    out_dir: Option<PathBuf>,
    cargo_lines: bool,
    on_unsupported: Policy,
    on_rejected: Policy,
}

/// What a rule that does not compile does to the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing; [`Report::compilation`] has it all the same.
    Ignore,
    /// A warning.
    Warn,
    /// An error: the build fails.
    Fail,
}

/// What a build made.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file that `include_pack!` includes.
    pub file: PathBuf,
    /// What became of each rule.
    pub compilation: Compilation,
    /// The texts that its messages point into.
    pub sources: Sources,
}

/// Why a build failed: no or unreadable rules, rules that do not compile, an output that cannot be written, a pack without a usable name.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct BuildError {
    kind: Kind,
}

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error("`{name}` cannot be the name of a pack, because it is no name of a Rust module; `{instead}` can")]
    Name { name: String, instead: String },
    #[error(
        "where to write is not known: `OUT_DIR` is not set, as it is in build scripts, and `Builder::out_dir` was not called"
    )]
    NoOutDir,
    #[error("no rules: call `Builder::rules` with a file or a folder")]
    NoRules,
    #[error("cannot read {}", list(.0))]
    Load(Vec<Problem>),
    #[error("{}", .0.join("\n"))]
    Rules(Vec<String>),
    #[error("cannot write {}: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl From<Kind> for BuildError {
    fn from(kind: Kind) -> Self {
        Self { kind }
    }
}

impl Builder {
    /// A build of a pack of this name: also the name of the module that `include_pack!` makes, so in snake case.
    pub fn new(pack: impl Into<String>) -> Self {
        Self {
            pack: pack.into(),
            inputs: Inputs::default(),
            out_dir: None,
            cargo_lines: true,
            on_unsupported: Policy::Warn,
            on_rejected: Policy::Fail,
        }
    }

    /// Adds a rule file, or a folder whose `.yml`, `.yaml` and `.toml` files are rules. Relative to the package, like all paths in build scripts.
    #[must_use]
    pub fn rules(mut self, path: impl Into<PathBuf>) -> Self {
        self.inputs.rules.push(path.into());
        self
    }

    /// Adds a field pipeline. Without any, those that come with Sigil apply by log source.
    #[must_use]
    pub fn pipeline(mut self, path: impl Into<PathBuf>) -> Self {
        self.inputs.pipelines.push(path.into());
        self
    }

    /// Adds a table of field types for Elastic's rules: a CSV file with the columns `field`, `type` and `ignore_above`.
    #[must_use]
    pub fn schema(mut self, path: impl Into<PathBuf>) -> Self {
        self.inputs.schemas.push(path.into());
        self
    }

    /// Adds a table that `ENRICH` (by the name of its policy) or `LOOKUP JOIN` (by that of its index) of ES|QL rules look up: CSV with the heading
    /// `name:type`, or one JSON object a line. The build takes its columns; the program gives its rows to `Resources::add_table`.
    #[must_use]
    pub fn table(mut self, name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        self.inputs.tables.push((name.into(), path.into()));
        self
    }

    /// Where to write; `OUT_DIR` by default.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Whether to print lines for Cargo (`rerun-if-changed`, warnings, errors); yes by default.
    #[must_use]
    pub fn cargo_lines(mut self, on: bool) -> Self {
        self.cargo_lines = on;
        self
    }

    /// What a rule with a construct that Sigil does not run does to the build; a warning by default.
    #[must_use]
    pub fn on_unsupported(mut self, policy: Policy) -> Self {
        self.on_unsupported = policy;
        self
    }

    /// What a wrong rule does to the build; it fails by default.
    #[must_use]
    pub fn on_rejected(mut self, policy: Policy) -> Self {
        self.on_rejected = policy;
        self
    }

    /// Compiles the rules and writes the pack's file. With lines for Cargo, every cause of an error is among them.
    pub fn build(&self) -> Result<Report, BuildError> {
        let mut lines = String::new();
        let result = self.run(&mut lines);
        if let Err(BuildError {
            kind: kind @ (Kind::Name { .. } | Kind::NoOutDir | Kind::NoRules | Kind::Write { .. }),
        }) = &result
        {
            cargo_line(&mut lines, "error", &kind.to_string());
        }
        if self.cargo_lines {
            // a closed pipe is Cargo's own trouble
            let _ = io::stdout().write_all(lines.as_bytes());
        }
        result
    }

    fn run(&self, lines: &mut String) -> Result<Report, BuildError> {
        let instead = codegen::pack_module(&self.pack);
        if instead != self.pack {
            return Err(Kind::Name { name: self.pack.clone(), instead }.into());
        }
        if self.inputs.rules.is_empty() {
            return Err(Kind::NoRules.into());
        }
        let out_dir =
            self.out_dir.clone().or_else(|| env::var_os("OUT_DIR").map(PathBuf::from)).ok_or(Kind::NoOutDir)?;
        let loaded = load(&self.inputs);
        let compilation = loaded.compile(&self.pack);
        for path in loaded.watched() {
            cargo_line(lines, "rerun-if-changed", &path.display().to_string());
        }
        if !loaded.problems.is_empty() {
            for problem in &loaded.problems {
                cargo_line(lines, "error", &problem.to_string());
            }
            return Err(Kind::Load(loaded.problems).into());
        }
        let failures = self.judge(&compilation, &loaded.sources, lines);
        if !failures.is_empty() {
            return Err(Kind::Rules(failures).into());
        }
        let files = codegen::generate(&compilation.plan, &Layout::File);
        write_changed(&out_dir, &files).map_err(|(path, source)| Kind::Write { path, source })?;
        let file = files.into_keys().next().map_or_else(|| out_dir.clone(), |file| out_dir.join(file));
        Ok(Report { file, compilation, sources: loaded.sources })
    }

    /// Says what there is to say about the rules; returns what the build fails for.
    fn judge(&self, compilation: &Compilation, sources: &Sources, lines: &mut String) -> Vec<String> {
        for diagnostic in compilation.diagnostics.as_slice() {
            let policy = match diagnostic.severity {
                Severity::Note => Policy::Ignore,
                Severity::Warning => Policy::Warn,
                Severity::Error => self.on_rejected,
            };
            say(lines, policy, &one_line(diagnostic, sources));
        }
        let mut failures = Vec::new();
        for outcome in &compilation.outcomes {
            let title = &outcome.title;
            match &outcome.verdict {
                Verdict::Compiled => {}
                Verdict::Unsupported(feature) => {
                    let place = place(sources, outcome.span).unwrap_or_else(|| outcome.path.clone());
                    let line = format!("{place}: `{title}` is left out: {feature} is not supported");
                    say(lines, self.on_unsupported, &line);
                    if self.on_unsupported == Policy::Fail {
                        failures.push(line);
                    }
                }
                // its diagnostics have been said
                Verdict::Rejected(reason) => {
                    if self.on_rejected == Policy::Fail {
                        let place = place(sources, outcome.span).unwrap_or_else(|| outcome.path.clone());
                        failures.push(format!("{place}: `{title}` is rejected: {reason}"));
                    }
                }
            }
        }
        failures
    }
}

impl Report {
    /// How many rules are in the pack?
    pub fn compiled(&self) -> usize {
        self.compilation.plan.rules.len()
    }
}

/// `path:line:col`
fn place(sources: &Sources, span: crate::source::Span) -> Option<String> {
    let source = sources.get(span.file)?;
    let at = source.position(span.start);
    Some(format!("{}:{}:{}", source.path, at.line, at.column))
}

/// `path:line:col: message`
fn one_line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let record = record(diagnostic, sources);
    let mut line = String::new();
    if let (Some(path), Some(at), Some(column)) = (record.path, record.line, record.column) {
        let _ = write!(line, "{path}:{at}:{column}: ");
    }
    line.push_str(record.message);
    if let Some(help) = record.help {
        let _ = write!(line, " (help: {help})");
    }
    let _ = write!(line, " [{}]", record.code);
    line
}

fn say(lines: &mut String, policy: Policy, text: &str) {
    match policy {
        Policy::Ignore => {}
        Policy::Warn => cargo_line(lines, "warning", text),
        Policy::Fail => cargo_line(lines, "error", text),
    }
}

/// A line for Cargo; nothing in it can begin another, or reach the terminal as a command.
fn cargo_line(lines: &mut String, key: &str, text: &str) {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let _ = writeln!(lines, "cargo::{key}={text}");
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A path as messages and generated code show it: from the current folder, `/` between its parts.
///
/// An absolute path is written as a relative one, so that generated code does not name a place on this machine.
fn shown(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    let mut parts: Vec<Component<'_>> = path.components().filter(|part| *part != Component::CurDir).collect();
    if path.is_absolute() {
        let common = here.components().zip(&parts).take_while(|(a, b)| a == *b).count();
        // nothing in common but the root: there is no shorter way to say it
        if common > 1 {
            let up = here.components().count() - common;
            parts.splice(..common, std::iter::repeat_n(Component::ParentDir, up));
        }
    }
    let shown = parts.iter().collect::<PathBuf>().to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    if shown.is_empty() { ".".to_owned() } else { shown }
}

#[cfg(test)]
mod tests;
