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

#![expect(clippy::inline_always, reason = "the hot loop is one function: measured")]

use super::known_keys::Way;
use super::values::SlotId;
use hashbrown::{Equivalent, HashMap};
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the engine asks of an event.
#[derive(Debug)]
pub(crate) struct Paths {
    /// No others have it, and none have 0.
    id: u64,
    names: Vec<Box<str>>,
    containers: Vec<bool>,
    leaves: bool,
    nodes: Vec<Node>,
    /// The tables of all nodes.
    table: Vec<Entry>,
    edges: Vec<Edge>,
    keys: Vec<u8>,
    /// The targets of edges that have several.
    targets: Vec<Target>,
}

/// A node of the trie. [`NodeId::DEAD`] knows no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(u32);

impl NodeId {
    /// The number, which is not 0 but for [`NodeId::DEAD`].
    #[inline]
    pub(super) fn number(self) -> u32 {
        self.0
    }

    /// Nothing is asked below here.
    pub(super) const DEAD: Self = Self(0);
    /// The event itself.
    pub(super) const ROOT: Self = Self(1);
}

/// A key of a node. [`EdgeId::NONE`] feeds no slot and leads to [`NodeId::DEAD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EdgeId(pub(crate) u32);

impl EdgeId {
    /// A key that nobody asked for.
    pub(crate) const NONE: Self = Self(0);

    /// The number as an index.
    #[inline]
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
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

/// A key's place in a table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Some bits of its hash.
    tag: u32,
    /// [`EdgeId::NONE`] if the entry is empty.
    edge: EdgeId,
}

/// A node's keys stand in an open-addressed table, of which at most a quarter is full: most keys, and most others, are told by one entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Where its table starts.
    start: u32,
    /// How many entries there are: `1 << (64 - shift)`.
    size: usize,
    shift: u32,
    /// Where keys lead that have no edge of their own.
    any: EdgeId,
    /// Keys are looked up without their spaces.
    spaceless: bool,
}

impl Node {
    /// Where keys lead that have no edge of their own.
    #[inline]
    pub(super) fn any(&self) -> EdgeId {
        self.any
    }

    /// Whether keys are looked up without their spaces, by [`Paths::find_key`].
    #[inline]
    pub(super) fn is_spaceless(&self) -> bool {
        self.spaceless
    }
}

/// A key of a node.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Edge {
    print: Fingerprint,
    key: u32,
    len: u32,
    /// The slot and bias of the first target: of most edges the only one.
    first: (SlotId, u32),
    /// All of them: a range of [`Paths::targets`].
    targets: u32,
    target_count: u32,
    /// The node of the keys below.
    pub next: NodeId,
    /// What it adds to the rank of the place.
    pub add: u32,
}

