//! The oracle: what a rule says of an event, computed in the slowest and most obvious way.
//!
//! Generated code, the in-process engine and every optimizer pass are tested against this module. It therefore shares nothing with the runtime but case folding and
//! [`Number`]: it walks the tree of the event for each field of each test, and matches patterns by filling a table.
//!
//! Not for hostile events: recursion follows the nesting of the event, which the JSON reader bounds.

mod json;
mod lookup;
mod scalar;
mod time;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use sigil_runtime::fold::fold;

use super::{
    Case, CompareOp, Expr, Field, Glob, Number, Piece, Predicate, Quantifier, Rule, Scalar, SelectionId, Subject, Test,
    TextOp, ValueType,
};
use scalar::Value;

pub use json::Json;

/// What a rule says of an event.
pub fn eval(rule: &Rule, event: &Json, scoping: Scoping) -> Verdict {
    let view = View { rule: Some(rule), event, scoping, element: None };
    let in_scope = scoping == Scoping::Ignore || view.holds(&rule.scope);
    let held = rule
        .selections
        .values()
        .zip(0..)
        .filter(|(selection, _)| view.holds(selection))
        .map(|(_, id)| SelectionId(id))
        .collect();
    Verdict { matched: in_scope && view.holds(&rule.condition), selections: held }
}

/// Whether an expression that refers to no selection holds for an event.
pub fn holds(expr: &Expr, event: &Json, scoping: Scoping) -> bool {
    View { rule: None, event, scoping, element: None }.holds(expr)
}

/// What a value that reads no field comes to: null or a literal. Fields count as null.
pub fn constant(scalar: &Scalar) -> Scalar {
    match scalar::value(scalar, &|_| Value::Null) {
        Value::Null => Scalar::Null,
        Value::Bool(value) => Scalar::Bool(value),
        Value::Int(number) => Scalar::Int(number),
        Value::Float(number) => Scalar::float(number),
        Value::Text(text) => Scalar::Text(text),
    }
}

/// Whether log sources count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoping {
    /// Rules are for events in their scope; sources of fields are read under their conditions.
    Apply,
    /// Every rule is for every event; sources of fields that stand under a condition are not read.
    Ignore,
}

/// The outcome of a rule on an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Is it an alert?
    pub matched: bool,
    /// Which selections held, in source order, whatever the condition made of them.
    pub selections: Vec<SelectionId>,
}

/// The values that an event holds under a field's name: by flat key, by path, or in the nested form of Windows events.
pub fn values<'a>(event: &'a Json, path: &str) -> Vec<&'a Json> {
    lookup::field(event, path)
}

/// The text of a scalar: what text tests look at. Null, arrays and objects have none.
pub fn text(value: &Json) -> Option<String> {
    match value {
        Json::Null | Json::Array(_) | Json::Object(_) => None,
        Json::Bool(value) => Some(value.to_string()),
        Json::String(text) => Some(text.clone()),
        Json::Number(raw) => Some(match Number::parse(raw) {
            Some(Number::Int(int)) => int.to_string(),
            Some(Number::Float(_)) | None => raw.clone(),
        }),
    }
}

/// What an expression is evaluated in.
#[derive(Clone, Copy)]
struct View<'a> {
    rule: Option<&'a Rule>,
    event: &'a Json,
    scoping: Scoping,
    element: Option<&'a Json>,
}

