//! The groups of `STATS .. BY ..`, and what is remembered of each.
//!
//! Memory is the point: a million groups are held at once. So values are stored once and named by number, the keys and accumulators of all groups
//! stand in flat vectors, and a group allocates nothing of its own as long as each accumulator holds two values at most.
//!
//! What a group gives does not depend on the order of its rows. Which groups are there does, once a limit is reached: then the group to which nothing
//! was added for the longest time is given up, and counted.

mod finish;
mod shape;
mod snapshot;
#[cfg(test)]
mod tests;

pub use finish::{Groups, View};
use shape::Shape;

use super::aggregate::intern::{Index, Interner, NULL, slowly};
use super::aggregate::side::{Side, Store};
use super::aggregate::{merge, state};
use super::expr::Context;
use super::pipeline::Stats;
use super::value::Value;

/// So many event numbers are remembered of each group: the smallest ones.
pub const MOST_EVENTS: usize = 16;

/// A row counts in so many groups at most, whatever its multi-valued keys make.
pub const MOST_COMBINATIONS: usize = 1_000;

/// So many values of one row are added to groups, each group counted; but one group always gets them all.
const MOST_ADDED: usize = 1_000_000;

/// Which event a row was made of, and when that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowOrigin {
    /// The number of the event.
    pub event: u64,
    /// Its time, in the unit of the caller.
    pub time: i64,
}

/// How much a table may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many groups; 1 at least.
    pub groups: usize,
    /// So many bytes, by what is stored; between 64 KiB and 3.5 GiB.
    pub bytes: usize,
}

impl Default for Limits {
    /// A million groups, 1 GiB.
    fn default() -> Self {
        Self { groups: 1_000_000, bytes: 1 << 30 }
    }
}

/// The groups of one `STATS`. All calls must name the [`Stats`] that it was made for.
#[derive(Clone, Debug)]
pub struct GroupTable {
    shape: Shape,
    limits: Limits,
    store: Store,
    /// The numbers of the keys of each slot.
    keys: Vec<u32>,
    /// The accumulators of each slot.
    words: Vec<u64>,
    meta: Vec<Meta>,
    /// Slots without a group.
    free: Vec<u32>,
    /// Slots by keys.
    index: Index,
    /// The ends of the list of groups, in the order of the last addition.
    oldest: u32,
    newest: u32,
    live: usize,
    evicted: u64,
    dropped: u64,
    /// Groups that were given up since the stores were cleaned last.
    stale: u64,
    scratch: Scratch,
}

/// What is known of a group beside its accumulators.
#[derive(Clone, Copy, Debug)]
struct Meta {
    count: u64,
    /// The event that was added last.
    event: u64,
    first: i64,
    last: i64,
    /// The smallest event numbers, while there are not more.
    events: [u64; 2],
    /// Where there are more.
    side: u32,
    before: u32,
    behind: u32,
    /// How many of `events`; 3: there is a side.
    kept: u32,
}

impl Meta {
    const NEW: Meta = Meta {
        count: 0,
        event: 0,
        first: i64::MAX,
        last: i64::MIN,
        events: [0; 2],
        side: NONE,
        before: NONE,
        behind: NONE,
        kept: 0,
    };
}

/// No slot, no side.
const NONE: u32 = u32::MAX;
/// [`Meta::kept`]: there is a side.
const SPILLED: u32 = 3;

/// Memory that is used again for each row.
#[derive(Clone, Debug, Default)]
struct Scratch {
    /// The numbers of the values of all keys, one key behind the other.
    choices: Vec<u32>,
    /// How many values each key has.
    counts: Vec<usize>,
    tuple: Vec<u32>,
    arguments: Vec<Value>,
    /// How many arguments each aggregate function has; none if its filter does not hold.
    lens: Vec<Option<usize>>,
}

