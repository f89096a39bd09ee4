//! Source commands, and names that follow rules of their own: those of indices and policies.

use super::{Kind, Parser, Reported, Step, Token};
use crate::elastic::esql::ast::{IndexPattern, Indices, SourceKind, Target};
use crate::elastic::esql::lex;
use crate::source::Spanned;

const INDEX_HELP: &str = "write an index or a pattern: `FROM logs-*`";

impl Parser<'_> {
    /// What stands first. What is no source command is reported; a processing command is left for the next step.
    pub(super) fn source_kind(&mut self, token: Token) -> Step<SourceKind> {
        let word = self.command_word(token).unwrap_or_default();
        match word.as_str() {
            "from" => {
                self.next();
                Ok(SourceKind::From(self.indices()))
            }
            "ts" => {
                self.next();
                Ok(SourceKind::TimeSeries(self.indices()))
            }
            "row" => {
                self.next();
                Ok(SourceKind::Row(self.columns()))
            }
            "show" => {
                self.next();
                if self.take_word("info").is_none() {
                    let problem = self.expected("`INFO` behind `SHOW`", "write `SHOW INFO`");
                    self.skip_to_bar();
                    return Err(problem);
                }
                Ok(SourceKind::ShowInfo)
            }
            _ => Err(self.source_missing(token)),
        }
    }

    /// `a-*, -b METADATA c`
    fn indices(&mut self) -> Indices {
        let mut targets = Vec::new();
        let mut comma_missing = false;
        loop {
            match self.target() {
                Ok(target) => targets.push(target),
                Err(Reported) => self.skip_target(),
            }
            let token = self.peek();
            match token.kind {
                Kind::Comma => {
                    self.next();
                }
                _ if self.starts_command() || self.is_word(token, "metadata") => break,
                Kind::Name | Kind::Star | Kind::String | Kind::Minus | Kind::Less | Kind::QuotedName => {
                    if !comma_missing {
                        comma_missing = true;
                        self.expected("`,`, `METADATA` or `|`", "separate indices by commas");
                    }
                }
                _ => break,
            }
        }
        Indices { targets, metadata: self.metadata() }
    }

    fn skip_target(&mut self) {
        while !matches!(self.peek().kind, Kind::Comma | Kind::Pipe | Kind::End | Kind::Close)
            && !self.is_word(self.peek(), "metadata")
        {
            self.next();
        }
    }

    fn target(&mut self) -> Step<Target> {
        if let Some(open) = self.take(Kind::Open) {
            if !self.starts_source() {
                let problem = self.expected("`FROM`", "parentheses hold a query: `FROM a, (FROM b | WHERE ..)`");
                return Err(problem);
            }
            return Ok(Target::Subquery(Box::new(self.subquery(open)?)));
        }
        Ok(Target::Index(self.index_pattern()?))
    }

    /// `cluster:name::selector`
    pub(super) fn index_pattern(&mut self) -> Step<IndexPattern> {
        let start = self.peek().start;
        let (mut name, mut quoted) = self.index_name()?;
        let mut cluster = None;
        if !quoted && self.take(Kind::Colon).is_some() {
            cluster = Some(name);
            (name, quoted) = self.index_name()?;
        }
        let mut selector = None;
        if !quoted && self.take(Kind::Cast).is_some() {
            selector = Some(self.index_name()?.0);
        }
        Ok(IndexPattern { cluster, name, selector, quoted, span: self.span_from(start) })
    }

    /// A name, and whether it stands in quotes.
    fn index_name(&mut self) -> Step<(Spanned<String>, bool)> {
        let token = self.peek();
        match token.kind {
            Kind::String => {
                self.next();
                return Ok((Spanned::new(lex::decode(self.word(token)).0, self.span(token)), true));
            }
            Kind::QuotedName => {
                let name = lex::decode_name(self.word(token));
                let help = format!("write `\"{}\"`", crate::elastic::one_line(&name));
                self.report(token, "backticks do not enclose the name of an index", help);
                self.next();
                return Ok((Spanned::new(name, self.span(token)), false));
            }
            _ if self.is_word(token, "metadata") && !self.is_joined_further() => {
                return Err(
                    self.expected("the name of an index", "write the indices first: `FROM logs-* METADATA _id`")
                );
            }
            _ => {}
        }
        match self.loose_name() {
            Some(name) => Ok((name, false)),
            None => Err(self.index_missing()),
        }
    }

    fn index_missing(&mut self) -> Reported {
        let help = match self.peek().kind {
            _ if self.last().is_some_and(|last| last.kind == Kind::Comma) => {
                "remove the comma, or add an index behind it"
            }
            _ => INDEX_HELP,
        };
        self.expected("the name of an index", help)
    }

    /// Whether the token behind the next one touches it.
    fn is_joined_further(&self) -> bool {
        let (token, follows) = (self.peek(), self.peek_at(1));
        token.end == follows.start && is_loose(follows.kind)
    }

    /// The text of tokens that touch each other, up to a character that cannot stand in the name of an index.
    pub(super) fn loose_name(&mut self) -> Option<Spanned<String>> {
        let first = self.peek();
        if !is_loose(first.kind) {
            return None;
        }
        self.next();
        while self.touches() && is_loose(self.peek().kind) {
            self.next();
        }
        let range = first.start..self.end_of_last();
        self.loose.push(range.clone());
        let name = self.text.get(range.clone()).unwrap_or_default().to_owned();
        Some(Spanned::new(name, self.query.span(range)))
    }

    /// `METADATA a, b`, or the same in brackets, if it is there.
    fn metadata(&mut self) -> Vec<Spanned<String>> {
        let bracket = match self.peek().kind {
            Kind::OpenBracket if self.is_word(self.peek_at(1), "metadata") => Some(self.next()),
            _ => None,
        };
        let mut fields = Vec::new();
        if self.take_word("metadata").is_none() {
            return fields;
        }
        let mut comma_missing = false;
        loop {
            if let Some(name) = self.loose_name() {
                fields.push(name);
            } else {
                let help = match self.last() {
                    Some(last) if last.kind == Kind::Comma => "remove the comma, or add a name behind it",
                    _ => "write which fields: `METADATA _id, _version, _index`",
                };
                self.expected("the name of a metadata field", help);
                self.skip_target();
            }
            let token = self.peek();
            match token.kind {
                Kind::Comma => {
                    self.next();
                }
                Kind::Name if !self.starts_command() => {
                    if !comma_missing {
                        comma_missing = true;
                        self.expected("`,` or `|`", "separate names by commas");
                    }
                }
                _ => break,
            }
        }
        if let Some(open) = bracket
            && self.take(Kind::CloseBracket).is_none()
        {
            self.never_closed(open, "]");
        }
        fields
    }
}

