use super::*;
use crate::source::FileId;

mod random;
mod reference;

/// The translation of an expression, and what was said about it and where.
fn read(text: &str, ignore_case: bool) -> (Option<Translated>, Vec<String>) {
    let mut diags = Diagnostics::new();
    let translated = translate(&QueryText::verbatim(text, FileId(0), 0), ignore_case, &mut diags);
    let said = diags.as_slice().iter().map(|problem| {
        let at = problem.labels[0].span;
        let shown = &text[at.start as usize..at.end as usize];
        assert!(problem.help.as_ref().is_some_and(|help| !help.is_empty()), "no help: {problem:?}");
        assert!(!problem.message.ends_with('.') && !problem.message.contains('\n'), "{problem:?}");
        format!("{} at `{shown}`: {}", problem.code.as_str(), problem.message)
    });
    (translated, said.collect())
}

fn pattern(text: &str) -> String {
    read(text, false).0.unwrap_or_else(|| panic!("{text}: {:?}", read(text, false).1)).pattern
}

fn help(text: &str) -> String {
    let mut diags = Diagnostics::new();
    translate(&QueryText::verbatim(text, FileId(0), 0), false, &mut diags);
    diags.as_slice()[0].help.clone().unwrap()
}

#[test]
fn what_the_engine_knows_keeps_its_shape() {
    for (text, expected) in [
        ("", r"\A\z"),
        ("abc", r"\Aabc\z"),
        ("a(b|cd)*e?", r"\Aa(?:b|cd)*e?\z"),
        ("a|b", r"\A(?:a|b)\z"),
        ("((a)(b))", r"\Aab\z"),
        ("a()b", r"\Aab\z"),
        ("(a|())b", r"\Aa?b\z"),
        ("a{2}{3}b{2,}c{0,4}d{1}e{0}", r"\A(?:a{2}){3}b{2,}c{0,4}d\z"),
        ("(a*)*b+?", r"\Aa*b*\z"),
        ("(ab)+", r"\A(?:ab)+\z"),
        ("a.c", r"\Aa.c\z"),
        (r"\.\*\\\-\/\é\ ", r"\A\.\*\\-/é \z"),
        (r#""a.b*"c"#, r"\Aa\.b\*c\z"),
        ("[a-c_.]", r"\A[a-c_.]\z"),
        (r"[^a\-\]&~[^]", r"\A[^a\-\]\&\~\[\^]\z"),
        (r"\d\s\w", r"\A[0-9][\t\n\r ][0-9A-Z_a-z]\z"),
        (r"[\d\sx][\Wy][^\S]", r"\A[0-9\t\n\r x][[^0-9A-Z_a-z]y][^[^\t\n\r ]]\z"),
        ("]}>-^b$/:", r"\A\]\}>-\^b\$/:\z"),
        ("#a|b", r"\Ab\z"),
        ("(a#)?b", r"\Ab\z"),
        ("é\t", r"\Aé\t\z"),
        // any text in front and behind needs no anchors
        (".*", ""),
        ("@", ""),
        (".*a.*", "a"),
        (".*(a|b).*", "a|b"),
        (".*a", r"a\z"),
        ("a@", r"\Aa"),
        (".*a.*|b", r"\A(?:.*a.*|b)\z"),
        (".+a", r"\A.+a\z"),
        ("<7-7>", r"\A7\z"),
        ("<7-12>", r"\A0*(?:[7-9]|1[0-2])\z"),
        ("<08-12>", r"\A(?:0[89]|1[0-2])\z"),
        ("<0012-0015>", r"\A0{2}1[2-5]\z"),
        ("@&a", r"\Aa\z"),
        ("~~(a)", r"\Aa\z"),
        ("~#", ""),
    ] {
        assert_eq!(pattern(text), format!("(?s){expected}"), "{text}");
    }
}

#[test]
fn operators_without_a_match_in_the_engine_are_worked_out() {
    for (text, expected) in [
        ("[^a]&[^b]", r"\A[^ab]\z"),
        ("~(a)", r"\A(?:(?:a.|[^a]).*)?\z"),
        ("x~(.*)y", r"\A[a&&b]\z"),
        ("a~bc", r"\Aa(?:(?:b.|[^b]).*)?c\z"),
        ("aaa.+&.+bbb", r"\Aaaa(?:b[^b]|bb[^b]|bbbb*[^b]|[^b])*bbbb*\z"),
        ("(~(a))+|b", r"\A(?:(?:(?:(?:a.|[^a]).*)?)+|b)\z"),
    ] {
        assert_eq!(pattern(text), format!("(?s){expected}"), "{text}");
    }
}

#[test]
fn case_can_be_ignored() {
    let pattern = |text| read(text, true).0.unwrap().pattern;
    assert_eq!(pattern("aB[c-e]"), r"(?si)\AaB[c-e]\z");
    assert_eq!(pattern(r"\d\w"), r"(?si)\A[0-9](?-i:[0-9A-Z_a-z])\z");
    assert_eq!(pattern(r"[\w.]"), r"(?si)\A(?-i:[.0-9A-Z_a-z])\z");
    assert_eq!(pattern("x~(b)"), r"(?si)\Ax(?-i:(?:(?:[Bb].|[^Bb]).*)?)\z");
    assert_eq!(pattern("[a-c]&[B-D]"), r"(?si)\A(?-i:[BCbc])\z");
}

#[test]
fn precedence_is_that_of_the_grammar() {
    for (text, matching, others) in [
        ("a|bc&bc|d", &["a", "bc", "d"][..], &["ac", "bcd"][..]),
        ("ab|c*", &["ab", "", "cc"], &["abb", "ac"]),
        ("~ab", &["b", "xb", "aab"], &["ab", "xa"]),
        ("~a*", &["", "aa", "b", "ab"], &["a"]),
        ("~(a*)", &["b", "ab"], &["", "a", "aa"]),
        ("~~ab", &["ab"], &["b", "aab"]),
        ("~[ab]", &["", "c", "ab"], &["a", "b"]),
        ("a&b|c", &["c"], &["a", "b"]),
        ("<1-3>+", &["1", "123"], &["", "4", "01"]),
        ("<1-13>+", &["1", "013", "0123"], &["", "40"]),
        (r#""ab"*"#, &["", "abab"], &["abb", "aab"]),
        ("a.{2}", &["abc", "a\n\n", "aéx"], &["ab"]),
        ("[a-]c]", &[], &[]),
        ("[+-]]", &["+", "]", ","], &["-]"]),
        (r"[\.-0]", &[".", "-", "0"], &["/"]),
        ("[]a]", &["]", "a"], &["]a"]),
        (r"[a-\d]", &["b", "d"], &["5"]),
        ("?a", &["?a"], &["a", ""]),
        ("|a", &["|a"], &["a", ""]),
        ("a||b", &["a", "|b"], &["b", ""]),
        (")a", &[")a"], &[]),
        ("(?:a)", &["?:a"], &["a"]),
        ("(a|)b)", &["a", ")b"], &["ab", "b"]),
        ("a&&b", &[], &["a", "&b"]),
    ] {
        let Some(translated) = read(text, false).0 else {
            assert_eq!(matching.len(), 0, "{text}");
            continue;
        };
        let regex = regex::Regex::new(&translated.pattern).unwrap();
        matching.iter().for_each(|value| assert!(regex.is_match(value), "{text} matches {value}"));
        others.iter().for_each(|value| assert!(!regex.is_match(value), "{text} does not match {value}"));
    }
}

#[test]
fn intervals_hold_their_numbers() {
    for (from, to) in
        [("0", "0"), ("5", "1234"), ("10", "7"), ("007", "123"), ("09", "09"), ("0", "2147483647"), ("98", "1002")]
    {
        let regex = regex::Regex::new(&pattern(&format!("<{from}-{to}>"))).unwrap();
        let (low, high): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
        let (low, high) = (low.min(high), low.max(high));
        let width = (from.len() == to.len()).then_some(from.len());
        for number in (0..1300).chain([2_147_483_646, 2_147_483_647, 2_147_483_648, 9_999_999_999]) {
            for text in [number.to_string(), format!("0{number}"), format!("{number:03}"), format!("{number:010}")] {
                let expected = (low..=high).contains(&number) && width.is_none_or(|width| width == text.len());
                assert_eq!(regex.is_match(&text), expected, "<{from}-{to}> {text}");
            }
        }
        assert!(!regex.is_match(""));
    }
    let wide = format!("<{0}1-{0}5>", "0".repeat(5_000));
    assert!(regex::Regex::new(&pattern(&wide)).unwrap().is_match(&format!("{}3", "0".repeat(5_000))));
}

#[test]
fn mistakes_are_told_where_they_are() {
    for (text, expected) in [
        ("(ab", "SG034 at `(`: this parenthesis is never closed"),
        ("a(", "SG034 at `(`: this parenthesis is never closed"),
        ("(a|)", "SG034 at `)`: `)` right behind `|` is the plain character, and does not close the group"),
        ("ab)c", "SG034 at `)`: this parenthesis was never opened"),
        ("[ab", "SG034 at `[`: this bracket is never closed"),
        ("[]", "SG034 at `[`: this bracket is never closed"),
        ("x[+-]y", "SG034 at `[`: this bracket is never closed"),
        (r"[a\", "SG034 at `[`: this bracket is never closed"),
        ("[z-a]x", "SG034 at `z-a`: the range `z-a` is out of order"),
        ("[a-]x", "SG034 at `a-]`: the range `a-]` is out of order"),
        (r#"a"b"#, "SG034 at `\"`: this quote is never closed"),
        ("a<1-2", "SG034 at `<`: this `<` is never closed by `>`"),
        ("a<b>c", "SG034 at `<b>`: `<b>` names an automaton, and there are none"),
        ("<1-b>", "SG034 at `<1-b>`: `<1-b>` is not an interval of numbers"),
        ("<->", "SG034 at `<->`: `<->` is not an interval of numbers"),
        ("<1-2-3>", "SG034 at `<1-2-3>`: `<1-2-3>` is not an interval of numbers"),
        ("<+1-2>", "SG034 at `<+1-2>`: `<+1-2>` is not an interval of numbers"),
        ("<0-99999999999>", "SG034 at `<0-99999999999>`: a bound of `<0-99999999999>` is above 2147483647"),
        ("a|", "SG034 at `|`: nothing follows this `|`"),
        ("a&", "SG034 at `&`: nothing follows this `&`"),
        ("~", "SG034 at `~`: nothing follows this `~`"),
        (r"a\", r"SG034 at `\`: the expression ends with a backslash"),
        (r"é\bx", r"SG034 at `\b`: `\b` has no meaning in Lucene's dialect"),
        (r"[\n]", r"SG034 at `\n`: `\n` has no meaning in Lucene's dialect"),
        ("a{b", "SG034 at `{`: `{` is not followed by a number"),
        ("a{,3}", "SG034 at `{`: `{` is not followed by a number"),
        ("a{2", "SG034 at `{2`: this count is not closed by `}`"),
        ("a{2,3,4}", "SG034 at `{2,3`: this count is not closed by `}`"),
        ("a{1001}", "SG034 at `{1001}`: a count is above 1000"),
        ("a{99999999999,}", "SG034 at `{99999999999,}`: a count is above 1000"),
        ("a{3,2}", "SG034 at `{3,2}`: the counts of `{3,2}` are out of order"),
        (
            "(a{100}){100}{100}",
            "SG034 at `(a{100}){100}{100}`: regular expression needs more than 10 MiB when compiled",
        ),
        ("~(.*a.{20}b.{20}a.*)", "SG034 at `~(.*a.{20}b.{20}a.*)`: this use of `&` or `~` is too complex"),
    ] {
        let (translated, said) = read(text, false);
        assert_eq!(translated, None, "{text}");
        assert_eq!(said, [expected], "{text}");
    }
    let (_, said) = read(r"a{x\q[z-a]<b>", false);
    assert_eq!(said.len(), 4, "each is told: {said:?}");
    assert_eq!(help("x[+-]y"), r"`-]` makes a range up to `]`; escape the hyphen: `\-]`");
    assert_eq!(help(r"\d\b"), "there are no word boundaries; say which characters may stand there");
}

#[test]
fn characters_with_another_meaning_are_pointed_out() {
    for (text, expected) in [
        ("abc|[a-z]*(x)", &[][..]),
        ("a&b.*", &["SG116 at `a&b.*`: the regular expression matches no text at all"]),
        ("2>&1", &["SG116 at `2>&1`: the regular expression matches no text at all"]),
        (".*a.*&.*b.*&.*c", &["SG116 at `&`: `&` is an operator here: both sides must match the same text"]),
        (".+@[A-Z]+", &["SG116 at `@`: `@` is an operator here: any text, like `.*`"]),
        ("~/x", &["SG116 at `~`: `~` is an operator here: any text but what follows"]),
        ("a#?", &["SG116 at `#`: `#` is an operator here: it matches nothing, not even the empty text"]),
        ("a\"b\"", &["SG116 at `\"b\"`: `\"` is an operator here: what stands between two is read without operators"]),
        ("^a|(^b)^c$", &["SG116 at `^`: `^` is a plain character here", "SG116 at `$`: `$` is a plain character here"]),
        (r"a^b\^c$d\$", &[]),
        ("(?:a)", &["SG116 at `(?:`: `(?:` is nothing special here: `?` is the plain character"]),
        ("(?i)a", &["SG116 at `(?i`: `(?i` is nothing special here: `?` is the plain character"]),
        ("a||b", &["SG116 at `|`: `|` has nothing to work on here, and is the plain character"]),
        ("*a", &["SG116 at `*`: `*` has nothing to work on here, and is the plain character"]),
        (".*?a", &[]),
        (".+?a", &["SG116 at `?`: `?` makes what stands before it optional here; it does not make it lazy"]),
        (r"(a)\1", &[r"SG116 at `\1`: `\1` is the plain digit here: there are no back references"]),
        (r"[\.-a]", &[r"SG116 at `\.-a`: `\.-a` is no range here: one cannot begin with an escaped character"]),
        (r"[\w\-\.-]", &[]),
        ("[[:alpha:]]", &["SG116 at `[:`: `[:` is nothing special here: there are no named classes of this kind"]),
        (r"[&~@#<>^$(]\&\~\@\#\<\>", &[]),
        ("a<1-2>", &[]),
        // so that the operators are meant
        ("@&~(abc.+)", &[]),
        ("(~(abc)|x)", &[]),
        ("abc.*&@", &[]),
        // told once for each operator
        ("a@b@c@", &["SG116 at `@`: `@` is an operator here: any text, like `.*`"]),
    ] {
        let (translated, said) = read(text, false);
        assert!(translated.is_some(), "{text}: {said:?}");
        assert_eq!(said, expected, "{text}");
    }
    assert_eq!(help("2>&1"), r"if the character is meant, escape it: `\&`");
    assert_eq!(help("(?!a)"), "there is no look-around; `&` and `~` say that both, or that not, a text matches");
}

#[test]
fn expressions_that_match_nothing_are_known() {
    for (text, never) in [
        ("#", true),
        ("a#b", true),
        ("#*", false),
        (r"[^\s\S]", true),
        (r"a[^\w\W]{2,}", true),
        ("a&aa", true),
        ("a+&aa", false),
    ] {
        let (translated, said) = read(text, false);
        let translated = translated.unwrap();
        assert_eq!(translated.never, never, "{text}");
        assert_eq!(said.iter().any(|line| line.contains("matches no text at all")), never, "{text}: {said:?}");
        assert!(regex::Regex::new(&translated.pattern).unwrap().is_match("") || text != "#*");
    }
}

#[test]
fn hostile_expressions_are_answered_soon() {
    let nested = |open: &str, close: &str, count: usize| format!("{}a{}", open.repeat(count), close.repeat(count));
    let classes = |from: u32| (from..from + 900).filter_map(char::from_u32).collect::<String>();
    let start = std::time::Instant::now();
    let mut slowest = (std::time::Duration::ZERO, String::new());
    for text in [
        "(".repeat(60_000),
        "[".repeat(60_000),
        "~".repeat(60_000),
        nested("(", ")", 30_000),
        nested("(", ")", 199),
        nested("(", ")*", 199),
        nested("~(", ")", 20_000),
        nested("~(", ")", 99),
        nested("~(b", ")", 99),
        nested("(a&~(b|", "))", 60),
        nested("(", ")?", 100) + &nested("(", ")*", 100),
        format!("a{}", "*".repeat(60_000)),
        format!("a{}", "?".repeat(190)),
        "a{1000}{1000}{1000}".to_owned(),
        "(){1000}{1000}{1000}".to_owned(),
        "#{1000}{1000}{1000}a|b".to_owned(),
        "(a{1000}|b{1000}){1000}".to_owned(),
        "~(a{1000}{1000})".to_owned(),
        "~((a|b?){500}c{1000})".to_owned(),
        "~(.*a.{1000})".to_owned(),
        "~(.*a.{1000}b.{1000}a.*)".to_owned(),
        "(.*a.*b.*c.*d.*e.*f.*)&(.*f.*e.*d.*c.*b.*a.*)&(.*b.*d.*f.*)&~(.*ab.*)".to_owned(),
        "|".repeat(64 << 10),
        "|".repeat((64 << 10) - 1),
        "&".repeat((64 << 10) - 1),
        "a|".repeat(32_000) + "b",
        "a&".repeat(32_000) + "a",
        "@".repeat(64 << 10),
        "a?".repeat(32 << 10),
        "[^a]".repeat(16 << 10),
        "<0-99999999999>".to_owned(),
        "<0-2147483647>".repeat(4_000),
        format!("~({})", "<0-2147483647>".repeat(50)),
        format!("~({})", "x".repeat(64_000)),
        format!("~({})", "abcdefghij".repeat(40)),
        format!("~(.*({}).*)", (0..60).map(|n| format!("word{n}x")).collect::<Vec<_>>().join("|")),
        format!("[{}]&[{}]", classes(0x400), classes(0x600)),
        format!("[{}]*&[^{}]*", classes(0x400), classes(0x600)),
        format!("~({})", classes(0x400)),
        format!("({})&~({})", classes(0x400), classes(0x600).replace('A', "")),
        "[\u{0}-\u{10ffff}]".repeat(5_000),
        "~([\u{0}-\u{10fffe}])[\u{0}-\u{10ffff}][\u{1}-\u{10ffff}]".to_owned(),
        "[^a\\S]".repeat(9_000),
        format!("[{}]", "[:".repeat(30_000)),
        format!("~({})", classes(0x4e00).repeat(20)),
        format!("~({})", "a|b|c|".repeat(9_000) + "d"),
        "\\q".repeat(30_000),
        "\"".repeat(63_001),
        "<".repeat(60_000),
        "é".repeat(40_000),
        "a".repeat(64 << 10),
        "[".to_owned() + &"a-z".repeat(21_000),
        "a{".repeat(32_000),
    ] {
        for ignore_case in [false, true] {
            let one = std::time::Instant::now();
            let (_, said) = read(&text, ignore_case);
            assert!(said.len() <= 21, "{} messages", said.len());
            if one.elapsed() > slowest.0 {
                slowest = (one.elapsed(), text.chars().take(60).collect());
            }
        }
    }
    // unoptimized; a second each at the very most
    assert!(slowest.0.as_millis() < 5_000, "{slowest:?} of {:?}", start.elapsed());
}
