//! Names of selections: which of them a condition means, and whether they exist.

use std::collections::HashSet;

use super::ast::{Aggregation, Condition, Count, Detection, Names};
use super::condition::MAX_TERMS;
use super::parse::Context;
use crate::diagnostic::{Code, closest};
use crate::source::{Span, Spanned};

/// The selections that `them` or a pattern names, in source order.
///
/// Names that start with `_` are left out, unless the pattern itself starts so.
pub fn select<'a>(detection: &'a Detection, names: &'a Names) -> impl Iterator<Item = &'a str> {
    detection.selections.keys().map(String::as_str).filter(move |name| is_selected(name, names))
}

/// Whether `them` or a pattern names this selection.
pub fn is_selected(name: &str, names: &Names) -> bool {
    match names {
        Names::Them => !name.starts_with('_'),
        Names::Listed(listed) => listed.iter().any(|other| other == name),
        Names::Pattern(pattern) => (pattern.starts_with('_') || !name.starts_with('_')) && glob(pattern, name),
    }
}

/// Checks the names that the conditions of a detection use, and that every selection is used.
pub(super) fn check(ctx: &mut Context<'_>, detection: &Detection) {
    let mut uses = Uses { used: HashSet::new(), unknown: HashSet::new() };
    for condition in &detection.conditions {
        check_condition(ctx, detection, &condition.value, &mut uses);
    }
    for (name, search) in &detection.selections {
        if !uses.used.contains(name.as_str()) && uses.unknown.is_empty() {
            let problem = Code::UnusedSelection.at(search.span, format!("no condition uses the selection `{name}`"));
            ctx.report(problem.help("add it to the condition, or remove it"));
        }
    }
}

struct Uses<'a> {
    used: HashSet<&'a str>,
    unknown: HashSet<&'a str>,
}

/// How many selections all patterns of a document may stand for.
const MAX_RESOLVED: usize = 100_000;
/// How many comparisons of a name with a pattern a document may cost.
const MAX_COMPARED: usize = 20_000_000;

fn check_condition<'a>(ctx: &mut Context<'_>, detection: &'a Detection, condition: &'a Condition, uses: &mut Uses<'a>) {
    match condition {
        Condition::Name(name) => check_name(ctx, detection, name, uses),
        Condition::Of { count, of } => check_names(ctx, detection, *count, of, uses),
        Condition::Not(inner) => check_condition(ctx, detection, inner, uses),
        Condition::And(members) | Condition::Or(members) => {
            for member in members {
                check_condition(ctx, detection, member, uses);
            }
        }
        Condition::Pipe { search, aggregation } => {
            check_condition(ctx, detection, search, uses);
            match &aggregation.value {
                Aggregation::Near(inner) => check_condition(ctx, detection, inner, uses),
                Aggregation::Function { .. } => {}
            }
        }
    }
}

fn check_name<'a>(ctx: &mut Context<'_>, detection: &'a Detection, name: &'a Spanned<String>, uses: &mut Uses<'a>) {
    if let Some((name, _)) = detection.selections.get_key_value(&name.value) {
        uses.used.insert(name);
        return;
    }
    if uses.unknown.insert(&name.value) {
        let problem = Code::UnknownSelection.at(name.span, format!("there is no selection `{}`", name.value));
        let help = known_names(ctx, detection, &name.value);
        ctx.report(problem.help(help));
    }
}

fn check_names<'a>(
    ctx: &mut Context<'_>,
    detection: &'a Detection,
    count: Count,
    of: &'a Spanned<Names>,
    uses: &mut Uses<'a>,
) {
    if ctx.resolved > MAX_RESOLVED || ctx.compared > MAX_COMPARED {
        return;
    }
    let before = ctx.resolved;
    for name in select(detection, &of.value) {
        uses.used.insert(name);
        ctx.resolved += 1;
    }
    ctx.compared += detection.selections.len();
    let found = ctx.resolved - before;
    let (what, text) = match &of.value {
        Names::Them => ("`them` names no selection".to_owned(), "them"),
        Names::Pattern(pattern) => (format!("no selection matches `{pattern}`"), pattern.as_str()),
        Names::Listed(names) => (format!("no selection is one of {names:?}"), ""),
    };
    if ctx.resolved > MAX_RESOLVED || ctx.compared > MAX_COMPARED {
        let message = "the patterns of this document's conditions stand for too many selections";
        ctx.report(Code::LimitExceeded.at(of.span, message).help("ask for each selection once"));
    }
    match count {
        Count::All if found == 0 => {
            let problem =
                Code::AllOfNothing.at(of.span, format!("{what}, so that `all of` would hold for every event"));
            let help = known_names(ctx, detection, text);
            ctx.report(problem.help(help));
        }
        Count::AtLeast(_) if found == 0 => {
            let problem = Code::PatternMatchesNothing.at(of.span, format!("{what}, so that this never holds"));
            let help = known_names(ctx, detection, text);
            ctx.report(problem.help(help));
        }
        Count::AtLeast(count) if count as usize > found => {
            let message =
                format!("{count} selections are asked for, but there are only {found}, so that this never holds");
            ctx.report(Code::CountTooLarge.at(of.span, message).help("lower the number, or add selections"));
        }
        Count::All | Count::AtLeast(_) => {}
    }
}

fn known_names(ctx: &Context<'_>, detection: &Detection, wanted: &str) -> String {
    const SHOWN: usize = 10;
    if ctx.is_full() {
        return "name a selection that is defined beside the condition".to_owned();
    }
    let names = || detection.selections.keys().map(String::as_str);
    let list = names().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = match detection.selections.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match closest(wanted.trim_end_matches('*'), names()) {
        _ if list.is_empty() => "define a selection beside the condition".to_owned(),
        Some(meant) => format!("did you mean `{meant}`? selections here are {list}{more}"),
        None => format!("selections here are {list}{more}"),
    }
}

/// `*` stands for any run of characters; the rest is compared exactly.
fn glob(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Checks that a detection is within limits: patterns are compared with every name.
pub(super) fn check_number(ctx: &mut Context<'_>, selections: usize, span: Span) -> bool {
    let within = selections <= MAX_TERMS;
    if !within {
        let message = format!("the detection has more than {MAX_TERMS} selections");
        ctx.report(Code::LimitExceeded.at(span, message).help("join selections in lists of maps, or split the rule"));
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("sel", "sel", true),
            ("sel", "sel_1", false),
            ("sel*", "sel", true),
            ("sel*", "sel.conf|x", true),
            ("*_a", "x_a", true),
            ("*_a", "x_ab", false),
            ("a*b*c", "a-bb-c", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("a-*", "a-1", true),
            ("*", "_x", false),
            ("_*", "_x", true),
            ("*", "ü", true),
        ] {
            assert_eq!(is_selected(name, &Names::Pattern(pattern.to_owned())), expected, "{pattern} {name}");
        }
        assert!(is_selected("a", &Names::Them) && !is_selected("_a", &Names::Them));
    }
}
