//! The steps of pipelines, applied to one rule.

use std::borrow::Cow;
use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::model::{Action, AddedItem, Pipeline, PlaceholderValues, Step, Target};
use super::value::{self, Filling};
use super::work::{Entry, Node, Outcome, Part, Work, rewrite, visit};
use super::{Fault, condition, hashes};
use crate::sigma::ast;
use crate::source::{Span, Spanned};

/// A rule may not grow beyond this many items.
const MAX_ITEMS: usize = 10_000;

/// Values for placeholders, by name.
pub(super) type Vars = IndexMap<String, Vec<ast::Value>>;

/// Applies a pipeline's steps in order.
pub(super) fn run<'p>(pipeline: &'p Pipeline, vars: &Vars, work: &mut Work<'_, 'p>) -> Result<(), Fault> {
    steps(&pipeline.steps, vars, work).map_err(|(label, fault)| fault.within(&format!("`{}`, {label}", pipeline.path)))
}

fn steps<'p>(list: &'p [Step], vars: &Vars, work: &mut Work<'_, 'p>) -> Result<(), (&'p str, Fault)> {
    for step in list {
        if !condition::rule(step, work) {
            continue;
        }
        if let Action::Nest(inner) = &step.action {
            steps(inner, vars, work)?;
        } else {
            apply(step, vars, work).map_err(|fault| (step.label.as_str(), fault))?;
        }
        work.applied.extend(step.id.as_deref());
    }
    Ok(())
}

fn apply<'p>(step: &'p Step, vars: &Vars, work: &mut Work<'_, 'p>) -> Result<(), Fault> {
    match &step.action {
        Action::MapFields(mapping) => rename(step, work, &|name| mapping.get(name).cloned()),
        Action::MapPrefixes(mapping) => rename(step, work, &|name| {
            let (from, to) = mapping.iter().find(|(from, _)| name.starts_with(from.as_str()))?;
            Some(to.iter().map(|to| format!("{to}{}", &name[from.len()..])).collect())
        }),
        Action::Prefix(prefix) => rename(step, work, &|name| Some(vec![format!("{prefix}{name}")])),
        Action::Suffix(suffix) => rename(step, work, &|name| Some(vec![format!("{name}{suffix}")])),
        Action::DropItem => each(step, work, true, &mut |_| Ok(Outcome::Drop)),
        Action::SplitHashes { algorithms, prefix, drop_algorithm } => {
            let name = |algorithm: &str| if *drop_algorithm { prefix.clone() } else { format!("{prefix}{algorithm}") };
            each(step, work, false, &mut |entry| Ok(hashes::split(entry, algorithms, &name)))
        }
        Action::Placeholders { include, exclude, by } => {
            let find = |name: &str| {
                let wanted = include.as_ref().is_none_or(|names| names.iter().any(|n| n == name))
                    && !exclude.iter().any(|n| n == name);
                match by {
                    _ if !wanted => None,
                    PlaceholderValues::Wildcard => Some(Filling::Wildcard),
                    PlaceholderValues::Listed(values) => Some(Filling::Values(values.clone())),
                    PlaceholderValues::Vars => vars.get(name).cloned().map(Filling::Values),
                }
            };
            each(step, work, true, &mut |entry| value::fill(entry, &find))
        }
        Action::AddCondition { search, negated, template } => {
            let source = work.logsource.clone();
            let span = work.rule.span;
            let map = |items: &Vec<AddedItem>| {
                Node::Map(
                    items
                        .iter()
                        .map(|item| Part::Item(Entry::new(Cow::Owned(added(item, &source, *template, span)))))
                        .collect(),
                )
            };
            let node = match &search[..] {
                [single] => map(single),
                several => Node::List(several.iter().map(|items| (map(items), span)).collect()),
            };
            let mut node = node;
            if let Some(id) = step.id.as_deref() {
                node = rewrite(node, span, false, &mut |mut entry| {
                    entry.applied.push(id);
                    Outcome::Keep(entry)
                })
                .unwrap_or(Node::Map(Vec::new()));
            }
            work.added.push((node, *negated));
            work.touched = true;
            Ok(())
        }
        Action::ChangeLogSource(to) => {
            work.logsource = ast::LogSource { definition: work.logsource.definition.take(), ..to.clone() };
            Ok(())
        }
        Action::AddFields(names) => {
            shown(work).extend(names.iter().cloned());
            Ok(())
        }
        Action::RemoveFields(names) => {
            shown(work).retain(|name| !names.contains(name));
            Ok(())
        }
        Action::SetFields(names) => {
            shown(work).clone_from(names);
            Ok(())
        }
        Action::Replace { pattern, replacement, skip_special, interpret_special } => {
            each(step, work, true, &mut |entry| {
                value::map_strings(entry, &mut |tokens| {
                    value::replace(tokens, pattern, replacement, *skip_special, *interpret_special)
                })
            })
        }
        Action::MapStrings(mapping) => each(step, work, true, &mut |entry| {
            value::map_strings(entry, &mut |tokens| {
                Ok(mapping
                    .get(&super::text::render(tokens))
                    .map(|texts| texts.iter().map(|text| super::text::parse(text)).collect()))
            })
        }),
        Action::SetValue(to) => each(step, work, true, &mut |entry| Ok(Outcome::Keep(value::set(entry, to)))),
        Action::Convert(Target::Text) => each(step, work, true, &mut |entry| Ok(value::to_texts(entry))),
        Action::Convert(Target::Number) => each(step, work, false, &mut value::to_numbers),
        Action::ToRegex { ignore_case } => each(step, work, false, &mut |entry| value::to_regex(entry, *ignore_case)),
        Action::Case(method) => each(step, work, true, &mut |entry| Ok(value::change_case(entry, *method))),
        Action::SetState(key, to) => {
            work.state.insert(key, to);
            Ok(())
        }
        Action::SetAttribute(name, to) => {
            work.attributes.insert(name.clone(), to.clone());
            Ok(())
        }
        Action::FailRule(message) => Err(Fault::rejected(message.clone())),
        Action::FailItem(message) => each(step, work, true, &mut |_| Err(Fault::rejected(message.clone()))),
        Action::FailUnmapped => unmapped(work),
        // handled where the steps are walked
        Action::Nest(_) => Ok(()),
    }
}

