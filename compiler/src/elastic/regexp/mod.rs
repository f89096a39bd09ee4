//! Regular expressions of Lucene, as the `regexp` query, EQL's `regex` and ES|QL's `RLIKE` use them (Elasticsearch reference,
//! "Regular expression syntax"; Lucene, `org.apache.lucene.util.automaton.RegExp`), with all optional operators on.
//!
//! An expression always matches the whole value. It is translated to the syntax of the `regex` crate; intersection and complement,
//! which that crate lacks, are worked out by an automaton.

mod alphabet;
pub mod ast;
mod derive;
mod eliminate;
mod interval;
mod lint;
mod lower;
mod parse;
mod re;
mod set;
mod terms;

use crate::diagnostic::{Code, Diagnostics};
use crate::elastic::text::QueryText;

/// The limit of the `regex` crate for a compiled expression, in bytes.
const SIZE_LIMIT: usize = 10 << 20;
/// How long an expression may be, in bytes.
const MAX_LENGTH: usize = 64 << 10;
/// How long it may be in the syntax of the `regex` crate, in bytes.
const MAX_WRITTEN: usize = 512 << 10;
/// How many characters the ranges of an expression may hold together if case is ignored: each is looked up.
const MAX_FOLDED: usize = 4 << 20;

/// An expression in the syntax of the `regex` crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// Found in exactly those texts that the expression matches from end to end: flags are inline (`(?s)`, `(?si)`), and anchors are
    /// there but where any text may stand in front or behind.
    pub pattern: String,
    /// Whether the expression matches no text at all.
    pub never: bool,
}

/// Translates an expression. What is wrong with it, or probably not meant, goes to `diags`; `None` if it has an error.
///
/// Where case is ignored, it is for all letters of Unicode (simple case folding), as in the `regex` crate; `\w` stays as it is.
pub fn translate(pattern: &QueryText<'_>, ignore_case: bool, diags: &mut Diagnostics) -> Option<Translated> {
    translate_with(pattern, ignore_case, "`regex~`", diags)
}

/// As [`translate`], for ES|QL's `RLIKE`, which has another way to ignore case.
pub fn translate_rlike(pattern: &QueryText<'_>, diags: &mut Diagnostics) -> Option<Translated> {
    translate_with(pattern, false, "`TO_LOWER(field) RLIKE \"..\"`", diags)
}

/// `caseless`: how case is ignored.
fn translate_with(
    pattern: &QueryText<'_>,
    ignore_case: bool,
    caseless: &str,
    diags: &mut Diagnostics,
) -> Option<Translated> {
    let text = pattern.as_str();
    let whole = || pattern.span(0..text.len());
    if text.len() > MAX_LENGTH {
        let message = format!("regular expression of {} bytes, the limit is {MAX_LENGTH}", text.len());
        diags.push(Code::InvalidRegex.at(whole(), message).help("split it into several"));
        return None;
    }
    let mut lints = lint::Lints::default();
    let tree = parse::parse(pattern, &mut lints, diags);
    if let Some(tree) = &tree
        && ignore_case
        && lower::characters(tree) > MAX_FOLDED
    {
        let message = "the ranges of the expression are too wide to ignore case in them";
        diags.push(Code::InvalidRegex.at(whole(), message).help("write what they leave out instead: `[^a-z]`"));
        return None;
    }
    let lowered = tree.as_ref().map(|tree| lower::lower(tree, ignore_case));
    let never = matches!(&lowered, Some(Ok(re)) if re.is_never());
    diags.extend(lints.into_warnings(pattern, never, caseless));
    let re = match lowered? {
        Ok(re) => re,
        Err(lower::TooComplex(at)) => {
            diags.push(
                Code::InvalidRegex
                    .at(pattern.span(at), "this use of `&` or `~` is too complex")
                    .help("make it smaller, or split it and join the parts outside; if the character is meant, escape it: `\\&`, `\\~`"),
            );
            return None;
        }
    };
    if re.size() > MAX_WRITTEN {
        let message = format!("regular expression of more than {} KiB, written out", MAX_WRITTEN >> 10);
        diags.push(
            Code::InvalidRegex.at(whole(), message).help("use fewer intervals and classes, or split it into several"),
        );
        return None;
    }
    let mut translated = String::from(if ignore_case { "(?si)" } else { "(?s)" });
    re.write_whole(&mut translated);
    match regex::RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).build() {
        Ok(_) => Some(Translated { pattern: translated, never }),
        Err(regex::Error::CompiledTooBig(limit)) => {
            let message = format!("regular expression needs more than {} MiB when compiled", limit >> 20);
            diags.push(Code::InvalidRegex.at(whole(), message).help("make its counted repetitions smaller"));
            None
        }
        Err(_) => {
            // the translation is well-formed; what is left is the engine's own limit on nesting
            let message = "the expression is nested too deeply for the engine";
            diags.push(Code::QueryTooDeep.at(whole(), message).help("take out groups that are not needed"));
            None
        }
    }
}

#[cfg(test)]
mod tests;
