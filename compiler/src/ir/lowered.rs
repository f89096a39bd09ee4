//! What became of a rule when its front end lowered it.

use std::fmt;

use super::Rule;

/// What became of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Lowered {
    /// It has a meaning.
    Rule(Box<Rule>),
    /// It is sound, but uses something that Sigil does not run.
    Unsupported(Feature),
    /// It is not sound: see the diagnostics.
    Rejected,
}

/// A construct that Sigil reads but does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feature {
    /// A legacy aggregation behind a bar, by its function (Sigma).
    Aggregation(String),
    /// Legacy `| near` (Sigma).
    Near,
    /// A correlation rule, by its type (Sigma).
    Correlation(String),
    /// `fieldref` inside an array block: which of the two fields belongs to the element is not specified (Sigma).
    FieldRefInArray,
    /// `sequence` (EQL).
    Sequence,
    /// `sample` (EQL).
    Sample,
    /// `join` (EQL).
    Join,
    /// A pipe, by its name (EQL).
    Pipe(String),
    /// A rule of a type that needs more than one event (Elastic), by its type.
    RuleType(&'static str),
    /// A query in Lucene's syntax (Elastic).
    Lucene,
    /// A parameter of a condition in the Query DSL (Elastic): the condition's kind, and what is said of it.
    QueryDsl(String),
    /// A command, a function or a form of one that is not carried out (ES|QL), by its name.
    Esql(&'static str),
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aggregation(function) => write!(f, "`{function}()` aggregation"),
            Self::Near => f.write_str("`near` aggregation"),
            Self::Correlation(kind) => write!(f, "correlation `{kind}`"),
            Self::FieldRefInArray => f.write_str("`fieldref` inside an array block"),
            Self::Sequence => f.write_str("EQL `sequence`"),
            Self::Sample => f.write_str("EQL `sample`"),
            Self::Join => f.write_str("EQL `join`"),
            Self::Pipe(name) => write!(f, "EQL pipe `{name}`"),
            Self::RuleType(kind) => write!(f, "rule type `{kind}`"),
            Self::Lucene => f.write_str("query in Lucene's syntax"),
            Self::QueryDsl(what) => write!(f, "Query DSL {what}"),
            Self::Esql(name) => write!(f, "ES|QL `{name}`"),
        }
    }
}
