//! Alerts as lines.
//!
//! What an alert says of its rule never changes, so it is rendered once for each rule, when the run starts; an alert then costs a copy and
//! a few short appends to a buffer that the caller uses again.

use std::ops::Range;

use super::args::Format;
use super::text::{event_into, harmless_into, integer, json_optional, json_string, json_strings};
use crate::pack::{Level, RuleInfo};

/// The event of an alert.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventHead<'e> {
    /// Its number over all inputs.
    pub number: u64,
    /// The input it came from.
    pub source: &'e str,
    /// Its line there, or its number where the input has no lines.
    pub line: u64,
    /// When it happened, as it says itself.
    pub timestamp: Option<&'e str>,
    /// Its text, where the alert carries it.
    pub json: Option<&'e [u8]>,
}

/// Writes alerts in one format.
#[derive(Debug)]
pub(super) struct Renderer {
    style: Style,
    /// What is the same in every alert of a rule, for all rules one after another.
    heads: Vec<u8>,
    ranges: Vec<Range<usize>>,
}

#[derive(Clone, Copy, Debug)]
enum Style {
    Ndjson,
    Human { color: bool },
    Nothing,
}

impl Renderer {
    /// Renders what alerts of these rules say of them.
    pub(super) fn new<'r>(format: Format, color: bool, rules: impl Iterator<Item = &'r RuleInfo>) -> Self {
        let style = match format {
            Format::Ndjson => Style::Ndjson,
            Format::Human => Style::Human { color },
            Format::Summary | Format::Json => Style::Nothing,
        };
        let mut heads = Vec::new();
        let mut ranges = Vec::new();
        for rule in rules {
            let start = heads.len();
            match style {
                Style::Ndjson => json_head(&mut heads, rule),
                Style::Human { color } => human_head(&mut heads, rule, color),
                Style::Nothing => {}
            }
            ranges.push(start..heads.len());
        }
        Self { style, heads, ranges }
    }

    /// Appends one alert of the rule with this number.
    pub(super) fn alert<'s>(
        &self,
        out: &mut Vec<u8>,
        rule: usize,
        event: EventHead<'_>,
        selections: impl Iterator<Item = &'s str>,
    ) {
        let head = self.ranges.get(rule).map_or(&[][..], |range| &self.heads[range.clone()]);
        match self.style {
            Style::Ndjson => {
                out.extend_from_slice(head);
                json_optional(out, event.timestamp);
                out.extend_from_slice(b",\"events\":[");
                integer(out, event.number);
                out.extend_from_slice(b"],\"selections\":");
                json_strings(out, selections);
                if let Some(json) = event.json {
                    out.extend_from_slice(b",\"event\":");
                    event_into(out, json);
                }
                out.extend_from_slice(b"}\n");
            }
            Style::Human { color } => {
                let (dim, plain) = if color { (DIM, PLAIN) } else { ("", "") };
                out.extend_from_slice(dim.as_bytes());
                let start = out.len();
                harmless_into(out, event.timestamp.unwrap_or("-"));
                pad(out, start, TIME_WIDTH);
                out.extend_from_slice(plain.as_bytes());
                out.extend_from_slice(head);
                out.extend_from_slice(dim.as_bytes());
                harmless_into(out, event.source);
                out.push(b':');
                integer(out, event.line);
                let mut between = " [";
                for selection in selections {
                    out.extend_from_slice(between.as_bytes());
                    harmless_into(out, selection);
                    between = ", ";
                }
                if between == ", " {
                    out.push(b']');
                }
                if let Some(json) = event.json {
                    out.extend_from_slice(b"\n    ");
                    let mut text = Vec::with_capacity(json.len());
                    event_into(&mut text, json);
                    harmless_into(out, &String::from_utf8_lossy(&text));
                }
                out.extend_from_slice(plain.as_bytes());
                out.push(b'\n');
            }
            Style::Nothing => {}
        }
    }
}

/// `{"rule":{..},"tags":[..],"timestamp":`
fn json_head(out: &mut Vec<u8>, rule: &RuleInfo) {
    out.extend_from_slice(b"{\"rule\":{\"id\":");
    json_optional(out, rule.id.as_deref());
    out.extend_from_slice(b",\"name\":");
    json_string(out, &rule.title);
    out.extend_from_slice(b",\"level\":");
    json_optional(out, rule.level.map(Level::as_str));
    out.extend_from_slice(b",\"source\":");
    json_string(out, &rule.source);
    out.extend_from_slice(b"},\"tags\":");
    json_strings(out, rule.tags.iter().map(AsRef::as_ref));
    out.extend_from_slice(b",\"timestamp\":");
}

