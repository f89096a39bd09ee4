//! Computed values: a closure over one value of each field.

use std::sync::Arc;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::expr::{Context, Fragment, purpose};
use super::literal;
use super::names::{self, Taken};
use super::values::{Value, list};
use crate::ir;

/// `event.computed([field::A, field::B], |compute, [a, b]| ..)`
pub(super) fn expression<'p>(context: &mut Context<'_, 'p>, formula: &'p ir::Scalar) -> Fragment {
    let fields: Vec<Arc<ir::Field>> = formula.fields().into_iter().collect();
    let mut taken = Taken::default();
    taken.reserve(&["event", "held", "at_least", "compute"]);
    let variables: Vec<Ident> = fields.iter().map(|field| names::local(&field.name, &mut taken)).collect();
    let constants: Vec<TokenStream> = fields.iter().map(|field| context.field(field)).collect();
    let mut writer = Writer { context, fields: &fields, variables: &variables };
    let body = writer.scalar(formula);
    let compute = names::ident(if calls(formula) { "compute" } else { "_compute" });
    let code = quote!(event.computed([#(#constants),*], |#compute, [#(#variables),*]| #body));
    Fragment::unary(code, height(formula) + 4)
}

struct Writer<'w, 'c, 'p> {
    context: &'w mut Context<'c, 'p>,
    fields: &'w [Arc<ir::Field>],
    variables: &'w [Ident],
}

impl<'p> Writer<'_, '_, 'p> {
    fn scalar(&mut self, scalar: &'p ir::Scalar) -> TokenStream {
        match scalar {
            ir::Scalar::Null => quote!(Datum::Null),
            ir::Scalar::Bool(value) => quote!(Datum::Bool(#value)),
            ir::Scalar::Int(number) => {
                let (sign, digits) = ((*number < 0).then(|| quote!(-)), Literal::u64_unsuffixed(number.unsigned_abs()));
                quote!(Datum::Int(#sign #digits))
            }
            ir::Scalar::Float(bits) => {
                let number = f64::from_bits(*bits);
                let (sign, digits) =
                    (number.is_sign_negative().then(|| quote!(-)), Literal::f64_unsuffixed(number.abs()));
                quote!(Datum::Float(#sign #digits))
            }
            ir::Scalar::Text(text) => {
                let text = literal::text(text);
                quote!(Datum::Text(#text))
            }
            ir::Scalar::Field(field) => {
                let variable =
                    self.fields.iter().position(|other| other == field).and_then(|at| self.variables.get(at));
                quote!(#variable)
            }
            ir::Scalar::Call(function, arguments) => {
                let method = names::ident(function.name());
                let arguments = list(arguments.iter().map(|argument| self.scalar(argument)).collect::<Vec<_>>());
                quote!(compute.#method(#arguments))
            }
            ir::Scalar::Matches(of, patterns, case) => {
                let of = self.scalar(of);
                let patterns = self.value("MATCHES", Value::GlobList(patterns));
                let method = names::ident(match case {
                    ir::Case::Sensitive => "matches",
                    ir::Case::Insensitive => "matches_ignoring_case",
                });
                quote!(compute.#method(#of, &#patterns))
            }
            ir::Scalar::IsMatch { of, pattern, lookaround } => {
                let of = self.scalar(of);
                let pattern = self.value("PATTERN", Value::Pattern(pattern, *lookaround));
                quote!(#of.is_match(&#pattern))
            }
            ir::Scalar::InNetworks(of, networks) => {
                let of = self.scalar(of);
                let networks = self.value("NETWORKS", Value::Networks(networks));
                quote!(#of.in_networks(&#networks))
            }
        }
    }

    fn value(&mut self, operation: &str, value: Value<'p>) -> Ident {
        let purpose = match self.fields.first() {
            Some(field) => purpose(self.context.fields, &ir::Subject::Field(Arc::clone(field)), operation),
            None => format!("VALUE_{operation}"),
        };
        self.context.values.get(purpose, value)
    }
}

/// Whether the code names `compute`.
fn calls(scalar: &ir::Scalar) -> bool {
    match scalar {
        ir::Scalar::Call(..) | ir::Scalar::Matches(..) => true,
        ir::Scalar::IsMatch { of, .. } | ir::Scalar::InNetworks(of, _) => calls(of),
        ir::Scalar::Null
        | ir::Scalar::Bool(_)
        | ir::Scalar::Int(_)
        | ir::Scalar::Float(_)
        | ir::Scalar::Text(_)
        | ir::Scalar::Field(_) => false,
    }
}

fn height(scalar: &ir::Scalar) -> usize {
    match scalar {
        ir::Scalar::Call(_, arguments) => 2 + arguments.iter().map(height).max().unwrap_or(0),
        ir::Scalar::Matches(of, ..) | ir::Scalar::IsMatch { of, .. } | ir::Scalar::InNetworks(of, _) => 1 + height(of),
        ir::Scalar::Null
        | ir::Scalar::Bool(_)
        | ir::Scalar::Int(_)
        | ir::Scalar::Float(_)
        | ir::Scalar::Text(_)
        | ir::Scalar::Field(_) => 1,
    }
}
