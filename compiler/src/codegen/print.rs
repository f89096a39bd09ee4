//! Tokens to text: items are printed one by one, which is fast and keeps a blank line between them.

use proc_macro2::TokenStream;

/// The items in order.
pub(super) fn items(items: impl IntoIterator<Item = TokenStream>) -> String {
    let mut out = String::new();
    for item in items {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&self::item(&item));
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
