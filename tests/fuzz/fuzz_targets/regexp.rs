//! Any text as a regular expression of Lucene: what is translated compiles, and an expression that matches nothing says so.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::elastic::regexp::translate;
use sigil_compiler::elastic::text::QueryText;
use sigil_compiler::source::FileId;

fuzz_target!(|text: &str| {
    let (ignore_case, text) = match text.strip_prefix('~') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let mut diags = Diagnostics::new();
    let translated = translate(&QueryText::verbatim(text, FileId(0), 0), ignore_case, &mut diags);
    assert_eq!(translated.is_none(), diags.has_errors_since(0));
    for label in diags.as_slice().iter().flat_map(|diagnostic| &diagnostic.labels) {
        assert!(label.span.start <= label.span.end && label.span.end as usize <= text.len());
    }
    if let Some(translated) = translated {
        let regex = regex::Regex::new(&translated.pattern).expect("a translation compiles");
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric());
        if plain && !text.is_empty() {
            assert!(regex.is_match(text), "{}", translated.pattern);
        }
        assert!(!(translated.never && (regex.is_match("") || regex.is_match("a"))));
    }
});
