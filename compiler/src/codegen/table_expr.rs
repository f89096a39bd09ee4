//! Expressions of pipelines: each kind is a short function of the runtime, so that the code reads as the query does.

use std::fmt::Debug;
use std::net::Ipv6Addr;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use sigil_runtime::generated::Piece;
use sigil_runtime::matcher::values::Globs;
use sigil_runtime::pack::CompareOp;
use sigil_runtime::table::function::Function;
use sigil_runtime::table::{Expr, Value};

use super::literal;
use super::names;
use super::operation::kind;
use super::slots::Slots;
use super::values::{list, pieces};
use crate::ir;

/// How many levels a written expression may nest: whoever reads it (`syn`, the printer, rustc) nests as deep.
const DEEPEST: usize = 40;

/// The longest `AND` or `OR` in one piece: longer ones are written in groups.
const WIDEST: usize = 128;

/// Writes the expressions of one command.
#[derive(Debug)]
pub(super) struct Writer<'s> {
    slots: &'s Slots,
    /// The present kind of row.
    row: usize,
    parts: Vec<TokenStream>,
}

impl<'s> Writer<'s> {
    /// A writer for a command that sees rows of this kind.
    pub(super) fn new(slots: &'s Slots, row: usize) -> Self {
        Self { slots, row, parts: Vec::new() }
    }

    /// The kind of row that is left.
    pub(super) fn row(&self) -> usize {
        self.row
    }

    /// `STATS` makes rows of its own.
    pub(super) fn next_row(&mut self) {
        self.row += 1;
    }

    /// What must stand in front: `let part_1 = ..;`
    pub(super) fn into_parts(self) -> Vec<TokenStream> {
        self.parts
    }

    /// `row::PROCESS_NAME`
    pub(super) fn slot(&self, slot: u32) -> TokenStream {
        self.slots.name(self.row, slot)
    }

    /// Several slots.
    pub(super) fn slots(&self, slots: &[u32]) -> Vec<TokenStream> {
        slots.iter().map(|slot| self.slot(*slot)).collect()
    }

    /// An expression.
    pub(super) fn expr(&mut self, expr: &Expr) -> TokenStream {
        self.written(expr).code
    }

