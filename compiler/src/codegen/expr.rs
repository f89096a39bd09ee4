//! Expressions: a tree of tests becomes a Rust expression that reads as the author wrote it.
//!
//! Two limits keep hostile rules from hurting whoever parses the result (`syn`, the printer, rustc): a chain of operands is cut
//! into groups, and what nests too deep is moved into a helper closure before it.

use std::collections::HashMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::formula;
use super::literal;
use super::names;
use super::values::{Value, Values, list};
use crate::ir;

/// The longest chain of `&&` or `||`: a parser nests one level for each operand.
const LONGEST_CHAIN: usize = 32;

/// How many levels an expression may nest.
const DEEPEST: usize = 80;

/// What expressions refer to.
#[derive(Debug)]
pub(super) struct Context<'c, 'p> {
    /// The constants in `field`.
    pub(super) fields: &'c HashMap<&'p ir::Field, Ident>,
    /// The statics of the module.
    pub(super) values: &'c mut Values<'p>,
    /// The local variables of the rule's selections, by [`ir::SelectionId`].
    pub(super) selections: &'c [Ident],
}

/// The statements that must stand before an expression, and the expression.
#[derive(Debug)]
pub(super) struct Body {
    /// `let part_1: &dyn Fn() -> bool = &|| ..;`
    parts: Vec<TokenStream>,
    code: TokenStream,
    height: usize,
}

