//! Texts that want too much stack, or too much time.

use super::{parsed, without_spans};
use crate::diagnostic::{Code, Diagnostics};
use crate::elastic::eql::MAX_DEPTH;
use crate::elastic::eql::parse::MAX_ERRORS;

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
    let nested =
        |open: &str, close: &str, count: usize| format!("any where {}a{}", open.repeat(count), close.repeat(count));
    for (open, close) in [
        ("(", ")"),
        ("not ", ""),
        ("- ", ""),
        ("+ ", ""),
        ("f(", ")"),
        ("1 in (", ")"),
        ("b of [any where ", "]"),
        ("!", ""),
    ] {
        let diags = survives(&nested(open, close, 10_000));
        assert_eq!(diags.as_slice().iter().filter(|d| d.code == Code::QueryTooDeep).count(), 1, "{open}");
        let diags = survives(&nested(open, "", 10_000));
        assert!(diags.as_slice().iter().any(|d| d.code == Code::QueryTooDeep), "{open}");
        assert!(parsed(&nested(open, close, 10_000)).0.is_none(), "{open}");
        let fits = nested(open, close, MAX_DEPTH);
        assert!(!survives(&fits).as_slice().iter().any(|d| d.code == Code::QueryTooDeep), "{open}");
        assert!(parsed(&fits).0.is_some());
    }
    // every level in full
    let level = "b or c and not 1 == 2 + 3 * -f(1, 2 in (3, (";
    let deepest = format!("any where {}a{}", level.repeat(MAX_DEPTH / 5), ")))".repeat(MAX_DEPTH / 5));
    let (query, diags) = parsed(&deepest);
    assert!(diags.is_empty(), "{:?}", diags.as_slice());
    let query = query.unwrap();
    assert_eq!(without_spans(&query), without_spans(&parsed(&query.to_string()).0.unwrap()));
    assert_eq!(query, query.clone());
}

#[test]
fn hostile_texts_take_no_time() {
    let many = |text: &str| text.repeat(1_000_000 / text.len());
    for (text, errors) in [
        (format!("any where {}true", "a == 1 or ".repeat(100_000)), false),
        (format!("any where {}true", "a == 1 and b or ".repeat(100_000)), false),
        (format!("any where 1{}", " + 1".repeat(100_000)), false),
        (format!("any where 1{}", " * 1".repeat(100_000)), false),
        (format!("any where a in (1{})", ", 1".repeat(100_000)), false),
        (format!("any where a : (\"x\"{})", ", \"x\"".repeat(100_000)), false),
        (format!("any where f(1{})", ", 1".repeat(100_000)), false),
        (format!("any where a{} == 1", ".a".repeat(100_000)), false),
        (format!("any where a{} == 1", "[0]".repeat(100_000)), false),
        (format!("sequence {}", "[any where a] by b ".repeat(20_000)), false),
        (format!("any where true {}", "| head 1 ".repeat(100_000)), false),
        (format!("any where a == \"{}\"", many("x")), false),
        (format!("any where a == \"{}\"", many("\\n")), false),
        (format!("any where a == \"\"\"{}\"\"\"", many("x")), false),
        (format!("any where `{}` == 1", many("``")), false),
        (format!("any where {}a", many("/**/")), false),
        (format!("any where {}a", many("//\n")), false),
        (format!("any where /*{}*/ a // {}", many("é"), many("é")), false),
        (format!("any where {}a", many(" ")), false),
        (format!("any where {}", many("a")), false),
        (format!("any where {} and 1.{} and 1e{}", many("0"), many("0"), many("0")), false),
        (format!("any where {}~(a)", many("a")), false),
        (format!("any where {}", many("é")), true),
        (format!("any where a == \"{}", many("x")), true),
        (format!("any where a == \"{}\"", many("\\q")), true),
        (format!("any where a == \"\"\"{}", many("x\n")), true),
        (format!("any where a == {}", many("\"\n")), true),
        (format!("any where {}", many("`\n``\n")), true),
        (format!("any where {}", many("\"\"\"")), true),
        (format!("any where {}", many("/*")), true),
        (format!("any where {}", many("9")), true),
        (format!("any where {}", many("a ")), true),
        (format!("any where {}", many("=")), true),
        (format!("any where {}", many("(a ")), true),
        (format!("any where {}", many(")")), true),
        (format!("any where {}", many("a) ")), true),
        (format!("any where {}", many("a] ")), true),
        (format!("any where a in (1{}", many(" 1")), true),
        (format!("any where a in ({}", many(",")), true),
        (format!("any where a : ({}", many("x,")), true),
        (format!("any where a : ({}", many("\"x\" or ")), true),
        (format!("any where {}", many("a in ")), true),
        (format!("any where {}", many("'")), true),
        (format!("any where {}", many("”")), true),
        (format!("any where {}", many("?'")), true),
        (format!("any where `{}", many("``")), true),
        (format!("any where {}", many("\u{0}")), true),
        (format!("any where a {}", many("|")), true),
        (format!("any where a {}", many("| ")), true),
        (format!("sequence {}", many("[")), true),
        (format!("sequence {}", many("[any where ")), true),
        (format!("sequence {}", many("![] ")), true),
        (format!("sequence by {}", many("a b ")), true),
        (format!("sequence {}", many("until [")), true),
        (many("process "), true),
        (many("a-"), true),
        (many("where "), true),
    ] {
        let diags = survives(&text);
        assert_eq!(!diags.is_empty(), errors, "{}", text.chars().take(40).collect::<String>());
        assert!(diags.len() <= MAX_ERRORS);
    }
}
