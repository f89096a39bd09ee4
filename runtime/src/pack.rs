//! What the compiler hands to the runtime: rules, the fields that they read, and how to find their candidates.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::generated::{self, FieldId, Held, ScopeId};
use crate::matcher::slots::Slots;
use crate::matcher::tree;
use crate::matcher::values::TextList;
use crate::operator::{Operation, ThreatMatch};

/// A Sigma level (specification 2.1, "Level").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `informational`
    Informational,
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `critical`
    Critical,
}

impl Level {
    /// Every level, the mildest first.
    pub const ALL: [Level; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word that rules use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The level of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

/// A number in a rule or an event: integers are exact.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// An integer.
    Int(i128),
    /// A decimal number that no [`Number::Int`] equals. Never NaN, and infinite in events only.
    Float(f64),
}

impl Number {
    /// The number that this decimal text spells, as JSON spells numbers (also a leading `+`). Whole decimals are integers.
    pub fn parse(text: &str) -> Option<Self> {
        if !Self::is_spelled(text) {
            return None;
        }
        if let Ok(int) = text.parse::<i128>() {
            return Some(Self::Int(int));
        }
        text.parse::<f64>().ok().and_then(Self::from_f64)
    }

    /// Whether the text is one of digits, as numbers are written: `inf` and `nan` are not.
    fn is_spelled(text: &str) -> bool {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(plain)
    }

    /// The number that an event writes, also as a string: as [`Number::parse`] reads it, and one beyond the range of doubles is beyond all others.
    pub fn of_event(text: &str) -> Option<Self> {
        let beyond = || text.parse().ok().filter(|value: &f64| Self::is_spelled(text) && value.is_infinite());
        Self::parse(text).or_else(|| beyond().map(Self::Float))
    }

    /// The number without its fraction.
    #[must_use]
    pub fn whole(self) -> Self {
        match self {
            Self::Int(_) => self,
            Self::Float(value) => Self::from_f64(value.trunc()).unwrap_or(self),
        }
    }

    /// A number from a float: whole values become integers; NaN and infinities are none.
    pub fn from_f64(value: f64) -> Option<Self> {
        // 2^126: every whole float below it is an exact i128
        #[expect(clippy::cast_possible_truncation, reason = "whole and within range: checked in the condition")]
        match value {
            v if !v.is_finite() => None,
            v if v.fract() == 0.0 && v.abs() < 8.5e37 => Some(Self::Int(v as i128)),
            v => Some(Self::Float(v)),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(&b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(&b),
            (Self::Int(a), Self::Float(b)) => compare_int_float(a, b),
            (Self::Float(a), Self::Int(b)) => compare_int_float(b, a).reverse(),
        }
    }
}

/// `b` is not whole or lies beyond `i128`: compare with its floor.
fn compare_int_float(a: i128, b: f64) -> Ordering {
    if b >= 1.7e38 {
        return Ordering::Less;
    }
    if b <= -1.7e38 {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within range: checked above")]
    let floor = b.floor() as i128;
    if a <= floor { Ordering::Less } else { Ordering::Greater }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Int(int) => int.hash(state),
            Self::Float(float) => float.to_bits().hash(state),
        }
    }
}

/// An ordered comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompareOp {
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
    /// Whether `left op right` holds.
    pub fn holds(self, left: Number, right: Number) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// A part of a point in time, as the event writes it (no conversion between zones).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimePart {
    /// 0-59
    Minute,
    /// 0-23
    Hour,
    /// 1-31
    Day,
    /// ISO week, 1-53
    Week,
    /// 1-12
    Month,
    /// As written
    Year,
}

/// What counts as a value of a field, where values are counted: values that a field of this type would not hold do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// Texts; one that stands there several times counts once.
    Text,
    /// Numbers, and texts that spell one.
    Number,
    /// `true` and `false`, as texts too; the empty text is false.
    Boolean,
    /// Points in time, as [`TimeRange`] reads them.
    Date,
    /// IP addresses; one that stands there several times counts once.
    Ip,
}

