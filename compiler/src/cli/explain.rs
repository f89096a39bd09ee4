//! `sigil explain`: what a message means.

use sigil_compiler::diagnostic::{Code, closest};
use sigil_runtime::cli::Exit;

use super::args::ExplainArgs;
use super::terminal::{BOLD, Failure, Terminal};

/// Prints the explanation of a code, or the list of codes.
pub(super) fn run(args: &ExplainArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let Some(name) = &args.code else {
        for code in Code::ALL {
            terminal.print(&format!("{}  {:<7}  {}\n", code.as_str(), code.severity().name(), code.title()))?;
        }
        return Ok(Exit::Fine);
    };
    let Some(code) = Code::from_name(name.trim()) else {
        let known = Code::ALL.iter().map(|code| code.as_str());
        let hint = closest(name, known).map_or(String::new(), |code| format!("; did you mean `{code}`?"));
        return Err(Failure::Usage(format!("there is no message `{name}`{hint}\n`sigil explain` lists all of them")));
    };
    let heading = terminal.paint(BOLD, &format!("{}[{}]: {}", code.severity().name(), code.as_str(), code.title()));
    terminal.print(&format!("{heading}\n\n{}\n", code.explain().trim_end()))?;
    Ok(Exit::Fine)
}
