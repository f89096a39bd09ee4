//! The language of conditions: `selection and not 1 of filter_*`.
//!
//! A descending parser over words: `not` binds tighter than `and`, `and` tighter than `or`. The first thing that does not fit is
//! reported where it stands; whether the names exist is checked afterwards (`super::selection`).

mod aggregation;
mod words;

use super::ast::{Condition, Count, Names};
use super::yaml::Place;
use crate::diagnostic::{Code, Diagnostic, shortened};
use crate::source::Spanned;
use words::{Kind, Word, Words};

/// How deep parentheses and `not` may be nested.
pub const MAX_DEPTH: usize = 64;
/// How many names and patterns the conditions of a detection may hold.
pub const MAX_TERMS: usize = 4_000;

/// Parses a condition. What is wrong goes to `report`; `None` if that makes the condition useless.
pub fn parse(text: &str, place: &Place, report: &mut dyn FnMut(Diagnostic)) -> Option<Spanned<Condition>> {
    let mut parser = Parser { text, words: Words::new(text), place, depth: 0, terms: 0, report };
    match parser.whole() {
        Ok(condition) => Some(Spanned::new(condition, place.at(trimmed(text)))),
        Err(problem) => {
            (parser.report)(*problem);
            None
        }
    }
}

fn trimmed(text: &str) -> std::ops::Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

struct Parser<'t, 'r> {
    text: &'t str,
    words: Words<'t>,
    place: &'r Place,
    depth: usize,
    terms: usize,
    report: &'r mut dyn FnMut(Diagnostic),
}

type Step<T> = Result<T, Box<Diagnostic>>;

