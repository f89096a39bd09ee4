//! KQL to the IR: what a query means for an event.
//!
//! Two-valued: `not f: x` holds where `f` is missing. A list is satisfied by any of its values, so that `f: (a and b)` may be by two different ones.

use super::ast::{self, ExprKind, Piece, Value, ValueKind, ValuesKind};
use crate::elastic::date::DateMath;
use crate::elastic::leaf::{self, Context, Target};
use crate::elastic::schema::{FieldType, Schema};
use crate::ir::{self, Case, CompareOp, Expr, Quantifier, Subject, Test, TextOp};
use crate::source::Spanned;

/// The condition of a query.
pub(in crate::elastic) fn lower(query: &ast::Query, cx: &mut Context<'_>) -> Expr {
    lower_with(query, &Options::default(), cx)
}

/// How a query is read that does not stand alone.
#[derive(Clone, Debug)]
pub(in crate::elastic) struct Options {
    /// Of values and patterns for keywords; words are compared without it anyway.
    pub(in crate::elastic) case: Case,
    /// Where values are looked for that stand without a field: a name, in which `*` stands for any text. Anywhere, if there is none.
    pub(in crate::elastic) default_field: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { case: Case::Sensitive, default_field: None }
    }
}

/// The condition of a query with options.
pub(in crate::elastic) fn lower_with(query: &ast::Query, options: &Options, cx: &mut Context<'_>) -> Expr {
    match &query.expr {
        None => Expr::Const(true),
        Some(expr) => lower_expr(expr, Within { path: None, options }, cx),
    }
}

/// What a condition looks at.
#[derive(Clone, Copy)]
struct Within<'a> {
    /// The full name of the nested list whose object it is; none: the event.
    path: Option<&'a str>,
    options: &'a Options,
}

fn lower_expr(expr: &ast::Expr, within: Within<'_>, cx: &mut Context<'_>) -> Expr {
    match &expr.kind {
        ExprKind::Or(members) => Expr::any(members.iter().map(|member| lower_expr(member, within, cx))),
        ExprKind::And(members) => Expr::all(members.iter().map(|member| lower_expr(member, within, cx))),
        ExprKind::Not(inner) => Expr::not(lower_expr(inner, within, cx)),
        ExprKind::Field { field, values } => {
            if field.is_any()
                && within.path.is_none()
                && matches!(&values.kind, ValuesKind::Value(value) if value.is_exists())
            {
                // `*: *`
                return Expr::Const(true);
            }
            let target = target(field, within, cx);
            lower_values(&target, values, within.options.case, cx)
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
            let full = within.path.map_or_else(|| name.clone(), |path| format!("{path}.{name}"));
            let of = match within.path {
                None => Target::field(cx.schema, &full).subject,
                Some(_) => Subject::Element(name),
            };
            let body = lower_expr(inner, Within { path: Some(&full), ..within }, cx);
            // a null in the list is no object
            let some = Expr::not(Expr::test(Subject::Element(String::new()), Test::Null));
            Expr::Elements { of, quantifier: Quantifier::Any, body: Box::new(Expr::all([some, body])) }
        }
        ExprKind::Text(value) => match &within.options.default_field {
            Some(name) if within.path.is_none() => {
                lower_value(&named(name.clone(), within, cx), value, within.options.case, cx)
            }
            Some(_) | None => anywhere(&any_value(within), value, within.options.case),
        },
    }
}

/// What a field's name means: a field, every field whose name matches, or any value.
fn target(field: &ast::FieldName, within: Within<'_>, cx: &mut Context<'_>) -> Target {
    if field.is_any() {
        return any_value(within);
    }
    named(field_name(field), within, cx)
}

/// [`target`] of a name that is not `*`.
fn named(name: String, within: Within<'_>, cx: &mut Context<'_>) -> Target {
    let Some(path) = within.path else {
        if name.contains('*') {
            return Target { subject: Subject::Paths(name.clone()), kind: FieldType::Unknown, name };
        }
        return Target::field(cx.schema, &name);
    };
    let full = format!("{path}.{name}");
    let field = cx.schema.field(&full);
    // further views read the field that they are views of
    let read = field.field.sources.last().and_then(|source| source.path.strip_prefix(path)?.strip_prefix('.'));
    Target { subject: Subject::Element(read.unwrap_or(&name).to_owned()), kind: field.kind, name: full }
}

