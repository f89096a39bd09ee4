use std::sync::Arc;

use super::*;
use crate::ir::TimePart;

fn passes(field: &str, test: Test, event: &str) -> bool {
    let subject = Subject::Field(Arc::new(Field::plain(field)));
    holds(&Expr::test(subject, test), &event.parse().expect("valid JSON"), Scoping::Apply)
}

#[test]
fn fields_are_found() {
    let check = |field: &str, event: &str, expected: &str| {
        let event: Json = event.parse().expect("valid JSON");
        let found: Vec<String> = lookup::field(&event, field).iter().map(ToString::to_string).collect();
        assert_eq!(found.join(" "), expected, "{field} in {event}");
    };
    check("a", r#"{"a":1,"b":2,"a":3}"#, "1 3");
    check("A", r#"{"a":1}"#, "");
    check("a.b", r#"{"a":{"b":1},"a.b":2}"#, "2");
    check("a.b", r#"{"a":[{"b":1},{"c":2},[{"b":3}],4]}"#, "1 3");
    check("a.b.c", r#"{"a":{"b.c":1},"a.b":{"c":2}}"#, "2");
    check("a.b.c", r#"{"a":{"b.c":1},"a.b":{"d":2}}"#, "1");
    check("a.b", r#"{"a":{"b":null}}"#, "null");
    let event = r##"{"Event":{"System":{"EventID":{"#text":4688,"#attributes":{"Qualifiers":7}},"Provider":{"#attributes":{"Name":"P"}},"Computer":"c","Execution_attributes":{"ProcessID":5}},
        "EventData":{"Threat Name":"t","Computer":"d"},"UserData":{"X":{"Param 1":"u"}}}}"##;
    check("EventID", event, r##"{"#text":4688,"#attributes":{"Qualifiers":7}} 4688"##);
    check("EventID_Qualifiers", event, "7");
    check("Execution_ProcessID", event, "5");
    check("Provider_Name", event, "\"P\"");
    check("ThreatName", event, "\"t\"");
    check("Param1", event, "\"u\"");
    check("Computer", event, "\"c\"");
    check("Event.System.Computer", event, "\"c\"");
}

#[test]
fn null_and_presence() {
    let check = |event: &str, expected: &str| {
        let found: Vec<&str> = [(Test::Exists, "exists"), (Test::Null, "null"), (Test::Present, "present")]
            .into_iter()
            .filter(|(test, _)| passes("F", test.clone(), event))
            .map(|(_, name)| name)
            .collect();
        assert_eq!(found.join(" "), expected, "{event}");
    };
    check("{}", "null");
    check(r#"{"F":null}"#, "exists null");
    check(r#"{"F":""}"#, "exists present");
    check(r#"{"F":[]}"#, "exists null");
    check(r#"{"F":[null,0]}"#, "exists null present");
    check(r#"{"F":{"a":1}}"#, "exists");
}

#[test]
fn single_values() {
    let check = |value: &str, expected: &str| {
        let types = [
            (ValueType::Text, "text"),
            (ValueType::Number, "number"),
            (ValueType::Boolean, "boolean"),
            (ValueType::Date, "date"),
            (ValueType::Ip, "ip"),
        ];
        let found: Vec<&str> = types
            .into_iter()
            .filter(|(of, _)| passes("F", Test::Single(*of), &format!(r#"{{"F":{value}}}"#)))
            .map(|(_, name)| name)
            .collect();
        assert_eq!(found.join(" "), expected, "{value}");
    };
    check("null", "");
    check("[]", "");
    check(r#""x""#, "text");
    check(r#"["x", null, "x"]"#, "text");
    check(r#"["x", "X"]"#, "");
    check(r#"["", "x"]"#, "boolean");
    check(r#"[true, "x"]"#, "boolean");
    check("[true, true]", "text");
    check("5", "text number date");
    check("[5, 5]", "text");
    check(r#"[5, "x"]"#, "number date");
    check(r#"["2024-01-02", "2024-01-02"]"#, "text");
    check(r#"["10.0.0.1", "::ffff:10.0.0.1", "x"]"#, "ip");
    check(r#"["10.0.0.1", "10.0.0.2"]"#, "");
    check(r#"{"x": 1}"#, "");
}

#[test]
fn parts_of_time() {
    let check = |value: &str, expected: [i128; 6]| {
        let value: Json = value.parse().expect("valid JSON");
        let parts = [TimePart::Year, TimePart::Month, TimePart::Week, TimePart::Day, TimePart::Hour, TimePart::Minute];
        // -1 for a part that is not there
        let found = parts.map(|part| match time::part(part, &value) {
            Some(Number::Int(number)) => number,
            _ => -1,
        });
        assert_eq!(found, expected, "{value}");
    };
    check(r#""2024-01-02T23:10:05+05:00""#, [2024, 1, 1, 2, 23, 10]);
    check(r#""2024-12-30 01:02:03.123456""#, [2024, 12, 1, 30, 1, 2]);
    check(r#""2021-01-03T00:00Z""#, [2021, 1, 53, 3, 0, 0]);
    check(r#""2024-02-29""#, [2024, 2, 9, 29, -1, -1]);
    check("1704164645", [2024, 1, 1, 2, 3, 4]);
    check("1704164645123", [2024, 1, 1, 2, 3, 4]);
    check(r#""1704164645.5""#, [2024, 1, 1, 2, 3, 4]);
    check(r#""2023-02-29T00:00:00Z""#, [-1; 6]);
    check(r#""2024-01-02 23:10:05,123 CET""#, [2024, 1, 1, 2, 23, 10]);
    check(r#""2024-01-02 24:10""#, [-1; 6]);
    check("1704164", [-1; 6]);
    check("true", [-1; 6]);
}

#[test]
fn sources_are_read_under_their_conditions() {
    let plain = |name: &str| Arc::new(Field::plain(name));
    let under = Expr::test(
        Subject::Field(plain("Channel")),
        Test::Text { op: TextOp::Equals, values: vec!["security".to_owned()], case: Case::Insensitive },
    );
    let mut field = Field::plain("Image");
    field.sources.insert(0, crate::ir::FieldSource { path: "NewProcessName".to_owned(), under: Some(Arc::new(under)) });
    let test = Expr::test(
        Subject::Field(Arc::new(field)),
        Test::Text { op: TextOp::Equals, values: vec!["a".to_owned()], case: Case::Insensitive },
    );
    let check = |event: &str, apply: bool, ignore: bool| {
        let event: Json = event.parse().expect("valid JSON");
        assert_eq!(
            (holds(&test, &event, Scoping::Apply), holds(&test, &event, Scoping::Ignore)),
            (apply, ignore),
            "{event}"
        );
    };
    check(r#"{"Image":"A"}"#, true, true);
    check(r#"{"NewProcessName":"A"}"#, false, false);
    check(r#"{"Channel":"Security","NewProcessName":"A"}"#, true, false);
    check(r#"{"Channel":"Security","NewProcessName":"b","Image":"a"}"#, false, true);
    check(r#"{"Channel":"Security","Image":"a"}"#, true, true);
}
