//! The tree of an expression, as its author wrote it.

use std::ops::Range;

/// A part of an expression, and where it stands in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Which kind of part?
    pub kind: Kind,
    /// The bytes of the expression that it is written with.
    pub at: Range<usize>,
}

/// The kinds of parts, named as in the grammar of Lucene's `RegExp`.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `a|b|c`; two members or more.
    Union(Vec<Node>),
    /// `a&b&c`: the text matches every member; two members or more.
    Intersection(Vec<Node>),
    /// `abc`; two members or more.
    Concatenation(Vec<Node>),
    /// `a?`, `a*`, `a+`, `a{2,3}`.
    Repeat {
        /// What is repeated?
        inner: Box<Node>,
        /// How often?
        times: Times,
    },
    /// `~a`: any text that does not match `a`.
    Complement(Box<Node>),
    /// `(a)`, or `()`, which matches the empty text.
    Group(Option<Box<Node>>),
    /// `[a-z]`, `[^a-z]`.
    Class {
        /// Whether `^` stands first.
        negated: bool,
        /// One or more.
        members: Vec<Member>,
    },
    /// `\d` and the like, outside of brackets.
    Predefined(Predefined),
    /// One character, bare or behind a backslash.
    Char(char),
    /// `.`: one character, line breaks included.
    AnyChar,
    /// `@`: any text, the empty one included.
    AnyString,
    /// `#`: matches nothing, not even the empty text.
    Empty,
    /// `"text"`: the text as it stands.
    Quoted(String),
    /// `<n-m>`: a decimal number of an interval.
    Interval(Interval),
}

/// How often something is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// `?`
    ZeroOrOne,
    /// `*`
    ZeroOrMore,
    /// `+`
    OneOrMore,
    /// `{n}`
    Exactly(u32),
    /// `{n,}`
    AtLeast(u32),
    /// `{n,m}`
    Between(u32, u32),
}

impl Times {
    /// The least number, and the greatest if there is one.
    pub fn bounds(self) -> (u32, Option<u32>) {
        match self {
            Times::ZeroOrOne => (0, Some(1)),
            Times::ZeroOrMore => (0, None),
            Times::OneOrMore => (1, None),
            Times::Exactly(n) => (n, Some(n)),
            Times::AtLeast(n) => (n, None),
            Times::Between(n, m) => (n, Some(m)),
        }
    }
}

/// A member of a bracketed class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// One character.
    Char(char),
    /// `a-z`, both ends included.
    Range(char, char),
    /// `\d` and the like.
    Predefined(Predefined),
}

/// The classes with a name; all of them are about ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predefined {
    /// `\d`: `[0-9]`
    Digit,
    /// `\D`: any other character
    NotDigit,
    /// `\s`: space, tab, line feed, carriage return
    Space,
    /// `\S`: any other character
    NotSpace,
    /// `\w`: `[a-zA-Z_0-9]`
    Word,
    /// `\W`: any other character
    NotWord,
}

impl Predefined {
    /// The class behind the letter of its escape.
    pub fn from_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'd' => Self::Digit,
            'D' => Self::NotDigit,
            's' => Self::Space,
            'S' => Self::NotSpace,
            'w' => Self::Word,
            'W' => Self::NotWord,
            _ => return None,
        })
    }
}

/// A decimal interval, with its bounds in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The bound before the hyphen.
    pub from: u32,
    /// The bound behind the hyphen.
    pub to: u32,
    /// How many digits both bounds have, if it is the same number: then texts need that many, too.
    pub digits: Option<usize>,
}
