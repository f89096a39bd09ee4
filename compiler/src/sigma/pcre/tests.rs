//! What expressions find, against what PCRE 2 finds with them, and what becomes of them where that is the point.

use super::{Dialect, translate};

/// The expression finds something in these texts, and nothing in those.
fn check(pattern: &str, finds: &[&str], misses: &[&str]) {
    let translation = translate(pattern, false, Dialect::Pcre).unwrap_or_else(|fault| panic!("{pattern}: {fault:?}"));
    let written = &translation.pattern;
    let is_match: Box<dyn Fn(&str) -> bool> = if translation.needs.is_empty() {
        let regex = regex::Regex::new(written).unwrap_or_else(|error| panic!("{pattern} -> {written}: {error}"));
        Box::new(move |text| regex.is_match(text))
    } else {
        let regex = fancy_regex::Regex::new(written).unwrap_or_else(|error| panic!("{pattern} -> {written}: {error}"));
        Box::new(move |text| regex.is_match(text).expect("few steps"))
    };
    for text in finds {
        assert!(is_match(text), "{pattern} -> {written} finds nothing in {text:?}");
    }
    for text in misses {
        assert!(!is_match(text), "{pattern} -> {written} finds something in {text:?}");
    }
}

fn check_fault(pattern: &str, message: &str) {
    let fault = translate(pattern, false, Dialect::Pcre).expect_err(pattern);
    assert!(fault.message.contains(message), "{pattern}: {}", fault.message);
}

#[test]
fn ends_are_translated_where_they_are_ends() {
    let check = |pattern: &str, expected: &str| {
        let translation = translate(pattern, false, Dialect::Pcre).expect(pattern);
        assert_eq!(translation.pattern, expected.replace("END", "(?:\\n?\\z)"), "{pattern}");
    };
    check("a$", "aEND");
    check("a|b$|c$d", "a|bEND|cENDd");
    check(r"\$a[$]b[]$]c[^]$]d\\$", r"\$a[$]b[]$]c[^]$]d\\END");
    check("(?m)a$", "(?m)a$");
    check("(?i)a$", "(?i)aEND");
    check("(?m:a$)b$", "(?m:a$)bEND");
    check("((?m)a$)b$", "((?m)a$)bEND");
    check("(?m)a$(?-m)b$", "(?m)a$(?-m)bEND");
    check("(?P<x>a$)(?:b$)é$", "(?P<x>aEND)(?:bEND)éEND");
    assert_eq!(translate("^b$", true, Dialect::Pcre).expect("valid").pattern, "^b$");
}

#[test]
fn a_final_newline_is_not_part_of_the_text() {
    check(r"\.exe$", &["a.exe", "a.exe\n"], &["a.exe\n\n", "a.exe\nb"]);
    check(r"\.exe\Z", &["a.exe", "a.exe\n"], &["a.exe\n\n", "a.exe\nb"]);
    check(r"(?m)\.exe\Z", &["a.exe\n"], &["a.exe\nb"]);
    check(r"\.exe\z", &["a.exe"], &["a.exe\n"]);
    check(r"(?=.)\.exe\Z", &["a.exe\n"], &["a.exe\n\n"]);
}

#[test]
fn escapes_of_plain_characters() {
    check(r"\<a\>", &["<a>"], &["a"]);
    check(r"(?=.)\<a\>", &["<a>"], &["a"]);
    check(r"[\<\>]", &["<"], &["a"]);
    check(r"\b{start}", &["a{start}"], &["start", "a start"]);
    check(r"\é\-\_\ \/", &["é-_ /"], &["é"]);
    check(r"a\Q.*[\Eb", &["a.*[b"], &["axxb"]);
    check(r"(?x)a\Q b#\Ec d # (comment", &["a b#cd"], &["abcd"]);
}

#[test]
fn classes() {
    check("[[a]b]", &["[b]", "ab]"], &["a", "[b", "ab"]);
    check("[;&&|]x", &[";x", "&x", "|x"], &["x"]);
    check("[^[]x", &["ax"], &["[x", "x"]);
    check(r"^[\w-.]+$", &["a-.", "_"], &["!", ","]);
    check(r"^[\d-x]+$", &["1-x"], &["a", "w"]);
    check("^[a~~b&&c]+$", &["a~b&c"], &["d"]);
    check("^[a-c--]$", &[], &["a,"]);
    check("^[+--]+$", &["+,-"], &["."]);
    check("^[--/]+$", &["-./"], &[",", "0"]);
    check("^[a-c-e]+$", &["a-e"], &["d"]);
    check("^[]-a]+$", &["]^_`a"], &["b", "-", "\\"]);
    check("^[^]a]$", &["b"], &["]", "a"]);
    check("^[-a]+$", &["-a"], &["b"]);
    check("^[a-]+$", &["-a"], &["b"]);
    check("^[a[:digit:]b]+$", &["a1b"], &[":", "[", "d"]);
    check("^[[:^digit:]]+$", &["a"], &["1"]);
    check("^[[:alpha]+$", &["[:alph"], &["d"]);
    check(r"[\b]", &["a\u{8}"], &["a b"]);
    check(r"^[\x41-\x43\e\101]+$", &["ABC\u{1b}"], &["D", "1"]);
    check("(?x)^[a #]+$", &["a #"], &["b"]);
    check("(?=.)^[[a&&b]+$", &["[a&b"], &["c"]);
    check(r"^[\Qa-c]\E]+$", &["a-c]"], &["b"]);
    check_fault("[a", "not closed");
    check_fault("[[:wrong:]]", "no class");
    check_fault("[:alpha:]", "outside of a class");
    check_fault(r"[a-\d]", "a range");
    check_fault(r"[\R]", "no meaning in a class");
}

