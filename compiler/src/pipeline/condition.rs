//! Whether a transformation is for a rule, an item, a field.

use std::cmp::Ordering;

use super::model::{Conditions, FieldCondition, ItemCondition, Names, Op, Quantifier, RuleCondition, StateTest, Step};
use super::text;
use super::value;
use super::work::{Entry, Work, visit};
use crate::sigma::ast;

/// Whether the step is for the rule.
pub(super) fn rule(step: &Step, work: &Work<'_, '_>) -> bool {
    holds(&step.rules, |condition| match condition {
        RuleCondition::LogSource(wanted) => covers(wanted, &work.logsource),
        RuleCondition::ContainsItem { field, value } => {
            any_entry(work, |entry| entry.field() == Some(field) && entry.values().iter().any(|v| v.value == *value))
        }
        RuleCondition::ContainsField(field) => any_entry(work, |entry| entry.field() == Some(field)),
        RuleCondition::Applied(id) => work.applied.contains(id.as_str()),
        RuleCondition::State(test) => state(test, work),
        RuleCondition::IsRule => true,
        RuleCondition::IsCorrelation => false,
        RuleCondition::Attribute { name, value, op } => {
            attribute(work, name).is_some_and(|found| compare(name, &found, value, *op))
        }
        RuleCondition::Tag(tag) => work.rule.meta.tags.iter().any(|t| t.eq_ignore_ascii_case(tag)),
    })
}

/// Whether the step may be for rules of this log source: what else it asks of a rule is taken to be as it likes.
pub(super) fn may_be_for(step: &Step, logsource: &ast::LogSource) -> bool {
    let conditions = &step.rules;
    let may = |leaf: usize, truth: bool| match conditions.list.get(leaf) {
        Some(RuleCondition::LogSource(wanted)) => covers(wanted, logsource) == truth,
        _ => true,
    };
    conditions.list.is_empty() || conditions.logic.may_be(!conditions.negated, &may)
}

/// Whether the step is for the item, by its values and its field.
pub(super) fn item(step: &Step, work: &Work<'_, '_>, entry: &Entry<'_, '_>) -> bool {
    field(step, work, entry.field()) && values(step, work, entry)
}

/// Whether the step is for the item, whatever its field.
pub(super) fn values(step: &Step, work: &Work<'_, '_>, entry: &Entry<'_, '_>) -> bool {
    holds(&step.items, |condition| match condition {
        ItemCondition::MatchString { quantifier, pattern, negated } => {
            let matches = |v: &ast::Value| {
                matches!(v, ast::Value::String(_))
                    && value::with_wildcards(entry, v)
                        .is_some_and(|tokens| pattern.is_match(text::render(&tokens).as_str()).unwrap_or(false))
            };
            quantified(*quantifier, entry, matches) != *negated
        }
        ItemCondition::MatchValue(quantifier, wanted) => quantified(*quantifier, entry, |v| v == wanted),
        ItemCondition::ContainsWildcard(quantifier) => quantified(*quantifier, entry, |v| {
            let tokens = if value::is_textual(entry) { value::with_wildcards(entry, v) } else { None };
            tokens.is_some_and(|tokens| tokens.iter().any(|token| !matches!(token, text::Token::Literal(_))))
        }),
        ItemCondition::IsNull(quantifier) => quantified(*quantifier, entry, |v| matches!(v, ast::Value::Null)),
        ItemCondition::Applied(id) => entry.applied.iter().any(|applied| applied == id),
        ItemCondition::State(test) => state(test, work),
    })
}

/// Whether the step is for the field; `None` where there is none.
pub(super) fn field(step: &Step, work: &Work<'_, '_>, name: Option<&str>) -> bool {
    holds(&step.fields, |condition| match condition {
        FieldCondition::Include(names) => name.is_some_and(|name| listed(names, name)),
        FieldCondition::Exclude(names) => !name.is_some_and(|name| listed(names, name)),
        FieldCondition::Applied(id) => {
            name.and_then(|name| work.field_applied.get(name)).is_some_and(|applied| applied.contains(id.as_str()))
        }
        FieldCondition::State(test) => state(test, work),
    })
}

/// Whether the attributes that `wanted` gives are those of `logsource`; case does not count.
pub(super) fn covers(wanted: &ast::LogSource, logsource: &ast::LogSource) -> bool {
    let same = |wanted: &Option<String>, found: &Option<String>| match (wanted, found) {
        (Some(wanted), Some(found)) => wanted.eq_ignore_ascii_case(found),
        (Some(_), None) => false,
        (None, _) => true,
    };
    same(&wanted.product, &logsource.product)
        && same(&wanted.category, &logsource.category)
        && same(&wanted.service, &logsource.service)
}

fn holds<C>(conditions: &Conditions<C>, test: impl Fn(&C) -> bool) -> bool {
    conditions.list.is_empty()
        || conditions.logic.holds(&mut |leaf| conditions.list.get(leaf).is_some_and(&test)) != conditions.negated
}

fn any_entry(work: &Work<'_, '_>, test: impl Fn(&Entry<'_, '_>) -> bool) -> bool {
    let mut found = false;
    for node in
        work.selections.iter().filter_map(|(_, _, node)| node.as_ref()).chain(work.added.iter().map(|(node, _)| node))
    {
        visit(node, &mut |entry| found = found || test(entry));
    }
    found
}

