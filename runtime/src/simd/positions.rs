//! The numbers of the set bits of a mask, as a list.

#![cfg_attr(target_arch = "x86_64", expect(clippy::cast_possible_wrap, reason = "numbers are bit patterns"))]

use super::BLOCK;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm512_add_epi32, _mm512_castsi512_si128, _mm512_cvtepu8_epi32, _mm512_extracti32x4_epi32, _mm512_loadu_si512,
    _mm512_maskz_compress_epi8, _mm512_set1_epi32, _mm512_storeu_si512,
};

/// Writes the positions of the set bits: always so many, which is most blocks, then the rest. What is written past their
/// number is overwritten by the next block.
#[inline]
pub(super) fn write_positions<const ALWAYS: usize>(room: &mut [u32; BLOCK], mut bits: u64, base: u32) {
    let count = bits.count_ones() as usize;
    for place in &mut room[..ALWAYS] {
        *place = base + bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
    }
    if count > ALWAYS {
        for place in &mut room[ALWAYS..count.max(ALWAYS)] {
            *place = base + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
    }
}

/// As [`write_positions`], for quotes of JSON: a block has none, since it stands in a long text, or about eight.
#[inline]
pub(super) fn write_quotes(room: &mut [u32; BLOCK], bits: u64, base: u32) {
    if bits != 0 {
        write_positions::<12>(room, bits, base);
    }
}

/// The numbers of the set bits side by side: the numbers 0 to 63, compressed by the mask, widened 16 at a time.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2")]
pub(super) fn compress_positions(room: &mut [u32; BLOCK], bits: u64, base: u32) {
    const NUMBERS: [u8; BLOCK] = {
        let mut numbers = [0; BLOCK];
        let mut number = 0;
        while (number as usize) < BLOCK {
            numbers[number as usize] = number;
            number += 1;
        }
        numbers
    };
    // SAFETY: `NUMBERS` has the 64 bytes that are loaded, at any alignment
    let numbers = unsafe { _mm512_loadu_si512(NUMBERS.as_ptr().cast()) };
    let packed = _mm512_maskz_compress_epi8(bits, numbers);
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
