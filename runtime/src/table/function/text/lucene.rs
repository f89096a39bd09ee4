//! `RLIKE` with patterns that are values (ES|QL reference, "RLIKE"; Lucene, `RegExp`).

/// Longer patterns are not tried.
const MAX_PATTERN: usize = 64 << 10;

/// The pattern in the syntax of the `regex` crate, from end to end. `None` for what that crate has no words for: complements, intersections and
/// intervals of numbers; and for what is no pattern.
pub(super) fn translated(pattern: &str) -> Option<String> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    let mut out = String::from("(?s)\\A(?:");
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '~' | '&' | '<' => return None,
            '.' | '|' | '*' | '+' | '?' => out.push(c),
            '(' => out.push_str("(?:"),
            ')' => out.push(')'),
            '{' => {
                out.push(c);
                for c in chars.by_ref() {
                    out.push(c);
                    if c == '}' {
                        break;
                    }
                }
            }
            '@' => out.push_str("(?:.*)"),
            '#' => out.push_str("[^\\s\\S]"),
            '"' => loop {
                match chars.next()? {
                    '"' => break,
                    c => literal(c, &mut out),
                }
            },
            '[' => class(&mut chars, &mut out)?,
            '\\' => escape(chars.next()?, &mut out),
            c => literal(c, &mut out),
        }
    }
    out.push_str(")\\z");
    Some(out)
}

fn class(chars: &mut impl Iterator<Item = char>, out: &mut String) -> Option<()> {
    out.push('[');
    let mut first = true;
    loop {
        match chars.next()? {
            ']' => break,
            '^' if first => out.push('^'),
            '-' if first => literal('-', out),
            '-' => out.push('-'),
            '\\' => escape(chars.next()?, out),
            c => literal(c, out),
        }
        first = false;
    }
    out.push(']');
    Some(())
}

/// Classes are of ASCII.
fn escape(c: char, out: &mut String) {
    match c {
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        's' => out.push_str("[ \\t\\n\\r]"),
        'S' => out.push_str("[^ \\t\\n\\r]"),
        c => literal(c, out),
    }
}

fn literal(c: char, out: &mut String) {
    super::java::literal(c, out);
}
