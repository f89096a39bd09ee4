//! Tables as text: aligned columns, JSON objects, comma-separated values.

use std::fmt::Write as _;

use sigil_runtime::cli::text::harmless;
use sigil_runtime::table::Value;

use super::Found;

/// Columns of equal width: names, types, a rule, and rows. Several values are `[a, b]`, null is `null`; characters that a terminal would obey are spelt out.
/// Lines are cut at `width` characters, if it is given.
pub fn table(found: &Found, width: Option<usize>) -> String {
    let mut lines: Vec<Vec<String>> = vec![
        found.columns.iter().map(|(name, _)| harmless(name)).collect(),
        found.columns.iter().map(|(_, kind)| kind.to_string()).collect(),
    ];
    lines.extend(found.rows.iter().map(|row| row.iter().map(|value| harmless(&spaced(value))).collect()));
    let widest = |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|text| text.chars().count()).max();
    let widths: Vec<usize> = (0..found.columns.len()).map(|at| widest(at).unwrap_or(0)).collect();
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(text, width)| padded(text, *width)).collect();
        push_line(&mut out, cells.join(" | ").trim_end(), width);
        if number == 1 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            push_line(&mut out, &rules.join("-+-"), width);
        }
    }
    out
}

/// A text with spaces behind it; `format!` knows no width above 65,535.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())))
}

fn push_line(out: &mut String, line: &str, width: Option<usize>) {
    // two characters say that the line is cut
    let cut = width.filter(|width| line.chars().count() > *width).map(|width| width.saturating_sub(2));
    match cut.and_then(|keep| line.char_indices().nth(keep)).and_then(|(end, _)| line.get(..end)) {
        Some(start) => out.extend([start, "..\n"]),
        None => out.extend([line, "\n"]),
    }
}

fn spaced(value: &Value) -> String {
    match value {
        Value::List(members) => format!("[{}]", members.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        value => value.to_string(),
    }
}

/// One JSON object a row: numbers and booleans as such, other values as texts, several values as an array.
pub fn ndjson(found: &Found) -> String {
    let mut out = String::new();
    for row in &found.rows {
        let members = found.columns.iter().zip(row).map(|((name, _), value)| {
            let name = serde_json::to_string(&**name).unwrap_or_default();
            format!("{name}:{}", json(value))
        });
        let _ = writeln!(out, "{{{}}}", members.collect::<Vec<_>>().join(","));
    }
    out
}

fn json(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Int(_) | Value::Long(_) | Value::Unsigned(_) => value.to_string(),
        Value::Double(number) => serde_json::Number::from_f64(*number).map_or("null".to_owned(), |n| n.to_string()),
        Value::List(members) => format!("[{}]", members.iter().map(json).collect::<Vec<_>>().join(",")),
        Value::Text(_)
        | Value::Ip(_)
        | Value::Version(_)
        | Value::Date(_)
        | Value::DateNanos(_)
        | Value::Period(..)
        | Value::Duration(_)
        | Value::Point(..) => serde_json::to_string(&value.to_string()).unwrap_or_default(),
    }
}

/// RFC 4180, with a heading of `name:type`. Null is an empty cell and an empty text is `""`; several values are a JSON array.
pub fn csv(found: &Found) -> String {
    let mut out = String::new();
    let heading = found.columns.iter().map(|(name, kind)| quoted(&format!("{name}:{kind}")));
    out.extend([heading.collect::<Vec<_>>().join(",").as_str(), "\r\n"]);
    for row in &found.rows {
        out.extend([row.iter().map(csv_cell).collect::<Vec<_>>().join(",").as_str(), "\r\n"]);
    }
    out
}

fn csv_cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::List(_) => quoted(&json(value)),
        value => quoted(&value.to_string()),
    }
}

fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && !text.contains(['"', ',', '\n', '\r']);
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}
