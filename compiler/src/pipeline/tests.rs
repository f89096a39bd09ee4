//! Pipelines and rules in, rules out.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde_yaml::Value;

use super::raw::{Table, scalar};
use super::{Added, Body, PipelineSet, apply};
use crate::diagnostic::Diagnostics;
use crate::sigma::ast;
use crate::source::{FileId, Sources, Span, Spanned};

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::new(FileId(0), 0, 0))
}

/// A rule from flow YAML: its log source and its detection. Conditions: a name, `not name`, `all of them` (also where there is none), `1 of pattern`, joined by `and`.
pub(super) fn rule(logsource: &str, detection: &str) -> ast::Rule {
    let source: Table<String> = serde_yaml::from_str(logsource).unwrap();
    let detection: Table<Value> = serde_yaml::from_str(detection).unwrap();
    let mut selections = IndexMap::new();
    let mut text = "all of them".to_owned();
    for (name, value) in detection.0 {
        if name == "condition" {
            value.as_str().unwrap().clone_into(&mut text);
        } else {
            selections.insert(name, at(search(&value)));
        }
    }
    let get = |name: &str| source.0.get(name).cloned();
    ast::Rule {
        meta: ast::Meta {
            title: "A title".into(),
            level: Some("high".into()),
            tags: vec!["attack.t1059".into()],
            ..Default::default()
        },
        version: 2,
        logsource: ast::LogSource {
            product: get("product"),
            category: get("category"),
            service: get("service"),
            definition: None,
        },
        detection: ast::Detection {
            selections,
            conditions: vec![at(condition(&text))],
            condition_texts: vec![text],
            timeframe: None,
        },
        span: at(()).span,
    }
}

pub(super) fn condition(text: &str) -> ast::Condition {
    let leaf = |text: &str| match text.split_once(" of ") {
        None => ast::Condition::Name(at(text.to_owned())),
        Some((count, of)) => ast::Condition::Of {
            count: if count == "all" { ast::Count::All } else { ast::Count::AtLeast(1) },
            of: at(if of == "them" { ast::Names::Them } else { ast::Names::Pattern(of.to_owned()) }),
        },
    };
    let term = |text: &str| match text.strip_prefix("not ") {
        Some(inner) => ast::Condition::Not(Box::new(leaf(inner))),
        None => leaf(text),
    };
    let mut members: Vec<_> = text.split(" and ").map(term).collect();
    if members.len() == 1 { members.swap_remove(0) } else { ast::Condition::And(members) }
}

fn search(value: &Value) -> ast::Search {
    match value {
        Value::Mapping(map) => {
            ast::Search::Map(map.iter().map(|(key, value)| item(key.as_str().unwrap(), value)).collect())
        }
        Value::Sequence(members) => ast::Search::List(members.iter().map(|member| at(search(member))).collect()),
        other => ast::Search::Keyword(scalar(other).unwrap()),
    }
}

fn item(key: &str, value: &Value) -> ast::Item {
    let mut parts = key.split('|');
    let field = parts.next().filter(|name| !name.is_empty()).map(|name| at(name.to_owned()));
    let modifiers = parts.map(|name| at(ast::Modifier::from_name(name).unwrap())).collect();
    let (list, members) = match value {
        Value::Sequence(members) => (true, members.clone()),
        other => (false, vec![other.clone()]),
    };
    let values = members.iter().map(|member| at(scalar(member).unwrap())).collect();
    ast::Item { field, modifiers, body: ast::ItemBody::Values { values, list }, span: at(()).span }
}

/// Maps as `{..}`, choices as `(..|..)`, values as YAML would write them in flow style.
fn show(search: &ast::Search) -> String {
    match search {
        ast::Search::Map(items) => format!("{{{}}}", items.iter().map(show_item).collect::<Vec<_>>().join(", ")),
        ast::Search::List(members) => {
            format!("({})", members.iter().map(|member| show(&member.value)).collect::<Vec<_>>().join(" | "))
        }
        ast::Search::Keyword(value) => show_value(value),
    }
}

fn show_item(item: &ast::Item) -> String {
    let mut out = item.field.as_ref().map(|field| field.value.clone()).unwrap_or_default();
    for modifier in &item.modifiers {
        write!(out, "|{}", modifier.value.name()).unwrap();
    }
    match &item.body {
        ast::ItemBody::Values { values, list } => {
            let shown = values.iter().map(|value| show_value(&value.value)).collect::<Vec<_>>().join(", ");
            out + ": " + &if *list { format!("[{shown}]") } else { shown }
        }
        ast::ItemBody::Search(inner) => show(inner),
        ast::ItemBody::Block(_) | ast::ItemBody::Elements(_) => out + ": block",
    }
}

fn show_value(value: &ast::Value) -> String {
    match value {
        ast::Value::String(text) => format!("'{text}'"),
        other => super::value::plain_text(other),
    }
}

