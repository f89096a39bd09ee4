//! The `sigil` command.

mod cli;

/// Compiling takes four fifths of the time that it takes with that of glibc: rules are trees of small pieces.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main(std::env::args_os()).into()
}
