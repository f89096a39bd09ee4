//! Functions on multi-values.

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{Function, MathFunction, MultiFunction};

use super::math::{ORDERED, SIGNED, common, first};
use super::{Entry, NUMBERS, Param, TEXTS};

/// Types of values that columns have.
const ANY: &[Type] = &[
    Type::Boolean,
    Type::Date,
    Type::DateNanos,
    Type::Double,
    Type::GeoPoint,
    Type::Integer,
    Type::Ip,
    Type::Keyword,
    Type::Long,
    Type::Text,
    Type::UnsignedLong,
    Type::Version,
];
/// Types whose values have a least and a greatest one.
const EXTREMES: &[Type] = &[
    Type::Boolean,
    Type::Date,
    Type::DateNanos,
    Type::Double,
    Type::Integer,
    Type::Ip,
    Type::Keyword,
    Type::Long,
    Type::Text,
    Type::UnsignedLong,
    Type::Version,
];

const FIELD: &[Param] = &[Param::of("field", ANY)];
const FIELDS: &[Param] = &[Param::of("field1", ANY), Param::of("field2", ANY)];
const NUMBER: &[Param] = &[Param::of("number", NUMBERS)];

/// The functions of this family.
pub(super) const ENTRIES: &[Entry] = &[
    entry("mv_append", MultiFunction::MvAppend, FIELDS, 2, common),
    entry("mv_avg", MultiFunction::MvAvg, NUMBER, 1, |_| Type::Double),
    entry("mv_concat", MultiFunction::MvConcat, &[Param::of("string", TEXTS), Param::of("delim", TEXTS)], 2, |_| {
        Type::Keyword
    }),
    entry("mv_contains", MultiFunction::MvContains, &[Param::of("superset", ANY), Param::of("subset", ANY)], 2, |_| {
        Type::Boolean
    }),
    entry("mv_count", MultiFunction::MvCount, FIELD, 1, |_| Type::Integer),
    entry("mv_dedupe", MultiFunction::MvDedupe, FIELD, 1, first),
    entry("mv_difference", MultiFunction::MvDifference, FIELDS, 2, common),
    entry("mv_first", MultiFunction::MvFirst, FIELD, 1, first),
    entry("mv_intersection", MultiFunction::MvIntersection, FIELDS, 2, common),
    entry("mv_intersects", MultiFunction::MvIntersects, FIELDS, 2, |_| Type::Boolean),
    entry("mv_last", MultiFunction::MvLast, FIELD, 1, first),
    entry("mv_max", MultiFunction::MvMax, &[Param::of("field", EXTREMES)], 1, first),
    entry("mv_median", MultiFunction::MvMedian, NUMBER, 1, first),
    entry("mv_median_absolute_deviation", MultiFunction::MvMedianAbsoluteDeviation, NUMBER, 1, first),
    entry("mv_min", MultiFunction::MvMin, &[Param::of("field", EXTREMES)], 1, first),
    entry(
        "mv_percentile",
        MultiFunction::MvPercentile,
        &[Param::of("number", SIGNED), Param::of("percentile", SIGNED)],
        2,
        first,
    ),
    entry(
        "mv_pseries_weighted_sum",
        MultiFunction::MvPseriesWeightedSum,
        &[Param::of("number", &[Type::Double]), Param::literal("p", &[Type::Double])],
        2,
        |_| Type::Double,
    ),
    entry(
        "mv_slice",
        MultiFunction::MvSlice,
        &[Param::of("field", ANY), Param::of("start", &[Type::Integer]), Param::of("end", &[Type::Integer])],
        2,
        first,
    ),
    entry("mv_sort", MultiFunction::MvSort, &[Param::of("field", ORDERED), Param::literal("order", TEXTS)], 1, first),
    entry("mv_sum", MultiFunction::MvSum, NUMBER, 1, first),
    entry("mv_union", MultiFunction::MvUnion, FIELDS, 2, common),
    entry(
        "mv_zip",
        MultiFunction::MvZip,
        &[Param::of("string1", TEXTS), Param::of("string2", TEXTS), Param::of("delim", TEXTS)],
        2,
        |_| Type::Keyword,
    ),
];

/// Whether all arguments of a function must be of one type, nulls aside; keywords and texts are.
pub fn alike(function: Function) -> bool {
    matches!(
        function,
        Function::Math(MathFunction::Greatest | MathFunction::Least)
            | Function::Multi(
                MultiFunction::MvAppend
                    | MultiFunction::MvContains
                    | MultiFunction::MvDifference
                    | MultiFunction::MvIntersection
                    | MultiFunction::MvIntersects
                    | MultiFunction::MvUnion
            )
    )
}

const fn entry(
    name: &'static str,
    function: MultiFunction,
    params: &'static [Param],
    required: usize,
    result: fn(&[Type]) -> Type,
) -> Entry {
    Entry { name, aliases: &[], function: Function::Multi(function), params, required, repeats: false, result }
}
