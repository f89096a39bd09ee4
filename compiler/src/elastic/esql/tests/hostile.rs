//! Texts that want too much stack, or too much time.

use super::{parsed, without_spans};
use crate::diagnostic::{Code, Diagnostics};
use crate::elastic::esql::MAX_DEPTH;
use crate::elastic::esql::parse::MAX_ERRORS;

/// Something to read that a small stack must survive, and that must not take long.
fn survives(text: &str) -> Diagnostics {
    let start = std::time::Instant::now();
    let (query, diags) = parsed(text);
    assert!(query.is_some() || !diags.is_empty());
    drop(query);
    let took = start.elapsed();
    assert!(took.as_secs() < 5, "{} bytes took {took:?}: {}", text.len(), text.chars().take(40).collect::<String>());
    diags
}

#[test]
fn nesting_is_bounded() {
    let nested = |head: &str, open: &str, close: &str, count: usize| {
        format!("{head}{}limit 1{}", open.repeat(count), close.repeat(count))
    };
    let too_deep = |diags: &Diagnostics| diags.as_slice().iter().filter(|d| d.code == Code::QueryTooDeep).count();
    for (head, open, close) in
        [("from a | ", "fork (", ")"), ("from b | ", "where a in (from a | ", ")"), ("", "from a, (", ")")]
    {
        assert_eq!(too_deep(&survives(&nested(head, open, close, 10_000))), 1, "{open}");
        assert_eq!(too_deep(&survives(&nested(head, open, "", 10_000))), 1, "{open}");
        assert!(parsed(&nested(head, open, close, 10_000)).0.is_none(), "{open}");
        assert_eq!(too_deep(&survives(&nested(head, open, close, MAX_DEPTH))), 0, "{open}");
    }
    let nested = |open: &str, close: &str, count: usize| {
        format!("from a | where {}a{}", open.repeat(count), close.repeat(count))
    };
    for (open, close, levels) in [
        ("(", ")", 1),
        ("not ", "", 1),
        ("!", "", 1),
        ("- ", "", 1),
        ("+ ", "", 1),
        ("f(", ")", 1),
        ("1 in ((", "))", 2),
        ("a like (", ")", 1),
        ("(not ", ")", 2),
        ("case(a == -", ")", 2),
    ] {
        assert_eq!(too_deep(&survives(&nested(open, close, 10_000))), 1, "{open}");
        assert_eq!(too_deep(&survives(&nested(open, "", 10_000))), 1, "{open}");
        assert!(parsed(&nested(open, close, 10_000)).0.is_none(), "{open}");
        let fits = nested(open, close, MAX_DEPTH / levels);
        assert_eq!(too_deep(&survives(&fits)), 0, "{open}");
        assert!(parsed(&fits).0.is_some());
    }
    for (open, close) in [("{\"a\": ", "}"), ("{\"a\": ", "")] {
        let text = format!("from a | where f(a, {}1{})", open.repeat(10_000), close.repeat(10_000));
        assert_eq!(too_deep(&survives(&text)), 1);
    }
    // every level in full
    let level = "b or c and not 1 == 2 + 3 * -f(1, 2 in (3, (a is null and b like \"x\" or ";
    let deepest = format!("from a | where {}a{}", level.repeat(MAX_DEPTH / 5), ")))".repeat(MAX_DEPTH / 5));
    let (query, diags) = parsed(&deepest);
    assert!(diags.is_empty(), "{:?}", diags.as_slice());
    let query = query.unwrap();
    assert_eq!(without_spans(&query), without_spans(&parsed(&query.to_string()).0.unwrap()));
    assert_eq!(query, query.clone());
    // and with a query in each
    let level = "where b and x in (from a | fork (limit 1) (where f(c or d in (from e | ";
    let deepest = format!("from a | {}limit 1{}", level.repeat(MAX_DEPTH / 4), "))))".repeat(MAX_DEPTH / 4));
    let (query, diags) = parsed(&deepest);
    assert!(diags.is_empty(), "{:?}", diags.as_slice());
    assert!(query.is_some_and(|query| query.to_string().len() > deepest.len() / 2));
}

