//! Links packs into one matcher that any number of threads share.
//!
//! **Classes.** Rules are for log sources, which the compiler turned into *scopes*: conditions on a few fields of an event. The set of
//! scopes that hold for an event is its class. Classes are not enumerated beforehand: a session asks for the class of the values
//! that it sees in those fields, and the engine builds a class (its rules, where its fields stand, what is looked for in them) when it is first
//! asked for, and a scanner when a value of its field is first looked at. At most [`MAX_CLASSES`] are kept; events past that are matched without scanners: slower, with the same verdicts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::event::paths::{EdgeId, Paths};
use crate::event::values::SlotId;
use crate::generated::{FieldId, Held};
use crate::matcher::scanner::{Builder, Key, LazyScanner, Scanner, stands_everywhere};
use crate::matcher::slots::{Resolution, Slots};
use crate::matcher::tree::Tree;
use crate::operator::{Indicators, Limits};
use crate::pack::{self, Body, Pack, RuleInfo, Then};
use crate::session::Session;
use crate::states::Around;
use crate::table::tables::Resources;

/// How packs are linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Evaluate every rule on every event, whatever its log source, reading fields by their authors' names.
    pub ignore_logsource: bool,
}

/// Linked packs: immutable, cheap to clone, shared by all sessions.
#[derive(Clone)]
pub struct Engine {
    pub(crate) linked: Arc<Linked>,
    pub(crate) around: Arc<Around>,
}

/// Why packs cannot be linked.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EngineError {
    kind: ErrorKind,
}

