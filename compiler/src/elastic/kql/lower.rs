//! KQL to the IR: what a query means for an event.
//!
//! Two-valued: `not f: x` holds where `f` is missing. A list is satisfied by any of its values, so that `f: (a and b)` may be by two different ones.

use super::ast::{self, ExprKind, Piece, Value, ValueKind, ValuesKind};
use crate::elastic::leaf::{self, Context, Target};
use crate::elastic::schema::FieldType;
use crate::ir::{self, Case, CompareOp, Expr, Quantifier, Subject, Test, TextOp};
use crate::source::Spanned;

/// The condition of a query.
pub(in crate::elastic) fn lower(query: &ast::Query, cx: &mut Context<'_>) -> Expr {
    match &query.expr {
        None => Expr::Const(true),
        Some(expr) => lower_expr(expr, None, cx),
    }
}

/// An object of a nested list that a condition looks at.
#[derive(Clone, Copy)]
struct Within<'a> {
    /// The list's full name.
    path: &'a str,
}

fn lower_expr(expr: &ast::Expr, within: Option<Within<'_>>, cx: &mut Context<'_>) -> Expr {
    match &expr.kind {
        ExprKind::Or(members) => Expr::any(members.iter().map(|member| lower_expr(member, within, cx))),
        ExprKind::And(members) => Expr::all(members.iter().map(|member| lower_expr(member, within, cx))),
        ExprKind::Not(inner) => Expr::not(lower_expr(inner, within, cx)),
        ExprKind::Field { field, values } => {
            if field.is_any() && matches!(&values.kind, ValuesKind::Value(value) if value.is_exists()) {
                // `*: *`
                return Expr::Const(true);
            }
            let target = target(field, within, cx);
            lower_values(&target, values, cx)
        }
        ExprKind::Range { field, op, value } => {
            let target = target(field, within, cx);
            let op = match op {
                ast::RangeOp::Lt => CompareOp::Less,
                ast::RangeOp::Lte => CompareOp::LessOrEqual,
                ast::RangeOp::Gt => CompareOp::Greater,
                ast::RangeOp::Gte => CompareOp::GreaterOrEqual,
            };
            cx.compare(&target, op, &Spanned::new(spelled(value), value.span))
        }
        ExprKind::Nested { field, inner } => {
            let name = field_name(field);
            let full = within.map_or_else(|| name.clone(), |within| format!("{}.{name}", within.path));
            let of = match within {
                None => Target::field(cx.schema, &full).subject,
                Some(_) => Subject::Element(name),
            };
            let body = lower_expr(inner, Some(Within { path: &full }), cx);
            // a null in the list is no object
            let some = Expr::not(Expr::test(Subject::Element(String::new()), Test::Null));
            Expr::Elements { of, quantifier: Quantifier::Any, body: Box::new(Expr::all([some, body])) }
        }
        ExprKind::Text(value) => anywhere(value),
    }
}

/// What a field's name means: a field, every field whose name matches, or any value.
fn target(field: &ast::FieldName, within: Option<Within<'_>>, cx: &mut Context<'_>) -> Target {
    let name = field_name(field);
    if field.is_any() && within.is_none() {
        return Target { subject: Subject::AnyValue, kind: FieldType::Unknown, name };
    }
    match within {
        None if name.contains('*') => Target { subject: Subject::Paths(name.clone()), kind: FieldType::Unknown, name },
        None => Target::field(cx.schema, &name),
        Some(within) => {
            let full = format!("{}.{name}", within.path);
            let kind = cx.schema.field(&full).kind;
            Target { subject: Subject::Element(name), kind, name: full }
        }
    }
}

/// The name as text. Rules put backticks around a `*` that stands for a part of the name; they are not part of any name.
fn field_name(field: &ast::FieldName) -> String {
    let pieces = field.pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_str(),
        Piece::Any => "*",
    });
    let name: String = pieces.collect();
    name.replace("`*`", "*")
}

