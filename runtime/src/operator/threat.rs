//! Indicator match rules (Elastic Security, "Indicator match rule"): events whose values stand in a table of indicators.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::extract;
use super::threshold::tuples;
use crate::generated::{FieldId, Held};
use crate::matcher::slots::Slots;
use crate::matcher::tree;
use crate::table::pipeline::Column;
use crate::table::value::Value;

/// A column of the event and a column of the indicator that are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair<F = FieldId> {
    /// The name of the event's field.
    pub name: Arc<str>,
    /// What the event has.
    pub event: Column<F>,
    /// What the indicator has.
    pub indicator: Column<F>,
    /// The two must not be equal.
    pub differs: bool,
}

impl<F> Pair<F> {
    /// The same with other names of fields.
    pub fn map<G>(&self, field: &mut impl FnMut(&F) -> G) -> Pair<G> {
        let Self { name, event, indicator, differs } = self;
        Pair { name: Arc::clone(name), event: event.map(field), indicator: indicator.map(field), differs: *differs }
    }
}

/// What an indicator match rule compares.
pub struct ThreatMatch<F = FieldId> {
    /// Alternatives: pairs that must all be equal, or differ.
    pub mapping: Vec<Vec<Pair<F>>>,
    /// Which indicators count.
    pub filter: IndicatorFilter,
    /// How old an indicator may be.
    pub recent: Option<Recent<F>>,
    /// The fields that tell an indicator: `_index` and `_id`.
    pub document: [F; 2],
    /// The field that tells an event's time: `timestamp_override`, then `@timestamp`.
    pub times: Vec<F>,
}

/// Which indicators a rule takes.
pub enum IndicatorFilter {
    /// By generated code.
    Native(fn(&Slots<'_>, &mut Held) -> bool),
    /// By walking a tree.
    Tree(Arc<tree::Tree>),
}

impl fmt::Debug for IndicatorFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native(_) => "Native",
            Self::Tree(_) => "Tree",
        })
    }
}

impl Clone for IndicatorFilter {
    fn clone(&self) -> Self {
        match self {
            Self::Native(matches) => Self::Native(*matches),
            Self::Tree(tree) => Self::Tree(Arc::clone(tree)),
        }
    }
}

/// `@timestamp >= "now-30d/d"` in the query for indicators: now is the event's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent<F = FieldId> {
    /// The field with the indicator's time.
    pub field: F,
    /// Indicators older than this count no more: milliseconds.
    pub back: i64,
    /// The bound is rounded down to a multiple of this: milliseconds; 1 if it is not rounded.
    pub round: i64,
}

impl ThreatMatch {
    /// Every field that it reads.
    pub(crate) fn fields(&self) -> Vec<FieldId> {
        let columns = self.mapping.iter().flatten().flat_map(|pair| [&pair.event, &pair.indicator]);
        let recent = self.recent.iter().map(|recent| recent.field);
        columns
            .filter_map(|column| column.field().copied())
            .chain(recent)
            .chain(self.document)
            .chain(self.times.clone())
            .collect()
    }
}

impl fmt::Debug for ThreatMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreatMatch").field("mapping", &self.mapping).finish_non_exhaustive()
    }
}

/// The indicators that a rule takes, by their values.
#[derive(Clone, Debug, Default)]
pub struct Indicators {
    /// By alternative of the mapping: values of the indicator's columns, and the indicators that have them.
    by_values: Vec<HashMap<Vec<String>, Vec<u32>>>,
    all: Vec<Indicator>,
}

#[derive(Clone, Debug)]
struct Indicator {
    id: Value,
    at: Option<i64>,
    /// By alternative of the mapping: the values that an event must not have, by pair.
    denied: Vec<Vec<Value>>,
}

/// An indicator that fits an event: what is written of it with the alert.
pub(crate) type Enrichment = Vec<(Arc<str>, Value)>;

