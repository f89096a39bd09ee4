//! Random EQL queries for single events.

use sigil_compiler::elastic::eql::ast::{
    ArithmeticOp, Body, Category, CompareOp, EventQuery, Expr, ExprKind, Field, FieldPart, Literal, MatchOp, Query,
    StringLiteral,
};
use sigil_compiler::elastic::schema::FieldType;

use super::{
    ADDRESSES, FIELDS, MATH, NETWORKS, NUMBERS, Random, VIEWS, literal, nowhere, number_or_date, part, spanned, text,
};

/// A query.
pub fn query(random: &mut Random) -> Query {
    let category = match random.weighted(&[85, 10, 5]) {
        0 => Category::Any,
        1 => Category::Named(spanned(random.pick(&["process", "file"]).to_owned())),
        _ => Category::Named(spanned(text(random))),
    };
    let depth = random.below(3);
    let condition = condition(random, depth);
    let span = nowhere();
    Query { body: Body::Event(EventQuery { category, condition, span }), pipes: Vec::new(), span }
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: nowhere() }
}

fn boxed(kind: ExprKind) -> Box<Expr> {
    Box::new(expr(kind))
}

fn condition(random: &mut Random, depth: usize) -> Expr {
    if depth == 0 {
        return expr(leaf(random));
    }
    expr(match random.weighted(&[30, 35, 30, 5]) {
        0 => ExprKind::Or(random.several(2, 3, |random| condition(random, depth - 1))),
        1 => ExprKind::And(random.several(2, 3, |random| condition(random, depth - 1))),
        2 => ExprKind::Not(Box::new(condition(random, depth - 1))),
        _ => leaf(random),
    })
}

fn leaf(random: &mut Random) -> ExprKind {
    match random.weighted(&[30, 12, 20, 3, 35]) {
        0 => {
            let (name, kind) = field(random);
            let op = compare_op(random);
            let ordered = !matches!(op, CompareOp::Equal | CompareOp::NotEqual);
            let literal = expr(match kind {
                FieldType::Unknown if ordered => {
                    let like = number_or_date(random);
                    constant(random, like)
                }
                FieldType::Ip if ordered => text_constant(random.pick(&ADDRESSES).to_owned()),
                _ => constant(random, kind),
            });
            let (left, right) = (expr(name), literal);
            let (left, right) = if random.chance(12) { (right, left) } else { (left, right) };
            ExprKind::Compare { op: spanned(op), left: Box::new(left), right: Box::new(right) }
        }
        1 => {
            let (name, kind) = field(random);
            let list = random.several(1, 3, |random| expr(constant(random, kind)));
            let textual = is_textual(kind);
            ExprKind::In {
                left: boxed(name),
                list,
                negated: random.chance(25),
                ignore_case: textual && random.chance(40),
            }
        }
        2 => {
            let (name, _) = if random.chance(8) { field(random) } else { textual_field(random) };
            let (op, patterns) = patterns(random);
            ExprKind::Match { op: spanned(op), left: boxed(name), patterns }
        }
        3 => named(random.pick(&["b.bool", "c.x"]), random),
        _ => computed(random),
    }
}

fn is_textual(kind: FieldType) -> bool {
    matches!(
        kind,
        FieldType::Text
            | FieldType::Keyword
            | FieldType::Wildcard
            | FieldType::Caseless
            | FieldType::Flattened
            | FieldType::Unknown
    )
}

fn named(name: &str, random: &mut Random) -> ExprKind {
    let parts = name.split('.').map(|part| FieldPart::Name(part.to_owned())).collect();
    ExprKind::Field(Field { parts, optional: random.chance(15) })
}

fn field(random: &mut Random) -> (ExprKind, FieldType) {
    let (name, kind) = match random.weighted(&[84, 12, 4]) {
        0 => random.pick(&FIELDS),
        1 => random.pick(&VIEWS),
        _ => random.pick(&[("missing", FieldType::Unknown), ("list.k", FieldType::Keyword)]),
    };
    (named(name, random), kind)
}

