//! Of which class is an event?
//!
//! The class follows from the scopes that hold, and these from the values of a few fields, so classes are remembered by these values. Scopes that
//! read the same fields are a group, and what holds of a group is remembered by the values of its fields alone: a new combination of all of them is mostly made of known
//! ones.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::engine::{Class, Linked};
use crate::event::values::{SlotId, Values};
use crate::matcher::bytes;
use crate::matcher::slots::Slots;

/// The classes that a session has met.
#[derive(Default)]
pub(crate) struct Classes {
    /// Which of `met`, by the values of the fields that scopes read.
    known: Memory<usize>,
    met: Vec<Arc<Class>>,
    /// For each group of scopes: those that hold, by the values of the group's fields.
    groups: Vec<Memory<Box<[u32]>>>,
    key: Vec<u8>,
    truth: Vec<u64>,
}

type Memory<T> = HashMap<Box<[u8]>, T, BuildHasherDefault<KeyHasher>>;

/// Past this many distinct combinations of values, the memory of them starts anew.
const MAX_KEYS: usize = 4096;
/// Longer combinations are not remembered.
const MAX_KEY: usize = 1024;

impl Classes {
    /// The class of an event. Borrowed, since to count who has it is dear where several threads do so for every event.
    #[inline]
    pub(crate) fn of<'c>(&'c mut self, linked: &'c Linked, event: Slots<'_>) -> &'c Class {
        if let Some(class) = &linked.only {
            return class;
        }
        // in the order of the event: most streams keep to one
        let slots = event.values.touched().iter().filter(|slot| linked.scopes_read(**slot));
        spell(slots, event.values, event.text, &mut self.key);
        let number = match self.known.get(self.key.as_slice()) {
            Some(number) => *number,
            None => self.find(linked, event),
        };
        &self.met[number]
    }

    #[cold]
    #[inline(never)]
    fn find(&mut self, linked: &Linked, event: Slots<'_>) -> usize {
        let groups = linked.scope_groups();
        self.groups.resize_with(groups.len(), Memory::default);
        self.truth.clear();
        self.truth.resize(linked.scope_count().div_ceil(64), 0);
        let mut key = Vec::new();
        for (group, memory) in groups.iter().zip(&mut self.groups) {
            spell(&group.slots, event.values, event.text, &mut key);
            let truth = &mut self.truth;
            let mut set = |scopes: &[u32]| {
                for scope in scopes {
                    truth.get_mut(*scope as usize / 64).into_iter().for_each(|word| *word |= 1 << (scope % 64));
                }
            };
            if let Some(scopes) = memory.get(key.as_slice()) {
                set(scopes);
                continue;
            }
            let held =
                group.scopes.iter().copied().filter(|scope| linked.scope_holds(*scope, event)).collect::<Box<[_]>>();
            set(&held);
            remember(memory, &key, held);
        }
        let class = linked.class(&self.truth);
        if self.met.len() >= MAX_KEYS {
            self.known.clear();
            self.met.clear();
        }
        let number = self.met.iter().position(|met| Arc::ptr_eq(met, &class)).unwrap_or_else(|| {
            self.met.push(class);
            self.met.len() - 1
        });
        remember(&mut self.known, &self.key, number);
        number
    }
}

fn remember<T>(memory: &mut Memory<T>, key: &[u8], value: T) {
    if key.len() <= MAX_KEY {
        if memory.len() >= MAX_KEYS {
            memory.clear();
        }
        memory.insert(key.into(), value);
    }
}

/// The slots that are present, and their values.
#[inline]
fn spell<'s>(slots: impl IntoIterator<Item = &'s SlotId>, values: &Values, text: &[u8], key: &mut Vec<u8>) {
    key.clear();
    for slot in slots {
        let found = values.slot(*slot);
        if !found.present {
            continue;
        }
        key.extend_from_slice(&slot.0.to_le_bytes());
        for value in found.values {
            key.push(value.kind as u8);
            key.extend_from_slice(&value.len.to_le_bytes());
            key.extend_from_slice(value.bytes(text));
        }
    }
}

/// Hashes keys that are already one run of bytes.
#[derive(Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = self.0.rotate_left(5) ^ bytes::hash(bytes);
    }

    fn write_usize(&mut self, _: usize) {
        // the length of a slice: its bytes' hash covers it
    }
}