impl Edge {
    /// The slot that it feeds, if that is one, and what is added to the rank of the place.
    #[inline]
    pub(super) fn only_target(&self) -> Option<(SlotId, u32)> {
        (self.target_count == 1).then_some(self.first)
    }
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
        let names: Vec<&str> = names.collect();
        let mut trie = Builder::new();
        for (index, name) in names.iter().enumerate() {
            let slot = SlotId(u32::try_from(index).unwrap_or(u32::MAX));
            trie.plain(slot, name);
            trie.windows(slot, name);
        }
        trie.share_user_data();
        trie.share_spaceless();
        trie.finish(names.into_iter().map(Box::from).collect())
    }

    /// A number that no other paths have, and that is not 0.
    #[inline]
    pub(super) fn id(&self) -> u64 {
        self.id
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

    /// How many edges there are: the ids are below this.
    pub(crate) fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// Every edge and the slots that it feeds.
    pub(crate) fn fed(&self) -> impl Iterator<Item = (EdgeId, impl Iterator<Item = SlotId>)> {
        let slots = |edge| self.targets(edge).iter().map(|target| target.slot);
        (0..).map(EdgeId).zip(self.edges.iter().map(slots))
    }

    /// An edge's place in the trie.
    #[inline]
    pub(super) fn edge(&self, edge: EdgeId) -> &Edge {
        &self.edges[edge.0 as usize]
    }

    /// Where a key leads to whose edge this is.
    pub(super) fn way(&self, edge: EdgeId) -> Way {
        let found = self.edge(edge);
        let (slot, bias) = found.only_target().unwrap_or((SlotId::NONE, 0));
        Way { edge, slot, add: found.add.wrapping_add(bias), feeds_several: found.target_count > 1 }
    }

    /// The slots that an edge feeds.
    #[inline]
    pub(super) fn targets(&self, edge: &Edge) -> &[Target] {
        let start = edge.targets as usize;
        &self.targets[start..start + edge.target_count as usize]
    }

    /// A node, unless it is [`NodeId::DEAD`].
    #[inline]
    pub(super) fn node(&self, node: NodeId) -> Option<&Node> {
        if node == NodeId::DEAD { None } else { self.nodes.get(node.0 as usize) }
    }

    /// The edge of the key `text[start..start + len]`, which holds no escapes; [`EdgeId::NONE`] if it has none of its own.
    #[inline(always)]
    pub(super) fn find(&self, node: &Node, text: &[u8], start: usize, len: usize) -> EdgeId {
        let print = Fingerprint::of(text, start, len);
        let (place, tag) = place(print, node.shift);
        let Some(entry) = self.table.get(node.start as usize + place) else { return EdgeId::NONE };
        if entry.edge == EdgeId::NONE || entry.tag == tag && self.is_key(entry.edge, print, text, start, len) {
            return entry.edge;
        }
        self.find_behind(node, (place, tag), text, start, len)
    }

    /// As [`Paths::find`], behind a place where another key stands. Apart: it is seldom needed.
    #[inline(never)]
    fn find_behind(
        &self,
        node: &Node,
        (mut place, tag): (usize, u32),
        text: &[u8],
        start: usize,
        len: usize,
    ) -> EdgeId {
        let print = Fingerprint::of(text, start, len);
        loop {
            place = (place + 1) & (node.size - 1);
            let Some(entry) = self.table.get(node.start as usize + place) else { return EdgeId::NONE };
            if entry.edge == EdgeId::NONE || entry.tag == tag && self.is_key(entry.edge, print, text, start, len) {
                return entry.edge;
            }
        }
    }

    #[inline(always)]
    fn is_key(&self, edge: EdgeId, print: Fingerprint, text: &[u8], start: usize, len: usize) -> bool {
        let edge = self.edge(edge);
        // without short cuts: one branch
        let same = (edge.print.words[0] ^ print.words[0])
            | (edge.print.words[1] ^ print.words[1])
            | (edge.print.last ^ print.last)
            | (u64::from(edge.len) ^ len as u64);
        same == 0 && (len <= 24 || self.key(edge) == &text[start..start + len])
    }

    /// The edge of an unescaped key: the spaces of event data are dropped.
    #[cold]
    pub(super) fn find_key(&self, node: &Node, key: &mut Vec<u8>) -> EdgeId {
        let mut found = self.find(node, key, 0, key.len());
        if found == EdgeId::NONE && node.spaceless {
            key.retain(|&byte| byte != b' ');
            found = self.find(node, key, 0, key.len());
        }
        if found == EdgeId::NONE { node.any } else { found }
    }

    fn key(&self, edge: &Edge) -> &[u8] {
        let start = edge.key as usize;
        &self.keys[start..start + edge.len as usize]
    }
}

/// What of a key is hashed: its first 16 bytes and its last 8, without a branch on its length; of keys of more than 24 bytes
/// also the eight after the first 16. Two keys of one length with the same print are the same, if they have at most 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fingerprint {
    words: [u64; 2],
    /// The last eight bytes of keys of more than 16, 0 otherwise.
    last: u64,
}

