//! Analysed text: what a text field of Elasticsearch matches, word by word.
//!
//! The standard analyser cuts a text into words (Unicode Standard Annex 29, "Word Boundaries") and writes them in lower case; here they are folded, as
//! everything that ignores case is. Words of one character count; there are no stop words.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

use super::bytes;
use super::values::Globs;

/// What to look for in analysed text: one of these must be there.
#[derive(Clone)]
pub struct Words {
    phrases: Phrases,
    patterns: Globs,
}

#[derive(Clone)]
enum Phrases {
    Static(&'static [&'static [&'static str]]),
    Owned(Box<[Box<[Box<str>]>]>),
}

impl Words {
    /// Words in generated code: phrases, whose words stand one behind the other, and patterns for single words. All folded.
    pub const fn new(phrases: &'static [&'static [&'static str]], patterns: Globs) -> Self {
        Self { phrases: Phrases::Static(phrases), patterns }
    }

    /// Any words.
    pub fn owned(phrases: Vec<Vec<String>>, patterns: Globs) -> Self {
        let boxed = phrases.into_iter().map(|phrase| phrase.into_iter().map(String::into_boxed_str).collect());
        Self { phrases: Phrases::Owned(boxed.collect()), patterns }
    }

    /// Whether one of them is in the text, which is folded.
    pub(crate) fn any_in(&self, text: &[u8]) -> bool {
        let Ok(text) = str::from_utf8(text) else { return false };
        let phrase = match &self.phrases {
            Phrases::Static(phrases) => phrases.iter().any(|phrase| has_phrase(text, phrase)),
            Phrases::Owned(phrases) => phrases.iter().any(|phrase| has_phrase(text, phrase)),
        };
        phrase || (!self.patterns.is_empty() && words(text).any(|word| self.patterns.any_matches(word.as_bytes())))
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = f.debug_struct("Words");
        match &self.phrases {
            Phrases::Static(phrases) => words.field("phrases", phrases),
            Phrases::Owned(phrases) => words.field("phrases", phrases),
        };
        words.field("patterns", &self.patterns).finish()
    }
}

/// The words of a text, in order.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.unicode_words()
}

/// Whether the words stand in the text one behind the other; no words stand nowhere.
fn has_phrase<T: AsRef<str>>(text: &str, phrase: &[T]) -> bool {
    let Some(first) = phrase.first() else { return false };
    // cutting a text into words costs far more than finding that one of them is not in it
    if !phrase.iter().all(|word| bytes::contains(text.as_bytes(), word.as_ref().as_bytes())) {
        return false;
    }
    let mut starts = text.unicode_word_indices().filter(|(_, word)| *word == first.as_ref());
    starts.any(|(at, _)| {
        let mut here = words(text.get(at..).unwrap_or_default());
        phrase.iter().all(|word| here.next() == Some(word.as_ref()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_into_words() {
        let cut = |text: &'static str| words(text).collect::<Vec<_>>();
        assert_eq!(
            cut("$a = New-Object Net.WebClient; a_b 1,000 can't"),
            ["a", "New", "Object", "Net.WebClient", "a_b", "1,000", "can't"]
        );
        assert_eq!(cut("[System.Convert]::FromBase64String('x')"), ["System.Convert", "FromBase64String", "x"]);
        assert!(cut("--- !").is_empty());
    }

    #[test]
    fn phrases_stand_in_order() {
        let has = |text: &str, phrase: &[&str]| has_phrase(text, phrase);
        assert!(has("a = new-object net", &["new", "object"]));
        assert!(has("new new object", &["new", "object"]));
        assert!(!has("object new", &["new", "object"]));
        assert!(!has("new x object", &["new", "object"]));
        assert!(!has("newobject", &["new"]));
        assert!(!has("", &["new"]) && !has("new", &[]));
    }
}
