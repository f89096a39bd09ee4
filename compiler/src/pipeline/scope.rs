//! Which events a rule is for.
//!
//! A log source is a promise about events, not a part of what a rule looks for: it becomes [`ir::Rule::scope`], which users may drop. Pipelines know log sources
//! by their conditions. Events may also say themselves what they are (`product`, `category`, `service`), or say nothing: then every rule may be for them.

use super::text::{self, Token};
use super::{Added, value};
use crate::diagnostic::{Code, Diagnostics};
use crate::ir::{self, Case, Expr, Field, Glob, Number, Piece, Subject, Test, TextOp};
use crate::sigma::ast::{Item, ItemBody, LogSource, Modifier, Search, Value};
use crate::source::{Span, Spanned};

/// The scope of a rule of this log source, given the conditions of its variants.
///
/// An event is in scope if
/// - a variant's condition holds, or
/// - nothing contradicts (each of the rule's attributes is missing from the event or the same, and the event is not evidently of another
///   product: the channels of Windows and of Sysmon for Linux are known by their names, ECS has `host.os.type`), and
///   - no variant has a condition, or
///   - the event's own `category` or `service` is the rule's, or
///   - the event has none of the fields that the variants ask for, or
///   - the rule gives no product, and the event one that no pipeline knows.
///
/// So `product: windows` alone does not make an event of every kind: where the event holds what a pipeline knows log sources by, that decides.
/// A rule without a product is for no other product, so nothing is from elsewhere; but if no pipeline knows its category, then events of known channels
/// are of another one.
pub fn scope_of(logsource: &LogSource, conditions: &[Expr]) -> Expr {
    let attributes =
        [("product", &logsource.product), ("category", &logsource.category), ("service", &logsource.service)];
    let own: Vec<(&str, &str)> =
        attributes.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let contradicted = own.iter().map(|(name, value)| Expr::any([Expr::not(present(name)), is(name, value)]));
    let conditions: Vec<&Expr> = conditions.iter().filter(|condition| **condition != Expr::Const(true)).collect();
    let consistent = Expr::all(contradicted.chain(not_from_elsewhere(logsource, conditions.is_empty())));
    if conditions.is_empty() {
        return consistent;
    }
    let mut asked = Vec::new();
    conditions.iter().for_each(|condition| fields(condition, &mut asked));
    asked.sort_unstable();
    asked.dedup();
    let declared = own.iter().filter(|(name, _)| *name != "product").map(|(name, value)| is(name, value));
    // a field of this name is nothing special to rules that are not for Windows, and other products' channels contradict
    let says = |name| match name {
        "Channel" if of(logsource, "windows") => present(name),
        "Channel" => channel_of(logsource.product.is_none(), logsource.product.is_none() || of(logsource, "linux")),
        _ => present(name),
    };
    let silent = Expr::not(Expr::any(asked.into_iter().map(says)));
    let unknown = logsource.product.is_none().then(|| {
        let known = SYSTEMS.map(|system| Expr::not(is("product", system)));
        Expr::all([present("product")].into_iter().chain(known))
    });
    let by_own_word = Expr::all([consistent, Expr::any(declared.chain([silent]).chain(unknown))]);
    Expr::any(conditions.into_iter().cloned().chain([by_own_word]))
}

/// The systems that pipelines know.
const SYSTEMS: [&str; 3] = ["windows", "linux", "macos"];

fn of(logsource: &LogSource, system: &str) -> bool {
    logsource.product.as_deref().is_some_and(|product| product.eq_ignore_ascii_case(system))
}

/// What events say of their product without a field `product`: channels of the event log are Windows's, and ECS names the system.
fn not_from_elsewhere(logsource: &LogSource, is_unmapped: bool) -> Vec<Expr> {
    let mut members = Vec::new();
    let elsewhere = |system| match logsource.product {
        Some(_) => !of(logsource, system),
        // the pipelines know everything that is in channels, and do not know this
        None => is_unmapped && *logsource != LogSource::default(),
    };
    let (windows, linux) = (elsewhere("windows"), elsewhere("linux"));
    if windows {
        members.push(Expr::not(present("winlog.channel")));
    }
    members.push(Expr::not(channel_of(windows, linux)));
    if let Some(system) = SYSTEMS.iter().find(|system| of(logsource, system)) {
        members.push(Expr::any([Expr::not(present("host.os.type")), is("host.os.type", system)]));
    }
    members
}

