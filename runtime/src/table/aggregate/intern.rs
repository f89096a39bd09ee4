//! Values by number: each value is stored once, as bytes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;

use crate::bytes::{ReadError, Reader, Writer};
use crate::table::value::Value;

/// Values and their numbers, counted from 0, which is null.
#[derive(Clone, Debug)]
pub(crate) struct Interner {
    bytes: Vec<u8>,
    /// Where each value ends.
    ends: Vec<u32>,
    index: Index,
    /// The value that is looked for.
    sought: Vec<u8>,
    /// Hashes and numbers of values that were found lately, by their hash, once there are many: the index of a million values is not in the processor's
    /// cache, and most values were seen shortly before.
    recent: Vec<(u64, u32)>,
    /// Places in the index depend on it, and nothing else does: whoever writes events must not be able to choose values that share a place.
    seed: u64,
}

/// Numbers by the hash of what they stand for, half of which stands beside: so growing does not look at what they stand for, which lies scattered in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index(HashTable<(u32, u32)>);

impl Index {
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self(HashTable::with_capacity(count))
    }

    /// What it takes, by what is reserved.
    pub(crate) fn allocated(&self) -> usize {
        self.0.allocation_size()
    }

    /// The number with this hash that `is` takes.
    pub(crate) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let half = half(hash);
        self.0.find(spread(half), |(other, id)| *other == half && is(*id)).map(|(_, id)| *id)
    }

    /// Adds a number that is not there.
    pub(crate) fn add(&mut self, hash: u64, id: u32) {
        let half = half(hash);
        self.0.insert_unique(spread(half), (half, id), |(half, _)| spread(*half));
    }

    pub(crate) fn remove(&mut self, hash: u64, id: u32) {
        if let Ok(entry) = self.0.find_entry(spread(half(hash)), |(_, other)| *other == id) {
            entry.remove();
        }
    }
}

fn half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// A hash whose upper and lower bits are both of use.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The number of null.
pub(crate) const NULL: u32 = 0;
/// One more than the largest number: numbers and one more fit 31 bits.
const MOST: usize = (1 << 31) - 2;
/// How many values that were found lately are known, if there are more than a quarter of that.
const RECENT: usize = 4_096;
/// What a value takes beside its bytes.
const EACH: usize = 20;

impl Interner {
    /// Nothing but null.
    pub(crate) fn new() -> Self {
        let mut interner = Self::over(Vec::new(), 0);
        interner.intern(&Value::Null);
        interner
    }

    /// Room for so many values whose bytes are these.
    fn over(bytes: Vec<u8>, count: usize) -> Self {
        Self {
            bytes,
            ends: Vec::new(),
            index: Index::with_capacity(count),
            sought: Vec::new(),
            recent: Vec::new(),
            seed: seed(),
        }
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// What it takes, by its content.
    pub(crate) fn used(&self) -> usize {
        self.bytes.len() + self.ends.len() * EACH
    }

    /// What it takes, by what is reserved.
    pub(crate) fn allocated(&self) -> usize {
        self.bytes.capacity()
            + self.ends.capacity() * 4
            + self.index.allocated()
            + self.sought.capacity()
            + size_of_val(self.recent.as_slice())
    }

    /// The number of a value; `None` if the store is full.
    pub(crate) fn intern(&mut self, value: &Value) -> Option<u32> {
        self.seek(value);
        let hash = self.place(&self.sought);
        match self.sought_id(hash) {
            Some(id) => Some(id),
            None => self.push(hash),
        }
    }

    /// The number of a value that is there.
    pub(crate) fn find(&mut self, value: &Value) -> Option<u32> {
        self.seek(value);
        let hash = self.place(&self.sought);
        self.sought_id(hash)
    }

    /// The number of a value of another store.
    pub(crate) fn adopt(&mut self, other: &Interner, id: u32) -> Option<u32> {
        self.sought.clear();
        self.sought.extend_from_slice(other.encoded(id));
        let hash = self.place(&self.sought);
        match self.sought_id(hash) {
            Some(id) => Some(id),
            None => self.push(hash),
        }
    }

    /// What a value's content hashes to: always the same, for equal values.
    pub(crate) fn hash(&mut self, value: &Value) -> u64 {
        self.seek(value);
        hash(&self.sought)
    }

    /// As [`Interner::hash`], of a value that is there.
    pub(crate) fn hash_of(&self, id: u32) -> u64 {
        hash(self.encoded(id))
    }

    /// The value of a number; null for what is none.
    pub(crate) fn value(&self, id: u32) -> Value {
        if id == NULL {
            return Value::Null;
        }
        Reader::new(self.encoded(id)).value().unwrap_or_default()
    }

    fn encoded(&self, id: u32) -> &[u8] {
        entry(&self.bytes, &self.ends, id)
    }

    fn seek(&mut self, value: &Value) {
        let mut writer = Writer::behind(std::mem::take(&mut self.sought));
        writer.clear();
        writer.value(&canonical(value));
        self.sought = writer.finish();
    }

    /// The hash by which a value stands in the index.
    fn place(&self, bytes: &[u8]) -> u64 {
        hash_from(self.seed, bytes)
    }

    /// As [`Interner::place`], of numbers of values.
    pub(crate) fn place_of(&self, ids: &[u32]) -> u64 {
        finish(ids.iter().fold(self.seed, |state, id| mix(state, (*id).into())))
    }

    /// How two values stand to each other.
    pub(crate) fn cmp(&self, a: u32, b: u32) -> Ordering {
        let text = |id: u32| Reader::new(self.encoded(id)).text_value();
        match (text(a), text(b)) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => self.value(a).cmp(&self.value(b)),
        }
    }