/// Hands every item that the step is for to `f`, among the selections and the added conditions.
fn each<'r, 'p>(
    step: &'p Step,
    work: &mut Work<'r, 'p>,
    keywords: bool,
    f: &mut dyn FnMut(Entry<'r, 'p>) -> Result<Outcome<'r, 'p>, Fault>,
) -> Result<(), Fault> {
    each_of(step, work, keywords, &|work, entry| condition::item(step, work, entry), f)
}

/// As [`each`], with the items that `wanted` picks.
fn each_of<'r, 'p>(
    step: &'p Step,
    work: &mut Work<'r, 'p>,
    keywords: bool,
    wanted: &dyn Fn(&Work<'r, 'p>, &Entry<'r, 'p>) -> bool,
    f: &mut dyn FnMut(Entry<'r, 'p>) -> Result<Outcome<'r, 'p>, Fault>,
) -> Result<(), Fault> {
    let selections = std::mem::take(&mut work.selections);
    let added = std::mem::take(&mut work.added);
    let mut walk = Walk::default();
    let mut visit = |entry: Entry<'r, 'p>| {
        if walk.fault.is_none() && wanted(work, &entry) { walk.step(step, entry, f) } else { walk.pass(entry) }
    };
    let selections = selections
        .into_iter()
        .map(|(name, span, node)| (name, span, node.and_then(|node| rewrite(node, span, keywords, &mut visit))))
        .collect();
    let (reshaped, changed) = (walk.reshaped, walk.changed);
    let span = work.rule.span;
    let mut visit = |entry: Entry<'r, 'p>| {
        if walk.fault.is_none() && wanted(work, &entry) { walk.step(step, entry, f) } else { walk.pass(entry) }
    };
    let added = added
        .into_iter()
        .filter_map(|(node, negated)| Some((rewrite(node, span, false, &mut visit)?, negated)))
        .collect();
    work.selections = selections;
    work.added = added;
    work.reshaped |= reshaped;
    work.touched |= changed;
    match walk.fault {
        Some(fault) => Err(fault),
        None if walk.reshaped && walk.count > MAX_ITEMS => {
            Err(Fault::too_large(format!("the rule would have more than {MAX_ITEMS} items")))
        }
        None => Ok(()),
    }
}

/// What a walk over the items saw.
#[derive(Default)]
struct Walk {
    count: usize,
    changed: bool,
    reshaped: bool,
    fault: Option<Fault>,
}

