//! From the parser's events to trees: iteratively, counting nodes, depth and copies.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::tree::Size;
use super::{Budget, Document, Entries, MAX_COPIED_NODES, MAX_DEPTH, MAX_NODES, Node, Scalar, Style};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};

/// Reads the documents of one part of a file. After an error the rest of the part is one broken document.
pub(super) fn documents(file: FileId, part: &str, offset: usize, documents: &mut Vec<Document>) {
    let text = Text { file, part, offset, checkpoints: checkpoints(part) };
    let mut start = offset;
    let mut events = Parser::new_from_str(part);
    loop {
        match document(&text, &mut events) {
            Ok(None) => return,
            Ok(Some(Built { root, problems, end })) => {
                let span = Span::new(file, start, end);
                if !problems.is_empty() {
                    documents.push(Document { span, root: Err(problems) });
                } else if !is_absent(&root) {
                    // nothing between two markers is no document
                    documents.push(Document { span, root: Ok(root) });
                }
                start = end;
            }
            Err(problem) => {
                documents
                    .push(Document { span: Span::new(file, start, offset + part.len()), root: Err(vec![*problem]) });
                return;
            }
        }
    }
}

fn is_absent(root: &Node) -> bool {
    matches!(root, Node::Scalar(scalar) if scalar.typed && scalar.text.is_empty())
}

/// A part of a file. The parser counts characters, spans count bytes.
struct Text<'t> {
    file: FileId,
    part: &'t str,
    offset: usize,
    /// The byte of every 64th character; `None` where characters are bytes.
    checkpoints: Option<Vec<u32>>,
}

const STRIDE: usize = 64;

fn checkpoints(part: &str) -> Option<Vec<u32>> {
    (!part.is_ascii())
        .then(|| part.char_indices().step_by(STRIDE).map(|(byte, _)| u32::try_from(byte).unwrap_or(u32::MAX)).collect())
}

impl Text<'_> {
    fn byte(&self, character: usize) -> usize {
        let Some(checkpoints) = &self.checkpoints else { return self.offset + character.min(self.part.len()) };
        let from = checkpoints.get(character / STRIDE).map_or(self.part.len(), |&byte| byte as usize);
        let rest = &self.part[from..];
        self.offset + from + rest.char_indices().nth(character % STRIDE).map_or(rest.len(), |(byte, _)| byte)
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        Span::new(self.file, self.byte(span.start.index()), self.byte(span.end.index()))
    }

    /// What stands at a span of this part.
    fn written(&self, span: Span) -> &str {
        self.part.get(span.start as usize - self.offset..span.end as usize - self.offset).unwrap_or_default()
    }
}

struct Built {
    root: Node,
    /// What makes the document useless, though it could be read.
    problems: Vec<Diagnostic>,
    end: usize,
}

/// A list or map that is not closed yet.
struct Frame {
    kind: Kind,
    span: Span,
    anchor: usize,
}

enum Kind {
    List(Vec<Node>),
    Map { entries: Entries, key: Option<Scalar> },
}

/// What a document has cost so far, and what its aliases may refer to.
struct State {
    anchors: HashMap<usize, (Node, Size)>,
    budget: Budget,
    nodes: usize,
    problems: Vec<Diagnostic>,
}

type Step<T> = Result<T, Box<Diagnostic>>;
type Events<'t> = Parser<'t, StrInput<'t>>;

