//! Pipelines as read from YAML, checked and ready to apply.
//!
//! The format is pySigma's. What has a meaning for an evaluator is here as a type; what only shapes query text is refused when the file is read (`super::parse`),
//! so that applying a pipeline meets no surprise.

use fancy_regex::Regex;
use indexmap::IndexMap;

use super::logic::Logic;
use crate::sigma::ast;

/// One pipeline file.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// `name`, or the file's name without its ending.
    pub name: String,
    /// The file.
    pub path: String,
    /// `priority`: lower ones come first.
    pub priority: i64,
    /// `vars`: values for placeholders.
    pub vars: IndexMap<String, Vec<ast::Value>>,
    /// `transformations`, in order.
    pub steps: Vec<Step>,
}

/// One transformation with its conditions.
#[derive(Clone, Debug)]
pub struct Step {
    /// `id`, by which later conditions refer to it.
    pub id: Option<String>,
    /// What messages call it.
    pub label: String,
    /// What it does.
    pub action: Action,
    /// Which rules it is for.
    pub rules: Conditions<RuleCondition>,
    /// Which items of a rule.
    pub items: Conditions<ItemCondition>,
    /// Which fields.
    pub fields: Conditions<FieldCondition>,
}

/// Conditions of one level and how they are linked.
#[derive(Clone, Debug)]
pub struct Conditions<C> {
    /// By name; those of a plain list are named by their place.
    pub list: Vec<C>,
    /// How they are linked; leaves are places in `list`.
    pub logic: Logic,
    /// `.._cond_not`: the outcome is turned round.
    pub negated: bool,
}

/// What a transformation does.
#[derive(Clone, Debug)]
pub enum Action {
    /// `field_name_mapping`: to one name, or to several of which any may match.
    MapFields(IndexMap<String, Vec<String>>),
    /// `field_name_prefix_mapping`: the beginning of names.
    MapPrefixes(IndexMap<String, Vec<String>>),
    /// `field_name_prefix`.
    Prefix(String),
    /// `field_name_suffix`.
    Suffix(String),
    /// `drop_detection_item`.
    DropItem,
    /// `hashes_fields`: `MD5=..` in one field becomes a field for each algorithm.
    SplitHashes {
        /// `valid_hash_algos`, upper case.
        algorithms: Vec<String>,
        /// `field_prefix`.
        prefix: String,
        /// `drop_algo_prefix`: the field's name is the prefix alone.
        drop_algorithm: bool,
    },
    /// `value_placeholders`, `wildcard_placeholders`, `file_placeholders`.
    Placeholders {
        /// `include`: only these.
        include: Option<Vec<String>>,
        /// `exclude`: not these.
        exclude: Vec<String>,
        /// What stands for them.
        by: PlaceholderValues,
    },
    /// `add_condition`.
    AddCondition {
        /// What events must satisfy as well.
        search: Addition,
        /// `negated`: must not satisfy.
        negated: bool,
        /// `template`: `$category`, `$product` and `$service` in texts stand for the rule's.
        template: bool,
    },
    /// `change_logsource`.
    ChangeLogSource(ast::LogSource),
    /// `add_field`: to the rule's list of fields worth showing.
    AddFields(Vec<String>),
    /// `remove_field`.
    RemoveFields(Vec<String>),
    /// `set_field`.
    SetFields(Vec<String>),
    /// `replace_string`.
    Replace {
        /// What is replaced, everywhere in a text.
        pattern: Regex,
        /// By what?
        replacement: Vec<ReplacePart>,
        /// `skip_special`: only in the runs between wildcards.
        skip_special: bool,
        /// `interpret_special`: with `skip_special`, wildcards in the outcome count.
        interpret_special: bool,
    },
    /// `map_string`: whole texts.
    MapStrings(IndexMap<String, Vec<String>>),
    /// `set_value`.
    SetValue(ast::Value),
    /// `convert_type`.
    Convert(Target),
    /// `regex`: texts become regular expressions.
    ToRegex {
        /// Whether case is ignored.
        ignore_case: bool,
    },
    /// `case`.
    Case(CaseMethod),
    /// `set_state`.
    SetState(String, ast::Value),
    /// `set_custom_attribute`.
    SetAttribute(String, ast::Value),
    /// `rule_failure`: the rule is refused.
    FailRule(String),
    /// `detection_item_failure`: a rule with such an item is refused.
    FailItem(String),
    /// `strict_field_mapping_failure`: a rule with a field that no mapping of the pipeline touched is refused.
    FailUnmapped,
    /// `nest`: transformations under the conditions of this one.
    Nest(Vec<Step>),
}

