//! Values that stand in the query: their types, and what texts stand for where another type is asked for (ES|QL reference, "Implicit casting").

use std::sync::Arc;

use sigil_runtime::table::function::convert;
use sigil_runtime::table::{Expr, Type, Value};

use super::{Analyzer, Typed};
use crate::diagnostic::Code;
use crate::elastic::esql::ast::{self, Literal, ParameterKey, TimeUnit};
use crate::elastic::short;
use crate::source::Span;

impl Analyzer<'_> {
    /// A literal as a value.
    pub(super) fn literal(&mut self, literal: &Literal, span: Span) -> Option<Typed> {
        let (value, kind) = self.value_of(literal, span)?;
        Some(Typed::new(Expr::Literal(value), kind, span))
    }

    /// What a literal stands for.
    pub(super) fn value_of(&mut self, literal: &Literal, span: Span) -> Option<(Value, Type)> {
        let Literal::Parameter(parameter) = literal else { return self.constant(literal, span) };
        let value = self.parameter(parameter, span)?;
        match value {
            Literal::Parameter(_) => None,
            value => self.constant(&value, span),
        }
    }

    fn constant(&mut self, literal: &Literal, span: Span) -> Option<(Value, Type)> {
        Some(match literal {
            Literal::Null => (Value::Null, Type::Null),
            Literal::Bool(value) => (Value::Bool(*value), Type::Boolean),
            Literal::Integer(number) => integer(*number),
            Literal::Decimal(number) => (Value::double(*number), Type::Double),
            Literal::String(text) => (Value::text(&text.value), Type::Keyword),
            Literal::TimeSpan(amount) => {
                if let Some(value) = time_span(amount.count, &amount.unit.value) {
                    value
                } else {
                    let message = format!("`{} {}` is too long", amount.count, short(&amount.unit.value));
                    return self.error(Code::TypeConflict, span, message, "write a shorter span of time");
                }
            }
            Literal::Array(members) => {
                let members: Option<Vec<(Value, Type)>> =
                    members.iter().map(|member| self.constant(member, span)).collect();
                let members = members?;
                let kinds = members.iter().map(|(_, kind)| *kind);
                let kind = kinds.reduce(|a, b| if a.is_number() && b.is_number() { wider(a, b) } else { a })?;
                let values = members.into_iter().map(|(value, _)| number(&value, kind).unwrap_or(value));
                (Value::list(values), kind)
            }
            Literal::Parameter(_) => return None,
        })
    }

    /// What a parameter stands for.
    fn parameter(&mut self, parameter: &ast::Parameter, span: Span) -> Option<Literal> {
        let all = self.env.parameters;
        let found = match &parameter.key {
            ParameterKey::Next => {
                self.parameters += 1;
                all.get(self.parameters - 1)
            }
            ParameterKey::Named(name) => all.iter().find(|one| one.name.as_deref() == Some(name)),
            ParameterKey::Positional(at) => at.parse::<usize>().ok().and_then(|at| all.get(at.checked_sub(1)?)),
        };
        if let Some(found) = found {
            return Some(found.value.clone());
        }
        let shown = short(&parameter.to_string()).clone();
        self.error(
            Code::UnknownColumn,
            span,
            format!("nobody says what `{shown}` stands for"),
            "write the value itself",
        )
    }

    /// The name that a parameter stands for.
    pub(super) fn name_of(&mut self, parameter: &ast::Parameter, span: Span) -> Option<String> {
        if let Literal::String(text) = self.parameter(parameter, span)? {
            Some(text.value)
        } else {
            let message = format!("`{parameter}` stands for a value, not for a name");
            self.error(Code::TypeConflict, span, message, "give a string, and write two question marks")
        }
    }
}

