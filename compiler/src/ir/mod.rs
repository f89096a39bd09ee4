//! What a rule means, whatever language it was written in.
//!
//! The IR is two-valued: each language's rule for null and missing is explicit here. A test on a field is true if any of the
//! field's values satisfies it, and `Not` is plain negation. Text values are final: case-insensitive ones are folded
//! ([`sigil_runtime::fold`]), encodings and placeholders are applied, wildcards are [`Glob`] pieces. Nobody after lowering knows a modifier.
//!
//! Build expressions with the smart constructors ([`Expr::all`], [`Expr::any`], [`Expr::not`], [`Expr::at_least`]): they flatten,
//! drop constants and unwrap single members, so that no pass meets `All([All([x])])`.

#[cfg(any(test, feature = "testing"))]
pub mod arbitrary;
mod display;
pub mod eval;
mod hash;
mod lowered;
mod scalar;
pub mod shadow;
mod then;
pub mod verify;
mod visit;

use indexmap::IndexMap;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::source::Span;

/// A rule, lowered.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What an alert says of the rule.
    pub meta: Meta,
    /// Which events the rule is for (its log source): fields here are read as they stand, without views.
    /// Left out of the verdict where log sources are ignored.
    pub scope: Expr,
    /// Named parts of the rule, in source order. They do not refer to one another.
    pub selections: IndexMap<String, Expr>,
    /// The verdict, over [`Expr::Selection`]s (and, after passes, tests of its own).
    pub condition: Expr,
    /// The condition in the author's words.
    pub condition_text: String,
    /// What follows when it matches an event.
    pub then: Then,
    /// Where the rule stands.
    pub span: Span,
}

/// What a rule says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// The rule's id, as written.
    pub id: Option<String>,
    /// Title (never empty).
    pub title: String,
    /// `status`.
    pub status: Option<String>,
    /// How bad is a hit?
    pub level: Option<Level>,
    /// Prose.
    pub description: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Links.
    pub references: Vec<String>,
    /// `attack.t1059.004`, ...
    pub tags: Vec<String>,
    /// Known false positives.
    pub falsepositives: Vec<String>,
    /// The source file as [`crate::source::Source::path`] names it.
    pub source: String,
    /// `product`, `category`, `service` of the log source, as written.
    pub logsource: [Option<String>; 3],
    /// The index patterns of a rule for Elasticsearch, as written.
    pub indices: Vec<String>,
    /// Whether its alerts carry the event: those of rules over anomaly records do.
    pub carries_event: bool,
    /// What sets it apart from others.
    pub marks: Vec<Mark>,
}

pub use hash::content_hash;
pub use lowered::{Feature, Lowered};
pub use scalar::{Function, Scalar};
pub use then::{Operation, Then, Threat};
pub use visit::{collect_fields, known_selections, visit_fields, visit_subjects};

pub use sigil_runtime::pack::{CompareOp, Level, Mark, Number, Quantifier, TextOp, TimePart, TimeRange, ValueType};

/// A place in [`Rule::selections`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SelectionId(pub u16);

/// A two-valued expression over one event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expr {
    /// Always or never.
    Const(bool),
    /// One test.
    Test(Predicate),
    /// Another part of the rule, by name.
    Selection(SelectionId),
    /// Negation.
    Not(Box<Expr>),
    /// Every member; two or more.
    All(Vec<Expr>),
    /// Some member; two or more.
    Any(Vec<Expr>),
    /// At least `count` members, `2 <= count < of.len()`.
    AtLeast {
        /// How many?
        count: u32,
        /// Of these.
        of: Vec<Expr>,
    },
    /// A test over the elements of an array field; inside, [`Subject::Element`] stands for parts of the element.
    Elements {
        /// Which field? Also holds an inner array: then a [`Subject::Element`].
        of: Subject,
        /// How many elements must satisfy the body?
        quantifier: Quantifier,
        /// What one element must satisfy.
        body: Box<Expr>,
    },
    /// A computed value that is true for some choice of one value of each field that it reads.
    Formula(Box<Scalar>),
}

