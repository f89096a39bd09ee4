//! Lists as sets. A hash set is only looked up in, so that the order of values is that of the lists.

use std::collections::HashSet;

use crate::table::value::Value;

/// `MV_DEDUPE`: the first of equal values stays.
pub(super) fn distinct(values: &[Value]) -> Value {
    let mut seen = HashSet::with_capacity(values.len());
    Value::list(values.iter().filter(|value| seen.insert(*value)).cloned())
}

/// `MV_CONTAINS`: nothing is contained in everything.
pub(super) fn contains(all: &Value, some: &Value) -> Value {
    let all = set(all);
    Value::Bool(some.values().iter().all(|value| all.contains(value)))
}

/// `MV_INTERSECTS`
pub(super) fn intersects(left: &Value, right: &Value) -> Value {
    let right = set(right);
    Value::Bool(left.values().iter().any(|value| right.contains(value)))
}

/// `MV_INTERSECTION`
pub(super) fn intersection(left: &Value, right: &Value) -> Value {
    let right = set(right);
    let both: Vec<Value> = left.values().iter().filter(|value| right.contains(value)).cloned().collect();
    distinct(&both)
}

/// `MV_DIFFERENCE`: what stands there twice stays twice.
pub(super) fn difference(left: &Value, right: &Value) -> Value {
    let right = set(right);
    Value::list(left.values().iter().filter(|value| !right.contains(value)).cloned())
}

fn set(list: &Value) -> HashSet<&Value> {
    list.values().iter().collect()
}
