//! The columns that a command sees: names, types and their order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sigil_runtime::stars;
use sigil_runtime::table::Type;

use super::AllFields;

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) slot: u32,
    pub(super) kind: Type,
    /// The field whose type is only guessed, if it is the type of this.
    pub(super) guess: Option<Arc<str>>,
    /// The field of the event that this is, unchanged.
    pub(super) field: Option<Arc<str>>,
    /// Its place; columns of one place are in the order of their names.
    pub(super) order: u64,
    /// An error was told about it: nothing more is to be said.
    pub(super) failed: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Scope {
    columns: BTreeMap<String, Column>,
    next: u64,
    /// Further fields of the event.
    open: Option<Open>,
}

/// Fields of the event that become columns when they are named.
#[derive(Debug)]
struct Open {
    order: u64,
    removed: BTreeSet<String>,
    filters: Vec<Filter>,
}

#[derive(Debug)]
enum Filter {
    Keep(Vec<(String, u64)>),
    Drop(Vec<String>),
}

/// A member of `KEEP`: its name, and whether `*` stands for any text in it.
pub(super) struct Kept {
    pub(super) text: String,
    pub(super) wild: bool,
}

impl Scope {
    /// Fields of the event can be named from here on.
    pub(super) fn open(&mut self) {
        let order = self.place();
        self.open = Some(Open { order, removed: BTreeSet::new(), filters: Vec::new() });
    }

    /// No further fields of the event can be named.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    fn place(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Column> {
        self.columns.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// A new column, behind all others; one of this name goes.
    pub(super) fn add(&mut self, name: String, mut column: Column) {
        column.order = self.place();
        self.columns.insert(name, column);
    }

    /// A field of the event that is named for the first time, at this place.
    pub(super) fn add_at(&mut self, name: String, order: u64, mut column: Column) {
        column.order = order;
        self.columns.insert(name, column);
    }

    /// A column gets another value, in its place.
    pub(super) fn replace(&mut self, name: &str, column: Column) {
        if let Some(place) = self.columns.get_mut(name) {
            *place = column;
        }
    }

    /// Where a field of the event would stand that is no column yet; none if it cannot be one.
    pub(super) fn opens(&self, name: &str) -> Option<u64> {
        let open = self.open.as_ref()?;
        if self.columns.contains_key(name) || open.removed.contains(name) {
            return None;
        }
        let mut order = open.order;
        for filter in &open.filters {
            match filter {
                Filter::Keep(patterns) => {
                    let matching = patterns.iter().filter(|(pattern, _)| stars::matches(pattern, name));
                    order = matching.max_by_key(|(pattern, order)| (pattern != "*", *order))?.1;
                }
                Filter::Drop(patterns) => {
                    if patterns.iter().any(|pattern| stars::matches(pattern, name)) {
                        return None;
                    }
                }
            }
        }
        Some(order)
    }

    /// Whether fields of the event can be named.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// `DROP` of one column.
    pub(super) fn remove(&mut self, name: &str) {
        self.columns.remove(name);
        self.open.iter_mut().for_each(|open| {
            open.removed.insert(name.to_owned());
        });
    }

    /// `DROP` with a wildcard.
    pub(super) fn drop_like(&mut self, pattern: &str) {
        self.columns.retain(|name, _| !stars::matches(pattern, name));
        if let Some(open) = &mut self.open {
            match open.filters.last_mut() {
                Some(Filter::Drop(patterns)) => patterns.push(pattern.to_owned()),
                Some(Filter::Keep(_)) | None => open.filters.push(Filter::Drop(vec![pattern.to_owned()])),
            }
        }
    }

    /// A column gets another name; one that has it goes.
    pub(super) fn rename(&mut self, old: &str, new: String) {
        if let Some(column) = self.columns.remove(old) {
            if let Some(open) = &mut self.open {
                open.removed.insert(old.to_owned());
            }
            self.columns.insert(new, column);
        }
    }

