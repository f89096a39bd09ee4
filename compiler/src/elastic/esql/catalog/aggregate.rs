//! Aggregate functions: names, parameters and types of results (ES|QL reference, "Aggregate functions").

use sigil_runtime::table::Type;
use sigil_runtime::table::aggregate::Aggregate;

use super::{NUMBERS, Param, WHOLES};

/// An aggregate function.
#[derive(Debug)]
pub struct AggregateEntry {
    /// Its name in lower case.
    pub name: &'static str,
    /// Other names, in lower case.
    pub aliases: &'static [&'static str],
    /// What computes it.
    pub aggregate: Aggregate,
    /// Its parameters, in order.
    pub params: &'static [Param],
    /// So many arguments are needed at least.
    pub required: usize,
    /// The type of the result, by the types of the arguments.
    pub result: fn(&[Type]) -> Type,
}

impl AggregateEntry {
    /// Whether `name(*)` is allowed.
    pub fn takes_star(&self) -> bool {
        self.aggregate == Aggregate::Count
    }
}

/// The aggregate function of this name, in any case.
pub fn find(name: &str) -> Option<&'static AggregateEntry> {
    let name = name.to_ascii_lowercase();
    ENTRIES.iter().find(|entry| entry.name == name || entry.aliases.contains(&name.as_str()))
}

/// All aggregate functions.
pub fn all() -> impl Iterator<Item = &'static AggregateEntry> {
    ENTRIES.iter()
}

/// What is summed: `unsigned_long` is not.
const SUMMED: &[Type] = &[Type::Integer, Type::Long, Type::Double];
/// What has an order.
const ORDERED: &[Type] = &[
    Type::Boolean,
    Type::Integer,
    Type::Long,
    Type::UnsignedLong,
    Type::Double,
    Type::Keyword,
    Type::Text,
    Type::Ip,
    Type::Version,
    Type::Date,
    Type::DateNanos,
];
/// What is told apart.
const DISTINCT: &[Type] = &[
    Type::Boolean,
    Type::Integer,
    Type::Long,
    Type::Double,
    Type::Keyword,
    Type::Text,
    Type::Ip,
    Type::Version,
    Type::Date,
    Type::DateNanos,
];
/// What is listed. Elasticsearch lists no `unsigned_long`; here it does no harm.
const LISTED: &[Type] = &[
    Type::Boolean,
    Type::Integer,
    Type::Long,
    Type::UnsignedLong,
    Type::Double,
    Type::Keyword,
    Type::Text,
    Type::Ip,
    Type::Version,
    Type::Date,
    Type::DateNanos,
    Type::GeoPoint,
];
/// What `TOP` ranks.
const RANKED: &[Type] = &[
    Type::Boolean,
    Type::Integer,
    Type::Long,
    Type::Double,
    Type::Keyword,
    Type::Text,
    Type::Ip,
    Type::Date,
    Type::DateNanos,
];
/// What `FIRST` and `LAST` give. The documentation names no `version` and no `geo_point`; Elastic's rules use places.
const CHOSEN: &[Type] = LISTED;
/// By what `FIRST` and `LAST` choose.
const SORTED: &[Type] = &[Type::Integer, Type::Long, Type::Date, Type::DateNanos];
/// What is counted, or looked for: anything that a column holds.
const ANY: &[Type] = &[
    Type::Boolean,
    Type::Integer,
    Type::Long,
    Type::UnsignedLong,
    Type::Double,
    Type::Keyword,
    Type::Text,
    Type::Ip,
    Type::Version,
    Type::Date,
    Type::DateNanos,
    Type::GeoPoint,
    Type::Source,
];