fn show_condition(condition: &ast::Condition) -> String {
    let each = |members: &[ast::Condition], word| members.iter().map(show_condition).collect::<Vec<_>>().join(word);
    match condition {
        ast::Condition::Name(name) => name.value.clone(),
        ast::Condition::Of { count, of } => {
            let names = match &of.value {
                ast::Names::Them => "them".to_owned(),
                ast::Names::Pattern(pattern) => pattern.clone(),
                ast::Names::Listed(names) => names.join(","),
            };
            format!("{count:?} of {names}")
        }
        ast::Condition::Not(inner) => format!("not {}", show_condition(inner)),
        ast::Condition::And(members) => format!("({})", each(members, " and ")),
        ast::Condition::Or(members) => format!("({})", each(members, " or ")),
        ast::Condition::Pipe { search, .. } => format!("{} | ..", show_condition(search)),
    }
}

fn show_added(added: &[Added]) -> String {
    let shown =
        added.iter().map(|added| format!(" if {}{}", if added.negated { "not " } else { "" }, show(&added.search)));
    shown.collect::<Vec<_>>().concat()
}

/// Files in, one variant's detection and conditions out; or the first message.
fn run(files: &[&str], rule: &ast::Rule) -> String {
    let mut sources = Sources::new();
    let ids: Vec<_> =
        files.iter().enumerate().map(|(number, text)| sources.add(format!("p{number}.yml"), *text)).collect();
    let mut diags = Diagnostics::new();
    let load = |path: &str| {
        if path == "hosts.txt" { Ok("srv1\n\n srv2 \n".to_owned()) } else { Err("no such file".to_owned()) }
    };
    let set = PipelineSet::parse(&sources, &ids, &load, &mut diags);
    let variants = if diags.has_errors_since(0) { None } else { apply(&set, rule, &mut diags) };
    let Some(variants) = variants else { return diags.as_slice()[0].message.clone() };
    let [variant] = &variants[..] else { panic!("{variants:?}") };
    let kind = match &variant.body {
        Body::Renamed(names) if names.is_empty() => "same",
        Body::Renamed(_) => "renamed",
        Body::Rewritten(_) => "rewritten",
    };
    let after = variant.rule(rule);
    let selections: Vec<String> =
        after.detection.selections.iter().map(|(name, search)| format!("{name}: {}", show(&search.value))).collect();
    let conditions: Vec<String> =
        after.detection.conditions.iter().map(|condition| show_condition(&condition.value)).collect();
    format!("{kind}; {}; {}{}", selections.join("; "), conditions.join("; "), show_added(&variant.conditions))
}

/// One transformation on a selection of a Windows process rule.
#[track_caller]
fn check(transformation: &str, selection: &str, expected: &str) {
    let file = format!(
        "vars: {{admins: [alice, 'b*b'], one: x, port: 22, sep: '\\*', none: [], 'null': }}\ntransformations:\n  - {{{transformation}}}\n"
    );
    let shown = run(
        &[&file],
        &rule("{product: windows, category: process_creation}", &format!("{{s: {selection}, condition: s}}")),
    );
    let shown = shown.replace("; s: ", " ").replacen("; s", "", 1);
    assert_eq!(shown, expected, "{transformation} on {selection}");
}

#[test]
fn fields() {
    check("type: field_name_mapping, mapping: {A: B}", "{A|contains: x, C: y}", "renamed {B|contains: 'x', C: 'y'}");
    check(
        "type: field_name_mapping, mapping: {A: [B, C]}",
        "{A|all: [x, y], D: 1}",
        "rewritten {({B|all: ['x', 'y']} | {C|all: ['x', 'y']}), D: 1}",
    );
    check("type: field_name_mapping, mapping: {A: [B, C]}", "{A|neq: x}", "rewritten {B|neq: 'x', C|neq: 'x'}");
    check("type: field_name_mapping, mapping: {A: [B, C]}", "{F|fieldref: A}", "rewritten {F|fieldref: ['B', 'C']}");
    check("type: field_name_mapping, mapping: {A: [B, C]}", "{A: null}", "rewritten {B: null, C: null}");
    check(
        "type: field_name_mapping, mapping: {A: [B, C]}",
        "{A|exists: false}",
        "rewritten {B|exists: false, C|exists: false}",
    );
    check(
        "type: field_name_mapping, mapping: {A: [B, C]}",
        "{A|exists: true}",
        "rewritten {({B|exists: true} | {C|exists: true})}",
    );
    check(
        "type: field_name_mapping, mapping: {A: [B, C], F: G}",
        "{F|fieldref|all: [A, D]}",
        "rewritten {G|fieldref: ['B', 'C'], G|fieldref: ['D']}",
    );
    check(
        "type: field_name_mapping, mapping: {A: [B, C], F: [G, H]}",
        "{F|fieldref|all: [A, D]}",
        "`p0.yml`, transformation 1 (field_name_mapping): a field and those that it refers to cannot all stand for several names under `|all`",
    );
    check("type: field_name_mapping, mapping: {A: B}", "{F|fieldref: A, A: x}", "renamed {F|fieldref: 'B', B: 'x'}");
    check("type: field_name_mapping, mapping: {A: B}", "[A, {'|all': [A]}]", "same ('A' | {|all: ['A']})");
    check(
        "type: field_name_mapping, mapping: {A: B}, detection_item_conditions: [{type: is_null, cond: any}]",
        "[{A: null}, {A: x}]",
        "rewritten ({B: null} | {A: 'x'})",
    );
    check("type: field_name_prefix_mapping, mapping: {win.: w_}", "{win.a: 1, lin.a: 2}", "renamed {w_a: 1, lin.a: 2}");
    check(
        "type: field_name_prefix, prefix: p., field_name_conditions: [{type: include_fields, mode: re, fields: ['[AB]']}]",
        "{A: 1, Cb: 2}",
        "renamed {p.A: 1, Cb: 2}",
    );
    check(
        "type: field_name_suffix, suffix: .k, field_name_conditions: [{type: exclude_fields, fields: [A]}]",
        "{A: 1, B: 2}",
        "renamed {A: 1, B.k: 2}",
    );
    check(
        "type: field_name_suffix, suffix: .k, field_name_cond_not: true, field_name_conditions: [{type: include_fields, fields: [A]}]",
        "{A: 1, B: 2}",
        "renamed {A: 1, B.k: 2}",
    );
    check(
        "type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [A]}]",
        "{A: 1, B: 2}",
        "rewritten {B: 2}",
    );
    check("type: add_field, field: Z", "{A: 1}", "same {A: 1}");
}

