//! `STATS` and `INLINE STATS` (ES|QL reference, "STATS", "INLINE STATS").

use std::collections::BTreeMap;

use sigil_runtime::table::aggregate::AggregateCall;
use sigil_runtime::table::pipeline::{Operator, Stats};
use sigil_runtime::table::{Expr, Type};

use super::scope::Column;
use super::{Analyzer, Place, Typed};
use crate::diagnostic::Code;
use crate::elastic::esql::ast::{self, Arguments, Call};
use crate::elastic::esql::catalog::aggregate;
use crate::elastic::short;
use crate::source::{Span, Spanned};

/// What `STATS` has seen so far.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By name; the value is that of the row that the group becomes.
    keys: BTreeMap<String, Typed>,
    /// The names of keys that are computed, by their expressions.
    computed: BTreeMap<String, String>,
    calls: Vec<(u32, AggregateCall)>,
    /// `WHERE` of the member that is read.
    filter: Option<Expr>,
    /// `INLINE STATS`: what is computed goes into the rows that are there.
    inline: bool,
}

impl Groups {
    pub(super) fn key(&self, name: &str) -> Option<&Typed> {
        self.keys.get(name)
    }

    /// The key that is this expression, which may be repeated among the aggregates (ES|QL reference, "BUCKET").
    pub(super) fn computed(&self, expr: &ast::Expr) -> Option<&Typed> {
        /// A longer one is no key.
        const MOST_BYTES: u32 = 1_000;
        let is_plain = matches!(expr.kind, ast::ExprKind::Field(_) | ast::ExprKind::Literal(_));
        if is_plain || self.computed.is_empty() || expr.span.end.saturating_sub(expr.span.start) > MOST_BYTES {
            return None;
        }
        self.key(self.computed.get(&expr.to_string())?)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.keys.keys().cloned().collect()
    }
}

/// Whether something is made of columns, which are keys if there is no aggregate.
fn computes(value: &Typed) -> bool {
    let mut reads = false;
    value.expr.each_column(&mut |_| reads = true);
    reads && !matches!(value.expr, Expr::Column(_))
}

/// A member of `BY`.
struct Key {
    name: String,
    /// Its expression.
    text: String,
    value: Typed,
    slot: u32,
}

