//! Rules that look at more than one event, asked a second time: a reference that recomputes each window from all events, and random rules and events
//! for it. Nothing here knows the runtime's types.

pub mod generate;
pub mod reference;

use std::fmt::Write as _;

/// A field that rules read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A keyword.
    User,
    /// A keyword.
    Host,
    /// A keyword.
    Name,
    /// A keyword.
    Outcome,
    /// A long.
    Pid,
    /// A double.
    Score,
}

impl Field {
    /// As rules name it.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::User => "user.name",
            Self::Host => "host.name",
            Self::Name => "process.name",
            Self::Outcome => "event.outcome",
            Self::Pid => "process.pid",
            Self::Score => "event.risk_score",
        }
    }
}

/// A value. The order is that of values of one type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Nothing.
    Null,
    /// A keyword.
    Text(String),
    /// A long.
    Long(i64),
    /// A double, as a number in the same order.
    Double(i64),
    /// Two values or more.
    List(Vec<Value>),
}

impl Value {
    /// None, one or several values as one.
    #[must_use]
    pub fn of(mut values: Vec<Value>) -> Self {
        match values.len() {
            0 => Self::Null,
            1 => values.remove(0),
            _ => Self::List(values),
        }
    }

    /// A double.
    #[must_use]
    pub fn double(value: f64) -> Self {
        let bits = value.to_bits().cast_signed();
        Self::Double(if bits < 0 { bits ^ i64::MAX } else { bits })
    }

    /// The double.
    #[must_use]
    pub fn as_double(&self) -> Option<f64> {
        match self {
            Self::Double(bits) => Some(f64::from_bits(if *bits < 0 { bits ^ i64::MAX } else { *bits }.cast_unsigned())),
            _ => None,
        }
    }

    /// Its values.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        match self {
            Self::Null => Vec::new(),
            Self::List(values) => values.clone(),
            one => vec![one.clone()],
        }
    }
}

/// An event.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// `@timestamp`: milliseconds.
    pub timestamp: Option<i64>,
    /// `event.ingested`
    pub ingested: Option<i64>,
    /// `event.outcome`
    pub outcome: Vec<String>,
    /// `user.name`
    pub user: Vec<String>,
    /// `host.name`
    pub host: Vec<String>,
    /// `process.name`
    pub name: Vec<String>,
    /// `process.pid`
    pub pid: Vec<i64>,
    /// `event.risk_score`
    pub score: Vec<f64>,
}

impl Event {
    /// What an index holds of a field: keywords in order and each once, numbers in order.
    #[must_use]
    pub fn value(&self, field: Field) -> Value {
        let texts = |texts: &[String]| -> Vec<Value> {
            let mut texts: Vec<Value> = texts.iter().cloned().map(Value::Text).collect();
            texts.sort();
            texts.dedup();
            texts
        };
        Value::of(match field {
            Field::User => texts(&self.user),
            Field::Host => texts(&self.host),
            Field::Name => texts(&self.name),
            Field::Outcome => texts(&self.outcome),
            Field::Pid => {
                let mut pids = self.pid.clone();
                pids.sort_unstable();
                pids.into_iter().map(Value::Long).collect()
            }
            Field::Score => {
                let mut scores = self.score.clone();
                scores.sort_by(f64::total_cmp);
                scores.into_iter().map(Value::double).collect()
            }
        })
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> String {
        fn list<T: serde::Serialize>(values: &[T]) -> serde_json::Value {
            match values {
                [] => serde_json::Value::Null,
                [one] => serde_json::json!(one),
                several => serde_json::json!(several),
            }
        }
        let mut event = serde_json::Map::new();
        for (name, value) in [
            ("@timestamp", serde_json::json!(self.timestamp)),
            ("event.ingested", serde_json::json!(self.ingested)),
            ("event.outcome", list(&self.outcome)),
            ("event.risk_score", list(&self.score)),
            ("user.name", list(&self.user)),
            ("host.name", list(&self.host)),
            ("process.name", list(&self.name)),
            ("process.pid", list(&self.pid)),
        ] {
            if !value.is_null() {
                event.insert(name.to_owned(), value);
            }
        }
        serde_json::Value::Object(event).to_string()
    }
}

/// What an event must satisfy before a rule looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All do.
    All,
    /// `event.outcome` is `failure`.
    Failure,
    /// It is something else. ES|QL only.
    NotFailure,
    /// `process.pid` is above 0.
    PidAboveZero,
    /// There is a `user.name`.
    HasUser,
}

