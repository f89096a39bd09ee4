//! The command line that `sigil run` and generated binaries share.
//!
//! A generated binary is [`main`] with its packs. `sigil run` flattens [`RunArgs`] into its own options and calls [`run`] with an engine that it
//! linked itself. Everything below them is the same: [`drive`](self) reads, evaluates and writes in order, on one thread or many.

pub mod args;
mod blocks;
pub mod completion;
mod drive;
mod events;
mod exit;
mod keeper;
mod ordered;
mod progress;
mod render;
pub mod resources;
mod store;
mod summary;
pub mod text;

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal as _, Write, stderr, stdin};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args as _, Command};

pub use args::{Format, Pace, RunArgs, color};
pub use blocks::standard_output;
pub use drive::RunError;
pub use events::sources;
pub use exit::{EXIT_HELP, Exit, parse};
pub use summary::{RuleCount, Stateful, Summary};

use crate::engine::{Engine, Options};
use crate::pack::Pack;
use blocks::Blocks;
use drive::{Manner, Outputs, drive};
use keeper::Keeper;
use render::{PLAIN, RED, Renderer, YELLOW};

/// A program that evaluates these packs on events: reads its command line, writes alerts, and says how it ended.
///
/// ```no_run
/// fn run(webserver: sigil_runtime::Pack) -> std::process::ExitCode {
///     sigil_runtime::cli::main(&[webserver])
/// }
/// ```
pub fn main(packs: &[Pack]) -> ExitCode {
    main_with(packs, env::args_os()).into()
}

fn main_with(packs: &[Pack], args: impl IntoIterator<Item = OsString>) -> Exit {
    let args = match parse::<RunArgs>(command(packs), args) {
        Ok(args) => args,
        Err(exit) => return exit,
    };
    let options = Options { ignore_logsource: args.ignore_logsource };
    match Engine::with_options(packs, options) {
        Ok(engine) => {
            // the process ends behind this: to take its tables apart first costs a twentieth of the time of a start
            let engine = ManuallyDrop::new(engine);
            finish(run(&engine, &args, &mut *standard_output(), &mut stderr()), &args)
        }
        Err(error) => {
            say(&args, &error);
            Exit::Bad
        }
    }
}

/// The command line of a generated binary.
fn command(packs: &[Pack]) -> Command {
    let program = env::args_os().next();
    let program = program.as_deref().map(Path::new).and_then(Path::file_stem).and_then(|name| name.to_str());
    let names = packs.iter().map(Pack::name).collect::<Vec<_>>().join(", ");
    let rules = packs.iter().map(Pack::len).sum::<usize>();
    let about = format!("Evaluates the compiled rules of {names} ({}) on events", text::counted(rules as u64, "rule"));
    let name = program.unwrap_or("detector").to_owned();
    let examples = format!(
        "Examples:\n  {name} --events events.ndjson\n  {name} --events Security.evtx --format summary\n  journalctl -o json | {name} --format ndjson | jq .rule.name\n\n{EXIT_HELP}"
    );
    let command = Command::new("detector")
        .bin_name(name.clone())
        .display_name(name)
        .version(env!("CARGO_PKG_VERSION"))
        .about(about)
        .after_help(examples);
    RunArgs::augment_args(command)
}

