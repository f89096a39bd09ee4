//! `DISSECT` patterns (ES|QL reference, "Process data with DISSECT").

/// A pattern, ready to cut texts up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dissect {
    /// The names of what it cuts out, in order.
    pub names: Vec<Box<str>>,
}
impl Dissect {
    /// stand-in
    pub fn apply(&self, _: &super::Value) -> Vec<super::Value> {
        Vec::new()
    }
}
