//! What a query is read against, and what comes out of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sigil_runtime::table::Type;
use sigil_runtime::table::pipeline::Operator;

use crate::elastic::esql::ast;
use crate::elastic::schema::Schema;
use crate::elastic::text::QueryText;
use crate::ir;
use crate::source::Span;

/// What a query is read against.
#[derive(Clone, Copy, Debug)]
pub struct Environment<'a> {
    /// The types of fields.
    pub schema: &'a Schema,
    /// Which fields there are.
    pub fields: Fields<'a>,
    /// The tables that `ENRICH` and `LOOKUP JOIN` look up, by name.
    pub tables: &'a BTreeMap<String, Table>,
    /// How many rows come out if the query does not say; all if there is none.
    pub limit: Option<u64>,
    /// So many leading commands are decided before rows are made: their `WHERE`s are checked, but not done again.
    pub decided: usize,
    /// What comes with the query.
    pub parameters: &'a [Parameter],
    /// The time of the run, for dates in `KQL(..)`.
    pub now: Option<Timestamp>,
    /// The text of the query: columns without a name are called as they are written.
    pub text: Option<&'a QueryText<'a>>,
}

/// Which fields there are.
#[derive(Clone, Copy, Debug)]
pub enum Fields<'a> {
    /// Any; those in no table are keywords, or what the query takes them for.
    Any,
    /// These: another one is an error.
    Known(&'a [String]),
}

/// A table that is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its columns, in order; `ENRICH` looks up the first.
    pub columns: Vec<(String, Type)>,
}

/// A value that comes with the query.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `?name`; one without a name is found by its position.
    pub name: Option<String>,
    /// What it stands for; a string stands for a name as well (`??name`).
    pub value: ast::Literal,
}

/// A query with all types known.
#[derive(Clone, Debug)]
pub struct Analyzed {
    /// The patterns of indices behind `FROM`; none of `ROW`, which makes a single row.
    pub indices: Vec<String>,
    /// What is read of an event: the slots 0, 1, ..
    pub columns: Vec<SourceColumn>,
    /// What is done with rows, command by command.
    pub steps: Vec<Step>,
    /// The columns of the result.
    pub output: Vec<Output>,
    /// Names and types of the keys of the last `STATS`.
    pub keys: Vec<(Arc<str>, Type)>,
    /// Where fields stand in the result that the query does not name.
    pub all_fields: Vec<AllFields>,
    /// How many slots a row needs up to the first `STATS`.
    pub width: u32,
    /// It starts with `ROW`.
    pub is_row: bool,
    /// Whether groups are made (`STATS`).
    pub aggregates: bool,
}

impl Analyzed {
    /// Every operator, in order.
    pub fn operators(&self) -> impl Iterator<Item = &Operator> {
        self.steps.iter().flat_map(|step| &step.operators)
    }
}

/// What is read of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceColumn {
    /// As the query names it; of a condition, what it says.
    pub name: Arc<str>,
    /// Where its value comes from.
    pub origin: Origin,
    /// Its type.
    pub kind: Type,
}

/// Where the value of a column comes from: as [`sigil_runtime::table::pipeline::Origin`], but with fields and conditions themselves.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A field of the event.
    Field(Arc<ir::Field>),
    /// Whether a condition holds for the event.
    Selection(ir::Expr),
    /// `METADATA _id`
    Id,
    /// `METADATA _index`
    Index,
    /// `METADATA _version`
    Version,
    /// `METADATA _source`
    Source,
    /// `METADATA _ignored`
    Ignored,
    /// `METADATA _score`
    Score,
}

/// What a command does.
#[derive(Clone, Debug)]
pub struct Step {
    /// The command.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// One operator or more.
    pub operators: Vec<Operator>,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: Type,
    /// Where it stands in rows.
    pub slot: u32,
}

/// Fields of the event that belong to the result without being named: `KEEP a, b*`, or no `KEEP` at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllFields {
    /// The name, with `*` for any text.
    pub pattern: String,
    /// Before which column of the result they stand.
    pub at: usize,
}
