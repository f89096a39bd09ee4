//! The tree of a document, and what copies of it may cost.

use std::collections::HashMap;

use super::{MAX_COPIED_BYTES, MAX_COPIED_NODES, Scalar};
use crate::source::Span;

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>, Span),
    /// A map, in source order; keys are unique.
    Map(Entries, Span),
}

/// The lines of a map.
pub(crate) type Entries = Vec<(Scalar, Node)>;

impl Node {
    /// Where it stands.
    pub(crate) fn span(&self) -> Span {
        match self {
            Node::Scalar(scalar) => scalar.span,
            Node::List(_, span) | Node::Map(_, span) => *span,
        }
    }

    /// Whether it is `null`, in any spelling.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Node::Scalar(scalar) if scalar.is_null())
    }

    /// What kind of value it is, with an article.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Node::Scalar(scalar) => scalar.kind(),
            Node::List(..) => "a list",
            Node::Map(..) => "a map",
        }
    }

    /// Nodes, bytes of text, and depth.
    pub(super) fn size(&self) -> Size {
        match self {
            Node::Scalar(scalar) => Size { nodes: 1, bytes: scalar.text.len(), depth: 0 },
            Node::List(members, _) => members.iter().map(Node::size).fold(Size::default(), Size::with).inside(),
            Node::Map(entries, _) => {
                entries.iter().map(|(key, node)| node.size().under(key)).fold(Size::default(), Size::with).inside()
            }
        }
    }
}

/// How large is a subtree?
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) nodes: usize,
    pub(super) bytes: usize,
    pub(super) depth: usize,
}

impl Size {
    fn with(self, other: Size) -> Size {
        Size { nodes: self.nodes + other.nodes, bytes: self.bytes + other.bytes, depth: self.depth.max(other.depth) }
    }

    fn under(self, key: &Scalar) -> Size {
        Size { bytes: self.bytes + key.text.len(), ..self }
    }

    fn inside(self) -> Size {
        Size { nodes: self.nodes + 1, depth: self.depth + 1, ..self }
    }
}

/// What may still be copied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    nodes: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { nodes: MAX_COPIED_NODES, bytes: MAX_COPIED_BYTES }
    }
}

impl Budget {
    /// Pays for a copy; `None` if it costs more than is left.
    #[must_use]
    pub(super) fn pay(&mut self, size: Size) -> Option<()> {
        self.nodes = self.nodes.checked_sub(size.nodes)?;
        self.bytes = self.bytes.checked_sub(size.bytes)?;
        Some(())
    }

    /// Merges `from` into `into`: maps within maps are merged, everything else is replaced. `None` if that copies too much.
    #[must_use]
    pub(crate) fn merge(&mut self, into: &mut Entries, from: &Entries) -> Option<()> {
        let places: HashMap<String, usize> =
            into.iter().enumerate().map(|(at, (key, _))| (key.text.clone(), at)).collect();
        for (key, node) in from {
            match places.get(&key.text).and_then(|&at| into.get_mut(at)) {
                Some((_, Node::Map(inner, _))) if let Node::Map(entries, _) = node => self.merge(inner, entries)?,
                Some((old_key, old)) => {
                    self.pay(node.size())?;
                    (*old_key, *old) = (key.clone(), node.clone());
                }
                None => {
                    self.pay(node.size().under(key))?;
                    into.push((key.clone(), node.clone()));
                }
            }
        }
        Some(())
    }

    /// Copies the lines of a map.
    pub(crate) fn copy(&mut self, entries: &Entries) -> Option<Entries> {
        let mut copy = Entries::new();
        self.merge(&mut copy, entries)?;
        Some(copy)
    }
}
