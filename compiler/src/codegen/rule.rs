//! A rule as two items: a function that gives the verdict, and a static that says all the rest.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::expr::{self, Context};
use super::literal;
use super::names::{self, Taken};
use super::operation::{self, option};
use super::print::Item;
use super::values::{Value, list};
use crate::ir;
use crate::plan;

/// What a rule's items are called.
#[derive(Debug)]
pub(super) struct Names {
    /// The function.
    pub(super) function: Ident,
    /// The static.
    pub(super) rule: Ident,
    /// What says what follows.
    pub(super) then: operation::Names,
}

/// The items of a rule; the statics that it needs and that are new are left in [`Context::values`].
pub(super) fn items<'p>(
    context: &mut Context<'_, 'p>,
    rule: &'p plan::Rule,
    names: &Names,
    scopes: &[Ident],
) -> Vec<Item> {
    let mut items = vec![function(context, rule, &names.function).into()];
    items.extend(operation::items(context, &rule.rule, &names.then));
    items.push(description(context, rule, names, scopes).into());
    items
}

/// The local variables of a rule's selections.
pub(super) fn selections(rule: &ir::Rule) -> Vec<Ident> {
    let mut taken = Taken::default();
    rule.selections.keys().map(|name| names::local(name, &mut taken)).collect()
}

