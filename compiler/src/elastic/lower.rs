//! Elastic's rules to the IR: here it is decided what a rule means.
//!
//! - `scope`: index patterns
//! - `schema`: types of fields
//! - `leaf`: one test of one field, by its type
//! - `kql`, `eql`: queries; `filters`: conditions in the Query DSL; `anomaly`: machine-learning rules
//!
//! Rules that look at one event at a time become [`ir::Rule`]s. The others are checked as far as they are understood, and end as `Unsupported`.

use std::borrow::Cow;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::leaf::{Context, Target};
use super::schema::Schema;
use super::{anomaly, ast, eql, filters, kql, scope, stateful, table, text};
use crate::diagnostic::{Code, Diagnostics};
use crate::ir::{self, Expr, Feature, Level, Lowered, Mark, SelectionId, Then};
use crate::source::{FileId, Span, Spanned};

/// The field that `process where` tests.
const CATEGORY: &str = "event.category";

/// Lowers a rule; `source` is its file as [`crate::source::Source::path`] names it.
pub fn lower(rule: &ast::Rule, source: &str, schema: &Schema, diags: &mut Diagnostics) -> Lowered {
    let mark = diags.len();
    let mut cx = Context { schema, now: None, diags, computed: 0 };
    let filters: Vec<(Expr, bool)> = rule
        .filters
        .iter()
        .filter(|filter| !filter.disabled)
        .map(|filter| (filters::condition(&filter.clause, &mut cx), filter.negate))
        .collect();
    let mut table = None;
    let lowered = match &rule.kind {
        ast::Kind::Eql { query, category_field } => {
            self::query(query, category_field.as_deref().unwrap_or(CATEGORY), &mut cx)
        }
        ast::Kind::MachineLearning { jobs, threshold } => Ok(anomaly::condition(jobs, *threshold)),
        ast::Kind::Query(query) | ast::Kind::NewTerms { query, .. } | ast::Kind::Threshold { query, .. } => {
            self::query(query, CATEGORY, &mut cx)
        }
        ast::Kind::ThreatMatch { query, threat_query, .. } => {
            let lowered = self::query(query, CATEGORY, &mut cx);
            match threat_query {
                Some(of) if of.language == ast::Language::Lucene => lowered.and(Err(lucene(of))),
                Some(_) | None => lowered,
            }
        }
        ast::Kind::Esql(query) => match table::lower(query, 1 + filters.len(), &mut cx) {
            Some(Ok(lowered)) => Ok(table.insert(lowered).condition.clone()),
            Some(Err(feature)) => Err(Spanned::new(feature, whole(query))),
            None => Ok(Expr::Const(false)),
        },
    };
    let mut body = Body {
        query: Expr::Const(false),
        filters,
        searches: Vec::new(),
        indices: rule.index.iter().map(|pattern| pattern.value.clone()).collect(),
    };
    let then = match table {
        Some(table) => {
            body.indices.clone_from(&table.indices);
            body.searches.clone_from(&table.searches);
            stateful::of_table(rule, table, &mut cx)
        }
        None => stateful::then(rule, &mut cx),
    };
    if let (Then::Alert | Then::Threat(_), Some(time)) = (&then, stateful::only_override(rule)) {
        // no run sees what has no time
        body.filters.push((Target::field(schema, time).present(), false));
    }
    if diags.has_errors_since(mark) {
        return Lowered::Rejected;
    }
    let lowered = match unsupported(rule) {
        Some(what) => Err(what),
        None => lowered,
    };
    match lowered {
        Ok(query) => Lowered::Rule(Box::new(assembled(rule, source, Body { query, ..body }, then))),
        Err(Spanned { value: feature, span }) => {
            diags.push(Code::unsupported(&feature, span).help("the rule is left out of the pack"));
            Lowered::Unsupported(feature)
        }
    }
}

