//! Rules and events for property tests, from a small world, so that they meet: few fields, few letters, and what tends to go wrong (arrays, nulls, duplicate keys, case that
//! is not ASCII, wildcards, numbers in two spellings).

use std::sync::Arc;

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sigil_runtime::fold::fold;

use super::eval::Json;
use super::{
    Case, CompareOp, Expr, Field, FieldSource, Function, Glob, Meta, Number, Piece, Quantifier, Rule, Scalar,
    SelectionId, Subject, Test, TextOp, TimePart, TimeRange, ValueType,
};
use crate::source::{FileId, Span};

/// A rule with one to three selections, some of them with arrays, fields of several sources, keywords.
pub fn rule() -> impl Strategy<Value = Rule> {
    let scope = prop_oneof![3 => Just(Expr::Const(true)), 1 => test(Just(plain_field("G"))).prop_map(|(subject, test)| Expr::test(subject, test))];
    (scope, vec(expr(), 1..4)).prop_flat_map(|(scope, selections)| {
        let count = u16::try_from(selections.len()).unwrap_or(1);
        let condition =
            combined(prop_oneof![4 => (0..count).prop_map(|id| Expr::Selection(SelectionId(id))), 1 => leaf()]);
        condition.prop_map(move |condition| Rule {
            meta: Meta { title: "Generated".to_owned(), source: "generated.yml".to_owned(), ..Meta::default() },
            scope: scope.clone(),
            selections: selections
                .iter()
                .zip(0..)
                .map(|(selection, at)| (format!("selection_{at}"), selection.clone()))
                .collect::<IndexMap<_, _>>(),
            condition,
            condition_text: "generated".to_owned(),
            then: super::Then::Alert,
            span: Span::new(FileId(0), 0, 0),
        })
    })
}

/// An expression that refers to no selection.
pub fn expr() -> impl Strategy<Value = Expr> {
    combined(leaf())
}

/// An event in the fields that [`rule`] asks for.
pub fn event() -> impl Strategy<Value = Json> {
    let member = (select(NAMES.to_vec()).prop_map(str::to_owned), value());
    vec(member, 0..8).prop_map(Json::Object)
}

const NAMES: [&str; 6] = ["F", "G", "a", "b", "a.b", "Time"];

const WORDS: [&str; 14] = ["a", "a", "A", "b", "B", "ä", "Ä", "\u{212A}", "k", "-", "\u{2013}", "\n", "*", "1"];

fn plain_field(name: &str) -> Subject {
    Subject::Field(Arc::new(Field::plain(name)))
}

fn combined(leaf: impl Strategy<Value = Expr> + 'static) -> impl Strategy<Value = Expr> {
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            3 => vec(inner.clone(), 1..4).prop_map(Expr::all),
            3 => vec(inner.clone(), 1..4).prop_map(Expr::any),
            2 => inner.clone().prop_map(Expr::not),
            1 => (1..4_u32, vec(inner, 1..5)).prop_map(|(count, members)| Expr::at_least(count, members)),
        ]
    })
}

fn leaf() -> impl Strategy<Value = Expr> {
    let plain = test(subject()).prop_map(|(subject, test)| Expr::test(subject, test));
    let element = test(select(vec!["", "b", "a.b"]).prop_map(|path| Subject::Element(path.to_owned())))
        .prop_map(|(subject, test)| Expr::test(subject, test));
    let quantifier = select(vec![
        Quantifier::Any,
        Quantifier::All,
        Quantifier::AllOrEmpty,
        Quantifier::None,
        Quantifier::At(0),
        Quantifier::At(-1),
    ]);
    let body = vec(element, 1..3).prop_map(Expr::all);
    let elements = (quantifier, body).prop_map(|(quantifier, body)| Expr::Elements {
        of: plain_field("a"),
        quantifier,
        body: Box::new(body),
    });
    // what passes put together: tests of one subject beside each other
    let line = (subject(), vec(any_test(), 2..5), any::<bool>()).prop_map(|(subject, tests, all)| {
        let tests = tests.into_iter().map(|test| Expr::test(subject.clone(), fitting(&subject, test)));
        if all { Expr::all(tests) } else { Expr::any(tests) }
    });
    let formula = formula().prop_map(|formula| Expr::Formula(Box::new(formula)));
    prop_oneof![8 => plain, 6 => line, 1 => elements, 2 => formula, 1 => any::<bool>().prop_map(Expr::Const)]
}

