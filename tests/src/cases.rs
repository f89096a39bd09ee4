//! The project's own conformance cases: files of a folder, and the decisions of a page that they hold.

use std::collections::BTreeSet;
use std::fs;

use serde::de::DeserializeOwned;

use crate::events::files;
use crate::shared::root;

/// The cases of every `.yml` file of a folder below `tests`, with the name of the file.
///
/// # Panics
/// If a file cannot be read.
pub fn read<T: DeserializeOwned>(folder: &str) -> Vec<(String, Vec<T>)> {
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let cases = serde_yaml::from_str(&fs::read_to_string(path).expect("a file"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, cases)
    };
    files(&root().join("tests").join(folder), ".yml").iter().map(read).collect()
}

/// Every decision of a page (its anchors `D-..`) is cited by a case, or excused, and no case cites another one.
///
/// # Panics
/// If that is not so, or the page has fewer decisions than `least`.
pub fn check_decisions(page: &str, cited: &BTreeSet<&str>, excused: &BTreeSet<&str>, least: usize) {
    let text = fs::read_to_string(root().join(page)).expect("the page of decisions");
    let ids = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let anchors: BTreeSet<&str> = ids.filter(|id| id.starts_with("D-")).collect();
    assert!(anchors.len() >= least, "{page} has {} decisions", anchors.len());
    let untested: Vec<_> = anchors.iter().filter(|id| !cited.contains(*id) && !excused.contains(*id)).collect();
    let unknown: Vec<_> = cited.iter().filter(|id| id.starts_with("D-") && !anchors.contains(*id)).collect();
    assert!(untested.is_empty() && unknown.is_empty(), "without a case: {untested:?}\nnot in {page}: {unknown:?}");
}
