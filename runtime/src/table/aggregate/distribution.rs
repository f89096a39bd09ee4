//! Percentiles of numbers: of the numbers themselves while they are few, then of how many are close to each other.

use std::collections::BTreeMap;

use super::MOST_NUMBERS;

/// Numbers, in no order, or counts of numbers by the first bits of their doubles.
#[derive(Clone, Debug)]
pub(crate) enum Numbers {
    /// Each one.
    Exact(Vec<f64>),
    /// By [`bucket`]: 2^19 of them at most.
    Counted(BTreeMap<u32, u64>),
}

impl Numbers {
    pub(crate) fn new() -> Self {
        Self::Exact(Vec::new())
    }

    pub(crate) fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        match self {
            Self::Exact(values) if values.len() < MOST_NUMBERS => values.push(value + 0.0),
            Self::Exact(values) => {
                let mut counts = BTreeMap::new();
                for value in values.iter().copied().chain([value]) {
                    *counts.entry(bucket(value)).or_default() += 1;
                }
                *self = Self::Counted(counts);
            }
            Self::Counted(counts) => {
                let count = counts.entry(bucket(value)).or_default();
                *count = count.saturating_add(1);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Numbers) {
        match other {
            Self::Exact(values) => values.iter().for_each(|value| self.add(*value)),
            Self::Counted(others) => {
                if let Self::Exact(values) = self {
                    let values = std::mem::take(values);
                    *self = Self::Counted(BTreeMap::new());
                    values.iter().for_each(|value| self.add(*value));
                }
                if let Self::Counted(counts) = self {
                    for (bucket, more) in others {
                        let count = counts.entry(*bucket).or_default();
                        *count = count.saturating_add(*more);
                    }
                }
            }
        }
    }

    /// Different numbers in order, and how often each is there.
    fn counts(&self) -> Vec<(f64, u64)> {
        match self {
            Self::Exact(values) => {
                let mut values = values.clone();
                values.sort_unstable_by(f64::total_cmp);
                values.into_iter().map(|value| (value, 1)).collect()
            }
            Self::Counted(counts) => counts.iter().map(|(bucket, count)| (middle(*bucket), *count)).collect(),
        }
    }

    /// The value below which this share of the numbers (0 to 1) lies: between two of them, in proportion.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        quantile(&self.counts(), share)
    }

    /// The median of the distances from the median.
    pub(crate) fn deviation(&self) -> Option<f64> {
        let mut counts = self.counts();
        let median = quantile(&counts, 0.5)?;
        for (value, _) in &mut counts {
            *value = (*value - median).abs();
        }
        counts.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        quantile(&counts, 0.5)
    }

    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Exact(values) => values.len() * 8,
            Self::Counted(counts) => counts.len() * 24,
        }
    }
}

fn quantile(counts: &[(f64, u64)], share: f64) -> Option<f64> {
    let total = counts.iter().fold(0_u64, |total, (_, count)| total.saturating_add(*count));
    let last = total.checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "what a double holds of it")]
    let place = share.clamp(0.0, 1.0) * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and cut off at `last`")]
    let at = (place.floor() as u64).min(last);
    let mut seen = 0_u64;
    let mut below = None;
    for (value, count) in counts {
        seen = seen.saturating_add(*count);
        if below.is_none() && seen > at {
            below = Some(*value);
        }
        if let Some(below) = below
            && (seen > at.saturating_add(1) || at == last)
        {
            let share = place - place.floor();
            return Some(if share == 0.0 { below } else { below * (1.0 - share) + value * share });
        }
    }
    below
}

/// Sign, exponent and the first 7 bits behind them, in the order of the numbers.
pub(crate) fn bucket(value: f64) -> u32 {
    let bits = value.to_bits();
    let ordered = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    u32::try_from(ordered >> 45).unwrap_or_default()
}

/// A number in the middle of a bucket.
fn middle(bucket: u32) -> f64 {
    let ordered = u64::from(bucket) << 45 | 1 << 44;
    let bits = if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered };
    let value = f64::from_bits(bits);
    if value.is_subnormal() { 0.0 } else { value }
}

/// Whether a bucket holds finite numbers.
pub(crate) fn is_bucket(bucket: u32) -> bool {
    bucket < 1 << 19 && middle(bucket).is_finite()
}
