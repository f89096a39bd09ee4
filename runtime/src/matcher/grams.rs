//! Which literals of a set occur in a text?
//!
//! Each literal is found by one of its 4-grams, the rarest: a bitmap over hashed grams is tested at the positions of the text, and only
//! where it has a bit is a table asked which literals to compare. There is no dependent load from byte to byte as in an automaton.
//! Literals of seven bytes and more enter four consecutive grams, so that only every fourth position of the text has to be tested:
//! on command lines that is a third of the time of testing each position. Literals under four bytes have tiers of their own.

use super::bytes;

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
    /// 64 - log2(bits of `bitmap`).
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
/// Letters differ from their other case in this bit: grams are compared with it set, so that unfolded ASCII can be scanned too.
const CASE_BITS: u32 = 0x2020_2020;

impl GramSet {
    /// A set of folded literals. Empty literals are left out: they occur everywhere, and the caller has no use for that.
    pub(crate) fn new<'a>(literals: impl IntoIterator<Item = (u32, &'a [u8])>) -> Self {
        let literals: Vec<Literal> = literals
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(id, text)| Literal { id, text: text.into() })
            .collect();
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

    /// Calls `found` with the id of every literal that occurs in folded `text`, perhaps several times, until it returns true.
    #[inline]
    pub(crate) fn scan(&self, text: &[u8], mut found: impl FnMut(u32) -> bool) -> bool {
        self.tiers.iter().any(|tier| {
            tier.positions(text, |gram, at| {
                tier.places_of(gram).iter().any(|&(index, offset)| {
                    let Some(literal) = self.literals.get(index as usize) else { return false };
                    let Some(start) = at.checked_sub(offset as usize) else { return false };
                    text.get(start..start + literal.text.len()) == Some(&*literal.text) && found(literal.id)
                })
            })
        })
    }

    /// Whether some literal may occur in text that is neither folded nor unescaped: false is certain for plain ASCII with simple
    /// escapes (`\\`, `\n`; not `\u`), because then every gram that [`Tier::new`] prefers stands in it as it is.
    #[inline]
    pub(crate) fn may_occur(&self, text: &[u8]) -> bool {
        self.tiers.iter().any(|tier| tier.positions(text, |gram, _| !tier.places_of(gram).is_empty()))
    }

    /// Whether [`Self::may_occur`] may be relied on: no literal had to use a gram with a character that JSON escapes.
    pub(crate) fn is_escape_free(&self) -> bool {
        self.tiers.iter().all(|tier| {
            tier.places.iter().all(|&(index, offset)| {
                let Some(literal) = self.literals.get(index as usize) else { return false };
                let gram = literal.text.get(offset as usize..offset as usize + tier.width);
                gram.is_some_and(|gram| !gram.iter().any(|b| is_escaped(*b)))
            })
        })
    }

    /// Whether there are no literals.
    pub(crate) fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }
}

fn tier_of(len: usize) -> (usize, usize) {
    if len >= WIDTH + STRIDE - 1 { (WIDTH, STRIDE) } else { (len.min(WIDTH), 1) }
}

/// Characters that stand in JSON strings as escapes, or are not ASCII.
fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte >= 0x7f || matches!(byte, b'"' | b'\\' | b'/')
}

impl Tier {
    fn new(width: usize, stride: usize, members: &[u32], literals: &[Literal]) -> Self {
        let mut entries: Vec<(u32, u32, u32)> = Vec::with_capacity(members.len() * stride);
        for &index in members {
            let Some(literal) = literals.get(index as usize) else { continue };
            let start = best_window(&literal.text, width, stride);
            for offset in start..start + stride {
                if let Some(gram) = literal.text.get(offset..).and_then(|tail| gram(tail, width)) {
                    entries.push((gram, index, u32::try_from(offset).unwrap_or(u32::MAX)));
                }
            }
        }
        entries.sort_unstable();
        let places: Box<[(u32, u32)]> = entries.iter().map(|&(_, index, offset)| (index, offset)).collect();
        let groups = entries.chunk_by(|a, b| a.0 == b.0).count();
        // 16 bits for each gram keep false positives near 6 %; 2^12 bits is one kilobyte half: smaller saves nothing
        let bits = (entries.len() * 16).next_power_of_two().clamp(1 << 12, 1 << 21);
        let shift = 64 - bits.trailing_zeros();
        let mut bitmap = vec![0_u64; bits / 64].into_boxed_slice();
        let size = (groups * 2).next_power_of_two();
        let mut table = vec![Bucket::default(); size].into_boxed_slice();
        let mut start = 0;
        for group in entries.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(gram, ..)) = group.first() else { continue };
            let hash = spread(gram) >> shift;
            if let Some(word) = bitmap.get_mut((hash >> 6) as usize) {
                *word |= 1 << (hash & 63);
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
        Self { width, stride, shift, bitmap, table, places }
    }

