//! From the command line to a compilation: reads rules and pipelines from disk and hands their texts to the compiler.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sigil_compiler::plan::link::link;
use sigil_compiler::source::{FileId, Sources, Span};
use sigil_compiler::{Compilation, Options, Outcome, Pipelines, Verdict, compile as compile_sources};
use sigil_runtime::cli::text::{counted, harmless};
use sigil_runtime::{Engine, EngineError};

use super::args::RuleArgs;
use super::terminal::{Failure, Terminal};

/// Rules and pipelines, read.
pub(super) struct Loaded {
    /// Their texts.
    pub sources: Sources,
    /// Which of them are pipelines.
    pipelines: Vec<FileId>,
    /// Folders in which files that pipelines name are looked for.
    folders: Vec<PathBuf>,
    /// Files that cannot be read, and why.
    unreadable: Vec<(String, String)>,
}

impl Loaded {
    /// Whether something that was asked for could not be read.
    pub(super) fn incomplete(&self) -> bool {
        !self.unreadable.is_empty()
    }
}

/// Reads what the command line names. What cannot be read is said, and counts as rejected.
pub(super) fn load(args: &RuleArgs, terminal: &mut Terminal) -> Result<Loaded, Failure> {
    let mut found = Found::default();
    for path in &args.paths {
        found.look(path, 0);
    }
    // the order of the command line changes nothing
    found.files.sort();
    let mut loaded =
        Loaded { sources: Sources::new(), pipelines: Vec::new(), folders: vec![PathBuf::new()], unreadable: found.unreadable };
    for (name, path) in &found.files {
        match read(path) {
            Ok(text) => {
                loaded.sources.add(name.as_str(), text);
            }
            Err(reason) => loaded.unreadable.push((name.clone(), reason)),
        }
    }
    for (path, reason) in &loaded.unreadable {
        terminal.problem(&format!("cannot read {}: {}", harmless(path), harmless(reason)));
    }
    if loaded.sources.iter().next().is_none() && loaded.unreadable.is_empty() {
        let places = args.paths.iter().map(|path| harmless(&name(path))).collect::<Vec<_>>().join(", ");
        return Err(Failure::Bad(format!("no rules in {places}: rule files end in `.yml` or `.yaml`")));
    }
    for path in &args.pipeline.pipeline {
        let text = read(path).map_err(|reason| Failure::Bad(format!("cannot read pipeline {}: {}", harmless(&name(path)), harmless(&reason))))?;
        loaded.pipelines.push(loaded.sources.add(name(path), text));
        loaded.folders.extend(path.parent().map(Path::to_owned));
    }
    Ok(loaded)
}

/// Compiles what was read.
pub(super) fn compile(loaded: &Loaded, pack: &str) -> Compilation {
    let load = |named: &str| read_beside(&loaded.folders, named);
    let pipelines = match loaded.pipelines.as_slice() {
        [] => Pipelines::Shipped,
        files => Pipelines::Given { files, load: &load },
    };
    let mut compilation = compile_sources(&loaded.sources, &Options { pack, pipelines });
    compilation.outcomes.extend(loaded.unreadable.iter().map(|(path, reason)| Outcome {
        path: path.clone(),
        span: Span::new(FileId(u32::MAX), 0, 0),
        rule_id: None,
        title: String::new(),
        verdict: Verdict::Rejected(format!("cannot be read: {reason}")),
    }));
    compilation
}

/// Links what was compiled.
pub(super) fn engine(compilation: &Compilation, options: sigil_runtime::Options) -> Result<Engine, EngineError> {
    Engine::with_options(&[link(&compilation.plan)], options)
}

/// Longer files are not rules; the compiler has its own, lower bound and explains it.
const MAX_FILE: u64 = 64 << 20;
/// Folders nested deeper than this are not looked into; links may lead in circles.
const MAX_DEPTH: usize = 64;

/// Files found on disk, by the names that people see.
#[derive(Default)]
struct Found {
    files: Vec<(String, PathBuf)>,
    seen: BTreeSet<PathBuf>,
    unreadable: Vec<(String, String)>,
}

impl Found {
    /// Takes a file as it is, and from a folder every rule file below it, by name.
    fn look(&mut self, path: &Path, depth: usize) {
        let kind = fs::metadata(path).map(|data| data.is_dir());
        match kind {
            Ok(false) => {
                if self.seen.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned())) {
                    self.files.push((name(path), path.to_owned()));
                }
            }
            Ok(true) if depth >= MAX_DEPTH => self.unreadable.push((name(path), "folders are nested too deeply".into())),
            Ok(true) => match entries(path) {
                Ok(paths) => paths.iter().for_each(|path| self.look(path, depth + 1)),
                Err(error) => self.unreadable.push((name(path), error.to_string())),
            },
            Err(error) => self.unreadable.push((name(path), error.to_string())),
        }
    }
}

/// What of a folder may hold rules: folders, and files that end in `.yml` or `.yaml`; hidden ones are left out.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let path = entry.path();
        let yaml = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("yml") || end.eq_ignore_ascii_case("yaml"));
        if !hidden && (yaml || path.is_dir()) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A path as people and generated code see it: from the current folder, with `/`.
fn name(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let relative = path.strip_prefix(&here).unwrap_or(path);
    let parts = relative.components().filter(|part| !matches!(part, std::path::Component::CurDir));
    let short = parts.collect::<PathBuf>().to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    if short.is_empty() { ".".into() } else { short }
}

/// Reads a text; the error says why not.
fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes)).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("the file is longer than {}", counted(MAX_FILE, "byte")));
    }
    String::from_utf8(bytes).map_err(|error| format!("the file is not UTF-8 text: byte {} fits no character", error.utf8_error().valid_up_to()))
}

/// Reads a file that a pipeline names: from the current folder, or beside a pipeline.
fn read_beside(folders: &[PathBuf], named: &str) -> Result<String, String> {
    let place = folders.iter().map(|folder| folder.join(named)).find(|path| path.is_file());
    read(&place.unwrap_or_else(|| PathBuf::from(named)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["b.yml", "a/c.YAML", "a/.hidden.yml", "note.txt", ".git/x.yml", "d.yml/e.yml"] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let mut found = Found::default();
        found.look(folder.path(), 0);
        found.look(&folder.path().join("b.yml"), 0);
        found.look(&folder.path().join("note.txt"), 0);
        let files = found.files.iter().map(|(_, path)| path.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(files, ["a/c.YAML", "b.yml", "d.yml/e.yml", "note.txt"]);
        assert!(found.unreadable.is_empty());
        found.look(&folder.path().join("missing"), 0);
        assert_eq!(found.unreadable.len(), 1);
    }

    #[test]
    fn names_are_relative() {
        for (path, shown) in [("./rules/a.yml", "rules/a.yml"), ("rules//a.yml", "rules/a.yml"), (".", "."), ("../a.yml", "../a.yml")] {
            assert_eq!(name(Path::new(path)), shown);
        }
        assert_eq!(name(&std::env::current_dir().unwrap().join("a.yml")), "a.yml");
    }

    #[test]
    fn only_text_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yml");
        fs::write(&path, b"ok \xff").unwrap();
        assert_eq!(read(&path).unwrap_err(), "the file is not UTF-8 text: byte 3 fits no character");
    }
}
