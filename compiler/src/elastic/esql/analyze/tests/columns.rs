//! Names, slots, the order of columns, and what the commands do.

use super::{analyzed, analyzed_with, fine, output, pipeline};
use crate::elastic::esql::analyze::Fields;

fn check_output(text: &str, expected: &str) {
    assert_eq!(output(&fine(text)), expected, "{text}");
}

fn check(text: &str, expected: &str) {
    assert_eq!(pipeline(&fine(text)), expected, "{text}");
}

#[test]
fn columns_stand_in_their_order() {
    for (text, expected) in [
        ("from x", "<*>"),
        ("from x | where b == \"1\" and a == \"2\"", "a:keyword b:keyword <*>"),
        ("from x metadata _id, _version | where b == \"1\"", "b:keyword <*> _id:keyword _version:long"),
        ("from x | eval z = a, y = 1", "a:keyword <*> z:keyword y:integer"),
        // a column that is computed anew goes to the end
        ("from x | keep a, n | eval a = n", "n:integer a:integer"),
        ("row a = 1, b = 2, a = 3", "b:integer a:integer"),
        ("row a = 1, b = 2 | eval a + b", "a:integer b:integer a + b:integer"),
        // the most exact member of KEEP counts, and of equal ones the last
        ("row ab = 1, ac = 2, b = 3 | keep a*, b, ab", "ac:integer b:integer ab:integer"),
        ("row ab = 1, ac = 2, b = 3 | keep *, ab", "ac:integer b:integer ab:integer"),
        ("row ab = 1, ac = 2, b = 3 | keep b*, *", "b:integer ab:integer ac:integer"),
        ("row ab = 1, ac = 2 | keep a*, ab*", "ac:integer ab:integer"),
        ("row a = 1, b = 2, c = 3 | keep c, a", "c:integer a:integer"),
        ("row a = 1, b = 2, ac = 3 | drop a*", "b:integer"),
        ("row a = 1, b = 2, c = 3 | rename a as z, c as b", "z:integer b:integer"),
        ("row a = 1 | rename a as b, b as c", "c:integer"),
        ("row x.y = 1 | rename x.y as `x z`", "x z:integer"),
        // fields of events that are named later
        ("from x | keep a, c.* | where c.x == \"1\"", "a:keyword c.x:keyword <c.*>"),
        ("from x | keep c.*, a | where c.x == \"1\"", "c.x:keyword <c.*> a:keyword"),
        ("from x | drop b* | where a == \"1\"", "a:keyword <*>"),
        ("from x | where n > 1 | keep *, a", "n:integer <*> a:keyword"),
        ("from x | eval q = 1 | keep q, *", "q:integer <*>"),
        // groups: aggregates, then keys
        ("from x | stats c = count(*), m = max(n) by a, b", "c:long m:integer a:keyword b:keyword"),
        ("from x | stats count(*), Max( n ) by Length(a)", "count(*):long Max( n ):integer Length(a):integer"),
        ("from x | stats by a", "a:keyword"),
        ("from x | stats a = count(*), a = max(n)", "a:integer"),
        ("from x | stats a = count(*) by a", "a:keyword"),
        ("from x | keep a, n, b | inline stats m = max(n) by a", "n:integer b:keyword m:integer a:keyword"),
        ("from x | keep a, n | inline stats n = max(n)", "a:keyword n:integer"),
        ("from x | keep a | dissect a \"%{y} %{} %{?no} %{+y} %{z->}\"", "a:keyword y:keyword z:keyword"),
        ("from x | keep a, b | dissect a \"%{a}\"", "b:keyword a:keyword"),
        (
            "from x | keep a | grok a \"%{WORD:w} %{NUMBER:q.r:int} (?<Esql.z>.*) (?<!a)\"",
            "a:keyword Esql.z:keyword q.r:integer w:keyword",
        ),
        ("from x | keep a, owner | enrich hosts on a", "a:keyword owner:keyword risk:integer"),
        ("from x | keep a | enrich hosts on a with r = risk, owner", "a:keyword r:integer owner:keyword"),
        ("from x | keep ip, a | lookup join nets on ip", "ip:ip a:keyword zone:keyword"),
        ("from x | keep a | lookup join hosts on a == host", "a:keyword host:keyword owner:keyword risk:integer"),
        ("from x | keep a | completion a with {\"inference_id\": \"m\"}", "a:keyword completion:keyword"),
        ("from x | keep a, b | mv_expand a", "a:keyword b:keyword"),
    ] {
        check_output(text, expected);
    }
}

