//! Tests by regular expressions. [`pcre`] writes them for the engines; what only a backtracking engine can run (look-around, back references) goes to `fancy-regex`, with a warning.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

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
    // what is small for sure is only parsed: 1.06 times as fast, for a whole pack
    if regex_syntax::parse(&pattern).is_ok_and(|parsed| most_compiled(&parsed) <= SIZE_LIMIT) {
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

/// What an expression needs at most when compiled, in bytes: many times what it does need, where it holds large classes.
fn most_compiled(expression: &Hir) -> usize {
    /// A state with its transitions.
    const STATE: usize = 128;
    /// A range of characters: up to ten sequences of four bytes.
    const RANGE: usize = 2048;
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => literal.0.len().saturating_mul(STATE),
        HirKind::Class(Class::Unicode(class)) => (class.ranges().len() + 1).saturating_mul(RANGE),
        HirKind::Class(Class::Bytes(class)) => (class.ranges().len() + 1).saturating_mul(RANGE),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or_else(|| repetition.min.saturating_add(1)).max(1);
            let each = most_compiled(&repetition.sub).saturating_add(2 * STATE);
            usize::try_from(times).map_or(usize::MAX, |times| times.saturating_mul(each))
        }
        HirKind::Capture(capture) => most_compiled(&capture.sub).saturating_add(2 * STATE),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(|part| most_compiled(part).saturating_add(STATE)).fold(STATE, usize::saturating_add)
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

#[cfg(test)]
mod tests {
    use super::{SIZE_LIMIT, most_compiled};

    #[test]
    fn nothing_needs_more_than_is_expected_of_it() {
        let parts = [
            "a",
            "(?i)k",
            "abc|abd|x",
            r"\w",
            r"(?i)\p{Greek}",
            r"[^\s]",
            ".",
            "(?s).",
            r"\b",
            "(a?b*)+",
            "[a-z0-9]",
            r"\PL",
            "(?:)",
            "\u{1F600}",
            r"(\d{3}|\w)",
            "^$",
            r"[\w--a-z]|\W",
        ];
        let fits = |pattern: &str, limit: usize| regex::RegexBuilder::new(pattern).size_limit(limit).build().is_ok();
        for part in parts {
            for times in ["", "{7}", "{0,40}", "{50,}", "*", "??"] {
                let pattern = format!("(?:{part}){times}x");
                let parsed = regex_syntax::parse(&pattern).expect("a pattern");
                let most = most_compiled(&parsed);
                assert!(fits(&pattern, most), "{pattern} needs more than {most}");
            }
        }
        let most = most_compiled(&regex_syntax::parse("(?:(?:a{1000}){1000}){1000}").expect("a pattern"));
        assert!(most > SIZE_LIMIT, "{most}");
    }
}
