//! The pack plan: what code generation and the in-process engine both start from.

pub mod link;
mod names;
mod regex_literals;
mod triggers;

use std::collections::BTreeSet;
use std::sync::Arc;

use sigil_runtime::table::Type;
use sigil_runtime::table::pipeline::Column;

use crate::hash::{HashMap, HashSet};
use crate::ir;
use crate::parallel;

pub use crate::ir::content_hash;

/// All rules of a pack, with what the runtime must know to find their candidates.
#[derive(Clone, Debug)]
pub struct PackPlan {
    /// The pack's name.
    pub name: String,
    /// Every field that a rule or a scope reads, distinct, in a stable order (name, then sources).
    pub fields: Vec<Arc<ir::Field>>,
    /// Every distinct [`ir::Rule::scope`] and [`ir::FieldSource::under`], by name.
    pub scopes: Vec<Scope>,
    /// Rules by (module, symbol).
    pub rules: Vec<Rule>,
}

/// A condition on events that several rules share.
#[derive(Clone, Debug)]
pub struct Scope {
    /// A name for generated code: `windows_process_creation`. Unique.
    pub name: String,
    /// The condition.
    pub expr: ir::Expr,
}

/// A place in [`PackPlan::scopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub u32);

/// A rule of the plan.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it means.
    pub rule: ir::Rule,
    /// Its name in generated code: the title in snake case, then `_` and four or more hex digits of its identity. Unique in the pack.
    pub symbol: String,
    /// The module of its log source: `windows_process_creation`.
    pub module: String,
    /// The scope it needs; `None` for every event.
    pub scope: Option<ScopeId>,
    /// When it is a candidate.
    pub triggers: Triggers,
}

/// When is a rule a candidate? An over-approximation of its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Triggers {
    /// For every event in scope.
    Always,
    /// When one of these fires.
    AnyOf(Vec<Trigger>),
}

/// A text that must occur in a subject, one of several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trigger {
    /// Where? A field or any value.
    pub subject: ir::Subject,
    /// How? (`StartsWith` of an empty text: the subject has a value.)
    pub op: ir::TextOp,
    /// Which texts? Folded.
    pub texts: Vec<String>,
}

/// Plans a pack. The order of `rules` changes nothing.
pub fn build(name: &str, rules: Vec<ir::Rule>) -> PackPlan {
    let Reads { mut fields, scopes: mut scope_names } =
        parallel::map(rules.chunks(64).collect(), |rules| rules.iter().fold(Reads::default(), Reads::with))
            .into_iter()
            .fold(Reads::default(), Reads::join);
    let views: HashSet<Arc<ir::Expr>> =
        fields.iter().flat_map(|field| &field.sources).filter_map(|source| source.under.clone()).collect();
    let views: Vec<Arc<ir::Expr>> = views.into_iter().collect();
    for view in &views {
        ir::visit_fields(view, &mut |field| {
            fields.insert(Arc::clone(field));
        });
        name_scope(&mut scope_names, view, format!("view_{}", names::short_hash(&format!("{view:?}"))));
    }
    // in order, whatever the order of the hash
    let fields: BTreeSet<Arc<ir::Field>> = fields.into_iter().collect();
    let fields: Vec<Arc<ir::Field>> = fields.into_iter().collect();
    let scopes = names::unique_scopes(scope_names.into_iter().map(|(expr, name)| (expr.clone(), name)).collect());
    let ids: HashMap<&ir::Expr, ScopeId> = scopes.iter().map(|scope| &scope.expr).zip((0..).map(ScopeId)).collect();
    let mut planned: Vec<Rule> = parallel::map(rules, |rule| Rule {
        symbol: String::new(),
        module: names::module(&rule.meta),
        scope: ids.get(&rule.scope).copied(),
        triggers: triggers::choose(&rule),
        rule,
    });
    names::assign_symbols(&mut planned);
    planned.sort_by(|a, b| (&a.module, &a.symbol).cmp(&(&b.module, &b.symbol)));
    PackPlan { name: name.to_owned(), fields, scopes, rules: planned }
}

