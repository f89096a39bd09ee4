//! Which rules did a value make candidates, when it was last scanned?
//!
//! Events repeat themselves: on recorded Windows events four of five strings are values that their field held shortly before (images, users,
//! channels, host names). For these, one look-up replaces folding and scanning.
//!
//! Values are compared in full, so that nobody can pass one off as another, short ones without a branch on their length; the hash only looks at samples of long values. A
//! value is kept when it is seen a second time while its first sight is remembered, which unique values (times, messages) never are.
//!
//! **Refuted rules.** A rule whose evaluation read one field and came out false is false for every event in which that field has the same only
//! value: it would read the same. So the value is no reason to try it again.
//!
//! Memory is bounded by the constants below and allocated once: when the store of texts is full, everything is forgotten.

use std::ops::Range;

use super::bytes::mix;

/// Remembers the outcome of scanning values.
#[derive(Debug)]
pub(crate) struct Memo {
    /// By place: what a hash must agree with for a look at the entry to be worth its while. So few that they stay in a near cache.
    traces: Box<[Trace]>,
    entries: Box<[Entry]>,
    /// Texts that are not short.
    texts: Vec<u8>,
    rules: Vec<u32>,
    /// The number of the last value that was kept.
    count: u32,
}

/// Parts of two hashes.
#[derive(Clone, Copy, Debug, Default)]
struct Trace {
    /// Of the value that is kept here.
    kept: u16,
    /// Of the last one that was seen here and was not kept.
    seen: u16,
}

/// The words of a short text, filled up with zeros.
type Words = [u64; SHORT / 8];

/// One line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Entry {
    /// A short text, filled up with zeros; of a longer one, where it stands in `texts` and its length.
    text: [u8; SHORT],
    key: Key,
    /// The number of the value.
    number: u32,
    /// Where its rules start.
    rules: u16,
    rule_count: u8,
    /// So many of the rules, the first ones, the value has not refuted.
    kept: u8,
    /// [`LONG`] if the text is not short.
    len: u8,
    is_hot: bool,
}

const _: () = assert!(size_of::<Entry>() == 64);

const VACANT: Entry = Entry {
    text: [0; SHORT],
    key: Key { class: 0, place: 0 },
    number: 0,
    rules: 0,
    rule_count: 0,
    kept: 0,
    len: 0,
    is_hot: false,
};

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

/// The hash of a value and of who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash(u64);

/// A power of two.
const ENTRIES: usize = 1 << 13;
/// Texts of at most so many bytes are short: nine of ten.
const SHORT: usize = 40;
/// In place of the length of longer ones.
const LONG: u8 = u8::MAX;
const TEXTS: usize = 1 << 20;
const RULES: usize = 1 << 16;
/// Longer values are scanned each time.
const MAX_TEXT: usize = 1 << 11;
/// Values that make more candidates are scanned each time.
pub(crate) const MAX_RULES: usize = u8::MAX as usize;

impl Default for Memo {
    fn default() -> Self {
        Self {
            traces: vec![Trace::default(); ENTRIES].into(),
            entries: vec![VACANT; ENTRIES].into(),
            texts: Vec::new(),
            rules: Vec::new(),
            count: 0,
        }
    }
}

impl Memo {
    /// The rules that the value at this place of a text makes candidates, if that is known, and its hash.
    #[inline]
    pub(crate) fn find(&self, key: Key, text: &[u8], place: Range<usize>) -> (Hash, Option<Known<'_>>) {
        if place.len() > SHORT {
            return self.find_long(key, text.get(place).unwrap_or_default());
        }
        let words = words(text, place.start, place.len());
        let hash = Hash::of_short(key, place.len(), words);
        let same = |entry: &&Entry| {
            let texts = words.iter().zip(entry.text.as_chunks().0);
            let differ = texts.fold(0, |differ, (one, other)| differ | one ^ u64::from_le_bytes(*other));
            entry.key == key && differ | (u64::from(entry.len) ^ place.len() as u64) == 0
        };
        (hash, self.entry(hash).filter(same).and_then(|entry| self.known(hash, entry)))
    }

    #[inline(never)]
    fn find_long(&self, key: Key, text: &[u8]) -> (Hash, Option<Known<'_>>) {
        let hash = Hash::of_long(key, text);
        let same =
            |entry: &&Entry| entry.key == key && entry.len == LONG && self.texts.get(entry.long_text()) == Some(text);
        (hash, self.entry(hash).filter(same).and_then(|entry| self.known(hash, entry)))
    }

    /// The entry of a value with this hash, if there may be one: most that are not kept are told by their trace.
    #[inline]
    fn entry(&self, hash: Hash) -> Option<&Entry> {
        if self.traces.get(hash.at())?.kept == hash.trace() { self.entries.get(hash.at()) } else { None }
    }

