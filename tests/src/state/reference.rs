//! What rules find in events, by the slowest way there is: each window anew, from all events.

use std::collections::{BTreeMap, BTreeSet};

use super::{Aggregate, Event, Field, Filter, KEPT, Kind, Rule, Suppression, Value};

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The rule's number.
    pub rule: usize,
    /// The run.
    pub tick: i64,
    /// The start of its window.
    pub from: i64,
    /// Names and values.
    pub key: Vec<(String, Value)>,
    /// Names and values.
    pub values: Vec<(String, Value)>,
    /// The smallest numbers of the events behind it, 16 at most.
    pub events: Vec<u64>,
    /// How many events are behind it.
    pub count: u64,
    /// The earliest and the latest of them.
    pub span: (i64, i64),
    /// How many others it stands for.
    pub suppressed: u64,
}

/// An event that a rule looks at: its number and its time.
type Seen<'e> = (u64, i64, &'e Event);

/// An event, and one value of the field that was taken apart, if one was.
type Row<'e> = (Seen<'e>, Option<Value>);

/// What a run finds, before it is decided what is told.
struct Candidate {
    key: Vec<(String, Value)>,
    values: Vec<(String, Value)>,
    /// Numbers and times.
    behind: BTreeSet<(u64, i64)>,
    /// What tells it from others of all runs; `None` if it is of this run.
    identity: Option<Vec<Value>>,
    /// What it is suppressed by.
    by: Vec<Value>,
}

/// What rules find, in the order in which it is told.
#[must_use]
pub fn alerts(rules: &[Rule], events: &[Event]) -> Vec<Alert> {
    let mut alerts: Vec<Alert> = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        alerts.extend(of_rule(number, rule, events));
    }
    alerts.sort_by_key(|alert| (alert.tick, alert.rule));
    alerts
}

fn of_rule(number: usize, rule: &Rule, events: &[Event]) -> Vec<Alert> {
    let mut seen: Vec<Seen<'_>> = Vec::new();
    for (at, event) in (0..).zip(events) {
        let time = if rule.by_ingested { event.ingested.or(event.timestamp) } else { event.timestamp };
        if let Some(time) = time
            && passes(rule, event)
        {
            seen.push((at, time, event));
        }
    }
    seen.sort_by_key(|(number, time, _)| (*time, *number));
    let (Some(first), Some(last)) = (seen.first(), seen.last()) else { return Vec::new() };
    let (from, interval) = (rule.from * 1_000, rule.interval * 1_000);
    let mut tick = first.1.div_euclid(interval) * interval;
    let mut memory = Memory::default();
    let mut alerts = Vec::new();
    while tick <= last.1 + from + interval {
        let window: Vec<Seen<'_>> =
            seen.iter().filter(|(_, time, _)| (tick - from..=tick).contains(time)).copied().collect();
        if !window.is_empty() {
            let found = candidates(rule, tick, &window, &seen, &memory);
            memory.tell(rule, number, tick, found, &mut alerts);
        }
        tick += interval;
    }
    alerts
}

fn passes(rule: &Rule, event: &Event) -> bool {
    let is_table = matches!(rule.kind, Kind::Groups { .. } | Kind::Rows { .. });
    let failure = Value::Text("failure".to_owned());
    let outcome = event.value(Field::Outcome);
    let pid = event.value(Field::Pid);
    match rule.filter {
        Filter::All => true,
        Filter::Failure if is_table => outcome == failure,
        Filter::Failure => outcome.values().contains(&failure),
        Filter::NotFailure if is_table => matches!(outcome, Value::Text(_)) && outcome != failure,
        Filter::NotFailure => true,
        Filter::PidAboveZero if is_table => matches!(pid, Value::Long(pid) if pid > 0),
        Filter::PidAboveZero => pid.values().iter().any(|pid| *pid > Value::Long(0)),
        Filter::HasUser => event.value(Field::User) != Value::Null,
    }
}

