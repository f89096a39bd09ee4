//! What the compiler tells its user: a code, a place, and a next step.

mod explain;
mod render;
mod suggest;

use crate::source::Span;

pub use render::{Record, record, render};
pub use suggest::closest;

/// How bad is it?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; the rule compiles.
    Note,
    /// Probably not what the author meant; the rule compiles.
    Warning,
    /// The rule does not compile.
    Error,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place with a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where?
    pub span: Span,
    /// What is to be said about it? May be empty.
    pub text: String,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of message?
    pub code: Code,
    /// How bad?
    pub severity: Severity,
    /// What is wrong, in one line: lower case, backticks around user text, no full stop.
    pub message: String,
    /// Where? The first label is the primary place.
    pub labels: Vec<Label>,
    /// What to do next.
    pub help: Option<String>,
}

/// User text in a message: its beginning, where it is long.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Diagnostic {
    /// Adds a second place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The messages of a compilation, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Adds several.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.list.extend(diagnostics);
    }

    /// Adds what was found elsewhere, behind what is here.
    pub fn append(&mut self, mut other: Self) {
        self.list.append(&mut other.list);
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }

    /// How many so far; with [`Self::has_errors_since`] a stage learns whether a rule of its own went wrong.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Forgets what was said since `mark` (an earlier [`Self::len`]).
    pub fn truncate(&mut self, mark: usize) {
        self.list.truncate(mark);
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether an error was added since `mark` (an earlier [`Self::len`]).
    pub fn has_errors_since(&self, mark: usize) -> bool {
        self.list.iter().skip(mark).any(|d| d.severity == Severity::Error)
    }
}

macro_rules! codes {
    ($($name:ident = $number:literal $severity:ident $title:literal;)*) => {
        /// Every kind of message, with a stable number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// All codes, by number.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The stable form: `SG012`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => concat!("SG", $number),)* }
            }

            /// The kind of message in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// How bad messages of this kind are.
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }
        }
    };
}

impl Code {
    /// The code of this stable form, in any case: `SG012`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(name))
    }

    /// What messages of this kind mean and what to do about them, in a few sentences, with an example.
    pub fn explain(self) -> &'static str {
        explain::text(self)
    }

    /// A message of this kind at a place.
    pub fn at(self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: self,
            severity: self.severity(),
            message: message.into(),
            labels: vec![Label { span, text: String::new() }],
            help: None,
        }
    }

    /// Says of what stands at a place that Sigil reads it, but does not run it.
    pub fn unsupported(feature: &impl std::fmt::Display, span: Span) -> Diagnostic {
        Self::UnsupportedConstruct.at(span, format!("{feature} is not supported yet"))
    }

    /// A message without a place.
    pub fn nowhere(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code: self, severity: self.severity(), message: message.into(), labels: Vec::new(), help: None }
    }
}

