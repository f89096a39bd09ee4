//! Values, lists of values and names of fields.

use super::ast::{Expr, FieldName, Piece, Value, ValueKind, Values, ValuesKind};
use super::hints::{self, Place};
use super::lex::{self, Kind, Token};
use super::literal::{self, Problem};
use super::parse::{Join, Node, Parser};
use crate::diagnostic::Code;
use crate::elastic::one_line;
use crate::source::Span;

impl Node for Values {
    const NOUN: &'static str = "value";
    const KEYWORDS: bool = true;

    fn joined(join: Join, members: Vec<Self>, span: Span) -> Self {
        let kind = match join {
            Join::And => ValuesKind::And(members),
            Join::Or => ValuesKind::Or(members),
        };
        Self { kind, span }
    }

    fn negated(inner: Self, span: Span) -> Self {
        Self { kind: ValuesKind::Not(Box::new(inner)), span }
    }

    fn leaf(parser: &mut Parser<'_, '_>) -> Option<Self> {
        let token = parser.peek();
        match token.kind {
            Kind::Colon | Kind::Compare(_) | Kind::BraceOpen => {
                parser.not_in_list(token);
                parser.bump();
                parser.skip_value();
                None
            }
            Kind::Open | Kind::Close | Kind::BraceClose | Kind::And | Kind::Or | Kind::Not => Some(parser.list_value()),
            Kind::Quoted { .. } | Kind::Unquoted | Kind::End => Some(parser.list_value()),
        }
    }
}

