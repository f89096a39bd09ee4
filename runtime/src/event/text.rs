//! The text of scalars: escapes resolved, folded for comparison, numbers in one spelling.
//!
//! Folding is the simple case folding of `crate::fold`; values that are ASCII, which is almost all, take a way of their own:
//! eight bytes at a time, lower-cased by integer arithmetic, with the escapes of Windows paths resolved in passing.

use super::values::{ESCAPED, ODD};
use crate::fold::{fold_char, fold_into};
use crate::simd::{self, Level};

/// Appends the text of a JSON string, given what stands between its quotes. Surrogates without their other half become
/// U+FFFD; of escapes that JSON does not have, the character after the backslash stays.
pub(crate) fn unescape_into(raw: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'\\', &raw[at..]) {
        out.extend_from_slice(&raw[at..at + next]);
        at += next;
        let (c, len) = escape(&raw[at..]);
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        at += len;
    }
    out.extend_from_slice(&raw[at..]);
}

/// Appends the folded text of a JSON string, given what stands between its quotes and its flags.
pub(crate) fn fold_json_into(raw: &[u8], flags: u8, out: &mut Vec<u8>) {
    if flags & ODD != 0 {
        fold_unicode_into(raw, flags, out);
    } else if flags & ESCAPED != 0 {
        fold_escapes_into(Level::best(), raw, out);
    } else {
        fold_ascii_into(raw, out);
    }
}

/// Appends the text of a JSON number. Whole numbers that are not written as integers (`1.0`, `1e3`, `-0`) become integers,
/// as long as they have at most 38 digits; others stay as written.
pub(crate) fn number_text_into(raw: &[u8], out: &mut Vec<u8>) {
    const MAX_DIGITS: usize = 38;
    let (negative, unsigned) = match raw.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, raw),
    };
    let mantissa_end = memchr::memchr2(b'e', b'E', unsigned).unwrap_or(unsigned.len());
    let mantissa = &unsigned[..mantissa_end];
    let point = memchr::memchr(b'.', mantissa);
    if point.is_none() && mantissa_end == unsigned.len() && raw != b"-0" {
        out.extend_from_slice(raw);
        return;
    }
    let (whole, fraction) = point.map_or((mantissa, &[][..]), |point| (&mantissa[..point], &mantissa[point + 1..]));
    let digit = |at: usize| if at < whole.len() { whole[at] } else { fraction[at - whole.len()] };
    let count = whole.len() + fraction.len();
    let first = (0..count).find(|&at| digit(at) != b'0');
    let Some(first) = first else {
        out.push(b'0');
        return;
    };
    let last = (first..count).rfind(|&at| digit(at) != b'0').unwrap_or(first);
    let exponent = match unsigned.get(mantissa_end + 1..) {
        None => Some(0),
        Some(text) => std::str::from_utf8(text).ok().and_then(|text| text.parse::<i64>().ok()),
    };
    // the number is digits[first..=last] and this many zeros
    let zeros = exponent.and_then(|exponent| {
        let shift = i64::try_from(whole.len()).ok()? - i64::try_from(last).ok()? - 1;
        usize::try_from(exponent.checked_add(shift)?).ok()
    });
    match zeros {
        Some(zeros) if zeros.saturating_add(last - first + 1) <= MAX_DIGITS => {
            if negative {
                out.push(b'-');
            }
            out.extend((first..=last).map(digit));
            out.extend(std::iter::repeat_n(b'0', zeros));
        }
        _ => out.extend_from_slice(raw),
    }
}

/// The character of the escape that `raw` starts with, and the length of the escape.
pub(crate) fn escape(raw: &[u8]) -> (char, usize) {
    let c = match raw.get(1) {
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return unicode_escape(raw),
        Some(&other) if other.is_ascii() => char::from(other),
        // not JSON: a backslash at the end, or before a character that is no escape
        Some(_) | None => return ('\\', 1),
    };
    (c, 2)
}

fn unicode_escape(raw: &[u8]) -> (char, usize) {
    let unit = |raw: &[u8]| {
        let digits = raw.strip_prefix(b"\\u")?.get(..4)?;
        digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
    };
    let Some(high) = unit(raw) else { return ('\u{fffd}', 2) };
    if let Some(c) = char::from_u32(high) {
        return (c, 6);
    }
    let low = raw.get(6..).and_then(unit).filter(|low| (0xdc00..0xe000).contains(low));
    match low {
        Some(low) if high < 0xdc00 => {
            let c = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(c).unwrap_or('\u{fffd}'), 12)
        }
        Some(_) | None => ('\u{fffd}', 6),
    }
}

