//! How generated code writes ES|QL pipelines: one short function for each operator and each kind of expression, slots by name.

use std::net::IpAddr;
use std::sync::Arc;

pub use super::{column, days, hours, ignored, lower, milliseconds, minutes, seconds};
pub use crate::matcher::glob::Piece;
pub use crate::matcher::tokens::Words;
pub use crate::matcher::values::{Globs, Networks, Pattern};
pub use crate::table::aggregate::*;
pub use crate::table::expr::Expr;
pub use crate::table::function::*;
pub use crate::table::pipeline::{Column, Lookup, Operator, Origin, Output, Pipeline, SortKey, Stats};
pub use crate::table::value::{Type, Value};

use crate::matcher::values::Glob;
use crate::pack::CompareOp;
use crate::table::dissect::Dissect;
use crate::table::grok::Grok;

/// Members in the order of their slots: what generated code names by slot.
pub fn by_slot<T>(members: impl IntoIterator<Item = (u32, T)>) -> Vec<T> {
    let mut members: Vec<(u32, T)> = members.into_iter().collect();
    members.sort_by_key(|(slot, _)| *slot);
    members.into_iter().map(|(_, member)| member).collect()
}

/// The operators of one command.
pub fn command(operators: impl Into<Vec<Operator>>) -> Vec<Operator> {
    operators.into()
}

/// The operators of several commands, one behind another.
pub fn commands(commands: impl IntoIterator<Item = Vec<Operator>>) -> Vec<Operator> {
    commands.into_iter().flatten().collect()
}

/// A column of the result.
pub fn output(name: &str, slot: u32, kind: Type) -> Output {
    Output { name: name.into(), kind, slot }
}

/// `WHERE`
pub fn keep_where(condition: Expr) -> Operator {
    Operator::Where(condition)
}

/// `EVAL slot = value`
pub fn eval(slot: u32, value: Expr) -> Operator {
    Operator::Eval(slot, value)
}

/// `MV_EXPAND slot`
pub fn mv_expand(slot: u32) -> Operator {
    Operator::MvExpand(slot)
}

/// `DISSECT value "pattern" APPEND_SEPARATOR="separator"`. The compiler has read the pattern; one that is none fills no slot.
pub fn dissect(value: Expr, pattern: &str, separator: &str, slots: impl Into<Vec<u32>>) -> Operator {
    match Dissect::parse(pattern, separator) {
        Ok(pattern) => Operator::Dissect(value, Arc::new(pattern), slots.into()),
        Err(_) => nothing(&slots.into()),
    }
}

/// `GROK value "pattern", ..`. The compiler has read the patterns; one that is none fills no slot.
pub fn grok(value: Expr, patterns: &[&str], slots: impl Into<Vec<u32>>) -> Operator {
    match Grok::parse(patterns) {
        Ok(patterns) => Operator::Grok(value, Arc::new(patterns), slots.into()),
        Err(_) => nothing(&slots.into()),
    }
}

fn nothing(slots: &[u32]) -> Operator {
    Operator::Eval(slots.first().copied().unwrap_or(0), null())
}

/// `STATS`, by the slots of the rows that it makes: first aggregates, then keys; `width` slots are needed from there on.
pub fn stats(
    aggregates: impl IntoIterator<Item = (u32, AggregateCall)>,
    keys: impl IntoIterator<Item = (u32, Expr)>,
    width: u32,
) -> Operator {
    Operator::Stats(Stats { aggregates: by_slot(aggregates), keys: by_slot(keys), width })
}

/// What `INLINE STATS` computes, and into which slots; by which keys.
pub fn inline_stats(
    aggregates: impl IntoIterator<Item = (u32, AggregateCall)>,
    keys: impl Into<Vec<Expr>>,
    width: u32,
) -> Operator {
    let (slots, aggregates) = aggregates.into_iter().unzip();
    Operator::InlineStats(Stats { aggregates, keys: keys.into(), width }, slots)
}

/// An aggregate function of these arguments; none for `COUNT(*)`.
pub fn aggregate(aggregate: Aggregate, arguments: impl Into<Vec<Expr>>, result: Type) -> AggregateCall {
    AggregateCall { aggregate, arguments: arguments.into(), filter: None, result }
}

/// An aggregate function of the rows that satisfy a condition: `COUNT(*) WHERE condition`.
pub fn aggregate_where(call: AggregateCall, condition: Expr) -> AggregateCall {
    AggregateCall { filter: Some(condition), ..call }
}

