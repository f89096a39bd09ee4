use std::collections::BTreeMap;

use super::*;
use crate::diagnostic::Diagnostics;
use crate::elastic::ast;
use crate::elastic::schema::Schema;
use crate::elastic::search::{Seen, search_table};
use crate::elastic::text::QueryText;
use crate::source::FileId;

fn found(query: &str, events: &[&str]) -> Found {
    found_with(query, events, MOST_ROWS)
}

fn found_with(query: &str, events: &[&str], most: usize) -> Found {
    let mut seen = Seen::default();
    events.iter().for_each(|event| seen.add(event.as_bytes()));
    let mut diags = Diagnostics::new();
    let text = QueryText::verbatim(query, FileId(0), 0).into_owned();
    let query = ast::Query { language: ast::Language::Esql, text };
    let search = search_table(&query, &seen, &Schema::default(), &BTreeMap::new(), None, &mut diags);
    let search = search.expect("no errors").expect("supported");
    let mut running = Running::with_most_rows(search, Resources::default(), 0, most).expect("an engine");
    for event in events {
        running.push(event.as_bytes()).expect("an event");
    }
    running.finish()
}

#[test]
fn tables_are_written_in_every_form() {
    let found = found(
        "ROW t = \"a,\\\"b\\\"\", e = \"\", n = TO_LONG(null), d = 1.0, l = [\"x\", \"y\"], o = [1, 2], b = true, c = \"\u{1b}\"",
        &[],
    );
    let table = print::table(&found, None);
    assert!(table.starts_with("t       | e       | n    | d      | l       | o       | b       | c"), "{table}");
    assert!(table.contains("a,\"b\"   |         | null | 1.0    | [x, y]  | [1, 2]  | true    |"), "{table}");
    assert!(print::table(&found, Some(10)).lines().all(|line| line.chars().count() <= 10));
    assert!(table.contains(r"\u{1b}"), "{table}");
    let json: serde_json::Value = serde_json::from_str(&print::ndjson(&found)).expect("an object");
    assert_eq!(json["l"], serde_json::json!(["x", "y"]));
    assert_eq!(json["n"], serde_json::Value::Null);
    let csv = print::csv(&found);
    let mut lines = csv.split("\r\n");
    assert_eq!(lines.next(), Some("t:keyword,e:keyword,n:long,d:double,l:keyword,o:integer,b:boolean,c:keyword"));
    let row = lines.next().expect("a row");
    assert!(row.starts_with(r#""a,""b""","",,1.0,"[""x"",""y""]","[1,2]",true,"#), "{row}");
}

#[test]
fn rows_without_a_limit_are_cut_and_a_limit_ends_reading() {
    let events: Vec<String> = (0..1_002).map(|number| format!("{{\"n\":{number}}}")).collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let rows = |query: &str, count: usize| {
        let found = found(query, events.get(..count).expect("events"));
        (found.rows.len(), found.cut, found.lost)
    };
    for (query, count, expected) in [
        ("FROM a", 1_000, (1_000, false, 0)),
        ("FROM a", 1_001, (1_000, true, 0)),
        ("FROM a | SORT n DESC", 1_002, (1_000, true, 0)),
        ("FROM a | LIMIT 1001", 1_002, (1_001, false, 0)),
        ("FROM a | LIMIT 0", 1_002, (0, false, 0)),
        ("FROM a | STATS COUNT(*)", 1_002, (1, false, 0)),
    ] {
        assert_eq!(rows(query, count), expected, "{query}");
    }
}

/// Commands that multiply rows again and again come to an end.
#[test]
fn rows_are_not_multiplied_without_end() {
    let multiplied = |by: &str| format!("| EVAL x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] {by} ").repeat(30);
    for (query, most) in [
        (format!("FROM a {}", multiplied("| MV_EXPAND x")), 10_000),
        (format!("FROM a | SORT n {}", multiplied("| MV_EXPAND x")), 10_000),
        (format!("FROM a | STATS n = COUNT(*) {}", multiplied("| MV_EXPAND x")), 10_000),
    ] {
        let query = format!("{query} | LIMIT 10000000");
        let found = found_with(&query, &["{\"n\":1}"], 1);
        assert!(found.rows.len() <= most, "{query}: {}", found.rows.len());
        assert!(found.warnings.other > 0 || found.lost > 0, "{query}");
    }
    // rows stay as many as they are, and lists end too
    let lists = "| INLINE STATS v = VALUES(x), w = TOP(x, 10, \"asc\") BY x ".repeat(400);
    let found = found_with(&format!("FROM a | EVAL x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] {lists}"), &["{\"n\":1}"], 1);
    assert_eq!(found.rows.len(), 1);
    assert!(found.warnings.other > 0);
}

#[test]
fn values_may_be_wider_than_any_screen() {
    let found = found("ROW t = REPEAT(\"a\", 70000), n = 1", &[]);
    let table = print::table(&found, None);
    assert!(table.lines().all(|line| line.len() > 70_000), "{}", table.len());
    assert!(print::table(&found, Some(80)).lines().all(|line| line.len() <= 80));
}

/// Rows that are made of one share its values: they are put in order without looking at these.
#[test]
fn rows_with_long_lists_are_put_in_order() {
    let start = std::time::Instant::now();
    let list = "SPLIT(REPEAT(\"a,\", 500000), \",\")";
    let many = "| EVAL y = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] | MV_EXPAND y ".repeat(4);
    let found = found(&format!("FROM a | EVAL x = {list} {many} | LIMIT 3 | EVAL x = MV_COUNT(x)"), &["{\"n\":1}"]);
    assert_eq!(found.rows.len(), 3);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
