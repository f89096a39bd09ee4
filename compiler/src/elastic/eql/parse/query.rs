//! Whole queries: the event query, and pipes.

use super::{Inside, Kind, Parser, Token};
use crate::elastic::eql::ast::{Body, Category, EventQuery, Expr, ExprKind, Pipe, Query};
use crate::elastic::eql::lex;
use crate::source::Spanned;

impl Parser<'_> {
    pub(super) fn whole(&mut self) -> Option<Query> {
        let first = self.peek();
        if first.kind == Kind::End {
            self.report(first, "the query is empty", "write what is searched for: `process where true`");
            return None;
        }
        let body = if self.takes_body(Kind::Sequence) {
            Body::Sequence(self.sequence(first))
        } else if self.takes_body(Kind::Sample) {
            Body::Sample(self.sample(first))
        } else if self.takes_body(Kind::Join) {
            Body::Join(self.join(first))
        } else {
            Body::Event(self.event_query(Inside::Query))
        };
        let mut pipes = Vec::new();
        while self.take(Kind::Pipe).is_some() {
            pipes.extend(self.pipe());
        }
        Some(Query { body, pipes, span: self.span_from(first.start) })
    }

    /// Takes `sequence` and its kin where it starts a query.
    fn takes_body(&mut self, kind: Kind) -> bool {
        let starts = match self.peek_at(1).kind {
            Kind::Where => false,
            Kind::By | Kind::With | Kind::OpenBracket | Kind::OpenMissing | Kind::Bang => true,
            // with a keyword in upper case all may be
            _ => {
                let next = self.peek_at(1);
                self.peek().kind == kind || self.is_miscased(next, Kind::By) || self.is_miscased(next, Kind::With)
            }
        };
        starts && self.keyword(kind).is_some()
    }

    /// `category where condition`
    pub(super) fn event_query(&mut self, inside: Inside) -> EventQuery {
        let first = self.peek();
        let before = self.at;
        let category = self.category();
        if self.keyword(Kind::Where).is_none() {
            let what = match &category {
                Category::Named(name) => {
                    format!("`where` behind the category `{}`", crate::elastic::one_line(&name.value))
                }
                Category::Any => "`where`".to_owned(),
            };
            self.expected(&what, "a query reads `category where condition`; `any where ..` looks at all events");
            let is_condition = self.at > before
                && matches!(
                    self.peek().kind,
                    Kind::Dot
                        | Kind::Colon
                        | Kind::Equal
                        | Kind::Assign
                        | Kind::NotEqual
                        | Kind::Less
                        | Kind::LessOrEqual
                        | Kind::Greater
                        | Kind::GreaterOrEqual
                        | Kind::Open
                        | Kind::In
                        | Kind::InIgnoreCase
                        | Kind::Like
                        | Kind::LikeIgnoreCase
                        | Kind::Regex
                        | Kind::RegexIgnoreCase
                );
            if is_condition && matches!(first.kind, Kind::Name | Kind::QuotedName) {
                // the category is missing, too
                self.at = before;
            }
        }
        let condition = *self.condition(inside);
        EventQuery { category, condition, span: self.span_from(first.start) }
    }

    /// What stands before `where`; what cannot stand there is reported.
    fn category(&mut self) -> Category {
        let token = self.peek();
        let word = self.word(token);
        let name = match token.kind {
            Kind::Any => {
                self.next();
                return Category::Any;
            }
            Kind::String => lex::decode(word).0,
            _ if self.pieces_before_where() > 1 => return self.unquoted_category(token),
            Kind::Name => word.to_owned(),
            Kind::QuotedName => {
                let name = lex::decode_name(word);
                let help = format!("write `\"{}\"`", crate::elastic::one_line(&name));
                self.report(token, "backticks do not enclose a category", help);
                name
            }
            Kind::Where => {
                self.expected("an event category", "write `any where ..` to look at all events");
                return Category::Any;
            }
            kind if kind.is_keyword() && self.peek_at(1).kind == Kind::Where => {
                let help = format!("put it in quotes: `\"{word}\" where ..`");
                self.report(token, format!("`{word}` is a keyword, not a category"), help);
                word.to_owned()
            }
            _ => {
                self.expected("an event category", "a query reads `category where condition`: `process where true`");
                return Category::Any;
            }
        };
        self.next();
        Category::Named(Spanned::new(name, self.span(token)))
    }

    /// How many tokens that may belong to a name stand before the next `where`; none if something else does.
    fn pieces_before_where(&self) -> usize {
        for ahead in 0..32 {
            match self.peek_at(ahead).kind {
                Kind::Where => return ahead,
                Kind::Name | Kind::Dot | Kind::Minus | Kind::Slash | Kind::Colon | Kind::Integer | Kind::Decimal => {}
                _ => return 0,
            }
        }
        0
    }

    /// `my-category where ..`
    fn unquoted_category(&mut self, first: Token) -> Category {
        while self.peek().kind != Kind::Where && self.peek().kind != Kind::End {
            self.next();
        }
        let range = first.start..self.end_of_last();
        let name = self.text.get(range.clone()).unwrap_or_default().to_owned();
        let whole = Token { end: range.end, ..first };
        let message = format!("`{}` is not the name of a category", crate::elastic::one_line(&name));
        let help = "put categories with other characters than letters, digits and `_` in quotes: `\"my-category\"`";
        self.report(whole, message, help);
        Category::Named(Spanned::new(name, self.query.span(range)))
    }

    /// `name argument, argument`; the bar is taken.
    fn pipe(&mut self) -> Option<Pipe> {
        let token = self.peek();
        let Some(name) = self.take(Kind::Name) else {
            if token.kind.is_keyword() {
                self.report(token, format!("`{}` is not a pipe", self.word(token)), "pipes are `head` and `tail`");
            } else {
                self.expected("the name of a pipe", "write `| head 10` or `| tail 10`, or remove the bar");
            }
            self.skip_to(&[Kind::Pipe]);
            return None;
        };
        let name = Spanned::new(self.word(name).to_owned(), self.span(name));
        let arguments = match self.peek().kind {
            Kind::Pipe | Kind::End => Vec::new(),
            _ => self.values(Inside::Pipe),
        };
        // what stands there was reported
        self.skip_to(&[Kind::Pipe]);
        Some(Pipe { name, arguments, span: self.span_from(token.start) })
    }

    /// A condition that is not there.
    pub(super) fn no_query(&self, token: Token) -> EventQuery {
        let span = self.query.span(token.start..token.start);
        EventQuery { category: Category::Any, condition: Expr { kind: ExprKind::Invalid, span }, span }
    }
}
