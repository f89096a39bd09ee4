mod arbitrary;
mod errors;
mod hostile;

use std::fmt::Write;

use proptest::prelude::*;

use super::ast::{
    Arguments, CommandKind, Expr, ExprKind, FunctionName, IndexPattern, Literal, Name, NamePattern, Query, Source,
    SourceKind, StringLiteral, Target, TimeUnit,
};
use super::parse;
use crate::diagnostic::Diagnostics;
use crate::elastic::text::QueryText;
use crate::source::FileId;

/// The tree, if any, and what was said.
fn parsed(text: &str) -> (Option<Query>, Diagnostics) {
    let mut diags = Diagnostics::new();
    let query = parse(&QueryText::verbatim(text, FileId(0), 0), &mut diags);
    (query, diags)
}

/// The tree of a text in which nothing is wrong.
fn fine(text: &str) -> Query {
    let (query, diags) = parsed(text);
    assert!(diags.is_empty(), "{text}: {:?}", diags.as_slice());
    query.unwrap()
}

/// A tree without its places.
fn without_spans(query: &Query) -> String {
    let spans = regex::Regex::new(r"span: \d+:\d+\.\.\d+").unwrap();
    spans.replace_all(&format!("{query:?}"), "").into_owned()
}

/// The only condition of a query.
fn condition(text: &str) -> Expr {
    let mut query = fine(&format!("FROM a | WHERE {text}"));
    match query.commands.pop().map(|command| command.kind) {
        Some(CommandKind::Where(condition)) => condition,
        other => panic!("{text}: {other:?}"),
    }
}

/// A condition in a form that shows its shape.
fn show(expr: &Expr) -> String {
    let list = |members: &[Expr], word: &str| members.iter().map(show).collect::<Vec<_>>().join(word);
    let not = |negated: bool| if negated { "not " } else { "" };
    match &expr.kind {
        ExprKind::Literal(literal) => show_literal(literal),
        ExprKind::Field(name) => name.text().unwrap_or_else(|| name.to_string()),
        ExprKind::Not(inner) => format!("!{}", show(inner)),
        ExprKind::And(members) => format!("({})", list(members, " & ")),
        ExprKind::Or(members) => format!("({})", list(members, " | ")),
        ExprKind::Compare { op, left, right } => format!("({} {} {})", show(left), op.value.as_str(), show(right)),
        ExprKind::IsNull { value, negated } => format!("({} is {}null)", show(value), not(*negated)),
        ExprKind::In { left, list: values, negated } => {
            format!("({} {}in [{}])", show(left), not(*negated), list(values, ", "))
        }
        ExprKind::InQuery { left, query, negated } => format!("({} {}in <{query}>)", show(left), not(*negated)),
        ExprKind::Like { op, left, patterns, negated } => {
            let op = op.value.as_str().to_lowercase();
            format!("({} {}{op} [{}])", show(left), not(*negated), list(patterns, ", "))
        }
        ExprKind::Match { left, query } => format!("({} : {})", show(left), show_literal(&query.value)),
        ExprKind::Arithmetic { first, rest } => {
            let rest: String =
                rest.iter().map(|(op, value)| format!(" {} {}", op.value.as_str(), show(value))).collect();
            format!("({}{rest})", show(first))
        }
        ExprKind::Negative(inner) => format!("neg {}", show(inner)),
        ExprKind::Cast { value, types } => {
            let types: String = types.iter().map(|name| format!("::{}", name.value)).collect();
            format!("({}{types})", show(value))
        }
        ExprKind::Call(call) => {
            let name = match &call.name {
                FunctionName::Name(name) => name.value.clone(),
                FunctionName::Parameter(parameter) => parameter.to_string(),
            };
            match &call.arguments {
                Arguments::Star => format!("{name}(*)"),
                Arguments::Values { values, options } => {
                    let options = options.as_ref().map(|map| format!(" {map}")).unwrap_or_default();
                    format!("{name}({}{options})", list(values, ", "))
                }
            }
        }
        ExprKind::Invalid => "<invalid>".to_owned(),
    }
}