impl<'a> View<'a> {
    fn holds(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Const(value) => *value,
            Expr::Test(predicate) => self.passes(predicate),
            Expr::Selection(SelectionId(id)) => self
                .rule
                .and_then(|rule| rule.selections.get_index(usize::from(*id)))
                .is_some_and(|(_, selection)| self.holds(selection)),
            Expr::Not(inner) => !self.holds(inner),
            Expr::All(members) => members.iter().all(|member| self.holds(member)),
            Expr::Any(members) => members.iter().any(|member| self.holds(member)),
            Expr::AtLeast { count, of } => of.iter().filter(|member| self.holds(member)).count() >= *count as usize,
            Expr::Elements { of, quantifier, body } => {
                let elements: Vec<&Json> = self.values(of).into_iter().flat_map(elements).collect();
                let holds = |element: &&Json| View { element: Some(element), ..*self }.holds(body);
                match quantifier {
                    Quantifier::Any => elements.iter().any(holds),
                    Quantifier::All => !elements.is_empty() && elements.iter().all(holds),
                    Quantifier::AllOrEmpty => elements.iter().all(holds),
                    Quantifier::None => !elements.iter().any(holds),
                    Quantifier::At(index) => at(&elements, *index).is_some_and(|element| holds(&element)),
                }
            }
            Expr::Formula(formula) => self.computes(formula),
        }
    }

    /// Whether the formula is true for one of the choices of a value for each field.
    fn computes(&self, formula: &Scalar) -> bool {
        let mut choices: Vec<Vec<(Arc<Field>, Value)>> = vec![Vec::new()];
        for field in formula.fields() {
            let found = self.field(&field);
            let scalars =
                found.into_iter().flat_map(scalars).filter(|value| **value != Json::Null && counts(value, &field));
            let mut values: Vec<Value> = scalars.map(Value::of).filter(|value| *value != Value::Null).collect();
            if values.is_empty() {
                values.push(Value::Null);
            }
            choices = choices
                .iter()
                .flat_map(|choice| {
                    values
                        .iter()
                        .map(|value| choice.iter().cloned().chain([(Arc::clone(&field), value.clone())]).collect())
                })
                .collect();
        }
        choices.iter().any(|choice| {
            let chosen = |field: &Field| {
                choice.iter().find(|(of, _)| **of == *field).map_or(Value::Null, |(_, value)| value.clone())
            };
            scalar::value(formula, &chosen) == Value::Bool(true)
        })
    }

    fn passes(&self, predicate: &Predicate) -> bool {
        let values = self.values(&predicate.subject);
        let numeric = matches!(predicate.test, Test::Number(_) | Test::Compare { .. } | Test::Long { .. });
        let counts = |value: &&Json| match &predicate.subject {
            // how long a number is written matters to texts only
            Subject::Field(_) if numeric && matches!(value, Json::Number(_)) => true,
            Subject::Field(field) => counts(value, field),
            Subject::AnyValue | Subject::Element(_) | Subject::Paths(_) => true,
        };
        let scalars: Vec<&Json> = values.iter().flat_map(|value| scalars(value)).filter(counts).collect();
        let texts = || scalars.iter().filter_map(|value| text(value));
        let numbers = || scalars.iter().filter_map(|value| number(value));
        match &predicate.test {
            Test::Text { op, values, case } => texts().any(|text| {
                let text = cased(&text, *case);
                values.iter().any(|value| compare(*op, &text, value))
            }),
            Test::Glob { patterns, case } => texts().any(|text| {
                let text: Vec<char> = cased(&text, *case).chars().collect();
                patterns.iter().any(|pattern| glob(pattern, &text))
            }),
            Test::Regex { pattern, lookaround } => texts().any(|text| regex(pattern, *lookaround, &text)),
            Test::Words { phrases, patterns } => texts().any(|text| {
                let text = fold(&text);
                let words: Vec<&str> = sigil_runtime::matcher::tokens::words(&text).collect();
                phrases
                    .iter()
                    .any(|phrase| !phrase.is_empty() && words.windows(phrase.len()).any(|here| here == phrase))
                    || patterns
                        .iter()
                        .any(|pattern| words.iter().any(|word| glob(pattern, &word.chars().collect::<Vec<_>>())))
            }),
            Test::Within(range) => texts().filter_map(|text| time::instant(&text)).any(|at| range.contains(at)),
            Test::Cidr(networks) => texts().filter_map(|text| address(&text)).any(|address| {
                networks.iter().any(|network| network.contains(&address) || network.contains(&address.to_canonical()))
            }),
            Test::Number(wanted) => {
                scalars.iter().any(|value| wanted.iter().any(|wanted| equals_number(value, wanted)))
            }
            Test::Compare { op, to } => numbers().any(|number| op.holds(number, *to)),
            Test::Order { op, to } => texts().any(|text| {
                let order = text.chars().cmp(to.chars());
                match op {
                    CompareOp::Less => order.is_lt(),
                    CompareOp::LessOrEqual => order.is_le(),
                    CompareOp::Greater => order.is_gt(),
                    CompareOp::GreaterOrEqual => order.is_ge(),
                }
            }),
            Test::Long { op, values } => numbers().map(Number::whole).any(|number| match op {
                None => values.contains(&number),
                Some(op) => values.first().is_some_and(|to| op.holds(number, *to)),
            }),
            Test::Time { part, op, values } => {
                scalars.iter().filter_map(|value| time::part(*part, value)).any(|found| match op {
                    None => values.contains(&found),
                    Some(op) => values.first().is_some_and(|to| op.holds(found, *to)),
                })
            }
            Test::SameAs { other, op, case } => {
                let others =
                    self.field(other).into_iter().flat_map(self::scalars).filter(|value| self::counts(value, other));
                let others: Vec<String> = others.filter_map(text).collect();
                texts().any(|text| others.iter().any(|other| compare(*op, &cased(&text, *case), &cased(other, *case))))
            }
            Test::Exists => !values.is_empty(),
            Test::Null => values.is_empty() || values.iter().any(|value| holds_null(value)),
            Test::Present => scalars.iter().any(|value| **value != Json::Null),
            Test::Single(of) => self::count(*of, &scalars) == 1,
        }
    }

    /// The values of a subject, arrays and objects as they are; none where it is missing.
    fn values(&self, subject: &Subject) -> Vec<&'a Json> {
        match subject {
            Subject::Field(field) => self.field(field),
            Subject::AnyValue => leaves(self.event),
            Subject::Element(path) => match self.element {
                None => Vec::new(),
                Some(element) if path.is_empty() => vec![element],
                Some(element) if path.contains('*') => lookup::like(element, path),
                Some(element) => lookup::plain(element, path),
            },
            Subject::Paths(pattern) => lookup::like(self.event, pattern),
        }
    }

    fn field(&self, field: &Field) -> Vec<&'a Json> {
        let in_force = |under: &Option<Arc<Expr>>| match (under, self.scoping) {
            (None, _) => true,
            (Some(_), Scoping::Ignore) => false,
            (Some(condition), Scoping::Apply) => self.holds(condition),
        };
        let sources = field.sources.iter().filter(|source| in_force(&source.under));
        sources
            .map(|source| lookup::field(self.event, &source.path))
            .find(|values| !values.is_empty())
            .unwrap_or_default()
    }
}