    fn sought_id(&mut self, hash: u64) -> Option<u32> {
        #[expect(clippy::cast_possible_truncation, reason = "some of its bits")]
        let place = hash as usize % RECENT;
        if let Some((known, id)) = self.recent.get(place)
            && *known == hash
            && self.encoded(*id) == self.sought
        {
            return Some(*id);
        }
        let found = self.index.find(hash, |id| self.encoded(id) == self.sought);
        if let (Some(id), Some(recent)) = (found, self.recent.get_mut(place)) {
            *recent = (hash, id);
        } else if self.recent.is_empty() && self.ends.len() > RECENT / 4 {
            self.recent = vec![(0, NULL); RECENT];
        }
        found
    }

    fn push(&mut self, hash: u64) -> Option<u32> {
        let id = u32::try_from(self.ends.len()).ok()?;
        let end = u32::try_from(self.bytes.len().checked_add(self.sought.len())?).ok()?;
        if self.ends.len() >= MOST {
            return None;
        }
        slowly(&mut self.bytes, self.sought.len());
        self.bytes.extend_from_slice(&self.sought);
        slowly(&mut self.ends, 1);
        self.ends.push(end);
        self.index.add(hash, id);
        Some(id)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.u32s(&self.ends);
        out.bytes(&self.bytes);
    }

    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, ReadError> {
        let ends = input.u32s()?;
        let bytes = input.bytes()?.to_vec();
        let mut interner = Self::over(bytes, ends.len());
        if ends.is_empty() || ends.len() >= MOST || ends.last().map(|end| *end as usize) != Some(interner.bytes.len()) {
            return Err(ReadError::damaged());
        }
        let mut start = 0;
        for end in &ends {
            let text = interner.bytes.get(start..*end as usize).ok_or(ReadError::damaged())?;
            let mut value = Reader::new(text);
            value.skip_value()?;
            value.end()?;
            start = *end as usize;
        }
        interner.ends = ends;
        if interner.encoded(NULL) != [0] {
            return Err(ReadError::damaged());
        }
        for id in 0..interner.ends.len() {
            let id = u32::try_from(id).map_err(|_| ReadError::damaged())?;
            let text = interner.encoded(id);
            let at = interner.place(text);
            if interner.index.find(at, |other| interner.encoded(other) == text).is_some() {
                return Err(ReadError::damaged());
            }
            interner.index.add(at, id);
        }
        Ok(interner)
    }
}

fn entry<'b>(bytes: &'b [u8], ends: &[u32], id: u32) -> &'b [u8] {
    let start = match id.checked_sub(1) {
        Some(before) => ends.get(before as usize).copied().unwrap_or(u32::MAX),
        None => 0,
    };
    let end = ends.get(id as usize).copied().unwrap_or(0);
    bytes.get(start as usize..end as usize).unwrap_or_default()
}

/// Equal values are the same bytes: `-0.0` is `0.0`, and what is not finite is null.
fn canonical(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Double(value) => Cow::Owned(Value::double(value + 0.0)),
        Value::Point(x, y) if x.is_finite() && y.is_finite() => Cow::Owned(Value::Point(x + 0.0, y + 0.0)),
        Value::Point(..) => Cow::Owned(Value::Null),
        Value::List(members) if members.iter().any(|member| matches!(member, Value::Double(_) | Value::Point(..))) => {
            Cow::Owned(Value::list(members.iter().map(|member| canonical(member).into_owned())))
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Long(_)
        | Value::Unsigned(_)
        | Value::Text(_)
        | Value::Ip(_)
        | Value::Version(_)
        | Value::Date(_)
        | Value::DateNanos(_)
        | Value::Period(..)
        | Value::Duration(_)
        | Value::List(_) => Cow::Borrowed(value),
    }
}

/// Makes room for more, an eighth of what is there at least: less is wasted than by doubling.
pub(crate) fn slowly<T>(vec: &mut Vec<T>, more: usize) {
    if vec.capacity().saturating_sub(vec.len()) < more {
        vec.reserve_exact(more.max(vec.len() / 8).max(16));
    }
}

/// Another number in each table.
fn seed() -> u64 {
    RandomState::new().hash_one(0)
}

/// A hash that is the same on all machines and for ever: snapshots hold what was made of it.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    hash_from(0x9e37_79b9_7f4a_7c15, bytes)
}

fn hash_from(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut state = seed ^ bytes.len() as u64;
    for word in words {
        state = mix(state, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
    finish(mix(state, u64::from_le_bytes(last)))
}

/// As [`hash`], of numbers.
pub(crate) fn hash_ids(ids: &[u32]) -> u64 {
    finish(ids.iter().fold(0x9e37_79b9_7f4a_7c15, |state, id| mix(state, (*id).into())))
}

fn mix(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93_a076_1d64_78bd_642f);
    #[expect(clippy::cast_possible_truncation, reason = "both halves")]
    let (low, high) = (product as u64, (product >> 64) as u64);
    low.rotate_left(29) ^ high
}

fn finish(mut state: u64) -> u64 {
    state ^= state >> 33;
    state = state.wrapping_mul(0xff51_afd7_ed55_8ccd);
    state ^= state >> 33;
    state = state.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    state ^ (state >> 33)
}
