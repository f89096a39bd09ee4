//! What an EQL query says, as it was written.
//!
//! `Display` writes a tree back as text that is read as the same tree.

use crate::source::{Span, Spanned};

/// A whole query: what is searched for, and what is done with what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What is searched for.
    pub body: Body,
    /// What stands behind bars, in order ("EQL pipe reference").
    pub pipes: Vec<Pipe>,
    /// The whole text without white space and comments around it.
    pub span: Span,
}

/// What a query searches for.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Single events: `process where ...`.
    Event(EventQuery),
    /// Events one after the other: `sequence ...`.
    Sequence(Sequence),
    /// Events that belong together, in any order: `sample by ...`.
    Sample(Sample),
    /// The older form of a sample: `join ...`. Elasticsearch reads it and then rejects it.
    Join(Join),
}

/// `category where condition` ("Basic syntax").
#[derive(Clone, Debug, PartialEq)]
pub struct EventQuery {
    /// Which events are looked at?
    pub category: Category,
    /// What must hold of them?
    pub condition: Expr,
    /// From the category to the end of the condition.
    pub span: Span,
}

/// The category of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Category {
    /// `any`: every event, also one without a category.
    Any,
    /// A name, or a string without its quotes ("Escape an event category").
    Named(Spanned<String>),
}

/// `sequence by .. with maxspan=.. [..] [..] until [..]` ("Sequences").
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// The keys that all events share; empty if there is no `by`.
    pub by: Vec<Expr>,
    /// The longest time from the first event to the last, in milliseconds.
    pub maxspan: Option<Spanned<u64>>,
    /// The events, in order; at least one.
    pub terms: Vec<Term>,
    /// The event that ends a sequence before it is complete.
    pub until: Option<Box<Term>>,
    /// From `sequence` to the last event.
    pub span: Span,
}

/// `sample by .. [..] [..]` ("Sample queries").
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The keys that all events share; empty if there is no `by`.
    pub by: Vec<Expr>,
    /// The events.
    pub terms: Vec<Term>,
    /// From `sample` to the last event.
    pub span: Span,
}

/// `join by .. [..] [..] until [..]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The keys that all events share; empty if there is no `by`.
    pub by: Vec<Expr>,
    /// The events.
    pub terms: Vec<Term>,
    /// The event that ends a join before it is complete.
    pub until: Option<Box<Term>>,
    /// From `join` to the last event.
    pub span: Span,
}

/// An event of a sequence: `[ category where condition ] by .. with runs=..`.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What stands between the brackets.
    pub query: EventQuery,
    /// `![ .. ]`: no such event may occur here ("Missing events").
    pub missing: bool,
    /// The keys of this event that are compared with those of the others; empty if there is no `by`.
    pub by: Vec<Expr>,
    /// How often the event occurs in a row, from 1 to 100 (`with runs`).
    pub runs: Option<Spanned<u32>>,
    /// From the opening bracket to the end.
    pub span: Span,
}

/// `| name argument, argument`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipe {
    /// Which pipe? Any name is read.
    pub name: Spanned<String>,
    /// What stands behind the name.
    pub arguments: Vec<Expr>,
    /// From the name to the last argument.
    pub span: Span,
}

/// A condition, or a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, with the parentheses around it.
    pub span: Span,
}

