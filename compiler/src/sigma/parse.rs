//! From a file's text to documents: every rule in it ends as an [`ast::Document`], or is reported and counted as rejected.

mod meta;

use std::ops::Range;

use super::ast::{Document, Rule};
use super::yaml::{self, Entries, Node};
use super::{collection, correlation, detection, filter};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::{FileId, Span};
use meta::Parts;

/// One document of a file that is a rule, or should have been one.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedDocument {
    /// The document's text in its file.
    pub span: Span,
    /// `title`, as far as it could be read.
    pub title: Option<String>,
    /// `id`, as far as it could be read.
    pub id: Option<String>,
    /// What it is; `None` if it is rejected.
    pub document: Option<Document>,
    /// What was said about it: a range of the list handed to [`parse`], with an error if it is rejected.
    pub diagnostics: Range<usize>,
}

/// Parses a rule file: YAML documents, joined by `action`, into detection rules, correlation rules and filters.
///
/// A file without any rule counts as one rejected.
pub fn parse(file: FileId, text: &str, diags: &mut Diagnostics) -> Vec<ParsedDocument> {
    let documents: Vec<ParsedDocument> = collection::join(yaml::documents(file, text))
        .into_iter()
        .map(|part| parse_part(file, text, part, diags))
        .collect();
    if documents.is_empty() {
        let mark = diags.len();
        diags.push(
            Code::EmptyFile
                .at(Span::new(file, 0, 0), "the file holds no rule")
                .help("remove the file, or write a rule"),
        );
        let span = Span::new(file, 0, text.len());
        return vec![ParsedDocument { span, title: None, id: None, document: None, diagnostics: mark..diags.len() }];
    }
    documents
}

/// What the parsers of one document share.
pub(super) struct Context<'a> {
    /// The whole file.
    pub(super) text: &'a str,
    /// `sigma-version` of the document.
    pub(super) version: u32,
    diags: &'a mut Diagnostics,
    reported: usize,
    errors: usize,
    /// How many names of selections were compared with patterns, in all detections and blocks of the document.
    pub(super) compared: usize,
    /// How many selections all terms of its conditions stand for.
    pub(super) resolved: usize,
}

/// At most this many messages about one document.
const MAX_REPORTED: usize = 100;

impl Context<'_> {
    /// Says something about the document. Beyond a hundred messages only a first error is still said.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        let error = diagnostic.severity == Severity::Error;
        if self.reported < MAX_REPORTED || (error && self.errors == 0) {
            self.diags.push(diagnostic);
        }
        self.errors += usize::from(error);
        self.reported += 1;
    }

    /// Whether further messages, unless it is the first error, will not be heard.
    pub(super) fn is_full(&self) -> bool {
        self.reported >= MAX_REPORTED
    }

    /// Whether so much is wrong that looking for more helps no one.
    pub(super) fn is_hopeless(&self) -> bool {
        self.errors >= MAX_REPORTED
    }
}

fn parse_part(file: FileId, text: &str, part: collection::Part, diags: &mut Diagnostics) -> ParsedDocument {
    let mark = diags.len();
    let collection::Part { span, entries, remarks } = part;
    diags.extend(remarks);
    let (title, id, document) = match entries {
        Err(problems) => {
            diags.extend(problems);
            let own = text.get(span.start as usize..span.end as usize).unwrap_or_default();
            (salvage(own, "title:"), salvage(own, "id:"), None)
        }
        Ok(entries) => {
            let mut ctx = Context { text, version: 2, diags, reported: 0, errors: 0, compared: 0, resolved: 0 };
            let parts = meta::take_apart(&mut ctx, entries, Span { file, ..span });
            let title = Some(parts.meta.title.clone()).filter(|title| !title.is_empty());
            let id = parts.meta.id.clone();
            let document = document(&mut ctx, parts, span).filter(|_| ctx.errors == 0);
            (title, id, document)
        }
    };
    ParsedDocument { span, title, id, document, diagnostics: mark..diags.len() }
}

/// An attribute of a document that is not valid YAML.
fn salvage(text: &str, key: &str) -> Option<String> {
    let value = text.lines().take(1_000).find_map(|line| line.strip_prefix(key))?;
    let value = value.trim().trim_matches(['\'', '"']);
    (!value.is_empty() && value.len() < 300).then(|| value.to_owned())
}

fn document(ctx: &mut Context<'_>, parts: Parts, span: Span) -> Option<Document> {
    let Parts { meta, version, logsource, detection, correlation, filter } = parts;
    ctx.version = version;
    let start = Span { end: span.start, ..span };
    if let Some((key, node)) = correlation {
        ignore(ctx, filter.as_ref().or(detection.as_ref()), "a correlation rule");
        return correlation::parse(ctx, meta, &key, node, span).map(Document::Correlation);
    }
    let logsource = meta::logsource(ctx, logsource, start);
    if let Some((key, node)) = filter {
        ignore(ctx, detection.as_ref(), "a filter");
        return filter::parse(ctx, meta, logsource, &key, node, span).map(Document::Filter);
    }
    let detection = match detection {
        Some((key, Node::Map(entries, _))) if !entries.is_empty() => detection::parse(ctx, entries, key.span)?,
        Some((key, node)) => {
            let problem = if node.is_null() || matches!(node, Node::Map(..)) {
                Code::MissingDetection.at(key.span, "`detection` is empty")
            } else {
                Code::WrongType.at(key.span, format!("`detection` is {}, not a map of selections", node.kind()))
            };
            ctx.report(problem.help("write selections and a `condition` below it"));
            return None;
        }
        None => {
            let problem = Code::MissingDetection.at(start, "the document has no `detection`");
            ctx.report(problem.help("add `detection` with selections and a `condition`; is this file a rule?"));
            return None;
        }
    };
    Some(Document::Rule(Rule { meta, version, logsource, detection, span }))
}

fn ignore(ctx: &mut Context<'_>, part: Option<&(yaml::Scalar, Node)>, kind: &str) {
    if let Some((key, _)) = part {
        let problem = Code::ContentIgnored.at(key.span, format!("`{}` has no effect in {kind}", key.text));
        ctx.report(problem.help("make it a document of its own"));
    }
}

/// A text, whatever YAML takes it for; `None` for lists and maps.
pub(super) fn text_of(node: Node) -> Option<yaml::Scalar> {
    match node {
        Node::Scalar(scalar) => Some(scalar),
        Node::List(..) | Node::Map(..) => None,
    }
}

/// The lines of a map, or nothing.
pub(super) fn entries_of(node: Node) -> Option<Entries> {
    match node {
        Node::Map(entries, _) => Some(entries),
        Node::Scalar(_) | Node::List(..) => None,
    }
}

#[cfg(test)]
mod tests;
