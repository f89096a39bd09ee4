//! `GROK` patterns (ES|QL reference, "Process data with GROK").

/// Patterns, ready to search texts.
#[derive(Clone, Debug)]
pub struct Grok {
    /// The names of what they find, in order.
    pub names: Vec<Box<str>>,
}
impl Grok {
    /// stand-in
    pub fn apply(&self, _: &super::Value, _: &mut super::expr::Warnings) -> Vec<super::Value> {
        Vec::new()
    }
}
