//! Expressions over the columns of a row: three-valued, null for single values where there are several.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::function::text::Replacers;
use super::function::{self, Function};
use super::value::{Type, Value};
use crate::matcher::tokens::Words;
use crate::matcher::values::{Globs, Networks, Pattern};
use crate::pack::CompareOp;

/// What is computed of a row.
#[derive(Clone, Debug)]
pub enum Expr {
    /// The value in a slot of the row.
    Column(u32),
    /// A value that stands in the query.
    Literal(Value),
    /// `AND`: false wins over null.
    And(Arc<[Expr]>),
    /// `OR`: true wins over null.
    Or(Arc<[Expr]>),
    /// `NOT`
    Not(Arc<Expr>),
    /// `IS NULL`
    IsNull(Arc<Expr>),
    /// `==`: both sides of one type, or both numbers.
    Equal(Arc<[Expr; 2]>),
    /// `<`, `<=`, `>`, `>=`
    Compare(CompareOp, Arc<[Expr; 2]>),
    /// `value IN (..)`: true if one is equal, else null if one is null.
    In(Arc<Expr>, Arc<[Expr]>),
    /// `LIKE`: case-sensitive.
    Like(Arc<Expr>, Arc<Globs>),
    /// `RLIKE`, translated to an anchored pattern.
    Rlike(Arc<Expr>, Arc<Pattern>),
    /// `CIDR_MATCH` with networks that stand in the query.
    Cidr(Arc<Expr>, Arc<Networks>),
    /// The match operator on a column without an index behind it: some value has these words. Two-valued.
    Words(Arc<Expr>, Arc<Words>),
    /// `CASE(condition, value, .., otherwise)`
    Case(Arc<[Expr]>),
    /// `COALESCE`: the first that is not null.
    Coalesce(Arc<[Expr]>),
    /// A function, whose overload its arguments' values decide; the type is that of its result.
    Call(Function, Type, Arc<[Expr]>),
}

/// What an evaluation reads beside the row, and what it says.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// `NOW()`: milliseconds since 1970.
    pub now: i64,
    /// Warnings, by what they say, and how often each was given.
    pub warnings: Warnings,
    /// Expressions that were compiled from values, by text.
    pub(crate) patterns: HashMap<Arc<str>, Option<Arc<fancy_regex::Regex>>>,
    /// Expressions of `REPLACE`.
    pub(crate) replacers: Replacers,
}

/// What went wrong while values were computed. ES|QL says it of the first 20 rows; here all are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// A function for single values met several.
    pub multi_value: u64,
    /// A number did not fit its type.
    pub overflow: u64,
    /// Something was divided by zero.
    pub division: u64,
    /// A text did not spell a value of the type asked for.
    pub conversion: u64,
    /// Anything else: a part of a text that is not there, a pattern that is none.
    pub other: u64,
}

impl Warnings {
    /// All of them.
    pub fn total(&self) -> u64 {
        let all = [self.multi_value, self.overflow, self.division, self.conversion, self.other];
        all.into_iter().fold(0, u64::saturating_add)
    }

    /// Adds those of another evaluation.
    pub fn add(&mut self, other: &Warnings) {
        self.multi_value = self.multi_value.saturating_add(other.multi_value);
        self.overflow = self.overflow.saturating_add(other.overflow);
        self.division = self.division.saturating_add(other.division);
        self.conversion = self.conversion.saturating_add(other.conversion);
        self.other = self.other.saturating_add(other.other);
    }
}

/// At most so many compiled expressions are kept.
pub(crate) const MOST_PATTERNS: usize = 1_000;

impl Context {
    /// A context of this time.
    pub fn at(now: i64) -> Self {
        Self { now, ..Self::default() }
    }

    /// The expression that a text spells, compiled once; `None` if it is none, which is counted.
    pub(crate) fn pattern(&mut self, text: &Arc<str>) -> Option<Arc<fancy_regex::Regex>> {
        if let Some(known) = self.patterns.get(text) {
            self.warnings.other += u64::from(known.is_none());
            return known.clone();
        }
        if self.patterns.len() >= MOST_PATTERNS {
            self.patterns.clear();
        }
        let compiled = compiled(text);
        self.warnings.other += u64::from(compiled.is_none());
        self.patterns.insert(Arc::clone(text), compiled.clone());
        compiled
    }
}

/// An expression; `None` if it is none.
pub(crate) fn compiled(text: &str) -> Option<Arc<fancy_regex::Regex>> {
    fancy_regex::RegexBuilder::new(text).backtrack_limit(100_000).seek(true).build().ok().map(Arc::new)
}

