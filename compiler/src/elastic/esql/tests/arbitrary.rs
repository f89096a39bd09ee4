//! Trees that a query can say, for property tests. All spans are empty.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use crate::elastic::esql::ast::{
    Aggregate, Arguments, ArithmeticOp, Call, ChangePoint, Column, Command, CommandKind, CompareOp, Completion,
    Dissect, Enrich, EnrichField, Expr, ExprKind, Extract, Extracted, FunctionName, Fuse, Grok, IndexPattern, Indices,
    LikeOp, Limit, Literal, LookupJoin, Map, MapEntry, MapValue, Name, NamePart, NamePattern, Nulls, Order, Parameter,
    ParameterKey, PatternPart, PatternPiece, Query, Renaming, Rerank, Setting, SortKey, Source, SourceKind, Stats,
    StringLiteral, Target, TimeSpan, With,
};
use crate::elastic::esql::lex;
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
    let subquery = (index().prop_map(Target::Index), vec(command(), 0..2)).prop_map(|(target, commands)| {
        let kind = SourceKind::From(Indices { targets: vec![target], metadata: Vec::new() });
        let source = Source { kind, span: nowhere() };
        Target::Subquery(Box::new(Query { settings: Vec::new(), source, commands, span: nowhere() }))
    });
    let target = prop_oneof![6 => index().prop_map(Target::Index), 1 => subquery];
    let metadata = vec(prop::sample::select(vec!["_id", "_index", "_score"]).prop_map(|s| spanned(s.to_owned())), 0..3);
    let indices = (vec(target, 1..4), metadata).prop_map(|(targets, metadata)| Indices { targets, metadata });
    let source = prop_oneof![
        4 => indices.clone().prop_map(SourceKind::From),
        1 => indices.prop_map(SourceKind::TimeSeries),
        1 => vec(column(), 1..3).prop_map(SourceKind::Row),
        1 => Just(SourceKind::ShowInfo),
    ]
    .prop_map(|kind| Source { kind, span: nowhere() });
    let setting = (single_name(), map_value()).prop_map(|(name, value)| Setting { name, value, span: nowhere() });
    (vec(setting, 0..2), source, vec(command(), 0..4)).prop_map(|(settings, source, commands)| Query {
        settings,
        source,
        commands,
        span: nowhere(),
    })
}

fn index() -> impl Strategy<Value = IndexPattern> {
    let loose = || "(-?[a-z*.][a-z0-9*._+-]{0,6}|<[a-z]{1,3}-\\{now/d\\}>)".prop_map(spanned);
    let plain =
        (of(loose()), loose(), of(loose())).prop_map(|(cluster, name, selector)| (cluster, name, selector, false));
    let quoted = (of(loose()), any::<String>()).prop_map(|(cluster, name)| (cluster, spanned(name), None, true));
    prop_oneof![3 => plain, 1 => quoted].prop_map(|(cluster, name, selector, quoted)| IndexPattern {
        cluster,
        name,
        selector,
        quoted,
        span: nowhere(),
    })
}

fn command() -> impl Strategy<Value = Command> {
    let leaf = command_kind().prop_map(|kind| Command { kind, span: nowhere() });
    leaf.prop_recursive(2, 8, 3, |inner| {
        vec(vec(inner, 1..3), 1..3).prop_map(|branches| Command { kind: CommandKind::Fork(branches), span: nowhere() })
    })
}

fn command_kind() -> impl Strategy<Value = CommandKind> {
    let stats = || {
        (vec(aggregate(), 0..3), vec(column(), 0..3))
            .prop_filter("nothing is computed", |(aggregates, by)| !aggregates.is_empty() || !by.is_empty())
            .prop_map(|(aggregates, by)| Stats { aggregates, by })
    };
    let search = prop_oneof![change_point(), completion(), rerank(), fuse(), extract()];
    prop_oneof![
        4 => condition().prop_map(CommandKind::Where),
        2 => vec(column(), 1..4).prop_map(CommandKind::Eval),
        2 => stats().prop_map(CommandKind::Stats),
        1 => stats().prop_map(CommandKind::InlineStats),
        1 => vec(pattern(), 1..4).prop_map(CommandKind::Keep),
        1 => vec(pattern(), 1..4).prop_map(CommandKind::Drop),
        1 => vec(renaming(), 1..3).prop_map(CommandKind::Rename),
        1 => vec(sort_key(), 1..3).prop_map(CommandKind::Sort),
        1 => limit(),
        1 => name().prop_map(CommandKind::MvExpand),
        1 => dissect(),
        1 => (primary(), vec(string(), 1..3)).prop_map(|(input, patterns)| CommandKind::Grok(Grok { input, patterns })),
        1 => enrich(),
        1 => (index(), vec(condition(), 1..3))
            .prop_map(|(index, on)| CommandKind::LookupJoin(LookupJoin { index, on })),
        1 => literal().prop_map(|part| CommandKind::Sample(spanned(part))),
        1 => Just(CommandKind::MetricsInfo),
        1 => Just(CommandKind::TsInfo),
        3 => search,
    ]
}

