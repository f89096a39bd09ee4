//! `GROK` patterns (ES|QL reference, "Process data with GROK").

/// Patterns, ready to search texts.
#[derive(Clone, Debug)]
pub struct Grok {
    /// The names of what they find, in order.
    pub names: Vec<Box<str>>,
}
