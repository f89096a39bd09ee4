//! Accumulators: how a value goes in, and what comes out.

use std::cmp::Ordering;

use super::distribution::Numbers;
use super::intern::Interner;
use super::layout::{Part, SPILLED, inline, low, of_cell, pack, to_cell};
use super::side::{IdSet, Moments, Side, Store};
use super::sketch::Sketch;
use super::total::Sum;
use super::{Aggregate, AggregateCall, MOST_DISTINCT, MOST_RANKED, MOST_VALUES, total};
use crate::table::expr::{Context, Expr, single};
use crate::table::value::{Type, Value};

/// Adds the arguments of one row, whose filter holds, to the words of an aggregate function.
pub(crate) fn update(
    call: &AggregateCall,
    words: &mut [u64],
    arguments: &[Value],
    time: i64,
    store: &mut Store,
    cx: &mut Context,
) {
    const NULL: &Value = &Value::Null;
    let value = arguments.first().unwrap_or(NULL);
    let second = arguments.get(1).unwrap_or(NULL);
    match call.aggregate {
        Aggregate::Count => {
            let more = if call.arguments.is_empty() { 1 } else { value.values().len() as u64 };
            words.iter_mut().for_each(|word| *word = word.saturating_add(more));
        }
        Aggregate::Absent | Aggregate::Present => {
            words.iter_mut().for_each(|word| *word |= u64::from(!value.is_null()));
        }
        Aggregate::CountDistinct => value.values().iter().for_each(|value| distinct(words, value, store)),
        Aggregate::Values => {
            for value in value.values() {
                if let Some(id) = store.intern(value) {
                    add_id(call.aggregate, words, id, store);
                }
            }
        }
        Aggregate::Min | Aggregate::Max => {
            let better = if call.aggregate == Aggregate::Min { Ordering::Less } else { Ordering::Greater };
            value.values().iter().for_each(|value| extreme(words, value, better, store));
        }
        Aggregate::Sum | Aggregate::Avg => {
            for value in value.values() {
                total::add(words, value, store);
            }
        }
        Aggregate::Median | Aggregate::Percentile | Aggregate::MedianAbsoluteDeviation => {
            for value in value.values().iter().filter_map(number) {
                with_side(
                    words,
                    store,
                    || Side::Numbers(Box::new(Numbers::new())),
                    |side, _| {
                        if let Side::Numbers(numbers) = side {
                            numbers.add(value);
                        }
                    },
                );
            }
        }
        Aggregate::StdDev | Aggregate::Variance => {
            for value in value.values() {
                let Some(double) = number(value) else { continue };
                with_side(
                    words,
                    store,
                    || Side::Moments(Box::default()),
                    |side, _| {
                        if let Side::Moments(moments) = side {
                            moments.add(value, double);
                        }
                    },
                );
            }
        }
        Aggregate::Top => {
            let limit = limit(second);
            let largest = largest(arguments.get(2).unwrap_or(NULL));
            if limit == 0 {
                return;
            }
            let pairs;
            let values = match arguments.get(3) {
                None => value.values(),
                Some(output) => {
                    pairs = paired(value, output, limit, largest);
                    &pairs
                }
            };
            for value in values {
                let Some(id) = store.intern(value) else { continue };
                with_side(
                    words,
                    store,
                    || Side::Ranked(Vec::new()),
                    |side, interner| {
                        if let Side::Ranked(ids) = side {
                            ids.push(id);
                            if ids.len() > limit * 2 {
                                rank(ids, limit, largest, interner);
                            }
                        }
                    },
                );
            }
        }
        Aggregate::Sample => {
            let limit = limit(second);
            if limit == 0 {
                return;
            }
            for value in value.values() {
                let Some(id) = store.intern(value) else { continue };
                with_side(
                    words,
                    store,
                    || Side::Sampled(Vec::new()),
                    |side, interner| {
                        if let Side::Sampled(ids) = side {
                            let mut key = [0; 16];
                            let bytes = interner.hash_of(id).to_le_bytes().into_iter().chain(time.to_le_bytes());
                            key.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
                            ids.push((super::intern::hash(&key), id));
                            if ids.len() > limit * 2 {
                                choose(ids, limit);
                            }
                        }
                    },
                );
            }
        }
        Aggregate::WeightedAvg => weighted(call, words, value, second, store, cx),
        Aggregate::First | Aggregate::Last => {
            let sorts = second.values().iter().filter_map(|value| i64::try_from(value.as_i128()?).ok());
            let sort = if call.aggregate == Aggregate::First { sorts.min() } else { sorts.max() };
            chosen(call.aggregate, words, value, sort, store);
        }
        Aggregate::Centroid => {
            let Some((xs, ys)) = words.split_at_mut_checked(Part::Total.width()) else { return };
            for value in value.values() {
                if let Value::Point(x, y) = value {
                    total::add_double(xs, *x, store);
                    total::add_double(ys, *y, store);
                }
            }
        }
    }
}

