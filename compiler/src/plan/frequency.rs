//! How often a text is expected in events.

use crate::ir::{Subject, TextOp};

/// Expected occurrences per event of a folded text in a subject, compared as `op` says.
pub(super) fn of(subject: &Subject, op: TextOp, text: &str) -> f64 {
    let _ = subject;
    let len = i32::try_from(text.len().min(24)).unwrap_or(24);
    let base: f64 = match op {
        TextOp::Equals => 0.02,
        TextOp::EndsWith => 0.05,
        TextOp::StartsWith => 0.2,
        TextOp::Contains => 0.5,
    };
    match len {
        0 => 1.0,
        // what every entry costs, however rare
        _ => base * 0.6_f64.powi(len) + 1e-5,
    }
}
