//! What a match tells.

use std::fmt;

use crate::engine::Linked;
use crate::event::values::{Kind, Value};
use crate::generated::Held;
use crate::matcher::slots::Slots;
use crate::pack::RuleInfo;

/// A rule that matched an event. Borrows from both: copy out what is to be kept.
#[derive(Clone, Copy)]
pub struct Alert<'a> {
    pub(crate) rule: &'a RuleInfo,
    pub(crate) index: u32,
    pub(crate) held: &'a Held,
    pub(crate) event: Slots<'a>,
    pub(crate) line: &'a [u8],
    pub(crate) linked: &'a Linked,
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

    /// The names of the rule's selections that hold for the event.
    pub fn selections(&self) -> impl Iterator<Item = &'a str> {
        self.rule.selections.iter().zip(self.held.flags()).filter(|(_, held)| **held).map(|(name, _)| name.as_ref())
    }

    /// When the event happened, as the event writes it: the first of `@timestamp`, `TimeCreated_SystemTime` (System.TimeCreated of
    /// Windows events), `timestamp`, `TimeCreated`, `UtcTime`, `EventTime`, `eventTime` and `time` that holds a string or a number.
    pub fn timestamp(&self) -> Option<&'a str> {
        let slots = self.linked.time_slots.iter();
        let mut values = slots.flat_map(|slot| self.event.values.slot(*slot).values);
        let is_plain = |value: &Value| !value.bytes(self.event.text).contains(&b'\\');
        let value = values.find(|v| v.kind == Kind::Number || (v.kind == Kind::String && is_plain(v)))?;
        str::from_utf8(value.bytes(self.event.text)).ok()
    }

    /// The event as JSON: its text as it was given, or what [`crate::Event::json`] says; empty if that says nothing.
    pub fn event_json(&self) -> &'a [u8] {
        self.event.given.map_or(self.line, |(event, json)| json.of(event))
    }

    /// Whether the event belongs into what is written of the alert: so it is with rules over the anomaly records of machine-learning jobs,
    /// whose alerts say little without the record.
    pub fn carries_event(&self) -> bool {
        self.held.carries_event()
    }
}

impl fmt::Debug for Alert<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alert")
            .field("rule", &self.rule.title)
            .field("timestamp", &self.timestamp())
            .field("selections", &self.selections().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
