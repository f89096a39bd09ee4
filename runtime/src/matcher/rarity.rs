//! How often a run of bytes is expected in events, by the pairs of characters in it (`bigrams.txt`, made by `tests/scripts/bigrams.py`).

use super::bytes::CASE_BIT;

/// The classes of characters that are counted apart, from 1; class 0 is everything else.
const SYMBOLS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789 \\/.:-_,;=\"'()[]{}<>%$&*+@";
const CLASSES: usize = 64;

/// Levels are `LEVELS_PER_BIT * log2(1 + occurrences per million)`.
const LEVELS_PER_BIT: i32 = 3;

/// Expected occurrences of a gram, up to a factor that is the same for all grams of its length.
pub(super) fn weight(gram: &[u8]) -> u64 {
    let pairs: i32 = gram.array_windows().map(|[a, b]| level(1 + class(*a), class(*b))).sum();
    let inner: i32 =
        gram.get(1..gram.len().saturating_sub(1)).unwrap_or_default().iter().map(|b| level(0, class(*b))).sum();
    let alone = if gram.len() == 1 { gram.iter().map(|b| level(0, class(*b))).sum() } else { 0 };
    let bits = (pairs - inner + alone) / LEVELS_PER_BIT + 20;
    1 << bits.clamp(0, 56)
}

/// How often a byte, or a pair of bytes, is expected in events: occurrences per million characters, roughly.
pub(super) fn frequency(gram: &[u8]) -> f32 {
    let level = match gram {
        [byte] => level(0, class(*byte)),
        [one, other, ..] => level(1 + class(*one), class(*other)),
        [] => 0,
    };
    #[expect(clippy::cast_precision_loss, reason = "levels are small")]
    let bits = level as f32 / LEVELS_PER_BIT as f32;
    bits.exp2()
}

fn class(byte: u8) -> usize {
    CLASS.get(usize::from(byte)).map_or(0, |class| usize::from(*class))
}

/// A level of the table: row 0 for single characters, row 1 + n for pairs that start with class n.
fn level(row: usize, class: usize) -> i32 {
    // 64 characters and a newline a row
    LEVELS.get(row * (CLASSES + 1) + class).map_or(0, |character| i32::from(character.wrapping_sub(b'0')))
}

static LEVELS: &[u8] = include_bytes!("bigrams.txt");

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

    #[test]
    fn common_grams_weigh_more() {
        let check =
            |rare: &str, common: &str| assert!(weight(rare.as_bytes()) < weight(common.as_bytes()), "{rare} {common}");
        check("qzjx", "syst");
        check("mimi", "wind");
        check("x", "e");
        check("#!", "in");
    }
}
