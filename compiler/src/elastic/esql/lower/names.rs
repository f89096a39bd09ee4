//! Which names still mean a field of the event.

use std::collections::HashMap;

use super::super::ast::{Arguments, Call, CommandKind, Expr, ExprKind, FunctionName, Name, Renaming};
use super::case::View;
use crate::elastic::schema::{FieldType, Schema};

/// The value of a field of the event, as a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The name of the field.
    pub(super) field: String,
    /// What was done with its texts.
    pub(super) view: View,
    /// There is a row for each of its values.
    pub(super) expanded: bool,
}

/// What columns mean between two commands.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// `None`: something else than a field. Names that are not here mean the field of this name.
    known: HashMap<String, Option<Value>>,
    /// Columns whose names start so are made by a command.
    prefixes: Vec<String>,
    /// There are columns that are named by the text of an expression.
    unnamed: bool,
    /// Any name may mean anything.
    lost: bool,
}

impl Names {
    /// In front of the first command.
    pub(super) fn new<'n>(metadata: impl IntoIterator<Item = &'n str>) -> Self {
        Self { known: metadata.into_iter().map(|name| (name.to_owned(), None)).collect(), ..Self::default() }
    }

    /// The value that an expression has, if it is one of a field.
    pub(super) fn value(&self, expr: &Expr, schema: &Schema) -> Option<Value> {
        match &expr.kind {
            ExprKind::Field(name) => self.named(&name.text()?, schema),
            ExprKind::Cast { value, types } => {
                let to_text = types.iter().all(|to| is_text(&to.value));
                self.value(value, schema).filter(|value| to_text && holds_texts(value, schema))
            }
            ExprKind::Call(Call {
                name: FunctionName::Name(function),
                arguments: Arguments::Values { values, options: None },
            }) => {
                let [argument] = values.as_slice() else { return None };
                let value = self.value(argument, schema).filter(|value| holds_texts(value, schema))?;
                match function.value.to_ascii_lowercase().as_str() {
                    "to_string" | "to_str" => Some(value),
                    "to_lower" if value.view != View::Upper => Some(Value { view: View::Lower, ..value }),
                    "to_upper" if value.view != View::Lower => Some(Value { view: View::Upper, ..value }),
                    _ => None,
                }
            }
            ExprKind::Literal(_)
            | ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare { .. }
            | ExprKind::IsNull { .. }
            | ExprKind::In { .. }
            | ExprKind::InQuery { .. }
            | ExprKind::Like { .. }
            | ExprKind::Match { .. }
            | ExprKind::Arithmetic { .. }
            | ExprKind::Negative(_)
            | ExprKind::Call(_)
            | ExprKind::Invalid => None,
        }
    }

    fn named(&self, name: &str, schema: &Schema) -> Option<Value> {
        if self.lost || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str())) {
            return None;
        }
        if let Some(value) = self.known.get(name) {
            return value.clone();
        }
        if self.unnamed && schema.field(name).kind == FieldType::Unknown {
            return None;
        }
        Some(Value { field: name.to_owned(), view: View::Plain, expanded: false })
    }

    /// What a command does with names.
    pub(super) fn change(&mut self, command: &CommandKind, schema: &Schema) {
        match command {
            CommandKind::Eval(columns) => {
                for column in columns {
                    match column.name.as_ref().map(Name::text) {
                        Some(Some(name)) => {
                            let value = self.value(&column.value, schema);
                            self.known.insert(name, value);
                        }
                        Some(None) => self.lost = true,
                        None => self.unnamed |= !matches!(column.value.kind, ExprKind::Field(_)),
                    }
                }
            }
            CommandKind::Rename(renamings) => renamings.iter().for_each(|renaming| self.rename(renaming, schema)),
            CommandKind::MvExpand(name) => match name.text() {
                Some(name) => {
                    let value = self.named(&name, schema).map(|value| Value { expanded: true, ..value });
                    self.known.insert(name, value);
                }
                None => self.lost = true,
            },
            CommandKind::Dissect(dissect) => self.hide(dissect_keys(&dissect.pattern.value)),
            CommandKind::Grok(grok) => grok.patterns.iter().for_each(|pattern| self.hide(grok_keys(&pattern.value))),
            CommandKind::Enrich(enrich) => {
                let names = enrich.with.iter().map(|field| field.new_name.as_ref().unwrap_or(&field.field).text());
                match names.collect::<Option<Vec<_>>>() {
                    Some(names) if !names.is_empty() => self.hide(names),
                    // all fields of the policy
                    Some(_) | None => self.lost = true,
                }
            }
            CommandKind::Extract(extract) => match extract.prefix.text() {
                Some(prefix) => self.prefixes.push(prefix),
                None => self.lost = true,
            },
            // columns of the table come over those of the row
            CommandKind::LookupJoin(_) => self.lost = true,
            // what is dropped cannot be named any more
            CommandKind::Drop(_) | CommandKind::Keep(_) => {}
            CommandKind::Where(_) => {}
            CommandKind::ChangePoint(_)
            | CommandKind::Completion(_)
            | CommandKind::Fork(_)
            | CommandKind::Fuse(_)
            | CommandKind::InlineStats(_)
            | CommandKind::Limit(_)
            | CommandKind::MetricsInfo
            | CommandKind::Rerank(_)
            | CommandKind::Sample(_)
            | CommandKind::Sort(_)
            | CommandKind::Stats(_)
            | CommandKind::TsInfo => self.lost = true,
        }
    }

    fn rename(&mut self, renaming: &Renaming, schema: &Schema) {
        match (renaming.old.text(), renaming.new.text()) {
            (Some(old), Some(new)) => {
                let value = self.named(&old, schema);
                self.known.insert(old, None);
                self.known.insert(new, value);
            }
            (None, _) | (_, None) => self.lost = true,
        }
    }

    /// These names mean something else from now on.
    fn hide(&mut self, names: impl IntoIterator<Item = String>) {
        self.known.extend(names.into_iter().map(|name| (name, None)));
    }
}

