//! The processing commands that look at rows one by one.

use sigil_runtime::table::pipeline::{Operator, SortKey};
use sigil_runtime::table::{Expr, Type, Value};

use super::scope::{Column, Kept};
use super::{Analyzer, MAX_COLUMNS, MAX_PATTERNS, Typed};
use crate::diagnostic::Code;
use crate::elastic::esql::ast::{
    self, Command, CommandKind, Limit, Literal, Name, NamePattern, Nulls, Order, PatternPart, PatternPiece, Renaming,
};
use crate::elastic::short;
use crate::source::{Span, Spanned};

impl Analyzer<'_> {
    /// A processing command.
    pub(super) fn command(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::Where(condition) => {
                if let Some(condition) = self.condition(condition, "`WHERE`") {
                    self.operators.push(Operator::Where(condition.expr));
                }
            }
            CommandKind::Eval(columns) => self.eval(columns),
            CommandKind::Keep(names) => self.keep(names),
            CommandKind::Drop(names) => self.drop_columns(names),
            CommandKind::Rename(renamings) => renamings.iter().for_each(|renaming| self.rename(renaming)),
            CommandKind::Stats(stats) => self.stats(stats, false),
            CommandKind::InlineStats(stats) => self.stats(stats, true),
            CommandKind::Sort(keys) => self.sort(keys),
            CommandKind::Limit(limit) => self.limit(limit),
            CommandKind::MvExpand(name) => self.mv_expand(name),
            CommandKind::Dissect(dissect) => self.dissect(dissect),
            CommandKind::Grok(grok) => self.grok(grok),
            CommandKind::Enrich(enrich) => self.enrich(enrich),
            CommandKind::LookupJoin(join) => self.lookup_join(join),
            CommandKind::Completion(completion) => self.completion(completion, command.span),
            CommandKind::Sample(probability) => self.sample(probability),
            CommandKind::ChangePoint(_) => drop(self.unsupported::<()>("CHANGE_POINT")),
            CommandKind::Fork(_) => drop(self.unsupported::<()>("FORK")),
            CommandKind::Fuse(_) => drop(self.unsupported::<()>("FUSE")),
            CommandKind::Rerank(_) => drop(self.unsupported::<()>("RERANK")),
            CommandKind::MetricsInfo => drop(self.unsupported::<()>("METRICS_INFO")),
            CommandKind::TsInfo => drop(self.unsupported::<()>("TS_INFO")),
            CommandKind::Extract(extract) => drop(self.unsupported::<()>(extract.what.as_str())),
        }
        self.step(command.to_string(), command.span);
    }

    /// A condition; `what` asks for it.
    pub(super) fn condition(&mut self, condition: &ast::Expr, what: &str) -> Option<Typed> {
        let typed = self.expr(condition)?;
        match typed.kind {
            Type::Boolean | Type::Null => Some(typed),
            _ if self.want(&typed, Type::Boolean) => Some(typed),
            _ => self.wrong_type(&typed, "boolean", what),
        }
    }

    /// `EVAL` and `ROW`.
    pub(super) fn eval(&mut self, columns: &[ast::Column]) {
        for column in columns {
            let name = self.name_of_column(column.name.as_ref(), &column.value);
            let value = self.expr(&column.value);
            let Some(name) = name else { continue };
            self.define(name, value);
        }
    }

    /// A column of this name gets this value.
    pub(super) fn define(&mut self, name: String, value: Option<Typed>) {
        let Some(value) = value else { return self.failed(name) };
        if self.too_many(value.span) {
            return;
        }
        // another name of a field of the event stays that field, but for the text operators
        let slot = self.slots.add();
        self.operators.push(Operator::Eval(slot, value.expr));
        let column = Column { slot, kind: value.kind, guess: value.guess, field: None, order: 0, failed: false };
        self.scope.add(name, column);
    }

    /// A column without a value, as an error was told.
    pub(super) fn failed(&mut self, name: String) {
        let column = Column { slot: 0, kind: Type::Null, guess: None, field: None, order: 0, failed: true };
        self.scope.add(name, column);
    }

    fn too_many(&mut self, span: Span) -> bool {
        if self.scope.len() < MAX_COLUMNS {
            return false;
        }
        let message = format!("the query has more than {MAX_COLUMNS} columns");
        self.diags.push(Code::QueryTooDeep.at(span, message).help("drop those that are not needed"));
        true
    }

    /// A new column without a value yet.
    pub(super) fn new_column(&mut self, name: String, kind: Type) -> u32 {
        let slot = self.slots.add();
        self.scope.add(name, Column { slot, kind, guess: None, field: None, order: 0, failed: false });
        slot
    }

    /// What a column is called: its name, or else the text of its value (ES|QL reference, "EVAL").
    pub(super) fn name_of_column(&mut self, name: Option<&Name>, value: &ast::Expr) -> Option<String> {
        match (name, &value.kind) {
            (Some(name), _) | (None, ast::ExprKind::Field(name)) => self.name(name),
            (None, _) => Some(self.text(value.span).unwrap_or_else(|| value.to_string())),
        }
    }

    /// The text of a pattern, and whether `*` stands for any text in it.
    fn pattern(&mut self, pattern: &NamePattern) -> Option<Kept> {
        if let Some(text) = pattern.text() {
            return Some(Kept { text, wild: false });
        }
        let mut text = String::new();
        let mut wild = false;
        for (at, part) in pattern.parts.iter().enumerate() {
            if at > 0 {
                text.push('.');
            }
            match part {
                PatternPart::Name(pieces) => {
                    for piece in pieces {
                        match piece {
                            PatternPiece::Text(piece) => text.push_str(piece),
                            PatternPiece::Any => {
                                wild = true;
                                text.push('*');
                            }
                        }
                    }
                }
                PatternPart::Parameter(parameter) => text.push_str(&self.name_of(parameter, pattern.span)?),
            }
        }
        if wild {
            self.patterns += 1;
            if self.patterns > MAX_PATTERNS {
                let message = format!("the query has more than {MAX_PATTERNS} names with `*`");
                return self.error(
                    Code::QueryTooDeep,
                    pattern.span,
                    message,
                    "name the columns, or use shorter patterns",
                );
            }
        }
        Some(Kept { text, wild })
    }

    /// A name without wildcards.
    pub(super) fn plain(&mut self, pattern: &NamePattern) -> Option<String> {
        let kept = self.pattern(pattern)?;
        if kept.wild {
            let message = format!("`{}` stands for several columns", short(&kept.text));
            return self.error(Code::QuerySyntax, pattern.span, message, "write the name of one column, without `*`");
        }
        Some(kept.text)
    }

    fn keep(&mut self, names: &[NamePattern]) {
        let mut members = Vec::new();
        let mut spans = Vec::new();
        for name in names {
            let Some(kept) = self.pattern(name) else { continue };
            if !kept.wild {
                // a field that is named here for the first time becomes a column, and a wrong name an error
                let known = self.column(&kept.text, name.span).is_some();
                if !known && self.scope.get(&kept.text).is_none() {
                    self.failed(kept.text.clone());
                }
            }
            members.push(kept);
            spans.push(name.span);
        }
        let open = self.scope.is_open();
        if std::mem::take(&mut self.unseen) && self.of_events {
            for kept in members.iter().filter(|kept| kept.wild && kept.text != "*") {
                if !self.scope.names().any(|name| sigil_runtime::stars::matches(&kept.text, name)) {
                    self.unseen_fields(&kept.text);
                }
            }
        }
        let unmatched = self.scope.keep(&members);
        for at in unmatched {
            let (Some(kept), Some(span)) = (members.get(at), spans.get(at)) else { continue };
            // fields of events may match that are not named
            let is_double = members.iter().skip(at + 1).any(|later| later.text == kept.text);
            if !(is_double || open && kept.wild) {
                self.nothing_like(&kept.text, *span);
            }
        }
    }

    fn nothing_like(&mut self, pattern: &str, span: Span) {
        let message = format!("no column here is like `{}`", short(pattern));
        let names: Vec<String> = self.scope.names().take(8).map(|name| format!("`{}`", short(name))).collect();
        let help =
            if names.is_empty() { "remove it".to_owned() } else { format!("columns here are {}", names.join(", ")) };
        self.diags.push(Code::UnknownColumn.at(span, message).help(help));
    }

    /// All names are looked for among the columns that are there before any goes.
    fn drop_columns(&mut self, names: &[NamePattern]) {
        let mut dropped = Vec::new();
        for name in names {
            let Some(kept) = self.pattern(name) else { continue };
            if kept.wild && kept.text == "*" {
                let help = "name the columns that are not wanted, or those that are by `KEEP`";
                self.error::<()>(Code::QuerySyntax, name.span, "`DROP *` leaves no column", help);
            } else if kept.wild {
                let is_there = self.scope.names().any(|name| sigil_runtime::stars::matches(&kept.text, name));
                if !is_there && !self.scope.is_open() {
                    self.nothing_like(&kept.text, name.span);
                }
                dropped.push(kept);
            } else if self.column(&kept.text, name.span).is_some() || self.scope.get(&kept.text).is_some() {
                dropped.push(kept);
            }
        }
        for kept in dropped {
            if kept.wild {
                self.scope.drop_like(&kept.text);
            } else {
                self.scope.remove(&kept.text);
            }
        }
    }

    fn rename(&mut self, renaming: &Renaming) {
        let old = self.plain(&renaming.old);
        let new = self.plain(&renaming.new);
        let (Some(old), Some(new)) = (old, new) else { return };
        if self.column(&old, renaming.old.span).is_some() || self.scope.get(&old).is_some() {
            self.scope.rename(&old, new);
        } else {
            self.failed(new);
        }
    }

    fn sort(&mut self, keys: &[ast::SortKey]) {
        let mut sorted = Vec::new();
        for key in keys {
            let Some(value) = self.expr(&key.value) else { continue };
            if matches!(value.kind, Type::GeoPoint | Type::Source | Type::DatePeriod | Type::TimeDuration) {
                let message = format!("rows cannot be sorted by values of type `{}`", value.kind);
                self.error::<()>(Code::TypeConflict, value.span, message, "sort by another column");
                continue;
            }
            let descending = match key.order {
                Some(Order::Descending) => true,
                Some(Order::Ascending) | None => false,
            };
            let nulls_first = match key.nulls {
                Some(Nulls::First) => true,
                Some(Nulls::Last) => false,
                None => descending,
            };
            sorted.push(SortKey { value: value.expr, descending, nulls_first });
        }
        if !sorted.is_empty() {
            self.operators.push(Operator::Sort(sorted));
        }
    }

    fn limit(&mut self, limit: &Limit) {
        let by: Option<Vec<Expr>> = limit.by.iter().map(|value| self.expr(value).map(|typed| typed.expr)).collect();
        let count = self.value_of(&limit.count.value, limit.count.span);
        self.limited |= limit.by.is_empty();
        let (Some(by), Some((count, _))) = (by, count) else { return };
        if let Some(count) = count.as_i128().and_then(|count| u64::try_from(count).ok()) {
            self.operators.push(Operator::Limit(count, by));
        } else {
            let help = "write how many rows: `LIMIT 10`";
            self.error::<()>(Code::TypeConflict, limit.count.span, "`LIMIT` takes a whole number from 0", help);
        }
    }

    fn sample(&mut self, probability: &Spanned<Literal>) {
        let Some((value, _)) = self.value_of(&probability.value, probability.span) else { return };
        match value {
            Value::Int(_) | Value::Long(_) | Value::Unsigned(_) | Value::Double(_) => {}
            _ => return self.no_probability(probability.span),
        }
        match value.as_f64() {
            Some(value) if value > 0.0 && value < 1.0 => self.operators.push(Operator::Sample(value)),
            Some(_) | None => self.no_probability(probability.span),
        }
    }

    fn no_probability(&mut self, span: Span) {
        let help = "write the share of rows to keep: `SAMPLE 0.1`";
        self.diags.push(Code::TypeConflict.at(span, "`SAMPLE` takes a number between 0 and 1").help(help));
    }

    fn mv_expand(&mut self, name: &Name) {
        let Some(text) = self.name(name) else { return };
        let Some(column) = self.column(&text, name.span) else { return };
        self.operators.push(Operator::MvExpand(column.slot));
        self.scope.replace(&text, Column { field: None, ..column });
    }
}
