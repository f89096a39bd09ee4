//! From grok and Oniguruma's spelling (Ruby's syntax, as Elasticsearch compiles it) to that of the `regex` and `fancy_regex` crates.
//!
//! - `%{NAME}` is a group with the expression of the library, read in place: flags reach into it.
//! - Named groups capture, by number; plain groups do not.
//! - `^` and `$` are the ends of lines; the flag `m` lets `.` match line feeds; `(?i)` reaches to the end of its group, over `|`.
//! - `\w`, `\d`, `\s` are ASCII, `\h` is a hexadecimal digit, `\b` knows all of Unicode.

use super::class::{self, Set};
use super::library;
use crate::table::pattern::PatternError;
use crate::table::value::Type;

/// Groups and names of the library may stand so deep in each other.
const MOST_LEVELS: usize = 60;
/// The longest translation, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// At most so many values are captured.
const MOST_GROUPS: usize = 1_000;
/// The largest count of a quantifier.
const MOST_REPEATS: u32 = 100_000;

/// An expression for one of the two crates.
#[derive(Debug)]
pub(super) struct Translation {
    pub(super) text: String,
    /// What the groups 1, 2, .. capture.
    pub(super) groups: Vec<Group>,
    /// Whether it needs `fancy_regex`.
    pub(super) backtracks: bool,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: Box<str>,
    pub(super) kind: Kind,
    /// Where it stands in the pattern.
    pub(super) at: usize,
}

/// What a captured text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Long,
    Float,
    Double,
    Boolean,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::Text,
            "int" => Self::Int,
            "long" => Self::Long,
            "float" => Self::Float,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }

    /// The type of the column: ES|QL has no floats, they become doubles.
    pub(super) fn column(self) -> Type {
        match self {
            Self::Text => Type::Keyword,
            Self::Int => Type::Integer,
            Self::Long => Type::Long,
            Self::Float | Self::Double => Type::Double,
            Self::Boolean => Type::Boolean,
        }
    }
}

/// Translates a grok pattern.
pub(super) fn translate(pattern: &str) -> Result<Translation, PatternError> {
    let mut translator =
        Translator { out: String::new(), groups: Vec::new(), backtracks: false, extended: false, levels: MOST_LEVELS };
    let mut cursor = Cursor { text: pattern, at: 0, origin: None };
    translator.alternatives(&mut cursor)?;
    if cursor.eat(')') {
        let at = cursor.place().saturating_sub(1);
        return Err(PatternError::new(at, "a `)` closes no group").help("write `\\)` for the character"));
    }
    Ok(Translation { text: translator.out, groups: translator.groups, backtracks: translator.backtracks })
}

/// Where one is in a text: the pattern, or an expression of the library that the pattern asked for.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    /// In the library: where the pattern asked for it.
    origin: Option<usize>,
}

impl<'t> Cursor<'t> {
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The place in the pattern.
    pub(super) fn place(&self) -> usize {
        self.origin.unwrap_or(self.at)
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    pub(super) fn eat(&mut self, c: char) -> bool {
        let there = self.rest().starts_with(c);
        if there {
            self.skip(c.len_utf8());
        }
        there
    }

    fn eat_text(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        if there {
            self.skip(text.len());
        }
        there
    }

    /// Up to so many ASCII characters of a kind, and one at least.
    pub(super) fn take(&mut self, most: usize, is: impl Fn(char) -> bool) -> Option<&'t str> {
        let taken = self.rest().bytes().take(most).take_while(|b| b.is_ascii() && is(char::from(*b))).count();
        let text = self.rest().get(..taken).filter(|text| !text.is_empty())?;
        self.skip(taken);
        Some(text)
    }
}

/// Writes a character that stands for itself, inside of a class and outside.
pub(super) fn push_escaped(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric()
        || matches!(c, '_' | ' ' | '/' | ':' | ',' | '"' | '\'' | ';' | '=' | '!' | '%' | '@')
        || !c.is_ascii()
    {
        out.push(c);
    } else {
        out.push_str(&format!("\\x{{{:X}}}", u32::from(c)));
    }
}

