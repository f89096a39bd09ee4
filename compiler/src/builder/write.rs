//! Generated files on disk: what is as it should be is left alone, so that Cargo rebuilds only what changed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files that are missing from a folder or differ, by their path in it.
pub fn stale(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
    let fresh = |path: &PathBuf, text: &String| fs::read(folder.join(path)).is_ok_and(|found| found == text.as_bytes());
    files.iter().filter(|(path, text)| !fresh(path, text)).map(|(path, _)| path.clone()).collect()
}

/// Writes the files that are [`stale`]; returns them.
///
/// # Errors
/// The first path that cannot be written, and why.
pub fn write_changed(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let stale = stale(folder, files);
    for path in &stale {
        let whole = folder.join(path);
        if let Some(parent) = whole.parent() {
            fs::create_dir_all(parent).map_err(|error| (parent.to_owned(), error))?;
        }
        let text = files.get(path).map(String::as_bytes).unwrap_or_default();
        fs::write(&whole, text).map_err(|error| (whole, error))?;
    }
    Ok(stale)
}
