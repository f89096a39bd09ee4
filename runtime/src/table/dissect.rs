//! `DISSECT` patterns (ES|QL reference, "Process data with DISSECT").

/// A pattern, ready to cut texts up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dissect {
    /// The names of what it cuts out, in order.
    pub names: Vec<Box<str>>,
    pattern: Box<str>,
    separator: Box<str>,
}
impl Dissect {
    /// stand-in
    pub fn parse(pattern: &str, append_separator: &str) -> Result<Self, String> {
        Ok(Self { names: Vec::new(), pattern: pattern.into(), separator: append_separator.into() })
    }
    /// stand-in
    pub fn pattern(&self) -> &str {
        &self.pattern
    }
    /// stand-in
    pub fn append_separator(&self) -> &str {
        &self.separator
    }
    /// stand-in
    pub fn apply(&self, _: &super::Value) -> Vec<super::Value> {
        Vec::new()
    }
}
