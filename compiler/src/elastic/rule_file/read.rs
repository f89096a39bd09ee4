//! Tables of a TOML file, read field by field: a wrong type is an error at its place, and what nobody asked for is kept.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::Value as Json;
use toml::Spanned as TomlSpanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostics, closest};
use crate::elastic::ast::Scalar;
use crate::source::{FileId, Span, Spanned};

/// A value with its place.
pub(super) type Node<'t> = TomlSpanned<DeValue<'t>>;

/// A table that is being read.
pub(super) struct Table<'t, 'd> {
    file: FileId,
    /// `rule.threshold.`, as messages name its keys.
    prefix: String,
    entries: &'t DeTable<'t>,
    span: Range<usize>,
    asked: BTreeSet<&'static str>,
    pub(super) diags: &'d mut Diagnostics,
}

impl<'t, 'd> Table<'t, 'd> {
    pub(super) fn new(
        file: FileId,
        prefix: impl Into<String>,
        entries: &'t DeTable<'t>,
        span: Range<usize>,
        diags: &'d mut Diagnostics,
    ) -> Self {
        Self { file, prefix: prefix.into(), entries, span, asked: BTreeSet::new(), diags }
    }

    pub(super) fn span(&self) -> Span {
        Span::new(self.file, self.span.start, self.span.end)
    }

