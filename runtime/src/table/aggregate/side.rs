//! What does not fit the words of a group.

use std::collections::BTreeMap;

use hashbrown::HashTable;

use super::distribution::{Numbers, is_bucket};
use super::exact::Exact;
use super::intern::{Interner, hash_ids};
use super::sketch::Sketch;
use super::{MOST_DISTINCT, MOST_NUMBERS, MOST_RANKED, MOST_VALUES};
use crate::bytes::{ReadError, Reader, Writer};

/// More of one accumulator.
#[derive(Clone, Debug, Default)]
pub(crate) enum Side {
    /// Nothing: the place is free.
    #[default]
    Free,
    /// Different values.
    Ids(IdSet),
    /// Too many different values.
    Sketch(Sketch),
    /// A sum.
    Exact(Box<Exact>),
    /// Numbers.
    Numbers(Box<Numbers>),
    /// What a variance is made of.
    Moments(Box<Moments>),
    /// Values, repeated ones too.
    Ranked(Vec<u32>),
    /// Values, and what chooses among them.
    Sampled(Vec<(u64, u32)>),
    /// Event numbers in order.
    Events(Vec<u64>),
}

/// How many, their sum, and that of their squares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments {
    pub(crate) count: u64,
    pub(crate) sum: Exact,
    pub(crate) squares: Exact,
}

/// Different numbers of values, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdSet {
    ids: Vec<u32>,
    /// Where there are many.
    index: Option<Box<HashTable<u32>>>,
    /// Some were thrown away.
    pub(crate) cut: bool,
}

/// So many are looked through one by one.
const FEW: usize = 16;

impl IdSet {
    /// Adds one; whether it is new.
    pub(crate) fn add(&mut self, id: u32) -> bool {
        let known = match &self.index {
            Some(index) => index.find(hash_ids(&[id]), |other| *other == id).is_some(),
            None => self.ids.contains(&id),
        };
        if known {
            return false;
        }
        self.ids.push(id);
        match &mut self.index {
            Some(index) => {
                index.insert_unique(hash_ids(&[id]), id, |id| hash_ids(&[*id]));
            }
            None if self.ids.len() > FEW => self.reindex(),
            None => {}
        }
        true
    }

    fn reindex(&mut self) {
        self.index = None;
        if self.ids.len() > FEW {
            let mut index = HashTable::with_capacity(self.ids.len());
            for id in &self.ids {
                index.insert_unique(hash_ids(&[*id]), *id, |id| hash_ids(&[*id]));
            }
            self.index = Some(Box::new(index));
        }
    }

    pub(crate) fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Other ids in place of these, all different.
    pub(crate) fn replace(&mut self, ids: Vec<u32>) {
        self.ids = ids;
        self.reindex();
    }

    fn size(&self) -> usize {
        self.ids.len() * if self.index.is_some() { 14 } else { 4 }
    }
}

impl Side {
    /// About how much memory it takes, by its content.
    pub(crate) fn size(&self) -> usize {
        const SELF: usize = 64;
        match self {
            Self::Free => 0,
            Self::Ids(set) => SELF + set.size(),
            Self::Sketch(_) => SELF + Sketch::SIZE,
            Self::Exact(sum) => SELF + sum.size(),
            Self::Numbers(numbers) => SELF + numbers.size(),
            Self::Moments(moments) => SELF + moments.sum.size() + moments.squares.size(),
            Self::Ranked(ids) => SELF + ids.len() * 4,
            Self::Sampled(ids) => SELF + ids.len() * 16,
            Self::Events(numbers) => SELF + numbers.len() * 8,
        }
    }

    /// Puts other numbers in place of the numbers of values.
    pub(crate) fn renumber(&mut self, number: &mut impl FnMut(u32) -> u32) {
        match self {
            Self::Ids(set) => {
                let ids = set.ids.iter().map(|id| number(*id)).collect();
                set.replace(ids);
            }
            Self::Ranked(ids) => ids.iter_mut().for_each(|id| *id = number(*id)),
            Self::Sampled(ids) => ids.iter_mut().for_each(|(_, id)| *id = number(*id)),
            Self::Free | Self::Sketch(_) | Self::Exact(_) | Self::Numbers(_) | Self::Moments(_) | Self::Events(_) => {}
        }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        match self {
            Self::Free => out.u8(0),
            Self::Ids(set) => {
                out.u8(if set.cut { 2 } else { 1 });
                out.u32s(&set.ids);
            }
            Self::Sketch(sketch) => {
                out.u8(3);
                sketch.write(out);
            }
            Self::Exact(sum) => {
                out.u8(4);
                sum.write(out);
            }
            Self::Numbers(numbers) => match &**numbers {
                Numbers::Exact(values) => {
                    out.u8(5);
                    out.size(values.len());
                    values.iter().for_each(|value| out.u64(value.to_bits()));
                }
                Numbers::Counted(counts) => {
                    out.u8(6);
                    out.size(counts.len());
                    for (bucket, count) in counts {
                        out.u32(*bucket);
                        out.u64(*count);
                    }
                }
            },
            Self::Moments(moments) => {
                out.u8(7);
                out.u64(moments.count);
                moments.sum.write(out);
                moments.squares.write(out);
            }
            Self::Ranked(ids) => {
                out.u8(8);
                out.u32s(ids);
            }
            Self::Sampled(ids) => {
                out.u8(9);
                out.size(ids.len());
                for (rank, id) in ids {
                    out.u64(*rank);
                    out.u32(*id);
                }
            }
            Self::Events(numbers) => {
                out.u8(10);
                out.u64s(numbers);
            }
        }
    }

