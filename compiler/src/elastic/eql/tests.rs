mod arbitrary;
mod hostile;

use proptest::prelude::*;

use super::ast::{Body, Category, EventQuery, Expr, ExprKind, Literal, Query, StringLiteral, Term};
use super::parse;
use crate::diagnostic::{Diagnostics, Severity};
use crate::elastic::text::QueryText;
use crate::source::FileId;

/// The tree, if any, and what was said.
fn parsed(text: &str) -> (Option<Query>, Diagnostics) {
    let mut diags = Diagnostics::new();
    let query = parse(&QueryText::verbatim(text, FileId(0), 0), &mut diags);
    (query, diags)
}

/// What was said, a line each: the code, the text that it points at, the message.
fn problems(text: &str) -> Vec<String> {
    let (_, diags) = parsed(text);
    let at = |span: crate::source::Span| &text[span.start as usize..span.end as usize];
    diags
        .as_slice()
        .iter()
        .map(|problem| {
            assert!(problem.help.is_some(), "{text}: no help: {problem:?}");
            assert!(!problem.message.contains('\n'), "{text}: {problem:?}");
            let opened = match problem.labels.get(1) {
                Some(label) => format!(" ({} at `{}`)", label.text, at(label.span)),
                None => String::new(),
            };
            format!("{} at `{}`: {}{opened}", problem.code.as_str(), at(problem.labels[0].span), problem.message)
        })
        .collect()
}

/// The condition of an event query in a form that shows its shape.
fn shape(condition: &str) -> String {
    let text = format!("any where {condition}");
    let (query, diags) = parsed(&text);
    assert!(diags.is_empty(), "{text}: {:?}", diags.as_slice());
    match query.map(|query| query.body) {
        Some(Body::Event(EventQuery { condition, .. })) => show(&condition),
        other => panic!("{text}: {other:?}"),
    }
}

fn show(expr: &Expr) -> String {
    let list = |members: &[Expr], word: &str| members.iter().map(show).collect::<Vec<_>>().join(word);
    let tilde = |ignore_case: bool| if ignore_case { "~" } else { "" };
    match &expr.kind {
        ExprKind::Literal(literal) => match literal {
            Literal::Null => "null".to_owned(),
            Literal::Bool(value) => value.to_string(),
            Literal::Integer(number) => number.to_string(),
            Literal::Decimal(number) => format!("{number:?}f"),
            Literal::String(string) => show_string(string),
        },
        ExprKind::Field(field) => {
            format!("{}{}{}", if field.optional { "?" } else { "" }, field.name(), tilde_index(field.has_index()))
        }
        ExprKind::Not(inner) => format!("!{}", show(inner)),
        ExprKind::And(members) => format!("({})", list(members, " & ")),
        ExprKind::Or(members) => format!("({})", list(members, " | ")),
        ExprKind::Compare { op, left, right } => format!("({} {} {})", show(left), op.value.as_str(), show(right)),
        ExprKind::In { left, list: values, negated, ignore_case } => {
            let not = if *negated { "not " } else { "" };
            format!("({} {not}in{} [{}])", show(left), tilde(*ignore_case), list(values, ", "))
        }
        ExprKind::Match { op, left, patterns } => {
            let patterns: Vec<_> = patterns.iter().map(show_string).collect();
            format!("({} {} [{}])", show(left), op.value.as_str(), patterns.join(", "))
        }
        ExprKind::Arithmetic { first, rest } => {
            let rest: String =
                rest.iter().map(|(op, value)| format!(" {} {}", op.value.as_str(), show(value))).collect();
            format!("({}{rest})", show(first))
        }
        ExprKind::Negative(inner) => format!("-{}", show(inner)),
        ExprKind::Call { name, ignore_case, arguments } => {
            format!("{}{}({})", name.value, tilde(*ignore_case), list(arguments, ", "))
        }
        ExprKind::Invalid => "<invalid>".to_owned(),
    }
}

fn tilde_index(has_index: bool) -> &'static str {
    if has_index { "[..]" } else { "" }
}

