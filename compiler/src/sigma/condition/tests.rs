use super::*;
use crate::sigma::ast::{Aggregation, Value};
use crate::source::FileId;

/// The condition in a form that shows its shape, or what is wrong with it and where; warnings stand in front.
fn read(text: &str) -> String {
    let mut problems = Vec::new();
    let place = Place::verbatim(FileId(0), 0, text);
    let condition = parse(text, &place, &mut |problem| problems.push(problem));
    let mut lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let at = problem.labels[0].span;
            format!("{} at `{}`: {}", problem.code.as_str(), &text[at.start as usize..at.end as usize], problem.message)
        })
        .collect();
    lines.extend(condition.map(|condition| show(&condition.value)));
    lines.join("; ")
}

fn show(condition: &Condition) -> String {
    let list =
        |members: &[Condition], word: &str| format!("({})", members.iter().map(show).collect::<Vec<_>>().join(word));
    match condition {
        Condition::Name(name) => name.value.clone(),
        Condition::Of { count, of } => format!("{count:?}:{:?}", of.value).replace('"', ""),
        Condition::Not(inner) => format!("!{}", show(inner)),
        Condition::And(members) => list(members, " & "),
        Condition::Or(members) => list(members, " + "),
        Condition::Pipe { search, aggregation } => match &aggregation.value {
            Aggregation::Function { function, field, by, operator, threshold } => {
                let threshold = match threshold {
                    Value::Int(number) => number.to_string(),
                    other => format!("{other:?}"),
                };
                format!("{} | {function}({field:?}) by {by:?} {operator} {threshold}", show(search)).replace('"', "")
            }
            Aggregation::Near(inner) => format!("{} | near {}", show(search), show(inner)),
        },
    }
}

#[test]
fn conditions_are_read() {
    for (text, expected) in [
        ("sel", "sel"),
        ("a or b and not c", "(a + (b & !c))"),
        ("not a and b", "(!a & b)"),
        ("not (a or b) and c", "(!(a + b) & c)"),
        ("not not a", "!!a"),
        ("a and b and c or d", "((a & b & c) + d)"),
        ("(a)and(b)", "(a & b)"),
        ("notepad and order or android", "((notepad & order) + android)"),
        ("all and any or 1", "((all & any) + 1)"),
        ("1 of them", "AtLeast(1):Them"),
        ("any of sel*", "AtLeast(1):Pattern(sel*)"),
        ("all of a-*.x*", "All:Pattern(a-*.x*)"),
        ("2 of sel and of", "(AtLeast(2):Pattern(sel) & of)"),
        ("not 1 of filter_*", "!AtLeast(1):Pattern(filter_*)"),
        ("ü and\n  b", "(ü & b)"),
        ("a AND NOT b", "SG055 at `AND`: `AND` is read as `and`; SG055 at `NOT`: `NOT` is read as `not`; (a & !b)"),
        (
            "ALL Of Them",
            "SG055 at `ALL`: `ALL` is read as `all`; SG055 at `Of`: `Of` is read as `of`; SG055 at `Them`: `Them` is read as `them`; All:Them",
        ),
        ("sel | count() > 5", "sel | count(None) by None > 5"),
        ("a and b|count(dst ip) by src.ip >= 1.5", "(a & b) | count(Some(dst ip)) by Some(src.ip) >= Float(1.5)"),
        ("a | SUM(x) by u,v == 3", "a | sum(Some(x)) by Some(u,v) = 3"),
        ("a |near b and not c", "a | near (b & !c)"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    for (text, expected) in [
        ("", "SG056 at ``: the condition is empty"),
        ("a and", "SG050 at ``: the condition ends where the name of a selection is expected"),
        ("and a", "SG050 at `and`: expected the name of a selection, found `and`"),
        ("a or or b", "SG050 at `or`: expected the name of a selection, found `or`"),
        ("a b", "SG050 at `b`: expected `and`, `or` or the end, found `b`"),
        ("(a or b", "SG050 at `(`: this parenthesis is never closed"),
        ("a)", "SG050 at `)`: this parenthesis was never opened"),
        ("()", "SG050 at `)`: expected the name of a selection, found `)`"),
        ("sel* and a", "SG050 at `sel*`: the pattern `sel*` stands alone"),
        ("0 of a*", "SG050 at `0`: `0` is not a count"),
        ("some of a*", "SG050 at `some`: `some` is not a count"),
        ("1 of (a, b)", "SG050 at `(`: `1 of` takes one pattern, not a group"),
        ("1 of", "SG050 at ``: `1 of` is not followed by a pattern"),
        ("a && b", "SG050 at `&&`: expected `and`, `or` or the end, found `&&`"),
        ("a || b", "SG050 at `||`: expected `and`, `or` or the end, found `||`"),
        ("!a", "SG050 at `!a`: `!a` is not the name of a selection"),
        ("count(x) by y > 3", "SG050 at `(`: expected `and`, `or` or the end, found `(`"),
        ("(a | count() > 3)", "SG050 at `|`: an aggregation cannot stand within parentheses"),
        ("a |", "SG050 at ``: the bar is not followed by an aggregation"),
        ("a | median(x) > 3", "SG050 at `median`: `median` is not an aggregation"),
        ("a | count > 3", "SG050 at `count`: `count` is not followed by parentheses"),
        ("a | count(x > 3", "SG050 at `(`: this parenthesis is never closed"),
        ("a | count(x)", "SG050 at ``: the aggregation is not compared with a number"),
        ("a | count(x) per y > 3", "SG050 at ` per y `: expected `by` and a field, found `per y`"),
        ("a | count(x) > many", "SG050 at `> many`: `> many` does not compare with a number"),
        ("a | near b c", "SG050 at `c`: expected `and`, `or` or the end, found `c`"),
        ("write X from a (if not b); then alert", "SG050 at `X`: expected `and`, `or` or the end, found `X`"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn nesting_and_length_are_bounded() {
    let deep = format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(read(&deep).starts_with("SG057"));
    assert!(read(&format!("{}a", "not ".repeat(10_000))).starts_with("SG057"));
    assert!(read(&format!("{}a{}", "(".repeat(64), ")".repeat(64))).ends_with('a'));
    assert!(read(&"a or ".repeat(100_000)).starts_with("SG003"));
    assert!(read(&"x".repeat(1_000_000)).ends_with('x'));
}
