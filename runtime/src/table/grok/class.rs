//! Character classes of Oniguruma: `[a-z&&[^b]]`, `[[:alpha:]]`, `\h`.

use super::translate::{Cursor, push_escaped};
use crate::table::pattern::PatternError;

/// A set of characters that a class or an escape stands for: members of a class of the `regex` crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Set {
    members: &'static str,
    negated: bool,
}

impl Set {
    /// As a class of its own.
    pub(super) fn push_to(self, out: &mut String) {
        out.push_str(if self.negated { "[^" } else { "[" });
        out.push_str(self.members);
        out.push(']');
    }

    /// `\w`, `\D`, ..: ASCII in Ruby's syntax, which Elasticsearch uses; `\h` is a hexadecimal digit.
    pub(super) fn of_escape(letter: char) -> Option<Self> {
        let members = match letter.to_ascii_lowercase() {
            'w' => "0-9A-Za-z_",
            'd' => "0-9",
            's' => r"\x09-\x0D\x20",
            'h' => "0-9A-Fa-f",
            _ => return None,
        };
        Some(Self { members, negated: letter.is_ascii_uppercase() })
    }

    /// `[:alpha:]` and `\p{Alpha}`: all of Unicode.
    fn named(name: &str) -> Option<Self> {
        let (name, negated) = match name.strip_prefix('^') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let members = match name.to_ascii_lowercase().as_str() {
            "alnum" => r"\p{Alphabetic}\p{Nd}",
            "alpha" => r"\p{Alphabetic}",
            "ascii" => r"\x00-\x7F",
            "blank" => r"\x09\p{Zs}",
            "cntrl" => r"\p{Cc}",
            "digit" => r"\p{Nd}",
            "graph" => r"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Co}",
            "lower" => r"\p{Lowercase}",
            "print" => r"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Co}\p{Zs}",
            "punct" => r"\p{P}\x24\x2B\x3C-\x3E\x5E\x60\x7C\x7E",
            "space" => r"\p{White_Space}",
            "upper" => r"\p{Uppercase}",
            "word" => r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}",
            "xdigit" => "0-9A-Fa-f",
            _ => return None,
        };
        Some(Self { members, negated })
    }
}

/// What one item of a class is.
enum Item {
    Char(char),
    /// Already written to the output.
    Set,
}

/// Translates a class, whose `[` was read and stands at `open`.
pub(super) fn translate(
    cursor: &mut Cursor<'_>,
    open: usize,
    out: &mut String,
    depth: usize,
) -> Result<(), PatternError> {
    if depth == 0 {
        return Err(PatternError::new(open, "the expression is nested too deeply"));
    }
    out.push('[');
    if cursor.eat('^') {
        out.push('^');
    }
    let unclosed = || {
        PatternError::new(open, "a class of characters is not closed")
            .help("write `]` behind it, and `\\[` for the character")
    };
    let mut is_first = true;
    loop {
        let place = cursor.place();
        let Some(c) = cursor.next() else { return Err(unclosed()) };
        let item = match c {
            // `[]a]`: the first bracket is a character, if another one closes the class
            ']' if is_first && cursor.rest().contains(']') => Item::Char(']'),
            ']' if is_first => {
                return Err(
                    PatternError::new(place, "a class of characters is empty").help("write what it holds, or `\\[`")
                );
            }
            ']' => break,
            '[' if cursor.rest().starts_with(':') && posix(cursor, out)? => Item::Set,
            '[' => {
                translate(cursor, place, out, depth.saturating_sub(1))?;
                Item::Set
            }
            '&' if cursor.eat('&') => {
                out.push_str("&&");
                Item::Set
            }
            '\\' => escape(cursor, out)?,
            '%' if is_reference(cursor.rest()) => {
                return Err(PatternError::new(place, "a pattern stands inside a class of characters")
                    .help("write its characters"));
            }
            c => Item::Char(c),
        };
        is_first = false;
        let Item::Char(from) = item else { continue };
        push_escaped(out, from);
        // `a-z`, but not `a-]`, `a-[..]` and `a-\d`
        let mut ahead = cursor.clone();
        if !ahead.eat('-') {
            continue;
        }
        let to = match ahead.next() {
            None => return Err(unclosed()),
            Some(']' | '[') => continue,
            Some('\\') => match escape(&mut ahead, &mut String::new())? {
                Item::Char(to) => to,
                Item::Set => continue,
            },
            Some(to) => to,
        };
        if to < from {
            return Err(PatternError::new(place, format!("the range `{from}-{to}` is empty"))
                .help("write the smaller character first"));
        }
        out.push('-');
        push_escaped(out, to);
        *cursor = ahead;
    }
    out.push(']');
    Ok(())
}

