mod columns;
mod expressions;
mod messages;

use std::collections::BTreeMap;
use std::fmt::Write;

use sigil_runtime::table::pipeline::{Operator, Stats};
use sigil_runtime::table::{Expr, Type};

use super::{Analyzed, Environment, Fields, Origin, Table, analyze};
use crate::diagnostic::Diagnostics;
use crate::elastic::schema::Schema;
use crate::elastic::text::QueryText;
use crate::ir::Feature;
use crate::source::FileId;

const SCHEMA: &str = "\
a,keyword
b,keyword
c.x,keyword
n,integer
l,long
u,unsigned_long
d,double
t,text
at,date
nanos,date_nanos
ip,ip
flag,boolean
v,version
place,geo_point
o,object
";

fn schema() -> Schema {
    let mut schema = Schema::default();
    schema.extend(FileId(0), SCHEMA, &mut Diagnostics::new());
    schema
}

fn tables() -> BTreeMap<String, Table> {
    let column = |name: &str, kind: Type| (name.to_owned(), kind);
    let hosts = vec![column("host", Type::Keyword), column("owner", Type::Keyword), column("risk", Type::Integer)];
    let nets = vec![column("ip", Type::Ip), column("zone", Type::Keyword)];
    [("hosts".to_owned(), Table { columns: hosts }), ("nets".to_owned(), Table { columns: nets })].into()
}

/// What comes of a query as of a rule.
fn analyzed(text: &str) -> (Option<Result<Analyzed, Feature>>, Diagnostics) {
    analyzed_with(text, Fields::Any, None)
}

fn analyzed_with(
    text: &str,
    fields: Fields<'_>,
    limit: Option<u64>,
) -> (Option<Result<Analyzed, Feature>>, Diagnostics) {
    let (schema, tables) = (schema(), tables());
    let query_text = QueryText::verbatim(text, FileId(0), 0);
    let mut diags = Diagnostics::new();
    let query = crate::elastic::esql::parse(&query_text, &mut diags).unwrap();
    assert!(diags.is_empty(), "{text}: {:?}", diags.as_slice());
    let env = Environment {
        schema: &schema,
        fields,
        tables: &tables,
        limit,
        decided: 0,
        parameters: &[],
        now: None,
        text: Some(&query_text),
    };
    let found = analyze(&query, &env, &mut diags);
    (found, diags)
}

/// What comes of a query in which nothing is wrong.
fn fine(text: &str) -> Analyzed {
    let (found, diags) = analyzed(text);
    assert!(diags.is_empty(), "{text}: {:?}", diags.as_slice());
    found.unwrap().unwrap_or_else(|feature| panic!("{text}: {feature}"))
}

/// The columns of the result: `name:type`, with patterns where further fields stand.
fn output(found: &Analyzed) -> String {
    let mut shown: Vec<String> = found.output.iter().map(|column| format!("{}:{}", column.name, column.kind)).collect();
    for fields in found.all_fields.iter().rev() {
        shown.insert(fields.at, format!("<{}>", fields.pattern));
    }
    shown.join(" ")
}

/// The pipeline in short: what is read, and the operators.
fn pipeline(found: &Analyzed) -> String {
    let read = found.columns.iter().map(|column| match &column.origin {
        Origin::Field(_) => format!("{}:{}", column.name, column.kind),
        Origin::Selection(expr) => format!("[{expr}]"),
        Origin::Id | Origin::Index | Origin::Version | Origin::Source | Origin::Ignored | Origin::Score => {
            column.name.to_string()
        }
    });
    let mut shown = read.collect::<Vec<_>>().join(" ");
    for operator in found.operators() {
        let _ = write!(shown, " | {}", show_operator(operator));
    }
    shown.trim_start().to_owned()
}

fn show_operator(operator: &Operator) -> String {
    let slots = |slots: &[u32]| slots.iter().map(|slot| format!("${slot}")).collect::<Vec<_>>().join(" ");
    match operator {
        Operator::Where(expr) => format!("where {}", show(expr)),
        Operator::Eval(slot, expr) => format!("${slot} = {}", show(expr)),
        Operator::MvExpand(slot) => format!("expand ${slot}"),
        Operator::Dissect(expr, _, to) => format!("dissect {} {}", show(expr), slots(to)),
        Operator::Grok(expr, _, to) => format!("grok {} {}", show(expr), slots(to)),
        Operator::Stats(stats) => format!("stats {} width {}", show_stats(stats), stats.width),
        Operator::InlineStats(stats, to) => format!("inline {} -> {}", show_stats(stats), slots(to)),
        Operator::Sort(keys) => {
            let keys = keys.iter().map(|key| {
                let order = if key.descending { " desc" } else { "" };
                format!("{}{order}{}", show(&key.value), if key.nulls_first { " first" } else { "" })
            });
            format!("sort {}", keys.collect::<Vec<_>>().join(", "))
        }
        Operator::Limit(count, by) => format!("limit {count} {}", list(by)).trim_end().to_owned(),
        Operator::Sample(probability) => format!("sample {probability}"),
        Operator::Lookup(lookup) => {
            let on = lookup.on.iter().map(|(expr, to)| format!("{}={}", show(expr), to.as_deref().unwrap_or("-")));
            let with = lookup.with.iter().map(|(from, slot, kind)| format!("${slot}={from}:{kind}"));
            let (on, with) = (on.collect::<Vec<_>>().join(" "), with.collect::<Vec<_>>().join(" "));
            format!("{} {} on {on} with {with}", if lookup.multiplies { "join" } else { "enrich" }, lookup.table)
        }
        Operator::Completion { inference, prompt, slot } => format!("${slot} = ask {inference} {}", show(prompt)),
    }
}

fn show_stats(stats: &Stats) -> String {
    let calls = stats.aggregates.iter().map(|call| {
        let filter = call.filter.as_ref().map(|filter| format!(" if {}", show(filter))).unwrap_or_default();
        format!("{:?}({}){filter}:{}", call.aggregate, list(&call.arguments), call.result)
    });
    format!("{} by {}", calls.collect::<Vec<_>>().join(", "), list(&stats.keys))
}

fn list(members: &[Expr]) -> String {
    members.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// An expression in short.
fn show(expr: &Expr) -> String {
    let join = |members: &[Expr], word: &str| members.iter().map(show).collect::<Vec<_>>().join(word);
    match expr {
        Expr::Column(slot) => format!("${slot}"),
        Expr::Literal(value @ sigil_runtime::table::Value::Text(_)) => format!("\"{value}\""),
        Expr::Literal(value) => value.to_string(),
        Expr::And(members) => format!("({})", join(members, " & ")),
        Expr::Or(members) => format!("({})", join(members, " | ")),
        Expr::Not(inner) => format!("!{}", show(inner)),
        Expr::IsNull(inner) => format!("null?({})", show(inner)),
        Expr::Equal(sides) => format!("({})", join(&sides[..], " == ")),
        Expr::Compare(op, sides) => format!("({op:?} {})", join(&sides[..], " ")),
        Expr::In(value, members) => format!("({} in [{}])", show(value), list(members)),
        Expr::Like(inner, _) => format!("like({})", show(inner)),
        Expr::Rlike(inner, _) => format!("rlike({})", show(inner)),
        Expr::Cidr(inner, networks) => {
            let _ = networks;
            format!("cidr({})", show(inner))
        }
        Expr::Words(inner, _) => format!("words({})", show(inner)),
        Expr::Case(members) => format!("case({})", list(members)),
        Expr::Coalesce(members) => format!("coalesce({})", list(members)),
        Expr::Call(_, kind, members) => format!("call:{kind}({})", list(members)),
    }
}