fn lower_values(target: &Target, values: &ast::Values, cx: &mut Context<'_>) -> Expr {
    match &values.kind {
        ValuesKind::Value(value) => lower_value(target, value, cx),
        ValuesKind::Or(members) => Expr::any(members.iter().map(|member| lower_values(target, member, cx))),
        ValuesKind::And(members) => Expr::all(members.iter().map(|member| lower_values(target, member, cx))),
        ValuesKind::Not(inner) => Expr::not(lower_values(target, inner, cx)),
    }
}

fn lower_value(target: &Target, value: &Value, cx: &mut Context<'_>) -> Expr {
    if value.is_exists() {
        return target.present();
    }
    let any_value = matches!(target.subject, Subject::AnyValue);
    match &value.kind {
        _ if any_value => anywhere(value),
        ValueKind::Quoted(text) if target.kind == FieldType::Text => target.analysed(text, true),
        ValueKind::Unquoted(text) if target.kind == FieldType::Text => target.analysed(text, false),
        ValueKind::Quoted(text) | ValueKind::Unquoted(text) => {
            cx.equals(target, &[Spanned::new(text.clone(), value.span)], Case::Sensitive)
        }
        ValueKind::Wildcard(pieces) if target.kind == FieldType::Text => {
            let patterns = word_patterns(pieces);
            target.words(Vec::new(), patterns)
        }
        ValueKind::Wildcard(pieces) => cx.like(target, vec![ir_pieces(pieces)], Case::Sensitive, value.span),
    }
}

/// Patterns for single words. As Kibana hands them on, each part between blanks is a pattern of its own, and one of them suffices.
fn word_patterns(pieces: &[Piece]) -> Vec<ir::Glob> {
    let mut patterns: Vec<Vec<ir::Piece>> = vec![Vec::new()];
    for piece in pieces {
        match piece {
            Piece::Any => patterns.last_mut().into_iter().for_each(|last| last.push(ir::Piece::AnyRun)),
            Piece::Text(text) => {
                for (at, part) in text.split(char::is_whitespace).enumerate() {
                    if at > 0 {
                        patterns.push(Vec::new());
                    }
                    patterns.last_mut().into_iter().for_each(|last| last.push(ir::Piece::Literal(part.to_owned())));
                }
            }
        }
    }
    let patterns = patterns.into_iter().map(|pieces| leaf::glob(pieces, Case::Insensitive));
    patterns.filter(|glob| !glob.0.is_empty()).collect()
}

fn ir_pieces(pieces: &[Piece]) -> Vec<ir::Piece> {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => ir::Piece::Literal(text.clone()),
        Piece::Any => ir::Piece::AnyRun,
    };
    pieces.iter().map(piece).collect()
}

/// Free text: which type a value has is not known, so that it is looked for as a word and as a whole value.
fn anywhere(value: &Value) -> Expr {
    let target = Target { subject: Subject::AnyValue, kind: FieldType::Unknown, name: "*".to_owned() };
    let whole = |text: &str| target.part(TextOp::Equals, [text.to_owned()], Case::Sensitive);
    match &value.kind {
        _ if value.is_exists() => Expr::Const(true),
        ValueKind::Quoted(text) => Expr::any([whole(text), target.analysed(text, true)]),
        ValueKind::Unquoted(text) => Expr::any([whole(text), target.analysed(text, false)]),
        ValueKind::Wildcard(pieces) => {
            let glob = leaf::glob(ir_pieces(pieces), Case::Sensitive);
            let pattern = Test::Glob { patterns: vec![glob], case: Case::Sensitive };
            let words = target.words(Vec::new(), word_patterns(pieces));
            Expr::any([Expr::test(Subject::AnyValue, pattern), words])
        }
    }
}

fn spelled(value: &Value) -> String {
    match &value.kind {
        ValueKind::Quoted(text) | ValueKind::Unquoted(text) => text.clone(),
        // the parser takes no pattern here
        ValueKind::Wildcard(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Any => "*",
            })
            .collect(),
    }
}
