//! Expressions of the `regex` crate under construction: simplified as they are put together, written with as few groups as possible.

use std::rc::Rc;

use super::set::{self, Set};

/// An expression. Parts may be shared: taking a copy costs next to nothing.
#[derive(Clone, Debug)]
pub(super) struct Re {
    kind: Rc<Kind>,
    /// About how many bytes it takes to write it.
    size: usize,
    /// How deep it is nested.
    depth: usize,
}

#[derive(Debug, PartialEq)]
enum Kind {
    /// Matches nothing.
    Never,
    /// Matches the empty text.
    Empty,
    /// A piece of syntax that matches one character.
    Leaf(Box<str>),
    /// One character of a set.
    Set(Set),
    /// Case matters in it, whatever it does around it.
    Exact(Re),
    Concat(Vec<Re>),
    Alt(Vec<Re>),
    Repeat(Re, u32, Option<u32>),
}

impl PartialEq for Re {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.kind, &other.kind)
            || self.size == other.size && self.depth == other.depth && self.kind == other.kind
    }
}

impl Re {
    fn new(kind: Kind) -> Self {
        let (size, depth) = match &kind {
            Kind::Never => (set::NOTHING.len(), 1),
            Kind::Empty => (4, 1),
            Kind::Leaf(text) => (text.len(), 1),
            Kind::Set(set) => {
                let mut text = String::new();
                set::write(set, &mut text);
                (text.len(), 1)
            }
            Kind::Exact(inner) => (inner.size.saturating_add(6), inner.depth + 1),
            Kind::Concat(members) => (total(members), deepest(members) + 1),
            Kind::Alt(members) => (total(members).saturating_add(members.len() + 4), deepest(members) + 1),
            Kind::Repeat(inner, min, max) => (inner.size.saturating_add(times(*min, *max).len() + 4), inner.depth + 1),
        };
        Self { kind: Rc::new(kind), size, depth }
    }

    /// Matches nothing.
    pub(super) fn never() -> Self {
        Self::new(Kind::Never)
    }

    /// Matches the empty text.
    pub(super) fn empty() -> Self {
        Self::new(Kind::Empty)
    }

    /// Syntax that matches one character.
    pub(super) fn leaf(text: impl Into<Box<str>>) -> Self {
        Self::new(Kind::Leaf(text.into()))
    }

    /// One character of a set; never, if the set is empty.
    pub(super) fn set(set: Set) -> Self {
        if set.ranges().is_empty() { Self::never() } else { Self::new(Kind::Set(set)) }
    }

    /// Any text.
    pub(super) fn any_string() -> Self {
        Self::repeat(Self::set(set::any()), 0, None)
    }

    /// The same, in which case matters.
    pub(super) fn exact(inner: Self) -> Self {
        let caseless = matches!(*inner.kind, Kind::Never | Kind::Empty) || inner.is_any_string();
        if caseless { inner } else { Self::new(Kind::Exact(inner)) }
    }

    /// One behind the other.
    pub(super) fn concat(members: impl IntoIterator<Item = Self>) -> Self {
        let mut list: Vec<Self> = Vec::new();
        for member in members {
            match &*member.kind {
                Kind::Never => return member,
                Kind::Empty => {}
                Kind::Concat(inner) => inner.iter().for_each(|part| push_behind(&mut list, part.clone())),
                Kind::Leaf(_) | Kind::Set(_) | Kind::Exact(_) | Kind::Alt(_) | Kind::Repeat(..) => {
                    push_behind(&mut list, member);
                }
            }
        }
        match list.pop() {
            None => Self::empty(),
            Some(only) if list.is_empty() => only,
            Some(last) => {
                list.push(last);
                Self::new(Kind::Concat(list))
            }
        }
    }

    /// One or another.
    pub(super) fn alt(members: impl IntoIterator<Item = Self>) -> Self {
        let mut list: Vec<Self> = Vec::new();
        let mut optional = false;
        let mut sets: Option<Set> = None;
        for member in members {
            let member = if let Kind::Repeat(inner, 0, Some(1)) = &*member.kind {
                optional = true;
                inner.clone()
            } else {
                member
            };
            let one = std::slice::from_ref(&member);
            let parts = if let Kind::Alt(inner) = &*member.kind { inner } else { one };
            for part in parts {
                match &*part.kind {
                    Kind::Never => {}
                    Kind::Empty => optional = true,
                    Kind::Set(set) => match &mut sets {
                        Some(all) => all.union(set),
                        None => sets = Some(set.clone()),
                    },
                    Kind::Leaf(_) | Kind::Exact(_) | Kind::Concat(_) | Kind::Alt(_) | Kind::Repeat(..) => {
                        list.push(part.clone());
                    }
                }
            }
        }
        list.extend(sets.map(Self::set));
        let one = match list.pop() {
            None if optional => return Self::empty(),
            None => return Self::never(),
            Some(only) if list.is_empty() => only,
            Some(last) => {
                list.push(last);
                Self::new(Kind::Alt(list))
            }
        };
        if optional { Self::repeat(one, 0, Some(1)) } else { one }
    }

