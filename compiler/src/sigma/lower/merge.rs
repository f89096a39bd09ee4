//! One rule again, after log source pipelines have made several of it.
//!
//! A pipeline rewrites a rule for one kind of log: most of the time it renames fields. Rules that differ in names only are one rule whose fields have several sources, each in force under
//! its pipeline's condition; that way one function serves all kinds of log. The trees are walked side by side: what is equal stays, tests that differ in the field get
//! a field with sources, and what differs otherwise becomes "any of them, each under its condition".

use std::sync::Arc;

use indexmap::IndexMap;

use crate::hash::HashMap;
use crate::ir::{Expr, Field, FieldSource, Predicate, Rule, Subject, Test};

/// Merges what pipelines made of one rule; `own` is the author's version, which needs no condition.
///
/// Each variant's [`Rule::scope`] is the condition of its pipeline. The result's scope is "any of the conditions", or open if there is an `own` version: the caller narrows it.
/// Without `own`, a single variant stays as it is. `None` if there is nothing to merge. All versions must have the same selections by name; one that has not is left out.
pub fn merge_variants(mut variants: Vec<Rule>, own: Option<Rule>) -> Option<Rule> {
    if variants.is_empty() {
        return own;
    }
    if own.is_none() && variants.len() == 1 {
        return variants.pop();
    }
    let mut merged = own.clone().or_else(|| variants.first().cloned())?;
    variants.retain(|variant| variant.selections.keys().eq(merged.selections.keys()));
    let mut fields = HashMap::default();
    let own_scope = own.as_ref().map(|own| own.scope.clone());
    let scopes: Vec<Option<Arc<Expr>>> = variants
        .iter()
        .map(|variant| Some(&variant.scope).filter(|scope| **scope != Expr::Const(true)))
        .chain(own.as_ref().map(|_| None))
        .map(|scope| scope.cloned().map(Arc::new))
        .collect();
    let versions: Vec<&Rule> = variants.iter().chain(own.as_ref()).collect();
    for (name, selection) in &mut merged.selections {
        let exprs: Vec<&Expr> = versions.iter().filter_map(|version| version.selections.get(name)).collect();
        *selection = merge(&exprs, &scopes, &mut fields);
    }
    let conditions: Vec<&Expr> = versions.iter().map(|version| &version.condition).collect();
    merged.condition = merge(&conditions, &scopes, &mut fields);
    merged.scope = Expr::any(variants.into_iter().map(|variant| variant.scope).chain(own_scope));
    Some(merged)
}

/// Fields made so far, by the paths that they were made of: tests of a rule share them.
type Fields = HashMap<Vec<Arc<Field>>, Arc<Field>>;

/// `exprs` and `scopes` go together: what a version says, and when it is in force (`None`: always).
fn merge(exprs: &[&Expr], scopes: &[Option<Arc<Expr>>], fields: &mut Fields) -> Expr {
    let Some((last, others)) = exprs.split_last() else { return Expr::Const(false) };
    if others.iter().all(|expr| expr == last) {
        return (*last).clone();
    }
    side_by_side(exprs, last, scopes, fields).unwrap_or_else(|| each_under_its_scope(exprs, scopes))
}

/// Merges trees of one shape.
fn side_by_side(exprs: &[&Expr], last: &Expr, scopes: &[Option<Arc<Expr>>], fields: &mut Fields) -> Option<Expr> {
    match last {
        Expr::Const(_) | Expr::Selection(_) | Expr::Formula(_) => None,
        Expr::Test(_) => {
            let tests: Vec<&Predicate> =
                exprs.iter().map_while(|expr| if let Expr::Test(test) = expr { Some(test) } else { None }).collect();
            if tests.len() < exprs.len() { None } else { merge_tests(&tests, scopes, fields).map(Expr::Test) }
        }
        Expr::Not(_) => {
            let inner: Vec<&Expr> = exprs
                .iter()
                .map_while(|expr| if let Expr::Not(inner) = expr { Some(&**inner) } else { None })
                .collect();
            (inner.len() == exprs.len()).then(|| Expr::not(merge(&inner, scopes, fields)))
        }
        Expr::All(_) => {
            merge_lists(exprs, |expr| if let Expr::All(members) = expr { Some(members) } else { None }, scopes, fields)
                .map(Expr::all)
        }
        Expr::Any(_) => {
            merge_lists(exprs, |expr| if let Expr::Any(members) = expr { Some(members) } else { None }, scopes, fields)
                .map(Expr::any)
        }
        Expr::AtLeast { count: wanted, .. } => {
            let members = |expr| {
                if let &Expr::AtLeast { count, ref of } = expr { (count == *wanted).then_some(of) } else { None }
            };
            merge_lists(exprs, members, scopes, fields).map(|of| Expr::at_least(*wanted, of))
        }
        Expr::Elements { quantifier: wanted, .. } => {
            let parts = |expr| {
                if let &Expr::Elements { ref of, quantifier, ref body } = expr {
                    (quantifier == *wanted).then_some((of, &**body))
                } else {
                    None
                }
            };
            let (ofs, bodies): (Vec<&Subject>, Vec<&Expr>) = exprs.iter().map_while(|expr| parts(*expr)).unzip();
            if ofs.len() < exprs.len() {
                return None;
            }
            let of = merge_subjects(&ofs, scopes, fields)?;
            Some(Expr::Elements { of, quantifier: *wanted, body: Box::new(merge(&bodies, scopes, fields)) })
        }
    }
}

