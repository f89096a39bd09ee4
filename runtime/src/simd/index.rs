//! The first pass over a line of JSON: where are its unescaped quotes, its backslashes, its bytes that are no printable ASCII?
//!
//! Everything later jumps from quote to quote, so this and the search for keywords are the only code that looks at every byte. Every level fills the same
//! [`Index`].

use super::positions::write_quotes;
use super::{BLOCK, Level};

/// What the first pass found; reused from line to line.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Positions of unescaped quotes; only the first `quote_count` count, the rest is room.
    quotes: Vec<u32>,
    quote_count: usize,
    /// For each 64 bytes: which are backslashes, which are odd (control characters, above 0x7f). Only the first `blocks` count.
    marks: Vec<[u64; 2]>,
    blocks: usize,
    rare: Rare,
    /// Some byte is odd.
    pub(crate) has_odd: bool,
    /// Some byte is a backslash.
    pub(crate) has_backslash: bool,
}

/// One block of the line.
const BLOCK_U32: u32 = 64;

/// Room is given back after lines that needed more positions than this.
const KEPT_QUOTES: usize = 1 << 20;

impl Index {
    /// Positions of unescaped quotes in order, then twice the length of the line.
    pub(crate) fn quotes(&self) -> &[u32] {
        &self.quotes[..self.quote_count + 2]
    }

    /// For each block of 64 bytes: its backslashes and its odd bytes. After the last block, one that has none.
    pub(crate) fn marks(&self) -> &[[u64; 2]] {
        &self.marks[..self.blocks]
    }

    /// The same, to take marks off.
    pub(crate) fn marks_mut(&mut self) -> &mut [[u64; 2]] {
        &mut self.marks[..self.blocks]
    }

    /// Positions of what stands behind the backslash in `\u` and `\/`.
    pub(crate) fn odd_escapes(&self) -> &[u32] {
        &self.rare.odd_escapes
    }

    /// The first character that must not follow a backslash.
    pub(crate) fn bad_escape(&self) -> Option<u32> {
        self.rare.bad_escape
    }

    /// Marks a byte as odd.
    pub(crate) fn mark_odd(&mut self, at: usize) {
        self.has_odd = true;
        if let Some(marks) = self.marks.get_mut(at / BLOCK) {
            marks[1] |= 1 << (at % BLOCK);
        }
    }

    /// Reads a line of fewer than 2^31 bytes.
    pub(crate) fn fill(&mut self, level: Level, line: &[u8]) {
        // the last block of the line, which may be empty, and one more
        self.blocks = line.len() / BLOCK + 2;
        if self.quotes.len() > KEPT_QUOTES && line.len() < KEPT_QUOTES {
            self.quotes = Vec::new();
            self.marks = Vec::new();
        }
        if self.marks.len() < self.blocks {
            self.marks.resize(self.blocks, [0; 2]);
        }
        self.marks[self.blocks - 1] = [0; 2];
        self.rare.odd_escapes.clear();
        self.rare.bad_escape = None;
        self.has_odd = false;
        self.quote_count = 0;
        match level {
            Level::Portable => portable(self, line),
            // SAFETY: every x86-64 machine has SSE2
            #[cfg(target_arch = "x86_64")]
            Level::Sse2 => unsafe { x86::sse2(self, line) },
            // SAFETY: `Level::available` names this level only where its features were detected
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { x86::avx2(self, line) },
            // SAFETY: as above
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { x86::avx512(self, line) },
        }
        room(&mut self.quotes, self.quote_count);
        #[expect(clippy::cast_possible_truncation, reason = "the caller bounds the length")]
        let end = line.len() as u32;
        self.quotes[self.quote_count..self.quote_count + 2].fill(end);
    }
}

/// Room for the positions of one block.
#[inline(always)]
fn room(quotes: &mut Vec<u32>, count: usize) -> &mut [u32; BLOCK] {
    #[cold]
    fn grow(quotes: &mut Vec<u32>) {
        quotes.resize(quotes.len() * 2 + 4 * BLOCK, 0);
    }
    if quotes.len() < count + BLOCK {
        grow(quotes);
    }
    quotes[count..].first_chunk_mut().expect("grown above")
}

