//! Smaller queries and events, tried as long as a difference remains.

use sigil_compiler::elastic::{eql, kql};
use sigil_compiler::ir::eval::Json;

/// What has smaller forms.
pub trait Shrink: Clone {
    /// Forms that are smaller by one step.
    fn smaller(&self) -> Vec<Self>;
}

/// The smallest form for which `differs` holds, found step by step.
pub fn shrunk<T: Shrink>(start: &T, differs: impl Fn(&T) -> bool) -> T {
    let mut found = start.clone();
    while let Some(smaller) = found.smaller().into_iter().find(|smaller| differs(smaller)) {
        found = smaller;
    }
    found
}

impl Shrink for Json {
    fn smaller(&self) -> Vec<Self> {
        match self {
            Json::Object(members) => {
                let without = (0..members.len()).map(|at| Json::Object(left_out(members, at)));
                let within = members.iter().enumerate().flat_map(|(at, (key, inner))| {
                    let replaced = move |inner| {
                        let mut members = members.clone();
                        members[at] = (key.clone(), inner);
                        Json::Object(members)
                    };
                    inner.smaller().into_iter().map(replaced)
                });
                without.chain(within).collect()
            }
            Json::Array(elements) => {
                let alone = elements.iter().cloned();
                let without = (0..elements.len()).map(|at| Json::Array(left_out(elements, at)));
                let within = elements.iter().enumerate().flat_map(|(at, inner)| {
                    let replaced = move |inner| {
                        let mut elements = elements.clone();
                        elements[at] = inner;
                        Json::Array(elements)
                    };
                    inner.smaller().into_iter().map(replaced)
                });
                alone.chain(without).chain(within).collect()
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
        }
    }
}

fn left_out<T: Clone>(list: &[T], at: usize) -> Vec<T> {
    let mut list = list.to_vec();
    list.remove(at);
    list
}

impl Shrink for kql::ast::Query {
    fn smaller(&self) -> Vec<Self> {
        let whole = |expr| Self { expr: Some(expr), span: self.span };
        self.expr.iter().flat_map(smaller_kql).map(whole).collect()
    }
}

fn smaller_kql(expr: &kql::ast::Expr) -> Vec<kql::ast::Expr> {
    use kql::ast::{Expr, ExprKind};
    let made = |kind| Expr { kind, span: expr.span };
    match &expr.kind {
        ExprKind::Or(members) => {
            let mut found: Vec<Expr> = members.clone();
            found.extend(each(members, smaller_kql).into_iter().map(|members| made(ExprKind::Or(members))));
            found
        }
        ExprKind::And(members) => {
            let mut found: Vec<Expr> = members.clone();
            found.extend(each(members, smaller_kql).into_iter().map(|members| made(ExprKind::And(members))));
            found
        }
        ExprKind::Not(inner) => {
            let mut found = vec![(**inner).clone()];
            found.extend(smaller_kql(inner).into_iter().map(|inner| made(ExprKind::Not(Box::new(inner)))));
            found
        }
        ExprKind::Nested { field, inner } => smaller_kql(inner)
            .into_iter()
            .map(|inner| made(ExprKind::Nested { field: field.clone(), inner: Box::new(inner) }))
            .collect(),
        ExprKind::Field { field, values } => smaller_values(values)
            .into_iter()
            .map(|values| made(ExprKind::Field { field: field.clone(), values }))
            .collect(),
        ExprKind::Range { .. } | ExprKind::Text(_) => Vec::new(),
    }
}

fn smaller_values(values: &kql::ast::Values) -> Vec<kql::ast::Values> {
    use kql::ast::ValuesKind;
    match &values.kind {
        ValuesKind::Value(_) => Vec::new(),
        ValuesKind::Or(members) | ValuesKind::And(members) => members.clone(),
        ValuesKind::Not(inner) => vec![(**inner).clone()],
    }
}

/// A list with one member in a smaller form, or with one member less where two are left.
fn each<T: Clone>(members: &[T], smaller: impl Fn(&T) -> Vec<T>) -> Vec<Vec<T>> {
    let mut found = Vec::new();
    for (at, member) in members.iter().enumerate() {
        if members.len() > 2 {
            found.push(left_out(members, at));
        }
        for inner in smaller(member) {
            let mut members = members.to_vec();
            members[at] = inner;
            found.push(members);
        }
    }
    found
}

impl Shrink for eql::ast::Query {
    fn smaller(&self) -> Vec<Self> {
        use eql::ast::{Body, Category, EventQuery};
        let Body::Event(query) = &self.body else { return Vec::new() };
        let made = |query: EventQuery| Self { body: Body::Event(query), ..self.clone() };
        let any = (query.category != Category::Any).then(|| EventQuery { category: Category::Any, ..query.clone() });
        let conditions =
            smaller_eql(&query.condition).into_iter().map(|condition| EventQuery { condition, ..query.clone() });
        any.into_iter().chain(conditions).map(made).collect()
    }
}

fn smaller_eql(expr: &eql::ast::Expr) -> Vec<eql::ast::Expr> {
    use eql::ast::{Expr, ExprKind};
    let made = |kind| Expr { kind, span: expr.span };
    let boxes = |inner: &Expr| smaller_eql(inner).into_iter().map(Box::new).collect::<Vec<_>>();
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Field(_) | ExprKind::Invalid => Vec::new(),
        ExprKind::Not(inner) => {
            let mut found = vec![(**inner).clone()];
            found.extend(boxes(inner).into_iter().map(|inner| made(ExprKind::Not(inner))));
            found
        }
        ExprKind::Negative(inner) => {
            let mut found = vec![(**inner).clone()];
            found.extend(boxes(inner).into_iter().map(|inner| made(ExprKind::Negative(inner))));
            found
        }
        ExprKind::And(members) => {
            let mut found = members.clone();
            found.extend(each(members, smaller_eql).into_iter().map(|members| made(ExprKind::And(members))));
            found
        }
        ExprKind::Or(members) => {
            let mut found = members.clone();
            found.extend(each(members, smaller_eql).into_iter().map(|members| made(ExprKind::Or(members))));
            found
        }
        ExprKind::Compare { op, left, right } => {
            let (op, left, right) = (op.clone(), left.clone(), right.clone());
            let lefts = boxes(&left).into_iter().map({
                let (op, right) = (op.clone(), right.clone());
                move |left| ExprKind::Compare { op: op.clone(), left, right: right.clone() }
            });
            let rights = boxes(&right).into_iter().map(move |right| ExprKind::Compare {
                op: op.clone(),
                left: left.clone(),
                right,
            });
            lefts.chain(rights).map(made).collect()
        }
        ExprKind::In { left, list, negated, ignore_case } => {
            let shorter = (0..list.len()).filter(|_| list.len() > 1).map(|at| (left.clone(), left_out(list, at)));
            let lefts = boxes(left).into_iter().map(|left| (left, list.clone()));
            let (negated, ignore_case) = (*negated, *ignore_case);
            shorter.chain(lefts).map(|(left, list)| made(ExprKind::In { left, list, negated, ignore_case })).collect()
        }
        ExprKind::Match { op, left, patterns } => {
            let shorter =
                (0..patterns.len()).filter(|_| patterns.len() > 1).map(|at| (left.clone(), left_out(patterns, at)));
            let lefts = boxes(left).into_iter().map(|left| (left, patterns.clone()));
            shorter
                .chain(lefts)
                .map(|(left, patterns)| made(ExprKind::Match { op: op.clone(), left, patterns }))
                .collect()
        }
        ExprKind::Arithmetic { first, rest } => {
            let mut found = vec![(**first).clone()];
            found.extend(rest.iter().map(|(_, operand)| operand.clone()));
            if rest.len() > 1 {
                found.extend(
                    (0..rest.len())
                        .map(|at| made(ExprKind::Arithmetic { first: first.clone(), rest: left_out(rest, at) })),
                );
            }
            found
                .extend(boxes(first).into_iter().map(|first| made(ExprKind::Arithmetic { first, rest: rest.clone() })));
            found
        }
        ExprKind::Call { name, ignore_case, arguments } => {
            let mut found = arguments.clone();
            found.extend(
                each(arguments, smaller_eql)
                    .into_iter()
                    .filter(|inner| inner.len() == arguments.len())
                    .map(|arguments| made(ExprKind::Call { name: name.clone(), ignore_case: *ignore_case, arguments })),
            );
            found
        }
    }
}