#[test]
fn hostile_texts_take_no_time() {
    let many = |text: &str| text.repeat(1_000_000 / text.len());
    let fine = [
        format!("where {}true", "a == 1 or ".repeat(100_000)),
        format!("where {}true", "a == 1 and b or ".repeat(100_000)),
        format!("where 1{}", " + 1".repeat(100_000)),
        format!("where 1{}", " * 1".repeat(100_000)),
        format!("where a{}", "::long".repeat(100_000)),
        format!("where a in (1{})", ", 1".repeat(100_000)),
        format!("where a like (\"x\"{})", ", \"x\"".repeat(100_000)),
        format!("where f(1{})", ", 1".repeat(100_000)),
        format!("where a == [1{}]", ", 1".repeat(100_000)),
        format!("where f(a, {{\"x\": 1{}}})", ", \"x\": 1".repeat(100_000)),
        format!("where a{} == 1", ".a".repeat(100_000)),
        format!("eval a{} = 1", ".a".repeat(100_000)),
        format!("eval a = 1{}", ", b = 2".repeat(100_000)),
        format!("keep a{}", ", b.*".repeat(100_000)),
        format!("keep {}", many("*a")),
        format!("keep {}a", many("a*.")),
        format!("rename a as b{}", ", c as d".repeat(100_000)),
        format!("sort a{}", ", b desc".repeat(100_000)),
        format!("stats count(){} by c{}", ", a = max(b) where d".repeat(20_000), ", e".repeat(20_000)),
        format!("fork {}", "(limit 1)".repeat(100_000)),
        format!("limit 1{}", "| limit 1 ".repeat(100_000)),
        format!("grok a \"x\"{}", ", \"y\"".repeat(100_000)),
        format!("enrich p with a{}", ", b = c".repeat(100_000)),
        format!("where a == \"{}\"", many("x")),
        format!("where a == \"{}\"", many("\\n")),
        format!("where a == \"\"\"{}\"\"\"", many("x")),
        format!("where `{}` == 1", many("``")),
        format!("where {}a", many("/**/")),
        format!("where {}a", many("//\n")),
        format!("where {}a*/ 1 == 2", many("/*")),
        format!("where /*{}*/ a // {}", many("é"), many("é")),
        format!("where {}a", many(" ")),
        format!("where {}", many("a")),
        format!("where ?{}", many("a")),
        format!("where {} and 1.{} and 1e{}", many("0"), many("0"), many("0")),
    ];
    for text in fine.into_iter().map(|text| format!("from a | {text}")) {
        let diags = survives(&text);
        assert!(diags.is_empty(), "{}: {:?}", text.chars().take(40).collect::<String>(), diags.as_slice());
    }
    assert!(survives(&format!("from a{}", ", logs-*".repeat(100_000))).is_empty());
    assert!(survives(&format!("from a metadata b{}", ", c".repeat(100_000))).is_empty());
    assert!(survives(&format!("from {}", many("a-*"))).is_empty());
    assert!(survives(&format!("{}from a", "set a = 1;".repeat(100_000))).is_empty());
    let broken = [
        "é",
        "\"\n",
        "`\n``\n",
        "\"\"\"",
        "/*",
        "9",
        "a ",
        "=",
        "(a ",
        ")",
        "a) ",
        "a] ",
        "[",
        "{",
        "}",
        "a in ",
        "a in (",
        "1 ",
        "'",
        "”",
        "``",
        "\u{0}",
        "|",
        "| ",
        "| a ",
        ",",
        "a, ",
        "f(a, {",
        "f(a b ",
        "a like ",
        "a : ",
        "a is ",
        "::",
        ".",
        "a.",
        "not ",
        "5 a ",
        "?",
        "by ",
        "where ",
        "from ",
        "from a ",
        "limit 1 ",
        "fork ( ",
        "fork (limit 1 ",
        ";",
        "metadata ",
        "set ",
        "set a = 1 ",
        "with ",
        "like (\"x\", ",
        "as ",
        "a.0",
        ".5",
        "&",
        "a || limit ",
        "#",
        "\\",
        "-",
    ];
    for (piece, head) in broken.iter().flat_map(|piece| {
        [
            "",
            "from ",
            "from a metadata ",
            "from a | ",
            "from a | where ",
            "from a | where a == \"",
            "from a | where a in (1",
            "from a | stats ",
            "from a | eval ",
            "from a | keep ",
            "from a | rename ",
            "from a | fork (",
        ]
        .map(|head| (piece, head))
    }) {
        let length = if cfg!(debug_assertions) { 40_000 } else { 1_000_000 };
        let text = format!("{head}{}", piece.repeat(length / piece.len()));
        let diags = survives(&text);
        assert!(diags.len() <= MAX_ERRORS);
    }
    for head in ["eval ", "stats ", "eval a", "stats count() by "] {
        let diags = survives(&format!("from a | {head}{}", ".5".repeat(500_000)));
        assert!(!diags.is_empty());
    }
    for text in [
        format!("from a | where a == \"{}", many("x")),
        format!("from a | where a == \"{}\"", many("\\q")),
        format!("from a | where a == \"\"\"{}", many("x\n")),
        format!("from a | where {}", many("9")),
        many("from a | where ("),
        many("a-"),
    ] {
        let diags = survives(&text);
        assert!(!diags.is_empty() && diags.len() <= MAX_ERRORS, "{}", text.chars().take(40).collect::<String>());
    }
}
