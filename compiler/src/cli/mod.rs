//! The commands of `sigil`: files and terminals on one side, the compiler and the runtime on the other.

mod args;
mod build;
mod check;
mod explain;
mod query;
mod query_table;
mod run;
mod show;
mod stages;
mod terminal;

use std::ffi::OsString;
use std::io;

use clap::CommandFactory as _;
use sigil_runtime::cli::{Exit, parse};

use args::{Command, Sigil};
use terminal::{Failure, Terminal};

/// Runs one command line.
pub(crate) fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let sigil = match parse::<Sigil>(Sigil::command(), args) {
        Ok(sigil) => sigil,
        Err(exit) => return exit,
    };
    let mut terminal = Terminal::new(sigil.command.color());
    let outcome = match &sigil.command {
        Command::Check(args) => check::run(args, &mut terminal),
        Command::Build(args) => build::run(args, &mut terminal),
        Command::Run(args) => run::run(args, &mut terminal),
        Command::Query(args) => query::run(args, &mut terminal),
        Command::Show(args) => show::run(args, &mut terminal),
        Command::Explain(args) => explain::run(args, &mut terminal),
        Command::Completions(args) => {
            let mut script = Vec::new();
            clap_complete::generate(args.shell, &mut Sigil::command(), "sigil", &mut script);
            terminal.print(&String::from_utf8_lossy(&script)).map(|()| Exit::Fine)
        }
    };
    match outcome.and_then(|exit| terminal.flush().map(|()| exit)) {
        Ok(exit) => exit,
        // who closed the pipe has seen enough: `sigil check .. | head`
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Fine,
        Err(failure) => terminal.fail(&failure),
    }
}
