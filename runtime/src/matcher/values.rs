//! What rules compare with: lists of texts, patterns, networks. Static in generated code, owned in packs that are linked in-process.

use std::fmt;
use std::net::IpAddr;
use std::sync::OnceLock;

use ipnet::IpNet;
use memchr::memmem;

use super::bytes;
use super::glob::{self, Piece};
use super::grams::GramSet;
use super::literals::{Edge, EdgeSet, ExactSet};

/// Texts, any of which may be the one.
#[derive(Clone, Debug)]
pub enum TextList {
    /// In generated code.
    Static(&'static [&'static str]),
    /// Linked in-process.
    Owned(Box<[Box<str>]>),
}

impl TextList {
    /// Each text.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (fixed, owned): (&[&str], &[Box<str>]) = match self {
            Self::Static(texts) => (texts, &[]),
            Self::Owned(texts) => (&[], texts),
        };
        fixed.iter().copied().chain(owned.iter().map(AsRef::as_ref))
    }

    /// Whether one of them satisfies the test.
    pub(crate) fn any(&self, test: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Static(texts) => texts.iter().any(|text| test(text)),
            Self::Owned(texts) => texts.iter().any(|text| test(text)),
        }
    }

    /// How many?
    pub fn len(&self) -> usize {
        match self {
            Self::Static(texts) => texts.len(),
            Self::Owned(texts) => texts.len(),
        }
    }

    /// None?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A list of texts to compare with.
///
/// Short lists are compared one by one. Longer ones get an index when they are first asked, for the kind of comparison that was asked for.
pub struct Texts {
    list: TextList,
    indexes: OnceLock<Box<Indexes>>,
}

/// Indexes of a list, each made when it is first needed. Few lists ever need one, so they are kept out of line.
#[derive(Default)]
struct Indexes {
    exact: OnceLock<ExactSet>,
    start: OnceLock<EdgeSet>,
    end: OnceLock<EdgeSet>,
    grams: OnceLock<GramSet>,
    /// For a short list.
    finders: OnceLock<Box<[memmem::Finder<'static>]>>,
}

/// Up to this many texts, comparing one by one is no slower than an index.
const SHORT: usize = 4;

/// From this length of a value on, a prepared search is worth looking it up.
const LONG: usize = 64;

impl Texts {
    /// A list in generated code.
    pub const fn new(texts: &'static [&'static str]) -> Self {
        Self::from_list(TextList::Static(texts))
    }

    /// Any list.
    pub const fn from_list(list: TextList) -> Self {
        Self { list, indexes: OnceLock::new() }
    }

    /// The texts of a list in generated code; an owned list has none of static lifetime.
    pub const fn values(&self) -> &'static [&'static str] {
        match &self.list {
            TextList::Static(texts) => texts,
            TextList::Owned(_) => &[],
        }
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, &[u8])> {
        (0..).zip(self.list.iter().map(str::as_bytes))
    }

    fn indexes(&self) -> &Indexes {
        self.indexes.get_or_init(Box::default)
    }

    fn is_short(&self) -> bool {
        self.list.len() <= SHORT
    }

    pub(crate) fn any_equals(&self, text: &[u8]) -> bool {
        if self.is_short() {
            return self.list.any(|value| value.as_bytes() == text);
        }
        self.indexes().exact.get_or_init(|| ExactSet::new(self.numbered())).find(text, |_| true)
    }

    pub(crate) fn any_starts(&self, text: &[u8]) -> bool {
        if self.is_short() {
            return self.list.any(|value| text.starts_with(value.as_bytes()));
        }
        self.indexes().start.get_or_init(|| EdgeSet::new(Edge::Start, self.numbered())).find(text, |_| true)
    }

    pub(crate) fn any_ends(&self, text: &[u8]) -> bool {
        if self.is_short() {
            return self.list.any(|value| text.ends_with(value.as_bytes()));
        }
        self.indexes().end.get_or_init(|| EdgeSet::new(Edge::End, self.numbered())).find(text, |_| true)
    }

    pub(crate) fn any_within(&self, text: &[u8]) -> bool {
        if self.is_short() && text.len() < LONG {
            return self.list.any(|value| bytes::contains(text, value.as_bytes()));
        }
        if self.is_short() {
            let finder = |text: &str| memmem::Finder::new(text).into_owned();
            let finders = self.indexes().finders.get_or_init(|| self.list.iter().map(finder).collect());
            return finders.iter().any(|finder| finder.find(text).is_some());
        }
        if self.list.any(str::is_empty) {
            return true;
        }
        self.indexes().grams.get_or_init(|| GramSet::new(self.numbered())).scan(text, &mut |_, _| true)
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Texts").field(&self.list).finish()
    }
}

