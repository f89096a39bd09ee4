//! The parser: a descent along the grammar of Lucene's `RegExp` with all optional operators on.
//!
//! `|` binds least, then `&`, then what stands side by side, then `?`, `*`, `+` and `{n,m}`, then `~`. Where something to match is
//! expected, an operator is the plain character, as in Lucene; a warning tells.

mod atom;

use std::ops::Range;

use super::ast::{Kind, Node, Times};
use super::lint::{Lint, Lints};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::elastic::text::QueryText;

/// How deep an expression may be nested.
pub(super) const MAX_DEPTH: usize = 200;
/// How often something may be repeated by a count.
const MAX_COUNT: u32 = 1_000;
/// How many errors of one expression are told.
const MAX_ERRORS: usize = 20;

/// Parses an expression. `None` if it has an error.
pub(super) fn parse(pattern: &QueryText<'_>, lints: &mut Lints, diags: &mut Diagnostics) -> Option<Node> {
    let text = pattern.as_str();
    if text.is_empty() {
        return Some(Node { kind: Kind::Group(None), at: 0..0 });
    }
    let mut parser = Parser { text, pattern, at: 0, depth: 0, plain_close: None, errors: 0, lints, diags };
    let tree = parser.union().and_then(|tree| {
        if parser.at == text.len() {
            return Ok(tree);
        }
        let at = parser.at..parser.at + 1;
        let help = r"if the character is meant, escape it: `\)`; if not, remove it";
        parser.fatal(at, "this parenthesis was never opened", help)
    });
    let errors = parser.errors;
    tree.ok().filter(|_| errors == 0).map(|tree| tree.node)
}

/// A part, and how deep it is nested.
struct Part {
    node: Node,
    depth: usize,
}

impl Part {
    fn flat(kind: Kind, at: Range<usize>) -> Self {
        Self { node: Node { kind, at }, depth: 0 }
    }
}

/// An error was told, and the rest cannot be read.
struct Stop;

type Step<T> = Result<T, Stop>;

struct Parser<'p, 'd> {
    text: &'p str,
    pattern: &'p QueryText<'p>,
    at: usize,
    /// How many groups and complements are open.
    depth: usize,
    /// The last `)` that was read as the character.
    plain_close: Option<Range<usize>>,
    errors: usize,
    lints: &'d mut Lints,
    diags: &'d mut Diagnostics,
}

