//! `GROK` patterns (ES|QL reference, "Process data with GROK"; "Grok processor").
//!
//! A pattern is an expression in Oniguruma's spelling with names of a library in it. It is translated once; where the translation needs no
//! look-around it runs in linear time, and else with a limit, beyond which a text counts as not matching.

mod class;
mod library;
#[cfg(test)]
mod tests;
mod translate;

use std::collections::BTreeMap;
use std::sync::Arc;

use translate::{Kind, Translation};

use super::expr::Warnings;
use super::pattern::PatternError;
use super::value::{Type, Value};

/// At most so many patterns stand behind each other.
const MOST_PATTERNS: usize = 100;
/// How large a compiled expression may be, in bytes.
const MOST_COMPILED: usize = 32 << 20;
/// How often a search may go back before it gives up.
const MOST_STEPS: usize = 2_000_000;
/// A search with look-around may take time by the square of a text's length, however few its steps back: longer texts are not searched so,
const LONGEST: usize = 16 << 10;
/// nor are those of one row that have more than this together, each squared.
const MOST_WORK: usize = 4 * LONGEST * LONGEST;
/// After so many searches of one row gave up, its other values are not searched.
const MOST_GIVEN_UP: u32 = 3;

/// Patterns, ready to search texts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Grok(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// As they were written.
    texts: Vec<Box<str>>,
    names: Vec<Box<str>>,
    types: Vec<Type>,
    patterns: Vec<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    engine: Engine,
    /// For each group, from the first: which name it fills, and what it is read as.
    groups: Vec<(usize, Kind)>,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// The names that `%{NAME}` knows, in order.
pub fn library_names() -> impl Iterator<Item = &'static str> {
    library::names()
}

impl Grok {
    /// Reads patterns; of several the first that is found in a text counts.
    ///
    /// An error is what is no expression, a name that the library does not have, and a column of several types.
    pub fn parse(patterns: &[&str]) -> Result<Grok, PatternError> {
        parse(patterns).map(|inner| Grok(Arc::new(inner)))
    }

    /// The patterns, as they were written.
    pub fn patterns(&self) -> &[Box<str>] {
        &self.0.texts
    }

    /// The names of what they find, sorted, as ES|QL orders the columns.
    pub fn names(&self) -> &[Box<str>] {
        &self.0.names
    }

    /// The types of what they find, for each name.
    pub fn types(&self) -> &[Type] {
        &self.0.types
    }

    /// A value for each name: the captures of all groups of that name, of each value of the input; null where there are none. A search that gives up
    /// and a number that does not fit are counted as warnings.
    pub fn apply(&self, input: &Value, warnings: &mut Warnings) -> Vec<Value> {
        let inner = &*self.0;
        let mut columns: Vec<Vec<Value>> = vec![Vec::new(); inner.names.len()];
        let mut given_up = 0_u32;
        let mut work = MOST_WORK;
        for text in input.values().iter().filter_map(Value::as_text) {
            if given_up >= MOST_GIVEN_UP {
                warnings.other = warnings.other.saturating_add(1);
                continue;
            }
            for pattern in &inner.patterns {
                match pattern.search(text, &mut columns, &mut work, warnings) {
                    Found::Yes => break,
                    Found::No => {}
                    Found::GaveUp => {
                        given_up = given_up.saturating_add(1);
                        warnings.other = warnings.other.saturating_add(1);
                    }
                }
            }
        }
        columns.into_iter().map(Value::list).collect()
    }
}

enum Found {
    Yes,
    No,
    GaveUp,
}

impl Compiled {
    fn search<'t>(
        &self,
        text: &'t str,
        columns: &mut [Vec<Value>],
        work: &mut usize,
        warnings: &mut Warnings,
    ) -> Found {
        let mut fill = |capture: &dyn Fn(usize) -> Option<&'t str>| {
            for (number, (slot, kind)) in (1_usize..).zip(&self.groups) {
                let Some(text) = capture(number) else { continue };
                let value = kind.read(text);
                warnings.conversion = warnings.conversion.saturating_add(u64::from(value.is_null()));
                if let Some(column) = columns.get_mut(*slot) {
                    column.push(value);
                }
            }
        };
        match &self.engine {
            Engine::Linear(regex) if self.groups.is_empty() => {
                if regex.is_match(text) {
                    Found::Yes
                } else {
                    Found::No
                }
            }
            Engine::Linear(regex) => match regex.captures(text) {
                None => Found::No,
                Some(found) => {
                    fill(&|number| found.get(number).map(|group| group.as_str()));
                    Found::Yes
                }
            },
            Engine::Backtracking(regex) => {
                let left = work.checked_sub(text.len().saturating_mul(text.len()));
                let Some(left) = left.filter(|_| text.len() <= LONGEST) else { return Found::GaveUp };
                *work = left;
                match regex.captures(text) {
                    Err(_) => Found::GaveUp,
                    Ok(None) => Found::No,
                    Ok(Some(found)) => {
                        fill(&|number| found.get(number).map(|group| group.as_str()));
                        Found::Yes
                    }
                }
            }
        }
    }
}

