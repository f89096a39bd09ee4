//! Tests of one field, by the field's type: what both query languages and filters come down to.
//!
//! Where a query asks something of a field that its type cannot answer, a warning says so, and the closest meaning is taken: rules for data of
//! another shape still find what their authors looked for.

use std::sync::Arc;

use ipnet::IpNet;
use jiff::Timestamp;
use sigil_runtime::fold::fold;
use sigil_runtime::matcher::tokens;

use super::date::DateMath;
use super::schema::{FieldType, Schema};
use super::short;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::ir::{Case, CompareOp, Expr, Function, Glob, Number, Piece, Scalar, Subject, Test, TextOp, TimeRange};
use crate::source::{Span, Spanned};

/// What lowering a query needs throughout.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// The types of fields.
    pub(super) schema: &'a Schema,
    /// The time of the run, if there is one.
    pub(super) now: Option<Timestamp>,
    pub(super) diags: &'a mut Diagnostics,
    /// How many parts the value that is being computed has so far.
    pub(super) computed: usize,
}

/// What a test looks at.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) subject: Subject,
    pub(super) kind: FieldType,
    /// As messages name it.
    pub(super) name: String,
}

impl Target {
    /// A field of the event.
    pub(super) fn field(schema: &Schema, name: &str) -> Self {
        let field = schema.field(name);
        Self { subject: Subject::Field(field.field), kind: field.kind, name: name.to_owned() }
    }

    fn test(&self, test: Test) -> Expr {
        let own = Expr::test(self.subject.clone(), test.clone());
        match (&self.subject, self.kind, &test) {
            // every value below a flattened field is one of its own
            (Subject::Field(field), FieldType::Flattened, Test::Text { .. } | Test::Glob { .. }) => {
                Expr::any([own, Expr::test(Subject::Paths(format!("{}.*", field.name)), test)])
            }
            _ => own,
        }
    }

    fn texts(&self, op: TextOp, values: impl IntoIterator<Item = String>, case: Case) -> Expr {
        let case = self.case(case);
        let values: Vec<String> = values.into_iter().map(|value| cased(&value, case)).collect();
        if values.is_empty() { Expr::Const(false) } else { self.test(Test::Text { op, values, case }) }
    }

    fn case(&self, case: Case) -> Case {
        if self.kind == FieldType::Caseless { Case::Insensitive } else { case }
    }

    /// Whether the field has a value.
    pub(super) fn present(&self) -> Expr {
        let present = self.test(Test::Present);
        match self.kind {
            FieldType::Keyword
            | FieldType::Wildcard
            | FieldType::Caseless
            | FieldType::Text
            | FieldType::Integer
            | FieldType::Float
            | FieldType::Boolean
            | FieldType::Date
            | FieldType::Ip => present,
            FieldType::Unknown | FieldType::Other | FieldType::Object | FieldType::Nested | FieldType::Flattened => {
                let Subject::Field(field) = &self.subject else { return present };
                // an object exists where something is in it. Under flat keys that is looked for only below names that are known for objects:
                // it means to walk through the event
                let below = Expr::test(Subject::Paths(format!("{}.*", field.name)), Test::Present);
                let is_object = matches!(self.kind, FieldType::Object | FieldType::Nested | FieldType::Flattened);
                let below = if is_object { below } else { Expr::all([self.test(Test::Exists), below]) };
                Expr::any([present, below])
            }
        }
    }

    /// Whether one value is within both of two bounds that [`Context::compare`] has made of this field.
    pub(super) fn within_both(&self, one: Expr, other: Expr) -> Expr {
        if let (Expr::Test(a), Expr::Test(b)) = (&one, &other)
            && let (Test::Within(a), Test::Within(b)) = (&a.test, &b.test)
        {
            let range = TimeRange::new(a.from.max(b.from), a.to.into_iter().chain(b.to).min());
            return self.test(Test::Within(range));
        }
        match (self.computed(&one), self.computed(&other)) {
            (Some(a), Some(b)) => Expr::Formula(Box::new(Scalar::call(Function::And, [a, b]))),
            (None, _) | (_, None) => Expr::all([one, other]),
        }
    }

