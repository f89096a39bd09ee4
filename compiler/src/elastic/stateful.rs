//! Rules that count, remember or compare: what follows when their query matches an event.

use std::sync::Arc;

use sigil_runtime::operator::{NamedColumn, NewTerms, Operation, Pair, Recent, Schedule, Suppression, Threshold, Work};
use sigil_runtime::table::Type;
use sigil_runtime::table::pipeline::{Column, Origin};

use super::ast::{self, Kind};
use super::date::{Anchor, DateMath, DateUnit, Step};
use super::leaf::Context;
use super::schema::{FieldType, Schema};
use super::table::Table;
use super::{filters, kql};
use crate::diagnostic::Code;
use crate::ir::{self, Expr, Then, content_hash};

/// `interval` where a rule has none: milliseconds.
const INTERVAL: i64 = 5 * 60_000;
/// `max_signals` where a rule has none.
const MAX_SIGNALS: u32 = 100;
/// `history_window_start` where a rule has none: milliseconds.
const HISTORY: i64 = 7 * 86_400_000;

/// The field that tells an event's time.
const TIMESTAMP: &str = "@timestamp";

/// What follows when the rule's query matches.
pub(super) fn then(rule: &ast::Rule, cx: &mut Context<'_>) -> Then {
    let schema = cx.schema;
    let suppressed = |own: &[String]| -> Vec<String> {
        let by = rule.suppression.iter().flat_map(|suppression| &suppression.group_by);
        by.filter(|name| !own.contains(name)).cloned().collect()
    };
    let named = |names: &[String]| -> Vec<NamedColumn<Arc<ir::Field>>> {
        names.iter().map(|name| NamedColumn { name: name.as_str().into(), column: column(schema, name) }).collect()
    };
    let (work, columns) = match &rule.kind {
        Kind::Eql { .. } | Kind::Query(_) | Kind::MachineLearning { .. } => {
            if rule.suppression.is_none() {
                return Then::Alert;
            }
            let columns = suppressed(&[]);
            (Work::Events(named(&columns)), columns)
        }
        Kind::Threshold { fields, value, cardinality, .. } => {
            // Kibana counts the values of the first field alone
            let counted = cardinality.first();
            let own: Vec<String> = fields.iter().chain(counted.map(|(name, _)| name)).cloned().collect();
            let columns = [own.clone(), suppressed(&own)].concat();
            let threshold = Threshold {
                columns: named(&columns),
                keys: fields.len(),
                value: *value,
                cardinality: counted.map(|(_, least)| *least),
            };
            (Work::Threshold(threshold), columns)
        }
        Kind::NewTerms { fields, history, .. } => {
            let columns = [fields.clone(), suppressed(fields)].concat();
            let terms = NewTerms {
                columns: named(&columns),
                terms: fields.len(),
                history: history.as_ref().and_then(back).unwrap_or(HISTORY),
            };
            (Work::NewTerms(terms), columns)
        }
        Kind::ThreatMatch { .. } => {
            if let Some(suppression) = &rule.suppression {
                let message = "alerts of an indicator match rule are not suppressed: each one is told";
                let help = "suppress them where alerts are read";
                cx.diags.push(Code::ContentIgnored.at(suppression.span, message).help(help));
            }
            return threat(rule, cx);
        }
        Kind::Esql(_) => return Then::Alert,
    };
    let mut suppression = suppression(rule, |name| columns.iter().position(|column| column == name), cx);
    if let (Work::Threshold(threshold), Some(suppression)) = (&work, &mut suppression) {
        // alerts of a threshold rule have the values of its own fields, and are suppressed by them
        suppression.by = (0..u32::try_from(threshold.keys).unwrap_or(0)).collect();
    }
    let plan =
        Operation { work, schedule: schedule(rule, schema), suppression, document: document(schema), hash: hash(rule) };
    Then::Operation(Arc::new(ir::Operation { plan, commands: Vec::new() }))
}

/// What follows when an event becomes a row of a query.
pub(super) fn of_table(rule: &ast::Rule, table: Table, cx: &mut Context<'_>) -> Then {
    let Table { pipeline, commands, .. } = table;
    let slot = |name: &str| {
        let output = pipeline.output.iter().find(|output| *output.name == *name);
        output.map(|output| output.slot as usize)
    };
    let suppression = suppression(rule, slot, cx);
    let plan = Operation {
        work: Work::Table(pipeline),
        schedule: schedule(rule, cx.schema),
        suppression,
        document: document(cx.schema),
        hash: hash(rule),
    };
    Then::Operation(Arc::new(ir::Operation { plan, commands }))
}

