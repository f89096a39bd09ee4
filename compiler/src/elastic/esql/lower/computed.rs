//! Conditions on columns that the query computes: what one event must have so that `EVAL` can compute a value that satisfies them.
//!
//! What is said here holds too often, never too seldom: the pipeline computes the column again and decides.

use std::sync::Arc;

use super::super::ast::{Arguments, Call, Expr as Ast, ExprKind, FunctionName, Literal};
use super::condition::Lowering;
use super::leaf::With;
use crate::ir::{CompareOp, Expr, Field, Function, Scalar, TextOp};

/// Columns are followed through so many others.
const MOST_DEPTH: usize = 16;

/// Needles of repeated characters are spelled out up to this length.
const LONGEST_NEEDLE: usize = 1_000;

/// Functions that are null if their first argument is (ES|QL reference, "Functions").
const NULL_OF_NULL: [&str; 40] = [
    "byte_length",
    "concat",
    "date_extract",
    "date_format",
    "date_parse",
    "date_trunc",
    "ends_with",
    "left",
    "length",
    "locate",
    "ltrim",
    "mv_concat",
    "mv_count",
    "mv_dedupe",
    "mv_first",
    "mv_last",
    "mv_max",
    "mv_min",
    "mv_slice",
    "mv_sort",
    "repeat",
    "replace",
    "reverse",
    "right",
    "rtrim",
    "split",
    "starts_with",
    "substring",
    "to_boolean",
    "to_datetime",
    "to_double",
    "to_integer",
    "to_ip",
    "to_long",
    "to_lower",
    "to_string",
    "to_upper",
    "to_version",
    "trim",
    "url_decode",
];

/// A function of arguments, by its name in lower case.
fn call(expr: &Ast) -> Option<(String, &[Ast])> {
    match &expr.kind {
        ExprKind::Call(Call {
            name: FunctionName::Name(name),
            arguments: Arguments::Values { values, options: None },
        }) => Some((name.value.to_ascii_lowercase(), values)),
        _ => None,
    }
}

impl Lowering<'_, '_> {
    /// `_ignored == "f"` is true of events that have a text in `f` which is too long for an index. What else is asked of `_ignored` is left open.
    pub(super) fn ignored(
        &mut self,
        order: Option<CompareOp>,
        left: &Ast,
        literal: &Literal,
        want: bool,
    ) -> Option<Expr> {
        let (None, true, Literal::String(name)) = (order, want, literal) else { return None };
        if !self.names.is_ignored(left, self.at) {
            return None;
        }
        self.exact = false;
        let Some(bound) = self.cx.schema.bound(&name.value) else { return Some(Expr::Const(false)) };
        let length = Scalar::call(Function::Length, [Scalar::Field(Arc::new(Field::plain(name.value.as_str())))]);
        let sides = [length, Scalar::Int(i64::from(bound))];
        Some(Expr::Formula(Box::new(Scalar::call(Function::Greater, sides))))
    }

    /// What holds where a value that an expression may have satisfies a test; `None` if it is not one of several values, nor a column that was computed.
    /// The test must fail for null, and must not depend on columns.
    pub(super) fn of_values(&mut self, expr: &Ast, test: &mut dyn FnMut(&mut Self, &Ast) -> Expr) -> Option<Expr> {
        if let Some((value, then)) = self.names.computed(expr, self.at) {
            self.exact = false;
            self.room = self.room.checked_sub(1)?;
            if self.depth >= MOST_DEPTH {
                return None;
            }
            let before = std::mem::replace(&mut self.at, then);
            self.depth += 1;
            let found = self.of_values(value, test).unwrap_or_else(|| test(self, value));
            self.depth -= 1;
            self.at = before;
            return Some(found);
        }
        match call(expr)? {
            (name, values) if name == "case" => self.of_parts(true, values, test),
            (name, values) if name == "coalesce" => self.of_parts(false, values, test),
            _ => None,
        }
    }

