//! `sigil query --language esql`: the table that a query makes of events.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, stdout};

use jiff::Timestamp;
use sigil_compiler::diagnostic::{self, Diagnostics, Severity};
use sigil_compiler::elastic::ast;
use sigil_compiler::elastic::esql::analyze;
use sigil_compiler::elastic::schema::Schema;
use sigil_compiler::elastic::search::{DEFAULT_LIMIT, Search, Seen, search_table};
use sigil_compiler::elastic::text::QueryText;
use sigil_compiler::optimize;
use sigil_compiler::plan::{self, link::link};
use sigil_compiler::source::Sources;
use sigil_runtime::Engine;
use sigil_runtime::cli::resources::resources;
use sigil_runtime::cli::text::{counted, harmless};
use sigil_runtime::cli::{self, Exit};
use sigil_runtime::input::{Batch, Options, Reader, Source};
use sigil_runtime::table::expr::Warnings;
use sigil_runtime::table::groups::{Limits, RowOrigin};
use sigil_runtime::table::pipeline::Output;
use sigil_runtime::table::run::{Run, Tagged};
use sigil_runtime::table::tables::Resources;
use sigil_runtime::table::{Context, Type, Value};

use super::args::{QueryArgs, QueryFormat};
use super::terminal::{Failure, Terminal, YELLOW};

/// How many characters of a value a table shows on a terminal.
const WIDEST: usize = 80;
/// So many rows are kept for a command that needs all of them.
const MOST_ROWS: usize = 5_000_000;

/// What came of the events.
#[derive(Default)]
struct Told {
    events: u64,
    broken: u64,
    unreadable: u64,
}

/// Reads the events twice: for their fields, and for their rows.
pub(super) fn run(args: &QueryArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let resources = resources(&args.tables, args.completion.as_deref()).map_err(Failure::Bad)?;
    let is_row = args.query.trim_start().get(..3).is_some_and(|start| start.eq_ignore_ascii_case("row"));
    let mut sources = Vec::new();
    let mut held = None;
    let mut seen = Seen::default();
    if !is_row {
        cli::inputs_named(&args.events).map_err(|error| Failure::Usage(error.to_string()))?;
        sources = cli::sources(&args.events).0;
        if sources.iter().any(|source| matches!(source, Source::Stdin)) {
            // it can be read once only
            held = Some(tempfile().map_err(|error| Failure::Bad(format!("cannot keep standard input: {error}")))?);
        }
        sources = read_fields(sources, held.as_deref(), &mut seen)?;
    }
    let search = compile(args, &seen, &resources, terminal)?;
    let now = args.now.unwrap_or_else(Timestamp::now).as_millisecond();
    let mut cx = Context::at(now);
    let host = resources.host();
    let mut told = Told::default();
    let mut run = Run::new(&search.pipeline, Limits::default(), MOST_ROWS);
    if search.is_row {
        run.push(&search.pipeline, Vec::new(), RowOrigin::default(), &mut cx, &host);
    } else {
        let pack = link(&plan::build("query", vec![optimize::run(search.rule.clone())]));
        let engine = Engine::new(&[pack]).map_err(|error| Failure::Bad(error.to_string()))?;
        let mut session = engine.session();
        let mut reader = Reader::new(sources, Options::default());
        let mut batch = Batch::default();
        while reader.next_batch(&mut batch) {
            let mut problems = batch.broken().to_vec();
            for (item, text) in batch.events() {
                told.events += 1;
                match session.rows(text) {
                    Ok(rows) => rows.into_iter().for_each(|row| {
                        let origin = RowOrigin { event: item.index, time: 0 };
                        run.push(&search.pipeline, row, origin, &mut cx, &host);
                    }),
                    Err(error) => problems.push(batch.broken_item(item, error.to_string())),
                }
            }
            for problem in problems {
                let at_fault = if problem.index.is_some() { &mut told.broken } else { &mut told.unreadable };
                *at_fault += 1;
                if *at_fault <= 10 {
                    let warning = terminal.paint_err(YELLOW, "warning");
                    terminal.say(&format!("{warning}: {}; it is skipped\n", harmless(&problem.to_string())));
                }
            }
        }
    }
    if let Some(path) = held {
        std::fs::remove_file(path).ok();
    }
    let lost = run.dropped + run.evicted();
    let (rows, _) = run.finish(&search.pipeline, usize::MAX, &mut cx, &host);
    let format = args.format.unwrap_or(if stdout().is_terminal() { QueryFormat::Table } else { QueryFormat::Ndjson });
    match format {
        QueryFormat::Table => terminal.print(&as_table(&search.output, &rows, stdout().is_terminal()))?,
        QueryFormat::Ndjson => {
            for row in &rows {
                terminal.print(&as_json(&search.output, row))?;
            }
        }
        QueryFormat::Csv => terminal.print(&as_csv(&search.output, &rows))?,
    }
    terminal.flush()?;
    tell(&search, &rows, lost, &cx.warnings, terminal);
    if format == QueryFormat::Table {
        let skipped =
            if told.broken > 0 { format!(", {} skipped", counted(told.broken, "broken event")) } else { String::new() };
        let of = if search.is_row { String::new() } else { format!(" of {}", counted(told.events, "event")) };
        terminal.say(&format!("{}{of}{skipped}\n", counted(rows.len() as u64, "row")));
    }
    Ok(if told.unreadable > 0 { Exit::Bad } else { Exit::Fine })
}

