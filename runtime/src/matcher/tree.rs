//! Rules that run without rustc: the expressions that generated code would spell out, walked.

use super::element::Element;
use super::slots::{Slots, Text};
use super::tests::{NumberTests, TextTests};
use super::values::{Globs, Networks, Pattern, Texts};
use crate::generated::{FieldId, Held};
use crate::pack::{CompareOp, Number, Quantifier, TextOp, TimePart};

/// A rule.
#[derive(Debug)]
pub struct Tree {
    /// Its selections, in the order of [`crate::pack::RuleInfo::selections`].
    pub selections: Vec<Node>,
    /// Its verdict.
    pub condition: Node,
    /// What its match says of each selection; none where either may be.
    pub known: Vec<Option<bool>>,
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
    /// IP networks.
    Networks(Box<Networks>),
    /// Equal to one of these numbers.
    Numbers(Vec<Number>),
    /// Compared with a number.
    Compare(CompareOp, Number),
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
}

impl Tree {
    /// The rule's verdict; fills `held` where it matches.
    pub(crate) fn matches(&self, event: Slots<'_>, held: &mut Held) -> bool {
        let scene = Scene { event, element: None, selections: &self.selections };
        let matched = scene.holds(&self.condition);
        if matched {
            held.clear();
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
                    (Subject::Element(_), None) | (Subject::AnyValue, _) => false,
                }
            }
        }
    }

    fn tests(self, test: &Test) -> bool {
        let event = self.event;
        match (&test.subject, self.element) {
            (Subject::Field(field), _) => match &test.check {
                Check::Texts { cased: true, .. }
                | Check::Globs { cased: true, .. }
                | Check::Pattern(_)
                | Check::Networks(_) => text_holds(&test.check, &event.cased(*field)),
                Check::Texts { .. } | Check::Globs { .. } => text_holds(&test.check, &event.text(*field)),
                Check::Numbers(_) | Check::Compare(..) => number_holds(&test.check, &event.number(*field)),
                Check::Time(part, ..) => number_holds(&test.check, &event.time(*field, *part)),
                Check::SameAs { other, op, cased: true } => pair_holds(*op, event.cased(*field), event.cased(*other)),
                Check::SameAs { other, op, cased: false } => pair_holds(*op, event.text(*field), event.text(*other)),
                Check::Exists => event.exists(*field),
                Check::Null => event.is_null(*field),
                Check::Present => event.is_present(*field),
            },
            (Subject::AnyValue, _) => match &test.check {
                Check::Texts { cased: true, .. }
                | Check::Globs { cased: true, .. }
                | Check::Pattern(_)
                | Check::Networks(_) => text_holds(&test.check, &event.any_value_cased()),
                Check::Texts { .. } | Check::Globs { .. } => text_holds(&test.check, &event.any_value()),
                Check::Numbers(_) | Check::Compare(..) | Check::Time(..) => {
                    number_holds(&test.check, &event.any_number())
                }
                Check::Exists | Check::Present => event.any_value().is_present(),
                Check::SameAs { .. } | Check::Null => false,
            },
            (Subject::Element(path), Some(element)) => match &test.check {
                Check::Texts { cased: true, .. }
                | Check::Globs { cased: true, .. }
                | Check::Pattern(_)
                | Check::Networks(_) => text_holds(&test.check, &element.cased(path)),
                Check::Texts { .. } | Check::Globs { .. } => text_holds(&test.check, &element.text(path)),
                Check::Numbers(_) | Check::Compare(..) => number_holds(&test.check, &element.number(path)),
                Check::Time(part, ..) => number_holds(&test.check, &element.time(path, *part)),
                Check::Exists => element.exists(path),
                Check::Null => element.is_null(path),
                Check::Present => element.is_present(path),
                Check::SameAs { .. } => false,
            },
            (Subject::Element(_), None) => false,
        }
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
        Check::Networks(networks) => subject.in_networks(networks),
        Check::Numbers(_)
        | Check::Compare(..)
        | Check::Time(..)
        | Check::SameAs { .. }
        | Check::Exists
        | Check::Null
        | Check::Present => false,
    }
}

fn number_holds(check: &Check, subject: &impl NumberTests) -> bool {
    match check {
        Check::Numbers(numbers) | Check::Time(_, None, numbers) => subject.equals_any(numbers),
        Check::Compare(op, to) => subject.compares(*op, *to),
        Check::Time(_, Some(op), numbers) => numbers.first().is_some_and(|to| subject.compares(*op, *to)),
        Check::Texts { .. }
        | Check::Globs { .. }
        | Check::Pattern(_)
        | Check::Networks(_)
        | Check::SameAs { .. }
        | Check::Exists
        | Check::Null
        | Check::Present => false,
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
