//! The IR as text, for people and goldens: one test a line, nesting by indentation, no numbers that change when something else does.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::{
    Case, CompareOp, Expr, Field, Glob, Number, Piece, Predicate, Quantifier, Rule, SelectionId, Subject, Test,
    TimePart, ValueType,
};

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.selections.keys().map(String::as_str).collect();
        writeln!(f, "rule {:?}", self.meta.title)?;
        if let Some(id) = &self.meta.id {
            writeln!(f, "id {id}")?;
        }
        if let Some(level) = self.meta.level {
            writeln!(f, "level {}", level.as_str())?;
        }
        writeln!(f, "scope:")?;
        write_expr(f, &self.scope, 1, &names)?;
        let mut fields = BTreeSet::new();
        let exprs = self.selections.values().chain([&self.condition]);
        exprs.for_each(|expr| super::collect_fields(expr, &mut fields));
        for field in fields.iter().filter(|field| !field.is_plain()) {
            writeln!(f, "field {}:", name(&field.name))?;
            for source in &field.sources {
                write!(f, "  {}", name(&source.path))?;
                if let Some(under) = &source.under {
                    f.write_str(" if ")?;
                    write_inline(f, under)?;
                }
                writeln!(f)?;
            }
        }
        for (name, selection) in &self.selections {
            writeln!(f, "{name}:")?;
            write_expr(f, selection, 1, &names)?;
        }
        writeln!(
            f,
            "condition: # {}",
            self.condition_text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
        )?;
        write_expr(f, &self.condition, 1, &names)?;
        write!(f, "{}", self.then)
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_expr(f, self, 0, &[])
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subject, self.test)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => field.fmt(f),
            Self::AnyValue => f.write_str("(any value)"),
            Self::Element(path) => write!(f, ".{}", name(path)),
            Self::Paths(pattern) => write!(f, "(fields {})", name(pattern)),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name(&self.name))
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { op, values, case } => {
                write!(f, "{}{op} ", cased(*case))?;
                write_list(f, values.iter().map(|value| format!("{value:?}")))
            }
            Self::Glob { patterns, case } => {
                write!(f, "{}glob ", cased(*case))?;
                write_list(f, patterns.iter().map(Glob::to_string))
            }
            Self::Regex { pattern, lookaround } => {
                write!(f, "{} {pattern:?}", if *lookaround { "backtracking regex" } else { "regex" })
            }
            Self::Words { phrases, patterns } => {
                f.write_str("words ")?;
                let phrases = phrases.iter().map(|phrase| format!("{:?}", phrase.join(" ")));
                let all: Vec<String> = phrases.chain(patterns.iter().map(Glob::to_string)).collect();
                write_list(f, all.into_iter())
            }
            Self::Within(range) => {
                let bound = |bound: Option<i64>| bound.map_or_else(String::new, |at| at.to_string());
                write!(f, "within {}..{}", bound(range.from), bound(range.to))
            }
            Self::Cidr(networks) => {
                f.write_str("in ")?;
                write_list(f, networks.iter().map(ToString::to_string))
            }
            Self::Number(numbers) => {
                f.write_str("= ")?;
                write_list(f, numbers.iter().map(number))
            }
            Self::Compare { op, to } => write!(f, "{} {}", compare_op(*op), number(to)),
            Self::Order { op, to } => write!(f, "{} {to:?}", compare_op(*op)),
            Self::Long { op, values } => {
                write!(f, "long {} ", op.map_or("=", compare_op))?;
                write_list(f, values.iter().map(number))
            }
            Self::Time { part, op, values } => {
                write!(f, "{} {} ", time_part(*part), op.map_or("=", compare_op))?;
                write_list(f, values.iter().map(number))
            }
            Self::SameAs { other, op, case } => write!(f, "{}{op} field {other}", cased(*case)),
            Self::Exists => f.write_str("exists"),
            Self::Null => f.write_str("is null"),
            Self::Present => f.write_str("is present"),
            Self::Single(of) => f.write_str(match of {
                ValueType::Text => "is one text",
                ValueType::Number => "is one number",
                ValueType::Boolean => "is one boolean",
                ValueType::Date => "is one date",
                ValueType::Ip => "is one address",
            }),
        }
    }
}

/// Pieces one after another: literals in quotes; `*`, `?` and `-` stand for what they match.
impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, piece) in self.0.iter().enumerate() {
            f.write_str(if at > 0 { " " } else { "" })?;
            match piece {
                Piece::Literal(text) => write!(f, "{text:?}")?,
                Piece::AnyRun => f.write_str("*")?,
                Piece::AnyChar => f.write_str("?")?,
                Piece::Dash => f.write_str("-")?,
            }
        }
        Ok(())
    }
}