    fn at(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    /// The value of a key.
    pub(super) fn node(&mut self, key: &'static str) -> Option<&'t Node<'t>> {
        self.asked.insert(key);
        self.entries.get(key)
    }

    /// A value that must be there.
    pub(super) fn missing(&mut self, key: &str, next: &str) {
        let message = format!("`{}{key}` is missing", self.prefix);
        self.diags.push(Code::MissingRuleField.at(Span { end: self.span().start, ..self.span() }, message).help(next));
    }

    fn wrong(&mut self, key: &str, node: &Node<'_>, expected: &str) {
        let message = format!("`{}{key}` is {}, not {expected}", self.prefix, kind(node.get_ref()));
        let place = self.at(node.span());
        self.diags.push(Code::WrongType.at(place, message).help(format!("write {expected}")));
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let node = self.node(key)?;
        if let DeValue::String(text) = node.get_ref() {
            Some(Spanned::new(text.to_string(), self.at(node.span())))
        } else {
            self.wrong(key, node, "a text");
            None
        }
    }

    pub(super) fn plain_text(&mut self, key: &'static str) -> Option<String> {
        self.text(key).map(|text| text.value)
    }

    pub(super) fn bool(&mut self, key: &'static str) -> Option<bool> {
        let node = self.node(key)?;
        if let DeValue::Boolean(value) = node.get_ref() {
            Some(*value)
        } else {
            self.wrong(key, node, "true or false");
            None
        }
    }

    /// A whole number in a range.
    pub(super) fn integer(&mut self, key: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let node = self.node(key)?;
        let expected = || match *range.end() {
            u64::MAX => format!("a whole number from {}", range.start()),
            end => format!("a whole number from {} to {end}", range.start()),
        };
        match integer(node.get_ref()) {
            Some(number) if u64::try_from(number).is_ok_and(|number| range.contains(&number)) => {
                u64::try_from(number).ok()
            }
            Some(number) => {
                let (message, place) = (format!("`{}{key}` is {number}", self.prefix), self.at(node.span()));
                self.diags.push(Code::WrongType.at(place, message).help(format!("write {}", expected())));
                None
            }
            None => {
                self.wrong(key, node, &expected());
                None
            }
        }
    }

    /// A number, whole or not.
    pub(super) fn number(&mut self, key: &'static str) -> Option<Spanned<f64>> {
        let node = self.node(key)?;
        let number = match node.get_ref() {
            DeValue::Integer(_) | DeValue::Float(_) => number(node.get_ref()),
            _ => None,
        };
        if number.is_none() {
            self.wrong(key, node, "a number");
        }
        number.map(|value| Spanned::new(value, self.at(node.span())))
    }

    /// A list of texts. One text alone is taken as a list of one, as Kibana does for some fields.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Spanned<String>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        match node.get_ref() {
            DeValue::String(text) => vec![Spanned::new(text.to_string(), self.at(node.span()))],
            DeValue::Array(members) => {
                let mut texts = Vec::with_capacity(members.len());
                for member in members {
                    match member.get_ref() {
                        DeValue::String(text) => texts.push(Spanned::new(text.to_string(), self.at(member.span()))),
                        _ => self.wrong(key, member, "a text"),
                    }
                }
                texts
            }
            _ => {
                self.wrong(key, node, "a list of texts");
                Vec::new()
            }
        }
    }

    pub(super) fn plain_texts(&mut self, key: &'static str) -> Vec<String> {
        self.texts(key).into_iter().map(|text| text.value).collect()
    }

    /// A table below this one.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Table<'t, '_>> {
        let node = self.node(key)?;
        if let DeValue::Table(table) = node.get_ref() {
            return Some(Table::new(self.file, format!("{}{key}.", self.prefix), table, node.span(), self.diags));
        }
        self.wrong(key, node, "a table");
        None
    }

    /// A list of tables; one table alone is a list of one.
    pub(super) fn tables<T>(&mut self, key: &'static str, mut read: impl FnMut(Table<'t, '_>) -> Option<T>) -> Vec<T> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let mut found = Vec::new();
        let nodes: Vec<&Node<'t>> = match node.get_ref() {
            DeValue::Array(members) => members.iter().collect(),
            _ => vec![node],
        };
        for node in nodes {
            match node.get_ref() {
                DeValue::Table(table) => {
                    let prefix = format!("{}{key}.", self.prefix);
                    found.extend(read(Table::new(self.file, prefix, table, node.span(), self.diags)));
                }
                _ => self.wrong(key, node, "a list of tables"),
            }
        }
        found
    }

    /// Every key with its value: for tables whose keys are names of their own. Counts as asked for.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'t str, Span, &'t Node<'t>)> + use<'t> {
        let file = self.file;
        self.entries.iter().map(move |(key, node)| {
            let span = key.span();
            (key.get_ref().as_ref(), Span::new(file, span.start, span.end), node)
        })
    }

    /// What nobody asked for, as JSON.
    pub(super) fn rest(&self) -> impl Iterator<Item = (String, Json)> + '_ {
        let unasked = self.entries.iter().filter(|(key, _)| !self.asked.contains(key.get_ref().as_ref()));
        unasked.map(|(key, node)| (format!("{}{}", self.prefix, key.get_ref()), json(node.get_ref())))
    }

    /// Warns of keys that nobody asked for: in a table that has no keys of others they are mistakes.
    pub(super) fn no_others(&mut self) {
        self.unknown_keys(false);
    }

    /// Warns of keys that nobody asked for and that look like one that somebody did.
    pub(super) fn no_misspelt(&mut self) {
        self.unknown_keys(true);
    }

    fn unknown_keys(&mut self, only_misspelt: bool) {
        for key in self.entries.keys() {
            let name = key.get_ref().as_ref();
            if self.asked.contains(name) {
                continue;
            }
            let near = closest(name, self.asked.iter().copied());
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if only_misspelt => continue,
                None => {
                    let known: Vec<String> = self.asked.iter().map(|key| format!("`{key}`")).collect();
                    format!("the keys here are {}", known.join(", "))
                }
            };
            let message = format!("`{}{}` is not known and has no effect", self.prefix, crate::elastic::short(name));
            let span = key.span();
            self.diags.push(Code::ContentIgnored.at(Span::new(self.file, span.start, span.end), message).help(help));
        }
    }

    pub(super) fn scalar_of(&self, node: &Node<'_>) -> Option<Spanned<Scalar>> {
        let scalar = match node.get_ref() {
            DeValue::String(text) => Scalar::Text(text.to_string()),
            DeValue::Boolean(value) => Scalar::Boolean(*value),
            value @ DeValue::Integer(_) => Scalar::Integer(integer(value)?),
            value @ DeValue::Float(_) => Scalar::Float(number(value)?),
            DeValue::Datetime(date) => Scalar::Text(date.to_string()),
            DeValue::Array(_) | DeValue::Table(_) => return None,
        };
        Some(Spanned::new(scalar, self.at(node.span())))
    }

    /// A table that is the value of a node of this table.
    pub(super) fn table_of<'s>(&'s mut self, key: &str, node: &'t Node<'t>) -> Option<Table<'t, 's>> {
        let DeValue::Table(table) = node.get_ref() else { return None };
        Some(Table::new(self.file, format!("{}{key}.", self.prefix), table, node.span(), self.diags))
    }

    pub(super) fn place(&self, node: &Node<'_>) -> Span {
        self.at(node.span())
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    }
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "scores and counts are far below 2^53")]
        DeValue::Integer(_) => integer(value).map(|number| number as f64),
        DeValue::Float(number) => number.as_str().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Depth is bounded by the parser.
pub(super) fn json(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(text) => Json::String(text.to_string()),
        DeValue::Integer(number) => integer(value).map_or_else(|| Json::String(number.to_string()), Json::from),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map_or_else(|| Json::String(number.to_string()), Json::Number),
        DeValue::Boolean(value) => Json::Bool(*value),
        DeValue::Datetime(date) => Json::String(date.to_string()),
        DeValue::Array(members) => Json::Array(members.iter().map(|member| json(member.get_ref())).collect()),
        DeValue::Table(table) => {
            let members = table.iter().map(|(key, node)| (key.get_ref().to_string(), json(node.get_ref())));
            Json::Object(members.collect())
        }
    }
}