#[derive(Debug, thiserror::Error)]
enum ErrorKind {
    #[error("pack `{pack}`: {what} {id} is out of range: the pack was not made by this version's compiler")]
    OutOfRange { pack: String, what: &'static str, id: u32 },
    #[error("too many {0}")]
    TooMany(&'static str),
}

/// The most classes that an engine keeps scanners for.
pub const MAX_CLASSES: usize = 256;

/// Fields that may hold an event's time, the likeliest first.
const TIME_FIELDS: [&str; 8] =
    ["@timestamp", "TimeCreated_SystemTime", "timestamp", "TimeCreated", "UtcTime", "EventTime", "eventTime", "time"];

/// A logical field: where it stands, each place under a scope's condition.
struct LinkedField {
    sources: Vec<(SlotId, Option<u32>)>,
    ignore_above: Option<u32>,
}

pub(crate) struct Linked {
    packs: Vec<Pack>,
    /// Every rule of every pack.
    rules: Vec<Place>,
    /// How each of them decides, side by side: most tries end here.
    deciders: Vec<Decider>,
    /// Every scope of every pack.
    scopes: Vec<Place>,
    pub(crate) paths: Paths,
    /// Every logical field of every pack: slots and the scopes under which they are in force.
    fields: Vec<LinkedField>,
    /// By slot: whether scopes read it. An event's class is a function of the values of these slots.
    scope_slots: Vec<bool>,
    scope_groups: Vec<ScopeGroup>,
    pub(crate) time_slots: Vec<SlotId>,
    /// Fields that stateful rules take an event's time from before `@timestamp`.
    pub(crate) override_slots: Vec<SlotId>,
    /// Fields by their unconditional sources, which scopes read.
    pub(crate) plain: Resolution,
    /// Where log sources are ignored: the one class there is.
    pub(crate) only: Option<Arc<Class>>,
    classes: RwLock<HashMap<Box<[u64]>, Arc<Class>>>,
    /// Scanners of all classes: most fields are looked at alike in many of them.
    scanners: Mutex<HashMap<Key, Arc<LazyScanner>>>,
    next_class: AtomicU32,
}

/// Scopes that read the same slots.
pub(crate) struct ScopeGroup {
    pub(crate) slots: Vec<SlotId>,
    pub(crate) scopes: Vec<u32>,
}

/// Something of a pack.
#[derive(Clone, Copy, Debug)]
struct Place {
    pack: u32,
    index: u32,
    /// Where the pack's fields start.
    base: u32,
    /// Where the pack's scopes start.
    first_scope: u32,
}

/// How a rule decides.
#[derive(Clone, Copy)]
pub(crate) struct Decider {
    /// Generated code; none if a tree is walked.
    pub native: Option<fn(&Slots<'_>, &mut Held) -> bool>,
    /// Where the fields of its pack start.
    pub base: u32,
}

/// What is the same for all events of one class.
#[derive(Default)]
pub(crate) struct Class {
    /// No other class of the engine has it.
    pub(crate) id: u32,
    pub(crate) resolution: Resolution,
    /// By slot: an index into `scanners`, or `NONE`.
    by_slot: Vec<u32>,
    /// By edge: a range of `fed`.
    by_edge: Vec<(u32, u32)>,
    /// A bit for each edge: whether its range is not empty.
    scanned: Box<[u64]>,
    /// Indexes into `scanners`.
    fed: Vec<u32>,
    /// By edge: the slot that it feeds, or `NONE` if it feeds none or several.
    slots: Vec<u32>,
    scanners: Vec<Arc<LazyScanner>>,
    /// Fields whose presence makes rules candidates, and these.
    pub(crate) when_present: Vec<(SlotId, Box<[u32]>)>,
    /// Finds triggers that may stand in any value.
    any_value: Option<Arc<LazyScanner>>,
    /// Rules that are candidates for every event.
    pub(crate) always: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// Texts under this length stand in nearly every event, if they may stand anywhere.
const MIN_ANYWHERE: usize = 3;

fn range(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Engine {
    /// Links packs.
    ///
    /// # Errors
    /// When a pack refers to fields or scopes that it does not have, or when there are too many of them to number.
    pub fn new(packs: &[Pack]) -> Result<Self, EngineError> {
        Self::with_options(packs, Options::default())
    }

    /// Links packs with options.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_options(packs: &[Pack], options: Options) -> Result<Self, EngineError> {
        let mut linked = Linked::new(packs)?;
        if options.ignore_logsource {
            let all = 0..u32::try_from(linked.rules.len()).unwrap_or(u32::MAX);
            let resolution = linked.resolve(|_| false);
            linked.only = Some(Arc::new(linked.build_class(resolution, all)));
        }
        Ok(Self { linked: Arc::new(linked), around: Arc::default() })
    }

    /// A session of its own scratch and state: one for each thread or stream.
    pub fn session(&self) -> Session {
        Session::new(Arc::clone(&self.linked), Arc::clone(&self.around))
    }

    /// The same engine with these tables and this model, for rules that look something up or ask a model. Sessions that exist keep what they have.
    #[must_use]
    pub fn with_resources(mut self, resources: Resources) -> Self {
        Arc::make_mut(&mut self.around).resources = resources;
        self
    }

    /// The same engine with these indicators, each a JSON object, for rules that compare events with indicators. Each rule takes those that its own query for indicators
    /// lets through; texts that are no JSON object are passed over.
    #[must_use]
    pub fn with_indicators<'i>(mut self, indicators: impl IntoIterator<Item = &'i [u8]>) -> Self {
        let mut session = self.session();
        let mut all = vec![Indicators::default(); self.linked.rule_count()];
        for indicator in indicators {
            session.add_indicator(indicator, &mut all);
        }
        Arc::make_mut(&mut self.around).indicators = all;
        self
    }

    /// How many indicators a rule takes, by its place in [`Self::rules`]; `None` if it compares nothing with indicators.
    pub fn indicator_count(&self, rule: usize) -> Option<usize> {
        let (info, _) = self.linked.rule(u32::try_from(rule).ok()?)?;
        matches!(info.then, Then::Threat(_)).then(|| self.around.indicators.get(rule).map_or(0, Indicators::len))
    }

    /// The same engine with these bounds on what each stateful rule keeps.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        Arc::make_mut(&mut self.around).limits = limits;
        self
    }

    /// Every rule, in the order of the packs.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &RuleInfo> {
        self.linked.rules.iter().map(|place| &self.linked.rule_at(*place).info)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("packs", &self.linked.packs.len())
            .field("rules", &self.linked.rules.len())
            .finish_non_exhaustive()
    }
}

impl Linked {
    fn new(packs: &[Pack]) -> Result<Self, EngineError> {
        let mut slots: BTreeMap<&str, u32> = BTreeMap::new();
        let names = packs.iter().flat_map(|pack| &pack.parts.fields).flat_map(|field| &field.sources);
        for name in names.map(|(path, _)| path.as_ref()).chain(TIME_FIELDS) {
            slots.insert(name, 0);
        }
        for (slot, id) in slots.values_mut().zip(0..) {
            *slot = id;
        }
        let slot_of = |path: &str| slots.get(path).copied().map_or(SlotId::NONE, SlotId);
        let mut linked = Self {
            packs: packs.to_vec(),
            rules: Vec::new(),
            deciders: Vec::new(),
            scopes: Vec::new(),
            paths: Paths::new(slots.keys().copied()),
            fields: Vec::new(),
            scope_slots: vec![false; slots.len()],
            scope_groups: Vec::new(),
            time_slots: TIME_FIELDS.iter().map(|name| slot_of(name)).collect(),
            override_slots: Vec::new(),
            plain: Resolution::default(),
            only: None,
            classes: RwLock::default(),
            scanners: Mutex::default(),
            next_class: AtomicU32::new(0),
        };
        let mut any_value = false;
        let mut scope_groups: BTreeMap<BTreeSet<SlotId>, Vec<u32>> = BTreeMap::new();
        for (pack_id, pack) in (0..).zip(packs) {
            let parts = &pack.parts;
            let number = |n: usize, what| u32::try_from(n).map_err(|_| EngineError { kind: ErrorKind::TooMany(what) });
            let base = number(linked.fields.len(), "fields")?;
            let first_scope = number(linked.scopes.len(), "scopes")?;
            let (fields, scopes) = (number(parts.fields.len(), "fields")?, number(parts.scopes.len(), "scopes")?);
            number(linked.rules.len() + parts.rules.len(), "rules")?;
            let check = |id: u32, count: u32, what| {
                let pack = || pack.name().to_owned();
                if id < count {
                    Ok(())
                } else {
                    Err(EngineError { kind: ErrorKind::OutOfRange { pack: pack(), what, id } })
                }
            };
            for field in &parts.fields {
                let mut sources = Vec::new();
                for (path, under) in &field.sources {
                    if let Some(scope) = under {
                        check(scope.0, scopes, "scope")?;
                    }
                    let slot = slot_of(path);
                    if field.elements {
                        linked.paths.want_container(slot);
                    }
                    sources.push((slot, under.map(|scope| first_scope + scope.0)));
                }
                linked.fields.push(LinkedField { sources, ignore_above: field.ignore_above });
            }
            for (index, scope) in (0..).zip(&parts.scopes) {
                linked.scopes.push(Place { pack: pack_id, index, base, first_scope });
                let mut reads = BTreeSet::new();
                for field in &scope.reads {
                    check(field.0, fields, "field")?;
                    let linked_field = linked.fields.get((base + field.0) as usize);
                    let sources = linked_field.into_iter().flat_map(|field| &field.sources);
                    reads.extend(sources.map(|(slot, _)| *slot));
                }
                scope_groups.entry(reads).or_default().push(first_scope + index);
            }
            for (index, rule) in (0..).zip(&parts.rules) {
                linked.rules.push(Place { pack: pack_id, index, base, first_scope });
                let native = if let Body::Native(matches) = rule.body { Some(matches) } else { None };
                linked.deciders.push(Decider { native, base });
                if let Some(scope) = rule.scope {
                    check(scope.0, scopes, "scope")?;
                }
                let own_fields: Vec<FieldId> = match &rule.then {
                    Then::Alert => Vec::new(),
                    Then::Operation(operation) => {
                        let field = operation.schedule.time.and_then(|field| parts.fields.get(field.0 as usize));
                        let slot = field.and_then(|field| field.sources.first()).map(|(path, _)| slot_of(path));
                        linked.override_slots.extend(slot);
                        operation.fields().copied().collect()
                    }
                    Then::Threat(threat) => threat.fields(),
                };
                own_fields.into_iter().try_for_each(|field| check(field.0, fields, "field"))?;
                let triggers = rule.triggers.iter().flatten();
                for field in triggers.map(|trigger| trigger.field) {
                    match field {
                        Some(FieldId(id)) => check(id, fields, "field")?,
                        None => any_value = true,
                    }
                }
            }
            any_value |= parts.reads_any_value;
        }
        linked.override_slots.sort_unstable();
        linked.override_slots.dedup();
        for slot in scope_groups.keys().flatten() {
            linked.scope_slots.get_mut(slot.index()).into_iter().for_each(|reads| *reads = true);
        }
        let group = |(slots, scopes): (BTreeSet<SlotId>, _)| ScopeGroup { slots: slots.into_iter().collect(), scopes };
        linked.scope_groups = scope_groups.into_iter().map(group).collect();
        linked.paths.want_leaves(any_value);
        linked.plain = linked.resolve(|_| false);
        Ok(linked)
    }