struct Translator {
    out: String,
    groups: Vec<Group>,
    backtracks: bool,
    /// The flag `x`: spaces and comments do not count.
    extended: bool,
    /// How many levels are left.
    levels: usize,
}

impl Translator {
    /// What stands up to the end, or up to a `)`, which is left.
    fn alternatives(&mut self, cursor: &mut Cursor<'_>) -> Result<(), PatternError> {
        let before = self.levels;
        let Some(levels) = before.checked_sub(1) else {
            return Err(
                PatternError::new(cursor.place(), "the expression is nested too deeply").help("take groups apart")
            );
        };
        self.levels = levels;
        let extended = self.extended;
        let mut opened = 0_usize;
        // where in the output the last item starts, and how often it is quantified
        let mut item: Option<(usize, u8)> = None;
        loop {
            if self.out.len() > MOST_BYTES || opened >= MOST_LEVELS {
                return Err(PatternError::new(cursor.place(), "the expression is too large").help("split the pattern"));
            }
            let place = cursor.place();
            let start = self.out.len();
            let Some(c) = cursor.rest().chars().next().filter(|c| *c != ')') else { break };
            cursor.skip(c.len_utf8());
            match c {
                ' ' | '\t' | '\n' | '\r' | '\u{B}' | '\u{C}' if self.extended => continue,
                '#' if self.extended => {
                    cursor.skip(cursor.rest().find('\n').unwrap_or(cursor.rest().len()));
                    continue;
                }
                '|' => {
                    self.out.push('|');
                    item = None;
                    continue;
                }
                '*' | '+' | '?' => {
                    self.quantifier(c, cursor, &mut item, place)?;
                    continue;
                }
                '{' if interval(cursor.rest()).is_some() => {
                    self.quantifier(c, cursor, &mut item, place)?;
                    continue;
                }
                '.' => self.out.push('.'),
                '^' => self.out.push_str("(?m:^)"),
                '$' => self.out.push_str("(?m:$)"),
                '[' => class::translate(cursor, place, &mut self.out, self.levels)?,
                '\\' => self.escape(cursor)?,
                '%' if cursor.rest().starts_with('{') => self.reference(cursor, place)?,
                '(' => match self.group(cursor, place)? {
                    Opened::Group => {}
                    Opened::Nothing => continue,
                    Opened::Rest => {
                        opened = opened.saturating_add(1);
                        item = None;
                        continue;
                    }
                },
                c => push_escaped(&mut self.out, c),
            }
            item = Some((start, 0));
        }
        (0..opened).for_each(|_| self.out.push(')'));
        self.extended = extended;
        self.levels = before;
        Ok(())
    }

