//! Processing commands.

use super::{Inside, Kind, Parser, Step, Token};
use crate::elastic::esql::ast::{
    Aggregate, Column, Command, CommandKind, Dissect, Enrich, EnrichField, Expr, Extracted, Grok, Limit, Literal,
    LookupJoin, NamePattern, Nulls, Order, Renaming, SortKey, Stats,
};

impl Parser<'_> {
    /// A command; the bar is taken. `None` if it cannot be read, which was reported then; what is left of it is skipped.
    pub(super) fn command(&mut self) -> Option<Command> {
        let token = self.peek();
        let Ok(kind) = self.command_kind(token) else {
            self.skip_to_bar();
            return None;
        };
        Some(Command { kind, span: self.span_from(token.start) })
    }

    fn command_kind(&mut self, token: Token) -> Step<CommandKind> {
        let Some(word) = self.command_word(token) else { return Err(self.command_missing(token)) };
        if !super::habits::is_processing(&word) {
            return Err(self.unknown_command(token, &word));
        }
        self.next();
        match word.as_str() {
            "change_point" => self.change_point(),
            "completion" => self.completion(),
            "dissect" => self.dissect(),
            "drop" => Ok(CommandKind::Drop(self.name_patterns())),
            "enrich" => self.enrich(),
            "eval" => Ok(CommandKind::Eval(self.columns())),
            "fork" => self.fork(),
            "fuse" => self.fuse(),
            "grok" => self.grok(),
            "inline" => {
                if self.take_word("stats").is_none() {
                    return Err(self.expected("`STATS` behind `INLINE`", "write `INLINE STATS .. BY ..`"));
                }
                Ok(CommandKind::InlineStats(self.stats(token)))
            }
            "inlinestats" => Ok(CommandKind::InlineStats(self.stats(token))),
            "ip_location" => self.extract(Extracted::IpLocation),
            "keep" => Ok(CommandKind::Keep(self.name_patterns())),
            "limit" => self.limit(),
            "lookup" => self.lookup_join(),
            "metrics_info" => Ok(CommandKind::MetricsInfo),
            "mv_expand" => Ok(CommandKind::MvExpand(self.name()?)),
            "registered_domain" => self.extract(Extracted::RegisteredDomain),
            "rename" => self.rename(),
            "rerank" => self.rerank(),
            "sample" => self.sample(),
            "sort" => Ok(CommandKind::Sort(self.sort_keys())),
            "stats" => Ok(CommandKind::Stats(self.stats(token))),
            "ts_info" => Ok(CommandKind::TsInfo),
            "uri_parts" => self.extract(Extracted::UriParts),
            "user_agent" => self.extract(Extracted::UserAgent),
            "where" => Ok(CommandKind::Where(*self.condition(Inside::Command))),
            _ => Err(self.unknown_command(token, &word)),
        }
    }

    /// `a = 1, b`
    pub(super) fn columns(&mut self) -> Vec<Column> {
        self.separated(|parser| {
            let start = parser.peek().start;
            let (name, value) = parser.named_value();
            Column { name, value, span: parser.span_from(start) }
        })
    }

    /// `name = value` or `value`
    fn named_value(&mut self) -> (Option<crate::elastic::esql::ast::Name>, Expr) {
        let mut name = None;
        if self.is_assignment() {
            name = self.name().ok();
            self.take(Kind::Assign);
        }
        (name, *self.condition(Inside::Columns))
    }

    /// Items separated by commas. Commas that are missing are reported once.
    fn separated<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        let mut comma_missing = false;
        loop {
            let before = self.at;
            items.push(item(self));
            let token = self.peek();
            match token.kind {
                Kind::Comma => {
                    self.next();
                }
                kind if self.at > before && super::expr::starts_value(kind) && !self.starts_command() => {
                    if !comma_missing {
                        comma_missing = true;
                        self.misplaced(token, Inside::Columns);
                    }
                }
                _ => return items,
            }
        }
    }

    /// `aggregates BY groups`
    fn stats(&mut self, command: Token) -> Stats {
        let mut aggregates = Vec::new();
        let mut by = Vec::new();
        match self.peek().kind {
            Kind::By => {}
            Kind::Pipe | Kind::End => {
                let whole = Token { end: self.end_of_last(), ..command };
                let help = "write what to compute, or by what to group: `STATS count = COUNT(*) BY host.id`";
                self.report(whole, "nothing is computed", help);
                return Stats { aggregates, by };
            }
            _ => aggregates = self.separated(Self::aggregate),
        }
        if self.take(Kind::By).is_some() {
            by = self.columns();
        }
        Stats { aggregates, by }
    }

    fn aggregate(&mut self) -> Aggregate {
        let start = self.peek().start;
        let (name, value) = self.named_value();
        let filter = self.take(Kind::Where).map(|_| *self.condition(Inside::Columns));
        Aggregate { name, value, filter, span: self.span_from(start) }
    }

    fn sort_keys(&mut self) -> Vec<SortKey> {
        self.separated(|parser| {
            let start = parser.peek().start;
            let value = *parser.condition(Inside::Columns);
            let mut nulls = parser.nulls();
            let early = nulls.is_some().then(|| parser.peek());
            let order = match parser.peek().kind {
                Kind::Asc => Some(Order::Ascending),
                Kind::Desc => Some(Order::Descending),
                _ => None,
            };
            if order.is_some() {
                if let Some(token) = early {
                    let help = "write `SORT field DESC NULLS LAST`";
                    parser.report(token, "the direction stands behind `NULLS`", help);
                }
                parser.next();
            }
            if nulls.is_none() {
                nulls = parser.nulls();
            }
            SortKey { value, order, nulls, span: parser.span_from(start) }
        })
    }

    /// `NULLS FIRST`, if it is there.
    fn nulls(&mut self) -> Option<Nulls> {
        self.take(Kind::Nulls)?;
        let nulls = match self.peek().kind {
            Kind::First => Nulls::First,
            Kind::Last => Nulls::Last,
            _ => {
                self.expected("`FIRST` or `LAST` behind `NULLS`", "write `NULLS FIRST` or `NULLS LAST`");
                return None;
            }
        };
        self.next();
        Some(nulls)
    }

    fn limit(&mut self) -> Step<CommandKind> {
        const HELP: &str = "write how many rows are kept: `LIMIT 100`";
        let token = self.peek();
        let count = self.spanned_literal("a whole number", HELP)?;
        let fits = match &count.value {
            Literal::Integer(number) => *number >= 0,
            Literal::Parameter(_) => true,
            Literal::Null
            | Literal::Bool(_)
            | Literal::Decimal(_)
            | Literal::String(_)
            | Literal::TimeSpan(_)
            | Literal::Array(_) => false,
        };
        if !fits {
            let whole = Token { end: self.end_of_last(), ..token };
            self.report(whole, "a limit is a whole number that is not negative", HELP);
        }
        let by = match self.take(Kind::By) {
            Some(_) => self.separated(|parser| *parser.condition(Inside::Columns)),
            None => Vec::new(),
        };
        Ok(CommandKind::Limit(Limit { count, by }))
    }

    fn sample(&mut self) -> Step<CommandKind> {
        const HELP: &str = "write which part of the rows is kept, between 0 and 1: `SAMPLE 0.1`";
        Ok(CommandKind::Sample(self.spanned_literal("a number between 0 and 1", HELP)?))
    }

    fn dissect(&mut self) -> Step<CommandKind> {
        const HELP: &str = "write `DISSECT field \"%{a} %{b}\"`";
        let input = *self.primary()?;
        let pattern = self.string("a pattern in quotes behind the field", HELP)?;
        let mut append_separator = None;
        while let Some(token) = self.take(Kind::Name) {
            const OPTION: &str = "write `APPEND_SEPARATOR=\",\"`";
            if self.word(token).eq_ignore_ascii_case("append_separator") {
                self.assign("`APPEND_SEPARATOR`", OPTION)?;
                append_separator = Some(self.string("a string", OPTION)?);
            } else {
                self.at -= 1;
                if self.starts_command() {
                    break;
                }
                let word = crate::elastic::one_line(self.word(token));
                return Err(self.report(token, format!("`{word}` is not an option of `DISSECT`"), OPTION));
            }
            if self.take(Kind::Comma).is_none() {
                break;
            }
        }
        Ok(CommandKind::Dissect(Dissect { input, pattern, append_separator }))
    }

    fn grok(&mut self) -> Step<CommandKind> {
        const HELP: &str = "write `GROK field \"%{WORD:a} %{NUMBER:b}\"`";
        let input = *self.primary()?;
        let mut patterns = vec![self.string("a pattern in quotes behind the field", HELP)?];
        while self.take(Kind::Comma).is_some() {
            patterns.push(self.string("a pattern in quotes", "remove the comma, or add a pattern behind it")?);
        }
        Ok(CommandKind::Grok(Grok { input, patterns }))
    }

    fn rename(&mut self) -> Step<CommandKind> {
        let mut renamings = Vec::new();
        let mut comma_missing = false;
        loop {
            match self.renaming() {
                Ok(renaming) => renamings.push(renaming),
                Err(super::Reported) => self.skip_pattern(),
            }
            if !self.patterns_go_on(&mut comma_missing) {
                return Ok(CommandKind::Rename(renamings));
            }
        }
    }

    /// `old AS new` or `new = old`
    fn renaming(&mut self) -> Step<Renaming> {
        const HELP: &str = "write `RENAME old AS new`";
        let start = self.peek().start;
        let first = self.name_pattern()?;
        let token = self.peek();
        let assigned = match token.kind {
            Kind::As => false,
            Kind::Assign => true,
            _ => return Err(self.expected("`AS` behind the name", HELP)),
        };
        self.next();
        let second = self.name_pattern()?;
        let (old, new) = if assigned { (second, first) } else { (first, second) };
        for pattern in [&old, &new] {
            self.check_wildcards(pattern);
        }
        Ok(Renaming { old, new, span: self.span_from(start) })
    }

    fn check_wildcards(&mut self, pattern: &NamePattern) {
        use crate::elastic::esql::ast::{PatternPart, PatternPiece};
        let has_wildcards = pattern.parts.iter().any(|part| match part {
            PatternPart::Name(pieces) => pieces.contains(&PatternPiece::Any),
            PatternPart::Parameter(_) => false,
        });
        if has_wildcards && self.problems.len() < 2 * super::MAX_ERRORS {
            let problem = crate::diagnostic::Code::QuerySyntax.at(pattern.span, "a wildcard cannot be renamed");
            self.problems.push(problem.help("write the whole name"));
        }
    }

    fn enrich(&mut self) -> Step<CommandKind> {
        const HELP: &str = "write `ENRICH policy ON field WITH name = field`";
        let mut policy = match self.take(Kind::String) {
            Some(token) => crate::source::Spanned::new(self.string_of(token).value, self.span(token)),
            None => match self.loose_name() {
                Some(name) => name,
                None => return Err(self.expected("the name of a policy", HELP)),
            },
        };
        let mut mode = None;
        if self.take(Kind::Colon).is_some() {
            mode = Some(policy);
            policy = match self.loose_name() {
                Some(name) => name,
                None => return Err(self.expected("the name of a policy behind `:`", HELP)),
            };
        }
        let on = match self.take(Kind::On) {
            Some(_) => Some(self.name_pattern()?),
            None => None,
        };
        let mut with = Vec::new();
        if self.take(Kind::With).is_some() {
            let mut comma_missing = false;
            loop {
                with.push(self.enrich_field()?);
                if !self.patterns_go_on(&mut comma_missing) {
                    break;
                }
            }
        }
        if let Some(token) = self.take(Kind::On) {
            let problem = self.report(token, "`ON` stands behind `WITH`", HELP);
            return Err(problem);
        }
        Ok(CommandKind::Enrich(Enrich { mode, policy, on, with }))
    }

    /// `new = field` or `field`
    fn enrich_field(&mut self) -> Step<EnrichField> {
        let first = self.name_pattern()?;
        if self.take(Kind::Assign).is_none() {
            return Ok(EnrichField { new_name: None, field: first });
        }
        Ok(EnrichField { new_name: Some(first), field: self.name_pattern()? })
    }

    fn lookup_join(&mut self) -> Step<CommandKind> {
        const HELP: &str = "write `LOOKUP JOIN index ON field`";
        if self.take_word("join").is_none() {
            return Err(self.expected("`JOIN` behind `LOOKUP`", HELP));
        }
        // a name may start like that: `on-call`
        let (on, next) = (self.peek(), self.peek_at(1));
        let is_name = next.start == on.end && !matches!(next.kind, Kind::End | Kind::Pipe | Kind::Close);
        if on.kind == Kind::On && !is_name {
            return Err(self.expected("the name of an index", HELP));
        }
        let index = self.index_pattern()?;
        if self.take(Kind::On).is_none() {
            return Err(self.expected("`ON` behind the index", HELP));
        }
        let on = self.separated(|parser| *parser.condition(Inside::Columns));
        Ok(CommandKind::LookupJoin(LookupJoin { index, on }))
    }
}
