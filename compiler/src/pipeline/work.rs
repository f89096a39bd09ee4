//! A rule while pipelines work on it.
//!
//! Most pipelines only rename fields, and rules may hold thousands of values: the tree borrows the rule's items and notes new names beside them.
//! An item is cloned when its values change, and the rule when somebody asks for it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use indexmap::IndexMap;

use super::{Added, Body};
use crate::sigma::ast;
use crate::source::{Span, Spanned};

/// A rule, its log source conditions, and what is known of the steps so far.
#[derive(Debug)]
pub(super) struct Work<'r, 'p> {
    /// As the author wrote it.
    pub rule: &'r ast::Rule,
    /// As changed.
    pub logsource: ast::LogSource,
    /// Selections; `None` where nothing was left of one.
    pub selections: Vec<(&'r str, Span, Option<Node<'r, 'p>>)>,
    /// Conditions on the log source, and whether they are negated.
    pub added: Vec<(Node<'r, 'p>, bool)>,
    /// `fields`, where changed.
    pub shown: Option<Vec<String>>,
    /// Attributes set by pipelines.
    pub attributes: IndexMap<String, ast::Value>,
    /// What `set_state` set.
    pub state: BTreeMap<&'p str, &'p ast::Value>,
    /// Transformations applied to the rule, by id.
    pub applied: BTreeSet<&'p str>,
    /// Transformations applied to a field, by the name it has now.
    pub field_applied: HashMap<String, BTreeSet<&'p str>>,
    /// Whether the detection has another shape than the author's.
    pub reshaped: bool,
    /// Whether any step changed anything that bears on verdicts.
    pub touched: bool,
}

/// A selection or a part of one.
#[derive(Clone, Debug)]
pub(super) enum Node<'r, 'p> {
    /// Every part holds.
    Map(Vec<Part<'r, 'p>>),
    /// Some member holds.
    List(Vec<(Node<'r, 'p>, Span)>),
    /// A keyword.
    Keyword(&'r ast::Value),
}

/// A part of a map.
#[derive(Clone, Debug)]
pub(super) enum Part<'r, 'p> {
    /// A line of it.
    Item(Entry<'r, 'p>),
    /// What stands in the place of a line.
    Node(Node<'r, 'p>, Span),
}

/// An item.
#[derive(Clone, Debug)]
pub(super) struct Entry<'r, 'p> {
    /// The author's, or a changed one.
    pub item: Cow<'r, ast::Item>,
    /// Its field's new name.
    pub renamed: Option<String>,
    /// Under `fieldref`: new names, value by value.
    pub references: Option<Vec<String>>,
    /// Transformations applied to it, by id.
    pub applied: Vec<&'p str>,
}

/// What becomes of an item.
pub(super) enum Outcome<'r, 'p> {
    /// This item.
    Keep(Entry<'r, 'p>),
    /// Nothing.
    Drop,
    /// Any of these.
    AnyOf(Vec<Entry<'r, 'p>>),
    /// All of these.
    AllOf(Vec<Entry<'r, 'p>>),
}

impl<'r> Entry<'r, '_> {
    /// An item that nothing was done to yet.
    pub(super) fn new(item: Cow<'r, ast::Item>) -> Self {
        Self { item, renamed: None, references: None, applied: Vec::new() }
    }

    /// The field's name as it is now.
    pub(super) fn field(&self) -> Option<&str> {
        self.renamed.as_deref().or_else(|| self.item.field.as_ref().map(|field| field.value.as_str()))
    }

    /// Whether the item has this modifier.
    pub(super) fn has(&self, modifier: ast::Modifier) -> bool {
        self.item.modifiers.iter().any(|m| m.value == modifier)
    }

    /// The values; none for blocks.
    pub(super) fn values(&self) -> &[Spanned<ast::Value>] {
        match &self.item.body {
            ast::ItemBody::Values { values, .. } => values,
            ast::ItemBody::Block(_) | ast::ItemBody::Elements(_) | ast::ItemBody::Search(_) => &[],
        }
    }

    /// The item with everything noted beside it.
    pub(super) fn to_item(&self) -> ast::Item {
        let mut item = self.item.clone().into_owned();
        if let (Some(name), Some(field)) = (&self.renamed, &mut item.field) {
            field.value.clone_from(name);
        }
        if let (Some(names), ast::ItemBody::Values { values, .. }) = (&self.references, &mut item.body) {
            for (value, name) in values.iter_mut().zip(names) {
                value.value = ast::Value::String(name.clone());
            }
        }
        item
    }
}

impl<'r> Work<'r, '_> {
    /// A rule that nothing was done to yet.
    pub(super) fn new(rule: &'r ast::Rule) -> Self {
        Self {
            rule,
            logsource: rule.logsource.clone(),
            selections: rule
                .detection
                .selections
                .iter()
                .map(|(name, search)| (name.as_str(), search.span, Some(node(&search.value))))
                .collect(),
            added: Vec::new(),
            shown: None,
            attributes: IndexMap::new(),
            state: BTreeMap::new(),
            applied: BTreeSet::new(),
            field_applied: HashMap::new(),
            reshaped: false,
            touched: false,
        }
    }

