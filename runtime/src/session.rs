//! Matches the events of one stream.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use crate::alert::{Alert, Matched, What};
use crate::bytes::Reader;
use crate::candidates::{Candidates, Looked};
use crate::classes::Classes;
use crate::engine::Linked;
use crate::event::json::Decoder;
use crate::event::values::{SlotId, Values};
use crate::event::{self, DecodeError, Event};
use crate::feedback::{Fed, Feedback};
use crate::generated::Held;
use crate::matcher::cache::TextCache;
use crate::matcher::memory::{GivenJson, Memory};
use crate::matcher::slots::{Reads, Slots};
use crate::operator::{Counters, Indicators, extract};
use crate::pack::{self, Then};
use crate::states::{Around, HeldRow, States};
use crate::table::pipeline;
use crate::time;

/// One stream of events: scratch memory that is reused from event to event. One per thread; an engine makes any number.
pub struct Session {
    linked: Arc<Linked>,
    decoder: Decoder,
    values: Values,
    cache: RefCell<TextCache>,
    classes: Classes,
    candidates: Candidates,
    held: Held,
    reads: Reads,
    memory: Memory,
    given_json: GivenJson,
    /// The number of the next event.
    number: u64,
    states: States,
    /// Rows that are wanted as they are, not for the state of rules.
    tabled: Option<Vec<pipeline::Row>>,
    /// Alerts that come back as events, if some rule reads them.
    feedback: Option<Box<Feedback>>,
    /// The time of the last event, if alerts of it came back behind it.
    #[expect(clippy::option_option, reason = "there may be alerts behind an event without a time")]
    own_time: Option<Option<i64>>,
}

impl Session {
    pub(crate) fn new(linked: Arc<Linked>, around: Arc<Around>) -> Self {
        let slots = linked.paths.len();
        Self {
            decoder: Decoder::default(),
            values: Values::new(slots),
            cache: RefCell::new(TextCache::new(slots)),
            classes: Classes::default(),
            candidates: Candidates::new(linked.rule_count()),
            held: Held::default(),
            reads: Reads::default(),
            memory: Memory::default(),
            given_json: GivenJson::default(),
            number: 0,
            states: States::new(&linked, around),
            feedback: Feedback::new(&linked).map(Box::new),
            own_time: None,
            tabled: None,
            linked,
        }
    }

