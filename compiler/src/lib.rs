//! Compiles detection rules to Rust matchers: rule text in, reviewed-quality Rust (or an in-process plan) out.

pub mod builder;
pub mod codegen;
pub mod diagnostic;
pub mod ir;
pub mod optimize;
pub mod pipeline;
pub mod plan;
pub mod sigma;
pub mod source;
