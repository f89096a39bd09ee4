//! Linking of packs that a build script made.

/// Includes the pack that `sigil_compiler::builder::Builder` made in the build script: a public module of the pack's name.
///
/// ```ignore
/// sigil_runtime::include_pack!("webserver");
///
/// let engine = sigil_runtime::Engine::new(&[webserver::pack()])?;
/// ```
#[macro_export]
macro_rules! include_pack {
    ($name:literal) => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/", $name, ".rs"));
    };
}
