//! Conditions and values.

use super::{Name, Parameter, Query};
use crate::source::{Span, Spanned};

/// A condition, or a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, with the parentheses around it.
    pub span: Span,
}

/// The kinds of conditions and values. `OR` binds loosest, then `AND`, `NOT`, what [`In`], [`Like`], [`IsNull`] and [`Match`] stand
/// for, comparisons, `+ -`, `* / %`, signs, casts.
///
/// [`In`]: ExprKind::In
/// [`Like`]: ExprKind::Like
/// [`IsNull`]: ExprKind::IsNull
/// [`Match`]: ExprKind::Match
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A value that stands in the query, or a parameter.
    Literal(Literal),
    /// The value of a field.
    Field(Name),
    /// `NOT ..`
    Not(Box<Expr>),
    /// `.. AND .. AND ..`: two or more.
    And(Vec<Expr>),
    /// `.. OR .. OR ..`: two or more.
    Or(Vec<Expr>),
    /// `left == right` and so on ("Operators", binary operators).
    Compare {
        /// How they are compared.
        op: Spanned<CompareOp>,
        /// What stands before the operator.
        left: Box<Expr>,
        /// What stands behind it.
        right: Box<Expr>,
    },
    /// `value IS NULL`
    IsNull {
        /// What is looked at.
        value: Box<Expr>,
        /// `IS NOT NULL`
        negated: bool,
    },
    /// `left IN (..)`
    In {
        /// What is looked up.
        left: Box<Expr>,
        /// What it is looked up in: one value or more.
        list: Vec<Expr>,
        /// `NOT IN`
        negated: bool,
    },
    /// `left IN (FROM .. | ..)`
    InQuery {
        /// What is looked up.
        left: Box<Expr>,
        /// What it is looked up in.
        query: Box<Query>,
        /// `NOT IN`
        negated: bool,
    },
    /// `left LIKE ".."`, `left RLIKE ("..", "..")`
    Like {
        /// How the patterns are read.
        op: Spanned<LikeOp>,
        /// What is compared with them.
        left: Box<Expr>,
        /// The patterns, of which one must match. One may be any value; several are strings or parameters.
        patterns: Vec<Expr>,
        /// `NOT LIKE`
        negated: bool,
    },
    /// `left : "text"`: the match operator.
    Match {
        /// A field, with a cast perhaps.
        left: Box<Expr>,
        /// What is searched for.
        query: Spanned<Literal>,
    },
    /// `first + second - third`: operators that bind equally, worked out from left to right. A chain is one node, so that long ones are
    /// not deep.
    Arithmetic {
        /// The first value.
        first: Box<Expr>,
        /// What is done with it, step by step: one step or more. Either all are `+ -` or all are `* / %`.
        rest: Vec<(Spanned<ArithmeticOp>, Expr)>,
    },
    /// `- ..`; of a number that stands in the query the sign is a part. A plus sign in front of a value is not kept.
    Negative(Box<Expr>),
    /// `value::type::type`: conversions, one after the other.
    Cast {
        /// What is converted.
        value: Box<Expr>,
        /// The types; one or more.
        types: Vec<Spanned<String>>,
    },
    /// `name(..)`
    Call(Call),
    /// A part that could not be read; an error says why.
    Invalid,
}

/// A call of a function ("Functions").
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Which function?
    pub name: FunctionName,
    /// What stands between the parentheses.
    pub arguments: Arguments,
}

/// The name of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionName {
    /// As it was written, in any case, without backticks.
    Name(Spanned<String>),
    /// A name that comes with the request.
    Parameter(Parameter),
}

/// What a function is called with.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// `name(*)`
    Star,
    /// `name(1, 2, {"option": true})`
    Values {
        /// The values, in order.
        values: Vec<Expr>,
        /// A map behind the last value ("named parameters").
        options: Option<Map>,
    },
}

/// `{"key": value, ..}`
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// In the order of the text.
    pub entries: Vec<MapEntry>,
    /// From brace to brace.
    pub span: Span,
}

/// `"key": value`
#[derive(Clone, Debug, PartialEq)]
pub struct MapEntry {
    /// The key.
    pub key: StringLiteral,
    /// Its value.
    pub value: MapValue,
}

/// A value in a map, or of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum MapValue {
    /// A single value, or an array.
    Literal(Spanned<Literal>),
    /// A map in a map.
    Map(Map),
}

/// A value that stands in the query ("Literals").
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Digits, with their sign.
    Integer(i128),
    /// A number with a point or an exponent, or one with very many digits; finite.
    Decimal(f64),
    /// A string.
    String(StringLiteral),
    /// `5 minutes`
    TimeSpan(TimeSpan),
    /// `[1, 2]`: numbers, strings or truth values; one or more.
    Array(Vec<Literal>),
    /// A value that comes with the request.
    Parameter(Parameter),
}

/// A string ("String literals").
#[derive(Clone, Debug, PartialEq)]
pub struct StringLiteral {
    /// The text that it stands for.
    pub value: String,
    /// Written with three quotes, without escapes.
    pub raw: bool,
    /// Where it stands, with its quotes.
    pub span: Span,
}

/// A number and a unit: `5 minutes`, `30s` ("Timespan literals").
#[derive(Clone, Debug, PartialEq)]
pub struct TimeSpan {
    /// How many.
    pub count: i128,
    /// The unit as it was written; one of those that [`TimeUnit::named`] knows.
    pub unit: Spanned<String>,
}

/// A unit of time. Up to hours they are durations, from days on they are periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// `millisecond`, `milliseconds`, `ms`
    Millisecond,
    /// `second`, `seconds`, `sec`, `s`
    Second,
    /// `minute`, `minutes`, `min`, `m`
    Minute,
    /// `hour`, `hours`, `h`
    Hour,
    /// `day`, `days`, `d`
    Day,
    /// `week`, `weeks`, `w`
    Week,
    /// `month`, `months`, `mo`
    Month,
    /// `quarter`, `quarters`, `q`
    Quarter,
    /// `year`, `years`, `yr`, `y`
    Year,
}

impl TimeUnit {
    /// The unit of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        if name.len() > "milliseconds".len() {
            return None;
        }
        Some(match name.to_ascii_lowercase().as_str() {
            "millisecond" | "milliseconds" | "ms" => TimeUnit::Millisecond,
            "second" | "seconds" | "sec" | "s" => TimeUnit::Second,
            "minute" | "minutes" | "min" | "m" => TimeUnit::Minute,
            "hour" | "hours" | "h" => TimeUnit::Hour,
            "day" | "days" | "d" => TimeUnit::Day,
            "week" | "weeks" | "w" => TimeUnit::Week,
            "month" | "months" | "mo" => TimeUnit::Month,
            "quarter" | "quarters" | "q" => TimeUnit::Quarter,
            "year" | "years" | "yr" | "y" => TimeUnit::Year,
            _ => return None,
        })
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
pub enum LikeOp {
    /// `LIKE`, with wildcards.
    Like,
    /// `RLIKE`, a regular expression.
    Rlike,
}

impl LikeOp {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            LikeOp::Like => "LIKE",
            LikeOp::Rlike => "RLIKE",
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
