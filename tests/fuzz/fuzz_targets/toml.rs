//! Any text as a rule file of Elastic's: compiling ends without a panic, and what it generates parses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigil_compiler::source::Sources;
use sigil_compiler::{Options, Pipelines, codegen, compile};
use sigil_runtime::Engine;

fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    // half of the inputs are a query in a rule
    let rule = match text.strip_prefix('!') {
        Some(query) => format!("[rule]\nname = 'x'\ntype = 'eql'\nindex = ['logs-*']\nquery = '''\n{query}\n'''\n"),
        None => text.to_owned(),
    };
    sources.add("fuzz.toml", rule.as_str());
    let mut options = Options::new("fuzz");
    if text.len() % 16 != 0 {
        // reading the shipped pipelines takes most of the time
        options.pipelines = Pipelines::None;
    }
    let compilation = compile(&sources, &options);
    assert_eq!(compilation.outcomes.len(), 1);
    for label in compilation.diagnostics.as_slice().iter().flat_map(|diagnostic| &diagnostic.labels) {
        assert!(label.span.start <= label.span.end && label.span.end as usize <= rule.len());
    }
    for (path, code) in codegen::generate(&compilation.plan, &codegen::Layout::Folder) {
        if path.extension().is_some_and(|extension| extension == "rs") {
            syn::parse_file(&code).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
    let pack = sigil_compiler::plan::link::link(&compilation.plan);
    let engine = Engine::new(&[pack]).expect("a compiled pack links");
    let event = br#"{"event":{"category":["process"]},"process":{"name":"x","args":["a","b"],"pid":5},"a":[{"b":"c"}],"n":1.5}"#;
    let _ = engine.session().process_json(event, |_| ());
});
