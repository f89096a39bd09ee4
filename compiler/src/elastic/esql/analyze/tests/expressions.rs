//! Types of conditions and values, and what is converted where nobody says so.

use sigil_runtime::table::Type;

use super::{analyzed, fine, output, pipeline};

/// The only operator of a query in short, without what is read.
fn condition(text: &str) -> String {
    let found = fine(&format!("from x | where {text} | stats count(*)"));
    let shown = pipeline(&found);
    let (_, rest) = shown.split_once("| where ").unwrap();
    rest.split(" | stats").next().unwrap().to_owned()
}

/// The type of a value.
fn kind(text: &str) -> Type {
    let found = fine(&format!("from x | eval result = {text} | keep result"));
    found.output.first().unwrap().kind
}

#[test]
fn conditions_are_typed() {
    for (text, expected) in [
        ("a == \"1\"", "($0 == \"1\")"),
        ("a != \"1\" and not flag", "(!($0 == \"1\") & !$1)"),
        ("n > 1.5", "(Greater $0 1.5)"),
        ("n in (1, 2.5, l)", "($0 in [1, 2.5, $1])"),
        ("a not in (\"x\", b)", "!($0 in [\"x\", $1])"),
        ("a is null or b is not null", "(null?($0) | !null?($1))"),
        // texts stand for what the other side is
        ("ip == \"10.0.0.1\"", "($0 == 10.0.0.1)"),
        ("ip in (\"10.0.0.1\", \"::1\")", "($0 in [10.0.0.1, ::1])"),
        ("\"2024-01-02\" <= at", "(LessOrEqual 2024-01-02T00:00:00.000Z $0)"),
        ("nanos > \"2024-01-02T03:04:05.000000006Z\"", "(Greater $0 2024-01-02T03:04:05.000000006Z)"),
        ("v >= \"1.2.3\"", "(GreaterOrEqual $0 1.2.3)"),
        ("flag == \"true\"", "($0 == true)"),
        ("at > nanos", "(Greater $0 $1)"),
        ("t == a", "($0 == $1)"),
        ("n == null", "($0 == null)"),
        ("a == [\"x\", \"y\"]", "($0 == [x,y])"),
        ("at > now() - 5 minutes", "(Greater $0 call:date(call:date(), 300000ms))"),
        ("at > \"2024-01-02\"::datetime - \"1 day\"", "(Greater $0 call:date(2024-01-02T00:00:00.000Z, P0M1D))"),
        ("a like \"x*\" and a not like (\"a?\", \"b\\\\\\\\*\")", "(like($0) & !like($0))"),
        ("a rlike \"x.*\"", "rlike($0)"),
        ("a rlike (\"x\", \"y\")", "(rlike($0) | rlike($0))"),
        ("a like concat(b, \"*\")", "call:boolean($0, call:keyword($1, \"*\"))"),
        ("cidr_match(ip, \"10.0.0.0/8\", \"::1\")", "cidr($0)"),
        ("cidr_match(\"10.0.0.1\", [\"10.0.0.0/8\", \"::/0\"])", "cidr(10.0.0.1)"),
        ("cidr_match(ip, a)", "call:boolean($0, $1)"),
        ("case(flag, 1, 2.5) > 1", "(Greater case($0, 1.0, 2.5) 1)"),
        ("coalesce(a, \"x\") == \"x\"", "(coalesce($0, \"x\") == \"x\")"),
        ("- n < -1", "(Less call:integer($0) -1)"),
    ] {
        assert_eq!(condition(text), expected, "{text}");
    }
}

