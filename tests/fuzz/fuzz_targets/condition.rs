//! Any text as a condition.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::sigma;
use sigil_compiler::source::Sources;

fuzz_target!(|condition: &str| {
    let quoted = condition.replace('\'', "''");
    let text = format!(
        "title: t\nlogsource:\n    product: linux\ndetection:\n    a: {{F: 1}}\n    ab: {{G: 2}}\n    condition: '{quoted}'\n"
    );
    let mut sources = Sources::new();
    let file = sources.add("fuzz.yml", text.as_str());
    let mut diags = Diagnostics::new();
    sigma::parse(file, &text, &mut diags);
    for diagnostic in diags.as_slice() {
        for label in &diagnostic.labels {
            assert!(label.span.start <= label.span.end && label.span.end as usize <= text.len());
        }
    }
});
