//! What is said about operators and brackets that do not fit.

use super::hints;
use super::lex::{self, Kind, Token};
use super::parse::{Node, Parser, closer};
use crate::diagnostic::Diagnostic;
use crate::elastic::one_line;

impl Parser<'_, '_> {
    /// Reports something that cannot stand within the brackets that are open, once for them.
    pub(super) fn intruder(&mut self, problem: Diagnostic) {
        let at = self.found.len();
        let Some(opener) = self.open.last_mut() else { return self.found.push(problem) };
        if opener.intruder.is_none() {
            opener.intruder = Some(at);
            let opener = opener.token;
            self.found.push(problem.label(self.token_span(opener), "the list starts here"));
        }
    }

    /// Reports a bracket that closes nothing; those that follow at once belong to the same mistake.
    pub(super) fn skip_stray(&mut self) {
        let token = self.bump();
        let text = self.token_text(token);
        let problem = self.problem(token, format!("`{text}` closes nothing"));
        self.found.push(problem.help(format!("remove it, or write `\\{text}` if it is a part of a value")));
        while self.is_stray(self.peek()) {
            self.bump();
        }
    }

    pub(super) fn report_strings(&mut self) {
        let unclosed = self.tokens.iter().filter(|token| token.kind == Kind::Quoted { closed: false });
        let problems = unclosed.map(|token| {
            let open = Token { end: token.start + 1, ..*token };
            let help = if self.token_text(*token).contains("\\\"") {
                "`\\\"` is a quote within the string: write `\\\\\"` where the string ends in a backslash"
            } else {
                "add `\"` where the string ends"
            };
            let problem = self.problem(Token { start: token.end, ..*token }, "a quoted string is never closed");
            problem.label(self.token_span(open), "opened here").help(help)
        });
        self.found.extend(problems.collect::<Vec<_>>());
    }

    pub(super) fn report_unclosed(&mut self) {
        let unclosed = std::mem::take(&mut self.unclosed);
        if self.cut_off || unclosed.is_empty() {
            return;
        }
        let missing: String = unclosed.iter().take(8).filter_map(|opener| closing_text(opener.kind)).collect();
        let message = match unclosed.as_slice() {
            [only] => format!("`{}` is never closed", self.token_text(*only)),
            all => format!("{} brackets are never closed", all.len()),
        };
        let end = self.peek();
        let mut problem = self.problem(end, message).help(format!("add `{missing}` where the group ends"));
        for opener in unclosed.iter().rev().take(4) {
            problem = problem.label(self.token_span(*opener), "opened here");
        }
        self.found.push(problem);
    }

    /// Reports that a term stands directly behind another. Whether a term is left to be read: signs of other languages are taken out.
    pub(super) fn missing_operator(&mut self, token: Token) -> bool {
        let text = self.token_text(token);
        let word = text.split(lex::is_space).next().unwrap_or_default();
        if let Some(instead) = hints::joining(word).filter(|_| token.kind == Kind::Unquoted) {
            let sign = Token { end: token.start + word.len(), ..token };
            let problem = self.problem(sign, format!("`{}` is not an operator", one_line(word)));
            self.found.push(problem.help(instead));
            let rest = text.get(word.len()..).unwrap_or_default();
            let left = rest.trim_start_matches(lex::is_space).len();
            if left == 0 {
                self.bump();
                return self.starts_operand();
            }
            self.replace(Token { start: token.end - left, ..token });
            return true;
        }
        let place = if token.kind == Kind::Unquoted { Token { end: token.start + word.len(), ..token } } else { token };
        let message = format!("an operator is missing in front of `{}`", one_line(self.token_text(place)));
        let problem = self.problem(place, message).help(self.operator_help(token));
        self.found.push(problem);
        true
    }

