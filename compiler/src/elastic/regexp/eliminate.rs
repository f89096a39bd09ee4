//! From an automaton back to an expression: the states are merged as far as they behave alike, then taken out one by one, with what
//! led through them written at the ways around them.

use std::collections::{BTreeMap, BTreeSet};

use super::derive::Automaton;
use super::re::Re;
use super::set::Set;

/// How many bytes an expression may need.
const MAX_SIZE: usize = 64 << 10;
/// How deep an expression may be nested; the engine's parser goes little deeper.
const MAX_DEPTH: usize = 120;
/// How many ways may be looked at.
const MAX_STEPS: usize = 1 << 20;
/// How many bytes all expressions on the way may need together.
const MAX_WORK: usize = 4 << 20;

impl Automaton {
    /// The automaton with states merged that no text tells apart (Hopcroft 1971).
    pub(super) fn minimized(self) -> Self {
        let count = self.next.len();
        let before = self.reversed();
        // the block of each state, and the states of each block
        let mut block_of: Vec<usize> = self.accepts.iter().map(|accepts| usize::from(*accepts)).collect();
        let mut blocks: Vec<Vec<usize>> = vec![Vec::new(), Vec::new()];
        for (state, block) in block_of.iter().enumerate() {
            if let Some(block) = blocks.get_mut(*block) {
                block.push(state);
            }
        }
        let mut waiting: BTreeSet<(usize, usize)> = BTreeSet::new();
        waiting.extend((0..2).flat_map(|block| (0..self.alphabet.len()).map(move |symbol| (block, symbol))));
        let mut hit = vec![false; count];
        while let Some((splitter, symbol)) = waiting.pop_first() {
            let sources: Vec<usize> = blocks
                .get(splitter)
                .into_iter()
                .flatten()
                .flat_map(|state| before.get(*state).and_then(|row| row.get(symbol)).into_iter().flatten().copied())
                .collect();
            let touched: BTreeSet<usize> = sources.iter().filter_map(|state| block_of.get(*state)).copied().collect();
            sources.iter().for_each(|state| mark(&mut hit, *state, true));
            for block in touched {
                let fresh = blocks.len();
                let Some(members) = blocks.get_mut(block) else { continue };
                let (inside, outside): (Vec<_>, Vec<_>) =
                    members.iter().partition(|state| hit.get(**state).copied().unwrap_or(false));
                if inside.is_empty() || outside.is_empty() {
                    continue;
                }
                // the smaller part moves
                let (stay, go) = if inside.len() < outside.len() { (outside, inside) } else { (inside, outside) };
                *members = stay;
                for state in &go {
                    if let Some(place) = block_of.get_mut(*state) {
                        *place = fresh;
                    }
                }
                blocks.push(go);
                waiting.extend((0..self.alphabet.len()).map(|symbol| (fresh, symbol)));
            }
            sources.iter().for_each(|state| mark(&mut hit, *state, false));
        }
        self.merged(&block_of, blocks.len())
    }

    /// The states from which a symbol leads to a state: `[state][symbol]`.
    fn reversed(&self) -> Vec<Vec<Vec<usize>>> {
        let mut before = vec![vec![Vec::new(); self.alphabet.len()]; self.next.len()];
        for (state, row) in self.next.iter().enumerate() {
            for (symbol, target) in row.iter().enumerate() {
                if let Some(sources) = before.get_mut(*target).and_then(|row: &mut Vec<Vec<usize>>| row.get_mut(symbol))
                {
                    sources.push(state);
                }
            }
        }
        before
    }

    fn merged(self, block_of: &[usize], count: usize) -> Self {
        // blocks are numbered anew, by their first state, so that the start stays first
        let mut number: Vec<Option<usize>> = vec![None; count];
        let mut merged = Self { alphabet: self.alphabet, next: Vec::new(), accepts: Vec::new() };
        let mut firsts = Vec::new();
        for (state, block) in block_of.iter().enumerate() {
            if let Some(place @ None) = number.get_mut(*block) {
                *place = Some(firsts.len());
                firsts.push(state);
            }
        }
        let new =
            |state: &usize| block_of.get(*state).and_then(|block| number.get(*block).copied().flatten()).unwrap_or(0);
        for first in firsts {
            merged.next.push(self.next.get(first).map(|row| row.iter().map(new).collect()).unwrap_or_default());
            merged.accepts.push(self.accepts.get(first).copied().unwrap_or(false));
        }
        merged
    }

