use std::fs;

use super::*;

const RULE: &str = "title: Shell\nid: 5f1c\nlogsource: {product: linux, category: process_creation}\ndetection:\n  selection: {Image|endswith: /bash}\n  condition: selection\n";

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// The lines for Cargo without the folder's own name, and the result.
fn run(folder: &tempfile::TempDir, change: impl FnOnce(Builder) -> Builder) -> (String, Result<Report, BuildError>) {
    let builder = Builder::new("webserver").rules(folder.path().join("rules")).out_dir(folder.path().join("out"));
    let mut lines = String::new();
    let result = change(builder).run(&mut lines);
    let lines = lines.replace(&folder.path().display().to_string(), "DIR").replace(&shown(folder.path()), "DIR");
    (lines, result)
}

#[test]
fn a_build_writes_the_pack_and_says_what_it_depends_on() {
    let folder =
        folder(&[("rules/b/x.yml", RULE.as_bytes()), ("rules/a.YAML", RULE.as_bytes()), ("rules/note.txt", b"\xff")]);
    let (lines, report) = run(&folder, |builder| builder);
    let report = report.unwrap();
    assert_eq!(report.compiled(), 2);
    let changed: Vec<&str> = lines.lines().filter(|line| line.contains("rerun-if-changed")).collect();
    let expected =
        ["rules", "rules/a.YAML", "rules/b", "rules/b/x.yml"].map(|path| format!("cargo::rerun-if-changed=DIR/{path}"));
    assert_eq!(changed, expected);
    let text = fs::read_to_string(&report.file).unwrap();
    assert!(text.starts_with("pub mod webserver {") && text.contains("fn shell_"), "{text}");

    let files = codegen::generate(&report.compilation.plan, &Layout::File);
    let out = folder.path().join("out");
    assert_eq!(stale(&out, &files), Vec::<PathBuf>::new());
    fs::write(&report.file, "other").unwrap();
    assert_eq!(stale(&out, &files), [PathBuf::from("webserver.rs")]);
    assert_eq!(write_changed(&out, &files).unwrap().len(), 1);
    assert_eq!(write_changed(&out, &files).unwrap().len(), 0);
}

#[test]
fn wrong_rules_are_named_with_their_place() {
    let wrong = RULE.replace("endswith", "endwith");
    let folder = folder(&[("rules/a.yml", wrong.as_bytes()), ("rules/b.yml", RULE.as_bytes())]);
    let (lines, result) = run(&folder, |builder| builder);
    assert!(lines.contains("cargo::error=DIR/rules/a.yml:5:"), "{lines}");
    let error = result.unwrap_err().to_string();
    assert!(error.contains("rules/a.yml:1:1: `Shell` is rejected:"), "{error}");

    let (lines, result) = run(&folder, |builder| builder.on_rejected(Policy::Warn));
    assert!(lines.contains("cargo::warning=DIR/rules/a.yml:5:") && !lines.contains("cargo::error"), "{lines}");
    assert_eq!(result.unwrap().compiled(), 1);
}

#[test]
fn unsupported_rules_warn() {
    let legacy = RULE.replace("condition: selection", "condition: selection | count() > 5");
    let folder = folder(&[("rules/a.yml", legacy.as_bytes())]);
    let (lines, result) = run(&folder, |builder| builder);
    assert!(
        lines.contains("cargo::warning=") && lines.contains("is left out: `count()` aggregation is not supported"),
        "{lines}"
    );
    assert_eq!(result.unwrap().compiled(), 0);
    let (_, result) = run(&folder, |builder| builder.on_unsupported(Policy::Fail));
    assert!(result.is_err());
}

#[test]
fn odd_folders_and_names_are_explained() {
    let check = |folder: &tempfile::TempDir, change: fn(Builder) -> Builder, expected: &str| {
        let (_, result) = run(folder, change);
        let error = result.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let image = folder(&[("rules/a.yml", b"\x89PNG\r\n\x1a\n\0\0")]);
    check(
        &image,
        |builder| builder,
        "rules/a.yml: it is not a text in UTF-8: byte 0 (line 1, column 1) fits no character",
    );
    let empty = folder(&[("rules/pictures/a.png", b"\x89PNG")]);
    check(&empty, |builder| builder, "rules: the folder holds no rule");
    check(&empty, |builder| builder.rules("missing.yml"), "missing.yml: ");
    check(&empty, |builder| builder.pipeline("missing-pipeline.yml"), "missing-pipeline.yml: ");
    let fine = folder(&[("rules/a.yml", RULE.as_bytes()), ("out", b"a file")]);
    check(&fine, |builder| builder, "cannot write ");
    check(
        &fine,
        |mut builder| {
            builder.pack = "web-server".to_owned();
            builder
        },
        "`web_server` can",
    );
}

#[test]
fn paths_are_shown_from_here() {
    let here = env::current_dir().unwrap();
    let check = |path: &Path, expected: &str| assert_eq!(shown(path), expected);
    check(Path::new("./rules//a.yml"), "rules/a.yml");
    check(Path::new("../a.yml"), "../a.yml");
    check(Path::new("."), ".");
    check(&here, ".");
    check(&here.join("rules/a.yml"), "rules/a.yml");
    check(&here.parent().unwrap().join("a.yml"), "../a.yml");
}

#[cfg(unix)]
#[test]
fn links_in_circles_end() {
    let folder = folder(&[("rules/a.yml", RULE.as_bytes()), ("rules/folder.yml/b.yml", RULE.as_bytes())]);
    let rules = folder.path().join("rules");
    std::os::unix::fs::symlink(&rules, rules.join("circle")).unwrap();
    std::os::unix::fs::symlink(rules.join("a.yml"), rules.join("again.yml")).unwrap();
    std::os::unix::fs::symlink("nowhere", rules.join("broken")).unwrap();
    // two names of one file are two files: nothing that somebody wrote goes missing
    std::fs::hard_link(rules.join("a.yml"), rules.join("hard.yml")).unwrap();
    let (_, report) = run(&folder, |builder| builder.rules(folder.path().join("rules/folder.yml")));
    assert_eq!(report.unwrap().compiled(), 3);
}
