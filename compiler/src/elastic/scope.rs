//! Index patterns: which events a rule is for.
//!
//! An event's data stream (`data_stream.type`, `.dataset` and `.namespace`) or its `_index` decides; an event that carries neither says nothing of
//! where it comes from, and is in the scope of every rule. Parts of a data stream that an event lacks may be anything.

use std::sync::Arc;

use sigil_runtime::stars;

use crate::ir::{Case, Expr, Field, Glob, Piece, Subject, Test, TextOp};

const PARTS: [&str; 3] = ["data_stream.type", "data_stream.dataset", "data_stream.namespace"];

/// The types of data streams; other patterns (`winlogbeat-*`) are for indices only.
const TYPES: [&str; 5] = ["logs", "metrics", "traces", "synthetics", "profiling"];

/// What stands before the name of a data stream in the names of its backing indices (also those that are mounted from snapshots or restored).
const BACKING: [&str; 3] = [".ds-", "partial-.ds-", "restored-.ds-"];

/// The condition that an event is in one of the indices. Patterns with `-` in front take out what earlier ones took in (Elasticsearch reference, "Multi-target
/// syntax"). No patterns at all: every event.
pub fn of<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Expr {
    let (mut stream, mut index) = (Expr::Const(false), Expr::Const(false));
    let (mut any, mut only_alerts) = (false, true);
    for pattern in patterns.into_iter().flat_map(|patterns| patterns.split(',')).map(str::trim) {
        let (pattern, excluded) = pattern.strip_prefix('-').map_or((pattern, false), |pattern| (pattern, true));
        // the cluster that an index is on changes nothing
        let pattern = pattern.rsplit_once(':').map_or(pattern, |(_, pattern)| pattern);
        if pattern.is_empty() {
            continue;
        }
        any = true;
        only_alerts &= excluded || holds_alerts(pattern);
        let pattern = if pattern == "_all" { "*" } else { pattern };
        let (in_stream, in_index) = (of_stream(pattern), of_index(pattern));
        if excluded {
            // what is only perhaps excluded stays: all parts must be there
            let whole = Expr::all(PARTS.map(|part| Expr::test(field(part), Test::Present)));
            stream = Expr::all([stream, Expr::not(Expr::all([whole, in_stream]))]);
            index = Expr::all([index, Expr::not(in_index)]);
        } else {
            stream = Expr::any([stream, in_stream]);
            index = Expr::any([index, in_index]);
        }
    }
    if !any || stream == Expr::Const(true) {
        return Expr::Const(true);
    }
    let has_stream = Expr::any(PARTS.map(|part| Expr::test(field(part), Test::Present)));
    let has_index = Expr::test(field("_index"), Test::Present);
    let mut silent = Expr::not(Expr::any([has_stream.clone(), has_index]));
    if only_alerts {
        // what does not even say that it is an alert is none
        silent = Expr::all([silent, Expr::any(OF_ALERTS.map(|name| Expr::test(field(name), Test::Present)))]);
    }
    Expr::any([Expr::all([has_stream, stream]), index, silent])
}

/// Indices that hold alerts.
const ALERTS: [&str; 2] = [".alerts-security.", ".internal.alerts-security."];

/// The aliases of alerts start so; their backing indices have [`INTERNAL`] in front and a number behind, but no date.
const ALIASES: [&str; 2] = [".alerts-", ".preview.alerts-"];

/// What stands before the name of an alias of alerts in the names of its backing indices.
const INTERNAL: &str = ".internal";

/// Where the number starts in `-2024.01.31-000001`.
const GENERATION_OF_ALERTS: usize = "-2024.01.31".len();

/// Whether a pattern may stand for an alias of alerts.
fn may_name_alerts(pattern: &str) -> bool {
    let fixed = pattern.split('*').next().unwrap_or_default();
    let has_star = fixed.len() < pattern.len();
    fixed.starts_with('.')
        && ALIASES.iter().any(|alias| fixed.starts_with(alias) || has_star && alias.starts_with(fixed))
}

/// Fields that each alert has some of.
const OF_ALERTS: [&str; 4] =
    ["kibana.alert.uuid", "kibana.alert.rule.name", "kibana.alert.rule.rule_id", "signal.rule.name"];

/// Whether the indices of a pattern hold alerts.
pub fn holds_alerts(pattern: &str) -> bool {
    ALERTS.iter().any(|alerts| pattern.starts_with(alerts))
}

fn field(name: &str) -> Subject {
    Subject::Field(Arc::new(Field::plain(name)))
}

