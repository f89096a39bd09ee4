use super::*;
use crate::sigma::ast::Value;

fn read(text: &str) -> Vec<Document> {
    documents(FileId(0), text)
}

fn only(text: &str) -> Node {
    let mut documents = read(text);
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0).root.unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

fn code(text: &str) -> &'static str {
    match read(text).into_iter().find_map(|document| document.root.err()) {
        Some(problems) => problems[0].code.as_str(),
        None => "fine",
    }
}

#[test]
fn scalars_are_typed_by_the_core_schema() {
    use Value::{Bool, Float, Int, Null, String};
    let string = |text: &str| String(text.to_owned());
    for (written, expected) in [
        ("", Null),
        ("~", Null),
        ("NULL", Null),
        ("nULL", string("nULL")),
        ("true", Bool(true)),
        ("False", Bool(false)),
        ("yes", string("yes")),
        ("4688", Int(4688)),
        ("+1", Int(1)),
        ("-0", Int(0)),
        ("010", Int(10)),
        ("0x1F", Int(31)),
        ("0o17", Int(15)),
        ("0x", string("0x")),
        ("0x-1", string("0x-1")),
        ("1_000", string("1_000")),
        ("170141183460469231731687303715884105727", Int(i128::MAX)),
        ("-170141183460469231731687303715884105728", Int(i128::MIN)),
        ("170141183460469231731687303715884105728", string("170141183460469231731687303715884105728")),
        ("1.50", Float(1.5)),
        (".5e-1", Float(0.05)),
        ("1.", Float(1.0)),
        ("1e3", Float(1000.0)),
        ("1e999", string("1e999")),
        (".", string(".")),
        ("-.", string("-.")),
        ("1.2.3", string("1.2.3")),
        ("-.inf", Float(f64::NEG_INFINITY)),
        ("infinity", string("infinity")),
        ("2024-01-01", string("2024-01-01")),
        ("'1'", string("1")),
        ("!!str 1", string("1")),
        ("!!int '1'", Int(1)),
        ("!mine x", string("x")),
    ] {
        let Node::Map(mut entries, _) = only(&format!("k: {written}\n")) else { panic!("{written}") };
        let Some((_, Node::Scalar(scalar))) = entries.pop() else { panic!("{written}") };
        assert_eq!(scalar.value(), expected, "{written}");
        assert_eq!(scalar.is_string(), matches!(expected, String(_)), "{written}");
    }
}

#[test]
fn spans_are_bytes_whatever_the_text() {
    for lead in ["", "\u{feff}", "# ü\n", "ключ: значение\r\n", "x: 😀😀😀\n", &"# é, ü\n".repeat(40)]
    {
        for filler in ["", "é", "😀ю", &"ß".repeat(200)] {
            let text = format!(
                "{lead}a{filler}: b{filler}\n'c{filler}': \"d{filler}\"\ne: &x !!str f{filler}\nl: [g{filler}, *x]\n"
            );
            let Node::Map(entries, _) = only(&text) else { panic!() };
            let slice = |span: Span| &text[span.start as usize..span.end as usize];
            let mut seen = Vec::new();
            for (key, node) in &entries {
                seen.push(slice(key.span).to_owned());
                match node {
                    Node::Scalar(scalar) => seen.push(slice(scalar.span).to_owned()),
                    Node::List(members, span) => {
                        seen.push(slice(*span).to_owned());
                        seen.push(slice(members[0].span()).to_owned());
                    }
                    Node::Map(..) => {}
                }
            }
            let expected =
                ["a|", "b|", "'c|'", "\"d|\"", "e", "f|", "l", "[g|, *x]", "g|"].map(|part| part.replace('|', filler));
            assert_eq!(seen[seen.len() - 9..], expected, "{text}");
        }
    }
}

#[test]
fn words_within_scalars_are_found() {
    // the word `bb` of the scalar's text, as it stands in the source
    for (text, expected) in [
        ("k: aa bb cc", "bb"),
        ("k: 'aa bb cc'", "bb"),
        ("k: \"aa bb cc\"", "bb"),
        ("k: 'it''s bb'", "bb"),
        ("k: aa\n   bb\n   cc", "bb"),
        ("k: >-\n   aa\n   bb\n", "bb"),
        ("k: |\n   é\n\n   bb\n", "bb"),
        ("k: \"a\\x20bb\"", "\"a\\x20bb\""),
        ("k: \"aa\n  bb\"", "bb"),
    ] {
        let Node::Map(entries, _) = only(text) else { panic!("{text}") };
        let Node::Scalar(scalar) = &entries[0].1 else { panic!("{text}") };
        let at = scalar.text.find("bb").unwrap();
        let span = scalar.place(text).at(at..at + 2);
        assert_eq!(&text[span.start as usize..span.end as usize], expected, "{text}");
    }
}

