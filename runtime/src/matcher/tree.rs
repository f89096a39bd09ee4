//! Rules that run without rustc: the expressions that generated code would spell out, walked.

use super::element::Element;
use super::formula::{Datum, Function, Scratch};
use super::slots::{Slots, Text};
use super::tests::{NumberTests, TextTests};
use super::tokens::Words;
use super::values::{Globs, Networks, Pattern, Texts};
use crate::generated::{FieldId, Held};
use crate::pack::{CompareOp, Number, Quantifier, TextOp, TimePart, TimeRange, ValueType};

/// A rule.
#[derive(Debug)]
pub struct Tree {
    /// Its selections, in the order of [`crate::pack::RuleInfo::selections`].
    pub selections: Vec<Node>,
    /// Its verdict.
    pub condition: Node,
    /// What its match says of each selection; none where either may be.
    pub known: Vec<Option<bool>>,
    /// Whether its alerts carry the event.
    pub carries_event: bool,
}

/// An expression over one event.
#[derive(Debug)]
pub enum Node {
    /// Always or never.
    Const(bool),
    /// One test.
    Test(Box<Test>),
    /// A selection of the rule.
    Selection(u16),
    /// Negation.
    Not(Box<Node>),
    /// Every member.
    All(Box<[Node]>),
    /// Some member.
    Any(Box<[Node]>),
    /// At least so many members.
    AtLeast(u32, Box<[Node]>),
    /// A test over the elements of an array.
    Elements(Box<Elements>),
    /// A computed value that is true.
    Formula(Box<Formula>),
}

/// A value that is computed of one value of each of some fields.
#[derive(Debug)]
pub struct Formula {
    /// Which fields? Each once.
    pub fields: Vec<FieldId>,
    /// The computation.
    pub value: Scalar,
}

/// A computed value.
#[derive(Debug)]
pub enum Scalar {
    /// None.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(Box<str>),
    /// The chosen value of a field, by its place in [`Formula::fields`].
    Field(usize),
    /// A function of values.
    Call(Function, Box<[Scalar]>),
    /// Whether a text matches a pattern; whether case is ignored.
    Globs(Box<Scalar>, Globs, bool),
    /// Whether an expression is found in a text.
    Pattern(Box<Scalar>, Box<Pattern>),
    /// Whether an address is in a network.
    Networks(Box<Scalar>, Box<Networks>),
}

impl Formula {
    fn holds<'a>(&'a self, scratch: Scratch<'a>, chosen: &[Datum<'a>]) -> bool {
        self.value.value(scratch, chosen).is_true()
    }
}

impl Scalar {
    fn value<'a>(&'a self, scratch: Scratch<'a>, chosen: &[Datum<'a>]) -> Datum<'a> {
        match self {
            Self::Null => Datum::Null,
            Self::Bool(value) => Datum::Bool(*value),
            Self::Int(number) => Datum::Int(*number),
            Self::Float(number) => Datum::Float(*number),
            Self::Text(text) => Datum::Text(text),
            Self::Field(at) => chosen.get(*at).copied().unwrap_or(Datum::Null),
            Self::Call(function, arguments) => {
                let values = arguments.iter().map(|argument| argument.value(scratch, chosen));
                scratch.call(*function, &bumpalo::collections::Vec::from_iter_in(values, scratch.0))
            }
            Self::Globs(value, globs, false) => scratch.matches(value.value(scratch, chosen), globs),
            Self::Globs(value, globs, true) => scratch.matches_ignoring_case(value.value(scratch, chosen), globs),
            Self::Pattern(value, pattern) => value.value(scratch, chosen).is_match(pattern),
            Self::Networks(value, networks) => value.value(scratch, chosen).in_networks(networks),
        }
    }
}

/// A test over the elements of an array.
#[derive(Debug)]
pub struct Elements {
    /// Which array?
    pub of: Subject,
    /// How many elements?
    pub quantifier: Quantifier,
    /// What one element must satisfy.
    pub body: Node,
}

/// What a test looks at.
#[derive(Debug)]
pub enum Subject {
    /// A field.
    Field(FieldId),
    /// Any value of the event.
    AnyValue,
    /// Inside [`Elements`]: a part of the element by path; empty for the element itself.
    Element(Box<str>),
    /// Every field of the event whose path matches this pattern with `*`.
    Paths(Box<str>),
}

/// A test of one subject.
#[derive(Debug)]
pub struct Test {
    /// What is tested?
    pub subject: Subject,
    /// For what?
    pub check: Check,
}

