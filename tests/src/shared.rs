//! Reference data that is no part of the project: public rules, recorded events, cases with a known verdict.
//!
//! It stands in a folder `shared` beside the checkout, or where `SIGIL_SHARED` says. Tests that need it say so in one line and pass
//! where there is none.

use std::env;
use std::path::{Path, PathBuf};

use sigil_compiler::builder::{Inputs, Loaded, load};

/// A file or folder of the reference data, if there is one; says that `test` is skipped otherwise.
pub fn find(test: &str, path: &str) -> Option<PathBuf> {
    let folder = env::var_os("SIGIL_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let found = folder.join(path);
    if found.exists() {
        return Some(found);
    }
    say(&format!("skipped: {test} needs {} (set SIGIL_SHARED, or put `shared` beside the checkout)", found.display()));
    None
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// A line for whoever reads the output of the tests (`-- --nocapture`).
pub fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Rule files of these folders, and pipelines.
///
/// # Panics
/// If something cannot be read.
pub fn rules(folders: &[PathBuf], pipelines: &[PathBuf]) -> Loaded {
    let inputs = Inputs { rules: folders.to_vec(), pipelines: pipelines.to_vec(), ..Inputs::default() };
    let loaded = load(&inputs);
    assert_eq!(loaded.problems, [], "every file can be read");
    loaded
}
