//! Correlation rules, read with all their parts.

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::ast::{Correlation, CorrelationCondition, Meta, Value};
use super::condition;
use super::parse::{Context, entries_of, text_of};
use super::yaml::{Entries, Node, Scalar};
use crate::diagnostic::{Code, Diagnostic, closest};
use crate::source::{Span, Spanned};

/// The types of the specification, and `value_median`, which others know.
const KINDS: [&str; 8] = [
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_percentile",
    "value_median",
];
const OPERATORS: [&str; 6] = ["gt", "gte", "lt", "lte", "eq", "neq"];

/// Reads the `correlation` part of a document.
pub(super) fn parse(
    ctx: &mut Context<'_>,
    mut meta: Meta,
    key: &Scalar,
    node: Node,
    span: Span,
) -> Option<Correlation> {
    let Node::Map(entries, _) = node else {
        ctx.report(invalid(
            key.span,
            format!("`correlation` holds {}, not a map", node.kind()),
            "write `type`, `rules`, `timespan` below it",
        ));
        return None;
    };
    let mut kind = None;
    let mut generate = matches!(meta.custom.shift_remove("generate"), Some(Json::Bool(true)));
    let (mut rules, mut group_by, mut timespan, mut aliases, mut condition) =
        (Vec::new(), Vec::new(), None, IndexMap::new(), None);
    for (key, node) in entries {
        match (key.text.as_str(), node) {
            ("type", Node::Scalar(scalar)) => kind = Some(scalar),
            ("rules", node) => rules = names(ctx, &key, node),
            ("group-by", node) => group_by = names(ctx, &key, node).into_iter().map(|name| name.value).collect(),
            ("timespan" | "timeframe", Node::Scalar(scalar)) => timespan = Some(scalar),
            ("aliases", node) => aliases = alias_fields(ctx, &key, node),
            ("condition", node) => condition = self::condition(ctx, &key, node),
            ("generate", Node::Scalar(scalar)) => generate = scalar.value() == Value::Bool(true),
            ("type" | "timespan" | "timeframe" | "generate", node) => wrong(ctx, &key, &node, "a single value"),
            (_, node) => {
                let problem =
                    Code::ContentIgnored.at(key.span, format!("`{}` is not a part of a correlation", key.text));
                ctx.report(problem.help("is the indentation right?"));
                drop(node);
            }
        }
    }
    let kind = kind_of(ctx, key.span, kind)?;
    let needs_condition = !kind.value.starts_with("temporal");
    if needs_condition && condition.is_none() {
        ctx.report(invalid(
            key.span,
            format!("`{}` needs a `condition`", kind.value),
            "write it below `correlation`: `condition: {gte: 10}`",
        ));
    }
    if rules.is_empty() && !matches!(condition, Some(CorrelationCondition::Expression(_))) {
        ctx.report(invalid(
            key.span,
            "the correlation names no `rules`",
            "list the ids or names of the rules that it is over",
        ));
    }
    check_timespan(ctx, key.span, timespan.as_ref());
    let timespan = timespan.map(|scalar| Spanned::new(scalar.text, scalar.span));
    Some(Correlation { meta, kind, rules, group_by, timespan, aliases, condition, generate, span })
}

fn kind_of(ctx: &mut Context<'_>, span: Span, kind: Option<Scalar>) -> Option<Spanned<String>> {
    let Some(kind) = kind else {
        ctx.report(invalid(span, "the correlation has no `type`", format!("write one of `{}`", KINDS.join("`, `"))));
        return None;
    };
    if !KINDS.contains(&kind.text.as_str()) {
        let help = match closest(&kind.text, KINDS) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write one of `{}`", KINDS.join("`, `")),
        };
        ctx.report(invalid(kind.span, format!("`{}` is not a type of correlation", kind.text), help));
    }
    Some(Spanned::new(kind.text, kind.span))
}

fn check_timespan(ctx: &mut Context<'_>, span: Span, timespan: Option<&Scalar>) {
    const HELP: &str = "write a number and a unit (`s`, `m`, `h`, `d`, `w`, `M`, `y`): `timespan: 5m`";
    let Some(scalar) = timespan else {
        return ctx.report(invalid(span, "the correlation has no `timespan`", HELP));
    };
    let number = scalar.text.strip_suffix(['s', 'm', 'h', 'd', 'w', 'M', 'y']);
    if number.and_then(|number| number.parse::<u64>().ok()).is_none_or(|number| number == 0) {
        ctx.report(invalid(scalar.span, format!("`{}` is not a time span", scalar.text), HELP));
    }
}