/// What some rules read.
#[derive(Default)]
struct Reads<'r> {
    fields: HashSet<Arc<ir::Field>>,
    /// Their scopes, and what these are called after.
    scopes: HashMap<&'r ir::Expr, String>,
}

impl<'r> Reads<'r> {
    fn with(mut self, rule: &'r ir::Rule) -> Self {
        let mut read = |field: &Arc<ir::Field>| {
            if !self.fields.contains(field) {
                self.fields.insert(Arc::clone(field));
            }
        };
        for expr in rule.selections.values().chain([&rule.condition, &rule.scope]) {
            ir::visit_fields(expr, &mut read);
        }
        rule.then.fields().iter().for_each(read);
        if rule.scope != ir::Expr::Const(true) {
            name_scope(&mut self.scopes, &rule.scope, names::module(&rule.meta));
        }
        self
    }

    fn join(mut self, other: Self) -> Self {
        self.fields.extend(other.fields);
        other.scopes.into_iter().for_each(|(scope, name)| name_scope(&mut self.scopes, scope, name));
        self
    }
}

/// Names a scope; of several names, the first in order counts.
fn name_scope<'e>(names: &mut HashMap<&'e ir::Expr, String>, expr: &'e ir::Expr, name: String) {
    match names.get_mut(expr) {
        None => drop(names.insert(expr, name)),
        Some(known) if name < *known => *known = name,
        Some(_) => {}
    }
}

impl PackPlan {
    /// The place of a field in [`Self::fields`].
    pub fn field_id(&self, field: &ir::Field) -> Option<u32> {
        let at = self.fields.binary_search_by(|other| other.as_ref().cmp(field)).ok()?;
        u32::try_from(at).ok()
    }

    /// The place of a scope's condition in [`Self::scopes`].
    pub fn scope_id(&self, expr: &ir::Expr) -> Option<ScopeId> {
        let at = self.scopes.iter().position(|scope| scope.expr == *expr)?;
        u32::try_from(at).ok().map(ScopeId)
    }

    /// Whether a rule looks at every value of an event.
    pub fn reads_any_value(&self) -> bool {
        self.rules.iter().any(|rule| {
            let mut found = false;
            for expr in rule.rule.selections.values().chain([&rule.rule.condition]).chain(rule.rule.then.exprs()) {
                ir::visit_subjects(expr, &mut |subject| found |= *subject == ir::Subject::AnyValue);
            }
            found
        })
    }

    /// Fields whose arrays and objects are looked at as such: their elements are tested one by one, or they are places.
    pub fn element_fields(&self) -> BTreeSet<Arc<ir::Field>> {
        let mut found = BTreeSet::new();
        for rule in &self.rules {
            for expr in rule.rule.selections.values().chain([&rule.rule.condition]).chain(rule.rule.then.exprs()) {
                collect_arrays(expr, &mut found);
            }
            if let ir::Then::Operation(operation) = &rule.rule.then {
                let places = operation.plan.columns().filter(|column| column.kind == Type::GeoPoint);
                found.extend(places.filter_map(Column::field).cloned());
            }
        }
        found
    }
}

fn collect_arrays(expr: &ir::Expr, into: &mut BTreeSet<Arc<ir::Field>>) {
    match expr {
        ir::Expr::Elements { of, body, .. } => {
            if let ir::Subject::Field(field) = of {
                into.insert(Arc::clone(field));
            }
            collect_arrays(body, into);
        }
        ir::Expr::Not(inner) => collect_arrays(inner, into),
        ir::Expr::All(members) | ir::Expr::Any(members) | ir::Expr::AtLeast { of: members, .. } => {
            members.iter().for_each(|member| collect_arrays(member, into));
        }
        ir::Expr::Const(_) | ir::Expr::Test(_) | ir::Expr::Selection(_) | ir::Expr::Formula(_) => {}
    }
}
