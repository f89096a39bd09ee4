//! The rows that groups become.

use std::cmp::Ordering;

use super::{GroupTable, NONE, of};
use crate::table::aggregate::intern::NULL;
use crate::table::aggregate::state;
use crate::table::expr::Context;
use crate::table::pipeline::Stats;
use crate::table::value::Value;

/// The groups of a table, one after the other.
#[derive(Clone, Debug)]
pub struct Groups<'t> {
    table: &'t GroupTable,
    stats: &'t Stats,
    slots: std::vec::IntoIter<u32>,
}

/// A group. What it gives is computed when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct View<'t> {
    table: &'t GroupTable,
    stats: &'t Stats,
    slot: u32,
}

impl GroupTable {
    /// The groups: by their keys, null last, or, which is cheaper, in the order in which something was added to them last. Without keys there is always
    /// one group, even if there was no row.
    pub fn finish<'t>(&'t self, stats: &'t Stats, sorted: bool) -> Groups<'t> {
        let mut slots: Vec<u32> = self.by_age().collect();
        if sorted && self.shape.keys > 0 {
            slots = self.sorted(&slots);
        }
        if slots.is_empty() && self.shape.keys == 0 {
            slots.push(NONE);
        }
        Groups { table: self, stats, slots: slots.into_iter() }
    }

    /// The group of a row, if each of its keys has at most one value.
    pub fn find<'t>(&'t mut self, stats: &'t Stats, row: &[Value], cx: &mut Context) -> Option<View<'t>> {
        let mut tuple = Vec::with_capacity(self.shape.keys);
        for key in &stats.keys {
            match key.eval(row, cx) {
                Value::Null => tuple.push(NULL),
                Value::List(_) => return None,
                value => tuple.push(self.store.interner.find(&value)?),
            }
        }
        let slot = self.find_slot(&tuple, self.hash_of(&tuple))?;
        Some(View { table: self, stats, slot })
    }

    /// The first of these groups by their keys, `most` at most, in order.
    pub(crate) fn first<'t>(&'t self, views: Vec<View<'t>>, most: usize) -> Vec<View<'t>> {
        let Some(View { stats, .. }) = views.first().copied().filter(|_| self.shape.keys > 0) else {
            return views.into_iter().take(most).collect();
        };
        let mut slots: Vec<u32> = views.iter().map(|view| view.slot).collect();
        if slots.len() > most {
            slots = self.smallest(slots, most);
        }
        self.sorted(&slots).into_iter().map(|slot| View { table: self, stats, slot }).collect()
    }

    /// The `most` groups whose keys come first, in any order. Key by key: of the groups that are left, those with the first values of the key are taken as
    /// long as there is room; those with the value at the edge are left for the next key. So no more than the values of one key are compared.
    fn smallest(&self, mut left: Vec<u32>, most: usize) -> Vec<u32> {
        let mut taken = Vec::with_capacity(most);
        let mut counts: Vec<u32> = Vec::new();
        for key in 0..self.shape.keys {
            let mut room = most.saturating_sub(taken.len());
            if room == 0 || left.len() <= room {
                break;
            }
            let id = |slot: u32| self.keys_of(slot).get(key).copied().unwrap_or(NULL) as usize;
            counts.clear();
            counts.resize(self.store.interner.len(), 0);
            left.iter().for_each(|slot| counts.get_mut(id(*slot)).into_iter().for_each(|count| *count += 1));
            let used = (0..).zip(&counts).filter(|(_, count)| **count > 0);
            let mut values: Vec<(bool, Value, u32)> =
                used.map(|(id, _)| (id == NULL, self.store.interner.value(id), id)).collect();
            if values.len() > room {
                values.select_nth_unstable(room);
                values.truncate(room);
            }
            values.sort_unstable();
            // from here on: 2 what is taken, 1 the edge, 0 the rest
            let mut marks = vec![0_u8; counts.len()];
            for (_, _, id) in values {
                let count = counts.get(id as usize).copied().unwrap_or(0) as usize;
                let fits = count <= room;
                marks.get_mut(id as usize).into_iter().for_each(|mark| *mark = if fits { 2 } else { 1 });
                if !fits {
                    break;
                }
                room -= count;
            }
            let mark = |slot: &u32| marks.get(id(*slot)).copied().unwrap_or(0);
            taken.extend(left.iter().filter(|slot| mark(slot) == 2));
            left.retain(|slot| mark(slot) == 1);
        }
        taken.extend(left.into_iter().take(most.saturating_sub(taken.len())));
        taken
    }