/// Which bits of two words belong to a key of this length.
const MASKS: [[u64; 2]; 17] = {
    let mut masks = [[!0; 2]; 17];
    let mut len = 0;
    while len < 16 {
        masks[len] = if len < 8 { [(1 << (8 * len)) - 1, 0] } else { [!0, (1 << (8 * (len - 8))) - 1] };
        len += 1;
    }
    masks
};

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low half is asked for")]
fn low(word: u128) -> u64 {
    word as u64
}

impl Fingerprint {
    #[inline(always)]
    fn of(text: &[u8], start: usize, len: usize) -> Self {
        let Some(head) = text.get(start..).and_then(<[u8]>::first_chunk::<16>) else {
            return Self::of_last(text, start, len);
        };
        let masks = &MASKS[len.min(16)];
        // the eight bytes before the end of the key; there are eight, since the head has more
        let end = (start + len).max(8);
        let last =
            text.get(end - 8..end).and_then(<[u8]>::first_chunk::<8>).map_or(0, |last| u64::from_le_bytes(*last));
        let head = u128::from_le_bytes(*head);
        let (first, second) = (low(head), low(head >> 64));
        let mut last = if len > 16 { last } else { 0 };
        if len > 24 {
            let third =
                text.get(start + 16..).and_then(<[u8]>::first_chunk::<8>).map_or(0, |third| u64::from_le_bytes(*third));
            last ^= third.rotate_left(7);
        }
        Self { words: [first & masks[0], second & masks[1]], last }
    }

    /// A key at the very end of the text.
    #[cold]
    fn of_last(text: &[u8], start: usize, len: usize) -> Self {
        let mut padded = [0; 64];
        match text.get(start..start + len) {
            // fewer than 16 bytes are left of the text
            Some(key) if len < 16 => padded[..len].copy_from_slice(key),
            Some(_) | None => {}
        }
        Self::of(&padded, 0, len)
    }
}

/// Where the search for a key starts in a table of `1 << (64 - shift)` entries, and its tag.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "some bits of the hash are asked for")]
fn place(print: Fingerprint, shift: u32) -> (usize, u32) {
    let mixed = print.words[0] ^ print.words[1].rotate_left(31) ^ print.last.rotate_left(17);
    let hash = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((hash >> shift) as usize, (hash >> 16) as u32)
}

