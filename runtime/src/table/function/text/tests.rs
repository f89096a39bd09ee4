use super::*;
use crate::table::expr::Warnings;
use TextFunction as F;

fn t(text: &str) -> Value {
    Value::text(text)
}

fn list<const N: usize>(texts: [&str; N]) -> Value {
    Value::list(texts.map(t))
}

const NULL: Value = Value::Null;

/// The value, and the warnings that go with it.
fn run(function: F, arguments: &[Value]) -> (Value, Warnings) {
    let mut cx = Context::default();
    let value = call(function, Type::Keyword, arguments, &mut cx);
    (value, cx.warnings)
}

fn check(function: F, arguments: &[Value], expected: &Value) {
    let (value, _) = run(function, arguments);
    assert_eq!(&value, expected, "{function:?} {arguments:?}");
}

fn warned(function: F, arguments: &[Value], count: fn(&Warnings) -> u64) {
    let (value, warnings) = run(function, arguments);
    assert_eq!(value, Value::Null, "{function:?} {arguments:?}");
    assert_eq!((count(&warnings), warnings.total()), (1, 1), "{function:?} {arguments:?}");
}

#[test]
fn texts_of_one_text() {
    for (function, input, expected) in [
        (F::Length, "agwār", Value::Int(5)),
        (F::Length, "", Value::Int(0)),
        (F::Length, "𝄞a", Value::Int(2)),
        (F::BitLength, "ā", Value::Int(16)),
        (F::ByteLength, "agwār", Value::Int(6)),
        (F::Trim, " \t a b\u{1f}\n ", t("a b")),
        (F::Trim, "\u{a0}a\u{85}", t("\u{a0}a\u{85}")),
        (F::Trim, "\u{2003}", t("")),
        (F::LTrim, "  a ", t("a ")),
        (F::RTrim, "  a ", t("  a")),
        (F::ToLower, "ÄB c", t("äb c")),
        (F::ToUpper, "äb ß", t("ÄB SS")),
        (F::Reverse, "some text", t("txet emos")),
        (F::Reverse, "ae\u{301}👨‍👩‍👧", t("👨‍👩‍👧e\u{301}a")),
        (F::Reverse, "", t("")),
        (F::Md5, "", t("d41d8cd98f00b204e9800998ecf8427e")),
        (F::Md5, "abc", t("900150983cd24fb0d6963f7d28e17f72")),
        (F::Sha1, "abc", t("a9993e364706816aba3e25717850c26c9cd0d89d")),
        (F::Sha256, "abc", t("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        (F::ToBase64, "elastic", t("ZWxhc3RpYw==")),
        (F::ToBase64, "", t("")),
        (F::FromBase64, "ZWxhc3RpYw==", t("elastic")),
        (F::FromBase64, "ZWxhc3RpYw", t("elastic")),
        (F::FromBase64, "ZWxhc3RpYx==", t("elastic")),
        (F::FromBase64, "", t("")),
        (F::FromBase64, "aQBlAHgA", t("i\0e\0x\0")),
        (F::FromBase64, "/w==", t("\u{fffd}")),
        (F::UrlEncode, "a b/ä~-_.*", t("a+b%2F%C3%A4~-_.%2A")),
        (F::UrlEncodeComponent, "a b", t("a%20b")),
        (F::UrlDecode, "a+b%2f%C3%A4", t("a b/ä")),
        (F::UrlDecode, "%ff", t("\u{fffd}")),
        (F::UrlDecode, "", t("")),
    ] {
        check(function, &[t(input)], &expected);
    }
}

#[test]
fn texts_of_several_texts() {
    for (function, arguments, expected) in [
        (F::Concat, ["a", "b", "ä"], t("abä")),
        (F::Concat, ["", "", ""], t("")),
        (F::Replace, ["Hello World", "World", "Universe"], t("Hello Universe")),
    ] {
        check(function, &arguments.map(t), &expected);
    }
    for (function, a, b, expected) in [
        (F::Split, "foo;bar;;baz", ";", list(["foo", "bar", "", "baz"])),
        (F::Split, ";", ";", list(["", ""])),
        (F::Split, "foo", ";", t("foo")),
        (F::Split, "", ";", t("")),
        (F::StartsWith, "abc", "ab", Value::Bool(true)),
        (F::StartsWith, "abc", "", Value::Bool(true)),
        (F::StartsWith, "abc", "AB", Value::Bool(false)),
        (F::EndsWith, "abc", "bc", Value::Bool(true)),
        (F::EndsWith, "bc", "abc", Value::Bool(false)),
        (F::Contains, "abc", "b", Value::Bool(true)),
        (F::Contains, "abc", "ac", Value::Bool(false)),
        (F::Contains, "", "", Value::Bool(true)),
        (F::Locate, "hello", "ll", Value::Int(3)),
        (F::Locate, "a tiger", "é", Value::Int(0)),
        (F::Locate, "ää-x", "x", Value::Int(4)),
        (F::Locate, "abc", "", Value::Int(1)),
        (F::Hash, "md5", "abc", t("900150983cd24fb0d6963f7d28e17f72")),
        (F::Hash, "sha-1", "abc", t("a9993e364706816aba3e25717850c26c9cd0d89d")),
        (F::Hash, "SHA-224", "abc", t("23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")),
        (F::Hash, "SHA3-224", "abc", t("e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf")),
    ] {
        check(function, &[t(a), t(b)], &expected);
    }
}

#[test]
fn parts() {
    for (text, start, length, expected) in [
        ("Abdullah", 1, Some(3), "Abd"),
        ("Abdullah", 0, Some(3), "Abd"),
        ("Abdullah", -3, Some(3), "lah"),
        ("Abdullah", -3, None, "lah"),
        ("Abdullah", -30, Some(2), "Ab"),
        ("Abdullah", 2, None, "bdullah"),
        ("Abdullah", 9, Some(3), ""),
        ("Abdullah", i32::MAX, Some(i32::MAX), ""),
        ("Abdullah", i32::MIN, Some(i32::MAX), "Abdullah"),
        ("ä𝄞b", 2, Some(1), "𝄞"),
        ("", 1, Some(3), ""),
        ("abc", 1, Some(0), ""),
    ] {
        let mut arguments = vec![t(text), Value::Int(start)];
        arguments.extend(length.map(Value::Int));
        check(F::Substring, &arguments, &t(expected));
    }
    for (function, text, length, expected) in [
        (F::Left, "Alejandro", 3, "Ale"),
        (F::Left, "ä", 3, "ä"),
        (F::Left, "a", 0, ""),
        (F::Left, "a", -1, ""),
        (F::Right, "Alejandro", 3, "dro"),
        (F::Right, "ä𝄞", 1, "𝄞"),
        (F::Right, "a", 5, "a"),
        (F::Right, "a", -1, ""),
        (F::Repeat, "ab", 2, "abab"),
        (F::Repeat, "ab", 0, ""),
    ] {
        check(function, &[t(text), Value::Int(length)], &t(expected));
    }
    check(F::Space, &[Value::Int(3)], &t("   "));
    for (text, part, start, expected) in
        [("a tiger a", "a", 2, 9), ("a tiger a", "a", -1, 9), ("a tiger a", "a", 0, 1), ("äb", "b", 9, 0)]
    {
        check(F::Locate, &[t(text), t(part), Value::Int(start)], &Value::Int(expected));
    }
}

#[test]
fn nulls_and_several_values() {
    let single = [
        (F::Length, 1),
        (F::BitLength, 1),
        (F::ByteLength, 1),
        (F::Trim, 1),
        (F::LTrim, 1),
        (F::RTrim, 1),
        (F::Reverse, 1),
        (F::Md5, 1),
        (F::Sha1, 1),
        (F::Sha256, 1),
        (F::FromBase64, 1),
        (F::ToBase64, 1),
        (F::Concat, 3),
        (F::Split, 2),
        (F::StartsWith, 2),
        (F::EndsWith, 2),
        (F::Contains, 2),
        (F::Locate, 2),
        (F::Hash, 2),
        (F::Replace, 3),
        (F::JsonExtract, 2),
        (F::MatchesLike, 2),
        (F::MatchesRlike, 2),
    ];
    for (function, count) in single {
        for at in 0..count {
            let mut arguments = vec![t("a"); count];
            if let Some(argument) = arguments.get_mut(at) {
                *argument = list(["a", "b"]);
            }
            warned(function, &arguments, |warnings| warnings.multi_value);
            if let Some(argument) = arguments.get_mut(at) {
                *argument = NULL;
            }
            assert_eq!(run(function, &arguments), (NULL, Warnings::default()), "{function:?}");
        }
    }
    for function in [F::Substring, F::Left, F::Right, F::Repeat] {
        warned(function, &[list(["a", "b"]), Value::Int(1)], |warnings| warnings.multi_value);
        warned(function, &[t("a"), Value::list([Value::Int(1), Value::Int(2)])], |warnings| warnings.multi_value);
        check(function, &[NULL, Value::Int(1)], &NULL);
        check(function, &[t("a"), NULL], &NULL);
    }
    check(F::ToLower, &[list(["B", "A"])], &list(["b", "a"]));
    check(F::ToUpper, &[list(["b", "a"])], &list(["B", "A"]));
    check(F::UrlEncode, &[list(["b ", "a"])], &list(["b+", "a"]));
    check(F::UrlDecode, &[list(["b+", "%", "a"])], &list(["b ", "a"]));
    for function in [F::ToLower, F::ToUpper, F::UrlEncode, F::UrlEncodeComponent, F::UrlDecode, F::Space] {
        check(function, &[NULL], &NULL);
    }
    // what the catalogue does not let through is null, too
    for function in single.map(|(function, _)| function) {
        check(function, &[Value::Int(1), Value::Bool(true), NULL], &NULL);
        if function != F::Concat {
            check(function, &[], &NULL);
        }
    }
}

#[test]
fn what_cannot_be_made_is_null_with_a_warning() {
    let long = "x".repeat(MAX_BYTES);
    warned(F::Concat, &[t(&long), t("a")], |warnings| warnings.other);
    check(F::Concat, &[t(&long), t("")], &t(&long));
    warned(F::Repeat, &[t("ab"), Value::Int(i32::MAX)], |warnings| warnings.other);
    warned(F::Repeat, &[t("ab"), Value::Int(-1)], |warnings| warnings.other);
    warned(F::Space, &[Value::Int(1_048_577)], |warnings| warnings.other);
    warned(F::Substring, &[t("ab"), Value::Int(1), Value::Int(-1)], |warnings| warnings.other);
    warned(F::ToBase64, &[t(&long)], |warnings| warnings.other);
    warned(F::Replace, &[t(&long), t("x"), t("yy")], |warnings| warnings.other);
    warned(F::Hash, &[t("crc32"), t("a")], |warnings| warnings.other);
    warned(F::Split, &[t("a;b"), t(";;")], |warnings| warnings.other);
    warned(F::Split, &[t("a;b"), t("")], |warnings| warnings.other);
    for text in ["%", "%4", "%zz", "%-1"] {
        warned(F::UrlDecode, &[t(text)], |warnings| warnings.conversion);
    }
    for text in ["a", "a b=", "ä", "YQ=a"] {
        warned(F::FromBase64, &[t(text)], |warnings| warnings.conversion);
    }
}

#[test]
fn replaces_as_java_does() {
    for (text, pattern, replacement, expected) in [
        ("This is", r"\s", "", "Thisis"),
        ("abc", "", "-", "-a-b-c-"),
        ("aab", "a*", "X", "XXbX"),
        ("abc", "(?i)B", "x", "axc"),
        ("aBc", "(?i:b)c", "x", "ax"),
        ("a1b22", r"([a-z])(\d+)", "$2$1", "1a22b"),
        ("ab", "(a)(b)", "$12", "a2"),
        ("ab", "(?<x>a)b", "${x}${x}", "aa"),
        ("ab", "(a)|(b)", "<$2>", "<><b>"),
        ("a.b", r"\.", r"\$\\", r"a$\b"),
        ("foobar", "foo(?=bar)", "", "bar"),
        ("foobar", "(?<!foo)bar", "", "foobar"),
        ("aaa", "(a)\\1", "b", "ba"),
        ("x ٣", r"\d|\w", "_", "_ ٣"),
        ("ä b", r"\w", "_", "ä _"),
        ("ä b", r"(?U)\w", "_", "_ _"),
        ("aäb", r"\b", "|", "|a|ä|b|"),
        ("a-b", r"\b", "|", "|a|-|b|"),
        ("ab", r"\B", "|", "a|b"),
        ("aäb", r"\B", "|", "aäb"),
        ("äö", r"\B", "|", "|ä|ö|"),
        ("a\tb\u{a0}c", r"\h", "", "abc"),
        ("a\u{a0}b", r"\s", "", "a\u{a0}b"),
        ("a\nb", ".", "x", "x\nx"),
        ("a\rb", ".", "x", "x\rx"),
        ("a\rb", "(?s).", "x", "xxx"),
        ("a\n", "a$", "b", "b\n"),
        ("a\r\n", "a$", "b", "b\r\n"),
        ("a\nb", "a$", "b", "a\nb"),
        ("a\nb", "(?m)^|$", "|", "|a|\n|b|"),
        ("a\r\nb\r\n", "(?m)^", "|", "|a\r\n|b\r\n"),
        ("", "(?m)^", "|", ""),
        ("", "^", "|", "|"),
        ("a\n", r"a\Z", "b", "b\n"),
        ("a\n", r"a\z", "b", "a\n"),
        ("a+b", r"\Qa+b\E", "x", "x"),
        ("a]b", "[]b]", "x", "axx"),
        ("a-b^", r"[\-^]", "", "ab"),
        ("abcd", "[a-d&&[^bc]]", "", "bc"),
        ("a-b", "[a-]", "", "b"),
        ("a[b", r"[\[]", "", "ab"),
        ("aBc", r"\p{Upper}", "", "ac"),
        ("aÄ", r"\p{Lu}", "", "a"),
        ("aÄ", r"[\p{IsUppercase}]", "", "a"),
        ("aÄ1", r"\P{Alpha}", "", "a"),
        ("aa", "a{2}", "b", "b"),
        ("aab", "a++b", "x", "x"),
        ("aab", "(?>a+)a", "x", "aab"),
        ("a\u{1}b", r"\x01\u0062|\x{62}", "", "a"),
        ("𝄞", r"\uD834\uDD1E", "x", "x"),
        ("a b", "(?x) a \\s b # c", "x", "x"),
        ("a}b]", "}|]", "", "ab"),
        ("a~b", "[~~]", "", "ab"),
        ("a<b>", r"\<|\>", "", "ab"),
        ("x:alpha", "[[:alpha:]]", "", "x"),
        ("aaa", "a+?", "b", "bbb"),
    ] {
        let (value, warnings) = run(F::Replace, &[t(text), t(pattern), t(replacement)]);
        assert_eq!((value, warnings.total()), (t(expected), 0), "{text:?} {pattern:?} {replacement:?}");
    }
    for (pattern, replacement) in [
        ("(", ""),
        ("a{", ""),
        (r"\y", ""),
        ("a", "$1"),
        ("a", "$"),
        ("a", r"\"),
        ("a", "${x}"),
        (r"\1", ""),
        ("[a", ""),
        (r"\Ga", ""),
    ] {
        warned(F::Replace, &[t("a"), t(pattern), t(replacement)], |warnings| warnings.other);
    }
    // a replacement that is not used is not looked at
    check(F::Replace, &[t("b"), t("a"), t("$1")], &t("b"));
}

#[test]
fn wrong_expressions_of_java_are_told_from_others() {
    for (pattern, expected) in [
        ("a(b|c)*?[d-f&&[^e]]{2,3}+", true),
        // what has no words here is right all the same
        (r"\X", true),
        (r"\Ga", true),
        (r"\1", true),
        ("(?d)a", true),
        (r"\uD834x", true),
        (r"\p{InGreek}", true),
        (r"\b{g}", true),
        ("", true),
        ("]}", true),
        ("(", false),
        (")", false),
        ("(?", false),
        ("(?<1>a)", false),
        ("(?<a", false),
        ("(?z)", false),
        ("+", false),
        ("a**", false),
        ("(*a)", false),
        ("(?i)?", false),
        ("a{", false),
        ("a{x}", false),
        ("a{1,2,3}", false),
        ("a{3,2}", false),
        ("[", false),
        ("[a", false),
        ("[z-a]", false),
        (r"[a-\d]", false),
        (r"[\b]", false),
        ("\\", false),
        (r"\y", false),
        (r"\xg1", false),
        (r"\u12", false),
        (r"\k", false),
        (r"\p{", false),
        (r"\p{}", false),
    ] {
        assert_eq!(super::is_java_pattern(pattern), expected, "{pattern:?}");
    }
}

#[test]
fn hostile_replacements_end() {
    let text = t(&"a".repeat(8_000));
    for pattern in ["(a+)+b", "(a|a)*c", "(?=(a+))\\1b", "a*?$", "(?=(a+))a"] {
        run(F::Replace, &[text.clone(), t(pattern), t("x")]);
    }
    // looking around, on a text that is too long
    warned(F::Replace, &[t(&"a".repeat(20_000)), t("(?=a*b)a"), t("x")], |warnings| warnings.other);
    let lines = t(&("a\r\n".repeat(40_000) + "b"));
    check(F::Replace, &[lines.clone(), t("^a.*$"), t("x")], &lines);
    for pattern in
        ["(".repeat(10_000), "[".repeat(10_000), "a".repeat(100_000), "((((((a{9}){9}){9}){9}){9}){9})".repeat(9)]
    {
        run(F::Replace, &[t("a"), t(&pattern), t("x")]);
        run(F::MatchesLike, &[t("a"), t(&pattern)]);
        run(F::MatchesRlike, &[t("a"), t(&pattern)]);
        run(F::JsonExtract, &[t(&pattern), t("a")]);
        run(F::JsonExtract, &[t("{}"), t(&pattern)]);
    }
}

#[test]
fn paths_of_json() {
    let json = r#"{"a":{"b":"c","d.e":[1, 2.50,{"f": null,"g":true}],"":"x"},"n":1e5,"s":"q\"\u00e4","d":{"k" : 1},"d":2,"esc\n":3}"#;
    for (path, expected) in [
        ("a.b", t("c")),
        ("$.a.b", t("c")),
        ("a['b']", t("c")),
        ("$['a'][\"b\"]", t("c")),
        ("a['d.e'][0]", t("1")),
        ("a['d.e'][ 1 ]", t("2.50")),
        ("a['d.e'][2].g", t("true")),
        ("a['d.e'][2].f", NULL),
        ("a['d.e'][2]", t(r#"{"f": null,"g":true}"#)),
        ("a['']", t("x")),
        ("n", t("1e5")),
        ("s", t("q\"ä")),
        ("d", t(r#"{"k" : 1}"#)),
        ("['esc\n']", t("3")),
        ("$", t(json)),
        ("", t(json)),
        ("$.", t(json)),
    ] {
        let (value, warnings) = run(F::JsonExtract, &[t(json), t(path)]);
        assert_eq!((value, warnings.total()), (expected, 0), "{path}");
    }
    for path in [
        "A",
        "a.x",
        "a.b.c",
        "a['d.e'][3]",
        "a['d.e'][-1]",
        "a['d.e'][*]",
        "a[0]",
        "a['d.e'].x",
        ".a",
        "a.",
        "a..b",
        "$a",
        "a[",
        "a['b",
        "a[]",
        "a]",
        "['a']b",
        "a['d.e'][0:1]",
        "a[99999999999999999999]",
    ] {
        warned(F::JsonExtract, &[t(json), t(path)], |warnings| warnings.other);
    }
    for json in [
        "",
        "{",
        r#"{"a""#,
        r#"{"a":"#,
        r#"{"a":tru}"#,
        r#"{"a":01}"#,
        r#"{"a":"\x"}"#,
        r#"{"b":[,],"a":1}"#,
        "{'a':1}",
        "[1]",
    ] {
        warned(F::JsonExtract, &[t(json), t("a")], |warnings| warnings.other);
    }
    check(F::JsonExtract, &[t(" [ [0] , \"x\" ] "), t("[1]")], &t("x"));
    warned(F::JsonExtract, &[t(&"[".repeat(100_000)), t("[0][1]")], |warnings| warnings.other);
}

#[test]
fn close_texts() {
    let near = |function, field: Value, text: &str, edits: Value, prefix: i32| {
        run(function, &[field, t(text), edits, Value::Int(prefix)]).0.is_true()
    };
    for (value, edits, prefix, expected) in [
        ("svchost.exe", 1, 0, true),
        ("svch0st.exe", 1, 0, true),
        ("svhcost.exe", 1, 0, true),
        ("svchosts.exe", 1, 0, true),
        ("schost.exe", 1, 0, true),
        ("Svchost.exe", 1, 0, true),
        ("SVchost.exe", 1, 0, false),
        ("SVchost.exe", 2, 0, true),
        ("svchost.exe.exe", 2, 0, false),
        ("svchost", 9, 0, false),
        ("", 2, 0, false),
        ("avchost.exe", 1, 1, false),
        ("svchost.exa", 1, 1, true),
        ("svchost.exa", 0, 0, false),
    ] {
        assert_eq!(near(F::Fuzzy, t(value), "svchost.exe", Value::Int(edits), prefix), expected, "{value} {edits}");
    }
    for (a, b, edits) in [("ab", "ba", 1), ("", "ab", 2), ("abcd", "badc", 2)] {
        for (a, b) in [(a, b), (b, a)] {
            let far = Value::Int(edits - 1);
            assert!(near(F::Fuzzy, t(a), b, Value::Int(edits), 0) && !near(F::Fuzzy, t(a), b, far, 0), "{a} {b}");
        }
    }
    for (value, text, edits, expected) in [
        ("ab", "ac", "AUTO", false),
        ("abc", "abd", "AUTO", true),
        ("abcdef", "abcxyf", "auto", true),
        ("abc", "abd", "AUTO:4,6", false),
    ] {
        assert_eq!(near(F::Fuzzy, t(value), text, t(edits), 0), expected, "{value} {text} {edits}");
    }
    let several = list(["cmd.exe", "svch0st.exe"]);
    assert!(near(F::Fuzzy, several.clone(), "svchost.exe", Value::Int(1), 0));
    assert!(near(F::FuzzyWords, t("Run SVCH0ST now"), "x svchost", Value::Int(1), 0));
    assert!(!near(F::FuzzyWords, t("Run SVCH0ST now"), "svchost", Value::Int(0), 0));
    // two-valued
    assert_eq!(run(F::Fuzzy, &[NULL, t("a")]), (Value::Bool(false), Warnings::default()));
    assert_eq!(run(F::FuzzyWords, &[several, NULL]), (Value::Bool(false), Warnings::default()));
}

#[test]
fn patterns_of_values() {
    for (text, pattern, expected) in [
        ("abc", "abc", true),
        ("abc", "a*", true),
        ("abc", "*c", true),
        ("abc", "a?c", true),
        ("abc", "a?", false),
        ("aXbXc", "*X?", true),
        ("abc", "", false),
        ("", "", true),
        ("", "*", true),
        ("", "?", false),
        ("ä", "?", true),
        ("a*c", r"a\*c", true),
        ("abc", r"a\*c", false),
        (r"a\c", r"a\\c", true),
        ("aab", "*ab", true),
    ] {
        check(F::MatchesLike, &[t(text), t(pattern)], &Value::Bool(expected));
    }
    for (text, pattern, expected) in [
        ("abc", "a.c", true),
        ("abc", "b", false),
        ("abc", "a|abc", true),
        ("a.c", r"a\.c", true),
        ("a\nc", "a.c", true),
        ("ab", "\"ab\"", true),
        ("a^", "[^b-d]^", true),
        ("a5", r"\w\d", true),
        ("abab", "(ab){2}", true),
        ("x", "@", true),
        ("x", "#", false),
        ("a$", "a$", true),
    ] {
        check(F::MatchesRlike, &[t(text), t(pattern)], &Value::Bool(expected));
    }
    warned(F::MatchesLike, &[t("a"), t("\\")], |warnings| warnings.other);
    for pattern in ["(", "~a", "<1-2>", "[a", "\\", "\"a"] {
        warned(F::MatchesRlike, &[t("a"), t(pattern)], |warnings| warnings.other);
    }
}