fn candidates(rule: &Rule, tick: i64, window: &[Seen<'_>], all: &[Seen<'_>], memory: &Memory) -> Vec<Candidate> {
    let by = rule.suppression.as_ref().map_or(&[][..], |suppression| &suppression.by);
    match &rule.kind {
        Kind::Groups { expand, aggregates, by: keys, least, sort } => {
            groups(*expand, aggregates, keys, *least, *sort, window, by)
        }
        Kind::Rows { expand, but } => rows(*expand, *but, window, by),
        Kind::Threshold { fields, value, cardinality } => {
            let mut groups: BTreeMap<Vec<Value>, Vec<Seen<'_>>> = BTreeMap::new();
            for seen in window {
                for key in tuples(fields, seen.2) {
                    if memory.last.get(&key).is_none_or(|last| seen.1 > *last) {
                        groups.entry(key).or_default().push(*seen);
                    }
                }
            }
            let large = groups.into_iter().filter_map(|(key, seen)| {
                let count = seen.len() as u64;
                let mut values = vec![("count".to_owned(), long(seen.len()))];
                let mut enough = count >= *value;
                if let Some((field, least)) = cardinality {
                    let distinct: BTreeSet<Value> =
                        seen.iter().flat_map(|(_, _, event)| event.value(*field).values()).collect();
                    enough &= distinct.len() as u64 >= *least;
                    values.push((format!("cardinality.{}", field.path()), long(distinct.len())));
                }
                let named = fields.iter().map(|field| field.path().to_owned()).zip(key.iter().cloned()).collect();
                let behind = seen.iter().map(|(number, time, _)| (*number, *time)).collect();
                enough.then_some(Candidate { key: named, values, behind, identity: None, by: key })
            });
            large.collect()
        }
        Kind::NewTerms { fields, history } => {
            let (start, from) = (tick - history * 1_000, tick - rule.from * 1_000);
            let mut firsts: BTreeMap<Vec<Value>, i64> = BTreeMap::new();
            for (_, time, event) in all.iter().filter(|(_, time, _)| (start..=tick).contains(time)) {
                for terms in tuples(fields, event) {
                    firsts.entry(terms).and_modify(|first| *first = (*first).min(*time)).or_insert(*time);
                }
            }
            let mut found = Vec::new();
            let mut taken: BTreeSet<Vec<Value>> = BTreeSet::new();
            for (number, time, event) in window {
                for terms in tuples(fields, event) {
                    if firsts.get(&terms).is_some_and(|first| *first > from) && taken.insert(terms.clone()) {
                        let texts = terms.iter().map(|term| match term {
                            Value::Long(number) => Value::Text(number.to_string()),
                            other => other.clone(),
                        });
                        found.push(Candidate {
                            values: vec![("new_terms".to_owned(), Value::of(texts.collect()))],
                            key: fields
                                .iter()
                                .map(|field| field.path().to_owned())
                                .zip(terms.iter().cloned())
                                .collect(),
                            behind: [(*number, *time)].into(),
                            identity: Some([vec![long_of(*number)], terms].concat()),
                            by: by.iter().map(|field| event.value(*field)).collect(),
                        });
                    }
                }
            }
            found
        }
        Kind::Events => {
            let candidate = |number: u64, time: i64, columns: Vec<Value>| Candidate {
                key: Vec::new(),
                values: by.iter().map(|field| field.path().to_owned()).zip(columns.iter().cloned()).collect(),
                behind: [(number, time)].into(),
                identity: Some([vec![long_of(number)], columns.clone()].concat()),
                by: columns,
            };
            let of_event = |(number, time, event): &Seen<'_>| {
                let (number, time) = (*number, *time);
                choices(by, event).into_iter().map(move |columns| candidate(number, time, columns))
            };
            window.iter().flat_map(of_event).collect()
        }
    }
}

/// Events as rows: one for each value of the field that is taken apart. `None` stands for a field that was not.
fn expanded<'e>(expand: Option<Field>, window: &[Seen<'e>]) -> Vec<Row<'e>> {
    let mut rows = Vec::new();
    for seen in window {
        let values = expand.map(|field| seen.2.value(field).values());
        match values {
            None => rows.push((*seen, None)),
            Some(values) if values.is_empty() => rows.push((*seen, Some(Value::Null))),
            Some(values) => rows.extend(values.into_iter().map(|value| (*seen, Some(value)))),
        }
    }
    rows
}

fn column(expand: Option<Field>, (seen, one): &Row<'_>, field: Field) -> Value {
    match one {
        Some(one) if expand == Some(field) => one.clone(),
        _ => seen.2.value(field),
    }
}

