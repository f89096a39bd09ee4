//! What is computed of groups of rows (ES|QL reference, "Aggregate functions").

use super::expr::Expr;
use super::value::Type;

/// An aggregate function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aggregate {
    /// `COUNT(*)`, `COUNT()`: rows. `COUNT(f)`: values.
    Count,
    /// `COUNT_DISTINCT`: different values.
    CountDistinct,
    /// `VALUES`: different values, in order.
    Values,
    /// `MIN`
    Min,
    /// `MAX`
    Max,
    /// `SUM`
    Sum,
    /// `AVG`
    Avg,
}

/// A call of an aggregate function.
#[derive(Clone, Debug)]
pub struct AggregateCall {
    /// Which one?
    pub aggregate: Aggregate,
    /// Of what? Empty for `COUNT(*)`.
    pub arguments: Vec<Expr>,
    /// `WHERE`: which rows count.
    pub filter: Option<Expr>,
    /// The type of the result.
    pub result: Type,
}