    /// `KEEP`: columns in the order of the members, by the most exact one that names them (ES|QL reference, "KEEP"). The members without a match come
    /// back, as positions.
    pub(super) fn keep(&mut self, members: &[Kept]) -> Vec<usize> {
        let exact: BTreeMap<&str, usize> = members
            .iter()
            .enumerate()
            .filter(|(_, kept)| !kept.wild)
            .map(|(at, kept)| (kept.text.as_str(), at))
            .collect();
        let wild: Vec<(usize, &str)> = members
            .iter()
            .enumerate()
            .filter(|(_, kept)| kept.wild)
            .map(|(at, kept)| (at, kept.text.as_str()))
            .collect();
        let winner = |name: &str| {
            let by_name = exact.get(name).copied();
            by_name.or_else(|| {
                let matching = wild.iter().filter(|(_, pattern)| stars::matches(pattern, name));
                matching.max_by_key(|(at, pattern)| (*pattern != "*", *at)).map(|(at, _)| *at)
            })
        };
        let mut kept: Vec<(usize, u64, String, Column)> = Vec::new();
        let mut matched = BTreeSet::new();
        for (name, column) in std::mem::take(&mut self.columns) {
            matched.extend(wild.iter().filter(|(_, pattern)| stars::matches(pattern, &name)).map(|(at, _)| *at));
            if let Some(at) = winner(&name) {
                matched.insert(at);
                kept.push((at, column.order, name, column));
            }
        }
        kept.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
        // columns of one place keep to one, and fields to come stand there
        let before = self.open.as_ref().map(|open| open.order);
        let mut places: BTreeMap<usize, u64> = BTreeMap::new();
        let mut last: Option<(usize, u64, u64)> = None;
        for (at, order, name, mut column) in kept {
            for (upto, _) in wild.iter().filter(|(wild, _)| *wild <= at) {
                let passed = *upto < at || before.is_some_and(|before| order >= before);
                if passed && !places.contains_key(upto) {
                    let place = self.place();
                    places.insert(*upto, place);
                }
            }
            let same = last.filter(|(last_at, last_order, _)| (*last_at, *last_order) == (at, order));
            column.order = match same {
                Some((_, _, place)) => place,
                None if before == Some(order) => places.get(&at).copied().unwrap_or_else(|| self.place()),
                None => self.place(),
            };
            last = Some((at, order, column.order));
            self.columns.insert(name, column);
        }
        if wild.is_empty() {
            self.open = None;
        }
        let mut patterns: Vec<(String, u64)> = Vec::new();
        for (at, pattern) in &wild {
            let place = places.get(at).copied().unwrap_or_else(|| self.place());
            patterns.push(((*pattern).to_owned(), place));
        }
        if let Some(open) = &mut self.open {
            open.order = patterns.first().map_or(open.order, |(_, place)| *place);
            open.filters.push(Filter::Keep(patterns));
        }
        (0..members.len()).filter(|at| !matched.contains(at)).collect()
    }

    /// The columns in their order.
    pub(super) fn in_order(&self) -> Vec<(String, Column)> {
        let mut columns: Vec<_> = self.columns.iter().map(|(name, column)| (name.clone(), column.clone())).collect();
        columns.sort_by_key(|(_, column)| column.order);
        columns
    }

    /// Which further fields belong to these columns, and where.
    pub(super) fn all_fields(&self, columns: &[(String, Column)]) -> Vec<AllFields> {
        let Some(open) = &self.open else { return Vec::new() };
        let kept = open.filters.iter().rev().find_map(|filter| match filter {
            Filter::Keep(patterns) => Some(patterns.clone()),
            Filter::Drop(_) => None,
        });
        let kept = kept.unwrap_or_else(|| vec![("*".to_owned(), open.order)]);
        let fields = kept.into_iter().map(|(pattern, order)| {
            let at = columns.partition_point(|(_, column)| column.order <= order);
            AllFields { pattern, at }
        });
        fields.collect()
    }

    /// No fields of the event from here on, and no columns.
    pub(super) fn clear(&mut self) {
        self.columns.clear();
        self.open = None;
    }
}
