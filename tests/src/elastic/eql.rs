//! What an EQL query says of one event (Elasticsearch reference, "EQL syntax reference").
//!
//! A condition on a field is two-valued: some value of the field satisfies it, and `not` is plain negation. Computed values are null-propagating; they are tried for
//! every choice of one value of each field, and a condition on them holds if one choice makes it true.

use std::collections::BTreeMap;

use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::elastic::eql::ast::{
    ArithmeticOp, Body, Category, CompareOp, Expr, ExprKind, Field, Literal, MatchOp, Query, StringLiteral,
};
use sigil_compiler::elastic::regexp;
use sigil_compiler::elastic::schema::{FieldType, Schema};
use sigil_compiler::elastic::text::QueryText;
use sigil_compiler::ir::eval::Json;
use sigil_compiler::source::FileId;

use super::decimal::Decimal;
use super::document::{self, Value};
use super::functions::{self, Datum};
use super::glob;
use super::rewrite;
use super::typed::{self, Order};

/// Whether a query for single events finds an event.
pub fn finds(query: &Query, event: &Json, schema: &Schema) -> bool {
    let Body::Event(query) = &query.body else { return false };
    let view = View { event, schema };
    let category = match &query.category {
        Category::Any => true,
        Category::Named(name) => view.values("event.category").1.iter().any(|value| value.text() == name.value),
    };
    category && view.holds(&rewrite::rewritten(&query.condition, schema))
}

#[derive(Clone, Copy)]
struct View<'a> {
    event: &'a Json,
    schema: &'a Schema,
}

/// The chosen value of each field; none where the field has none.
type Choice<'a> = BTreeMap<String, Option<Value<'a>>>;

impl<'a> View<'a> {
    fn values(self, name: &str) -> (FieldType, Vec<Value<'a>>) {
        let field = self.schema.field(name);
        (field.kind, document::values(self.event, &field))
    }

