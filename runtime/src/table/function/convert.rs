//! Conversions from type to type (ES|QL reference, "Type conversion functions").

mod event;
mod parse;
#[cfg(test)]
mod tests;

pub use event::from_event;
pub(crate) use event::on_earth;
pub use parse::{
    LeadingZeros, parse_boolean, parse_date, parse_date_nanos, parse_double, parse_duration, parse_integer, parse_ip,
    parse_ip_as, parse_long, parse_period, parse_point, parse_unsigned, parse_version,
};

use parse::{Number, Unread, round, round_to_integer, truncate};

use crate::table::expr::Context;
use crate::table::value::{Type, Value};

/// Conversions from type to type. Each value of a multi-value is converted; those that do not convert are left out, with a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConvertFunction {
    /// `TO_STRING` and its kin: to the type of the result. A second argument is the base for whole numbers (`TO_INTEGER`, `TO_LONG`), and what
    /// leading zeros are for `TO_IP`: `reject`, `octal` or `decimal`.
    To,
    /// `TO_DEGREES`
    ToDegrees,
    /// `TO_RADIANS`
    ToRadians,
}

/// Calls a function of this family.
pub(super) fn call(function: ConvertFunction, result: Type, arguments: &[Value], cx: &mut Context) -> Value {
    let Some((field, options)) = arguments.split_first() else { return Value::Null };
    let option = match options.first() {
        // an option that is null makes the result null
        Some(Value::Null | Value::List(_)) => return Value::Null,
        option => option,
    };
    let one = |value: &Value| match function {
        ConvertFunction::To => convert(result, value, option),
        ConvertFunction::ToDegrees => finite(value.as_f64().ok_or(Unread::Spelling)?.to_degrees()),
        ConvertFunction::ToRadians => finite(value.as_f64().ok_or(Unread::Spelling)?.to_radians()),
    };
    Value::list(field.values().iter().map(|value| match one(value) {
        Ok(value) => value,
        Err(Unread::Spelling) => {
            cx.warnings.conversion += 1;
            Value::Null
        }
        Err(Unread::Size) => {
            cx.warnings.overflow += 1;
            Value::Null
        }
    }))
}

fn finite(value: f64) -> Result<Value, Unread> {
    if value.is_finite() { Ok(Value::Double(value)) } else { Err(Unread::Size) }
}

/// Converts a single value.
fn convert(result: Type, value: &Value, option: Option<&Value>) -> Result<Value, Unread> {
    let base = || match option {
        None => Ok(None),
        Some(base) => {
            let base = base.as_i128().and_then(|base| u32::try_from(base).ok());
            base.filter(|base| (2..=36).contains(base)).map(Some).ok_or(Unread::Spelling)
        }
    };
    Ok(match result {
        Type::Null => Value::Null,
        Type::Keyword | Type::Text | Type::Source => match value {
            Value::Text(_) => value.clone(),
            value => Value::text(value.to_string()),
        },
        Type::Boolean => match value {
            Value::Bool(_) => value.clone(),
            Value::Text(text) => Value::Bool(parse_boolean(text)),
            Value::Double(number) => Value::Bool(*number != 0.0),
            value => Value::Bool(value.as_i128().ok_or(Unread::Spelling)? != 0),
        },
        Type::Integer => {
            let whole = whole(value, base()?, Number::integer, round_to_integer)?;
            Value::Int(i32::try_from(whole).map_err(|_| Unread::Size)?)
        }
        Type::Long => {
            let whole = whole(value, base()?, Number::long, round)?;
            Value::Long(i64::try_from(whole).map_err(|_| Unread::Size)?)
        }
        Type::UnsignedLong => {
            let whole = whole(value, base()?, Number::unsigned, truncate)?;
            Value::Unsigned(u64::try_from(whole).map_err(|_| Unread::Size)?)
        }
        Type::Double => match value {
            Value::Text(text) => Value::Double(parse::double(text)?),
            Value::Bool(value) => Value::Double(f64::from(u8::from(*value))),
            value => Value::Double(value.as_f64().ok_or(Unread::Spelling)?),
        },
        Type::Date => match value {
            Value::Date(_) => value.clone(),
            Value::DateNanos(at) => Value::Date(at.div_euclid(1_000_000)),
            Value::Text(text) => Value::Date(parse_date(text).ok_or(Unread::Spelling)?),
            Value::Bool(_) => return Err(Unread::Spelling),
            value => {
                let whole = whole(value, None, Number::long, round)?;
                Value::Date(i64::try_from(whole).map_err(|_| Unread::Size)?)
            }
        },
        Type::DateNanos => match value {
            Value::DateNanos(_) => value.clone(),
            Value::Date(at) => {
                let at = at.checked_mul(1_000_000).filter(|at| *at >= 0);
                Value::DateNanos(at.ok_or(Unread::Size)?)
            }
            Value::Text(text) => Value::DateNanos(parse_date_nanos(text).ok_or(Unread::Spelling)?),
            Value::Bool(_) => return Err(Unread::Spelling),
            value => {
                let whole = whole(value, None, Number::long, round)?;
                Value::DateNanos(i64::try_from(whole).ok().filter(|at| *at >= 0).ok_or(Unread::Size)?)
            }
        },
        Type::Ip => match value {
            Value::Ip(_) => value.clone(),
            value => {
                let zeros = match option {
                    None => LeadingZeros::Reject,
                    Some(zeros) => zeros.as_text().and_then(LeadingZeros::named).ok_or(Unread::Spelling)?,
                };
                let address = value.as_text().and_then(|text| parse_ip_as(text, zeros));
                Value::Ip(address.ok_or(Unread::Spelling)?)
            }
        },
        Type::Version => match value {
            Value::Version(text) | Value::Text(text) => Value::Version(text.clone()),
            _ => return Err(Unread::Spelling),
        },
        Type::GeoPoint => match value {
            Value::Point(..) => value.clone(),
            value => {
                let (x, y) = value.as_text().and_then(parse_point).ok_or(Unread::Spelling)?;
                Value::Point(x, y)
            }
        },
        Type::DatePeriod => match value {
            Value::Period(..) => value.clone(),
            value => {
                let (months, days) = value.as_text().and_then(parse_period).ok_or(Unread::Spelling)?;
                Value::Period(months, days)
            }
        },
        Type::TimeDuration => match value {
            Value::Duration(_) => value.clone(),
            value => Value::Duration(value.as_text().and_then(parse_duration).ok_or(Unread::Spelling)?),
        },
    })
}

/// A whole number of a value of any type that has one.
fn whole(
    value: &Value,
    base: Option<u32>,
    read: fn(&str) -> Result<i128, Unread>,
    cut: fn(f64) -> Result<i128, Unread>,
) -> Result<i128, Unread> {
    match (value, base) {
        (Value::Text(text), Some(base)) => parse::in_base(text, base),
        (_, Some(_)) => Err(Unread::Spelling),
        (Value::Text(text), None) => read(text),
        (Value::Bool(value), None) => Ok(i128::from(*value)),
        (Value::Double(value), None) => cut(*value),
        (value, None) => value.as_i128().ok_or(Unread::Spelling),
    }
}
