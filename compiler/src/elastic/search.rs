//! ES|QL searches: a query over events that nobody has mapped.
//!
//! Elasticsearch knows the fields of an index before it reads a query. Here the events tell them ([`Seen`]): names, and types as dynamic mapping would choose them
//! (Elasticsearch reference, "Dynamic field mapping") where no table names the field.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;
use sigil_runtime::operator::{Operation, Schedule, Work};
use sigil_runtime::table::Pipeline;
use sigil_runtime::table::pipeline::Output;

use super::esql::{self, analyze};
use super::leaf::Context;
use super::schema::{FieldType, Schema};
use super::{ast, scope, stateful, table};
use crate::diagnostic::Diagnostics;
use crate::ir::{self, Expr, Feature, SelectionId, Then};
use crate::source::FileId;

/// How many rows a query gives that does not say.
pub const DEFAULT_LIMIT: u64 = 1_000;
/// More fields than this are not told apart.
const MOST_FIELDS: usize = 10_000;
/// Objects nested deeper than this are passed over.
const DEEPEST: usize = 50;

/// The fields of events.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    fields: BTreeMap<String, Kinds>,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each kind may have been seen")]
struct Kinds {
    whole: bool,
    decimal: bool,
    boolean: bool,
    date: bool,
    text: bool,
}

impl Seen {
    /// Notes the fields of an event; what is no JSON object is passed over.
    pub fn add(&mut self, event: &[u8]) {
        if let Ok(Json::Object(event)) = serde_json::from_slice(event) {
            self.add_object("", &event, 0);
        }
    }

    fn add_object(&mut self, above: &str, object: &serde_json::Map<String, Json>, depth: usize) {
        for (key, value) in object {
            let name = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
            self.add_value(&name, value, depth);
        }
    }

    fn add_value(&mut self, name: &str, value: &Json, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Json::Object(inner) => return self.add_object(name, inner, depth + 1),
            Json::Array(members) => return members.iter().for_each(|member| self.add_value(name, member, depth + 1)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
        if !self.fields.contains_key(name) && self.fields.len() >= MOST_FIELDS {
            return;
        }
        let kinds = self.fields.entry(name.to_owned()).or_default();
        match value {
            Json::Bool(_) => kinds.boolean = true,
            Json::Number(number) if number.to_string().contains(['.', 'e', 'E']) => kinds.decimal = true,
            Json::Number(_) => kinds.whole = true,
            Json::String(text) if is_date(text) => kinds.date = true,
            Json::String(_) => kinds.text = true,
            Json::Null | Json::Object(_) | Json::Array(_) => {}
        }
    }

    /// The names of the fields, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// The types of fields that no table names, as lines of a schema.
    fn schema(&self, known: &Schema) -> String {
        let is_unknown = |name: &str| known.field(name).kind == FieldType::Unknown && known.place(name).is_none();
        let unknown = self.fields.iter().filter(|(name, _)| is_unknown(name));
        let line = |(name, kinds): (&String, &Kinds)| format!("\"{name}\",{}\n", kinds.mapping());
        // a name with a comma or a quote cannot stand in a table: it is a keyword
        unknown.filter(|(name, _)| !name.contains([',', '"', '\n', '\r', '#'])).map(line).collect()
    }
}

impl Kinds {
    fn mapping(self) -> &'static str {
        let Self { whole, decimal, boolean, date, text } = self;
        match (whole, decimal, boolean, date, text) {
            (true, false, false, false, false) => "long",
            (_, true, false, false, false) => "double",
            (false, false, true, false, false) => "boolean",
            (false, false, false, true, false) => "date",
            _ => "keyword",
        }
    }
}

/// Whether dynamic mapping takes a string for a date: `2024-01-02`, `2024-01-02T03:04:05Z`.
fn is_date(text: &str) -> bool {
    let shape = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() >= 10
            && bytes.iter().take(10).enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    };
    shape(text)
        && (text.parse::<Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok_and(|_| text.len() == 10))
}

/// A query that can be run.
#[derive(Clone, Debug)]
pub struct Search {
    /// Which events become rows, and how: a rule whose operation has no schedule that means anything.
    pub rule: ir::Rule,
    /// What is done with rows.
    pub pipeline: Pipeline<Arc<ir::Field>>,
    /// The columns of the result.
    pub output: Vec<Output>,
    /// The query makes its one row itself: no events are read.
    pub is_row: bool,
    /// The query did not say how many rows it gives.
    pub default_limit: bool,
}

