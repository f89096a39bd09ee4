//! What a document says of itself. Faults here are harmless: they are warned of, and what can be kept is kept.

use serde_json::Value as Json;

use super::Context;
use crate::diagnostic::{Code, closest};
use crate::sigma::ast::{LogSource, Meta, Value};
use crate::sigma::yaml::{Entries, Node, Scalar};
use crate::source::Span;

/// The top level of a document, sorted.
pub(super) struct Parts {
    pub(super) meta: Meta,
    pub(super) version: u32,
    pub(super) logsource: Option<(Scalar, Node)>,
    pub(super) detection: Option<(Scalar, Node)>,
    pub(super) correlation: Option<(Scalar, Node)>,
    pub(super) filter: Option<(Scalar, Node)>,
}

/// Sorts the top level of a document.
pub(super) fn take_apart(ctx: &mut Context<'_>, entries: Entries, span: Span) -> Parts {
    let mut parts =
        Parts { meta: Meta::default(), version: 2, logsource: None, detection: None, correlation: None, filter: None };
    for (key, node) in entries {
        let meta = &mut parts.meta;
        match key.text.as_str() {
            "title" => meta.title = title(ctx, &key, node).unwrap_or_default(),
            "id" => meta.id = text(ctx, &key, node),
            "name" => meta.name = text(ctx, &key, node),
            "status" => {
                meta.status = known(ctx, &key, node, &["stable", "test", "experimental", "deprecated", "unsupported"]);
            }
            "level" => meta.level = known(ctx, &key, node, &["informational", "low", "medium", "high", "critical"]),
            "description" => meta.description = text(ctx, &key, node),
            "author" => meta.author = text(ctx, &key, node),
            "date" => meta.date = text(ctx, &key, node),
            "modified" => meta.modified = text(ctx, &key, node),
            "license" => meta.license = text(ctx, &key, node),
            "references" => meta.references = texts(ctx, &key, node),
            "tags" => meta.tags = texts(ctx, &key, node),
            "falsepositives" => meta.falsepositives = texts(ctx, &key, node),
            "fields" => meta.fields = texts(ctx, &key, node),
            "related" => meta.related = related(ctx, &key, node),
            "sigma-version" => parts.version = version(ctx, &node),
            "logsource" => parts.logsource = Some((key, node)),
            "detection" => parts.detection = Some((key, node)),
            "correlation" => parts.correlation = Some((key, node)),
            "filter" => parts.filter = Some((key, node)),
            _ => {
                meta.custom.insert(key.text, json(node));
            }
        }
    }
    if parts.meta.title.is_empty() {
        let start = Span { end: span.start, ..span };
        ctx.report(
            Code::MissingTitle.at(start, "the rule has no `title`").help("add one: alerts and generated code show it"),
        );
    }
    parts
}

/// `logsource`, of a rule or a filter that starts at `start`.
pub(super) fn logsource(ctx: &mut Context<'_>, found: Option<(Scalar, Node)>, start: Span) -> LogSource {
    let mut logsource = LogSource::default();
    let Some((key, node)) = found else {
        ctx.report(no_logsource(start));
        return logsource;
    };
    let entries = match node {
        Node::Map(entries, _) => entries,
        node if node.is_null() => Entries::new(),
        node => {
            let problem = Code::WrongType.at(key.span, format!("`logsource` is {}, not a map", node.kind()));
            ctx.report(problem.help("write `product`, `category` and `service` below it"));
            return logsource;
        }
    };
    for (key, node) in entries {
        match key.text.as_str() {
            "product" => logsource.product = attribute(ctx, &key, node),
            "category" => logsource.category = attribute(ctx, &key, node),
            "service" => logsource.service = attribute(ctx, &key, node),
            "definition" => logsource.definition = text(ctx, &key, node),
            _ => {}
        }
    }
    if logsource.product.is_none() && logsource.category.is_none() && logsource.service.is_none() {
        ctx.report(no_logsource(key.span));
    }
    logsource
}

fn no_logsource(span: Span) -> crate::diagnostic::Diagnostic {
    let problem = Code::MissingLogSource.at(span, "the document names no log source, so that it is for every event");
    problem.help("add `logsource` with `product`, `category` or `service`")
}

