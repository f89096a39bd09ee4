//! What is computed of groups of rows (ES|QL reference, "Aggregate functions").
//!
//! Results do not depend on the order of the rows, bit for bit: sums are exact and rounded once, lists are sorted, ties are decided by values.
//! What is remembered is small: a few words for each group, and more beside them (the module `side`) only where these do not hold it.
//!
//! Where Elasticsearch approximates, small sets are exact here: `COUNT_DISTINCT` up to [`MOST_DISTINCT`] values of a group, and `MEDIAN`,
//! `PERCENTILE` and `MEDIAN_ABSOLUTE_DEVIATION` up to [`MOST_NUMBERS`]; beyond, sketches that do not depend on the order either.

mod distribution;
mod exact;
pub(crate) mod intern;
pub(crate) mod layout;
pub(crate) mod merge;
pub(crate) mod side;
mod sketch;
pub(crate) mod state;
#[cfg(test)]
mod tests;
mod total;

use super::expr::Expr;
use super::value::Type;

/// So many different values of a group are counted exactly by `COUNT_DISTINCT`; more are estimated (`HyperLogLog`, 0.8 % standard error).
pub const MOST_DISTINCT: usize = 10_000;

/// So many different values of a group does `VALUES` give: the smallest ones; that there were more is warned of.
pub const MOST_VALUES: usize = 10_000;

/// So many values do `TOP` and `SAMPLE` give at most, whatever they are asked for.
pub const MOST_RANKED: usize = 10_000;

/// So many numbers of a group are kept for percentiles; of more, only how many are close to each other (0.4 % of their size).
pub const MOST_NUMBERS: usize = 10_000;

/// An aggregate function. Each value of a multi-value counts for itself, null does not count; over no values the result is null unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aggregate {
    /// `COUNT(*)`, `COUNT()`: rows. `COUNT(f)`: values. 0 if there are none.
    Count,
    /// `COUNT_DISTINCT`: different values. 0 if there are none. Its second argument, the precision, is not looked at.
    CountDistinct,
    /// `VALUES`: different values, in order.
    Values,
    /// `MIN`
    Min,
    /// `MAX`
    Max,
    /// `SUM`: null, with a warning, if the sum does not fit the type of the result.
    Sum,
    /// `AVG`
    Avg,
    /// `MEDIAN`
    Median,
    /// `PERCENTILE(number, percentile)`: between two values, in proportion.
    Percentile,
    /// `MEDIAN_ABSOLUTE_DEVIATION`: the median of the distances from the median.
    MedianAbsoluteDeviation,
    /// `STD_DEV`: of the whole population.
    StdDev,
    /// `VARIANCE`: of the whole population.
    Variance,
    /// `TOP(field, limit, order)`: the smallest (`asc`, the default) or largest (`desc`) values in this order, repeated ones included.
    Top,
    /// `SAMPLE(field, limit)`: values that their content and the times of their rows choose; sorted.
    Sample,
    /// `WEIGHTED_AVG(number, weight)`: rows with several numbers or weights have no product, which is warned of.
    WeightedAvg,
    /// `FIRST(field, sort)`: the value, null or several, of the row with the smallest sort value; rows without one come behind all others.
    First,
    /// `LAST(field, sort)`: as [`Aggregate::First`], of the row with the largest one.
    Last,
    /// `ABSENT`: whether there are no values. Never null.
    Absent,
    /// `PRESENT`: whether there are values. Never null.
    Present,
    /// `ST_CENTROID_AGG`: the mean of the points.
    Centroid,
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
