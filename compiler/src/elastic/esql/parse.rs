//! Tokens to a tree: a descending parser that goes on after an error.
//!
//! An error is reported at the token that does not fit. Reading goes on at the next `AND`, `OR`, comma, parenthesis or bar of the same
//! level, so that an error further on is found too; what could not be read is [`ExprKind::Invalid`](super::ast::ExprKind::Invalid).

#![allow(clippy::unnecessary_box_returns, clippy::boxed_local, reason = "results in boxes keep the stack small")]

mod command;
mod expr;
mod habits;
mod literal;
mod model;
mod names;
mod predicate;
mod problem;
mod query;
mod source;
mod value;

use std::ops::Range;

use super::ast::Query;
use super::lex::{self, Finding, Kind, Token};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::elastic::text::QueryText;
use crate::source::Span;

/// How deep parentheses, calls, maps, branches, `NOT` and signs may be nested.
pub const MAX_DEPTH: usize = 200;
/// How many errors of one query are told.
pub(super) const MAX_ERRORS: usize = 50;

/// Reads a query. What is wrong with it goes to `diags`, in the order of the text; `None` if nothing of use is left then.
///
/// A tree comes back for most broken queries, too: a caller asks [`Diagnostics::has_errors_since`].
pub fn parse(query: &QueryText<'_>, diags: &mut Diagnostics) -> Option<Query> {
    let mut parser = Parser::new(query);
    let tree = parser.whole();
    parser.tell_findings();
    let Parser { mut problems, too_deep, .. } = parser;
    let place = |problem: &Diagnostic| problem.labels.first().map(|label| label.span.start);
    problems.sort_by_key(place);
    problems.truncate(MAX_ERRORS - usize::from(too_deep.is_some()));
    let tree = tree.filter(|_| too_deep.is_none());
    problems.extend(too_deep);
    problems.sort_by_key(place);
    diags.extend(problems);
    tree
}

/// An error was reported; the reader goes on where it can.
struct Reported;

type Step<T> = Result<T, Reported>;

/// Where a condition stands, and so what may follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    /// A command that takes one condition or value.
    Command,
    /// A command that takes several, separated by commas.
    Columns,
    /// Parentheses.
    Group,
    /// A list, or the arguments of a function.
    List,
}

impl Inside {
    /// Whether values follow each other here, separated by commas.
    fn is_list(self) -> bool {
        match self {
            Inside::List | Inside::Columns => true,
            Inside::Command | Inside::Group => false,
        }
    }

    /// Whether a parenthesis is open.
    fn is_nested(self) -> bool {
        match self {
            Inside::List | Inside::Group => true,
            Inside::Command | Inside::Columns => false,
        }
    }
}

struct Parser<'q> {
    query: &'q QueryText<'q>,
    text: &'q str,
    tokens: Vec<Token>,
    /// The next token.
    at: usize,
    depth: usize,
    /// What was said when there were too many levels; nothing is read behind it.
    too_deep: Option<Diagnostic>,
    /// How many parentheses of branches and subqueries are open.
    branches: usize,
    /// The group that was read last: its first token, and the one behind its last.
    group: (usize, usize),
    /// A word that cannot stand in parentheses was reported: perhaps they should have been closed before it.
    closing_missed: bool,
    /// What the lexer found.
    findings: Vec<Finding>,
    /// Where names of indices and the like stand, ascending: other characters mean something in them.
    loose: Vec<Range<usize>>,
    /// Where strings and the like start that have no end, ascending.
    unclosed: Vec<usize>,
    /// Tokens at which no assignment starts, as was found out already.
    no_assignment: Range<usize>,
    /// The token about which something was said last.
    reported: Option<usize>,
    problems: Vec<Diagnostic>,
}

impl<'q> Parser<'q> {
    fn new(query: &'q QueryText<'q>) -> Self {
        let text = query.as_str();
        let (tokens, findings) = lex::lex(text);
        Self {
            query,
            text,
            tokens,
            at: 0,
            depth: 0,
            too_deep: None,
            branches: 0,
            group: (0, 0),
            closing_missed: false,
            findings: findings.list,
            loose: Vec::new(),
            unclosed: findings.unclosed,
            no_assignment: 0..0,
            reported: None,
            problems: Vec::new(),
        }
    }

    fn peek(&self) -> Token {
        self.peek_at(0)
    }

    /// The token so many places further on.
    fn peek_at(&self, ahead: usize) -> Token {
        let end = Token { kind: Kind::End, start: self.text.len(), end: self.text.len() };
        self.tokens.get(self.at + ahead).or(self.tokens.last()).copied().unwrap_or(end)
    }

    /// The token that was taken last.
    fn last(&self) -> Option<Token> {
        self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).copied()
    }

    /// Takes the next token; the end stays.
    fn next(&mut self) -> Token {
        let token = self.peek();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    /// Takes the next token if it is of a kind.
    fn take(&mut self, kind: Kind) -> Option<Token> {
        (self.peek().kind == kind).then(|| self.next())
    }

    /// The text of a token.
    fn word(&self, token: Token) -> &'q str {
        self.text.get(token.range()).unwrap_or_default()
    }

    /// Whether a token is this word, in any case.
    fn is_word(&self, token: Token, word: &str) -> bool {
        token.kind == Kind::Name && self.word(token).eq_ignore_ascii_case(word)
    }

    /// Takes the next token if it is this word, in any case.
    fn take_word(&mut self, word: &str) -> Option<Token> {
        self.is_word(self.peek(), word).then(|| self.next())
    }

    /// Whether the next token touches the one before.
    fn touches(&self) -> bool {
        self.at > 0 && self.end_of_last() == self.peek().start
    }

    fn span(&self, token: Token) -> Span {
        self.query.span(token.range())
    }

    /// From a byte to the end of the token that was taken last.
    fn span_from(&self, start: usize) -> Span {
        self.query.span(start..self.end_of_last().max(start))
    }

    fn end_of_last(&self) -> usize {
        self.last().map_or(0, |token| token.end)
    }

    /// Goes one level further in; too many levels end the reading. [`Self::leave`] goes back.
    fn enter(&mut self, token: Token) -> Step<()> {
        if self.depth >= MAX_DEPTH {
            return Err(self.nested_too_deeply(token));
        }
        self.depth += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Whether a closing parenthesis ends something here.
    fn is_closing(&self, inside: Inside) -> bool {
        inside.is_nested() || self.branches > 0
    }

    /// Skips to where reading can go on: `AND`, `OR`, a comma, a bar or what ends the surrounding; groups that open on the way are
    /// skipped as a whole.
    fn resync(&mut self, inside: Inside) {
        let mut open = 0_usize;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::End | Kind::Pipe => return,
                Kind::And | Kind::Or | Kind::DoubleAmpersand | Kind::DoublePipe if open == 0 => return,
                Kind::Comma if open == 0 && inside.is_list() => return,
                Kind::By | Kind::Where | Kind::With | Kind::On if open == 0 && !inside.is_nested() => return,
                Kind::Open => open += 1,
                Kind::Close if open == 0 && self.is_closing(inside) => return,
                Kind::Close => open = open.saturating_sub(1),
                _ => {}
            }
            self.next();
        }
    }

    /// Skips to the next bar, or to the end of the branch or the query.
    fn skip_to_bar(&mut self) {
        let mut open = 0_usize;
        loop {
            match self.peek().kind {
                Kind::End | Kind::Pipe => return,
                Kind::Close if open == 0 && self.branches > 0 => return,
                Kind::Open => open += 1,
                Kind::Close => open = open.saturating_sub(1),
                _ => {}
            }
            self.next();
        }
    }
}