/// An attribute that decides which events a rule is for.
fn attribute(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Option<String> {
    match node {
        Node::Scalar(scalar) if scalar.is_null() => None,
        Node::Scalar(scalar) => Some(scalar.text),
        node @ (Node::List(..) | Node::Map(..)) => {
            let problem = Code::WrongType.at(key.span, format!("`{}` is {}, not a text", key.text, node.kind()));
            ctx.report(problem.help("a rule is for one log source; write a rule for each"));
            None
        }
    }
}

fn title(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Option<String> {
    if let Node::Scalar(scalar) = &node
        && !scalar.is_string()
        && !scalar.is_null()
    {
        odd(ctx, key, &node, "a text");
    }
    text(ctx, key, node).map(|title| title.trim().to_owned())
}

fn text(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Option<String> {
    match node {
        Node::Scalar(scalar) if scalar.is_null() => None,
        Node::Scalar(scalar) => Some(scalar.text),
        node @ (Node::List(..) | Node::Map(..)) => {
            odd(ctx, key, &node, "a text");
            None
        }
    }
}

fn texts(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Vec<String> {
    let members = match node {
        Node::List(members, _) => members,
        node if node.is_null() => return Vec::new(),
        node => {
            odd(ctx, key, &node, "a list");
            vec![node]
        }
    };
    let mut texts = Vec::with_capacity(members.len());
    let mut warned = false;
    for member in members {
        match member {
            Node::Scalar(scalar) if scalar.is_null() => {}
            Node::Scalar(scalar) => texts.push(scalar.text),
            member @ (Node::List(..) | Node::Map(..)) if !warned => {
                odd(ctx, key, &member, "a list of texts");
                warned = true;
            }
            Node::List(..) | Node::Map(..) => {}
        }
    }
    texts
}

fn related(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Vec<(String, String)> {
    let members = match node {
        Node::List(members, _) => members,
        node if node.is_null() => return Vec::new(),
        node => {
            odd(ctx, key, &node, "a list");
            return Vec::new();
        }
    };
    let pair = |member: Node| {
        let (mut id, mut kind) = (None, None);
        for (key, node) in super::entries_of(member)? {
            match (key.text.as_str(), node) {
                ("id", Node::Scalar(scalar)) => id = Some(scalar.text),
                ("type", Node::Scalar(scalar)) => kind = Some(scalar.text),
                _ => {}
            }
        }
        Some((id?, kind.unwrap_or_default()))
    };
    members.into_iter().filter_map(pair).collect()
}

/// A text that should be one of a few.
fn known(ctx: &mut Context<'_>, key: &Scalar, node: Node, values: &[&'static str]) -> Option<String> {
    let span = node.span();
    let value = text(ctx, key, node)?;
    if let Some(meant) = values.iter().find(|known| known.eq_ignore_ascii_case(&value) && **known != value) {
        let problem = Code::UnknownAttributeValue.at(span, format!("`{value}` is written `{meant}`"));
        ctx.report(problem.help("it is taken so"));
        return Some((*meant).to_owned());
    }
    if !values.contains(&value.as_str()) {
        let problem = Code::UnknownAttributeValue.at(span, format!("`{value}` is not a {}", key.text));
        ctx.report(match closest(&value, values.iter().copied()) {
            Some(meant) => problem.help(format!("did you mean `{meant}`?")),
            None => problem.help(format!("write one of `{}`", values.join("`, `"))),
        });
    }
    Some(value)
}

fn version(ctx: &mut Context<'_>, node: &Node) -> u32 {
    let major = match node {
        Node::Scalar(scalar) => {
            let (major, rest) = scalar.text.trim().split_once('.').unwrap_or((scalar.text.trim(), ""));
            major.parse().ok().filter(|_| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
        }
        Node::List(..) | Node::Map(..) => None,
    };
    major.filter(|major| (1..=3).contains(major)).unwrap_or_else(|| {
        let problem = Code::UnknownVersion.at(node.span(), "this version of Sigma is not known");
        ctx.report(problem.help("write `sigma-version: 3`, or leave it out for version 2"));
        2
    })
}

fn odd(ctx: &mut Context<'_>, key: &Scalar, node: &Node, expected: &str) {
    let problem =
        Code::OddAttribute.at(key.span, format!("`{}` holds {} where {expected} is expected", key.text, node.kind()));
    ctx.report(problem.help("write texts that look like something else in quotes, and lists as lists"));
}

/// Any node as JSON.
fn json(node: Node) -> Json {
    match node {
        Node::Scalar(scalar) => match scalar.into_value() {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(value),
            Value::Int(value) => {
                serde_json::Number::from_i128(value).map_or_else(|| Json::String(value.to_string()), Json::Number)
            }
            Value::Float(value) => {
                serde_json::Number::from_f64(value).map_or_else(|| Json::String(value.to_string()), Json::Number)
            }
            Value::String(value) => Json::String(value),
        },
        Node::List(members, _) => Json::Array(members.into_iter().map(json).collect()),
        Node::Map(entries, _) => Json::Object(entries.into_iter().map(|(key, node)| (key.text, json(node))).collect()),
    }
}
