//! What can be asked of a subject, be it a field of an event, any of its values, or a part of an array's element.
//!
//! A test holds if any of the subject's values satisfies it.

use std::fmt::{self, Write};

use super::bytes;
use super::tokens::Words;
use super::values::{self, Glob, Globs, Networks, Pattern, Texts};
use crate::pack::{CompareOp, Number, TimePart, TimeRange, ValueType};
use crate::time;

/// Tests of texts. `text` arguments are folded where the subject is.
pub trait TextTests: Sized {
    /// Whether some value of the subject, as text, satisfies `test`.
    fn any(&self, test: impl FnMut(&[u8]) -> bool) -> bool;

    /// Equal to this text.
    fn equals(&self, text: &str) -> bool {
        self.any(|value| value == text.as_bytes())
    }

    /// Equal to one of these.
    fn equals_any(&self, texts: &Texts) -> bool {
        self.any(|value| texts.any_equals(value))
    }

    /// Starting with this text.
    fn starts_with(&self, text: &str) -> bool {
        self.any(|value| value.starts_with(text.as_bytes()))
    }

    /// Starting with one of these.
    fn starts_with_any(&self, texts: &Texts) -> bool {
        self.any(|value| texts.any_starts(value))
    }

    /// Ending with this text.
    fn ends_with(&self, text: &str) -> bool {
        self.any(|value| value.ends_with(text.as_bytes()))
    }

    /// Ending with one of these.
    fn ends_with_any(&self, texts: &Texts) -> bool {
        self.any(|value| texts.any_ends(value))
    }

    /// With this text in it.
    fn contains(&self, text: &str) -> bool {
        self.any(|value| bytes::contains(value, text.as_bytes()))
    }

    /// With one of these in it.
    fn contains_any(&self, texts: &Texts) -> bool {
        self.any(|value| texts.any_within(value))
    }

    /// Matching the pattern as a whole.
    fn matches(&self, glob: &Glob) -> bool {
        self.any(|value| glob.matches(value))
    }

    /// Matching one of the patterns as a whole.
    fn matches_any(&self, globs: &Globs) -> bool {
        self.any(|value| globs.any_matches(value))
    }

    /// With a match of the regular expression somewhere.
    fn is_match(&self, pattern: &Pattern) -> bool {
        self.any(|value| pattern.is_match(value))
    }

    /// With one of the words in it; the subject is folded.
    fn has_words(&self, words: &Words) -> bool {
        self.any(|value| words.any_in(value))
    }

    /// Before or behind this text, by characters.
    fn is_ordered(&self, op: CompareOp, text: &str) -> bool {
        // UTF-8 keeps the order of code points
        self.any(|value| {
            let order = value.cmp(text.as_bytes());
            match op {
                CompareOp::Less => order.is_lt(),
                CompareOp::LessOrEqual => order.is_le(),
                CompareOp::Greater => order.is_gt(),
                CompareOp::GreaterOrEqual => order.is_ge(),
            }
        })
    }

    /// A point in time within the range.
    fn within(&self, range: TimeRange) -> bool {
        self.any(|value| time::instant(value).is_some_and(|instant| range.contains(instant)))
    }

    /// An IP address in one of the networks.
    fn in_networks(&self, networks: &Networks) -> bool {
        self.any(|value| networks.any_contains(value))
    }

    /// Any value that is not null.
    fn is_present(&self) -> bool {
        self.any(|_| true)
    }

    /// One text, be it repeated.
    fn is_one_text(&self) -> bool {
        let mut alone = false;
        self.any(|first| {
            alone = !self.any(|other| other != first);
            true
        });
        alone
    }

