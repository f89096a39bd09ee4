//! Places in lists, and texts made of lists.

use super::{single, singles};
use crate::table::expr::Context;
use crate::table::value::Value;

/// At most so many bytes are made of lists of texts; more is null, with a warning.
const MOST_BYTES: usize = 1 << 24;
/// `MV_APPEND` makes no longer list of several; more is null, with a warning.
const MOST_MEMBERS: usize = 100_000;

/// `MV_APPEND`
pub(super) fn append(first: &Value, second: &Value, cx: &mut Context) -> Value {
    if first.values().len().saturating_add(second.values().len()) > MOST_MEMBERS {
        cx.warnings.overflow += 1;
        return Value::Null;
    }
    Value::list([first.clone(), second.clone()])
}

/// `MV_CONCAT`
pub(super) fn concat(texts: &Value, between: &Value, cx: &mut Context) -> Value {
    let Some(between) = single(between.clone(), cx) else { return Value::Null };
    let (Some(between), false) = (between.as_text(), texts.is_null()) else { return Value::Null };
    let mut whole = String::new();
    for (at, text) in texts.values().iter().enumerate() {
        let Some(text) = text.as_text() else { return Value::Null };
        let between = if at == 0 { "" } else { between };
        if whole.len().saturating_add(between.len()).saturating_add(text.len()) > MOST_BYTES {
            cx.warnings.overflow += 1;
            return Value::Null;
        }
        whole.push_str(between);
        whole.push_str(text);
    }
    Value::text(whole)
}

/// `MV_SLICE`
pub(super) fn slice(arguments: &[Value], cx: &mut Context) -> Value {
    let Some((list, places)) = arguments.split_first() else { return Value::Null };
    let (start, end) = if places.len() < 2 {
        let Some([start]) = singles(places, cx) else { return Value::Null };
        (start.clone(), start)
    } else {
        let Some([start, end]) = singles(places, cx) else { return Value::Null };
        (start, end)
    };
    let (Some(start), Some(end)) = (start.as_i128(), end.as_i128()) else { return Value::Null };
    if list.is_null() {
        return Value::Null;
    }
    if start > end || (start < 0 && end >= 0) {
        cx.warnings.other += 1;
        return Value::Null;
    }
    let values = list.values();
    let count = i128::try_from(values.len()).unwrap_or(i128::MAX);
    let place = |at: i128| if at < 0 { at.saturating_add(count) } else { at };
    let first = usize::try_from(place(start).max(0));
    let behind = usize::try_from(place(end).saturating_add(1).clamp(0, count));
    match (first, behind) {
        (Ok(first), Ok(behind)) => Value::list(values.get(first..behind).unwrap_or_default().iter().cloned()),
        _ => Value::Null,
    }
}

/// `MV_SORT`
pub(super) fn sort(arguments: &[Value], cx: &mut Context) -> Value {
    let Some((list, order)) = arguments.split_first() else { return Value::Null };
    let descending = if order.is_empty() {
        false
    } else {
        let Some([order]) = singles(order, cx) else { return Value::Null };
        match order.as_text() {
            Some(order) if order.eq_ignore_ascii_case("asc") => false,
            Some(order) if order.eq_ignore_ascii_case("desc") => true,
            Some(_) => {
                cx.warnings.other += 1;
                return Value::Null;
            }
            None => return Value::Null,
        }
    };
    let mut values = list.values().to_vec();
    values.sort();
    if descending {
        values.reverse();
    }
    Value::list(values)
}

/// `MV_ZIP`: what one list has beyond the other stands alone.
pub(super) fn zip(arguments: &[Value], cx: &mut Context) -> Value {
    let (lists, between) = arguments.split_at_checked(2).unwrap_or((arguments, &[]));
    let between = if between.is_empty() {
        Value::text(",")
    } else {
        let Some([between]) = singles(between, cx) else { return Value::Null };
        between
    };
    let (Some(between), [left, right]) = (between.as_text(), lists) else { return Value::Null };
    let (left, right) = (left.values(), right.values());
    let mut bytes = 0_usize;
    let mut zipped = Vec::with_capacity(left.len().max(right.len()));
    for at in 0..left.len().max(right.len()) {
        let text = match (left.get(at), right.get(at)) {
            (Some(left), Some(right)) => {
                let (Some(left), Some(right)) = (left.as_text(), right.as_text()) else { return Value::Null };
                let length = left.len().saturating_add(between.len()).saturating_add(right.len());
                bytes = bytes.saturating_add(length);
                if bytes > MOST_BYTES {
                    cx.warnings.overflow += 1;
                    return Value::Null;
                }
                Value::text([left, between, right].concat())
            }
            (Some(alone), None) | (None, Some(alone)) if alone.as_text().is_some() => alone.clone(),
            _ => return Value::Null,
        };
        zipped.push(text);
    }
    Value::list(zipped)
}