impl Analyzer<'_> {
    /// `STATS .. BY ..`, `INLINE STATS .. BY ..`
    pub(super) fn stats(&mut self, stats: &ast::Stats, inline: bool) {
        let keys = self.keys(&stats.by, inline);
        let mut groups = Groups { inline, ..Groups::default() };
        for key in &keys {
            let value = Typed { expr: Expr::Column(key.slot), depth: 0, field: None, ..key.value.clone() };
            groups.keys.insert(key.name.clone(), value);
            groups.computed.insert(key.text.clone(), key.name.clone());
        }
        self.aliases = keys.iter().map(|key| (key.name.clone(), key.value.clone())).collect();
        let mut columns: Vec<(String, Option<Typed>)> = Vec::new();
        for member in &stats.aggregates {
            let name = self.name_of_column(member.name.as_ref(), &member.value);
            let filter = member.filter.as_ref().map(|filter| self.condition(filter, "`WHERE`"));
            let failed = matches!(filter, Some(None));
            groups.filter = filter.flatten().map(|filter| filter.expr);
            let before = groups.calls.len();
            let value = self.member(member, &mut groups);
            if value.as_ref().is_some_and(|value| !computes(value)) && groups.calls.len() == before {
                let shown = self.text(member.value.span).unwrap_or_else(|| member.value.to_string());
                let message = format!("`{}` aggregates nothing", short(&shown));
                let help = format!("write `VALUES({0})`, `MAX({0})` or so, or put it behind `BY`", short(&shown));
                self.error::<()>(Code::QuerySyntax, member.value.span, message, help);
            }
            if let Some(name) = name {
                columns.push((name, value.filter(|_| !failed)));
            }
        }
        self.aliases.clear();
        let (slots, calls): (Vec<u32>, Vec<AggregateCall>) = groups.calls.into_iter().unzip();
        let expressions = |keys: &[Key]| keys.iter().map(|key| key.value.expr.clone()).collect::<Vec<_>>();
        if inline {
            let expressions = keys.iter().map(|key| Expr::Column(key.slot)).collect();
            let stats = Stats { aggregates: calls, keys: expressions, width: 0 };
            self.operators.push(Operator::InlineStats(stats, slots));
        } else {
            let stats = Stats { aggregates: calls, keys: expressions(&keys), width: 0 };
            self.operators.push(Operator::Stats(stats));
            self.slots.part(slots.into_iter().chain(keys.iter().map(|key| key.slot)).collect());
            self.keys = keys.iter().map(|key| (key.name.as_str().into(), key.value.kind)).collect();
            self.scope.clear();
            self.of_events = false;
        }
        for (name, value) in columns {
            match value {
                // an aggregate alone is a column already
                Some(Typed { expr: Expr::Column(slot), kind, guess, .. }) => {
                    self.scope.add(name, Column { slot, kind, guess, field: None, order: 0, failed: false });
                }
                value => self.define(name, value),
            }
        }
        for Key { name, value, slot, .. } in keys {
            // the field itself stays so where rows stay
            let (kind, guess) = (value.kind, value.guess);
            let field = value.field.filter(|_| inline);
            self.scope.add(name, Column { slot, kind, guess, field, order: 0, failed: false });
        }
        for column in stats.by.iter().filter(|_| !inline) {
            // a key that failed is there, for what follows
            if let Some(name) = self.name_of_column(column.name.as_ref(), &column.value)
                && self.scope.get(&name).is_none()
            {
                self.failed(name);
            }
        }
    }

    fn keys(&mut self, by: &[ast::Column], inline: bool) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::new();
        let mut at: BTreeMap<String, usize> = BTreeMap::new();
        for column in by {
            let name = self.name_of_column(column.name.as_ref(), &column.value);
            let value = self.expr(&column.value);
            let (Some(name), Some(value)) = (name, value) else { continue };
            if matches!(value.kind, Type::GeoPoint | Type::Source | Type::DatePeriod | Type::TimeDuration) {
                let message = format!("rows cannot be grouped by values of type `{}`", value.kind);
                self.error::<()>(Code::TypeConflict, value.span, message, "group by another column");
                continue;
            }
            let slot = if !inline {
                self.slots.reserve()
            } else if let (Expr::Column(slot), Some(known)) = (&value.expr, self.scope.get(&name))
                && *slot == known.slot
            {
                *slot
            } else {
                let slot = self.slots.add();
                self.operators.push(Operator::Eval(slot, value.expr.clone()));
                slot
            };
            let key = Key { name: name.clone(), text: column.value.to_string(), value, slot };
            // the last one of a name counts
            if let Some(same) = at.get(&name).and_then(|at| keys.get_mut(*at)) {
                *same = key;
            } else {
                at.insert(name, keys.len());
                keys.push(key);
            }
        }
        keys
    }

    fn member(&mut self, member: &ast::Aggregate, groups: &mut Groups) -> Option<Typed> {
        self.place = Place::Groups(std::mem::take(groups));
        let value = self.expr(&member.value);
        if let Place::Groups(back) = std::mem::replace(&mut self.place, Place::Row) {
            *groups = back;
        }
        value
    }

    /// A call of an aggregate function.
    pub(super) fn aggregate(
        &mut self,
        name: &Spanned<String>,
        entry: &aggregate::AggregateEntry,
        call: &Call,
        span: Span,
    ) -> Option<Typed> {
        let shown = entry.name.to_ascii_uppercase();
        let mut groups = match std::mem::replace(&mut self.place, Place::Argument) {
            Place::Groups(groups) => groups,
            Place::Row => {
                self.place = Place::Row;
                let help = format!("compute it in `STATS` first: `STATS x = {shown}(..)`");
                return self.error(Code::QuerySyntax, name.span, format!("`{shown}` stands in `STATS` only"), help);
            }
            Place::Argument => {
                let message = format!("`{shown}` stands in another aggregate");
                return self.error(Code::QuerySyntax, name.span, message, "use two `STATS`, one behind the other");
            }
        };
        let arguments = match &call.arguments {
            Arguments::Star if entry.takes_star() => Some(Vec::new()),
            Arguments::Star => {
                self.error(Code::FunctionArguments, span, format!("`{shown}` does not take `*`"), "name a column")
            }
            Arguments::Values { values, options } => {
                if let Some(options) = options {
                    let message = format!("`{shown}` takes no map");
                    self.error::<()>(Code::FunctionArguments, options.span, message, "remove it");
                }
                let values: Vec<Option<Typed>> = values.iter().map(|value| self.expr(value)).collect();
                let signature = super::expr::Signature {
                    name: entry.name,
                    params: entry.params,
                    required: entry.required,
                    repeats: false,
                };
                self.arguments(&signature, name.span, values)
            }
        };
        let arguments = arguments.filter(|arguments| self.check_aggregate(entry, arguments).is_some());
        let slot = if groups.inline { self.slots.add() } else { self.slots.reserve() };
        let result = arguments.map(|arguments| {
            let kinds: Vec<Type> = arguments.iter().map(|argument| argument.kind).collect();
            let result = (entry.result)(&kinds);
            // of `TOP` with four arguments, the last one comes out
            let shown = if kinds.len() > 3 { arguments.last() } else { arguments.first() };
            let guess = shown.filter(|shown| shown.kind == result).and_then(|shown| shown.guess.clone());
            let filter = groups.filter.clone();
            let arguments = arguments.into_iter().map(|argument| argument.expr).collect();
            groups.calls.push((slot, AggregateCall { aggregate: entry.aggregate, arguments, filter, result }));
            Typed { guess, ..Typed::new(Expr::Column(slot), result, span) }
        });
        self.place = Place::Groups(groups);
        result
    }
}
