//! Functions: which there are, what they take, and those that are tests of one field.

use super::super::ast::{Expr as Ast, ExprKind, Field, Literal, StringLiteral};
use super::check::Class;
use super::computed;
use crate::diagnostic::{Code, Diagnostics, closest};
use crate::elastic::leaf::{self, Context};
use crate::elastic::short;
use crate::ir::{Case, Expr, Function, Scalar, TextOp};
use crate::source::Spanned;

/// A function of EQL ("EQL function reference").
pub(super) struct Signature {
    /// In the case of the documentation.
    name: &'static str,
    what: What,
    /// What each argument is; the last one stands for all that follow.
    arguments: &'static [Class],
    /// How many there may be.
    count: std::ops::RangeInclusive<usize>,
    result: Class,
    /// Whether `~` may follow the name.
    case: bool,
}

impl Signature {
    /// In the case of the documentation.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// What each argument is.
    pub(super) fn classes(&self) -> impl Iterator<Item = Class> {
        self.arguments.iter().chain(std::iter::repeat(self.arguments.last().unwrap_or(&Any))).copied()
    }
}

#[derive(Clone, Copy)]
enum What {
    Plain(Function),
    /// Of whether case is ignored.
    Cased(fn(bool) -> Function),
    Networks,
}

const MANY: usize = 1_000;

use Class::{Any, Bool, Number, Text};

/// All of them, by name.
static FUNCTIONS: [Signature; 16] = [
    plain("add", Function::Add, &[Number], 2..=2, Number),
    cased("between", |ignore_case| Function::Between { ignore_case }, &[Text, Text, Text, Bool], 3..=4, Text),
    Signature {
        name: "cidrMatch",
        what: What::Networks,
        arguments: &[Text],
        count: 2..=MANY,
        result: Bool,
        case: false,
    },
    plain("concat", Function::Concat, &[Any], 1..=MANY, Text),
    plain("divide", Function::Divide, &[Number], 2..=2, Number),
    cased("endsWith", |ignore_case| Function::EndsWith { ignore_case }, &[Text], 2..=2, Bool),
    cased("indexOf", |ignore_case| Function::IndexOf { ignore_case }, &[Text, Text, Number], 2..=3, Number),
    plain("length", Function::Length, &[Text], 1..=1, Number),
    plain("modulo", Function::Modulo, &[Number], 2..=2, Number),
    plain("multiply", Function::Multiply, &[Number], 2..=2, Number),
    plain("number", Function::ToNumber, &[Any, Number], 1..=2, Number),
    cased("startsWith", |ignore_case| Function::StartsWith { ignore_case }, &[Text], 2..=2, Bool),
    plain("string", Function::ToText, &[Any], 1..=1, Text),
    cased("stringContains", |ignore_case| Function::Contains { ignore_case }, &[Text], 2..=2, Bool),
    plain("substring", Function::Substring, &[Text, Number], 2..=3, Text),
    plain("subtract", Function::Subtract, &[Number], 2..=2, Number),
];

const fn plain(
    name: &'static str,
    function: Function,
    arguments: &'static [Class],
    count: std::ops::RangeInclusive<usize>,
    result: Class,
) -> Signature {
    Signature { name, what: What::Plain(function), arguments, count, result, case: false }
}

const fn cased(
    name: &'static str,
    function: fn(bool) -> Function,
    arguments: &'static [Class],
    count: std::ops::RangeInclusive<usize>,
    result: Class,
) -> Signature {
    Signature { name, what: What::Cased(function), arguments, count, result, case: true }
}

fn signature(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// What a function's value is.
pub(super) fn result(name: &str) -> Class {
    signature(name).map_or(Any, |function| function.result)
}

/// The function, if it may be called so; says what is wrong if not.
pub(super) fn checked(
    name: &Spanned<String>,
    ignore_case: bool,
    arguments: &[Ast],
    diags: &mut Diagnostics,
) -> Option<&'static Signature> {
    let Some(function) = signature(&name.value) else {
        let help = match name.value.to_ascii_lowercase().as_str() {
            "wildcard" => "it is an operator now: `field like (\"a*\", \"b*\")`".to_owned(),
            "match" | "matchlite" => "it is an operator now: `field regex (\"a.*\", \"b.*\")`".to_owned(),
            _ => {
                let known: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
                closest(&name.value, known.iter().copied())
                    .map_or_else(|| format!("there are {}", known.join(", ")), |near| format!("did you mean `{near}`?"))
            }
        };
        let message = format!("there is no function `{}`", short(&name.value));
        diags.push(Code::UnknownFunction.at(name.span, message).help(help));
        return None;
    };
    if !function.count.contains(&arguments.len()) {
        let (least, most) = (*function.count.start(), *function.count.end());
        let takes = match (least, most) {
            (least, most) if least == most => format!("{least}"),
            (least, MANY) => format!("at least {least}"),
            (least, most) => format!("{least} to {most}"),
        };
        let message = format!("`{}` takes {takes} arguments, not {}", function.name, arguments.len());
        diags.push(Code::FunctionArguments.at(name.span, message).help(format!("write {}", usage(function))));
        return None;
    }
    if ignore_case && !function.case {
        let message = format!("`{}` has no form with `~`", function.name);
        diags.push(Code::FunctionArguments.at(name.span, message).help(format!("write `{}(..)`", function.name)));
        return None;
    }
    Some(function)
}

