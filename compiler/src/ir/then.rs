//! What follows when a rule matches an event.

use std::fmt;
use std::sync::Arc;

use sigil_runtime::operator::{self, NamedColumn, Work};
use sigil_runtime::table::pipeline::Column;

use super::{Expr, Field};

/// What follows when a rule matches an event.
#[derive(Clone, Debug, Default)]
pub enum Then {
    /// An alert.
    #[default]
    Alert,
    /// The event counts for a stateful rule.
    Operation(Arc<Operation>),
    /// An alert, if an indicator has the event's values.
    Threat(Arc<Threat>),
}

/// What a stateful rule does with the events that it matches.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What the runtime does.
    pub plan: operator::Operation<Arc<Field>>,
    /// The commands of a pipeline in the author's words, one for each of its operators; empty where a command became several operators, but for the first.
    pub commands: Vec<String>,
}

/// What an indicator match rule compares.
#[derive(Clone, Debug, PartialEq)]
pub struct Threat {
    /// Alternatives: pairs of a column of the event and a column of the indicator.
    pub mapping: Vec<Vec<operator::Pair<Arc<Field>>>>,
    /// Which indicators count.
    pub filter: Expr,
    /// How old an indicator may be.
    pub recent: Option<operator::Recent<Arc<Field>>>,
    /// `_index` and `_id`.
    pub document: [Arc<Field>; 2],
    /// The fields that tell an event's time.
    pub times: Vec<Arc<Field>>,
}

/// What follows, line by line; nothing for an alert.
impl fmt::Display for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert => Ok(()),
            Self::Operation(operation) => write_operation(f, operation),
            Self::Threat(threat) => {
                writeln!(f, "then: an alert for each indicator that has the same values in")?;
                for pairs in &threat.mapping {
                    let name =
                        |pair: &operator::Pair<_>| format!("{}{}", if pair.differs { "not " } else { "" }, pair.name);
                    writeln!(f, "  {}", pairs.iter().map(name).collect::<Vec<_>>().join(" and "))?;
                }
                writeln!(f, "indicators:\n  {}", threat.filter)
            }
        }
    }
}

fn write_operation(f: &mut fmt::Formatter<'_>, Operation { plan, commands }: &Operation) -> fmt::Result {
    let operator::Operation { work, schedule, suppression, .. } = plan;
    let names = |columns: &[NamedColumn<Arc<Field>>]| -> Vec<String> {
        columns.iter().map(|column| column.name.to_string()).collect()
    };
    let columns = match work {
        Work::Table(pipeline) => {
            writeln!(f, "then: a row, and")?;
            for command in commands.iter().map(|command| command.trim()).filter(|command| !command.is_empty()) {
                writeln!(f, "  {}", command.split_whitespace().collect::<Vec<_>>().join(" "))?;
            }
            pipeline.output.iter().map(|output| output.name.to_string()).collect()
        }
        Work::Threshold(threshold) => {
            let columns = names(&threshold.columns);
            let (keys, counted) = columns.split_at(threshold.keys.min(columns.len()));
            let by = if keys.is_empty() { "all together".to_owned() } else { format!("by {}", keys.join(", ")) };
            write!(f, "then: an alert for {} events or more, {by}", threshold.value)?;
            if let (Some(least), Some(field)) = (threshold.cardinality, counted.first()) {
                write!(f, ", with {least} different values of {field} or more")?;
            }
            writeln!(f)?;
            columns
        }
        Work::NewTerms(terms) => {
            let columns = names(&terms.columns);
            let fields = columns.get(..terms.terms).unwrap_or_default().join(", ");
            writeln!(f, "then: an alert for values of {fields} that the last {} did not have", Span(terms.history))?;
            columns
        }
        Work::Events(columns) => {
            writeln!(f, "then: an alert")?;
            names(columns)
        }
    };
    let mut times: Vec<&str> =
        schedule.time.iter().chain([&schedule.timestamp]).map(|field| field.name.as_str()).collect();
    times.dedup();
    writeln!(
        f,
        "runs: every {} over the {} before, by {}; {} alerts at most",
        Span(schedule.interval),
        Span(schedule.from),
        times.join(" or "),
        schedule.max_signals
    )?;
    if let Some(suppression) = suppression {
        let name = |slot: &u32| match work {
            Work::Table(pipeline) => pipeline
                .output
                .iter()
                .find(|output| output.slot == *slot)
                .map_or_else(String::new, |output| output.name.to_string()),
            Work::Threshold(_) | Work::NewTerms(_) | Work::Events(_) => {
                columns.get(*slot as usize).cloned().unwrap_or_default()
            }
        };
        let by: Vec<String> = suppression.by.iter().map(name).collect();
        let long = match suppression.duration {
            Some(duration) => format!("for {}", Span(duration)),
            None => "within a run".to_owned(),
        };
        let missing = if suppression.missing_too { "a missing value is one" } else { "not where a value is missing" };
        let by = if suppression.each_value { format!("each value of {}", by.join(", ")) } else { by.join(", ") };
        writeln!(f, "suppressed: {long}, by {by}; {missing}")?;
    }
    Ok(())
}

/// Milliseconds, in the largest unit that tells them exactly.
struct Span(i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(i64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
        match UNITS.iter().find(|(unit, _)| self.0 != 0 && self.0 % unit == 0) {
            Some((unit, name)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}ms", self.0),
        }
    }
}

/// Equal if their content is: operations carry a hash of it.
impl PartialEq for Then {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Alert, Self::Alert) => true,
            (Self::Operation(a), Self::Operation(b)) => a.plan.hash == b.plan.hash,
            (Self::Threat(a), Self::Threat(b)) => a == b,
            _ => false,
        }
    }
}

impl Then {
    /// The conditions that it asks beside the rule's: which indicators count.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let filter = match self {
            Self::Alert | Self::Operation(_) => None,
            Self::Threat(threat) => Some(&threat.filter),
        };
        filter.into_iter()
    }

    /// Every field that it reads beside the rule's expressions.
    pub fn fields(&self) -> Vec<Arc<Field>> {
        match self {
            Self::Alert => Vec::new(),
            Self::Operation(operation) => operation.plan.fields().cloned().collect(),
            Self::Threat(threat) => {
                let mut fields = std::collections::BTreeSet::new();
                super::collect_fields(&threat.filter, &mut fields);
                let columns = threat.mapping.iter().flatten().flat_map(|pair| [&pair.event, &pair.indicator]);
                fields.extend(columns.filter_map(Column::field).cloned());
                fields.extend(threat.recent.iter().map(|recent| Arc::clone(&recent.field)));
                fields.extend(threat.document.iter().chain(&threat.times).cloned());
                fields.into_iter().collect()
            }
        }
    }
}
