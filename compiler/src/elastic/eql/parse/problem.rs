//! What is said about tokens that do not fit.

use super::{Inside, Kind, Parser, Reported, Token};
use crate::diagnostic::Code;
use crate::elastic::eql::lex::{self, Finding};

impl Parser<'_> {
    /// What the lexer found.
    pub(super) fn found_by_lexer(&mut self, finding: Finding) {
        let mut problem = Code::QuerySyntax.at(self.query.span(finding.range), finding.message).help(finding.help);
        if let Some(opened) = finding.opened {
            problem = problem.label(self.query.span(opened), "opened here");
        }
        self.problems.push(problem);
    }

    /// Says something about a token, unless something was said about it already, or about all the rest.
    pub(super) fn report(&mut self, token: Token, message: impl Into<String>, help: impl Into<String>) -> Reported {
        self.report_with(token, message, help, None)
    }

    /// The same, with the place where something was opened.
    pub(super) fn report_with(
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
        let help = match token.kind {
            Kind::Close if self.open == 0 => {
                let problem = self.never_opened(token);
                self.next();
                return problem;
            }
            Kind::Equal | Kind::Assign | Kind::NotEqual | Kind::Less | Kind::LessOrEqual | Kind::Greater => {
                "a field or a value stands on both sides of a comparison"
            }
            Kind::And | Kind::Or => "`and` and `or` stand between two conditions",
            Kind::Not => "`not` stands in front of a whole condition; put it in parentheses: `a == (not b)`",
            Kind::OpenBracket => "conditions are grouped by `(` and `)`",
            Kind::Star => "write patterns as strings: `process.name : \"cmd*\"`",
            _ if self
                .at
                .checked_sub(1)
                .and_then(|last| self.tokens.get(last))
                .is_some_and(|last| last.kind == Kind::Comma) =>
            {
                "remove the comma, or add a value behind it"
            }
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
            Inside::Query => "`and`, `or` or the end of the query",
            Inside::Group => "`and`, `or` or `)`",
            Inside::List => "`,` or `)`",
            Inside::Term => "`and`, `or` or `]`",
            Inside::Pipe => "`,`, `|` or the end of the query",
            Inside::Keys => "`,` or `[`",
        };
        let before = self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).copied();
        let behind_number = before
            .is_some_and(|before| before.end == token.start && matches!(before.kind, Kind::Integer | Kind::Decimal));
        let help = match token.kind {
            Kind::Name if behind_number => "put names that start with a digit in backticks: `` `6myfield` ``",
            Kind::Decimal | Kind::Integer if before.is_some_and(|before| before.end == token.start) => {
                "put names with a part that starts with a digit in backticks: ``a.`5` ``"
            }
            Kind::Equal | Kind::NotEqual | Kind::Less | Kind::LessOrEqual | Kind::Greater | Kind::GreaterOrEqual => {
                "comparisons cannot be chained: join them with `and`"
            }
            Kind::Assign => "write `==`, and join comparisons with `and`",
            Kind::LessGreater => "write `!=`",
            Kind::BangColon => "write `not field : value`",
            Kind::Comma => "a list of values stands behind `in`, `:`, `like` or `regex`: `field in (\"a\", \"b\")`",
            Kind::Not => "join conditions with `and`: `a and not b`",
            Kind::By | Kind::With | Kind::Until => "`by`, `with` and `until` stand in a sequence, outside of brackets",
            Kind::OpenBracket => "an index is a whole number: `field[0]`; lists stand in parentheses",
            Kind::Dot => "a dot joins the parts of a field's name",
            Kind::Colon | Kind::Like | Kind::LikeIgnoreCase | Kind::Regex | Kind::RegexIgnoreCase => {
                "put what stands before in parentheses, or join conditions with `and`"
            }
            _ => match inside {
                Inside::List | Inside::Keys | Inside::Pipe => "separate values by commas",
                Inside::Query | Inside::Group | Inside::Term => "join conditions with `and` or `or`",
            },
        };
        if token.kind == Kind::Unknown {
            return Reported; // the lexer said so
        }
        self.report(token, format!("expected {expected}, found {}", self.found(token)), help)
    }

    /// `name~` without `(`.
    pub(super) fn parenthesis_missing(&mut self, token: Token) -> Reported {
        let message = format!(
            "expected `(` behind `{}`, found {}",
            crate::elastic::one_line(self.word(token)),
            self.found(self.peek_at(1))
        );
        self.report(token, message, "the tilde makes functions ignore case: `endsWith~(a, \"b\")`")
    }

    /// `child of` and its kin.
    pub(super) fn unsupported_relationship(&mut self, token: Token) -> Reported {
        let message = format!("`{} of` is not supported", crate::elastic::one_line(self.word(token)));
        self.report(token, message, "join events in a sequence by their keys: `sequence by process.entity_id`")
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
        if swallower.is_some_and(|at| token.kind == Kind::End || *at < token.start) {
            return Reported;
        }
        let help = format!("add `{close}` where the group ends");
        self.report_with(token, format!("expected `{close}`, found {}", self.found(token)), help, Some(open))
    }

    /// A keyword is not in lower case.
    pub(super) fn miscased(&mut self, token: Token) -> Reported {
        let word = self.word(token);
        let help = format!("keywords are in lower case: write `{}`", word.to_ascii_lowercase());
        self.report(token, format!("`{word}` is not a keyword"), help)
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
            self.too_deep = Some(problem.help("flatten it: `and`, `or` and lists take any number of members"));
        }
        self.at = self.tokens.len().saturating_sub(1);
        Reported
    }

    /// A token as it is shown in a message.
    pub(super) fn found(&self, token: Token) -> String {
        match token.kind {
            Kind::End => "the end of the query".to_owned(),
            Kind::QuotedName => format!("the name `{}`", crate::elastic::one_line(&lex::decode_name(self.word(token)))),
            _ => format!("`{}`", crate::elastic::one_line(self.word(token))),
        }
    }
}