    /// Where fields stand when these scopes hold.
    fn resolve(&self, holds: impl Fn(u32) -> bool) -> Resolution {
        let mut resolution = Resolution::default();
        for LinkedField { sources, ignore_above } in &self.fields {
            let in_force = || sources.iter().filter(|(_, under)| under.is_none_or(&holds)).map(|(slot, _)| *slot);
            let first = sources.first().map(|(slot, _)| *slot);
            if in_force().next().is_some() {
                resolution.push(in_force(), *ignore_above);
            } else {
                resolution.push(first.into_iter(), *ignore_above);
            }
        }
        resolution
    }

    /// The class of an event for which these scopes (a bit each) hold.
    pub(crate) fn class(&self, truth: &[u64]) -> Arc<Class> {
        let known = self.classes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(class) = known.get(truth) {
            return Arc::clone(class);
        }
        let full = known.len() >= MAX_CLASSES;
        drop(known);
        let holds = |scope: u32| truth.get(scope as usize / 64).is_some_and(|word| word >> (scope % 64) & 1 != 0);
        let in_scope =
            (0..).zip(&self.rules).filter(|(_, place)| self.scope_of(**place).is_none_or(holds)).map(|(rule, _)| rule);
        let resolution = self.resolve(holds);
        if full {
            return Arc::new(Class { resolution, always: in_scope.collect(), ..Class::default() });
        }
        let class = Arc::new(self.build_class(resolution, in_scope));
        let mut known = self.classes.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(truth.into()).or_insert(class))
    }

