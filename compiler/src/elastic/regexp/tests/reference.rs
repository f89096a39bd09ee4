//! A plain matcher, slow and independent of the translation: for each part, where it may end if it begins at a place.

use std::collections::BTreeSet;

use crate::elastic::regexp::ast::{Interval, Kind, Member, Node, Predefined};

/// Whether an expression matches a whole text.
pub(super) fn matches(node: &Node, text: &str, ignore_case: bool) -> bool {
    let matcher = Matcher { text: text.chars().collect(), ignore_case };
    matcher.ends(node, 0).contains(&matcher.text.len())
}

struct Matcher {
    text: Vec<char>,
    ignore_case: bool,
}

type Places = BTreeSet<usize>;

impl Matcher {
    fn ends(&self, node: &Node, start: usize) -> Places {
        match &node.kind {
            Kind::Union(members) => members.iter().flat_map(|member| self.ends(member, start)).collect(),
            Kind::Intersection(members) => {
                let mut all = self.from(start);
                members.iter().for_each(|member| all.retain(|end| self.ends(member, start).contains(end)));
                all
            }
            Kind::Concatenation(members) => {
                members.iter().fold(Places::from([start]), |starts, member| self.step(member, &starts))
            }
            Kind::Repeat { inner, times } => {
                let (min, max) = times.bounds();
                let mut now = Places::from([start]);
                for _ in 0..min {
                    now = self.step(inner, &now);
                }
                let mut all = now.clone();
                // more rounds than characters reach nothing new
                for _ in min..max.unwrap_or(u32::MAX).min(min + 1 + u32::try_from(self.text.len()).unwrap()) {
                    now = self.step(inner, &now);
                    all.extend(&now);
                }
                all
            }
            Kind::Complement(inner) => {
                let ends = self.ends(inner, start);
                self.from(start).into_iter().filter(|end| !ends.contains(end)).collect()
            }
            Kind::Group(None) => Places::from([start]),
            Kind::Group(Some(inner)) => self.ends(inner, start),
            Kind::Class { negated, members } => {
                self.one(start, |c| members.iter().any(|member| self.is_member(*member, c)) != *negated)
            }
            Kind::Predefined(class) => self.one(start, |c| is_predefined(*class, c)),
            Kind::Char(c) => self.one(start, |other| self.same(*c, other)),
            Kind::AnyChar => self.one(start, |_| true),
            Kind::AnyString => self.from(start),
            Kind::Empty => Places::new(),
            Kind::Quoted(text) => {
                let same = text
                    .chars()
                    .enumerate()
                    .all(|(at, c)| self.text.get(start + at).is_some_and(|other| self.same(c, *other)));
                same.then(|| start + text.chars().count()).into_iter().collect()
            }
            Kind::Interval(interval) => {
                let is_number = |end: &usize| is_number_of(*interval, &self.text[start..*end]);
                self.from(start).into_iter().filter(is_number).collect()
            }
        }
    }

    fn step(&self, node: &Node, starts: &Places) -> Places {
        starts.iter().flat_map(|start| self.ends(node, *start)).collect()
    }

    fn from(&self, start: usize) -> Places {
        (start..=self.text.len()).collect()
    }

    fn one(&self, start: usize, holds: impl Fn(char) -> bool) -> Places {
        self.text.get(start).filter(|c| holds(**c)).map(|_| start + 1).into_iter().collect()
    }

    fn same(&self, a: char, b: char) -> bool {
        self.cases(a).contains(&b)
    }

    fn is_member(&self, member: Member, c: char) -> bool {
        match member {
            Member::Char(one) => self.same(one, c),
            Member::Range(from, to) => self.cases(c).iter().any(|c| (from..=to).contains(c)),
            Member::Predefined(class) => is_predefined(class, c),
        }
    }

    /// A character in both cases. The tests know no others than these.
    fn cases(&self, c: char) -> Vec<char> {
        const OTHERS: [&[char]; 5] = [&['b', 'B'], &['k', 'K', '\u{212a}'], &['s', 'S', 'ſ'], &['é', 'É'], &['a', 'A']];
        match OTHERS.iter().find(|cases| self.ignore_case && cases.contains(&c)) {
            Some(cases) => cases.to_vec(),
            None => vec![c],
        }
    }
}

fn is_predefined(class: Predefined, c: char) -> bool {
    match class {
        Predefined::Digit => c.is_ascii_digit(),
        Predefined::NotDigit => !c.is_ascii_digit(),
        Predefined::Space => [' ', '\t', '\n', '\r'].contains(&c),
        Predefined::NotSpace => ![' ', '\t', '\n', '\r'].contains(&c),
        Predefined::Word => c.is_ascii_alphanumeric() || c == '_',
        Predefined::NotWord => !(c.is_ascii_alphanumeric() || c == '_'),
    }
}

fn is_number_of(interval: Interval, text: &[char]) -> bool {
    let value = text.iter().try_fold(0_u128, |value, c| Some(value * 10 + u128::from(c.to_digit(10)?)));
    let (min, max) = (interval.from.min(interval.to), interval.from.max(interval.to));
    !text.is_empty()
        && value.is_some_and(|value| (u128::from(min)..=u128::from(max)).contains(&value))
        && interval.digits.is_none_or(|digits| digits == text.len())
}
