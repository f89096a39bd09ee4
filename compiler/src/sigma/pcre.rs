//! Regular expressions in the dialect of PCRE, which the specification names, written for the `regex` and `fancy-regex` crates.
//!
//! The dialects agree on nearly everything that rules use. What differs is mended here: what is a plain character in PCRE and syntax in Rust (`\<`, `[` and `&&` in classes, a `{` that
//! begins no quantifier), what is an escape in PCRE only (`\h`, `\e`, `\R`), and ends of texts: `$` and `\Z` also stand before a final newline. What has no counterpart is a fault.
//!
//! Pipelines use the dialect of Python, which differs in a few escapes.

use std::collections::BTreeSet;

mod class;
#[cfg(test)]
mod tests;

/// Whose expressions are these?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Those of rules.
    Pcre,
    /// Those of pipelines.
    Python,
}

/// An expression in the syntax of both crates, or of `fancy-regex` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Translation {
    /// The expression.
    pub(crate) pattern: String,
    /// What of it only a backtracking engine can run.
    pub(crate) needs: BTreeSet<&'static str>,
}

/// Why an expression cannot be translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

fn fault<T>(message: impl Into<String>, help: &'static str) -> Result<T, Fault> {
    Err(Fault { message: message.into(), help })
}

/// Translates an expression; `multi_line` is the flag `m`.
pub(crate) fn translate(pattern: &str, multi_line: bool, dialect: Dialect) -> Result<Translation, Fault> {
    let mode = Mode { lines: multi_line, verbose: false };
    let mut work = Work {
        rest: pattern,
        out: String::with_capacity(pattern.len() + 16),
        needs: BTreeSet::new(),
        mode,
        outer: Vec::new(),
        is_quantified: false,
        dialect,
    };
    while let Some(c) = work.rest.chars().next() {
        work.part(c)?;
    }
    Ok(Translation { pattern: work.out, needs: work.needs })
}

const LOOK_AROUND: &str = "look-around";
const BACK_REFERENCES: &str = "back references";
const ATOMIC: &str = "atomic groups";
const POSSESSIVE: &str = "possessive quantifiers";
const RECURSION: &str = "recursion";
const CONDITIONS: &str = "conditional groups";
const LINE_BREAKS: &str = "`\\R`";

/// Members of a class: horizontal and vertical space.
const HORIZONTAL: &str = r"\t\p{Zs}\x{180E}";
const VERTICAL: &str = r"\n\x0B\x0C\r\x{85}\x{2028}\x{2029}";

/// Flags that change how an expression is read.
#[derive(Clone, Copy)]
struct Mode {
    /// `m`: `$` stands at the end of each line.
    lines: bool,
    /// `x`: white space and comments do not count.
    verbose: bool,
}

struct Work<'p> {
    rest: &'p str,
    out: String,
    needs: BTreeSet<&'static str>,
    mode: Mode,
    /// The modes around open groups.
    outer: Vec<Mode>,
    /// Whether a quantifier stands right before.
    is_quantified: bool,
    dialect: Dialect,
}

