//! Plan to a pack that runs at once, without rustc: rule bodies as trees.

use std::sync::Arc;

use sigil_runtime::generated::{FieldId, ScopeId};
use sigil_runtime::matcher::tokens::Words;
use sigil_runtime::matcher::tree::{self, Node, Tree};
use sigil_runtime::matcher::values::{Glob, Globs, Networks, Pattern, TextList, Texts};
use sigil_runtime::operator::{IndicatorFilter, Recent, ThreatMatch};
use sigil_runtime::pack::{self, Pack};

use super::{PackPlan, Triggers};
use crate::hash::HashMap;
use crate::ir::{self, Expr, Subject, Test};
use crate::parallel;

/// Makes a pack of the plan.
pub fn link(plan: &PackPlan) -> Pack {
    let linker = Linker {
        fields: plan.fields.iter().map(Arc::as_ref).zip((0..).map(FieldId)).collect(),
        scopes: plan.scopes.iter().map(|scope| &scope.expr).zip((0..).map(ScopeId)).collect(),
    };
    let elements = plan.element_fields();
    let fields = plan.fields.iter().map(|field| pack::Field {
        name: field.name.clone().into(),
        sources: field
            .sources
            .iter()
            .map(|source| (source.path.clone().into(), linker.scope(source.under.as_deref())))
            .collect(),
        elements: elements.contains(field),
        ignore_above: field.ignore_above,
    });
    let scopes = plan.scopes.iter().map(|scope| {
        let mut reads = std::collections::BTreeSet::new();
        ir::collect_fields(&scope.expr, &mut reads);
        pack::Scope {
            name: scope.name.clone().into(),
            reads: reads.iter().map(|field| linker.field(field)).collect(),
            matches: pack::ScopeBody::Tree(Box::new(linker.node(&scope.expr))),
        }
    });
    Pack::new(pack::Parts {
        name: plan.name.clone().into(),
        fields: fields.collect(),
        scopes: scopes.collect(),
        rules: parallel::map(plan.rules.iter().collect(), |rule| linker.rule(rule)),
        reads_any_value: plan.reads_any_value(),
    })
}

struct Linker<'a> {
    fields: HashMap<&'a ir::Field, FieldId>,
    scopes: HashMap<&'a Expr, ScopeId>,
}

impl Linker<'_> {
    fn rule(&self, planned: &super::Rule) -> pack::Rule {
        let rule = &planned.rule;
        let meta = &rule.meta;
        pack::Rule {
            info: pack::RuleInfo {
                id: meta.id.clone().map(Into::into),
                title: meta.title.clone().into(),
                level: meta.level,
                tags: meta.tags.iter().map(|tag| tag.clone().into()).collect(),
                source: meta.source.clone().into(),
                selections: rule.selections.keys().map(|name| name.clone().into()).collect(),
                marks: meta.marks.clone(),
            },
            scope: planned.scope.map(|scope| ScopeId(scope.0)),
            triggers: match &planned.triggers {
                Triggers::Always => None,
                Triggers::AnyOf(triggers) => Some(triggers.iter().map(|trigger| self.trigger(trigger)).collect()),
            },
            body: pack::Body::Tree(Box::new(Tree {
                selections: rule.selections.values().map(|expr| self.node(expr)).collect(),
                condition: self.node(&rule.condition),
                known: ir::known_selections(rule),
                carries_event: meta.carries_event,
            })),
            then: self.then(&rule.then),
        }
    }

    fn then(&self, then: &ir::Then) -> pack::Then {
        let mut number = |field: &Arc<ir::Field>| self.field(field);
        match then {
            ir::Then::Alert => pack::Then::Alert,
            ir::Then::Operation(operation) => pack::Then::Operation(Arc::new(operation.plan.map(&mut number))),
            ir::Then::Threat(threat) => {
                let filter = Tree {
                    selections: Vec::new(),
                    condition: self.node(&threat.filter),
                    known: Vec::new(),
                    carries_event: false,
                };
                let mapping = threat.mapping.iter();
                let mapping = mapping.map(|pairs| pairs.iter().map(|pair| pair.map(&mut number)).collect()).collect();
                let recent = threat.recent.as_ref();
                let recent = recent.map(|Recent { field, back, round }| Recent {
                    field: self.field(field),
                    back: *back,
                    round: *round,
                });
                let [index, id] = &threat.document;
                pack::Then::Threat(Arc::new(ThreatMatch {
                    mapping,
                    filter: IndicatorFilter::Tree(Arc::new(filter)),
                    recent,
                    document: [self.field(index), self.field(id)],
                    times: threat.times.iter().map(|field| self.field(field)).collect(),
                }))
            }
        }
    }

    fn trigger(&self, trigger: &super::Trigger) -> pack::Trigger {
        let field = match &trigger.subject {
            Subject::Field(field) => Some(self.field(field)),
            Subject::AnyValue | Subject::Element(_) | Subject::Paths(_) => None,
        };
        pack::Trigger { field, op: trigger.op, texts: texts(&trigger.texts) }
    }

    fn field(&self, field: &ir::Field) -> FieldId {
        // a field that the plan does not list cannot be: the plan collected them from these very expressions
        self.fields.get(field).copied().unwrap_or(FieldId(u32::MAX))
    }

    fn scope(&self, expr: Option<&Expr>) -> Option<ScopeId> {
        expr.and_then(|expr| self.scopes.get(expr).copied())
    }

    fn nodes(&self, exprs: &[Expr]) -> Box<[Node]> {
        exprs.iter().map(|expr| self.node(expr)).collect()
    }

    fn node(&self, expr: &Expr) -> Node {
        match expr {
            Expr::Const(value) => Node::Const(*value),
            Expr::Test(predicate) => Node::Test(Box::new(tree::Test {
                subject: self.subject(&predicate.subject),
                check: self.check(&predicate.test),
            })),
            Expr::Selection(id) => Node::Selection(id.0),
            Expr::Not(inner) => Node::Not(Box::new(self.node(inner))),
            Expr::All(members) => Node::All(self.nodes(members)),
            Expr::Any(members) => Node::Any(self.nodes(members)),
            Expr::AtLeast { count, of } => Node::AtLeast(*count, self.nodes(of)),
            Expr::Elements { of, quantifier, body } => Node::Elements(Box::new(tree::Elements {
                of: self.subject(of),
                quantifier: *quantifier,
                body: self.node(body),
            })),
            Expr::Formula(formula) => {
                let fields: Vec<Arc<ir::Field>> = formula.fields().into_iter().collect();
                Node::Formula(Box::new(tree::Formula {
                    value: scalar(formula, &fields),
                    fields: fields.iter().map(|field| self.field(field)).collect(),
                }))
            }
        }
    }

    fn subject(&self, subject: &Subject) -> tree::Subject {
        match subject {
            Subject::Field(field) => tree::Subject::Field(self.field(field)),
            Subject::AnyValue => tree::Subject::AnyValue,
            Subject::Element(path) => tree::Subject::Element(path.as_str().into()),
            Subject::Paths(pattern) => tree::Subject::Paths(pattern.as_str().into()),
        }
    }

    fn check(&self, test: &Test) -> tree::Check {
        use tree::Check;
        match test {
            Test::Text { op, values, case } => {
                Check::Texts { op: *op, texts: Texts::from_list(texts(values)), cased: is_cased(*case) }
            }
            Test::Glob { patterns, case } => Check::Globs { globs: globs(patterns), cased: is_cased(*case) },
            Test::Regex { pattern, lookaround } => {
                Check::Pattern(Box::new(Pattern::owned(pattern.clone(), *lookaround)))
            }
            Test::Words { phrases, patterns } => Check::Words(Box::new(Words::owned(phrases.clone(), globs(patterns)))),
            Test::Within(range) => Check::Within(*range),
            Test::Cidr(networks) => Check::Networks(Box::new(Networks::owned(networks.clone()))),
            Test::Number(numbers) => Check::Numbers(numbers.clone()),
            Test::Compare { op, to } => Check::Compare(*op, *to),
            Test::Order { op, to } => Check::Order(*op, to.as_str().into()),
            Test::Long { op, values } => Check::Long(*op, values.clone()),
            Test::Time { part, op, values } => Check::Time(*part, *op, values.clone()),
            Test::SameAs { other, op, case } => {
                Check::SameAs { other: self.field(other), op: *op, cased: is_cased(*case) }
            }
            Test::Exists => Check::Exists,
            Test::Null => Check::Null,
            Test::Present => Check::Present,
            Test::Single(of) => Check::Single(*of),
        }
    }
}