impl Kind {
    /// The value that a captured text spells; null if it spells none.
    fn read(self, text: &str) -> Value {
        match self {
            Self::Text => Value::text(text),
            Self::Int => text.parse().map_or(Value::Null, Value::Int),
            Self::Long => text.parse().map_or(Value::Null, Value::Long),
            // a float is made longer, with the digits that it did not have
            Self::Float => text.trim().parse::<f32>().map_or(Value::Null, |value| Value::double(value.into())),
            Self::Double => text.trim().parse().map_or(Value::Null, Value::double),
            Self::Boolean => Value::Bool(text.eq_ignore_ascii_case("true")),
        }
    }
}

fn parse(patterns: &[&str]) -> Result<Inner, PatternError> {
    if patterns.is_empty() {
        return Err(PatternError::new(0, "there is no pattern").help("write `GROK field \"%{WORD:a}\"`"));
    }
    if patterns.len() > MOST_PATTERNS {
        return Err(PatternError::new(0, format!("there are more than {MOST_PATTERNS} patterns"))
            .help("write several `GROK` commands")
            .in_pattern(MOST_PATTERNS));
    }
    let mut translations = Vec::new();
    let mut columns: BTreeMap<Box<str>, Type> = BTreeMap::new();
    for (number, pattern) in patterns.iter().enumerate() {
        let translation = translate::translate(pattern).map_err(|error| error.in_pattern(number))?;
        for group in &translation.groups {
            let kind = group.kind.column();
            let known = *columns.entry(group.name.clone()).or_insert(kind);
            if known != kind {
                return Err(PatternError::new(
                    group.at,
                    format!("the column `{}` is both {known} and {kind}", group.name),
                )
                .help("give it one type wherever it stands")
                .in_pattern(number));
            }
        }
        translations.push(translation);
    }
    let slots: BTreeMap<&str, usize> = columns.keys().enumerate().map(|(slot, name)| (&**name, slot)).collect();
    let mut compiled = Vec::new();
    for (number, translation) in translations.iter().enumerate() {
        let engine = compile(translation).map_err(|error| error.in_pattern(number))?;
        let groups =
            translation.groups.iter().map(|group| (slots.get(&*group.name).copied().unwrap_or(usize::MAX), group.kind));
        compiled.push(Compiled { engine, groups: groups.collect() });
    }
    drop(slots);
    let (names, types) = columns.into_iter().unzip();
    Ok(Inner { texts: patterns.iter().map(|pattern| Box::from(*pattern)).collect(), names, types, patterns: compiled })
}

fn compile(translation: &Translation) -> Result<Engine, PatternError> {
    if !translation.backtracks {
        let built = regex::RegexBuilder::new(&translation.text).size_limit(MOST_COMPILED).build();
        return built.map(Engine::Linear).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => too_large(),
            other => not_compiled(&other.to_string()),
        });
    }
    let built = fancy_regex::RegexBuilder::new(&translation.text)
        .backtrack_limit(MOST_STEPS)
        .delegate_size_limit(MOST_COMPILED)
        .max_prog_size(MOST_COMPILED / 256)
        .build();
    built.map(|regex| Engine::Backtracking(Box::new(regex))).map_err(|error| not_compiled(&error.to_string()))
}

fn too_large() -> PatternError {
    PatternError::new(0, "the expression is too large").help("use smaller counts, or split the pattern")
}

/// What only the crates find: an unknown property, a group that is too deep.
fn not_compiled(reason: &str) -> PatternError {
    // they draw the expression first and give the reason in the last line
    let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
    let reason: String = reason.chars().filter(|c| !c.is_control()).take(200).collect();
    PatternError::new(0, format!("the expression cannot be used: {}", reason.to_lowercase()))
        .help("write it in simpler terms")
}