/// Folds text with escapes, whose characters above 0x7f fold to themselves, by the instructions of a level.
fn fold_escapes_into(level: Level, raw: &[u8], out: &mut Vec<u8>) {
    if !simd::fold_escaped(level, raw, out) {
        fold_words_into(raw, out);
    }
}

/// As [`fold_escapes_into`]. The output is written eight bytes at a time, past the next escape, and the
/// surplus is overwritten.
fn fold_words_into(raw: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + raw.len() + 8, 0);
    let folded = &mut out[start..];
    let (mut from, mut to) = (0, 0);
    while let Some(chunk) = raw[from..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        folded[to..to + 8].copy_from_slice(&lower(word).to_le_bytes());
        let backslashes = equal(word, b'\\');
        if backslashes == 0 {
            from += 8;
            to += 8;
            continue;
        }
        let before = backslashes.trailing_zeros() as usize / 8;
        from += before;
        to += before;
        folded[to] = escaped_ascii(raw.get(from + 1));
        from += 2;
        to += 1;
    }
    while from < raw.len() {
        let escaped = raw[from] == b'\\';
        folded[to] = if escaped { escaped_ascii(raw.get(from + 1)) } else { raw[from].to_ascii_lowercase() };
        from += if escaped { 2 } else { 1 };
        to += 1;
    }
    out.truncate(start + to);
}

#[inline]
fn escaped_ascii(code: Option<&u8>) -> u8 {
    match code {
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(&other) => other.to_ascii_lowercase(),
        None => b'\\',
    }
}

/// The top bit of each byte that equals the given one.
#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let difference = word ^ u64::from(byte).wrapping_mul(0x0101_0101_0101_0101);
    !(((difference & LOW) + LOW) | difference | LOW)
}

/// Eight bytes with their ASCII letters in lower case.
#[inline]
fn lower(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = word & (EACH * 0x7f);
    let from_a = low + EACH * u64::from(0x80 - b'A');
    let past_z = low + EACH * u64::from(0x80 - b'Z' - 1);
    word | (((from_a & !past_z & !word) & (EACH * 0x80)) >> 2)
}

/// Folds any text. What is ASCII, escapes of two characters among it, is folded by vector instructions; the rest is little, mostly.
fn fold_unicode_into(raw: &[u8], flags: u8, out: &mut Vec<u8>) {
    let is_escaped = flags & ESCAPED != 0;
    let fold_plain = |plain: &[u8], out: &mut Vec<u8>| {
        if is_escaped {
            fold_escapes_into(Level::best(), plain, out);
        } else {
            fold_ascii_into(plain, out);
        }
    };
    // what is plain starts at `from`
    let (mut from, mut at) = (0, 0);
    loop {
        at += raw[at..].iter().take_while(|byte| byte.is_ascii() && **byte != b'\\').count();
        match raw.get(at..) {
            None | Some([]) => return fold_plain(&raw[from..], out),
            Some([b'\\', next, ..]) if is_escaped && next.is_ascii() && *next != b'u' => at += 2,
            Some([b'\\', _, ..]) if is_escaped => {
                fold_plain(&raw[from..at], out);
                let (c, len) = escape(&raw[at..]);
                out.extend_from_slice(fold_char(c).encode_utf8(&mut [0; 4]).as_bytes());
                at += len;
                from = at;
            }
            Some([byte, ..]) if byte.is_ascii() => at += 1,
            Some(rest) => {
                fold_plain(&raw[from..at], out);
                let len = rest.iter().take_while(|byte| !byte.is_ascii()).count();
                match std::str::from_utf8(&rest[..len]) {
                    Ok(run) => fold_into(run, out),
                    // the decoder refuses such lines; kept for callers that did not ask it
                    Err(_) => fold_into(&String::from_utf8_lossy(&rest[..len]), out),
                }
                at += len;
                from = at;
            }
        }
    }
}

