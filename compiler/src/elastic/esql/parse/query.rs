//! Whole queries: settings, the source command, and commands behind bars.

use super::{Kind, Parser, Step, Token};
use crate::elastic::esql::ast::{Command, MapValue, Query, Setting, Source, SourceKind};
use crate::source::Spanned;

impl Parser<'_> {
    pub(super) fn whole(&mut self) -> Option<Query> {
        let first = self.peek();
        if first.kind == Kind::End {
            self.report(first, "the query is empty", "write where to search: `FROM logs-* | WHERE ..`");
            return None;
        }
        let mut settings = Vec::new();
        while self.is_word(self.peek(), "set") {
            settings.extend(self.setting());
        }
        let query = self.query(settings, first);
        Some(query)
    }

    /// `SET name = value;`
    fn setting(&mut self) -> Option<Setting> {
        let first = self.next();
        let setting = self.name_and_value();
        let Ok((name, value)) = setting else {
            while !matches!(self.peek().kind, Kind::Semicolon | Kind::Pipe | Kind::End) {
                self.next();
            }
            self.take(Kind::Semicolon);
            return None;
        };
        if self.take(Kind::Semicolon).is_none() {
            self.expected("`;` behind the setting", "a setting ends with `;`: `SET time_zone = \"UTC\"; FROM ..`");
        }
        Some(Setting { name, value, span: self.span_from(first.start) })
    }

    fn name_and_value(&mut self) -> Step<(Spanned<String>, MapValue)> {
        const HELP: &str = "write `SET time_zone = \"UTC\";`";
        let name = self.word_or_quoted("the name of a setting", HELP)?;
        self.assign("the name", HELP)?;
        let value = match self.peek().kind {
            Kind::OpenBrace => MapValue::Map(self.map()?),
            _ => MapValue::Literal(self.spanned_literal("a value", HELP)?),
        };
        Ok((name, value))
    }

    /// `=`; `==` is reported, and taken.
    pub(super) fn assign(&mut self, behind: &str, help: &str) -> Step<()> {
        let token = self.peek();
        match token.kind {
            Kind::Assign => {}
            Kind::Equal => {
                self.report(token, "a single `=` gives a name", help);
            }
            _ => return Err(self.expected(&format!("`=` behind {behind}"), help)),
        }
        self.next();
        Ok(())
    }

    /// A single name, with or without backticks.
    pub(super) fn word_or_quoted(&mut self, what: &str, help: &str) -> Step<Spanned<String>> {
        let token = self.peek();
        let name = match token.kind {
            Kind::Name => self.word(token).to_owned(),
            Kind::QuotedName => crate::elastic::esql::lex::decode_name(self.word(token)),
            _ => return Err(self.expected(what, help)),
        };
        self.next();
        Ok(Spanned::new(name, self.span(token)))
    }

    fn query(&mut self, settings: Vec<Setting>, first: Token) -> Query {
        let source = self.source();
        let mut commands = Vec::new();
        if source.kind == SourceKind::Invalid && self.starts_command() {
            commands.extend(self.command());
        }
        while self.next_command() {
            commands.extend(self.command());
        }
        Query { settings, source, commands, span: self.span_from(first.start) }
    }

    /// The source command.
    fn source(&mut self) -> Source {
        let token = self.peek();
        let kind = self.source_kind(token);
        Source { kind: kind.unwrap_or(SourceKind::Invalid), span: self.span_from(token.start) }
    }

    /// The bar before a command is taken; what stands before it is reported and skipped. Whether there is one?
    fn next_command(&mut self) -> bool {
        let mut skipping = false;
        let mut open = 0_usize;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::End => return false,
                Kind::Close if open == 0 && self.branches > 0 => return false,
                Kind::Pipe => {
                    self.next();
                    return true;
                }
                Kind::DoublePipe => {
                    if !skipping {
                        self.report(token, "no command stands between these bars", "remove one of them");
                    }
                    self.next();
                    return true;
                }
                // a branch was not closed; who opened it says so
                Kind::Open if !skipping && self.branches > 0 && self.is_command(self.peek_at(1)) => return false,
                _ if !skipping && self.starts_command() => {
                    let word = self.word(token);
                    if super::habits::is_source(&word.to_ascii_lowercase()) {
                        self.unknown_command(token, &word.to_ascii_lowercase());
                        return true;
                    }
                    let help = format!("write `| {word}`");
                    self.report(token, format!("`|` is missing before `{word}`"), help);
                    return true;
                }
                Kind::Open => open += 1,
                Kind::Close => open = open.saturating_sub(1),
                _ => {}
            }
            if !skipping {
                self.trailing(token);
                skipping = true;
            }
            self.next();
        }
    }

    /// Commands separated by bars, up to the end of a branch.
    pub(super) fn branch(&mut self) -> Vec<Command> {
        let mut commands: Vec<Command> = self.command().into_iter().collect();
        while self.next_command() {
            commands.extend(self.command());
        }
        commands
    }

    /// Whether `FROM` or its kin comes next.
    pub(super) fn starts_source(&self) -> bool {
        ["from", "ts", "row"].into_iter().any(|name| self.is_word(self.peek(), name))
    }

    /// Whether a query comes next, and not a field that is called `from`.
    pub(super) fn starts_subquery(&self) -> bool {
        let (token, follows) = (self.peek(), self.peek_at(1));
        let is_name = match follows.kind {
            Kind::Name | Kind::QuotedName | Kind::String | Kind::Star | Kind::Less | Kind::Parameter => true,
            Kind::Dot | Kind::Open => follows.start > token.end,
            _ => false,
        };
        is_name && self.starts_source()
    }

    /// A query in parentheses, of which the opening one is taken.
    pub(super) fn subquery(&mut self, open: Token) -> Step<Query> {
        self.enter(open)?;
        self.branches += 1;
        let first = self.peek();
        let query = self.query(Vec::new(), first);
        self.branches -= 1;
        self.leave();
        if self.take(Kind::Close).is_none() {
            self.never_closed(open, ")");
        }
        Ok(query)
    }
}
