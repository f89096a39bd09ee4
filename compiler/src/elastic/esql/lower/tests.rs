mod random;

use super::{Prefix, prefix};
use crate::diagnostic::Diagnostics;
use crate::elastic::esql::parse;
use crate::elastic::leaf::Context;
use crate::elastic::schema::Schema;
use crate::elastic::text::QueryText;
use crate::source::FileId;

fn schema() -> Schema {
    let text = "k,keyword,8\nw,wildcard\nt,text\nn,long\nx,double\nb,boolean\nd,date\ni,ip\no,object\nl,keyword\n";
    let (mut schema, mut diags) = (Schema::default(), Diagnostics::new());
    schema.extend(FileId(0), text, &mut diags);
    assert!(diags.is_empty());
    schema
}

fn of(query: &str) -> Prefix {
    let mut diags = Diagnostics::new();
    let parsed = parse(&QueryText::verbatim(query, FileId(0), 0), &mut diags);
    assert!(!diags.has_errors_since(0), "{query}: {:?}", diags.as_slice());
    let cx = Context { schema: &schema(), now: None, diags: &mut Diagnostics::new(), computed: 0 };
    prefix(&parsed.unwrap(), &cx)
}

/// The condition on one line, and how many commands are decided.
fn shown(commands: &str) -> String {
    let Prefix { condition, exact } = of(&format!("FROM logs METADATA _id | {commands}"));
    let lines = condition.to_string();
    let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    let line = lines.join("; ").replace("    ", "> ").replace("  ", "> ");
    format!("{exact}: {line}")
}

#[track_caller]
fn check(commands: &str, expected: &str) {
    assert_eq!(shown(commands), expected, "{commands}");
}

/// A single condition that is decided.
#[track_caller]
fn exactly(condition: &str, expected: &str) {
    check(&format!("WHERE {condition}"), &format!("1: {expected}"));
}

/// A single condition that is not.
#[track_caller]
fn nearly(condition: &str, expected: &str) {
    check(&format!("WHERE {condition}"), &format!("0: {expected}"));
}

#[test]
fn probe() {
    for q in std::env::var("PROBE").unwrap_or_default().lines() {
        println!("{q}\n    {}", shown(q));
    }
}
