//! Plan to Rust text.
