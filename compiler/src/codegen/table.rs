//! A pipeline as a module: constants for slots, one function for each command under the author's text, and a function that lines them up.

use std::sync::Arc;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use sigil_runtime::table::aggregate::AggregateCall;
use sigil_runtime::table::pipeline::{Lookup, Operator, Output, Pipeline, SortKey, Stats};

use super::expr::Context;
use super::names;
use super::operation::{column, kind, option};
use super::print::Item;
use super::slots::{Slots, command_groups};
use super::table_expr::{Writer, tokens};
use super::{literal, table_expr};
use crate::ir;

/// The module of a rule's pipeline.
pub(super) fn module(
    context: &Context<'_, '_>,
    rule: &ir::Rule,
    pipeline: &Pipeline<Arc<ir::Field>>,
    commands: &[String],
    slots: &Slots,
    name: &Ident,
) -> Item {
    let mut items = vec![quote! {
        use super::field;
        use ::sigil_runtime::generated::table::*;
    }];
    let mut functions = Vec::new();
    let mut names = Vec::new();
    let mut row = 0;
    for (number, (range, text)) in (1..).zip(command_groups(&pipeline.operators, commands)) {
        let of = pipeline.operators.get(range).unwrap_or_default();
        let Some(first) = of.first() else { continue };
        let name = names::ident(&format!("{}_{number}", command(first)));
        let mut writer = Writer::new(slots, row);
        let made: Vec<TokenStream> = of.iter().map(|of| operator(&mut writer, of)).collect();
        row = writer.row();
        let parts = writer.into_parts();
        let doc = (!text.is_empty()).then(|| {
            let text = Literal::string(&format!(" {}", literal::code(text)));
            quote!(#[doc = #text])
        });
        functions.push(quote!(#doc fn #name() -> Vec<Operator> { #(#parts)* command([#(#made),*]) }));
        names.push(name);
    }
    items.push(lined_up(context, pipeline, slots, &names));
    items.extend(slots.items());
    items.extend(functions);
    let title = literal::prose(&rule.meta.title);
    let doc = vec![format!(" {title}: what becomes of its events, command by command.")];
    Item::Module { doc, name: name.clone(), items }
}

/// The function that gives the pipeline.
fn lined_up(
    context: &Context<'_, '_>,
    pipeline: &Pipeline<Arc<ir::Field>>,
    slots: &Slots,
    commands: &[Ident],
) -> TokenStream {
    let columns = (0..).zip(&pipeline.columns).map(|(slot, of)| {
        let (slot, column) = (slots.name(0, slot), column(context, of));
        quote!((#slot, #column))
    });
    let operators = if commands.is_empty() { quote!(Vec::new()) } else { quote!(commands([#(#commands()),*])) };
    let outputs = |outputs: &[Output]| {
        let outputs = outputs.iter().map(|Output { name, kind: of, slot }| {
            let (name, slot, kind) = (literal::text(name), slots.in_result(*slot, None), kind(*of));
            quote!(output(#name, #slot, #kind))
        });
        let outputs: Vec<TokenStream> = outputs.collect();
        if outputs.is_empty() { quote!(Vec::new()) } else { quote!(Vec::from([#(#outputs),*])) }
    };
    let (output, keys, expanded) = (outputs(&pipeline.output), outputs(&pipeline.keys), outputs(&pipeline.expanded));
    let width = Literal::u32_unsuffixed(pipeline.width);
    quote! {
        pub(super) fn pipeline() -> Pipeline {
            Pipeline {
                columns: by_slot([#(#columns),*]),
                operators: #operators,
                output: #output,
                keys: #keys,
                expanded: #expanded,
                width: #width,
            }
        }
    }
}

/// The name of a command that starts with this operator.
fn command(operator: &Operator) -> &'static str {
    match operator {
        Operator::Where(_) => "where",
        Operator::Eval(..) => "eval",
        Operator::MvExpand(_) => "mv_expand",
        Operator::Dissect(..) => "dissect",
        Operator::Grok(..) => "grok",
        Operator::Stats(_) => "stats",
        Operator::InlineStats(..) => "inline_stats",
        Operator::Sort(_) => "sort",
        Operator::Limit(..) => "limit",
        Operator::Sample(_) => "sample",
        Operator::Lookup(_) => "lookup",
        Operator::Completion { .. } => "completion",
    }
}

fn operator(writer: &mut Writer<'_>, operator: &Operator) -> TokenStream {
    match operator {
        Operator::Where(condition) => {
            let condition = writer.expr(condition);
            quote!(keep_where(#condition))
        }
        Operator::Eval(slot, value) => {
            let (slot, value) = (writer.slot(*slot), writer.expr(value));
            quote!(eval(#slot, #value))
        }
        Operator::MvExpand(slot) => {
            let slot = writer.slot(*slot);
            quote!(mv_expand(#slot))
        }
        Operator::Dissect(value, pattern, into) => {
            let (value, into) = (writer.expr(value), writer.slots(into));
            let separator = literal::text(pattern.append_separator());
            let pattern = literal::text(pattern.pattern());
            quote!(dissect(#value, #pattern, #separator, [#(#into),*]))
        }
        Operator::Grok(value, patterns, into) => {
            let (value, into) = (writer.expr(value), writer.slots(into));
            let patterns = patterns.patterns().iter().map(|pattern| literal::text(pattern));
            quote!(grok(#value, &[#(#patterns),*], [#(#into),*]))
        }
        Operator::Stats(Stats { aggregates, keys, width }) => {
            let aggregates: Vec<TokenStream> = aggregates.iter().map(|call| aggregate(writer, call)).collect();
            let keys: Vec<TokenStream> = keys.iter().map(|key| writer.expr(key)).collect();
            writer.next_row();
            let mut at = 0..;
            let mut placed = |members: Vec<TokenStream>| -> Vec<TokenStream> {
                let placed = members.into_iter().zip(at.by_ref()).map(|(member, slot)| {
                    let slot = writer.slot(slot);
                    quote!((#slot, #member))
                });
                placed.collect()
            };
            let (aggregates, keys, width) = (placed(aggregates), placed(keys), Literal::u32_unsuffixed(*width));
            quote!(stats([#(#aggregates),*], [#(#keys),*], #width))
        }
        Operator::InlineStats(Stats { aggregates, keys, width }, into) => {
            let aggregates: Vec<TokenStream> = aggregates.iter().map(|call| aggregate(writer, call)).collect();
            let keys = keys.iter().map(|key| writer.expr(key));
            let keys: Vec<TokenStream> = keys.collect();
            let into = writer.slots(into);
            let width = Literal::u32_unsuffixed(*width);
            quote!(inline_stats([#((#into, #aggregates)),*], [#(#keys),*], #width))
        }
        Operator::Sort(keys) => {
            let keys = keys.iter().map(|SortKey { value, descending, nulls_first }| {
                let value = writer.expr(value);
                match (descending, nulls_first) {
                    (false, false) => quote!(ascending(#value)),
                    (true, true) => quote!(descending(#value)),
                    _ => quote!(SortKey { value: #value, descending: #descending, nulls_first: #nulls_first }),
                }
            });
            let keys: Vec<TokenStream> = keys.collect();
            quote!(sort([#(#keys),*]))
        }
        Operator::Limit(count, keys) => {
            let count = Literal::u64_unsuffixed(*count);
            if keys.is_empty() {
                return quote!(limit(#count));
            }
            let keys: Vec<TokenStream> = keys.iter().map(|key| writer.expr(key)).collect();
            quote!(limit_by(#count, [#(#keys),*]))
        }
        Operator::Sample(probability) => {
            let probability = literal::float(*probability);
            quote!(Operator::Sample(#probability))
        }
        Operator::Lookup(Lookup { table, on, with, multiplies }) => {
            let table = literal::text(table);
            let on = on.iter().map(|(value, field)| {
                let (value, field) = (writer.expr(value), field.as_ref().map(|field| literal::text(field)));
                let field = option(field.map(|field| quote!(#field.into())));
                quote!((#value, #field))
            });
            let on: Vec<TokenStream> = on.collect();
            let with = with.iter().map(|(name, slot, of)| {
                let (name, slot, kind) = (literal::text(name), writer.slot(*slot), kind(*of));
                quote!((#name.into(), #slot, #kind))
            });
            let with: Vec<TokenStream> = with.collect();
            quote!(Operator::Lookup(Lookup {
                table: #table.into(),
                on: Vec::from([#(#on),*]),
                with: Vec::from([#(#with),*]),
                multiplies: #multiplies,
            }))
        }
        Operator::Completion { inference, prompt, slot } => {
            let (inference, prompt, slot) = (literal::text(inference), writer.expr(prompt), writer.slot(*slot));
            quote!(Operator::Completion { inference: #inference.into(), prompt: #prompt, slot: #slot })
        }
    }
}

fn aggregate(writer: &mut Writer<'_>, call: &AggregateCall) -> TokenStream {
    let AggregateCall { aggregate, arguments, filter, result } = call;
    let aggregate = tokens("Aggregate", aggregate);
    let arguments = table_expr::arguments(writer, arguments);
    let result = kind(*result);
    let call = quote!(aggregate(#aggregate, #arguments, #result));
    match filter {
        None => call,
        Some(filter) => {
            let filter = writer.expr(filter);
            quote!(aggregate_where(#call, #filter))
        }
    }
}
