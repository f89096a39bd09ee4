//! EQL to the IR: what a query means for one event.
//!
//! Two-valued: a comparison holds if any value of its field satisfies it, and `not` negates the whole of it, so that `not f : "x"` and `f != "x"` hold where `f` is
//! missing. What is computed (functions, arithmetic) is null where a part of it is, and a comparison with null does not hold.

mod check;
mod computed;
mod functions;
mod simplify;

use super::ast::{self, CompareOp, Expr as Ast, ExprKind, Literal, MatchOp, StringLiteral};
use crate::diagnostic::Code;
use crate::elastic::leaf::{self, Context, Target};
use crate::elastic::regexp;
use crate::elastic::schema::FieldType;
use crate::elastic::short;
use crate::elastic::text::QueryText;
use crate::ir::{self, Case, Expr, Feature, Number, Piece, TextOp};
use crate::source::{Span, Spanned};

/// What a query means, or the construct that needs more than one event. Everything in it is checked either way.
pub(in crate::elastic) fn lower(
    query: &ast::Query,
    category_field: &str,
    cx: &mut Context<'_>,
) -> Result<Expr, Spanned<Feature>> {
    let mut terms = |terms: &[ast::Term], until: Option<&ast::Term>, keys: &[Ast]| {
        for term in terms.iter().chain(until) {
            event(&term.query, category_field, cx);
            term.by.iter().for_each(|key| key_field(key, cx));
        }
        keys.iter().for_each(|key| key_field(key, cx));
    };
    let body = match &query.body {
        ast::Body::Event(query) => Ok(event(query, category_field, cx)),
        ast::Body::Sequence(sequence) => {
            terms(&sequence.terms, sequence.until.as_deref(), &sequence.by);
            if sequence.maxspan.is_none()
                && let Some(missing) = sequence.terms.iter().find(|term| term.missing)
            {
                let problem = Code::QuerySyntax.at(missing.span, "a missing event needs `with maxspan`");
                cx.diags.push(problem.help("say for how long it must be missing: `sequence with maxspan=1h`"));
            }
            Err(Spanned::new(Feature::Sequence, sequence.span))
        }
        ast::Body::Sample(sample) => {
            terms(&sample.terms, None, &sample.by);
            Err(Spanned::new(Feature::Sample, sample.span))
        }
        ast::Body::Join(join) => {
            terms(&join.terms, join.until.as_deref(), &join.by);
            Err(Spanned::new(Feature::Join, join.span))
        }
    };
    match query.pipes.first() {
        Some(pipe) if body.is_ok() => Err(Spanned::new(Feature::Pipe(pipe.name.value.clone()), pipe.span)),
        Some(_) | None => body,
    }
}

/// `category where condition`
fn event(query: &ast::EventQuery, category_field: &str, cx: &mut Context<'_>) -> Expr {
    let category = match &query.category {
        ast::Category::Any => Expr::Const(true),
        ast::Category::Named(name) => {
            let target = Target::field(cx.schema, category_field);
            cx.equals(&target, std::slice::from_ref(name), Case::Sensitive)
        }
    };
    check::condition(&query.condition, cx);
    Expr::all([category, condition(&simplify::simplified(&query.condition, cx.schema), cx)])
}

fn key_field(key: &Ast, cx: &mut Context<'_>) {
    match &key.kind {
        ExprKind::Field(field) => drop(target(field, key.span, cx)),
        ExprKind::Invalid => {}
        _ => {
            check::value(key, cx);
            drop(computed::scalar(key, check::Class::Any, cx));
        }
    }
}

/// What a field's name means.
fn target(field: &ast::Field, span: Span, cx: &mut Context<'_>) -> Target {
    if field.has_index() {
        let problem = Code::TypeConflict.at(span, "elements of a list cannot be asked for one by one");
        cx.diags.push(problem.help("leave the index out: a condition holds if any element satisfies it"));
    }
    Target::field(cx.schema, &field.name())
}

