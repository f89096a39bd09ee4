//! One `field|modifiers: values` line.
//!
//! Each value becomes one or more atoms (`base64offset` makes three); atoms of a kind are then put together in lists, so that a list of 4,000 names stays one test.
//!
//! Decided here:
//! - A number without modifiers compares as a number; with `contains` and its like, or as a keyword, by its text. Booleans compare as the texts `true` and `false`.
//! - `null` asks for a field that is missing or null. In a list it is accepted, with a warning. `[]` reads as `null`, with a warning.
//! - `neq` negates the whole item: `not` any of the values. It therefore holds where the field is missing.
//! - `lt` and its like take numbers; a string that spells a number is accepted, with a warning.
//! - A network with host bits set reads as the network that the address is in, with a warning.
//! - `base64offset` without `contains` compares with the whole field, as written, with a warning.

use std::sync::Arc;

use crate::diagnostic::Code;
use crate::ir::{Case, CompareOp, Expr, Feature, Glob, Number, Subject, Test, TextOp, TimePart};
use crate::sigma::ast;
use crate::source::{Span, Spanned};

use super::modifier::{Chain, How, Step};
use super::text::{self, Comparison, Text, Utf16};
use super::{Ctx, regex};

/// The meaning of an item's values over a subject.
pub(super) fn lower(
    subject: &Subject,
    chain: &Chain,
    item: &ast::Item,
    values: &[Spanned<ast::Value>],
    ctx: &mut Ctx<'_>,
) -> Expr {
    let positive = match chain.how {
        How::Exists => return exists(subject, item, values, ctx),
        How::FieldRef(_) if matches!(subject, Subject::Element(_)) => {
            ctx.is_unsupported(Feature::FieldRefInArray, item.span, "compare the fields outside of the block");
            return Expr::Const(false);
        }
        _ if matches!(subject, Subject::AnyValue) && !keyless(chain.how) => {
            ctx.diags.push(
                Code::KeylessModifier
                    .at(item.span, "these modifiers need a field")
                    .help("write the field's name before the first `|`"),
            );
            return Expr::Const(false);
        }
        How::Plain
        | How::Text(_)
        | How::Regex { .. }
        | How::Cidr
        | How::FieldRef(_)
        | How::Compare(_)
        | How::Time(..) => {
            warn_about_lists(subject, chain, values, ctx);
            values_over(subject, chain, item, values, ctx)
        }
    };
    if chain.negate { Expr::not(positive) } else { positive }
}

/// The meaning of keywords: values that are looked for anywhere.
pub(super) fn keywords<'a>(values: impl IntoIterator<Item = (&'a ast::Value, Span)>, ctx: &mut Ctx<'_>) -> Expr {
    let chain =
        Chain { steps: Vec::new(), how: How::Plain, all: None, negate: false, case: Case::Insensitive, expand: None };
    let mut atoms = Vec::new();
    for (value, span) in values {
        atoms.extend(value_atoms(&Subject::AnyValue, &chain, value, span, ctx));
    }
    any_of(&Subject::AnyValue, atoms)
}

/// What one value asks for.
enum Atom {
    Text(TextOp, Case, String),
    Glob(Case, Glob),
    Number(Number),
    Network(ipnet::IpNet),
    Time(TimePart, Number),
    /// A test that no other joins.
    Other(Test),
}

/// Modifiers that make sense without a field.
fn keyless(how: How) -> bool {
    match how {
        How::Plain | How::Text(_) | How::Regex { .. } | How::Cidr => true,
        How::Exists | How::FieldRef(_) | How::Compare(_) | How::Time(..) => false,
    }
}

fn exists(subject: &Subject, item: &ast::Item, values: &[Spanned<ast::Value>], ctx: &mut Ctx<'_>) -> Expr {
    if matches!(subject, Subject::AnyValue) {
        ctx.diags.push(
            Code::KeylessModifier
                .at(item.span, "`exists` needs a field")
                .help("write the field's name before the first `|`"),
        );
        return Expr::Const(false);
    }
    let [Spanned { value: ast::Value::Bool(wanted), .. }] = values else {
        let span = values.first().map_or(item.span, |value| value.span);
        ctx.diags.push(Code::ValueType.at(span, "`exists` takes `true` or `false`").help("write it without quotes"));
        return Expr::Const(false);
    };
    let test = Expr::test(subject.clone(), Test::Exists);
    if *wanted { test } else { Expr::not(test) }
}

