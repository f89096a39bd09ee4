//! The paths that the engine asks for, compiled into one trie over the keys of an event.
//!
//! Looking a key up is one hash over at most 24 bytes of the key and one compare; what was looked up is kept ([`super::known_keys`]).
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

use super::known_keys::{MASKS, Way};
use super::values::SlotId;
use trie::Builder;

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

mod trie;

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
