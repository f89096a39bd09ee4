//! Processing commands for searches: those that ask models, and those that split and join the stream of rows.

use super::{Inside, Kind, Parser, Reported, Step};
use crate::elastic::esql::ast::{
    ChangePoint, CommandKind, Completion, Extract, Extracted, Fuse, Map, Name, Rerank, With,
};

impl Parser<'_> {
    pub(super) fn change_point(&mut self) -> Step<CommandKind> {
        let value = self.name()?;
        let key = match self.take(Kind::On) {
            Some(_) => Some(self.name()?),
            None => None,
        };
        let mut targets = None;
        if self.take(Kind::As).is_some() {
            let kind = self.name()?;
            if self.take(Kind::Comma).is_none() {
                return Err(self.expected("`,` and a second name", "write `AS type, pvalue`"));
            }
            targets = Some((kind, self.name()?));
        }
        let mut by = Vec::new();
        if self.take(Kind::By).is_some() {
            loop {
                by.push(*self.condition(Inside::Columns));
                if self.take(Kind::Comma).is_none() {
                    break;
                }
            }
        }
        Ok(CommandKind::ChangePoint(ChangePoint { value, key, targets, by }))
    }

    pub(super) fn completion(&mut self) -> Step<CommandKind> {
        let mut target = self.target_column()?;
        let prompt = *self.primary()?;
        let with = self.with()?;
        if self.take(Kind::As).is_some() {
            let name = self.name()?;
            target.get_or_insert(name);
        }
        Ok(CommandKind::Completion(Completion { target, prompt, with }))
    }

    pub(super) fn rerank(&mut self) -> Step<CommandKind> {
        const HELP: &str = "write `RERANK \"query\" ON field WITH {\"inference_id\": \"..\"}`";
        let target = self.target_column()?;
        let query = self.spanned_literal("the text that is searched for", HELP)?;
        if self.take(Kind::On).is_none() {
            return Err(self.expected("`ON` and the fields that are searched", HELP));
        }
        let fields = self.columns();
        Ok(CommandKind::Rerank(Rerank { target, query, fields, with: self.with()? }))
    }

    /// `name =`, if it is there.
    fn target_column(&mut self) -> Step<Option<Name>> {
        if !self.is_assignment() {
            return Ok(None);
        }
        let name = self.name()?;
        self.take(Kind::Assign);
        Ok(Some(name))
    }

    /// `WITH {..}` or `WITH name`, if it is there.
    fn with(&mut self) -> Step<Option<With>> {
        if self.take(Kind::With).is_none() {
            return Ok(None);
        }
        match self.peek().kind {
            Kind::Name | Kind::QuotedName | Kind::Parameter => Ok(Some(With::Inference(self.name()?))),
            _ => Ok(Some(With::Options(self.map()?))),
        }
    }

    /// `WITH {..}`, if it is there.
    fn options(&mut self) -> Step<Option<Map>> {
        match self.take(Kind::With) {
            Some(_) => Ok(Some(self.map()?)),
            None => Ok(None),
        }
    }

    /// `prefix = value WITH {..}`
    pub(super) fn extract(&mut self, what: Extracted) -> Step<CommandKind> {
        let help = format!("write `{} prefix = field`", what.as_str());
        let prefix = self.name()?;
        self.assign("the prefix", &help)?;
        let value = *self.primary()?;
        let options = match what {
            Extracted::IpLocation | Extracted::UserAgent => self.options()?,
            Extracted::RegisteredDomain | Extracted::UriParts => None,
        };
        Ok(CommandKind::Extract(Extract { what, prefix, value, options }))
    }

    /// `(..) (..)`
    pub(super) fn fork(&mut self) -> Step<CommandKind> {
        const HELP: &str = "branches stand in parentheses: `FORK (WHERE a) (WHERE b)`";
        let mut branches = Vec::new();
        while let Some(open) = self.take(Kind::Open) {
            self.enter(open)?;
            self.branches += 1;
            branches.push(self.branch());
            self.branches -= 1;
            self.leave();
            if self.take(Kind::Close).is_none() {
                self.never_closed(open, ")");
            }
        }
        if branches.is_empty() {
            return Err(self.expected("`(` behind `FORK`", HELP));
        }
        if self.peek().kind == Kind::Comma {
            let problem = self.expected("`(` or `|`", "branches follow each other without commas");
            return Err(problem);
        }
        Ok(CommandKind::Fork(branches))
    }

    pub(super) fn fuse(&mut self) -> Step<CommandKind> {
        let mut fuse = Fuse { method: None, score_by: None, group_by: None, key_by: Vec::new(), options: None };
        let is_method = self.peek_at(1).kind != Kind::By && !self.starts_command();
        if matches!(self.peek().kind, Kind::Name | Kind::QuotedName) && is_method {
            fuse.method = Some(self.word_or_quoted("a method", "write `FUSE RRF` or `FUSE LINEAR`")?);
        }
        loop {
            let token = self.peek();
            let word = self.word(token).to_ascii_uppercase();
            let is_clause = token.kind == Kind::Name && self.peek_at(1).kind == Kind::By;
            let twice = match (token.kind, word.as_str()) {
                (Kind::Name, "SCORE") if is_clause => fuse.score_by.replace(self.by_name()?).is_some(),
                (Kind::Name, "GROUP") if is_clause => fuse.group_by.replace(self.by_name()?).is_some(),
                (Kind::Name, "KEY") if is_clause => {
                    self.next();
                    self.next();
                    let names = self.names()?;
                    !std::mem::replace(&mut fuse.key_by, names).is_empty()
                }
                (Kind::With, _) => {
                    self.next();
                    fuse.options.replace(self.map()?).is_some()
                }
                (Kind::Name, _) if is_clause => {
                    let help = "write `SCORE BY`, `GROUP BY`, `KEY BY` or `WITH {..}`";
                    return Err(self.report(token, format!("`{} BY` is not a part of `FUSE`", short(&word)), help));
                }
                _ => return Ok(CommandKind::Fuse(fuse)),
            };
            if twice {
                self.report(token, format!("`{}` is given twice", short(&word)), "remove one of them");
            }
        }
    }

    /// The name behind `SCORE BY` and its kin.
    fn by_name(&mut self) -> Result<Name, Reported> {
        self.next();
        self.next();
        self.name()
    }
}

fn short(word: &str) -> String {
    crate::elastic::one_line(word)
}
