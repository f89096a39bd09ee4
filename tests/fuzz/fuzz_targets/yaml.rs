//! Any text as a rule file: parsing ends, without a panic, and every document has an outcome.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::sigma;
use sigil_compiler::source::Sources;

fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    let file = sources.add("fuzz.yml", text);
    let mut diags = Diagnostics::new();
    let documents = sigma::parse(file, text, &mut diags);
    assert!(!documents.is_empty());
    for document in documents {
        assert!(document.document.is_some() || diags.has_errors_since(0));
    }
});
