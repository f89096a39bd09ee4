//! Aggregations behind a bar, from before Sigma 2: `count(User) by Host > 10`, `near a and b`. They are read whole, so that a rule's
//! outcome names what it asks for.

use super::words::{Kind, Word};
use super::{Parser, Step};
use crate::diagnostic::{Code, Diagnostic};
use crate::sigma::ast::{Aggregation, Value};
use crate::source::Spanned;

/// Parses what follows the bar, from byte `start`.
pub(super) fn parse(parser: &mut Parser<'_, '_>, start: usize) -> Step<Spanned<Aggregation>> {
    let first = parser.words.next();
    let aggregation = if first.is("near") {
        let condition = parser.any()?;
        let end = parser.words.next();
        match end.kind {
            Kind::End => Aggregation::Near(Box::new(condition)),
            Kind::Word | Kind::Open | Kind::Close | Kind::Bar => return Err(parser.misplaced(end).into()),
        }
    } else {
        function(parser, first)?
    };
    let text = &parser.text[start..];
    let end = start + text.trim_end().len();
    let begin = end - text.trim().len();
    Ok(Spanned::new(aggregation, parser.place.at(begin..end)))
}

fn function(parser: &mut Parser<'_, '_>, name: Word<'_>) -> Step<Aggregation> {
    let function = name.text.to_ascii_lowercase();
    if !["count", "sum", "avg", "min", "max"].contains(&function.as_str()) {
        let message = match name.kind {
            Kind::End => "the bar is not followed by an aggregation".to_owned(),
            Kind::Word | Kind::Open | Kind::Close | Kind::Bar => format!("`{}` is not an aggregation", name.text),
        };
        return Err(problem(parser, name.at.start..name.at.end, message).into());
    }
    let rest = &parser.text[name.at.end..];
    let Some((before, behind)) = rest.split_once('(').filter(|(before, _)| before.trim().is_empty()) else {
        return Err(problem(
            parser,
            name.at.start..name.at.end,
            format!("`{}` is not followed by parentheses", name.text),
        )
        .into());
    };
    let Some((field, behind)) = behind.split_once(')') else {
        let open = name.at.end + before.len();
        return Err(problem(parser, open..open + 1, "this parenthesis is never closed").into());
    };
    let at = parser.text.len() - behind.len();
    let Some(operator_at) = behind.find(['<', '>', '=']) else {
        return Err(problem(parser, at..parser.text.len(), "the aggregation is not compared with a number").into());
    };
    let (group, comparison) = behind.split_at(operator_at);
    let by = match group.trim() {
        "" => None,
        group => match group.split_once(char::is_whitespace) {
            Some((by, fields)) if by.eq_ignore_ascii_case("by") => Some(fields.trim().to_owned()),
            _ => {
                return Err(problem(
                    parser,
                    at..at + operator_at,
                    format!("expected `by` and a field, found `{group}`"),
                )
                .into());
            }
        },
    };
    let number = comparison.trim_start_matches(['<', '>', '=']);
    let operator = &comparison[..comparison.len() - number.len()];
    let threshold = match (operator, number.trim().parse::<i128>(), number.trim().parse::<f64>()) {
        ("<" | ">" | "<=" | ">=" | "=" | "==", Ok(integer), _) => Value::Int(integer),
        ("<" | ">" | "<=" | ">=" | "=" | "==", _, Ok(float)) if float.is_finite() => Value::Float(float),
        _ => {
            let message = format!("`{}` does not compare with a number", super::shortened(comparison.trim()));
            return Err(problem(parser, at + operator_at..parser.text.len(), message).into());
        }
    };
    parser.words.seek(parser.text.len());
    let field = Some(field.trim()).filter(|field| !field.is_empty()).map(str::to_owned);
    let operator = if operator == "==" { "=" } else { operator }.to_owned();
    Ok(Aggregation::Function { function, field, by, operator, threshold })
}

fn problem(parser: &Parser<'_, '_>, at: std::ops::Range<usize>, message: impl Into<String>) -> Diagnostic {
    let problem = Code::ConditionSyntax.at(parser.place.at(at), message);
    problem.help("aggregations read `count() by User > 10`, `sum(Bytes) by Host > 1000` or `near other_selection`")
}
