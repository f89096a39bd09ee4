//! Which rules did a value make candidates, when it was last scanned?
//!
//! Events repeat themselves: on recorded Windows events four of five strings are values that their field held shortly before (images, users,
//! channels, host names). For these, one look-up replaces folding and scanning.
//!
//! Values are compared in full, so that nobody can pass one off as another; the hash only looks at samples of long values. A
//! value is kept when it is seen a second time while its first sight is remembered, which unique values (times, messages) never are.
//!
//! **Refuted rules.** A rule whose evaluation read one field and came out false is false for every event in which that field has the same only
//! value: it would read the same. So the value is no reason to try it again.
//!
//! Memory is bounded by the constants below and allocated once: when the store of texts is full, everything is forgotten.

use super::bytes;

/// Remembers the outcome of scanning values.
#[derive(Debug)]
pub(crate) struct Memo {
    entries: Box<[Entry]>,
    /// Hashes of values that were seen once.
    sights: Box<[u32]>,
    texts: Vec<u8>,
    rules: Vec<u32>,
    /// The number of the last value that was kept.
    count: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    key: Key,
    text: u32,
    len: u32,
    rules: u32,
    rule_count: u16,
    /// So many of the rules, the first ones, the value has not refuted.
    kept: u16,
    /// The number of the value.
    number: u32,
    is_hot: bool,
}

const _: () = assert!(size_of::<Entry>() == 32);

/// A value in the memo, as long as no other takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryId {
    at: usize,
    number: u32,
}

/// What is known of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'m> {
    /// What [`Memo::refute`] calls it.
    pub entry: EntryId,
    /// The rules that it makes candidates.
    pub rules: &'m [u32],
    /// The first of them: those that it does not refute where it is its field's only value.
    pub kept: &'m [u32],
    /// Some are candidates because of triggers that may stand anywhere.
    pub is_hot: bool,
}

/// Who asks: values are scanned by what their place in the event and their kind ask for. The default is no key of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key {
    /// The class of the event.
    pub class: u32,
    /// The place in the event, and the kind of the value; never 0.
    pub place: u32,
}

/// A power of two.
const ENTRIES: usize = 1 << 13;
const TEXTS: usize = 1 << 20;
const RULES: usize = 1 << 16;
/// Longer values are scanned each time.
pub(crate) const MAX_TEXT: usize = 1 << 11;
/// Values that make more candidates are scanned each time.
pub(crate) const MAX_RULES: usize = 256;

impl Default for Memo {
    fn default() -> Self {
        Self {
            entries: vec![Entry::default(); ENTRIES].into(),
            sights: vec![0; ENTRIES].into(),
            texts: Vec::new(),
            rules: Vec::new(),
            count: 0,
        }
    }
}