#[test]
fn values_have_exact_types() {
    for (text, expected) in [
        ("1", Type::Integer),
        ("-2147483648", Type::Integer),
        ("2147483648", Type::Long),
        ("9223372036854775808", Type::UnsignedLong),
        ("18446744073709551616", Type::Double),
        ("1.0", Type::Double),
        ("\"x\"", Type::Keyword),
        ("true", Type::Boolean),
        ("null", Type::Null),
        ("[1, 2147483648]", Type::Long),
        ("[\"x\"]", Type::Keyword),
        ("n + n", Type::Integer),
        ("n + l", Type::Long),
        ("n / 2", Type::Integer),
        ("l * 1.5", Type::Double),
        ("u + 1", Type::UnsignedLong),
        ("u + u", Type::UnsignedLong),
        ("null + n", Type::Integer),
        ("at + 1 day", Type::Date),
        ("1 hour + nanos", Type::DateNanos),
        ("a::integer", Type::Integer),
        ("a::INT::string", Type::Keyword),
        ("\"10.0.0.1\"::ip", Type::Ip),
        ("case(flag, a, t)", Type::Keyword),
        ("case(flag, null, n)", Type::Integer),
        ("case(flag, n, flag, l, d)", Type::Double),
        ("case(flag, \"10.0.0.1\", ip)", Type::Ip),
        ("coalesce(null, at, \"2024-01-01\")", Type::Date),
        ("greatest(n, l)", Type::Long),
        ("mv_first(ip)", Type::Ip),
        ("length(t)", Type::Integer),
        ("date_trunc(1 hour, at)", Type::Date),
        ("date_diff(\"minutes\", at, nanos)", Type::Integer),
        ("place", Type::GeoPoint),
        ("c.x", Type::Keyword),
    ] {
        assert_eq!(kind(text), expected, "{text}");
    }
}

#[test]
fn fields_of_no_table_are_what_the_query_takes_them_for() {
    for (text, expected) in [
        ("from x | where q == \"1\" | keep q", "q:keyword"),
        ("from x | where q > 5 | keep q", "q:long"),
        ("from x | keep q | where q is not null | eval r = q + 1", "q:long r:long"),
        ("from x | where q == 1.5 | keep q", "q:double"),
        ("from x | where q | keep q", "q:boolean"),
        ("from x | where q == false | keep q", "q:boolean"),
        ("from x | where q in (1, 2) | keep q", "q:long"),
        ("from x | where cidr_match(q, \"10.0.0.0/8\") | keep q", "q:ip"),
        ("from x | where q == ip | keep q", "q:ip"),
        ("from x | eval r = date_trunc(1 day, q) | keep q, r", "q:date r:date"),
        ("from x | stats s = sum(q), m = max(r) by z | where m > 5", "s:long m:long z:keyword"),
        ("from x | eval r = q | eval s = mv_max(r) | where s >= 7 | keep q, s", "q:long s:long"),
        ("from x | where coalesce(q, r) > 2 | keep q, r", "q:long r:long"),
        ("from x | where q.text == \"1\" | keep q.text", "q.text:keyword"),
    ] {
        assert_eq!(output(&fine(text)), expected, "{text}");
    }
    // and not two things at once
    let (found, diags) = analyzed("from x | where q > 5 and q like \"a\"");
    assert!(found.is_none());
    assert_eq!(diags.as_slice()[0].message, "`LIKE` takes a text, not `long`");
}

#[test]
fn searches_are_decided_by_the_event() {
    for (text, expected) in [
        ("kql(\"a: x and not n > 5\")", "$0"),
        ("t : \"hello world\"", "$0"),
        ("not match(t::keyword, \"hello\", {\"operator\": \"AND\"}) or a : \"x\"", "(!$0 | $1)"),
        ("match_phrase(t, \"hello world\")", "$0"),
        (
            "match(a, \"svchost.exe\", {\"fuzziness\": 1, \"max_expansions\": 10})",
            "call:boolean($0, \"svchost.exe\", 1, 0)",
        ),
        ("ip : \"10.0.0.1\" and n : 5", "($0 & $1)"),
    ] {
        assert_eq!(condition(text), expected, "{text}");
    }
    let shown = pipeline(&fine("from x | where kql(\"a: x\") and t : \"hello\" and kql(\"a: x\") | stats count(*)"));
    assert!(shown.ends_with("| where ($0 & $1 & $0) | stats Count():long by  width 1"), "{shown}");
    // a computed text is searched itself
    let shown = pipeline(&fine("from x | eval q = concat(t, a) | where q : \"hello\" | keep q"));
    assert!(shown.contains("| where words($2)"), "{shown}");
}
