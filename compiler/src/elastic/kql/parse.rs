//! The skeleton of conditions and value lists: `or`, `and`, `not`, parentheses and braces. What stands between them is read by `super::terms`.
//!
//! A descending parser over tokens. A part that cannot be read is reported and left out, and reading goes on behind it.

use super::ast::{Expr, Query};
use super::lex::{self, Kind, Token};
use super::{MAX_DEPTH, MAX_MESSAGES};
use crate::diagnostic::{Code, Diagnostic};
use crate::elastic::text::QueryText;
use crate::source::Span;

/// Parses a query; the messages are in the order of the text.
pub(super) fn query(query: &QueryText<'_>) -> (Option<Query>, Vec<Diagnostic>) {
    let text = query.as_str();
    let mut parser = Parser {
        query,
        text,
        tokens: lex::tokens(text),
        at: 0,
        end: 0,
        open: Vec::new(),
        unclosed: Vec::new(),
        depth: 0,
        too_deep: false,
        cut_off: false,
        blamed: None,
        found: Vec::new(),
    };
    parser.report_strings();
    let empty = parser.peek().kind == Kind::End;
    let expr = if empty { None } else { parser.chain::<Expr>() };
    parser.report_unclosed();
    let found = in_order(parser.found);
    let parsed = (empty || expr.is_some()).then(|| Query { expr, span: query.span(0..text.len()) });
    (parsed, found)
}

/// The messages in the order of the text, and not too many of them.
fn in_order(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by_key(|problem| problem.labels.first().map(|label| label.span.start));
    let rest = found.split_off(found.len().min(MAX_MESSAGES));
    // an error among the rest must not get lost
    if let Some(next) = rest.iter().max_by_key(|problem| problem.severity) {
        let message = format!("{} more messages about this query are left out", rest.len());
        let last = Diagnostic { message, ..next.clone() };
        found.push(last.help("resolve those that are shown first"));
    }
    found
}

/// `and` or `or`
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Join {
    And,
    Or,
}

/// What `and`, `or`, `not` and parentheses are applied to: conditions, or the values in a list.
pub(super) trait Node: Sized {
    /// What one of them is called.
    const NOUN: &'static str;
    /// Whether a keyword may be one of them.
    const KEYWORDS: bool;
    fn joined(join: Join, members: Vec<Self>, span: Span) -> Self;
    fn negated(inner: Self, span: Span) -> Self;
    /// Reads one without operators. Consumes at least a token; reports what is wrong.
    fn leaf(parser: &mut Parser<'_, '_>) -> Option<Self>;
}

/// A bracket that is open.
pub(super) struct Opener {
    pub(super) token: Token,
    /// A message (a place in `found`) about something that cannot stand in it.
    pub(super) intruder: Option<usize>,
}

pub(super) struct Parser<'q, 't> {
    query: &'q QueryText<'t>,
    pub(super) text: &'q str,
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    /// Where the last token that was consumed ends.
    end: usize,
    /// The brackets around the current place.
    pub(super) open: Vec<Opener>,
    /// The brackets that the end of the text left open.
    pub(super) unclosed: Vec<Token>,
    depth: usize,
    too_deep: bool,
    /// Whether the end of the text was met within a group that is too deep.
    pub(super) cut_off: bool,
    /// The operator (a place in `tokens`) whose operand was reported as missing.
    pub(super) blamed: Option<usize>,
    pub(super) found: Vec<Diagnostic>,
}