/// An expression that is true or false, simplified.
fn condition(expr: &Ast, cx: &mut Context<'_>) -> Expr {
    match &expr.kind {
        ExprKind::And(members) => Expr::all(members.iter().map(|member| condition(member, cx))),
        ExprKind::Or(members) => Expr::any(members.iter().map(|member| condition(member, cx))),
        ExprKind::Not(inner) => Expr::not(condition(inner, cx)),
        ExprKind::Literal(Literal::Bool(value)) => Expr::Const(*value),
        ExprKind::Literal(Literal::Null) | ExprKind::Invalid => Expr::Const(false),
        // an error, which was told when types were checked
        ExprKind::Literal(_) | ExprKind::Arithmetic { .. } | ExprKind::Negative(_) => Expr::Const(false),
        ExprKind::Field(field) => {
            let target = target(field, expr.span, cx);
            equals(&target, &Literal::Bool(true), expr.span, cx)
        }
        ExprKind::Compare { op, left, right } => compare(op.value, left, right, cx),
        ExprKind::In { left, list, negated, ignore_case } => {
            let found = in_list(left, list, if *ignore_case { Case::Insensitive } else { Case::Sensitive }, cx);
            if *negated { Expr::not(found) } else { found }
        }
        ExprKind::Match { op, left, patterns } => match &left.kind {
            ExprKind::Field(field) => {
                let target = target(field, left.span, cx);
                matches(&target, op.value, patterns, expr.span, cx)
            }
            _ => computed::condition(expr, cx),
        },
        ExprKind::Call { name, ignore_case, arguments } => {
            functions::condition(name, *ignore_case, arguments, cx).unwrap_or_else(|| computed::condition(expr, cx))
        }
    }
}

fn compare(op: CompareOp, left: &Ast, right: &Ast, cx: &mut Context<'_>) -> Expr {
    match (&left.kind, &right.kind) {
        (ExprKind::Field(field), ExprKind::Literal(literal)) => {
            let target = target(field, left.span, cx);
            compare_field(&target, op, literal, right.span, cx)
        }
        _ => computed::comparison(op, left, right, cx),
    }
}

fn compare_field(target: &Target, op: CompareOp, literal: &Literal, span: Span, cx: &mut Context<'_>) -> Expr {
    let order = match op {
        CompareOp::Equal => return equals(target, literal, span, cx),
        CompareOp::NotEqual => return Expr::not(equals(target, literal, span, cx)),
        CompareOp::Less => ir::CompareOp::Less,
        CompareOp::LessOrEqual => ir::CompareOp::LessOrEqual,
        CompareOp::Greater => ir::CompareOp::Greater,
        CompareOp::GreaterOrEqual => ir::CompareOp::GreaterOrEqual,
    };
    match literal {
        Literal::Null => Expr::Const(false),
        _ => cx.compare(target, order, &Spanned::new(spelled(literal), span)),
    }
}

fn spelled(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Decimal(number) => number.to_string(),
        Literal::String(text) => text.value.clone(),
    }
}

fn equals(target: &Target, literal: &Literal, span: Span, cx: &mut Context<'_>) -> Expr {
    let spelled = Spanned::new(spelled(literal), span);
    match literal {
        Literal::Null => Expr::not(target.present()),
        Literal::Integer(number) if target.kind.is_number() || target.kind == FieldType::Unknown => {
            target.numbers(vec![Number::Int(*number)])
        }
        Literal::Decimal(number) if target.kind.is_number() || target.kind == FieldType::Unknown => {
            target.numbers(Number::from_f64(*number).into_iter().collect())
        }
        Literal::Integer(_) | Literal::Decimal(_) if target.kind == FieldType::Keyword => {
            cx.misuse(target, span, "it is compared with the number as text", "write the number in quotes");
            cx.equals(target, &[spelled], Case::Sensitive)
        }
        Literal::Bool(_) | Literal::Integer(_) | Literal::Decimal(_) | Literal::String(_) => {
            cx.equals(target, &[spelled], Case::Sensitive)
        }
    }
}