    /// A bound as a computed condition.
    fn computed(&self, bound: &Expr) -> Option<Scalar> {
        let Subject::Field(field) = &self.subject else { return None };
        let read = |function: Function| Scalar::call(function, [Scalar::Field(Arc::clone(field))]);
        let predicate = match bound {
            Expr::Formula(bound) => return Some((**bound).clone()),
            Expr::Test(predicate) => predicate,
            _ => return None,
        };
        match &predicate.test {
            Test::Compare { op, to } => Some(Scalar::call(ordering(*op), [read(Function::AsNumber), literal(*to)])),
            Test::Long { op: Some(op), values } => {
                Some(Scalar::call(ordering(*op), [read(Function::AsInt), literal(*values.first()?)]))
            }
            Test::Order { op, to } => {
                Some(Scalar::call(ordering(*op), [read(Function::AsText), Scalar::Text(to.clone())]))
            }
            Test::Cidr(networks) => Some(Scalar::InNetworks(Box::new(read(Function::AsText)), networks.clone())),
            _ => None,
        }
    }

    /// Whether its text stands in this order to another.
    fn ordered(&self, op: CompareOp, to: &str) -> Expr {
        match &self.subject {
            Subject::Field(field) if self.kind == FieldType::Caseless => {
                let text = Scalar::call(Function::AsFolded, [Scalar::Field(Arc::clone(field))]);
                Expr::Formula(Box::new(Scalar::call(ordering(op), [text, Scalar::Text(fold(to))])))
            }
            _ => self.test(Test::Order { op, to: to.to_owned() }),
        }
    }

    /// Whether its text starts or ends with one of these, or has one of them in it.
    pub(super) fn part(&self, op: TextOp, texts: impl IntoIterator<Item = String>, case: Case) -> Expr {
        self.texts(op, texts, case)
    }

    /// Whether a regular expression, anchored already, matches it.
    pub(super) fn pattern(&self, pattern: String) -> Expr {
        self.test(Test::Regex { pattern, lookaround: false })
    }

    /// Whether analysed text holds these words: one behind the other (`phrase`), or any of them.
    pub(super) fn analysed(&self, text: &str, phrase: bool) -> Expr {
        let words = words(text);
        let phrases = if phrase { vec![words] } else { words.into_iter().map(|word| vec![word]).collect() };
        self.words(phrases, Vec::new())
    }

    /// Whether analysed text holds every word of a text.
    pub(super) fn all_words(&self, text: &str) -> Expr {
        let words = words(text);
        if words.is_empty() {
            return Expr::Const(false);
        }
        Expr::all(words.into_iter().map(|word| self.words(vec![vec![word]], Vec::new())))
    }

    /// Whether analysed text holds one of these phrases, or a word that matches one of the patterns.
    pub(super) fn words(&self, phrases: Vec<Vec<String>>, patterns: Vec<Glob>) -> Expr {
        let phrases: Vec<Vec<String>> = phrases.into_iter().filter(|phrase| !phrase.is_empty()).collect();
        if phrases.is_empty() && patterns.is_empty() {
            return Expr::Const(false);
        }
        self.test(Test::Words { phrases, patterns })
    }

    /// Whether it is an address in one of the networks.
    pub(super) fn networks(&self, networks: Vec<IpNet>) -> Expr {
        if networks.is_empty() { Expr::Const(false) } else { self.test(Test::Cidr(with_four(networks))) }
    }

    /// Whether it equals one of these numbers.
    pub(super) fn numbers(&self, numbers: Vec<Number>) -> Expr {
        match self.kind {
            _ if numbers.is_empty() => Expr::Const(false),
            FieldType::Integer => self.test(Test::Long { op: None, values: numbers }),
            _ => self.test(Test::Number(numbers)),
        }
    }
}

