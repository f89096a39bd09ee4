//! Conditions, from `OR` down to what is asked of a single value.

use super::{Inside, Kind, Parser, Step};
use crate::elastic::esql::ast::{ArithmeticOp, CompareOp, Expr, ExprKind};
use crate::source::{Span, Spanned};

/// An expression while it is read: in a box, as the functions below call each other for each level and results cost stack.
pub(super) type Node = Box<Expr>;

/// What joins two conditions.
enum Connective {
    And,
    Or,
}

impl Parser<'_> {
    /// A condition, up to what ends it; always comes back with something, and always having gone on if there was something to read.
    pub(super) fn condition(&mut self, inside: Inside) -> Node {
        let start = self.peek().start;
        let mut alternatives = Vec::new();
        let mut members = Vec::new();
        let mut member_start = start;
        loop {
            let member = self.operand(inside);
            push(&mut members, member);
            let end = self.end_of_last();
            match self.connective(inside) {
                Some(Connective::And) => {}
                Some(Connective::Or) => {
                    self.join_members(&mut alternatives, &mut members, member_start..end);
                    member_start = self.peek().start;
                }
                None => {
                    self.join_members(&mut alternatives, &mut members, member_start..end);
                    return joined(alternatives, self.query.span(start..end.max(start)), ExprKind::Or);
                }
            }
        }
    }

    fn join_members(&self, alternatives: &mut Vec<Expr>, members: &mut Vec<Expr>, range: std::ops::Range<usize>) {
        let span = self.query.span(range.start..range.end.max(range.start));
        push(alternatives, joined(std::mem::take(members), span, ExprKind::And));
    }

    /// `AND` or `OR`, or nothing at what ends the condition. What fits neither is reported and skipped.
    fn connective(&mut self, inside: Inside) -> Option<Connective> {
        loop {
            let token = self.peek();
            match token.kind {
                Kind::And => {
                    self.next();
                    return Some(Connective::And);
                }
                Kind::Or => {
                    self.next();
                    return Some(Connective::Or);
                }
                Kind::DoubleAmpersand => {
                    self.foreign(token, "AND");
                    self.next();
                    return Some(Connective::And);
                }
                Kind::DoublePipe if !inside.is_nested() && self.is_double_bar() => return None,
                Kind::DoublePipe => {
                    self.foreign(token, "OR");
                    self.next();
                    return Some(Connective::Or);
                }
                Kind::Close if !self.is_closing(inside) => {
                    self.never_opened(token);
                    self.next();
                }
                kind if ends(kind, inside) => return None,
                // a bar is missing; the reader of commands says so
                Kind::Name if !inside.is_nested() && self.starts_command() => return None,
                // a comma is missing; the list says so
                kind if inside.is_list() && starts_value(kind) => return None,
                _ => {
                    self.misplaced(token, inside);
                    // what opens a group is skipped with its group
                    if token.kind != Kind::Open {
                        self.next();
                    }
                    self.resync(inside);
                }
            }
        }
    }

    /// A member of `AND` or `OR`; what cannot be read is skipped.
    fn operand(&mut self, inside: Inside) -> Node {
        let start = self.peek().start;
        if let Ok(expr) = self.negation() {
            return expr;
        }
        self.resync(inside);
        node(ExprKind::Invalid, self.span_from(start))
    }

    /// `NOT ..`, or what is asked of a value.
    fn negation(&mut self) -> Step<Node> {
        let token = self.peek();
        match token.kind {
            Kind::Not => {}
            Kind::Bang => {
                self.foreign(token, "NOT");
            }
            _ => return self.predicate(),
        }
        self.next();
        self.enter(token)?;
        let inner = self.negation();
        self.leave();
        Ok(not(inner?, self.span_from(token.start)))
    }

    /// `left == right`, or a value.
    pub(super) fn comparison(&mut self) -> Step<Node> {
        let start = self.peek().start;
        let left = self.sum()?;
        let Some(op) = self.compare_op() else { return Ok(left) };
        let right = self.sum()?;
        Ok(compare(op, left, right, self.span_from(start)))
    }

    fn compare_op(&mut self) -> Option<Spanned<CompareOp>> {
        let token = self.peek();
        let op = match token.kind {
            Kind::Equal => CompareOp::Equal,
            Kind::NotEqual => CompareOp::NotEqual,
            Kind::Less => CompareOp::Less,
            Kind::LessOrEqual => CompareOp::LessOrEqual,
            Kind::Greater => CompareOp::Greater,
            Kind::GreaterOrEqual => CompareOp::GreaterOrEqual,
            Kind::Assign => {
                self.report(token, "`=` does not compare", "use `==`");
                CompareOp::Equal
            }
            Kind::EqualTilde => {
                let help = "to ignore case, compare `TO_LOWER(field)` by `==` with a text in lower case";
                self.report(token, "`=~` is not an operator", help);
                CompareOp::Equal
            }
            Kind::LessGreater => {
                self.foreign(token, "!=");
                CompareOp::NotEqual
            }
            _ => return None,
        };
        self.next();
        Some(Spanned::new(op, self.span(token)))
    }

    /// `.. + .. - ..`
    pub(super) fn sum(&mut self) -> Step<Node> {
        let start = self.peek().start;
        let first = self.product()?;
        let mut rest = Vec::new();
        while let Some(op) = self.arithmetic_op(sum_op) {
            let operand = self.product()?;
            push_step(&mut rest, op, operand);
        }
        Ok(arithmetic(first, rest, self.span_from(start)))
    }

    /// `.. * .. / .. % ..`
    fn product(&mut self) -> Step<Node> {
        let start = self.peek().start;
        let first = self.signed()?;
        let mut rest = Vec::new();
        while let Some(op) = self.arithmetic_op(product_op) {
            let operand = self.signed()?;
            push_step(&mut rest, op, operand);
        }
        Ok(arithmetic(first, rest, self.span_from(start)))
    }

    /// Takes an operator of one level.
    fn arithmetic_op(&mut self, of_level: fn(Kind) -> Option<ArithmeticOp>) -> Option<Spanned<ArithmeticOp>> {
        let token = self.peek();
        let op = of_level(token.kind)?;
        self.next();
        Some(Spanned::new(op, self.span(token)))
    }

    /// `- ..`, `+ ..`, or a value with its casts. The sign of a number is a part of the number.
    fn signed(&mut self) -> Step<Node> {
        let token = self.peek();
        let is_number = matches!(self.peek_at(1).kind, Kind::Integer | Kind::Decimal);
        if !matches!(token.kind, Kind::Minus | Kind::Plus) || is_number {
            return self.primary();
        }
        self.next();
        self.enter(token)?;
        let inner = self.signed();
        self.leave();
        match token.kind {
            Kind::Minus => Ok(negative(inner?, self.span_from(token.start))),
            _ => inner,
        }
    }
}

