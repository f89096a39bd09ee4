//! Names for the slots of rows: a row is a vector of values, and a reviewer reads names.
//!
//! Rows that events make are one kind, rows that each `STATS` makes are another: each kind has a module of constants. A slot is called
//! as the column of the result that it becomes, as the field that it holds, as `EVAL` calls it, or after what is computed into it.

use std::collections::BTreeMap;
use std::sync::Arc;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use sigil_runtime::table::Expr;
use sigil_runtime::table::aggregate::AggregateCall;
use sigil_runtime::table::function::Function;
use sigil_runtime::table::pipeline::{Operator, Origin, Pipeline, Stats};

use super::names::{self, Taken};
use crate::ir;

/// Names by kind of row.
#[derive(Debug)]
pub(super) struct Slots {
    kinds: Vec<BTreeMap<u32, Ident>>,
}

impl Slots {
    /// The names of a pipeline's slots.
    pub(super) fn of(pipeline: &Pipeline<Arc<ir::Field>>, rule: &ir::Rule, commands: &[String]) -> Self {
        let mut kinds = vec![BTreeMap::new()];
        let stats = pipeline.operators.iter().filter(|operator| matches!(operator, Operator::Stats(_))).count();
        kinds.resize_with(stats + 1, BTreeMap::new);
        if let Some(row) = kinds.first_mut() {
            for (slot, column) in (0..).zip(&pipeline.columns) {
                row.insert(slot, column_name(&column.origin, rule));
            }
        }
        if let Some(last) = kinds.last_mut() {
            for output in pipeline.output.iter().chain(&pipeline.keys).chain(&pipeline.expanded) {
                last.entry(output.slot).or_insert_with(|| output.name.to_string());
            }
        }
        let mut wishes = Wishes { kinds, at: 0 };
        let groups = command_groups(&pipeline.operators, commands);
        for (range, text) in groups {
            let operators = pipeline.operators.get(range).unwrap_or_default();
            let evals = operators.iter().filter(|operator| matches!(operator, Operator::Eval(..))).count();
            let mut assigned = assigned(text).filter(|names| names.len() == evals).unwrap_or_default().into_iter();
            operators.iter().for_each(|operator| wishes.operator(operator, text, &mut assigned));
        }
        let named = |wishes: BTreeMap<u32, String>| {
            let mut taken = Taken::default();
            let named = wishes.into_iter().map(|(slot, wish)| {
                let name = taken.claim(names::constant(&wish, "COLUMN"));
                (slot, names::ident(&name))
            });
            named.collect()
        };
        Self { kinds: wishes.kinds.into_iter().map(named).collect() }
    }