impl<'q> Parser<'q, '_> {
    /// `a and b or c ..`, up to a bracket that closes or the end.
    pub(super) fn chain<N: Node>(&mut self) -> Option<N> {
        let start = self.peek().start;
        let mut all_start = start;
        let mut any = Vec::new();
        let mut all: Vec<N> = self.operand().into_iter().collect();
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Close | Kind::BraceClose if self.is_stray(token) => {
                    self.skip_stray();
                    continue;
                }
                Kind::End | Kind::Close | Kind::BraceClose => break,
                Kind::And => {
                    self.bump();
                }
                Kind::Or => {
                    any.extend(self.join(Join::And, std::mem::take(&mut all), all_start));
                    self.bump();
                    all_start = self.peek().start;
                }
                Kind::Quoted { .. } | Kind::Unquoted | Kind::Open | Kind::Not => {
                    if !self.missing_operator(token) {
                        continue;
                    }
                }
                // the leaf reports these
                Kind::Colon | Kind::Compare(_) | Kind::BraceOpen => {}
            }
            all.extend(self.operand());
        }
        any.extend(self.join(Join::And, all, all_start));
        self.join(Join::Or, any, start)
    }

    fn join<N: Node>(&self, join: Join, mut members: Vec<N>, start: usize) -> Option<N> {
        if members.len() > 1 { Some(N::joined(join, members, self.span_from(start))) } else { members.pop() }
    }

    fn operand<N: Node>(&mut self) -> Option<N> {
        while self.is_stray(self.peek()) {
            self.skip_stray();
        }
        let token = self.peek();
        match token.kind {
            Kind::And | Kind::Or | Kind::Not if N::KEYWORDS && self.is_word() => N::leaf(self),
            Kind::Not => self.negation(Self::operand),
            Kind::Open => self.group(),
            Kind::Quoted { .. } | Kind::Unquoted | Kind::Colon | Kind::Compare(_) | Kind::BraceOpen => N::leaf(self),
            Kind::And | Kind::Or | Kind::Close | Kind::BraceClose | Kind::End => {
                self.missing_operand::<N>(token);
                None
            }
        }
    }

    /// A token that negates, and what `inner` reads behind it. Kibana takes one `not`; here `not not a` is read as well.
    pub(super) fn negation<N: Node>(&mut self, inner: impl FnOnce(&mut Self) -> Option<N>) -> Option<N> {
        let not = self.bump();
        if !self.enter(not) {
            while self.peek().kind == Kind::Not {
                self.bump();
            }
            return inner(self);
        }
        let inner = inner(self);
        self.depth -= 1;
        inner.map(|inner| N::negated(inner, self.span_from(not.start)))
    }

    /// What stands in parentheses or braces.
    pub(super) fn group<N: Node>(&mut self) -> Option<N> {
        let opener = self.bump();
        if !self.enter(opener) {
            self.skip_group();
            return None;
        }
        self.open.push(Opener { token: opener, intruder: None });
        let inner = self.chain();
        let intruder = self.open.pop().and_then(|opener| opener.intruder);
        self.depth -= 1;
        let found = self.peek();
        if Some(found.kind) == closer(opener.kind) {
            self.bump();
        } else if let Some(problem) = intruder.and_then(|at| self.found.get_mut(at)) {
            // what does not fit stands behind the place where the list should have been closed
            problem.help = Some("close the list with `)` in front of this condition".to_owned());
        } else if found.kind == Kind::End {
            self.unclosed.push(opener);
        } else {
            let [open, closed] = [opener, found].map(|token| self.token_text(token));
            let problem = self.problem(found, format!("`{closed}` stands where `{open}` must be closed first"));
            let help = if opener.kind == Kind::Open { "add `)` in front of it" } else { "add `}` in front of it" };
            self.found.push(problem.label(self.token_span(opener), "opened here").help(help));
        }
        inner
    }

    fn enter(&mut self, token: Token) -> bool {
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            return true;
        }
        if !self.too_deep {
            let message = format!("the query is nested more than {MAX_DEPTH} deep");
            let problem = Code::QueryTooDeep.at(self.token_span(token), message);
            self.found.push(problem.help("flatten it: parentheses within parentheses are rarely needed"));
        }
        self.too_deep = true;
        false
    }

    fn skip_group(&mut self) {
        let mut open = 1usize;
        while open > 0 {
            match self.bump().kind {
                Kind::Open | Kind::BraceOpen => open += 1,
                Kind::Close | Kind::BraceClose => open -= 1,
                Kind::End => {
                    self.cut_off = true;
                    return;
                }
                Kind::Colon | Kind::Compare(_) | Kind::And | Kind::Or | Kind::Not => {}
                Kind::Quoted { .. } | Kind::Unquoted => {}
            }
        }
    }

    pub(super) fn is_stray(&self, token: Token) -> bool {
        matches!(token.kind, Kind::Close | Kind::BraceClose)
            && !self.open.iter().any(|opener| closer(opener.token.kind) == Some(token.kind))
    }

    /// Whether the keyword here is a value: nothing follows that it could join or negate (`state: OR`, `state: (CA or OR)`), as in Kibana.
    pub(super) fn is_word(&self) -> bool {
        let next = self.tokens.get(self.at + 1).map_or(Kind::End, |token| token.kind);
        let ends = matches!(next, Kind::End | Kind::Close | Kind::BraceClose);
        match self.peek().kind {
            Kind::And | Kind::Or => ends || matches!(next, Kind::And | Kind::Or),
            Kind::Not => {
                let previous = self.previous().map(|token| token.kind);
                ends && matches!(previous, Some(Kind::Open | Kind::Colon | Kind::Compare(_)))
            }
            Kind::Open | Kind::Close | Kind::BraceOpen | Kind::BraceClose | Kind::Colon | Kind::Compare(_) => false,
            Kind::Quoted { .. } | Kind::Unquoted | Kind::End => false,
        }
    }

    /// The token that is read next.
    pub(super) fn peek(&self) -> Token {
        self.look(0)
    }

    /// The token `ahead` tokens behind the next one.
    pub(super) fn look(&self, ahead: usize) -> Token {
        let end = Token { kind: Kind::End, start: self.text.len(), end: self.text.len() };
        self.tokens.get(self.at + ahead).or(self.tokens.last()).copied().unwrap_or(end)
    }

    pub(super) fn previous(&self) -> Option<Token> {
        self.tokens.get(self.at.checked_sub(1)?).copied()
    }

    /// Consumes a token.
    pub(super) fn bump(&mut self) -> Token {
        let token = self.peek();
        if token.kind != Kind::End {
            self.at += 1;
        }
        self.end = token.end;
        token
    }

    /// Puts another token in the place of the next one: what is left of it.
    pub(super) fn replace(&mut self, token: Token) {
        if let Some(place) = self.tokens.get_mut(self.at) {
            *place = token;
        }
    }

    /// Takes the front of the next token as a token of its own.
    pub(super) fn split(&mut self, head: Token, tail: Token) -> Token {
        self.replace(tail);
        self.end = head.end;
        head
    }

    /// As it is written.
    pub(super) fn token_text(&self, token: Token) -> &'q str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    pub(super) fn token_span(&self, token: Token) -> Span {
        self.query.span(token.start..token.end)
    }

    /// From `start` to the last token that was consumed.
    pub(super) fn span_from(&self, start: usize) -> Span {
        self.query.span(start..self.end.max(start))
    }

    pub(super) fn problem(&self, token: Token, message: impl Into<String>) -> Diagnostic {
        Code::QuerySyntax.at(self.token_span(token), message)
    }

    pub(super) fn report(&mut self, problem: Diagnostic) {
        self.found.push(problem);
    }
}

pub(super) fn closer(opener: Kind) -> Option<Kind> {
    match opener {
        Kind::Open => Some(Kind::Close),
        Kind::BraceOpen => Some(Kind::BraceClose),
        Kind::Close | Kind::BraceClose | Kind::Colon | Kind::Compare(_) => None,
        Kind::And | Kind::Or | Kind::Not | Kind::Quoted { .. } | Kind::Unquoted | Kind::End => None,
    }
}
