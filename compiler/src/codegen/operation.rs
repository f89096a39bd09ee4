//! What follows a match: a function that says what a stateful rule does with its events, or which indicators a rule takes.

use std::sync::Arc;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use sigil_runtime::operator::{self, NamedColumn, NewTerms, Schedule, Suppression, Threshold, Work};
use sigil_runtime::table::Type;
use sigil_runtime::table::pipeline::{self, Origin};

use super::expr::{self, Context};
use super::names::{self, Taken};
use super::print::Item;
use super::slots::Slots;
use super::{literal, table};
use crate::ir;

/// Functions of the runtime that operations name.
pub(super) const USED: &[&str] =
    &["column", "days", "hours", "ignored", "lower", "milliseconds", "minutes", "named", "pair", "seconds", "unlike"];

type Column = pipeline::Column<Arc<ir::Field>>;

/// What the items of [`ir::Then`] are called.
#[derive(Debug)]
pub(super) enum Names {
    /// There are none.
    Alert,
    /// Of a stateful rule.
    Operation {
        /// The function.
        function: Ident,
        /// The module of its pipeline.
        pipeline: Ident,
    },
    /// Of an indicator match rule.
    Threat {
        /// The function.
        function: Ident,
        /// The function that says which indicators count.
        filter: Ident,
    },
}

impl Names {
    /// Names beside the rule's function.
    pub(super) fn claim(then: &ir::Then, rule: &str, taken: &mut Taken) -> Self {
        let mut claim = |what: &str| names::word(&taken.claim(format!("{rule}_{what}")));
        match then {
            ir::Then::Alert => Self::Alert,
            ir::Then::Operation(_) => Self::Operation { function: claim("operation"), pipeline: claim("pipeline") },
            ir::Then::Threat(_) => Self::Threat { function: claim("indicators"), filter: claim("takes_indicator") },
        }
    }

