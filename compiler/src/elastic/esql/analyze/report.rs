//! What is said of names that are not there and of values of wrong types.

use sigil_runtime::table::Type;

use super::{Analyzer, Place, Typed};
use crate::diagnostic::{Code, closest};
use crate::elastic::esql::catalog;
use crate::elastic::{one_line, short};
use crate::source::Span;

impl Analyzer<'_> {
    pub(super) fn error<T>(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.diags.push(code.at(span, message).help(help));
        None
    }

    /// No column has this name.
    pub(super) fn no_column<T>(&mut self, name: &str, span: Span) -> Option<T> {
        if !self.missing.insert(name.to_owned()) {
            // an error all the same, of which one message is enough
            return None;
        }
        let shown = short(name);
        let in_groups = match &self.place {
            Place::Groups(groups) if self.scope.get(name).is_some() || self.scope.opens(name).is_some() => {
                let help = format!("put it behind `BY`, or into an aggregate: `VALUES({shown})`");
                return self.error(
                    Code::UnknownColumn,
                    span,
                    format!("`{shown}` is not the same for all rows of a group"),
                    help,
                );
            }
            Place::Groups(groups) => Some(groups.names()),
            Place::Row | Place::Argument => None,
        };
        let names: Vec<String> = in_groups.unwrap_or_else(|| self.scope.names().map(str::to_owned).collect());
        let help = match closest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "there are no columns here".to_owned(),
            None => {
                let first: Vec<String> = names.iter().take(8).map(|name| format!("`{}`", short(name))).collect();
                let more = if names.len() > first.len() { " and others" } else { "" };
                format!("columns here are {}{more}", first.join(", "))
            }
        };
        self.error(Code::UnknownColumn, span, format!("there is no column `{shown}` here"), help)
    }

    /// A value is of another type than what is asked for; takes back nothing.
    pub(super) fn wrong_type<T>(&mut self, value: &Typed, wanted: &str, what: &str) -> Option<T> {
        let help = match wanted {
            "boolean" => "compare it with something: `field == \"value\"`".to_owned(),
            "a number" => self.cast_help(value, "double"),
            "a text" => self.cast_help(value, "keyword"),
            _ => format!("give it {wanted}"),
        };
        let message = format!("{what} takes {wanted}, not `{}`", value.kind);
        self.error(Code::TypeConflict, value.span, message, help)
    }

    /// How a value becomes one of another type.
    pub(super) fn cast_help(&self, value: &Typed, to: &str) -> String {
        let to = match catalog::cast_type(to) {
            // whole numbers are what a date is as a number
            Some(Type::Integer | Type::Double) if value.kind.is_date() => "long",
            Some(kind) if !catalog::converts(value.kind, kind) => {
                return format!("nothing converts `{}` to `{to}`: use another value", value.kind);
            }
            Some(_) | None => to,
        };
        match self.text(value.span) {
            Some(text) if text.len() <= 60 && value.depth == 0 => format!("convert it: `{}::{to}`", one_line(&text)),
            _ => format!("convert it: `..::{to}`"),
        }
    }

    /// The type that a field is to have which no table knows. Whether the value is such a field?
    pub(super) fn want(&mut self, value: &Typed, kind: Type) -> bool {
        let Some(guess) = &value.guess else { return false };
        if matches!(
            kind,
            Type::Null | Type::Keyword | Type::Text | Type::DatePeriod | Type::TimeDuration | Type::Source
        ) {
            return false;
        }
        let kind = if kind == Type::Integer { Type::Long } else { kind };
        self.wanted.entry(guess.to_string()).or_insert(kind);
        true
    }

    /// Operations stand in each other: so many more would be too many?
    pub(super) fn nested(&mut self, depth: u32, span: Span) -> Option<u32> {
        if depth >= super::MAX_DEPTH {
            let message = format!("more than {} operations stand in each other", super::MAX_DEPTH);
            return self.error(Code::QueryTooDeep, span, message, "compute parts of it by `EVAL` first");
        }
        Some(depth + 1)
    }
}

/// Types as a list: `integer`, `long` or `double`.
pub(super) fn types(kinds: &[Type]) -> String {
    let shown: Vec<String> = kinds.iter().filter(|kind| **kind != Type::Null).map(|kind| format!("`{kind}`")).collect();
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "`null`".to_owned(),
    }
}
