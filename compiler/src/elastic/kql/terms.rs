//! What stands between the operators: fields, ranges, nested conditions, free text.

use super::ast::{Expr, ExprKind, RangeOp, ValueKind, Values};
use super::hints::{self, Place};
use super::lex::{Kind, Token};
use super::parse::{Join, Node, Parser};
use crate::diagnostic::Code;
use crate::elastic::one_line;
use crate::source::Span;

impl Node for Expr {
    const NOUN: &'static str = "condition";
    const KEYWORDS: bool = false;

    fn joined(join: Join, members: Vec<Self>, span: Span) -> Self {
        let kind = match join {
            Join::And => ExprKind::And(members),
            Join::Or => ExprKind::Or(members),
        };
        Self { kind, span }
    }

    fn negated(inner: Self, span: Span) -> Self {
        Self { kind: ExprKind::Not(Box::new(inner)), span }
    }

    fn leaf(parser: &mut Parser<'_, '_>) -> Option<Self> {
        let token = parser.peek();
        match token.kind {
            Kind::Colon | Kind::Compare(_) => {
                parser.field_missing(token);
                None
            }
            Kind::BraceOpen => {
                let problem = parser.problem(token, "a field name is missing in front of `{`");
                parser.report(
                    problem.help(
                        "write `field: { .. }`, or parentheses; a brace that is a part of a value is written `\\{`",
                    ),
                );
                parser.group()
            }
            Kind::Open | Kind::Close | Kind::BraceClose | Kind::And | Kind::Or | Kind::Not => parser.term(),
            Kind::Quoted { .. } | Kind::Unquoted | Kind::End => parser.term(),
        }
    }
}

impl Parser<'_, '_> {
    /// `field: ..`, `field > ..`, or free text.
    fn term(&mut self) -> Option<Expr> {
        let literal = self.bump();
        let next = self.peek();
        match next.kind {
            Kind::Colon => self.field(literal),
            Kind::Compare(op) => self.range(literal, op),
            Kind::BraceOpen => {
                let name = one_line(self.token_text(literal));
                let problem = self.problem(next, format!("a `:` is missing between `{name}` and `{{`"));
                self.report(problem.help(
                    "write `field: { .. }`; a brace that is a part of a value is written `\\{`, or stands in quotes",
                ));
                self.nested(literal)
            }
            Kind::Quoted { .. } | Kind::Open if literal.kind == Kind::Unquoted => {
                match hints::trailing_operator(self.token_text(literal)) {
                    Some((head, sign, negates)) => self.foreign_operator(literal, head, sign, negates),
                    None => Some(self.text(literal)),
                }
            }
            Kind::Open | Kind::Close | Kind::BraceClose | Kind::And | Kind::Or | Kind::Not => Some(self.text(literal)),
            Kind::Quoted { .. } | Kind::Unquoted | Kind::End => Some(self.text(literal)),
        }
    }

    fn text(&mut self, literal: Token) -> Expr {
        if let Some((sign, help)) = self.operator_in(literal, Place::Outer) {
            let text = one_line(self.token_text(literal));
            let message = format!("`{sign}` is not an operator: `{text}` is searched for as text");
            self.warn(literal, message, help);
        }
        let value = self.resolve(literal);
        Expr { span: value.span, kind: ExprKind::Text(value) }
    }

    /// `field: ..`, from the colon on.
    fn field(&mut self, literal: Token) -> Option<Expr> {
        let colon = self.bump();
        let next = self.peek();
        match next.kind {
            Kind::BraceOpen => self.nested(literal),
            Kind::Compare(op) => {
                let sign = op.as_str();
                let name = one_line(self.token_text(literal));
                let problem = self.problem(next, format!("`:` and `{sign}` follow each other"));
                self.report(problem.help(format!(
                    "write `{name} {sign} ..` for a range; in a value write `\\{}`, or quotes",
                    sign.escape_default()
                )));
                self.range(literal, op)
            }
            Kind::Open | Kind::Close | Kind::BraceClose | Kind::And | Kind::Or | Kind::Not => {
                self.values(literal, colon)
            }
            Kind::Quoted { .. } | Kind::Unquoted | Kind::Colon | Kind::End => self.values(literal, colon),
        }
    }

