//! `--state`: what a run must know to go on where another stopped, in an embedded database that survives being killed.
//!
//! One transaction holds it all: what rules remember, how far the inputs were read, how much of the output counts. So the three never contradict one another.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use redb::{Database, DatabaseError, ReadableDatabase as _, StorageError, TableDefinition};
use sha2::{Digest, Sha256};

use crate::bytes::{ReadError, Reader, Writer};
use crate::operator::{AlertId, WatermarkState};

/// Everything, by name.
const TABLE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("sigil run");
/// The form of [`Progress`].
const FORM: &[u8] = b"sigil run 2";
const CACHE: usize = 8 << 20;

/// The file that keeps the state of a run.
#[derive(Debug)]
pub(super) struct Store {
    database: Database,
    path: PathBuf,
}

/// What a file holds: how far a run has come, and what rules remember.
pub(super) type Saved = (Progress, Vec<u8>);

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// The number of the next event.
    pub next: u64,
    /// The watermark's state.
    pub watermark: WatermarkState,
    /// Inputs that are files.
    pub inputs: BTreeMap<Key, Input>,
    /// Output files by their full paths, and how much of each counts.
    pub outputs: BTreeMap<String, u64>,
    /// Alerts that were told before their run was over, and the time of the last run that may tell them.
    pub early: BTreeMap<AlertId, i64>,
}

/// The path of an input, and how often it stood before among the inputs.
pub(super) type Key = (String, u32);

/// How far an input was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub identity: Identity,
    /// How many items of it are done.
    pub done: u64,
}

/// What tells whether a file is the one that it was, perhaps with more behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    size: u64,
    /// A digest of the first and the last bytes up to that size.
    digest: [u8; 16],
}

/// So many bytes at each end.
const ENDS: u64 = 4_096;

/// A state file that cannot be used.
#[derive(Debug)]
pub(super) struct StoreError {
    path: PathBuf,
    what: String,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use state file `{}`: {}", self.path.display(), self.what)
    }
}

/// What to do where the file is no good.
const HELP: &str = "it was left as it is; name another file, or remove it to start anew";

impl Store {
    /// Opens the file, or makes it; and what it holds, if it held something.
    pub(super) fn open(path: &Path) -> Result<(Self, Option<Saved>), StoreError> {
        let error = |what: String| StoreError { path: path.to_owned(), what };
        let damaged = || error(format!("it is cut off or damaged; {HELP}"));
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_file() => return Err(error("it is not a file".into())),
            Ok(metadata) if metadata.len() == 0 => {
                return Err(error(format!("it is empty, so it is no state of a run; {HELP}")));
            }
            Ok(_) => {}
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
                let database = Self::create(path).map_err(error)?;
                return Ok((Self { database, path: path.to_owned() }, None));
            }
            Err(other) => return Err(error(other.to_string())),
        }
        let database = Database::builder().set_cache_size(CACHE).set_check_integrity_on_open(true).open(path);
        let database = database.map_err(|cause| match cause {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
                error("another process is using it; wait for its end, or name another file".into())
            }
            DatabaseError::UpgradeRequired(_) => {
                error(format!("it is of a form that this version does not read; {HELP}"))
            }
            DatabaseError::Storage(StorageError::Io(cause)) if cause.kind() != std::io::ErrorKind::InvalidData => {
                error(match cause.kind() {
                    std::io::ErrorKind::UnexpectedEof => format!("it is cut off or damaged; {HELP}"),
                    _ => cause.to_string(),
                })
            }
            DatabaseError::Storage(StorageError::Io(_)) => error(format!("it is no state of a run; {HELP}")),
            other if other.to_string().contains("Not a redb database") => {
                error(format!("it is no state of a run; {HELP}"))
            }
            _ => damaged(),
        })?;
        let store = Self { database, path: path.to_owned() };
        let foreign = || error(format!("it is no state of a run; {HELP}"));
        let transaction = store.database.begin_read().map_err(|_| damaged())?;
        let table = transaction.open_table(TABLE).map_err(|_| foreign())?;
        let get = |name| table.get(name).map_err(|_| damaged());
        match get("form")? {
            Some(form) if form.value() == FORM => {}
            Some(_) => return Err(error(format!("it is of a form that this version does not read; {HELP}"))),
            None => return Err(foreign()),
        }
        let saved = match (get("progress")?, get("session")?) {
            (Some(progress), Some(session)) => {
                let mut reader = Reader::new(progress.value());
                let progress = Progress::read(&mut reader).and_then(|read| reader.end().map(|()| read));
                Some((progress.map_err(|_| damaged())?, session.value().to_vec()))
            }
            (None, None) => None,
            _ => return Err(damaged()),
        };
        drop((table, transaction));
        Ok((store, saved))
    }

    /// Makes the file under another name first: it is never seen half made.
    fn create(path: &Path) -> Result<Database, String> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let new = path.with_file_name(name);
        let _ = fs::remove_file(&new);
        let made = || -> Result<Database, redb::Error> {
            let database = Database::builder().set_cache_size(CACHE).create(&new)?;
            let transaction = database.begin_write()?;
            transaction.open_table(TABLE)?.insert("form", FORM)?;
            transaction.commit()?;
            Ok(database)
        };
        let outcome = made().map_err(|error| error.to_string()).and_then(|database| {
            // unlike a rename, a link fails where another process was faster
            match fs::hard_link(&new, path) {
                Ok(()) => Ok(database),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    Err("another process is using it; wait for its end, or name another file".to_owned())
                }
                Err(_) => fs::rename(&new, path).map(|()| database).map_err(|error| error.to_string()),
            }
        });
        let _ = fs::remove_file(&new);
        outcome
    }

    /// Saves how far the run has come, all or nothing.
    pub(super) fn commit(&self, progress: &Progress, session: &[u8]) -> Result<(), StoreError> {
        let mut writer = Writer::default();
        progress.write(&mut writer);
        let progress = writer.finish();
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut table = transaction.open_table(TABLE)?;
                table.insert("progress", progress.as_slice())?;
                table.insert("session", session)?;
            }
            transaction.commit()?;
            Ok(())
        };
        write().map_err(|error| self.error(error.to_string()))
    }

    /// This file cannot be used.
    pub(super) fn error(&self, what: String) -> StoreError {
        StoreError { path: self.path.clone(), what }
    }

    /// What it holds cannot be taken up.
    pub(super) fn refuse(&self, why: &dyn fmt::Display) -> StoreError {
        self.error(format!("{why}; {HELP}"))
    }
}