const ENTRIES: &[AggregateEntry] = &[
    entry("absent", Aggregate::Absent, &[Param::of("field", ANY)], 1, |_| Type::Boolean),
    entry("avg", Aggregate::Avg, &[Param::of("number", SUMMED)], 1, |_| Type::Double),
    entry("count", Aggregate::Count, &[Param::of("field", ANY)], 0, |_| Type::Long),
    entry(
        "count_distinct",
        Aggregate::CountDistinct,
        &[Param::of("field", DISTINCT), Param::literal("precision", WHOLES)],
        1,
        |_| Type::Long,
    ),
    entry("first", Aggregate::First, &[Param::of("field", CHOSEN), Param::of("sortField", SORTED)], 2, same),
    entry("last", Aggregate::Last, &[Param::of("field", CHOSEN), Param::of("sortField", SORTED)], 2, same),
    entry("max", Aggregate::Max, &[Param::of("field", ORDERED)], 1, same),
    entry("median", Aggregate::Median, &[Param::of("number", SUMMED)], 1, |_| Type::Double),
    entry("median_absolute_deviation", Aggregate::MedianAbsoluteDeviation, &[Param::of("number", SUMMED)], 1, |_| {
        Type::Double
    }),
    entry("min", Aggregate::Min, &[Param::of("field", ORDERED)], 1, same),
    entry(
        "percentile",
        Aggregate::Percentile,
        &[Param::of("number", SUMMED), Param::literal("percentile", NUMBERS)],
        2,
        |_| Type::Double,
    ),
    entry("present", Aggregate::Present, &[Param::of("field", ANY)], 1, |_| Type::Boolean),
    entry("sample", Aggregate::Sample, &[Param::of("field", LISTED), Param::literal("limit", WHOLES)], 2, same),
    entry("st_centroid_agg", Aggregate::Centroid, &[Param::of("field", &[Type::GeoPoint])], 1, |_| Type::GeoPoint),
    entry("std_dev", Aggregate::StdDev, &[Param::of("number", SUMMED)], 1, |_| Type::Double),
    entry("sum", Aggregate::Sum, &[Param::of("number", SUMMED)], 1, |types| match types.first() {
        Some(Type::Double) => Type::Double,
        Some(Type::Null) => Type::Null,
        _ => Type::Long,
    }),
    entry(
        "top",
        Aggregate::Top,
        &[
            Param::of("field", RANKED),
            Param::literal("limit", WHOLES),
            Param::literal("order", &[Type::Keyword]),
            Param::of("outputField", RANKED),
        ],
        2,
        // what comes out is the last one, if it is given
        |types| same(types.get(3..).filter(|last| !last.is_empty()).unwrap_or(types)),
    ),
    entry("values", Aggregate::Values, &[Param::of("field", LISTED)], 1, same),
    entry("variance", Aggregate::Variance, &[Param::of("number", SUMMED)], 1, |_| Type::Double),
    entry(
        "weighted_avg",
        Aggregate::WeightedAvg,
        &[Param::of("number", SUMMED), Param::of("weight", SUMMED)],
        2,
        |_| Type::Double,
    ),
];

const fn entry(
    name: &'static str,
    aggregate: Aggregate,
    params: &'static [Param],
    required: usize,
    result: fn(&[Type]) -> Type,
) -> AggregateEntry {
    AggregateEntry { name, aliases: &[], aggregate, params, required, result }
}

/// The type of the first argument; a `text` gives keywords.
fn same(types: &[Type]) -> Type {
    match types.first() {
        Some(Type::Text) => Type::Keyword,
        Some(kind) => *kind,
        None => Type::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_types_follow() {
        let result = |name: &str, types: &[Type]| find(name).map(|entry| (entry.result)(types));
        assert_eq!(result("Sum", &[Type::Integer]), Some(Type::Long));
        assert_eq!(result("SUM", &[Type::Double]), Some(Type::Double));
        assert_eq!(result("max", &[Type::Text]), Some(Type::Keyword));
        assert_eq!(result("values", &[Type::Ip]), Some(Type::Ip));
        assert_eq!(result("count", &[]), Some(Type::Long));
        assert!(find("mv_max").is_none());
        assert!(all().is_sorted_by(|a, b| a.name < b.name));
        assert!(all().all(|entry| entry.required <= entry.params.len()));
    }
}
