//! Diagnostics for people and for machines.
//!
//! Only the lines that a diagnostic points at are handed to the renderer, and only a part of a line where it is very long:
//! a report about a 16 MB file costs no more than one about a short rule.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Padding, Renderer, Snippet};
use serde::Serialize;
use std::ops::Range;

use super::{Diagnostic, Label, Severity};
use crate::source::{FileId, Source, Sources};

/// A diagnostic as text: what, where with a caret, and the next step. Ends with a line break.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let level = match diagnostic.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
    let group = excerpts(diagnostic, sources)
        .into_iter()
        .fold(Group::with_title(title), |group, excerpt| excerpt.add_to(group));
    let group = match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    };
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// A diagnostic in the form that `--format json` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record<'a> {
    /// `SG012`
    pub code: &'static str,
    /// `error`, `warning` or `note`
    pub severity: &'static str,
    /// One line.
    pub message: &'a str,
    /// The source text's name; `null` without a place, as are `line` and `column`.
    pub path: Option<&'a str>,
    /// From 1.
    pub line: Option<usize>,
    /// From 1, in characters.
    pub column: Option<usize>,
    /// The next step.
    pub help: Option<&'a str>,
}

/// The machine-readable form of a diagnostic.
pub fn record<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Record<'a> {
    let place = diagnostic.labels.first().and_then(|label| {
        let source = sources.get(label.span.file)?;
        Some((source.path.as_str(), source.position(label.span.start)))
    });
    Record {
        code: diagnostic.code.as_str(),
        severity: diagnostic.severity.name(),
        message: &diagnostic.message,
        path: place.map(|(path, _)| path),
        line: place.map(|(_, at)| at.line),
        column: place.map(|(_, at)| at.column),
        help: diagnostic.help.as_deref(),
    }
}

/// One run of source lines with what is said of them.
struct Excerpt<'a> {
    source: &'a Source,
    /// The bytes shown.
    shown: Range<usize>,
    /// The first label's place stands in the header where the text shown does not begin at a line's start.
    cut: bool,
    labels: Vec<(Range<usize>, &'a str, AnnotationKind)>,
}

/// Lines at most this far apart are shown in one excerpt; between them the renderer leaves lines out.
const NEAR: usize = 8 << 10;
/// Longer lines are cut around the label.
const LONG_LINE: usize = 4 << 10;
/// How much of a long line is shown on either side of the label's start.
const AROUND: usize = 100;

fn excerpts<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Excerpt<'a>> {
    let mut excerpts: Vec<(FileId, Excerpt<'a>)> = Vec::new();
    for (at, label) in diagnostic.labels.iter().enumerate() {
        let Some(source) = sources.get(label.span.file) else { continue };
        let (shown, cut, marked) = shown_part(source, label);
        let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let marked = (marked, label.text.as_str(), kind);
        let near = excerpts.iter_mut().find(|(file, excerpt)| {
            let (start, end) = (excerpt.shown.start.min(shown.start), excerpt.shown.end.max(shown.end));
            *file == label.span.file && !cut && !excerpt.cut && end - start <= NEAR + LONG_LINE
        });
        match near {
            Some((_, excerpt)) => {
                excerpt.shown = excerpt.shown.start.min(shown.start)..excerpt.shown.end.max(shown.end);
                excerpt.labels.push(marked);
            }
            None => excerpts.push((label.span.file, Excerpt { source, shown, cut, labels: vec![marked] })),
        }
    }
    excerpts.into_iter().map(|(_, excerpt)| excerpt).collect()
}

/// The part of the source to show, whether it is less than whole lines, and the marked bytes: those of the label on its first line.
fn shown_part(source: &Source, label: &Label) -> (Range<usize>, bool, Range<usize>) {
    let text = &source.text;
    let start = text.floor_char_boundary(label.span.start as usize);
    let line = source.line_range(source.line_of(start));
    let start = start.min(line.end);
    let end = text.floor_char_boundary(label.span.end as usize).clamp(start, line.end);
    if line.len() <= LONG_LINE {
        return (line, false, start..end);
    }
    let from = text.floor_char_boundary(start.saturating_sub(AROUND)).max(line.start);
    let to = text.floor_char_boundary(start + AROUND).min(line.end);
    (from..to, true, start..end.min(to))
}

impl<'a> Excerpt<'a> {
    fn add_to(self, group: Group<'a>) -> Group<'a> {
        let Self { source, shown, cut, labels } = self;
        let first_line = source.line_of(shown.start) + 1;
        let place = labels.first().map(|(marked, ..)| source.position(u32::try_from(marked.start).unwrap_or(u32::MAX)));
        let snippet = Snippet::source(&source.text[shown.clone()]).line_start(first_line);
        let snippet = labels.into_iter().fold(snippet, |snippet, (marked, text, kind)| {
            snippet.annotation(annotation(marked.start - shown.start..marked.end - shown.start, text, kind))
        });
        match place {
            Some(at) if cut => group
                .element(Origin::path(source.path.as_str()).line(at.line).char_column(at.column))
                .element(Padding)
                .element(snippet),
            _ => group.element(snippet.path(source.path.as_str())),
        }
    }
}

fn annotation(marked: Range<usize>, text: &str, kind: AnnotationKind) -> Annotation<'_> {
    let annotation = kind.span(marked);
    if text.is_empty() { annotation } else { annotation.label(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::Span;

    fn sources(text: &str) -> (Sources, impl Fn(usize, usize) -> Span) {
        let mut sources = Sources::new();
        let file = sources.add("rules/a.yml", text);
        (sources, move |start, end| Span::new(file, start, end))
    }

    #[test]
    fn a_report_shows_places_and_the_next_step() {
        let (sources, span) = sources("title: ä\ndetection:\n    sel: {F: ö, F: y}\n");
        let diagnostic = Code::DuplicateKey
            .at(span(38, 39), "key `F` is given twice")
            .label(span(31, 32), "first here")
            .help("give each key once");
        insta::assert_snapshot!(render(&diagnostic, &sources, false), @r"
        error[SG002]: key `F` is given twice
         --> rules/a.yml:3:17
          |
        3 |     sel: {F: ö, F: y}
          |           -     ^
          |           |
          |           first here
          |
          = help: give each key once
        ");
        let record = serde_json::to_string(&record(&diagnostic, &sources)).unwrap();
        insta::assert_snapshot!(
            record,
            @r#"{"code":"SG002","severity":"error","message":"key `F` is given twice","path":"rules/a.yml","line":3,"column":17,"help":"give each key once"}"#
        );
        assert!(render(&diagnostic, &sources, true).contains("\u{1b}["), "colour on request");
    }

    #[test]
    fn long_lines_and_odd_places_are_no_trouble() {
        let long = format!("a: [{}]\nb: x\n", "'é', ".repeat(100_000));
        let (sources, span) = sources(&long);
        let report =
            render(&Code::InvalidYaml.at(span(300_004, 300_006), "x").label(span(1, 2), "far"), &sources, false);
        assert!(report.len() < 4_000, "{report}");
        assert!(report.contains("rules/a.yml:1:250"), "{report}");
        for (start, end) in [(0, 0), (0, usize::MAX), (600_008, 600_009), (usize::MAX, 0), (7, 8)] {
            assert!(render(&Code::InvalidYaml.at(span(start, end), "x"), &sources, false).contains("SG001"));
        }
        let elsewhere = Code::InvalidYaml.at(Span::new(FileId(9), 0, 1), "x");
        assert!(render(&elsewhere, &sources, false).contains("SG001"));
        assert_eq!(record(&elsewhere, &sources).line, None);
    }
}
