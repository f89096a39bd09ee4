//! Expressions in a normal form, stored once each: equal ones have the same number.

use std::collections::HashMap;
use std::rc::Rc;

use super::alphabet::{Alphabet, Symbols};

/// How many steps it may take to build the expressions of an automaton.
const MAX_STEPS: usize = 200_000;
/// How deep expressions may be nested.
const MAX_DEPTH: usize = 600;

/// A stored expression.
pub(super) type Id = u32;

/// Nothing.
pub(super) const NEVER: Id = 0;
/// The empty text.
pub(super) const EMPTY: Id = 1;
/// Any text.
pub(super) const ALL: Id = 2;

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Term {
    Never,
    Empty,
    All,
    Set(Symbols),
    /// The first is no concatenation itself.
    Concat(Id, Id),
    /// Two or more, ascending.
    Or(Rc<[Id]>),
    /// Two or more, ascending.
    And(Rc<[Id]>),
    Not(Id),
    Repeat(Id, u32, Option<u32>),
}

/// The store. What builds an expression answers `None` once that takes too long.
pub(super) struct Terms<'a> {
    pub(super) alphabet: &'a Alphabet,
    pub(super) ignore_case: bool,
    /// Whether texts are read from their end.
    pub(super) backwards: bool,
    list: Vec<(Term, Facts)>,
    index: HashMap<Term, Id>,
    /// What may follow behind a symbol, as far as it is known.
    pub(super) derived: HashMap<(Id, usize), Id>,
    steps: usize,
}

#[derive(Clone, Copy)]
struct Facts {
    /// Whether it matches the empty text.
    nullable: bool,
    depth: usize,
}

impl<'a> Terms<'a> {
    /// A store that holds what every expression needs.
    pub(super) fn new(alphabet: &'a Alphabet, ignore_case: bool, backwards: bool) -> Self {
        let fixed = [(Term::Never, false), (Term::Empty, true), (Term::All, true)];
        Self {
            alphabet,
            ignore_case,
            backwards,
            index: (0..).zip(&fixed).map(|(id, (term, _))| (term.clone(), id)).collect(),
            list: fixed.into_iter().map(|(term, nullable)| (term, Facts { nullable, depth: 1 })).collect(),
            derived: HashMap::new(),
            steps: 0,
        }
    }

    /// One character of a set of symbols.
    pub(super) fn set(&mut self, symbols: Symbols) -> Option<Id> {
        if symbols.is_empty() { Some(NEVER) } else { self.store(Term::Set(symbols)) }
    }

    /// One behind the other.
    pub(super) fn concat(&mut self, first: Id, rest: Id) -> Option<Id> {
        if first == NEVER || rest == NEVER {
            return Some(NEVER);
        }
        let (mut members, mut last) = (Vec::new(), first);
        while let Term::Concat(head, tail) = self.term(last) {
            members.push(head);
            last = tail;
        }
        members.push(last);
        self.step(members.len())?;
        let mut whole = rest;
        for member in members.into_iter().rev() {
            whole = match (member, whole) {
                (EMPTY, whole) => whole,
                (member, EMPTY) => member,
                (ALL, ALL) => ALL,
                (member, whole) => self.store(Term::Concat(member, whole))?,
            };
        }
        Some(whole)
    }

    /// One of several.
    pub(super) fn or(&mut self, members: Vec<Id>) -> Option<Id> {
        let (mut list, mut symbols) = (Vec::new(), None::<Symbols>);
        let mut flat = Vec::new();
        for member in members {
            if let Term::Or(inner) = self.term(member) {
                flat.extend_from_slice(&inner);
            } else {
                flat.push(member);
            }
        }
        self.step(flat.len())?;
        for member in flat {
            match self.term(member) {
                Term::All => return Some(ALL),
                Term::Never => {}
                Term::Set(set) => symbols = Some(symbols.map_or(set.clone(), |all| all.or(&set))),
                Term::Empty | Term::Concat(..) | Term::Or(_) | Term::And(_) | Term::Not(_) | Term::Repeat(..) => {
                    list.push(member);
                }
            }
        }
        if let Some(symbols) = symbols {
            list.push(self.set(symbols)?);
        }
        list.sort_unstable();
        list.dedup();
        // the empty text is no news where another member matches it
        if list.first() == Some(&EMPTY) && list.iter().skip(1).any(|member| self.nullable(*member)) {
            list.remove(0);
        }
        match list.as_slice() {
            [] => Some(NEVER),
            [only] => Some(*only),
            [_, _, ..] => self.store(Term::Or(list.into())),
        }
    }

