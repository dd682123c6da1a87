//! Findings as a person reads them: the lines they are about, with what is wrong written below.

use super::{Diagnostic, Severity};
use crate::source::Source;
use crate::span::Span;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::borrow::Cow;

/// Findings that are shown. Nobody reads more, and each takes time to lay out.
const MAX_SHOWN: usize = 100;

/// Bytes of a line that is shown. Longer ones are written by no person, and laying them out takes time.
const MAX_LINE: usize = 4096;

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderStyle {
    /// Whether to use the colours of a terminal.
    pub color: bool,
    /// Columns to fill; longer lines are cut around what is wrong.
    pub width: usize,
}

impl RenderStyle {
    /// Without colours, for files and tests.
    pub const PLAIN: RenderStyle = RenderStyle { color: false, width: 120 };
}

impl Default for RenderStyle {
    fn default() -> Self {
        RenderStyle::PLAIN
    }
}

/// Shows findings one below the other, with an empty line after each. Of a spec that extends others all texts
/// are needed, as [`Checked`](crate::Checked) holds them.
///
/// ```
/// use vgg_spec::check;
/// use vgg_spec::diagnostic::render::{RenderStyle, render};
/// use vgg_spec::source::{Source, Syntax};
///
/// let source = Source::new("tiny.yaml", "model: Tiny\nhaed: [gap]\n", Syntax::Yaml);
/// let text = render(&source, &check(&source, &[]).findings, RenderStyle::PLAIN);
/// assert!(text.contains("--> tiny.yaml:2:1"));
/// assert!(text.contains("did you mean `head`?"));
/// ```
pub fn render(sources: &impl AsRef<[Source]>, findings: &[Diagnostic], style: RenderStyle) -> String {
    let sources = sources.as_ref();
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(style.width.max(40));
    let mut text = String::new();
    for finding in findings.iter().take(MAX_SHOWN) {
        text += &renderer.render(&[report(sources, finding)]);
        text += "\n\n";
    }
    if findings.len() > MAX_SHOWN {
        text += &format!("{} more findings are not shown\n\n", findings.len() - MAX_SHOWN);
    }
    text
}

fn report<'a>(sources: &'a [Source], finding: &'a Diagnostic) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(printable(&finding.message)).id(finding.code.0);
    let mut group = Group::with_title(title);
    for source in in_order(sources, finding) {
        group = match snippet(source, finding) {
            Some(snippet) => group.element(snippet),
            None => group.element(origin(source, finding)),
        };
    }
    for note in &finding.notes {
        group = group.element(Level::NOTE.message(printable(note)));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    group
}

/// The texts that a finding is about, the one that it is in first.
fn in_order<'a>(sources: &'a [Source], finding: &Diagnostic) -> Vec<&'a Source> {
    let spans = || std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.span);
    let mut found: Vec<&Source> =
        sources.iter().filter(|source| spans().any(|span| source.contains(span))).collect();
    found.sort_by_key(|source| !source.contains(finding.primary.span));
    found
}

/// Line and column alone.
fn origin<'a>(source: &'a Source, finding: &Diagnostic) -> Origin<'a> {
    let labels = std::iter::once(&finding.primary).chain(&finding.secondary);
    let first = labels.map(|label| label.span).find(|span| source.contains(*span));
    let place = source.line_column(first.map_or(0, |span| span.start));
    Origin::path(printable(source.name())).line(place.line).char_column(place.column)
}

/// The lines from the first label to the last, no more: a text may be long. `None` if one of them is.
fn snippet<'a>(source: &'a Source, finding: &Diagnostic) -> Option<Snippet<'a, Annotation<'a>>> {
    let mut labels = vec![(AnnotationKind::Primary, &finding.primary)];
    labels.extend(finding.secondary.iter().map(|label| (AnnotationKind::Context, label)));
    labels.retain(|(_, label)| source.contains(label.span));
    let lines: Vec<usize> = labels.iter().map(|(_, label)| source.line(label.span.start)).collect();
    if lines.iter().any(|line| source.line_span(*line).range().len() > MAX_LINE) {
        return None;
    }
    let first = lines.iter().copied().min()?;
    let last = lines.iter().copied().max()?;
    let window = source.line_span(first).to(source.line_span(last));
    let annotations = labels.into_iter().map(|(kind, label)| {
        let span = first_line(source, label.span);
        let place = span.start - window.start..span.end - window.start;
        let text = (!label.text.is_empty()).then(|| printable(&label.text));
        kind.span(place).label(text)
    });
    let snippet = Snippet::source(shown_lines(source.slice(window))).path(printable(source.name()));
    Some(snippet.line_start(first).annotations(annotations))
}

/// Lines of the text. The library shows most characters that could steer a terminal as pictures of the same
/// width; of those that it does not know, each is replaced by a dot of as many bytes.
fn shown_lines(lines: &str) -> Cow<'_, str> {
    let steers = |letter: char| matches!(letter, '\u{80}'..='\u{9f}');
    if lines.contains(steers) { Cow::Owned(lines.replace(steers, "\u{b7}")) } else { Cow::Borrowed(lines) }
}

/// As much of a place as is on its first line: a whole block below one remark would hide the remark.
fn first_line(source: &Source, span: Span) -> Span {
    let line = source.line_span(source.line(span.start));
    let start = span.start.clamp(line.start, line.end);
    let end = span.end.clamp(start, line.end);
    let trimmed = source.slice(Span::new(start, end)).trim_end().len();
    Span::new(start, start + trimmed)
}

/// Text that cannot steer a terminal: what an author wrote is part of messages.
fn printable(text: &str) -> String {
    let steers = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(steers) {
        return text.to_owned();
    }
    text.chars()
        .map(|letter| if steers(letter) { letter.escape_default().to_string() } else { letter.to_string() })
        .collect()
}
