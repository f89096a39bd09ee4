//! What a run did, in numbers.

use std::fmt::Write as _;
use std::time::Duration;

use super::text::{counted, grouped, harmless, integer, json_optional, json_string};
use crate::operator::Counters;
use crate::pack::Level;

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Events that were evaluated.
    pub events: u64,
    /// Alerts.
    pub alerts: u64,
    /// Broken events: reported and skipped.
    pub broken: u64,
    /// Inputs that could not be read, wholly or in part.
    pub unreadable: u64,
    /// From the first read to the last write.
    pub elapsed: Duration,
    /// Rules that raised alerts, the busiest first.
    pub rules: Vec<RuleCount>,
    /// Whether standard output was closed before the run was over; the numbers then cover a part of the events.
    pub closed: bool,
    /// What rules that look at more than one event counted, if there are any; since the state began that is kept.
    pub stateful: Option<Stateful>,
    /// Rules that ask a model that there is not.
    pub needs_inference: u64,
    /// How often the command that answers prompts failed.
    pub failed_completions: u64,
}

/// What rules that look at more than one event counted.
#[derive(Clone, Debug, Default)]
pub struct Stateful {
    /// How many rules.
    pub rules: u64,
    /// All of them together.
    pub total: Counters,
    /// Rules that lost something: id, title, and what they counted.
    pub losses: Vec<(Option<String>, String, Counters)>,
}

impl Stateful {
    /// What is counted, as people and machines read it.
    fn figures(counters: &Counters) -> [(&'static str, u64); 8] {
        [
            ("events", counters.events),
            ("runs", counters.runs),
            ("late", counters.late),
            ("untimed", counters.untimed),
            ("evicted", counters.evicted),
            ("over_max_signals", counters.over_limit),
            ("suppressed", counters.suppressed),
            ("warnings", counters.warnings.total()),
        ]
    }

    /// Whether something was lost.
    pub(super) fn is_loss(counters: &Counters) -> bool {
        let Counters { late, untimed, evicted, over_limit, warnings, .. } = counters;
        // a snapshot may bring any numbers: they are not added up
        [*late, *untimed, *evicted, *over_limit, warnings.total()].iter().any(|count| *count > 0)
    }

    /// What did not reach a result, for people; `None` if nothing was lost.
    pub(super) fn lost(&self) -> Option<String> {
        let lost = |counters: &Counters| {
            [
                (counters.late, "event", "came late"),
                (counters.untimed, "event", if counters.untimed == 1 { "has no time" } else { "have no time" }),
                (counters.evicted, "row", "had to go for lack of room"),
                (counters.over_limit, "alert", "went beyond `max_signals`"),
            ]
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .collect::<Vec<_>>()
        };
        let parts: Vec<String> =
            lost(&self.total).into_iter().map(|(count, what, how)| format!("{} {how}", counted(count, what))).collect();
        let mut rules = self
            .losses
            .iter()
            .filter(|(_, _, counters)| !lost(counters).is_empty())
            .map(|(_, title, _)| harmless(title));
        let (first, more) = (rules.next()?, rules.count());
        let of = if more > 0 {
            format!("`{first}` and {}", counted(more as u64, "other rule"))
        } else {
            format!("`{first}`")
        };
        (!parts.is_empty())
            .then(|| format!("not all is in the results of {of}: {}; `--format summary` tells more", parts.join(", ")))
    }

    fn table(&self, text: &mut String) {
        let words = |counters: &Counters| {
            let figures = Self::figures(counters).into_iter().filter(|(_, count)| *count > 0);
            figures.map(|(name, count)| format!("{} {}", grouped(count), name.replace('_', " "))).collect::<Vec<_>>()
        };
        let total = words(&self.total);
        let total = if total.is_empty() { "no events".to_owned() } else { total.join(", ") };
        let _ = writeln!(text, "\nstateful rules {}: {total}", grouped(self.rules));
        for (_, title, counters) in self.losses.iter().take(TOP) {
            let _ = writeln!(text, "  {}: {}", harmless(title), words(counters).join(", "));
        }
        if self.losses.len() > TOP {
            let _ = writeln!(text, "  {} more", counted((self.losses.len() - TOP) as u64, "rule"));
        }
    }

    fn json(&self, out: &mut Vec<u8>) {
        let figures = |out: &mut Vec<u8>, counters: &Counters| {
            for (name, count) in Self::figures(counters) {
                out.extend_from_slice(format!(",\"{name}\":{count}").as_bytes());
            }
        };
        out.extend_from_slice(format!(",\"stateful\":{{\"rules\":{}", self.rules).as_bytes());
        figures(out, &self.total);
        out.extend_from_slice(b",\"losses\":[");
        for (at, (id, title, counters)) in self.losses.iter().enumerate() {
            out.extend_from_slice(if at > 0 { b",{\"id\":" } else { b"{\"id\":" });
            json_optional(out, id.as_deref());
            out.extend_from_slice(b",\"name\":");
            json_string(out, title);
            figures(out, counters);
            out.push(b'}');
        }
        out.extend_from_slice(b"]}");
    }
}

/// How often a rule raised an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule's id.
    pub id: Option<String>,
    /// Its title.
    pub title: String,
    /// Its level.
    pub level: Option<Level>,
    /// Where it stands.
    pub source: String,
    /// Its alerts.
    pub alerts: u64,
}

