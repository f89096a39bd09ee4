//! From the command line to a compilation: the one place where commands meet the compiler.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use sigil_compiler::diagnostic::{Diagnostics, Severity};
use sigil_compiler::plan::PackPlan;
use sigil_compiler::source::Sources;

use super::args::{PipelineArgs, RuleArgs};

/// INTERIM: `sigil_compiler::Outcome`.
pub(super) struct Outcome {
    pub path: String,
    pub rule_id: Option<String>,
    pub title: String,
    pub result: Verdict,
}

/// INTERIM.
pub(super) enum Verdict {
    Compiled,
    Unsupported(String),
    Rejected(String),
}

/// INTERIM: `sigil_compiler::Compilation`.
pub(super) struct Compilation {
    pub sources: Sources,
    pub plan: PackPlan,
    pub outcomes: Vec<Outcome>,
    pub diagnostics: Diagnostics,
}
