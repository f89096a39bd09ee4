//! Matching: what one event is tested with.
//!
//! [`slots::Slots`] is an event as rules see it. Its tests ([`tests`]) are the same for generated rules, which call them, and for rules that
//! run as a tree (`tree`). Which rules are tried at all is decided by scanners (`scanner`), which look for each rule's triggers.

pub(crate) mod bytes;
pub(crate) mod cache;
pub mod element;
pub mod formula;
pub(crate) mod glob;
mod gram_table;
pub(crate) mod grams;
pub(crate) mod literals;
pub(crate) mod memo;
pub(crate) mod memory;
mod rarity;
pub(crate) mod scanner;
mod sieve;
pub mod slots;
pub mod tests;
pub mod tokens;
pub mod tree;
pub mod values;