impl Expr {
    /// A function of arguments.
    pub fn call<const N: usize>(function: Function, result: Type, arguments: [Expr; N]) -> Self {
        Self::Call(function, result, Arc::new(arguments))
    }

    /// Its value for a row.
    pub fn eval(&self, row: &[Value], cx: &mut Context) -> Value {
        match self {
            Self::Column(slot) => row.get(*slot as usize).cloned().unwrap_or_default(),
            Self::Literal(value) => value.clone(),
            Self::And(members) => connect(members, false, row, cx),
            Self::Or(members) => connect(members, true, row, cx),
            Self::Not(inner) => match inner.one(row, cx).as_deref() {
                Some(Value::Bool(value)) => Value::Bool(!value),
                _ => Value::Null,
            },
            Self::IsNull(inner) => Value::Bool(inner.look(row, cx).is_null()),
            Self::Equal(sides) => match (sides[0].one(row, cx), sides[1].one(row, cx)) {
                (Some(left), Some(right)) => match (&*left, &*right) {
                    // their lengths mostly decide
                    (Value::Text(left), Value::Text(right)) => Value::Bool(left == right),
                    (left, right) => compare(left, right).map_or(Value::Null, |order| Value::Bool(order.is_eq())),
                },
                _ => Value::Null,
            },
            Self::Compare(op, sides) => ordering(sides, row, cx).map_or(Value::Null, |order| {
                Value::Bool(match op {
                    CompareOp::Less => order.is_lt(),
                    CompareOp::LessOrEqual => order.is_le(),
                    CompareOp::Greater => order.is_gt(),
                    CompareOp::GreaterOrEqual => order.is_ge(),
                })
            }),
            Self::In(value, list) => {
                let Some(value) = value.one(row, cx) else { return Value::Null };
                let mut unknown = false;
                for member in list.iter() {
                    let member = match (&*value, member) {
                        // texts of different lengths are not looked at
                        (Value::Text(text), Self::Literal(Value::Text(member))) if text.len() != member.len() => {
                            continue;
                        }
                        (value, Self::Literal(member)) => compare(value, member),
                        (value, member) => member.one(row, cx).and_then(|member| compare(value, &member)),
                    };
                    match member {
                        Some(Ordering::Equal) => return Value::Bool(true),
                        Some(_) => {}
                        None => unknown = true,
                    }
                }
                if unknown { Value::Null } else { Value::Bool(false) }
            }
            Self::Like(value, globs) => {
                test(value, row, cx, |value| Some(globs.any_matches(value.as_text()?.as_bytes())))
            }
            Self::Rlike(value, pattern) => {
                test(value, row, cx, |value| Some(pattern.is_match(value.as_text()?.as_bytes())))
            }
            Self::Cidr(value, networks) => test(value, row, cx, |value| {
                matches!(value, Value::Ip(_)).then(|| networks.any_contains(value.to_string().as_bytes()))
            }),
            Self::Words(value, words) => {
                let value = value.look(row, cx);
                Value::Bool(value.values().iter().filter_map(Value::as_text).any(|text| words.any_in(text.as_bytes())))
            }
            Self::Case(members) => {
                let mut pairs = members.chunks_exact(2);
                for pair in &mut pairs {
                    if let [condition, value] = pair
                        && single(condition.eval(row, cx), cx).is_some_and(|held| held.is_true())
                    {
                        return value.eval(row, cx);
                    }
                }
                pairs.remainder().first().map_or(Value::Null, |otherwise| otherwise.eval(row, cx))
            }
            Self::Coalesce(members) => {
                let mut values = members.iter().map(|member| member.eval(row, cx));
                values.find(|value| !value.is_null()).unwrap_or_default()
            }
            Self::Call(function, result, arguments) => {
                let arguments: Vec<Value> = arguments.iter().map(|argument| argument.eval(row, cx)).collect();
                function::call(*function, *result, &arguments, cx)
            }
        }
    }

    /// Whether a condition is true for a row: null is not.
    pub fn holds(&self, row: &[Value], cx: &mut Context) -> bool {
        self.eval(row, cx).is_true()
    }

    /// As [`Self::eval`]; what stands in the row or in the rule is not copied.
    pub(super) fn look<'v>(&'v self, row: &'v [Value], cx: &mut Context) -> Cow<'v, Value> {
        match self {
            Self::Column(slot) => row.get(*slot as usize).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
            Self::Literal(value) => Cow::Borrowed(value),
            computed => Cow::Owned(computed.eval(row, cx)),
        }
    }

