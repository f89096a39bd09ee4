//! Searches 32 bytes at a time: for machines without the instructions of AVX-512 that look up in tables of 64.

#![expect(clippy::cast_sign_loss, clippy::cast_possible_wrap, reason = "masks and bytes are bit patterns")]

use super::classes::Nibbles;
use super::index::escaped;
use super::positions::write_positions;
use super::{BLOCK, MAX_OFFSET, each_block, each_listed, or_plainly, window};
use std::arch::x86_64::{
    __m256i, _mm_loadu_si64, _mm_shuffle_epi8, _mm_storeu_si64, _mm256_add_epi8, _mm256_and_si256, _mm256_cmpeq_epi8,
    _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_storeu_si256,
};

/// Bytes of a vector.
const HALF: usize = BLOCK / 2;

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; HALF]) -> __m256i {
    // SAFETY: `bytes` has the 32 bytes that are loaded, at any alignment
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

/// The vector that starts here.
#[inline]
#[target_feature(enable = "avx2")]
fn load_at<const WINDOW: usize>(window: &[u8; WINDOW], at: usize) -> __m256i {
    load(window[at..].first_chunk().expect("a window is longer than its positions by the farthest byte"))
}

/// [`or_plainly`] with the instructions of this level.
#[target_feature(enable = "avx2")]
pub(super) fn or_into(text: &[u8], bits: u8, out: &mut Vec<u8>) {
    or_plainly(text, bits, out);
}

/// Each of the four bytes from a position on is looked up by its halves, and the classes that all four have are left.
#[target_feature(enable = "avx2,bmi1,popcnt")]
pub(super) fn find_grams(groups: &[Nibbles], text: &[u8], hits: &mut impl FnMut(&[u32], usize) -> bool) -> bool {
    let mut last = [0; BLOCK + 3];
    // the tables of one group stay in registers
    if let [group] = groups {
        let tables = tables(group);
        let half = |window: &[u8; BLOCK + 3], start: usize| positions(classes(&halves(window, start), &tables));
        let find = |at: usize| {
            let window = window(text, at, &mut last);
            half(window, 0) | half(window, HALF) << HALF
        };
        return each_listed(text, find, write_positions::<4>, hits);
    }
    let half = |window: &[u8; BLOCK + 3], start: usize| {
        let halves = halves(window, start);
        let mut any = _mm256_setzero_si256();
        for group in groups {
            any = _mm256_or_si256(any, classes(&halves, &tables(group)));
        }
        positions(any)
    };
    let find = |at: usize| {
        let window = window(text, at, &mut last);
        half(window, 0) | half(window, HALF) << HALF
    };
    each_listed(text, find, write_positions::<4>, hits)
}

/// By place: the low and the high halves of the bytes there.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(window: &[u8; BLOCK + 3], start: usize) -> [[__m256i; 2]; 4] {
    let low = _mm256_set1_epi8(0x0f);
    std::array::from_fn(|place| {
        let bytes = load_at(window, start + place);
        [_mm256_and_si256(bytes, low), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low)]
    })
}

#[inline]
#[target_feature(enable = "avx2")]
fn tables(Nibbles(tables): &Nibbles) -> [[__m256i; 2]; 4] {
    std::array::from_fn(|place| [load(&tables[place][0]), load(&tables[place][1])])
}

/// The classes that all four bytes have.
#[inline]
#[target_feature(enable = "avx2")]
fn classes(halves: &[[__m256i; 2]; 4], tables: &[[__m256i; 2]; 4]) -> __m256i {
    let [one, two, three, four] = std::array::from_fn(|place| {
        let ([low, high], [of_low, of_high]) = (halves[place], tables[place]);
        _mm256_and_si256(_mm256_shuffle_epi8(of_low, low), _mm256_shuffle_epi8(of_high, high))
    });
    _mm256_and_si256(_mm256_and_si256(one, two), _mm256_and_si256(three, four))
}

/// Which bytes are not zero?
#[inline]
#[target_feature(enable = "avx2")]
fn positions(classes: __m256i) -> u64 {
    u64::from(!(_mm256_movemask_epi8(_mm256_cmpeq_epi8(classes, _mm256_setzero_si256())) as u32))
}

