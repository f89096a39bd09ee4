//! ES|QL searches in-process, as `sigil query --language esql` runs them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::elastic::ast::{Language, Query};
use sigil_compiler::elastic::schema::Schema;
use sigil_compiler::elastic::search::{Seen, search_table};
use sigil_compiler::elastic::text::QueryText;
use sigil_compiler::query::{Found, Running, columns_of};
use sigil_compiler::source::FileId;
use sigil_runtime::cli::resources::table;
use sigil_runtime::table::tables::Resources;

/// When `NOW()` is: 2024-05-10T12:30:45.678Z.
pub const NOW: i64 = 1_715_344_245_678;

/// What a search is run over.
#[derive(Clone, Debug, Default)]
pub struct World<'w> {
    /// One JSON object a line.
    pub events: &'w str,
    /// Types of fields, beside the shipped ones.
    pub schema: &'w str,
    /// Tables by name, as `--table` reads them.
    pub tables: Vec<(&'w str, &'w str)>,
    /// Prompts are answered: `model: PROMPT`.
    pub answers: bool,
}

/// Why there is no table.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// The query is wrong: every message, with its next step.
    Wrong(String),
    /// What is not supported.
    Unsupported(String),
}

/// The table that a query makes.
///
/// # Errors
/// When the query is wrong, or not supported.
///
/// # Panics
/// If the events or the tables cannot be read.
pub fn run(query: &str, world: &World<'_>) -> Result<Found, Refused> {
    let events: Vec<&str> = world.events.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut seen = Seen::default();
    events.iter().for_each(|event| seen.add(event.as_bytes()));
    let mut diags = Diagnostics::new();
    let mut schema = Schema::shipped().clone();
    schema.extend(FileId(1), world.schema, &mut diags);
    let mut resources = Resources::default();
    let mut tables = BTreeMap::new();
    for (name, text) in &world.tables {
        let table = table(text.as_bytes()).unwrap_or_else(|error| panic!("table {name}: {error}"));
        tables.insert((*name).to_owned(), columns_of(&table));
        resources.add_table(name, table);
    }
    if world.answers {
        let answer =
            |model: &str, prompt: &str| (prompt != "fail").then(|| format!("{model}: {}", prompt.to_uppercase()));
        resources.set_completion(Arc::new(answer));
    }
    let query = Query { language: Language::Esql, text: QueryText::verbatim(query, FileId(0), 0).into_owned() };
    let now = jiff::Timestamp::from_millisecond(NOW).ok();
    let search = search_table(&query, &seen, &schema, &tables, now, &mut diags);
    let said = || {
        let said =
            diags.as_slice().iter().map(|said| format!("{} ({})", said.message, said.help.as_deref().unwrap_or("")));
        said.collect::<Vec<_>>().join("; ")
    };
    match search {
        Some(Ok(search)) if !diags.has_errors_since(0) => {
            let mut running = Running::new(search, resources, NOW).expect("an engine");
            for event in events {
                running.push(event.as_bytes()).unwrap_or_else(|error| panic!("{event}: {error}"));
            }
            Ok(running.finish())
        }
        Some(Err(feature)) => Err(Refused::Unsupported(feature.to_string())),
        Some(Ok(_)) | None => Err(Refused::Wrong(said())),
    }
}
