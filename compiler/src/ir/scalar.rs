//! Values that rules compute: arithmetic, parts of texts, comparisons of fields with each other.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

pub use sigil_runtime::generated::Function;

use super::{Case, Field, Glob};

/// A value computed from one value of each field that it reads; a field without values counts as null.
///
/// Null is contagious, as [`Function`] says; a function that has no result (a division by zero, a value of the wrong type) gives null.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    /// None.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number, by its bits; never NaN or infinite.
    Float(u64),
    /// A text.
    Text(String),
    /// The chosen value of a field.
    Field(Arc<Field>),
    /// A function of values.
    Call(Function, Vec<Scalar>),
    /// Whether a text matches one of the patterns as a whole; literals are folded where `case` is insensitive.
    Matches(Box<Scalar>, Vec<Glob>, Case),
    /// Whether a regular expression (as in [`super::Test::Regex`]) is found in a text.
    IsMatch {
        /// In which text?
        of: Box<Scalar>,
        /// The expression.
        pattern: String,
        /// Whether only a backtracking engine can run it.
        lookaround: bool,
    },
    /// Whether a text is an address in one of the networks.
    InNetworks(Box<Scalar>, Vec<ipnet::IpNet>),
}

impl Scalar {
    /// A number.
    pub fn float(number: f64) -> Self {
        if number.is_finite() { Self::Float(number.to_bits()) } else { Self::Null }
    }

    /// A function of values.
    pub fn call(function: Function, arguments: impl IntoIterator<Item = Scalar>) -> Self {
        Self::Call(function, arguments.into_iter().collect())
    }

    /// Every field that it reads.
    pub fn fields(&self) -> BTreeSet<Arc<Field>> {
        let mut fields = BTreeSet::new();
        self.visit_fields(&mut |field| {
            fields.insert(Arc::clone(field));
        });
        fields
    }

    pub(super) fn visit_fields(&self, with: &mut dyn FnMut(&Arc<Field>)) {
        match self {
            Self::Field(field) => with(field),
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.visit_fields(with)),
            Self::Matches(of, ..) | Self::IsMatch { of, .. } | Self::InNetworks(of, _) => of.visit_fields(with),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Text(_) => {}
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let globs = |globs: &[Glob]| globs.iter().map(Glob::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(bits) => write!(f, "{:?}", f64::from_bits(*bits)),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Field(field) => write!(f, "{field}"),
            Self::Call(function, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                write!(f, "{}({})", function.name(), arguments.join(", "))
            }
            Self::Matches(of, patterns, case) => {
                let cased = if *case == Case::Sensitive { "cased " } else { "" };
                write!(f, "({of} {cased}glob [{}])", globs(patterns))
            }
            Self::IsMatch { of, pattern, .. } => write!(f, "({of} regex {pattern:?})"),
            Self::InNetworks(of, networks) => {
                let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
                write!(f, "({of} in [{}])", networks.join(", "))
            }
        }
    }
}
