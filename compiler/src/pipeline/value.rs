//! What pipelines do to values.
//!
//! Pipelines are written against values with their wildcards: `F|endswith: x` is `*x` to them. The same view is taken here, and an item whose text changes
//! loses those modifiers and shows the wildcards instead. Values whose modifiers make something other than a text of them
//! (`re`, `cidr`, `base64`, comparisons, ..) are left alone by what works on texts.

use fancy_regex::{Captures, Regex};

use super::Fault;
use super::model::{CaseMethod, ReplacePart};
use super::text::{self, Segment, Token};
use super::work::{Entry, Outcome};
use crate::sigma::ast::{ItemBody, Modifier, Value};
use crate::source::Spanned;

/// An item may not grow beyond this many values.
const MAX_VALUES: usize = 100_000;

/// The texts that stand for one.
type Replacements = Option<Vec<Vec<Token>>>;

/// Replaces texts; `f` gives the texts that stand for one, or `None` to leave it.
pub(super) fn map_strings<'r, 'p>(
    entry: Entry<'r, 'p>,
    f: &mut dyn FnMut(&[Token]) -> Result<Replacements, Fault>,
) -> Result<Outcome<'r, 'p>, Fault> {
    if !is_textual(&entry) {
        return Ok(Outcome::Keep(entry));
    }
    let mut changed = false;
    let mut groups = Vec::with_capacity(entry.values().len());
    for value in entry.values() {
        let shown = with_wildcards(&entry, &value.value);
        let mapped = match (&value.value, &shown) {
            (Value::String(_), Some(tokens)) => f(tokens)?,
            _ => None,
        };
        changed |= mapped.is_some();
        groups.push(match (mapped, shown) {
            (Some(texts), _) => texts.iter().map(|tokens| Value::String(text::render(tokens))).collect(),
            (None, Some(tokens)) if has_affix(&entry) => vec![Value::String(text::render(&tokens))],
            (None, _) => vec![value.value.clone()],
        });
    }
    if changed { regroup(entry, groups, |m| !is_affix(m)) } else { Ok(Outcome::Keep(entry)) }
}

/// `replace_string` on one text.
pub(super) fn replace(
    tokens: &[Token],
    pattern: &Regex,
    replacement: &[ReplacePart],
    skip_special: bool,
    interpret_special: bool,
) -> Result<Option<Vec<Vec<Token>>>, Fault> {
    if !skip_special {
        let before = text::render(tokens);
        let after = replace_all(&before, pattern, replacement)?;
        return Ok((after != before).then(|| vec![text::parse(&after)]));
    }
    let mut changed = false;
    let mut parts = Vec::new();
    for token in tokens {
        parts.push(match token {
            Token::Literal(before) => {
                let after = replace_all(before, pattern, replacement)?;
                changed |= after != *before;
                if interpret_special { text::parse(&after) } else { vec![Token::Literal(after)] }
            }
            Token::AnyRun | Token::AnyChar => vec![token.clone()],
        });
    }
    Ok(changed.then(|| vec![text::join(parts)]))
}

/// `case`: modifiers and wildcards stay.
pub(super) fn change_case<'r, 'p>(mut entry: Entry<'r, 'p>, method: CaseMethod) -> Outcome<'r, 'p> {
    if is_textual(&entry) {
        let cased = |raw: &str| {
            let tokens: Vec<_> = text::parse(raw)
                .into_iter()
                .map(|token| match token {
                    Token::Literal(text) => Token::Literal(in_case(&text, method)),
                    Token::AnyRun | Token::AnyChar => token,
                })
                .collect();
            text::render(&tokens)
        };
        change_values(&mut entry, |value| match value {
            Value::String(raw) => Some(Value::String(cased(raw))),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => None,
        });
    }
    Outcome::Keep(entry)
}

