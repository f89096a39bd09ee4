//! `filters` to the IR: Elasticsearch's Query DSL.

use super::ast::{Bound, Clause, Scalar};
use super::leaf::{self, Context, Target};
use super::schema::FieldType;
use crate::ir::{Case, CompareOp, Expr, Piece, TextOp};
use crate::source::Spanned;

/// What a clause asks of an event.
pub(super) fn condition(clause: &Clause, cx: &mut Context<'_>) -> Expr {
    let case = |ignore_case: bool| if ignore_case { Case::Insensitive } else { Case::Sensitive };
    match clause {
        Clause::All => Expr::Const(true),
        // the rule has another end
        Clause::Unsupported(_) => Expr::Const(false),
        Clause::Exists { field } => Target::field(cx.schema, field).present(),
        Clause::Wildcard { field, pattern, ignore_case } => {
            let target = Target::field(cx.schema, field);
            let pieces = pieces(&pattern.value);
            if target.kind == FieldType::Text {
                let glob = leaf::glob(pieces, Case::Insensitive);
                return target.words(Vec::new(), vec![glob]);
            }
            cx.like(&target, vec![pieces], case(*ignore_case), pattern.span)
        }
        Clause::Prefix { field, value, ignore_case } => {
            Target::field(cx.schema, field).part(TextOp::StartsWith, [value.value.clone()], case(*ignore_case))
        }
        Clause::Terms { field, values, ignore_case } => {
            let target = Target::field(cx.schema, field);
            let values: Vec<Spanned<String>> = values.iter().map(spelled).collect();
            cx.equals(&target, &values, case(*ignore_case))
        }
        Clause::Match { field, value, phrase } => {
            let target = Target::field(cx.schema, field);
            let value = spelled(value);
            if target.kind == FieldType::Text {
                return target.analysed(&value.value, *phrase);
            }
            cx.equals(&target, &[value], Case::Sensitive)
        }
        Clause::AllWords { field, value } => {
            let target = Target::field(cx.schema, field);
            let value = spelled(value);
            if target.kind == FieldType::Text {
                return target.all_words(&value.value);
            }
            cx.equals(&target, &[value], Case::Sensitive)
        }
        Clause::Range { field, bounds } => {
            let target = Target::field(cx.schema, field);
            let bounds = bounds.iter().map(|(bound, value)| {
                let op = match bound {
                    Bound::Greater => CompareOp::Greater,
                    Bound::GreaterOrEqual => CompareOp::GreaterOrEqual,
                    Bound::Less => CompareOp::Less,
                    Bound::LessOrEqual => CompareOp::LessOrEqual,
                };
                cx.compare(&target, op, &spelled(value))
            });
            bounds.reduce(|a, b| target.within_both(a, b)).unwrap_or(Expr::Const(true))
        }
        Clause::Bool { all, any, none, minimum } => {
            let minimum = minimum.unwrap_or(u32::from(all.is_empty() && !any.is_empty()));
            let required: Vec<Expr> = all.iter().map(|clause| condition(clause, cx)).collect();
            let wanted: Vec<Expr> = any.iter().map(|clause| condition(clause, cx)).collect();
            let denied: Vec<Expr> = none.iter().map(|clause| Expr::not(condition(clause, cx))).collect();
            Expr::all(required.into_iter().chain(denied).chain([Expr::at_least(minimum, wanted)]))
        }
    }
}

fn spelled(value: &Spanned<Scalar>) -> Spanned<String> {
    let text = match &value.value {
        Scalar::Text(text) => text.clone(),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Float(number) => number.to_string(),
        Scalar::Boolean(value) => value.to_string(),
    };
    Spanned::new(text, value.span)
}

/// A backslash takes the next character literally, also a wildcard or a backslash.
fn pieces(pattern: &str) -> Vec<Piece> {
    let mut chars = pattern.chars();
    let next = || {
        Some(match chars.next()? {
            '\\' => Piece::Literal(chars.next().unwrap_or('\\').to_string()),
            c => leaf::wildcard(c),
        })
    };
    std::iter::from_fn(next).collect()
}