fn ordering(op: CompareOp) -> Function {
    match op {
        CompareOp::Less => Function::Less,
        CompareOp::LessOrEqual => Function::LessOrEqual,
        CompareOp::Greater => Function::Greater,
        CompareOp::GreaterOrEqual => Function::GreaterOrEqual,
    }
}

fn literal(number: Number) -> Scalar {
    match number {
        #[expect(clippy::cast_precision_loss, reason = "beyond the range of a long, as Java reads it")]
        Number::Int(number) => i64::try_from(number).map_or_else(|_| Scalar::float(number as f64), Scalar::Int),
        Number::Float(number) => Scalar::float(number),
    }
}

/// Addresses of IPv4 are those of `::ffff:0:0/96`: a network that holds it holds them.
pub(super) fn with_four(mut networks: Vec<IpNet>) -> Vec<IpNet> {
    let all = IpNet::V4(ipnet::Ipv4Net::default());
    let mapped = std::net::Ipv4Addr::UNSPECIFIED.to_ipv6_mapped();
    let holds = |network: &IpNet| matches!(network, IpNet::V6(six) if six.prefix_len() <= 96 && six.contains(&mapped));
    if networks.iter().any(holds) && !networks.contains(&all) {
        networks.push(all);
    }
    networks
}

/// An address or a network; host bits are ignored, as Elasticsearch does.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let network = text.parse::<IpNet>().ok();
    let network = network.or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))?.trunc();
    // an IPv4 address is the same one when it is mapped into IPv6
    let mapped = match network {
        IpNet::V6(six) if six.prefix_len() >= 96 => six.addr().to_ipv4_mapped(),
        IpNet::V4(_) | IpNet::V6(_) => None,
    };
    let four = mapped.and_then(|four| ipnet::Ipv4Net::new(four, network.prefix_len() - 96).ok());
    Some(four.map_or(network, IpNet::V4))
}

pub(super) fn cased(text: &str, case: Case) -> String {
    match case {
        Case::Insensitive => fold(text),
        Case::Sensitive => text.to_owned(),
    }
}

/// The words of a text, folded.
pub(super) fn words(text: &str) -> Vec<String> {
    tokens::words(&fold(text)).map(str::to_owned).collect()
}

/// What a character of a pattern stands for: `*` for any run of characters, `?` for one.
pub(super) fn wildcard(c: char) -> Piece {
    match c {
        '*' => Piece::AnyRun,
        '?' => Piece::AnyChar,
        c => Piece::Literal(c.to_string()),
    }
}

/// A pattern, its literals as `case` wants them.
pub(super) fn glob(pieces: impl IntoIterator<Item = Piece>, case: Case) -> Glob {
    Glob::new(pieces.into_iter().map(|piece| match piece {
        Piece::Literal(text) => Piece::Literal(cased(&text, case)),
        Piece::AnyRun | Piece::AnyChar | Piece::Dash => piece,
    }))
}