    /// The slots by their keys.
    fn sorted(&self, slots: &[u32]) -> Vec<u32> {
        let ranks = self.ranks(slots);
        let rank = |id: &u32| ranks.get(*id as usize).copied().unwrap_or(NONE);
        // the first two keys stand beside the slot: they mostly decide
        let head = |slot: &u32| match self.keys_of(*slot) {
            [] => (0, *slot),
            [key] => (u64::from(rank(key)), *slot),
            [first, second, ..] => (u64::from(rank(first)) << 32 | u64::from(rank(second)), *slot),
        };
        let mut heads: Vec<(u64, u32)> = slots.iter().map(head).collect();
        heads.sort_unstable_by(|(a, left), (b, right)| {
            let rest = |slot: &u32| self.keys_of(*slot).iter().skip(2).map(rank);
            a.cmp(b).then_with(|| rest(left).cmp(rest(right)))
        });
        heads.into_iter().map(|(_, slot)| slot).collect()
    }

    /// The place of each value that is a key among all of them, by its number; null is last.
    fn ranks(&self, slots: &[u32]) -> Vec<u32> {
        let mut ranks = vec![NONE; self.store.interner.len()];
        for slot in slots {
            for id in self.keys_of(*slot) {
                if let Some(rank) = ranks.get_mut(*id as usize) {
                    *rank = 0;
                }
            }
        }
        let used = (0..).zip(&ranks).filter(|(id, rank)| *id != NULL && **rank == 0);
        let mut values: Vec<(Value, u32)> = used.map(|(id, _)| (self.store.interner.value(id), id)).collect();
        values.sort_unstable();
        for (place, (_, id)) in (0..).zip(&values) {
            if let Some(rank) = ranks.get_mut(*id as usize) {
                *rank = place;
            }
        }
        if let Some(rank) = ranks.get_mut(NULL as usize) {
            *rank = NONE;
        }
        ranks
    }
}

impl<'t> Iterator for Groups<'t> {
    type Item = View<'t>;

    fn next(&mut self) -> Option<View<'t>> {
        let slot = self.slots.next()?;
        Some(View { table: self.table, stats: self.stats, slot })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.slots.size_hint()
    }
}

impl ExactSizeIterator for Groups<'_> {}

impl<'t> View<'t> {
    /// The value in a slot of its row: the results of the aggregate functions come first, then the keys. A warning is given each time.
    pub fn slot(&self, slot: usize, cx: &mut Context) -> Value {
        let table = self.table;
        if let (Some(call), Some(span)) = (self.stats.aggregates.get(slot), table.shape.spans.get(slot)) {
            let nothing = [0; 8];
            let words = if self.slot == NONE {
                nothing.get(..span.width()).unwrap_or_default()
            } else {
                span.of(&table.words, self.slot, table.shape.words)
            };
            return state::result(call, words, &table.store, cx);
        }
        let key = slot.checked_sub(self.stats.aggregates.len()).and_then(|at| table.keys_of(self.slot).get(at));
        key.map_or(Value::Null, |id| table.store.interner.value(*id))
    }

    /// Its whole row.
    pub fn row(&self, cx: &mut Context) -> Vec<Value> {
        (0..self.stats.aggregates.len() + self.stats.keys.len()).map(|slot| self.slot(slot, cx)).collect()
    }

    /// How its keys stand to those of another group of the table: by their values, null last.
    pub(crate) fn cmp_keys(&self, other: &Self) -> Ordering {
        let interner = &self.table.store.interner;
        let pairs = self.table.keys_of(self.slot).iter().zip(other.table.keys_of(other.slot));
        let order = |(a, b): (&u32, &u32)| match (*a, *b) {
            (a, b) if a == b => Ordering::Equal,
            (NULL, _) => Ordering::Greater,
            (_, NULL) => Ordering::Less,
            (a, b) => interner.cmp(a, b),
        };
        pairs.map(order).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// How many events are behind it.
    pub fn count(&self) -> u64 {
        self.table.meta(self.slot).map_or(0, |meta| meta.count)
    }

    /// The smallest numbers of these events, [`super::MOST_EVENTS`] at most, in order.
    pub fn events(&self) -> &'t [u64] {
        match of(&self.table.meta, self.slot, 1) {
            [meta] => meta.numbers(&self.table.store),
            _ => &[],
        }
    }

    /// The smallest and the largest time of its rows; `None` if there are none.
    pub fn times(&self) -> Option<(i64, i64)> {
        self.table.meta(self.slot).map(|meta| (meta.first, meta.last))
    }
}