/// Every scalar of the event, null too.
fn leaves(value: &Json) -> Vec<&Json> {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => vec![value],
        Json::Array(elements) => elements.iter().flat_map(leaves).collect(),
        Json::Object(members) => members.iter().flat_map(|(_, value)| leaves(value)).collect(),
    }
}

/// The scalars of a field's value: itself, or those of an array, at any depth.
fn scalars(value: &Json) -> Vec<&Json> {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => vec![value],
        Json::Array(elements) => elements.iter().flat_map(scalars).collect(),
        Json::Object(_) => Vec::new(),
    }
}

/// Whether a scalar of a field is not too long to count.
fn counts(value: &Json, field: &Field) -> bool {
    let too_long = |most: u32| text(value).is_some_and(|text| text.chars().count() > most as usize);
    !field.ignore_above.is_some_and(too_long)
}

/// Null, an empty array, or an array that holds one of them.
fn holds_null(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(elements) => elements.is_empty() || elements.iter().any(holds_null),
        Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_) => false,
    }
}

/// The elements of an array; a value that is not an array is its own only element; null has none.
fn elements(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(elements) => elements.iter().collect(),
        Json::Null => Vec::new(),
        Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_) => vec![value],
    }
}

fn at<'a>(elements: &[&'a Json], index: i32) -> Option<&'a Json> {
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    let index = if index < 0 { elements.len().checked_sub(distance)? } else { distance };
    elements.get(index).copied()
}

