//! Searches and folding 64 bytes at a time.

#![expect(clippy::cast_possible_wrap, reason = "bytes are bit patterns")]

use super::classes::Entries;
use super::index::escaped;
use super::positions::write_positions;
use super::{BLOCK, MAX_OFFSET, each_block, each_listed, or_plainly};
use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_gf2p8affine_epi64_epi8,
    _mm512_loadu_si512, _mm512_mask_add_epi8, _mm512_mask_loadu_epi8, _mm512_mask_mov_epi8, _mm512_maskz_compress_epi8,
    _mm512_or_si512, _mm512_permutexvar_epi8, _mm512_set1_epi8, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_storeu_si512, _mm512_sub_epi8, _mm512_test_epi8_mask,
};

/// 64 bytes at a time: the backslashes that open an escape are squeezed out, what they escape is replaced.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,bmi1,popcnt")]
pub(super) fn fold_escaped(raw: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    // the last block is written whole
    out.resize(start + raw.len() + BLOCK, 0);
    let (blocks, rest) = raw.as_chunks::<BLOCK>();
    let (mut at, mut carry) = (start, 0);
    let of_rest = (1_u64 << rest.len()) - 1;
    for number in 0..=blocks.len() {
        let (bytes, valid) = match blocks.get(number) {
            Some(block) => (load(block), !0),
            None => (load_rest(_mm512_setzero_si512(), rest), of_rest),
        };
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

/// [`or_plainly`] with the instructions of this level.
#[target_feature(enable = "avx512f,avx512bw,avx2")]
pub(super) fn or_into(text: &[u8], bits: u8, out: &mut Vec<u8>) {
    or_plainly(text, bits, out);
}

/// 64 positions at a time: each of the four bytes from a position on is looked up in its table, and the classes that all four have are left.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,gfni,avx2,bmi1,popcnt")]
pub(super) fn find_grams(groups: &[Entries], text: &[u8], hits: &mut impl FnMut(&[u32], usize) -> bool) -> bool {
    each_listed(text, |at| gram_positions(groups, text, at), write_positions::<4>, hits)
}

/// 64 positions at a time: each of the two bytes is compared.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,popcnt")]
pub(super) fn find_pairs(text: &[u8], pair: [(usize, u8); 2], hit: &mut impl FnMut(usize) -> bool) -> bool {
    let [(one, first), (other, second)] = pair;
    let (one, other) = (one.min(MAX_OFFSET), other.min(MAX_OFFSET));
    let (first, second) = (_mm512_set1_epi8(first as i8), _mm512_set1_epi8(second as i8));
    // arrays are not mapped here: see `or_plainly`
    let find = |at: usize| {
        let [one, other] = vectors(text, at, [one, other]);
        _mm512_cmpeq_epi8_mask(one, first) & _mm512_cmpeq_epi8_mask(other, second)
    };
    each_block(text, find, hit)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn gram_positions(groups: &[Entries], text: &[u8], at: usize) -> u64 {
    // `entry`, with the bits above as they are, which do not count: a bit of each byte is a product of bits, and bit 5 is bit 6
    let entry = _mm512_set1_epi64(0x0102_0408_1040_4080);
    let bytes = vectors(text, at, [0, 1, 2, 3]);
    let entries: [_; 4] = std::array::from_fn(|place| _mm512_gf2p8affine_epi64_epi8::<0>(bytes[place], entry));
    let mut any = _mm512_setzero_si512();
    for Entries(tables) in groups {
        let classes: [_; 4] =
            std::array::from_fn(|place| _mm512_permutexvar_epi8(entries[place], load(&tables[place])));
        let all = classes.into_iter().reduce(|one, other| _mm512_and_si512(one, other)).unwrap_or(any);
        any = _mm512_or_si512(any, all);
    }
    _mm512_test_epi8_mask(any, any)
}

/// The vectors that start at these offsets, at most [`MAX_OFFSET`], from a position of a text on: zeros past its end.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn vectors<const N: usize>(text: &[u8], at: usize, offsets: [usize; N]) -> [__m512i; N] {
    let mut vectors = [_mm512_setzero_si512(); N];
    let rest = text.get(at..).unwrap_or_default();
    match rest.first_chunk::<{ BLOCK + MAX_OFFSET }>() {
        Some(window) => {
            for (vector, offset) in vectors.iter_mut().zip(offsets) {
                *vector = load(window[offset..].first_chunk().expect("room for the farthest"));
            }
        }
        None => {
            for (vector, offset) in vectors.iter_mut().zip(offsets) {
                *vector = load_rest(_mm512_setzero_si512(), rest.get(offset..).unwrap_or_default());
            }
        }
    }
    vectors
}

/// The first 64 bytes, and those of `filling` where there are not so many.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn load_rest(filling: __m512i, rest: &[u8]) -> __m512i {
    let mask = if rest.len() < BLOCK { (1 << rest.len()) - 1 } else { !0 };
    // SAFETY: only bytes whose bit is set are loaded: so many as `rest` has, or 64
    unsafe { _mm512_mask_loadu_epi8(filling, mask, rest.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(block: &[u8; BLOCK]) -> __m512i {
    // SAFETY: `block` has the 64 bytes that are loaded, at any alignment
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}
