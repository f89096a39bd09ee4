//! What a rule looks for: selections, their items, and the conditions over them.

use indexmap::IndexMap;

use super::ast::{Detection, Item, ItemBody, Modifier, Search, Value};
use super::parse::{Context, text_of};
use super::yaml::{Entries, Node, Scalar};
use super::{condition, selection};
use crate::diagnostic::{Code, closest};
use crate::source::{Span, Spanned};

/// Reads a `detection`, or the block of an array item with a condition of its own. `span` is the place of its key.
///
/// `None` if it has no condition; other faults are reported, which rejects the document, and leave gaps.
pub(super) fn parse(ctx: &mut Context<'_>, entries: Entries, span: Span) -> Option<Detection> {
    if !selection::check_number(ctx, entries.len(), span) {
        return None;
    }
    let mut detection =
        Detection { selections: IndexMap::new(), conditions: Vec::new(), condition_texts: Vec::new(), timeframe: None };
    let mut condition = None;
    for (key, node) in entries {
        match key.text.as_str() {
            "condition" => condition = Some((key, node)),
            "timeframe" => detection.timeframe = timeframe(ctx, &key, node),
            _ => {
                // a broken selection still has a name, or the condition would be blamed too; the error rejects the rule
                let search = search(ctx, &key, node).unwrap_or(Search::List(Vec::new()));
                detection.selections.insert(key.text, Spanned::new(search, key.span));
            }
        }
    }
    conditions(ctx, condition, &mut detection, span)?;
    selection::check(ctx, &detection);
    Some(detection)
}

