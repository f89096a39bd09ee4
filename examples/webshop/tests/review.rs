//! What a team copies to keep its pack under review.
//!
//! Both snapshots fail on any change: in the rules, in a pipeline, or in what the compiler makes of them. `cargo insta review` shows the difference and
//! accepts it; the accepted files go through code review like any other.

use sigil_runtime::Engine;
use webshop::webserver;

/// What the rules became. Read it as code: this is what runs.
#[test]
fn generated_matchers() {
    insta::assert_snapshot!(include_str!(concat!(env!("OUT_DIR"), "/webserver.rs")));
}

/// Which recorded events alert, and why. Add an event for each incident, drill and false alarm.
#[test]
fn alerts_on_recorded_events() {
    let engine = Engine::new(&[webserver::pack()]).expect("the pack fits the runtime");
    let mut session = engine.session();
    let mut alerts = String::new();
    for (number, line) in include_str!("../events/recorded.ndjson").lines().enumerate() {
        let outcome = session.process_json(line.as_bytes(), |alert| {
            alerts += &format!("event {number}: {}\n", webshop::describe(alert));
        });
        outcome.expect("recorded events are JSON");
    }
    insta::assert_snapshot!(alerts);
}