    /// The value, if there is one: see [`single`].
    fn one<'v>(&'v self, row: &'v [Value], cx: &mut Context) -> Option<Cow<'v, Value>> {
        let value = self.look(row, cx);
        match &*value {
            Value::Null => None,
            Value::List(_) => {
                cx.warnings.multi_value += 1;
                None
            }
            _ => Some(value),
        }
    }

    /// Calls `visit` with every column that it reads.
    pub fn each_column(&self, visit: &mut impl FnMut(u32)) {
        match self {
            Self::Column(slot) => visit(*slot),
            Self::Literal(_) => {}
            Self::And(members) | Self::Or(members) | Self::Case(members) | Self::Coalesce(members) => {
                members.iter().for_each(|member| member.each_column(visit));
            }
            Self::Call(_, _, members) => members.iter().for_each(|member| member.each_column(visit)),
            Self::Not(inner)
            | Self::IsNull(inner)
            | Self::Like(inner, _)
            | Self::Rlike(inner, _)
            | Self::Cidr(inner, _)
            | Self::Words(inner, _) => inner.each_column(visit),
            Self::Equal(sides) | Self::Compare(_, sides) => sides.iter().for_each(|side| side.each_column(visit)),
            Self::In(value, list) => {
                value.each_column(visit);
                list.iter().for_each(|member| member.each_column(visit));
            }
        }
    }

    /// Whether it reads the time of the run.
    pub fn reads_now(&self) -> bool {
        match self {
            Self::Column(_) | Self::Literal(_) => false,
            Self::And(members) | Self::Or(members) | Self::Case(members) | Self::Coalesce(members) => {
                members.iter().any(Self::reads_now)
            }
            Self::Call(function, _, members) => *function == Function::NOW || members.iter().any(Self::reads_now),
            Self::Not(inner)
            | Self::IsNull(inner)
            | Self::Like(inner, _)
            | Self::Rlike(inner, _)
            | Self::Cidr(inner, _)
            | Self::Words(inner, _) => inner.reads_now(),
            Self::Equal(sides) | Self::Compare(_, sides) => sides.iter().any(Self::reads_now),
            Self::In(value, list) => value.reads_now() || list.iter().any(Self::reads_now),
        }
    }
}

/// The value, if there is one; several are counted as a warning and are none (ES|QL reference, "Functions on multivalued fields").
pub fn single(value: Value, cx: &mut Context) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::List(_) => {
            cx.warnings.multi_value += 1;
            None
        }
        value => Some(value),
    }
}

fn connect(members: &[Expr], winner: bool, row: &[Value], cx: &mut Context) -> Value {
    let mut unknown = false;
    for member in members {
        match member.one(row, cx).as_deref() {
            Some(Value::Bool(value)) if *value == winner => return Value::Bool(winner),
            Some(Value::Bool(_)) => {}
            _ => unknown = true,
        }
    }
    if unknown { Value::Null } else { Value::Bool(!winner) }
}

fn test(value: &Expr, row: &[Value], cx: &mut Context, test: impl FnOnce(&Value) -> Option<bool>) -> Value {
    let Some(value) = value.one(row, cx) else { return Value::Null };
    test(&value).map_or(Value::Null, Value::Bool)
}

fn ordering(sides: &[Expr; 2], row: &[Value], cx: &mut Context) -> Option<Ordering> {
    let [left, right] = sides;
    // both are looked at, so that both are warned of
    let (left, right) = (left.one(row, cx), right.one(row, cx));
    compare(&*left?, &*right?)
}

/// How two single values stand to each other: numbers by what they are worth, whatever their types; dates of both precisions. `None` for values that
/// cannot be compared.
pub fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return Some(a.cmp(&b));
    }
    match (left, right) {
        (Value::Date(a), Value::DateNanos(b)) => Some((i128::from(*a) * 1_000_000).cmp(&i128::from(*b))),
        (Value::DateNanos(a), Value::Date(b)) => Some(i128::from(*a).cmp(&(i128::from(*b) * 1_000_000))),
        _ if std::mem::discriminant(left) == std::mem::discriminant(right) => Some(left.cmp(right)),
        _ => None,
    }
}

fn number(value: &Value) -> Option<crate::pack::Number> {
    use crate::pack::Number;
    match value {
        Value::Int(value) => Some(Number::Int((*value).into())),
        Value::Long(value) => Some(Number::Int((*value).into())),
        Value::Unsigned(value) => Some(Number::Int((*value).into())),
        Value::Double(value) => Number::from_f64(*value),
        _ => None,
    }
}
