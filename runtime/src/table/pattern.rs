//! What is wrong with a pattern of `DISSECT` or `GROK`.

use std::fmt;

/// A pattern that cannot be used: which one, where, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    pattern: usize,
    at: usize,
    message: String,
    help: Option<String>,
    unknown: Option<Box<str>>,
}

impl PatternError {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { pattern: 0, at, message: one_line(message.into()), help: None, unknown: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(one_line(help.into()));
        self
    }

    pub(super) fn unknown(mut self, name: &str) -> Self {
        self.unknown = Some(name.into());
        self
    }

    pub(super) fn in_pattern(mut self, pattern: usize) -> Self {
        self.pattern = pattern;
        self
    }

    /// Which of the patterns it is, counted from 0; `DISSECT` has one.
    pub fn pattern(&self) -> usize {
        self.pattern
    }

    /// The byte of the pattern where it goes wrong; the length of the pattern for its end.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What is wrong: one line, lower case, no full stop.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn next_step(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The name of a pattern that the library does not have: see [`super::grok::library_names`] for names like it.
    pub fn unknown_name(&self) -> Option<&str> {
        self.unknown.as_deref()
    }
}

/// A message quotes the pattern, which may have any characters and any length.
fn one_line(message: String) -> String {
    const MOST: usize = 300;
    if message.len() <= MOST && !message.chars().any(char::is_control) {
        return message;
    }
    let mut line = String::new();
    for c in message.chars() {
        if line.len() >= MOST {
            line.push('…');
            break;
        }
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PatternError {}