fn warn_about_lists(subject: &Subject, chain: &Chain, values: &[Spanned<ast::Value>], ctx: &mut Ctx<'_>) {
    if let (Some(span), true) = (chain.all, values.len() < 2) {
        ctx.diags.push(
            Code::ModifierRedundant
                .at(span, "`all` has no effect on fewer than two values")
                .help("remove it, or list all values"),
        );
    }
    // keywords are looked for inside anyway
    if let (Some((_, span)), How::Plain, false) = (
        chain.steps.iter().find(|(step, _)| *step == Step::Base64Offset),
        chain.how,
        matches!(subject, Subject::AnyValue),
    ) {
        ctx.diags.push(
            Code::QuestionableValue
                .at(*span, "`base64offset` compares with the whole field here")
                .help("add `contains` to find it inside"),
        );
    }
}

fn values_over(
    subject: &Subject,
    chain: &Chain,
    item: &ast::Item,
    values: &[Spanned<ast::Value>],
    ctx: &mut Ctx<'_>,
) -> Expr {
    if values.is_empty() {
        return any_of(subject, value_atoms(subject, chain, &ast::Value::Null, item.span, ctx));
    }
    let mut members = Vec::new();
    let mut atoms = Vec::with_capacity(values.len());
    for value in values {
        atoms.extend(value_atoms(subject, chain, &value.value, value.span, ctx));
        if chain.all.is_some() {
            members.push(any_of(subject, std::mem::take(&mut atoms)));
        }
    }
    if chain.all.is_some() { Expr::all(members) } else { any_of(subject, atoms) }
}

/// Some atom holds: atoms of a kind become one test, kinds in the order of their first atom.
fn any_of(subject: &Subject, atoms: Vec<Atom>) -> Expr {
    let mut tests: Vec<Test> = Vec::new();
    for atom in atoms {
        match atom {
            Atom::Text(op, case, value) => match tests.iter_mut().find_map(|test| text_list(test, op, case)) {
                Some(values) => values.push(value),
                None => tests.push(Test::Text { op, values: vec![value], case }),
            },
            Atom::Glob(case, pattern) => match tests
                .iter_mut()
                .find_map(|test| if let Test::Glob { patterns, .. } = test { Some(patterns) } else { None })
            {
                Some(patterns) => patterns.push(pattern),
                None => tests.push(Test::Glob { patterns: vec![pattern], case }),
            },
            Atom::Number(number) => match tests
                .iter_mut()
                .find_map(|test| if let Test::Number(numbers) = test { Some(numbers) } else { None })
            {
                Some(numbers) => numbers.push(number),
                None => tests.push(Test::Number(vec![number])),
            },
            Atom::Network(network) => match tests
                .iter_mut()
                .find_map(|test| if let Test::Cidr(networks) = test { Some(networks) } else { None })
            {
                Some(networks) => networks.push(network),
                None => tests.push(Test::Cidr(vec![network])),
            },
            Atom::Time(part, number) => match tests
                .iter_mut()
                .find_map(|test| if let Test::Time { op: None, values, .. } = test { Some(values) } else { None })
            {
                Some(numbers) => numbers.push(number),
                None => tests.push(Test::Time { part, op: None, values: vec![number] }),
            },
            Atom::Other(test) => tests.push(test),
        }
    }
    Expr::any(tests.into_iter().map(|test| Expr::test(subject.clone(), test)))
}

/// The list of this test, if a text compared so belongs to it. (All atoms of an item agree in case.)
fn text_list(test: &mut Test, wanted: TextOp, wanted_case: Case) -> Option<&mut Vec<String>> {
    match test {
        Test::Text { op, values, case } if *op == wanted && *case == wanted_case => Some(values),
        _ => None,
    }
}

