//! The paths that the engine asks for, compiled into one trie over the keys of an event.
//!
//! Looking a key up is the decoder's most frequent act, so it is one hash over at most 24 bytes of the key and one compare.
//! The trie is built by *prefix*: a node stands for the part of a name that was consumed so far, in whatever keys, so that
//! `{"a.b": {"c": x}}` and `{"a": {"b": {"c": x}}}` meet in the node `a.b`. Every edge adds to the rank of what lies below
//! it: fewer keys are better, and among equal numbers longer first keys are.
//!
//! Windows events in their nested form are part of the same trie, behind every plain spelling: `F` is also
//! `Event.System.F`, then `Event.EventData.F`, then `Event.UserData.*.F`; `X_Y` is also the attribute `Y` of
//! `Event.System.X`; a `#text` child stands for its element; spaces in names of event data are dropped. `System` goes first
//! because what selects rules (`Channel`, `EventID`) must not be shadowed by data of the same name, as in the event that
//! reports a cleared log and carries that log's `Channel`.

use super::values::SlotId;
use std::collections::HashMap;

/// What the engine asks of an event.
#[derive(Debug)]
pub(crate) struct Paths {
    names: Vec<Box<str>>,
    containers: Vec<bool>,
    leaves: bool,
    nodes: Vec<Node>,
    /// Open addressing, one table for each node: edge numbers, 0 where empty.
    table: Vec<u32>,
    edges: Vec<Edge>,
    keys: Vec<u8>,
    targets: Vec<Target>,
}

/// A node of the trie. [`NodeId::DEAD`] knows no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(u32);

impl NodeId {
    /// Nothing is asked below here.
    pub(super) const DEAD: Self = Self(0);
    /// The event itself.
    pub(super) const ROOT: Self = Self(1);
}

/// A key of a node. [`EdgeId::NONE`] feeds no slot and leads to [`NodeId::DEAD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EdgeId(u32);

impl EdgeId {
    /// A key that nobody asked for.
    pub(super) const NONE: Self = Self(0);
}

/// A slot that a key feeds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    /// Which slot?
    pub slot: SlotId,
    /// Added to the rank of the place.
    pub bias: u32,
    /// The slot wants arrays and objects as values too.
    pub container: bool,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    table: u32,
    /// The table has `1 << (64 - shift)` places.
    shift: u32,
    /// Where keys lead that have no edge of their own.
    any: EdgeId,
    /// Keys are looked up without their spaces.
    spaceless: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    first: u64,
    last: u64,
    key: u32,
    len: u32,
    targets: u32,
    target_count: u32,
    /// The node of the keys below.
    pub next: NodeId,
    /// What it adds to the rank of the place.
    pub add: u32,
}

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