impl Progress {
    /// Notes that a file is read: from behind what was read before, if it is the same with perhaps more behind. `before` are the inputs before it.
    pub(super) fn start(&mut self, path: &Path, before: &[Option<Key>]) -> Option<Key> {
        let identity = Identity::of(path)?;
        let name = fs::canonicalize(path).ok()?.display().to_string();
        let nth = before.iter().flatten().filter(|(other, _)| *other == name).count();
        let key = (name, u32::try_from(nth).unwrap_or(u32::MAX));
        let done = self.inputs.get(&key).filter(|input| input.identity.continues(path)).map_or(0, |input| input.done);
        self.inputs.insert(key.clone(), Input { identity, done });
        Some(key)
    }

    fn write(&self, out: &mut Writer) {
        out.u64(self.next);
        let (latest, confirmed, beyond) = self.watermark;
        out.u8(u8::from(latest.is_some()));
        out.u8(u8::from(confirmed));
        out.i64(latest.unwrap_or(0));
        let (count, earliest) = beyond.unwrap_or((0, 0));
        out.u32(count);
        out.i64(earliest);
        out.size(self.inputs.len());
        for ((path, nth), Input { identity, done }) in &self.inputs {
            out.text(path);
            out.u32(*nth);
            out.u64(identity.size);
            out.raw(&identity.digest);
            out.u64(*done);
        }
        out.size(self.outputs.len());
        for (path, len) in &self.outputs {
            out.text(path);
            out.u64(*len);
        }
        out.size(self.early.len());
        for (id, tick) in &self.early {
            out.raw(&id.0);
            out.i64(*tick);
        }
    }

    fn read(bytes: &mut Reader<'_>) -> Result<Self, ReadError> {
        let next = bytes.u64()?;
        let (has_latest, confirmed) = (bytes.u8()? == 1, bytes.u8()? == 1);
        let latest = bytes.i64()?;
        let (count, earliest) = (bytes.u32()?, bytes.i64()?);
        let watermark = (has_latest.then_some(latest), confirmed, (count > 0).then_some((count, earliest)));
        let mut inputs = BTreeMap::new();
        for _ in 0..bytes.count(37)? {
            let key = (bytes.text()?.to_owned(), bytes.u32()?);
            let identity = Identity { size: bytes.u64()?, digest: sixteen(bytes)? };
            inputs.insert(key, Input { identity, done: bytes.u64()? });
        }
        let mut outputs = BTreeMap::new();
        for _ in 0..bytes.count(9)? {
            outputs.insert(bytes.text()?.to_owned(), bytes.u64()?);
        }
        let mut early = BTreeMap::new();
        for _ in 0..bytes.count(24)? {
            early.insert(AlertId(sixteen(bytes)?), bytes.i64()?);
        }
        Ok(Self { next, watermark, inputs, outputs, early })
    }
}

fn sixteen(bytes: &mut Reader<'_>) -> Result<[u8; 16], ReadError> {
    let mut sixteen = [0; 16];
    sixteen.iter_mut().zip(bytes.raw(16)?).for_each(|(to, from)| *to = *from);
    Ok(sixteen)
}

impl Identity {
    /// Of a file as it is now; `None` if it is none, or cannot be read.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let size = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.len();
        Some(Self { size, digest: digest(path, size)? })
    }

    /// Whether the file is still the same, perhaps with more behind.
    pub(super) fn continues(&self, path: &Path) -> bool {
        let now = fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|data| data.len());
        now.is_some_and(|now| now >= self.size) && digest(path, self.size) == Some(self.digest)
    }
}

/// Of the first and the last bytes of a file that ends here.
fn digest(path: &Path, size: u64) -> Option<[u8; 16]> {
    let mut file = File::open(path).ok()?;
    let mut hasher = Sha256::new();
    for start in [0, size.saturating_sub(ENDS)] {
        let mut part = Vec::new();
        file.seek(SeekFrom::Start(start)).ok()?;
        file.by_ref().take(ENDS.min(size)).read_to_end(&mut part).ok()?;
        hasher.update(&part);
    }
    let mut digest = [0; 16];
    digest.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
    Some(digest)
}

#[cfg(test)]
mod tests;
