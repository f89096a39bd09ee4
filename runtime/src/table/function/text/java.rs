//! Expressions of `java.util.regex` in the syntax of the `fancy-regex` crate (Java, "Pattern").
//!
//! What differs: in Java `\d`, `\w`, `\s` and `\b` are of ASCII, `\h` is a blank, `.` stops at more line ends than `\n`, and `$` matches before the last
//! line end too. What needs looking around is slow; it is left out for texts where it makes no difference ([`Text`]).

use std::iter::Peekable;
use std::str::Chars;

use Fault::{Untranslatable, Wrong};

/// Longer expressions are not translated.
const MAX_PATTERN: usize = 64 << 10;
/// Classes and groups inside each other.
const MAX_DEPTH: usize = 100;

const DIGIT: &str = "0-9";
const WORD: &str = "a-zA-Z0-9_";
const SPACE: &str = r"\t\n\x0B\x0C\r\x20";
const BLANK: &str = r"\t\x20\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";
const VERTICAL: &str = r"\n\x0B\x0C\r\x{85}\x{2028}\x{2029}";

/// What is known of the text: then simpler expressions mean the same there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// Its lines end with `\n` only, the last one not at all; and it is not empty, as `(?m)^` does not match there.
    plain: bool,
    /// The last line has no end.
    unended: bool,
    /// It is of ASCII, so that the words of Unicode are those of ASCII.
    ascii: bool,
}

impl Text {
    /// How many kinds of texts there are.
    pub(crate) const KINDS: usize = 8;

    /// Tells kinds of texts apart: below [`Self::KINDS`].
    pub(crate) fn kind(self) -> usize {
        usize::from(self.plain) | usize::from(self.unended) << 1 | usize::from(self.ascii) << 2
    }

    /// What is known of this text.
    pub(super) fn of(text: &str) -> Self {
        let ascii = text.is_ascii();
        let ends: &[char] = if ascii { &['\r'] } else { &['\r', '\u{85}', '\u{2028}', '\u{2029}'] };
        let unended = !text.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        Self { plain: !text.is_empty() && unended && !text.contains(ends), unended, ascii }
    }
}

/// An expression in the syntax of `fancy-regex`.
#[derive(Debug)]
pub(super) struct Translated {
    /// What it is.
    pub(super) pattern: String,
    /// Whether it looks around or back, so that time may grow faster than the text.
    pub(super) hard: bool,
}

/// Why there is no translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Java takes it for no expression.
    Wrong,
    /// It has no words here, or too many.
    Untranslatable,
}

/// Whether Java takes a text for an expression, as far as that is seen here.
pub fn is_java_pattern(text: &str) -> bool {
    translated(text, Text::of("")).err() != Some(Wrong)
}

/// The expression in the syntax of `fancy-regex`, for such texts.
pub(super) fn translated(pattern: &str, text: Text) -> Result<Translated, Fault> {
    if pattern.len() > MAX_PATTERN {
        return Err(Untranslatable);
    }
    let mut translator = Translator {
        chars: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len()),
        hard: false,
        text,
        flags: Flags::default(),
        outer: Vec::new(),
        groups: 0,
    };
    translator.run()?;
    let Translator { out, hard, outer, .. } = translator;
    if outer.is_empty() { Ok(Translated { pattern: out, hard }) } else { Err(Wrong) }
}

/// Writes a character that stands for itself, in a class or not.
pub(super) fn literal(c: char, out: &mut String) {
    if r"\.+*?()|[]{}^$#&-~".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

struct Translator<'a> {
    chars: Peekable<Chars<'a>>,
    out: String,
    hard: bool,
    text: Text,
    flags: Flags,
    /// Flags around the groups that are open.
    outer: Vec<Flags>,
    /// Groups so far that capture.
    groups: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "flags are")]
struct Flags {
    ignore_case: bool,
    multiline: bool,
    dot_all: bool,
    comments: bool,
    unicode: bool,
}