fn show_string(string: &StringLiteral) -> String {
    format!("{}{:?}", if string.raw { "r" } else { "" }, string.value)
}

/// A tree without its places.
fn without_spans(query: &Query) -> String {
    let spans = regex::Regex::new(r"span: \d+:\d+\.\.\d+").unwrap();
    spans.replace_all(&format!("{query:?}"), "").into_owned()
}

#[test]
fn operators_bind_as_documented() {
    for (text, expected) in [
        ("true", "true"),
        ("a or b and not c", "(a | (b & !c))"),
        ("not a and b or c", "((!a & b) | c)"),
        ("a and b and c or d or e", "((a & b & c) | d | e)"),
        ("(a and b) and c", "((a & b) & c)"),
        ("not a == b", "!(a == b)"),
        ("not not a < 1", "!!(a < 1)"),
        ("a + b * c - d / e % f == -g", "((a + (b * c) - (d / e % f)) == -g)"),
        ("(a + b) * c", "((a + b) * c)"),
        ("a - -b", "(a - -b)"),
        ("- - +a", "--a"),
        ("-a * b", "(-a * b)"),
        ("a == (b != c)", "(a == (b != c))"),
        ("a <= 1 and b >= 2 and c > 3 and d < 4 and e != 5", "((a <= 1) & (b >= 2) & (c > 3) & (d < 4) & (e != 5))"),
        ("a in (1)", "(a in [1])"),
        ("a not in (b, c + 1, (d or e))", "(a not in [b, (c + 1), (d | e)])"),
        ("a in~ (\"x\") == true", "((a in~ [\"x\"]) == true)"),
        ("a not in~ (\"x\")", "(a not in~ [\"x\"])"),
        ("not a in (1)", "!(a in [1])"),
        ("a + b in (1)", "(a + (b in [1]))"),
        ("a : \"x*\"", "(a : [\"x*\"])"),
        ("a : (\"x\", \"\"\"y\"\"\")", "(a : [\"x\", r\"y\"])"),
        ("a:\"x\"and b", "((a : [\"x\"]) & b)"),
        ("a like \"x\" or a like~ (\"y\")", "((a like [\"x\"]) | (a like~ [\"y\"]))"),
        ("f(a) regex \"x\" or a regex~ \"y\"", "((f(a) regex [\"x\"]) | (a regex~ [\"y\"]))"),
        ("f()", "f()"),
        ("startsWith~(a, \"b\", f(c) > 1)", "startsWith~(a, \"b\", (f(c) > 1))"),
        ("a/b", "(a / b)"),
        ("a // all of it\n / /* two */ b", "(a / b)"),
        ("a /* /* */ == 1", "(a == 1)"),
    ] {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn names_are_read() {
    for (text, expected) in [
        ("process.name", "process.name"),
        ("?process.name", "?process.name"),
        ("@timestamp", "@timestamp"),
        ("_a1.B_2", "_a1.B_2"),
        ("`a-b`.`c d`.e", "a-b.c d.e"),
        ("?`a``b`", "?a`b"),
        ("a.`and`", "a.and"),
        ("a[0].b[12]", "a.b[..]"),
        ("notepad and order or android", "((notepad & order) | android)"),
        ("anything == nullable", "(anything == nullable)"),
        ("runs == 1", "(runs == 1)"),
        ("True", "True"),
    ] {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn literals_are_read() {
    for (text, expected) in [
        ("0", "0"),
        ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
        ("1.5", "1.5f"),
        ("1.", "1.0f"),
        (".5", "0.5f"),
        ("2e3", "2000.0f"),
        ("1.5E-3", "0.0015f"),
        (".5e+1", "5.0f"),
        (r#""""#, r#""""#),
        (r#""a\"b\\c\n\t""#, r#""a\"b\\c\n\t""#),
        (r#""\b\f\r\'""#, r#""\u{8}\u{c}\r'""#),
        (r#""\u{41}\u{0000200F}\u{e9}""#, "\"A\\u{200f}é\""),
        (r#""a // b /* c""#, r#""a // b /* c""#),
        (r#""""a\b""""#, r#"r"a\\b""#),
        (r#""""""""#, r#"r"""#),
        (r#""""a"b""""#, r#"r"a\"b""#),
        (r#""""*"C:\a"*""""#, r#"r"*\"C:\\a\"*""#),
        (r#""""a"""""#, r#"r"a\"""#),
        (r#""""a""""""#, r#"r"a\"\"""#),
        (r#"""""a""""#, r#"r"\"a""#),
        (r#"""""""""#, r#"r"\"""#),
    ] {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn categories_are_read() {
    for (text, expected) in [
        ("process where true", Some("process")),
        ("any where true", None),
        ("\"my category\" where true", Some("my category")),
        ("\"\"\"6.a\"\"\" where true", Some("6.a")),
        ("\"any\" where true", Some("any")),
    ] {
        let (query, diags) = parsed(text);
        assert!(diags.is_empty(), "{text}: {:?}", diags.as_slice());
        let Some(Body::Event(event)) = query.map(|query| query.body) else { panic!("{text}") };
        let found = match event.category {
            Category::Any => None,
            Category::Named(name) => Some(name.value),
        };
        assert_eq!(found.as_deref(), expected, "{text}");
    }
}

#[test]
fn sequences_are_read() {
    let text = "sequence by a.b, ?c with maxspan = 2 m\n [ process where x ] by d with runs=5 ![any where true] by e \
                [file where f[0]] by g until [ process where z ] by h | tail 3 | unique a, b + 1 | count";
    let (query, diags) = parsed(text);
    assert!(diags.is_empty(), "{:?}", diags.as_slice());
    let query = query.unwrap();
    let Body::Sequence(sequence) = &query.body else { panic!("{query:?}") };
    assert_eq!(sequence.by.iter().map(show).collect::<Vec<_>>(), ["a.b", "?c"]);
    assert_eq!(sequence.maxspan.as_ref().map(|span| span.value), Some(120_000));
    let facts = |term: &Term| {
        let by: Vec<_> = term.by.iter().map(show).collect();
        (show(&term.query.condition), by.join(","), term.missing, term.runs.as_ref().map(|runs| runs.value))
    };
    assert_eq!(
        sequence.terms.iter().map(facts).collect::<Vec<_>>(),
        [
            ("x".to_owned(), "d".to_owned(), false, Some(5)),
            ("true".to_owned(), "e".to_owned(), true, None),
            ("f[..]".to_owned(), "g".to_owned(), false, None),
        ]
    );
    assert_eq!(sequence.until.as_deref().map(facts), Some(("z".to_owned(), "h".to_owned(), false, None)));
    let pipes: Vec<_> = query.pipes.iter().map(ToString::to_string).collect();
    assert_eq!(pipes, ["tail 3", "unique a, b + 1", "count"]);
}

#[test]
fn other_bodies_are_read() {
    for text in [
        "sample by a [any where true] [any where b] by c",
        "sample [any where true] by a [any where b] by c",
        "join by a [any where true] [any where b] until [any where c]",
        "sequence [any where true] with runs=2",
        "sequence with maxspan=9223372036854775807ms [any where true] [any where true]",
        "sequence by a * 2, f(b) [any where true] [any where true]",
        "process where true | head 5 | filter a == 1 or b",
        "process where true | unique_count a | sort b, c",
    ] {
        let (query, diags) = parsed(text);
        assert!(diags.is_empty(), "{text}: {:?}", diags.as_slice());
        assert_eq!(query.unwrap().to_string(), text);
    }
}

#[test]
fn spans_of_time_have_units() {
    for (text, expected) in [("1ms", 1), ("1 s", 1_000), ("2m", 120_000), ("3h", 10_800_000), ("1d", 86_400_000)] {
        let (query, _) = parsed(&format!("sequence with maxspan={text} [any where a] [any where b]"));
        let Some(Body::Sequence(sequence)) = query.map(|query| query.body) else { panic!("{text}") };
        assert_eq!(sequence.maxspan.map(|span| span.value), Some(expected), "{text}");
    }
}

#[test]
fn places_are_those_of_the_text() {
    let text = " process where (a + ?b.c) * 2 == f( \"x\" ) and not d : (\"y\") | head 1 ";
    let (query, _) = parsed(text);
    let query = query.unwrap();
    let at = |span: crate::source::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(at(query.span), text.trim());
    assert_eq!(at(query.pipes[0].span), "head 1");
    let Body::Event(event) = &query.body else { panic!() };
    assert_eq!(at(event.span), "process where (a + ?b.c) * 2 == f( \"x\" ) and not d : (\"y\")");
    assert_eq!(at(event.condition.span), "(a + ?b.c) * 2 == f( \"x\" ) and not d : (\"y\")");
    let ExprKind::And(members) = &event.condition.kind else { panic!() };
    assert_eq!(
        members.iter().map(|member| at(member.span)).collect::<Vec<_>>(),
        ["(a + ?b.c) * 2 == f( \"x\" )", "not d : (\"y\")"]
    );
    let ExprKind::Compare { op, left, right } = &members[0].kind else { panic!() };
    assert_eq!((at(op.span), at(left.span), at(right.span)), ("==", "(a + ?b.c) * 2", "f( \"x\" )"));
}

#[test]
fn old_and_foreign_forms_are_named() {
    for (text, expected) in [
        ("a = 1", "SG110 at `=`: `=` does not compare"),
        ("a && b", "SG110 at `&&`: `&&` is not an operator"),
        ("a || b", "SG110 at `||`: `||` is not an operator"),
        ("!a", "SG110 at `!`: `!` is not an operator"),
        ("a <> b", "SG110 at `<>`: `<>` is not an operator"),
        ("a !: \"b\"", "SG110 at `!:`: `!:` is not an operator"),
        ("a == 'b'", "SG110 at `'b'`: single quotes do not enclose a string"),
        ("a == ?'b'", "SG110 at `?'b'`: a question mark does not start a raw string any more"),
        ("a == ?\"b\\d\"", "SG110 at `?\"b\\d\"`: a question mark does not start a raw string any more"),
        ("a == “b”", "SG110 at `“b”`: curly quotes do not enclose a string"),
        ("a AND b", "SG110 at `AND`: `AND` is not a keyword"),
        ("a Or b", "SG110 at `Or`: `Or` is not a keyword"),
        ("NOT a", "SG110 at `NOT`: `NOT` is not a keyword"),
        ("NOT (a)", "SG110 at `NOT`: `NOT` is not a keyword"),
        ("a IN (1)", "SG110 at `IN`: `IN` is not a keyword"),
        ("a Like~ \"b\"", "SG110 at `Like~`: `Like~` is not a keyword"),
        ("a not like \"b\"", "SG110 at `not`: `not` cannot stand before `like`"),
        ("child of [file where a]", "SG110 at `child`: `child of` is not supported"),
        ("a.any == 1", "SG110 at `any`: `any` is a keyword, not the name of a field"),
        ("where == 1", "SG110 at `where`: `where` is a keyword, not the name of a field"),
        ("größe == 1", "SG110 at `öß`: `öß` means nothing in EQL"),
        ("a ==\u{a0}1", "SG110 at `\u{a0}`: `U+00A0` means nothing in EQL"),
        ("a;", "SG110 at `;`: `;` means nothing in EQL"),
    ] {
        assert_eq!(problems(&format!("any where {text}")), [expected], "{text}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    for (text, expected) in [
        ("", "SG110 at ``: the query is empty"),
        (" // nothing", "SG110 at ``: the query is empty"),
        ("process", "SG110 at ``: expected `where` behind the category `process`, found the end of the query"),
        ("process a == 1", "SG110 at `a`: expected `where` behind the category `process`, found `a`"),
        ("process.name == 1", "SG110 at `.`: expected `where` behind the category `process`, found `.`"),
        ("where true", "SG110 at `where`: expected an event category, found `where`"),
        ("process Where true", "SG110 at `Where`: `Where` is not a keyword"),
        ("a.b where true", "SG110 at `a.b`: `a.b` is not the name of a category"),
        ("my-cat where true", "SG110 at `my-cat`: `my-cat` is not the name of a category"),
        ("`my cat` where true", "SG110 at ``my cat``: backticks do not enclose a category"),
        ("join where true", "SG110 at `join`: `join` is a keyword, not a category"),
        ("any where", "SG110 at ``: expected a value, found the end of the query"),
        ("any where a ==", "SG110 at ``: expected a value, found the end of the query"),
        ("any where and a", "SG110 at `and`: expected a value, found `and`"),
        ("any where a and and b", "SG110 at `and`: expected a value, found `and`"),
        ("any where a b", "SG110 at `b`: expected `and`, `or` or the end of the query, found `b`"),
        ("any where a < b < c", "SG110 at `<`: expected `and`, `or` or the end of the query, found `<`"),
        ("any where a == not b", "SG110 at `not`: expected a value, found `not`"),
        ("any where a == (\"b\", \"c\")", "SG110 at `,`: expected `and`, `or` or `)`, found `,`"),
        ("any where 6a == 1", "SG110 at `a`: expected `and`, `or` or the end of the query, found `a`"),
        ("any where a.6 == 1", "SG110 at `.6`: expected `and`, `or` or the end of the query, found `.6`"),
        ("any where a.", "SG110 at ``: expected the name of a field, found the end of the query"),
        ("any where ?", "SG110 at ``: expected the name of a field, found the end of the query"),
        ("any where a[b]", "SG110 at `[`: expected `and`, `or` or the end of the query, found `[`"),
        ("any where f~", "SG110 at `f~`: expected `(` behind `f~`, found the end of the query"),
        ("any where ()", "SG110 at `)`: expected a value, found `)`"),
        ("any where (a", "SG110 at ``: expected `)`, found the end of the query (opened here at `(`)"),
        ("any where ((((a", "SG110 at ``: expected `)`, found the end of the query (opened here at `(`)"),
        ("any where f(a, g(b)", "SG110 at ``: expected `)`, found the end of the query (opened here at `(`)"),
        ("any where (a | head 1", "SG110 at `|`: expected `)`, found `|` (opened here at `(`)"),
        ("any where a)", "SG110 at `)`: `)` was never opened"),
        ("any where a]", "SG110 at `]`: `]` was never opened"),
        ("any where (a]) and b", "SG110 at `]`: `]` was never opened"),
        ("any where a in ()", "SG110 at `)`: this list is empty"),
        ("any where a : ()", "SG110 at `)`: this list is empty"),
        ("any where a in 5", "SG110 at `5`: expected `(` behind `in`, found `5`"),
        ("any where a in (1, )", "SG110 at `)`: expected a value, found `)`"),
        ("any where a in (1 2 3)", "SG110 at `2`: expected `,` or `)`, found `2`"),
        ("any where a in (1, 2", "SG110 at ``: expected `)`, found the end of the query (opened here at `(`)"),
        ("any where a like 5", "SG110 at `5`: expected a string behind `like`, found `5`"),
        ("any where a : b", "SG110 at `b`: expected a string behind `:`, found `b`"),
        ("any where a regex (\"b\", null)", "SG110 at `null`: expected a string behind `regex`, found `null`"),
        ("any where a : (\"b\" or \"c\" or \"d\")", "SG110 at `or`: expected `,` or `)`, found `or`"),
        ("any where a : (\"b\" \"c\")", "SG110 at `\"c\"`: expected `,` or `)`, found `\"c\"`"),
        ("any where a : (\"b\", \"c\"", "SG110 at ``: expected `)`, found the end of the query (opened here at `(`)"),
        ("any where a == \"b", "SG110 at `\"b`: this string is never closed (opened here at `\"`)"),
        ("any where (a == \"b)", "SG110 at `\"b)`: this string is never closed (opened here at `\"`)"),
        ("any where a == \"\"\"b\"", "SG110 at `\"\"\"b\"`: this raw string is never closed (opened here at `\"\"\"`)"),
        ("any where `a == 1", "SG110 at ``a == 1`: this name is never closed (opened here at ```)"),
        ("any where (a /* b)", "SG110 at `/* b)`: this comment is never closed (opened here at `/*`)"),
        ("any where `` == 1", "SG110 at ````: this name is empty"),
        ("any where \"a\\d\"", "SG110 at `\\d`: the escape `\\d` does not exist"),
        ("any where \"\\u{1}\"", "SG110 at `\\u{1}`: this escape has too few digits"),
        ("any where \"\\u{123456789}\"", "SG110 at `\\u{123456789}`: this escape has too many digits"),
        ("any where \"\\u{d800}\"", "SG110 at `\\u{d800}`: `d800` is not the number of a character"),
        ("any where \"\\u{4\"", "SG110 at `\\u{4`: this escape has no closing brace"),
        ("any where \"\\u41\"", "SG110 at `\\u`: `\\u` is not followed by a character's number"),
        (
            "any where 999999999999999999999999999999999999999999 > 1",
            "SG110 at `999999999999999999999999999999999999999999`: this number is too large",
        ),
        ("any where 1e999 > 1", "SG110 at `1e999`: this number is too large"),
        ("any where a |", "SG110 at ``: expected the name of a pipe, found the end of the query"),
        ("any where a | by b", "SG110 at `by`: `by` is not a pipe"),
        ("any where a | unique b c d", "SG110 at `c`: expected `,`, `|` or the end of the query, found `c`"),
        ("any where a by b", "SG110 at `by`: expected `and`, `or` or the end of the query, found `by`"),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn mistakes_in_sequences_are_named() {
    for (text, expected) in [
        ("sequence", "SG110 at ``: expected `[`, found the end of the query"),
        ("sequence by a", "SG110 at ``: expected `[`, found the end of the query"),
        ("sequence by [any where a] [any where b]", "SG110 at `[`: expected a field behind `by`, found `[`"),
        ("sequence by a b [any where a] [any where b]", "SG110 at `b`: expected `,` or `[`, found `b`"),
        ("sequence [any where a]", "SG110 at `sequence`: a sequence has two events or more"),
        ("sample by a [any where a]", "SG110 at `sample`: a sample has two events or more"),
        ("sequence [] [any where b]", "SG110 at `]`: expected an event category, found `]`"),
        ("sequence [any] [any where b]", "SG110 at `]`: expected `where`, found `]`"),
        ("sequence [any where a [any where b]", "SG110 at `[`: expected `]`, found `[` (opened here at `[`)"),
        ("sequence [any where (a] [any where b]", "SG110 at `]`: expected `)`, found `]` (opened here at `(`)"),
        (
            "sequence [any where a] [any where b",
            "SG110 at ``: expected `]`, found the end of the query (opened here at `[`)",
        ),
        (
            "sequence [any where a], [any where b]",
            "SG110 at `,`: expected `[`, `by`, `with`, `until`, `|` or the end of the query, found `,`",
        ),
        ("sequence [any where a] ! [any where b]", "SG110 at `!`: `!` stands apart from its bracket"),
        ("sequence with maxspan=5 [any where a] [any where b]", "SG110 at `5`: the span has no unit"),
        ("sequence with maxspan=5sec [any where a] [any where b]", "SG110 at `sec`: `sec` is not a unit of time"),
        ("sequence with maxspan=1.5m [any where a] [any where b]", "SG110 at `1.5`: a span is a whole number of units"),
        ("sequence with maxspan=0s [any where a] [any where b]", "SG110 at `0`: a span is at least one millisecond"),
        (
            "sequence with maxspan=99999999999999999999d [any where a] [any where b]",
            "SG110 at `99999999999999999999d`: this span is too long",
        ),
        ("sequence with maxspan [any where a] [any where b]", "SG110 at `[`: expected `=` behind `maxspan`, found `[`"),
        ("sequence with a=1 [any where a] [any where b]", "SG110 at `a`: expected `maxspan` behind `with`, found `a`"),
        ("sequence with runs=2 [any where a] [any where b]", "SG110 at `runs`: `runs` stands behind `sequence`"),
        ("sequence with maxspan=1s by a [any where a] [any where b]", "SG110 at `by`: `by` stands behind `with`"),
        ("sequence [any where a] with runs=0 [any where b]", "SG110 at `0`: an event is repeated 1 to 100 times"),
        ("sequence [any where a] with runs=-1 [any where b]", "SG110 at `-1`: an event is repeated 1 to 100 times"),
        ("sequence [any where a] with runs=101", "SG110 at `101`: an event is repeated 1 to 100 times"),
        (
            "sequence [any where a] with maxspan=1s [any where b]",
            "SG110 at `maxspan`: `maxspan` stands behind an event",
        ),
        ("sequence [any where a] with runs=2 by c [any where b]", "SG110 at `by`: `by` stands behind `with`"),
        (
            "sequence [any where a] [any where b] until",
            "SG110 at ``: expected `[` behind `until`, found the end of the query",
        ),
        (
            "sequence [any where a] [any where b] until [any where c] [any where d]",
            "SG110 at `[`: expected `|` or the end of the query, found `[`",
        ),
        ("sample by a [any where a] ![any where b]", "SG110 at `![`: missing events occur in sequences only"),
        (
            "sample by a [any where a] with runs=2 [any where b]",
            "SG110 at `with`: only events of a sequence are repeated",
        ),
        ("sample by a [any where a] [any where b] until [any where c]", "SG110 at `until`: a sample has no `until`"),
        ("Sequence by a [any where a] [any where b]", "SG110 at `Sequence`: `Sequence` is not a keyword"),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn all_mistakes_are_found_in_the_order_of_the_text() {
    for (text, expected) in [
        ("any where (a == ) and b in () or f(1 2) == 'x'", vec!["`)`", "`)`", "`2`", "`'x'`"]),
        (
            "sequence [any where a == ] by [any where b in (1,)] with runs=0 until []",
            vec!["`]`", "`[`", "`)`", "`0`", "`]`"],
        ),
        ("any where a) and b ==", vec!["`)`", "``"]),
        ("any where a == \"b\nand c = 1", vec!["`\"b`", "`=`"]),
        ("process.name == 1 AND b = 2", vec!["`.`", "`AND`", "`=`"]),
        ("any where a == $x and b == ) and c : (\"y\", 5, z", vec!["`$`", "`)`", "`5`", "`z`", "``"]),
        (
            "SEQUENCE BY a WITH maxspan=1 [any where b] [any WHERE c]",
            vec!["`SEQUENCE`", "`BY`", "`WITH`", "`1`", "`WHERE`"],
        ),
    ] {
        let found: Vec<_> = problems(text)
            .iter()
            .map(|problem| problem.split(" at ").nth(1).unwrap().split(": ").next().unwrap().to_owned())
            .collect();
        assert_eq!(found, expected, "{text}: {:?}", problems(text));
    }
}

#[test]
fn a_tree_comes_back_for_broken_queries() {
    for (text, expected) in [
        ("process where a = 1 && b == 'x'", "process where a == 1 and b == \"x\""),
        ("process where a == 1) and b == 2", "process where a == 1 and b == 2"),
        ("process.name == \"x\" and b", "process where process.name == \"x\" and b"),
        ("sequence [process where (a] [any where b]", "sequence [process where a] [any where b]"),
        ("any where a : (\"x\" or \"y\")", "any where a : (\"x\", \"y\")"),
    ] {
        assert_eq!(parsed(text).0.unwrap().to_string(), expected, "{text}");
    }
    for text in ["", "  /* */ "] {
        assert!(parsed(text).0.is_none(), "{text}");
    }
}

#[test]
fn strings_are_written_so_that_they_can_be_read() {
    let (query, _) = parsed("\"a b\" where `x y`.Not == \"\\u{7f}\\n\\\"\" and b : \"\"\"\\d\"\"\"");
    let expected = "\"a b\" where `x y`.`Not` == \"\\u{007f}\\n\\\"\" and b : \"\"\"\\d\"\"\"";
    assert_eq!(query.unwrap().to_string(), expected);
}

/// What holds of every text.
fn check_invariants(text: &str) -> Result<(), TestCaseError> {
    let (query, diags) = parsed(text);
    for problem in diags.as_slice() {
        prop_assert_eq!(problem.severity, Severity::Error);
        prop_assert!(problem.help.is_some(), "{:?}", problem);
        for label in &problem.labels {
            let range = label.span.start as usize..label.span.end as usize;
            prop_assert!(text.get(range).is_some(), "{:?}", problem);
        }
    }
    if diags.is_empty() {
        let query = query.expect("a tree, as nothing was wrong");
        prop_assert!(!format!("{query:?}").contains("kind: Invalid"), "{:?}", query);
        let printed = query.to_string();
        let (again, diags) = parsed(&printed);
        prop_assert!(diags.is_empty(), "{}: {:?}", printed, diags.as_slice());
        prop_assert_eq!(without_spans(&query), without_spans(&again.unwrap()), "{}", printed);
    }
    Ok(())
}

const SOUP: &[&str] = &[
    "and",
    "or",
    "not",
    "any",
    "by",
    "in",
    "in~",
    "like",
    "like~",
    "regex",
    "regex~",
    "join",
    "maxspan",
    "null",
    "of",
    "sample",
    "sequence",
    "true",
    "false",
    "until",
    "where",
    "with",
    "runs",
    "AND",
    "NOT",
    "With",
    ":",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    ".",
    ",",
    "[",
    "![",
    "]",
    "(",
    ")",
    "|",
    "?",
    "!",
    "!:",
    "&&",
    "||",
    "<>",
    "~",
    "a",
    "b.c",
    "f(",
    "g~(",
    "process",
    "head",
    "1",
    "2.5",
    "30s",
    "\"x\"",
    "\"\"\"y\"\"\"",
    "'z'",
    "?\"w\"",
    "\"",
    "\"\"\"",
    "`",
    "`n m`",
    "/*",
    "*/",
    "//",
    "\n",
    "\\",
    "é",
    "any where a",
    "[any where b]",
    "with runs=2",
    "by c",
];

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_tree(query in arbitrary::query()) {
        let text = query.to_string();
        let (again, diags) = parsed(&text);
        prop_assert!(diags.is_empty(), "{}: {:?}", text, diags.as_slice());
        prop_assert_eq!(without_spans(&query), without_spans(&again.unwrap()), "{}", text);
    }

    #[test]
    fn any_tokens_can_be_read(words in prop::collection::vec(prop::sample::select(SOUP), 0..40), spaces in any::<u64>()) {
        let mut text = String::new();
        for (at, word) in words.iter().enumerate() {
            text.push_str(word);
            if spaces >> (at % 64) & 1 == 0 {
                text.push(' ');
            }
        }
        check_invariants(&text)?;
        check_invariants(&format!("any where {text}"))?;
        check_invariants(&format!("sequence by a {text} [any where true]"))?;
    }

    #[test]
    fn any_text_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200), text in any::<String>()) {
        check_invariants(&String::from_utf8_lossy(&bytes))?;
        check_invariants(&format!("any where a == {text}"))?;
    }

    #[test]
    fn a_query_with_a_piece_missing_can_be_read(query in arbitrary::query(), from in any::<prop::sample::Index>(), length in 0_usize..6) {
        let letters: Vec<char> = query.to_string().chars().collect();
        let from = from.index(letters.len());
        let text: String = letters.iter().take(from).chain(letters.iter().skip(from + length)).collect();
        check_invariants(&text)?;
    }
}
