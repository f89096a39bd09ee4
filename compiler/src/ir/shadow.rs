//! Values of a list that change nothing, because another value holds whenever they do: `abcd` beside `abc` under `contains`.
//!
//! Lists hold thousands of values, so each way of comparing gets a method that is nearly linear.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::TextOp;
use crate::hash::HashMap;

/// For each value the place of one that makes it unnecessary; of equal values, the first is the necessary one.
///
/// What a value is shadowed by may be shadowed itself, but never in a circle: dropping all shadowed values is safe.
pub fn shadows(op: TextOp, values: &[String]) -> Vec<Option<usize>> {
    let mut first: HashMap<&str, usize> = HashMap::default();
    let mut found: Vec<Option<usize>> = values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let kept = *first.entry(value).or_insert(at);
            (kept != at).then_some(kept)
        })
        .collect();
    match op {
        TextOp::Equals => {}
        TextOp::StartsWith => by_neighbours(values, &mut found, |value| value.bytes().collect()),
        TextOp::EndsWith => by_neighbours(values, &mut found, |value| value.bytes().rev().collect()),
        TextOp::Contains => by_search(values, &mut found),
    }
    found
}

/// In sorted order, a prefix stands before everything that starts with it, with nothing else between but more of the same.
fn by_neighbours(values: &[String], found: &mut [Option<usize>], key: impl Fn(&str) -> Vec<u8>) {
    let mut sorted: Vec<(Vec<u8>, usize)> = values.iter().zip(0..).map(|(value, at)| (key(value), at)).collect();
    sorted.sort();
    let mut prefix: Option<&(Vec<u8>, usize)> = None;
    for entry in &sorted {
        match prefix {
            Some((start, kept)) if entry.0.starts_with(start) => {
                // equal values have their answer
                if entry.0.len() > start.len() {
                    found[entry.1] = found[entry.1].or(Some(*kept));
                }
            }
            _ => prefix = Some(entry),
        }
    }
}

fn by_search(values: &[String], found: &mut [Option<usize>]) {
    /// Bytes. While no more than this is looked through, looking at all pairs is cheaper than building an automaton.
    const FEW: usize = 1 << 21;
    let looked_through = values.iter().map(String::len).sum::<usize>().saturating_mul(values.len());
    if looked_through <= FEW {
        // a text holds no other that has a byte which it has not: few pairs are compared
        let bytes = |value: &String| value.bytes().fold(0_u128, |set, byte| set | 1 << (byte & 127));
        let sets: Vec<u128> = values.iter().map(bytes).collect();
        for (at, (value, set)) in values.iter().zip(&sets).enumerate() {
            let holds = |(other, others): (&String, &u128)| {
                others & !set == 0 && other.len() < value.len() && value.contains(other.as_str())
            };
            found[at] = found[at].or_else(|| values.iter().zip(&sets).position(holds));
        }
        return;
    }
    // the longest stand in no other; of hashes, they are the most
    let longest = values.iter().map(String::len).max().unwrap_or(0);
    let places: Vec<usize> = (0..values.len()).filter(|at| values[*at].len() < longest).collect();
    let parts = places.iter().map(|at| &values[*at]);
    // built for a single search: the forms that search faster take longer to build
    let builder = AhoCorasick::builder().kind(Some(AhoCorasickKind::NoncontiguousNFA)).prefilter(false).build(parts);
    let Ok(automaton) = builder else { return };
    for (at, value) in values.iter().enumerate() {
        let shorter = || {
            let hits = automaton.find_overlapping_iter(value.as_str());
            hits.map(|hit| places[hit.pattern().as_usize()]).find(|other| values[*other].len() < value.len())
        };
        found[at] = found[at].or_else(shorter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_values_that_change_nothing() {
        let check = |op: TextOp, values: &str, expected: &str| {
            let values: Vec<String> = values.split(' ').map(str::to_owned).collect();
            let kept: Vec<&str> = shadows(op, &values)
                .iter()
                .zip(&values)
                .filter(|(by, _)| by.is_none())
                .map(|(_, value)| value.as_str())
                .collect();
            assert_eq!(kept.join(" "), expected, "{op:?}");
        };
        check(TextOp::Equals, "ab a ab abc", "ab a abc");
        check(TextOp::Contains, "xabc ab abab b2 ab", "ab b2");
        check(TextOp::StartsWith, "abc ab b ba ab xab", "ab b xab");
        check(TextOp::EndsWith, "abc bc c xc d", "c d");
        check(TextOp::EndsWith, "\u{E9} \u{169}", "\u{E9} \u{169}");
        // by pairs, and by an automaton
        for last in [200, 900] {
            let many = |keep: fn(&i32) -> bool| {
                (100..last).filter(keep).map(|n| format!("n{n}x")).collect::<Vec<_>>().join(" ")
            };
            check(
                TextOp::Contains,
                &format!("{} n150 0x 0x", many(|_| true)),
                &format!("{} n150 0x", many(|n| n % 10 != 0)),
            );
        }
        check(TextOp::Contains, "\u{E9}a \u{E9} \u{169}\u{E9} \u{169}a", "\u{E9} \u{169}a");
    }
}