/// Sysmon for Linux writes what Sysmon does.
const LINUX_CHANNEL: &str = "Linux-Sysmon/Operational";

/// Channels of Windows that do not start with `Microsoft-`.
const WINDOWS_CHANNELS: [&str; 11] = [
    "Application",
    "Security",
    "Setup",
    "System",
    "ForwardedEvents",
    "Windows PowerShell",
    "PowerShellCore/Operational",
    "DNS Server",
    "Directory Service",
    "MSExchange Management",
    "OpenSSH/Operational",
];

/// The event is of a channel of Windows, or of Linux; other texts under this name may be anything.
fn channel_of(windows: bool, linux: bool) -> Expr {
    let channel = |op, values: Vec<String>| {
        let test = Test::Text { op, values, case: Case::Insensitive };
        Expr::test(Subject::Field(Field::plain("Channel").into()), test)
    };
    let named = windows.then_some(WINDOWS_CHANNELS).into_iter().flatten().chain(linux.then_some(LINUX_CHANNEL));
    let named: Vec<String> = named.map(fold).collect();
    let prefixed = windows.then(|| channel(TextOp::StartsWith, vec!["microsoft-".to_owned()]));
    Expr::any(prefixed.into_iter().chain((!named.is_empty()).then(|| channel(TextOp::Equals, named))))
}

/// The meaning of a variant's conditions, all of which must hold: comparisons of fields with texts (also with wildcards), numbers, booleans and null.
/// `None` where a condition asks for more, with the reason among `diags`.
pub fn lower(conditions: &[Added], at: Span, diags: &mut Diagnostics) -> Option<Expr> {
    let lowered = conditions.iter().map(|condition| {
        let expr = search(&condition.search)?;
        Ok(if condition.negated { Expr::not(expr) } else { expr })
    });
    match lowered.collect::<Result<Vec<_>, String>>() {
        Ok(members) => Some(Expr::all(members)),
        Err(message) => {
            diags.push(
                Code::ConditionNotLowered.at(at, message).help(
                    "`add_condition` takes plain values, wildcards, `contains`, `startswith`, `endswith` and `all`",
                ),
            );
            None
        }
    }
}

fn search(search: &Search) -> Result<Expr, String> {
    match search {
        Search::Map(items) => Ok(Expr::all(items.iter().map(item).collect::<Result<Vec<_>, _>>()?)),
        Search::List(members) => {
            Ok(Expr::any(members.iter().map(|member| self::search(&member.value)).collect::<Result<Vec<_>, _>>()?))
        }
        Search::Keyword(_) => Err("a keyword tells no log sources apart".to_owned()),
    }
}

fn item(item: &Item) -> Result<Expr, String> {
    let values = match &item.body {
        ItemBody::Values { values, .. } => values,
        ItemBody::Search(inner) => return search(inner),
        ItemBody::Block(_) | ItemBody::Elements(_) => return Err("array blocks tell no log sources apart".to_owned()),
    };
    let Some(field) = &item.field else { return Err("a keyword tells no log sources apart".to_owned()) };
    let mut all = false;
    let mut neq = false;
    let (mut before, mut after) = (false, false);
    for modifier in &item.modifiers {
        match modifier.value {
            Modifier::All => all = true,
            Modifier::Neq => neq = true,
            Modifier::Contains => (before, after) = (true, true),
            Modifier::StartsWith => after = true,
            Modifier::EndsWith => before = true,
            other => return Err(format!("`{}|{}` cannot be used in `add_condition`", field.value, other.name())),
        }
    }
    let subject = || Subject::Field(Field::plain(field.value.as_str()).into());
    let members = values.iter().map(|value: &Spanned<Value>| Expr::test(subject(), test(&value.value, before, after)));
    let expr = if all { Expr::all(members) } else { Expr::any(members) };
    Ok(if neq { Expr::not(expr) } else { expr })
}

