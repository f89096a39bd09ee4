//! What is asked of a value: `in`, `:`, `like` and `regex`.

use super::expr::Node;
use super::{Kind, Parser, Step, Token};
use crate::elastic::eql::ast::{Expr, ExprKind, MatchOp, StringLiteral};
use crate::source::Spanned;

/// An operator behind a value.
#[derive(Clone, Copy)]
enum Operator {
    In { ignore_case: bool },
    Match(MatchOp),
}

impl Parser<'_> {
    /// `value in (..)`, `value : ".."` and so on, or the value as it is.
    pub(super) fn predicate(&mut self, value: Node, start: usize) -> Step<Node> {
        let first = self.peek();
        if first.kind == Kind::BangColon {
            self.foreign(first, "not field : value");
            self.next();
            return self.negated(value, start, first, MatchOp::Seq);
        }
        let negated = first.kind == Kind::Not || self.is_miscased(first, Kind::Not);
        let Some(operator) = self.operator(usize::from(negated)) else { return Ok(value) };
        if negated {
            if first.kind != Kind::Not {
                self.miscased(first);
            }
            self.next();
        }
        let token = self.next();
        if matches!(token.kind, Kind::Name | Kind::TildeName) {
            self.miscased(token);
        }
        match operator {
            Operator::In { ignore_case } => {
                let list = self.looked_up_in(token)?;
                Ok(self.lookup(value, start, list, negated, ignore_case))
            }
            Operator::Match(op) if negated => {
                let message = format!("`not` cannot stand before `{}`", op.as_str());
                self.report(first, message, format!("put it in front: `not field {} ..`", op.as_str()));
                self.negated(value, start, token, op)
            }
            Operator::Match(op) => self.matched(value, start, token, op),
        }
    }

    fn lookup(&self, left: Node, start: usize, list: Vec<Expr>, negated: bool, ignore_case: bool) -> Node {
        let kind = ExprKind::In { left, list, negated, ignore_case };
        Box::new(Expr { kind, span: self.span_from(start) })
    }

    fn negated(&mut self, left: Node, start: usize, operator: Token, op: MatchOp) -> Step<Node> {
        let matched = self.matched(left, start, operator, op)?;
        Ok(Box::new(Expr { span: matched.span, kind: ExprKind::Not(matched) }))
    }

    /// The operator so many tokens further on.
    fn operator(&self, ahead: usize) -> Option<Operator> {
        let token = self.peek_at(ahead);
        let kind = match token.kind {
            Kind::Name | Kind::TildeName => crate::elastic::eql::lex::keyword(self.word(token))?,
            kind => kind,
        };
        match kind {
            Kind::In => Some(Operator::In { ignore_case: false }),
            Kind::InIgnoreCase => Some(Operator::In { ignore_case: true }),
            Kind::Colon => Some(Operator::Match(MatchOp::Seq)),
            Kind::Like => Some(Operator::Match(MatchOp::Like)),
            Kind::LikeIgnoreCase => Some(Operator::Match(MatchOp::LikeIgnoreCase)),
            Kind::Regex => Some(Operator::Match(MatchOp::Regex)),
            Kind::RegexIgnoreCase => Some(Operator::Match(MatchOp::RegexIgnoreCase)),
            _ => None,
        }
    }

    /// The list behind `in`.
    fn looked_up_in(&mut self, operator: Token) -> Step<Vec<Expr>> {
        let Some(open) = self.take(Kind::Open) else {
            let what = format!("`(` behind `{}`", self.word(operator).to_ascii_lowercase());
            return Err(self.expected(&what, "the values stand in parentheses: `field in (\"a\", \"b\")`"));
        };
        if self.peek().kind == Kind::Close {
            self.empty_list();
            self.next();
            return Ok(Vec::new());
        }
        self.list(open)
    }

    pub(super) fn empty_list(&mut self) {
        let token = self.peek();
        self.report(token, "this list is empty", "write at least one value: `(\"a\", \"b\")`");
    }

    fn matched(&mut self, left: Node, start: usize, operator: Token, op: MatchOp) -> Step<Node> {
        let patterns = self.patterns(op)?;
        let op = Spanned::new(op, self.span(operator));
        let kind = ExprKind::Match { op, left, patterns };
        Ok(Box::new(Expr { kind, span: self.span_from(start) }))
    }

    /// A string, or strings in parentheses.
    fn patterns(&mut self, op: MatchOp) -> Step<Vec<StringLiteral>> {
        let token = self.peek();
        match token.kind {
            Kind::String => {
                self.next();
                Ok(vec![self.string_of(token)])
            }
            Kind::Open => Ok(self.string_list(op)),
            _ => Err(self.string_missing(op)),
        }
    }

    /// Something else stands where `like` and its kin take a string.
    pub(super) fn string_missing(&mut self, op: MatchOp) -> super::Reported {
        let help = match (self.peek().kind, op) {
            (Kind::Integer | Kind::Decimal | Kind::True | Kind::False | Kind::Null, _) => {
                "compare other values with `==` or `in`, or put the value in quotes"
            }
            (Kind::Name | Kind::QuotedName | Kind::Optional | Kind::TildeName, MatchOp::Seq) => {
                "put the text in quotes; what is known only from the event is compared with `==`"
            }
            (Kind::Star, _) => "put the pattern in quotes: `\"*\"`",
            _ => "write a string, or a list of strings: `(\"a*\", \"b*\")`",
        };
        self.expected(&format!("a string behind `{}`", op.as_str()), help)
    }
}
