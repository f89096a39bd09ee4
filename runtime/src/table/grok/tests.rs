//! What patterns find, and which are refused.

use super::{Grok, library_names};
use crate::table::expr::Warnings;
use crate::table::value::Value;

/// What patterns find in a text: `name=value` of what is not null, `-` if that is nothing, or the error as `place: message`.
fn found(patterns: &[&str], input: &Value) -> String {
    let grok = match Grok::parse(patterns) {
        Ok(grok) => grok,
        Err(error) => return format!("{}: {}", error.at(), error.message()),
    };
    let mut warnings = Warnings::default();
    let values = grok.apply(input, &mut warnings);
    assert_eq!(values.len(), grok.names().len());
    assert_eq!(values.len(), grok.types().len());
    let pairs = grok.names().iter().zip(&values).filter(|(_, value)| !value.is_null());
    let mut shown = pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
    if shown.is_empty() {
        shown.push('-');
    }
    if warnings.total() > 0 {
        shown.push_str(&format!(" ({} warnings)", warnings.total()));
    }
    shown
}

fn check(cases: &[(&str, &str, &str)]) {
    for (pattern, text, expected) in cases {
        assert_eq!(found(&[pattern], &Value::text(text)), *expected, "{pattern} on {text:?}");
    }
}

#[test]
fn every_name_of_the_library_compiles() {
    let names: Vec<_> = library_names().collect();
    for name in &names {
        let pattern = format!("%{{{name}:whole}}");
        if let Err(error) = Grok::parse(&[&pattern]) {
            panic!("{name}: {error}");
        }
    }
    assert!(names.len() > 300, "{}", names.len());
}