fn in_list(left: &Ast, list: &[Ast], case: Case, cx: &mut Context<'_>) -> Expr {
    let ExprKind::Field(field) = &left.kind else {
        return Expr::any(list.iter().map(|member| computed::equals(left, member, case, cx)));
    };
    let target = target(field, left.span, cx);
    let (mut texts, mut numbers, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for member in list {
        match &member.kind {
            ExprKind::Literal(Literal::String(text)) => texts.push(Spanned::new(text.value.clone(), text.span)),
            ExprKind::Literal(Literal::Integer(number))
                if target.kind.is_number() || target.kind == FieldType::Unknown =>
            {
                numbers.push(Number::Int(*number));
            }
            // as Elasticsearch: a null in a list finds nothing
            ExprKind::Literal(Literal::Null) => {}
            ExprKind::Literal(literal) => others.push(equals(&target, literal, member.span, cx)),
            _ => others.push(computed::equals(left, member, case, cx)),
        }
    }
    let texts = if texts.is_empty() { Expr::Const(false) } else { cx.equals(&target, &texts, case) };
    Expr::any([texts, target.numbers(numbers)].into_iter().chain(others))
}

/// `:`, `like` and `regex` with a field on the left.
fn matches(target: &Target, op: MatchOp, patterns: &[StringLiteral], span: Span, cx: &mut Context<'_>) -> Expr {
    let case = match op {
        MatchOp::Seq | MatchOp::LikeIgnoreCase => Case::Insensitive,
        MatchOp::Like => Case::Sensitive,
        MatchOp::Regex | MatchOp::RegexIgnoreCase => {
            let case = if op == MatchOp::Regex { Case::Sensitive } else { Case::Insensitive };
            let ignore_case = case == Case::Insensitive || target.kind == FieldType::Caseless;
            let translated = patterns.iter().filter_map(|pattern| expression(pattern, ignore_case, cx));
            return Expr::any(translated.collect::<Vec<_>>().into_iter().map(|pattern| target.pattern(pattern)));
        }
    };
    let (globs, texts): (Vec<_>, Vec<_>) = patterns.iter().partition(|pattern| pattern.value.contains(['*', '?']));
    if globs.iter().any(|pattern| pattern.value == "*") {
        return target.present();
    }
    let texts: Vec<Spanned<String>> =
        texts.into_iter().map(|text| Spanned::new(text.value.clone(), text.span)).collect();
    let texts = if texts.is_empty() { Expr::Const(false) } else { cx.equals(target, &texts, case) };
    let globs = globs.into_iter().map(|pattern| wildcard(&pattern.value)).collect::<Vec<_>>();
    let globs = if globs.is_empty() { Expr::Const(false) } else { cx.like(target, globs, case, span) };
    Expr::any([texts, globs])
}

/// There are no escapes.
fn wildcard(pattern: &str) -> Vec<Piece> {
    pattern.chars().map(leaf::wildcard).collect()
}

/// A regular expression in the syntax of the `regex` crate; none if it is wrong, or matches nothing.
fn expression(literal: &StringLiteral, ignore_case: bool, cx: &mut Context<'_>) -> Option<String> {
    let Span { file, start, end } = literal.span;
    let quote = if literal.raw { 3 } else { 1 };
    // where nothing was escaped, places in the text are places in the source
    let text = if (end - start) as usize == literal.value.len() + 2 * quote {
        QueryText::verbatim(&literal.value, file, start as usize + quote)
    } else {
        QueryText::at(&literal.value, literal.span)
    };
    let translated = regexp::translate(&text, ignore_case, cx.diags)?;
    (!translated.never).then_some(translated.pattern)
}

/// Text tests of a field by function: `startsWith(f, "x")`.
fn part(target: &Target, op: TextOp, text: &StringLiteral, case: Case, cx: &mut Context<'_>) -> Expr {
    if target.kind.is_number() || matches!(target.kind, FieldType::Boolean | FieldType::Date) {
        let asked = format!("`{}` looks at its text", short(&text.value));
        cx.misuse(target, text.span, &asked, "turn it into a text: `string(..)`");
    }
    target.part(op, [text.value.clone()], case)
}
