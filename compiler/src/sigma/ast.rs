//! Sigma documents as their author wrote them: nothing is expanded, folded or resolved here.
//!
//! Specification: sigma-specification 2.1.0, "Sigma Rules", "Sigma Correlation Rules", "Sigma Filters".

use indexmap::IndexMap;

use crate::source::{Span, Spanned};

/// One YAML document of a rule file.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// A detection rule.
    Rule(Rule),
    /// A correlation rule.
    Correlation(Correlation),
    /// A filter that narrows other rules.
    Filter(Filter),
}

/// What every document says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// `title`; empty where missing.
    pub title: String,
    /// `id`, as written.
    pub id: Option<String>,
    /// `name`: by which correlations and filters may refer to the rule.
    pub name: Option<String>,
    /// `status`, as written.
    pub status: Option<String>,
    /// `level`, as written (checked by the parser).
    pub level: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `author`.
    pub author: Option<String>,
    /// `date`.
    pub date: Option<String>,
    /// `modified`.
    pub modified: Option<String>,
    /// `license`.
    pub license: Option<String>,
    /// `references`.
    pub references: Vec<String>,
    /// `tags`.
    pub tags: Vec<String>,
    /// `falsepositives`.
    pub falsepositives: Vec<String>,
    /// `fields`.
    pub fields: Vec<String>,
    /// `related`: (id, type).
    pub related: Vec<(String, String)>,
    /// Every other top-level key, kept as JSON.
    pub custom: IndexMap<String, serde_json::Value>,
}

/// A detection rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it says of itself.
    pub meta: Meta,
    /// `sigma-version`: 2 where absent; array matching needs 3.
    pub version: u32,
    /// Which logs it is for.
    pub logsource: LogSource,
    /// What it looks for.
    pub detection: Detection,
    /// The whole document.
    pub span: Span,
}

/// `logsource`. Absent attributes are open.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogSource {
    /// `product`.
    pub product: Option<String>,
    /// `category`.
    pub category: Option<String>,
    /// `service`.
    pub service: Option<String>,
    /// `definition`: prose for people.
    pub definition: Option<String>,
}

/// `detection`.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Every key but `condition` and `timeframe`, in source order, each at the place of its key. Names may hold `.` and `|`.
    pub selections: IndexMap<String, Spanned<Search>>,
    /// `condition`: one or several (any of them).
    pub conditions: Vec<Spanned<Condition>>,
    /// The author's text of each condition, in the same order.
    pub condition_texts: Vec<String>,
    /// `timeframe` (legacy aggregations), as written.
    pub timeframe: Option<Spanned<String>>,
}

/// A search identifier's definition.
#[derive(Clone, Debug, PartialEq)]
pub enum Search {
    /// A map: every item must hold.
    Map(Vec<Item>),
    /// A list: any member must hold. Members are maps, lists or keywords.
    List(Vec<Spanned<Search>>),
    /// A value without a field: searched for across the whole event.
    Keyword(Value),
}

/// One `field|modifier...: value` line.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The field; `None` for a keyless item (`'|all': [..]`, or a key that is empty).
    pub field: Option<Spanned<String>>,
    /// Modifiers, in order.
    pub modifiers: Vec<Spanned<Modifier>>,
    /// What it is compared with.
    pub body: ItemBody,
    /// Key and value.
    pub span: Span,
}

/// The right side of an item.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemBody {
    /// One value or a list of them.
    Values {
        /// The values, in order; empty for `[]`.
        values: Vec<Spanned<Value>>,
        /// Whether the author wrote a list.
        list: bool,
    },
    /// `sigma-version: 3`: a block that is evaluated over the elements of an array field, with an own `condition` where it has one.
    Block(Box<Detection>),
    /// `sigma-version: 3`: a block in its short form, a map whose items must all hold of one element.
    Elements(Vec<Item>),
    /// Made by pipelines: a search that stands in the place of an item without field and modifiers.
    Search(Box<Search>),
}

/// A scalar as YAML 1.2 core schema reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An integer, exact. Integers beyond `i128` are strings.
    Int(i128),
    /// A decimal number.
    Float(f64),
    /// A string, raw: Sigma's escapes and wildcards are still in it.
    String(String),
}

macro_rules! modifiers {
    ($($name:ident $($text:literal)+;)*) => {
        /// A value modifier (specification 2.1, appendix "Sigma Modifiers") by its canonical name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Modifier { $(#[doc = concat!("`", modifiers!(@first $($text)+), "`")] $name,)* }

        impl Modifier {
            /// Every modifier with every name that it may be written by, the canonical one first.
            pub const NAMES: &'static [(Modifier, &'static [&'static str])] = &[$((Modifier::$name, &[$($text),+]),)*];

            /// The modifier of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(modifier, _)| *modifier)
            }

            /// The canonical name.
            pub fn name(self) -> &'static str {
                match self { $(Modifier::$name => modifiers!(@first $($text)+),)* }
            }
        }
    };
    (@first $first:literal $($rest:literal)*) => { $first };
}