fn fold_ascii_into(raw: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(raw);
    out[start..].make_ascii_lowercase();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unescaped(raw: &str) -> String {
        let mut out = Vec::new();
        unescape_into(raw.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn flags(raw: &str) -> u8 {
        let escaped = if raw.contains('\\') { ESCAPED } else { 0 };
        let is_odd = |c: char| !c.is_ascii() && fold_char(c) != c;
        let unicode = if raw.contains(is_odd) || raw.contains("\\u") { ODD } else { 0 };
        escaped | unicode
    }

    fn folded(raw: &str) -> String {
        let mut out = b"x".to_vec();
        fold_json_into(raw.as_bytes(), flags(raw), &mut out);
        assert_eq!(out.remove(0), b'x');
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes() {
        let check = |raw: &str, expected: &str| assert_eq!(unescaped(raw), expected, "{raw}");
        check(r#"a\\b\/\"\n\r\t\b\f"#, "a\\b/\"\n\r\t\u{8}\u{c}");
        check(r"\u0041\u00e9\u0000", "A\u{e9}\0");
        check(r"\ud83d\ude00", "\u{1f600}");
        check(r"\ud83d", "\u{fffd}");
        check(r"\ude00\ud83d", "\u{fffd}\u{fffd}");
        check(r"\ud83dA\ud83d\u0041\ud83d\ud83d\ude00", "\u{fffd}A\u{fffd}A\u{fffd}\u{1f600}");
        check(r"tail\", "tail\\");
        check(r"\u12", "\u{fffd}12");
    }

    #[test]
    fn folding() {
        let check = |raw: &str, expected: &str| assert_eq!(folded(raw), expected, "{raw}");
        check(r"C:\\Windows\\System32\\CMD.exe", r"c:\windows\system32\cmd.exe");
        check(r"@AZ[`az{ \r\n\u0041", "@az[`az{ \r\na");
        check("\u{c9}A\\\\\u{416}", "\u{e9}a\\\u{436}");
        check("", "");
    }

    #[test]
    fn numbers() {
        let check = |raw: &str, expected: &str| {
            let mut out = Vec::new();
            number_text_into(raw.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{raw}");
        };
        for (raw, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-7", "-7"),
            ("1.0", "1"),
            ("-1.50", "-1.50"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("15e-1", "15e-1"),
            ("150e-1", "15"),
        ] {
            check(raw, expected);
        }
        for (raw, expected) in [
            ("0.5e1", "5"),
            ("-0.0", "0"),
            ("0e99999999999999999999", "0"),
            ("1e37", "10000000000000000000000000000000000000"),
            ("1e38", "1e38"),
        ] {
            check(raw, expected);
        }
        check("1e999999999999999999999", "1e999999999999999999999");
        check("123456789012345678901234567890123456789012345", "123456789012345678901234567890123456789012345");
        check("1200.00e-2", "12");
    }

    proptest! {
        #[test]
        fn ascii_way_agrees_with_the_plain_one(text in "[ -~\\n\\r\\t\u{8}\u{c}\u{ae}\u{df}\u{4e2d}]{0,200}") {
            let raw = serde_json::to_string(&text).unwrap();
            let raw = &raw[1..raw.len() - 1];
            prop_assert_eq!(unescaped(raw), text.clone());
            prop_assert_eq!(folded(raw), text.to_ascii_lowercase());
            for level in Level::available() {
                let mut by_level = Vec::new();
                fold_escapes_into(level, raw.as_bytes(), &mut by_level);
                prop_assert_eq!(String::from_utf8(by_level).unwrap(), text.to_ascii_lowercase(), "{:?}", level);
            }
        }

        /// Text of which much is plain, as JSON spells it with few escapes or with many.
        #[test]
        fn any_text_is_folded(
            pieces in prop::collection::vec(prop_oneof![any::<char>().prop_map(String::from), "[A-Za-z \\\\/\"\n]{0,40}"], 0..12),
            spelled in any::<bool>(),
        ) {
            let text: String = pieces.concat();
            let mut raw = serde_json::to_string(&text).unwrap();
            if spelled {
                let units = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
                raw = raw.chars().map(|c| if c.is_ascii() { c.to_string() } else { units(c) }).collect();
            }
            let mut expected = Vec::new();
            fold_into(&text, &mut expected);
            let mut out = Vec::new();
            fold_json_into(&raw.as_bytes()[1..raw.len() - 1], ESCAPED | ODD, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), String::from_utf8(expected.clone()).unwrap());
            let mut out = Vec::new();
            fold_json_into(text.as_bytes(), ODD, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), String::from_utf8(expected).unwrap());
        }

        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let raw = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(unescaped(&raw[1..raw.len() - 1]), text);
        }
    }
}