    fn build_class(&self, resolution: Resolution, rules: impl Iterator<Item = u32>) -> Class {
        let mut by_slot_keys: Vec<Key> = vec![Key::default(); self.paths.len()];
        let mut any_value = Key::default();
        let mut always = Vec::new();
        for rule in rules {
            let Some(&place) = self.rules.get(rule as usize) else { continue };
            let Some(triggers) = &self.rule_at(place).triggers else {
                always.push(rule);
                continue;
            };
            for (number, trigger) in (0..).zip(triggers) {
                match trigger.field {
                    None if trigger.texts.iter().any(|text| text.len() < MIN_ANYWHERE) => always.push(rule),
                    None => any_value.add(rule, number),
                    Some(FieldId(field)) => {
                        for slot in resolution.slots((place.base + field) as usize) {
                            by_slot_keys.get_mut(slot.index()).into_iter().for_each(|key| key.add(rule, number));
                        }
                    }
                }
            }
        }
        always.sort_unstable();
        always.dedup();
        any_value.leave_out(&always);
        let any_value = (!any_value.is_empty()).then(|| self.scanner(any_value));
        let mut by_slot = vec![NONE; by_slot_keys.len()];
        let mut scanners = Vec::new();
        for (entry, mut key) in by_slot.iter_mut().zip(by_slot_keys) {
            if !key.is_empty() {
                key.leave_out(&always);
                *entry = u32::try_from(scanners.len()).unwrap_or(NONE);
                scanners.push(self.scanner(key));
            }
        }
        let present = |(slot, at): (u32, &u32)| {
            let rules = scanners
                .get(*at as usize)
                .map(|scanner: &Arc<LazyScanner>| scanner.whenever_present())
                .filter(|rules| !rules.is_empty());
            rules.map(|rules| (SlotId(slot), rules.into()))
        };
        let when_present = (0..).zip(&by_slot).filter_map(present).collect();
        let count = self.paths.edge_count();
        let (mut by_edge, mut only, mut fed) = (Vec::with_capacity(count), Vec::with_capacity(count), Vec::new());
        for (_, slots) in self.paths.fed() {
            let start = range(fed.len());
            let slots: Vec<SlotId> = slots.collect();
            only.push(if let [slot] = slots[..] { slot.0 } else { NONE });
            let slots = slots.iter();
            let scanners = slots.filter_map(|slot| by_slot.get(slot.index())).filter(|at| **at != NONE);
            fed.extend(scanners.copied());
            by_edge.push((start, range(fed.len())));
        }
        let mut scanned = vec![0; count / 64 + 1].into_boxed_slice();
        for edge in by_edge.iter().enumerate().filter(|(_, (start, end))| start < end).map(|(edge, _)| edge) {
            scanned[edge / 64] |= 1 << (edge % 64);
        }
        let id = self.next_class.fetch_add(1, Ordering::Relaxed);
        Class { id, resolution, by_slot, by_edge, scanned, fed, slots: only, scanners, when_present, any_value, always }
    }

