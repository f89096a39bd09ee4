//! Decimal intervals (`<n-m>`) as alternatives of digit patterns.

use super::ast::Interval;

/// A digit between two others, a number of times: (`b'1'`, `b'5'`, 1) is `[1-5]`.
pub(super) type Digits = (u8, u8, usize);

/// What an interval matches.
#[derive(Debug)]
pub(super) struct Numbers {
    /// Whether any number of zeros may stand in front.
    pub leading_zeros: bool,
    /// One of these follows.
    pub alternatives: Vec<Vec<Digits>>,
}

/// Expands an interval. Where its bounds have the same number of digits, texts have that many; otherwise any number of zeros may
/// stand in front (Lucene, `Automata.makeDecimalInterval`). The order of the bounds makes no difference.
pub(super) fn expand(interval: Interval) -> Numbers {
    let (min, max) = (interval.from.min(interval.to), interval.from.max(interval.to));
    let mut alternatives = Vec::new();
    if let Some(width) = interval.digits {
        // zeros that both share come first: a bound has ten digits at most
        let zeros = width.saturating_sub(10);
        let prefix = if zeros > 0 { vec![(b'0', b'0', zeros)] } else { Vec::new() };
        between(&digits(min, width - zeros), &digits(max, width - zeros), prefix, &mut alternatives);
    } else {
        for length in 1..=10 {
            let least = if length == 1 { 0 } else { 10_u64.pow(length - 1) };
            let low = u64::from(min).max(least);
            let high = u64::from(max).min(10_u64.pow(length) - 1);
            if low <= high {
                between(low.to_string().as_bytes(), high.to_string().as_bytes(), Vec::new(), &mut alternatives);
            }
        }
    }
    Numbers { leading_zeros: interval.digits.is_none(), alternatives }
}

fn digits(number: u32, width: usize) -> Vec<u8> {
    format!("{number:0width$}").into_bytes()
}

/// The patterns of the numbers from `low` to `high`, which have the same number of digits.
fn between(low: &[u8], high: &[u8], mut prefix: Vec<Digits>, out: &mut Vec<Vec<Digits>>) {
    let (Some((&first, low)), Some((&last, high))) = (low.split_first(), high.split_first()) else {
        out.push(prefix);
        return;
    };
    if first == last {
        push(&mut prefix, (first, first, 1));
        return between(low, high, prefix, out);
    }
    let whole_low = low.iter().all(|digit| *digit == b'0');
    let whole_high = high.iter().all(|digit| *digit == b'9');
    let with = |part: Digits| {
        let mut prefix = prefix.clone();
        push(&mut prefix, part);
        prefix
    };
    if !whole_low {
        between(low, &vec![b'9'; low.len()], with((first, first, 1)), out);
    }
    let (from, to) = (first + u8::from(!whole_low), last - u8::from(!whole_high));
    if from <= to {
        let mut middle = with((from, to, 1));
        if !low.is_empty() {
            push(&mut middle, (b'0', b'9', low.len()));
        }
        out.push(middle);
    }
    if !whole_high {
        between(&vec![b'0'; high.len()], high, with((last, last, 1)), out);
    }
}

fn push(parts: &mut Vec<Digits>, (from, to, count): Digits) {
    match parts.last_mut() {
        Some(last) if (last.0, last.1) == (from, to) => last.2 += count,
        _ => parts.push((from, to, count)),
    }
}
