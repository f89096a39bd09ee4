//! Any bytes as an event: decoding ends without a panic and accepts what serde_json accepts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigil_runtime::Engine;

fuzz_target!(|event: &[u8]| {
    let Ok(text) = str::from_utf8(event) else { return };
    let Ok(engine) = Engine::new(&[]) else { return };
    let accepted = engine.session().process_json(event, |_| ()).is_ok();
    // serde_json stops at 128 levels and refuses raw control characters; Sigil's own limits are wider
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
        assert_eq!(accepted, value.is_object(), "{text:?}");
    }
});
