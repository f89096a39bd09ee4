//! Streams that no sensor should send and some attacker will, for rules that look at more than one event: bounded memory, counted losses, seconds.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use sigil_compiler::ir::eval::Scoping;
use sigil_runtime::operator::{Counters, Limits, Watermark};
use sigil_tests::verdicts::{compile_texts, engine};

/// Counts the bytes that are held.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grow(bytes: usize) {
    let now = HELD.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(now, Relaxed);
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; this one counts and hands on")]
// SAFETY: every call is handed on to the system's allocator as it is
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as the caller's
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller's
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        HELD.fetch_sub(layout.size(), Relaxed);
        grow(size);
        // SAFETY: as the caller's
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One test at a time: memory is counted for all.
static ALONE: Mutex<()> = Mutex::new(());

/// Generous: what is tested is that nothing explodes, on slow machines too.
const LONG: Duration = Duration::from_mins(1);

const MIB: usize = 1 << 20;

/// One of each kind, by the field `made.up`.
const RULES: [(&str, &str); 7] = [
    (
        "groups",
        "type = 'esql'\nlanguage = 'esql'\nquery = 'FROM logs-* | STATS c = COUNT(*), u = COUNT_DISTINCT(made.up), v = VALUES(made.too), s = SUM(process.pid), a = AVG(event.risk_score), lo = MIN(made.up) BY made.up | WHERE c >= 1 | SORT c DESC'\n",
    ),
    (
        "groups_of_rows",
        "type = 'esql'\nlanguage = 'esql'\nfrom = 'now-90m'\nquery = 'FROM logs-* | STATS c = COUNT(*), s = SUM(process.pid) BY made.up, host.name | WHERE c >= 1'\n",
    ),
    (
        "rows",
        "type = 'esql'\nlanguage = 'esql'\nquery = 'FROM logs-* METADATA _id, _index, _version | MV_EXPAND made.up | KEEP made.up, process.pid'\n",
    ),
    (
        "threshold",
        "type = 'threshold'\nlanguage = 'kuery'\nquery = '*'\n[rule.threshold]\nfield = ['made.up', 'host.name']\nvalue = 1\n[[rule.threshold.cardinality]]\nfield = 'made.too'\nvalue = 1\n",
    ),
    (
        "new_terms",
        "type = 'new_terms'\nlanguage = 'kuery'\nquery = '*'\n[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = ['made.up', 'made.too']\n[[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-9000d'\n",
    ),
    (
        "suppressed",
        "type = 'query'\nlanguage = 'kuery'\nquery = '*'\n[rule.alert_suppression]\ngroup_by = ['made.up']\n[rule.alert_suppression.duration]\nvalue = 900000\nunit = 'h'\n",
    ),
    (
        "suppressed_groups",
        "type = 'threshold'\nlanguage = 'kuery'\nquery = '*'\n[rule.threshold]\nfield = ['made.up']\nvalue = 1\n[rule.alert_suppression.duration]\nvalue = 900000\nunit = 'h'\n",
    ),
];

/// Small limits.
const SMALL: Limits = Limits { groups: 1_000, bytes: 8 * MIB, rows: 1_000, terms: 1_000, windows: 10 };

/// What became of a stream.
struct Ran {
    alerts: usize,
    counters: Counters,
}