/// `set_value`.
pub(super) fn set<'r, 'p>(mut entry: Entry<'r, 'p>, to: &Value) -> Entry<'r, 'p> {
    let item = entry.item.to_mut();
    if let ItemBody::Values { values, list } = &mut item.body {
        values.truncate(1);
        *list = false;
        if let Some(value) = values.first_mut() {
            value.value = to.clone();
        }
        item.modifiers.retain(|m| matches!(m.value, Modifier::Neq | Modifier::Cased));
        entry.references = None;
    }
    entry
}

/// `convert_type: str`.
pub(super) fn to_texts<'r, 'p>(mut entry: Entry<'r, 'p>) -> Outcome<'r, 'p> {
    change_values(&mut entry, |value| match value {
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => Some(to_text(value)),
        Value::Null | Value::String(_) => None,
    });
    Outcome::Keep(entry)
}

/// `convert_type: num`.
pub(super) fn to_numbers<'r, 'p>(mut entry: Entry<'r, 'p>) -> Result<Outcome<'r, 'p>, Fault> {
    if is_textual(&entry) {
        let mut fault = None;
        let affix = has_affix(&entry);
        change_values(&mut entry, |value| match value {
            Value::String(raw) => {
                let number = if affix { None } else { to_number(value) };
                if number.is_none() {
                    fault = Some(Fault::rejected(format!("`{raw}` is not a number")));
                }
                number
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => None,
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
    }
    Ok(Outcome::Keep(entry))
}

/// `regex`: the whole text, wildcards as the regular expressions that they are.
pub(super) fn to_regex<'r, 'p>(entry: Entry<'r, 'p>, ignore_case: bool) -> Result<Outcome<'r, 'p>, Fault> {
    if !is_textual(&entry) || entry.has(Modifier::WinDash) || entry.has(Modifier::Expand) || entry.field().is_none() {
        return Ok(Outcome::Keep(entry));
    }
    let mut groups = Vec::with_capacity(entry.values().len());
    for value in entry.values() {
        let Some(tokens) = with_wildcards(&entry, &value.value) else { return Ok(Outcome::Keep(entry)) };
        let mut pattern = String::from(r"\A");
        for token in tokens {
            match token {
                Token::Literal(text) => pattern.push_str(&regex::escape(&text)),
                Token::AnyRun => pattern.push_str("(?s:.*)"),
                Token::AnyChar => pattern.push_str("(?s:.)"),
            }
        }
        pattern.push_str(r"\z");
        groups.push(vec![Value::String(pattern)]);
    }
    let span = entry.item.span;
    let outcome = regroup(entry, groups, |m| !is_affix(m) && m != Modifier::Cased)?;
    Ok(match outcome {
        Outcome::Keep(mut entry) => {
            let added = if ignore_case { &[Modifier::Re, Modifier::IgnoreCase][..] } else { &[Modifier::Re] };
            entry.item.to_mut().modifiers.splice(0..0, added.iter().map(|m| Spanned::new(*m, span)));
            Outcome::Keep(entry)
        }
        other => other,
    })
}

/// Fills placeholders in; `find` gives the values of one, or `None` to leave it.
pub(super) fn fill<'r, 'p>(
    entry: Entry<'r, 'p>,
    find: &dyn Fn(&str) -> Option<Filling>,
) -> Result<Outcome<'r, 'p>, Fault> {
    if !entry.has(Modifier::Expand) {
        return Ok(Outcome::Keep(entry));
    }
    let regex = entry.has(Modifier::Re);
    let mut found = false;
    let mut open = false;
    let mut total = 0_usize;
    let mut filled: Vec<Vec<Filled>> = Vec::with_capacity(entry.values().len());
    for value in entry.values() {
        let Value::String(raw) = &value.value else {
            filled.push(vec![Filled::Value(value.value.clone())]);
            continue;
        };
        let mut alternatives: Vec<Vec<Piece>> = vec![Vec::new()];
        let segments = text::segments(raw);
        let alone = segments.len() == 1;
        let mut values = Vec::new();
        for segment in segments {
            match segment {
                Segment::Text(text) => {
                    let piece = if regex { Piece::Raw(text) } else { Piece::Tokens(text::parse(&text)) };
                    alternatives.iter_mut().for_each(|pieces| pieces.push(piece.clone()));
                }
                Segment::Placeholder(name) => match find(&name) {
                    // an empty list, or one that holds only what YAML reads where nothing stands: the rule would match everything
                    Some(Filling::Values(given)) if given.iter().all(|value| *value == Value::Null) => {
                        return Err(Fault::rejected(format!("placeholder `%{name}%` has no values")));
                    }
                    None => {
                        open = true;
                        alternatives.iter_mut().for_each(|pieces| pieces.push(Piece::Placeholder(name.clone())));
                    }
                    Some(Filling::Values(given))
                        if alone && given.iter().all(|value| !matches!(value, Value::String(_))) =>
                    {
                        found = true;
                        values.extend(given.iter().cloned().map(Filled::Value));
                    }
                    Some(filling) => {
                        found = true;
                        let pieces = pieces(&filling, regex);
                        if alternatives.len().saturating_mul(pieces.len()) > MAX_VALUES {
                            return Err(Fault::too_large(format!(
                                "placeholder `%{name}%` makes more than {MAX_VALUES} values"
                            )));
                        }
                        alternatives = alternatives
                            .iter()
                            .flat_map(|before| {
                                pieces.iter().map(|piece| before.iter().chain([piece]).cloned().collect())
                            })
                            .collect();
                    }
                },
            }
        }
        if values.is_empty() {
            values.extend(alternatives.into_iter().map(Filled::Pieces));
        }
        total = total.saturating_add(values.len());
        if total > MAX_VALUES {
            return Err(Fault::too_large(format!("placeholders make more than {MAX_VALUES} values")));
        }
        filled.push(values);
    }
    if !found {
        return Ok(Outcome::Keep(entry));
    }
    let groups =
        filled.into_iter().map(|values| values.into_iter().map(|value| value.into_value(open)).collect()).collect();
    regroup(entry, groups, |m| open || m != Modifier::Expand)
}

/// What stands for a placeholder.
pub(super) enum Filling {
    /// A wildcard.
    Wildcard,
    /// These.
    Values(Vec<Value>),
}

#[derive(Clone)]
enum Piece {
    Raw(String),
    Tokens(Vec<Token>),
    Placeholder(String),
}

enum Filled {
    Value(Value),
    Pieces(Vec<Piece>),
}

impl Filled {
    /// The value; where placeholders are left in the item, percent signs are escaped.
    fn into_value(self, open: bool) -> Value {
        let pieces = match self {
            Self::Value(value) => return value,
            Self::Pieces(pieces) => pieces,
        };
        let mut out = String::new();
        let mut run = Vec::new();
        let flush = |run: &mut Vec<Vec<Token>>, out: &mut String| {
            let rendered = text::render(&text::join(std::mem::take(run)));
            push_text(out, &rendered, open);
        };
        for piece in pieces {
            match piece {
                Piece::Tokens(tokens) => run.push(tokens),
                Piece::Raw(text) => push_text(&mut out, &text, open),
                Piece::Placeholder(name) => {
                    flush(&mut run, &mut out);
                    pair_backslash(&mut out);
                    out.extend(["%", &name, "%"]);
                }
            }
        }
        flush(&mut run, &mut out);
        Value::String(out)
    }
}

fn push_text(out: &mut String, text: &str, escape: bool) {
    for c in text.chars() {
        if escape && c == '%' {
            pair_backslash(out);
            out.push('\\');
        }
        out.push(c);
    }
}

/// A backslash before a percent sign would escape it.
fn pair_backslash(out: &mut String) {
    if out.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1 {
        out.push('\\');
    }
}

fn pieces(filling: &Filling, regex: bool) -> Vec<Piece> {
    let piece = |value: &Value| match (value, regex) {
        (Value::String(text), false) => Piece::Tokens(text::parse(text)),
        (other, true) => Piece::Raw(regex::escape(&plain_text(other))),
        (other, false) => Piece::Tokens(vec![Token::Literal(plain_text(other))]),
    };
    match filling {
        Filling::Wildcard if regex => vec![Piece::Raw(".*".to_owned())],
        Filling::Wildcard => vec![Piece::Tokens(vec![Token::AnyRun])],
        Filling::Values(values) => values.iter().map(piece).collect(),
    }
}

/// Gives an item new values, a group for each old one, and drops modifiers. Under `|all` each group is a choice of its own.
pub(super) fn regroup<'r, 'p>(
    mut entry: Entry<'r, 'p>,
    groups: Vec<Vec<Value>>,
    keep: impl Fn(Modifier) -> bool,
) -> Result<Outcome<'r, 'p>, Fault> {
    let total: usize = groups.iter().map(Vec::len).sum();
    if total > MAX_VALUES {
        return Err(Fault::too_large(format!("an item would have more than {MAX_VALUES} values")));
    }
    let choice = entry.has(Modifier::All) && groups.iter().any(|group| group.len() != 1);
    if choice && entry.has(Modifier::Neq) {
        return Err(Fault::rejected("several values for one are not possible under `|all|neq`"));
    }
    let item = entry.item.to_mut();
    item.modifiers.retain(|m| keep(m.value) && !(choice && m.value == Modifier::All));
    let ItemBody::Values { values, list } = &mut item.body else { return Ok(Outcome::Keep(entry)) };
    let spans: Vec<_> = values.iter().map(|value| value.span).collect();
    let spread = |group: Vec<Value>, at: usize| group.into_iter().map(move |value| (value, at));
    if !choice {
        *list |= total > 1;
        *values = groups
            .into_iter()
            .enumerate()
            .flat_map(|(at, group)| spread(group, at))
            .map(|(value, at)| Spanned::new(value, spans[at.min(spans.len() - 1)]))
            .collect();
        return Ok(Outcome::Keep(entry));
    }
    values.clear();
    *list = true;
    let each = groups.into_iter().zip(spans).map(|(group, span)| {
        let mut one = entry.clone();
        if let ItemBody::Values { values, .. } = &mut one.item.to_mut().body {
            values.extend(group.into_iter().map(|value| Spanned::new(value, span)));
        }
        one
    });
    Ok(Outcome::AllOf(each.collect()))
}

/// Splits an item with `|all` into one for each value; others stay as they are.
pub(super) fn split_all<'r, 'p>(mut entry: Entry<'r, 'p>) -> Vec<Entry<'r, 'p>> {
    if !entry.has(Modifier::All) || entry.has(Modifier::Neq) {
        return vec![entry];
    }
    let item = entry.item.to_mut();
    item.modifiers.retain(|m| m.value != Modifier::All);
    let ItemBody::Values { values, list } = &mut item.body else { return vec![entry] };
    *list = false;
    let values = std::mem::take(values);
    values
        .into_iter()
        .map(|value| {
            let mut one = entry.clone();
            if let ItemBody::Values { values, .. } = &mut one.item.to_mut().body {
                values.push(value);
            }
            one
        })
        .collect()
}

/// The value as a text of a rule.
pub(super) fn to_text(value: &Value) -> Value {
    match value {
        Value::String(_) => value.clone(),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            Value::String(text::escape(&plain_text(value)))
        }
    }
}

/// The value as a number, if it spells one.
pub(super) fn to_number(value: &Value) -> Option<Value> {
    match value {
        Value::Int(_) | Value::Float(_) => Some(value.clone()),
        Value::String(text) => {
            let text = text.trim();
            let int = text.parse().ok().map(Value::Int);
            int.or_else(|| text.parse().ok().filter(|float: &f64| float.is_finite()).map(Value::Float))
        }
        Value::Null | Value::Bool(_) => None,
    }
}

/// The value as people read it.
pub(super) fn plain_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::String(value) => value.clone(),
    }
}

