//! How a program ends: four statuses, the same for `sigil` and for generated binaries.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Command;
use clap::error::{Error, ErrorKind};
use clap::{ArgMatches, FromArgMatches};

/// The status of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: all is well.
    Fine,
    /// 1: there are findings: alerts at or above `--fail-on`, rules that are not supported, a stale build.
    Findings,
    /// 2: bad rules or input: a rule was rejected, a file cannot be read, the output cannot be written.
    Bad,
    /// 3: the command line makes no sense.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Bad => 2,
            Exit::Usage => 3,
        })
    }
}

/// The statuses as help texts show them.
pub const EXIT_HELP: &str = "\
Exit status:
  0  all is well
  1  findings: alerts at or above --fail-on
  2  bad rules or input: a rule was rejected, a file cannot be read or the output cannot be written
  3  bad usage";

/// Reads a command line; help, version and complaints are printed, and the status to end with is returned.
///
/// A bad command line is status 3 here, not clap's 2, which means bad rules or input.
pub fn parse<A: FromArgMatches>(mut command: Command, args: impl IntoIterator<Item = OsString>) -> Result<A, Exit> {
    let matches = command.try_get_matches_from_mut(args);
    let parsed = matches.and_then(|mut matches: ArgMatches| A::from_arg_matches_mut(&mut matches));
    parsed.map_err(|error| end(&error.format(&mut command)))
}

/// Prints what clap has to say.
fn end(error: &Error) -> Exit {
    let exit = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Fine,
        _ => Exit::Usage,
    };
    // nobody is left to tell if this fails
    error.print().ok();
    exit
}