/// What a rule computes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// `COUNT(*)`
    Rows,
    /// `COUNT(field)`
    Count(Field),
    /// `COUNT_DISTINCT`
    Distinct(Field),
    /// `VALUES`
    Values(Field),
    /// `SUM`, of longs.
    Sum(Field),
    /// `MIN`
    Min(Field),
    /// `MAX`
    Max(Field),
    /// `AVG`, of doubles.
    Avg(Field),
}

/// What a rule looks for.
#[derive(Clone, Debug)]
pub enum Kind {
    /// ES|QL with `STATS`.
    Groups {
        /// `MV_EXPAND` in front.
        expand: Option<Field>,
        /// The first is always `COUNT(*)`.
        aggregates: Vec<Aggregate>,
        /// The keys.
        by: Vec<Field>,
        /// At least so many rows.
        least: i64,
        /// By an aggregate, and whether it is descending; then by the keys.
        sort: Option<(usize, bool)>,
    },
    /// ES|QL, row by row.
    Rows {
        /// `MV_EXPAND`.
        expand: Option<Field>,
        /// Behind it: rows whose user is not this one.
        but: Option<&'static str>,
    },
    /// Threshold rules.
    Threshold {
        /// The fields that make groups.
        fields: Vec<Field>,
        /// So many events.
        value: u64,
        /// So many values of a field.
        cardinality: Option<(Field, u64)>,
    },
    /// New terms rules.
    NewTerms {
        /// The fields.
        fields: Vec<Field>,
        /// Seconds.
        history: i64,
    },
    /// Single events; suppressed.
    Events,
}

/// Alert suppression.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// By these fields. A threshold rule's own fields stand for them.
    pub by: Vec<Field>,
    /// Seconds.
    pub duration: Option<i64>,
    /// Alerts without such a value are suppressed too.
    pub missing_too: bool,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it looks for.
    pub kind: Kind,
    /// In which events.
    pub filter: Filter,
    /// Seconds.
    pub from: i64,
    /// Seconds.
    pub interval: i64,
    /// `timestamp_override = "event.ingested"`
    pub by_ingested: bool,
    /// `max_signals`
    pub most: usize,
    /// Alert suppression.
    pub suppression: Option<Suppression>,
    /// Whether it is a building block.
    pub block: bool,
}

/// The columns of rules that look at rows.
pub const KEPT: [Field; 4] = [Field::User, Field::Host, Field::Name, Field::Pid];

impl Rule {
    /// As a rule file, under a number.
    #[must_use]
    pub fn text(&self, number: usize) -> String {
        let (kind, language) = match self.kind {
            Kind::Groups { .. } | Kind::Rows { .. } => ("esql", "esql"),
            Kind::Threshold { .. } => ("threshold", "kuery"),
            Kind::NewTerms { .. } => ("new_terms", "kuery"),
            Kind::Events => ("query", "kuery"),
        };
        let Self { from, interval, most, .. } = self;
        let mut text = format!(
            "[rule]\nname = 'Rule {number}'\nrule_id = '00000000-0000-4000-8000-{number:012}'\nseverity = 'low'\ntype = '{kind}'\nlanguage = '{language}'\nfrom = 'now-{from}s'\ninterval = '{interval}s'\nmax_signals = {most}\nquery = '''{}'''\n",
            self.query()
        );
        if self.by_ingested {
            text.push_str("timestamp_override = 'event.ingested'\n");
        }
        if self.block {
            text.push_str("building_block_type = 'default'\n");
        }
        let names =
            |fields: &[Field]| fields.iter().map(|field| format!("'{}'", field.path())).collect::<Vec<_>>().join(", ");
        match &self.kind {
            Kind::Threshold { fields, value, cardinality } => {
                let _ = writeln!(text, "[rule.threshold]\nfield = [{}]\nvalue = {value}", names(fields));
                if let Some((field, least)) = cardinality {
                    let _ =
                        writeln!(text, "[[rule.threshold.cardinality]]\nfield = '{}'\nvalue = {least}", field.path());
                }
            }
            Kind::NewTerms { fields, history } => {
                let _ = write!(
                    text,
                    "[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = [{}]\n[[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-{history}s'\n",
                    names(fields)
                );
            }
            Kind::Groups { .. } | Kind::Rows { .. } | Kind::Events => {}
        }
        if let Some(Suppression { by, duration, missing_too }) = &self.suppression {
            text.push_str("[rule.alert_suppression]\n");
            if !matches!(self.kind, Kind::Threshold { .. }) {
                let strategy = if *missing_too { "suppress" } else { "doNotSuppress" };
                let _ = writeln!(text, "group_by = [{}]\nmissing_fields_strategy = '{strategy}'", names(by));
            }
            if let Some(duration) = duration {
                let _ = writeln!(text, "[rule.alert_suppression.duration]\nvalue = {duration}\nunit = 's'");
            }
        }
        text
    }

