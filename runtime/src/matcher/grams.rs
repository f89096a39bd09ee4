//! Which literals of a set occur in a text?
//!
//! Each literal is found by one of its 4-grams, the rarest. Small sets look for their grams with SIMD (Teddy, from `aho-corasick`). Larger
//! ones test a bitmap over hashed grams at the positions of the text, and only where it has a bit is a table asked which literals to
//! compare: there is no dependent load from byte to byte as in an automaton. Literals of seven bytes and more enter four
//! consecutive grams, so that only every fourth position has to be tested. Literals under four bytes have tiers of their own.

use aho_corasick::packed;

use super::rarity;

/// A set of literals with ids.
#[derive(Debug, Default)]
pub(crate) struct GramSet {
    tiers: Vec<Tier>,
    literals: Vec<Literal>,
}

#[derive(Debug)]
struct Literal {
    id: u32,
    text: Box<[u8]>,
}

/// Literals whose grams have one width and which allow one stride.
#[derive(Debug)]
struct Tier {
    /// Bytes of a gram, 1-4.
    width: usize,
    /// Only positions divisible by this are tested.
    stride: usize,
    /// Finds the grams, where they are few.
    finder: Option<packed::Searcher>,
    /// 32 - log2(bits of `bitmap`).
    shift: u32,
    bitmap: Box<[u64]>,
    /// Open-addressed by gram; `len == 0` is empty.
    table: Box<[Bucket]>,
    /// (index into `literals`, offset of the gram in the literal).
    places: Box<[(u32, u32)]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    gram: u32,
    start: u32,
    len: u32,
}

/// The longest stride; each literal enters that many grams.
const STRIDE: usize = 4;
const WIDTH: usize = 4;
/// As many grams as Teddy takes.
const MAX_FINDER: usize = 64;

impl GramSet {
    /// A set of literals. Empty ones are left out: they occur everywhere, and the caller has no use for that.
    pub(crate) fn new<'a>(literals: impl IntoIterator<Item = (u32, &'a [u8])>) -> Self {
        let literals: Vec<Literal> = literals
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(id, text)| Literal { id, text: text.into() })
            .collect();
        let few = literals.len() <= MAX_FINDER;
        let tier_of = |len: usize| {
            if len >= WIDTH + STRIDE - 1 && !few { (WIDTH, STRIDE) } else { (len.min(WIDTH), 1) }
        };
        let mut tiers = Vec::new();
        for (width, stride) in [(1, 1), (2, 1), (3, 1), (WIDTH, 1), (WIDTH, STRIDE)] {
            let members: Vec<u32> = (0..)
                .zip(&literals)
                .filter(|(_, literal)| tier_of(literal.text.len()) == (width, stride))
                .map(|(at, _)| at)
                .collect();
            if !members.is_empty() {
                tiers.push(Tier::new(width, stride, &members, &literals));
            }
        }
        Self { tiers, literals }
    }

    /// Calls `found` with the id of every literal that occurs in `text` and where it starts, perhaps several times, until it returns true.
    #[inline]
    pub(crate) fn scan(&self, text: &[u8], mut found: impl FnMut(u32, usize) -> bool) -> bool {
        self.tiers.iter().any(|tier| {
            tier.positions(text, &mut |gram, at| {
                tier.places_of(gram).iter().any(|&(index, offset)| {
                    let Some(literal) = self.literals.get(index as usize) else { return false };
                    let Some(start) = at.checked_sub(offset as usize) else { return false };
                    text.get(start..start + literal.text.len()) == Some(&*literal.text) && found(literal.id, start)
                })
            })
        })
    }

    /// Whether there are no literals.
    pub(crate) fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }
}

