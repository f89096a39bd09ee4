//! Alerts as lines.
//!
//! What an alert says of its rule never changes, so it is rendered once for each rule that has an alert; an alert then costs a copy and
//! a few short appends to a buffer that the caller uses again.

use std::sync::{Arc, OnceLock};

use super::args::Format;
use super::text::{counted, event_into, harmless_into, integer, json_optional, json_string, json_strings};
use crate::alert::Alert;
use crate::feedback::json_of;
use crate::operator::{AlertId, Found};
use crate::pack::{Level, Mark, RuleInfo};
use crate::table::Value;
use crate::table::value::date_text;

/// Where the event of an alert stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'e> {
    /// The input it came from.
    pub source: &'e str,
    /// Its line there, or its number where the input has no lines.
    pub line: u64,
}

/// What is written of an alert.
struct Shown<'a, 's> {
    rule: &'a RuleInfo,
    /// Its place among all rules.
    index: usize,
    timestamp: Option<&'a str>,
    events: &'a [u64],
    selections: &'s mut dyn Iterator<Item = &'a str>,
    values: &'a [(Arc<str>, Value)],
    found: Option<&'a Found>,
    building_block: bool,
    place: Option<Place<'a>>,
    event: Option<&'a [u8]>,
    /// Of an alert of a single event, where it is told.
    id: Option<AlertId>,
}

/// Writes alerts in one format.
#[derive(Debug)]
pub(super) struct Renderer {
    style: Style,
    /// What is the same in every alert of a rule, by its place among all rules.
    heads: Box<[OnceLock<Box<[u8]>>]>,
    /// Whether all alerts carry their event.
    include_event: bool,
    with_ids: bool,
}

#[derive(Clone, Copy, Debug)]
enum Style {
    Ndjson,
    Human { color: bool },
    Nothing,
}

impl Renderer {
    /// For so many rules.
    pub(super) fn new(format: Format, color: bool, include_event: bool, rules: usize) -> Self {
        let style = match format {
            Format::Ndjson => Style::Ndjson,
            Format::Human => Style::Human { color },
            Format::Summary | Format::Json => Style::Nothing,
        };
        Self { style, heads: (0..rules).map(|_| OnceLock::new()).collect(), include_event, with_ids: false }
    }

    /// Alerts of single events say their ids too, for those who may be told them twice.
    pub(super) fn with_ids(self, with_ids: bool) -> Self {
        Self { with_ids, ..self }
    }

    /// Appends an alert; `place` where it has one event, which stands in the input.
    pub(super) fn alert(&self, out: &mut Vec<u8>, alert: &Alert<'_>, place: Option<Place<'_>>) {
        if matches!(self.style, Style::Nothing) {
            return;
        }
        let timestamp = alert.timestamp();
        let carries = self.include_event || alert.carries_event();
        let shown = Shown {
            rule: alert.rule(),
            index: alert.rule_index(),
            timestamp: timestamp.as_deref(),
            events: alert.events(),
            selections: &mut alert.selections(),
            values: alert.values(),
            found: alert.found(),
            building_block: alert.rule().marks.contains(&Mark::BuildingBlock),
            place,
            id: (self.with_ids && alert.found().is_none()).then(|| alert.id()),
            event: Some(alert.event_json()).filter(|json| carries && !json.is_empty()),
        };
        self.line(out, shown);
    }

    /// What is the same in every alert of a rule.
    fn head(&self, rule: &RuleInfo) -> Box<[u8]> {
        let mut head = Vec::new();
        match self.style {
            Style::Ndjson => json_head(&mut head, rule),
            Style::Human { color } => human_head(&mut head, rule, color),
            Style::Nothing => {}
        }
        head.into()
    }

