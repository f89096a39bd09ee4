//! Any text as a rule: compiling ends without a panic, and what it generates parses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigil_compiler::source::Sources;
use sigil_compiler::{Options, Pipelines, codegen, compile};
use sigil_runtime::Engine;

fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    sources.add("fuzz.yml", text);
    let mut options = Options::new("fuzz");
    if text.len() % 16 != 0 {
        // reading the shipped pipelines takes most of the time
        options.pipelines = Pipelines::None;
    }
    let compilation = compile(&sources, &options);
    for (path, code) in codegen::generate(&compilation.plan, &codegen::Layout::Folder) {
        if path.extension().is_some_and(|extension| extension == "rs") {
            syn::parse_file(&code).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
    let pack = sigil_compiler::plan::link::link(&compilation.plan);
    let engine = Engine::new(&[pack]).expect("a compiled pack links");
    let _ = engine.session().process_json(br#"{"Image":"C:\\x.exe","EventID":1,"A":[{"b":"c"}],"n":1.5}"#, |_| ());
});