fn is_text(type_name: &str) -> bool {
    ["string", "keyword", "text"].iter().any(|name| name.eq_ignore_ascii_case(type_name))
}

/// Whether a conversion to text changes nothing.
fn holds_texts(value: &Value, schema: &Schema) -> bool {
    match schema.field(&value.field).kind {
        FieldType::Keyword | FieldType::Wildcard | FieldType::Caseless | FieldType::Text | FieldType::Unknown => true,
        FieldType::Integer
        | FieldType::Float
        | FieldType::Boolean
        | FieldType::Date
        | FieldType::Ip
        | FieldType::Object
        | FieldType::Nested
        | FieldType::Flattened
        | FieldType::Other => false,
    }
}

/// What stands between `open` and `close`, each time.
fn between<'t>(text: &'t str, open: &'static str, close: char) -> impl Iterator<Item = &'t str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close)).map(|(inner, _)| inner)
}

/// The columns that a pattern of `DISSECT` makes: `%{+name/1->}`.
fn dissect_keys(pattern: &str) -> Vec<String> {
    let keys = between(pattern, "%{", '}').map(|key| {
        let key = key.trim_start_matches(['+', '?', '*', '&']);
        let key = key.strip_suffix("->").unwrap_or(key);
        key.rsplit_once('/').map_or(key, |(key, _)| key).to_owned()
    });
    keys.collect()
}

/// The columns that a pattern of `GROK` makes: `%{WORD:name:type}`, `(?<name>..)`.
fn grok_keys(pattern: &str) -> Vec<String> {
    let used = between(pattern, "%{", '}').filter_map(|key| key.split(':').nth(1));
    used.chain(between(pattern, "(?<", '>')).map(str::to_owned).collect()
}