impl Paths {
    /// Compiles the trie; the slots are the names in this order.
    pub(crate) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let names: Vec<Box<str>> = names.map(Box::from).collect();
        let mut trie = Builder::new();
        for (index, name) in names.iter().enumerate() {
            let slot = SlotId(u32::try_from(index).unwrap_or(u32::MAX));
            trie.plain(slot, name);
            trie.windows(slot, name);
        }
        trie.share_user_data();
        trie.finish(names)
    }

    /// The number of slots.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The name of a slot.
    pub(crate) fn name(&self, slot: SlotId) -> &str {
        &self.names[slot.index()]
    }

    /// Asks for every scalar of an event (keyword rules).
    pub(crate) fn want_leaves(&mut self, wanted: bool) {
        self.leaves = wanted;
    }

    /// Whether every scalar of an event is recorded.
    pub(crate) fn wants_leaves(&self) -> bool {
        self.leaves
    }

    /// Asks for arrays and objects of this slot as values of their own, after the scalars within.
    pub(crate) fn want_container(&mut self, slot: SlotId) {
        self.containers[slot.index()] = true;
        for target in self.targets.iter_mut().filter(|target| target.slot == slot) {
            target.container = true;
        }
    }

    /// Whether arrays and objects of this slot are values.
    pub(crate) fn wants_container(&self, slot: SlotId) -> bool {
        self.containers[slot.index()]
    }

    /// An edge's place in the trie.
    #[inline]
    pub(super) fn edge(&self, edge: EdgeId) -> &Edge {
        &self.edges[edge.0 as usize]
    }

    /// The slots that an edge feeds.
    #[inline]
    pub(super) fn targets(&self, edge: &Edge) -> &[Target] {
        let start = edge.targets as usize;
        &self.targets[start..start + edge.target_count as usize]
    }

    /// Whether [`Paths::find`] found no edge for the key as such.
    #[inline]
    pub(super) fn is_unknown(&self, node: NodeId, found: EdgeId) -> bool {
        found == self.nodes[node.0 as usize].any
    }

    /// Whether keys with spaces have to be looked up by [`Paths::find_key`] without them.
    #[inline]
    pub(super) fn is_spaceless(&self, node: NodeId) -> bool {
        self.nodes[node.0 as usize].spaceless
    }

    /// The edge of the key `text[start..start + len]`, which holds no escapes.
    #[inline]
    pub(super) fn find(&self, node: NodeId, text: &[u8], start: usize, len: usize) -> EdgeId {
        let print = Fingerprint::of(text, start, len);
        let node = &self.nodes[node.0 as usize];
        let mask = (1_usize << (64 - node.shift)) - 1;
        let mut place = print.place(node.shift);
        loop {
            let found = self.table[node.table as usize + place];
            if found == 0 {
                return node.any;
            }
            let edge = &self.edges[found as usize];
            if edge.first == print.first && edge.last == print.last && edge.len as usize == len && (len <= 16 || self.key(edge) == &text[start..start + len]) {
                return EdgeId(found);
            }
            place = (place + 1) & mask;
        }
    }

    /// The edge of an unescaped key: the spaces of event data are dropped.
    #[cold]
    pub(super) fn find_key(&self, node: NodeId, key: &mut Vec<u8>) -> EdgeId {
        let found = self.find(node, key, 0, key.len());
        let any = self.nodes[node.0 as usize].any;
        if found != any || !self.is_spaceless(node) || !key.contains(&b' ') {
            return found;
        }
        key.retain(|&byte| byte != b' ');
        self.find(node, key, 0, key.len())
    }

    fn key(&self, edge: &Edge) -> &[u8] {
        let start = edge.key as usize;
        &self.keys[start..start + edge.len as usize]
    }
}

/// What of a key is hashed: all of it up to 16 bytes, its ends and middle above.
#[derive(Clone, Copy, Debug)]
struct Fingerprint {
    first: u64,
    last: u64,
    mixed: u64,
}

impl Fingerprint {
    #[inline]
    fn of(text: &[u8], start: usize, len: usize) -> Self {
        let (first, last) = if len >= 8 {
            (load(text, start), load(text, start + len - 8))
        } else if start + 8 <= text.len() {
            (load(text, start) & ((1_u64 << (8 * len)) - 1), 0)
        } else {
            let mut bytes = [0; 8];
            bytes[..len].copy_from_slice(&text[start..start + len]);
            (u64::from_le_bytes(bytes), 0)
        };
        let middle = if len > 16 { load(text, start + len / 2 - 4) } else { 0 };
        let mixed = first ^ last.rotate_left(31) ^ middle.rotate_left(17) ^ (len as u64).rotate_left(56);
        Self { first, last, mixed }
    }

    #[inline]
    fn place(self, shift: u32) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "the shift leaves at most 32 bits")]
        let place = (self.mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize;
        place
    }
}

#[inline]
fn load(text: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&text[at..at + 8]);
    u64::from_le_bytes(bytes)
}

/// The trie while it grows; nodes are known by the prefix of names that they stand for.
struct Builder {
    by_prefix: HashMap<String, usize>,
    nodes: Vec<NodeDraft>,
    edges: Vec<EdgeDraft>,
}

#[derive(Default)]
struct NodeDraft {
    by_key: HashMap<String, usize>,
    edges: Vec<usize>,
    any: Option<usize>,
    spaceless: bool,
}

struct EdgeDraft {
    key: String,
    next: usize,
    add: u32,
    targets: Vec<(SlotId, u32)>,
}

/// Stands for "any key" in prefixes; no key of a rule is this.
const ANY: &str = "\0*";

