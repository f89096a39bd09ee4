//! The straight line: rule text to a pack plan.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use crate::diagnostic::{Code, Diagnostics, Severity};
use crate::elastic::esql::analyze::Table;
use crate::elastic::rule_file::ParsedFile;
use crate::elastic::schema::Schema;
use crate::elastic::{self, rule_file};
use crate::ir::{self, Feature, Lowered};
use crate::optimize;
use crate::pipeline::{self, Body, PipelineSet};
use crate::plan::{self, PackPlan};
use crate::sigma::ast::{self, Document};
use crate::sigma::lower::{self, SoundRegexes};
use crate::sigma::{self, ParsedDocument};
use crate::source::{FileId, Sources, Span};

/// What a compilation is told beside its sources.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The pack's name.
    pub pack: &'a str,
    /// Which pipelines map log sources and fields?
    pub pipelines: Pipelines<'a>,
    /// Sources that are schemas: types of fields, beside those that Sigil knows.
    pub schemas: &'a [FileId],
    /// Tables that `ENRICH` and `LOOKUP JOIN` of ES|QL rules find, by name: the engine that runs the pack must have them.
    pub tables: &'a [(String, Table)],
}

/// Which pipelines map log sources and fields?
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds a closure; `Options` prints what there is to say")]
pub enum Pipelines<'a> {
    /// Those that come with Sigil, each where it knows a rule's log source.
    Shipped,
    /// These, chained by priority.
    Given {
        /// Sources that are pipelines, not rules.
        files: &'a [FileId],
        /// Reads files that pipelines name.
        load: &'a pipeline::Loader<'a>,
    },
    /// None: rules read fields by their authors' names.
    None,
}

impl<'a> Options<'a> {
    /// A pack of this name, with the shipped pipelines.
    pub fn new(pack: &'a str) -> Self {
        Self { pack, pipelines: Pipelines::Shipped, schemas: &[], tables: &[] }
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pipelines = match self.pipelines {
            Pipelines::Shipped => "shipped".to_owned(),
            Pipelines::Given { files, .. } => format!("{files:?}"),
            Pipelines::None => "none".to_owned(),
        };
        let mut options = f.debug_struct("Options");
        options
            .field("pack", &self.pack)
            .field("pipelines", &pipelines)
            .field("schemas", &self.schemas)
            .field("tables", &self.tables)
            .finish()
    }
}

/// What became of some sources.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// The rules that compiled.
    pub plan: PackPlan,
    /// One for each rule of the sources, in their order: nothing is left out.
    pub outcomes: Vec<Outcome>,
    /// Every message, in the order of the stages.
    pub diagnostics: Diagnostics,
}

/// What became of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The file that it stands in, as [`crate::source::Source::path`] names it.
    pub path: String,
    /// Its document in the file.
    pub span: Span,
    /// Its id, as far as it could be read.
    pub rule_id: Option<String>,
    /// Its title, as far as it could be read.
    pub title: String,
    /// Where it ended.
    pub verdict: Verdict,
}

/// Where a rule ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// In the pack.
    Compiled,
    /// It uses a construct that Sigil does not run.
    Unsupported(Feature),
    /// It is wrong; the first error among the diagnostics says why.
    Rejected(String),
}

/// Compiles rules. The order of the sources changes nothing but the order of outcomes and messages.
///
/// A source whose path ends in `.toml` is a rule of Elastic's, any other holds Sigma documents.
pub fn compile(sources: &Sources, options: &Options<'_>) -> Compilation {
    let mut diags = Diagnostics::new();
    let (rules, outcomes) = lower_all(sources, options, &mut diags);
    ir::verify::verify(&rules, &mut diags);
    let rules = rules.into_iter().map(optimize::run).collect();
    let plan = plan::build(options.pack, rules);
    Compilation { plan, outcomes, diagnostics: diags }
}

/// Rules as they are lowered, before any pass: what tests of all passes together start from.
#[cfg(any(test, feature = "testing"))]
pub fn lowered(sources: &Sources, options: &Options<'_>) -> Vec<ir::Rule> {
    lower_all(sources, options, &mut Diagnostics::new()).0
}

