//! Commands that ask the caller: `ENRICH`, `LOOKUP JOIN`, `COMPLETION`.

use std::sync::Arc;

use sigil_runtime::table::pipeline::{Lookup, Operator};
use sigil_runtime::table::{Expr, Type};

use super::environment::Table;
use super::{Analyzer, Typed};
use crate::diagnostic::{Code, closest};
use crate::elastic::esql::ast::{
    self, CompareOp, Completion, Enrich, ExprKind, Literal, LookupJoin, Map, MapValue, With,
};
use crate::elastic::short;
use crate::source::Span;

impl<'a> Analyzer<'a> {
    fn table(&mut self, name: &str, span: Span, what: &str) -> Option<&'a Table> {
        let tables = self.env.tables;
        if let Some(table) = tables.get(name) {
            return Some(table);
        }
        let help = match closest(name, tables.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "give a table of this name: `--table NAME=FILE`".to_owned(),
        };
        self.error(Code::UnknownColumn, span, format!("there is no {what} `{}`", short(name)), help)
    }

    fn table_column(&mut self, table: &Table, name: &str, span: Span) -> Option<Type> {
        if let Some((_, kind)) = table.columns.iter().find(|(column, _)| column == name) {
            return Some(*kind);
        }
        let names = table.columns.iter().map(|(column, _)| column.as_str());
        let help = match closest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "its columns are {}",
                names.take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        self.error(Code::UnknownColumn, span, format!("the table has no column `{}`", short(name)), help)
    }

    /// Whether a value can be found in a column of this type.
    fn joins(&mut self, value: &Typed, kind: Type) -> bool {
        let (left, right) = (value.kind, kind);
        let fits = left == right
            || (left.is_text() && right.is_text())
            || (left.is_number() && right.is_number())
            || left == Type::Null
            || self.want(value, right);
        if !fits {
            let message = format!("a value of type `{left}` is never found in a column of type `{right}`");
            let help = self.cast_help(value, right.name());
            self.error::<()>(Code::TypeConflict, value.span, message, help);
        }
        fits
    }

    /// `ENRICH policy ON field WITH new = field`
    pub(super) fn enrich(&mut self, enrich: &Enrich) {
        let Some(table) = self.table(&enrich.policy.value, enrich.policy.span, "policy") else {
            for field in &enrich.with {
                if let Some(name) = self.plain(field.new_name.as_ref().unwrap_or(&field.field)) {
                    self.failed(name);
                }
            }
            return;
        };
        let Some((match_field, match_type)) = table.columns.first() else { return };
        let (name, span) = match &enrich.on {
            Some(on) => (self.plain(on), on.span),
            None => (Some(match_field.clone()), enrich.policy.span),
        };
        let on = name.and_then(|name| self.column(&name, span));
        let mut with = Vec::new();
        if enrich.with.is_empty() {
            for (name, kind) in table.columns.iter().skip(1) {
                with.push((name.clone(), name.clone(), *kind));
            }
        }
        for field in &enrich.with {
            let (new, old) = (field.new_name.as_ref().map(|new| self.plain(new)), self.plain(&field.field));
            let Some(old) = old else { continue };
            let Some(new) = new.unwrap_or_else(|| Some(old.clone())) else { continue };
            match self.table_column(table, &old, field.field.span) {
                Some(kind) => with.push((new, old, kind)),
                None => self.failed(new),
            }
        }
        let with: Vec<_> =
            with.into_iter().map(|(new, old, kind)| (Arc::from(old), self.new_column(new, kind), kind)).collect();
        let Some(on) = on else { return };
        let value = Typed { guess: on.guess, ..Typed::new(Expr::Column(on.slot), on.kind, span) };
        if self.joins(&value, *match_type) {
            self.operators.push(Operator::Lookup(Lookup {
                table: enrich.policy.value.as_str().into(),
                on: vec![(value.expr, None)],
                with,
                multiplies: false,
            }));
        }
    }

    /// `LOOKUP JOIN index ON field`, or `ON left == right`
    pub(super) fn lookup_join(&mut self, join: &LookupJoin) {
        let Some(table) = self.table(&join.index.name.value, join.index.span, "lookup index") else { return };
        let mut on = Vec::new();
        let mut matched = Vec::new();
        for condition in &join.on {
            let Some((left, right)) = self.join_sides(table, condition) else { continue };
            let Some(kind) = self.table_column(table, &right, condition.span) else { continue };
            if self.joins(&left, kind) {
                on.push((left.expr, Some(Arc::from(right.as_str()))));
                matched.push(right);
            }
        }
        let by_name = join.on.iter().all(|condition| matches!(condition.kind, ExprKind::Field(_)));
        let mut with = Vec::new();
        for (name, kind) in &table.columns {
            // fields that are equal by their name are there already
            if !(by_name && matched.contains(name)) {
                with.push((Arc::from(name.as_str()), self.new_column(name.clone(), *kind), *kind));
            }
        }
        let table = join.index.name.value.as_str().into();
        self.operators.push(Operator::Lookup(Lookup { table, on, with, multiplies: true }));
    }

    /// What is looked up, and the column of the table that it is looked up in.
    fn join_sides(&mut self, table: &Table, condition: &ast::Expr) -> Option<(Typed, String)> {
        match &condition.kind {
            ExprKind::Field(name) => {
                let right = self.name(name)?;
                Some((self.field(name)?, right))
            }
            ExprKind::Compare { op, left, right } if op.value == CompareOp::Equal => {
                let (ExprKind::Field(left), ExprKind::Field(right)) = (&left.kind, &right.kind) else {
                    return self.unsupported("LOOKUP JOIN on a condition");
                };
                let (one, other) = (self.name(left)?, self.name(right)?);
                let has = |name: &str| table.columns.iter().any(|(column, _)| column == name);
                // the table's side may stand on the left
                if has(&one) && !has(&other) {
                    return Some((self.field(right)?, one));
                }
                Some((self.field(left)?, other))
            }
            _ => self.unsupported("LOOKUP JOIN on a condition"),
        }
    }

    /// `COMPLETION target = prompt WITH {"inference_id": ".."}`
    pub(super) fn completion(&mut self, completion: &Completion, span: Span) {
        let target = match &completion.target {
            Some(target) => self.name(target),
            None => Some("completion".to_owned()),
        };
        let prompt = self.expr(&completion.prompt);
        let inference = match &completion.with {
            Some(With::Options(map)) => self.inference_id(map),
            Some(With::Inference(name)) => self.name(name),
            None => {
                let help = "write `WITH {\"inference_id\": \"name\"}`";
                self.error(Code::QuerySyntax, span, "`COMPLETION` does not say whom to ask", help)
            }
        };
        let Some(target) = target else { return };
        let prompt = prompt.and_then(|prompt| {
            if prompt.kind.is_text() || prompt.kind == Type::Null {
                return Some(prompt);
            }
            self.wrong_type(&prompt, "a text", "`COMPLETION`")
        });
        match (prompt, inference) {
            (Some(prompt), Some(inference)) => {
                let slot = self.new_column(target, Type::Keyword);
                let inference = inference.as_str().into();
                self.operators.push(Operator::Completion { inference, prompt: prompt.expr, slot });
            }
            (None, _) | (_, None) => self.failed(target),
        }
    }

    fn inference_id(&mut self, map: &Map) -> Option<String> {
        let entry = map.entries.iter().find(|entry| entry.key.value == "inference_id");
        let text = entry.and_then(|entry| match &entry.value {
            MapValue::Literal(literal) => match &literal.value {
                Literal::String(text) => Some(text.value.clone()),
                _ => None,
            },
            MapValue::Map(_) => None,
        });
        if text.is_none() {
            let help = "write `WITH {\"inference_id\": \"name\"}`";
            return self.error(Code::QuerySyntax, map.span, "`inference_id` is missing", help);
        }
        text
    }
}
