//! How often a run of bytes is expected in events, by the pairs of characters in it (`bigrams.txt`, made by `tests/scripts/bigrams.py`).

use super::bytes::CASE_BIT;

/// The classes of characters that are counted apart, from 1; class 0 is everything else.
const SYMBOLS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789 \\/.:-_,;=\"'()[]{}<>%$&*+@";
const CLASSES: usize = 64;

/// Levels are `LEVELS_PER_BIT * log2(1 + occurrences per million)`.
const LEVELS_PER_BIT: i32 = 3;

/// Expected occurrences of each gram of a text, from the first on, up to a factor that is the same for all grams of their width. What was in `weights` is lost.
pub(super) fn weights_into(text: &[u8], width: usize, weights: &mut Vec<u64>) {
    weights.clear();
    let weight = |level: i32| 1 << (level / LEVELS_PER_BIT + 20).clamp(0, 56);
    let single = |byte: u8| level(0, class(byte));
    if width < 2 {
        weights.extend(text.iter().map(|byte| weight(single(*byte))));
        return;
    }
    // as if each byte depended on the one before it only: the levels of a gram's pairs, less those of the bytes that stand in two; as differences of sums
    let given = |[one, other]: &[u8; 2]| level(1 + class(*one), class(*other)) - single(*one);
    let mut sums = Vec::with_capacity(text.len());
    sums.push(0);
    let mut sum = 0;
    for pair in text.array_windows() {
        sum += given(pair);
        sums.push(sum);
    }
    let grams = sums.iter().zip(sums.iter().skip(width - 1)).zip(text);
    weights.extend(grams.map(|((before, behind), first)| weight(behind - before + single(*first))));
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
        let weight = |gram: &str| {
            let mut weights = vec![7];
            weights_into(gram.as_bytes(), gram.len(), &mut weights);
            assert_eq!(weights.len(), 1);
            weights[0]
        };
        let check = |rare: &str, common: &str| assert!(weight(rare) < weight(common), "{rare} {common}");
        check("qzjx", "syst");
        check("mimi", "wind");
        check("x", "e");
        check("#!", "in");
        let mut weights = Vec::new();
        weights_into(b"systqzjx", 4, &mut weights);
        assert_eq!((weights[0], weights[4], weights.len()), (weight("syst"), weight("qzjx"), 5));
    }
}