    /// The scanner for these triggers, a new one where no class has had it.
    fn scanner(&self, key: Key) -> Arc<LazyScanner> {
        let mut known = self.scanners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scanner) = known.get(&key) {
            return Arc::clone(scanner);
        }
        let stands_everywhere =
            |(_, trigger): &(u32, &pack::Trigger)| trigger.texts.iter().any(|text| stands_everywhere(trigger.op, text));
        let mut whenever_present: Vec<u32> =
            self.triggers(&key).filter(stands_everywhere).map(|(rule, _)| rule).collect();
        whenever_present.sort_unstable();
        whenever_present.dedup();
        let scanner = Arc::new(LazyScanner::new(key.clone(), whenever_present));
        known.insert(key, Arc::clone(&scanner));
        scanner
    }

    /// The scanner, which is built where no value was looked at before.
    #[inline]
    fn built<'c>(&self, scanner: &'c LazyScanner) -> &'c Scanner {
        scanner.get(|key| self.build_scanner(key))
    }

    /// Builds what finds these triggers.
    #[cold]
    fn build_scanner(&self, key: &Key) -> Scanner {
        let mut builder = Builder::default();
        for (rule, trigger) in self.triggers(key) {
            trigger.texts.iter().for_each(|text| builder.add(trigger.op, text, rule));
        }
        builder.build()
    }

    /// The triggers of a key, each with its rule.
    fn triggers(&self, key: &Key) -> impl Iterator<Item = (u32, &pack::Trigger)> {
        key.triggers().filter_map(|(rule, number)| {
            let triggers = self.rule_at(*self.rules.get(rule as usize)?).triggers.as_ref()?;
            Some((rule, triggers.get(number as usize)?))
        })
    }

    /// Whether a scope holds for an event.
    pub(crate) fn scope_holds(&self, scope: u32, event: Slots<'_>) -> bool {
        let Some(place) = self.scopes.get(scope as usize) else { return false };
        let event = Slots { base: place.base, ..event };
        self.pack(*place).scopes.get(place.index as usize).is_some_and(|scope| match &scope.matches {
            pack::ScopeBody::Native(matches) => matches(&event),
            pack::ScopeBody::Tree(node) => node.matches(event),
        })
    }

    pub(crate) fn scope_count(&self) -> usize {
        self.scopes.len()
    }

    /// All scopes, by what they read.
    pub(crate) fn scope_groups(&self) -> &[ScopeGroup] {
        &self.scope_groups
    }

    /// Whether a scope reads this slot.
    #[inline]
    pub(crate) fn scopes_read(&self, slot: SlotId) -> bool {
        self.scope_slots.get(slot.index()).is_some_and(|reads| *reads)
    }

    /// How a rule decides.
    #[inline]
    pub(crate) fn decider(&self, rule: u32) -> Option<Decider> {
        self.deciders.get(rule as usize).copied()
    }

    /// The tree of a rule that is not generated code.
    pub(crate) fn tree(&self, rule: u32) -> Option<&Tree> {
        let place = self.rules.get(rule as usize)?;
        if let Body::Tree(tree) = &self.rule_at(*place).body { Some(tree) } else { None }
    }

    /// A rule and where its pack's fields start.
    pub(crate) fn rule(&self, rule: u32) -> Option<(&pack::Rule, u32)> {
        let place = *self.rules.get(rule as usize)?;
        Some((self.rule_at(place), place.base))
    }

    pub(crate) fn rule_count(&self) -> usize {
        self.rules.len()
    }

    fn pack(&self, place: Place) -> &pack::Parts {
        &self.packs[place.pack as usize].parts
    }

    fn rule_at(&self, place: Place) -> &pack::Rule {
        &self.pack(place).rules[place.index as usize]
    }

    fn scope_of(&self, place: Place) -> Option<u32> {
        self.rule_at(place).scope.map(|scope| place.first_scope + scope.0)
    }
}

