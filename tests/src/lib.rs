//! What the tests of the whole share: reference data beside the checkout, events from files, rules compiled in one call, and the
//! oracle and the engine asked the same question.

pub mod cases;
pub mod elastic;
pub mod events;
pub mod golden;
pub mod pipelines;
pub mod queries;
pub mod shared;
pub mod state;
pub mod suites;
pub mod tables;
pub mod verdicts;
