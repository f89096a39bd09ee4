//! The Sigma front end.

pub mod ast;
pub mod lower;
