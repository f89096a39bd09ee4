//! Filters: selections and a condition that narrow other rules.

use super::ast::{Filter, FilterRules, LogSource, Meta};
use super::detection;
use super::parse::{Context, text_of};
use super::yaml::{Node, Scalar};
use crate::diagnostic::Code;
use crate::source::{Span, Spanned};

/// Reads the `filter` part of a document.
pub(super) fn parse(
    ctx: &mut Context<'_>,
    meta: Meta,
    logsource: LogSource,
    key: &Scalar,
    node: Node,
    span: Span,
) -> Option<Filter> {
    let Node::Map(mut entries, _) = node else {
        let problem = Code::InvalidFilter.at(key.span, format!("`filter` holds {}, not a map", node.kind()));
        ctx.report(problem.help("write `rules`, selections and a `condition` below it"));
        return None;
    };
    let rules = entries.iter().position(|(key, _)| key.text == "rules").map(|at| entries.remove(at));
    let rules = rules_of(ctx, key, rules);
    let detection = detection::parse(ctx, entries, key.span)?;
    Some(Filter { meta, logsource, rules: rules?, detection, span })
}

fn rules_of(ctx: &mut Context<'_>, filter: &Scalar, found: Option<(Scalar, Node)>) -> Option<FilterRules> {
    let (span, members) = match found {
        Some((_, Node::Scalar(scalar))) if scalar.text == "any" => return Some(FilterRules::Any),
        Some((key, Node::Scalar(scalar))) if !scalar.is_null() => (key.span, vec![Node::Scalar(scalar)]),
        Some((_, Node::List(members, _))) if members.is_empty() => return Some(FilterRules::Any),
        Some((key, Node::List(members, _))) => (key.span, members),
        Some((key, Node::Scalar(_) | Node::Map(..))) => (key.span, Vec::new()),
        None => (filter.span, Vec::new()),
    };
    let count = members.len();
    let rules: Vec<_> = members.into_iter().filter_map(text_of).filter(|rule| !rule.is_null()).collect();
    if rules.is_empty() || rules.len() < count {
        let problem = Code::InvalidFilter.at(span, "the filter does not say which rules it is for");
        ctx.report(problem.help("list their ids or names under `rules`, or write `rules: any`"));
        return None;
    }
    Some(FilterRules::Listed(rules.into_iter().map(|rule| Spanned::new(rule.text, rule.span)).collect()))
}
