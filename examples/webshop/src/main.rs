//! Reads events, one JSON object a line, and prints the alerts: `cargo run -- events/recorded.ndjson`, or standard input.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, stdin};

use sigil_runtime::Engine;

fn main() -> Result<(), Box<dyn Error>> {
    let input: Box<dyn BufRead> = match std::env::args_os().nth(1) {
        Some(path) => Box::new(BufReader::new(File::open(path)?)),
        None => Box::new(stdin().lock()),
    };
    let engine = Engine::new(&[webshop::webserver::pack()])?;
    let mut session = engine.session();
    for (number, line) in input.split(b'\n').enumerate() {
        let outcome = session.process_json(&line?, |alert| println!("event {number}: {}", webshop::describe(alert)));
        if let Err(error) = outcome {
            eprintln!("event {number} is broken and was skipped: {error}");
        }
    }
    Ok(())
}