/// When the rule runs, and over which events.
pub(super) fn schedule(rule: &ast::Rule, schema: &Schema) -> Schedule<Arc<ir::Field>> {
    let schedule = &rule.schedule;
    let interval = schedule.interval.and_then(|interval| i64::try_from(interval).ok());
    let time = schedule.timestamp_override.as_ref().map(|name| schema.field(name).field);
    let only = time.clone().filter(|_| schedule.no_fallback);
    Schedule {
        from: schedule.look_back(),
        interval: interval.filter(|interval| *interval > 0).unwrap_or(INTERVAL),
        time,
        timestamp: only.unwrap_or_else(|| schema.field(TIMESTAMP).field),
        max_signals: schedule.max_signals.unwrap_or(MAX_SIGNALS),
    }
}

/// The field of `timestamp_override`, if nothing else tells the time.
pub(super) fn only_override(rule: &ast::Rule) -> Option<&str> {
    rule.schedule.timestamp_override.as_deref().filter(|_| rule.schedule.no_fallback)
}

/// The rule's suppression, whose fields stand in these slots.
pub(super) fn suppression(
    rule: &ast::Rule,
    slot: impl Fn(&str) -> Option<usize>,
    cx: &mut Context<'_>,
) -> Option<Suppression> {
    let suppression = rule.suppression.as_ref()?;
    let mut by = Vec::new();
    for name in &suppression.group_by {
        if let Some(slot) = slot(name).and_then(|slot| u32::try_from(slot).ok()) {
            by.push(slot);
        } else {
            let message = format!("alerts have no field `{}` to be suppressed by", super::short(name));
            let help = "name a column of the result, or keep the field in the query";
            cx.diags.push(Code::TypeConflict.at(suppression.span, message).help(help));
        }
    }
    let duration = suppression.duration.map(|duration| i64::try_from(duration).unwrap_or(i64::MAX));
    // Kibana makes buckets of the events of a query; alerts of other rules are compared by what their field has as a whole
    let each_value = matches!(rule.kind, Kind::Query(_));
    Some(Suppression { by, duration, missing_too: suppression.missing_too, each_value })
}

/// `_index` and `_id`.
pub(super) fn document(schema: &Schema) -> [Arc<ir::Field>; 2] {
    ["_index", "_id"].map(|name| schema.field(name).field)
}

/// What tells the rule's content, for state that was made by it: what decides its meaning, and nothing else.
pub(super) fn hash(rule: &ast::Rule) -> u64 {
    // a rule with an id may change its title
    let name = rule.meta.rule_id.is_none().then_some(&rule.meta.name);
    let mut text = format!("{:?}", (&rule.meta.rule_id, name, &rule.schedule.timestamp_override));
    let queries = match &rule.kind {
        Kind::Eql { query, .. } | Kind::Query(query) | Kind::Esql(query) => vec![query.text.as_str()],
        Kind::NewTerms { query, fields, history } => {
            text.push_str(&format!("{fields:?} {history:?}"));
            vec![query.text.as_str()]
        }
        Kind::Threshold { query, fields, value, cardinality } => {
            text.push_str(&format!("{fields:?} {value} {cardinality:?}"));
            vec![query.text.as_str()]
        }
        Kind::ThreatMatch { query, mapping, .. } => {
            text.push_str(&format!("{mapping:?}"));
            vec![query.text.as_str()]
        }
        Kind::MachineLearning { jobs, threshold } => {
            text.push_str(&format!("{jobs:?} {threshold}"));
            Vec::new()
        }
    };
    queries.iter().for_each(|query| text.push_str(query));
    let from = rule.schedule.from.as_ref().map(|from| &from.value);
    text.push_str(&format!("{from:?} {:?} {:?}", rule.schedule.interval, rule.schedule.max_signals));
    let indices: Vec<&str> = rule.index.iter().map(|pattern| pattern.value.as_str()).collect();
    text.push_str(&indices.join(","));
    for filter in rule.filters.iter().filter(|filter| !filter.disabled) {
        text.push_str(&format!("{} {:?}", filter.negate, spanless(&format!("{:?}", filter.clause))));
    }
    if only_override(rule).is_some() {
        text.push_str("no fallback");
    }
    if let Some(suppression) = &rule.suppression {
        text.push_str(&format!("{:?} {:?} {}", suppression.group_by, suppression.duration, suppression.missing_too));
    }
    content_hash(&text)
}

/// A tree's text without the places in it.
fn spanless(text: &str) -> String {
    text.split("span: ").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || ":.".contains(c))).collect()
}