    /// Numbers of values are below `values`.
    pub(crate) fn read(bytes: &mut Reader<'_>, values: usize) -> Result<Self, ReadError> {
        let known = |ids: &[u32]| ids.iter().all(|id| (*id as usize) < values);
        let tag = bytes.u8()?;
        let (side, sound) = match tag {
            1 | 2 => {
                let ids = bytes.u32s()?;
                let mut set = IdSet { cut: tag == 2, ..IdSet::default() };
                let most = 2 * MOST_VALUES.max(MOST_DISTINCT);
                let sound = ids.len() <= most && known(&ids) && ids.iter().all(|id| set.add(*id));
                (Self::Ids(set), sound)
            }
            3 => (Self::Sketch(Sketch::read(bytes)?), true),
            4 => (Self::Exact(Box::new(Exact::read(bytes)?)), true),
            5 => {
                let count = bytes.count(8)?;
                let values: Result<Vec<f64>, ReadError> = (0..count).map(|_| bytes.finite()).collect();
                (Self::Numbers(Box::new(Numbers::Exact(values?))), count <= MOST_NUMBERS)
            }
            6 => {
                let count = bytes.count(12)?;
                let mut counts = BTreeMap::new();
                let mut sound = true;
                for _ in 0..count {
                    let bucket = bytes.u32()?;
                    let count = bytes.u64()?;
                    sound &= is_bucket(bucket) && counts.insert(bucket, count).is_none();
                }
                (Self::Numbers(Box::new(Numbers::Counted(counts))), sound)
            }
            7 => {
                let count = bytes.u64()?;
                let moments = Moments { count, sum: Exact::read(bytes)?, squares: Exact::read(bytes)? };
                (Self::Moments(Box::new(moments)), true)
            }
            8 => {
                let ids = bytes.u32s()?;
                let sound = ids.len() <= 3 * MOST_RANKED && known(&ids);
                (Self::Ranked(ids), sound)
            }
            9 => {
                let count = bytes.count(12)?;
                let ids: Result<Vec<(u64, u32)>, ReadError> =
                    (0..count).map(|_| Ok((bytes.u64()?, bytes.u32()?))).collect();
                let ids = ids?;
                let sound = count <= 3 * MOST_RANKED && ids.iter().all(|(_, id)| (*id as usize) < values);
                (Self::Sampled(ids), sound)
            }
            10 => {
                let numbers = bytes.u64s()?;
                let sound = numbers.len() <= 16 && numbers.is_sorted_by(|a, b| a < b);
                (Self::Events(numbers), sound)
            }
            _ => return Err(ReadError::damaged()),
        };
        if sound { Ok(side) } else { Err(ReadError::damaged()) }
    }
}

/// Where accumulators keep what does not fit their words.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) interner: Interner,
    sides: Vec<Side>,
    free: Vec<u32>,
    /// What the sides take.
    size: usize,
    /// Values that found no place.
    pub(crate) lost: u64,
}

impl Store {
    pub(crate) fn new(interner: Interner, lost: u64) -> Self {
        Self { interner, sides: Vec::new(), free: Vec::new(), size: 0, lost }
    }

    /// What it takes, by its content.
    pub(crate) fn used(&self) -> usize {
        self.interner.used() + self.size
    }

    /// What it takes, by what is reserved; that of sides is estimated.
    pub(crate) fn allocated(&self) -> usize {
        self.interner.allocated()
            + self.size
            + self.sides.capacity() * std::mem::size_of::<Side>()
            + self.free.capacity() * 4
    }

    /// The number of a value; null, and counted, if the store is full.
    pub(crate) fn intern(&mut self, value: &crate::table::Value) -> Option<u32> {
        let id = self.interner.intern(value);
        self.lost = self.lost.saturating_add(u64::from(id.is_none()));
        id
    }

    /// A place for a side.
    pub(crate) fn put(&mut self, side: Side) -> u32 {
        self.size += side.size();
        if let Some(at) = self.free.pop()
            && let Some(place) = self.sides.get_mut(at as usize)
        {
            *place = side;
            return at;
        }
        // there are fewer sides than values, of which there are fewer than 2^31; the last place is shared beyond
        let at = u32::try_from(self.sides.len()).unwrap_or(u32::MAX);
        super::intern::slowly(&mut self.sides, 1);
        self.sides.push(side);
        at
    }

    /// What is in a place.
    pub(crate) fn side(&self, at: u32) -> &Side {
        self.sides.get(at as usize).unwrap_or(&Side::Free)
    }

    /// Takes a side out; its place is free.
    pub(crate) fn take(&mut self, at: u32) -> Side {
        let side = self.sides.get_mut(at as usize).map(std::mem::take).unwrap_or_default();
        if !matches!(side, Side::Free) {
            self.size = self.size.saturating_sub(side.size());
            self.free.push(at);
        }
        side
    }

    /// Takes a side out for good: the store is not used for others any more.
    pub(crate) fn swap_out(&mut self, at: u32) -> Side {
        self.sides.get_mut(at as usize).map(std::mem::take).unwrap_or_default()
    }

    /// Changes a side.
    pub(crate) fn change(&mut self, at: u32, change: impl FnOnce(&mut Side, &mut Interner)) {
        if let Some(side) = self.sides.get_mut(at as usize) {
            self.size = self.size.saturating_sub(side.size());
            change(side, &mut self.interner);
            self.size = self.size.saturating_add(side.size());
        }
    }
}