#[test]
fn values() {
    check(
        "type: replace_string, regex: y, replacement: z",
        "{F|contains: [true, xy]}",
        "rewritten {F: ['*true*', '*xz*']}",
    );
    check(
        "type: replace_string, regex: y, replacement: z",
        "{F|contains: [true, x]}",
        "same {F|contains: [true, 'x']}",
    );
    check(
        "type: replace_string, regex: '^\\*\\\\([^\\\\]+)$', replacement: '\\1'",
        "{Image|endswith: ['\\a.exe', '\\x\\b.exe']}",
        r"rewritten {Image: ['a.exe', '*\x\b.exe']}",
    );
    check(
        "type: replace_string, regex: a, replacement: '*', skip_special: true",
        "{F: 'xa*ba'}",
        r"rewritten {F: 'x\**b\*'}",
    );
    check(
        "type: replace_string, regex: a, replacement: '*', skip_special: true, interpret_special: true",
        "{F: 'xab'}",
        "rewritten {F: 'x*b'}",
    );
    check(
        "type: replace_string, regex: '(?P<n>a)(b)', replacement: '\\g<n>-\\2\\g<1>'",
        "{F: 'xab'}",
        "rewritten {F: 'xa-ba'}",
    );
    check("type: replace_string, regex: z, replacement: y", "{F|contains: xa}", "same {F|contains: 'xa'}");
    check(
        "type: replace_string, regex: a, replacement: b",
        "{F|re: a, G|cidr: 10.0.0.0/8, H: 5}",
        "same {F|re: 'a', G|cidr: '10.0.0.0/8', H: 5}",
    );
    check("type: replace_string, regex: k, replacement: b", "[kk, z]", "rewritten ({: 'bb'} | 'z')");
    check("type: map_string, mapping: {a: [x, y]}", "{F: [a, b]}", "rewritten {F: ['x', 'y', 'b']}");
    check(
        "type: map_string, mapping: {'*a*': [x, y]}",
        "{F|contains|all: [a, b]}",
        "rewritten {F: ['x', 'y'], F: ['*b*']}",
    );
    check(
        "type: map_string, mapping: {a: [x, y]}",
        "{F|all|neq: [a, b]}",
        "`p0.yml`, transformation 1 (map_string): several values for one are not possible under `|all|neq`",
    );
    check("type: set_value, value: 5", "{F|contains: [a, b]}", "rewritten {F: 5}");
    check("type: set_value, value: 5, force_type: str", "{F: a}", "rewritten {F: '5'}");
    check("type: convert_type, target_type: num", "{F: '0012', G|re: x}", "rewritten {F: 12, G|re: 'x'}");
    check(
        "type: convert_type, target_type: num",
        "{F: a}",
        "`p0.yml`, transformation 1 (convert_type): `a` is not a number",
    );
    check("type: convert_type, target_type: str", "{F: [1, null, true]}", "rewritten {F: ['1', null, 'true']}");
    check("type: case, method: upper", "{F|contains: 'a\\*b*', G: 1}", r"rewritten {F|contains: 'A\*B*', G: 1}");
    check("type: case, method: snake_case", "{F: fooBar9X}", "rewritten {F: 'foo_bar9_x'}");
    check("type: regex", "{F|startswith: 'a.b?'}", r"rewritten {F|re: '\Aa\.b(?s:.)(?s:.*)\z'}");
    check(
        "type: regex, method: ignore_case_flag",
        "{F|all: [a, 'b*']}",
        r"rewritten {F|re|i|all: ['\Aa\z', '\Ab(?s:.*)\z']}",
    );
    check("type: regex", "{F: null}", "same {F: null}");
    let hashes = "type: hashes_fields, valid_hash_algos: [MD5, SHA256, IMPHASH], field_prefix: h.";
    let md5 = "0123456789abcdef0123456789abcdef";
    check(
        hashes,
        &format!("{{Hashes|contains: ['MD5={md5}', 'IMPHASH=00ff', plain]}}"),
        &format!(
            "rewritten {{({{h.MD5: '{md5}'}} | {{h.IMPHASH|startswith: '00ff'}} | {{Hashes|contains: 'plain'}})}}"
        ),
    );
    check(
        hashes,
        &format!("{{Hashes|contains|all: ['MD5={md5}', 'IMPHASH={md5}']}}"),
        &format!("rewritten {{h.MD5: '{md5}', h.IMPHASH: '{md5}'}}"),
    );
    check(
        hashes,
        &format!("{{Hashes|neq: ['MD5={md5}', '{md5}']}}"),
        &format!("rewritten {{h.MD5|neq: ['{md5}', '{md5}']}}"),
    );
    check(hashes, "{Hashes|contains: plain}", "same {Hashes|contains: 'plain'}");
}