/// A pattern for whole texts.
#[derive(Clone, Debug)]
pub struct Glob {
    pieces: Pieces,
}

#[derive(Clone, Debug)]
enum Pieces {
    Static(&'static [Piece]),
    Owned(Box<[Piece<Box<str>>]>),
}

impl Glob {
    /// A pattern in generated code.
    pub const fn new(pieces: &'static [Piece]) -> Self {
        Self { pieces: Pieces::Static(pieces) }
    }

    /// Any pattern.
    pub fn owned(pieces: Vec<Piece<Box<str>>>) -> Self {
        Self { pieces: Pieces::Owned(pieces.into()) }
    }

    /// Its pieces.
    pub fn pieces(&self) -> Vec<Piece<&str>> {
        match &self.pieces {
            Pieces::Static(pieces) => glob::borrowed(pieces),
            Pieces::Owned(pieces) => glob::borrowed(pieces),
        }
    }

    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        match &self.pieces {
            Pieces::Static(pieces) => glob::matches(pieces, text),
            Pieces::Owned(pieces) => glob::matches(pieces, text),
        }
    }
}

/// Patterns, any of which may be the one.
#[derive(Clone, Debug)]
pub struct Globs {
    list: GlobList,
}

#[derive(Clone, Debug)]
enum GlobList {
    Static(&'static [&'static [Piece]]),
    Owned(Box<[Glob]>),
}

impl Globs {
    /// Patterns in generated code.
    pub const fn new(patterns: &'static [&'static [Piece]]) -> Self {
        Self { list: GlobList::Static(patterns) }
    }

    /// Any patterns.
    pub fn owned(patterns: Vec<Glob>) -> Self {
        Self { list: GlobList::Owned(patterns.into()) }
    }

    /// The pieces of each pattern.
    pub fn patterns(&self) -> Vec<Vec<Piece<&str>>> {
        match &self.list {
            GlobList::Static(patterns) => patterns.iter().map(|pieces| glob::borrowed(pieces)).collect(),
            GlobList::Owned(patterns) => patterns.iter().map(Glob::pieces).collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match &self.list {
            GlobList::Static(patterns) => patterns.is_empty(),
            GlobList::Owned(patterns) => patterns.is_empty(),
        }
    }

    pub(crate) fn any_matches(&self, text: &[u8]) -> bool {
        match &self.list {
            GlobList::Static(patterns) => patterns.iter().any(|pieces| glob::matches(pieces, text)),
            GlobList::Owned(patterns) => patterns.iter().any(|glob| glob.matches(text)),
        }
    }
}

/// A regular expression, compiled when it is first needed.
///
/// The compiler has checked that it compiles; one that does not all the same never matches.
pub struct Pattern {
    source: Source,
    lookaround: bool,
    compiled: OnceLock<Compiled>,
    /// For texts that are ASCII, none if `compiled` has to serve them too.
    ascii: OnceLock<Option<regex::bytes::Regex>>,
}

enum Source {
    Static(&'static str),
    Owned(Box<str>),
}

enum Compiled {
    Plain(regex::bytes::Regex),
    Backtracking(Box<fancy_regex::Regex>),
    Broken,
}

/// The most memory that one compiled expression may take, in bytes.
pub const PATTERN_SIZE_LIMIT: usize = 10 << 20;
/// The most steps that one look-around expression may take on one text; past it, it does not match.
pub const PATTERN_BACKTRACK_LIMIT: usize = 100_000;

impl Pattern {
    /// An expression in generated code; `lookaround` selects the backtracking engine.
    pub const fn new(source: &'static str, lookaround: bool) -> Self {
        Self { source: Source::Static(source), lookaround, compiled: OnceLock::new(), ascii: OnceLock::new() }
    }

    /// Any expression.
    pub fn owned(source: String, lookaround: bool) -> Self {
        Self { source: Source::Owned(source.into()), lookaround, compiled: OnceLock::new(), ascii: OnceLock::new() }
    }

    /// Its text.
    pub fn source(&self) -> &str {
        match &self.source {
            Source::Static(source) => source,
            Source::Owned(source) => source,
        }
    }

    /// Whether the backtracking engine was asked for.
    pub fn has_lookaround(&self) -> bool {
        self.lookaround
    }

    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        if text.is_ascii()
            && let Some(regex) = self.ascii.get_or_init(|| self.compile_ascii())
        {
            return regex.is_match(text);
        }
        match self.compiled.get_or_init(|| self.compile()) {
            Compiled::Plain(regex) => regex.is_match(text),
            Compiled::Backtracking(regex) => {
                str::from_utf8(text).is_ok_and(|text| regex.is_match(text).unwrap_or(false))
            }
            Compiled::Broken => false,
        }
    }

