//! The YAML shapes of pipelines. `serde` checks names and types; [`super::parse`] makes [`super::model`] of them.

use std::fmt;
use std::marker::PhantomData;

use indexmap::IndexMap;
use serde::Deserialize as DeriveDeserialize;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_yaml::Value;

use crate::sigma::ast;

/// A whole file.
#[derive(DeriveDeserialize)]
#[serde(deny_unknown_fields, expecting = "a map")]
pub(super) struct File {
    pub name: Option<String>,
    #[serde(default)]
    pub priority: i64,
    #[serde(default)]
    pub vars: Table<Many<Scalar>>,
    pub allowed_backends: Option<Value>,
    #[serde(default)]
    pub transformations: Vec<Value>,
    #[serde(default)]
    pub postprocessing: Vec<Value>,
    #[serde(default)]
    pub finalizers: Vec<Value>,
}

/// What a transformation has beside its parameters.
#[derive(DeriveDeserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "a map")]
pub(super) struct Head {
    pub id: Option<String>,
    pub rule_conditions: Listed,
    pub rule_cond_op: Option<Link>,
    pub rule_cond_not: bool,
    pub rule_cond_expr: Option<String>,
    pub detection_item_conditions: Listed,
    pub detection_item_cond_op: Option<Link>,
    pub detection_item_cond_not: bool,
    pub detection_item_cond_expr: Option<String>,
    pub field_name_conditions: Listed,
    pub field_name_cond_op: Option<Link>,
    pub field_name_cond_not: bool,
    pub field_name_cond_expr: Option<String>,
}

/// The names of [`Head`]'s fields: what is left of a transformation is its parameters.
pub(super) const HEAD_KEYS: &[&str] = &[
    "id",
    "rule_conditions",
    "rule_cond_op",
    "rule_cond_not",
    "rule_cond_expr",
    "detection_item_conditions",
    "detection_item_cond_op",
    "detection_item_cond_not",
    "detection_item_cond_expr",
    "field_name_conditions",
    "field_name_cond_op",
    "field_name_cond_not",
    "field_name_cond_expr",
];

/// Conditions: a list, or a map that names them.
#[derive(Default)]
pub(super) struct Listed(pub Vec<(String, Value)>);

/// `and` or `or`.
#[derive(DeriveDeserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum Link {
    And,
    Or,
}

/// The parameters of a transformation.
#[derive(DeriveDeserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Action {
    FieldNameMapping {
        mapping: Table<Many<String>>,
    },
    FieldNamePrefixMapping {
        mapping: Table<Many<String>>,
    },
    FieldNamePrefix {
        prefix: String,
    },
    FieldNameSuffix {
        suffix: String,
    },
    DropDetectionItem {},
    HashesFields {
        valid_hash_algos: Vec<String>,
        #[serde(default)]
        field_prefix: String,
        #[serde(default)]
        drop_algo_prefix: bool,
    },
    WildcardPlaceholders {
        include: Option<Vec<String>>,
        exclude: Option<Vec<String>>,
    },
    ValuePlaceholders {
        include: Option<Vec<String>>,
        exclude: Option<Vec<String>>,
    },
    FilePlaceholders {
        path: String,
        format: Option<String>,
        filter: Option<String>,
        include: Option<Vec<String>>,
        exclude: Option<Vec<String>>,
    },
    AddCondition {
        conditions: Many<Table<Value>>,
        #[serde(default)]
        negated: bool,
        #[serde(default)]
        template: bool,
        #[serde(rename = "name")]
        _name: Option<String>,
    },
    ChangeLogsource {
        category: Option<String>,
        product: Option<String>,
        service: Option<String>,
    },
    AddField {
        field: Many<String>,
    },
    RemoveField {
        field: Many<String>,
    },
    SetField {
        fields: Vec<String>,
    },
    ReplaceString {
        regex: String,
        replacement: String,
        #[serde(default)]
        skip_special: bool,
        #[serde(default)]
        interpret_special: bool,
    },
    MapString {
        mapping: Table<Many<String>>,
    },
    SetValue {
        value: Scalar,
        force_type: Option<Target>,
    },
    ConvertType {
        target_type: Target,
    },
    Regex {
        #[serde(default)]
        method: RegexMethod,
    },
    Case {
        #[serde(default)]
        method: CaseMethod,
    },
    SetState {
        key: String,
        #[serde(alias = "value")]
        val: Scalar,
    },
    SetCustomAttribute {
        attribute: String,
        value: Scalar,
    },
    RuleFailure {
        message: String,
    },
    DetectionItemFailure {
        message: String,
    },
    StrictFieldMappingFailure {},
    Nest {
        items: Vec<Value>,
    },
}

#[derive(DeriveDeserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum Target {
    Str,
    Num,
}