/// The value as JSON.
pub(super) fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => {
            value.to_string().parse::<serde_json::Number>().map_or(serde_json::Value::Null, serde_json::Value::Number)
        }
        Value::Float(value) => {
            serde_json::Number::from_f64(*value).map_or(serde_json::Value::Null, serde_json::Value::Number)
        }
        Value::String(value) => value.clone().into(),
    }
}

/// The text of a value with the wildcards that the item's modifiers mean; `None` if it has no text.
pub(super) fn with_wildcards(entry: &Entry<'_, '_>, value: &Value) -> Option<Vec<Token>> {
    let tokens = match value {
        Value::String(raw) => text::parse(raw),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => vec![Token::Literal(plain_text(value))],
        Value::Null => return None,
    };
    let run = |wanted: bool| if wanted { vec![Token::AnyRun] } else { Vec::new() };
    let contains = entry.has(Modifier::Contains);
    Some(text::join([
        run(contains || entry.has(Modifier::EndsWith)),
        tokens,
        run(contains || entry.has(Modifier::StartsWith)),
    ]))
}

/// Whether the item's values are compared as texts.
pub(super) fn is_textual(entry: &Entry<'_, '_>) -> bool {
    matches!(entry.item.body, ItemBody::Values { .. })
        && entry.item.modifiers.iter().all(|m| {
            is_affix(m.value)
                || matches!(
                    m.value,
                    Modifier::All | Modifier::Cased | Modifier::Neq | Modifier::WinDash | Modifier::Expand
                )
        })
}

