//! Sigma filters, joined to the rules they are for.
//!
//! A rule and its filters keep apart: the filter's selections get names of their own, and `them` and patterns on either side mean that side's selections only.
//! Filters are joined before pipelines are applied, so that their fields are mapped with the rule's.

use std::collections::HashMap;

use super::condition::covers;
use crate::diagnostic::{Code, Diagnostics};
use crate::sigma::ast::{Condition, Filter, FilterRules, Names, Rule};
use crate::source::{Span, Spanned};

/// Joins filters to rules: a filtered rule matches where both conditions hold, the filter's as its author wrote it.
/// `others` are ids and names of documents that are no detection rules (correlations): filters leave those alone without a word.
pub fn apply_filters(rules: &mut [Rule], filters: &[Filter], others: &[&str], diags: &mut Diagnostics) {
    let mut by_reference: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, rule) in rules.iter().enumerate() {
        let references = [&rule.meta.id, &rule.meta.name];
        for reference in references.into_iter().flatten() {
            let places = by_reference.entry(spelled(reference)).or_default();
            // a rule may have its id for a name
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
    }
    for filter in filters {
        let mut targets: Vec<usize> = match &filter.rules {
            FilterRules::Any => (0..rules.len()).collect(),
            FilterRules::Listed(references) => {
                let mut targets = Vec::new();
                for reference in references {
                    match by_reference.get(&spelled(&reference.value)) {
                        Some(places) => targets.extend(places),
                        None if others.iter().any(|other| spelled(other) == spelled(&reference.value)) => {}
                        None => diags.push(
                            Code::UnknownFilterTarget
                                .at(reference.span, format!("no rule has the id or name `{}`", reference.value))
                                .help("check the spelling, or compile the rule together with its filter"),
                        ),
                    }
                }
                targets
            }
        };
        targets.sort_unstable();
        targets.dedup();
        targets.retain(|at| covers(&filter.logsource, &rules[*at].logsource));
        if targets.is_empty() {
            let text = format!("the filter `{}` applies to no rule", title(filter));
            diags.push(
                Code::FilterWithoutRules
                    .at(filter.span, text)
                    .help("a rule must be listed by the filter (or the filter be for `any`) and be of its log source"),
            );
        }
        for at in targets {
            join(&mut rules[at], filter);
        }
    }
}

/// A reference as it is compared: ids are UUIDs, whose case does not count.
fn spelled(reference: &str) -> String {
    let is_uuid = reference.len() == 36
        && reference.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if is_uuid { reference.to_ascii_lowercase() } else { reference.to_owned() }
}

/// Whether names like these pick a selection: `*` stands for any run, and selections that begin with `_` are picked only by patterns that do.
pub(super) fn selects(names: &Names, selection: &str) -> bool {
    match names {
        Names::Them => !selection.starts_with('_'),
        Names::Pattern(pattern) => {
            (pattern.starts_with('_') || !selection.starts_with('_')) && glob(pattern, selection)
        }
        Names::Listed(listed) => listed.iter().any(|name| name == selection),
    }
}

fn join(rule: &mut Rule, filter: &Filter) {
    let detection = &mut rule.detection;
    let mut prefix = format!("{}.", title(filter));
    let taken = |prefix: &str| detection.selections.keys().any(|name| name.starts_with(prefix));
    let mut number = 2;
    while taken(&prefix) {
        prefix = format!("{}.{number}.", title(filter));
        number += 1;
    }
    let rename = |name: &str| format!("{prefix}{name}");
    let own: Vec<&str> = detection.selections.keys().map(String::as_str).collect();
    let mut conditions: Vec<Spanned<Condition>> = detection
        .conditions
        .iter()
        .map(|condition| Spanned::new(pin(&condition.value, &own, &str::to_owned), condition.span))
        .collect();
    let theirs: Vec<&str> = filter.detection.selections.keys().map(String::as_str).collect();
    let alternatives: Vec<Condition> =
        filter.detection.conditions.iter().map(|condition| pin(&condition.value, &theirs, &rename)).collect();
    let span = filter.detection.conditions.first().map_or(filter.span, |condition| condition.span);
    let Some(wanted) = either(alternatives) else { return };
    for condition in &mut conditions {
        condition.value = both(std::mem::replace(&mut condition.value, missing(span)), wanted.clone());
    }
    let texts =
        filter.detection.condition_texts.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" or ");
    let added: Vec<_> =
        filter.detection.selections.iter().map(|(name, search)| (rename(name), search.clone())).collect();
    for text in &mut detection.condition_texts {
        *text = format!("({text}) and {texts}");
    }
    detection.conditions = conditions;
    detection.selections.extend(added);
}

/// The condition with `them` and patterns written out, and every selection under its new name.
fn pin(condition: &Condition, selections: &[&str], rename: &dyn Fn(&str) -> String) -> Condition {
    let each = |members: &[Condition]| members.iter().map(|member| pin(member, selections, rename)).collect();
    match condition {
        Condition::Name(name) => Condition::Name(Spanned::new(rename(&name.value), name.span)),
        Condition::Of { count, of } => {
            let picked = selections.iter().filter(|name| selects(&of.value, name)).map(|name| rename(name)).collect();
            Condition::Of { count: *count, of: Spanned::new(Names::Listed(picked), of.span) }
        }
        Condition::Not(inner) => Condition::Not(Box::new(pin(inner, selections, rename))),
        Condition::And(members) => Condition::And(each(members)),
        Condition::Or(members) => Condition::Or(each(members)),
        Condition::Pipe { search, aggregation } => {
            Condition::Pipe { search: Box::new(pin(search, selections, rename)), aggregation: aggregation.clone() }
        }
    }
}

/// A filter narrows what is searched, not what is counted.
fn both(rule: Condition, filter: Condition) -> Condition {
    match rule {
        Condition::Pipe { search, aggregation } => {
            Condition::Pipe { search: Box::new(both(*search, filter)), aggregation }
        }
        other => Condition::And(vec![other, filter]),
    }
}

fn either(mut members: Vec<Condition>) -> Option<Condition> {
    if members.len() > 1 { Some(Condition::Or(members)) } else { members.pop() }
}

/// Stands in for a condition while it is moved.
fn missing(span: Span) -> Condition {
    Condition::Name(Spanned::new(String::new(), span))
}

fn title(filter: &Filter) -> &str {
    let meta = &filter.meta;
    meta.name.as_deref().or(meta.id.as_deref()).unwrap_or(if meta.title.is_empty() { "filter" } else { &meta.title })
}

fn glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
