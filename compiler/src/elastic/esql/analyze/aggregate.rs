//! Aggregate functions: names, parameters and types of results (ES|QL reference, "Aggregate functions").

use sigil_runtime::table::Type;
use sigil_runtime::table::aggregate::Aggregate;

use crate::elastic::esql::catalog::{NUMBERS, Param, WHOLES};

/// An aggregate function.
#[derive(Debug)]
pub(super) struct Entry {
    /// In lower case.
    pub(super) name: &'static str,
    pub(super) aggregate: Aggregate,
    pub(super) params: &'static [Param],
    /// So many arguments are needed at least.
    pub(super) required: usize,
    /// `name(*)` is allowed.
    pub(super) star: bool,
    pub(super) result: fn(&[Type]) -> Type,
}

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

const fn one(name: &'static str, aggregate: Aggregate, params: &'static [Param], result: fn(&[Type]) -> Type) -> Entry {
    Entry { name, aggregate, params, required: 1, star: false, result }
}

fn same(arguments: &[Type]) -> Type {
    match arguments.first() {
        Some(Type::Text) => Type::Keyword,
        Some(kind) => *kind,
        None => Type::Null,
    }
}

fn sum(arguments: &[Type]) -> Type {
    match arguments.first() {
        Some(Type::Double) => Type::Double,
        Some(Type::UnsignedLong) => Type::UnsignedLong,
        _ => Type::Long,
    }
}

static ENTRIES: [Entry; 7] = [
    Entry {
        name: "count",
        aggregate: Aggregate::Count,
        params: &[Param::of("field", &Type::ALL)],
        required: 0,
        star: true,
        result: |_| Type::Long,
    },
    one(
        "count_distinct",
        Aggregate::CountDistinct,
        &[Param::of("field", ORDERED), Param::literal("precision", WHOLES)],
        |_| Type::Long,
    ),
    one("values", Aggregate::Values, &[Param::of("field", &Type::ALL)], same),
    one("min", Aggregate::Min, &[Param::of("field", ORDERED)], same),
    one("max", Aggregate::Max, &[Param::of("field", ORDERED)], same),
    one("sum", Aggregate::Sum, &[Param::of("number", NUMBERS)], sum),
    one("avg", Aggregate::Avg, &[Param::of("number", NUMBERS)], |_| Type::Double),
];

/// The aggregate function of this name, in any case.
pub(super) fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
}

/// The names of all.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.name)
}
