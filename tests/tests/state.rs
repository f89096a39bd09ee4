//! Rules that look at more than one event: the engine finds what a slow reference finds, and how events come, in which pieces and over which sessions, changes
//! nothing. `SIGIL_STATE_CASES` says how many cases are tried.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sigil_compiler::ir::eval::Scoping;
use sigil_runtime::operator::{AlertId, Counters, Found};
use sigil_runtime::table;
use sigil_runtime::{Alert, Engine, Session};
use sigil_tests::state::reference::{self, Alert as Expected};
use sigil_tests::state::{Event, Rule, Value, generate};
use sigil_tests::verdicts::{compile_texts, engine};

fn cases() -> u32 {
    std::env::var("SIGIL_STATE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}

/// Rules over the alerts of the others: their alerts are not in the reference, but must be the same however events come.
const OVER_ALERTS: [&str; 2] = [
    "[rule]\nname = 'Alerts of One User'\nrule_id = '10000000-0000-4000-8000-000000000001'\nseverity = 'low'\ntype = 'threshold'\nlanguage = 'kuery'\nindex = ['.alerts-security.*']\nfrom = 'now-7s'\ninterval = '3s'\nquery = 'event.kind: signal'\n[rule.threshold]\nfield = ['user.name']\nvalue = 2\n",
    "[rule]\nname = 'Alerts One by One'\nrule_id = '10000000-0000-4000-8000-000000000002'\nseverity = 'low'\ntype = 'esql'\nlanguage = 'esql'\nfrom = 'now-5s'\ninterval = '2s'\nquery = 'FROM .alerts-security.* METADATA _id, _index, _version | WHERE event.kind == \"signal\" | KEEP user.name, kibana.alert.rule.name'\n",
];

fn compiled(rules: &[Rule], over_alerts: bool) -> Engine {
    let mut texts: Vec<(String, String)> =
        rules.iter().enumerate().map(|(at, rule)| (format!("{at}.toml"), rule.text(at))).collect();
    if over_alerts {
        texts.extend(OVER_ALERTS.iter().enumerate().map(|(at, text)| (format!("over_{at}.toml"), (*text).to_owned())));
    }
    let texts: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let compilation = compile_texts(&texts);
    assert_eq!(compilation.plan.rules.len(), texts.len(), "{:?}\n{texts:?}", compilation.outcomes);
    engine(&compilation.plan, Scoping::Ignore)
}

/// An alert as it was told: the number of the rule, `None` of those over alerts.
type Told = (Option<usize>, AlertId, Found);

fn note(told: &mut Vec<Told>, alert: &Alert<'_>) {
    if let Some(found) = alert.found() {
        let number = alert.rule().title.strip_prefix("Rule ").and_then(|number| number.parse().ok());
        told.push((number, alert.id(), found.clone()));
    }
}

/// All events, then all runs.
fn straight(engine: &Engine, events: &[Event]) -> (Vec<Told>, Vec<Counters>) {
    let mut session = engine.session();
    let mut told = Vec::new();
    for event in events {
        session.process_json(event.json().as_bytes(), |alert| note(&mut told, alert)).unwrap();
    }
    session.finish(|alert| note(&mut told, alert));
    (told, session.counters().map(|(_, counters)| counters.clone()).collect())
}

fn value_of(value: &table::Value) -> Value {
    match value {
        table::Value::Null => Value::Null,
        table::Value::Int(number) => Value::Long((*number).into()),
        table::Value::Long(number) => Value::Long(*number),
        table::Value::Double(number) => Value::double(*number),
        table::Value::List(values) => Value::List(values.iter().map(value_of).collect()),
        other => Value::Text(other.to_string()),
    }
}

fn shown(told: &[Told]) -> Vec<Expected> {
    let named = |pairs: &[(std::sync::Arc<str>, table::Value)]| {
        pairs.iter().map(|(name, value)| (name.to_string(), value_of(value))).collect::<Vec<_>>()
    };
    let of = |(rule, _, found): &Told| {
        Some(Expected {
            rule: (*rule)?,
            tick: found.window.to,
            from: found.window.from,
            key: named(&found.key),
            values: named(&found.values),
            events: found.origins.events.clone(),
            count: found.origins.count,
            span: (found.origins.first, found.origins.last),
            suppressed: found.suppressed,
        })
    };
    told.iter().filter_map(of).collect()
}

fn same<T: PartialEq + Debug>(what: &str, got: &[T], expected: &[T]) -> Result<(), TestCaseError> {
    let at =
        got.iter().zip(expected).position(|(got, expected)| got != expected).unwrap_or(got.len().min(expected.len()));
    prop_assert!(
        got == expected,
        "{what}: {} and {} of them, the first difference at {at}:\n     got {:?}\nexpected {:?}",
        got.len(),
        expected.len(),
        got.get(at),
        expected.get(at)
    );
    Ok(())
}

/// A case, shown as what a reader can run: rule files and events.
struct Case {
    rules: Vec<Rule>,
    events: Vec<Event>,
    cuts: Vec<Cut>,
    over_alerts: bool,
}

impl Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "over alerts: {}", self.over_alerts)?;
        self.rules.iter().enumerate().try_for_each(|(at, rule)| writeln!(f, "{}", rule.text(at)))?;
        self.events.iter().zip(&self.cuts).try_for_each(|(event, cut)| writeln!(f, "{} {cut:?}", event.json()))
    }
}