/// The trie while it grows; nodes are known by the prefix of names that they stand for.
struct Builder<'n> {
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
    fn new() -> Self {
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
    fn plain(&mut self, slot: SlotId, name: &'n str) {
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
    fn windows(&mut self, slot: SlotId, name: &'n str) {
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
    fn share_user_data(&mut self) {
        let Some(&users) = self.by_prefix.get("Event.UserData") else { return };
        let Some(any) = self.nodes[users].any else { return };
        for edge in self.nodes[users].edges.clone() {
            self.share(any, edge, 0, &mut HashMap::new());
        }
    }

    /// A key that a name has with its spaces is still read without them, as any other key is: what one name finds must not
    /// depend on which others there are.
    fn share_spaceless(&mut self) {
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

    fn finish(self, names: Vec<Box<str>>) -> Paths {
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
                first: draft.targets.first().copied().unwrap_or((SlotId(u32::MAX), 0)),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Which slots does this sequence of keys feed?
    fn check(names: &[&str], keys: &[&str], expected: &[&str]) {
        let paths = Paths::new(names.iter().copied());
        let (mut node, mut fed) = (NodeId::ROOT, Vec::new());
        for key in keys {
            let edge = paths.edge(paths.find_key(&paths.nodes[node.0 as usize], &mut key.as_bytes().to_vec()));
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
    fn keys_with_spaces_lead_to_both_names() {
        let names =
            ["Threat Name", "ThreatName", "Event.EventData.Other Name.x", "OtherName", "Event.UserData.E.A B", "AB"];
        check(&names, &["Event", "EventData", "Threat Name"], &["Threat Name", "ThreatName"]);
        check(&names, &["Event", "EventData", "Threat Name", "#text"], &["Threat Name", "ThreatName"]);
        check(&names, &["Event", "EventData", "T hreatName"], &["ThreatName"]);
        check(&names, &["Event", "EventData", "ThreatName"], &["ThreatName"]);
        check(&names, &["Event", "EventData", "Other Name"], &["OtherName"]);
        check(&names, &["Event", "EventData", "Other Name", "x"], &["Event.EventData.Other Name.x"]);
        check(&names, &["Event", "EventData", "Other Name", "#text"], &["OtherName"]);
        check(&names, &["Event", "UserData", "Any", "Threat Name"], &["Threat Name", "ThreatName"]);
        check(&names, &["Event", "UserData", "E", "Threat Name"], &["Threat Name", "ThreatName"]);
        check(&names, &["Event", "UserData", "E", "A B"], &["AB", "Event.UserData.E.A B"]);
        check(&names, &["Event", "UserData", "E", "A B", "#text"], &["AB"]);
        check(&names, &["Threat Name"], &["Threat Name"]);
    }

    /// What a name finds, and at which rank, is the same whichever other names there are.
    #[test]
    fn names_find_the_same_beside_others() {
        let rank = |names: &[&str], keys: &[&str]| {
            let paths = Paths::new(names.iter().copied());
            let (mut node, mut rank, mut biases) = (NodeId::ROOT, 0_u32, Vec::new());
            for key in keys {
                let edge = paths.edge(paths.find_key(&paths.nodes[node.0 as usize], &mut key.as_bytes().to_vec()));
                rank = rank.wrapping_add(edge.add);
                let own = paths.targets(edge).iter().filter(|target| target.slot == SlotId(0));
                biases = own.map(|target| rank.wrapping_add(target.bias)).collect();
                node = edge.next;
            }
            biases
        };
        let others =
            ["Event.UserData.E", "Event.UserData.E.F.#text", "Event.UserData.E.F.x", "F G", "Event.EventData.F G.x"];
        for keys in [
            ["Event", "UserData", "E", "F", ""].as_slice(),
            &["Event", "UserData", "E", "F", "#text"],
            &["Event", "UserData", "E", "F G"],
            &["Event", "UserData", "D", "F G", "#text"],
            &["Event", "EventData", "F G"],
            &["Event", "EventData", "F G", "#text"],
        ] {
            for name in ["F", "FG"] {
                let alone = rank(&[name], keys);
                for count in 1..=others.len() {
                    let names: Vec<&str> = [name].into_iter().chain(others[..count].iter().copied()).collect();
                    assert_eq!(rank(&names, keys), alone, "{names:?} {keys:?}");
                }
            }
        }
    }

    #[test]
    fn many_keys_are_told_apart() {
        // the same length, ends and middle: only the whole key tells
        let alike = (0..20).map(|n| format!("prefix-prefix-prefix-and-{n:02}-suffix"));
        let names: Vec<String> = (0..3000).map(|n| format!("field{n}")).chain(alike).collect();
        let paths = Paths::new(names.iter().map(String::as_str));
        for name in &names {
            let edge = paths.edge(paths.find(&paths.nodes[1], name.as_bytes(), 0, name.len()));
            assert_eq!(paths.targets(edge).iter().map(|target| paths.name(target.slot)).collect::<Vec<_>>(), [name]);
        }
        for name in ["field3000", "", "f", "prefix-prefix-prefix-and-99-suffix"] {
            assert_eq!(paths.find(&paths.nodes[1], name.as_bytes(), 0, name.len()), EdgeId::NONE);
        }
    }

    #[test]
    fn long_names_stay_small() {
        let name = vec!["s"; 100_000].join(".");
        assert!(Paths::new([name.as_str()].into_iter()).edges.len() < 100);
        let name = vec!["s"; 100].join(".");
        assert!(Paths::new([name.as_str()].into_iter()).edges.len() < 300);
    }
}