    /// The value in the rule's static.
    pub(super) fn value(&self) -> TokenStream {
        match self {
            Self::Alert => quote!(Then::Alert),
            Self::Operation { function, .. } => quote!(Then::Operation(#function)),
            Self::Threat { function, .. } => quote!(Then::Threat(#function)),
        }
    }
}

/// The items that say what follows; none for an alert.
pub(super) fn items<'p>(context: &mut Context<'_, 'p>, rule: &'p ir::Rule, names: &Names) -> Vec<Item> {
    match (&rule.then, names) {
        (ir::Then::Operation(operation), Names::Operation { function, pipeline }) => {
            stateful(context, rule, operation, function, pipeline)
        }
        (ir::Then::Threat(threat), Names::Threat { function, filter }) => {
            indicators(context, rule, threat, function, filter)
        }
        (ir::Then::Alert | ir::Then::Operation(_) | ir::Then::Threat(_), _) => Vec::new(),
    }
}

fn stateful(
    context: &Context<'_, '_>,
    rule: &ir::Rule,
    operation: &ir::Operation,
    function: &Ident,
    pipeline: &Ident,
) -> Vec<Item> {
    let plan = &operation.plan;
    let (mut items, mut consts) = (Vec::new(), Vec::new());
    let columns = |columns: &[NamedColumn<_>]| {
        let columns = columns.iter().map(|column| named_column(context, column));
        quote!(Vec::from([#(#columns),*]))
    };
    let (work, slots) = match &plan.work {
        Work::Table(of) => {
            let slots = Slots::of(of, rule, &operation.commands);
            items.push(table::module(context, rule, of, &operation.commands, &slots, pipeline));
            (quote!(Work::Table(#pipeline::pipeline())), Some(slots))
        }
        Work::Threshold(Threshold { columns: of, keys, value, cardinality }) => {
            let columns = columns(of);
            let (keys, value) = (Literal::usize_unsuffixed(*keys), Literal::u64_unsuffixed(*value));
            let cardinality = option(cardinality.map(Literal::u64_unsuffixed));
            (
                quote!(Work::Threshold(Threshold {
                    columns: #columns, keys: #keys, value: #value, cardinality: #cardinality,
                })),
                None,
            )
        }
        Work::NewTerms(NewTerms { columns: of, terms, history }) => {
            let (columns, terms, history) = (columns(of), Literal::usize_unsuffixed(*terms), literal::span(*history));
            (quote!(Work::NewTerms(NewTerms { columns: #columns, terms: #terms, history: #history })), None)
        }
        Work::Events(of) => {
            let columns = columns(of);
            (quote!(Work::Events(#columns)), None)
        }
    };
    let suppression = option(plan.suppression.as_ref().map(|Suppression { by, duration, missing_too, each_value }| {
        let by: Vec<TokenStream> = match &slots {
            Some(slots) => by.iter().map(|slot| slots.in_result(*slot, Some(pipeline))).collect(),
            None => by.iter().map(|slot| named_slot(&plan.work, *slot, &mut consts)).collect(),
        };
        let duration = option(duration.map(literal::span));
        quote!(Suppression {
            by: Vec::from([#(#by),*]), duration: #duration, missing_too: #missing_too, each_value: #each_value,
        })
    }));
    let schedule = schedule(context, &plan.schedule);
    let document = document(context, &plan.document);
    let hash: Literal = format!("{:#018x}", plan.hash).parse().unwrap_or_else(|_| Literal::u64_unsuffixed(plan.hash));
    let doc = doc(rule, &about(plan), &when(&plan.schedule));
    let function = quote! {
        #(#[doc = #doc])*
        fn #function() -> Operation {
            #(#consts)*
            Operation {
                work: #work,
                schedule: #schedule,
                suppression: #suppression,
                document: #document,
                hash: #hash,
            }
        }
    };
    items.insert(0, function.into());
    items
}

fn indicators<'p>(
    context: &mut Context<'_, 'p>,
    rule: &ir::Rule,
    threat: &'p ir::Threat,
    function: &Ident,
    filter: &Ident,
) -> Vec<Item> {
    let ir::Threat { mapping, filter: condition, recent, document, times } = threat;
    let mapping = mapping.iter().map(|pairs| {
        let pairs = pairs.iter().map(|operator::Pair { name, event, indicator, differs }| {
            let name = literal::text(name);
            let (event, indicator) = (column(context, event), column(context, indicator));
            let made = if *differs { quote!(unlike) } else { quote!(pair) };
            quote!(#made(#name, #event, #indicator))
        });
        quote!(Vec::from([#(#pairs),*]))
    });
    let mapping: Vec<TokenStream> = mapping.collect();
    let recent = option(recent.as_ref().map(|operator::Recent { field, back, round }| {
        let (field, back, round) = (context.field(field), literal::span(*back), literal::span(*round));
        quote!(Recent { field: #field, back: #back, round: #round })
    }));
    let document = self::document(context, document);
    let times: Vec<TokenStream> = times.iter().map(|field| context.field(field)).collect();
    let about = "an event alerts if an indicator has the same values in each pair of one of these lists.";
    let doc = doc(rule, about, "");
    let made = quote! {
        #(#[doc = #doc])*
        fn #function() -> ThreatMatch {
            ThreatMatch {
                mapping: Vec::from([#(#mapping),*]),
                filter: IndicatorFilter::Native(#filter),
                recent: #recent,
                document: #document,
                times: Vec::from([#(#times),*]),
            }
        }
    };
    let title = literal::prose(&rule.meta.title);
    let doc = Literal::string(&format!(" Which indicators {title} takes."));
    let takes = match condition {
        ir::Expr::Const(taken) => {
            quote!(#[doc = #doc] fn #filter(_: &Slots<'_>, held: &mut Held) -> bool { #taken && held.record(&[]) })
        }
        condition => {
            let event = names::ident(if super::rule::reads_event(condition) { "event" } else { "_event" });
            let body = expr::operand(context, condition).statements_and(&quote!(held.record(&[])));
            quote!(#[doc = #doc] fn #filter(#event: &Slots<'_>, held: &mut Held) -> bool { #body })
        }
    };
    vec![made.into(), takes.into()]
}

/// The documentation of an operation: what it does, and when.
fn doc(rule: &ir::Rule, about: &str, when: &str) -> Vec<Literal> {
    let title = literal::prose(&rule.meta.title);
    let mut lines = vec![format!(" {title}: {about}")];
    if !when.is_empty() {
        lines.extend([String::new(), format!(" {when}")]);
    }
    lines.iter().map(|line| Literal::string(line)).collect()
}

fn about(operation: &operator::Operation<Arc<ir::Field>>) -> String {
    let listed = |columns: &[NamedColumn<_>]| -> String {
        columns.iter().map(|column| literal::code(&column.name)).collect::<Vec<_>>().join(", ")
    };
    match &operation.work {
        Work::Table(_) => "what an ES|QL pipeline makes of its events.".to_owned(),
        Work::Threshold(Threshold { columns, keys, value, cardinality }) => {
            let events = if *value == 1 { "1 event" } else { &format!("{value} events") };
            let (by, others) = columns.split_at_checked(*keys).unwrap_or((columns, &[]));
            let together = if by.is_empty() { String::new() } else { format!(" that agree in {}", listed(by)) };
            let distinct = match (cardinality, others.first()) {
                (Some(least), Some(column)) => {
                    format!(", with at least {least} values of {}", literal::code(&column.name))
                }
                (Some(_) | None, _) => String::new(),
            };
            format!("at least {events}{together}{distinct}.")
        }
        Work::NewTerms(NewTerms { columns, terms, history }) => {
            let terms = columns.get(..*terms).unwrap_or(columns);
            format!(
                "values of {} that the {} before a run have not seen.",
                listed(terms),
                literal::span_prose(*history)
            )
        }
        Work::Events(columns) if columns.is_empty() => "each event, with alerts suppressed.".to_owned(),
        Work::Events(columns) => format!("each event, with alerts suppressed by {}.", listed(columns)),
    }
}

fn when(schedule: &Schedule<Arc<ir::Field>>) -> String {
    let Schedule { from, interval, .. } = schedule;
    format!("Runs every {} over the {} before.", literal::span_prose(*interval), literal::span_prose(*from))
}

fn schedule(context: &Context<'_, '_>, schedule: &Schedule<Arc<ir::Field>>) -> TokenStream {
    let Schedule { from, interval, time, timestamp, max_signals } = schedule;
    let (from, interval) = (literal::span(*from), literal::span(*interval));
    let time = option(time.as_ref().map(|field| context.field(field)));
    let timestamp = context.field(timestamp);
    let max_signals = Literal::u32_unsuffixed(*max_signals);
    quote!(Schedule {
        from: #from, interval: #interval, time: #time, timestamp: #timestamp, max_signals: #max_signals,
    })
}

fn document(context: &Context<'_, '_>, [index, id]: &[Arc<ir::Field>; 2]) -> TokenStream {
    let (index, id) = (context.field(index), context.field(id));
    quote!([#index, #id])
}

fn named_column(
    context: &Context<'_, '_>,
    NamedColumn { name, column: of }: &NamedColumn<Arc<ir::Field>>,
) -> TokenStream {
    let (name, column) = (literal::text(name), column(context, of));
    quote!(named(#name, #column))
}

/// A slot by the name of its column, for which a constant is made.
fn named_slot(work: &Work<Arc<ir::Field>>, slot: u32, consts: &mut Vec<TokenStream>) -> TokenStream {
    let columns: &[NamedColumn<_>] = match work {
        Work::Table(_) => &[],
        Work::Threshold(threshold) => &threshold.columns,
        Work::NewTerms(terms) => &terms.columns,
        Work::Events(columns) => columns,
    };
    let number = Literal::u32_unsuffixed(slot);
    let mut taken = Taken::default();
    let named = columns.iter().map(|column| taken.claim(names::constant(&column.name, "COLUMN"))).nth(slot as usize);
    let Some(name) = named.as_deref().map(names::ident) else { return quote!(#number) };
    let item = quote!(const #name: u32 = #number;);
    if !consts.iter().any(|other| other.to_string() == item.to_string()) {
        consts.push(item);
    }
    quote!(#name)
}

/// `column(field::HOST_NAME, Type::Keyword)`
pub(super) fn column(context: &Context<'_, '_>, Column { origin, kind }: &Column) -> TokenStream {
    let kind = self::kind(*kind);
    let origin = match origin {
        Origin::Field(field) => {
            let field = context.field(field);
            return quote!(column(#field, #kind));
        }
        Origin::Lower(field) => {
            let field = context.field(field);
            return quote!(lower(#field, #kind));
        }
        Origin::Selection(selection) => {
            let selection = Literal::u16_unsuffixed(*selection);
            quote!(Origin::Selection(#selection))
        }
        Origin::Id(field) => {
            let field = context.field(field);
            quote!(Origin::Id(#field))
        }
        Origin::Source => quote!(Origin::Source),
        Origin::Ignored(bounds) => {
            let bounds = bounds.iter().map(|(name, bound)| {
                let name = name.as_ref();
                let bound = option(bound.map(Literal::u32_unsuffixed));
                quote!((#name, #bound))
            });
            return quote!(ignored(&[#(#bounds),*], #kind));
        }
        Origin::Score => quote!(Origin::Score),
    };
    quote!(Column { origin: #origin, kind: #kind })
}

/// `Type::Keyword`
pub(super) fn kind(kind: Type) -> TokenStream {
    // the names of its variants are those of Rust's
    let name = names::ident(&format!("{kind:?}"));
    quote!(Type::#name)
}

pub(super) fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    if let Some(value) = value { quote!(Some(#value)) } else { quote!(None) }
}
