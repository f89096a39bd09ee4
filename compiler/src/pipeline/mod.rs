//! Field pipelines: they rewrite names, values and log sources before lowering.
//!
//! Rules name fields as their log source was first described; events name them as the product that ships them does. Pipelines (pySigma's YAML format) bridge
//! the two. Pipelines that a user asks for are chained into one and make one variant of a rule. The shipped ones describe different shippers of the same
//! logs: each that knows a rule's log source makes a variant of its own, under its own condition.
//!
//! What a pipeline adds as a condition on the log source is kept apart from what the rule looks for: see [`scope`].

mod apply;
mod condition;
pub mod filter;
mod hashes;
mod logic;
pub mod model;
mod parse;
mod raw;
pub mod scope;
pub mod text;
mod value;
mod work;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostics};
use crate::sigma::ast;
use crate::source::{FileId, Sources};

/// Makes the variants of a rule; `None` if a pipeline rejects it, with the reason among `diags`.
///
/// Chained pipelines make one variant, even of a rule that they leave alone. Shipped ones make a variant each where they have something to say,
/// so that a rule of a log source that none of them knows has none.
pub fn apply(pipelines: &PipelineSet, rule: &ast::Rule, diags: &mut Diagnostics) -> Option<Vec<Variant>> {
    let mut report = |fault: Fault| {
        diags.push(fault.code.at(rule.span, fault.message).help("change the pipeline, or leave the rule out"));
    };
    let mut variants = Vec::new();
    match pipelines.mode {
        Mode::Chained => {
            let mut work = work::Work::new(rule);
            for pipeline in &pipelines.list {
                apply::run(pipeline, &pipelines.vars, &mut work).map_err(&mut report).ok()?;
            }
            let name = pipelines.list.iter().map(|pipeline| pipeline.name.as_str()).collect::<Vec<_>>().join("+");
            variants.push(variant(name, &work).map_err(&mut report).ok()?);
        }
        Mode::Separate => {
            for pipeline in &pipelines.list {
                for work in separate(pipeline, rule, &rule.logsource) {
                    let work = work.map_err(&mut report).ok()?;
                    variants.push(variant(pipeline.name.clone(), &work).map_err(&mut report).ok()?);
                }
            }
        }
    }
    Some(variants)
}

/// What the shipped pipelines know a rule's category by, and what they know its service by, if it gives both: events must be of both, also where a
/// pipeline knows only one of them. For each: conditions on the log source, one list of which must hold.
pub fn of_both(pipelines: &PipelineSet, rule: &ast::Rule) -> [Vec<Vec<Added>>; 2] {
    let source = &rule.logsource;
    if pipelines.is_chained() || source.category.is_none() || source.service.is_none() {
        return [Vec::new(), Vec::new()];
    }
    let category = ast::LogSource { service: None, ..source.clone() };
    let service = ast::LogSource { category: None, ..source.clone() };
    [category, service].map(|source| {
        let works = pipelines.list.iter().flat_map(|pipeline| separate(pipeline, rule, &source));
        // what they refuse was said of the rule itself
        works.flatten().map(|work| work.conditions()).filter(|conditions| !conditions.is_empty()).collect()
    })
}

/// A rule under a shipped pipeline, if that has something to say of rules of this log source.
///
/// A rule that gives a category and no product is for that category of every product: the pipeline sees it as a rule of each product of which it knows
/// the category.
fn separate<'r, 'p>(
    pipeline: &'p model::Pipeline,
    rule: &'r ast::Rule,
    source: &ast::LogSource,
) -> Vec<Result<work::Work<'r, 'p>, Fault>> {
    let mut products = std::collections::BTreeSet::new();
    if let (None, Some(category)) = (&source.product, &source.category) {
        products_of(&pipeline.steps, category, &mut products);
    }
    let mut sources: Vec<ast::LogSource> = products
        .into_iter()
        .map(|product| ast::LogSource { product: Some(product.to_owned()), ..source.clone() })
        .collect();
    if sources.is_empty() {
        sources.push(source.clone());
    }
    // most pipelines know nothing of most rules: no work is begun for these
    sources.retain(|source| pipeline.steps.iter().any(|step| condition::may_be_for(step, source)));
    let run = |source| {
        let mut work = work::Work::new(rule);
        work.logsource = source;
        apply::run(pipeline, &pipeline.vars, &mut work).map(|()| work)
    };
    sources.into_iter().map(run).filter(|work| work.as_ref().map_or(true, |work| work.touched)).collect()
}

/// The products of which these steps know a category.
fn products_of<'p>(steps: &'p [model::Step], category: &str, products: &mut std::collections::BTreeSet<&'p str>) {
    for step in steps {
        for condition in &step.rules.list {
            if let model::RuleCondition::LogSource(ast::LogSource {
                product: Some(product), category: Some(known), ..
            }) = condition
                && known.eq_ignore_ascii_case(category)
            {
                products.insert(product);
            }
        }
        if let model::Action::Nest(inner) = &step.action {
            products_of(inner, category, products);
        }
    }
}

fn variant(pipeline: String, work: &work::Work<'_, '_>) -> Result<Variant, Fault> {
    let body =
        work.body().ok_or_else(|| Fault::rejected("pipelines drop everything that the rule looks for".to_owned()))?;
    Ok(Variant { pipeline, conditions: work.conditions(), body })
}

