//! "Did you mean": the known name nearest to a misspelt one.

/// The candidate nearest to `name`, if one is near enough to be meant.
///
/// Case is ignored; a third of the letters may be wrong. Long names get no suggestion, so that hostile input costs nothing.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.trim().to_lowercase().chars().take(LONGEST + 1).collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let limit = wanted.len().div_ceil(3);
    let distances = candidates.into_iter().take(MOST).filter_map(|candidate| {
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).take(LONGEST + 1).collect();
        (letters.len().abs_diff(wanted.len()) <= limit).then(|| (distance(&wanted, &letters), candidate))
    });
    let (distance, candidate) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= limit).then_some(candidate)
}

const LONGEST: usize = 48;
const MOST: usize = 200;

/// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut best = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["contains", "startswith", "endswith", "re", "cidr", "selection_main"];
        for (written, meant) in [
            ("Contains", Some("contains")),
            ("contians", Some("contains")),
            ("startwith", Some("startswith")),
            ("ends_with", Some("endswith")),
            ("cdir", Some("cidr")),
            (" re", Some("re")),
            ("selection", None),
            ("regexp", None),
            ("", None),
        ] {
            assert_eq!(closest(written, names), meant, "{written}");
        }
        assert_eq!(closest(&"x".repeat(1_000_000), names), None);
    }
}