impl Work<'_> {
    fn part(&mut self, c: char) -> Result<(), Fault> {
        if matches!(c, '*' | '+' | '?' | '{') {
            return self.quantifier();
        }
        if !(self.mode.verbose && c.is_whitespace()) {
            self.is_quantified = false;
        }
        match c {
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => self.group()?,
            ')' => {
                self.mode = self.outer.pop().unwrap_or(self.mode);
                self.copy(1);
            }
            '$' if !self.mode.lines => self.put(1, self.end()),
            '#' if self.mode.verbose => self.copy(self.rest.find('\n').unwrap_or(self.rest.len())),
            c => self.copy(c.len_utf8()),
        }
        Ok(())
    }

    /// Takes so many bytes as they are.
    fn copy(&mut self, len: usize) {
        let (copied, rest) = self.rest.split_at(len);
        self.out.push_str(copied);
        self.rest = rest;
    }

    /// Takes so many bytes and writes something else.
    fn put(&mut self, len: usize, instead: &str) {
        self.out.push_str(instead);
        self.rest = &self.rest[len..];
    }

    /// The end of the text, or before a newline at its end.
    fn end(&self) -> &'static str {
        match self.dialect {
            // what was found is asked of nobody, so the newline may be part of it; that keeps to the linear engine
            Dialect::Pcre => r"(?:\n?\z)",
            Dialect::Python => r"(?=\n?\z)",
        }
    }

    /// A character that is itself.
    fn literal(&mut self, c: char) {
        if self.mode.verbose && c.is_whitespace() {
            self.code(u32::from(c));
        } else {
            if regex_syntax::is_meta_character(c) {
                self.out.push('\\');
            }
            self.out.push(c);
        }
    }

    /// A character by its number.
    fn code(&mut self, code: u32) {
        self.out.push_str(&format!("\\x{{{code:X}}}"));
    }

    fn quantifier(&mut self) -> Result<(), Fault> {
        let len = if self.rest.starts_with('{') {
            match counted(self.rest) {
                Some(Counted { min, max: Some(max), .. }) if max < min => {
                    return fault(
                        format!("`{{{min},{max}}}` asks for at least {min} and at most {max}"),
                        "write the smaller number first",
                    );
                }
                Some(Counted { len, is_clear: true, .. }) => len,
                Some(Counted { len, .. }) if self.dialect == Dialect::Python && self.rest.starts_with("{,") => len,
                Some(Counted { len, .. }) => {
                    let braces = &self.rest[..len];
                    return fault(
                        format!("`{braces}` is a quantifier to newer engines, and plain text to older ones"),
                        "write it as `{0,3}`, or `\\{` for the character",
                    );
                }
                None => {
                    self.is_quantified = false;
                    self.put(1, "\\{");
                    return Ok(());
                }
            }
        } else {
            1
        };
        if self.is_quantified {
            let quantifier = &self.rest[..len];
            return fault(
                format!("`{quantifier}` stands behind another quantifier"),
                "put what is repeated into `(?:` and `)`",
            );
        }
        if self.rest.starts_with("{,") {
            self.put(2, "{0,");
            self.copy(len - 2);
        } else {
            self.copy(len);
        }
        self.is_quantified = true;
        if self.rest.starts_with('?') {
            self.copy(1);
        } else if self.rest.starts_with('+') {
            self.needs.insert(POSSESSIVE);
            self.copy(1);
        }
        Ok(())
    }

    /// Something behind a backslash, outside of classes.
    fn escape(&mut self) -> Result<(), Fault> {
        let Some(c) = self.rest[1..].chars().next() else {
            return fault("ends with a backslash", "write `\\\\` for the character");
        };
        match c {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'b' | 'B' | 'A' => self.copy(2),
            'Z' => match self.dialect {
                Dialect::Pcre => self.put(2, self.end()),
                Dialect::Python => self.put(2, r"\z"),
            },
            '1'..='9' => self.number(),
            'h' | 'H' | 'V' | 'N' | 'R' | 'K' | 'G' | 'Q' | 'E' | 'e' | 'c' | 'g' | 'k' | 'p' | 'P' | 'z'
                if self.dialect == Dialect::Python =>
            {
                return fault(format!("`\\{c}` is no escape"), "remove the backslash, if the letter is meant");
            }
            'z' => self.copy(2),
            'h' => self.put(2, &format!("[{HORIZONTAL}]")),
            'H' => self.put(2, &format!("[^{HORIZONTAL}]")),
            'v' if self.dialect == Dialect::Pcre => self.put(2, &format!("[{VERTICAL}]")),
            'V' => self.put(2, &format!("[^{VERTICAL}]")),
            'N' => self.put(2, r"[^\n]"),
            'R' => {
                // both characters of `\r\n` or neither
                self.needs.insert(LINE_BREAKS);
                self.put(2, &format!("(?>\\r\\n|[{VERTICAL}])"));
            }
            // where the match starts is asked of nobody
            'K' => self.put(2, "(?:)"),
            'G' => self.put(2, r"\A"),
            'Q' => {
                let quoted = &self.rest[2..];
                let end = quoted.find("\\E").unwrap_or(quoted.len());
                for c in quoted[..end].chars() {
                    self.literal(c);
                }
                self.rest = quoted.get(end + 2..).unwrap_or_default();
            }
            'E' => self.put(2, ""),
            'g' | 'k' => self.reference(c)?,
            c => self.character(c)?,
        }
        Ok(())
    }

    /// An escape that stands for one character or a class of them, in classes and outside.
    fn character(&mut self, c: char) -> Result<(), Fault> {
        match c {
            't' | 'n' | 'r' | 'f' | 'a' | 'v' => self.copy(2),
            'e' => self.put(2, r"\x1B"),
            'p' | 'P' => self.copy(property(self.rest)?),
            'x' => self.hex(2)?,
            'u' => self.hex(4)?,
            'U' => self.hex(8)?,
            '0' => self.octal(),
            'c' => match self.rest[2..].chars().next() {
                Some(key) if key.is_ascii_graphic() => {
                    self.code(u32::from(key.to_ascii_uppercase()) ^ 0x40);
                    self.rest = &self.rest[3..];
                }
                _ => return fault("`\\c` without its character", "write `\\cA`, or `\\x01`"),
            },
            c if c.is_ascii_alphanumeric() => {
                return fault(format!("`\\{c}` is no escape"), "remove the backslash, if the letter is meant");
            }
            // word boundaries to the `regex` crate; of others it takes ASCII only
            c if matches!(c, '<' | '>') || !c.is_ascii() => {
                self.rest = &self.rest[1 + c.len_utf8()..];
                self.literal(c);
            }
            _ => self.copy(2),
        }
        Ok(())
    }

    /// `\x41`, `\x{41}` and longer ones.
    fn hex(&mut self, digits: usize) -> Result<(), Fault> {
        let number = &self.rest[2..];
        if let Some(end) = number.strip_prefix('{').and_then(|inside| inside.find('}')) {
            self.copy(2 + end + 2);
        } else if number.bytes().take(digits).filter(u8::is_ascii_hexdigit).count() == digits {
            self.copy(2 + digits);
        } else {
            let name = &self.rest[..2];
            return fault(
                format!("`{name}` without its {digits} hexadecimal digits"),
                "write it as `\\x41` or `\\x{1F600}`",
            );
        }
        Ok(())
    }

    /// A character by up to three octal digits.
    fn octal(&mut self) {
        let digits = self.rest[1..].bytes().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
        self.code(u32::from_str_radix(&self.rest[1..=digits], 8).unwrap_or_default());
        self.rest = &self.rest[1 + digits..];
    }

    /// A back reference by number; nobody has a hundred groups, so longer numbers are characters.
    fn number(&mut self) {
        let digits = self.rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        if digits >= 3 && self.rest[1..4].bytes().all(|digit| digit < b'8') {
            return self.octal();
        }
        self.needs.insert(BACK_REFERENCES);
        self.copy(1 + digits);
    }

    /// `\g1`, `\g{-1}`, `\k<name>`: back references; `\g<name>`: a group once more.
    fn reference(&mut self, letter: char) -> Result<(), Fault> {
        let after = &self.rest[2..];
        let closing = match after.chars().next() {
            Some('{') => Some('}'),
            Some('<') => Some('>'),
            Some('\'') => Some('\''),
            _ => None,
        };
        let inside = closing.and_then(|closing| after[1..].split_once(closing)).map(|(inside, _)| inside);
        let (name, len) = match inside {
            Some(inside) => (inside, inside.len() + 2),
            None if letter == 'g' => {
                let sign = usize::from(after.starts_with('-'));
                let len = sign + after[sign..].bytes().take_while(u8::is_ascii_digit).count();
                (&after[..len], len)
            }
            None => ("", 0),
        };
        if name.is_empty() {
            return fault(format!("`\\{letter}` without a group"), "write it as `\\g{1}` or `\\k<name>`");
        }
        let calls = letter == 'g' && closing.is_some_and(|closing| closing != '}');
        self.needs.insert(if calls { RECURSION } else { BACK_REFERENCES });
        self.put(2 + len, &if calls { format!("\\g<{name}>") } else { format!("\\k<{name}>") });
        Ok(())
    }

    /// What starts with `(`.
    fn group(&mut self) -> Result<(), Fault> {
        let outer = self.mode;
        let Some(after) = self.rest.strip_prefix("(?") else {
            if self.rest.starts_with("(*") {
                return fault("`(*` begins a verb of PCRE, which has no meaning here", "write `\\(` for the character");
            }
            self.outer.push(outer);
            self.copy(1);
            return Ok(());
        };
        let until = |mark: char| after.find(mark).map(|at| &after[..at]);
        let need = |work: &mut Self, len: usize, what: &'static str| {
            work.needs.insert(what);
            work.outer.push(outer);
            work.copy(len);
        };
        match after.chars().next() {
            Some('#') => match until(')') {
                Some(comment) => self.put(2 + comment.len() + 1, ""),
                None => return fault("a comment that is not closed", "add `)`"),
            },
            Some('=' | '!') => need(self, 3, LOOK_AROUND),
            Some('<') if after.starts_with("<=") || after.starts_with("<!") => need(self, 4, LOOK_AROUND),
            Some('>') => need(self, 3, ATOMIC),
            Some('(') => {
                // a number or a name in parentheses; look-around stands for itself
                let condition = until(')').filter(|_| !after.starts_with("(?")).map_or(0, |text| text.len() + 1);
                need(self, 2 + condition, CONDITIONS);
            }
            Some('\'') => match after[1..].split_once('\'') {
                Some((name, _)) => {
                    self.outer.push(outer);
                    self.put(name.len() + 4, &format!("(?<{name}>"));
                }
                None => return fault("a name of a group that is not closed", "write it as `(?<name>..)`"),
            },
            Some('<' | 'P') if after.starts_with('<') || after.starts_with("P<") => {
                self.outer.push(outer);
                self.copy(2 + until('>').map_or(1, |name| name.len() + 1));
            }
            Some('P' | '&' | 'R' | '0'..='9' | '+') => return self.call(after),
            Some('-') if after[1..].starts_with(|c: char| c.is_ascii_digit()) => return self.call(after),
            _ => return self.flags(after),
        }
        Ok(())
    }

    /// `(?P=name)` is a back reference, `(?1)`, `(?R)`, `(?&name)` and `(?P>name)` are groups once more.
    fn call(&mut self, after: &str) -> Result<(), Fault> {
        let Some((inside, _)) = after.split_once(')') else { return fault("a group that is not closed", "add `)`") };
        let text = if let Some(name) = inside.strip_prefix("P=") {
            self.needs.insert(BACK_REFERENCES);
            format!("\\k<{name}>")
        } else {
            self.needs.insert(RECURSION);
            let name = inside.strip_prefix("P>").or_else(|| inside.strip_prefix('&')).unwrap_or(inside);
            format!("\\g<{}>", if name == "R" { "0" } else { name })
        };
        self.put(2 + inside.len() + 1, &text);
        Ok(())
    }

    /// `(?flags)`, `(?flags:..)` and `(?:..)`.
    fn flags(&mut self, after: &str) -> Result<(), Fault> {
        let len = after.bytes().take_while(|byte| matches!(byte, b'i' | b'm' | b's' | b'x' | b'U' | b'-')).count();
        let (on, off) = after[..len].split_once('-').unwrap_or((&after[..len], ""));
        let mut mode = self.mode;
        for (flags, is_on) in [(on, true), (off, false)] {
            if flags.contains('m') {
                mode.lines = is_on;
            }
            if flags.contains('x') {
                mode.verbose = is_on;
            }
        }
        match after[len..].chars().next() {
            Some(':') => self.outer.push(std::mem::replace(&mut self.mode, mode)),
            Some(')') => self.mode = mode,
            Some(c) => {
                return fault(
                    format!("`(?{}{c}` begins no group that is known here", &after[..len]),
                    "flags are `i`, `m`, `s`, `x` and `U`; write `\\(` for the character",
                );
            }
            None => return fault("a group that is not closed", "add `)`"),
        }
        self.copy(2 + len + 1);
        Ok(())
    }
}