    /// The conditions on the log source.
    pub(super) fn conditions(&self) -> Vec<Added> {
        self.added.iter().map(|(node, negated)| Added { search: search(node), negated: *negated }).collect()
    }

    /// What became of the detection; `None` if nothing is left of it.
    pub(super) fn body(&self) -> Option<Body> {
        match self.renames() {
            Some(names) => Some(Body::Renamed(names)),
            None => self.rewritten().map(|rule| Body::Rewritten(Box::new(rule))),
        }
    }

    /// New names by the author's, if names are all that changed and each name has one successor everywhere.
    fn renames(&self) -> Option<IndexMap<String, String>> {
        if self.reshaped {
            return None;
        }
        let mut names: IndexMap<&str, &str> = IndexMap::new();
        let mut consistent = true;
        for (_, _, selection) in &self.selections {
            let Some(selection) = selection else { return None };
            visit(selection, &mut |entry| {
                if let (Some(from), Some(to)) = (&entry.item.field, entry.field()) {
                    consistent &= *names.entry(from.value.as_str()).or_insert(to) == to;
                }
                if entry.has(ast::Modifier::FieldRef) {
                    for (at, value) in entry.values().iter().enumerate() {
                        let ast::Value::String(from) = &value.value else { continue };
                        let to = entry.references.as_ref().and_then(|names| names.get(at)).unwrap_or(from);
                        consistent &= *names.entry(from.as_str()).or_insert(to.as_str()) == to;
                    }
                }
                consistent &= matches!(entry.item, Cow::Borrowed(_));
            });
        }
        consistent.then(|| {
            names
                .into_iter()
                .filter(|(from, to)| from != to)
                .map(|(from, to)| (from.to_owned(), to.to_owned()))
                .collect()
        })
    }

    fn rewritten(&self) -> Option<ast::Rule> {
        let detection = &self.rule.detection;
        let kept: IndexMap<String, Spanned<ast::Search>> = self
            .selections
            .iter()
            .filter_map(|(name, span, node)| Some(((*name).to_owned(), Spanned::new(search(node.as_ref()?), *span))))
            .collect();
        let before: Vec<&str> = self.selections.iter().map(|(name, ..)| *name).collect();
        let mut conditions = Vec::new();
        let mut condition_texts = Vec::new();
        for (at, condition) in detection.conditions.iter().enumerate() {
            let kept = if kept.len() == before.len() {
                Some(condition.value.clone())
            } else {
                prune(&condition.value, &before, &kept)
            };
            if let Some(kept) = kept {
                conditions.push(Spanned::new(kept, condition.span));
                condition_texts.extend(detection.condition_texts.get(at).cloned());
            }
        }
        if conditions.is_empty() {
            return None;
        }
        let mut meta = self.rule.meta.clone();
        if let Some(shown) = &self.shown {
            meta.fields.clone_from(shown);
        }
        meta.custom.extend(self.attributes.iter().map(|(name, value)| (name.clone(), super::value::to_json(value))));
        Some(ast::Rule {
            meta,
            version: self.rule.version,
            logsource: self.logsource.clone(),
            detection: ast::Detection {
                selections: kept,
                conditions,
                condition_texts,
                timeframe: detection.timeframe.clone(),
            },
            span: self.rule.span,
        })
    }
}

/// Calls `f` for every item, in order.
pub(super) fn visit<'n, 'r, 'p>(node: &'n Node<'r, 'p>, f: &mut dyn FnMut(&'n Entry<'r, 'p>)) {
    match node {
        Node::Map(parts) => {
            for part in parts {
                match part {
                    Part::Item(entry) => f(entry),
                    Part::Node(inner, _) => visit(inner, f),
                }
            }
        }
        Node::List(members) => members.iter().for_each(|(member, _)| visit(member, f)),
        Node::Keyword(_) => {}
    }
}

