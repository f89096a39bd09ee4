//! Names of fields and columns, with and without wildcards.

use super::{Kind, Parser, Step, Token};
use crate::elastic::esql::ast::{Name, NamePart, NamePattern, Parameter, ParameterKey, PatternPart, PatternPiece};
use crate::elastic::esql::lex;

const BACKTICKS: &str = "put names with other characters than letters, digits and `_` in backticks";

impl Parser<'_> {
    /// ``a.`b-c`.d``
    pub(super) fn name(&mut self) -> Step<Name> {
        let start = self.peek().start;
        let mut parts = Vec::new();
        loop {
            let Some(part) = self.name_part(parts.is_empty()) else {
                return Err(self.name_missing());
            };
            parts.push(part);
            self.digit_in_name();
            if self.take(Kind::Dot).is_none() {
                return Ok(Name { parts, span: self.span_from(start) });
            }
        }
    }

    fn name_missing(&mut self) -> super::Reported {
        match self.peek().kind {
            Kind::Star => self.expected("the name of a field", "wildcards stand in `KEEP` and `DROP` only"),
            Kind::End | Kind::Pipe | Kind::Dot if self.last().is_some_and(|last| last.kind == Kind::Dot) => {
                self.expected("the name of a field", "remove the dot, or add a name behind it")
            }
            Kind::End | Kind::Pipe | Kind::Comma => self.expected("the name of a field", "write the name of a field"),
            Kind::String => self.expected("the name of a field", "names stand in backticks, not in quotes"),
            _ => self.expected("the name of a field", BACKTICKS),
        }
    }

    /// A name, with or without backticks; a keyword is reported, and taken.
    fn name_part(&mut self, is_first: bool) -> Option<NamePart> {
        let token = self.peek();
        let word = self.word(token);
        let part = match token.kind {
            Kind::Name => {
                self.check_lone(token);
                NamePart::Name(word.to_owned())
            }
            Kind::QuotedName => NamePart::Name(lex::decode_name(word)),
            Kind::Parameter => NamePart::Parameter(parameter(word)),
            // `source.as.number` needs no backticks
            Kind::As if !is_first => NamePart::Name(word.to_owned()),
            kind if kind.is_keyword() => {
                let help = format!("put it in backticks: `` `{word}` ``");
                self.report(token, format!("`{word}` is a keyword, not the name of a field"), help);
                NamePart::Name(word.to_owned())
            }
            _ => return None,
        };
        self.next();
        Some(part)
    }

    /// `_` and `@` alone are not names.
    fn check_lone(&mut self, token: Token) {
        let word = self.word(token);
        if matches!(word, "_" | "@") {
            self.report(token, format!("`{word}` alone is not a name"), format!("put it in backticks: `` `{word}` ``"));
        }
    }

    /// `a.0.b`: a part that starts with a digit is reported, and skipped with what is joined to it.
    fn digit_in_name(&mut self) {
        let token = self.peek();
        if !matches!(token.kind, Kind::Decimal) || !self.touches() || !self.word(token).starts_with('.') {
            return;
        }
        let first = self.next();
        while self.touches()
            && matches!(self.peek().kind, Kind::Name | Kind::Dot | Kind::Integer | Kind::Decimal | Kind::QuotedName)
        {
            self.next();
        }
        let whole = Token { end: self.end_of_last(), ..first };
        let help = "put the whole name, or this part of it, in backticks: `` `a.0.b` ``";
        self.report(whole, "a part of a name starts with a digit", help);
    }

    /// Names separated by commas.
    pub(super) fn names(&mut self) -> Step<Vec<Name>> {
        let mut names = vec![self.name()?];
        while self.take(Kind::Comma).is_some() {
            names.push(self.name()?);
        }
        Ok(names)
    }

    /// Patterns separated by commas. Each that cannot be read is reported.
    pub(super) fn name_patterns(&mut self) -> Vec<NamePattern> {
        let mut patterns = Vec::new();
        let mut comma_missing = false;
        loop {
            match self.name_pattern() {
                Ok(pattern) => patterns.push(pattern),
                Err(_) => self.skip_pattern(),
            }
            let token = self.peek();
            if token.kind == Kind::As {
                let help = "rename it in a command of its own: `RENAME old AS new`";
                self.report(token, "`KEEP` and `DROP` give no other names", help);
                self.skip_pattern();
            }
            if !self.patterns_go_on(&mut comma_missing) {
                return patterns;
            }
        }
    }

    /// Takes the comma behind a pattern. Commas that are missing are reported once.
    pub(super) fn patterns_go_on(&mut self, comma_missing: &mut bool) -> bool {
        let token = self.peek();
        match token.kind {
            Kind::Comma => {
                self.next();
                true
            }
            Kind::Name | Kind::QuotedName | Kind::Star | Kind::Parameter if !self.starts_command() => {
                if !*comma_missing {
                    *comma_missing = true;
                    self.expected("`,` or `|`", "separate names by commas");
                }
                true
            }
            _ => false,
        }
    }

    /// Skips to behind what cannot be read of a pattern.
    pub(super) fn skip_pattern(&mut self) {
        while !matches!(self.peek().kind, Kind::Comma | Kind::Pipe | Kind::End | Kind::Close) {
            self.next();
        }
    }

    /// ``a.b*.`c` ``
    pub(super) fn name_pattern(&mut self) -> Step<NamePattern> {
        let start = self.peek().start;
        let mut pattern = PatternBuilder::default();
        let mut joined = true;
        loop {
            let token = self.peek();
            let word = self.word(token);
            match token.kind {
                Kind::Dot => {
                    if !pattern.ends_part() {
                        return Err(self.expected("the name of a field", BACKTICKS));
                    }
                    self.next();
                    joined = true;
                    continue;
                }
                // only what touches goes on with a part
                _ if !joined && !self.touches() || !pattern.goes_on() => break,
                Kind::Parameter if pattern.at_part_start() => pattern.parameter(word),
                Kind::QuotedName => pattern.text(&lex::decode_name(word)),
                Kind::Star => pattern.any(),
                Kind::Name => {
                    let alone = matches!(word, "_" | "@") && !matches!(self.peek_at(1).kind, Kind::Star);
                    if alone {
                        self.check_lone(token);
                    }
                    pattern.text(word);
                }
                kind if kind.is_keyword() => pattern.text(word),
                Kind::Integer | Kind::Decimal if pattern.takes_digits(word) => {}
                Kind::Integer | Kind::Decimal if pattern.is_empty() => {
                    return Err(self.expected("the name of a field", "put names that start with a digit in backticks"));
                }
                Kind::Integer | Kind::Decimal => {
                    let help = "put the whole name, or this part of it, in backticks: `` `a.0.b` ``";
                    return Err(self.report(token, "a part of a name starts with a digit", help));
                }
                _ => break,
            }
            self.next();
            joined = false;
        }
        if !pattern.ends_part() {
            return Err(self.pattern_missing());
        }
        Ok(NamePattern { parts: pattern.parts, span: self.span_from(start) })
    }

    fn pattern_missing(&mut self) -> super::Reported {
        let help = match self.peek().kind {
            Kind::String => "names stand in backticks, not in quotes",
            _ if self.last().is_some_and(|last| last.kind == Kind::Comma) => {
                "remove the comma, or add a name behind it"
            }
            Kind::Pipe | Kind::End | Kind::Comma => "write the name of a field",
            _ => BACKTICKS,
        };
        self.expected("the name of a field", help)
    }
}

