#![expect(clippy::cast_sign_loss, clippy::cast_possible_wrap, reason = "masks and bytes are bit patterns")]

use super::{BLOCK, BLOCK_U32, Group, Index, MAX_OFFSET, Masks, USUAL, USUAL_TABLE, escaped, room, write_positions};
use std::arch::x86_64::{
    __m256i, __m512i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8,
    _mm256_shuffle_epi8, _mm512_add_epi32, _mm512_and_si512, _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask,
    _mm512_cmplt_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_cvtepu8_epi32, _mm512_extracti32x4_epi32,
    _mm512_loadu_si512, _mm512_mask_add_epi8, _mm512_mask_mov_epi8, _mm512_maskz_compress_epi8, _mm512_or_si512,
    _mm512_permutexvar_epi8, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_shuffle_epi8,
    _mm512_srli_epi16, _mm512_storeu_si512, _mm512_sub_epi8, _mm512_ternarylogic_epi64, _mm512_test_epi8_mask,
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
    let mut masks = Masks { backslash: 0, quote: 0, usual: 0, odd: 0 };
    for (number, part) in block.as_chunks::<16>().0.iter().enumerate() {
        // SAFETY: `part` is an array of the 16 bytes that are loaded, at any alignment
        let part = unsafe { _mm_loadu_si128(part.as_ptr().cast()) };
        let gather = |bytes| u64::from(_mm_movemask_epi8(bytes) as u32) << (number * 16);
        masks.backslash |= gather(_mm_cmpeq_epi8(part, _mm_set1_epi8(b'\\' as i8)));
        masks.quote |= gather(_mm_cmpeq_epi8(part, _mm_set1_epi8(b'"' as i8)));
        let equal = USUAL.map(|byte| _mm_cmpeq_epi8(part, _mm_set1_epi8(byte as i8)));
        masks.usual |= gather(equal.into_iter().reduce(|one, other| _mm_or_si128(one, other)).unwrap_or(part));
        // signed: bytes above 0x7f are negative
        masks.odd |= gather(_mm_cmplt_epi8(part, _mm_set1_epi8(0x20)));
    }
    masks
}

