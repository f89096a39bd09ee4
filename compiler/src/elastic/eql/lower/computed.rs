//! What has to be computed: functions of several fields, arithmetic, comparisons of what they give.

use super::super::ast::{ArithmeticOp, CompareOp, Expr as Ast, ExprKind, Literal, MatchOp};
use super::check::{Class, class};
use super::functions;
use crate::diagnostic::Code;
use crate::elastic::leaf::{self, Context};
use crate::elastic::schema::FieldType;
use crate::ir::{self, Case, Expr, Function, Piece, Scalar};

/// How many parts a computed value may have: they nest.
const MAX_COMPUTED: usize = 200;

/// An expression whose value must be true.
pub(super) fn condition(expr: &Ast, cx: &mut Context<'_>) -> Expr {
    cx.computed = 0;
    formula(scalar(expr, Class::Bool, cx))
}

/// `left op right`
pub(super) fn comparison(op: CompareOp, left: &Ast, right: &Ast, cx: &mut Context<'_>) -> Expr {
    cx.computed = 0;
    formula(compared(op, left, right, cx))
}

/// Whether two values are equal.
pub(super) fn equals(left: &Ast, right: &Ast, case: Case, cx: &mut Context<'_>) -> Expr {
    cx.computed = 0;
    formula(equal(left, right, case, cx))
}

fn formula(value: Scalar) -> Expr {
    Expr::Formula(Box::new(value))
}

fn equal(left: &Ast, right: &Ast, case: Case, cx: &mut Context<'_>) -> Scalar {
    match (&right.kind, case) {
        (ExprKind::Literal(Literal::String(text)), Case::Insensitive) => {
            let glob = leaf::glob([Piece::Literal(text.value.clone())], case);
            Scalar::Matches(Box::new(scalar(left, Class::Text, cx)), vec![glob], case)
        }
        // of the same length, and one starts with the other
        (_, Case::Insensitive) => {
            let sides = [scalar(left, Class::Text, cx), scalar(right, Class::Text, cx)];
            let lengths = sides.clone().map(|side| Scalar::call(Function::Length, [side]));
            let same = Scalar::call(Function::StartsWith { ignore_case: true }, sides);
            Scalar::call(Function::And, [Scalar::call(Function::Equals, lengths), same])
        }
        (_, Case::Sensitive) => compared(CompareOp::Equal, left, right, cx),
    }
}

fn compared(op: CompareOp, left: &Ast, right: &Ast, cx: &mut Context<'_>) -> Scalar {
    let is_null = |expr: &Ast| matches!(expr.kind, ExprKind::Literal(Literal::Null));
    if let CompareOp::Equal | CompareOp::NotEqual = op
        && (is_null(left) || is_null(right))
    {
        let other = if is_null(right) { left } else { right };
        let null = Scalar::call(Function::IsNull, [scalar(other, Class::Any, cx)]);
        return if op == CompareOp::Equal { null } else { Scalar::call(Function::Not, [null]) };
    }
    let (of_left, of_right) = (class(left, cx.schema), class(right, cx.schema));
    let sides = [scalar(left, of_right, cx), scalar(right, of_left, cx)];
    match op {
        CompareOp::Equal => Scalar::call(Function::Equals, sides),
        CompareOp::NotEqual => Scalar::call(Function::Not, [Scalar::call(Function::Equals, sides)]),
        CompareOp::Less => Scalar::call(Function::Less, sides),
        CompareOp::LessOrEqual => Scalar::call(Function::LessOrEqual, sides),
        CompareOp::Greater => Scalar::call(Function::Greater, sides),
        CompareOp::GreaterOrEqual => Scalar::call(Function::GreaterOrEqual, sides),
    }
}