/// A computed value, of any type.
///
/// # Panics
/// Never: its network is valid.
pub fn formula() -> impl Strategy<Value = Scalar> {
    let field = (select(NAMES.to_vec()), ignore_above())
        .prop_map(|(name, ignore_above)| Scalar::Field(Arc::new(Field { ignore_above, ..Field::plain(name) })));
    let literal = prop_oneof![
        1 => Just(Scalar::Null),
        1 => any::<bool>().prop_map(Scalar::Bool),
        3 => prop_oneof![8 => -3..12_i64, 1 => select(vec![i64::MAX, i64::MIN])].prop_map(Scalar::Int),
        1 => select(vec![0.5, 66.0, -1.25, 1e300]).prop_map(Scalar::float),
        3 => text().prop_map(Scalar::Text),
    ];
    let functions: Vec<Function> = Function::all().collect();
    prop_oneof![3 => field, 2 => literal].prop_recursive(4, 12, 4, move |inner| {
        let call = (select(functions.clone()), vec(inner.clone(), 1..4))
            .prop_map(|(function, arguments)| Scalar::Call(function, arguments));
        let matches = (inner.clone(), glob_test()).prop_map(|(of, test)| match test {
            Test::Glob { patterns, case } => Scalar::Matches(Box::new(of), patterns, case),
            _ => of,
        });
        let is_match = (inner.clone(), select(vec!["^a", "(?i)k", "\\d+"])).prop_map(|(of, pattern)| Scalar::IsMatch {
            of: Box::new(of),
            pattern: pattern.to_owned(),
            lookaround: false,
        });
        let networks =
            inner.prop_map(|of| Scalar::InNetworks(Box::new(of), vec!["10.0.0.0/8".parse().expect("valid")]));
        prop_oneof![12 => call, 2 => matches, 1 => is_match, 1 => networks]
    })
}

fn ignore_above() -> impl Strategy<Value = Option<u32>> {
    select(vec![None, None, Some(1), Some(2)])
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        6 => select(NAMES.to_vec()).prop_map(plain_field),
        1 => (select(NAMES.to_vec()), text_test()).prop_map(|(path, test)| {
            let under = Expr::test(plain_field("G"), test);
            let sources = vec![FieldSource { path: path.to_owned(), under: Some(Arc::new(under)) }, FieldSource { path: "F".to_owned(), under: None }];
            Subject::Field(Arc::new(Field { name: "F".to_owned(), sources, ignore_above: None }))
        }),
        1 => (select(NAMES.to_vec()), ignore_above()).prop_map(|(name, ignore_above)| {
            Subject::Field(Arc::new(Field { ignore_above, ..Field::plain(name) }))
        }),
        1 => select(vec!["a.*", "*b", "a*", "*"]).prop_map(|pattern| Subject::Paths(pattern.to_owned())),
        1 => Just(Subject::AnyValue),
    ]
}

fn test(subject: impl Strategy<Value = Subject>) -> impl Strategy<Value = (Subject, Test)> {
    (subject, any_test()).prop_map(|(subject, test)| {
        let test = fitting(&subject, test);
        (subject, test)
    })
}

/// What needs one certain field is not asked of any value, nor two fields of an element: no front end does, so it has no meaning.
fn fitting(subject: &Subject, test: Test) -> Test {
    let any_value = matches!(subject, Subject::AnyValue);
    match test {
        Test::Number(_)
        | Test::Compare { .. }
        | Test::Long { .. }
        | Test::Time { .. }
        | Test::Within(_)
        | Test::Exists
        | Test::Null
        | Test::Single(_)
            if any_value =>
        {
            Test::Present
        }
        Test::SameAs { .. } if !matches!(subject, Subject::Field(_)) => Test::Present,
        test => test,
    }
}