#[test]
fn commands_become_operators() {
    for (text, expected) in [
        ("from x | where a == \"1\"", "a:keyword | where ($0 == \"1\")"),
        // columns that nothing reads are not read of events
        ("from x | where a == \"1\" | keep b", "a:keyword b:keyword | where ($0 == \"1\")"),
        ("from x | keep a, b | drop b | stats count(*)", "| stats Count():long by  width 1"),
        ("from x | rename a as q | where q == \"1\" | keep q", "a:keyword | where ($0 == \"1\")"),
        (
            "from x | eval q = n + 1, r = q * 2 | keep r",
            "n:integer | $1 = call:integer($0, 1) | $2 = call:integer($1, 2)",
        ),
        (
            "from x | stats c = count(*), m = max(n) where a == \"1\" by b | where c > 1 and b is not null",
            "b:keyword a:keyword n:integer | stats Count():long, Max($2) if ($1 == \"1\"):integer by $0 width 3 \
             | where ((Greater $0 1) & !null?($2))",
        ),
        // expressions on aggregates are computed behind
        (
            "from x | stats r = round(sum(l) / count(*), 2), s = mv_slice(mv_dedupe(values(a)), 0, 9) by b",
            "b:keyword l:long a:keyword | stats Sum($1):long, Count():long, Values($2):keyword by $0 width 6 \
             | $4 = call:long(call:long($0, $1), 2) | $5 = call:keyword(call:keyword($2), 0, 9)",
        ),
        (
            "from x | stats q = count(*) + 1 by k = length(a) | keep k, q",
            "a:keyword | stats Count():long by call:integer($0) width 3 | $2 = call:long($0, 1)",
        ),
        (
            "from x | stats c = count(*) by a | eval d = c + 1 | stats m = max(d) | eval e = m",
            "a:keyword | stats Count():long by $0 width 3 | $2 = call:long($0, 1) | stats Max($2):long by  width 2 | $1 = $0",
        ),
        (
            "from x | keep a, n | inline stats m = max(n), c = count(*) + 1 by a, q = length(a)",
            "a:keyword n:integer | $2 = call:integer($0) | inline Max($1):integer, Count():long by $0, $2 -> $3 $4 \
             | $5 = call:long($4, 1)",
        ),
        (
            "from x | sort n desc, a, b desc nulls last | keep n",
            "n:integer a:keyword b:keyword | sort $0 desc first, $1, $2 desc",
        ),
        ("from x | limit 5 by a | limit 3 | keep b", "a:keyword b:keyword | limit 5 $0 | limit 3"),
        ("from x | sample 0.5 | keep b", "b:keyword | sample 0.5"),
        ("from x | mv_expand a | keep a", "a:keyword | expand $0"),
        ("from x | keep a | enrich hosts on a with r = risk", "a:keyword | enrich hosts on $0=- with $1=risk:integer"),
        ("from x | keep ip | lookup join nets on ip", "ip:ip | join nets on $0=ip with $1=zone:keyword"),
        (
            "from x metadata _id | completion q = a with {\"inference_id\": \"m\"} | keep q, _id",
            "_id a:keyword | $2 = ask m $1",
        ),
        ("row a = 1 | where a > 0", "| $0 = 1 | where (Greater $0 0)"),
    ] {
        check(text, expected);
    }
}

#[test]
fn steps_know_their_commands() {
    let found = fine("from logs-*, \"a,b\" | keep a | where a == \"1\" | stats count(*)");
    let steps: Vec<&str> = found.steps.iter().map(|step| step.text.as_str()).collect();
    assert_eq!(steps, ["WHERE a == \"1\"", "STATS count(*)"]);
    assert_eq!(found.indices, ["logs-*", "a", "b"]);
    assert!(found.aggregates && !found.is_row);
    assert_eq!(found.width, 1);
}

#[test]
fn queries_know_their_columns_and_have_a_limit() {
    let names = ["a".to_owned(), "made.up".to_owned(), "n".to_owned()];
    let of = |text: &str| analyzed_with(text, Fields::Known(&names), Some(1_000));
    let (found, diags) = of("from x | where made.up > 5");
    let found = found.unwrap().unwrap();
    assert!(diags.is_empty());
    assert_eq!(output(&found), "a:keyword made.up:long n:integer");
    assert_eq!(pipeline(&found), "a:keyword made.up:long n:integer | where (Greater $1 5) | limit 1000");
    let (found, diags) = of("from x | keep x*");
    assert!(found.is_none());
    assert_eq!(diags.as_slice()[0].message, "no column here is like `x*`");
    // the table of fields knows one, which no event has
    assert_eq!(output(&of("from x | keep c.*, a*").0.unwrap().unwrap()), "c.x:keyword a:keyword");
    assert!(of("from x | keep a | keep c.*").0.is_none());
    assert!(of("from x | stats max(n) | keep c.*").0.is_none());
    let (found, _) = of("from x | keep a | limit 5");
    assert_eq!(pipeline(&found.unwrap().unwrap()), "a:keyword | limit 5");
    let (found, diags) = of("from x | where made.op > 5");
    assert!(found.is_none());
    let said = diags.as_slice();
    assert_eq!(said[0].message, "there is no column `made.op` here");
    assert_eq!(said[0].help.as_deref(), Some("did you mean `made.up`?"));
}

#[test]
fn what_is_not_carried_out_is_named() {
    for (text, name) in [
        ("ts x", "TS"),
        ("show info", "SHOW INFO"),
        ("from x, (from y)", "FROM (FROM ..)"),
        ("from x | fork (limit 1) (limit 2)", "FORK"),
        ("from x | change_point n on at", "CHANGE_POINT"),
        ("from x | where a in (from y | keep a)", "IN (FROM ..)"),
        ("from x | uri_parts p = a", "URI_PARTS"),
        ("from x | stats count(*) by categorize(a)", "categorize"),
        ("from x | where qstr(\"a:b\")", "qstr"),
        ("from x | lookup join hosts on a == host and n > risk", "LOOKUP JOIN on a condition"),
        ("set time_zone = \"Europe/Paris\"; from x", "SET"),
    ] {
        let (found, diags) = analyzed(text);
        assert!(diags.is_empty(), "{text}: {:?}", diags.as_slice());
        assert_eq!(found.unwrap().unwrap_err().to_string(), format!("ES|QL `{name}`"), "{text}");
    }
}
