//! YAML 1.2 documents with byte spans, within limits that no document can get around.
//!
//! `saphyr-parser` reads the text as a stream of events, which is turned into a small tree without recursion; the first limit that is
//! exceeded ends the document. A file is cut at its document markers beforehand (a line that starts with `---` is one wherever
//! it stands), so that a broken document does not hide the others.

mod build;
mod place;
mod scalar;
mod tree;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};

pub use place::Place;
pub(crate) use scalar::{Scalar, Style};
pub(crate) use tree::{Budget, Entries, Node};

/// The longest text that is read.
pub const MAX_BYTES: usize = 16 << 20;
/// The deepest nesting, aliases included.
pub const MAX_DEPTH: usize = 64;
/// The most documents in a file.
pub const MAX_DOCUMENTS: usize = 10_000;
/// The most nodes of a document.
pub const MAX_NODES: usize = 1_000_000;
/// The most brackets, commas, colons, quotes and other indicators of a document that uses brackets at all: the parser holds everything between
/// two brackets in memory before it says anything.
pub const MAX_INDICATORS: usize = 500_000;
/// The most nodes that aliases and merged documents may copy.
pub const MAX_COPIED_NODES: usize = 200_000;
/// The most text that aliases and merged documents may copy.
pub const MAX_COPIED_BYTES: usize = 16 << 20;

/// One document of a file.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its text, from its marker to the next.
    pub(crate) span: Span,
    /// What it holds, or why it is broken.
    pub(crate) root: Result<Node, Vec<Diagnostic>>,
}

/// The documents of a file. Those that hold nothing are left out.
pub(crate) fn documents(file: FileId, text: &str) -> Vec<Document> {
    if let Some(problem) = unreadable(file, text) {
        return vec![Document { span: Span::new(file, 0, text.len()), root: Err(vec![problem]) }];
    }
    let mut documents = Vec::new();
    for (start, end) in parts(text) {
        if documents.len() >= MAX_DOCUMENTS {
            let span = Span::new(file, start, end);
            let message = format!("the file holds more than {MAX_DOCUMENTS} documents; the rest is not read");
            let problem = Code::LimitExceeded.at(Span::new(file, start, start), message).help("split the file");
            documents.push(Document { span, root: Err(vec![problem]) });
            break;
        }
        if let Some(problem) = too_many_indicators(file, &text[start..end], start) {
            documents.push(Document { span: Span::new(file, start, end), root: Err(vec![problem]) });
            continue;
        }
        build::documents(file, &text[start..end], start, &mut documents);
    }
    documents
}

fn unreadable(file: FileId, text: &str) -> Option<Diagnostic> {
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        return Some(Code::LimitExceeded.at(Span::new(file, 0, 0), message).help("split the file"));
    }
    let nul = text.bytes().position(|byte| byte == 0)?;
    let diagnostic =
        Code::InvalidYaml.at(Span::new(file, nul, nul + 1), "the file holds a NUL character, so it is not text");
    Some(diagnostic.help("remove the character, or the file if it is not a rule"))
}

fn too_many_indicators(file: FileId, part: &str, start: usize) -> Option<Diagnostic> {
    let bytes = part.as_bytes();
    let is_indicator = |byte: &&u8| {
        matches!(**byte, b'[' | b']' | b'{' | b'}' | b',' | b':' | b'?' | b'&' | b'*' | b'!' | b'"' | b'\'')
    };
    if bytes.len() <= MAX_INDICATORS || bytes.iter().filter(is_indicator).count() <= MAX_INDICATORS {
        return None;
    }
    let bracket = bytes.iter().position(|byte| matches!(byte, b'[' | b'{'))?;
    let span = Span::new(file, start + bracket, start + bracket + 1);
    let message =
        format!("the document uses brackets and holds more than {MAX_INDICATORS} brackets, commas, colons and quotes");
    Some(
        Code::LimitExceeded
            .at(span, message)
            .help("write long lists without brackets, one value a line after `- `, or split the rule"),
    )
}

/// Where the documents of a text start and end. Parts that hold comments only are left out; directives go with the document behind them.
fn parts(text: &str) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, end_marker) in markers(text) {
        let cut = if end_marker { at + 3 } else { at };
        match content(&text[start..cut]) {
            Content::Document => parts.push((start, cut)),
            Content::Directives => continue,
            Content::Nothing => {}
        }
        start = cut;
    }
    if !matches!(content(&text[start..]), Content::Nothing) {
        parts.push((start, text.len()));
    }
    parts
}

/// The places of `---` (behind the first byte) and `...` at the start of a line; `true` for the latter.
fn markers(text: &str) -> impl Iterator<Item = (usize, bool)> {
    let bytes = text.as_bytes();
    text.match_indices('\n').filter_map(|(newline, _)| {
        let line = &bytes[newline + 1..];
        let ends = line.get(3).is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        match line.get(..3) {
            Some(b"---") if ends => Some((newline + 1, false)),
            Some(b"...") if ends => Some((newline + 1, true)),
            _ => None,
        }
    })
}

enum Content {
    Nothing,
    Directives,
    Document,
}

fn content(part: &str) -> Content {
    let mut found = Content::Nothing;
    for line in part.strip_prefix('\u{feff}').unwrap_or(part).lines() {
        match line.trim_start_matches("---").trim_start_matches("...").trim_start().as_bytes().first() {
            None | Some(b'#') => {}
            Some(b'%') if line.starts_with('%') => found = Content::Directives,
            Some(_) => return Content::Document,
        }
    }
    found
}

#[cfg(test)]
mod tests;
