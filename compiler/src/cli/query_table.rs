//! `sigil query --language esql`: the table that a query makes of events.

use std::io::{BufWriter, IsTerminal as _, Write as _, stdout};

use jiff::Timestamp;
use sigil_compiler::diagnostic::{self, Diagnostics, Severity};
use sigil_compiler::elastic::ast;
use sigil_compiler::elastic::esql::{self, ast::SourceKind};
use sigil_compiler::elastic::schema::Schema;
use sigil_compiler::elastic::search::{DEFAULT_LIMIT, Search, Seen, search_table};
use sigil_compiler::elastic::text::QueryText;
use sigil_compiler::query::{Found, Running, columns_of, print};
use sigil_compiler::source::{FileId, Sources};
use sigil_runtime::cli::completion::Model;
use sigil_runtime::cli::resources::resources;
use sigil_runtime::cli::text::{counted, grouped, harmless};
use sigil_runtime::cli::{self, Exit};
use sigil_runtime::input::{Batch, Broken, Options, Reader, Source};
use sigil_runtime::table::expr::Warnings;
use sigil_runtime::table::tables::Resources;
use tempfile::NamedTempFile;

use super::args::{QueryArgs, QueryFormat};
use super::terminal::{Failure, Terminal, YELLOW};

/// So many broken events are told one by one.
const BROKEN_TOLD: u64 = 10;

/// How reading went.
#[derive(Default)]
struct Told {
    events: u64,
    broken: u64,
    unreadable: u64,
}

/// Reads the events twice: for their fields, and for their rows.
pub(super) fn run(args: &QueryArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let model = args.completion.as_deref().map(Model::open).transpose().map_err(Failure::Bad)?;
    let resources = resources(&args.tables, model.clone()).map_err(Failure::Bad)?;
    let mut inputs = Vec::new();
    let mut kept = Vec::new();
    let mut seen = Seen::default();
    if reads_events(&args.query) {
        cli::inputs_named(&args.events).map_err(|error| Failure::Usage(error.to_string()))?;
        for source in cli::sources(&args.events).0 {
            inputs.push(read_fields(source, &mut seen, &mut kept)?);
        }
    }
    let search = compile(args, &seen, &resources, terminal)?;
    let is_row = search.is_row;
    let now = args.now.unwrap_or_else(Timestamp::now).as_millisecond();
    let mut running = Running::new(search, resources, now).map_err(|error| Failure::Bad(error.to_string()))?;
    let mut told = Told::default();
    let mut reader = Reader::new(inputs, Options::default());
    let mut batch = Batch::default();
    while !running.is_complete() && reader.next_batch(&mut batch) {
        let mut problems = batch.broken().to_vec();
        for (item, text) in batch.events() {
            told.events += 1;
            if let Err(error) = running.push(text) {
                problems.push(batch.broken_item(item, error.to_string()));
            }
        }
        problems.iter().for_each(|problem| told.problem(problem, terminal));
    }
    let found = running.finish();
    let on_terminal = stdout().is_terminal();
    let format = args.format.unwrap_or(if on_terminal { QueryFormat::Table } else { QueryFormat::Ndjson });
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|_| on_terminal);
    terminal.print(&match format {
        QueryFormat::Table => print::table(&found, width),
        QueryFormat::Ndjson => print::ndjson(&found),
        QueryFormat::Csv => print::csv(&found),
    })?;
    terminal.flush()?;
    tell(&found, terminal);
    if let Some(text) = model.and_then(|model| Model::warning(model.failures())) {
        let warning = terminal.paint_err(YELLOW, "warning");
        terminal.say(&format!("{warning}: {text}\n"));
    }
    if format == QueryFormat::Table {
        let broken = told.broken.min(told.events);
        let skipped = if broken > 0 { format!(", {} skipped", counted(broken, "broken event")) } else { String::new() };
        let of = if is_row { String::new() } else { format!(" of {}", counted(told.events - broken, "event")) };
        terminal.say(&format!("{}{of}{skipped}\n", counted(found.rows.len() as u64, "row")));
    }
    Ok(if told.unreadable > 0 { Exit::Bad } else { Exit::Fine })
}

/// Whether there is anything to ask events for: not if the query makes its one row itself, nor if it cannot be read.
fn reads_events(query: &str) -> bool {
    let mut diags = Diagnostics::new();
    let parsed = esql::parse(&QueryText::verbatim(query, FileId(0), 0), &mut diags);
    !diags.has_errors_since(0) && parsed.is_some_and(|parsed| !matches!(parsed.source.kind, SourceKind::Row(_)))
}

/// Notes the fields of the events of an input. Standard input can be read once only: it is kept in a file, which then stands for it.
fn read_fields(source: Source, seen: &mut Seen, kept: &mut Vec<NamedTempFile>) -> Result<Source, Failure> {
    let failed = |error: std::io::Error| Failure::Bad(format!("cannot keep standard input: {error}"));
    let mut copy = match &source {
        Source::File(_) => None,
        Source::Stdin => Some(BufWriter::new(tempfile::Builder::new().suffix(".ndjson").tempfile().map_err(failed)?)),
    };
    let mut reader = Reader::new([source.clone()], Options::default());
    let mut batch = Batch::default();
    while reader.next_batch(&mut batch) {
        for (_, text) in batch.events() {
            seen.add(text);
            if let Some(copy) = &mut copy {
                copy.write_all(text).and_then(|()| copy.write_all(b"\n")).map_err(failed)?;
            }
        }
    }
    let Some(copy) = copy else { return Ok(source) };
    let copy = copy.into_inner().map_err(|error| failed(error.into_error()))?;
    let behind = Source::File(copy.path().to_owned());
    kept.push(copy);
    Ok(behind)
}

impl Told {
    fn problem(&mut self, problem: &Broken, terminal: &mut Terminal) {
        let at_fault = if problem.index.is_some() { &mut self.broken } else { &mut self.unreadable };
        *at_fault += 1;
        if *at_fault <= BROKEN_TOLD {
            let warning = terminal.paint_err(YELLOW, "warning");
            terminal.say(&format!("{warning}: {}; it is skipped\n", harmless(&problem.to_string())));
        }
    }
}

/// What the user should know beside the table.
fn tell(found: &Found, terminal: &mut Terminal) {
    let mut say = |text: &str| {
        let warning = terminal.paint_err(YELLOW, "warning");
        terminal.say(&format!("{warning}: {text}\n"));
    };
    if found.cut {
        let limit = grouped(DEFAULT_LIMIT);
        say(&format!("the query has no `LIMIT`: the first {limit} rows are shown; add `| LIMIT n` for more"));
    }
    if found.lost > 0 {
        say(&format!("{} left out: there were too many to keep", counted(found.lost, "row")));
    }
    let Warnings { multi_value, overflow, division, conversion, other } = &found.warnings;
    for (count, why) in [
        (multi_value, "a function for single values met several"),
        (overflow, "a number did not fit its type"),
        (division, "something was divided by zero"),
        (conversion, "a text did not spell a value of the type asked for"),
        (other, "a function had no result"),
    ] {
        if *count > 0 {
            let were = if *count == 1 { "was" } else { "were" };
            say(&format!("{} {were} null because {why}", counted(*count, "value")));
        }
    }
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
    let columns = |(name, _): &(String, _)| Some((name.clone(), columns_of(resources.table(name)?)));
    let tables = args.tables.iter().filter_map(columns).collect();
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
