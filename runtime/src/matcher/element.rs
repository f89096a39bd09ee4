//! Elements of arrays, for rules that test them one by one (`sigma-version: 3`).

use super::tests::{NumberTests, Numeric, TextTests};
use crate::event::values::Value;
use crate::pack::{Quantifier, TimePart};

/// stub
#[derive(Debug)]
pub struct Element<'a>(&'a [u8]);
/// stub
#[derive(Debug)]
pub struct ElementText<'a>(&'a [u8]);

impl<'a> Element<'a> {
    /// stub
    pub fn text(&self, _path: &str) -> ElementText<'a> { ElementText(self.0) }
    /// stub
    pub fn cased(&self, _path: &str) -> ElementText<'a> { ElementText(self.0) }
    /// stub
    pub fn number(&self, _path: &str) -> ElementText<'a> { ElementText(self.0) }
    /// stub
    pub fn time(&self, _path: &str, _part: TimePart) -> ElementText<'a> { ElementText(self.0) }
    /// stub
    pub fn exists(&self, _path: &str) -> bool { false }
    /// stub
    pub fn is_null(&self, _path: &str) -> bool { false }
    /// stub
    pub fn is_present(&self, _path: &str) -> bool { false }
    /// stub
    pub fn elements(&self, _path: &str, _quantifier: Quantifier, _test: impl Fn(&Element<'_>) -> bool) -> bool { false }
}
impl TextTests for ElementText<'_> { fn any(&self, _test: impl FnMut(&[u8]) -> bool) -> bool { false } }
impl NumberTests for ElementText<'_> { fn any(&self, _test: impl FnMut(Numeric<'_>) -> bool) -> bool { false } }
pub(crate) fn quantify<'a>(_values: impl Iterator<Item = (Value, &'a [u8])>, _quantifier: Quantifier, _test: &dyn Fn(&Element<'_>) -> bool) -> bool { false }
