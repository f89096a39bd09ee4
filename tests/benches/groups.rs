//! What the groups of a stateful rule cost: bytes for each, and how fast a window of many is filled, written, read and closed.
//!
//! `cargo bench -p sigil-tests --bench groups -- 1000000` sends so many events, each a group of its own, to the rule `unusual_process_from_web_server_parent`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sigil_runtime::Engine;

/// Knows how many bytes are in use.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; this one counts and hands on")]
// SAFETY: every call is handed on to the system's allocator as it is
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        IN_USE.fetch_add(size, Ordering::Relaxed);
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const EVENTS: usize = 1_000_000;

/// 2026-11-23T03:10:00Z, which one run of the rule sees.
const START: &str = "2026-11-23T03:10:00Z";

/// A shell that a web server started in a place that no other event has.
fn event(number: usize, out: &mut String) {
    let _ = write!(
        out,
        r#"{{"@timestamp":"{START}","event":{{"category":["process"],"type":["start"],"action":"exec","dataset":"endpoint.events.process"}},"data_stream":{{"type":"logs","dataset":"endpoint.events.process","namespace":"default"}},"agent":{{"id":"agent-{}"}},"host":{{"name":"web-{}","os":{{"type":"linux"}}}},"user":{{"name":"www-data"}},"process":{{"name":"sh","executable":"/usr/bin/sh","command_line":"sh -c id","args":["sh","-c","id"],"working_directory":"/var/www/site-{number}","parent":{{"name":"nginx","executable":"/usr/sbin/nginx"}}}}}}"#,
        number % 1_000,
        number % 1_000,
    );
}

#[expect(clippy::print_stdout, reason = "it tells figures")]
fn tell(name: &str, figure: f64, unit: &str) {
    println!("{name}: {figure:.2} {unit}");
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64() / 1e6
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let made = work();
    (made, start.elapsed())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn main() {
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(EVENTS);
    let engine = Engine::new(&[sigil_packs::pack()]).expect("an engine");
    let mut session = engine.session();
    let mut text = String::new();
    let mut filling = Duration::ZERO;
    let before = IN_USE.load(Ordering::Relaxed);
    for start in (0..count).step_by(1_000) {
        let mut ends = Vec::with_capacity(1_000);
        text.clear();
        for number in start..count.min(start + 1_000) {
            event(number, &mut text);
            ends.push(text.len());
        }
        let ((), time) = timed(|| {
            let mut from = 0;
            for end in ends {
                session.process_json(&text.as_bytes()[from..end], |_| ()).expect("an event");
                from = end;
            }
        });
        filling += time;
    }
    let bytes = IN_USE.load(Ordering::Relaxed) - before;
    let seen: u64 = session.counters().map(|(_, counters)| counters.events).max().unwrap_or(0);
    assert_eq!(seen, count as u64, "every event makes a group");
    tell("filled", per_second(count, filling), "million events/s");
    tell("memory", bytes as f64 / count as f64, "bytes a group");

    let (snapshot, writing) = timed(|| session.snapshot());
    tell("snapshot", snapshot.len() as f64 / count as f64, "bytes a group");
    tell("written", per_second(snapshot.len(), writing), "MB/s");
    let (restored, reading) = timed(|| engine.restore(&snapshot).expect("a session"));
    tell("read", per_second(snapshot.len(), reading), "MB/s");
    assert!(restored.session.snapshot() == snapshot, "what was restored is what was written");

    let mut alerts = 0;
    let ((), closing) = timed(|| session.finish(|_| alerts += 1));
    let over: u64 = session.counters().map(|(_, counters)| counters.over_limit).sum();
    assert!(alerts > 0 && alerts + over >= count as u64, "{alerts} alerts, {over} over the limit");
    tell("closed", per_second(count, closing), "million groups/s");
}