/// Each of the two bytes is compared.
#[target_feature(enable = "avx2,bmi1,popcnt")]
pub(super) fn find_pairs(text: &[u8], pair: [(usize, u8); 2], hit: &mut impl FnMut(usize) -> bool) -> bool {
    let [(one, first), (other, second)] = pair;
    let (one, other) = (one.min(MAX_OFFSET), other.min(MAX_OFFSET));
    let (first, second) = (_mm256_set1_epi8(first as i8), _mm256_set1_epi8(second as i8));
    let half = |window: &[u8; BLOCK + MAX_OFFSET], start: usize| {
        let one = _mm256_cmpeq_epi8(load_at(window, start + one), first);
        let other = _mm256_cmpeq_epi8(load_at(window, start + other), second);
        u64::from(_mm256_movemask_epi8(_mm256_and_si256(one, other)) as u32)
    };
    let mut last = [0; BLOCK + MAX_OFFSET];
    let find = |at: usize| {
        let window = window(text, at, &mut last);
        half(window, 0) | half(window, HALF) << HALF
    };
    each_block(text, find, hit)
}

/// 64 bytes at a time: of blocks with escapes, what they escape is replaced, and the backslashes that open them are squeezed out of eight bytes at a time.
#[target_feature(enable = "avx2,bmi1,popcnt")]
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
        let halves = [load_at(block, 0), load_at(block, HALF)];
        let is = |byte: u8| {
            let [low, high] = halves.map(|half| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8)));
            u64::from(_mm256_movemask_epi8(low) as u32) | u64::from(_mm256_movemask_epi8(high) as u32) << HALF
        };
        let backslash = is(b'\\');
        let escaped = escaped(backslash, &mut carry);
        let Some(room) = out[at..].first_chunk_mut::<BLOCK>() else { break };
        if backslash | escaped == 0 {
            store_lower(halves, room);
            at += valid.count_ones() as usize;
            continue;
        }
        let mut folded = [0; BLOCK];
        store_lower(halves, &mut folded);
        let mut letters = escaped & !(backslash | is(b'"'));
        while letters != 0 {
            let byte = &mut folded[letters.trailing_zeros() as usize & (BLOCK - 1)];
            *byte = match *byte {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 8,
                b'f' => 12,
                other => other,
            };
            letters &= letters - 1;
        }
        let kept = valid & !(backslash & !escaped);
        let mut to = 0;
        for (part, kept) in folded.as_chunks::<8>().0.iter().zip(kept.to_le_bytes()) {
            let Some(room) = room[to..].first_chunk_mut::<8>() else { break };
            squeeze(part, kept, room);
            to += kept.count_ones() as usize;
        }
        at += to;
    }
    out.truncate(at);
}

/// Stores a block with its ASCII letters in lower case.
#[inline]
#[target_feature(enable = "avx2")]
fn store_lower(halves: [__m256i; 2], room: &mut [u8; BLOCK]) {
    let each = |byte: u8| _mm256_set1_epi8(byte as i8);
    for (half, room) in halves.into_iter().zip(room.as_chunks_mut::<HALF>().0) {
        // signed: bytes above 0x7f are negative
        let upper = _mm256_and_si256(_mm256_cmpgt_epi8(half, each(b'A' - 1)), _mm256_cmpgt_epi8(each(b'Z' + 1), half));
        let lower = _mm256_add_epi8(half, _mm256_and_si256(upper, each(0x20)));
        // SAFETY: `room` is an array of the 32 bytes that are stored, at any alignment
        unsafe { _mm256_storeu_si256(room.as_mut_ptr().cast(), lower) };
    }
}

/// Stores those of eight bytes whose bits are set side by side, and zeros behind them.
#[inline]
#[target_feature(enable = "avx2")]
fn squeeze(bytes: &[u8; 8], kept: u8, room: &mut [u8; 8]) {
    // SAFETY: both are arrays of the eight bytes that are loaded, at any alignment
    let (bytes, order) =
        unsafe { (_mm_loadu_si64(bytes.as_ptr()), _mm_loadu_si64(SQUEEZED[usize::from(kept)].as_ptr())) };
    // SAFETY: `room` is an array of the eight bytes that are stored, at any alignment
    unsafe { _mm_storeu_si64(room.as_mut_ptr(), _mm_shuffle_epi8(bytes, order)) };
}

/// For each set of eight bits: their numbers side by side, and behind them what a shuffle makes zero.
static SQUEEZED: [[u8; 8]; 256] = {
    let mut orders = [[0x80; 8]; 256];
    let mut set = 0;
    while set < 256 {
        let (mut from, mut to) = (0, 0);
        while from < 8 {
            if set >> from & 1 != 0 {
                orders[set][to] = from;
                to += 1;
            }
            from += 1;
        }
        set += 1;
    }
    orders
};
