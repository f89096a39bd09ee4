//! stub
pub mod json;
pub(crate) mod paths;
pub(crate) mod text;
pub(crate) mod values;
/// stub
pub trait Event {}
pub(crate) fn collect(_: &impl Event, _: &paths::Paths, _: &mut values::Values) {}
/// The longest text that values can point into.
pub(crate) const MAX_TEXT: usize = 1 << 31;
