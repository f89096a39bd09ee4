//! What a match tells.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::engine::Linked;
use crate::event::values::{Kind, Value};
use crate::generated::Held;
use crate::matcher::slots::Slots;
use crate::operator::{AlertId, Found};
use crate::pack::RuleInfo;
use crate::table;

/// A rule that matched an event, or a run of a stateful rule that found something. Borrows from both: copy out what is to be kept.
#[derive(Clone, Copy)]
pub struct Alert<'a> {
    pub(crate) rule: &'a RuleInfo,
    pub(crate) index: u32,
    pub(crate) what: What<'a>,
}

/// What an alert is of.
#[derive(Clone, Copy)]
pub(crate) enum What<'a> {
    /// One event.
    Event(Matched<'a>),
    /// What a run of a stateful rule found.
    Found(&'a Found),
}

/// An event that a rule matched.
#[derive(Clone, Copy)]
pub(crate) struct Matched<'a> {
    pub(crate) held: &'a Held,
    pub(crate) event: Slots<'a>,
    pub(crate) line: &'a [u8],
    pub(crate) linked: &'a Linked,
    /// The number of the event; those of the alert that the event is, if it is one.
    pub(crate) events: &'a [u64],
    pub(crate) count: u64,
    /// The alert that the event is.
    pub(crate) alert: Option<AlertId>,
    pub(crate) values: &'a [(Arc<str>, table::Value)],
}

impl<'a> Alert<'a> {
    /// Which rule?
    pub fn rule(&self) -> &'a RuleInfo {
        self.rule
    }

    /// The rule's place in [`crate::Engine::rules`].
    pub fn rule_index(&self) -> usize {
        self.index as usize
    }

    /// The names of the rule's selections that hold for the event. None for what a stateful rule found.
    pub fn selections(&self) -> impl Iterator<Item = &'a str> {
        let flags = match self.what {
            What::Event(matched) => matched.held.flags(),
            What::Found(_) => &[],
        };
        self.rule.selections.iter().zip(flags).filter(|(_, held)| **held).map(|(name, _)| name.as_ref())
    }

    /// When the event happened, as the event writes it: the first of `@timestamp`, `TimeCreated_SystemTime` (System.TimeCreated of
    /// Windows events), `timestamp`, `TimeCreated`, `UtcTime`, `EventTime`, `eventTime` and `time` that holds a string or a number. For what
    /// a stateful rule found, the time of its run.
    pub fn timestamp(&self) -> Option<Cow<'a, str>> {
        match self.what {
            What::Event(matched) => matched.timestamp().map(Cow::Borrowed),
            What::Found(found) => Some(Cow::Owned(table::value::date_text(found.window.to))),
        }
    }

    /// The event as JSON: its text as it was given, or what [`crate::Event::json`] says; empty if that says nothing, and for what a
    /// stateful rule found.
    pub fn event_json(&self) -> &'a [u8] {
        match self.what {
            What::Event(matched) => matched.json(),
            What::Found(_) => &[],
        }
    }

    /// Whether the event belongs into what is written of the alert: so it is with rules over the anomaly records of machine-learning jobs,
    /// whose alerts say little without the record.
    pub fn carries_event(&self) -> bool {
        match self.what {
            What::Event(matched) => matched.held.carries_event(),
            What::Found(_) => false,
        }
    }

    /// What a stateful rule found: window, key, values and the events behind it; `None` if the alert is of one event.
    pub fn found(&self) -> Option<&'a Found> {
        match self.what {
            What::Event(_) => None,
            What::Found(found) => Some(found),
        }
    }

    /// The numbers of the events behind it, the first ones only if they are many ([`Self::event_count`]).
    pub fn events(&self) -> &'a [u64] {
        match self.what {
            What::Event(matched) => matched.events,
            What::Found(found) => &found.origins.events,
        }
    }

    /// How many events are behind it.
    pub fn event_count(&self) -> u64 {
        match self.what {
            What::Event(matched) => matched.count,
            What::Found(found) => found.origins.count,
        }
    }

    /// What the rule says of it, by name: the columns of an ES|QL rule, counts, terms, indicators.
    pub fn values(&self) -> &'a [(Arc<str>, table::Value)] {
        match self.what {
            What::Event(matched) => matched.values,
            What::Found(found) => &found.values,
        }
    }

    /// Tells the alert from others: the same rule and the same event, or the same run and key, give the same id. Events that are alike to the last byte
    /// have the same id here.
    pub fn id(&self) -> AlertId {
        match self.what {
            What::Event(matched) => {
                let rule = self.rule.id.as_deref().unwrap_or_default();
                let event = matched.alert.as_ref().map_or(matched.json(), |alert| alert.0.as_slice());
                AlertId::of(&[rule.as_bytes(), self.rule.title.as_bytes(), event])
            }
            What::Found(found) => found.id,
        }
    }
}

impl<'a> Matched<'a> {
    fn timestamp(self) -> Option<&'a str> {
        let slots = self.linked.time_slots.iter();
        let mut values = slots.flat_map(|slot| self.event.values.slot(*slot).values);
        // without a branch for each byte
        let is_backslash = |byte: u8| byte == b'\\';
        let is_plain =
            |value: &Value| !value.bytes(self.event.text).iter().fold(false, |any, byte| any | is_backslash(*byte));
        let value = values.find(|v| v.kind == Kind::Number || (v.kind == Kind::String && is_plain(v)))?;
        str::from_utf8(value.bytes(self.event.text)).ok()
    }

    fn json(self) -> &'a [u8] {
        self.event.given.map_or(self.line, |(event, json)| json.of(event))
    }
}

impl fmt::Debug for Alert<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alert")
            .field("rule", &self.rule.title)
            .field("timestamp", &self.timestamp())
            .field("selections", &self.selections().collect::<Vec<_>>())
            .field("found", &self.found())
            .finish_non_exhaustive()
    }
}