#[test]
fn placeholders() {
    check(
        "type: value_placeholders",
        "{F|contains|expand: ['%admins%', z]}",
        "rewritten {F|contains: ['alice', 'b*b', 'z']}",
    );
    check("type: value_placeholders", "{F|expand: 'a%admins%-%one%'}", "rewritten {F: ['aalice-x', 'ab*b-x']}");
    check("type: value_placeholders", "{F|expand: '%port%'}", "rewritten {F: 22}");
    check("type: value_placeholders", "{F|expand: 'C:\\\\%sep%'}", r"rewritten {F: 'C:\\\*'}");
    check(
        "type: value_placeholders",
        "{F|contains|all|expand: ['%admins%', z]}",
        "rewritten {F|contains: ['alice', 'b*b'], F|contains: ['z']}",
    );
    check("type: value_placeholders", "{F|expand: 'a\\%one\\%%one%'}", "rewritten {F: 'a%one%x'}");
    check("type: value_placeholders", "{F|expand: '%one%\\%%other%'}", r"rewritten {F|expand: 'x\%%other%'}");
    check("type: value_placeholders", "{F: '%one%'}", "same {F: '%one%'}");
    check(
        "type: value_placeholders, include: [one]",
        "{F|expand: '%one%', G|expand: '%port%'}",
        "rewritten {F: 'x', G|expand: '%port%'}",
    );
    check(
        "type: wildcard_placeholders, exclude: [port]",
        "{F|expand: '%one%', G|expand: '%port%'}",
        "rewritten {F: '*', G|expand: '%port%'}",
    );
    check("type: value_placeholders", "{F|re|expand: '^%admins%$'}", r"rewritten {F|re: ['^alice$', '^b\*b$']}");
    check("type: file_placeholders, path: hosts.txt, filter: '.*1'", "{F|expand: '%any%'}", "rewritten {F: 'srv1'}");
    check("type: file_placeholders, path: hosts.txt", "{F|expand: '%any%.x'}", "rewritten {F: ['srv1.x', 'srv2.x']}");
    for selection in
        ["{F|contains|expand: '%none%'}", "{F|re|expand: '%none%'}", "{F|expand: 'x%none%'}", "{'|expand': '%none%'}"]
    {
        let none = "`p0.yml`, transformation 1 (value_placeholders): placeholder `%none%` has no values";
        check("type: value_placeholders", selection, none);
        check("type: value_placeholders", &selection.replace("none", "null"), &none.replace("none", "null"));
    }
    check(
        "type: file_placeholders, path: hosts.txt, filter: nothing",
        "{F|expand: '%any%'}",
        "`p0.yml`, transformation 1 (file_placeholders): placeholder `%any%` has no values",
    );
    let many = "%admins%".repeat(20);
    check(
        "type: value_placeholders",
        &format!("{{F|expand: '{many}'}}"),
        "`p0.yml`, transformation 1 (value_placeholders): placeholder `%admins%` makes more than 100000 values",
    );
}