/// Whether a token may be a part of the name of an index.
fn is_loose(kind: Kind) -> bool {
    match kind {
        Kind::Colon
        | Kind::Cast
        | Kind::Assign
        | Kind::Equal
        | Kind::EqualTilde
        | Kind::NotEqual
        | Kind::LessOrEqual
        | Kind::GreaterOrEqual
        | Kind::Comma
        | Kind::Semicolon
        | Kind::OpenBracket
        | Kind::CloseBracket
        | Kind::Open
        | Kind::Close
        | Kind::Pipe
        | Kind::DoublePipe
        | Kind::String
        | Kind::QuotedName
        | Kind::Blank
        | Kind::End => false,
        Kind::And
        | Kind::As
        | Kind::Asc
        | Kind::By
        | Kind::Desc
        | Kind::False
        | Kind::First
        | Kind::In
        | Kind::Is
        | Kind::Last
        | Kind::Like
        | Kind::Not
        | Kind::Null
        | Kind::Nulls
        | Kind::On
        | Kind::Or
        | Kind::Rlike
        | Kind::True
        | Kind::Where
        | Kind::With
        | Kind::Less
        | Kind::Greater
        | Kind::Plus
        | Kind::Minus
        | Kind::Star
        | Kind::Slash
        | Kind::Percent
        | Kind::Dot
        | Kind::OpenBrace
        | Kind::CloseBrace
        | Kind::Parameter
        | Kind::Integer
        | Kind::Decimal
        | Kind::Name
        | Kind::Bang
        | Kind::DoubleAmpersand
        | Kind::LessGreater
        | Kind::Unknown => true,
    }
}
