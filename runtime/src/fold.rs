//! Simple Unicode case folding: the one meaning of "case-insensitive" in Sigil.
//!
//! Rules are folded when they are compiled and events when they are matched; both must agree with each other and with `(?i)` of the `regex`
//! crate, or a literal and the automaton that looks for it would differ. So there is one table: two characters fold equally exactly
//! if `(?i)` equates them (`CaseFolding.txt`, status C and S; a test compares every character). Folding maps one character to one character: `ß` is not
//! `ss`, U+0130 is not `i`; but U+212A (Kelvin) is `k` and U+017F (long s) is `s`. The representative of a class is its lower-case
//! ASCII letter where it has one, so folded ASCII text is lower-case ASCII text.

use crate::fold_table::{RUNS, Run};

/// The representative of the characters that differ from `c` in case only.
#[inline]
pub fn fold_char(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { fold_wide(c) }
}

/// The text with each character folded.
pub fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(fold_char).collect() }
}

/// Appends the folded text, as UTF-8. It may be shorter than the text (U+212A becomes `k`), but never longer than 3/2 of it.
pub fn fold_into(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while !rest.is_empty() {
        let (ascii, wide) = rest.split_at(ascii_prefix(rest.as_bytes()));
        let start = out.len();
        out.extend_from_slice(ascii.as_bytes());
        if let Some(added) = out.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        let mut chars = wide.chars();
        while let Some(c) = chars.clone().next().filter(|c| !c.is_ascii()) {
            let mut buffer = [0; 4];
            out.extend_from_slice(fold_wide(c).encode_utf8(&mut buffer).as_bytes());
            chars.next();
        }
        rest = chars.as_str();
    }
}

/// How many bytes at the start are ASCII; whole blocks first, so that the compiler can use vector registers.
fn ascii_prefix(bytes: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let blocks =
        bytes.chunks_exact(BLOCK).take_while(|block| block.iter().fold(0, |seen, b| seen | b) < 0x80).count() * BLOCK;
    blocks + bytes.iter().skip(blocks).take_while(|b| b.is_ascii()).count()
}

/// As [`fold_char`], for a character beyond ASCII.
fn fold_wide(c: char) -> char {
    let code = u32::from(c);
    // nothing between the Coptic and the Cyrillic supplements folds: spares text in Chinese or Japanese the search
    if (0x2E00..0xA640).contains(&code) {
        return c;
    }
    let after = RUNS.partition_point(|run| run.first <= code);
    let Some(run) = after.checked_sub(1).and_then(|at| RUNS.get(at)) else { return c };
    if contains(run, code) { char::from_u32(code.wrapping_add_signed(run.delta)).unwrap_or(c) } else { c }
}

fn contains(run: &Run, code: u32) -> bool {
    code <= run.last && (code - run.first).is_multiple_of(run.step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

    /// Every character that `(?i)` equates with `c`, itself among them.
    fn equated(c: char) -> Vec<char> {
        let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
        class.case_fold_simple();
        class.ranges().iter().flat_map(|r| r.start()..=r.end()).collect()
    }

    /// Lower-case ASCII; else the member that most members have as their lower case; else the first.
    fn representative(class: &[char]) -> char {
        let votes = |c: char| class.iter().filter(|other| other.to_lowercase().eq([c])).count();
        let ascii = class.iter().copied().find(char::is_ascii_lowercase);
        ascii.or_else(|| class.iter().copied().rev().max_by_key(|c| votes(*c))).unwrap_or_default()
    }

    #[test]
    fn folds_as_the_regex_crate_does() {
        for c in '\0'..=char::MAX {
            let class = equated(c);
            let expected = if class.len() == 1 { c } else { representative(&class) };
            assert_eq!(fold_char(c), expected, "U+{:04X}", u32::from(c));
            assert_eq!(fold_char(expected), expected, "U+{:04X}: folding twice", u32::from(c));
        }
    }

    #[test]
    fn folds_texts() {
        let check = |text: &str, folded: &str| {
            assert_eq!(fold(text), folded);
            let mut bytes = b"before ".to_vec();
            fold_into(text, &mut bytes);
            assert_eq!(String::from_utf8(bytes).as_deref(), Ok(format!("before {folded}").as_str()));
            assert!(2 * folded.len() <= 3 * text.len());
        };
        check("", "");
        check(
            "C:\\Windows\\System32\\CMD.exe /C \"START\" and a tail beyond a block",
            "c:\\windows\\system32\\cmd.exe /c \"start\" and a tail beyond a block",
        );
        check("ÜBER ПРИВЕТ ΣΑΣ", "über привет σασ");
        check("\u{212A}elvin \u{17F}", "kelvin s");
        check("\u{130}I straße STRASSE", "\u{130}i straße strasse");
        check("日本語 ABC 한국 🦀Z\0", "日本語 abc 한국 🦀z\0");
    }

    /// `cargo test -p sigil-runtime --lib -- --ignored --nocapture print_table` prints the body of `fold_table.rs`.
    #[test]
    #[ignore = "a generator"]
    #[expect(clippy::print_stdout, reason = "printing is what it is for")]
    fn print_table() {
        let mut runs: Vec<Run> = Vec::new();
        for c in ('\u{80}'..=char::MAX).filter(|c| equated(*c).len() > 1 && representative(&equated(*c)) != *c) {
            let code = u32::from(c);
            let delta = u32::from(representative(&equated(c))).cast_signed() - code.cast_signed();
            match runs.last_mut() {
                // a second member fixes the step
                Some(run) if run.delta == delta && run.first == run.last && code - run.last <= 2 => {
                    run.step = code - run.last;
                    run.last = code;
                }
                Some(run) if run.delta == delta && code - run.last == run.step => run.last = code,
                _ => runs.push(Run { first: code, last: code, step: 1, delta }),
            }
        }
        for run in runs {
            println!(
                "    Run {{ first: 0x{:04X}, last: 0x{:04X}, step: {}, delta: {} }},",
                run.first, run.last, run.step, run.delta
            );
        }
    }
}
