//! From paths to texts. Nothing that a folder may hold stops or hangs it: what cannot be read is listed with its reason.

use std::cell::RefCell;
use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sigil_runtime::cli::resources::table;

use super::shown;
use crate::elastic::esql::analyze::Table;
use crate::hash::HashSet;
use crate::parallel;
use crate::query::columns_of;
use crate::source::{FileId, Sources};
use crate::{Compilation, Options, Pipelines, compile};

/// What is to be read.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Rule files, and folders of them.
    pub rules: Vec<PathBuf>,
    /// Field pipelines to use instead of those that come with Sigil.
    pub pipelines: Vec<PathBuf>,
    /// Tables of field types, beside the one that comes with Sigil.
    pub schemas: Vec<PathBuf>,
    /// Tables that `ENRICH` and `LOOKUP JOIN` of ES|QL rules find, by name. The rules are checked against their columns; their rows are only read
    /// for the types of these, and come again with the run.
    pub tables: Vec<(String, PathBuf)>,
}

/// Rules, pipelines, schemas and the columns of tables, read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The texts: rules by path, then pipelines as given.
    pub sources: Sources,
    /// Which of the texts are pipelines.
    pub pipelines: Vec<FileId>,
    /// Which of the texts are schemas.
    pub schemas: Vec<FileId>,
    /// The columns of tables that `ENRICH` and `LOOKUP JOIN` of ES|QL rules find, by name.
    pub tables: Vec<(String, Table)>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Files and folders that were looked at.
    watched: Vec<PathBuf>,
    /// Files that pipelines named.
    named: RefCell<Vec<PathBuf>>,
    /// Where files that pipelines name are looked for.
    beside: Vec<PathBuf>,
}

/// Something that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path as messages show it.
    pub path: String,
    /// Why not? No full stop.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// A longer file is no rule. The compiler has a lower limit of its own, and explains it.
const LONGEST: u64 = 64 << 20;

/// Reads rule files, the `.yml`, `.yaml` and `.toml` files of folders and of the folders in them, pipelines, schemas, and tables.
///
/// The order of rules changes nothing. A file that is reached by several ways is read once.
pub fn load(inputs: &Inputs) -> Loaded {
    let mut loaded = Loaded { beside: vec![PathBuf::new()], ..Loaded::default() };
    let mut rules: Vec<&PathBuf> = inputs.rules.iter().collect();
    rules.sort();
    let mut found = Found::default();
    for path in rules {
        let before = found.files.len() + found.problems.len();
        found.look(path, true, None);
        if found.files.len() + found.problems.len() == before && !found.is_known(path) {
            found.problem(path, "the folder holds no rule: rule files end in `.yml`, `.yaml` or `.toml`");
        }
    }
    found.files.sort();
    loaded.problems = found.problems;
    loaded.watched = found.watched;
    for (name, text) in parallel::map(found.files, |(name, path)| (name, read(&path))) {
        match text {
            Ok(text) => {
                loaded.sources.add(name, text);
            }
            Err(reason) => loaded.problems.push(Problem { path: name, reason }),
        }
    }
    loaded.beside.extend(inputs.pipelines.iter().filter_map(|path| path.parent()).map(Path::to_owned));
    loaded.pipelines = loaded.add(&inputs.pipelines);
    loaded.schemas = loaded.add(&inputs.schemas);
    loaded.add_tables(&inputs.tables);
    loaded
}

impl Loaded {
    /// Reads files that are no rules.
    fn add(&mut self, paths: &[PathBuf]) -> Vec<FileId> {
        let mut files = Vec::new();
        for path in paths {
            self.watched.push(path.clone());
            match read(path) {
                Ok(text) => files.push(self.sources.add(shown(path), text)),
                Err(reason) => self.problems.push(Problem { path: shown(path), reason }),
            }
        }
        files
    }

    /// Reads tables for their columns.
    fn add_tables(&mut self, tables: &[(String, PathBuf)]) {
        for (name, path) in tables {
            self.watched.push(path.clone());
            let text = fs::read(path).map_err(|error| error.to_string());
            match text.and_then(|text| table(&text).map_err(|error| format!("it is no table: {error}"))) {
                Ok(table) => self.tables.push((name.clone(), columns_of(&table))),
                Err(reason) => self.problems.push(Problem { path: shown(path), reason }),
            }
        }
    }