    #[inline]
    fn known(&self, hash: Hash, entry: &Entry) -> Option<Known<'_>> {
        let start = usize::from(entry.rules);
        let rules = self.rules.get(start..start + usize::from(entry.rule_count))?;
        let kept = rules.get(..usize::from(entry.kept))?;
        Some(Known { entry: EntryId { at: hash.at(), number: entry.number }, rules, kept, is_hot: entry.is_hot })
    }

    /// The rule is false for every event in which the value is its field's only one.
    #[inline(never)]
    pub(crate) fn refute(&mut self, id: EntryId, rule: u32) {
        let Some(entry) = self.entries.get_mut(id.at).filter(|entry| entry.number == id.number) else { return };
        let start = usize::from(entry.rules);
        let Some(kept) = self.rules.get_mut(start..start + usize::from(entry.kept)) else { return };
        if let Some(at) = kept.iter().position(|kept| *kept == rule) {
            entry.kept -= 1;
            kept.swap(at, usize::from(entry.kept));
        }
    }

    /// Whether a value that is not in the memo should be kept: it is seen for the second time.
    #[inline]
    pub(crate) fn recurs(&mut self, hash: Hash, len: usize) -> bool {
        let Some(trace) = self.traces.get_mut(hash.at()) else { return false };
        let recurs = trace.seen == hash.trace() && len <= MAX_TEXT;
        trace.seen = hash.trace();
        recurs
    }

    /// Keeps the rules that a value makes candidates which [`Self::recurs`], if they are not too many. Returns the entry.
    #[cold]
    #[inline(never)]
    pub(crate) fn keep(&mut self, key: Key, hash: Hash, text: &[u8], rules: &[u32], is_hot: bool) -> Option<EntryId> {
        let rule_count = u8::try_from(rules.len()).ok()?;
        if self.texts.capacity() == 0 {
            self.texts.reserve_exact(TEXTS);
            self.rules.reserve_exact(RULES);
        }
        if self.texts.len() + text.len() > TEXTS || self.rules.len() + rules.len() >= RULES {
            self.entries.fill(VACANT);
            self.texts.clear();
            self.rules.clear();
        }
        let mut kept = [0; SHORT];
        let mut len = LONG;
        if let Some(short) = kept.get_mut(..text.len()) {
            short.copy_from_slice(text);
            len = u8::try_from(text.len()).unwrap_or(LONG);
        } else {
            let place = [self.texts.len() as u64, text.len() as u64];
            kept.as_chunks_mut().0.iter_mut().zip(place).for_each(|(to, number)| *to = number.to_le_bytes());
            self.texts.extend_from_slice(text);
        }
        let start = u16::try_from(self.rules.len()).ok()?;
        self.rules.extend_from_slice(rules);
        self.count = self.count.wrapping_add(1).max(1);
        let (at, number) = (hash.at(), self.count);
        self.traces.get_mut(at)?.kept = hash.trace();
        *self.entries.get_mut(at)? =
            Entry { text: kept, key, number, rules: start, rule_count, kept: rule_count, len, is_hot };
        Some(EntryId { at, number })
    }
}

impl Entry {
    /// Where a text stands that is not short.
    fn long_text(&self) -> Range<usize> {
        let [start, len, ..] = self.text.as_chunks().0 else { return 0..0 };
        let [start, len] = [start, len].map(|bytes| usize::try_from(u64::from_le_bytes(*bytes)).unwrap_or(0));
        start..start + len
    }
}

const K: [u64; 4] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB];

impl Hash {
    #[inline]
    fn of_short(key: Key, len: usize, words: Words) -> Self {
        let even = words[0] ^ words[2].rotate_left(13) ^ words[4].rotate_left(29);
        let odd = words[1] ^ words[3].rotate_left(13);
        Self(mix(even ^ key.seed(len), odd ^ K[1]))
    }

    /// Of longer texts: their ends and places between.
    fn of_long(key: Key, text: &[u8]) -> Self {
        let word = |at: usize| text.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |word| u64::from_le_bytes(*word));
        let len = text.len();
        let seed = key.seed(len);
        let ends = mix(word(0) ^ K[0] ^ seed, word(8) ^ K[1]) ^ mix(word(len - 16) ^ K[2], word(len - 8) ^ K[3]);
        // the shortest whole, the longest at 16 places
        let step = (len / 16).max(16);
        let inner = (16..len - 16).step_by(step);
        Self(inner.fold(ends, |hash, at| hash.rotate_left(9) ^ mix(word(at) ^ K[1], word(at + 8) ^ K[2])))
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits choose the entry")]
    fn at(self) -> usize {
        self.0 as usize & (ENTRIES - 1)
    }

    /// Other bits than those that choose the entry.
    #[inline]
    fn trace(self) -> u16 {
        (self.0 >> 48) as u16
    }
}

