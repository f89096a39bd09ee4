//! Lists: values, patterns, keys.

use super::expr::push;
use super::{Inside, Kind, Parser, Step, Token};
use crate::elastic::eql::ast::{Expr, MatchOp, StringLiteral};

impl Parser<'_> {
    /// Values up to the closing parenthesis; the opening one is taken, and something stands behind it.
    pub(super) fn list(&mut self, open: Token) -> Step<Vec<Expr>> {
        self.enter(open)?;
        self.open += 1;
        let values = self.values(Inside::List);
        self.open = self.open.saturating_sub(1);
        self.leave();
        if self.take(Kind::Close).is_none() {
            self.never_closed(open, ")");
        }
        Ok(values)
    }

    /// One value or more, separated by commas. Commas that are missing are reported once.
    pub(super) fn values(&mut self, inside: Inside) -> Vec<Expr> {
        let mut values = Vec::new();
        let mut comma_missing = false;
        loop {
            let before = self.at;
            let value = self.condition(inside);
            push(&mut values, value);
            if self.take(Kind::Comma).is_some() {
                continue;
            }
            let token = self.peek();
            let is_end = matches!(
                token.kind,
                Kind::End
                    | Kind::Pipe
                    | Kind::Close
                    | Kind::CloseBracket
                    | Kind::OpenBracket
                    | Kind::OpenMissing
                    | Kind::By
                    | Kind::With
                    | Kind::Until
            );
            if is_end || self.at == before || self.ends_keys(inside) {
                return values;
            }
            if !comma_missing {
                comma_missing = true;
                self.misplaced(token, inside);
            }
        }
    }

    /// `(".." , "..")`: strings only. Each mistake is reported, mistakes of one kind once.
    pub(super) fn string_list(&mut self, op: MatchOp) -> Vec<StringLiteral> {
        let open = self.next();
        let mut strings = Vec::new();
        let mut comma_missing = false;
        if self.peek().kind == Kind::Close {
            self.empty_list();
            self.next();
            return strings;
        }
        loop {
            if let Some(token) = self.take(Kind::String) {
                strings.push(self.string_of(token));
            } else {
                self.string_missing(op);
                self.skip_item();
            }
            let token = self.peek();
            match token.kind {
                Kind::Comma => {
                    self.next();
                }
                Kind::Close => {
                    self.next();
                    return strings;
                }
                Kind::End | Kind::Pipe | Kind::CloseBracket => {
                    self.never_closed(open, ")");
                    return strings;
                }
                Kind::Or | Kind::And | Kind::DoublePipe | Kind::DoubleAmpersand => {
                    if !comma_missing {
                        let help = "separate patterns by commas; one of them must match";
                        self.expected("`,` or `)`", help);
                    }
                    comma_missing = true;
                    self.next();
                }
                Kind::String => {
                    if !comma_missing {
                        self.misplaced(token, Inside::List);
                    }
                    comma_missing = true;
                }
                _ => {
                    self.misplaced(token, Inside::List);
                    self.skip_item();
                    if !matches!(self.peek().kind, Kind::Comma | Kind::Close) {
                        self.never_closed(open, ")");
                        return strings;
                    }
                    self.take(Kind::Comma);
                    if self.take(Kind::Close).is_some() {
                        return strings;
                    }
                }
            }
        }
    }

    /// Skips what stands before the next comma of the list, or before its end.
    fn skip_item(&mut self) {
        loop {
            self.resync(Inside::List);
            match self.peek().kind {
                Kind::And | Kind::Or | Kind::DoubleAmpersand | Kind::DoublePipe => {
                    self.next();
                }
                _ => return,
            }
        }
    }
}