fn function<'p>(context: &mut Context<'_, 'p>, rule: &'p plan::Rule, name: &Ident) -> TokenStream {
    let doc = doc(&rule.rule);
    let condition = match &rule.rule.condition {
        ir::Expr::Const(false) => {
            return quote!(#(#[doc = #doc])* pub(super) fn #name(_: &Slots<'_>, _: &mut Held) -> bool { false });
        }
        ir::Expr::Const(true) => None,
        other => Some(other),
    };
    let selections = context.selections;
    let mut reads_event = condition.is_some_and(reads_event);
    let mut lets = Vec::with_capacity(selections.len());
    for (local, selection) in selections.iter().zip(rule.rule.selections.values()) {
        let closure = expr::body(context, selection).closure(None);
        lets.push(quote!(let #local = #closure;));
        reads_event |= self::reads_event(selection);
    }
    // what the verdict already says is not asked again
    let held = selections
        .iter()
        .zip(ir::known_selections(&rule.rule))
        .map(|(local, known)| known.map_or_else(|| quote!(#local()), |known| quote!(#known)));
    let record = names::ident(if rule.rule.meta.carries_event { "record_with_event" } else { "record" });
    let record = quote!(held.#record(&[#(#held),*]));
    let verdict = match condition {
        Some(condition) => expr::operand(context, condition).statements_and(&record),
        None => record,
    };
    let event = names::ident(if reads_event { "event" } else { "_event" });
    quote!(#(#[doc = #doc])* pub(super) fn #name(#event: &Slots<'_>, held: &mut Held) -> bool { #(#lets)* #verdict })
}

/// What a reviewer wants to know before reading the function, line by line.
fn doc(rule: &ir::Rule) -> Vec<Literal> {
    let title = literal::prose(&rule.meta.title);
    let title = match rule.meta.level {
        Some(level) => format!(" {title} ({})", level.as_str()),
        None => format!(" {title}"),
    };
    let condition = format!(" Condition: {}", literal::code(&rule.condition_text));
    let source = format!(" Source: {}", literal::code(&rule.meta.source));
    [title.as_str(), "", &condition, "", &source].into_iter().map(Literal::string).collect()
}

fn description<'p>(
    context: &mut Context<'_, 'p>,
    rule: &'p plan::Rule,
    names: &Names,
    scopes: &[Ident],
) -> TokenStream {
    let ir::Meta { id, title, level, tags, source, marks, .. } = &rule.rule.meta;
    let Names { function, rule: name, then } = names;
    let marks = list(marks.iter().map(|mark| match mark {
        ir::Mark::BuildingBlock => quote!(Mark::BuildingBlock),
        ir::Mark::ReadsAlerts => quote!(Mark::ReadsAlerts),
    }));
    let then = then.value();
    let id = option(id.as_deref().map(literal::text));
    let title = literal::text(title);
    let level = option(level.map(|level| match level {
        ir::Level::Informational => quote!(Level::Informational),
        ir::Level::Low => quote!(Level::Low),
        ir::Level::Medium => quote!(Level::Medium),
        ir::Level::High => quote!(Level::High),
        ir::Level::Critical => quote!(Level::Critical),
    }));
    let tags = list(tags.iter().map(|tag| literal::text(tag)));
    let source = literal::text(source);
    let selections = list(rule.rule.selections.keys().map(|selection| literal::text(selection)));
    let scope = option(rule.scope.and_then(|scope| scopes.get(scope.0 as usize)).map(|scope| quote!(scope::#scope)));
    let triggers = triggers(context, &rule.triggers);
    quote! {
        pub(super) static #name: Rule = Rule {
            id: #id,
            title: #title,
            level: #level,
            tags: #tags,
            source: #source,
            selections: #selections,
            scope: #scope,
            triggers: #triggers,
            matches: #function,
            marks: #marks,
            then: #then,
        };
    }
}

fn triggers<'p>(context: &mut Context<'_, 'p>, triggers: &'p plan::Triggers) -> TokenStream {
    let triggers = match triggers {
        plan::Triggers::Always => return quote!(Triggers::Always),
        plan::Triggers::AnyOf(triggers) => triggers,
    };
    let mut members = Vec::with_capacity(triggers.len());
    for trigger in triggers {
        let place = match &trigger.subject {
            ir::Subject::Field(field) => {
                let name = context.fields.get(&**field);
                option(name.map(|name| quote!(field::#name)))
            }
            ir::Subject::AnyValue => quote!(None),
            // part of an element has no place of its own in an event: the rule is always a candidate
            ir::Subject::Element(_) | ir::Subject::Paths(_) => return quote!(Triggers::Always),
        };
        let method = names::ident(match trigger.op {
            ir::TextOp::Equals => "equals",
            ir::TextOp::StartsWith => "starts_with",
            ir::TextOp::EndsWith => "ends_with",
            ir::TextOp::Contains => "contains",
        });
        let purpose = expr::purpose(context.fields, &trigger.subject, expr::text_purpose(trigger.op));
        let texts = match context.values.find(&purpose, Value::Texts(&trigger.texts)) {
            Some(name) => quote!(#name.values()),
            None => list(trigger.texts.iter().map(|text| literal::text(text))),
        };
        members.push(quote!(Trigger::#method(#place, #texts)));
    }
    let members = list(members);
    quote!(Triggers::AnyOf(#members))
}

/// Whether the code of an expression names `event` itself.
pub(super) fn reads_event(expr: &ir::Expr) -> bool {
    match expr {
        ir::Expr::Const(_) | ir::Expr::Selection(_) => false,
        ir::Expr::Test(predicate) => match &predicate.subject {
            ir::Subject::Field(_) | ir::Subject::Paths(_) => true,
            ir::Subject::AnyValue => {
                !matches!(predicate.test, ir::Test::SameAs { .. } | ir::Test::Null | ir::Test::Single(_))
            }
            ir::Subject::Element(_) => false,
        },
        ir::Expr::Not(inner) => reads_event(inner),
        ir::Expr::All(members) | ir::Expr::Any(members) | ir::Expr::AtLeast { of: members, .. } => {
            members.iter().any(reads_event)
        }
        ir::Expr::Formula(_) => true,
        ir::Expr::Elements { of, body, .. } => match of {
            ir::Subject::Field(_) | ir::Subject::Paths(_) => true,
            ir::Subject::Element(_) => reads_event(body),
            ir::Subject::AnyValue => false,
        },
    }
}