    /// `group::EVENT_COUNT`, or the number of a slot that has no name.
    pub(super) fn name(&self, kind: usize, slot: u32) -> TokenStream {
        if let Some(name) = self.kinds.get(kind).and_then(|names| names.get(&slot)) {
            let kind = module(kind);
            quote!(#kind::#name)
        } else {
            let number = Literal::u32_unsuffixed(slot);
            quote!(#number)
        }
    }

    /// A slot in the rows of the result, seen from beside the pipeline's module.
    pub(super) fn in_result(&self, slot: u32, pipeline: Option<&Ident>) -> TokenStream {
        let last = self.kinds.len().saturating_sub(1);
        let name = self.name(last, slot);
        match pipeline {
            Some(pipeline) if self.kinds.get(last).is_some_and(|names| names.contains_key(&slot)) => {
                quote!(#pipeline::#name)
            }
            Some(_) | None => name,
        }
    }

    /// The modules of constants.
    pub(super) fn items(&self) -> impl Iterator<Item = TokenStream> {
        self.kinds.iter().enumerate().filter(|(_, names)| !names.is_empty()).map(|(kind, names)| {
            let doc = match kind {
                0 => " Slots of the rows that events become.",
                1 => " Slots of the rows that `STATS` makes.",
                _ => " Slots of the rows that a further `STATS` makes.",
            };
            let kind = module(kind);
            let consts = names.iter().map(|(slot, name)| {
                let slot = Literal::u32_unsuffixed(*slot);
                quote!(pub(in super::super) const #name: u32 = #slot;)
            });
            quote!(#[doc = #doc] pub(super) mod #kind { #(#consts)* })
        })
    }
}

/// The operators of each command of the author, and its text: operators without one belong to the command before.
pub(super) fn command_groups<'c>(
    operators: &[Operator],
    commands: &'c [String],
) -> Vec<(std::ops::Range<usize>, &'c str)> {
    let mut groups: Vec<(std::ops::Range<usize>, &str)> = Vec::new();
    for at in 0..operators.len() {
        let text = commands.get(at).map(|text| text.trim());
        match (groups.last_mut(), text) {
            (Some((range, _)), Some("")) => range.end = at + 1,
            (_, text) => groups.push((at..at + 1, text.unwrap_or_default())),
        }
    }
    groups
}

fn module(kind: usize) -> Ident {
    match kind {
        0 => names::ident("row"),
        1 => names::ident("group"),
        more => names::ident(&format!("group_{more}")),
    }
}

fn column_name(origin: &Origin<Arc<ir::Field>>, rule: &ir::Rule) -> String {
    match origin {
        Origin::Field(field) | Origin::Lower(field) => field.name.clone(),
        Origin::Id(_) => "id".to_owned(),
        Origin::Selection(at) => match rule.selections.get_index(usize::from(*at)) {
            Some((name, _)) => format!("{name} holds"),
            None => format!("selection {at} holds"),
        },
        Origin::Source => "source".to_owned(),
        Origin::Ignored(_) => "ignored".to_owned(),
        Origin::Score => "score".to_owned(),
    }
}

/// What slots would be called if each name were free.
struct Wishes {
    kinds: Vec<BTreeMap<u32, String>>,
    /// The present kind of row.
    at: usize,
}

impl Wishes {
    fn wish(&mut self, slot: u32, name: impl FnOnce(&BTreeMap<u32, String>) -> Option<String>) {
        if let Some(names) = self.kinds.get_mut(self.at)
            && !names.contains_key(&slot)
        {
            let name = name(names).unwrap_or_else(|| format!("slot {slot}"));
            names.insert(slot, name);
        }
    }

    /// Every slot that an expression reads has a name.
    fn read(&mut self, expr: &Expr) {
        expr.each_column(&mut |slot| self.wish(slot, |_| None));
    }

    fn operator(&mut self, operator: &Operator, text: &str, assigned: &mut impl Iterator<Item = String>) {
        match operator {
            Operator::Where(condition) => self.read(condition),
            Operator::Eval(slot, value) => {
                self.read(value);
                let name = assigned.next();
                self.wish(*slot, |names| name.or_else(|| described(value, names)));
            }
            Operator::MvExpand(slot) => self.wish(*slot, |_| None),
            Operator::Dissect(value, pattern, slots) => {
                self.read(value);
                self.all(slots, pattern.names());
            }
            Operator::Grok(value, pattern, slots) => {
                self.read(value);
                self.all(slots, pattern.names());
            }
            Operator::Stats(stats) => self.stats(stats, text),
            Operator::InlineStats(Stats { aggregates, keys, .. }, slots) => {
                keys.iter().for_each(|key| self.read(key));
                for (slot, call) in slots.iter().zip(aggregates) {
                    self.aggregate(call);
                    self.wish(*slot, |names| Some(aggregated(call, names)));
                }
            }
            Operator::Sort(keys) => keys.iter().for_each(|key| self.read(&key.value)),
            Operator::Limit(_, keys) => keys.iter().for_each(|key| self.read(key)),
            Operator::Sample(_) => {}
            Operator::Lookup(lookup) => {
                lookup.on.iter().for_each(|(value, _)| self.read(value));
                lookup.with.iter().for_each(|(name, slot, _)| self.wish(*slot, |_| Some(name.to_string())));
            }
            Operator::Completion { prompt, slot, .. } => {
                self.read(prompt);
                self.wish(*slot, |_| Some("completion".to_owned()));
            }
        }
    }

    fn all(&mut self, slots: &[u32], names: &[Box<str>]) {
        for (at, slot) in slots.iter().enumerate() {
            self.wish(*slot, |_| names.get(at).map(ToString::to_string));
        }
    }

    fn aggregate(&mut self, call: &AggregateCall) {
        call.arguments.iter().chain(&call.filter).for_each(|expr| self.read(expr));
    }

    /// The next kind of row: aggregates, then keys.
    fn stats(&mut self, stats: &Stats, text: &str) {
        let Stats { aggregates, keys, .. } = stats;
        aggregates.iter().for_each(|call| self.aggregate(call));
        keys.iter().for_each(|key| self.read(key));
        let before = self.kinds.get(self.at).cloned().unwrap_or_default();
        self.at += 1;
        let mut given = counted(text, stats).unwrap_or_default().into_iter();
        let aggregates = aggregates.iter().map(|call| {
            let given = given.next().flatten();
            Some(given.unwrap_or_else(|| aggregated(call, &before)))
        });
        let keys = keys.iter().map(|key| described(key, &before));
        for (slot, name) in (0..).zip(aggregates.chain(keys)) {
            self.wish(slot, |_| name);
        }
    }
}

fn aggregated(call: &AggregateCall, names: &BTreeMap<u32, String>) -> String {
    let function = format!("{:?}", call.aggregate);
    match call.arguments.first().and_then(|argument| described(argument, names)) {
        Some(of) => format!("{function} of {of}"),
        None => function,
    }
}

/// What a value is: the name of its column, or its function and the name of the first column in it.
fn described(value: &Expr, names: &BTreeMap<u32, String>) -> Option<String> {
    match value {
        Expr::Column(slot) => names.get(slot).cloned(),
        Expr::Call(function, _, arguments) => {
            let function = match function {
                Function::Text(function) => format!("{function:?}"),
                Function::Convert(function) => format!("{function:?}"),
                Function::Math(function) => format!("{function:?}"),
                Function::Date(function) => format!("{function:?}"),
                Function::Multi(function) => format!("{function:?}"),
                Function::Net(function) => format!("{function:?}"),
            };
            Some(match arguments.iter().find_map(|argument| described(argument, names)) {
                Some(of) => format!("{function} of {of}"),
                None => function,
            })
        }
        Expr::Case(_) => Some("case".to_owned()),
        Expr::Coalesce(members) => members.iter().find_map(|member| described(member, names)),
        Expr::Literal(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_)
        | Expr::IsNull(_)
        | Expr::Equal(_)
        | Expr::Compare(..)
        | Expr::In(..)
        | Expr::Like(..)
        | Expr::Rlike(..)
        | Expr::Cidr(..)
        | Expr::Words(..) => None,
    }
}

/// The names in `EVAL a = 1, b = 2`: for names in generated code alone. `None` if the text is not that plain.
fn assigned(command: &str) -> Option<Vec<String>> {
    let (word, list) = command.trim().split_once(char::is_whitespace)?;
    if !word.eq_ignore_ascii_case("eval") {
        return None;
    }
    members(list)?.into_iter().map(assigned_name).collect()
}

fn assigned_name(member: &str) -> Option<String> {
    let (name, value) = member.split_once('=')?;
    let name: String = name.trim().chars().filter(|c| *c != '`').collect();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | '-');
    (!name.is_empty() && name.chars().all(plain) && !value.starts_with('=')).then_some(name)
}

/// The names in `STATS a = COUNT(*), b = MV_SORT(VALUES(c)) BY d`, by aggregate: that of what is nothing but the aggregate. `None` if the text is not that
/// plain, or if it does not hold one aggregate for each name.
fn counted(command: &str, Stats { aggregates, keys, .. }: &Stats) -> Option<Vec<Option<String>>> {
    let (word, list) = command.trim().split_once(char::is_whitespace)?;
    let members = members(list)?;
    if !word.eq_ignore_ascii_case("stats") || members.len() != aggregates.len() + keys.len().saturating_sub(1) {
        return None;
    }
    let known: Vec<String> = aggregates.iter().map(|call| format!("{:?}", call.aggregate)).collect();
    let functions = |text: &str| -> Vec<String> {
        let called = text.split('(').map(|before| {
            let word = before.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_').next();
            word.unwrap_or_default().replace('_', "")
        });
        called.filter(|word| known.iter().any(|known| known.eq_ignore_ascii_case(word))).collect()
    };
    let given = members.iter().zip(&known).map(|(member, known)| {
        let (_, value) = member.split_once('=')?;
        let [function] = functions(value).try_into().ok()?;
        let (called, rest) = value.trim().split_once('(')?;
        let is_call = called.trim_end().replace('_', "").eq_ignore_ascii_case(known);
        let inner = call_length(rest)?;
        let behind = rest.get(inner..)?.split_whitespace().next();
        let ends = behind.is_none_or(|word| ["where", "by"].iter().any(|end| word.eq_ignore_ascii_case(end)));
        Some(
            (function.eq_ignore_ascii_case(known)).then(|| assigned_name(member).filter(|_| is_call && ends)).flatten(),
        )
    });
    given.collect()
}

/// How long the rest of a call is, behind what opens it, with what closes it.
fn call_length(rest: &str) -> Option<usize> {
    const MOST: usize = 64;
    let mut ends = (1..=rest.len()).filter(|end| rest.as_bytes().get(end - 1) == Some(&b')')).take(MOST);
    ends.find(|end| {
        let call = rest.get(..end - 1);
        call.is_some_and(|call| members(call).is_some())
    })
}

/// A list cut at its commas; those in texts, names and parentheses cut nothing. `None` if there are comments in it, or what opens does not close.
fn members(list: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let (mut start, mut depth, mut rest) = (0, 0_u32, list);
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("\"\"\"") {
            rest.get(3..)?.find("\"\"\"")? + 6
        } else if c == '"' {
            text_length(rest)?
        } else if c == '`' {
            rest.get(1..)?.find('`')? + 2
        } else if rest.starts_with("//") || rest.starts_with("/*") {
            return None;
        } else {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.checked_sub(1)?,
                ',' if depth == 0 => {
                    let at = list.len() - rest.len();
                    found.push(list.get(start..at)?);
                    start = at + 1;
                }
                _ => {}
            }
            c.len_utf8()
        };
        rest = rest.get(skipped..)?;
    }
    found.push(list.get(start..)?);
    (depth == 0).then_some(found)
}

/// How long a text in quotes is, in bytes.
fn text_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_front_of_values_are_found() {
        let check = |command: &str, expected: Option<&[&str]>| {
            let names = assigned(command);
            let names: Option<Vec<&str>> = names.as_ref().map(|names| names.iter().map(String::as_str).collect());
            assert_eq!(names.as_deref(), expected, "{command}");
        };
        check("EVAL a = 1", Some(&["a"]));
        check("eval Esql.a = CONCAT(\"x, \\\"y\", b), `c`.d=e", Some(&["Esql.a", "c.d"]));
        check("EVAL a = \"\"\" , \" \"\"\", b = (1, (2))", Some(&["a", "b"]));
        check("EVAL a + 1", None);
        check("EVAL a == 1", None);
        check("EVAL a = 1 // x, y = 2", None);
        check("EVAL a = \"", None);
        check("EVAL a = )", None);
        check("WHERE a = 1", None);
        check("", None);
    }