#[test]
fn conditions() {
    let suffix = |conditions: &str, selection: &str, applies: bool| {
        let file = format!(
            "transformations:\n  - {{type: set_state, key: k, val: 3}}\n  - {{type: set_custom_attribute, attribute: own, value: 7}}\n  - {{id: x, type: case}}\n  - {{type: field_name_suffix, suffix: .k, {conditions}}}\n"
        );
        let text = run(
            &[&file],
            &rule("{product: windows, category: process_creation}", &format!("{{s: {selection}, condition: s}}")),
        );
        assert_eq!(text.contains(".k"), applies, "{conditions}: {text}");
    };
    let on_rule = |list: &str, applies| suffix(&format!("rule_conditions: [{list}]"), "{A: x, B: 1}", applies);
    on_rule("{type: logsource, product: windows}", true);
    on_rule("{type: logsource, product: windows, service: sysmon}", false);
    on_rule("{type: contains_detection_item, field: B, value: 1}", true);
    on_rule("{type: contains_detection_item, field: B, value: 2}", false);
    on_rule("{type: contains_field, field: A}", true);
    on_rule("{type: processing_item_applied, processing_item_id: x}", true);
    on_rule("{type: processing_item_applied, processing_item_id: y}", false);
    on_rule("{type: processing_state, key: k, val: 3}", true);
    on_rule("{type: processing_state, key: k, val: 3, op: gt}", false);
    on_rule("{type: processing_state, key: missing, val: 3, op: ne}", false);
    on_rule("{type: is_sigma_rule}", true);
    on_rule("{type: is_sigma_correlation_rule}", false);
    on_rule("{type: rule_attribute, attribute: level, value: medium, op: gte}", true);
    on_rule("{type: rule_attribute, attribute: level, value: critical, op: gte}", false);
    on_rule("{type: rule_attribute, attribute: own, value: [6, 7], op: in}", true);
    on_rule("{type: rule_attribute, attribute: nothing, value: 7, op: ne}", false);
    on_rule("{type: tag, tag: attack.T1059}", true);
    on_rule("{type: is_sigma_rule}, {type: is_sigma_correlation_rule}", false);
    suffix(
        "rule_cond_op: or, rule_conditions: [{type: is_sigma_rule}, {type: is_sigma_correlation_rule}]",
        "{A: x}",
        true,
    );
    suffix("rule_cond_not: true, rule_conditions: [{type: is_sigma_rule}]", "{A: x}", false);
    suffix(
        "rule_cond_expr: a and not b, rule_conditions: {a: {type: is_sigma_rule}, b: {type: is_sigma_correlation_rule}}",
        "{A: x}",
        true,
    );
    let on_item = |list: &str, selection: &str, applies| {
        suffix(&format!("detection_item_conditions: [{list}]"), selection, applies);
    };
    on_item("{type: match_string, cond: any, pattern: '\\*b'}", "{A|endswith: [abc, bcd]}", true);
    on_item("{type: match_string, cond: all, pattern: '\\*b'}", "{A|endswith: [abc, bcd]}", false);
    on_item("{type: match_string, cond: any, pattern: b}", "{A: abc}", false);
    on_item("{type: match_string, cond: any, pattern: b, negate: true}", "{A: abc}", true);
    on_item("{type: match_value, cond: any, value: 1}", "{A: [1, 2]}", true);
    on_item("{type: match_value, cond: all, value: 1}", "{A: [1, 2]}", false);
    on_item("{type: contains_wildcard, cond: any}", "{A: 'a\\*'}", false);
    on_item("{type: contains_wildcard, cond: any}", "{A|contains: a}", true);
    on_item("{type: is_null, cond: all}", "{A: null}", true);
    on_item("{type: processing_item_applied, processing_item_id: x}", "{A: UPPER}", true);
    on_item("{type: processing_item_applied, processing_item_id: x}", "{A: lower}", false);
    suffix("field_name_conditions: [{type: processing_item_applied, processing_item_id: x}]", "{A: x}", false);
    suffix("field_name_conditions: [{type: processing_state, key: k, val: 3}]", "{A: x}", true);
}

