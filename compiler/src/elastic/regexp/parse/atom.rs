//! The smallest parts: characters, classes, quoted texts, intervals and groups.

use std::ops::Range;

use super::{Parser, Part, Step};
use crate::diagnostic::shortened;
use crate::elastic::regexp::ast::{Interval, Kind, Member, Node, Predefined};
use crate::elastic::regexp::lint::Lint;

impl Parser<'_, '_> {
    pub(super) fn atom(&mut self) -> Step<Part> {
        let start = self.at;
        let Some(c) = self.bump() else { return self.nothing_follows() };
        let kind = match c {
            '[' => return self.class(start),
            '(' => return self.group(start),
            '"' => self.quoted(start)?,
            '<' => self.interval(start)?,
            '\\' => self.escape(start)?,
            '.' => Kind::AnyChar,
            '@' => {
                let behind = self.rest();
                let before = self.text.get(..start).unwrap_or_default();
                // in `@&~(..)` it is meant
                let last = matches!(self.peek(), None | Some(')'));
                let meant = behind.starts_with('&') || (before.ends_with('&') && last);
                if !meant {
                    self.lints.add(Lint::AnyString, start..self.at);
                }
                Kind::AnyString
            }
            '#' => {
                self.lints.add(Lint::Empty, start..self.at);
                Kind::Empty
            }
            '|' | '&' | ')' | '?' | '*' | '+' | '{' => {
                self.plain(c, start);
                Kind::Char(c)
            }
            '^' => {
                let before = self.text.get(..start).unwrap_or_default();
                if before.is_empty() || before.ends_with(['(', '|', '&']) {
                    self.lints.add(Lint::Start, start..self.at);
                }
                Kind::Char(c)
            }
            '$' => {
                if matches!(self.peek(), None | Some(')' | '|' | '&')) {
                    self.lints.add(Lint::End, start..self.at);
                }
                Kind::Char(c)
            }
            _ => Kind::Char(c),
        };
        Ok(Part::flat(kind, start..self.at))
    }

    /// An operator stands where something to match is expected.
    fn plain(&mut self, c: char, start: usize) {
        let opened = self.text.get(..start).is_some_and(|before| before.ends_with('('));
        match c {
            '?' if opened => {
                let next = self.peek().map_or(0, char::len_utf8);
                self.lints.add(Lint::GroupFlags, start - 1..self.at + next);
            }
            ')' => {
                self.plain_close = Some(start..self.at);
                self.lints.add(Lint::Plain(c), start..self.at);
            }
            _ => self.lints.add(Lint::Plain(c), start..self.at),
        }
    }

    /// The expression ends where something to match is expected.
    fn nothing_follows(&mut self) -> Step<Part> {
        let before = self.text.get(..self.at).and_then(|before| before.chars().next_back());
        let at = self.at - before.map_or(0, char::len_utf8)..self.at;
        self.lints.forget(&at);
        match before {
            Some('|') => self.fatal(
                at,
                "nothing follows this `|`",
                r"to match the empty text, write `()`: `a|()`; or escape it: `\|`",
            ),
            Some('(') => self.unclosed_group(at.start),
            operator => {
                let operator = operator.unwrap_or_default();
                let message = format!("nothing follows this `{operator}`");
                self.fatal(at, message, format!(r"if the character is meant, escape it: `\{operator}`"))
            }
        }
    }

    /// `(a)` or `()`, behind its `(`.
    fn group(&mut self, start: usize) -> Step<Part> {
        if self.eat(')') {
            return Ok(Part::flat(Kind::Group(None), start..self.at));
        }
        let inner = self.deeper(start..self.at, Self::union)?;
        if !self.eat(')') {
            return self.unclosed_group(start);
        }
        let kind = Kind::Group(Some(Box::new(inner.node)));
        Ok(Part { node: Node { kind, at: start..self.at }, depth: inner.depth + 1 })
    }