/// Any value of the event, or of the object.
fn any_value(within: Within<'_>) -> Target {
    let subject = within.path.map_or(Subject::AnyValue, |_| Subject::Element("*".to_owned()));
    Target { subject, kind: FieldType::Unknown, name: "*".to_owned() }
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

fn lower_values(target: &Target, values: &ast::Values, case: Case, cx: &mut Context<'_>) -> Expr {
    match &values.kind {
        ValuesKind::Value(value) => lower_value(target, value, case, cx),
        ValuesKind::Or(members) => Expr::any(members.iter().map(|member| lower_values(target, member, case, cx))),
        ValuesKind::And(members) => Expr::all(members.iter().map(|member| lower_values(target, member, case, cx))),
        ValuesKind::Not(inner) => Expr::not(lower_values(target, inner, case, cx)),
    }
}

fn lower_value(target: &Target, value: &Value, case: Case, cx: &mut Context<'_>) -> Expr {
    if value.is_exists() {
        return target.present();
    }
    if let Subject::Paths(pattern) = &target.subject {
        let own = lower_plain(target, value, case, cx);
        let typed: Vec<Expr> =
            typed(pattern, value, cx.schema).iter().map(|field| lower_plain(field, value, case, cx)).collect();
        return Expr::any([own].into_iter().chain(typed));
    }
    lower_plain(target, value, case, cx)
}

/// Fields that a pattern of names is known to stand for, and whose type reads the value otherwise than as a text; none if there are too many.
fn typed(pattern: &str, value: &Value, schema: &Schema) -> Vec<Target> {
    const MOST: usize = 32;
    let text = match &value.kind {
        ValueKind::Quoted(text) | ValueKind::Unquoted(text) => Some(text.as_str()),
        ValueKind::Wildcard(_) => None,
    };
    let asks = |kind: FieldType| match kind {
        FieldType::Text => true,
        FieldType::Ip => text.is_some_and(|text| leaf::network(text).is_some()),
        FieldType::Date => text.and_then(DateMath::parse).is_some_and(|math| !math.needs_now()),
        FieldType::Keyword
        | FieldType::Wildcard
        | FieldType::Caseless
        | FieldType::Integer
        | FieldType::Float
        | FieldType::Boolean
        | FieldType::Flattened
        | FieldType::Object
        | FieldType::Nested
        | FieldType::Other
        | FieldType::Unknown => false,
    };
    let fields: Vec<_> = schema.like(pattern).into_iter().filter(|(_, kind)| asks(*kind)).collect();
    let fields = if fields.len() > MOST { Vec::new() } else { fields };
    fields.iter().map(|(name, _)| Target::field(schema, name)).collect()
}

fn lower_plain(target: &Target, value: &Value, case: Case, cx: &mut Context<'_>) -> Expr {
    match &value.kind {
        _ if target.name == "*" => anywhere(target, value, case),
        ValueKind::Quoted(text) if target.kind == FieldType::Text => target.analysed(text, true),
        ValueKind::Unquoted(text) if target.kind == FieldType::Text => target.analysed(text, false),
        ValueKind::Quoted(text) | ValueKind::Unquoted(text) => {
            cx.equals(target, &[Spanned::new(text.clone(), value.span)], case)
        }
        ValueKind::Wildcard(pieces) if target.kind == FieldType::Text => {
            let (words, patterns) = word_patterns(pieces);
            target.words(words, patterns)
        }
        ValueKind::Wildcard(pieces) => cx.like(target, vec![ir_pieces(pieces)], case, value.span),
    }
}

/// A pattern for analysed text: words and patterns for single words, one of which suffices. As Kibana hands it on, each part between blanks is for
/// itself, and one without a wildcard is analysed as the text is.
fn word_patterns(pieces: &[Piece]) -> (Vec<Vec<String>>, Vec<ir::Glob>) {
    let mut parts: Vec<Vec<ir::Piece>> = vec![Vec::new()];
    for piece in pieces {
        match piece {
            Piece::Any => parts.last_mut().into_iter().for_each(|last| last.push(ir::Piece::AnyRun)),
            Piece::Text(text) => {
                for (at, part) in text.split(char::is_whitespace).enumerate() {
                    if at > 0 {
                        parts.push(Vec::new());
                    }
                    parts.last_mut().into_iter().for_each(|last| last.push(ir::Piece::Literal(part.to_owned())));
                }
            }
        }
    }
    let globs = parts.into_iter().map(|pieces| leaf::glob(pieces, Case::Insensitive));
    let (plain, patterns): (Vec<_>, Vec<_>) =
        globs.filter(|glob| !glob.0.is_empty()).partition(|glob| matches!(glob.0.as_slice(), [ir::Piece::Literal(_)]));
    let words = plain.iter().flat_map(|glob| &glob.0).filter_map(|piece| match piece {
        ir::Piece::Literal(text) => Some(leaf::words(text)),
        ir::Piece::AnyRun | ir::Piece::AnyChar | ir::Piece::Dash => None,
    });
    (words.flatten().map(|word| vec![word]).collect(), patterns)
}

fn ir_pieces(pieces: &[Piece]) -> Vec<ir::Piece> {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => ir::Piece::Literal(text.clone()),
        Piece::Any => ir::Piece::AnyRun,
    };
    pieces.iter().map(piece).collect()
}

/// Free text: which type a value has is not known, so that it is looked for as a word and as a whole value.
fn anywhere(target: &Target, value: &Value, case: Case) -> Expr {
    let whole = |text: &str| target.part(TextOp::Equals, [text.to_owned()], case);
    match &value.kind {
        _ if value.is_exists() => match target.subject {
            Subject::AnyValue => Expr::Const(true),
            Subject::Field(_) | Subject::Element(_) | Subject::Paths(_) => target.present(),
        },
        ValueKind::Quoted(text) => Expr::any([whole(text), target.analysed(text, true)]),
        ValueKind::Unquoted(text) => Expr::any([whole(text), target.analysed(text, false)]),
        ValueKind::Wildcard(pieces) => {
            let pattern = Test::Glob { patterns: vec![leaf::glob(ir_pieces(pieces), case)], case };
            let (words, patterns) = word_patterns(pieces);
            Expr::any([Expr::test(target.subject.clone(), pattern), target.words(words, patterns)])
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