    /// Moves what nests too deep into a variable.
    fn bounded(&mut self, Written { code, height }: Written) -> Written {
        if height <= DEEPEST {
            return Written { code, height };
        }
        let name = format_ident!("part_{}", self.parts.len() + 1);
        self.parts.push(quote!(let #name = #code;));
        Written { code: quote!(#name), height: 1 }
    }

    fn written(&mut self, expr: &Expr) -> Written {
        let written = match expr {
            Expr::Column(slot) => {
                let slot = self.slot(*slot);
                Written::leaf(quote!(col(#slot)))
            }
            Expr::Literal(value) => Written::leaf(literal(value)),
            Expr::And(members) => self.connected("all", members),
            Expr::Or(members) => self.connected("any", members),
            Expr::Not(inner) => self.of("not", inner, None),
            Expr::IsNull(inner) => self.of("is_null", inner, None),
            Expr::Equal(sides) => self.sides("equal", sides.as_ref()),
            Expr::Compare(op, sides) => {
                let function = match op {
                    CompareOp::Less => "less",
                    CompareOp::LessOrEqual => "at_most",
                    CompareOp::Greater => "greater",
                    CompareOp::GreaterOrEqual => "at_least",
                };
                self.sides(function, sides.as_ref())
            }
            Expr::In(value, list) => {
                let list = self.list(list);
                self.of("is_in", value, Some(list))
            }
            Expr::Like(value, patterns) => {
                let (function, patterns) = like(patterns);
                self.of(function, value, Some(Written::leaf(patterns)))
            }
            Expr::Rlike(value, pattern) => {
                let (source, lookaround) = (literal::text(pattern.source()), pattern.has_lookaround());
                self.of("rlike", value, Some(Written::leaf(quote!(Pattern::new(#source, #lookaround)))))
            }
            Expr::Cidr(value, networks) => {
                let networks = list(networks.networks().iter().map(|network| literal::text(&network.to_string())));
                self.of("in_networks", value, Some(Written::leaf(networks)))
            }
            Expr::Words(value, words) => {
                let phrase = |words: &Vec<&str>| list(words.iter().map(|word| literal::text(word)));
                let phrases = list(words.phrases().iter().map(phrase));
                let patterns = in_pieces(words.patterns());
                self.of("has_words", value, Some(Written::leaf(quote!(#phrases, #patterns))))
            }
            Expr::Case(members) => self.call("case", None, members),
            Expr::Coalesce(members) => self.call("coalesce", None, members),
            Expr::Call(function, result, arguments) => {
                let (function, result) = (self::function(*function), kind(*result));
                self.call("call", Some(quote!(#function, #result,)), arguments)
            }
        };
        self.bounded(written)
    }

    fn of(&mut self, function: &str, value: &Expr, more: Option<Written>) -> Written {
        let value = self.written(value);
        let function = names::ident(function);
        let height = value.height.max(more.as_ref().map_or(0, |more| more.height)) + 1;
        let more = more.map(|Written { code, .. }| quote!(, #code));
        let value = value.code;
        Written { code: quote!(#function(#value #more)), height }
    }

    fn sides(&mut self, function: &str, [left, right]: &[Expr; 2]) -> Written {
        let right = self.written(right);
        self.of(function, left, Some(right))
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers make it for this")]
    fn call(&mut self, function: &str, before: Option<TokenStream>, members: &[Expr]) -> Written {
        let Written { code, height } = self.list(members);
        let function = names::ident(function);
        Written { code: quote!(#function(#before #code)), height: height + 1 }
    }

    /// `all([..])`. Groups of a long list mean the same: both connectives are associative, null included.
    fn connected(&mut self, function: &str, members: &[Expr]) -> Written {
        let function = names::ident(function);
        let mut members: Vec<Written> = members.iter().map(|member| self.written(member)).collect();
        while members.len() > WIDEST {
            let mut groups = Vec::with_capacity(members.len() / WIDEST + 1);
            let mut rest = members.into_iter().peekable();
            while rest.peek().is_some() {
                groups.push(group(&function, rest.by_ref().take(WIDEST)));
            }
            members = groups;
        }
        group(&function, members)
    }

    /// Members in brackets; literals of one type in short.
    fn list(&mut self, members: &[Expr]) -> Written {
        if let Some(code) = short_list(members) {
            return Written::leaf(code);
        }
        let members: Vec<Written> = members.iter().map(|member| self.written(member)).collect();
        let height = members.iter().map(|member| member.height).max().unwrap_or(0) + 1;
        let codes = members.iter().map(|member| &member.code);
        Written { code: quote!([#(#codes),*]), height }
    }
}

/// The arguments of a function.
pub(super) fn arguments(writer: &mut Writer<'_>, arguments: &[Expr]) -> TokenStream {
    writer.list(arguments).code
}

/// `Family::Variant`, as the value's `Debug` form says it.
pub(super) fn tokens(family: &str, value: &impl Debug) -> TokenStream {
    format!("{family}::{value:?}").parse().unwrap_or_default()
}

/// Code in the making.
struct Written {
    code: TokenStream,
    height: usize,
}

impl Written {
    fn leaf(code: TokenStream) -> Self {
        Self { code, height: 1 }
    }
}

fn group(function: &Ident, members: impl IntoIterator<Item = Written>) -> Written {
    let mut height = 0;
    let mut codes = Vec::new();
    for member in members {
        height = height.max(member.height);
        codes.push(member.code);
    }
    Written { code: quote!(#function([#(#codes),*])), height: height + 2 }
}

/// From how many members on a list of literals is written in short.
const LIST: usize = 2;

fn short_list(members: &[Expr]) -> Option<TokenStream> {
    if members.len() < LIST {
        return None;
    }
    let all = |member: &dyn Fn(&Value) -> Option<TokenStream>| -> Option<Vec<TokenStream>> {
        members.iter().map(|of| if let Expr::Literal(value) = of { member(value) } else { None }).collect()
    };
    let texts = |value: &Value| match value {
        Value::Text(text) => {
            let text = literal::text(text);
            Some(quote!(#text))
        }
        _ => None,
    };
    let longs = |value: &Value| if let Value::Long(long) = value { Some(literal::whole(*long)) } else { None };
    let integers =
        |value: &Value| if let Value::Int(int) = value { Some(literal::whole(i64::from(*int))) } else { None };
    if let Some(texts) = all(&texts) {
        return Some(quote!(texts(&[#(#texts),*])));
    }
    if let Some(longs) = all(&longs) {
        return Some(quote!(longs(&[#(#longs),*])));
    }
    all(&integers).map(|integers| quote!(integers(&[#(#integers),*])))
}

fn literal(value: &Value) -> TokenStream {
    match value {
        Value::Null => quote!(null()),
        Value::Bool(of) => quote!(boolean(#of)),
        Value::Int(of) => {
            let of = literal::whole((*of).into());
            quote!(integer(#of))
        }
        Value::Long(of) => {
            let of = literal::whole(*of);
            quote!(long(#of))
        }
        Value::Unsigned(of) => {
            let of = Literal::u64_unsuffixed(*of);
            quote!(unsigned(#of))
        }
        Value::Double(of) => {
            let of = literal::float(*of);
            quote!(double(#of))
        }
        Value::Text(of) => {
            let of = literal::text(of);
            quote!(text(#of))
        }
        Value::Ip(of) => {
            let of = literal::text(&address(of));
            quote!(ip(#of))
        }
        Value::Version(of) => {
            let of = literal::text(of);
            quote!(version(#of))
        }
        Value::Date(of) => {
            let of = literal::whole(*of);
            quote!(date(#of))
        }
        Value::DateNanos(of) => {
            let of = literal::whole(*of);
            quote!(date_nanos(#of))
        }
        Value::Period(months, days) => {
            let (months, days) = (literal::whole((*months).into()), literal::whole((*days).into()));
            quote!(period(#months, #days))
        }
        Value::Duration(of) => {
            let of = literal::span(*of);
            quote!(duration(#of))
        }
        Value::Point(longitude, latitude) => {
            let (longitude, latitude) = (literal::float(*longitude), literal::float(*latitude));
            quote!(point(#longitude, #latitude))
        }
        Value::List(members) => {
            let members = members.iter().map(literal);
            quote!(list([#(#members),*]))
        }
    }
}

fn address(of: &Ipv6Addr) -> String {
    of.to_ipv4_mapped().map_or_else(|| of.to_string(), |v4| v4.to_string())
}

/// `TextFunction::Concat`
fn function(function: Function) -> TokenStream {
    match function {
        Function::Text(function) => tokens("TextFunction", &function),
        Function::Convert(function) => tokens("ConvertFunction", &function),
        Function::Math(function) => tokens("MathFunction", &function),
        Function::Date(function) => tokens("DateFunction", &function),
        Function::Multi(function) => tokens("MultiFunction", &function),
        Function::Net(function) => tokens("NetFunction", &function),
    }
}

/// Patterns as ES|QL spells them, where it can.
fn like(patterns: &Globs) -> (&'static str, TokenStream) {
    let spelled: Option<Vec<String>> = patterns.patterns().iter().map(|pieces| spelled(pieces)).collect();
    match spelled {
        Some(patterns) => ("like", list(patterns.iter().map(|pattern| literal::text(pattern)))),
        None => ("like_pieces", in_pieces(patterns)),
    }
}

fn spelled(pieces: &[Piece<&str>]) -> Option<String> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => text.chars().for_each(|c| {
                if matches!(c, '*' | '?' | '\\') {
                    out.push('\\');
                }
                out.push(c);
            }),
            Piece::AnyRun => out.push('*'),
            Piece::AnyChar => out.push('?'),
            Piece::Dash => return None,
        }
    }
    Some(out)
}

fn in_pieces(patterns: &Globs) -> TokenStream {
    list(patterns.patterns().into_iter().map(|of| {
        let of = of.into_iter().map(|piece| match piece {
            Piece::Literal(text) => ir::Piece::Literal(text.to_owned()),
            Piece::AnyRun => ir::Piece::AnyRun,
            Piece::AnyChar => ir::Piece::AnyChar,
            Piece::Dash => ir::Piece::Dash,
        });
        pieces(&ir::Glob(of.collect()))
    }))
}