impl GroupTable {
    /// A table without groups.
    pub fn new(stats: &Stats, limits: Limits) -> Self {
        let limits = Limits {
            groups: limits.groups.clamp(1, (1 << 31) - 2),
            bytes: limits.bytes.clamp(1 << 16, usize::try_from(7_u64 << 29).unwrap_or(usize::MAX)),
        };
        Self {
            shape: Shape::of(stats),
            limits,
            store: Store::new(Interner::new(), 0),
            keys: Vec::new(),
            words: Vec::new(),
            meta: Vec::new(),
            free: Vec::new(),
            index: Index::default(),
            oldest: NONE,
            newest: NONE,
            live: 0,
            evicted: 0,
            dropped: 0,
            stale: 0,
            scratch: Scratch::default(),
        }
    }

    /// Adds a row to each group that the values of its keys make (ES|QL reference, "STATS": "Multivalued grouping").
    pub fn add(&mut self, stats: &Stats, row: &[Value], origin: RowOrigin, cx: &mut Context) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let combinations = self.choose(stats, row, &mut scratch, cx);
        arguments(stats, row, &mut scratch, cx);
        let added: usize = scratch.arguments.iter().map(|value| value.values().len()).sum();
        let most = (MOST_ADDED / added.max(1)).clamp(1, MOST_COMBINATIONS);
        if combinations > most {
            self.dropped = self.dropped.saturating_add((combinations - most) as u64);
            cx.warnings.other += 1;
        }
        for number in 0..combinations.min(most) {
            scratch.pick(number);
            let slot = self.enter(&scratch.tuple);
            self.note(slot, origin);
            self.update(stats, slot, origin, &scratch, cx);
        }
        self.scratch = scratch;
        self.relieve();
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// How many groups were given up because a limit was reached.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// In how many groups rows did not count because their keys made too many.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many values found no place.
    pub fn lost(&self) -> u64 {
        self.store.lost
    }

    /// How many bytes are stored: what [`Limits::bytes`] limits.
    pub fn used(&self) -> usize {
        self.store.used() + self.live * self.shape.bytes()
    }

    /// How many bytes are reserved.
    pub fn allocated(&self) -> usize {
        self.store.allocated()
            + self.keys.capacity() * 4
            + self.words.capacity() * 8
            + self.meta.capacity() * std::mem::size_of::<Meta>()
            + self.free.capacity() * 4
            + self.index.allocated()
    }

    /// Forgets all groups; what was counted stays.
    pub fn clear(&mut self) {
        self.store = Store::new(Interner::new(), self.store.lost);
        self.keys = Vec::new();
        self.words = Vec::new();
        self.meta = Vec::new();
        self.free = Vec::new();
        self.index = Index::default();
        (self.oldest, self.newest) = (NONE, NONE);
        self.live = 0;
        self.stale = 0;
    }

    /// Adds the groups of another table for the same [`Stats`]. An event that added to a group of both counts twice.
    pub fn merge(&mut self, stats: &Stats, other: &GroupTable) {
        let mut tuple = Vec::with_capacity(self.shape.keys);
        for theirs in other.by_age() {
            tuple.clear();
            let keys = other.keys_of(theirs).iter();
            tuple.extend(keys.filter_map(|id| self.store.interner.adopt(&other.store.interner, *id)));
            if tuple.len() != self.shape.keys {
                self.store.lost = self.store.lost.saturating_add(1);
                continue;
            }
            let slot = self.enter(&tuple);
            self.note_all(slot, other, theirs);
            for (call, span) in stats.aggregates.iter().zip(&self.shape.spans) {
                let words = span.of_mut(&mut self.words, slot, self.shape.words);
                let others = span.of(&other.words, theirs, self.shape.words);
                merge::merge(call, words, others, &mut self.store, &other.store);
            }
            self.relieve();
        }
        self.evicted = self.evicted.saturating_add(other.evicted);
        self.dropped = self.dropped.saturating_add(other.dropped);
        self.store.lost = self.store.lost.saturating_add(other.store.lost);
    }