impl Context<'_> {
    /// Says that the field cannot be asked this.
    pub(super) fn misuse(&mut self, target: &Target, span: Span, asked: &str, instead: &str) {
        let message = format!("`{}` is of type `{}`: {asked}", short(&target.name), target.kind.name());
        self.diags.push(Code::TypeMisuse.at(span, message).help(instead));
    }

    fn never(&mut self, target: &Target, value: &Spanned<String>, what: &str) -> Expr {
        let asked = format!("`{}` is not {what}, so that no value equals it", short(&value.value));
        self.misuse(target, value.span, &asked, "write a value of the field's type");
        Expr::Const(false)
    }

    /// Whether the field has exactly one of these values, written as text.
    pub(super) fn equals(&mut self, target: &Target, values: &[Spanned<String>], case: Case) -> Expr {
        let own = || values.iter().map(|value| value.value.clone());
        match target.kind {
            FieldType::Keyword
            | FieldType::Wildcard
            | FieldType::Caseless
            | FieldType::Flattened
            | FieldType::Unknown => target.texts(TextOp::Equals, own(), case),
            FieldType::Object | FieldType::Nested | FieldType::Other => {
                if let Some(first) = values.first() {
                    let instead = "name a field within it";
                    self.misuse(target, first.span, "it has no value of its own to compare", instead);
                }
                target.texts(TextOp::Equals, own(), case)
            }
            // analysed: but who asks for the whole value means it
            FieldType::Text => target.texts(TextOp::Equals, own(), case),
            FieldType::Integer | FieldType::Float => {
                let mut numbers = Vec::new();
                for value in values {
                    match Number::parse(&value.value) {
                        Some(number) => numbers.push(number),
                        None => drop(self.never(target, value, "a number")),
                    }
                }
                target.numbers(numbers)
            }
            FieldType::Boolean => {
                let mut texts = Vec::new();
                for value in values {
                    match value.value.as_str() {
                        "true" => texts.push("true".to_owned()),
                        // a boolean field reads an empty text as false
                        "false" => texts.extend(["false".to_owned(), String::new()]),
                        _ => drop(self.never(target, value, "a boolean")),
                    }
                }
                target.texts(TextOp::Equals, texts, Case::Sensitive)
            }
            FieldType::Date => Expr::any(values.iter().map(|value| match self.date(target, value) {
                Some((start, end)) => target.test(Test::Within(TimeRange::new(Some(start), Some(end)))),
                None => Expr::Const(false),
            })),
            FieldType::Ip => {
                let mut networks = Vec::new();
                for value in values {
                    match network(&value.value) {
                        Some(network) => networks.push(network),
                        None => drop(self.never(target, value, "an address or a network")),
                    }
                }
                target.networks(networks)
            }
        }
    }

    /// Whether its whole text matches one of the patterns.
    pub(super) fn like(&mut self, target: &Target, patterns: Vec<Vec<Piece>>, case: Case, span: Span) -> Expr {
        match target.kind {
            FieldType::Keyword
            | FieldType::Wildcard
            | FieldType::Caseless
            | FieldType::Text
            | FieldType::Flattened
            | FieldType::Unknown => {}
            FieldType::Integer
            | FieldType::Float
            | FieldType::Boolean
            | FieldType::Date
            | FieldType::Ip
            | FieldType::Object
            | FieldType::Nested
            | FieldType::Other => {
                let asked =
                    "a pattern finds nothing in it in Elasticsearch; here it is compared with the value as text";
                let instead = if target.kind == FieldType::Ip {
                    "write a network: `10.0.0.0/8`"
                } else {
                    "write whole values, or a range"
                };
                self.misuse(target, span, asked, instead);
            }
        }
        let case = target.case(case);
        if patterns.is_empty() {
            return Expr::Const(false);
        }
        let patterns = patterns.into_iter().map(|pieces| glob(pieces, case)).collect();
        target.test(Test::Glob { patterns, case })
    }

    /// Whether it stands in this order to a value, written as text.
    pub(super) fn compare(&mut self, target: &Target, op: CompareOp, value: &Spanned<String>) -> Expr {
        let text = || target.ordered(op, &value.value);
        match target.kind {
            FieldType::Integer | FieldType::Float => match Number::parse(&value.value) {
                Some(to) if target.kind == FieldType::Integer => {
                    target.test(Test::Long { op: Some(op), values: vec![to] })
                }
                Some(to) => target.test(Test::Compare { op, to }),
                None => self.never(target, value, "a number"),
            },
            FieldType::Unknown => match (Number::parse(&value.value), DateMath::parse(&value.value)) {
                (Some(to), _) => target.test(Test::Compare { op, to }),
                (None, Some(_)) => self.compare_date(target, op, value),
                (None, None) => text(),
            },
            FieldType::Date => self.compare_date(target, op, value),
            FieldType::Ip => match network(&value.value) {
                Some(network) => target.networks(range(op, network.addr())),
                None => self.never(target, value, "an address"),
            },
            FieldType::Keyword | FieldType::Wildcard | FieldType::Caseless | FieldType::Flattened => {
                let asked = format!(
                    "it is compared with `{}` as text, character by character (`\"10\"` is less than `\"9\"`)",
                    short(&value.value)
                );
                self.misuse(target, value.span, &asked, "if it holds numbers, say so in a schema: `--schema FILE`");
                text()
            }
            FieldType::Text => {
                let asked = "its words are compared in Elasticsearch; here its whole text is";
                self.misuse(target, value.span, asked, "compare a field of another type");
                text()
            }
            FieldType::Boolean | FieldType::Object | FieldType::Nested | FieldType::Other => {
                self.misuse(target, value.span, "its values have no order", "compare a field of another type");
                text()
            }
        }
    }

    fn compare_date(&mut self, target: &Target, op: CompareOp, value: &Spanned<String>) -> Expr {
        let Some((start, end)) = self.date(target, value) else { return Expr::Const(false) };
        let (from, to) = match op {
            CompareOp::Greater => (Some(end), None),
            CompareOp::GreaterOrEqual => (Some(start), None),
            CompareOp::Less => (None, Some(start)),
            CompareOp::LessOrEqual => (None, Some(end)),
        };
        target.test(Test::Within(TimeRange::new(from, to)))
    }

    /// The first millisecond that a date stands for, and the first one behind it.
    fn date(&mut self, target: &Target, value: &Spanned<String>) -> Option<(i64, i64)> {
        let Some(math) = DateMath::parse(&value.value) else {
            self.never(target, value, "a date");
            return None;
        };
        match math.resolve(self.now) {
            Some((start, end)) => Some((start.as_millisecond(), end.as_millisecond())),
            None if math.needs_now() && self.now.is_none() => {
                self.diags.push(needs_now(value));
                None
            }
            None => {
                self.never(target, value, "a date that can be counted");
                None
            }
        }
    }
}

