//! The Sigma front end.
//!
//! [`parse()`] makes [`ast::Document`]s of a rule file: `yaml` reads the text, `collection` joins the documents of a file,
//! `parse` takes a document apart, `detection` and `condition` read what it looks for.

pub mod ast;
mod collection;
pub mod condition;
mod correlation;
mod detection;
mod filter;
pub mod lower;
mod parse;
pub(crate) mod pcre;
mod selection;
pub mod yaml;

pub use parse::{ParsedDocument, parse};
pub use selection::{is_selected, select};