fn textual_field(random: &mut Random) -> (ExprKind, FieldType) {
    let (field, kind) = field(random);
    if is_textual(kind) { (field, kind) } else { textual_field(random) }
}

fn compare_op(random: &mut Random) -> CompareOp {
    match random.weighted(&[35, 25, 10, 10, 10, 10]) {
        0 => CompareOp::Equal,
        1 => CompareOp::NotEqual,
        2 => CompareOp::Less,
        3 => CompareOp::LessOrEqual,
        4 => CompareOp::Greater,
        _ => CompareOp::GreaterOrEqual,
    }
}

fn string(value: String) -> StringLiteral {
    StringLiteral { raw: value.len() % 3 == 1, value, span: nowhere() }
}

fn text_constant(value: String) -> ExprKind {
    ExprKind::Literal(Literal::String(string(value)))
}

/// A literal for a comparison with a field of this type.
fn constant(random: &mut Random, kind: FieldType) -> ExprKind {
    if random.chance(8) {
        return ExprKind::Literal(Literal::Null);
    }
    // now and then of a type that the field does not have
    let kind = if random.chance(6) { random.pick(&FIELDS).1 } else { kind };
    match kind {
        FieldType::Integer | FieldType::Float => number_constant(random),
        FieldType::Boolean => ExprKind::Literal(Literal::Bool(random.chance(50))),
        FieldType::Ip if random.chance(40) => text_constant(random.pick(&NETWORKS).to_owned()),
        FieldType::Date if random.chance(25) => text_constant(random.pick(&MATH).to_owned()),
        FieldType::Unknown if random.chance(25) => number_constant(random),
        FieldType::Unknown if random.chance(15) => ExprKind::Literal(Literal::Bool(random.chance(50))),
        _ => text_constant(literal(random, kind)),
    }
}

fn number_constant(random: &mut Random) -> ExprKind {
    number(random.pick(&NUMBERS))
}

/// A number as EQL writes it: the sign is an operator.
fn number(text: &str) -> ExprKind {
    if let Some(digits) = text.strip_prefix('-') {
        return ExprKind::Negative(boxed(number(digits)));
    }
    match text.parse() {
        Ok(number) => ExprKind::Literal(Literal::Integer(number)),
        Err(_) => ExprKind::Literal(Literal::Decimal(text.parse().unwrap_or_default())),
    }
}

fn patterns(random: &mut Random) -> (MatchOp, Vec<StringLiteral>) {
    let op = match random.weighted(&[35, 20, 20, 12, 13]) {
        0 => MatchOp::Seq,
        1 => MatchOp::Like,
        2 => MatchOp::LikeIgnoreCase,
        3 => MatchOp::Regex,
        _ => MatchOp::RegexIgnoreCase,
    };
    let regex = matches!(op, MatchOp::Regex | MatchOp::RegexIgnoreCase);
    let most = if random.chance(60) { 1 } else { 3 };
    let patterns = random.several(1, most, |random| string(if regex { expression(random) } else { wildcards(random) }));
    (op, patterns)
}

fn wildcards(random: &mut Random) -> String {
    match random.weighted(&[20, 25, 15, 15, 15, 10]) {
        0 => text(random),
        1 => format!("{}*", part(random)),
        2 => format!("*{}", part(random)),
        3 => format!("*{}*", part(random)),
        4 => format!("{}*{}", part(random), part(random)),
        _ => {
            let mut chars: Vec<char> = text(random).chars().collect();
            if !chars.is_empty() {
                let at = random.below(chars.len());
                chars[at] = '?';
            }
            chars.into_iter().collect()
        }
    }
}

/// A text, some of whose characters are replaced by operators of regular expressions.
fn expression(random: &mut Random) -> String {
    let mut expression = String::new();
    for c in text(random).chars() {
        let escaped = if c.is_alphanumeric() { c.to_string() } else { format!("\\{c}") };
        expression.push_str(&match random.weighted(&[70, 6, 6, 6, 6, 6]) {
            0 => escaped,
            1 => ".".to_owned(),
            2 => ".*".to_owned(),
            3 => format!("{escaped}?"),
            4 => format!("({escaped}|x)"),
            _ => "[a-z]+".to_owned(),
        });
    }
    if expression.is_empty() { ".*".to_owned() } else { expression }
}

