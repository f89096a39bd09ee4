//! Which literals of a set occur in a text?
//!
//! Each literal is found by one of its 4-grams, the rarest. Sets of up to some hundred look for their grams with a [`Sieve`], where the machine
//! has the instructions, and else with Teddy (from `aho-corasick`), if they are small. Others test a set of hashed grams at the positions
//! of the text, and only where a gram may be in it is a table asked which literals to compare: there is no dependent load from byte to
//! byte as in an automaton. Literals of seven bytes and more enter four consecutive grams, so that only every fourth position has to be
//! tested. Literals under four bytes have tiers of their own, unless they are sieved: one Teddy for grams of three and four bytes finds so many
//! more false positives that it costs 1.4 times as much as two.

use std::ops::Range;

use aho_corasick::packed;
use memchr::memmem;

use super::bytes::mixed;
use super::cache::clamp;
use super::gram_table::{Entry, GramTable, Literal, gram};
use super::rarity::rarest_window;
use super::sieve::{self, Sieve};
use crate::simd::Level;

/// A set of literals with ids.
#[derive(Debug, Default)]
pub(crate) struct GramSet {
    tiers: Vec<Tier>,
}

/// Gets a literal's id and its place in the text. True ends the search.
pub(super) type Found<'f> = dyn FnMut(u32, Range<usize>) -> bool + 'f;

/// Literals whose grams have one width and which allow one stride.
#[derive(Debug)]
struct Tier {
    /// Bytes of a gram, 1-4.
    width: usize,
    /// Only positions divisible by this are tested.
    stride: usize,
    /// What finds the grams.
    finder: Finder,
    table: GramTable,
    /// Grams of three bytes, where others have four.
    short: Box<[u32]>,
}

/// Grams that were found in a text and not yet compared: what is needed to compare them comes from far caches, for all of them at the same time.
#[derive(Debug, Default)]
struct Pending {
    /// Each gram, and where it stands.
    grams: [(u32, usize); PENDING],
    len: usize,
}

const PENDING: usize = 8;

/// The longest stride; each literal enters that many grams. Twice that would test half the positions, but more often grams of ordinary words: no faster.
const STRIDE: usize = 4;
const WIDTH: usize = 4;
/// The shortest literals that a sieve finds.
const SIEVED: usize = 3;
/// The first three bytes of a gram.
const THREE: u32 = 0x00ff_ffff;
/// As many grams as Teddy takes.
const MAX_FINDER: usize = 64;
/// Up to this many grams, looking for one after the other is cheaper than Teddy.
const MAX_EACH: usize = 2;

/// So many positions of a sieve are looked at at once.
const SIFTED: usize = 16;

/// What finds the grams of a tier.
#[derive(Debug)]
enum Finder {
    /// One or two grams: SIMD, one after the other, a quarter of Teddy's instructions each.
    Each(Vec<memmem::Finder<'static>>),
    /// Some hundred: SIMD, where the machine has it. Of what it finds, most is no gram: told by the first three bytes.
    Sieve(Sieve, Bits<{ 1 << 8 }>),
    /// Few grams: SIMD.
    Teddy(packed::Searcher),
    /// Many: a look-up for each position.
    Look(Hashed),
}

impl GramSet {
    /// A set of literals. Empty ones are left out: they occur everywhere, and the caller has no use for that.
    pub(crate) fn new<'a>(literals: impl IntoIterator<Item = (u32, &'a [u8])>) -> Self {
        Self::with(Level::best(), literals)
    }

    /// A set of literals, found by the instructions of a level.
    fn with<'a>(level: Level, literals: impl IntoIterator<Item = (u32, &'a [u8])>) -> Self {
        let literals = literals.into_iter().filter(|(_, text)| !text.is_empty());
        let mut literals: Vec<Literal<'_>> = literals.map(|(id, text)| Literal { id, text }).collect();
        let plan = Plan::of(level, &literals);
        let mut tiers = Vec::new();
        for (width, stride) in [(1, 1), (2, 1), (3, 1), (WIDTH, 1), (WIDTH, STRIDE)] {
            let is_member = |literal: &mut Literal<'_>| plan.tier_of(literal.text.len()) == (width, stride);
            let members: Vec<Literal<'_>> = literals.extract_if(.., is_member).collect();
            if !members.is_empty() {
                let sieve = (plan.sieves() && (width, stride) == (WIDTH, 1)).then_some(level);
                tiers.push(Tier::new(width, stride, sieve, &members));
            }
        }
        Self { tiers }
    }

    /// Calls `found` with the id of every literal that occurs in `text` and where it does, perhaps several times, until it returns true.
    ///
    /// One function for all who call: finds are few, and a copy for each of them would not fit into the cache of instructions.
    pub(crate) fn scan(&self, text: &[u8], found: &mut Found<'_>) -> bool {
        self.tiers.iter().any(|tier| tier.scan(text, found))
    }

    /// Whether there are no literals.
    pub(crate) fn is_empty(&self) -> bool {
        self.tiers.is_empty()
    }
}