    fn holds(self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Not(inner) => !self.holds(inner),
            ExprKind::And(members) => members.iter().all(|member| self.holds(member)),
            ExprKind::Or(members) => members.iter().any(|member| self.holds(member)),
            ExprKind::Literal(literal) => *literal == Literal::Bool(true),
            ExprKind::Field(field) => {
                self.values(&field.name()).1.iter().any(|value| typed::truth(*value) == Some(true))
            }
            ExprKind::Compare { op, left, right } => match (&left.kind, &right.kind) {
                (ExprKind::Field(field), _) if is_constant(right) => {
                    self.compares(field, op.value, &constant(right, self.schema))
                }
                _ => self.computes(expr),
            },
            ExprKind::In { left, list, negated, ignore_case } => {
                // a null in a list finds nothing
                let is_null = |member: &&Expr| matches!(member.kind, ExprKind::Literal(Literal::Null));
                let list: Vec<Expr> = list.iter().filter(|member| !is_null(member)).cloned().collect();
                let found = match &left.kind {
                    ExprKind::Field(field) if list.iter().all(is_constant) => {
                        list.iter().any(|member| self.equals(field, &constant(member, self.schema), *ignore_case))
                    }
                    // for some choice of values one member is equal; `not` is outside of that
                    _ => list.iter().any(|member| {
                        let (left, list) = (left.clone(), vec![member.clone()]);
                        let one = ExprKind::In { left, list, negated: false, ignore_case: *ignore_case };
                        self.computes(&Expr { kind: one, span: expr.span })
                    }),
                };
                found != *negated
            }
            ExprKind::Match { op, left, patterns } => match &left.kind {
                ExprKind::Field(field) => {
                    let (kind, values) = self.values(&field.name());
                    values.iter().any(|value| {
                        patterns.iter().any(|pattern| match op.value {
                            // without a wildcard it is equality
                            MatchOp::Seq | MatchOp::Like | MatchOp::LikeIgnoreCase
                                if !pattern.value.contains(['*', '?']) =>
                            {
                                typed::equals(kind, *value, &pattern.value, op.value != MatchOp::Like)
                            }
                            _ => matches(kind, &value.text(), op.value, std::slice::from_ref(pattern)),
                        })
                    })
                }
                _ => self.computes(expr),
            },
            ExprKind::Call { name, ignore_case, arguments } => {
                self.tests_text(&name.value, *ignore_case, arguments).unwrap_or_else(|| self.computes(expr))
            }
            ExprKind::Arithmetic { .. } | ExprKind::Negative(_) | ExprKind::Invalid => false,
        }
    }

    /// A field against a constant.
    fn compares(self, field: &Field, op: CompareOp, literal: &Datum) -> bool {
        let (kind, values) = self.values(&field.name());
        let order = match op {
            CompareOp::Equal => return self.equals(field, literal, false),
            CompareOp::NotEqual => return !self.equals(field, literal, false),
            CompareOp::Less => Order::Less,
            CompareOp::LessOrEqual => Order::AtMost,
            CompareOp::Greater => Order::Greater,
            CompareOp::GreaterOrEqual => Order::AtLeast,
        };
        let Some(spelled) = spelled(literal) else { return false };
        values.iter().any(|value| typed::compares(kind, *value, order, &spelled))
    }

    fn equals(self, field: &Field, literal: &Datum, ignore_case: bool) -> bool {
        let (kind, values) = self.values(&field.name());
        match literal {
            Datum::Null => !document::exists(self.event, &self.schema.field(&field.name())),
            _ => values.iter().any(|value| equals(kind, *value, literal, ignore_case)),
        }
    }

    /// `startsWith(field, "a")` and the like: a test of the field's texts, as all texts are.
    fn tests_text(self, name: &str, ignore_case: bool, arguments: &[Expr]) -> Option<bool> {
        let [first, Expr { kind: ExprKind::Literal(Literal::String(part)), .. }] = arguments else { return None };
        let ExprKind::Field(field) = &first.kind else { return None };
        let (kind, values) = self.values(&field.name());
        let name = name.to_ascii_lowercase();
        if !matches!(name.as_str(), "startswith" | "endswith" | "stringcontains") {
            return None;
        }
        let ignore_case = ignore_case || kind == FieldType::Caseless;
        let part = Datum::Text(part.value.clone());
        Some(values.iter().any(|value| {
            functions::call(&name, ignore_case, &[Datum::Text(value.text()), part.clone()]) == Datum::Bool(true)
        }))
    }

    /// Whether some choice of values makes a computed condition true.
    fn computes(self, expr: &Expr) -> bool {
        let mut names = Vec::new();
        fields(expr, &mut names);
        let mut choices: Vec<Choice<'a>> = vec![Choice::new()];
        for name in names {
            let (_, values) = self.values(&name);
            let mut options: Vec<Option<Value<'a>>> = values.into_iter().map(Some).collect();
            if options.is_empty() {
                options.push(None);
            }
            choices = choices
                .iter()
                .flat_map(|choice| {
                    let name = &name;
                    options.iter().map(move |option| {
                        let mut choice = choice.clone();
                        choice.insert(name.clone(), *option);
                        choice
                    })
                })
                .collect();
        }
        choices.iter().any(|choice| self.value(expr, choice, Wanted::Bool) == Datum::Bool(true))
    }

    fn value(self, expr: &Expr, choice: &Choice<'_>, wanted: Wanted) -> Datum {
        let of = |expr: &Expr, wanted| self.value(expr, choice, wanted);
        match &expr.kind {
            ExprKind::Literal(literal) => literal_value(literal),
            ExprKind::Field(field) => {
                let kind = self.schema.field(&field.name()).kind;
                let value = choice.get(&field.name()).copied().flatten();
                value.map_or(Datum::Null, |value| read(kind, value, wanted))
            }
            // a sign and a number are a number
            ExprKind::Negative(inner) => match &inner.kind {
                ExprKind::Literal(Literal::Integer(number)) => literal_value(&Literal::Integer(-number)),
                _ => functions::negative(&of(inner, Wanted::Number)),
            },
            ExprKind::Arithmetic { first, rest } => {
                rest.iter().fold(of(first, Wanted::Number), |sum, (op, operand)| {
                    let sign = match op.value {
                        ArithmeticOp::Add => '+',
                        ArithmeticOp::Subtract => '-',
                        ArithmeticOp::Multiply => '*',
                        ArithmeticOp::Divide => '/',
                        ArithmeticOp::Modulo => '%',
                    };
                    functions::arithmetic(sign, &sum, &of(operand, Wanted::Number))
                })
            }
            ExprKind::Call { name, ignore_case, arguments } => {
                let name = name.value.to_ascii_lowercase();
                let arguments: Vec<Datum> =
                    arguments.iter().enumerate().map(|(at, argument)| of(argument, argument_type(&name, at))).collect();
                functions::call(&name, *ignore_case, &arguments)
            }
            ExprKind::Not(inner) => match of(inner, Wanted::Bool) {
                Datum::Bool(value) => Datum::Bool(!value),
                _ => Datum::Null,
            },
            ExprKind::And(members) => {
                let members: Vec<Datum> = members.iter().map(|member| of(member, Wanted::Bool)).collect();
                joined(&members, false)
            }
            ExprKind::Or(members) => {
                let members: Vec<Datum> = members.iter().map(|member| of(member, Wanted::Bool)).collect();
                joined(&members, true)
            }
            ExprKind::Compare { op, left, right } => {
                let wanted = self.common(&[left, right]);
                compared(op.value, left, right, &of(left, wanted), &of(right, wanted))
            }
            ExprKind::In { left, list, negated, ignore_case } => {
                let wanted = self.common(&std::iter::once(&**left).chain(list).collect::<Vec<_>>());
                let left = of(left, wanted);
                let members: Vec<Datum> = list
                    .iter()
                    .map(|member| match (&left, of(member, wanted)) {
                        (Datum::Null, _) | (_, Datum::Null) => Datum::Null,
                        (left, member) => Datum::Bool(same(left, &member, *ignore_case)),
                    })
                    .collect();
                match joined(&members, true) {
                    Datum::Bool(found) => Datum::Bool(found != *negated),
                    other => other,
                }
            }
            ExprKind::Match { op, left, patterns } => match of(left, Wanted::Text) {
                Datum::Text(text) => Datum::Bool(matches(FieldType::Keyword, &text, op.value, patterns)),
                _ => Datum::Null,
            },
            ExprKind::Invalid => Datum::Null,
        }
    }

    /// What type the others of a comparison ask of a field that no table names.
    fn common(self, sides: &[&Expr]) -> Wanted {
        let found = sides.iter().find_map(|side| match &side.kind {
            ExprKind::Literal(Literal::Integer(_) | Literal::Decimal(_)) => Some(Wanted::Number),
            ExprKind::Literal(Literal::Bool(_)) => Some(Wanted::Bool),
            ExprKind::Literal(Literal::String(_)) => Some(Wanted::Text),
            ExprKind::Literal(Literal::Null) => None,
            ExprKind::Negative(_) | ExprKind::Arithmetic { .. } => Some(Wanted::Number),
            ExprKind::Call { name, .. } => Some(result_type(&name.value.to_ascii_lowercase())),
            ExprKind::Field(field) => match self.schema.field(&field.name()).kind {
                FieldType::Unknown => None,
                FieldType::Integer | FieldType::Float => Some(Wanted::Number),
                FieldType::Boolean => Some(Wanted::Bool),
                _ => Some(Wanted::Text),
            },
            ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare { .. }
            | ExprKind::In { .. }
            | ExprKind::Match { .. } => Some(Wanted::Bool),
            ExprKind::Invalid => None,
        });
        found.unwrap_or(Wanted::Text)
    }
}