#[inline]
#[target_feature(enable = "avx2")]
fn avx2_masks(block: &[u8; BLOCK]) -> Masks {
    let [low, high] = avx2_parts(block);
    let [table, _] = avx2_parts(&USUAL_TABLE);
    let join = |low: __m256i, high: __m256i| {
        u64::from(_mm256_movemask_epi8(low) as u32) | u64::from(_mm256_movemask_epi8(high) as u32) << 32
    };
    let equal = |byte: u8| {
        let byte = _mm256_set1_epi8(byte as i8);
        join(_mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte))
    };
    // signed: bytes above 0x7f are negative
    let odd = |part| _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), part);
    let usual = |part| _mm256_cmpeq_epi8(part, _mm256_shuffle_epi8(table, part));
    Masks {
        backslash: equal(b'\\'),
        quote: equal(b'"'),
        usual: join(usual(low), usual(high)),
        odd: join(odd(low), odd(high)),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn avx2_parts(block: &[u8; BLOCK]) -> [__m256i; 2] {
    // SAFETY: each half of `block` has the 32 bytes that are loaded, at any alignment
    unsafe { [_mm256_loadu_si256(block.as_ptr().cast()), _mm256_loadu_si256(block.as_ptr().add(32).cast())] }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn avx512_masks(block: &[u8; BLOCK]) -> Masks {
    let bytes = avx512_load(block);
    let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
    Masks {
        backslash: equal(b'\\'),
        quote: equal(b'"'),
        usual: _mm512_cmpeq_epi8_mask(bytes, _mm512_shuffle_epi8(avx512_load(&USUAL_TABLE), bytes)),
        // signed: bytes above 0x7f are negative
        odd: _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(0x20)),
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn avx512_load(block: &[u8; BLOCK]) -> __m512i {
    // SAFETY: `block` has the 64 bytes that are loaded, at any alignment
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}

/// 64 bytes at a time: the backslashes that open an escape are squeezed out, what they escape is replaced.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,bmi1,popcnt")]
pub(super) fn fold_escaped(raw: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    // the last block is written whole
    out.resize(start + raw.len() + BLOCK, 0);
    let (blocks, rest) = raw.as_chunks::<BLOCK>();
    let mut last = [b' '; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    let (mut at, mut carry) = (start, 0);
    let of_rest = (1_u64 << rest.len()) - 1;
    for (block, valid) in blocks.iter().map(|block| (block, !0)).chain([(&last, of_rest)]) {
        let bytes = avx512_load(block);
        let each = |byte: u8| _mm512_set1_epi8(byte as i8);
        let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, each(byte));
        let upper = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, each(b'A')), each(26));
        let mut folded = _mm512_mask_add_epi8(bytes, upper, bytes, each(0x20));
        let backslash = is(b'\\');
        let escaped = escaped(backslash, &mut carry);
        let letters = escaped & !(backslash | is(b'"'));
        if letters != 0 {
            for (letter, code) in [(b'n', b'\n'), (b'r', b'\r'), (b't', b'\t'), (b'b', 8), (b'f', 12)] {
                folded = _mm512_mask_mov_epi8(folded, letters & is(letter), each(code));
            }
        }
        let kept = valid & !(backslash & !escaped);
        let packed = _mm512_maskz_compress_epi8(kept, folded);
        let Some(room) = out[at..].first_chunk_mut::<BLOCK>() else { break };
        // SAFETY: `room` is an array of the 64 bytes that are stored, at any alignment
        unsafe { _mm512_storeu_si512(room.as_mut_ptr().cast(), packed) };
        at += kept.count_ones() as usize;
    }
    out.truncate(at);
}

/// The numbers of the set bits side by side: the numbers 0 to 63, compressed by the mask, widened 16 at a time.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2")]
fn avx512_positions(room: &mut [u32; BLOCK], bits: u64, base: u32) {
    const NUMBERS: [u8; BLOCK] = {
        let mut numbers = [0; BLOCK];
        let mut number = 0;
        while (number as usize) < BLOCK {
            numbers[number as usize] = number;
            number += 1;
        }
        numbers
    };
    let packed = _mm512_maskz_compress_epi8(bits, avx512_load(&NUMBERS));
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

/// Compiled with the instructions of this level. No closures: code without these instructions, as that of iterators is, would call them byte by byte.
#[target_feature(enable = "avx512f,avx512bw,avx2")]
pub(super) fn or_into(text: &[u8], bits: u8, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(text);
    for byte in out.get_mut(start..).unwrap_or_default() {
        *byte |= bits;
    }
}

/// 64 positions at a time: each of the four bytes from a position on is looked up in its table, and the classes that all four have are left.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,popcnt")]
pub(super) fn find_grams(groups: &[Group], text: &[u8], hit: &mut impl FnMut(usize) -> bool) -> bool {
    each_block::<{ BLOCK + 3 }>(text, |window| gram_positions(groups, window), hit)
}

/// 64 positions at a time: each of the two bytes is compared.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,popcnt")]
pub(super) fn find_pairs(text: &[u8], pair: [(usize, u8); 2], hit: &mut impl FnMut(usize) -> bool) -> bool {
    let [(one, first), (other, second)] = pair;
    let (one, other) = (one.min(MAX_OFFSET), other.min(MAX_OFFSET));
    let (first, second) = (_mm512_set1_epi8(first as i8), _mm512_set1_epi8(second as i8));
    // arrays are not mapped here: see `or_into`
    let find = |window: &[u8; BLOCK + MAX_OFFSET]| {
        let one = avx512_load(window[one..].first_chunk().expect("room for the farthest"));
        let other = avx512_load(window[other..].first_chunk().expect("room for the farthest"));
        _mm512_cmpeq_epi8_mask(one, first) & _mm512_cmpeq_epi8_mask(other, second)
    };
    each_block::<{ BLOCK + MAX_OFFSET }>(text, find, hit)
}

/// Calls `find` with every block of a text and what follows it, zeros past its end, and `hit` with each position found, until that returns true.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,popcnt")]
fn each_block<const WINDOW: usize>(
    text: &[u8],
    find: impl Fn(&[u8; WINDOW]) -> u64,
    hit: &mut impl FnMut(usize) -> bool,
) -> bool {
    let mut last = [0; WINDOW];
    for start in (0..text.len()).step_by(BLOCK) {
        let rest = &text[start..];
        let window = rest.first_chunk().unwrap_or_else(|| {
            last[..rest.len()].copy_from_slice(rest);
            last[rest.len()..].fill(0);
            &last
        });
        let mut found = find(window);
        while found != 0 {
            let at = start + found.trailing_zeros() as usize;
            found &= found - 1;
            if hit(at) {
                return true;
            }
        }
    }
    false
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn gram_positions(groups: &[Group], window: &[u8; BLOCK + 3]) -> u64 {
    let half = _mm512_set1_epi8(0x20);
    let entries: [_; 4] = std::array::from_fn(|place| {
        let bytes = avx512_load(window[place..].first_chunk().expect("three more than a block"));
        // `Group::entry`, with the bits above as they are: they do not count
        _mm512_ternarylogic_epi64::<0xd8>(bytes, _mm512_srli_epi16::<1>(bytes), half)
    });
    let mut any = _mm512_setzero_si512();
    for Group(tables) in groups {
        let classes: [_; 4] =
            std::array::from_fn(|place| _mm512_permutexvar_epi8(entries[place], avx512_load(&tables[place])));
        let all = classes.into_iter().reduce(|one, other| _mm512_and_si512(one, other)).unwrap_or(any);
        any = _mm512_or_si512(any, all);
    }
    _mm512_test_epi8_mask(any, any)
}
