//! Compiles the rules of the shop. Messages name file and line, as `cargo::warning` and `cargo::error`; a changed rule rebuilds the crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    match sigil_compiler::Builder::new("webserver").rules("rules").build() {
        Ok(_) => ExitCode::SUCCESS,
        // said above, line by line
        Err(_) => ExitCode::FAILURE,
    }
}