fn column() -> impl Strategy<Value = Column> {
    (of(name()), condition()).prop_map(|(name, value)| Column { name, value, span: nowhere() })
}

fn aggregate() -> impl Strategy<Value = Aggregate> {
    (of(name()), condition(), of(condition())).prop_map(|(name, value, filter)| Aggregate {
        name,
        value,
        filter,
        span: nowhere(),
    })
}

fn sort_key() -> impl Strategy<Value = SortKey> {
    let order = of(prop::sample::select(vec![Order::Ascending, Order::Descending]));
    let nulls = of(prop::sample::select(vec![Nulls::First, Nulls::Last]));
    (condition(), order, nulls).prop_map(|(value, order, nulls)| SortKey { value, order, nulls, span: nowhere() })
}

fn limit() -> impl Strategy<Value = CommandKind> {
    let count = prop_oneof![(0_i128..1000).prop_map(Literal::Integer), value_parameter().prop_map(Literal::Parameter)];
    (count, vec(condition(), 0..3)).prop_map(|(count, by)| CommandKind::Limit(Limit { count: spanned(count), by }))
}

fn renaming() -> impl Strategy<Value = Renaming> {
    let whole = || {
        vec(part_name(), 1..3).prop_map(|parts| NamePattern {
            parts: parts.into_iter().map(|part| PatternPart::Name(vec![PatternPiece::Text(part)])).collect(),
            span: nowhere(),
        })
    };
    (whole(), whole()).prop_map(|(old, new)| Renaming { old, new, span: nowhere() })
}

fn dissect() -> impl Strategy<Value = CommandKind> {
    (primary(), string(), of(string())).prop_map(|(input, pattern, append_separator)| {
        CommandKind::Dissect(Dissect { input, pattern, append_separator })
    })
}

fn enrich() -> impl Strategy<Value = CommandKind> {
    let mode = of(prop::sample::select(vec!["_any", "_coordinator"]).prop_map(|mode| spanned(mode.to_owned())));
    let field = (of(pattern()), pattern()).prop_map(|(new_name, field)| EnrichField { new_name, field });
    (mode, "[a-z][a-z0-9_-]{0,5}", of(pattern()), vec(field, 0..3))
        .prop_map(|(mode, policy, on, with)| CommandKind::Enrich(Enrich { mode, policy: spanned(policy), on, with }))
}

fn change_point() -> impl Strategy<Value = CommandKind> {
    (name(), of(name()), of((name(), name())), vec(condition(), 0..2))
        .prop_map(|(value, key, targets, by)| CommandKind::ChangePoint(ChangePoint { value, key, targets, by }))
}

fn with() -> impl Strategy<Value = Option<With>> {
    of(prop_oneof![map().prop_map(With::Options), name().prop_map(With::Inference)])
}

fn completion() -> impl Strategy<Value = CommandKind> {
    (of(name()), primary(), with())
        .prop_map(|(target, prompt, with)| CommandKind::Completion(Completion { target, prompt, with }))
}

fn rerank() -> impl Strategy<Value = CommandKind> {
    (of(name()), literal(), vec(column(), 1..3), with()).prop_map(|(target, query, fields, with)| {
        CommandKind::Rerank(Rerank { target, query: spanned(query), fields, with })
    })
}

fn fuse() -> impl Strategy<Value = CommandKind> {
    let method = of(prop::sample::select(vec!["RRF", "linear"]).prop_map(|method| spanned(method.to_owned())));
    (method, of(name()), of(name()), vec(name(), 0..3), of(map())).prop_map(
        |(method, score_by, group_by, key_by, options)| {
            CommandKind::Fuse(Fuse { method, score_by, group_by, key_by, options })
        },
    )
}

fn extract() -> impl Strategy<Value = CommandKind> {
    let plain =
        prop::sample::select(vec![Extracted::UriParts, Extracted::RegisteredDomain]).prop_map(|what| (what, None));
    let with_options = (prop::sample::select(vec![Extracted::UserAgent, Extracted::IpLocation]), of(map()));
    (prop_oneof![plain, with_options], name(), primary())
        .prop_map(|((what, options), prefix, value)| CommandKind::Extract(Extract { what, prefix, value, options }))
}

/// A name that needs no backticks.
fn plain_name() -> impl Strategy<Value = String> {
    "([a-zA-Z][a-zA-Z0-9_]{0,6}|[_@][a-z0-9]{1,3})".prop_filter("not a keyword", |name| lex::is_plain_name(name))
}