/// What is expected of a value; a field that no table names is read so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Any,
    Bool,
    Number,
    Text,
}

fn argument_type(function: &str, at: usize) -> Wanted {
    match (function, at) {
        ("add" | "subtract" | "multiply" | "divide" | "modulo", _) => Wanted::Number,
        ("substring", 1 | 2) | ("indexof", 2) | ("number", 1) => Wanted::Number,
        ("between", 3) => Wanted::Bool,
        ("number", 0) => Wanted::Any,
        _ => Wanted::Text,
    }
}

fn result_type(function: &str) -> Wanted {
    match function {
        "add" | "subtract" | "multiply" | "divide" | "modulo" | "length" | "indexof" | "number" => Wanted::Number,
        "startswith" | "endswith" | "stringcontains" | "cidrmatch" => Wanted::Bool,
        _ => Wanted::Text,
    }
}

/// A value of a field as its type stores it.
fn read(kind: FieldType, value: Value<'_>, wanted: Wanted) -> Datum {
    let number = |value: Value<'_>| match value {
        Value::Number(text) | Value::Text(text) => functions::spelled(text),
        Value::Bool(_) => Datum::Null,
    };
    match kind {
        FieldType::Integer => match number(value) {
            // fractions are cut off when they are stored
            #[expect(clippy::cast_possible_truncation, reason = "saturates, as Java does")]
            Datum::Float(number) => Datum::Int(number.trunc() as i64),
            other => other,
        },
        #[expect(clippy::cast_precision_loss, reason = "as Java converts a long to a double")]
        FieldType::Float => match number(value) {
            Datum::Int(number) => Datum::Float(number as f64),
            other => other,
        },
        FieldType::Boolean => typed::truth(value).map_or(Datum::Null, Datum::Bool),
        FieldType::Unknown => match wanted {
            Wanted::Any => match value {
                Value::Bool(value) => Datum::Bool(value),
                Value::Number(_) => number(value),
                Value::Text(_) => text(value),
            },
            Wanted::Number => number(value),
            Wanted::Bool => typed::truth(value).map_or(Datum::Null, Datum::Bool),
            Wanted::Text => text(value),
        },
        FieldType::Caseless => match text(value) {
            Datum::Text(text) => Datum::Text(sigil_runtime::fold::fold(&text)),
            other => other,
        },
        FieldType::Keyword
        | FieldType::Wildcard
        | FieldType::Text
        | FieldType::Date
        | FieldType::Ip
        | FieldType::Object
        | FieldType::Nested
        | FieldType::Flattened
        | FieldType::Other => text(value),
    }
}