#[derive(DeriveDeserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum RegexMethod {
    #[default]
    Plain,
    IgnoreCaseFlag,
    IgnoreCaseBrackets,
}

#[derive(DeriveDeserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum CaseMethod {
    #[default]
    Lower,
    Upper,
    SnakeCase,
}

/// A condition on rules.
#[derive(DeriveDeserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum RuleCondition {
    Logsource {
        category: Option<String>,
        product: Option<String>,
        service: Option<String>,
    },
    ContainsDetectionItem {
        field: String,
        value: Scalar,
    },
    ContainsField {
        field: String,
    },
    ProcessingItemApplied {
        processing_item_id: String,
    },
    ProcessingState {
        key: String,
        val: Scalar,
        #[serde(default)]
        op: Op,
    },
    IsSigmaRule {},
    IsSigmaCorrelationRule {},
    RuleAttribute {
        attribute: String,
        value: Many<Scalar>,
        #[serde(default)]
        op: Op,
    },
    Tag {
        tag: String,
    },
}

/// A condition on detection items.
#[derive(DeriveDeserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ItemCondition {
    MatchString {
        cond: Quantifier,
        pattern: String,
        #[serde(default)]
        negate: bool,
    },
    MatchValue {
        cond: Quantifier,
        value: Scalar,
    },
    ContainsWildcard {
        cond: Quantifier,
    },
    IsNull {
        cond: Quantifier,
    },
    ProcessingItemApplied {
        processing_item_id: String,
    },
    ProcessingState {
        key: String,
        val: Scalar,
        #[serde(default)]
        op: Op,
    },
}

/// A condition on field names.
#[derive(DeriveDeserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FieldCondition {
    IncludeFields {
        fields: Vec<String>,
        #[serde(default)]
        mode: NameMode,
    },
    ExcludeFields {
        fields: Vec<String>,
        #[serde(default)]
        mode: NameMode,
    },
    ProcessingItemApplied {
        processing_item_id: String,
    },
    ProcessingState {
        key: String,
        val: Scalar,
        #[serde(default)]
        op: Op,
    },
}

#[derive(DeriveDeserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum Quantifier {
    Any,
    All,
}

#[derive(DeriveDeserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum NameMode {
    #[default]
    Plain,
    Re,
}

#[derive(DeriveDeserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum Op {
    #[default]
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    NotIn,
}

/// A value of a rule.
pub(super) struct Scalar(pub ast::Value);

/// One of something, or a list.
pub(super) struct Many<T>(pub Vec<T>);

/// A map in the order of the file; a key given twice is an error.
pub(super) struct Table<T>(pub IndexMap<String, T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar(&Value::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

/// The value that a YAML scalar stands for in a rule.
pub(super) fn scalar(value: &Value) -> Result<ast::Value, String> {
    match value {
        Value::Null => Ok(ast::Value::Null),
        Value::Bool(value) => Ok(ast::Value::Bool(*value)),
        Value::String(text) => Ok(ast::Value::String(text.clone())),
        Value::Number(number) => {
            let int = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            match (int, number.as_f64()) {
                (Some(int), _) => Ok(ast::Value::Int(int)),
                (None, Some(float)) => Ok(ast::Value::Float(float)),
                (None, None) => Err(format!("`{number}` is not a number that rules can hold")),
            }
        }
        Value::Sequence(_) => Err("a single value is expected here, not a list".to_owned()),
        Value::Mapping(_) => Err("a single value is expected here, not a map".to_owned()),
        Value::Tagged(tagged) => Err(format!("the YAML tag `{}` means nothing here", tagged.tag)),
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = match Value::deserialize(deserializer)? {
            Value::Sequence(members) => members,
            other => vec![other],
        };
        let read = |member| serde_yaml::from_value(member).map_err(D::Error::custom);
        members.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TableVisitor(PhantomData))
    }
}

struct TableVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
    type Value = Table<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table<T>, A::Error> {
        let mut table = IndexMap::new();
        while let Some((key, value)) = map.next_entry::<String, T>()? {
            if table.contains_key(&key) {
                return Err(A::Error::custom(format!("`{key}` is given twice")));
            }
            table.insert(key, value);
        }
        Ok(Table(table))
    }
}

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self::default()),
            Value::Sequence(members) => {
                Ok(Self(members.into_iter().enumerate().map(|(at, member)| (at.to_string(), member)).collect()))
            }
            Value::Mapping(map) => map
                .into_iter()
                .map(|(key, member)| match key {
                    Value::String(name) => Ok((name, member)),
                    _ => Err(D::Error::custom("names of conditions are texts")),
                })
                .collect::<Result<_, _>>()
                .map(Self),
            _ => Err(D::Error::custom("conditions are a list, or a map that names them")),
        }
    }
}
