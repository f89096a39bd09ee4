//! Values with state (lists, patterns, networks) as statics of a module: one for each distinct value, named by what it is for.
//!
//! A static is named by field, operation and a short hash of its content, so it keeps its name when rules come and go,
//! and two rules that share a list share the static.

use std::collections::HashMap;
use std::fmt::Write as _;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::literal;
use super::names::{self, Taken};
use crate::ir;
use crate::plan::content_hash;

/// What a static holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value<'p> {
    /// Texts to compare with.
    Texts(&'p [String]),
    /// Patterns for whole texts.
    Globs(&'p [ir::Glob]),
    /// A regular expression, and whether it needs look-around.
    Pattern(&'p str, bool),
    /// Networks of addresses.
    Networks(&'p [ipnet::IpNet]),
    /// Patterns for whole texts, a list even if there is one only.
    GlobList(&'p [ir::Glob]),
    /// Words of analysed text: phrases, and patterns for single words.
    Words(&'p [Vec<String>], &'p [ir::Glob]),
}

/// The statics of one module.
#[derive(Debug, Default)]
pub(super) struct Values<'p> {
    /// By purpose (`IMAGE_ENDS_WITH`), then by content: a long list is hashed once for each use, never copied.
    names: HashMap<String, HashMap<Value<'p>, Ident>>,
    taken: Taken,
    fresh: Vec<TokenStream>,
}

impl<'p> Values<'p> {
    /// Reserves a name for another item of the module.
    pub(super) fn reserve(&mut self, name: String) -> Ident {
        names::ident(&self.taken.claim(name))
    }

    /// The static for a value, made where it is new.
    pub(super) fn get(&mut self, purpose: String, value: Value<'p>) -> Ident {
        if let Some(name) = self.find(&purpose, value) {
            return name;
        }
        let name = names::ident(&self.taken.claim(format!("{purpose}_{:04X}", value.hash() >> 48)));
        self.fresh.push(value.item(&name));
        self.names.entry(purpose).or_default().insert(value, name.clone());
        name
    }

    /// The static for a value, if there is one already.
    pub(super) fn find(&self, purpose: &str, value: Value<'p>) -> Option<Ident> {
        self.names.get(purpose)?.get(&value).cloned()
    }

    /// The statics that were made since the last call.
    pub(super) fn take_fresh(&mut self) -> Vec<TokenStream> {
        std::mem::take(&mut self.fresh)
    }
}

impl Value<'_> {
    fn item(self, name: &Ident) -> TokenStream {
        let (kind, arguments) = match self {
            Self::Texts(texts) => ("Texts", list(texts.iter().map(|text| literal::text(text)))),
            Self::Globs([one]) => ("Glob", pieces(one)),
            Self::Globs(several) | Self::GlobList(several) => ("Globs", list(several.iter().map(pieces))),
            Self::Words(phrases, patterns) => {
                let phrase = |phrase: &Vec<String>| list(phrase.iter().map(|word| literal::text(word)));
                let (phrases, patterns) = (list(phrases.iter().map(phrase)), list(patterns.iter().map(pieces)));
                ("Words", quote!(#phrases, Globs::new(#patterns)))
            }
            Self::Pattern(pattern, lookaround) => {
                let pattern = literal::text(pattern);
                ("Pattern", quote!(#pattern, #lookaround))
            }
            Self::Networks(networks) => ("Networks", list(networks.iter().map(|net| literal::text(&net.to_string())))),
        };
        let kind = format_ident!("{kind}");
        quote!(static #name: #kind = #kind::new(#arguments);)
    }

    /// Every part of the content goes in with its length, so that no two contents read the same.
    fn hash(self) -> u64 {
        let mut content = String::new();
        let mut put = |tag: char, text: &str| {
            let _ = write!(content, "{tag}{}:{text}", text.len());
        };
        match self {
            Self::Texts(texts) => texts.iter().for_each(|text| put('t', text)),
            Self::Globs(globs) | Self::GlobList(globs) => put_globs(globs, &mut put),
            Self::Words(phrases, patterns) => {
                for phrase in phrases {
                    put('p', "");
                    phrase.iter().for_each(|word| put('w', word));
                }
                put_globs(patterns, &mut put);
            }
            Self::Pattern(pattern, lookaround) => put(if lookaround { 'x' } else { 'r' }, pattern),
            Self::Networks(networks) => networks.iter().for_each(|net| put('n', &net.to_string())),
        }
        content_hash(&content)
    }
}

fn put_globs(globs: &[ir::Glob], put: &mut dyn FnMut(char, &str)) {
    for glob in globs {
        put('g', "");
        for piece in &glob.0 {
            match piece {
                ir::Piece::Literal(text) => put('l', text),
                ir::Piece::AnyRun => put('*', ""),
                ir::Piece::AnyChar => put('?', ""),
                ir::Piece::Dash => put('-', ""),
            }
        }
    }
}

/// `&[a, b]`
pub(super) fn list<T: quote::ToTokens>(members: impl IntoIterator<Item = T>) -> TokenStream {
    let members = members.into_iter();
    quote!(&[#(#members),*])
}

pub(super) fn pieces(glob: &ir::Glob) -> TokenStream {
    list(glob.0.iter().map(|piece| match piece {
        ir::Piece::Literal(text) => {
            let text = literal::text(text);
            quote!(Piece::Literal(#text))
        }
        ir::Piece::AnyRun => quote!(Piece::AnyRun),
        ir::Piece::AnyChar => quote!(Piece::AnyChar),
        ir::Piece::Dash => quote!(Piece::Dash),
    }))
}
