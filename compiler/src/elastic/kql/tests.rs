use proptest::prelude::*;

use super::ast::{Expr, ExprKind, FieldName, Piece, Query, RangeOp, Value, ValueKind, Values, ValuesKind};
use super::literal::is_trimmed;
use super::*;
use crate::diagnostic::Severity;
use crate::source::{FileId, Span};

fn parse_text(text: &str) -> (Option<Query>, Diagnostics) {
    let mut diags = Diagnostics::new();
    let query = parse(&QueryText::verbatim(text, FileId(0), 0), &mut diags);
    (query, diags)
}

/// What is wrong with a query and where, and then its shape.
fn read(text: &str) -> String {
    let (query, diags) = parse_text(text);
    let mut lines = problems(text, &diags);
    lines.extend(query.map(|query| query.expr.map_or_else(|| "everything".to_owned(), |expr| show(&expr))));
    lines.join("; ")
}

/// Only what is wrong.
fn wrong(text: &str) -> String {
    problems(text, &parse_text(text).1).join("; ")
}

fn problems(text: &str, diags: &Diagnostics) -> Vec<String> {
    let line = |problem: &crate::diagnostic::Diagnostic| {
        let at = problem.labels[0].span;
        assert!(problem.help.as_ref().is_some_and(|help| !help.is_empty()), "{problem:?}");
        assert!(!problem.message.contains('\n') && !problem.message.ends_with('.'), "{problem:?}");
        format!("{} at `{}`: {}", problem.code.as_str(), &text[at.start as usize..at.end as usize], problem.message)
    };
    diags.as_slice().iter().map(line).collect()
}

fn show(expr: &Expr) -> String {
    let list = |members: &[Expr], sign: &str| format!("({})", members.iter().map(show).collect::<Vec<_>>().join(sign));
    match &expr.kind {
        ExprKind::Or(members) => list(members, " + "),
        ExprKind::And(members) => list(members, " & "),
        ExprKind::Not(inner) => format!("!{}", show(inner)),
        ExprKind::Field { field, values } => format!("{}={}", show_pieces(&field.pieces), show_values(values)),
        ExprKind::Range { field, op, value } => {
            format!("{}{}{}", show_pieces(&field.pieces), op.as_str(), show_value(value))
        }
        ExprKind::Nested { field, inner } => format!("{}{{{}}}", show_pieces(&field.pieces), show(inner)),
        ExprKind::Text(value) => show_value(value),
    }
}

fn show_values(values: &Values) -> String {
    let list = |members: &[Values], sign: &str| {
        format!("({})", members.iter().map(show_values).collect::<Vec<_>>().join(sign))
    };
    match &values.kind {
        ValuesKind::Value(value) => show_value(value),
        ValuesKind::Or(members) => list(members, " + "),
        ValuesKind::And(members) => list(members, " & "),
        ValuesKind::Not(inner) => format!("!{}", show_values(inner)),
    }
}

fn show_value(value: &Value) -> String {
    match &value.kind {
        ValueKind::Quoted(text) => format!("{text:?}"),
        ValueKind::Unquoted(text) => format!("[{text}]"),
        ValueKind::Wildcard(pieces) => format!("[{}]", show_pieces(pieces)),
    }
}

fn show_pieces(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Any => "%".to_owned(),
    };
    pieces.iter().map(piece).collect()
}