/// What the rule's filters ask for and get not.
fn unsupported(rule: &ast::Rule) -> Option<Spanned<Feature>> {
    let of_indicators = match &rule.kind {
        ast::Kind::ThreatMatch { threat_filters, .. } => threat_filters.as_slice(),
        _ => &[],
    };
    let mut filters = rule.filters.iter().chain(of_indicators).filter(|filter| !filter.disabled);
    let what = filters.find_map(|filter| filter.clause.unsupported())?;
    Some(Spanned::new(Feature::QueryDsl(what.value.clone()), what.span))
}

/// What a rule looks at, as far as one event goes.
struct Body {
    query: Expr,
    /// Conditions beside the query; those that are marked must not hold.
    filters: Vec<(Expr, bool)>,
    /// Conditions whose verdict is told, but decides nothing here.
    searches: Vec<(String, Expr)>,
    indices: Vec<String>,
}

/// The condition of a query on its own, for a search.
pub fn search(
    query: &ast::Query,
    category_field: Option<&str>,
    schema: &Schema,
    now: Option<Timestamp>,
    diags: &mut Diagnostics,
) -> Option<Result<Expr, Feature>> {
    let mark = diags.len();
    let mut cx = Context { schema, now, diags, computed: 0 };
    let lowered = self::query(query, category_field.unwrap_or(CATEGORY), &mut cx);
    (!diags.has_errors_since(mark)).then_some(lowered.map_err(|unsupported| unsupported.value))
}

fn query(query: &ast::Query, category_field: &str, cx: &mut Context<'_>) -> Result<Expr, Spanned<Feature>> {
    match query.language {
        ast::Language::Eql => match eql::parse(&query.text, cx.diags) {
            Some(parsed) => eql::lower::lower(&parsed, category_field, cx),
            None => Ok(Expr::Const(false)),
        },
        ast::Language::Kuery => match kql::parse(&query.text, cx.diags) {
            Some(parsed) => Ok(kql::lower::lower(&parsed, cx)),
            None => Ok(Expr::Const(false)),
        },
        ast::Language::Lucene => Err(lucene(query)),
        ast::Language::Esql => Err(Spanned::new(Feature::RuleType("esql"), whole(query))),
    }
}

fn lucene(query: &ast::Query) -> Spanned<Feature> {
    Spanned::new(Feature::Lucene, whole(query))
}

/// The place of a query.
fn whole(query: &ast::Query) -> Span {
    query.text.span(0..query.text.as_str().len())
}

fn assembled(rule: &ast::Rule, source: &str, body: Body, then: Then) -> ir::Rule {
    let Body { query, filters, searches, indices } = body;
    let mut selections = IndexMap::new();
    let mut condition = Vec::new();
    let mut text = Vec::new();
    let mut add = |name: String, expr: Expr, negate: bool| {
        let id = Expr::Selection(SelectionId(u16::try_from(selections.len()).unwrap_or(u16::MAX)));
        text.push(format!("{}{name}", if negate { "not " } else { "" }));
        condition.push(if negate { Expr::not(id) } else { id });
        selections.insert(name, expr);
    };
    let name = match &rule.kind {
        ast::Kind::MachineLearning { .. } => "anomaly",
        _ => "query",
    };
    add(name.to_owned(), query, false);
    for (at, (filter, negate)) in (1..).zip(filters) {
        add(format!("filter_{at}"), filter, negate);
    }
    for (at, (says, search)) in (1..).zip(searches) {
        let _ = says;
        selections.insert(format!("search_{at}"), search);
    }
    ir::Rule {
        scope: scope::of(indices.iter().map(String::as_str)),
        meta: meta(rule, source, indices),
        selections,
        condition: Expr::all(condition),
        condition_text: if text.len() == 1 { query_text(rule) } else { text.join(" and ") },
        then,
        span: place(rule),
    }
}

