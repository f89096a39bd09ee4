//! Elastic's rules and queries: rule files around queries, and every way to run them.

use std::fmt::Write as _;

use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::elastic::ast::{Language, Query};
use sigil_compiler::elastic::schema::Schema;
use sigil_compiler::elastic::text::QueryText;
use sigil_compiler::elastic::{query_rule, search};
use sigil_compiler::ir::Feature;
use sigil_compiler::plan::{self, PackPlan};
use sigil_compiler::source::{FileId, Sources};
use sigil_compiler::{Compilation, Options, compile};

/// A rule file around a query in EQL or KQL. `category` is the field that `process where` tests, where it is not the usual one.
pub fn rule_around(language: Language, query: &str, category: Option<&str>) -> String {
    let kind = if language == Language::Eql { "eql" } else { "query" };
    let mut text = format!("[rule]\nname = \"A case\"\ntype = \"{kind}\"\nlanguage = \"{}\"\n", language.name());
    if let Some(category) = category {
        let _ = writeln!(text, "event_category_override = \"{category}\"");
    }
    let _ = writeln!(text, "query = '''\n{query}'''");
    text
}

/// Compiles a rule file. `schema` is a table of types beside the shipped one.
pub fn compile_rule(text: &str, schema: Option<&str>) -> Compilation {
    let mut sources = Sources::new();
    sources.add("case.toml", text);
    let schemas: Vec<FileId> = schema.map(|schema| sources.add("schema.csv", schema)).into_iter().collect();
    compile(&sources, &Options { schemas: &schemas, ..Options::new("tests") })
}

/// A query as a search runs it: without a rule file, and without a pass over it. `None` where it has an error.
pub fn searched(
    language: Language,
    query: &str,
    category: Option<&str>,
    schema: Option<&str>,
) -> Option<Result<PackPlan, Feature>> {
    let mut diags = Diagnostics::new();
    let mut types = Schema::shipped().clone();
    types.extend(FileId(1), schema.unwrap_or_default(), &mut diags);
    let text = QueryText::from_runs(query.to_owned(), FileId(0), vec![(0, 0)]);
    let found = search(&Query { language, text }, category, &types, None, &mut diags)?;
    Some(found.map(|expr| plan::build("tests", vec![query_rule(query, expr)])))
}

/// Everything that was said, on one line.
pub fn messages(compilation: &Compilation) -> String {
    let said = compilation.diagnostics.as_slice().iter();
    said.map(|said| format!("{}: {}", said.code.as_str(), said.message)).collect::<Vec<_>>().join("; ")
}
