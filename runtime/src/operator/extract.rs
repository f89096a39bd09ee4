//! Rows from events: typed values of fields, as an index of that mapping would hold them.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::Operation;
use crate::event::element::{Json, unescaped};
use crate::generated::{FieldId, Held};
use crate::matcher::formula::Datum;
use crate::matcher::slots::Slots;
use crate::table::function::convert;
use crate::table::pipeline::{Bounds, Column, Origin, USUAL_BOUND};
use crate::table::value::{Type, Value};

/// The time of an event.
pub(crate) fn time(operation: &Operation, slots: Slots<'_>) -> Option<i64> {
    let schedule = &operation.schedule;
    schedule.time.iter().chain([&schedule.timestamp]).find_map(|field| date(slots, *field))
}

/// The values of the row that an event makes.
pub(crate) fn values(operation: &Operation, slots: Slots<'_>, held: &Held, json: &[u8]) -> Vec<Value> {
    operation.columns().map(|column| value(column, operation.document, slots, held, json)).collect()
}

pub(crate) fn value(column: &Column, document: [FieldId; 2], slots: Slots<'_>, held: &Held, json: &[u8]) -> Value {
    match &column.origin {
        Origin::Field(field) => typed(column.kind, slots, *field),
        Origin::Lower(field) => doc_values(column.kind, slots, *field, lower),
        Origin::Selection(selection) => {
            Value::Bool(held.flags().get(usize::from(*selection)).copied().unwrap_or(false))
        }
        Origin::Id(field) => match typed(column.kind, slots, *field) {
            Value::Null => Value::text(format!("{:032x}", self::document(document, slots, json))),
            id => id,
        },
        Origin::Source => Value::text(String::from_utf8_lossy(json)),
        Origin::Ignored(bounds) => ignored(bounds, json),
        Origin::Score => Value::Double(1.0),
    }
}

/// The names of the fields that have a text of more characters than their bound, in order ("`_ignored` field", "`ignore_above`").
fn ignored(bounds: &Bounds, json: &[u8]) -> Value {
    let bound = |name: &str| match bounds.binary_search_by(|(known, _)| known.as_ref().cmp(name)) {
        Ok(at) => bounds.get(at).and_then(|(_, bound)| *bound),
        Err(_) => Some(USUAL_BOUND),
    };
    let mut names = BTreeSet::new();
    Json::new(json).each_text(&mut |name, content| {
        // a character has a byte at least, and looking names up costs more than that
        if let Some(bound) = bound(name).filter(|bound| content.len() > *bound as usize)
            && unescaped(content, &mut Vec::new()).chars().count() > bound as usize
        {
            names.insert(name.to_owned());
        }
    });
    Value::list(names.into_iter().map(Value::text))
}

/// The values of a field. Doc values are in order, and those of keywords differ from each other; texts are as the event has them.
pub(crate) fn typed(kind: Type, slots: Slots<'_>, field: FieldId) -> Value {
    doc_values(kind, slots, field, |value| value)
}

/// A text character by character in lower case, as a normalizer of an index makes it.
fn lower(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::text(text.chars().filter_map(|c| c.to_lowercase().next()).collect::<String>()),
        value => value,
    }
}

fn doc_values(kind: Type, slots: Slots<'_>, field: FieldId, normalized: impl Fn(Value) -> Value) -> Value {
    let mut first = Value::Null;
    let mut more = Vec::new();
    slots.each_datum(field, &mut |datum| match normalized(convert::from_event(kind, &datum)) {
        Value::Null => {}
        value if first.is_null() => first = value,
        value => more.push(value),
    });
    // one value is usual, and a list of it would be itself
    if more.is_empty() {
        return first;
    }
    more.insert(0, first);
    if kind != Type::Text {
        more.sort_unstable();
        if !kind.is_number() && !kind.is_date() {
            more.dedup();
        }
    }
    Value::list(more)
}

/// The earliest point in time that a field holds.
pub(crate) fn date(slots: Slots<'_>, field: FieldId) -> Option<i64> {
    let mut earliest = None;
    slots.each_datum(field, &mut |datum| {
        if let Value::Date(at) = convert::from_event(Type::Date, &datum) {
            earliest = Some(earliest.map_or(at, |earliest: i64| earliest.min(at)));
        }
    });
    earliest
}

/// A digest of what identifies an event: its index and id, or all of it.
pub(crate) fn document([index, id]: [FieldId; 2], slots: Slots<'_>, json: &[u8]) -> u128 {
    let mut hasher = Sha256::new();
    let mut named = false;
    for field in [id, index] {
        slots.each_datum(field, &mut |datum| {
            if let Datum::Text(text) = datum {
                named |= field == id;
                hasher.update(text.as_bytes());
                hasher.update([0]);
            }
        });
    }
    if !named {
        hasher.update(json);
    }
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
    u128::from_le_bytes(bytes)
}
