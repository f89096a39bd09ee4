//! Tests of one value of a field, by the field's type.

use std::collections::HashSet;

use ipnet::IpNet;

use super::super::ast::{Literal, StringLiteral};
use super::case::View;
use super::names::Value;
use crate::elastic::date::{Anchor, DateMath};
use crate::elastic::leaf::{self, Context, Target};
use crate::elastic::regexp;
use crate::elastic::schema::FieldType;
use crate::elastic::text::QueryText;
use crate::ir::{Case, CompareOp, Expr, Number, Piece, Subject, Test, TextOp, TimeRange, ValueType};
use crate::source::{Span, Spanned};

/// A test of one value. Both ways it may hold too often, never too seldom.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    /// Holds where some value satisfies it.
    pub(super) holds: Expr,
    /// Holds where the only value does not satisfy it.
    pub(super) fails: Expr,
    /// Neither holds too often.
    pub(super) exact: bool,
}

impl Decided {
    /// A test that says exactly what was asked.
    pub(super) fn exactly(test: Expr) -> Self {
        Self { fails: Expr::not(test.clone()), holds: test, exact: true }
    }

    /// A test that holds wherever what was asked does, and elsewhere too.
    pub(super) fn at_most(test: Expr) -> Self {
        Self { holds: test, fails: Expr::Const(true), exact: false }
    }

    /// It is not known.
    pub(super) fn unknown() -> Self {
        Self::at_most(Expr::Const(true))
    }

    /// One of these.
    pub(super) fn any(members: impl IntoIterator<Item = Self>) -> Self {
        let members: Vec<Self> = members.into_iter().collect();
        Self {
            exact: members.iter().all(|member| member.exact),
            fails: Expr::all(members.iter().map(|member| member.fails.clone())),
            holds: Expr::any(members.into_iter().map(|member| member.holds)),
        }
    }
}

/// A column that is the value of a field.
#[derive(Debug)]
pub(super) struct Column {
    value: Value,
    target: Target,
    /// What Elasticsearch calls its type, where [`FieldType`] knows only the kind.
    mapping: Option<&'static str>,
    /// It is not known whether a field that no table knows holds texts or numbers.
    perhaps_number: bool,
}

/// What a column is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum With {
    Text,
    Number,
    Boolean,
    /// Something else, or it is not known.
    Other,
}

impl With {
    pub(super) fn of(literal: &Literal) -> Self {
        match literal {
            Literal::String(_) => Self::Text,
            Literal::Integer(_) | Literal::Decimal(_) => Self::Number,
            Literal::Bool(_) => Self::Boolean,
            Literal::Null | Literal::TimeSpan(_) | Literal::Array(_) | Literal::Parameter(_) => Self::Other,
        }
    }
}

impl Column {
    pub(super) fn new(value: Value, numeric: &HashSet<String>, cx: &Context<'_>) -> Self {
        let target = Target::field(cx.schema, &value.field);
        let perhaps_number = target.kind == FieldType::Unknown && numeric.contains(&value.field);
        let mapping = cx.schema.mapping(&value.field);
        Self { value, target, mapping, perhaps_number }
    }

    /// Versions are ordered by their numbers, which tests of texts are not.
    fn is_version(&self) -> bool {
        self.mapping == Some("version")
    }

    /// Tests of dates know no nanoseconds, and no years that nanoseconds do not reach.
    fn has_nanoseconds(&self) -> bool {
        self.mapping == Some("date_nanos")
    }

    fn test(&self, test: Test) -> Expr {
        Expr::test(self.target.subject.clone(), test)
    }

