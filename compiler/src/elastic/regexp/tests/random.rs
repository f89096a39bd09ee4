//! Random expressions: what the translation finds is what the reference matches.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{read, reference};
use crate::diagnostic::Diagnostics;
use crate::elastic::regexp::ast::{Interval, Kind, Member, Node, Predefined, Times};
use crate::elastic::regexp::{lint, parse};
use crate::elastic::text::QueryText;
use crate::source::FileId;

fn node(kind: Kind) -> Node {
    Node { kind, at: 0..0 }
}

const LETTERS: &[char] = &['a', 'b', 'A', 'k', '1', '0', 'é', '&', '\n'];
const OTHERS: &[char] = &['a', 'b', 'A', 'k', 'K', '\u{212a}', '1', '0', '2', 'é', 'É', '&', '\n', '_', 's'];

fn predefined() -> impl Strategy<Value = Predefined> {
    use Predefined::{Digit, NotDigit, NotSpace, NotWord, Space, Word};
    select(vec![Digit, NotDigit, Space, NotSpace, Word, NotWord])
}

fn member() -> impl Strategy<Value = Member> {
    prop_oneof![
        select(LETTERS).prop_map(Member::Char),
        (select(LETTERS), select(LETTERS)).prop_map(|(a, b)| Member::Range(a.min(b), a.max(b))),
        predefined().prop_map(Member::Predefined),
    ]
}

fn times() -> impl Strategy<Value = Times> {
    prop_oneof![
        Just(Times::ZeroOrOne),
        Just(Times::ZeroOrMore),
        Just(Times::OneOrMore),
        (0..4_u32).prop_map(Times::Exactly),
        (0..3_u32).prop_map(Times::AtLeast),
        (0..3_u32, 0..3_u32).prop_map(|(min, more)| Times::Between(min, min + more)),
    ]
}

fn interval() -> impl Strategy<Value = Interval> {
    let digits = |from: u32, to: u32| (from.to_string().len() == to.to_string().len()).then(|| to.to_string().len());
    (0..25_u32, 0..120_u32).prop_map(move |(from, to)| Interval { from, to, digits: digits(from, to) })
}

/// A tree as the parser would build it, spans left out.
fn expression() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        6 => select(LETTERS).prop_map(Kind::Char),
        1 => Just(Kind::AnyChar),
        1 => Just(Kind::AnyString),
        1 => Just(Kind::Empty),
        1 => Just(Kind::Group(None)),
        1 => predefined().prop_map(Kind::Predefined),
        2 => (any::<bool>(), vec(member(), 1..4)).prop_map(|(negated, members)| Kind::Class { negated, members }),
        1 => vec(select(LETTERS), 0..3).prop_map(|text| Kind::Quoted(text.into_iter().collect())),
        1 => interval().prop_map(Kind::Interval),
    ];
    leaf.prop_map(node).prop_recursive(5, 24, 3, |inner| {
        prop_oneof![
            2 => vec(inner.clone(), 2..4).prop_map(|members| node(Kind::Union(members))),
            2 => vec(inner.clone(), 2..4).prop_map(|members| node(Kind::Intersection(members))),
            3 => vec(inner.clone(), 2..4).prop_map(|members| node(Kind::Concatenation(members))),
            2 => (inner.clone(), times()).prop_map(|(inner, times)| node(Kind::Repeat { inner: Box::new(inner), times })),
            2 => inner.prop_map(|inner| node(Kind::Complement(Box::new(inner)))),
        ]
    })
}

/// How tight a part binds.
fn level(kind: &Kind) -> usize {
    match kind {
        Kind::Union(_) => 0,
        Kind::Intersection(_) => 1,
        Kind::Concatenation(_) => 2,
        Kind::Repeat { .. } => 3,
        Kind::Complement(_) => 4,
        Kind::Group(_)
        | Kind::Class { .. }
        | Kind::Predefined(_)
        | Kind::Char(_)
        | Kind::AnyChar
        | Kind::AnyString
        | Kind::Empty
        | Kind::Quoted(_)
        | Kind::Interval(_) => 5,
    }
}

