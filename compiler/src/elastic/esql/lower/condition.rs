//! Conditions: when they are true, and when they are false.

use std::collections::HashSet;

use super::super::ast::{Arguments, Call, CompareOp, Expr as Ast, ExprKind, FunctionName, LikeOp, Literal};
use super::leaf::{Column, Decided, With};
use super::names::{Moment, Names};
use super::{computed, search};
use crate::elastic::leaf::Context;
use crate::ir::{self, Expr, TextOp};
use crate::source::Span;

/// What holds where a condition is true, and whether it is then true wherever that holds.
pub(super) fn holds(
    condition: &Ast,
    names: &Names<'_>,
    numeric: &HashSet<String>,
    cx: &mut Context<'_>,
) -> (Expr, bool) {
    let mut lowering = Lowering { names, at: names.now(), numeric, cx, exact: true, depth: 0, room: MOST_VALUES };
    let condition = lowering.is(condition, true);
    (condition, lowering.exact)
}

/// So many values of computed columns are looked at for one condition.
const MOST_VALUES: usize = 4_096;

pub(super) struct Lowering<'l, 'c> {
    pub(super) names: &'l Names<'l>,
    /// When what is looked at stood in the query.
    pub(super) at: Moment,
    numeric: &'l HashSet<String>,
    pub(super) cx: &'l mut Context<'c>,
    /// Nothing was left open so far.
    pub(super) exact: bool,
    /// So many computed columns led here.
    pub(super) depth: usize,
    /// So many more values may be looked at.
    pub(super) room: usize,
}