#[test]
fn chains() {
    let process = rule(
        "{product: windows, category: process_creation}",
        "{a: {Image: x, B: 1}, b: {User: y}, condition: a and not b}",
    );
    let check = |files: &[&str], expected: &str| assert_eq!(run(files, &process), expected, "{files:?}");
    // conditions are mapped by what follows; lower priority comes first, whatever the order of files
    check(
        &[
            "priority: 20\ntransformations: [{type: field_name_mapping, mapping: {Channel: winlog.channel}}]",
            "priority: 10\ntransformations: [{type: add_condition, conditions: {Channel: [x, null], 'Id|contains': 1}}]",
        ],
        "same; a: {Image: 'x', B: 1}; b: {User: 'y'}; (a and not b) if {winlog.channel: ['x', null], Id|contains: 1}",
    );
    check(
        &[
            "transformations: [{type: add_condition, template: true, negated: true, conditions: [{i: '$product-${category}-$service-$$'}, {j: 1}]}]",
        ],
        "same; a: {Image: 'x', B: 1}; b: {User: 'y'}; (a and not b) if not ({i: 'windows-process_creation-$service-$'} | {j: 1})",
    );
    // what is left of a condition without a selection
    check(
        &[
            "transformations: [{type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [User]}]}]",
        ],
        "rewritten; a: {Image: 'x', B: 1}; a",
    );
    check(&["transformations: [{type: drop_detection_item}]"], "pipelines drop everything that the rule looks for");
    check(
        &[
            "transformations:\n- {type: change_logsource, service: sysmon}\n- {type: field_name_prefix, prefix: p., rule_conditions: [{type: logsource, category: process_creation}]}\n- {type: nest, items: [{id: n, type: field_name_suffix, suffix: .s}], rule_conditions: [{type: logsource, service: sysmon}]}\n- {type: field_name_suffix, suffix: .t, field_name_conditions: [{type: processing_item_applied, processing_item_id: n}]}",
        ],
        "renamed; a: {Image.s.t: 'x', B.s.t: 1}; b: {User.s.t: 'y'}; (a and not b)",
    );
    check(
        &["transformations: [{id: no, type: rule_failure, message: not here}]"],
        "`p0.yml`, transformation 1 `no` (rule_failure): not here",
    );
    check(
        &[
            "transformations: [{type: detection_item_failure, message: bad user, field_name_conditions: [{type: include_fields, fields: [User]}]}]",
        ],
        "`p0.yml`, transformation 1 (detection_item_failure): bad user",
    );
    check(
        &[
            "transformations: [{type: field_name_mapping, mapping: {Image: i, B: b}}, {type: strict_field_mapping_failure}]",
        ],
        "`p0.yml`, transformation 2 (strict_field_mapping_failure): no mapping for `User`",
    );
    // choices of choices stay flat, and do not grow without end
    check(
        &[
            "transformations: [{type: field_name_mapping, mapping: {Image: [i, j]}}, {type: field_name_mapping, mapping: {i: [k, l]}}]",
        ],
        "rewritten; a: {({k: 'x'} | {l: 'x'} | {j: 'x'}), B: 1}; b: {User: 'y'}; (a and not b)",
    );
    let doubling =
        format!("transformations: [{}]", "{type: field_name_mapping, mapping: {Image: [Image, Image]}},".repeat(40));
    check(&[&doubling], "`p0.yml`, transformation 14 (field_name_mapping): the rule would have more than 10000 items");
}

#[test]
fn refusals() {
    let check = |file: &str, expected: &str| {
        assert_eq!(run(&[file], &rule("{}", "{s: {A: 1}}")), format!("`p0.yml`: {expected}"));
    };
    let step = |step: &str, expected: &str| {
        check(&format!("transformations: [{{{step}}}]"), &format!("transformation 1 {expected}"));
    };
    check("transformations: [", "did not find expected node content at line 2 column 1, while parsing a flow node");
    check(
        "nonsense: 1",
        "unknown field `nonsense`, expected one of `name`, `priority`, `vars`, `allowed_backends`, `transformations`, `postprocessing`, `finalizers`",
    );
    check("[a]", "invalid type: sequence, expected a map");
    check("priority: high", "invalid type: string \"high\", expected a whole number");
    check("finalizers: [{type: concat}]", "`finalizers` work on query text, and Sigil writes none");
    step(
        "type: query_expression_placeholders",
        "(query_expression_placeholders): not supported: it puts query text in place of a value, and Sigil writes no queries",
    );
    step("type: http_placeholders", "(http_placeholders): not supported: Sigil opens no connections while it compiles");
    step("type: magic, id: m", "`m` (magic): `magic` is not a transformation");
    step("mapping: {}", "(): a transformation without `type`");
    step("type: field_name_mapping, map: {}", "(field_name_mapping): unknown field `map`, expected `mapping`");
    step("type: field_name_mapping", "(field_name_mapping): missing field `mapping`");
    step(
        "type: field_name_mapping, mapping: {a: 1}",
        "(field_name_mapping): invalid type: integer `1`, expected a string",
    );
    step("type: field_name_mapping, mapping: {a: []}", "(field_name_mapping): `a` is mapped to an empty list");
    step("type: drop_detection_item, x: 1", "(drop_detection_item): unknown field `x`, there are no fields");
    step(
        "type: case, rule_conditions: [{type: phase_of_moon}]",
        "(case): rule condition `0` (phase_of_moon): `phase_of_moon` is not a rule condition",
    );
    step(
        "type: case, rule_conditions: [{type: tag, tags: x}]",
        "(case): rule condition `0` (tag): unknown field `tags`, expected `tag`",
    );
    step(
        "type: replace_string, regex: '(', replacement: x",
        "(replace_string): `(` is not a regular expression: Parsing error at position 1: Opening parenthesis without closing parenthesis",
    );
    step(
        "type: replace_string, regex: a, replacement: '\\3'",
        "(replace_string): `replacement` asks for group 3, and `regex` has no such group",
    );
    step("type: file_placeholders, path: gone.txt", "(file_placeholders): `gone.txt` cannot be read: no such file");
    step(
        "type: nest, items: [{type: case}, {type: no}]",
        "(nest): transformation 1.2 (no): `no` is not a transformation",
    );
    step("type: add_condition, conditions: {'a|nope': 1}", "(add_condition): `nope` in `a|nope` is not a modifier");
}

