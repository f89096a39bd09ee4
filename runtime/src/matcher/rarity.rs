//! How often a run of bytes is expected in events, by the pairs of characters in it (`bigrams.txt`, made by `tests/scripts/bigrams.py`).

use super::bytes::CASE_BIT;

/// The classes of characters that are counted apart, from 1; class 0 is everything else.
const SYMBOLS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789 \\/.:-_,;=\"'()[]{}<>%$&*+@";
const CLASSES: usize = 64;

/// The characters of a row of the table, and a newline.
const ROW: usize = CLASSES + 1;

/// Levels are `LEVELS_PER_BIT * log2(1 + occurrences per million)`.
const LEVELS_PER_BIT: i32 = 3;

/// Where the window of `stride` grams starts that is expected least often in events, the first of them if there are several. Grams of so many bytes, one to four, start at each byte of it. Shapes that
/// no set of literals has count as the nearest that some has.
pub(super) fn rarest_window(text: &[u8], width: usize, stride: usize) -> usize {
    match (width, stride) {
        (0 | 1, _) => rarest::<1, 1>(text),
        (2, _) => rarest::<2, 1>(text),
        (3, _) => rarest::<3, 1>(text),
        (_, 0 | 1) => rarest::<4, 1>(text),
        _ => rarest::<4, 4>(text),
    }
}

/// One pass, without scratch: sets have ten thousands of bytes, and are built while events wait.
fn rarest<const WIDTH: usize, const STRIDE: usize>(text: &[u8]) -> usize {
    let (mut least, mut start) = (u64::MAX, 0);
    // of the last bytes, the last one first: their levels, and what the pairs add that they end
    let (mut singles, mut pairs) = ([0; WIDTH], [0; WIDTH]);
    // of the last grams: how often they are expected
    let (mut weights, mut sum) = ([0; STRIDE], 0);
    let mut before = 0;
    for (at, byte) in text.iter().enumerate() {
        let class = usize::from(CLASS[usize::from(*byte)]);
        push(&mut singles, SINGLES[class]);
        push(&mut pairs, PAIRS[before][class]);
        before = class;
        if at + 1 >= WIDTH {
            let level = singles[WIDTH - 1] + pairs[..WIDTH - 1].iter().sum::<i16>() + LOWEST_LEVEL;
            let weight = WEIGHTS[usize::from(level.unsigned_abs() & 0xff)];
            sum = sum + weight - push(&mut weights, weight);
            if at + 1 >= WIDTH + STRIDE - 1 && sum < least {
                (least, start) = (sum, at + 1 - (WIDTH + STRIDE - 1));
            }
        }
    }
    start
}

/// Puts a value first. Returns what was last. The array is made anew: so it stays in registers, which it does not where it is moved.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else the array is in memory")]
fn push<T: Copy, const N: usize>(values: &mut [T; N], value: T) -> T {
    let old = *values;
    *values = std::array::from_fn(|at| if at == 0 { value } else { old[at - 1] });
    old[N - 1]
}

/// How low levels of grams go: three pairs, of which each takes 49 at most.
const LOWEST_LEVEL: i16 = 150;

/// Expected occurrences by level, from the lowest on, up to a factor that is the same for all grams of their width.
static WEIGHTS: [u64; 256] = {
    let mut weights = [1; 256];
    let mut at = 0;
    while at < 256 {
        let bits = (at - LOWEST_LEVEL as i32) / LEVELS_PER_BIT + 20;
        weights[at.unsigned_abs() as usize] = 1 << if bits > 0 { bits } else { 0 };
        at += 1;
    }
    weights
};

/// The levels of single characters, by class.
static SINGLES: [i16; CLASSES] = {
    let mut singles = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        singles[class] = (LEVELS[class] - b'0') as i16;
        class += 1;
    }
    singles
};

