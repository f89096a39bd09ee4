//! Elastic's detection rules: TOML files, and the query languages that they hold.
//!
//! A file is read ([`rule_file`]) into a tree ([`ast`]), its query is parsed ([`kql`], [`eql`], with Lucene's regular expressions in [`regexp`]) and both are lowered
//! to the IR ([`lower()`]), by the types of the fields that they name ([`schema`]) and the indices that they are for ([`scope`]).

mod anomaly;
pub mod ast;
pub mod date;
pub mod eql;
pub mod esql;
mod filters;
pub mod kql;
mod leaf;
mod lower;
pub mod regexp;
pub mod rule_file;
pub mod schema;
pub mod scope;
mod stateful;
mod table;
pub mod text;

pub use lower::{lower, query_rule, search};

use crate::diagnostic::shortened as short;

/// User text in a message about a query, on one line.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 40;
    let blank = |c: char| if c.is_whitespace() || c.is_control() { ' ' } else { c };
    let line: String = text.chars().take(LONGEST).map(blank).collect();
    if text.chars().nth(LONGEST).is_some() { format!("{line}…") } else { line }
}
