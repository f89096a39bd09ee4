//! Values that stand in the query: numbers, strings, spans of time, arrays, maps.

use super::expr::{Node, node};
use super::{Kind, Parser, Step, Token};
use crate::elastic::esql::ast::{ExprKind, Literal, Map, MapEntry, MapValue, StringLiteral, TimeSpan, TimeUnit};
use crate::elastic::esql::lex;
use crate::source::Spanned;

impl Parser<'_> {
    /// A literal as a value.
    pub(super) fn literal(&mut self) -> Step<Node> {
        let literal = self.spanned_literal("a value", "write a number, a string, `true`, `false` or `null`")?;
        Ok(node(ExprKind::Literal(literal.value), literal.span))
    }

    /// A literal; what else stands there is reported.
    pub(super) fn spanned_literal(&mut self, what: &str, help: &str) -> Step<Spanned<Literal>> {
        let token = self.peek();
        let literal = match token.kind {
            Kind::Null => Literal::Null,
            Kind::True => Literal::Bool(true),
            Kind::False => Literal::Bool(false),
            Kind::String => Literal::String(self.string_of(token)),
            Kind::Parameter => Literal::Parameter(super::names::parameter(self.word(token))),
            Kind::OpenBracket => return self.array(),
            Kind::Integer | Kind::Decimal => return Ok(self.number()),
            Kind::Minus | Kind::Plus if matches!(self.peek_at(1).kind, Kind::Integer | Kind::Decimal) => {
                return Ok(self.number());
            }
            _ => return Err(self.expected(what, help)),
        };
        self.next();
        Ok(Spanned::new(literal, self.span(token)))
    }

    /// A number with its sign, and with a unit of time perhaps.
    fn number(&mut self) -> Spanned<Literal> {
        let first = self.peek();
        let negative = first.kind == Kind::Minus;
        if matches!(first.kind, Kind::Minus | Kind::Plus) {
            self.next();
        }
        let token = self.next();
        let literal = match token.kind {
            Kind::Integer => self.integer(token, negative),
            _ => self.decimal(token, negative),
        };
        Spanned::new(literal, self.span_from(first.start))
    }

    fn integer(&mut self, token: Token, negative: bool) -> Literal {
        let Ok(number) = self.word(token).parse::<i128>() else {
            return self.decimal(token, negative);
        };
        let number = if negative { -number } else { number };
        match self.unit(token) {
            Some(unit) => Literal::TimeSpan(TimeSpan { count: number, unit }),
            None => Literal::Integer(number),
        }
    }

    fn decimal(&mut self, token: Token, negative: bool) -> Literal {
        match self.word(token).parse::<f64>() {
            Ok(number) if number.is_finite() => Literal::Decimal(if negative { -number } else { number }),
            _ => {
                self.report(token, "this number is too large", "numbers reach up to `1.7e308`");
                Literal::Null
            }
        }
    }

    /// The unit of time behind a number.
    fn unit(&mut self, number: Token) -> Option<Spanned<String>> {
        let token = self.peek();
        if token.kind != Kind::Name {
            return None;
        }
        let word = self.word(token);
        // a name or a command that starts here, with a comma or a bar missing before it
        let starts_more = matches!(self.peek_at(1).kind, Kind::Assign | Kind::Dot | Kind::Open);
        if TimeUnit::named(word).is_none() {
            if starts_more || (!self.touches() && self.starts_command()) {
                return None;
            }
            let units = ["milliseconds", "seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"];
            let help = match crate::diagnostic::closest(word, units) {
                Some(unit) => format!("did you mean `{unit}`?"),
                None if self.touches() => "put names that start with a digit in backticks: `` `6myfield` ``".to_owned(),
                None => {
                    "units are `milliseconds`, `seconds`, `minutes`, `hours`, `days`, `weeks`, `months`, `quarters` \
                         and `years`"
                        .to_owned()
                }
            };
            let message = format!("`{}` is not a unit of time", crate::elastic::one_line(word));
            self.report(token, message, help);
            self.next();
            return None;
        }
        if matches!(self.peek_at(1).kind, Kind::Assign) && number.end < token.start {
            return None;
        }
        self.next();
        Some(Spanned::new(word.to_owned(), self.span(token)))
    }

    pub(super) fn string_of(&self, token: Token) -> StringLiteral {
        let (value, raw) = lex::decode(self.word(token));
        StringLiteral { value, raw, span: self.span(token) }
    }

    /// Takes a string; what else stands there is reported.
    pub(super) fn string(&mut self, what: &str, help: &str) -> Step<StringLiteral> {
        match self.take(Kind::String) {
            Some(token) => Ok(self.string_of(token)),
            None => Err(self.expected(what, help)),
        }
    }

    /// `[1, 2]`
    fn array(&mut self) -> Step<Spanned<Literal>> {
        const HELP: &str = "an array holds numbers, strings or truth values: `[1, 2]`";
        let open = self.next();
        let mut members = Vec::new();
        let mut mixed = false;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::CloseBracket if members.is_empty() => {
                    self.report(token, "this array is empty", HELP);
                }
                Kind::Null | Kind::Parameter | Kind::OpenBracket => {
                    return Err(self.expected("a number, a string or a truth value", HELP));
                }
                _ => {
                    let member = self.spanned_literal("a number, a string or a truth value", HELP)?;
                    mixed |= members.first().is_some_and(|first| kind_of(first) != kind_of(&member.value))
                        || kind_of(&member.value) == MemberKind::Other;
                    members.push(member.value);
                }
            }
            match self.peek().kind {
                Kind::Comma => {
                    self.next();
                }
                Kind::CloseBracket => {
                    self.next();
                    break;
                }
                _ => {
                    self.never_closed(open, "]");
                    return Err(super::Reported);
                }
            }
        }
        if mixed {
            let whole = Token { end: self.end_of_last(), ..open };
            self.report(whole, "the members of an array are of one kind", HELP);
        }
        Ok(Spanned::new(Literal::Array(members), self.span_from(open.start)))
    }

    /// `{"key": value, ..}`
    pub(super) fn map(&mut self) -> Step<Map> {
        const HELP: &str = "a map reads `{\"key\": value, \"key\": value}`";
        let open = self.peek();
        if self.take(Kind::OpenBrace).is_none() {
            return Err(self.expected("`{`", HELP));
        }
        self.enter(open)?;
        let entries = self.entries(open, HELP);
        self.leave();
        Ok(Map { entries: entries?, span: self.span_from(open.start) })
    }

    fn entries(&mut self, open: Token, help: &str) -> Step<Vec<MapEntry>> {
        let mut entries = Vec::new();
        if self.take(Kind::CloseBrace).is_some() {
            return Ok(entries);
        }
        loop {
            let key = match self.peek().kind {
                Kind::Name | Kind::QuotedName => {
                    let token = self.next();
                    let word = crate::elastic::one_line(self.word(token));
                    self.report(token, "a key stands in quotes", format!("write `\"{word}\"`"));
                    StringLiteral { value: self.word(token).to_owned(), raw: false, span: self.span(token) }
                }
                _ => self.string("a key in quotes", help).inspect_err(|_| self.skip_map())?,
            };
            match self.peek().kind {
                Kind::Colon => {
                    self.next();
                }
                Kind::Assign => {
                    let token = self.next();
                    self.report(token, "`:` stands between a key and its value", help);
                }
                _ => {
                    self.expected("`:` behind the key", help);
                    self.skip_map();
                    return Err(super::Reported);
                }
            }
            let value = match self.peek().kind {
                Kind::OpenBrace => MapValue::Map(self.map()?),
                _ => MapValue::Literal(
                    self.spanned_literal("a value behind `:`", help).inspect_err(|_| self.skip_map())?,
                ),
            };
            entries.push(MapEntry { key, value });
            match self.peek().kind {
                Kind::Comma => {
                    self.next();
                }
                Kind::CloseBrace => {
                    self.next();
                    return Ok(entries);
                }
                _ => {
                    self.never_closed(open, "}");
                    self.skip_map();
                    return Err(super::Reported);
                }
            }
        }
    }

    /// Skips to behind the end of a map.
    fn skip_map(&mut self) {
        let mut open = 0_usize;
        loop {
            match self.peek().kind {
                Kind::End | Kind::Pipe | Kind::Close => return,
                Kind::OpenBrace => open += 1,
                Kind::CloseBrace if open == 0 => {
                    self.next();
                    return;
                }
                Kind::CloseBrace => open -= 1,
                _ => {}
            }
            self.next();
        }
    }
}

#[derive(PartialEq)]
enum MemberKind {
    Number,
    Bool,
    String,
    Other,
}

fn kind_of(literal: &Literal) -> MemberKind {
    match literal {
        Literal::Integer(_) | Literal::Decimal(_) => MemberKind::Number,
        Literal::Bool(_) => MemberKind::Bool,
        Literal::String(_) => MemberKind::String,
        Literal::Null | Literal::TimeSpan(_) | Literal::Array(_) | Literal::Parameter(_) => MemberKind::Other,
    }
}
