//! Analysed text: what a text field of Elasticsearch matches, word by word.
//!
//! The standard analyser cuts a text into words (Unicode Standard Annex 29, "Word Boundaries") and writes them in lower case; here they are folded, as
//! everything that ignores case is. Words of one character count; there are no stop words.

use std::fmt;
use std::sync::OnceLock;

use memchr::memmem;
use unicode_segmentation::UnicodeSegmentation;

use super::bytes;
use super::grams::GramSet;
use super::values::Globs;

/// What to look for in analysed text: one of these must be there.
pub struct Words {
    phrases: Phrases,
    patterns: Globs,
    /// The longest word of each phrase, made when it is first needed; none if the phrases are tried one by one.
    index: OnceLock<Option<GramSet>>,
}

/// Up to this many phrases, trying one by one is no slower than an index.
const FEW: usize = 4;
/// What hits of the index are noted for, so that each phrase is tried once.
const MOST: usize = 512;

enum Phrases {
    Static(&'static [&'static [&'static str]]),
    Owned(Box<[Box<[Box<str>]>]>),
}

impl Words {
    /// Words in generated code: phrases, whose words stand one behind the other, and patterns for single words. All folded.
    pub const fn new(phrases: &'static [&'static [&'static str]], patterns: Globs) -> Self {
        Self { phrases: Phrases::Static(phrases), patterns, index: OnceLock::new() }
    }

    /// Any words.
    pub fn owned(phrases: Vec<Vec<String>>, patterns: Globs) -> Self {
        let boxed = phrases.into_iter().map(|phrase| phrase.into_iter().map(String::into_boxed_str).collect());
        Self { phrases: Phrases::Owned(boxed.collect()), patterns, index: OnceLock::new() }
    }

    /// The words of each phrase.
    pub fn phrases(&self) -> Vec<Vec<&str>> {
        match &self.phrases {
            Phrases::Static(phrases) => phrases.iter().map(|words| words.to_vec()).collect(),
            Phrases::Owned(phrases) => phrases.iter().map(|words| words.iter().map(AsRef::as_ref).collect()).collect(),
        }
    }

    /// The patterns for single words.
    pub fn patterns(&self) -> &Globs {
        &self.patterns
    }

    /// Whether one of them is in the text, which is folded.
    pub(crate) fn any_in(&self, text: &[u8]) -> bool {
        let Ok(text) = str::from_utf8(text) else { return false };
        let phrase = match &self.phrases {
            Phrases::Static(phrases) => self.any_phrase(text, phrases),
            Phrases::Owned(phrases) => self.any_phrase(text, phrases),
        };
        phrase || (!self.patterns.is_empty() && words(text).any(|word| self.patterns.any_matches(word.as_bytes())))
    }

    fn any_phrase<W: AsRef<str>, P: AsRef<[W]>>(&self, text: &str, phrases: &[P]) -> bool {
        let index = self.index.get_or_init(|| {
            let words: Option<Vec<&str>> = phrases.iter().map(|phrase| longest(phrase.as_ref())).collect();
            let words = words.filter(|words| (FEW..=MOST).contains(&words.len()))?;
            Some(GramSet::new((0..).zip(words.iter().map(|word| word.as_bytes()))))
        });
        let Some(index) = index else { return phrases.iter().any(|phrase| has_phrase(text, phrase.as_ref())) };
        let mut tried = [0_u64; MOST / 64];
        index.scan(text.as_bytes(), &mut |phrase, _| {
            let phrase = phrase as usize;
            let bit = 1 << (phrase % 64);
            let Some(word) = tried.get_mut(phrase / 64).filter(|word| **word & bit == 0) else { return false };
            *word |= bit;
            phrases.get(phrase).is_some_and(|phrase| has_phrase(text, phrase.as_ref()))
        })
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = f.debug_struct("Words");
        match &self.phrases {
            Phrases::Static(phrases) => words.field("phrases", phrases),
            Phrases::Owned(phrases) => words.field("phrases", phrases),
        };
        words.field("patterns", &self.patterns).finish_non_exhaustive()
    }
}

/// The words of a text, in order.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.unicode_words()
}

fn longest<W: AsRef<str>>(phrase: &[W]) -> Option<&str> {
    phrase.iter().map(AsRef::as_ref).max_by_key(|word| word.len())
}

/// Whether the words stand in the text one behind the other; no words stand nowhere.
fn has_phrase<W: AsRef<str>>(text: &str, phrase: &[W]) -> bool {
    let Some((first, others)) = phrase.split_first() else { return false };
    // cutting a text into words costs far more than finding that one of them is not in it
    if !phrase.iter().all(|word| bytes::contains(text.as_bytes(), word.as_ref().as_bytes())) {
        return false;
    }
    let first = first.as_ref();
    let finder = memmem::Finder::new(first);
    // a place between two words; only what stands around the first word is cut
    let mut boundary = 0;
    loop {
        let Some(rest) = text.get(boundary..) else { return false };
        let Some(at) = finder.find(rest.as_bytes()) else { return false };
        let start = rest.get(..at).map_or(0, after_blank);
        let run = rest.get(start..).unwrap_or_default();
        let mut pieces = run.split_word_bound_indices().map(|(from, piece)| (start + from, piece));
        let Some((begin, piece)) = pieces.find(|(begin, piece)| begin + piece.len() > at) else { return false };
        let end = begin + piece.len();
        if begin == at && piece == first {
            let mut next = words(rest.get(end..).unwrap_or_default());
            if others.iter().all(|word| next.next() == Some(word.as_ref())) {
                return true;
            }
        }
        boundary += end;
    }
}

/// The last place in a text that stands between two words whatever is around it: behind a blank, before an ASCII character.
fn after_blank(text: &str) -> usize {
    let bytes = text.as_bytes();
    let blank = bytes.windows(2).rposition(|pair| matches!(pair, [b' ' | b'\n' | b'\t', next] if next.is_ascii()));
    blank.map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        assert!(has("a renew, new\tobject", &["new", "object"]));
    }

    /// Cut from its start.
    fn plainly_has(text: &str, phrase: &[&str]) -> bool {
        let words: Vec<&str> = words(text).collect();
        !phrase.is_empty() && words.windows(phrase.len()).any(|here| here == phrase)
    }

    proptest! {
        #[test]
        fn phrases_are_found_where_texts_are_cut_from_their_start(
            text in "(a|ab|b|c| |\\.|'|_|-|1|,|\n|\t|\r|\u{301}|\u{200d}|\u{e9}|\u{4e2d}|\u{1f1e6}|\u{5d0}|\"|\u{30ab}){0,24}",
            phrases in prop::collection::vec(prop::collection::vec("(a|b|ab|c|1|1,1|a.b|a_b|\u{e9}|\u{4e2d}|\u{30ab}){1,2}", 1..4), 1..9),
        ) {
            let borrowed = |phrase: &Vec<String>| plainly_has(&text, &phrase.iter().map(String::as_str).collect::<Vec<_>>());
            let words = Words::owned(phrases.clone(), Globs::owned(Vec::new()));
            prop_assert_eq!(words.any_in(text.as_bytes()), phrases.iter().any(borrowed));
        }
    }
}
