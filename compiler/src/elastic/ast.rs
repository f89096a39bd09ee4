//! Elastic's rule files as their author wrote them: types are checked, nothing is resolved.
//!
//! The form is that of the public repository `elastic/detection-rules`: a TOML file with `[metadata]` and `[rule]`, whose fields are those of Kibana's detection
//! engine API.

use indexmap::IndexMap;

use super::date::DateMath;
use super::text::QueryText;
use crate::source::{Span, Spanned};

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it says of itself.
    pub meta: Meta,
    /// When and how it runs.
    pub schedule: Schedule,
    /// `index`: which data streams and indices it reads; empty for all of them.
    pub index: Vec<Spanned<String>>,
    /// `filters`: what every event must satisfy beside the query.
    pub filters: Vec<Filter>,
    /// What it looks for.
    pub kind: Kind,
    /// `alert_suppression`.
    pub suppression: Option<Suppression>,
    /// `exceptions_list`: lists of exceptions by name.
    pub exceptions: Vec<ExceptionList>,
    /// `severity_mapping`: values of event fields that change the severity.
    pub severity_mapping: Vec<SeverityMapping>,
    /// `risk_score_mapping`: event fields that give the risk score.
    pub risk_score_mapping: Vec<String>,
    /// Every other key of `[metadata]` and `[rule]`, as JSON, under its dotted path; and every other table of the file.
    pub other: IndexMap<String, serde_json::Value>,
    /// The whole file.
    pub span: Span,
}

/// What a rule says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// `rule_id`.
    pub rule_id: Option<String>,
    /// `name`; empty where missing.
    pub name: String,
    /// `description`.
    pub description: Option<String>,
    /// `severity`: low, medium, high or critical.
    pub severity: Option<Spanned<Severity>>,
    /// `risk_score`: 0 to 100.
    pub risk_score: Option<u8>,
    /// `tags`: `OS: Linux`, `Tactic: Execution`, ...
    pub tags: Vec<String>,
    /// `threat`: tactics and techniques of MITRE ATT&CK.
    pub threat: Vec<Threat>,
    /// `author`.
    pub author: Vec<String>,
    /// `license`.
    pub license: Option<String>,
    /// `references`.
    pub references: Vec<String>,
    /// `false_positives`.
    pub false_positives: Vec<String>,
    /// `note`: how to investigate an alert.
    pub note: Option<String>,
    /// `setup`: what the rule needs to see events.
    pub setup: Option<String>,
    /// `building_block_type`: alerts of the rule are for other rules, not for people.
    pub building_block: Option<String>,
    /// `rule_name_override`: the event field that names the alert.
    pub name_override: Option<String>,
    /// `investigation_fields.field_names`.
    pub investigation_fields: Vec<String>,
    /// `metadata.maturity`: `production`, `deprecated`, ...
    pub maturity: Option<String>,
    /// `metadata.integration`: which integrations deliver the events.
    pub integrations: Vec<String>,
    /// `metadata.min_stack_version`.
    pub min_stack_version: Option<String>,
    /// `metadata.creation_date`, `metadata.updated_date` and `metadata.deprecation_date`, as written.
    pub dates: [Option<String>; 3],
}

/// How bad is a hit?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `critical`
    Critical,
}

/// An entry of `threat`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threat {
    /// The tactic: (`TA0002`, `Execution`).
    pub tactic: Option<(String, String)>,
    /// Techniques and sub-techniques: (`T1059.004`, `Unix Shell`), in their order.
    pub techniques: Vec<(String, String)>,
}

impl Schedule {
    /// How far a run looks back, in milliseconds: 6 minutes where nothing is said.
    pub fn look_back(&self) -> i64 {
        self.from.as_ref().and_then(|from| from.value.look_back()).map_or(6 * 60_000, |length| length.max(0))
    }
}

/// When a rule runs in Kibana, and over which events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// `from`: how far a run looks back; `now-6m` where absent.
    pub from: Option<Spanned<DateMath>>,
    /// `interval` between runs in milliseconds; 5 minutes where absent.
    pub interval: Option<u64>,
    /// `timestamp_override`: the field by which events are selected; `@timestamp` where absent.
    pub timestamp_override: Option<String>,
    /// `timestamp_override_fallback_disabled`: what lacks that field has no time, whatever `@timestamp` says.
    pub no_fallback: bool,
    /// `max_signals`: how many alerts one run may give; 100 where absent.
    pub max_signals: Option<u32>,
}