    /// A quantifier, whose first character was read.
    fn quantifier(
        &mut self,
        c: char,
        cursor: &mut Cursor<'_>,
        item: &mut Option<(usize, u8)>,
        place: usize,
    ) -> Result<(), PatternError> {
        let Some((start, times)) = *item else {
            return Err(PatternError::new(place, format!("nothing stands before `{c}`"))
                .help(format!("write `\\{c}` for the character")));
        };
        if times >= 3 {
            return Err(
                PatternError::new(place, "too many quantifiers stand behind each other").help("write one of them")
            );
        }
        let quantified = self.out.get(start..).unwrap_or_default();
        if times > 0 {
            self.out.insert_str(start, "(?:");
            self.out.push(')');
        } else if ["(?=", "(?!", "(?<", "(?m:", r"\b", r"\B", r"\A", r"\z"]
            .iter()
            .any(|look| quantified.starts_with(look))
        {
            // `fancy_regex` does not repeat what takes no characters on its own: a class that is empty stands beside it
            self.out.insert_str(start, "(?:");
            self.out.push_str("|[a&&b])");
        }
        *item = Some((start, times.saturating_add(1)));
        if c != '{' {
            self.out.push(c);
            if cursor.eat('?') {
                self.out.push('?');
            } else if cursor.eat('+') {
                self.backtracks = true;
                self.out.push('+');
            }
            return Ok(());
        }
        let Some((count, length)) = interval(cursor.rest()) else { return Ok(()) };
        cursor.skip(length);
        let (Count::Exactly(most) | Count::AtLeast(most) | Count::Between(_, most)) = count;
        match count {
            _ if most > MOST_REPEATS => {
                return Err(PatternError::new(place, "a count is too large").help("100000 is the most"));
            }
            Count::Between(least, most) if most < least => {
                return Err(PatternError::new(place, format!("`{{{least},{most}}}` counts down"))
                    .help("write the smaller count first"));
            }
            Count::Exactly(count) => self.out.push_str(&format!("{{{count}}}")),
            Count::AtLeast(least) => self.out.push_str(&format!("{{{least},}}")),
            Count::Between(least, most) => self.out.push_str(&format!("{{{least},{most}}}")),
        }
        // `{n}?` is a quantifier that is itself optional
        if !matches!(count, Count::Exactly(_)) && cursor.eat('?') {
            self.out.push('?');
        }
        Ok(())
    }

    /// An escape, whose backslash was read.
    fn escape(&mut self, cursor: &mut Cursor<'_>) -> Result<(), PatternError> {
        let place = cursor.place();
        let Some(letter) = cursor.rest().chars().next() else {
            return Err(
                PatternError::new(place, "the expression ends in a backslash").help("write `\\\\` for the character")
            );
        };
        if let Some(set) = Set::of_escape(letter) {
            cursor.skip(1);
            set.push_to(&mut self.out);
            return Ok(());
        }
        let behind = cursor.rest().get(1..).unwrap_or_default();
        let fixed = match letter {
            'b' => r"\b",
            'B' => r"\B",
            'A' | 'G' => r"\A",
            'z' => r"\z",
            'Z' => {
                self.backtracks = true;
                r"(?=\n?\z)"
            }
            'R' => r"(?:\r\n|[\n-\r\x{85}\x{2028}\x{2029}])",
            'p' | 'P' if behind.starts_with('{') => {
                cursor.skip(1);
                return class::property(cursor, letter == 'P', &mut self.out);
            }
            'k' if behind.starts_with('<') || behind.starts_with('\'') => {
                cursor.skip(1);
                return self.back_reference(cursor, place);
            }
            '1'..='9' => {
                return Err(PatternError::new(
                    place,
                    format!("`\\{letter}` counts groups, which named groups do not allow"),
                )
                .help("name the group, and write `\\k<name>`"));
            }
            'g' if behind.starts_with('<') || behind.starts_with('\'') => {
                return Err(PatternError::new(place, "calls of groups are not supported").help("write the group again"));
            }
            'K' | 'X' => {
                return Err(PatternError::new(place, format!("`\\{letter}` is not supported"))
                    .help("capture what is wanted in a named group"));
            }
            'C' | 'M' if behind.starts_with('-') => {
                return Err(PatternError::new(place, format!("`\\{letter}-` is not supported")).help("write `\\x01`"));
            }
            _ => {
                let c = class::character(cursor)?;
                push_escaped(&mut self.out, c);
                return Ok(());
            }
        };
        cursor.skip(1);
        self.out.push_str(fixed);
        Ok(())
    }

    /// `<name>` of `\k<name>`.
    fn back_reference(&mut self, cursor: &mut Cursor<'_>, place: usize) -> Result<(), PatternError> {
        let name = group_name(cursor)?;
        let Some(number) = self.groups.iter().rposition(|group| *group.name == *name) else {
            return Err(
                PatternError::new(place, format!("no group `{name}` stands before")).help("write `(?<name>..)` first")
            );
        };
        self.backtracks = true;
        self.out.push_str(&format!(r"(?:\{})", number.saturating_add(1)));
        Ok(())
    }