    fn operator_help(&self, token: Token) -> &'static str {
        let Some(previous) = self.previous() else { return "write `and` or `or` between two terms" };
        let quoted = matches!(previous.kind, Kind::Quoted { .. });
        if self.touches_pattern(token) {
            "wildcards work outside of quotes only: write the whole value without quotes, with a backslash in front of special characters"
        } else if token.kind == Kind::Not {
            "write `and not` or `or not`"
        } else if quoted && self.token_text(previous).contains("\\\"") {
            "`\\\"` is a quote within the string in front: write `\\\\\"` where a string ends in a backslash"
        } else if matches!(previous.kind, Kind::Colon | Kind::Compare(_)) {
            // a literal was split: its front is not among the tokens
            "write `and` or `or` between two terms; a colon that is a part of a value is written `\\:`, or stands in quotes"
        } else if previous.kind == Kind::Unquoted && token.kind == Kind::Open {
            "write `and` or `or` between two terms; a parenthesis that is a part of a value is written `\\(`, or stands in quotes"
        } else {
            "write `and` or `or` between two terms"
        }
    }

    /// Whether a quoted and an unquoted token touch, one of them with a `*`.
    fn touches_pattern(&self, token: Token) -> bool {
        self.previous().is_some_and(|previous| {
            let pattern = match (previous.kind, token.kind) {
                (Kind::Quoted { .. }, Kind::Unquoted) => token,
                (Kind::Unquoted, Kind::Quoted { .. }) => previous,
                (_, _) => return false,
            };
            previous.end == token.start && self.token_text(pattern).contains('*')
        })
    }

    fn starts_operand(&self) -> bool {
        match self.peek().kind {
            Kind::Quoted { .. } | Kind::Unquoted | Kind::Open | Kind::Not => true,
            Kind::Colon | Kind::Compare(_) | Kind::BraceOpen => true,
            Kind::And | Kind::Or | Kind::Close | Kind::BraceClose | Kind::End => false,
        }
    }

    /// Reports that an operator stands alone, or that brackets are empty.
    pub(super) fn missing_operand<N: Node>(&mut self, found: Token) {
        let noun = N::NOUN;
        let operator = self.previous().filter(|token| matches!(token.kind, Kind::And | Kind::Or | Kind::Not));
        let is_operator = matches!(found.kind, Kind::And | Kind::Or);
        let (subject, index, message) = match (operator, is_operator) {
            (Some(operator), _) => {
                let name = self.token_text(operator);
                let what = if found.kind == Kind::End {
                    "the query ends".to_owned()
                } else {
                    format!("`{}` follows", self.token_text(found))
                };
                (operator, self.at.saturating_sub(1), format!("a {noun} is missing behind `{name}`: {what}"))
            }
            (None, true) => (found, self.at, format!("a {noun} is missing in front of `{}`", self.token_text(found))),
            (None, false) => {
                if let Some(opener) = self.previous().filter(|opener| closer(opener.kind) == Some(found.kind)) {
                    self.report_empty::<N>(opener, found);
                }
                return;
            }
        };
        let known = self.blamed == Some(index);
        self.blamed = if is_operator { Some(self.at) } else { Some(index) };
        if known {
            return;
        }
        let name = self.token_text(subject);
        let help = if subject.kind == Kind::Not {
            format!("write the {noun} that `{name}` excludes, or `\"{name}\"` if the word is meant")
        } else {
            format!("write a {noun} on both sides of `{name}`, or `\"{name}\"` if the word is meant")
        };
        let problem = self.problem(subject, message).help(help);
        self.found.push(problem);
    }

    fn report_empty<N: Node>(&mut self, opener: Token, found: Token) {
        let message = match (opener.kind, N::KEYWORDS) {
            (Kind::BraceOpen, _) => "the braces are empty",
            (_, true) => "the list of values is empty",
            (_, false) => "the parentheses are empty",
        };
        let place = Token { end: found.end, ..opener };
        let noun = N::NOUN;
        let problem = self.problem(place, message).help(format!("write a {noun} in them, or remove them"));
        self.found.push(problem);
    }
}

fn closing_text(opener: Kind) -> Option<char> {
    match closer(opener) {
        Some(Kind::Close) => Some(')'),
        Some(Kind::BraceClose) => Some('}'),
        Some(_) | None => None,
    }
}
