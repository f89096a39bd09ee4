//! From the bytes of an event to its values by slot.
#![cfg_attr(not(test), expect(dead_code, reason = "the engine is not linked yet"))]

pub(crate) mod json;
pub(crate) mod paths;
pub(crate) mod text;
pub(crate) mod values;

/// The longest text that values can point into.
pub(crate) const MAX_TEXT: usize = 1 << 31;