/// How the literals of a set are found.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Literals from [`SIEVED`] bytes on and under this many are found by a sieve.
    sieved_below: usize,
    /// The stride of those that a sieve does not find, if they are long enough for it.
    stride: usize,
}

impl Plan {
    fn of(level: Level, literals: &[Literal<'_>]) -> Self {
        let count = |lengths: Range<usize>| literals.iter().filter(|l| lengths.contains(&l.text.len())).count();
        let some = MAX_EACH + 1;
        if (some..=sieve::max_grams(level)).contains(&count(SIEVED..usize::MAX)) {
            return Self { sieved_below: usize::MAX, stride: 1 };
        }
        // or only those that are too short for a stride
        let stride = if literals.len() > MAX_FINDER { STRIDE } else { 1 };
        let long = WIDTH + stride - 1;
        let is_sieved = (some..=sieve::max_short_grams(level)).contains(&count(SIEVED..long));
        Self { sieved_below: if is_sieved { long } else { 0 }, stride }
    }

    fn sieves(self) -> bool {
        self.sieved_below > 0
    }

    /// The width and stride of the tier of a literal of this length.
    fn tier_of(self, len: usize) -> (usize, usize) {
        if len >= SIEVED && len < self.sieved_below {
            (WIDTH, 1)
        } else if len >= WIDTH + self.stride - 1 {
            (WIDTH, self.stride)
        } else {
            (len.min(WIDTH), 1)
        }
    }
}

impl Tier {
    /// With a sieve for a level, if one is given.
    fn new(width: usize, stride: usize, sieve: Option<Level>, literals: &[Literal<'_>]) -> Self {
        let mut entries: Vec<Entry> = Vec::with_capacity(literals.len() * stride);
        for (literal, Literal { text, .. }) in (0..).zip(literals) {
            let width = width.min(text.len());
            let start = rarest_window(text, width, stride);
            for offset in start..start + stride {
                let gram = gram(text.get(offset..offset + width).unwrap_or_default());
                let [offset, width] = [offset, width].map(clamp);
                entries.push(Entry { gram, literal, offset, width });
            }
        }
        entries.sort_unstable_by_key(|entry| u64::from(entry.gram) << 32 | u64::from(entry.literal));
        let table = GramTable::new(&entries, literals);
        let groups = table.grams().count();
        let hashed = || {
            let mut hashed = Hashed::new(groups);
            table.grams().for_each(|gram| hashed.insert(gram));
            Finder::Look(hashed)
        };
        let bytes = |gram: u32| gram.to_le_bytes().into_iter().take(width).collect::<Vec<u8>>();
        let finder = if let Some(level) = sieve {
            let mut starts = Bits::new();
            table.grams().for_each(|gram| starts.insert(gram & THREE));
            let rest = |entry: &Entry| literals.get(entry.literal as usize)?.text.get(entry.offset as usize..);
            Finder::Sieve(Sieve::new(level, &entries.iter().filter_map(rest).collect::<Vec<_>>()), starts)
        } else if stride > 1 || groups > MAX_FINDER {
            hashed()
        } else if groups <= MAX_EACH {
            Finder::Each(table.grams().map(|gram| memmem::Finder::new(&bytes(gram)).into_owned()).collect())
        } else {
            let mut teddy = packed::Config::new().builder();
            teddy.extend(table.grams().map(bytes));
            teddy.build().map_or_else(hashed, Finder::Teddy)
        };
        let short = entries.iter().filter(|entry| sieve.is_some() && entry.width < 4).map(|entry| entry.gram);
        let mut short: Vec<u32> = short.collect();
        short.dedup();
        Self { width, stride, finder, table, short: short.into() }
    }

    /// See [`GramSet::scan`].
    fn scan(&self, text: &[u8], found: &mut Found<'_>) -> bool {
        let mut pending = Pending::default();
        let is_over = self.positions(text, &mut |gram, at| {
            self.table.expect_gram(gram);
            if let Some(place) = pending.grams.get_mut(pending.len) {
                *place = (gram, at);
                pending.len += 1;
            }
            pending.len == PENDING && self.compare(&mut pending, text, found)
        });
        is_over || self.compare(&mut pending, text, found)
    }

    /// Compares what is pending.
    #[inline(never)]
    fn compare(&self, pending: &mut Pending, text: &[u8], found: &mut Found<'_>) -> bool {
        let grams = pending.grams.get(..pending.len).unwrap_or_default();
        pending.len = 0;
        // most are told by what stands beside them: the others are counted without a branch
        let (mut kept, mut count) = ([0; PENDING], 0);
        for (number, (gram, at)) in (0_u8..).zip(grams) {
            if let Some(kept) = kept.get_mut(count) {
                *kept = number;
            }
            count += usize::from(self.table.may_stand(*gram, text, *at));
        }
        let mut kept = kept.iter().take(count).filter_map(|number| grams.get(usize::from(*number)));
        kept.any(|(gram, at)| self.table.around(*gram, text, *at, found))
    }

    /// Calls `hit` with every gram at a tested position that may be one of the tier's, until it returns true.
    #[inline]
    fn positions(&self, text: &[u8], hit: &mut impl FnMut(u32, usize) -> bool) -> bool {
        match &self.finder {
            Finder::Each(finders) => {
                let mut hit = |at: usize| text.get(at..at + self.width).is_some_and(|bytes| hit(gram(bytes), at));
                finders.iter().any(|finder| each_position(text, |rest| finder.find(rest), &mut hit))
            }
            Finder::Teddy(finder) => {
                let mut hit = |at: usize| text.get(at..at + self.width).is_some_and(|bytes| hit(gram(bytes), at));
                each_position(text, |rest| finder.find(rest).map(|found| found.start()), &mut hit)
            }
            Finder::Sieve(sieve, starts) => sieve.each(text, &mut |positions, from| {
                let four = |at: usize| Some(u32::from_le_bytes(*text.get(at..)?.first_chunk()?));
                let rest = |at: usize| gram(text.get(at..).unwrap_or_default());
                positions.chunks(SIFTED).any(|positions| {
                    // most are no grams, which nobody foresees: the others are counted without a branch
                    let (mut kept, mut count) = ([0; SIFTED], 0);
                    for at in positions {
                        let at = from + *at as usize;
                        let three = four(at).unwrap_or_else(|| rest(at)) & THREE;
                        if let Some(kept) = kept.get_mut(count) {
                            *kept = at;
                        }
                        count += (starts.look(three) & 1) as usize;
                    }
                    kept.iter().take(count).any(|at| {
                        let three = || four(*at).unwrap_or_else(|| rest(*at)) & THREE;
                        four(*at).is_some_and(|four| hit(four, *at))
                            || !self.short.is_empty() && self.short.contains(&three()) && hit(three(), *at)
                    })
                })
            }),
            Finder::Look(Hashed::Few(grams)) => self.look(grams, text, hit),
            Finder::Look(Hashed::Some(grams)) => self.look(grams, text, hit),
            Finder::Look(Hashed::Many(grams)) => self.look(grams, text, hit),
            Finder::Look(Hashed::Most(grams)) => self.look(grams, text, hit),
        }
    }

    fn look<const N: usize>(&self, grams: &Bits<N>, text: &[u8], hit: &mut impl FnMut(u32, usize) -> bool) -> bool {
        match (self.width, self.stride) {
            (WIDTH, STRIDE) => aligned(grams, text, hit),
            (1, _) => every::<1, N>(grams, text, hit),
            (2, _) => every::<2, N>(grams, text, hit),
            (3, _) => every::<3, N>(grams, text, hit),
            _ => every::<4, N>(grams, text, hit),
        }
    }
}

/// Calls `hit` with every position that `find` finds, also where finds overlap, until it returns true.
#[inline]
fn each_position(text: &[u8], find: impl Fn(&[u8]) -> Option<usize>, hit: &mut impl FnMut(usize) -> bool) -> bool {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(&find) {
        if hit(from + at) {
            return true;
        }
        from += at + 1;
    }
    false
}

/// A set of hashed grams: bits. Its size is part of the type, so that look-ups need no check of bounds. At most 2 to 6 % of the bits are set: a bit that is
/// set for nothing costs a branch that nobody foresees, and a set that fills the first cache (a byte for each gram, say) costs a look-up elsewhere each time.
#[derive(Debug)]
enum Hashed {
    Few(Bits<{ 1 << 8 }>),
    Some(Bits<{ 1 << 12 }>),
    Many(Bits<{ 1 << 13 }>),
    Most(Bits<{ 1 << 15 }>),
}

#[derive(Debug)]
struct Bits<const N: usize>(Box<[u32; N]>);

impl<const N: usize> Bits<N> {
    fn new() -> Self {
        Self(vec![0; N].into_boxed_slice().try_into().expect("as long as asked for"))
    }