    /// How its values are counted; none if that is not known. The second says whether it is known for certain.
    fn counted(&self, with: With) -> Option<(ValueType, bool)> {
        Some(match self.target.kind {
            FieldType::Keyword | FieldType::Wildcard => (ValueType::Text, true),
            // texts of the document, which may stand there twice
            FieldType::Text => (ValueType::Text, false),
            FieldType::Unknown => match with {
                With::Text => (ValueType::Text, true),
                With::Number => (ValueType::Number, false),
                With::Boolean => (ValueType::Boolean, true),
                With::Other => return None,
            },
            FieldType::Integer | FieldType::Float => (ValueType::Number, true),
            FieldType::Boolean => (ValueType::Boolean, true),
            FieldType::Date if self.has_nanoseconds() => return None,
            FieldType::Date => (ValueType::Date, true),
            FieldType::Ip => (ValueType::Ip, true),
            FieldType::Caseless | FieldType::Flattened | FieldType::Object | FieldType::Nested | FieldType::Other => {
                return None;
            }
        })
    }

    /// Where an operator that takes one value of the column, and `with` another, says something else than null; and whether that is exact.
    pub(super) fn guard(&self, with: With) -> (Expr, bool) {
        match self.counted(with) {
            // rows of a column that was expanded have one value each, but which?
            _ if self.value.expanded => (Expr::Const(true), false),
            Some((of, exact)) => (self.test(Test::Single(of)), exact),
            None => (Expr::Const(true), false),
        }
    }

    /// Whether the test of a value is true, or whether it is false.
    pub(super) fn decide(&self, decided: Decided, with: With, want: bool) -> (Expr, bool) {
        let (guard, exact) = self.guard(with);
        let test = match (want, self.value.expanded) {
            (true, _) => decided.holds,
            (false, false) => decided.fails,
            // another value may not satisfy it
            (false, true) => Expr::Const(true),
        };
        (Expr::all([guard, test]), exact && decided.exact)
    }

    /// Whether there is a value, or whether there is none.
    pub(super) fn present(&self, want: bool) -> (Expr, bool) {
        let present = self.test(Test::Present);
        let compares = |ops: &dyn Fn(CompareOp) -> Test| {
            Expr::any([CompareOp::GreaterOrEqual, CompareOp::Less].map(|op| self.test(ops(op))))
        };
        let zero = Number::Int(0);
        let some = match self.target.kind {
            FieldType::Keyword | FieldType::Wildcard | FieldType::Text => present.clone(),
            FieldType::Unknown if !self.perhaps_number => present.clone(),
            FieldType::Integer => compares(&|op| Test::Long { op: Some(op), values: vec![zero] }),
            FieldType::Float => compares(&|op| Test::Compare { op, to: zero }),
            FieldType::Boolean => {
                let values = ["true", "false", ""].map(str::to_owned).to_vec();
                self.test(Test::Text { op: TextOp::Equals, values, case: Case::Sensitive })
            }
            FieldType::Date if self.has_nanoseconds() => return (Expr::Const(true), false),
            FieldType::Date => self.test(Test::Within(TimeRange::new(None, None))),
            FieldType::Ip => {
                let all = ["0.0.0.0/0", "::/0"].iter().filter_map(|network| network.parse().ok());
                self.test(Test::Cidr(all.collect()))
            }
            // a place may be an object, and what is there need not be one
            FieldType::Other if want => return (self.test(Test::Exists), false),
            FieldType::Unknown
            | FieldType::Caseless
            | FieldType::Flattened
            | FieldType::Object
            | FieldType::Nested
            | FieldType::Other => return (Expr::Const(true), false),
        };
        match (self.value.view, want) {
            (View::Plain, true) => (some, true),
            (View::Plain, false) => (Expr::not(some), true),
            // of several values, some versions make null
            (View::Lower | View::Upper, true) => (present, false),
            (View::Lower | View::Upper, false) => (Expr::Const(true), false),
        }
    }

    /// Whether its values are addresses.
    pub(super) fn holds_addresses(&self) -> bool {
        self.target.kind == FieldType::Ip
    }

    fn is_plain(&self) -> bool {
        self.value.view == View::Plain
    }

    /// Whether conditions on its text can be asked of the text.
    fn has_texts(&self) -> bool {
        match self.target.kind {
            FieldType::Keyword | FieldType::Wildcard | FieldType::Caseless | FieldType::Text | FieldType::Unknown => {
                true
            }
            FieldType::Integer
            | FieldType::Float
            | FieldType::Boolean
            | FieldType::Date
            | FieldType::Ip
            | FieldType::Flattened
            | FieldType::Object
            | FieldType::Nested
            | FieldType::Other => false,
        }
    }

