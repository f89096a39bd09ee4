//! The tree of a query, as the author wrote it.

use crate::source::Span;

/// A whole query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What documents must satisfy; nothing in an empty query, which matches all of them.
    pub expr: Option<Expr>,
    /// The whole text.
    pub span: Span,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Which one?
    pub kind: ExprKind,
    /// Where it stands, without parentheses around it.
    pub span: Span,
}

/// The kinds of conditions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `a or b or c`: two or more.
    Or(Vec<Expr>),
    /// `a and b and c`: two or more.
    And(Vec<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `field: value`, `field: (a or b)`, `field: *`
    Field {
        /// Left of the colon.
        field: FieldName,
        /// Right of the colon.
        values: Values,
    },
    /// `field > value`
    Range {
        /// Left of the operator.
        field: FieldName,
        /// The operator.
        op: RangeOp,
        /// Right of the operator; not a pattern.
        value: Value,
    },
    /// `field: { a: 1 and b: 2 }`: one object in the list `field` satisfies all of it.
    Nested {
        /// The list of objects; without wildcards.
        field: FieldName,
        /// The condition in the braces; its field names are relative to `field`.
        inner: Box<Expr>,
    },
    /// Free text: a value that any field may hold.
    Text(Value),
}

/// `<`, `<=`, `>` or `>=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeOp {
    /// `<`
    Lt,
    /// `<=`
    Lte,
    /// `>`
    Gt,
    /// `>=`
    Gte,
}

impl RangeOp {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            RangeOp::Lt => "<",
            RangeOp::Lte => "<=",
            RangeOp::Gt => ">",
            RangeOp::Gte => ">=",
        }
    }
}

/// What stands behind `field:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// One value, or a list?
    pub kind: ValuesKind,
    /// Where it stands, without parentheses around it.
    pub span: Span,
}

/// The kinds of value lists.
#[derive(Clone, Debug, PartialEq)]
pub enum ValuesKind {
    /// `a`, `"a"` or `a*`
    Value(Value),
    /// `a or b`: two or more.
    Or(Vec<Values>),
    /// `a and b`: two or more.
    And(Vec<Values>),
    /// `not a`
    Not(Box<Values>),
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The text, and how it was written.
    pub kind: ValueKind,
    /// Where it stands, with its quotes.
    pub span: Span,
}

impl Value {
    /// Whether it is `*`: the field exists, or (as free text) every document matches. `**` is an ordinary pattern, as in Kibana.
    pub fn is_exists(&self) -> bool {
        match &self.kind {
            ValueKind::Wildcard(pieces) => pieces.as_slice() == [Piece::Any],
            ValueKind::Quoted(_) | ValueKind::Unquoted(_) => false,
        }
    }
}

/// How a value is written. Escapes are resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueKind {
    /// `"two words"`: a phrase. A `*` in it is a plain character.
    Quoted(String),
    /// `two words`: without whitespace at its ends. Numbers, `true` and `null` are among them.
    Unquoted(String),
    /// `*.exe`: unquoted, with at least one [`Piece::Any`].
    Wildcard(Vec<Piece>),
}

/// A part of a pattern. No two texts are neighbours, and none is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Exactly these characters.
    Text(String),
    /// `*`: any characters, also none.
    Any,
}

/// The name of a field, or a pattern for names: `host.name`, `"host.name"`, `host.*`. Backticks have no meaning in KQL: they are characters of
/// the name.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldName {
    /// The name in pieces; none at all for `""`.
    pub pieces: Vec<Piece>,
    /// Where it stands, with its quotes.
    pub span: Span,
}

impl FieldName {
    /// The name, unless it is a pattern.
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(name)] => Some(name),
            _ => None,
        }
    }

    /// Whether it is `*`: every field.
    pub fn is_any(&self) -> bool {
        self.pieces.as_slice() == [Piece::Any]
    }
}