    /// The lowest bit tells whether a gram may be in the set: the high bits of the hash choose a word, the low bits of the gram itself a bit in it, which
    /// takes the fewest instructions.
    #[inline]
    fn look(&self, gram: u32) -> u32 {
        self.0[top::<N>(mixed(gram))] >> (gram & 31)
    }

    fn insert(&mut self, gram: u32) {
        self.0[top::<N>(mixed(gram))] |= 1 << (gram & 31);
    }
}

impl Hashed {
    /// Room for so many grams.
    fn new(grams: usize) -> Self {
        match grams {
            0..=256 => Self::Few(Bits::new()),
            257..=2048 => Self::Some(Bits::new()),
            2049..=16384 => Self::Many(Bits::new()),
            _ => Self::Most(Bits::new()),
        }
    }

    fn insert(&mut self, gram: u32) {
        match self {
            Self::Few(grams) => grams.insert(gram),
            Self::Some(grams) => grams.insert(gram),
            Self::Many(grams) => grams.insert(gram),
            Self::Most(grams) => grams.insert(gram),
        }
    }
}

/// Tests every fourth position: the text as words.
fn aligned<const N: usize>(grams: &Bits<N>, text: &[u8], hit: &mut impl FnMut(u32, usize) -> bool) -> bool {
    let (words, _) = text.as_chunks::<WIDTH>();
    let (groups, rest) = words.as_chunks::<4>();
    for (group, words) in groups.iter().enumerate() {
        // one branch for four look-ups
        let [a, b, c, d] = words.map(|word| grams.look(u32::from_le_bytes(word)));
        if (a | b | c | d) & 1 != 0 && any_word(grams, words, group * 4, hit) {
            return true;
        }
    }
    any_word(grams, rest, groups.len() * 4, hit)
}

/// Calls `hit` with every one of a few words that may be in the set, until it returns true; `at` is the number of the first. Apart, so that the loop above need not keep
/// what was looked up.
#[inline(never)]
fn any_word<const N: usize>(
    grams: &Bits<N>,
    words: &[[u8; WIDTH]],
    at: usize,
    hit: &mut impl FnMut(u32, usize) -> bool,
) -> bool {
    // first all look-ups, then what was found: mostly one, which is foreseen
    let bit = |(number, word): (usize, &[u8; WIDTH])| (grams.look(u32::from_le_bytes(*word)) & 1) << number;
    let mut found: u32 = words.iter().enumerate().map(bit).sum();
    while found != 0 {
        let number = found.trailing_zeros() as usize;
        found &= found - 1;
        let gram = words.get(number).map_or(0, |word| u32::from_le_bytes(*word));
        if hit(gram, (at + number) * WIDTH) {
            return true;
        }
    }
    false
}

/// Tests every position.
fn every<const WIDTH: usize, const N: usize>(
    grams: &Bits<N>,
    text: &[u8],
    hit: &mut impl FnMut(u32, usize) -> bool,
) -> bool {
    text.array_windows::<WIDTH>().enumerate().any(|(at, bytes)| {
        let gram = gram(bytes);
        grams.look(gram) & 1 != 0 && hit(gram, at)
    })
}

/// A place among `N`, a power of two: as many of the highest bits.
#[inline]
fn top<const N: usize>(hash: u32) -> usize {
    (hash >> (u32::BITS - N.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Long texts, in which literals stand close together: every place is found, however many there are.
    #[test]
    fn finds_every_place() {
        for piece in [
            "mimikatz",
            "ab",
            "a",
            "mimi",
            "x-mimikatz-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-ab",
        ] {
            let text = piece.repeat(9000 / piece.len());
            let literals = ["mimikatz", "mimi", "katz", "imim", "abab", "aaaa", "x-m"];
            let places = |literal: &str| {
                text.as_bytes()
                    .windows(literal.len())
                    .enumerate()
                    .filter(|(_, w)| *w == literal.as_bytes())
                    .map(|(at, _)| at)
                    .collect::<Vec<_>>()
            };
            let mut expected: Vec<(u32, usize)> =
                (0..).zip(&literals).flat_map(|(id, l)| places(l).into_iter().map(move |at| (id, at))).collect();
            expected.sort_unstable();
            for level in Level::available() {
                let set = GramSet::with(level, (0..).zip(literals.iter().map(|literal| literal.as_bytes())));
                let mut found = Vec::new();
                set.scan(text.as_bytes(), &mut |id, place| {
                    found.push((id, place.start));
                    false
                });
                found.sort_unstable();
                found.dedup();
                assert_eq!(found, expected, "{level:?} {piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn finds_what_windows_find(
            literals in prop::collection::vec("[abA.\\\\x\u{e9}]{1,30}", 0..300),
            around in prop::collection::vec(("[abA.\\\\x\u{e9}]{0,40}", 0_usize..300), 0..8),
        ) {
            // some literals stand in the text
            let piece = |(before, at): &(String, usize)| before.clone() + literals.get(*at).map_or("", String::as_str);
            let text: String = around.iter().map(piece).collect();
            let expected: Vec<u32> = (0..).zip(&literals).filter(|(_, l)| text.contains(l.as_str())).map(|(id, _)| id).collect();
            for level in Level::available() {
                let set = GramSet::with(level, (0..).zip(literals.iter().map(String::as_bytes)));
                let mut found = Vec::new();
                set.scan(text.as_bytes(), &mut |id, place| {
                    assert_eq!(&text[place], literals[id as usize]);
                    found.push(id);
                    false
                });
                found.sort_unstable();
                found.dedup();
                prop_assert_eq!(&found, &expected);
            }
        }
    }
}
