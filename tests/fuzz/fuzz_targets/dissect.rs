//! Any text as a pattern of `DISSECT`, with a text to cut up: both end, and what fits has a text for every name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigil_runtime::table::dissect::Dissect;
use sigil_runtime::table::value::Value;

fuzz_target!(|input: (&str, &str, &str)| {
    let (pattern, separator, text) = input;
    let dissect = match Dissect::parse(pattern, separator) {
        Ok(dissect) => dissect,
        Err(error) => {
            assert!(pattern.is_char_boundary(error.at()), "{error}");
            return;
        }
    };
    let mut out = vec![Value::Null; dissect.names().len()];
    let fits = dissect.cut(text, &mut out);
    assert!(out.iter().all(|value| value.is_null() != fits));
    assert_eq!(dissect.apply(&Value::text(text)), out);
    let twice = dissect.apply(&Value::list([Value::text(text), Value::text(text)]));
    assert!(twice.iter().all(|value| value.values().len() == if fits { 2 } else { 0 }));
});