fn timeframe(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Option<Spanned<String>> {
    let kind = node.kind();
    let scalar = text_of(node);
    if scalar.is_none() {
        let problem = Code::WrongType.at(key.span, format!("`timeframe` is {kind}, not a time"));
        ctx.report(problem.help("write a number and a unit: `15m`"));
    }
    scalar.map(|scalar| Spanned::new(scalar.text, scalar.span))
}

/// What is written as a YAML tag behind a key.
fn tag_behind(text: &str, key: Span) -> Option<&str> {
    let line = text.get(key.end as usize..)?.lines().next()?;
    let name = line
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('!')?
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()?;
    (!name.is_empty()).then_some(name)
}

/// Reads one condition or a list of them into the detection. `None` if any is missing or useless.
fn conditions(
    ctx: &mut Context<'_>,
    found: Option<(Scalar, Node)>,
    detection: &mut Detection,
    span: Span,
) -> Option<()> {
    let (scalars, span) = match found {
        Some((key, Node::Scalar(scalar))) if scalar.is_null() => (Vec::new(), key.span),
        Some((key, Node::Scalar(scalar))) => (vec![scalar], key.span),
        Some((key, Node::List(members, _))) => {
            let count = members.len();
            let scalars: Vec<Scalar> = members.into_iter().filter_map(text_of).collect();
            if scalars.len() < count {
                ctx.report(
                    Code::WrongType
                        .at(key.span, "a member of `condition` is not a text")
                        .help("a condition is one line of text"),
                );
                return None;
            }
            (scalars, key.span)
        }
        Some((key, Node::Map(..))) => {
            ctx.report(
                Code::WrongType
                    .at(key.span, "`condition` is a map, not a text")
                    .help("a condition is one line of text"),
            );
            return None;
        }
        None => (Vec::new(), span),
    };
    if scalars.is_empty() {
        let help = match detection.selections.keys().next() {
            // of `condition: !selection`, YAML leaves nothing
            _ if let Some(name) = tag_behind(ctx.text, span) => {
                format!("`!` before `{name}` makes a tag of it in YAML: write `not {name}`")
            }
            Some(name) if !name.contains(char::is_whitespace) => format!("add `condition: {name}`"),
            _ => "add a `condition` that joins the selections".to_owned(),
        };
        ctx.report(Code::MissingCondition.at(span, "the detection has no condition").help(help));
        return None;
    }
    if scalars.len() > condition::MAX_TERMS {
        let message = format!("the detection has more than {} conditions", condition::MAX_TERMS);
        ctx.report(Code::LimitExceeded.at(span, message).help("split the rule"));
        return None;
    }
    let count = scalars.len();
    for scalar in scalars {
        let place = scalar.place(ctx.text);
        if let Some(condition) = condition::parse(&scalar.text, &place, &mut |problem| ctx.report(problem)) {
            detection.conditions.push(condition);
            detection.condition_texts.push(scalar.text.trim().to_owned());
        }
    }
    (detection.conditions.len() == count).then_some(())
}

/// Reads a selection or a member of one. `key` names it in messages.
fn search(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Option<Search> {
    match node {
        Node::Scalar(scalar) if scalar.is_null() => empty(ctx, key, key.span, "holds nothing"),
        Node::Scalar(scalar) => Some(Search::Keyword(scalar.into_value())),
        Node::Map(entries, _) if entries.is_empty() => empty(ctx, key, key.span, "is an empty map"),
        Node::Map(entries, _) => items(ctx, entries).map(Search::Map),
        Node::List(members, _) if members.is_empty() => empty(ctx, key, key.span, "is an empty list"),
        Node::List(members, _) => {
            warn_of_null(ctx, &members);
            let count = members.len();
            let members: Vec<_> = members.into_iter().filter_map(|member| self::member(ctx, key, member)).collect();
            (members.len() == count).then_some(Search::List(members))
        }
    }
}

fn member(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Option<Spanned<Search>> {
    let span = node.span();
    let search = match node {
        Node::Scalar(scalar) => Search::Keyword(scalar.into_value()),
        Node::Map(entries, _) if entries.is_empty() => return empty(ctx, key, span, "holds an empty map"),
        Node::List(members, _) if members.is_empty() => return empty(ctx, key, span, "holds an empty list"),
        node @ (Node::Map(..) | Node::List(..)) => search(ctx, key, node)?,
    };
    Some(Spanned::new(search, span))
}

fn empty<T>(ctx: &mut Context<'_>, key: &Scalar, span: Span, what: &str) -> Option<T> {
    let problem = Code::EmptyPart.at(span, format!("`{}` {what}", key.text));
    ctx.report(problem.help("check the indentation of the lines below it, or remove it"));
    None
}

fn items(ctx: &mut Context<'_>, entries: Entries) -> Option<Vec<Item>> {
    let count = entries.len();
    let mut items = Vec::with_capacity(count);
    for (key, node) in entries {
        if ctx.is_hopeless() {
            return None;
        }
        items.extend(item(ctx, &key, node));
    }
    (items.len() == count).then_some(items)
}

fn item(ctx: &mut Context<'_>, key: &Scalar, node: Node) -> Option<Item> {
    let place = key.place(ctx.text);
    let mut parts = key.text.split('|');
    let name = parts.next().unwrap_or_default();
    let field = (!name.is_empty()).then(|| Spanned::new(name.to_owned(), place.at(0..name.len())));
    let mut at = name.len();
    let mut modifiers = Vec::new();
    let mut known = true;
    for part in parts {
        let span = place.at(at + 1..at + 1 + part.len());
        at += 1 + part.len();
        if let Some(modifier) = Modifier::from_name(part) {
            modifiers.push(Spanned::new(modifier, span));
        } else {
            unknown_modifier(ctx, part, span, place.whole());
            known = false;
        }
    }
    let span = Span { end: node.span().end.max(key.span.end), ..key.span };
    let body = body(ctx, key, node, &modifiers)?;
    known.then_some(Item { field, modifiers, body, span })
}

fn unknown_modifier(ctx: &mut Context<'_>, written: &str, span: Span, key: Span) {
    if written.is_empty() {
        let problem = Code::UnknownModifier.at(key, "a modifier is missing behind `|`");
        return ctx.report(problem.help("name a modifier, or remove the bar"));
    }
    let names = || Modifier::NAMES.iter().flat_map(|(_, names)| names.iter().copied());
    let problem = Code::UnknownModifier.at(span, format!("there is no modifier `{written}`"));
    ctx.report(match closest(written, names()) {
        Some(meant) => problem.help(format!("did you mean `{meant}`?")),
        None => problem.help("`sigil explain SG016` lists the modifiers"),
    });
}

fn body(ctx: &mut Context<'_>, key: &Scalar, node: Node, modifiers: &[Spanned<Modifier>]) -> Option<ItemBody> {
    match node {
        Node::Scalar(scalar) => Some(ItemBody::Values { values: vec![value(scalar)], list: false }),
        Node::List(members, span) => {
            if members.is_empty() {
                let problem =
                    Code::EmptyList.at(span, format!("`{}` has an empty list, which is read as `null`", key.text));
                ctx.report(problem.help("add values, or write `null` if a missing field is meant"));
            }
            warn_of_null(ctx, &members);
            let count = members.len();
            let mut values = Vec::with_capacity(count);
            let mut reported = false;
            for member in members {
                match member {
                    Node::Scalar(scalar) => values.push(value(scalar)),
                    member @ (Node::List(..) | Node::Map(..)) if !reported => {
                        reported = true;
                        nested_value(ctx, key, &member);
                    }
                    Node::List(..) | Node::Map(..) => {}
                }
            }
            (values.len() == count).then_some(ItemBody::Values { values, list: true })
        }
        Node::Map(entries, span) => block(ctx, key, entries, span, modifiers),
    }
}

fn value(scalar: Scalar) -> Spanned<Value> {
    let span = scalar.span;
    Spanned::new(scalar.into_value(), span)
}

fn nested_value(ctx: &mut Context<'_>, key: &Scalar, member: &Node) {
    let problem = match member {
        Node::Map(..) => Code::MapAsValue.at(member.span(), format!("the list of `{}` holds a map", key.text)),
        Node::List(..) | Node::Scalar(_) => {
            Code::WrongType.at(member.span(), format!("the list of `{}` holds {}", key.text, member.kind()))
        }
    };
    ctx.report(
        problem.help(
            "a field is compared with single values; is the indentation right? text that holds `: ` needs quotes",
        ),
    );
}

/// The block of an array item, from version 3 on.
fn block(
    ctx: &mut Context<'_>,
    key: &Scalar,
    entries: Entries,
    span: Span,
    modifiers: &[Spanned<Modifier>],
) -> Option<ItemBody> {
    if entries.is_empty() {
        return empty(ctx, key, span, "is an empty map");
    }
    if ctx.version < 3 {
        let problem = Code::MapAsValue.at(key.span, format!("`{}` holds a map where a value is expected", key.text));
        let help = "check the indentation, or use a dotted name; blocks over array elements need `sigma-version: 3`";
        ctx.report(problem.help(help));
        return None;
    }
    if let Some(first) = modifiers.first() {
        let problem = Code::MapAsValue.at(first.span, format!("`{}` cannot be applied to a block", first.value.name()));
        ctx.report(problem.help("put the modifier on the fields within the block"));
        return None;
    }
    if entries.iter().any(|(key, _)| key.text == "condition") {
        let detection = parse(ctx, entries, key.span)?;
        return Some(ItemBody::Block(Box::new(detection)));
    }
    items(ctx, entries).map(ItemBody::Elements)
}

fn warn_of_null(ctx: &mut Context<'_>, members: &[Node]) {
    if let Some(null) = members.iter().find(|member| member.is_null()) {
        let problem = Code::NullInList.at(null.span(), "a list of values holds `null`");
        ctx.report(problem.help("write `''` for an empty text; put `null` into a selection of its own"));
    }
}
