//! Operators one behind the other.

use std::sync::Arc;

use super::aggregate::AggregateCall;
use super::expr::Expr;
use super::value::{Type, Value};
use crate::generated::FieldId;

/// What is done with the rows that events become.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    /// How a row is made of an event: the slots 0, 1, ..
    pub columns: Vec<Column>,
    /// What is done with rows, in order.
    pub operators: Vec<Operator>,
    /// The columns of the result.
    pub output: Vec<Output>,
    /// How many slots a row needs from its start to the first [`Operator::Stats`], which makes rows of its own.
    pub width: u32,
}

/// A column of the rows that events become.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Where its value comes from.
    pub origin: Origin,
    /// Its type: values of events are converted to it, as an index of that mapping would hold them.
    pub kind: Type,
}

/// Where the value of a column comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A field of the event.
    Field(FieldId),
    /// Whether a selection of the rule holds: `KQL(..)`, `QSTR(..)`, and the match operator on a field.
    Selection(u16),
    /// `METADATA _id`: the event's own, or one made of its content.
    Id,
    /// `METADATA _index`
    Index,
    /// `METADATA _version`
    Version,
    /// `METADATA _source`: the event as JSON.
    Source,
    /// `METADATA _ignored`: fields whose values were too long for the index.
    Ignored,
    /// `METADATA _score`: always 1.
    Score,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: Type,
    /// Where it stands in the rows.
    pub slot: u32,
}

/// What is done with rows.
#[derive(Clone, Debug)]
pub enum Operator {
    /// `WHERE`: keeps rows for which the condition is true.
    Where(Expr),
    /// `EVAL`, one column: writes a slot.
    Eval(u32, Expr),
    /// `MV_EXPAND`: a row for each value of a slot.
    MvExpand(u32),
    /// `DISSECT`: cuts the text of an expression into slots.
    Dissect(Expr, Arc<super::dissect::Dissect>, Vec<u32>),
    /// `GROK`: searches the text of an expression; slots of what is found.
    Grok(Expr, Arc<super::grok::Grok>, Vec<u32>),
    /// `STATS`: a row for each group: first the aggregates, then the keys.
    Stats(Stats),
    /// `INLINE STATS`: writes what `STATS` computes into each row of the group.
    InlineStats(Stats, Vec<u32>),
    /// `SORT`
    Sort(Vec<SortKey>),
    /// `LIMIT`, for each combination of the values of these expressions.
    Limit(u64, Vec<Expr>),
    /// `SAMPLE`: keeps a row with this probability, which its content decides.
    Sample(f64),
    /// `ENRICH` and `LOOKUP JOIN`: looks a table of the caller's up.
    Lookup(Lookup),
    /// `COMPLETION`: asks the caller, and writes what is answered into a slot.
    Completion {
        /// `inference_id`
        inference: Arc<str>,
        /// What is asked.
        prompt: Expr,
        /// Where the answer goes.
        slot: u32,
    },
}

/// `STATS .. BY ..`.
#[derive(Clone, Debug)]
pub struct Stats {
    /// What is computed of each group.
    pub aggregates: Vec<AggregateCall>,
    /// What makes a group: a row counts in each group that its values make. Empty: all rows are one group, even if there are none.
    pub keys: Vec<Expr>,
    /// How many slots the rows that it makes need.
    pub width: u32,
}

/// `SORT value ASC NULLS LAST`.
#[derive(Clone, Debug)]
pub struct SortKey {
    /// By what.
    pub value: Expr,
    /// `DESC`
    pub descending: bool,
    /// `NULLS FIRST`
    pub nulls_first: bool,
}

/// A table that is looked up.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The name of the policy or of the index.
    pub table: Arc<str>,
    /// What is looked up, and in which fields of the table; all must be equal. No field: the first one of the table.
    pub on: Vec<(Expr, Option<Arc<str>>)>,
    /// Which fields of the table go into which slots.
    pub with: Vec<(Arc<str>, u32, Type)>,
    /// A row for each row of the table that is found (`LOOKUP JOIN`); else their values become multi-values (`ENRICH`).
    pub multiplies: bool,
}

/// A row.
pub type Row = Vec<Value>;
