//! What an ES|QL query says, as it was written.
//!
//! `Display` writes a tree back as text that is read as the same tree.

mod expr;
mod name;

use crate::source::{Span, Spanned};

pub use expr::{
    Arguments, ArithmeticOp, Call, CompareOp, Expr, ExprKind, FunctionName, LikeOp, Literal, Map, MapEntry, MapValue,
    StringLiteral, TimeSpan, TimeUnit,
};
pub use name::{Name, NamePart, NamePattern, Parameter, ParameterKey, PatternPart, PatternPiece};

/// A whole query: a source command and what is done with its rows, step by step ("Basic syntax").
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// `SET name = value;` in front; none in a subquery.
    pub settings: Vec<Setting>,
    /// Where the rows come from.
    pub source: Source,
    /// What stands behind bars, in order. A command that could not be read at all is not here.
    pub commands: Vec<Command>,
    /// The whole text without white space and comments around it.
    pub span: Span,
}

/// `SET name = value;` ("SET").
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// What is set?
    pub name: Spanned<String>,
    /// To what?
    pub value: MapValue,
    /// From `SET` to the semicolon.
    pub span: Span,
}

/// A source command ("Source commands").
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Which one?
    pub kind: SourceKind,
    /// From its name to its end.
    pub span: Span,
}

/// The source commands.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// `FROM ..`
    From(Indices),
    /// `TS ..`: `FROM` for time series.
    TimeSeries(Indices),
    /// `ROW a = 1, b = 2`
    Row(Vec<Column>),
    /// `SHOW INFO`
    ShowInfo,
    /// There is none, or it could not be read; an error says why.
    Invalid,
}

/// What `FROM` and `TS` read: `a-*, -a-b, remote:c METADATA _id` ("FROM").
#[derive(Clone, Debug, PartialEq)]
pub struct Indices {
    /// The indices; one or more.
    pub targets: Vec<Target>,
    /// The metadata fields that are asked for.
    pub metadata: Vec<Spanned<String>>,
}

/// A member of the list behind `FROM`.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The name of an index, or a pattern.
    Index(IndexPattern),
    /// `(FROM .. | ..)`
    Subquery(Box<Query>),
}

/// The name of an index, an alias or a data stream, or a pattern of names: `logs-*`, `-logs-x`, `cluster:logs-*`, `"logs-*,-logs-x"`.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexPattern {
    /// What stands before a colon without quotes. In quotes it is a part of the name.
    pub cluster: Option<Spanned<String>>,
    /// The name, with its minus sign and its wildcards; in quotes it may be a list.
    pub name: Spanned<String>,
    /// What stands behind two colons: `data` or `failures`.
    pub selector: Option<Spanned<String>>,
    /// The name stands in quotes.
    pub quoted: bool,
    /// All of it.
    pub span: Span,
}

impl IndexPattern {
    /// Whether indices are taken out of those named before: `-logs-x`.
    pub fn is_exclusion(&self) -> bool {
        self.cluster.as_ref().unwrap_or(&self.name).value.starts_with('-')
    }
}

/// A processing command ("Processing commands").
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Which one?
    pub kind: CommandKind,
    /// From its name to its end, without the bar.
    pub span: Span,
}