/// A range of points in time, in milliseconds since 1970 (UTC). Open bounds are absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeRange {
    /// The first instant within.
    pub from: Option<i64>,
    /// The first instant behind it.
    pub to: Option<i64>,
}

impl TimeRange {
    /// A range; bounds may be open.
    pub const fn new(from: Option<i64>, to: Option<i64>) -> Self {
        Self { from, to }
    }

    /// Whether an instant, in milliseconds, is within.
    pub fn contains(self, instant: i64) -> bool {
        self.from.is_none_or(|from| from <= instant) && self.to.is_none_or(|to| instant < to)
    }
}

/// How many elements of an array must satisfy a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// At least one.
    Any,
    /// Every one, and there is one.
    All,
    /// Every one; an empty or missing array satisfies it.
    AllOrEmpty,
    /// Not one; an empty or missing array satisfies it.
    None,
    /// The element at this index; negative ones count from the end.
    At(i32),
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextOp {
    /// The whole text.
    Equals,
    /// Its beginning.
    StartsWith,
    /// Its end.
    EndsWith,
    /// Some part of it.
    Contains,
}

impl fmt::Display for TextOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equals => "equals",
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
            Self::Contains => "contains",
        })
    }
}

/// Rules that the compiler made, ready to be linked into an [`crate::Engine`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pack {
    pub(crate) parts: Arc<Parts>,
}

/// What a pack is made of, whether it was generated or planned in-process.
#[derive(Debug)]
pub struct Parts {
    /// The pack's name.
    pub name: Cow<'static, str>,
    /// Its logical fields.
    pub fields: Vec<Field>,
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Whether a rule looks at every value of an event (keywords).
    pub reads_any_value: bool,
}