/// The text of a value of which something is computed.
fn text(value: Value<'_>) -> Datum {
    match value {
        // known difference: of a fraction, what the event writes is lost (`2.50` reads as `2.5`)
        Value::Number(raw) => match functions::spelled(raw) {
            Datum::Float(number) if number.fract() == 0.0 => Datum::Text(format!("{number:.0}").replace("-0", "0")),
            Datum::Float(number) => Datum::Text(format!("{number}")),
            other => functions::call("string", false, &[other]),
        },
        Value::Bool(_) | Value::Text(_) => Datum::Text(value.text()),
    }
}

fn literal_value(literal: &Literal) -> Datum {
    match literal {
        Literal::Null => Datum::Null,
        Literal::Bool(value) => Datum::Bool(*value),
        #[expect(clippy::cast_precision_loss, reason = "beyond the range of a long, as Java reads it")]
        Literal::Integer(number) => i64::try_from(*number).map_or_else(|_| Datum::float(*number as f64), Datum::Int),
        Literal::Decimal(number) => Datum::float(*number),
        Literal::String(string) => Datum::Text(string.value.clone()),
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(_))
}

/// What an expression that reads no field comes to.
pub(super) fn constant(expr: &Expr, schema: &Schema) -> Datum {
    View { event: &Json::Null, schema }.value(expr, &Choice::new(), Wanted::Text)
}

/// A literal as a text spells it.
fn spelled(literal: &Datum) -> Option<String> {
    match literal {
        Datum::Null => None,
        Datum::Bool(value) => Some(value.to_string()),
        Datum::Int(number) => Some(number.to_string()),
        Datum::Float(number) if number.fract() == 0.0 => Some(format!("{number:.0}")),
        Datum::Float(number) => Some(number.to_string()),
        Datum::Text(text) => Some(text.clone()),
    }
}

fn equals(kind: FieldType, value: Value<'_>, literal: &Datum, ignore_case: bool) -> bool {
    let Some(text) = spelled(literal) else { return false };
    match (kind, literal) {
        (FieldType::Unknown, Datum::Int(_) | Datum::Float(_)) => {
            Decimal::parse(&text).is_some_and(|number| typed::equals_number(value, number))
        }
        _ => typed::equals(kind, value, &text, ignore_case),
    }
}