/// The result of an aggregate function.
pub(crate) fn result(call: &AggregateCall, words: &[u64], store: &Store, cx: &mut Context) -> Value {
    match (call.aggregate, words) {
        (Aggregate::Count, [count]) => Value::Long(long(*count)),
        (Aggregate::Absent, [seen]) => Value::Bool(*seen == 0),
        (Aggregate::Present, [seen]) => Value::Bool(*seen != 0),
        (Aggregate::CountDistinct, [word]) => match spilled(*word).map(|at| store.side(at)) {
            Some(Side::Ids(set)) => Value::Long(long(set.ids().len() as u64)),
            Some(Side::Sketch(sketch)) => Value::Long(long(sketch.estimate().max(MOST_DISTINCT as u64 + 1))),
            _ => Value::Long(inline(*word).into_iter().flatten().count().try_into().unwrap_or_default()),
        },
        (Aggregate::Values, [word]) => match spilled(*word).map(|at| store.side(at)) {
            Some(Side::Ids(set)) => {
                cx.warnings.other += u64::from(set.cut || set.ids().len() > MOST_VALUES);
                let mut values = sorted(set.ids(), &store.interner);
                values.truncate(MOST_VALUES);
                Value::list(values)
            }
            _ => Value::list(match inline(*word).map(|id| id.map(|id| store.interner.value(id))) {
                [Some(a), Some(b)] if b < a => [b, a],
                [a, b] => [a.unwrap_or_default(), b.unwrap_or_default()],
            }),
        },
        (Aggregate::Min | Aggregate::Max, [kind, bits]) => of_cell(*kind, *bits, &store.interner),
        (Aggregate::Sum, words) => {
            let (count, sum) = total::value(words, store);
            if count == 0 {
                return Value::Null;
            }
            let value = match (sum, call.result) {
                (Sum::Whole(sum), Type::Integer) => i32::try_from(sum).ok().map(Value::Int),
                (Sum::Whole(sum), Type::UnsignedLong) => u64::try_from(sum).ok().map(Value::Unsigned),
                (Sum::Whole(_), Type::Double) | (Sum::Double(_), _) => sum.as_f64().map(Value::double),
                (Sum::Whole(sum), _) => i64::try_from(sum).ok().map(Value::Long),
            };
            fits(value, cx)
        }
        (Aggregate::Avg, words) => average(words, store, cx),
        (Aggregate::Median | Aggregate::Percentile | Aggregate::MedianAbsoluteDeviation, [word]) => {
            let Some(Side::Numbers(numbers)) = side(*word, store) else { return Value::Null };
            let result = match call.aggregate {
                Aggregate::Percentile => match constant(call, 1).as_f64() {
                    Some(share) if (0.0..=100.0).contains(&share) => numbers.quantile(share / 100.0),
                    _ => {
                        cx.warnings.other += 1;
                        return Value::Null;
                    }
                },
                Aggregate::Median => numbers.quantile(0.5),
                _ => numbers.deviation(),
            };
            fits(result.filter(|value| value.is_finite()).map(Value::double), cx)
        }
        (Aggregate::StdDev | Aggregate::Variance, [word]) => {
            let Some(Side::Moments(moments)) = side(*word, store) else { return Value::Null };
            let variance = moments.sum.variance(&moments.squares, moments.count);
            let value = if call.aggregate == Aggregate::StdDev { variance.map(f64::sqrt) } else { variance };
            fits(value.map(Value::double), cx)
        }
        (Aggregate::Top, [word]) => {
            let Some(Side::Ranked(ids)) = side(*word, store) else { return Value::Null };
            let mut ids = ids.clone();
            rank(&mut ids, limit(&constant(call, 1)), largest(&constant(call, 2)), &store.interner);
            let values = ids.into_iter().map(|id| store.interner.value(id));
            if call.arguments.len() > 3 { Value::list(values.filter_map(output)) } else { Value::list(values) }
        }
        (Aggregate::Sample, [word]) => {
            let Some(Side::Sampled(ids)) = side(*word, store) else { return Value::Null };
            let mut ids = ids.clone();
            choose(&mut ids, limit(&constant(call, 1)));
            let ids: Vec<u32> = ids.into_iter().map(|(_, id)| id).collect();
            Value::list(sorted(&ids, &store.interner))
        }
        (Aggregate::WeightedAvg, words) => {
            let Some((products, weights)) = words.split_at_checked(Part::Total.width()) else { return Value::Null };
            if is_constant(call) {
                return average(products, store, cx);
            }
            let ((many, product), (weighed, weight)) = (total::value(products, store), total::value(weights, store));
            if many == 0 || weighed == 0 {
                return Value::Null;
            }
            match (product.as_f64(), weight.as_f64()) {
                (_, Some(0.0)) => {
                    cx.warnings.division += 1;
                    Value::Null
                }
                (Some(product), Some(weight)) => fits(finite(product / weight), cx),
                _ => fits(None, cx),
            }
        }
        (Aggregate::First | Aggregate::Last, [flags, _, bits]) => of_cell(flags >> 8, *bits, &store.interner),
        (Aggregate::Centroid, words) => {
            let Some((xs, ys)) = words.split_at_checked(Part::Total.width()) else { return Value::Null };
            match (average(xs, store, cx), average(ys, store, cx)) {
                (Value::Double(x), Value::Double(y)) => Value::Point(x, y),
                _ => Value::Null,
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
        ) => Value::Null,
    }
}

impl Moments {
    fn add(&mut self, value: &Value, double: f64) {
        if !double.is_finite() {
            return;
        }
        self.count = self.count.saturating_add(1);
        if let Some((whole, square)) = value.as_i128().and_then(|whole| Some((whole, whole.checked_mul(whole)?))) {
            self.sum.add_whole(whole);
            self.squares.add_whole(square);
        } else {
            self.sum.add_double(double);
            self.squares.add_square(double);
        }
    }
}

/// A number as a double.
fn number(value: &Value) -> Option<f64> {
    matches!(value, Value::Int(_) | Value::Long(_) | Value::Unsigned(_) | Value::Double(_))
        .then(|| value.as_f64())
        .flatten()
}

fn finite(value: f64) -> Option<Value> {
    value.is_finite().then_some(Value::Double(value))
}

fn fits(value: Option<Value>, cx: &mut Context) -> Value {
    cx.warnings.overflow += u64::from(value.is_none());
    value.unwrap_or_default()
}

fn long(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn average(words: &[u64], store: &Store, cx: &mut Context) -> Value {
    let (count, sum) = total::value(words, store);
    if count == 0 {
        return Value::Null;
    }
    #[expect(clippy::cast_precision_loss, reason = "what a double holds of it")]
    fits(sum.as_f64().and_then(|sum| finite(sum / count as f64)), cx)
}

/// An argument that stands in the query.
pub(super) fn constant(call: &AggregateCall, at: usize) -> Value {
    call.arguments.get(at).map_or(Value::Null, |argument| argument.eval(&[], &mut Context::default()))
}

pub(super) fn limit(value: &Value) -> usize {
    value.as_i128().map_or(0, |limit| usize::try_from(limit.clamp(0, MOST_RANKED as i128)).unwrap_or_default())
}

pub(super) fn largest(order: &Value) -> bool {
    order.as_text().is_some_and(|order| order.eq_ignore_ascii_case("desc"))
}

fn spilled(word: u64) -> Option<u32> {
    (word & SPILLED != 0).then_some(low(word))
}

fn side(word: u64, store: &Store) -> Option<&Side> {
    word.checked_sub(1).map(|at| store.side(low(at)))
}

fn sorted(ids: &[u32], interner: &Interner) -> Vec<Value> {
    let mut values: Vec<Value> = ids.iter().map(|id| interner.value(*id)).collect();
    values.sort_unstable();
    values
}

/// Changes the side of [`Part::Side`], which is made if there is none.
pub(super) fn with_side(
    words: &mut [u64],
    store: &mut Store,
    new: impl FnOnce() -> Side,
    change: impl FnOnce(&mut Side, &mut Interner),
) {
    let [word] = words else { return };
    if *word == 0 {
        *word = u64::from(store.put(new())) + 1;
    }
    if let Some(at) = word.checked_sub(1) {
        store.change(low(at), change);
    }
}

fn distinct(words: &mut [u64], value: &Value, store: &mut Store) {
    let [word] = &*words else { return };
    if let Some(at) = spilled(*word)
        && matches!(store.side(at), Side::Sketch(_))
    {
        let hash = store.interner.hash(value);
        store.change(at, |side, _| {
            if let Side::Sketch(sketch) = side {
                sketch.add(hash);
            }
        });
    } else if let Some(id) = store.intern(value) {
        add_id(Aggregate::CountDistinct, words, id, store);
    }
}

/// Adds a value to [`Part::Ids`].
pub(super) fn add_id(aggregate: Aggregate, words: &mut [u64], id: u32, store: &mut Store) {
    let [word] = words else { return };
    let Some(at) = spilled(*word) else {
        match inline(*word) {
            [None, _] => *word = pack(Some(id), None),
            [Some(first), None] if first != id => *word = pack(Some(first), Some(id)),
            [Some(first), Some(second)] if first != id && second != id => {
                let mut set = IdSet::default();
                set.replace(vec![first, second, id]);
                *word = SPILLED | u64::from(store.put(Side::Ids(set)));
            }
            [Some(_), _] => {}
        }
        return;
    };
    store.change(at, |side, interner| match side {
        Side::Ids(set) => {
            if !set.add(id) {
                return;
            }
            if aggregate == Aggregate::CountDistinct && set.ids().len() > MOST_DISTINCT {
                *side = sketched(set, interner);
            } else if aggregate == Aggregate::Values && set.ids().len() >= 2 * MOST_VALUES {
                set.cut = true;
                let mut ids = set.ids().to_vec();
                rank(&mut ids, MOST_VALUES, false, interner);
                set.replace(ids);
            }
        }
        Side::Sketch(sketch) => sketch.add(interner.hash_of(id)),
        Side::Free
        | Side::Exact(_)
        | Side::Numbers(_)
        | Side::Moments(_)
        | Side::Ranked(_)
        | Side::Sampled(_)
        | Side::Events(_) => {}
    });
}

fn sketched(set: &IdSet, interner: &Interner) -> Side {
    let mut sketch = Sketch::new();
    set.ids().iter().for_each(|id| sketch.add(interner.hash_of(*id)));
    Side::Sketch(sketch)
}

/// Keeps a value if it is better than the one that is there.
pub(super) fn extreme(words: &mut [u64], value: &Value, better: Ordering, store: &mut Store) {
    let [kind, bits] = words else { return };
    let before = of_cell(*kind, *bits, &store.interner);
    if (before.is_null() || value.cmp(&before) == better)
        && let Some(cell) = to_cell(value, store)
    {
        (*kind, *bits) = cell;
    }
}

/// [`Part::Chosen`]: 1 if there is a row, 2 if it has a sort value, and the kind of the value above.
pub(super) fn chosen(aggregate: Aggregate, words: &mut [u64], value: &Value, sort: Option<i64>, store: &mut Store) {
    let [flags, best, bits] = words else { return };
    let wins = if *flags & 1 == 0 {
        true
    } else {
        let before = (*flags & 2 != 0).then_some(best.cast_signed());
        let (by_sort, wanted) = match aggregate {
            Aggregate::Last => (sort.cmp(&before), Ordering::Greater),
            // a row without a sort value is the last one
            _ => (sort.map_or(i128::MAX, i128::from).cmp(&before.map_or(i128::MAX, i128::from)), Ordering::Less),
        };
        by_sort == wanted
            || (by_sort == Ordering::Equal && {
                let before = of_cell(*flags >> 8, *bits, &store.interner);
                match (value.is_null(), before.is_null()) {
                    (true, _) => false,
                    (false, true) => true,
                    (false, false) => value.cmp(&before) == wanted,
                }
            })
    };
    if wins && let Some((kind, cell)) = to_cell(value, store) {
        *flags = kind << 8 | u64::from(sort.is_some()) << 1 | 1;
        *best = sort.unwrap_or_default().cast_unsigned();
        *bits = cell;
    }
}

/// `TOP` with another field to put out: each value with one of the other field, so that they are ranked together. No more than the first ones of the row.
fn paired(ranked: &Value, output: &Value, limit: usize, largest: bool) -> Vec<Value> {
    let sorted = |of: &Value| {
        let mut values = of.values().to_vec();
        values.sort_unstable();
        if largest {
            values.reverse();
        }
        values
    };
    let outputs = sorted(output);
    let pair = |ranked: &Value, output: &Value| Value::List([ranked.clone(), output.clone()].into());
    let pairs = sorted(ranked).into_iter().flat_map(|ranked| outputs.iter().map(move |output| pair(&ranked, output)));
    pairs.take(limit).collect()
}

/// What is put out of what [`paired`] made.
fn output(pair: Value) -> Option<Value> {
    match pair {
        Value::List(members) => members.get(1).cloned(),
        _ => None,
    }
}

/// Sorts values, and keeps the first ones.
pub(super) fn rank(ids: &mut Vec<u32>, limit: usize, largest: bool, interner: &Interner) {
    let mut values: Vec<(Value, u32)> = ids.iter().map(|id| (interner.value(*id), *id)).collect();
    values.sort_unstable();
    if largest {
        values.reverse();
    }
    values.truncate(limit);
    ids.clear();
    ids.extend(values.into_iter().map(|(_, id)| id));
}

/// Keeps the values with the smallest hashes: which of two equal ones makes no difference.
pub(super) fn choose(ids: &mut Vec<(u64, u32)>, limit: usize) {
    ids.sort_unstable();
    ids.truncate(limit);
}

/// `WEIGHTED_AVG` with a weight that stands in the query: a plain average.
fn is_constant(call: &AggregateCall) -> bool {
    matches!(call.arguments.get(1), Some(Expr::Literal(_)))
}

fn weighted(
    call: &AggregateCall,
    words: &mut [u64],
    value: &Value,
    weight: &Value,
    store: &mut Store,
    cx: &mut Context,
) {
    let Some((products, weights)) = words.split_at_mut_checked(Part::Total.width()) else { return };
    if is_constant(call) {
        for value in value.values() {
            total::add(products, value, store);
        }
        return;
    }
    for weight in weight.values() {
        total::add(weights, weight, store);
    }
    let (value, weight) = (single(value.clone(), cx), single(weight.clone(), cx));
    let (Some(value), Some(weight)) = (value, weight) else { return };
    if let (Some(value), Some(weight)) = (value.as_i128(), weight.as_i128()) {
        match value.checked_mul(weight) {
            Some(product) => total::add_whole(products, product, store),
            None => cx.warnings.overflow += 1,
        }
    } else if let (Some(value), Some(weight)) = (number(&value), number(&weight)) {
        let product = value * weight;
        if product.is_finite() {
            total::add_double(products, product, store);
        } else {
            cx.warnings.overflow += 1;
        }
    }
}
