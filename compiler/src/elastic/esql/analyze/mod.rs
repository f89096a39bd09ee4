//! From the syntax tree to a typed pipeline: names become slots, functions and operators get their types, what cannot be is said.
//!
//! - [`environment`](self): what a query is read against, and what comes out of it
//! - `scope`: the columns that a command sees
//! - `slots`: places of values in rows
//! - `command`, `stats`, `lookup`, `extract`: what the commands do
//! - `expr`: conditions and values; `literal`: values that stand in the query
//!
//! Fields that no table knows are keywords, until something asks for another type: then the analysis starts over with that type. So `WHERE a.b > 5`
//! makes `a.b` a number wherever it stands.

mod command;
mod environment;
mod expr;
mod extract;
mod literal;
mod lookup;
mod report;
mod scope;
mod slots;
mod source;
mod stats;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sigil_runtime::table::pipeline::Operator;
use sigil_runtime::table::{Expr, Type};

use super::ast;
use crate::diagnostic::Diagnostics;
use crate::ir::Feature;
use crate::source::Span;
use scope::Scope;
use slots::Slots;

pub use environment::{AllFields, Analyzed, Environment, Fields, Origin, Output, Parameter, SourceColumn, Step, Table};

/// How many operations may stand in each other.
const MAX_DEPTH: u32 = 400;
/// How many columns a query may have.
const MAX_COLUMNS: usize = 20_000;
/// How many names with wildcards a query may have.
const MAX_PATTERNS: usize = 500;
/// How often the analysis starts over for types of fields that no table knows.
const MAX_ROUNDS: usize = 12;

/// Decides what a query means. What is wrong goes to `diags`, and nothing comes back then; a feature says what is not carried out.
pub fn analyze(
    query: &ast::Query,
    env: &Environment<'_>,
    diags: &mut Diagnostics,
) -> Option<Result<Analyzed, Feature>> {
    let mut types: BTreeMap<String, Type> = BTreeMap::new();
    let mut round = 0;
    loop {
        let mut analyzer = Analyzer::new(env, &types);
        let output = analyzer.query(query);
        let more = std::mem::take(&mut analyzer.wanted);
        round += 1;
        if !more.is_empty() && round < MAX_ROUNDS {
            types.extend(more);
            continue;
        }
        let failed = analyzer.diags.has_errors_since(0);
        diags.extend(std::mem::take(&mut analyzer.diags).as_slice().iter().cloned());
        if failed {
            return None;
        }
        if let Some(feature) = analyzer.feature.take() {
            return Some(Err(feature));
        }
        return Some(Ok(analyzer.finish(query, output)));
    }
}

/// A value, with what is known of it.
#[derive(Clone, Debug)]
struct Typed {
    expr: Expr,
    kind: Type,
    span: Span,
    /// The field whose type is only guessed, if it is the type of this.
    guess: Option<std::sync::Arc<str>>,
    /// The field of the event that this is, unchanged.
    field: Option<std::sync::Arc<str>>,
    /// How many operations stand in each other.
    depth: u32,
}

impl Typed {
    fn new(expr: Expr, kind: Type, span: Span) -> Self {
        Self { expr, kind, span, guess: None, field: None, depth: 0 }
    }

    fn literal(&self) -> Option<&sigil_runtime::table::Value> {
        match &self.expr {
            Expr::Literal(value) => Some(value),
            _ => None,
        }
    }
}

/// Where a value stands, and so what may be in it.
#[derive(Debug)]
enum Place {
    /// In a command that looks at single rows.
    Row,
    /// Among the aggregates of `STATS`.
    Groups(stats::Groups),
    /// In the arguments of an aggregate.
    Argument,
}

struct Analyzer<'a> {
    env: &'a Environment<'a>,
    /// Types of fields that no table knows, as earlier rounds found out.
    types: &'a BTreeMap<String, Type>,
    /// The same, as this one found out.
    wanted: BTreeMap<String, Type>,
    diags: Diagnostics,
    feature: Option<Feature>,
    scope: Scope,
    slots: Slots,
    sources: Vec<(u32, SourceColumn)>,
    steps: Vec<Step>,
    /// Of the command that is read.
    operators: Vec<Operator>,
    place: Place,
    /// What the keys of the `STATS` that is read stand for, by name: their aliases may be used in arguments of aggregates.
    aliases: BTreeMap<String, Typed>,
    /// How many parameters without a name were read.
    parameters: usize,
    /// How many names with wildcards were read.
    patterns: usize,
    /// Rows are those of events still.
    of_events: bool,
    /// No `KEEP` yet: there are columns for fields that a table knows and no event has, too.
    unseen: bool,
    limited: bool,
    indices: Vec<String>,
    /// Names and types of the keys of the last `STATS`.
    keys: Vec<(Arc<str>, Type)>,
    /// Messages about the same name are given once.
    missing: BTreeSet<String>,
}

impl<'a> Analyzer<'a> {
    fn new(env: &'a Environment<'a>, types: &'a BTreeMap<String, Type>) -> Self {
        Self {
            env,
            types,
            wanted: BTreeMap::new(),
            diags: Diagnostics::new(),
            feature: None,
            scope: Scope::default(),
            slots: Slots::default(),
            sources: Vec::new(),
            steps: Vec::new(),
            operators: Vec::new(),
            place: Place::Row,
            aliases: BTreeMap::new(),
            parameters: 0,
            patterns: 0,
            of_events: false,
            unseen: false,
            limited: false,
            indices: Vec::new(),
            keys: Vec::new(),
            missing: BTreeSet::new(),
        }
    }

    fn query(&mut self, query: &ast::Query) -> Vec<(String, scope::Column)> {
        for setting in &query.settings {
            self.setting(setting);
        }
        self.source(&query.source);
        if matches!(query.source.kind, ast::SourceKind::TimeSeries(_) | ast::SourceKind::ShowInfo) {
            // what follows is about columns that are not known
            return Vec::new();
        }
        for (at, command) in query.commands.iter().enumerate() {
            self.command(command);
            if at < self.env.decided && matches!(command.kind, ast::CommandKind::Where(_)) {
                self.steps.pop_if(|step| step.span == command.span);
            }
        }
        if let Some(limit) = self.env.limit.filter(|_| !self.limited) {
            self.operators.push(Operator::Limit(limit, Vec::new()));
            self.step(format!("LIMIT {limit}"), query.span);
        }
        self.scope.in_order()
    }

    /// What was collected is what a command does.
    fn step(&mut self, text: String, span: Span) {
        let operators = std::mem::take(&mut self.operators);
        if !operators.is_empty() {
            self.steps.push(Step { text, span, operators });
        }
    }

    /// Something is not carried out; the first such is told.
    fn unsupported<T>(&mut self, name: &'static str) -> Option<T> {
        self.feature.get_or_insert(Feature::Esql(name));
        None
    }

    /// The text of a part of the query.
    fn text(&self, span: Span) -> Option<String> {
        let text = self.env.text?;
        let whole = text.as_str();
        // places grow with the text
        let place = |at: usize| text.span(at..at).start;
        let find = |wanted: u32| {
            let (mut low, mut high) = (0, whole.len());
            while low < high {
                let middle = usize::midpoint(low, high);
                if place(middle) < wanted { low = middle + 1 } else { high = middle }
            }
            low
        };
        whole.get(find(span.start)..find(span.end)).filter(|part| !part.is_empty()).map(str::to_owned)
    }

    fn finish(self, query: &ast::Query, columns: Vec<(String, scope::Column)>) -> Analyzed {
        let all_fields = self.scope.all_fields(&columns);
        slots::finish(self, query, columns, all_fields)
    }
}
