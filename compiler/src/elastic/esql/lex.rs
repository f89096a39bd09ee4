//! Queries cut into tokens.
//!
//! What is wrong with a token alone (an escape, a quote that is missing or of the wrong kind, a character that means nothing) is said
//! here; the token stays, so that the rest can be read. Names of indices follow rules of their own: the parser puts them together from
//! tokens that touch each other, and takes back what was said about characters in them.

mod strings;

use std::ops::Range;

use logos::{Lexer, Logos};

pub(super) use strings::{decode, decode_name};

/// The kind of a token.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(extras = Findings)]
pub(super) enum Kind {
    #[token("and", ignore(case))]
    And,
    #[token("as", ignore(case))]
    As,
    #[token("asc", ignore(case))]
    Asc,
    #[token("by", ignore(case))]
    By,
    #[token("desc", ignore(case))]
    Desc,
    #[token("false", ignore(case))]
    False,
    #[token("first", ignore(case))]
    First,
    #[token("in", ignore(case))]
    In,
    #[token("is", ignore(case))]
    Is,
    #[token("last", ignore(case))]
    Last,
    #[token("like", ignore(case))]
    Like,
    #[token("not", ignore(case))]
    Not,
    #[token("null", ignore(case))]
    Null,
    #[token("nulls", ignore(case))]
    Nulls,
    #[token("on", ignore(case))]
    On,
    #[token("or", ignore(case))]
    Or,
    #[token("rlike", ignore(case))]
    Rlike,
    #[token("true", ignore(case))]
    True,
    #[token("where", ignore(case))]
    Where,
    #[token("with", ignore(case))]
    With,
    #[token(":")]
    Colon,
    #[token("::")]
    Cast,
    #[token("=")]
    Assign,
    #[token("==")]
    Equal,
    /// `=~`: reserved, not an operator of the language.
    #[token("=~")]
    EqualTilde,
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
    #[token(";")]
    Semicolon,
    #[token("[")]
    OpenBracket,
    #[token("]")]
    CloseBracket,
    #[token("{")]
    OpenBrace,
    #[token("}")]
    CloseBrace,
    #[token("(")]
    Open,
    #[token(")")]
    Close,
    #[token("|")]
    Pipe,
    /// `?`, `?1`, `?name`, and the same with two question marks.
    #[regex(r"\?\??([A-Za-z_][A-Za-z0-9_]*|[0-9]+)?")]
    Parameter,
    /// `"..."`, `"""..."""` and what stands for them elsewhere.
    #[token("\"", strings::plain)]
    #[token("\"\"\"", strings::raw)]
    #[token("'", strings::single)]
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
    /// A name that is not a keyword. `_` and `@` alone are names within patterns only.
    #[regex("[A-Za-z_@][A-Za-z0-9_]*")]
    Name,
    /// A name in backticks.
    #[token("`", strings::quoted_name)]
    QuotedName,
    /// `!`: not an operator of the language.
    #[token("!")]
    Bang,
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
    /// Characters that mean nothing, but in the name of an index: the parser says so in the end.
    Unknown,
    /// Behind the last token.
    End,
}

impl Kind {
    /// Whether the token is a word that cannot be the name of a field.
    pub(super) fn is_keyword(self) -> bool {
        use Kind::{
            And, As, Asc, By, Desc, False, First, In, Is, Last, Like, Not, Null, Nulls, On, Or, Rlike, True, Where,
            With,
        };
        matches!(
            self,
            And | As
                | Asc
                | By
                | Desc
                | False
                | First
                | In
                | Is
                | Last
                | Like
                | Not
                | Null
                | Nulls
                | On
                | Or
                | Rlike
                | True
                | Where
                | With
        )
    }
}

/// Whether a word is a keyword, in any case.
fn is_keyword(word: &str) -> bool {
    word.len() <= "false".len() && matches!(Kind::lexer(word).next(), Some(Ok(kind)) if kind.is_keyword())
}

/// Whether a text can stand as a name without quotes.
pub(super) fn is_plain_name(name: &str) -> bool {
    let first = name.bytes().next();
    let starts = match first {
        Some(b'_' | b'@') => name.len() > 1,
        Some(letter) => letter.is_ascii_alphabetic(),
        None => false,
    };
    starts && name.bytes().skip(1).all(|letter| letter.is_ascii_alphanumeric() || letter == b'_') && !is_keyword(name)
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
        let (message, help) = (message.into(), help.into());
        self.add(Finding { range, message, help, opened: None });
    }

    /// What starts with `length` bytes at the start of `range` has no end.
    fn unclosed(&mut self, range: Range<usize>, length: usize, message: &str, help: &str) {
        self.unclosed.push(range.start);
        let opened = Some(range.start..(range.start + length).min(range.end));
        let (message, help) = (message.to_owned(), help.to_owned());
        self.add(Finding { range, message, help, opened });
    }

    fn add(&mut self, finding: Finding) {
        if self.list.len() < super::parse::MAX_ERRORS {
            self.list.push(finding);
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
    let findings = std::mem::take(&mut lexer.extras);
    let end = tokens.last().map_or(0, |last| last.end);
    tokens.push(Token { kind: Kind::End, start: end, end });
    (tokens, findings)
}

/// What is said about characters that mean nothing, and the next step.
pub(super) fn unknown(word: &str) -> (String, &'static str) {
    let first = word.chars().next().unwrap_or_default();
    let shown = if first.is_whitespace() || first.is_control() || is_invisible(first) {
        format!("`U+{:04X}`", u32::from(first))
    } else {
        format!("`{}`", crate::elastic::one_line(word))
    };
    let help = match first {
        '&' => "write `AND`",
        '~' => "to ignore case, compare `TO_LOWER(field)` with a text in lower case",
        '#' => "a comment starts with `//`",
        '–' | '—' | '−' => "write a plain `-`",
        first if first.is_alphabetic() => "put names with other letters than `a` to `z` in backticks",
        first if first.is_whitespace() || is_invisible(first) => "write a plain space, or remove it",
        _ => "remove it, or put it in a string",
    };
    (format!("{shown} means nothing in ES|QL"), help)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

/// `// ..`
fn line_comment(lexer: &mut Lexer<'_, Kind>) {
    let rest = lexer.remainder();
    lexer.bump(rest.find(['\n', '\r']).unwrap_or(rest.len()));
}

/// `/* .. */`. Comments nest. If there are too few ends for that, the last one ends the comment.
fn comment(lexer: &mut Lexer<'_, Kind>) {
    let rest = lexer.remainder().as_bytes();
    let (mut at, mut depth, mut last_end) = (0, 1_usize, None);
    while let Some(byte) = rest.get(at) {
        match (byte, rest.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                last_end = Some(at);
                if depth == 0 {
                    break;
                }
            }
            _ => at += 1,
        }
    }
    if let Some(length) = last_end {
        lexer.bump(length);
        return;
    }
    lexer.bump(lexer.remainder().len());
    let range = lexer.span();
    lexer.extras.unclosed(range, 2, "this comment is never closed", "add `*/` where it ends");
}
