//! Conditions that look at the event as a search does: `field : "text"`, `MATCH`, `MATCH_PHRASE`, `KQL` (ES|QL reference, "Search functions").
//! They are two-valued, and any value of a field will do.

use std::sync::Arc;

use sigil_runtime::matcher::tokens::Words;
use sigil_runtime::matcher::values::Globs;
use sigil_runtime::table::function::{Function, TextFunction};
use sigil_runtime::table::{Expr, Type, Value};

use super::super::environment::Origin;
use super::super::source::is_analysed;
use super::pattern::inner_text;
use super::{Analyzer, Typed};
use crate::diagnostic::Code;
use crate::elastic::esql::ast::{self, Arguments, Call, ExprKind, Literal, Map, MapValue, StringLiteral};
use crate::elastic::esql::kql_options::{self, Refused};
use crate::elastic::leaf::{self, Target};
use crate::elastic::{kql, short};
use crate::ir::{self, Case};
use crate::source::{Span, Spanned};

/// How a text is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// Any of its words.
    Any,
    /// All of them.
    All,
    /// All of them, one behind the other.
    Phrase,
    /// Any of them, with so many edits behind a prefix of so many characters.
    Fuzzy(FuzzyOptions),
}

/// `fuzziness` and `prefix_length`; no fuzziness is `AUTO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FuzzyOptions {
    edits: Option<i32>,
    prefix: i32,
}