/// The pattern on the name of an index, or of a data stream whose backing index it is.
fn of_index(pattern: &str) -> Expr {
    let written = |prefix: &str, suffix: &[Piece]| {
        let pieces =
            [Piece::Literal(prefix.to_owned())].into_iter().chain(pieces(pattern)).chain(suffix.iter().cloned());
        Glob::new(pieces)
    };
    // `-2024.01.31-000001`
    let generation: Vec<Piece> = "-????.??.??-??????"
        .chars()
        .map(|c| if c == '?' { Piece::AnyChar } else { Piece::Literal(c.to_string()) })
        .collect();
    let mut patterns = vec![written("", &[])];
    if pattern != "*" {
        patterns.extend(BACKING.iter().map(|prefix| written(prefix, &generation)));
    }
    if may_name_alerts(pattern) {
        patterns.push(written(INTERNAL, generation.get(GENERATION_OF_ALERTS..).unwrap_or_default()));
    }
    // hits from another cluster carry its name
    let remote = patterns.iter().map(|glob| {
        Glob::new([Piece::AnyRun, Piece::Literal(":".to_owned())].into_iter().chain(glob.0.iter().cloned()))
    });
    let remote: Vec<Glob> = if pattern == "*" { Vec::new() } else { remote.collect() };
    patterns.extend(remote);
    let (whole, globs): (Vec<Glob>, Vec<Glob>) =
        patterns.into_iter().partition(|glob| matches!(glob.0.as_slice(), [Piece::Literal(_)]));
    let texts = whole.into_iter().flat_map(|glob| glob.0).filter_map(|piece| match piece {
        Piece::Literal(text) => Some(text),
        Piece::AnyRun | Piece::AnyChar | Piece::Dash => None,
    });
    let texts: Vec<String> = texts.collect();
    let case = Case::Sensitive;
    let whole = (!texts.is_empty()).then_some(Test::Text { op: TextOp::Equals, values: texts, case });
    let globs = (!globs.is_empty()).then_some(Test::Glob { patterns: globs, case });
    Expr::any(whole.into_iter().chain(globs).map(|test| Expr::test(field("_index"), test)))
}

fn pieces(pattern: &str) -> impl Iterator<Item = Piece> + '_ {
    let parts = pattern.split('*').map(|text| Piece::Literal(text.to_owned()));
    parts.enumerate().flat_map(|(at, piece)| (at > 0).then_some(Piece::AnyRun).into_iter().chain([piece]))
}

/// The pattern on `type-dataset-namespace`. None of the three holds a `-`, so that the pattern falls into three at its dashes; a `*` may cover dashes as
/// well, so that there are several ways.
fn of_stream(pattern: &str) -> Expr {
    let ways = cuts(pattern);
    Expr::any(ways.into_iter().map(|parts| {
        Expr::all(PARTS.iter().zip(parts).map(|(name, part)| {
            let test = match part.as_str() {
                "*" => return Expr::Const(true),
                text if !text.contains('*') => {
                    Test::Text { op: TextOp::Equals, values: vec![text.to_owned()], case: Case::Sensitive }
                }
                text => Test::Glob { patterns: vec![Glob::new(pieces(text))], case: Case::Sensitive },
            };
            // a part that the event lacks may be anything
            Expr::any([Expr::not(Expr::test(field(name), Test::Present)), Expr::test(field(name), test)])
        }))
    }))
}

