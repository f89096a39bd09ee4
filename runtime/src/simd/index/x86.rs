//! The first pass, for each level.

#![expect(clippy::cast_sign_loss, clippy::cast_possible_wrap, reason = "masks and bytes are bit patterns")]

use super::super::avx512::load_rest;
use super::super::positions::{compress_positions, write_quotes};
use super::{BLOCK, BLOCK_U32, Index, Masks, USUAL, USUAL_TABLE, escaped, fill, room};
use std::arch::x86_64::{
    __m256i, __m512i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8,
    _mm256_shuffle_epi8, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epi8_mask, _mm512_loadu_si512, _mm512_set1_epi8,
    _mm512_shuffle_epi8, _mm512_storeu_si512,
};

scanner!(
    #[target_feature(enable = "sse2")]
    pub(super) sse2,
    sse2_masks,
    write_quotes,
    fill
);
scanner!(
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub(super) avx2,
    avx2_masks,
    write_quotes,
    fill
);
scanner!(
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,bmi1,popcnt")]
    pub(super) avx512,
    avx512_masks,
    compress_positions,
    avx512_fill
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

/// As [`fill`], without a branch on how many bytes there are.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn avx512_fill(last: &mut [u8; BLOCK], rest: &[u8]) {
    let bytes = load_rest(avx512_load(last), rest);
    // SAFETY: `last` is an array of the 64 bytes that are stored, at any alignment
    unsafe { _mm512_storeu_si512(last.as_mut_ptr().cast(), bytes) };
}

#[inline]
#[target_feature(enable = "avx512f")]
fn avx512_load(block: &[u8; BLOCK]) -> __m512i {
    // SAFETY: `block` has the 64 bytes that are loaded, at any alignment
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}
