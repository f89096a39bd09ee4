//! Classes of characters. To the `regex` crate, `[`, `&&`, `--` and `~~` in a class make sets of it; in PCRE they are characters.

use super::{Dialect, Fault, HORIZONTAL, VERTICAL, Work, fault};

/// The classes that have names: `[[:alpha:]]`.
const NAMES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// What was read of a class.
enum Member {
    /// A character, which may begin or end a range.
    One,
    /// Several, or nothing.
    Set,
}

impl Work<'_> {
    /// A class, from its bracket to the other.
    pub(super) fn class(&mut self) -> Result<(), Fault> {
        if self.rest.starts_with("[[:<:]]") || self.rest.starts_with("[[:>:]]") {
            return fault(format!("`{}` is a word boundary to PCRE", &self.rest[..7]), "write `\\b`");
        }
        if let Some(len) = named(self.rest) {
            return fault(
                format!("`{}` stands outside of a class", &self.rest[..len]),
                "write it in brackets: `[[:alpha:]]`",
            );
        }
        self.copy(1);
        if self.rest.starts_with('^') {
            self.copy(1);
        }
        let mut is_first = true;
        loop {
            if self.rest.is_empty() {
                return fault("a class that is not closed: `]` is missing", "write `\\[` for the character");
            }
            if self.rest.starts_with(']') && !is_first {
                self.copy(1);
                return Ok(());
            }
            let start = self.out.len();
            let member = self.member(is_first)?;
            let is_range = self.rest.starts_with('-') && self.rest.len() > 1 && !self.rest.starts_with("-]");
            match member {
                Member::One if is_range => {
                    if matches!(&self.out[start..], "]" | "-") {
                        self.out.insert(start, '\\');
                    }
                    self.copy(1);
                    let start = self.out.len();
                    match self.member(false)? {
                        Member::One if &self.out[start..] == "-" => self.out.insert(start, '\\'),
                        Member::One => {}
                        Member::Set => {
                            return fault(
                                "a range in a class that does not end with a character",
                                "write `\\-` for the character",
                            );
                        }
                    }
                }
                // nothing can begin a range that is no character
                Member::Set if is_range => self.put(1, "\\-"),
                Member::One | Member::Set => {}
            }
            is_first = false;
        }
    }

    fn member(&mut self, is_first: bool) -> Result<Member, Fault> {
        let Some(c) = self.rest.chars().next() else { return Ok(Member::Set) };
        let next = self.rest[c.len_utf8()..].chars().next();
        match c {
            '\\' => return self.class_escape(),
            '[' => {
                if let Some(len) = named(self.rest) {
                    let name = self.rest[2..len - 2].trim_start_matches('^');
                    if !NAMES.contains(&name) {
                        return fault(format!("there is no class `[:{name}:]`"), "write `\\[` for the character");
                    }
                    self.copy(len);
                    return Ok(Member::Set);
                }
                if let Some(mark @ ('.' | '=')) = next
                    && self.rest[2..].contains(&format!("{mark}]"))
                {
                    return fault(
                        format!("`[{mark}` begins a collating element, which PCRE does not have either"),
                        "write `\\[` for the character",
                    );
                }
                self.put(1, "\\[");
            }
            '&' | '~' if next == Some(c) => {
                self.out.push('\\');
                self.copy(1);
            }
            // two of them are an operator, unless they come first
            '-' if next == Some('-') && !is_first => self.put(1, "\\-"),
            '-' if self.out.ends_with('-') => self.put(1, "\\-"),
            c if self.mode.verbose && (c.is_whitespace() || c == '#') => {
                self.rest = &self.rest[c.len_utf8()..];
                self.code(u32::from(c));
            }
            c => self.copy(c.len_utf8()),
        }
        Ok(Member::One)
    }

    fn class_escape(&mut self) -> Result<Member, Fault> {
        let Some(c) = self.rest[1..].chars().next() else {
            return fault("ends with a backslash", "write `\\\\` for the character");
        };
        match c {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => self.copy(2),
            'b' => {
                self.put(2, r"\x08");
                return Ok(Member::One);
            }
            '1'..='7' => {
                self.octal();
                return Ok(Member::One);
            }
            'h' | 'H' | 'V' | 'Q' | 'E' | 'e' | 'c' | 'p' | 'P' if self.dialect == Dialect::Python => {
                return fault(format!("`\\{c}` is no escape"), "remove the backslash, if the letter is meant");
            }
            'h' => self.put(2, HORIZONTAL),
            'H' => self.put(2, &format!("[^{HORIZONTAL}]")),
            'v' if self.dialect == Dialect::Pcre => self.put(2, VERTICAL),
            'V' => self.put(2, &format!("[^{VERTICAL}]")),
            'Q' => {
                let quoted = &self.rest[2..];
                let end = quoted.find("\\E").unwrap_or(quoted.len());
                for c in quoted[..end].chars() {
                    self.literal(c);
                }
                self.rest = quoted.get(end + 2..).unwrap_or_default();
            }
            'E' => self.put(2, ""),
            'p' | 'P' => self.character(c)?,
            'A' | 'B' | 'G' | 'K' | 'N' | 'R' | 'X' | 'Z' | 'z' | 'g' | 'k' => {
                return fault(format!("`\\{c}` has no meaning in a class"), "write it outside of the brackets");
            }
            c => {
                self.character(c)?;
                return Ok(Member::One);
            }
        }
        Ok(Member::Set)
    }
}

/// How long the name of a class is that a text begins with: `[:alpha:]`, `[:^alpha:]`.
fn named(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("[:")?;
    let name = inside.strip_prefix('^').unwrap_or(inside);
    let end = name.find(|c: char| !c.is_ascii_lowercase())?;
    (end > 0 && name[end..].starts_with(":]")).then_some(text.len() - name.len() + end + 2)
}