impl Indicators {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds an indicator, if the rule takes it.
    pub(crate) fn add(&mut self, rule: &ThreatMatch, slots: Slots<'_>, held: &mut Held, json: &[u8]) {
        let taken = match &rule.filter {
            IndicatorFilter::Native(matches) => matches(&slots, held),
            IndicatorFilter::Tree(tree) => tree.matches(slots, held),
        };
        let Ok(number) = u32::try_from(self.all.len()) else { return };
        if !taken {
            return;
        }
        let [_, id] = rule.document;
        let id = match extract::typed(crate::table::Type::Keyword, slots, id) {
            Value::Null => Value::text(format!("{:032x}", extract::document(rule.document, slots, json))),
            id => id,
        };
        let at = rule.recent.as_ref().and_then(|recent| extract::date(slots, recent.field));
        let value = |pair: &Pair| extract::value(&pair.indicator, rule.document, slots, held, json);
        let denied = rule.mapping.iter().map(|pairs| pairs.iter().filter(|pair| pair.differs).map(value).collect());
        self.all.push(Indicator { id, at, denied: denied.collect() });
        self.by_values.resize_with(rule.mapping.len(), HashMap::new);
        for (group, pairs) in self.by_values.iter_mut().zip(&rule.mapping) {
            let columns: Vec<Value> = pairs.iter().filter(|pair| !pair.differs).map(value).collect();
            for values in tuples(&columns) {
                group.entry(values.iter().map(ToString::to_string).collect()).or_default().push(number);
            }
        }
    }

    /// What the indicators say that have the event's values; `None` if there is none.
    pub(crate) fn find(&self, rule: &ThreatMatch, slots: Slots<'_>, held: &Held, json: &[u8]) -> Option<Enrichment> {
        let oldest = LazyCell::new(|| {
            let now = rule.times.iter().find_map(|field| extract::date(slots, *field));
            rule.recent.as_ref().zip(now).map(|(recent, now)| {
                let bound = now.saturating_sub(recent.back);
                bound.div_euclid(recent.round.max(1)).saturating_mul(recent.round.max(1))
            })
        });
        let mut found: Vec<(Arc<str>, String, u32)> = Vec::new();
        let value = |pair: &Pair| extract::value(&pair.event, rule.document, slots, held, json);
        for (nth, (group, pairs)) in self.by_values.iter().zip(&rule.mapping).enumerate() {
            let (unlike, alike): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().partition(|pair| pair.differs);
            let columns: Vec<Value> = alike.iter().map(|pair| value(pair)).collect();
            let others: Vec<Value> = unlike.iter().map(|pair| value(pair)).collect();
            for values in tuples(&columns) {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                for number in group.get(&values).into_iter().flatten() {
                    let Some(indicator) = self.all.get(*number as usize) else { continue };
                    let old = match (*oldest, indicator.at) {
                        (Some(oldest), Some(at)) => at < oldest,
                        (Some(_), None) => rule.recent.is_some(),
                        (None, _) => false,
                    };
                    let denied = indicator.denied.get(nth).into_iter().flatten();
                    if !old && others.iter().zip(denied).all(|(event, indicator)| differ(event, indicator)) {
                        let pairs = alike.iter().zip(&values);
                        found.extend(pairs.map(|(pair, value)| (pair.name.clone(), value.clone(), *number)));
                    }
                }
            }
        }
        if found.is_empty() {
            return None;
        }
        found.sort();
        found.dedup();
        let column = |name: &str, values: &mut dyn Iterator<Item = Value>| {
            (Arc::from(format!("threat.enrichments.matched.{name}")), Value::list(values))
        };
        let id =
            |number: &u32| self.all.get(*number as usize).map(|indicator| indicator.id.clone()).unwrap_or_default();
        Some(vec![
            column("atomic", &mut found.iter().map(|(_, value, _)| Value::text(value))),
            column("field", &mut found.iter().map(|(name, _, _)| Value::text(name))),
            column("id", &mut found.iter().map(|(_, _, number)| id(number))),
        ])
    }
}

/// Whether no value of the event is one of the indicator's. Where both have none, they do not differ.
fn differ(event: &Value, indicator: &Value) -> bool {
    if event.is_null() && indicator.is_null() {
        return false;
    }
    let texts: Vec<String> = indicator.values().iter().map(ToString::to_string).collect();
    !event.values().iter().any(|value| texts.contains(&value.to_string()))
}