fn condition(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Option<CorrelationCondition> {
    match node {
        Node::Scalar(scalar) => {
            let place = scalar.place(ctx.text);
            let condition = condition::parse(&scalar.text, &place, &mut |problem| ctx.report(problem))?;
            Some(CorrelationCondition::Expression(condition))
        }
        Node::Map(entries, _) => comparison(ctx, key, entries),
        Node::List(..) => {
            wrong(ctx, key, &node, "a map of comparisons");
            None
        }
    }
}

fn comparison(ctx: &mut Context<'_>, key: &Scalar, entries: Entries) -> Option<CorrelationCondition> {
    let (mut operators, mut fields, mut percentile) = (Vec::new(), Vec::new(), None);
    for (key, node) in entries {
        match (key.text.as_str(), node) {
            ("field", node) => fields = names(ctx, &key, node).into_iter().map(|name| name.value).collect(),
            ("percentile", Node::Scalar(scalar)) => percentile = Some(number(ctx, &key, scalar)?),
            (operator, Node::Scalar(scalar)) if OPERATORS.contains(&operator) => {
                operators.push((key.text.clone(), number(ctx, &key, scalar)?));
            }
            _ => ctx.report(invalid(
                key.span,
                format!("`{}` is not a comparison", key.text),
                format!("write one of `{}` with a number, and `field` where values are meant", OPERATORS.join("`, `")),
            )),
        }
    }
    if operators.is_empty() {
        ctx.report(invalid(key.span, "the condition compares nothing", "write for example `gte: 10`"));
        return None;
    }
    Some(CorrelationCondition::Compare { operators, fields, percentile })
}

fn number(ctx: &mut Context<'_>, key: &Scalar, scalar: Scalar) -> Option<Value> {
    let span = scalar.span;
    match scalar.into_value() {
        value @ (Value::Int(_) | Value::Float(_)) => Some(value),
        Value::Null | Value::Bool(_) | Value::String(_) => {
            ctx.report(invalid(
                span,
                format!("`{}` is not compared with a number", key.text),
                "write a number without quotes",
            ));
            None
        }
    }
}

/// One name or a list of them.
fn names(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Vec<Spanned<String>> {
    let members = match node {
        Node::List(members, _) => members,
        Node::Scalar(_) => vec![node],
        Node::Map(..) => {
            wrong(ctx, key, &node, "a list of names");
            return Vec::new();
        }
    };
    let mut names = Vec::with_capacity(members.len());
    for member in members {
        match member {
            Node::Scalar(scalar) if scalar.is_null() => {}
            Node::Scalar(scalar) => names.push(Spanned::new(scalar.text, scalar.span)),
            Node::List(..) | Node::Map(..) => wrong(ctx, key, &member, "names"),
        }
    }
    names
}

/// `aliases`: alias -> rule -> field.
fn alias_fields(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> IndexMap<String, IndexMap<String, String>> {
    let Node::Map(entries, _) = node else {
        wrong(ctx, key, &node, "a map");
        return IndexMap::new();
    };
    let mut aliases = IndexMap::new();
    for (alias, node) in entries {
        let kind = node.kind();
        let fields: Option<IndexMap<String, String>> = entries_of(node)
            .and_then(|lines| lines.into_iter().map(|(rule, field)| Some((rule.text, text_of(field)?.text))).collect());
        match fields {
            Some(fields) => {
                aliases.insert(alias.text, fields);
            }
            None => ctx.report(invalid(
                alias.span,
                format!("the alias `{}` is {kind}", alias.text),
                "write for each rule its field: `rule_name: Field`",
            )),
        }
    }
    aliases
}

fn wrong(ctx: &mut Context<'_>, key: &Scalar, node: &Node, expected: &str) {
    ctx.report(invalid(key.span, format!("`{}` holds {}", key.text, node.kind()), format!("write {expected}")));
}

fn invalid(span: Span, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Code::InvalidCorrelation.at(span, message).help(help)
}