    /// All of several.
    pub(super) fn and(&mut self, members: Vec<Id>) -> Option<Id> {
        let (mut list, mut symbols) = (Vec::new(), None::<Symbols>);
        let mut flat = Vec::new();
        for member in members {
            if let Term::And(inner) = self.term(member) {
                flat.extend_from_slice(&inner);
            } else {
                flat.push(member);
            }
        }
        self.step(flat.len())?;
        for member in flat {
            match self.term(member) {
                Term::Never => return Some(NEVER),
                Term::All => {}
                Term::Set(set) => symbols = Some(symbols.map_or(set.clone(), |all| all.and(&set))),
                Term::Empty | Term::Concat(..) | Term::Or(_) | Term::And(_) | Term::Not(_) | Term::Repeat(..) => {
                    list.push(member);
                }
            }
        }
        if let Some(symbols) = symbols {
            match self.set(symbols)? {
                NEVER => return Some(NEVER),
                set => list.push(set),
            }
        }
        list.sort_unstable();
        list.dedup();
        if list.first() == Some(&EMPTY) {
            let empty = list.iter().all(|member| self.nullable(*member));
            return Some(if empty { EMPTY } else { NEVER });
        }
        match list.as_slice() {
            [] => Some(ALL),
            [only] => Some(*only),
            [_, _, ..] => self.store(Term::And(list.into())),
        }
    }

    /// Any text but that of another.
    pub(super) fn not(&mut self, inner: Id) -> Option<Id> {
        match self.term(inner) {
            Term::Never => Some(ALL),
            Term::All => Some(NEVER),
            Term::Not(inner) => Some(inner),
            Term::Empty | Term::Set(_) | Term::Concat(..) | Term::Or(_) | Term::And(_) | Term::Repeat(..) => {
                self.store(Term::Not(inner))
            }
        }
    }

    /// One after the other, `min` times or more, `max` times or less.
    pub(super) fn repeat(&mut self, inner: Id, min: u32, max: Option<u32>) -> Option<Id> {
        // what can be empty can be left out
        let min = if self.nullable(inner) { 0 } else { min };
        match (self.term(inner), min, max) {
            (_, _, Some(0)) | (Term::Empty, ..) | (Term::Never, 0, _) => Some(EMPTY),
            (Term::Never, ..) => Some(NEVER),
            (Term::All, ..) => Some(ALL),
            (Term::Repeat(_, 0, None), ..) | (_, 1, Some(1)) => Some(inner),
            (_, 0, Some(1)) if self.nullable(inner) => Some(inner),
            (Term::Set(symbols), 0, None) if symbols.len() == self.alphabet.len() => Some(ALL),
            (Term::Set(_) | Term::Concat(..) | Term::Or(_) | Term::And(_) | Term::Not(_) | Term::Repeat(..), ..) => {
                self.store(Term::Repeat(inner, min, max))
            }
        }
    }

    /// The expression with a number.
    pub(super) fn term(&self, id: Id) -> Term {
        self.list.get(id as usize).map_or(Term::Never, |(term, _)| term.clone())
    }

    fn facts(&self, id: Id) -> Facts {
        self.list.get(id as usize).map_or(Facts { nullable: false, depth: 0 }, |(_, facts)| *facts)
    }

    /// Whether it matches the empty text.
    pub(super) fn nullable(&self, id: Id) -> bool {
        self.facts(id).nullable
    }

    fn store(&mut self, term: Term) -> Option<Id> {
        if let Some(&id) = self.index.get(&term) {
            return Some(id);
        }
        let all = |ids: &[Id], start: bool, join: fn(bool, bool) -> bool| {
            ids.iter().map(|id| self.facts(*id)).fold(Facts { nullable: start, depth: 0 }, |one, other| Facts {
                nullable: join(one.nullable, other.nullable),
                depth: one.depth.max(other.depth),
            })
        };
        let facts = match &term {
            Term::Never | Term::Set(_) => Facts { nullable: false, depth: 0 },
            Term::Empty | Term::All => Facts { nullable: true, depth: 0 },
            Term::Concat(first, rest) => {
                let (first, rest) = (self.facts(*first), self.facts(*rest));
                // members stand side by side
                let depth = (first.depth + 1).max(rest.depth).saturating_sub(1);
                Facts { nullable: first.nullable && rest.nullable, depth }
            }
            Term::Or(members) => all(members, false, |a, b| a || b),
            Term::And(members) => all(members, true, |a, b| a && b),
            Term::Not(inner) => {
                let inner = self.facts(*inner);
                Facts { nullable: !inner.nullable, depth: inner.depth }
            }
            Term::Repeat(inner, min, _) => {
                let inner = self.facts(*inner);
                Facts { nullable: *min == 0 || inner.nullable, depth: inner.depth }
            }
        };
        let depth = facts.depth + 1;
        if depth > MAX_DEPTH {
            return None;
        }
        let id = u32::try_from(self.list.len()).ok()?;
        self.list.push((term.clone(), Facts { depth, ..facts }));
        self.index.insert(term, id);
        Some(id)
    }

    /// Counts work.
    pub(super) fn step(&mut self, count: usize) -> Option<()> {
        self.steps = self.steps.saturating_add(count);
        (self.steps <= MAX_STEPS).then_some(())
    }
}