/// What a value asks for; nothing after an error.
fn value_atoms(subject: &Subject, chain: &Chain, value: &ast::Value, span: Span, ctx: &mut Ctx<'_>) -> Vec<Atom> {
    if let (ast::Value::String(raw), Some(_)) = (value, chain.expand)
        && let Some(name) = text::placeholder(raw)
    {
        ctx.diags.push(
            Code::UnresolvedPlaceholder
                .at(span, format!("placeholder `%{name}%` has no values"))
                .help("give it values with a pipeline: `value_placeholders` and `vars`"),
        );
        return Vec::new();
    }
    let any_value = matches!(subject, Subject::AnyValue);
    match chain.how {
        How::Plain if any_value => text_atoms(chain, TextOp::Contains, value, span, ctx),
        How::Plain if chain.steps.is_empty() => match value {
            ast::Value::Null => vec![Atom::Other(Test::Null)],
            ast::Value::Int(_) | ast::Value::Float(_) => {
                number(value, span, ctx).map(Atom::Number).into_iter().collect()
            }
            ast::Value::Bool(_) | ast::Value::String(_) => text_atoms(chain, TextOp::Equals, value, span, ctx),
        },
        How::Plain => text_atoms(chain, TextOp::Equals, value, span, ctx),
        How::Text(op) => text_atoms(chain, op, value, span, ctx),
        How::Regex { .. } => raw_text(value, span, ctx)
            .and_then(|raw| regex::lower(&raw, chain.how, span, ctx.sound, ctx.diags))
            .map(Atom::Other)
            .into_iter()
            .collect(),
        How::Cidr => network(value, span, ctx).map(Atom::Network).into_iter().collect(),
        How::FieldRef(op) => field_ref(op, chain.case, value, span, ctx).map(Atom::Other).into_iter().collect(),
        How::Compare(op) => {
            number(value, span, ctx).map(|to| Atom::Other(Test::Compare { op, to })).into_iter().collect()
        }
        How::Time(part, op) => {
            let Some(number) = number(value, span, ctx) else { return Vec::new() };
            warn_about_time(part, op, number, span, ctx);
            vec![match op {
                None => Atom::Time(part, number),
                Some(_) => Atom::Other(Test::Time { part, op, values: vec![number] }),
            }]
        }
        // answered in `lower`
        How::Exists => Vec::new(),
    }
}

/// Parts of a time that no time has.
fn warn_about_time(part: TimePart, op: Option<CompareOp>, number: Number, span: Span, ctx: &mut Ctx<'_>) {
    let (name, first, last) = match part {
        TimePart::Minute => ("minute", 0, 59),
        TimePart::Hour => ("hour", 0, 23),
        TimePart::Day => ("day", 1, 31),
        TimePart::Week => ("week", 1, 53),
        TimePart::Month => ("month", 1, 12),
        TimePart::Year => ("year", 0, 9999),
    };
    let (low, high) = (Number::Int(first), Number::Int(last));
    let is_whole = matches!(number, Number::Int(_));
    let never = match op {
        None => !is_whole || number < low || number > high,
        Some(CompareOp::Less) => number <= low,
        Some(CompareOp::LessOrEqual) => number < low,
        Some(CompareOp::Greater) => number >= high,
        Some(CompareOp::GreaterOrEqual) => number > high,
    };
    if never {
        ctx.diags.push(
            Code::ContradictoryItems
                .at(span, format!("no time is like this: `{name}` is a whole number from {first} to {last}"))
                .help("the value can never match: correct it, or remove it"),
        );
    }
}

fn text_atoms(chain: &Chain, op: TextOp, value: &ast::Value, span: Span, ctx: &mut Ctx<'_>) -> Vec<Atom> {
    let text = match value {
        ast::Value::String(raw) if chain.expand.is_some() => text::tokenise(&raw.replace("\\%", "%")),
        ast::Value::String(raw) => text::tokenise(raw),
        other => match raw_text(other, span, ctx) {
            Some(raw) => text::literal(raw),
            None => return Vec::new(),
        },
    };
    let mut texts = vec![text];
    for (step, step_span) in &chain.steps {
        let stepped: Result<Vec<Vec<Text>>, _> = texts.into_iter().map(|text| apply(*step, text)).collect();
        texts = match stepped {
            Ok(texts) => texts.into_iter().flatten().collect(),
            Err(fault) => {
                ctx.diags.push(
                    Code::ValueType.at(span, fault.message()).label(*step_span, "by this modifier").help(fault.help()),
                );
                return Vec::new();
            }
        };
        if texts.len() > MAX_TEXTS {
            ctx.diags.push(
                Code::TooDeep
                    .at(*step_span, format!("one value becomes more than {MAX_TEXTS} texts"))
                    .help("use fewer modifiers, or write the values that are meant"),
            );
            return Vec::new();
        }
    }
    if let (true, Some((Step::Utf16(_), step_span))) = (texts.iter().any(Text::is_bytes), chain.steps.last()) {
        ctx.diags.push(
            Code::QuestionableValue
                .at(*step_span, "UTF-16 text that nothing encodes on is looked for as it stands, zero bytes and all")
                .help("add `base64` or `base64offset` behind it"),
        );
    }
    texts
        .into_iter()
        .map(|text| match text.compare(op, chain.case) {
            Comparison::Text(value) => Atom::Text(op, chain.case, value),
            Comparison::Glob(pattern) => Atom::Glob(chain.case, pattern),
            Comparison::Present => Atom::Other(Test::Present),
        })
        .collect()
}

