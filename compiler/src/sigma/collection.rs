//! The documents of one file, joined by `action`: `global` content goes into every later rule, `repeat` makes another rule of the previous one.

use super::yaml::{self, Budget, Entries, Node};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// A document that must end in an outcome.
pub(super) struct Part {
    /// Its own text.
    pub(super) span: Span,
    /// Its lines with those of other documents merged in, or why there are none.
    pub(super) entries: Result<Entries, Vec<Diagnostic>>,
    /// What is to be said of it or of documents that only served others.
    pub(super) remarks: Vec<Diagnostic>,
}

/// Joins the documents of a file.
pub(super) fn join(documents: Vec<yaml::Document>) -> Vec<Part> {
    let mut state = State {
        repeats: documents
            .iter()
            .any(|document| matches!(&document.root, Ok(root) if action_of(root) == Some("repeat"))),
        ..State::default()
    };
    let mut parts = Vec::new();
    for yaml::Document { span, root } in documents {
        let entries = match root {
            Ok(Node::Map(entries, _)) => state.expand(entries),
            Ok(other) => Err(vec![not_a_rule(&other)]),
            Err(problems) => Err(problems),
        };
        if let Some(entries) = entries.transpose() {
            parts.push(Part { span, entries, remarks: std::mem::take(&mut state.remarks) });
        }
    }
    // said of a last document that made no rule
    if let Some(last) = parts.last_mut() {
        last.remarks.append(&mut state.remarks);
    }
    parts
}

#[derive(Default)]
struct State {
    global: Entries,
    /// The last rule's own lines; kept only if a later document asks for them.
    previous: Option<Entries>,
    repeats: bool,
    budget: Budget,
    remarks: Vec<Diagnostic>,
}

impl State {
    /// The rule that a document makes, if it makes one.
    fn expand(&mut self, mut entries: Entries) -> Result<Option<Entries>, Vec<Diagnostic>> {
        let Some(at) = entries.iter().position(|(key, _)| key.text == "action") else {
            if entries.iter().any(|(key, _)| matches!(key.text.as_str(), "correlation" | "filter")) {
                return Ok(Some(entries));
            }
            self.previous = self.repeats.then(|| entries.clone());
            self.budget.merge(&mut entries, &self.global).ok_or_else(|| too_large(&entries))?;
            return Ok(Some(entries));
        };
        let (key, action) = entries.remove(at);
        let Node::Scalar(action) = action else {
            return Err(vec![unknown_action(action.span(), action.kind())]);
        };
        match action.text.as_str() {
            "global" => {
                self.budget.merge(&mut self.global, &entries).ok_or_else(|| too_large(&entries))?;
                Ok(None)
            }
            "reset" => {
                self.global.clear();
                if let Some((first, _)) = entries.first() {
                    let message = format!("`{}` has no effect beside `action: reset`", first.text);
                    let remark =
                        Code::ContentIgnored.at(first.span, message).label(action.span, "this document only forgets");
                    self.remarks.push(remark.help("start another document with `---`"));
                }
                Ok(None)
            }
            "repeat" => {
                let Some(previous) = &mut self.previous else {
                    let problem = Code::InvalidAction.at(key.span, "there is no rule before this one to repeat");
                    return Err(vec![problem.help("`action: repeat` follows the rule that it varies")]);
                };
                self.budget.merge(previous, &entries).ok_or_else(|| too_large(&entries))?;
                let mut rule = self.budget.copy(previous).ok_or_else(|| too_large(&entries))?;
                self.budget.merge(&mut rule, &self.global).ok_or_else(|| too_large(&entries))?;
                Ok(Some(rule))
            }
            other => Err(vec![unknown_action(action.span, &format!("`{other}`"))]),
        }
    }
}

fn action_of(root: &Node) -> Option<&str> {
    let Node::Map(entries, _) = root else { return None };
    entries.iter().find_map(|(key, node)| match node {
        Node::Scalar(action) if key.text == "action" => Some(action.text.as_str()),
        Node::Scalar(_) | Node::List(..) | Node::Map(..) => None,
    })
}

fn not_a_rule(node: &Node) -> Diagnostic {
    let start = Span { end: node.span().start, ..node.span() };
    let problem = Code::NotARule
        .at(start, format!("a rule is a map of `title`, `logsource`, `detection`; this document is {}", node.kind()));
    problem.help("is this file a rule? pass only rule files to the compiler")
}

fn unknown_action(span: Span, found: &str) -> Diagnostic {
    Code::InvalidAction.at(span, format!("{found} is not an action")).help("actions are `global`, `reset` and `repeat`")
}

fn too_large(entries: &Entries) -> Vec<Diagnostic> {
    let message = format!("the documents of this file copy more than {} nodes", yaml::MAX_COPIED_NODES);
    let problem = match entries.first() {
        Some((key, _)) => Code::LimitExceeded.at(key.span, message),
        None => Code::LimitExceeded.nowhere(message),
    };
    vec![problem.help("split the file, or move less into `action: global`")]
}