/// A logical field: the values of the first source that is in force and present.
#[derive(Debug)]
pub struct Field {
    /// What rules call it.
    pub name: Cow<'static, str>,
    /// Where events hold it; never empty.
    pub sources: Vec<(Cow<'static, str>, Option<ScopeId>)>,
    /// Whether its arrays and objects are looked at as such: elements of arrays are tested one by one, or it holds places.
    pub elements: bool,
    /// Texts of more characters than this do not count, as Elasticsearch does not index them.
    pub ignore_above: Option<u32>,
}

/// A condition on events that rules share.
#[derive(Debug)]
pub struct Scope {
    /// What it stands for.
    pub name: Cow<'static, str>,
    /// The fields that it reads.
    pub reads: Vec<FieldId>,
    /// Whether an event is in it.
    pub matches: ScopeBody,
}

/// How a scope decides.
#[derive(Debug)]
pub enum ScopeBody {
    /// By generated code.
    Native(fn(&Slots<'_>) -> bool),
    /// By walking a tree.
    Tree(Box<tree::Node>),
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// What alerts say of it.
    pub info: RuleInfo,
    /// The scope that it is for; `None` for every event.
    pub scope: Option<ScopeId>,
    /// When it is a candidate: `None` for every event in its scope.
    pub triggers: Option<Vec<Trigger>>,
    /// Whether it matches.
    pub body: Body,
    /// What follows.
    pub then: Then,
}

/// What follows when a rule matches an event.
#[derive(Clone, Debug)]
pub enum Then {
    /// An alert.
    Alert,
    /// The event counts for a stateful rule.
    Operation(Arc<Operation>),
    /// An alert, if an indicator has the event's values.
    Threat(Arc<ThreatMatch>),
}

/// What sets a rule apart from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Its alerts are for other rules, not for people.
    BuildingBlock,
    /// It reads alerts: those of the same run come to it as events.
    ReadsAlerts,
}

/// How a rule decides.
#[derive(Debug)]
pub enum Body {
    /// By generated code.
    Native(fn(&Slots<'_>, &mut Held) -> bool),
    /// By walking a tree.
    Tree(Box<tree::Tree>),
}

/// Texts, one of which must occur in a field (`None`: in any field) for a rule to be a candidate.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Where?
    pub field: Option<FieldId>,
    /// How?
    pub op: TextOp,
    /// Which texts? Folded.
    pub texts: TextList,
}

/// What a rule says of itself.
#[derive(Clone, Debug)]
pub struct RuleInfo {
    /// The author's id, as written.
    pub id: Option<Cow<'static, str>>,
    /// Its title.
    pub title: Cow<'static, str>,
    /// How bad a hit is.
    pub level: Option<Level>,
    /// Its tags.
    pub tags: Vec<Cow<'static, str>>,
    /// The file that it stands in, as the compiler was given it.
    pub source: Cow<'static, str>,
    /// The names of its selections.
    pub selections: Vec<Cow<'static, str>>,
    /// What sets it apart.
    pub marks: Vec<Mark>,
}

impl Pack {
    /// A pack in generated code.
    pub fn from_static(pack: &'static generated::StaticPack) -> Self {
        let texts = |list: &'static [&'static str]| list.iter().map(|text| Cow::Borrowed(*text)).collect();
        let rules = pack.rules.iter().flat_map(|rules| rules.iter()).map(|rule| Rule {
            info: RuleInfo {
                id: rule.id.map(Cow::Borrowed),
                title: rule.title.into(),
                level: rule.level,
                tags: texts(rule.tags),
                source: rule.source.into(),
                selections: texts(rule.selections),
                marks: rule.marks.to_vec(),
            },
            scope: rule.scope,
            triggers: match rule.triggers {
                generated::Triggers::Always => None,
                generated::Triggers::AnyOf(triggers) => Some(triggers.iter().map(Trigger::from).collect()),
            },
            body: Body::Native(rule.matches),
            then: match rule.then {
                generated::Then::Alert => Then::Alert,
                generated::Then::Operation(make) => Then::Operation(Arc::new(make())),
                generated::Then::Threat(make) => Then::Threat(Arc::new(make())),
            },
        });
        let fields = pack.fields.iter().map(|field| Field {
            name: field.name.into(),
            sources: field.sources.iter().map(|source| (source.path.into(), source.under)).collect(),
            elements: field.elements,
            ignore_above: field.ignore_above,
        });
        let scopes = pack.scopes.iter().map(|scope| Scope {
            name: scope.name.into(),
            reads: scope.reads.to_vec(),
            matches: ScopeBody::Native(scope.matches),
        });
        Self::new(Parts {
            name: pack.name.into(),
            fields: fields.collect(),
            scopes: scopes.collect(),
            rules: rules.collect(),
            reads_any_value: pack.reads_any_value,
        })
    }

    /// A pack of these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// What it is made of.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// How many rules it has.
    pub fn len(&self) -> usize {
        self.parts.rules.len()
    }

    /// Whether it has no rules.
    pub fn is_empty(&self) -> bool {
        self.parts.rules.is_empty()
    }
}

impl From<&generated::Trigger> for Trigger {
    fn from(trigger: &generated::Trigger) -> Self {
        Self { field: trigger.field, op: trigger.op, texts: TextList::Static(trigger.texts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_events_write() {
        let is_above =
            |text: &str| Number::of_event(text).map(|number| CompareOp::Greater.holds(number, Number::Int(i128::MAX)));
        for text in ["1e400", "1E400", "+1e400"] {
            assert_eq!(is_above(text), Some(true), "{text}");
        }
        for text in ["-1e400", "1e3", "5", "007", "+2."] {
            assert_eq!(is_above(text), Some(false), "{text}");
        }
        for text in ["", "inf", "-inf", "infinity", "nan", "1e", "1e400x", "e5", ".5"] {
            assert_eq!(is_above(text), None, "{text}");
        }
    }
}