/// How many texts one value may become: chained encodings multiply.
const MAX_TEXTS: usize = 1_000;

fn apply(step: Step, text: Text) -> Result<Vec<Text>, text::Fault> {
    match step {
        Step::WinDash => text::windash(text).map(|text| vec![text]),
        Step::Utf16(form @ (Utf16::Little | Utf16::Big | Utf16::Marked)) => text::utf16(text, form),
        Step::Base64 => text::base64(text),
        Step::Base64Offset => text::base64_offset(text),
    }
}

/// The text of a scalar in a rule; null has none.
fn raw_text(value: &ast::Value, span: Span, ctx: &mut Ctx<'_>) -> Option<String> {
    match value {
        ast::Value::String(text) => Some(text.clone()),
        ast::Value::Bool(value) => Some(value.to_string()),
        ast::Value::Int(_) | ast::Value::Float(_) => number(value, span, ctx).map(|number| number_text(&number)),
        ast::Value::Null => {
            ctx.diags.push(
                Code::ValueType
                    .at(span, "`null` has no text")
                    .help("`null` stands for a missing field: write `field: null`"),
            );
            None
        }
    }
}

/// A number as an event would write it.
fn number_text(number: &Number) -> String {
    match number {
        Number::Int(int) => int.to_string(),
        Number::Float(float) => float.to_string(),
    }
}

fn number(value: &ast::Value, span: Span, ctx: &mut Ctx<'_>) -> Option<Number> {
    let number = match value {
        ast::Value::Int(int) => Some(Number::Int(*int)),
        ast::Value::Float(float) => Number::from_f64(*float),
        ast::Value::String(text) => {
            let number = Number::parse(text);
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            if number.is_some() && text.parse::<i128>().is_err() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                // YAML makes a string of it too
                ctx.diags.push(
                    Code::QuestionableValue
                        .at(span, "the number needs more than 128 bits: it is rounded")
                        .help("compare with a smaller number"),
                );
            } else if number.is_some() {
                ctx.diags.push(
                    Code::QuestionableValue
                        .at(span, "a string where a number is asked for")
                        .help("write it without quotes"),
                );
            }
            number
        }
        ast::Value::Null | ast::Value::Bool(_) => None,
    };
    if number.is_none() {
        let problem = match value {
            ast::Value::Float(_) => Code::ValueType
                .at(span, "`.nan` and `.inf` are numbers that no event has")
                .help("write it in quotes, if the text is meant"),
            ast::Value::Null | ast::Value::Bool(_) | ast::Value::Int(_) | ast::Value::String(_) => {
                Code::ValueType.at(span, "not a number").help("these modifiers compare with a number")
            }
        };
        ctx.diags.push(problem);
    }
    number
}

fn network(value: &ast::Value, span: Span, ctx: &mut Ctx<'_>) -> Option<ipnet::IpNet> {
    let ast::Value::String(text) = value else {
        ctx.diags.push(Code::InvalidNetwork.at(span, "not a network").help("write it as `10.0.0.0/8` or `fe80::/10`"));
        return None;
    };
    let parsed =
        text.parse::<ipnet::IpNet>().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from));
    let Some(network) = parsed else {
        ctx.diags.push(
            Code::InvalidNetwork
                .at(span, format!("`{text}` is not a network"))
                .help("write it as `10.0.0.0/8` or `fe80::/10`"),
        );
        return None;
    };
    if network.addr() != network.network() {
        ctx.diags.push(
            Code::NetworkHostBits
                .at(span, format!("`{text}` names a host inside the network `{}`", network.trunc()))
                .help("write the network's own address, or the host with its full prefix length"),
        );
    }
    Some(network.trunc())
}

fn field_ref(op: TextOp, case: Case, value: &ast::Value, span: Span, ctx: &mut Ctx<'_>) -> Option<Test> {
    match value {
        ast::Value::String(name) if !name.is_empty() => {
            Some(Test::SameAs { other: Arc::clone(&ctx.field(name)), op, case })
        }
        _ => {
            ctx.diags.push(Code::ValueType.at(span, "`fieldref` takes the name of a field"));
            None
        }
    }
}