/// The processing commands.
#[derive(Clone, Debug, PartialEq)]
pub enum CommandKind {
    /// `CHANGE_POINT value ON key AS type, pvalue`
    ChangePoint(ChangePoint),
    /// `COMPLETION answer = prompt WITH {..}`
    Completion(Completion),
    /// `DISSECT field "%{a} %{b}"`
    Dissect(Dissect),
    /// `DROP a, b*`
    Drop(Vec<NamePattern>),
    /// `ENRICH policy ON field WITH a = b, c`
    Enrich(Enrich),
    /// `EVAL a = 1, b = 2`
    Eval(Vec<Column>),
    /// `URI_PARTS`, `REGISTERED_DOMAIN`, `USER_AGENT` and `IP_LOCATION`
    Extract(Extract),
    /// `FORK (..) (..)`: the commands of each branch; one branch or more, each with one command or more.
    Fork(Vec<Vec<Command>>),
    /// `FUSE method SCORE BY .. GROUP BY .. KEY BY .. WITH {..}`
    Fuse(Fuse),
    /// `GROK field "%{A:a}", "%{B:b}"`
    Grok(Grok),
    /// `INLINE STATS .. BY ..`
    InlineStats(Stats),
    /// `KEEP a, b*`
    Keep(Vec<NamePattern>),
    /// `LIMIT 10`
    Limit(Limit),
    /// `LOOKUP JOIN index ON field`
    LookupJoin(LookupJoin),
    /// `METRICS_INFO`
    MetricsInfo,
    /// `MV_EXPAND field`
    MvExpand(Name),
    /// `RENAME a AS b, c AS d`
    Rename(Vec<Renaming>),
    /// `RERANK score = "query" ON a, b WITH {..}`
    Rerank(Rerank),
    /// `SAMPLE 0.1`
    Sample(Spanned<Literal>),
    /// `SORT a DESC, b`
    Sort(Vec<SortKey>),
    /// `STATS .. BY ..`
    Stats(Stats),
    /// `TS_INFO`
    TsInfo,
    /// `WHERE condition`
    Where(Expr),
}

/// A value that becomes a column: `name = value`, or the value alone, whose text is then its name ("EVAL").
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What stands before `=`.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// `STATS aggregates BY groups` ("STATS"); one of both at least.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// What is computed of each group.
    pub aggregates: Vec<Aggregate>,
    /// What makes a group; empty if there is no `BY`: then all rows are one.
    pub by: Vec<Column>,
}

/// `name = value WHERE condition`.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// What stands before `=`.
    pub name: Option<Name>,
    /// The value, of which aggregate functions are a part.
    pub value: Expr,
    /// Which rows are counted.
    pub filter: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// `value ASC NULLS LAST` ("SORT").
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// What rows are ordered by.
    pub value: Expr,
    /// `ASC` or `DESC`; ascending if nothing is said.
    pub order: Option<Order>,
    /// `NULLS FIRST` or `NULLS LAST`; last if ascending and first if descending if nothing is said.
    pub nulls: Option<Nulls>,
    /// All of it.
    pub span: Span,
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `ASC`
    Ascending,
    /// `DESC`
    Descending,
}

/// Where rows without a value stand in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// `NULLS FIRST`
    First,
    /// `NULLS LAST`
    Last,
}

/// `LIMIT 10 BY a, b` ("LIMIT").
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// How many rows: a whole number that is not negative, or a parameter.
    pub count: Spanned<Literal>,
    /// Of each group, if there is a `BY`.
    pub by: Vec<Expr>,
}

/// `old AS new`, which may be written `new = old` as well ("RENAME").
#[derive(Clone, Debug, PartialEq)]
pub struct Renaming {
    /// The name of the column before.
    pub old: NamePattern,
    /// Its name then.
    pub new: NamePattern,
    /// All of it.
    pub span: Span,
}

/// `DISSECT input "pattern" APPEND_SEPARATOR=","` ("DISSECT").
#[derive(Clone, Debug, PartialEq)]
pub struct Dissect {
    /// What is cut up.
    pub input: Expr,
    /// How it is cut up.
    pub pattern: StringLiteral,
    /// What stands between values that are appended to each other; nothing if nothing is said.
    pub append_separator: Option<StringLiteral>,
}

/// `GROK input "pattern", "pattern"` ("GROK").
#[derive(Clone, Debug, PartialEq)]
pub struct Grok {
    /// What is searched.
    pub input: Expr,
    /// What is searched for: the first pattern that matches; one or more.
    pub patterns: Vec<StringLiteral>,
}

