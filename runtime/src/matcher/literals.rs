//! Sets of literals that are equal to a text, or stand at its beginning or end.

use super::bytes;

/// Literals by their whole text.
#[derive(Debug, Default)]
pub(crate) struct ExactSet {
    /// Open-addressed; `u32::MAX` is empty.
    table: Box<[(u32, u32)]>,
    literals: Vec<(u32, Box<[u8]>)>,
    /// Bit n: some literal has n bytes (the last bit: 63 or more).
    lengths: u64,
    /// So many bytes has the longest: longer texts are not hashed.
    longest: usize,
}

const EMPTY: u32 = u32::MAX;

impl ExactSet {
    /// Literals with their ids. Two ids may share a text.
    pub(crate) fn new<'a>(literals: impl IntoIterator<Item = (u32, &'a [u8])>) -> Self {
        let literals: Vec<(u32, Box<[u8]>)> = literals.into_iter().map(|(id, text)| (id, text.into())).collect();
        let size = (literals.len() * 2).next_power_of_two();
        let mut table = vec![(EMPTY, 0); size].into_boxed_slice();
        let mut lengths = 0;
        for (index, (_, text)) in (0..).zip(&literals) {
            lengths |= length_bit(text.len());
            let (mut at, tag) = place(text, size);
            while let Some(slot) = table.get_mut(at) {
                if slot.0 == EMPTY {
                    *slot = (index, tag);
                    break;
                }
                at = (at + 1) & (size - 1);
            }
        }
        let longest = literals.iter().map(|(_, text)| text.len()).max().unwrap_or(0);
        Self { table, literals, lengths, longest }
    }

    /// Calls `found` with the id of every literal equal to `text`, until it returns true.
    #[inline]
    pub(crate) fn find(&self, text: &[u8], mut found: impl FnMut(u32) -> bool) -> bool {
        if self.lengths & length_bit(text.len()) == 0 || text.len() > self.longest {
            return false;
        }
        let (mut at, tag) = place(text, self.table.len());
        while let Some(&(index, other)) = self.table.get(at) {
            if index == EMPTY {
                break;
            }
            if tag == other
                && let Some((id, literal)) = self.literals.get(index as usize)
                && **literal == *text
                && found(*id)
            {
                return true;
            }
            at = (at + 1) & (self.table.len() - 1);
        }
        false
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }
}

fn length_bit(len: usize) -> u64 {
    1 << len.min(63)
}

#[expect(clippy::cast_possible_truncation, reason = "halves of a hash, masked to the table's size")]
fn place(text: &[u8], size: usize) -> (usize, u32) {
    let hash = bytes::hash(text);
    (hash as usize & (size - 1), (hash >> 32) as u32)
}

/// Literals that stand at one end of a text, sorted as read from that end.
///
/// All literals that a text starts with are prefixes of the greatest literal not above the text, so one binary search and a
/// walk along the chain of prefixes finds them. The search compares eight bytes as a number, which needs no branches that nobody foresees; whole texts are compared
/// only where these are the same.
#[derive(Debug, Default)]
pub(crate) struct EdgeSet {
    edge: Edge,
    /// By literal: its first bytes, see [`first_bytes`].
    firsts: Box<[u64]>,
    /// Sorted; the second number is the index of the longest literal that is an own prefix of this one, or `EMPTY`.
    literals: Vec<(u32, u32, Box<[u8]>)>,
}

/// Which end?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The beginning.
    #[default]
    Start,
    /// The end: literals are held reversed.
    End,
}

/// Up to eight bytes of a text as read from an edge, as a number that is ordered as they are. Of shorter texts, zeros follow.
#[inline]
fn first_bytes(edge: Edge, text: &[u8]) -> u64 {
    let bytes = match edge {
        Edge::Start => text.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)),
        Edge::End => text.last_chunk().map(|bytes| u64::from_le_bytes(*bytes)),
    };
    bytes.unwrap_or_else(|| {
        let mut first = [0; 8];
        match edge {
            Edge::Start => first.iter_mut().zip(text).for_each(|(to, from)| *to = *from),
            Edge::End => first.iter_mut().zip(text.iter().rev()).for_each(|(to, from)| *to = *from),
        }
        u64::from_be_bytes(first)
    })
}

