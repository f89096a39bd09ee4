//! Memory for the moment: what a test needs while it runs, lent and given back, so that nothing is allocated once a session is warm.
//!
//! Tests nest (an element of an array is tested for elements of its own), so there is a stack of such memory, as deep as tests were nested so far.
//! Each loan starts empty: what one test uses is a multiple of what it looks at, and no matter how many tests an event meets, it does not add up.

use std::cell::{OnceCell, RefCell};
use std::fmt;

use bumpalo::Bump;

use crate::event::Event;

/// Memory that is not lent.
#[derive(Default)]
pub(crate) struct Memory(RefCell<Vec<Room>>);

/// What one test gets.
#[derive(Default)]
struct Room {
    /// For lists, and for texts that outlive each other.
    arena: Bump,
    /// For one text at a time.
    text: Vec<u8>,
}

/// Above this size, memory is given back to the system.
const KEPT: usize = 4 << 20;

impl Memory {
    /// Lends memory for a piece of work.
    pub(crate) fn lend<R>(&self, work: impl FnOnce(&Bump, &mut Vec<u8>) -> R) -> R {
        let mut room = self.0.borrow_mut().pop().unwrap_or_default();
        let result = work(&room.arena, &mut room.text);
        room.arena.reset();
        room.text.clear();
        if room.arena.allocated_bytes() <= KEPT && room.text.capacity() <= KEPT {
            self.0.borrow_mut().push(room);
        }
        result
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("rooms", &self.0.borrow().len()).finish()
    }
}

/// The JSON of an event that came as something else, once it was asked for.
#[derive(Debug, Default)]
pub(crate) struct GivenJson {
    json: OnceCell<String>,
    spare: RefCell<String>,
}

impl GivenJson {
    /// What the event says of itself; it is asked once.
    pub(crate) fn of(&self, event: &dyn Event) -> &[u8] {
        let json = self.json.get_or_init(|| {
            let mut text = self.spare.take();
            event.json(&mut text);
            text
        });
        json.as_bytes()
    }

    /// Before the next event.
    pub(crate) fn reset(&mut self) {
        let Some(mut text) = self.json.take() else { return };
        text.clear();
        if text.capacity() <= KEPT {
            *self.spare.get_mut() = text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_lent_empty_and_kept() {
        let memory = Memory::default();
        for _ in 0..3 {
            let (outer, inner) = memory.lend(|arena, text| {
                assert!(text.is_empty());
                text.extend_from_slice(b"outer");
                let outer = arena.alloc_str("outer");
                let inner = memory.lend(|arena, text| {
                    assert!(text.is_empty());
                    text.resize(100, 0);
                    arena.alloc_str("inner").to_owned()
                });
                assert_eq!(text, b"outer");
                (outer.to_owned(), inner)
            });
            assert_eq!((outer.as_str(), inner.as_str()), ("outer", "inner"));
            assert_eq!(memory.0.borrow().len(), 2, "as deep as it was nested");
        }
        memory.lend(|_, text| text.resize(KEPT + 1, 0));
        memory.lend(|arena, _| arena.alloc_slice_fill_copy(KEPT + 1, 0_u8).len());
        assert_eq!(memory.0.borrow().len(), 0, "large memory is given back");
    }
}
