//! Identifiers: every name that a rule's author chose becomes a legal, unique Rust name here and nowhere else.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, Span};

use crate::plan::content_hash;

/// How long the readable part of a name may get.
const LONGEST: usize = 64;

/// The names that are taken in one scope of generated code.
#[derive(Debug, Default)]
pub(super) struct Taken {
    names: HashSet<String>,
    numbers: HashMap<String, u32>,
}

impl Taken {
    /// Keeps names for items of the scope itself.
    pub(super) fn reserve(&mut self, names: &[&str]) {
        self.names.extend(names.iter().map(|name| (*name).to_owned()));
    }

    /// This name, or the first of `name_2`, `name_3`, .. that is free.
    pub(super) fn claim(&mut self, name: String) -> String {
        if self.names.insert(name.clone()) {
            return name;
        }
        let number = self.numbers.entry(name.clone()).or_insert(1);
        loop {
            *number += 1;
            let numbered = format!("{name}_{number}");
            if self.names.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

/// Names that generated functions use themselves.
const USED: &[&str] = &["event", "held", "at_least"];

/// What variables that codegen invents are called before their number.
const INVENTED: &[&str] = &["element", "part"];

/// The words that may not be an identifier, in any edition.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The words that may not even be a raw identifier.
const NEVER_RAW: &[&str] = &["crate", "self", "super"];

/// Files that a module may not be named after: they have another meaning here, to Cargo, or to Windows.
const FILES: &[&str] = &["field", "scope", "lib", "main", "con", "prn", "aux", "nul"];

/// The local variable of a selection: the author's name as far as Rust allows.
pub(super) fn local(name: &str, taken: &mut Taken) -> Ident {
    let name = match snake(name) {
        words if words.is_empty() => "selection".to_owned(),
        words if words.starts_with(|c: char| c.is_ascii_digit()) => format!("selection_{words}"),
        words => words,
    };
    let invented = INVENTED.iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.bytes().all(|b| b == b'_' || b.is_ascii_digit()))
    });
    let name = if invented || USED.contains(&name.as_str()) { format!("{name}_") } else { name };
    word(&taken.claim(name))
}

/// A name in lower case, raw where it is a keyword.
pub(super) fn word(name: &str) -> Ident {
    if NEVER_RAW.contains(&name) {
        Ident::new(&format!("{name}_"), Span::call_site())
    } else if KEYWORDS.contains(&name) {
        Ident::new_raw(name, Span::call_site())
    } else {
        Ident::new(name, Span::call_site())
    }
}

/// A module's name, which is also a file's name.
pub(super) fn module(name: &str) -> String {
    let name = match snake(name) {
        words if words.is_empty() => "rules".to_owned(),
        words if words.starts_with(|c: char| c.is_ascii_digit()) => format!("rules_{words}"),
        words => words,
    };
    let device = matches!(name.as_bytes(), [b'c', b'o', b'm', b'0'..=b'9'] | [b'l', b'p', b't', b'0'..=b'9']);
    let word = name.as_str();
    if device || KEYWORDS.contains(&word) || NEVER_RAW.contains(&word) || FILES.contains(&word) {
        format!("{name}_")
    } else {
        name
    }
}

/// A function's name from a plan's symbol, which is one already unless the plan was made by hand.
pub(super) fn symbol(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(plain) {
        return name.to_owned();
    }
    match snake(name) {
        words if words.starts_with(|c: char| c.is_ascii_lowercase()) => words,
        words => format!("rule_{words}"),
    }
}

/// The words of a name for a constant: `PROCESS_PARENT_NAME`.
pub(super) fn constant(name: &str, fallback: &str) -> String {
    match snake(name) {
        words if words.is_empty() => fallback.to_owned(),
        words if words.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("{fallback}_{}", words.to_ascii_uppercase())
        }
        words => words.to_ascii_uppercase(),
    }
}

/// The words of a name in lower case, joined by `_`, cut where they get too long; empty if it has no ASCII letter or digit.
///
/// `CommandLine` becomes `command_line`, `process.parent.name` becomes `process_parent_name`.
fn snake(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        if words.len() > LONGEST {
            break;
        }
        if !c.is_ascii_alphanumeric() {
            before = ' ';
            continue;
        }
        let next_is_lower = chars.peek().is_some_and(char::is_ascii_lowercase);
        let after_word = before.is_ascii_lowercase() || before.is_ascii_digit();
        let capital = c.is_ascii_uppercase() && (after_word || (before.is_ascii_uppercase() && next_is_lower));
        if (before == ' ' || capital) && !words.is_empty() {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
        before = c;
    }
    if words.len() <= LONGEST {
        return words;
    }
    // what is cut at the end of a word lives on in a hash
    let head = &words[..LONGEST];
    let head = head.rfind('_').filter(|at| *at > LONGEST / 2).map_or(head, |at| &head[..at]);
    format!("{}_{:04x}", head.trim_end_matches('_'), content_hash(name) >> 48)
}

/// An identifier from a name that is one already.
pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locals_are_legal_and_unique() {
        let mut taken = Taken::default();
        let mut check =
            |name: &str, expected: &str| assert_eq!(local(name, &mut taken).to_string(), expected, "{name}");
        check("selection", "selection");
        check("Selection", "selection_2");
        check("fn", "r#fn");
        check("self", "self_");
        check("Self", "self_2");
        check("crate", "crate_");
        check("match", "r#match");
        check("gen", "r#gen");
        check("_", "selection_3");
        check("\u{1f980}", "selection_4");
        check("1_of", "selection_1_of");
        check("event", "event_");
        check("element", "element_");
        check("element_3", "element_3_");
        check("part_1", "part_1_");
        check("parts", "parts");
        check("a.b", "a_b");
        check("a|b", "a_b_2");
        check("a_b_2", "a_b_2_2");
        check("*/ } \" \u{202e} \n {", "selection_5");
        assert!(local(&"long ".repeat(2_000), &mut taken).to_string().len() < 80);
    }

    #[test]
    fn words_become_names() {
        let check = |name: &str, expected: &str| assert_eq!(snake(name), expected, "{name}");
        check("CommandLine", "command_line");
        check("EventID", "event_id");
        check("process.parent.name", "process_parent_name");
        check("c-uri", "c_uri");
        check("Sha256Hash", "sha256_hash");
        check("HTTPServer", "http_server");
        check("  --__ ", "");
        check("Gr\u{f6}\u{df}e", "gr_e");
        check("filter_main_1", "filter_main_1");
        let long = snake(&"x".repeat(10_000));
        assert!(long.len() <= LONGEST + 5, "{long}");
        assert_ne!(long, snake(&"x".repeat(100)));
    }

    #[test]
    fn modules_are_files() {
        let check = |name: &str, expected: &str| assert_eq!(module(name), expected, "{name}");
        check("windows_process_creation", "windows_process_creation");
        check("../../etc", "etc");
        check("field", "field_");
        check("fn", "fn_");
        check("self", "self_");
        check("COM1", "com1_");
        check("", "rules");
        check("7zip", "rules_7zip");
    }
}