impl EdgeSet {
    /// Literals with their ids.
    pub(crate) fn new<'a>(edge: Edge, literals: impl IntoIterator<Item = (u32, &'a [u8])>) -> Self {
        let mut literals: Vec<(u32, u32, Box<[u8]>)> = literals
            .into_iter()
            .map(|(id, text)| {
                let text = match edge {
                    Edge::Start => text.into(),
                    Edge::End => text.iter().rev().copied().collect(),
                };
                (id, EMPTY, text)
            })
            .collect();
        literals.sort_unstable_by(|a, b| a.2.cmp(&b.2).then(a.0.cmp(&b.0)));
        let mut chain: Vec<u32> = Vec::new();
        for at in 0..literals.len() {
            let Some(text) = literals.get(at).map(|l| l.2.clone()) else { break };
            while let Some(&top) = chain.last() {
                if literals.get(top as usize).is_some_and(|l| text.starts_with(&l.2)) {
                    break;
                }
                chain.pop();
            }
            if let Some(literal) = literals.get_mut(at) {
                literal.1 = chain.last().copied().unwrap_or(EMPTY);
            }
            chain.push(u32::try_from(at).unwrap_or(EMPTY));
        }
        let firsts = literals.iter().map(|(_, _, text)| first_bytes(Edge::Start, text)).collect();
        Self { edge, firsts, literals }
    }

    /// Calls `found` with the id of every literal at this end of `text`, until it returns true.
    pub(crate) fn find(&self, text: &[u8], mut found: impl FnMut(u32) -> bool) -> bool {
        let first = first_bytes(self.edge, text);
        let below = self.firsts.partition_point(|other| *other < first);
        let alike = self.firsts.get(below..).map_or(0, |rest| rest.iter().take_while(|other| **other == first).count());
        let alike = self.literals.get(below..below + alike).unwrap_or_default();
        let above = below
            + match self.edge {
                Edge::Start => alike.partition_point(|(_, _, literal)| **literal <= *text),
                Edge::End => alike.partition_point(|(_, _, literal)| literal.iter().le(text.iter().rev())),
            };
        let mut at = above.wrapping_sub(1);
        while let Some((id, shorter, literal)) = self.literals.get(at) {
            let fits = match self.edge {
                Edge::Start => text.starts_with(literal),
                Edge::End => text.len() >= literal.len() && literal.iter().eq(text.iter().rev().take(literal.len())),
            };
            if fits && found(*id) {
                return true;
            }
            if *shorter == EMPTY {
                break;
            }
            at = *shorter as usize;
        }
        false
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn collect(find: impl FnOnce(&mut dyn FnMut(u32) -> bool)) -> Vec<u32> {
        let mut found = Vec::new();
        find(&mut |id| {
            found.push(id);
            false
        });
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn sets_find_what_comparison_finds(literals in prop::collection::vec("[ab]{0,4}|[ab\0]{0,3}aaaaaaa[ab\0]{0,3}", 0..20), text in "[ab]{0,6}|[ab\0]{0,3}aaaaaaa[ab\0]{0,3}") {
            let list = || (0..).zip(literals.iter().map(String::as_bytes));
            let check = |holds: fn(&str, &str) -> bool| -> Vec<u32> {
                (0..).zip(&literals).filter(|(_, l)| holds(&text, l)).map(|(id, _)| id).collect()
            };
            let exact = ExactSet::new(list());
            prop_assert_eq!(collect(|f| { exact.find(text.as_bytes(), f); }), check(|t, l| t == l));
            let start = EdgeSet::new(Edge::Start, list());
            prop_assert_eq!(collect(|f| { start.find(text.as_bytes(), f); }), check(|t, l| t.starts_with(l)));
            let end = EdgeSet::new(Edge::End, list());
            prop_assert_eq!(collect(|f| { end.find(text.as_bytes(), f); }), check(|t, l| t.ends_with(l)));
        }
    }
}