fn write_expr(f: &mut fmt::Formatter<'_>, expr: &Expr, depth: usize, names: &[&str]) -> fmt::Result {
    for _ in 0..depth {
        f.write_str("  ")?;
    }
    let members = |f: &mut fmt::Formatter<'_>, members: &[Expr]| {
        members.iter().try_for_each(|member| write_expr(f, member, depth + 1, names))
    };
    match expr {
        Expr::Const(value) => writeln!(f, "{value}"),
        Expr::Test(predicate) => writeln!(f, "{predicate}"),
        Expr::Selection(SelectionId(id)) => match names.get(usize::from(*id)) {
            Some(name) => writeln!(f, "selection {name}"),
            None => writeln!(f, "selection #{id}"),
        },
        Expr::Not(inner) => {
            writeln!(f, "not")?;
            write_expr(f, inner, depth + 1, names)
        }
        Expr::All(all) => {
            writeln!(f, "all")?;
            members(f, all)
        }
        Expr::Any(any) => {
            writeln!(f, "any")?;
            members(f, any)
        }
        Expr::AtLeast { count, of } => {
            writeln!(f, "at least {count}")?;
            members(f, of)
        }
        Expr::Elements { of, quantifier, body } => {
            writeln!(f, "{} of {of}", quantifier_name(*quantifier))?;
            write_expr(f, body, depth + 1, names)
        }
        Expr::Formula(formula) => writeln!(f, "formula {formula}"),
    }
}

/// An expression on one line, for the conditions of sources.
fn write_inline(f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
    let list = |f: &mut fmt::Formatter<'_>, word: &str, members: &[Expr]| {
        write!(f, "{word}(")?;
        for (at, member) in members.iter().enumerate() {
            f.write_str(if at > 0 { "; " } else { "" })?;
            write_inline(f, member)?;
        }
        f.write_char(')')
    };
    match expr {
        Expr::Const(value) => write!(f, "{value}"),
        Expr::Test(predicate) => write!(f, "{predicate}"),
        Expr::Selection(SelectionId(id)) => write!(f, "selection #{id}"),
        Expr::Not(inner) => list(f, "not", std::slice::from_ref(inner)),
        Expr::All(members) => list(f, "all", members),
        Expr::Any(members) => list(f, "any", members),
        Expr::AtLeast { count, of } => list(f, &format!("at least {count} "), of),
        Expr::Elements { of, quantifier, body } => {
            list(f, &format!("{} of {of} ", quantifier_name(*quantifier)), std::slice::from_ref(body))
        }
        Expr::Formula(formula) => write!(f, "formula {formula}"),
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, mut values: impl ExactSizeIterator<Item = String>) -> fmt::Result {
    if values.len() == 1 {
        return values.try_for_each(|value| f.write_str(&value));
    }
    f.write_str("[")?;
    for (at, value) in values.enumerate() {
        f.write_str(if at > 0 { ", " } else { "" })?;
        f.write_str(&value)?;
    }
    f.write_str("]")
}

/// A field's name; in quotes where it could be read as something else.
fn name(text: &str) -> String {
    let plain =
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '#'));
    if plain || text.is_empty() { text.to_owned() } else { format!("{text:?}") }
}

/// A number as a rule writes it.
pub(super) fn number(number: &Number) -> String {
    match number {
        Number::Int(int) => int.to_string(),
        Number::Float(float) => float.to_string(),
    }
}

fn cased(case: Case) -> &'static str {
    match case {
        Case::Insensitive => "",
        Case::Sensitive => "cased ",
    }
}

fn compare_op(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Less => "<",
        CompareOp::LessOrEqual => "<=",
        CompareOp::Greater => ">",
        CompareOp::GreaterOrEqual => ">=",
    }
}

fn time_part(part: TimePart) -> &'static str {
    match part {
        TimePart::Minute => "minute",
        TimePart::Hour => "hour",
        TimePart::Day => "day",
        TimePart::Week => "week",
        TimePart::Month => "month",
        TimePart::Year => "year",
    }
}

fn quantifier_name(quantifier: Quantifier) -> String {
    match quantifier {
        Quantifier::Any => "any element".to_owned(),
        Quantifier::All => "all elements (some)".to_owned(),
        Quantifier::AllOrEmpty => "all elements".to_owned(),
        Quantifier::None => "no element".to_owned(),
        Quantifier::At(index) => format!("element {index}"),
    }
}
