//! Everything that generated code names. Not for hand-written code: its form follows the generator's needs.

pub use crate::matcher::element::Element;
pub use crate::matcher::formula::{Datum, Function, Scratch};
pub use crate::matcher::glob::Piece;
pub use crate::matcher::slots::Slots;
pub use crate::matcher::tests::{NumberTests, TextTests, at_least};
pub use crate::matcher::tokens::Words;
pub use crate::matcher::values::{Glob, Globs, Networks, Pattern, Texts};
pub use crate::operator::{
    IndicatorFilter, NamedColumn, NewTerms, Operation, Recent, Schedule, Suppression, ThreatMatch, Threshold, Work,
};
pub use crate::pack::{CompareOp, Level, Mark, Number, Pack, Quantifier, TextOp, TimePart, TimeRange, ValueType};
pub use crate::table::pipeline::{Column, Origin};
pub use crate::table::value::Type;
pub use operation::{column, days, hours, ignored, lower, milliseconds, minutes, named, pair, seconds, unlike};

mod operation;
pub mod table;

/// A logical field of a pack: its place in [`StaticPack::fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u32);

/// A scope of a pack: its place in [`StaticPack::scopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub u32);

/// A pack in generated code.
#[derive(Debug)]
pub struct StaticPack {
    /// The pack's name.
    pub name: &'static str,
    /// The version of the compiler that made it.
    pub version: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
    /// Its scopes.
    pub scopes: &'static [Scope],
    /// Its rules, by module.
    pub rules: &'static [&'static [&'static Rule]],
    /// Whether a rule looks at every value of an event (keywords).
    pub reads_any_value: bool,
}

/// A logical field.
#[derive(Debug)]
pub struct Field {
    /// What rules call it.
    pub name: &'static str,
    /// Where events hold it, in order of precedence.
    pub sources: &'static [Source],
    /// Whether array elements of it are tested one by one.
    pub elements: bool,
    /// Texts of more characters than this do not count.
    pub ignore_above: Option<u32>,
}

/// A place where events hold a field.
#[derive(Debug)]
pub struct Source {
    /// Flat key or dotted path.
    pub path: &'static str,
    /// The scope in which it is in force; `None` for every event.
    pub under: Option<ScopeId>,
}

/// A condition on events that rules share.
#[derive(Debug)]
pub struct Scope {
    /// What it stands for.
    pub name: &'static str,
    /// The fields that it reads.
    pub reads: &'static [FieldId],
    /// Whether an event is in it.
    pub matches: fn(&Slots<'_>) -> bool,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// The author's id.
    pub id: Option<&'static str>,
    /// Its title.
    pub title: &'static str,
    /// How bad a hit is.
    pub level: Option<Level>,
    /// Its tags.
    pub tags: &'static [&'static str],
    /// The file that it stands in.
    pub source: &'static str,
    /// The names of its selections, in the order in which `matches` records them.
    pub selections: &'static [&'static str],
    /// The scope that it is for; `None` for every event.
    pub scope: Option<ScopeId>,
    /// When it is a candidate.
    pub triggers: Triggers,
    /// Whether it matches an event.
    pub matches: fn(&Slots<'_>, &mut Held) -> bool,
    /// What sets it apart from others.
    pub marks: &'static [Mark],
    /// What follows when it matches.
    pub then: Then,
}

/// What follows when a rule matches an event.
#[derive(Debug)]
pub enum Then {
    /// An alert.
    Alert,
    /// The event counts for a stateful rule.
    Operation(fn() -> Operation),
    /// An alert, if an indicator has the event's values.
    Threat(fn() -> ThreatMatch),
}

/// When a rule is a candidate: an over-approximation of its verdict.
#[derive(Debug)]
pub enum Triggers {
    /// For every event in its scope.
    Always,
    /// When one of these texts occurs.
    AnyOf(&'static [Trigger]),
}

/// Texts, one of which must occur in a field.
#[derive(Debug)]
pub struct Trigger {
    pub(crate) field: Option<FieldId>,
    pub(crate) op: TextOp,
    pub(crate) texts: &'static [&'static str],
}

macro_rules! triggers {
    ($($name:ident $op:ident $doc:literal)*) => {
        impl Trigger {
            $(
                #[doc = $doc]
                pub const fn $name(field: Option<FieldId>, texts: &'static [&'static str]) -> Self {
                    Self { field, op: TextOp::$op, texts }
                }
            )*
        }
    };
}

triggers! {
    equals Equals "A value of the field (`None`: any field) equals one of the texts, both folded."
    starts_with StartsWith "A value starts with one of the texts."
    ends_with EndsWith "A value ends with one of the texts."
    contains Contains "A value contains one of the texts."
}

/// What alerts say of a match: which selections of the rule held, and whether the event goes with them.
#[derive(Debug, Default)]
pub struct Held {
    flags: Vec<bool>,
    event: bool,
}

impl Held {
    /// Keeps which selections hold; always true, so that it can end a rule's expression.
    pub fn record(&mut self, selections: &[bool]) -> bool {
        self.clear(false);
        self.flags.extend_from_slice(selections);
        true
    }

    /// As [`Self::record`], for a rule whose alerts carry the event.
    pub fn record_with_event(&mut self, selections: &[bool]) -> bool {
        self.clear(true);
        self.flags.extend_from_slice(selections);
        true
    }

    pub(crate) fn clear(&mut self, event: bool) {
        self.flags.clear();
        self.event = event;
    }

    pub(crate) fn push(&mut self, held: bool) {
        self.flags.push(held);
    }

    pub(crate) fn flags(&self) -> &[bool] {
        &self.flags
    }

    pub(crate) fn carries_event(&self) -> bool {
        self.event
    }
}
