//! Elastic's detection rules: TOML files, and the query languages that they hold.
//!
//! A file is read ([`rule_file`]) into a tree ([`ast`]), its query is parsed ([`kql`], [`eql`], with Lucene's regular expressions in [`regexp`]) and both are lowered
//! to the IR ([`lower()`]), by the types of the fields that they name ([`schema`]) and the indices that they are for ([`scope`]).

mod anomaly;
pub mod ast;
pub mod date;
pub mod eql;
mod filters;
pub mod kql;
mod leaf;
mod lower;
pub mod regexp;
pub mod rule_file;
pub mod schema;
pub mod scope;
pub mod text;

pub use lower::{lower, query_rule, search};

/// User text in a message.
fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}..", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Whether a text matches a pattern in which `*` stands for any run of characters.
fn matches_stars(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    let mut rest = rest;
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}