fn document(text: &Text<'_>, events: &mut Events<'_>) -> Step<Option<Built>> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut root = None;
    let mut state = State { anchors: HashMap::new(), budget: Budget::default(), nodes: 0, problems: Vec::new() };
    while let Some(event) = events.next_event() {
        let (event, span) = event.map_err(|error| Box::new(syntax_error(text, &error)))?;
        let span = text.span(span);
        let (node, anchor) = match event {
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => continue,
            Event::StreamEnd => return Ok(None),
            Event::DocumentEnd => {
                let root = root.unwrap_or_else(|| Node::List(Vec::new(), span));
                return Ok(Some(Built { root, problems: state.problems, end: span.end as usize }));
            }
            Event::SequenceStart(anchor, _) => {
                frames.push(Frame { kind: Kind::List(Vec::new()), span, anchor });
                check_depth(frames.len(), span)?;
                continue;
            }
            Event::MappingStart(anchor, _) => {
                frames.push(Frame { kind: Kind::Map { entries: Vec::new(), key: None }, span, anchor });
                check_depth(frames.len(), span)?;
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match frames.pop() {
                Some(frame) => close(frame, span, &mut state.problems),
                None => continue,
            },
            Event::Scalar(value, style, anchor, tag) => {
                let decorated = anchor > 0 || tag.is_some();
                (Node::Scalar(scalar(text, value, style, tag.as_deref(), decorated, span)), anchor)
            }
            Event::Alias(anchor) => (resolve(&mut state, anchor, frames.len(), span)?, 0),
        };
        state.nodes += 1;
        if state.nodes > MAX_NODES {
            return Err(limit(span, format!("the document has more than {MAX_NODES} nodes"), "split the rule").into());
        }
        if anchor > 0 {
            remember(&mut state, anchor, &node, span)?;
        }
        match frames.last_mut() {
            None => root = Some(node),
            Some(frame) => add(node, &mut frame.kind, &mut state.problems),
        }
    }
    Ok(None)
}

fn check_depth(depth: usize, span: Span) -> Step<()> {
    if depth <= MAX_DEPTH {
        return Ok(());
    }
    Err(limit(
        span,
        format!("the document is nested more than {MAX_DEPTH} deep"),
        "no part of a rule is nested so deeply",
    )
    .into())
}

fn limit(span: Span, message: String, help: &str) -> Diagnostic {
    Code::LimitExceeded.at(span, message).help(help)
}

fn syntax_error(text: &Text<'_>, error: &ScanError) -> Diagnostic {
    let start = text.byte(error.marker().index());
    let place = text.part.get(start - text.offset..).unwrap_or_default();
    let span =
        Span::new(text.file, start, start + place.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8));
    if error.info().contains("recursion limit") {
        return limit(
            span,
            format!("the document is nested more than {MAX_DEPTH} deep"),
            "no part of a rule is nested so deeply",
        );
    }
    Code::InvalidYaml
        .at(span, format!("this is not valid YAML: {}", error.info()))
        .help("check indentation and quotes; values that hold `: ` or ` #` or start with one of `*&%@{[` need quotes")
}

fn scalar(
    source: &Text<'_>,
    value: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    decorated: bool,
    span: Span,
) -> Scalar {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    let core_tag = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    let typed = match core_tag {
        Some("str") => false,
        Some("int" | "float" | "bool" | "null") => true,
        _ => style == Style::Plain,
    };
    let span = if decorated { undecorated(source, span) } else { span };
    let mut text = value.into_owned();
    // the parser reserves far more than most values need; what it reserved is used again for the next one
    if text.capacity() > 2 * text.len() + 16 {
        text = text.as_str().to_owned();
    }
    Scalar { text, span, style, typed }
}

/// Leaves tags and anchors out of a span.
fn undecorated(text: &Text<'_>, span: Span) -> Span {
    let mut rest = text.written(span);
    while rest.starts_with(['&', '!']) {
        let Some((_, behind)) = rest.split_once(char::is_whitespace) else { return span };
        rest = behind.trim_start();
    }
    Span::new(span.file, span.end as usize - rest.len(), span.end as usize)
}

fn close(frame: Frame, end: Span, problems: &mut Vec<Diagnostic>) -> (Node, usize) {
    // a block ends with its last member, not where the next token starts
    let end_of =
        |last: Option<Span>| if end.end > end.start { end.end } else { last.map_or(frame.span.start, |last| last.end) };
    let spanned = |end: u32| Span { end: end.max(frame.span.start), ..frame.span };
    let node = match frame.kind {
        Kind::List(members) => {
            let span = spanned(end_of(members.last().map(Node::span)));
            Node::List(members, span)
        }
        Kind::Map { entries, .. } => {
            let span = spanned(end_of(entries.last().map(|(_, node)| node.span())));
            let unique = without_duplicates(entries, problems);
            Node::Map(with_merge_keys(unique), span)
        }
    };
    (node, frame.anchor)
}

