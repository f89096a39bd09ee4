//! Rules over alerts: alerts come back as events of the same run, as documents of Elastic's alert indices (Elastic Security, "Alert schema").
//!
//! An alert becomes a document when some rule reads alerts ([`Mark::ReadsAlerts`]), and is shown to these rules only, but for the one that made it. What an alert of
//! an alert tells comes back again, up to the depth [`MOST_DEPTH`]. A pack without such rules pays nothing.

use std::collections::VecDeque;
use std::io::Write as _;

use serde_json::{Map, Value as Json};

use crate::alert::Alert;
use crate::engine::Linked;
use crate::event::element::{Json as Element, unescaped};
use crate::operator::{AlertId, Found, Work};
use crate::pack::{self, Level, Mark, Then};
use crate::table::Value;
use crate::table::value::date_text;

/// Documents come back up to this depth: 1 is that of an alert of events. What is found on the deepest is told and comes back no more.
pub(crate) const MOST_DEPTH: u8 = 3;

/// Where alerts stand in Elasticsearch.
const INDEX: &str = ".alerts-security.alerts-default";

/// Alerts that are to come back.
#[derive(Debug)]
pub(crate) struct Feedback {
    /// By rule: whether it reads alerts.
    readers: Vec<bool>,
    /// By rule: what its alerts have in common, once there was one.
    about: Vec<Option<Box<[u8]>>>,
    queue: VecDeque<Fed>,
}

/// An alert as an event.
#[derive(Debug)]
pub(crate) struct Fed {
    pub(crate) json: Vec<u8>,
    /// The rule that made it.
    pub(crate) rule: u32,
    /// The events behind it.
    pub(crate) events: Vec<u64>,
    pub(crate) count: u64,
    pub(crate) id: AlertId,
    /// 1 for an alert of events.
    pub(crate) depth: u8,
}

impl Feedback {
    /// `None` if no rule reads alerts.
    pub(crate) fn new(linked: &Linked) -> Option<Self> {
        let reads = |rule| linked.rule(rule).is_some_and(|(rule, _)| rule.info.marks.contains(&Mark::ReadsAlerts));
        let readers: Vec<bool> = (0..).take(linked.rule_count()).map(reads).collect();
        let about = vec![None; readers.len()];
        readers.contains(&true).then(|| Self { readers, about, queue: VecDeque::new() })
    }

    /// Takes an alert; `depth` is 0 if events are behind it, and that of the document if a document is.
    pub(crate) fn push(&mut self, linked: &Linked, alert: &Alert<'_>, depth: u8) {
        let depth = depth.saturating_add(1);
        let Some((rule, _)) = linked.rule(alert.index).filter(|_| depth <= MOST_DEPTH) else { return };
        let id = alert.id();
        let (events, count) = (alert.events().to_vec(), alert.event_count());
        let about =
            self.about.get_mut(alert.index as usize).map_or(&[][..], |known| known.get_or_insert_with(|| about(rule)));
        let json = document(rule, about, alert, id, depth);
        self.queue.push_back(Fed { json, rule: alert.index, events, count, id, depth });
    }