// 001-029 files and parsing, 030-049 modifiers and values, 050-059 conditions, 060-079 pipelines and filters, 080-099 findings of
// `ir::verify`, 100-109 Elastic's rule files, 110-129 queries, 130-139 schemas.
codes! {
    InvalidYaml = "001" Error "the file is not valid YAML";
    DuplicateKey = "002" Error "a key is given twice";
    LimitExceeded = "003" Error "a document exceeds a limit";
    EmptyFile = "004" Error "the file holds no rule";
    NotARule = "005" Error "a document is not a rule";
    InvalidAction = "006" Error "an `action` cannot be carried out";
    MissingDetection = "007" Error "a rule has no detection";
    WrongType = "008" Error "a part of a rule has the wrong type";
    OddAttribute = "009" Warning "an attribute has an unexpected type";
    MissingTitle = "010" Warning "a rule has no title";
    UnknownAttributeValue = "011" Warning "an attribute has an unknown value";
    MissingLogSource = "012" Warning "a rule names no log source";
    EmptyPart = "013" Error "a selection or a map is empty";
    EmptyList = "014" Warning "an item has an empty list";
    NullInList = "015" Warning "a list holds `null`";
    UnknownModifier = "016" Error "a modifier is unknown";
    MapAsValue = "017" Error "a map stands where a value is expected";
    UnknownVersion = "018" Error "the `sigma-version` is unknown";
    InvalidFilter = "019" Error "a filter is incomplete";
    InvalidCorrelation = "020" Error "a correlation rule is incomplete";
    ContentIgnored = "021" Warning "a part of a document has no effect";
    Unreadable = "022" Error "a file or folder cannot be read";
    ModifierConflict = "030" Error "modifiers contradict each other";
    ModifierOrder = "031" Error "a modifier stands in the wrong place";
    ModifierRedundant = "032" Warning "a modifier has no effect";
    ValueType = "033" Error "a value does not fit its modifiers";
    InvalidRegex = "034" Error "a regular expression is not valid";
    BacktrackingRegex = "035" Warning "a regular expression needs a backtracking engine";
    InvalidNetwork = "036" Error "a network is not valid";
    NetworkHostBits = "037" Warning "a network has host bits set";
    UnresolvedPlaceholder = "038" Error "a placeholder has no values";
    QuestionableValue = "039" Warning "a value is probably not what its author meant";
    EmptyDetection = "040" Error "a detection says nothing";
    KeylessModifier = "041" Error "a modifier needs a field";
    ArrayField = "042" Error "an array selector is not valid";
    TooDeep = "043" Error "the rule is nested too deeply, or too large";
    UnusedTimeframe = "047" Warning "`timeframe` has no effect";
    UnsupportedConstruct = "048" Note "a construct is not supported yet";
    ConditionSyntax = "050" Error "a condition cannot be read";
    UnknownSelection = "051" Error "a condition names a selection that does not exist";
    AllOfNothing = "052" Error "`all of` a pattern that no selection matches";
    PatternMatchesNothing = "053" Warning "a pattern matches no selection";
    UnusedSelection = "054" Warning "a selection is not used";
    OperatorCase = "055" Warning "an operator is not written in lower case";
    MissingCondition = "056" Error "a detection has no condition";
    ConditionTooDeep = "057" Error "a condition is nested too deeply";
    CountTooLarge = "058" Warning "more selections are asked for than there are";
    InvalidPipeline = "060" Error "a pipeline file is not valid";
    UnsupportedPipeline = "061" Error "a pipeline asks for something that Sigil does not do";
    PipelineSettingIgnored = "062" Note "a setting of a pipeline has no effect";
    PipelineRejectsRule = "063" Error "a pipeline rejects the rule";
    PipelineGrowsRule = "064" Error "a pipeline makes the rule too large";
    ConditionNotLowered = "065" Error "a pipeline's condition cannot be used to tell log sources apart";
    UnknownFilterTarget = "070" Warning "a filter names a rule that does not exist";
    FilterWithoutRules = "071" Warning "a filter applies to no rule";
    ContradictoryItems = "080" Warning "items contradict each other";
    DuplicateValue = "081" Warning "a list holds a value twice";
    ShadowedValue = "082" Note "a value in a list changes nothing";
    RepeatedSelection = "083" Warning "two selections are the same";
    NeverHolds = "084" Warning "a rule can never match";
    AlwaysHolds = "085" Warning "a rule matches every event";
    SameAsOther = "086" Warning "two rules have the same body";
    InvalidToml = "100" Error "the file is not valid TOML";
    MissingRuleField = "101" Error "a rule lacks a field that it needs";
    UnknownRuleType = "102" Error "the type or the language of a rule is unknown";
    InvalidRuleFilter = "103" Error "a filter of a rule cannot be read";
    QuerySyntax = "110" Error "a query cannot be read";
    QueryTooDeep = "111" Error "a query is nested too deeply, or too large";
    UnknownFunction = "112" Error "a function does not exist";
    FunctionArguments = "113" Error "a function is called with the wrong arguments";
    TypeMisuse = "114" Warning "a query asks something of a field that its type cannot answer";
    TypeConflict = "115" Error "an operator is given something of the wrong type";
    RegexOperator = "116" Warning "a character of a regular expression is an operator in Lucene's dialect";
    DateNeedsNow = "117" Error "a date is given relative to now, and nobody says when that is";
    UnknownColumn = "118" Error "a column or a table does not exist";
    InvalidSchema = "130" Error "a schema cannot be read";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_number_a_title_and_an_explanation() {
        let mut numbers = std::collections::BTreeSet::new();
        for &code in Code::ALL {
            assert!(numbers.insert(code.as_str()), "{code:?} has the number of another");
            assert_eq!(code.as_str().len(), 5, "{code:?}");
            assert!(!code.title().is_empty() && !code.title().ends_with('.'), "{code:?}");
            assert!(code.explain().len() > 80, "{code:?} lacks an explanation: add it to diagnostic/explain.rs");
            assert_eq!(Code::from_name(&code.as_str().to_lowercase()), Some(code));
        }
        assert_eq!(Code::from_name("SG999"), None);
    }
}
