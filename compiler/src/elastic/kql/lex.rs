//! Cuts a query into tokens. Literals stay as they are written; `super::literal` resolves their escapes.

use super::ast::RangeOp;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `{`
    BraceOpen,
    /// `}`
    BraceClose,
    /// `:`
    Colon,
    /// `<`, `<=`, `>`, `>=`
    Compare(RangeOp),
    /// `and` in any case
    And,
    /// `or`
    Or,
    /// `not`
    Not,
    /// `"..."`; the closing quote may be missing.
    Quoted { closed: bool },
    /// One or more words.
    Unquoted,
    /// Behind the last token.
    End,
}

/// A token and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The whitespace that separates tokens: as in Kibana, the no-break space is part of it and other Unicode spaces are not.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{a0}')
}

/// The characters that stand for themselves only behind a backslash.
pub(super) fn is_special(c: char) -> bool {
    matches!(c, '\\' | '(' | ')' | ':' | '<' | '>' | '"' | '*' | '{' | '}')
}

/// All tokens; the last one is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), suspect: None, rewound: false };
    while lexer.step() {}
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    /// The first string that probably ends elsewhere.
    suspect: Option<Suspect>,
    rewound: bool,
}

impl Lexer<'_> {
    fn step(&mut self) -> bool {
        self.at = skip_spaces(self.text, self.at);
        let start = self.at;
        let Some(first) = char_at(self.text, start) else {
            // an error at the end of the text is shown behind its last token
            let end = self.tokens.last().map_or(start, |last| last.end);
            self.tokens.push(Token { kind: Kind::End, start: end, end });
            return false;
        };
        let kind = match first {
            '(' => self.take(1, Kind::Open),
            ')' => self.take(1, Kind::Close),
            '{' => self.take(1, Kind::BraceOpen),
            '}' => self.take(1, Kind::BraceClose),
            ':' => self.take(1, Kind::Colon),
            '<' if char_at(self.text, start + 1) == Some('=') => self.take(2, Kind::Compare(RangeOp::Lte)),
            '<' => self.take(1, Kind::Compare(RangeOp::Lt)),
            '>' if char_at(self.text, start + 1) == Some('=') => self.take(2, Kind::Compare(RangeOp::Gte)),
            '>' => self.take(1, Kind::Compare(RangeOp::Gt)),
            '"' => return self.quoted(),
            _ => {
                let word = || (Kind::Unquoted, unquoted_end(self.text, start) - start);
                let (kind, length) = keyword(self.text, start).unwrap_or_else(word);
                self.take(length, kind)
            }
        };
        self.tokens.push(Token { kind, start, end: self.at });
        true
    }

    fn take(&mut self, length: usize, kind: Kind) -> Kind {
        self.at += length;
        kind
    }

    /// A string may go over lines. If one is still open at the end of the text, a closing quote is missing somewhere: probably in the first string
    /// that leaves its line, or that holds an escaped quote where it should end (`"C:\"`); else at the end of the line of this string. Reading
    /// goes on from there, so that later errors are found as well.
    fn quoted(&mut self) -> bool {
        let start = self.at;
        let count = self.tokens.len();
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        let mut end = None;
        let closed = loop {
            match (bytes.get(at), bytes.get(at + 1)) {
                (None, _) => break false,
                (Some(b'"'), _) => break true,
                (Some(b'\\'), Some(b'"')) => {
                    at += 2;
                    end = end.or_else(|| self.ends_term(at).then_some(at));
                }
                (Some(b'\\'), Some(b'\\')) => at += 2,
                (Some(b'\n'), _) => {
                    end = end.or(Some(at));
                    at += 1;
                }
                (Some(_), _) => at += 1,
            }
        };
        if closed {
            self.suspect = self.suspect.or(end.map(|end| Suspect { count, start, end }));
            self.at = at + 1;
            self.tokens.push(Token { kind: Kind::Quoted { closed }, start, end: self.at });
            return true;
        }
        let this = Suspect { count, start, end: end.unwrap_or(at) };
        let Suspect { count, start, end } = self.suspect.filter(|_| !self.rewound).unwrap_or(this);
        self.rewound = true;
        self.tokens.truncate(count);
        let content = self.text.get(start..end).unwrap_or_default();
        self.at = start + content.trim_end().len().max(1);
        self.tokens.push(Token { kind: Kind::Quoted { closed }, start, end: self.at });
        true
    }

    /// Whether what stands at `at` may follow a value.
    fn ends_term(&self, at: usize) -> bool {
        let next = skip_spaces(self.text, at);
        match char_at(self.text, next) {
            None | Some(')' | '}') => true,
            Some(_) => next > at && keyword(self.text, next).is_some(),
        }
    }
}

/// A string, and where it would end if a quote is missing.
#[derive(Clone, Copy)]
struct Suspect {
    /// How many tokens stand before it.
    count: usize,
    start: usize,
    end: usize,
}

pub(super) fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

fn skip_spaces(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + (rest.len() - rest.trim_start_matches(is_space).len())
}

/// The keyword at `at`, where a token starts, and its length.
///
/// A keyword stands apart: whitespace, a bracket, a quote or the end follows. Decision: Kibana asks for whitespace on both sides. It rejects
/// `not(a: b)`, which is read here. It takes `and` and `or` without one of their sides for words: `a: b and` at the end of a query is the value
/// `b and`, `or a: b` at its start the field `or a`. Nobody means that; here an operand is missing, an error. Quotes or a backslash make a word.
fn keyword(text: &str, at: usize) -> Option<(Kind, usize)> {
    let found = |word: &str| text.get(at..at + word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word));
    let (kind, length) = if found("and") {
        (Kind::And, 3)
    } else if found("or") {
        (Kind::Or, 2)
    } else if found("not") {
        (Kind::Not, 3)
    } else {
        return None;
    };
    match char_at(text, at + length) {
        None | Some('(' | ')' | '{' | '}' | '"') => Some((kind, length)),
        Some(c) if is_space(c) => Some((kind, length)),
        Some(_) => None,
    }
}

/// Where the words from `start` on end: at a special character, or in front of a keyword.
fn unquoted_end(text: &str, start: usize) -> usize {
    let (mut at, mut end) = (start, start);
    while let Some(c) = char_at(text, at) {
        if is_space(c) {
            at = skip_spaces(text, at);
            match keyword(text, at) {
                Some((Kind::Not, length)) if !negates(text, at + length) => {}
                Some(_) => break,
                None => {}
            }
            continue;
        }
        match c {
            '\\' => {
                at += 1;
                at += char_at(text, at).filter(|c| is_special(*c)).map_or(0, char::len_utf8);
            }
            '*' => at += 1,
            c if is_special(c) => break,
            c => at += c.len_utf8(),
        }
        end = at;
    }
    end
}

/// Whether a `not` that ends at `at` has something to negate. In the middle of words it is a word otherwise: `why not`, as in Kibana.
fn negates(text: &str, at: usize) -> bool {
    !matches!(char_at(text, skip_spaces(text, at)), None | Some(')' | '}'))
}
