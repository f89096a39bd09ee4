//! The Sigma front end.

pub mod ast;