#[test]
fn queries_are_read() {
    for (text, expected) in [
        ("", "everything"),
        (" \t\r\n\u{a0}", "everything"),
        ("hello", "[hello]"),
        ("  hello   world ", "[hello   world]"),
        ("\"a phrase\"", "\"a phrase\""),
        ("*x*", "[%x%]"),
        ("a:b", "a=[b]"),
        ("a : b c", "a=[b c]"),
        ("a:\n  \"b\"", "a=\"b\""),
        ("a: b or c: d and not e: f", "(a=[b] + (c=[d] & !e=[f]))"),
        ("a: b OR c: d And NOT e: f", "(a=[b] + (c=[d] & !e=[f]))"),
        ("(a: b or c: d) and e: f", "((a=[b] + c=[d]) & e=[f])"),
        ("not (a: b or c: d)", "!(a=[b] + c=[d])"),
        ("((a: b))", "a=[b]"),
        ("a: b and (c: d and e: f)", "(a=[b] & (c=[d] & e=[f]))"),
        ("a: (b or c and not d)", "a=([b] + ([c] & ![d]))"),
        ("a: (* and not (\"x\" or y*))", "a=([%] & !(\"x\" + [y%]))"),
        ("a: ((b or c) or d)", "a=(([b] + [c]) + [d])"),
        ("a: (b c)", "a=[b c]"),
        ("a > 1 and a>=2 and a <3 and a<= \"now-1d\"", "(a>[1] & a>=[2] & a<[3] & a<=\"now-1d\")"),
        ("a.*>1", "a.%>[1]"),
        ("a: { b: 1 and c > 2 }", "a{(b=[1] & c>[2])}"),
        ("a:{b:{c:{not d:*}}} or e", "(a{b{c{!d=[%]}}} + [e])"),
        ("\"a b\": c", "a b=[c]"),
        ("\"a*\": c and a.*.b: d", "(a*=[c] & a.%.b=[d])"),
        ("a.`*`.b: c", "a.`%`.b=[c]"),
        ("a\\:b: c", "a:b=[c]"),
        ("*: x and *:*", "(%=[x] & %=[%])"),
        ("a: null or b: true or c: -1.5", "(a=[null] + b=[true] + c=[-1.5])"),
        ("a: 10.0.0.0/8 or b: x?.y", "(a=[10.0.0.0/8] + b=[x?.y])"),
        ("a: ** or b: **x", "(a=[%%] + b=[%%x])"),
        ("ü: ö and\u{a0}ä", "(ü=[ö] & [ä])"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn keywords_stand_apart() {
    for (text, expected) in [
        ("android and order or notepad", "(([android] & [order]) + [notepad])"),
        ("not(a: b)and(c: d)or\"e\"", "((!a=[b] & c=[d]) + \"e\")"),
        ("not not a", "!![a]"),
        ("a: (not(b or c))", "a=!([b] + [c])"),
        ("and: b and or: c", "(and=[b] & or=[c])"),
        ("a: and* or b: *and", "(a=[and%] + b=[%and])"),
        ("why not", "[why not]"),
        ("(why not ) or b", "([why not] + [b])"),
        ("cannot do", "[cannot do]"),
        ("state: OR and x: y", "(state=[OR] & x=[y])"),
        ("state: (CA or OR)", "state=([CA] + [OR])"),
        ("state: NOT", "state=[NOT]"),
        ("a: (not)", "a=[not]"),
        ("a > or", "a>[or]"),
        ("a: x \\and y \\OR \\Not z", "a=[x and y OR Not z]"),
        ("a: \\not b and \\not: c", "(a=[not b] & not=[c])"),
        ("a: \\nothing", "a=[othing]"),
        ("a: x\\nothing \\order", "a=[x\nothing order]"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn escapes_are_resolved() {
    for (text, expected) in [
        (r#"a: "x\\y\"z""#, r#"a="x\\y\"z""#),
        (r#"a: "\t\r\n\u00e9\u0041""#, r#"a="\t\r\néA""#),
        (r#"a: "C:\Users\u00zz\*""#, r#"a="C:\\Users\\u00zz\\*""#),
        (r#"a: "*" or b: """#, r#"(a="*" + b="")"#),
        (r#"a: "\ud83d\ude00" or b: \uD83D\uDE00"#, r#"(a="😀" + b=[😀])"#),
        (r#"a: "(x) and {y}: <z>""#, r#"a="(x) and {y}: <z>""#),
        (r#"a: \\\(\)\:\<\>\"\*\{\}"#, r#"a=[\():<>"*{}]"#),
        (r"a: x\ty\u0041", "a=[x\tyA]"),
        (r"a: \tx\u0020 or b: \t*\n", "(a=[x] + b=[%])"),
        (r"a: \t", "a=[]"),
        (r"a: C\:\\*.exe", r"a=[C:\%.exe]"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    assert_eq!(
        read(r"a: x\qy\w and b: 1"),
        r"SG110 at `\`: `\q` is not an escape; (a=[x\qy\w] & b=[1])",
        "once for a value"
    );
    assert_eq!(wrong("a: x\\ y"), "SG110 at `\\`: this backslash escapes nothing");
    assert_eq!(wrong("a: x\\"), "SG110 at `\\`: this backslash escapes nothing");
    assert_eq!(wrong(r#"a: "\ude00\ud83d""#), {
        r"SG110 at `\ude00`: `\ude00` is half of a character; SG110 at `\ud83d`: `\ud83d` is half of a character"
    });
}

#[test]
fn helpers_tell_patterns_from_names() {
    let of = |text: &str| match parse_text(text).0.and_then(|query| query.expr).map(|expr| expr.kind) {
        Some(ExprKind::Field { field, values: Values { kind: ValuesKind::Value(value), .. } }) => (field, value),
        other => panic!("{other:?}"),
    };
    let (field, value) = of("\"a*\": *");
    assert_eq!((field.literal(), field.is_any(), value.is_exists()), (Some("a*"), false, true));
    let (field, value) = of("*: \"*\"");
    assert_eq!((field.literal(), field.is_any(), value.is_exists()), (None, true, false));
    let (field, value) = of("\"\": **");
    assert_eq!((field.literal(), field.is_any(), value.is_exists()), (Some(""), false, false));
}

#[test]
fn spans_hold_what_was_written() {
    let text = "x: 1 and not (a : \"b\" or c: { d > 2 })";
    let shown = |span: Span| &text[span.start as usize..span.end as usize];
    let Some(Query { expr: Some(expr), span }) = parse_text(text).0 else { panic!() };
    assert_eq!((shown(span), shown(expr.span)), (text, text));
    let ExprKind::And(members) = expr.kind else { panic!() };
    let [first, not] = members.as_slice() else { panic!() };
    assert_eq!(shown(first.span), "x: 1");
    assert_eq!(shown(not.span), "not (a : \"b\" or c: { d > 2 })");
}

#[test]
fn what_does_not_fit_is_named() {
    for (text, expected) in [
        // operands
        ("a: 1 and", "SG110 at `and`: a condition is missing behind `and`: the query ends"),
        ("a: 1 and or b: 2", "SG110 at `and`: a condition is missing behind `and`: `or` follows"),
        ("or a: 1", "SG110 at `or`: a condition is missing in front of `or`"),
        ("and", "SG110 at `and`: a condition is missing in front of `and`"),
        ("not", "SG110 at `not`: a condition is missing behind `not`: the query ends"),
        ("a: (200 or )", "SG110 at `or`: a value is missing behind `or`: `)` follows"),
        ("a: (200 and not )", "SG110 at `not`: a value is missing behind `not`: `)` follows"),
        // values and fields
        ("a:", "SG110 at `:`: a value is missing behind `a:`"),
        ("a: and b: c", "SG110 at `:`: a value is missing behind `a:`"),
        ("a >", "SG110 at `>`: a value is missing behind `a >`"),
        ("a: not b", "SG110 at `not`: `not` stands between `:` and a value"),
        (": b", "SG110 at `:`: a field name is missing in front of `:`"),
        ("< 5", "SG110 at `<`: a field name is missing in front of `<`"),
        ("a: b:c", "SG110 at `:`: `:` stands in a value"),
        ("a: 12:30:00", "SG110 at `:`: `:` stands in a value"),
        ("a: ::1", "SG110 at `:`: `:` stands in a value"),
        ("a: (b: c or d: e)", "SG110 at `:`: `:` cannot stand in a list of values"),
        ("a: (> 5 and < 10)", "SG110 at `>`: `>` cannot stand in a list of values"),
        // ranges
        ("a: > 5", "SG110 at `>`: `:` and `>` follow each other"),
        ("a <> 5", "SG110 at `<>`: `<` and `>` follow each other"),
        ("a > (1 or 2)", "SG110 at `(`: `>` compares with one value, not with a list"),
        ("a > 1*", "SG110 at `1*`: `>` cannot compare with a pattern"),
        ("1 < a < 5", "SG110 at `<`: `<` follows another comparison"),
        // operators
        ("a: b c: d", "SG110 at `c`: an operator is missing in front of `c`"),
        ("a: \"b\" c", "SG110 at `c`: an operator is missing in front of `c`"),
        ("a: b (c or d)", "SG110 at `(`: an operator is missing in front of `(`"),
        ("foo not bar", "SG110 at `not`: an operator is missing in front of `not`"),
        ("\"foo\"*", "SG110 at `*`: an operator is missing in front of `*`"),
        ("a: (\"b\", \"c\")", "SG110 at `,`: `,` is not an operator"),
        ("a: b && c: d", "SG110 at `&&`: `&&` is not an operator"),
        ("(a: b) || (c: d)", "SG110 at `||`: `||` is not an operator"),
        ("a == \"b\"", "SG110 at `==`: `==` is not an operator"),
        ("a != (b or c)", "SG110 at `!=`: `!=` is not an operator"),
        ("!(a: b)", "SG110 at `!`: `!` is not an operator"),
        // brackets
        ("()", "SG110 at `()`: the parentheses are empty"),
        ("a: ( )", "SG110 at `( )`: the list of values is empty"),
        ("a: {}", "SG110 at `{}`: the braces are empty"),
        ("a: b)", "SG110 at `)`: `)` closes nothing"),
        ("}}} a", "SG110 at `}`: `}` closes nothing"),
        ("(a: b", "SG110 at ``: `(` is never closed"),
        ("(a: { b: (c", "SG110 at ``: 3 brackets are never closed"),
        ("a: { b: (c } and d: e", "SG110 at `}`: `}` stands where `(` must be closed first"),
        ("a { b: c }", "SG110 at `{`: a `:` is missing between `a` and `{`"),
        ("{ b: c }", "SG110 at `{`: a field name is missing in front of `{`"),
        ("a.*: { b: c }", "SG110 at `a.*`: `a.*` is a pattern: a nested field has one name"),
        // strings
        ("a: \"b", "SG110 at ``: a quoted string is never closed"),
        ("\"", "SG110 at ``: a quoted string is never closed"),
    ] {
        assert_eq!(wrong(text), expected, "{text}");
    }
}

#[test]
fn the_next_step_is_named() {
    for (text, expected) in [
        ("a: and b: c", "write a value between `:` and `and`, or `\"and\"` if the word is meant"),
        ("a: not b", "write `not a: ..` or `a: (not ..)`, or `\"not\"` if the word is meant"),
        ("a: >= 5", "write `a >= ..` for a range; in a value write `\\>=`, or quotes"),
        ("a <> 5", "write `not a: ..` for what is not equal"),
        ("a != \"b\"", "write `not a: ..`"),
        ("a: (b or c and d: e", "close the list with `)` in front of this condition"),
        ("(a: { b: c", "add `})` where the group ends"),
        ("a: b) or c", "remove it, or write `\\)` if it is a part of a value"),
        ("a: \"C:\\\"", "`\\\"` is a quote within the string: write `\\\\\"` where the string ends in a backslash"),
        (
            "\"a\"*",
            "wildcards work outside of quotes only: write the whole value without quotes, with a backslash in front of special characters",
        ),
    ] {
        let (_, diags) = parse_text(text);
        assert_eq!(diags.as_slice()[0].help.as_deref(), Some(expected), "{text}");
    }
    let (_, diags) = parse_text("x: (a or\n b");
    let labels = diags.as_slice()[0].labels.iter().map(|label| (label.span.start, label.text.as_str()));
    assert_eq!(labels.collect::<Vec<_>>(), [(11, ""), (3, "opened here")]);
    let (_, diags) = parse_text("x: \"a");
    let labels = diags.as_slice()[0].labels.iter().map(|label| (label.span.start, label.text.as_str()));
    assert_eq!(labels.collect::<Vec<_>>(), [(5, ""), (3, "opened here")]);
}

#[test]
fn reading_goes_on_behind_an_error() {
    for (text, expected) in [
        (
            "a: b c: d or e: (f or ) and g: h i: j",
            "SG110 at `c`: an operator is missing in front of `c`; SG110 at `or`: a value is missing behind `or`: `)` follows; \
             SG110 at `i`: an operator is missing in front of `i`; ((a=[b] & c=[d]) + (e=[f] & g=[h] & i=[j]))",
        ),
        (
            "a: \"b\nand c: \"d\" and e: (f\nor g: \"h\"",
            "SG110 at ``: a quoted string is never closed; SG110 at `:`: `:` cannot stand in a list of values; \
             (a=\"b\" & c=\"d\" & e=([f] + [g]))",
        ),
        (
            "a: \"C:\\b\\\" and c: \"d\" and e:",
            "SG110 at ``: a quoted string is never closed; SG110 at `:`: a value is missing behind `e:`; \
             (a=\"C:\\\\b\\\"\" & c=\"d\")",
        ),
        (
            "a: b) and c > (d or e and f: 12:30 or g",
            "SG110 at `)`: `)` closes nothing; SG110 at `(`: `>` compares with one value, not with a list; \
             SG110 at `:`: `:` cannot stand in a list of values; a=[b]",
        ),
        (
            "a != \"b\" and c = d and e: x || f: y",
            "SG110 at `!=`: `!=` is not an operator; SG039 at `c = d`: `=` is not an operator: `c = d` is searched for as text; \
             SG110 at `||`: `||` is not an operator; (!a=\"b\" & [c = d] & e=[x] & f=[y])",
        ),
        (
            "a: C:\\Windows and b: [ and c:",
            "SG110 at `:`: `:` stands in a value; SG110 at `:`: a value is missing behind `c:`; (a=[C] & b=[[])",
        ),
        (": a", "SG110 at `:`: a field name is missing in front of `:`"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn text_that_looks_like_another_language_is_warned_of() {
    for (text, expected) in [
        ("a == 5", "SG039 at `a == 5`: `==` is not an operator: `a == 5` is searched for as text; [a == 5]"),
        ("!a: 5", "SG039 at `!a`: `!` is not an operator: the field is `!a`; !a=[5]"),
        ("a => 5", "SG039 at `a =`: `=` is not an operator: the field is `a =`; a =>[5]"),
        ("a: (x || y)", "SG039 at `x || y`: `||` is not an operator: the value is `x || y`; a=[x || y]"),
        ("a: = 5", "SG039 at `= 5`: `=` is not an operator: the value is `= 5`; a=[= 5]"),
        ("foo a: b", "SG039 at `foo a`: `foo a` is read as the name of one field; foo a=[b]"),
        ("a: (b\nc)", "SG039 at `b\nc`: the value `b c` goes over the end of a line; a=[b\nc]"),
        // these may well be meant
        ("a: = or b: x = y or c: ! or d: a=b", "(a=[=] + b=[x = y] + c=[!] + d=[a=b])"),
        ("user=root or AT & T", "([user=root] + [AT & T])"),
        ("\"a == b\" or \"a b\": c", "(\"a == b\" + a b=[c])"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn nesting_is_bounded() {
    let count = |text: &str, code: &str| wrong(text).matches(code).count();
    for (open, close) in [("(", ")"), ("a: {", "}"), ("not ", ""), ("not (", ")")] {
        let deep = |depth: usize| format!("{}x: y{}", open.repeat(depth), close.repeat(depth));
        let allowed = if open == "not (" { MAX_DEPTH / 2 } else { MAX_DEPTH };
        assert_eq!(wrong(&deep(allowed)), "", "{open}");
        assert_eq!(count(&deep(allowed + 1), "SG111"), 1, "{open}");
        assert_eq!(count(&deep(allowed + 1), "SG110"), 0, "{open}");
        assert_eq!(count(&deep(10_000), "SG111"), 1, "{open}");
        assert_eq!(wrong(&format!("{} and b: c)", deep(10_000))).matches("closes nothing").count(), 1, "{open}");
        assert_eq!(count(&open.repeat(10_000), "SG111"), 1, "{open}");
    }
    assert_eq!(count(&format!("a: {}b{}", "(".repeat(10_000), ")".repeat(10_000)), "SG111"), 1);
    assert_eq!(count(&format!("a: {}b", "not ".repeat(10_000)), "SG110"), 1);
}

#[test]
fn messages_are_bounded() {
    let (_, diags) = parse_text(&"a: b ".repeat(1_000));
    assert_eq!(diags.len(), MAX_MESSAGES + 1);
    let last = diags.as_slice().last().map(|problem| problem.message.as_str());
    assert_eq!(last, Some("899 more messages about this query are left out"));
    let (_, diags) = parse_text(&format!("{} a: b c: d", "x y: z and ".repeat(200)));
    assert!(diags.has_errors_since(0), "the error behind the warnings");
}

#[test]
fn long_queries_are_read_in_time() {
    let start = std::time::Instant::now();
    let many = vec!["a: \"b\""; 100_000].join(" or ");
    let (query, diags) = parse_text(&many);
    let Some(ExprKind::Or(members)) = query.and_then(|query| query.expr).map(|expr| expr.kind) else { panic!() };
    assert_eq!((members.len(), diags.len()), (100_000, 0));
    assert_eq!(wrong(&format!("a: ({})", vec!["b*"; 100_000].join(" and "))), "");
    assert_eq!(wrong(&"x".repeat(1_000_000)), "");
    assert_eq!(wrong(&format!("a: \"{}\"", "\\\\".repeat(500_000))), "");
    for unit in [
        "x ", "* ", "\\", "\\*", "\"", "\\\"", "\"\n", "(", ")", "{", "}", ":", "<", "a:", "a: b ", "a:b:", "or ",
        "not ", "&& ", "a = \"", "\"a\" ",
    ] {
        let _ = parse_text(&unit.repeat(300_000 / unit.len()));
        let _ = parse_text(&format!("a: ({}", unit.repeat(300_000 / unit.len())));
    }
    // generous: this is the time without optimization on a busy machine
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

fn without_spans(expr: &Expr) -> Expr {
    let kind = match &expr.kind {
        ExprKind::Or(members) => ExprKind::Or(members.iter().map(without_spans).collect()),
        ExprKind::And(members) => ExprKind::And(members.iter().map(without_spans).collect()),
        ExprKind::Not(inner) => ExprKind::Not(Box::new(without_spans(inner))),
        ExprKind::Field { field, values } => {
            ExprKind::Field { field: field_without(field), values: values_without(values) }
        }
        ExprKind::Range { field, op, value } => {
            ExprKind::Range { field: field_without(field), op: *op, value: value_without(value) }
        }
        ExprKind::Nested { field, inner } => {
            ExprKind::Nested { field: field_without(field), inner: Box::new(without_spans(inner)) }
        }
        ExprKind::Text(value) => ExprKind::Text(value_without(value)),
    };
    Expr { kind, span: NOWHERE }
}

fn field_without(field: &FieldName) -> FieldName {
    FieldName { span: NOWHERE, ..field.clone() }
}

fn value_without(value: &Value) -> Value {
    Value { span: NOWHERE, ..value.clone() }
}

fn values_without(values: &Values) -> Values {
    let kind = match &values.kind {
        ValuesKind::Value(value) => ValuesKind::Value(value_without(value)),
        ValuesKind::Or(members) => ValuesKind::Or(members.iter().map(values_without).collect()),
        ValuesKind::And(members) => ValuesKind::And(members.iter().map(values_without).collect()),
        ValuesKind::Not(inner) => ValuesKind::Not(Box::new(values_without(inner))),
    };
    Values { kind, span: NOWHERE }
}

/// Words that are hard to write: special characters, keywords, whitespace of all kinds.
fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-z.]{1,4}",
        2 => "[\\\\():<>\"*{}]{1,3}",
        2 => "(and|or|not|AND|Or|nOt)",
        2 => "[ \t\r\n\u{a0}\u{3000}\u{feff}\u{85}]{1,2}",
        1 => "[!=&|,`?/-]{1,2}",
        1 => "\\\\(u0041|n|t|ud83d)",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(word, 0..5).prop_map(|words| words.concat())
}

fn trimmed() -> impl Strategy<Value = String> {
    words().prop_map(|text| text.trim_matches(is_trimmed).to_owned())
}

fn pattern() -> impl Strategy<Value = Vec<Piece>> {
    (prop::collection::vec(words(), 1..4), 0..2usize).prop_map(|(texts, lead)| {
        let mut pieces = vec![Piece::Any; lead];
        let last = texts.len() - 1;
        for (at, text) in texts.iter().enumerate() {
            let text = if at == 0 && lead == 0 { text.trim_start_matches(is_trimmed) } else { text };
            let text = if at == last && lead == 1 { text.trim_end_matches(is_trimmed) } else { text };
            pieces.extend((!text.is_empty()).then(|| Piece::Text(text.to_owned())));
            pieces.extend((at < last || lead == 0).then_some(Piece::Any));
        }
        pieces
    })
}

fn literal() -> impl Strategy<Value = Value> {
    prop_oneof![words().prop_map(ValueKind::Quoted), trimmed().prop_map(ValueKind::Unquoted)]
        .prop_map(|kind| Value { kind, span: NOWHERE })
}

fn value() -> impl Strategy<Value = Value> {
    let wildcard = pattern().prop_map(|pieces| Value { kind: ValueKind::Wildcard(pieces), span: NOWHERE });
    prop_oneof![2 => literal(), 1 => wildcard]
}

fn name() -> impl Strategy<Value = FieldName> {
    words().prop_map(|name| {
        let pieces = if name.is_empty() { vec![] } else { vec![Piece::Text(name)] };
        FieldName { pieces, span: NOWHERE }
    })
}

fn field() -> impl Strategy<Value = FieldName> {
    prop_oneof![2 => name(), 1 => pattern().prop_map(|pieces| FieldName { pieces, span: NOWHERE })]
}

fn values() -> impl Strategy<Value = Values> {
    let node = |kind| Values { kind, span: NOWHERE };
    value().prop_map(move |value| node(ValuesKind::Value(value))).prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |members| node(ValuesKind::Or(members))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |members| node(ValuesKind::And(members))),
            inner.prop_map(move |inner| node(ValuesKind::Not(Box::new(inner)))),
        ]
    })
}

fn expr() -> impl Strategy<Value = Expr> {
    let node = |kind| Expr { kind, span: NOWHERE };
    let op = prop::sample::select(vec![RangeOp::Lt, RangeOp::Lte, RangeOp::Gt, RangeOp::Gte]);
    let leaf = prop_oneof![
        (field(), values()).prop_map(|(field, values)| ExprKind::Field { field, values }),
        (field(), op, literal()).prop_map(|(field, op, value)| ExprKind::Range { field, op, value }),
        value().prop_map(ExprKind::Text),
    ];
    leaf.prop_map(node).prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |members| node(ExprKind::Or(members))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |members| node(ExprKind::And(members))),
            inner.clone().prop_map(move |inner| node(ExprKind::Not(Box::new(inner)))),
            (name(), inner).prop_map(move |(field, inner)| node(ExprKind::Nested { field, inner: Box::new(inner) })),
        ]
    })
}

/// Tokens and halves of tokens in any order.
fn soup() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "a",
        "b c",
        "*",
        "x*",
        "and",
        "or",
        "not",
        "AND ",
        " or ",
        " not ",
        "(",
        ")",
        "{",
        "}",
        ":",
        ": ",
        "<",
        ">=",
        "\"",
        "\"q\"",
        "\"q r\"",
        "\\",
        "\\\"",
        "\\:",
        "\\u00e9",
        "\\ud83d",
        "\\u",
        "\\not",
        "=",
        "!=",
        "==",
        "!",
        "&&",
        "||",
        ",",
        " ",
        "\n",
        "\t",
        "\u{a0}",
        "é",
        "\u{feff}",
        "a: b",
        "a: (b or c)",
        "a: { b: c }",
        "a > 1",
    ]);
    prop::collection::vec(token, 0..30).prop_map(|tokens| tokens.concat())
}

fn check_any(text: &str) {
    let (query, diags) = parse_text(text);
    let errors = diags.has_errors_since(0);
    assert!(errors || query.is_some(), "{text:?} gives neither a tree nor an error");
    for problem in diags.as_slice() {
        assert!(problem.help.is_some() && !problem.labels.is_empty(), "{problem:?}");
        for label in &problem.labels {
            let range = label.span.start as usize..label.span.end as usize;
            assert!(text.get(range).is_some(), "{text:?}: {label:?} is no part of it");
        }
        assert_eq!(problem.severity, problem.code.severity());
    }
    if let Some(expr) = query.filter(|_| !errors).and_then(|query| query.expr) {
        let printed = expr.to_string();
        let (again, diags) = parse_text(&printed);
        assert!(diags.as_slice().iter().all(|problem| problem.severity != Severity::Error), "{text:?} as {printed:?}");
        let again = again.and_then(|query| query.expr).map(|expr| without_spans(&expr));
        assert_eq!(again, Some(without_spans(&expr)), "{text:?} as {printed:?}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(expr in expr()) {
        let printed = expr.to_string();
        let (query, diags) = parse_text(&printed);
        prop_assert!(!diags.has_errors_since(0), "{printed:?}: {:?}", diags.as_slice());
        let again = query.and_then(|query| query.expr).map(|expr| without_spans(&expr));
        prop_assert_eq!(again, Some(expr), "{:?}", printed);
    }

    #[test]
    fn soup_is_survived(text in soup()) {
        check_any(&text);
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        check_any(&text);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_any(&String::from_utf8_lossy(&bytes));
    }
}
