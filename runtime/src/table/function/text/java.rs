//! Expressions of `java.util.regex` in the syntax of the `fancy-regex` crate (Java, "Pattern").
//!
//! What differs: in Java `\d`, `\w`, `\s` and `\b` are of ASCII, `\h` is a blank, `.` stops at more line ends than `\n`, and `$` matches before the last
//! line end too. What needs looking around is slow; it is left out for texts where it makes no difference ([`Text`]).

use std::iter::Peekable;
use std::str::Chars;

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

/// The expression in the syntax of `fancy-regex`, for such texts; `None` for what that crate cannot do.
pub(super) fn translated(pattern: &str, text: Text) -> Option<Translated> {
    if pattern.len() > MAX_PATTERN {
        return None;
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
    outer.is_empty().then_some(Translated { pattern: out, hard })
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
    fn run(&mut self) -> Option<()> {
        while let Some(c) = self.chars.next() {
            match c {
                '#' if self.flags.comments => while self.chars.next_if(|c| *c != '\n').is_some() {},
                c if self.flags.comments && c.is_ascii_whitespace() => {}
                '\\' => self.escape()?,
                '[' => self.class(0)?,
                '(' => self.open()?,
                ')' => {
                    self.flags = self.outer.pop()?;
                    self.out.push(')');
                }
                '|' => self.out.push(c),
                '*' | '+' | '?' => {
                    self.out.push(c);
                    self.possessive();
                }
                '{' => self.counts()?,
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
        Some(())
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

    /// Behind how often something may be there: `+` for never giving anything back.
    fn possessive(&mut self) {
        if self.chars.next_if_eq(&'+').is_some() {
            self.around("+");
        }
    }

    /// What stands between braces: `{2}`, `{2,}`, `{2,3}`.
    fn counts(&mut self) -> Option<()> {
        let mut counts = String::new();
        while let Some(c) = self.chars.next_if(|c| c.is_ascii_digit() || *c == ',') {
            counts.push(c);
        }
        let starts = counts.starts_with(|c: char| c.is_ascii_digit());
        (self.chars.next()? == '}' && starts).then_some(())?;
        self.out.push('{');
        self.out.push_str(&counts);
        self.out.push('}');
        self.possessive();
        Some(())
    }

    /// What follows an opening parenthesis.
    fn open(&mut self) -> Option<()> {
        if self.outer.len() >= MAX_DEPTH {
            return None;
        }
        let before = self.flags;
        if self.chars.next_if_eq(&'?').is_none() {
            self.groups += 1;
            self.out.push('(');
            self.outer.push(before);
            return Some(());
        }
        match *self.chars.peek()? {
            kind @ (':' | '=' | '!' | '>') => {
                self.chars.next();
                self.hard |= kind != ':';
                self.out.extend(['(', '?', kind]);
            }
            '<' => {
                self.chars.next();
                self.out.push_str("(?<");
                match self.chars.next()? {
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
                        self.out.push(self.chars.next_if_eq(&'>')?);
                    }
                    _ => return None,
                }
            }
            _ => return self.set_flags(),
        }
        self.outer.push(before);
        Some(())
    }

    /// `(?im-s)` or `(?im-s:`.
    fn set_flags(&mut self) -> Option<()> {
        let before = self.flags;
        let mut on = true;
        loop {
            match self.chars.next()? {
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
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
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
            Escape::Other('G') => return None,
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
                self.out.push(self.chars.next_if_eq(&'<')?);
                while let Some(c) = self.chars.next_if(char::is_ascii_alphanumeric) {
                    self.out.push(c);
                }
                self.out.push(self.chars.next_if_eq(&'>')?);
            }
            Escape::Other(digit) => {
                let mut group = digit.to_digit(10)? as usize;
                // further digits belong to it as long as there are so many groups
                while let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(10)) {
                    let longer = group.saturating_mul(10).saturating_add(digit as usize);
                    if longer > self.groups {
                        break;
                    }
                    group = longer;
                    self.chars.next();
                }
                (group <= self.groups).then_some(())?;
                self.around(&format!(r"(?:\{group})"));
            }
        }
        Some(())
    }

    fn class(&mut self, depth: usize) -> Option<()> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.out.push('[');
        if self.chars.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let c = self.chars.next()?;
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
                    Escape::Other(_) => return None,
                },
                c => self.member(c)?,
            }
            first = false;
        }
        self.out.push(']');
        Some(())
    }

    /// A character of a class, and the end of the range that it starts, if it does.
    fn member(&mut self, c: char) -> Option<()> {
        literal(c, &mut self.out);
        let mut ahead = self.chars.clone();
        if ahead.next() != Some('-') || matches!(ahead.peek(), None | Some(']' | '[')) {
            if c == ':' {
                // `[[:alpha:]]` is a class of these letters in a class, and no name of others: `fancy-regex` takes it for none of a range
                self.out.push_str("-:");
            }
            return Some(());
        }
        self.chars.next();
        let last = match self.chars.next()? {
            '\\' => match self.escaped()? {
                Escape::Char(c) => c,
                Escape::Class(..) | Escape::Quoted(_) | Escape::Other(_) => return None,
            },
            c => c,
        };
        self.out.push('-');
        literal(last, &mut self.out);
        Some(())
    }

    /// What follows a backslash.
    fn escaped(&mut self) -> Option<Escape> {
        let class = |members: &str, others: bool| Escape::Class(members.to_owned(), others);
        let c = self.chars.next()?;
        let unicode = self.flags.unicode;
        Some(match c {
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
            'c' => Escape::Char(char::from_u32(u32::from(self.chars.next()?) ^ 64)?),
            '0' => Escape::Char(self.octal()?),
            'x' if self.chars.next_if_eq(&'{').is_some() => {
                let mut code = 0_u32;
                while self.chars.next_if_eq(&'}').is_none() {
                    code = code.checked_mul(16)?.checked_add(self.chars.next()?.to_digit(16)?)?;
                }
                Escape::Char(char::from_u32(code)?)
            }
            'x' => Escape::Char(char::from_u32(self.hexadecimal(2)?)?),
            'u' => {
                let unit = self.hexadecimal(4)?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return Some(Escape::Char(char::from_u32(unit)?));
                }
                (self.chars.next()? == '\\' && self.chars.next()? == 'u').then_some(())?;
                let low = self.hexadecimal(4)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                Escape::Char(char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + low)?)
            }
            'A' | 'z' | 'Z' | 'G' | 'b' | 'B' | 'R' | 'k' | '1'..='9' => Escape::Other(c),
            c if c.is_ascii_alphabetic() => return None,
            c => Escape::Char(c),
        })
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        (0..digits).try_fold(0, |code: u32, _| Some(code * 16 + self.chars.next()?.to_digit(16)?))
    }

    fn octal(&mut self) -> Option<char> {
        let mut code = self.chars.next()?.to_digit(8)?;
        for _ in 0..2 {
            let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(8)) else { break };
            if code * 8 + digit > 0o377 {
                break;
            }
            code = code * 8 + digit;
            self.chars.next();
        }
        char::from_u32(code)
    }

    /// The name behind `\p`, as members of a class.
    fn property(&mut self) -> Option<String> {
        let first = self.chars.next()?;
        if first != '{' {
            return first.is_ascii_alphabetic().then(|| format!(r"\p{{{first}}}"));
        }
        let mut name = String::new();
        while let Some(c) = self.chars.next_if(|c| *c != '}') {
            name.push(c);
        }
        self.chars.next_if_eq(&'}')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '=' | ' ' | '-');
        (!name.is_empty() && name.chars().all(plain)).then_some(())?;
        Some(match name.as_str() {
            "Space" => SPACE.to_owned(),
            "javaWhitespace" => r"\s".to_owned(),
            "javaLowerCase" => r"\p{Lowercase}".to_owned(),
            "javaUpperCase" => r"\p{Uppercase}".to_owned(),
            "Lower" | "Upper" | "ASCII" | "Alpha" | "Digit" | "Alnum" | "Punct" | "Graph" | "Print" | "Blank"
            | "Cntrl" | "XDigit" => format!("[:{}:]", name.to_ascii_lowercase()),
            // blocks
            name if name.starts_with("In") => return None,
            name => format!(r"\p{{{}}}", name.strip_prefix("Is").unwrap_or(name)),
        })
    }
}
