//! Trees to text.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{
    ArithmeticOp, Body, Category, EventQuery, Expr, ExprKind, Field, FieldPart, Join, Literal, Pipe, Query, Sample,
    Sequence, StringLiteral, Term,
};
use super::lex;

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.body)?;
        self.pipes.iter().try_for_each(|pipe| write!(f, " | {pipe}"))
    }
}

impl Display for Body {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Body::Event(query) => query.fmt(f),
            Body::Sequence(sequence) => sequence.fmt(f),
            Body::Sample(sample) => sample.fmt(f),
            Body::Join(join) => join.fmt(f),
        }
    }
}

impl Display for EventQuery {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} where {}", self.category, self.condition)
    }
}

impl Display for Category {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Category::Any => f.write_str("any"),
            Category::Named(name) if lex::is_plain_name(&name.value) => f.write_str(&name.value),
            Category::Named(name) => quoted(&name.value, f),
        }
    }
}

impl Display for Sequence {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("sequence")?;
        keys(&self.by, f)?;
        if let Some(maxspan) = &self.maxspan {
            write!(f, " with maxspan={}ms", maxspan.value)?;
        }
        terms(&self.terms, self.until.as_deref(), f)
    }
}

impl Display for Sample {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("sample")?;
        keys(&self.by, f)?;
        terms(&self.terms, None, f)
    }
}

impl Display for Join {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("join")?;
        keys(&self.by, f)?;
        terms(&self.terms, self.until.as_deref(), f)
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}]", if self.missing { "![" } else { "[" }, self.query)?;
        keys(&self.by, f)?;
        match &self.runs {
            Some(runs) => write!(f, " with runs={}", runs.value),
            None => Ok(()),
        }
    }
}

impl Display for Pipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name.value)?;
        if self.arguments.is_empty() {
            return Ok(());
        }
        f.write_char(' ')?;
        list(&self.arguments, f)
    }
}

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

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.optional {
            f.write_char('?')?;
        }
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                FieldPart::Index(index) => write!(f, "[{index}]")?,
                FieldPart::Name(name) => {
                    if at > 0 {
                        f.write_char('.')?;
                    }
                    if lex::is_plain_name(name) {
                        f.write_str(name)?;
                    } else {
                        write!(f, "`{}`", name.replace('`', "``"))?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// How tightly an expression binds, from loose to tight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Compare,
    Sum,
    Product,
    Sign,
    Predicate,
    Value,
}

fn level(kind: &ExprKind) -> Level {
    match kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Compare { .. } => Level::Compare,
        ExprKind::Arithmetic { rest, .. } => match rest.first() {
            Some((op, _)) => match op.value {
                ArithmeticOp::Add | ArithmeticOp::Subtract => Level::Sum,
                ArithmeticOp::Multiply | ArithmeticOp::Divide | ArithmeticOp::Modulo => Level::Product,
            },
            None => Level::Product,
        },
        ExprKind::Negative(_) => Level::Sign,
        ExprKind::In { .. } | ExprKind::Match { .. } => Level::Predicate,
        ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Call { .. } | ExprKind::Invalid => Level::Value,
    }
}

/// The next tighter level.
fn tighter(level: Level) -> Level {
    match level {
        Level::Or => Level::And,
        Level::And => Level::Not,
        Level::Not => Level::Compare,
        Level::Compare => Level::Sum,
        Level::Sum => Level::Product,
        Level::Product => Level::Sign,
        Level::Sign => Level::Predicate,
        Level::Predicate | Level::Value => Level::Value,
    }
}

/// Writes an expression where one that binds as tightly as `least` is expected.
fn write_within(expr: &Expr, least: Level, f: &mut Formatter<'_>) -> fmt::Result {
    if level(&expr.kind) < least {
        f.write_char('(')?;
        write_kind(&expr.kind, f)?;
        return f.write_char(')');
    }
    write_kind(&expr.kind, f)
}

fn write_kind(kind: &ExprKind, f: &mut Formatter<'_>) -> fmt::Result {
    let own = level(kind);
    match kind {
        ExprKind::Literal(literal) => literal.fmt(f),
        ExprKind::Field(field) => field.fmt(f),
        ExprKind::Not(inner) => {
            f.write_str("not ")?;
            write_within(inner, own, f)
        }
        ExprKind::And(members) => joined(members, " and ", tighter(own), f),
        ExprKind::Or(members) => joined(members, " or ", tighter(own), f),
        ExprKind::Compare { op, left, right } => {
            write_within(left, tighter(own), f)?;
            write!(f, " {} ", op.value.as_str())?;
            write_within(right, tighter(own), f)
        }
        ExprKind::In { left, list: values, negated, ignore_case } => {
            write_within(left, Level::Value, f)?;
            write!(f, " {}in{} (", if *negated { "not " } else { "" }, if *ignore_case { "~" } else { "" })?;
            list(values, f)?;
            f.write_char(')')
        }
        ExprKind::Match { op, left, patterns } => {
            write_within(left, Level::Value, f)?;
            write!(f, " {} ", op.value.as_str())?;
            if let [only] = patterns.as_slice() {
                return only.fmt(f);
            }
            f.write_char('(')?;
            separated(patterns, ", ", f, Display::fmt)?;
            f.write_char(')')
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
            write_within(inner, own, f)
        }
        ExprKind::Call { name, ignore_case, arguments } => {
            write!(f, "{}{}(", name.value, if *ignore_case { "~" } else { "" })?;
            list(arguments, f)?;
            f.write_char(')')
        }
        ExprKind::Invalid => f.write_str("/* not readable */"),
    }
}

fn joined(members: &[Expr], by: &str, least: Level, f: &mut Formatter<'_>) -> fmt::Result {
    separated(members, by, f, |member, f| write_within(member, least, f))
}

fn list(values: &[Expr], f: &mut Formatter<'_>) -> fmt::Result {
    separated(values, ", ", f, Display::fmt)
}

fn separated<T>(
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

/// ` by a, b`, or nothing.
fn keys(keys: &[Expr], f: &mut Formatter<'_>) -> fmt::Result {
    if keys.is_empty() {
        return Ok(());
    }
    f.write_str(" by ")?;
    list(keys, f)
}

fn terms(terms: &[Term], until: Option<&Term>, f: &mut Formatter<'_>) -> fmt::Result {
    terms.iter().try_for_each(|term| write!(f, " {term}"))?;
    match until {
        Some(until) => write!(f, " until {until}"),
        None => Ok(()),
    }
}

/// A string in double quotes, with escapes.
fn quoted(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{{{:04x}}}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
