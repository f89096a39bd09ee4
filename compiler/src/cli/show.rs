//! `sigil show`: one rule at each stage of the compiler.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sigil_compiler::codegen::{self, Layout};
use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::elastic::{ast, eql, kql, rule_file};
use sigil_compiler::ir;
use sigil_compiler::plan::{self, PackPlan, Triggers};
use sigil_compiler::sigma;
use sigil_compiler::source::Sources;
use sigil_compiler::{Compilation, Outcome, is_elastic};
use sigil_runtime::cli::Exit;
use sigil_runtime::cli::text::{counted, harmless};

use super::args::{RuleArgs, ShowArgs, Stage};
use super::check::{self, Totals};
use super::stages;
use super::terminal::{Failure, Terminal};

/// How many of several rules that fit are listed.
const LISTED: usize = 10;

/// Finds the rule and shows it.
pub(super) fn run(args: &ShowArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let by_path = Path::new(&args.rule).exists();
    let paths = if by_path { vec![PathBuf::from(&args.rule)] } else { search_paths(args)? };
    let rules = RuleArgs { paths, mapping: args.mapping.clone() };
    let loaded = stages::load(&rules, &args.tables.tables)?;
    let compilation = stages::compile(&loaded, "shown", true);
    let chosen = if by_path { compilation.outcomes.iter().collect() } else { vec![find(&args.rule, &compilation)?] };
    if let Stage::Ast = args.stage {
        return show_ast(&chosen, by_path, &loaded.sources, terminal);
    }
    let planned = compilation
        .plan
        .rules
        .iter()
        .map(|rule| &rule.rule)
        .filter(|rule| chosen.iter().any(|outcome| is_of(rule, outcome)));
    let planned = planned.cloned().collect::<Vec<_>>();
    if planned.is_empty() || by_path {
        check::say_diagnostics(&compilation, &loaded.sources, false, terminal);
    }
    if planned.is_empty() {
        let reasons = chosen.iter().map(|outcome| check::row(outcome, terminal)).collect::<String>();
        return Err(Failure::Bad(format!("nothing to show, because nothing compiled:\n{reasons}")));
    }
    let text = match args.stage {
        Stage::Ast => String::new(),
        Stage::Ir => planned.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Stage::Plan => show_plan(&plan::build("shown", planned)),
        Stage::Code => show_code(&plan::build("shown", planned)),
    };
    terminal.print(&text)?;
    Ok(check::exit(Totals::of_outcomes(chosen.into_iter()), false))
}

/// Where to look for a rule that is not named by its path.
fn search_paths(args: &ShowArgs) -> Result<Vec<PathBuf>, Failure> {
    if !args.paths.is_empty() {
        return Ok(args.paths.clone());
    }
    let usual = PathBuf::from("rules");
    if usual.is_dir() {
        return Ok(vec![usual]);
    }
    Err(Failure::Usage(format!(
        "there is no file `{}`; to find a rule by its id or title, say where to look: `sigil show RULE PATH`",
        harmless(&args.rule)
    )))
}

/// The one rule with this id or title, or with this text in its title.
fn find<'c>(wanted: &str, compilation: &'c Compilation) -> Result<&'c Outcome, Failure> {
    let lower = wanted.to_lowercase();
    let by = |test: &dyn Fn(&Outcome) -> bool| {
        compilation.outcomes.iter().filter(|outcome| test(outcome)).collect::<Vec<_>>()
    };
    let mut found = by(&|outcome| outcome.rule_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(wanted)));
    if found.is_empty() {
        found = by(&|outcome| outcome.title.to_lowercase() == lower);
    }
    if found.is_empty() {
        found = by(&|outcome| outcome.title.to_lowercase().contains(&lower) || outcome.path.ends_with(wanted));
    }
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let searched = counted(compilation.outcomes.len() as u64, "rule");
            Err(Failure::Bad(format!("none of {searched} has the id or title `{}`", harmless(wanted))))
        }
        several => {
            let mut text = format!(
                "{} have `{}` as id or in the title; say which:",
                counted(several.len() as u64, "rule"),
                harmless(wanted)
            );
            for outcome in several.iter().take(LISTED) {
                let _ = write!(text, "\n  {}  {}", harmless(&outcome.path), harmless(&outcome.title));
            }
            if several.len() > LISTED {
                text.push_str("\n  ...");
            }
            Err(Failure::Bad(text))
        }
    }
}

