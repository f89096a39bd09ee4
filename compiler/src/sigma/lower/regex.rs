//! Tests by regular expressions. [`pcre`] writes them for the engines; what only a backtracking engine can run (look-around, back references) goes to `fancy-regex`, with a warning.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostics};
use crate::hash::HashSet;
use crate::ir::Test;
use crate::sigma::pcre::{self, Dialect, Translation};
use crate::source::Span;

use super::modifier::How;

/// The limit of the `regex` crate for a compiled expression, in bytes. Expressions that need more are refused: they would be slow to load and to run.
const SIZE_LIMIT: usize = 10 << 20;

/// How long an expression may be, in bytes: its syntax tree is many times larger.
const MAX_LENGTH: usize = 64 << 10;

/// Expressions that were compiled before and found sound: a rule has a variant for each pipeline, and all of them have its expressions.
#[derive(Debug, Default)]
pub struct SoundRegexes(HashSet<String>);

/// The test for one expression.
pub(super) fn lower(
    raw: &str,
    how: How,
    span: Span,
    sound: &mut SoundRegexes,
    diags: &mut Diagnostics,
) -> Option<Test> {
    let How::Regex { ignore_case, multi_line, dot_all } = how else { return None };
    if raw.len() > MAX_LENGTH {
        diags.push(
            Code::InvalidRegex
                .at(span, format!("regular expression of {} bytes, the limit is {MAX_LENGTH}", raw.len()))
                .help("split it into several values"),
        );
        return None;
    }
    let flags: String = [(ignore_case, 'i'), (multi_line, 'm'), (dot_all, 's')]
        .into_iter()
        .filter_map(|(on, flag)| on.then_some(flag))
        .collect();
    let Translation { pattern: body, needs } = match pcre::translate(raw, multi_line, Dialect::Pcre) {
        Ok(translation) => translation,
        Err(fault) => {
            diags.push(
                Code::InvalidRegex
                    .at(span, format!("regular expression is not valid: {}", fault.message))
                    .help(fault.help),
            );
            return None;
        }
    };
    let pattern = if flags.is_empty() { body } else { format!("(?{flags}){body}") };
    if !needs.is_empty() {
        return backtracking(pattern, &needs, span, diags);
    }
    if sound.0.contains(&pattern) {
        return Some(Test::Regex { pattern, lookaround: false });
    }
    match regex::RegexBuilder::new(&pattern).size_limit(SIZE_LIMIT).build() {
        Ok(_) => {
            sound.0.insert(pattern.clone());
            Some(Test::Regex { pattern, lookaround: false })
        }
        Err(regex::Error::CompiledTooBig(limit)) => {
            diags.push(
                Code::InvalidRegex
                    .at(span, format!("regular expression needs more than {} MiB when compiled", limit >> 20))
                    .help("make its counted repetitions smaller"),
            );
            None
        }
        Err(error) => {
            diags.push(Code::InvalidRegex.at(span, format!("regular expression is not valid: {}", reason(&error))));
            None
        }
    }
}

/// The test for an expression that needs what only a backtracking engine can run.
fn backtracking(pattern: String, needs: &BTreeSet<&str>, span: Span, diags: &mut Diagnostics) -> Option<Test> {
    if let Err(error) = fancy_regex::RegexBuilder::new(&pattern).delegate_size_limit(SIZE_LIMIT).build() {
        diags.push(Code::InvalidRegex.at(span, format!("regular expression is not valid: {}", reason(&error))));
        return None;
    }
    let used = needs.iter().copied().collect::<Vec<_>>().join(" and ");
    diags.push(
        Code::BacktrackingRegex
            .at(span, format!("regular expression uses {used}, which only a backtracking engine can run"))
            .help("it runs slower, and gives up on texts that need too many steps; write it without them if you can"),
    );
    Some(Test::Regex { pattern, lookaround: true })
}

/// The engine's message without the picture of the expression above it.
fn reason(error: &impl ToString) -> String {
    let text = error.to_string();
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}
