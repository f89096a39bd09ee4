//! Windows event logs: each record becomes JSON text in the nested form that the decoder knows. One chunk of the log (64 KiB,
//! some hundred records) is one batch.

use super::{Batch, Item};
use ::evtx::err::EvtxError;
use ::evtx::{EvtxChunkData, EvtxParser, ParserSettings};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A log that is being read.
pub(super) struct Records {
    chunks: Box<dyn Iterator<Item = Result<EvtxChunkData, EvtxError>> + Send>,
    settings: Arc<ParserSettings>,
    /// Records so far.
    count: u64,
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("count", &self.count).finish_non_exhaustive()
    }
}

/// The size of a chunk in the file.
const CHUNK: u64 = 1 << 16;

impl Records {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        EvtxParser::from_path(path)
            .map(|parser| Self::new(Box::new(parser.into_chunks())))
            .map_err(|error| unreadable(&error))
    }

    pub(super) fn from_buffer(buffer: Vec<u8>) -> Result<Self, String> {
        EvtxParser::from_buffer(buffer)
            .map(|parser| Self::new(Box::new(parser.into_chunks())))
            .map_err(|error| unreadable(&error))
    }

    fn new(chunks: Box<dyn Iterator<Item = Result<EvtxChunkData, EvtxError>> + Send>) -> Self {
        let settings = ParserSettings::default().num_threads(1).indent(false).separate_json_attributes(false);
        Self { chunks, settings: Arc::new(settings), count: 0 }
    }

    /// Reads the next chunk. Returns whether there may be more, and how much was read.
    pub(super) fn fill(&mut self, batch: &mut Batch, next_index: &mut u64) -> (bool, u64) {
        batch.text.clear();
        let Some(chunk) = self.chunks.next() else { return (false, 0) };
        let mut chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                batch.break_off(None, None, format!("a chunk of the log is damaged: {error}"));
                return (true, CHUNK);
            }
        };
        let mut chunk = match chunk.parse(Arc::clone(&self.settings)) {
            Ok(chunk) => chunk,
            Err(error) => {
                batch.break_off(None, None, format!("a chunk of the log is damaged: {error}"));
                return (true, CHUNK);
            }
        };
        for record in chunk.iter() {
            let index = *next_index;
            *next_index += 1;
            self.count += 1;
            match record.and_then(::evtx::EvtxRecord::into_json_bytes) {
                Ok(record) => {
                    let start = batch.text.len();
                    batch.text.extend_from_slice(&record.data);
                    batch.items.push(Item { index, line: self.count, start, len: record.data.len() });
                }
                Err(error) => batch.break_off(Some(self.count), Some(index), format!("damaged record: {error}")),
            }
        }
        (true, CHUNK)
    }
}

fn unreadable(error: &EvtxError) -> String {
    format!("is not a readable Windows event log: {error}")
}
