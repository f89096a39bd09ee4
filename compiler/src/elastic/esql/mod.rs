//! ES|QL, the Elasticsearch Query Language: text to syntax tree and back.
//!
//! The tree keeps what the author wrote (names, spelling of functions, places); what it means is decided when it is lowered. The
//! language is described in Elasticsearch's documentation under "ES|QL reference": "Basic syntax", "Commands", "Functions and
//! operators".

pub mod analyze;
pub mod ast;
pub mod catalog;
mod kql_options;
mod lex;
pub(super) mod lower;
mod parse;
mod print;

pub use parse::{MAX_DEPTH, parse};

#[cfg(test)]
mod tests;