fn rows(expand: Option<Field>, but: Option<&str>, window: &[Seen<'_>], by: &[Field]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut nth: BTreeMap<Vec<Value>, i64> = BTreeMap::new();
    for row in expanded(expand, window) {
        let user = column(expand, &row, Field::User);
        if let Some(but) = but
            && !matches!(&user, Value::Text(user) if user != but)
        {
            continue;
        }
        let (number, time, _) = row.0;
        let mut identity = vec![long_of(number), row.1.clone().unwrap_or(Value::Null)];
        let nth = nth.entry(identity.clone()).or_default();
        identity.push(Value::Long(*nth));
        *nth += 1;
        found.push(Candidate {
            key: Vec::new(),
            values: KEPT.map(|field| (field.path().to_owned(), column(expand, &row, field))).into(),
            behind: [(number, time)].into(),
            identity: Some(identity),
            by: by.iter().map(|field| column(expand, &row, *field)).collect(),
        });
    }
    found
}

fn groups(
    expand: Option<Field>,
    aggregates: &[Aggregate],
    keys: &[Field],
    least: i64,
    sort: Option<(usize, bool)>,
    window: &[Seen<'_>],
    by: &[Field],
) -> Vec<Candidate> {
    let rows = expanded(expand, window);
    let mut groups: BTreeMap<Vec<(bool, Value)>, Vec<&Row<'_>>> = BTreeMap::new();
    if keys.is_empty() {
        groups.insert(Vec::new(), Vec::new());
    }
    for row in &rows {
        let mut tuples = vec![Vec::new()];
        for key in keys {
            let value = column(expand, row, *key);
            let mut members = value.values();
            members.dedup();
            if members.is_empty() {
                members.push(Value::Null);
            }
            let longer = |tuple: &Vec<(bool, Value)>, member: &Value| {
                let mut tuple = tuple.clone();
                tuple.push((*member == Value::Null, member.clone()));
                tuple
            };
            tuples = tuples.iter().flat_map(|tuple| members.iter().map(move |member| longer(tuple, member))).collect();
        }
        for tuple in tuples {
            groups.entry(tuple).or_default().push(row);
        }
    }
    let mut found: Vec<(Vec<Value>, Candidate)> = Vec::new();
    for (key, rows) in groups {
        if i64::try_from(rows.len()).unwrap() < least {
            continue;
        }
        let results: Vec<Value> = aggregates
            .iter()
            .map(|call| {
                let of = |field: Field| rows.iter().flat_map(move |row| column(expand, row, field).values()).collect();
                result(*call, rows.len(), &of)
            })
            .collect();
        let key: Vec<(String, Value)> =
            keys.iter().map(|field| field.path().to_owned()).zip(key.into_iter().map(|(_, value)| value)).collect();
        let named = results.iter().enumerate().map(|(at, value)| (format!("a{at}"), value.clone()));
        let suppressed = by.iter().map(|field| {
            key.iter().find(|(name, _)| name == field.path()).map_or(Value::Null, |(_, value)| value.clone())
        });
        let candidate = Candidate {
            values: named.chain(key.iter().cloned()).collect(),
            behind: rows.iter().map(|(seen, _)| (seen.0, seen.1)).collect(),
            identity: None,
            by: suppressed.collect(),
            key,
        };
        found.push((results, candidate));
    }
    if let Some((at, descending)) = sort {
        // nothing is last in ascending order, first in descending order; groups stand in the order of their keys before
        found.sort_by(|(a, _), (b, _)| {
            let extreme = |value: &Value| {
                let values = value.values();
                let value = if descending { values.iter().max() } else { values.iter().min() };
                (value.is_none(), value.cloned())
            };
            let order = extreme(&a[at]).cmp(&extreme(&b[at]));
            if descending { order.reverse() } else { order }
        });
    }
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

fn result(call: Aggregate, rows: usize, of: &dyn Fn(Field) -> Vec<Value>) -> Value {
    let distinct = |field: Field| of(field).into_iter().collect::<BTreeSet<Value>>();
    match call {
        Aggregate::Rows => long(rows),
        Aggregate::Count(field) => long(of(field).len()),
        Aggregate::Distinct(field) => long(distinct(field).len()),
        Aggregate::Values(field) => Value::of(distinct(field).into_iter().collect()),
        Aggregate::Sum(field) => {
            let values = of(field);
            let number = |value: &Value| if let Value::Long(value) = value { i128::from(*value) } else { 0 };
            let sum: i128 = values.iter().map(number).sum();
            i64::try_from(sum).ok().filter(|_| !values.is_empty()).map_or(Value::Null, Value::Long)
        }
        Aggregate::Min(field) => distinct(field).into_iter().next().unwrap_or(Value::Null),
        Aggregate::Max(field) => distinct(field).into_iter().next_back().unwrap_or(Value::Null),
        Aggregate::Avg(field) => {
            let values = of(field);
            let sum: f64 = values.iter().filter_map(Value::as_double).sum();
            let count = u32::try_from(values.len()).unwrap();
            if count == 0 { Value::Null } else { Value::double(sum / f64::from(count) + 0.0) }
        }
    }
}

/// Every choice of one value of each field; none if one has no value.
fn tuples(fields: &[Field], event: &Event) -> BTreeSet<Vec<Value>> {
    let mut tuples: BTreeSet<Vec<Value>> = [Vec::new()].into();
    for field in fields {
        let values = event.value(*field).values();
        let longer = |tuple: &Vec<Value>, value: &Value| [tuple.clone(), vec![value.clone()]].concat();
        tuples = tuples.iter().flat_map(|tuple| values.iter().map(|value| longer(tuple, value))).collect();
    }
    tuples
}

/// The same, where a missing value is one.
fn choices(fields: &[Field], event: &Event) -> BTreeSet<Vec<Value>> {
    let mut choices: BTreeSet<Vec<Value>> = [Vec::new()].into();
    for field in fields {
        let mut values = event.value(*field).values().clone();
        if values.is_empty() {
            values.push(Value::Null);
        }
        let longer = |choice: &Vec<Value>, value: &Value| [choice.clone(), vec![value.clone()]].concat();
        choices = choices.iter().flat_map(|choice| values.iter().map(|value| longer(choice, value))).collect();
    }
    choices
}

/// What is remembered from run to run.
#[derive(Default)]
struct Memory {
    /// Alerts that stand for single events, and were told or suppressed.
    told: BTreeSet<Vec<Value>>,
    /// Of threshold rules: the latest event of each group that was told.
    last: BTreeMap<Vec<Value>, i64>,
    /// The end of each suppression.
    suppressed: BTreeMap<Vec<Value>, i64>,
}

impl Memory {
    fn tell(&mut self, rule: &Rule, number: usize, tick: i64, found: Vec<Candidate>, alerts: &mut Vec<Alert>) {
        let mut told: Vec<Alert> = Vec::new();
        let mut of_run: BTreeMap<Vec<Value>, usize> = BTreeMap::new();
        for candidate in found {
            if candidate.identity.as_ref().is_some_and(|identity| self.told.contains(identity)) {
                continue;
            }
            let by = match &rule.suppression {
                Some(Suppression { missing_too, .. }) if *missing_too || !candidate.by.contains(&Value::Null) => {
                    Some(candidate.by.clone())
                }
                _ => None,
            };
            let mut stands = false;
            if let Some(by) = &by {
                if let Some(at) = of_run.get(by) {
                    told[*at].suppressed += 1;
                    stands = true;
                } else if self.suppressed.get(by).is_some_and(|end| *end >= tick) {
                    stands = true;
                }
            }
            if !stands && told.len() >= rule.most {
                // what finds no place may be told by a later run
                continue;
            }
            self.told.extend(candidate.identity);
            let times = || candidate.behind.iter().map(|(_, time)| *time);
            let span = (times().min().unwrap_or_default(), times().max().unwrap_or_default());
            if matches!(rule.kind, Kind::Threshold { .. }) {
                self.last.insert(candidate.key.iter().map(|(_, value)| value.clone()).collect(), span.1);
            }
            if stands {
                continue;
            }
            if let Some(by) = by {
                if let Some(duration) = rule.suppression.as_ref().and_then(|suppression| suppression.duration) {
                    self.suppressed.insert(by.clone(), tick + duration * 1_000);
                }
                of_run.insert(by, told.len());
            }
            told.push(Alert {
                rule: number,
                tick,
                from: tick - rule.from * 1_000,
                key: candidate.key,
                values: candidate.values,
                events: first_numbers(&rule.kind, &candidate.behind),
                count: candidate.behind.len() as u64,
                span,
                suppressed: 0,
            });
        }
        alerts.append(&mut told);
    }
}

/// The smallest numbers; of threshold rules the numbers of the earliest events.
fn first_numbers(kind: &Kind, behind: &BTreeSet<(u64, i64)>) -> Vec<u64> {
    let mut numbers: Vec<(i64, u64)> = behind.iter().map(|(number, time)| (*time, *number)).collect();
    if matches!(kind, Kind::Threshold { .. }) {
        numbers.sort_unstable();
    } else {
        numbers.sort_unstable_by_key(|(_, number)| *number);
    }
    numbers.into_iter().map(|(_, number)| number).take(16).collect()
}

fn long(count: usize) -> Value {
    Value::Long(i64::try_from(count).unwrap())
}

fn long_of(number: u64) -> Value {
    Value::Long(number.cast_signed())
}
