//! Functions on multi-values (ES|QL reference, "Multivalue functions"). Values keep the order that they have.

mod list;
mod number;
mod set;
#[cfg(test)]
mod tests;

use super::singles;
use crate::table::expr::{Context, single};
use crate::table::value::{Type, Value};

/// Functions on multi-values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MultiFunction {
    /// `MV_APPEND`
    MvAppend,
    /// `MV_AVG`
    MvAvg,
    /// `MV_CONCAT(text, between)`
    MvConcat,
    /// `MV_CONTAINS`: all values of the second are values of the first.
    MvContains,
    /// `MV_COUNT`
    MvCount,
    /// `MV_DEDUPE`
    MvDedupe,
    /// `MV_DIFFERENCE`: values of the first that are none of the second.
    MvDifference,
    /// `MV_FIRST`
    MvFirst,
    /// `MV_INTERSECTION`: values that both have.
    MvIntersection,
    /// `MV_INTERSECTS`: some value is in both.
    MvIntersects,
    /// `MV_LAST`
    MvLast,
    /// `MV_MAX`
    MvMax,
    /// `MV_MEDIAN`
    MvMedian,
    /// `MV_MEDIAN_ABSOLUTE_DEVIATION`
    MvMedianAbsoluteDeviation,
    /// `MV_MIN`
    MvMin,
    /// `MV_PERCENTILE(number, percentile)`
    MvPercentile,
    /// `MV_PSERIES_WEIGHTED_SUM(number, p)`: each value by the power p of its place.
    MvPseriesWeightedSum,
    /// `MV_SLICE(value, start, end)`: places count from 0, or from the end if negative.
    MvSlice,
    /// `MV_SORT(value, order)`
    MvSort,
    /// `MV_SUM`
    MvSum,
    /// `MV_UNION`: values of either.
    MvUnion,
    /// `MV_ZIP(left, right, between)`
    MvZip,
}

/// Calls a function of this family.
pub(super) fn call(function: MultiFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    use MultiFunction as F;
    let first = arguments.first().unwrap_or(&Value::Null);
    let second = arguments.get(1).unwrap_or(&Value::Null);
    match function {
        F::MvAppend if first.is_null() || second.is_null() => Value::Null,
        F::MvAppend => list::append(first, second, cx),
        F::MvAvg => number::average(first, cx),
        F::MvConcat => list::concat(first, second, cx),
        F::MvContains => set::contains(first, second),
        F::MvCount => match first.values().len() {
            0 => Value::Null,
            count => i32::try_from(count).map_or(Value::Null, Value::Int),
        },
        F::MvDedupe => set::distinct(first.values()),
        F::MvDifference => set::difference(first, second),
        F::MvFirst => first.values().first().cloned().unwrap_or_default(),
        F::MvIntersection => set::intersection(first, second),
        F::MvIntersects => set::intersects(first, second),
        F::MvLast => first.values().last().cloned().unwrap_or_default(),
        F::MvMax => first.values().iter().max().cloned().unwrap_or_default(),
        F::MvMedian => number::median(result, first, cx),
        F::MvMedianAbsoluteDeviation => number::deviation(result, first, cx),
        F::MvMin => first.values().iter().min().cloned().unwrap_or_default(),
        F::MvPercentile => number::percentile(result, first, second, cx),
        F::MvPseriesWeightedSum => number::weighted(first, second, cx),
        F::MvSlice => list::slice(arguments, cx),
        F::MvSort => list::sort(arguments, cx),
        F::MvSum => number::sum(result, first, cx),
        F::MvUnion => Value::list([set::distinct(&[first.values(), second.values()].concat())]),
        F::MvZip => list::zip(arguments, cx),
    }
}
