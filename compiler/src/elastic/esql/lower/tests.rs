mod random;

use super::{Prefix, prefix};
use crate::diagnostic::Diagnostics;
use crate::elastic::esql::parse;
use crate::elastic::leaf::Context;
use crate::elastic::schema::Schema;
use crate::elastic::text::QueryText;
use crate::source::FileId;

fn schema() -> Schema {
    let text = "k,keyword,8\nw,wildcard\nt,text\nn,long\nx,double\nb,boolean\nd,date\ni,ip\no,object\nl,keyword\nv,version\ndn,date_nanos\n";
    let (mut schema, mut diags) = (Schema::default(), Diagnostics::new());
    schema.extend(FileId(0), text, &mut diags);
    assert!(diags.is_empty());
    schema
}

fn of(query: &str) -> Prefix {
    let mut diags = Diagnostics::new();
    let parsed = parse(&QueryText::verbatim(query, FileId(0), 0), &mut diags);
    assert!(!diags.has_errors_since(0), "{query}: {:?}", diags.as_slice());
    let cx = Context { schema: &schema(), now: None, diags: &mut Diagnostics::new(), computed: 0 };
    prefix(&parsed.unwrap(), &cx)
}

/// The condition on one line, and how many commands are decided.
fn shown(commands: &str) -> String {
    let Prefix { condition, exact } = of(&format!("FROM logs METADATA _id | {commands}"));
    let lines = condition.to_string();
    let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    let line = lines.join("; ").replace("    ", "> ").replace("  ", "> ");
    format!("{exact}: {line}")
}

#[track_caller]
fn check(commands: &str, expected: &str) {
    assert_eq!(shown(commands), expected, "{commands}");
}

/// A single condition that is decided.
#[track_caller]
fn exactly(condition: &str, expected: &str) {
    check(&format!("WHERE {condition}"), &format!("1: {expected}"));
}

/// A single condition that is not.
#[track_caller]
fn nearly(condition: &str, expected: &str) {
    check(&format!("WHERE {condition}"), &format!("0: {expected}"));
}