/// ` high           Web Server Spawns Shell  `
fn human_head(out: &mut Vec<u8>, rule: &RuleInfo, color: bool) {
    let (shade, bold, plain) = if color { (shade(rule.level), BOLD, PLAIN) } else { ("", "", "") };
    out.push(b' ');
    out.extend_from_slice(shade.as_bytes());
    let start = out.len();
    out.extend_from_slice(rule.level.map_or("-", Level::as_str).as_bytes());
    pad(out, start, LEVEL_WIDTH);
    out.extend_from_slice(plain.as_bytes());
    out.push(b' ');
    out.extend_from_slice(bold.as_bytes());
    harmless_into(out, &rule.title);
    out.extend_from_slice(plain.as_bytes());
    out.extend_from_slice(b"  ");
}

/// `2020-10-22T18:33:21.573Z`
const TIME_WIDTH: usize = 24;
/// `informational`
const LEVEL_WIDTH: usize = 13;

/// Escape sequences that set how a terminal shows text.
pub(super) const BOLD: &str = "\x1b[1m";
pub(super) const DIM: &str = "\x1b[2m";
pub(super) const RED: &str = "\x1b[1;31m";
pub(super) const YELLOW: &str = "\x1b[1;33m";
pub(super) const PLAIN: &str = "\x1b[0m";

fn shade(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Critical) => "\x1b[1;35m",
        Some(Level::High) => "\x1b[31m",
        Some(Level::Medium) => "\x1b[33m",
        Some(Level::Low) => "\x1b[36m",
        Some(Level::Informational) | None => DIM,
    }
}

/// Appends spaces until what was appended since `start` has `width` columns.
fn pad(out: &mut Vec<u8>, start: usize, width: usize) {
    let end = (start + width).max(out.len());
    out.resize(end, b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: Format, color: bool, level: Option<Level>, json: Option<&[u8]>, expected: &str) {
        let rule = RuleInfo {
            id: None,
            title: "Shell \"spawned\"\u{1b}".into(),
            level,
            tags: vec!["attack.t1059".into(), "x".into()],
            source: "rules/a.yml".into(),
            selections: vec!["a".into(), "b".into()],
            marks: vec![],
        };
        let renderer = Renderer::new(format, color, [&rule, &rule].into_iter());
        let mut out = b"kept ".to_vec();
        let timestamp = Some("2026-01-02T03:04:05Z");
        let event = EventHead { number: 41, source: "e.ndjson", line: 7, timestamp, json };
        renderer.alert(&mut out, 1, event, ["a", "b"].into_iter());
        assert_eq!(String::from_utf8(out).unwrap(), format!("kept {expected}"));
    }

    #[test]
    fn lines() {
        let json = concat!(
            r#"{"rule":{"id":null,"name":"Shell \"spawned\"\u001b","level":"high","source":"rules/a.yml"},"tags":["attack.t1059","x"],"#,
            r#""timestamp":"2026-01-02T03:04:05Z","events":[41],"selections":["a","b"]}"#,
            "\n"
        );
        check(Format::Ndjson, true, Some(Level::High), None, json);
        let carrying = json.replace("]}\n", r#"],"event":{"a b":["c d",1]}}"#) + "\n";
        let event = b" {\t\"a b\" : [\"c d\",\r\n1 ] }\n";
        check(Format::Ndjson, false, Some(Level::High), Some(event), &carrying);
        let human = "2026-01-02T03:04:05Z     critical      Shell \"spawned\"\\u{1b}  e.ndjson:7 [a, b]\n";
        check(Format::Human, false, Some(Level::Critical), None, human);
        let carrying = format!("{human}    {{\"a\\u{{202e}}\":\"\\u001b\"}}\n");
        let event = "{ \"a\u{202e}\": \"\u{1b}\" }".as_bytes();
        check(Format::Human, false, Some(Level::Critical), Some(event), &carrying);
        let colored = "\x1b[2m2026-01-02T03:04:05Z    \x1b[0m \x1b[2m-            \x1b[0m \x1b[1mShell \"spawned\"\\u{1b}\x1b[0m  \x1b[2me.ndjson:7 [a, b]\x1b[0m\n";
        check(Format::Human, true, None, None, colored);
        check(Format::Summary, true, None, Some(b"{}"), "");
    }
}
