//! `DISSECT` and `GROK`.

use std::sync::Arc;

use sigil_runtime::table::Type;
use sigil_runtime::table::dissect::Dissect;
use sigil_runtime::table::grok::Grok;
use sigil_runtime::table::pipeline::Operator;

use super::{Analyzer, Typed};
use crate::elastic::esql::ast;

impl Analyzer<'_> {
    /// `DISSECT input "pattern"`
    pub(super) fn dissect(&mut self, dissect: &ast::Dissect) {
        let input = self.cut(&dissect.input, "`DISSECT`");
        let pattern = parse_dissect(&dissect.pattern.value);
        let slots = pattern.names.iter().map(|name| self.new_column(name.to_string(), Type::Keyword)).collect();
        if let Some(input) = input {
            self.operators.push(Operator::Dissect(input.expr, Arc::new(pattern), slots));
        }
    }

    /// `GROK input "pattern", ..`
    pub(super) fn grok(&mut self, grok: &ast::Grok) {
        let input = self.cut(&grok.input, "`GROK`");
        let pattern = parse_grok(grok.patterns.iter().map(|pattern| pattern.value.as_str()));
        let slots = pattern.iter().map(|(name, kind)| self.new_column(name.to_string(), *kind)).collect();
        let names = pattern.into_iter().map(|(name, _)| name).collect();
        if let Some(input) = input {
            self.operators.push(Operator::Grok(input.expr, Arc::new(Grok { names }), slots));
        }
    }

    fn cut(&mut self, input: &ast::Expr, what: &str) -> Option<Typed> {
        let input = self.expr(input)?;
        if input.kind.is_text() || input.kind == Type::Null {
            return Some(input);
        }
        self.wrong_type(&input, "a text", what)
    }
}

/// The names in a pattern of `DISSECT`.
fn parse_dissect(pattern: &str) -> Dissect {
    let mut names: Vec<Box<str>> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for key in pattern.split("%{").skip(1).filter_map(|rest| rest.split_once('}')).map(|(key, _)| key) {
        let key = key.strip_suffix("->").unwrap_or(key);
        let key = key.strip_prefix('+').map_or(key, |key| key.split('/').next().unwrap_or(key));
        if !key.is_empty() && !key.starts_with('?') && known.insert(key) {
            names.push(key.into());
        }
    }
    Dissect { names }
}

/// The names in patterns of `GROK`, and the types of what they find.
fn parse_grok<'p>(patterns: impl Iterator<Item = &'p str>) -> Vec<(Box<str>, Type)> {
    let mut names: Vec<(Box<str>, Type)> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for pattern in patterns {
        let mut rest = pattern;
        while let Some((at, end)) = [("%{", '}'), ("(?<", '>')]
            .into_iter()
            .filter_map(|(open, end)| Some((rest.find(open)? + open.len(), end)))
            .min_by_key(|(at, _)| *at)
        {
            rest = rest.get(at..).unwrap_or_default();
            let Some((inside, behind)) = rest.split_once(end) else { break };
            let (name, kind) = if end == '>' {
                // not a look-behind
                if inside.starts_with(['=', '!']) {
                    continue;
                }
                (Some(inside), None)
            } else {
                let mut parts = inside.splitn(3, ':').skip(1);
                (parts.next(), parts.next())
            };
            let kind = match kind {
                Some("int" | "integer") => Type::Integer,
                Some("long") => Type::Long,
                Some("double" | "float") => Type::Double,
                Some("boolean") => Type::Boolean,
                _ => Type::Keyword,
            };
            if let Some(name) = name
                && known.insert(name)
            {
                names.push((name.into(), kind));
            }
            rest = behind;
        }
    }
    names
}
