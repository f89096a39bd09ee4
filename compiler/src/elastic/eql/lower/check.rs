//! Types: whether functions, operators and conditions get what they take.
//!
//! Tests of one field are left out here (`f == 1`, `startsWith(f, "a")`): what its type cannot answer is a warning, given where the test is made.

use super::super::ast::{Expr as Ast, ExprKind, Literal};
use super::functions;
use crate::diagnostic::Code;
use crate::elastic::leaf::Context;
use crate::elastic::schema::{FieldType, Schema};
use crate::elastic::short;
use crate::source::Spanned;

/// What a value is, as far as its place asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Anything.
    Any,
    /// A text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Bool,
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Bool => "true or false",
        }
    }
}

/// What an expression's value is.
pub(super) fn class(expr: &Ast, schema: &Schema) -> Class {
    match &expr.kind {
        ExprKind::Literal(Literal::Bool(_))
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Not(_)
        | ExprKind::Compare { .. }
        | ExprKind::In { .. }
        | ExprKind::Match { .. } => Class::Bool,
        ExprKind::Literal(Literal::Integer(_) | Literal::Decimal(_))
        | ExprKind::Arithmetic { .. }
        | ExprKind::Negative(_) => Class::Number,
        ExprKind::Literal(Literal::String(_)) => Class::Text,
        ExprKind::Literal(Literal::Null) | ExprKind::Invalid => Class::Any,
        ExprKind::Call { name, .. } => functions::result(&name.value),
        ExprKind::Field(field) => match schema.field(&field.name()).kind {
            FieldType::Integer | FieldType::Float => Class::Number,
            FieldType::Boolean => Class::Bool,
            FieldType::Keyword
            | FieldType::Wildcard
            | FieldType::Caseless
            | FieldType::Text
            | FieldType::Ip
            | FieldType::Flattened => Class::Text,
            FieldType::Date | FieldType::Object | FieldType::Nested | FieldType::Other | FieldType::Unknown => {
                Class::Any
            }
        },
    }
}

/// A condition, which is true or false.
pub(super) fn condition(expr: &Ast, cx: &mut Context<'_>) {
    match &expr.kind {
        ExprKind::And(members) | ExprKind::Or(members) => members.iter().for_each(|member| condition(member, cx)),
        ExprKind::Not(inner) => condition(inner, cx),
        // a field alone stands for `field == true`
        ExprKind::Field(_) => {}
        _ => {
            if matches!(class(expr, cx.schema), Class::Text | Class::Number) {
                let problem = Code::TypeConflict.at(expr.span, "a condition is expected here, which is true or false");
                cx.diags.push(problem.help("compare the value with something: `== 1`"));
            }
            value(expr, cx);
        }
    }
}

/// An expression in a place that takes any value.
pub(super) fn value(expr: &Ast, cx: &mut Context<'_>) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Invalid => {}
        ExprKind::Not(_) | ExprKind::And(_) | ExprKind::Or(_) => condition(expr, cx),
        ExprKind::Compare { op: _, left, right } => {
            value(left, cx);
            value(right, cx);
            comparable(left, right, cx);
        }
        ExprKind::In { left, list, .. } => {
            value(left, cx);
            for member in list {
                value(member, cx);
                comparable(left, member, cx);
            }
        }
        ExprKind::Match { op, left, patterns: _ } => {
            value(left, cx);
            if !matches!(left.kind, ExprKind::Field(_)) {
                takes(&format!("`{}`", op.value.as_str()), Class::Text, left, cx);
            }
        }
        ExprKind::Arithmetic { first, rest } => {
            value(first, cx);
            let Some((op, _)) = rest.first() else { return };
            takes(&format!("`{}`", op.value.as_str()), Class::Number, first, cx);
            for (op, next) in rest {
                value(next, cx);
                takes(&format!("`{}`", op.value.as_str()), Class::Number, next, cx);
            }
        }
        ExprKind::Negative(inner) => {
            value(inner, cx);
            takes("`-`", Class::Number, inner, cx);
        }
        ExprKind::Call { name, ignore_case, arguments } => {
            arguments.iter().for_each(|argument| value(argument, cx));
            call(name, *ignore_case, arguments, cx);
        }
    }
}

fn call(name: &Spanned<String>, ignore_case: bool, arguments: &[Ast], cx: &mut Context<'_>) {
    let Some(function) = functions::checked(name, ignore_case, arguments, cx.diags) else { return };
    let tested = usize::from(functions::is_test(&name.value, ignore_case, arguments));
    for (argument, wanted) in arguments.iter().zip(function.classes()).skip(tested) {
        takes(&format!("`{}`", function.name()), wanted, argument, cx);
    }
}

/// Says so if an operator or a function cannot take this.
fn takes(who: &str, wanted: Class, given: &Ast, cx: &mut Context<'_>) {
    let found = class(given, cx.schema);
    if found == wanted || found == Class::Any || wanted == Class::Any {
        return;
    }
    let what = match &given.kind {
        ExprKind::Field(field) => {
            let name = field.name();
            format!("`{}` is of type `{}`", short(&name), cx.schema.field(&name).kind.name())
        }
        _ => format!("this is {}", found.name()),
    };
    let help = match wanted {
        Class::Text => "turn it into a text: `string(..)`",
        Class::Number => "turn it into a number: `number(..)`",
        Class::Bool => "write `true`, `false` or a condition",
        Class::Any => "write a value",
    };
    let message = format!("{who} takes {} here, and {what}", wanted.name());
    cx.diags.push(Code::TypeConflict.at(given.span, message).help(help));
}

/// Says so if two values can never be compared.
fn comparable(left: &Ast, right: &Ast, cx: &mut Context<'_>) {
    let (of_left, of_right) = (class(left, cx.schema), class(right, cx.schema));
    if of_left == of_right || of_left == Class::Any || of_right == Class::Any || is_test(left, right) {
        return;
    }
    let problem = Code::TypeConflict.at(right.span, "the two sides have different types");
    let help = "convert one of them: `string(..)`, `number(..)`";
    cx.diags.push(problem.label(left.span, "the other side").help(help));
}

/// A field and a literal.
fn is_test(left: &Ast, right: &Ast) -> bool {
    let literal = |expr: &Ast| match &expr.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Negative(inner) => matches!(inner.kind, ExprKind::Literal(_)),
        _ => false,
    };
    let field = |expr: &Ast| matches!(expr.kind, ExprKind::Field(_));
    (field(left) && literal(right)) || (literal(left) && field(right))
}