    /// What it is compared with where a literal stands there.
    pub(super) fn texts(&self, op: TextOp, texts: impl IntoIterator<Item = String>) -> Decided {
        if !self.has_texts() {
            return Decided::unknown();
        }
        let texts: Vec<String> = texts.into_iter().filter(|text| !self.value.view.lacks(text)).collect();
        let literals = texts.concat();
        self.seen(&literals, false, |case| self.target.part(op, texts, case))
    }

    /// `LIKE`: its whole text matches a pattern (ES|QL reference, "LIKE"): `*`, `?` and `\` before one of them.
    pub(super) fn like(&self, patterns: &[&str]) -> Decided {
        if !self.has_texts() {
            return Decided::unknown();
        }
        let read = patterns.iter().map(|pattern| read(pattern)).filter(|pieces| {
            let lacks = |piece: &Piece| matches!(piece, Piece::Literal(text) if self.value.view.lacks(text));
            !pieces.iter().any(lacks)
        });
        let read: Vec<Vec<Piece>> = read.collect();
        let pieces = || read.iter().flatten();
        let literals: String = pieces()
            .map(|piece| match piece {
                Piece::Literal(text) => text.as_str(),
                Piece::AnyRun | Piece::AnyChar | Piece::Dash => "",
            })
            .collect();
        let counts = pieces().any(|piece| *piece == Piece::AnyChar);
        self.seen(&literals, counts, |case| {
            if read.is_empty() {
                return Expr::Const(false);
            }
            let patterns = read.iter().map(|pieces| leaf::glob(pieces.iter().cloned(), case)).collect();
            self.test(Test::Glob { patterns, case })
        })
    }

    /// A test of the text in its view. `counts`: how many characters the text has matters.
    fn seen(&self, literals: &str, counts: bool, test: impl FnOnce(Case) -> Expr) -> Decided {
        let cased = self.target.kind != FieldType::Caseless;
        if self.is_plain() && cased {
            return Decided::exactly(test(Case::Sensitive));
        }
        // the index holds a caseless field in lower case
        let view = if self.is_plain() { View::Lower } else { self.value.view };
        let (folded, odd) = (test(Case::Insensitive), view.odd());
        let holding = |characters: Vec<String>| match characters.as_slice() {
            [] => Expr::Const(false),
            [..] => self.test(Test::Text { op: TextOp::Contains, values: characters, case: Case::Sensitive }),
        };
        let more = || holding(odd.more.clone());
        match literals.is_ascii() && cased {
            true if !counts && !odd.matter(literals) => Decided::exactly(folded),
            true => Decided {
                fails: Expr::any([Expr::not(folded.clone()), more(), holding(odd.less.clone())]),
                holds: Expr::any([folded, more()]),
                exact: false,
            },
            false if !literals.is_ascii() && odd.matter(literals) => Decided::unknown(),
            false => Decided::at_most(Expr::any([folded, more()])),
        }
    }

    /// `RLIKE`: an expression matches its whole text (ES|QL reference, "RLIKE").
    pub(super) fn rlike(&self, pattern: &StringLiteral, cx: &mut Context<'_>) -> Decided {
        let text = QueryText::at(&pattern.value, pattern.span);
        // what is left out in lower case is left out in both cases where case is ignored
        let folds = !["[^", "~", "&", "#", "@", "<", "\""].iter().any(|sign| pattern.value.contains(sign));
        let cased = self.is_plain() && self.target.kind != FieldType::Caseless;
        if !self.has_texts() || !(cased || folds) {
            return Decided::unknown();
        }
        let mark = cx.diags.len();
        let translated = regexp::translate(&text, !cased, cx.diags);
        if cx.diags.has_errors_since(mark) {
            return Decided::unknown();
        }
        let Some(translated) = translated else { return Decided::unknown() };
        let test =
            || if translated.never { Expr::Const(false) } else { self.target.pattern(translated.pattern.clone()) };
        if cased {
            return Decided::exactly(test());
        }
        Decided { exact: false, fails: Expr::Const(true), ..self.seen("is", true, |_| test()) }
    }