fn sum_op(kind: Kind) -> Option<ArithmeticOp> {
    match kind {
        Kind::Plus => Some(ArithmeticOp::Add),
        Kind::Minus => Some(ArithmeticOp::Subtract),
        _ => None,
    }
}

fn product_op(kind: Kind) -> Option<ArithmeticOp> {
    match kind {
        Kind::Star => Some(ArithmeticOp::Multiply),
        Kind::Slash => Some(ArithmeticOp::Divide),
        Kind::Percent => Some(ArithmeticOp::Modulo),
        _ => None,
    }
}

pub(super) fn node(kind: ExprKind, span: Span) -> Node {
    Box::new(Expr { kind, span })
}

fn not(inner: Node, span: Span) -> Node {
    node(ExprKind::Not(inner), span)
}

fn negative(inner: Node, span: Span) -> Node {
    node(ExprKind::Negative(inner), span)
}

fn compare(op: Spanned<CompareOp>, left: Node, right: Node, span: Span) -> Node {
    node(ExprKind::Compare { op, left, right }, span)
}

/// The first value as it is if there is nothing more.
fn arithmetic(first: Node, rest: Vec<(Spanned<ArithmeticOp>, Expr)>, span: Span) -> Node {
    if rest.is_empty() {
        return first;
    }
    node(ExprKind::Arithmetic { first, rest }, span)
}

pub(super) fn push(list: &mut Vec<Expr>, expr: Node) {
    list.push(*expr);
}

fn push_step(rest: &mut Vec<(Spanned<ArithmeticOp>, Expr)>, op: Spanned<ArithmeticOp>, operand: Node) {
    rest.push((op, *operand));
}

/// One expression as it is, several joined.
fn joined(mut members: Vec<Expr>, span: Span, join: fn(Vec<Expr>) -> ExprKind) -> Node {
    match members.pop() {
        Some(only) if members.is_empty() => Box::new(only),
        Some(last) => {
            members.push(last);
            node(join(members), span)
        }
        None => node(ExprKind::Invalid, span),
    }
}

/// Whether a condition ends before a token of this kind, be it because its surrounding was never closed.
pub(super) fn ends(kind: Kind, inside: Inside) -> bool {
    match kind {
        Kind::End | Kind::Pipe | Kind::Close => true,
        Kind::Comma => inside.is_list(),
        Kind::As | Kind::Asc | Kind::By | Kind::Desc | Kind::Nulls | Kind::On | Kind::Where | Kind::With => {
            !inside.is_nested()
        }
        _ => false,
    }
}

/// Whether a value may start with a token of this kind.
pub(super) fn starts_value(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Null
            | Kind::True
            | Kind::False
            | Kind::Integer
            | Kind::Decimal
            | Kind::String
            | Kind::Name
            | Kind::QuotedName
            | Kind::Parameter
            | Kind::Open
            | Kind::OpenBracket
            | Kind::First
            | Kind::Last
            | Kind::Not
    )
}