/// Whether a whole `%{NAME..}` stands there, behind its `%`.
fn is_reference(rest: &str) -> bool {
    let name = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    name.is_some_and(|(name, _)| {
        let name = name.split(':').next().unwrap_or_default();
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// `[:name:]` whose `[` was read; false if it is none.
fn posix(cursor: &mut Cursor<'_>, out: &mut String) -> Result<bool, PatternError> {
    let Some((name, _)) = cursor.rest().strip_prefix(':').and_then(|rest| rest.split_once(":]")) else {
        return Ok(false);
    };
    if name.len() > 10 || !name.chars().all(|c| c == '^' || c.is_ascii_alphabetic()) {
        return Ok(false);
    }
    let Some(set) = Set::named(name) else {
        return Err(PatternError::new(cursor.place(), format!("`[:{name}:]` is no class of characters"))
            .help("classes are alnum, alpha, ascii, blank, cntrl, digit, graph, lower, print, punct, space, upper, word and xdigit"));
    };
    set.push_to(out);
    cursor.skip(name.len().saturating_add(3));
    Ok(true)
}

/// An escape in a class, whose backslash was read.
fn escape(cursor: &mut Cursor<'_>, out: &mut String) -> Result<Item, PatternError> {
    let place = cursor.place();
    let Some(letter) = cursor.rest().chars().next() else {
        return Err(
            PatternError::new(place, "the expression ends in a backslash").help("write `\\\\` for the character")
        );
    };
    if let Some(set) = Set::of_escape(letter) {
        cursor.next();
        set.push_to(out);
        return Ok(Item::Set);
    }
    match letter {
        'p' | 'P' if cursor.rest().get(1..).is_some_and(|rest| rest.starts_with('{')) => {
            cursor.next();
            property(cursor, letter == 'P', out)?;
            Ok(Item::Set)
        }
        'b' => {
            cursor.next();
            Ok(Item::Char('\u{8}'))
        }
        _ => character(cursor).map(Item::Char),
    }
}

/// `{Name}` of `\p{Name}`, as a class.
pub(super) fn property(cursor: &mut Cursor<'_>, negated: bool, out: &mut String) -> Result<(), PatternError> {
    let place = cursor.place();
    let Some((name, _)) = cursor.rest().strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
        return Err(PatternError::new(place, "a property is not closed").help("write `\\p{Alpha}`"));
    };
    let plain = name.strip_prefix('^').unwrap_or(name);
    if plain.is_empty()
        || plain.len() > 60
        || !plain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '-'))
    {
        return Err(PatternError::new(place, "a property has no name").help("write `\\p{Alpha}`"));
    }
    out.push_str(if negated { "[^" } else { "[" });
    if let Some(set) = Set::named(name) {
        set.push_to(out);
    } else {
        out.push_str(if name.starts_with('^') { r"\P{" } else { r"\p{" });
        out.push_str(plain);
        out.push('}');
    }
    out.push(']');
    cursor.skip(name.len().saturating_add(2));
    Ok(())
}

/// The character that an escape stands for, whose backslash was read; letters without a meaning stand for themselves.
pub(super) fn character(cursor: &mut Cursor<'_>) -> Result<char, PatternError> {
    let place = cursor.place();
    let wrong =
        || PatternError::new(place, "an escape names no character").help("write `\\x41`, `\\x{1F600}` or `\\u0041`");
    let from_hex = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    let Some(letter) = cursor.next() else {
        return Err(
            PatternError::new(place, "the expression ends in a backslash").help("write `\\\\` for the character")
        );
    };
    let c = match letter {
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'f' => '\u{C}',
        'v' => '\u{B}',
        'a' => '\u{7}',
        'e' => '\u{1B}',
        'x' if cursor.rest().starts_with('{') => {
            let digits =
                cursor.rest().strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
            let digits = digits
                .filter(|digits| digits.len() <= 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
                .ok_or_else(wrong)?;
            cursor.skip(digits.len().saturating_add(2));
            from_hex(digits).ok_or_else(wrong)?
        }
        'x' => cursor.take(2, |c| c.is_ascii_hexdigit()).and_then(from_hex).ok_or_else(wrong)?,
        'u' => cursor
            .take(4, |c| c.is_ascii_hexdigit())
            .filter(|digits| digits.len() == 4)
            .and_then(from_hex)
            .ok_or_else(wrong)?,
        '0' => {
            let digits = cursor.take(2, |c| c.is_digit(8)).unwrap_or("0");
            u32::from_str_radix(digits, 8).ok().and_then(char::from_u32).ok_or_else(wrong)?
        }
        'c' => {
            let key = cursor.next().filter(char::is_ascii).ok_or_else(wrong)?;
            char::from(u8::try_from(key).unwrap_or_default() & 0x1F)
        }
        other => other,
    };
    Ok(c)
}