/// At most this many repeated keys are reported one by one.
const MOST_PROBLEMS: usize = 20;

fn without_duplicates(entries: Entries, problems: &mut Vec<Diagnostic>) -> Entries {
    let mut first: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
    let mut repeated = HashSet::new();
    for (at, (key, _)) in entries.iter().enumerate() {
        if let Some(&place) = first.get(key.text.as_str()) {
            repeated.insert(at);
            if problems.len() < MOST_PROBLEMS {
                let problem = Code::DuplicateKey.at(key.span, format!("the key `{}` is given twice", key.text));
                problems.push(
                    problem
                        .label(place, "first here")
                        .help("a map holds each key once: join the values in one list, or rename one"),
                );
            }
        } else {
            first.insert(&key.text, key.span);
        }
    }
    if repeated.is_empty() {
        return entries;
    }
    entries.into_iter().enumerate().filter(|(at, _)| !repeated.contains(at)).map(|(_, entry)| entry).collect()
}

/// YAML 1.1's `<<: *base`, which people expect beside anchors: the lines of the map named are added, own ones win.
fn with_merge_keys(entries: Entries) -> Entries {
    let is_merge = |(key, node): &(Scalar, Node)| {
        key.text == "<<"
            && key.style == Style::Plain
            && match node {
                Node::Map(..) => true,
                Node::List(members, _) => members.iter().all(|member| matches!(member, Node::Map(..))),
                Node::Scalar(_) => false,
            }
    };
    if !entries.iter().any(is_merge) {
        return entries;
    }
    let (merged, mut own): (Entries, Entries) = entries.into_iter().partition(is_merge);
    let mut known: HashSet<String> = own.iter().map(|(key, _)| key.text.clone()).collect();
    for (_, node) in merged {
        let maps = match node {
            Node::List(members, _) => members,
            Node::Map(..) | Node::Scalar(_) => vec![node],
        };
        for map in maps {
            if let Node::Map(lines, _) = map {
                own.extend(lines.into_iter().filter(|(key, _)| known.insert(key.text.clone())));
            }
        }
    }
    own
}

fn resolve(state: &mut State, anchor: usize, depth: usize, span: Span) -> Step<Node> {
    let Some((node, size)) = state.anchors.get(&anchor) else {
        let message = "the alias refers to a value that it is part of, or that stands in another document";
        return Err(Box::new(
            Code::InvalidYaml.at(span, message).help("an alias repeats an earlier value of the same document"),
        ));
    };
    check_depth(depth + size.depth, span)?;
    state.budget.pay(*size).ok_or_else(|| too_many_copies(span))?;
    state.nodes += size.nodes;
    Ok(node.clone())
}

fn remember(state: &mut State, anchor: usize, node: &Node, span: Span) -> Step<()> {
    let size = node.size();
    state.budget.pay(size).ok_or_else(|| too_many_copies(span))?;
    state.anchors.insert(anchor, (node.clone(), size));
    Ok(())
}

fn too_many_copies(span: Span) -> Diagnostic {
    limit(span, format!("aliases copy more than {MAX_COPIED_NODES} nodes"), "write the values out, or split the rule")
}

fn add(node: Node, kind: &mut Kind, problems: &mut Vec<Diagnostic>) {
    match kind {
        Kind::List(members) => members.push(node),
        Kind::Map { entries, key } => match (key.take(), node) {
            (Some(key), node) => entries.push((key, node)),
            (None, Node::Scalar(scalar)) => *key = Some(scalar),
            (None, node @ (Node::List(..) | Node::Map(..))) => {
                if problems.len() < MOST_PROBLEMS {
                    let problem = Code::InvalidYaml.at(node.span(), format!("a key is {}, not a text", node.kind()));
                    problems.push(problem.help("text that starts with `{` or `[` needs quotes"));
                }
                *key = Some(Scalar { text: String::new(), span: node.span(), style: Style::Plain, typed: true });
            }
        },
    }
}
