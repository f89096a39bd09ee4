//! Two accumulators of the same aggregate function as one.

use std::cmp::Ordering;

use super::distribution::Numbers;
use super::layout::{Part, SPILLED, inline, low, of_cell};
use super::side::{Side, Store};
use super::state::{add_id, choose, chosen, constant, extreme, largest, limit, rank, with_side};
use super::{Aggregate, AggregateCall, total};

/// Adds what the words of another accumulator hold.
pub(crate) fn merge(call: &AggregateCall, words: &mut [u64], other: &[u64], store: &mut Store, others: &Store) {
    match (call.aggregate, other) {
        (Aggregate::Count, &[count]) => words.iter_mut().for_each(|word| *word = word.saturating_add(count)),
        (Aggregate::Absent | Aggregate::Present, &[seen]) => words.iter_mut().for_each(|word| *word |= seen),
        (Aggregate::CountDistinct | Aggregate::Values, &[word]) => ids(call.aggregate, words, word, store, others),
        (Aggregate::Min | Aggregate::Max, &[kind, bits]) => {
            let value = of_cell(kind, bits, &others.interner);
            if !value.is_null() {
                let better = if call.aggregate == Aggregate::Min { Ordering::Less } else { Ordering::Greater };
                extreme(words, &value, better, store);
            }
        }
        (Aggregate::Sum | Aggregate::Avg, other) => total::merge(words, other, store, others),
        (Aggregate::WeightedAvg | Aggregate::Centroid, other) => {
            let width = Part::Total.width();
            for (words, other) in words.chunks_exact_mut(width).zip(other.chunks_exact(width)) {
                total::merge(words, other, store, others);
            }
        }
        (Aggregate::First | Aggregate::Last, &[flags, sort, bits]) => {
            if flags & 1 == 1 {
                let value = of_cell(flags >> 8, bits, &others.interner);
                let sort = (flags & 2 != 0).then_some(sort.cast_signed());
                chosen(call.aggregate, words, &value, sort, store);
            }
        }
        (
            Aggregate::Median
            | Aggregate::Percentile
            | Aggregate::MedianAbsoluteDeviation
            | Aggregate::StdDev
            | Aggregate::Variance
            | Aggregate::Top
            | Aggregate::Sample,
            &[word],
        ) => {
            if let Some(at) = word.checked_sub(1) {
                side(call, words, others.side(low(at)), store, others);
            }
        }
        (
            Aggregate::Count
            | Aggregate::Absent
            | Aggregate::Present
            | Aggregate::CountDistinct
            | Aggregate::Values
            | Aggregate::Min
            | Aggregate::Max
            | Aggregate::Median
            | Aggregate::Percentile
            | Aggregate::MedianAbsoluteDeviation
            | Aggregate::StdDev
            | Aggregate::Variance
            | Aggregate::Top
            | Aggregate::Sample
            | Aggregate::First
            | Aggregate::Last,
            _,
        ) => {}
    }
}

fn ids(aggregate: Aggregate, words: &mut [u64], other: u64, store: &mut Store, others: &Store) {
    let few = inline(other);
    let theirs: Vec<u32> = if other & SPILLED == 0 {
        few.into_iter().flatten().collect()
    } else {
        match others.side(low(other)) {
            Side::Ids(set) => set.ids().to_vec(),
            Side::Sketch(theirs) => {
                let [word] = words else { return };
                let mut sketch = theirs.clone();
                let mine: Vec<u32> = inline(*word).into_iter().flatten().collect();
                let at = if *word & SPILLED == 0 {
                    mine.iter().for_each(|id| sketch.add(store.interner.hash_of(*id)));
                    store.put(Side::Free)
                } else {
                    match store.side(low(*word)) {
                        Side::Ids(set) => set.ids().iter().for_each(|id| sketch.add(store.interner.hash_of(*id))),
                        Side::Sketch(mine) => sketch.merge(mine),
                        Side::Free
                        | Side::Exact(_)
                        | Side::Numbers(_)
                        | Side::Moments(_)
                        | Side::Ranked(_)
                        | Side::Sampled(_)
                        | Side::Events(_) => {}
                    }
                    low(*word)
                };
                store.change(at, |side, _| *side = Side::Sketch(sketch));
                *word = SPILLED | u64::from(at);
                return;
            }
            Side::Free
            | Side::Exact(_)
            | Side::Numbers(_)
            | Side::Moments(_)
            | Side::Ranked(_)
            | Side::Sampled(_)
            | Side::Events(_) => return,
        }
    };
    for id in theirs {
        if let Some(id) = store.interner.adopt(&others.interner, id) {
            add_id(aggregate, words, id, store);
        }
    }
    let cut = other & SPILLED != 0 && matches!(others.side(low(other)), Side::Ids(set) if set.cut);
    if let ([word], true) = (words, cut)
        && *word & SPILLED != 0
    {
        store.change(low(*word), |side, _| {
            if let Side::Ids(set) = side {
                set.cut = true;
            }
        });
    }
}

fn side(call: &AggregateCall, words: &mut [u64], other: &Side, store: &mut Store, others: &Store) {
    match other {
        Side::Numbers(theirs) => {
            with_side(
                words,
                store,
                || Side::Numbers(Box::new(Numbers::new())),
                |side, _| {
                    if let Side::Numbers(numbers) = side {
                        numbers.merge(theirs);
                    }
                },
            );
        }
        Side::Moments(theirs) => with_side(
            words,
            store,
            || Side::Moments(Box::default()),
            |side, _| {
                if let Side::Moments(moments) = side {
                    moments.count = moments.count.saturating_add(theirs.count);
                    moments.sum.add(&theirs.sum);
                    moments.squares.add(&theirs.squares);
                }
            },
        ),
        Side::Ranked(theirs) => {
            let (most, largest) = (limit(&constant(call, 1)), largest(&constant(call, 2)));
            with_side(
                words,
                store,
                || Side::Ranked(Vec::new()),
                |side, interner| {
                    if let Side::Ranked(ids) = side {
                        ids.extend(theirs.iter().filter_map(|id| interner.adopt(&others.interner, *id)));
                        if ids.len() > most * 2 {
                            rank(ids, most, largest, interner);
                        }
                    }
                },
            );
        }
        Side::Sampled(theirs) => {
            let most = limit(&constant(call, 1));
            with_side(
                words,
                store,
                || Side::Sampled(Vec::new()),
                |side, interner| {
                    if let Side::Sampled(ids) = side {
                        let theirs = theirs.iter();
                        ids.extend(
                            theirs.filter_map(|(rank, id)| Some((*rank, interner.adopt(&others.interner, *id)?))),
                        );
                        if ids.len() > most * 2 {
                            choose(ids, most);
                        }
                    }
                },
            );
        }
        Side::Free | Side::Ids(_) | Side::Sketch(_) | Side::Exact(_) | Side::Events(_) => {}
    }
}
