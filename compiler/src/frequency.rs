//! How often a text is expected in events.
//!
//! Three sources: the common values of common fields, counted over recorded events (`frequencies.tsv`, and `frequencies_ecs.tsv` for ECS documents), what is assumed of
//! streams that were not recorded (`frequencies_assumed.tsv`), and, for texts that stand in none of them, a guess by length. Only the order matters: a wrong guess costs time, never a verdict.

use std::sync::OnceLock;

use memchr::memmem;

use crate::hash::HashMap;
use crate::ir::{Subject, TextOp};

/// Expected occurrences per event of a folded text in a subject, compared as `op` says. An empty text stands for any value.
pub(crate) fn of(subject: &Subject, op: TextOp, text: &str) -> f64 {
    let name = match subject {
        Subject::Field(field) => field.name.as_str(),
        // a text anywhere in an event: as often as in its longest fields
        Subject::AnyValue | Subject::Element(_) | Subject::Paths(_) => {
            return if text.is_empty() { 1.0 } else { 4.0 * guess(op, text) };
        }
    };
    let Some(known) = table().get(name) else {
        // fields that no recorded event has are rare in general
        return if text.is_empty() { 0.05 } else { 0.05 * guess(op, text) };
    };
    if text.is_empty() {
        return known.present;
    }
    known.common(op, text) + known.present * guess(op, text)
}

/// Occurrences per value that holds no common text, by length: shorter texts are likelier. What every entry of a scanner costs is added.
fn guess(op: TextOp, text: &str) -> f64 {
    const ENTRY: f64 = 1e-5;
    let len = i32::try_from(text.len().min(24)).unwrap_or(24);
    let base: f64 = match op {
        TextOp::Equals => 0.05,
        TextOp::EndsWith => 0.1,
        TextOp::StartsWith => 0.3,
        TextOp::Contains => 1.0,
    };
    // texts under four bytes make the scanner test every position on its own account
    let short = if op == TextOp::Contains && len < 4 { 0.05 } else { 0.0 };
    base * 0.55_f64.powi(len) + short + ENTRY
}

/// What is known of a field.
#[derive(Default)]
struct Known {
    /// The share of events that have it.
    present: f64,
    /// Common values, each between newlines.
    values: String,
    /// (where a value starts in `values`, its occurrences per event), in order.
    starts: Vec<(usize, f64)>,
}

impl Known {
    fn common(&self, op: TextOp, text: &str) -> f64 {
        let bytes = self.values.as_bytes();
        let mut total = 0.0;
        let mut counted = None;
        for at in memmem::find_iter(bytes, text) {
            let (before, after) = (bytes.get(at.wrapping_sub(1)), bytes.get(at + text.len()));
            let fits = match op {
                TextOp::Equals => before == Some(&b'\n') && after == Some(&b'\n'),
                TextOp::StartsWith => before == Some(&b'\n'),
                TextOp::EndsWith => after == Some(&b'\n'),
                TextOp::Contains => true,
            };
            let value = self.starts.partition_point(|(start, _)| *start <= at);
            if fits && counted != Some(value) {
                counted = Some(value);
                total += value.checked_sub(1).and_then(|value| self.starts.get(value)).map_or(0.0, |(_, rate)| *rate);
            }
        }
        total
    }
}

fn table() -> &'static HashMap<&'static str, Known> {
    static TABLE: OnceLock<HashMap<&'static str, Known>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: HashMap<&str, Known> = HashMap::default();
        let files = [
            include_str!("frequencies.tsv"),
            include_str!("frequencies_ecs.tsv"),
            include_str!("frequencies_assumed.tsv"),
        ];
        for line in files.iter().flat_map(|file| file.lines()).filter(|line| !line.starts_with('#')) {
            let mut cells = line.splitn(3, '\t');
            let (Some(field), Some(rate), Some(value)) = (cells.next(), cells.next(), cells.next()) else { continue };
            let Ok(rate) = rate.parse::<f64>().map(|rate| rate / 10_000.0) else { continue };
            let known = table.entry(field).or_default();
            if known.values.is_empty() {
                known.values.push('\n');
            }
            if value.is_empty() {
                known.present = rate;
            } else {
                known.starts.push((known.values.len(), rate));
                known.values.push_str(value);
                known.values.push('\n');
            }
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Field;
    use std::sync::Arc;

    #[test]
    fn common_texts_are_dearer_than_rare_ones() {
        let image = Subject::Field(Arc::new(Field::plain("Image")));
        let rate = |op, text| of(&image, op, text);
        assert!(rate(TextOp::EndsWith, "\\svchost.exe") > 10.0 * rate(TextOp::EndsWith, "\\mimikatz.exe"));
        assert!(rate(TextOp::Contains, ".exe") > 10.0 * rate(TextOp::Contains, "\\temp\\x.exe"));
        assert!(rate(TextOp::StartsWith, "c:\\windows\\") > 10.0 * rate(TextOp::StartsWith, "c:\\perflogs\\"));
        assert!(rate(TextOp::StartsWith, "") >= rate(TextOp::Contains, ".exe"));
    }
}
