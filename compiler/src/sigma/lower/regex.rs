//! Regular expressions: from the dialect that Sigma borrows (PCRE) to that of the `regex` crate.
//!
//! The two agree on nearly everything that rules use. What differs is mended here: `$` also stands before a final newline in PCRE, unless lines are matched. What only a backtracking
//! engine can run (look-around, back references) goes to `fancy-regex`, with a warning; what neither accepts is an error with the engine's own words.

use crate::diagnostic::{Code, Diagnostics};
use crate::ir::Test;
use crate::source::Span;

use super::modifier::How;

/// The limit of the `regex` crate for a compiled expression, in bytes. Expressions that need more are refused: they would be slow to load and to run.
const SIZE_LIMIT: usize = 10 << 20;

/// How long an expression may be, in bytes: its syntax tree is many times larger.
const MAX_LENGTH: usize = 64 << 10;

/// The test for one expression.
pub(super) fn lower(raw: &str, how: How, span: Span, diags: &mut Diagnostics) -> Option<Test> {
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
    let body = translate_ends(raw, multi_line);
    let pattern = if flags.is_empty() { body } else { format!("(?{flags}){body}") };
    match regex::RegexBuilder::new(&pattern).size_limit(SIZE_LIMIT).build() {
        Ok(_) => Some(Test::Regex { pattern, lookaround: false }),
        Err(regex::Error::CompiledTooBig(limit)) => {
            diags.push(
                Code::InvalidRegex
                    .at(span, format!("regular expression needs more than {} MiB when compiled", limit >> 20))
                    .help("make its counted repetitions smaller"),
            );
            None
        }
        Err(_) if fancy_regex::RegexBuilder::new(&pattern).delegate_size_limit(SIZE_LIMIT).build().is_ok() => {
            diags.push(
                Code::BacktrackingRegex
                    .at(span, "regular expression uses look-around or back references, which only a backtracking engine can run")
                    .help("it runs slower, and gives up on texts that need too many steps; write it without them if you can"),
            );
            Some(Test::Regex { pattern, lookaround: true })
        }
        Err(error) => {
            diags.push(Code::InvalidRegex.at(span, format!("regular expression is not valid: {}", reason(&error))));
            None
        }
    }
}

/// The engine's message without the picture of the expression above it.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// Replaces each `$` that does not stand for the end of a line by "at the end, or before a final newline".
fn translate_ends(pattern: &str, multi_line: bool) -> String {
    if !pattern.contains('$') {
        return pattern.to_owned();
    }
    let mut out = String::with_capacity(pattern.len() + 16);
    // whether `m` is on, in each open group
    let mut outer: Vec<bool> = Vec::new();
    let mut lines = multi_line;
    let mut class_depth = 0_usize;
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match c {
            '\\' => taken += rest.chars().nth(1).map_or(0, char::len_utf8),
            '[' => {
                class_depth += 1;
                // `]` is a member where it comes first
                taken += rest[1..].bytes().take_while(|b| *b == b'^').count().min(1);
                taken += usize::from(rest[taken..].starts_with(']'));
            }
            ']' => class_depth = class_depth.saturating_sub(1),
            _ if class_depth > 0 => {}
            '(' => match inline_flags(rest) {
                Some((flags, ')')) => {
                    lines = flag_m(flags).unwrap_or(lines);
                    taken += flags.len() + 2;
                }
                flags => {
                    outer.push(lines);
                    lines = flags.and_then(|(flags, _)| flag_m(flags)).unwrap_or(lines);
                }
            },
            ')' => lines = outer.pop().unwrap_or(lines),
            '$' if !lines => {
                out.push_str("(?:\\n?\\z)");
                rest = &rest[1..];
                continue;
            }
            _ => {}
        }
        let (copied, after) = rest.split_at(taken);
        out.push_str(copied);
        rest = after;
    }
    out
}

/// The letters of `(?flags)` or `(?flags:`, and what ends them.
fn inline_flags(group: &str) -> Option<(&str, char)> {
    let inside = group.strip_prefix("(?")?;
    let end = inside.find(|c: char| !c.is_ascii_alphabetic() && c != '-')?;
    let closing = inside[end..].chars().next().filter(|c| matches!(c, ':' | ')'))?;
    Some((&inside[..end], closing))
}

/// Whether these flags turn `m` on or off.
fn flag_m(flags: &str) -> Option<bool> {
    let at = flags.find('m')?;
    Some(!flags[..at].contains('-'))
}

#[cfg(test)]
mod tests {
    use super::translate_ends;

    #[test]
    fn ends_are_translated_where_they_are_ends() {
        let check = |pattern: &str, expected: &str| {
            assert_eq!(translate_ends(pattern, false), expected.replace("END", "(?:\\n?\\z)"), "{pattern}");
        };
        check("a$", "aEND");
        check("a|b$|c$d", "a|bEND|cENDd");
        check(r"\$a[$]b[]$]c[^]$]d[a[$]$]\\$", r"\$a[$]b[]$]c[^]$]d[a[$]$]\\END");
        check("(?m)a$", "(?m)a$");
        check("(?i)a$", "(?i)aEND");
        check("(?m:a$)b$", "(?m:a$)bEND");
        check("((?m)a$)b$", "((?m)a$)bEND");
        check("(?m)a$(?-m)b$", "(?m)a$(?-m)bEND");
        check("(?P<x>a$)(?:b$)é$", "(?P<x>aEND)(?:bEND)éEND");
        check("trailing\\", "trailing\\");
        assert_eq!(translate_ends("^b$", true), "^b$");
    }

    #[test]
    fn a_final_newline_is_not_part_of_the_text() {
        let regex = regex::Regex::new(&translate_ends(r"\.exe$", false)).expect("valid");
        assert!(regex.is_match("a.exe") && regex.is_match("a.exe\n"));
        assert!(!regex.is_match("a.exe\n\n") && !regex.is_match("a.exe\nb"));
    }
}
