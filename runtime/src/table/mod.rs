//! Tables: what ES|QL pipelines do with rows, without ES|QL.
//!
//! - [`value`]: typed values, null and multi-values
//! - [`expr`]: expressions over the columns of a row, three-valued
//! - [`function`]: scalar functions, by family
//! - [`aggregate`]: what is computed of groups of rows
//! - [`groups`]: the groups of `STATS`, and what is remembered of each
//! - [`dissect`], [`grok`]: patterns that take texts apart, and [`pattern`], what is wrong with one
//! - [`pipeline`]: operators one behind the other, and how rows go through them
//!
//! A pipeline is data: the compiler resolves names, types and overloads, so that nothing here looks at a name. A row is a vector of values whose
//! places (*slots*) the compiler gave out; a column that is dropped or renamed costs nothing at run time.

pub mod aggregate;
pub mod dissect;
pub mod expr;
pub mod function;
pub mod grok;
mod group_rows;
pub mod groups;
pub mod pattern;
pub mod pipeline;
pub mod run;
pub mod tables;
pub mod value;

pub use expr::{Context, Expr};
pub use pipeline::Pipeline;
pub use value::{Type, Value};