impl Body {
    /// `|variable| expression`
    pub(super) fn closure(&self, variable: Option<&Ident>) -> TokenStream {
        let Self { parts, code, .. } = self;
        if parts.is_empty() { quote!(|#variable| #code) } else { quote!(|#variable| { #(#parts)* #code }) }
    }

    /// The statements of a function that returns the expression.
    pub(super) fn statements(&self) -> TokenStream {
        let Self { parts, code, .. } = self;
        quote!(#(#parts)* #code)
    }

    /// As [`Self::statements`], the expression followed by `&& last`.
    pub(super) fn statements_and(&self, last: &TokenStream) -> TokenStream {
        let Self { parts, code, .. } = self;
        quote!(#(#parts)* #code && #last)
    }
}

/// The code of an expression over the event.
pub(super) fn body<'p>(context: &mut Context<'_, 'p>, expr: &'p ir::Expr) -> Body {
    body_of(context, expr, 0, false)
}

/// As [`body`], in a form that `&&` may follow.
pub(super) fn operand<'p>(context: &mut Context<'_, 'p>, expr: &'p ir::Expr) -> Body {
    body_of(context, expr, 0, true)
}

/// An expression in the making.
pub(super) struct Fragment {
    code: TokenStream,
    height: usize,
    shape: Shape,
}

impl Fragment {
    /// An expression that binds tighter than any operator.
    pub(super) fn unary(code: TokenStream, height: usize) -> Self {
        Self { code, height, shape: Shape::Unary }
    }
}

impl Context<'_, '_> {
    /// `field::IMAGE`
    pub(super) fn field(&self, field: &ir::Field) -> TokenStream {
        // a plan names every field that its rules read; were one missing, rustc would say which
        let name = self.fields.get(field).cloned();
        let name = name.unwrap_or_else(|| names::ident(&names::constant(&field.name, "FIELD")));
        quote!(field::#name)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Unary,
    And,
    Or,
}

/// Writes one closure's or function's expression; parts are its own.
struct Writer<'w, 'c, 'p> {
    context: &'w mut Context<'c, 'p>,
    parts: Vec<TokenStream>,
    part_height: usize,
    /// How many element closures are around.
    depth: usize,
}

fn body_of<'p>(context: &mut Context<'_, 'p>, expr: &'p ir::Expr, depth: usize, operand: bool) -> Body {
    let mut writer = Writer { context, parts: Vec::new(), part_height: 0, depth };
    let fragment = writer.expr(expr);
    let fragment = if operand && fragment.shape == Shape::Or { grouped(fragment) } else { fragment };
    Body { height: fragment.height.max(writer.part_height), parts: writer.parts, code: fragment.code }
}

impl<'p> Writer<'_, '_, 'p> {
    fn expr(&mut self, expr: &'p ir::Expr) -> Fragment {
        let fragment = match expr {
            ir::Expr::Const(value) => unary(quote!(#value)),
            ir::Expr::Test(predicate) => unary(self.test(&predicate.subject, &predicate.test)),
            ir::Expr::Selection(id) => match self.context.selections.get(usize::from(id.0)) {
                Some(selection) => unary(quote!(#selection())),
                None => unary(quote!(false)),
            },
            ir::Expr::Not(inner) => {
                let Fragment { code, height, .. } = grouped(self.expr(inner));
                Fragment { code: quote!(!#code), height: height + 1, shape: Shape::Unary }
            }
            ir::Expr::All(members) => self.chain(members, Shape::And),
            ir::Expr::Any(members) => self.chain(members, Shape::Or),
            ir::Expr::AtLeast { count, of } => self.at_least(*count, of),
            ir::Expr::Elements { of, quantifier, body } => self.elements(of, *quantifier, body),
            ir::Expr::Formula(formula) => formula::expression(self.context, formula),
        };
        if fragment.height > DEEPEST { self.hoist(&fragment) } else { fragment }
    }

    /// Moves an expression into a closure of its own. `dyn` ends what would otherwise be a type that nests as deep.
    fn hoist(&mut self, Fragment { code, height, .. }: &Fragment) -> Fragment {
        let name = match self.depth {
            0 => format_ident!("part_{}", self.parts.len() + 1),
            depth => format_ident!("part_{depth}_{}", self.parts.len() + 1),
        };
        self.parts.push(quote!(let #name: &dyn Fn() -> bool = &|| #code;));
        self.part_height = self.part_height.max(*height);
        unary(quote!(#name()))
    }

    fn chain(&mut self, members: &'p [ir::Expr], shape: Shape) -> Fragment {
        let mut operands: Vec<Fragment> = members.iter().map(|member| grouped(self.expr(member))).collect();
        while operands.len() > LONGEST_CHAIN {
            let mut groups = Vec::with_capacity(operands.len() / LONGEST_CHAIN + 1);
            let mut rest = operands.into_iter().peekable();
            while rest.peek().is_some() {
                groups.push(grouped(joined(rest.by_ref().take(LONGEST_CHAIN), shape)));
            }
            operands = groups;
        }
        joined(operands, shape)
    }

    fn at_least(&mut self, count: u32, of: &'p [ir::Expr]) -> Fragment {
        let mut height = 0;
        let mut members = Vec::with_capacity(of.len());
        for member in of {
            let selection = match member {
                ir::Expr::Selection(id) => self.context.selections.get(usize::from(id.0)),
                _ => None,
            };
            members.push(if let Some(selection) = selection {
                quote!(&#selection)
            } else {
                let Fragment { code, height: inner, .. } = self.expr(member);
                height = height.max(inner);
                quote!(&|| #code)
            });
        }
        let count = Literal::u32_unsuffixed(count);
        let members = list(members);
        Fragment { code: quote!(at_least(#count, #members)), height: height + 4, shape: Shape::Unary }
    }

    fn elements(&mut self, of: &'p ir::Subject, quantifier: ir::Quantifier, inner: &'p ir::Expr) -> Fragment {
        let Some((event, array)) = self.place(of) else {
            return unary(quote!(false));
        };
        let quantifier = match quantifier {
            ir::Quantifier::Any => quote!(Quantifier::Any),
            ir::Quantifier::All => quote!(Quantifier::All),
            ir::Quantifier::AllOrEmpty => quote!(Quantifier::AllOrEmpty),
            ir::Quantifier::None => quote!(Quantifier::None),
            ir::Quantifier::At(index) => {
                let digits = Literal::u32_unsuffixed(index.unsigned_abs());
                let sign = (index < 0).then(|| quote!(-));
                quote!(Quantifier::At(#sign #digits))
            }
        };
        let body = body_of(self.context, inner, self.depth + 1, false);
        let closure = body.closure(Some(&element(self.depth + 1)));
        Fragment {
            code: quote!(#event.elements(#array, #quantifier, #closure)),
            height: body.height + 4,
            shape: Shape::Unary,
        }
    }

    fn test(&mut self, subject: &'p ir::Subject, test: &'p ir::Test) -> TokenStream {
        match test {
            ir::Test::Text { op, values, case } => {
                let view = self.text(subject, *case);
                let (one, many) = match op {
                    ir::TextOp::Equals => ("equals", "equals_any"),
                    ir::TextOp::StartsWith => ("starts_with", "starts_with_any"),
                    ir::TextOp::EndsWith => ("ends_with", "ends_with_any"),
                    ir::TextOp::Contains => ("contains", "contains_any"),
                };
                if let [value] = values.as_slice() {
                    let (method, value) = (names::ident(one), literal::text(value));
                    return quote!(#view.#method(#value));
                }
                let list = self.value(subject, text_purpose(*op), Value::Texts(values));
                let method = names::ident(many);
                quote!(#view.#method(&#list))
            }
            ir::Test::Glob { patterns, case } => {
                let view = self.text(subject, *case);
                let list = self.value(subject, "MATCHES", Value::Globs(patterns));
                if patterns.len() == 1 { quote!(#view.matches(&#list)) } else { quote!(#view.matches_any(&#list)) }
            }
            ir::Test::Regex { pattern, lookaround } => {
                let view = self.text(subject, ir::Case::Sensitive);
                let pattern = self.value(subject, "PATTERN", Value::Pattern(pattern, *lookaround));
                quote!(#view.is_match(&#pattern))
            }
            ir::Test::Words { phrases, patterns } => {
                let view = self.text(subject, ir::Case::Insensitive);
                let words = self.value(subject, "WORDS", Value::Words(phrases, patterns));
                quote!(#view.has_words(&#words))
            }
            ir::Test::Within(range) => {
                let view = self.text(subject, ir::Case::Sensitive);
                let bound = |bound: Option<i64>| {
                    if let Some(at) = bound {
                        let (sign, digits) = ((at < 0).then(|| quote!(-)), Literal::u64_unsuffixed(at.unsigned_abs()));
                        quote!(Some(#sign #digits))
                    } else {
                        quote!(None)
                    }
                };
                let (from, to) = (bound(range.from), bound(range.to));
                quote!(#view.within(TimeRange::new(#from, #to)))
            }
            ir::Test::Cidr(networks) => {
                let view = self.text(subject, ir::Case::Sensitive);
                let networks = self.value(subject, "NETWORKS", Value::Networks(networks));
                quote!(#view.in_networks(&#networks))
            }
            ir::Test::Number(numbers) => {
                let view = self.view(subject, "number", None);
                equals_number(&view, numbers)
            }
            ir::Test::Compare { op, to } => {
                let view = self.view(subject, "number", None);
                compare(&view, *op, *to)
            }
            ir::Test::Long { op, values } => {
                let view = self.view(subject, "long", None);
                match (op, values.first()) {
                    (Some(op), Some(to)) => compare(&view, *op, *to),
                    (None, _) | (_, None) => equals_number(&view, values),
                }
            }
            ir::Test::Order { op, to } => {
                let view = self.text(subject, ir::Case::Sensitive);
                let to = literal::text(to);
                let op = match op {
                    ir::CompareOp::Less => quote!(CompareOp::Less),
                    ir::CompareOp::LessOrEqual => quote!(CompareOp::LessOrEqual),
                    ir::CompareOp::Greater => quote!(CompareOp::Greater),
                    ir::CompareOp::GreaterOrEqual => quote!(CompareOp::GreaterOrEqual),
                };
                quote!(#view.is_ordered(#op, #to))
            }
            ir::Test::Time { part, op, values } => {
                let part = match part {
                    ir::TimePart::Minute => quote!(TimePart::Minute),
                    ir::TimePart::Hour => quote!(TimePart::Hour),
                    ir::TimePart::Day => quote!(TimePart::Day),
                    ir::TimePart::Week => quote!(TimePart::Week),
                    ir::TimePart::Month => quote!(TimePart::Month),
                    ir::TimePart::Year => quote!(TimePart::Year),
                };
                let view = self.view(subject, "time", Some(part));
                match (op, values.first()) {
                    (Some(op), Some(to)) => compare(&view, *op, *to),
                    (None, _) | (_, None) => equals_number(&view, values),
                }
            }
            ir::Test::SameAs { other, op, case } => {
                let ir::Subject::Field(field) = subject else { return quote!(false) };
                let method = names::ident(match op {
                    ir::TextOp::Equals => "same_as",
                    ir::TextOp::StartsWith => "starts_with_value_of",
                    ir::TextOp::EndsWith => "ends_with_value_of",
                    ir::TextOp::Contains => "contains_value_of",
                });
                let (field, other) = (self.context.field(field), self.context.field(other));
                match case {
                    ir::Case::Insensitive => quote!(event.text(#field).#method(event.text(#other))),
                    ir::Case::Sensitive => quote!(event.cased(#field).#method(event.cased(#other))),
                }
            }
            ir::Test::Exists => self.state(subject, "exists"),
            ir::Test::Null => self.state(subject, "is_null"),
            ir::Test::Present => self.state(subject, "is_present"),
            ir::Test::Single(of) => {
                let Some((owner, place)) = self.place(subject) else { return quote!(false) };
                let of = match of {
                    ir::ValueType::Text => quote!(ValueType::Text),
                    ir::ValueType::Number => quote!(ValueType::Number),
                    ir::ValueType::Boolean => quote!(ValueType::Boolean),
                    ir::ValueType::Date => quote!(ValueType::Date),
                    ir::ValueType::Ip => quote!(ValueType::Ip),
                };
                quote!(#owner.is_single(#place, #of))
            }
        }
    }

    /// Whose, and which: `event`, `field::IMAGE`; `element`, `"port"`. Any value has no place.
    fn place(&self, subject: &'p ir::Subject) -> Option<(TokenStream, TokenStream)> {
        match subject {
            ir::Subject::Field(field) => Some((quote!(event), self.context.field(field))),
            ir::Subject::Element(path) => {
                let path = literal::text(path);
                Some((quote::ToTokens::into_token_stream(element(self.depth)), quote!(#path)))
            }
            ir::Subject::Paths(pattern) => {
                let pattern = literal::text(pattern);
                Some((quote!(event.whole()), quote!(#pattern)))
            }
            ir::Subject::AnyValue => None,
        }
    }

    fn view(&self, subject: &'p ir::Subject, method: &str, argument: Option<TokenStream>) -> TokenStream {
        if let Some((owner, place)) = self.place(subject) {
            let (method, argument) = (names::ident(method), argument.map(|argument| quote!(, #argument)));
            return quote!(#owner.#method(#place #argument));
        }
        let method = names::ident(match method {
            "text" => "any_value",
            "cased" => "any_value_cased",
            _ => "any_number",
        });
        quote!(event.#method())
    }

    fn text(&self, subject: &'p ir::Subject, case: ir::Case) -> TokenStream {
        match case {
            ir::Case::Insensitive => self.view(subject, "text", None),
            ir::Case::Sensitive => self.view(subject, "cased", None),
        }
    }

    fn state(&self, subject: &'p ir::Subject, method: &str) -> TokenStream {
        match self.place(subject) {
            Some((owner, place)) => {
                let method = names::ident(method);
                quote!(#owner.#method(#place))
            }
            // whether an event has a value at all; that it lacks one means nothing
            None if method == "is_null" => quote!(false),
            None => quote!(event.any_value().is_present()),
        }
    }

    fn value(&mut self, subject: &'p ir::Subject, operation: &str, value: Value<'p>) -> Ident {
        let purpose = purpose(self.context.fields, subject, operation);
        self.context.values.get(purpose, value)
    }
}

/// What a static is for: `IMAGE_ENDS_WITH`.
pub(super) fn purpose(fields: &HashMap<&ir::Field, Ident>, subject: &ir::Subject, operation: &str) -> String {
    match subject {
        ir::Subject::Field(field) => match fields.get(&**field) {
            Some(name) => format!("{name}_{operation}"),
            None => format!("FIELD_{operation}"),
        },
        ir::Subject::AnyValue => format!("ANY_VALUE_{operation}"),
        ir::Subject::Element(path) | ir::Subject::Paths(path) => {
            format!("{}_{operation}", names::constant(path, "ELEMENT"))
        }
    }
}

/// The operation in the name of a list of texts.
pub(super) fn text_purpose(op: ir::TextOp) -> &'static str {
    match op {
        ir::TextOp::Equals => "EQUALS",
        ir::TextOp::StartsWith => "STARTS_WITH",
        ir::TextOp::EndsWith => "ENDS_WITH",
        ir::TextOp::Contains => "CONTAINS",
    }
}

fn element(depth: usize) -> Ident {
    match depth {
        0 | 1 => names::ident("element"),
        depth => format_ident!("element_{depth}"),
    }
}

fn unary(code: TokenStream) -> Fragment {
    Fragment { code, height: 1, shape: Shape::Unary }
}

/// In parentheses, unless nothing could be misread without.
fn grouped(fragment: Fragment) -> Fragment {
    match fragment {
        Fragment { shape: Shape::Unary, .. } => fragment,
        Fragment { code, height, shape: Shape::And | Shape::Or } => {
            Fragment { code: quote!((#code)), height: height + 1, shape: Shape::Unary }
        }
    }
}

fn joined(operands: impl IntoIterator<Item = Fragment>, shape: Shape) -> Fragment {
    let mut height = 0;
    let mut codes = Vec::new();
    for operand in operands {
        height = height.max(operand.height);
        codes.push(operand.code);
    }
    match codes.as_slice() {
        [] => unary(if shape == Shape::And { quote!(true) } else { quote!(false) }),
        [_] => Fragment { code: codes.swap_remove(0), height, shape: Shape::Unary },
        many => {
            let code = if shape == Shape::And { quote!(#(#many)&&*) } else { quote!(#(#many)||*) };
            Fragment { code, height: height + many.len(), shape }
        }
    }
}

fn equals_number(view: &TokenStream, numbers: &[ir::Number]) -> TokenStream {
    if let [one] = numbers {
        let number = literal::number(*one);
        return quote!(#view.equals(#number));
    }
    let numbers = list(numbers.iter().map(|number| literal::number(*number)));
    quote!(#view.equals_any(#numbers))
}

fn compare(view: &TokenStream, op: ir::CompareOp, to: ir::Number) -> TokenStream {
    let method = names::ident(match op {
        ir::CompareOp::Less => "less_than",
        ir::CompareOp::LessOrEqual => "at_most",
        ir::CompareOp::Greater => "greater_than",
        ir::CompareOp::GreaterOrEqual => "at_least",
    });
    let to = literal::number(to);
    quote!(#view.#method(#to))
}
