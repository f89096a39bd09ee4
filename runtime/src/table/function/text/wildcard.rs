//! `LIKE` with patterns that are values (ES|QL reference, "LIKE").

/// Longer patterns are not tried: time grows with the product of both lengths.
const MAX_PATTERN: usize = 4 << 10;

enum Step {
    One,
    Any,
    Char(char),
}

/// Whether the pattern matches the whole text: `*` any characters, `?` one, `\` takes the next as it is. `None` if the pattern is too long or ends
/// in a backslash.
pub(super) fn matches(text: &str, pattern: &str) -> Option<bool> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    let mut steps = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        steps.push(match c {
            '*' => Step::Any,
            '?' => Step::One,
            '\\' => Step::Char(chars.next()?),
            c => Step::Char(c),
        });
    }
    // the last star and the text behind what it covers: on a mismatch it covers one more
    let mut star: Option<(usize, std::str::Chars<'_>)> = None;
    let mut rest = text.chars();
    let mut at = 0;
    loop {
        let mut ahead = rest.clone();
        match (steps.get(at), ahead.next()) {
            (Some(Step::Any), _) => {
                at += 1;
                star = Some((at, rest.clone()));
                continue;
            }
            (None, None) => return Some(true),
            (Some(Step::One), Some(_)) => {
                rest = ahead;
                at += 1;
                continue;
            }
            (Some(Step::Char(wanted)), Some(c)) if *wanted == c => {
                rest = ahead;
                at += 1;
                continue;
            }
            (_, None) => return Some(false),
            (None | Some(Step::Char(_)), Some(_)) => {}
        }
        let Some((behind, covered)) = &mut star else { return Some(false) };
        covered.next();
        rest = covered.clone();
        at = *behind;
    }
}