    /// Calls `hit` with every gram at a tested position that has a bit in the bitmap, until it returns true.
    #[inline]
    fn positions(&self, text: &[u8], mut hit: impl FnMut(u32, usize) -> bool) -> bool {
        let mask = u32::MAX >> (8 * (WIDTH - self.width));
        let mut at = 0;
        let mut rest = text;
        while let Some(word) = rest.first_chunk::<WIDTH>() {
            let gram = (u32::from_le_bytes(*word) | CASE_BITS) & mask;
            if self.has_bit(gram) && hit(gram, at) {
                return true;
            }
            at += self.stride;
            rest = text.get(at..).unwrap_or_default();
        }
        while let Some(gram) = gram(rest, self.width) {
            if self.has_bit(gram) && hit(gram, at) {
                return true;
            }
            at += self.stride;
            rest = text.get(at..).unwrap_or_default();
        }
        false
    }

    #[inline]
    fn has_bit(&self, gram: u32) -> bool {
        let hash = spread(gram) >> self.shift;
        self.bitmap.get((hash >> 6) as usize).is_some_and(|word| word >> (hash & 63) & 1 != 0)
    }

    fn places_of(&self, gram: u32) -> &[(u32, u32)] {
        let mut at = home(gram, self.table.len());
        while let Some(bucket) = self.table.get(at) {
            if bucket.len == 0 {
                break;
            }
            if bucket.gram == gram {
                return self.places.get(bucket.start as usize..(bucket.start + bucket.len) as usize).unwrap_or_default();
            }
            at = (at + 1) & (self.table.len() - 1);
        }
        &[]
    }
}

fn spread(gram: u32) -> u64 {
    u64::from(gram).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[expect(clippy::cast_possible_truncation, reason = "masked to the table's size")]
fn home(gram: u32, size: usize) -> usize {
    (spread(gram) >> 20) as usize & (size - 1)
}

/// The first `width` bytes as a gram, if there are as many.
fn gram(text: &[u8], width: usize) -> Option<u32> {
    let bytes = text.get(..width)?;
    let word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    Some((word | CASE_BITS) & (u32::MAX >> (8 * (WIDTH - width))))
}

/// Where the rarest window of `stride` grams starts. Grams with characters that JSON escapes are taken only where nothing else is left.
fn best_window(text: &[u8], width: usize, stride: usize) -> usize {
    let span = width + stride - 1;
    let cost = |window: &[u8]| -> (usize, u32) {
        let escaped = window.iter().filter(|b| is_escaped(**b)).count();
        let common = window.windows(width).map(|gram| gram.iter().map(|b| u32::from(bytes::rank(*b))).sum::<u32>().pow(2) / 64);
        (escaped, common.sum())
    };
    text.windows(span).enumerate().min_by_key(|(_, window)| cost(window)).map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_windows_find(literals in prop::collection::vec("[ab.\\\\x]{1,12}", 0..40), text in "[ab.\\\\x]{0,60}") {
            let set = GramSet::new((0..).zip(literals.iter().map(String::as_bytes)));
            let mut found = Vec::new();
            set.scan(text.as_bytes(), |id| { found.push(id); false });
            found.sort_unstable();
            found.dedup();
            let expected: Vec<u32> = (0..).zip(&literals).filter(|(_, l)| text.contains(l.as_str())).map(|(id, _)| id).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn unfolded_text_is_never_ruled_out(literal in "[a-z0-9 .]{1,12}", before in "[a-z]{0,9}", after in "[a-z]{0,9}") {
            let set = GramSet::new([(0, literal.as_bytes())]);
            prop_assert!(set.is_escape_free());
            let text = format!("{before}{literal}{after}").to_uppercase();
            prop_assert!(set.may_occur(text.as_bytes()));
        }
    }
}