fn merge_lists<'e>(
    exprs: &[&'e Expr],
    members: impl Fn(&'e Expr) -> Option<&'e Vec<Expr>>,
    scopes: &[Option<Arc<Expr>>],
    fields: &mut Fields,
) -> Option<Vec<Expr>> {
    let lists: Vec<&Vec<Expr>> = exprs.iter().map_while(|expr| members(expr)).collect();
    let len = lists.first()?.len();
    if lists.len() < exprs.len() || lists.iter().any(|list| list.len() != len) {
        return None;
    }
    Some(
        (0..len)
            .map(|at| merge(&lists.iter().filter_map(|list| list.get(at)).collect::<Vec<_>>(), scopes, fields))
            .collect(),
    )
}

/// Tests for the same thing, of one field under several names.
fn merge_tests(tests: &[&Predicate], scopes: &[Option<Arc<Expr>>], fields: &mut Fields) -> Option<Predicate> {
    let (last, others) = tests.split_last()?;
    let test = if let Test::SameAs { op: wanted, case: wanted_case, .. } = &last.test {
        let other = |test: &&Predicate| match &test.test {
            Test::SameAs { other, op, case } if op == wanted && case == wanted_case => Some(Arc::clone(other)),
            _ => None,
        };
        let others: Vec<Arc<Field>> = tests.iter().map_while(other).collect();
        if others.len() < tests.len() {
            return None;
        }
        Test::SameAs { other: merge_fields(others, scopes, fields), op: *wanted, case: *wanted_case }
    } else if others.iter().all(|other| other.test == last.test) {
        last.test.clone()
    } else {
        return None;
    };
    let subjects: Vec<&Subject> = tests.iter().map(|test| &test.subject).collect();
    Some(Predicate { subject: merge_subjects(&subjects, scopes, fields)?, test })
}

fn merge_subjects(subjects: &[&Subject], scopes: &[Option<Arc<Expr>>], fields: &mut Fields) -> Option<Subject> {
    let (last, others) = subjects.split_last()?;
    if others.iter().all(|other| other == last) {
        return Some((*last).clone());
    }
    let found: Vec<Arc<Field>> = subjects
        .iter()
        .map_while(|subject| if let Subject::Field(field) = subject { Some(Arc::clone(field)) } else { None })
        .collect();
    (found.len() == subjects.len()).then(|| Subject::Field(merge_fields(found, scopes, fields)))
}

/// The last version names the field.
fn merge_fields(versions: Vec<Arc<Field>>, scopes: &[Option<Arc<Expr>>], fields: &mut Fields) -> Arc<Field> {
    if let Some(field) = fields.get(&versions) {
        return Arc::clone(field);
    }
    let mut sources = Vec::new();
    for (version, scope) in versions.iter().zip(scopes) {
        for source in &version.sources {
            add_source(&mut sources, &source.path, both(source.under.as_ref(), scope.as_ref()));
        }
    }
    let name = versions.last().map(|field| field.name.clone()).unwrap_or_default();
    let field = Arc::new(Field { name, sources, ignore_above: None });
    fields.insert(versions, Arc::clone(&field));
    field
}

/// Neighbours that read the same path become one source.
fn add_source(sources: &mut Vec<FieldSource>, path: &str, under: Option<Arc<Expr>>) {
    match sources.last_mut() {
        Some(before) if before.path == path => before.under = either(before.under.take(), under),
        _ => sources.push(FieldSource { path: path.to_owned(), under }),
    }
}

/// What a pipeline does to a rule if it gives fields other names and no more.
#[derive(Clone, Debug)]
pub struct Renaming<'a> {
    /// New names by the author's.
    pub names: &'a IndexMap<String, String>,
    /// The pipeline's condition; `None` if it is always in force.
    pub under: Option<Arc<Expr>>,
}

/// A field by all its names, the author's last: what [`merge_variants`] makes of the versions of a rule that differ in names only.
pub(super) fn renamed(name: &str, renamings: &[Renaming<'_>]) -> Field {
    let mut sources = Vec::new();
    for renaming in renamings {
        add_source(&mut sources, renaming.names.get(name).map_or(name, String::as_str), renaming.under.clone());
    }
    add_source(&mut sources, name, None);
    Field { name: name.to_owned(), sources, ignore_above: None }
}

fn both(first: Option<&Arc<Expr>>, second: Option<&Arc<Expr>>) -> Option<Arc<Expr>> {
    let (Some(first), Some(second)) = (first, second) else { return first.or(second).map(Arc::clone) };
    Some(Arc::new(Expr::all([Expr::clone(first), Expr::clone(second)])))
}

fn either(first: Option<Arc<Expr>>, second: Option<Arc<Expr>>) -> Option<Arc<Expr>> {
    let (first, second) = (first?, second?);
    if first == second { Some(first) } else { Some(Arc::new(Expr::any([Expr::clone(&first), Expr::clone(&second)]))) }
}

/// Versions that say the same share their conditions.
fn each_under_its_scope(exprs: &[&Expr], scopes: &[Option<Arc<Expr>>]) -> Expr {
    let mut grouped: Vec<(&Expr, Vec<Expr>)> = Vec::new();
    for (expr, scope) in exprs.iter().zip(scopes) {
        let scope = scope.as_deref().cloned().unwrap_or(Expr::Const(true));
        match grouped.iter_mut().find(|(other, _)| other == expr) {
            Some((_, under)) => under.push(scope),
            None => grouped.push((expr, vec![scope])),
        }
    }
    Expr::any(grouped.into_iter().map(|(expr, under)| Expr::all([Expr::any(under), expr.clone()])))
}