    /// The same for the arguments of `CASE` (`is_case`) or of `COALESCE` (ES|QL reference, "CASE", "COALESCE").
    pub(super) fn of_parts(
        &mut self,
        is_case: bool,
        values: &[Ast],
        test: &mut dyn FnMut(&mut Self, &Ast) -> Expr,
    ) -> Option<Expr> {
        self.exact = false;
        self.room = self.room.checked_sub(values.len())?;
        let mut of_value = |this: &mut Self, value| match this.of_values(value, test) {
            Some(found) => found,
            None => test(this, value),
        };
        if !is_case {
            let found: Vec<Expr> = values.iter().map(|value| of_value(self, value)).collect();
            return Some(Expr::any(found));
        }
        let mut found = Vec::new();
        for pair in values.chunks(2) {
            found.push(match pair {
                [condition, value] => {
                    let condition = self.is(condition, true);
                    Expr::all([condition, of_value(self, value)])
                }
                [value] => of_value(self, value),
                _ => continue,
            });
        }
        Some(Expr::any(found))
    }

    /// What holds where an expression is not null.
    pub(super) fn present(&mut self, expr: &Ast) -> Expr {
        self.exact = false;
        if let ExprKind::Literal(literal) = &expr.kind {
            return Expr::Const(*literal != Literal::Null);
        }
        if let Some(column) = self.column(expr) {
            return column.present(true).0;
        }
        if let Some(found) = self.of_values(expr, &mut Self::present) {
            return found;
        }
        match call(expr) {
            Some((name, [first, ..])) if NULL_OF_NULL.contains(&name.as_str()) => self.present(first),
            _ => Expr::Const(true),
        }
    }

    /// `LOCATE(text, needle) > 0`: where nothing is found it is 0 (ES|QL reference, `LOCATE`).
    pub(super) fn located(
        &mut self,
        order: Option<CompareOp>,
        left: &Ast,
        literal: &Literal,
        want: bool,
    ) -> Option<Expr> {
        let (name, [text, needle]) = call(left)? else { return None };
        let zero = numbers(order, 0, literal)?;
        let column = self.column(text)?;
        let needle = constant(needle).filter(|_| name == "locate" && zero != want)?;
        self.exact = false;
        let decided = column.texts(TextOp::Contains, [needle]);
        Some(self.decide(&column, decided, With::Text, true))
    }
}

/// A text that stands in the query, or one of a character again and again.
fn constant(expr: &Ast) -> Option<String> {
    if let ExprKind::Literal(Literal::String(text)) = &expr.kind {
        return Some(text.value.clone());
    }
    let (text, count) = match call(expr)? {
        (name, [count]) if name == "space" => (" ".to_owned(), count),
        (name, [text, count]) if name == "repeat" => (constant(text)?, count),
        _ => return None,
    };
    let ExprKind::Literal(Literal::Integer(count)) = count.kind else { return None };
    let count = usize::try_from(count).ok()?;
    (text.len().checked_mul(count)? <= LONGEST_NEEDLE).then(|| text.repeat(count))
}

/// How two literals compare: `Some(None)` is null. `None` where it is not known here.
#[expect(clippy::option_option, reason = "a comparison may be null")]
pub(super) fn compared(order: Option<CompareOp>, left: &Ast, right: &Literal) -> Option<Option<bool>> {
    let ExprKind::Literal(left) = &left.kind else { return None };
    let equal = match (left, right) {
        (Literal::Null, _) => return Some(None),
        (Literal::String(left), Literal::String(right)) => left.value == right.value,
        (Literal::Bool(left), Literal::Bool(right)) => left == right,
        (Literal::Integer(left), _) => return numbers(order, *left, right).map(Some),
        _ => return None,
    };
    order.is_none().then_some(Some(equal))
}

/// In this order; `None` is equality.
fn numbers(order: Option<CompareOp>, left: i128, right: &Literal) -> Option<bool> {
    let Literal::Integer(right) = right else { return None };
    Some(match order {
        None => left == *right,
        Some(CompareOp::Less) => left < *right,
        Some(CompareOp::LessOrEqual) => left <= *right,
        Some(CompareOp::Greater) => left > *right,
        Some(CompareOp::GreaterOrEqual) => left >= *right,
    })
}