/// How far before now a point in time is.
fn back(math: &DateMath) -> Option<i64> {
    math.look_back().map(|length| length.max(0))
}

fn column(schema: &Schema, name: &str) -> Column<Arc<ir::Field>> {
    let field = schema.field(name);
    let kind = match field.kind {
        FieldType::Integer => Type::Long,
        FieldType::Float => Type::Double,
        FieldType::Boolean => Type::Boolean,
        FieldType::Date => Type::Date,
        FieldType::Ip => Type::Ip,
        FieldType::Keyword
        | FieldType::Wildcard
        | FieldType::Caseless
        | FieldType::Text
        | FieldType::Object
        | FieldType::Nested
        | FieldType::Flattened
        | FieldType::Other
        | FieldType::Unknown => Type::Keyword,
    };
    let origin = if field.kind == FieldType::Caseless { Origin::Lower } else { Origin::Field };
    Column { origin: origin(field.field), kind }
}

/// Indicator match rules: an alert where an indicator has the event's values.
fn threat(rule: &ast::Rule, cx: &mut Context<'_>) -> Then {
    let Kind::ThreatMatch { threat_query, mapping, threat_filters, .. } = &rule.kind else { return Then::Alert };
    let schema = cx.schema;
    let mut recent = None;
    let mut conditions = Vec::new();
    if let Some(query) = threat_query
        && query.language != ast::Language::Lucene
        && let Some(mut parsed) = kql::parse(&query.text, cx.diags)
    {
        take_recent(&mut parsed, &mut recent, schema);
        conditions.push(kql::lower::lower(&parsed, cx));
    }
    for filter in threat_filters.iter().filter(|filter| !filter.disabled) {
        let condition = filters::condition(&filter.clause, cx);
        conditions.push(if filter.negate { Expr::not(condition) } else { condition });
    }
    let pair = |ast::ThreatEntry { field, value, negate }: &ast::ThreatEntry| {
        // both sides are compared as the event's field has them
        let event = column(schema, field);
        let indicator = Column { kind: event.kind, ..column(schema, value) };
        Pair { name: field.as_str().into(), event, indicator, differs: *negate }
    };
    let fallback = only_override(rule).is_none().then_some(TIMESTAMP);
    let times = rule.schedule.timestamp_override.iter().map(String::as_str).chain(fallback);
    Then::Threat(Arc::new(ir::Threat {
        mapping: mapping.iter().map(|pairs| pairs.iter().map(pair).collect()).collect(),
        filter: Expr::all(conditions),
        recent,
        document: document(schema),
        times: times.map(|name| schema.field(name).field).collect(),
    }))
}

/// Takes `field >= "now-30d/d"` out of a query: what it means depends on when it is asked.
fn take_recent(query: &mut kql::ast::Query, recent: &mut Option<Recent<Arc<ir::Field>>>, schema: &Schema) {
    use kql::ast::{ExprKind, RangeOp, ValueKind};
    let Some(expr) = &mut query.expr else { return };
    let mut take = |expr: &kql::ast::Expr| {
        let ExprKind::Range { field, op: RangeOp::Gte | RangeOp::Gt, value } = &expr.kind else { return false };
        let (ValueKind::Quoted(text) | ValueKind::Unquoted(text)) = &value.kind else { return false };
        let (Some(name), Some(math)) = (field.literal(), DateMath::parse(text)) else { return false };
        if recent.is_some() || math.anchor != Anchor::Now {
            return false;
        }
        let (unrounded, round) = match math.steps.split_last() {
            Some((Step::Round(unit), steps)) => {
                let round = match unit {
                    DateUnit::Day => 86_400_000,
                    DateUnit::Hour => 3_600_000,
                    DateUnit::Minute => 60_000,
                    DateUnit::Second => 1_000,
                    DateUnit::Year | DateUnit::Month | DateUnit::Week => return false,
                };
                (DateMath { anchor: Anchor::Now, steps: steps.to_vec() }, round)
            }
            _ => (math.clone(), 1),
        };
        let Some(back) = back(&unrounded) else { return false };
        *recent = Some(Recent { field: schema.field(name).field, back, round });
        true
    };
    match &mut expr.kind {
        ExprKind::And(members) => {
            members.retain(|member| !take(member));
            if members.len() == 1
                && let Some(only) = members.pop()
            {
                *expr = only;
            } else if members.is_empty() {
                query.expr = None;
            }
        }
        _ => {
            if take(expr) {
                query.expr = None;
            }
        }
    }
}