/// `SORT`
pub fn sort(keys: impl Into<Vec<SortKey>>) -> Operator {
    Operator::Sort(keys.into())
}

/// `value ASC`: null is last.
pub fn ascending(value: Expr) -> SortKey {
    SortKey { value, descending: false, nulls_first: false }
}

/// `value DESC`: null is first.
pub fn descending(value: Expr) -> SortKey {
    SortKey { value, descending: true, nulls_first: true }
}

/// `LIMIT`
pub fn limit(count: u64) -> Operator {
    Operator::Limit(count, Vec::new())
}

/// `LIMIT` for each combination of values.
pub fn limit_by(count: u64, keys: impl Into<Vec<Expr>>) -> Operator {
    Operator::Limit(count, keys.into())
}

/// The value in a slot.
pub fn col(slot: u32) -> Expr {
    Expr::Column(slot)
}

/// `AND`
pub fn all(members: impl Into<Vec<Expr>>) -> Expr {
    Expr::And(members.into().into())
}

/// `OR`
pub fn any(members: impl Into<Vec<Expr>>) -> Expr {
    Expr::Or(members.into().into())
}

/// `NOT`
pub fn not(inner: Expr) -> Expr {
    Expr::Not(Arc::new(inner))
}

/// `IS NULL`
pub fn is_null(value: Expr) -> Expr {
    Expr::IsNull(Arc::new(value))
}

/// `==`
pub fn equal(left: Expr, right: Expr) -> Expr {
    Expr::Equal(Arc::new([left, right]))
}

macro_rules! comparisons {
    ($($name:ident $op:ident $doc:literal)*) => {
        $(
            #[doc = $doc]
            pub fn $name(left: Expr, right: Expr) -> Expr {
                Expr::Compare(CompareOp::$op, Arc::new([left, right]))
            }
        )*
    };
}

comparisons! {
    less Less "`<`"
    at_most LessOrEqual "`<=`"
    greater Greater "`>`"
    at_least GreaterOrEqual "`>=`"
}

/// `value IN (..)`
pub fn is_in(value: Expr, list: impl Into<Vec<Expr>>) -> Expr {
    Expr::In(Arc::new(value), list.into().into())
}

/// `value LIKE (..)`: patterns in ES|QL's spelling, in which `*` stands for any run of characters, `?` for one, and `\` takes a meaning away.
pub fn like(value: Expr, patterns: &[&str]) -> Expr {
    Expr::Like(Arc::new(value), Arc::new(Globs::owned(patterns.iter().map(|pattern| glob(pattern)).collect())))
}

/// `value LIKE (..)`: patterns in pieces.
pub fn like_pieces(value: Expr, patterns: &'static [&'static [Piece]]) -> Expr {
    Expr::Like(Arc::new(value), Arc::new(Globs::new(patterns)))
}

/// `RLIKE`: a pattern that is anchored already.
pub fn rlike(value: Expr, pattern: Pattern) -> Expr {
    Expr::Rlike(Arc::new(value), Arc::new(pattern))
}

/// `CIDR_MATCH`
pub fn in_networks(value: Expr, networks: &'static [&'static str]) -> Expr {
    Expr::Cidr(Arc::new(value), Arc::new(Networks::new(networks)))
}

/// The match operator: phrases, and patterns for single words, folded.
pub fn has_words(
    value: Expr,
    phrases: &'static [&'static [&'static str]],
    patterns: &'static [&'static [Piece]],
) -> Expr {
    Expr::Words(Arc::new(value), Arc::new(Words::new(phrases, Globs::new(patterns))))
}

/// `CASE(condition, value, .., otherwise)`
pub fn case(members: impl Into<Vec<Expr>>) -> Expr {
    Expr::Case(members.into().into())
}

/// `COALESCE`
pub fn coalesce(members: impl Into<Vec<Expr>>) -> Expr {
    Expr::Coalesce(members.into().into())
}

/// A function of arguments, which gives this type.
pub fn call(function: impl Into<Function>, result: Type, arguments: impl Into<Vec<Expr>>) -> Expr {
    Expr::Call(function.into(), result, arguments.into().into())
}

macro_rules! families {
    ($($family:ident $kind:ident)*) => {
        $(
            impl From<$kind> for Function {
                fn from(function: $kind) -> Self {
                    Self::$family(function)
                }
            }
        )*
    };
}

families! {
    Text TextFunction
    Convert ConvertFunction
    Math MathFunction
    Date DateFunction
    Multi MultiFunction
    Net NetFunction
}

