//! Commands, and what people write for them in other languages.

/// The names of the processing commands that are read.
const PROCESSING: &[&str] = &[
    "change_point",
    "completion",
    "dissect",
    "drop",
    "enrich",
    "eval",
    "fork",
    "fuse",
    "grok",
    "inline",
    "inlinestats",
    "ip_location",
    "keep",
    "limit",
    "lookup",
    "metrics_info",
    "mv_expand",
    "registered_domain",
    "rename",
    "rerank",
    "sample",
    "sort",
    "stats",
    "ts_info",
    "uri_parts",
    "user_agent",
    "where",
];

/// Whether a word in lower case is a processing command.
pub(super) fn is_processing(word: &str) -> bool {
    PROCESSING.binary_search(&word).is_ok()
}

/// Whether a word in lower case is a source command.
pub(super) fn is_source(word: &str) -> bool {
    matches!(word, "from" | "row" | "show" | "ts")
}

/// The command whose name is nearest to a word.
pub(super) fn nearest(word: &str, is_first: bool) -> Option<&'static str> {
    let sources: &[&str] = &["from", "row", "show"];
    let sources = if is_first { sources } else { &[] };
    crate::diagnostic::closest(word, sources.iter().chain(PROCESSING).copied())
}

/// Whether a word in lower case is a command of Elasticsearch that is not read here.
pub(super) fn is_unread(word: &str) -> bool {
    matches!(word, "explain" | "external" | "highlight" | "insist" | "mmr" | "promql" | "ts_collapse")
}

/// What is written in ES|QL for an operator of another language.
pub(super) fn operator(word: &str) -> Option<&'static str> {
    let is = |names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    if is(&["regex", "matches", "match", "regexp"]) {
        return Some("write `RLIKE \"pattern\"`");
    }
    if is(&["contains", "has", "startswith", "endswith", "starts_with", "ends_with"]) {
        return Some("write `LIKE \"*text*\"`, with `*` where any text may stand");
    }
    if is(&["ilike", "wildcard"]) {
        return Some("write `TO_LOWER(field) LIKE \"*text*\"`");
    }
    is(&["between"]).then_some("write `field >= 1 AND field <= 2`")
}

/// What is written in ES|QL for a command of another language.
pub(super) fn instead(word: &str) -> Option<&'static str> {
    Some(match word {
        "select" => "a query reads `FROM index | WHERE condition | KEEP columns`",
        "fields" | "project" | "table" => "write `KEEP`",
        "extend" | "let" | "set" => "write `EVAL name = value`",
        "aggregate" | "group" | "summarize" => "write `STATS .. BY ..`",
        "count" => "write `STATS COUNT(*)`",
        "dedup" | "distinct" | "unique" | "uniq" => "write `STATS BY field`",
        "head" | "take" | "top" => "write `LIMIT 10`",
        "tail" => "sort the other way round, and write `LIMIT 10`",
        "filter" | "having" | "search" => "write `WHERE condition`",
        "order" => "write `SORT field`",
        "join" => "write `LOOKUP JOIN index ON field`",
        "extract" | "parse" | "regex" | "rex" => "write `GROK field \"pattern\"`",
        "expand" | "explode" | "mvexpand" | "unnest" => "write `MV_EXPAND field`",
        _ => return None,
    })
}