/// Pipelines in the order in which they apply.
#[derive(Clone, Debug)]
pub struct PipelineSet {
    list: Vec<model::Pipeline>,
    /// Of all pipelines; where several give a name, the last one counts.
    vars: IndexMap<String, Vec<ast::Value>>,
    mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// One after the other, as one.
    Chained,
    /// Each on its own.
    Separate,
}

/// Reads a file that a pipeline names (`file_placeholders`), by the path in the pipeline. The error is shown to the user.
pub type Loader<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

/// A rule as one pipeline sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The pipeline's name; several are joined by `+`.
    pub pipeline: String,
    /// What the pipeline adds as conditions on the log source: all of them must hold. Kept apart from the detection.
    pub conditions: Vec<Added>,
    /// What became of the detection.
    pub body: Body,
}

/// A condition that a pipeline adds.
#[derive(Clone, Debug, PartialEq)]
pub struct Added {
    /// What events must satisfy.
    pub search: ast::Search,
    /// Or must not.
    pub negated: bool,
}

/// What a pipeline made of a detection.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Fields (also those that `fieldref` values name) have other names and nothing else differs: new names by the author's. Fields that are not listed keep their names.
    Renamed(IndexMap<String, String>),
    /// More differs.
    Rewritten(Box<ast::Rule>),
}

impl Variant {
    /// The rule that this variant is of, rewritten.
    pub fn rule<'a>(&'a self, author: &'a ast::Rule) -> Cow<'a, ast::Rule> {
        match &self.body {
            Body::Rewritten(rule) => Cow::Borrowed(rule),
            Body::Renamed(names) if names.is_empty() => Cow::Borrowed(author),
            Body::Renamed(names) => {
                let mut rule = author.clone();
                rule.detection.selections.values_mut().for_each(|search| rename(&mut search.value, names));
                Cow::Owned(rule)
            }
        }
    }
}

fn rename(search: &mut ast::Search, names: &IndexMap<String, String>) {
    match search {
        ast::Search::List(members) => members.iter_mut().for_each(|member| rename(&mut member.value, names)),
        ast::Search::Keyword(_) => {}
        ast::Search::Map(items) => {
            for item in items {
                if let Some(field) = &mut item.field
                    && let Some(name) = names.get(&field.value)
                {
                    field.value.clone_from(name);
                }
                let refers = item.modifiers.iter().any(|m| m.value == ast::Modifier::FieldRef);
                match &mut item.body {
                    ast::ItemBody::Values { values, .. } if refers => {
                        for value in values {
                            if let ast::Value::String(field) = &mut value.value
                                && let Some(name) = names.get(field)
                            {
                                field.clone_from(name);
                            }
                        }
                    }
                    // fields inside blocks are parts of elements
                    ast::ItemBody::Values { .. } | ast::ItemBody::Block(_) | ast::ItemBody::Elements(_) => {}
                    ast::ItemBody::Search(inner) => rename(inner, names),
                }
            }
        }
    }
}

impl PipelineSet {
    /// No pipelines: rules stay as they are.
    pub fn none() -> Self {
        Self { list: Vec::new(), vars: IndexMap::new(), mode: Mode::Separate }
    }

    /// Pipelines that the user asks for: chained by priority, files of the same priority in the order given.
    /// Files that cannot be used are left out; the reasons are errors among `diags`.
    pub fn parse(sources: &Sources, files: &[FileId], load: &Loader<'_>, diags: &mut Diagnostics) -> Self {
        let mut list: Vec<model::Pipeline> = files
            .iter()
            .filter_map(|file| {
                sources.get(*file).and_then(|source| parse::pipeline(*file, &source.path, &source.text, load, diags))
            })
            .collect();
        list.sort_by_key(|pipeline| pipeline.priority);
        let vars = list.iter().flat_map(|pipeline| pipeline.vars.clone()).collect();
        Self { list, vars, mode: Mode::Chained }
    }

    /// The pipelines that come with Sigil.
    pub fn shipped() -> Self {
        let mut sources = Sources::new();
        let files: Vec<FileId> = SHIPPED.iter().map(|(path, text)| sources.add(*path, *text)).collect();
        let no_files = |_: &str| Err("shipped pipelines read no files".to_owned());
        Self { mode: Mode::Separate, ..Self::parse(&sources, &files, &no_files, &mut Diagnostics::new()) }
    }

    /// Whether they make one variant together, without the author's own version.
    pub fn is_chained(&self) -> bool {
        self.mode == Mode::Chained
    }

    /// The names of the pipelines, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|pipeline| pipeline.name.as_str())
    }
}

macro_rules! shipped {
    ($($name:literal)*) => { &[$((concat!("rules/pipelines/", $name), include_str!(concat!("../../../rules/pipelines/", $name)))),*] };
}

/// Paths and texts of `rules/pipelines`.
const SHIPPED: &[(&str, &str)] = shipped! {
    "windows_sysmon.yml"
    "windows_eventlog.yml"
    "winlogbeat.yml"
    "winlogbeat_audit.yml"
    "ecs_windows.yml"
    "linux_sysmon.yml"
    "ecs_linux.yml"
    "ecs_macos.yml"
};

/// Why a pipeline gives up on a rule.
#[derive(Clone, Debug)]
struct Fault {
    code: Code,
    message: String,
}

impl Fault {
    fn rejected(message: impl Into<String>) -> Self {
        Self { code: Code::PipelineRejectsRule, message: message.into() }
    }

    fn too_large(message: impl Into<String>) -> Self {
        Self { code: Code::PipelineGrowsRule, message: message.into() }
    }

    fn within(mut self, label: &str) -> Self {
        self.message = format!("{label}: {}", self.message);
        self
    }
}