impl<'q> Parser<'q, '_> {
    /// A value or a list of values.
    pub(super) fn values_behind(&mut self, field: Token, sign: Token) -> Option<Values> {
        let next = self.peek();
        match next.kind {
            Kind::Open => self.group(),
            Kind::Quoted { .. } | Kind::Unquoted => Some(single(self.value(false))),
            Kind::And | Kind::Or | Kind::Not if self.is_word() => Some(single(self.value(false))),
            Kind::Not => {
                let name = one_line(self.token_text(field));
                let not = self.token_text(next);
                let problem = self.problem(next, format!("`{not}` stands between `:` and a value"));
                self.report(problem.help(format!(
                    "write `not {name}: ..` or `{name}: (not ..)`, or `\"{not}\"` if the word is meant"
                )));
                self.negation(|parser| {
                    while parser.peek().kind == Kind::Not && !parser.is_word() {
                        parser.bump();
                    }
                    parser.values_behind(field, sign)
                })
            }
            Kind::Colon => {
                self.sign_in_value(next);
                self.skip_value();
                None
            }
            Kind::And | Kind::Or | Kind::Compare(_) | Kind::BraceOpen => {
                self.value_missing(field, sign);
                None
            }
            Kind::Close | Kind::BraceClose | Kind::End => {
                self.value_missing(field, sign);
                None
            }
        }
    }

    pub(super) fn value_missing(&mut self, field: Token, sign: Token) {
        let name = one_line(self.token_text(field));
        let sign_text = self.token_text(sign);
        let space = if sign.kind == Kind::Colon { "" } else { " " };
        let problem = self.problem(sign, format!("a value is missing behind `{name}{space}{sign_text}`"));
        let next = self.peek();
        let help = if matches!(next.kind, Kind::And | Kind::Or | Kind::Not) {
            let word = self.token_text(next);
            format!("write a value between `{sign_text}` and `{word}`, or `\"{word}\"` if the word is meant")
        } else if sign.kind == Kind::Colon {
            "write `*` for any value".to_owned()
        } else {
            "write what to compare with".to_owned()
        };
        self.report(problem.help(help));
    }

    fn list_value(&mut self) -> Values {
        let next = self.look(1);
        if !matches!(next.kind, Kind::Colon | Kind::Compare(_)) {
            return single(self.take());
        }
        let token = self.bump();
        self.not_in_list(next);
        self.skip_value();
        single(self.resolve(token))
    }

    fn not_in_list(&mut self, token: Token) {
        let sign = self.token_text(token);
        let problem = self.problem(token, format!("`{sign}` cannot stand in a list of values"));
        let help = if let Kind::Compare(_) = token.kind {
            "write ranges without a list, `field > 1 and field < 5`; in a value write `\\<` and `\\>`"
        } else if token.kind == Kind::BraceOpen {
            "write `\\{`, or quotes, if it is a part of a value"
        } else {
            "write `\\:`, or quotes, if it is a part of a value; a condition on another field stands outside of the list"
        };
        self.intruder(problem.help(help));
    }

    /// A single value behind a colon or a comparison.
    pub(super) fn value(&mut self, comparison: bool) -> Value {
        let (token, next) = (self.peek(), self.look(1));
        if !matches!(next.kind, Kind::Colon | Kind::Compare(_)) {
            return self.take();
        }
        // `a: b c: d` lacks an operator, whereas in `a: b:c` a colon is not escaped
        if let Some((head, tail)) = self.last_word(token) {
            let head = self.split(head, tail);
            return self.resolve(head);
        }
        let value = self.take();
        if comparison && next.kind != Kind::Colon {
            let problem = self.problem(next, format!("`{}` follows another comparison", self.token_text(next)));
            self.report(problem.help("write two comparisons: `field > 1 and field < 5`"));
        } else {
            self.sign_in_value(next);
        }
        self.skip_value();
        value
    }

    pub(super) fn sign_in_value(&mut self, token: Token) {
        let sign = self.token_text(token);
        let problem = self.problem(token, format!("`{sign}` stands in a value"));
        self.report(problem.help(format!("write `\\{sign}`, or put the value into quotes")));
    }

    /// Passes over what belongs to a value that cannot be read: `:30:00` of `12:30:00`.
    pub(super) fn skip_value(&mut self) {
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Colon | Kind::Compare(_) => {
                    self.bump();
                }
                Kind::Quoted { .. } | Kind::Unquoted => {
                    let more = matches!(self.look(1).kind, Kind::Colon | Kind::Compare(_));
                    match self.last_word(token).filter(|_| more) {
                        Some((head, tail)) => {
                            self.split(head, tail);
                            return;
                        }
                        None => {
                            self.bump();
                        }
                    }
                    if !more {
                        return;
                    }
                }
                Kind::Open => {
                    self.group::<Values>();
                    return;
                }
                Kind::BraceOpen => {
                    self.group::<Expr>();
                    return;
                }
                Kind::And | Kind::Or | Kind::Not | Kind::Close | Kind::BraceClose | Kind::End => return,
            }
        }
    }

    /// The last word of an unquoted token, which may be a field name, and what stands before it. A sign that is no operator goes with the name.
    fn last_word(&self, token: Token) -> Option<(Token, Token)> {
        if token.kind != Kind::Unquoted {
            return None;
        }
        let cut = |text: &str| {
            let space = text.trim_end_matches(lex::is_space).rfind(lex::is_space)?;
            let head = text.get(..space)?.trim_end_matches(lex::is_space).len();
            let tail = space + text.get(space..)?.chars().next().map_or(0, char::len_utf8);
            (head > 0).then_some((head, tail))
        };
        let text = self.token_text(token);
        let (mut head, mut tail) = cut(text)?;
        let before = text.get(..head)?;
        if let Some((earlier, sign)) =
            cut(before).filter(|(_, at)| before.get(*at..).and_then(hints::joining).is_some())
        {
            (head, tail) = (earlier, sign);
        }
        Some((Token { end: token.start + head, ..token }, Token { start: token.start + tail, ..token }))
    }

    /// Consumes a token as a value.
    fn take(&mut self) -> Value {
        let token = self.bump();
        if let Some((sign, help)) = self.operator_in(token, Place::Value) {
            let text = one_line(self.token_text(token));
            let message = format!("`{sign}` is not an operator: the value is `{text}`");
            self.warn(token, message, help);
        } else if token.kind == Kind::Unquoted && self.token_text(token).contains('\n') {
            let message = format!("the value `{}` goes over the end of a line", one_line(self.token_text(token)));
            self.warn(token, message, "write `or` between two values; a value of several words is clearer in quotes");
        }
        self.resolve(token)
    }

    pub(super) fn operator_in(&self, token: Token, place: Place) -> Option<(&'q str, &'static str)> {
        let text = Some(self.token_text(token)).filter(|_| token.kind == Kind::Unquoted)?;
        hints::operator_in(text, place)
    }

    pub(super) fn warn(&mut self, token: Token, message: String, help: &str) {
        let problem = Code::QuestionableValue.at(self.token_span(token), message);
        self.report(problem.help(help));
    }

    /// The value that a token stands for; keywords are words here.
    pub(super) fn resolve(&mut self, token: Token) -> Value {
        let kind = if let Kind::Quoted { closed } = token.kind {
            ValueKind::Quoted(self.quoted(token, closed))
        } else {
            let mut pieces = self.pieces(token);
            match pieces.pop() {
                Some(Piece::Text(text)) if pieces.is_empty() => ValueKind::Unquoted(text),
                None => ValueKind::Unquoted(String::new()),
                Some(last @ (Piece::Text(_) | Piece::Any)) => {
                    pieces.push(last);
                    ValueKind::Wildcard(pieces)
                }
            }
        };
        Value { kind, span: self.token_span(token) }
    }

    pub(super) fn field_name(&mut self, token: Token) -> FieldName {
        let pieces = if let Kind::Quoted { closed } = token.kind {
            let name = self.quoted(token, closed);
            if name.is_empty() { Vec::new() } else { vec![Piece::Text(name)] }
        } else {
            let text = one_line(self.token_text(token));
            if let Some((sign, help)) = self.operator_in(token, Place::Outer) {
                self.warn(token, format!("`{sign}` is not an operator: the field is `{text}`"), help);
            } else if self.token_text(token).contains(lex::is_space) {
                let help = "write `and` or `or` in front of the field, or put its name into quotes";
                self.warn(token, format!("`{text}` is read as the name of one field"), help);
            }
            self.pieces(token)
        };
        FieldName { pieces, span: self.token_span(token) }
    }

    fn quoted(&mut self, token: Token, closed: bool) -> String {
        let content = token.start + 1..if closed { token.end.saturating_sub(1) } else { token.end };
        let mut problems = Vec::new();
        let text = literal::quoted(self.text, content, &mut problems);
        self.report_literal(problems);
        text
    }

    fn pieces(&mut self, token: Token) -> Vec<Piece> {
        let mut problems = Vec::new();
        let pieces = literal::unquoted(self.text, token.start..token.end, &mut problems);
        self.report_literal(problems);
        pieces
    }

    fn report_literal(&mut self, problems: Vec<Problem>) {
        let mut backslash = false;
        for problem in problems {
            match problem {
                Problem::Backslash(range) => {
                    // more of them in a path are the same mistake
                    if !std::mem::replace(&mut backslash, true) {
                        let token = Token { kind: Kind::Unquoted, start: range.start, end: range.end };
                        let behind = lex::char_at(self.text, range.end).filter(|c| !c.is_whitespace());
                        let problem = match behind {
                            Some(c) => self.problem(token, format!("`\\{c}` is not an escape")),
                            None => self.problem(token, "this backslash escapes nothing"),
                        };
                        self.report(problem.help("write `\\\\` for a backslash; whitespace needs none"));
                    }
                }
                Problem::HalfCharacter(range) => {
                    let token = Token { kind: Kind::Unquoted, start: range.start, end: range.end };
                    let message = format!("`{}` is half of a character", self.token_text(token));
                    let problem = self.problem(token, message);
                    self.report(problem.help("write both halves behind each other, or the character itself"));
                }
            }
        }
    }
}

fn single(value: Value) -> Values {
    Values { span: value.span, kind: ValuesKind::Value(value) }
}