/// `ENRICH mode:policy ON field WITH new = field` ("ENRICH").
#[derive(Clone, Debug, PartialEq)]
pub struct Enrich {
    /// `_any`, `_coordinator` or `_remote`, where it stands before the policy.
    pub mode: Option<Spanned<String>>,
    /// The name of the policy.
    pub policy: Spanned<String>,
    /// The field that is looked up; the policy's own if nothing is said.
    pub on: Option<NamePattern>,
    /// The fields that are added; all of the policy if nothing is said.
    pub with: Vec<EnrichField>,
}

/// `new = field` or `field`.
#[derive(Clone, Debug, PartialEq)]
pub struct EnrichField {
    /// What the column is to be called.
    pub new_name: Option<NamePattern>,
    /// The field of the policy.
    pub field: NamePattern,
}

/// `LOOKUP JOIN index ON a, b` ("LOOKUP JOIN").
#[derive(Clone, Debug, PartialEq)]
pub struct LookupJoin {
    /// The index that is looked into.
    pub index: IndexPattern,
    /// The fields that must be equal, or conditions; one or more.
    pub on: Vec<Expr>,
}

/// `CHANGE_POINT value ON key AS type, pvalue BY ..` (`CHANGE_POINT`).
#[derive(Clone, Debug, PartialEq)]
pub struct ChangePoint {
    /// The column that is looked at.
    pub value: Name,
    /// What it is ordered by; `@timestamp` if nothing is said.
    pub key: Option<Name>,
    /// What the columns for the kind of change and its likelihood are called.
    pub targets: Option<(Name, Name)>,
    /// What makes a group.
    pub by: Vec<Expr>,
}

/// `COMPLETION target = prompt WITH {"inference_id": ".."}` ("COMPLETION").
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// What the column with the answer is called; `completion` if nothing is said.
    pub target: Option<Name>,
    /// What is asked.
    pub prompt: Expr,
    /// Who is asked.
    pub with: Option<With>,
}

/// `RERANK target = "query" ON a, b WITH {"inference_id": ".."}` ("RERANK").
#[derive(Clone, Debug, PartialEq)]
pub struct Rerank {
    /// What the column with the new score is called; `_score` if nothing is said.
    pub target: Option<Name>,
    /// What is searched for.
    pub query: Spanned<Literal>,
    /// What is searched.
    pub fields: Vec<Column>,
    /// Who is asked.
    pub with: Option<With>,
}

/// What stands behind `WITH` of a command that asks a model.
#[derive(Clone, Debug, PartialEq)]
pub enum With {
    /// `WITH {"inference_id": ".."}`
    Options(Map),
    /// The older form: `WITH inference_id`.
    Inference(Name),
}

/// `FUSE method SCORE BY .. GROUP BY .. KEY BY .. WITH {..}` ("FUSE").
#[derive(Clone, Debug, PartialEq)]
pub struct Fuse {
    /// `RRF` or `LINEAR`.
    pub method: Option<Spanned<String>>,
    /// The column with the score.
    pub score_by: Option<Name>,
    /// The column that tells where a row comes from.
    pub group_by: Option<Name>,
    /// The columns by which rows are the same.
    pub key_by: Vec<Name>,
    /// Options of the method.
    pub options: Option<Map>,
}

/// `URI_PARTS prefix = value` and its kin: columns that start with a prefix, taken out of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Extract {
    /// What is taken out.
    pub what: Extracted,
    /// What the names of the columns start with.
    pub prefix: Name,
    /// The text.
    pub value: Expr,
    /// `WITH {..}`
    pub options: Option<Map>,
}

/// What [`Extract`] takes out of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extracted {
    /// `IP_LOCATION`
    IpLocation,
    /// `REGISTERED_DOMAIN`
    RegisteredDomain,
    /// `URI_PARTS`
    UriParts,
    /// `USER_AGENT`
    UserAgent,
}

impl Extracted {
    /// The name of the command.
    pub fn as_str(self) -> &'static str {
        match self {
            Extracted::IpLocation => "IP_LOCATION",
            Extracted::RegisteredDomain => "REGISTERED_DOMAIN",
            Extracted::UriParts => "URI_PARTS",
            Extracted::UserAgent => "USER_AGENT",
        }
    }
}