    /// Matches an event in JSON: one object, in UTF-8. `on_alert` is called for each rule that matches, in the order of the packs.
    ///
    /// # Errors
    /// When the text is not one JSON object; nothing is matched then.
    pub fn process_json(&mut self, event: &[u8], mut on_alert: impl FnMut(&Alert<'_>)) -> Result<(), DecodeError> {
        self.decoder.decode(event, &self.linked.paths, &mut self.values)?;
        self.match_values(event, None, None, &mut on_alert);
        if self.feedback.is_some() {
            self.feed_behind(event, &mut on_alert);
        }
        Ok(())
    }

    /// Matches an event that is not JSON.
    pub fn process(&mut self, event: &impl Event, mut on_alert: impl FnMut(&Alert<'_>)) {
        event::gather(event, &self.linked.paths, &mut self.values);
        self.match_values(&[], Some(event), None, &mut on_alert);
        if self.feedback.is_some() {
            self.feed_behind(&[], &mut on_alert);
        }
    }

    /// Lets alerts of the event come back.
    fn feed_behind(&mut self, event: &[u8], on_alert: &mut impl FnMut(&Alert<'_>)) {
        self.own_time = None;
        if self.feedback.as_ref().is_some_and(|feedback| !feedback.is_empty()) {
            self.own_time = Some(self.event_time(event));
            self.feed(on_alert);
        }
    }

    /// Lets alerts come back as events, and alerts of them too.
    fn feed(&mut self, on_alert: &mut impl FnMut(&Alert<'_>)) {
        while let Some(fed) = self.feedback.as_mut().and_then(|feedback| feedback.pop()) {
            if self.decoder.decode(&fed.json, &self.linked.paths, &mut self.values).is_ok() {
                self.match_values(&fed.json, None, Some(&fed), on_alert);
            }
        }
    }

    /// The rows that an event makes for rules with a pipeline, whatever its time: for searches, which keep no state.
    ///
    /// # Errors
    /// As [`Session::process_json`].
    pub fn rows(&mut self, event: &[u8]) -> Result<Vec<pipeline::Row>, DecodeError> {
        self.tabled = Some(Vec::new());
        let outcome = self.process_json(event, |_| ());
        let rows = self.tabled.take().unwrap_or_default();
        outcome.map(|()| rows)
    }

    /// Decodes and looks up, but matches nothing: what remains of the time per event without any rule. For measurements.
    ///
    /// # Errors
    /// As [`Session::process_json`].
    #[doc(hidden)]
    pub fn decode_only(&mut self, event: &[u8]) -> Result<usize, DecodeError> {
        self.decoder.decode(event, &self.linked.paths, &mut self.values)?;
        Ok(self.values.touched().len())
    }

    /// The rules that would be tried on an event, by their places in [`crate::Engine::rules`]. For measurements.
    ///
    /// # Errors
    /// As [`Session::process_json`].
    #[doc(hidden)]
    pub fn candidates(&mut self, event: &[u8]) -> Result<&[u32], DecodeError> {
        self.decoder.decode(event, &self.linked.paths, &mut self.values)?;
        self.cache.borrow_mut().reset();
        self.memory.forget();
        let text = self.values.text(event);
        let (values, cache, resolution) = (&self.values, &self.cache, &self.linked.plain);
        let (reads, memory) = (&self.reads, &self.memory);
        let scoped = Slots { values, text, cache, resolution, base: 0, reads, memory, given: None };
        let class = self.classes.of(&self.linked, scoped);
        let looked = Looked { linked: &self.linked, class, values, text };
        self.candidates.find(looked, self.cache.get_mut());
        Ok(self.candidates.rules())
    }

    /// Matches what was decoded; `fed` if it is an alert that comes back.
    fn match_values(
        &mut self,
        line: &[u8],
        given: Option<&dyn Event>,
        fed: Option<&Fed>,
        on_alert: &mut impl FnMut(&Alert<'_>),
    ) {
        let numbers = [self.number];
        let (events, count) = fed.map_or((numbers.as_slice(), 1), |fed| (fed.events.as_slice(), fed.count));
        let origin = events.first().copied().unwrap_or(self.number);
        let depth = fed.map_or(0, |fed| fed.depth);
        self.given_json.reset();
        self.cache.borrow_mut().reset();
        self.memory.forget();
        let text = self.values.text(line);
        let given = given.map(|event| (event, &self.given_json));
        let (values, cache, resolution) = (&self.values, &self.cache, &self.linked.plain);
        let (reads, memory) = (&self.reads, &self.memory);
        let scoped = Slots { values, text, cache, resolution, base: 0, reads, memory, given: None };
        let class = self.classes.of(&self.linked, scoped);
        let looked = Looked { linked: &self.linked, class, values, text };
        for number in 0..self.candidates.find(looked, self.cache.get_mut()) {
            let Some(&index) = self.candidates.rules().get(number) else { continue };
            if let (Some(fed), Some(feedback)) = (fed, &self.feedback)
                && !feedback.shows(fed, index)
            {
                continue;
            }
            let Some(decider) = self.linked.decider(index) else { continue };
            let (values, cache, resolution) = (&self.values, &self.cache, &class.resolution);
            let (reads, memory, base) = (&self.reads, &self.memory, decider.base);
            let event = Slots { values, text, cache, resolution, base, reads, memory, given };
            reads.reset();
            let matched = match decider.native {
                Some(matches) => matches(&event, &mut self.held),
                None => self.linked.tree(index).is_some_and(|tree| tree.matches(event, &mut self.held)),
            };
            if matched {
                let Some((rule, _)) = self.linked.rule(index) else { continue };
                let json = || given.map_or(line, |(event, json)| json.of(event));
                let values = match &rule.then {
                    Then::Alert => Some(Vec::new()),
                    Then::Operation(operation) if self.tabled.is_some() => {
                        let values = extract::values(operation, event, &self.held, json());
                        self.tabled.iter_mut().for_each(|tabled| tabled.push(values.clone()));
                        None
                    }
                    Then::Operation(operation) => {
                        // what has no time where the rule looks for it (a Windows event of a log file) has one elsewhere
                        let time = || own_time(&self.linked, values, text);
                        let row = self.states.begin(index, operation, event, (&self.held, json(), &time), origin);
                        self.states.add(index, operation, row, depth);
                        None
                    }
                    Then::Threat(threat) => self.states.indicators(index).find(threat, event, &self.held, json()),
                };
                if let Some(values) = values {
                    let (held, linked, values) = (&self.held, &*self.linked, &*values);
                    let alert = fed.map(|fed| fed.id);
                    let what = What::Event(Matched { held, event, line, linked, events, count, alert, values });
                    let alert = Alert { rule: &rule.info, index, what };
                    on_alert(&alert);
                    if let Some(feedback) = &mut self.feedback {
                        feedback.push(linked, &alert, depth);
                    }
                }
            } else if let Some(slot) = reads.only() {
                self.candidates.refute(index, slot);
            }
        }
        if fed.is_none() {
            self.number = self.number.wrapping_add(1);
        }
    }

    /// Gives the next event this number, and those behind it the ones that follow: alerts tell it. The first event of a session has the number 0.
    pub fn number_events_from(&mut self, number: u64) {
        self.number = number;
    }

    /// Hands an indicator to the rules that compare events with indicators.
    pub(crate) fn add_indicator(&mut self, indicator: &[u8], all: &mut [Indicators]) {
        if self.decoder.decode(indicator, &self.linked.paths, &mut self.values).is_err() {
            return;
        }
        self.cache.borrow_mut().reset();
        self.memory.forget();
        let text = self.values.text(indicator);
        for (index, all) in (0..).zip(all) {
            let Some((pack::Rule { then: Then::Threat(threat), .. }, base)) = self.linked.rule(index) else { continue };
            let (values, cache, resolution) = (&self.values, &self.cache, &self.linked.plain);
            let (reads, memory) = (&self.reads, &self.memory);
            let event = Slots { values, text, cache, resolution, base, reads, memory, given: None };
            all.add(threat, event, &mut self.held, indicator);
        }
    }

    /// From now on this session keeps no state: rows of stateful rules are held back, to be taken by [`Self::take_rows`] and applied to the session that keeps the
    /// state. So sessions of several threads share it.
    pub fn hold_rows(&mut self) {
        self.states.hold_rows();
    }

    /// The rows that were held back since the last call.
    pub fn take_rows(&mut self, into: &mut Vec<HeldRow>) {
        self.states.take_rows(into);
    }

    /// Takes a row that another session of the same engine held back.
    pub fn apply(&mut self, row: HeldRow) {
        self.states.apply(row);
    }

    /// The time of the last event, as stateful rules see it: milliseconds since 1970. The earliest value of a field that has several; the earlier one where `@timestamp` (or another field of
    /// [`Alert::timestamp`]) and a rule's `timestamp_override` differ.
    pub fn event_time(&self, event: &[u8]) -> Option<i64> {
        if let Some(own) = self.own_time {
            return own;
        }
        let text = self.values.text(event);
        let overrides = self.linked.override_slots.iter().filter_map(|slot| instant(&self.values, text, *slot));
        own_time(&self.linked, &self.values, text).into_iter().chain(overrides).min()
    }

    /// Whether there are stateful rules.
    pub fn is_stateful(&self) -> bool {
        !self.states.is_empty()
    }

    /// Says that there will be no more events of this time (milliseconds since 1970, UTC) or earlier: runs of stateful rules up to it are done, in the order of
    /// their times and then of the rules. Earlier events count as late.
    pub fn advance(&mut self, watermark: i64, mut on_alert: impl FnMut(&Alert<'_>)) {
        let mut found = Vec::new();
        while let Some(tick) = self.states.due(watermark) {
            self.states.run(tick, &mut found);
            for (index, depth, found) in found.drain(..) {
                let Some((rule, _)) = self.linked.rule(index) else { continue };
                let alert = Alert { rule: &rule.info, index, what: What::Found(&found) };
                on_alert(&alert);
                if let Some(feedback) = &mut self.feedback {
                    feedback.push(&self.linked, &alert, depth);
                }
            }
            // alerts are later than the run that found them: later runs see them
            self.feed(&mut on_alert);
        }
        self.states.close(watermark);
    }

    /// Does all runs that see an event: nothing more comes.
    pub fn finish(&mut self, on_alert: impl FnMut(&Alert<'_>)) {
        self.advance(i64::MAX, on_alert);
    }

    /// The time up to which runs are done; `None` before the first [`Self::advance`].
    pub fn watermark(&self) -> Option<i64> {
        self.states.watermark()
    }

    pub(crate) fn states(&self) -> &States {
        &self.states
    }

    pub(crate) fn linked(&self) -> &Linked {
        &self.linked
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.number
    }

    pub(crate) fn restore_states(&mut self, bytes: &mut Reader<'_>) -> Result<(usize, Vec<String>), Option<String>> {
        self.states.read(bytes)
    }

    /// What stateful rules counted, by the rule's place in [`crate::Engine::rules`].
    pub fn counters(&self) -> impl Iterator<Item = (usize, &Counters)> {
        self.states.counters()
    }
}

/// The time of an event as it tells it itself, by the first of the usual fields that holds one: the earliest of its values.
fn own_time(linked: &Linked, values: &Values, text: &[u8]) -> Option<i64> {
    linked.time_slots.iter().find_map(|slot| instant(values, text, *slot))
}

fn instant(values: &Values, text: &[u8], slot: SlotId) -> Option<i64> {
    let values = values.slot(slot).values.iter();
    values.filter(|value| value.is_scalar()).filter_map(|value| time::instant(value.bytes(text))).min()
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("rules", &self.linked.rule_count()).finish_non_exhaustive()
    }
}
