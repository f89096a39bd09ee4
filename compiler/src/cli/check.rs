//! `sigil check`: what became of every rule.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use sigil_compiler::diagnostic::{self, Code, Diagnostic, Record, Severity};
use sigil_compiler::source::Sources;
use sigil_compiler::{Compilation, Outcome, Verdict};
use sigil_runtime::cli::Exit;
use sigil_runtime::cli::text::{counted, grouped, harmless};

use super::args::{CheckArgs, ReportFormat};
use super::stages;
use super::terminal::{BOLD, Failure, GREEN, RED, Terminal, YELLOW};

/// How many warnings are shown in full where not all are asked for.
const WARNINGS_SHOWN: usize = 25;

/// Compiles the rules and reports.
pub(super) fn run(args: &CheckArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let loaded = stages::load(&args.rules, &args.tables.tables)?;
    let compilation = stages::compile(&loaded, "check", !args.report.no_progress);
    let totals = Totals::of(&compilation);
    match args.report.format {
        ReportFormat::Json => {
            let report = Report::new(&compilation, &loaded.sources, totals);
            terminal.print(&json(&report))?;
        }
        ReportFormat::Human => {
            say_diagnostics(&compilation, &loaded.sources, args.all, terminal);
            terminal.print(&table(&compilation, args.all, terminal))?;
            terminal.print(&totals.line())?;
        }
    }
    Ok(exit(totals, args.deny_warnings))
}

/// The status that a compilation ends with.
pub(super) fn exit(totals: Totals, deny_warnings: bool) -> Exit {
    if totals.rejected > 0 || totals.errors > 0 {
        Exit::Bad
    } else if totals.unsupported > 0 || (deny_warnings && totals.warnings > 0) {
        Exit::Findings
    } else {
        Exit::Fine
    }
}

/// How many rules ended how, and how much was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub rules: usize,
    pub compiled: usize,
    pub unsupported: usize,
    pub rejected: usize,
    pub warnings: usize,
    pub errors: usize,
}

impl Totals {
    pub(super) fn of(compilation: &Compilation) -> Self {
        let mut totals = Self::of_outcomes(compilation.outcomes.iter());
        for diagnostic in compilation.diagnostics.as_slice() {
            match diagnostic.severity {
                Severity::Error => totals.errors += 1,
                Severity::Warning => totals.warnings += 1,
                Severity::Note => {}
            }
        }
        totals
    }

    /// Of outcomes only.
    pub(super) fn of_outcomes<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> Self {
        let mut totals = Self::default();
        for outcome in outcomes {
            totals.rules += 1;
            match outcome.verdict {
                Verdict::Compiled => totals.compiled += 1,
                Verdict::Unsupported(_) => totals.unsupported += 1,
                Verdict::Rejected(_) => totals.rejected += 1,
            }
        }
        totals
    }

    /// `3 rules: 1 compiled, 1 unsupported, 1 rejected; 2 warnings`
    pub(super) fn line(self) -> String {
        let mut text = counted(self.rules as u64, "rule");
        let mut between = ": ";
        for (number, word) in
            [(self.compiled, "compiled"), (self.unsupported, "unsupported"), (self.rejected, "rejected")]
        {
            if number > 0 {
                let _ = write!(text, "{between}{} {word}", grouped(number as u64));
                between = ", ";
            }
        }
        if self.warnings > 0 {
            let _ = write!(text, "; {}", counted(self.warnings as u64, "warning"));
        }
        text.push('\n');
        text
    }
}

/// The report for machines.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    rules: usize,
    compiled: usize,
    unsupported: usize,
    rejected: usize,
    /// What `sigil build` wrote, or would have written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    outcomes: Vec<OutcomeRecord<'a>>,
    diagnostics: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct OutcomeRecord<'a> {
    path: &'a str,
    rule_id: Option<&'a str>,
    title: &'a str,
    outcome: &'static str,
    reason: Option<String>,
}

