//! Text for people and machines, appended to a byte buffer.
//!
//! Alerts are written at up to the rate of events, so nothing here allocates: a string is copied in runs between the bytes that need an
//! escape, an integer is written from a small array. Text for a terminal is made harmless first: events and rules are not trusted, and a
//! title with an escape sequence must not drive the reader's terminal.

use crate::event;

/// Appends a JSON string, quotes included.
pub(super) fn json_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let is_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // most have nothing to escape, which is told without a branch for each byte
    if !bytes.iter().fold(false, |any, byte| any | is_escaped(*byte)) {
        out.extend_from_slice(bytes);
        out.push(b'"');
        return;
    }
    let mut copied = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if !is_escaped(byte) {
            continue;
        }
        out.extend_from_slice(&bytes[copied..at]);
        copied = at + 1;
        escape_into(out, byte);
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

/// Appends the escape of a character that cannot stand in a JSON string.
fn escape_into(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        control => {
            let hex = b"0123456789abcdef";
            out.extend_from_slice(b"\\u00");
            out.push(hex[usize::from(control >> 4)]);
            out.push(hex[usize::from(control & 15)]);
        }
    }
}

/// Appends an event in JSON on one line: as it was read, without white space between its tokens. Where reading is more lenient than JSON, what it
/// reads is written: raw control characters as escapes, halves of surrogates and what is not UTF-8 as U+FFFD.
pub fn event_into(out: &mut Vec<u8>, event: &[u8]) {
    let event = String::from_utf8_lossy(event);
    let event = event.as_bytes();
    // what is copied next, and where the next byte that is not copied as it is may stand
    let (mut copied, mut at) = (0, 0);
    let mut in_string = false;
    while let Some(&byte) = event.get(at) {
        let plain = match byte {
            b'"' => {
                in_string = !in_string;
                true
            }
            b'\\' => {
                let (character, length) = event::text::escape(&event[at..]);
                if character == '\u{fffd}' {
                    out.extend_from_slice(&event[copied..at]);
                    out.extend_from_slice(b"\\ufffd");
                    copied = at + length;
                }
                at += length;
                continue;
            }
            b' ' => in_string,
            0..b' ' => false,
            _ => true,
        };
        if !plain {
            out.extend_from_slice(&event[copied..at]);
            if in_string {
                escape_into(out, byte);
            }
            copied = at + 1;
        }
        at += 1;
    }
    out.extend_from_slice(event.get(copied..).unwrap_or_default());
}

/// Appends a JSON string, or `null`.
pub(super) fn json_optional(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => json_string(out, text),
        None => out.extend_from_slice(b"null"),
    }
}

/// Appends a JSON array of strings.
pub(super) fn json_strings<'t>(out: &mut Vec<u8>, texts: impl IntoIterator<Item = &'t str>) {
    out.push(b'[');
    for (at, text) in texts.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json_string(out, text);
    }
    out.push(b']');
}

/// Appends the decimal digits of a number.
pub(super) fn integer(out: &mut Vec<u8>, mut number: u64) {
    // u64::MAX has 20 digits
    let mut digits = [b'0'; 20];
    let count = number.checked_ilog10().map_or(1, |log| log as usize + 1);
    for digit in digits[..count].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    // all of them, which takes no call, and then those that do not count are dropped
    out.extend_from_slice(&digits);
    out.truncate(out.len() - digits.len() + count);
}

/// Appends text for a terminal: control characters and those that reorder text are spelt out (`\u{202e}`).
pub(super) fn harmless_into(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for character in text.chars() {
        if character.is_control() || reorders(character) {
            out.extend(character.escape_unicode().map(|c| c as u8));
        } else {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// Text for a terminal, control characters escaped, as a string.
pub fn harmless(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    harmless_into(&mut out, text);
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether a character has no glyph but changes how its neighbours are shown, or breaks the line.
fn reorders(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{061c}')
}

/// A number with its thousands apart: `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 event`, `2 events`, `1,234 events`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_strings_read_back() {
        for text in ["", "plain", "a\"b\\c", "\u{0}\u{1f}\n\r\t\u{7f}", "größe \u{202e} \u{10ffff}", "\\", "ends\""] {
            let mut out = Vec::new();
            json_string(&mut out, text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
        let mut out = Vec::new();
        json_strings(&mut out, ["a", "\""]);
        json_optional(&mut out, None);
        json_strings(&mut out, []);
        assert_eq!(String::from_utf8(out).unwrap(), r#"["a","\""]null[]"#);
    }

    #[test]
    fn events_stand_on_one_line() {
        for (event, line) in [
            (&b"{}"[..], "{}"),
            (b" { \"a\" : [ 1.50 , \"b  c\" ],\n\t\"a\": null }\r\n", r#"{"a":[1.50,"b  c"],"a":null}"#),
            (br#"{"a\"b" : "\\" , "c":"\\\" :  "}"#, r#"{"a\"b":"\\","c":"\\\" :  "}"#),
            (b"{\"a\nb\": \"\x01\t\x7f\"}", "{\"a\\nb\":\"\\u0001\\t\x7f\"}"),
            // halves of surrogates, and whole ones
            (br#"{"a": "\ud800\uD83D\uDE00\udc00x\ud83d"}"#, r#"{"a":"\ufffd\uD83D\uDE00\ufffdx\ufffd"}"#),
            (b"{\"a\": \"\xff\xc3\xa9\"}", "{\"a\":\"\u{fffd}\u{e9}\"}"),
        ] {
            let mut out = Vec::new();
            event_into(&mut out, event);
            assert_eq!(String::from_utf8(out.clone()).unwrap(), line);
            assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok(), "{line}");
        }
        // what is no event does not panic
        for text in ["", "\\", "\"\\", "\"\\u", "\"\\ud8", "\\\u{e9}"] {
            event_into(&mut Vec::new(), text.as_bytes());
        }
    }

    #[test]
    fn numbers() {
        for number in [0, 7, 10, 999, 1_000, 123_456_789, u64::MAX] {
            let mut out = Vec::new();
            integer(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!((counted(1, "event"), counted(0, "event")), ("1 event".into(), "0 events".into()));
    }

    #[test]
    fn terminals_are_safe() {
        for (text, shown) in [
            ("plain title", "plain title"),
            ("größe", "größe"),
            ("\u{1b}[2J\r\n", "\\u{1b}[2J\\u{d}\\u{a}"),
            ("a\u{202e}b\u{9b}", "a\\u{202e}b\\u{9b}"),
        ] {
            assert_eq!(harmless(text), shown);
        }
    }
}