    /// `{NAME:column:type}`, whose `%` was read.
    fn reference(&mut self, cursor: &mut Cursor<'_>, place: usize) -> Result<(), PatternError> {
        const HELP: &str = "write `%{NAME}`, `%{NAME:column}` or `%{NAME:column:type}`";
        let Some((content, _)) = cursor.rest().strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
            return Err(PatternError::new(place, "a pattern is not closed").help(HELP));
        };
        cursor.skip(content.len().saturating_add(2));
        let mut parts = content.splitn(3, ':');
        let (name, column, kind) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        if name.is_empty() || name.len() > 100 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let message =
                if content.contains('=') { "patterns cannot be defined here" } else { "a pattern has no name" };
            return Err(PatternError::new(place, message).help(HELP));
        }
        let Some(expression) = library::find(name, cursor.origin.is_some()) else {
            return Err(PatternError::new(place, format!("there is no pattern `{name}`"))
                .help("names of patterns are written in capitals, as `%{WORD}`, `%{IP}`, `%{GREEDYDATA}`")
                .unknown(name));
        };
        if let Some(column) = column {
            if column.is_empty() || !column.chars().all(|c| c.is_alphanumeric() || "@[]_.-".contains(c)) {
                return Err(PatternError::new(place, format!("`{column}` is no name of a column")).help(HELP));
            }
            let kind = match kind {
                None => Kind::Text,
                Some(kind) => Kind::named(kind).ok_or_else(|| {
                    PatternError::new(place, format!("`{kind}` is no type"))
                        .help("types are int, long, float, double, boolean and string")
                })?,
            };
            self.capture(column, kind, place)?;
        } else {
            self.out.push_str("(?:");
        }
        let mut inner = Cursor { text: expression, at: 0, origin: Some(place) };
        self.alternatives(&mut inner)?;
        self.out.push(')');
        Ok(())
    }

    fn capture(&mut self, name: &str, kind: Kind, at: usize) -> Result<(), PatternError> {
        if self.groups.len() >= MOST_GROUPS {
            return Err(PatternError::new(at, format!("the pattern captures more than {MOST_GROUPS} values"))
                .help("split the pattern"));
        }
        self.groups.push(Group { name: name.into(), kind, at });
        self.out.push('(');
        Ok(())
    }

    /// A group, whose `(` was read, up to behind its `)`.
    fn group(&mut self, cursor: &mut Cursor<'_>, place: usize) -> Result<Opened, PatternError> {
        let unclosed = || {
            PatternError::new(place, "a group is not closed").help("write `)` behind it, and `\\(` for the character")
        };
        let extended = self.extended;
        if !cursor.eat('?') {
            self.out.push_str("(?:");
        } else if cursor.eat('#') {
            let Some((comment, _)) = cursor.rest().split_once(')') else { return Err(unclosed()) };
            cursor.skip(comment.len().saturating_add(1));
            return Ok(Opened::Nothing);
        } else if cursor.eat(':') {
            self.out.push_str("(?:");
        } else if let Some(look) = ["<=", "<!", "=", "!", ">"].into_iter().find(|look| cursor.eat_text(look)) {
            self.backtracks = true;
            self.out.push_str("(?");
            self.out.push_str(look);
        } else if cursor.rest().starts_with('<') || cursor.rest().starts_with('\'') {
            let name = group_name(cursor)?;
            self.capture(name, Kind::Text, place)?;
        } else if cursor.rest().starts_with(|c: char| c == '-' || c.is_ascii_alphabetic())
            && !cursor.rest().starts_with('P')
        {
            let flags = cursor.rest();
            read_flags(cursor, place)?;
            let flags = flags.get(..flags.len().saturating_sub(cursor.rest().len())).unwrap_or_default();
            self.out.push_str("(?");
            let (on, off) = flags.split_once('-').unwrap_or((flags, ""));
            let crate_flags = |flags: &str| -> String {
                // of a flag that stands there twice, once is enough
                let has = |flag| flags.contains(flag);
                format!("{}{}", if has('i') { "i" } else { "" }, if has('m') { "s" } else { "" })
            };
            let (on_flags, off_flags) = (crate_flags(on), crate_flags(off));
            let on_flags: String = on_flags.chars().filter(|flag| !off_flags.contains(*flag)).collect();
            self.out.push_str(&on_flags);
            if !off_flags.is_empty() {
                self.out.push('-');
                self.out.push_str(&off_flags);
            }
            self.out.push(':');
            self.extended = (extended || on.contains('x')) && !off.contains('x');
            if cursor.eat(')') {
                // to the end of the group that it stands in, which gives the flag `x` back
                return Ok(Opened::Rest);
            }
            cursor.eat(':');
        } else {
            return Err(PatternError::new(place, "a group of this kind is not supported")
                .help("groups are `(..)`, `(?:..)`, `(?<name>..)`, `(?i:..)`, `(?=..)`, `(?!..)`, `(?<=..)`, `(?<!..)` and `(?>..)`"));
        }
        self.alternatives(cursor)?;
        if !cursor.eat(')') {
            return Err(unclosed());
        }
        self.extended = extended;
        self.out.push(')');
        Ok(Opened::Group)
    }
}

