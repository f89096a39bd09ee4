//! The trie of paths while it grows: where a name may stand in an event.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::{Equivalent, HashMap};

use super::{Edge, EdgeId, Entry, Fingerprint, Node, NodeId, Paths, Target, place};
use crate::event::values::SlotId;

/// Names with more segments are looked up as one key and as one key for each segment, but in no mixture.
const MIXED_SEGMENTS: usize = 16;
/// Names with more segments are looked up as one key only.
const NESTED_SEGMENTS: usize = 200;
/// Added by each key on the way; the bits below say which keys.
const ONE_KEY: u32 = 1 << 16;
/// The nested Windows form, behind all plain spellings.
const SYSTEM: u32 = 1 << 24;
const EVENT_DATA: u32 = 2 << 24;
const USER_DATA: u32 = 3 << 24;

/// The trie while it grows; nodes are known by the prefix of names that they stand for.
pub(super) struct Builder<'n> {
    by_prefix: HashMap<Cow<'n, str>, usize>,
    /// Edges by their nodes and keys.
    by_key: HashMap<(usize, Cow<'n, str>), usize>,
    nodes: Vec<NodeDraft>,
    edges: Vec<EdgeDraft<'n>>,
}

/// A key of a node, to look it up. Hashed as the pair is that [`Builder::by_key`] has.
#[derive(Hash)]
struct KeyOf<'k>(usize, &'k str);

