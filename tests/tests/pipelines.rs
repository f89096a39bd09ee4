//! Pipelines in generated code: what rustc makes of it is what the compiler meant. That the code is fresh is tested in `goldens.rs`.

use std::sync::Arc;

use sigil_compiler::ir::{self, Then};
use sigil_runtime::generated::FieldId;
use sigil_runtime::{Engine, pack};
use sigil_tests::pipelines::{code, plans};

include!("../pipelines/few.rs");
include!("../pipelines/expressions.rs");
include!("../pipelines/wide.rs");
include!("../pipelines/deep.rs");
include!("../pipelines/literals.rs");
include!("../pipelines/commands.rs");

/// What the compiled code holds, written again, is the same code.
#[test]
fn compiled_pipelines_say_what_was_written() {
    let packs = [few::pack(), expressions::pack(), wide::pack(), deep::pack(), literals::pack(), commands::pack()];
    for (pack, written) in packs.iter().zip(plans()) {
        Engine::new(std::slice::from_ref(pack)).expect("the pack links");
        let mut read = written.clone();
        let compiled_rules = &pack.parts().rules;
        assert_eq!(read.rules.len(), compiled_rules.len(), "{}", written.name);
        for (rule, compiled) in read.rules.iter_mut().zip(compiled_rules) {
            let (Then::Operation(operation), pack::Then::Operation(compiled)) = (&rule.rule.then, &compiled.then)
            else {
                panic!("{}: {:?}", rule.symbol, compiled.then);
            };
            let mut field = |id: &FieldId| Arc::clone(&written.fields[id.0 as usize]);
            let plan = compiled.map(&mut field);
            rule.rule.then = Then::Operation(Arc::new(ir::Operation { plan, commands: operation.commands.clone() }));
        }
        assert_eq!(code(&read), code(&written));
    }
}