impl Key {
    #[inline]
    fn seed(self, len: usize) -> u64 {
        (u64::from(self.class) << 32 | u64::from(self.place)).wrapping_mul(K[3]) ^ len as u64
    }
}

/// Ones, then zeros: of the bytes from `SHORT - len` on, the first `len` are ones.
static MASKS: [u8; 2 * SHORT] = {
    let mut masks = [0; 2 * SHORT];
    let mut at = 0;
    while at < SHORT {
        masks[at] = 0xff;
        at += 1;
    }
    masks
};

/// The `len` bytes from `start` on, at most [`SHORT`], filled up with zeros.
#[inline]
fn words(text: &[u8], start: usize, len: usize) -> Words {
    let masks = MASKS.get(SHORT - len..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; SHORT]);
    match text.get(start..).and_then(<[u8]>::first_chunk) {
        Some(block) => masked(block, masks),
        None => last_words(text, start, masks),
    }
}

#[inline]
fn masked(block: &[u8; SHORT], masks: &[u8; SHORT]) -> Words {
    let mut words = [0; SHORT / 8];
    for ((word, bytes), mask) in words.iter_mut().zip(block.as_chunks().0).zip(masks.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes) & u64::from_le_bytes(*mask);
    }
    words
}

/// Near the end of the text.
#[cold]
#[inline(never)]
fn last_words(text: &[u8], start: usize, masks: &[u8; SHORT]) -> Words {
    let mut last = [0; SHORT];
    last.iter_mut().zip(text.get(start..).unwrap_or_default()).for_each(|(to, from)| *to = *from);
    masked(&last, masks)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { class: 1, place: 8 };

    fn seen(memo: &mut Memo, key: Key, text: &[u8], rules: &[u32]) -> Option<Vec<u32>> {
        let (hash, known) = memo.find(key, text, 0..text.len());
        let known = known.map(|known| known.rules.to_vec());
        if known.is_none() && memo.recurs(hash, text.len()) {
            memo.keep(key, hash, text, rules, false);
        }
        known
    }

    #[test]
    fn values_are_kept_at_the_second_sight() {
        let mut memo = Memo::default();
        for text in [&b""[..], b"a", b"12345678", &[7; 17], &[7; 39], &[7; 40], &[7; 41], &[7; MAX_TEXT]] {
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
        let kept = |memo: &Memo| memo.find(KEY, b"a", 0..1).1.map(|known| (known.entry, known.kept.to_vec()));
        let (entry, _) = kept(&memo).unwrap();
        for (rule, expected) in [(7, &[1, 2, 3][..]), (1, &[3, 2]), (1, &[3, 2]), (2, &[3]), (3, &[])] {
            memo.refute(entry, rule);
            assert_eq!(kept(&memo).unwrap().1, expected);
        }
        assert_eq!(seen(&mut memo, KEY, b"a", &[]).unwrap().len(), 3);
        // another value in the place of the first is not meant
        let id = memo.keep(KEY, memo.find(KEY, b"a", 0..1).0, b"a", &[1, 2, 3], false).unwrap();
        memo.refute(entry, 1);
        assert_eq!(kept(&memo).unwrap(), (id, vec![1, 2, 3]));
    }

    #[test]
    fn values_that_share_their_hash_are_told_apart() {
        let mut memo = Memo::default();
        let (one, mut other) = ([b'a'; 1600], [b'a'; 1600]);
        other[40] = b'b';

        assert_eq!(Hash::of_long(KEY, &one), Hash::of_long(KEY, &other));
        assert_eq!([0; 3].map(|_| seen(&mut memo, KEY, &one, &[1])).last(), Some(&Some(vec![1])));
        assert_eq!(seen(&mut memo, KEY, &other, &[2]), None);
        assert_eq!(seen(&mut memo, KEY, &other, &[2]), Some(vec![2]));
    }

    #[test]
    fn what_stands_around_a_value_does_not_count() {
        let mut memo = Memo::default();
        let text = [b'x'; 200];
        for len in [0, 1, 7, 8, 39, 40, 41, 100] {
            for _ in 0..3 {
                seen(&mut memo, KEY, &text[..len], &[1]);
            }
            let mut around = [b'y'; 300];
            for start in [0, 1, 130, 300 - len] {
                around[start..start + len].fill(b'x');
                assert!(memo.find(KEY, &around, start..start + len).1.is_some(), "{len} bytes at {start}");
                around.fill(b'y');
            }
            around[..len].fill(b'x');
            around[len] = 0;
            assert!(memo.find(KEY, &around, 0..len + 1).1.is_none());
            if len > 0 {
                around[len - 1] = b'X';
                assert!(memo.find(KEY, &around, 0..len).1.is_none());
            }
        }
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
