//! The rows that groups become, and what stands directly behind `STATS`.
//!
//! There may be a million groups, of which a condition lets few through, or of which the first hundred are wanted. So a group's row is made in two steps: what
//! conditions and the order ask for, of each group; then the whole row, of those that are left.

use super::expr::{Context, Expr};
use super::groups::{GroupTable, View};
use super::pipeline::{Operator, Row, SortKey, Stats};
use super::run::{Origins, Tagged, by_keys, put};
use super::value::Value;

/// Makes the rows, and does the `WHERE` and `EVAL` that stand first in `rest`, which then are not in it any more.
///
/// If `limit` names how many rows of the result are wanted, and nothing behind changes which rows there are, no more are made; the others are counted there.
pub(super) fn rows_of(
    groups: &GroupTable,
    stats: &Stats,
    rest: &mut &[Operator],
    limit: Option<(usize, &mut u64)>,
    cx: &mut Context,
) -> Vec<Tagged> {
    let light = rest.iter().take_while(|operator| matches!(operator, Operator::Where(_) | Operator::Eval(..))).count();
    let (light, behind) = rest.split_at(light);
    *rest = behind;
    let (keys, behind): (&[SortKey], _) = match behind.split_first() {
        Some((Operator::Sort(keys), behind)) => (keys, behind),
        _ => (&[], behind),
    };
    let (most, counted) = match (limit_behind(behind), limit) {
        (Limited::To(count), _) => (Some(count), None),
        (Limited::End, Some((most, left_out))) => (Some(most), Some(left_out)),
        (Limited::End, None) | (Limited::Unknown, _) => (None, None),
    };
    let made = stats.aggregates.len() + stats.keys.len();
    let work = Work { light, needed: Needed::of(light, keys, made), made, width: made.max(stats.width as usize) };
    let mut row: Row = vec![Value::Null; work.width];
    let (views, passed) = match most {
        Some(most) if !keys.is_empty() => {
            let mut first = First { keys, most, kept: Vec::new(), last: None };
            let mut values = Vec::with_capacity(keys.len());
            let mut passed = 0;
            for view in groups.finish(stats, false) {
                if work.passes(view, &mut row, cx) {
                    passed += 1;
                    values.clear();
                    values.extend(keys.iter().map(|key| key.value.eval(&row, cx)));
                    first.offer(&values, view);
                }
            }
            // the sort that follows is stable: what is equal for it stands in the order of the keys
            (groups.first(first.views(), most), passed)
        }
        _ => {
            let views: Vec<View<'_>> =
                groups.finish(stats, false).filter(|view| work.passes(*view, &mut row, cx)).collect();
            let passed = views.len();
            (groups.first(views, most.unwrap_or(usize::MAX)), passed)
        }
    };
    if let Some(left_out) = counted {
        *left_out = passed.saturating_sub(views.len()) as u64;
    }
    views.into_iter().map(|view| work.complete(view, cx)).collect()
}

/// What is done with each group.
struct Work<'o> {
    /// `WHERE` and `EVAL`.
    light: &'o [Operator],
    needed: Needed,
    /// How many slots of a row groups fill.
    made: usize,
    width: usize,
}

/// What must be known of a group to tell whether it passes, and where it stands.
struct Needed {
    /// Slots that the group fills.
    slots: Vec<usize>,
    /// Which of the operators are done.
    operators: Vec<bool>,
}

impl Needed {
    fn of(light: &[Operator], keys: &[SortKey], made: usize) -> Self {
        let mut slots: Vec<u32> = Vec::new();
        let add = |slots: &mut Vec<u32>, value: &Expr| {
            value.each_column(&mut |slot| {
                if !slots.contains(&slot) {
                    slots.push(slot);
                }
            });
        };
        keys.iter().for_each(|key| add(&mut slots, &key.value));
        let mut operators = vec![false; light.len()];
        for (operator, is_needed) in light.iter().zip(&mut operators).rev() {
            match operator {
                Operator::Eval(slot, value) if slots.contains(slot) => {
                    *is_needed = true;
                    slots.retain(|other| other != slot);
                    add(&mut slots, value);
                }
                Operator::Where(condition) => {
                    *is_needed = true;
                    add(&mut slots, condition);
                }
                _ => {}
            }
        }
        let slots = slots.into_iter().map(|slot| slot as usize).filter(|slot| *slot < made).collect();
        Self { slots, operators }
    }
}