/// A message stands at its transformation.
#[test]
fn places() {
    let mut sources = Sources::new();
    let text = "name: transformations\ntransformations:\n  - type: case\n  - id: bad\n    type: no\n";
    let file = sources.add("p.yml", text);
    let mut diags = Diagnostics::new();
    let _ = PipelineSet::parse(&sources, &[file], &|_| Err(String::new()), &mut diags);
    let span = diags.as_slice()[0].labels[0].span;
    assert_eq!(&text[span.start as usize..span.end as usize], "id: bad");
}

#[test]
fn shipped_pipelines() {
    let mut sources = Sources::new();
    let files: Vec<_> = super::SHIPPED.iter().map(|(path, text)| sources.add(*path, *text)).collect();
    let mut diags = Diagnostics::new();
    let _ = PipelineSet::parse(&sources, &files, &|_| Err(String::new()), &mut diags);
    assert!(diags.is_empty(), "{diags:?}");
    let shipped = PipelineSet::shipped();
    let check = |source: &str, selection: &str, expected: &[&str]| {
        let rule = rule(source, &format!("{{s: {selection}}}"));
        let variants = apply(&shipped, &rule, &mut Diagnostics::new()).unwrap();
        let shown: Vec<String> = variants
            .iter()
            .map(|v| {
                let kind = if matches!(v.body, Body::Renamed(_)) { "" } else { "rewritten " };
                format!(
                    "{}: {kind}{}{}",
                    v.pipeline,
                    show(&v.rule(&rule).detection.selections["s"].value),
                    show_added(&v.conditions)
                )
            })
            .collect();
        assert_eq!(shown, expected, "{source}");
    };
    check(
        "{product: windows, category: process_creation}",
        r"{Image|endswith: '\a.exe', GrandParentImage: x}",
        &[
            r"windows_sysmon: {Image|endswith: '\a.exe', GrandParentImage: 'x'} if {EventID: 1, Channel: ['Microsoft-Windows-Sysmon/Operational', null]}",
            r"windows_eventlog: {NewProcessName|endswith: '\a.exe', GrandParentImage: 'x'} if {EventID: 4688, Channel: ['Security', null]}",
            r"winlogbeat: {winlog.event_data.Image|endswith: '\a.exe', winlog.event_data.GrandParentImage: 'x'} if {event.code: 1, winlog.channel: ['Microsoft-Windows-Sysmon/Operational', null]}",
            r"winlogbeat_audit: {winlog.event_data.NewProcessName|endswith: '\a.exe', winlog.event_data.GrandParentImage: 'x'} if {event.code: 4688, winlog.channel: ['Security', null]}",
            r"ecs_windows: {process.executable|endswith: '\a.exe', winlog.event_data.GrandParentImage: 'x'} if ({event.code: [1, 4688], winlog.channel: ['Microsoft-Windows-Sysmon/Operational', 'Security', null]} | {event.category: 'process', event.type: ['start', null], host.os.type: ['windows', null]})",
        ],
    );
    check(
        "{product: windows, service: security}",
        "{EventID: 4624, IpAddress: x}",
        &[
            "windows_eventlog: {EventID: 4624, IpAddress: 'x'} if {Channel: 'Security'}",
            "winlogbeat: {event.code: 4624, winlog.event_data.IpAddress: 'x'} if {winlog.channel: 'Security'}",
            "ecs_windows: {event.code: 4624, winlog.event_data.IpAddress: 'x'} if {winlog.channel: 'Security'}",
        ],
    );
    check(
        "{product: linux, category: process_creation}",
        "{Image|endswith: /sh}",
        &[
            "linux_sysmon: {Image|endswith: '/sh'} if {EventID: 1, Channel: ['Linux-Sysmon/Operational', null]}",
            "ecs_linux: {process.executable|endswith: '/sh'} if {event.category: 'process', event.type: ['start', 'process_started', null], host.os.type: ['linux', null], Channel: null}",
        ],
    );
    check(
        "{category: antivirus}",
        "{Signature: x}",
        &[
            "windows_eventlog: {ThreatName: 'x'} if {EventID: [1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 1116, 1117, 1118, 1119], Channel: ['Microsoft-Windows-Windows Defender/Operational', null]}",
            "winlogbeat: {winlog.event_data.ThreatName: 'x'} if {event.code: [1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 1116, 1117, 1118, 1119], winlog.channel: ['Microsoft-Windows-Windows Defender/Operational', null]}",
        ],
    );
    check("{product: linux, service: auditd}", "{type: x}", &[]);
    check("{product: aws, service: cloudtrail}", "{type: x}", &[]);
}