    fn unclosed_group(&mut self, start: usize) -> Step<Part> {
        let close = self.plain_close.clone().filter(|close| close.start > start);
        match close.and_then(|close| Some((self.text.get(..close.start)?.chars().next_back()?, close))) {
            Some((before, close)) => {
                self.lints.forget(&close);
                self.fatal(
                    close,
                    format!("`)` right behind `{before}` is the plain character, and does not close the group"),
                    "to match the empty text, write `()`: `(a|())`, or make the group optional: `(a)?`",
                )
            }
            None => self.fatal(
                start..start + 1,
                "this parenthesis is never closed",
                r"add `)` where the group ends; if the character is meant, escape it: `\(`",
            ),
        }
    }

    /// `"text"`, behind its first quote.
    fn quoted(&mut self, start: usize) -> Step<Kind> {
        let Some(end) = self.rest().find('"') else {
            self.error(start..self.at, "this quote is never closed", "if the character is meant, escape it: `\\\"`")?;
            return Ok(Kind::Char('"'));
        };
        let text = self.rest().get(..end).unwrap_or_default().to_owned();
        self.at += end + 1;
        self.lints.add(Lint::Quoted, start..self.at);
        Ok(Kind::Quoted(text))
    }

    /// `<n-m>`, behind its `<`.
    fn interval(&mut self, start: usize) -> Step<Kind> {
        const HELP: &str =
            r"`<` begins an interval of numbers, as in `<1-100>`; if the character is meant, escape it: `\<`";
        let Some(end) = self.rest().find('>') else {
            self.error(start..self.at, "this `<` is never closed by `>`", HELP)?;
            return Ok(Kind::Char('<'));
        };
        let inside = self.rest().get(..end).unwrap_or_default();
        let bounds = inside.split_once('-');
        let parsed = bounds.and_then(|(from, to)| {
            let bound = |text: &str| {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                // Lucene holds them as signed numbers of 32 bits
                text.parse().ok().filter(|bound| digits && i32::try_from(*bound).is_ok())
            };
            let digits = (from.len() == to.len()).then_some(from.len());
            Some(Interval { from: bound(from)?, to: bound(to)?, digits })
        });
        let numeric = inside.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let named = !inside.contains('-');
        let whole = start..self.at + end + 1;
        self.at = whole.end;
        if let Some(interval) = parsed {
            return Ok(Kind::Interval(interval));
        }
        let shown = shortened(self.text.get(whole.clone()).unwrap_or_default());
        let message = match bounds {
            _ if named => format!("`{shown}` names an automaton, and there are none"),
            Some((from, to)) if numeric && !from.is_empty() && !to.is_empty() && !to.contains('-') => {
                format!("a bound of `{shown}` is above {}", i32::MAX)
            }
            _ => format!("`{shown}` is not an interval of numbers"),
        };
        self.error(whole, message, HELP)?;
        Ok(Kind::Empty)
    }

    /// What stands behind a backslash, outside of brackets.
    fn escape(&mut self, start: usize) -> Step<Kind> {
        let Some(c) = self.bump() else {
            return self.fatal(
                start..self.at,
                "the expression ends with a backslash",
                r"for the character, write `\\`",
            );
        };
        if let Some(class) = Predefined::from_letter(c) {
            return Ok(Kind::Predefined(class));
        }
        self.check_escape(c, start..self.at)?;
        if c.is_ascii_digit() && c != '0' {
            self.lints.add(Lint::BackReference, start..self.at);
        }
        Ok(Kind::Char(c))
    }