impl Memo {
    /// The rules that this value makes candidates, if that is known. `hash` is [`hash`] of both.
    #[inline]
    pub(crate) fn get(&self, key: Key, hash: u64, text: &[u8]) -> Option<Known<'_>> {
        let at = place(hash);
        let entry = self.entries.get(at)?;
        let known = self.texts.get(entry.text as usize..(entry.text + entry.len) as usize)?;
        if entry.key != key || !equal(known, text) {
            return None;
        }
        let start = entry.rules as usize;
        let rules = self.rules.get(start..start + usize::from(entry.rule_count))?;
        let kept = rules.get(..usize::from(entry.kept))?;
        Some(Known { entry: EntryId { at, number: entry.number }, rules, kept, is_hot: entry.is_hot })
    }

    /// The rule is false for every event in which the value is its field's only one.
    #[inline(never)]
    pub(crate) fn refute(&mut self, id: EntryId, rule: u32) {
        let Some(entry) = self.entries.get_mut(id.at).filter(|entry| entry.number == id.number) else { return };
        let start = entry.rules as usize;
        let Some(kept) = self.rules.get_mut(start..start + usize::from(entry.kept)) else { return };
        if let Some(at) = kept.iter().position(|kept| *kept == rule) {
            entry.kept -= 1;
            kept.swap(at, usize::from(entry.kept));
        }
    }

    /// Whether a value that is not in the memo should be kept: it is seen for the second time.
    #[inline]
    pub(crate) fn recurs(&mut self, hash: u64, text: &[u8]) -> bool {
        let (at, sight) = (place(hash), sight(hash));
        let Some(last) = self.sights.get_mut(at) else { return false };
        let recurs = *last == sight && text.len() <= MAX_TEXT;
        *last = sight;
        recurs
    }

    /// Keeps the rules that this value makes candidates, if they are not too many. Returns the entry.
    #[cold]
    #[inline(never)]
    pub(crate) fn keep(&mut self, key: Key, hash: u64, text: &[u8], rules: &[u32], is_hot: bool) -> Option<EntryId> {
        let at = place(hash);
        if text.len() > MAX_TEXT || rules.len() > MAX_RULES {
            return None;
        }
        if self.texts.capacity() == 0 {
            self.texts.reserve_exact(TEXTS);
            self.rules.reserve_exact(RULES);
        }
        if self.texts.len() + text.len() > TEXTS || self.rules.len() + rules.len() > RULES {
            self.entries.fill(Entry::default());
            self.texts.clear();
            self.rules.clear();
        }
        let range = |start: usize, len: usize| (u32::try_from(start).unwrap_or(0), u32::try_from(len).unwrap_or(0));
        let (text_at, len) = range(self.texts.len(), text.len());
        let (rules_at, _) = range(self.rules.len(), rules.len());
        let rule_count = u16::try_from(rules.len()).unwrap_or(0);
        self.texts.extend_from_slice(text);
        self.rules.extend_from_slice(rules);
        let entry = self.entries.get_mut(at)?;
        self.count = self.count.wrapping_add(1).max(1);
        let number = self.count;
        *entry = Entry { key, text: text_at, len, rules: rules_at, rule_count, kept: rule_count, number, is_hot };
        Some(EntryId { at, number })
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low bits choose the entry")]
fn place(hash: u64) -> usize {
    hash as usize & (ENTRIES - 1)
}

#[inline]
fn sight(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// A hash of a key and a value: of short values all bytes, of long ones their ends and middle.
#[inline]
pub(crate) fn hash(key: Key, text: &[u8]) -> u64 {
    use bytes::mix;
    const K: [u64; 4] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB];
    let word = |at: usize| word(text, at);
    let len = text.len();
    let seed = (u64::from(key.class) << 32 | u64::from(key.place)).wrapping_mul(K[3]) ^ len as u64;
    let short = |text: &[u8]| text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    match len {
        0..8 => mix(short(text) ^ K[0], seed ^ K[1]),
        8..=16 => mix(word(0) ^ K[0] ^ seed, word(len - 8) ^ K[1]),
        17..=32 => mix(word(0) ^ K[0] ^ seed, word(8) ^ K[1]) ^ mix(word(len - 16) ^ K[2], word(len - 8) ^ K[3]),
        _ => {
            let ends = mix(word(0) ^ K[0] ^ seed, word(8) ^ K[1]) ^ mix(word(len - 16) ^ K[2], word(len - 8) ^ K[3]);
            // short ones whole, the longest at 16 places
            let step = (len / 16).max(16);
            let inner = (16..len - 16).step_by(step);
            inner.fold(ends, |hash, at| hash.rotate_left(9) ^ mix(word(at) ^ K[1], word(at + 8) ^ K[2]))
        }
    }
}

/// The eight bytes from here on; 0 where there are fewer.
#[inline]
fn word(text: &[u8], at: usize) -> u64 {
    text.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |word| u64::from_le_bytes(*word))
}

