//! Any text as an ES|QL query: it is read, what is read without an error prints as text that is read as the same tree, and what can be run is run over a few events.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::elastic::ast::{Language, Query};
use sigil_compiler::elastic::esql::{self, analyze};
use sigil_compiler::elastic::schema::Schema;
use sigil_compiler::elastic::search::{Seen, search_table};
use sigil_compiler::elastic::text::QueryText;
use sigil_compiler::query::{Running, columns_of, print};
use sigil_compiler::source::FileId;
use sigil_runtime::table::tables::{Resources, Table};
use sigil_runtime::table::{Type, Value};

/// When `NOW()` is: 2024-05-10T12:30:45.678Z.
const NOW: i64 = 1_715_344_245_678;

/// So many rows are kept.
const MOST_ROWS: usize = 20_000;

/// Numbers, text, arrays, null, nested objects, dates, addresses; nothing at all.
const EVENTS: [&str; 7] = [
    r#"{"@timestamp":"2024-05-10T12:00:00.000Z","n":1,"d":1.5,"t":"a b=c","b":true,"l":[3,1,2],"o":{"p":{"q":"x"}},"ip":"10.0.0.1","v":"1.2.3","process":{"name":"cmd.exe","pid":7,"args":["-c","ls"]}}"#,
    r#"{"@timestamp":1715342400000,"n":-9223372036854775808,"d":-0.0,"t":["z","a","z"],"b":[true,false],"l":[],"o":[{"p":{"q":1}},{"p":{"q":[2,null]}}],"ip":"::1","v":"10.0"}"#,
    r#"{"n":9223372036854775807,"d":1e308,"t":"İßſ\u0000\n\"%{WORD:w}","b":null,"l":[1.5,"x"],"o":null,"when":"2024-02-29","p":[1.5,-2.0]}"#,
    r#"{"@timestamp":"9999-12-31T23:59:59.999Z","n":[1,2,3,4,5,6,7,8],"d":[5e-324,-1e308,0.1],"t":"","when":"1970-01-01T00:00:00Z","l":[[1,[2]],3]}"#,
    r#"{"@timestamp":"0000-01-01T00:00:00Z","n":"12","d":"NaN","t":"{\"k\":[1,{\"m\":null}]}","b":"true","ip":"not one","o.p.q":"dotted"}"#,
    r#"{"t":"55.3.244.1 GET /index.html 15824 0.043","n":18446744073709551615,"d":1e400,"when":"2024-05-10T12:30:45.678+02:00"}"#,
    "{}",
];

static SEEN: LazyLock<Seen> = LazyLock::new(|| {
    let mut seen = Seen::default();
    EVENTS.iter().for_each(|event| seen.add(event.as_bytes()));
    seen
});

/// Types that no event tells.
static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = Schema::default();
    schema.extend(FileId(1), "@timestamp,date\nip,ip\nv,version\nwhen,date\n", &mut Diagnostics::new());
    schema
});

static RESOURCES: LazyLock<Resources> = LazyLock::new(|| {
    let mut resources = Resources::default();
    let row = |name: Value, n: Value| vec![name, n, Value::list([Value::text("x"), Value::text("y")])];
    let table = Table {
        columns: vec!["t".into(), "n".into(), "more".into()],
        rows: vec![
            row(Value::text("a b=c"), Value::Long(1)),
            row(Value::text(""), Value::Null),
            row(Value::Null, Value::Long(1)),
            row(Value::list([Value::text("z"), Value::text("a")]), Value::Long(i64::MIN)),
        ],
        types: vec![Type::Keyword, Type::Long, Type::Keyword],
    };
    resources.add_table("x", table);
    resources
        .set_completion(Arc::new(|model: &str, prompt: &str| (prompt != "").then(|| format!("{model}: {prompt}"))));
    resources
});

static TABLES: LazyLock<BTreeMap<String, analyze::Table>> = LazyLock::new(|| {
    RESOURCES.table("x").map(|table| ("x".to_owned(), columns_of(table))).into_iter().collect()
});

fn read(text: &str) -> Option<esql::ast::Query> {
    let mut diags = Diagnostics::new();
    let parsed = esql::parse(&QueryText::verbatim(text, FileId(0), 0), &mut diags);
    check_labels(&diags, text);
    parsed.filter(|_| !diags.has_errors_since(0))
}

fn check_labels(diags: &Diagnostics, text: &str) {
    for label in diags.as_slice().iter().flat_map(|diagnostic| &diagnostic.labels) {
        assert!(label.span.start <= label.span.end && label.span.end as usize <= text.len());
    }
}

/// A tree without its places, `span: 0:12..34`.
fn without_spans(query: &esql::ast::Query) -> String {
    let text = format!("{query:?}");
    let is_place = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.');
    let mut parts = text.split("span: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.trim_start_matches(is_place))
}

fn run(text: &str) {
    // cloning the shipped schema takes most of the time
    let schema = if text.len() % 32 == 0 { Schema::shipped() } else { &*SCHEMA };
    let query = Query { language: Language::Esql, text: QueryText::verbatim(text, FileId(0), 0).into_owned() };
    let now = jiff::Timestamp::from_millisecond(NOW).ok();
    let mut diags = Diagnostics::new();
    let search = search_table(&query, &SEEN, schema, &TABLES, now, &mut diags);
    check_labels(&diags, text);
    assert!(search.is_some() || diags.has_errors_since(0), "nothing is said");
    let Some(Ok(search)) = search else { return };
    if diags.has_errors_since(0) {
        return;
    }
    let mut running = Running::with_most_rows(search, RESOURCES.clone(), NOW, MOST_ROWS).expect("an engine");
    for event in EVENTS {
        running.push(event.as_bytes()).expect("an event");
    }
    let mut found = running.finish();
    let columns = found.columns.len();
    assert!(found.rows.iter().all(|row| row.len() == columns));
    // long lists in many rows take long to write
    found.rows.truncate(3);
    let _ = (print::table(&found, Some(80)), print::ndjson(&found), print::csv(&found));
}

fuzz_target!(|text: &str| {
    if let Some(query) = read(text) {
        let printed = query.to_string();
        let again = read(&printed).unwrap_or_else(|| panic!("{printed:?}"));
        assert_eq!(without_spans(&again), without_spans(&query), "{printed:?}");
        assert_eq!(again.to_string(), printed);
    }
    run(text);
});