    /// Equal to one of these literals, all of which are of one kind.
    pub(super) fn equals(&self, literals: &[&Literal], span: Span, cx: &mut Context<'_>) -> Decided {
        let strings = || literals.iter().filter_map(|literal| string(literal));
        let numbers: Vec<Number> = literals.iter().filter_map(|literal| number(literal)).collect();
        let all_strings = strings().count() == literals.len();
        match self.target.kind {
            _ if self.has_texts() && all_strings => self.texts(TextOp::Equals, strings().map(str::to_owned)),
            FieldType::Integer if numbers.len() == literals.len() => Decided::exactly(self.target.numbers(numbers)),
            FieldType::Float if numbers.len() == literals.len() => {
                Decided::any(numbers.into_iter().map(|number| self.double(number, span, cx)))
            }
            FieldType::Unknown if numbers.len() == literals.len() => {
                // whether fractions are cut off is not known
                let mut values: Vec<Number> =
                    numbers.iter().copied().chain(numbers.iter().map(|n| n.whole())).collect();
                values.sort_unstable();
                values.dedup();
                Decided::at_most(self.test(Test::Long { op: None, values }))
            }
            FieldType::Boolean | FieldType::Unknown => {
                let mut values = Vec::new();
                for literal in literals {
                    match literal {
                        Literal::Bool(true) => values.push("true".to_owned()),
                        // a boolean field reads an empty text as false
                        Literal::Bool(false) => values.extend(["false".to_owned(), String::new()]),
                        _ => return Decided::unknown(),
                    }
                }
                Decided::exactly(self.test(Test::Text { op: TextOp::Equals, values, case: Case::Sensitive }))
            }
            FieldType::Date if all_strings && !self.has_nanoseconds() => {
                let at = |text| match date(text) {
                    Some(at) => self.within(Some(at), Some(at.saturating_add(1))),
                    None => Decided::unknown(),
                };
                Decided::any(strings().map(at).collect::<Vec<_>>())
            }
            FieldType::Ip if strings().all(|text| text.parse::<std::net::IpAddr>().is_ok()) && all_strings => {
                self.networks(strings())
            }
            FieldType::Keyword
            | FieldType::Wildcard
            | FieldType::Caseless
            | FieldType::Text
            | FieldType::Integer
            | FieldType::Float
            | FieldType::Date
            | FieldType::Ip
            | FieldType::Flattened
            | FieldType::Object
            | FieldType::Nested
            | FieldType::Other => Decided::unknown(),
        }
    }

    /// In this order to a literal.
    pub(super) fn compare(&self, order: CompareOp, literal: &Literal, span: Span, cx: &mut Context<'_>) -> Decided {
        match (self.target.kind, number(literal), string(literal)) {
            (FieldType::Integer | FieldType::Float, Some(number), _) => self.ordered(order, number, span, cx),
            (FieldType::Unknown, Some(number), _) => {
                let whole = Test::Long { op: Some(order), values: vec![number] };
                Decided::at_most(Expr::any(
                    [whole, Test::Compare { op: order, to: number }].map(|test| self.test(test)),
                ))
            }
            (FieldType::Date, _, Some(text)) if !self.has_nanoseconds() => match (date(text), order) {
                (None, _) => Decided::unknown(),
                (Some(at), CompareOp::Less) => self.within(None, Some(at)),
                (Some(at), CompareOp::LessOrEqual) => self.within(None, Some(at.saturating_add(1))),
                (Some(at), CompareOp::Greater) => self.within(Some(at.saturating_add(1)), None),
                (Some(at), CompareOp::GreaterOrEqual) => self.within(Some(at), None),
            },
            (FieldType::Ip, _, Some(text)) if text.parse::<std::net::IpAddr>().is_ok() => {
                Decided::exactly(cx.compare(&self.target, order, &Spanned::new(text.to_owned(), span)))
            }
            (FieldType::Keyword | FieldType::Wildcard | FieldType::Text | FieldType::Unknown, _, Some(text))
                if self.is_plain() && !self.is_version() =>
            {
                Decided::exactly(self.test(Test::Order { op: order, to: text.to_owned() }))
            }
            _ => Decided::unknown(),
        }
    }

