//! What patterns cut out, and which are refused.

use super::Dissect;
use crate::table::value::Value;

/// `name=value` of what is cut out of a text, `-` if it does not fit, or the error as `place: message`.
fn cut(pattern: &str, separator: &str, input: &Value) -> String {
    let dissect = match Dissect::parse(pattern, separator) {
        Ok(dissect) => dissect,
        Err(error) => return format!("{}: {}", error.at(), error.message()),
    };
    let values = dissect.apply(input);
    assert_eq!(values.len(), dissect.names().len());
    if values.iter().all(Value::is_null) {
        return "-".to_owned();
    }
    let pairs = dissect.names().iter().zip(&values);
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("|")
}

fn check(cases: &[(&str, &str, &str)]) {
    for (pattern, text, expected) in cases {
        assert_eq!(cut(pattern, "", &Value::text(text)), *expected, "{pattern} on {text:?}");
    }
}

#[test]
fn keys_take_what_stands_before_their_ends() {
    check(&[
        ("%{a} %{b}", "foo bar", "a=foo|b=bar"),
        ("%{a} %{b}", "foo bar baz", "a=foo|b=bar baz"),
        ("%{a} %{b}", "foo", "-"),
        ("%{a} %{b} baz", "foo bar", "-"),
        ("<%{a}>", "<x>", "a=x"),
        ("<%{a}>", "y<x>", "-"),
        ("<%{a}>", "<", "-"),
        ("%{a}", "", "-"),
        ("%{a}", "é", "a=é"),
        ("é%{a}ü%{b}", "éxüyü", "a=x|b=yü"),
        ("%{Y}-%{M}-%{D}T%{h} - %{msg};", "1953-01-23T12 - some text;", "Y=1953|M=01|D=23|h=12|msg=some text"),
        ("%{a}, %{b}", "1,2, 3", "a=1,2|b=3"),
        // what is behind the last end is left alone
        ("%{a};", "x;y", "a=x"),
        ("a\n%{b}", "a\nc", "b=c"),
        // names may hold nearly everything
        ("%{a.b c-d@é}", "x", "a.b c-d@é=x"),
        // the last value of a name counts, at the first place
        ("%{a} %{b} %{a}", "1 2 3", "a=3|b=2"),
    ]);
}

#[test]
fn skipped_keys_give_nothing() {
    check(&[
        ("%{b} %{} %{d}", "b c d", "b=b|d=d"),
        ("%{b} %{} %{d} %{}", "b c d x", "b=b|d=d"),
        ("%{b} %{?c} %{d}", "foo bar baz", "b=foo|d=baz"),
        ("%{?} %{b}", "Georgi Facello", "b=Facello"),
        ("%{} %{?a} %{a}", "1 2 3", "a=3"),
        // what stands before the modifier is not read
        ("%{{?k}=%{v}}", "{bucket=x}", "v=x"),
        ("{%{?k-e-y}=%{v}, %{x?y}=%{w}}", "{a=1, b=2}", "v=1|w=2"),
    ]);
}

#[test]
fn padding_is_eaten() {
    check(&[
        ("%{a->} %{b}", "foo           bar", "a=foo|b=bar"),
        ("%{a} %{b}", "foo   bar", "a=foo|b="),
        ("%{->} %{b}", "foo   bar", "b=bar"),
        ("%{?x->} %{b}", "foo   bar", "b=bar"),
        ("%{a->}, %{b}", "foo, , , bar", "a=foo|b=bar"),
        ("%{+a->} %{+a}", "x   y", "a=xy"),
        ("%{a->}", "x  ", "a=x  "),
    ]);
}

#[test]
fn the_same_end_again_gives_empty_values() {
    check(&[
        ("%{a},%{b},%{c},%{d}", "foo,,,", "a=foo|b=|c=|d="),
        ("%{a},%{b},%{c}", ",,", "a=|b=|c="),
        ("%{a},%{b},%{c}", "x,,y", "a=x|b=|c=y"),
        ("%{a},%{b}", "x,", "a=x|b="),
        // as the processor does it: the next key is empty, whatever ends it
        ("%{a},%{b} %{c}", "x,,y z", "a=x|b=|c=y z"),
        // and what is left when there is no next key, is left alone
        ("%{a} %{b}", "foo  bar", "a=foo|b="),
        ("%{a},", "foo,,,,", "a=foo"),
    ]);
}

