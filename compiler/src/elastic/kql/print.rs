//! Writes trees as KQL that is read as the same tree, here and in Kibana.

use std::fmt::{self, Write as _};

use super::ast::{Expr, ExprKind, FieldName, Piece, Query, Value, ValueKind, Values, ValuesKind};
use super::lex::{is_space, is_special};
use super::literal::is_trimmed;

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.as_ref().map_or(Ok(()), |expr| expr.fmt(f))
    }
}

/// How tight a node binds: what is looser than its place asks for stands in parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Tightness {
    Or,
    And,
    Not,
    Leaf,
}

impl Expr {
    fn tightness(&self) -> Tightness {
        match &self.kind {
            ExprKind::Or(_) => Tightness::Or,
            ExprKind::And(_) => Tightness::And,
            ExprKind::Not(_) => Tightness::Not,
            ExprKind::Field { .. } | ExprKind::Range { .. } | ExprKind::Nested { .. } | ExprKind::Text(_) => {
                Tightness::Leaf
            }
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |f: &mut fmt::Formatter<'_>, inner: &Expr, outer| in_place(f, inner, inner.tightness() > outer);
        match &self.kind {
            ExprKind::Or(members) => joined(f, members, " or ", |f, member| place(f, member, Tightness::Or)),
            ExprKind::And(members) => joined(f, members, " and ", |f, member| place(f, member, Tightness::And)),
            ExprKind::Not(inner) => {
                f.write_str("not ")?;
                place(f, inner, Tightness::Not)
            }
            ExprKind::Field { field, values } => {
                write!(f, "{field}: ")?;
                in_place(f, values, matches!(values.kind, ValuesKind::Value(_)))
            }
            ExprKind::Range { field, op, value } => write!(f, "{field} {} {value}", op.as_str()),
            ExprKind::Nested { field, inner } => write!(f, "{field}: {{ {inner} }}"),
            ExprKind::Text(value) => value.fmt(f),
        }
    }
}

impl Values {
    fn tightness(&self) -> Tightness {
        match &self.kind {
            ValuesKind::Or(_) => Tightness::Or,
            ValuesKind::And(_) => Tightness::And,
            ValuesKind::Not(_) => Tightness::Not,
            ValuesKind::Value(_) => Tightness::Leaf,
        }
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |f: &mut fmt::Formatter<'_>, inner: &Values, outer| in_place(f, inner, inner.tightness() > outer);
        match &self.kind {
            ValuesKind::Or(members) => joined(f, members, " or ", |f, member| place(f, member, Tightness::Or)),
            ValuesKind::And(members) => joined(f, members, " and ", |f, member| place(f, member, Tightness::And)),
            ValuesKind::Not(inner) => {
                f.write_str("not ")?;
                place(f, inner, Tightness::Not)
            }
            ValuesKind::Value(value) => value.fmt(f),
        }
    }
}

fn in_place(f: &mut fmt::Formatter<'_>, inner: &impl fmt::Display, bare: bool) -> fmt::Result {
    if bare { write!(f, "{inner}") } else { write!(f, "({inner})") }
}

fn joined<T>(
    f: &mut fmt::Formatter<'_>,
    members: &[T],
    operator: &str,
    mut write: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (at, member) in members.iter().enumerate() {
        if at > 0 {
            f.write_str(operator)?;
        }
        write(f, member)?;
    }
    Ok(())
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ValueKind::Quoted(text) => quoted(f, text),
            // whitespace alone is cut off when it is read
            ValueKind::Unquoted(text) if text.is_empty() => f.write_str("\\u0020"),
            ValueKind::Unquoted(text) => unquoted(f, text),
            ValueKind::Wildcard(pieces) => pattern(f, pieces),
        }
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.literal() {
            Some(name) if name.is_empty() || name.trim_matches(is_trimmed) != name => quoted(f, name),
            Some(_) | None => pattern(f, &self.pieces),
        }
    }
}

fn pattern(f: &mut fmt::Formatter<'_>, pieces: &[Piece]) -> fmt::Result {
    pieces.iter().try_for_each(|piece| match piece {
        Piece::Text(text) => unquoted(f, text),
        Piece::Any => f.write_char('*'),
    })
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c => plain(f, c)?,
        }
    }
    f.write_char('"')
}

fn unquoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for word in text.split_inclusive(is_space) {
        let bare = word.trim_end_matches(is_space);
        let mut chars = word.chars();
        if ["and", "or", "not"].iter().any(|keyword| bare.eq_ignore_ascii_case(keyword)) {
            match chars.next() {
                // Kibana reads `\n` where `\not` is written
                Some('n') => f.write_str("\\u006e")?,
                Some(first) => write!(f, "\\{first}")?,
                None => {}
            }
        }
        for c in chars {
            if is_special(c) {
                f.write_char('\\')?;
            }
            plain(f, c)?;
        }
    }
    Ok(())
}

fn plain(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    match c {
        '\t' => f.write_str("\\t"),
        '\r' => f.write_str("\\r"),
        '\n' => f.write_str("\\n"),
        c => f.write_char(c),
    }
}
