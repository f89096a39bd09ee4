//! The first pass over a line of JSON: where are its unescaped quotes, its backslashes, its bytes above 0x7f?
//!
//! Everything later jumps from quote to quote, so this is the only code that looks at every byte, and the only code that
//! uses vector instructions. The level is chosen once for each machine ([`Level::detect`]); every level fills the same
//! [`Index`], and the tests hold them against each other. `unsafe` is confined to this module: to the calls into functions
//! compiled for a level that was detected, and to vector loads from arrays of the right size.
#![cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "vector loads and calls into functions for detected CPU features"))]

/// Which instructions to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Plain integers, eight bytes at a time; for every machine.
    Portable,
    /// 16 bytes at a time; every x86-64 machine.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// 32 bytes at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 64 bytes at a time, positions by compression.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// The best level of this machine.
    pub(crate) fn detect() -> Self {
        Self::available().pop().unwrap_or(Self::Portable)
    }

    /// Every level that this machine has, the best last.
    pub(crate) fn available() -> Vec<Self> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "there are more levels on x86-64"))]
        let mut levels = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            levels.push(Self::Sse2);
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("popcnt") {
                levels.push(Self::Avx2);
                let avx512 = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi2");
                if avx512 {
                    levels.push(Self::Avx512);
                }
            }
        }
        levels
    }
}

/// What the first pass found; reused from line to line.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Positions of unescaped quotes; only the first `quote_count` count, the rest is room.
    quotes: Vec<u32>,
    quote_count: usize,
    /// For each 64 bytes: which are backslashes, which are above 0x7f. Only as many as the line has blocks count.
    marks: Vec<[u64; 2]>,
    /// Positions of the `u` in `\u` escapes.
    pub(crate) unicode_escapes: Vec<u32>,
    /// The first character that must not follow a backslash.
    pub(crate) bad_escape: Option<u32>,
    /// Some byte is above 0x7f.
    pub(crate) has_high: bool,
}

/// One block of the line.
const BLOCK: usize = 64;

/// Room is given back after lines that needed more positions than this.
const KEPT_QUOTES: usize = 1 << 20;

impl Index {
    /// Positions of unescaped quotes in order, then twice the length of the line.
    pub(crate) fn quotes(&self) -> &[u32] {
        &self.quotes[..self.quote_count + 2]
    }

    /// For each block of 64 bytes: its backslashes and its bytes above 0x7f.
    pub(crate) fn marks(&self) -> &[[u64; 2]] {
        &self.marks
    }

    /// Marks a byte as if it were above 0x7f.
    pub(crate) fn mark_high(&mut self, at: usize) {
        self.has_high = true;
        if let Some(marks) = self.marks.get_mut(at / BLOCK) {
            marks[1] |= 1 << (at % BLOCK);
        }
    }

    /// Reads a line of fewer than 2^31 bytes.
    pub(crate) fn fill(&mut self, level: Level, line: &[u8]) {
        let blocks = line.len() / BLOCK + 1;
        if self.quotes.len() > KEPT_QUOTES && line.len() < KEPT_QUOTES {
            *self = Self::default();
        }
        if self.marks.len() < blocks {
            self.marks.resize(blocks, [0; 2]);
        }
        self.unicode_escapes.clear();
        self.bad_escape = None;
        self.has_high = false;
        self.quote_count = 0;
        match level {
            Level::Portable => portable(self, line),
            // SAFETY: every x86-64 machine has SSE2
            #[cfg(target_arch = "x86_64")]
            Level::Sse2 => unsafe { sse2(self, line) },
            // SAFETY: `Level::available` names this level only where its features were detected
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2(self, line) },
            // SAFETY: as above
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512(self, line) },
        }
        self.room();
        #[expect(clippy::cast_possible_truncation, reason = "the caller bounds the length")]
        let end = line.len() as u32;
        self.quotes[self.quote_count..self.quote_count + 2].fill(end);
    }

    /// Room for the positions of one block.
    #[inline]
    fn room(&mut self) -> &mut [u32; BLOCK] {
        if self.quotes.len() < self.quote_count + BLOCK {
            self.grow();
        }
        let room = self.quotes[self.quote_count..].first_chunk_mut();
        room.expect("grown above")
    }

    #[cold]
    fn grow(&mut self) {
        self.quotes.resize(self.quotes.len() * 2 + 4 * BLOCK, 0);
    }

    /// Looks at what follows backslashes in one block, where that is neither a quote nor a backslash.
    #[inline]
    fn check_escapes(&mut self, block: &[u8; BLOCK], base: u32, mut escaped: u64) {
        while escaped != 0 {
            let at = escaped.trailing_zeros();
            match block[at as usize & (BLOCK - 1)] {
                b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                b'u' => self.unicode_escapes.push(base + at),
                _ => self.bad_escape = Some(self.bad_escape.unwrap_or(base + at)),
            }
            escaped &= escaped - 1;
        }
    }
}