    fn line(&self, out: &mut Vec<u8>, shown: Shown<'_, '_>) {
        let Shown { timestamp, found, place, event, .. } = shown;
        let head = self.heads.get(shown.index).map_or(&[][..], |head| head.get_or_init(|| self.head(shown.rule)));
        match self.style {
            Style::Ndjson => {
                out.extend_from_slice(head);
                json_optional(out, timestamp);
                out.extend_from_slice(b",\"events\":");
                integers(out, shown.events);
                out.extend_from_slice(b",\"selections\":");
                json_strings(out, shown.selections);
                if let Some(id) = shown.id {
                    out.extend_from_slice(b",\"id\":");
                    json_string(out, &id.to_string());
                }
                if let Some(found) = found {
                    json_found(out, found);
                }
                if !shown.values.is_empty() {
                    out.extend_from_slice(b",\"values\":");
                    json_values(out, shown.values);
                }
                if let Some(found) = found {
                    out.extend_from_slice(b",\"event_count\":");
                    integer(out, found.origins.count);
                    if found.suppressed > 0 {
                        out.extend_from_slice(b",\"suppressed\":");
                        integer(out, found.suppressed);
                    }
                }
                if shown.building_block {
                    out.extend_from_slice(b",\"building_block\":true");
                }
                if let Some(json) = event {
                    out.extend_from_slice(b",\"event\":");
                    event_into(out, json);
                }
                out.extend_from_slice(b"}\n");
            }
            Style::Human { color } => {
                let (dim, plain) = if color { (DIM, PLAIN) } else { ("", "") };
                out.extend_from_slice(dim.as_bytes());
                let start = out.len();
                harmless_into(out, timestamp.unwrap_or("-"));
                pad(out, start, TIME_WIDTH);
                out.extend_from_slice(plain.as_bytes());
                out.extend_from_slice(head);
                out.extend_from_slice(dim.as_bytes());
                match (found, place) {
                    (Some(found), _) => human_found(out, found),
                    (None, Some(place)) => {
                        harmless_into(out, place.source);
                        out.push(b':');
                        integer(out, place.line);
                        human_values(out, b" ", shown.values);
                    }
                    (None, None) => {
                        out.extend_from_slice(b"an alert");
                        human_values(out, b" ", shown.values);
                    }
                }
                let mut between = " [";
                for selection in shown.selections {
                    out.extend_from_slice(between.as_bytes());
                    harmless_into(out, selection);
                    between = ", ";
                }
                if between == ", " {
                    out.push(b']');
                }
                if let Some(json) = event {
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

/// `,"id":..,"key":{..},"window":{..}`
fn json_found(out: &mut Vec<u8>, found: &Found) {
    out.extend_from_slice(b",\"id\":");
    json_string(out, &found.id.to_string());
    out.extend_from_slice(b",\"key\":");
    json_values(out, &found.key);
    out.extend_from_slice(b",\"window\":{\"from\":");
    json_string(out, &date_text(found.window.from));
    out.extend_from_slice(b",\"to\":");
    json_string(out, &date_text(found.window.to));
    out.push(b'}');
}

/// An object of named values.
fn json_values(out: &mut Vec<u8>, values: &[(Arc<str>, Value)]) {
    out.push(b'{');
    for (at, (name, value)) in values.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json_string(out, name);
        out.push(b':');
        out.extend_from_slice(json_of(value).to_string().as_bytes());
    }
    out.push(b'}');
}

fn integers(out: &mut Vec<u8>, numbers: &[u64]) {
    out.push(b'[');
    for (at, number) in numbers.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        integer(out, *number);
    }
    out.push(b']');
}

/// So many numbers of events people are shown.
const EVENTS_SHOWN: usize = 5;
/// So many characters of a value people are shown.
const WIDEST: usize = 200;

/// `user.name=root count=7, 7 events [1, 2, 3, 4, 5, ..]`
fn human_found(out: &mut Vec<u8>, found: &Found) {
    let start = out.len();
    human_values(out, b"", &found.key);
    // a result repeats its keys
    let values: Vec<_> = found.values.iter().filter(|value| !found.key.contains(value)).cloned().collect();
    human_values(out, if out.len() > start { b" " } else { b"" }, &values);
    if out.len() > start {
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(counted(found.origins.count, "event").as_bytes());
    let mut between = " [";
    for number in found.origins.events.iter().take(EVENTS_SHOWN) {
        out.extend_from_slice(between.as_bytes());
        integer(out, *number);
        between = ", ";
    }
    if between == ", " {
        let more = found.origins.count > found.origins.events.len().min(EVENTS_SHOWN) as u64;
        out.extend_from_slice(if more { b", ..]" } else { b"]" });
    }
    if found.suppressed > 0 {
        out.extend_from_slice(format!(", and {} suppressed", counted(found.suppressed, "alert")).as_bytes());
    }
}

/// `name=value name=value`
fn human_values(out: &mut Vec<u8>, mut between: &[u8], values: &[(Arc<str>, Value)]) {
    for (name, value) in values {
        out.extend_from_slice(between);
        harmless_into(out, name);
        out.push(b'=');
        let text = value.to_string();
        match text.char_indices().nth(WIDEST) {
            Some((end, _)) => {
                harmless_into(out, text.get(..end).unwrap_or_default());
                out.extend_from_slice(b"..");
            }
            None => harmless_into(out, &text),
        }
        between = b" ";
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
    use crate::operator::{AlertId, Window};
    use crate::table::run::Origins;

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
        let renderer = Renderer::new(format, color, false, 2);
        let mut out = b"kept ".to_vec();
        let timestamp = Some("2026-01-02T03:04:05Z");
        let shown = Shown {
            rule: &rule,
            index: 1,
            timestamp,
            events: &[41],
            selections: &mut ["a", "b"].into_iter(),
            values: &[],
            found: None,
            building_block: false,
            place: Some(Place { source: "e.ndjson", line: 7 }),
            event: json,
            id: None,
        };
        renderer.line(&mut out, shown);
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

    #[test]
    fn what_runs_found() {
        let rule = RuleInfo {
            id: None,
            title: "Many".into(),
            level: None,
            tags: vec![],
            source: "a.yml".into(),
            selections: vec![],
            marks: vec![Mark::BuildingBlock],
        };
        let values =
            [("n".into(), Value::Long(9)), ("all".into(), Value::list([Value::Bool(true), Value::Double(0.5)]))];
        let found = Found {
            id: AlertId([0xab; 16]),
            window: Window { from: 0, to: 300_000 },
            key: vec![("user\u{1b}".into(), Value::text("a\"b")), ("none".into(), Value::Null)],
            values: values.to_vec(),
            origins: Origins { count: 9, events: (0..7).collect(), ..Origins::default() },
            suppressed: 2,
        };
        for (format, line) in [
            (
                Format::Ndjson,
                concat!(
                    r#"{"rule":{"id":null,"name":"Many","level":null,"source":"a.yml"},"tags":[],"#,
                    r#""timestamp":"1970-01-01T00:05:00.000Z","events":[0,1,2,3,4,5,6],"selections":[],"#,
                    r#""id":"abababababababababababababababab","key":{"user\u001b":"a\"b","none":null},"#,
                    r#""window":{"from":"1970-01-01T00:00:00.000Z","to":"1970-01-01T00:05:00.000Z"},"#,
                    r#""values":{"n":9,"all":[true,0.5]},"event_count":9,"suppressed":2,"building_block":true}"#,
                    "\n"
                ),
            ),
            (
                Format::Human,
                "1970-01-01T00:05:00.000Z -             Many  user\\u{1b}=a\"b none=null n=9 all=[true,0.5], 9 events [0, 1, 2, 3, 4, ..], and 2 alerts suppressed\n",
            ),
        ] {
            let renderer = Renderer::new(format, false, false, 1);
            let mut out = Vec::new();
            let shown = Shown {
                rule: &rule,
                index: 0,
                timestamp: Some("1970-01-01T00:05:00.000Z"),
                events: &found.origins.events,
                selections: &mut [].into_iter(),
                values: &found.values,
                found: Some(&found),
                building_block: true,
                place: None,
                event: None,
                id: None,
            };
            renderer.line(&mut out, shown);
            assert_eq!(String::from_utf8(out).unwrap(), line);
        }
    }
}
