//! Single values: literals, fields, calls and groups.

use super::expr::{Node, node};
use super::{Inside, Kind, Parser, Step, Token};
use crate::elastic::eql::ast::{ExprKind, Field, FieldPart, Literal, StringLiteral};
use crate::elastic::eql::lex;
use crate::source::Spanned;

impl Parser<'_> {
    /// A literal, a field, a call or a group.
    pub(super) fn value(&mut self) -> Step<Node> {
        let token = self.peek();
        match token.kind {
            Kind::Null | Kind::True | Kind::False | Kind::Integer | Kind::Decimal | Kind::String => Ok(self.literal()),
            Kind::Open => self.group(),
            Kind::Name if self.peek_at(1).kind == Kind::Of && self.peek_at(2).kind == Kind::OpenBracket => {
                self.relationship()
            }
            Kind::Name | Kind::TildeName if self.peek_at(1).kind == Kind::Open => self.call(),
            Kind::Name | Kind::QuotedName | Kind::Optional => self.field(),
            Kind::TildeName => Err(self.parenthesis_missing(token)),
            kind if is_name_like(kind) && self.stands_as_name() => self.field(),
            _ => Err(self.value_missing()),
        }
    }

    fn literal(&mut self) -> Node {
        let token = self.next();
        let literal = match token.kind {
            Kind::True => Literal::Bool(true),
            Kind::False => Literal::Bool(false),
            Kind::Integer => self.integer(token),
            Kind::Decimal => self.decimal(token),
            Kind::String => Literal::String(self.string_of(token)),
            _ => Literal::Null,
        };
        node(ExprKind::Literal(literal), self.span(token))
    }

    fn integer(&mut self, token: Token) -> Literal {
        let Ok(number) = self.word(token).parse() else {
            self.report(token, "this number is too large", "write it with an exponent: `1e40`");
            return Literal::Null;
        };
        Literal::Integer(number)
    }

    fn decimal(&mut self, token: Token) -> Literal {
        match self.word(token).parse::<f64>() {
            Ok(number) if number.is_finite() => Literal::Decimal(number),
            _ => {
                self.report(token, "this number is too large", "numbers reach up to `1.7e308`");
                Literal::Null
            }
        }
    }

    pub(super) fn string_of(&self, token: Token) -> StringLiteral {
        let (value, raw) = lex::decode(self.word(token));
        StringLiteral { value, raw, span: self.span(token) }
    }

    /// `( .. )`
    fn group(&mut self) -> Step<Node> {
        let open = self.next();
        self.enter(open)?;
        self.open += 1;
        let mut inner = self.condition(Inside::Group);
        self.open = self.open.saturating_sub(1);
        self.leave();
        if self.take(Kind::Close).is_none() {
            self.never_closed(open, ")");
        }
        inner.span = self.span_from(open.start);
        Ok(inner)
    }

    /// `name(.., ..)`
    fn call(&mut self) -> Step<Node> {
        let token = self.next();
        let open = self.next();
        let arguments = match self.take(Kind::Close) {
            Some(_) => Vec::new(),
            None => self.list(open)?,
        };
        let word = self.word(token);
        let name = word.strip_suffix('~').unwrap_or(word);
        let ignore_case = name.len() < word.len();
        let name = Spanned::new(name.to_owned(), self.query.span(token.start..token.start + name.len()));
        Ok(node(ExprKind::Call { name, ignore_case, arguments }, self.span_from(token.start)))
    }

    /// `child of [ .. ]`: known to the grammar, no longer to the language.
    fn relationship(&mut self) -> Step<Node> {
        let token = self.next();
        self.unsupported_relationship(token);
        self.next();
        let open = self.next();
        self.enter(open)?;
        let outer = std::mem::take(&mut self.open);
        self.brackets += 1;
        drop(self.event_query(Inside::Term));
        self.open = outer;
        self.brackets -= 1;
        self.leave();
        if self.take(Kind::CloseBracket).is_none() {
            self.never_closed(open, "]");
        }
        Ok(node(ExprKind::Invalid, self.span_from(token.start)))
    }

    /// ``?a.`b-c`.d[0]``
    fn field(&mut self) -> Step<Node> {
        let start = self.peek().start;
        let optional = self.take(Kind::Optional).is_some();
        let mut parts = Vec::new();
        loop {
            let Some(name) = self.name_part() else {
                let help = "put names with other characters than letters, digits and `_` in backticks";
                return Err(self.expected("the name of a field", help));
            };
            parts.push(FieldPart::Name(name));
            while self.peek().kind == Kind::OpenBracket && self.peek_at(1).kind == Kind::Integer {
                let open = self.next();
                let number = self.next();
                if let Ok(index) = self.word(number).parse() {
                    parts.push(FieldPart::Index(index));
                } else {
                    self.report(number, "this index is too large", "an index is a position in an array");
                }
                if self.take(Kind::CloseBracket).is_none() {
                    self.never_closed(open, "]");
                }
            }
            if self.take(Kind::Dot).is_none() {
                return Ok(node(ExprKind::Field(Field { parts, optional }), self.span_from(start)));
            }
        }
    }

    /// A name, with or without backticks; a keyword is reported, and taken.
    fn name_part(&mut self) -> Option<String> {
        let token = self.peek();
        let word = self.word(token);
        let name = match token.kind {
            Kind::Name => word.to_owned(),
            Kind::QuotedName => lex::decode_name(word),
            kind if kind.is_keyword() => {
                let help = format!("put it in backticks: `` `{word}` ``");
                self.report(token, format!("`{word}` is a keyword, not the name of a field"), help);
                word.to_owned()
            }
            _ => return None,
        };
        self.next();
        Some(name)
    }

    /// Whether the keyword that comes next is used as the name of a field.
    fn stands_as_name(&self) -> bool {
        matches!(
            self.peek_at(1).kind,
            Kind::Dot
                | Kind::Colon
                | Kind::Equal
                | Kind::Assign
                | Kind::NotEqual
                | Kind::Less
                | Kind::LessOrEqual
                | Kind::Greater
                | Kind::GreaterOrEqual
                | Kind::In
                | Kind::InIgnoreCase
                | Kind::Like
                | Kind::LikeIgnoreCase
                | Kind::Regex
                | Kind::RegexIgnoreCase
                | Kind::Close
                | Kind::Comma
        )
    }
}

/// Whether people use this keyword as a name.
fn is_name_like(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Any
            | Kind::By
            | Kind::Join
            | Kind::Maxspan
            | Kind::Of
            | Kind::Sample
            | Kind::Sequence
            | Kind::Until
            | Kind::Where
            | Kind::With
    )
}
