//! The straight line: rule text to a pack plan.

mod lowering;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use crate::diagnostic::Diagnostics;
use crate::elastic::esql::analyze::Table;
use crate::elastic::rule_file;
use crate::elastic::rule_file::ParsedFile;
use crate::elastic::schema::Schema;
use crate::ir::{self, Feature};
use crate::optimize;
use crate::parallel;
use crate::pipeline::{self, PipelineSet};
use crate::plan::{self, PackPlan};
use crate::sigma::ast::Document;
use crate::sigma::{self, ParsedDocument};
use crate::source::{FileId, Source, Sources, Span};
use lowering::Lowering;

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

/// Compiles rules, on all cores. The order of the sources changes nothing but the order of outcomes and messages, and that is the same every time.
///
/// A source whose path ends in `.toml` is a rule of Elastic's, any other holds Sigma documents.
pub fn compile(sources: &Sources, options: &Options<'_>) -> Compilation {
    let mut diags = Diagnostics::new();
    let (rules, outcomes) = lower_all(sources, options, &mut diags, |rule, odd| {
        ir::verify::verify_rule(&rule, odd);
        optimize::run(rule)
    });
    ir::verify::find_same_bodies(&rules, &mut diags);
    let plan = plan::build(options.pack, rules);
    Compilation { plan, outcomes, diagnostics: diags }
}

/// Rules as they are lowered, before any pass: what tests of all passes together start from.
#[cfg(any(test, feature = "testing"))]
pub fn lowered(sources: &Sources, options: &Options<'_>) -> Vec<ir::Rule> {
    lower_all(sources, options, &mut Diagnostics::new(), |rule, _| rule).0
}

fn pipelines(sources: &Sources, wanted: Pipelines<'_>, diags: &mut Diagnostics) -> PipelineSet {
    match wanted {
        Pipelines::Shipped => PipelineSet::shipped(),
        Pipelines::Given { files, load } => PipelineSet::parse(sources, files, load, diags),
        Pipelines::None => PipelineSet::none(),
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

/// What stands in one file, and what was said about it.
type ParsedSource = (FileId, Vec<Parsed>, Diagnostics);

fn parse_all(rules: Vec<(FileId, &Source)>) -> Vec<ParsedSource> {
    let parse = |(file, source): (FileId, &Source)| {
        let mut diags = Diagnostics::new();
        let parsed = if is_elastic(&source.path) {
            vec![Parsed::Elastic(Box::new(rule_file::parse(file, &source.text, &mut diags)))]
        } else {
            let documents = sigma::parse(file, &source.text, &mut diags);
            documents.into_iter().map(|document| Parsed::Sigma(Box::new(document))).collect()
        };
        (file, parsed, diags)
    };
    parallel::map(rules, parse)
}

impl Parsed {
    /// What was parsed, after its messages were put behind so many others.
    fn said_behind(mut self, before: usize) -> Self {
        let said = match &mut self {
            Self::Sigma(parsed) => &mut parsed.diagnostics,
            Self::Elastic(parsed) => &mut parsed.diagnostics,
        };
        *said = said.start + before..said.end + before;
        self
    }
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

/// Parses and lowers, and does at once what is to be done with each rule next. What `next` says of the rules stands behind what is said otherwise.
fn lower_all(
    sources: &Sources,
    options: &Options<'_>,
    diags: &mut Diagnostics,
    next: impl Fn(ir::Rule, &mut Diagnostics) -> ir::Rule + Send + Sync,
) -> (Vec<ir::Rule>, Vec<Outcome>) {
    let piped: &[FileId] = if let Pipelines::Given { files, .. } = options.pipelines { files } else { &[] };
    let no_rules: BTreeSet<FileId> = piped.iter().chain(options.schemas).copied().collect();
    let rules: Vec<(FileId, &Source)> = sources.iter().filter(|(file, _)| !no_rules.contains(file)).collect();
    let mark = diags.len();
    let mut found = Vec::new();
    let prepare = || {
        let pipelines = pipelines(sources, options.pipelines, diags);
        // under a part of the pipelines, rules would mean something else: none is compiled then, for the reason that was said here
        let unmapped = diags.has_errors_since(mark).then(|| mark..diags.len());
        let mut schema = schema(sources, options.schemas, diags);
        if !options.tables.is_empty() {
            schema.to_mut().add_tables(options.tables);
        }
        (pipelines, unmapped, schema)
    };
    let (pipelines, unmapped, schema) = parallel::both(|| found = parse_all(rules), prepare);
    let mut parsed = Vec::new();
    for (file, documents, said) in found {
        let before = diags.len();
        diags.append(said);
        parsed.extend(documents.into_iter().map(|document| (file, document.said_behind(before))));
    }
    filter_all(&mut parsed, diags);
    let lowering = Lowering { pipelines, schema, unmapped, earlier: diags };
    let lower = |(file, parsed)| {
        let path = sources.get(file).map(|source| source.path.as_str()).unwrap_or_default();
        let (mut said, mut later) = (Diagnostics::new(), Diagnostics::new());
        let lowered = lowering.outcome(path, parsed, &mut said);
        let finished = lowered.map(|(outcome, rule)| (outcome, rule.map(|rule| next(rule, &mut later))));
        (finished, said, later)
    };
    let finished = parallel::map(parsed, lower);
    let (mut rules, mut outcomes, mut all_later) = (Vec::new(), Vec::new(), Diagnostics::new());
    for (finished, said, later) in finished {
        diags.append(said);
        all_later.append(later);
        if let Some((outcome, rule)) = finished {
            outcomes.push(outcome);
            rules.extend(rule);
        }
    }
    diags.append(all_later);
    (rules, outcomes)
}
