//! The pack plan: what code generation and the in-process engine both start from.

pub mod names;

use std::sync::Arc;

use crate::ir;

/// All rules of a pack, with what the runtime must know to find their candidates.
#[derive(Clone, Debug)]
pub struct PackPlan {
    /// The pack's name.
    pub name: String,
    /// Every field that a rule or a scope reads, distinct, in a stable order (name, then sources).
    pub fields: Vec<Arc<ir::Field>>,
    /// Every distinct [`ir::Rule::scope`] and [`ir::FieldSource::under`], in a stable order.
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
    /// How?
    pub op: ir::TextOp,
    /// Which texts? Folded.
    pub texts: Vec<String>,
}