fn pipelines(sources: &Sources, wanted: Pipelines<'_>, diags: &mut Diagnostics) -> (PipelineSet, BTreeSet<FileId>) {
    match wanted {
        Pipelines::Shipped => (PipelineSet::shipped(), BTreeSet::new()),
        Pipelines::Given { files, load } => {
            (PipelineSet::parse(sources, files, load, diags), files.iter().copied().collect())
        }
        Pipelines::None => (PipelineSet::none(), BTreeSet::new()),
    }
}

/// Whether a source of this path is a rule of Elastic's: its name ends in `.toml`.
pub fn is_elastic(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"))
}

/// What a source holds.
enum Parsed {
    Sigma(Box<ParsedDocument>),
    Elastic(Box<ParsedFile>),
}

fn parse_all(sources: &Sources, skip: &BTreeSet<FileId>, diags: &mut Diagnostics) -> Vec<(FileId, Parsed)> {
    let files = sources.iter().filter(|(file, _)| !skip.contains(file));
    let mut all = Vec::new();
    for (file, source) in files {
        if is_elastic(&source.path) {
            all.push((file, Parsed::Elastic(Box::new(rule_file::parse(file, &source.text, diags)))));
        } else {
            let documents = sigma::parse(file, &source.text, diags);
            all.extend(documents.into_iter().map(|document| (file, Parsed::Sigma(Box::new(document)))));
        }
    }
    all
}

/// The types of fields: Sigil's own table, and what is added to it.
fn schema(sources: &Sources, files: &[FileId], diags: &mut Diagnostics) -> Cow<'static, Schema> {
    let mut schema = Cow::Borrowed(Schema::shipped());
    for (file, source) in files.iter().filter_map(|file| Some((*file, sources.get(*file)?))) {
        schema.to_mut().extend(file, &source.text, diags);
    }
    schema
}

/// Joins filters to the rules that they are for.
fn filter_all(parsed: &mut [(FileId, Parsed)], diags: &mut Diagnostics) {
    let mut rules = Vec::new();
    let mut places = Vec::new();
    let mut filters = Vec::new();
    let mut others = Vec::new();
    let documents = parsed.iter().enumerate().filter_map(|(at, (_, parsed))| match parsed {
        Parsed::Sigma(parsed) => Some((at, &parsed.document)),
        Parsed::Elastic(_) => None,
    });
    for (at, document) in documents {
        match document {
            Some(Document::Filter(filter)) => filters.push(filter.clone()),
            Some(Document::Correlation(correlation)) => {
                others.extend([&correlation.meta.id, &correlation.meta.name].into_iter().flatten().cloned());
            }
            Some(Document::Rule(_)) => places.push(at),
            None => {}
        }
    }
    if filters.is_empty() {
        return;
    }
    for at in &places {
        if let Some((_, Parsed::Sigma(parsed))) = parsed.get(*at)
            && let Some(Document::Rule(rule)) = &parsed.document
        {
            rules.push(rule.clone());
        }
    }
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    pipeline::filter::apply_filters(&mut rules, &filters, &others, diags);
    for (at, filtered) in places.into_iter().zip(rules) {
        if let Some((_, Parsed::Sigma(parsed))) = parsed.get_mut(at)
            && let Some(Document::Rule(rule)) = &mut parsed.document
        {
            *rule = filtered;
        }
    }
}

