//! Characters that mean something else in Lucene's dialect than most authors think.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};
use crate::elastic::text::QueryText;

/// What there is to say about a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lint {
    /// `&`
    Intersection,
    /// `~`
    Complement,
    /// `@`
    AnyString,
    /// `#`
    Empty,
    /// `"..."`
    Quoted,
    /// `^` where other dialects anchor.
    Start,
    /// `$` where other dialects anchor.
    End,
    /// `?` at the start of a group.
    GroupFlags,
    /// An operator without anything to work on, which is the character then.
    Plain(char),
    /// `?` behind `+` or `{2}`.
    Lazy,
    /// `\1`
    BackReference,
    /// `[\.-a]`
    EscapedRange,
    /// `[:alpha:]`
    Posix,
}

impl Lint {
    /// Whether it is an operator that can make an expression match nothing.
    fn narrows(self) -> bool {
        matches!(self, Lint::Intersection | Lint::Empty | Lint::Complement)
    }

    fn message(self, text: &str) -> String {
        match self {
            Lint::Intersection => "`&` is an operator here: both sides must match the same text".to_owned(),
            Lint::Complement => "`~` is an operator here: any text but what follows".to_owned(),
            Lint::AnyString => "`@` is an operator here: any text, like `.*`".to_owned(),
            Lint::Empty => "`#` is an operator here: it matches nothing, not even the empty text".to_owned(),
            Lint::Quoted => "`\"` is an operator here: what stands between two is read without operators".to_owned(),
            Lint::Start => "`^` is a plain character here".to_owned(),
            Lint::End => "`$` is a plain character here".to_owned(),
            Lint::GroupFlags => format!("`{text}` is nothing special here: `?` is the plain character"),
            Lint::Plain(c) => format!("`{c}` has nothing to work on here, and is the plain character"),
            Lint::Lazy => "`?` makes what stands before it optional here; it does not make it lazy".to_owned(),
            Lint::BackReference => format!("`{text}` is the plain digit here: there are no back references"),
            Lint::EscapedRange => format!("`{text}` is no range here: one cannot begin with an escaped character"),
            Lint::Posix => "`[:` is nothing special here: there are no named classes of this kind".to_owned(),
        }
    }

    /// `caseless`: how case is ignored.
    fn help(self, text: &str, caseless: &str) -> String {
        match self {
            Lint::Intersection => r"if the character is meant, escape it: `\&`".to_owned(),
            Lint::Complement => r"if the character is meant, escape it: `\~`; if the operator is meant, use a group: `~(..)`".to_owned(),
            Lint::AnyString => r"if the character is meant, escape it: `\@`; if any text is meant, write `.*`".to_owned(),
            Lint::Empty => r"if the character is meant, escape it: `\#`".to_owned(),
            Lint::Quoted => "if the character is meant, escape it: `\\\"`".to_owned(),
            Lint::Start | Lint::End => {
                "remove it: an expression always matches the whole value; `.*` in front or behind stands for any other text".to_owned()
            }
            Lint::GroupFlags => match text {
                "(?:" => "write `(..)`: nothing is captured anyway".to_owned(),
                "(?=" | "(?!" | "(?<" => "there is no look-around; `&` and `~` say that both, or that not, a text matches".to_owned(),
                _ => format!("there are no inline flags; {caseless} ignores case"),
            },
            Lint::Plain('|') => "to match the empty text, write `()`; if the character is meant, escape it: `\\|`".to_owned(),
            Lint::Plain(c) => format!(r"if the character is meant, escape it: `\{c}`; if not, remove it"),
            Lint::Lazy => "remove it: an expression always matches the whole value, so that being lazy makes no difference".to_owned(),
            Lint::BackReference => "write what it stands for a second time".to_owned(),
            Lint::EscapedRange => "begin the range with the character itself, or put the hyphen last".to_owned(),
            Lint::Posix => "write the ranges, such as `a-z`, or one of `\\d`, `\\s`, `\\w`".to_owned(),
        }
    }
}

/// The first place of each kind.
#[derive(Debug, Default)]
pub(super) struct Lints {
    found: BTreeMap<Lint, Range<usize>>,
}

impl Lints {
    /// Notes a place.
    pub(super) fn add(&mut self, lint: Lint, at: Range<usize>) {
        self.found.entry(lint).or_insert(at);
    }

    /// Drops what was noted at a place, because an error says it already.
    pub(super) fn forget(&mut self, at: &Range<usize>) {
        self.found.retain(|_, noted| noted != at);
    }

    /// The warnings, in the order of their places. If the expression matches nothing, that is one warning together with the operators
    /// that are probably the cause.
    pub(super) fn into_warnings(self, pattern: &QueryText<'_>, never: bool, caseless: &str) -> Vec<Diagnostic> {
        let mut found: Vec<(Lint, Range<usize>)> = self.found.into_iter().collect();
        found.sort_by_key(|(_, at)| at.start);
        let text_of = |at: &Range<usize>| pattern.as_str().get(at.clone()).unwrap_or_default();
        let mut warnings = Vec::new();
        if never {
            let whole = pattern.span(0..pattern.as_str().len());
            let mut warning = Code::RegexOperator.at(whole, "the regular expression matches no text at all");
            let mut help = None;
            for (lint, at) in found.extract_if(.., |(lint, _)| lint.narrows()) {
                warning = warning.label(pattern.span(at.clone()), lint.message(text_of(&at)));
                help.get_or_insert_with(|| lint.help(text_of(&at), caseless));
            }
            let help = help.unwrap_or_else(|| "check what `&`, `~`, `#` and negated classes leave".to_owned());
            warnings.push(warning.help(help));
        }
        warnings.extend(found.into_iter().map(|(lint, at)| {
            let help = lint.help(text_of(&at), caseless);
            Code::RegexOperator.at(pattern.span(at.clone()), lint.message(text_of(&at))).help(help)
        }));
        warnings
    }
}
