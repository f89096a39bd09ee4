//! The law of dependencies, read off the sources: front ends know the IR, the IR knows no front end, code generation knows no syntax tree,
//! and the runtime knows none of them.

use std::fs;
use std::path::{Path, PathBuf};

use sigil_tests::events::files;
use sigil_tests::shared::root;

/// What modules of the compiler may name with `crate::`, beside themselves. Everyone may use `source` and `diagnostic`.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("source", &[]),
    ("diagnostic", &["source"]),
    ("hash", &[]),
    ("parallel", &[]),
    ("ir", &["diagnostic", "hash", "parallel", "source"]),
    ("sigma", &["diagnostic", "hash", "ir", "source"]),
    ("elastic", &["diagnostic", "ir", "source"]),
    ("frequency", &["hash", "ir"]),
    ("optimize", &["diagnostic", "frequency", "hash", "ir", "source"]),
    ("plan", &["diagnostic", "frequency", "hash", "ir", "parallel", "source"]),
    ("codegen", &["diagnostic", "ir", "plan", "source"]),
];

/// Lines of a file that are no comment, with their numbers.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).expect("a source file");
    let lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.starts_with("//"));
    lines.map(|(line, number)| (number, line.to_owned())).collect()
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let found = files(&root().join(folder), ".rs");
    assert!(!found.is_empty(), "{folder}");
    found
}

/// Files of a module: `name.rs`, and everything in `name/`.
fn module(name: &str) -> Vec<PathBuf> {
    let source = root().join("compiler/src");
    let (file, folder) = (source.join(name).with_extension("rs"), source.join(name));
    sources("compiler/src").into_iter().filter(|path| *path == file || path.starts_with(&folder)).collect()
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs")
}

/// The modules that a line names behind `crate::`, also in `crate::{a, b::c}`.
fn named(line: &str) -> Vec<&str> {
    let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let mut found = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        // `sigil_runtime::` is another matter, and so is `$crate::`
        if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &line[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(list.split([',', '}']).map(str::trim).map(|item| &item[..word(item)])),
            None => found.push(&rest[..word(rest)]),
        }
    }
    found.retain(|name| !name.is_empty() && *name != "self");
    found
}

#[test]
fn modules_of_the_compiler_know_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for (name, allowed) in MAY_USE {
        let files = module(name);
        assert!(!files.is_empty(), "{name}");
        for path in files.iter().filter(|path| !is_test(path)) {
            for (number, line) in code(path) {
                for used in named(&line).into_iter().filter(|used| used.starts_with(char::is_lowercase)) {
                    if used != name && !allowed.contains(&used) {
                        wrong.push(format!("{}:{number}: `{name}` uses `{used}`", path.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn code_generation_sees_no_syntax_tree() {
    never("compiler/src/codegen", &["sigma::", "elastic::", "yaml", "saphyr"]);
}

#[test]
fn only_the_rim_touches_disk() {
    let rim = ["compiler/src/builder", "compiler/src/cli", "compiler/src/main.rs"].map(|path| root().join(path));
    let mut wrong = Vec::new();
    for path in sources("compiler/src").iter().filter(|path| !is_test(path)) {
        let inside = rim.iter().any(|rim| path.starts_with(rim) || *path == rim.with_extension("rs"));
        wrong.extend(
            code(path)
                .iter()
                .filter(|(_, line)| !inside && line.contains("std::fs"))
                .map(|(number, _)| format!("{}:{number}", path.display())),
        );
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_runtime_knows_no_compiler() {
    never("runtime/src", &["sigil_compiler", "yaml", "saphyr", "toml"]);
    for crate_of in ["runtime", "generated"] {
        let manifest = fs::read_to_string(root().join(crate_of).join("Cargo.toml")).expect("a manifest");
        let depends = manifest.split("[dependencies]").nth(1).expect("dependencies");
        assert!(!depends.contains("sigil-compiler") && !depends.contains("yaml"), "{crate_of}");
    }
}

#[test]
fn generated_code_knows_only_the_runtime() {
    for path in sources("generated/src") {
        for (number, line) in code(&path) {
            let foreign = line.starts_with("use ") || line.starts_with("pub use ");
            let known = ["sigil_runtime::", "super::", "self::", "crate::", "packs::", "::sigil_runtime::"];
            let target = line.trim_start_matches("pub ").trim_start_matches("use ");
            assert!(
                !foreign || known.iter().any(|known| target.starts_with(known)),
                "{}:{number}: {line}",
                path.display()
            );
        }
    }
}

/// No line of code in these files names one of these.
fn never(folder: &str, words: &[&str]) {
    let mut wrong = Vec::new();
    for path in sources(folder).iter().filter(|path| !is_test(path)) {
        for (number, line) in code(path) {
            wrong.extend(
                words
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("{}:{number}: {word}", path.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Tests and tables may be longer.
#[test]
fn files_are_short() {
    let tables = ["fold_table.rs", "frequency.rs"];
    let all = ["compiler", "runtime"].iter().flat_map(|folder| sources(&format!("{folder}/src")));
    let long: Vec<String> = all
        .filter(|path| !is_test(path) && !tables.iter().any(|table| path.ends_with(table)))
        .map(|path| (fs::read_to_string(&path).expect("a file").lines().count(), path))
        .filter(|(lines, _)| *lines > 800)
        .map(|(lines, path)| format!("{} has {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn unsafe_code_stands_in_one_place() {
    let place = root().join("runtime/src/simd");
    let word = concat!("un", "safe");
    let folders = ["compiler", "runtime/src", "generated/src"];
    for path in folders.iter().flat_map(|folder| sources(folder)).filter(|path| !path.starts_with(&place)) {
        for (number, line) in code(&path) {
            let line = line.replace("unsafe_code", "");
            let found = line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word);
            assert!(!found || line.contains('"'), "{}:{number}: {line}", path.display());
        }
    }
    // and there each block says why it is sound
    for path in sources("runtime/src/simd") {
        let text = fs::read_to_string(&path).expect("a source file");
        let blocks = text.matches(&format!("{word} {{")).count();
        assert!(text.matches("SAFETY:").count() >= blocks, "{}: {blocks} blocks", path.display());
    }
}
