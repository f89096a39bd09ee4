//! Tokens to a tree: a descending parser that goes on after an error.
//!
//! An error is reported at the token that does not fit. Reading goes on at the next `and`, `or`, comma, bracket or bar of the same
//! level, so that an error further on is found too; what could not be read is [`ExprKind::Invalid`](super::ast::ExprKind::Invalid).

#![allow(clippy::unnecessary_box_returns, clippy::boxed_local, reason = "results in boxes keep the stack small")]

mod expr;
mod items;
mod predicate;
mod problem;
mod query;
mod terms;
mod value;

use super::ast::Query;
use super::lex::{self, Kind, Token};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::elastic::text::QueryText;
use crate::source::Span;

/// How deep parentheses, brackets, calls, `not` and signs may be nested.
pub const MAX_DEPTH: usize = 200;
/// How many errors of one query are told.
pub(super) const MAX_ERRORS: usize = 50;

/// Reads a query. What is wrong with it goes to `diags`, in the order of the text; `None` if nothing of use is left then.
///
/// A tree comes back for most broken queries, too: a caller compares [`Diagnostics::len`] before and after.
pub fn parse(query: &QueryText<'_>, diags: &mut Diagnostics) -> Option<Query> {
    let mut parser = Parser::new(query);
    let tree = parser.whole();
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
    /// A query for single events.
    Query,
    /// Parentheses.
    Group,
    /// A list, or the arguments of a function.
    List,
    /// The brackets of an event.
    Term,
    /// The arguments of a pipe.
    Pipe,
    /// The keys behind `by`.
    Keys,
}

impl Inside {
    /// Whether values follow each other here, separated by commas.
    fn is_list(self) -> bool {
        match self {
            Inside::List | Inside::Pipe | Inside::Keys => true,
            Inside::Query | Inside::Group | Inside::Term => false,
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
    /// How many parentheses are open.
    open: usize,
    /// How many brackets are open.
    brackets: usize,
    /// Where strings and the like start that have no end, ascending.
    unclosed: Vec<usize>,
    /// The token about which something was said last.
    reported: Option<usize>,
    problems: Vec<Diagnostic>,
}

impl<'q> Parser<'q> {
    fn new(query: &'q QueryText<'q>) -> Self {
        let text = query.as_str();
        let (tokens, findings) = lex::lex(text);
        let mut parser = Self {
            query,
            text,
            tokens,
            at: 0,
            depth: 0,
            too_deep: None,
            open: 0,
            brackets: 0,
            unclosed: findings.unclosed,
            reported: None,
            problems: Vec::new(),
        };
        for finding in findings.list {
            parser.found_by_lexer(finding);
        }
        parser
    }

    fn peek(&self) -> Token {
        self.peek_at(0)
    }

    /// The token so many places further on.
    fn peek_at(&self, ahead: usize) -> Token {
        let end = Token { kind: Kind::End, start: self.text.len(), end: self.text.len() };
        self.tokens.get(self.at + ahead).or(self.tokens.last()).copied().unwrap_or(end)
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

    /// Whether a token is a name that would be this keyword in lower case.
    fn is_miscased(&self, token: Token, kind: Kind) -> bool {
        matches!(token.kind, Kind::Name | Kind::TildeName) && lex::keyword(self.word(token)) == Some(kind)
    }

    /// Takes a keyword; one that is not in lower case is reported, and taken.
    fn keyword(&mut self, kind: Kind) -> Option<Token> {
        let token = self.peek();
        if token.kind == kind {
            return Some(self.next());
        }
        if self.is_miscased(token, kind) {
            self.miscased(token);
            return Some(self.next());
        }
        None
    }

    fn span(&self, token: Token) -> Span {
        self.query.span(token.range())
    }

    /// From a byte to the end of the token that was taken last.
    fn span_from(&self, start: usize) -> Span {
        self.query.span(start..self.end_of_last().max(start))
    }

    fn end_of_last(&self) -> usize {
        self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, |token| token.end)
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

    /// Skips to where reading can go on: `and`, `or`, a comma, a bar or what ends the surrounding; groups that open on the way are
    /// skipped as a whole.
    fn resync(&mut self, inside: Inside) {
        let mut open: Vec<Kind> = Vec::new();
        loop {
            let token = self.peek();
            match token.kind {
                Kind::End | Kind::Pipe => return,
                Kind::OpenBracket | Kind::OpenMissing if inside == Inside::Keys && open.is_empty() => return,
                Kind::And | Kind::Or | Kind::DoubleAmpersand | Kind::DoublePipe if open.is_empty() => return,
                Kind::Comma if open.is_empty() && inside.is_list() => return,
                Kind::With | Kind::Until if open.is_empty() && inside == Inside::Keys => return,
                Kind::Open => open.push(Kind::Close),
                Kind::OpenBracket | Kind::OpenMissing => open.push(Kind::CloseBracket),
                Kind::CloseBracket => match open.iter().rposition(|kind| *kind == Kind::CloseBracket) {
                    Some(at) => open.truncate(at),
                    None if self.brackets == 0 && inside != Inside::Keys => {}
                    None => return,
                },
                Kind::Close => match open.last() {
                    None => return,
                    Some(Kind::Close) => {
                        open.pop();
                    }
                    // a stray one within brackets
                    Some(_) => {}
                },
                _ => {}
            }
            self.next();
        }
    }

    /// Skips to the next token of one of these kinds, or to the end.
    fn skip_to(&mut self, kinds: &[Kind]) {
        while self.peek().kind != Kind::End && !kinds.contains(&self.peek().kind) {
            self.next();
        }
    }
}