#[test]
fn spaces_and_line_breaks() {
    check(r"^\h+$", &[" \t\u{a0}\u{3000}\u{180e}"], &["a", "\n", "f", "0"]);
    check(r"^\H$", &["a", "f", "\r"], &[" ", "\t"]);
    check(r"^[\h_]+$", &[" _\t"], &["a"]);
    check(r"^[\H]$", &["a"], &[" "]);
    check(r"^a\vb$", &["a\nb", "a\u{b}b", "a\u{2028}b"], &["a b"]);
    check(r"^a\Rb$", &["a\nb", "a\r\nb", "a\rb"], &["a\n\rb", "ab"]);
    check(r"^a\R{2}b$", &["a\n\nb", "a\r\n\nb"], &["a\r\nb"]);
    check(r"^\N+\e\cA\07$", &["x\u{1b}\u{1}\u{7}"], &["\n\u{1b}\u{1}\u{7}"]);
    check(r"a\Kb", &["ab"], &["b"]);
}

#[test]
fn quantifiers() {
    check(r#"^{"a":"#, &[r#"{"a":1"#], &[r#"x{"a":"#]);
    check("{a}", &["{a}"], &["a"]);
    check("^a{b$", &["a{b"], &["a"]);
    check("^a{}{1,b}$", &["a{}{1,b}"], &["a"]);
    check("^a{2}$", &["aa"], &["a{2}"]);
    check("^a{2,}?b$", &["aaab"], &["ab"]);
    check("a++a", &[], &["aaa"]);
    check("a*+a", &[], &["aaa"]);
    check("^a?+a", &["aa"], &["a"]);
    check("^a{1,2}+a", &["aaa"], &["aa"]);
    check("(?>a+)a", &[], &["aaa"]);
    check_fault("a{2,1}", "at least 2");
    check_fault("(?=a)a{2,1}", "at least 2");
    check_fault("a{,3}", "newer engines");
    check_fault("a{ 1, 3 }", "newer engines");
    check_fault("a**", "behind another quantifier");
    check_fault("a{2}{3}", "behind another quantifier");
}

#[test]
fn references_and_groups() {
    check(r"(a|b)\1", &["aa", "bb"], &["ab"]);
    check(r"(a|b)\g1\g{1}\g{-1}", &["aaaa"], &["aaba"]);
    check(r"(?<n>a|b)\k<n>\k{n}\k'n'(?P=n)\g{n}", &["aaaaaa"], &["aaaaba"]);
    check(r"(?'n'a|b)\k<n>", &["bb"], &["ba"]);
    check("a(?#not b)b", &["ab"], &["a"]);
    check("(?<=a)b(?!c)", &["ab"], &["abc", "b"]);
    check("^(a)?(?(1)b|c)$", &["ab", "c"], &["ac", "b"]);
    check_fault("(*UTF8)a", "verb");
    check_fault("(?u)a", "begins no group");
    check_fault("(?|a|b)", "begins no group");
    check_fault(r"\y", "no escape");
    check_fault("a\\", "backslash");
}

#[test]
fn what_is_needed_is_named() {
    let needs = |pattern: &str| {
        let needs = translate(pattern, false, Dialect::Pcre).expect(pattern).needs;
        needs.into_iter().collect::<Vec<_>>().join(", ")
    };
    assert_eq!(needs(r"a{b}[\w-.]\h[[:alpha:]]$"), "");
    assert_eq!(needs(r"(a)(?=b)\1a++"), "back references, look-around, possessive quantifiers");
    assert_eq!(needs(r"\R(?>a)(?R)"), "`\\R`, atomic groups, recursion");
}

#[test]
fn pipelines_speak_the_dialect_of_python() {
    let python = |pattern: &str| translate(pattern, false, Dialect::Python).map(|translation| translation.pattern);
    assert_eq!(python(r"\<a\Z").as_deref(), Ok(r"<a\z"));
    assert_eq!(python("a{,3}b$").as_deref(), Ok(r"a{0,3}b(?=\n?\z)"));
    assert!(python(r"\h").is_err());
}

mod any_text {
    use super::{Dialect, translate};
    use proptest::prelude::*;

    const PARTS: &str =
        r"[|]|^|-|\|(|)|?|*|+|{|}|,|1|2|:|<|>|=|!|P|R|&|~|#|é|😀|a|x|Q|E|'|$|.| |g|k|d|h|p|c|u|alpha|[:";

    proptest! {
        #[test]
        fn is_translated_or_refused(parts in prop::collection::vec(prop::sample::select(PARTS.split('|').collect::<Vec<_>>()), 0..24)) {
            let text: String = parts.concat();
            for dialect in [Dialect::Pcre, Dialect::Python] {
                if let Ok(translation) = translate(&text, false, dialect) {
                    // engines may refuse it, but not fall over it
                    let _ = regex::Regex::new(&translation.pattern);
                    let _ = fancy_regex::Regex::new(&translation.pattern);
                }
            }
        }
    }
}
