//! Events from files.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use sigil_runtime::input::{Batch, Options, Reader, Source};

/// Every event of a file in any form that the runtime reads, as JSON text.
///
/// # Panics
/// If the file cannot be read, or holds something that is no event.
pub fn read(path: &Path) -> Vec<Vec<u8>> {
    let mut reader = Reader::new([Source::File(path.to_owned())], Options::default());
    let mut batch = Batch::default();
    let mut events = Vec::new();
    while reader.next_batch(&mut batch) {
        assert_eq!(batch.broken(), [], "{}", path.display());
        events.extend(batch.events().map(|(_, text)| text.to_vec()));
    }
    events
}

/// `count` lines of a compressed file, spread over all of it.
///
/// # Panics
/// If the file cannot be read.
pub fn sample(path: &Path, count: usize) -> Vec<String> {
    let file = File::open(path).expect("a lane");
    let lines: Vec<String> = BufReader::new(GzDecoder::new(file)).lines().map(|line| line.expect("text")).collect();
    let step = (lines.len() / count.max(1)).max(1);
    lines.into_iter().filter(|line| !line.is_empty()).step_by(step).take(count).collect()
}

/// Files below a folder whose names end so, in order.
///
/// # Panics
/// If a folder cannot be read.
pub fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
