//! Standard output and standard error, with or without colour, and how a command fails.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Stderr, Stdout, Write as _, stderr, stdout};
use std::path::Path;

use anstyle::{AnsiColor, Color, Style};
use clap::ColorChoice;
use sigil_runtime::cli::{Exit, color, text::harmless};

/// Where a command writes.
pub(super) struct Terminal {
    out: BufWriter<Stdout>,
    err: Stderr,
    /// Whether standard output is coloured.
    pub color_out: bool,
    /// Whether standard error is coloured.
    pub color_err: bool,
}

impl Terminal {
    pub(super) fn new(choice: ColorChoice) -> Self {
        Self {
            out: BufWriter::new(stdout()),
            err: stderr(),
            color_out: color(choice, stdout().is_terminal()),
            color_err: color(choice, stderr().is_terminal()),
        }
    }

    /// Writes to standard output.
    pub(super) fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes()).map_err(Failure::Output)
    }

    /// Writes to standard error. Nobody is left to tell if that fails.
    pub(super) fn say(&mut self, text: &str) {
        self.err.write_all(text.as_bytes()).ok();
    }

    /// Writes out what is buffered.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::Output)
    }

    /// A styled word for standard output.
    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        paint(self.color_out, style, text)
    }

    /// A styled word for standard error.
    pub(super) fn paint_err(&self, style: Style, text: &str) -> String {
        paint(self.color_err, style, text)
    }

    /// Says what went wrong, and how the program is to end.
    pub(super) fn fail(&mut self, failure: &Failure) -> Exit {
        let error = paint(self.color_err, RED, "error");
        self.say(&format!("{error}: {failure}\n"));
        match failure {
            Failure::Usage(_) => Exit::Usage,
            Failure::Bad(_) | Failure::Output(_) => Exit::Bad,
        }
    }
}

/// Why a command cannot go on.
#[derive(Debug)]
pub(super) enum Failure {
    /// The command line asks for something that makes no sense.
    Usage(String),
    /// Rules or files are not as they should be.
    Bad(String),
    /// Standard output cannot be written.
    Output(io::Error),
}

impl Failure {
    /// A file that cannot be read or written.
    pub(super) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::Bad(format!("cannot {doing} {}: {error}", harmless(&path.display().to_string())))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Bad(text) => f.write_str(text),
            Self::Output(error) => write!(f, "cannot write to standard output: {error}"),
        }
    }
}

pub(super) const RED: Style = fore(AnsiColor::Red).bold();
pub(super) const YELLOW: Style = fore(AnsiColor::Yellow).bold();
pub(super) const GREEN: Style = fore(AnsiColor::Green).bold();
pub(super) const BOLD: Style = Style::new().bold();

const fn fore(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

fn paint(colored: bool, style: Style, text: &str) -> String {
    if colored { format!("{style}{text}{style:#}") } else { text.to_owned() }
}
