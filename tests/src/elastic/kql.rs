//! What a KQL query says of an event (Kibana Guide, "Kibana Query Language").
//!
//! Two-valued: `not f: x` holds where `f` is missing. Each value of a list condition may be met by another value of the field.

use sigil_compiler::elastic::kql::ast::{
    Expr, ExprKind, FieldName, Piece, Query, RangeOp, Value, ValueKind, Values, ValuesKind,
};
use sigil_compiler::elastic::schema::{FieldType, Schema};
use sigil_compiler::ir::eval::Json;

use super::document::{self, Value as Held};
use super::typed::{self, Order};
use super::{SCHEMA, address, date, glob};

/// Whether a query finds an event.
pub fn finds(query: &Query, event: &Json, schema: &Schema) -> bool {
    let view = View { schema, node: event, within: None };
    query.expr.as_ref().is_none_or(|expr| view.holds(expr))
}

#[derive(Clone, Copy)]
struct View<'a> {
    schema: &'a Schema,
    /// What fields are looked up in: the event, or an object of a nested list.
    node: &'a Json,
    /// The full name of that list.
    within: Option<&'a str>,
}

/// What stands left of a colon: its type, and the values that the event holds there.
struct Subject<'a> {
    kind: FieldType,
    values: Vec<Held<'a>>,
    /// Whether there is a value, be it in an object.
    exists: bool,
    /// `*`: any field.
    any: bool,
}

impl<'a> View<'a> {
    fn holds(self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Or(members) => members.iter().any(|member| self.holds(member)),
            ExprKind::And(members) => members.iter().all(|member| self.holds(member)),
            ExprKind::Not(inner) => !self.holds(inner),
            ExprKind::Field { field, values } => {
                if field.is_any()
                    && self.within.is_none()
                    && matches!(&values.kind, ValuesKind::Value(value) if value.is_exists())
                {
                    return true;
                }
                let name = name(field);
                if self.within.is_none() && name.contains('*') && !field.is_any() {
                    return self.by_pattern(&name, values);
                }
                has_values(&self.subject(field), values)
            }
            ExprKind::Range { field, op, value } => {
                let subject = self.subject(field);
                let order = match op {
                    RangeOp::Lt => Order::Less,
                    RangeOp::Lte => Order::AtMost,
                    RangeOp::Gt => Order::Greater,
                    RangeOp::Gte => Order::AtLeast,
                };
                let (ValueKind::Quoted(literal) | ValueKind::Unquoted(literal)) = &value.kind else { return false };
                subject.values.iter().any(|held| typed::compares(subject.kind, *held, order, literal))
            }
            ExprKind::Nested { field, inner } => {
                let name = name(field);
                let path = self.within.map_or_else(|| name.clone(), |within| format!("{within}.{name}"));
                let objects = document::objects(self.node, &name);
                objects.into_iter().any(|node| View { node, within: Some(&path), ..self }.holds(inner))
            }
            ExprKind::Text(value) if value.is_exists() && self.within.is_none() => true,
            ExprKind::Text(value) => found_anywhere(&document::all_values(self.node), value),
        }
    }

    /// Each field whose name matches is asked by its own type.
    fn by_pattern(self, pattern: &str, values: &Values) -> bool {
        match &values.kind {
            ValuesKind::Or(members) => members.iter().any(|member| self.by_pattern(pattern, member)),
            ValuesKind::And(members) => members.iter().all(|member| self.by_pattern(pattern, member)),
            ValuesKind::Not(inner) => !self.by_pattern(pattern, inner),
            ValuesKind::Value(value) => {
                let held = document::values_like(self.node, pattern);
                let untyped = Subject { kind: FieldType::Unknown, exists: !held.is_empty(), values: held, any: false };
                let glob = glob::eql(pattern);
                let names = SCHEMA.lines().skip(1).filter_map(|line| line.split(',').next());
                let mut like = names.filter(|name| glob::matches(&glob, &name.chars().collect::<Vec<_>>()));
                has_value(&untyped, value)
                    || like.any(|name| {
                        let field = self.schema.field(name);
                        let (kind, values) = (field.kind, document::values(self.node, &field));
                        let subject = Subject { kind, exists: false, values, any: false };
                        !value.is_exists() && is_typed(kind, value) && has_value(&subject, value)
                    })
            }
        }
    }

    fn subject(self, field: &FieldName) -> Subject<'a> {
        let name = name(field);
        if field.is_any() {
            let values = document::all_values(self.node);
            return Subject { kind: FieldType::Unknown, exists: !values.is_empty(), values, any: true };
        }
        if name.contains('*') {
            let values = document::values_like(self.node, &name);
            return Subject { kind: FieldType::Unknown, exists: !values.is_empty(), values, any: false };
        }
        let full = self.within.map_or_else(|| name.clone(), |within| format!("{within}.{name}"));
        let mut resolved = self.schema.field(&full);
        let kind = resolved.kind;
        if let Some(within) = self.within {
            let mut field = (*resolved.field).clone();
            for source in &mut field.sources {
                let relative = source.path.strip_prefix(within).and_then(|rest| rest.strip_prefix('.'));
                source.path = relative.unwrap_or(&name).to_owned();
            }
            resolved.field = field.into();
        }
        let exists = document::exists(self.node, &resolved);
        Subject { kind, exists, values: document::values(self.node, &resolved), any: false }
    }
}