impl Work<'_> {
    /// Whether a group passes all conditions. Its row then holds what the order asks for.
    fn passes(&self, view: View<'_>, row: &mut Row, cx: &mut Context) -> bool {
        for slot in &self.needed.slots {
            if let Some(place) = row.get_mut(*slot) {
                *place = view.slot(*slot, cx);
            }
        }
        let mut needed = self.light.iter().zip(&self.needed.operators).filter(|(_, is_needed)| **is_needed);
        needed.all(|(operator, _)| match operator {
            Operator::Where(condition) => condition.holds(row, cx),
            Operator::Eval(slot, value) => {
                let value = value.eval(row, cx);
                put(row, *slot, value);
                true
            }
            _ => true,
        })
    }

    /// The row of a group that passes. What was warned of before is not warned of again.
    fn complete(&self, view: View<'_>, cx: &mut Context) -> Tagged {
        let mut row: Row = Vec::with_capacity(self.width);
        row.extend((0..self.made).map(|slot| view.slot(slot, cx)));
        row.resize(self.width, Value::Null);
        for (operator, is_needed) in self.light.iter().zip(&self.needed.operators) {
            if let Operator::Eval(slot, value) = operator {
                let before = is_needed.then(|| cx.warnings.clone());
                let value = value.eval(&row, cx);
                put(&mut row, *slot, value);
                before.into_iter().for_each(|before| cx.warnings = before);
            }
        }
        Tagged { row, origins: Origins::of(view) }
    }
}

/// The groups that come first in an order. Of those that are equal for it, their keys decide.
struct First<'t, 'k> {
    keys: &'k [SortKey],
    most: usize,
    /// Up to twice as many as are wanted, and some: then those behind the place go.
    kept: Vec<Partial<'t>>,
    /// The last of those that were left when others went: what comes behind it is not wanted.
    last: Option<Partial<'t>>,
}

/// A group of which only what it is sorted by is known.
#[derive(Clone)]
struct Partial<'t> {
    values: Vec<Value>,
    view: View<'t>,
}

impl<'t> First<'t, '_> {
    fn offer(&mut self, values: &[Value], view: View<'t>) {
        let behind =
            |last: &Partial<'_>| by_keys(self.keys, values, &last.values).then_with(|| view.cmp_keys(&last.view));
        if self.last.as_ref().is_some_and(|last| behind(last).is_gt()) {
            return;
        }
        self.kept.push(Partial { values: values.to_vec(), view });
        if self.kept.len() >= self.most.saturating_mul(2).saturating_add(1_024) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let place = self.most.min(self.kept.len()).checked_sub(1);
        let Some(place) = place.filter(|_| self.kept.len() > self.most) else { return self.kept.truncate(self.most) };
        let keys = self.keys;
        let order = |a: &Partial<'_>, b: &Partial<'_>| {
            by_keys(keys, &a.values, &b.values).then_with(|| a.view.cmp_keys(&b.view))
        };
        let (_, last, _) = self.kept.select_nth_unstable_by(place, order);
        self.last = Some(last.clone());
        self.kept.truncate(self.most);
    }

    fn views(mut self) -> Vec<View<'t>> {
        self.cut();
        self.kept.into_iter().map(|partial| partial.view).collect()
    }
}

/// How many rows of the result are made at most.
enum Limited {
    /// So many: a `LIMIT` follows, and nothing before it changes which rows there are.
    To(usize),
    /// All, to the end.
    End,
    /// Something changes which rows there are.
    Unknown,
}

fn limit_behind(operators: &[Operator]) -> Limited {
    match operators.iter().find(|operator| !matches!(operator, Operator::Eval(..))) {
        None => Limited::End,
        Some(Operator::Limit(count, by)) if by.is_empty() => Limited::To(usize::try_from(*count).unwrap_or(usize::MAX)),
        Some(_) => Limited::Unknown,
    }
}
