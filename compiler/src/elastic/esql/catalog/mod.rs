//! The functions of ES|QL: names, parameters and types of results (ES|QL reference, "Functions and operators"), by family.

pub mod aggregate;
mod convert;
mod date;
mod math;
mod multi;
mod net;
mod text;

pub use convert::{cast, cast_type, converts};
pub use math::{arithmetic, negative, operator};
pub use multi::alike;

use sigil_runtime::table::Type;
use sigil_runtime::table::function::Function;

/// A scalar function.
#[derive(Debug)]
pub struct Entry {
    /// Its name in lower case.
    pub name: &'static str,
    /// Other names, in lower case.
    pub aliases: &'static [&'static str],
    /// What computes it.
    pub function: Function,
    /// Its parameters, in order.
    pub params: &'static [Param],
    /// So many arguments are needed at least.
    pub required: usize,
    /// The last parameter may be given any number of times.
    pub repeats: bool,
    /// The type of the result, by the types of the arguments as they are after implicit conversion.
    pub result: fn(&[Type]) -> Type,
}

/// A parameter of a function.
#[derive(Debug)]
pub struct Param {
    /// As the documentation names it.
    pub name: &'static str,
    /// Which types it takes; a null fits every one. A string in the query is converted if no text fits but a date, an address or a version does.
    pub types: &'static [Type],
    /// The argument must stand in the query: no column.
    pub literal: bool,
}

impl Param {
    /// A parameter that takes these types.
    pub const fn of(name: &'static str, types: &'static [Type]) -> Self {
        Self { name, types, literal: false }
    }

    /// A parameter whose value stands in the query.
    pub const fn literal(name: &'static str, types: &'static [Type]) -> Self {
        Self { name, types, literal: true }
    }
}

/// Types of texts.
pub const TEXTS: &[Type] = &[Type::Keyword, Type::Text];
/// Types of whole numbers.
pub const WHOLES: &[Type] = &[Type::Integer, Type::Long, Type::UnsignedLong];
/// Types of numbers.
pub const NUMBERS: &[Type] = &[Type::Integer, Type::Long, Type::UnsignedLong, Type::Double];
/// Types of points in time.
pub const DATES: &[Type] = &[Type::Date, Type::DateNanos];

/// All functions.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    [convert::ENTRIES, date::ENTRIES, math::ENTRIES, multi::ENTRIES, net::ENTRIES, text::ENTRIES].into_iter().flatten()
}

/// The function of this name, in any case.
pub fn find(name: &str) -> Option<&'static Entry> {
    let name = name.to_ascii_lowercase();
    all().find(|entry| entry.name == name || entry.aliases.contains(&name.as_str()))
}