/// What the user should know beside the table.
fn tell(search: &Search, rows: &[Tagged], lost: u64, warnings: &Warnings, terminal: &mut Terminal) {
    let mut say = |text: &str| {
        let warning = terminal.paint_err(YELLOW, "warning");
        terminal.say(&format!("{warning}: {text}\n"));
    };
    if search.default_limit && rows.len() as u64 == DEFAULT_LIMIT {
        say(&format!("the query has no `LIMIT`: only {DEFAULT_LIMIT} rows are shown; add `| LIMIT n` for more"));
    }
    if lost > 0 {
        say(&format!("{} left out: there were too many to keep", counted(lost, "row")));
    }
    let Warnings { multi_value, overflow, division, conversion, other } = warnings;
    for (count, why) in [
        (multi_value, "a function for single values met several"),
        (overflow, "a number did not fit its type"),
        (division, "something was divided by zero"),
        (conversion, "a text did not spell a value of the type asked for"),
        (other, "a function had no result"),
    ] {
        if *count > 0 {
            say(&format!("{} null because {why}", counted(*count, "value")));
        }
    }
}

/// A file for what comes on standard input.
fn tempfile() -> std::io::Result<std::path::PathBuf> {
    let path = std::env::temp_dir().join(format!("sigil-query-{}.ndjson", std::process::id()));
    std::fs::File::create_new(&path)?;
    Ok(path)
}

/// Notes the fields of all events. Standard input is kept in a file meanwhile, which then stands for it.
fn read_fields(sources: Vec<Source>, held: Option<&std::path::Path>, seen: &mut Seen) -> Result<Vec<Source>, Failure> {
    let mut behind = Vec::with_capacity(sources.len());
    for source in sources {
        let keep = match (&source, held) {
            (Source::Stdin, Some(path)) => Some(path.to_owned()),
            _ => None,
        };
        let own = match &source {
            Source::File(path) => Source::File(path.clone()),
            Source::Stdin => Source::Stdin,
        };
        let mut kept = Vec::new();
        let mut reader = Reader::new([own], Options::default());
        let mut batch = Batch::default();
        while reader.next_batch(&mut batch) {
            for (_, text) in batch.events() {
                seen.add(text);
                if keep.is_some() {
                    kept.extend_from_slice(text);
                    kept.push(b'\n');
                }
            }
        }
        match keep {
            Some(path) => {
                std::fs::write(&path, &kept).map_err(|error| Failure::file("write", &path, &error))?;
                behind.push(Source::File(path));
            }
            None => behind.push(source),
        }
    }
    Ok(behind)
}