    /// The expression of the automaton; `None` if it gets too large.
    pub(super) fn expression(&self) -> Option<Re> {
        let count = self.next.len();
        let (start, end) = (count, count + 1);
        let mut graph =
            Graph { out: vec![BTreeMap::new(); count + 2], into: vec![BTreeSet::new(); count + 2], work: 0, steps: 0 };
        let alive = self.alive();
        for (state, row) in self.next.iter().enumerate().filter(|(state, _)| alive.contains(state)) {
            let mut sets: BTreeMap<usize, Set> = BTreeMap::new();
            for (symbol, target) in row.iter().enumerate().filter(|(_, target)| alive.contains(target)) {
                let Some(set) = self.alphabet.set(symbol) else { continue };
                sets.entry(*target).and_modify(|all| all.union(set)).or_insert_with(|| set.clone());
            }
            for (target, set) in sets {
                graph.add(state, target, Re::set(set))?;
            }
            if self.accepts.get(state) == Some(&true) {
                graph.add(state, end, Re::empty())?;
            }
        }
        if !alive.contains(&0) {
            return Some(Re::never());
        }
        graph.add(start, 0, Re::empty())?;
        let mut left = alive;
        while !left.is_empty() {
            let mut cheapest: Option<(usize, usize)> = None;
            for &state in &left {
                let cost = graph.cost(state)?;
                if cheapest.is_none_or(|(least, _)| cost < least) {
                    cheapest = Some((cost, state));
                }
            }
            let (_, state) = cheapest?;
            left.remove(&state);
            graph.take_out(state)?;
        }
        graph.out.get(start)?.get(&end).cloned()
    }

    /// The states from which a text can be accepted.
    fn alive(&self) -> BTreeSet<usize> {
        let mut before: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.next.len()];
        for (state, row) in self.next.iter().enumerate() {
            for target in row {
                before.get_mut(*target).into_iter().for_each(|sources| _ = sources.insert(state));
            }
        }
        let mut todo: Vec<usize> =
            self.accepts.iter().enumerate().filter_map(|(state, accepts)| accepts.then_some(state)).collect();
        let mut alive: BTreeSet<usize> = todo.iter().copied().collect();
        while let Some(state) = todo.pop() {
            todo.extend(before.get(state).into_iter().flatten().filter(|source| alive.insert(**source)));
        }
        alive
    }
}

fn mark(hit: &mut [bool], state: usize, value: bool) {
    if let Some(place) = hit.get_mut(state) {
        *place = value;
    }
}

/// Ways between states, each with the expression of the texts that lead along it.
struct Graph {
    out: Vec<BTreeMap<usize, Re>>,
    into: Vec<BTreeSet<usize>>,
    work: usize,
    steps: usize,
}

impl Graph {
    /// Adds a way, beside the one that may be there.
    fn add(&mut self, from: usize, to: usize, way: Re) -> Option<()> {
        let ways = self.out.get_mut(from)?;
        let way = match ways.remove(&to) {
            Some(known) if known == way => known,
            Some(known) => Re::alt([known, way]),
            None => way,
        };
        self.work = self.work.saturating_add(way.size());
        if way.size() > MAX_SIZE || way.depth() > MAX_DEPTH || self.work > MAX_WORK {
            return None;
        }
        ways.insert(to, way);
        self.into.get_mut(to)?.insert(from);
        Some(())
    }

    /// About how much longer all ways get if a state is taken out (Delgado and Morais 2004).
    fn cost(&mut self, state: usize) -> Option<usize> {
        let (out, into) = (self.out.get(state)?, self.into.get(state)?);
        self.steps += out.len() + into.len() + 1;
        if self.steps > MAX_STEPS {
            return None;
        }
        let size = |from: usize| self.out.get(from).and_then(|ways| ways.get(&state)).map_or(0, Re::size);
        let around = usize::from(out.contains_key(&state));
        let (outs, ins) = (out.len() - around, into.len().saturating_sub(around));
        let behind: usize = out.iter().filter(|(to, _)| **to != state).map(|(_, way)| way.size()).sum();
        let before: usize = into.iter().filter(|from| **from != state).map(|from| size(*from)).sum();
        Some(before.saturating_mul(outs) + behind.saturating_mul(ins) + size(state).saturating_mul(ins * outs))
    }

    /// Takes a state out; what led through it leads past it.
    fn take_out(&mut self, state: usize) -> Option<()> {
        let mut out = std::mem::take(self.out.get_mut(state)?);
        let around = out.remove(&state).map_or_else(Re::empty, |way| Re::repeat(way, 0, None));
        let into = std::mem::take(self.into.get_mut(state)?);
        for to in out.keys() {
            self.into.get_mut(*to)?.remove(&state);
        }
        for from in into.into_iter().filter(|from| *from != state) {
            let Some(way) = self.out.get_mut(from)?.remove(&state) else { continue };
            for (to, behind) in &out {
                self.add(from, *to, Re::concat([way.clone(), around.clone(), behind.clone()]))?;
            }
        }
        Some(())
    }
}