    fn query(&self) -> String {
        match &self.kind {
            Kind::Groups { expand, aggregates, by, least, sort } => {
                let mut text = self.head(*expand);
                let calls = aggregates.iter().enumerate().map(|(at, call)| format!("a{at} = {}", call.text()));
                let _ = write!(text, " | STATS {}", calls.collect::<Vec<_>>().join(", "));
                let keys: Vec<&str> = by.iter().map(|field| field.path()).collect();
                if !keys.is_empty() {
                    let _ = write!(text, " BY {}", keys.join(", "));
                }
                let _ = write!(text, " | WHERE a0 >= {least}");
                if let Some((at, descending)) = sort {
                    let order = if *descending { "DESC" } else { "ASC" };
                    let all = [vec![format!("a{at} {order}")], keys.iter().map(ToString::to_string).collect()].concat();
                    let _ = write!(text, " | SORT {}", all.join(", "));
                }
                text
            }
            Kind::Rows { expand, but } => {
                let mut text = self.head(*expand).replace("logs-*", "logs-* METADATA _id, _index, _version");
                if let Some(but) = but {
                    let _ = write!(text, " | WHERE user.name != \"{but}\"");
                }
                let _ = write!(text, " | KEEP {}", KEPT.map(Field::path).join(", "));
                text
            }
            Kind::Threshold { .. } | Kind::NewTerms { .. } | Kind::Events => match self.filter {
                Filter::All | Filter::NotFailure => "*",
                Filter::Failure => "event.outcome: failure",
                Filter::PidAboveZero => "process.pid > 0",
                Filter::HasUser => "user.name: *",
            }
            .to_owned(),
        }
    }

    fn head(&self, expand: Option<Field>) -> String {
        let mut text = "FROM logs-*".to_owned();
        text.push_str(match self.filter {
            Filter::All => "",
            Filter::Failure => " | WHERE event.outcome == \"failure\"",
            Filter::NotFailure => " | WHERE NOT (event.outcome == \"failure\")",
            Filter::PidAboveZero => " | WHERE process.pid > 0",
            Filter::HasUser => " | WHERE user.name IS NOT NULL",
        });
        if let Some(field) = expand {
            let _ = write!(text, " | MV_EXPAND {}", field.path());
        }
        text
    }
}

impl Aggregate {
    fn text(self) -> String {
        match self {
            Self::Rows => "COUNT(*)".to_owned(),
            Self::Count(field) => format!("COUNT({})", field.path()),
            Self::Distinct(field) => format!("COUNT_DISTINCT({})", field.path()),
            Self::Values(field) => format!("VALUES({})", field.path()),
            Self::Sum(field) => format!("SUM({})", field.path()),
            Self::Min(field) => format!("MIN({})", field.path()),
            Self::Max(field) => format!("MAX({})", field.path()),
            Self::Avg(field) => format!("AVG({})", field.path()),
        }
    }
}
