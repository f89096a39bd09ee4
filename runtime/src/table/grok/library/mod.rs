//! The patterns that `%{NAME}` names: those of the Elastic Common Schema, version 1, which ES|QL uses ("Grok processor", `ecs_compatibility: v1`).
//!
//! They are data, in three forms: an expression; columns with a text between them; and what is built from parts (IP addresses, Nagios). `%?{..}` is
//! short for `(?:-|%{..})`: the value, or a dash for none. The forms of lines are those of logstash-patterns-core, written down anew.

mod backup;
mod base;
mod firewall;
mod service;
mod system;
mod web;
mod zeek;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// An expression, by its name. Names in small letters are parts that only other expressions of the library name.
pub(super) fn find(name: &str, is_inner: bool) -> Option<&'static str> {
    LIBRARY.get(name).filter(|_| is_inner || !is_part(name)).map(String::as_str)
}

fn is_part(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// All names, sorted.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    LIBRARY.keys().map(|name| &**name).filter(|name| !is_part(name))
}

/// How a pattern is written down.
enum Form {
    /// An expression of grok.
    Expression(&'static str),
    /// What stands in columns, and between them: names of patterns with a column, of which `?` says that a dash stands for none.
    Columns(&'static str, &'static [&'static str]),
}

type Entries = &'static [(&'static str, Form)];

static LIBRARY: LazyLock<BTreeMap<Cow<'static, str>, String>> = LazyLock::new(|| {
    let entries = [
        backup::ENTRIES,
        base::ENTRIES,
        web::ENTRIES,
        zeek::ENTRIES,
        firewall::ENTRIES,
        system::ENTRIES,
        service::ENTRIES,
    ];
    let mut library: BTreeMap<Cow<'static, str>, String> = BTreeMap::new();
    for (name, form) in entries.into_iter().flatten() {
        library.insert((*name).into(), form.expression());
    }
    library.insert("IPV6".into(), base::ipv6());
    library.extend(firewall::cisco().map(|(name, expression)| (name.into(), expression)));
    library.extend(
        system::nagios().into_iter().chain(backup::messages()).map(|(name, expression)| (name.into(), expression)),
    );
    library
});

impl Form {
    fn expression(&self) -> String {
        match self {
            Self::Expression(text) => or_dash(text),
            Self::Columns(between, columns) => {
                let columns = columns.iter().map(|column| match column.strip_prefix('?') {
                    Some(column) => format!("(?:-|%{{{column}}})"),
                    // what is no reference stands for itself
                    None if column.starts_with('(') => or_dash(column),
                    None => format!("%{{{column}}}"),
                });
                columns.collect::<Vec<_>>().join(between)
            }
        }
    }
}

/// Writes `%?{..}` out.
fn or_dash(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("%?{") {
        let (reference, after) = behind.split_once('}').unwrap_or((behind, ""));
        out.push_str(before);
        out.push_str(&format!("(?:-|%{{{reference}}})"));
        rest = after;
    }
    out.push_str(rest);
    out
}
