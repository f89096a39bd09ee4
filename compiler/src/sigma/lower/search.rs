//! Searches: maps (every item), lists (any member), keywords (anywhere in the event), and array blocks.
//!
//! Decided here:
//! - Lists may mix maps, keywords and lists. An empty map or list as a search says nothing: an error.
//! - A keyword is looked for inside every scalar value of the event, at any depth; names of fields are not searched.
//! - With `sigma-version: 3`, `f[any]`, `f[all]`, `f[all_or_empty]`, `f[none]`, `f[N]` and `f[-N]` are about the elements of an array, `.` is the element itself, and brackets in a name are
//!   written `\[`, `\]`. A path goes on behind a selector (`a[any].b`); several may follow each other. Before version 3, brackets are part of the name.
//! - Keywords and `fieldref` inside an array block are refused: nothing says what they would look at.

use std::cell::Cell;

use crate::diagnostic::Code;
use crate::ir::{Expr, Quantifier, Subject};
use crate::sigma::ast;
use crate::source::{Span, Spanned};

use super::{Ctx, condition, item, modifier};

/// What the names in a search are names in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// The event.
    Event,
    /// An element of an array.
    Element,
}

/// The meaning of a search.
pub(super) fn lower(search: &ast::Search, span: Span, within: Within, depth: usize, ctx: &mut Ctx<'_>) -> Expr {
    if !ctx.allows_depth(depth, span) {
        return Expr::Const(false);
    }
    match search {
        ast::Search::Map(items) => map(items, span, within, depth, ctx),
        ast::Search::List(members) => list(members, span, within, depth, ctx),
        ast::Search::Keyword(value) => keywords([(value, span)], within, ctx),
    }
}

fn map(items: &[ast::Item], span: Span, within: Within, depth: usize, ctx: &mut Ctx<'_>) -> Expr {
    if items.is_empty() {
        ctx.diags.push(Code::EmptyDetection.at(span, "an empty map says nothing").help("list at least one field"));
        return Expr::Const(false);
    }
    let members: Vec<Expr> = items.iter().map(|item| one_item(item, within, depth, ctx)).collect();
    Expr::all(members)
}

/// Keywords of a list become one test, at the place of the first.
fn list(members: &[Spanned<ast::Search>], span: Span, within: Within, depth: usize, ctx: &mut Ctx<'_>) -> Expr {
    if members.is_empty() {
        ctx.diags.push(Code::EmptyDetection.at(span, "an empty list says nothing").help("list at least one value"));
        return Expr::Const(false);
    }
    let mut any = Vec::new();
    let mut words_done = false;
    for member in members {
        match &member.value {
            ast::Search::Keyword(_) if words_done => {}
            ast::Search::Keyword(_) => {
                words_done = true;
                let words = members.iter().filter_map(|m| {
                    if let ast::Search::Keyword(value) = &m.value { Some((value, m.span)) } else { None }
                });
                any.push(keywords(words, within, ctx));
            }
            ast::Search::Map(_) | ast::Search::List(_) => {
                any.push(lower(&member.value, member.span, within, depth + 1, ctx));
            }
        }
    }
    Expr::any(any)
}

fn keywords<'a>(values: impl IntoIterator<Item = (&'a ast::Value, Span)>, within: Within, ctx: &mut Ctx<'_>) -> Expr {
    let mut values = values.into_iter().peekable();
    if let (Within::Element, Some((_, span))) = (within, values.peek()) {
        ctx.diags.push(
            Code::ArrayField
                .at(*span, "a keyword inside an array block")
                .help("write `.` for the element itself: `.|contains: value`"),
        );
        return Expr::Const(false);
    }
    item::keywords(values, ctx)
}

fn one_item(line: &ast::Item, within: Within, depth: usize, ctx: &mut Ctx<'_>) -> Expr {
    if let ast::ItemBody::Search(inner) = &line.body {
        return lower(inner, line.span, within, depth + 1, ctx);
    }
    let Some(chain) = modifier::chain(line, ctx.diags) else { return Expr::Const(false) };
    let path = match &line.field {
        Some(field) => match path(field, within, ctx) {
            Some(path) => path,
            None => return Expr::Const(false),
        },
        None if within == Within::Element => {
            ctx.diags.push(
                Code::ArrayField
                    .at(line.span, "an item without a field inside an array block")
                    .help("write `.` for the element itself"),
            );
            return Expr::Const(false);
        }
        None => Path { selected: Vec::new(), last: Subject::AnyValue, last_is_element: false },
    };
    let body = match &line.body {
        ast::ItemBody::Values { values, .. } => item::lower(&path.last, &chain, line, values, ctx),
        ast::ItemBody::Block(_) | ast::ItemBody::Elements(_) if !path.last_is_element => {
            let help = if ctx.version < 3 {
                "arrays of objects need `sigma-version: 3` and a selector, as in `field[any]`"
            } else {
                "add a selector: `field[any]`"
            };
            ctx.diags.push(Code::ArrayField.at(line.span, "a map where a value is asked for").help(help));
            return Expr::Const(false);
        }
        ast::ItemBody::Block(_) | ast::ItemBody::Elements(_) if !line.modifiers.is_empty() => {
            ctx.diags.push(
                Code::ArrayField
                    .at(line.modifiers[0].span, "modifiers before an array block")
                    .help("modify the items inside the block"),
            );
            return Expr::Const(false);
        }
        ast::ItemBody::Block(detection) => block(detection, line.span, depth, ctx),
        ast::ItemBody::Search(inner) => lower(inner, line.span, within, depth + 1, ctx),
        ast::ItemBody::Elements(items) => {
            if !ctx.allows_depth(depth + 1, line.span) {
                return Expr::Const(false);
            }
            map(items, line.span, Within::Element, depth + 1, ctx)
        }
    };
    // the innermost selector is the last one
    path.selected.into_iter().rev().fold(body, |body, (of, quantifier)| Expr::Elements {
        of,
        quantifier,
        body: Box::new(body),
    })
}

