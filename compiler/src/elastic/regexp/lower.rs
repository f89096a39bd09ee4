//! From the tree to an expression of the `regex` crate.
//!
//! What the engine knows keeps the author's shape. An intersection or a complement goes through an automaton (`super::derive`,
//! `super::eliminate`), and nothing around it does.

use std::ops::Range;

use super::ast::{Interval, Kind, Member, Node, Predefined};
use super::derive::Automaton;
use super::re::Re;
use super::{interval, set};

/// An intersection or a complement that is too complex to be turned into an expression, and where it stands.
#[derive(Debug)]
pub(super) struct TooComplex(pub Range<usize>);

/// Translates a tree.
pub(super) fn lower(node: &Node, ignore_case: bool) -> Result<Re, TooComplex> {
    let list =
        |members: &[Node]| members.iter().map(|member| lower(member, ignore_case)).collect::<Result<Vec<_>, _>>();
    Ok(match &node.kind {
        Kind::Union(members) => Re::alt(list(members)?),
        Kind::Concatenation(members) => Re::concat(list(members)?),
        Kind::Intersection(members) => {
            // any text is no restriction
            let mut narrow = members.iter().filter(|member| member.kind != Kind::AnyString);
            match (narrow.next(), narrow.next()) {
                (None, _) => Re::any_string(),
                (Some(only), None) => lower(only, ignore_case)?,
                (Some(_), Some(_)) => by_automaton(node, ignore_case)?,
            }
        }
        Kind::Complement(inner) => {
            if let Kind::Complement(inner) = &inner.kind {
                lower(inner, ignore_case)?
            } else if inner.kind == Kind::AnyString {
                Re::never()
            } else if inner.kind == Kind::Empty {
                Re::any_string()
            } else {
                by_automaton(node, ignore_case)?
            }
        }
        Kind::Repeat { inner, times } => {
            let (min, max) = times.bounds();
            Re::repeat(lower(inner, ignore_case)?, min, max)
        }
        Kind::Group(None) => Re::empty(),
        Kind::Group(Some(inner)) => lower(inner, ignore_case)?,
        Kind::Class { negated, members } => class(*negated, members, ignore_case),
        Kind::Predefined(class) => predefined(*class, ignore_case),
        Kind::Char(c) => char_leaf(*c),
        Kind::AnyChar => Re::set(set::any()),
        Kind::AnyString => Re::any_string(),
        Kind::Empty => Re::never(),
        Kind::Quoted(text) => Re::concat(text.chars().map(char_leaf)),
        Kind::Interval(interval) => numbers(*interval),
    })
}

fn by_automaton(node: &Node, ignore_case: bool) -> Result<Re, TooComplex> {
    let expression = |backwards| Automaton::new(node, ignore_case, backwards)?.minimized().expression();
    // "does not end in .." is simple if the end is read first
    let (forwards, backwards) = (expression(false), expression(true).map(|re| re.reversed()));
    let shorter = forwards.into_iter().chain(backwards).min_by_key(Re::size);
    let shorter = shorter.ok_or_else(|| TooComplex(node.at.clone()))?;
    // both cases are written out in it
    Ok(if ignore_case { Re::exact(shorter) } else { shorter })
}

fn char_leaf(c: char) -> Re {
    let mut text = String::new();
    set::write_char(c, true, &mut text);
    Re::leaf(text)
}

fn class(negated: bool, members: &[Member], ignore_case: bool) -> Re {
    let exact = ignore_case && members.iter().any(|member| folds_badly(*member));
    if negated || exact {
        let set = set::class(negated, members, ignore_case);
        if set.ranges().is_empty() {
            return Re::never();
        }
        if exact {
            return Re::exact(Re::set(set));
        }
    }
    let mut text = String::from(if negated { "[^" } else { "[" });
    for member in members {
        match *member {
            Member::Char(c) => set::write_range(c, c, true, &mut text),
            Member::Range(from, to) => set::write_range(from, to, true, &mut text),
            Member::Predefined(class) => {
                let (ranges, negated) = set::ranges_of(class);
                text.push_str(if negated { "[^" } else { "" });
                ranges.iter().for_each(|(from, to)| set::write_range(*from, *to, true, &mut text));
                text.push_str(if negated { "]" } else { "" });
            }
        }
    }
    text.push(']');
    Re::leaf(text)
}

/// Whether the engine must not fold a member. Letters of ASCII have other cases beyond it, which `\w` does not hold; and it folds a wide
/// range character by character, each time anew.
fn folds_badly(member: Member) -> bool {
    match member {
        Member::Char(_) | Member::Predefined(Predefined::Digit | Predefined::Space) => false,
        Member::Range(from, to) => u32::from(to) - u32::from(from) > 1_000,
        Member::Predefined(Predefined::Word | Predefined::NotWord | Predefined::NotDigit | Predefined::NotSpace) => {
            true
        }
    }
}

/// How many characters the ranges of a tree hold: if case is ignored, so many must be folded.
pub(super) fn characters(node: &Node) -> usize {
    match &node.kind {
        Kind::Union(members) | Kind::Intersection(members) | Kind::Concatenation(members) => {
            members.iter().map(characters).sum()
        }
        Kind::Repeat { inner, .. } | Kind::Complement(inner) | Kind::Group(Some(inner)) => characters(inner),
        Kind::Class { members, .. } => members
            .iter()
            .map(|member| match *member {
                Member::Char(_) | Member::Predefined(_) => 1,
                Member::Range(from, to) => to as usize - from as usize + 1,
            })
            .sum(),
        Kind::Quoted(text) => text.len(),
        Kind::Group(None)
        | Kind::Predefined(_)
        | Kind::Char(_)
        | Kind::AnyChar
        | Kind::AnyString
        | Kind::Empty
        | Kind::Interval(_) => 1,
    }
}

fn predefined(class: Predefined, ignore_case: bool) -> Re {
    let set = Re::set(set::predefined(class));
    match class {
        Predefined::Word | Predefined::NotWord if ignore_case => Re::exact(set),
        // those without letters have no case
        Predefined::Word
        | Predefined::NotWord
        | Predefined::Digit
        | Predefined::NotDigit
        | Predefined::Space
        | Predefined::NotSpace => set,
    }
}

fn numbers(interval: Interval) -> Re {
    let numbers = interval::expand(interval);
    let alternatives = numbers.alternatives.into_iter().map(|parts| {
        Re::concat(parts.into_iter().map(|(from, to, count)| {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            Re::repeat(digit(char::from(from), char::from(to)), count, Some(count))
        }))
    });
    let alternatives = Re::alt(alternatives);
    if numbers.leading_zeros { Re::concat([Re::repeat(Re::leaf("0"), 0, None), alternatives]) } else { alternatives }
}

fn digit(from: char, to: char) -> Re {
    if from == to {
        return char_leaf(from);
    }
    let mut text = String::from("[");
    set::write_range(from, to, true, &mut text);
    text.push(']');
    Re::leaf(text)
}