/// Short texts are compared without a call.
#[inline]
fn equal(one: &[u8], other: &[u8]) -> bool {
    let len = one.len();
    if len != other.len() {
        return false;
    }
    let differ = |at: usize| word(one, at) ^ word(other, at);
    match len {
        0..8 => one.iter().zip(other).all(|(one, other)| one == other),
        8..=16 => differ(0) | differ(len - 8) == 0,
        17..=32 => differ(0) | differ(8) | differ(len - 16) | differ(len - 8) == 0,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { class: 1, place: 8 };

    fn seen(memo: &mut Memo, key: Key, text: &[u8], rules: &[u32]) -> Option<Vec<u32>> {
        let hash = hash(key, text);
        let known = memo.get(key, hash, text).map(|known| known.rules.to_vec());
        if known.is_none() && memo.recurs(hash, text) {
            memo.keep(key, hash, text, rules, false);
        }
        known
    }

    #[test]
    fn values_are_kept_at_the_second_sight() {
        let mut memo = Memo::default();
        for text in [&b""[..], b"a", b"12345678", &[7; 17], &[7; 40], &[7; MAX_TEXT]] {
            assert_eq!(seen(&mut memo, KEY, text, &[1, 2]), None);
            assert_eq!(seen(&mut memo, KEY, text, &[1, 2]), None);
            assert_eq!(seen(&mut memo, KEY, text, &[3]), Some(vec![1, 2]), "{}", text.len());
            assert_eq!(seen(&mut memo, Key { class: 2, ..KEY }, text, &[]), None);
        }
        for _ in 0..4 {
            assert_eq!(seen(&mut memo, KEY, &[7; MAX_TEXT + 1], &[]), None);
            assert_eq!(seen(&mut memo, KEY, b"many", &[1; MAX_RULES + 1]), None);
        }
    }

    #[test]
    fn refuted_rules_are_set_aside() {
        let mut memo = Memo::default();
        for _ in 0..2 {
            seen(&mut memo, KEY, b"a", &[1, 2, 3]);
        }
        let kept = |memo: &Memo| memo.get(KEY, hash(KEY, b"a"), b"a").map(|known| (known.entry, known.kept.to_vec()));
        let (entry, _) = kept(&memo).unwrap();
        for (rule, expected) in [(7, &[1, 2, 3][..]), (1, &[3, 2]), (1, &[3, 2]), (2, &[3]), (3, &[])] {
            memo.refute(entry, rule);
            assert_eq!(kept(&memo).unwrap().1, expected);
        }
        assert_eq!(seen(&mut memo, KEY, b"a", &[]).unwrap().len(), 3);
        // another value in the place of the first is not meant
        let id = memo.keep(KEY, hash(KEY, b"a"), b"a", &[1, 2, 3], false).unwrap();
        memo.refute(entry, 1);
        assert_eq!(kept(&memo).unwrap(), (id, vec![1, 2, 3]));
    }

    #[test]
    fn values_that_share_their_hash_are_told_apart() {
        let mut memo = Memo::default();
        let (one, mut other) = ([b'a'; 1600], [b'a'; 1600]);
        other[40] = b'b';

        assert_eq!(hash(KEY, &one), hash(KEY, &other));
        assert_eq!([0; 3].map(|_| seen(&mut memo, KEY, &one, &[1])).last(), Some(&Some(vec![1])));
        assert_eq!(seen(&mut memo, KEY, &other, &[2]), None);
        assert_eq!(seen(&mut memo, KEY, &other, &[2]), Some(vec![2]));
    }

    #[test]
    fn memory_is_bounded() {
        let mut memo = Memo::default();
        for number in 0..4 * TEXTS / MAX_TEXT {
            let text: Vec<u8> = number.to_le_bytes().iter().cycle().take(MAX_TEXT).copied().collect();
            for _ in 0..2 {
                seen(&mut memo, KEY, &text, &[7; MAX_RULES]);
            }
            assert_eq!(seen(&mut memo, KEY, &text, &[]), Some(vec![7; MAX_RULES]));
        }
        assert!(memo.texts.capacity() == TEXTS && memo.rules.capacity() == RULES);
    }
}
