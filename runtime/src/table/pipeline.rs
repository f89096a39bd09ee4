//! Operators one behind the other.

use std::sync::Arc;

use super::aggregate::AggregateCall;
use super::expr::Expr;
use super::value::{Type, Value};
use crate::generated::FieldId;

/// What is done with the rows that events become.
///
/// `F` is what names a field: its number in a pack, or, before rules are planned, the field itself.
#[derive(Clone, Debug)]
pub struct Pipeline<F = FieldId> {
    /// How a row is made of an event: the slots 0, 1, ..
    pub columns: Vec<Column<F>>,
    /// What is done with rows, in order.
    pub operators: Vec<Operator>,
    /// The columns of the result.
    pub output: Vec<Output>,
    /// What tells rows of the result apart, if they stand for groups: the keys of the last `STATS`.
    pub keys: Vec<Output>,
    /// What tells rows of the result apart that stand for one event: columns that `MV_EXPAND` took apart.
    pub expanded: Vec<Output>,
    /// How many slots a row needs from its start to the first [`Operator::Stats`], which makes rows of its own.
    pub width: u32,
}

/// A column of the rows that events become.
#[derive(Clone, Debug, PartialEq)]
pub struct Column<F = FieldId> {
    /// Where its value comes from.
    pub origin: Origin<F>,
    /// Its type: values of events are converted to it, as an index of that mapping would hold them.
    pub kind: Type,
}

/// Where the value of a column comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin<F = FieldId> {
    /// A field of the event.
    Field(F),
    /// A field whose index holds its texts in lower case (`process.name.caseless`).
    Lower(F),
    /// Whether a selection of the rule holds: `KQL(..)`, `QSTR(..)`, and the match operator on a field.
    Selection(u16),
    /// `METADATA _id`: the event's own, or one made of its content.
    Id(F),
    /// `METADATA _source`: the event as JSON.
    Source,
    /// `METADATA _ignored`: fields with a text that is too long for an index.
    Ignored(Bounds),
    /// `METADATA _score`: always 1.
    Score,
}

/// How many characters an index takes of a text of these fields, in the order of their names; `None`: any number. Of other fields it takes
/// [`USUAL_BOUND`].
pub type Bounds = Arc<[(Arc<str>, Option<u32>)]>;

/// How many characters an index takes of a text if nothing else is said: what the templates of Elastic's integrations give to keywords and wildcards.
pub const USUAL_BOUND: u32 = 1_024;

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

impl<F> Pipeline<F> {
    /// The columns by whose values rows may be spread over several places, so that each place finds its part of the result; `None` if all rows must
    /// come to one place. No columns: any row may go anywhere.
    pub fn partition(&self) -> Option<Vec<u32>> {
        let mut keys: Option<Vec<u32>> = None;
        for operator in &self.operators {
            match operator {
                Operator::Where(_)
                | Operator::Eval(..)
                | Operator::MvExpand(_)
                | Operator::Dissect(..)
                | Operator::Grok(..)
                | Operator::Lookup(_)
                | Operator::Completion { .. }
                | Operator::Sample(_)
                | Operator::Sort(_) => {}
                Operator::Stats(stats) if keys.is_none() => {
                    let column = |key: &Expr| match key {
                        Expr::Column(slot) if (*slot as usize) < self.columns.len() => Some(*slot),
                        _ => None,
                    };
                    let columns: Option<Vec<u32>> = stats.keys.iter().map(column).collect();
                    keys = Some(columns.filter(|columns| !columns.is_empty())?);
                }
                Operator::Stats(_) | Operator::InlineStats(..) | Operator::Limit(..) => return None,
            }
        }
        Some(keys.unwrap_or_default())
    }
}

impl<F> Default for Pipeline<F> {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            operators: Vec::new(),
            output: Vec::new(),
            keys: Vec::new(),
            expanded: Vec::new(),
            width: 0,
        }
    }
}

impl<F> Pipeline<F> {
    /// The same with other names of fields.
    pub fn map<G>(&self, field: &mut impl FnMut(&F) -> G) -> Pipeline<G> {
        Pipeline {
            columns: self.columns.iter().map(|column| column.map(field)).collect(),
            operators: self.operators.clone(),
            output: self.output.clone(),
            keys: self.keys.clone(),
            expanded: self.expanded.clone(),
            width: self.width,
        }
    }
}

impl<F> Column<F> {
    /// The same with another name of its field.
    pub fn map<G>(&self, field: &mut impl FnMut(&F) -> G) -> Column<G> {
        let origin = match &self.origin {
            Origin::Field(of) => Origin::Field(field(of)),
            Origin::Lower(of) => Origin::Lower(field(of)),
            Origin::Id(of) => Origin::Id(field(of)),
            Origin::Selection(selection) => Origin::Selection(*selection),
            Origin::Source => Origin::Source,
            Origin::Ignored(bounds) => Origin::Ignored(Arc::clone(bounds)),
            Origin::Score => Origin::Score,
        };
        Column { origin, kind: self.kind }
    }

    /// The field that it reads.
    pub fn field(&self) -> Option<&F> {
        match &self.origin {
            Origin::Field(field) | Origin::Lower(field) | Origin::Id(field) => Some(field),
            Origin::Selection(_) | Origin::Source | Origin::Ignored(_) | Origin::Score => None,
        }
    }
}

/// A row.
pub type Row = Vec<Value>;
