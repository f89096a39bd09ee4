//! Rule text in generated code: always a literal, and legible in every editor.
//!
//! No character that could be invisible, reorder a line or end it is ever written as it is: such characters are escaped in
//! literals and spelled out in comments. Everything else stands as its author wrote it, backslashes in raw strings.

use std::fmt::Write as _;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::ir;

/// A string literal: raw where that reads better.
pub(super) fn text(value: &str) -> Literal {
    raw(value).unwrap_or_else(|| Literal::string(value))
}

fn raw(value: &str) -> Option<Literal> {
    let escapes = value.contains(['\\', '"']);
    if !escapes || !value.chars().all(is_plain) {
        return None;
    }
    // as many `#` as the longest run behind a quote, and one more
    let hashes =
        value.split('"').skip(1).map(|rest| rest.bytes().take_while(|b| *b == b'#').count() + 1).max().unwrap_or(0);
    if hashes > 8 {
        return None;
    }
    let fence = "#".repeat(hashes);
    format!("r{fence}\"{value}\"{fence}").parse().ok()
}

/// Whether a character shows itself and nothing else. Unicode's word for it is what `{:?}` leaves alone.
fn is_plain(c: char) -> bool {
    matches!(c, '\\' | '"' | '\'') || c.escape_debug().len() == 1
}

/// A number for a test: exact, of either sign.
pub(super) fn number(value: ir::Number) -> TokenStream {
    match value {
        ir::Number::Int(int) => {
            let digits = Literal::u128_unsuffixed(int.unsigned_abs());
            if int < 0 { quote!(Number::Int(-#digits)) } else { quote!(Number::Int(#digits)) }
        }
        ir::Number::Float(float) => {
            let float = self::float(float);
            quote!(Number::Float(#float))
        }
    }
}

/// A float: exact, of either sign; by its bits where no literal spells it.
pub(super) fn float(float: f64) -> TokenStream {
    match format!("{:?}", float.abs()).parse::<Literal>() {
        Ok(digits) if float.is_finite() && float.is_sign_negative() => quote!(-#digits),
        Ok(digits) if float.is_finite() => quote!(#digits),
        _ => {
            let bits = Literal::u64_unsuffixed(float.to_bits());
            quote!(f64::from_bits(#bits))
        }
    }
}

/// A whole number, of either sign.
pub(super) fn whole(number: i64) -> TokenStream {
    let digits = Literal::u64_unsuffixed(number.unsigned_abs());
    if number < 0 { quote!(-#digits) } else { quote!(#digits) }
}

/// A span of milliseconds in the largest unit that tells it exactly.
pub(super) fn span(milliseconds: i64) -> TokenStream {
    const UNITS: [(&str, i64); 4] =
        [("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000), ("seconds", 1_000)];
    let unit = UNITS.iter().find(|(_, unit)| milliseconds != 0 && milliseconds % unit == 0);
    let (name, unit) = unit.unwrap_or(&("milliseconds", 1));
    let (name, count) = (super::names::ident(name), whole(milliseconds / unit));
    quote!(#name(#count))
}

/// As [`span`], for people: `6 minutes`, or `hour` for one.
pub(super) fn span_prose(milliseconds: i64) -> String {
    let code = span(milliseconds).to_string();
    let (unit, count) = code.split_once('(').unwrap_or(("milliseconds", "0"));
    let count: String = count.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    let unit = unit.trim();
    if count == "1" { unit.trim_end_matches('s').to_owned() } else { format!("{count} {unit}") }
}

/// Rule text as prose in a doc comment: one line, no markup, no invisible characters.
pub(super) fn prose(value: &str) -> String {
    let mut out = String::new();
    for c in legible(value, 300).chars() {
        match c {
            '`' => out.push('\''),
            '<' | '>' | '[' | ']' | '*' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Rule text as code in a doc comment.
pub(super) fn code(value: &str) -> String {
    format!("`{}`", legible(value, 1_000).replace('`', "'"))
}

/// The text on one line, with escapes for what could not be seen, cut where it gets too long.
pub(super) fn legible(value: &str, longest: usize) -> String {
    let mut out = String::new();
    for (at, c) in value.trim().chars().enumerate() {
        if at == longest {
            out.push('\u{2026}');
            break;
        }
        match c {
            '\n' | '\r' | '\t' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if is_plain(c) => out.push(c),
            c => {
                let _ = write!(out, "U+{:04X}", u32::from(c));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn literals_read_well() {
        let check = |value: &str, expected: &str| assert_eq!(text(value).to_string(), expected);
        check("cmd.exe", r#""cmd.exe""#);
        check(r"\cmd.exe", r#"r"\cmd.exe""#);
        check(r#"say "x""#, "r#\"say \"x\"\"#");
        check(r##"a"# \"##, r###"r##"a"# \"##"###);
        check("a\\\nb", r#""a\\\nb""#);
        check("\u{202e}evil", r#""\u{202e}evil""#);
        check("*/ { } //", r#""*/ { } //""#);
        check("Gr\u{fc}n \u{1f980}", "\"Gr\u{fc}n \u{1f980}\"");
    }

    #[test]
    fn numbers_are_exact() {
        let check = |value, expected: &str| assert_eq!(number(value).to_string().replace(' ', ""), expected);
        check(ir::Number::Int(-5), "Number::Int(-5)");
        check(ir::Number::Int(i128::MIN), "Number::Int(-170141183460469231731687303715884105728)");
        check(ir::Number::Float(1.5), "Number::Float(1.5)");
        check(ir::Number::Float(-1e300), "Number::Float(-1e300)");
        check(ir::Number::Float(f64::INFINITY), "Number::Float(f64::from_bits(9218868437227405312))");
    }

    #[test]
    fn prose_has_no_markup() {
        assert_eq!(prose("a `b` <script> [x](y)\n\u{202e}z\u{200b}"), r"a 'b' \<script\> \[x\](y) U+202EzU+200B");
        assert_eq!(legible(&"x".repeat(2_000), 10).chars().count(), 11);
    }

    proptest! {
        #[test]
        fn every_text_survives(value in any::<String>()) {
            let literal = text(&value).to_string();
            let parsed: syn::LitStr = syn::parse_str(&literal).unwrap();
            prop_assert_eq!(parsed.value(), value);
            prop_assert!(literal.chars().all(is_plain));
        }

        #[test]
        fn slashes_and_quotes_survive(value in r#"["\\#'{}a/*]{0,40}"#) {
            let parsed: syn::LitStr = syn::parse_str(&text(&value).to_string()).unwrap();
            prop_assert_eq!(parsed.value(), value);
        }
    }
}
