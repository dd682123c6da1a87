//! The copy of a spec in a run's folder, with copies of those that it extends.

use vgg_spec::parse::parse;
use vgg_spec::source::{Source, Syntax};

/// The name that the copy of a spec has.
pub(crate) fn spec_name(source: &Source) -> &'static str {
    match source.syntax() {
        Syntax::Yaml => "spec.yaml",
        Syntax::Dsl => "spec.vgg",
    }
}

/// Names and texts of the copies: of a spec, of the one that it extends, and so on. Each extends the copy of the
/// next, so the folder can be read again wherever it is taken.
pub(super) fn copies(sources: &[Source]) -> Vec<(String, String)> {
    let name = |place: usize, source: &Source| match (place, source.syntax()) {
        (0, _) => spec_name(source).to_owned(),
        (_, Syntax::Yaml) => format!("spec-extended-{place}.yaml"),
        (_, Syntax::Dsl) => format!("spec-extended-{place}.vgg"),
    };
    let names: Vec<String> = sources.iter().enumerate().map(|(place, source)| name(place, source)).collect();
    let texts = sources.iter().enumerate().map(|(place, source)| match names.get(place + 1) {
        Some(next) => extending(source, next),
        None => source.text().to_owned(),
    });
    names.iter().cloned().zip(texts).collect()
}

/// The text of a spec, with another name for the one that it extends.
fn extending(source: &Source, next: &str) -> String {
    let text = source.text();
    // Places start at the beginning of this text, not behind others.
    let alone = Source::new(source.name(), text, source.syntax());
    let extends = parse(&alone).0.and_then(|spec| spec.extends);
    let place = extends.and_then(|extends| {
        let span = extends.span;
        Some((text.get(..span.start)?, text.get(span.end..)?))
    });
    match place {
        Some((before, behind)) => format!("{before}\"{next}\"{behind}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_extend_one_another() {
        let first = "# A\nextends: ../zoo/b.vgg # far away\nparams: {classes: 3}\n";
        let second = "model B {\n    extends \"c.yaml\";\n}\n";
        let sources = [
            Source::new("a.yaml", first, Syntax::Yaml),
            Source::new("b.vgg", second, Syntax::Dsl),
            Source::new("c.yaml", "model: C\n", Syntax::Yaml),
        ];
        let copies = copies(&sources);
        let expected = [
            ("spec.yaml", "# A\nextends: \"spec-extended-1.vgg\" # far away\nparams: {classes: 3}\n"),
            ("spec-extended-1.vgg", "model B {\n    extends \"spec-extended-2.yaml\";\n}\n"),
            ("spec-extended-2.yaml", "model: C\n"),
        ];
        assert_eq!(copies, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }
}