/// What few lines have.
#[derive(Debug, Default)]
struct Rare {
    odd_escapes: Vec<u32>,
    bad_escape: Option<u32>,
}

impl Rare {
    /// Looks at what follows backslashes in one block, where that is not one of the frequent escapes.
    #[cold]
    fn check_escapes(&mut self, block: &[u8; BLOCK], base: u32, mut escaped: u64) {
        while escaped != 0 {
            let at = escaped.trailing_zeros();
            match block[at as usize & (BLOCK - 1)] {
                b'b' => {}
                b'u' | b'/' => self.odd_escapes.push(base + at),
                _ => self.bad_escape = Some(self.bad_escape.unwrap_or(base + at)),
            }
            escaped &= escaped - 1;
        }
    }
}

/// Which bytes of a block are backslashes, quotes, letters of the frequent escapes, odd: below 0x20 or above 0x7f.
#[derive(Clone, Copy, Debug)]
struct Masks {
    backslash: u64,
    quote: u64,
    usual: u64,
    odd: u64,
}

/// Which characters are escaped, given the backslashes of a block; `carry` is whether its first character is. Runs of
/// backslashes are resolved by one subtraction, whose borrows travel along each run.
#[inline]
pub(super) fn escaped(backslash: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let opening = backslash & !*carry;
    let codes = ((opening << 1) | ODD).wrapping_sub(opening) ^ ODD;
    let escaped = codes ^ (backslash | *carry);
    *carry = (codes & backslash) >> 63;
    escaped
}

