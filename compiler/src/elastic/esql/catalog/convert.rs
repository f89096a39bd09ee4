//! Conversions (ES|QL reference, "Type conversion functions", and "Cast (`::`)").

#[cfg(test)]
mod tests;

use sigil_runtime::table::Type;
use sigil_runtime::table::function::{ConvertFunction, Function};

use super::{Entry, NUMBERS, Param, TEXTS};

/// The functions of this family. A query gives the option of `TO_IP` as a map; here it is a second argument that holds its value.
pub(super) const ENTRIES: &[Entry] = &[
    to("to_string", &["to_str"], &[field(&Type::ALL)], |_| Type::Keyword),
    to("to_boolean", &["to_bool"], &[field(BOOLEANS)], |_| Type::Boolean),
    to("to_integer", &["to_int"], &[field(MILLISECONDS), BASE], |_| Type::Integer),
    to("to_long", &[], &[field(SCALARS), BASE], |_| Type::Long),
    to("to_unsigned_long", &["to_ul", "to_ulong"], &[field(MILLISECONDS)], |_| Type::UnsignedLong),
    to("to_double", &["to_dbl"], &[field(MILLISECONDS)], |_| Type::Double),
    to("to_datetime", &["to_dt"], &[field(DATES)], |_| Type::Date),
    to("to_date_nanos", &["to_datenanos"], &[field(NANOSECONDS)], |_| Type::DateNanos),
    to("to_ip", &[], &[field(&[Type::Ip, Type::Keyword, Type::Text]), Param::literal("leading_zeros", TEXTS)], |_| {
        Type::Ip
    }),
    to("to_version", &["to_ver"], &[field(&[Type::Version, Type::Keyword, Type::Text])], |_| Type::Version),
    to("to_geopoint", &[], &[field(&[Type::GeoPoint, Type::Keyword, Type::Text])], |_| Type::GeoPoint),
    to("to_dateperiod", &[], &[Param::literal("field", &[Type::DatePeriod, Type::Keyword, Type::Text])], |_| {
        Type::DatePeriod
    }),
    to("to_timeduration", &[], &[Param::literal("field", &[Type::TimeDuration, Type::Keyword, Type::Text])], |_| {
        Type::TimeDuration
    }),
    entry("to_degrees", &[], ConvertFunction::ToDegrees, &[Param::of("number", NUMBERS)], |_| Type::Double),
    entry("to_radians", &[], ConvertFunction::ToRadians, &[Param::of("number", NUMBERS)], |_| Type::Double),
];

/// The function that a cast to this type stands for.
pub fn cast(target: Type) -> Option<&'static Entry> {
    let name = match target {
        Type::Keyword | Type::Text => "to_string",
        Type::Boolean => "to_boolean",
        Type::Integer => "to_integer",
        Type::Long => "to_long",
        Type::UnsignedLong => "to_unsigned_long",
        Type::Double => "to_double",
        Type::Date => "to_datetime",
        Type::DateNanos => "to_date_nanos",
        Type::Ip => "to_ip",
        Type::Version => "to_version",
        Type::GeoPoint => "to_geopoint",
        Type::DatePeriod => "to_dateperiod",
        Type::TimeDuration => "to_timeduration",
        Type::Null | Type::Source => return None,
    };
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// Whether values of a type can be cast to another.
pub fn converts(from: Type, to: Type) -> bool {
    let param = cast(to).and_then(|entry| entry.params.first());
    param.is_some_and(|param| param.types.contains(&from))
}

/// The type that a cast names, in any case: `value::string`.
pub fn cast_type(name: &str) -> Option<Type> {
    let name = name.to_ascii_lowercase();
    Some(match name.as_str() {
        "string" => Type::Keyword,
        "bool" => Type::Boolean,
        "int" => Type::Integer,
        "datetime" => Type::Date,
        name => Type::ALL.into_iter().find(|target| target.name() == name && cast(*target).is_some())?,
    })
}

const BOOLEANS: &[Type] =
    &[Type::Boolean, Type::Keyword, Type::Text, Type::Integer, Type::Long, Type::UnsignedLong, Type::Double];

/// Dates only of milliseconds.
const MILLISECONDS: &[Type] = &[
    Type::Boolean,
    Type::Keyword,
    Type::Text,
    Type::Integer,
    Type::Long,
    Type::UnsignedLong,
    Type::Double,
    Type::Date,
];

const SCALARS: &[Type] = &[
    Type::Boolean,
    Type::Keyword,
    Type::Text,
    Type::Integer,
    Type::Long,
    Type::UnsignedLong,
    Type::Double,
    Type::Date,
    Type::DateNanos,
];

const DATES: &[Type] = &[
    Type::Date,
    Type::DateNanos,
    Type::Keyword,
    Type::Text,
    Type::Integer,
    Type::Long,
    Type::UnsignedLong,
    Type::Double,
];

/// No integers: they hold too few nanoseconds.
const NANOSECONDS: &[Type] =
    &[Type::Date, Type::DateNanos, Type::Keyword, Type::Text, Type::Long, Type::UnsignedLong, Type::Double];

const BASE: Param = Param::of("base", &[Type::Integer, Type::Long, Type::UnsignedLong]);

const fn field(types: &'static [Type]) -> Param {
    Param::of("field", types)
}

const fn to(
    name: &'static str,
    aliases: &'static [&'static str],
    params: &'static [Param],
    result: fn(&[Type]) -> Type,
) -> Entry {
    Entry { required: 1, ..entry(name, aliases, ConvertFunction::To, params, result) }
}

const fn entry(
    name: &'static str,
    aliases: &'static [&'static str],
    function: ConvertFunction,
    params: &'static [Param],
    result: fn(&[Type]) -> Type,
) -> Entry {
    Entry {
        name,
        aliases,
        function: Function::Convert(function),
        params,
        required: params.len(),
        repeats: false,
        result,
    }
}
