//! `DISSECT` and `GROK`.

use std::sync::Arc;

use sigil_runtime::table::Type;
use sigil_runtime::table::dissect::Dissect;
use sigil_runtime::table::grok::{self, Grok};
use sigil_runtime::table::pattern::PatternError;
use sigil_runtime::table::pipeline::Operator;

use super::{Analyzer, Typed};
use crate::diagnostic::{Code, closest};
use crate::elastic::esql::ast;

impl Analyzer<'_> {
    /// `DISSECT input "pattern"`
    pub(super) fn dissect(&mut self, dissect: &ast::Dissect) {
        let input = self.cut(&dissect.input, "`DISSECT`");
        let separator = dissect.append_separator.as_ref().map_or("", |separator| separator.value.as_str());
        let Some(pattern) = self.readable(Dissect::parse(&dissect.pattern.value, separator), &[&dissect.pattern])
        else {
            return;
        };
        let slots = pattern.names().iter().map(|name| self.new_column(name.to_string(), Type::Keyword)).collect();
        if let Some(input) = input {
            self.operators.push(Operator::Dissect(input.expr, Arc::new(pattern), slots));
        }
    }

    /// `GROK input "pattern", ..`
    pub(super) fn grok(&mut self, grok: &ast::Grok) {
        let input = self.cut(&grok.input, "`GROK`");
        let texts: Vec<&str> = grok.patterns.iter().map(|pattern| pattern.value.as_str()).collect();
        let places: Vec<&ast::StringLiteral> = grok.patterns.iter().collect();
        let Some(pattern) = self.readable(Grok::parse(&texts), &places) else { return };
        let columns = pattern.names().iter().zip(pattern.types());
        let slots = columns.map(|(name, kind)| self.new_column(name.to_string(), *kind)).collect();
        if let Some(input) = input {
            self.operators.push(Operator::Grok(input.expr, Arc::new(pattern), slots));
        }
    }

    /// What a pattern reads as; what is wrong with it is said.
    fn readable<T>(&mut self, parsed: Result<T, PatternError>, places: &[&ast::StringLiteral]) -> Option<T> {
        let error = match parsed {
            Ok(pattern) => return Some(pattern),
            Err(error) => error,
        };
        let span = places.get(error.pattern()).map(|place| place.span)?;
        let near = error.unknown_name().and_then(|name| closest(name, grok::library_names()));
        let said = Code::QuerySyntax
            .at(span, format!("the pattern cannot be read at byte {}: {}", error.at(), error.message()));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let help = help.or_else(|| error.next_step().map(str::to_owned));
        self.diags.push(said.help(help.unwrap_or_else(|| "correct the pattern".to_owned())));
        None
    }

    fn cut(&mut self, input: &ast::Expr, what: &str) -> Option<Typed> {
        let input = self.expr(input)?;
        if input.kind.is_text() || input.kind == Type::Null {
            return Some(input);
        }
        self.wrong_type(&input, "a text", what)
    }
}
