//! Any bytes as the state of a session: they are taken up or refused, with memory in proportion to them, and what was taken up goes on.
//!
//! The first byte of the input says what the others are: all of the bytes, what stands between the head and the digest, or changes of the state of one rule in a sound
//! snapshot, whose lengths and digest are put right again.
#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use sigil_compiler::source::Sources;
use sigil_compiler::{Options, compile};
use sigil_runtime::bytes::{Reader, Writer};
use sigil_runtime::{Alert, Engine, Session};

/// Counts the bytes that are held.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grow(bytes: usize) {
    let now = HELD.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(now, Relaxed);
}

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

/// So many bytes may be held for each byte of a snapshot while it is taken up, beside a session's own: a value of one byte takes 24 in a list, which is copied once.
const MOST_EACH: usize = 128;

/// One of each kind, and all that `STATS` computes.
const RULES: [&str; 11] = [
    "type = 'esql'\nlanguage = 'esql'\nquery = 'FROM logs-* | STATS c = COUNT(*), u = COUNT_DISTINCT(n), v = VALUES(k), s = SUM(n), a = AVG(d), lo = MIN(k), hi = MAX(d) BY k | WHERE c >= 1 | SORT c DESC'\n",
    "type = 'esql'\nlanguage = 'esql'\nquery = 'FROM logs-* | STATS m = MEDIAN(n), p = PERCENTILE(d, 90), e = MEDIAN_ABSOLUTE_DEVIATION(n), s = STD_DEV(d), r = VARIANCE(n), t = TOP(k, 2, \"asc\"), w = WEIGHTED_AVG(d, n)'\n",
    "type = 'esql'\nlanguage = 'esql'\nquery = 'FROM logs-* | STATS f = FIRST(k, n), l = LAST(d, @timestamp), o = ABSENT(k), i = PRESENT(d), x = SAMPLE(k, 3), z = COUNT(n) BY k, b = BUCKET(n, 10)'\n",
    "type = 'esql'\nlanguage = 'esql'\nfrom = 'now-90m'\nquery = 'FROM logs-* | STATS c = COUNT(*), s = SUM(n) BY k, n | WHERE c >= 1'\n",
    "type = 'esql'\nlanguage = 'esql'\nquery = 'FROM logs-* METADATA _id, _index, _version | MV_EXPAND k | KEEP k, n, d'\n",
    "type = 'threshold'\nlanguage = 'kuery'\nquery = '*'\n[rule.threshold]\nfield = ['k', 'host.name']\nvalue = 1\n[[rule.threshold.cardinality]]\nfield = 'n'\nvalue = 1\n",
    "type = 'new_terms'\nlanguage = 'kuery'\nquery = '*'\n[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = ['k', 'host.name']\n[[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-7d'\n",
    "type = 'query'\nlanguage = 'kuery'\nquery = '*'\n[rule.alert_suppression]\ngroup_by = ['k']\n[rule.alert_suppression.duration]\nvalue = 1\nunit = 'h'\n",
    "type = 'threshold'\nlanguage = 'kuery'\nquery = '*'\n[rule.threshold]\nfield = ['k']\nvalue = 1\n[rule.alert_suppression.duration]\nvalue = 2\nunit = 'h'\n",
    "type = 'threat_match'\nlanguage = 'kuery'\nquery = 'source.ip: *'\nthreat_query = 'threat.indicator.ip: *'\nthreat_index = ['logs-ti_*']\nthreat_indicator_path = 'threat.indicator'\n[[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\nfield = 'source.ip'\ntype = 'mapping'\nvalue = 'threat.indicator.ip'\n[rule.alert_suppression]\ngroup_by = ['k']\n[rule.alert_suppression.duration]\nvalue = 1\nunit = 'h'\n",
    "type = 'threshold'\nlanguage = 'kuery'\nindex = ['.alerts-security.*']\nquery = 'event.kind: signal'\n[rule.threshold]\nfield = ['k']\nvalue = 2\n",
];

const INDICATOR: &str = r#"{"_id":"x","threat":{"indicator":{"ip":"10.0.0.2"}}}"#;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut sources = Sources::new();
    for (at, rest) in RULES.iter().enumerate() {
        let from = if rest.contains("from = ") { "" } else { "from = 'now-9m'\n" };
        let text = format!(
            "[rule]\nname = 'Rule {at}'\nrule_id = '00000000-0000-4000-8000-{at:012}'\nseverity = 'low'\ninterval = '5m'\nmax_signals = 4\n{from}{rest}"
        );
        sources.add(format!("{at}.toml"), text);
    }
    let schema = sources.add("schema.csv", "k,keyword\nn,long\nd,double\n");
    let schemas = [schema];
    let options = Options { schemas: &schemas, ..Options::new("fuzz") };
    let compilation = compile(&sources, &options);
    assert_eq!(compilation.plan.rules.len(), RULES.len(), "{:?}", compilation.outcomes);
    let pack = sigil_compiler::plan::link::link(&compilation.plan);
    Engine::new(&[pack]).expect("a compiled pack links").with_indicators([INDICATOR.as_bytes()])
});

/// 2026-01-01.
const START: i64 = 1_767_225_600_000;

fn event(second: i64, rest: &str) -> String {
    format!("{{\"@timestamp\":{},{rest}}}", START + second * 1_000)
}

static EVENTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut events = vec![
        event(0, r#""k":"a","n":1,"d":0.5,"host":{"name":"h"},"source":{"ip":"10.0.0.2"}"#),
        event(60, r#""k":["a","b"],"n":[2,3,4],"d":[1e300,-1e300,0.1],"host":{"name":["h","i"]}"#),
        event(120, r#""k":null,"n":-5"#),
        event(400, r#""k":"a","n":9223372036854775807,"d":0.1,"host":{"name":"h"},"source":{"ip":"10.0.0.2"}"#),
        event(401, r#""k":"a","n":9223372036854775807,"d":0.2,"host":{"name":"h"}"#),
    ];
    events
        .extend((0..8).map(|n| event(700 + n, &format!(r#""k":"c{}","n":{n},"d":1.5,"host":{{"name":"h"}}"#, n / 4))));
    events
});

/// Sound snapshots: of sessions that just began, saw some events, and did some runs.
static SNAPSHOTS: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    let mut session = ENGINE.session();
    let start = session.snapshot();
    feed(&mut session, &EVENTS);
    let open = session.snapshot();
    session.advance(START + 650_000, |_| ());
    [start, open, session.snapshot()]
});

/// What a session holds before anything was read, and some room for what does not grow.
static BASE: LazyLock<usize> = LazyLock::new(|| {
    let before = HELD.load(Relaxed);
    let session = ENGINE.session();
    let base = HELD.load(Relaxed) - before;
    drop(session);
    base + 64 * 1024
});

fn feed(session: &mut Session, events: &[String]) {
    for event in events {
        session.process_json(event.as_bytes(), |alert| look(alert)).expect("an event");
    }
}

fn look(alert: &Alert<'_>) {
    let mut text = format!("{:?} {:?}", alert.id(), alert.timestamp());
    alert.values().iter().for_each(|(name, value)| {
        let _ = write!(text, "{name}={value}");
    });
    assert!(alert.events().len() <= 16, "{text}");
}

/// The length of the magic number and the version.
const HEAD: usize = 12;

/// A snapshot with this content.
fn sealed(content: &[u8]) -> Vec<u8> {
    let mut bytes = SNAPSHOTS[0][..HEAD].to_vec();
    bytes.extend(content);
    let digest = Sha256::digest(&bytes);
    bytes.extend(&digest[..16]);
    bytes
}

/// Changes bytes: each four bytes of `edits` say where, how, and what.
fn edited(mut own: Vec<u8>, edits: &[u8]) -> Vec<u8> {
    for edit in edits.as_chunks::<4>().0 {
        let [low, high, how, value] = *edit;
        let at = usize::from(u16::from_le_bytes([low, high])) % (own.len() + 1);
        match how % 8 {
            0..=3 => own
                .get_mut(at..)
                .into_iter()
                .flatten()
                .take(usize::from(how / 64) * 2 + 1)
                .for_each(|byte| *byte = value),
            4 => own.insert(at, value),
            5 if at < own.len() => drop(own.remove(at)),
            6 => own.truncate(at),
            _ => {
                let end = (at + usize::from(value)).min(own.len());
                let copy = own[at..end].to_vec();
                own.splice(at..at, copy);
            }
        }
    }
    own
}

/// A sound snapshot in which the state of some rules is changed.
fn changed(input: &[u8]) -> Option<Vec<u8>> {
    let [which, rule, watermark, edits @ ..] = input else { return None };
    let sound = &SNAPSHOTS[usize::from(*which) % SNAPSHOTS.len()];
    let mut reader = Reader::new(&sound[HEAD..sound.len() - 16]);
    let mut out = Writer::default();
    let (flag, time) = (reader.u8().ok()?, reader.i64().ok()?);
    let times = [i64::MIN, i64::MAX, START, START + 3_600_000];
    match times.get(usize::from(*watermark)) {
        Some(time) => (out.u8(1), out.i64(*time)),
        None => (out.u8(flag), out.i64(time)),
    };
    let count = reader.count(10).ok()?;
    out.size(count);
    for at in 0..count {
        out.u64(reader.u64().ok()?);
        out.text(reader.text().ok()?);
        let own = reader.bytes().ok()?;
        let is_it = at == usize::from(*rule) % count;
        out.bytes(&if is_it { edited(own.to_vec(), edits) } else { own.to_vec() });
    }
    out.u64(reader.u64().ok()?);
    Some(sealed(&out.finish()))
}

fn check(bytes: &[u8]) {
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let restored = ENGINE.restore(bytes);
    let most = *BASE + MOST_EACH * bytes.len();
    let peak = PEAK.load(Relaxed) - before;
    assert!(peak <= most, "{} bytes took {peak}", bytes.len());
    let Ok(restored) = restored else { return };
    let mut session = restored.session;
    let again = session.snapshot();
    let restored = ENGINE.restore(&again).expect("what was taken up is written as such");
    assert!(restored.session.snapshot() == again, "the same state has the same bytes");
    feed(&mut session, &EVENTS[..5]);
    session.advance(START + 900_000, look);
    let _ = session.counters().map(|(_, counters)| counters.warnings.total()).max();
    session.finish(look);
    ENGINE.restore(&session.snapshot()).expect("a session goes on");
}

fuzz_target!(|input: &[u8]| {
    LazyLock::force(&SNAPSHOTS);
    LazyLock::force(&BASE);
    match input {
        [0, bytes @ ..] => check(bytes),
        [1, content @ ..] => check(&sealed(content)),
        [_, rest @ ..] => changed(rest).iter().for_each(|bytes| check(bytes)),
        [] => SNAPSHOTS.iter().for_each(|bytes| check(bytes)),
    }
});