/// What a subject is tested for.
#[derive(Debug)]
pub enum Check {
    /// Text comparison with any of these; folded unless `cased`.
    Texts {
        /// How?
        op: TextOp,
        /// With what?
        texts: Texts,
        /// As they are?
        cased: bool,
    },
    /// Patterns for the whole text.
    Globs {
        /// Which?
        globs: Globs,
        /// As they are?
        cased: bool,
    },
    /// A regular expression.
    Pattern(Box<Pattern>),
    /// Words of analysed text.
    Words(Box<Words>),
    /// A point in time within a range.
    Within(TimeRange),
    /// IP networks.
    Networks(Box<Networks>),
    /// Equal to one of these numbers.
    Numbers(Vec<Number>),
    /// Compared with a number.
    Compare(CompareOp, Number),
    /// A whole number: equal to one of these, or compared with the first.
    Long(Option<CompareOp>, Vec<Number>),
    /// Compared with a text.
    Order(CompareOp, Box<str>),
    /// A part of a point in time: equal to one of the numbers, or compared with the first.
    Time(TimePart, Option<CompareOp>, Vec<Number>),
    /// Compared with another field's text.
    SameAs {
        /// Which field?
        other: FieldId,
        /// How?
        op: TextOp,
        /// As they are?
        cased: bool,
    },
    /// There at all.
    Exists,
    /// Missing or null.
    Null,
    /// A scalar that is not null.
    Present,
    /// Exactly one value of this type.
    Single(ValueType),
}

impl Tree {
    /// The rule's verdict; fills `held` where it matches.
    pub(crate) fn matches(&self, event: Slots<'_>, held: &mut Held) -> bool {
        let scene = Scene { event, element: None, selections: &self.selections };
        let matched = scene.holds(&self.condition);
        if matched {
            held.clear(self.carries_event);
            for (number, selection) in self.selections.iter().enumerate() {
                let known = self.known.get(number).copied().flatten();
                held.push(known.unwrap_or_else(|| scene.holds(selection)));
            }
        }
        matched
    }
}

impl Node {
    /// The verdict of an expression without selections.
    pub(crate) fn matches(&self, event: Slots<'_>) -> bool {
        Scene { event, element: None, selections: &[] }.holds(self)
    }
}

/// What nodes are evaluated against.
#[derive(Clone, Copy)]
struct Scene<'a> {
    event: Slots<'a>,
    element: Option<&'a Element<'a>>,
    selections: &'a [Node],
}

impl Scene<'_> {
    fn holds(self, node: &Node) -> bool {
        match node {
            Node::Const(value) => *value,
            Node::Test(test) => self.tests(test),
            Node::Selection(id) => self.selections.get(usize::from(*id)).is_some_and(|node| self.holds(node)),
            Node::Not(inner) => !self.holds(inner),
            Node::All(members) => members.iter().all(|member| self.holds(member)),
            Node::Any(members) => members.iter().any(|member| self.holds(member)),
            Node::AtLeast(count, members) => {
                members.iter().filter(|member| self.holds(member)).take(*count as usize).count() == *count as usize
            }
            Node::Elements(elements) => {
                let test = |element: &Element<'_>| Scene { element: Some(element), ..self }.holds(&elements.body);
                match (&elements.of, self.element) {
                    (Subject::Field(field), _) => self.event.elements(*field, elements.quantifier, test),
                    (Subject::Element(path), Some(element)) => element.elements(path, elements.quantifier, test),
                    (Subject::Paths(path), _) => self.event.whole().elements(path, elements.quantifier, test),
                    (Subject::Element(_), None) | (Subject::AnyValue, _) => false,
                }
            }
            Node::Formula(formula) => {
                self.event.any_choice(&formula.fields, &mut |scratch, chosen| formula.holds(scratch, chosen))
            }
        }
    }

    fn tests(self, test: &Test) -> bool {
        match (&test.subject, self.element) {
            (Subject::Field(field), _) => self.tests_field(*field, &test.check),
            (Subject::AnyValue, _) => self.tests_any_value(&test.check),
            (Subject::Element(path), Some(element)) => tests_part(element, path, &test.check),
            (Subject::Paths(path), _) => tests_part(&self.event.whole(), path, &test.check),
            (Subject::Element(_), None) => false,
        }
    }

    fn tests_field(self, field: FieldId, check: &Check) -> bool {
        let event = self.event;
        match check {
            Check::Texts { cased: true, .. }
            | Check::Globs { cased: true, .. }
            | Check::Pattern(_)
            | Check::Within(_)
            | Check::Order(..)
            | Check::Networks(_) => text_holds(check, &event.cased(field)),
            Check::Texts { .. } | Check::Globs { .. } | Check::Words(_) => text_holds(check, &event.text(field)),
            Check::Numbers(_) | Check::Compare(..) => number_holds(check, &event.number(field)),
            Check::Long(..) => number_holds(check, &event.long(field)),
            Check::Time(part, ..) => number_holds(check, &event.time(field, *part)),
            Check::SameAs { other, op, cased: true } => pair_holds(*op, event.cased(field), event.cased(*other)),
            Check::SameAs { other, op, cased: false } => pair_holds(*op, event.text(field), event.text(*other)),
            Check::Exists => event.exists(field),
            Check::Null => event.is_null(field),
            Check::Present => event.is_present(field),
            Check::Single(of) => event.is_single(field, *of),
        }
    }

    fn tests_any_value(self, check: &Check) -> bool {
        let event = self.event;
        match check {
            Check::Texts { cased: true, .. }
            | Check::Globs { cased: true, .. }
            | Check::Pattern(_)
            | Check::Within(_)
            | Check::Order(..)
            | Check::Networks(_) => text_holds(check, &event.any_value_cased()),
            Check::Texts { .. } | Check::Globs { .. } | Check::Words(_) => text_holds(check, &event.any_value()),
            Check::Numbers(_) | Check::Compare(..) | Check::Long(..) | Check::Time(..) => {
                number_holds(check, &event.any_number())
            }
            Check::Exists | Check::Present => event.any_value().is_present(),
            Check::SameAs { .. } | Check::Null | Check::Single(_) => false,
        }
    }
}