    /// Letters must not be escaped.
    fn check_escape(&mut self, c: char, at: Range<usize>) -> Step<()> {
        if !c.is_ascii_alphabetic() {
            return Ok(());
        }
        let help = match c {
            'n' | 'r' | 't' | 'f' | 'a' | 'e' | 'v' => {
                "write the character itself, by an escape of the text around the expression; `\\s` is any white space"
                    .to_owned()
            }
            'x' | 'u' | 'U' => "write the character itself, by an escape of the text around the expression".to_owned(),
            'b' | 'B' => "there are no word boundaries; say which characters may stand there".to_owned(),
            'A' | 'z' | 'Z' | 'G' => "remove it: an expression always matches the whole value".to_owned(),
            'p' | 'P' | 'h' | 'H' | 'R' | 'X' | 'N' => "write the characters as a class: `[a-z]`".to_owned(),
            'Q' | 'E' => "put what is to be read as it stands between quotes: `\"a.b\"`".to_owned(),
            _ => format!(
                r"write `{c}`, or `\\{c}` for a backslash and the letter; letters with a meaning are d, D, s, S, w, W"
            ),
        };
        self.error(at, format!(r"`\{c}` has no meaning in Lucene's dialect"), help)
    }

    /// `[a-z]` or `[^a-z]`, behind its `[`.
    fn class(&mut self, start: usize) -> Step<Part> {
        let negated = self.eat('^');
        let first = self.at;
        let mut members = Vec::new();
        loop {
            let at = self.at;
            let Some(member) = self.member(at)? else { break };
            members.push(member);
            match self.peek() {
                Some(']') => {
                    self.at += 1;
                    return Ok(Part::flat(Kind::Class { negated, members }, start..self.at));
                }
                Some(_) => {}
                None => break,
            }
        }
        let help = match members.iter().find(|member| matches!(member, Member::Range(_, ']'))) {
            Some(_) => r"`-]` makes a range up to `]`; escape the hyphen: `\-]`",
            _ if self.text.get(first..).is_some_and(|inside| inside.starts_with(']')) => {
                r"`]` right behind `[` is a member; a class cannot be empty"
            }
            _ => r"add `]` where the class ends; if the character is meant, escape it: `\[`",
        };
        self.fatal(start..start + 1, "this bracket is never closed", help)
    }

    /// Whether `:alpha:]` or the like is next.
    fn is_posix_class(&self) -> bool {
        let name = self.rest().strip_prefix(':').unwrap_or_default();
        let behind = name.trim_start_matches(|c: char| c.is_ascii_lowercase());
        behind.len() < name.len() && behind.starts_with(":]")
    }

    /// A member of a class; `None` at the end of the expression.
    fn member(&mut self, start: usize) -> Step<Option<Member>> {
        let Some(c) = self.bump() else { return Ok(None) };
        if c == '\\' {
            let Some(c) = self.bump() else { return Ok(None) };
            if let Some(class) = Predefined::from_letter(c) {
                return Ok(Some(Member::Predefined(class)));
            }
            self.check_escape(c, start..self.at)?;
            let mut behind = self.rest().chars();
            if behind.next() == Some('-')
                && let Some(end) = behind.next().filter(|end| *end != ']')
            {
                self.lints.add(Lint::EscapedRange, start..self.at + 1 + end.len_utf8());
            }
            return Ok(Some(Member::Char(c)));
        }
        if c == '[' && self.is_posix_class() {
            self.lints.add(Lint::Posix, start..self.at + 1);
        }
        if !self.eat('-') {
            return Ok(Some(Member::Char(c)));
        }
        let to = match self.bump() {
            // any character may be escaped here, letters too
            Some('\\') => self.bump(),
            to => to,
        };
        let Some(to) = to else { return Ok(None) };
        if to < c {
            let range = self.text.get(start..self.at).unwrap_or_default();
            let message = format!("the range `{range}` is out of order");
            let help = if to == ']' {
                r"`-]` makes a range up to `]`; escape the hyphen: `\-]`"
            } else {
                r"write the smaller character first; if the hyphen is meant, escape it: `\-`"
            };
            self.error(start..self.at, message, help)?;
            if to == ']' {
                // what was meant to close the class closes it
                self.at -= 1;
            }
            return Ok(Some(Member::Char(c)));
        }
        Ok(Some(Member::Range(c, to)))
    }
}
