use indexmap::IndexMap;

use crate::sigma::ast;
use crate::source::{FileId, Span, Spanned};

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::new(FileId(0), 0, 0))
}

/// A rule from flow YAML: its log source and its detection; the condition is `all of them` unless there is a `condition`, one selection's name, maybe with `not`.
pub(super) fn rule(logsource: &str, detection: &str) -> ast::Rule {
    let source: IndexMapOf<String> = serde_yaml::from_str(logsource).unwrap();
    let detection: IndexMapOf<serde_yaml::Value> = serde_yaml::from_str(detection).unwrap();
    let get = |name: &str| source.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let mut selections = IndexMap::new();
    let mut conditions = Vec::new();
    for (name, value) in detection {
        if name == "condition" {
            conditions.push(at(condition(value.as_str().unwrap())));
        } else {
            selections.insert(name, at(search(&value)));
        }
    }
    if conditions.is_empty() {
        conditions.push(at(ast::Condition::Of { count: ast::Count::All, of: at(ast::Names::Them) }));
    }
    ast::Rule {
        meta: ast::Meta { title: "A title".into(), level: Some("high".into()), tags: vec!["attack.t1059".into()], ..Default::default() },
        version: 2,
        logsource: ast::LogSource { product: get("product"), category: get("category"), service: get("service"), definition: None },
        detection: ast::Detection { selections, condition_texts: vec![String::new(); conditions.len()], conditions, timeframe: None },
        span: at(()).span,
    }
}