fn test(value: &Value, before: bool, after: bool) -> Test {
    let exact = !before && !after;
    let tokens = match value {
        Value::Null => return Test::Null,
        Value::Int(int) if exact => return Test::Number(vec![Number::Int(*int)]),
        Value::Float(float) if exact => match Number::from_f64(*float) {
            Some(number) => return Test::Number(vec![number]),
            None => vec![Token::Literal(value::plain_text(value))],
        },
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => vec![Token::Literal(value::plain_text(value))],
        Value::String(raw) => text::parse(raw),
    };
    let run = |wanted: bool| if wanted { vec![Token::AnyRun] } else { Vec::new() };
    let tokens = text::join([run(before), tokens, run(after)]);
    let case = Case::Insensitive;
    let text = |op, text: &str| Test::Text { op, values: vec![fold(text)], case };
    match &tokens[..] {
        [] => text(TextOp::Equals, ""),
        [Token::AnyRun] => Test::Present,
        [Token::Literal(whole)] => text(TextOp::Equals, whole),
        [Token::Literal(start), Token::AnyRun] => text(TextOp::StartsWith, start),
        [Token::AnyRun, Token::Literal(end)] => text(TextOp::EndsWith, end),
        [Token::AnyRun, Token::Literal(part), Token::AnyRun] => text(TextOp::Contains, part),
        pieces => {
            let piece = |token: &Token| match token {
                Token::Literal(text) => Piece::Literal(fold(text)),
                Token::AnyRun => Piece::AnyRun,
                Token::AnyChar => Piece::AnyChar,
            };
            Test::Glob { patterns: vec![Glob::new(pieces.iter().map(piece))], case }
        }
    }
}

fn fold(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// The event's own field says something: an object or a null does not.
fn present(name: &str) -> Expr {
    Expr::test(Subject::Field(Field::plain(name).into()), Test::Present)
}

fn is(name: &str, value: &str) -> Expr {
    let test = Test::Text { op: TextOp::Equals, values: vec![fold(value)], case: Case::Insensitive };
    Expr::test(Subject::Field(Field::plain(name).into()), test)
}

/// The names of the fields that a condition reads.
fn fields<'e>(expr: &'e Expr, out: &mut Vec<&'e str>) {
    match expr {
        // no pipeline computes
        Expr::Const(_) | Expr::Selection(_) | Expr::Formula(_) => {}
        Expr::Test(predicate) => subject(&predicate.subject, out),
        Expr::Not(inner) => fields(inner, out),
        Expr::All(members) | Expr::Any(members) | Expr::AtLeast { of: members, .. } => {
            members.iter().for_each(|member| fields(member, out));
        }
        Expr::Elements { of, .. } => subject(of, out),
    }
}

