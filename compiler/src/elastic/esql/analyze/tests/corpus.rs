//! All ES|QL rules of a folder (`SIGIL_ESQL_RULES`): what becomes of them is printed.

use std::collections::BTreeMap;
use std::path::Path;

use crate::diagnostic::Diagnostics;
use crate::elastic::esql::analyze::{Environment, Fields, analyze};
use crate::elastic::{ast, esql, rule_file, schema::Schema};
use crate::source::FileId;

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

#[test]
#[ignore = "reads rules from the folder that SIGIL_ESQL_RULES names"]
fn rules_are_analyzed() {
    let Ok(folder) = std::env::var("SIGIL_ESQL_RULES") else { return };
    let mut paths = Vec::new();
    files(Path::new(&folder), &mut paths);
    paths.sort();
    let (mut fine, mut rejected) = (0, 0);
    let mut features: BTreeMap<String, usize> = BTreeMap::new();
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let mut diags = Diagnostics::new();
        let parsed = rule_file::parse(FileId(0), &text, &mut diags);
        let rules = parsed.rule.iter().filter_map(|rule| match &rule.kind {
            ast::Kind::Esql(query) => Some(query),
            _ => None,
        });
        for query in rules {
            let mut diags = Diagnostics::new();
            let Some(tree) = esql::parse(&query.text, &mut diags) else { continue };
            let env = Environment {
                schema: Schema::shipped(),
                fields: Fields::Any,
                tables: &BTreeMap::new(),
                limit: None,
                decided: 0,
                parameters: &[],
                now: None,
                text: Some(&query.text),
            };
            match analyze(&tree, &env, &mut diags) {
                Some(Ok(found)) => {
                    fine += 1;
                    if std::env::var("SIGIL_ESQL_SHOW").is_ok() {
                        println!("{}\n   {}\n   {}", path.display(), super::pipeline(&found), super::output(&found));
                    }
                }
                Some(Err(feature)) => *features.entry(feature.to_string()).or_default() += 1,
                None => rejected += 1,
            }
            for problem in diags.as_slice() {
                let place = problem.labels.first().map_or(0..0, |at| at.span.start as usize..at.span.end as usize);
                let shown: String = text.get(place).unwrap_or_default().chars().take(60).collect();
                *said
                    .entry(format!("{:?} {} [{shown}] {}", problem.severity, problem.message, path.display()))
                    .or_default() += 1;
            }
        }
    }
    println!("{fine} fine, {rejected} rejected, not carried out: {features:#?}");
    said.iter().for_each(|(message, count)| println!("{count:4} {message}"));
}
