//! One value of a field against one literal, by the type of the field (Elasticsearch reference, "Field data types").

use std::cmp::Ordering;

use sigil_compiler::elastic::schema::FieldType;
use sigil_runtime::fold::fold;
use sigil_runtime::matcher::tokens;

use super::decimal::Decimal;
use super::document::Value;
use super::glob::{self, Piece};
use super::{address, date};

/// `<`, `<=`, `>`, `>=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Order {
    /// Whether two things that stand in this order satisfy it.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Order::Less => order.is_lt(),
            Order::AtMost => order.is_le(),
            Order::Greater => order.is_gt(),
            Order::AtLeast => order.is_ge(),
        }
    }

    /// With both sides exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Order::Less => Order::Greater,
            Order::AtMost => Order::AtLeast,
            Order::Greater => Order::Less,
            Order::AtLeast => Order::AtMost,
        }
    }
}

/// Whether a value equals what a literal spells.
pub fn equals(kind: FieldType, value: Value<'_>, literal: &str, ignore_case: bool) -> bool {
    let same = |a: &str, b: &str| if ignore_case { fold(a) == fold(b) } else { a == b };
    match kind {
        FieldType::Caseless => fold(&value.text()) == fold(literal),
        FieldType::Integer => {
            value.number().zip(Decimal::parse(literal)).is_some_and(|(stored, wanted)| stored.whole() == wanted)
        }
        FieldType::Float => Decimal::parse(literal).is_some_and(|number| equals_number(value, number)),
        FieldType::Boolean => match literal {
            "true" => truth(value) == Some(true),
            "false" => truth(value) == Some(false),
            _ => false,
        },
        FieldType::Date => date::math(literal)
            .zip(date::instant(&value.text()))
            .is_some_and(|((start, end), at)| start <= at && at < end),
        FieldType::Ip => address::address(&value.text()).is_some_and(|at| address::contains(literal, at) == Some(true)),
        FieldType::Keyword
        | FieldType::Wildcard
        | FieldType::Text
        | FieldType::Object
        | FieldType::Nested
        | FieldType::Flattened
        | FieldType::Other
        | FieldType::Unknown => same(&value.text(), literal),
    }
}

/// Whether a value is a number, or a text that spells it as a rule would.
pub fn equals_number(value: Value<'_>, number: Decimal) -> bool {
    match value {
        Value::Bool(_) => false,
        Value::Number(raw) => Decimal::parse(raw) == Some(number),
        Value::Text(text) => text == number.to_string(),
    }
}

/// The boolean that a value is or spells ("Boolean field type").
pub fn truth(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(value),
        Value::Text("true") => Some(true),
        Value::Text("false" | "") => Some(false),
        Value::Text(_) | Value::Number(_) => None,
    }
}

/// Whether a value stands in this order to a literal.
pub fn compares(kind: FieldType, value: Value<'_>, order: Order, literal: &str) -> bool {
    let numbers = || value.number().zip(Decimal::parse(literal)).is_some_and(|(a, b)| order.holds(a.cmp(&b)));
    let texts = |a: &str, b: &str| order.holds(a.chars().cmp(b.chars()));
    match kind {
        FieldType::Integer => value
            .number()
            .zip(Decimal::parse(literal))
            .is_some_and(|(stored, wanted)| order.holds(stored.whole().cmp(&wanted))),
        FieldType::Float => numbers(),
        FieldType::Unknown if Decimal::parse(literal).is_some() => numbers(),
        // a field in no table is compared as a date if the literal is one
        FieldType::Unknown if date::math(literal).is_none() => texts(&value.text(), literal),
        FieldType::Unknown | FieldType::Date => {
            date::math(literal).zip(date::instant(&value.text())).is_some_and(|((start, end), at)| match order {
                Order::Less => at < start,
                Order::AtMost => at < end,
                Order::Greater => at >= end,
                Order::AtLeast => at >= start,
            })
        }
        // all addresses are ordered as those of IPv6
        FieldType::Ip => {
            address::address(&value.text()).zip(address::address(literal)).is_some_and(|(a, b)| order.holds(a.cmp(&b)))
        }
        FieldType::Caseless => texts(&fold(&value.text()), &fold(literal)),
        FieldType::Boolean
        | FieldType::Keyword
        | FieldType::Wildcard
        | FieldType::Text
        | FieldType::Object
        | FieldType::Nested
        | FieldType::Flattened
        | FieldType::Other => texts(&value.text(), literal),
    }
}

/// Whether the whole text of a value matches a pattern.
pub fn matches(value: Value<'_>, pattern: &[Piece], ignore_case: bool) -> bool {
    text_matches(&value.text(), pattern, ignore_case)
}

/// Whether a whole text matches a pattern.
pub fn text_matches(text: &str, pattern: &[Piece], ignore_case: bool) -> bool {
    let folded = |text: &str| if ignore_case { fold(text) } else { text.to_owned() };
    let pattern: Vec<Piece> = pattern
        .iter()
        .flat_map(|piece| match piece {
            Piece::Char(c) => folded(&c.to_string()).chars().map(Piece::Char).collect(),
            Piece::One | Piece::Many => vec![*piece],
        })
        .collect();
    glob::matches(&pattern, &folded(text).chars().collect::<Vec<_>>())
}

/// The words of analysed text.
pub fn words(text: &str) -> Vec<String> {
    tokens::words(&fold(text)).map(str::to_owned).collect()
}

/// Whether the words stand in the value one behind the other.
pub fn has_phrase(value: Value<'_>, phrase: &[String]) -> bool {
    let words = words(&value.text());
    !phrase.is_empty() && (0..words.len()).any(|at| words[at..].starts_with(phrase))
}

/// Whether one of the value's words matches the pattern.
pub fn has_word(value: Value<'_>, pattern: &[Piece]) -> bool {
    words(&value.text()).iter().any(|word| text_matches(word, pattern, true))
}
