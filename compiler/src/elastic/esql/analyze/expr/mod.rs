//! Conditions and values: types, and what the runtime computes.

mod call;
mod compare;
mod constant;
mod pattern;
mod search;
mod special;

use std::sync::Arc;

use sigil_runtime::table::function::{Function, MathFunction};
use sigil_runtime::table::{Expr, Type, Value};

use super::{Analyzer, Place, Typed, literal};
use crate::diagnostic::{Code, closest};
use crate::elastic::esql::ast::{self, ArithmeticOp, CompareOp, ExprKind};
use crate::elastic::esql::catalog;
use crate::elastic::short;
use crate::source::{Span, Spanned};

pub(super) use call::Signature;
use compare::meant;

impl Analyzer<'_> {
    /// A condition or a value; none if something is wrong with it, which is told.
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Option<Typed> {
        if let Place::Groups(groups) = &self.place
            && let Some(key) = groups.computed(expr)
        {
            return Some(Typed { span: expr.span, ..key.clone() });
        }
        let typed = match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, expr.span),
            ExprKind::Field(name) => self.field(name),
            ExprKind::Not(inner) => self.not(inner, expr.span),
            ExprKind::And(members) => self.connected(members, "`AND`", Expr::And, expr.span),
            ExprKind::Or(members) => self.connected(members, "`OR`", Expr::Or, expr.span),
            ExprKind::Compare { op, left, right } => self.compare(op, left, right, expr.span),
            ExprKind::IsNull { value, negated } => self.is_null(value, *negated, expr.span),
            ExprKind::In { left, list, negated } => self.member_of(left, list, *negated, expr.span),
            ExprKind::InQuery { .. } => self.unsupported("IN (FROM ..)"),
            ExprKind::Like { op, left, patterns, negated } => {
                self.like(op, left, patterns, expr.span).and_then(|typed| self.negated(typed, *negated))
            }
            ExprKind::Match { left, query } => self.match_operator(left, query, expr.span),
            ExprKind::Arithmetic { first, rest } => self.arithmetic(first, rest),
            ExprKind::Negative(inner) => self.negative(inner, expr.span),
            ExprKind::Cast { value, types } => self.casts(value, types),
            ExprKind::Call(call) => self.call(call, expr.span),
            ExprKind::Invalid => None,
        };
        typed.map(|typed| Typed { span: expr.span, ..typed })
    }

    fn not(&mut self, inner: &ast::Expr, span: Span) -> Option<Typed> {
        let inner = self.condition(inner, "`NOT`")?;
        let depth = self.nested(inner.depth, span)?;
        Some(Typed { depth, ..Typed::new(Expr::Not(Arc::new(inner.expr)), Type::Boolean, span) })
    }

    fn negated(&mut self, typed: Typed, negated: bool) -> Option<Typed> {
        if !negated {
            return Some(typed);
        }
        let depth = self.nested(typed.depth, typed.span)?;
        Some(Typed { expr: Expr::Not(Arc::new(typed.expr)), depth, ..typed })
    }

    fn connected(
        &mut self,
        members: &[ast::Expr],
        what: &str,
        make: fn(Arc<[Expr]>) -> Expr,
        span: Span,
    ) -> Option<Typed> {
        // every member is looked at, so that all errors are told
        let members: Vec<Option<Typed>> = members.iter().map(|member| self.condition(member, what)).collect();
        let members: Vec<Typed> = members.into_iter().collect::<Option<_>>()?;
        let depth = self.deepest(&members, span)?;
        let members = members.into_iter().map(|member| member.expr).collect();
        Some(Typed { depth, ..Typed::new(make(members), Type::Boolean, span) })
    }

    /// One more than the deepest of these.
    fn deepest(&mut self, members: &[Typed], span: Span) -> Option<u32> {
        self.nested(members.iter().map(|member| member.depth).max().unwrap_or(0), span)
    }

    fn is_null(&mut self, value: &ast::Expr, negated: bool, span: Span) -> Option<Typed> {
        let value = self.expr(value)?;
        let depth = self.nested(value.depth, span)?;
        let typed = Typed { depth, ..Typed::new(Expr::IsNull(Arc::new(value.expr)), Type::Boolean, span) };
        self.negated(typed, negated)
    }

    /// `first + second - third`
    fn arithmetic(&mut self, first: &ast::Expr, rest: &[(Spanned<ArithmeticOp>, ast::Expr)]) -> Option<Typed> {
        let mut left = self.expr(first);
        for (op, right) in rest {
            let right = self.expr(right);
            left = match (left, right) {
                (Some(left), Some(right)) => self.arithmetic_step(op, left, right),
                (None, _) | (_, None) => None,
            };
        }
        left
    }

    fn arithmetic_step(&mut self, op: &Spanned<ArithmeticOp>, left: Typed, right: Typed) -> Option<Typed> {
        let span = Span { end: right.span.end, ..left.span };
        let (left, right) = (amount(left, right.kind), right);
        let (right, left) = (amount(right, left.kind), left);
        let (left, right) = (moment(left, right.kind), right);
        let (right, left) = (moment(right, left.kind), left);
        // a whole number of the query is as unsigned as what stands beside it
        let (left, right) = (unsigned(left, right.kind), right);
        let (right, left) = (unsigned(right, left.kind), left);
        let mut kinds = (left.kind, right.kind);
        if catalog::arithmetic(op.value, left.kind, right.kind).is_none() {
            // what no table knows may be what fits
            let fitting = |other: Type| match other {
                Type::DatePeriod | Type::TimeDuration => Type::Date,
                Type::Double => Type::Double,
                _ => Type::Long,
            };
            if self.want(&left, fitting(right.kind)) {
                kinds.0 = fitting(right.kind);
            }
            if self.want(&right, fitting(kinds.0)) {
                kinds.1 = fitting(kinds.0);
            }
        }
        let Some(kind) = catalog::arithmetic(op.value, kinds.0, kinds.1) else {
            let message = format!("`{}` does not take `{}` and `{}`", op.value.as_str(), left.kind, right.kind);
            let help = match (left.kind, right.kind) {
                (a, b) if a.is_date() && b.is_date() => "write `DATE_DIFF(\"seconds\", a, b)`".to_owned(),
                (a, b) if a.is_text() && b.is_text() => "join texts by `CONCAT(a, b)`".to_owned(),
                (a, _) if a.is_text() => self.cast_help(&left, "double"),
                (_, b) if b.is_text() => self.cast_help(&right, "double"),
                _ => "compute with numbers, or with a date and a span of time".to_owned(),
            };
            return self.error(Code::TypeConflict, op.span, message, help);
        };
        let depth = self.nested(left.depth.max(right.depth), span)?;
        let function = catalog::operator(op.value);
        let expr = Expr::call(function, kind, [left.expr, right.expr]);
        Some(Typed { depth, ..Typed::new(expr, kind, span) })
    }

    fn negative(&mut self, inner: &ast::Expr, span: Span) -> Option<Typed> {
        let inner = self.expr(inner)?;
        let kind = match catalog::negative(inner.kind) {
            Some(kind) => kind,
            None if self.want(&inner, Type::Long) => Type::Long,
            None => return self.wrong_type(&inner, "a number", "`-`"),
        };
        let folded = inner.literal().and_then(|value| match value {
            Value::Int(value) => value.checked_neg().map(Value::Int),
            Value::Long(value) => value.checked_neg().map(Value::Long),
            Value::Double(value) => Some(Value::double(-value)),
            Value::Duration(value) => value.checked_neg().map(Value::Duration),
            Value::Period(months, days) => Some(Value::Period(months.checked_neg()?, days.checked_neg()?)),
            _ => None,
        });
        if let Some(value) = folded {
            return Some(Typed::new(Expr::Literal(value), kind, span));
        }
        let depth = self.nested(inner.depth, span)?;
        let function = Function::Math(MathFunction::Negate);
        Some(Typed { depth, ..Typed::new(Expr::call(function, kind, [inner.expr]), kind, span) })
    }

    /// `value::type::type`
    fn casts(&mut self, value: &ast::Expr, types: &[Spanned<String>]) -> Option<Typed> {
        let mut typed = self.expr(value)?;
        for target in types {
            let Some(kind) = catalog::cast_type(&target.value) else {
                let names = ["string", "int", "bool", "datetime"].into_iter().chain(Type::ALL.map(Type::name));
                let names: Vec<&str> = names.filter(|name| catalog::cast_type(name).is_some()).collect();
                let help = match closest(&target.value, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "types are `keyword`, `integer`, `long`, `double`, `boolean`, `date`, `ip` and others"
                        .to_owned(),
                };
                let message = format!("there is no type `{}`", short(&target.value));
                return self.error(Code::TypeConflict, target.span, message, help);
            };
            typed = self.cast(typed, kind)?;
        }
        Some(typed)
    }

    /// A value as one of another type.
    pub(super) fn cast(&mut self, value: Typed, kind: Type) -> Option<Typed> {
        let span = value.span;
        if value.kind == kind || (kind == Type::Keyword && value.kind == Type::Text) {
            // a text of the event stays one that words are looked for in
            return Some(value);
        }
        let literal = value.literal().and_then(|of| literal::converted(of, kind).or_else(|| literal::number(of, kind)));
        if let Some(literal) = literal {
            return Some(Typed::new(Expr::Literal(literal), kind, span));
        }
        let Some(entry) = catalog::cast(kind) else { return self.unsupported("::") };
        let name = entry.name.to_owned();
        self.scalar(&Spanned::new(name, span), entry, vec![Some(value)], span)
    }
}

