//! Threshold rules.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::Threshold;
use super::found::Candidate;
use super::memory::{Times, size};
use super::schedule::Window;
use super::state::{Limits, Row, identify};
use crate::table::run::Origins;
use crate::table::value::Value;

/// The time of the latest event that each group was told for: it is not counted again.
pub(super) type LastAlerts = Times;

/// An event is in at most so many groups.
const MOST_GROUPS: usize = 1_000;

/// So many values of one event are counted in groups, each group counted; but one group always gets them all.
const MOST_COUNTED: usize = 100_000;

/// So many numbers of events are kept.
const MOST_EVENTS: usize = crate::table::groups::MOST_EVENTS;

#[derive(Default)]
struct Group<'a> {
    origins: Option<Origins>,
    distinct: HashSet<&'a Value>,
}

/// The groups of a window that are large enough, and in how many groups events do not count because there are too many. Events without a value for each field are in none; one with several values is in several.
pub(super) fn run<'a>(
    work: &Threshold,
    rows: impl Iterator<Item = &'a Row>,
    last: &mut LastAlerts,
    window: Window,
    limits: &Limits,
) -> (Vec<Candidate>, u64) {
    last.forget_before(window.from);
    let mut groups: BTreeMap<Vec<Value>, Group<'_>> = BTreeMap::new();
    let (mut bytes, mut left_out) = (0_usize, 0_u64);
    for row in rows {
        let keys = tuples(row.values.get(..work.keys).unwrap_or_default());
        for key in keys.into_iter().take(most_groups(work, row)) {
            if last.get(&key).is_some_and(|time| row.time <= time) {
                continue;
            }
            if !groups.contains_key(&key) {
                let size = size(&key).saturating_add(size_of::<Group<'_>>());
                if groups.len() >= limits.groups || bytes.saturating_add(size) > limits.bytes {
                    left_out = left_out.saturating_add(1);
                    continue;
                }
                bytes = bytes.saturating_add(size);
            }
            let group = groups.entry(key).or_default();
            let origins =
                group.origins.get_or_insert_with(|| Origins { first: row.time, last: row.time, ..Origins::default() });
            origins.count += 1;
            origins.first = origins.first.min(row.time);
            origins.last = origins.last.max(row.time);
            if origins.events.len() < MOST_EVENTS {
                origins.events.push(row.event);
            }
            if work.cardinality.is_some()
                && let Some(value) = row.values.get(work.keys)
            {
                group.distinct.extend(value.values());
            }
        }
    }
    let mut found = Vec::new();
    for (key, group) in groups {
        let origins = group.origins.unwrap_or_default();
        let distinct = group.distinct.len() as u64;
        if origins.count < work.value || work.cardinality.is_some_and(|least| distinct < least) {
            continue;
        }
        let named: Vec<(Arc<str>, Value)> =
            work.columns.iter().zip(&key).map(|(column, value)| (column.name.clone(), value.clone())).collect();
        let mut values = vec![("count".into(), Value::Long(i64::try_from(origins.count).unwrap_or(i64::MAX)))];
        if work.cardinality.is_some()
            && let Some(column) = work.columns.get(work.keys)
        {
            let name = format!("cardinality.{}", column.name);
            values.push((name.into(), Value::Long(i64::try_from(distinct).unwrap_or(i64::MAX))));
        }
        let mut identity = Vec::new();
        identify(&mut identity, &named);
        found.push(Candidate { identity, row: key, key: named, values, origins });
    }
    (found, left_out)
}

/// In how many groups an event is at most.
pub(super) fn most_groups(work: &Threshold, row: &Row) -> usize {
    let counted = work.cardinality.and_then(|_| row.values.get(work.keys));
    let counted = counted.map_or(0, |value| value.values().len());
    (MOST_COUNTED / counted.max(1)).clamp(1, MOST_GROUPS)
}

/// How many choices of one value of each are left out, if these are at most `most` and no more than [`tuples`] makes.
pub(super) fn left_out(values: &[Value], most: usize) -> u64 {
    let all = values.iter().fold(1_usize, |all, value| all.saturating_mul(distinct(value).count()));
    all.saturating_sub(most.min(MOST_GROUPS)) as u64
}

/// How many of [`choices`] are left out.
pub(super) fn left_out_of(values: &[Value]) -> u64 {
    let all = values.iter().fold(1_usize, |all, value| all.saturating_mul(distinct(value).count().max(1)));
    all.saturating_sub(MOST_GROUPS) as u64
}

/// The values of a field, each once: doc values are in order.
fn distinct(value: &Value) -> impl Iterator<Item = &Value> + Clone {
    let members = value.values();
    let before = std::iter::once(None).chain(members.iter().map(Some));
    members.iter().zip(before).filter(|(member, before)| Some(*member) != *before).map(|(member, _)| member)
}

/// Every choice of one value of each; none if one has no value.
pub(super) fn tuples(values: &[Value]) -> Vec<Vec<Value>> {
    product(values.iter().map(distinct))
}

/// The same, but a missing value is one.
pub(super) fn choices(values: &[Value]) -> Vec<Vec<Value>> {
    product(values.iter().map(|value| distinct(value).chain(value.is_null().then_some(value))))
}

fn product<'a, V: Iterator<Item = &'a Value> + Clone>(values: impl Iterator<Item = V>) -> Vec<Vec<Value>> {
    let mut tuples = vec![Vec::new()];
    for members in values {
        tuples = tuples
            .iter()
            .flat_map(|tuple: &Vec<Value>| {
                members.clone().map(|member| [tuple.as_slice(), std::slice::from_ref(member)].concat())
            })
            .take(MOST_GROUPS)
            .collect();
    }
    tuples
}