impl Lowering<'_, '_> {
    /// What holds where an expression is true, or where it is false (`want`).
    pub(super) fn is(&mut self, expr: &Ast, want: bool) -> Expr {
        match &expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => Expr::Const(*value == want),
            ExprKind::Literal(Literal::Null) => Expr::Const(false),
            ExprKind::Not(inner) => self.is(inner, !want),
            ExprKind::And(members) => self.several(members, want, want),
            ExprKind::Or(members) => self.several(members, want, !want),
            ExprKind::Field(_) => match self.column(expr) {
                Some(column) => {
                    let decided = column.equals(&[&Literal::Bool(true)], expr.span, self.cx);
                    self.decide(&column, decided, With::Boolean, want)
                }
                None => self.of_values(expr, &mut |this, value| this.is(value, want)).unwrap_or_else(|| self.open([])),
            },
            ExprKind::Compare { op, left, right } => self.compare(op.value, left, right, want),
            ExprKind::IsNull { value, negated } => match (&value.kind, self.column(value)) {
                (ExprKind::Literal(literal), _) => Expr::Const((*literal == Literal::Null) == (want != *negated)),
                (_, Some(column)) => {
                    let (present, exact) = column.present(want == *negated);
                    self.exact &= exact;
                    present
                }
                (_, None) if want == *negated => self.present(value),
                (_, None) => self.open([]),
            },
            ExprKind::In { left, list, negated } => self.in_list(left, list, want != *negated),
            ExprKind::Like { op, left, patterns, negated } => self.like(op.value, left, patterns, want != *negated),
            ExprKind::Match { left, query } => {
                let found = search::match_operator(self.column(uncast(left)).as_ref(), query, self.cx);
                self.searched(found, want)
            }
            ExprKind::Call(call) => self.call(call, expr.span, want),
            ExprKind::Literal(_)
            | ExprKind::InQuery { .. }
            | ExprKind::Arithmetic { .. }
            | ExprKind::Negative(_)
            | ExprKind::Cast { .. }
            | ExprKind::Invalid => self.open([]),
        }
    }

    fn several(&mut self, members: &[Ast], want: bool, all: bool) -> Expr {
        let members: Vec<Expr> = members.iter().map(|member| self.is(member, want)).collect();
        if all { Expr::all(members) } else { Expr::any(members) }
    }

    pub(super) fn column(&self, expr: &Ast) -> Option<Column> {
        let value = self.names.value(expr, self.at, self.cx.schema)?;
        Some(Column::new(value, self.numeric, self.cx))
    }

    pub(super) fn decide(&mut self, column: &Column, decided: Decided, with: With, want: bool) -> Expr {
        let (expr, exact) = column.decide(decided, with, want);
        self.exact &= exact;
        expr
    }

    /// Something that one event's fields do not decide: null at least where one of these columns has not one value.
    pub(super) fn open<'e>(&mut self, operands: impl IntoIterator<Item = &'e Ast>) -> Expr {
        self.exact = false;
        let operands = operands.into_iter().filter_map(|operand| self.column(operand));
        Expr::all(operands.map(|column| column.guard(With::Other).0).collect::<Vec<_>>())
    }

    /// A condition on the index, which is never null.
    fn searched(&mut self, found: Decided, want: bool) -> Expr {
        self.exact &= found.exact;
        if want { found.holds } else { found.fails }
    }

    fn compare(&mut self, op: CompareOp, left: &Ast, right: &Ast, want: bool) -> Expr {
        let order = match op {
            CompareOp::Equal => None,
            CompareOp::NotEqual => return self.compare(CompareOp::Equal, left, right, !want),
            CompareOp::Less => Some(ir::CompareOp::Less),
            CompareOp::LessOrEqual => Some(ir::CompareOp::LessOrEqual),
            CompareOp::Greater => Some(ir::CompareOp::Greater),
            CompareOp::GreaterOrEqual => Some(ir::CompareOp::GreaterOrEqual),
        };
        let (order, left, right) = match (&left.kind, &right.kind) {
            (ExprKind::Literal(_), kind) if !matches!(kind, ExprKind::Literal(_)) => (order.map(flipped), right, left),
            _ => (order, left, right),
        };
        match (&right.kind, self.column(left)) {
            // `x == null` is null
            (ExprKind::Literal(Literal::Null), _) => Expr::Const(false),
            (ExprKind::Literal(literal), Some(column)) => {
                let decided = match order {
                    None => column.equals(&[literal], right.span, self.cx),
                    Some(order) => column.compare(order, literal, right.span, self.cx),
                };
                self.decide(&column, decided, With::of(literal), want)
            }
            (ExprKind::Literal(literal), None) => self
                .of_values(left, &mut |this, value| this.compare(spelled(order), value, right, want))
                .or_else(|| computed::compared(order, left, literal).map(|holds| Expr::Const(holds == Some(want))))
                .or_else(|| self.located(order, left, literal, want))
                .or_else(|| self.ignored(order, left, literal, want))
                .unwrap_or_else(|| self.open([left])),
            _ => self.open([left, right]),
        }
    }

    /// True if the value is one of the list; else null if the list has a null in it.
    fn in_list(&mut self, left: &Ast, list: &[Ast], want: bool) -> Expr {
        let Some(column) = self.column(left) else {
            if list.iter().all(|member| matches!(member.kind, ExprKind::Literal(_)))
                && let Some(found) = self.of_values(left, &mut |this, value| this.in_list(value, list, want))
            {
                return found;
            }
            // `"a" in (f, g)`
            let members: Vec<Expr> =
                list.iter().map(|member| self.compare(CompareOp::Equal, left, member, want)).collect();
            return if want { Expr::any(members) } else { Expr::all(members) };
        };
        let literal = |member: &Ast| match &member.kind {
            ExprKind::Literal(literal) => Some(literal.clone()),
            _ => None,
        };
        let literals: Vec<Literal> = list.iter().filter_map(literal).collect();
        let has_null = literals.contains(&Literal::Null);
        let is_open = literals.len() < list.len();
        let known: Vec<&Literal> = literals.iter().filter(|literal| **literal != Literal::Null).collect();
        let with = known.first().map_or(With::Other, |literal| With::of(literal));
        if known.is_empty() && !is_open || has_null && !want {
            // never true, or never false
            return Expr::Const(false);
        }
        let equal = if known.iter().all(|literal| With::of(literal) == with) {
            let span = list.first().map_or(left.span, |first| first.span);
            column.equals(&known, span, self.cx)
        } else {
            Decided::unknown()
        };
        let equal = if is_open && want { Decided::unknown() } else { equal };
        self.exact &= !is_open;
        self.decide(&column, equal, with, want)
    }

    fn like(&mut self, op: LikeOp, left: &Ast, patterns: &[Ast], want: bool) -> Expr {
        let string = |pattern: &Ast| match &pattern.kind {
            ExprKind::Literal(Literal::String(text)) => Some(text.clone()),
            _ => None,
        };
        let texts: Option<Vec<_>> = patterns.iter().map(string).collect();
        let Some(texts) = texts else { return self.open([left]) };
        let Some(column) = self.column(left) else {
            let found = self.of_values(left, &mut |this, value| this.like(op, value, patterns, want));
            return found.unwrap_or_else(|| self.open([left]));
        };
        let decided = match op {
            LikeOp::Like => column.like(&texts.iter().map(|text| text.value.as_str()).collect::<Vec<_>>()),
            LikeOp::Rlike => {
                let each: Vec<Decided> = texts.iter().map(|text| column.rlike(text, self.cx)).collect();
                Decided::any(each)
            }
        };
        self.decide(&column, decided, With::Text, want)
    }

    fn call(&mut self, call: &Call, span: Span, want: bool) -> Expr {
        let Call { name: FunctionName::Name(name), arguments: Arguments::Values { values, options } } = call else {
            return self.open([]);
        };
        let strings: Option<Vec<&str>> = values.iter().skip(1).map(string).collect();
        match (name.value.to_ascii_lowercase().as_str(), values.as_slice(), strings.as_deref()) {
            ("kql", [query], _) => {
                let kql = |text| search::kql(text, options.as_ref(), span, self.cx);
                let found = string(query).map_or_else(Decided::unknown, kql);
                self.searched(found, want)
            }
            ("match", [field, query], _) => {
                let found =
                    search::match_function(self.column(uncast(field)).as_ref(), query, options.as_ref(), self.cx);
                self.searched(found, want)
            }
            ("match_phrase", [field, query], _) if options.is_none() => {
                let found = search::phrase(self.column(uncast(field)).as_ref(), query, self.cx);
                self.searched(found, want)
            }
            ("starts_with", [left, _], Some([text])) => self.part(left, TextOp::StartsWith, text, want),
            ("ends_with", [left, _], Some([text])) => self.part(left, TextOp::EndsWith, text, want),
            ("contains", [left, _], Some([text])) => self.part(left, TextOp::Contains, text, want),
            ("cidr_match", [left, ..], Some(networks)) => {
                let converted = match &left.kind {
                    ExprKind::Call(Call {
                        arguments: Arguments::Values { values, options: None },
                        name: FunctionName::Name(name),
                    }) if name.value.eq_ignore_ascii_case("to_ip") => values.first(),
                    _ => None,
                };
                match self.column(converted.unwrap_or(left)) {
                    Some(column) if column.holds_addresses() => {
                        let decided = column.networks(networks.iter().copied());
                        self.decide(&column, decided, With::Other, want)
                    }
                    // values that are no addresses do not count, so that of several one may be left
                    Some(column) => {
                        let decided = column.networks(networks.iter().copied());
                        self.searched(decided, want)
                    }
                    None => self.open([]),
                }
            }
            ("case" | "coalesce", ..) => self
                .of_parts(name.value.eq_ignore_ascii_case("case"), values, &mut |this, value| this.is(value, want))
                .unwrap_or_else(|| self.open([])),
            // of no value it is false, not null
            ("mv_contains", [left, _], Some([text])) => {
                self.exact = false;
                match self.column(left) {
                    Some(column) if want => column.texts(TextOp::Equals, [(*text).to_owned()]).holds,
                    Some(_) | None => Expr::Const(true),
                }
            }
            _ => self.open([]),
        }
    }

    fn part(&mut self, left: &Ast, op: TextOp, text: &str, want: bool) -> Expr {
        match self.column(left) {
            Some(column) => {
                let decided = column.texts(op, [text.to_owned()]);
                self.decide(&column, decided, With::Text, want)
            }
            None => self
                .of_values(left, &mut |this, value| this.part(value, op, text, want))
                .unwrap_or_else(|| self.open([])),
        }
    }
}

/// `None` is equality.
fn spelled(order: Option<ir::CompareOp>) -> CompareOp {
    match order {
        None => CompareOp::Equal,
        Some(ir::CompareOp::Less) => CompareOp::Less,
        Some(ir::CompareOp::LessOrEqual) => CompareOp::LessOrEqual,
        Some(ir::CompareOp::Greater) => CompareOp::Greater,
        Some(ir::CompareOp::GreaterOrEqual) => CompareOp::GreaterOrEqual,
    }
}

fn flipped(op: ir::CompareOp) -> ir::CompareOp {
    match op {
        ir::CompareOp::Less => ir::CompareOp::Greater,
        ir::CompareOp::LessOrEqual => ir::CompareOp::GreaterOrEqual,
        ir::CompareOp::Greater => ir::CompareOp::Less,
        ir::CompareOp::GreaterOrEqual => ir::CompareOp::LessOrEqual,
    }
}

fn string(expr: &Ast) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(&text.value),
        _ => None,
    }
}

/// What full-text search looks at: the index, whatever the type that a cast names.
fn uncast(expr: &Ast) -> &Ast {
    match &expr.kind {
        ExprKind::Cast { value, .. } => uncast(value),
        _ => expr,
    }
}