    /// Compiles what was read: the one place where paths meet the compiler.
    pub fn compile(&self, pack: &str) -> Compilation {
        let load = |named: &str| {
            let place = self.beside.iter().map(|folder| folder.join(named)).find(|path| path.is_file());
            let place = place.unwrap_or_else(|| PathBuf::from(named));
            self.named.borrow_mut().push(place.clone());
            read(&place)
        };
        let pipelines = match self.pipelines.as_slice() {
            [] => Pipelines::Shipped,
            files => Pipelines::Given { files, load: &load },
        };
        compile(&self.sources, &Options { pack, pipelines, schemas: &self.schemas, tables: &self.tables })
    }

    /// Every file and folder that the result depends on.
    pub fn watched(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = self.watched.iter().chain(self.named.borrow().iter()).cloned().collect();
        all.sort();
        all.dedup();
        all
    }
}

#[derive(Default)]
struct Found {
    /// By the name that people see.
    files: Vec<(String, PathBuf)>,
    problems: Vec<Problem>,
    watched: Vec<PathBuf>,
    /// Real paths: links may lead to one file twice, and in circles.
    seen: HashSet<PathBuf>,
}

impl Found {
    /// `asked`: named by the user, so taken whatever it is called. `folder`: the real path of the folder that it was found in.
    fn look(&mut self, path: &Path, asked: bool, folder: Option<&Path>) {
        let (kind, real) = match kind_and_place(path, folder) {
            Ok(found) => found,
            Err(error) => return self.problem(path, &error.to_string()),
        };
        if !kind.is_dir() && !asked && !is_rule(path) {
            return;
        }
        self.watched.push(path.to_owned());
        if !self.seen.insert(real.clone()) {
            return;
        }
        if kind.is_file() {
            self.files.push((shown(path), path.to_owned()));
        } else if kind.is_dir() {
            match entries(path) {
                Ok(entries) => entries.iter().for_each(|entry| self.look(entry, false, Some(&real))),
                Err(error) => self.problem(path, &error.to_string()),
            }
        } else {
            self.problem(path, "it is neither a file nor a folder");
        }
    }

    fn is_known(&self, path: &Path) -> bool {
        // a folder that another one holds was looked at there
        path.canonicalize().is_ok_and(|real| {
            self.files.iter().any(|(_, file)| file.canonicalize().is_ok_and(|file| file.starts_with(&real)))
        })
    }

    fn problem(&mut self, path: &Path, reason: &str) {
        self.problems.push(Problem { path: shown(path), reason: reason.to_owned() });
    }
}

/// What stands at a path, and its real path, which is asked of the system only where a link may lead elsewhere.
fn kind_and_place(path: &Path, folder: Option<&Path>) -> std::io::Result<(fs::FileType, PathBuf)> {
    let kind = fs::symlink_metadata(path)?.file_type();
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) if !kind.is_symlink() => Ok((kind, folder.join(name))),
        _ => Ok((fs::metadata(path)?.file_type(), path.canonicalize()?)),
    }
}

/// What a folder holds, by name; hidden entries and broken links to other things than rules are left out.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && (is_rule(&path) || path.is_dir()) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn is_rule(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["yml", "yaml", "toml"].iter().any(|known| end.eq_ignore_ascii_case(known)))
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read_all = |file: File| {
        // one byte more, so that the end is found without growing; a length is a hint only
        let expected = file.metadata().map_or(0, |data| data.len().min(LONGEST) + 1);
        bytes.reserve_exact(usize::try_from(expected).unwrap_or(0));
        file.take(LONGEST + 1).read_to_end(&mut bytes)
    };
    File::open(path).and_then(read_all).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("the file is longer than {} MB", LONGEST >> 20));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..at).unwrap_or_default());
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("it is not a text in UTF-8: byte {at} (line {line}, column {column}) fits no character")
    })
}
