//! Any text as a pattern of `GROK`, with a text to search: both end, and names have types.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigil_runtime::table::expr::Warnings;
use sigil_runtime::table::grok::Grok;
use sigil_runtime::table::value::Value;

fuzz_target!(|input: (&str, &str)| {
    let (patterns, text) = input;
    let patterns: Vec<&str> = patterns.split('\u{1}').collect();
    let grok = match Grok::parse(&patterns) {
        Ok(grok) => grok,
        Err(error) => {
            let pattern = patterns.get(error.pattern()).copied().unwrap_or_default();
            assert!(pattern.is_char_boundary(error.at()), "{error}");
            return;
        }
    };
    assert_eq!(grok.names().len(), grok.types().len());
    assert!(grok.names().is_sorted());
    let values = grok.apply(&Value::text(text), &mut Warnings::default());
    assert_eq!(values.len(), grok.names().len());
});