    /// One after the other, `min` times or more, `max` times or less.
    pub(super) fn repeat(inner: Self, min: u32, max: Option<u32>) -> Self {
        if max == Some(0) {
            return Self::empty();
        }
        if (min, max) == (1, Some(1)) {
            return inner;
        }
        match &*inner.kind {
            Kind::Never if min > 0 => inner,
            Kind::Never | Kind::Empty => Self::empty(),
            // (x*){n,m}, (x?)?
            Kind::Repeat(_, 0, None) => inner,
            Kind::Repeat(_, 0, Some(1)) if (min, max) == (0, Some(1)) => inner,
            // (x+)*, (x?)*, (x+)?
            Kind::Repeat(x, 0 | 1, None | Some(1)) if (min, max) == (0, None) => Self::repeat(x.clone(), 0, None),
            Kind::Repeat(x, 1, None) if (min, max) == (0, Some(1)) => Self::repeat(x.clone(), 0, None),
            Kind::Leaf(_) | Kind::Set(_) | Kind::Exact(_) | Kind::Concat(_) | Kind::Alt(_) | Kind::Repeat(..) => {
                Self::new(Kind::Repeat(inner, min, max))
            }
        }
    }

    /// Matches the texts that are read backwards what this one matches.
    pub(super) fn reversed(&self) -> Self {
        match &*self.kind {
            Kind::Never | Kind::Empty | Kind::Leaf(_) | Kind::Set(_) => self.clone(),
            Kind::Exact(inner) => Self::new(Kind::Exact(inner.reversed())),
            Kind::Concat(members) => Self::new(Kind::Concat(members.iter().rev().map(Self::reversed).collect())),
            Kind::Alt(members) => Self::new(Kind::Alt(members.iter().map(Self::reversed).collect())),
            Kind::Repeat(inner, min, max) => Self::new(Kind::Repeat(inner.reversed(), *min, *max)),
        }
    }

    /// Whether it matches nothing.
    pub(super) fn is_never(&self) -> bool {
        *self.kind == Kind::Never
    }

    /// Whether it is `.*`.
    pub(super) fn is_any_string(&self) -> bool {
        matches!(&*self.kind, Kind::Repeat(inner, 0, None) if matches!(&*inner.kind, Kind::Set(set) if *set == set::any()))
    }

    /// About how many bytes it takes to write it.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How deep it is nested.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Writes it so that it is found in exactly those texts that it matches from end to end. Any text in front and behind needs no
    /// anchor: the engine finds what is between much faster without.
    pub(super) fn write_whole(&self, out: &mut String) {
        let one = std::slice::from_ref(self);
        let members = if let Kind::Concat(members) = &*self.kind { members } else { one };
        let (open_start, rest) = match members.split_first() {
            Some((first, rest)) if first.is_any_string() => (true, rest),
            _ => (false, members),
        };
        let (open_end, rest) = match rest.split_last() {
            Some((last, rest)) if last.is_any_string() => (true, rest),
            // `.*` alone is both
            None => (open_start, rest),
            Some(_) => (false, rest),
        };
        if !open_start {
            out.push_str(r"\A");
        }
        let level = if open_start && open_end && rest.len() == 1 { Level::Alt } else { Level::Concat };
        rest.iter().for_each(|member| member.write(level, out));
        if !open_end {
            out.push_str(r"\z");
        }
    }

    fn write(&self, level: Level, out: &mut String) {
        let needs_group = match &*self.kind {
            Kind::Alt(_) => level > Level::Alt,
            Kind::Concat(_) => level > Level::Concat,
            Kind::Repeat(..) => level > Level::Concat,
            Kind::Empty => level > Level::Concat,
            Kind::Never | Kind::Leaf(_) | Kind::Set(_) | Kind::Exact(_) => false,
        };
        if needs_group {
            out.push_str("(?:");
        }
        match &*self.kind {
            Kind::Never => out.push_str(set::NOTHING),
            Kind::Empty => {}
            Kind::Leaf(text) => out.push_str(text),
            Kind::Set(set) => set::write(set, out),
            Kind::Exact(inner) => {
                out.push_str("(?-i:");
                inner.write(Level::Alt, out);
                out.push(')');
            }
            Kind::Concat(members) => members.iter().for_each(|member| member.write(Level::Concat, out)),
            Kind::Alt(members) => {
                for (at, member) in members.iter().enumerate() {
                    if at > 0 {
                        out.push('|');
                    }
                    member.write(Level::Concat, out);
                }
            }
            Kind::Repeat(inner, min, max) => {
                inner.write(Level::Atom, out);
                out.push_str(&times(*min, *max));
            }
        }
        if needs_group {
            out.push(')');
        }
    }
}

/// What may stand at a place without a group around it.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Alt,
    Concat,
    Atom,
}

fn push_behind(list: &mut Vec<Re>, part: Re) {
    if !(part.is_any_string() && list.last().is_some_and(Re::is_any_string)) {
        list.push(part);
    }
}

fn total(members: &[Re]) -> usize {
    members.iter().fold(0, |sum, member| sum.saturating_add(member.size))
}

fn deepest(members: &[Re]) -> usize {
    members.iter().map(Re::depth).max().unwrap_or(0)
}

fn times(min: u32, max: Option<u32>) -> String {
    match (min, max) {
        (0, Some(1)) => "?".to_owned(),
        (0, None) => "*".to_owned(),
        (1, None) => "+".to_owned(),
        (min, None) => format!("{{{min},}}"),
        (min, Some(max)) if min == max => format!("{{{min}}}"),
        (min, Some(max)) => format!("{{{min},{max}}}"),
    }
}