/// Which bytes of a block are backslashes, quotes, above 0x7f.
#[derive(Clone, Copy, Debug)]
struct Masks {
    backslash: u64,
    quote: u64,
    high: u64,
}

/// Which characters are escaped, given the backslashes of a block; `carry` is whether its first character is. Runs of
/// backslashes are resolved by one subtraction, whose borrows travel along each run.
#[inline]
fn escaped(backslash: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let opening = backslash & !*carry;
    let codes = ((opening << 1) | ODD).wrapping_sub(opening) ^ ODD;
    let escaped = codes ^ (backslash | *carry);
    *carry = (codes & backslash) >> 63;
    escaped
}

/// The loop over the blocks of a line, compiled once for each level.
macro_rules! scanner {
    ($(#[$attribute:meta])* $visibility:vis $name:ident, $masks:path, $write:path) => {
        $(#[$attribute])*
        $visibility fn $name(index: &mut Index, line: &[u8]) {
            let (blocks, rest) = line.as_chunks::<BLOCK>();
            let mut last = [b' '; BLOCK];
            last[..rest.len()].copy_from_slice(rest);
            let mut carry = 0;
            let mut base = 0;
            let mut any_high = 0;
            for (number, block) in blocks.iter().chain([&last]).enumerate() {
                let masks = $masks(block);
                let mut quotes = masks.quote;
                any_high |= masks.high;
                index.marks[number] = [masks.backslash, masks.high];
                if masks.backslash | carry != 0 {
                    let escaped = escaped(masks.backslash, &mut carry);
                    let unusual = escaped & !masks.backslash & !masks.quote;
                    quotes &= !escaped;
                    if unusual != 0 {
                        index.check_escapes(block, base, unusual);
                    }
                }
                $write(index.room(), quotes, base);
                index.quote_count += quotes.count_ones() as usize;
                base += BLOCK as u32;
            }
            index.has_high = any_high != 0;
        }
    };
}

/// Writes the positions of the set bits: always four, which is most blocks, then the rest. What is written past their
/// number is overwritten by the next block.
#[inline]
fn write_positions(room: &mut [u32; BLOCK], mut bits: u64, base: u32) {
    let count = bits.count_ones() as usize;
    for place in &mut room[..4] {
        *place = base + bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
    }
    if count > 4 {
        for place in &mut room[4..8] {
            *place = base + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
        for place in &mut room[8..count.max(8)] {
            *place = base + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
    }
}

scanner!(portable, portable_masks, write_positions);

/// Eight bytes at a time: a byte equal to the pattern becomes zero by XOR, and exactly the zero bytes keep their top bit.
fn portable_masks(block: &[u8; BLOCK]) -> Masks {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let equal = |word: u64, byte: u8| {
        let difference = word ^ u64::from(byte).wrapping_mul(0x0101_0101_0101_0101);
        !(((difference & LOW) + LOW) | difference | LOW)
    };
    // gathers the top bits of eight bytes
    let gather = |tops: u64| (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    let mut masks = Masks { backslash: 0, quote: 0, high: 0 };
    for (number, word) in block.as_chunks::<8>().0.iter().enumerate() {
        let (word, shift) = (u64::from_le_bytes(*word), number * 8);
        masks.backslash |= gather(equal(word, b'\\')) << shift;
        masks.quote |= gather(equal(word, b'"')) << shift;
        masks.high |= gather(word & !LOW) << shift;
    }
    masks
}

#[cfg(target_arch = "x86_64")]
use x86::{avx2, avx512, sse2};

#[cfg(target_arch = "x86_64")]
mod x86 {
    #![expect(clippy::cast_sign_loss, clippy::cast_possible_wrap, reason = "masks and bytes are bit patterns")]

    use super::{BLOCK, Index, Masks, escaped, write_positions};
    use std::arch::x86_64::{
        __m512i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_set1_epi8, _mm512_add_epi32, _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cvtepu8_epi32,
        _mm512_extracti32x4_epi32, _mm512_loadu_si512, _mm512_maskz_compress_epi8, _mm512_movepi8_mask, _mm512_set1_epi8, _mm512_set1_epi32,
        _mm512_storeu_si512,
    };

    scanner!(
        #[target_feature(enable = "sse2")]
        pub(super) sse2,
        sse2_masks,
        write_positions
    );
    scanner!(
        #[target_feature(enable = "avx2,bmi1,popcnt")]
        pub(super) avx2,
        avx2_masks,
        write_positions
    );
    scanner!(
        #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,bmi1,popcnt")]
        pub(super) avx512,
        avx512_masks,
        avx512_positions
    );

    #[inline]
    #[target_feature(enable = "sse2")]
    fn sse2_masks(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks { backslash: 0, quote: 0, high: 0 };
        for (number, part) in block.as_chunks::<16>().0.iter().enumerate() {
            // SAFETY: `part` is an array of the 16 bytes that are loaded, at any alignment
            let part = unsafe { _mm_loadu_si128(part.as_ptr().cast()) };
            let gather = |bytes| u64::from(_mm_movemask_epi8(bytes) as u32) << (number * 16);
            masks.backslash |= gather(_mm_cmpeq_epi8(part, _mm_set1_epi8(b'\\' as i8)));
            masks.quote |= gather(_mm_cmpeq_epi8(part, _mm_set1_epi8(b'"' as i8)));
            masks.high |= gather(part);
        }
        masks
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn avx2_masks(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks { backslash: 0, quote: 0, high: 0 };
        for (number, part) in block.as_chunks::<32>().0.iter().enumerate() {
            // SAFETY: `part` is an array of the 32 bytes that are loaded, at any alignment
            let part = unsafe { _mm256_loadu_si256(part.as_ptr().cast()) };
            let shift = number * 32;
            masks.backslash |= u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(part, _mm256_set1_epi8(b'\\' as i8))) as u32) << shift;
            masks.quote |= u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(part, _mm256_set1_epi8(b'"' as i8))) as u32) << shift;
            masks.high |= u64::from(_mm256_movemask_epi8(part) as u32) << shift;
        }
        masks
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn avx512_masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: `block` is an array of the 64 bytes that are loaded, at any alignment
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        Masks {
            backslash: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'\\' as i8)),
            quote: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'"' as i8)),
            high: _mm512_movepi8_mask(bytes),
        }
    }

    /// The numbers of the set bits side by side: the numbers 0 to 63, compressed by the mask, widened 16 at a time.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2")]
    fn avx512_positions(room: &mut [u32; BLOCK], bits: u64, base: u32) {
        const NUMBERS: [u8; BLOCK] = {
            let mut numbers = [0; BLOCK];
            let mut at = 0;
            while at < BLOCK {
                numbers[at] = at as u8;
                at += 1;
            }
            numbers
        };
        // SAFETY: `NUMBERS` is an array of the 64 bytes that are loaded, at any alignment
        let numbers = unsafe { _mm512_loadu_si512(NUMBERS.as_ptr().cast()) };
        let packed: __m512i = _mm512_maskz_compress_epi8(bits, numbers);
        let base = _mm512_set1_epi32(base as i32);
        let parts = room.as_chunks_mut::<16>().0;
        let mut store = |number: usize, part| {
            let positions = _mm512_add_epi32(_mm512_cvtepu8_epi32(part), base);
            // SAFETY: the part of `room` is an array of the 16 numbers of 32 bits that are stored, at any alignment
            unsafe { _mm512_storeu_si512(parts[number].as_mut_ptr().cast(), positions) };
        };
        store(0, _mm512_castsi512_si128(packed));
        if bits.count_ones() > 16 {
            store(1, _mm512_extracti32x4_epi32::<1>(packed));
            store(2, _mm512_extracti32x4_epi32::<2>(packed));
            store(3, _mm512_extracti32x4_epi32::<3>(packed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by one look at each byte.
    fn plain(line: &[u8]) -> (Vec<u32>, Vec<[u64; 2]>, Vec<u32>, Option<u32>) {
        let (mut quotes, mut marks, mut unicode, mut bad) = (vec![], vec![[0; 2]; line.len() / 64 + 1], vec![], None);
        let mut escaped = false;
        for (at, &byte) in line.iter().enumerate() {
            let position = u32::try_from(at).unwrap();
            marks[at / 64][0] |= u64::from(byte == b'\\') << (at % 64);
            marks[at / 64][1] |= u64::from(byte >= 0x80) << (at % 64);
            match byte {
                b'"' if !escaped => quotes.push(position),
                b'u' if escaped => unicode.push(position),
                _ if escaped && !br#""\/bfnrt"#.contains(&byte) => bad = bad.or(Some(position)),
                _ => {}
            }
            escaped = byte == b'\\' && !escaped;
        }
        (quotes, marks, unicode, bad)
    }

    fn check(line: &[u8]) {
        let expected = plain(line);
        let mut index = Index::default();
        for level in Level::available() {
            index.fill(level, line);
            let quotes = index.quotes();
            let found = (quotes[..quotes.len() - 2].to_vec(), index.marks()[..=line.len() / 64].to_vec(), index.unicode_escapes.clone(), index.bad_escape);
            // where a line ends in a backslash, the padding is "escaped"
            if expected.3.is_some() || found.3.is_none_or(|at| (at as usize) < line.len()) {
                assert_eq!(found, expected, "{level:?} {:?}", String::from_utf8_lossy(line));
            }
            assert_eq!(index.has_high, !line.is_ascii());
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
