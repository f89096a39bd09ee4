//! Queries cut into tokens.
//!
//! What is wrong with a token alone (an escape, a quote that is missing or of the old kind, a character that means nothing) is said
//! here; the token stays, so that the rest can be read.

mod strings;

use std::ops::Range;

use logos::{Lexer, Logos};

pub(super) use strings::{decode, decode_name};

/// The kind of a token.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(extras = Findings)]
pub(super) enum Kind {
    #[token("and")]
    And,
    #[token("any")]
    Any,
    #[token("by")]
    By,
    #[token("false")]
    False,
    #[token("in")]
    In,
    #[token("in~")]
    InIgnoreCase,
    #[token("join")]
    Join,
    #[token("like")]
    Like,
    #[token("like~")]
    LikeIgnoreCase,
    #[token("maxspan")]
    Maxspan,
    #[token("not")]
    Not,
    #[token("null")]
    Null,
    #[token("of")]
    Of,
    #[token("or")]
    Or,
    #[token("regex")]
    Regex,
    #[token("regex~")]
    RegexIgnoreCase,
    #[token("sample")]
    Sample,
    #[token("sequence")]
    Sequence,
    #[token("true")]
    True,
    #[token("until")]
    Until,
    #[token("where")]
    Where,
    #[token("with")]
    With,
    #[token(":")]
    Colon,
    #[token("=")]
    Assign,
    #[token("==")]
    Equal,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessOrEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterOrEqual,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token(".")]
    Dot,
    #[token(",")]
    Comma,
    #[token("[")]
    OpenBracket,
    /// `![`, in one piece.
    #[token("![")]
    OpenMissing,
    #[token("]")]
    CloseBracket,
    #[token("(")]
    Open,
    #[token(")")]
    Close,
    #[token("|")]
    Pipe,
    #[token("?")]
    Optional,
    /// `"..."`, `"""..."""` and the old forms with single quotes and `?`.
    #[token("\"", strings::plain)]
    #[token("\"\"\"", strings::raw)]
    #[token("'", strings::old)]
    #[token("?'", strings::old_raw)]
    #[token("?\"", strings::old_raw)]
    #[token("“", strings::curly)]
    #[token("”", strings::curly)]
    #[token("„", strings::curly)]
    #[token("‘", strings::curly)]
    #[token("’", strings::curly)]
    String,
    #[regex("[0-9]+")]
    Integer,
    #[regex(r"[0-9]+\.[0-9]*([eE][+-]?[0-9]+)?")]
    #[regex(r"\.[0-9]+([eE][+-]?[0-9]+)?")]
    #[regex(r"[0-9]+[eE][+-]?[0-9]+")]
    Decimal,
    /// A name that is not a keyword.
    #[regex("[A-Za-z_@][A-Za-z0-9_]*")]
    Name,
    /// The name of a function with `~` behind it.
    #[regex("[A-Za-z][A-Za-z0-9_]*~", priority = 3)]
    TildeName,
    /// A name in backticks.
    #[token("`", strings::quoted_name)]
    QuotedName,
    /// `!`: not an operator of the language.
    #[token("!")]
    Bang,
    /// `!:`: not an operator of the language.
    #[token("!:")]
    BangColon,
    /// `&&`: not an operator of the language.
    #[token("&&")]
    DoubleAmpersand,
    /// `||`: not an operator of the language.
    #[token("||")]
    DoublePipe,
    /// `<>`: not an operator of the language.
    #[token("<>")]
    LessGreater,
    /// White space and comments. They are not skipped by the lexer: without optimization, it calls itself for all that it skips.
    #[regex(r"[ \t\r\n]+")]
    #[token("//", line_comment)]
    #[token("/*", comment)]
    Blank,
    /// Characters that mean nothing, about which something was said already.
    Unknown,
    /// Behind the last token.
    End,
}

impl Kind {
    /// Whether the token is a word that cannot be the name of a field.
    pub(super) fn is_keyword(self) -> bool {
        use Kind::{
            And, Any, By, False, In, InIgnoreCase, Join, Like, LikeIgnoreCase, Maxspan, Not, Null, Of, Or, Regex,
            RegexIgnoreCase, Sample, Sequence, True, Until, Where, With,
        };
        matches!(
            self,
            And | Any
                | By
                | False
                | In
                | InIgnoreCase
                | Join
                | Like
                | LikeIgnoreCase
                | Maxspan
                | Not
                | Null
                | Of
                | Or
                | Regex
                | RegexIgnoreCase
                | Sample
                | Sequence
                | True
                | Until
                | Where
                | With
        )
    }
}