fn compile(args: &QueryArgs, seen: &Seen, resources: &Resources, terminal: &mut Terminal) -> Result<Search, Failure> {
    let mut sources = Sources::new();
    let file = sources.add("query", args.query.as_str());
    let mut diags = Diagnostics::new();
    let mut schema = Schema::shipped().clone();
    for path in &args.schema {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
        let added = sources.add(path.display().to_string(), text.as_str());
        schema.extend(added, &text, &mut diags);
    }
    let query =
        ast::Query { language: ast::Language::Esql, text: QueryText::verbatim(&args.query, file, 0).into_owned() };
    let tables: BTreeMap<String, analyze::Table> =
        args.tables.iter().filter_map(|(name, _)| Some((name.clone(), columns_of(resources.table(name)?)))).collect();
    let search = search_table(&query, seen, &schema, &tables, args.now, &mut diags);
    for said in diags.as_slice() {
        let text = diagnostic::render(said, &sources, terminal.color_err);
        terminal.say(&text);
        terminal.say("\n");
    }
    match search {
        Some(Ok(search)) if diags.as_slice().iter().all(|said| said.severity != Severity::Error) => Ok(search),
        Some(Err(feature)) => Err(Failure::Bad(format!("{feature}: Sigil reads it, but does not run it"))),
        Some(Ok(_)) | None => Err(Failure::Bad("the query cannot be run".to_owned())),
    }
}

/// The columns of a table, with the types of their values.
fn columns_of(table: &sigil_runtime::table::tables::Table) -> analyze::Table {
    let kind = |at: usize| {
        let values = table.rows.iter().filter_map(|row| row.get(at)).flat_map(Value::values);
        values.map(Value::kind).next().unwrap_or(Type::Keyword)
    };
    let columns = table.columns.iter().enumerate();
    analyze::Table { columns: columns.map(|(at, name)| (name.to_string(), kind(at))).collect() }
}

fn cell(row: &Tagged, output: &Output) -> Value {
    row.row.get(output.slot as usize).cloned().unwrap_or_default()
}

/// Columns of equal width: names, types, values.
fn as_table(output: &[Output], rows: &[Tagged], on_terminal: bool) -> String {
    let shown = |value: &Value| {
        let text = harmless(&value.to_string());
        match text.char_indices().nth(WIDEST).filter(|_| on_terminal) {
            Some((end, _)) => format!("{}..", text.get(..end).unwrap_or_default()),
            None => text,
        }
    };
    let mut lines: Vec<Vec<String>> = vec![
        output.iter().map(|output| harmless(&output.name)).collect(),
        output.iter().map(|output| output.kind.to_string()).collect(),
    ];
    lines.extend(rows.iter().map(|row| output.iter().map(|output| shown(&cell(row, output))).collect()));
    let width = |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|text| text.chars().count()).max();
    let widths: Vec<usize> = (0..output.len()).map(|at| width(at).unwrap_or(0)).collect();
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}")).collect();
        out.push_str(cells.join(" | ").trim_end());
        out.push('\n');
        if number == 1 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            out.push_str(&rules.join("-+-"));
            out.push('\n');
        }
    }
    out
}

fn json_value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Int(_) | Value::Long(_) | Value::Unsigned(_) => value.to_string(),
        Value::Double(number) => serde_json::Number::from_f64(*number).map_or("null".to_owned(), |n| n.to_string()),
        Value::List(members) => format!("[{}]", members.iter().map(json_value).collect::<Vec<_>>().join(",")),
        Value::Text(_)
        | Value::Ip(_)
        | Value::Version(_)
        | Value::Date(_)
        | Value::DateNanos(_)
        | Value::Period(..)
        | Value::Duration(_)
        | Value::Point(..) => serde_json::to_string(&value.to_string()).unwrap_or_default(),
    }
}

fn as_json(output: &[Output], row: &Tagged) -> String {
    let member = |output: &Output| {
        let name = serde_json::to_string(&*output.name).unwrap_or_default();
        format!("{name}:{}", json_value(&cell(row, output)))
    };
    format!("{{{}}}\n", output.iter().map(member).collect::<Vec<_>>().join(","))
}

/// RFC 4180: null is empty, an empty text is `""`, several values are a JSON array.
fn as_csv(output: &[Output], rows: &[Tagged]) -> String {
    let quoted = |text: &str| {
        let plain = !text.is_empty() && !text.contains(['"', ',', '\n', '\r']);
        if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
    };
    let value = |value: &Value| match value {
        Value::Null => String::new(),
        Value::List(_) => quoted(&json_value(value)),
        value => quoted(&value.to_string()),
    };
    let heading = output.iter().map(|output| quoted(&format!("{}:{}", output.name, output.kind)));
    let mut out = heading.collect::<Vec<_>>().join(",") + "\r\n";
    for row in rows {
        out.push_str(&output.iter().map(|output| value(&cell(row, output))).collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
    out
}