/// The value of an expression, in a place that asks for `wanted`.
pub(super) fn scalar(expr: &Ast, wanted: Class, cx: &mut Context<'_>) -> Scalar {
    cx.computed += 1;
    if cx.computed >= MAX_COMPUTED {
        if cx.computed == MAX_COMPUTED {
            let message = format!("a computed value has more than {MAX_COMPUTED} parts");
            cx.diags.push(Code::QueryTooDeep.at(expr.span, message).help("join smaller conditions by `and` and `or`"));
        }
        return Scalar::Null;
    }
    match &expr.kind {
        ExprKind::Literal(literal) => value(literal),
        ExprKind::Invalid => Scalar::Null,
        ExprKind::Field(field) => {
            let target = super::target(field, expr.span, cx);
            let ir::Subject::Field(field) = target.subject.clone() else { return Scalar::Null };
            let read = Scalar::Field(field);
            let own = match target.kind {
                FieldType::Integer => Some(Function::AsInt),
                FieldType::Float => Some(Function::AsDouble),
                FieldType::Boolean => Some(Function::AsBool),
                FieldType::Caseless => Some(Function::AsFolded),
                FieldType::Keyword | FieldType::Wildcard | FieldType::Text | FieldType::Flattened | FieldType::Ip => {
                    Some(Function::AsText)
                }
                FieldType::Date | FieldType::Object | FieldType::Nested | FieldType::Other | FieldType::Unknown => {
                    match wanted {
                        Class::Any => None,
                        Class::Text => Some(Function::AsText),
                        Class::Number => Some(Function::AsNumber),
                        Class::Bool => Some(Function::AsBool),
                    }
                }
            };
            match own {
                Some(function) => Scalar::call(function, [read]),
                None => read,
            }
        }
        ExprKind::Not(inner) => Scalar::call(Function::Not, [scalar(inner, Class::Bool, cx)]),
        ExprKind::And(members) => {
            let members: Vec<Scalar> = members.iter().map(|member| scalar(member, Class::Bool, cx)).collect();
            Scalar::Call(Function::And, members)
        }
        ExprKind::Or(members) => {
            let members: Vec<Scalar> = members.iter().map(|member| scalar(member, Class::Bool, cx)).collect();
            Scalar::Call(Function::Or, members)
        }
        ExprKind::Compare { op, left, right } => compared(op.value, left, right, cx),
        ExprKind::In { left, list, negated, ignore_case } => {
            let case = if *ignore_case { Case::Insensitive } else { Case::Sensitive };
            let members: Vec<Scalar> = list.iter().map(|member| equal(left, member, case, cx)).collect();
            let found = Scalar::Call(Function::Or, members);
            if *negated { Scalar::call(Function::Not, [found]) } else { found }
        }
        ExprKind::Match { op, left, patterns } => {
            let of = Box::new(scalar(left, Class::Text, cx));
            let case = match op.value {
                MatchOp::Seq | MatchOp::LikeIgnoreCase => Case::Insensitive,
                MatchOp::Like => Case::Sensitive,
                MatchOp::Regex | MatchOp::RegexIgnoreCase => {
                    let ignore_case = op.value == MatchOp::RegexIgnoreCase;
                    let translated: Vec<Scalar> = patterns
                        .iter()
                        .filter_map(|pattern| super::expression(pattern, ignore_case, cx))
                        .map(|pattern| Scalar::IsMatch { of: of.clone(), pattern, lookaround: false })
                        .collect();
                    return Scalar::Call(Function::Or, translated);
                }
            };
            let globs = patterns.iter().map(|pattern| leaf::glob(super::wildcard(&pattern.value), case));
            Scalar::Matches(of, globs.collect(), case)
        }
        ExprKind::Arithmetic { first, rest } => {
            rest.iter().fold(scalar(first, Class::Number, cx), |sum, (op, next)| {
                let function = match op.value {
                    ArithmeticOp::Add => Function::Add,
                    ArithmeticOp::Subtract => Function::Subtract,
                    ArithmeticOp::Multiply => Function::Multiply,
                    ArithmeticOp::Divide => Function::Divide,
                    ArithmeticOp::Modulo => Function::Modulo,
                };
                Scalar::call(function, [sum, scalar(next, Class::Number, cx)])
            })
        }
        ExprKind::Negative(inner) => match &inner.kind {
            ExprKind::Literal(Literal::Integer(number)) => value(&Literal::Integer(-number)),
            _ => Scalar::call(Function::Negate, [scalar(inner, Class::Number, cx)]),
        },
        ExprKind::Call { name, ignore_case, arguments } => functions::call(name, *ignore_case, arguments, cx),
    }
}

fn value(literal: &Literal) -> Scalar {
    match literal {
        Literal::Null => Scalar::Null,
        Literal::Bool(value) => Scalar::Bool(*value),
        #[expect(clippy::cast_precision_loss, reason = "beyond the range of a long, as Java reads it")]
        Literal::Integer(number) => i64::try_from(*number).map_or_else(|_| Scalar::float(*number as f64), Scalar::Int),
        Literal::Decimal(number) => Scalar::float(*number),
        Literal::String(text) => Scalar::Text(text.value.clone()),
    }
}