    fn values(&mut self, literal: Token, sign: Token) -> Option<Expr> {
        let field = self.field_name(literal);
        let values = self.values_behind(literal, sign)?;
        Some(Expr { kind: ExprKind::Field { field, values }, span: self.span_from(literal.start) })
    }

    /// `field > value`, from the operator on.
    ///
    /// Decision: Kibana's grammar takes a pattern here, but nothing compares with one.
    fn range(&mut self, literal: Token, op: RangeOp) -> Option<Expr> {
        let sign = self.bump();
        let field = self.field_name(literal);
        let next = self.peek();
        match next.kind {
            Kind::Quoted { .. } | Kind::Unquoted => {}
            Kind::And | Kind::Or | Kind::Not if self.is_word() => {}
            Kind::Open => {
                let problem = self.problem(next, format!("`{}` compares with one value, not with a list", op.as_str()));
                self.report(problem.help("write a comparison for each value"));
                self.group::<Values>();
                return None;
            }
            Kind::Compare(second) => {
                let name = one_line(self.token_text(literal));
                let message = format!("`{}` and `{}` follow each other", op.as_str(), second.as_str());
                let help = if (op, second) == (RangeOp::Lt, RangeOp::Gt) {
                    format!("write `not {name}: ..` for what is not equal")
                } else {
                    "write one of `<`, `<=`, `>` and `>=`".to_owned()
                };
                let problem = self.problem(Token { start: sign.start, ..next }, message).help(help);
                self.report(problem);
                self.skip_value();
                return None;
            }
            Kind::Colon => {
                let problem = self.problem(next, format!("`{}` and `:` follow each other", op.as_str()));
                self.report(problem.help("write one of them"));
                self.skip_value();
                return None;
            }
            Kind::And | Kind::Or | Kind::Not | Kind::BraceOpen | Kind::Close | Kind::BraceClose | Kind::End => {
                self.value_missing(literal, sign);
                return None;
            }
        }
        let value = self.value(true);
        if let ValueKind::Wildcard(_) = value.kind {
            let problem = Code::QuerySyntax.at(value.span, format!("`{}` cannot compare with a pattern", op.as_str()));
            self.report(problem.help("write the value without `*`, or `\\*` if the character is meant"));
            return None;
        }
        Some(Expr { kind: ExprKind::Range { field, op, value }, span: self.span_from(literal.start) })
    }

    /// `field: { .. }`, from the brace on.
    ///
    /// Decision: Kibana's grammar takes a pattern as the field, but looks for objects under that very name.
    fn nested(&mut self, literal: Token) -> Option<Expr> {
        let field = self.field_name(literal);
        let pattern = field.literal().is_none();
        if pattern {
            let message = format!("`{}` is a pattern: a nested field has one name", one_line(self.token_text(literal)));
            let problem = self.problem(literal, message);
            self.report(problem.help("write a condition for each field"));
        }
        let inner = Box::new(self.group()?);
        (!pattern).then(|| Expr { kind: ExprKind::Nested { field, inner }, span: self.span_from(literal.start) })
    }

    /// A colon or a comparison without a field in front of it.
    fn field_missing(&mut self, token: Token) {
        let sign = self.token_text(token);
        let problem = self.problem(token, format!("a field name is missing in front of `{sign}`"));
        let help = if token.kind == Kind::Colon {
            "write `field: value`; a colon that is a part of a value is written `\\:`, or stands in quotes"
        } else {
            "write `field > value`; `<` and `>` that are a part of a value are written `\\<` and `\\>`, or stand in quotes"
        };
        self.report(problem.help(help));
        self.bump();
        self.skip_value();
    }

    /// Quotes or a parenthesis follow words that end in an operator of another language: `field == "x"`, `!(..)`.
    fn foreign_operator(&mut self, literal: Token, head: &str, sign: &str, negates: bool) -> Option<Expr> {
        let place = Token { start: literal.end - sign.len(), ..literal };
        let problem = self.problem(place, format!("`{sign}` is not an operator"));
        let expr = if head.is_empty() {
            self.report(problem.help("write `not`"));
            if self.peek().kind == Kind::Open { self.group() } else { self.term() }
        } else {
            let not = if negates { "not " } else { "" };
            self.report(problem.help(format!("write `{not}{}: ..`", one_line(head))));
            self.values(Token { end: literal.start + head.len(), ..literal }, place)
        }?;
        Some(if negates { Node::negated(expr, self.span_from(literal.start)) } else { expr })
    }
}
