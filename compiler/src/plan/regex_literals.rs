//! Which texts must stand in a text for a regular expression to be found in it?

use regex_syntax::hir::{Class, Hir, HirKind};
use sigil_runtime::fold;

/// Folded texts of which at least one stands in the folded form of every text that matches; `None` where there is none of use.
pub(super) fn required(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::ParserBuilder::new().utf8(false).nest_limit(200).build().parse(pattern).ok()?;
    of(&hir).best
}

/// More alternatives than this are no use as triggers.
const MAX_TEXTS: usize = 64;
/// Shorter texts stand nearly everywhere.
const MIN_LEN: usize = 3;

/// What is known of a part of an expression.
struct Known {
    /// The one folded text that the part matches, where it is one.
    exact: Option<String>,
    /// Texts of which one must stand in what the part matches.
    best: Option<Vec<String>>,
}

impl Known {
    fn nothing() -> Self {
        Self { exact: None, best: None }
    }

    fn exact(text: String) -> Self {
        Self { best: useful(&text).then(|| vec![text.clone()]), exact: Some(text) }
    }
}

fn useful(text: &str) -> bool {
    text.len() >= MIN_LEN
}

/// The better of two: the one whose shortest text is longer, with a penalty for many texts.
fn better(a: Option<Vec<String>>, b: Option<Vec<String>>) -> Option<Vec<String>> {
    let worth = |texts: &Vec<String>| {
        let shortest = texts.iter().map(String::len).min().unwrap_or(0).min(12) * 8;
        shortest.saturating_sub(texts.len().min(MAX_TEXTS))
    };
    match (a, b) {
        (Some(a), Some(b)) => Some(if worth(&b) > worth(&a) { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn of(hir: &Hir) -> Known {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Known::exact(String::new()),
        HirKind::Literal(literal) => match str::from_utf8(&literal.0) {
            Ok(text) => Known::exact(fold::fold(text)),
            Err(_) => Known::nothing(),
        },
        HirKind::Class(Class::Unicode(class)) => {
            let mut folded = None;
            let chars = class.iter().flat_map(|range| range.start()..=range.end());
            for (count, c) in chars.enumerate() {
                let c = fold::fold_char(c);
                if count > 4 || folded.is_some_and(|other| other != c) {
                    return Known::nothing();
                }
                folded = Some(c);
            }
            folded.map_or_else(Known::nothing, |c| Known::exact(c.to_string()))
        }
        HirKind::Class(Class::Bytes(_)) => Known::nothing(),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            let inner = of(&repetition.sub);
            let once = repetition.min == 1 && repetition.max == Some(1);
            Known { exact: inner.exact.filter(|_| once), best: inner.best }
        }
        HirKind::Repetition(_) => Known::nothing(),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Concat(parts) => {
            let mut best = None;
            let mut run = String::new();
            let mut whole = true;
            for part in parts {
                let known = of(part);
                if let Some(text) = known.exact {
                    run.push_str(&text);
                    continue;
                }
                whole = false;
                best = better(best, Known::exact(std::mem::take(&mut run)).best);
                best = better(best, known.best);
            }
            best = better(best, useful(&run).then(|| vec![run.clone()]));
            Known { exact: whole.then_some(run), best }
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                let Some(texts) = of(part).best else { return Known::nothing() };
                all.extend(texts);
                if all.len() > MAX_TEXTS {
                    return Known::nothing();
                }
            }
            Known { exact: None, best: Some(all) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_texts_are_found() {
        let check = |pattern: &str, expected: Option<&[&str]>| {
            let expected: Option<Vec<String>> = expected.map(|texts| texts.iter().map(|t| (*t).to_owned()).collect());
            assert_eq!(required(pattern), expected, "{pattern}");
        };
        check("abc", Some(&["abc"]));
        check("(?i)ABC.*de", Some(&["abc"]));
        check("a.c", None);
        check("(foo|barbar)+x?", Some(&["foo", "barbar"]));
        check("(foo|x*)", None);
        check(r"\\\\cmd\.exe\s+/c", Some(&[r"\\cmd.exe"]));
        check("(?:abc){2}d", Some(&["abc"]));
        check("ab(?:cd)?ef|xyz", None);
        check("K\u{212a}s", Some(&["kks"]));
        check("[", None);
    }
}
