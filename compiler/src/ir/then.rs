//! What follows when a rule matches an event.

use std::sync::Arc;

use sigil_runtime::operator;
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
    /// Alternatives: pairs of a column of the event and a column of the indicator, with the name of the event's field.
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
                let columns = threat.mapping.iter().flatten().flat_map(|(event, indicator, _)| [event, indicator]);
                fields.extend(columns.filter_map(Column::field).cloned());
                fields.extend(threat.recent.iter().map(|recent| Arc::clone(&recent.field)));
                fields.extend(threat.document.iter().chain(&threat.times).cloned());
                fields.into_iter().collect()
            }
        }
    }
}
