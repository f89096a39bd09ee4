//! What is asked of a value: `IS NULL`, `IN`, `LIKE`, `RLIKE` and the match operator.

use super::expr::{Node, node, push};
use super::{Inside, Kind, Parser, Step};
use crate::diagnostic::{Code, Severity};
use crate::elastic::esql::ast::{Expr, ExprKind, LikeOp, Literal, StringLiteral};
use crate::source::Spanned;

impl Parser<'_> {
    /// `value IS NULL`, `value IN (..)` and so on, or the value as it is.
    pub(super) fn predicate(&mut self) -> Step<Node> {
        let (first, start) = (self.at, self.peek().start);
        let value = self.comparison()?;
        let grouped = self.group == (first, self.at);
        self.predicate_of(value, start, grouped)
    }

    fn predicate_of(&mut self, value: Node, start: usize, grouped: bool) -> Step<Node> {
        let not = self.peek();
        let negated = not.kind == Kind::Not;
        let token = self.peek_at(usize::from(negated));
        match token.kind {
            Kind::Is if !negated => self.is_null(value, start),
            Kind::In => {
                self.skip(1 + usize::from(negated));
                self.looked_up(value, start, negated)
            }
            Kind::Like | Kind::Rlike => {
                self.skip(1 + usize::from(negated));
                let op = if token.kind == Kind::Like { LikeOp::Like } else { LikeOp::Rlike };
                let op = Spanned::new(op, self.span(token));
                let patterns = self.patterns(op.value)?;
                Ok(self.done(ExprKind::Like { op, left: value, patterns, negated }, start))
            }
            Kind::Colon => {
                if negated {
                    self.report(not, "`NOT` cannot stand before `:`", "put it in front: `NOT field : \"text\"`");
                    self.next();
                }
                let matched = self.matched(value, start, grouped)?;
                Ok(if negated { self.done(ExprKind::Not(matched), start) } else { matched })
            }
            Kind::Bang if self.peek_at(1).kind == Kind::Colon => {
                self.foreign(token, "NOT field : \"text\"");
                self.next();
                self.matched(value, start, grouped)
            }
            _ => Ok(value),
        }
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    fn done(&self, kind: ExprKind, start: usize) -> Node {
        node(kind, self.span_from(start))
    }

    /// `IS NULL` or `IS NOT NULL`
    fn is_null(&mut self, value: Node, start: usize) -> Step<Node> {
        self.next();
        let negated = self.take(Kind::Not).is_some();
        if self.take(Kind::Null).is_none() {
            let what = if negated { "`NULL` behind `IS NOT`" } else { "`NULL` or `NOT NULL` behind `IS`" };
            return Err(self.expected(what, "values are compared with `==` and `!=`"));
        }
        Ok(self.done(ExprKind::IsNull { value, negated }, start))
    }

    /// The list behind `IN`, or a query.
    fn looked_up(&mut self, left: Node, start: usize, negated: bool) -> Step<Node> {
        let Some(open) = self.take(Kind::Open) else {
            let help = "the values stand in parentheses: `field IN (\"a\", \"b\")`";
            return Err(self.expected("`(` behind `IN`", help));
        };
        if self.starts_subquery() {
            let query = Box::new(self.subquery(open)?);
            return Ok(self.done(ExprKind::InQuery { left, query, negated }, start));
        }
        if self.peek().kind == Kind::Close {
            self.empty_list();
            self.next();
            return Ok(self.done(ExprKind::In { left, list: Vec::new(), negated }, start));
        }
        self.enter(open)?;
        let missed = std::mem::take(&mut self.closing_missed);
        let mut list = Vec::new();
        let mut comma_missing = false;
        loop {
            let value = self.list_value();
            push(&mut list, value);
            if !self.list_goes_on(&mut comma_missing) {
                break;
            }
        }
        self.close(open);
        self.closing_missed = missed;
        self.leave();
        Ok(self.done(ExprKind::In { left, list, negated }, start))
    }

    /// A value in a list; what cannot be read is skipped.
    fn list_value(&mut self) -> Node {
        let start = self.peek().start;
        if let Ok(value) = self.comparison() {
            return value;
        }
        self.skip_item();
        node(ExprKind::Invalid, self.span_from(start))
    }

    /// Takes the comma behind a value of a list in parentheses. Commas that are missing are reported once.
    pub(super) fn list_goes_on(&mut self, comma_missing: &mut bool) -> bool {
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Comma => {
                    self.next();
                    return true;
                }
                Kind::Close | Kind::End | Kind::Pipe => return false,
                _ => {
                    if !*comma_missing {
                        *comma_missing = true;
                        self.misplaced(token, Inside::List);
                    }
                    match token.kind {
                        kind if super::expr::starts_value(kind) && kind != Kind::Not => return true,
                        Kind::And | Kind::Or | Kind::DoubleAmpersand | Kind::DoublePipe => {
                            self.next();
                            return true;
                        }
                        _ => {
                            self.next();
                            self.skip_item();
                        }
                    }
                }
            }
        }
    }

    /// Skips what stands before the next comma of the list, or before its end.
    fn skip_item(&mut self) {
        loop {
            self.resync(Inside::List);
            match self.peek().kind {
                Kind::And | Kind::Or | Kind::DoubleAmpersand | Kind::DoublePipe => {
                    self.next();
                }
                _ => return,
            }
        }
    }

    fn empty_list(&mut self) {
        let token = self.peek();
        self.report(token, "this list is empty", "write at least one value: `(\"a\", \"b\")`");
    }

    /// A pattern, or patterns in parentheses.
    fn patterns(&mut self, op: LikeOp) -> Step<Vec<Expr>> {
        let patterns = match (self.peek().kind, self.peek_at(1).kind) {
            (Kind::Open, Kind::String | Kind::Parameter) if self.is_list_of_strings() => self.pattern_list(op),
            (Kind::Open, Kind::Close) => {
                self.next();
                self.empty_list();
                self.next();
                Vec::new()
            }
            (Kind::String | Kind::Parameter | Kind::Name | Kind::QuotedName | Kind::Open, _)
            | (Kind::First | Kind::Last, Kind::Open) => {
                let pattern = self.primary()?;
                let mut patterns = Vec::new();
                push(&mut patterns, pattern);
                patterns
            }
            _ => return Err(self.string_missing(op)),
        };
        for pattern in &patterns {
            self.note_sql_pattern(op, pattern);
        }
        Ok(patterns)
    }

    /// Whether a string in parentheses stands alone there, or is to: a part of a longer value is no list.
    fn is_list_of_strings(&self) -> bool {
        matches!(
            self.peek_at(2).kind,
            Kind::Comma
                | Kind::Close
                | Kind::String
                | Kind::Parameter
                | Kind::And
                | Kind::Or
                | Kind::DoubleAmpersand
                | Kind::DoublePipe
                | Kind::Pipe
                | Kind::End
        )
    }

    /// `("..", "..")`: strings and parameters only. Each mistake is reported, mistakes of one kind once.
    fn pattern_list(&mut self, op: LikeOp) -> Vec<Expr> {
        let open = self.next();
        let missed = std::mem::take(&mut self.closing_missed);
        let mut patterns = Vec::new();
        let mut comma_missing = false;
        loop {
            match self.peek().kind {
                Kind::String | Kind::Parameter => patterns.extend(self.literal().map(|literal| *literal)),
                _ => {
                    self.string_missing(op);
                    self.skip_item();
                }
            }
            if !self.list_goes_on(&mut comma_missing) {
                break;
            }
        }
        self.close(open);
        self.closing_missed = missed;
        patterns
    }

    /// Something else stands where `LIKE` and `RLIKE` take a string.
    fn string_missing(&mut self, op: LikeOp) -> super::Reported {
        let help = match self.peek().kind {
            Kind::Integer | Kind::Decimal | Kind::True | Kind::False | Kind::Null => {
                "compare other values with `==` or `IN`, or put the value in quotes"
            }
            Kind::Star => "put the pattern in quotes: `\"*\"`",
            Kind::Name | Kind::QuotedName => "put the pattern in quotes",
            _ => "write a string, or a list of strings: `(\"a*\", \"b*\")`",
        };
        self.expected(&format!("a string behind `{}`", op.as_str()), help)
    }

    /// `%` where `*` is meant, as in SQL.
    fn note_sql_pattern(&mut self, op: LikeOp, pattern: &Expr) {
        let ExprKind::Literal(Literal::String(StringLiteral { value, span, .. })) = &pattern.kind else { return };
        let is_sql = value.len() > 1
            && (value.starts_with('%') || value.ends_with('%'))
            && !value.contains(['*', '?'])
            && value.matches('%').count() <= 2
            // the name of a variable: `%TEMP%`
            && !value.trim_matches('%').chars().all(|c| c.is_ascii_uppercase() || c == '_');
        if op != LikeOp::Like || !is_sql || self.too_deep.is_some() || self.problems.len() >= super::MAX_ERRORS {
            return;
        }
        let mut note = Code::QuerySyntax.at(*span, "`%` stands for itself in a pattern");
        note.severity = Severity::Note;
        self.problems.push(note.help("`*` stands for any text, and `?` for any character"));
    }

    /// `: "text"`
    fn matched(&mut self, left: Node, start: usize, grouped: bool) -> Step<Node> {
        let colon = self.next();
        let is_field = match &left.kind {
            ExprKind::Compare { .. } | ExprKind::Arithmetic { .. } | ExprKind::Negative(_) => false,
            ExprKind::Literal(_)
            | ExprKind::Field(_)
            | ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::IsNull { .. }
            | ExprKind::In { .. }
            | ExprKind::InQuery { .. }
            | ExprKind::Like { .. }
            | ExprKind::Match { .. }
            | ExprKind::Cast { .. }
            | ExprKind::Call(_)
            | ExprKind::Invalid => true,
        };
        if !is_field && !grouped {
            let help = "write `field : \"text\"`, and join conditions with `AND`";
            self.report(colon, "a field stands before `:`", help);
        }
        let token = self.peek();
        let literal = match token.kind {
            Kind::Open => {
                let help = "one text can be searched for: join several by `OR`: `field : \"a\" OR field : \"b\"`";
                return Err(self.expected("a value behind `:`", help));
            }
            Kind::Name | Kind::QuotedName => {
                let help = "put the text in quotes; what is known only from the event is compared with `==`";
                return Err(self.expected("a value behind `:`", help));
            }
            _ => self.spanned_literal("a value behind `:`", "write `field : \"text\"`")?,
        };
        Ok(self.done(ExprKind::Match { left, query: literal }, start))
    }
}
