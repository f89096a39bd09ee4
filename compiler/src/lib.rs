//! Compiles detection rules to Rust matchers: rule text in, reviewed-quality Rust (or an in-process plan) out.
//!
//! [`compile()`] is the line that everything runs along; [`builder::Builder`] runs it from a build script.

pub mod builder;
pub mod codegen;
mod compile;
pub mod diagnostic;
pub mod elastic;
mod frequency;
mod hash;
pub mod ir;
pub mod optimize;
mod parallel;
pub mod pipeline;
pub mod plan;
pub mod query;
pub mod sigma;
pub mod source;

pub use builder::Builder;
#[cfg(any(test, feature = "testing"))]
pub use compile::lowered;
pub use compile::{Compilation, Options, Outcome, Pipelines, Verdict, compile, is_elastic};