    /// Finds the values of the keys: how many combinations they make.
    fn choose(&mut self, stats: &Stats, row: &[Value], scratch: &mut Scratch, cx: &mut Context) -> usize {
        scratch.choices.clear();
        scratch.counts.clear();
        let mut combinations = 1_usize;
        for key in &stats.keys {
            let start = scratch.choices.len();
            match &*key.look(row, cx) {
                Value::Null => scratch.choices.push(NULL),
                Value::List(members) => {
                    let mut members: Vec<&Value> = members.iter().collect();
                    members.sort_unstable();
                    members.dedup();
                    let cut = members.len().saturating_sub(MOST_COMBINATIONS);
                    self.dropped = self.dropped.saturating_add(cut as u64);
                    members.truncate(MOST_COMBINATIONS);
                    scratch.choices.extend(members.into_iter().filter_map(|member| self.store.intern(member)));
                }
                value => scratch.choices.extend(self.store.intern(value)),
            }
            let count = scratch.choices.len().saturating_sub(start);
            scratch.counts.push(count);
            combinations = combinations.saturating_mul(count);
        }
        combinations
    }

    /// The slot of the group with these keys, which becomes the newest one.
    fn enter(&mut self, tuple: &[u32]) -> u32 {
        let hash = self.hash_of(tuple);
        if let Some(slot) = self.find_slot(tuple, hash) {
            if slot != self.newest {
                self.unlink(slot);
                self.link(slot);
            }
            return slot;
        }
        while self.live >= self.limits.groups {
            self.evict();
        }
        let slot = if let Some(slot) = self.free.pop() {
            let keys = of_mut(&mut self.keys, slot, self.shape.keys);
            keys.iter_mut().zip(tuple).for_each(|(place, id)| *place = *id);
            of_mut(&mut self.words, slot, self.shape.words).fill(0);
            of_mut(&mut self.meta, slot, 1).fill(Meta::NEW);
            slot
        } else {
            self.push(tuple)
        };
        self.index.add(hash, slot);
        self.link(slot);
        self.live += 1;
        slot
    }

    fn find_slot(&self, tuple: &[u32], hash: u64) -> Option<u32> {
        let width = self.shape.keys;
        self.index.find(hash, |slot| of(&self.keys, slot, width) == tuple)
    }

    /// The hash by which a group stands in the index.
    fn hash_of(&self, tuple: &[u32]) -> u64 {
        self.store.interner.place_of(tuple)
    }

    /// A slot behind all others.
    fn push(&mut self, tuple: &[u32]) -> u32 {
        // groups are limited to fewer than 2^31
        let slot = u32::try_from(self.meta.len()).unwrap_or(NONE);
        slowly(&mut self.keys, self.shape.keys);
        self.keys.extend_from_slice(tuple);
        slowly(&mut self.words, self.shape.words);
        self.words.resize(self.words.len() + self.shape.words, 0);
        slowly(&mut self.meta, 1);
        self.meta.push(Meta::NEW);
        slot
    }

    fn meta(&self, slot: u32) -> Option<&Meta> {
        self.meta.get(slot as usize)
    }

    fn keys_of(&self, slot: u32) -> &[u32] {
        of(&self.keys, slot, self.shape.keys)
    }

    fn unlink(&mut self, slot: u32) {
        let Some(&Meta { before, behind, .. }) = self.meta(slot) else { return };
        match self.meta.get_mut(before as usize) {
            Some(meta) => meta.behind = behind,
            None => self.oldest = behind,
        }
        match self.meta.get_mut(behind as usize) {
            Some(meta) => meta.before = before,
            None => self.newest = before,
        }
    }

    fn link(&mut self, slot: u32) {
        let newest = self.newest;
        match self.meta.get_mut(newest as usize) {
            Some(meta) => meta.behind = slot,
            None => self.oldest = slot,
        }
        if let Some(meta) = self.meta.get_mut(slot as usize) {
            (meta.before, meta.behind) = (newest, NONE);
        }
        self.newest = slot;
    }

    /// The slots of the groups, the oldest first.
    fn by_age(&self) -> impl Iterator<Item = u32> {
        let next = |slot: u32| (slot != NONE).then_some(slot);
        std::iter::successors(next(self.oldest), move |slot| next(self.meta(*slot)?.behind)).take(self.live)
    }

