//! The modules of a pack: `field`, `scope`, one for each log source, and the root that ties them together.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use proc_macro2::{Ident, Literal};
use quote::quote;

use super::expr::{self, Context};
use super::names::{self, Taken};
use super::values::{Values, list};
use super::{literal, operation, print, rule};
use crate::ir;
use crate::plan;

/// A log source with more rules than this is split by the first letter of their names: rules that come or go change their own part only.
const MOST_RULES: usize = 300;

/// The modules of a pack, without the place where they will stand.
#[derive(Debug)]
pub(super) struct Modules {
    /// The root module.
    pub(super) root: Module,
    /// Its children by name.
    pub(super) children: BTreeMap<String, Module>,
}

/// One module's text.
#[derive(Debug)]
pub(super) struct Module {
    /// What it is, a paragraph a line.
    pub(super) about: Vec<String>,
    /// `#![..]`
    pub(super) attributes: &'static str,
    /// `use` lines.
    pub(super) imports: &'static str,
    /// Everything else.
    pub(super) code: String,
}

const ATTRIBUTES: &str = "#![allow(clippy::all, clippy::pedantic, unused_imports, dead_code, reason = \"generated: lints are for people\")]\n";
const RUNTIME: &str = "use ::sigil_runtime::generated::*;\n";
const RUNTIME_AND_TABLES: &str = "use super::{field, scope};\nuse ::sigil_runtime::generated::*;\n";

/// All modules of a pack.
pub(super) fn modules(plan: &plan::PackPlan) -> Modules {
    let fields = field_names(&plan.fields);
    let scopes = scope_names(&plan.scopes);
    let by_field: HashMap<&ir::Field, Ident> =
        plan.fields.iter().zip(&fields).map(|(field, name)| (&**field, names::ident(name))).collect();
    let constants: Vec<Ident> = scopes.iter().map(|name| names::ident(&name.to_ascii_uppercase())).collect();

    let mut children = BTreeMap::new();
    children.insert("field".to_owned(), field_module(plan, &fields, &constants));
    children.insert("scope".to_owned(), scope_module(plan, &scopes, &constants, &by_field));
    for (name, rules) in split(&plan.rules) {
        children.insert(name, rule_module(&rules, &by_field, &constants));
    }
    Modules { root: root_module(plan, &children), children }
}

/// Constants for fields: the author's name. Where several fields have the same, one keeps it (a plain field, in lower case if there
/// is one, so that `Product` does not rename `product`); the others get a hash of what they read.
fn field_names(fields: &[Arc<ir::Field>]) -> Vec<String> {
    let wished: Vec<String> = fields.iter().map(|field| names::constant(&field.name, "FIELD")).collect();
    let rank = |field: &ir::Field| {
        let plain = matches!(field.sources.as_slice(), [only] if only.under.is_none() && only.path == field.name);
        (!plain, field.name.bytes().any(|b| b.is_ascii_uppercase()))
    };
    let mut keeps: HashMap<&str, &Arc<ir::Field>> = HashMap::new();
    for (field, wish) in fields.iter().zip(&wished) {
        let keeper = keeps.entry(wish).or_insert(field);
        if (rank(field), field) < (rank(keeper), *keeper) {
            *keeper = field;
        }
    }
    let mut taken = Taken::default();
    taken.reserve(&["FIELDS"]);
    let named = fields.iter().zip(&wished).map(|(field, wish)| {
        let keeps = keeps.get(wish.as_str()) == Some(&field);
        taken.claim(if keeps { wish.clone() } else { format!("{wish}_{:04X}", identity(field) >> 48) })
    });
    named.collect()
}

/// A hash of what a field reads. Its `Debug` form says all of it and nothing else.
fn identity(field: &ir::Field) -> u64 {
    plan::content_hash(&format!("{field:?}"))
}

/// Names of scopes: of their functions, and in capitals of their constants.
fn scope_names(scopes: &[plan::Scope]) -> Vec<String> {
    let mut taken = Taken::default();
    taken.reserve(&["scopes", "at_least"]);
    scopes.iter().map(|scope| taken.claim(names::symbol(&scope.name))).collect()
}