    pub(crate) fn pop(&mut self) -> Option<Fed> {
        self.queue.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether a rule is shown a document.
    pub(crate) fn shows(&self, fed: &Fed, rule: u32) -> bool {
        fed.rule != rule && self.readers.get(rule as usize) == Some(&true)
    }
}

/// The alert as JSON: what it says of itself, and behind it what its event or its run says. Values of an event stay as they are written.
fn document(rule: &pack::Rule, about: &[u8], alert: &Alert<'_>, id: AlertId, depth: u8) -> Vec<u8> {
    let mut json = Vec::with_capacity(256 + about.len() + alert.event_json().len());
    // writing into memory does not fail
    let _ = write!(json, "{{\"_id\":\"{id}\",\"kibana.alert.uuid\":\"{id}\",\"kibana.alert.depth\":{depth}");
    json.extend_from_slice(about);
    match alert.found() {
        None => {
            let has_time = of_event(alert.event_json(), &mut json);
            if let Some(time) = alert.timestamp().filter(|_| !has_time) {
                put(&mut json, "@timestamp", &time.as_ref().into());
            }
        }
        Some(found) => of_run(rule, found, &mut json),
    }
    json.push(b'}');
    json
}

/// What an event says, but for what the alert says of itself; whether it has a time.
fn of_event(event: &[u8], json: &mut Vec<u8>) -> bool {
    let mut has_time = false;
    let mut spare = Vec::new();
    for (raw, value) in Element::new(event).members() {
        let name = unescaped(raw, &mut spare);
        has_time |= name == "@timestamp";
        if !is_own(&name) && name != "event.kind" {
            json.extend_from_slice(b",\"");
            json.extend_from_slice(raw);
            json.extend_from_slice(b"\":");
            json.extend_from_slice(value.raw());
        }
    }
    has_time
}

/// What a run says.
fn of_run(rule: &pack::Rule, found: &Found, json: &mut Vec<u8>) {
    let mut fields = Map::new();
    for (name, value) in found.key.iter().chain(&found.values) {
        // a run is over when its alert comes: what the alert says of time must not be older
        if !value.is_null() && !is_own(name) && !matches!(&**name, "@timestamp" | "event.ingested" | "event.kind") {
            fields.insert(name.to_string(), json_of(value));
        }
    }
    if let Then::Operation(operation) = &rule.then
        && let Work::Threshold(_) = operation.work
    {
        let count = i64::try_from(found.origins.count).unwrap_or(i64::MAX);
        fields.insert("kibana.alert.threshold_result.count".into(), count.into());
    }
    fields.insert("@timestamp".into(), date_text(found.window.to.saturating_add(1)).into());
    fields.insert("kibana.alert.original_time".into(), date_text(found.origins.first).into());
    fields.iter().for_each(|(name, value)| put(json, name, value));
}

/// Writes a member behind another.
fn put(json: &mut Vec<u8>, name: &str, value: &Json) {
    // writing into memory does not fail
    let _ = write!(json, ",{}:{value}", Json::from(name));
}

/// Whether a field of an event gives way to the alert's own.
fn is_own(name: &str) -> bool {
    matches!(name, "_id" | "_index" | "kibana" | "signal" | "kibana.alert" | "signal.rule")
        || name.starts_with("kibana.alert.")
        || name.starts_with("signal.rule.")
}

/// What every alert of a rule says, as members of an object that stand behind others.
fn about(rule: &pack::Rule) -> Box<[u8]> {
    let info = &rule.info;
    let (severity, risk) = match info.level {
        Some(Level::Critical) => ("critical", 99),
        Some(Level::High) => ("high", 73),
        Some(Level::Medium) => ("medium", 47),
        Some(Level::Low | Level::Informational) | None => ("low", 21),
    };
    let kind = match &rule.then {
        Then::Alert if info.selections.iter().any(|name| name == "anomaly") => "machine_learning",
        Then::Alert => "query",
        Then::Threat(_) => "threat_match",
        Then::Operation(operation) => match &operation.work {
            Work::Table(_) => "esql",
            Work::Threshold(_) => "threshold",
            Work::NewTerms(_) => "new_terms",
            Work::Events(_) => "query",
        },
    };
    let mut json = Vec::new();
    let mut put = |name: &str, value: Json| self::put(&mut json, name, &value);
    put("_index", INDEX.into());
    put("event.kind", "signal".into());
    put("kibana.alert.status", "active".into());
    put("kibana.alert.workflow_status", "open".into());
    put("kibana.alert.severity", severity.into());
    put("kibana.alert.risk_score", risk.into());
    put("kibana.alert.rule.parameters.severity", severity.into());
    put("kibana.alert.rule.parameters.risk_score", risk.into());
    if let Some(id) = info.id.as_deref() {
        put("kibana.alert.rule.uuid", id.into());
    }
    let is_block = info.marks.contains(&Mark::BuildingBlock);
    if is_block {
        put("kibana.alert.building_block_type", "default".into());
    }
    let Threat { tactics, techniques, below } = threat(info.tags.iter().map(AsRef::as_ref));
    let list = |texts: &mut dyn Iterator<Item = String>| Json::Array(texts.map(Json::String).collect());
    for prefix in ["kibana.alert.rule", "signal.rule"] {
        let mut put = |name: &str, value: Json| self::put(&mut json, &format!("{prefix}.{name}"), &value);
        put("name", info.title.as_ref().into());
        put("type", kind.into());
        put("severity", severity.into());
        put("risk_score", risk.into());
        if let Some(id) = info.id.as_deref() {
            put("rule_id", id.into());
        }
        if !info.tags.is_empty() {
            put("tags", list(&mut info.tags.iter().map(ToString::to_string)));
        }
        if !tactics.is_empty() {
            put("threat.tactic.id", list(&mut tactics.iter().map(|(id, _)| (*id).to_owned())));
            put("threat.tactic.name", list(&mut tactics.iter().map(|(_, name)| (*name).to_owned())));
        }
        for (name, ids) in [("technique", &techniques), ("technique.subtechnique", &below)] {
            // rules do not carry the names of techniques: the id stands for each
            if !ids.is_empty() {
                put(&format!("threat.{name}.id"), list(&mut ids.iter().cloned()));
                put(&format!("threat.{name}.name"), list(&mut ids.iter().cloned()));
            }
        }
        if is_block {
            put("building_block_type", "default".into());
        }
    }
    json.into_boxed_slice()
}

/// The tactics of MITRE ATT&CK for enterprises.
const TACTICS: [(&str, &str); 14] = [
    ("TA0043", "Reconnaissance"),
    ("TA0042", "Resource Development"),
    ("TA0001", "Initial Access"),
    ("TA0002", "Execution"),
    ("TA0003", "Persistence"),
    ("TA0004", "Privilege Escalation"),
    ("TA0005", "Defense Evasion"),
    ("TA0006", "Credential Access"),
    ("TA0007", "Discovery"),
    ("TA0008", "Lateral Movement"),
    ("TA0009", "Collection"),
    ("TA0011", "Command and Control"),
    ("TA0010", "Exfiltration"),
    ("TA0040", "Impact"),
];

/// What tags name of MITRE ATT&CK, each once.
#[derive(Debug, Default)]
struct Threat {
    /// Ids and names.
    tactics: Vec<(&'static str, &'static str)>,
    /// Ids, also of those whose sub-techniques are named.
    techniques: Vec<String>,
    /// Ids of sub-techniques.
    below: Vec<String>,
}

/// Tactics and techniques that tags name: `Tactic: Initial Access` as Elastic writes it, `attack.initial-access` and `attack.t1059.004` as Sigma does.
fn threat<'t>(tags: impl Iterator<Item = &'t str>) -> Threat {
    fn add<T: PartialEq>(list: &mut Vec<T>, new: T) {
        if !list.contains(&new) {
            list.push(new);
        }
    }
    let mut found = Threat::default();
    for tag in tags {
        let own = tag.strip_prefix("Tactic: ").or_else(|| tag.strip_prefix("attack."));
        let Some(own) = own else { continue };
        let words = own.replace(['-', '_'], " ");
        if let Some(tactic) = TACTICS.iter().find(|(_, name)| name.eq_ignore_ascii_case(&words)) {
            add(&mut found.tactics, *tactic);
        } else if own.strip_prefix(['t', 'T']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            let id = own.to_ascii_uppercase();
            if let Some((technique, _)) = id.split_once('.') {
                add(&mut found.techniques, technique.to_owned());
                add(&mut found.below, id);
            } else {
                add(&mut found.techniques, id);
            }
        }
    }
    found
}