/// What an escape in an expression stands for.
enum Escape {
    Char(char),
    /// Members of a class: what is written between brackets, and whether it is the others that are meant.
    Class(String, bool),
    /// `\Q..\E`
    Quoted(String),
    /// Another letter or digit, which means something outside classes only.
    Other(char),
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        // whether nothing stands there that could be repeated
        let mut is_start = true;
        while let Some(c) = self.chars.next() {
            let was_start = std::mem::replace(&mut is_start, matches!(c, '(' | '|'));
            match c {
                '#' if self.flags.comments => {
                    while self.chars.next_if(|c| *c != '\n').is_some() {}
                    is_start = was_start;
                }
                c if self.flags.comments && c.is_ascii_whitespace() => is_start = was_start,
                '\\' => self.escape()?,
                '[' => self.class(0)?,
                '(' => self.open()?,
                ')' => {
                    self.flags = self.outer.pop().ok_or(Wrong)?;
                    self.out.push(')');
                }
                '|' => self.out.push(c),
                '*' | '+' | '?' if was_start => return Err(Wrong),
                '*' | '+' | '?' => {
                    self.out.push(c);
                    self.greed();
                    is_start = true;
                }
                '{' => {
                    self.counts()?;
                    is_start = true;
                }
                '.' if self.flags.dot_all => self.out.push_str("(?s:.)"),
                '.' => self.out.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
                '^' if !self.flags.multiline => self.out.push_str(r"\A"),
                '^' if self.text.plain => self.out.push_str("(?m:^)"),
                '^' => self.around(r"(?:(?:\A|(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n))(?!\z))"),
                '$' if !self.flags.multiline => self.end(),
                '$' if self.text.plain => self.out.push_str("(?m:$)"),
                '$' => self.around(r"(?:\z|(?=[\r\x{85}\x{2028}\x{2029}])|(?<!\r)(?=\n))"),
                c => literal(c, &mut self.out),
            }
        }
        Ok(())
    }

    /// Something that looks around.
    fn around(&mut self, pattern: &str) {
        self.hard = true;
        self.out.push_str(pattern);
    }

    /// The end, or before the line end that is last.
    fn end(&mut self) {
        if self.text.unended {
            self.out.push_str(r"\z");
        } else {
            self.around(r"(?:\z|(?=(?:\r\n|[\r\x{85}\x{2028}\x{2029}])\z)|(?<!\r)(?=\n\z))");
        }
    }

    /// Behind how often something may be there: `?` for as seldom as can be, `+` for never giving anything back.
    fn greed(&mut self) {
        if self.chars.next_if_eq(&'?').is_some() {
            self.out.push('?');
        } else if self.chars.next_if_eq(&'+').is_some() {
            self.around("+");
        }
    }

    /// What stands between braces: `{2}`, `{2,}`, `{2,3}`.
    fn counts(&mut self) -> Result<(), Fault> {
        let mut counts = String::new();
        while let Some(c) = self.chars.next_if(|c| c.is_ascii_digit() || *c == ',') {
            counts.push(c);
        }
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let (least, most) = counts.split_once(',').unwrap_or((&counts, ""));
        if self.next()? != '}' || !is_number(least) || !(most.is_empty() || is_number(most)) {
            return Err(Wrong);
        }
        let count = |digits: &str| digits.parse::<u32>().map_err(|_| Untranslatable);
        if !most.is_empty() && count(most)? < count(least)? {
            return Err(Wrong);
        }
        self.out.push('{');
        self.out.push_str(&counts);
        self.out.push('}');
        self.greed();
        Ok(())
    }

    /// The next character, which must be there.
    fn next(&mut self) -> Result<char, Fault> {
        self.chars.next().ok_or(Wrong)
    }

    /// The next character, which must be this one.
    fn take(&mut self, wanted: char) -> Result<char, Fault> {
        self.chars.next_if_eq(&wanted).ok_or(Wrong)
    }

    /// What follows an opening parenthesis.
    fn open(&mut self) -> Result<(), Fault> {
        if self.outer.len() >= MAX_DEPTH {
            return Err(Untranslatable);
        }
        let before = self.flags;
        if self.chars.next_if_eq(&'?').is_none() {
            self.groups += 1;
            self.out.push('(');
            self.outer.push(before);
            return Ok(());
        }
        match *self.chars.peek().ok_or(Wrong)? {
            kind @ (':' | '=' | '!' | '>') => {
                self.chars.next();
                self.hard |= kind != ':';
                self.out.extend(['(', '?', kind]);
            }
            '<' => {
                self.chars.next();
                self.out.push_str("(?<");
                match self.next()? {
                    kind @ ('=' | '!') => {
                        self.hard = true;
                        self.out.push(kind);
                    }
                    letter if letter.is_ascii_alphabetic() => {
                        self.groups += 1;
                        self.out.push(letter);
                        while let Some(c) = self.chars.next_if(char::is_ascii_alphanumeric) {
                            self.out.push(c);
                        }
                        let end = self.take('>')?;
                        self.out.push(end);
                    }
                    _ => return Err(Wrong),
                }
            }
            _ => return self.set_flags(),
        }
        self.outer.push(before);
        Ok(())
    }

    /// `(?im-s)` or `(?im-s:`.
    fn set_flags(&mut self) -> Result<(), Fault> {
        let before = self.flags;
        let mut on = true;
        loop {
            match self.next()? {
                '-' if on => on = false,
                'i' => self.flags.ignore_case = on,
                'm' => self.flags.multiline = on,
                's' => self.flags.dot_all = on,
                'x' => self.flags.comments = on,
                'U' => self.flags.unicode = on,
                // case of Unicode: always so here
                'u' => {}
                end @ (')' | ':') => {
                    let scope = end == ':';
                    match (self.flags.ignore_case == before.ignore_case, self.flags.ignore_case) {
                        (true, _) if scope => self.out.push_str("(?:"),
                        (true, _) => {}
                        (false, true) => self.out.extend(['(', '?', 'i', end]),
                        (false, false) => self.out.extend(['(', '?', '-', 'i', end]),
                    }
                    if scope {
                        self.outer.push(before);
                    }
                    return Ok(());
                }
                // lines that end with `\n` only, and canonical equivalence
                'd' | 'c' => return Err(Untranslatable),
                _ => return Err(Wrong),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.escaped()? {
            Escape::Char(c) => literal(c, &mut self.out),
            Escape::Class(members, others) => {
                // without case: that of Unicode would add letters outside of ASCII
                self.out.push_str(if others { "(?-i:[^" } else { "(?-i:[" });
                self.out.push_str(&members);
                self.out.push_str("])");
            }
            Escape::Quoted(text) => text.chars().for_each(|c| literal(c, &mut self.out)),
            Escape::Other(letter @ ('A' | 'z')) => self.out.extend(['\\', letter]),
            // the end of the match before, which an empty one leaves behind: `\G` of `fancy-regex` is where the search starts
            Escape::Other('G') => return Err(Untranslatable),
            Escape::Other('Z') => self.end(),
            Escape::Other(letter @ ('b' | 'B')) if self.chars.peek() != Some(&'{') => {
                if self.flags.unicode || self.text.ascii {
                    self.out.extend(['\\', letter]);
                } else if letter == 'b' {
                    self.around(r"(?:(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_])|(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_]))");
                } else {
                    self.around(r"(?:(?<![a-zA-Z0-9_])(?![a-zA-Z0-9_])|(?<=[a-zA-Z0-9_])(?=[a-zA-Z0-9_]))");
                }
            }
            Escape::Other('R') => {
                self.out.push_str(r"(?:\r\n|[");
                self.out.push_str(VERTICAL);
                self.out.push_str("])");
            }
            Escape::Other('k') => {
                self.around(r"\k");
                let start = self.take('<')?;
                self.out.push(start);
                while let Some(c) = self.chars.next_if(char::is_ascii_alphanumeric) {
                    self.out.push(c);
                }
                let end = self.take('>')?;
                self.out.push(end);
            }
            Escape::Other(digit) => {
                let mut group = digit.to_digit(10).ok_or(Untranslatable)? as usize;
                // further digits belong to it as long as there are so many groups
                while let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(10)) {
                    let longer = group.saturating_mul(10).saturating_add(digit as usize);
                    if longer > self.groups {
                        break;
                    }
                    group = longer;
                    self.chars.next();
                }
                if group > self.groups {
                    return Err(Untranslatable);
                }
                self.around(&format!(r"(?:\{group})"));
            }
        }
        Ok(())
    }

    fn class(&mut self, depth: usize) -> Result<(), Fault> {
        if depth >= MAX_DEPTH {
            return Err(Untranslatable);
        }
        self.out.push('[');
        if self.chars.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let c = self.next()?;
            match c {
                ']' if !first => break,
                '#' if self.flags.comments => {
                    while self.chars.next_if(|c| *c != '\n').is_some() {}
                    continue;
                }
                c if self.flags.comments && c.is_ascii_whitespace() => continue,
                '[' => self.class(depth + 1)?,
                '&' if self.chars.peek() == Some(&'&') => {
                    while self.chars.next_if_eq(&'&').is_some() {}
                    self.out.push_str("&&");
                }
                '\\' => match self.escaped()? {
                    Escape::Char(c) => self.member(c)?,
                    Escape::Class(members, others) => {
                        self.out.push_str(if others { "[^" } else { "[" });
                        self.out.push_str(&members);
                        self.out.push(']');
                    }
                    Escape::Quoted(text) => text.chars().for_each(|c| literal(c, &mut self.out)),
                    Escape::Other(_) => return Err(Wrong),
                },
                c => self.member(c)?,
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    /// A character of a class, and the end of the range that it starts, if it does.
    fn member(&mut self, c: char) -> Result<(), Fault> {
        literal(c, &mut self.out);
        let mut ahead = self.chars.clone();
        if ahead.next() != Some('-') || matches!(ahead.peek(), None | Some(']' | '[')) {
            if c == ':' {
                // `[[:alpha:]]` is a class of these letters in a class, and no name of others: `fancy-regex` takes it for none of a range
                self.out.push_str("-:");
            }
            return Ok(());
        }
        self.chars.next();
        let last = match self.next()? {
            '\\' => match self.escaped()? {
                Escape::Char(c) => c,
                Escape::Quoted(_) => return Err(Untranslatable),
                Escape::Class(..) | Escape::Other(_) => return Err(Wrong),
            },
            c => c,
        };
        if last < c {
            return Err(Wrong);
        }
        self.out.push('-');
        literal(last, &mut self.out);
        Ok(())
    }

    /// What follows a backslash.
    fn escaped(&mut self) -> Result<Escape, Fault> {
        let class = |members: &str, others: bool| Escape::Class(members.to_owned(), others);
        let scalar = |code: u32| char::from_u32(code).map(Escape::Char).ok_or(Untranslatable);
        let c = self.next()?;
        let unicode = self.flags.unicode;
        Ok(match c {
            'd' | 'D' => class(if unicode { r"\d" } else { DIGIT }, c == 'D'),
            'w' | 'W' => class(if unicode { r"\w" } else { WORD }, c == 'W'),
            's' | 'S' => class(if unicode { r"\s" } else { SPACE }, c == 'S'),
            'h' | 'H' => class(BLANK, c == 'H'),
            'v' | 'V' => class(VERTICAL, c == 'V'),
            'p' | 'P' => Escape::Class(self.property()?, c == 'P'),
            'Q' => {
                let mut text = String::new();
                while let Some(c) = self.chars.next() {
                    if c == '\\' && self.chars.next_if_eq(&'E').is_some() {
                        break;
                    }
                    text.push(c);
                }
                Escape::Quoted(text)
            }
            't' => Escape::Char('\t'),
            'n' => Escape::Char('\n'),
            'r' => Escape::Char('\r'),
            'f' => Escape::Char('\u{c}'),
            'a' => Escape::Char('\u{7}'),
            'e' => Escape::Char('\u{1b}'),
            'c' => scalar(u32::from(self.next()?) ^ 64)?,
            '0' => Escape::Char(self.octal()?),
            'x' if self.chars.next_if_eq(&'{').is_some() => {
                let mut code = 0_u32;
                while self.chars.next_if_eq(&'}').is_none() {
                    let digit = self.next()?.to_digit(16).ok_or(Wrong)?;
                    code = code.checked_mul(16).and_then(|code| code.checked_add(digit)).ok_or(Wrong)?;
                }
                scalar(code)?
            }
            'x' => scalar(self.hexadecimal(2)?)?,
            'u' => {
                let unit = self.hexadecimal(4)?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return scalar(unit);
                }
                // half of a character alone is one in Java
                if self.chars.next() != Some('\\') || self.chars.next() != Some('u') {
                    return Err(Untranslatable);
                }
                let low = self.hexadecimal(4)?.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(Untranslatable)?;
                scalar(0x1_0000 + ((unit - 0xd800) << 10) + low)?
            }
            'A' | 'z' | 'Z' | 'G' | 'b' | 'B' | 'R' | 'k' | '1'..='9' => Escape::Other(c),
            // names of characters, clusters of them, and an end of what was not quoted
            'N' | 'X' | 'E' => return Err(Untranslatable),
            c if c.is_ascii_alphabetic() => return Err(Wrong),
            c => Escape::Char(c),
        })
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<u32, Fault> {
        (0..digits).try_fold(0, |code: u32, _| Ok(code * 16 + self.next()?.to_digit(16).ok_or(Wrong)?))
    }

    fn octal(&mut self) -> Result<char, Fault> {
        let mut code = self.next()?.to_digit(8).ok_or(Wrong)?;
        for _ in 0..2 {
            let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(8)) else { break };
            if code * 8 + digit > 0o377 {
                break;
            }
            code = code * 8 + digit;
            self.chars.next();
        }
        char::from_u32(code).ok_or(Untranslatable)
    }

    /// The name behind `\p`, as members of a class.
    fn property(&mut self) -> Result<String, Fault> {
        let first = self.next()?;
        if first != '{' {
            return if first.is_ascii_alphabetic() { Ok(format!(r"\p{{{first}}}")) } else { Err(Wrong) };
        }
        let mut name = String::new();
        while let Some(c) = self.chars.next_if(|c| *c != '}') {
            name.push(c);
        }
        self.take('}')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '=' | ' ' | '-');
        if name.is_empty() {
            return Err(Wrong);
        }
        if !name.chars().all(plain) {
            return Err(Untranslatable);
        }
        Ok(match name.as_str() {
            "Space" => SPACE.to_owned(),
            "javaWhitespace" => r"\s".to_owned(),
            "javaLowerCase" => r"\p{Lowercase}".to_owned(),
            "javaUpperCase" => r"\p{Uppercase}".to_owned(),
            "Lower" | "Upper" | "ASCII" | "Alpha" | "Digit" | "Alnum" | "Punct" | "Graph" | "Print" | "Blank"
            | "Cntrl" | "XDigit" => format!("[:{}:]", name.to_ascii_lowercase()),
            // blocks
            name if name.starts_with("In") => return Err(Untranslatable),
            name => format!(r"\p{{{}}}", name.strip_prefix("Is").unwrap_or(name)),
        })
    }
}
