//! Conditions, values and names to text.

use std::fmt::{self, Display, Formatter, Write};

use super::word;
use crate::elastic::esql::ast::{
    Arguments, ArithmeticOp, Call, Expr, ExprKind, FunctionName, Literal, Map, MapEntry, MapValue, Name, NamePart,
    NamePattern, Parameter, ParameterKey, PatternPart, PatternPiece, StringLiteral,
};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_within(self, Level::Or, f)
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("null"),
            Literal::Bool(value) => write!(f, "{value}"),
            Literal::Integer(number) => write!(f, "{number}"),
            // always with a point or an exponent
            Literal::Decimal(number) => write!(f, "{number:?}"),
            Literal::String(string) => string.fmt(f),
            Literal::TimeSpan(span) => write!(f, "{} {}", span.count, span.unit.value),
            Literal::Array(members) => {
                f.write_char('[')?;
                list(members, f)?;
                f.write_char(']')
            }
            Literal::Parameter(parameter) => parameter.fmt(f),
        }
    }
}

impl Display for StringLiteral {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.raw && !self.value.contains(['\n', '\r']) && !self.value.contains("\"\"\"") {
            return write!(f, "\"\"\"{}\"\"\"", self.value);
        }
        quoted(&self.value, f)
    }
}

impl Display for Map {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        list(&self.entries, f)?;
        f.write_char('}')
    }
}

impl Display for MapEntry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.value)
    }
}

impl Display for MapValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            MapValue::Literal(literal) => literal.value.fmt(f),
            MapValue::Map(map) => map.fmt(f),
        }
    }
}

impl Display for Parameter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.identifier { "??" } else { "?" })?;
        match &self.key {
            ParameterKey::Next => Ok(()),
            ParameterKey::Named(name) | ParameterKey::Positional(name) => f.write_str(name),
        }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        separated(&self.parts, ".", f, |part, f| match part {
            NamePart::Name(name) => word(name, f),
            NamePart::Parameter(parameter) => parameter.fmt(f),
        })
    }
}

impl Display for NamePattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        separated(&self.parts, ".", f, |part, f| match part {
            PatternPart::Name(pieces) => pieces.iter().enumerate().try_for_each(|(at, piece)| match piece {
                PatternPiece::Text(text) if at > 0 && is_word(text) => f.write_str(text),
                PatternPiece::Text(text) => word(text, f),
                PatternPiece::Any => f.write_char('*'),
            }),
            PatternPart::Parameter(parameter) => parameter.fmt(f),
        })
    }
}

/// Whether a text needs no backticks behind a wildcard.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// How tightly an expression binds, from loose to tight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Predicate,
    Compare,
    Sum,
    Product,
    Sign,
    Cast,
    Value,
}

fn level(kind: &ExprKind) -> Level {
    match kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::IsNull { .. }
        | ExprKind::In { .. }
        | ExprKind::InQuery { .. }
        | ExprKind::Like { .. }
        | ExprKind::Match { .. } => Level::Predicate,
        ExprKind::Compare { .. } => Level::Compare,
        ExprKind::Arithmetic { rest, .. } => match rest.first() {
            Some((op, _)) => match op.value {
                ArithmeticOp::Add | ArithmeticOp::Subtract => Level::Sum,
                ArithmeticOp::Multiply | ArithmeticOp::Divide | ArithmeticOp::Modulo => Level::Product,
            },
            None => Level::Product,
        },
        ExprKind::Negative(_) => Level::Sign,
        ExprKind::Cast { .. } => Level::Cast,
        ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Call(_) | ExprKind::Invalid => Level::Value,
    }
}

/// The next tighter level.
fn tighter(level: Level) -> Level {
    match level {
        Level::Or => Level::And,
        Level::And => Level::Not,
        Level::Not => Level::Predicate,
        Level::Predicate => Level::Compare,
        Level::Compare => Level::Sum,
        Level::Sum => Level::Product,
        Level::Product => Level::Sign,
        Level::Sign => Level::Cast,
        Level::Cast | Level::Value => Level::Value,
    }
}

/// Writes an expression where a value with casts is expected.
pub(super) fn write_primary(expr: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    write_within(expr, Level::Cast, f)
}

/// Writes an expression where one that binds as tightly as `least` is expected.
fn write_within(expr: &Expr, least: Level, f: &mut Formatter<'_>) -> fmt::Result {
    if level(&expr.kind) < least {
        return in_parentheses(expr, f);
    }
    write_kind(&expr.kind, f)
}

fn in_parentheses(expr: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_char('(')?;
    write_kind(&expr.kind, f)?;
    f.write_char(')')
}

