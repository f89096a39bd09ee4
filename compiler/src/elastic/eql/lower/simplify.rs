//! What Elasticsearch simplifies before it looks at events.
//!
//! It matters to meaning: `f != 5` holds without `f`, and `length(f) != 5` does not, since there the inequality is part of what is computed. So `f + 1 != 6`,
//! which is turned into `f != 5`, holds; and `(..) == false`, which is turned into `not (..)`, negates a condition as a whole. The rules, and their
//! limits, are those of Elasticsearch's optimizer for EQL: checks for null, constants, comparisons with booleans, arithmetic of whole numbers, and
//! conversions to the type that a field has already.

use super::super::ast::{ArithmeticOp, CompareOp, Expr as Ast, ExprKind, Field, Literal, StringLiteral};
use super::check::Class;
use super::computed;
use crate::diagnostic::Diagnostics;
use crate::elastic::leaf::Context;
use crate::elastic::schema::{FieldType, Schema};
use crate::ir::{Scalar, eval};
use crate::source::{Span, Spanned};

/// Longer texts are left for the run, in bytes: searching them takes time.
const MAX_FOLDED: usize = 1_000;

/// The expression that stands for this one. Literals in it may be negative.
pub(super) fn simplified(expr: &Ast, schema: &Schema) -> Ast {
    let of = |inner: &Ast| simplified(inner, schema);
    let boxed = |inner: &Ast| Box::new(simplified(inner, schema));
    let kind = match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Invalid => expr.kind.clone(),
        ExprKind::Not(inner) => ExprKind::Not(boxed(inner)),
        ExprKind::And(members) => ExprKind::And(members.iter().map(of).collect()),
        ExprKind::Or(members) => ExprKind::Or(members.iter().map(of).collect()),
        ExprKind::Compare { op, left, right } => comparison(op, of(left), of(right), expr.span, schema),
        ExprKind::In { left, list, negated, ignore_case } => ExprKind::In {
            left: boxed(left),
            list: list.iter().map(of).collect(),
            negated: *negated,
            ignore_case: *ignore_case,
        },
        ExprKind::Match { op, left, patterns } => {
            ExprKind::Match { op: op.clone(), left: boxed(left), patterns: patterns.clone() }
        }
        ExprKind::Arithmetic { first, rest } => ExprKind::Arithmetic {
            first: boxed(first),
            rest: rest.iter().map(|(op, next)| (op.clone(), of(next))).collect(),
        },
        ExprKind::Negative(inner) => ExprKind::Negative(boxed(inner)),
        ExprKind::Call { name, ignore_case, arguments } => match arguments.as_slice() {
            [Ast { kind: ExprKind::Field(field), .. }]
                if name.value.eq_ignore_ascii_case("string") && is_text(field, schema) =>
            {
                ExprKind::Field(field.clone())
            }
            _ => ExprKind::Call {
                name: name.clone(),
                ignore_case: *ignore_case,
                arguments: arguments.iter().map(of).collect(),
            },
        },
    };
    let simpler = Ast { kind, span: expr.span };
    match constant(&simpler, schema) {
        Some(literal) => Ast { kind: ExprKind::Literal(literal), span: expr.span },
        None => simpler,
    }
}

fn is_text(field: &Field, schema: &Schema) -> bool {
    matches!(schema.field(&field.name()).kind, FieldType::Keyword | FieldType::Wildcard | FieldType::Caseless)
}

