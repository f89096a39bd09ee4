//! From the command line to a compilation: the one place where commands meet the compiler.

use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::ProgressBar;
use sigil_compiler::builder::{self, Inputs, Loaded};
use sigil_compiler::diagnostic::Code;
use sigil_compiler::plan::link::link;
use sigil_compiler::source::{FileId, Span};
use sigil_compiler::{Compilation, Outcome, Verdict};
use sigil_runtime::cli::text::{counted, harmless};
use sigil_runtime::{Engine, EngineError, Options};

use super::args::RuleArgs;
use super::terminal::Failure;

/// So many files take long enough to tell people that something happens.
const LONG_WORK: usize = 500;

/// Reads what the command line names. What of the rules cannot be read is reported by [`compile`].
pub(super) fn load(args: &RuleArgs, tables: &[(String, PathBuf)]) -> Result<Loaded, Failure> {
    let inputs = Inputs {
        rules: args.paths.clone(),
        pipelines: args.mapping.pipeline.clone(),
        schemas: args.mapping.schema.clone(),
        tables: tables.to_vec(),
    };
    let loaded = builder::load(&inputs);
    // a run without a pipeline, a schema or a table that was asked for would mean something else
    if loaded.pipelines.len() < inputs.pipelines.len()
        || loaded.schemas.len() < inputs.schemas.len()
        || loaded.tables.len() < inputs.tables.len()
    {
        let problems = loaded.problems.iter().map(|problem| harmless(&problem.to_string())).collect::<Vec<_>>();
        return Err(Failure::Bad(format!("cannot read {}", problems.join(", "))));
    }
    Ok(loaded)
}

/// Compiles what was read. Every file that cannot be read ends as a rejected rule: nothing that was asked for goes missing.
///
/// `progress`: on a terminal, long work shows that it goes on.
pub(super) fn compile(loaded: &Loaded, pack: &str, progress: bool) -> Compilation {
    let many = loaded.sources.iter().count();
    let spinner = ProgressBar::no_length().with_message(format!("compiling {}", counted(many as u64, "file")));
    // drawn by a thread of its own, and by indicatif on a terminal only
    if progress && many >= LONG_WORK {
        spinner.enable_steady_tick(Duration::from_millis(120));
    }
    let mut compilation = loaded.compile(pack);
    spinner.finish_and_clear();
    for problem in &loaded.problems {
        let said = Code::Unreadable.nowhere(format!("cannot read {problem}"));
        let help = if problem.reason.contains("UTF-8") {
            "save the file as UTF-8"
        } else {
            "check the path, and whether the file may be read"
        };
        compilation.diagnostics.push(said.help(help));
        if Path::new(&problem.path).is_file() {
            compilation.outcomes.push(Outcome {
                path: problem.path.clone(),
                span: Span::new(FileId(u32::MAX), 0, 0),
                rule_id: None,
                title: String::new(),
                verdict: Verdict::Rejected(format!("cannot be read: {}", problem.reason)),
            });
        }
    }
    compilation
}

/// Links what was compiled.
pub(super) fn engine(compilation: &Compilation, options: Options) -> Result<Engine, EngineError> {
    Engine::with_options(&[link(&compilation.plan)], options)
}