fn quantified(quantifier: Quantifier, entry: &Entry<'_, '_>, test: impl Fn(&ast::Value) -> bool) -> bool {
    let mut values = entry.values().iter();
    match quantifier {
        Quantifier::Any => values.any(|v| test(&v.value)),
        Quantifier::All => values.all(|v| test(&v.value)),
    }
}

fn listed(names: &Names, name: &str) -> bool {
    match names {
        Names::Plain(names) => names.iter().any(|n| n == name),
        Names::Regex(patterns) => patterns.iter().any(|pattern| pattern.is_match(name).unwrap_or(false)),
    }
}

fn state(test: &StateTest, work: &Work<'_, '_>) -> bool {
    work.state
        .get(test.key.as_str())
        .is_some_and(|found| compare("", std::slice::from_ref(*found), std::slice::from_ref(&test.value), test.op))
}

/// An attribute of the rule: one value, or several for those that are lists.
fn attribute(work: &Work<'_, '_>, name: &str) -> Option<Vec<ast::Value>> {
    let meta = &work.rule.meta;
    let one = |text: &Option<String>| text.clone().map(|text| vec![ast::Value::String(text)]);
    let many = |texts: &[String]| Some(texts.iter().cloned().map(ast::Value::String).collect());
    match name {
        "title" => Some(vec![ast::Value::String(meta.title.clone())]),
        "id" => one(&meta.id),
        "name" => one(&meta.name),
        "status" => one(&meta.status),
        "level" => one(&meta.level),
        "description" => one(&meta.description),
        "author" => one(&meta.author),
        "date" => one(&meta.date),
        "modified" => one(&meta.modified),
        "license" => one(&meta.license),
        "references" => many(&meta.references),
        "tags" => many(&meta.tags),
        "falsepositives" => many(&meta.falsepositives),
        "fields" => many(work.shown.as_deref().unwrap_or(&meta.fields)),
        other => match work.attributes.get(other) {
            Some(value) => Some(vec![value.clone()]),
            None => meta.custom.get(other).map(from_json),
        },
    }
}

fn from_json(value: &serde_json::Value) -> Vec<ast::Value> {
    match value {
        serde_json::Value::Null => vec![ast::Value::Null],
        serde_json::Value::Bool(value) => vec![ast::Value::Bool(*value)],
        serde_json::Value::Number(number) => {
            let text = ast::Value::String(number.to_string());
            vec![value::to_number(&text).unwrap_or(text)]
        }
        serde_json::Value::String(text) => vec![ast::Value::String(text.clone())],
        serde_json::Value::Array(members) => members.iter().flat_map(from_json).collect(),
        serde_json::Value::Object(_) => Vec::new(),
    }
}

/// Compares what a rule or a state holds with what a condition asks for. Lists: some member.
fn compare(name: &str, found: &[ast::Value], wanted: &[ast::Value], op: Op) -> bool {
    let ordered = |accept: fn(Ordering) -> bool| {
        found.iter().any(|found| wanted.first().and_then(|wanted| order(name, found, wanted)).is_some_and(accept))
    };
    let equal = || {
        found.iter().any(|found| {
            wanted.iter().any(|wanted| order(name, found, wanted) == Some(Ordering::Equal) || found == wanted)
        })
    };
    match op {
        Op::Eq | Op::In => equal(),
        Op::Ne | Op::NotIn => !equal(),
        Op::Gt => ordered(Ordering::is_gt),
        Op::Gte => ordered(Ordering::is_ge),
        Op::Lt => ordered(Ordering::is_lt),
        Op::Lte => ordered(Ordering::is_le),
    }
}

const LEVELS: &[&str] = &["informational", "low", "medium", "high", "critical"];
const STATUSES: &[&str] = &["unsupported", "deprecated", "experimental", "test", "stable"];

/// Levels and statuses by their rank, numbers as numbers, everything else as text (dates are written so that their text sorts).
fn order(name: &str, a: &ast::Value, b: &ast::Value) -> Option<Ordering> {
    let ranks = match name {
        "level" => LEVELS,
        "status" => STATUSES,
        _ => &[],
    };
    let rank = |value: &ast::Value| match value {
        ast::Value::String(text) => ranks.iter().position(|rank| rank.eq_ignore_ascii_case(text)),
        ast::Value::Null | ast::Value::Bool(_) | ast::Value::Int(_) | ast::Value::Float(_) => None,
    };
    if let (Some(a), Some(b)) = (rank(a), rank(b)) {
        return Some(a.cmp(&b));
    }
    match (a, b) {
        (ast::Value::Int(a), ast::Value::Int(b)) => Some(a.cmp(b)),
        (ast::Value::Bool(a), ast::Value::Bool(b)) => Some(a.cmp(b)),
        (ast::Value::String(a), ast::Value::String(b)) => Some(a.replace('/', "-").cmp(&b.replace('/', "-"))),
        (ast::Value::Int(_) | ast::Value::Float(_), ast::Value::Int(_) | ast::Value::Float(_)) => {
            let float = |value: &ast::Value| value::plain_text(value).parse::<f64>().ok();
            float(a)?.partial_cmp(&float(b)?)
        }
        _ => None,
    }
}