fn has_affix(entry: &Entry<'_, '_>) -> bool {
    entry.item.modifiers.iter().any(|m| is_affix(m.value))
}

fn is_affix(modifier: Modifier) -> bool {
    matches!(modifier, Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith)
}

/// Changes values one by one; an item in which none changes is not cloned.
fn change_values(entry: &mut Entry<'_, '_>, mut f: impl FnMut(&Value) -> Option<Value>) {
    let changed: Vec<_> =
        entry.values().iter().map(|value| f(&value.value).filter(|new| *new != value.value)).collect();
    if changed.iter().all(Option::is_none) {
        return;
    }
    if let ItemBody::Values { values, .. } = &mut entry.item.to_mut().body {
        for (value, new) in values.iter_mut().zip(changed) {
            value.value = new.unwrap_or_else(|| value.value.clone());
        }
    }
}

fn in_case(text: &str, method: CaseMethod) -> String {
    match method {
        CaseMethod::Lower => text.to_lowercase(),
        CaseMethod::Upper => text.to_uppercase(),
        CaseMethod::Snake => {
            let mut out = String::with_capacity(text.len() + 4);
            let mut previous = None::<char>;
            for c in text.chars() {
                if c.is_uppercase() && previous.is_some_and(|p| p.is_lowercase() || p.is_ascii_digit()) {
                    out.push('_');
                }
                out.extend(c.to_lowercase());
                previous = Some(c);
            }
            out
        }
    }
}

fn replace_all(text: &str, pattern: &Regex, replacement: &[ReplacePart]) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for found in pattern.captures_iter(text) {
        let groups =
            found.map_err(|error| Fault::rejected(format!("`{}` gave up on `{text}`: {error}", pattern.as_str())))?;
        let Some(whole) = groups.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        push_replacement(&mut out, &groups, replacement);
        end = whole.end();
    }
    out.push_str(&text[end..]);
    Ok(out)
}

fn push_replacement(out: &mut String, groups: &Captures<'_, str>, replacement: &[ReplacePart]) {
    for part in replacement {
        match part {
            ReplacePart::Text(text) => out.push_str(text),
            ReplacePart::Group(group) => out.push_str(groups.get(*group).map_or("", |found| found.as_str())),
            ReplacePart::Named(name) => out.push_str(groups.name(name).map_or("", |found| found.as_str())),
        }
    }
}