#[test]
fn documents_stand_alone() {
    let kinds = |text: &str| {
        read(text).iter().map(|document| if document.root.is_ok() { '+' } else { '-' }).collect::<String>()
    };
    for (text, expected) in [
        ("", ""),
        ("# nothing\n---\n# still\n...\n", ""),
        ("a: 1\n---\nb: 2\n", "++"),
        ("---\na: 1\n---\n---\nb: 2\n---\n", "++"),
        ("a: 'open\n---\nb: 2\n--- # comment\nc: [\n---\nd: 4", "-+-+"),
        ("%YAML 1.2\n---\na: 1\n...\n# x\n%TAG !e! tag:e,2000:\n---\nb: !e!x 2\n", "++"),
        ("a: |\n  ---\n  text\nb: 1\n", "+"),
        ("a: ---\n---x: 1\n", "+"),
        ("- a\n", "+"),
        ("just text", "+"),
        ("a: 1\r\n---\r\nb: é\r\n", "++"),
    ] {
        assert_eq!(kinds(text), expected, "{text:?}");
    }
}

#[test]
fn aliases_and_merge_keys_are_resolved() {
    let Node::Map(entries, _) = only("base: &b {x: 1, y: 2}\nlist: [*b, &s t, *s]\nown: {<<: *b, y: 3}\n") else {
        panic!()
    };
    let Node::List(members, _) = &entries[1].1 else { panic!() };
    assert_eq!(members[0], entries[0].1);
    assert_eq!(members[1], members[2]);
    let Node::Map(own, _) = &entries[2].1 else { panic!() };
    let lines: Vec<_> = own.iter().map(|(key, node)| (key.text.as_str(), node.clone())).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(matches!(&lines[0], ("y", Node::Scalar(scalar)) if scalar.text == "3"));
}

fn lines(first: &str, more: impl Iterator<Item = String>) -> String {
    std::iter::once(first.to_owned()).chain(more).collect()
}

#[test]
fn hostile_documents_end_in_an_error() {
    let bomb = |width: usize, levels: usize| {
        let line =
            |level: usize| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); width].join(", "));
        lines("a0: &a0 x\n", (1..levels).map(line))
    };
    for (what, text, expected) in [
        ("a fair document", "a: {b: [c, d]}".to_owned(), "fine"),
        ("64 levels", format!("{}{}", "[".repeat(64), "]".repeat(64)), "fine"),
        ("deep flow", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)), "SG003"),
        ("deep flow maps", "{a: ".repeat(10_000), "SG003"),
        ("deep block", "- ".repeat(10_000), "SG003"),
        ("deep keys", "? ".repeat(10_000), "SG003"),
        ("deep indentation", lines("", (0..1_000).map(|i| " ".repeat(i) + "a:\n")), "SG003"),
        ("a bomb of aliases", bomb(10, 10), "SG003"),
        ("a chain of aliases", bomb(1, 100), "SG003"),
        ("much text in aliases", format!("a: &a '{}'\nb: [{}]", "x".repeat(1_000_000), "*a, ".repeat(20)), "SG003"),
        ("an alias of itself", "a: &a [*a]".to_owned(), "SG001"),
        ("an alias of another document", "a: &a 1\n...\n---\nb: *a".to_owned(), "SG001"),
        ("an unknown alias", "a: *b".to_owned(), "SG001"),
        ("NUL", "a: b\0c".to_owned(), "SG001"),
        ("a tab", "a:\n\tb: c".to_owned(), "SG001"),
        ("binary", "\u{fffd}PNG\r\n\u{1a}\n: [".to_owned(), "SG001"),
        ("a key twice", "a: {b: 1, 'b': 2}".to_owned(), "SG002"),
        ("a list as a key", "? [a]\n: b".to_owned(), "SG001"),
        ("other modifiers", "F|contains: 1\nF|endswith: 2".to_owned(), "fine"),
        ("too much text", "# x\n".repeat(5 << 20), "SG003"),
        ("too many documents", "--- a\n".repeat(20_000), "SG003"),
        ("too much in brackets", format!("[{}]", "a,".repeat(1_100_000)), "SG003"),
        ("many quotes in brackets", "['' ".repeat(200_000), "SG003"),
        ("too many nodes", "- a\n".repeat(1_100_000), "SG003"),
        ("many nodes", "- a\n".repeat(300_000), "fine"),
    ] {
        assert_eq!(code(&text), expected, "{what}");
    }
}
