//! Reads events and writes the alerts of the pack: `--help` says how.

fn main() -> std::process::ExitCode {
    sigil_runtime::cli::main(&[sigil_packs::pack()])
}
