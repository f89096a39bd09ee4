//! Random KQL queries.

use sigil_compiler::elastic::kql::ast::{
    Expr, ExprKind, FieldName, Piece, Query, RangeOp, Value, ValueKind, Values, ValuesKind,
};
use sigil_compiler::elastic::schema::FieldType;

use super::{
    ADDRESSES, FIELDS, IN_LIST, IN_SUB, MATH, NETWORKS, Random, VIEWS, literal, nowhere, number_or_date, part,
};

/// A query.
pub fn query(random: &mut Random) -> Query {
    let depth = random.below(3);
    Query { expr: Some(expr(random, depth, Place::Event)), span: nowhere() }
}

/// Where a condition stands: which fields it may name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Event,
    List,
    Sub,
}

fn expr(random: &mut Random, depth: usize, place: Place) -> Expr {
    if depth == 0 {
        return leaf(random, place);
    }
    let kind = match random.weighted(&[30, 35, 25, 10]) {
        0 => ExprKind::Or(random.several(2, 3, |random| expr(random, depth - 1, place))),
        1 => ExprKind::And(random.several(2, 3, |random| expr(random, depth - 1, place))),
        2 => ExprKind::Not(Box::new(expr(random, depth - 1, place))),
        _ => return leaf(random, place),
    };
    Expr { kind, span: nowhere() }
}

fn leaf(random: &mut Random, place: Place) -> Expr {
    let kind = match (place, random.weighted(&[64, 16, 14, 6])) {
        (_, 0) => {
            let (field, kind) = field(random, place);
            let depth = if random.chance(25) { 1 + random.below(2) } else { 0 };
            ExprKind::Field { field, values: values(random, depth, kind) }
        }
        (_, 1) => range(random, place),
        (Place::Event, 2) => {
            let depth = random.below(3);
            nested("list", expr(random, depth, Place::List))
        }
        (Place::List, 2) => {
            let depth = random.below(2);
            nested("sub", expr(random, depth, Place::Sub))
        }
        (Place::Event, 3) => ExprKind::Text(value(random, FieldType::Unknown)),
        (_, _) => return leaf(random, place),
    };
    Expr { kind, span: nowhere() }
}

fn nested(name: &str, inner: Expr) -> ExprKind {
    ExprKind::Nested { field: named(name), inner: Box::new(inner) }
}

fn range(random: &mut Random, place: Place) -> ExprKind {
    let (field, kind) = field(random, place);
    let kind = if field.literal().is_none() { FieldType::Unknown } else { kind };
    let op = random.pick(&[RangeOp::Lt, RangeOp::Lte, RangeOp::Gt, RangeOp::Gte]);
    let text = match kind {
        FieldType::Date if random.chance(30) => math(random),
        FieldType::Ip => random.pick(&ADDRESSES).to_owned(),
        FieldType::Unknown => {
            let like = number_or_date(random);
            literal(random, like)
        }
        _ => literal(random, kind),
    };
    ExprKind::Range { field, op, value: Value { kind: quoted_or_not(random, text), span: nowhere() } }
}

fn math(random: &mut Random) -> String {
    random.pick(&MATH).to_owned()
}

fn field(random: &mut Random, place: Place) -> (FieldName, FieldType) {
    match place {
        Place::Event => {
            let (name, kind) = match random.weighted(&[76, 10, 6, 6, 2]) {
                0 => random.pick(&FIELDS),
                1 => random.pick(&VIEWS),
                2 => random.pick(&[
                    ("list.k", FieldType::Keyword),
                    ("list.n", FieldType::Integer),
                    ("list.sub.k", FieldType::Keyword),
                    ("missing", FieldType::Unknown),
                ]),
                3 => random.pick(&[
                    ("a.*", FieldType::Keyword),
                    ("*.x", FieldType::Unknown),
                    ("c.*.z", FieldType::Unknown),
                    ("b.*t", FieldType::Integer),
                    ("list.*", FieldType::Keyword),
                    ("fl*", FieldType::Flattened),
                    ("c.`*`.z", FieldType::Unknown),
                    ("*kw", FieldType::Keyword),
                    ("*", FieldType::Unknown),
                ]),
                _ => ("*", FieldType::Unknown),
            };
            (named(name), kind)
        }
        Place::List => {
            let (name, kind) = random.pick(&IN_LIST);
            if random.chance(10) { (named("sub.k"), FieldType::Keyword) } else { (named(name), kind) }
        }
        Place::Sub => {
            let (name, kind) = random.pick(&IN_SUB);
            (named(name), kind)
        }
    }
}

fn named(name: &str) -> FieldName {
    FieldName { pieces: pieces(name), span: nowhere() }
}

/// With a wildcard for each `*`.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (at, part) in text.split('*').enumerate() {
        if at > 0 && pieces.last() != Some(&Piece::Any) {
            pieces.push(Piece::Any);
        }
        if !part.is_empty() {
            pieces.push(Piece::Text(part.to_owned()));
        }
    }
    pieces
}

fn values(random: &mut Random, depth: usize, kind: FieldType) -> Values {
    let inner = |random: &mut Random| values(random, depth - 1, kind);
    let kind = match (depth, random.weighted(&[45, 30, 25])) {
        (0, _) => ValuesKind::Value(value(random, kind)),
        (_, 0) => ValuesKind::Or(random.several(2, 3, inner)),
        (_, 1) => ValuesKind::And(random.several(2, 2, inner)),
        (_, _) => ValuesKind::Not(Box::new(inner(random))),
    };
    Values { kind, span: nowhere() }
}

fn value(random: &mut Random, kind: FieldType) -> Value {
    let texts = matches!(
        kind,
        FieldType::Keyword
            | FieldType::Wildcard
            | FieldType::Caseless
            | FieldType::Text
            | FieldType::Flattened
            | FieldType::Unknown
    );
    let kind = if random.chance(8) {
        ValueKind::Wildcard(vec![Piece::Any])
    } else if random.chance(4) {
        // of a type that the field may not have
        let kind = random.pick(&FIELDS).1;
        let text = literal(random, kind);
        if random.chance(40) { pattern(random) } else { quoted_or_not(random, text) }
    } else if texts && random.chance(35) {
        pattern(random)
    } else if kind == FieldType::Ip && random.chance(50) {
        let network = random.pick(&NETWORKS).to_owned();
        quoted_or_not(random, network)
    } else if kind == FieldType::Date && random.chance(20) {
        let math = math(random);
        quoted_or_not(random, math)
    } else {
        let text = literal(random, kind);
        quoted_or_not(random, text)
    };
    Value { kind, span: nowhere() }
}

fn quoted_or_not(random: &mut Random, text: String) -> ValueKind {
    // blanks at the ends of unquoted values are cut off
    if random.chance(50) || text.trim() != text || text.is_empty() {
        ValueKind::Quoted(text)
    } else {
        ValueKind::Unquoted(text)
    }
}

/// Parts of texts between asterisks.
fn pattern(random: &mut Random) -> ValueKind {
    let text = match random.weighted(&[35, 25, 20, 15, 5]) {
        0 => format!("{}*", part(random)),
        1 => format!("*{}", part(random)),
        2 => format!("*{}*", part(random)),
        3 => format!("{}*{}", part(random), part(random)),
        _ => format!("*{}*{}*", part(random), part(random)),
    };
    // blanks at the ends are cut off; an asterisk in a text cannot stand beside a wildcard in this spelling
    let pieces: Vec<Piece> = pieces(text.trim());
    if pieces.contains(&Piece::Any) { ValueKind::Wildcard(pieces) } else { ValueKind::Quoted(text) }
}