    #[test]
    fn names_of_aggregates_are_found() {
        use sigil_runtime::table::Type;
        use sigil_runtime::table::aggregate::Aggregate;

        let check = |command: &str, aggregates: &[Aggregate], keys: usize, expected: Option<&[Option<&str>]>| {
            let call = |aggregate: &Aggregate| AggregateCall {
                aggregate: *aggregate,
                arguments: Vec::new(),
                filter: None,
                result: Type::Long,
            };
            let keys = (0..keys).map(|_| Expr::Column(0)).collect();
            let stats = Stats { aggregates: aggregates.iter().map(call).collect(), keys, width: 9 };
            let names = counted(command, &stats);
            let names: Option<Vec<Option<&str>>> =
                names.as_ref().map(|names| names.iter().map(Option::as_deref).collect());
            assert_eq!(names.as_deref(), expected, "{command}");
        };
        let (count, values, sum) = (Aggregate::Count, Aggregate::Values, Aggregate::Sum);
        check("STATS n = count(*)", &[count], 0, Some(&[Some("n")]));
        check(
            "STATS n = COUNT(*) WHERE a == \")\", v = MV_SORT(values(b)), w = values(c) BY d, e = f(g)",
            &[count, values, values],
            2,
            Some(&[Some("n"), None, Some("w")]),
        );
        check("STATS x = sum(a) + 1, y = sum(b) BY c", &[sum, sum], 1, Some(&[None, Some("y")]));
        check("STATS x = sum(a) / sum(b), y = sum(c), z = sum(c)", &[sum, sum, sum], 0, None);
        check("STATS count(*)", &[count], 0, None);
        check("STATS n = count(*), m = count(*)", &[count], 0, None);
        check("", &[values], 0, None);
    }
}
