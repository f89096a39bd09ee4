//! What is said of queries that Elasticsearch refuses.

use super::analyzed;
use crate::diagnostic::Severity;
use crate::elastic::esql::MAX_DEPTH;

#[test]
fn messages_name_the_place_and_the_next_step() {
    for (text, place, message, help) in [
        ("from x | where lenght(a) > 1", "lenght", "there is no function `lenght`", "did you mean `LENGTH`?"),
        ("from x | keep a | where bb == \"1\"", "bb", "there is no column `bb` here", "columns here are `a`"),
        (
            "from x | stats hosts = count(*) | where host > 1",
            "host",
            "there is no column `host` here",
            "did you mean `hosts`?",
        ),
        ("row a = 1 | keep b*", "b*", "no column here is like `b*`", "remove it"),
        ("row a = 1 | drop a | drop a", "a", "there is no column `a` here", "there are no columns here"),
        ("from x metadata _idd", "_idd", "`_idd` is not a metadata field", "did you mean `_id`?"),
        (
            "from x | where n",
            "n",
            "`WHERE` takes boolean, not `integer`",
            "compare it with something: `field == \"value\"`",
        ),
        (
            "from x | where not a",
            "a",
            "`NOT` takes boolean, not `keyword`",
            "compare it with something: `field == \"value\"`",
        ),
        ("from x | where a == 5", "==", "`==` compares `keyword` with `integer`", "write `\"5\"`"),
        ("from x | where a > n", ">", "`>` compares `keyword` with `integer`", "convert it: `a::integer`"),
        (
            "from x | where flag < true",
            "flag",
            "values of type `boolean` have no order",
            "compare them by `==` or `!=`",
        ),
        (
            "from x | where ip == \"x\"",
            "\"x\"",
            "`x` is not a value of type `ip`",
            "write an address: `\"10.0.0.1\"`; for networks there is `CIDR_MATCH(ip, \"10.0.0.0/8\")`",
        ),
        (
            "from x | where at > \"now-1d\"",
            "\"now-1d\"",
            "`now-1d` is not a value of type `date`",
            "write a date: `\"2024-05-06T07:08:09Z\"`, or compute one: `NOW() - 1 day`",
        ),
        ("from x | eval q = a + 1", "+", "`+` does not take `keyword` and `integer`", "convert it: `a::double`"),
        (
            "from x | eval q = at - at",
            "-",
            "`-` does not take `date` and `date`",
            "write `DATE_DIFF(\"seconds\", a, b)`",
        ),
        ("from x | eval q = length(a, b)", "length", "`LENGTH` takes 1 argument, not 2", "write `LENGTH(string)`"),
        (
            "from x | eval q = length(n)",
            "n",
            "`string` of `LENGTH` takes `keyword` or `text`, not `integer`",
            "convert it: `n::keyword`",
        ),
        (
            "from x | eval q = length(*)",
            "length(*)",
            "`length` does not take `*`",
            "`*` stands for all rows in `COUNT(*)`",
        ),
        (
            "from x | where count(*) > 1",
            "count",
            "`COUNT` stands in `STATS` only",
            "compute it in `STATS` first: `STATS x = COUNT(..)`",
        ),
        (
            "from x | sort max(n)",
            "max",
            "`MAX` stands in `STATS` only",
            "compute it in `STATS` first: `STATS x = MAX(..)`",
        ),
        (
            "from x | stats max(sum(n))",
            "sum",
            "`SUM` stands in another aggregate",
            "use two `STATS`, one behind the other",
        ),
        (
            "from x | stats q = length(\"a\")",
            "length(\"a\")",
            "`length(\"a\")` aggregates nothing",
            "write `VALUES(length(\"a\"))`, `MAX(length(\"a\"))` or so, or put it behind `BY`",
        ),
        (
            "from x | stats q = max(n) + l by a",
            "l",
            "`l` is not the same for all rows of a group",
            "put it behind `BY`, or into an aggregate: `VALUES(l)`",
        ),
        (
            "from x | stats avg(a)",
            "a",
            "`number` of `AVG` takes `integer`, `long` or `double`, not `keyword`",
            "convert it: `a::integer`",
        ),
        (
            "from x | where cidr_match(ip, \"10.0.0.0/33\")",
            "\"10.0.0.0/33\"",
            "`10.0.0.0/33` is not a network",
            "write `\"10.0.0.0/8\"` or `\"2001:db8::/32\"`",
        ),
        ("from x | where n like \"1*\"", "n", "`LIKE` takes a text, not `integer`", "convert it: `n::keyword`"),
        (
            "from x | eval q = case(flag, 1, \"x\")",
            "\"x\"",
            "`CASE` has values of types `integer` and `keyword`",
            "convert it: `\"x\"::integer`",
        ),
        (
            "from x | eval q = case(flag)",
            "case",
            "`CASE` takes at least 2 arguments, not 1",
            "write `CASE(condition, value, otherwise)`",
        ),
        (
            "from x | eval q = at + to_dateperiod(\"1 hour\")",
            "\"1 hour\"",
            "`field` of `TO_DATEPERIOD` is a number of days, weeks, months or years, not `1 hour`",
            "write `\"3 days\"` or so",
        ),
        (
            "from x | eval q = date_diff(\"fortnight\", at, at)",
            "\"fortnight\"",
            "`unit` of `DATE_DIFF` is a unit of time, not `fortnight`",
            "write `\"seconds\"`, `\"minutes\"`, `\"hours\"`, `\"days\"` or so",
        ),
        (
            "from x | stats top(n, 0, \"asc\")",
            "0",
            "`limit` of `TOP` is 1 or more, not `0`",
            "ask for one value or more",
        ),
        ("from x | eval q = a::kyword", "kyword", "there is no type `kyword`", "did you mean `keyword`?"),
        ("from x | where o == \"1\"", "o", "`o` has no value of its own", "name a field within it"),
        ("from x | enrich host on a", "host", "there is no policy `host`", "did you mean `hosts`?"),
        ("from x | enrich hosts on a with rsk", "rsk", "the table has no column `rsk`", "did you mean `risk`?"),
        (
            "from x | lookup join nets on n == ip",
            "n",
            "a value of type `integer` is never found in a column of type `ip`",
            "nothing converts `integer` to `ip`: use another value",
        ),
        (
            "from x | sample 2",
            "2",
            "`SAMPLE` takes a number between 0 and 1",
            "write the share of rows to keep: `SAMPLE 0.1`",
        ),
        (
            "from x | stats count(*) | where kql(\"a: x\")",
            "kql(\"a: x\")",
            "`KQL` searches events, of which nothing is left here",
            "put it in front of `STATS`",
        ),
        ("from x | where a == ?q", "?q", "nobody says what `?q` stands for", "write the value itself"),
        (
            "from x | completion a",
            "completion a",
            "`COMPLETION` does not say whom to ask",
            "write `WITH {\"inference_id\": \"name\"}`",
        ),
        (
            "from x | sort place",
            "place",
            "rows cannot be sorted by values of type `geo_point`",
            "sort by another column",
        ),
        (
            "from x | where match(a, \"x\", {\"fuziness\": 1})",
            "\"fuziness\"",
            "`MATCH` has no option `fuziness`",
            "options are `operator`, `fuzziness`, `boost` and others",
        ),
    ] {
        let (found, diags) = analyzed(text);
        assert!(found.is_none(), "{text}");
        let problem = diags.as_slice().first().unwrap_or_else(|| panic!("{text}: nothing is said"));
        assert_eq!(diags.len(), 1, "{text}: {:?}", diags.as_slice());
        let span = problem.labels[0].span;
        let shown = &text[span.start as usize..span.end as usize];
        assert_eq!((shown, problem.message.as_str(), problem.help.as_deref()), (place, message, Some(help)), "{text}");
        assert_eq!(problem.severity, Severity::Error);
    }
}

