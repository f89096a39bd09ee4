//! Both ends of a run: the readers that the command line names, and the worker that evaluates what they read.

use std::fs;
use std::path::{Path, PathBuf};

use super::args::RunArgs;
use super::drive::Report;
use super::keeper::Mark;
use super::render::{Place, Renderer};
use super::store::{Key, Progress};
use crate::input::{self, Batch, Reader, Source};
use crate::session::Session;

/// Files that are read from a folder of events, by the end of their names.
const EVENT_FILES: [&str; 5] = ["json", "jsonl", "ndjson", "log", "evtx"];
/// Folders nested deeper than this are not looked into.
const MAX_DEPTH: usize = 32;

/// The inputs of a run.
#[derive(Debug)]
pub(super) struct Inputs {
    reader: Reader,
    bytes: u64,
}

/// A batch, and how many bytes were read to fill it.
#[derive(Debug, Default)]
pub(super) struct Load {
    batch: Batch,
    bytes: u64,
}

/// The inputs that the command line names, from behind what was read before; and their size where all of them are files.
pub(super) fn open(args: &RunArgs, progress: &mut Progress) -> (Inputs, Option<u64>, Vec<Option<Key>>) {
    let (sources, total) = sources(&args.events);
    let options = input::Options { raw: args.raw, max_event: args.max_line_bytes, ..input::Options::default() };
    let mut reader = Reader::new(sources.iter().cloned(), options).numbered_from(progress.next);
    let mut keys: Vec<Option<Key>> = Vec::new();
    for (place, source) in sources.iter().enumerate() {
        let key = match source {
            Source::File(path) if args.state.is_some() => progress.start(path, &keys),
            Source::File(_) | Source::Stdin => None,
        };
        if let Some(done) = key.as_ref().and_then(|key| progress.inputs.get(key)).map(|input| input.done) {
            reader = reader.passing_over(place, done);
        }
        keys.push(key);
    }
    (Inputs { reader, bytes: 0 }, total, keys)
}

/// What `--events` names: files, the event files of folders, `-` for standard input, which is also meant where nothing is named. And their size,
/// where all of them are files.
pub fn sources(events: &[PathBuf]) -> (Vec<Source>, Option<u64>) {
    let mut sources = Vec::new();
    let mut total = Some(0);
    for path in events {
        if path.as_os_str() == "-" {
            sources.push(Source::Stdin);
            total = None;
            continue;
        }
        let mut files = Vec::new();
        find(path, &mut Vec::new(), &mut files);
        if files.is_empty() {
            // the reader says what is the matter with it
            files.push(path.clone());
        }
        for file in files {
            let size = fs::metadata(&file).ok().filter(fs::Metadata::is_file).map(|data| data.len());
            total = total.zip(size).map(|(total, size): (u64, u64)| total.saturating_add(size));
            sources.push(Source::File(file));
        }
    }
    if events.is_empty() {
        sources.push(Source::Stdin);
        total = None;
    }
    (sources, total)
}

/// A file is taken as it is, and so is what does not exist: the reader says so. From a folder, event files are taken by name. `within`: the folders that it is in, since links may
/// lead back into one of them.
fn find(path: &Path, within: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>) {
    let folder = if within.len() < MAX_DEPTH && path.is_dir() { path.canonicalize().ok() } else { None };
    if folder.as_ref().is_some_and(|folder| within.contains(folder)) {
        return;
    }
    let (Some(folder), Ok(entries)) = (folder, fs::read_dir(path)) else { return files.push(path.to_owned()) };
    let mut paths = entries.flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    paths.sort();
    within.push(folder);
    for path in paths {
        let named = |path: &Path| {
            path.extension().is_some_and(|end| EVENT_FILES.iter().any(|known| end.eq_ignore_ascii_case(known)))
        };
        if path.is_dir() || named(&path) {
            find(&path, within, files);
        }
    }
    within.pop();
}

impl Inputs {
    /// Fills the next batch; `false` at the end of all inputs.
    pub(super) fn read(&mut self, load: &mut Load) -> bool {
        let more = self.reader.next_batch(&mut load.batch);
        let bytes = self.reader.bytes_read();
        load.bytes = bytes - self.bytes;
        self.bytes = bytes;
        more
    }
}

/// What one thread does with each batch.
pub(super) fn worker<'a>(
    mut session: Session,
    renderer: &'a Renderer,
    args: &'a RunArgs,
) -> impl FnMut(&mut Load, &mut Report) + use<'a> {
    let stateful = session.is_stateful();
    if stateful {
        session.hold_rows();
    }
    move |load, report| {
        let batch = &load.batch;
        let source = batch.source();
        report.bytes += load.bytes;
        (report.place, report.positions) = (batch.place(), batch.positions());
        // two lists in the order of the input become one: an event that proves broken is told between those the reader found
        let mut found = batch.broken().iter().peekable();
        for (item, text) in batch.events() {
            while let Some(broken) = found.next_if(|broken| broken.index.is_some_and(|index| index < item.index)) {
                report.broken(broken);
            }
            let outcome = if args.decode_only {
                session.decode_only(text).map(|_| ())
            } else {
                session.number_events_from(item.index);
                session.process_json(text, |alert| {
                    report.fired.push(u32::try_from(alert.rule_index()).unwrap_or(u32::MAX));
                    renderer.alert(&mut report.out, alert, Some(Place { source, line: item.line }));
                })
            };
            if stateful && outcome.is_ok() {
                session.take_rows(&mut report.rows);
                report.marks.push(Mark {
                    time: session.event_time(text),
                    out: report.out.len(),
                    rows: report.rows.len(),
                });
            }
            match outcome {
                Ok(()) => report.events += 1,
                Err(error) => {
                    let is_last = batch.events().next_back().is_some_and(|(last, _)| last == item);
                    report.torn = u64::from(batch.is_torn() && is_last);
                    report.broken(&batch.broken_item(item, error.to_string()));
                }
            }
        }
        found.for_each(|broken| report.broken(broken));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_events() {
        let folder = std::env::temp_dir().join(format!("sigil-events-{}", std::process::id()));
        for file in ["b.ndjson", "a/c.EVTX", "a/note.txt", "d.json"] {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        // a link into a folder that it stands in
        #[cfg(unix)]
        std::os::unix::fs::symlink("..", folder.join("a/up")).unwrap();
        let mut files = Vec::new();
        for path in [&folder, &folder.join("a/note.txt"), Path::new("missing")] {
            find(path, &mut Vec::new(), &mut files);
        }
        let names =
            files.iter().map(|path| path.strip_prefix(&folder).unwrap_or(path).to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(names, ["a/c.EVTX", "b.ndjson", "d.json", "a/note.txt", "missing"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