/// A quantifier in braces.
struct Counted {
    len: usize,
    min: u64,
    max: Option<u64>,
    /// All engines take it for one.
    is_clear: bool,
}

/// The quantifier that a text begins with: `{2}`, `{2,}`, `{2,3}`; newer engines also know `{,3}` and spaces inside.
fn counted(text: &str) -> Option<Counted> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let number = |text: &str| -> Option<Option<u64>> {
        match text.trim_matches([' ', '\t']) {
            "" => Some(None),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(Some(digits.parse().unwrap_or(u64::MAX)))
            }
            _ => None,
        }
    };
    let (min, max) = match inside.split_once(',') {
        Some((min, max)) => (number(min)?, number(max)?),
        None => (number(inside)?, number(inside)?),
    };
    if min.is_none() && max.is_none() {
        return None;
    }
    let is_clear = min.is_some() && !inside.contains([' ', '\t']);
    Some(Counted { len: inside.len() + 2, min: min.unwrap_or(0), max, is_clear })
}

/// How long `\pL` or `\p{Letter}` is.
fn property(text: &str) -> Result<usize, Fault> {
    let name = text[2..].chars().next();
    let len = match name {
        Some('{') => text.find('}').map(|at| at + 1),
        name => name.map(|name| 2 + name.len_utf8()),
    };
    len.map_or_else(|| fault("`\\p` without a property", "write it as `\\p{L}`"), Ok)
}