impl Analyzer<'_> {
    /// `left : query`
    pub(super) fn match_operator(&mut self, left: &ast::Expr, query: &Spanned<Literal>, span: Span) -> Option<Typed> {
        let left = self.searched(left, "`:`");
        let query = self.query_text(&query.value, query.span);
        self.find(left?, &query?, How::Any, span)
    }

    /// `MATCH(field, query, {..})`, `MATCH_PHRASE(field, query)`
    pub(super) fn match_function(
        &mut self,
        name: &Spanned<String>,
        call: &Call,
        phrase: bool,
        span: Span,
    ) -> Option<Typed> {
        let shown = if phrase { "MATCH_PHRASE" } else { "MATCH" };
        let Arguments::Values { values, options } = &call.arguments else {
            return self.usage(name.span, shown, "field, \"text\"");
        };
        let [field, query] = values.as_slice() else { return self.usage(name.span, shown, "field, \"text\"") };
        let field = self.searched(field, &format!("`{shown}`"));
        let ExprKind::Literal(literal) = &query.kind else {
            let message = format!("`{shown}` takes a value that stands in the query");
            return self.error(Code::FunctionArguments, query.span, message, "write it as a string: `\"text\"`");
        };
        let query = self.query_text(literal, query.span);
        let how = match options {
            Some(options) => self.options(options, shown, phrase)?,
            None if phrase => How::Phrase,
            None => How::Any,
        };
        self.find(field?, &query?, how, span)
    }

    fn usage<T>(&mut self, span: Span, name: &str, arguments: &str) -> Option<T> {
        let message = format!("`{name}` is called with the wrong arguments");
        self.error(Code::FunctionArguments, span, message, format!("write `{name}({arguments})`"))
    }

    fn options(&mut self, map: &Map, name: &str, phrase: bool) -> Option<How> {
        let mut how = if phrase { How::Phrase } else { How::Any };
        let mut fuzzy = None;
        let mut prefix = 0;
        for entry in &map.entries {
            let MapValue::Literal(value) = &entry.value else { return self.unsupported("MATCH with options") };
            let text = match &value.value {
                Literal::String(text) => text.value.to_ascii_lowercase(),
                other => other.to_string(),
            };
            match (entry.key.value.as_str(), text.as_str()) {
                // what changes a score or bounds work, and what is so anyway
                (
                    "boost"
                    | "lenient"
                    | "max_expansions"
                    | "auto_generate_synonyms_phrase_query"
                    | "analyzer"
                    | "fuzzy_rewrite",
                    _,
                )
                | ("fuzzy_transpositions", "true")
                | ("fuzziness" | "slop", "0")
                | ("zero_terms_query", "none") => {}
                ("operator", "and") if !phrase => how = How::All,
                ("operator", "or") if !phrase => how = How::Any,
                ("fuzziness", "auto") if !phrase => fuzzy = Some(None),
                ("fuzziness", "1" | "2") if !phrase => fuzzy = Some(text.parse().ok()),
                ("prefix_length", digits) if !phrase && digits.parse::<i32>().is_ok_and(|length| length >= 0) => {
                    prefix = digits.parse().unwrap_or(0);
                }
                ("minimum_should_match" | "zero_terms_query" | "slop" | "fuzziness" | "fuzzy_transpositions", _) => {
                    return self.unsupported("MATCH with options");
                }
                (key, _) => {
                    let message = format!("`{name}` has no option `{}`", short(key));
                    let help = "options are `operator`, `fuzziness`, `boost` and others";
                    return self.error(Code::FunctionArguments, entry.key.span, message, help);
                }
            }
        }
        match fuzzy {
            Some(_) if how == How::All => self.unsupported("MATCH with fuzziness and operator"),
            Some(edits) => Some(How::Fuzzy(FuzzyOptions { edits, prefix })),
            None => Some(how),
        }
    }

    /// What is searched: a field of the event, converted perhaps, or else a text.
    fn searched(&mut self, value: &ast::Expr, what: &str) -> Option<Typed> {
        let (inner, cast) = match &value.kind {
            ExprKind::Cast { value, .. } => (&**value, true),
            _ => (value, false),
        };
        let typed = self.expr(inner)?;
        if typed.field.is_some() && self.of_events {
            return Some(typed);
        }
        let typed = if cast { self.expr(value)? } else { typed };
        if typed.kind.is_text() || typed.kind == Type::Null {
            return Some(typed);
        }
        self.wrong_type(&typed, "a text", what)
    }

    fn query_text(&mut self, literal: &Literal, span: Span) -> Option<Spanned<String>> {
        let (value, kind) = self.value_of(literal, span)?;
        match kind {
            Type::Null | Type::DatePeriod | Type::TimeDuration => {
                let message = format!("there is nothing to search for in a value of type `{kind}`");
                self.error(Code::TypeConflict, span, message, "write a string: `\"text\"`")
            }
            _ => Some(Spanned::new(value.to_string(), span)),
        }
    }

    fn find(&mut self, field: Typed, query: &Spanned<String>, how: How, span: Span) -> Option<Typed> {
        if let How::Fuzzy(options) = how {
            return self.fuzzy(field, query, options, span);
        }
        let words = leaf::words(&query.value);
        let name = match &field.field {
            Some(name) if self.of_events => Arc::clone(name),
            _ => {
                let make = |phrases: Vec<Vec<String>>| {
                    Expr::Words(Arc::new(field.expr.clone()), Arc::new(Words::owned(phrases, Globs::owned(Vec::new()))))
                };
                let expr = match how {
                    How::Any | How::Fuzzy(_) => make(words.into_iter().map(|word| vec![word]).collect()),
                    How::Phrase => make(vec![words]),
                    How::All => Expr::And(words.into_iter().map(|word| make(vec![vec![word]])).collect()),
                };
                let depth = self.nested(field.depth, span)?;
                return Some(Typed { depth, ..Typed::new(expr, Type::Boolean, span) });
            }
        };
        let env = self.env;
        let target = Target::field(env.schema, &name);
        let condition = if is_analysed(env.schema, &name) {
            match how {
                How::Any | How::Fuzzy(_) => target.analysed(&query.value, false),
                How::Phrase => target.analysed(&query.value, true),
                How::All => ir::Expr::all(words.iter().map(|word| target.analysed(word, false))),
            }
        } else {
            let mut cx = leaf::Context { schema: env.schema, now: env.now, diags: &mut self.diags, computed: 0 };
            cx.equals(&target, std::slice::from_ref(query), Case::Sensitive)
        };
        let shown = format!("{name} : {}", ast::StringLiteral { value: query.value.clone(), raw: false, span });
        Some(self.selection(&shown, condition, span))
    }

    /// Close to a text.
    fn fuzzy(&mut self, field: Typed, query: &Spanned<String>, options: FuzzyOptions, span: Span) -> Option<Typed> {
        let function = if field.kind == Type::Text { TextFunction::FuzzyWords } else { TextFunction::Fuzzy };
        if !field.kind.is_text() {
            return self.wrong_type(&field, "a text", "`MATCH` with fuzziness");
        }
        let edits = options.edits.map_or_else(|| Value::text("AUTO"), Value::Int);
        let arguments = [Value::text(&query.value), edits, Value::Int(options.prefix)].map(Expr::Literal);
        let [text, edits, prefix] = arguments;
        let depth = self.nested(field.depth, span)?;
        let expr = Expr::call(Function::Text(function), Type::Boolean, [field.expr, text, edits, prefix]);
        Some(Typed { depth, ..Typed::new(expr, Type::Boolean, span) })
    }

    /// A condition that the event decides.
    fn selection(&mut self, shown: &str, condition: ir::Expr, span: Span) -> Typed {
        let slot = self.read(&crate::elastic::one_line(shown), Origin::Selection(condition), Type::Boolean);
        Typed::new(Expr::Column(slot), Type::Boolean, span)
    }

    /// `KQL("..")`
    pub(super) fn kql(&mut self, name: &Spanned<String>, call: &Call, span: Span) -> Option<Typed> {
        let mut read = kql::lower::Options::default();
        let text = match &call.arguments {
            Arguments::Values { values, options } => {
                read = match kql_options::read(options.as_ref()) {
                    Ok(read) => read,
                    Err(Refused::Unsupported) => return self.unsupported("KQL with options"),
                    Err(Refused::Unknown(key)) => {
                        let message = format!("`KQL` has no option `{}`", short(&key.value));
                        let help = "options are `boost`, `case_insensitive`, `default_field` and `time_zone`";
                        return self.error(Code::FunctionArguments, key.span, message, help);
                    }
                };
                match values.as_slice() {
                    [ast::Expr { kind: ExprKind::Literal(Literal::String(text)), .. }] => Some(text.clone()),
                    [ast::Expr { kind: ExprKind::Literal(literal @ Literal::Parameter(_)), span }] => {
                        let query = self.query_text(literal, *span)?;
                        Some(StringLiteral { value: query.value, raw: false, span: *span })
                    }
                    _ => None,
                }
            }
            Arguments::Star => None,
        };
        let Some(text) = text else { return self.usage(name.span, "KQL", "\"field: value\"") };
        if !self.of_events {
            let message = "`KQL` searches events, of which nothing is left here";
            return self.error(Code::QuerySyntax, span, message, "put it in front of `STATS`");
        }
        let parsed = kql::parse(&inner_text(&text), &mut self.diags)?;
        let env = self.env;
        let mut cx = leaf::Context { schema: env.schema, now: env.now, diags: &mut self.diags, computed: 0 };
        let condition = kql::lower::lower_with(&parsed, &read, &mut cx);
        Some(self.selection(&text.value, condition, span))
    }
}