fn any_test() -> impl Strategy<Value = Test> {
    let networks = select(vec!["10.0.0.0/8", "0.0.0.0/0", "fe80::/10", "::1/128"])
        .prop_map(|network| network.parse::<ipnet::IpNet>().expect("valid"));
    let compare = select(vec![CompareOp::Less, CompareOp::LessOrEqual, CompareOp::Greater, CompareOp::GreaterOrEqual]);
    let part =
        select(vec![TimePart::Minute, TimePart::Hour, TimePart::Day, TimePart::Week, TimePart::Month, TimePart::Year]);
    let small = vec((0..24_i128).prop_map(Number::Int), 1..4);
    let patterns = select(vec!["^a", "b$", "(?i)k", "a.b", "^$", "\\d+"]);
    prop_oneof![
        8 => text_test(),
        4 => glob_test(),
        2 => vec(number(), 1..4).prop_map(Test::Number),
        1 => (compare.clone(), number()).prop_map(|(op, to)| Test::Compare { op, to }),
        1 => (proptest::option::of(compare.clone()), vec(number(), 1..4))
            .prop_map(|(op, values)| Test::Long { op, values }),
        1 => (compare.clone(), text()).prop_map(|(op, to)| Test::Order { op, to }),
        1 => patterns.prop_map(|pattern| Test::Regex { pattern: pattern.to_owned(), lookaround: false }),
        1 => vec(networks, 1..3).prop_map(Test::Cidr),
        1 => (part, proptest::option::of(compare), small).prop_map(|(part, op, values)| Test::Time { part, op, values }),
        1 => (select(NAMES.to_vec()), op(), case()).prop_map(|(name, op, case)| Test::SameAs { other: Arc::new(Field::plain(name)), op, case }),
        1 => vec(vec(select(vec!["a", "b", "ä", "k", "1"]), 1..3), 1..3).prop_map(|phrases| Test::Words {
            phrases: phrases.into_iter().map(|phrase| phrase.into_iter().map(str::to_owned).collect()).collect(),
            patterns: vec![Glob::new([Piece::Literal("a".to_owned()), Piece::AnyRun])],
        }),
        1 => select(vec![(None, Some(1_704_164_645_001)), (Some(1_704_164_645_000), None)])
            .prop_map(|(from, to)| Test::Within(TimeRange { from, to })),
        1 => Just(Test::Exists),
        1 => Just(Test::Null),
        1 => Just(Test::Present),
        1 => value_type().prop_map(Test::Single),
    ]
}

fn value_type() -> impl Strategy<Value = ValueType> {
    select(vec![ValueType::Text, ValueType::Number, ValueType::Boolean, ValueType::Date, ValueType::Ip])
}

fn text_test() -> impl Strategy<Value = Test> {
    (op(), case(), vec(text(), 1..5)).prop_map(|(op, case, values)| Test::Text {
        op,
        values: values.iter().map(|value| cased(value, case)).collect(),
        case,
    })
}

fn glob_test() -> impl Strategy<Value = Test> {
    let piece = prop_oneof![3 => text().prop_map(Piece::Literal), 3 => Just(Piece::AnyRun), 1 => Just(Piece::AnyChar), 1 => Just(Piece::Dash)];
    let cased_piece = |piece: Piece, case: Case| {
        if let Piece::Literal(text) = piece { Piece::Literal(cased(&text, case)) } else { piece }
    };
    (case(), vec(vec(piece, 0..5), 1..4)).prop_map(move |(case, patterns)| {
        let patterns = patterns
            .into_iter()
            .map(|pieces| Glob::new(pieces.into_iter().map(|piece| cased_piece(piece, case))))
            .collect();
        Test::Glob { patterns, case }
    })
}

fn cased(text: &str, case: Case) -> String {
    match case {
        Case::Insensitive => fold(text),
        Case::Sensitive => text.to_owned(),
    }
}

fn op() -> impl Strategy<Value = TextOp> + Clone {
    select(vec![TextOp::Equals, TextOp::StartsWith, TextOp::EndsWith, TextOp::Contains])
}

fn case() -> impl Strategy<Value = Case> + Clone {
    prop_oneof![3 => Just(Case::Insensitive), 1 => Just(Case::Sensitive)]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => vec(select(WORDS.to_vec()), 1..2), 3 => vec(select(WORDS.to_vec()), 2..4), 1 => Just(Vec::new())]
        .prop_map(|words| words.concat())
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        (-2..12_i128).prop_map(Number::Int),
        select(vec![0.5, 1.5, -0.25]).prop_map(Number::Float),
        select(vec![i128::MAX, 9_007_199_254_740_993]).prop_map(Number::Int),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    let special = select(vec![
        "10.1.2.3",
        "::ffff:10.1.2.3",
        "fe80::1%eth0",
        "2024-01-02T03:04:05Z",
        "2024-01-02 23:10:00",
        "true",
        "010",
        "1.5",
        "ſs",
        "ß",
        "İ",
        "b a",
        "a-K b",
    ]);
    let spelled = select(vec![
        "0",
        "1",
        "10",
        "-1",
        "1.0",
        "0.5",
        "10e-1",
        "1e1",
        "9007199254740993",
        "9007199254740992",
        "1704164645",
        "1704164645.5",
    ]);
    let scalar = prop_oneof![
        6 => text().prop_map(Json::String),
        1 => special.prop_map(|text| Json::String(text.to_owned())),
        2 => spelled.prop_map(|raw| Json::Number(raw.to_owned())),
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::Bool),
    ];
    scalar.prop_recursive(2, 8, 3, |inner| {
        let member = (select(NAMES.to_vec()).prop_map(str::to_owned), inner.clone());
        prop_oneof![2 => vec(inner, 0..4).prop_map(Json::Array), 1 => vec(member, 0..3).prop_map(Json::Object)]
    })
}
