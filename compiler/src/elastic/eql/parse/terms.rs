//! Sequences, samples and joins.

use super::{Inside, Kind, Parser, Token};
use crate::elastic::eql::ast::{Expr, Join, Sample, Sequence, Term};
use crate::source::Spanned;

/// How often an event may be asked for in a row.
const MAX_RUNS: u32 = 100;

impl Parser<'_> {
    /// What stands behind `sequence`.
    pub(super) fn sequence(&mut self, first: Token) -> Sequence {
        let mut by = self.keys();
        let maxspan = self.maxspan();
        if maxspan.is_some() || by.is_empty() {
            let token = self.peek();
            if token.kind == Kind::By || self.is_miscased(token, Kind::By) {
                self.report(token, "`by` stands behind `with`", "write `sequence by .. with maxspan=..`");
                by.extend(self.keys());
            }
        }
        let terms = self.terms(first, true);
        let until = self.until();
        Sequence { by, maxspan, terms, until, span: self.span_from(first.start) }
    }

    /// What stands behind `sample`.
    pub(super) fn sample(&mut self, first: Token) -> Sample {
        let by = self.keys();
        let terms = self.terms(first, false);
        if self.peek().kind == Kind::Until {
            let token = self.peek();
            self.report(token, "a sample has no `until`", "its events come in any order: use a sequence, or remove it");
            self.until();
        }
        Sample { by, terms, span: self.span_from(first.start) }
    }

    /// What stands behind `join`.
    pub(super) fn join(&mut self, first: Token) -> Join {
        let by = self.keys();
        let terms = self.terms(first, false);
        let until = self.until();
        Join { by, terms, until, span: self.span_from(first.start) }
    }

    /// `by key, key`, if it is there.
    fn keys(&mut self) -> Vec<Expr> {
        if self.keyword(Kind::By).is_none() {
            return Vec::new();
        }
        match self.peek().kind {
            Kind::OpenBracket | Kind::OpenMissing | Kind::With | Kind::Until | Kind::Pipe | Kind::End => {
                self.expected("a field behind `by`", "name the fields that the events share: `by user.name, host.id`");
                Vec::new()
            }
            _ => self.values(Inside::Keys),
        }
    }

    /// `with maxspan=30s`, if it is there; in milliseconds.
    fn maxspan(&mut self) -> Option<Spanned<u64>> {
        const HELP: &str = "write the longest time that the sequence may take: `with maxspan=30s`";
        self.keyword(Kind::With)?;
        if self.keyword(Kind::Maxspan).is_none() {
            let token = self.peek();
            if self.word(token) == "runs" {
                self.report(token, "`runs` stands behind `sequence`", "write it behind an event: `[ .. ] with runs=3`");
            } else {
                self.expected("`maxspan` behind `with`", HELP);
            }
            self.skip_to(&[Kind::OpenBracket, Kind::OpenMissing, Kind::Until, Kind::Pipe]);
            return None;
        }
        self.assign("maxspan");
        let number = self.peek();
        match number.kind {
            Kind::Integer => {}
            Kind::Decimal => {
                self.report(number, "a span is a whole number of units", "use a smaller unit: `90s` for `1.5m`");
                self.next();
                self.take(Kind::Name);
                return None;
            }
            _ => {
                self.expected("a span", HELP);
                self.skip_to(&[Kind::By, Kind::OpenBracket, Kind::OpenMissing, Kind::Until, Kind::Pipe]);
                return None;
            }
        }
        self.next();
        let unit = self.peek();
        if unit.kind != Kind::Name {
            let help = format!("add `ms`, `s`, `m`, `h` or `d`: `{}s`", crate::elastic::one_line(self.word(number)));
            self.report(number, "the span has no unit", help);
            return None;
        }
        self.next();
        let factor: u64 = match self.word(unit) {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            other => {
                let message = format!("`{}` is not a unit of time", crate::elastic::one_line(other));
                self.report(unit, message, "units are `ms`, `s`, `m`, `h` and `d`");
                return None;
            }
        };
        let span = self.word(number).parse::<u64>().ok().and_then(|count| count.checked_mul(factor));
        let whole = Token { end: unit.end, ..number };
        match span {
            Some(0) => {
                self.report(number, "a span is at least one millisecond", HELP);
                None
            }
            // as many milliseconds as Elasticsearch can count
            Some(span) if i64::try_from(span).is_ok() => Some(Spanned::new(span, self.span(whole))),
            _ => {
                self.report(whole, "this span is too long", HELP);
                None
            }
        }
    }

    /// `=` behind the name of a setting.
    fn assign(&mut self, name: &str) {
        let token = self.peek();
        match token.kind {
            Kind::Assign => {
                self.next();
            }
            Kind::Equal => {
                self.report(token, format!("`{name}` is set with a single `=`"), format!("write `{name}=..`"));
                self.next();
            }
            _ => {
                self.expected(&format!("`=` behind `{name}`"), format!("write `{name}=..`"));
            }
        }
    }

    /// The events. A sequence may hold missing and repeated ones.
    fn terms(&mut self, first: Token, of_sequence: bool) -> Vec<Term> {
        let mut terms = Vec::new();
        let mark = self.problems.len();
        loop {
            match self.peek().kind {
                Kind::OpenBracket | Kind::OpenMissing => terms.push(self.term(of_sequence)),
                Kind::Bang if self.peek_at(1).kind == Kind::OpenBracket => terms.push(self.term(of_sequence)),
                Kind::Until | Kind::Pipe | Kind::End => break,
                _ if self.is_miscased(self.peek(), Kind::Until) => break,
                _ => {
                    let token = self.peek();
                    let what = if terms.is_empty() {
                        "`[`"
                    } else {
                        "`[`, `by`, `with`, `until`, `|` or the end of the query"
                    };
                    let help = match token.kind {
                        Kind::Close | Kind::CloseBracket => "remove it, or add the opening one where the group starts",
                        Kind::Comma => "events follow each other without commas",
                        _ => "each event stands in brackets: `[ process where true ]`",
                    };
                    self.expected(what, help);
                    self.next();
                    self.skip_to(&[Kind::OpenBracket, Kind::OpenMissing, Kind::Until, Kind::Pipe]);
                }
            }
        }
        let name = self.word(first).to_ascii_lowercase();
        if terms.is_empty() {
            let help = "add events in brackets: `[ process where true ] [ network where true ]`";
            self.expected("`[`", help);
        } else if self.problems.len() == mark
            && terms.iter().map(|term| term.runs.as_ref().map_or(1, |runs| runs.value)).sum::<u32>() < 2
        {
            let help = "add another event, or search for single events: `process where ..`";
            self.report(first, format!("a {name} has two events or more"), help);
        }
        terms
    }

    /// `until [ .. ]`, if it is there.
    fn until(&mut self) -> Option<Box<Term>> {
        self.keyword(Kind::Until)?;
        if !matches!(self.peek().kind, Kind::OpenBracket | Kind::OpenMissing | Kind::Bang) {
            self.expected("`[` behind `until`", "write the event that ends it: `until [ process where true ]`");
            self.skip_to(&[Kind::OpenBracket, Kind::Pipe]);
            if self.peek().kind != Kind::OpenBracket {
                return None;
            }
        }
        let term = self.term(true);
        if !matches!(self.peek().kind, Kind::Pipe | Kind::End) {
            self.expected("`|` or the end of the query", "`until` and its event stand last");
            self.skip_to(&[Kind::Pipe]);
        }
        Some(Box::new(term))
    }

    /// `[ .. ] by .. with runs=..` or `![ .. ] ..`
    fn term(&mut self, of_sequence: bool) -> Term {
        let first = self.peek();
        let missing = first.kind != Kind::OpenBracket;
        if first.kind == Kind::Bang {
            self.report(first, "`!` stands apart from its bracket", "write `![` in one piece");
            self.next();
        }
        let open = self.next();
        if missing && !of_sequence {
            self.report(first, "missing events occur in sequences only", "remove it, or write a sequence");
        }
        let outer = std::mem::take(&mut self.open);
        self.brackets += 1;
        let query = match self.peek().kind {
            Kind::CloseBracket => {
                self.expected("an event category", "write `[ any where true ]` for any event");
                self.no_query(open)
            }
            _ => self.event_query(Inside::Term),
        };
        self.open = outer;
        self.brackets -= 1;
        if self.take(Kind::CloseBracket).is_none() {
            self.never_closed(open, "]");
        }
        let by = self.keys();
        let runs = self.runs(of_sequence);
        if self.peek().kind == Kind::By && runs.is_some() {
            let token = self.peek();
            self.report(token, "`by` stands behind `with`", "write `[ .. ] by .. with runs=..`");
            self.keys();
        }
        Term { query, missing, by, runs, span: self.span_from(first.start) }
    }

    /// `with runs=5`, if it is there.
    fn runs(&mut self, of_sequence: bool) -> Option<Spanned<u32>> {
        const HELP: &str = "write how often the event occurs in a row, from 1 to 100: `with runs=5`";
        let with = self.keyword(Kind::With)?;
        if !of_sequence {
            self.report(with, "only events of a sequence are repeated", "remove it, or write a sequence");
        }
        let ends = [Kind::By, Kind::OpenBracket, Kind::OpenMissing, Kind::Until, Kind::Pipe];
        let token = self.peek();
        match token.kind {
            Kind::Name if self.word(token) == "runs" => {
                self.next();
            }
            Kind::Maxspan => {
                let help = "write it behind `sequence`: `sequence with maxspan=30s`";
                self.report(token, "`maxspan` stands behind an event", help);
                self.skip_to(&ends);
                return None;
            }
            _ => {
                self.expected("`runs` behind `with`", HELP);
                self.skip_to(&ends);
                return None;
            }
        }
        self.assign("runs");
        let sign = self.take(Kind::Minus);
        let number = self.peek();
        if number.kind != Kind::Integer {
            self.expected("a whole number", HELP);
            self.skip_to(&ends);
            return None;
        }
        self.next();
        let runs = self.word(number).parse::<u32>().ok().filter(|runs| sign.is_none() && (1..=MAX_RUNS).contains(runs));
        if runs.is_none() {
            let whole = Token { start: sign.unwrap_or(number).start, ..number };
            self.report(whole, format!("an event is repeated 1 to {MAX_RUNS} times"), HELP);
        }
        runs.map(|runs| Spanned::new(runs, self.span(number)))
    }
}