/// A test of one subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Predicate {
    /// What is tested?
    pub subject: Subject,
    /// For what?
    pub test: Test,
}

/// What a test looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A field of the event.
    Field(Arc<Field>),
    /// Every scalar value of the event, whatever its field (Sigma keywords).
    AnyValue,
    /// Inside [`Expr::Elements`]: the element itself (empty path) or a field of it, by dotted path.
    Element(String),
    /// Every field of the event whose dotted path matches this pattern, in which `*` stands for any run of characters.
    Paths(String),
}

/// A field as a rule reads it: the values of the first source that is in force and present.
///
/// Log source pipelines give one logical field several names in events (`Image` is `NewProcessName` in event 4688 and
/// `process.executable` in ECS): each is a source, in force under its own condition. The author's own name is the last source, unconditional.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// What generated code calls it: the author's name.
    pub name: String,
    /// Where events hold it, in order; never empty.
    pub sources: Vec<FieldSource>,
    /// Texts of more characters than this do not count: Elasticsearch does not index them (`ignore_above`).
    pub ignore_above: Option<u32>,
}

impl Field {
    /// A field that events hold under its own name.
    pub fn plain(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { sources: vec![FieldSource { path: name.clone(), under: None }], name, ignore_above: None }
    }

    /// Whether events hold it under its own name and no other.
    pub fn is_plain(&self) -> bool {
        self.ignore_above.is_none()
            && matches!(self.sources.as_slice(), [only] if only.under.is_none() && only.path == self.name)
    }
}

/// By its name and how many sources it has: fields that agree in these and differ in others are few, and sources with their conditions are long.
impl Hash for Field {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.name, self.sources.len()).hash(state);
    }
}

/// One place where events hold a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldSource {
    /// Flat key or dotted path.
    pub path: String,
    /// The condition under which this source is in force; `None` for always.
    pub under: Option<Arc<Expr>>,
}

/// What a subject is tested for. Lists mean "any of"; they are never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Test {
    /// Text comparison. Numbers and booleans in events compare by their text (`4688`, `true`), null has none.
    Text {
        /// How?
        op: TextOp,
        /// With any of these; folded where `case` is insensitive.
        values: Vec<String>,
        /// Is case significant?
        case: Case,
    },
    /// The whole text matches one of the patterns.
    Glob {
        /// Patterns; literals folded where `case` is insensitive.
        patterns: Vec<Glob>,
        /// Is case significant?
        case: Case,
    },
    /// The regular expression is found somewhere in the text as it stands in the event; flags are inline (`(?im)`).
    Regex {
        /// In the syntax of the `regex` crate, or of `fancy-regex` where `lookaround` is set.
        pattern: String,
        /// Whether only a backtracking engine can run it.
        lookaround: bool,
    },
    /// Analysed text: one of these stands in it. Texts and these are cut into words alike ([`sigil_runtime::matcher::tokens`]), both folded.
    Words {
        /// Words that stand one behind the other.
        phrases: Vec<Vec<String>>,
        /// Patterns for single words.
        patterns: Vec<Glob>,
    },
    /// A point in time within the range.
    Within(TimeRange),
    /// An IP address in one of the networks.
    Cidr(Vec<ipnet::IpNet>),
    /// The whole number that a value is or spells, as a field of whole numbers stores it: fractions are cut off. Equal to one of the values, or, with
    /// an operator, compared with the first.
    Long {
        /// How? `None` for equality.
        op: Option<CompareOp>,
        /// With what?
        values: Vec<Number>,
    },
    /// Equal to one of these numbers: numerically where the event holds a number, by decimal text where it holds a string.
    Number(Vec<Number>),
    /// Ordered comparison; numeric strings in events count as numbers.
    Compare {
        /// How?
        op: CompareOp,
        /// With what?
        to: Number,
    },
    /// Texts compared by their characters (code points).
    Order {
        /// How?
        op: CompareOp,
        /// With what?
        to: String,
    },
    /// A part of a point in time, as written in the event.
    Time {
        /// Which part?
        part: TimePart,
        /// Equal to one of these (`op` is `None`), or compared with the first.
        op: Option<CompareOp>,
        /// Numbers.
        values: Vec<Number>,
    },
    /// Compared with the text of another field.
    SameAs {
        /// Which field?
        other: Arc<Field>,
        /// `Equals`: equal to it; `StartsWith`: this field starts with the other's text; and so on.
        op: TextOp,
        /// Is case significant?
        case: Case,
    },
    /// The field is there, be it empty or null.
    Exists,
    /// The field is missing, null, or an empty array; or one of its values is null.
    Null,
    /// The field holds at least one scalar that is not null (`*`).
    Present,
    /// The field holds exactly one value of this type: what operators of ES|QL need to say something else than null.
    Single(ValueType),
}

