//! The Kibana Query Language (KQL, "kuery"): text to tree, and back.
//!
//! The language is the one of the Kibana Guide, "Kibana Query Language". The tree keeps the spelling: what a value means depends on the type of
//! its field, which is not known here. Where the documentation is silent, queries are read as Kibana reads them; the places where this parser
//! takes more than Kibana, or less, are marked "decision" beside the code.

pub mod ast;
mod hints;
mod lex;
mod literal;
pub(super) mod lower;
mod parse;
mod print;
mod report;
mod terms;
mod values;

use super::text::QueryText;
use crate::diagnostic::Diagnostics;

/// How deep parentheses, braces and `not` may be nested.
pub const MAX_DEPTH: usize = 200;
/// How many messages about one query are kept; one more says how many there were.
pub const MAX_MESSAGES: usize = 100;

/// Parses a query. Everything that is wrong with it goes to `diags`, in the order of the text; `None` if no condition is left.
///
/// With errors, the tree holds what could be read: good for further checks, not for execution.
pub fn parse(query: &QueryText<'_>, diags: &mut Diagnostics) -> Option<ast::Query> {
    let (parsed, found) = parse::query(query);
    diags.extend(found);
    parsed
}

#[cfg(test)]
mod tests;
