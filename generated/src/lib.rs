//! The pack of the rules in `rules/sigma` and `rules/elastic`, as the compiler generated it. A test keeps it fresh; see CONTRIBUTING.md.

#[rustfmt::skip]
pub mod packs;

pub use packs::pack;