/// The beginning of the query, on one line and without comments.
fn query_text(rule: &ast::Rule) -> String {
    const LONGEST: usize = 240;
    let query = match &rule.kind {
        ast::Kind::Eql { query, .. }
        | ast::Kind::Query(query)
        | ast::Kind::NewTerms { query, .. }
        | ast::Kind::Threshold { query, .. }
        | ast::Kind::ThreatMatch { query, .. }
        | ast::Kind::Esql(query) => query,
        ast::Kind::MachineLearning { .. } => return "anomaly".to_owned(),
    };
    let text = match &rule.kind {
        ast::Kind::Eql { .. } | ast::Kind::Esql(_) => Cow::Owned(text::without_comments(query.text.as_str())),
        // KQL has no comments
        ast::Kind::Query(_)
        | ast::Kind::NewTerms { .. }
        | ast::Kind::Threshold { .. }
        | ast::Kind::ThreatMatch { .. }
        | ast::Kind::MachineLearning { .. } => Cow::Borrowed(query.text.as_str()),
    };
    let words: Vec<&str> = text.split_whitespace().take(LONGEST).collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{} ..", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// Where what is found out about the rule's meaning is shown: its query.
fn place(rule: &ast::Rule) -> Span {
    match &rule.kind {
        ast::Kind::Eql { query, .. }
        | ast::Kind::Query(query)
        | ast::Kind::NewTerms { query, .. }
        | ast::Kind::Threshold { query, .. }
        | ast::Kind::ThreatMatch { query, .. }
        | ast::Kind::Esql(query) => {
            let text = query.text.as_str();
            let start = text.len() - text.trim_start().len();
            query.text.span(start..text.trim_end().len().max(start))
        }
        ast::Kind::MachineLearning { .. } => Span { end: rule.span.start, ..rule.span },
    }
}

/// A rule that finds what a query finds.
pub fn query_rule(text: &str, expr: Expr) -> ir::Rule {
    ir::Rule {
        meta: ir::Meta { title: "query".to_owned(), source: "query".to_owned(), ..ir::Meta::default() },
        scope: Expr::Const(true),
        selections: [("query".to_owned(), expr)].into_iter().collect(),
        condition: Expr::Selection(SelectionId(0)),
        condition_text: text.to_owned(),
        then: Then::Alert,
        span: Span::new(FileId(0), 0, text.len()),
    }
}

fn meta(rule: &ast::Rule, source: &str, indices: Vec<String>) -> ir::Meta {
    let meta = &rule.meta;
    let mut tags = meta.tags.clone();
    // as Sigma's rules name them, so that alerts of both kinds can be grouped
    let tactics = meta.threat.iter().filter_map(|threat| threat.tactic.as_ref());
    let tactics = tactics.map(|(_, name)| name.replace(' ', "-"));
    let techniques = meta.threat.iter().flat_map(|threat| &threat.techniques).map(|(id, _)| id.clone());
    for name in tactics.chain(techniques).filter(|name| !name.is_empty()) {
        let tag = format!("attack.{}", name.to_ascii_lowercase());
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    ir::Meta {
        id: meta.rule_id.clone(),
        title: if meta.name.is_empty() { source.to_owned() } else { meta.name.clone() },
        status: meta.maturity.clone(),
        level: meta.severity.as_ref().map(|severity| match severity.value {
            ast::Severity::Low => Level::Low,
            ast::Severity::Medium => Level::Medium,
            ast::Severity::High => Level::High,
            ast::Severity::Critical => Level::Critical,
        }),
        description: meta.description.clone(),
        author: (!meta.author.is_empty()).then(|| meta.author.join(", ")),
        references: meta.references.clone(),
        tags,
        falsepositives: meta.false_positives.clone(),
        source: source.to_owned(),
        logsource: [None, None, None],
        marks: marks(rule, &indices),
        indices,
        carries_event: matches!(rule.kind, ast::Kind::MachineLearning { .. }),
    }
}

fn marks(rule: &ast::Rule, indices: &[String]) -> Vec<Mark> {
    let mut marks = Vec::new();
    if rule.meta.building_block.is_some() {
        marks.push(Mark::BuildingBlock);
    }
    if indices.iter().any(|pattern| scope::holds_alerts(pattern)) {
        marks.push(Mark::ReadsAlerts);
    }
    marks
}