/// The levels of pairs less those of their first characters, by classes.
static PAIRS: [[i16; CLASSES]; CLASSES] = {
    let mut pairs = [[0; CLASSES]; CLASSES];
    let mut at = 0;
    while at < CLASSES * CLASSES {
        let (one, other) = (at / CLASSES, at % CLASSES);
        pairs[one][other] = (LEVELS[(1 + one) * ROW + other] - b'0') as i16 - (LEVELS[one] - b'0') as i16;
        at += 1;
    }
    pairs
};

/// How often a byte, or a pair of bytes, is expected in events: occurrences per million characters, roughly.
pub(super) fn frequency(gram: &[u8]) -> f32 {
    let level = match gram {
        [byte] => level(0, class(*byte)),
        [one, other, ..] => level(1 + class(*one), class(*other)),
        [] => 0,
    };
    // 2 to the power of `level / LEVELS_PER_BIT`
    #[expect(clippy::cast_precision_loss, reason = "levels are small")]
    let whole = (1_u64 << (level / LEVELS_PER_BIT)) as f32;
    whole * ROOTS[(level % LEVELS_PER_BIT).unsigned_abs() as usize]
}

/// 2 to the powers of 0, 1 and 2 of [`LEVELS_PER_BIT`].
const ROOTS: [f32; LEVELS_PER_BIT.unsigned_abs() as usize] = [1.0, 1.259_921, 1.587_401];

fn class(byte: u8) -> usize {
    CLASS.get(usize::from(byte)).map_or(0, |class| usize::from(*class))
}

/// A level of the table: row 0 for single characters, row 1 + n for pairs that start with class n.
fn level(row: usize, class: usize) -> i32 {
    LEVELS.get(row * ROW + class).map_or(0, |character| i32::from(character.wrapping_sub(b'0')))
}

const LEVELS: &[u8] = include_bytes!("bigrams.txt");

static CLASS: [u8; 256] = {
    let mut classes = [0; 256];
    let mut left = SYMBOLS;
    let mut class = 1;
    while let [symbol, rest @ ..] = left {
        classes[*symbol as usize] = class;
        // scanners see bytes with the case bit set
        let spelled = *symbol | CASE_BIT;
        if classes[spelled as usize] == 0 {
            classes[spelled as usize] = class;
        }
        class += 1;
        left = rest;
    }
    classes
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by one look at each window, as it is defined.
    fn plain(text: &[u8], width: usize, stride: usize) -> usize {
        let single = |byte: u8| level(0, class(byte));
        let weight = |gram: &[u8]| {
            let given = |pair: &[u8]| level(1 + class(pair[0]), class(pair[1])) - single(pair[0]);
            let level: i32 = gram.windows(2).map(given).sum::<i32>() + single(gram[0]);
            1_u64 << (level / LEVELS_PER_BIT + 20).clamp(0, 56)
        };
        let weights: Vec<u64> = text.windows(width).map(weight).collect();
        let sums = weights.windows(stride).map(|window| window.iter().sum::<u64>());
        sums.enumerate().min_by_key(|(_, sum)| *sum).map_or(0, |(at, _)| at)
    }

    #[test]
    fn rare_grams_are_preferred() {
        let check = |text: &str, width, stride, at| {
            assert_eq!(rarest_window(text.as_bytes(), width, stride), at, "{text}");
        };
        check("systqzjxsyst", 4, 1, 4);
        check("windmimi", 4, 1, 3);
        check("ex", 1, 1, 1);
        check("abc", 3, 1, 0);
        check("", 4, 4, 0);
    }

    proptest! {
        #[test]
        fn the_rarest_window_is_chosen(text in prop::collection::vec(any::<u8>(), 0..40), like_text in "[a-z .\\\\/]{0,40}", shape in prop::sample::select(vec![(1, 1), (2, 1), (3, 1), (4, 1), (4, 4)])) {
            let (width, stride) = shape;
            for text in [&text[..], like_text.as_bytes()] {
                prop_assert_eq!(rarest_window(text, width, stride), plain(text, width, stride));
            }
        }
    }
}
