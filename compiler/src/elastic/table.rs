//! ES|QL rules: what one event decides, and the pipeline for the events that pass.

use std::sync::Arc;

use sigil_runtime::table::pipeline::{Column, Operator, Origin, Output};
use sigil_runtime::table::{Pipeline, Type};

use super::ast;
use super::esql::{self, analyze};
use super::leaf::Context;
use super::schema::{FieldType, Schema};
use crate::ir::{self, Expr, Feature};

/// A query as a rule runs it.
pub(super) struct Table {
    /// The indices that it reads.
    pub(super) indices: Vec<String>,
    /// What an event must satisfy to become a row.
    pub(super) condition: Expr,
    /// Conditions whose verdict is a column of the row, by what they say.
    pub(super) searches: Vec<(String, Expr)>,
    /// What is done with rows.
    pub(super) pipeline: Pipeline<Arc<ir::Field>>,
    /// The text of each operator's command.
    pub(super) commands: Vec<String>,
}

/// Lowers the query of a rule whose own selections number `before`; `None` if something is wrong, which is said.
pub(super) fn lower(query: &ast::Query, before: usize, cx: &mut Context<'_>) -> Option<Result<Table, Feature>> {
    let mark = cx.diags.len();
    let parsed = esql::parse(&query.text, cx.diags)?;
    if cx.diags.has_errors_since(mark) {
        return None;
    }
    let prefix = esql::lower::prefix(&parsed, cx);
    let env = analyze::Environment {
        schema: cx.schema,
        fields: analyze::Fields::Any,
        tables: cx.schema.tables(),
        limit: None,
        decided: prefix.exact,
        parameters: &[],
        now: cx.now,
        text: Some(&query.text),
    };
    let analyzed = match analyze::analyze(&parsed, &env, cx.diags)? {
        Ok(analyzed) => analyzed,
        Err(feature) => return Some(Err(feature)),
    };
    if analyzed.is_row {
        return Some(Err(Feature::Esql("ROW in a rule")));
    }
    Some(Ok(assembled(analyzed, prefix.condition, before, cx.schema)))
}

pub(super) fn assembled(analyzed: analyze::Analyzed, condition: Expr, before: usize, schema: &Schema) -> Table {
    let mut searches: Vec<(String, Expr)> = Vec::new();
    let (columns, names) = columns(&analyzed, before, &mut searches, schema);
    let (mut operators, mut commands) = (Vec::new(), Vec::new());
    for step in &analyzed.steps {
        for (at, operator) in step.operators.iter().enumerate() {
            commands.push(if at == 0 { step.text.clone() } else { String::new() });
            operators.push(operator.clone());
        }
    }
    let output = analyzed.output.iter();
    let output: Vec<Output> =
        output.map(|output| Output { name: output.name.clone(), kind: output.kind, slot: output.slot }).collect();
    let last = operators.iter().rev().find_map(|operator| match operator {
        Operator::Stats(stats) => Some(stats),
        _ => None,
    });
    let key = |(slot, (name, kind)): (u32, &(Arc<str>, Type))| Output { name: name.clone(), kind: *kind, slot };
    let keys = last.map_or_else(Vec::new, |stats| {
        let first = u32::try_from(stats.aggregates.len()).unwrap_or(u32::MAX);
        (first..).zip(&analyzed.keys).map(key).collect()
    });
    let named = |slot: u32| {
        let known = output.iter().find(|output| output.slot == slot).cloned();
        let name = || names.get(slot as usize).cloned().unwrap_or_else(|| "expanded".into());
        known.unwrap_or_else(|| Output { name: name(), kind: Type::Keyword, slot })
    };
    let expanded = operators.iter().filter_map(|operator| match operator {
        Operator::MvExpand(slot) if last.is_none() => Some(named(*slot)),
        _ => None,
    });
    let expanded = expanded.collect();
    let pipeline = Pipeline { columns, expanded, keys, operators, output, width: analyzed.width };
    Table { indices: analyzed.indices, condition, searches, pipeline, commands }
}

/// The columns of a row, and their names. Conditions are put into `searches`.
pub(super) fn columns(
    analyzed: &analyze::Analyzed,
    before: usize,
    searches: &mut Vec<(String, Expr)>,
    schema: &Schema,
) -> (Vec<Column<Arc<ir::Field>>>, Vec<Arc<str>>) {
    let field = |name: &str| schema.field(name).field;
    let mut column = |column: &analyze::SourceColumn| {
        let origin = match &column.origin {
            analyze::Origin::Field(field) if schema.field(&column.name).kind == FieldType::Caseless => {
                Origin::Lower(Arc::clone(field))
            }
            analyze::Origin::Field(field) => Origin::Field(Arc::clone(field)),
            analyze::Origin::Selection(condition) => {
                let at = u16::try_from(before + searches.len()).unwrap_or(u16::MAX);
                searches.push((column.name.to_string(), condition.clone()));
                Origin::Selection(at)
            }
            analyze::Origin::Id => Origin::Id(field("_id")),
            analyze::Origin::Index => Origin::Field(field("_index")),
            analyze::Origin::Version => Origin::Field(field("_version")),
            analyze::Origin::Source => Origin::Source,
            analyze::Origin::Ignored => Origin::Ignored(schema.bounds()),
            analyze::Origin::Score => Origin::Score,
        };
        Column { origin, kind: column.kind }
    };
    let columns = analyzed.columns.iter().map(&mut column).collect();
    (columns, analyzed.columns.iter().map(|column| column.name.clone()).collect())
}