/// What an expression of literals comes to; none if it is null, wrong, or no such expression.
fn constant(expr: &Ast, schema: &Schema) -> Option<Literal> {
    let is_literal = |expr: &Ast| match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => text.value.len() <= MAX_FOLDED,
        kind => matches!(kind, ExprKind::Literal(_)),
    };
    let folds = match &expr.kind {
        ExprKind::Compare { left, right, .. } => is_literal(left) && is_literal(right),
        ExprKind::In { left, list, .. } => is_literal(left) && list.iter().all(is_literal),
        ExprKind::Match { left, patterns, .. } => {
            is_literal(left) && patterns.iter().all(|pattern| pattern.value.len() <= MAX_FOLDED)
        }
        ExprKind::Arithmetic { first, rest } => is_literal(first) && rest.iter().all(|(_, next)| is_literal(next)),
        ExprKind::Negative(inner) => is_literal(inner),
        ExprKind::Call { arguments, .. } => arguments.iter().all(is_literal),
        ExprKind::Literal(_)
        | ExprKind::Field(_)
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Invalid => false,
    };
    if !folds {
        return None;
    }
    // what is wrong with it is said when it is lowered, since it stays
    let mut diags = Diagnostics::default();
    let mut cx = Context { schema, now: None, diags: &mut diags, computed: 0 };
    let scalar = computed::scalar(expr, Class::Any, &mut cx);
    if !diags.is_empty() {
        return None;
    }
    match eval::constant(&scalar) {
        Scalar::Bool(value) => Some(Literal::Bool(value)),
        Scalar::Int(number) => Some(Literal::Integer(number.into())),
        Scalar::Float(bits) => Some(Literal::Decimal(f64::from_bits(bits))),
        Scalar::Text(value) => Some(Literal::String(StringLiteral { value, raw: false, span: expr.span })),
        Scalar::Null
        | Scalar::Field(_)
        | Scalar::Call(..)
        | Scalar::Matches(..)
        | Scalar::IsMatch { .. }
        | Scalar::InNetworks(..) => None,
    }
}

/// `left op right`, both simplified.
fn comparison(op: &Spanned<CompareOp>, left: Ast, right: Ast, span: Span, schema: &Schema) -> ExprKind {
    let compare = |op: CompareOp, left: Ast, right: Ast, sign: &Spanned<CompareOp>| ExprKind::Compare {
        op: Spanned::new(op, sign.span),
        left: Box::new(left),
        right: Box::new(right),
    };
    let negated = |kind: ExprKind| ExprKind::Not(Box::new(Ast { kind, span }));
    // literals stand on the right
    let (mut comparing, mut left, mut right) = match (&left.kind, &right.kind) {
        (ExprKind::Literal(_), kind) if !matches!(kind, ExprKind::Literal(_)) => (flipped(op.value), right, left),
        _ => (op.value, left, right),
    };
    match (&right.kind, comparing) {
        (ExprKind::Literal(Literal::Null), CompareOp::NotEqual) => {
            return negated(compare(CompareOp::Equal, left, right, op));
        }
        (ExprKind::Literal(Literal::Bool(value)), CompareOp::Equal | CompareOp::NotEqual)
            if !matches!(left.kind, ExprKind::Field(_) | ExprKind::Literal(_)) =>
        {
            return if *value == (comparing == CompareOp::Equal) { left.kind } else { negated(left.kind) };
        }
        _ => {}
    }
    while let ExprKind::Literal(Literal::Integer(number)) = right.kind
        && let Some((next, base, literal)) = solved(comparing, &left, number, schema)
    {
        (comparing, left) = (next, base);
        right.kind = ExprKind::Literal(literal);
    }
    compare(comparing, left, right, op)
}

pub(super) fn flipped(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal | CompareOp::NotEqual => op,
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
    }
}

/// One step of arithmetic brought to the right: `f + 1 < 6` is `f < 5`. None where that could change what is found: divisions of whole
/// numbers, sums of others, and what leaves the range of a long.
fn solved(op: CompareOp, left: &Ast, right: i128, schema: &Schema) -> Option<(CompareOp, Ast, Literal)> {
    let long = |number: Option<i128>| number.filter(|number| i64::try_from(*number).is_ok()).map(Literal::Integer);
    let (base, step, number) = match &left.kind {
        ExprKind::Negative(inner) => {
            return Some((flipped(op), (**inner).clone(), long(right.checked_neg())?));
        }
        ExprKind::Arithmetic { first, rest } => last_step(first, rest, left.span)?,
        _ => return None,
    };
    let turned = |literal: Literal| (if number < 0 { flipped(op) } else { op }, base.clone(), literal);
    let whole = numbers(&base, schema)?;
    Some(match step {
        Step::Add if whole == Numbers::Whole => (op, base, long(right.checked_sub(number))?),
        Step::Subtract if whole == Numbers::Whole => (op, base, long(right.checked_add(number))?),
        Step::SubtractFrom if whole == Numbers::Whole => (flipped(op), base, long(number.checked_sub(right))?),
        Step::Multiply if whole == Numbers::Whole => {
            turned(long((right.checked_rem(number)? == 0).then(|| right / number))?)
        }
        Step::Multiply | Step::Divide if whole == Numbers::Fractions && number != 0 => {
            #[expect(clippy::cast_precision_loss, reason = "as Java converts a long to a double")]
            let (of, by) = (right as f64, number as f64);
            turned(Literal::Decimal(if step == Step::Multiply { of / by } else { of * by }))
        }
        Step::Add | Step::Subtract | Step::SubtractFrom | Step::Multiply | Step::Divide => return None,
    })
}

