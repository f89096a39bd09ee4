//! Conditions over small events, evaluated as ES|QL's documentation says, against what is lowered.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::of;
use crate::ir::eval::{Json, Scoping, holds, text, values};

#[derive(Clone, Debug)]
enum Condition {
    Leaf(Leaf),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

#[derive(Clone, Debug)]
enum Leaf {
    /// As written; what it is.
    Constant(&'static str, Option<bool>),
    /// Column, operator, literal.
    Compare(Operand, &'static str, Literal),
    In(Operand, Vec<Literal>, bool),
    Like(Operand, Vec<&'static str>, bool),
    Part(&'static str, Operand, &'static str),
    IsNull(&'static str, bool),
    Boolean(&'static str),
    Network(&'static str),
    /// `KQL("k: ..")`
    Search(&'static str),
    /// `LENGTH(k) > ..`
    Long(usize),
    /// `LOCATE(k, "b") ..`
    Located(&'static str, i64),
}

#[derive(Clone, Copy, Debug)]
enum Operand {
    Plain(&'static str),
    Lower(&'static str),
    Upper(&'static str),
}

#[derive(Clone, Debug)]
enum Literal {
    Text(&'static str),
    Number(i64),
    Half(i64),
    Bool(bool),
}

/// What is done between the conditions.
#[derive(Clone, Debug)]
enum Between {
    Nothing,
    Expand(&'static str),
    Lower,
    Append,
    Copy,
    Rename,
    /// `CASE`, and what it makes otherwise.
    Choose(Vec<(Condition, Part)>, Option<Part>),
    Coalesce(Part),
    /// Whether a condition holds.
    Flag(Condition),
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Text(&'static str),
    Column(&'static str),
    Null,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Number(f64),
    Bool(bool),
    Address(IpAddr),
    Date(i64),
}

/// The columns that there are, in order of [`NAMES`].
type Row = [Vec<Value>; 8];
const NAMES: [&str; 8] = ["k", "l", "u", "n", "x", "b", "i", "d"];
const TEXTS: [&str; 3] = ["k", "l", "u"];

fn at(name: &str) -> usize {
    NAMES.iter().position(|other| *other == name).unwrap()
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::Lower(name) => write!(f, "TO_LOWER({name})"),
            Self::Upper(name) => write!(f, "TO_UPPER({name})"),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(text, f),
            Self::Number(number) => number.fmt(f),
            Self::Half(number) => write!(f, "{number}.5"),
            Self::Bool(value) => value.fmt(f),
        }
    }
}

fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "\"\"\"{text}\"\"\"")
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = |members: &[Condition], word: &str| {
            f.write_char('(')?;
            for (at, member) in members.iter().enumerate() {
                write!(f, "{}{member}", if at > 0 { word } else { "" })?;
            }
            f.write_char(')')
        };
        match self {
            Self::Leaf(leaf) => leaf.fmt(f),
            Self::Not(inner) => write!(f, "NOT ({inner})"),
            Self::And(members) => list(members, " AND "),
            Self::Or(members) => list(members, " OR "),
        }
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: bool| if negated { "NOT " } else { "" };
        match self {
            Self::Constant(text, _) => f.write_str(text),
            Self::Compare(operand, op, literal) => write!(f, "{operand} {op} {literal}"),
            Self::In(operand, list, negated) => {
                let list: Vec<String> = list.iter().map(ToString::to_string).collect();
                write!(f, "{operand} {}IN ({})", not(*negated), list.join(", "))
            }
            Self::Like(operand, patterns, negated) => {
                let patterns: Vec<String> = patterns.iter().map(|p| Literal::Text(p).to_string()).collect();
                write!(f, "{operand} {}LIKE ({})", not(*negated), patterns.join(", "))
            }
            Self::Part(function, operand, text) => write!(f, "{function}({operand}, {})", Literal::Text(text)),
            Self::IsNull(name, negated) => write!(f, "{name} IS {}NULL", not(*negated)),
            Self::Boolean(name) => f.write_str(name),
            Self::Network(network) => write!(f, "CIDR_MATCH(i, \"{network}\")"),
            Self::Search(text) => write!(f, "KQL(\"k: {text}\")"),
            Self::Long(than) => write!(f, "LENGTH(k) > {than}"),
            Self::Located(op, place) => write!(f, "LOCATE(k, \"b\") {op} {place}"),
        }
    }
}

/// As an index would hold the values of a field.
fn stored(event: &Json, name: &str) -> Vec<Value> {
    fn scalars<'j>(value: &'j Json, found: &mut Vec<&'j Json>) {
        match value {
            Json::Array(elements) => elements.iter().for_each(|element| scalars(element, found)),
            Json::Object(_) | Json::Null => {}
            Json::Bool(_) | Json::Number(_) | Json::String(_) => found.push(value),
        }
    }
    let mut found = Vec::new();
    values(event, name).into_iter().for_each(|value| scalars(value, &mut found));
    let texts = found.into_iter().filter_map(text);
    let number =
        |text: &String| text.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| text.parse().ok())?;
    let mut stored: Vec<Value> = texts
        .filter_map(|text| match name {
            "k" => (text.chars().count() <= 8).then_some(Value::Text(text)),
            "l" | "u" => Some(Value::Text(text)),
            "n" => number(&text).map(|number: f64| Value::Number(number.trunc())),
            "x" => number(&text).map(Value::Number),
            "b" => match text.as_str() {
                "true" => Some(Value::Bool(true)),
                "false" | "" => Some(Value::Bool(false)),
                _ => None,
            },
            "i" => text.parse::<IpAddr>().ok().map(|address| Value::Address(address.to_canonical())),
            _ => match text.as_str() {
                "2024-01-02" => Some(Value::Date(1_704_153_600_000)),
                "2024-01-02T00:00:00.001Z" => Some(Value::Date(1_704_153_600_001)),
                "5" | "12" => text.parse().ok().map(Value::Date),
                _ => None,
            },
        })
        .collect();
    if matches!(name, "k" | "l" | "u" | "i") {
        let mut seen: Vec<Value> = Vec::new();
        stored.retain(|value| {
            !seen.contains(value) && {
                seen.push(value.clone());
                true
            }
        });
    }
    stored
}

fn single<'r>(row: &'r Row, name: &str) -> Option<&'r Value> {
    match row[at(name)].as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

fn operand(row: &Row, operand: Operand) -> Option<Value> {
    match operand {
        Operand::Plain(name) => single(row, name).cloned(),
        Operand::Lower(name) => Some(Value::Text(single_text(row, name)?.to_lowercase())),
        Operand::Upper(name) => Some(Value::Text(single_text(row, name)?.to_uppercase())),
    }
}

fn single_text<'r>(row: &'r Row, name: &str) -> Option<&'r str> {
    match single(row, name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "small")]
fn order(value: &Value, literal: &Literal) -> Option<std::cmp::Ordering> {
    match (value, literal) {
        (Value::Text(value), Literal::Text(text)) => Some(value.as_str().cmp(text)),
        (Value::Number(value), Literal::Number(number)) => value.partial_cmp(&(*number as f64)),
        (Value::Number(value), Literal::Half(number)) => {
            value.partial_cmp(&format!("{number}.5").parse::<f64>().unwrap())
        }
        (Value::Bool(value), Literal::Bool(other)) => Some(value.cmp(other)),
        (Value::Date(at), Literal::Text(_)) => Some(at.cmp(&1_704_153_600_000)),
        (Value::Address(address), Literal::Text(text)) => {
            let bits = |address: IpAddr| match address {
                IpAddr::V4(four) => four.to_ipv6_mapped().to_bits(),
                IpAddr::V6(six) => six.to_bits(),
            };
            Some(bits(*address).cmp(&bits(text.parse().unwrap())))
        }
        _ => panic!("{value:?} {literal:?}"),
    }
}

fn is_in_order(op: &str, order: std::cmp::Ordering) -> bool {
    match op {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn like(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        (['\\', c, rest @ ..], _) => text.first() == Some(c) && like(rest, &text[1..]),
        (['*', rest @ ..], _) => (0..=text.len()).any(|at| like(rest, &text[at..])),
        (['?', rest @ ..], [_, text @ ..]) => like(rest, text),
        ([c, rest @ ..], [d, text @ ..]) => c == d && like(rest, text),
        (_, []) => false,
    }
}

fn eval(condition: &Condition, row: &Row, event: &Row) -> Option<bool> {
    let of = |members: &[Condition], decides: bool| {
        let known: Vec<Option<bool>> = members.iter().map(|member| eval(member, row, event)).collect();
        if known.contains(&Some(decides)) {
            return Some(decides);
        }
        if known.contains(&None) { None } else { Some(!decides) }
    };
    match condition {
        Condition::Leaf(leaf) => eval_leaf(leaf, row, event),
        Condition::Not(inner) => eval(inner, row, event).map(|value| !value),
        Condition::And(members) => of(members, false),
        Condition::Or(members) => of(members, true),
    }
}

fn eval_leaf(leaf: &Leaf, row: &Row, event: &Row) -> Option<bool> {
    match leaf {
        Leaf::Constant(_, value) => *value,
        Leaf::Compare(of, op, literal) => Some(is_in_order(op, order(&operand(row, *of)?, literal)?)),
        Leaf::In(of, list, negated) => {
            let value = operand(row, *of)?;
            Some(list.iter().any(|literal| order(&value, literal).unwrap().is_eq()) != *negated)
        }
        Leaf::Like(of, patterns, negated) => {
            let Value::Text(text) = operand(row, *of)? else { panic!("{leaf:?}") };
            let text: Vec<char> = text.chars().collect();
            let matches = |pattern: &&str| like(&pattern.chars().collect::<Vec<_>>(), &text);
            Some(patterns.iter().any(matches) != *negated)
        }
        Leaf::Part(function, of, part) => {
            let Value::Text(text) = operand(row, *of)? else { panic!("{leaf:?}") };
            Some(match *function {
                "STARTS_WITH" => text.starts_with(part),
                "ENDS_WITH" => text.ends_with(part),
                _ => text.contains(part),
            })
        }
        Leaf::IsNull(name, negated) => Some(row[at(name)].is_empty() != *negated),
        Leaf::Boolean(name) => Some(*single(row, name)? == Value::Bool(true)),
        Leaf::Network(network) => {
            let Value::Address(address) = single(row, "i")? else { panic!("{leaf:?}") };
            // IPv4 addresses are within IPv6
            Some(*network == "::/0" || network.parse::<ipnet::IpNet>().unwrap().contains(address))
        }
        Leaf::Search(text) => Some(event[0].contains(&Value::Text((*text).to_owned()))),
        Leaf::Long(than) => Some(single_text(row, "k")?.chars().count() > *than),
        Leaf::Located(op, place) => {
            let found = single_text(row, "k")?.chars().position(|c| c == 'b').map_or(0, |at| at + 1);
            Some(is_in_order(op, i64::try_from(found).unwrap().cmp(place)))
        }
    }
}

/// The rows that a row becomes.
fn between(step: &Between, row: &Row, event: &Row) -> Vec<Row> {
    let mut row = row.clone();
    let texts = |values: &[Value], to: &dyn Fn(&str) -> String| -> Vec<Value> {
        let text = |value: &Value| match value {
            Value::Text(text) => Value::Text(to(text)),
            other => other.clone(),
        };
        values.iter().map(text).collect()
    };
    let part = |part: &Part| match part {
        Part::Text(text) => vec![Value::Text((*text).to_owned())],
        Part::Column(name) => row[at(name)].clone(),
        Part::Null => Vec::new(),
    };
    match step {
        Between::Nothing => {}
        Between::Choose(pairs, otherwise) => {
            let chosen = pairs.iter().find(|(condition, _)| eval(condition, &row, event) == Some(true));
            row[0] = chosen.map(|(_, chosen)| chosen).or(otherwise.as_ref()).map_or_else(Vec::new, part);
        }
        Between::Coalesce(other) => {
            if row[0].is_empty() {
                row[0] = part(other);
            }
        }
        Between::Flag(condition) => {
            row[at("b")] = eval(condition, &row, event).map(Value::Bool).into_iter().collect();
        }
        Between::Expand(name) => {
            let of = row[at(name)].clone();
            let with = |value: &Value| {
                let mut row = row.clone();
                row[at(name)] = vec![value.clone()];
                row
            };
            return if of.is_empty() { vec![row] } else { of.iter().map(with).collect() };
        }
        Between::Lower => row[0] = texts(&row[0], &str::to_lowercase),
        Between::Append => {
            row[0] = if row[0].len() == 1 { texts(&row[0], &|text| format!("{text}b")) } else { Vec::new() };
        }
        Between::Copy | Between::Rename => row[1] = row[0].clone(),
    }
    vec![row]
}

impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("KEEP *"),
            Self::Expand(name) => write!(f, "MV_EXPAND {name}"),
            Self::Lower => f.write_str("EVAL k = TO_LOWER(k)"),
            Self::Append => f.write_str("EVAL k = CONCAT(k, \"b\")"),
            Self::Copy => f.write_str("EVAL l = k"),
            // what was renamed is gone; here it comes back as a copy
            Self::Rename => f.write_str("RENAME k AS l | EVAL k = l"),
            Self::Choose(pairs, otherwise) => {
                f.write_str("EVAL k = CASE(")?;
                for (at, (condition, part)) in pairs.iter().enumerate() {
                    write!(f, "{}{condition}, {part}", if at > 0 { ", " } else { "" })?;
                }
                otherwise.iter().try_for_each(|part| write!(f, ", {part}"))?;
                f.write_char(')')
            }
            Self::Coalesce(part) => write!(f, "EVAL k = COALESCE(k, {part})"),
            Self::Flag(condition) => write!(f, "EVAL b = {condition}"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(text, f),
            Self::Column(name) => f.write_str(name),
            Self::Null => f.write_str("null"),
        }
    }
}

const WORDS: [&str; 12] = ["a", "b", "A", "ab", "aB", "ba", "is", "\u{130}s", "i\u{17F}", "\u{212A}", "ß", "a*"];

fn literal(name: &'static str) -> BoxedStrategy<Literal> {
    match name {
        "n" | "x" => {
            prop_oneof![3 => (-2..7_i64).prop_map(Literal::Number), 1 => (-2..6_i64).prop_map(Literal::Half)].boxed()
        }
        "b" => any::<bool>().prop_map(Literal::Bool).boxed(),
        "i" => select(vec!["10.0.0.1", "::1", "10.0.0.2"]).prop_map(Literal::Text).boxed(),
        "d" => select(vec!["2024-01-02", "2024-01-02T00:00:00Z"]).prop_map(Literal::Text).boxed(),
        _ => select(WORDS.to_vec()).prop_map(Literal::Text).boxed(),
    }
}

fn text_operand() -> impl Strategy<Value = Operand> {
    (select(TEXTS.to_vec()), 0..6).prop_map(|(name, view)| match view {
        0 | 1 => Operand::Lower(name),
        2 => Operand::Upper(name),
        _ => Operand::Plain(name),
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let patterns = select(vec!["a*", "*b", "?", "*i*", "a?", "\\**", "is", "*S*", "??", "SS", "*", "k"]);
    let compare = select(NAMES.to_vec()).prop_flat_map(|name| {
        let ops = if name == "b" { vec!["==", "!="] } else { vec!["==", "==", "!=", "<", "<=", ">", ">="] };
        (Just(Operand::Plain(name)), select(ops), literal(name))
    });
    let list = select(NAMES.to_vec())
        .prop_flat_map(|name| (Just(Operand::Plain(name)), vec(literal(name), 1..3), any::<bool>()));
    let equal = (text_operand(), select(vec!["==", "!="]), literal("k"));
    let constants = select(vec![
        ("true", Some(true)),
        ("false", Some(false)),
        ("null", None),
        ("k == null", None),
        ("n IN (null)", None),
    ]);
    let leaf = prop_oneof![
        4 => compare.prop_map(|(name, op, literal)| Leaf::Compare(name, op, literal)),
        3 => equal.prop_map(|(name, op, literal)| Leaf::Compare(name, op, literal)),
        2 => list.prop_map(|(name, list, negated)| Leaf::In(name, list, negated)),
        4 => (text_operand(), vec(patterns, 1..3), any::<bool>()).prop_map(|(of, patterns, not)| Leaf::Like(of, patterns, not)),
        2 => (select(vec!["STARTS_WITH", "ENDS_WITH", "CONTAINS"]), text_operand(), select(vec!["a", "b", "i", "s", ""]))
            .prop_map(|(function, of, text)| Leaf::Part(function, of, text)),
        2 => (select(NAMES.to_vec()), any::<bool>()).prop_map(|(name, negated)| Leaf::IsNull(name, negated)),
        1 => Just(Leaf::Boolean("b")),
        1 => select(vec!["10.0.0.0/31", "::/0"]).prop_map(Leaf::Network),
        1 => select(vec!["a", "b", "zz"]).prop_map(Leaf::Search),
        1 => (0..3_usize).prop_map(Leaf::Long),
        1 => (select(vec!["==", "!=", "<", "<=", ">", ">="]), -1..4_i64).prop_map(|(op, place)| Leaf::Located(op, place)),
        1 => constants.prop_map(|(text, value)| Leaf::Constant(text, value)),
    ];
    leaf.prop_map(Condition::Leaf).prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            2 => inner.clone().prop_map(|inner| Condition::Not(Box::new(inner))),
            2 => vec(inner.clone(), 2..4).prop_map(Condition::And),
            2 => vec(inner, 2..4).prop_map(Condition::Or),
        ]
    })
}

fn event() -> impl Strategy<Value = Json> {
    let scalar = |name: &'static str| match name {
        "n" | "x" => prop_oneof![
            5 => select(vec!["0", "1", "-1", "5", "5.5", "-0.5", "2e0"]).prop_map(|n| Json::Number(n.to_owned())),
            1 => select(vec!["5", "05", "2.7", "x"]).prop_map(|n| Json::String(n.to_owned())),
        ]
        .boxed(),
        "b" => prop_oneof![
            4 => any::<bool>().prop_map(Json::Bool),
            1 => select(vec!["true", "false", "", "x"]).prop_map(|n| Json::String(n.to_owned())),
        ]
        .boxed(),
        "i" => select(vec!["10.0.0.1", "::ffff:10.0.0.1", "::1", "10.0.0.2", "x"])
            .prop_map(|n| Json::String(n.to_owned()))
            .boxed(),
        "d" => select(vec!["2024-01-02", "2024-01-02T00:00:00.001Z", "5", "12", "x"])
            .prop_map(|n| Json::String(n.to_owned()))
            .boxed(),
        _ => prop_oneof![
            9 => select(WORDS.to_vec()).prop_map(|n| Json::String(n.to_owned())),
            1 => select(vec!["", "aaaaaaaab", "zz"]).prop_map(|n| Json::String(n.to_owned())),
            1 => Just(Json::Number("5".to_owned())),
        ]
        .boxed(),
    };
    let value = move |name: &'static str| {
        let scalar = || prop_oneof![7 => scalar(name), 1 => Just(Json::Null)];
        prop_oneof![6 => scalar(), 3 => vec(scalar(), 0..4).prop_map(Json::Array)]
    };
    let member = select(NAMES.to_vec()).prop_flat_map(move |name| (Just(name.to_owned()), value(name)));
    vec(member, 1..8).prop_map(|mut members| {
        let mut seen = Vec::new();
        members.retain(|(name, _)| {
            !seen.contains(name) && {
                seen.push(name.clone());
                true
            }
        });
        Json::Object(members)
    })
}

fn step() -> impl Strategy<Value = Between> {
    let simple = select(vec![
        Between::Nothing,
        Between::Nothing,
        Between::Expand("k"),
        Between::Expand("n"),
        Between::Lower,
        Between::Append,
        Between::Copy,
        Between::Rename,
    ]);
    let part = || {
        prop_oneof![
            4 => select(WORDS.to_vec()).prop_map(Part::Text),
            3 => select(vec!["k", "l"]).prop_map(Part::Column),
            1 => Just(Part::Null),
        ]
    };
    prop_oneof![
        3 => simple,
        3 => (vec((condition(), part()), 1..4), proptest::option::of(part())).prop_map(|(pairs, otherwise)| Between::Choose(pairs, otherwise)),
        1 => part().prop_map(Between::Coalesce),
        1 => condition().prop_map(Between::Flag),
    ]
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// What is decided is decided rightly; what is not is never denied.
    #[test]
    fn conditions_are_lowered_as_they_are_meant(
        first in condition(),
        steps in vec(step(), 1..3),
        second in condition(),
        events in vec(event(), 1..12),
    ) {
        let commands: Vec<String> = steps.iter().map(ToString::to_string).collect();
        let query = format!("FROM logs | WHERE {first} | {} | WHERE {second}", commands.join(" | "));
        let prefix = of(&query);
        for event in events {
            let row: Row = NAMES.map(|name| stored(&event, name));
            let passes_first = eval(&first, &row, &row) == Some(true);
            let later = steps.iter().fold(vec![row.clone()], |rows, step| {
                rows.iter().flat_map(|before| between(step, before, &row)).collect()
            });
            let passed: Vec<bool> =
                later.iter().map(|later| passes_first && eval(&second, later, &row) == Some(true)).collect();
            let held = holds(&prefix.condition, &event, Scoping::Apply);
            prop_assert!(held || !passed.contains(&true), "{query}\n{event}\n{}", prefix.condition);
            if prefix.exact > 0 {
                prop_assert!(!held || passes_first, "{query}\n{event}\n{}", prefix.condition);
            }
            // what is renamed comes back by a command more
            if prefix.exact >= query.matches(" | ").count() {
                prop_assert!(!held || !passed.contains(&false), "{query}\n{event}\n{}", prefix.condition);
            }
        }
    }
}