#[test]
fn every_error_is_told_once() {
    for (text, count) in [
        ("from x | where lenght(a) > 1 and n like \"1\" or a == 5", 3),
        ("row a = 1 | eval b = c, d = b + 1, e = d | where e > 1 and b == \"x\" | keep b, d, e", 1),
        ("row a = 1 | where q == 1 or q == 2 | sort q", 1),
        ("row a = 1 | keep q | where q > 1 | rename q as r | stats max(r) by q2 = r | where q2 > 1", 1),
        ("from x | dissect n \"%{q}\" | where q == \"1\" | stats count(*) by q", 1),
        ("from x | enrich nope on a with q | where q == \"1\"", 1),
        ("from x | stats max(lenght(a)), c = count(*) by b | where c > 1", 1),
    ] {
        let (found, diags) = analyzed(text);
        assert!(found.is_none(), "{text}");
        assert_eq!(diags.len(), count, "{text}: {:?}", diags.as_slice());
    }
}

#[test]
fn hostile_queries_take_no_time() {
    let long = [
        format!("from x | where {}true", "a == \"1\" or ".repeat(20_000)),
        format!("from x | eval q = 1{}", " + 1".repeat(20_000)),
        format!("from x | eval q = n{}", "::long::integer".repeat(10_000)),
        format!("from x | where n in (1{})", ", 1".repeat(20_000)),
        format!("from x | eval a = 1{}", ", b = 2".repeat(20_000)),
        format!("from x | eval {}z = 1", (0..20_000).map(|at| format!("c{at} = 1, ")).collect::<String>()),
        format!("from x | keep a{}", ", b.*".repeat(20_000)),
        format!("from x | keep {}a", (0..20_000).map(|at| format!("c{at}, ")).collect::<String>()),
        format!("from x | {}limit 1", "rename a as b | rename b as a | ".repeat(5_000)),
        format!("from x | stats {}c = count(*) by {}a", "max(n), ".repeat(10_000), "b, ".repeat(10_000)),
        format!("from x | {}limit 1", "stats a = count(*) by b | ".repeat(5_000)),
        format!("from x | where {}", (0..20_000).map(|at| format!("q{at} > 5 and ")).collect::<String>() + "true"),
        format!("from x | where {}true", (0..5_000).map(|at| format!("kql(\"a: {at}\") and ")).collect::<String>()),
    ];
    let nested = |open: &str, close: &str, levels: usize| {
        format!("from x | where {}flag{}", open.repeat(MAX_DEPTH / levels), close.repeat(MAX_DEPTH / levels))
    };
    let deep = [
        nested("not ", "", 1),
        nested("(not ", ")", 2),
        nested("coalesce(", ")", 1),
        nested("case(flag or ", ", true)", 1),
        nested("mv_first(flag in (true, ", "))", 2),
        nested("(flag == ", ")", 1),
    ];
    for text in long.into_iter().chain(deep) {
        let start = std::time::Instant::now();
        let found = analyzed(&text);
        drop(found);
        let took = start.elapsed();
        assert!(took.as_secs() < 10, "{took:?}: {}", text.chars().take(60).collect::<String>());
    }
}