/// The loop over the blocks of a line, compiled once for each level.
macro_rules! scanner {
    ($(#[$attribute:meta])* $visibility:vis $name:ident, $masks:path, $write:path, $fill:path) => {
        $(#[$attribute])*
        $visibility fn $name(index: &mut Index, line: &[u8]) {
            let (blocks, rest) = line.as_chunks::<BLOCK>();
            let mut last = [b' '; BLOCK];
            let (mut base, mut carry, mut odd, mut backslash, mut count) = (0, 0, 0, 0, 0);
            let mut marks = index.marks.iter_mut();
            let mut blocks = blocks.iter();
            loop {
                let block = match blocks.next() {
                    Some(block) => block,
                    None if base as usize + rest.len() == line.len() => {
                        $fill(&mut last, rest);
                        &last
                    }
                    None => break,
                };
                let masks = $masks(block);
                odd |= masks.odd;
                backslash |= masks.backslash;
                if let Some(marks) = marks.next() {
                    *marks = [masks.backslash, masks.odd];
                }
                let escaped = escaped(masks.backslash, &mut carry);
                let unusual = escaped & !(masks.usual | masks.quote);
                if unusual != 0 {
                    index.rare.check_escapes(block, base, unusual);
                }
                let quotes = masks.quote & !escaped;
                $write(room(&mut index.quotes, count), quotes, base);
                count += quotes.count_ones() as usize;
                base += BLOCK_U32;
            }
            index.quote_count = count;
            index.has_odd = odd != 0;
            index.has_backslash = backslash != 0;
        }
    };
}

/// What frequently stands behind a backslash besides a quote. No two have the same low four bits, so a table of 16 finds
/// them: a byte belongs to the set if it equals the entry of its low bits.
const USUAL: [u8; 5] = *b"\\fnrt";

/// The entries of that table for each 16 bytes of a vector. 0xff is equal to no byte that is looked up.
#[cfg(target_arch = "x86_64")]
const USUAL_TABLE: [u8; BLOCK] = {
    let mut table = [0xff; BLOCK];
    let mut at = 0;
    while at < USUAL.len() * 4 {
        let byte = USUAL[at / 4];
        table[at % 4 * 16 + (byte & 15) as usize] = byte;
        at += 1;
    }
    table
};

scanner!(portable, portable_masks, write_quotes, fill);

/// Copies the last bytes of a line, which are fewer than a block.
fn fill(last: &mut [u8; BLOCK], rest: &[u8]) {
    last[..rest.len()].copy_from_slice(rest);
}

/// Eight bytes at a time: a byte equal to the pattern becomes zero by XOR, and exactly the zero bytes keep their top bit.
fn portable_masks(block: &[u8; BLOCK]) -> Masks {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let equal = |word: u64, byte: u8| {
        let difference = word ^ u64::from(byte).wrapping_mul(0x0101_0101_0101_0101);
        !(((difference & LOW) + LOW) | difference | LOW)
    };
    // gathers the top bits of eight bytes
    let gather = |tops: u64| (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    let mut masks = Masks { backslash: 0, quote: 0, usual: 0, odd: 0 };
    for (number, word) in block.as_chunks::<8>().0.iter().enumerate() {
        let (word, shift) = (u64::from_le_bytes(*word), number * 8);
        masks.backslash |= gather(equal(word, b'\\')) << shift;
        masks.quote |= gather(equal(word, b'"')) << shift;
        masks.usual |= gather(USUAL.iter().fold(0, |bits, &byte| bits | equal(word, byte))) << shift;
        masks.odd |= gather((word & !LOW) | equal(word & 0xe0e0_e0e0_e0e0_e0e0, 0)) << shift;
    }
    masks
}

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by one look at each byte.
    fn plain(line: &[u8]) -> (Vec<u32>, Vec<[u64; 2]>, Vec<u32>, Option<u32>) {
        let (mut quotes, mut marks, mut odd_escapes, mut bad) =
            (vec![], vec![[0; 2]; line.len() / 64 + 1], vec![], None);
        let mut escaped = false;
        for (at, &byte) in line.iter().enumerate() {
            let position = u32::try_from(at).unwrap();
            marks[at / 64][0] |= u64::from(byte == b'\\') << (at % 64);
            marks[at / 64][1] |= u64::from(!(b' '..0x80).contains(&byte)) << (at % 64);
            match byte {
                b'"' if !escaped => quotes.push(position),
                b'u' | b'/' if escaped => odd_escapes.push(position),
                _ if escaped && !br#""\/bfnrt"#.contains(&byte) => bad = bad.or(Some(position)),
                _ => {}
            }
            escaped = byte == b'\\' && !escaped;
        }
        (quotes, marks, odd_escapes, bad)
    }

    fn check(line: &[u8]) {
        let expected = plain(line);
        let mut index = Index::default();
        for level in Level::available() {
            index.fill(level, line);
            let quotes = index.quotes();
            let found = (
                quotes[..quotes.len() - 2].to_vec(),
                index.marks()[..=line.len() / 64].to_vec(),
                index.odd_escapes().to_vec(),
                index.bad_escape(),
            );
            // where a line ends in a backslash, the padding is "escaped"
            if expected.3.is_some() || found.3.is_none_or(|at| (at as usize) < line.len()) {
                assert_eq!(found, expected, "{level:?} {:?}", String::from_utf8_lossy(line));
            }
            assert_eq!(index.has_odd, line.iter().any(|byte| !(b' '..0x80).contains(byte)));
        }
    }

    #[test]
    fn runs_of_backslashes_at_every_place() {
        for before in 0..70 {
            for run in 0..70 {
                let line = [vec![b'a'; before], vec![b'\\'; run], b"\"u\"".to_vec()].concat();
                check(&line);
            }
        }
        check(&[b'"'; 1000]);
        check(&[b'\\'; 1000]);
        check(b"");
    }

    proptest! {
        #[test]
        fn levels_agree(line in proptest::collection::vec(prop_oneof![3 => Just(b'\\'), 3 => Just(b'"'), 1 => Just(b'u'), 1 => Just(b'n'), 2 => any::<u8>()], 0..400)) {
            check(&line);
        }
    }
}
