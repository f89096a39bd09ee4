//! Random rules and events: few distinct values, so that groups meet, and everything that a window may stumble over.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Aggregate, Event, Field, Filter, Kind, Rule, Suppression};

/// What a case starts from: before and behind 1970.
const BASES: [i64; 3] = [-15_000, 0, 1_767_312_000_000];

/// A few events that stand within a minute.
pub fn events(most: usize) -> impl Strategy<Value = Vec<Event>> {
    let event = (
        (option::weighted(0.95, 0_i64..60), option::weighted(0.7, 0_i64..60)),
        texts(&["failure", "success"]),
        texts(&["ada", "bob", "cyd"]),
        texts(&["h1", "h2"]),
        texts(&["sh", "nc", "perl", "awk"]),
        prop_oneof![9 => vec(-2_i64..4, 0..4), 1 => vec(select(&[i64::MAX, i64::MIN, 1][..]), 1..3)],
        vec((-4_i32..9).prop_map(|half| f64::from(half) / 2.0), 0..3),
        0_u8..8,
    );
    (select(&BASES[..]), vec(event, 1..most)).prop_map(|(base, all)| {
        let mut events: Vec<Event> = Vec::with_capacity(all.len());
        for ((timestamp, ingested), outcome, user, host, name, pid, score, again) in all {
            let at = |half: Option<i64>| half.map(|half| base + half * 500);
            let event = match events.last() {
                Some(before) if again == 0 => before.clone(),
                _ => Event { timestamp: at(timestamp), ingested: at(ingested), outcome, user, host, name, pid, score },
            };
            events.push(event);
        }
        events
    })
}

/// Mostly one text, sometimes none or several, which may be the same.
fn texts(of: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let some = |range: std::ops::Range<usize>| vec(select(of).prop_map(str::to_owned), range);
    prop_oneof![6 => some(1..2), 2 => some(0..1), 2 => some(2..4)]
}

/// A few rules.
pub fn rules() -> impl Strategy<Value = Vec<Rule>> {
    vec(rule(), 1..4)
}

fn rule() -> impl Strategy<Value = Rule> {
    let filter = select(&[Filter::All, Filter::Failure, Filter::NotFailure, Filter::PidAboveZero, Filter::HasUser][..]);
    let schedule = (select(&[1_i64, 2, 3, 5, 7, 30][..]), select(&[1_i64, 2, 3, 5, 10][..]));
    let suppressed = (vec(field(), 1..3), option::of(1_i64..20), any::<bool>());
    (
        kind(),
        filter,
        schedule,
        any::<bool>(),
        select(&[1_usize, 2, 3, 100, 100, 100][..]),
        option::weighted(0.4, suppressed),
        any::<bool>(),
    )
        .prop_map(|(kind, filter, (from, interval), by_ingested, most, suppressed, block)| {
            let suppression = suppressed.map(|(by, duration, missing_too)| Suppression { by, duration, missing_too });
            let mut rule = Rule { kind, filter, from, interval, by_ingested, most, suppression, block };
            settle(&mut rule);
            rule
        })
}

/// Makes parts fit each other.
fn settle(rule: &mut Rule) {
    if let Kind::NewTerms { history, .. } = &mut rule.kind {
        *history += rule.from;
    }
    let columns = match &rule.kind {
        // an alert has no other columns
        Kind::Groups { by, .. } => by.clone(),
        _ => vec![Field::User, Field::Host, Field::Name, Field::Pid],
    };
    if let Some(suppression) = &mut rule.suppression {
        suppression.by.retain(|field| columns.contains(field));
        let mut seen = Vec::new();
        suppression.by.retain(|field| !seen.contains(field) && (seen.push(*field), true).1);
        match rule.kind {
            Kind::Threshold { .. } => suppression.missing_too = true,
            _ if suppression.by.is_empty() => rule.suppression = None,
            _ => {}
        }
    }
    if rule.suppression.is_none() && matches!(rule.kind, Kind::Events) {
        rule.suppression = Some(Suppression { by: vec![Field::Host], duration: Some(4), missing_too: false });
    }
    if let Some(Suppression { duration: duration @ None, .. }) = &mut rule.suppression
        && matches!(rule.kind, Kind::Threshold { .. })
    {
        *duration = Some(3);
    }
}

fn field() -> impl Strategy<Value = Field> {
    select(&[Field::User, Field::Host, Field::Name, Field::Pid][..])
}

fn fields(range: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<Field>> {
    subsequence(vec![Field::User, Field::Host, Field::Name, Field::Pid], range).prop_shuffle()
}

fn kind() -> impl Strategy<Value = Kind> {
    let expand = || option::weighted(0.3, field());
    let sort = option::of((0_usize..8, any::<bool>()));
    let groups = (expand(), vec(aggregate(), 0..5), fields(0..=3), 1_i64..4, sort);
    prop_oneof![
        4 => groups.prop_map(|(expand, more, by, least, sort)| {
            let aggregates = [vec![Aggregate::Rows], more].concat();
            let sort = sort.map(|(at, descending)| (at % aggregates.len(), descending));
            Kind::Groups { expand, aggregates, by, least, sort }
        }),
        2 => (expand(), option::weighted(0.3, Just("ada"))).prop_map(|(expand, but)| Kind::Rows { expand, but }),
        3 => (fields(0..=2), 1_u64..4, option::weighted(0.4, (field(), 1_u64..3))).prop_map(
            |(fields, value, cardinality)| {
                // Kibana takes no field that makes groups for the one whose values are counted
                let cardinality = cardinality.filter(|(field, _)| !fields.contains(field));
                Kind::Threshold { fields, value, cardinality }
            }
        ),
        2 => (fields(1..=3), 0_i64..40).prop_map(|(fields, history)| Kind::NewTerms { fields, history }),
        1 => Just(Kind::Events),
    ]
}

fn aggregate() -> impl Strategy<Value = Aggregate> {
    prop_oneof![
        field().prop_map(Aggregate::Count),
        field().prop_map(Aggregate::Distinct),
        field().prop_map(Aggregate::Values),
        Just(Aggregate::Sum(Field::Pid)),
        field().prop_map(Aggregate::Min),
        field().prop_map(Aggregate::Max),
        Just(Aggregate::Avg(Field::Score)),
    ]
}
