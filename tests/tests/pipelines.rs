//! Pipelines in generated code: what rustc makes of it is what the compiler meant. That the code is fresh is tested in `goldens.rs`.

use std::sync::Arc;

use sigil_compiler::ir::{self, Then};
use sigil_runtime::generated::FieldId;
use sigil_runtime::{Engine, pack};
use sigil_tests::pipelines::{code, plan};

include!("../pipelines/code.rs");

/// What the compiled code holds, written again, is the same code.
#[test]
fn compiled_pipelines_say_what_was_written() {
    let pack = pipelines::pack();
    Engine::new(std::slice::from_ref(&pack)).expect("the pack links");
    let written = plan();
    let mut read = written.clone();
    for (rule, compiled) in read.rules.iter_mut().zip(&pack.parts().rules) {
        let (Then::Operation(operation), pack::Then::Operation(compiled)) = (&rule.rule.then, &compiled.then) else {
            panic!("{}: {:?}", rule.symbol, compiled.then);
        };
        let mut field = |id: &FieldId| Arc::clone(&written.fields[id.0 as usize]);
        let plan = compiled.map(&mut field);
        rule.rule.then = Then::Operation(Arc::new(ir::Operation { plan, commands: operation.commands.clone() }));
    }
    assert_eq!(code(&read), code(&written));
}