/// A whole number: of 32 bits, of 64, or else a double.
fn integer(number: i128) -> (Value, Type) {
    if let Ok(number) = i32::try_from(number) {
        return (Value::Int(number), Type::Integer);
    }
    if let Ok(number) = i64::try_from(number) {
        return (Value::Long(number), Type::Long);
    }
    if let Ok(number) = u64::try_from(number) {
        return (Value::Unsigned(number), Type::UnsignedLong);
    }
    #[expect(clippy::cast_precision_loss, reason = "what a double holds of it, as in Elasticsearch")]
    (Value::double(number as f64), Type::Double)
}

/// `5 minutes` is a duration, `5 days` a period; none if it is too long.
fn time_span(count: i128, unit: &str) -> Option<(Value, Type)> {
    let count = i64::try_from(count).ok()?;
    let duration = |milliseconds: i64| Some((Value::Duration(count.checked_mul(milliseconds)?), Type::TimeDuration));
    let days = |days: i64| Some((Value::Period(0, i32::try_from(count.checked_mul(days)?).ok()?), Type::DatePeriod));
    let months =
        |months: i64| Some((Value::Period(i32::try_from(count.checked_mul(months)?).ok()?, 0), Type::DatePeriod));
    match TimeUnit::named(unit)? {
        TimeUnit::Millisecond => duration(1),
        TimeUnit::Second => duration(1_000),
        TimeUnit::Minute => duration(60_000),
        TimeUnit::Hour => duration(3_600_000),
        TimeUnit::Day => days(1),
        TimeUnit::Week => days(7),
        TimeUnit::Month => months(1),
        TimeUnit::Quarter => months(3),
        TimeUnit::Year => months(12),
    }
}

/// A number of a query as one of another type, each member of a list; none if it does not fit.
pub(super) fn number(value: &Value, to: Type) -> Option<Value> {
    if let Value::List(members) = value {
        let members: Option<Vec<Value>> = members.iter().map(|member| number(member, to)).collect();
        return members.map(Value::list);
    }
    let whole = || value.as_i128().filter(|_| !matches!(value, Value::Date(_) | Value::DateNanos(_)));
    match to {
        Type::Integer => whole().and_then(|number| i32::try_from(number).ok()).map(Value::Int),
        Type::Long => whole().and_then(|number| i64::try_from(number).ok()).map(Value::Long),
        Type::UnsignedLong => whole().and_then(|number| u64::try_from(number).ok()).map(Value::Unsigned),
        Type::Double => match value {
            Value::Int(_) | Value::Long(_) | Value::Unsigned(_) | Value::Double(_) => value.as_f64().map(Value::double),
            _ => None,
        },
        _ => None,
    }
}

/// What a text of a query stands for where a value of another type is asked for, each member of a list; none if nothing.
pub(super) fn converted(value: &Value, to: Type) -> Option<Value> {
    match value {
        Value::List(members) => {
            let members: Option<Vec<Value>> = members.iter().map(|member| converted(member, to)).collect();
            members.map(Value::list)
        }
        Value::Text(text) => text_as(text, to),
        _ => None,
    }
}

fn text_as(text: &Arc<str>, to: Type) -> Option<Value> {
    match to {
        Type::Keyword | Type::Text => Some(Value::Text(Arc::clone(text))),
        Type::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Type::Ip => convert::parse_ip(text).map(Value::Ip),
        Type::Version => Some(Value::Version(convert::parse_version(text))),
        Type::Date => convert::parse_date(text).map(Value::Date),
        Type::DateNanos => convert::parse_date_nanos(text).map(Value::DateNanos),
        Type::DatePeriod => convert::parse_period(text).map(|(months, days)| Value::Period(months, days)),
        Type::TimeDuration => convert::parse_duration(text).map(Value::Duration),
        Type::Null | Type::Integer | Type::Long | Type::UnsignedLong | Type::Double | Type::GeoPoint | Type::Source => {
            None
        }
    }
}

/// The type that numbers of two types have in common.
pub(super) fn wider(left: Type, right: Type) -> Type {
    let rank = |kind: Type| match kind {
        Type::Double => 3,
        Type::UnsignedLong => 2,
        Type::Long => 1,
        _ => 0,
    };
    if rank(left) >= rank(right) { left } else { right }
}