#[test]
fn what_tests_of_events_order_otherwise_is_left_to_columns() {
    exactly(r#"v == "1.9.0""#, r#"all;>  v is one text;>  v cased equals "1.9.0""#);
    nearly(r#"v > "1.9.0""#, "v is one text");
    for condition in [r#"dn > "2024-01-01""#, r#"dn == "2024-01-01""#, "dn IS NULL", "dn IS NOT NULL"] {
        nearly(condition, "true");
    }
}

#[test]
fn comparisons_need_one_value() {
    exactly(r#"k == "a""#, r#"all;>  k is one text;>  k cased equals "a""#);
    exactly(r#""a" == k"#, r#"all;>  k is one text;>  k cased equals "a""#);
    exactly(r#"k != "a""#, r#"all;>  k is one text;>  not;>> k cased equals "a""#);
    exactly(r#"NOT k == "a""#, r#"all;>  k is one text;>  not;>> k cased equals "a""#);
    exactly(
        r#"NOT (k == "a" OR n > 5)"#,
        r#"all;>  k is one text;>  not;>> k cased equals "a";>  n is one number;>  not;>> n long > 5"#,
    );
    exactly(r#"k IN ("a", "b", null)"#, r#"all;>  k is one text;>  k cased equals ["a", "b"]"#);
    exactly(r#"k NOT IN ("a", "b")"#, r#"all;>  k is one text;>  not;>> k cased equals ["a", "b"]"#);
    exactly(r#"NOT k IN ("a", null)"#, "false");
    exactly(
        r#""a" IN (k, l)"#,
        r#"any;>  all;>> k is one text;>> k cased equals "a";>  all;>> l is one text;>> l cased equals "a""#,
    );
    exactly(r#"k > "a""#, r#"all;>  k is one text;>  k > "a""#);
    exactly("n == 5", "all;>  n is one number;>  n long = 5");
    exactly("n != 5.5", "all;>  n is one number;>  not;>> n long = 5.5");
    exactly("3 < n", "all;>  n is one number;>  n long > 3");
    exactly("x == 0.5", "all;>  x is one number;>  x >= 0.5;>  x <= 0.5");
    exactly("b", r#"all;>  b is one boolean;>  b cased equals "true""#);
    exactly("b == false", r#"all;>  b is one boolean;>  b cased equals ["false", ""]"#);
    exactly(r#"d > "2024-01-01""#, "all;>  d is one date;>  d within 1704067200001..");
    exactly(r#"d == "2024-01-01T00:00:00Z""#, "all;>  d is one date;>  d within 1704067200000..1704067200001");
    exactly(r#"i == "10.0.0.1""#, "all;>  i is one address;>  i in 10.0.0.1/32");
    exactly("k == null OR n == 5", "all;>  n is one number;>  n long = 5");
    exactly("true", "true");
    exactly("null", "false");
    // the same value twice in the document of an analysed field is two values
    nearly(r#"t == "a""#, r#"all;>  t is one text;>  t cased equals "a""#);
    nearly("u == 5", "all;>  u is one number;>  u long = 5");
    nearly("x == 9007199254740993", "x is one number");
}

#[test]
fn null_is_no_value() {
    exactly("k IS NULL", "not;>  k is present");
    exactly("k IS NOT NULL", "k is present");
    exactly("n IS NOT NULL", "any;>  n long >= 0;>  n long < 0");
    exactly("d IS NOT NULL", "d within ..");
    exactly(r#"u == "x" AND u IS NOT NULL"#, r#"all;>  u is one text;>  u cased equals "x";>  u is present"#);
    // a number, perhaps
    nearly("u > 5 AND u IS NOT NULL", "all;>  u is one number;>  any;>> u long > 5;>> u > 5");
}

#[test]
fn patterns_and_functions() {
    exactly(r#"k LIKE "C:\\\\*?x\\*""#, r#"all;>  k is one text;>  k cased glob "C:\\" * ? "x*""#);
    exactly(r#"NOT k LIKE ("a*", "*b")"#, r#"all;>  k is one text;>  not;>> k cased glob ["a" *, * "b"]"#);
    exactly(r#"k RLIKE "a.*[0-9]""#, r#"all;>  k is one text;>  k regex "(?s)\\Aa.*[0-9]\\z""#);
    exactly(r#"STARTS_WITH(k, "a")"#, r#"all;>  k is one text;>  k cased startswith "a""#);
    exactly(r#"NOT CONTAINS(k, "c")"#, r#"all;>  k is one text;>  not;>> k cased contains "c""#);
    exactly(r#"CIDR_MATCH(i, "10.0.0.0/8", "fe80::/10")"#, "all;>  i is one address;>  i in [10.0.0.0/8, fe80::/10]");
    exactly(r#"TO_LOWER(k) == "abc""#, r#"all;>  k is one text;>  k equals "abc""#);
    exactly(r#"TO_LOWER(k::STRING) LIKE "*x.exe""#, r#"all;>  k is one text;>  k glob * "x.exe""#);
    exactly(r#"TO_LOWER(k) == "ABC""#, "false");
    exactly(r#"TO_LOWER(k) IN ("x", "Y")"#, r#"all;>  k is one text;>  k equals "x""#);
    // `İ` in lower case has an `i` in it; `ſ` is no `s`, though case does not tell them apart
    nearly(r#"TO_LOWER(k) == "isa""#, r#"all;>  k is one text;>  any;>> k equals "isa";>> k cased contains "İ""#);
    nearly(
        r#"NOT TO_LOWER(k) == "isa""#,
        r#"all;>  k is one text;>  any;>> not;>> > k equals "isa";>> k cased contains "İ";>> k cased contains "ſ""#,
    );
    nearly(r#"CIDR_MATCH(TO_IP(k), "10.0.0.0/8")"#, "k in 10.0.0.0/8");
    nearly(r#"NOT CIDR_MATCH(TO_IP(k), "10.0.0.0/8")"#, "true");
}

#[test]
fn searches_are_never_null() {
    exactly(r#"KQL("k: a* and not n: 5")"#, r#"all;>  k cased glob "a" *;>  not;>> n long = 5"#);
    exactly(r#"NOT KQL("k: a*")"#, r#"not;>  k cased glob "a" *"#);
    nearly(r#"KQL("d > now-1d")"#, "true");
    exactly(r#"t : "b a""#, r#"t words ["b", "a"]"#);
    exactly(r#"NOT MATCH(t::STRING, "a")"#, r#"not;>  t words "a""#);
    exactly(r#"MATCH_PHRASE(t, "b a")"#, r#"t words "b a""#);
    exactly(r#"k : "b a""#, r#"k cased equals "b a""#);
    nearly(r#"MATCH(k, "svchost.exe", {"fuzziness": 1})"#, r#"k cased contains ["svc", "host", ".exe"]"#);
}

#[test]
fn what_is_not_known_is_taken_to_hold() {
    nearly(r#"k == "a" OR LENGTH(l) > 5"#, "true");
    nearly(r#"k == "a" AND NOT LENGTH(l) > 5"#, r#"all;>  k is one text;>  k cased equals "a""#);
    nearly("d >= NOW() - 1 hour", "d is one date");
    nearly("k == l", "all;>  k is one text;>  l is one text");
    nearly("n + 1 == 5", "true");
    nearly(r#"o == "a""#, "true");
    nearly(r#"_id == "x""#, "true");
    nearly(r#"MV_CONTAINS(k, "a")"#, r#"k cased equals "a""#);
}

#[test]
fn names_are_followed() {
    let (one, k) = ("all;>  k is one text", r#"k cased equals "ab""#);
    check(r#"EVAL z = k | RENAME z AS y | WHERE y == "ab""#, &format!("3: {one};>  {k}"));
    check(r#"RENAME k AS z | WHERE z == "ab" AND k == "c""#, &format!("1: {one};>  {k}"));
    check(r#"EVAL k = TO_LOWER(k) | WHERE k == "ab""#, &format!(r#"2: {one};>  k equals "ab""#));
    check(
        r#"EVAL k = CONCAT(k, "x") | WHERE k == "ab" | WHERE l == "b""#,
        r#"1: all;>  l is one text;>  l cased equals "b""#,
    );
    check(r#"GROK t "%{WORD:k}" | WHERE k == "ab""#, "1: true");
    check(r#"GROK t "(?<k>a)" | WHERE k == "ab""#, "1: true");
    check(r#"DISSECT t "%{?x} %{+k/1->}" | WHERE k == "ab""#, "1: true");
    check(r#"ENRICH p WITH k | WHERE k == "ab" AND l == "x""#, r#"1: all;>  l is one text;>  l cased equals "x""#);
    check(r#"LOOKUP JOIN p ON k | WHERE k == "ab""#, "1: true");
    check(r#"EVAL n + 1 | WHERE `n + 1` == 5 AND k == "ab""#, &format!("1: {one};>  {k}"));
}

#[test]
fn computed_columns_are_followed() {
    let a = r#"all;>  k is one text;>  k cased equals "a""#;
    check(r#"EVAL c = CASE(k == "a", "A", l == "b", null, "C") | WHERE c == "A""#, &format!("1: {a}"));
    check(
        r#"EVAL c = CASE(k LIKE "a*", "A", l == "b", "B") | WHERE c IS NOT NULL"#,
        r#"1: any;>  all;>> k is one text;>> k cased glob "a" *;>  all;>> l is one text;>> l cased equals "b""#,
    );
    check(r#"EVAL c = CASE(k == "a", l, TO_UPPER(l)) | WHERE c IS NULL"#, "1: true");
    check(r#"EVAL c = k == "a" | EVAL d = c, k = "z" | WHERE d"#, &format!("2: {a}"));
    check(
        r#"EVAL c = COALESCE(l, k) | WHERE c IN ("x", "y")"#,
        r#"1: any;>  all;>> l is one text;>> l cased equals ["x", "y"];>  all;>> k is one text;>> k cased equals ["x", "y"]"#,
    );
    check(r#"EVAL c = CASE(k == "a", 5, 1) | WHERE 3 < c"#, &format!("1: {a}"));
    // what is computed of two copies of itself again and again is not followed for ever
    let doubled: String = (0..64).map(|at| format!(" | EVAL c{} = c{at} OR c{at}", at + 1)).collect();
    check(&format!(r#"EVAL c0 = k == "a"{doubled} | WHERE c64"#), "65: true");
}

#[test]
fn what_is_located_is_in_the_text() {
    let b = r#"all;>  k is one text;>  k cased contains "b""#;
    nearly(r#"LOCATE(k, "b") > 0"#, b);
    nearly(r#"NOT LOCATE(k, "b") == 0"#, b);
    nearly(r#"3 < LOCATE(k, REPEAT("ab", 2))"#, r#"all;>  k is one text;>  k cased contains "abab""#);
    nearly("LOCATE(k, SPACE(1)) != 0", r#"all;>  k is one text;>  k cased contains " ""#);
    nearly(r#"LOCATE(k, "b") >= 0"#, "true");
    nearly(r#"LOCATE(k, "b", 2) > 0"#, "true");
}

#[test]
fn expanded_columns_hold_any_value() {
    check(
        r#"MV_EXPAND k | WHERE k == "a" AND n == 5"#,
        r#"1: all;>  k cased equals "a";>  n is one number;>  n long = 5"#,
    );
    check(r#"MV_EXPAND k | WHERE k != "a" AND k IS NOT NULL"#, "1: k is present");
    check("MV_EXPAND k | WHERE k IS NOT NULL AND n == 5", "2: all;>  k is present;>  n is one number;>  n long = 5");
}

#[test]
fn only_what_stands_in_front_counts() {
    let a = r#"all;>  k is one text;>  k cased equals "a""#;
    check(r#"WHERE k == "a" | KEEP k | STATS c = COUNT(*) BY k | WHERE c > 5"#, &format!("2: {a}"));
    check(r#"WHERE k == "a" | LIMIT 5 | WHERE l == "b""#, &format!("1: {a}"));
    let both = format!(r#"1: {a};>  l is one text;>  l cased equals "b""#);
    check(r#"WHERE k == "a" | WHERE LENGTH(k) > 2 | WHERE l == "b" | SORT k"#, &both);
    let nothing = Prefix { condition: crate::ir::Expr::Const(true), exact: 0 };
    assert_eq!(of(r#"ROW k = "a" | WHERE k == "a""#), nothing);
    assert_eq!(of(r#"FROM (FROM logs | EVAL k = "b") | WHERE k == "b""#), nothing);
}
