//! Functions that the runtime computes in its own way: `CASE`, `COALESCE`, `CIDR_MATCH` with networks of the query.

use std::sync::Arc;

use sigil_runtime::matcher::values::Networks;
use sigil_runtime::table::{Expr, Type, Value};

use super::super::literal::wider;
use super::compare::meant;
use super::{Analyzer, Typed};
use crate::diagnostic::Code;
use crate::elastic::{leaf, short};
use crate::source::{Span, Spanned};

impl Analyzer<'_> {
    /// `CASE(condition, value, .., otherwise)`
    pub(super) fn case(&mut self, name: &Spanned<String>, arguments: Vec<Option<Typed>>, span: Span) -> Option<Typed> {
        if arguments.len() < 2 {
            let message = format!("`CASE` takes at least 2 arguments, not {}", arguments.len());
            return self.error(
                Code::FunctionArguments,
                name.span,
                message,
                "write `CASE(condition, value, otherwise)`",
            );
        }
        let count = arguments.len();
        let mut values = Vec::new();
        let mut conditions = Vec::new();
        let mut complete = true;
        for (at, argument) in arguments.into_iter().enumerate() {
            let Some(argument) = argument else {
                complete = false;
                continue;
            };
            if at % 2 == 0 && at + 1 < count {
                let fits = matches!(argument.kind, Type::Boolean | Type::Null) || self.want(&argument, Type::Boolean);
                if !fits {
                    complete = false;
                    self.wrong_type::<()>(&argument, "boolean", "a condition of `CASE`");
                }
                conditions.push(argument);
            } else {
                values.push(argument);
            }
        }
        if !complete {
            return None;
        }
        let depth = self.deepest(&conditions, span)?;
        let typed = self.common(values, "`CASE`")?;
        let (kind, guess, values) = typed;
        let depth = depth.max(self.deepest(&values, span)?);
        let mut members = Vec::with_capacity(count);
        let mut conditions = conditions.into_iter();
        for value in values {
            members.extend(conditions.next().map(|condition| condition.expr));
            members.push(value.expr);
        }
        Some(Typed { guess, depth, ..Typed::new(Expr::Case(members.into()), kind, span) })
    }

    /// `COALESCE(first, ..)`
    pub(super) fn coalesce(
        &mut self,
        name: &Spanned<String>,
        arguments: Vec<Option<Typed>>,
        span: Span,
    ) -> Option<Typed> {
        if arguments.is_empty() {
            let message = "`COALESCE` takes at least 1 argument, not 0";
            return self.error(Code::FunctionArguments, name.span, message, "write `COALESCE(first, second)`");
        }
        let arguments: Vec<Typed> = arguments.into_iter().collect::<Option<_>>()?;
        let (kind, guess, values) = self.common(arguments, "`COALESCE`")?;
        let depth = self.deepest(&values, span)?;
        let members = values.into_iter().map(|value| value.expr).collect();
        Some(Typed { guess, depth, ..Typed::new(Expr::Coalesce(members), kind, span) })
    }

    /// Values of one type: numbers become the widest, texts of the query what the others are.
    pub(super) fn common(&mut self, values: Vec<Typed>, what: &str) -> Option<(Type, Option<Arc<str>>, Vec<Typed>)> {
        let is_text_of_query = |value: &Typed| value.kind == Type::Keyword && value.literal().is_some();
        let mut kinds =
            values.iter().filter(|value| value.kind != Type::Null && !is_text_of_query(value) && value.guess.is_none());
        let strict = kinds.next().map(|first| {
            kinds.fold(first.kind, |a, b| if a.is_number() && b.kind.is_number() { wider(a, b.kind) } else { a })
        });
        let all_texts = values.iter().all(|value| value.kind.is_text() || value.kind == Type::Null);
        let kind = match strict {
            Some(kind) if !(all_texts && kind.is_text()) => kind,
            _ if all_texts && values.iter().any(|value| value.kind != Type::Null) => Type::Keyword,
            _ => Type::Null,
        };
        let guess = values.iter().find_map(|value| value.guess.clone()).filter(|_| kind == Type::Keyword);
        let mut same = Vec::with_capacity(values.len());
        for value in values {
            let fits = value.kind == kind || value.kind == Type::Null || (kind.is_text() && value.kind.is_text());
            same.push(if fits {
                value
            } else if let Some(value) = meant(&value, kind) {
                value
            } else if value.kind.is_number() && kind.is_number() {
                self.cast(value, kind)?
            } else if self.want(&value, kind) {
                value
            } else {
                let message = format!("{what} has values of types `{kind}` and `{}`", value.kind);
                let help = self.cast_help(&value, kind.name());
                return self.error(Code::TypeConflict, value.span, message, help);
            });
        }
        Some((kind, guess, same))
    }

    /// `CIDR_MATCH(ip, "10.0.0.0/8", ..)` if all networks stand in the query; the arguments come back if not.
    pub(super) fn cidr(&mut self, arguments: &[Option<Typed>], span: Span) -> Option<Result<Typed, ()>> {
        let (Some(Some(address)), Some(blocks)) = (arguments.first(), arguments.get(1..)) else { return Some(Err(())) };
        let mut texts = Vec::new();
        for block in blocks {
            match block.as_ref().map(|block| (block.span, block.literal())) {
                Some((place, Some(value @ (Value::Text(_) | Value::List(_))))) => {
                    for text in value.values() {
                        texts.push((place, text.as_text()?.to_owned()));
                    }
                }
                _ => return Some(Err(())),
            }
        }
        let address = match address.kind {
            Type::Ip | Type::Null => address.clone(),
            _ => match meant(address, Type::Ip) {
                Some(address) => address,
                None if self.want(address, Type::Ip) => address.clone(),
                None => {
                    let address = address.clone();
                    let message = format!("`CIDR_MATCH` takes `ip`, not `{}`", address.kind);
                    let help = self.cast_help(&address, "ip");
                    return self.error(Code::TypeConflict, address.span, message, help);
                }
            },
        };
        if texts.is_empty() {
            return Some(Err(()));
        }
        let mut networks = Vec::new();
        for (place, text) in texts {
            if let Some(network) = leaf::network(&text) {
                networks.push(network);
            } else {
                let message = format!("`{}` is not a network", short(&text));
                self.error::<()>(Code::InvalidNetwork, place, message, "write `\"10.0.0.0/8\"` or `\"2001:db8::/32\"`");
            }
        }
        let depth = self.nested(address.depth, span)?;
        let expr = Expr::Cidr(Arc::new(address.expr), Arc::new(Networks::owned(networks)));
        Some(Ok(Typed { depth, ..Typed::new(expr, Type::Boolean, span) }))
    }
}
