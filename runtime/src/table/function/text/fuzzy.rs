//! Search that forgives typing errors (ES|QL reference, `MATCH`, `fuzziness`; Elasticsearch reference, "Fuzziness").

use crate::matcher::tokens;
use crate::table::value::Value;

/// Elasticsearch allows no more edits.
const MOST_EDITS: usize = 2;

/// How close is close enough.
struct Nearness {
    edits: Edits,
    /// So many characters must be the same.
    prefix: usize,
}

/// How many edits a term may be away.
#[derive(Clone, Copy)]
enum Edits {
    Exactly(usize),
    /// `AUTO:low,high`: none for terms shorter than `low`, one for those shorter than `high`, else two.
    Auto(usize, usize),
}

/// Whether some value is close to the text as a whole: of a keyword.
pub(super) fn any_value(arguments: &[Value]) -> bool {
    let Some((values, wanted, near)) = read(arguments) else { return false };
    let wanted: Vec<char> = wanted.chars().collect();
    values.iter().filter_map(Value::as_text).any(|value| near.holds(&wanted, value))
}

/// Whether some word of some value is close to some word of the text, in lower case: of a text.
pub(super) fn any_word(arguments: &[Value]) -> bool {
    let Some((values, wanted, near)) = read(arguments) else { return false };
    let wanted: Vec<Vec<char>> = tokens::words(wanted).map(|word| word.to_lowercase().chars().collect()).collect();
    values.iter().filter_map(Value::as_text).any(|value| {
        tokens::words(value).any(|word| {
            let word = word.to_lowercase();
            wanted.iter().any(|wanted| near.holds(wanted, &word))
        })
    })
}

fn read(arguments: &[Value]) -> Option<(&[Value], &str, Nearness)> {
    let (field, wanted) = (arguments.first()?, arguments.get(1)?.as_text()?);
    let edits = match arguments.get(2) {
        None | Some(Value::Null) => Edits::Exactly(0),
        Some(Value::Text(text)) => automatic(text)?,
        Some(number) => Edits::Exactly(usize::try_from(number.as_i128()?).ok()?.min(MOST_EDITS)),
    };
    let prefix = arguments.get(3).and_then(Value::as_i128).map_or(0, |prefix| usize::try_from(prefix).unwrap_or(0));
    Some((field.values(), wanted, Nearness { edits, prefix }))
}

fn automatic(text: &str) -> Option<Edits> {
    if let Ok(edits) = text.parse::<usize>() {
        return Some(Edits::Exactly(edits.min(MOST_EDITS)));
    }
    let text = text.to_ascii_uppercase();
    let bounds = text.strip_prefix("AUTO")?;
    if bounds.is_empty() {
        return Some(Edits::Auto(3, 6));
    }
    let (low, high) = bounds.strip_prefix(':')?.split_once(',')?;
    Some(Edits::Auto(low.trim().parse().ok()?, high.trim().parse().ok()?))
}

impl Nearness {
    fn holds(&self, wanted: &[char], value: &str) -> bool {
        let edits = match self.edits {
            Edits::Exactly(edits) => edits,
            Edits::Auto(low, high) => usize::from(wanted.len() >= low) + usize::from(wanted.len() >= high),
        };
        // long values are far away: no need to look at all of them
        let longest = wanted.len().saturating_add(edits);
        let value: Vec<char> = value.chars().take(longest.saturating_add(1)).collect();
        if value.len() > longest || value.len().saturating_add(edits) < wanted.len() {
            return false;
        }
        let same = self.prefix.min(wanted.len());
        match (wanted.split_at_checked(same), value.split_at_checked(same)) {
            (Some((a, wanted)), Some((b, value))) => a == b && distance(wanted, value, edits).is_some(),
            _ => false,
        }
    }
}

/// How many characters are inserted, deleted, exchanged or swapped with their neighbour at least, if at most so many (optimal string alignment, as
/// Lucene's automaton has it).
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    let far = most.saturating_add(1);
    // three rows of the table; only cells near the diagonal count
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).map(|cost| cost.min(far)).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![far; b.len().saturating_add(1)];
        if let Some(first) = row.first_mut() {
            *first = i.saturating_add(1).min(far);
        }
        let from = i.saturating_sub(most);
        let to = i.saturating_add(most).saturating_add(1).min(b.len());
        for j in from..to {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(far);
            let y = b.get(j);
            let mut cost = cell(&above, j).saturating_add(usize::from(y != Some(x)));
            cost = cost.min(cell(&above, j + 1).saturating_add(1)).min(cell(&row, j).saturating_add(1));
            if i > 0 && j > 0 && a.get(i - 1) == y && b.get(j - 1) == Some(x) {
                cost = cost.min(cell(&before, j - 1).saturating_add(1));
            }
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = cost.min(far);
            }
        }
        if row.iter().all(|cost| *cost >= far) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|cost| *cost <= most)
}