impl<'p> Parser<'p, '_> {
    fn rest(&self) -> &'p str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    /// `a&b|c`, up to a `)` or the end.
    fn union(&mut self) -> Step<Part> {
        let (mut union, mut intersection, mut sequence) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            sequence.push(self.repeated()?);
            match self.peek() {
                Some('&') => {
                    if !self.is_meant_intersection() {
                        self.lints.add(Lint::Intersection, self.at..self.at + 1);
                    }
                    self.at += 1;
                    intersection.extend(joined(&mut sequence, Kind::Concatenation));
                }
                Some('|') => {
                    self.at += 1;
                    intersection.extend(joined(&mut sequence, Kind::Concatenation));
                    union.extend(joined(&mut intersection, Kind::Intersection));
                }
                None | Some(')') => {
                    intersection.extend(joined(&mut sequence, Kind::Concatenation));
                    union.extend(joined(&mut intersection, Kind::Intersection));
                    return joined(&mut union, Kind::Union).ok_or(Stop);
                }
                Some(_) => {}
            }
        }
    }

    /// Whether the `&` here belongs to `@&~(..)` or the like, so that nobody means the character.
    fn is_meant_intersection(&self) -> bool {
        let before = self.text.get(..self.at).unwrap_or_default();
        let behind = self.text.get(self.at + 1..).unwrap_or_default();
        let any = before.ends_with('@') && !before.ends_with(r"\@");
        any || behind.starts_with("~(") || behind.starts_with("@&") || behind == "@" || behind.starts_with("@)")
    }

    /// `a*`, `a{2}?`
    fn repeated(&mut self) -> Step<Part> {
        let mut part = self.complement()?;
        while let Some(operator @ ('?' | '*' | '+' | '{')) = self.peek() {
            let start = self.at;
            self.at += 1;
            let times = match operator {
                '?' => Times::ZeroOrOne,
                '*' => Times::ZeroOrMore,
                '+' => Times::OneOrMore,
                _ => match self.counts(start)? {
                    Some(times) => times,
                    None => continue,
                },
            };
            if let (Times::ZeroOrOne, Kind::Repeat { times: before, .. }) = (times, &part.node.kind)
                && before.bounds().0 > 0
            {
                self.lints.add(Lint::Lazy, start..self.at);
            }
            if part.depth >= MAX_DEPTH {
                return self.too_deep(start..self.at);
            }
            let at = part.node.at.start..self.at;
            let kind = Kind::Repeat { inner: Box::new(part.node), times };
            part = Part { node: Node { kind, at }, depth: part.depth + 1 };
        }
        Ok(part)
    }

    /// `{n}`, `{n,}` or `{n,m}` behind its `{`; `None` if it has an error.
    fn counts(&mut self, start: usize) -> Step<Option<Times>> {
        const HELP: &str = r"write `{2}`, `{2,}` or `{2,5}`; if the character is meant, escape it: `\{`";
        let Some(from) = self.number() else {
            let message = "`{` is not followed by a number".to_owned();
            return self.error(start..self.at, message, HELP).map(|()| None);
        };
        let to = if self.eat(',') { self.number().map(Some) } else { Some(None) };
        if !self.eat('}') {
            return self.error(start..self.at, "this count is not closed by `}`".to_owned(), HELP).map(|()| None);
        }
        let times = match to {
            Some(Some(to)) => Times::Between(from, to),
            Some(None) => Times::Exactly(from),
            None => Times::AtLeast(from),
        };
        let (min, max) = times.bounds();
        if min.max(max.unwrap_or(0)) > MAX_COUNT {
            let message = format!("a count is above {MAX_COUNT}");
            return self
                .error(start..self.at, message, "repeat less often, or without a limit: `*`, `+`")
                .map(|()| None);
        }
        if max.is_some_and(|max| max < min) {
            let message =
                format!("the counts of `{}` are out of order", self.text.get(start..self.at).unwrap_or_default());
            return self.error(start..self.at, message, "write the smaller number first").map(|()| None);
        }
        Ok(Some(times))
    }

    /// A decimal number; what is too large becomes the largest.
    fn number(&mut self) -> Option<u32> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let number = self.rest().get(..digits).filter(|number| !number.is_empty())?;
        let number = number.parse().unwrap_or(u32::MAX);
        self.at += digits;
        Some(number)
    }

    /// `~a`
    fn complement(&mut self) -> Step<Part> {
        if self.peek() != Some('~') {
            return self.atom();
        }
        let start = self.at;
        self.at += 1;
        if !matches!(self.peek(), Some('(' | '~')) {
            self.lints.add(Lint::Complement, start..self.at);
        }
        let inner = self.deeper(start..self.at, Self::complement)?;
        let at = start..self.at;
        Ok(Part { node: Node { kind: Kind::Complement(Box::new(inner.node)), at }, depth: inner.depth + 1 })
    }

    fn deeper(&mut self, at: Range<usize>, inner: fn(&mut Self) -> Step<Part>) -> Step<Part> {
        if self.depth >= MAX_DEPTH {
            return self.too_deep(at);
        }
        self.depth += 1;
        let part = inner(self)?;
        self.depth -= 1;
        if part.depth >= MAX_DEPTH {
            return self.too_deep(at);
        }
        Ok(part)
    }

    fn too_deep<T>(&mut self, at: Range<usize>) -> Step<T> {
        let problem =
            self.problem(Code::QueryTooDeep, at, format!("the expression is nested more than {MAX_DEPTH} deep"));
        self.push(problem.help("take out groups that are not needed"));
        Err(Stop)
    }

    fn problem(&self, code: Code, at: Range<usize>, message: impl Into<String>) -> Diagnostic {
        code.at(self.pattern.span(at), message)
    }

    fn push(&mut self, problem: Diagnostic) {
        self.errors += 1;
        self.diags.push(problem);
    }

    /// Tells an error behind which parsing goes on.
    fn error(&mut self, at: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Step<()> {
        let problem = self.problem(Code::InvalidRegex, at, message);
        self.push(problem.help(help));
        if self.errors < MAX_ERRORS { Ok(()) } else { Err(Stop) }
    }

    /// Tells an error behind which nothing can be read.
    fn fatal<T>(&mut self, at: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Step<T> {
        self.error(at, message, help).and(Err(Stop))
    }
}

/// Joins members, if they are several; the list is empty afterwards.
fn joined(members: &mut Vec<Part>, join: fn(Vec<Node>) -> Kind) -> Option<Part> {
    let last = members.pop()?;
    let Some(first) = members.first() else { return Some(last) };
    let at = first.node.at.start..last.node.at.end;
    let depth = members.iter().map(|member| member.depth).max().unwrap_or(0).max(last.depth);
    let nodes = members.drain(..).chain([last]).map(|member| member.node).collect();
    Some(Part { node: Node { kind: join(nodes), at }, depth })
}