fn show_literal(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Decimal(number) => format!("{number:?}f"),
        Literal::String(StringLiteral { value, raw, .. }) => format!("{}{value:?}", if *raw { "r" } else { "" }),
        Literal::TimeSpan(span) => format!("{}_{}", span.count, span.unit.value),
        Literal::Array(members) => format!("[{}]", members.iter().map(show_literal).collect::<Vec<_>>().join(", ")),
        Literal::Parameter(parameter) => parameter.to_string(),
    }
}

#[test]
fn operators_bind_as_documented() {
    for (text, expected) in [
        ("true", "true"),
        ("a or b and not c", "(a | (b & !c))"),
        ("not a and b or c", "((!a & b) | c)"),
        ("a AND b And c OR d oR e", "((a & b & c) | d | e)"),
        ("(a and b) and c", "((a & b) & c)"),
        ("not a == b", "!(a == b)"),
        ("NOT not a < 1", "!!(a < 1)"),
        ("a + b * c - d / e % f == -g", "((a + (b * c) - (d / e % f)) == neg g)"),
        ("(a + b) * c", "((a + b) * c)"),
        ("a - -b", "(a - neg b)"),
        ("a-1", "(a - 1)"),
        ("a - -1", "(a - -1)"),
        ("- - +a", "neg neg a"),
        ("-a * b", "(neg a * b)"),
        ("a <= 1 and b >= 2 and c > 3 and d < 4 and e != 5", "((a <= 1) & (b >= 2) & (c > 3) & (d < 4) & (e != 5))"),
        // what is asked of a value binds looser than comparisons
        ("a == b is null", "((a == b) is null)"),
        ("a + 1 IS NOT NULL and b", "(((a + 1) is not null) & b)"),
        ("a > 1 in (true, false)", "((a > 1) in [true, false])"),
        ("a in (1)", "(a in [1])"),
        ("a not in (b, c + 1, (d or e), f == 1)", "(a not in [b, (c + 1), (d | e), (f == 1)])"),
        ("not a in (1)", "!(a in [1])"),
        ("(a in (1)) == true", "((a in [1]) == true)"),
        ("a in (from b | keep c) or d", "((a in <FROM b | KEEP c>) | d)"),
        ("a not in (from \"b\")", "(a not in <FROM \"b\">)"),
        ("a in (from, row)", "(a in [from, row])"),
        ("a like \"x*\"", "(a like [\"x*\"])"),
        ("a not like \"x\" and not b rlike \"\"\"y\"\"\"", "((a not like [\"x\"]) & !(b rlike [r\"y\"]))"),
        ("a like (\"x\", ?, \"y\") or a RLike (\"z\")", "((a like [\"x\", ?, \"y\"]) | (a rlike [\"z\"]))"),
        ("a like concat(\"x\", b)", "(a like [concat(\"x\", b)])"),
        ("a like (b)", "(a like [b])"),
        ("concat(a, b) not rlike \"x\"", "(concat(a, b) not rlike [\"x\"])"),
        ("a.b : \"x\" and not a:5", "((a.b : \"x\") & !(a : 5))"),
        ("a::keyword : \"x\"", "((a::keyword) : \"x\")"),
        ("a : ?x", "(a : ?x)"),
        ("-a::int::long", "neg (a::int::long)"),
        ("-1::long", "(-1::long)"),
        ("-(1::long)", "neg (1::long)"),
        ("(a + b)::double / c::double", "(((a + b)::double) / (c::double))"),
        ("f(a)::`date nanos`", "(f(a)::date nanos)"),
        ("f()", "f()"),
        ("COUNT(*) == count( * )", "(COUNT(*) == count(*))"),
        ("f(a * 2)", "f((a * 2))"),
        ("Case(a > 1, b, c in (1), d, not e)", "Case((a > 1), b, (c in [1]), d, !e)"),
        ("first(a, @timestamp) == Last(b, c)", "(first(a, @timestamp) == Last(b, c))"),
        ("`my f`(a) and ?f(a) and ??f(a)", "(my f(a) & ?f(a) & ??f(a))"),
        ("f(a, {})", "f(a {})"),
        (
            "match(a, \"b\", {\"x\": 1, \"y\": {\"z\": [true], \"w\": -1.5}, \"v\": ?})",
            "match(a, \"b\" {\"x\": 1, \"y\": {\"z\": [true], \"w\": -1.5}, \"v\": ?})",
        ),
        ("a // all of it\n / /* two */ b", "(a / b)"),
        ("a /* /* in */ out */ == 1", "(a == 1)"),
        // a path is not a comment in a comment
        ("a /* see /etc/*.conf */ == 1", "(a == 1)"),
    ] {
        assert_eq!(show(&condition(text)), expected, "{text}");
    }
}

