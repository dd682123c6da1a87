//! Findings as a person reads them: the lines they are about, with what is wrong written below.

use super::{Diagnostic, Severity};
use crate::source::Source;
use crate::span::Span;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

/// Findings that are shown. Nobody reads more, and each takes time to lay out.
const MAX_SHOWN: usize = 100;

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

/// Shows findings one below the other, with an empty line after each.
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
pub fn render(source: &Source, findings: &[Diagnostic], style: RenderStyle) -> String {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(style.width.max(40));
    let mut text = String::new();
    for finding in findings.iter().take(MAX_SHOWN) {
        text += &renderer.render(&[report(source, finding)]);
        text += "\n\n";
    }
    if findings.len() > MAX_SHOWN {
        text += &format!("{} more findings are not shown\n\n", findings.len() - MAX_SHOWN);
    }
    text
}

fn report<'a>(source: &'a Source, finding: &'a Diagnostic) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        level.primary_title(printable(&finding.message)).id(finding.code.0).element(snippet(source, finding));
    for note in &finding.notes {
        group = group.element(Level::NOTE.message(printable(note)));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    group
}

/// The lines from the first label to the last, no more: a text may be long.
fn snippet<'a>(source: &'a Source, finding: &Diagnostic) -> Snippet<'a, Annotation<'a>> {
    let mut labels = vec![(AnnotationKind::Primary, &finding.primary)];
    labels.extend(finding.secondary.iter().map(|label| (AnnotationKind::Context, label)));
    let lines = labels.iter().map(|(_, label)| source.line_column(label.span.start).line);
    let first = lines.clone().min().unwrap_or(1);
    let last = lines.max().unwrap_or(first);
    let window = source.line_span(first).to(source.line_span(last));
    let annotations = labels.into_iter().map(|(kind, label)| {
        let span = first_line(source, label.span);
        let place = span.start - window.start..span.end - window.start;
        let text = (!label.text.is_empty()).then(|| printable(&label.text));
        kind.span(place).label(text)
    });
    Snippet::source(source.slice(window))
        .path(printable(source.name()))
        .line_start(first)
        .annotations(annotations)
}

/// As much of a place as is on its first line: a whole block below one remark would hide the remark.
fn first_line(source: &Source, span: Span) -> Span {
    let line = source.line_span(source.line_column(span.start).line);
    let start = span.start.clamp(line.start, line.end);
    let end = span.end.clamp(start, line.end);
    let trimmed = source.text()[start..end].trim_end().len();
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
