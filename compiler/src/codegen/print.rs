//! Tokens to text: items are printed one by one, which is fast and keeps a blank line between them.

use std::fmt::Write as _;

use proc_macro2::{Ident, TokenStream};

/// What stands in a module.
#[derive(Debug)]
pub(super) enum Item {
    /// One item, or some that need no line between them.
    Code(TokenStream),
    /// A module within the file.
    Module {
        /// The lines of its documentation.
        doc: Vec<String>,
        /// Its name.
        name: Ident,
        /// What stands in it.
        items: Vec<TokenStream>,
    },
}

impl From<TokenStream> for Item {
    fn from(code: TokenStream) -> Self {
        Self::Code(code)
    }
}

/// The items in order.
pub(super) fn items(items: impl IntoIterator<Item = impl Into<Item>>) -> String {
    let mut out = String::new();
    for item in items {
        if !out.is_empty() {
            out.push('\n');
        }
        match item.into() {
            Item::Code(code) => out.push_str(&self::item(&code)),
            Item::Module { doc, name, items } => {
                for line in doc {
                    out.push_str(format!("///{line}").trim_end());
                    out.push('\n');
                }
                let _ = write!(out, "mod {name} {{\n{}}}\n", indented(&self::items(items)));
            }
        }
    }
    out
}

fn item(tokens: &TokenStream) -> String {
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        // unformatted, but the same code
        Err(_) => format!("{tokens}\n"),
    }
}

/// Shifts code to the right, for a module within a file. Literals hold no line breaks, so no text changes.
pub(super) fn indented(code: &str) -> String {
    let mut out = String::with_capacity(code.len() + code.len() / 8);
    for line in code.lines() {
        if !line.is_empty() {
            out.push_str("    ");
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}
