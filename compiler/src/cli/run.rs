//! `sigil run`: rules compiled in-process, events evaluated at once.

use std::io::stderr;

use sigil_compiler::Compilation;
use sigil_compiler::diagnostic::{self, Code, Severity};
use sigil_compiler::source::Sources;
use sigil_runtime::Options;
use sigil_runtime::cli::text::{counted, grouped};
use sigil_runtime::cli::{self, Exit, resources};

use super::args::RunRulesArgs;
use super::check::Totals;
use super::stages;
use super::terminal::{Failure, Terminal, YELLOW};

/// How many errors are shown in full before the run starts.
const ERRORS_SHOWN: usize = 5;

/// Compiles, links and runs.
pub(super) fn run(args: &RunRulesArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    cli::inputs_named(&args.run.events).map_err(|error| Failure::Usage(error.to_string()))?;
    if let Some(output) = &args.run.output
        && let Some(rule) = args.rules.paths.iter().find(|path| path.is_file() && resources::writes_over(output, path))
    {
        let why =
            format!("alerts would be written over the rule `{}`; name another file with `--output`", rule.display());
        return Err(Failure::Usage(why));
    }
    let loaded = stages::load(&args.rules, &args.run.tables)?;
    let compilation = stages::compile(&loaded, "rules", !args.run.no_progress);
    let totals = Totals::of(&compilation);
    say_left_out(&compilation, &loaded.sources, totals, terminal);
    if totals.compiled == 0 {
        return Err(Failure::Bad("no rule compiled: there is nothing to run; `sigil check` says why".into()));
    }
    let options = Options { ignore_logsource: args.run.ignore_logsource };
    let engine = stages::engine(&compilation, options).map_err(|error| Failure::Bad(error.to_string()))?;
    // a tree of many small pieces takes a while to be taken apart; without a thread to be had, that is done here
    drop(std::thread::Builder::new().spawn(move || drop((compilation, loaded))));
    let outcome = cli::run(&engine, &args.run, &mut *cli::standard_output(), &mut stderr());
    let exit = cli::finish(outcome, &args.run);
    let rules = if totals.rejected > 0 || totals.errors > 0 { Exit::Bad } else { Exit::Fine };
    Ok(exit.max(rules))
}

/// Says which rules are left out and which filters do nothing, briefly: `sigil check` says it all.
fn say_left_out(compilation: &Compilation, sources: &Sources, totals: Totals, terminal: &mut Terminal) {
    let errors = compilation.diagnostics.as_slice().iter().filter(|said| said.severity == Severity::Error);
    for said in errors.take(ERRORS_SHOWN) {
        let text = diagnostic::render(said, sources, terminal.color_err);
        terminal.say(&text);
        terminal.say("\n");
    }
    // a filter that is for nothing leaves alerts in that it should keep out
    let filters = compilation.diagnostics.as_slice().iter();
    let filters = filters.filter(|said| matches!(said.code, Code::UnknownFilterTarget | Code::FilterWithoutRules));
    for said in filters.take(ERRORS_SHOWN) {
        terminal.say(&diagnostic::render(said, sources, terminal.color_err));
        terminal.say("\n");
    }
    let left_out = totals.rules - totals.compiled;
    if left_out > 0 {
        let ends = [(totals.unsupported, "unsupported"), (totals.rejected, "rejected")];
        let ends = ends
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{} {word}", grouped(*number as u64)));
        let warning = terminal.paint_err(YELLOW, "warning");
        terminal.say(&format!(
            "{warning}: {} of {} left out ({}); `sigil check` says why\n",
            grouped(left_out as u64),
            counted(totals.rules as u64, "rule"),
            ends.collect::<Vec<_>>().join(", ")
        ));
    }
}
