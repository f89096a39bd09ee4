//! A query, and where each of its bytes stands in a source.

use std::borrow::Cow;
use std::ops::Range;

use crate::source::{FileId, Span};

/// The text of a query as its language reads it, cut out of a source (a TOML file, a command line). Quotes and escapes of the surrounding
/// language are gone; places in the text are known as places in the source, so that errors are shown where the author wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryText<'a> {
    text: Cow<'a, str>,
    file: FileId,
    /// Where runs of bytes that both have in common start: (in the text, in the source). Ascending; the first starts at 0.
    runs: Vec<(usize, usize)>,
    /// The place of every part, where no closer one is known.
    whole: Option<Span>,
}

impl<'a> QueryText<'a> {
    /// A text that stands in the source as it is, from byte `start` on.
    pub fn verbatim(text: &'a str, file: FileId, start: usize) -> Self {
        Self { text: Cow::Borrowed(text), file, runs: vec![(0, start)], whole: None }
    }

    /// A text put together of runs: (where it starts in the text, where it starts in the source), ascending.
    pub fn from_runs(text: impl Into<Cow<'a, str>>, file: FileId, runs: Vec<(usize, usize)>) -> Self {
        debug_assert!(runs.first().is_some_and(|(at, _)| *at == 0), "the first run starts with the text");
        Self { text: text.into(), file, runs, whole: None }
    }

    /// A text that stands in the source in another spelling: wherever something is in it, it is at that place.
    pub fn at(text: &'a str, place: Span) -> Self {
        Self { text: Cow::Borrowed(text), file: place.file, runs: Vec::new(), whole: Some(place) }
    }

    /// The same text, on its own.
    pub fn into_owned(self) -> QueryText<'static> {
        let Self { text, file, runs, whole } = self;
        QueryText { text: Cow::Owned(text.into_owned()), file, runs, whole }
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where a range of the text stands in the source.
    pub fn span(&self, range: Range<usize>) -> Span {
        if let Some(whole) = self.whole {
            return whole;
        }
        let start = self.place(range.start);
        // the end belongs to the character before it: what an escape stands for ends where the escape ends
        let end = if range.end > range.start { self.place_behind(range.end) } else { start };
        Span::new(self.file, start, end)
    }

    fn place(&self, at: usize) -> usize {
        let run = self.runs.partition_point(|(text, _)| *text <= at).saturating_sub(1);
        self.runs.get(run).map_or(at, |(text, source)| source + (at - text))
    }

    fn place_behind(&self, at: usize) -> usize {
        let run = self.runs.binary_search_by_key(&at, |(text, _)| *text);
        match run.ok().and_then(|run| self.runs.get(run)) {
            Some((_, source)) => *source,
            None => self.place(at - 1) + 1,
        }
    }
}

/// A query of EQL or ES|QL with a blank in place of each comment: `// ..` and `/* .. */`. Those in quotes are no comments.
pub fn without_comments(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        let upto = |end: Option<usize>, more: usize| end.map_or(rest.len(), |end| end + more);
        let (skipped, is_comment) = if rest.starts_with("//") {
            (upto(rest.find('\n'), 0), true)
        } else if let Some(inner) = rest.strip_prefix("/*") {
            (upto(inner.find("*/"), 4), true)
        } else if let Some(inner) = rest.strip_prefix("\"\"\"") {
            (upto(inner.find("\"\"\""), 6), false)
        } else if c == '"' {
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            (upto(end.map(|(end, _)| end), 1), false)
        } else if let Some(inner) = rest.strip_prefix('`') {
            (upto(inner.find('`'), 2), false)
        } else {
            (c.len_utf8(), false)
        };
        let (read, left) = rest.split_at_checked(skipped).unwrap_or((rest, ""));
        out.push_str(if is_comment { " " } else { read });
        rest = left;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_the_text_are_places_in_the_source() {
        // query = "a\tb\u00e9c": the tab is written as two bytes, the e with acute as six
        let source = r#"query = "a\tb\u00e9c""#;
        let text = QueryText::from_runs("a\tbéc", FileId(0), vec![(0, 9), (1, 10), (2, 12), (3, 13), (5, 19)]);
        let shown = |range| {
            let span = text.span(range);
            &source[span.start as usize..span.end as usize]
        };
        assert_eq!(shown(0..1), "a");
        assert_eq!(shown(1..2), r"\t");
        assert_eq!(shown(1..3), r"\tb");
        assert_eq!(shown(3..5), r"\u00e9");
        assert_eq!(shown(5..6), "c");
        assert_eq!(shown(6..6), "");
        let plain = QueryText::verbatim("ab", FileId(0), 4);
        assert_eq!(plain.span(1..2), Span::new(FileId(0), 5, 6));
    }

    #[test]
    fn comments_go_and_quotes_stay() {
        for (query, left) in [
            ("a // b\nc", "a  \nc"),
            ("a /* b\n */c", "a  c"),
            ("\"http://x\" // \"", "\"http://x\"  "),
            ("\"\\\"//\" `/*` \"\"\"\"//\"\"\" // é", "\"\\\"//\" `/*` \"\"\"\"//\"\"\"  "),
            ("a /* b", "a  "),
            ("\"a // b", "\"a // b"),
            ("a / b", "a / b"),
        ] {
            assert_eq!(without_comments(query), left, "{query}");
        }
    }
}