/// Every way to read the pattern as three patterns with dashes between. Ways that others cover are left out.
fn cuts(pattern: &str) -> Vec<[String; 3]> {
    /// Patterns with more parts name no data stream.
    const MOST: usize = 64;
    let mut found = Vec::new();
    // a separator is a dash of the pattern, or hides in a star, which then stands on both sides of it
    let places: Vec<(usize, bool)> = pattern
        .char_indices()
        .filter(|(_, c)| matches!(c, '-' | '*'))
        .map(|(at, c)| (at, c == '*'))
        .take(MOST)
        .collect();
    for (first, (at, star)) in places.iter().enumerate() {
        // one star may hide both
        let from = if *star { first } else { first + 1 };
        for (next, next_star) in places.get(from..).unwrap_or_default() {
            let piece = |start: usize, from_star: bool, end: usize, to_star: bool| {
                let inner = if start <= end { pattern.get(start..end).unwrap_or_default() } else { "" };
                format!("{}{inner}{}", if from_star { "*" } else { "" }, if to_star { "*" } else { "" })
            };
            let parts = [
                piece(0, false, *at, *star),
                piece(at + 1, *star, *next, *next_star),
                piece(next + 1, *next_star, pattern.len(), false),
            ]
            .map(|part| part.replace("**", "*"));
            let [kind, ..] = &parts;
            let is_stream = TYPES.iter().any(|of_stream| stars::matches(kind, of_stream));
            if is_stream && parts.iter().all(|part| !part.contains('-') && !part.is_empty()) {
                found.push(parts);
            }
        }
    }
    let covers = |broad: &[String; 3], narrow: &[String; 3]| {
        broad.iter().zip(narrow).all(|(broad, narrow)| broad == "*" || broad == narrow)
    };
    let all = found.clone();
    let mut at = 0;
    found.retain(|parts| {
        let own = at;
        at += 1;
        !all.iter()
            .enumerate()
            .any(|(other, broad)| other != own && covers(broad, parts) && (!covers(parts, broad) || other < own))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::eval::{Json, Scoping, holds};

    fn inside(patterns: &[&str], event: &str) -> bool {
        let event: Json = event.parse().expect("valid");
        holds(&of(patterns.iter().copied()), &event, Scoping::Apply)
    }

    #[test]
    fn data_streams_decide() {
        let process =
            r#"{"data_stream": {"type": "logs", "dataset": "endpoint.events.process", "namespace": "default"}}"#;
        for pattern in [
            "logs-endpoint.events.process-*",
            "logs-endpoint.events.*",
            "logs-*",
            "logs*",
            "*",
            "*-endpoint.events.process-default",
            "logs-*-default",
            "*default",
            "remote:logs-endpoint.events.process-default",
            "auditbeat-*,logs-endpoint.*",
        ] {
            assert!(inside(&[pattern], process), "{pattern}");
        }
        for pattern in
            ["logs-endpoint.events.file-*", "winlogbeat-*", "log-*", "logs-endpoint-*", "*-*-*-*", "logs-*-prod"]
        {
            assert!(!inside(&[pattern], process), "{pattern}");
        }
        assert!(inside(&["winlogbeat-*", "logs-endpoint.events.*"], process));
        assert!(!inside(&["logs-*", "-logs-endpoint.*"], process));
        assert!(inside(&["-logs-endpoint.*", "logs-*"], process), "an exclusion takes out what came before");
    }

    #[test]
    fn what_an_event_lacks_may_be_anything() {
        let dataset = r#"{"data_stream.dataset": "endpoint.events.process"}"#;
        assert!(inside(&["logs-endpoint.events.process-*"], dataset));
        assert!(!inside(&["logs-endpoint.events.file-*"], dataset));
        assert!(inside(&["logs-*", "-logs-endpoint.events.process-x"], dataset));
        for silent in ["{}", r#"{"process": {"name": "x"}}"#] {
            assert!(inside(&["winlogbeat-*"], silent));
        }
        assert!(inside(&[], dataset));
        let alert = r#"{"kibana.alert.rule.name": "x"}"#;
        for pattern in [".alerts-security.*", ".internal.alerts-security.alerts-default-*"] {
            assert!(inside(&[pattern], alert) && !inside(&[pattern], "{}"));
            assert!(inside(&[pattern, "logs-*"], "{}"));
        }
    }

    #[test]
    fn indices_decide() {
        assert!(inside(&["winlogbeat-*"], r#"{"_index": "winlogbeat-7.10"}"#));
        assert!(!inside(&["winlogbeat-*"], r#"{"_index": "auditbeat-7.10"}"#));
        let backing = r#"{"_index": ".ds-logs-endpoint.events.process-default-2024.01.31-000001"}"#;
        assert!(inside(&["logs-endpoint.events.process-*"], backing));
        assert!(inside(&["logs-endpoint.events.process-default"], backing));
        assert!(!inside(&["logs-endpoint.events.process-d"], backing));
        assert!(!inside(&["logs-*", "-logs-endpoint.*"], backing));
    }

    /// D-scope-alerts
    #[test]
    fn backing_indices_of_alerts_are_meant_by_their_alias() {
        let index = |name: &str| format!("{{\"_index\": \"{name}\"}}");
        let backing = index(".internal.alerts-security.alerts-default-000001");
        for pattern in [
            ".alerts-security.alerts-default",
            ".alerts-security.*",
            ".alerts-*",
            ".al*",
            ".internal.alerts-*",
            "*:.alerts-*",
        ] {
            assert!(inside(&[pattern], &backing), "{pattern}");
            assert!(inside(&[pattern], &index("far:.internal.alerts-security.alerts-default-000012")), "{pattern}");
        }
        for pattern in [".alerts-security.alerts-d", ".alerts-security.alerts-prod", ".preview.*", "logs-*", ".a"] {
            assert!(!inside(&[pattern], &backing), "{pattern}");
        }
        assert!(!inside(&[".alerts-*"], &index(".internal.alerts-security.alerts-default")));
        assert!(inside(&[".preview.alerts-*"], &index(".internal.preview.alerts-security.alerts-default-000001")));
        assert!(!inside(&[".alerts-*", "-.alerts-security.*"], &backing));
    }
}
