//! `JSON_EXTRACT` (ES|QL reference, `JSON_EXTRACT`; RFC 9535, the part of it that names one value).

use crate::table::value::Value;

/// Values inside each other.
const MAX_DEPTH: usize = 512;

/// The value at the path: a string without its quotes, anything else as it is written; null for `null`. `None` if there is none, the path is none or
/// what stands before the value is no JSON.
pub(super) fn extract(text: &str, path: &str) -> Option<Value> {
    let steps = steps(path)?;
    let mut json = Json { text, at: 0 };
    for step in &steps {
        match step {
            Step::Key(key) => json.enter_member(key)?,
            Step::Index(index) => json.enter_element(*index)?,
        }
    }
    let raw = json.value()?;
    Some(match raw.as_bytes().first()? {
        b'"' => Value::text(serde_json::from_str::<String>(raw).ok()?),
        b'n' => Value::Null,
        _ => Value::text(raw),
    })
}

enum Step {
    Key(String),
    Index(usize),
}

/// `$.a['b'][0]`; nothing, `$` and `$.` are the whole value.
fn steps(path: &str) -> Option<Vec<Step>> {
    let path = match path.strip_prefix('$') {
        None => path,
        Some(rest) if rest.is_empty() || rest.starts_with('[') => rest,
        Some(rest) => rest.strip_prefix('.')?,
    };
    let mut steps = Vec::new();
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.peek().copied() {
        if c == '[' {
            chars.next();
            while chars.next_if(char::is_ascii_whitespace).is_some() {}
            match chars.next()? {
                quote @ ('\'' | '"') => {
                    let mut key = String::new();
                    loop {
                        match chars.next()? {
                            c if c == quote => break,
                            '\\' => key.push(chars.next().filter(|c| matches!(c, '\'' | '"' | '\\'))?),
                            c => key.push(c),
                        }
                    }
                    steps.push(Step::Key(key));
                }
                digit => {
                    let mut index = digit.to_digit(10)? as usize;
                    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                        index = index.checked_mul(10)?.checked_add(digit as usize)?;
                        chars.next();
                    }
                    steps.push(Step::Index(index));
                }
            }
            while chars.next_if(char::is_ascii_whitespace).is_some() {}
            chars.next_if_eq(&']')?;
            continue;
        }
        // a dot stands between two names, and nowhere else
        if !steps.is_empty() {
            chars.next_if_eq(&'.')?;
        }
        let mut key = String::new();
        while let Some(c) = chars.next_if(|c| !matches!(c, '.' | '[' | ']')) {
            key.push(c);
        }
        if key.is_empty() {
            return None;
        }
        steps.push(Step::Key(key));
    }
    Some(steps)
}

/// Where reading is in a text.
struct Json<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Json<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes this byte, with the blanks before it.
    fn take(&mut self, wanted: u8) -> Option<()> {
        self.blank();
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn enter_member(&mut self, key: &str) -> Option<()> {
        self.take(b'{')?;
        loop {
            self.blank();
            let name = self.string()?;
            self.take(b':')?;
            let plain = name.get(1..name.len().saturating_sub(1)).filter(|name| !name.contains('\\'));
            let same = match plain {
                Some(name) => name == key,
                None => serde_json::from_str::<String>(name).ok()? == key,
            };
            if same {
                return Some(());
            }
            self.value()?;
            self.take(b',')?;
        }
    }

    fn enter_element(&mut self, index: usize) -> Option<()> {
        self.take(b'[')?;
        for _ in 0..index {
            self.value()?;
            self.take(b',')?;
        }
        self.blank();
        (self.peek()? != b']').then_some(())
    }

    /// The value that comes next, as it is written.
    fn value(&mut self) -> Option<&'a str> {
        self.blank();
        let start = self.at;
        self.skip(0)?;
        self.text.get(start..self.at)
    }

    fn skip(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.blank();
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => {
                self.at += 1;
                if self.take(b'}').is_some() {
                    return Some(());
                }
                loop {
                    self.blank();
                    self.string()?;
                    self.take(b':')?;
                    self.skip(depth + 1)?;
                    if self.take(b',').is_none() {
                        return self.take(b'}');
                    }
                }
            }
            b'[' => {
                self.at += 1;
                if self.take(b']').is_some() {
                    return Some(());
                }
                loop {
                    self.skip(depth + 1)?;
                    if self.take(b',').is_none() {
                        return self.take(b']');
                    }
                }
            }
            _ => {
                let start = self.at;
                while matches!(self.peek(), Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.')) {
                    self.at += 1;
                }
                let word = self.text.get(start..self.at)?;
                (matches!(word, "true" | "false" | "null") || is_number(word)).then_some(())
            }
        }
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at;
        (self.peek()? == b'"').then(|| self.at += 1)?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                0..=0x1f => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(start..self.at)
    }
}

/// Whether it is a number of JSON (RFC 8259, 6).
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (number, exponent) = word.split_once(['e', 'E']).unwrap_or((word, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && digits(fraction)
        && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}