/// Tests a part of an element, or of the event as a whole.
fn tests_part(element: &Element<'_>, path: &str, check: &Check) -> bool {
    match check {
        Check::Texts { cased: true, .. }
        | Check::Globs { cased: true, .. }
        | Check::Pattern(_)
        | Check::Within(_)
        | Check::Order(..)
        | Check::Networks(_) => text_holds(check, &element.cased(path)),
        Check::Texts { .. } | Check::Globs { .. } | Check::Words(_) => text_holds(check, &element.text(path)),
        Check::Numbers(_) | Check::Compare(..) => number_holds(check, &element.number(path)),
        Check::Long(..) => number_holds(check, &element.long(path)),
        Check::Time(part, ..) => number_holds(check, &element.time(path, *part)),
        Check::Exists => element.exists(path),
        Check::Null => element.is_null(path),
        Check::Present => element.is_present(path),
        Check::Single(of) => element.is_single(path, *of),
        Check::SameAs { .. } => false,
    }
}

fn text_holds(check: &Check, subject: &impl TextTests) -> bool {
    match check {
        Check::Texts { op: TextOp::Equals, texts, .. } => subject.equals_any(texts),
        Check::Texts { op: TextOp::StartsWith, texts, .. } => subject.starts_with_any(texts),
        Check::Texts { op: TextOp::EndsWith, texts, .. } => subject.ends_with_any(texts),
        Check::Texts { op: TextOp::Contains, texts, .. } => subject.contains_any(texts),
        Check::Globs { globs, .. } => subject.matches_any(globs),
        Check::Pattern(pattern) => subject.is_match(pattern),
        Check::Words(words) => subject.has_words(words),
        Check::Within(range) => subject.within(*range),
        Check::Order(op, text) => subject.is_ordered(*op, text),
        Check::Networks(networks) => subject.in_networks(networks),
        Check::Numbers(_)
        | Check::Compare(..)
        | Check::Long(..)
        | Check::Time(..)
        | Check::SameAs { .. }
        | Check::Exists
        | Check::Null
        | Check::Present
        | Check::Single(_) => false,
    }
}

fn number_holds(check: &Check, subject: &impl NumberTests) -> bool {
    match check {
        Check::Numbers(numbers) | Check::Time(_, None, numbers) | Check::Long(None, numbers) => {
            subject.equals_any(numbers)
        }
        Check::Compare(op, to) => subject.compares(*op, *to),
        Check::Time(_, Some(op), numbers) | Check::Long(Some(op), numbers) => {
            numbers.first().is_some_and(|to| subject.compares(*op, *to))
        }
        Check::Texts { .. }
        | Check::Globs { .. }
        | Check::Pattern(_)
        | Check::Words(_)
        | Check::Within(_)
        | Check::Order(..)
        | Check::Networks(_)
        | Check::SameAs { .. }
        | Check::Exists
        | Check::Null
        | Check::Present
        | Check::Single(_) => false,
    }
}

fn pair_holds(op: TextOp, text: Text<'_>, other: Text<'_>) -> bool {
    match op {
        TextOp::Equals => text.same_as(other),
        TextOp::StartsWith => text.starts_with_value_of(other),
        TextOp::EndsWith => text.ends_with_value_of(other),
        TextOp::Contains => text.contains_value_of(other),
    }
}
