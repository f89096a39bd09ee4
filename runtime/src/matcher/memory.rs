//! Memory for the moment: what a test needs while it runs, lent and given back, so that nothing is allocated once a session is warm.
//!
//! Tests nest (an element of an array is tested for elements of its own), so there is a stack of such memory, as deep as tests were nested so far.
//! Each loan starts empty: what one test uses is a multiple of what it looks at, and no matter how many tests an event meets, it does not add up.

use std::cell::{OnceCell, RefCell};
use std::fmt;

use bumpalo::Bump;

use crate::event::Event;

/// Memory that is not lent, and what was found in the event.
#[derive(Default)]
pub(crate) struct Memory {
    rooms: RefCell<Vec<Room>>,
    known: RefCell<Known>,
}

/// Whether paths with `*` lead to anything: rules ask for the same ones (`file.hash.*`), and looking means a walk over the event.
#[derive(Default)]
struct Known {
    /// So many of the answers are of this event; the others are kept for their memory.
    count: usize,
    answers: Vec<Answer>,
}

struct Answer {
    /// Where the value lies of which it was asked.
    of: usize,
    pattern: String,
    is_present: bool,
}

/// So many answers are remembered.
const MOST_ANSWERS: usize = 16;

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
        let mut room = self.rooms.borrow_mut().pop().unwrap_or_default();
        let result = work(&room.arena, &mut room.text);
        room.arena.reset();
        room.text.clear();
        if room.arena.allocated_bytes() <= KEPT && room.text.capacity() <= KEPT {
            self.rooms.borrow_mut().push(room);
        }
        result
    }

    /// Whether a path with `*` leads to anything in a value of the event; it is looked for once.
    pub(crate) fn is_present(&self, of: &[u8], pattern: &str, look: impl FnOnce() -> bool) -> bool {
        let known = self.known.borrow();
        let mut answers = known.answers.iter().take(known.count);
        if let Some(answer) = answers.find(|answer| answer.of == of.as_ptr().addr() && answer.pattern == pattern) {
            return answer.is_present;
        }
        drop(known);
        let is_present = look();
        let Known { count, answers } = &mut *self.known.borrow_mut();
        if *count < MOST_ANSWERS && pattern.len() <= KEPT {
            if answers.len() == *count {
                answers.push(Answer { of: of.as_ptr().addr(), pattern: String::new(), is_present });
            }
            if let Some(answer) = answers.get_mut(*count) {
                answer.of = of.as_ptr().addr();
                answer.pattern.clear();
                answer.pattern.push_str(pattern);
                answer.is_present = is_present;
                *count += 1;
            }
        }
        is_present
    }

    /// Before the next event.
    pub(crate) fn forget(&mut self) {
        self.known.get_mut().count = 0;
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("rooms", &self.rooms.borrow().len()).finish_non_exhaustive()
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
    fn what_was_found_is_known_for_the_event() {
        let mut memory = Memory::default();
        let (one, other) = (*b"one", *b"other");
        for _ in 0..2 {
            assert!(memory.is_present(&one, "a.*", || true));
            assert!(memory.is_present(&one, "a.*", || panic!("it is known")));
            assert!(!memory.is_present(&one, "b.*", || false));
            assert!(!memory.is_present(&other, "a.*", || false), "of another value");
            memory.forget();
        }
        assert!(!memory.is_present(&one, "a.*", || false), "of the next event");
        for number in 0..100 {
            assert!(memory.is_present(&one, &number.to_string(), || true));
        }
    }

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
            assert_eq!(memory.rooms.borrow().len(), 2, "as deep as it was nested");
        }
        memory.lend(|_, text| text.resize(KEPT + 1, 0));
        memory.lend(|arena, _| arena.alloc_slice_fill_copy(KEPT + 1, 0_u8).len());
        assert_eq!(memory.rooms.borrow().len(), 0, "large memory is given back");
    }
}