/// The kinds of conditions and values. `or` binds loosest, then `and`, `not`, comparisons, `+ -`, `* / %`, signs, and what [`In`] and
/// [`Match`] stand for.
///
/// [`In`]: ExprKind::In
/// [`Match`]: ExprKind::Match
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number, a string, `true`, `false` or `null`.
    Literal(Literal),
    /// The value of a field.
    Field(Field),
    /// `not ..`
    Not(Box<Expr>),
    /// `.. and .. and ..`: two or more.
    And(Vec<Expr>),
    /// `.. or .. or ..`: two or more.
    Or(Vec<Expr>),
    /// `left == right` and so on ("Comparison operators").
    Compare {
        /// How they are compared.
        op: Spanned<CompareOp>,
        /// What stands before the operator.
        left: Box<Expr>,
        /// What stands behind it.
        right: Box<Expr>,
    },
    /// `left in (..)` ("Lookup operators").
    In {
        /// What is looked up.
        left: Box<Expr>,
        /// What it is looked up in: one value or more.
        list: Vec<Expr>,
        /// `not in`
        negated: bool,
        /// `in~`
        ignore_case: bool,
    },
    /// `left : ".."`, `left like (.., ..)` and so on ("Pattern comparison keywords").
    Match {
        /// How the patterns are read.
        op: Spanned<MatchOp>,
        /// What is compared with them.
        left: Box<Expr>,
        /// The patterns, of which one must match: one or more.
        patterns: Vec<StringLiteral>,
    },
    /// `first + second - third` ("Math operators"): operators that bind equally, worked out from left to right. A chain is one node, so
    /// that long ones are not deep.
    Arithmetic {
        /// The first value.
        first: Box<Expr>,
        /// What is done with it, step by step: one step or more. Either all are `+ -` or all are `* / %`.
        rest: Vec<(Spanned<ArithmeticOp>, Expr)>,
    },
    /// `- ..`; a plus sign in front of a value is not kept.
    Negative(Box<Expr>),
    /// `name(..)` ("EQL function reference").
    Call {
        /// The name as it was written, without the tilde.
        name: Spanned<String>,
        /// `name~(..)`
        ignore_case: bool,
        /// What stands between the parentheses.
        arguments: Vec<Expr>,
    },
    /// A part that could not be read; an error says why.
    Invalid,
}

/// A value that stands in the query.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Digits only; never negative, the sign is [`ExprKind::Negative`].
    Integer(i128),
    /// A number with a point or an exponent; finite and never negative.
    Decimal(f64),
    /// A string.
    String(StringLiteral),
}

/// A string ("Strings", "Raw strings").
#[derive(Clone, Debug, PartialEq)]
pub struct StringLiteral {
    /// The text that it stands for.
    pub value: String,
    /// Written with three quotes, without escapes.
    pub raw: bool,
    /// Where it stands, with its quotes.
    pub span: Span,
}

/// A field: `process.name`, ``?a.`b-c`[0]``.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its parts; the first is a name.
    pub parts: Vec<FieldPart>,
    /// `?` in front: the field need not exist ("Optional fields").
    pub optional: bool,
}

impl Field {
    /// The names joined by dots, without backticks and indexes, as the field is named in an index.
    pub fn name(&self) -> String {
        let names: Vec<&str> = self.parts.iter().filter_map(FieldPart::name).collect();
        names.join(".")
    }

    /// Whether an element of an array is asked for, as in `a[0]`.
    pub fn has_index(&self) -> bool {
        self.parts.iter().any(|part| part.name().is_none())
    }
}

/// A part of the name of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldPart {
    /// A name, without backticks.
    Name(String),
    /// The position in an array: `[0]`.
    Index(u64),
}

impl FieldPart {
    fn name(&self) -> Option<&str> {
        match self {
            FieldPart::Name(name) => Some(name),
            FieldPart::Index(_) => None,
        }
    }
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl CompareOp {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            CompareOp::Equal => "==",
            CompareOp::NotEqual => "!=",
            CompareOp::Less => "<",
            CompareOp::LessOrEqual => "<=",
            CompareOp::Greater => ">",
            CompareOp::GreaterOrEqual => ">=",
        }
    }
}

/// How a pattern is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchOp {
    /// `:`, with wildcards and in any case.
    Seq,
    /// `like`, with wildcards.
    Like,
    /// `like~`, with wildcards and in any case.
    LikeIgnoreCase,
    /// `regex`
    Regex,
    /// `regex~`, in any case.
    RegexIgnoreCase,
}

impl MatchOp {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            MatchOp::Seq => ":",
            MatchOp::Like => "like",
            MatchOp::LikeIgnoreCase => "like~",
            MatchOp::Regex => "regex",
            MatchOp::RegexIgnoreCase => "regex~",
        }
    }
}

/// How a value is computed from two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

impl ArithmeticOp {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            ArithmeticOp::Add => "+",
            ArithmeticOp::Subtract => "-",
            ArithmeticOp::Multiply => "*",
            ArithmeticOp::Divide => "/",
            ArithmeticOp::Modulo => "%",
        }
    }
}