impl Walk {
    /// An item that the step is not for.
    fn pass<'r, 'p>(&mut self, entry: Entry<'r, 'p>) -> Outcome<'r, 'p> {
        self.count += 1;
        Outcome::Keep(entry)
    }

    fn step<'r, 'p>(
        &mut self,
        step: &'p Step,
        entry: Entry<'r, 'p>,
        f: &mut dyn FnMut(Entry<'r, 'p>) -> Result<Outcome<'r, 'p>, Fault>,
    ) -> Outcome<'r, 'p> {
        let before = (entry.renamed.clone(), entry.references.clone());
        let owned = match &entry.item {
            Cow::Owned(item) => Some(item.clone()),
            Cow::Borrowed(_) => None,
        };
        let mut outcome = match f(entry) {
            Ok(outcome) => outcome,
            Err(fault) => {
                self.fault = Some(fault);
                return Outcome::Drop;
            }
        };
        let mark = |entry: &mut Entry<'r, 'p>| entry.applied.extend(step.id.as_deref());
        match &mut outcome {
            Outcome::Keep(entry) => {
                self.count += 1;
                let same_item = match (&entry.item, &owned) {
                    (Cow::Borrowed(_), _) => true,
                    (Cow::Owned(item), owned) => owned.as_ref() == Some(item),
                };
                if !same_item || (&entry.renamed, &entry.references) != (&before.0, &before.1) {
                    self.changed = true;
                    mark(entry);
                }
            }
            Outcome::Drop => (self.changed, self.reshaped) = (true, true),
            Outcome::AnyOf(entries) | Outcome::AllOf(entries) => {
                (self.changed, self.reshaped) = (true, true);
                self.count += entries.len();
                entries.iter_mut().for_each(mark);
            }
        }
        outcome
    }
}

/// Gives fields new names; several names: any of them may match.
fn rename<'p>(
    step: &'p Step,
    work: &mut Work<'_, 'p>,
    find: &dyn Fn(&str) -> Option<Vec<String>>,
) -> Result<(), Fault> {
    // names are looked up once: what is mapped onto a name that is mapped as well stays where it arrived
    let mut names: IndexMap<String, Vec<String>> = IndexMap::new();
    for node in
        work.selections.iter().filter_map(|(_, _, node)| node.as_ref()).chain(work.added.iter().map(|(node, _)| node))
    {
        visit(node, &mut |entry| {
            let referenced = entry.has(ast::Modifier::FieldRef).then(|| references(entry)).into_iter().flatten();
            for name in entry.field().map(str::to_owned).into_iter().chain(referenced) {
                if !names.contains_key(&name) && condition::field(step, work, Some(&name)) {
                    // `ports[any]` is a quantifier on `ports`
                    let base = if work.rule.version >= 3 { name.find('[').unwrap_or(name.len()) } else { name.len() };
                    let found = find(&name)
                        .or_else(|| Some(find(&name[..base])?.into_iter().map(|to| to + &name[base..]).collect()));
                    names.extend(found.map(|to| (name, to)));
                }
            }
        });
    }
    if names.is_empty() {
        return Ok(());
    }
    // conditions on fields were asked when the names were looked up
    each_of(step, work, false, &|work, entry| condition::values(step, work, entry), &mut |entry| {
        renamed(entry, &names)
    })?;
    for (from, to) in names {
        let mut ids: BTreeSet<&'p str> = work.field_applied.get(&from).cloned().unwrap_or_default();
        ids.extend(step.id.as_deref());
        // a mapping without an id is still a mapping
        ids.insert(MAPPED);
        for name in to {
            work.field_applied.entry(name).or_default().extend(ids.iter().copied());
        }
    }
    Ok(())
}

/// Stands among the ids of transformations for every mapping of names.
const MAPPED: &str = "\0mapped";

