//! What the caller gives pipelines beside events: tables to look up, and a model to ask.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use super::expr::Context;
use super::pipeline::Lookup;
use super::value::{Type, Value};

/// Answers prompts: `COMPLETION`.
pub trait Completion: Send + Sync {
    /// What the model of this inference id answers; `None` becomes null.
    fn complete(&self, inference_id: &str, prompt: &str) -> Option<String>;
}

impl<F: Fn(&str, &str) -> Option<String> + Send + Sync> Completion for F {
    fn complete(&self, inference_id: &str, prompt: &str) -> Option<String> {
        self(inference_id, prompt)
    }
}

/// A table: `ENRICH` knows it by the name of its policy, `LOOKUP JOIN` by the name of its index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The names of its columns.
    pub columns: Vec<Arc<str>>,
    /// Its rows, each with a value for every column.
    pub rows: Vec<Vec<Value>>,
    /// The types of its columns; where none is given, that of the column's first value counts.
    pub types: Vec<Type>,
}

impl Table {
    /// The types of its columns; keyword where nothing tells.
    pub fn kinds(&self) -> impl Iterator<Item = Type> {
        (0..self.columns.len()).map(|at| {
            let values = self.rows.iter().filter_map(move |row| row.get(at)).flat_map(Value::values);
            let first = || values.map(Value::kind).next();
            self.types.get(at).copied().or_else(first).unwrap_or(Type::Keyword)
        })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| **column == *name)
    }
}

/// Tables and a model.
#[derive(Clone, Default)]
pub struct Resources {
    tables: BTreeMap<Arc<str>, Indexed>,
    completion: Option<Arc<dyn Completion>>,
}

#[derive(Clone, Debug)]
struct Indexed {
    table: Arc<Table>,
    /// By column: rows by each value that it holds, whose text is the key.
    by_column: Arc<Vec<HashMap<String, Vec<usize>>>>,
}

impl Resources {
    /// Adds a table.
    pub fn add_table(&mut self, name: &str, table: Table) {
        let mut by_column: Vec<HashMap<String, Vec<usize>>> = vec![HashMap::new(); table.columns.len()];
        for (at, row) in table.rows.iter().enumerate() {
            for (index, value) in by_column.iter_mut().zip(row) {
                for value in value.values() {
                    index.entry(value.to_string()).or_default().push(at);
                }
            }
        }
        self.tables.insert(name.into(), Indexed { table: Arc::new(table), by_column: Arc::new(by_column) });
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name).map(|indexed| indexed.table.as_ref())
    }

    /// Sets who answers prompts.
    pub fn set_completion(&mut self, completion: Arc<dyn Completion>) {
        self.completion = Some(completion);
    }

    /// Whether prompts are answered.
    pub fn has_completion(&self) -> bool {
        self.completion.is_some()
    }

    /// As pipelines see them.
    pub fn host(&self) -> Host<'_> {
        Host { resources: Some(self) }
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resources")
            .field("tables", &self.tables.keys().collect::<Vec<_>>())
            .field("completion", &self.completion.is_some())
            .finish()
    }
}

impl Lookup {
    /// Why a table is not the one that the rule was compiled with (`is not given`, `has no column ..`): what is looked up is null then, or of another type.
    /// `None` if it is.
    pub fn lacks(&self, table: Option<&Table>) -> Option<String> {
        let Some(table) = table else { return Some("is not given".to_owned()) };
        let read = self.with.iter().map(|(name, _, kind)| (name, Some(*kind)));
        let compared = self.on.iter().filter_map(|(_, field)| Some((field.as_ref()?, None)));
        compared.chain(read).find_map(|(name, kind)| {
            let found = table.columns.iter().zip(table.kinds()).find(|(column, _)| *column == name);
            match (found, kind) {
                (None, _) => Some(format!("has no column `{name}`")),
                (Some((_, found)), Some(kind)) if found != kind && !table.rows.is_empty() => {
                    Some(format!("has a column `{name}` of the type {found} and not {kind}"))
                }
                (Some(_), _) => None,
            }
        })
    }
}

/// [`Resources`] as pipelines see them; none of them by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Host<'a> {
    resources: Option<&'a Resources>,
}

impl Host<'_> {
    /// The values of the asked-for columns in each row of the table that fits; none if there is no such table.
    pub(crate) fn look_up(self, lookup: &Lookup, row: &[Value], cx: &mut Context) -> Vec<Vec<Value>> {
        let Some(indexed) = self.resources.and_then(|resources| resources.tables.get(&lookup.table)) else {
            return Vec::new();
        };
        let mut rows: Option<Vec<usize>> = None;
        for (value, field) in &lookup.on {
            let column = field.as_ref().map_or(Some(0), |field| indexed.table.column(field));
            let index = column.and_then(|column| indexed.by_column.get(column));
            let value = value.eval(row, cx);
            if lookup.multiplies && matches!(value, Value::List(_)) {
                // a join compares single values
                cx.warnings.multi_value += 1;
                return Vec::new();
            }
            let mut found: Vec<usize> =
                value.values().iter().filter_map(|value| index?.get(&value.to_string())).flatten().copied().collect();
            found.sort_unstable();
            found.dedup();
            rows = Some(match rows {
                None => found,
                Some(rows) => rows.into_iter().filter(|row| found.binary_search(row).is_ok()).collect(),
            });
        }
        let columns: Vec<Option<usize>> = lookup.with.iter().map(|(name, _, _)| indexed.table.column(name)).collect();
        let values = |row: &usize| {
            let row = indexed.table.rows.get(*row);
            let value = |column: &Option<usize>| row.and_then(|row| row.get((*column)?)).cloned().unwrap_or_default();
            columns.iter().map(value).collect()
        };
        rows.unwrap_or_default().iter().map(values).collect()
    }

    /// What a model answers.
    pub(crate) fn complete(self, inference_id: &str, prompt: &str) -> Option<String> {
        self.resources?.completion.as_ref()?.complete(inference_id, prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::expr::Expr;

    #[test]
    fn tables_that_are_not_those_of_the_rule() {
        let lookup = Lookup {
            table: "owners".into(),
            on: vec![(Expr::Column(0), Some("user.name".into()))],
            with: vec![("team".into(), 1, Type::Keyword)],
            multiplies: true,
        };
        let table = |columns: &[(&str, Type)], rows: usize| Table {
            columns: columns.iter().map(|(name, _)| Arc::from(*name)).collect(),
            rows: vec![vec![Value::Null; columns.len()]; rows],
            types: columns.iter().map(|(_, kind)| *kind).collect(),
        };
        let says = |columns: &[(&str, Type)], rows| lookup.lacks(Some(&table(columns, rows)));
        let (name, team) = (("user.name", Type::Keyword), ("team", Type::Keyword));
        assert_eq!(lookup.lacks(None).as_deref(), Some("is not given"));
        assert_eq!(says(&[team], 1).as_deref(), Some("has no column `user.name`"));
        assert_eq!(says(&[name], 1).as_deref(), Some("has no column `team`"));
        let long = [name, ("team", Type::Long)];
        assert_eq!(says(&long, 1).as_deref(), Some("has a column `team` of the type long and not keyword"));
        // a table without a row tells no types
        assert_eq!(says(&long, 0), None);
        assert_eq!(says(&[team, name], 1), None);
    }
}
