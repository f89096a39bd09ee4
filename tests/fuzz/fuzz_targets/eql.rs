//! Any text as an EQL query: it is read, and what is read without an error prints as text that is read as the same tree, and means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::elastic::schema::Schema;
use sigil_compiler::elastic::text::QueryText;
use sigil_compiler::elastic::{self, ast, eql};
use sigil_compiler::source::FileId;

fn read(text: &str) -> Option<eql::ast::Query> {
    let mut diags = Diagnostics::new();
    let parsed = eql::parse(&QueryText::verbatim(text, FileId(0), 0), &mut diags);
    for label in diags.as_slice().iter().flat_map(|diagnostic| &diagnostic.labels) {
        assert!(label.span.start <= label.span.end && label.span.end as usize <= text.len());
    }
    parsed.filter(|_| !diags.has_errors_since(0))
}

fn meaning(text: &str) -> Option<Result<sigil_compiler::ir::Expr, sigil_compiler::ir::Feature>> {
    let text = QueryText::verbatim(text, FileId(0), 0).into_owned();
    let query = ast::Query { language: ast::Language::Eql, text };
    elastic::search(&query, None, Schema::shipped(), None, &mut Diagnostics::new())
}

fuzz_target!(|text: &str| {
    let meant = meaning(text);
    let Some(parsed) = read(text) else { return };
    let printed = parsed.to_string();
    let again = read(&printed).unwrap_or_else(|| panic!("{printed:?}"));
    assert_eq!(again.to_string(), printed);
    assert_eq!(meaning(&printed), meant);
});