fn single_name() -> impl Strategy<Value = Spanned<String>> {
    part_name().prop_map(spanned)
}

fn part_name() -> impl Strategy<Value = String> {
    prop_oneof![6 => plain_name(), 1 => "[a-z` .*-]{1,4}", 1 => ".{1,3}", 1 => Just("NOT".to_owned()), 1 => "[0-9]{1,2}"]
}

fn key() -> impl Strategy<Value = ParameterKey> {
    prop_oneof![
        Just(ParameterKey::Next),
        "[a-z_][a-zA-Z0-9_]{0,3}".prop_map(ParameterKey::Named),
        "[0-9]{1,3}".prop_map(ParameterKey::Positional),
    ]
}

fn parameter() -> impl Strategy<Value = Parameter> {
    (any::<bool>(), key()).prop_map(|(identifier, key)| Parameter { identifier, key })
}

fn value_parameter() -> impl Strategy<Value = Parameter> {
    key().prop_map(|key| Parameter { identifier: false, key })
}

fn name() -> impl Strategy<Value = Name> {
    let part = prop_oneof![9 => part_name().prop_map(NamePart::Name), 1 => parameter().prop_map(NamePart::Parameter)];
    vec(part, 1..4).prop_map(|parts| Name { parts, span: nowhere() })
}

fn pattern() -> impl Strategy<Value = NamePattern> {
    let piece = prop_oneof![2 => part_name().prop_map(PatternPiece::Text), 1 => Just(PatternPiece::Any)];
    let pieces = vec(piece, 1..4).prop_map(|mut pieces| {
        pieces.dedup_by(|a, b| matches!((a, b), (PatternPiece::Text(_), PatternPiece::Text(_))));
        PatternPart::Name(pieces)
    });
    let part = prop_oneof![9 => pieces, 1 => parameter().prop_map(PatternPart::Parameter)];
    vec(part, 1..4).prop_map(|parts| NamePattern { parts, span: nowhere() })
}

/// A field; a single parameter for a value is a literal.
fn field() -> impl Strategy<Value = ExprKind> {
    name()
        .prop_filter(
            "a literal",
            |name| !matches!(name.parts.as_slice(), [NamePart::Parameter(parameter)] if !parameter.identifier),
        )
        .prop_map(ExprKind::Field)
}

/// What `DISSECT` and its kin take.
fn primary() -> impl Strategy<Value = Expr> {
    prop_oneof![3 => field().prop_map(expr), 1 => literal().prop_map(|l| expr(ExprKind::Literal(l))), 1 => condition()]
}

fn function() -> impl Strategy<Value = FunctionName> {
    prop_oneof![
        6 => plain_name().prop_map(|name| FunctionName::Name(spanned(name))),
        1 => Just(FunctionName::Name(spanned("FIRST".to_owned()))),
        1 => single_name().prop_map(FunctionName::Name),
        1 => parameter().prop_map(FunctionName::Parameter),
    ]
}

pub(super) fn condition() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![literal().prop_map(ExprKind::Literal), field(), field()].prop_map(expr);
    leaf.prop_recursive(4, 30, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new).boxed();
        let several = || vec(inner.clone(), 2..4);
        let like_literal =
            prop_oneof![string().prop_map(Literal::String), value_parameter().prop_map(Literal::Parameter)]
                .prop_map(|literal| expr(ExprKind::Literal(literal)));
        let patterns = prop_oneof![2 => vec(like_literal, 1..4), 1 => vec(inner.clone().prop_filter("no pattern", |expr| !matches!(expr.kind, ExprKind::And(_) | ExprKind::Or(_))), 1..2)];
        let arguments = prop_oneof![
            1 => Just(Arguments::Star),
            6 => vec(inner.clone(), 0..4).prop_map(|values| Arguments::Values { values, options: None }),
            1 => (vec(inner.clone(), 1..3), map())
                .prop_map(|(values, map)| Arguments::Values { values, options: Some(map) }),
        ];
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
            (boxed.clone(), any::<bool>()).prop_map(|(value, negated)| ExprKind::IsNull { value, negated }),
            (boxed.clone(), vec(inner.clone(), 1..4), any::<bool>()).prop_map(|(left, list, negated)| ExprKind::In {
                left,
                list,
                negated
            }),
            (boxed.clone(), index(), inner.clone(), any::<bool>())
                .prop_map(|(left, index, condition, negated)| in_query(left, index, condition, negated)),
            (like_op(), boxed.clone(), patterns, any::<bool>())
                .prop_map(|(op, left, patterns, negated)| ExprKind::Like { op, left, patterns, negated }),
            (boxed.clone(), literal().prop_map(spanned)).prop_map(|(left, query)| ExprKind::Match { left, query }),
            (boxed.clone(), vec((sum_op(), inner.clone()), 1..4))
                .prop_map(|(first, rest)| ExprKind::Arithmetic { first, rest }),
            (boxed.clone(), vec((product_op(), inner.clone()), 1..4))
                .prop_map(|(first, rest)| ExprKind::Arithmetic { first, rest }),
            (boxed, vec(single_name(), 1..3)).prop_map(|(value, types)| ExprKind::Cast { value, types }),
            (function(), arguments).prop_map(|(name, arguments)| ExprKind::Call(Call { name, arguments })),
        ]
        .prop_map(expr)
    })
}