fn write_kind(kind: &ExprKind, f: &mut Formatter<'_>) -> fmt::Result {
    let own = level(kind);
    match kind {
        ExprKind::Literal(literal) => literal.fmt(f),
        ExprKind::Field(name) => name.fmt(f),
        ExprKind::Not(inner) => {
            f.write_str("NOT ")?;
            write_within(inner, own, f)
        }
        ExprKind::And(members) => joined(members, " AND ", tighter(own), f),
        ExprKind::Or(members) => joined(members, " OR ", tighter(own), f),
        ExprKind::Compare { op, left, right } => {
            write_within(left, tighter(own), f)?;
            write!(f, " {} ", op.value.as_str())?;
            write_within(right, tighter(own), f)
        }
        ExprKind::IsNull { value, negated } => {
            write_within(value, tighter(own), f)?;
            f.write_str(if *negated { " IS NOT NULL" } else { " IS NULL" })
        }
        ExprKind::In { left, list: values, negated } => {
            write_within(left, tighter(own), f)?;
            f.write_str(if *negated { " NOT IN (" } else { " IN (" })?;
            joined(values, ", ", Level::Compare, f)?;
            f.write_char(')')
        }
        ExprKind::InQuery { left, query, negated } => {
            write_within(left, tighter(own), f)?;
            write!(f, "{} ({query})", if *negated { " NOT IN" } else { " IN" })
        }
        ExprKind::Like { op, left, patterns, negated } => {
            write_within(left, tighter(own), f)?;
            write!(f, "{} {} ", if *negated { " NOT" } else { "" }, op.value.as_str())?;
            match patterns.as_slice() {
                [only] => write_like_pattern(only, f),
                several => {
                    f.write_char('(')?;
                    list(several, f)?;
                    f.write_char(')')
                }
            }
        }
        ExprKind::Match { left, query } => {
            write_within(left, Level::Cast, f)?;
            write!(f, " : {}", query.value)
        }
        ExprKind::Arithmetic { first, rest } => {
            write_within(first, tighter(own), f)?;
            rest.iter().try_for_each(|(op, operand)| {
                write!(f, " {} ", op.value.as_str())?;
                write_within(operand, tighter(own), f)
            })
        }
        ExprKind::Negative(inner) => {
            f.write_char('-')?;
            if starts_with_digit(&inner.kind) { in_parentheses(inner, f) } else { write_within(inner, own, f) }
        }
        ExprKind::Cast { value, types } => {
            write_within(value, tighter(own), f)?;
            types.iter().try_for_each(|name| {
                f.write_str("::")?;
                word(&name.value, f)
            })
        }
        ExprKind::Call(call) => call.fmt(f),
        ExprKind::Invalid => f.write_str("/* not readable */"),
    }
}

/// A single pattern. Parentheses around a string would make it a list.
fn write_like_pattern(pattern: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    match &pattern.kind {
        ExprKind::Literal(Literal::String(_) | Literal::Parameter(_)) | ExprKind::Field(_) | ExprKind::Call(_) => {
            write_kind(&pattern.kind, f)
        }
        ExprKind::Literal(_)
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Compare { .. }
        | ExprKind::IsNull { .. }
        | ExprKind::In { .. }
        | ExprKind::InQuery { .. }
        | ExprKind::Like { .. }
        | ExprKind::Match { .. }
        | ExprKind::Arithmetic { .. }
        | ExprKind::Negative(_)
        | ExprKind::Cast { .. }
        | ExprKind::Invalid => in_parentheses(pattern, f),
    }
}

/// Whether the text of an expression starts with a number: a sign in front would become a part of it.
fn starts_with_digit(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Literal(Literal::Integer(number)) => *number >= 0,
        ExprKind::Literal(Literal::Decimal(number)) => number.is_sign_positive(),
        ExprKind::Literal(Literal::TimeSpan(span)) => span.count >= 0,
        ExprKind::Cast { value, .. } => starts_with_digit(&value.kind),
        ExprKind::Literal(_)
        | ExprKind::Field(_)
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Compare { .. }
        | ExprKind::IsNull { .. }
        | ExprKind::In { .. }
        | ExprKind::InQuery { .. }
        | ExprKind::Like { .. }
        | ExprKind::Match { .. }
        | ExprKind::Arithmetic { .. }
        | ExprKind::Negative(_)
        | ExprKind::Call(_)
        | ExprKind::Invalid => false,
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.name {
            FunctionName::Parameter(parameter) => parameter.fmt(f)?,
            // keywords that functions are called by, too
            FunctionName::Name(name) if ["first", "last"].iter().any(|word| name.value.eq_ignore_ascii_case(word)) => {
                f.write_str(&name.value)?;
            }
            FunctionName::Name(name) => word(&name.value, f)?,
        }
        f.write_char('(')?;
        match &self.arguments {
            Arguments::Star => f.write_char('*')?,
            Arguments::Values { values, options } => {
                list(values, f)?;
                if let Some(options) = options {
                    write!(f, "{}{options}", if values.is_empty() { "" } else { ", " })?;
                }
            }
        }
        f.write_char(')')
    }
}

fn joined(members: &[Expr], by: &str, least: Level, f: &mut Formatter<'_>) -> fmt::Result {
    separated(members, by, f, |member, f| write_within(member, least, f))
}

pub(super) fn list<T: Display>(items: &[T], f: &mut Formatter<'_>) -> fmt::Result {
    separated(items, ", ", f, Display::fmt)
}

pub(super) fn separated<T>(
    items: &[T],
    by: &str,
    f: &mut Formatter<'_>,
    write: impl Fn(&T, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(by)?;
        }
        write(item, f)?;
    }
    Ok(())
}

/// A string in double quotes, with escapes.
pub(super) fn quoted(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
