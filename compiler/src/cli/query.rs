//! `sigil query`: the events of files that a query matches.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, stdout};

use sigil_compiler::diagnostic::{self, Diagnostics, Severity};
use sigil_compiler::elastic::schema::Schema;
use sigil_compiler::elastic::text::QueryText;
use sigil_compiler::elastic::{self, ast};
use sigil_compiler::ir::eval::{self, Json};
use sigil_compiler::ir::{self, Expr};
use sigil_compiler::optimize;
use sigil_compiler::plan::{self, link::link};
use sigil_compiler::source::Sources;
use sigil_runtime::cli::text::{counted, event_into, harmless};
use sigil_runtime::cli::{self, Exit};
use sigil_runtime::input::{Batch, Item, Options, Reader};
use sigil_runtime::{Alert, Engine};

use super::args::{QueryArgs, QueryFormat, QueryLanguage};
use super::terminal::{BOLD, Failure, Terminal, YELLOW};

/// So many broken events are told one by one.
const BROKEN_TOLD: u64 = 10;

/// How many characters of a value a table shows.
const WIDEST: usize = 120;

/// Compiles the query and runs it.
pub(super) fn run(args: &QueryArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    cli::inputs_named(&args.events).map_err(|error| Failure::Usage(error.to_string()))?;
    let expr = compile(args, terminal)?;
    let mut names = BTreeSet::new();
    ir::collect_fields(&expr, &mut names);
    let names: Vec<String> = names.iter().map(|field| field.name.clone()).collect();
    let rule = optimize::run(elastic::query_rule(&args.query, expr));
    let pack = link(&plan::build("query", vec![rule]));
    let engine = Engine::new(&[pack]).map_err(|error| Failure::Bad(error.to_string()))?;
    let mut session = engine.session();
    let format = args.format.unwrap_or(if stdout().is_terminal() { QueryFormat::Table } else { QueryFormat::Ndjson });
    let (sources, _) = cli::sources(&args.events);
    let mut reader = Reader::new(sources, Options::default());
    let mut batch = Batch::default();
    let (mut found, mut events, mut broken, mut unreadable) = (0_u64, 0_u64, 0_u64, 0_u64);
    while reader.next_batch(&mut batch) {
        let mut problems = batch.broken().to_vec();
        for (item, text) in batch.events() {
            let mut line = None;
            let outcome = session.process_json(text, |alert| {
                line = Some(match format {
                    QueryFormat::Ndjson => as_json(batch.source(), item, alert, text),
                    QueryFormat::Table => as_row(batch.source(), item, alert, text, &names, terminal),
                });
            });
            events += 1;
            if let Err(error) = outcome {
                problems.push(batch.broken_item(item, error.to_string()));
            }
            if let Some(line) = line {
                found += 1;
                terminal.print(&line)?;
            }
        }
        for problem in problems {
            let at_fault = if problem.index.is_some() { &mut broken } else { &mut unreadable };
            *at_fault += 1;
            if *at_fault <= BROKEN_TOLD {
                let warning = terminal.paint_err(YELLOW, "warning");
                terminal.say(&format!("{warning}: {}; it is skipped\n", harmless(&problem.to_string())));
            }
        }
        terminal.flush()?;
    }
    if format == QueryFormat::Table {
        let skipped = if broken > 0 { format!(", {} skipped", counted(broken, "broken event")) } else { String::new() };
        terminal.say(&format!(
            "{} of {}{skipped}\n",
            counted(found, "event"),
            counted(events - broken.min(events), "event")
        ));
    }
    Ok(if unreadable > 0 { Exit::Bad } else { Exit::Fine })
}

/// The condition of the query; what is wrong with it is shown in its text.
fn compile(args: &QueryArgs, terminal: &mut Terminal) -> Result<Expr, Failure> {
    let mut sources = Sources::new();
    let file = sources.add("query", args.query.as_str());
    let mut diags = Diagnostics::new();
    let mut schema = Schema::shipped().clone();
    for path in &args.schema {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
        let added = sources.add(path.display().to_string(), text.as_str());
        schema.extend(added, &text, &mut diags);
    }
    let language = match args.language {
        QueryLanguage::Kql => ast::Language::Kuery,
        QueryLanguage::Eql => ast::Language::Eql,
    };
    let query = ast::Query { language, text: QueryText::verbatim(&args.query, file, 0).into_owned() };
    let lowered = elastic::search(&query, Some(&args.category_field), &schema, args.now, &mut diags);
    for said in diags.as_slice() {
        let text = diagnostic::render(said, &sources, terminal.color_err);
        terminal.say(&text);
        terminal.say("\n");
    }
    match lowered {
        Some(Ok(expr)) if diags.as_slice().iter().all(|said| said.severity != Severity::Error) => Ok(expr),
        Some(Err(feature)) => Err(Failure::Bad(format!("{feature}: Sigil reads it, but does not run it yet"))),
        Some(Ok(_)) | None => Err(Failure::Bad("the query cannot be run".to_owned())),
    }
}

fn as_json(source: &str, item: Item, alert: &Alert<'_>, text: &[u8]) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let time = alert.timestamp().map_or_else(|| "null".to_owned(), |time| quoted(&time));
    let mut event = Vec::with_capacity(text.len());
    event_into(&mut event, text);
    let event = String::from_utf8_lossy(&event);
    let (index, line) = (item.index, item.line);
    format!(
        "{{\"source\":{},\"line\":{line},\"index\":{index},\"timestamp\":{time},\"event\":{event}}}\n",
        quoted(source)
    )
}

fn as_row(source: &str, item: Item, alert: &Alert<'_>, text: &[u8], names: &[String], terminal: &Terminal) -> String {
    let place = terminal.paint(BOLD, &format!("{}:{}", harmless(source), item.line));
    let mut row = format!("{place}  {}", harmless(alert.timestamp().as_deref().unwrap_or("-")));
    if let Ok(event) = String::from_utf8_lossy(text).parse::<Json>() {
        for name in names {
            let values: Vec<String> = eval::values(&event, name).into_iter().map(ToString::to_string).collect();
            if !values.is_empty() {
                let shown = values.join(",");
                let end = shown.char_indices().nth(WIDEST).map(|(at, _)| at);
                let cut = end.and_then(|end| shown.get(..end)).map(|start| format!("{start}.."));
                row.push_str(&format!("  {name}={}", harmless(cut.as_deref().unwrap_or(&shown))));
            }
        }
    }
    row.push('\n');
    row
}
