//! Names for generated code: stable whatever else is in the pack, unique within it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rule, Scope};
use crate::ir::{self, content_hash};

/// The first digits of a content hash.
pub(super) fn short_hash(text: &str) -> String {
    let mut digits = format!("{:016x}", content_hash(text));
    digits.truncate(4);
    digits
}

/// The module of a log source (`windows_process_creation`) or of the first index (`logs_endpoint_events_process`); `any` where neither
/// is named.
pub(super) fn module(meta: &ir::Meta) -> String {
    let words = meta.logsource.iter().flatten().chain(meta.indices.first());
    let words: Vec<String> = words.map(|word| snake(word, 40)).filter(|word| !word.is_empty()).collect();
    let name = if words.is_empty() { "any".to_owned() } else { words.join("_") };
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("n{name}") } else { name }
}

/// Lower-case letters, digits and single underscores; at most `limit` bytes.
fn snake(text: &str, limit: usize) -> String {
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
        if name.len() >= limit {
            break;
        }
    }
    name.trim_end_matches('_').to_owned()
}

/// Gives every rule its symbol: title and a hash of its id (of its source and text where it has none), longer where two would be equal.
pub(super) fn assign_symbols(rules: &mut [Rule]) {
    let mut order: Vec<(String, String, usize)> = Vec::with_capacity(rules.len());
    for (at, rule) in rules.iter().enumerate() {
        let meta = &rule.rule.meta;
        let mut title = snake(&meta.title, 80);
        if !title.starts_with(|c: char| c.is_ascii_lowercase()) {
            title = if title.is_empty() { "rule".to_owned() } else { format!("rule_{title}") };
        }
        let place = rule.rule.span;
        let identity = match &meta.id {
            Some(id) => format!("{id}\0{}\0{}", meta.title, meta.source),
            None => format!("\0{}\0{}\0{}", meta.title, meta.source, place.start),
        };
        order.push((title, identity, at));
    }
    order.sort();
    let mut taken = BTreeSet::new();
    for (title, identity, at) in order {
        let digits = format!("{:016x}", content_hash(&identity));
        let hashed = (4..=digits.len()).map(|len| format!("{title}_{}", &digits[..len]));
        let counted = (2..).map(|n: u32| format!("{title}_{digits}_{n}"));
        let symbol = hashed.chain(counted).find(|symbol| taken.insert(symbol.clone()));
        if let (Some(rule), Some(symbol)) = (rules.get_mut(at), symbol) {
            rule.symbol = symbol;
        }
    }
}

/// Scopes by name; where several would share a name, each gets a hash of its condition.
pub(super) fn unique_scopes(scopes: BTreeMap<ir::Expr, String>) -> Vec<Scope> {
    let mut uses: BTreeMap<String, u32> = BTreeMap::new();
    for name in scopes.values() {
        *uses.entry(name.clone()).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let mut list: Vec<Scope> = Vec::with_capacity(scopes.len());
    for (expr, name) in scopes {
        let mut unique = name.clone();
        if uses.get(&name).is_some_and(|uses| *uses > 1) {
            unique = format!("{name}_{}", short_hash(&format!("{expr:?}")));
        }
        let base = unique.clone();
        let mut n = 2;
        while !taken.insert(unique.clone()) {
            unique = format!("{base}_{n}");
            n += 1;
        }
        list.push(Scope { name: unique, expr });
    }
    list.sort_by(|a, b| a.name.cmp(&b.name));
    list
}
