//! Trees that a query can say, for property tests. All spans are empty.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::elastic::eql::ast::{
    ArithmeticOp, Body, Category, CompareOp, EventQuery, Expr, ExprKind, Field, FieldPart, Join, Literal, MatchOp,
    Pipe, Query, Sample, Sequence, StringLiteral, Term,
};
use crate::elastic::eql::lex;
use crate::source::{FileId, Span, Spanned};

fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, nowhere())
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: nowhere() }
}

pub(super) fn query() -> impl Strategy<Value = Query> {
    (body(), vec(pipe(), 0..3)).prop_map(|(body, pipes)| Query { body, pipes, span: nowhere() })
}

fn body() -> impl Strategy<Value = Body> {
    let term = || term(Just(false).boxed(), Just(None).boxed());
    prop_oneof![
        event_query().prop_map(Body::Event),
        sequence().prop_map(Body::Sequence),
        (keys(), vec(term(), 2..4)).prop_map(|(by, terms)| Body::Sample(Sample { by, terms, span: nowhere() })),
        (keys(), vec(term(), 2..4), until())
            .prop_map(|(by, terms, until)| { Body::Join(Join { by, terms, until, span: nowhere() }) }),
    ]
}

fn sequence() -> impl Strategy<Value = Sequence> {
    let runs = || prop::option::of((1_u32..=100).prop_map(spanned)).boxed();
    let maxspan = prop::option::of((1..=u64::MAX / 2).prop_map(spanned));
    (keys(), maxspan, vec(term(any::<bool>().boxed(), runs()), 2..4), until())
        .prop_map(|(by, maxspan, terms, until)| Sequence { by, maxspan, terms, until, span: nowhere() })
}

fn until() -> impl Strategy<Value = Option<Box<Term>>> {
    prop::option::of(term(Just(false).boxed(), Just(None).boxed()).prop_map(Box::new))
}

fn term(missing: BoxedStrategy<bool>, runs: BoxedStrategy<Option<Spanned<u32>>>) -> impl Strategy<Value = Term> {
    (event_query(), missing, keys(), runs).prop_map(|(query, missing, by, runs)| Term {
        query,
        missing,
        by,
        runs,
        span: nowhere(),
    })
}

fn event_query() -> impl Strategy<Value = EventQuery> {
    let category = prop_oneof![
        Just(Category::Any),
        plain_name().prop_map(|name| Category::Named(spanned(name))),
        any::<String>().prop_map(|name| Category::Named(spanned(name))),
    ];
    (category, condition()).prop_map(|(category, condition)| EventQuery { category, condition, span: nowhere() })
}

fn keys() -> impl Strategy<Value = Vec<Expr>> {
    prop_oneof![3 => vec(field().prop_map(expr), 0..3), 1 => vec(condition(), 0..2)]
}

fn pipe() -> impl Strategy<Value = Pipe> {
    (plain_name(), vec(condition(), 0..3)).prop_map(|(name, arguments)| Pipe {
        name: spanned(name),
        arguments,
        span: nowhere(),
    })
}

/// A name that needs no backticks.
fn plain_name() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9_]{0,6}".prop_filter("not a keyword", |name| lex::is_plain_name(name))
}

pub(super) fn condition() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![literal().prop_map(ExprKind::Literal), field(), field()].prop_map(expr);
    leaf.prop_recursive(4, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new).boxed();
        let several = || vec(inner.clone(), 2..4);
        let ignore_case = any::<bool>();
        prop_oneof![
            boxed.clone().prop_map(ExprKind::Not),
            boxed.clone().prop_map(ExprKind::Negative),
            several().prop_map(ExprKind::And),
            several().prop_map(ExprKind::Or),
            (compare_op(), boxed.clone(), boxed.clone()).prop_map(|(op, left, right)| ExprKind::Compare {
                op,
                left,
                right
            }),
            (boxed.clone(), vec(inner.clone(), 1..4), any::<bool>(), ignore_case)
                .prop_map(|(left, list, negated, ignore_case)| ExprKind::In { left, list, negated, ignore_case }),
            (match_op(), boxed.clone(), vec(string(), 1..4)).prop_map(|(op, left, patterns)| ExprKind::Match {
                op,
                left,
                patterns
            }),
            (boxed.clone(), vec((sum_op(), inner.clone()), 1..4))
                .prop_map(|(first, rest)| ExprKind::Arithmetic { first, rest }),
            (boxed, vec((product_op(), inner.clone()), 1..4))
                .prop_map(|(first, rest)| ExprKind::Arithmetic { first, rest }),
            (plain_name(), ignore_case, vec(inner.clone(), 0..4)).prop_map(|(name, ignore_case, arguments)| {
                ExprKind::Call { name: spanned(name), ignore_case, arguments }
            }),
        ]
        .prop_map(expr)
    })
}

fn compare_op() -> impl Strategy<Value = Spanned<CompareOp>> {
    prop::sample::select(vec![
        CompareOp::Equal,
        CompareOp::NotEqual,
        CompareOp::Less,
        CompareOp::LessOrEqual,
        CompareOp::Greater,
        CompareOp::GreaterOrEqual,
    ])
    .prop_map(spanned)
}

fn match_op() -> impl Strategy<Value = Spanned<MatchOp>> {
    prop::sample::select(vec![
        MatchOp::Seq,
        MatchOp::Like,
        MatchOp::LikeIgnoreCase,
        MatchOp::Regex,
        MatchOp::RegexIgnoreCase,
    ])
    .prop_map(spanned)
}

fn sum_op() -> impl Strategy<Value = Spanned<ArithmeticOp>> {
    prop::sample::select(vec![ArithmeticOp::Add, ArithmeticOp::Subtract]).prop_map(spanned)
}

fn product_op() -> impl Strategy<Value = Spanned<ArithmeticOp>> {
    prop::sample::select(vec![ArithmeticOp::Multiply, ArithmeticOp::Divide, ArithmeticOp::Modulo]).prop_map(spanned)
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        (0_i128..1000).prop_map(Literal::Integer),
        (0..=i128::MAX).prop_map(Literal::Integer),
        (prop::num::f64::POSITIVE | prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO)
            .prop_map(|number| Literal::Decimal(number.abs())),
        string().prop_map(Literal::String),
    ]
}

fn string() -> impl Strategy<Value = StringLiteral> {
    let plain = prop_oneof![any::<String>(), "[a-c*?\"\\\\\n\t]{0,6}"];
    let raw = prop_oneof!["[^\r\n]{0,8}", "[ab\"\\\\]{0,6}"].prop_filter("raw", |text| !text.contains("\"\"\""));
    prop_oneof![plain.prop_map(|value| (value, false)), raw.prop_map(|value| (value, true))]
        .prop_map(|(value, raw)| StringLiteral { value, raw, span: nowhere() })
}

fn field() -> impl Strategy<Value = ExprKind> {
    let name = || prop_oneof![4 => plain_name(), 1 => "[a-z` .-]{1,4}", 1 => ".{1,3}", 1 => Just("NOT".to_owned())];
    let part = prop_oneof![
        3 => name().prop_map(FieldPart::Name),
        1 => any::<u64>().prop_map(FieldPart::Index),
    ];
    (name(), vec(part, 0..3), any::<bool>()).prop_map(|(first, rest, optional)| {
        let parts = std::iter::once(FieldPart::Name(first)).chain(rest).collect();
        ExprKind::Field(Field { parts, optional })
    })
}