/// A text of the query beside a date is a span of time: `@timestamp - "1 day"`.
fn amount(value: Typed, beside: Type) -> Typed {
    if !beside.is_date() || value.kind != Type::Keyword {
        return value;
    }
    for kind in [Type::DatePeriod, Type::TimeDuration] {
        if let Some(converted) = value.literal().and_then(|text| literal::converted(text, kind)) {
            return Typed { kind, expr: Expr::Literal(converted), ..value };
        }
    }
    value
}

/// A text of the query beside a span of time is a date: `"2024-05-06" + 1 day`.
fn moment(value: Typed, beside: Type) -> Typed {
    match beside {
        Type::DatePeriod | Type::TimeDuration => meant(&value, Type::Date).unwrap_or(value),
        _ => value,
    }
}

/// A whole number of the query beside an unsigned one.
fn unsigned(value: Typed, beside: Type) -> Typed {
    let converted = value.literal().filter(|_| beside == Type::UnsignedLong && value.kind != Type::Double);
    match converted.and_then(|of| literal::number(of, beside)) {
        Some(converted) => Typed { kind: beside, expr: Expr::Literal(converted), ..value },
        None => value,
    }
}

/// As the runtime orders.
fn order_of(op: CompareOp) -> Option<crate::ir::CompareOp> {
    match op {
        CompareOp::Less => Some(crate::ir::CompareOp::Less),
        CompareOp::LessOrEqual => Some(crate::ir::CompareOp::LessOrEqual),
        CompareOp::Greater => Some(crate::ir::CompareOp::Greater),
        CompareOp::GreaterOrEqual => Some(crate::ir::CompareOp::GreaterOrEqual),
        CompareOp::Equal | CompareOp::NotEqual => None,
    }
}
