//! What the compiler tells its user: a code, a place, and a next step.

use crate::source::Span;

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

    /// All of them.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }

    /// How many so far; with [`Self::has_errors_since`] a stage learns whether a rule of its own went wrong.
    pub fn len(&self) -> usize {
        self.list.len()
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

    /// A message without a place.
    pub fn nowhere(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code: self, severity: self.severity(), message: message.into(), labels: Vec::new(), help: None }
    }
}

// 001-029 files and parsing, 030-049 modifiers and values, 050-059 conditions, 060-079 pipelines and filters, 080-099 findings of `ir::verify`.
codes! {
    InvalidYaml = "001" Error "the file is not valid YAML";
    InvalidPipeline = "060" Error "a pipeline file is not valid";
    UnsupportedPipeline = "061" Error "a pipeline asks for something that Sigil does not do";
    PipelineSettingIgnored = "062" Note "a setting of a pipeline has no effect";
    PipelineRejectsRule = "063" Error "a pipeline rejects the rule";
    PipelineGrowsRule = "064" Error "a pipeline makes the rule too large";
    ConditionNotLowered = "065" Error "a pipeline's condition cannot be used to tell log sources apart";
    UnknownFilterTarget = "070" Warning "a filter names a rule that does not exist";
    FilterWithoutRules = "071" Warning "a filter applies to no rule";
}
