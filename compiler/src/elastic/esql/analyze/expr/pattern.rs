//! `LIKE` and `RLIKE`.

use std::sync::Arc;

use sigil_runtime::generated::Piece as Part;
use sigil_runtime::matcher::values::{Glob, Globs, Pattern};
use sigil_runtime::table::function::{Function, TextFunction};
use sigil_runtime::table::{Expr, Type};

use super::{Analyzer, Typed};
use crate::diagnostic::Code;
use crate::elastic::esql::ast::{self, ExprKind, LikeOp, Literal, StringLiteral};
use crate::elastic::text::QueryText;
use crate::elastic::{leaf, one_line, regexp};
use crate::ir::{Case, Piece};
use crate::source::{Span, Spanned};

impl Analyzer<'_> {
    /// `left LIKE ".."`, `left RLIKE ("..", "..")`
    pub(super) fn like(
        &mut self,
        op: &Spanned<LikeOp>,
        left: &ast::Expr,
        patterns: &[ast::Expr],
        span: Span,
    ) -> Option<Typed> {
        let left = self.expr(left);
        if let [pattern] = patterns
            && !matches!(pattern.kind, ExprKind::Literal(_))
        {
            return self.like_computed(op, left, pattern, span);
        }
        let texts: Vec<Option<StringLiteral>> = patterns.iter().map(|pattern| self.pattern_text(pattern, op)).collect();
        let left = left?;
        if !left.kind.is_text() && left.kind != Type::Null {
            return self.wrong_type(&left, "a text", &format!("`{}`", op.value.as_str()));
        }
        let texts: Vec<StringLiteral> = texts.into_iter().collect::<Option<_>>()?;
        let depth = self.nested(left.depth, span)?;
        let value = Arc::new(left.expr);
        let expr = match op.value {
            LikeOp::Like => {
                let globs: Vec<Option<Glob>> = texts.iter().map(|text| self.glob(text)).collect();
                Expr::Like(value, Arc::new(Globs::owned(globs.into_iter().collect::<Option<_>>()?)))
            }
            LikeOp::Rlike => {
                let patterns: Vec<Option<Expr>> = texts
                    .iter()
                    .map(|text| {
                        let translated = regexp::translate_rlike(&inner_text(text), &mut self.diags)?;
                        let pattern = if translated.never { r"[^\s\S]".to_owned() } else { translated.pattern };
                        Some(Expr::Rlike(Arc::clone(&value), Arc::new(Pattern::owned(pattern, false))))
                    })
                    .collect();
                let mut patterns: Vec<Expr> = patterns.into_iter().collect::<Option<_>>()?;
                match patterns.len() {
                    1 => patterns.pop()?,
                    _ => Expr::Or(patterns.into()),
                }
            }
        };
        Some(Typed { depth, ..Typed::new(expr, Type::Boolean, span) })
    }

    /// `left LIKE CONCAT(..)`
    fn like_computed(
        &mut self,
        op: &Spanned<LikeOp>,
        left: Option<Typed>,
        pattern: &ast::Expr,
        span: Span,
    ) -> Option<Typed> {
        let pattern = self.expr(pattern);
        let (left, pattern) = (left?, pattern?);
        for side in [&left, &pattern] {
            if !side.kind.is_text() && side.kind != Type::Null {
                return self.wrong_type(side, "a text", &format!("`{}`", op.value.as_str()));
            }
        }
        let depth = self.nested(left.depth.max(pattern.depth), span)?;
        let function = Function::Text(match op.value {
            LikeOp::Like => TextFunction::MatchesLike,
            LikeOp::Rlike => TextFunction::MatchesRlike,
        });
        let expr = Expr::call(function, Type::Boolean, [left.expr, pattern.expr]);
        Some(Typed { depth, ..Typed::new(expr, Type::Boolean, span) })
    }

    /// The text of a pattern that stands in the query.
    fn pattern_text(&mut self, pattern: &ast::Expr, op: &Spanned<LikeOp>) -> Option<StringLiteral> {
        match &pattern.kind {
            ExprKind::Literal(Literal::String(text)) => Some(text.clone()),
            ExprKind::Literal(literal @ Literal::Parameter(_)) => {
                let (value, kind) = self.value_of(literal, pattern.span)?;
                match value.as_text() {
                    Some(text) if kind == Type::Keyword => {
                        Some(StringLiteral { value: text.to_owned(), raw: false, span: pattern.span })
                    }
                    _ => self.no_pattern(kind, pattern.span, op),
                }
            }
            _ => {
                let typed = self.expr(pattern)?;
                self.no_pattern(typed.kind, pattern.span, op)
            }
        }
    }

    fn no_pattern<T>(&mut self, kind: Type, span: Span, op: &Spanned<LikeOp>) -> Option<T> {
        let message = format!("`{}` takes a pattern, not `{kind}`", op.value.as_str());
        self.error(Code::TypeConflict, span, message, "write a string: `\"*text*\"`")
    }

    /// `*` stands for any text, `?` for one character; a backslash takes the next character literally (ES|QL reference, "LIKE"). If that is none of these nor
    /// a backslash, newer versions of Elasticsearch refuse the pattern, and mostly it was not doubled: that is warned of.
    fn glob(&mut self, text: &StringLiteral) -> Option<Glob> {
        let mut pieces = Vec::new();
        let mut chars = text.value.char_indices();
        while let Some((at, c)) = chars.next() {
            if c != '\\' {
                pieces.push(leaf::wildcard(c));
                continue;
            }
            let next = chars.next().map(|(_, next)| next);
            pieces.extend(next.map(|next| Piece::Literal(next.to_string())));
            if let Some('*' | '?' | '\\') = next {
                continue;
            }
            let help = if text.raw {
                "write two of them for a backslash itself: `\\\\`"
            } else {
                "write four of them for a backslash itself, as the string needs two for each: `\\\\\\\\`"
            };
            let place = inner_text(text).span(at..chars.offset());
            let Some(next) = next else {
                return self.error(Code::TypeConflict, place, "the pattern ends with a backslash", help);
            };
            let message = format!(
                "`\\{}` is read without its backslash: behind one stands `*`, `?` or another backslash",
                one_line(&next.to_string())
            );
            self.diags.push(Code::QuestionableValue.at(place, message).help(help));
        }
        let parts = leaf::glob(pieces, Case::Sensitive).0.into_iter().map(|piece| match piece {
            Piece::Literal(text) => Part::Literal(text.into_boxed_str()),
            Piece::AnyRun => Part::AnyRun,
            Piece::AnyChar => Part::AnyChar,
            Piece::Dash => Part::Dash,
        });
        Some(Glob::owned(parts.collect()))
    }
}

/// The text of a string, with its places.
pub(super) fn inner_text(literal: &StringLiteral) -> QueryText<'_> {
    let Span { file, start, end } = literal.span;
    let quote = if literal.raw { 3 } else { 1 };
    // where nothing was escaped, places in the text are places in the source
    if (end.saturating_sub(start)) as usize == literal.value.len() + 2 * quote {
        QueryText::verbatim(&literal.value, file, start as usize + quote)
    } else {
        QueryText::at(&literal.value, literal.span)
    }
}