impl Class {
    /// What scans the values of this slot, besides [`Class::any_value`].
    pub(crate) fn scanner<'c>(&'c self, slot: SlotId, linked: &Linked) -> Option<&'c Scanner> {
        let scanner = self.by_slot.get(slot.0 as usize).and_then(|at| self.scanners.get(*at as usize))?;
        Some(linked.built(scanner))
    }

    /// Finds triggers that may stand in any value.
    pub(crate) fn any_value(&self, linked: &Linked) -> Option<&Scanner> {
        self.any_value.as_ref().map(|scanner| linked.built(scanner))
    }

    /// Whether a scanner looks at the values behind this edge, besides [`Class::any_value`].
    #[inline]
    pub(crate) fn has_scanners(&self, edge: EdgeId) -> bool {
        self.scanned.get(edge.index() / 64).is_some_and(|bits| bits >> (edge.index() % 64) & 1 != 0)
    }

    /// The slot that this edge feeds, if it feeds one.
    #[inline]
    pub(crate) fn slot(&self, edge: EdgeId) -> Option<SlotId> {
        self.slots.get(edge.index()).filter(|slot| **slot != NONE).map(|slot| SlotId(*slot))
    }

    /// What scans the values behind this edge, besides [`Class::any_value`], and the rules that are candidates whatever it finds.
    pub(crate) fn scanners<'c>(
        &'c self,
        edge: EdgeId,
        linked: &Linked,
    ) -> impl Iterator<Item = (&'c Scanner, &'c [u32])> {
        let range = self.by_edge.get(edge.index()).map(|(start, end)| *start as usize..*end as usize);
        let fed = range.and_then(|range| self.fed.get(range)).unwrap_or_default();
        let scanners = fed.iter().filter_map(|at| self.scanners.get(*at as usize));
        scanners.map(|scanner| (linked.built(scanner), scanner.whenever_present()))
    }
}