/// The expression of a tree.
fn write(node: &Node, least: usize, out: &mut String) {
    if level(&node.kind) < least {
        out.push('(');
        write(node, 0, out);
        out.push(')');
        return;
    }
    let mut list = |members: &[Node], least: usize, between: &str| {
        for (at, member) in members.iter().enumerate() {
            out.push_str(if at > 0 { between } else { "" });
            write(member, least, out);
        }
    };
    match &node.kind {
        Kind::Union(members) => list(members, 1, "|"),
        Kind::Intersection(members) => list(members, 2, "&"),
        Kind::Concatenation(members) => list(members, 3, ""),
        Kind::Repeat { inner, times } => {
            write(inner, 3, out);
            out.push_str(&match times {
                Times::ZeroOrOne => "?".to_owned(),
                Times::ZeroOrMore => "*".to_owned(),
                Times::OneOrMore => "+".to_owned(),
                Times::Exactly(n) => format!("{{{n}}}"),
                Times::AtLeast(n) => format!("{{{n},}}"),
                Times::Between(n, m) => format!("{{{n},{m}}}"),
            });
        }
        Kind::Complement(inner) => {
            out.push('~');
            write(inner, 4, out);
        }
        Kind::Group(inner) => {
            out.push('(');
            inner.iter().for_each(|inner| write(inner, 0, out));
            out.push(')');
        }
        Kind::Class { negated, members } => {
            out.push_str(if *negated { "[^" } else { "[" });
            for member in members {
                match member {
                    Member::Char(c) => out.push(*c),
                    Member::Range(from, to) => out.push_str(&format!("{from}-{to}")),
                    Member::Predefined(class) => out.push_str(letter(*class)),
                }
            }
            out.push(']');
        }
        Kind::Predefined(class) => out.push_str(letter(*class)),
        Kind::Char(c) if c.is_ascii_alphanumeric() => out.push(*c),
        Kind::Char(c) => out.push_str(&format!("\\{c}")),
        Kind::AnyChar => out.push('.'),
        Kind::AnyString => out.push('@'),
        Kind::Empty => out.push('#'),
        Kind::Quoted(text) => out.push_str(&format!("\"{text}\"")),
        Kind::Interval(Interval { from, to, .. }) => out.push_str(&format!("<{from}-{to}>")),
    }
}

fn letter(class: Predefined) -> &'static str {
    match class {
        Predefined::Digit => r"\d",
        Predefined::NotDigit => r"\D",
        Predefined::Space => r"\s",
        Predefined::NotSpace => r"\S",
        Predefined::Word => r"\w",
        Predefined::NotWord => r"\W",
    }
}

/// Checks a translation on texts; `false` if there is none because the expression is too complex.
fn agrees(tree: &Node, text: &str, ignore_case: bool, values: &[String]) -> Result<bool, TestCaseError> {
    let (translated, said) = read(text, ignore_case);
    let Some(translated) = translated else {
        prop_assert!(said.iter().any(|line| line.contains("too complex")), "{text}: {said:?}");
        return Ok(false);
    };
    let regex = regex::Regex::new(&translated.pattern).unwrap();
    // the runtime leaves Unicode out where the pattern and the value are ASCII
    let ascii = regex::bytes::RegexBuilder::new(&translated.pattern).unicode(false).build();
    for value in values {
        let expected = reference::matches(tree, value, ignore_case);
        prop_assert_eq!(regex.is_match(value), expected, "{} as {} on {:?}", text, &translated.pattern, value);
        prop_assert!(!(translated.never && expected), "{text} matches {value:?}");
        if let Ok(ascii) = &ascii
            && value.is_ascii()
            && translated.pattern.is_ascii()
            && !translated.pattern.contains(r"\x")
        {
            prop_assert_eq!(ascii.is_match(value.as_bytes()), expected, "{} in ASCII on {:?}", text, value);
        }
    }
    Ok(true)
}

fn values() -> impl Strategy<Value = Vec<String>> {
    let value = vec(select(OTHERS), 0..7).prop_map(|chars| chars.into_iter().collect::<String>());
    vec(value, 12).prop_map(|mut values| {
        values.push(String::new());
        values
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn written_trees_mean_what_the_reference_says(tree in expression(), ignore_case: bool, values in values()) {
        let mut text = String::new();
        write(&tree, 0, &mut text);
        agrees(&tree, &text, ignore_case, &values)?;
    }

    #[test]
    fn any_text_that_parses_means_what_the_reference_says(
        parts in vec(select(vec![
            "a", "b", "k", "1", "é", "(", ")", "(", ")", "|", "&", "~", "~(", ".", "@", "#", "*", "+", "?", "{2}", "{1,}", "{0,2}", "[", "]",
            "[^", "-", "^", "$", "\"", "<1-12>", "<01-12>", "\\", "\\d", "\\W", "()", "{", "}", "[ab]", "[^a-k\\s]",
        ]), 1..12),
        ignore_case: bool,
        values in values(),
    ) {
        let text: String = parts.concat();
        let pattern = QueryText::verbatim(&text, FileId(0), 0);
        let (mut lints, mut diags) = (lint::Lints::default(), Diagnostics::new());
        let tree = parse::parse(&pattern, &mut lints, &mut diags);
        prop_assert_eq!(tree.is_none(), diags.has_errors_since(0), "{}", text);
        if let Some(tree) = tree {
            agrees(&tree, &text, ignore_case, &values)?;
        } else {
            prop_assert!(read(&text, ignore_case).0.is_none());
        }
    }

    #[test]
    fn any_text_is_answered(text in ".{0,40}", ignore_case: bool) {
        let (translated, said) = read(&text, ignore_case);
        prop_assert!(translated.is_some() || !said.is_empty());
    }
}
