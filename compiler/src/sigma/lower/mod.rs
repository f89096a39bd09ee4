//! Sigma rules to the IR: here it is decided what a rule means.
//!
//! Sigma's specification leaves much open, and engines differ; everything after this module relies on one meaning, so every open question is answered here and nowhere else:
//!
//! - `text`: strings, escapes, wildcards, `windash`, encodings, placeholders
//! - `modifier`: which modifiers go together, and in which order
//! - `item`: one `field|modifiers: values` line
//! - `search`: maps, lists, keywords, and the array blocks of `sigma-version: 3`
//! - `condition`: conditions and the names in them
//! - `merge`: one rule under several log source pipelines becomes one rule again
//!
//! An outcome is a rule, an `Unsupported` construct by name, or `Rejected`: then the diagnostics hold an error.

mod condition;
mod item;
mod merge;
mod modifier;
mod regex;
mod search;
mod text;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostics};
use crate::ir::{self, Feature, Lowered};
use crate::sigma::ast;
use crate::source::Span;

pub use merge::{Renaming, merge_variants};
pub use regex::SoundRegexes;

/// Lowers a rule; `source` is its file as [`crate::source::Source::path`] names it.
///
/// Fields are read under their names in the rule, and under those that `renamings` give them. The scope is left open (always): it comes from the
/// pipeline. Placeholders must have been resolved before.
pub fn lower(
    rule: &ast::Rule,
    source: &str,
    renamings: &[Renaming<'_>],
    sound: &mut SoundRegexes,
    diags: &mut Diagnostics,
) -> Lowered {
    let mark = diags.len();
    let fields = HashMap::default();
    let mut ctx = Ctx { version: rule.version, renamings, fields, copied: 0, unsupported: None, sound, diags };
    let selections = selections(&rule.detection, &mut ctx);
    let condition = condition::lower(&rule.detection, &mut ctx, |id| ir::Expr::Selection(selection_id(id)));
    if rule.detection.conditions.is_empty() {
        ctx.diags.push(
            Code::EmptyDetection.at(rule.span, "the detection has no condition").help("add `condition: selection`"),
        );
    }
    if let (Some(timeframe), None) = (&rule.detection.timeframe, &ctx.unsupported) {
        ctx.diags.push(
            Code::UnusedTimeframe
                .at(timeframe.span, "`timeframe` has no effect: the condition aggregates nothing")
                .help("remove it, or write a correlation rule"),
        );
    }
    if ctx.diags.has_errors_since(mark) {
        return Lowered::Rejected;
    }
    match ctx.unsupported {
        Some(feature) => Lowered::Unsupported(feature),
        None => Lowered::Rule(Box::new(ir::Rule {
            meta: meta(rule, source),
            scope: ir::Expr::Const(true),
            selections,
            condition,
            condition_text: condition_text(&rule.detection.condition_texts),
            then: ir::Then::Alert,
            span: rule.span,
        })),
    }
}

/// What can be done about rules that look at many events.
pub const STATE_HELP: &str =
    "the rule is left out; counts over many events can be written as an Elastic threshold rule or in ES|QL";

/// How deeply searches and conditions may nest: far beyond what people write, far below what a stack holds.
const MAX_DEPTH: usize = 64;

/// What lowering a rule needs throughout.
struct Ctx<'a> {
    version: u32,
    renamings: &'a [Renaming<'a>],
    fields: HashMap<String, Arc<ir::Field>>,
    /// How many tests array blocks have put in place.
    copied: usize,
    unsupported: Option<Feature>,
    sound: &'a mut SoundRegexes,
    diags: &'a mut Diagnostics,
}

impl Ctx<'_> {
    /// The field of this name, shared by all tests of the rule.
    fn field(&mut self, name: &str) -> Arc<ir::Field> {
        if let Some(field) = self.fields.get(name) {
            return Arc::clone(field);
        }
        let field = Arc::new(merge::renamed(name, self.renamings));
        self.fields.insert(name.to_owned(), Arc::clone(&field));
        field
    }

    /// Notes what Sigil gives no meaning to: the first of it names the rule's outcome.
    fn is_unsupported(&mut self, feature: Feature, span: Span, help: &str) {
        self.diags.push(Code::unsupported(&feature, span).help(help));
        self.unsupported.get_or_insert(feature);
    }

    /// Whether `depth` is within bounds; says so if not.
    fn allows_depth(&mut self, depth: usize, span: Span) -> bool {
        if depth > MAX_DEPTH {
            self.diags.push(
                Code::TooDeep
                    .at(span, format!("nested more than {MAX_DEPTH} levels deep"))
                    .help("flatten it: lists in lists mean the same as one list"),
            );
        }
        depth <= MAX_DEPTH
    }
}

fn selections(detection: &ast::Detection, ctx: &mut Ctx<'_>) -> IndexMap<String, ir::Expr> {
    if let Some((_, excess)) = detection.selections.get_index(usize::from(u16::MAX)) {
        ctx.diags
            .push(Code::TooDeep.at(excess.span, format!("more than {} selections", u16::MAX)).help("split the rule"));
        return IndexMap::new();
    }
    detection
        .selections
        .iter()
        .map(|(name, search)| (name.clone(), search::lower(&search.value, search.span, search::Within::Event, 0, ctx)))
        .collect()
}

/// `index` is below `u16::MAX`: checked in [`selections`].
fn selection_id(index: usize) -> ir::SelectionId {
    ir::SelectionId(u16::try_from(index).unwrap_or(u16::MAX))
}

fn condition_text(texts: &[String]) -> String {
    match texts {
        [one] => one.clone(),
        many => many.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" or "),
    }
}

fn meta(rule: &ast::Rule, source: &str) -> ir::Meta {
    let meta = &rule.meta;
    let title =
        [Some(&meta.title), meta.name.as_ref(), meta.id.as_ref()].into_iter().flatten().find(|text| !text.is_empty());
    let logsource = &rule.logsource;
    ir::Meta {
        id: meta.id.clone(),
        title: title.map_or_else(|| source.to_owned(), Clone::clone),
        status: meta.status.clone(),
        level: meta.level.as_deref().and_then(ir::Level::from_name),
        description: meta.description.clone(),
        author: meta.author.clone(),
        references: meta.references.clone(),
        tags: meta.tags.clone(),
        falsepositives: meta.falsepositives.clone(),
        source: source.to_owned(),
        logsource: [logsource.product.clone(), logsource.category.clone(), logsource.service.clone()],
        indices: Vec::new(),
        carries_event: false,
        marks: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
