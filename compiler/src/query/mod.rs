//! Runs an ES|QL search over events: what `sigil query --language esql` and tests share.
//!
//! [`mod@crate::elastic::search`] reads the query; here events go through its matcher and become rows ([`Running`]), and rows become a table ([`Found`]), which
//! [`mod@print`] writes.

pub mod print;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use sigil_runtime::event::DecodeError;
use sigil_runtime::table::expr::Warnings;
use sigil_runtime::table::groups::{Limits, RowOrigin};
use sigil_runtime::table::pipeline::{Operator, Row};
use sigil_runtime::table::run::{Kept, Run};
use sigil_runtime::table::tables::{Resources, Table};
use sigil_runtime::table::{Context, Type, Value};
use sigil_runtime::{Engine, EngineError, Session};

use crate::elastic::esql::analyze;
use crate::elastic::search::{DEFAULT_LIMIT, Search};
use crate::optimize;
use crate::plan::{self, link::link};

/// So many rows are kept for a command that needs all of them.
const MOST_ROWS: usize = 5_000_000;

/// A search at work.
pub struct Running {
    search: Search,
    session: Option<Session>,
    run: Run,
    cx: Context,
    resources: Resources,
    next: u64,
    /// More rows than this change nothing.
    enough: Option<usize>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("search", &self.search).field("events", &self.next).finish_non_exhaustive()
    }
}

/// What a search finds: a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Names and types of its columns.
    pub columns: Vec<(Arc<str>, Type)>,
    /// Its rows: a value for each column.
    pub rows: Vec<Vec<Value>>,
    /// What went wrong while values were computed.
    pub warnings: Warnings,
    /// Rows and groups that were left out, because there were too many to keep.
    pub lost: u64,
    /// Rows were cut off, as the query has no limit of its own ([`DEFAULT_LIMIT`]).
    pub cut: bool,
}

impl Running {
    /// A search without events yet; `now` is what `NOW()` gives, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the query is larger than an engine can number.
    pub fn new(search: Search, resources: Resources, now: i64) -> Result<Self, EngineError> {
        Self::with_most_rows(search, resources, now, MOST_ROWS)
    }

    /// As [`Self::new`], with another bound than five million for the rows that a command keeps.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_most_rows(search: Search, resources: Resources, now: i64, most: usize) -> Result<Self, EngineError> {
        let mut cx = Context::at(now);
        let mut run = Run::new(&search.pipeline, Limits::default(), most);
        let mut session = None;
        if search.is_row {
            run.push(&search.pipeline, Vec::new(), RowOrigin::default(), &mut cx, resources.host());
        } else {
            let pack = link(&plan::build("query", vec![optimize::run(search.rule.clone())]));
            session = Some(Engine::new(&[pack])?.session());
        }
        let enough = match search.pipeline.operators.get(search.pipeline.head()) {
            Some(Operator::Limit(count, by)) if by.is_empty() => usize::try_from(*count).ok(),
            _ => None,
        };
        Ok(Self { search, session, run, cx, resources, next: 0, enough })
    }

    /// Takes the next event, in JSON.
    ///
    /// # Errors
    /// When the text is not one JSON object; nothing is taken then.
    pub fn push(&mut self, event: &[u8]) -> Result<(), DecodeError> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let rows = session.rows(event)?;
        let origin = RowOrigin { event: self.next, time: 0 };
        self.next += 1;
        if !self.is_complete() {
            for row in rows {
                self.run.push(&self.search.pipeline, row, origin, &mut self.cx, self.resources.host());
            }
        }
        Ok(())
    }

    /// Whether no further event changes what is found.
    pub fn is_complete(&self) -> bool {
        match (&self.run.kept, self.enough) {
            _ if self.session.is_none() => true,
            (Kept::Rows(rows), Some(enough)) => rows.len() >= enough,
            (Kept::Rows(_) | Kept::Groups(_), _) => false,
        }
    }

    /// The table.
    pub fn finish(mut self) -> Found {
        let lost = self.run.lost();
        let (rows, _) = self.run.finish(&self.search.pipeline, usize::MAX, &mut self.cx, self.resources.host());
        let output = &self.search.output;
        let cells = |row: &Row| -> Vec<Value> {
            output.iter().map(|output| row.get(output.slot as usize).cloned().unwrap_or_default()).collect()
        };
        let mut rows: Vec<Vec<Value>> = rows.iter().map(|tagged| cells(&tagged.row)).collect();
        // one row more than the limit tells that there are more
        let most = usize::try_from(DEFAULT_LIMIT).unwrap_or(usize::MAX);
        let cut = self.search.default_limit && rows.len() > most;
        if cut {
            rows.truncate(most);
        }
        let columns = output.iter().map(|output| (Arc::clone(&output.name), output.kind)).collect();
        Found { columns, rows, warnings: self.cx.warnings, lost, cut }
    }
}

/// The columns of a table, as the analysis of a query wants them.
pub fn columns_of(table: &Table) -> analyze::Table {
    let columns = table.columns.iter().zip(table.kinds());
    analyze::Table { columns: columns.map(|(name, kind)| (name.to_string(), kind)).collect() }
}