    /// Equal to a double.
    fn double(&self, number: Number, span: Span, cx: &mut Context<'_>) -> Decided {
        let bounds = [CompareOp::GreaterOrEqual, CompareOp::LessOrEqual].map(|op| self.ordered(op, number, span, cx));
        Decided {
            exact: bounds.iter().all(|bound| bound.exact),
            fails: Expr::any(bounds.iter().map(|bound| bound.fails.clone())),
            holds: Expr::all(bounds.into_iter().map(|bound| bound.holds)),
        }
    }

    /// Doubles are compared as such, which large whole numbers are only nearly.
    fn ordered(&self, op: CompareOp, number: Number, span: Span, cx: &mut Context<'_>) -> Decided {
        const EXACT: u128 = 1 << 53;
        let spelled = match number {
            Number::Int(number) if self.target.kind == FieldType::Float && number.unsigned_abs() >= EXACT => {
                return Decided::unknown();
            }
            Number::Int(number) => number.to_string(),
            Number::Float(number) => number.to_string(),
        };
        Decided::exactly(cx.compare(&self.target, op, &Spanned::new(spelled, span)))
    }

    fn within(&self, from: Option<i64>, to: Option<i64>) -> Decided {
        Decided::exactly(self.test(Test::Within(TimeRange::new(from, to))))
    }

    /// `CIDR_MATCH`: an address in one of these networks.
    pub(super) fn networks<'t>(&self, networks: impl Iterator<Item = &'t str>) -> Decided {
        let networks: Option<Vec<_>> = networks.map(leaf::network).collect();
        match (self.target.kind, networks) {
            (FieldType::Ip, Some(networks)) => {
                // IPv4 addresses are within IPv6 there
                let four = std::net::Ipv4Addr::UNSPECIFIED;
                let mapped = std::net::IpAddr::V6(four.to_ipv6_mapped());
                let holds_four = networks.iter().any(|network| network.contains(&mapped));
                let all = holds_four.then(|| IpNet::new_assert(four.into(), 0));
                Decided::exactly(self.target.networks(networks.into_iter().chain(all).collect()))
            }
            // as far as its texts are addresses
            (FieldType::Keyword | FieldType::Wildcard | FieldType::Unknown, Some(networks)) if self.is_plain() => {
                Decided::at_most(self.target.networks(networks))
            }
            _ => Decided::unknown(),
        }
    }

    /// The field, for what looks at the index.
    pub(super) fn searched(&self) -> Option<&Target> {
        (self.is_plain() && !self.value.expanded && matches!(self.target.subject, Subject::Field(_)))
            .then_some(&self.target)
    }
}

/// A string beside a date is the point in time that it spells: of a day, its start. In milliseconds.
fn date(text: &str) -> Option<i64> {
    let math = DateMath::parse(text).filter(|math| math.steps.is_empty() && !text.contains("||"))?;
    match math.anchor {
        Anchor::Date { start, .. } => Some(start.as_millisecond()),
        Anchor::Now => None,
    }
}

fn string(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::String(text) => Some(&text.value),
        _ => None,
    }
}

fn number(literal: &Literal) -> Option<Number> {
    match literal {
        Literal::Integer(number) => Some(Number::Int(*number)),
        Literal::Decimal(number) => Number::from_f64(*number),
        _ => None,
    }
}

/// What a pattern means.
fn read(pattern: &str) -> Vec<Piece> {
    let (mut pieces, mut rest) = (Vec::new(), pattern.chars());
    while let Some(c) = rest.next() {
        // in front of anything but `*`, `?` and a backslash it is warned of elsewhere
        pieces.push(if c == '\\' { Piece::Literal(rest.next().unwrap_or(c).to_string()) } else { leaf::wildcard(c) });
    }
    pieces
}