/// A condition on computed values.
fn computed(random: &mut Random) -> ExprKind {
    match random.weighted(&[28, 20, 32, 6, 5, 3, 6]) {
        6 => {
            // what is true or false is a value, too
            let members = random.several(2, 2, |random| expr(computed(random)));
            let joined = if random.chance(50) { ExprKind::And(members) } else { ExprKind::Or(members) };
            let joined = if random.chance(30) { ExprKind::Not(boxed(joined)) } else { joined };
            let right = expr(ExprKind::Literal(Literal::Bool(false)));
            ExprKind::Compare { op: spanned(CompareOp::Equal), left: boxed(joined), right: Box::new(right) }
        }
        0 => {
            let (left, right) = (number_value(random, 2), number_value(random, 1));
            compared(random, left, right)
        }
        1 => {
            let (left, right) = (text_function(random, 2), text_value(random, 1));
            compared(random, left, right)
        }
        2 => truth_function(random, 2),
        3 => {
            let (op, patterns) = patterns(random);
            ExprKind::Match { op: spanned(op), left: boxed(text_function(random, 2)), patterns }
        }
        4 => {
            let textual = random.chance(50);
            let left = if textual { text_function(random, 2) } else { number_function(random, 2) };
            let list = random.several(1, 3, |random| {
                expr(if textual { text_constant(text(random)) } else { number(random.pick(&NUMBERS[..8])) })
            });
            ExprKind::In {
                left: boxed(left),
                list,
                negated: random.chance(25),
                ignore_case: textual && random.chance(40),
            }
        }
        _ => {
            let op = random.pick(&[CompareOp::Equal, CompareOp::NotEqual]);
            let right = expr(ExprKind::Literal(Literal::Bool(random.chance(50))));
            ExprKind::Compare { op: spanned(op), left: boxed(truth_function(random, 2)), right: Box::new(right) }
        }
    }
}

fn compared(random: &mut Random, left: ExprKind, right: ExprKind) -> ExprKind {
    let op = compare_op(random);
    let right = if random.chance(8) { ExprKind::Literal(Literal::Null) } else { right };
    let (left, right) = if random.chance(15) { (right, left) } else { (left, right) };
    ExprKind::Compare { op: spanned(op), left: boxed(left), right: boxed(right) }
}

fn call(random: &mut Random, name: &str, ignore_case: bool, arguments: Vec<ExprKind>) -> ExprKind {
    let ignore_case = ignore_case && random.chance(40);
    let arguments = arguments.into_iter().map(expr).collect();
    ExprKind::Call { name: spanned(name.to_owned()), ignore_case, arguments }
}

/// A text: a field, a literal or something computed.
fn text_value(random: &mut Random, depth: usize) -> ExprKind {
    match random.weighted(&[50, 25, 25]) {
        0 => textual_field(random).0,
        2 if depth > 0 => text_function(random, depth),
        _ => text_constant(if random.chance(50) { part(random) } else { text(random) }),
    }
}

fn text_function(random: &mut Random, depth: usize) -> ExprKind {
    let depth = depth.saturating_sub(1);
    match random.weighted(&[40, 25, 15, 20]) {
        0 => {
            let mut arguments = vec![text_value(random, depth), position(random)];
            if random.chance(60) {
                arguments.push(position(random));
            }
            call(random, "substring", false, arguments)
        }
        1 => {
            let mut arguments = random.several(1, 2, |random| text_value(random, depth));
            if random.chance(25) {
                arguments.push(number(random.pick(&NUMBERS[..12])));
            }
            call(random, "concat", false, arguments)
        }
        2 => {
            let argument = match random.weighted(&[40, 30, 15, 15]) {
                0 => text_value(random, depth),
                1 => number_value(random, depth),
                2 => named("b.ip", random),
                _ => named("b.bool", random),
            };
            call(random, "string", false, vec![argument])
        }
        _ => {
            let mut arguments = vec![text_value(random, depth), text_part(random), text_part(random)];
            if random.chance(40) {
                arguments.push(ExprKind::Literal(Literal::Bool(random.chance(60))));
            }
            call(random, "between", true, arguments)
        }
    }
}

