//! The specs that come with the program.

use std::path::Path;
use vgg_spec::parse::parse;
use vgg_spec::source::{Source, Syntax};
use vgg_spec::write;

/// Their file names without `.yaml`, and their texts. Of models that the same weights fit, the first one is
/// taken.
pub(crate) const ZOO: [(&str, &str); 15] = [
    ("vgg11", include_str!("../../specs/vgg11.yaml")),
    ("vgg11-bn", include_str!("../../specs/vgg11-bn.yaml")),
    ("vgg11-lrn", include_str!("../../specs/vgg11-lrn.yaml")),
    ("vgg13", include_str!("../../specs/vgg13.yaml")),
    ("vgg13-bn", include_str!("../../specs/vgg13-bn.yaml")),
    ("vgg16", include_str!("../../specs/vgg16.yaml")),
    ("vgg16-bn", include_str!("../../specs/vgg16-bn.yaml")),
    ("vgg16-gap", include_str!("../../specs/vgg16-gap.yaml")),
    ("vgg16-c", include_str!("../../specs/vgg16-c.yaml")),
    ("vgg16-cifar", include_str!("../../specs/vgg16-cifar.yaml")),
    ("vgg19", include_str!("../../specs/vgg19.yaml")),
    ("vgg19-bn", include_str!("../../specs/vgg19-bn.yaml")),
    ("alexnet", include_str!("../../specs/alexnet.yaml")),
    ("digits", include_str!("../../specs/digits.yaml")),
    ("fashion", include_str!("../../specs/fashion.yaml")),
];

/// A spec of the zoo, with what it extends written into it. `None` if there is no such spec.
pub(crate) fn whole(name: &str) -> Option<Source> {
    let mut chain = vec![embedded(name)?];
    // A zoo in which specs extend each other in a circle would not pass its tests.
    while let Some(parent) = chain.last().and_then(|last| parse(last).0?.extends) {
        chain.push(embedded(Path::new(&parent.value).file_stem()?.to_str()?)?);
    }
    let text = if chain.len() > 1 { write::flatten(&chain).ok()? } else { chain[0].text().to_owned() };
    Some(chain[0].with_text(text))
}

/// What a spec of the zoo says of itself; empty if it says nothing.
pub(crate) fn about(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix('#').unwrap_or_default().trim().to_owned()
}

fn embedded(name: &str) -> Option<Source> {
    let (name, text) = ZOO.iter().find(|(known, _)| *known == name)?;
    Some(Source::new(format!("{name}.yaml"), *text, Syntax::Yaml))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_spec_is_there_and_whole() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let yaml = files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
        let names: BTreeSet<String> =
            yaml.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        assert_eq!(names, ZOO.iter().map(|(name, _)| (*name).to_owned()).collect());
        for (name, text) in ZOO {
            let source = whole(name).unwrap_or_else(|| panic!("{name} is not whole"));
            assert!(!source.text().contains("extends"), "{name}");
            let file = Source::read(&folder.join(name).with_extension("yaml")).unwrap();
            let counts = |source: &Source| {
                let model = vgg_spec::check(source, &[]).model.expect("a model");
                (model.name().to_owned(), model.parameters(), model.macs(), model.layers().len())
            };
            assert_eq!(counts(&source), counts(&file), "{name}");
            assert!(about(text).len() > 10, "{name} says what it is");
        }
        assert!(whole("vgg17").is_none());
    }
}
