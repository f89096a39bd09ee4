//! Full-text search: conditions on what the index holds. They are true or false, of whichever value, and never null.

use super::super::ast::{Expr as Ast, ExprKind, Literal, Map, MapValue};
use super::super::kql_options;
use super::leaf::{Column, Decided};
use crate::diagnostic::Diagnostics;
use crate::elastic::kql;
use crate::elastic::leaf::{Context, Target};
use crate::elastic::schema::FieldType;
use crate::elastic::text::QueryText;
use crate::ir::{Case, Expr, Subject, Test, TextOp};
use crate::source::{Span, Spanned};

/// `KQL("..")` (ES|QL reference, "KQL").
pub(super) fn kql(text: &str, options: Option<&Map>, span: Span, cx: &Context<'_>) -> Decided {
    let Ok(options) = kql_options::read(options) else { return Decided::unknown() };
    let mut diags = Diagnostics::new();
    let parsed = kql::parse(&QueryText::at(text, span), &mut diags);
    let Some(parsed) = parsed.filter(|_| !diags.has_errors_since(0)) else { return Decided::unknown() };
    let mut inner = Context { schema: cx.schema, now: cx.now, diags: &mut diags, computed: 0 };
    let found = kql::lower::lower_with(&parsed, &options, &mut inner);
    if diags.has_errors_since(0) { Decided::unknown() } else { Decided::exactly(found) }
}

/// `field : "words"` (ES|QL reference, "Match operator").
pub(super) fn match_operator(column: Option<&Column>, query: &Spanned<Literal>, cx: &mut Context<'_>) -> Decided {
    match column.and_then(Column::searched) {
        Some(target) => found(target, &query.value, query.span, false, cx),
        None => Decided::unknown(),
    }
}

/// `MATCH(field, "words", {..})` (ES|QL reference, "MATCH").
pub(super) fn match_function(
    column: Option<&Column>,
    query: &Ast,
    options: Option<&Map>,
    cx: &mut Context<'_>,
) -> Decided {
    let (Some(target), ExprKind::Literal(literal)) = (column.and_then(Column::searched), &query.kind) else {
        return Decided::unknown();
    };
    let Some(options) = options else { return found(target, literal, query.span, false, cx) };
    let option = |name: &str| options.entries.iter().find(|entry| entry.key.value == name).map(|entry| &entry.value);
    if option("analyzer").is_some() || option("zero_terms_query").is_some() {
        return Decided::unknown();
    }
    match (option("fuzziness"), literal) {
        (None, _) => Decided::at_most(found(target, literal, query.span, false, cx).holds),
        (Some(fuzziness), Literal::String(text)) => fuzzy(target, &text.value, fuzziness),
        (Some(_), _) => Decided::unknown(),
    }
}

/// `MATCH_PHRASE(field, "words")` (ES|QL reference, `MATCH_PHRASE`).
pub(super) fn phrase(column: Option<&Column>, query: &Ast, cx: &mut Context<'_>) -> Decided {
    match (column.and_then(Column::searched), &query.kind) {
        (Some(target), ExprKind::Literal(literal)) => found(target, literal, query.span, true, cx),
        _ => Decided::unknown(),
    }
}

fn found(target: &Target, literal: &Literal, span: Span, phrase: bool, cx: &mut Context<'_>) -> Decided {
    let text = match literal {
        Literal::String(text) => text.value.clone(),
        Literal::Bool(value) => value.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Decimal(number) => number.to_string(),
        Literal::Null | Literal::TimeSpan(_) | Literal::Array(_) | Literal::Parameter(_) => return Decided::unknown(),
    };
    match target.kind {
        FieldType::Text => Decided::exactly(target.analysed(&text, phrase)),
        FieldType::Unknown if !matches!(literal, Literal::String(_)) => Decided::unknown(),
        FieldType::Keyword
        | FieldType::Wildcard
        | FieldType::Caseless
        | FieldType::Unknown
        | FieldType::Integer
        | FieldType::Float
        | FieldType::Boolean
        | FieldType::Date
        | FieldType::Ip => {
            let mark = cx.diags.len();
            let equal = cx.equals(target, &[Spanned::new(text, span)], Case::Sensitive);
            if cx.diags.len() > mark { Decided::unknown() } else { Decided::exactly(equal) }
        }
        FieldType::Flattened | FieldType::Object | FieldType::Nested | FieldType::Other => Decided::unknown(),
    }
}

/// Nearly this text. Of three parts of it an edit spares one at least, also where it exchanges two characters beside each other.
fn fuzzy(target: &Target, text: &str, fuzziness: &MapValue) -> Decided {
    let edits = match fuzziness {
        MapValue::Literal(Spanned { value: Literal::Integer(edits), .. }) => usize::try_from(*edits).ok(),
        MapValue::Literal(Spanned { value: Literal::String(edits), .. }) => edits.value.parse().ok(),
        MapValue::Literal(_) | MapValue::Map(_) => None,
    };
    // no more than two are taken
    let parts = 2 * edits.map_or(2, |edits| edits.min(2)) + 1;
    let characters: Vec<char> = text.chars().collect();
    if !matches!(target.kind, FieldType::Keyword | FieldType::Wildcard | FieldType::Unknown) || characters.len() < parts
    {
        return match &target.subject {
            Subject::Field(_) if !text.is_empty() => {
                Decided::at_most(Expr::test(target.subject.clone(), Test::Present))
            }
            _ => Decided::unknown(),
        };
    }
    let bound = |part: usize| part * characters.len() / parts;
    let parts =
        (0..parts).map(|part| characters.get(bound(part)..bound(part + 1)).unwrap_or_default().iter().collect());
    Decided::at_most(target.part(TextOp::Contains, parts.collect::<Vec<String>>(), Case::Sensitive))
}