fn check(cases: u32, test: impl Fn(Case) -> Result<(), TestCaseError>) {
    let config =
        ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::default() };
    let strategy = (generate::rules(), generate::events(40), cuts(40), prop::bool::weighted(0.3))
        .prop_map(|(rules, events, cuts, over_alerts)| Case { rules, events, cuts, over_alerts });
    if let Err(error) = TestRunner::new(config).run(&strategy, test) {
        panic!("{error}");
    }
}

/// What happens behind an event.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// Where the event stands among the others, as they come.
    place: u16,
    /// The watermark moves, this far behind the earliest event that is still to come.
    advance: Option<i64>,
    /// The session is written and read again.
    restore: bool,
    /// The event goes through another session.
    elsewhere: bool,
}

fn cuts(most: usize) -> impl Strategy<Value = Vec<Cut>> {
    let advance = prop_oneof![Just(None), Just(Some(0)), (0_i64..5_000).prop_map(Some)];
    let cut = (any::<u16>(), advance, prop::bool::weighted(0.3), prop::bool::weighted(0.3))
        .prop_map(|(place, advance, restore, elsewhere)| Cut { place, advance, restore, elsewhere });
    vec(cut, most)
}

/// The events in another order and in pieces.
fn in_pieces(engine: &Engine, events: &[Event], cuts: &[Cut]) -> (Vec<Told>, Vec<Counters>) {
    let mut order: Vec<(u16, usize, Cut)> =
        (0..events.len()).zip(cuts).map(|(at, cut)| (cut.place, at, *cut)).collect();
    order.sort_by_key(|(place, at, _)| (*place, *at));
    let earliest = |at: usize| events[at].timestamp.into_iter().chain(events[at].ingested).min();
    let mut session: Session = engine.session();
    let mut other = engine.session();
    other.hold_rows();
    let (mut told, mut rows) = (Vec::new(), Vec::new());
    for (done, (_, at, cut)) in order.iter().enumerate() {
        let json = events[*at].json();
        if cut.elsewhere {
            other.number_events_from(*at as u64);
            other.process_json(json.as_bytes(), |alert| note(&mut told, alert)).unwrap();
            other.take_rows(&mut rows);
            rows.drain(..).for_each(|row| session.apply(row));
        } else {
            session.number_events_from(*at as u64);
            session.process_json(json.as_bytes(), |alert| note(&mut told, alert)).unwrap();
        }
        let still = order[done + 1..].iter().filter_map(|(_, at, _)| earliest(*at)).min();
        if let (Some(behind), Some(still)) = (cut.advance, still) {
            session.advance(still - 1 - behind, |alert| note(&mut told, alert));
        }
        if cut.restore {
            let bytes = session.snapshot();
            let restored = engine.restore(&bytes).unwrap();
            assert!(restored.dropped.is_empty());
            session = restored.session;
            let bytes = session.snapshot();
            assert!(engine.restore(&bytes).unwrap().session.snapshot() == bytes, "the same state has the same bytes");
        }
    }
    session.finish(|alert| note(&mut told, alert));
    (told, session.counters().map(|(_, counters)| counters.clone()).collect())
}

#[test]
fn the_engine_finds_what_the_reference_finds_however_events_come() {
    check(cases(), |Case { rules, events, cuts, over_alerts }| {
        let engine = compiled(&rules, over_alerts);
        let (told, counters) = straight(&engine, &events);
        let mut got = shown(&told);
        prop_assert!(got.is_sorted_by_key(|alert| alert.tick), "runs in the order of their times");
        // the order of rules is the pack's
        got.sort_by_key(|alert| (alert.tick, alert.rule));
        if !over_alerts {
            same("reference", &got, &reference::alerts(&rules, &events))?;
        }
        for (rule, mark) in engine
            .rules()
            .filter_map(|rule| Some((rule.title.strip_prefix("Rule ")?.parse::<usize>().ok()?, &rule.marks)))
        {
            prop_assert_eq!(rules[rule].block, mark.contains(&sigil_runtime::pack::Mark::BuildingBlock));
        }
        let ids: std::collections::BTreeSet<AlertId> = told.iter().map(|(_, id, _)| *id).collect();
        prop_assert_eq!(ids.len(), told.len(), "ids differ from each other");
        let (pieces, counted) = in_pieces(&engine, &events, &cuts);
        same("pieces", &pieces, &told)?;
        same("counters", &counted, &counters)
    });
}