fn is_cased(case: ir::Case) -> bool {
    match case {
        ir::Case::Sensitive => true,
        ir::Case::Insensitive => false,
    }
}

fn texts(values: &[String]) -> TextList {
    TextList::Owned(values.iter().map(|value| value.as_str().into()).collect())
}

fn scalar(value: &ir::Scalar, fields: &[Arc<ir::Field>]) -> tree::Scalar {
    let boxed = |of: &ir::Scalar| Box::new(scalar(of, fields));
    match value {
        ir::Scalar::Null => tree::Scalar::Null,
        ir::Scalar::Bool(value) => tree::Scalar::Bool(*value),
        ir::Scalar::Int(number) => tree::Scalar::Int(*number),
        ir::Scalar::Float(bits) => tree::Scalar::Float(f64::from_bits(*bits)),
        ir::Scalar::Text(text) => tree::Scalar::Text(text.as_str().into()),
        ir::Scalar::Field(field) => {
            tree::Scalar::Field(fields.iter().position(|other| other == field).unwrap_or(usize::MAX))
        }
        ir::Scalar::Call(function, arguments) => {
            tree::Scalar::Call(*function, arguments.iter().map(|argument| scalar(argument, fields)).collect())
        }
        ir::Scalar::Matches(of, patterns, case) => tree::Scalar::Globs(boxed(of), globs(patterns), !is_cased(*case)),
        ir::Scalar::IsMatch { of, pattern, lookaround } => {
            tree::Scalar::Pattern(boxed(of), Box::new(Pattern::owned(pattern.clone(), *lookaround)))
        }
        ir::Scalar::InNetworks(of, networks) => {
            tree::Scalar::Networks(boxed(of), Box::new(Networks::owned(networks.clone())))
        }
    }
}

fn globs(patterns: &[ir::Glob]) -> Globs {
    Globs::owned(patterns.iter().map(glob).collect())
}

fn glob(glob: &ir::Glob) -> Glob {
    use sigil_runtime::generated::Piece;
    let pieces = glob.0.iter().map(|piece| match piece {
        ir::Piece::Literal(text) => Piece::Literal(text.as_str().into()),
        ir::Piece::AnyRun => Piece::AnyRun,
        ir::Piece::AnyChar => Piece::AnyChar,
        ir::Piece::Dash => Piece::Dash,
    });
    Glob::owned(pieces.collect())
}