/// Every category and service that the public rules have for Windows is known.
#[test]
fn windows_is_covered() {
    let shipped = PipelineSet::shipped();
    let categories = "process_creation registry_set file_event ps_script image_load network_connection registry_event process_access ps_module driver_load dns_query pipe_created create_remote_thread file_delete file_access ps_classic_start registry_delete create_stream_hash registry_add wmi_event file_rename process_tampering raw_access_thread file_change sysmon_status sysmon_error file_executable_detected file_block_executable ps_classic_provider_start clipboard_capture process_termination";
    let services = "security system application windefend appxdeployment-server codeintegrity-operational firewall-as sysmon msexchange-management bits-client dns-client powershell powershell-classic taskscheduler ntlm wmi dns-server dns-server-analytic microsoft-servicebus-client driver-framework appmodel-runtime appxpackaging-om capi2 certificateservicesclient-lifecycle-system diagnosis-scripted iis-configuration ldap ldap_debug lsa-server openssh printservice-admin printservice-operational security-mitigations shell-core smbclient-security smbclient-connectivity terminalservices-localsessionmanager applocker vhdmp";
    for (kind, names) in [("category", categories), ("service", services)] {
        for name in names.split(' ') {
            let rule = rule(&format!("{{product: windows, {kind}: {name}}}"), "{s: {F: x}}");
            let variants = apply(&shipped, &rule, &mut Diagnostics::new()).unwrap();
            assert!(
                variants.iter().any(|v| v.pipeline.starts_with("windows_") && !v.conditions.is_empty()),
                "{kind} {name}"
            );
        }
    }
}

#[test]
fn filters() {
    let filter = |logsource: &str, rules: ast::FilterRules, detection: &str| {
        let parsed = rule(logsource, detection);
        ast::Filter {
            meta: ast::Meta { name: Some("f".into()), ..Default::default() },
            logsource: parsed.logsource,
            rules,
            detection: parsed.detection,
            span: parsed.span,
        }
    };
    let listed = |names: &[&str]| ast::FilterRules::Listed(names.iter().map(|name| at((*name).to_owned())).collect());
    let check = |filters: &[ast::Filter], expected: &str| {
        let mut rules = vec![rule(
            "{product: windows, category: process_creation}",
            "{sel_a: {A: 1}, _b: {B: 1}, condition: all of them and 1 of sel*}",
        )];
        rules[0].meta.id = Some("id-1".into());
        rules[0].meta.name = Some("named".into());
        let mut diags = Diagnostics::new();
        super::filter::apply_filters(&mut rules, filters, &["correlation"], &mut diags);
        let detection = &rules[0].detection;
        let names = detection.selections.keys().cloned().collect::<Vec<_>>().join(" ");
        let messages: String = diags.as_slice().iter().map(|d| format!(" !{}", d.message)).collect::<Vec<_>>().concat();
        assert_eq!(
            format!(
                "{names}: {} ({}){messages}",
                show_condition(&detection.conditions[0].value),
                detection.condition_texts[0]
            ),
            expected
        );
    };
    let untouched = "sel_a _b: (All of them and AtLeast(1) of sel*) (all of them and 1 of sel*)";
    let joined = "sel_a _b f.sel_x f.y: ((All of sel_a and AtLeast(1) of sel_a) and (AtLeast(1) of f.sel_x and not f.y)) ((all of them and 1 of sel*) and (1 of sel* and not y))";
    let body = "{sel_x: {X: 1}, y: {Y: 1}, condition: 1 of sel* and not y}";
    check(&[filter("{product: windows}", listed(&["id-1"]), body)], joined);
    check(&[filter("{product: windows}", listed(&["named", "id-1"]), body)], joined);
    check(&[filter("{category: process_creation}", ast::FilterRules::Any, body)], joined);
    check(
        &[filter("{product: linux}", ast::FilterRules::Any, body)],
        &format!("{untouched} !the filter `f` applies to no rule"),
    );
    check(
        &[filter("{product: windows, service: sysmon}", listed(&["id-1"]), body)],
        &format!("{untouched} !the filter `f` applies to no rule"),
    );
    check(&[filter("{}", listed(&["who", "id-1"]), body)], &format!("{joined} !no rule has the id or name `who`"));
    let twice = [
        filter("{}", ast::FilterRules::Any, "{x: {X: 1}, condition: not x}"),
        filter("{}", ast::FilterRules::Any, "{x: {X: 2}, condition: not x}"),
    ];
    check(
        &twice,
        "sel_a _b f.x f.2.x: (((All of sel_a and AtLeast(1) of sel_a) and not f.x) and not f.2.x) (((all of them and 1 of sel*) and (not x)) and (not x))",
    );
}

/// Not a test of speed, but one that a quadratic step would not survive.
#[test]
fn many_values() {
    let values = (0..4_432).map(|number| format!("'MD5={number:032x}'")).collect::<Vec<_>>().join(", ");
    let rule = rule("{product: windows, category: driver_load}", &format!("{{s: {{Hashes|contains: [{values}]}}}}"));
    let variants = apply(&PipelineSet::shipped(), &rule, &mut Diagnostics::new()).unwrap();
    assert_eq!(variants.len(), 3);
}
