//! The characters that an expression tells apart, as few symbols: characters that the same of its sets hold are one symbol.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use regex_syntax::hir::ClassUnicodeRange;

use super::ast::{Kind, Node};
use super::set::{self, Set};

/// How many different sets an expression may have, and how many symbols they may make.
const MAX_SETS: usize = 1_000;
/// How many characters and classes an expression may have.
const MAX_LEAVES: usize = 4_000;

/// The symbols of an expression.
#[derive(Debug)]
pub(super) struct Alphabet {
    /// The characters of each symbol: together all characters, none twice.
    symbols: Vec<Set>,
}

impl Alphabet {
    /// The symbols of a tree; `None` if it has too many sets.
    pub(super) fn of(node: &Node, ignore_case: bool) -> Option<Self> {
        let mut sets = Sets { list: Vec::new(), seen: HashSet::new(), leaves: 0, ignore_case };
        sets.collect(node)?;
        Self::from_sets(&sets.list)
    }

    fn from_sets(sets: &[Set]) -> Option<Self> {
        // each set as the places where it begins and ends
        let mut turns: Vec<(u32, usize)> = Vec::new();
        for (at, set) in sets.iter().enumerate() {
            turns.extend(set.ranges().iter().flat_map(|range| [(from(*range), at), (behind(*range), at)]));
        }
        turns.sort_unstable();
        let mut inside = Bits::new(sets.len());
        let mut symbols: Vec<Vec<ClassUnicodeRange>> = Vec::new();
        let mut known: HashMap<Bits, usize> = HashMap::new();
        let mut start = 0;
        let mut turns = turns.into_iter().peekable();
        loop {
            while let Some((_, set)) = turns.next_if(|(at, _)| *at <= start) {
                inside.flip(set);
            }
            let end = turns.peek().map_or(u32::from(char::MAX) + 1, |(at, _)| *at);
            if let Some(range) = range_of(start, end) {
                let symbol = *known.entry(inside.clone()).or_insert_with(|| {
                    symbols.push(Vec::new());
                    symbols.len() - 1
                });
                symbols.get_mut(symbol)?.push(range);
            }
            if symbols.len() > MAX_SETS {
                return None;
            }
            if end > u32::from(char::MAX) {
                break;
            }
            start = end;
        }
        Some(Self { symbols: symbols.into_iter().map(Set::new).collect() })
    }

    /// How many symbols there are; at least one.
    pub(super) fn len(&self) -> usize {
        self.symbols.len()
    }

    /// The symbols of one of the expression's sets.
    pub(super) fn symbols(&self, set: &Set) -> Symbols {
        let mut bits = Bits::new(self.symbols.len());
        for (at, symbol) in self.symbols.iter().enumerate() {
            let held = symbol.ranges().first().is_some_and(|range| holds(set, range.start()));
            if held {
                bits.flip(at);
            }
        }
        Symbols(Rc::new(bits))
    }

    /// The characters of a symbol.
    pub(super) fn set(&self, symbol: usize) -> Option<&Set> {
        self.symbols.get(symbol)
    }
}

fn holds(set: &Set, c: char) -> bool {
    let ranges = set.ranges();
    let at = ranges.partition_point(|range| range.end() < c);
    ranges.get(at).is_some_and(|range| range.start() <= c)
}

fn from(range: ClassUnicodeRange) -> u32 {
    u32::from(range.start())
}

fn behind(range: ClassUnicodeRange) -> u32 {
    u32::from(range.end()) + 1
}

/// The characters from a place up to before another; surrogates are none.
fn range_of(start: u32, end: u32) -> Option<ClassUnicodeRange> {
    let first = (start..end).find_map(char::from_u32)?;
    let last = (start..end).rev().find_map(char::from_u32)?;
    Some(ClassUnicodeRange::new(first, last))
}

/// Some of the symbols of an alphabet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Symbols(Rc<Bits>);

impl Symbols {
    /// Whether a symbol is among them.
    pub(super) fn contains(&self, symbol: usize) -> bool {
        self.0.words.get(symbol / 64).is_some_and(|word| word >> (symbol % 64) & 1 == 1)
    }

    /// How many they are.
    pub(super) fn len(&self) -> usize {
        self.0.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those of both.
    pub(super) fn or(&self, other: &Self) -> Self {
        self.join(other, |one, other| one | other)
    }

    /// Those that both have.
    pub(super) fn and(&self, other: &Self) -> Self {
        self.join(other, |one, other| one & other)
    }

    fn join(&self, other: &Self, join: fn(u64, u64) -> u64) -> Self {
        let words = self.0.words.iter().zip(&other.0.words).map(|(one, other)| join(*one, *other));
        Self(Rc::new(Bits { words: words.collect() }))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Bits {
    words: Vec<u64>,
}

impl Bits {
    fn new(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)] }
    }

    fn flip(&mut self, at: usize) {
        if let Some(word) = self.words.get_mut(at / 64) {
            *word ^= 1 << (at % 64);
        }
    }
}

/// The different sets of a tree.
struct Sets {
    list: Vec<Set>,
    seen: HashSet<Vec<(char, char)>>,
    leaves: usize,
    ignore_case: bool,
}

impl Sets {
    fn collect(&mut self, node: &Node) -> Option<()> {
        match &node.kind {
            Kind::Union(members) | Kind::Intersection(members) | Kind::Concatenation(members) => {
                members.iter().try_for_each(|member| self.collect(member))
            }
            Kind::Repeat { inner, .. } | Kind::Complement(inner) | Kind::Group(Some(inner)) => self.collect(inner),
            Kind::Group(None) | Kind::AnyChar | Kind::AnyString | Kind::Empty => Some(()),
            Kind::Class { negated, members } => self.add(set::class(*negated, members, self.ignore_case)),
            Kind::Predefined(class) => self.add(set::predefined(*class)),
            Kind::Char(c) => self.add(set::range(*c, *c, self.ignore_case)),
            Kind::Quoted(text) => text.chars().try_for_each(|c| self.add(set::range(c, c, self.ignore_case))),
            Kind::Interval(_) => ('0'..='9').try_for_each(|digit| self.add(set::range(digit, digit, false))),
        }
    }

    fn add(&mut self, set: Set) -> Option<()> {
        let key = set.ranges().iter().map(|range| (range.start(), range.end())).collect();
        if self.seen.insert(key) {
            self.list.push(set);
        }
        self.leaves += 1;
        (self.list.len() <= MAX_SETS && self.leaves <= MAX_LEAVES).then_some(())
    }
}