impl Equivalent<(usize, Cow<'_, str>)> for KeyOf<'_> {
    fn equivalent(&self, (node, key): &(usize, Cow<'_, str>)) -> bool {
        self.0 == *node && self.1 == key
    }
}

#[derive(Default)]
struct NodeDraft {
    edges: Vec<usize>,
    any: Option<usize>,
    spaceless: bool,
}

struct EdgeDraft<'n> {
    key: Cow<'n, str>,
    next: usize,
    add: u32,
    targets: Vec<(SlotId, u32)>,
}

/// The nodes that [`Builder::union`] made, by what they were made of.
type Unions = HashMap<(usize, usize, u32), usize>;

/// Stands for "any key" in prefixes; no key of a rule is this.
const ANY: &str = "\0*";

impl<'n> Builder<'n> {
    pub(super) fn new() -> Self {
        // its length is that of no key, see `finish`
        let none = EdgeDraft { key: Cow::default(), next: 0, add: 0, targets: Vec::new() };
        let nodes = vec![NodeDraft::default(), NodeDraft::default()];
        Self { by_prefix: HashMap::new(), by_key: HashMap::new(), nodes, edges: vec![none] }
    }

    /// The node of a prefix of so many segments.
    fn node(&mut self, prefix: impl Into<Cow<'n, str>>) -> usize {
        *self.by_prefix.entry(prefix.into()).or_insert_with(|| {
            self.nodes.push(NodeDraft::default());
            self.nodes.len() - 1
        })
    }

    /// The edge from a node by a key that ends `segments` segments from the root.
    fn edge(&mut self, node: usize, key: impl Into<Cow<'n, str>>, segments: usize) -> usize {
        let key = key.into();
        if let Some(edge) = self.find(node, &key) {
            return edge;
        }
        let later = 15_u32.saturating_sub(u32::try_from(segments).unwrap_or(u32::MAX));
        self.push(node, EdgeDraft { key, next: 0, add: ONE_KEY + (1 << later), targets: Vec::new() })
    }

    /// The edge of a key that the node has.
    fn find(&self, node: usize, key: &str) -> Option<usize> {
        self.by_key.get(&KeyOf(node, key)).copied()
    }

    /// Adds an edge whose key the node does not have.
    fn push(&mut self, node: usize, edge: EdgeDraft<'n>) -> usize {
        let number = self.edges.len();
        self.by_key.insert((node, edge.key.clone()), number);
        self.nodes[node].edges.push(number);
        self.edges.push(edge);
        number
    }

    /// The node below an edge.
    fn below(&mut self, edge: usize, prefix: impl Into<Cow<'n, str>>) -> usize {
        let next = self.node(prefix);
        self.edges[edge].next = next;
        next
    }

    /// The spellings of a name as written: every way of joining its segments to keys.
    pub(super) fn plain(&mut self, slot: SlotId, name: &'n str) {
        let ends: Vec<usize> = name.match_indices('.').map(|(at, _)| at).chain([name.len()]).collect();
        let last = ends.len() - 1;
        for from in 0..ends.len() {
            // segments `from..=to` are one key
            let (node, start) = match from {
                0 => (NodeId::ROOT.0 as usize, 0),
                _ if ends.len() > NESTED_SEGMENTS => break,
                _ => (self.node(&name[..ends[from - 1]]), ends[from - 1] + 1),
            };
            for to in from..ends.len() {
                let whole = from == 0 && to == last;
                if !whole && (ends.len() > NESTED_SEGMENTS || ends.len() > MIXED_SEGMENTS && to > from) {
                    continue;
                }
                let edge = self.edge(node, &name[start..ends[to]], to + 1);
                if to == last {
                    self.feed(edge, slot, 0);
                } else {
                    self.below(edge, &name[..ends[to]]);
                }
            }
        }
    }

    /// The places of a field in the nested form of Windows events.
    pub(super) fn windows(&mut self, slot: SlotId, name: &'n str) {
        let root = NodeId::ROOT.0 as usize;
        let event = self.edge(root, "Event", 1);
        let event = self.below(event, "Event");
        let system = self.edge(event, "System", 2);
        let system = self.below(system, "Event.System");
        let data = self.edge(event, "EventData", 2);
        let data = self.below(data, "Event.EventData");
        let users = self.edge(event, "UserData", 2);
        let users = self.below(users, "Event.UserData");
        let user = match self.nodes[users].any {
            Some(any) => self.edges[any].next,
            None => self.any_below(users),
        };
        self.nodes[data].spaceless = true;
        self.nodes[user].spaceless = true;
        self.element(system, "Event.System", slot, name, SYSTEM);
        self.element(data, "Event.EventData", slot, name, EVENT_DATA);
        self.element(user, &format!("Event.UserData.{ANY}"), slot, name, USER_DATA);
        for (at, _) in name.match_indices('_').take(NESTED_SEGMENTS) {
            let (element, attribute) = (&name[..at], &name[at + 1..]);
            if element.is_empty() || attribute.is_empty() {
                continue;
            }
            let edge = self.edge(system, element, 3);
            let inner = self.below(edge, format!("Event.System.{element}"));
            let edge = self.edge(inner, "#attributes", 4);
            let inner = self.below(edge, format!("Event.System.{element}.#attributes"));
            let edge = self.edge(inner, attribute, 5);
            self.feed(edge, slot, SYSTEM);
            let apart = format!("{element}_attributes");
            let inner_prefix = format!("Event.System.{apart}");
            let edge = self.edge(system, apart, 3);
            let inner = self.below(edge, inner_prefix);
            let edge = self.edge(inner, attribute, 4);
            self.feed(edge, slot, SYSTEM);
        }
    }

    /// An element that holds a field: its value, or its `#text` when it has attributes.
    fn element(&mut self, node: usize, prefix: &str, slot: SlotId, name: &'n str, bias: u32) {
        let edge = self.edge(node, name, 3);
        self.feed(edge, slot, bias);
        let inner = self.below(edge, format!("{prefix}.{name}"));
        let text = self.edge(inner, "#text", 4);
        // of the same rank as the element, whose presence is already noted
        let bias = bias.wrapping_sub(self.edges[text].add);
        self.feed(text, slot, bias);
    }

    fn any_below(&mut self, node: usize) -> usize {
        self.edges.push(EdgeDraft { key: Cow::default(), next: 0, add: ONE_KEY, targets: Vec::new() });
        let edge = self.edges.len() - 1;
        self.nodes[node].any = Some(edge);
        self.below(edge, format!("Event.UserData.{ANY}"))
    }

    fn feed(&mut self, edge: usize, slot: SlotId, bias: u32) {
        self.edges[edge].targets.push((slot, bias));
    }

    /// Children of `UserData` that a name mentions are still children of `UserData`.
    pub(super) fn share_user_data(&mut self) {
        let Some(&users) = self.by_prefix.get("Event.UserData") else { return };
        let Some(any) = self.nodes[users].any else { return };
        for edge in self.nodes[users].edges.clone() {
            self.share(any, edge, 0, &mut HashMap::new());
        }
    }

    /// A key that a name has with its spaces is still read without them, as any other key is: what one name finds must not
    /// depend on which others there are.
    pub(super) fn share_spaceless(&mut self) {
        for node in 0..self.nodes.len() {
            if !self.nodes[node].spaceless {
                continue;
            }
            for edge in self.nodes[node].edges.clone() {
                let key = &self.edges[edge].key;
                let stripped = if key.contains(' ') { self.find(node, &key.replace(' ', "")) } else { None };
                if let Some(stripped) = stripped {
                    self.share(stripped, edge, 0, &mut HashMap::new());
                }
            }
        }
    }

    /// Makes one edge find what another finds too, at the same ranks; on the way to `from`, `ahead` more was added.
    fn share(&mut self, from: usize, to: usize, ahead: u32, known: &mut Unions) {
        let ahead = ahead.wrapping_add(self.edges[from].add).wrapping_sub(self.edges[to].add);
        let targets = self.edges[from].targets.clone();
        self.edges[to].targets.extend(targets.into_iter().map(|(slot, bias)| (slot, bias.wrapping_add(ahead))));
        self.edges[to].next = self.union(self.edges[from].next, self.edges[to].next, ahead, known);
    }

    /// A node that knows the keys of both. Nodes are not changed, since other edges may lead to them.
    fn union(&mut self, from: usize, to: usize, ahead: u32, known: &mut Unions) -> usize {
        match (from, to) {
            (0, _) => return to,
            (_, 0) if ahead == 0 => return from,
            (..) => {}
        }
        if let Some(&union) = known.get(&(from, to, ahead)) {
            return union;
        }
        self.nodes.push(NodeDraft {
            any: self.nodes[to].any.or(self.nodes[from].any),
            spaceless: self.nodes[from].spaceless || self.nodes[to].spaceless,
            ..NodeDraft::default()
        });
        let union = self.nodes.len() - 1;
        known.insert((from, to, ahead), union);
        for edge in self.nodes[to].edges.clone() {
            let EdgeDraft { key, next, add, targets } = &self.edges[edge];
            let copy = EdgeDraft { key: key.clone(), next: *next, add: *add, targets: targets.clone() };
            self.push(union, copy);
        }
        for edge in self.nodes[from].edges.clone() {
            let EdgeDraft { key, add, .. } = &self.edges[edge];
            let copy = self.find(union, key);
            let empty = EdgeDraft { key: key.clone(), next: 0, add: *add, targets: Vec::new() };
            let copy = copy.unwrap_or_else(|| self.push(union, empty));
            self.share(edge, copy, ahead, known);
        }
        union
    }

    pub(super) fn finish(self, names: Vec<Box<str>>) -> Paths {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let mut paths = Paths {
            id: LAST.fetch_add(1, Ordering::Relaxed) + 1,
            containers: vec![false; names.len()],
            names,
            leaves: false,
            nodes: Vec::with_capacity(self.nodes.len()),
            table: Vec::new(),
            edges: Vec::with_capacity(self.edges.len()),
            keys: Vec::new(),
            targets: Vec::new(),
        };
        for draft in &self.edges {
            paths.edges.push(Edge {
                print: Fingerprint::of(draft.key.as_bytes(), 0, draft.key.len()),
                key: number(paths.keys.len()),
                len: number(draft.key.len()),
                first: draft.targets.first().copied().unwrap_or((SlotId::NONE, 0)),
                targets: number(paths.targets.len()),
                target_count: number(draft.targets.len()),
                next: NodeId(number(draft.next)),
                add: draft.add,
            });
            paths.keys.extend_from_slice(draft.key.as_bytes());
            paths.targets.extend(draft.targets.iter().map(|&(slot, bias)| Target { slot, bias, container: false }));
        }
        paths.edges[EdgeId::NONE.0 as usize].len = u32::MAX;
        for draft in &self.nodes {
            paths.add_node(draft);
        }
        paths
    }
}

impl Paths {
    fn add_node(&mut self, draft: &NodeDraft) {
        let size = (draft.edges.len() * 4).next_power_of_two().max(2);
        let (start, shift) = (self.table.len(), 64 - size.trailing_zeros());
        self.table.resize(start + size, Entry { tag: 0, edge: EdgeId::NONE });
        let table = &mut self.table[start..];
        for &edge in &draft.edges {
            let edge = EdgeId(number(edge));
            let (mut place, tag) = place(self.edges[edge.index()].print, shift);
            while table[place].edge != EdgeId::NONE {
                place = (place + 1) & (size - 1);
            }
            table[place] = Entry { tag, edge };
        }
        self.nodes.push(Node {
            start: number(start),
            size,
            shift,
            any: EdgeId(number(draft.any.unwrap_or(0))),
            spaceless: draft.spaceless,
        });
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