/// `im-x` up to the `)` or `:` behind it.
fn read_flags(cursor: &mut Cursor<'_>, place: usize) -> Result<(), PatternError> {
    let mut is_off = false;
    loop {
        match cursor.rest().chars().next() {
            Some('i' | 'm' | 'x') => {}
            Some('-') if !is_off => is_off = true,
            Some(')' | ':') => return Ok(()),
            _ => return Err(PatternError::new(place, "a flag is unknown").help("flags are `i`, `m` and `x`")),
        }
        cursor.skip(1);
    }
}

/// What a `(` opened.
enum Opened {
    /// A whole group.
    Group,
    /// A comment.
    Nothing,
    /// Flags for what follows.
    Rest,
}

/// `<name>` or `'name'`.
fn group_name<'t>(cursor: &mut Cursor<'t>) -> Result<&'t str, PatternError> {
    let place = cursor.place();
    let close = if cursor.next() == Some('<') { '>' } else { '\'' };
    let name = cursor.rest().split_once(close).map(|(name, _)| name).filter(|name| name.len() <= 1_000);
    let Some(name) = name.filter(|name| !name.is_empty() && !name.contains([')', '(', ':', '\n'])) else {
        return Err(PatternError::new(place, "a group has no name").help("write `(?<name>..)`"));
    };
    cursor.skip(name.len().saturating_add(1));
    Ok(name)
}

/// How often something is repeated.
#[derive(Clone, Copy)]
enum Count {
    Exactly(u32),
    AtLeast(u32),
    Between(u32, u32),
}

/// The counts of `{n}`, `{n,}`, `{n,m}` and `{,m}` behind the brace, and how long it is; anything else is text.
fn interval(rest: &str) -> Option<(Count, usize)> {
    // counts have few digits: a long text that is none is not looked through
    let close = rest.bytes().take(25).position(|b| b == b'}')?;
    let content = rest.get(..close)?;
    let count = |digits: &str| -> Option<u32> {
        let is_count = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        is_count.then(|| digits.parse().unwrap_or(u32::MAX))
    };
    let read = match content.split_once(',') {
        None => Count::Exactly(count(content)?),
        Some((least, "")) => Count::AtLeast(count(least)?),
        Some(("", most)) => Count::Between(0, count(most)?),
        Some((least, most)) => Count::Between(count(least)?, count(most)?),
    };
    Some((read, close.saturating_add(1)))
}