/// Whether a rule came of the document with this outcome.
fn is_of(rule: &ir::Rule, outcome: &Outcome) -> bool {
    rule.meta.source == outcome.path
        && rule.meta.id == outcome.rule_id
        && (rule.meta.title == outcome.title || outcome.title.is_empty())
}

/// `whole`: every document of the files, not only those with the ids and titles of `chosen`.
fn show_ast(chosen: &[&Outcome], whole: bool, sources: &Sources, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut said = Diagnostics::new();
    let mut shown = false;
    for (file, source) in sources.iter() {
        let wanted = chosen.iter().filter(|outcome| outcome.path == source.path).collect::<Vec<_>>();
        if wanted.is_empty() {
            continue;
        }
        if is_elastic(&source.path) {
            let parsed = rule_file::parse(file, &source.text, &mut said);
            if let Some(rule) = parsed.rule {
                terminal.print(&format!("{rule:#?}\n"))?;
                shown |= show_query(&rule, &mut said, terminal)?;
            }
            continue;
        }
        for parsed in sigma::parse(file, &source.text, &mut said) {
            let title = parsed.title.as_deref().unwrap_or_default();
            let fits = |outcome: &&Outcome| parsed.id == outcome.rule_id && title == outcome.title;
            if let Some(document) =
                parsed.document.as_ref().filter(|_| whole || wanted.iter().any(|outcome| fits(outcome)))
            {
                terminal.print(&format!("{document:#?}\n"))?;
                shown = true;
            }
        }
    }
    for diagnostic in said.as_slice() {
        check::say(diagnostic, sources, terminal);
    }
    Ok(if shown { Exit::Fine } else { Exit::Bad })
}

/// The query's own tree; true also where a rule has none.
fn show_query(rule: &ast::Rule, said: &mut Diagnostics, terminal: &mut Terminal) -> Result<bool, Failure> {
    let query = match &rule.kind {
        ast::Kind::Eql { query, .. }
        | ast::Kind::Query(query)
        | ast::Kind::NewTerms { query, .. }
        | ast::Kind::Threshold { query, .. }
        | ast::Kind::ThreatMatch { query, .. }
        | ast::Kind::Esql(query) => query,
        ast::Kind::MachineLearning { .. } => return Ok(true),
    };
    let tree = match query.language {
        ast::Language::Eql => eql::parse(&query.text, said).map(|query| format!("{query:#?}\n")),
        ast::Language::Kuery => kql::parse(&query.text, said).map(|query| format!("{query:#?}\n")),
        // kept as text
        ast::Language::Lucene | ast::Language::Esql => Some(String::new()),
    };
    if let Some(tree) = &tree {
        terminal.print(tree)?;
    }
    Ok(tree.is_some())
}

fn show_plan(plan: &PackPlan) -> String {
    let mut text = String::new();
    for rule in &plan.rules {
        let _ = writeln!(text, "{}::{}", rule.module, rule.symbol);
        match rule.scope.and_then(|id| plan.scopes.get(id.0 as usize)) {
            Some(scope) => {
                let _ = writeln!(text, "scope {}:\n{}", scope.name, indented(&scope.expr.to_string()));
            }
            None => text.push_str("scope: every event\n"),
        }
        match &rule.triggers {
            Triggers::Always => text.push_str("candidate: always\n"),
            Triggers::AnyOf(triggers) => {
                text.push_str("candidate where one of these holds:\n");
                for trigger in triggers {
                    let texts = trigger.texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ");
                    let _ = writeln!(text, "  {} {} {texts}", trigger.subject, trigger.op);
                }
            }
        }
        text.push('\n');
    }
    text.push_str("fields:\n");
    for field in &plan.fields {
        let _ = writeln!(text, "  {field}");
    }
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// The modules that hold the rules; the module that lists them is left out.
fn show_code(plan: &PackPlan) -> String {
    let files = codegen::generate(plan, &Layout::Folder);
    // what rules have in common is not theirs
    let shared = ["mod.rs", "field.rs", "scope.rs"];
    let modules = files.iter().filter(|(path, _)| !shared.iter().any(|name| path.ends_with(name)));
    modules.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n")
}
