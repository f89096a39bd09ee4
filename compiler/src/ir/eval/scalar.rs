//! Computed values, by their definitions: texts are taken apart into characters, nothing is shared with the runtime.

use sigil_runtime::fold::fold;

use super::super::{Case, Function, Scalar};
use super::{Json, address, cased, glob, regex};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl Value {
    /// The value of a scalar of an event.
    pub(super) fn of(json: &Json) -> Self {
        match json {
            Json::Null | Json::Array(_) | Json::Object(_) => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::String(text) => Self::Text(text.clone()),
            Json::Number(raw) => raw.parse().map_or_else(|_| float(raw.parse().unwrap_or(f64::NAN)), Self::Int),
        }
    }

    fn chars(&self) -> Option<Vec<char>> {
        if let Self::Text(text) = self { Some(text.chars().collect()) } else { None }
    }

    #[expect(clippy::cast_precision_loss, reason = "as Java converts a long to a double")]
    fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Null | Self::Bool(_) | Self::Text(_) => None,
        }
    }
}

fn float(number: f64) -> Value {
    if number.is_finite() { Value::Float(number) } else { Value::Null }
}

/// Computes, given the chosen value of each field.
pub(super) fn value(scalar: &Scalar, chosen: &dyn Fn(&super::Field) -> Value) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(*value),
        Scalar::Int(number) => Value::Int(*number),
        Scalar::Float(bits) => Value::Float(f64::from_bits(*bits)),
        Scalar::Text(text) => Value::Text(text.clone()),
        Scalar::Field(field) => chosen(field),
        Scalar::Call(function, arguments) => {
            let arguments: Vec<Value> = arguments.iter().map(|argument| value(argument, chosen)).collect();
            call(*function, &arguments)
        }
        Scalar::Matches(of, patterns, case) => test(&value(of, chosen), |text| {
            let text: Vec<char> = cased(text, *case).chars().collect();
            patterns.iter().any(|pattern| glob(pattern, &text))
        }),
        Scalar::IsMatch { of, pattern, lookaround } => {
            test(&value(of, chosen), |text| regex(pattern, *lookaround, text))
        }
        Scalar::InNetworks(of, networks) => test(&value(of, chosen), |text| {
            address(text).is_some_and(|address| {
                networks.iter().any(|net| net.contains(&address) || net.contains(&address.to_canonical()))
            })
        }),
    }
}

fn test(value: &Value, test: impl Fn(&str) -> bool) -> Value {
    if let Value::Text(text) = value { Value::Bool(test(text)) } else { Value::Null }
}