fn usage(function: &Signature) -> String {
    let names = ["a", "b", "c", "d"];
    let shown = names.get(..(*function.count.end()).min(names.len())).unwrap_or_default();
    format!("`{}({})`", function.name, shown.join(", "))
}

/// What a function asks of one field.
enum Asked<'a> {
    Networks(&'a [Ast]),
    Part(TextOp, &'a StringLiteral),
}

/// What the function asks of its first argument, if that is a field and it is a test of one; none if it has to be computed.
fn asked<'a>(name: &str, ignore_case: bool, arguments: &'a [Ast]) -> Option<(&'a Ast, &'a Field, Asked<'a>)> {
    let function = signature(name)?;
    let (first, rest) = arguments.split_first()?;
    let ExprKind::Field(field) = &first.kind else { return None };
    if !function.count.contains(&arguments.len()) || (ignore_case && !function.case) {
        return None;
    }
    let op = match function.what {
        What::Networks => return Some((first, field, Asked::Networks(rest))),
        What::Cased(function) => match function(ignore_case) {
            Function::StartsWith { .. } => TextOp::StartsWith,
            Function::EndsWith { .. } => TextOp::EndsWith,
            Function::Contains { .. } => TextOp::Contains,
            _ => return None,
        },
        What::Plain(_) => return None,
    };
    let [Ast { kind: ExprKind::Literal(Literal::String(text)), .. }] = rest else { return None };
    Some((first, field, Asked::Part(op, text)))
}

/// Whether a call is a test of one field.
pub(super) fn is_test(name: &str, ignore_case: bool, arguments: &[Ast]) -> bool {
    asked(name, ignore_case, arguments).is_some()
}

/// A function that is a test of one field; none if it has to be computed.
pub(super) fn condition(
    name: &Spanned<String>,
    ignore_case: bool,
    arguments: &[Ast],
    cx: &mut Context<'_>,
) -> Option<Expr> {
    let case = if ignore_case { Case::Insensitive } else { Case::Sensitive };
    let (of, field, asked) = asked(&name.value, ignore_case, arguments)?;
    let target = super::target(field, of.span, cx);
    Some(match asked {
        Asked::Networks(list) => target.networks(networks(list, cx)),
        Asked::Part(op, text) => super::part(&target, op, text, case, cx),
    })
}

fn networks(arguments: &[Ast], cx: &mut Context<'_>) -> Vec<ipnet::IpNet> {
    let mut networks = Vec::new();
    for argument in arguments {
        let text = match &argument.kind {
            ExprKind::Literal(Literal::String(text)) => Some(text.value.as_str()),
            _ => None,
        };
        if let Some(network) = text.and_then(leaf::network) {
            networks.push(network);
        } else {
            let message = "`cidrMatch` needs networks as literals";
            cx.diags.push(Code::FunctionArguments.at(argument.span, message).help("write `\"10.0.0.0/8\"`"));
        }
    }
    networks
}

/// A call as a value.
pub(super) fn call(name: &Spanned<String>, ignore_case: bool, arguments: &[Ast], cx: &mut Context<'_>) -> Scalar {
    // what is wrong with it was told when types were checked
    let Some(function) = checked(name, ignore_case, arguments, &mut Diagnostics::default()) else {
        return Scalar::Null;
    };
    let called = match function.what {
        What::Plain(function) => function,
        What::Cased(function) => function(ignore_case),
        What::Networks => {
            let Some((first, rest)) = arguments.split_first() else { return Scalar::Null };
            let networks = leaf::with_four(networks(rest, cx));
            return Scalar::InNetworks(Box::new(computed::scalar(first, Text, cx)), networks);
        }
    };
    // what takes anything and makes a text of it reads fields as texts
    let read = |class: Class| if class == Any && function.result == Text { Text } else { class };
    let arguments = arguments.iter().zip(function.classes());
    let arguments: Vec<Scalar> =
        arguments.map(|(argument, class)| computed::scalar(argument, read(class), cx)).collect();
    Scalar::Call(called, arguments)
}
