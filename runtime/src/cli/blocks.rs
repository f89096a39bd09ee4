//! Files that alerts go to are written in whole blocks.

use std::fs::File;
use std::io::{self, Write};

/// Writes a file up to where a block of it ends, and holds what is behind until there is enough of it, or until it is flushed.
///
/// File systems keep what is written in pieces of a power of two; where writes end between them, pieces are small and dear (ext4: 1.7 times the time of
/// writing, which is 9 % of a run with one or two alerts for each event). So a run that is killed leaves a file that may end within an alert; with `--state` it
/// is cut where the state says.
#[derive(Debug)]
pub(super) struct Blocks {
    file: File,
    held: Vec<u8>,
    /// So many bytes behind what is held, a block ends.
    room: usize,
}

/// 64 and 256 KiB take the same time.
const BLOCK: usize = 1 << 16;

impl Blocks {
    /// Writes to a file from its end on, which is here.
    pub(super) fn new(file: File, end: u64) -> Self {
        let behind = usize::try_from(end % BLOCK as u64).unwrap_or(0);
        Self { file, held: Vec::with_capacity(BLOCK), room: BLOCK - behind }
    }
}

impl Write for Blocks {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let Some((head, behind)) = text.split_at_checked(self.room) else {
            self.held.extend_from_slice(text);
            self.room -= text.len();
            return Ok(text.len());
        };
        self.held.extend_from_slice(head);
        self.flush()?;
        let (blocks, rest) = behind.split_at(behind.len() - behind.len() % BLOCK);
        self.file.write_all(blocks)?;
        self.held.extend_from_slice(rest);
        self.room = BLOCK - rest.len();
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.file.write_all(&self.held);
        self.held.clear();
        outcome
    }
}

impl Drop for Blocks {
    /// A run that fails keeps the alerts that it has.
    fn drop(&mut self) {
        self.flush().ok();
    }
}

/// Standard output, as alerts should go to it: if it is a file, what is written to it may wait until it is flushed.
pub fn standard_output() -> Box<dyn Write + Send> {
    match standard_file() {
        Some((file, end)) => Box::new(Blocks::new(file, end)),
        None => Box::new(io::stdout()),
    }
}

/// The file that standard output is, and where it ends.
#[cfg(unix)]
fn standard_file() -> Option<(File, u64)> {
    use std::os::fd::AsFd as _;

    let file = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
    let data = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    Some((file, data.len()))
}

#[cfg(not(unix))]
fn standard_file() -> Option<(File, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_whole_blocks_leave_before_a_flush() {
        let path = std::env::temp_dir().join(format!("sigil-blocks-{}", std::process::id()));
        let mut expected = vec![b'.'; 1000];
        fs::write(&path, &expected).unwrap();
        let mut blocks = Blocks::new(File::options().append(true).open(&path).unwrap(), 1000);
        for (len, byte) in [0, 1, 10, BLOCK - 1012, 1, 1, 3 * BLOCK, 5 * BLOCK - 1, 7, BLOCK].into_iter().zip(b'a'..) {
            let text = vec![byte; len];
            blocks.write_all(&text).unwrap();
            expected.extend(text);
            let whole = (expected.len() / BLOCK * BLOCK).max(1000);
            assert!(fs::read(&path).unwrap() == expected[..whole], "{len}");
        }
        blocks.flush().unwrap();
        assert!(fs::read(&path).unwrap() == expected);
        blocks.write_all(b"held").unwrap();
        assert!(fs::read(&path).unwrap() == expected);
        drop(blocks);
        expected.extend(b"held");
        assert!(fs::read(&path).unwrap() == expected);
        fs::remove_file(path).unwrap();
    }
}
