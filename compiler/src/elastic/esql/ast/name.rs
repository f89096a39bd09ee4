//! Names, and what stands for them.

use crate::source::Span;

/// A placeholder: `?`, `?1`, `?name`, `??name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Two question marks: it stands for a name, not for a value.
    pub identifier: bool,
    /// Which one?
    pub key: ParameterKey,
}

/// Which parameter is meant?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterKey {
    /// The next one.
    Next,
    /// The one of this name.
    Named(String),
    /// The one at this position, counted from 1; as it was written.
    Positional(String),
}

/// The name of a field or a column: ``a.`b-c`.d``.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// What stands between the dots; one or more.
    pub parts: Vec<NamePart>,
    /// All of it.
    pub span: Span,
}

impl Name {
    /// The parts joined by dots, without backticks, as the field is named in an index. `None` if a parameter is one of them.
    pub fn text(&self) -> Option<String> {
        let parts: Option<Vec<&str>> = self.parts.iter().map(NamePart::text).collect();
        Some(parts?.join("."))
    }
}

/// A part of a name.
#[derive(Clone, Debug, PartialEq)]
pub enum NamePart {
    /// A name, without backticks.
    Name(String),
    /// A part that comes with the request.
    Parameter(Parameter),
}

impl NamePart {
    fn text(&self) -> Option<&str> {
        match self {
            NamePart::Name(name) => Some(name),
            NamePart::Parameter(_) => None,
        }
    }
}

/// A name with wildcards perhaps, as `KEEP`, `DROP`, `RENAME` and `ENRICH` take it: ``a.b*.`c*` ``.
#[derive(Clone, Debug, PartialEq)]
pub struct NamePattern {
    /// What stands between the dots; one or more.
    pub parts: Vec<PatternPart>,
    /// All of it.
    pub span: Span,
}

impl NamePattern {
    /// The name, if there are no wildcards and no parameters in it.
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                text.push('.');
            }
            let PatternPart::Name(pieces) = part else { return None };
            for piece in pieces {
                let PatternPiece::Text(piece) = piece else { return None };
                text.push_str(piece);
            }
        }
        Some(text)
    }
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternPart {
    /// Text and wildcards; one or more. No two texts stand beside each other.
    Name(Vec<PatternPiece>),
    /// A part that comes with the request.
    Parameter(Parameter),
}

/// A piece of a part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternPiece {
    /// Text that stands for itself.
    Text(String),
    /// `*`: any text, also with dots.
    Any,
}
