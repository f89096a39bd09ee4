//! stand-in
use super::expr::Context;
use super::pipeline::Stats;
use super::run::Origins;
use super::value::Value;
#[derive(Clone, Copy, Debug)]
pub struct RowOrigin {
    pub event: u64,
    pub time: i64,
}
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub groups: usize,
    pub bytes: usize,
}
impl Default for Limits {
    fn default() -> Self {
        Self { groups: usize::MAX, bytes: usize::MAX }
    }
}
pub const MOST_EVENTS: usize = 16;
#[derive(Clone, Debug)]
pub struct GroupTable;
impl GroupTable {
    pub fn new(_: &Stats, _: Limits) -> Self {
        Self
    }
    pub fn add(&mut self, _: &Stats, _: &[Value], _: RowOrigin, _: &mut Context) {}
    pub fn add_row(&mut self, _: &Stats, _: &[Value], _: u64, _: &Origins, _: &mut Context) {}
    pub fn len(&self) -> usize {
        0
    }
    pub fn slot(&self, _: &Stats, _: usize, _: usize) -> Value {
        Value::Null
    }
    pub fn origins(&self, _: usize) -> Origins {
        Origins::default()
    }
    pub fn compare_keys(&self, _: usize, _: usize) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
    pub fn write(&self, _: &mut crate::bytes::Writer) {}
    pub fn read(_: &Stats, _: Limits, _: &mut crate::bytes::Reader<'_>) -> Result<Self, crate::bytes::ReadError> {
        Ok(Self)
    }
    pub fn memory(&self) -> usize {
        0
    }
    pub fn evicted(&self) -> u64 {
        0
    }
}
pub fn keys_of(_: &Stats, _: &[Value], _: &mut Context) -> Vec<Vec<Value>> {
    Vec::new()
}
pub fn stable_hasher() -> std::collections::hash_map::DefaultHasher {
    Default::default()
}