/// The keyword that a word is, in any case.
pub(super) fn keyword(word: &str) -> Option<Kind> {
    if word.len() > "sequence".len() {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let kind = Kind::lexer(&lower).next()?.ok()?;
    kind.is_keyword().then_some(kind)
}

/// Whether a text can stand as a name without quotes.
pub(super) fn is_plain_name(name: &str) -> bool {
    let mut letters = name.bytes();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, b'_' | b'@'))
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
        && keyword(name).is_none()
}

/// A token and its place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token {
    pub(super) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// Something wrong with a single token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
    /// Where it was opened, if the end is missing.
    pub(super) opened: Option<Range<usize>>,
}

/// What is wrong with the tokens of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub(super) list: Vec<Finding>,
    /// Where strings, names and comments without an end start, ascending.
    pub(super) unclosed: Vec<usize>,
}

impl Findings {
    fn push(&mut self, range: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        if self.list.len() < super::parse::MAX_ERRORS {
            self.list.push(Finding { range, message: message.into(), help: help.into(), opened: None });
        }
    }

    /// What starts with `length` bytes at the start of `range` has no end.
    fn unclosed(&mut self, range: Range<usize>, length: usize, message: &str, help: &str) {
        self.unclosed.push(range.start);
        if self.list.len() < super::parse::MAX_ERRORS {
            let opened = Some(range.start..(range.start + length).min(range.end));
            self.list.push(Finding { range, message: message.to_owned(), help: help.to_owned(), opened });
        }
    }
}

/// Cuts a text into tokens; the last is [`Kind::End`].
pub(super) fn lex(text: &str) -> (Vec<Token>, Findings) {
    let mut lexer = Kind::lexer(text);
    let mut tokens: Vec<Token> = Vec::new();
    while let Some(result) = lexer.next() {
        let Range { start, end } = lexer.span();
        match result {
            Ok(Kind::Blank) => {}
            Ok(kind) => tokens.push(Token { kind, start, end }),
            // several in a row are one
            Err(()) => match tokens.last_mut() {
                Some(last) if last.kind == Kind::Unknown && last.end == start => last.end = end,
                _ => tokens.push(Token { kind: Kind::Unknown, start, end }),
            },
        }
    }
    let mut findings = std::mem::take(&mut lexer.extras);
    // the same character again on a line is the same mistake
    let mut last: Option<(usize, char)> = None;
    for token in tokens.iter().filter(|token| token.kind == Kind::Unknown) {
        let word = text.get(token.range()).unwrap_or_default();
        let first = word.chars().next().unwrap_or_default();
        let repeats = last.is_some_and(|(end, before)| {
            before == first && !text.get(end..token.start).unwrap_or_default().contains(['\n', '\r'])
        });
        last = Some((token.end, first));
        if !repeats {
            let (message, help) = unknown(word);
            findings.push(token.range(), message, help);
        }
    }
    let end = tokens.last().map_or(0, |last| last.end);
    tokens.push(Token { kind: Kind::End, start: end, end });
    (tokens, findings)
}

fn unknown(word: &str) -> (String, &'static str) {
    let first = word.chars().next().unwrap_or_default();
    let shown = if first.is_whitespace() || first.is_control() || is_invisible(first) {
        format!("`U+{:04X}`", u32::from(first))
    } else {
        format!("`{}`", crate::elastic::one_line(word))
    };
    let help = match first {
        ';' => "remove it: a query ends where its text ends",
        '&' => "write `and`",
        '~' => "the tilde follows a name or an operator directly: `like~`, `in~`, `endsWith~(..)`",
        '{' | '}' => "conditions are grouped by `(` and `)`, events by `[` and `]`",
        '–' | '—' | '−' => "write a plain `-`",
        first if first.is_alphabetic() => "put names with other letters than `a` to `z` in backticks",
        first if first.is_whitespace() || is_invisible(first) => "write a plain space, or remove it",
        _ => "remove it, or put it in a string",
    };
    (format!("{shown} means nothing in EQL"), help)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

/// `// ..`
fn line_comment(lexer: &mut Lexer<'_, Kind>) {
    let rest = lexer.remainder();
    lexer.bump(rest.find(['\n', '\r']).unwrap_or(rest.len()));
}

/// `/* .. */`; comments do not nest.
fn comment(lexer: &mut Lexer<'_, Kind>) {
    if let Some(length) = lexer.remainder().find("*/") {
        lexer.bump(length + 2);
        return;
    }
    lexer.bump(lexer.remainder().len());
    let range = lexer.span();
    lexer.extras.unclosed(range, 2, "this comment is never closed", "add `*/` where it ends");
}