impl Tier {
    fn new(width: usize, stride: usize, members: &[u32], literals: &[Literal]) -> Self {
        let mut entries: Vec<(u32, u32, u32)> = Vec::with_capacity(members.len() * stride);
        for &index in members {
            let Some(literal) = literals.get(index as usize) else { continue };
            let start = best_window(&literal.text, width, stride);
            for offset in start..start + stride {
                if let Some(bytes) = literal.text.get(offset..offset + width) {
                    entries.push((gram(bytes), index, u32::try_from(offset).unwrap_or(u32::MAX)));
                }
            }
        }
        entries.sort_unstable();
        let places: Box<[(u32, u32)]> = entries.iter().map(|&(_, index, offset)| (index, offset)).collect();
        let groups = entries.chunk_by(|a, b| a.0 == b.0).count();
        // 64 bits for each gram keep false positives near 1 %, as long as the bitmap stays in the first cache; 16 bits near 6 %
        let roomy = (groups * 64).next_power_of_two().min(1 << 18);
        let bits = (groups * 16).next_power_of_two().max(roomy).clamp(1 << 12, 1 << 21);
        let shift = 32 - bits.trailing_zeros();
        let mut bitmap = vec![0_u64; bits / 64].into_boxed_slice();
        let size = (groups * 2).next_power_of_two();
        let mut table = vec![Bucket::default(); size].into_boxed_slice();
        let mut finder = packed::Config::new().builder();
        let mut start = 0;
        for group in entries.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(gram, ..)) = group.first() else { continue };
            let hash = spread(gram) >> shift;
            if let Some(word) = bitmap.get_mut((hash >> 6) as usize) {
                *word |= 1 << (hash & 63);
            }
            if groups <= MAX_FINDER {
                finder.add(gram.to_le_bytes().get(..width).unwrap_or_default());
            }
            let len = u32::try_from(group.len()).unwrap_or(u32::MAX);
            let mut at = home(gram, size);
            while let Some(bucket) = table.get_mut(at) {
                if bucket.len == 0 {
                    *bucket = Bucket { gram, start, len };
                    break;
                }
                at = (at + 1) & (size - 1);
            }
            start += len;
        }
        let finder = if groups <= MAX_FINDER && stride == 1 { finder.build() } else { None };
        Self { width, stride, finder, shift, bitmap, table, places }
    }

    /// Calls `hit` with every gram at a tested position that has a bit in the bitmap, until it returns true.
    #[inline]
    fn positions(&self, text: &[u8], hit: &mut impl FnMut(u32, usize) -> bool) -> bool {
        if let Some(finder) = &self.finder {
            return self.found(finder, text, hit);
        }
        match (self.width, self.stride) {
            (WIDTH, STRIDE) => self.aligned(text, hit),
            (1, _) => self.every::<1>(text, hit),
            (2, _) => self.every::<2>(text, hit),
            (3, _) => self.every::<3>(text, hit),
            _ => self.every::<4>(text, hit),
        }
    }

    fn found(&self, finder: &packed::Searcher, text: &[u8], hit: &mut impl FnMut(u32, usize) -> bool) -> bool {
        let mut from = 0;
        while let Some(found) = finder.find_in(text, (from..text.len()).into()) {
            let at = found.start();
            if text.get(at..at + self.width).is_some_and(|bytes| hit(gram(bytes), at)) {
                return true;
            }
            from = at + 1;
        }
        false
    }

    /// Tests every fourth position: the text as words.
    fn aligned(&self, text: &[u8], hit: &mut impl FnMut(u32, usize) -> bool) -> bool {
        let (words, _) = text.as_chunks::<WIDTH>();
        let (bitmap, shift) = (&*self.bitmap, self.shift);
        words.iter().enumerate().any(|(at, word)| {
            let gram = u32::from_le_bytes(*word);
            has_bit(bitmap, shift, gram) && hit(gram, at * WIDTH)
        })
    }

    /// Tests every position.
    fn every<const N: usize>(&self, text: &[u8], hit: &mut impl FnMut(u32, usize) -> bool) -> bool {
        let (bitmap, shift) = (&*self.bitmap, self.shift);
        text.array_windows::<N>().enumerate().any(|(at, bytes)| {
            let gram = gram(bytes);
            has_bit(bitmap, shift, gram) && hit(gram, at)
        })
    }

    #[inline]
    fn places_of(&self, gram: u32) -> &[(u32, u32)] {
        let mut at = home(gram, self.table.len());
        while let Some(bucket) = self.table.get(at) {
            if bucket.len == 0 {
                break;
            }
            if bucket.gram == gram {
                return self
                    .places
                    .get(bucket.start as usize..(bucket.start + bucket.len) as usize)
                    .unwrap_or_default();
            }
            at = (at + 1) & (self.table.len() - 1);
        }
        &[]
    }
}

#[inline]
fn has_bit(bitmap: &[u64], shift: u32, gram: u32) -> bool {
    let hash = spread(gram) >> shift;
    bitmap.get((hash >> 6) as usize).is_some_and(|word| word >> (hash & 63) & 1 != 0)
}

#[inline]
fn spread(gram: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B1)
}

fn home(gram: u32, size: usize) -> usize {
    (spread(gram) >> 8) as usize & (size - 1)
}

/// Up to four bytes as a number.
#[inline]
fn gram(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// Where the window of `stride` grams starts that is expected least often in events.
fn best_window(text: &[u8], width: usize, stride: usize) -> usize {
    let windows = text.windows(width + stride - 1);
    let cost = |window: &[u8]| window.windows(width).map(rarity::weight).sum::<u64>();
    windows.enumerate().min_by_key(|(_, window)| cost(window)).map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_windows_find(
            literals in prop::collection::vec("[ab.\\\\x]{1,12}", 0..120),
            text in "[ab.\\\\x]{0,90}",
        ) {
            let set = GramSet::new((0..).zip(literals.iter().map(String::as_bytes)));
            let mut found = Vec::new();
            set.scan(text.as_bytes(), |id, _| { found.push(id); false });
            found.sort_unstable();
            found.dedup();
            let expected: Vec<u32> = (0..).zip(&literals).filter(|(_, l)| text.contains(l.as_str())).map(|(id, _)| id).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