/// A part of a text; seldom empty.
fn text_part(random: &mut Random) -> ExprKind {
    let found = part(random);
    if found.is_empty() && random.chance(90) { text_part(random) } else { text_constant(found) }
}

fn position(random: &mut Random) -> ExprKind {
    match random.weighted(&[60, 30, 10]) {
        0 => number(&random.below(7).to_string()),
        1 => ExprKind::Negative(boxed(number(&(1 + random.below(6)).to_string()))),
        _ => named("b.int", random),
    }
}

/// A number: a field, a literal or something computed.
fn number_value(random: &mut Random, depth: usize) -> ExprKind {
    match random.weighted(&[40, 25, 35]) {
        0 => named(random.pick(&["b.int", "b.long", "b.dbl", "c.x"]), random),
        2 if depth > 0 => number_function(random, depth),
        _ => number(random.pick(&NUMBERS)),
    }
}

fn number_function(random: &mut Random, depth: usize) -> ExprKind {
    let depth = depth.saturating_sub(1);
    match random.weighted(&[25, 15, 25, 15, 12, 8]) {
        0 => {
            let sums = random.chance(50);
            let first = Box::new(expr(number_value(random, depth)));
            let rest = random.several(1, 2, |random| {
                let op = if sums {
                    random.pick(&[ArithmeticOp::Add, ArithmeticOp::Subtract])
                } else {
                    random.pick(&[ArithmeticOp::Multiply, ArithmeticOp::Divide, ArithmeticOp::Modulo])
                };
                (spanned(op), expr(number_value(random, depth)))
            });
            ExprKind::Arithmetic { first, rest }
        }
        1 => {
            let name = random.pick(&["add", "subtract", "multiply", "divide", "modulo"]);
            let arguments = vec![number_value(random, depth), number_value(random, depth)];
            call(random, name, false, arguments)
        }
        2 => {
            let argument = text_value(random, depth);
            call(random, "length", false, vec![argument])
        }
        3 => {
            let mut arguments = vec![text_value(random, depth), text_part(random)];
            if random.chance(40) {
                arguments.push(position(random));
            }
            call(random, "indexOf", true, arguments)
        }
        4 => {
            let argument = match random.weighted(&[50, 30, 20]) {
                0 => text_value(random, depth),
                1 => text_constant(random.pick(&NUMBERS).to_owned()),
                _ => text_constant(random.pick(&["0x1f", "1f", "ff", "+5", "101", "zz", "0b1", ""]).to_owned()),
            };
            let mut arguments = vec![argument];
            if random.chance(40) {
                arguments.push(number(random.pick(&["10", "16", "2", "36", "1"])));
            }
            call(random, "number", false, arguments)
        }
        _ => ExprKind::Negative(boxed(number_value(random, depth))),
    }
}

fn truth_function(random: &mut Random, depth: usize) -> ExprKind {
    let depth = depth.saturating_sub(1);
    if random.chance(15) {
        let value = match random.weighted(&[70, 15, 15]) {
            0 => named("b.ip", random),
            1 => named("c.x", random),
            _ => text_constant(random.pick(&ADDRESSES).to_owned()),
        };
        let mut arguments = vec![value];
        arguments.extend(random.several(1, 2, |random| text_constant(random.pick(&NETWORKS).to_owned())));
        return call(random, "cidrMatch", false, arguments);
    }
    let name = random.pick(&["startsWith", "endsWith", "stringContains"]);
    let arguments =
        vec![text_value(random, depth), if random.chance(70) { text_part(random) } else { text_value(random, depth) }];
    call(random, name, true, arguments)
}
