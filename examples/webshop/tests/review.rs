//! What a team copies to keep its pack under review.
//!
//! Both snapshots fail on any change: in the rules, in a pipeline, or in what the compiler makes of them. `cargo insta review` shows the difference and
//! accepts it; the accepted files go through code review like any other.

use sigil_runtime::Engine;
use webshop::{Audit, Order, webserver};

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

/// The shop's own structs are events too.
#[test]
fn structs_are_matched_without_json() {
    let engine = Engine::new(&[webserver::pack()]).expect("the pack fits the runtime");
    let mut session = engine.session();
    let mut check = |event: Audit, expected: &[&str]| {
        let mut titles = Vec::new();
        session.process(&event, |alert| titles.push(alert.rule().title.to_string()));
        assert_eq!(titles, expected, "{event:?}");
    };
    let order =
        |charged, voucher: Option<&str>| Some(Order { listed: 120.0, charged, voucher: voucher.map(str::to_owned) });
    let audit =
        |action, client: [u8; 4], order| Audit { action, user: Some("carol".to_owned()), client: client.into(), order };
    check(audit("admin.refund", [203, 0, 113, 66], None), &["Shop Administration From Outside"]);
    check(audit("admin.refund", [10, 20, 0, 7], None), &[]);
    check(audit("order.paid", [198, 51, 100, 8], order(1.0, None)), &["Charged Price Differs From Listed Price"]);
    check(audit("order.paid", [198, 51, 100, 8], order(108.0, Some("AUTUMN10"))), &[]);
    check(audit("order.paid", [198, 51, 100, 8], order(120.0, None)), &[]);
}