/// Replaces every item by what `f` makes of it; `None` if nothing is left. Keywords are shown to `f` only where `keywords` is set.
pub(super) fn rewrite<'r, 'p>(
    node: Node<'r, 'p>,
    span: Span,
    keywords: bool,
    f: &mut dyn FnMut(Entry<'r, 'p>) -> Outcome<'r, 'p>,
) -> Option<Node<'r, 'p>> {
    match node {
        Node::Map(parts) => {
            let empty = parts.is_empty();
            let mut kept = Vec::with_capacity(parts.len());
            for part in parts {
                match part {
                    Part::Item(entry) => place(f(entry), &mut kept),
                    Part::Node(inner, span) => {
                        kept.extend(rewrite(inner, span, keywords, f).map(|node| Part::Node(node, span)));
                    }
                }
            }
            (empty || !kept.is_empty()).then_some(Node::Map(kept))
        }
        Node::List(members) => {
            let empty = members.is_empty();
            let mut kept = Vec::with_capacity(members.len());
            for (member, span) in members {
                match rewrite(member, span, keywords, f) {
                    // a choice within a choice is one choice: repeated mappings do not nest
                    Some(Node::Map(mut parts)) if matches!(parts[..], [Part::Node(Node::List(_), _)]) => {
                        if let Some(Part::Node(Node::List(inner), _)) = parts.pop() {
                            kept.extend(inner);
                        }
                    }
                    Some(other) => kept.push((other, span)),
                    None => {}
                }
            }
            (empty || !kept.is_empty()).then_some(Node::List(kept))
        }
        Node::Keyword(value) if keywords => {
            let body = ast::ItemBody::Values { values: vec![Spanned::new(value.clone(), span)], list: false };
            let item = ast::Item { field: None, modifiers: Vec::new(), body, span };
            match f(Entry::new(Cow::Owned(item.clone()))) {
                Outcome::Keep(entry) if *entry.item == item => Some(Node::Keyword(value)),
                outcome => {
                    let mut parts = Vec::new();
                    place(outcome, &mut parts);
                    (!parts.is_empty()).then_some(Node::Map(parts))
                }
            }
        }
        Node::Keyword(value) => Some(Node::Keyword(value)),
    }
}

fn place<'r, 'p>(outcome: Outcome<'r, 'p>, parts: &mut Vec<Part<'r, 'p>>) {
    match outcome {
        Outcome::Keep(entry) => parts.push(Part::Item(entry)),
        Outcome::Drop => {}
        Outcome::AllOf(entries) => parts.extend(entries.into_iter().map(Part::Item)),
        Outcome::AnyOf(entries) => {
            let span = entries.first().map(|entry| entry.item.span);
            let members = entries
                .into_iter()
                .map(|entry| (entry.item.span, Node::Map(vec![Part::Item(entry)])))
                .map(|(span, map)| (map, span))
                .collect();
            parts.extend(span.map(|span| Part::Node(Node::List(members), span)));
        }
    }
}

fn node<'p>(search: &ast::Search) -> Node<'_, 'p> {
    match search {
        ast::Search::Map(items) => {
            Node::Map(items.iter().map(|item| Part::Item(Entry::new(Cow::Borrowed(item)))).collect())
        }
        ast::Search::List(members) => {
            Node::List(members.iter().map(|member| (node(&member.value), member.span)).collect())
        }
        ast::Search::Keyword(value) => Node::Keyword(value),
    }
}

fn search(node: &Node<'_, '_>) -> ast::Search {
    match node {
        Node::Map(parts) => ast::Search::Map(parts.iter().map(item).collect()),
        Node::List(members) => {
            ast::Search::List(members.iter().map(|(member, span)| Spanned::new(search(member), *span)).collect())
        }
        Node::Keyword(value) => ast::Search::Keyword((*value).clone()),
    }
}

fn item(part: &Part<'_, '_>) -> ast::Item {
    match part {
        Part::Item(entry) => entry.to_item(),
        Part::Node(node, span) => ast::Item {
            field: None,
            modifiers: Vec::new(),
            body: ast::ItemBody::Search(Box::new(search(node))),
            span: *span,
        },
    }
}

/// A condition without the selections that are gone: they are neither true nor false, but not there. `None` if nothing is left.
fn prune(
    condition: &ast::Condition,
    before: &[&str],
    kept: &IndexMap<String, Spanned<ast::Search>>,
) -> Option<ast::Condition> {
    let many = |members: &[ast::Condition], make: fn(Vec<ast::Condition>) -> ast::Condition| {
        let mut left: Vec<_> = members.iter().filter_map(|member| prune(member, before, kept)).collect();
        match left.len() {
            0 => None,
            1 => left.pop(),
            _ => Some(make(left)),
        }
    };
    match condition {
        ast::Condition::Name(name) => {
            (kept.contains_key(&name.value) || !before.contains(&name.value.as_str())).then(|| condition.clone())
        }
        ast::Condition::Of { of, .. } => {
            let names = |name: &&str| super::filter::selects(&of.value, name);
            let gone = before.iter().any(&names) && !kept.keys().any(|name| names(&name.as_str()));
            (!gone).then(|| condition.clone())
        }
        ast::Condition::Not(inner) => prune(inner, before, kept).map(|inner| ast::Condition::Not(Box::new(inner))),
        ast::Condition::And(members) => many(members, ast::Condition::And),
        ast::Condition::Or(members) => many(members, ast::Condition::Or),
        ast::Condition::Pipe { search, aggregation } => prune(search, before, kept)
            .map(|search| ast::Condition::Pipe { search: Box::new(search), aggregation: aggregation.clone() }),
    }
}
