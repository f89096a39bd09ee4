//! The command line that `sigil run` and generated binaries share.

mod args;
mod drive;
mod exit;
mod ordered;
mod progress;
mod render;
mod summary;
pub mod text;

pub use args::{Format, RunArgs, color};
pub use drive::RunError;
pub use exit::{EXIT_HELP, Exit, parse};
pub use summary::{RuleCount, Summary};