/// How many values of this type there are.
fn count(of: ValueType, scalars: &[&Json]) -> usize {
    let texts = || scalars.iter().filter_map(|value| text(value));
    match of {
        ValueType::Text => texts().collect::<HashSet<_>>().len(),
        ValueType::Number => texts().filter(|text| Number::parse(text).is_some()).count(),
        ValueType::Boolean => texts().filter(|text| ["true", "false", ""].contains(&text.as_str())).count(),
        ValueType::Date => texts().filter(|text| time::instant(text).is_some()).count(),
        ValueType::Ip => {
            let addresses = texts().filter_map(|text| address(&text));
            addresses.map(|address| address.to_canonical()).collect::<HashSet<_>>().len()
        }
    }
}

/// For ordered comparison: numbers, and strings that spell one.
fn number(value: &Json) -> Option<Number> {
    match value {
        Json::Number(text) | Json::String(text) => Number::of_event(text),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Numbers are equal as numbers; a string must spell the number as a rule would.
fn equals_number(value: &Json, wanted: &Number) -> bool {
    match value {
        Json::Number(raw) => Number::parse(raw).as_ref() == Some(wanted),
        Json::String(text) => match wanted {
            Number::Int(int) => *text == int.to_string(),
            Number::Float(float) => *text == float.to_string(),
        },
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => false,
    }
}

fn cased(text: &str, case: Case) -> String {
    match case {
        Case::Insensitive => fold(text),
        Case::Sensitive => text.to_owned(),
    }
}

fn compare(op: TextOp, text: &str, with: &str) -> bool {
    match op {
        TextOp::Equals => text == with,
        TextOp::StartsWith => text.starts_with(with),
        TextOp::EndsWith => text.ends_with(with),
        TextOp::Contains => text.contains(with),
    }
}

/// `reached[n]`: the pieces so far can match the first `n` characters.
fn glob(pattern: &Glob, text: &[char]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for piece in &pattern.0 {
        let from = |n: usize| -> bool { reached[n] };
        let next: Vec<bool> = match piece {
            Piece::AnyRun => {
                let first = (0..=text.len()).find(|n| from(*n)).unwrap_or(usize::MAX);
                (0..=text.len()).map(|n| n >= first).collect()
            }
            Piece::AnyChar => (0..=text.len()).map(|n| n > 0 && from(n - 1)).collect(),
            Piece::Dash => (0..=text.len())
                .map(|n| n > 0 && from(n - 1) && "-/\u{2013}\u{2014}\u{2015}".contains(text[n - 1]))
                .collect(),
            Piece::Literal(literal) => {
                let literal: Vec<char> = literal.chars().collect();
                (0..=text.len())
                    .map(|n| n >= literal.len() && from(n - literal.len()) && text[n - literal.len()..n] == literal)
                    .collect()
            }
        };
        reached = next;
    }
    reached[text.len()]
}

/// Compiling is the one thing that is remembered: it would take all the time.
fn regex(pattern: &str, lookaround: bool, text: &str) -> bool {
    thread_local! {
        static PLAIN: RefCell<HashMap<String, Option<regex::Regex>>> = RefCell::default();
        static FANCY: RefCell<HashMap<String, Option<fancy_regex::Regex>>> = RefCell::default();
    }
    if lookaround {
        FANCY.with_borrow_mut(|known| {
            let regex = known.entry(pattern.to_owned()).or_insert_with(|| fancy_regex::Regex::new(pattern).ok());
            // a text that needs too many steps does not match
            regex.as_ref().is_some_and(|regex| regex.is_match(text).unwrap_or(false))
        })
    } else {
        PLAIN.with_borrow_mut(|known| {
            let regex = known.entry(pattern.to_owned()).or_insert_with(|| regex::Regex::new(pattern).ok());
            regex.as_ref().is_some_and(|regex| regex.is_match(text))
        })
    }
}

/// An IP address, with or without a zone (`fe80::1%eth0`).
fn address(text: &str) -> Option<IpAddr> {
    match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() => address.parse().ok().filter(IpAddr::is_ipv6),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests;