    /// Gives the oldest group up.
    fn evict(&mut self) {
        let slot = self.oldest;
        if slot == NONE {
            return;
        }
        let hash = self.hash_of(self.keys_of(slot));
        self.index.remove(hash, slot);
        self.unlink(slot);
        let words = of(&self.words, slot, self.shape.words);
        for placed in &self.shape.parts {
            if let Some(side) = placed.side(words) {
                self.store.take(side);
            }
        }
        if let Some(meta) = self.meta.get(slot as usize)
            && meta.kept == SPILLED
        {
            self.store.take(meta.side);
        }
        self.free.push(slot);
        self.live = self.live.saturating_sub(1);
        self.evicted = self.evicted.saturating_add(1);
        self.stale = self.stale.saturating_add(1);
    }

    /// Counts an event of a group.
    fn note(&mut self, slot: u32, origin: RowOrigin) {
        let Some(meta) = self.meta.get_mut(slot as usize) else { return };
        meta.first = meta.first.min(origin.time);
        meta.last = meta.last.max(origin.time);
        if meta.count > 0 && meta.event == origin.event {
            return;
        }
        meta.count = meta.count.saturating_add(1);
        meta.event = origin.event;
        remember(meta, origin.event, &mut self.store);
    }

    /// Counts the events of a group of another table.
    fn note_all(&mut self, slot: u32, other: &GroupTable, theirs: u32) {
        let (Some(meta), Some(theirs)) = (self.meta.get_mut(slot as usize), other.meta(theirs)) else { return };
        meta.first = meta.first.min(theirs.first);
        meta.last = meta.last.max(theirs.last);
        meta.count = meta.count.saturating_add(theirs.count);
        meta.event = theirs.event;
        for event in theirs.numbers(&other.store) {
            remember(meta, *event, &mut self.store);
        }
    }

    fn update(&mut self, stats: &Stats, slot: u32, origin: RowOrigin, scratch: &Scratch, cx: &mut Context) {
        let mut rest = scratch.arguments.as_slice();
        for ((call, span), len) in stats.aggregates.iter().zip(&self.shape.spans).zip(&scratch.lens) {
            let Some(len) = len else { continue };
            let (arguments, behind) = rest.split_at_checked(*len).unwrap_or_default();
            rest = behind;
            let words = span.of_mut(&mut self.words, slot, self.shape.words);
            state::update(call, words, arguments, origin.time, &mut self.store, cx);
        }
    }

    /// Keeps the table within its memory.
    fn relieve(&mut self) {
        if self.stale > 1_024.max(self.live as u64) {
            self.clean();
        }
        if self.used() <= self.limits.bytes {
            return;
        }
        // room for an eighth: so this is rare
        let enough = self.limits.bytes / 8 * 7;
        self.clean();
        for share in [8, 4, 2, 1] {
            if self.used() <= enough {
                return;
            }
            for _ in 0..self.live.div_ceil(share) {
                self.evict();
            }
            self.clean();
        }
    }

    /// Throws away what no group needs any more.
    fn clean(&mut self) {
        let slots: Vec<u32> = self.by_age().collect();
        let lost = self.store.lost;
        let mut old = std::mem::replace(&mut self.store, Store::new(Interner::new(), lost));
        let mut numbers = vec![NONE; old.interner.len()];
        let old_keys = std::mem::replace(&mut self.keys, Vec::with_capacity(slots.len() * self.shape.keys));
        let old_words = std::mem::replace(&mut self.words, Vec::with_capacity(slots.len() * self.shape.words));
        let old_meta = std::mem::replace(&mut self.meta, Vec::with_capacity(slots.len()));
        self.free = Vec::new();
        self.index = Index::with_capacity(slots.len());
        (self.oldest, self.newest) = (NONE, NONE);
        for slot in slots {
            let new = u32::try_from(self.meta.len()).unwrap_or(NONE);
            let store = &mut self.store;
            let keys = of(&old_keys, slot, self.shape.keys).iter();
            self.keys.extend(keys.map(|id| renumber(*id, &old.interner, &mut store.interner, &mut numbers)));
            self.words.extend_from_slice(of(&old_words, slot, self.shape.words));
            let words = of_mut(&mut self.words, new, self.shape.words);
            for placed in &self.shape.parts {
                placed.renumber(words, &mut |id| renumber(id, &old.interner, &mut store.interner, &mut numbers));
                if let Some(place) = placed.side(words) {
                    let mut side = old.swap_out(place);
                    side.renumber(&mut |id| renumber(id, &old.interner, &mut store.interner, &mut numbers));
                    placed.set_side(words, store.put(side));
                }
            }
            let mut meta = *old_meta.get(slot as usize).unwrap_or(&Meta::NEW);
            if meta.kept == SPILLED {
                meta.side = store.put(old.swap_out(meta.side));
            }
            self.meta.push(meta);
            let hash = self.hash_of(self.keys_of(new));
            self.index.add(hash, new);
            self.link(new);
        }
        self.stale = 0;
    }
}