fn in_query(left: Box<Expr>, index: IndexPattern, condition: Expr, negated: bool) -> ExprKind {
    // an exclusion first would be a subtraction: no query starts like that
    let name = format!("x_{}", index.name.value.trim_start_matches(['-', '<']));
    let index = IndexPattern { cluster: None, name: spanned(name), ..index };
    let kind = SourceKind::From(Indices { targets: vec![Target::Index(index)], metadata: Vec::new() });
    let source = Source { kind, span: nowhere() };
    let commands = vec![Command { kind: CommandKind::Where(condition), span: nowhere() }];
    let query = Query { settings: Vec::new(), source, commands, span: nowhere() };
    ExprKind::InQuery { left, query: Box::new(query), negated }
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

fn like_op() -> impl Strategy<Value = Spanned<LikeOp>> {
    prop::sample::select(vec![LikeOp::Like, LikeOp::Rlike]).prop_map(spanned)
}

fn sum_op() -> impl Strategy<Value = Spanned<ArithmeticOp>> {
    prop::sample::select(vec![ArithmeticOp::Add, ArithmeticOp::Subtract]).prop_map(spanned)
}

fn product_op() -> impl Strategy<Value = Spanned<ArithmeticOp>> {
    prop::sample::select(vec![ArithmeticOp::Multiply, ArithmeticOp::Divide, ArithmeticOp::Modulo]).prop_map(spanned)
}

fn decimal() -> impl Strategy<Value = Literal> {
    (prop::num::f64::POSITIVE | prop::num::f64::NEGATIVE | prop::num::f64::NORMAL | prop::num::f64::ZERO)
        .prop_map(Literal::Decimal)
}

fn literal() -> impl Strategy<Value = Literal> {
    let units = vec!["ms", "second", "MINUTES", "h", "days", "w", "mo", "quarter", "y"];
    let unit = prop::sample::select(units).prop_map(|unit| spanned(unit.to_owned()));
    let number = || prop_oneof![(-9_i128..9).prop_map(Literal::Integer), decimal()];
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        (-1000_i128..1000).prop_map(Literal::Integer),
        (-i128::MAX..=i128::MAX).prop_map(Literal::Integer),
        decimal(),
        string().prop_map(Literal::String),
        (-9_i128..999, unit).prop_map(|(count, unit)| Literal::TimeSpan(TimeSpan { count, unit })),
        vec(number(), 1..3).prop_map(Literal::Array),
        vec(string().prop_map(Literal::String), 1..3).prop_map(Literal::Array),
        vec(any::<bool>().prop_map(Literal::Bool), 1..3).prop_map(Literal::Array),
        value_parameter().prop_map(Literal::Parameter),
    ]
}

fn map() -> impl Strategy<Value = Map> {
    let flat = vec((string(), literal()), 0..3).prop_map(|entries| {
        let entry = |(key, value)| MapEntry { key, value: MapValue::Literal(spanned(value)) };
        Map { entries: entries.into_iter().map(entry).collect(), span: nowhere() }
    });
    flat.prop_recursive(2, 4, 2, |inner| {
        vec((string(), inner), 1..3).prop_map(|entries| {
            let entry = |(key, map)| MapEntry { key, value: MapValue::Map(map) };
            Map { entries: entries.into_iter().map(entry).collect(), span: nowhere() }
        })
    })
}

fn map_value() -> impl Strategy<Value = MapValue> {
    prop_oneof![literal().prop_map(|value| MapValue::Literal(spanned(value))), map().prop_map(MapValue::Map)]
}

fn string() -> impl Strategy<Value = StringLiteral> {
    let plain = prop_oneof![any::<String>(), "[a-c*?\"\\\\\n\t]{0,6}"];
    let raw = prop_oneof!["[^\r\n]{0,8}", "[ab\"\\\\]{0,6}"].prop_filter("raw", |text| !text.contains("\"\"\""));
    prop_oneof![plain.prop_map(|value| (value, false)), raw.prop_map(|value| (value, true))]
        .prop_map(|(value, raw)| StringLiteral { value, raw, span: nowhere() })
}
