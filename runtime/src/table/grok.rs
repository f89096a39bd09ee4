//! `GROK` patterns (ES|QL reference, "Process data with GROK").

/// Patterns, ready to search texts.
#[derive(Clone, Debug)]
pub struct Grok {
    /// The names of what they find, in order.
    pub names: Vec<Box<str>>,
    patterns: Vec<String>,
}
impl Grok {
    /// stand-in
    pub fn parse(patterns: &[&str]) -> Result<Self, String> {
        Ok(Self { names: Vec::new(), patterns: patterns.iter().map(|p| (*p).to_owned()).collect() })
    }
    /// stand-in
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
    /// stand-in
    pub fn apply(&self, _: &super::Value, _: &mut super::expr::Warnings) -> Vec<super::Value> {
        Vec::new()
    }
}