/// Runs one rule on a stream. What it holds at most, beside the engine, is below `most`; its state goes through bytes at the end.
fn run(rule: usize, limits: Limits, most: usize, events: &mut dyn Iterator<Item = String>) -> Ran {
    let (name, rest) = RULES[rule];
    let head = if rest.contains("from = ") { "" } else { "from = 'now-9m'\n" };
    let text = format!(
        "[rule]\nname = '{name}'\nrule_id = '00000000-0000-4000-8000-00000000000{rule}'\nseverity = 'low'\ninterval = '5m'\nmax_signals = 1000000\n{head}{rest}"
    );
    let compilation = compile_texts(&[("rule.toml", &text)]);
    assert_eq!(compilation.plan.rules.len(), 1, "{:?}", compilation.outcomes);
    let engine = engine(&compilation.plan, Scoping::Ignore).with_limits(limits);
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let start = Instant::now();
    let mut session = engine.session();
    let mut watermark = Watermark::new(60_000);
    let (mut alerts, mut count) = (0, 0);
    for event in events {
        session.process_json(event.as_bytes(), |_| {}).unwrap_or_else(|error| panic!("{error}"));
        if let Some(at) = session.event_time(event.as_bytes()).and_then(|time| watermark.observe(time)) {
            session.advance(at, |_| alerts += 1);
        }
        count += 1;
    }
    let bytes = session.snapshot();
    let mut session = engine.restore(&bytes).unwrap().session;
    session.advance(i64::MIN, |_| alerts += 1);
    session.finish(|_| alerts += 1);
    session.advance(0, |_| alerts += 1);
    let held = PEAK.load(Relaxed).saturating_sub(before);
    assert!(held < most, "{name}: {} MiB", held / MIB);
    assert!(start.elapsed() < LONG, "{name}: {:?}", start.elapsed());
    let counters = session.counters().next().map(|(_, counters)| counters.clone()).unwrap_or_default();
    assert_eq!(counters.events, count, "{name}");
    Ran { alerts, counters }
}

fn each(mut test: impl FnMut(usize, &str)) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    (0..RULES.len()).for_each(|rule| test(rule, RULES[rule].0));
}

/// 2026-01-01.
const START: i64 = 1_767_225_600_000;

#[test]
fn clocks_jump_and_tell_nonsense() {
    const DAY: i64 = 86_400_000;
    each(|rule, name| {
        let mut events = (0..20_000_i64).map(|n| {
            let time = match n % 12 {
                0 => json!(START + n * 1_000 + 3_650 * DAY),
                1 => json!(START - n * DAY),
                2 => json!(i64::MAX),
                3 => json!(i64::MIN),
                4 => json!(-62_167_219_200_000_i64 + n),
                5 => json!(253_402_300_799_999_i64 - n),
                6 => json!("yesterday"),
                7 => json!(1e300),
                8 => json!("-9999999-01-01T00:00:00Z"),
                9 => json!([START + n * 1_000, -5]),
                _ => json!(START + n * 1_000),
            };
            json!({"@timestamp": time, "made": {"up": format!("k{}", n % 50), "too": "x"}, "host": {"name": "h"}})
                .to_string()
        });
        let ran = run(rule, Limits::default(), 200 * MIB, &mut events);
        assert!(ran.counters.untimed > 5_000, "{name}: {:?}", ran.counters);
        assert!(ran.counters.late > 0 && ran.alerts > 0, "{name}: {:?}", ran.counters);
    });
}

#[test]
fn all_events_have_one_key() {
    each(|rule, name| {
        let mut events = (0..50_000_i64).map(|n| {
            let made = json!({"up": "same", "too": format!("v{n}")});
            json!({"@timestamp": START + n * 40, "made": made, "host": {"name": "h"}, "process": {"pid": n}})
                .to_string()
        });
        let ran = run(rule, Limits { rows: 20_000, ..SMALL }, 120 * MIB, &mut events);
        assert!(ran.alerts > 0, "{name}");
    });
}

#[test]
fn each_event_has_a_key_of_its_own() {
    each(|rule, name| {
        let mut events = (0..50_000_i64).map(|n| {
            let made = json!({"up": format!("key {n}"), "too": "x"});
            json!({"@timestamp": START + n * 200, "made": made, "host": {"name": "h"}}).to_string()
        });
        let ran = run(rule, SMALL, 64 * MIB, &mut events);
        assert!(ran.counters.evicted > 10_000, "{name}: {:?}", ran.counters);
        // what is kept is the latest of each window: no run is lost
        assert!(ran.counters.runs >= 36, "{name}: {:?}", ran.counters);
    });
}