/// A pattern while it is read.
#[derive(Default)]
struct PatternBuilder {
    parts: Vec<PatternPart>,
    /// The part that is read; moved to `parts` at its end.
    pieces: Vec<PatternPiece>,
    /// A dot was read, and nothing behind it.
    dotted: bool,
}

impl PatternBuilder {
    fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.pieces.is_empty()
    }

    /// Whether a piece may follow: nothing but a dot follows a parameter.
    fn goes_on(&self) -> bool {
        !self.pieces.is_empty() || self.parts.is_empty() || self.dotted
    }

    fn parameter(&mut self, word: &str) {
        self.dotted = false;
        self.parts.push(PatternPart::Parameter(parameter(word)));
    }

    fn at_part_start(&self) -> bool {
        self.pieces.is_empty() && (self.parts.is_empty() || self.dotted)
    }

    fn text(&mut self, text: &str) {
        self.dotted = false;
        if let Some(PatternPiece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(PatternPiece::Text(text.to_owned()));
        }
    }

    fn any(&mut self) {
        self.dotted = false;
        self.pieces.push(PatternPiece::Any);
    }

    /// Ends a part, at a dot or at the end. Whether there was one?
    fn ends_part(&mut self) -> bool {
        if !self.pieces.is_empty() {
            self.parts.push(PatternPart::Name(std::mem::take(&mut self.pieces)));
        } else if self.parts.is_empty() || self.dotted {
            return false;
        }
        self.dotted = true;
        true
    }

    /// Digits behind a wildcard: `a*1`, `a*1.b`.
    fn takes_digits(&mut self, word: &str) -> bool {
        if self.pieces.is_empty() || word.starts_with('.') {
            return false;
        }
        let (digits, rest) = word.split_at(word.find('.').unwrap_or(word.len()));
        if !matches!(rest, "" | ".") || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return false;
        }
        self.text(digits);
        if !rest.is_empty() {
            self.ends_part();
        }
        true
    }
}

/// What the token of a parameter says.
pub(super) fn parameter(word: &str) -> Parameter {
    let key = word.trim_start_matches('?');
    let key = match key.bytes().next() {
        None => ParameterKey::Next,
        Some(first) if first.is_ascii_digit() => ParameterKey::Positional(key.to_owned()),
        Some(_) => ParameterKey::Named(key.to_owned()),
    };
    Parameter { identifier: word.starts_with("??"), key }
}