/// The number in a new store of a value of an old one; what was found is kept in `numbers`.
fn renumber(id: u32, old: &Interner, new: &mut Interner, numbers: &mut [u32]) -> u32 {
    match numbers.get_mut(id as usize) {
        Some(number) => {
            if *number == NONE {
                *number = new.adopt(old, id).unwrap_or(NULL);
            }
            *number
        }
        None => NULL,
    }
}

impl Scratch {
    /// One of the combinations of keys, by number.
    fn pick(&mut self, number: usize) {
        self.tuple.clear();
        let mut rest = number;
        let mut start = 0;
        for count in &self.counts {
            let at = rest.checked_rem(*count).unwrap_or_default();
            rest = rest.checked_div(*count).unwrap_or_default();
            self.tuple.push(self.choices.get(start + at).copied().unwrap_or(NULL));
            start += count;
        }
    }
}

impl Meta {
    /// The smallest event numbers, in order.
    fn numbers<'m>(&'m self, store: &'m Store) -> &'m [u64] {
        if self.kept == SPILLED {
            match store.side(self.side) {
                Side::Events(numbers) => numbers,
                _ => &[],
            }
        } else {
            self.events.get(..self.kept as usize).unwrap_or_default()
        }
    }
}

/// Evaluates filters and arguments.
fn arguments(stats: &Stats, row: &[Value], scratch: &mut Scratch, cx: &mut Context) {
    scratch.arguments.clear();
    scratch.lens.clear();
    for call in &stats.aggregates {
        let counts = call.filter.as_ref().is_none_or(|filter| filter.holds(row, cx));
        scratch.lens.push(counts.then_some(call.arguments.len()));
        if counts {
            scratch.arguments.extend(call.arguments.iter().map(|argument| argument.eval(row, cx)));
        }
    }
}

/// Keeps an event number if it is one of the smallest.
fn remember(meta: &mut Meta, event: u64, store: &mut Store) {
    let [first, second] = meta.events;
    match meta.kept {
        0 => {
            meta.events = [event, 0];
            meta.kept = 1;
        }
        1 if first == event => {}
        1 => {
            meta.events = [first.min(event), first.max(event)];
            meta.kept = 2;
        }
        2 if first == event || second == event => {}
        2 => {
            let mut numbers = vec![first, second, event];
            numbers.sort_unstable();
            meta.side = store.put(Side::Events(numbers));
            meta.events = [0; 2];
            meta.kept = SPILLED;
        }
        _ => {
            let full = |numbers: &[u64]| numbers.len() >= MOST_EVENTS && numbers.last() < Some(&event);
            if matches!(store.side(meta.side), Side::Events(numbers) if full(numbers)) {
                return;
            }
            store.change(meta.side, |side, _| {
                if let Side::Events(numbers) = side
                    && let Err(at) = numbers.binary_search(&event)
                {
                    numbers.insert(at, event);
                    numbers.truncate(MOST_EVENTS);
                }
            });
        }
    }
}

/// What belongs to a slot, of which each takes `width`.
fn of<T>(all: &[T], slot: u32, width: usize) -> &[T] {
    let start = (slot as usize).saturating_mul(width);
    all.get(start..start.saturating_add(width)).unwrap_or_default()
}

/// As [`of`].
fn of_mut<T>(all: &mut [T], slot: u32, width: usize) -> &mut [T] {
    let start = (slot as usize).saturating_mul(width);
    all.get_mut(start..start.saturating_add(width)).unwrap_or_default()
}