/// A value as JSON: numbers and truth values as such, several values as an array, all else as text.
pub(crate) fn json_of(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Long(value) => (*value).into(),
        Value::Unsigned(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::Text(text) | Value::Version(text) => text.as_ref().into(),
        Value::List(members) => Json::Array(members.iter().map(json_of).collect()),
        Value::Ip(_)
        | Value::Date(_)
        | Value::DateNanos(_)
        | Value::Period(..)
        | Value::Duration(_)
        | Value::Point(..) => value.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_tactics_and_techniques() {
        let tags = [
            "Tactic: Credential Access",
            "OS: Linux",
            "attack.lateral-movement",
            "attack.t1059.004",
            "attack.s0002",
            "attack.credential-access",
        ];
        let found = threat(tags.into_iter());
        assert_eq!(found.tactics, [("TA0006", "Credential Access"), ("TA0008", "Lateral Movement")]);
        assert_eq!((found.techniques, found.below), (vec!["T1059".to_owned()], vec!["T1059.004".to_owned()]));
    }

    #[test]
    fn values_keep_their_types() {
        for (value, json) in [
            (Value::Null, "null"),
            (Value::Bool(true), "true"),
            (Value::Long(i64::MIN), "-9223372036854775808"),
            (Value::Unsigned(u64::MAX), "18446744073709551615"),
            (Value::Double(1.5), "1.5"),
            (Value::text("a\"b"), "\"a\\\"b\""),
            (Value::Date(0), "\"1970-01-01T00:00:00.000Z\""),
            (Value::list([Value::Int(1), Value::Int(2)]), "[1,2]"),
        ] {
            assert_eq!(json_of(&value).to_string(), json);
        }
    }

    #[test]
    fn what_an_event_says_stays_as_it_is_written() {
        for (event, has_time, json) in [
            (
                " {\"b\" : \"\t\", \"n\":12345678901234567890123,\"b\":[1, {}]}",
                false,
                ",\"b\":\"\t\",\"n\":12345678901234567890123,\"b\":[1, {}]",
            ),
            (
                "{\"@timestamp\":null,\"event\":{\"kind\":\"event\"}}\r\n",
                true,
                ",\"@timestamp\":null,\"event\":{\"kind\":\"event\"}",
            ),
            (
                "{\"kib\\u0061na\":{\"alert\":{}},\"_id\":\"x\",\"kibana.alert.rule.name\":\"x\",\"event.kind\":\"x\",\"a\\\"\":1}",
                false,
                ",\"a\\\"\":1",
            ),
            ("{ }", false, ""),
            ("", false, ""),
            ("[{\"a\":1}]", false, ""),
        ] {
            let mut found = Vec::new();
            assert_eq!(of_event(event.as_bytes(), &mut found), has_time, "{event}");
            assert_eq!(String::from_utf8(found).unwrap(), json, "{event}");
        }
    }
}
