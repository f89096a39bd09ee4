//! What Elasticsearch makes of an EQL condition before it looks at events: rules that are tried again and again until none applies.
//!
//! They are those of its optimizer that change what is found: checks for null, constants, comparisons with booleans, arithmetic that can be brought to the
//! other side, conversions to the type that a field has.

use sigil_compiler::elastic::eql::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, Literal, StringLiteral};
use sigil_compiler::elastic::schema::{FieldType, Schema};
use sigil_compiler::source::Spanned;

use super::eql;
use super::functions::Datum;

/// The condition that is run.
pub fn rewritten(expr: &Expr, schema: &Schema) -> Expr {
    let mut expr = with_parts(expr, schema);
    while let Some(kind) = swapped(&expr)
        .or_else(|| null_check(&expr))
        .or_else(|| folded(&expr, schema))
        .or_else(|| of_truth(&expr))
        .or_else(|| moved(&expr, schema))
        .or_else(|| without_conversion(&expr, schema))
    {
        expr = Expr { kind, span: expr.span };
    }
    expr
}

fn with_parts(expr: &Expr, schema: &Schema) -> Expr {
    let one = |part: &Expr| Box::new(rewritten(part, schema));
    let all = |parts: &[Expr]| parts.iter().map(|part| rewritten(part, schema)).collect::<Vec<_>>();
    let mut kind = expr.kind.clone();
    match &mut kind {
        ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Invalid => {}
        ExprKind::Not(inner) | ExprKind::Negative(inner) => *inner = one(inner),
        ExprKind::And(members) | ExprKind::Or(members) => *members = all(members),
        ExprKind::Compare { left, right, .. } => (*left, *right) = (one(left), one(right)),
        ExprKind::In { left, list, .. } => (*left, *list) = (one(left), all(list)),
        ExprKind::Match { left, .. } => *left = one(left),
        ExprKind::Arithmetic { first, rest } => {
            *first = one(first);
            rest.iter_mut().for_each(|(_, part)| *part = *one(part));
        }
        ExprKind::Call { arguments, .. } => *arguments = all(arguments),
    }
    Expr { kind, span: expr.span }
}

fn negated(kind: ExprKind, of: &Expr) -> ExprKind {
    ExprKind::Not(Box::new(Expr { kind, span: of.span }))
}

fn compare(op: &Spanned<CompareOp>, as_op: CompareOp, left: &Expr, right: &Expr) -> ExprKind {
    let op = Spanned::new(as_op, op.span);
    ExprKind::Compare { op, left: Box::new(left.clone()), right: Box::new(right.clone()) }
}

/// `x != null` is `not x == null`.
fn null_check(expr: &Expr) -> Option<ExprKind> {
    let is_null = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Null));
    match &expr.kind {
        ExprKind::Compare { op, left, right } if op.value == CompareOp::NotEqual && is_null(right) => {
            Some(negated(compare(op, CompareOp::Equal, left, right), expr))
        }
        _ => None,
    }
}

/// What reads no field is worked out, if it comes to something.
fn folded(expr: &Expr, schema: &Schema) -> Option<ExprKind> {
    let computed = !matches!(
        expr.kind,
        ExprKind::Literal(_) | ExprKind::Not(_) | ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Invalid
    );
    let mut names = Vec::new();
    eql::fields(expr, &mut names);
    if !computed || !names.is_empty() {
        return None;
    }
    Some(ExprKind::Literal(match eql::constant(expr, schema) {
        Datum::Null => return None,
        Datum::Bool(value) => Literal::Bool(value),
        Datum::Int(number) => Literal::Integer(number.into()),
        Datum::Float(number) => Literal::Decimal(number),
        Datum::Text(value) => Literal::String(StringLiteral { value, raw: false, span: expr.span }),
    }))
}

/// Literals stand on the right.
fn swapped(expr: &Expr) -> Option<ExprKind> {
    match &expr.kind {
        ExprKind::Compare { op, left, right }
            if matches!(left.kind, ExprKind::Literal(_)) && !matches!(right.kind, ExprKind::Literal(_)) =>
        {
            Some(compare(op, eql::mirrored(op.value), right, left))
        }
        _ => None,
    }
}

/// `(..) == true` is the condition itself, `(..) == false` is `not (..)`.
fn of_truth(expr: &Expr) -> Option<ExprKind> {
    let ExprKind::Compare { op, left, right } = &expr.kind else { return None };
    let ExprKind::Literal(Literal::Bool(value)) = right.kind else { return None };
    let keeps = match op.value {
        CompareOp::Equal => value,
        CompareOp::NotEqual => !value,
        CompareOp::Less | CompareOp::LessOrEqual | CompareOp::Greater | CompareOp::GreaterOrEqual => return None,
    };
    match &left.kind {
        ExprKind::Literal(_) | ExprKind::Field(_) => None,
        condition if keeps => Some(condition.clone()),
        condition => Some(negated(condition.clone(), left)),
    }
}

