//! What the compiler makes of the rules in `golden/` is what it made when somebody last looked at it. `SIGIL_UPDATE=1` writes it anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sigil_tests::golden::{Golden, check, folders};
use sigil_tests::pipelines;

#[test]
fn goldens_are_fresh() {
    for name in folders() {
        let golden = Golden::read(&name);
        check(&golden.folder, &golden.made(), false);
    }
}

#[test]
fn code_of_pipelines_is_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let files: BTreeMap<PathBuf, String> = pipelines::plans()
        .iter()
        .map(|plan| (PathBuf::from(format!("{}.rs", plan.name)), pipelines::code(plan)))
        .collect();
    check(&folder, &files, true);
}