/// What a rule looks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `type = "eql"`
    Eql {
        /// The query.
        query: Query,
        /// `event_category_override`: the field that `process where` tests; `event.category` where absent.
        category_field: Option<String>,
    },
    /// `type = "query"`
    Query(Query),
    /// `type = "new_terms"`
    NewTerms {
        /// Which events count.
        query: Query,
        /// The fields whose tuple of values must be new: 1 to 3.
        fields: Vec<String>,
        /// How far back a tuple must not have been seen.
        history: Option<DateMath>,
    },
    /// `type = "threshold"`
    Threshold {
        /// Which events count.
        query: Query,
        /// What they are grouped by.
        fields: Vec<String>,
        /// So many events of a group give an alert.
        value: u64,
        /// So many distinct values of a field are needed too.
        cardinality: Vec<(String, u64)>,
    },
    /// `type = "threat_match"`
    ThreatMatch {
        /// Which events count.
        query: Query,
        /// Which indicators count.
        threat_query: Option<Query>,
        /// Where indicators stand.
        threat_index: Vec<String>,
        /// Alternatives: entries that must all hold of an indicator.
        mapping: Vec<Vec<ThreatEntry>>,
        /// The field of an indicator under which what is known of it stands.
        indicator_path: Option<String>,
        /// What every indicator must satisfy beside the query.
        threat_filters: Vec<Filter>,
    },
    /// `type = "machine_learning"`
    MachineLearning {
        /// Records of which jobs?
        jobs: Vec<String>,
        /// With which score at least? 0 to 100.
        threshold: f64,
    },
    /// `type = "esql"`
    Esql(Query),
}

/// An entry of `threat_mapping.entries`: a field of the event that is compared with one of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreatEntry {
    /// `field`: of the event.
    pub field: String,
    /// `value`: the field of the indicator.
    pub value: String,
    /// `negate`: the two must differ.
    pub negate: bool,
}

/// A query and its language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// In which language?
    pub language: Language,
    /// The text, with its places in the file.
    pub text: QueryText<'static>,
}

/// A query language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Event Query Language.
    Eql,
    /// Kibana Query Language (`kuery`).
    Kuery,
    /// Lucene's query syntax.
    Lucene,
    /// Elasticsearch Query Language.
    Esql,
}

/// An entry of `filters`: a condition in Elasticsearch's Query DSL.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// `meta.negate`: events that satisfy the condition are left out.
    pub negate: bool,
    /// `meta.disabled`: the filter has no effect.
    pub disabled: bool,
    /// The condition.
    pub clause: Clause,
    /// Where the entry stands.
    pub span: Span,
}

/// A condition of the Query DSL.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// `wildcard`: `*` and `?`, `\` before a character takes it literally.
    Wildcard {
        /// Which field?
        field: String,
        /// The pattern, as written.
        pattern: Spanned<String>,
        /// Is case significant?
        ignore_case: bool,
    },
    /// `exists`
    Exists {
        /// Which field?
        field: String,
    },
    /// `term`, `terms`: exactly one of these values.
    Terms {
        /// Which field?
        field: String,
        /// Which values?
        values: Vec<Spanned<Scalar>>,
        /// Is case significant?
        ignore_case: bool,
    },
    /// `match_phrase`, and `match`: analysed where the field is.
    Match {
        /// Which field?
        field: String,
        /// With what?
        value: Spanned<Scalar>,
        /// Must the words stand in this order, one behind the other?
        phrase: bool,
    },
    /// `match` with `operator = "and"`: all words, where the field is analysed.
    AllWords {
        /// Which field?
        field: String,
        /// With what?
        value: Spanned<Scalar>,
    },
    /// `prefix`
    Prefix {
        /// Which field?
        field: String,
        /// With what must it start?
        value: Spanned<String>,
        /// Is case significant?
        ignore_case: bool,
    },
    /// `range`
    Range {
        /// Which field?
        field: String,
        /// Bounds: all of them must hold.
        bounds: Vec<(Bound, Spanned<Scalar>)>,
    },
    /// `bool`
    Bool {
        /// `must` and `filter`.
        all: Vec<Clause>,
        /// `should`.
        any: Vec<Clause>,
        /// `must_not`.
        none: Vec<Clause>,
        /// `minimum_should_match`; where absent 1 if there is neither `must` nor `filter`, else 0.
        minimum: Option<u32>,
    },
    /// `match_all`
    All,
    /// A condition that is read and not carried out: what of it, and where.
    Unsupported(Spanned<String>),
}

impl Clause {
    /// The first of it that is not carried out.
    pub fn unsupported(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Unsupported(what) => Some(what),
            Self::Bool { all, any, none, .. } => all.iter().chain(any).chain(none).find_map(Self::unsupported),
            Self::Wildcard { .. }
            | Self::Exists { .. }
            | Self::Terms { .. }
            | Self::Match { .. }
            | Self::AllWords { .. }
            | Self::Prefix { .. }
            | Self::Range { .. }
            | Self::All => None,
        }
    }
}

/// A bound of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `gt`
    Greater,
    /// `gte`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `lte`
    LessOrEqual,
}

/// A value of the Query DSL.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
}

/// `alert_suppression`.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppression {
    /// Alerts with the same values here are one.
    pub group_by: Vec<String>,
    /// For how long, in milliseconds; within one run where absent.
    pub duration: Option<u64>,
    /// Whether events that lack such a field are suppressed too (`suppress`, which is assumed), or each give an alert (`doNotSuppress`).
    pub missing_too: bool,
    /// Where it stands.
    pub span: Span,
}

/// An entry of `exceptions_list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionList {
    /// Its id.
    pub id: String,
    /// The list's id.
    pub list_id: String,
    /// `single` or `agnostic`.
    pub namespace: String,
    /// `detection`, `endpoint`, ...
    pub kind: String,
}

/// An entry of `severity_mapping`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeverityMapping {
    /// Which field?
    pub field: String,
    /// Equal to what?
    pub value: String,
    /// Gives this severity.
    pub severity: Severity,
}