/// What stands for a placeholder.
#[derive(Clone, Debug)]
pub enum PlaceholderValues {
    /// The pipeline variable of the same name.
    Vars,
    /// A wildcard.
    Wildcard,
    /// These.
    Listed(Vec<ast::Value>),
}

/// A condition as written: maps, of which any may hold.
pub type Addition = Vec<Vec<AddedItem>>;

/// One line of an added condition.
#[derive(Clone, Debug)]
pub struct AddedItem {
    /// The field.
    pub field: String,
    /// `|contains`, ...
    pub modifiers: Vec<ast::Modifier>,
    /// The values.
    pub values: Vec<ast::Value>,
    /// Whether they stood in a list.
    pub list: bool,
}

/// A piece of a replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplacePart {
    /// This text.
    Text(String),
    /// What a group matched.
    Group(usize),
    /// What a named group matched.
    Named(String),
}

/// `target_type` of `convert_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// `str`
    Text,
    /// `num`
    Number,
}

/// `method` of `case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseMethod {
    /// `lower`
    Lower,
    /// `upper`
    Upper,
    /// `snake_case`
    Snake,
}

/// A condition on a rule.
#[derive(Clone, Debug)]
pub enum RuleCondition {
    /// `logsource`: the attributes given are the rule's.
    LogSource(ast::LogSource),
    /// `contains_detection_item`.
    ContainsItem {
        /// An item on this field,
        field: String,
        /// with this among its values.
        value: ast::Value,
    },
    /// `contains_field`.
    ContainsField(String),
    /// `processing_item_applied`.
    Applied(String),
    /// `processing_state`.
    State(StateTest),
    /// `is_sigma_rule`.
    IsRule,
    /// `is_sigma_correlation_rule`.
    IsCorrelation,
    /// `rule_attribute`.
    Attribute {
        /// Which attribute?
        name: String,
        /// Compared with what?
        value: Vec<ast::Value>,
        /// How?
        op: Op,
    },
    /// `tag`.
    Tag(String),
}

/// A condition on a detection item.
#[derive(Clone, Debug)]
pub enum ItemCondition {
    /// `match_string`: texts match a regular expression from their beginning.
    MatchString {
        /// All values, or any?
        quantifier: Quantifier,
        /// Which expression?
        pattern: Regex,
        /// `negate`: they do not.
        negated: bool,
    },
    /// `match_value`.
    MatchValue(Quantifier, ast::Value),
    /// `contains_wildcard`.
    ContainsWildcard(Quantifier),
    /// `is_null`.
    IsNull(Quantifier),
    /// `processing_item_applied`.
    Applied(String),
    /// `processing_state`.
    State(StateTest),
}

/// A condition on a field's name.
#[derive(Clone, Debug)]
pub enum FieldCondition {
    /// `include_fields`.
    Include(Names),
    /// `exclude_fields`.
    Exclude(Names),
    /// `processing_item_applied`.
    Applied(String),
    /// `processing_state`.
    State(StateTest),
}

/// Names of fields.
#[derive(Clone, Debug)]
pub enum Names {
    /// These.
    Plain(Vec<String>),
    /// Those that match one of these from their beginning.
    Regex(Vec<Regex>),
}

/// `cond` of conditions on values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// `any`
    Any,
    /// `all`
    All,
}

/// A test of what `set_state` set.
#[derive(Clone, Debug)]
pub struct StateTest {
    /// Which state?
    pub key: String,
    /// Compared with what?
    pub value: ast::Value,
    /// How?
    pub op: Op,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `gt`
    Gt,
    /// `gte`
    Gte,
    /// `lt`
    Lt,
    /// `lte`
    Lte,
    /// `in`
    In,
    /// `not_in`
    NotIn,
}