/// Any value.
pub fn value(value: Value) -> Expr {
    Expr::Literal(value)
}

/// Texts, for a list.
pub fn texts(texts: &[&str]) -> Vec<Expr> {
    texts.iter().map(|one| text(one)).collect()
}

/// Values of [`Type::Long`], for a list.
pub fn longs(longs: &[i64]) -> Vec<Expr> {
    longs.iter().map(|one| long(*one)).collect()
}

/// Values of [`Type::Integer`], for a list.
pub fn integers(integers: &[i32]) -> Vec<Expr> {
    integers.iter().map(|one| integer(*one)).collect()
}

/// Several values as one.
pub fn list(values: impl IntoIterator<Item = Expr>) -> Expr {
    let values =
        values.into_iter().filter_map(|value| if let Expr::Literal(value) = value { Some(value) } else { None });
    value(Value::list(values))
}

/// An address; null if the text is none.
pub fn ip(text: &str) -> Expr {
    value(match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Value::Ip(address.to_ipv6_mapped()),
        Ok(IpAddr::V6(address)) => Value::Ip(address),
        Err(_) => Value::Null,
    })
}

/// No value.
pub fn null() -> Expr {
    value(Value::Null)
}

macro_rules! literals {
    ($($name:ident ($($argument:ident: $kind:ty),*) $make:expr, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub fn $name($($argument: $kind),*) -> Expr {
                value($make)
            }
        )*
    };
}

literals! {
    boolean(of: bool) Value::Bool(of), "A value of [`Type::Boolean`].";
    integer(of: i32) Value::Int(of), "A value of [`Type::Integer`].";
    long(of: i64) Value::Long(of), "A value of [`Type::Long`].";
    unsigned(of: u64) Value::Unsigned(of), "A value of [`Type::UnsignedLong`].";
    double(of: f64) Value::Double(of), "A value of [`Type::Double`].";
    text(of: &str) Value::text(of), "A value of [`Type::Keyword`].";
    version(of: &str) Value::Version(of.into()), "A value of [`Type::Version`].";
    date(of: i64) Value::Date(of), "A value of [`Type::Date`]: milliseconds since 1970.";
    date_nanos(of: i64) Value::DateNanos(of), "A value of [`Type::DateNanos`]: nanoseconds since 1970.";
    period(months: i32, days: i32) Value::Period(months, days), "A value of [`Type::DatePeriod`].";
    duration(of: i64) Value::Duration(of), "A value of [`Type::TimeDuration`]: milliseconds.";
    point(longitude: f64, latitude: f64) Value::Point(longitude, latitude), "A value of [`Type::GeoPoint`].";
}

/// A pattern from ES|QL's spelling (ES|QL reference, "LIKE").
fn glob(pattern: &str) -> Glob {
    let mut pieces: Vec<Piece<Box<str>>> = Vec::new();
    let mut literal = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let piece = match c {
            '*' => Piece::AnyRun,
            '?' => Piece::AnyChar,
            '\\' => {
                literal.push(chars.next().unwrap_or('\\'));
                continue;
            }
            c => {
                literal.push(c);
                continue;
            }
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
        }
        pieces.push(piece);
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal.into()));
    }
    Glob::owned(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_esql_spells_them() {
        let check = |pattern: &str, expected: &str| {
            let read: Vec<String> = glob(pattern)
                .pieces()
                .into_iter()
                .map(|piece| match piece {
                    Piece::Literal(text) => format!("\"{text}\""),
                    Piece::AnyRun => "*".to_owned(),
                    Piece::AnyChar => "?".to_owned(),
                    Piece::Dash => "-".to_owned(),
                })
                .collect();
            assert_eq!(read.join(" "), expected, "{pattern}");
        };
        check("", "");
        check("a", r#""a""#);
        check("*.sh", r#"* ".sh""#);
        check("/u0?/*", r#""/u0" ? "/" *"#);
        check(r"C:\\*\?\*", r#""C:\" * "?*""#);
        check(r"a\", r#""a\""#);
    }

    #[test]
    fn members_stand_in_their_slots() {
        assert_eq!(by_slot([(2, 'c'), (0, 'a'), (1, 'b')]), ['a', 'b', 'c']);
        assert!(matches!(ip("10.0.0.1"), Expr::Literal(Value::Ip(_))));
        assert!(matches!(ip("x"), Expr::Literal(Value::Null)));
    }
}
