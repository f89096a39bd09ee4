//! `sigil query --language esql` as a program: formats, standard input, messages. What queries mean is tested in `tests/`.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn query(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sigil"))
        .args(["query", "--language", "esql"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a query without events does not read them
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

#[test]
fn tables_of_standard_input_in_every_format() {
    let input = "{\"a\":1,\"b\":[\"x\",\"y\"]}\nno event\n{\"a\":2.5,\"at\":\"2024-01-02\"}\n";
    for (format, expected) in [
        ("csv", "a:double,at:date,b:keyword\r\n1.0,,\"[\"\"x\"\",\"\"y\"\"]\"\r\n2.5,2024-01-02T00:00:00.000Z,\r\n"),
        (
            "ndjson",
            "{\"a\":1.0,\"at\":null,\"b\":[\"x\",\"y\"]}\n{\"a\":2.5,\"at\":\"2024-01-02T00:00:00.000Z\",\"b\":null}\n",
        ),
        (
            "table",
            "a      | at                       | b\ndouble | date                     | keyword\n-------+--------------------------+--------\n\
             1.0    | null                     | [x, y]\n2.5    | 2024-01-02T00:00:00.000Z | null\n",
        ),
    ] {
        let output = query(&["FROM logs-* | SORT a", "--format", format], input);
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{format}");
        assert_eq!(output.status.code(), Some(0), "{format}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.matches("it is skipped").count(), 1, "{said}");
        assert_eq!(said.contains("2 rows of 2 events, 1 broken event skipped"), format == "table", "{said}");
    }
}

#[test]
fn what_is_not_in_the_table_is_told() {
    let input: String = (0..1_001).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    for (text, told) in [
        ("FROM a", "the query has no `LIMIT`: the first 1,000 rows are shown"),
        ("ROW a = [1, 2] | EVAL b = a + 1", "1 value was null because a function for single values met several"),
        ("// a comment first\nROW a = 1 | EVAL b = a / 0", "1 value was null because something was divided by zero"),
        ("ROW a = 1", ""),
    ] {
        let output = query(&[text, "--format", "ndjson"], &input);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(told) && said.is_empty() == told.is_empty(), "{text}: {said}");
        assert_eq!(output.status.code(), Some(0), "{text}: {said}");
    }
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
