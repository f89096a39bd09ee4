//! `generated/` is what the compiler makes of `rules/sigma`: what is reviewed there is what runs.

use std::env;
use std::path::PathBuf;

use sigil_compiler::codegen::{Layout, generate};
use sigil_tests::golden;
use sigil_tests::shared::{root, rules};

#[test]
fn the_generated_pack_is_fresh() {
    // paths in generated code are those of someone who stands at the root
    env::set_current_dir(root()).expect("the root");
    let compilation = rules(&[PathBuf::from("rules/sigma")], &[]).compile("packs");
    assert_eq!(compilation.plan.rules.len(), compilation.outcomes.len(), "{:#?}", compilation.outcomes);
    golden::check(&root().join("generated/src/packs"), &generate(&compilation.plan, &Layout::Folder), true);
}