#[test]
fn names_are_read() {
    for (text, expected) in [
        ("process.name", "process.name"),
        ("@timestamp", "@timestamp"),
        ("_id", "_id"),
        ("_a1.B_2 . c", "_a1.B_2.c"),
        ("`a-b`.`c d`.e", "a-b.c d.e"),
        ("`a``b`", "a`b"),
        ("`a.0.b`", "a.0.b"),
        ("a.`and`", "a.and"),
        ("source.as.number", "source.as.number"),
        ("notepad and order or android", "((notepad & order) | android)"),
        ("sort or limit", "(sort | limit)"),
        ("metadata.info", "metadata.info"),
        ("a.?b.??", "a.?b.??"),
        ("?b.c", "?b.c"),
        ("??a", "??a"),
    ] {
        assert_eq!(show(&condition(text)), expected, "{text}");
    }
    assert!(matches!(condition("?a").kind, ExprKind::Literal(Literal::Parameter(_))));
    assert!(matches!(condition("??a").kind, ExprKind::Field(_)));
}

#[test]
fn literals_are_read() {
    for (text, expected) in [
        ("null", "null"),
        ("TRUE", "true"),
        ("0", "0"),
        ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
        ("170141183460469231731687303715884105728", "1.7014118346046923e38f"),
        ("- 5", "-5"),
        ("+5", "5"),
        ("1.5", "1.5f"),
        ("1.", "1.0f"),
        (".5", "0.5f"),
        ("2e3", "2000.0f"),
        ("-1.5E-3", "-0.0015f"),
        (".5e+1", "5.0f"),
        ("1 hour", "1_hour"),
        ("30s", "30_s"),
        ("-7 days", "-7_days"),
        ("5 MINUTES", "5_MINUTES"),
        ("[1, -2.5]", "[1, -2.5f]"),
        ("[ \"a\" , \"\"\"b\"\"\" ]", "[\"a\", r\"b\"]"),
        ("[true]", "[true]"),
        ("?", "?"),
        ("?12", "?12"),
        ("?_a", "?_a"),
        (r#""""#, r#""""#),
        (r#""a\"b\\c\n\t\r""#, r#""a\"b\\c\n\t\r""#),
        (r#""a // b /* c""#, r#""a // b /* c""#),
        (r#""it's | `x`""#, r#""it's | `x`""#),
        (r#""""a\b""""#, r#"r"a\\b""#),
        (r#""""""""#, r#"r"""#),
        (r#""""a"b""""#, r#"r"a\"b""#),
        (r#""""a"""""#, r#"r"a\"""#),
        (r#""""a""""""#, r#"r"a\"\"""#),
        (r#"""""a""""#, r#"r"\"a""#),
    ] {
        assert_eq!(show(&condition(text)), expected, "{text}");
    }
    for (names, unit) in [
        (["ms", "MilliSeconds", "millisecond"], TimeUnit::Millisecond),
        (["s", "sec", "seconds"], TimeUnit::Second),
        (["m", "min", "minutes"], TimeUnit::Minute),
        (["h", "hour", "hours"], TimeUnit::Hour),
        (["d", "day", "days"], TimeUnit::Day),
        (["w", "week", "weeks"], TimeUnit::Week),
        (["mo", "month", "months"], TimeUnit::Month),
        (["q", "quarter", "quarters"], TimeUnit::Quarter),
        (["y", "yr", "years"], TimeUnit::Year),
    ] {
        assert!(names.iter().all(|name| TimeUnit::named(name) == Some(unit)), "{names:?}");
    }
    assert_eq!(TimeUnit::named(&"m".repeat(1_000_000)), None);
}

fn indices(text: &str) -> (Vec<String>, Vec<String>) {
    let Source { kind: SourceKind::From(indices), .. } = fine(text).source else { panic!("{text}") };
    let part =
        |part: &Option<crate::source::Spanned<String>>| part.as_ref().map_or("-".to_owned(), |p| p.value.clone());
    let shown = |target: &Target| match target {
        Target::Index(index @ IndexPattern { cluster, name, selector, quoted, .. }) => format!(
            "{}|{}|{}{}{}",
            part(cluster),
            name.value,
            part(selector),
            if *quoted { " quoted" } else { "" },
            if index.is_exclusion() { " out" } else { "" }
        ),
        Target::Subquery(query) => format!("<{query}>"),
    };
    let metadata = indices.metadata.iter().map(|field| field.value.clone()).collect();
    (indices.targets.iter().map(shown).collect(), metadata)
}

#[test]
fn sources_are_read() {
    for (text, expected, metadata) in [
        ("from logs-*", vec!["-|logs-*|-"], vec![]),
        ("FROM .alerts-security.*", vec!["-|.alerts-security.*|-"], vec![]),
        (
            "from a-1.2-*, -a-b , *:c, \"d e,-f\" metadata _id,_index , _version",
            vec!["-|a-1.2-*|-", "-|-a-b|- out", "*|c|-", "-|d e,-f|- quoted"],
            vec!["_id", "_index", "_version"],
        ),
        ("from a:b::failures, c::data", vec!["a|b|failures", "-|c|data"], vec![]),
        ("from -a:b", vec!["-a|b|- out"], vec![]),
        ("from a:\"b\"", vec!["a|b|- quoted"], vec![]),
        ("from <logs-{now/d-1M}>, x{y}#$~'", vec!["-|<logs-{now/d-1M}>|-", "-|x{y}#$~'|-"], vec![]),
        ("from büro-*", vec!["-|büro-*|-"], vec![]),
        ("from a [ METADATA _id ]", vec!["-|a|-"], vec!["_id"]),
        ("from a//metadata b\n metadata c", vec!["-|a|-"], vec!["c"]),
        ("from metadata-*, where, in", vec!["-|metadata-*|-", "-|where|-", "-|in|-"], vec![]),
        (
            "from a, (from b metadata _id | where c) metadata _id",
            vec!["-|a|-", "<FROM b METADATA _id | WHERE c>"],
            vec!["_id"],
        ),
    ] {
        if text.contains('\'') {
            // a quote starts a string wherever it stands
            assert!(!parsed(text).1.is_empty());
            continue;
        }
        let (found, fields) = indices(text);
        assert_eq!((found, fields), (expected.iter().map(ToString::to_string).collect(), metadata_of(&metadata)));
    }
    let selectors = "FROM a::\"b,c\", d::data";
    for text in ["SHOW INFO", "ROW a = 1, b = [1, 2], c", "TS metrics-* METADATA _id | LIMIT 1", selectors] {
        assert_eq!(fine(text).to_string(), text);
    }
    let text = "SET time_zone = \"UTC\"; SET `x y` = {\"a\": 1}; FROM a";
    assert_eq!(fine(text).to_string(), text);
}

fn metadata_of(fields: &[&str]) -> Vec<String> {
    fields.iter().map(ToString::to_string).collect()
}

#[test]
fn commands_are_read() {
    // what is written is what is read
    for text in [
        "WHERE a == 1 AND b",
        "EVAL a = 1, b.c = f(a), d + 1, e = x == 1",
        "KEEP a, b*, *, `c d`*.e, @timestamp, a*1b",
        "DROP a, b.*",
        "KEEP ?a, b.??c",
        "RENAME a AS b, c.d AS `e f`",
        "STATS COUNT(*)",
        "STATS c = COUNT(*), d = MAX(a) + 1 BY e, f = BUCKET(@timestamp, 1 hour)",
        "STATS c = COUNT(*) WHERE a == 1 AND b, SUM(x) WHERE y BY z",
        "STATS BY a",
        "INLINE STATS c = COUNT(*) BY a",
        "SORT a",
        "SORT a ASC, b DESC NULLS FIRST, f(c) NULLS LAST",
        "LIMIT 10",
        "LIMIT ?n BY a, b",
        "MV_EXPAND a.b",
        "DISSECT a.b \"%{c} %{d}\"",
        "DISSECT CONCAT(a, b) \"\"\"%{c}\"\"\" APPEND_SEPARATOR = \",\"",
        "DISSECT a::keyword \"x\"",
        "GROK a \"%{WORD:b}\"",
        "GROK a \"%{WORD:b}\", \"\"\"%{INT:c}\"\"\"",
        "ENRICH policy",
        "ENRICH _coordinator:my-policy_1 ON a WITH b = c, d",
        "ENRICH p ON a.`b c`",
        "LOOKUP JOIN lookup-index ON a, b.c",
        "LOOKUP JOIN \"i\" ON a == b AND c > d",
        "LOOKUP JOIN on-call ON a",
        "CHANGE_POINT v",
        "CHANGE_POINT v ON k AS a, b BY c, d",
        "COMPLETION \"prompt\" WITH {\"inference_id\": \"m\"}",
        "COMPLETION a.b = CONCAT(c, d) WITH {\"inference_id\": \"m\", \"task_settings\": {\"x\": 0.5}}",
        "COMPLETION p WITH my_model",
        "COMPLETION p",
        "RERANK \"q\" ON a, b = f(c) WITH {\"inference_id\": \"m\"}",
        "RERANK s = ?q ON a WITH `my model`",
        "SAMPLE 0.1",
        "FORK (WHERE a | LIMIT 1) (STATS c = COUNT(*) BY d) (SORT e)",
        "FORK (FORK (LIMIT 1)) (WHERE (a OR b) AND f(c))",
        "FUSE",
        "FUSE LINEAR SCORE BY a GROUP BY b KEY BY c, d WITH {\"weights\": {\"x\": 0.5}}",
        "FUSE SCORE BY a",
        "URI_PARTS p = a.b",
        "USER_AGENT p = f(a) WITH {\"x\": true}",
        "METRICS_INFO",
        "TS_INFO",
    ] {
        let text = format!("FROM a | {text}");
        let query = fine(&text);
        assert_eq!(query.to_string(), text, "{query:?}");
    }
    // and what is written in another way
    for (text, expected) in [
        ("rename b = a, c as d", "RENAME a AS b, c AS d"),
        ("inlinestats count(*)", "INLINE STATS count(*)"),
        ("Inline\nStats count(*)", "INLINE STATS count(*)"),
        ("stats count(*)by a", "STATS count(*) BY a"),
        ("dissect a \"x\" append_separator=\"y\"", "DISSECT a \"x\" APPEND_SEPARATOR = \"y\""),
        ("completion p with m as t", "COMPLETION t = p WITH m"),
        ("keep source.as.number,in,where.*", "KEEP source.`as`.number, `in`, `where`.*"),
        ("rename a as as", "RENAME a AS `as`"),
        ("where a//x\n== 1", "WHERE a == 1"),
        ("fuse key by a with {\"x\":1} score by b", "FUSE SCORE BY b KEY BY a WITH {\"x\": 1}"),
        ("mv_expand `a`", "MV_EXPAND a"),
    ] {
        assert_eq!(fine(&format!("FROM a | {text}")).to_string(), format!("FROM a | {expected}"));
    }
}

#[test]
fn names_and_patterns_have_a_text() {
    let name = |text: &str| match condition(text).kind {
        ExprKind::Field(name) => Name::text(&name),
        other => panic!("{other:?}"),
    };
    assert_eq!(name("a.`b c`").as_deref(), Some("a.b c"));
    assert_eq!(name("a.?b"), None);
    let pattern = |text: &str| match fine(&format!("FROM a | KEEP {text}")).commands.pop().map(|c| c.kind) {
        Some(CommandKind::Keep(patterns)) => NamePattern::text(&patterns[0]),
        other => panic!("{other:?}"),
    };
    assert_eq!(pattern("a.`b*`c").as_deref(), Some("a.b*c"));
    assert_eq!(pattern("a.b*"), None);
    assert_eq!(pattern("a.?"), None);
}

#[test]
fn places_are_those_of_the_text() {
    let text = "from a  | where (b == 1) | keep c , d* // end";
    let query = fine(text);
    let at = |span: crate::source::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(at(query.span), "from a  | where (b == 1) | keep c , d*");
    assert_eq!(at(query.source.span), "from a");
    assert_eq!(query.commands.iter().map(|c| at(c.span)).collect::<Vec<_>>(), ["where (b == 1)", "keep c , d*"]);
    let CommandKind::Where(condition) = &query.commands[0].kind else { panic!() };
    assert_eq!(at(condition.span), "(b == 1)");
    let CommandKind::Keep(patterns) = &query.commands[1].kind else { panic!() };
    assert_eq!(patterns.iter().map(|p| at(p.span)).collect::<Vec<_>>(), ["c", "d*"]);
}

#[test]
fn strings_are_written_so_that_they_can_be_read() {
    let query = fine("from a | where `x y`.Not_ == \"\\n\\\"\u{7f}\" and `not` : \"\"\"\\d\"\"\"");
    let expected = "FROM a | WHERE `x y`.Not_ == \"\\n\\\"\u{7f}\" AND `not` : \"\"\"\\d\"\"\"";
    assert_eq!(query.to_string(), expected);
}

/// What holds of every text.
fn check_invariants(text: &str) -> Result<(), TestCaseError> {
    let (query, diags) = parsed(text);
    for problem in diags.as_slice() {
        prop_assert!(problem.help.is_some(), "{:?}", problem);
        for label in &problem.labels {
            let range = label.span.start as usize..label.span.end as usize;
            prop_assert!(text.get(range).is_some(), "{:?}", problem);
        }
    }
    if !diags.has_errors_since(0) {
        let query = query.expect("a tree, as nothing was wrong");
        prop_assert!(!format!("{query:?}").contains("Invalid"), "{}: {:?}", text, query);
        let printed = query.to_string();
        let (again, diags) = parsed(&printed);
        prop_assert!(!diags.has_errors_since(0), "{}: {:?}", printed, diags.as_slice());
        prop_assert_eq!(without_spans(&query), without_spans(&again.unwrap()), "{}", printed);
    }
    Ok(())
}

const SOUP: &str = "and or not by in like rlike is null nulls first last true false where with on as asc desc AND From \
    : :: = == =~ != < <= > >= + - * / % . , ; [ ] { } ( ) | ? ?a ?? ??b ! && || <> ~ # a b.c f( process 1 2.5 30s \
    5_minutes \"x\" \"\"\"y\"\"\" 'z' \" \"\"\" ` `n_m` /* */ // é from ts row show_info metadata _id logs-* x:y set \
    where_a eval stats count(*) sort limit keep drop rename dissect grok enrich lookup_join mv_expand fork_( fork \
    inline completion change_point rerank sample fuse score_by key_by uri_parts {\"k\": {\"k\":1} (from_b |_limit_5 \
    =_1 in_( in_(from a* *.b _ @ a.0.b \\ \u{200b}";

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_tree(query in arbitrary::query()) {
        let text = query.to_string();
        let (again, diags) = parsed(&text);
        prop_assert!(!diags.has_errors_since(0), "{}: {:?}", text, diags.as_slice());
        prop_assert_eq!(without_spans(&query), without_spans(&again.unwrap()), "{}", text);
    }

    #[test]
    fn any_tokens_can_be_read(
        words in prop::collection::vec(prop::sample::select(SOUP.split_whitespace().collect::<Vec<_>>()), 0..40),
        spaces in any::<u64>(),
    ) {
        let mut text = String::new();
        for (at, word) in words.iter().enumerate() {
            // a low line stands for a space within a word of several
            let _ = text.write_str(&if word.starts_with('_') { (*word).to_owned() } else { word.replace('_', " ") });
            if spaces >> (at % 64) & 3 != 0 {
                text.push(if at % 5 == 4 { '\n' } else { ' ' });
            }
        }
        check_invariants(&text)?;
        check_invariants(&format!("from a | where {text}"))?;
        check_invariants(&format!("from a | {text}"))?;
        check_invariants(&format!("from a | stats {text} | keep b"))?;
        check_invariants(&format!("from a | fork ({text}) (limit 1)"))?;
    }

    #[test]
    fn any_text_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200), text in any::<String>()) {
        check_invariants(&String::from_utf8_lossy(&bytes))?;
        check_invariants(&format!("from a | where a == {text}"))?;
        check_invariants(&format!("from {text}"))?;
    }

    #[test]
    fn a_query_with_a_piece_missing_can_be_read(
        query in arbitrary::query(),
        from in any::<prop::sample::Index>(),
        length in 0_usize..6,
    ) {
        let letters: Vec<char> = query.to_string().chars().collect();
        let from = from.index(letters.len());
        let text: String = letters.iter().take(from).chain(letters.iter().skip(from + length)).collect();
        check_invariants(&text)?;
    }
}
