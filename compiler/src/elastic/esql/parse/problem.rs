//! What is said about tokens that do not fit.

use super::{Inside, Kind, Parser, Reported, Token, habits};
use crate::diagnostic::Code;
use crate::elastic::esql::lex;
use crate::elastic::one_line;

impl Parser<'_> {
    /// Tells what the lexer found, and characters that mean nothing where they stand.
    pub(super) fn tell_findings(&mut self) {
        for finding in std::mem::take(&mut self.findings) {
            let mut problem = Code::QuerySyntax.at(self.query.span(finding.range), finding.message).help(finding.help);
            if let Some(opened) = finding.opened {
                problem = problem.label(self.query.span(opened), "opened here");
            }
            self.problems.push(problem);
        }
        let means_nothing = |token: &&Token| token.kind == Kind::Unknown && !self.is_in_loose_name(**token);
        let mut said = Vec::new();
        // the same character again on a line is the same mistake
        let mut last: Option<(usize, char)> = None;
        for token in self.tokens.iter().filter(means_nothing) {
            let word = self.word(*token);
            let first = word.chars().next().unwrap_or_default();
            let repeats = last.is_some_and(|(end, before)| {
                before == first && !self.text.get(end..token.start).unwrap_or_default().contains(['\n', '\r'])
            });
            last = Some((token.end, first));
            if !repeats {
                let (message, help) = lex::unknown(word);
                said.push(Code::QuerySyntax.at(self.span(*token), message).help(help));
            }
            if said.len() >= super::MAX_ERRORS {
                break;
            }
        }
        self.problems.append(&mut said);
    }

    /// Whether a token stands in the name of an index and the like.
    fn is_in_loose_name(&self, token: Token) -> bool {
        let before = self.loose.partition_point(|range| range.start <= token.start);
        let in_name = before.checked_sub(1).and_then(|at| self.loose.get(at));
        in_name.is_some_and(|range| token.end <= range.end)
    }

    /// Says something about a token, unless something was said about it already, or about all the rest.
    pub(super) fn report(&mut self, token: Token, message: impl Into<String>, help: impl Into<String>) -> Reported {
        self.report_with(token, message, help, None)
    }

    /// The same, with the place where something was opened.
    fn report_with(
        &mut self,
        token: Token,
        message: impl Into<String>,
        help: impl Into<String>,
        opened: Option<Token>,
    ) -> Reported {
        // the end was swallowed by a string or a comment without an end
        let before_end = self.tokens.iter().rev().nth(1).map_or(0, |last| last.start);
        let swallowed = token.kind == Kind::End && self.unclosed.last().is_some_and(|at| *at >= before_end);
        let silent = swallowed
            || self.too_deep.is_some()
            || self.reported == Some(token.start)
            || self.problems.len() >= 2 * super::MAX_ERRORS;
        if !silent {
            self.reported = Some(token.start);
            let mut problem = Code::QuerySyntax.at(self.span(token), message).help(help);
            if let Some(opened) = opened {
                problem = problem.label(self.span(opened), "opened here");
            }
            self.problems.push(problem);
        }
        Reported
    }

    /// Something else was expected than what stands there.
    pub(super) fn expected(&mut self, what: &str, help: impl Into<String>) -> Reported {
        let token = self.peek();
        if token.kind == Kind::Unknown {
            return Reported; // the lexer said so
        }
        self.report(token, format!("expected {what}, found {}", self.found(token)), help)
    }

    /// A value was expected.
    pub(super) fn value_missing(&mut self) -> Reported {
        let token = self.peek();
        let behind_comma = self.last().is_some_and(|last| last.kind == Kind::Comma);
        let help = match token.kind {
            Kind::Assign => "a name or a field stands before `=`",
            Kind::By if self.last().is_some_and(|last| self.is_word(last, "sort")) => "write `SORT field` without `BY`",
            kind if is_clause(kind) => "write a value before it",
            Kind::First | Kind::Last | Kind::In | Kind::Is | Kind::Like | Kind::Rlike => {
                "it is a keyword: put it in backticks if it is the name of a field"
            }
            Kind::Equal | Kind::NotEqual | Kind::Less | Kind::LessOrEqual | Kind::Greater => {
                "a field or a value stands on both sides of a comparison"
            }
            Kind::And | Kind::Or => "`AND` and `OR` stand between two conditions",
            Kind::Not => "`NOT` stands in front of a whole condition; put it in parentheses: `a == (NOT b)`",
            Kind::OpenBrace => "a map stands last in a call: `MATCH(field, \"text\", {\"fuzziness\": 1})`",
            Kind::Star => "write patterns as strings: `process.name LIKE \"cmd*\"`",
            Kind::Comma | Kind::Close | Kind::CloseBracket | Kind::Pipe | Kind::End if behind_comma => {
                "remove the comma, or add a value behind it"
            }
            _ if behind_comma && self.starts_command() => "remove the comma, or add a value behind it",
            Kind::Close | Kind::CloseBracket | Kind::Comma | Kind::Pipe | Kind::End => {
                "complete the condition, or remove what stands before"
            }
            _ => "a value is a field, a number, a string, `true`, `false`, `null` or a function",
        };
        self.expected("a value", help)
    }

    /// A token stands behind a condition that cannot go on with it.
    pub(super) fn misplaced(&mut self, token: Token, inside: Inside) -> Reported {
        let expected = match inside {
            Inside::Command => "`AND`, `OR` or `|`",
            Inside::Columns => "`,` or `|`",
            Inside::Group => "`AND`, `OR` or `)`",
            Inside::List => "`,` or `)`",
        };
        let touches = self.touches();
        let help = match token.kind {
            Kind::Decimal | Kind::Integer if touches => {
                "put names with a part that starts with a digit in backticks: ``a.`5` ``"
            }
            Kind::Equal
            | Kind::NotEqual
            | Kind::Less
            | Kind::LessOrEqual
            | Kind::Greater
            | Kind::GreaterOrEqual
            | Kind::EqualTilde => "comparisons cannot be chained: put one in parentheses, or join them with `AND`",
            Kind::Name if super::habits::operator(self.word(token)).is_some() => {
                super::habits::operator(self.word(token)).unwrap_or_default()
            }
            Kind::Assign => "write `==`, and join comparisons with `AND`",
            Kind::LessGreater => "write `!=`",
            Kind::Comma if inside == Inside::Command => "`WHERE` takes one condition: join several with `AND`",
            Kind::Comma => "a list of values stands behind `IN` or `LIKE`: `field IN (\"a\", \"b\")`",
            Kind::Not => "join conditions with `AND`: `a AND NOT b`",
            Kind::Dot => "a dot joins the parts of a field's name",
            Kind::OpenBracket | Kind::CloseBracket => "conditions are grouped by `(` and `)`",
            Kind::Semicolon => "remove it: a query ends where its text ends",
            Kind::Plus | Kind::Minus | Kind::Star | Kind::Slash | Kind::Percent => {
                "put what stands before in parentheses"
            }
            Kind::Colon | Kind::In | Kind::Is | Kind::Like | Kind::Rlike if inside == Inside::List => {
                "put the condition in parentheses"
            }
            Kind::Colon | Kind::In | Kind::Is | Kind::Like | Kind::Rlike => {
                "put what stands before in parentheses, or join conditions with `AND`"
            }
            Kind::And | Kind::Or | Kind::DoubleAmpersand | Kind::DoublePipe if inside == Inside::List => {
                "values are separated by commas; put a condition in parentheses"
            }
            Kind::As if inside == Inside::Columns => "write the name first: `name = value`",
            Kind::As | Kind::Asc | Kind::By | Kind::Desc | Kind::Nulls | Kind::On | Kind::Where | Kind::With
                if inside.is_nested() =>
            {
                "close the parenthesis before it"
            }
            Kind::Name if self.starts_command() => "close the parenthesis, and write `|` before the command",
            _ => match inside {
                Inside::List | Inside::Columns => "separate values by commas",
                Inside::Command | Inside::Group => "join conditions with `AND` or `OR`",
            },
        };
        if inside.is_nested() && (is_clause(token.kind) || self.starts_command()) {
            self.closing_missed = true;
        }
        if token.kind == Kind::Unknown {
            return Reported; // the lexer said so
        }
        self.report(token, format!("expected {expected}, found {}", self.found(token)), help)
    }

    /// A token stands behind a command that is complete.
    pub(super) fn trailing(&mut self, token: Token) -> Reported {
        let help = match token.kind {
            Kind::Close => return self.never_opened(token),
            Kind::Semicolon => "remove it: a query ends where its text ends",
            Kind::By => "`BY` stands in `STATS`, `LIMIT` and `FUSE`: `STATS count = COUNT(*) BY host.id`",
            Kind::Where => "write `| WHERE ..`",
            Kind::Asc | Kind::Desc | Kind::Nulls => "rows are put in order by `| SORT field DESC`",
            Kind::As => "write the name first: `name = value`",
            Kind::Comma => "this command takes a single value",
            _ => "write `|` before the next command, or remove it",
        };
        let what = if self.branches > 0 { "`|` or `)`" } else { "`|` or the end of the query" };
        self.expected(what, help)
    }

    pub(super) fn never_opened(&mut self, token: Token) -> Reported {
        let help = "remove it, or add the opening one where the group starts";
        self.report(token, format!("{} was never opened", self.found(token)), help)
    }

    /// The end of a group is missing where the next token stands.
    pub(super) fn never_closed(&mut self, open: Token, close: &str) -> Reported {
        let token = self.peek();
        // a string without an end may have swallowed it
        let swallower = self.unclosed.get(self.unclosed.partition_point(|at| *at < open.start));
        if token.kind == Kind::Unknown || swallower.is_some_and(|at| token.kind == Kind::End || *at < token.start) {
            return Reported;
        }
        let help = format!("add `{close}` where the group ends");
        self.report_with(token, format!("expected `{close}`, found {}", self.found(token)), help, Some(open))
    }

    /// An operator of another language.
    pub(super) fn foreign(&mut self, token: Token, instead: &str) -> Reported {
        let word = self.word(token);
        self.report(token, format!("`{word}` is not an operator"), format!("write `{instead}`"))
    }

    /// Too many levels; nothing is read any more.
    pub(super) fn nested_too_deeply(&mut self, token: Token) -> Reported {
        if self.too_deep.is_none() {
            let message = format!("the query is nested more than {} deep", super::MAX_DEPTH);
            let problem = Code::QueryTooDeep.at(self.span(token), message);
            self.too_deep = Some(problem.help("flatten it: `AND`, `OR` and lists take any number of members"));
        }
        self.at = self.tokens.len().saturating_sub(1);
        Reported
    }

    /// The name of a command in lower case, if a token may be one.
    pub(super) fn command_word(&self, token: Token) -> Option<String> {
        let is_word = token.kind == Kind::Name || token.kind.is_keyword();
        is_word.then(|| self.word(token).to_ascii_lowercase())
    }

    /// Whether `||` stands between commands, and not for `OR`.
    pub(super) fn is_double_bar(&self) -> bool {
        use Kind::{And, Close, Colon, Dot, Equal, Greater, GreaterOrEqual, In, Is, Less, LessOrEqual, Like, NotEqual};
        let follows = self.peek_at(2).kind;
        let is_condition = matches!(
            follows,
            And | Close
                | Colon
                | Dot
                | Equal
                | Greater
                | GreaterOrEqual
                | In
                | Is
                | Less
                | LessOrEqual
                | Like
                | NotEqual
        );
        self.is_command(self.peek_at(1)) && !is_condition
    }

    /// Whether a command starts with the next token.
    pub(super) fn starts_command(&self) -> bool {
        self.is_command(self.peek())
    }

    /// Whether a token is the name of a command.
    pub(super) fn is_command(&self, token: Token) -> bool {
        if !matches!(token.kind, Kind::Name | Kind::Where) || token.end - token.start > "registered_domain".len() {
            return false;
        }
        self.command_word(token).is_some_and(|word| habits::is_processing(&word) || habits::is_source(&word))
    }

    /// Something else stands first than a source command.
    pub(super) fn source_missing(&mut self, token: Token) -> Reported {
        const HELP: &str = "write where to search: `FROM logs-* | ..`";
        let Some(word) = self.command_word(token) else {
            let problem = self.expected("`FROM`", HELP);
            if token.kind != Kind::Pipe {
                self.skip_to_bar();
            }
            return problem;
        };
        let shown = one_line(self.word(token));
        if habits::is_processing(&word) {
            return self.report(token, format!("a query starts with `FROM`, not with `{shown}`"), HELP);
        }
        let problem = match habits::instead(&word) {
            Some(help) => self.report(token, format!("`{shown}` is not a command"), help),
            None if habits::is_unread(&word) => self.unread(token),
            None if matches!(self.peek_at(1).kind, Kind::Where) => {
                let help = "name the indices first: `FROM logs-* | WHERE event.category == \"process\" AND ..`";
                let problem = self.report(token, format!("a query starts with `FROM`, not with `{shown}`"), help);
                // the condition is read
                self.next();
                return problem;
            }
            None => match habits::nearest(&word, true) {
                Some(known) => {
                    let help = format!("did you mean `{}`?", known.to_uppercase());
                    self.report(token, format!("`{shown}` is not a command"), help)
                }
                None => self.report(token, format!("a query starts with `FROM`, not with `{shown}`"), HELP),
            },
        };
        self.skip_to_bar();
        problem
    }

    fn unread(&mut self, token: Token) -> Reported {
        let shown = one_line(self.word(token));
        self.report(token, format!("the command `{shown}` is not supported"), "write the rule without it")
    }

    /// A word behind a bar is not a processing command.
    pub(super) fn unknown_command(&mut self, token: Token, word: &str) -> Reported {
        let shown = one_line(self.word(token));
        if habits::is_source(word) {
            let help = "a query has one source; put `FROM` first";
            return self.report(token, format!("`{shown}` starts a query, it does not stand behind a bar"), help);
        }
        if let Some(help) = habits::instead(word) {
            return self.report(token, format!("`{shown}` is not a command"), help);
        }
        if habits::is_unread(word) {
            return self.unread(token);
        }
        let help = match habits::nearest(word, false) {
            Some(known) => format!("did you mean `{}`?", known.to_uppercase()),
            None => "commands are `WHERE`, `EVAL`, `STATS`, `KEEP`, `SORT`, `LIMIT` and others".to_owned(),
        };
        self.report(token, format!("`{shown}` is not a command"), help)
    }

    /// No word stands where a command should.
    pub(super) fn command_missing(&mut self, token: Token) -> Reported {
        let help = match token.kind {
            Kind::Close if self.last().is_some_and(|last| last.kind == Kind::Open) => {
                "write a command between the parentheses: `(WHERE condition)`"
            }
            Kind::Pipe | Kind::End | Kind::Close => "remove the bar, or add a command behind it",
            _ => "a command starts with its name: `| WHERE condition`",
        };
        self.expected("a command", help)
    }

    /// A token as it is shown in a message.
    pub(super) fn found(&self, token: Token) -> String {
        match token.kind {
            Kind::End => "the end of the query".to_owned(),
            Kind::QuotedName => format!("the name `{}`", one_line(&lex::decode_name(self.word(token)))),
            _ => format!("`{}`", one_line(self.word(token))),
        }
    }
}

/// Whether a keyword starts a part of a command.
fn is_clause(kind: Kind) -> bool {
    matches!(kind, Kind::As | Kind::Asc | Kind::By | Kind::Desc | Kind::Nulls | Kind::On | Kind::Where | Kind::With)
}
