//! Sigma strings as pieces, so that what a pipeline puts together never turns a literal backslash into an escape.

/// A piece of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// This text.
    Literal(String),
    /// `*`
    AnyRun,
    /// `?`
    AnyChar,
}

/// Reads a string as rules write it: `\` escapes `*`, `?` and `\`, and is itself elsewhere.
pub fn parse(raw: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => tokens.push(Token::AnyRun),
            '?' => tokens.push(Token::AnyChar),
            '\\' => {
                let escaped = chars.next_if(|next| matches!(next, '*' | '?' | '\\'));
                push_char(&mut tokens, escaped.unwrap_or('\\'));
            }
            other => push_char(&mut tokens, other),
        }
    }
    tokens
}

/// Writes pieces so that [`parse`] reads them back, with as few escapes as that allows.
pub fn render(tokens: &[Token]) -> String {
    let mut out = String::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::AnyRun => out.push('*'),
            Token::AnyChar => out.push('?'),
            Token::Literal(text) => {
                let mut chars = text.chars().peekable();
                while let Some(c) = chars.next() {
                    let escape = match c {
                        '*' | '?' => true,
                        // a backslash is itself unless what follows would be read as escaped by it
                        '\\' => match chars.peek() {
                            Some(next) => matches!(next, '*' | '?' | '\\'),
                            None => at + 1 < tokens.len(),
                        },
                        _ => false,
                    };
                    if escape {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
        }
    }
    out
}

/// Writes a literal text so that [`parse`] reads it back as one.
pub fn escape(text: &str) -> String {
    render(&[Token::Literal(text.to_owned())])
}

/// Puts strings one behind the other.
pub fn join(parts: impl IntoIterator<Item = Vec<Token>>) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for token in parts.into_iter().flatten() {
        match (tokens.last_mut(), token) {
            (Some(Token::Literal(last)), Token::Literal(text)) => last.push_str(&text),
            (Some(Token::AnyRun), Token::AnyRun) => {}
            (_, token) => tokens.push(token),
        }
    }
    tokens
}

/// Whether a string as rules write it holds a wildcard.
pub fn has_wildcard(raw: &str) -> bool {
    parse(raw).iter().any(|token| !matches!(token, Token::Literal(_)))
}

/// A piece of a string under `|expand`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text as written, without the backslash of `\%`.
    Text(String),
    /// `%name%`
    Placeholder(String),
}

/// Takes a string under `|expand` apart. `\%` is a percent sign; `\\` stays as it is, so that `C:\\%dir%` names a folder.
pub fn segments(raw: &str) -> Vec<Segment> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut rest = raw;
    while let Some(at) = rest.find(['\\', '%']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(tail) = rest.strip_prefix("\\%") {
            text.push('%');
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix("\\\\") {
            text.push_str("\\\\");
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix('\\') {
            text.push('\\');
            rest = tail;
        } else if let Some((name, tail)) = placeholder(rest) {
            if !text.is_empty() {
                out.push(Segment::Text(std::mem::take(&mut text)));
            }
            out.push(Segment::Placeholder(name.to_owned()));
            rest = tail;
        } else {
            text.push('%');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    if !text.is_empty() || out.is_empty() {
        out.push(Segment::Text(text));
    }
    out
}

/// `%name%` at the beginning of a text, and what follows.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('%')?;
    let end = inner.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    let (name, tail) = inner.split_at(end);
    (!name.is_empty()).then_some((name, tail.strip_prefix('%')?))
}

fn push_char(tokens: &mut Vec<Token>, c: char) {
    match tokens.last_mut() {
        Some(Token::Literal(text)) => text.push(c),
        _ => tokens.push(Token::Literal(c.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Segment, parse, render, segments};

    #[test]
    fn strings_survive() {
        for (raw, rendered) in [
            (r"\cmd.exe", r"\cmd.exe"),
            (r"a\\b", r"a\b"),
            (r"a\\\b", r"a\\\b"),
            (r"a\\*", r"a\\*"),
            (r"\*\?", r"\*\?"),
            (r"dir\", r"dir\"),
            (r"dir\\", r"dir\"),
            (r"\\\\\*\\IPC$", r"\\\\\*\IPC$"),
            ("", ""),
        ] {
            assert_eq!(render(&parse(raw)), rendered, "{raw}");
            assert_eq!(parse(rendered), parse(raw), "{raw}");
        }
    }

    #[test]
    fn placeholders() {
        let check = |raw: &str, expected: &str| {
            let shown: Vec<String> = segments(raw)
                .into_iter()
                .map(|segment| match segment {
                    Segment::Text(text) => text,
                    Segment::Placeholder(name) => format!("<{name}>"),
                })
                .collect();
            assert_eq!(shown.join("|"), expected, "{raw}");
        };
        check("%a%", "<a>");
        check("x%a%y%b_1%", "x|<a>|y|<b_1>");
        check(r"\%a\%", "%a%");
        check(r"C:\\%dir%\x", r"C:\\|<dir>|\x");
        check("50% of %x y%", "50% of %x y%");
        check("100%%a%", "100%|<a>");
        check("", "");
    }
}
