//! Comparisons and `IN`.

use std::sync::Arc;

use sigil_runtime::table::{Expr, Type};

use super::super::literal;
use super::{Analyzer, Typed, order_of};
use crate::diagnostic::Code;
use crate::elastic::esql::ast::{self, CompareOp};
use crate::elastic::one_line;
use crate::source::{Span, Spanned};

/// What to write where a date is asked for.
pub(super) const WRITE_DATE: &str = "write a date: `\"2024-05-06T07:08:09Z\"`, or compute one: `NOW() - 1 day`";

impl Analyzer<'_> {
    /// `left == right` and so on.
    pub(super) fn compare(
        &mut self,
        op: &Spanned<CompareOp>,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Option<Typed> {
        let (left, right) = (self.expr(left), self.expr(right));
        let (left, right) = (left?, right?);
        let (left, right) = self.comparable(left, right, op.value.as_str(), op.span)?;
        let depth = self.nested(left.depth.max(right.depth), span)?;
        if let Some(order) = order_of(op.value) {
            for side in [&left, &right] {
                if matches!(side.kind, Type::Boolean | Type::GeoPoint | Type::Source) {
                    let message = format!("values of type `{}` have no order", side.kind);
                    return self.error(Code::TypeConflict, side.span, message, "compare them by `==` or `!=`");
                }
            }
            let expr = Expr::Compare(order, Arc::new([left.expr, right.expr]));
            return Some(Typed { depth, ..Typed::new(expr, Type::Boolean, span) });
        }
        let typed = Typed { depth, ..Typed::new(Expr::Equal(Arc::new([left.expr, right.expr])), Type::Boolean, span) };
        self.negated(typed, op.value == CompareOp::NotEqual)
    }

    /// Two values that can be compared: literals take the type of the other side.
    fn comparable(&mut self, left: Typed, right: Typed, op: &str, place: Span) -> Option<(Typed, Typed)> {
        if alike(left.kind, right.kind) {
            return Some((left, right));
        }
        if let Some(right) = meant(&right, left.kind) {
            return Some((left, right));
        }
        if let Some(left) = meant(&left, right.kind) {
            return Some((left, right));
        }
        if self.want(&left, right.kind) || self.want(&right, left.kind) {
            return Some((left, right));
        }
        let is_text_of_query = |value: &Typed| value.kind == Type::Keyword && value.literal().is_some();
        for (value, kind) in [(&right, left.kind), (&left, right.kind)] {
            if is_text_of_query(value) && matches!(kind, Type::Ip | Type::Version | Type::Boolean)
                || (is_text_of_query(value) && kind.is_date())
            {
                let shown = value.literal().map(ToString::to_string).unwrap_or_default();
                let message = format!("`{}` is not a value of type `{kind}`", one_line(&shown));
                let help = match kind {
                    Type::Ip => {
                        "write an address: `\"10.0.0.1\"`; for networks there is `CIDR_MATCH(ip, \"10.0.0.0/8\")`"
                    }
                    Type::Boolean => "write `true` or `false`",
                    Type::Version => "write a version: `\"1.2.3\"`",
                    _ => WRITE_DATE,
                };
                return self.error(Code::TypeConflict, value.span, message, help);
            }
        }
        let help = match (left.kind, right.kind) {
            (kind, _) if kind.is_text() && right.literal().is_some() => self.written_as_text(&right),
            (_, kind) if kind.is_text() && left.literal().is_some() => self.written_as_text(&left),
            (kind, other) if kind.is_text() => self.cast_help(&left, other.name()),
            (other, _) => self.cast_help(&right, other.name()),
        };
        let message = format!("`{op}` compares `{}` with `{}`", left.kind, right.kind);
        self.error(Code::TypeConflict, place, message, help)
    }

    fn written_as_text(&self, literal: &Typed) -> String {
        let shown = self.text(literal.span).or_else(|| literal.literal().map(ToString::to_string)).unwrap_or_default();
        format!("write `\"{}\"`", one_line(&shown))
    }

    /// `left IN (..)`
    pub(super) fn member_of(
        &mut self,
        left: &ast::Expr,
        list: &[ast::Expr],
        negated: bool,
        span: Span,
    ) -> Option<Typed> {
        let left = self.expr(left);
        let list: Vec<Option<Typed>> = list.iter().map(|member| self.expr(member)).collect();
        let (mut left, list) = (left?, list.into_iter().collect::<Option<Vec<Typed>>>()?);
        let mut members = Vec::with_capacity(list.len());
        let mut depth = left.depth;
        for member in list {
            let place = member.span;
            let (same, member) = self.comparable(left, member, "IN", place)?;
            left = same;
            depth = depth.max(member.depth);
            members.push(member.expr);
        }
        let depth = self.nested(depth, span)?;
        let expr = Expr::In(Arc::new(left.expr), members.into());
        self.negated(Typed { depth, ..Typed::new(expr, Type::Boolean, span) }, negated)
    }
}

/// Whether values of two types can be compared as they are.
pub(super) fn alike(left: Type, right: Type) -> bool {
    left == right
        || left == Type::Null
        || right == Type::Null
        || (left.is_number() && right.is_number())
        || (left.is_text() && right.is_text())
        || (left.is_date() && right.is_date())
}

/// A text of the query as a value of the type that is asked for.
pub(super) fn meant(value: &Typed, kind: Type) -> Option<Typed> {
    if value.kind != Type::Keyword || kind.is_text() {
        return None;
    }
    let converted = literal::converted(value.literal()?, kind)?;
    Some(Typed { expr: Expr::Literal(converted), kind, ..value.clone() })
}