fn subject<'e>(subject: &'e ir::Subject, out: &mut Vec<&'e str>) {
    match subject {
        Subject::Field(field) => out.extend(field.sources.iter().map(|source| source.path.as_str())),
        Subject::AnyValue | Subject::Element(_) | Subject::Paths(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::scope_of;
    use crate::ir::{Expr, Subject, Test, TextOp};
    use crate::pipeline::{Added, PipelineSet, Variant};
    use crate::sigma::ast;

    /// A small oracle over flat events of texts.
    fn holds(expr: &Expr, event: &[(&str, &str)]) -> bool {
        match expr {
            Expr::Const(value) => *value,
            Expr::Not(inner) => !holds(inner, event),
            Expr::All(members) => members.iter().all(|member| holds(member, event)),
            Expr::Any(members) => members.iter().any(|member| holds(member, event)),
            Expr::Test(predicate) => {
                let Subject::Field(field) = &predicate.subject else { panic!("{expr:?}") };
                let found = event
                    .iter()
                    .find(|(name, _)| *name == field.sources[0].path)
                    .map(|(_, value)| value.to_ascii_lowercase());
                match (&predicate.test, found) {
                    (Test::Null, found) => found.is_none(),
                    (Test::Present, found) => found.is_some(),
                    (Test::Text { op: TextOp::Equals, values, .. }, Some(found)) => values.contains(&found),
                    (Test::Text { op: TextOp::StartsWith, values, .. }, Some(found)) => {
                        values.iter().any(|value| found.starts_with(value))
                    }
                    (Test::Number(numbers), Some(found)) => {
                        numbers.iter().any(|n| crate::ir::Number::parse(&found) == Some(*n))
                    }
                    (_, None) => false,
                    other => panic!("{other:?}"),
                }
            }
            Expr::Selection(_) | Expr::AtLeast { .. } | Expr::Elements { .. } | Expr::Formula(_) => panic!("{expr:?}"),
        }
    }

    #[test]
    fn channels_that_pipelines_know_are_known() {
        let channels: std::collections::BTreeSet<&str> = crate::pipeline::SHIPPED
            .iter()
            .flat_map(|(_, text)| text.lines())
            .filter_map(|line| line.trim().trim_start_matches("conditions: {").strip_prefix("Channel: "))
            .flat_map(|list| list.trim_matches(['[', ']', '}']).split(", "))
            .filter(|channel| !["null", "winlog.channel"].contains(channel))
            .collect();
        assert!(channels.len() > 50, "{channels:?}");
        for channel in channels {
            assert!(holds(&super::channel_of(true, true), &[("Channel", channel)]), "{channel}");
        }
    }

    #[test]
    fn events_find_their_rules() {
        let shipped = PipelineSet::shipped();
        let mut diags = crate::diagnostic::Diagnostics::new();
        let mut check = |source: &str, event: &[(&str, &str)], expected: bool| {
            let rule = crate::pipeline::tests::rule(source, "selection: {F: x}");
            let variants =
                crate::pipeline::apply(&shipped, &rule, &mut diags).expect("shipped pipelines reject nothing");
            let mut lower = |conditions: &[Added]| super::lower(conditions, rule.span, &mut diags).expect("lowers");
            let bounds: Vec<Expr> = crate::pipeline::of_both(&shipped, &rule)
                .into_iter()
                .filter(|alternatives| !alternatives.is_empty())
                .map(|alternatives| Expr::any(alternatives.iter().map(|conditions| lower(conditions))))
                .collect();
            let lowered: Vec<Expr> = variants
                .iter()
                .map(|v: &Variant| Expr::all([lower(&v.conditions)].into_iter().chain(bounds.iter().cloned())))
                .collect();
            let scope = scope_of(&rule.logsource, &lowered);
            assert_eq!(holds(&scope, event), expected, "{source} {event:?}");
        };
        const SYSMON: (&str, &str) = ("Channel", "Microsoft-Windows-Sysmon/Operational");
        let proc = "{product: windows, category: process_creation}";
        check(proc, &[("EventID", "1"), SYSMON], true);
        check(proc, &[("EventID", "1")], true);
        check(proc, &[("EventID", "4688"), ("Channel", "Security")], true);
        check(proc, &[("EventID", "4624"), ("Channel", "Security")], false);
        check(proc, &[("EventID", "1"), ("Channel", "System")], false);
        check(proc, &[("product", "Windows"), ("category", "process_creation")], true);
        check(proc, &[("product", "windows")], true);
        check(proc, &[("product", "linux"), ("category", "process_creation")], false);
        check(proc, &[("product", "windows"), ("EventID", "4624")], false);
        check(proc, &[("product", "windows"), ("EventID", "99"), ("category", "process_creation")], true);
        check(proc, &[("product", "windows"), ("EventID", "99"), ("category", "file_event")], false);
        check(proc, &[("Image", "x")], true);
        check(proc, &[("event.code", "1"), ("winlog.channel", SYSMON.1)], true);
        check(proc, &[("event.category", "process"), ("event.type", "start"), ("host.os.type", "windows")], true);
        check(proc, &[("event.category", "process"), ("event.type", "start"), ("host.os.type", "linux")], false);
        check(proc, &[("event.category", "file"), ("host.os.type", "windows")], false);
        let set = "{product: windows, category: registry_set}";
        check(set, &[("EventID", "13"), SYSMON], true);
        check(set, &[("EventID", "12"), SYSMON], false);
        check(set, &[("EventID", "4657"), ("Channel", "Security")], true);
        let delete = "{product: windows, category: registry_delete}";
        check(delete, &[("EventID", "12"), SYSMON, ("EventType", "DeleteValue")], true);
        check(delete, &[("EventID", "12"), SYSMON, ("EventType", "CreateKey")], false);
        let security = "{product: windows, service: security}";
        check(security, &[("EventID", "1"), ("Channel", "Security")], true);
        check(security, &[("EventID", "1"), SYSMON], false);
        check(security, &[("EventID", "1")], true);
        check(
            "{category: antivirus}",
            &[("EventID", "1119"), ("Channel", "Microsoft-Windows-Windows Defender/Operational")],
            true,
        );
        check("{category: antivirus}", &[("EventID", "1"), SYSMON], false);
        let linux = "{product: linux, category: process_creation}";
        check(linux, &[("event.category", "process"), ("event.type", "start"), ("host.os.type", "linux")], true);
        check(linux, &[("EventID", "1"), ("Channel", "Linux-Sysmon/Operational")], true);
        check(linux, &[("EventID", "1"), SYSMON], false);
        check(linux, &[("CommandLine", "x")], true);
        check("{product: macos, category: process_creation}", &[("EventID", "1"), SYSMON], false);
        // what stands under this name is a channel of Windows, one of Linux, or nothing that is known
        for channel in ["general", "6", "Linux-Sysmon/Operational"] {
            check(linux, &[("Channel", channel), ("CommandLine", "x")], channel != "Linux-Sysmon/Operational");
            check("{product: aws, service: cloudtrail}", &[("Channel", channel)], !channel.starts_with("Linux"));
            check("{category: webserver}", &[("Channel", channel)], !channel.starts_with("Linux"));
        }
        for channel in ["security", SYSMON.1, "Windows PowerShell"] {
            check("{product: aws, service: cloudtrail}", &[("Channel", channel)], false);
            check("{category: webserver}", &[("Channel", channel)], false);
            check("{}", &[("Channel", channel)], true);
        }
        check("{product: windows, category: unknown}", &[("Channel", "Linux-Sysmon/Operational")], false);
        // no product: every product's events of the category
        let any = "{category: process_creation}";
        check(any, &[("EventID", "1"), SYSMON], true);
        check(any, &[("EventID", "3"), SYSMON], false);
        check(any, &[("EventID", "4688"), ("Channel", "Security")], true);
        check(any, &[("EventID", "4624"), ("Channel", "Security")], false);
        check(any, &[("EventID", "1"), ("Channel", "Linux-Sysmon/Operational")], true);
        check(any, &[("event.category", "process"), ("event.type", "start"), ("host.os.type", "macos")], true);
        check(any, &[("event.category", "file"), ("host.os.type", "macos")], false);
        check(any, &[("product", "linux"), ("category", "process_creation")], true);
        check(any, &[("product", "freebsd"), ("EventID", "7"), ("Channel", "general")], true);
        check(any, &[("product", "windows"), ("EventID", "7")], false);
        check(any, &[("Image", "x")], true);
        check(any, &[("Image", "x"), ("Channel", "general")], true);
        // case does not count
        check("{product: Windows, category: Process_Creation}", &[("EventID", "4624"), ("Channel", "Security")], false);
        check("{product: Windows, category: Process_Creation}", &[("EventID", "4688"), ("Channel", "Security")], true);
        check("{product: windows, service: Security}", &[("EventID", "1"), SYSMON], false);
        // category and service
        let both = "{product: windows, category: process_creation, service: security}";
        check(both, &[("EventID", "4688"), ("Channel", "Security")], true);
        check(both, &[("EventID", "4624"), ("Channel", "Security")], false);
        check(both, &[("EventID", "1"), SYSMON], false);
        check(both, &[("event.code", "1"), ("winlog.channel", SYSMON.1)], false);
        let both = "{product: windows, category: process_creation, service: sysmon}";
        check(both, &[("EventID", "1"), SYSMON], true);
        check(both, &[("EventID", "3"), SYSMON], false);
        check(both, &[("EventID", "4688"), ("Channel", "Security")], false);
        // no pipeline knows these
        check("{product: aws, service: cloudtrail}", &[("eventName", "x")], true);
        check("{product: aws, service: cloudtrail}", &[("product", "aws")], true);
        check("{product: aws, service: cloudtrail}", &[("product", "azure")], false);
        check("{}", &[("product", "azure")], true);
        assert_eq!(scope_of(&ast::LogSource::default(), &[]), Expr::Const(true));
    }
}
