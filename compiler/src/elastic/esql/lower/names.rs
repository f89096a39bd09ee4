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

/// What a column means.
#[derive(Clone, Debug)]
enum Meaning<'q> {
    /// The value of a field.
    Field(Value),
    /// `METADATA _ignored`, or one of its values.
    Ignored,
    /// What an `EVAL` computes of the columns as they were then.
    Computed(&'q Expr, Moment),
    /// Something else.
    Other,
}

/// Between two changes of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(usize);

/// What columns mean, at every moment so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Names<'q> {
    /// From which moments on names mean what. Names that are not here mean the field of this name.
    known: HashMap<String, Vec<(Moment, Meaning<'q>)>>,
    /// Columns whose names start so are made by a command.
    prefixes: Vec<(Moment, String)>,
    /// From then on there are columns that are named by the text of an expression.
    unnamed: Option<Moment>,
    /// From then on any name may mean anything.
    lost: Option<Moment>,
    now: Moment,
}

impl<'q> Names<'q> {
    /// In front of the first command.
    pub(super) fn new(metadata: impl IntoIterator<Item = &'q str>) -> Self {
        let mut names = Self::default();
        for name in metadata {
            names.set(name.to_owned(), if name == "_ignored" { Meaning::Ignored } else { Meaning::Other });
        }
        names
    }

    /// Behind the last change.
    pub(super) fn now(&self) -> Moment {
        self.now
    }

    /// What was computed for a column, if one is meant, and when.
    pub(super) fn computed(&self, expr: &Expr, at: Moment) -> Option<(&'q Expr, Moment)> {
        let ExprKind::Field(name) = &expr.kind else { return None };
        match self.meaning(&name.text()?, at) {
            Some(Meaning::Computed(expr, then)) => Some((expr, *then)),
            Some(Meaning::Field(_) | Meaning::Ignored | Meaning::Other) | None => None,
        }
    }

    /// Whether a column has the names of fields whose texts are too long for an index, or one of them.
    pub(super) fn is_ignored(&self, expr: &Expr, at: Moment) -> bool {
        let ExprKind::Field(name) = &expr.kind else { return false };
        name.text().is_some_and(|name| matches!(self.meaning(&name, at), Some(Meaning::Ignored)))
    }

    /// The meaning of a name that is not lost and that some command gave it.
    fn meaning(&self, name: &str, at: Moment) -> Option<&Meaning<'q>> {
        let meanings = self.known.get(name).filter(|_| !self.is_lost(name, at))?;
        meanings.iter().rev().find(|(from, _)| *from <= at).map(|(_, meaning)| meaning)
    }

    fn is_lost(&self, name: &str, at: Moment) -> bool {
        let is_made = |(from, prefix): &(Moment, String)| *from <= at && name.starts_with(prefix.as_str());
        self.lost.is_some_and(|from| from <= at) || self.prefixes.iter().any(is_made)
    }

    /// From now on.
    fn set(&mut self, name: String, meaning: Meaning<'q>) {
        self.now.0 += 1;
        self.known.entry(name).or_default().push((self.now, meaning));
    }

    fn lose(&mut self) {
        self.now.0 += 1;
        self.lost.get_or_insert(self.now);
    }

    /// The value that an expression has, if it is one of a field.
    pub(super) fn value(&self, expr: &Expr, at: Moment, schema: &Schema) -> Option<Value> {
        match &expr.kind {
            ExprKind::Field(name) => self.named(&name.text()?, at, schema),
            ExprKind::Cast { value, types } => {
                let to_text = types.iter().all(|to| is_text(&to.value));
                self.value(value, at, schema).filter(|value| to_text && holds_texts(value, schema))
            }
            ExprKind::Call(Call {
                name: FunctionName::Name(function),
                arguments: Arguments::Values { values, options: None },
            }) => {
                let [argument] = values.as_slice() else { return None };
                let value = self.value(argument, at, schema).filter(|value| holds_texts(value, schema))?;
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

    fn named(&self, name: &str, at: Moment, schema: &Schema) -> Option<Value> {
        match self.meaning(name, at) {
            Some(Meaning::Field(value)) => return Some(value.clone()),
            Some(Meaning::Computed(..) | Meaning::Ignored | Meaning::Other) => return None,
            None if self.is_lost(name, at) => return None,
            None => {}
        }
        if self.unnamed.is_some_and(|from| from <= at) && schema.field(name).kind == FieldType::Unknown {
            return None;
        }
        Some(Value { field: name.to_owned(), view: View::Plain, expanded: false })
    }

    /// What a command does with names.
    pub(super) fn change(&mut self, command: &'q CommandKind, schema: &Schema) {
        match command {
            CommandKind::Eval(columns) => {
                for column in columns {
                    match column.name.as_ref().map(Name::text) {
                        Some(Some(name)) => {
                            let value = self.value(&column.value, self.now, schema);
                            let computed = Meaning::Computed(&column.value, self.now);
                            self.set(name, value.map_or(computed, Meaning::Field));
                        }
                        Some(None) => self.lose(),
                        None if matches!(column.value.kind, ExprKind::Field(_)) => {}
                        None => {
                            self.now.0 += 1;
                            self.unnamed.get_or_insert(self.now);
                        }
                    }
                }
            }
            CommandKind::Rename(renamings) => renamings.iter().for_each(|renaming| self.rename(renaming, schema)),
            CommandKind::MvExpand(name) => match name.text() {
                Some(name) => {
                    let value = self.named(&name, self.now, schema).map(|value| Value { expanded: true, ..value });
                    let other = match self.meaning(&name, self.now) {
                        Some(Meaning::Ignored) => Meaning::Ignored,
                        Some(Meaning::Field(_) | Meaning::Computed(..) | Meaning::Other) | None => Meaning::Other,
                    };
                    self.set(name, value.map_or(other, Meaning::Field));
                }
                None => self.lose(),
            },
            CommandKind::Dissect(dissect) => self.hide(dissect_keys(&dissect.pattern.value)),
            CommandKind::Grok(grok) => grok.patterns.iter().for_each(|pattern| self.hide(grok_keys(&pattern.value))),
            CommandKind::Enrich(enrich) => {
                let names = enrich.with.iter().map(|field| field.new_name.as_ref().unwrap_or(&field.field).text());
                match names.collect::<Option<Vec<_>>>() {
                    Some(names) if !names.is_empty() => self.hide(names),
                    // all fields of the policy
                    Some(_) | None => self.lose(),
                }
            }
            CommandKind::Extract(extract) => match extract.prefix.text() {
                Some(prefix) => {
                    self.now.0 += 1;
                    self.prefixes.push((self.now, prefix));
                }
                None => self.lose(),
            },
            // columns of the table come over those of the row
            CommandKind::LookupJoin(_) => self.lose(),
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
            | CommandKind::TsInfo => self.lose(),
        }
    }

    fn rename(&mut self, renaming: &Renaming, schema: &Schema) {
        match (renaming.old.text(), renaming.new.text()) {
            (Some(old), Some(new)) => {
                let value = self.named(&old, self.now, schema).map(Meaning::Field);
                let meaning = value.or_else(|| self.meaning(&old, self.now).cloned());
                self.set(old, Meaning::Other);
                self.set(new, meaning.unwrap_or(Meaning::Other));
            }
            (None, _) | (_, None) => self.lose(),
        }
    }

    /// These names mean something else from now on.
    fn hide(&mut self, names: impl IntoIterator<Item = String>) {
        names.into_iter().for_each(|name| self.set(name, Meaning::Other));
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
