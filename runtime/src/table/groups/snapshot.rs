//! Tables as bytes and back.

use super::shape::Shape;
use super::{GroupTable, Limits, MOST_EVENTS, Meta, NONE, SPILLED, of};
use crate::bytes::{ReadError, Reader, Writer};
use crate::table::aggregate::Aggregate;
use crate::table::aggregate::intern::{Index, Interner};
use crate::table::aggregate::side::{Side, Store};
use crate::table::pipeline::Stats;

/// The first bytes of a table; another number whenever the layout changes.
const MAGIC: u32 = 0x0147_6753;
/// The words of [`Meta`] that are written.
const META: usize = 7;

impl GroupTable {
    /// Writes the table: [`GroupTable::read`] makes one that does the same.
    pub fn write(&self, out: &mut Writer) {
        out.u32(MAGIC);
        out.size(self.shape.keys);
        out.size(self.shape.parts.len());
        self.shape.parts.iter().for_each(|placed| out.u8(tag(placed.aggregate)));
        for count in [self.evicted, self.dropped, self.stale, self.store.lost] {
            out.varint(count);
        }
        self.store.interner.write(out);

        let mut keys = Vec::with_capacity(self.live * self.shape.keys);
        let mut words = Vec::with_capacity(self.live * self.shape.words);
        let mut metas = Vec::with_capacity(self.live * META);
        let mut sides: Vec<u32> = Vec::new();
        for slot in self.by_age() {
            keys.extend_from_slice(self.keys_of(slot));
            let start = words.len();
            words.extend_from_slice(of(&self.words, slot, self.shape.words));
            let written = words.get_mut(start..).unwrap_or_default();
            for placed in &self.shape.parts {
                if let Some(side) = placed.side(written) {
                    placed.set_side(written, u32::try_from(sides.len()).unwrap_or(NONE));
                    sides.push(side);
                }
            }
            let meta = self.meta(slot).unwrap_or(&Meta::NEW);
            let [first, second] = meta.events;
            let times = [meta.first.cast_unsigned(), meta.last.cast_unsigned()];
            metas.extend([meta.count, meta.event]);
            metas.extend(times);
            metas.extend([first, second, meta.kept.into()]);
            if meta.kept == SPILLED {
                sides.push(meta.side);
            }
        }
        out.u64s(&metas);
        out.u32s(&keys);
        out.u64s(&words);
        sides.iter().for_each(|side| self.store.side(*side).write(out));
    }

    /// Reads what [`GroupTable::write`] wrote of a table for the same `stats`. Any bytes give an error or a table that can be used.
    pub fn read(stats: &Stats, limits: Limits, input: &mut Reader<'_>) -> Result<Self, ReadError> {
        let mut table = Self::new(stats, limits);
        table.read_head(input)?;
        let metas = input.u64s()?;
        let (metas, rest) = metas.as_chunks::<META>();
        let live = metas.len();
        table.keys = input.u32s()?;
        table.words = input.u64s()?;
        let Shape { keys, words, .. } = table.shape;
        let fits = rest.is_empty()
            && u32::try_from(live).is_ok_and(|live| live < NONE / 2)
            && live.checked_mul(keys) == Some(table.keys.len())
            && live.checked_mul(words) == Some(table.words.len());
        let values = table.store.interner.len();
        if !fits || table.keys.iter().any(|id| *id as usize >= values) {
            return Err(ReadError::damaged());
        }
        table.meta.reserve_exact(live);
        table.index = Index::with_capacity(live);
        let mut sides = 0;
        for (slot, meta) in (0..).zip(metas) {
            let own = of(&table.words, slot, words);
            for placed in &table.shape.parts {
                if !placed.is_sound(own, values) {
                    return Err(ReadError::damaged());
                }
                if let Some(side) = placed.side(own) {
                    let read = Side::read(input, values)?;
                    if side != sides || !placed.fits(&read) {
                        return Err(ReadError::damaged());
                    }
                    sides = table.store.put(read) + 1;
                }
            }
            let mut meta = to_meta(meta)?;
            if meta.kept == SPILLED {
                let read = Side::read(input, values)?;
                if !matches!(&read, Side::Events(numbers) if (3..=MOST_EVENTS).contains(&numbers.len())) {
                    return Err(ReadError::damaged());
                }
                meta.side = table.store.put(read);
                sides = meta.side + 1;
            }
            table.meta.push(meta);
            let tuple = of(&table.keys, slot, keys);
            let hash = table.hash_of(tuple);
            if table.find_slot(tuple, hash).is_some() {
                return Err(ReadError::damaged());
            }
            table.index.add(hash, slot);
            table.link(slot);
        }
        table.live = live;
        while table.live > table.limits.groups {
            table.evict();
        }
        table.relieve();
        Ok(table)
    }

    fn read_head(&mut self, input: &mut Reader<'_>) -> Result<(), ReadError> {
        let mut same = input.u32()? == MAGIC && input.varint()? == self.shape.keys as u64;
        same &= input.varint()? == self.shape.parts.len() as u64;
        for placed in &self.shape.parts {
            same &= input.u8()? == tag(placed.aggregate);
        }
        if !same {
            return Err(ReadError::damaged());
        }
        self.evicted = input.varint()?;
        self.dropped = input.varint()?;
        self.stale = input.varint()?;
        let lost = input.varint()?;
        self.store = Store::new(Interner::read(input)?, lost);
        Ok(())
    }
}

fn to_meta(words: &[u64; META]) -> Result<Meta, ReadError> {
    let [count, event, first, last, smaller, larger, kept] = *words;
    let sound = match kept {
        1 => count >= 1 && larger == 0,
        2 => count >= 2 && smaller < larger,
        3 => count >= 3 && smaller == 0 && larger == 0,
        _ => false,
    };
    if !sound {
        return Err(ReadError::damaged());
    }
    Ok(Meta {
        count,
        event,
        first: first.cast_signed(),
        last: last.cast_signed(),
        events: [smaller, larger],
        kept: u32::try_from(kept).unwrap_or_default(),
        ..Meta::NEW
    })
}

/// What stands for an aggregate function; never changes.
fn tag(aggregate: Aggregate) -> u8 {
    match aggregate {
        Aggregate::Count => 0,
        Aggregate::CountDistinct => 1,
        Aggregate::Values => 2,
        Aggregate::Min => 3,
        Aggregate::Max => 4,
        Aggregate::Sum => 5,
        Aggregate::Avg => 6,
        Aggregate::Median => 7,
        Aggregate::Percentile => 8,
        Aggregate::MedianAbsoluteDeviation => 9,
        Aggregate::StdDev => 10,
        Aggregate::Variance => 11,
        Aggregate::Top => 12,
        Aggregate::Sample => 13,
        Aggregate::WeightedAvg => 14,
        Aggregate::First => 15,
        Aggregate::Last => 16,
        Aggregate::Absent => 17,
        Aggregate::Present => 18,
        Aggregate::Centroid => 19,
    }
}