/// Evaluates the rules of an engine on the events that `args` name. Alerts go to `out`, remarks on broken events to `err`.
///
/// Broken events are told, skipped and counted. An input that cannot be read is told and counted; the others are read all the same. That `out` is a
/// closed pipe ends the run early and is no error.
///
/// # Errors
/// When there is nothing to read, a file that `args` names cannot be used, or `out` cannot be written.
pub fn run(
    engine: &Engine,
    args: &RunArgs,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> Result<Summary, RunError> {
    inputs_named(&args.events)?;
    if let Some(what) = resources::overwritten(args) {
        return Err(RunError::usage(what));
    }
    let (engine, model) = resources::equip(engine, args).map_err(RunError::unusable)?;
    let warn = |err: &mut (dyn Write + Send), text: &str| {
        let (yellow, plain) = if args.color_stderr() { (YELLOW, PLAIN) } else { ("", "") };
        writeln!(err, "{yellow}warning{plain}: {text}").ok();
    };
    if let Some(text) = keeper::without_indicators(&engine, &args.indicators) {
        warn(err, &text);
    }
    for text in keeper::without_tables(&engine) {
        warn(err, &text);
    }
    let format = args.alert_format();
    let color = args.output.is_none() && args.color_stdout();
    let renderer = Renderer::new(format, color, args.include_event, engine.rules().len())
        .with_ids(args.state.is_some() || engine.session().is_stateful());
    let mut keeper = Keeper::open(&engine, args, &renderer, &mut |text| warn(err, text)).map_err(RunError::unusable)?;
    let (mut inputs, total_bytes) = keeper.inputs(args);
    let mut file = match &args.output {
        Some(path) => {
            let opened = resources::open_output(path, |name| keeper.counts_of(name));
            let output = opened.map_err(|error| RunError::output(Some(path), error))?;
            keeper.writes_to(path, &output)?;
            let file: Box<dyn Write + Send> = match output.name {
                Some(_) => Box::new(Blocks::new(output.file, output.kept)),
                None => Box::new(output.file),
            };
            Some((file, path.as_path()))
        }
        None => None,
    };
    let manner = Manner {
        threads: args.threads,
        format: args.format(),
        color_stderr: args.color_stderr(),
        progress: args.progress(),
        total_bytes,
        needs_inference: keeper::without_model(&engine),
        model,
    };
    let worker = || events::worker(engine.session(), &renderer, args);
    let outputs =
        Outputs { file: file.as_mut().map(|(file, path)| (file as &mut (dyn Write + Send), *path)), out, err };
    let keeper = keeper.is_needed().then_some(&mut keeper);
    drive(&manner, engine.rules(), |load| inputs.read(load), worker, keeper, outputs)
}

/// Whether there are events to read: files are named, or standard input is not a terminal.
///
/// # Errors
/// When there is nothing to read.
pub fn inputs_named(events: &[PathBuf]) -> Result<(), RunError> {
    if events.is_empty() && stdin().is_terminal() {
        return Err(RunError::no_events());
    }
    Ok(())
}

/// How a program ends after a run; what went wrong is said on standard error.
pub fn finish(outcome: Result<Summary, RunError>, args: &RunArgs) -> Exit {
    match outcome {
        Ok(summary) => status(&summary, args),
        Err(error) => {
            say(args, &error);
            if error.is_usage() { Exit::Usage } else { Exit::Bad }
        }
    }
}

fn status(summary: &Summary, args: &RunArgs) -> Exit {
    if summary.closed {
        Exit::Fine
    } else if summary.unreadable > 0 {
        Exit::Bad
    } else if args.fail_on.is_some_and(|level| summary.reaches(level)) {
        Exit::Findings
    } else {
        Exit::Fine
    }
}

fn say(args: &RunArgs, error: &dyn std::error::Error) {
    let (red, plain) = if args.color_stderr() { (RED, PLAIN) } else { ("", "") };
    // nobody is left to tell if this fails
    writeln!(stderr(), "{red}error{plain}: {error}").ok();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Level::{Critical, Low};

    fn run_with(args: &[&str]) -> Exit {
        main_with(&[], ["detector"].iter().chain(args).map(OsString::from))
    }

    #[test]
    fn command_lines() {
        command(&[]).debug_assert();
        for (args, exit) in [
            (&["--help"][..], Exit::Fine),
            (&["--version"], Exit::Fine),
            (&["--nonsense"], Exit::Usage),
            (&["--threads", "0"], Exit::Usage),
            (&["--events", "/there/is/no/such/file"], Exit::Bad),
        ] {
            assert_eq!(run_with(args), exit, "{args:?}");
        }
    }

    #[test]
    fn statuses() {
        let args = parse::<RunArgs>(command(&[]), ["x", "--fail-on", "high"].map(OsString::from)).unwrap();
        let rule = |level| RuleCount { id: None, title: String::new(), level, source: String::new(), alerts: 1 };
        let with = |level| Summary { rules: vec![rule(level)], ..Summary::default() };
        for (summary, exit) in [
            (Summary::default(), Exit::Fine),
            (with(Some(Low)), Exit::Fine),
            (with(None), Exit::Fine),
            (with(Some(Critical)), Exit::Findings),
            (Summary { unreadable: 1, ..with(Some(Critical)) }, Exit::Bad),
            (Summary { closed: true, unreadable: 1, ..Summary::default() }, Exit::Fine),
        ] {
            assert_eq!(status(&summary, &args), exit, "{summary:?}");
        }
    }
}