/// `x + 1 == 6` is `x == 5`.
fn moved(expr: &Expr, schema: &Schema) -> Option<ExprKind> {
    let ExprKind::Compare { op, left, right } = &expr.kind else { return None };
    let ExprKind::Literal(Literal::Integer(of)) = right.kind else { return None };
    let (base, literal, turns) = match &left.kind {
        ExprKind::Negative(inner) => ((**inner).clone(), whole(of.checked_neg())?, true),
        ExprKind::Arithmetic { first, rest } => {
            let (before, (step, last)) = (&rest[..rest.len() - 1], rest.last()?);
            let base = match before {
                [] => (**first).clone(),
                _ => {
                    Expr { kind: ExprKind::Arithmetic { first: first.clone(), rest: before.to_vec() }, span: left.span }
                }
            };
            match (&base.kind, &last.kind) {
                (_, ExprKind::Literal(Literal::Integer(by))) => {
                    let (literal, turns) = undone(of, step.value, *by, is_whole(&base, schema)?)?;
                    (base, literal, turns)
                }
                (ExprKind::Literal(Literal::Integer(by)), _) if step.value == ArithmeticOp::Subtract => {
                    (last.clone(), whole(is_whole(last, schema)?.then(|| by - of))?, true)
                }
                (ExprKind::Literal(Literal::Integer(by)), _) if step.value != ArithmeticOp::Divide => {
                    let (literal, turns) = undone(of, step.value, *by, is_whole(last, schema)?)?;
                    (last.clone(), literal, turns)
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    let literal = Expr { kind: ExprKind::Literal(literal), span: right.span };
    Some(compare(op, if turns { eql::mirrored(op.value) } else { op.value }, &base, &literal))
}

fn whole(number: Option<i128>) -> Option<Literal> {
    number.filter(|number| i64::try_from(*number).is_ok()).map(Literal::Integer)
}

/// `x step by == of`, solved for `x`; and whether an order turns round.
#[expect(clippy::cast_precision_loss, reason = "as Java converts a long to a double")]
fn undone(of: i128, step: ArithmeticOp, by: i128, is_whole: bool) -> Option<(Literal, bool)> {
    match (step, is_whole) {
        (ArithmeticOp::Add, true) => Some((whole(Some(of - by))?, false)),
        (ArithmeticOp::Subtract, true) => Some((whole(Some(of + by))?, false)),
        (ArithmeticOp::Multiply, true) if by != 0 && of % by == 0 => Some((whole(Some(of / by))?, by < 0)),
        (ArithmeticOp::Multiply, false) if by != 0 => Some((Literal::Decimal(of as f64 / by as f64), by < 0)),
        (ArithmeticOp::Divide, false) if by != 0 => Some((Literal::Decimal(of as f64 * by as f64), by < 0)),
        _ => None,
    }
}

/// Whether its numbers are whole, or doubles; none if it is not known to be a number.
fn is_whole(expr: &Expr, schema: &Schema) -> Option<bool> {
    match &expr.kind {
        ExprKind::Literal(Literal::Integer(_)) => Some(true),
        ExprKind::Literal(Literal::Decimal(_)) => Some(false),
        ExprKind::Field(field) => match schema.field(&field.name()).kind {
            FieldType::Integer | FieldType::Unknown => Some(true),
            FieldType::Float => Some(false),
            _ => None,
        },
        ExprKind::Negative(inner) => is_whole(inner, schema),
        ExprKind::Arithmetic { first, rest } => {
            let mut parts = vec![is_whole(first, schema)?];
            for (_, part) in rest {
                parts.push(is_whole(part, schema)?);
            }
            Some(parts.iter().all(|whole| *whole))
        }
        ExprKind::Call { name, .. } => {
            ["length", "indexof"].contains(&name.value.to_ascii_lowercase().as_str()).then_some(true)
        }
        _ => None,
    }
}

/// `string(f)` of a field of texts is `f`.
fn without_conversion(expr: &Expr, schema: &Schema) -> Option<ExprKind> {
    let ExprKind::Call { name, arguments, .. } = &expr.kind else { return None };
    let [Expr { kind: ExprKind::Field(field), .. }] = arguments.as_slice() else { return None };
    let is_text =
        matches!(schema.field(&field.name()).kind, FieldType::Keyword | FieldType::Wildcard | FieldType::Caseless);
    (is_text && name.value.eq_ignore_ascii_case("string")).then(|| ExprKind::Field(field.clone()))
}
