//! The options of `KQL("..", {..})` (ES|QL functions, "KQL").

use super::ast::{Literal, Map, MapValue, StringLiteral};
use crate::elastic::kql::lower::Options;
use crate::ir::Case;

/// Why options are not taken.
#[derive(Debug)]
pub(super) enum Refused<'m> {
    /// There is no such option.
    Unknown(&'m StringLiteral),
    /// It is not carried out with this value.
    Unsupported,
}

/// What options say; none of them says nothing.
pub(super) fn read(map: Option<&Map>) -> Result<Options, Refused<'_>> {
    let mut options = Options::default();
    for entry in map.into_iter().flat_map(|map| &map.entries) {
        let text = match &entry.value {
            MapValue::Literal(value) => match &value.value {
                Literal::String(text) => text.value.clone(),
                other => other.to_string(),
            },
            MapValue::Map(_) => return Err(Refused::Unsupported),
        };
        match (entry.key.value.as_str(), text.to_ascii_lowercase().as_str()) {
            // scores are not computed, and dates are in UTC anyway
            ("boost", _) | ("time_zone", "utc" | "gmt" | "z" | "+00:00" | "-00:00") => {}
            ("case_insensitive", "true") => options.case = Case::Insensitive,
            ("case_insensitive", "false") => options.case = Case::Sensitive,
            ("default_field", "*") => options.default_field = None,
            ("default_field", name) if !name.is_empty() => options.default_field = Some(text),
            ("case_insensitive" | "time_zone" | "default_field", _) => return Err(Refused::Unsupported),
            _ => return Err(Refused::Unknown(&entry.key)),
        }
    }
    Ok(options)
}