fn call(function: Function, arguments: &[Value]) -> Value {
    let argument = |at: usize| arguments.get(at).unwrap_or(&Value::Null);
    let any_null = arguments.contains(&Value::Null);
    let case = |ignore_case: bool| if ignore_case { Case::Insensitive } else { Case::Sensitive };
    let fitting = |text: &Value, ignore_case: bool| {
        text.chars().map(|text| text.into_iter().map(|c| cased(&c.to_string(), case(ignore_case))).collect::<Vec<_>>())
    };
    let (a, b) = (argument(0), argument(1));
    match function {
        Function::Add | Function::Subtract | Function::Multiply | Function::Divide | Function::Modulo => {
            arithmetic(function, a, b)
        }
        Function::Negate => match a {
            Value::Int(number) => number.checked_neg().map_or(Value::Null, Value::Int),
            other => other.number().map_or(Value::Null, |number| float(-number)),
        },
        Function::Equals if *a == Value::Null || *b == Value::Null => Value::Null,
        Function::Equals => Value::Bool(match (a, b) {
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Text(_) | Value::Bool(_), _) | (_, Value::Text(_) | Value::Bool(_)) => a == b,
            _ => a.number() == b.number(),
        }),
        Function::Less => order(a, b, std::cmp::Ordering::is_lt),
        Function::LessOrEqual => order(a, b, std::cmp::Ordering::is_le),
        Function::Greater => order(a, b, std::cmp::Ordering::is_gt),
        Function::GreaterOrEqual => order(a, b, std::cmp::Ordering::is_ge),
        Function::And if arguments.contains(&Value::Bool(false)) => Value::Bool(false),
        Function::And if arguments.iter().all(|value| *value == Value::Bool(true)) => Value::Bool(true),
        Function::Or if arguments.contains(&Value::Bool(true)) => Value::Bool(true),
        Function::Or if arguments.iter().all(|value| *value == Value::Bool(false)) => Value::Bool(false),
        Function::And | Function::Or => Value::Null,
        Function::Not => {
            if let Value::Bool(value) = a {
                Value::Bool(!value)
            } else {
                Value::Null
            }
        }
        Function::IsNull => Value::Bool(*a == Value::Null),
        Function::Concat if any_null => Value::Null,
        Function::Concat => Value::Text(arguments.iter().map(text).collect()),
        Function::Length => a.chars().map_or(Value::Null, |text| int(text.len())),
        Function::Substring => {
            let Some(text) = a.chars() else { return Value::Null };
            let length = i128::try_from(text.len()).unwrap_or(i128::MAX);
            let place = |at: usize, default: i128| match argument(at) {
                Value::Null => Some(default),
                Value::Int(n) if *n < 0 => Some((length + i128::from(*n)).max(0)),
                Value::Int(n) => Some(i128::from(*n).min(length)),
                Value::Bool(_) | Value::Float(_) | Value::Text(_) => None,
            };
            let (Some(start), Some(end)) = (place(1, 0), place(2, length)) else { return Value::Null };
            let places = (0..length).zip(text).filter(|(at, _)| (start..end).contains(at));
            Value::Text(places.map(|(_, c)| c).collect())
        }
        Function::Between { ignore_case } => {
            let texts = [0, 1, 2].map(|at| fitting(argument(at), ignore_case));
            let ([Some(text), Some(left), Some(right)], Some(whole)) = (texts, a.chars()) else { return Value::Null };
            let places = |part: &[String], from: usize| -> Vec<usize> {
                (from..=text.len()).filter(|at| text[*at..].starts_with(part)).collect()
            };
            let Some(start) = places(&left, 0).first().map(|at| at + left.len()) else {
                return Value::Text(String::new());
            };
            let ends = places(&right, start);
            let end = if *argument(3) == Value::Bool(true) { ends.last() } else { ends.first() };
            Value::Text(end.map_or(String::new(), |end| whole[start..*end].iter().collect()))
        }
        Function::IndexOf { ignore_case } => {
            let (Some(text), Some(part)) = (fitting(a, ignore_case), fitting(b, ignore_case)) else {
                return Value::Null;
            };
            let from = if let Value::Int(n) = argument(2) { usize::try_from(*n).unwrap_or(0) } else { 0 };
            (from..=text.len()).find(|at| text[*at..].starts_with(&part)).map_or(Value::Null, int)
        }
        Function::StartsWith { ignore_case } => match (fitting(a, ignore_case), fitting(b, ignore_case)) {
            (Some(text), Some(part)) => Value::Bool(text.starts_with(&part)),
            (None, _) | (_, None) => Value::Null,
        },
        Function::EndsWith { ignore_case } => match (fitting(a, ignore_case), fitting(b, ignore_case)) {
            (Some(text), Some(part)) => Value::Bool(text.ends_with(&part)),
            (None, _) | (_, None) => Value::Null,
        },
        Function::Contains { ignore_case } => match (a, b) {
            (Value::Text(a), Value::Text(b)) if ignore_case => Value::Bool(fold(a).contains(&fold(b))),
            (Value::Text(a), Value::Text(b)) => Value::Bool(a.contains(b)),
            _ => Value::Null,
        },
        Function::ToText if *a == Value::Null => Value::Null,
        Function::ToText => Value::Text(text(a)),
        Function::ToNumber => {
            let a = &if let Value::Text(text) = a { Value::Text(text.trim().to_owned()) } else { a.clone() };
            match (a, b) {
                (Value::Text(text), Value::Null | Value::Int(16)) if text.starts_with("0x") => digits(&text[2..], 16),
                (_, Value::Null | Value::Int(10)) => number(a),
                (Value::Text(text), Value::Int(base @ 2..=36)) => digits(text, u32::try_from(*base).unwrap_or(10)),
                (Value::Int(_) | Value::Float(_), Value::Int(2..=36)) => a.clone(),
                _ => Value::Null,
            }
        }
        Function::AsNumber => number(a),
        Function::AsInt => match number(a) {
            #[expect(clippy::cast_possible_truncation, reason = "saturates, as Java does")]
            Value::Float(number) => Value::Int(number as i64),
            other => other,
        },
        Function::AsBool => match a {
            Value::Bool(_) => a.clone(),
            Value::Text(text) if text == "true" => Value::Bool(true),
            Value::Text(text) if text == "false" || text.is_empty() => Value::Bool(false),
            _ => Value::Null,
        },
        Function::AsDouble => number(a).number().map_or(Value::Null, Value::Float),
        Function::AsText | Function::AsFolded => {
            let text = match a {
                Value::Null => return Value::Null,
                // without an exponent, and without a sign for 0
                Value::Float(number) if number.fract() == 0.0 => format!("{:.0}", number + 0.0),
                Value::Float(number) => number.to_string(),
                Value::Bool(_) | Value::Int(_) | Value::Text(_) => text(a),
            };
            Value::Text(if function == Function::AsFolded { fold(&text) } else { text })
        }
    }
}

fn arithmetic(function: Function, a: &Value, b: &Value) -> Value {
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        let (a, b) = (i128::from(*a), i128::from(*b));
        let result = match function {
            Function::Add => Some(a + b),
            Function::Subtract => Some(a - b),
            Function::Multiply => Some(a * b),
            Function::Divide => (b != 0).then(|| a / b),
            // what the quotient overflows, the remainder does too
            Function::Modulo => (b != 0 && i64::try_from(a / b).is_ok()).then(|| a % b),
            _ => None,
        };
        return result.and_then(|result| i64::try_from(result).ok()).map_or(Value::Null, Value::Int);
    }
    let (Some(a), Some(b)) = (a.number(), b.number()) else { return Value::Null };
    float(match function {
        Function::Add => a + b,
        Function::Subtract => a - b,
        Function::Multiply => a * b,
        Function::Divide => a / b,
        _ => a % b,
    })
}

fn order(a: &Value, b: &Value, holds: impl Fn(std::cmp::Ordering) -> bool) -> Value {
    let order = match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.chars().cmp(b.chars())),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => a.number().zip(b.number()).and_then(|(a, b)| a.partial_cmp(&b)),
    };
    order.map_or(Value::Null, |order| Value::Bool(holds(order)))
}

fn int(n: usize) -> Value {
    i64::try_from(n).map_or(Value::Null, Value::Int)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => text.clone(),
    }
}

fn number(value: &Value) -> Value {
    match value {
        Value::Int(_) | Value::Float(_) => value.clone(),
        Value::Text(text) => match text.parse() {
            Ok(number) => Value::Int(number),
            Err(_) if super::Number::parse(text).is_some() => float(text.parse().unwrap_or(f64::NAN)),
            Err(_) => Value::Null,
        },
        Value::Null | Value::Bool(_) => Value::Null,
    }
}

fn digits(text: &str, base: u32) -> Value {
    i64::from_str_radix(text, base).map_or(Value::Null, Value::Int)
}