/// A block with selections and a condition of its own.
fn block(detection: &ast::Detection, span: Span, depth: usize, ctx: &mut Ctx<'_>) -> Expr {
    if !ctx.allows_depth(depth + 1, span) {
        return Expr::Const(false);
    }
    let selections: Vec<Expr> = detection
        .selections
        .values()
        .map(|search| lower(&search.value, search.span, Within::Element, depth + 1, ctx))
        .collect();
    if detection.conditions.is_empty() {
        return Expr::all(selections);
    }
    // selections of a block stand where the condition names them, each time: nested blocks would multiply
    let sizes: Vec<usize> = selections.iter().map(size).collect();
    let spent = Cell::new(ctx.copied);
    let condition = condition::lower(detection, ctx, |index| {
        spent.set(spent.get() + sizes.get(index).copied().unwrap_or(0));
        selections.get(index).filter(|_| spent.get() <= MAX_COPIED).cloned().unwrap_or(Expr::Const(false))
    });
    let before = std::mem::replace(&mut ctx.copied, spent.get());
    if ctx.copied > MAX_COPIED {
        if before > MAX_COPIED {
            // said of an inner block
            return Expr::Const(false);
        }
        ctx.diags.push(
            Code::TooDeep
                .at(span, "the conditions of nested array blocks multiply too far")
                .help("name each selection once, or nest fewer blocks"),
        );
        return Expr::Const(false);
    }
    condition
}

/// How many tests the conditions of all array blocks of a rule may put in place.
const MAX_COPIED: usize = 10_000;

fn size(expr: &Expr) -> usize {
    match expr {
        Expr::Const(_) | Expr::Test(_) | Expr::Selection(_) | Expr::Formula(_) => 1,
        Expr::Not(inner) => size(inner),
        Expr::All(members) | Expr::Any(members) | Expr::AtLeast { of: members, .. } => members.iter().map(size).sum(),
        Expr::Elements { body, .. } => 1 + size(body),
    }
}

/// A field's name with its selectors taken off.
struct Path {
    /// Arrays whose elements are looked at, the outermost first.
    selected: Vec<(Subject, Quantifier)>,
    /// What is tested in the innermost of them.
    last: Subject,
    /// Whether the name ends with a selector, so that a block may follow.
    last_is_element: bool,
}

/// How many selectors a name may have.
const MAX_SELECTORS: usize = 8;

fn path(field: &Spanned<String>, within: Within, ctx: &mut Ctx<'_>) -> Option<Path> {
    let mut scope = within;
    let subject = |name: &str, scope: Within, ctx: &mut Ctx<'_>| match scope {
        Within::Event => Subject::Field(ctx.field(name)),
        // `.` is the element itself
        Within::Element => Subject::Element(if name == "." {
            String::new()
        } else {
            name.strip_prefix('.').unwrap_or(name).to_owned()
        }),
    };
    if ctx.version < 3 {
        return Some(Path { selected: Vec::new(), last: subject(&field.value, scope, ctx), last_is_element: false });
    }
    let mut selected = Vec::new();
    let mut name = String::new();
    let mut rest = field.value.as_str();
    let mut last_is_element = false;
    while let Some(c) = rest.chars().next() {
        let escaped = rest
            .strip_prefix("\\[")
            .map(|after| ('[', after))
            .or_else(|| rest.strip_prefix("\\]").map(|after| (']', after)));
        if let Some((bracket, after)) = escaped {
            name.push(bracket);
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('[') {
            let (quantifier, after) = inside.split_once(']').and_then(|(word, after)| Some((quantifier(word)?, after))).or_else(|| {
                let help = "selectors are `[any]`, `[all]`, `[all_or_empty]`, `[none]`, `[N]` and `[-N]`; write `\\[` for a bracket in a name";
                ctx.diags.push(Code::ArrayField.at(field.span, format!("`{}` holds no valid array selector", field.value)).help(help));
                None
            })?;
            if (name.is_empty() && scope == Within::Event)
                || !(after.is_empty() || after.starts_with(['.', '[']))
                || selected.len() >= MAX_SELECTORS
            {
                ctx.diags.push(
                    Code::ArrayField
                        .at(field.span, format!("`{}` has a selector in a wrong place", field.value))
                        .help("write `field[any]` or `field[any].part`"),
                );
                return None;
            }
            selected.push((subject(&name, scope, ctx), quantifier));
            (scope, rest, last_is_element) = (Within::Element, after, after.is_empty());
            name.clear();
        } else {
            name.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(Path { selected, last: subject(&name, scope, ctx), last_is_element })
}

fn quantifier(word: &str) -> Option<Quantifier> {
    match word {
        "any" => Some(Quantifier::Any),
        "all" => Some(Quantifier::All),
        "all_or_empty" => Some(Quantifier::AllOrEmpty),
        "none" => Some(Quantifier::None),
        index => index.parse().ok().filter(|_| !index.starts_with('+')).map(Quantifier::At),
    }
}