/// What is done with a value and a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Add,
    Subtract,
    /// The value is subtracted from the literal.
    SubtractFrom,
    Multiply,
    Divide,
}

/// The last step of a chain, if one of its sides is a whole number: the other side, what is done, the number.
fn last_step(first: &Ast, rest: &[(Spanned<ArithmeticOp>, Ast)], span: Span) -> Option<(Ast, Step, i128)> {
    let ((op, last), before) = rest.split_last()?;
    match (&first.kind, &last.kind) {
        (_, ExprKind::Literal(Literal::Integer(number))) => {
            let base = if before.is_empty() {
                first.clone()
            } else {
                let kind = ExprKind::Arithmetic { first: Box::new(first.clone()), rest: before.to_vec() };
                Ast { kind, span }
            };
            let step = match op.value {
                ArithmeticOp::Add => Step::Add,
                ArithmeticOp::Subtract => Step::Subtract,
                ArithmeticOp::Multiply => Step::Multiply,
                ArithmeticOp::Divide => Step::Divide,
                ArithmeticOp::Modulo => return None,
            };
            Some((base, step, *number))
        }
        (ExprKind::Literal(Literal::Integer(number)), _) if before.is_empty() => {
            let step = match op.value {
                ArithmeticOp::Add => Step::Add,
                ArithmeticOp::Subtract => Step::SubtractFrom,
                ArithmeticOp::Multiply => Step::Multiply,
                ArithmeticOp::Divide | ArithmeticOp::Modulo => return None,
            };
            Some((last.clone(), step, *number))
        }
        _ => None,
    }
}

/// What a value's numbers are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    Whole,
    Fractions,
}

/// None if it is not known.
fn numbers(expr: &Ast, schema: &Schema) -> Option<Numbers> {
    match &expr.kind {
        ExprKind::Literal(Literal::Integer(_)) => Some(Numbers::Whole),
        ExprKind::Literal(Literal::Decimal(_)) => Some(Numbers::Fractions),
        ExprKind::Field(field) => match schema.field(&field.name()).kind {
            // a number of an unknown field is taken for a whole one
            FieldType::Integer | FieldType::Unknown => Some(Numbers::Whole),
            FieldType::Float => Some(Numbers::Fractions),
            FieldType::Keyword
            | FieldType::Wildcard
            | FieldType::Caseless
            | FieldType::Text
            | FieldType::Boolean
            | FieldType::Date
            | FieldType::Ip
            | FieldType::Flattened
            | FieldType::Object
            | FieldType::Nested
            | FieldType::Other => None,
        },
        ExprKind::Negative(inner) => numbers(inner, schema),
        ExprKind::Arithmetic { first, rest } => {
            rest.iter().map(|(_, next)| next).chain([&**first]).try_fold(Numbers::Whole, |so_far, next| {
                let whole = numbers(next, schema)? == Numbers::Whole && so_far == Numbers::Whole;
                Some(if whole { Numbers::Whole } else { Numbers::Fractions })
            })
        }
        ExprKind::Call { name, .. } => {
            let counts = ["length", "indexOf"].iter().any(|counts| name.value.eq_ignore_ascii_case(counts));
            counts.then_some(Numbers::Whole)
        }
        ExprKind::Literal(_)
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Compare { .. }
        | ExprKind::In { .. }
        | ExprKind::Match { .. }
        | ExprKind::Invalid => None,
    }
}