impl<'a> Report<'a> {
    pub(super) fn new(compilation: &'a Compilation, sources: &'a Sources, totals: Totals) -> Self {
        let outcomes = compilation.outcomes.iter().map(|outcome| {
            let (word, reason) = word_and_reason(&outcome.verdict);
            OutcomeRecord {
                path: &outcome.path,
                rule_id: outcome.rule_id.as_deref(),
                title: &outcome.title,
                outcome: word,
                reason,
            }
        });
        Self {
            rules: totals.rules,
            compiled: totals.compiled,
            unsupported: totals.unsupported,
            rejected: totals.rejected,
            files: None,
            outcomes: outcomes.collect(),
            diagnostics: compilation
                .diagnostics
                .as_slice()
                .iter()
                .map(|said| diagnostic::record(said, sources))
                .collect(),
        }
    }
}

/// A report as one line.
pub(super) fn json(report: &Report<'_>) -> String {
    // strings and numbers only: cannot fail
    let mut text = serde_json::to_string(report).unwrap_or_default();
    text.push('\n');
    text
}

fn word_and_reason(verdict: &Verdict) -> (&'static str, Option<String>) {
    match verdict {
        Verdict::Compiled => ("compiled", None),
        Verdict::Unsupported(construct) => ("unsupported", Some(construct.to_string())),
        Verdict::Rejected(reason) => ("rejected", Some(reason.clone())),
    }
}

/// Shows errors, warnings up to a bound, and counts the rest; or shows all.
pub(super) fn say_diagnostics(compilation: &Compilation, sources: &Sources, all: bool, terminal: &mut Terminal) {
    let (mut warnings, mut unsupported) = (0, 0);
    let mut hidden: BTreeMap<&'static str, (Severity, &'static str, u64)> = BTreeMap::new();
    for said in compilation.diagnostics.as_slice() {
        let shown = match said.severity {
            Severity::Error => true,
            Severity::Warning => {
                warnings += 1;
                warnings <= WARNINGS_SHOWN
            }
            // it says why a rule is left out
            Severity::Note if said.code == Code::UnsupportedConstruct => {
                unsupported += 1;
                unsupported <= WARNINGS_SHOWN
            }
            Severity::Note => false,
        };
        if shown || all {
            say(said, sources, terminal);
        } else {
            hidden.entry(said.code.as_str()).or_insert((said.severity, said.code.title(), 0)).2 += 1;
        }
    }
    for (code, (severity, title, count)) in hidden {
        terminal.say(&format!(
            "{} not shown: {title} [{code}]; `sigil check --all` shows them\n",
            counted(count, severity.name())
        ));
    }
}

pub(super) fn say(said: &Diagnostic, sources: &Sources, terminal: &mut Terminal) {
    let text = diagnostic::render(said, sources, terminal.color_err);
    terminal.say(&text);
    terminal.say("\n");
}

/// A row for each rule that did not compile, or for each rule.
pub(super) fn table(compilation: &Compilation, all: bool, terminal: &Terminal) -> String {
    let shown = compilation.outcomes.iter().filter(|outcome| all || !matches!(outcome.verdict, Verdict::Compiled));
    shown.map(|outcome| row(outcome, terminal)).collect()
}

/// `rejected     rules/a.yml  Title: reason`
pub(super) fn row(outcome: &Outcome, terminal: &Terminal) -> String {
    let (word, reason) = word_and_reason(&outcome.verdict);
    let style = match outcome.verdict {
        Verdict::Compiled => GREEN,
        Verdict::Unsupported(_) => YELLOW,
        Verdict::Rejected(_) => RED,
    };
    let reason = reason.map_or(String::new(), |reason| format!(": {}", harmless(&reason)));
    let (word, title) = (terminal.paint(style, &format!("{word:<11}")), terminal.paint(BOLD, &harmless(name(outcome))));
    format!("{word}  {}  {title}{reason}\n", harmless(&outcome.path))
}

/// What people call a rule.
fn name(outcome: &Outcome) -> &str {
    match (outcome.title.as_str(), outcome.rule_id.as_deref()) {
        ("", Some(id)) => id,
        ("", None) => "(untitled)",
        (title, _) => title,
    }
}