/// How many rules the table for people names.
const TOP: usize = 20;

impl Summary {
    /// Events in a second of the run.
    pub fn events_per_second(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rate for people; `as` saturates"
        )]
        let rate = (self.events as f64 / self.elapsed.as_secs_f64().max(1e-9)).round() as u64;
        rate
    }

    /// Whether an alert is of this level or above. A rule without a level counts as informational.
    pub fn reaches(&self, level: Level) -> bool {
        self.rules.iter().any(|rule| rule.level.unwrap_or(Level::Informational) >= level)
    }

    /// The table for people.
    pub fn table(&self) -> String {
        let mut text = format!(
            "events         {}\nalerts         {}\nbroken events  {}\nseconds        {:.3}\nevents/s       {}\n",
            grouped(self.events),
            grouped(self.alerts),
            grouped(self.broken),
            self.elapsed.as_secs_f64(),
            grouped(self.events_per_second()),
        );
        if self.unreadable > 0 {
            let _ = writeln!(text, "unreadable     {}", grouped(self.unreadable));
        }
        if self.needs_inference > 0 {
            let _ = writeln!(text, "{}", self.inference());
        }
        if self.failed_completions > 0 {
            let _ = writeln!(text, "failed completions {}", grouped(self.failed_completions));
        }
        if let Some(stateful) = &self.stateful {
            stateful.table(&mut text);
        }
        if self.rules.is_empty() {
            return text;
        }
        text.push_str("\nalerts         level          rule\n");
        for rule in self.rules.iter().take(TOP) {
            let level = rule.level.map_or("-", Level::as_str);
            let _ = writeln!(text, "{:<14} {level:<14} {}", grouped(rule.alerts), harmless(&rule.title));
        }
        if let Some(rest) = self.rules.get(TOP..).filter(|rest| !rest.is_empty()) {
            let alerts = rest.iter().map(|rule| rule.alerts).sum();
            let _ = writeln!(text, "{:<14} {:<14} {} more", grouped(alerts), "", counted(rest.len() as u64, "rule"));
        }
        text
    }

    /// The same as one JSON object on one line, with every rule.
    pub fn json(&self) -> String {
        let mut out = Vec::with_capacity(256 + self.rules.len() * 160);
        let numbers = [
            ("{\"events\":", self.events),
            (",\"alerts\":", self.alerts),
            (",\"broken\":", self.broken),
            (",\"unreadable\":", self.unreadable),
            (",\"events_per_second\":", self.events_per_second()),
        ];
        for (key, number) in numbers {
            out.extend_from_slice(key.as_bytes());
            integer(&mut out, number);
        }
        out.extend_from_slice(format!(",\"seconds\":{:.6},\"rules\":[", self.elapsed.as_secs_f64()).as_bytes());
        for (at, rule) in self.rules.iter().enumerate() {
            out.extend_from_slice(if at > 0 { b",{\"id\":" } else { b"{\"id\":" });
            json_optional(&mut out, rule.id.as_deref());
            out.extend_from_slice(b",\"name\":");
            json_string(&mut out, &rule.title);
            out.extend_from_slice(b",\"level\":");
            json_optional(&mut out, rule.level.map(Level::as_str));
            out.extend_from_slice(b",\"source\":");
            json_string(&mut out, &rule.source);
            out.extend_from_slice(b",\"alerts\":");
            integer(&mut out, rule.alerts);
            out.push(b'}');
        }
        out.push(b']');
        if let Some(stateful) = &self.stateful {
            stateful.json(&mut out);
        }
        if self.needs_inference > 0 {
            out.extend_from_slice(format!(",\"needs_inference\":{}", self.needs_inference).as_bytes());
        }
        if self.failed_completions > 0 {
            out.extend_from_slice(format!(",\"failed_completions\":{}", self.failed_completions).as_bytes());
        }
        out.extend_from_slice(b"}\n");
        String::from_utf8_lossy(&out).into_owned()
    }

    /// One line for people, under the alerts.
    pub fn line(&self) -> String {
        let mut text = format!(
            "{} in {:.2} s ({} events/s): {}",
            counted(self.events, "event"),
            self.elapsed.as_secs_f64(),
            grouped(self.events_per_second()),
            counted(self.alerts, "alert")
        );
        if self.rules.len() > 1 {
            let _ = write!(text, " of {}", counted(self.rules.len() as u64, "rule"));
        }
        if self.broken > 0 {
            let _ = write!(text, ", {} skipped", counted(self.broken, "broken event"));
        }
        text.push('\n');
        if self.needs_inference > 0 {
            let _ = writeln!(text, "{}", self.inference());
        }
        text
    }

    fn inference(&self) -> String {
        format!("needs inference: {}; give --completion", counted(self.needs_inference, "rule"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let rule = |title: &str, level, alerts| RuleCount {
            id: Some("1".into()),
            title: title.into(),
            level,
            source: "a.yml".into(),
            alerts,
        };
        Summary {
            events: 2_000,
            alerts: 1_201,
            broken: 1,
            elapsed: Duration::from_millis(500),
            rules: vec![rule("a \"b\" \u{1b}[0m", Some(Level::Low), 1_200), rule("c", None, 1)],
            ..Summary::default()
        }
    }

    #[test]
    fn json_is_one_object() {
        let text = summary().json();
        assert_eq!(text.lines().count(), 1);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&json["events"], &json["events_per_second"]), (&2_000.into(), &4_000.into()));
        assert_eq!(json["rules"][0]["name"], "a \"b\" \u{1b}[0m");
        assert_eq!(json["rules"][1]["level"], serde_json::Value::Null);
    }

    #[test]
    fn people_see_the_busiest_rules() {
        let text = summary().table();
        assert!(text.contains("events/s       4,000\n"), "{text}");
        assert!(text.contains("1,200          low            a \"b\" \\u{1b}[0m\n"), "{text}");
        let many = Summary { rules: vec![summary().rules[1].clone(); 25], ..summary() };
        assert!(many.table().ends_with("5                             5 rules more\n"), "{}", many.table());
    }

    #[test]
    fn levels_reached() {
        let mut of = summary();
        assert!(of.reaches(Level::Low) && !of.reaches(Level::Medium));
        of.rules.remove(0);
        assert!(of.reaches(Level::Informational) && !of.reaches(Level::Low));
    }
}