impl Builder {
    fn new() -> Self {
        let none = EdgeDraft { key: String::new(), next: 0, add: 0, targets: Vec::new() };
        Self { by_prefix: HashMap::new(), nodes: vec![NodeDraft::default(), NodeDraft::default()], edges: vec![none] }
    }

    /// The node of a prefix of so many segments.
    fn node(&mut self, prefix: &str) -> usize {
        if let Some(&node) = self.by_prefix.get(prefix) {
            return node;
        }
        self.nodes.push(NodeDraft::default());
        self.by_prefix.insert(prefix.to_owned(), self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    /// The edge from a node by a key that ends `segments` segments from the root.
    fn edge(&mut self, node: usize, key: &str, segments: usize) -> usize {
        if let Some(&edge) = self.nodes[node].by_key.get(key) {
            return edge;
        }
        let later = 15_u32.saturating_sub(u32::try_from(segments).unwrap_or(u32::MAX));
        let edge = EdgeDraft { key: key.to_owned(), next: 0, add: ONE_KEY + (1 << later), targets: Vec::new() };
        self.edges.push(edge);
        let edge = self.edges.len() - 1;
        self.nodes[node].by_key.insert(key.to_owned(), edge);
        self.nodes[node].edges.push(edge);
        edge
    }

    /// The node below an edge.
    fn below(&mut self, edge: usize, prefix: &str) -> usize {
        let next = self.node(prefix);
        self.edges[edge].next = next;
        next
    }

    /// The spellings of a name as written: every way of joining its segments to keys.
    fn plain(&mut self, slot: SlotId, name: &str) {
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
    fn windows(&mut self, slot: SlotId, name: &str) {
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
            let inner = self.below(edge, &format!("Event.System.{element}"));
            let edge = self.edge(inner, "#attributes", 4);
            let inner = self.below(edge, &format!("Event.System.{element}.#attributes"));
            let edge = self.edge(inner, attribute, 5);
            self.feed(edge, slot, SYSTEM);
            let apart = format!("{element}_attributes");
            let edge = self.edge(system, &apart, 3);
            let inner = self.below(edge, &format!("Event.System.{apart}"));
            let edge = self.edge(inner, attribute, 4);
            self.feed(edge, slot, SYSTEM);
        }
    }

    /// An element that holds a field: its value, or its `#text` when it has attributes.
    fn element(&mut self, node: usize, prefix: &str, slot: SlotId, name: &str, bias: u32) {
        let edge = self.edge(node, name, 3);
        self.feed(edge, slot, bias);
        let inner = self.below(edge, &format!("{prefix}.{name}"));
        let text = self.edge(inner, "#text", 4);
        // of the same rank as the element, whose presence is already noted
        let bias = bias.wrapping_sub(self.edges[text].add);
        self.feed(text, slot, bias);
    }

    fn any_below(&mut self, node: usize) -> usize {
        self.edges.push(EdgeDraft { key: String::new(), next: 0, add: ONE_KEY, targets: Vec::new() });
        let edge = self.edges.len() - 1;
        self.nodes[node].any = Some(edge);
        self.below(edge, &format!("Event.UserData.{ANY}"))
    }

    fn feed(&mut self, edge: usize, slot: SlotId, bias: u32) {
        self.edges[edge].targets.push((slot, bias));
    }

    /// Children of `UserData` that a name mentions are still children of `UserData`.
    fn share_user_data(&mut self) {
        let Some(&users) = self.by_prefix.get("Event.UserData") else { return };
        let Some(any) = self.nodes[users].any.map(|any| self.edges[any].next) else { return };
        for edge in self.nodes[users].edges.clone() {
            if self.edges[edge].next == 0 {
                self.edges[edge].next = any;
                continue;
            }
            let named = self.edges[edge].next;
            self.nodes[named].spaceless = true;
            for shared in self.nodes[any].edges.clone() {
                let key = self.edges[shared].key.clone();
                let (next, targets) = (self.edges[shared].next, self.edges[shared].targets.clone());
                let copy = self.edge(named, &key, 4);
                if self.edges[copy].next == 0 {
                    self.edges[copy].next = next;
                }
                self.edges[copy].targets.extend(targets);
            }
        }
    }

    fn finish(self, names: Vec<Box<str>>) -> Paths {
        let mut paths = Paths {
            containers: vec![false; names.len()],
            names,
            leaves: false,
            nodes: Vec::with_capacity(self.nodes.len()),
            table: Vec::new(),
            edges: Vec::with_capacity(self.edges.len()),
            keys: Vec::new(),
            targets: Vec::new(),
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        for draft in &self.edges {
            let (print, key) = (Fingerprint::of(draft.key.as_bytes(), 0, draft.key.len()), number(paths.keys.len()));
            let targets = number(paths.targets.len());
            paths.keys.extend_from_slice(draft.key.as_bytes());
            paths.targets.extend(draft.targets.iter().map(|&(slot, bias)| Target { slot, bias, container: false }));
            paths.edges.push(Edge {
                first: print.first,
                last: print.last,
                key,
                len: number(draft.key.len()),
                targets,
                target_count: number(draft.targets.len()),
                next: NodeId(number(draft.next)),
                add: draft.add,
            });
        }
        for draft in &self.nodes {
            // at most a quarter full: most keys of an event are unknown, and those should meet an empty place at once
            let bits = (draft.edges.len() * 4).next_power_of_two().trailing_zeros().max(1);
            let (start, shift) = (paths.table.len(), 64 - bits);
            paths.table.resize(start + (1 << bits), 0);
            for &edge in &draft.edges {
                let key = self.edges[edge].key.as_bytes();
                let mut place = Fingerprint::of(key, 0, key.len()).place(shift);
                while paths.table[start + place] != 0 {
                    place = (place + 1) & ((1 << bits) - 1);
                }
                paths.table[start + place] = number(edge);
            }
            let any = EdgeId(number(draft.any.unwrap_or(0)));
            paths.nodes.push(Node { table: number(start), shift, any, spaceless: draft.spaceless });
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which slots does this sequence of keys feed?
    fn check(names: &[&str], keys: &[&str], expected: &[&str]) {
        let paths = Paths::new(names.iter().copied());
        let (mut node, mut fed) = (NodeId::ROOT, Vec::new());
        for key in keys {
            let edge = paths.edge(paths.find_key(node, &mut key.as_bytes().to_vec()));
            fed = paths.targets(edge).iter().map(|target| paths.name(target.slot)).collect();
            node = edge.next;
        }
        fed.sort_unstable();
        assert_eq!(fed, expected, "{names:?} {keys:?}");
    }

    #[test]
    fn keys_lead_to_slots() {
        let names = ["a.b.c", "a.b", "x", "Image", "Event.UserData.E.F", "F", "Provider_Name", "ThreatName", ""];
        check(&names, &["a.b.c"], &["a.b.c"]);
        check(&names, &["a", "b.c"], &["a.b.c"]);
        check(&names, &["a.b", "c"], &["a.b.c"]);
        check(&names, &["a", "b", "c"], &["a.b.c"]);
        check(&names, &["a", "b"], &["a.b"]);
        check(&names, &["a"], &[]);
        check(&names, &["b"], &[]);
        check(&names, &["a", "x"], &[]);
        check(&names, &[""], &[""]);
        check(&names, &["Event", "EventData", "Image"], &["Image"]);
        check(&names, &["Event", "EventData", "Threat Name"], &["ThreatName"]);
        check(&names, &["Event", "EventData", "Image", "#text"], &["Image"]);
        check(&names, &["Event", "System", "Provider", "#attributes", "Name"], &["Provider_Name"]);
        check(&names, &["Event", "System", "Provider_attributes", "Name"], &["Provider_Name"]);
        check(&names, &["Event", "UserData", "Other", "F"], &["F"]);
        check(&names, &["Event", "UserData", "E", "F"], &["Event.UserData.E.F", "F"]);
        check(&names, &["Event", "UserData", "E", "Image"], &["Image"]);
    }

    #[test]
    fn long_names_stay_small() {
        let name = vec!["s"; 100_000].join(".");
        assert!(Paths::new([name.as_str()].into_iter()).edges.len() < 100);
        let name = vec!["s"; 100].join(".");
        assert!(Paths::new([name.as_str()].into_iter()).edges.len() < 300);
    }
}