/// A value as a network, a date or analysed text: what reads it otherwise than as a text.
fn is_typed(kind: FieldType, value: &Value) -> bool {
    match (kind, &value.kind) {
        (FieldType::Text, _) => true,
        (FieldType::Ip, ValueKind::Quoted(text) | ValueKind::Unquoted(text)) => address::contains(text, 0).is_some(),
        (FieldType::Date, ValueKind::Quoted(text) | ValueKind::Unquoted(text)) => date::math(text).is_some(),
        _ => false,
    }
}

/// The name as text. Rules put backticks around a `*` that stands for a part of the name.
fn name(field: &FieldName) -> String {
    let pieces = field.pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_str(),
        Piece::Any => "*",
    });
    pieces.collect::<String>().replace("`*`", "*")
}

fn has_values(subject: &Subject<'_>, values: &Values) -> bool {
    match &values.kind {
        ValuesKind::Value(value) => has_value(subject, value),
        ValuesKind::Or(members) => members.iter().any(|member| has_values(subject, member)),
        ValuesKind::And(members) => members.iter().all(|member| has_values(subject, member)),
        ValuesKind::Not(inner) => !has_values(subject, inner),
    }
}

fn has_value(subject: &Subject<'_>, value: &Value) -> bool {
    if value.is_exists() {
        return subject.exists;
    }
    if subject.any {
        return found_anywhere(&subject.values, value);
    }
    let any = |test: &dyn Fn(Held<'_>) -> bool| subject.values.iter().any(|held| test(*held));
    match (&value.kind, subject.kind) {
        (ValueKind::Quoted(_) | ValueKind::Unquoted(_) | ValueKind::Wildcard(_), FieldType::Text) => {
            any(&|held| has_words(held, value))
        }
        (ValueKind::Quoted(literal) | ValueKind::Unquoted(literal), kind) => {
            any(&|held| typed::equals(kind, held, literal, false))
        }
        (ValueKind::Wildcard(pieces), kind) => {
            any(&|held| typed::matches(held, &pattern(pieces), kind == FieldType::Caseless))
        }
    }
}

/// Analysed text: a phrase, any word, or a pattern for a word.
fn has_words(held: Held<'_>, value: &Value) -> bool {
    match &value.kind {
        ValueKind::Quoted(text) => typed::has_phrase(held, &typed::words(text)),
        ValueKind::Unquoted(text) => typed::words(text).into_iter().any(|word| typed::has_phrase(held, &[word])),
        ValueKind::Wildcard(pieces) => {
            // cut at blanks; one of the parts suffices
            let pattern = pattern(pieces);
            let parts = pattern.split(|piece| matches!(piece, glob::Piece::Char(c) if c.is_whitespace()));
            parts.filter(|part| !part.is_empty()).any(|part| match plain(part) {
                Some(text) => typed::words(&text).into_iter().any(|word| typed::has_phrase(held, &[word])),
                None => typed::has_word(held, part),
            })
        }
    }
}

/// Free text: any value that is equal as a whole, with case, or that has the words.
fn found_anywhere(values: &[Held<'_>], value: &Value) -> bool {
    if value.is_exists() {
        return !values.is_empty();
    }
    values.iter().any(|held| {
        let whole = match &value.kind {
            ValueKind::Quoted(text) | ValueKind::Unquoted(text) => held.text() == *text,
            ValueKind::Wildcard(pieces) => typed::matches(*held, &pattern(pieces), false),
        };
        whole || has_words(*held, value)
    })
}

fn pattern(pieces: &[Piece]) -> Vec<glob::Piece> {
    let piece = |piece: &Piece| match piece {
        Piece::Any => vec![glob::Piece::Many],
        Piece::Text(text) => text.chars().map(glob::Piece::Char).collect(),
    };
    pieces.iter().flat_map(piece).collect()
}

/// The text of a pattern without wildcards.
fn plain(pieces: &[glob::Piece]) -> Option<String> {
    let character = |piece: &glob::Piece| if let glob::Piece::Char(c) = piece { Some(*c) } else { None };
    pieces.iter().map(character).collect()
}