/// Reads a query whose events have these fields; `None` if something is wrong, which is said.
pub fn search_table(
    query: &ast::Query,
    seen: &Seen,
    schema: &Schema,
    tables: &BTreeMap<String, analyze::Table>,
    now: Option<Timestamp>,
    diags: &mut Diagnostics,
) -> Option<Result<Search, Feature>> {
    let mark = diags.len();
    let parsed = esql::parse(&query.text, diags)?;
    if diags.has_errors_since(mark) {
        return None;
    }
    let mut schema = schema.clone();
    let types = seen.schema(&schema);
    schema.extend(FileId(u32::MAX), &types, &mut Diagnostics::new());
    // what a place is made of is no field
    let mut names: Vec<String> = seen.names().map(|name| schema.place(name).unwrap_or(name).to_owned()).collect();
    // fields that a table knows may be named, whether or not an event has them
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '@');
    for word in query.text.as_str().split(|c| !is_part(c)) {
        let known = !matches!(schema.field(word).kind, FieldType::Unknown | FieldType::Object | FieldType::Nested);
        if known && !names.iter().any(|name| name == word) {
            names.push(word.to_owned());
        }
    }
    names.sort_unstable();
    names.dedup();
    let cx = Context { schema: &schema, now, diags, computed: 0 };
    let prefix = esql::lower::prefix(&parsed, &cx);
    let mut env = analyze::Environment {
        schema: &schema,
        fields: analyze::Fields::Known(&names),
        tables,
        // one more, which tells that there are more
        limit: Some(DEFAULT_LIMIT + 1),
        decided: prefix.exact,
        parameters: &[],
        now,
        text: Some(&query.text),
    };
    let analyzed = match analyze::analyze(&parsed, &env, cx.diags)? {
        Ok(analyzed) => analyzed,
        Err(feature) => return Some(Err(feature)),
    };
    env.limit = None;
    let commands = analyzed.steps.len();
    let unlimited = analyze::analyze(&parsed, &env, &mut Diagnostics::new()).and_then(Result::ok);
    let default_limit = unlimited.is_some_and(|unlimited| unlimited.steps.len() < commands);
    let is_row = analyzed.is_row;
    let table = table::assembled(analyzed, prefix.condition, 1, cx.schema);
    Some(Ok(finished(table, query.text.as_str(), is_row, default_limit, &schema)))
}

fn finished(table: table::Table, text: &str, is_row: bool, default_limit: bool, schema: &Schema) -> Search {
    let table::Table { indices, condition, searches, pipeline, commands } = table;
    let output = pipeline.output.clone();
    let plan = Operation {
        work: Work::Table(pipeline.clone()),
        schedule: Schedule {
            from: 0,
            interval: 1,
            time: None,
            timestamp: schema.field("@timestamp").field,
            max_signals: u32::MAX,
        },
        suppression: None,
        document: stateful::document(schema),
        hash: 0,
    };
    let mut rule = super::query_rule(text, condition);
    rule.scope = scope::of(indices.iter().map(String::as_str));
    rule.condition = Expr::Selection(SelectionId(0));
    for (at, (_, search)) in (1..).zip(searches) {
        rule.selections.insert(format!("search_{at}"), search);
    }
    rule.then = Then::Operation(Arc::new(ir::Operation { plan, commands }));
    Search { rule, pipeline, output, is_row, default_limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_types_of_their_values() {
        let mut seen = Seen::default();
        for event in [
            r#"{"a":1,"b":1.5,"c":true,"d":"2024-01-02","e":"x","f":{"g":[1,2.5]},"h":null,"m":1}"#,
            r#"{"a":2,"b":1,"d":"2024-01-02T03:04:05Z","e":"2024-01-02","m":"x","n":[],"c,d":1}"#,
            "not json",
        ] {
            seen.add(event.as_bytes());
        }
        let expected = "\"a\",long\n\"b\",double\n\"c\",boolean\n\"d\",date\n\"e\",keyword\n\"f.g\",double\n\"h\",keyword\n\"m\",keyword\n";
        assert_eq!(seen.schema(&Schema::default()), expected);
        for (text, date) in [("2024-01-02", true), ("2024-01-02 x", false), ("20240102", false), ("2024-13-02", false)]
        {
            assert_eq!(is_date(text), date, "{text}");
        }
    }
}