fn compared(op: CompareOp, left: &Expr, right: &Expr, a: &Datum, b: &Datum) -> Datum {
    let is_null = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Null));
    if is_null(left) || is_null(right) {
        let null = if is_null(left) { *b == Datum::Null } else { *a == Datum::Null };
        match op {
            CompareOp::Equal => return Datum::Bool(null),
            CompareOp::NotEqual => return Datum::Bool(!null),
            CompareOp::Less | CompareOp::LessOrEqual | CompareOp::Greater | CompareOp::GreaterOrEqual => {}
        }
    }
    if *a == Datum::Null || *b == Datum::Null {
        return Datum::Null;
    }
    let ordered = |order: Order| a.order(b).map_or(Datum::Null, |found| Datum::Bool(order.holds(found)));
    match op {
        CompareOp::Equal => Datum::Bool(same(a, b, false)),
        CompareOp::NotEqual => Datum::Bool(!same(a, b, false)),
        CompareOp::Less => ordered(Order::Less),
        CompareOp::LessOrEqual => ordered(Order::AtMost),
        CompareOp::Greater => ordered(Order::Greater),
        CompareOp::GreaterOrEqual => ordered(Order::AtLeast),
    }
}

fn same(a: &Datum, b: &Datum, ignore_case: bool) -> bool {
    match (a, b) {
        (Datum::Text(a), Datum::Text(b)) if ignore_case => sigil_runtime::fold::fold(a) == sigil_runtime::fold::fold(b),
        _ => a.order(b).is_some_and(std::cmp::Ordering::is_eq),
    }
}

/// `and` is decided by a false member, `or` by a true one; a null keeps both open.
fn joined(members: &[Datum], decides: bool) -> Datum {
    if members.contains(&Datum::Bool(decides)) {
        Datum::Bool(decides)
    } else if members.iter().all(|member| *member == Datum::Bool(!decides)) {
        Datum::Bool(!decides)
    } else {
        Datum::Null
    }
}

pub(super) fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal => CompareOp::Equal,
        CompareOp::NotEqual => CompareOp::NotEqual,
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
    }
}

/// Whether a text matches one of the patterns as a whole.
fn matches(kind: FieldType, text: &str, op: MatchOp, patterns: &[StringLiteral]) -> bool {
    let caseless = kind == FieldType::Caseless;
    patterns.iter().any(|pattern| match op {
        MatchOp::Seq | MatchOp::LikeIgnoreCase => typed::text_matches(text, &glob::eql(&pattern.value), true),
        MatchOp::Like => typed::text_matches(text, &glob::eql(&pattern.value), caseless),
        MatchOp::Regex => regex_matches(text, &pattern.value, caseless),
        MatchOp::RegexIgnoreCase => regex_matches(text, &pattern.value, true),
    })
}

fn regex_matches(text: &str, pattern: &str, ignore_case: bool) -> bool {
    thread_local! {
        static CACHE: std::cell::RefCell<BTreeMap<(String, bool), Option<regex::Regex>>> = const { std::cell::RefCell::new(BTreeMap::new()) };
    }
    CACHE.with_borrow_mut(|cache| {
        let compiled = cache.entry((pattern.to_owned(), ignore_case)).or_insert_with(|| {
            let query = QueryText::verbatim(pattern, FileId(0), 0);
            let translated = regexp::translate(&query, ignore_case, &mut Diagnostics::new())?;
            regex::Regex::new(&translated.pattern).ok()
        });
        compiled.as_ref().is_some_and(|compiled| compiled.is_match(text))
    })
}

/// The names of the fields in an expression, each once.
pub(super) fn fields(expr: &Expr, names: &mut Vec<String>) {
    let mut all = |members: &[Expr]| members.iter().for_each(|member| fields(member, names));
    match &expr.kind {
        ExprKind::Field(field) => {
            if !names.contains(&field.name()) {
                names.push(field.name());
            }
        }
        ExprKind::Not(inner) | ExprKind::Negative(inner) => fields(inner, names),
        ExprKind::And(members) | ExprKind::Or(members) => all(members),
        ExprKind::Call { arguments, .. } => all(arguments),
        ExprKind::Compare { left, right, .. } => {
            fields(left, names);
            fields(right, names);
        }
        ExprKind::In { left, list, .. } => {
            all(list);
            fields(left, names);
        }
        ExprKind::Match { left, .. } => fields(left, names),
        ExprKind::Arithmetic { first, rest } => {
            fields(first, names);
            rest.iter().for_each(|(_, operand)| fields(operand, names));
        }
        ExprKind::Literal(_) | ExprKind::Invalid => {}
    }
}