fn needs_now(value: &Spanned<String>) -> Diagnostic {
    let message = format!("`{}` depends on the time of the run", short(&value.value));
    Code::DateNeedsNow.at(value.span, message).help("write a date; `sigil query` takes the time as `--now`")
}

/// The networks that together hold the addresses in this order to one: all are ordered as those of IPv6, IPv4 as `::ffff:0:0/96`.
fn range(op: CompareOp, address: std::net::IpAddr) -> Vec<IpNet> {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    let bits = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    };
    let bounds = match op {
        CompareOp::Less => bits.checked_sub(1).map(|last| (0, last)),
        CompareOp::LessOrEqual => Some((0, bits)),
        CompareOp::Greater => bits.checked_add(1).map(|first| (first, u128::MAX)),
        CompareOp::GreaterOrEqual => Some((bits, u128::MAX)),
    };
    let Some((first, last)) = bounds else { return Vec::new() };
    let six = ipnet::Ipv6Subnets::new(Ipv6Addr::from_bits(first), Ipv6Addr::from_bits(last), 0).map(IpNet::V6);
    let (least, most) =
        (Ipv4Addr::UNSPECIFIED.to_ipv6_mapped().to_bits(), Ipv4Addr::BROADCAST.to_ipv6_mapped().to_bits());
    let (first, last) = (first.max(least), last.min(most));
    let four = |bits: u128| u32::try_from(bits - least).map(Ipv4Addr::from_bits).ok();
    let four = if first <= last { four(first).zip(four(last)) } else { None };
    let four = four.into_iter().flat_map(|(first, last)| ipnet::Ipv4Subnets::new(first, last, 0)).map(IpNet::V4);
    four.chain(six).collect()
}
