//! Automata of expressions by derivatives: what may follow once a character was read is again an expression (Brzozowski 1964;
//! Owens, Reppy and Turon 2009). Intersection and complement are as simple as union that way.

use std::collections::HashMap;

use super::alphabet::Alphabet;
use super::ast::{Kind, Node};
use super::set;
use super::terms::{ALL, EMPTY, Id, NEVER, Term, Terms};

/// How many states an automaton may have.
const MAX_STATES: usize = 1_000;

/// A deterministic automaton; it has a way out of each state for each symbol.
#[derive(Debug)]
pub(super) struct Automaton {
    pub(super) alphabet: Alphabet,
    /// Where each symbol leads to, for each state; the first state is the start.
    pub(super) next: Vec<Vec<usize>>,
    /// Whether a text may end in a state.
    pub(super) accepts: Vec<bool>,
}

impl Automaton {
    /// The automaton of an expression, which reads texts from their end if `backwards`; `None` if it takes too long or has too many
    /// states.
    pub(super) fn new(node: &Node, ignore_case: bool, backwards: bool) -> Option<Self> {
        let alphabet = Alphabet::of(node, ignore_case)?;
        let mut terms = Terms::new(&alphabet, ignore_case, backwards);
        let start = terms.read(node)?;
        let mut states: Vec<Id> = vec![start];
        let mut index: HashMap<Id, usize> = HashMap::from([(start, 0)]);
        let mut next: Vec<Vec<usize>> = Vec::new();
        while let Some(&state) = states.get(next.len()) {
            let mut row = Vec::with_capacity(alphabet.len());
            for symbol in 0..alphabet.len() {
                let target = terms.derive(state, symbol)?;
                let place = *index.entry(target).or_insert_with(|| {
                    states.push(target);
                    states.len() - 1
                });
                row.push(place);
            }
            if states.len() > MAX_STATES {
                return None;
            }
            next.push(row);
        }
        let accepts = states.iter().map(|state| terms.nullable(*state)).collect();
        Some(Self { alphabet, next, accepts })
    }
}

impl Terms<'_> {
    /// The expression of a tree.
    fn read(&mut self, node: &Node) -> Option<Id> {
        Some(match &node.kind {
            Kind::Union(members) => {
                let members = members.iter().map(|member| self.read(member)).collect::<Option<Vec<_>>>()?;
                self.or(members)?
            }
            Kind::Intersection(members) => {
                let members = members.iter().map(|member| self.read(member)).collect::<Option<Vec<_>>>()?;
                self.and(members)?
            }
            Kind::Concatenation(members) => {
                let members = members.iter().map(|member| self.read(member)).collect::<Option<Vec<_>>>()?;
                self.sequence(members)?
            }
            Kind::Repeat { inner, times } => {
                let inner = self.read(inner)?;
                let (min, max) = times.bounds();
                self.repeat(inner, min, max)?
            }
            Kind::Complement(inner) => {
                let inner = self.read(inner)?;
                self.not(inner)?
            }
            Kind::Group(Some(inner)) => self.read(inner)?,
            Kind::Group(None) => EMPTY,
            Kind::AnyString => ALL,
            Kind::Empty => NEVER,
            Kind::Quoted(text) => self.text(text)?,
            Kind::Char(c) => self.text(c.encode_utf8(&mut [0; 4]))?,
            Kind::Class { negated, members } => {
                let symbols = self.alphabet.symbols(&set::class(*negated, members, self.ignore_case));
                self.set(symbols)?
            }
            Kind::Predefined(class) => {
                let symbols = self.alphabet.symbols(&set::predefined(*class));
                self.set(symbols)?
            }
            Kind::AnyChar => {
                let symbols = self.alphabet.symbols(&set::any());
                self.set(symbols)?
            }
            Kind::Interval(interval) => {
                let numbers = super::interval::expand(*interval);
                let mut alternatives = Vec::new();
                for parts in numbers.alternatives {
                    let mut members = Vec::new();
                    for (from, to, count) in parts {
                        let digit = self.alphabet.symbols(&set::range(char::from(from), char::from(to), false));
                        let digit = self.set(digit)?;
                        let count = u32::try_from(count).unwrap_or(u32::MAX);
                        members.push(self.repeat(digit, count, Some(count))?);
                    }
                    alternatives.push(self.sequence(members)?);
                }
                let alternatives = self.or(alternatives)?;
                if numbers.leading_zeros {
                    let zero = self.text("0")?;
                    let zeros = self.repeat(zero, 0, None)?;
                    self.sequence(vec![zeros, alternatives])?
                } else {
                    alternatives
                }
            }
        })
    }

    fn text(&mut self, text: &str) -> Option<Id> {
        let mut members = Vec::new();
        for c in text.chars() {
            let symbols = self.alphabet.symbols(&set::range(c, c, self.ignore_case));
            members.push(self.set(symbols)?);
        }
        self.sequence(members)
    }

    /// One behind the other, in the direction of reading.
    fn sequence(&mut self, mut members: Vec<Id>) -> Option<Id> {
        if !self.backwards {
            members.reverse();
        }
        members.into_iter().try_fold(EMPTY, |rest, member| self.concat(member, rest))
    }

    /// What may follow behind a symbol.
    fn derive(&mut self, id: Id, symbol: usize) -> Option<Id> {
        if let Some(&known) = self.derived.get(&(id, symbol)) {
            return Some(known);
        }
        let derived = match self.term(id) {
            Term::Never | Term::Empty => NEVER,
            Term::All => ALL,
            Term::Set(symbols) => {
                if symbols.contains(symbol) {
                    EMPTY
                } else {
                    NEVER
                }
            }
            Term::Concat(..) => {
                // every member counts up to the first that cannot be empty
                let mut ways = Vec::new();
                let mut rest = id;
                loop {
                    self.step(1)?;
                    let (first, behind) =
                        if let Term::Concat(first, behind) = self.term(rest) { (first, behind) } else { (rest, EMPTY) };
                    let way = self.derive(first, symbol)?;
                    ways.push(self.concat(way, behind)?);
                    if behind == EMPTY || !self.nullable(first) {
                        break;
                    }
                    rest = behind;
                }
                self.or(ways)?
            }
            Term::Or(members) => {
                let members = self.derive_all(&members, symbol)?;
                self.or(members)?
            }
            Term::And(members) => {
                let members = self.derive_all(&members, symbol)?;
                self.and(members)?
            }
            Term::Not(inner) => {
                let inner = self.derive(inner, symbol)?;
                self.not(inner)?
            }
            Term::Repeat(inner, min, max) => {
                let first = self.derive(inner, symbol)?;
                let rest = self.repeat(inner, min.saturating_sub(1), max.map(|max| max.saturating_sub(1)))?;
                self.concat(first, rest)?
            }
        };
        self.step(1)?;
        self.derived.insert((id, symbol), derived);
        Some(derived)
    }

    fn derive_all(&mut self, members: &[Id], symbol: usize) -> Option<Vec<Id>> {
        members.iter().map(|member| self.derive(*member, symbol)).collect()
    }
}