fn lower_all(sources: &Sources, options: &Options<'_>, diags: &mut Diagnostics) -> (Vec<ir::Rule>, Vec<Outcome>) {
    let mark = diags.len();
    let (pipelines, mut skip) = pipelines(sources, options.pipelines, diags);
    // under a part of the pipelines, rules would mean something else: none is compiled then, for the reason that was said here
    let unmapped = diags.has_errors_since(mark).then(|| mark..diags.len());
    skip.extend(options.schemas);
    let mut schema = schema(sources, options.schemas, diags);
    if !options.tables.is_empty() {
        schema.to_mut().add_tables(options.tables);
    }
    let mut parsed = parse_all(sources, &skip, diags);
    filter_all(&mut parsed, diags);
    let mut rules = Vec::new();
    let (mut outcomes, mut sound) = (Vec::new(), SoundRegexes::default());
    for (file, parsed) in parsed {
        let path = sources.get(file).map(|source| source.path.as_str()).unwrap_or_default();
        let mark = diags.len();
        let (span, rule_id, title, lowered) = match parsed {
            Parsed::Sigma(parsed) => {
                let lowered = match &parsed.document {
                    // a filter is no rule: what it does shows in the rules that it is for
                    Some(Document::Filter(_)) => continue,
                    Some(Document::Correlation(correlation)) => {
                        let feature = Feature::Correlation(correlation.kind.value.clone());
                        diags.push(Code::unsupported(&feature, correlation.kind.span).help(lower::STATE_HELP));
                        Ok(Lowered::Unsupported(feature))
                    }
                    Some(Document::Rule(rule)) => match &unmapped {
                        None => Ok(lower_rule(rule, path, &pipelines, &mut sound, diags)),
                        Some(said) => Err(said.clone()),
                    },
                    None => Err(parsed.diagnostics.clone()),
                };
                (parsed.span, parsed.id, parsed.title, lowered)
            }
            Parsed::Elastic(parsed) => {
                let lowered = match &parsed.rule {
                    Some(rule) => Ok(elastic::lower(rule, path, &schema, diags)),
                    None => Err(parsed.diagnostics.clone()),
                };
                (parsed.span, parsed.id, parsed.name, lowered)
            }
        };
        let verdict = match lowered {
            Ok(Lowered::Rule(rule)) => {
                rules.push(*rule);
                Verdict::Compiled
            }
            Ok(Lowered::Unsupported(feature)) => Verdict::Unsupported(feature),
            Ok(Lowered::Rejected) => Verdict::Rejected(first_error(diags, mark..diags.len())),
            Err(said) => Verdict::Rejected(first_error(diags, said)),
        };
        outcomes.push(Outcome { path: path.to_owned(), span, rule_id, title: title.unwrap_or_default(), verdict });
    }
    (rules, outcomes)
}

fn first_error(diags: &Diagnostics, range: std::ops::Range<usize>) -> String {
    let said = diags.as_slice().get(range).unwrap_or_default();
    let error = said.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    error.map_or_else(|| "see the messages".to_owned(), |error| error.message.clone())
}

/// Lowers a rule under every pipeline that knows its log source, and makes one rule of the variants.
fn lower_rule(
    rule: &ast::Rule,
    path: &str,
    pipelines: &PipelineSet,
    sound: &mut SoundRegexes,
    diags: &mut Diagnostics,
) -> Lowered {
    let Some(variants) = pipeline::apply(pipelines, rule, diags) else { return Lowered::Rejected };
    let mut bounds = Vec::new();
    for alternatives in pipeline::of_both(pipelines, rule).iter().filter(|alternatives| !alternatives.is_empty()) {
        let lowered = alternatives.iter().map(|conditions| pipeline::scope::lower(conditions, rule.span, diags));
        let Some(lowered) = lowered.collect::<Option<Vec<_>>>() else { return Lowered::Rejected };
        bounds.push(ir::Expr::any(lowered));
    }
    let mut conditions = Vec::with_capacity(variants.len());
    for variant in &variants {
        match pipeline::scope::lower(&variant.conditions, rule.span, diags) {
            Some(condition) => conditions.push(ir::Expr::all([condition].into_iter().chain(bounds.iter().cloned()))),
            None => return Lowered::Rejected,
        }
    }
    let mut lowered = Vec::with_capacity(variants.len());
    for (variant, condition) in variants.iter().zip(&conditions) {
        // what is wrong with the author's text is said once, by the author's own version
        let said = diags.len();
        match lower::lower(&variant.rule(rule), path, sound, diags) {
            Lowered::Rule(mut rule) => {
                rule.scope = condition.clone();
                lowered.push(*rule);
            }
            other => return other,
        }
        if !pipelines.is_chained() && matches!(variant.body, Body::Renamed(_)) {
            diags.truncate(said);
        }
    }
    let own = if pipelines.is_chained() {
        None
    } else {
        match lower::lower(rule, path, sound, diags) {
            Lowered::Rule(rule) => Some(*rule),
            other => return other,
        }
    };
    let Some(mut merged) = lower::merge_variants(lowered, own) else {
        diags.push(Code::EmptyDetection.at(rule.span, "nothing is left of the rule under its pipelines"));
        return Lowered::Rejected;
    };
    merged.scope = pipeline::scope::scope_of(&rule.logsource, &conditions);
    Lowered::Rule(Box::new(merged))
}