#[test]
fn appended_keys_are_put_together() {
    check(&[
        ("%{+b} %{c} %{+b} %{d} %{+b}", "foo 1 bar 2 baz", "b=foobarbaz|c=1|d=2"),
        ("%{+b/3} %{c} %{+b/2} %{d} %{+b/1}", "foo 1 bar 2 baz", "b=bazbarfoo|c=1|d=2"),
        ("%{a} %{+a} %{+a}", "1 2 3", "a=123"),
        ("%{a} %{+a/2} %{+a/1}", "1 2 3", "a=132"),
        ("%{+a/1->} %{+a/0}", "1    2", "a=21"),
    ]);
    assert_eq!(cut("%{+a} %{+a/1} %{b} %{+a}", ", ", &Value::text("1 2 x 3")), "a=1, 3, 2|b=x");
    assert_eq!(cut("%{+a} %{+b} %{+a} %{+b}", "-", &Value::text("1 2 3 4")), "a=1-3|b=2-4");
}

#[test]
fn each_of_several_values_is_cut_up() {
    let list = Value::list(["Principal Support Engineer", "x", "Senior Team Lead"].map(Value::text));
    assert_eq!(cut("%{a} %{b} %{c}", "", &list), "a=[Principal,Senior]|b=[Support,Team]|c=[Engineer,Lead]");
    let list = Value::list(["x", "a b"].map(Value::text));
    assert_eq!(cut("%{a} %{b}", "", &list), "a=a|b=b");
    assert_eq!(cut("%{a}", "", &Value::Null), "-");
    assert_eq!(cut("%{a}", "", &Value::Long(5)), "-");
    let mut out = [Value::Long(1), Value::Long(2)];
    assert!(!Dissect::parse("%{a} %{b}", "").unwrap().cut("x", &mut out));
    assert!(out.iter().all(Value::is_null));
}

#[test]
fn wrong_patterns_are_refused() {
    check(&[
        ("", "", "0: the pattern has no key with a name"),
        ("abc", "", "0: the pattern has no key with a name"),
        ("%{} %{?x}", "", "0: the pattern has no key with a name"),
        ("%{a} %{b", "", "5: a key of the pattern is not closed"),
        ("%{a}%{b}", "", "4: nothing stands between the key `a` and the next one"),
        ("%{*a} %{&a}", "", "2: `%{*a}` is a reference key, which ES|QL does not have"),
        ("x %{&a}", "", "4: `%{&a}` is a reference key, which ES|QL does not have"),
        ("%{+}", "", "2: the key `+` has no name"),
        ("%{a/1}", "", "3: the key `a/1` has a place but is not appended"),
        ("%{+a/x}", "", "2: `x` is not a place among appended values"),
        ("%{+a/40000}", "", "2: `40000` is not a place among appended values"),
        ("%{+a/1/2}", "", "2: the key `+a/1/2` has several modifiers"),
        ("%{?+a}", "", "2: the key `?+a` has several modifiers"),
        ("%{+\n/x\n}", "", "2: `x\\n` is not a place among appended values"),
    ]);
}

#[test]
fn large_patterns_and_texts_take_little_time() {
    let pattern: String = (0..100_000).map(|n| format!("%{{k{n}}},")).collect();
    let dissect = Dissect::parse(&pattern, "").unwrap();
    assert_eq!(dissect.names().len(), 100_000);
    let fits = ",".repeat(100_000);
    assert!(dissect.apply(&Value::text(&fits)).iter().all(|value| value.as_text() == Some("")));
    assert!(dissect.apply(&Value::text("x".repeat(1_000_000))).iter().all(Value::is_null));
    let appended = "%{+a} ".repeat(100_000);
    let dissect = Dissect::parse(&appended, ",").unwrap();
    let value = dissect.apply(&Value::text("x ".repeat(100_000)));
    assert_eq!(value.first().and_then(Value::as_text).map(str::len), Some(199_999));
    let many = Value::list((0..100_000).map(|n| Value::text(format!("{n} x"))));
    let values = Dissect::parse("%{n} %{x}", "").unwrap().apply(&many);
    assert!(values.iter().all(|value| value.values().len() == 100_000));
    for hostile in ["%{".repeat(100_000), "%{a".repeat(100_000), "%{+/".repeat(50_000) + "}"] {
        assert!(Dissect::parse(&hostile, "").is_err());
    }
}