    /// On texts that are ASCII, classes and case folding of ASCII say the same as those of Unicode, and cost a fraction: compiling
    /// `\w{1,64}` takes some 100 times longer with Unicode's letters than without. Expressions that may name other characters are left out.
    fn compile_ascii(&self) -> Option<regex::bytes::Regex> {
        let source = self.source();
        let names_others = || ["\\x", "\\u", "\\U", "\\p", "\\P"].iter().any(|escape| source.contains(escape));
        let is_flag = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'-';
        let asks_for_unicode = || {
            let mut groups = source.match_indices("(?").filter_map(|(at, _)| source.as_bytes().get(at + 2..));
            groups.any(|group| group.iter().take_while(|byte| is_flag(byte)).any(|byte| *byte == b'u'))
        };
        if self.lookaround || !source.is_ascii() || names_others() || asks_for_unicode() {
            return None;
        }
        regex::bytes::RegexBuilder::new(source).unicode(false).size_limit(PATTERN_SIZE_LIMIT).build().ok()
    }

    fn compile(&self) -> Compiled {
        if self.lookaround {
            let regex = fancy_regex::RegexBuilder::new(self.source()).backtrack_limit(PATTERN_BACKTRACK_LIMIT).build();
            return regex.map_or(Compiled::Broken, |regex| Compiled::Backtracking(Box::new(regex)));
        }
        let regex = regex::bytes::RegexBuilder::new(self.source()).size_limit(PATTERN_SIZE_LIMIT).build();
        regex.map_or(Compiled::Broken, Compiled::Plain)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern")
            .field("source", &self.source())
            .field("lookaround", &self.lookaround)
            .finish_non_exhaustive()
    }
}

/// The address that a text is; a zone (`%eth0`) is ignored.
pub(super) fn address(text: &[u8]) -> Option<IpAddr> {
    let text = text.split(|byte| *byte == b'%').next().unwrap_or_default();
    let plausible = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b'.' | b':');
    if text.len() > 45 || !text.iter().all(plausible) {
        return None;
    }
    str::from_utf8(text).ok().and_then(|text| text.parse().ok())
}

/// IP networks, any of which may be the one.
#[derive(Debug)]
pub struct Networks {
    list: TextList,
    parsed: OnceLock<Box<[IpNet]>>,
}

impl Networks {
    /// Networks in generated code: `10.0.0.0/8`, `fe80::/10`.
    pub const fn new(networks: &'static [&'static str]) -> Self {
        Self { list: TextList::Static(networks), parsed: OnceLock::new() }
    }

    /// Any networks.
    pub fn owned(networks: Vec<IpNet>) -> Self {
        Self { list: TextList::Static(&[]), parsed: OnceLock::from(networks.into_boxed_slice()) }
    }

    /// Each network.
    pub fn networks(&self) -> &[IpNet] {
        self.parsed.get_or_init(|| self.list.iter().filter_map(|text| text.parse().ok()).collect())
    }

    /// Whether the text is an address in one of the networks. IPv4 addresses mapped into IPv6 count as both; a zone (`%eth0`) is ignored.
    pub(crate) fn any_contains(&self, text: &[u8]) -> bool {
        let Some(address) = address(text) else { return false };
        let canonical = address.to_canonical();
        self.networks().iter().any(|network| network.contains(&canonical) || network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn expressions_for_ascii_texts_agree(
            source in r"(\(\?i\))?([a-kK]|\.|\[\^a\]|\\[wWdDsSbB]|\[b-f\\d\]|\(\?:a\|S\)|[a-c][*+?]|\^|\$){1,6}",
            text in "[a-kA-K0-9 .\\n]{0,12}",
        ) {
            let pattern = Pattern::owned(source.clone(), false);
            let ascii = pattern.compile_ascii().unwrap_or_else(|| panic!("{source}"));
            let Compiled::Plain(unicode) = pattern.compile() else { panic!("{source}") };
            prop_assert_eq!(ascii.is_match(text.as_bytes()), unicode.is_match(text.as_bytes()), "{} {:?}", source, text);
        }
    }

    #[test]
    fn expressions_that_name_other_characters_have_no_form_for_ascii() {
        for source in ["\u{e9}", r"\x{212a}", r"\p{L}", "(?u)k", "(?i-u)k", "(?s:a)(?mu:b)"] {
            assert!(Pattern::owned(source.to_owned(), false).compile_ascii().is_none(), "{source}");
        }
        assert!(Pattern::owned(r"(?i)k\w(?P<u>d)(?-i:x)".to_owned(), false).compile_ascii().is_some());
        // U+212A KELVIN SIGN folds to k
        assert!(Pattern::new("(?i)^k$", false).is_match("\u{212a}".as_bytes()));
        assert!(Pattern::new(r"^\w$", false).is_match("\u{e9}".as_bytes()));
    }
}