    /// Exactly one value of this type; the subject is not folded.
    fn is_single(&self, of: ValueType) -> bool {
        // two are as good as many
        let one = |counts: &dyn Fn(&[u8]) -> bool| {
            let mut found = 0_u8;
            let many = self.any(|value| {
                found = found.saturating_add(u8::from(counts(value)));
                found > 1
            });
            found == 1 && !many
        };
        match of {
            ValueType::Text => self.is_one_text(),
            ValueType::Number => one(&|value| Numeric::Text(value).to_number().is_some()),
            ValueType::Boolean => one(&|value| matches!(value, b"true" | b"false" | b"")),
            ValueType::Date => one(&|value| time::instant(value).is_some()),
            ValueType::Ip => {
                let mut first = None;
                let many =
                    self.any(|value| match (values::address(value).map(|address| address.to_canonical()), first) {
                        (Some(address), None) => {
                            first = Some(address);
                            false
                        }
                        (Some(address), Some(first)) => address != first,
                        (None, _) => false,
                    });
                first.is_some() && !many
            }
        }
    }
}

/// A value as numeric tests see it.
#[derive(Clone, Copy, Debug)]
pub enum Numeric<'a> {
    /// A number.
    Number(Number),
    /// A string: equal to a number whose decimal text it is, ordered if it spells a number.
    Text(&'a [u8]),
}

/// How values are read as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As they are; a text equals a number only if it is the number's decimal text.
    Exact,
    /// As a field of whole numbers stores them: what a text spells, and fractions cut off.
    Long,
    /// As a part of a point in time.
    Part(TimePart),
}

impl Reading {
    /// The value as it is read.
    pub(super) fn of(self, value: Numeric<'_>) -> Option<Numeric<'_>> {
        match self {
            Self::Exact | Self::Part(_) => Some(value),
            Self::Long => value.to_number().map(|number| Numeric::Number(number.whole())),
        }
    }
}

/// Tests of numbers.
pub trait NumberTests: Sized {
    /// Whether some value of the subject satisfies `test`.
    fn any(&self, test: impl FnMut(Numeric<'_>) -> bool) -> bool;

    /// Equal to this number.
    fn equals(&self, number: Number) -> bool {
        self.any(|value| value.equals(number))
    }

    /// Equal to one of these.
    fn equals_any(&self, numbers: &[Number]) -> bool {
        self.any(|value| numbers.iter().any(|number| value.equals(*number)))
    }

    /// Compared with this number.
    fn compares(&self, op: CompareOp, to: Number) -> bool {
        self.any(|value| value.to_number().is_some_and(|number| op.holds(number, to)))
    }

    /// `<`
    fn less_than(&self, number: Number) -> bool {
        self.compares(CompareOp::Less, number)
    }

    /// `<=`
    fn at_most(&self, number: Number) -> bool {
        self.compares(CompareOp::LessOrEqual, number)
    }

    /// `>`
    fn greater_than(&self, number: Number) -> bool {
        self.compares(CompareOp::Greater, number)
    }

    /// `>=`
    fn at_least(&self, number: Number) -> bool {
        self.compares(CompareOp::GreaterOrEqual, number)
    }
}

impl Numeric<'_> {
    fn equals(self, number: Number) -> bool {
        match self {
            Self::Number(value) => value == number,
            Self::Text(text) => is_decimal_of(text, number),
        }
    }

    fn to_number(self) -> Option<Number> {
        match self {
            Self::Number(value) => Some(value),
            Self::Text(text) => str::from_utf8(text).ok().and_then(Number::of_event),
        }
    }
}

/// Whether the text is the number's decimal form: `010` is not 10.
fn is_decimal_of(text: &[u8], number: Number) -> bool {
    struct Rest<'a>(&'a [u8]);

    impl Write for Rest<'_> {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(part.as_bytes()).ok_or(fmt::Error)?;
            Ok(())
        }
    }

    let mut rest = Rest(text);
    let written = match number {
        Number::Int(int) => write!(rest, "{int}"),
        Number::Float(float) => write!(rest, "{float}"),
    };
    written.is_ok() && rest.0.is_empty()
}

/// Whether at least `count` of the conditions hold.
pub fn at_least(count: u32, conditions: &[&dyn Fn() -> bool]) -> bool {
    let mut missing = count as usize;
    conditions.iter().enumerate().any(|(at, condition)| {
        if missing > 0 && missing <= conditions.len() - at && condition() {
            missing -= 1;
        }
        missing == 0
    })
}