fn renamed<'r, 'p>(mut entry: Entry<'r, 'p>, names: &IndexMap<String, Vec<String>>) -> Result<Outcome<'r, 'p>, Fault> {
    if entry.has(ast::Modifier::FieldRef) {
        let before = references(&entry);
        let after: Vec<Vec<String>> =
            before.iter().map(|name| names.get(name).cloned().unwrap_or_else(|| vec![name.clone()])).collect();
        if after.iter().all(|names| names.len() == 1) {
            let after: Vec<String> = after.into_iter().flatten().collect();
            if after != before {
                entry.references = Some(after);
            }
        } else {
            entry.references = None;
            let values = |names: Vec<String>| names.into_iter().map(ast::Value::String).collect();
            match value::regroup(entry, after.into_iter().map(values).collect(), |_| true)? {
                Outcome::Keep(spread) => entry = spread,
                Outcome::AllOf(entries) => return renamed_alike(entries, names),
                outcome @ (Outcome::AnyOf(_) | Outcome::Drop) => return Ok(outcome),
            }
        }
    }
    let Some(to) = entry.field().and_then(|name| names.get(name)) else { return Ok(Outcome::Keep(entry)) };
    Ok(match &to[..] {
        [single] => {
            entry.renamed = Some(single.clone());
            Outcome::Keep(entry)
        }
        several => {
            let of_all = entry.has(ast::Modifier::Neq) || asks_for_absence(&entry);
            let entries = several.iter().map(|name| Entry { renamed: Some(name.clone()), ..entry.clone() }).collect();
            // different from the value, or absent: in every field that the name stands for
            if of_all { Outcome::AllOf(entries) } else { Outcome::AnyOf(entries) }
        }
    })
}

/// `F: null`, `F|exists: false`
fn asks_for_absence(entry: &Entry<'_, '_>) -> bool {
    let absent = if entry.has(ast::Modifier::Exists) { ast::Value::Bool(false) } else { ast::Value::Null };
    !entry.values().is_empty() && entry.values().iter().all(|value| value.value == absent)
}

/// Gives the field of items that all have to hold its new name.
fn renamed_alike<'r, 'p>(
    mut entries: Vec<Entry<'r, 'p>>,
    names: &IndexMap<String, Vec<String>>,
) -> Result<Outcome<'r, 'p>, Fault> {
    for entry in &mut entries {
        match entry.field().and_then(|name| names.get(name)).map(Vec::as_slice) {
            None => {}
            Some([single]) => entry.renamed = Some(single.clone()),
            Some(_) => {
                return Err(Fault::rejected(
                    "a field and those that it refers to cannot all stand for several names under `|all`",
                ));
            }
        }
    }
    Ok(Outcome::AllOf(entries))
}

/// Under `fieldref`: the fields referred to, by their names as they are now.
fn references(entry: &Entry<'_, '_>) -> Vec<String> {
    match &entry.references {
        Some(names) => names.clone(),
        None => entry.values().iter().map(|value| value::plain_text(&value.value)).collect(),
    }
}

fn unmapped(work: &Work<'_, '_>) -> Result<(), Fault> {
    let mut missing = BTreeSet::new();
    for node in work.selections.iter().filter_map(|(_, _, node)| node.as_ref()) {
        visit(node, &mut |entry| {
            let mapped = |name: &str| work.field_applied.get(name).is_some_and(|ids| ids.contains(MAPPED));
            missing.extend(entry.field().filter(|name| !mapped(name)));
        });
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.into_iter().map(|name| format!("`{name}`")).collect();
    Err(Fault::rejected(format!("no mapping for {}", names.join(", "))))
}

fn added(item: &AddedItem, source: &ast::LogSource, template: bool, span: Span) -> ast::Item {
    let value = |value: &ast::Value| match value {
        ast::Value::String(text) if template => ast::Value::String(fill_template(text, source)),
        other => other.clone(),
    };
    ast::Item {
        field: Some(Spanned::new(item.field.clone(), span)),
        modifiers: item.modifiers.iter().map(|modifier| Spanned::new(*modifier, span)).collect(),
        body: ast::ItemBody::Values {
            values: item.values.iter().map(|v| Spanned::new(value(v), span)).collect(),
            list: item.list,
        },
        span,
    }
}

/// `$product`, `${product}` and so on stand for the rule's attributes, `$$` for `$`; anything else stays.
fn fill_template(text: &str, source: &ast::LogSource) -> String {
    let known = [("category", &source.category), ("product", &source.product), ("service", &source.service)];
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let found = known.iter().find_map(|(name, value)| {
            let tail =
                rest.strip_prefix(name).or_else(|| rest.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}'))?;
            Some((value.as_deref()?, tail))
        });
        if let Some((value, tail)) = found {
            out.push_str(value);
            rest = tail;
        } else {
            out.push('$');
            rest = rest.strip_prefix('$').unwrap_or(rest);
        }
    }
    out + rest
}

fn shown<'w>(work: &'w mut Work<'_, '_>) -> &'w mut Vec<String> {
    let fields = &work.rule.meta.fields;
    work.shown.get_or_insert_with(|| fields.clone())
}
