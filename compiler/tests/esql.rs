//! `sigil query --language esql` over the cases of `../shared`, where they are there.

use std::path::{Path, PathBuf};
use std::process::Command;

fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance/esql");
    folder.is_dir().then_some(folder)
}

/// The lines of a table that `sigil query` prints: names, types, and rows of cells.
struct Printed {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn cells(line: &str) -> Vec<String> {
    line.split(" | ").map(|cell| cell.trim().to_owned()).collect()
}

fn run(query: &str, folder: &Path) -> Result<Printed, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_sigil"))
        .args(["query", "--language", "esql", query, "--format", "table", "--events"])
        .arg(folder.join("employees.jsonl"))
        .arg("--schema")
        .arg(folder.join("employees.schema.csv"))
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines();
    let (names, types) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let heading = cells(names).iter().zip(cells(types)).map(|(name, kind)| format!("{name}:{kind}")).collect();
    Ok(Printed { heading, rows: lines.skip(1).map(cells).collect() })
}

/// Cases stand one behind the other: a name, the query up to a line `;`, the expected table up to another.
fn cases(text: &str) -> Vec<(String, String, Vec<String>)> {
    let mut lines = text.lines().filter(|line| !line.starts_with("//") && !line.starts_with("W:"));
    let mut cases = Vec::new();
    while let Some(name) = lines.next() {
        let query: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != ";").collect();
        let table = lines.by_ref().take_while(|line| line.trim() != ";").map(str::to_owned).collect();
        if !name.trim().is_empty() {
            cases.push((name.to_owned(), query.join("\n"), table));
        }
    }
    cases
}

#[test]
#[expect(clippy::print_stdout, reason = "says that it did nothing")]
fn tables_are_as_elasticsearch_makes_them() {
    let Some(folder) = shared() else {
        return println!("SKIP: ../shared/conformance/esql is not here");
    };
    let text = std::fs::read_to_string(folder.join("esql-subset.csv-spec")).unwrap();
    let mut wrong = Vec::new();
    let cases = cases(&text);
    assert!(cases.len() > 50, "{} cases", cases.len());
    for (name, query, expected) in &cases {
        let printed = match run(query, &folder) {
            Ok(printed) => printed,
            Err(said) => {
                wrong.push(format!("{name}: {said}"));
                continue;
            }
        };
        let row = |line: &String| -> Vec<String> { line.split('|').map(|cell| cell.trim().to_owned()).collect() };
        let mut rows: Vec<Vec<String>> = expected.iter().skip(1).map(row).collect();
        let mut found = printed.rows;
        if !query.to_ascii_lowercase().contains("sort") {
            rows.sort();
            found.sort();
        }
        if expected.first().map(row) != Some(printed.heading.clone()) || rows != found {
            wrong.push(format!("{name}: {query}\n  expected {rows:?}\n  found {:?} {found:?}", printed.heading));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_are_shown_in_the_query() {
    for (query, said) in [
        ("FROM a | WHERE emp_on > 1", "emp_no"),
        ("ROW a = 1 | WHERE b(a)", "`b`"),
        ("ROW a = 1 | FORK (WHERE a == 1) (WHERE a == 2)", "FORK"),
        ("ROW a = \"x\" | EVAL b = a + 1", "+"),
    ] {
        let folder = std::env::temp_dir();
        let events = folder.join(format!("sigil-esql-errors-{}.ndjson", std::process::id()));
        std::fs::write(&events, "{\"emp_no\": 1}\n").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_sigil"))
            .args(["query", "--language", "esql", query, "--events"])
            .arg(&events)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{query}: {text}");
        assert!(text.contains(said), "{query}: {text}");
        std::fs::remove_file(events).unwrap();
    }
}