/// Is case significant?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Case {
    /// No: both sides under simple Unicode case folding.
    Insensitive,
    /// Yes.
    Sensitive,
}

/// A pattern for a whole text: pieces in order. No two literals and no two `AnyRun` are adjacent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Glob(pub Vec<Piece>);

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// This text.
    Literal(String),
    /// Any run of characters, newlines among them.
    AnyRun,
    /// Exactly one character (code point).
    AnyChar,
    /// One dash of the `windash` set: `-`, `/`, U+2013, U+2014, U+2015.
    Dash,
}

impl Expr {
    /// A test.
    pub fn test(subject: Subject, test: Test) -> Self {
        Self::Test(Predicate { subject, test })
    }

    /// Every member holds; none: always.
    pub fn all(members: impl IntoIterator<Item = Expr>) -> Self {
        let members = members.into_iter();
        let mut flat = Vec::with_capacity(members.size_hint().0);
        for member in members {
            match member {
                Self::Const(true) => {}
                Self::Const(false) => return Self::Const(false),
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        unwrap_single(flat, Self::Const(true), Self::All)
    }

    /// Some member holds; none: never.
    pub fn any(members: impl IntoIterator<Item = Expr>) -> Self {
        let members = members.into_iter();
        let mut flat = Vec::with_capacity(members.size_hint().0);
        for member in members {
            match member {
                Self::Const(false) => {}
                Self::Const(true) => return Self::Const(true),
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        unwrap_single(flat, Self::Const(false), Self::Any)
    }

    /// The member does not hold.
    #[expect(clippy::should_implement_trait, reason = "a constructor beside `all` and `any`, not an operator")]
    pub fn not(member: Expr) -> Self {
        match member {
            Self::Const(value) => Self::Const(!value),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// At least `count` members hold.
    pub fn at_least(count: u32, members: impl IntoIterator<Item = Expr>) -> Self {
        let mut needed = count;
        let mut of = Vec::new();
        for member in members {
            match member {
                Self::Const(true) => needed = needed.saturating_sub(1),
                Self::Const(false) => {}
                other => of.push(other),
            }
        }
        match (needed as usize).cmp(&of.len()) {
            _ if needed == 0 => Self::Const(true),
            Ordering::Greater => Self::Const(false),
            Ordering::Equal => Self::all(of),
            Ordering::Less if needed == 1 => Self::any(of),
            Ordering::Less => Self::AtLeast { count: needed, of },
        }
    }
}

fn unwrap_single(mut members: Vec<Expr>, empty: Expr, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match members.len() {
        0 => empty,
        1 => members.swap_remove(0),
        _ => many(members),
    }
}

impl Glob {
    /// A pattern of these pieces, adjacent literals and runs merged, empty literals dropped.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (_, Piece::Literal(text)) if text.is_empty() => {}
                (Some(Piece::Literal(last)), Piece::Literal(text)) => last.push_str(&text),
                (Some(Piece::AnyRun), Piece::AnyRun) => {}
                (_, piece) => merged.push(piece),
            }
        }
        Self(merged)
    }
}
