//! Names for generated code: readable, stable and unique, whatever a rule's author wrote.
//!
//! A name is made of the author's words where they can stand in an identifier, and of a short hash of the content where that does
//! not make it unique. So a name depends on what it names and on nothing else: adding a rule renames no other.

use std::collections::HashMap;

/// How long the readable part of a name may get.
const LONGEST: usize = 64;

/// A hash that is the same on every machine and in every version: FNV-1a, then mixed so that every hex digit depends on every byte.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    let fnv = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

/// The words of a text in lower case, joined by `_`, cut where they get too long; empty if it has no ASCII letter or digit.
///
/// `CommandLine` becomes `command_line`, `process.parent.name` becomes `process_parent_name`.
pub fn snake(text: &str) -> String {
    cut(words(text, true))
}

/// As [`snake`], for prose: a word is not split at its capitals (`PowerShell` is one word).
pub fn snake_prose(text: &str) -> String {
    cut(words(text, false))
}

/// The names of a pack's rules in generated code: the title's words, then `_` and four or more hex digits of the identity.
///
/// A rule's name does not depend on its place, unless another rule has the same title and the same identity: those are numbered.
pub fn symbols(rules: &[(&str, &str)]) -> Vec<String> {
    let mut names: Vec<(String, String)> = Vec::with_capacity(rules.len());
    for (title, identity) in rules {
        let words = snake_prose(title);
        let words = if words.starts_with(|c: char| c.is_ascii_alphabetic()) { words } else { format!("rule_{words}") };
        let words = words.trim_end_matches('_').to_owned();
        names.push((words, format!("{:016x}", fingerprint(identity.as_bytes()))));
    }
    let mut symbols = vec![String::new(); rules.len()];
    let mut open: Vec<usize> = (0..rules.len()).collect();
    for digits in [4, 8, 16] {
        let short = |at: &usize| format!("{}_{}", names[*at].0, &names[*at].1[..digits]);
        let mut count: HashMap<String, u32> = HashMap::new();
        for at in &open {
            *count.entry(short(at)).or_default() += 1;
        }
        open.retain(|at| {
            let name = short(at);
            let shared = count.get(&name) != Some(&1);
            symbols[*at] = name;
            shared
        });
    }
    let mut seen: HashMap<String, u32> = HashMap::new();
    for at in open {
        let number = seen.entry(symbols[at].clone()).or_default();
        *number += 1;
        if *number > 1 {
            symbols[at] = format!("{}_{number}", symbols[at]);
        }
    }
    symbols
}

/// The module for the rules of a log source: `windows_process_creation`, or `any` where it is open.
pub fn module(product: Option<&str>, category: Option<&str>, service: Option<&str>) -> String {
    let parts: Vec<String> =
        [product, category, service].into_iter().flatten().map(snake).filter(|words| !words.is_empty()).collect();
    match parts.join("_") {
        name if name.is_empty() => "any".to_owned(),
        name if name.starts_with(|c: char| c.is_ascii_digit()) => cut(format!("source_{name}")),
        name => cut(name),
    }
}

fn words(text: &str, split_capitals: bool) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // a name of a megabyte is cut anyway
        if out.len() > 4 * LONGEST {
            break;
        }
        if !c.is_ascii_alphanumeric() {
            before = ' ';
            continue;
        }
        let next_is_lower = chars.peek().is_some_and(char::is_ascii_lowercase);
        let after_word = before.is_ascii_lowercase() || before.is_ascii_digit();
        let capital = split_capitals && c.is_ascii_uppercase() && (after_word || (before.is_ascii_uppercase() && next_is_lower));
        if (before == ' ' || capital) && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
        before = c;
    }
    out
}

/// Shortens a name at the end of a word; what was cut lives on in a hash.
fn cut(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let head = &name[..LONGEST];
    let head = head.rfind('_').filter(|at| *at > LONGEST / 2).map_or(head, |at| &head[..at]);
    format!("{head}_{:04x}", fingerprint(name.as_bytes()) >> 48)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_names() {
        let check = |text: &str, name: &str| assert_eq!(snake(text), name, "{text}");
        check("CommandLine", "command_line");
        check("EventID", "event_id");
        check("process.parent.name", "process_parent_name");
        check("c-uri", "c_uri");
        check("Sha256Hash", "sha256_hash");
        check("HTTPServer", "http_server");
        check("  --__ ", "");
        check("🦀", "");
        check("Gr\u{f6}\u{df}e", "gr_e");
        check("filter_main_1", "filter_main_1");
        assert_eq!(snake_prose("PowerShell Web Download"), "powershell_web_download");
        let long = snake(&"x".repeat(10_000));
        assert!(long.len() <= LONGEST + 5, "{long}");
        assert_ne!(long, snake(&"x".repeat(100)));
    }

    #[test]
    fn symbols_are_unique_and_do_not_depend_on_neighbours() {
        let all = symbols(&[("A b", "1"), ("A b", "2"), ("A b", "1"), ("", "1"), ("9 lives", "3"), ("A b", "1")]);
        let unique: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(unique.len(), all.len(), "{all:?}");
        assert_eq!(symbols(&[("A b", "2")])[0], all[1]);
        assert!(all[0].starts_with("a_b_") && all[4].starts_with("rule_9_lives_"), "{all:?}");
    }

    #[test]
    fn modules_follow_log_sources() {
        assert_eq!(module(Some("windows"), Some("process_creation"), None), "windows_process_creation");
        assert_eq!(module(None, None, None), "any");
        assert_eq!(module(Some("3par"), None, Some("\u{202e}")), "source_3par");
    }
}