/// A new key per event, slowly enough that no window is full: what is remembered of earlier ones is bounded too.
#[test]
fn what_is_remembered_for_long_is_bounded() {
    each(|rule, name| {
        let mut events = (0..20_000_i64).map(|n| {
            let made = json!({"up": format!("key {n}"), "too": "x"});
            json!({"@timestamp": START + n * 1_000, "made": made, "host": {"name": "h"}}).to_string()
        });
        let ran = run(rule, Limits { groups: 20_000, rows: 20_000, ..SMALL }, 64 * MIB, &mut events);
        let remembers = ["new_terms", "suppressed", "suppressed_groups"].contains(&name);
        assert!(!remembers || ran.counters.evicted > 10_000, "{name}: {:?}", ran.counters);
    });
}

#[test]
fn keys_of_a_megabyte() {
    let long = "k".repeat(MIB);
    each(|rule, name| {
        let mut events = (0..150_i64).map(|n| {
            let made = json!({"up": format!("{n}{long}"), "too": "x"});
            json!({"@timestamp": START + n * 20_000, "made": made, "host": {"name": "h"}}).to_string()
        });
        let ran = run(rule, SMALL, 100 * MIB, &mut events);
        assert!(ran.counters.evicted > 0, "{name}: {:?}", ran.counters);
    });
}

#[test]
fn arrays_of_a_hundred_thousand() {
    let many: Vec<String> = (0..100_000).map(|n| format!("value {n}")).collect();
    each(|rule, name| {
        let mut events = (0..6_i64).map(|n| {
            let made = json!({"up": many, "too": many});
            json!({"@timestamp": START + n * 100_000, "made": made, "host": {"name": ["a", "b", "c"]}}).to_string()
        });
        let ran = run(rule, Limits { bytes: 256 * MIB, ..Limits::default() }, 700 * MIB, &mut events);
        let counted = ran.counters.evicted + ran.counters.warnings.other;
        assert!(counted > 0 || name == "suppressed", "{name}: {:?}", ran.counters);
    });
}

#[test]
fn numbers_without_measure() {
    each(|rule, name| {
        let mut events = (0..20_000_i64).map(|n| {
            let pid = match n % 6 {
                0 => json!(i64::MAX),
                1 => json!(i64::MIN),
                2 => json!("NaN"),
                3 => json!(1e308),
                4 => json!([i64::MAX, i64::MAX, u64::MAX]),
                _ => json!("1e999999999"),
            };
            let score = [json!(1e308), json!(-0.0), json!("NaN"), json!("-Infinity"), json!(5e-324), json!("1e400")];
            let at = usize::try_from(n % 6).unwrap();
            let event = json!({"@timestamp": START + n * 500, "made": {"up": n % 3, "too": score[at]}, "host": {"name": "h"}, "process": {"pid": pid}, "event": {"risk_score": score[at]}});
            event.to_string()
        });
        let ran = run(rule, Limits::default(), 200 * MIB, &mut events);
        assert!(ran.alerts > 0, "{name}");
    });
}

/// Ten thousand windows stand open at once: the watermark does not move.
#[test]
fn thousands_of_open_windows() {
    each(|rule, name| {
        let mut events = (0..10_000_i64).map(|n| {
            let time = START - (n * 7_919 % 10_000) * 600_000;
            let time = if n == 0 { START - 10_000 * 600_000 } else { time };
            // as many stand far ahead of the first as beside it: no jump is believed
            let time = if n % 2 == 0 { START - 10_000 * 600_000 } else { time };
            json!({"@timestamp": time, "made": {"up": format!("k{n}"), "too": "x"}, "host": {"name": "h"}}).to_string()
        });
        let ran = run(rule, Limits::default(), 200 * MIB, &mut events);
        assert!(ran.counters.runs > 0, "{name}");
        if name == "groups" {
            assert!(ran.counters.evicted > 1_000, "{name}: {:?}", ran.counters);
        }
    });
}