impl<'t> Parser<'t, '_> {
    fn whole(&mut self) -> Step<Condition> {
        if self.text.trim().is_empty() {
            let problem = Code::MissingCondition.at(self.place.whole(), "the condition is empty");
            return Err(Box::new(problem.help("name a selection: `condition: selection`")));
        }
        let search = self.any()?;
        let next = self.words.next();
        match next.kind {
            Kind::End => Ok(search),
            Kind::Bar => {
                let aggregation = aggregation::parse(self, next.at.end)?;
                Ok(Condition::Pipe { search: Box::new(search), aggregation })
            }
            Kind::Word | Kind::Open | Kind::Close => Err(self.misplaced(next).into()),
        }
    }

    /// `all or all or ..`
    fn any(&mut self) -> Step<Condition> {
        let mut members = vec![self.all()?];
        while self.operator("or") {
            members.push(self.all()?);
        }
        Ok(single_or(members, Condition::Or))
    }

    /// `term and term and ..`
    fn all(&mut self) -> Step<Condition> {
        let mut members = vec![self.term()?];
        while self.operator("and") {
            members.push(self.term()?);
        }
        Ok(single_or(members, Condition::And))
    }

    /// `not term`, `(any)`, `count of names` or a name.
    fn term(&mut self) -> Step<Condition> {
        let word = self.words.next();
        match word.kind {
            Kind::Word if word.is("not") => {
                self.check_case(word, "not");
                let inner = self.deeper(word, Self::term)?;
                Ok(Condition::Not(Box::new(inner)))
            }
            Kind::Open => {
                let inner = self.deeper(word, Self::any)?;
                let close = self.words.next();
                match close.kind {
                    Kind::Close => Ok(inner),
                    Kind::End => {
                        let problem = self.problem(word, "this parenthesis is never closed");
                        Err(Box::new(problem.help("add `)` where the group ends")))
                    }
                    Kind::Bar => {
                        let problem = self.problem(close, "an aggregation cannot stand within parentheses");
                        Err(Box::new(problem.help("write it last: `(a or b) | count() > 10`")))
                    }
                    Kind::Word | Kind::Open => Err(self.misplaced(close).into()),
                }
            }
            Kind::Word if self.words.peek().is("of") => self.count_of(word),
            Kind::Word => self.name(word),
            Kind::Close | Kind::Bar | Kind::End => Err(self.selection_missing(word).into()),
        }
    }

    fn name(&mut self, word: Word<'t>) -> Step<Condition> {
        let problem = match word.text {
            text if ["and", "or"].iter().any(|operator| text.eq_ignore_ascii_case(operator)) => {
                return Err(self.selection_missing(word).into());
            }
            "!" | "-" => self.problem(word, format!("`{}` is not an operator", word.text)).help("write `not`"),
            text if text.contains('*') => {
                let problem = self.problem(word, format!("the pattern `{text}` stands alone"));
                problem.help(format!("say how many must match: `1 of {text}` or `all of {text}`"))
            }
            text if text.starts_with('!') => {
                let problem = self.problem(word, format!("`{text}` is not the name of a selection"));
                problem.help(format!("write `not {}`", text.trim_start_matches('!')))
            }
            text => {
                self.count_term(word)?;
                return Ok(Condition::Name(Spanned::new(text.to_owned(), self.place.at(word.at))));
            }
        };
        Err(Box::new(problem))
    }

    fn count_of(&mut self, word: Word<'t>) -> Step<Condition> {
        let count = match word.text {
            text if text.eq_ignore_ascii_case("all") => Some(Count::All),
            text if text.eq_ignore_ascii_case("any") => Some(Count::AtLeast(1)),
            text => text.parse().ok().filter(|count| *count > 0).map(Count::AtLeast),
        };
        let Some(count) = count else {
            let problem = self.problem(word, format!("`{}` is not a count", word.text));
            return Err(Box::new(problem.help("before `of` stands `1`, `any`, `all` or another number from 1")));
        };
        self.check_case(word, if count == Count::All { "all" } else { "any" });
        let of = self.words.next();
        self.check_case(of, "of");
        let target = self.words.next();
        let names = match target.kind {
            Kind::Word if target.is("them") => {
                self.check_case(target, "them");
                Names::Them
            }
            Kind::Word => Names::Pattern(target.text.to_owned()),
            Kind::Open => {
                let problem = self.problem(target, format!("`{} of` takes one pattern, not a group", word.text));
                return Err(Box::new(
                    problem.help("join the names with `or` or `and`, or give them a common start: `1 of selection_*`"),
                ));
            }
            Kind::Close | Kind::Bar | Kind::End => {
                let problem = self.problem(target, format!("`{} of` is not followed by a pattern", word.text));
                return Err(Box::new(problem.help("write `them` or a pattern such as `selection_*`")));
            }
        };
        self.count_term(target)?;
        Ok(Condition::Of { count, of: Spanned::new(names, self.place.at(target.at)) })
    }

    fn operator(&mut self, operator: &str) -> bool {
        let word = self.words.peek();
        let found = word.is(operator);
        if found {
            self.words.next();
            self.check_case(word, operator);
        }
        found
    }

    /// Warns where a key word is not in lower case; other words are left alone.
    fn check_case(&mut self, word: Word<'t>, expected: &str) {
        if word.text != expected && word.is(expected) {
            let problem =
                Code::OperatorCase.at(self.place.at(word.at), format!("`{}` is read as `{expected}`", word.text));
            (self.report)(problem.help(format!("write `{expected}`: other tools may not understand it")));
        }
    }

    fn count_term(&mut self, word: Word<'t>) -> Step<()> {
        self.terms += 1;
        if self.terms <= MAX_TERMS {
            return Ok(());
        }
        let problem =
            Code::LimitExceeded.at(self.place.at(word.at), format!("the condition has more than {MAX_TERMS} terms"));
        Err(Box::new(problem.help("use patterns: `1 of selection_*`")))
    }

    fn deeper(&mut self, word: Word<'t>, inner: fn(&mut Self) -> Step<Condition>) -> Step<Condition> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let problem = Code::ConditionTooDeep
                .at(self.place.at(word.at), format!("the condition is nested more than {MAX_DEPTH} deep"));
            return Err(Box::new(problem.help("flatten it, or define further selections")));
        }
        let condition = inner(self);
        self.depth -= 1;
        condition
    }

    fn problem(&self, word: Word<'t>, message: impl Into<String>) -> Diagnostic {
        Code::ConditionSyntax.at(self.place.at(word.at), message)
    }

    /// A term was expected.
    fn selection_missing(&self, word: Word<'t>) -> Diagnostic {
        let message = match word.kind {
            Kind::End => "the condition ends where the name of a selection is expected".to_owned(),
            Kind::Word | Kind::Open | Kind::Close | Kind::Bar => {
                format!("expected the name of a selection, found `{}`", word.text)
            }
        };
        self.problem(word, message).help("`and` and `or` stand between two selections, `not` before one")
    }

    /// An operator or the end was expected.
    fn misplaced(&self, word: Word<'t>) -> Diagnostic {
        let before =
            self.text[..word.at.start].split(|c: char| c.is_whitespace() || c == '(').rfind(|word| !word.is_empty());
        let help = match (word.kind, word.text, before) {
            (Kind::Close, ..) => {
                let problem = self.problem(word, "this parenthesis was never opened");
                return problem.help("remove it, or add `(` where the group starts");
            }
            (Kind::Bar, ..) => "an aggregation stands at the very end, outside of parentheses",
            (_, "&&" | "&" | ",", _) => "write `and`",
            (_, "||", _) => "write `or`",
            (Kind::Open, _, Some("count" | "sum" | "avg" | "min" | "max")) => {
                "an aggregation stands behind a bar, at the very end: `selection | count() by User > 10`"
            }
            _ => {
                "a condition joins names of selections with `and`, `or`, `not`, `1 of` and `all of`; \
                 what it says in prose cannot be compiled"
            }
        };
        self.problem(word, format!("expected `and`, `or` or the end, found `{}`", shortened(word.text))).help(help)
    }
}

fn single_or(mut members: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match members.pop() {
        Some(only) if members.is_empty() => only,
        Some(last) => {
            members.push(last);
            join(members)
        }
        None => join(members),
    }
}

#[cfg(test)]
mod tests;
