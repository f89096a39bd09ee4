//! What a run of a stateful rule found.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::schedule::Window;
use crate::table::run::Origins;
use crate::table::value::Value;

/// Tells an alert: the same events and the same rule give the same id, in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(pub [u8; 16]);

impl AlertId {
    /// The id that these parts make; where one ends and the next starts counts.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(part);
        }
        let mut id = [0; 16];
        id.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
        Self(id)
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An alert of a stateful rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Tells it from others.
    pub id: AlertId,
    /// What the run looked at.
    pub window: Window,
    /// What the events behind it have in common: names and values.
    pub key: Vec<(Arc<str>, Value)>,
    /// What the rule says of it: the columns of an ES|QL rule, counts of a threshold rule, the terms of a new terms rule.
    pub values: Vec<(Arc<str>, Value)>,
    /// The events behind it.
    pub origins: Origins,
    /// How many other alerts it stands for.
    pub suppressed: u64,
}

/// An alert as a run finds it, before it is decided whether it is told.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// What tells it from others of the same rule.
    pub identity: Vec<u8>,
    /// The row that it is made of.
    pub row: Vec<Value>,
    pub key: Vec<(Arc<str>, Value)>,
    pub values: Vec<(Arc<str>, Value)>,
    pub origins: Origins,
}
