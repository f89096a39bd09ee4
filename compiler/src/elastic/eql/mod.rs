//! EQL, the Event Query Language as Elasticsearch reads it: text to syntax tree and back.
//!
//! The tree keeps what the author wrote (names, spelling of strings, places); what it means is decided when it is lowered. The
//! language is described in Elasticsearch's documentation under "EQL syntax reference", "EQL function reference" and "EQL pipe
//! reference".

pub mod ast;
mod lex;
pub(super) mod lower;
mod parse;
mod print;

pub use parse::{MAX_DEPTH, parse};

#[cfg(test)]
mod tests;