modifiers! {
    Contains "contains";
    StartsWith "startswith";
    EndsWith "endswith";
    All "all";
    Re "re";
    IgnoreCase "i" "ignorecase";
    MultiLine "m" "multiline";
    DotAll "s" "dotall";
    Cidr "cidr";
    WinDash "windash";
    Base64 "base64";
    Base64Offset "base64offset";
    Utf16Le "wide" "utf16le";
    Utf16Be "utf16be";
    Utf16 "utf16";
    Exists "exists";
    Cased "cased";
    Neq "neq";
    Expand "expand";
    FieldRef "fieldref";
    Lt "lt";
    Lte "lte";
    Gt "gt";
    Gte "gte";
    Minute "minute";
    Hour "hour";
    Day "day";
    Week "week";
    Month "month";
    Year "year";
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A search identifier.
    Name(Spanned<String>),
    /// `1 of x*`, `all of them`, ...
    Of {
        /// How many?
        count: Count,
        /// Of which?
        of: Spanned<Names>,
    },
    /// `not`
    Not(Box<Condition>),
    /// `and`, two or more.
    And(Vec<Condition>),
    /// `or`, two or more.
    Or(Vec<Condition>),
    /// Legacy: `search | aggregation`. Parsed whole, refused by lowering.
    Pipe {
        /// Left of the bar.
        search: Box<Condition>,
        /// Right of the bar.
        aggregation: Spanned<Aggregation>,
    },
}

/// The number before `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// `1`, `any` or another number.
    AtLeast(u32),
    /// `all`
    All,
}

/// What stands behind `of`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// `them`: every selection but those whose name starts with `_`.
    Them,
    /// A name, `*` standing for any run of characters.
    Pattern(String),
    /// Made where filters are joined to rules: these selections, by their whole names.
    Listed(Vec<String>),
}

/// Legacy aggregation behind a bar.
#[derive(Clone, Debug, PartialEq)]
pub enum Aggregation {
    /// `count() by F > N` and its like.
    Function {
        /// `count`, `sum`, `avg`, `min`, `max`.
        function: String,
        /// Inside the parentheses.
        field: Option<String>,
        /// Behind `by`.
        by: Option<String>,
        /// `>`, `<`, `>=`, `<=`, `=`.
        operator: String,
        /// The threshold.
        threshold: Value,
    },
    /// `near a and b`.
    Near(Box<Condition>),
}

/// A correlation rule (specification 2.1, "Sigma Correlation Rules").
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// What it says of itself.
    pub meta: Meta,
    /// `event_count`, `value_count`, `temporal`, `temporal_ordered`, `value_sum`, `value_avg`, `value_percentile`, `value_median`.
    pub kind: Spanned<String>,
    /// Ids or names of the rules it is over.
    pub rules: Vec<Spanned<String>>,
    /// `group-by`.
    pub group_by: Vec<String>,
    /// `timespan`, as written.
    pub timespan: Option<Spanned<String>>,
    /// `aliases`: alias -> rule -> field.
    pub aliases: IndexMap<String, IndexMap<String, String>>,
    /// `condition`: comparisons, with the field they are about.
    pub condition: Option<CorrelationCondition>,
    /// `generate`: whether the rules it is over still alert.
    pub generate: bool,
    /// The whole document.
    pub span: Span,
}

/// The condition of a correlation rule.
#[derive(Clone, Debug, PartialEq)]
pub enum CorrelationCondition {
    /// `gte: 10`, `field: user`, `percentile: 95`.
    Compare {
        /// (`gt` | `gte` | `lt` | `lte` | `eq` | `neq`, number), in order.
        operators: Vec<(String, Value)>,
        /// `field`: one or several.
        fields: Vec<String>,
        /// `percentile`.
        percentile: Option<Value>,
    },
    /// Extended form: and/or/not over rule names.
    Expression(Spanned<Condition>),
}

/// A filter (specification 2.1, "Sigma Filters").
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// What it says of itself.
    pub meta: Meta,
    /// The log source that a rule must have to be filtered; open attributes fit any.
    pub logsource: LogSource,
    /// Which rules?
    pub rules: FilterRules,
    /// Its selections and condition.
    pub detection: Detection,
    /// The whole document.
    pub span: Span,
}

/// Which rules a filter is for.
#[derive(Clone, Debug, PartialEq)]
pub enum FilterRules {
    /// `any`, or an empty list.
    Any,
    /// Ids or names.
    Listed(Vec<Spanned<String>>),
}
