//! How generated code writes what stateful rules do: columns by name, spans of time in the author's unit.

use std::sync::Arc;

use super::{Column, FieldId, NamedColumn, Origin, Type};
use crate::operator::Pair;

/// A column that holds a field's values as this type.
pub fn column(field: FieldId, kind: Type) -> Column {
    Column { origin: Origin::Field(field), kind }
}

/// A column that holds a field's texts in lower case.
pub fn lower(field: FieldId, kind: Type) -> Column {
    Column { origin: Origin::Lower(field), kind }
}

/// A column that holds the names of fields with too long texts (`METADATA _ignored`), where these fields have bounds of their own.
pub fn ignored(bounds: &[(&str, Option<u32>)], kind: Type) -> Column {
    let bounds = bounds.iter().map(|(name, bound)| (Arc::from(*name), *bound));
    Column { origin: Origin::Ignored(bounds.collect()), kind }
}

/// A column under a field's name.
pub fn named(name: &str, column: Column) -> NamedColumn {
    NamedColumn { name: name.into(), column }
}

/// A column of events that must equal a column of indicators, under the name of the event's field.
pub fn pair(name: &str, event: Column, indicator: Column) -> Pair {
    Pair { name: name.into(), event, indicator, differs: false }
}

/// A column of events that must differ from a column of indicators, under the name of the event's field.
pub fn unlike(name: &str, event: Column, indicator: Column) -> Pair {
    Pair { differs: true, ..pair(name, event, indicator) }
}

/// A span of time, in the milliseconds that schedules are in.
pub const fn milliseconds(count: i64) -> i64 {
    count
}

macro_rules! spans {
    ($($name:ident $milliseconds:literal)*) => {
        $(
            /// A span of time, in milliseconds.
            pub const fn $name(count: i64) -> i64 {
                count.saturating_mul($milliseconds)
            }
        )*
    };
}

spans! {
    seconds 1_000
    minutes 60_000
    hours 3_600_000
    days 86_400_000
}