/// Rules by module, in the order of their names.
fn split(rules: &[plan::Rule]) -> BTreeMap<String, Vec<&plan::Rule>> {
    let mut modules: BTreeMap<String, Vec<&plan::Rule>> = BTreeMap::new();
    for rule in rules {
        modules.entry(names::module(&rule.module)).or_default().push(rule);
    }
    // the last digit of its hash, where a letter is not enough
    for part_of in [|symbol: &str| symbol.chars().next(), |symbol: &str| symbol.chars().next_back()] {
        let mut parts: BTreeMap<String, Vec<&plan::Rule>> = BTreeMap::new();
        for (module, rules) in modules {
            let large = rules.len() > MOST_RULES;
            for rule in rules {
                let name = match part_of(&rule.symbol) {
                    Some(part) if large => names::module(&format!("{module}_{part}")),
                    _ => module.clone(),
                };
                parts.entry(name).or_default().push(rule);
            }
        }
        modules = parts;
    }
    for rules in modules.values_mut() {
        rules.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    }
    modules
}

fn root_module(plan: &plan::PackPlan, children: &BTreeMap<String, Module>) -> Module {
    let tables: Vec<Ident> = children
        .keys()
        .filter(|name| !matches!(name.as_str(), "field" | "scope"))
        .map(|name| names::ident(name))
        .collect();
    let name = literal::text(&plan.name);
    let reads_any_value = plan.reads_any_value();
    let version = env!("CARGO_PKG_VERSION");
    let doc = Literal::string(&format!(
        " The pack {}: its rules, linked by `sigil_runtime::Engine`.",
        literal::code(&plan.name)
    ));
    let pack = quote! {
        #[doc = #doc]
        pub fn pack() -> Pack {
            Pack::from_static(&PACK)
        }
    };
    let table = quote! {
        static PACK: StaticPack = StaticPack {
            name: #name,
            version: #version,
            fields: field::FIELDS,
            scopes: scope::SCOPES,
            rules: &[#(#tables::RULES),*],
            reads_any_value: #reads_any_value,
        };
    };
    let count = match plan.rules.len() {
        1 => "1 rule".to_owned(),
        many => format!("{many} rules"),
    };
    let about = vec![format!("The pack {}: {count}.", literal::code(&plan.name))];
    Module { about, attributes: ATTRIBUTES, imports: RUNTIME, code: print::items([pack, table]) }
}

fn field_module(plan: &plan::PackPlan, fields: &[String], scopes: &[Ident]) -> Module {
    let scope_of: HashMap<&ir::Expr, &Ident> = plan.scopes.iter().map(|scope| &scope.expr).zip(scopes).collect();
    let mut code = String::new();
    for (at, name) in fields.iter().enumerate() {
        let _ = writeln!(code, "pub(super) const {name}: FieldId = FieldId({at});");
    }
    let arrays = plan.element_fields();
    let table = plan.fields.iter().map(|field| {
        let name = literal::text(&field.name);
        let sources = list(field.sources.iter().map(|source| {
            let path = literal::text(&source.path);
            let under = match source.under.as_deref().map(|under| scope_of.get(under)) {
                None => quote!(None),
                Some(Some(scope)) => quote!(Some(scope::#scope)),
                // a plan lists every condition; were one missing, rustc would say so
                Some(None) => quote!(Some(scope::MISSING)),
            };
            quote!(Source { path: #path, under: #under })
        }));
        let elements = arrays.contains(field);
        let ignore_above = if let Some(most) = field.ignore_above.map(proc_macro2::Literal::u32_unsuffixed) {
            quote!(Some(#most))
        } else {
            quote!(None)
        };
        quote!(Field { name: #name, sources: #sources, elements: #elements, ignore_above: #ignore_above })
    });
    let table = list(table);
    push_blank_line(&mut code);
    code.push_str(&print::items([quote!(pub(super) static FIELDS: &[Field] = #table;)]));
    let about = vec!["Fields: where events hold what rules read.".to_owned()];
    Module { about, attributes: "", imports: "use super::scope;\nuse ::sigil_runtime::generated::*;\n", code }
}

fn scope_module<'p>(
    plan: &'p plan::PackPlan,
    scopes: &[String],
    constants: &[Ident],
    fields: &HashMap<&'p ir::Field, Ident>,
) -> Module {
    let mut code = String::new();
    for (at, name) in constants.iter().enumerate() {
        let _ = writeln!(code, "pub(super) const {name}: ScopeId = ScopeId({at});");
    }
    push_blank_line(&mut code);
    let mut values = Values::default();
    for name in constants {
        values.reserve(name.to_string());
    }
    values.reserve("SCOPES".to_owned());
    let functions: Vec<Ident> = scopes.iter().map(|name| names::word(name)).collect();
    let table = list(plan.scopes.iter().zip(&functions).map(|(scope, function)| {
        let name = literal::text(&scope.name);
        let mut reads = BTreeSet::new();
        crate::ir::collect_fields(&scope.expr, &mut reads);
        let reads = list(reads.iter().filter_map(|field| fields.get(&**field)).map(|name| quote!(field::#name)));
        quote!(Scope { name: #name, reads: #reads, matches: #function })
    }));
    let mut items = vec![quote!(pub(super) static SCOPES: &[Scope] = #table;)];
    for (scope, function) in plan.scopes.iter().zip(&functions) {
        let mut context = Context { fields, values: &mut values, selections: &[] };
        let body = expr::body(&mut context, &scope.expr).statements();
        let event = names::ident(if rule::reads_event(&scope.expr) { "event" } else { "_event" });
        items.push(quote!(fn #function(#event: &Slots<'_>) -> bool { #body }));
        items.extend(values.take_fresh());
    }
    code.push_str(&print::items(items));
    let about = vec!["Scopes: which events a log source is about.".to_owned()];
    Module { about, attributes: "", imports: "use super::field;\nuse ::sigil_runtime::generated::*;\n", code }
}

fn rule_module<'p>(rules: &[&'p plan::Rule], fields: &HashMap<&'p ir::Field, Ident>, scopes: &[Ident]) -> Module {
    let mut values = Values::default();
    values.reserve("RULES".to_owned());
    let mut functions = Taken::default();
    functions.reserve(&["at_least"]);
    functions.reserve(operation::USED);
    let names: Vec<rule::Names> = rules
        .iter()
        .map(|rule| {
            let symbol = names::symbol(&rule.symbol);
            let constant = values.reserve(symbol.to_ascii_uppercase());
            let function = functions.claim(symbol);
            let then = operation::Names::claim(&rule.rule.then, &function, &mut functions);
            rule::Names { function: names::word(&function), rule: constant, then }
        })
        .collect();
    let table = names.iter().map(|name| &name.rule);
    let mut items: Vec<print::Item> = vec![quote!(pub(super) static RULES: &[&Rule] = &[#(&#table),*];).into()];
    let mut sources = BTreeSet::new();
    for (rule, names) in rules.iter().zip(&names) {
        let selections = rule::selections(&rule.rule);
        let mut context = Context { fields, values: &mut values, selections: &selections };
        items.extend(rule::items(&mut context, rule, names, scopes));
        items.extend(values.take_fresh().into_iter().map(print::Item::from));
        sources.insert((&rule.rule.meta.logsource, &rule.rule.meta.indices));
    }
    let mut about: Vec<String> = sources.iter().take(8).map(|(source, indices)| origin(source, indices)).collect();
    if sources.len() > about.len() {
        about.push(format!("And {} more.", sources.len() - about.len()));
    }
    Module { about, attributes: "", imports: RUNTIME_AND_TABLES, code: print::items(items) }
}

/// Which events rules are for: a log source, or indices.
fn origin([product, category, service]: &[Option<String>; 3], indices: &[String]) -> String {
    if !indices.is_empty() {
        let named: Vec<String> = indices.iter().take(6).map(|index| literal::code(index)).collect();
        let more = if indices.len() > named.len() { ", .." } else { "" };
        return format!("Indices: {}{more}.", named.join(", "));
    }
    let parts: Vec<String> = [("product", product), ("category", category), ("service", service)]
        .into_iter()
        .filter_map(|(key, value)| value.as_ref().map(|value| format!("{key}={}", literal::legible(value, 100))))
        .collect();
    match parts.join(" ") {
        open if open.is_empty() => "Log source: any.".to_owned(),
        said => format!("Log source: {}.", literal::code(&said)),
    }
}

fn push_blank_line(code: &mut String) {
    if !code.is_empty() {
        code.push('\n');
    }
}
