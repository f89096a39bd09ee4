//! Files that hold what the compiler made when it was last looked at. A difference fails the test; `SIGIL_UPDATE=1` writes the files
//! anew, and the diff is what a reviewer reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sigil_compiler::builder::{stale, write_changed};

/// Whether golden files are to be written anew.
pub fn updates() -> bool {
    env::var_os("SIGIL_UPDATE").is_some_and(|value| value == "1")
}

/// The files of a folder are these, and where `whole` is set, no others.
///
/// # Panics
/// If they are not, or cannot be written when they are to be updated.
pub fn check(folder: &Path, files: &BTreeMap<PathBuf, String>, whole: bool) {
    let extra = if whole { extra(folder, files) } else { Vec::new() };
    if updates() {
        write_changed(folder, files).unwrap_or_else(|(path, error)| panic!("{}: {error}", path.display()));
        for path in extra {
            fs::remove_file(folder.join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        return;
    }
    let mut wrong = stale(folder, files);
    wrong.extend(extra);
    let shown = folder.strip_prefix(crate::shared::root()).unwrap_or(folder);
    assert!(
        wrong.is_empty(),
        "{} is not what the compiler makes now: {wrong:?}\n{}\nRun `SIGIL_UPDATE=1 cargo test -p sigil-tests`, and review the difference.",
        shown.display(),
        first_difference(folder, files, &wrong),
    );
}

fn extra(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
    let found = if folder.exists() { crate::events::files(folder, "") } else { Vec::new() };
    let relative = found.iter().filter_map(|path| path.strip_prefix(folder).ok());
    relative.filter(|path| !files.contains_key(*path)).map(Path::to_owned).collect()
}

fn first_difference(folder: &Path, files: &BTreeMap<PathBuf, String>, wrong: &[PathBuf]) -> String {
    let Some((path, new)) = wrong.iter().find_map(|path| files.get_key_value(path)) else { return String::new() };
    let old = fs::read_to_string(folder.join(path)).unwrap_or_default();
    let pairs = old.lines().chain(std::iter::repeat("(end)")).zip(new.lines().chain(["(end)"]));
    let (at, (old, new)) = pairs.enumerate().find(|(_, (old, new))| old != new).unwrap_or_default();
    format!("{}:{}\n  is:        {old}\n  should be: {new}", path.display(), at + 1)
}
